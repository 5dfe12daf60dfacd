/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject.h - a whole answer in which one allocation, or one call of OpenSSL,
 * fails: first the first, then the second, and so on to the last. What is no
 * yes must never become one by it, a yes may only be the same yes or no answer
 * at all, and nothing may leak. (OpenSSL goes on without some of what it could
 * not allocate, such as an entry of a cache: a yes behind such a failure must
 * say the same, to the letter and in all of its fields, as one without.)
 *
 * For one file of a program, with _GNU_SOURCE: it defines malloc() and main(),
 * and that file all().
 */
#ifndef TEST_INJECT_H
#define TEST_INJECT_H

#include "said.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- what fails, and when ---- */

static struct {
	bool armed, fired;
	atomic_size_t calls;
	size_t at;
	const char *name; /* what failed */
	bool spared;	  /* it was the XML library's, and did not fail */
} inject;

/*
 * Where something may fail: each place in the program once, told by the calls
 * that lead to it. A run that only looks notes the first time of each.
 */
enum { DEPTH = 24, SITES = 1 << 14 };

static struct {
	bool looking;
	size_t n, at[SITES]; /* the number of the call */
	uint64_t seen[2 * SITES];
} sites;

static bool is_ours(const void *address)
{
	extern char __executable_start, etext;

	return (const char *)address >= &__executable_start &&
	       (const char *)address < &etext;
}

static void note_site(size_t call)
{
	void *frame[DEPTH];
	int n = backtrace(frame, DEPTH);
	uint64_t id = 14695981039346656037u; /* FNV-1a */
	size_t slot;

	for (int i = 0; i < n; i++)
		if (is_ours(frame[i]))
			id = (id ^ (uintptr_t)frame[i]) * 1099511628211u;
	for (slot = id % (2 * SITES); sites.seen[slot];
	     slot = (slot + 1) % (2 * SITES))
		if (sites.seen[slot] == id)
			return;
	if (sites.n == SITES)
		return;
	sites.seen[slot] = id;
	sites.at[sites.n++] = call;
}

static bool hit(const char *name)
{
	if (!inject.armed || ++inject.calls != inject.at)
		return false;
	inject.fired = true;
	inject.name = name;
	return true;
}

/*
 * An allocation of whoever called from @from. The XML library's are spared: it
 * ends by a signal, or loses a block, where some of its own fail, and neither
 * is for us to mend.
 */
static bool hit_from(const void *from)
{
	Dl_info info;
	bool now = hit("allocation");

	if (sites.looking && inject.armed && is_ours(from))
		note_site(inject.calls);
	if (!now)
		return false;
	inject.spared = dladdr(from, &info) && info.dli_fname &&
			strstr(info.dli_fname, "libxml2");
	return !inject.spared;
}

static bool hit_call(const char *name)
{
	bool now = hit(name);

	if (sites.looking && inject.armed)
		note_site(inject.calls);
	return now;
}

static enum { ALLOCATIONS, CALLS } kind;

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif

#ifdef SANITIZED
/*
 * The sanitizer owns malloc, and finds leaks by itself: only OpenSSL's
 * allocations fail here.
 */
static atomic_long live; /* what is asked may have threads */

static void *get(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return kind == ALLOCATIONS && hit("allocation") ? NULL : malloc(n);
}

static void *again(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	if (n == 0) {
		free(p);
		return NULL;
	}
	return kind == ALLOCATIONS && hit("allocation") ? NULL : realloc(p, n);
}

static void put(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static void own_memory(void)
{
	assert_int_equal(CRYPTO_set_mem_functions(get, again, put), 1);
}
#else
/* Every allocation of the process comes through here, the libraries' too. */
#pragma GCC visibility push(default)
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static atomic_long live;

void *malloc(size_t n)
{
	bool fails =
	    kind == ALLOCATIONS && hit_from(__builtin_return_address(0));
	void *p = fails ? NULL : __libc_malloc(n);

	live += p != NULL;
	return p;
}

void *calloc(size_t n, size_t size)
{
	bool fails =
	    kind == ALLOCATIONS && hit_from(__builtin_return_address(0));
	void *p = fails ? NULL : __libc_calloc(n, size);

	live += p != NULL;
	return p;
}

void *realloc(void *old, size_t n)
{
	void *p;

	if (kind == ALLOCATIONS && n && hit_from(__builtin_return_address(0)))
		return NULL;
	p = __libc_realloc(old, n);
	live += (p != NULL) - (old != NULL);
	return p;
}

void free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}
#pragma GCC visibility pop

/*
 * jansson 2.14 ends the process by an assertion when memory runs out inside a
 * string. That is no yes either, but it is the end of this test: its own
 * allocations succeed.
 */
static void *get_json(size_t n)
{
	void *p = __libc_malloc(n);

	live += p != NULL;
	return p;
}

static void own_memory(void)
{
	json_set_alloc_funcs(get_json, free);
}
#endif

/* A function of OpenSSL that, called by us, fails with @bad in its turn. */
#define FAILS(ret, name, params, args, bad)                                    \
	ret name params                                                        \
	{                                                                      \
		static ret(*real) params;                                      \
		if (!real)                                                     \
			*(void **)&real = dlsym(RTLD_NEXT, #name);             \
		return kind == CALLS && hit_call(#name) ? (bad) : real args;   \
	}

FAILS(X509 *, d2i_X509, (X509 * *a, const unsigned char **p, long n), (a, p, n),
      NULL)
FAILS(X509_CRL *, d2i_X509_CRL,
      (X509_CRL * *a, const unsigned char **p, long n), (a, p, n), NULL)
FAILS(EVP_PKEY *, X509_get_pubkey, (X509 * x), (x), NULL)
FAILS(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_name,
      (OSSL_LIB_CTX * l, const char *n, const char *q), (l, n, q), NULL)
FAILS(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_pkey,
      (OSSL_LIB_CTX * l, EVP_PKEY *k, const char *q), (l, k, q), NULL)
FAILS(int, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX * c), (c), 0)
FAILS(int, EVP_PKEY_fromdata,
      (EVP_PKEY_CTX * c, EVP_PKEY **k, int s, OSSL_PARAM p[]), (c, k, s, p), -1)
FAILS(int, EVP_PKEY_set1_encoded_public_key,
      (EVP_PKEY * k, const unsigned char *p, size_t n), (k, p, n), 0)
FAILS(int, EVP_PKEY_get_group_name,
      (const EVP_PKEY *k, char *p, size_t n, size_t *o), (k, p, n, o), 0)
FAILS(int, EVP_PKEY_verify_init, (EVP_PKEY_CTX * c), (c), -2)
FAILS(int, EVP_PKEY_verify,
      (EVP_PKEY_CTX * c, const unsigned char *s, size_t n,
       const unsigned char *d, size_t m),
      (c, s, n, d, m), -1)
FAILS(int, X509_verify_cert, (X509_STORE_CTX * c), (c), -1)
FAILS(int, X509_verify, (X509 * x, EVP_PKEY *k), (x, k), -1)
FAILS(int, X509_CRL_verify, (X509_CRL * c, EVP_PKEY *k), (c, k), -1)
FAILS(X509_STORE *, X509_STORE_new, (void), (), NULL)
FAILS(X509_STORE_CTX *, X509_STORE_CTX_new, (void), (), NULL)
FAILS(int, X509_STORE_add_cert, (X509_STORE * s, X509 *x), (s, x), 0)
FAILS(int, X509_STORE_CTX_init,
      (X509_STORE_CTX * c, X509_STORE *s, X509 *x, STACK_OF(X509) * u),
      (c, s, x, u), 0)
FAILS(int, X509_VERIFY_PARAM_set_flags,
      (X509_VERIFY_PARAM * p, unsigned long f), (p, f), 0)
FAILS(ECDSA_SIG *, ECDSA_SIG_new, (void), (), NULL)
FAILS(int, ECDSA_SIG_set0, (ECDSA_SIG * s, BIGNUM *a, BIGNUM *b), (s, a, b), 0)
FAILS(int, i2d_ECDSA_SIG, (const ECDSA_SIG *s, unsigned char **p), (s, p), -1)
FAILS(BIGNUM *, BN_bin2bn, (const unsigned char *p, int n, BIGNUM *b),
      (p, n, b), NULL)
FAILS(EVP_MD *, EVP_MD_fetch, (OSSL_LIB_CTX * l, const char *n, const char *q),
      (l, n, q), NULL)
FAILS(EVP_MD_CTX *, EVP_MD_CTX_new, (void), (), NULL)
FAILS(int, EVP_DigestInit_ex2,
      (EVP_MD_CTX * c, const EVP_MD *m, const OSSL_PARAM p[]), (c, m, p), 0)
FAILS(int, EVP_DigestUpdate, (EVP_MD_CTX * c, const void *p, size_t n),
      (c, p, n), 0)
FAILS(int, EVP_DigestFinal_ex,
      (EVP_MD_CTX * c, unsigned char *p, unsigned int *n), (c, p, n), 0)
FAILS(int, ASN1_TIME_to_tm, (const ASN1_TIME *t, struct tm *m), (t, m), 0)
FAILS(ASN1_OBJECT *, OBJ_txt2obj, (const char *s, int n), (s, n), NULL)

/*
 * A digest could not be made. It is not another digest then: whoever says no
 * for it, and not that there is no answer, is wrong, too.
 */
static inline bool no_digest(void)
{
	return inject.armed && inject.fired &&
	       (strncmp(inject.name, "EVP_Digest", 10) == 0 ||
		strncmp(inject.name, "EVP_MD_", 7) == 0);
}

/* ---- one answer, again and again ---- */

struct subject {
	const char *name;
	/* From what @arg is to an answer. True: it is a yes, and @said says
	 * all of it. */
	bool (*once)(const void *arg, struct said *said);
	const void *arg;
	bool genuine;  /* it is a yes when nothing fails */
	unsigned step; /* each how many-th allocation fails, in short */
};

/* Each how many-th place fails, in short, where an answer takes long. */
static size_t share = 1;

/* What fewer would mean that nothing failed; 1 where there are not many. */
static size_t least = 11;

struct tally {
	size_t runs, yes, grown, spared;
	struct said want; /* what is said when nothing fails */
};

/* Where the two texts part. */
static void fail_other_yes(const char *name, size_t at, const char *said,
			   const char *want)
{
	size_t n = 0;

	while (said[n] && said[n] == want[n])
		n++;
	while (n && said[n - 1] != '\n')
		n--;
	fail_msg("%s, failure %zu of %s: it says %.300s ... not %.300s", name,
		 at, inject.name, said + n, want + n);
}

/* @at-th failure: its answer, and whether it left anything behind. */
static bool run(const struct subject *s, size_t at, struct tally *t)
{
	static struct said said;
	long before;
	bool yes, fired;

	for (int repeat = 0;; repeat++) {
		ERR_clear_error();
		before = live;
		inject.calls = 0;
		inject.at = at;
		inject.fired = false;
		inject.spared = false;
		inject.armed = true;
		said.n = 0;
		yes = s->once(s->arg, &said);
		inject.armed = false;
		fired = inject.fired;
		ERR_clear_error();
		if (live <= before || !fired)
			break;
		/* Tables that are made once may grow once. */
		if (repeat == 2)
			fail_msg("%s, failure %zu: %ld blocks left", s->name,
				 at, live - before);
		t->grown += repeat == 0;
	}
	if (!fired)
		return false;
	t->runs++;
	t->spared += inject.spared;
	t->yes += yes && !inject.spared;
	if (yes && (!s->genuine || kind == CALLS))
		fail_msg("%s, failure %zu of %s: a yes", s->name, at,
			 inject.name);
	/* A yes in spite of it is the whole and the same yes. */
	if (yes && strcmp(said.text, t->want.text) != 0)
		fail_other_yes(s->name, at, said.text, t->want.text);
	return true;
}

/* Nothing fails: where something might. */
static void look(const struct subject *s)
{
	static struct said said;

	memset(&sites, 0, sizeof sites);
	inject.calls = 0;
	inject.at = 0;
	said.n = 0;
	sites.looking = inject.armed = true;
	(void)s->once(s->arg, &said);
	sites.looking = inject.armed = false;
}

static void all_failures(const struct subject *s, unsigned step)
{
	static struct tally t;

	t = (struct tally){ 0 };
	/* Warm OpenSSL up; and this is how it ends when nothing fails. */
	for (int i = 0; i < 3; i++) {
		t.want.n = 0;
		assert_int_equal(s->once(s->arg, &t.want), s->genuine);
	}
	look(s);
	for (size_t at = 1; run(s, at, &t); at += step)
		;
	for (size_t i = 0; step > 1 && i < sites.n; i += share)
		(void)run(s, sites.at[i], &t);
	/* How many there are is OpenSSL's: 3.5 asks for a fifth of 3.0's. */
	assert_true(t.runs >= least &&
		    (least == 1 || kind == CALLS || t.runs * step > 50));
	print_message("# %s: %zu failing %s, %zu times the same"
		      " yes, none leaked; %zu of the XML library let be\n",
		      s->name, t.runs - t.spared,
		      kind == CALLS ? "calls" : "allocations", t.yes, t.spared);
}

/* INJECT_ALL: all, one by one; else each place, or a share of them, once, and
 * each step-th. */
static void each_fails(const struct subject *s, bool calls)
{
	kind = calls ? CALLS : ALLOCATIONS;
	all_failures(s, getenv("INJECT_ALL") ? 1 : s->step);
}

/* ---- the program ---- */

/* All subjects of the program. @calls: calls fail, not allocations. */
static void all(bool calls);

static void allocations_fail(void **state)
{
	(void)state;
	all(false);
}

static void calls_fail(void **state)
{
	(void)state;
	all(true);
}

int main(void)
{
	void *first;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_fail),
		cmocka_unit_test(calls_fail),
	};

	/* It allocates, once. */
	(void)backtrace(&first, 1);
	own_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
