/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pckinfo.c - the PCK certificate of a quote in the JSON of dcap-qvl's
 * "pckinfo": what it says of the platform, and the chain it came with. One
 * line, as there.
 */
#include "format.h"
#include "out.h"
#include "pem.h"
#include "x509.h"

enum { CERTS_MAX = 16 };

static bool one(struct rv_span der, size_t index, struct rv_jw *w,
		struct rv_err *err)
{
	static const char *const role[] = { "Leaf PCK", "PCK CA", "Root CA" };
	RV_AUTO(rv_cert_free) struct rv_cert *c = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf subject = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf issuer = { 0 };

	if (!rv_cert_read(der, &c, err) ||
	    !rv_cert_names(c, &subject, &issuer, err))
		return rv_in(err, "quote: certificate %zu", index);
	rv_jw_open(w, NULL, '{');
	rv_jw_u64(w, "index", index);
	rv_jw_str(w, "role", index < RV_LEN(role) ? role[index] : "Unknown");
	rv_jw_text(w, "subject", rv_buf_span(&subject));
	rv_jw_text(w, "issuer", rv_buf_span(&issuer));
	rv_jw_close(w);
	return true;
}

/* Type 4 is one certificate, type 5 a chain of them. */
static bool chain(const struct rv_quote *q, struct rv_jw *w, struct rv_err *err)
{
	struct rv_span rest = q->cert_data;
	size_t i = 0;

	if (q->cert_type == 4 && rest.n && rest.p[0] == 0x30)
		return one(rest, 0, w, err);
	do {
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

		if (i == CERTS_MAX)
			return rv_fail(err, RV_INPUT,
				       "quote: more than %d certificates",
				       CERTS_MAX);
		if (!rv_pem_next(&rest, "CERTIFICATE", &der, err))
			return rv_in(err, "quote: certificate %zu", i);
		if (!one(rv_buf_span(&der), i++, w, err))
			return false;
	} while (!rv_pem_end(&rest));
	return true;
}

static void extension(const struct rv_pck *p, struct rv_jw *w)
{
	static const char *const type[] = { "Standard", "Scalable",
					    "Scalable with integrity" };

	rv_jw_hex(w, "ppid", rv_span(p->ppid, sizeof p->ppid));
	rv_jw_hex(w, "cpu_svn", rv_span(p->cpusvn, sizeof p->cpusvn));
	rv_jw_u64(w, "pce_svn", p->pcesvn);
	rv_jw_hex(w, "pce_id", rv_span(p->pceid, sizeof p->pceid));
	rv_jw_hex(w, "fmspc", rv_span(p->fmspc, sizeof p->fmspc));
	rv_jw_u64(w, "sgx_type", p->sgx_type);
	rv_jw_str(w, "sgx_type_name",
		  p->sgx_type < RV_LEN(type) ? type[p->sgx_type] : "Unknown");
	if (p->has_instance)
		rv_jw_hex(w, "platform_instance_id",
			  rv_span(p->instance, sizeof p->instance));
	else
		rv_jw_null(w, "platform_instance_id");
}

bool rv_quote_pckinfo(const struct rv_proof *r, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	const struct rv_quote *q = &r->quote;
	struct rv_pck pck;

	if (!r->decoded || (r->checked && !r->verdict.verified))
		return true;
	/* Verified, it is what was verified, wherever it came from. */
	if (r->checked)
		pck = r->verdict.pck;
	else if (!rv_quote_pck(q, &pck, err))
		return false;
	rv_jw_open(&w, NULL, '{');
	rv_jw_u64(&w, "quote_version", q->version);
	rv_jw_str(&w, "tee_type", q->tee == RV_TEE_TDX ? "TDX" : "SGX");
	rv_jw_hex(&w, "user_data", q->user_data);
	rv_jw_open(&w, "certificate_chain", '[');
	if (!chain(q, &w, err))
		return false;
	rv_jw_close(&w);
	extension(&pck, &w);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}
