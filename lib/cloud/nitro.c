/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nitro.c - AWS Nitro attestation documents, decoded: COSE_Sign1 (RFC 9052,
 * 4.2) with ES384, untagged or with tag 18, of a CBOR map whose keys come in
 * the order of AWS's own structure.
 */
#include "base.h"
#include "cbor.h"

#include <refval/cloud.h>

enum { PCR_SIZE = 48, CERT_MAX = 1024, TEXT_MAX = 512, BREAK = 0xff };

static const uint8_t es384[] = { 0xa1, 0x01, 0x38, 0x22 };

/* ---- the payload ---- */

/* The next byte is @b: step over it. */
static bool took(struct rv_rd *r, uint8_t b)
{
	if (rv_rd_left(r) == 0 || r->in.p[r->off] != b)
		return false;
	r->off++;
	return true;
}

static bool bytes(struct rv_rd *r, const char *what, size_t min, size_t max,
		  struct rv_span *out, struct rv_err *err)
{
	if (!rv_cbor_bytes(r, what, out, err))
		return false;
	return (out->n >= min && out->n <= max) ||
	       rv_fail(err, RV_INPUT, "%s: %s: %zu bytes, not %zu to %zu",
		       r->what, what, out->n, min, max);
}

static bool maybe(struct rv_rd *r, const char *name, size_t min, size_t max,
		  struct rv_span *out, struct rv_err *err)
{
	*out = (struct rv_span){ 0 };
	return rv_cbor_key(r, name, err) &&
	       (took(r, 0xf6) || bytes(r, name, min, max, out, err));
}

static bool read_pcrs(struct rv_rd *r, struct rv_nitro_document *d,
		      struct rv_err *err)
{
	struct rv_span name;
	uint64_t n;

	if (!rv_cbor_text(r, "pcrs", &name, err))
		return false;
	if (!rv_same_text(name, "pcrs") && !rv_same_text(name, "nitrotpm_pcrs"))
		return rv_fail(err, RV_INPUT, "%s: %.*s where the PCRs belong",
			       r->what, (int)(name.n < 40 ? name.n : 40),
			       (const char *)name.p);
	d->kind = rv_same_text(name, "pcrs") ? RV_NITRO_ENCLAVE : RV_NITRO_TPM;
	if (!rv_cbor_map(r, "PCRs", RV_NITRO_PCRS, &n, err))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct rv_span value;
		uint64_t k;

		if (!rv_cbor_uint(r, "PCR", RV_NITRO_PCRS - 1, &k, err) ||
		    !bytes(r, "PCR", PCR_SIZE, PCR_SIZE, &value, err))
			return false;
		if (d->pcr[k].n)
			return rv_fail(err, RV_INPUT,
				       "%s: PCR %" PRIu64 " twice", r->what, k);
		d->pcr[k] = value;
	}
	return true;
}

static bool read_bundle(struct rv_rd *r, struct rv_nitro_document *d,
			struct rv_err *err)
{
	uint64_t n;

	if (!rv_cbor_key(r, "cabundle", err) ||
	    !rv_cbor_array(r, "cabundle", RV_NITRO_BUNDLE, &n, err))
		return false;
	if (!n)
		return rv_fail(err, RV_INPUT, "%s: cabundle is empty", r->what);
	for (uint64_t i = 0; i < n; i++)
		if (!bytes(r, "cabundle", 1, CERT_MAX, &d->bundle[i], err))
			return false;
	d->bundled = (size_t)n;
	return true;
}

static bool read_keys(struct rv_rd *r, struct rv_nitro_document *d,
		      struct rv_err *err)
{
	struct rv_span digest;

	if (!rv_cbor_key(r, "module_id", err) ||
	    !rv_cbor_text(r, "module_id", &d->module_id, err) ||
	    !rv_cbor_key(r, "digest", err) ||
	    !rv_cbor_text(r, "digest", &digest, err) ||
	    !rv_cbor_key(r, "timestamp", err) ||
	    !rv_cbor_uint(r, "timestamp", INT64_MAX, &d->timestamp, err))
		return false;
	if (!d->module_id.n || !rv_same_text(digest, "SHA384") || !d->timestamp)
		return rv_fail(err, RV_INPUT,
			       "%s: no module_id, another digest than SHA384,"
			       " or no timestamp",
			       r->what);
	return read_pcrs(r, d, err) && rv_cbor_key(r, "certificate", err) &&
	       bytes(r, "certificate", 1, CERT_MAX, &d->certificate, err) &&
	       read_bundle(r, d, err) &&
	       maybe(r, "public_key", 1, CERT_MAX, &d->public_key, err) &&
	       maybe(r, "user_data", 0, TEXT_MAX, &d->user_data, err) &&
	       maybe(r, "nonce", 0, TEXT_MAX, &d->nonce, err);
}

static bool read_payload(struct rv_nitro_document *d, struct rv_err *err)
{
	struct rv_rd r = rv_rd(d->payload, "Nitro document");
	bool open = took(&r, 0xbf);
	uint64_t n = 9;

	if (!open && !rv_cbor_map(&r, "payload", 9, &n, err))
		return false;
	if (n != 9)
		return rv_fail(err, RV_INPUT, "%s: %" PRIu64 " keys, not 9",
			       r.what, n);
	if (!read_keys(&r, d, err))
		return false;
	if (open && !took(&r, BREAK))
		return rv_fail(err, RV_INPUT, "%s: more keys than AWS's",
			       r.what);
	return rv_rd_end(&r, err);
}

bool rv_nitro_read(struct rv_span in, struct rv_nitro_document *out,
		   struct rv_err *err)
{
	struct rv_nitro_document d = { 0 };
	struct rv_rd r = rv_rd(in, "Nitro document");
	uint64_t parts, pairs;

	if (in.n > RV_NITRO_MAX)
		return rv_fail(err, RV_INPUT, "%s: %zu bytes, at most %d",
			       r.what, in.n, RV_NITRO_MAX);
	took(&r, 0xd2);
	if (!rv_cbor_array(&r, "COSE_Sign1", 4, &parts, err) ||
	    !bytes(&r, "protected header", 4, 4, &d.protected_header, err) ||
	    !rv_cbor_map(&r, "unprotected header", 0, &pairs, err) ||
	    !bytes(&r, "payload", 1, RV_NITRO_MAX, &d.payload, err) ||
	    !bytes(&r, "signature", 96, 96, &d.signature, err) ||
	    !rv_rd_end(&r, err))
		return false;
	if (parts != 4 ||
	    !rv_same(d.protected_header, rv_span(es384, sizeof es384)))
		return rv_fail(err, RV_INPUT,
			       "%s: no COSE_Sign1 of four parts with ES384",
			       r.what);
	if (!read_payload(&d, err))
		return false;
	*out = d;
	return true;
}

bool rv_nitro_debug(const struct rv_nitro_document *d)
{
	if (d->kind != RV_NITRO_ENCLAVE)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (d->pcr[i].n && !rv_all_zero(d->pcr[i]))
			return false;
	return true;
}
