/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - the door to OpenSSL's digests. OpenSSL succeeds with exactly 1. */
#include "digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct rv_digest {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

void rv_digest_free(struct rv_digest **d)
{
	if (!*d)
		return;
	EVP_MD_CTX_free((*d)->ctx);
	EVP_MD_free((*d)->md);
	free(*d);
	*d = NULL;
}

bool rv_digest_new(enum rv_alg alg, struct rv_digest **out, struct rv_err *err)
{
	static const char *const name[] = { "SHA256",  "SHA384",   "SHA512",
					    "SHA1",    "SHA3-256", "SHA3-384",
					    "SHA3-512" };
	RV_AUTO(rv_digest_free) struct rv_digest *d = calloc(1, sizeof *d);

	if (!d)
		return rv_no_memory(err, "digest");
	/* First of all: no configuration file may change what a digest is. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return rv_fail(err, RV_SYSTEM, "OpenSSL does not start");
	d->md = EVP_MD_fetch(NULL, name[alg], NULL);
	d->ctx = EVP_MD_CTX_new();
	if (!d->md || !d->ctx || EVP_DigestInit_ex2(d->ctx, d->md, NULL) != 1)
		return rv_fail(err, RV_SYSTEM, "OpenSSL: no %s", name[alg]);
	*out = RV_TAKE(d);
	return true;
}

bool rv_digest_add(struct rv_digest *d, const void *p, size_t n,
		   struct rv_err *err)
{
	if (EVP_DigestUpdate(d->ctx, p, n) != 1)
		return rv_fail(err, RV_SYSTEM, "OpenSSL: digest update failed");
	return true;
}

bool rv_digest_end(struct rv_digest *d, uint8_t *out, struct rv_err *err)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_DigestFinal_ex(d->ctx, md, &n) != 1 ||
	    EVP_DigestInit_ex2(d->ctx, d->md, NULL) != 1)
		return rv_fail(err, RV_SYSTEM, "OpenSSL: digest failed");
	memcpy(out, md, n);
	return true;
}

static bool once(enum rv_alg alg, struct rv_span s, uint8_t *out,
		 struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(alg, &d, err) && rv_digest_add(d, s.p, s.n, err) &&
	       rv_digest_end(d, out, err);
}

bool rv_sha256(struct rv_span s, struct rv_sha256 *out, struct rv_err *err)
{
	return once(RV_SHA256, s, out->b, err);
}

bool rv_sha384(struct rv_span s, struct rv_sha384 *out, struct rv_err *err)
{
	return once(RV_SHA384, s, out->b, err);
}

bool rv_mr_extend(struct rv_mr *mr, struct rv_span digest, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	if (digest.n != mr->n || mr->n != rv_alg_size(mr->alg))
		return rv_fail(err, RV_INPUT,
			       "%s: a digest of %zu bytes, not %u", mr->name,
			       digest.n, mr->n);
	return rv_digest_new(mr->alg, &d, err) &&
	       rv_digest_add(d, mr->b, mr->n, err) &&
	       rv_digest_add(d, digest.p, digest.n, err) &&
	       rv_digest_end(d, mr->b, err);
}

bool rv_extend(struct rv_sha384 *reg, const struct rv_sha384 *digest,
	       struct rv_err *err)
{
	uint8_t both[96];

	memcpy(both, reg->b, 48);
	memcpy(both + 48, digest->b, 48);
	return rv_sha384(rv_span(both, sizeof both), reg, err);
}
