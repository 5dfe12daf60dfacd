/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_id.c - MRCONFIGID, the 48 bytes that a dstack host puts into the TD
 * before it starts: which of dstack's four forms, and whether it names this
 * app (docs/FORMATS.md, "mr_config_id").
 */
#include "compose.h"
#include "keccak.h"
#include "digest.h"
#include "json.h"

#include <stdio.h>

/* Bytes: of a KMS it is a public key, SubjectPublicKeyInfo. */
enum { PROVIDER_ID_MAX = 1024 };

static const char *const kinds[] = { "none", "local", "kms", "tpm" };

static const uint8_t nothing[48];

const char *rv_config_id_name(enum rv_config_id_form form)
{
	static const char *const names[] = { "zero", "raw", "v1",
					     "v2",   "v3",  "unknown" };

	return names[form];
}

bool rv_launch_token_hash(struct rv_span token, struct rv_sha256 *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_text(&g, "dstack-launch-token/v1:");
	rv_grow_add(&g, token.p, token.n);
	if (g.failed)
		return rv_no_memory(err, "launch token");
	return rv_sha256(rv_buf_span(&g.buf), out, err);
}

/* ---- the key provider of a manifest ---- */

void rv_compose_provider_free(struct rv_compose_provider *p)
{
	rv_buf_free(&p->id);
}

/* key_provider, else what older manifests have in its place. */
static bool provider_kind(const rv_json *m, const char **out,
			  struct rv_err *err)
{
	const rv_json *v = rv_json_get(m, "key_provider");
	struct rv_span name = rv_json_text(v);
	bool kms = false, local = false;

	if (!v || rv_json_is_null(v)) {
		if (!rv_json_opt_bool(m, "kms_enabled", &kms, err) ||
		    !rv_json_opt_bool(m, "local_key_provider_enabled", &local,
				      err))
			return false;
		*out = kms ? "kms" : local ? "local" : "none";
		return true;
	}
	for (size_t i = 0; i < RV_LEN(kinds); i++)
		if (rv_same_text(name, kinds[i])) {
			*out = kinds[i];
			return true;
		}
	return rv_fail(err, RV_INPUT,
		       "key_provider: not none, local, kms or tpm");
}

bool rv_compose_provider(struct rv_span manifest,
			 struct rv_compose_provider *out, struct rv_err *err)
{
	RV_AUTO(rv_compose_provider_free) struct rv_compose_provider p = { 0 };
	RV_AUTO(rv_json_free) rv_json *m = NULL;
	struct rv_span id = { 0 };

	if (!rv_json_parse(manifest, "app-compose.json", &m, err) ||
	    !provider_kind(m, &p.kind, err) ||
	    !rv_json_opt_text(m, "key_provider_id", &id, err) ||
	    (id.n && !rv_unhex_buf(id, "key_provider_id", &p.id, err)))
		return false;
	if (p.id.n > PROVIDER_ID_MAX)
		return rv_fail(err, RV_INPUT, "key_provider_id: %zu bytes",
			       p.id.n);
	*out = RV_TAKE(p);
	return true;
}

/* ---- computing ---- */

static bool v2(const struct rv_config_id_claims *c, uint8_t kind,
	       const uint8_t *app_id, uint8_t out[48], struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_add(&g, c->compose_hash->b, sizeof c->compose_hash->b);
	rv_grow_add(&g, app_id, RV_APP_ID);
	rv_grow_u8(&g, kind);
	rv_grow_add(&g, c->provider_id.p, c->provider_id.n);
	if (g.failed)
		return rv_no_memory(err, "mr_config_id");
	memcpy(out, nothing, sizeof nothing);
	out[0] = 2;
	rv_keccak(rv_buf_span(&g.buf), 32, out + 1);
	return true;
}

static bool v3(struct rv_span document, uint8_t out[48], struct rv_err *err)
{
	static const char label[] = "dstack-mr-config-v3:"; /* and its NUL */
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_sha256 sum;

	rv_grow_add(&g, label, sizeof label);
	rv_grow_add(&g, document.p, document.n);
	if (g.failed)
		return rv_no_memory(err, "mr_config_id");
	if (!rv_sha256(rv_buf_span(&g.buf), &sum, err))
		return false;
	memcpy(out, nothing, sizeof nothing);
	out[0] = 3;
	memcpy(out + 1, sum.b, sizeof sum.b);
	return true;
}

static bool kind_of(const char *name, uint8_t *out)
{
	for (size_t i = 0; i < RV_LEN(kinds); i++) {
		if (strcmp(kinds[i], name) == 0) {
			*out = (uint8_t)i;
			return true;
		}
	}
	return false;
}

bool rv_config_id_compute(enum rv_config_id_form form,
			  const struct rv_config_id_claims *c, uint8_t out[48],
			  struct rv_err *err)
{
	uint8_t kind = 0;
	uint8_t value[48] = { 0 };

	if (form == RV_CONFIG_ID_V3) {
		if (!c->document.p)
			return rv_fail(err, RV_INPUT,
				       "mr_config_id: no document");
		return v3(c->document, out, err);
	}
	if (form != RV_CONFIG_ID_ZERO && !c->compose_hash)
		return rv_fail(err, RV_INPUT, "mr_config_id: no compose-hash");
	if (form == RV_CONFIG_ID_RAW) {
		memcpy(value, c->compose_hash->b, 32);
	} else if (form == RV_CONFIG_ID_V1) {
		value[0] = 1;
		memcpy(value + 1, c->compose_hash->b, 32);
	} else if (form == RV_CONFIG_ID_V2) {
		if (!c->app_id || !c->key_provider ||
		    !kind_of(c->key_provider, &kind))
			return rv_fail(err, RV_INPUT,
				       "mr_config_id: version 2 needs an"
				       " app-id and a key provider");
		return v2(c, kind, c->app_id, out, err);
	} else if (form != RV_CONFIG_ID_ZERO) {
		return rv_fail(err, RV_INPUT, "mr_config_id: unknown form");
	}
	memcpy(out, value, sizeof value);
	return true;
}

/* ---- judging ---- */

/*
 * A raw compose-hash may begin with 01, 02 or 03 and end in a zero byte; then
 * the form with a version is the reading, unless the hash itself is there.
 */
static enum rv_config_id_form form_of(const uint8_t v[48],
				      const struct rv_config_id_claims *c)
{
	bool tail16 = rv_all_zero(rv_span(v + 32, 16));
	bool tail15 = rv_all_zero(rv_span(v + 33, 15));

	if (rv_all_zero(rv_span(v, 48)))
		return RV_CONFIG_ID_ZERO;
	if (tail16 && c->compose_hash && memcmp(v, c->compose_hash->b, 32) == 0)
		return RV_CONFIG_ID_RAW;
	if (tail15 && v[0] >= 1 && v[0] <= 3)
		return (enum rv_config_id_form)(RV_CONFIG_ID_V1 + v[0] - 1);
	return tail16 ? RV_CONFIG_ID_RAW : RV_CONFIG_ID_OTHER;
}

static void say(struct rv_config_id_check *k, enum rv_code verdict,
		const char *reason)
{
	k->verdict = verdict;
	snprintf(k->reason, sizeof k->reason, "%s", reason);
}

static void compare(struct rv_config_id_check *k, const uint8_t v[48],
		    const char *yes, const char *no)
{
	bool same = memcmp(k->expected, v, sizeof k->expected) == 0;

	say(k, same ? RV_OK : RV_NO, same ? yes : no);
}

/*
 * Version 2 hides four things in one hash. Where one is not known, the usual
 * value is tried; that it fails then proves nothing.
 */
static bool check_v2(const uint8_t v[48], const struct rv_config_id_claims *c,
		     struct rv_config_id_check *k, struct rv_err *err)
{
	const uint8_t *app_id = c->app_id ? c->app_id : c->compose_hash->b;
	bool all = c->app_id && c->key_provider && c->has_provider_id;
	uint8_t only = 0;

	if (c->key_provider && !kind_of(c->key_provider, &only)) {
		say(k, RV_INPUT, "unknown kind of key provider");
		return true;
	}
	for (uint8_t kind = 0; kind < RV_LEN(kinds); kind++) {
		if (c->key_provider && kind != only)
			continue;
		if (!v2(c, kind, app_id, k->expected, err))
			return false;
		compare(k, v, "names this app and key provider",
			"names another app or key provider");
		if (k->verdict == RV_OK)
			return true;
	}
	if (!all)
		say(k, RV_INPUT,
		    "app-id, key provider or its id are not known; the usual"
		    " ones do not give this value");
	return true;
}

static bool differs(const struct rv_jt *doc, const char *key,
		    struct rv_span want)
{
	const struct rv_jt *v = rv_jt_get(doc, key);
	uint8_t got[PROVIDER_ID_MAX];

	if (!want.p)
		return false;
	return !v || v->type != RV_JT_STRING || want.n > sizeof got ||
	       !rv_unhex(v->text, got, want.n) || memcmp(got, want.p, want.n);
}

/* The document must hash to the value, and must say what is claimed. */
static bool check_v3(const uint8_t v[48], const struct rv_config_id_claims *c,
		     struct rv_config_id_check *k, struct rv_err *err)
{
	RV_AUTO(rv_arena_free) struct rv_arena a = { 0 };
	struct rv_err e = { 0 };
	const struct rv_jt *doc = NULL;

	if (!c->document.p) {
		say(k, RV_INPUT, "its document is not in the evidence");
		return true;
	}
	if (!v3(c->document, k->expected, err))
		return false;
	compare(k, v, "", "the document given has another hash");
	if (k->verdict == RV_NO)
		return true;
	if (!rv_jt_parse(c->document, &a, &doc, &e)) {
		if (e.code == RV_SYSTEM)
			return rv_fail(err, RV_SYSTEM, "%s", e.msg);
		say(k, RV_INPUT, "its document is not JSON");
		return true;
	}
	if (!rv_jt_get(doc, "version") ||
	    !rv_same_text(rv_jt_get(doc, "version")->text, "3"))
		say(k, RV_INPUT, "its document is not of version 3");
	else if (differs(doc, "compose_hash", rv_span(c->compose_hash->b, 32)))
		say(k, RV_NO, "its document names another compose-hash");
	else if (rv_jt_get(doc, "app_id") &&
		 differs(doc, "app_id",
			 rv_span(c->app_id, c->app_id ? RV_APP_ID : 0)))
		say(k, RV_NO, "its document names another app-id");
	else if (c->key_provider &&
		 !rv_jt_is_text(rv_jt_get(doc, "key_provider"),
				c->key_provider))
		say(k, RV_NO, "its document names another key provider");
	else if (c->has_provider_id && c->provider_id.n &&
		 differs(doc, "key_provider_id", c->provider_id))
		say(k, RV_NO, "its document names another key provider id");
	else
		say(k, RV_OK, "its document names this app");
	return true;
}

bool rv_config_id_check(const uint8_t config_id[48],
			const struct rv_config_id_claims *claims,
			struct rv_config_id_check *out, struct rv_err *err)
{
	struct rv_config_id_check k = { .form = form_of(config_id, claims) };

	if (k.form == RV_CONFIG_ID_ZERO) {
		say(&k, RV_INPUT, "not used: it says nothing about the app");
	} else if (k.form == RV_CONFIG_ID_OTHER) {
		say(&k, RV_INPUT, "not a form that dstack writes");
	} else if (!claims->compose_hash) {
		say(&k, RV_INPUT, "the compose-hash is not known");
	} else if (k.form == RV_CONFIG_ID_V2) {
		if (!check_v2(config_id, claims, &k, err))
			return false;
	} else if (k.form == RV_CONFIG_ID_V3) {
		if (!check_v3(config_id, claims, &k, err))
			return false;
	} else {
		if (!rv_config_id_compute(k.form, claims, k.expected, err))
			return false;
		compare(&k, config_id, "names this compose-hash",
			"names another compose-hash");
	}
	*out = k;
	return true;
}
