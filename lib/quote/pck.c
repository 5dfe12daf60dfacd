/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pck.c - what the PCK certificate in a quote says of its platform, before
 * anything was verified, and names for what may be refused of it.
 */
#include "parse.h"
#include "pem.h"
#include "x509.h"

static const char *const property_name[RV_PCK_PROPERTIES] = {
	[RV_PCK_DYNAMIC] = "dynamic",
	[RV_PCK_CACHED_KEYS] = "cached-keys",
	[RV_PCK_SMT] = "smt",
};

const char *rv_pck_property_name(enum rv_pck_property p)
{
	return property_name[p];
}

bool rv_pck_property(const struct rv_pck *pck, enum rv_pck_property p)
{
	switch (p) {
	case RV_PCK_DYNAMIC:
		return pck->dynamic_platform;
	case RV_PCK_CACHED_KEYS:
		return pck->cached_keys;
	case RV_PCK_SMT:
		return pck->smt_enabled;
	case RV_PCK_PROPERTIES:
		break;
	}
	return false;
}

/* The leaf: the first of a chain (type 5), or all there is (type 4). */
static bool leaf(const struct rv_quote *q, struct rv_buf *der,
		 struct rv_err *err)
{
	struct rv_span rest = q->cert_data;

	if (q->cert_type == 4 && rest.n && rest.p[0] == 0x30)
		return rv_buf_copy(rest, der, err);
	if (q->cert_type == 4 || q->cert_type == 5)
		return rv_pem_next(&rest, "CERTIFICATE", der, err);
	return rv_fail(err, RV_INPUT,
		       "data of type %u hold no certificate, only types 4 and"
		       " 5 do",
		       q->cert_type);
}

bool rv_quote_pck(const struct rv_quote *q, struct rv_pck *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	RV_AUTO(rv_cert_free) struct rv_cert *cert = NULL;
	struct rv_span ext;

	if (!leaf(q, &der, err) || !rv_cert_read(rv_buf_span(&der), &cert, err))
		return rv_in(err, "quote: certification data");
	if (!rv_cert_extension(cert, RV_SGX_EXTENSION, &ext))
		return rv_fail(err, RV_INPUT,
			       "quote: its certificate has no SGX extension");
	return rv_pck_read(ext, false, out, err) || rv_in(err, "quote");
}
