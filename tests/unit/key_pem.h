/* SPDX-License-Identifier: Apache-2.0 */
/* key_pem.h - a key as it stands in a file. */
#ifndef TEST_KEY_PEM_H
#define TEST_KEY_PEM_H

#include "base.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

/* PKCS #8, or SubjectPublicKeyInfo; the caller frees it. */
static inline struct rv_buf key_pem(EVP_PKEY *key, bool is_private)
{
	BIO *b = BIO_new(BIO_s_mem());
	struct rv_buf out = { 0 };
	struct rv_err err = { 0 };
	char *at;
	long n;

	assert_non_null(b);
	assert_int_equal(is_private ? PEM_write_bio_PrivateKey(
					  b, key, NULL, NULL, 0, NULL, NULL)
				    : PEM_write_bio_PUBKEY(b, key),
			 1);
	n = BIO_get_mem_data(b, &at);
	assert_true(rv_buf_copy(rv_span(at, (size_t)n), &out, &err));
	BIO_free(b);
	return out;
}

#endif
