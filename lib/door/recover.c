/* SPDX-License-Identifier: Apache-2.0 */
/* recover.c - the door to OpenSSL's points of secp256k1. */
#include "recover.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

struct curve {
	EC_GROUP *group;
	BN_CTX *ctx;
	EC_POINT *nonce, *key;
	BIGNUM *r, *s, *z, *inverse;
};

static void curve_free(struct curve *c)
{
	EC_POINT_free(c->key);
	EC_POINT_free(c->nonce);
	BN_free(c->r);
	BN_free(c->s);
	BN_free(c->z);
	BN_free(c->inverse);
	BN_CTX_free(c->ctx);
	EC_GROUP_free(c->group);
}

static bool open_curve(struct curve *c, const uint8_t *digest,
		       const uint8_t *sig)
{
	c->group = EC_GROUP_new_by_curve_name(NID_secp256k1);
	c->ctx = BN_CTX_new();
	if (!c->group || !c->ctx)
		return false;
	c->nonce = EC_POINT_new(c->group);
	c->key = EC_POINT_new(c->group);
	c->inverse = BN_new();
	c->r = BN_bin2bn(sig, 32, NULL);
	c->s = BN_bin2bn(sig + 32, 32, NULL);
	c->z = BN_bin2bn(digest, RV_RECOVER_DIGEST, NULL);
	return c->nonce && c->key && c->inverse && c->r && c->s && c->z;
}

static bool in_range(const BIGNUM *b, const BIGNUM *order)
{
	return !BN_is_zero(b) && BN_cmp(b, order) < 0;
}

/*
 * SEC 1, 4.1.6, step 1.6: Q = r^-1 (s R - z G), with R of the x-coordinate r.
 * One of r + n is refused: nobody can find such a signature by trying.
 */
static bool solve(struct curve *c, const BIGNUM *order, int odd)
{
	return BN_mod_inverse(c->inverse, c->r, order, c->ctx) &&
	       BN_mod_mul(c->s, c->s, c->inverse, order, c->ctx) == 1 &&
	       BN_mod_mul(c->z, c->z, c->inverse, order, c->ctx) == 1 &&
	       BN_mod_sub(c->z, order, c->z, order, c->ctx) == 1 &&
	       EC_POINT_set_compressed_coordinates(c->group, c->nonce, c->r,
						   odd, c->ctx) == 1 &&
	       EC_POINT_mul(c->group, c->key, c->z, c->nonce, c->s, c->ctx) ==
		   1 &&
	       EC_POINT_is_at_infinity(c->group, c->key) == 0;
}

bool rv_recover_key(const uint8_t digest[RV_RECOVER_DIGEST],
		    const uint8_t sig[RV_RECOVER_SIGNATURE], bool *found,
		    uint8_t out[RV_RECOVER_KEY], struct rv_err *err)
{
	RV_AUTO(curve_free) struct curve c = { 0 };
	uint8_t v = sig[64] >= 27 ? sig[64] - 27 : sig[64];
	const BIGNUM *order;

	*found = false;
	memset(out, 0, RV_RECOVER_KEY);
	if (!open_curve(&c, digest, sig)) {
		ERR_clear_error();
		return rv_no_memory(err, "signature");
	}
	order = EC_GROUP_get0_order(c.group);
	if (v > 1 || !in_range(c.r, order) || !in_range(c.s, order))
		return true;
	*found =
	    solve(&c, order, v) &&
	    EC_POINT_point2oct(c.group, c.key, POINT_CONVERSION_COMPRESSED, out,
			       RV_RECOVER_KEY, c.ctx) == RV_RECOVER_KEY;
	ERR_clear_error();
	return true;
}
