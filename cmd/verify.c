/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - "refval-verify": everything, in one go. What `make verify` runs.
 */
#include "acpi_given.h"
#include "base.h"
#include "bind_opts.h"
#include "case_images.h"
#include "case_run.h"
#include "case_shape.h"
#include "cmd.h"
#include "out.h"
#include "pin_opts.h"
#include "report_out.h"
#include "shape_opts.h"
#include "values_in.h"

static bool json;
static const char *release, *image, *evidence, *compose, *instance, *records;
static const char *acpi, *html, *values, *verify_key;
static struct rv_list skip, images, containers;
static struct rv_shape_opts shape_opts;
static struct rv_dcap_opts dcap;
static struct rv_bind_opts bind;
static struct rv_pin_opts pin;

static const struct rv_opt opts[] = {
	{ 0, "release", "NAME", "the dstack release it should run", &release,
	  NULL, NULL },
	{ 0, "image", "IMAGE", "or the OS image; or a container image", NULL,
	  NULL, &images },
	{ 0, "values", "FILE", "or reference values, in any published form",
	  &values, NULL, NULL },
	RV_OPT_VERIFY_KEY(&verify_key),
	{ 0, "evidence", "FILE", "what the machine said; - is standard input",
	  &evidence, NULL, NULL },
	{ 0, "instance", "ID", "which instance, where the evidence has several",
	  &instance, NULL, NULL },
	{ 0, "compose", "FILE", "the app-compose.json it should run", &compose,
	  NULL, NULL },
	RV_SHAPE_OPTS(shape_opts),
	{ 0, "acpi", "FILE", "digests of the ACPI blobs, or their folder",
	  &acpi, NULL, NULL },
	RV_BIND_OPTS(bind),
	{ 0, "skip", "CHECK", "list a check as unchecked; may be repeated",
	  NULL, NULL, &skip },
	{ 0, "releases", "DIR", "release records other than the installed ones",
	  &records, NULL, NULL },
	RV_DCAP_OPTS(dcap),
	RV_PIN_OPTS(pin),
	{ 0, "html", "FILE", "write the report as a page, too", &html, NULL,
	  NULL },
	{ RV_OPT_JSON(&json) },
	{ 0 },
};

/* The recorded machine that has this quote's RTMR0, or NULL. */
static const struct rv_shape *recorded(const struct rv_case *c,
				       const struct rv_release *r)
{
	const struct rv_recorded_shape *known;
	struct rv_sha384 rtmr0;
	struct rv_span s = { 0 };

	if (c->has_quote)
		s = rv_quote_field(&c->quote, "rtmr0");
	if (!r || s.n != sizeof rtmr0.b)
		return NULL;
	memcpy(rtmr0.b, s.p, s.n);
	known = rv_release_find_shape(r, &rtmr0);
	return known ? &known->shape : NULL;
}

/*
 * The machine's shape: as given; else as its own vm_config says (a claim, but
 * one that the registers then confirm or not); else the recorded machine with
 * the same RTMR0; else one that gives the quote's registers. The report says
 * which.
 */
static bool find_shape(struct rv_case *c, const struct rv_release *r,
		       const struct rv_measure_input *in, struct rv_shape *out,
		       struct rv_err *err)
{
	const char *from = "given";
	const struct rv_shape *known;
	char how[600];
	bool found;

	if (!rv_shape_from_opts(&shape_opts, out, err))
		return false;
	if (out->given == 0 && c->evidence.vm_config.n) {
		from = "vm_config in the evidence";
		if (!rv_shape_read(rv_buf_span(&c->evidence.vm_config), out,
				   err))
			return rv_in(err, "%s", from);
	} else if (out->given == 0 && (known = recorded(c, r))) {
		from = "the recorded machine with this RTMR0";
		*out = *known;
	} else if (out->given == 0) {
		from = "no shape was given, and none gives this RTMR0";
		if (!rv_case_solve(c, in, &found, out, how, sizeof how, err))
			return false;
		from = found ? how : from;
	}
	rv_case_note_shape(c, out, from);
	return true;
}

static bool from_release(struct rv_case *c, struct rv_measure_input *in,
			 struct rv_err *err)
{
	static struct rv_document document;
	const struct rv_release *r;
	struct rv_acpi_source source = { 0 };
	struct rv_shape shape;
	bool solvable;

	if (!rv_releases_load(records, &c->known, err) ||
	    !rv_releases_find(&c->known, release, &r, err))
		return false;
	solvable = rv_release_input(r, &document, in);
	if (!find_shape(c, r, solvable ? in : NULL, &shape, err))
		return false;
	rv_release_shape(r, &shape);
	if (shape.qemu.major && !rv_shape_resolve(&shape, err))
		return false;
	if (!rv_acpi_for(acpi, &shape, &source, in, err))
		return false;
	memcpy(c->image_version, r->version, sizeof c->image_version);
	c->has_values = rv_release_values(r, &shape, in->acpi, in->acpi_why,
					  &c->values, err);
	in->acpi = NULL; /* both borrow from @source */
	in->acpi_why = NULL;
	return c->has_values;
}

static void progress(void *arg, uint64_t bytes)
{
	rv_out_progress(arg, bytes);
}

static bool from_image(struct rv_case *c, struct rv_image *i,
		       struct rv_measure_input *in, struct rv_err *err)
{
	struct rv_image_options o = { .progress = progress,
				      .arg = (void *)(uintptr_t)image };
	struct rv_acpi_source source = { 0 };
	static struct rv_values note;
	struct rv_shape shape;
	bool good = rv_image_read(image, &o, i, err);

	rv_out_progress_done();
	if (!good)
		return false;
	if (!rv_measure_image(i, in, &note, err))
		return rv_in(err, "%s", image);
	if (!find_shape(c, NULL, in, &shape, err))
		return false;
	rv_measure_shape(in, &shape);
	if (!rv_acpi_for(acpi, &shape, &source, in, err) ||
	    !rv_measure(in, &shape, &c->values, err))
		return false;
	in->acpi = NULL; /* both borrow from @source */
	in->acpi_why = NULL;
	if (in->version && strlen(in->version) < sizeof c->image_version)
		memcpy(c->image_version, in->version, strlen(in->version) + 1);
	c->values.has_os_image_hash = note.has_os_image_hash;
	c->values.os_image_hash = note.os_image_hash;
	c->has_values = true;
	return true;
}

static bool from_values(struct rv_case *c, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	return rv_buf_read(values, RV_PUBLISHED_MAX, &b, err) &&
	       rv_case_values(c, values, rv_buf_span(&b), verify_key, err);
}

static bool from_any(struct rv_case *c, struct rv_image *i,
		     struct rv_measure_input *in, struct rv_err *err)
{
	if (values)
		return from_values(c, err);
	return release ? from_release(c, in, err) : from_image(c, i, in, err);
}

static bool usage(int argc, struct rv_err *err)
{
	if (argc)
		return rv_fail(err, RV_USAGE, "no operands are taken");
	if (!evidence)
		return rv_fail(err, RV_USAGE, "--evidence is needed");
	if (release && values)
		return rv_fail(err, RV_USAGE,
			       "one of --release, --image and --values is "
			       "needed");
	if (verify_key && !values)
		return rv_fail(err, RV_USAGE,
			       "--verify-key is for --values, which is "
			       "missing");
	return true;
}

/* --image is the OS image, or container images of the app: by content. */
static bool sort_images(struct rv_err *err)
{
	for (size_t i = 0; i < images.n; i++) {
		const char *path = images.item[i];
		bool container = false;

		if (strcmp(path, "-") != 0 &&
		    !rv_is_container_image(path, &container, err))
			return false;
		if (container)
			containers.item[containers.n++] = path;
		else if (image)
			return rv_fail(err, RV_USAGE,
				       "--image %s: not a container image, and "
				       "%s is the OS image",
				       path, image);
		else
			image = path;
	}
	if ((release != NULL) + (image != NULL) + (values != NULL) != 1)
		return rv_fail(err, RV_USAGE,
			       "one of --release, --image (of an OS) and "
			       "--values is needed");
	if (containers.n && !compose)
		return rv_fail(err, RV_USAGE,
			       "--image %s is a container image: --compose is "
			       "needed",
			       containers.item[0]);
	return true;
}

/* Every argument that names a file or folder to be read. */
static void list_inputs(struct rv_pinned *p)
{
	const char *const one[] = {
		evidence,	  values,
		verify_key,	  compose,
		records,	  acpi,
		dcap.collateral,  dcap.root_ca,
		bind.statement,	  bind.key,
		bind.signature,	  bind.message,
		bind.certificate, shape_opts.vm_config,
	};

	for (size_t i = 0; i < RV_LEN(one); i++)
		if (one[i])
			p->path[p->n++] = one[i];
	for (size_t i = 0; i < images.n; i++)
		p->path[p->n++] = images.item[i];
}

static bool judge(struct rv_case *c, struct rv_image *i, struct rv_err *err)
{
	struct rv_measure_input in = { 0 };

	return rv_case_evidence(c, evidence, instance, err) &&
	       rv_case_prove(c, &dcap, true, err) && from_any(c, i, &in, err) &&
	       (!compose || rv_case_compose(c, compose, err)) &&
	       rv_case_compare(c, err) &&
	       rv_case_explain_shape(c, values ? NULL : &in, err) &&
	       rv_case_images(c, &containers, err) &&
	       rv_bind_opts_check(&bind, &c->evidence,
				  c->has_quote ? &c->quote : NULL, &c->report,
				  err) &&
	       rv_report_skip(&c->report, skip.item, skip.n, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_case_free) struct rv_case c = { 0 };
	RV_AUTO(rv_image_free) struct rv_image i = { 0 };
	RV_AUTO(rv_pinned_free) struct rv_pinned p = { 0 };
	struct rv_case_out out = { .json = json,
				   .html = html,
				   .evidence = evidence };
	bool good;

	(void)argv;
	if (!usage(argc, err))
		return false;
	list_inputs(&p);
	/* What nobody reviewed is not read: then the pins are the report. */
	if (!rv_pin_first(&pin, &p, &c.report, &good, err))
		return false;
	if (good && (!sort_images(err) || !judge(&c, &i, err) ||
		     !rv_pin_last(&pin, &p, err)))
		return false;
	out.reference = release ? release : image ? image : values;
	return rv_case_finish(&c, &out, answer, err);
}

static const struct rv_cmd cmd = {
	.name = "verify",
	.args = "(--release NAME | --image IMAGE | --values FILE)\n"
		"       --evidence FILE [OPTIONS]",
	.summary = "Verify a machine: its quote, firmware, OS, app and what it "
		   "was bound to",
	.opts = opts,
	.example = "refval-verify --release dstack-0.5.8 --evidence quote.json "
		   "\\\n    --compose app-compose.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
