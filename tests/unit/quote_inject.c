/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_inject.c - whole verifications in which one allocation, or one call of
 * OpenSSL, fails: first the first, then the second, and so on to the last. A
 * forged quote must never become genuine by it, a genuine one may only be
 * answered as it is or not at all, and nothing may leak. (OpenSSL goes on
 * without some of what it could not allocate, such as an entry of a cache: a
 * yes behind such a failure must say the same, to the letter and in all of its
 * fields, as one without.)
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "dcap.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- what fails, and when ---- */

static struct {
	bool armed, fired;
	size_t calls, at;
	const char *name; /* what failed */
} inject;

static bool hit(const char *name)
{
	if (!inject.armed || ++inject.calls != inject.at)
		return false;
	inject.fired = true;
	inject.name = name;
	return true;
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
static long live;

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

static long live;

void *malloc(size_t n)
{
	void *p =
	    kind == ALLOCATIONS && hit("allocation") ? NULL : __libc_malloc(n);

	live += p != NULL;
	return p;
}

void *calloc(size_t n, size_t size)
{
	void *p = kind == ALLOCATIONS && hit("allocation")
		      ? NULL
		      : __libc_calloc(n, size);

	live += p != NULL;
	return p;
}

void *realloc(void *old, size_t n)
{
	void *p;

	if (kind == ALLOCATIONS && n && hit("allocation"))
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
		return kind == CALLS && hit(#name) ? (bad) : real args;        \
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

/* ---- one whole verification ---- */

struct sample {
	const char *name, *quote, *collateral, *root;
	int64_t at;
	bool genuine;
	unsigned step; /* each how many-th allocation fails, in short */
};

static const struct sample samples[] = {
	{ "genuine", "real/quote-cf77a6e9.bin", "real/collateral-4993749c.json",
	  NULL, 1772707803, true, 7 },
	{ "quote signature", "synth/quote_sig_other_key.quote.bin",
	  "synth/tdx_v4_module1_uptodate.collateral.json", "synth/root_ca.der",
	  1780272000, false, 11 },
	{ "QE report data", "synth/att_key_swapped.quote.bin",
	  "synth/tdx_v4_module1_uptodate.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "revoked", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/revoked_pck.collateral.json", "synth/root_ca.der", 1780272000,
	  false, 17 },
	{ "CRL signature", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/crl_bad_signature.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "TCB Info edited", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/tcbinfo_body_edit.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "role", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/role_pck_signs_tcbinfo.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "revoked TCB", "synth/conv_module_Revoked.quote.bin",
	  "synth/tdx_v4_module1_uptodate.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
};

/* All that a verdict says, as text. */
struct said {
	char text[32768];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void say(struct said *s,
						      const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->n, sizeof s->text - s->n, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof s->text - s->n);
	s->n += (size_t)n;
}

static void say_bytes(struct said *s, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		say(s, "%02x", ((const uint8_t *)p)[i]);
	say(s, "\n");
}

static void say_tcb(struct said *s, const struct rv_tcb_result *r)
{
	say(s, "%d %d %d %d %" PRId64, (int)r->status, (int)r->platform,
	    (int)r->tdx_module, (int)r->qe, r->date);
	for (size_t i = 0; i < r->advisories.n; i++)
		say(s, " %s", r->advisories.id[i]);
	say(s, "\n");
}

static void say_verdict(struct said *s, const struct rv_quote_verdict *v)
{
	s->n = 0;
	say(s, "%d %d %s %" PRId64 " %d %d %d %" PRId64 " %" PRId64 " %d\n",
	    v->verified, (int)v->code, v->message, v->at, v->intel_root,
	    v->test_pki, v->has_window, v->not_before, v->not_after,
	    (int)v->status);
	say_tcb(s, &v->launch);
	say_tcb(s, &v->current);
	say(s, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %s %s %s %s\n",
	    v->eval_number, v->tcb_info_eval, v->qe_identity_eval,
	    v->pck_serial, v->pck_ca, v->root_crl_number, v->pck_crl_number);
	say(s, "%d %u %u %d %d %d %d %d\n", v->has_pck, v->pck.pcesvn,
	    v->pck.sgx_type, v->pck.has_instance, v->pck.has_config,
	    v->pck.dynamic_platform, v->pck.cached_keys, v->pck.smt_enabled);
	say_bytes(s, v->pck.ppid, sizeof v->pck.ppid);
	say_bytes(s, v->pck.cpusvn, sizeof v->pck.cpusvn);
	say_bytes(s, v->pck.fmspc, sizeof v->pck.fmspc);
	say_bytes(s, v->pck.comp, sizeof v->pck.comp);
	say_bytes(s, v->quote_id.b, sizeof v->quote_id.b);
	say_bytes(s, v->input, sizeof v->input);
	for (size_t i = 0; i < v->shortfalls; i++)
		say(s, "%s %s %u %u\n", v->shortfall[i].name,
		    v->shortfall[i].category, v->shortfall[i].have,
		    v->shortfall[i].need);
	for (size_t i = 0; i < v->rows; i++)
		say(s, "%s %d %s\n", v->row[i].check, (int)v->row[i].result,
		    v->row[i].detail);
}

/* From files in memory to a verdict. True: it is "verified". */
static bool once(const struct sample *s, const struct rv_span in[3],
		 struct said *said)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_quote_verifier_free) struct rv_quote_verifier *v = NULL;
	struct rv_quote_options o = { .root = in[2], .explain = true };
	struct rv_quote_verdict out = { 0 };
	struct rv_err err = { 0 };
	bool yes;

	if (!rv_collateral_read(in[1], &c, &err) ||
	    !rv_quote_verifier_new(&o, &v, &err) ||
	    !rv_quote_verify(v, in[0], &c, s->at, &out, &err))
		return false;
	yes = out.verified;
	/* What is said of a failure is never that it is genuine. */
	assert_int_equal(yes, out.code == RV_QUOTE_OK);
	say_verdict(said, &out);
	rv_quote_verdict_free(&out);
	return yes;
}

struct tally {
	size_t runs, yes, grown;
	struct said want; /* what is said when nothing fails */
};

/* @at-th failure: its answer, and whether it left anything behind. */
static bool run(const struct sample *s, const struct rv_span in[3], size_t at,
		struct tally *t)
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
		inject.armed = true;
		yes = once(s, in, &said);
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
	t->yes += yes;
	if (yes && (!s->genuine || kind == CALLS))
		fail_msg("%s, failure %zu of %s: verified", s->name, at,
			 inject.name);
	/* A yes in spite of it is the whole and the same yes. */
	if (yes)
		assert_string_equal(said.text, t->want.text);
	return true;
}

static void all_failures(const struct sample *s, unsigned step)
{
	RV_AUTO(rv_buf_free) struct rv_buf quote = dcap_load(rv_text(s->quote));
	RV_AUTO(rv_buf_free)
	struct rv_buf json = dcap_load(rv_text(s->collateral));
	RV_AUTO(rv_buf_free) struct rv_buf root = { 0 };
	struct rv_span in[3];
	static struct tally t;

	t = (struct tally){ 0 };
	if (s->root)
		root = dcap_load(rv_text(s->root));
	in[0] = rv_buf_span(&quote);
	in[1] = rv_buf_span(&json);
	in[2] = rv_buf_span(&root);
	/* Warm OpenSSL up; and this is how it ends when nothing fails. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(once(s, in, &t.want), s->genuine);
	for (size_t at = 1; run(s, in, at, &t); at += step)
		;
	assert_true(t.runs > 50);
	print_message("# %s: %zu failing %s, %zu times the same"
		      " yes, none leaked\n",
		      s->name, t.runs, kind == CALLS ? "calls" : "allocations",
		      t.yes);
}

static void allocations_fail(void **state)
{
	/* make check-inject: all of them, one by one */
	bool all = getenv("INJECT_ALL") != NULL;

	(void)state;
	kind = ALLOCATIONS;
	for (size_t i = 0; i < RV_LEN(samples); i++)
		all_failures(&samples[i], all ? 1 : samples[i].step);
}

static void calls_fail(void **state)
{
	(void)state;
	kind = CALLS;
	for (size_t i = 0; i < RV_LEN(samples); i++)
		all_failures(&samples[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_fail),
		cmocka_unit_test(calls_fail),
	};

	own_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
