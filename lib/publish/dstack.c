/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dstack.c - measurement.tdx.cbor, version 3, from which dstack's light
 * verification computes the registers of any shape; and the sha256sum.txt that
 * binds it to the files. The digest of the latter is the pair's os_image_hash.
 */
#include "publish.h"
#include "digest.h"

#include <stdio.h>

static const char document_name[] = "measurement.tdx.cbor";

/* Where QEMU writes the initrd, and so the header, is the same for these. */
static bool usual_memory(uint64_t m)
{
	return m == (uint64_t)2 << 30 || m >= 0xb0000000u;
}

static bool missing(struct rv_err *err, const char *what)
{
	return rv_fail(err, RV_INPUT, "%s needs %s", document_name, what);
}

/* Version 3 wants the kernel with the header that QEMU below 10 writes. */
static bool fill_boot(const struct rv_values *v, struct rv_document *d,
		      struct rv_err *err)
{
	const struct rv_predicted *kernel =
	    rv_publish_event(rv_values_register(v, "rtmr1"), "kernel");
	const struct rv_predicted *cmdline =
	    rv_publish_event(rv_values_register(v, "rtmr2"), "cmdline");
	const struct rv_predicted *initrd =
	    rv_publish_event(rv_values_register(v, "rtmr2"), "initrd");

	if (!kernel)
		return missing(err, "the digest of the kernel, which the "
				    "values do not have");
	if (!cmdline || !initrd)
		return missing(err, "the digests of command line and initrd, "
				    "which the values do not have");
	if (strcmp(kernel->depends, RV_DEPENDS_ON_FILE) == 0)
		return missing(err, "the kernel's digest with the header "
				    "that QEMU below 10 writes; the values "
				    "have that of the file: measure with "
				    "--qemu 8.2.2, 9.0.0 or the like");
	if (!usual_memory(v->shape.memory))
		return missing(err, "the kernel's digest for 2 GiB or from "
				    "2816 MiB on; the values are of another "
				    "memory size");
	d->kernel_authenticode = kernel->digest;
	d->cmdline_sha384 = cmdline->digest;
	d->initrd_sha384 = initrd->digest;
	return true;
}

static bool fill_firmware(const struct rv_values *v, struct rv_document *d,
			  struct rv_err *err)
{
	uint32_t release = 0;
	struct rv_err ignored = { 0 };

	d->ovmf = v->shape.ovmf;
	if (!d->ovmf && *v->edk2 &&
	    !rv_ovmf_parse(v->edk2, &d->ovmf, &release, &ignored))
		d->ovmf = RV_OVMF_UNKNOWN;
	if (!d->ovmf)
		return missing(err, "a firmware that dstack has a name for, "
				    "pre202505 or stable202505");
	if (!v->mrtd.has_single || !v->mrtd.has_two)
		return missing(err, "MRTD in both page orders");
	if (!v->td_hob_n)
		return missing(err, "the firmware's memory sections (td_hob), "
				    "which the values do not have");
	d->single_pass = v->mrtd.single_pass;
	d->two_pass = v->mrtd.two_pass;
	memcpy(d->td_hob, v->td_hob, v->td_hob_n);
	d->td_hob_n = v->td_hob_n;
	return true;
}

static void put_line(struct rv_grow *to, const char *name,
		     const struct rv_sha256 *d)
{
	char hex[65];

	rv_hex(rv_span(d->b, sizeof d->b), hex);
	rv_grow_printf(to, "%s  %s\n", hex, name);
}

static bool put_role(struct rv_grow *to, const struct rv_values *v,
		     const char *role)
{
	for (size_t i = 0; i < v->inputs; i++)
		if (strcmp(v->input[i].role, role) == 0) {
			put_line(to, v->input[i].name, &v->input[i].sha256);
			return true;
		}
	return false;
}

/* In the order in which dstack's build lists them. */
static bool list(const struct rv_values *v, struct rv_span document,
		 struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_checksums sums;
	struct rv_sha256 own;

	if (!put_role(&g, v, "firmware") || !put_role(&g, v, "kernel") ||
	    !put_role(&g, v, "initrd"))
		return rv_fail(err, RV_INPUT,
			       "sha256sum.txt needs the files themselves "
			       "(firmware, kernel, initrd), which these values "
			       "were not computed from");
	(void)put_role(&g, v, "metadata");
	if (!rv_sha256(document, &own, err))
		return false;
	put_line(&g, document_name, &own);
	if (g.failed)
		return rv_no_memory(err, "sha256sum.txt");
	/* A name that would break the strict grammar is not written. */
	if (!rv_checksums_parse(rv_buf_span(&g.buf), &sums, err))
		return rv_in(err, "sha256sum.txt");
	return rv_grow_take(&g, out, err);
}

static bool write_one(const struct rv_values *v, struct rv_buf *document,
		      struct rv_buf *checksums, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 }, sums = { 0 };
	struct rv_document d = { .version = 3 };

	if (!fill_firmware(v, &d, err) || !fill_boot(v, &d, err))
		return false;
	if (!rv_document_write(&d, &doc, err) ||
	    !list(v, rv_buf_span(&doc), &sums, err))
		return false;
	*document = RV_TAKE(doc);
	*checksums = RV_TAKE(sums);
	return true;
}

/* The document says nothing of a shape: it is the same for all, or none. */
bool rv_dstack_write(const struct rv_values *v, size_t n,
		     struct rv_buf *document, struct rv_buf *checksums,
		     struct rv_err *err)
{
	if (!write_one(v, document, checksums, err))
		return false;
	for (size_t i = 1; i < n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 }, sums = { 0 };

		if (!write_one(&v[i], &doc, &sums, err))
			return rv_in(err, "values %zu", i + 1);
		if (!rv_same(rv_buf_span(&doc), rv_buf_span(document)) ||
		    !rv_same(rv_buf_span(&sums), rv_buf_span(checksums)))
			return rv_fail(err, RV_INPUT,
				       "values %zu give another %s than the"
				       " first",
				       i + 1, document_name);
	}
	return true;
}
