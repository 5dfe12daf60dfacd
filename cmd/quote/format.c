/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - a quote in the JSON of dcap-qvl's "decode" and "verify":
 * bytes are hex, names are those of its structures. One line, as there.
 */
#include "format.h"
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

/* What the extended body adds to that. */
static const struct member td15_ex[] = {
	{ "vmid", 648, 1, true },
	{ "td_id", 649, 32, false },
	{ "dev_info", 681, 48, false },
	{ "init_service_td_hash", 729, 48, false },
	{ "init_service_td_attributes", 777, 8, false },
	{ "init_cpu_svn", 785, 16, false },
	{ "init_tee_tcb_svn", 801, 16, false },
	{ "init_tee_fmspc", 817, 12, false },
	{ "cur_service_td_hash", 829, 48, false },
	{ "cur_service_td_attributes", 877, 8, false },
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

/* Each generation of the body holds the one before it as its base. */
static void td_report(struct rv_span body, size_t generation, struct rv_jw *w)
{
	static const struct {
		const struct member *m;
		size_t n;
	} own[] = { { td10, RV_LEN(td10) },
		    { td15, RV_LEN(td15) },
		    { td15_ex, RV_LEN(td15_ex) } };

	if (generation) {
		rv_jw_open(w, "base", '{');
		td_report(body, generation - 1, w);
		rv_jw_close(w);
	}
	members(body, own[generation].m, own[generation].n, w);
}

static void report(const struct rv_quote *q, struct rv_jw *w)
{
	rv_jw_open(w, "report", '{');
	switch (q->body_type) {
	case RV_BODY_SGX:
		rv_jw_open(w, "SgxEnclave", '{');
		members(q->body, enclave, RV_LEN(enclave), w);
		break;
	case RV_BODY_TD10:
		rv_jw_open(w, "TD10", '{');
		td_report(q->body, 0, w);
		break;
	case RV_BODY_TD15:
		rv_jw_open(w, "TD15", '{');
		td_report(q->body, 1, w);
		break;
	case RV_BODY_TD15_EX:
		rv_jw_open(w, "TD15Ex", '{');
		td_report(q->body, 2, w);
		break;
	}
	rv_jw_close(w);
	rv_jw_close(w);
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
	report(q, w);
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

/* Is @id among the first @n of @a? */
static bool lists(const struct rv_advisories *a, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(a->id[i], id) == 0)
			return true;
	return false;
}

/* @a as it is; or, behind @b and @c, what is new in it. */
static void ids(const struct rv_advisories *a, const struct rv_advisories *b,
		const struct rv_advisories *c, struct rv_jw *w)
{
	for (size_t i = 0; i < a->n; i++) {
		const char *id = a->id[i];

		if (b && (lists(b, b->n, id) || lists(a, i, id)))
			continue;
		if (c && lists(c, c->n, id))
			continue;
		rv_jw_str(w, NULL, id);
	}
}

static void component(const char *name, enum rv_tcb_status status,
		      const struct rv_advisories *a,
		      const struct rv_advisories *more, struct rv_jw *w)
{
	rv_jw_open(w, name, '{');
	rv_jw_str(w, "status", rv_tcb_status_name(status));
	rv_jw_open(w, "advisory_ids", '[');
	ids(a, NULL, NULL, w);
	if (more)
		ids(more, a, NULL, w);
	rv_jw_close(w);
	rv_jw_close(w);
}

/* There the platform's status is that of its TDX module, too. */
static void verified(const struct rv_proof *r, struct rv_jw *w)
{
	const struct rv_quote_verdict *v = &r->verdict;
	const struct rv_tcb_result *t = &v->launch;

	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "status", rv_tcb_status_name(v->status));
	rv_jw_open(w, "advisory_ids", '[');
	ids(&t->of_platform, NULL, NULL, w);
	ids(&t->of_module, &t->of_platform, NULL, w);
	ids(&t->of_qe, &t->of_platform, &t->of_module, w);
	rv_jw_close(w);
	report(&r->quote, w);
	rv_jw_hex(w, "ppid", rv_span(v->pck.ppid, sizeof v->pck.ppid));
	component("qe_status", t->qe, &t->of_qe, NULL, w);
	component("platform_status", t->platform_and_module, &t->of_platform,
		  &t->of_module, w);
	rv_jw_close(w);
}

/*
 * A TD that can be looked into or moved is an error there, with no report: a
 * script that only reads "status" must not find one here. Of the fields that
 * tell of a service TD only mr_servicetd is looked at there; for the others the
 * status is printed as it is for every refusal by policy, and the exit code is
 * 1.
 */
static bool refused_there(const struct rv_proof *r)
{
	static const enum rv_quote_flag flag[] = {
		RV_FLAG_TD_DEBUG,   RV_FLAG_SGX_DEBUG, RV_FLAG_SEPT_VE,
		RV_FLAG_MIGRATABLE, RV_FLAG_RESERVED,
	};
	const char *service = rv_quote_flag_name(RV_FLAG_SERVICE_TD);
	bool bound = !rv_all_zero(rv_quote_field(&r->quote, "mr_servicetd"));

	for (size_t i = 0; i < r->findings; i++) {
		if (bound && strcmp(r->finding[i].rule, service) == 0)
			return true;
		for (size_t k = 0; k < RV_LEN(flag); k++)
			if (strcmp(r->finding[i].rule,
				   rv_quote_flag_name(flag[k])) == 0)
				return true;
	}
	return false;
}

bool rv_quote_dcap_qvl(const struct rv_proof *r, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	if (!r->decoded ||
	    (r->checked && (!r->verdict.verified || refused_there(r))))
		return true;
	if (r->checked)
		verified(r, &w);
	else if (!decoded(&r->quote, &w, err))
		return false;
	return rv_out_document(&g, err);
}
