/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.c - what NVIDIA's attestation service says of GPU evidence: a list of
 * JSON Web Tokens (RFC 7519), one of all and one of each device, signed with
 * ES384 (RFC 7518, 3.4). Another algorithm, "none" and those with a shared
 * secret above all, proves nothing and never counts.
 */
#include "gpu.h"
#include "digest.h"
#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_MAX = 64 << 10, KEYS_MAX = 256, HALF = 48 };

static const char issuer[] = "https://nras.attestation.nvidia.com";

/* One token, taken apart; the two documents are owned. */
struct jwt {
	rv_json *header, *claims;
	struct rv_span covered; /* header.payload, as it stands */
	struct rv_buf signature;
};

static void jwt_free(struct jwt *t)
{
	rv_json_free(&t->header);
	rv_json_free(&t->claims);
	rv_buf_free(&t->signature);
}

static bool unbase64url(struct rv_span s, struct rv_buf *out,
			struct gpu_why *why)
{
	return rv_unbase64url(s, "token", out, &why->err) ||
	       rv_gpu_because(why, "token-format");
}

static bool json_part(struct rv_span s, const char *what, rv_json **out,
		      struct gpu_why *why)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!unbase64url(s, &text, why))
		return false;
	if (!rv_json_parse(rv_buf_span(&text), what, out, &why->err))
		return rv_gpu_because(why, "token-format");
	return true;
}

static bool split(struct rv_span text, struct jwt *out, struct gpu_why *why)
{
	struct rv_span part[3];
	size_t n = 0, from = 0;

	if (text.n > TOKEN_MAX)
		return rv_gpu_doubt(why, "token-format",
				    "token: %zu bytes, at most %d are read",
				    text.n, TOKEN_MAX);
	for (size_t i = 0; i <= text.n && n < 3; i++)
		if (i == text.n || text.p[i] == '.') {
			part[n++] = rv_span(text.p + from, i - from);
			from = i + 1;
		}
	if (n != 3 || from != text.n + 1)
		return rv_gpu_doubt(why, "token-format",
				    "token: not three parts with dots between");
	out->covered = rv_span(text.p, part[0].n + 1 + part[1].n);
	return json_part(part[0], "header", &out->header, why) &&
	       json_part(part[1], "claims", &out->claims, why) &&
	       unbase64url(part[2], &out->signature, why);
}

/* RFC 7518, 6.2.1: x and y of a P-384 key, each of full length. */
static bool read_key(const rv_json *k, struct rv_key **out, struct gpu_why *why)
{
	static const char *const axis[] = { "x", "y" };
	uint8_t point[2 * HALF];

	if (!rv_same_text(rv_json_text(rv_json_get(k, "kty")), "EC") ||
	    !rv_same_text(rv_json_text(rv_json_get(k, "crv")), "P-384"))
		return rv_gpu_doubt(why, "token-key",
				    "JWKS: the token's key is not of P-384");
	for (size_t i = 0; i < 2; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		if (!unbase64url(rv_json_text(rv_json_get(k, axis[i])), &b,
				 why))
			return false;
		if (b.n != HALF)
			return rv_gpu_doubt(why, "token-key",
					    "JWKS: %s of %zu bytes", axis[i],
					    b.n);
		memcpy(point + i * HALF, b.p, HALF);
	}
	switch (rv_key_read_p384(point, out)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_FAILED:
		return rv_gpu_broken(why, "JWKS");
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		break;
	}
	return rv_gpu_doubt(why, "token-key", "JWKS: no point of P-384");
}

/* The one key of this name. */
static bool find_key(const rv_json *jwks, struct rv_span kid,
		     struct rv_key **out, struct gpu_why *why)
{
	const rv_json *keys = rv_json_get(jwks, "keys"), *found = NULL;
	size_t n = rv_json_size(keys);

	if (!rv_json_is_array(keys) || n > KEYS_MAX)
		return rv_gpu_doubt(why, "token-key",
				    "JWKS: no list of at most %d keys",
				    KEYS_MAX);
	for (size_t i = 0; i < n && kid.n; i++) {
		const rv_json *k = rv_json_at(keys, i);

		if (!rv_same(rv_json_text(rv_json_get(k, "kid")), kid))
			continue;
		if (found)
			return rv_gpu_doubt(why, "token-key",
					    "JWKS: two keys of one name");
		found = k;
	}
	if (!found)
		return rv_gpu_doubt(why, "token-key",
				    "JWKS: no key of the token's name");
	return read_key(found, out, why);
}

static bool check_signature(const struct jwt *t, const rv_json *jwks,
			    struct gpu_why *why)
{
	RV_AUTO(rv_key_free) struct rv_key *key = NULL;
	struct rv_span alg = rv_json_text(rv_json_get(t->header, "alg"));
	struct rv_sha384 digest;

	if (!rv_same_text(alg, "ES384"))
		return rv_gpu_no(why, "token-algorithm",
				 "token: its algorithm is '%.*s', only ES384 is"
				 " a signature of NVIDIA's service",
				 alg.n > 16 ? 16 : (int)alg.n,
				 alg.n ? (const char *)alg.p : "");
	if (rv_json_get(t->header, "crit"))
		return rv_gpu_doubt(why, "token-format",
				    "token: has critical extensions");
	if (t->signature.n != 2 * HALF)
		return rv_gpu_no(why, "token-signature",
				 "token: a signature of %zu bytes",
				 t->signature.n);
	if (!find_key(jwks, rv_json_text(rv_json_get(t->header, "kid")), &key,
		      why))
		return false;
	if (!rv_sha384(t->covered, &digest, &why->err))
		return rv_gpu_broken(why, "token");
	switch (rv_key_check_p384(key, &digest, t->signature.p)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_FAILED:
		return rv_gpu_broken(why, "token");
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		break;
	}
	return rv_gpu_no(why, "token-signature",
			 "token: not signed by the key it names");
}

static bool check_nonce(const struct jwt *t, const uint8_t *want,
			struct gpu_why *why)
{
	struct rv_span said = rv_json_text(rv_json_get(t->claims, "eat_nonce"));
	uint8_t found[RV_GPU_NONCE];

	if (!rv_unhex(said, found, sizeof found))
		return rv_gpu_doubt(why, "token-format",
				    "token: no eat_nonce of 32 bytes");
	if (want && memcmp(found, want, sizeof found) != 0)
		return rv_gpu_no(why, "token-nonce",
				 "token: made for another nonce");
	return true;
}

static bool check_times(const struct jwt *t, int64_t at,
			struct rv_gpu_token *out, struct gpu_why *why)
{
	const rv_json *from = rv_json_get(t->claims, "iat");
	const rv_json *until = rv_json_get(t->claims, "exp");
	const rv_json *not_before = rv_json_get(t->claims, "nbf");
	char when[32], limit[32];

	if (!rv_json_is_int(from) || !rv_json_is_int(until) ||
	    (not_before && !rv_json_is_int(not_before)))
		return rv_gpu_doubt(why, "token-format",
				    "token: without iat and exp");
	out->issued = rv_json_int(from);
	out->expires = rv_json_int(until);
	rv_time_text(at, when);
	rv_time_text(at >= out->expires ? out->expires : out->issued, limit);
	if (at >= out->expires)
		return rv_gpu_doubt(why, "token-expired",
				    "token: valid until %s, not at %s", limit,
				    when);
	if (at < out->issued || (not_before && at < rv_json_int(not_before)))
		return rv_gpu_doubt(why, "token-not-yet",
				    "token: valid from %s, not at %s", limit,
				    when);
	return true;
}

/* submods: name -> ["DIGEST", ["SHA-256", hex of the device's token]]. */
static bool check_device(const struct jwt *whole, const char *name,
			 const rv_json *value, const rv_json *jwks,
			 struct gpu_why *why)
{
	const rv_json *d =
	    rv_json_get(rv_json_get(whole->claims, "submods"), name);
	const rv_json *pair = rv_json_at(d, 1);
	RV_AUTO(jwt_free) struct jwt t = { .header = NULL };
	struct rv_sha256 found;
	uint8_t want[32];

	if (!rv_json_is_string(value) || !rv_json_is_array(d) ||
	    !rv_same_text(rv_json_text(rv_json_at(d, 0)), "DIGEST") ||
	    !rv_json_is_array(pair) ||
	    !rv_same_text(rv_json_text(rv_json_at(pair, 0)), "SHA-256") ||
	    !rv_unhex(rv_json_text(rv_json_at(pair, 1)), want, sizeof want))
		return rv_gpu_doubt(why, "token-format",
				    "token: no digest of device '%.20s'", name);
	if (!rv_sha256(rv_json_text(value), &found, &why->err))
		return rv_gpu_broken(why, "token");
	if (memcmp(want, found.b, sizeof want) != 0)
		return rv_gpu_no(why, "token-digest",
				 "token: device '%.20s' is not the one that"
				 " was signed",
				 name);
	return split(rv_json_text(value), &t, why) &&
	       check_signature(&t, jwks, why);
}

static bool check_devices(const struct jwt *whole, const rv_json *devices,
			  const rv_json *jwks, struct rv_gpu_token *out,
			  struct gpu_why *why)
{
	const rv_json *value;
	const char *name;
	void *iter = NULL;

	if (!rv_json_is_object(devices) ||
	    rv_json_size(devices) !=
		rv_json_size(rv_json_get(whole->claims, "submods")) ||
	    rv_json_size(devices) > RV_GPU_LIST_MAX)
		return rv_gpu_doubt(why, "token-format",
				    "token: not the devices that it lists");
	while (rv_json_next(devices, &iter, &name, &value)) {
		if (!check_device(whole, name, value, jwks, why))
			return false;
		out->devices++;
	}
	return true;
}

/* Is it NVIDIA's service that speaks, and does it say yes? */
static bool check_claims(const struct jwt *t, struct rv_gpu_token *out,
			 struct gpu_why *why)
{
	struct rv_span iss = rv_json_text(rv_json_get(t->claims, "iss"));
	const rv_json *result =
	    rv_json_get(t->claims, "x-nvidia-overall-att-result");

	snprintf(out->issuer, sizeof out->issuer, "%.*s",
		 iss.n > 90 ? 90 : (int)iss.n,
		 iss.n ? (const char *)iss.p : "");
	if (!rv_same_text(iss, issuer))
		return rv_gpu_no(why, "token-issuer",
				 "token: of '%s', not of NVIDIA's service",
				 out->issuer);
	if (!rv_json_is_bool(result))
		return rv_gpu_doubt(why, "token-format",
				    "token: says neither yes nor no");
	out->result = rv_json_true(result);
	if (!out->result)
		return rv_gpu_no(why, "token-result",
				 "token: NVIDIA's service says no");
	return true;
}

static bool check(const rv_json *j, const rv_json *jwks, int64_t at,
		  const uint8_t *nonce, struct rv_gpu_token *out,
		  struct gpu_why *why)
{
	RV_AUTO(jwt_free) struct jwt t = { .header = NULL };
	const rv_json *first = rv_json_at(j, 0);

	if (!rv_json_is_array(j) || rv_json_size(j) != 2 ||
	    !rv_json_is_array(first) ||
	    !rv_same_text(rv_json_text(rv_json_at(first, 0)), "JWT") ||
	    !rv_json_is_string(rv_json_at(first, 1)))
		return rv_gpu_doubt(why, "token-format",
				    "token: not the list that NVIDIA's service"
				    " answers with");
	if (!split(rv_json_text(rv_json_at(first, 1)), &t, why) ||
	    !check_signature(&t, jwks, why) || !check_claims(&t, out, why) ||
	    !check_nonce(&t, nonce, why) || !check_times(&t, at, out, why))
		return false;
	out->has_nonce =
	    rv_unhex(rv_json_text(rv_json_get(t.claims, "eat_nonce")),
		     out->nonce, RV_GPU_NONCE);
	return check_devices(&t, rv_json_at(j, 1), jwks, out, why);
}

bool rv_gpu_token_verify(struct rv_span token, struct rv_span keys, int64_t at,
			 const uint8_t *nonce, struct rv_gpu_token *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_json_free) rv_json *jwks = NULL;
	struct rv_gpu_token t = { .verdict = RV_YES };
	struct gpu_why why = { .id = NULL };
	bool ok;

	if (!rv_crypto_start(err))
		return false;
	ok = rv_json_parse(token, "token", &j, &why.err) &&
	     rv_json_parse(keys, "JWKS", &jwks, &why.err);
	if (!ok)
		rv_gpu_because(&why, "token-format");
	else
		ok = check(j, jwks, at, nonce, &t, &why);
	if (!ok && why.err.code == RV_SYSTEM) {
		*err = why.err;
		return false;
	}
	if (!ok) {
		t.verdict = why.verdict;
		t.id = why.id;
		snprintf(t.reason, sizeof t.reason, "%.300s", why.err.msg);
	} else {
		snprintf(t.reason, sizeof t.reason,
			 "NVIDIA's service says yes of %zu devices", t.devices);
	}
	*out = t;
	return true;
}
