/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.c - evidence in JSON: every document of dstack.md section 4 and
 * our own (own.c). Each is recognised by the keys that only it has. Keys we do
 * not know are let be; those we know must have their type.
 */
#include "parts.h"
#include "pubkey.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

static bool has(const rv_json *j, const char *key)
{
	const rv_json *v = rv_json_get(j, key);

	return v && !rv_json_is_null(v);
}

/* ---- the documents ---- */

/* { "attestation": hex }, dstack.md 4.5. */
static bool read_attest(const rv_json *j, struct rv_evidence *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span text;

	if (!rv_json_need_text(j, "attestation", &text, err) ||
	    !rv_ev_hex(text, "attestation", &b, err))
		return false;
	return rv_ev_attestation(rv_buf_span(&b), out, err) ||
	       rv_in(err, "attestation");
}

/* GetQuote and verifier request (4.1, 4.5), tappd's TdxQuote (4.1). */
static bool read_getquote(const rv_json *j, struct rv_evidence *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence twin = { 0 };
	struct ev_origin origin = { "quote", "event_log", NULL, "vm_config" };
	struct rv_span attestation = { 0 };
	const rv_json *log = rv_json_get(j, "event_log");
	bool tappd = has(j, "hash_algorithm");
	bool request = !has(j, "report_data");

	rv_ev_format(out, tappd	    ? "tappd-quote"
			  : request ? "verifier-request"
				    : "getquote");
	/* Applications in JavaScript have it in their own spelling. */
	if (!log)
		log = rv_json_get(j, "eventLog");
	if (!rv_ev_json_quote(rv_json_get(j, "quote"), out, err) ||
	    !rv_ev_json_event_log(log, out, err) ||
	    !rv_ev_json_report_data(j, out, err) ||
	    !rv_ev_json_vm_config(rv_json_get(j, "vm_config"), out, err) ||
	    !rv_json_opt_text(j, "attestation", &attestation, err))
		return false;
	if (attestation.n == 0)
		return true;
	/* The same once more, of versions 0.6 before the final one. */
	return read_attest(j, &twin, err) &&
	       rv_ev_join(out, &origin, &twin, "attestation", err);
}

/*
 * The machine's own quote is in the first certificate of its list; those
 * behind it belong to whoever signed (dstack.md 4.4).
 */
static bool take_phala(const rv_json *j, struct rv_evidence *out,
		       struct rv_err *err)
{
	const rv_json *certs = rv_json_get(j, "app_certificates");
	const rv_json *quote = rv_json_get(j, "quote");

	if (certs && !rv_json_is_null(certs) && !rv_json_is_array(certs))
		return rv_fail(err, RV_INPUT, "app_certificates: not an array");
	if ((!quote || rv_json_is_null(quote)) && rv_json_size(certs)) {
		if (!rv_json_is_object(rv_json_at(certs, 0)))
			return rv_fail(err, RV_INPUT,
				       "app_certificates[0]: not an object");
		quote = rv_json_get(rv_json_at(certs, 0), "quote");
	}
	return rv_ev_json_quote(quote, out, err) &&
	       rv_ev_json_tcb_info(rv_json_get(j, "tcb_info"), out, err) &&
	       rv_ev_json_vm_config(rv_json_get(j, "vm_config"), out, err);
}

static bool read_phala(const rv_json *j, struct rv_evidence *out,
		       struct rv_err *err)
{
	rv_ev_format(out, "phala-attestation");
	return take_phala(j, out, err);
}

static const char *const id_keys[] = { "instance_id", "vm_uuid", "name" };

static bool named(const rv_json *instance, const char *wanted)
{
	for (size_t i = 0; i < RV_LEN(id_keys); i++)
		if (rv_same_text(
			rv_json_text(rv_json_get(instance, id_keys[i])),
			wanted))
			return true;
	return false;
}

/* "0 (abc...), 1 (def...)": what can be asked for. */
static bool ask_which(const rv_json *all, const char *wanted,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf list = { 0 };

	for (size_t i = 0; i < rv_json_size(all) && g.buf.n < 300; i++) {
		struct rv_span id = { 0 };

		for (size_t k = 0; k < RV_LEN(id_keys) && !id.n; k++)
			id = rv_json_text(
			    rv_json_get(rv_json_at(all, i), id_keys[k]));
		rv_grow_printf(&g, "%s%zu (", i ? ", " : "", i);
		rv_grow_add(&g, id.p, id.n < 80 ? id.n : 80);
		rv_grow_text(&g, ")");
	}
	if (!rv_grow_take(&g, &list, err))
		return false;
	if (wanted)
		return rv_fail(err, RV_INPUT,
			       "no instance %s: choose one by number or id: %s",
			       wanted, (char *)list.p);
	return rv_fail(err, RV_INPUT,
		       "%zu instances: choose one by number or id: %s",
		       rv_json_size(all), (char *)list.p);
}

/* GET /apps/{app_id}/attestations: one of several machines. */
static bool read_instances(const rv_json *j,
			   const struct rv_evidence_options *opts,
			   struct rv_evidence *out, struct rv_err *err)
{
	const rv_json *all = rv_json_get(j, "instances");
	const char *wanted = opts ? opts->instance : NULL;
	size_t n = rv_json_size(all), at = n;
	uint64_t number = n;

	rv_ev_format(out, "phala-attestations");
	if (!rv_json_is_array(all) || n == 0 || n > EV_INSTANCES_MAX)
		return rv_fail(err, RV_INPUT,
			       "instances: not an array of 1 to %d",
			       EV_INSTANCES_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!rv_json_is_object(rv_json_at(all, i)))
			return rv_fail(err, RV_INPUT,
				       "instances[%zu]: not an object", i);
		if (!wanted || !named(rv_json_at(all, i), wanted))
			continue;
		if (at != n)
			return rv_fail(err, RV_INPUT,
				       "instances %zu and %zu are both %s", at,
				       i, wanted);
		at = i;
	}
	if (!wanted && n == 1)
		at = 0;
	else if (wanted && at == n &&
		 rv_decimal(rv_text(wanted), n - 1, &number))
		at = (size_t)number;
	if (at == n)
		return ask_which(all, wanted, err);
	return take_phala(rv_json_at(all, at), out, err) ||
	       rv_in(err, "instances[%zu]", at);
}

/*
 * near/mpc public_data: tee_participant_info.Dstack holds quote, collateral
 * and tcb_info; those three alone are accepted as well.
 */
static bool read_near(const rv_json *j, struct rv_evidence *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence info_part = { 0 };
	struct ev_origin origin = { "quote", "event_log", NULL, "vm_config" };
	const rv_json *info = rv_json_get(j, "tee_participant_info");

	rv_ev_format(out, "near-public-data");
	if (info) {
		j = rv_json_get(info, "Dstack");
		if (!rv_json_is_object(j))
			return rv_fail(err, RV_INPUT,
				       "tee_participant_info: no Dstack"
				       " attestation in it");
	}
	if (!rv_ev_json_quote(rv_json_get(j, "quote"), out, err) ||
	    !rv_ev_json_event_log(rv_json_get(j, "event_log"), out, err) ||
	    !rv_ev_json_report_data(j, out, err) ||
	    !rv_ev_json_vm_config(rv_json_get(j, "vm_config"), out, err) ||
	    !rv_ev_json_collateral(rv_json_get(j, "collateral"), out, err) ||
	    !rv_ev_json_tcb_info(rv_json_get(j, "tcb_info"), &info_part, err))
		return false;
	return rv_ev_join(out, &origin, &info_part, "tcb_info", err);
}

/* Info (4.1) and Worker.Info: tcb_info as text, vm_config beside it. */
static bool read_info(const rv_json *j, struct rv_evidence *out,
		      struct rv_err *err)
{
	rv_ev_format(out, "info");
	return rv_ev_json_tcb_info(rv_json_get(j, "tcb_info"), out, err) &&
	       rv_ev_json_vm_config(rv_json_get(j, "vm_config"), out, err);
}

static bool read_tcb_info(const rv_json *j, struct rv_evidence *out,
			  struct rv_err *err)
{
	rv_ev_format(out, "tcb-info");
	return rv_ev_json_tcb_info(j, out, err);
}

/* ---- which one is it ---- */

static bool read_object(const rv_json *j,
			const struct rv_evidence_options *opts,
			struct rv_evidence *out, struct rv_err *err)
{
	if (has(j, "schema"))
		return rv_ev_own(j, out, err);
	if (has(j, "pck_crl") && has(j, "qe_identity")) {
		rv_ev_format(out, "collateral");
		return rv_ev_json_collateral(j, out, err);
	}
	if (has(j, "instances"))
		return read_instances(j, opts, out, err);
	if (has(j, "app_certificates"))
		return read_phala(j, out, err);
	if (has(j, "tee_participant_info") ||
	    (has(j, "quote") && (has(j, "collateral") || has(j, "tcb_info"))))
		return read_near(j, out, err);
	if (has(j, "quote"))
		return read_getquote(j, out, err);
	if (has(j, "attestation"))
		return read_attest(j, out, err);
	if (has(j, "tcb_info"))
		return read_info(j, out, err);
	if (has(j, "mrtd") || has(j, "event_log"))
		return read_tcb_info(j, out, err);
	if (has(j, "vm_config") || has(j, "cpu_count")) {
		rv_ev_format(out, "vm-config");
		return rv_ev_json_vm_config(j, out, err);
	}
	return rv_fail(err, RV_INPUT,
		       "a JSON object without quote, attestation, event_log or"
		       " tcb_info");
}

bool rv_ev_document(const rv_json *j, const struct rv_evidence_options *opts,
		    unsigned depth, struct rv_evidence *out, struct rv_err *err)
{
	if (rv_json_is_object(j))
		return read_object(j, opts, out, err);
	if (rv_json_is_string(j))
		return rv_ev_any(rv_json_text(j), opts, depth + 1, out, err);
	if (!rv_json_is_array(j) || rv_json_size(j) == 0)
		return rv_fail(err, RV_INPUT,
			       "JSON that is no object, text or filled array");
	if (rv_json_is_object(rv_json_at(j, 0))) {
		rv_ev_format(out, "event-log");
		return rv_ev_json_event_log(j, out, err);
	}
	rv_ev_format(out, "quote");
	return rv_ev_json_quote(j, out, err);
}
