/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp.c - evidence of AMD SEV-SNP: a report, the certificates that came with
 * it, and the text that its HOST_DATA binds. What the machine recorded beside
 * them is only counted: no register of the report holds it.
 */
#include "parts.h"
#include "json.h"

bool rv_ev_is_snp(struct rv_span in)
{
	struct rv_rd r = rv_rd(in, "report");
	uint32_t version = rv_le32(&r, "version");

	/* ATTESTATION_REPORT (AMD 56860, table 23); which versions are known
	 * its reader says. A quote has the type of its key in bytes 2 and 3. */
	return in.n == RV_SNP_REPORT && version >= 2 && version <= 0xff;
}

bool rv_ev_snp_report(struct rv_span in, struct rv_evidence *out,
		      struct rv_err *err)
{
	if (in.n != RV_SNP_REPORT)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP report of %zu bytes, not %d", in.n,
			       RV_SNP_REPORT);
	rv_buf_free(&out->snp.report);
	out->attester = RV_ATTESTER_SNP;
	return rv_buf_copy(in, &out->snp.report, err);
}

bool rv_ev_snp_cert(struct rv_span in, struct rv_evidence *out,
		    struct rv_err *err)
{
	struct rv_snp_evidence *e = &out->snp;

	if (in.n == 0 || in.n > EV_CERT_MAX)
		return rv_fail(err, RV_INPUT,
			       "certificates of a SEV-SNP report: %zu bytes,"
			       " not 1 to %d",
			       in.n, EV_CERT_MAX);
	if (e->certs == RV_LEN(e->cert))
		return rv_fail(err, RV_INPUT,
			       "certificates of a SEV-SNP report: more than"
			       " %zu",
			       RV_LEN(e->cert));
	return rv_buf_copy(in, &e->cert[e->certs++], err);
}

bool rv_ev_snp_config(struct rv_span text, struct rv_evidence *out,
		      struct rv_err *err)
{
	if (text.n > EV_CONFIG_MAX)
		return rv_fail(err, RV_INPUT,
			       "mr_config of %zu bytes, at most %d", text.n,
			       EV_CONFIG_MAX);
	rv_buf_free(&out->snp.mr_config);
	return !text.n || rv_buf_copy(text, &out->snp.mr_config, err);
}

/* The host's vm_config tells of the document, too: it must be the same text. */
bool rv_ev_snp_vm_config(struct rv_evidence *e, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span text;

	if (e->attester != RV_ATTESTER_SNP || !e->vm_config.n)
		return true;
	if (!rv_json_parse(rv_buf_span(&e->vm_config), "vm_config", &j, err))
		return false;
	text = rv_json_text(rv_json_get(j, "mr_config"));
	if (!text.n)
		return true;
	if (!e->snp.mr_config.n)
		return rv_ev_snp_config(text, e, err);
	return rv_same(text, rv_buf_span(&e->snp.mr_config)) ||
	       rv_ev_conflict(e,
			      "mr_config beside the report and the one in"
			      " vm_config differ",
			      err);
}

/* ---- in our own document ---- */

static bool own_certs(const rv_json *all, struct rv_evidence *out,
		      struct rv_err *err)
{
	if (!rv_json_is_array(all))
		return rv_fail(err, RV_INPUT, "certificates: not an array");
	for (size_t i = 0; i < rv_json_size(all); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct rv_span text = rv_json_text(rv_json_at(all, i));

		if (!rv_unbase64(text, "certificates", &b, err) ||
		    !rv_ev_snp_cert(rv_buf_span(&b), out, err))
			return false;
	}
	return true;
}

bool rv_ev_own_snp(const rv_json *j, struct rv_evidence *out,
		   struct rv_err *err)
{
	uint8_t report[RV_SNP_REPORT];
	struct rv_span config = { 0 };
	uint64_t events = 0;

	if (!j || rv_json_is_null(j))
		return true;
	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "snp: not an object");
	if (!rv_json_need_hex(j, "report", report, sizeof report, err) ||
	    !rv_ev_snp_report(rv_span(report, sizeof report), out, err) ||
	    !own_certs(rv_json_get(j, "certificates"), out, err) ||
	    !rv_json_opt_text(j, "mr_config", &config, err) ||
	    !rv_ev_snp_config(config, out, err) ||
	    !rv_json_opt_uint(j, "runtime_events", EV_EVENTS_MAX, &events, err))
		return rv_in(err, "snp");
	out->unbound = (size_t)events;
	return true;
}

void rv_ev_write_snp(const struct rv_evidence *all, struct rv_jw *w)
{
	const struct rv_snp_evidence *e = &all->snp;

	if (!e->report.n)
		return;
	rv_jw_open(w, "snp", '{');
	rv_jw_hex(w, "report", rv_buf_span(&e->report));
	rv_jw_open(w, "certificates", '[');
	for (size_t i = 0; i < e->certs; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b64 = { 0 };
		struct rv_err err = { 0 };

		if (!rv_base64(rv_buf_span(&e->cert[i]), &b64, &err))
			w->to->failed = true;
		rv_jw_text(w, NULL, rv_buf_span(&b64));
	}
	rv_jw_close(w);
	if (e->mr_config.n)
		rv_jw_text(w, "mr_config", rv_buf_span(&e->mr_config));
	else
		rv_jw_null(w, "mr_config");
	rv_jw_u64(w, "runtime_events", all->unbound);
	rv_jw_close(w);
}
