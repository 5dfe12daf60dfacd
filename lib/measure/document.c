/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.c - measurement.tdx.cbor, versions 3 and 4, and the form without a
 * version that came before them (specification of dstack, section 2.6).
 */
#include "base.h"
#include "cbor.h"
#include "cmdline.h"
#include "kernel.h"
#include "rules.h"
#include "tdhob.h"
#include "digest.h"

#include <refval/measure.h>

#include <stdio.h>
#include <stdlib.h>

/* Keys are in the order of dstack's structures, which is not sorted. */
static bool key(struct rv_rd *r, const char *want, struct rv_err *err)
{
	struct rv_span s;

	if (!rv_cbor_text(r, want, &s, err))
		return false;
	if (!rv_same_text(s, want))
		return rv_fail(err, RV_INPUT,
			       "%s: the key before byte %zu is not %s", r->what,
			       r->off, want);
	return true;
}

static bool digest(struct rv_rd *r, const char *name, struct rv_sha384 *out,
		   struct rv_err *err)
{
	struct rv_span s;

	if (!key(r, name, err) || !rv_cbor_bytes(r, name, &s, err))
		return false;
	if (s.n != sizeof out->b)
		return rv_fail(err, RV_INPUT, "%s: %s: %zu bytes, not 48",
			       r->what, name, s.n);
	memcpy(out->b, s.p, s.n);
	return true;
}

static bool map(struct rv_rd *r, const char *name, uint64_t pairs,
		struct rv_err *err)
{
	uint64_t n;

	if (!rv_cbor_map(r, name, 8, &n, err))
		return false;
	if (n != pairs)
		return rv_fail(err, RV_INPUT,
			       "%s: %s: %" PRIu64 " keys, not %" PRIu64,
			       r->what, name, n, pairs);
	return true;
}

static bool read_cmdline(struct rv_rd *r, struct rv_document *d,
			 struct rv_err *err)
{
	struct rv_span s;

	if (!key(r, "cmdline", err) || !rv_cbor_text(r, "cmdline", &s, err))
		return false;
	if (s.n >= sizeof d->cmdline || (s.n && memchr(s.p, 0, s.n)))
		return rv_fail(err, RV_INPUT,
			       "%s: cmdline: %zu bytes, or a NUL inside",
			       r->what, s.n);
	if (s.n)
		memcpy(d->cmdline, s.p, s.n);
	d->cmdline[s.n] = '\0';
	return true;
}

static bool read_image(struct rv_rd *r, struct rv_document *d,
		       struct rv_err *err)
{
	bool v4 = d->version == 4;

	if (!key(r, "image", err) || !map(r, "image", v4 ? 4 : 3, err))
		return false;
	if (v4 ? !read_cmdline(r, d, err)
	       : !digest(r, "cmdline_sha384", &d->cmdline_sha384, err))
		return false;
	if (!digest(r, "kernel_authenticode", &d->kernel_authenticode, err))
		return false;
	if (v4 && (!key(r, "kernel_header_normalized", err) ||
		   !rv_cbor_bool(r, "kernel_header_normalized",
				 &d->kernel_header_normalized, err)))
		return false;
	return digest(r, "initrd_sha384", &d->initrd_sha384, err);
}

static bool read_tdvf(struct rv_rd *r, struct rv_document *d,
		      struct rv_err *err)
{
	struct rv_span ovmf, hob;
	enum { OVMF_MAX = 32 };

	if (!key(r, "tdvf", err) || !map(r, "tdvf", 3, err) ||
	    !key(r, "ovmf", err) || !rv_cbor_text(r, "ovmf", &ovmf, err))
		return false;
	if (ovmf.n >= OVMF_MAX)
		return rv_fail(err, RV_INPUT, "%s: ovmf: %zu bytes", r->what,
			       ovmf.n);
	d->ovmf = rv_ovmf_named(ovmf);
	if (!d->ovmf)
		return rv_fail(err, RV_INPUT,
			       "%s: ovmf: %.*s is neither %s nor %s", r->what,
			       (int)ovmf.n, (const char *)ovmf.p,
			       rv_ovmf_name(RV_OVMF_PRE202505),
			       rv_ovmf_name(RV_OVMF_STABLE202505));
	if (!key(r, "mrtd", err) || !map(r, "mrtd", 2, err) ||
	    !digest(r, "single_pass", &d->single_pass, err) ||
	    !digest(r, "two_pass", &d->two_pass, err) ||
	    !key(r, "td_hob", err) || !rv_cbor_bytes(r, "td_hob", &hob, err))
		return false;
	if (hob.n > sizeof d->td_hob)
		return rv_fail(err, RV_INPUT, "%s: td_hob: %zu bytes", r->what,
			       hob.n);
	if (hob.n)
		memcpy(d->td_hob, hob.p, hob.n);
	d->td_hob_n = hob.n;
	return true;
}

bool rv_document_read(struct rv_span cbor, struct rv_document *out,
		      struct rv_err *err)
{
	struct rv_document d = { 0 };
	struct rv_rd r = rv_rd(cbor, "measurement.tdx.cbor");
	uint64_t pairs, version = 2;

	if (!rv_cbor_map(&r, "document", 3, &pairs, err))
		return false;
	if (pairs == 3 &&
	    (!key(&r, "version", err) ||
	     !rv_cbor_uint(&r, "version", UINT32_MAX, &version, err)))
		return false;
	if (pairs < 2 || (pairs == 3 && version != 3 && version != 4))
		return rv_fail(err, RV_INPUT,
			       "%s: version %" PRIu64 " with %" PRIu64
			       " keys: only 3 and 4 are known",
			       r.what, version, pairs);
	d.version = (unsigned)version;
	if (!read_image(&r, &d, err) || !read_tdvf(&r, &d, err) ||
	    !rv_rd_end(&r, err))
		return false;
	*out = d;
	return true;
}

bool rv_document_listed(const char *name, struct rv_span document,
			struct rv_span checksums,
			struct rv_sha256 *os_image_hash, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_checksums *sums = calloc(1, sizeof *sums);
	const struct rv_checksum *line;
	struct rv_sha256 own, all;

	if (!sums)
		return rv_no_memory(err, name);
	if (!rv_checksums_parse(checksums, sums, err) ||
	    !rv_sha256(document, &own, err) || !rv_sha256(checksums, &all, err))
		return false;
	line = rv_checksums_find(sums, name);
	if (!line)
		return rv_fail(err, RV_INPUT, "no line for %s", name);
	if (memcmp(line->sha256.b, own.b, sizeof own.b) != 0)
		return rv_fail(err, RV_INPUT,
			       "the line for %s is of another file", name);
	*os_image_hash = all;
	return true;
}

/* ---- making one from files ---- */

static bool make_kernel(const struct rv_measure_input *in,
			struct rv_document *d, struct rv_err *err)
{
	const uint64_t usual = (uint64_t)4 << 30;

	d->kernel_header_normalized = in->kernel_header_normalized == RV_TRUE;
	if (d->kernel_header_normalized)
		return rv_authenticode(in->kernel, rv_span(NULL, 0),
				       &d->kernel_authenticode, err);
	return rv_kernel_patched(in->kernel, in->initrd_size, in->cmdline,
				 usual, &d->kernel_authenticode, err);
}

static bool make_witness(const struct rv_tdvf *t, struct rv_document *d,
			 struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_hob_layout layout;

	if (!rv_hob_layout(t, &layout, err))
		return false;
	rv_hob_pack(&layout, &g);
	if (g.failed)
		return rv_no_memory(err, "td_hob witness");
	if (g.buf.n > sizeof d->td_hob)
		return rv_fail(err, RV_INPUT, "td_hob witness: %zu bytes",
			       g.buf.n);
	memcpy(d->td_hob, g.buf.p, g.buf.n);
	d->td_hob_n = g.buf.n;
	return true;
}

bool rv_document_make(const struct rv_measure_input *in, unsigned version,
		      struct rv_document *out, struct rv_err *err)
{
	struct rv_shape shape = rv_shape_default();
	struct rv_document d = { .version = version };
	struct rv_rules rules;
	struct rv_tdvf t;

	if (version != 3 && version != 4)
		return rv_fail(err, RV_INPUT,
			       "measurement.tdx.cbor: version %u: only 3 and 4 "
			       "are known",
			       version);
	if (!in->firmware.n || !in->kernel.n || !in->has_initrd || !in->cmdline)
		return rv_fail(err, RV_INPUT,
			       "measurement.tdx.cbor: firmware, kernel, initrd "
			       "and command line are all needed");
	if (strlen(in->cmdline) >= sizeof d.cmdline)
		return rv_fail(err, RV_INPUT,
			       "measurement.tdx.cbor: a command line of %zu "
			       "bytes",
			       strlen(in->cmdline));
	if (!rv_rules_choose(in, &shape, &rules, err))
		return false;
	d.ovmf = rules.edk2.variant;
	if (!d.ovmf)
		return rv_fail(err, RV_INPUT,
			       "measurement.tdx.cbor: %s is none of dstack's "
			       "variants",
			       rules.edk2.name);
	if (!rv_tdvf_read(in->firmware, &t, err) ||
	    !rv_mrtd_order(&t, RV_PAGE_ADD_SINGLE, &d.single_pass, err) ||
	    !rv_mrtd_order(&t, RV_PAGE_ADD_TWO, &d.two_pass, err) ||
	    !make_witness(&t, &d, err) || !make_kernel(in, &d, err) ||
	    !rv_cmdline_digest(in->cmdline, true, false, &d.cmdline_sha384,
			       err))
		return false;
	memcpy(d.cmdline, in->cmdline, strlen(in->cmdline) + 1);
	d.initrd_sha384 = in->initrd_sha384;
	*out = d;
	return true;
}

/* ---- writing, as dstack does ---- */

static void put_key(struct rv_grow *to, const char *name)
{
	rv_cbor_put_text(to, rv_text(name));
}

static void put_digest(struct rv_grow *to, const char *name,
		       const struct rv_sha384 *d)
{
	put_key(to, name);
	rv_cbor_put_bytes(to, rv_span(d->b, sizeof d->b));
}

static void put_document(const struct rv_document *d, struct rv_grow *to)
{
	bool v4 = d->version == 4;

	rv_cbor_put_map(to, d->version == 2 ? 2 : 3);
	if (d->version != 2) {
		put_key(to, "version");
		rv_cbor_put_uint(to, d->version);
	}
	put_key(to, "image");
	rv_cbor_put_map(to, v4 ? 4 : 3);
	if (v4) {
		put_key(to, "cmdline");
		rv_cbor_put_text(to, rv_text(d->cmdline));
	} else {
		put_digest(to, "cmdline_sha384", &d->cmdline_sha384);
	}
	put_digest(to, "kernel_authenticode", &d->kernel_authenticode);
	if (v4) {
		put_key(to, "kernel_header_normalized");
		rv_cbor_put_bool(to, d->kernel_header_normalized);
	}
	put_digest(to, "initrd_sha384", &d->initrd_sha384);
	put_key(to, "tdvf");
	rv_cbor_put_map(to, 3);
	put_key(to, "ovmf");
	rv_cbor_put_text(to, rv_text(rv_ovmf_name(d->ovmf)));
	put_key(to, "mrtd");
	rv_cbor_put_map(to, 2);
	put_digest(to, "single_pass", &d->single_pass);
	put_digest(to, "two_pass", &d->two_pass);
	put_key(to, "td_hob");
	rv_cbor_put_bytes(to, rv_span(d->td_hob, d->td_hob_n));
}

bool rv_document_write(const struct rv_document *d, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	put_document(d, &g);
	return rv_grow_take(&g, out, err);
}
