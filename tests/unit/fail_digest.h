/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail_digest.h - a call of OpenSSL's digests fails in its turn. For one file
 * of a program, with _GNU_SOURCE; inject.h is for whole answers and every call.
 */
#ifndef TEST_FAIL_DIGEST_H
#define TEST_FAIL_DIGEST_H

#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

/* From now on the so many-th fails, once; 0: none. */
static size_t failing_digest;

static bool digest_fails(void)
{
	return failing_digest && --failing_digest == 0;
}

EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *l, const char *name, const char *query)
{
	static EVP_MD *(*real)(OSSL_LIB_CTX *, const char *, const char *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_MD_fetch");
	return digest_fails() ? NULL : real(l, name, query);
}

int EVP_DigestUpdate(EVP_MD_CTX *c, const void *p, size_t n)
{
	static int (*real)(EVP_MD_CTX *, const void *, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestUpdate");
	return digest_fails() ? 0 : real(c, p, n);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *p, unsigned *n)
{
	static int (*real)(EVP_MD_CTX *, unsigned char *, unsigned *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestFinal_ex");
	return digest_fails() ? 0 : real(c, p, n);
}

#endif
