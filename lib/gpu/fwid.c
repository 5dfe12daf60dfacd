/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fwid.c - the digest of the firmware that made a device's key, in the leaf
 * certificate: TCG's CompositeDeviceID (Hopper, LS10), whose last member is
 * the FWID, or DICE Attestation Architecture's DiceTcbInfo (Blackwell), whose
 * fwids [6] is a list of which the first counts. Read as DER: the last 48 bytes
 * of a DiceTcbInfo are a list's second, empty FWID.
 */
#include "gpu.h"
#include "cert.h"

static const char composite_oid[] = "2.23.133.5.4.1";
static const char tcb_info_oid[] = "2.23.133.5.4.1.1";

enum { SEQUENCE = 0x30, OID = 0x06, OCTETS = 0x04, FWIDS = 0xa6 };

/* id-sha384, 2.16.840.1.101.3.4.2.2 */
static const uint8_t sha384[] = { 0x60, 0x86, 0x48, 0x01, 0x65,
				  0x03, 0x04, 0x02, 0x02 };

struct der {
	unsigned tag;
	struct rv_span body;
};

/* X.690, 8.1 and 10.1: the shortest definite length, tags of one byte. */
static bool der_next(struct rv_span *in, struct der *out)
{
	struct rv_rd r = rv_rd(*in, "DER");
	unsigned tag = rv_u8(&r, "tag");
	size_t n = rv_u8(&r, "length");

	if (r.field || (tag & 0x1f) == 0x1f)
		return false;
	if (n == 0x81) {
		n = rv_u8(&r, "length");
		if (n < 0x80)
			return false;
	} else if (n == 0x82) {
		n = rv_be16(&r, "length");
		if (n < 0x100)
			return false;
	} else if (n >= 0x80) {
		return false;
	}
	out->tag = tag;
	out->body = rv_take(&r, n, "value");
	if (r.field)
		return false;
	*in = rv_span(in->p + r.off, in->n - r.off);
	return true;
}

/* FWID ::= SEQUENCE { hashAlg OBJECT IDENTIFIER, digest OCTET STRING } */
static bool read_fwid(struct rv_span body, uint8_t out[RV_GPU_MEASUREMENT])
{
	struct der alg, digest;

	if (!der_next(&body, &alg) || !der_next(&body, &digest) || body.n ||
	    alg.tag != OID || !rv_same(alg.body, rv_span(sha384, 9)) ||
	    digest.tag != OCTETS || digest.body.n != RV_GPU_MEASUREMENT)
		return false;
	memcpy(out, digest.body.p, RV_GPU_MEASUREMENT);
	return true;
}

/* SEQUENCE { version, deviceID, firmware FWID }: the last one. */
static bool read_composite(struct rv_span body, uint8_t out[RV_GPU_MEASUREMENT])
{
	struct der item = { 0 };

	while (body.n)
		if (!der_next(&body, &item))
			return false;
	return item.tag == SEQUENCE && read_fwid(item.body, out);
}

/* SEQUENCE { [0] .. [5], fwids [6] SEQUENCE OF FWID, .. } */
static bool read_tcb_info(struct rv_span body, uint8_t out[RV_GPU_MEASUREMENT])
{
	struct der item, first;
	bool found = false;

	while (body.n) {
		if (!der_next(&body, &item))
			return false;
		if (item.tag != FWIDS)
			continue;
		if (found || !der_next(&item.body, &first) ||
		    first.tag != SEQUENCE || !read_fwid(first.body, out))
			return false;
		found = true;
	}
	return found;
}

bool rv_gpu_fwid(const struct rv_cert *leaf, bool *has,
		 uint8_t out[RV_GPU_MEASUREMENT], struct gpu_why *why)
{
	struct rv_span der = rv_cert_info(leaf)->der, value;
	RV_AUTO(rv_buf_free) struct rv_buf newer = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf older = { 0 };
	struct der whole;
	bool tcb, composite;

	/* Each is looked for: one that cannot be found is not one that is not
	 * there. */
	if (!rv_der_extension(der, tcb_info_oid, &tcb, &newer, &why->err) ||
	    !rv_der_extension(der, composite_oid, &composite, &older,
			      &why->err))
		return rv_gpu_because(why, "fwid-der");
	*has = tcb || composite;
	if (!*has)
		return true;
	value = rv_buf_span(tcb ? &newer : &older);
	if (!der_next(&value, &whole) || value.n || whole.tag != SEQUENCE ||
	    !(tcb ? read_tcb_info : read_composite)(whole.body, out))
		return rv_gpu_doubt(why, "fwid-der",
				    "the FWID extension of the leaf certificate"
				    " is malformed");
	return true;
}
