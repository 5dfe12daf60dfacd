/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail_digest.h - one digest of OpenSSL's fails. For one file of a program,
 * with _GNU_SOURCE; inject.h is for whole answers and every call.
 */
#ifndef TEST_FAIL_DIGEST_H
#define TEST_FAIL_DIGEST_H

#include <dlfcn.h>
#include <openssl/evp.h>
#include <stddef.h>

/* From now on the so many-th fails, once; 0: none. */
static size_t failing_digest;

int EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *p, unsigned *n)
{
	static int (*real)(EVP_MD_CTX *, unsigned char *, unsigned *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestFinal_ex");
	return failing_digest && --failing_digest == 0 ? 0 : real(c, p, n);
}

#endif
