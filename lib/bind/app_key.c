/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_key.c - the chain of an app's key: keccak-256 of "PURPOSE:HEX of the key"
 * is signed by the app's key, and that of "dstack-kms-issued:", the app-id and
 * the app's key by the KMS's root (dstack, guest-agent/src/rpc_service.rs and
 * kms/src/crypto.rs).
 */
#include "base.h"
#include "json.h"
#include "keccak.h"
#include "pem.h"
#include "pubkey.h"
#include "recover.h"

#include <refval/app_key.h>

#include <stdio.h>

enum { ED25519 = 32, SIGNATURE = RV_RECOVER_SIGNATURE };

static bool chain_item(const rv_json *list, size_t i, uint8_t out[SIGNATURE],
		       struct rv_err *err)
{
	return rv_unhex(rv_json_text(rv_json_at(list, i)), out, SIGNATURE) ||
	       rv_fail(err, RV_INPUT,
		       "signature_chain: %zu: not %d bytes in hex", i,
		       SIGNATURE);
}

/* What the app's key signed of @k, and by whom that is. */
static bool recover(struct rv_app_key *k, const uint8_t sig[SIGNATURE],
		    struct rv_err *err)
{
	char text[RV_APP_KEY_PURPOSE + 2 * RV_APP_KEY_POINT + 2];
	char hex[2 * RV_APP_KEY_POINT + 1];
	uint8_t digest[RV_RECOVER_DIGEST];

	rv_hex(rv_span(k->key, k->n), hex);
	snprintf(text, sizeof text, "%s:%s", k->purpose, hex);
	rv_keccak(rv_text(text), sizeof digest, digest);
	return rv_recover_key(digest, sig, &k->has_app, k->app, err);
}

static bool read_key(const rv_json *j, struct rv_app_key *k, struct rv_err *err)
{
	struct rv_span hex;

	if (!rv_json_need_text(j, "public_key", &hex, err))
		return false;
	k->n = hex.n / 2;
	if ((k->n != ED25519 && k->n != RV_APP_KEY_POINT) ||
	    !rv_unhex(hex, k->key, k->n))
		return rv_fail(err, RV_INPUT,
			       "public_key: neither 32 bytes (Ed25519) nor a "
			       "compressed point of secp256k1 in hex");
	return true;
}

/* Sign says what it signed with it, too, and has one purpose. */
static bool read_answer(const rv_json *j, struct rv_app_key *k,
			struct rv_err *err)
{
	bool sign = rv_json_get(j, "signature") != NULL;
	size_t n = sign ? 3 : 2;
	struct rv_span purpose = rv_text("signing");
	const rv_json *list;
	uint8_t sig[SIGNATURE];

	if (rv_json_get(j, "key"))
		return rv_fail(err, RV_INPUT,
			       "it holds the private key: put public_key and "
			       "purpose in its place, or take an answer of "
			       "Sign");
	if (!read_key(j, k, err) ||
	    (!sign && !rv_json_need_text(j, "purpose", &purpose, err)) ||
	    !rv_json_need_list(j, "signature_chain", n, &list, err))
		return false;
	if (sign && rv_json_get(j, "purpose"))
		return rv_fail(err, RV_INPUT,
			       "purpose: an answer of Sign has none");
	if (rv_json_size(list) != n)
		return rv_fail(err, RV_INPUT, "signature_chain: %zu, not %zu",
			       rv_json_size(list), n);
	if (purpose.n > RV_APP_KEY_PURPOSE || memchr(purpose.p, 0, purpose.n))
		return rv_fail(err, RV_INPUT, "purpose: more than %d bytes",
			       RV_APP_KEY_PURPOSE);
	memcpy(k->purpose, purpose.p, purpose.n);
	return chain_item(list, n - 2, sig, err) &&
	       chain_item(list, n - 1, k->issued, err) && recover(k, sig, err);
}

bool rv_app_key_read(struct rv_span json, struct rv_app_key *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_app_key k = { .n = 0 };

	if (json.n > RV_APP_KEY_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes",
			       RV_APP_KEY_MAX);
	if (!rv_json_parse(json, "app key", &j, err) ||
	    !read_answer(j, &k, err))
		return false;
	*out = k;
	return true;
}

static bool read_root(struct rv_span text, struct rv_pubkey **out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (rv_pem_has(text, "PUBLIC KEY"))
		return rv_pem_first(text, "PUBLIC KEY", &b, err) &&
		       rv_pubkey_spki(rv_buf_span(&b), out, err);
	while (text.n &&
	       (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	return rv_unhex_buf(text, "key", &b, err) &&
	       rv_pubkey_raw(RV_PUBKEY_SECP256K1, rv_buf_span(&b), out, err);
}

bool rv_app_key_root(struct rv_span text, uint8_t out[RV_APP_KEY_POINT],
		     struct rv_err *err)
{
	RV_AUTO(rv_pubkey_free) struct rv_pubkey *key = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf point = { 0 };

	if (!read_root(text, &key, err))
		return rv_in(err, "KMS root");
	if (rv_pubkey_type(key) != RV_PUBKEY_SECP256K1)
		return rv_fail(err, RV_INPUT, "KMS root: no key of secp256k1");
	if (!rv_pubkey_bytes(key, true, &point, err))
		return false;
	memcpy(out, point.p, RV_APP_KEY_POINT);
	return true;
}

bool rv_app_key_issuer(const struct rv_app_key *k,
		       const uint8_t app_id[RV_APP_KEY_ID], bool *found,
		       uint8_t out[RV_APP_KEY_POINT], struct rv_err *err)
{
	static const char prefix[] = "dstack-kms-issued:";
	uint8_t text[sizeof prefix - 1 + RV_APP_KEY_ID + RV_APP_KEY_POINT];
	uint8_t digest[RV_RECOVER_DIGEST];

	*found = false;
	if (!k->has_app)
		return true;
	memcpy(text, prefix, sizeof prefix - 1);
	memcpy(text + sizeof prefix - 1, app_id, RV_APP_KEY_ID);
	memcpy(text + sizeof prefix - 1 + RV_APP_KEY_ID, k->app,
	       RV_APP_KEY_POINT);
	rv_keccak(rv_span(text, sizeof text), sizeof digest, digest);
	return rv_recover_key(digest, k->issued, found, out, err);
}
