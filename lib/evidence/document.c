/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.c - evidence in JSON: every document of dstack.md section 4 and
 * our own. Each is recognised by the keys that only it has. Keys we do not
 * know are let be; those we know must have their type.
 */
#include "parts.h"
#include "pubkey.h"

#include <stdio.h>
#include <stdlib.h>

static bool has(const rv_json *j, const char *key)
{
	const rv_json *v = rv_json_get(j, key);

	return v && !rv_json_is_null(v);
}

/* ---- the pieces ---- */

/* Hex of either case, with or without 0x in front. */
static bool hex_bytes(struct rv_span text, const char *what, struct rv_buf *out,
		      struct rv_err *err)
{
	if (text.n >= 2 && text.p[0] == '0' &&
	    (text.p[1] == 'x' || text.p[1] == 'X'))
		text = rv_span(text.p + 2, text.n - 2);
	return rv_unhex_buf(text, what, out, err);
}

/* An array of numbers 0 to 255, as near writes a quote. */
static bool byte_array(const rv_json *a, const char *what, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (rv_json_size(a) > EV_QUOTE_MAX)
		return rv_fail(err, RV_INPUT, "%s: %zu bytes, at most %d", what,
			       rv_json_size(a), EV_QUOTE_MAX);
	for (size_t i = 0; i < rv_json_size(a); i++) {
		uint64_t v = 256;

		if (!rv_json_uint(rv_json_at(a, i), 255, &v))
			return rv_fail(err, RV_INPUT,
				       "%s: element %zu is no byte", what, i);
		rv_grow_u8(&g, (unsigned)v);
	}
	return rv_grow_take(&g, out, err);
}

/*
 * A quote as text: hex; or hex of hex, which an application writes that takes
 * the agent's hex for bytes; or base64.
 */
static bool text_quote(struct rv_span text, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf once = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf more = { 0 };
	struct rv_err why = { 0 }, ignored = { 0 };
	bool hex = hex_bytes(text, "quote", &once, &why);

	if ((!hex || !ev_is_quote(rv_buf_span(&once))) &&
	    ((hex && once.n &&
	      hex_bytes(rv_buf_span(&once), "quote", &more, &ignored)) ||
	     (!hex && rv_unbase64(text, "quote", &more, &ignored))) &&
	    ev_is_quote(rv_buf_span(&more))) {
		*out = RV_TAKE(more);
		return true;
	}
	if (!hex) {
		*err = why;
		return false;
	}
	*out = RV_TAKE(once);
	return true;
}

/* A quote: text or an array of bytes; empty text is none. */
static bool take_quote(const rv_json *v, struct rv_evidence *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!v || rv_json_is_null(v))
		return true;
	if (rv_json_is_array(v)) {
		if (!byte_array(v, "quote", &b, err))
			return false;
	} else if (rv_json_is_string(v)) {
		if (!text_quote(rv_json_text(v), &b, err))
			return false;
	} else {
		return rv_fail(err, RV_INPUT,
			       "quote: neither text nor an array of bytes");
	}
	if (b.n == 0)
		return true;
	if (b.n > EV_QUOTE_MAX)
		return rv_fail(err, RV_INPUT, "quote: %zu bytes, at most %d",
			       b.n, EV_QUOTE_MAX);
	if (!ev_is_quote(rv_buf_span(&b)))
		return rv_fail(err, RV_INPUT,
			       "quote: %zu bytes that are no SGX or TDX"
			       " quote",
			       b.n);
	rv_buf_free(&out->quote);
	out->quote = RV_TAKE(b);
	return true;
}

/* The log as an array, or as text that holds the array; empty is none. */
bool ev_event_log(const rv_json *v, struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;

	if (!v || rv_json_is_null(v))
		return true;
	if (rv_json_is_string(v)) {
		if (rv_json_text(v).n == 0)
			return true;
		if (!rv_json_parse(rv_json_text(v), "event_log", &inner, err))
			return false;
		v = inner;
	}
	if (!ev_log_json(v, &out->log, err))
		return false;
	if (out->log.n)
		out->log_format = RV_LOG_JSON;
	return true;
}

/* JSON that may come as text or as the value itself. */
static bool text_or_value(const rv_json *v, const char *what,
			  struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (rv_json_is_string(v)) {
		if (rv_json_text(v).n == 0)
			return true;
		if (!rv_json_parse(rv_json_text(v), what, &inner, err) ||
		    !rv_buf_copy(rv_json_text(v), &b, err))
			return false;
	} else if (!rv_json_dump(v, &b, err)) {
		return false;
	}
	if (!rv_json_is_object(inner ? inner : v))
		return rv_fail(err, RV_INPUT, "%s: not an object", what);
	rv_buf_free(out);
	*out = RV_TAKE(b);
	return true;
}

/*
 * The configuration of the guest is vm_config itself, or sys-config.json
 * with vm_config as text inside (dstack.md 2.1, 4.3).
 */
static bool take_vm_config(const rv_json *v, struct rv_evidence *out,
			   struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	const rv_json *inner;

	if (!v || rv_json_is_null(v))
		return true;
	if (!text_or_value(v, "vm_config", &b, err))
		return false;
	if (!b.n)
		return true;
	if (!rv_json_parse(rv_buf_span(&b), "vm_config", &j, err))
		return false;
	inner = rv_json_get(j, "vm_config");
	if (inner && !rv_json_is_null(inner))
		return text_or_value(inner, "vm_config", &out->vm_config, err);
	rv_buf_free(&out->vm_config);
	out->vm_config = RV_TAKE(b);
	return true;
}

bool ev_vm_config(struct rv_span text, struct rv_evidence *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (text.n == 0)
		return true;
	rv_json_quote(&g, text);
	return rv_utf8_ok(text)
		   ? rv_grow_take(&g, &b, err) &&
			 rv_json_parse(rv_buf_span(&b), "vm_config", &j, err) &&
			 take_vm_config(j, out, err)
		   : rv_fail(err, RV_INPUT, "vm_config: not UTF-8");
}

static bool take_report_data(const rv_json *j, struct rv_evidence *out,
			     struct rv_err *err)
{
	struct rv_span text = { 0 };

	if (!rv_json_opt_text(j, "report_data", &text, err))
		return false;
	if (text.n == 0)
		return true;
	return rv_json_opt_hex(j, "report_data", &out->has_report_data,
			       out->report_data, sizeof out->report_data, err);
}

/* A digest that old versions leave empty. */
static bool opt_digest(const rv_json *j, const char *key, bool *has_it,
		       uint8_t *out, size_t n, struct rv_err *err)
{
	struct rv_span text = { 0 };

	*has_it = false;
	if (!rv_json_opt_text(j, key, &text, err))
		return false;
	return text.n == 0 || rv_json_opt_hex(j, key, has_it, out, n, err);
}

/* tcb_info, dstack.md 4.1: what it claims, its log, its app_compose. */
static bool take_tcb_info(const rv_json *v, struct rv_evidence *out,
			  struct rv_err *err)
{
	static const char *const key[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };
	RV_AUTO(rv_json_free) rv_json *inner = NULL;
	struct rv_span compose = { 0 };
	bool all, one;

	if (!v || rv_json_is_null(v))
		return true;
	if (rv_json_is_string(v)) {
		if (rv_json_text(v).n == 0)
			return true;
		if (!rv_json_parse(rv_json_text(v), "tcb_info", &inner, err))
			return false;
		v = inner;
	}
	if (!rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "tcb_info: not an object");
	if (!opt_digest(v, "mrtd", &all, out->mrtd.b, sizeof out->mrtd.b, err))
		return rv_in(err, "tcb_info");
	for (size_t i = 0; i < RV_LEN(key); i++, all = all && one)
		if (!opt_digest(v, key[i], &one, out->rtmr[i].b,
				sizeof out->rtmr[i].b, err))
			return rv_in(err, "tcb_info");
	out->has_claimed = all;
	if (!opt_digest(v, "compose_hash", &out->has_claimed_compose_hash,
			out->compose_hash.b, sizeof out->compose_hash.b, err) ||
	    !opt_digest(v, "os_image_hash", &out->has_claimed_os_image_hash,
			out->os_image_hash.b, sizeof out->os_image_hash.b,
			err) ||
	    !rv_json_opt_text(v, "app_compose", &compose, err) ||
	    !ev_event_log(rv_json_get(v, "event_log"), out, err))
		return rv_in(err, "tcb_info");
	if (compose.n) {
		rv_buf_free(&out->app_compose);
		return rv_buf_copy(compose, &out->app_compose, err);
	}
	return true;
}

/*
 * Collateral in one form: numbers as hex, certificates as text. Some writers
 * have byte arrays where others have hex, and a NUL behind the PCK chain.
 */
static bool collateral_member(const char *key, const rv_json *v,
			      struct rv_jw *w, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span s = rv_json_text(v);

	if (rv_json_is_array(v)) {
		if (!byte_array(v, key, &b, err))
			return false;
		rv_jw_hex(w, key, rv_buf_span(&b));
	} else if (rv_json_is_string(v)) {
		while (s.n && s.p[s.n - 1] == 0)
			s.n--;
		if (s.n && memchr(s.p, 0, s.n))
			return rv_fail(err, RV_INPUT, "%s: a NUL inside", key);
		rv_jw_text(w, key, s);
	} else {
		if (!rv_json_dump(v, &b, err))
			return false;
		rv_jw_raw(w, key, rv_buf_span(&b));
	}
	return true;
}

static bool take_collateral(const rv_json *v, struct rv_evidence *out,
			    struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	const rv_json *member;
	const char *key;
	void *iter = NULL;

	if (!v || rv_json_is_null(v))
		return true;
	if (rv_json_is_string(v)) {
		if (rv_json_text(v).n == 0)
			return true;
		if (!rv_json_parse_nul(rv_json_text(v), "collateral", &inner,
				       err))
			return false;
		v = inner;
	}
	if (!rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "collateral: not an object");
	rv_jw_open(&w, NULL, '{');
	while (rv_json_next(v, &iter, &key, &member))
		if (!collateral_member(key, member, &w, err))
			return rv_in(err, "collateral");
	rv_jw_close(&w);
	rv_buf_free(&out->collateral);
	return rv_grow_take(&g, &out->collateral, err);
}

/* ---- the documents ---- */

/* { "attestation": hex }, dstack.md 4.5. */
static bool read_attest(const rv_json *j, struct rv_evidence *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span text;

	if (!rv_json_need_text(j, "attestation", &text, err) ||
	    !hex_bytes(text, "attestation", &b, err))
		return false;
	return ev_attestation(rv_buf_span(&b), out, err) ||
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

	ev_format(out, tappd	 ? "tappd-quote"
		       : request ? "verifier-request"
				 : "getquote");
	/* Applications in JavaScript have it in their own spelling. */
	if (!log)
		log = rv_json_get(j, "eventLog");
	if (!take_quote(rv_json_get(j, "quote"), out, err) ||
	    !ev_event_log(log, out, err) || !take_report_data(j, out, err) ||
	    !take_vm_config(rv_json_get(j, "vm_config"), out, err) ||
	    !rv_json_opt_text(j, "attestation", &attestation, err))
		return false;
	if (attestation.n == 0)
		return true;
	/* The same once more, of versions 0.6 before the final one. */
	return read_attest(j, &twin, err) &&
	       ev_join(out, &origin, &twin, "attestation", err);
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
	return take_quote(quote, out, err) &&
	       take_tcb_info(rv_json_get(j, "tcb_info"), out, err) &&
	       take_vm_config(rv_json_get(j, "vm_config"), out, err);
}

static bool read_phala(const rv_json *j, struct rv_evidence *out,
		       struct rv_err *err)
{
	ev_format(out, "phala-attestation");
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

	ev_format(out, "phala-attestations");
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

	ev_format(out, "near-public-data");
	if (info) {
		j = rv_json_get(info, "Dstack");
		if (!rv_json_is_object(j))
			return rv_fail(err, RV_INPUT,
				       "tee_participant_info: no Dstack"
				       " attestation in it");
	}
	if (!take_quote(rv_json_get(j, "quote"), out, err) ||
	    !ev_event_log(rv_json_get(j, "event_log"), out, err) ||
	    !take_report_data(j, out, err) ||
	    !take_vm_config(rv_json_get(j, "vm_config"), out, err) ||
	    !take_collateral(rv_json_get(j, "collateral"), out, err) ||
	    !take_tcb_info(rv_json_get(j, "tcb_info"), &info_part, err))
		return false;
	return ev_join(out, &origin, &info_part, "tcb_info", err);
}

/* Info (4.1) and Worker.Info: tcb_info as text, vm_config beside it. */
static bool read_info(const rv_json *j, struct rv_evidence *out,
		      struct rv_err *err)
{
	ev_format(out, "info");
	return take_tcb_info(rv_json_get(j, "tcb_info"), out, err) &&
	       take_vm_config(rv_json_get(j, "vm_config"), out, err);
}

static bool read_tcb_info(const rv_json *j, struct rv_evidence *out,
			  struct rv_err *err)
{
	ev_format(out, "tcb-info");
	return take_tcb_info(j, out, err);
}

/* ---- our own document, docs/FORMATS.md ---- */

static bool opt_copy(const rv_json *j, const char *key, char **out,
		     struct rv_err *err)
{
	struct rv_span text = { 0 };

	if (!rv_json_opt_text(j, key, &text, err))
		return false;
	return !text.p || rv_text_copy(text, key, out, err);
}

static bool take_source(const rv_json *v, struct rv_evidence_source *out,
			struct rv_err *err)
{
	int64_t when;

	if (!v || rv_json_is_null(v))
		return true;
	if (!rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "source: not an object");
	if (!opt_copy(v, "from", &out->from, err) ||
	    !opt_copy(v, "api", &out->api, err) ||
	    !opt_copy(v, "when", &out->when, err) ||
	    !rv_json_opt_hex(v, "asked", &out->has_asked, out->asked,
			     sizeof out->asked, err))
		return rv_in(err, "source");
	if (out->when && !rv_time_parse(rv_text(out->when), &when))
		return rv_fail(err, RV_INPUT, "source: when: %s is no time",
			       out->when);
	return true;
}

/* The fingerprint must be that of the certificate beside it. */
static bool tls_certificate(const rv_json *v, struct rv_evidence_tls *t,
			    struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf spki = { 0 };
	struct rv_span b64;
	uint8_t said[32];

	/* Reading its key shows that it is one certificate and no more. */
	if (!rv_json_need_text(v, "certificate", &b64, err) ||
	    !rv_unbase64(b64, "certificate", &t->certificate, err) ||
	    !rv_cert_spki(rv_buf_span(&t->certificate), &spki, err) ||
	    !rv_json_need_hex(v, "sha256", said, sizeof said, err) ||
	    !rv_sha256(rv_buf_span(&t->certificate), &t->sha256, err))
		return false;
	if (memcmp(said, t->sha256.b, sizeof said) != 0)
		return rv_fail(err, RV_INPUT,
			       "sha256 is not that of the certificate");
	return true;
}

static bool take_tls(const rv_json *v, struct rv_evidence_tls *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_evidence_tls_free) struct rv_evidence_tls t = { 0 };
	struct rv_span host = { 0 };
	uint64_t port = 0;
	int64_t when;

	if (!v || rv_json_is_null(v))
		return true;
	if (!rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "tls: not an object");
	if (!rv_json_need_text(v, "host", &host, err) ||
	    !rv_json_need_uint(v, "port", 65535, &port, err) ||
	    !rv_json_opt_bool(v, "trusted", &t.trusted, err) ||
	    !opt_copy(v, "when", &t.when, err) || !tls_certificate(v, &t, err))
		return rv_in(err, "tls");
	if (host.n == 0 || host.n > EV_HOST_MAX || port == 0)
		return rv_fail(err, RV_INPUT, "tls: no host and port");
	if (t.when && !rv_time_parse(rv_text(t.when), &when))
		return rv_fail(err, RV_INPUT, "tls: when: %s is no time",
			       t.when);
	t.port = (unsigned)port;
	if (!rv_text_copy(host, "tls: host", &t.host, err))
		return false;
	rv_evidence_tls_free(out);
	*out = RV_TAKE(t);
	return true;
}

/* The manifest as text, or in hex when it is no text. */
static bool take_compose(const rv_json *j, struct rv_evidence *out,
			 struct rv_err *err)
{
	struct rv_span text = { 0 }, hex = { 0 };

	if (!rv_json_opt_text(j, "app_compose", &text, err) ||
	    !rv_json_opt_text(j, "app_compose_hex", &hex, err))
		return false;
	if (text.p && hex.p)
		return rv_fail(err, RV_INPUT,
			       "app_compose and app_compose_hex: only one");
	rv_buf_free(&out->app_compose);
	if (hex.p)
		return rv_unhex_buf(hex, "app_compose_hex", &out->app_compose,
				    err);
	return !text.p || rv_buf_copy(text, &out->app_compose, err);
}

/* Evidence out of a certificate must still be bound to that one's key. */
static bool bind_own_key(struct rv_evidence *e, struct rv_err *err)
{
	if (!e->source.api || strcmp(e->source.api, "ra-tls") != 0 ||
	    !e->tls.host)
		return true;
	return ev_bind_key(rv_buf_span(&e->tls.certificate), e, err);
}

static bool read_own(const rv_json *j, struct rv_evidence *out,
		     struct rv_err *err)
{
	struct rv_span schema = rv_json_text(rv_json_get(j, "schema"));

	if (!rv_same_text(schema, "refval.evidence/1"))
		return rv_fail(err, RV_INPUT,
			       "schema %.*s: only refval.evidence/1 is"
			       " evidence",
			       schema.n < 80 ? (int)schema.n : 80,
			       schema.n ? (const char *)schema.p : "");
	if (!take_tcb_info(rv_json_get(j, "claimed"), out, err))
		return rv_in(err, "claimed");
	ev_format(out, "refval-evidence");
	return take_quote(rv_json_get(j, "quote"), out, err) &&
	       ev_event_log(rv_json_get(j, "event_log"), out, err) &&
	       take_report_data(j, out, err) &&
	       take_vm_config(rv_json_get(j, "vm_config"), out, err) &&
	       take_compose(j, out, err) &&
	       take_collateral(rv_json_get(j, "collateral"), out, err) &&
	       take_source(rv_json_get(j, "source"), &out->source, err) &&
	       take_tls(rv_json_get(j, "tls"), &out->tls, err) &&
	       bind_own_key(out, err);
}

/* ---- which one is it ---- */

static bool read_object(const rv_json *j,
			const struct rv_evidence_options *opts,
			struct rv_evidence *out, struct rv_err *err)
{
	if (has(j, "schema"))
		return read_own(j, out, err);
	if (has(j, "pck_crl") && has(j, "qe_identity")) {
		ev_format(out, "collateral");
		return take_collateral(j, out, err);
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
		ev_format(out, "vm-config");
		return take_vm_config(j, out, err);
	}
	return rv_fail(err, RV_INPUT,
		       "a JSON object without quote, attestation, event_log or"
		       " tcb_info");
}

bool ev_document(const rv_json *j, const struct rv_evidence_options *opts,
		 unsigned depth, struct rv_evidence *out, struct rv_err *err)
{
	if (rv_json_is_object(j))
		return read_object(j, opts, out, err);
	if (rv_json_is_string(j))
		return ev_any(rv_json_text(j), opts, depth + 1, out, err);
	if (!rv_json_is_array(j) || rv_json_size(j) == 0)
		return rv_fail(err, RV_INPUT,
			       "JSON that is no object, text or filled array");
	if (rv_json_is_object(rv_json_at(j, 0))) {
		ev_format(out, "event-log");
		return ev_event_log(j, out, err);
	}
	ev_format(out, "quote");
	return take_quote(j, out, err);
}
