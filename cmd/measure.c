/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c - refval-measure: what a machine of this image and shape must
 * report in MRTD, RTMR0, RTMR1 and RTMR2.
 */
#include "cmd.h"
#include "acpi_given.h"
#include "measure/boot.h"
#include "measure/format.h"
#include "measure/solve.h"
#include "measure/matrix.h"
#include "measure/record.h"
#include "out.h"
#include "shape_opts.h"
#include "digest.h"

#include <stdio.h>
#include <stdlib.h>

static const char *firmware, *kernel, *initrd, *cmdline;
static const char *document, *checksums, *acpi, *matrix, *format;
static struct rv_shape_opts shape_opts;
static struct rv_solve_opts solve_opts;
static struct rv_boot_opts boot_opts;
static struct rv_record_opts record_opts;
static bool events, json;

/* Everything read, owned in one place. */
struct subject {
	struct rv_image image;
	struct rv_buf firmware, kernel, document;
	struct rv_document doc;
	struct rv_measure_input in;
	struct rv_acpi_source acpi;
	struct rv_acpi_digests given;
	struct rv_values note; /* inputs, as they are read */
	struct rv_shape_said said;
};

static void subject_free(struct subject *s)
{
	rv_image_free(&s->image);
	rv_buf_free(&s->firmware);
	rv_buf_free(&s->kernel);
	rv_buf_free(&s->document);
	rv_shape_said_free(&s->said);
}

/* ---- reading ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path;
}

static bool note(struct subject *s, const char *role, const char *name,
		 struct rv_span bytes, struct rv_err *err)
{
	struct rv_input *in = &s->note.input[s->note.inputs++];

	snprintf(in->role, sizeof in->role, "%s", role);
	snprintf(in->name, sizeof in->name, "%.63s", name);
	in->size = bytes.n;
	return rv_sha256(bytes, &in->sha256, err);
}

static bool read_noted(struct subject *s, const char *role, const char *path,
		       size_t max, struct rv_buf *out, struct rv_err *err)
{
	return rv_buf_read(path, max, out, err) &&
	       note(s, role, base_name(path), rv_buf_span(out), err);
}

static bool read_initrd(struct subject *s, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!read_noted(s, "initrd", initrd, RV_INITRD_MAX, &b, err))
		return false;
	s->in.has_initrd = true;
	s->in.initrd_size = b.n;
	return rv_sha384(rv_buf_span(&b), &s->in.initrd_sha384, err);
}

static bool read_files(struct subject *s, struct rv_err *err)
{
	if (!read_noted(s, "firmware", firmware, RV_FIRMWARE_MAX, &s->firmware,
			err))
		return false;
	s->in.firmware = rv_buf_span(&s->firmware);
	if (kernel &&
	    !read_noted(s, "kernel", kernel, RV_KERNEL_MAX, &s->kernel, err))
		return false;
	s->in.kernel = rv_buf_span(&s->kernel);
	if (kernel && !s->in.kernel.n)
		return rv_fail(err, RV_INPUT, "%s: empty", kernel);
	if (initrd && !read_initrd(s, err))
		return false;
	s->in.cmdline = cmdline;
	return !cmdline ||
	       note(s, "cmdline", "--cmdline", rv_text(cmdline), err);
}

static bool read_document(struct subject *s, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf sums = { 0 };

	if (!read_noted(s, "document", document, RV_DOCUMENT_MAX, &s->document,
			err) ||
	    !read_noted(s, "checksums", checksums, RV_DOCUMENT_MAX, &sums, err))
		return false;
	if (!rv_document_listed("measurement.tdx.cbor",
				rv_buf_span(&s->document), rv_buf_span(&sums),
				&s->note.os_image_hash, err))
		return rv_in(err, "%s", checksums);
	s->note.has_os_image_hash = true;
	if (!rv_document_read(rv_buf_span(&s->document), &s->doc, err))
		return rv_in(err, "%s", document);
	s->in.document = &s->doc;
	return true;
}

static bool open_image(struct subject *s, const char *path, struct rv_err *err)
{
	struct rv_image_options o = { .progress = rv_out_reading,
				      .arg = (void *)(uintptr_t)path };
	bool good = rv_image_read(path, &o, &s->image, err);

	rv_out_progress_done();
	return good;
}

static bool read_image(struct subject *s, const char *path, struct rv_err *err)
{
	return open_image(s, path, err) &&
	       (rv_measure_image(&s->image, &s->in, &s->note, err) ||
		rv_in(err, "%s", path));
}

/* Exactly one of the three ways to say what is measured. */
static bool check_use(int argc, struct rv_err *err)
{
	bool files = firmware || kernel || initrd || cmdline;
	bool doc = document || checksums;

	if (argc > 1)
		return rv_fail(err, RV_USAGE, "one image is enough");
	if ((argc == 1) + files + doc != 1)
		return rv_fail(err, RV_USAGE,
			       "one of IMAGE, --firmware with what it boots, "
			       "or --document is needed");
	if (files && !firmware)
		return rv_fail(err, RV_USAGE, "--firmware is needed");
	if (doc && !(document && checksums))
		return rv_fail(err, RV_USAGE,
			       "--document and --checksums go together");
	return true;
}

/* ---- text ---- */

static void put_input(const struct rv_input *in)
{
	rv_out("%-10s ", in->role);
	rv_out_str(in->name);
	rv_out(", %" PRIu64 " bytes, sha256 ", in->size);
	rv_out_hex(rv_span(in->sha256.b, sizeof in->sha256.b));
	rv_out("\n");
}

static void put_shape(const struct rv_shape *s)
{
	rv_out("%-10s ", "shape");
	if (s->cpus)
		rv_out("%u vCPU, ", s->cpus);
	if (s->memory && s->memory % (1u << 20) == 0)
		rv_out("%" PRIu64 " MiB, ", s->memory >> 20);
	else if (s->memory)
		rv_out("%" PRIu64 " bytes, ", s->memory);
	if (s->qemu.major)
		rv_out("QEMU %u.%u.%u, ", s->qemu.major, s->qemu.minor,
		       s->qemu.micro);
	else
		rv_out("QEMU version not stated, ");
	rv_out("%u GPU%s, %u network card%s\n", s->gpus,
	       s->gpus == 1 ? "" : "s", s->nics, s->nics == 1 ? "" : "s");
	if (s->qemu_single_pass_add_pages)
		rv_out("%-10s vm_config says qemu_single_pass_add_pages=%s, "
		       "which means %s\n%-10s (the name is inverted: dstack "
		       "hands the value on as two_pass_add_pages)\n",
		       "",
		       s->qemu_single_pass_add_pages == RV_TRUE ? "true"
								: "false",
		       s->qemu_single_pass_add_pages == RV_TRUE ? "two-pass"
								: "single",
		       "");
}

static void put_digest(const struct rv_sha384 *d)
{
	rv_out_hex(rv_span(d->b, sizeof d->b));
}

static void put_mrtd(const struct rv_mrtd *m)
{
	const struct rv_sha384 *value = rv_mrtd_value(m);

	rv_out_tone(RV_TONE_BOLD, "%-10s ", "MRTD");
	if (value)
		put_digest(value);
	else
		rv_out_tone(RV_TONE_DOUBT, "not known: ");
	if (!value)
		rv_out_str(m->why);
	rv_out("\n");
	if (m->has_single) {
		rv_out("  single   ");
		put_digest(&m->single_pass);
		rv_out("%s\n",
		       m->page_add == RV_PAGE_ADD_SINGLE ? "  this shape" : "");
	}
	if (m->has_two) {
		rv_out("  two-pass ");
		put_digest(&m->two_pass);
		rv_out("%s\n",
		       m->page_add == RV_PAGE_ADD_TWO ? "  this shape" : "");
	}
}

static void put_events(const struct rv_register *reg)
{
	for (size_t i = 0; i < reg->n; i++) {
		const struct rv_predicted *e = &reg->event[i];

		rv_out("  %2zu %#010x ", i, (unsigned)e->type);
		rv_out("%-27s ", e->label);
		if (e->known)
			put_digest(&e->digest);
		else
			rv_out_tone(RV_TONE_DOUBT, "%-96s", "not known");
		rv_out("  ");
		rv_out_str(e->depends);
		if (e->origin == RV_ORIGIN_GIVEN)
			rv_out(" (given)");
		rv_out("\n");
	}
}

static void put_register(const char *name, const struct rv_register *reg)
{
	rv_out_tone(RV_TONE_BOLD, "%-10s ", name);
	if (reg->known) {
		put_digest(&reg->value);
	} else {
		rv_out_tone(RV_TONE_DOUBT, "not computable: ");
		rv_out_str(reg->why);
	}
	rv_out("\n");
	if (events)
		put_events(reg);
}

static void put_sha256(const char *name, bool has, const struct rv_sha256 *d)
{
	if (!has)
		return;
	rv_out("%-10s ", name);
	rv_out_hex(rv_span(d->b, sizeof d->b));
	rv_out("\n");
}

static void print_text(const struct rv_values *v, const struct subject *s)
{
	const struct rv_measure_input *in = &s->in;
	static const char *const name[] = { "RTMR0", "RTMR1", "RTMR2" };

	for (size_t i = 0; i < v->inputs; i++)
		put_input(&v->input[i]);
	put_shape(&v->shape);
	rv_shape_said_print(&s->said);
	if (*v->edk2) {
		rv_out("%-10s %s (", "rules", v->edk2);
		rv_out_str(v->edk2_from);
		rv_out(")\n");
	}
	if (in->acpi)
		rv_out("%-10s %s\n", "acpi:",
		       in->acpi_origin == RV_ORIGIN_GIVEN
			   ? "given, not computed"
			   : "computed from the shape");
	for (size_t i = 0; i < v->assumptions; i++) {
		rv_out("%-10s ", "assumed");
		rv_out_str(v->assumed[i]);
		rv_out("\n");
	}
	rv_out("\n");
	put_mrtd(&v->mrtd);
	for (size_t i = 0; i < RV_LEN(name); i++)
		put_register(name[i], rv_values_register(v, rv_values_name(i)));
	rv_out("\n");
	put_sha256("os_image_hash", v->has_os_image_hash, &v->os_image_hash);
	put_sha256("mr_image", v->has_mr_image, &v->mr_image);
	put_sha256("mr_system", v->has_mr_system, &v->mr_system);
	if (v->has_mr_system)
		rv_out("%-10s (mr_system without a key provider)\n", "");
}

/* ---- the command ---- */

/* Whoever reads the values sees that a vm_config was not followed. */
static void note_override(struct rv_values *v, const struct rv_shape_said *said)
{
	if (said->other.n && v->assumptions < RV_ASSUMED_MAX)
		snprintf(v->assumed[v->assumptions++], sizeof v->assumed[0],
			 "%.*s", (int)said->other.n, (char *)said->other.p);
}

static bool print(const struct rv_values *v, const struct subject *s,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (format)
		return rv_measure_format(format, v, err);
	if (!json) {
		print_text(v, s);
		return true;
	}
	if (!rv_values_write(v, &text, err))
		return false;
	rv_out_bytes(rv_buf_span(&text));
	return true;
}

/* --solve: the image is there to check with, so none is needed. */
static bool run_solve(int argc, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(subject_free) struct subject s = { 0 };

	if (argc || firmware || kernel || initrd || cmdline || document ||
	    checksums || acpi || events || matrix || format)
		return rv_fail(err, RV_USAGE,
			       "--solve takes --image or --release, and the "
			       "facts of the machine that are certain");
	if (solve_opts.image && solve_opts.release)
		return rv_fail(err, RV_USAGE,
			       "one of --image and --release is enough");
	if (solve_opts.image && !read_image(&s, solve_opts.image, err))
		return false;
	return rv_measure_solve(&solve_opts, &shape_opts,
				solve_opts.image ? &s.in : NULL, json, answer,
				err);
}

/* --uki, --disk: of all that a shape has only the firmware's release counts. */
static bool run_boot(int argc, enum rv_code *answer, struct rv_err *err)
{
	struct rv_shape shape;

	if (argc)
		return rv_fail(err, RV_USAGE,
			       "--uki and --disk take the place of an image");
	if (!rv_shape_from_opts(&shape_opts, &shape, NULL, err))
		return false;
	/* dstack's names stand for these, as far as this counts. */
	if (shape.ovmf && !shape.edk2)
		shape.edk2 =
		    shape.ovmf == RV_OVMF_STABLE202505 ? 202505 : 202502;
	return rv_measure_boot(&boot_opts, shape.edk2, events, json, answer,
			       err);
}

/* --record: of the whole image, whatever machine it runs on. */
static bool run_record(int argc, char **argv, enum rv_code *answer,
		       struct rv_err *err)
{
	RV_AUTO(subject_free) struct subject s = { 0 };

	if (argc > 1)
		return rv_fail(err, RV_USAGE, "one image is enough");
	if (!argc && !record_opts.hashes)
		return rv_fail(err, RV_USAGE,
			       "--record: IMAGE or --image-hashes is needed");
	if (argc && !open_image(&s, argv[0], err))
		return false;
	return rv_measure_record(&record_opts, argc ? &s.image : NULL,
				 argc ? argv[0] : NULL, answer, err);
}

/* --eif: an enclave has no shape. */
static bool run_eif(int argc, struct rv_err *err)
{
	if (argc)
		return rv_fail(err, RV_USAGE,
			       "--eif takes the place of an image");
	return rv_measure_eif(boot_opts.eif, events, json, err);
}

/* The registers of a machine of one shape, or of each of a matrix. */
static bool run_measure(int argc, char **argv, struct rv_err *err)
{
	static struct rv_values v;
	RV_AUTO(subject_free) struct subject s = { 0 };
	const struct rv_acpi_digests *given;
	struct rv_shape shape;

	if (!check_use(argc, err) ||
	    !rv_shape_from_opts(&shape_opts, &shape, &s.said, err))
		return false;
	if (!(argc	 ? read_image(&s, argv[0], err)
	      : document ? read_document(&s, err)
			 : read_files(&s, err)))
		return false;
	if (!rv_acpi_given(acpi, &s.given, &given, err))
		return false;
	if (matrix)
		return rv_measure_matrix(matrix, &shape_opts, given, &s.in,
					 &s.note, err);
	rv_measure_shape(&s.in, &shape);
	if (!rv_acpi_for(given, &shape, &s.acpi, &s.in, err) ||
	    !rv_measure(&s.in, &shape, &v, err))
		return false;
	memcpy(v.input, s.note.input, sizeof v.input);
	v.inputs = s.note.inputs;
	v.has_os_image_hash = s.note.has_os_image_hash;
	v.platforms = s.note.platforms;
	v.os_image_hash = s.note.os_image_hash;
	note_override(&v, &s.said);
	return print(&v, &s, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	if (boot_opts.eif)
		return run_eif(argc, err);
	if (boot_opts.uki || boot_opts.disk)
		return run_boot(argc, answer, err);
	if (record_opts.record)
		return run_record(argc, argv, answer, err);
	if (solve_opts.evidence)
		return run_solve(argc, answer, err);
	if (solve_opts.image || solve_opts.release || solve_opts.given ||
	    solve_opts.instance)
		return rv_fail(err, RV_USAGE,
			       "--image, --release, --given and --instance go "
			       "with --solve");
	if (format && !rv_measure_format_check(format, err))
		return false;
	if (format && matrix)
		return rv_fail(err, RV_USAGE,
			       "--matrix does not go with --format");
	return run_measure(argc, argv, err);
}

static const struct rv_opt opts[] = {
	RV_OPT_TEXT("firmware", "FILE", &firmware, "OVMF image"),
	RV_OPT_TEXT("kernel", "FILE", &kernel, "bzImage"),
	RV_OPT_TEXT("initrd", "FILE", &initrd, "initramfs"),
	RV_OPT_TEXT("cmdline", "S", &cmdline,
		    "command line, without initrd=initrd"),
	RV_OPT_TEXT("document", "FILE", &document,
		    "measurement.tdx.cbor of an image"),
	RV_OPT_TEXT("checksums", "FILE", &checksums,
		    "the sha256sum.txt that lists it"),
	RV_SHAPE_OPTS(shape_opts),
	RV_BOOT_OPTS(boot_opts),
	RV_OPT_MATRIX(&matrix),
	RV_SOLVE_OPTS(solve_opts),
	RV_RECORD_OPTS(record_opts),
	RV_OPT_TEXT("acpi", "FILE", &acpi,
		    "digests of the ACPI blobs, or their folder"),
	RV_OPT_FLAG("events", &events, "list every event"),
	RV_OPT_NAMES("format", "NAME", &format, rv_measure_format_name,
		     "as dstack-mr prints; ...-text, ...-go"),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static const struct rv_rule rules[] = {
	{ "record", NULL,
	  RV_SHAPE_NAMES " firmware kernel initrd cmdline document checksums"
			 " matrix solve image release given instance acpi"
			 " events format json " RV_BOOT_NAMES,
	  "a record is of the whole image, and of every machine" },
	{ "image-hashes name url date update", "record", NULL, NULL },
	{ "json events", NULL, "format", "its form is fixed" },
	{ "quiet", "solve", NULL, "values are no verdict" },
	{ "loader", "uki", NULL, NULL },
	{ "platform bank", "uki disk", NULL, NULL },
	{ "sector", "disk", NULL, NULL },
	{ "eif", NULL, "uki disk ovmf", "an enclave is nothing else" },
	{ "uki disk eif", NULL,
	  "firmware kernel initrd cmdline document checksums vm-config cpus"
	  " memory qemu page-add pic edge gpus gpu-model gpu-bar nvswitches"
	  " nvswitch-bar nics volumes hugepages pci-hole64 hotplug-off rootfs"
	  " swtpm host-share cpu-id smbios-product smbios-firmware matrix solve"
	  " image release given instance acpi format",
	  "its registers hang on none of it" },
	{ "gpu-bar gpu-model", "gpus vm-config matrix given solve", NULL,
	  NULL },
	{ "nvswitch-bar", "nvswitches vm-config matrix given solve", NULL,
	  NULL },
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "Instead of an image",
	  "firmware kernel initrd cmdline document checksums" },
	{ "What boots from a disk", RV_BOOT_NAMES },
	{ "The machine's shape", RV_SHAPE_NAMES " acpi matrix" },
	{ "Which shape is it?", "solve image release given instance" },
	{ "A release's record", RV_RECORD_NAMES },
	{ "Output", "events format quiet color output json" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "measure",
	.args = "[OPTIONS] (IMAGE |\n"
		"       --firmware F --kernel K --initrd I --cmdline S |\n"
		"       --document measurement.tdx.cbor --checksums"
		" sha256sum.txt |\n"
		"       --uki FILE [--disk FILE] [--loader FILE]"
		" [--platform NAME] |\n"
		"       --disk FILE [--platform NAME] |\n"
		"       --eif FILE |\n"
		"       --solve EVIDENCE | --record IMAGE)",
	.summary = "Predict MRTD, RTMR0, RTMR1 and RTMR2 of a machine",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "vm-config cpus memory qemu json",
	.reads = "firmware kernel initrd document checksums vm-config matrix"
		 " solve image acpi image-hashes" RV_BOOT_READS,
	.example =
	    "refval-measure dstack-0.5.8.tar.gz --vm-config vm_config.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
