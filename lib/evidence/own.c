/* SPDX-License-Identifier: Apache-2.0 */
/* own.c - evidence in our own document, refval.evidence/1: docs/FORMATS.md. */
#include "parts.h"
#include "pubkey.h"
#include "digest.h"
#include "json.h"

#include <stdlib.h>

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

/* Evidence out of a certificate must still be bound to that one's key. */
static bool bind_own_key(struct rv_evidence *e, struct rv_err *err)
{
	if (!e->source.api || strcmp(e->source.api, "ra-tls") != 0 ||
	    !e->tls.host)
		return true;
	return rv_ev_bind_key(rv_buf_span(&e->tls.certificate), e, err);
}

/* Registers that the log, a firmware's, does not tell the end of. */
static bool take_open(const rv_json *j, struct rv_log *log, struct rv_err *err)
{
	uint64_t mask = 0;

	if (!rv_json_opt_uint(j, "log_open", 0xf, &mask, err))
		return false;
	log->open = (uint8_t)mask;
	return true;
}

static bool take_nitro(const rv_json *v, struct rv_evidence *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!v || rv_json_is_null(v))
		return true;
	return rv_unhex_buf(rv_json_text(v), "nitro", &b, err) &&
	       rv_ev_nitro(rv_buf_span(&b), out, err);
}

bool rv_ev_own(const rv_json *j, struct rv_evidence *out, struct rv_err *err)
{
	struct rv_span schema = rv_json_text(rv_json_get(j, "schema"));
	RV_AUTO(rv_evidence_free) struct rv_evidence claimed = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence signed_one = { 0 };
	struct ev_origin origin = { 0 };

	if (!rv_same_text(schema, "refval.evidence/1"))
		return rv_fail(err, RV_INPUT,
			       "schema %.*s: only refval.evidence/1 is"
			       " evidence",
			       schema.n < 80 ? (int)schema.n : 80,
			       schema.n ? (const char *)schema.p : "");
	if (!rv_ev_json_tcb_info(rv_json_get(j, "claimed"), &claimed, err))
		return rv_in(err, "claimed");
	return take_nitro(rv_json_get(j, "nitro"), &signed_one, err) &&
	       rv_ev_own_snp(rv_json_get(j, "snp"), &signed_one, err) &&
	       rv_ev_own_vtpm(rv_json_get(j, "vtpm"), &signed_one, err) &&
	       rv_ev_object(j, EV_SKIP_NONE, out, err) &&
	       rv_ev_join(out, &origin, &claimed, "claimed", err) &&
	       rv_ev_join(out, &origin, &signed_one, "the document", err) &&
	       opt_copy(j, "beside", &out->beside, err) &&
	       take_open(j, &out->log, err) &&
	       take_source(rv_json_get(j, "source"), &out->source, err) &&
	       take_tls(rv_json_get(j, "tls"), &out->tls, err) &&
	       rv_ev_own_gpus(rv_json_get(j, "gpus"), &out->gpu, err) &&
	       bind_own_key(out, err);
}
