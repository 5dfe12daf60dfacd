/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eif.c - AWS's enclave image files, and the PCRs of an enclave that runs one:
 * a header, sections one behind the other, a checksum over all of it. Each PCR
 * is the register that one digest was extended into.
 */
#include "base.h"
#include "cbor.h"
#include "cert.h"
#include "crc32.h"
#include "digest.h"
#include "pem.h"
#include "x509.h"

#include <refval/cloud.h>

enum {
	HEADER = 548,
	SECTIONS = 32, /* places in the header */
	SECTION = 12,  /* bytes of a section's own header */
	VERSION = 4,
	ARM64 = 1,
	PEM_MAX = 64 << 10,
	COSE_MAX = 4096,
	/* PCR number, and how a PCR of SHA-384 is written in the payload. */
	PCR_SIZE = 48,
};

enum kind { KERNEL = 1, CMDLINE, RAMDISK, SIGNATURE, METADATA };

struct header {
	uint16_t flags, count;
	uint64_t offset[SECTIONS], size[SECTIONS];
	uint32_t crc;
};

static uint64_t be(struct rv_rd *r, size_t n, const char *field)
{
	return rv_num_be(rv_take(r, n, field));
}

static bool read_header(struct rv_rd *r, struct header *h, struct rv_err *err)
{
	struct rv_span magic = rv_take(r, 4, "magic");
	uint16_t version = rv_be16(r, "version");

	if (!rv_rd_ok(r, err))
		return false;
	if (!rv_same_text(magic, ".eif") || version != VERSION)
		return rv_fail(err, RV_INPUT,
			       "eif: not an enclave image file of version %d",
			       VERSION);
	h->flags = rv_be16(r, "flags");
	rv_take(r, 18, "default memory and CPUs, reserved");
	h->count = rv_be16(r, "section count");
	for (size_t i = 0; i < SECTIONS; i++)
		h->offset[i] = be(r, 8, "section offset");
	for (size_t i = 0; i < SECTIONS; i++)
		h->size[i] = be(r, 8, "section size");
	rv_take(r, 4, "unused");
	h->crc = (uint32_t)be(r, 4, "CRC");
	if (!rv_rd_ok(r, err))
		return false;
	if (h->count < 3 || h->count > SECTIONS || h->flags & ~ARM64)
		return rv_fail(err, RV_INPUT, "eif: %u sections, flags %#x",
			       h->count, h->flags);
	for (size_t i = h->count; i < SECTIONS; i++)
		if (h->offset[i] || h->size[i])
			return rv_fail(err, RV_INPUT, "eif: section %zu of %u",
				       i, h->count);
	return true;
}

/* The places of the header, which come in an order of their own. */
static bool listed(struct header *h, uint64_t at, uint64_t n)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->offset[i] == at && h->size[i] == n) {
			h->offset[i] = 0;
			return true;
		}
	return false;
}

static bool take_section(struct rv_eif *e, enum kind kind, struct rv_span s,
			 struct rv_err *err)
{
	bool fits = false;

	/* What is measured comes in the order in which it is measured. */
	switch (kind) {
	case KERNEL:
		fits = !e->kernel.p && !e->cmdline.p;
		e->kernel = s;
		break;
	case CMDLINE:
		fits = !e->cmdline.p && e->kernel.p && !e->ramdisks;
		e->cmdline = s;
		break;
	case RAMDISK:
		fits = e->cmdline.p && !e->signature.p;
		e->ramdisk[e->ramdisks++] = s;
		break;
	case SIGNATURE:
		fits = !e->signature.p && e->ramdisks;
		e->signature = s;
		break;
	case METADATA:
		fits = !e->metadata.p && e->cmdline.p;
		e->metadata = s;
		break;
	}
	return fits || rv_fail(err, RV_INPUT,
			       "eif: a section of type %d is unknown, twice, "
			       "or out of order",
			       (int)kind);
}

static bool read_sections(struct rv_rd *r, struct header *h, struct rv_eif *e,
			  struct rv_err *err)
{
	for (size_t i = 0; i < h->count; i++) {
		size_t at = r->off;
		uint16_t kind = rv_be16(r, "section type");
		uint16_t flags = rv_be16(r, "section flags");
		uint64_t n = be(r, 8, "section size");
		struct rv_span s;

		if (!rv_rd_ok(r, err))
			return false;
		if (flags || !n || !listed(h, at, n))
			return rv_fail(err, RV_INPUT,
				       "eif: a section of %" PRIu64 " bytes at "
				       "%zu, flags %#x, is not in the header, "
				       "or empty",
				       n, at, flags);
		s = rv_take(r, n > SIZE_MAX ? SIZE_MAX : (size_t)n, "section");
		if (!rv_rd_ok(r, err) ||
		    !take_section(e, (enum kind)kind, s, err))
			return false;
	}
	if (!e->ramdisks)
		return rv_fail(err, RV_INPUT, "eif: no ramdisk");
	return rv_rd_end(r, err);
}

bool rv_eif_read(struct rv_span file, struct rv_eif *out, struct rv_err *err)
{
	struct rv_rd r = rv_rd(file, "eif");
	struct rv_eif e = { 0 };
	struct header h = { 0 };
	uint32_t crc;

	if (!read_header(&r, &h, err) || !read_sections(&r, &h, &e, err))
		return false;
	crc = rv_crc32(0, rv_span(file.p, HEADER - 4));
	crc = rv_crc32(crc, rv_span(file.p + HEADER, file.n - HEADER));
	if (crc != h.crc)
		return rv_fail(err, RV_INPUT,
			       "eif: its CRC-32 is %08x, not %08x", crc, h.crc);
	e.arm64 = h.flags & ARM64;
	*out = e;
	return true;
}

/* ---- PCRs ---- */

/* SHA-384(48 zero bytes, SHA-384(@all)). */
static bool pcr(const struct rv_span *all, size_t n, struct rv_eif_pcr *out,
		struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	*out = (struct rv_eif_pcr){ 0 };
	if (!rv_digest_new(RV_SHA384, &d, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!rv_digest_add(d, all[i].p, all[i].n, err))
			return false;
	return rv_digest_end(d, out->digest.b, err) &&
	       rv_extend(&out->value, &out->digest, err);
}

/* ---- the signature section ---- */

/* Bytes as AWS's tool writes them: an array of numbers. */
static bool numbers(struct rv_rd *r, const char *field, size_t max,
		    struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	uint64_t n, v;

	if (!rv_cbor_array(r, field, max, &n, err))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (!rv_cbor_uint(r, field, UINT8_MAX, &v, err))
			return false;
		rv_grow_u8(&to, (unsigned)v);
	}
	return rv_grow_take(&to, out, err);
}

static bool counted(struct rv_rd *r, bool map, uint64_t want,
		    struct rv_err *err)
{
	uint64_t n;

	if (!(map ? rv_cbor_map(r, "map", want, &n, err)
		  : rv_cbor_array(r, "array", want, &n, err)))
		return false;
	return n == want ||
	       rv_fail(err, RV_INPUT, "%s: %" PRIu64 " members, not %" PRIu64,
		       r->what, n, want);
}

/* COSE_Sign1, ES384, untagged, of PCR0 as it must be. */
static bool sign1(struct rv_span cose, const struct rv_sha384 *pcr0,
		  struct rv_span *protected_, struct rv_span *payload,
		  struct rv_span *signature, struct rv_err *err)
{
	static const uint8_t es384[] = { 0xa1, 0x01, 0x38, 0x22 };
	RV_AUTO(rv_buf_free) struct rv_buf value = { 0 };
	struct rv_rd r = rv_rd(cose, "eif: signature");
	struct rv_rd p;
	uint64_t pairs, index;

	if (!counted(&r, false, 4, err) ||
	    !rv_cbor_bytes(&r, "protected header", protected_, err) ||
	    !rv_cbor_map(&r, "unprotected header", 0, &pairs, err) ||
	    !rv_cbor_bytes(&r, "payload", payload, err) ||
	    !rv_cbor_bytes(&r, "signature", signature, err) ||
	    !rv_rd_end(&r, err))
		return false;
	if (!rv_same(*protected_, rv_span(es384, sizeof es384)) ||
	    signature->n != 96)
		return rv_fail(err, RV_INPUT,
			       "eif: a signature that is not "
			       "ES384 is not supported");
	p = rv_rd(*payload, "eif: signed PCR");
	if (!counted(&p, true, 2, err) ||
	    !rv_cbor_key(&p, "register_index", err) ||
	    !rv_cbor_uint(&p, "register_index", INT32_MAX, &index, err) ||
	    !rv_cbor_key(&p, "register_value", err) ||
	    !numbers(&p, "register_value", PCR_SIZE, &value, err) ||
	    !rv_rd_end(&p, err))
		return false;
	return (!index && value.n == PCR_SIZE &&
		memcmp(value.p, pcr0->b, PCR_SIZE) == 0) ||
	       rv_fail(err, RV_INPUT,
		       "eif: its signature is of another PCR0 than its own");
}

static bool signed_by(const struct rv_cert *cert, struct rv_span cose,
		      const struct rv_sha384 *pcr0, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span protected_, payload, signature;
	struct rv_sha384 digest;

	if (!sign1(cose, pcr0, &protected_, &payload, &signature, err))
		return false;
	rv_cbor_put_array(&g, 4);
	rv_cbor_put_text(&g, rv_text("Signature1"));
	rv_cbor_put_bytes(&g, protected_);
	rv_cbor_put_bytes(&g, rv_span(NULL, 0));
	rv_cbor_put_bytes(&g, payload);
	if (g.failed)
		return rv_no_memory(err, "eif");
	if (!rv_sha384(rv_buf_span(&g.buf), &digest, err))
		return false;
	switch (rv_key_check_p384(rv_cert_key(cert), &digest, signature.p)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return rv_fail(err, RV_INPUT,
			       "eif: its certificate's key did not sign it");
	case RV_CHECK_FAILED:
		break;
	}
	return rv_no_memory(err, "eif");
}

static bool certificate(const struct rv_eif *e, struct rv_eif_pcrs *p,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 }, cose = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	RV_AUTO(rv_cert_free) struct rv_cert *cert = NULL;
	struct rv_rd r = rv_rd(e->signature, "eif: signature section");
	struct rv_span text, bytes;

	if (!counted(&r, false, 1, err) || !counted(&r, true, 2, err) ||
	    !rv_cbor_key(&r, "signing_certificate", err) ||
	    !numbers(&r, "signing_certificate", PEM_MAX, &pem, err) ||
	    !rv_cbor_key(&r, "signature", err) ||
	    !numbers(&r, "signature", COSE_MAX, &cose, err) ||
	    !rv_rd_end(&r, err))
		return false;
	text = rv_buf_span(&pem);
	if (!rv_pem_next(&text, "CERTIFICATE", &der, err) || !rv_pem_end(&text))
		return rv_fail(err, RV_INPUT,
			       "eif: its certificate is not one in PEM");
	bytes = rv_buf_span(&der);
	if (!rv_crypto_start(err) || !rv_cert_read(bytes, &cert, err))
		return rv_in(err, "eif: certificate");
	p->has_pcr8 = true;
	return signed_by(cert, rv_buf_span(&cose), &p->pcr[0].value, err) &&
	       pcr(&bytes, 1, &p->pcr8, err);
}

bool rv_eif_pcrs(const struct rv_eif *e, struct rv_eif_pcrs *out,
		 struct rv_err *err)
{
	struct rv_span all[RV_EIF_RAMDISKS + 2] = { { 0 } };
	struct rv_eif_pcrs p = { 0 };

	if (!e->ramdisks || e->ramdisks > RV_EIF_RAMDISKS)
		return rv_fail(err, RV_INPUT, "eif: %zu ramdisks",
			       (size_t)e->ramdisks);
	all[0] = e->kernel;
	all[1] = e->cmdline;
	for (size_t i = 0; i < e->ramdisks; i++)
		all[2 + i] = e->ramdisk[i];
	if (!pcr(all, 2 + e->ramdisks, &p.pcr[0], err) ||
	    !pcr(all, 3, &p.pcr[1], err) ||
	    !pcr(all + 3, e->ramdisks - 1, &p.pcr[2], err) ||
	    (e->signature.p && !certificate(e, &p, err)))
		return false;
	*out = p;
	return true;
}
