/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - the table of what evidence comes in: how each container is told
 * from all others, by its contents alone, and who reads it. A row is all that a
 * container needs beside its reader.
 */
#include "parts.h"
#include "json.h"

/* ---- bytes ---- */

static bool read_quote(struct rv_span in, struct rv_evidence *out,
		       struct rv_err *err)
{
	if (in.n > EV_QUOTE_MAX)
		return rv_fail(err, RV_INPUT, "quote of %zu bytes, at most %d",
			       in.n, EV_QUOTE_MAX);
	return rv_buf_copy(in, &out->quote, err);
}

static bool read_tcg2(struct rv_span in, struct rv_evidence *out,
		      struct rv_err *err)
{
	if (!rv_ev_log_tcg2(in, &out->log, err))
		return false;
	/* A log of nothing is none. */
	out->log_format = out->log.n ? RV_LOG_TCG2 : RV_LOG_NONE;
	return true;
}

static bool read_ima(struct rv_span in, struct rv_evidence *out,
		     struct rv_err *err)
{
	out->log_format = RV_LOG_IMA;
	return rv_ev_log_ima(in, &out->log, err);
}

static bool is_der(struct rv_span in)
{
	return in.n > 1 && in.p[0] == 0x30 && in.p[1] >= 0x80;
}

/* ---- JSON: the keys that only this document has ---- */

static bool is_own(const rv_json *j)
{
	return rv_ev_has(j, "schema");
}

static bool is_collateral(const rv_json *j)
{
	return (rv_ev_has(j, "pck_crl") && rv_ev_has(j, "qe_identity")) ||
	       (rv_ev_has(j, "pckCrl") && rv_ev_has(j, "qeIdentity"));
}

static bool is_instances(const rv_json *j)
{
	return rv_ev_has(j, "instances");
}

static bool is_service(const rv_json *j)
{
	return rv_ev_has(j, "intel_quote") || rv_ev_has_gpu(j);
}

static bool is_phala(const rv_json *j)
{
	return rv_ev_has(j, "app_certificates");
}

/* An object of this name is a quote that somebody decoded. */
static bool has_quote(const rv_json *j)
{
	return rv_ev_has(j, "quote") &&
	       !rv_json_is_object(rv_json_get(j, "quote"));
}

/* The reply of the guest agent as a member of an application's answer. */
static bool is_nested(const rv_json *j)
{
	const rv_json *quote = rv_json_get(j, "quote");
	const rv_json *data = rv_json_get(j, "data");

	return rv_json_is_string(rv_json_get(quote, "quote")) ||
	       rv_ev_has(data, "quote") || rv_ev_has(data, "attestation");
}

static bool is_near(const rv_json *j)
{
	return rv_ev_has(j, "tee_participant_info") ||
	       (has_quote(j) &&
		(rv_ev_has(j, "collateral") || rv_ev_has(j, "tcb_info")));
}

static bool is_tappd(const rv_json *j)
{
	return has_quote(j) && rv_ev_has(j, "hash_algorithm");
}

static bool is_getquote(const rv_json *j)
{
	return has_quote(j) && rv_ev_has(j, "report_data");
}

static bool is_request(const rv_json *j)
{
	return has_quote(j);
}

static bool is_attest(const rv_json *j)
{
	return rv_ev_has(j, "attestation");
}

static bool is_info(const rv_json *j)
{
	return rv_ev_has(j, "tcb_info") || rv_ev_has(j, "app_cert");
}

static bool is_tcb_info(const rv_json *j)
{
	return rv_ev_has(j, "mrtd") || rv_ev_has(j, "event_log");
}

static bool is_issued(const rv_json *j)
{
	return rv_ev_has(j, "certificate_chain");
}

static bool is_coco(const rv_json *j)
{
	return has_quote(j) && rv_ev_has(j, "cc_eventlog");
}

static bool is_broker(const rv_json *j)
{
	return rv_ev_has(j, "tee-evidence") || rv_ev_has(j, "primary_evidence");
}

static bool is_azure(const rv_json *j)
{
	return rv_ev_has(j, "td_quote") || rv_ev_has(j, "tdx_quote_base64");
}

static bool is_aci(const rv_json *j)
{
	return rv_json_is_object(rv_json_get(j, "attestation"));
}

static bool is_vm_config(const rv_json *j)
{
	return rv_ev_has(j, "vm_config") || rv_ev_has(j, "cpu_count");
}

static bool is_log(const rv_json *j)
{
	return rv_json_is_object(rv_json_at(j, 0));
}

static bool is_byte_list(const rv_json *j)
{
	return rv_json_size(j) > 0;
}

/* ---- readers of JSON ---- */

/* The document's known keys, beside what was made of it as a whole. */
static bool join_keys(const rv_json *j, enum ev_skip skip,
		      struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence parts = { 0 };
	struct ev_origin origin = { 0 };

	if (!rv_ev_object(j, skip, &parts, err) ||
	    !rv_ev_join(out, &origin, &parts, "the document's parts", err))
		return false;
	rv_ev_format(out, parts.format);
	return true;
}

static bool read_keys(const rv_json *j, const struct rv_evidence_options *opts,
		      struct rv_evidence *out, struct rv_err *err)
{
	(void)opts;
	return join_keys(j, EV_SKIP_NONE, out, err);
}

static bool read_own(const rv_json *j, const struct rv_evidence_options *opts,
		     struct rv_evidence *out, struct rv_err *err)
{
	(void)opts;
	return rv_ev_own(j, out, err);
}

static bool read_collateral(const rv_json *j,
			    const struct rv_evidence_options *opts,
			    struct rv_evidence *out, struct rv_err *err)
{
	(void)opts;
	return rv_ev_json_collateral(j, out, err) &&
	       join_keys(j, EV_SKIP_TCB_INFO, out, err);
}

static bool read_vm_config(const rv_json *j,
			   const struct rv_evidence_options *opts,
			   struct rv_evidence *out, struct rv_err *err)
{
	(void)opts;
	return rv_ev_json_vm_config(j, out, err) &&
	       join_keys(j, EV_SKIP_NONE, out, err);
}

static bool read_log(const rv_json *j, const struct rv_evidence_options *opts,
		     struct rv_evidence *out, struct rv_err *err)
{
	(void)opts;
	return rv_ev_json_event_log(j, out, err);
}

static bool read_gpus(const rv_json *j, const struct rv_evidence_options *opts,
		      struct rv_evidence *out, struct rv_err *err)
{
	(void)opts;
	return rv_ev_json_gpu_list(j, &out->gpu, err);
}

static bool read_byte_list(const rv_json *j,
			   const struct rv_evidence_options *opts,
			   struct rv_evidence *out, struct rv_err *err)
{
	(void)opts;
	return rv_ev_json_quote(j, out, err);
}

/* ---- the table ---- */

typedef bool is_bytes_fn(struct rv_span in);
typedef bool read_bytes_fn(struct rv_span in, struct rv_evidence *out,
			   struct rv_err *err);
typedef bool is_json_fn(const rv_json *j);
typedef bool read_json_fn(const rv_json *j,
			  const struct rv_evidence_options *opts,
			  struct rv_evidence *out, struct rv_err *err);

/* In order: what a row does not recognise, the next may. */
static const struct {
	const char *name; /* NULL: that of the form inside */
	is_bytes_fn *is_bytes;
	read_bytes_fn *read_bytes;
	is_json_fn *is_object, *is_array;
	read_json_fn *read_json;
} rows[] = {
	/* Its first bytes could be those of an SGX quote, too. */
	{ EV_SNP, rv_ev_is_snp, rv_ev_snp_report, NULL, NULL, NULL },
	{ EV_NITRO, rv_ev_is_nitro, rv_ev_nitro, NULL, NULL, NULL },
	{ "quote", rv_ev_is_quote, read_quote, NULL, NULL, NULL },
	{ "tcg2", rv_ev_is_tcg2, read_tcg2, NULL, NULL, NULL },
	{ "ima-list", rv_ev_is_ima, read_ima, NULL, NULL, NULL },
	{ EV_RA_TLS, is_der, rv_ev_certificate, NULL, NULL, NULL },
	{ EV_SCALE, rv_ev_is_scale, rv_ev_attestation, NULL, NULL, NULL },
	{ EV_MSGPACK, rv_ev_is_msgpack, rv_ev_attestation, NULL, NULL, NULL },

	{ "refval-evidence", NULL, NULL, is_own, NULL, read_own },
	{ "phala-attestations", NULL, NULL, is_instances, NULL,
	  rv_ev_instances },
	{ "service-report", NULL, NULL, rv_ev_is_service_list, NULL,
	  rv_ev_service_list },
	{ "collateral", NULL, NULL, is_collateral, NULL, read_collateral },
	{ "service-report", NULL, NULL, is_service, NULL, read_keys },
	{ "phala-attestation", NULL, NULL, is_phala, NULL, read_keys },
	{ "near-public-data", NULL, NULL, is_near, NULL, read_keys },
	{ "coco-tdx", NULL, NULL, is_coco, NULL, read_keys },
	{ "kbs-attestation", NULL, NULL, is_broker, NULL, read_keys },
	{ "azure-tdx", NULL, NULL, is_azure, NULL, read_keys },
	{ "tinfoil-quote", NULL, NULL, rv_ev_is_predicate, NULL, read_keys },
	{ "aci-report", NULL, NULL, is_aci, NULL, read_keys },
	{ "application-answer", NULL, NULL, is_nested, NULL, read_keys },
	{ "tappd-quote", NULL, NULL, is_tappd, NULL, read_keys },
	{ "getquote", NULL, NULL, is_getquote, NULL, read_keys },
	{ EV_REQUEST, NULL, NULL, is_request, NULL, read_keys },
	{ NULL, NULL, NULL, is_attest, NULL, read_keys },
	{ "issued-certificate", NULL, NULL, is_issued, NULL, read_keys },
	{ "info", NULL, NULL, is_info, NULL, read_keys },
	{ "tcb-info", NULL, NULL, is_tcb_info, NULL, read_keys },
	{ "vm-config", NULL, NULL, is_vm_config, NULL, read_vm_config },
	{ "decoded-report", NULL, NULL, rv_ev_is_decoded, NULL, rv_ev_decoded },
	{ "gpu-evidence", NULL, NULL, NULL, rv_ev_is_gpu_list, read_gpus },
	{ "event-log", NULL, NULL, NULL, is_log, read_log },
	{ "quote", NULL, NULL, NULL, is_byte_list, read_byte_list },

	/* Not told by bytes, but by being one (path.c). */
	{ EV_FOLDER, NULL, NULL, NULL, NULL, NULL },
};

const char *rv_evidence_format(size_t i)
{
	return i < RV_LEN(rows) ? rows[i].name ? rows[i].name : "" : NULL;
}

static void name(struct rv_evidence *out, size_t i)
{
	if (rows[i].name)
		rv_ev_format(out, rows[i].name);
}

bool rv_ev_bytes(struct rv_span in, struct rv_evidence *out, struct rv_err *err)
{
	if (!rv_ev_foreign_bytes(in, err))
		return false;
	for (size_t i = 0; i < RV_LEN(rows); i++)
		if (rows[i].is_bytes && rows[i].is_bytes(in)) {
			if (!rows[i].read_bytes(in, out, err))
				return false;
			name(out, i);
			return true;
		}
	return rv_ev_foreign_length(in, err) && rv_ev_foreign_token(in, err) &&
	       rv_fail(err, RV_INPUT,
		       "not recognised: no quote, event log, attestation,"
		       " certificate or document that holds one");
}

bool rv_ev_json(const rv_json *j, const struct rv_evidence_options *opts,
		struct rv_evidence *out, struct rv_err *err)
{
	bool object = rv_json_is_object(j);

	/* Any array could be one of bytes. */
	if (!object && !rv_ev_foreign_json(j, err))
		return false;
	for (size_t i = 0; i < RV_LEN(rows); i++) {
		is_json_fn *is = object ? rows[i].is_object : rows[i].is_array;

		if (!is || !is(j))
			continue;
		if (!rows[i].read_json(j, opts, out, err))
			return false;
		name(out, i);
		return true;
	}
	return rv_ev_foreign_json(j, err) &&
	       rv_fail(err, RV_INPUT,
		       object ? "a JSON object without quote, attestation,"
				" event_log or tcb_info"
			      : "JSON that is no object, text or filled array");
}
