/* SPDX-License-Identifier: Apache-2.0 */
/* boot.c - refval-measure --uki, --disk and --eif: what boots from where. */
#include "boot.h"
#include "digest.h"
#include "disk_in.h"
#include "last_line.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Everything read, owned in one place. */
struct boot {
	struct rv_buf uki, loader, disk;
	int disk_fd;
	struct rv_disk whole;
	struct rv_gpt gpt;
	struct rv_boot_input in;
	struct rv_boot_values v;
};

static void boot_free(struct boot **b)
{
	if (!*b)
		return;
	rv_buf_free(&(*b)->uki);
	rv_buf_free(&(*b)->loader);
	rv_buf_free(&(*b)->disk);
	rv_close(&(*b)->disk_fd);
	free(*b);
}

/* ---- reading ---- */

static struct rv_input *note(struct boot *b, const char *role, const char *path)
{
	struct rv_input *in = &b->v.input[b->v.inputs++];
	const char *slash = strrchr(path, '/');

	snprintf(in->role, sizeof in->role, "%s", role);
	snprintf(in->name, sizeof in->name, "%.63s",
		 strcmp(path, "-") == 0 ? "stdin"
		 : slash		? slash + 1
					: path);
	return in;
}

static bool read_noted(struct boot *b, const char *role, const char *path,
		       struct rv_buf *out, struct rv_err *err)
{
	struct rv_input *in = note(b, role, path);

	if (!rv_buf_read(path, RV_UKI_MAX, out, err))
		return false;
	in->size = out->n;
	return rv_sha256(rv_buf_span(out), &in->sha256, err);
}

/* The first bytes of a disk, and how many it has. */
static bool read_head(const char *path, struct rv_buf *out, uint64_t *size,
		      struct rv_err *err)
{
	uint8_t *p = malloc(RV_GPT_HEAD);
	FILE *f = fopen(path, "rb");
	off_t end = -1;
	int why = errno;

	*out = (struct rv_buf){ .p = p };
	if (f && p) {
		out->n = fread(p, 1, RV_GPT_HEAD, f);
		if (!ferror(f) && fseeko(f, 0, SEEK_END) == 0)
			end = ftello(f);
		why = errno;
	}
	if (f)
		fclose(f);
	if (!p)
		return rv_no_memory(err, path);
	if (end < 0)
		return rv_fail(err, rv_errno_code(why), "%s: %s", path,
			       strerror(why));
	*size = (uint64_t)end;
	return true;
}

static bool read_disk(struct boot *b, const struct rv_boot_opts *o,
		      struct rv_err *err)
{
	uint32_t sector =
	    o->sector && strcmp(o->sector, "4096") == 0 ? 4096 : 512;
	uint64_t size = 0;
	struct rv_input *in;

	if (!read_head(o->disk, &b->disk, &size, err))
		return false;
	in = note(b, "disk", o->disk);
	/* Nothing behind its head counts, so nothing else is hashed. */
	in->size = b->disk.n;
	if (!rv_gpt_read(rv_buf_span(&b->disk), size, sector, &b->gpt, err))
		return rv_in(err, "%s", o->disk);
	b->in.gpt = &b->gpt;
	return rv_sha256(rv_buf_span(&b->disk), &in->sha256, err);
}

static bool platform(const struct rv_boot_opts *o, struct rv_boot_input *in,
		     struct rv_err *err)
{
	size_t i = 0;

	while (o->platform && i < RV_BOOT_ENCLAVE &&
	       strcmp(o->platform,
		      rv_boot_platform_name((enum rv_boot_platform)i)) != 0)
		i++;
	if (i == RV_BOOT_ENCLAVE)
		return rv_fail(err, RV_USAGE,
			       "--platform %s: tdx, gcp, tpm or aws-nitro-tpm",
			       o->platform);
	in->platform = (enum rv_boot_platform)i;
	if (o->bank && in->platform != RV_BOOT_TPM)
		return rv_fail(err, RV_USAGE,
			       "--bank goes with --platform tpm");
	if (o->bank && strcmp(o->bank, "sha256") != 0 &&
	    strcmp(o->bank, "sha384") != 0)
		return rv_fail(err, RV_USAGE, "--bank %s: sha256 or sha384",
			       o->bank);
	if (o->sector && strcmp(o->sector, "512") != 0 &&
	    strcmp(o->sector, "4096") != 0)
		return rv_fail(err, RV_USAGE, "--sector %s: 512 or 4096",
			       o->sector);
	in->alg =
	    o->bank && strcmp(o->bank, "sha384") == 0 ? RV_SHA384 : RV_SHA256;
	if (o->disk && in->platform == RV_BOOT_AWS)
		return rv_fail(err, RV_USAGE,
			       "--disk: no register of aws-nitro-tpm has it");
	return true;
}

/* ---- printing ---- */

static void put_digest(bool known, const uint8_t *p, enum rv_alg alg)
{
	if (known)
		rv_out_hex(rv_span(p, rv_alg_size(alg)));
	else
		rv_out_tone(RV_TONE_DOUBT, "%-*s", 2 * (int)rv_alg_size(alg),
			    "not known");
}

static void put_register(const struct rv_boot_register *reg, bool events)
{
	char label[16];

	rv_mr_label(reg->name, label);
	rv_out_tone(RV_TONE_BOLD, "%-7s ", label);
	rv_out("%s ", rv_alg_name(reg->alg));
	if (reg->known) {
		put_digest(true, reg->value, reg->alg);
	} else {
		rv_out_tone(RV_TONE_DOUBT, "not computable: ");
		rv_out_str(reg->why);
	}
	rv_out("\n");
	for (size_t i = 0; events && i < reg->n; i++) {
		const struct rv_boot_event *e = &reg->event[i];

		rv_out("  %2zu %#010x %-40s ", i, (unsigned)e->type, e->label);
		put_digest(e->known, e->digest, reg->alg);
		rv_out("\n");
	}
}

static bool none_known(const struct rv_boot_values *v)
{
	for (size_t i = 0; i < v->registers; i++)
		if (v->reg[i].known)
			return false;
	return true;
}

static void print_text(const struct rv_boot_values *v, bool events)
{
	for (size_t i = 0; i < v->inputs; i++) {
		const struct rv_input *in = &v->input[i];

		rv_out("%-10s ", in->role);
		rv_out_str(in->name);
		rv_out(", %s%" PRIu64 " bytes, sha256 ",
		       strcmp(in->role, "disk") == 0 ? "its first " : "",
		       in->size);
		rv_out_hex(rv_span(in->sha256.b, sizeof in->sha256.b));
		rv_out("\n");
	}
	rv_out("%-10s %s\n", "platform", rv_boot_platform_name(v->platform));
	if (*v->loader)
		rv_out("%-10s %s\n", "loader", v->loader);
	if (*v->stub)
		rv_out("%-10s %s\n", "stub", v->stub);
	for (size_t i = 0; i < v->assumptions; i++) {
		rv_out("%-10s ", "assumed");
		rv_out_str(v->assumed[i]);
		rv_out("\n");
	}
	rv_out("\n");
	for (size_t i = 0; i < v->registers; i++)
		put_register(&v->reg[i], events);
	if (none_known(v)) {
		rv_out("\n");
		rv_last_line(RV_INPUT, "no register can be computed");
	}
	if (v->has_boot_pcr_digest) {
		rv_out("\nboot_pcr_digest ");
		rv_out_hex(
		    rv_span(v->boot_pcr_digest.b, sizeof v->boot_pcr_digest.b));
		rv_out("\n");
	}
}

static bool print(const struct rv_boot_values *v, bool events, bool json,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!json) {
		print_text(v, events);
		return true;
	}
	if (!rv_boot_write(v, &text, err))
		return false;
	rv_out_bytes(rv_buf_span(&text));
	return true;
}

/* A fault of the loader's begins with its role; all others are of the rest. */
static const char *faulty(const struct rv_boot_opts *o,
			  const struct rv_err *err)
{
	if (o->loader && rv_starts(rv_text(err->msg), rv_text("loader: ")))
		return o->loader;
	return o->uki ? o->uki : o->disk;
}

bool rv_measure_boot(const struct rv_boot_opts *o, uint32_t edk2, bool events,
		     bool json, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(boot_free) struct boot *b = calloc(1, sizeof *b);
	struct rv_input noted[RV_INPUTS_MAX];
	size_t inputs, n;

	if (!b)
		return rv_no_memory(err, "boot");
	b->disk_fd = -1;
	b->in.edk2 = edk2;
	if (!platform(o, &b->in, err))
		return false;
	if (edk2 && b->in.platform != RV_BOOT_TDX)
		return rv_fail(err, RV_USAGE,
			       "--ovmf goes with --platform tdx");
	if ((o->uki && !read_noted(b, "uki", o->uki, &b->uki, err)) ||
	    (o->loader &&
	     !read_noted(b, "loader", o->loader, &b->loader, err)) ||
	    (o->disk && !read_disk(b, o, err)))
		return false;
	if (o->loader && !b->loader.n)
		return rv_fail(err, RV_INPUT, "%s: empty", o->loader);
	/* Without an image the disk is looked through for what boots. */
	if (!o->uki && !rv_disk_open(o->disk, &b->disk_fd, &b->whole))
		return rv_fail(err, RV_INPUT, "%s: not a plain file", o->disk);
	b->in.disk = o->uki ? NULL : &b->whole;
	b->in.uki = rv_buf_span(&b->uki);
	b->in.loader = rv_buf_span(&b->loader);
	memcpy(noted, b->v.input, sizeof noted);
	inputs = b->v.inputs;
	if (!rv_boot_predict(&b->in, &b->v, err))
		return rv_in(err, "%s", faulty(o, err));
	/* What was found on the disk stands behind what was given. */
	n = b->v.inputs;
	if (n > RV_INPUTS_MAX - inputs)
		n = RV_INPUTS_MAX - inputs;
	memmove(b->v.input + inputs, b->v.input, n * sizeof noted[0]);
	memcpy(b->v.input, noted, inputs * sizeof noted[0]);
	b->v.inputs = inputs + n;
	if (none_known(&b->v))
		*answer = RV_INPUT;
	return print(&b->v, events, json, err);
}

/* ---- enclaves ---- */

static void pcr(struct rv_boot_values *v, const char *name, const char *label,
		const struct rv_eif_pcr *p)
{
	struct rv_boot_register *reg = &v->reg[v->registers++];
	struct rv_boot_event *e = &reg->event[0];

	snprintf(reg->name, sizeof reg->name, "%s", name);
	reg->alg = RV_SHA384;
	reg->known = true;
	/* Of an image that nobody signed, zero: nothing is extended. */
	if (!p)
		return;
	memcpy(reg->value, p->value.b, sizeof p->value.b);
	snprintf(e->label, sizeof e->label, "%s", label);
	e->known = true;
	memcpy(e->digest, p->digest.b, sizeof p->digest.b);
	reg->n = 1;
}

bool rv_measure_eif(const char *path, bool events, bool json,
		    struct rv_err *err)
{
	RV_AUTO(boot_free) struct boot *b = calloc(1, sizeof *b);
	struct rv_eif_pcrs p;
	struct rv_eif e;

	if (!b)
		return rv_no_memory(err, "eif");
	b->disk_fd = -1;
	if (!read_noted(b, "eif", path, &b->uki, err))
		return false;
	if (!rv_eif_read(rv_buf_span(&b->uki), &e, err) ||
	    !rv_eif_pcrs(&e, &p, err))
		return rv_in(err, "%s", path);
	b->v.platform = RV_BOOT_ENCLAVE;
	pcr(&b->v, "pcr0", "kernel, cmdline, ramdisks", &p.pcr[0]);
	pcr(&b->v, "pcr1", "kernel, cmdline, ramdisk 0", &p.pcr[1]);
	pcr(&b->v, "pcr2", "other ramdisks", &p.pcr[2]);
	pcr(&b->v, "pcr8", "certificate", p.has_pcr8 ? &p.pcr8 : NULL);
	return print(&b->v, events, json, err);
}
