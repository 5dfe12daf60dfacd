/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - the door to OpenSSL's signing keys. Success is exactly 1. */
#include "sign.h"
#include "pubkey.h"
#include "digest.h"
#include "pem.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ED25519_SIZE = 64, SIGNATURE_MAX = 160 };

struct rv_sign_key {
	EVP_PKEY *pkey;
	enum rv_sign_type type;
};

static const struct {
	const char *name;
	size_t half; /* bytes of r, and of s */
} kind[] = { { "Ed25519", 0 }, { "P-256", 32 }, { "P-384", 48 } };

const char *rv_sign_name(enum rv_sign_type type)
{
	return kind[type].name;
}

enum rv_sign_type rv_sign_type(const struct rv_sign_key *key)
{
	return key->type;
}

void rv_sign_free(struct rv_sign_key **key)
{
	if (!*key)
		return;
	EVP_PKEY_free((*key)->pkey);
	free(*key);
	*key = NULL;
}

void rv_sign_wipe(struct rv_buf *b)
{
	if (b->p)
		OPENSSL_cleanse(b->p, b->n);
	rv_buf_free(b);
}

/* In front of each piece of OpenSSL's memory: its size, with room to align. */
union piece {
	size_t n;
	max_align_t align;
};

static void *piece_alloc(size_t n, const char *file, int line)
{
	union piece *h =
	    n <= SIZE_MAX - sizeof *h ? malloc(sizeof *h + n) : NULL;

	(void)file;
	(void)line;
	if (!h)
		return NULL;
	h->n = n;
	return h + 1;
}

static void piece_free(void *p, const char *file, int line)
{
	union piece *h = p;

	(void)file;
	(void)line;
	if (!h)
		return;
	h--;
	OPENSSL_cleanse(h, sizeof *h + h->n);
	free(h);
}

/* Never in place: realloc would leave what it moved. */
static void *piece_realloc(void *p, size_t n, const char *file, int line)
{
	const union piece *h = p;
	void *q;

	if (p && n == 0) {
		piece_free(p, file, line);
		return NULL;
	}
	q = piece_alloc(n, file, line);
	if (!q || !p)
		return q;
	memcpy(q, p, h[-1].n < n ? h[-1].n : n);
	piece_free(p, file, line);
	return q;
}

bool rv_sign_wipe_freed(struct rv_err *err)
{
	return CRYPTO_set_mem_functions(piece_alloc, piece_realloc,
					piece_free) == 1 ||
	       rv_fail(err, RV_SYSTEM,
		       "OpenSSL: its memory cannot be overwritten any more");
}

/* Up to the end of @fd into @b, which has room for one byte too many. */
static bool read_all(int fd, const char *name, struct rv_buf *b,
		     struct rv_err *err)
{
	for (;;) {
		ssize_t n = read(fd, b->p + b->n, RV_SIGN_PEM_MAX + 1 - b->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rv_fail(err, rv_errno_code(errno), "%s: %s",
				       name, strerror(errno));
		if (n == 0)
			break;
		b->n += (size_t)n;
		if (b->n > RV_SIGN_PEM_MAX)
			return rv_fail(err, RV_INPUT,
				       "%s: longer than %d bytes: no key", name,
				       RV_SIGN_PEM_MAX);
	}
	return b->n || rv_fail(err, RV_INPUT, "%s: empty", name);
}

bool rv_sign_read(const char *path, struct rv_buf *out, bool *others,
		  struct rv_err *err)
{
	RV_AUTO(rv_sign_wipe) struct rv_buf b = { 0 };
	bool in = strcmp(path, "-") == 0;
	RV_AUTO(rv_close) int own = in ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int fd = in ? STDIN_FILENO : own;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return rv_fail(err, rv_errno_code(errno), "%s: %s", path,
			       strerror(errno));
	b.p = calloc(1, RV_SIGN_PEM_MAX + 2);
	if (!b.p)
		return rv_no_memory(err, "private key");
	/* Not everybody may, and a key that is used anyway is no worse. */
	(void)mlock(b.p, RV_SIGN_PEM_MAX + 2);
	if (!read_all(fd, in ? "standard input" : path, &b, err))
		return false;
	*others = S_ISREG(st.st_mode) && (st.st_mode & 077);
	*out = RV_TAKE(b);
	return true;
}

bool rv_sign_id(const struct rv_sign_key *key, struct rv_sha256 *out,
		struct rv_err *err)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key->pkey, &der);
	bool ok;

	if (n <= 0)
		return rv_fail(err, RV_SYSTEM, "OpenSSL: no public key");
	ok = rv_sha256(rv_span(der, (size_t)n), out, err);
	OPENSSL_free(der);
	return ok;
}

static bool type_of(const EVP_PKEY *pkey, enum rv_sign_type *out)
{
	char group[32] = "";
	size_t n = 0;

	*out = RV_SIGN_ED25519;
	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return true;
	if (!EVP_PKEY_is_a(pkey, "EC") ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) != 1)
		return false;
	*out = strcmp(group, "secp384r1") == 0 || strcmp(group, "P-384") == 0
		   ? RV_SIGN_P384
		   : RV_SIGN_P256;
	return *out == RV_SIGN_P384 || strcmp(group, "prime256v1") == 0 ||
	       strcmp(group, "P-256") == 0;
}

/* Takes @pkey over, whatever happens. */
static bool wrap(EVP_PKEY *pkey, struct rv_sign_key **out, struct rv_err *err)
{
	struct rv_sign_key *k;
	enum rv_sign_type type;

	if (!type_of(pkey, &type)) {
		EVP_PKEY_free(pkey);
		return rv_fail(err, RV_INPUT,
			       "key: none of Ed25519, P-256 and P-384");
	}
	k = calloc(1, sizeof *k);
	if (!k) {
		EVP_PKEY_free(pkey);
		return rv_no_memory(err, "key");
	}
	*k = (struct rv_sign_key){ pkey, type };
	*out = k;
	return true;
}

/* Never ask a terminal for a passphrase. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

bool rv_sign_private(struct rv_span pem, struct rv_sign_key **out,
		     struct rv_err *err)
{
	EVP_PKEY *pkey;
	BIO *bio;

	if (pem.n == 0 || pem.n > RV_SIGN_PEM_MAX)
		return rv_fail(err, RV_INPUT, "private key: %zu bytes", pem.n);
	bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	if (!bio)
		return rv_no_memory(err, "private key");
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (!pkey)
		return rv_fail(err, RV_INPUT,
			       "private key: no PEM block of one without a "
			       "passphrase");
	return wrap(pkey, out, err);
}

bool rv_sign_spki(struct rv_span der, struct rv_sign_key **out,
		  struct rv_err *err)
{
	const unsigned char *p = der.p;
	EVP_PKEY *pkey =
	    der.n <= RV_SIGN_PEM_MAX ? d2i_PUBKEY(NULL, &p, (long)der.n) : NULL;

	ERR_clear_error();
	if (pkey && p != der.p + der.n) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	if (!pkey)
		return rv_fail(err, RV_INPUT,
			       "public key: no SubjectPublicKeyInfo");
	return wrap(pkey, out, err);
}

bool rv_sign_public(struct rv_span pem, struct rv_sign_key **out,
		    struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

	if (pem.n > RV_SIGN_PEM_MAX)
		return rv_fail(err, RV_INPUT, "public key: %zu bytes", pem.n);
	if (!rv_pem_first(pem, "PUBLIC KEY", &der, err))
		return rv_in(err, "public key");
	return rv_sign_spki(rv_buf_span(&der), out, err);
}

static const EVP_MD *digest(const struct rv_sign_key *key, enum rv_alg alg)
{
	if (key->type == RV_SIGN_ED25519)
		return NULL;
	return alg == RV_SHA384 ? EVP_sha384() : EVP_sha256();
}

/* DER to r || s. */
static bool to_raw(struct rv_span der, size_t half, uint8_t *out)
{
	const unsigned char *p = der.p;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.n);
	bool ok =
	    sig != NULL && p == der.p + der.n &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)half) == (int)half &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + half, (int)half) ==
		(int)half;

	ECDSA_SIG_free(sig);
	return ok;
}

bool rv_sign_make(const struct rv_sign_key *key, enum rv_alg alg,
		  enum rv_sign_form form, struct rv_span message,
		  struct rv_buf *out, struct rv_err *err)
{
	uint8_t sig[SIGNATURE_MAX], raw[SIGNATURE_MAX];
	size_t n = sizeof sig, half = kind[key->type].half;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL &&
		  EVP_DigestSignInit(ctx, NULL, digest(key, alg), NULL,
				     key->pkey) == 1 &&
		  EVP_DigestSign(ctx, sig, &n, message.p, message.n) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!ok)
		return rv_fail(err, RV_SYSTEM, "OpenSSL: cannot sign");
	if (form == RV_SIGN_DER || half == 0)
		return rv_buf_copy(rv_span(sig, n), out, err);
	if (!to_raw(rv_span(sig, n), half, raw))
		return rv_fail(err, RV_SYSTEM, "OpenSSL: no r and s");
	return rv_buf_copy(rv_span(raw, 2 * half), out, err);
}

bool rv_sign_check(const struct rv_sign_key *key, enum rv_alg alg,
		   enum rv_sign_form form, struct rv_span message,
		   struct rv_span signature, bool *good, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	size_t half = kind[key->type].half;
	EVP_MD_CTX *ctx;
	int rc;

	*good = false;
	if (half == 0 ? signature.n != ED25519_SIZE
		      : form == RV_SIGN_RAW && signature.n != 2 * half)
		return true;
	if (half != 0 && form == RV_SIGN_RAW) {
		if (!rv_ecdsa_der(signature, half, &der, err))
			return false;
		signature = rv_buf_span(&der);
	}
	ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestVerifyInit(ctx, NULL, digest(key, alg), NULL,
					 key->pkey) != 1) {
		EVP_MD_CTX_free(ctx);
		return rv_fail(err, RV_SYSTEM, "OpenSSL: cannot verify");
	}
	rc = EVP_DigestVerify(ctx, signature.p, signature.n, message.p,
			      message.n);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	*good = rc == 1;
	return true;
}

bool rv_sign_check_digest(const struct rv_sign_key *key,
			  const struct rv_sha256 *digest,
			  struct rv_span signature, bool *good,
			  struct rv_err *err)
{
	EVP_PKEY_CTX *ctx;
	int rc;

	*good = false;
	if (key->type == RV_SIGN_ED25519)
		return rv_fail(err, RV_INPUT,
			       "Ed25519 signs a message, not its digest");
	ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	if (!ctx || EVP_PKEY_verify_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1) {
		EVP_PKEY_CTX_free(ctx);
		return rv_fail(err, RV_SYSTEM, "OpenSSL: cannot verify");
	}
	rc = EVP_PKEY_verify(ctx, signature.p, signature.n, digest->b,
			     sizeof digest->b);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	*good = rc == 1;
	return true;
}
