/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_format.c - a quote in the JSON of dcap-qvl's "decode" and "verify":
 * bytes are hex, names are those of its structures. One line, as there.
 */
#include "quote_format.h"
#include "out.h"

struct member {
	const char *name;
	uint16_t offset, length;
	bool number;
};

/* SGX Report Body, appendix A.3.9; here config_id and its like are reserved. */
static const struct member enclave[] = {
	{ "cpu_svn", 0, 16, false },	 { "misc_select", 16, 4, true },
	{ "reserved1", 20, 28, false },	 { "attributes", 48, 16, false },
	{ "mr_enclave", 64, 32, false }, { "reserved2", 96, 32, false },
	{ "mr_signer", 128, 32, false }, { "reserved3", 160, 96, false },
	{ "isv_prod_id", 256, 2, true }, { "isv_svn", 258, 2, true },
	{ "reserved4", 260, 60, false }, { "report_data", 320, 64, false },
};

/* TD Report Body 1.0, appendix A.3.2; then what 1.5 adds. */
static const struct member td10[] = {
	{ "tee_tcb_svn", 0, 16, false },
	{ "mr_seam", 16, 48, false },
	{ "mr_signer_seam", 64, 48, false },
	{ "seam_attributes", 112, 8, false },
	{ "td_attributes", 120, 8, false },
	{ "xfam", 128, 8, false },
	{ "mr_td", 136, 48, false },
	{ "mr_config_id", 184, 48, false },
	{ "mr_owner", 232, 48, false },
	{ "mr_owner_config", 280, 48, false },
	{ "rt_mr0", 328, 48, false },
	{ "rt_mr1", 376, 48, false },
	{ "rt_mr2", 424, 48, false },
	{ "rt_mr3", 472, 48, false },
	{ "report_data", 520, 64, false },
};

static const struct member td15[] = {
	{ "tee_tcb_svn2", 584, 16, false },
	{ "mr_service_td", 600, 48, false },
};

static void members(struct rv_span body, const struct member *m, size_t n,
		    struct rv_jw *w)
{
	for (; n; n--, m++) {
		struct rv_span s;

		if (!rv_sub(body, m->offset, m->length, &s))
			w->to->failed = true;
		else if (m->number)
			rv_jw_u64(w, m->name, rv_num(s));
		else
			rv_jw_hex(w, m->name, s);
	}
}

static bool report(const struct rv_quote *q, struct rv_jw *w,
		   struct rv_err *err)
{
	rv_jw_open(w, "report", '{');
	switch (q->body_type) {
	case RV_BODY_SGX:
		rv_jw_open(w, "SgxEnclave", '{');
		members(q->body, enclave, RV_LEN(enclave), w);
		break;
	case RV_BODY_TD10:
		rv_jw_open(w, "TD10", '{');
		members(q->body, td10, RV_LEN(td10), w);
		break;
	case RV_BODY_TD15:
		rv_jw_open(w, "TD15", '{');
		rv_jw_open(w, "base", '{');
		members(q->body, td10, RV_LEN(td10), w);
		rv_jw_close(w);
		members(q->body, td15, RV_LEN(td15), w);
		break;
	default:
		return rv_fail(err, RV_INPUT,
			       "--format dcap-qvl has no form for a quote body "
			       "of type %d",
			       (int)q->body_type);
	}
	rv_jw_close(w);
	rv_jw_close(w);
	return true;
}

static void header(const struct rv_quote *q, struct rv_jw *w)
{
	static const struct member m[] = {
		{ "version", 0, 2, true },
		{ "attestation_key_type", 2, 2, true },
		{ "tee_type", 4, 4, true },
		{ "qe_svn", 8, 2, true },
		{ "pce_svn", 10, 2, true },
		{ "qe_vendor_id", 12, 16, false },
		{ "user_data", 28, 20, false },
	};

	rv_jw_open(w, "header", '{');
	members(q->header, m, RV_LEN(m), w);
	rv_jw_close(w);
}

static void put_le(struct rv_grow *g, uint64_t v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8) {
		uint8_t b = (uint8_t)v;

		rv_grow_add(g, &b, 1);
	}
}

static void qe_part(const struct rv_quote *q, struct rv_jw *w)
{
	rv_jw_hex(w, "qe_report", q->qe_report);
	rv_jw_hex(w, "qe_report_signature", q->qe_signature);
	rv_jw_hex(w, "qe_auth_data", q->auth);
	rv_jw_open(w, "certification_data", '{');
	rv_jw_u64(w, "cert_type", q->cert_type);
	rv_jw_hex(w, "body", q->cert_data);
	rv_jw_close(w);
}

/*
 * Versions 4 and 5: certification data of type 6 (appendix A.3.8, A.3.11)
 * around the rest; there it is printed whole, and once more in its parts.
 */
static bool certification(const struct rv_quote *q, struct rv_jw *w,
			  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_add(&g, q->qe_report.p, q->qe_report.n);
	rv_grow_add(&g, q->qe_signature.p, q->qe_signature.n);
	put_le(&g, q->auth.n, 2);
	rv_grow_add(&g, q->auth.p, q->auth.n);
	put_le(&g, q->cert_type, 2);
	put_le(&g, q->cert_data.n, 4);
	rv_grow_add(&g, q->cert_data.p, q->cert_data.n);
	if (g.failed)
		return rv_no_memory(err, "certification data");
	rv_jw_open(w, "certification_data", '{');
	rv_jw_u64(w, "cert_type", 6);
	rv_jw_hex(w, "body", rv_buf_span(&g.buf));
	rv_jw_close(w);
	rv_jw_open(w, "qe_report_data", '{');
	qe_part(q, w);
	rv_jw_close(w);
	return true;
}

static bool decoded(const struct rv_quote *q, struct rv_jw *w,
		    struct rv_err *err)
{
	rv_jw_open(w, NULL, '{');
	header(q, w);
	if (!report(q, w, err))
		return false;
	rv_jw_open(w, "auth_data", '{');
	rv_jw_open(w, q->version == 3 ? "V3" : "V4", '{');
	rv_jw_hex(w, "ecdsa_signature", q->signature);
	rv_jw_hex(w, "ecdsa_attestation_key", q->att_key);
	if (q->version == 3)
		qe_part(q, w);
	else if (!certification(q, w, err))
		return false;
	rv_jw_close(w);
	rv_jw_close(w);
	rv_jw_close(w);
	return true;
}

static bool verified(const struct rv_dcap_result *r, struct rv_jw *w,
		     struct rv_err *err)
{
	const struct rv_quote_verdict *v = &r->verdict;

	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "status", rv_tcb_status_name(v->status));
	rv_jw_open(w, "advisory_ids", '[');
	for (size_t i = 0; i < v->launch.advisories.n; i++)
		rv_jw_str(w, NULL, v->launch.advisories.id[i]);
	rv_jw_close(w);
	if (!report(&r->quote, w, err))
		return false;
	rv_jw_hex(w, "ppid", rv_span(v->pck.ppid, sizeof v->pck.ppid));
	rv_jw_close(w);
	return true;
}

bool rv_quote_dcap_qvl(const struct rv_dcap_result *r, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	if (!r->decoded || (r->checked && !r->verdict.verified))
		return true;
	if (!(r->checked ? verified(r, &w, err) : decoded(&r->quote, &w, err)))
		return false;
	return rv_out_document(&g, err);
}
