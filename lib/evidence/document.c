/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.c - evidence in JSON: every document of DSTACK.md section 4 and
 * our own (own.c). Whatever the document, every key that we know is read, must
 * have its type, and is joined with the others: two that tell of one thing must
 * agree (join.c). Keys we do not know are let be.
 */
#include "parts.h"
#include "json.h"
#include "pem.h"

#include <stdio.h>
#include <stdlib.h>

static bool read_aci(const rv_json *j, struct rv_evidence *out,
		     struct rv_err *err);

/* ---- what stands under a key ---- */

/* { "attestation": hex }, DSTACK.md 4.5, empty text is none; or aci/1's. */
static bool take_attestation(const rv_json *v, struct rv_evidence *out,
			     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span text = rv_json_text(v);

	if (rv_json_is_object(v))
		return read_aci(v, out, err) || rv_in(err, "attestation");
	if (!rv_json_is_string(v))
		return rv_fail(err, RV_INPUT,
			       "attestation: neither text nor an object");
	if (text.n == 0)
		return true;
	if (!rv_ev_hex(text, "attestation", &b, err))
		return false;
	return rv_ev_attestation(rv_buf_span(&b), out, err);
}

static bool is_leaf(const rv_json *certificate)
{
	const rv_json *ca = rv_json_get(certificate, "is_ca");

	return rv_json_is_bool(ca) && !rv_json_true(ca);
}

/*
 * The machine's own certificate is the first of its list; those of its issuers
 * behind it belong to whoever signed (DSTACK.md 4.4). Another one that is no
 * issuer's speaks of the same machine.
 */
static bool take_certificates(const rv_json *all, struct rv_evidence *out,
			      struct rv_err *err)
{
	struct ev_origin origin = { 0 };

	if (!rv_json_is_array(all))
		return rv_fail(err, RV_INPUT, "app_certificates: not an array");
	for (size_t i = 0; i < rv_json_size(all); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence part = { 0 };
		const rv_json *c = rv_json_at(all, i);
		char name[40];

		if (!rv_json_is_object(c))
			return rv_fail(err, RV_INPUT,
				       "app_certificates[%zu]: not an object",
				       i);
		if (i > 0 && !is_leaf(c))
			continue;
		snprintf(name, sizeof name, "app_certificates[%zu]", i);
		if (!rv_ev_json_quote(rv_json_get(c, "quote"), &part, err) ||
		    !rv_ev_join(out, &origin, &part, name, err))
			return rv_in(err, "%s", name);
	}
	return true;
}

/*
 * A certificate as text: RA-TLS, with the quote inside, or none of that kind.
 * One that was left out is empty, or says so in words.
 */
static bool take_certificate(const rv_json *v, struct rv_evidence *out,
			     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_span text = rv_json_text(v);
	bool claims = false;

	if (!rv_json_is_string(v))
		return rv_fail(err, RV_INPUT, "certificate: not a string");
	if (!rv_pem_has(text, "CERTIFICATE"))
		return true;
	return rv_pem_first(text, "CERTIFICATE", &der, err) &&
	       rv_ev_has_claims(rv_buf_span(&der), &claims, err) &&
	       (!claims || rv_ev_pem(text, out, err));
}

/* The agent made it for itself, to show: its quote stands in for one. */
static bool take_app_cert(const rv_json *v, struct rv_evidence *out,
			  struct rv_err *err)
{
	if (!take_certificate(v, out, err))
		return rv_in(err, "app_cert");
	out->stand_in = out->quote.n > 0;
	return true;
}

/* IssueCert and GetTlsKey: PEM each, the machine's own first. */
static bool take_chain(const rv_json *v, struct rv_evidence *out,
		       struct rv_err *err)
{
	if (!rv_json_is_array(v))
		return rv_fail(err, RV_INPUT,
			       "certificate_chain: not an array");
	for (size_t i = 0; i < rv_json_size(v); i++)
		if (!rv_json_is_string(rv_json_at(v, i)))
			return rv_fail(err, RV_INPUT,
				       "certificate_chain[%zu]: not a string",
				       i);
	return rv_json_size(v) == 0 ||
	       take_certificate(rv_json_at(v, 0), out, err) ||
	       rv_in(err, "certificate_chain[0]");
}

/* near/mpc: the attestation stands one level down. */
static bool take_participant(const rv_json *info, struct rv_evidence *out,
			     struct rv_err *err)
{
	const rv_json *j = rv_json_get(info, "Dstack");

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT,
			       "tee_participant_info: no Dstack attestation in"
			       " it");
	return rv_ev_object(j, EV_SKIP_NONE, out, err);
}

/* Tinfoil's third format: what the CPU says stands one level down. */
static bool take_cpu(const rv_json *cpu, struct rv_evidence *out,
		     struct rv_err *err)
{
	return rv_ev_json_quote(rv_json_get(cpu, "report"), out, err);
}

/* The guest agent's Info, inside a service's report. */
static bool take_info(const rv_json *info, struct rv_evidence *out,
		      struct rv_err *err)
{
	if (!rv_json_is_object(info))
		return rv_fail(err, RV_INPUT, "info: not an object");
	return rv_ev_object(info, EV_SKIP_NONE, out, err);
}

/* What an application got from the guest agent, handed on as it is. */
static bool take_reply(const rv_json *v, struct rv_evidence *out,
		       struct rv_err *err)
{
	if (rv_json_is_object(v))
		return rv_ev_object(v, EV_SKIP_NONE, out, err);
	return rv_ev_json_quote(v, out, err);
}

/* The whole answer, below the one member that it has. */
static bool take_data(const rv_json *v, struct rv_evidence *out,
		      struct rv_err *err)
{
	return !rv_json_is_object(v) || rv_ev_object(v, EV_SKIP_NONE, out, err);
}

/*
 * Confidential containers: what a guest sends to a key broker has the evidence
 * below tee-evidence, newer ones that of the CPU below primary_evidence there;
 * each an object, or JSON in a string.
 */
static bool take_envelope(const rv_json *v, struct rv_evidence *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;
	struct rv_span text = rv_json_text(v);

	if (rv_json_is_object(v))
		return rv_ev_object(v, EV_SKIP_NONE, out, err);
	if (!text.n)
		return rv_fail(err, RV_INPUT, "neither an object nor text");
	if (!rv_json_parse(text, "text", &inner, err))
		return false;
	if (!rv_json_is_object(inner))
		return rv_fail(err, RV_INPUT, "no object in its text");
	return rv_ev_object(inner, EV_SKIP_NONE, out, err);
}

static bool take_tee_evidence(const rv_json *v, struct rv_evidence *out,
			      struct rv_err *err)
{
	return take_envelope(v, out, err) || rv_in(err, "tee-evidence");
}

static bool take_primary(const rv_json *v, struct rv_evidence *out,
			 struct rv_err *err)
{
	return take_envelope(v, out, err) || rv_in(err, "primary_evidence");
}

/*
 * The keys of every document, and what reads the value of each. A certificate's
 * log is of the moment of its quote: it comes before what was told later.
 */
static const struct {
	const char *key;
	bool (*take)(const rv_json *, struct rv_evidence *, struct rv_err *);
} readers[] = {
	{ "data", take_data },
	{ "tee-evidence", take_tee_evidence },
	{ "primary_evidence", take_primary },
	{ "quote", take_reply },
	{ "intel_quote", rv_ev_json_quote },
	{ "td_quote", rv_ev_json_quote },
	{ "tdx_quote_base64", rv_ev_json_quote },
	{ "cpu", take_cpu },
	{ "app_cert", take_app_cert },
	{ "certificate_chain", take_chain },
	{ "app_certificates", take_certificates },
	{ "event_log", rv_ev_json_event_log },
	/* Applications in JavaScript have it in their own spelling. */
	{ "eventLog", rv_ev_json_event_log },
	{ "cc_eventlog", rv_ev_json_ccel },
	{ "vm_config", rv_ev_json_vm_config },
	{ "collateral", rv_ev_json_collateral },
	{ "attestation", take_attestation },
	{ "tcb_info", rv_ev_json_tcb_info },
	{ "tee_participant_info", take_participant },
	{ "info", take_info },
	{ "boottime_gpu_evidence", rv_ev_json_gpu_boot },
};

/* {} or "{}" or no text: no evidence of other devices. */
static bool is_nothing(const rv_json *v)
{
	struct rv_span text = rv_json_text(v);

	return !v || rv_json_is_null(v) ||
	       (rv_json_is_object(v) && rv_json_size(v) == 0) ||
	       (rv_json_is_string(v) && (!text.n || rv_same_text(text, "{}")));
}

/* What a key broker is told beside: report_data would bind it. */
static bool note_broker(const rv_json *j, struct rv_evidence *out,
			struct rv_err *err)
{
	if (rv_ev_has(j, "tee-evidence") &&
	    (rv_ev_has(j, "runtime-data") || rv_ev_has(j, "init-data")) &&
	    !rv_ev_beside(out,
			  "runtime-data, init-data: that report_data and"
			  " mr_config_id bind what the guest says beside its"
			  " evidence is not looked at",
			  err))
		return false;
	return !rv_ev_has(j, "primary_evidence") ||
	       is_nothing(rv_json_get(j, "additional_evidence")) ||
	       rv_ev_beside(out,
			    "additional_evidence: what other devices say is"
			    " not looked at",
			    err);
}

/*
 * What stands in the object itself, under a key for each. A vm_config names
 * the image, too: that is the host's word, not the machine's.
 */
static bool take_own(const rv_json *j, struct rv_evidence *out,
		     struct rv_err *err)
{
	if (rv_ev_has(j, "cpu_count"))
		return true;
	if (!rv_ev_json_claims(j, out, err))
		return rv_in(err, "tcb_info");
	/* An object is what report_data was made of: the bind stage's. */
	if (!rv_json_is_object(rv_json_get(j, "report_data")) &&
	    !rv_ev_json_report_data(j, "report_data", out, err))
		return false;
	/* As an application calls what it asked with. */
	if (!out->has_report_data &&
	    !rv_ev_json_report_data(j, "reportDataHash", out, err))
		return false;
	if (rv_ev_is_predicate(j) && !rv_ev_json_predicate(j, out, err))
		return false;
	return rv_ev_json_compose(j, out, err) &&
	       rv_ev_note_vtpm(j, out, err) && note_broker(j, out, err) &&
	       (!rv_json_size(rv_json_get(j, "boottime_gpu_evidence")) ||
		rv_ev_beside(out,
			     "boottime_gpu_evidence: what GPUs said when the"
			     " machine started is not looked at",
			     err)) &&
	       rv_ev_json_gpu(j, &out->gpu, err);
}

/*
 * near AI: a second quote of the same machine, by a program that tells what it
 * started. Its registers must be those of the first.
 */
static bool take_manager(const rv_json *j, struct rv_evidence *out,
			 struct rv_err *err)
{
	static const char key[] = "compose_manager_attestation";
	RV_AUTO(rv_evidence_free) struct rv_evidence more = { 0 };
	const rv_json *v = rv_json_get(j, key);

	if (!rv_ev_has(j, key))
		return true;
	if (!rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "%s: not an object", key);
	if (!rv_ev_json_quote(rv_json_get(v, "quote"), &more, err))
		return rv_in(err, "%s", key);
	if (more.quote.n && out->quote.n &&
	    !rv_ev_same_machine(rv_buf_span(&out->quote),
				rv_buf_span(&more.quote)) &&
	    !rv_ev_conflict(out,
			    "the quote of compose_manager_attestation has"
			    " other registers than the machine's",
			    err))
		return false;
	return rv_ev_beside(out,
			    "compose_manager_attestation: its registers are"
			    " compared with the machine's, its signature and"
			    " what it tells are not looked at",
			    err);
}

bool rv_ev_object(const rv_json *j, enum ev_skip skip, struct rv_evidence *out,
		  struct rv_err *err)
{
	struct ev_origin origin = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence own = { 0 };

	for (size_t i = 0; i < RV_LEN(readers); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence part = { 0 };
		const char *key = readers[i].key;

		/* Collateral has a member of this name, Intel's TCB Info. */
		if (!rv_ev_has(j, key) ||
		    (skip == EV_SKIP_TCB_INFO && strcmp(key, "tcb_info") == 0))
			continue;
		if (!readers[i].take(rv_json_get(j, key), &part, err) ||
		    !rv_ev_join(out, &origin, &part, key, err))
			return false;
		if (!out->format[0])
			rv_ev_format(out, part.format);
	}
	return take_own(j, &own, err) &&
	       rv_ev_join(out, &origin, &own, "the document itself", err) &&
	       take_manager(j, out, err);
}

/* ---- aci/1 ---- */

/* What the workload says beside its evidence: nothing here follows it. */
static bool says_more(const rv_json *j)
{
	return rv_ev_has(j, "workload_keyset") ||
	       rv_ev_has(j, "source_provenance");
}

/* attestation: { tee_type, report_data, evidence: { quote, ... } } */
static bool read_aci(const rv_json *j, struct rv_evidence *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence inner = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence said = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence outer = { 0 };
	const rv_json *evidence = rv_json_get(j, "evidence");
	struct rv_span tee = { 0 };
	struct ev_origin origin = { 0 };

	if (!rv_json_opt_text(j, "tee_type", &tee, err))
		return false;
	if (tee.n && !rv_same_text(tee, "tdx"))
		return rv_fail(
		    err, RV_INPUT, "tee_type %.*s: not of an Intel TDX machine",
		    tee.n < 40 ? (int)tee.n : 40, (const char *)tee.p);
	if (!rv_json_is_object(evidence))
		return rv_fail(err, RV_INPUT,
			       "an object without evidence in it");
	return rv_ev_object(evidence, EV_SKIP_NONE, &inner, err) &&
	       rv_ev_json_report_data(evidence, "quote_report_data", &said,
				      err) &&
	       rv_ev_json_report_data(j, "report_data", &outer, err) &&
	       rv_ev_join(out, &origin, &inner, "evidence", err) &&
	       rv_ev_join(out, &origin, &said, "quote_report_data", err) &&
	       rv_ev_join(out, &origin, &outer, "report_data", err) &&
	       (!says_more(j) ||
		rv_ev_beside(out,
			     "workload_keyset, source_provenance: that"
			     " report_data binds what the workload says of"
			     " itself is not looked at",
			     err));
}

/* ---- several machines in one document ---- */

enum { ID_SHOWN = 80 };

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

static struct rv_span id_of(const rv_json *instance)
{
	struct rv_span id = { 0 };

	for (size_t k = 0; k < RV_LEN(id_keys) && !id.n; k++)
		id = rv_json_text(rv_json_get(instance, id_keys[k]));
	return id;
}

/* "0 (abc...), 1 (def...)": what can be asked for. */
static bool ask_which(const rv_json *all, const char *wanted,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf list = { 0 };

	for (size_t i = 0; i < rv_json_size(all) && g.buf.n < 300; i++) {
		struct rv_span id = id_of(rv_json_at(all, i));

		rv_grow_printf(&g, "%s%zu (", i ? ", " : "", i);
		rv_grow_add(&g, id.p, id.n < ID_SHOWN ? id.n : ID_SHOWN);
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

/* "1 (aa11)": the instance that was looked at. */
static bool note_instance(const rv_json *instance, size_t at, size_t n,
			  struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_span id = id_of(instance);

	rv_grow_printf(&g, "%zu", at);
	if (id.n) {
		rv_grow_text(&g, " (");
		rv_grow_add(&g, id.p, id.n < ID_SHOWN ? id.n : ID_SHOWN);
		rv_grow_text(&g, ")");
	}
	rv_grow_printf(&g, " of %zu", n);
	return rv_grow_take(&g, &text, err) &&
	       rv_text_copy(rv_buf_span(&text), "instance", &out->instance,
			    err);
}

/*
 * Which one is @wanted? By a name that only one has, or by number; what is the
 * number of one and the name of another is neither.
 */
static bool find_instance(const rv_json *all, const char *wanted, size_t *out,
			  struct rv_err *err)
{
	size_t n = rv_json_size(all), at = n;
	uint64_t number = n;

	if (rv_ev_number(wanted, n, out))
		return true;

	for (size_t i = 0; i < n; i++) {
		if (!named(rv_json_at(all, i), wanted))
			continue;
		if (at != n)
			return rv_fail(err, RV_INPUT,
				       "instances %zu and %zu are both %s", at,
				       i, wanted);
		at = i;
	}
	if (rv_decimal(rv_text(wanted), n - 1, &number) && at != n &&
	    at != number)
		return rv_fail(err, RV_INPUT,
			       "instance %s is the name of instance %zu and the"
			       " number of another: choose by an id that is"
			       " neither",
			       wanted, at);
	*out = at != n ? at : (size_t)number;
	return true;
}

size_t rv_ev_instances_n(const rv_json *j)
{
	return rv_json_size(rv_json_get(j, "instances"));
}

/* GET /apps/{app_id}/attestations: one of several machines. */
bool rv_ev_instances(const rv_json *j, const struct rv_evidence_options *opts,
		     struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence part = { 0 };
	struct ev_origin origin = { 0 };
	const rv_json *all = rv_json_get(j, "instances");
	const char *wanted = opts ? opts->instance : NULL;
	size_t n = rv_json_size(all), at = n == 1 && !wanted ? 0 : n;
	char name[40];

	if (!rv_json_is_array(all) || n == 0 || n > EV_INSTANCES_MAX)
		return rv_fail(err, RV_INPUT,
			       "instances: not an array of 1 to %d",
			       EV_INSTANCES_MAX);
	for (size_t i = 0; i < n; i++)
		if (!rv_json_is_object(rv_json_at(all, i)))
			return rv_fail(err, RV_INPUT,
				       "instances[%zu]: not an object", i);
	if (wanted && !find_instance(all, wanted, &at, err))
		return false;
	if (at == n)
		return ask_which(all, wanted, err);
	snprintf(name, sizeof name, "instances[%zu]", at);
	if (!rv_ev_object(rv_json_at(all, at), EV_SKIP_NONE, &part, err))
		return rv_in(err, "%s", name);
	if (!rv_ev_join(out, &origin, &part, name, err) ||
	    !note_instance(rv_json_at(all, at), at, n, out, err))
		return false;
	/* What stands beside the list speaks of the chosen one, too. */
	rv_evidence_free(&part);
	return rv_ev_object(j, EV_SKIP_NONE, &part, err) &&
	       rv_ev_join(out, &origin, &part, "the document itself", err);
}
