/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_made.c - properties over quotes and collateral made for them: every
 * combination of statuses against a table written down apart from the code,
 * random SVNs against a plainer search, and changes that must not change, or
 * never improve, an answer.
 */
#include "made.h"

/* ---- every combination of statuses ---- */

static const char *const platform[] = { "UpToDate",
					"SWHardeningNeeded",
					"ConfigurationNeeded",
					"ConfigurationAndSWHardeningNeeded",
					"OutOfDate",
					"OutOfDateConfigurationNeeded",
					"Revoked" };
static const char *const simple[] = { "UpToDate", "OutOfDate", "Revoked" };

/*
 * The table of Intel's rule, line by line: platform; both current; something
 * out of date. Something revoked makes everything so.
 */
static const char *const table[][3] = {
	{ "UpToDate", "UpToDate", "OutOfDate" },
	{ "SWHardeningNeeded", "SWHardeningNeeded", "OutOfDate" },
	{ "ConfigurationNeeded", "ConfigurationNeeded",
	  "OutOfDateConfigurationNeeded" },
	{ "ConfigurationAndSWHardeningNeeded",
	  "ConfigurationAndSWHardeningNeeded", "OutOfDateConfigurationNeeded" },
	{ "OutOfDate", "OutOfDate", "OutOfDate" },
	{ "OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded",
	  "OutOfDateConfigurationNeeded" },
	{ "Revoked", "Revoked", "Revoked" },
};

static const char *converged(size_t p, bool old, bool revoked)
{
	return revoked ? "Revoked" : table[p][old ? 2 : 1];
}

/*
 * Launched as the row, now as the column: Intel's relaunch rule where an old
 * TCB is current by now (R, C), else whatever is amiss with either.
 */
static const char *both(const char *launch, const char *now)
{
	/* U S C B O P as in platform[]; B: configuration and hardening. */
	static const char *const cell[] = { "USCBOP", "SSBBOP", "CBCBPP",
					    "BBBBPP", "RRccOP", "ccccPP" };
	static const char letter[] = "USCBOPRc";
	static const char *const name[] = {
		"UpToDate",
		"SWHardeningNeeded",
		"ConfigurationNeeded",
		"ConfigurationAndSWHardeningNeeded",
		"OutOfDate",
		"OutOfDateConfigurationNeeded",
		"TDRelaunchAdvised",
		"TDRelaunchAdvisedConfigurationNeeded"
	};
	size_t row = 0, col = 0;

	while (strcmp(name[row], launch) != 0)
		row++;
	while (strcmp(name[col], now) != 0)
		col++;
	return name[strchr(letter, cell[row][col]) - letter];
}

/* The module judged at launch and as it is now: @m and @m2 of simple[]. */
static const char *oracle(size_t p, size_t m, size_t m2, size_t q, bool module,
			  bool td15)
{
	const char *launch, *now;

	launch = converged(p, (module && m == 1) || q == 1,
			   (module && m == 2) || q == 2);
	if (!td15)
		return launch;
	now = converged(p, (module && m2 == 1) || q == 1,
			(module && m2 == 2) || q == 2);
	if (strcmp(launch, "Revoked") == 0 || strcmp(now, "Revoked") == 0)
		return "Revoked";
	return both(launch, now);
}

static void every_combination(void **state)
{
	/* Module version 0 or 1; then the module is judged by svn[0]. */
	static const uint8_t svn[2][16] = { { 5, 0, 3 }, { 5, 1, 3 } };
	static const uint8_t now[2][16] = { { 9, 0, 3 }, { 9, 1, 3 } };
	struct rv_buf quote[2][3];
	size_t n = 0;

	(void)state;
	/* TD 1.0; TD 1.5 whose module was replaced by a newer, an older one. */
	for (int v = 0; v < 2; v++) {
		quote[v][0] = quote_of(svn[v], NULL);
		quote[v][1] = quote_of(svn[v], now[v]);
		quote[v][2] = quote_of(now[v], svn[v]);
	}
	for (size_t i = 0; i < 7 * 3 * 3 * 2 * 3; i++) {
		size_t p = i / 54, m = i / 18 % 3, q = i / 6 % 3;
		size_t td = i % 3, was = td == 2 ? 0 : m, is = td == 1 ? 0 : m;
		bool module = i / 3 % 2;
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
		struct made_level l = { .pcesvn = 5, .status = platform[p] };
		const char *want = oracle(p, was, is, q, module, td), *got;

		pki_collateral(&pki, &c);
		set_info(&c, &l, 1, simple[m], (struct style){ 0 });
		set_qe(&c, simple[q]);
		verify(&quote[module][td], &c, PKI_NOW, &v);
		got = v.verified ? rv_tcb_status_name(v.status)
		      : v.code == RV_QUOTE_TCB_REVOKED ? "Revoked"
						       : v.message;
		if (strcmp(got, want) != 0)
			fail_msg("platform %s, module %d:%s, QE %s, TD 1.%d "
				 "(%zu): %s, want %s",
				 platform[p], module, simple[m], simple[q],
				 td ? 5 : 0, td, got, want);
		n++;
	}
	for (int v = 0; v < 2; v++)
		for (int b = 0; b < 3; b++)
			rv_buf_free(&quote[v][b]);
	print_message("# %zu combinations\n", n);
	assert_int_equal(n, 378);
}

/* ---- random SVNs ---- */

static uint64_t seed = 0x2545f4914f6cdd1du;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

/* Which level is newest of those that are reached, by no sorting at all. */
static const struct made_level *search(const struct made_level *l, size_t n,
				       const uint8_t *svn)
{
	const struct made_level *best = NULL;

	for (size_t i = 0; i < n; i++) {
		bool ok = pki.pcesvn >= l[i].pcesvn;

		for (int k = 0; k < 16; k++)
			ok = ok && pki.comp[k] >= l[i].sgx[k] &&
			     ((svn[1] && k < 2) || svn[k] >= l[i].tdx[k]);
		if (!ok)
			continue;
		if (best) {
			int c = memcmp(l[i].sgx, best->sgx, 16);

			c = c ? c : (int)l[i].pcesvn - (int)best->pcesvn;
			c = c ? c : memcmp(l[i].tdx, best->tdx, 16);
			if (c <= 0)
				continue;
		}
		best = &l[i];
	}
	return best;
}

static void random_levels(struct made_level *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		l[i] = (struct made_level){ .pcesvn = 9 + (unsigned)i,
					    .status = platform[i] };
		for (int k = 0; k < 16; k++) {
			l[i].sgx[k] = (uint8_t)(below(8) ? 3 : below(6));
			l[i].tdx[k] = (uint8_t)(below(8) ? 2 : below(5));
		}
	}
}

static void random_svns(void **state)
{
	size_t found = 0, none = 0;

	(void)state;
	for (int round = 0; round < 400; round++) {
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
		RV_AUTO(rv_buf_free) struct rv_buf q = { 0 };
		struct made_level l[6];
		uint8_t svn[16];
		const struct made_level *want;

		random_levels(l, RV_LEN(l));
		for (int k = 0; k < 16; k++)
			svn[k] = (uint8_t)(2 + below(3));
		svn[0] = 9;
		svn[1] = (uint8_t)below(2);
		pki_collateral(&pki, &c);
		set_info(&c, l, RV_LEN(l), "UpToDate", (struct style){ 0 });
		set_qe(&c, "UpToDate");
		q = quote_of(svn, NULL);
		verify(&q, &c, PKI_NOW, &v);
		want = search(l, RV_LEN(l), svn);
		if (!want) {
			none++;
			assert_int_equal(v.code, RV_QUOTE_TCB_NOT_SUPPORTED);
			assert_true(v.shortfalls > 0);
			continue;
		}
		found++;
		if (!v.verified)
			fail_msg("round %d: %s", round, v.message);
		assert_string_equal(rv_tcb_status_name(v.status), want->status);
	}
	print_message("# %zu reached a level, %zu none\n", found, none);
	assert_true(found > 50 && none > 50);
}

/* ---- changes that must change nothing ---- */

static void other_words(void **state)
{
	static const uint8_t svn[16] = { 9, 1, 3 };
	static const struct style style[] = {
		{ false, false, false }, { true, false, false },
		{ false, true, false },	 { false, false, true },
		{ true, true, true },
	};
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(svn, NULL);

	(void)state;
	for (size_t i = 0; i < RV_LEN(style); i++) {
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;

		ladder_collateral(&c, style[i]);
		verify(&q, &c, PKI_NOW, &v);
		assert_true(v.verified);
		assert_int_equal(v.status, RV_TCB_UP_TO_DATE);
	}
}

/* Certificates behind the leaf may come in any order; before it they do not. */
static void chain_order(void **state)
{
	X509 *const order[][5] = {
		{ pki.pck_cert, pki.ca_cert, pki.root_cert, NULL },
		{ pki.pck_cert, pki.root_cert, pki.ca_cert, NULL },
		{ pki.pck_cert, pki.ca_cert, NULL },
		{ pki.ca_cert, pki.pck_cert, pki.root_cert, NULL },
		{ pki.pck_cert, pki.ca_cert, pki.ca_cert, pki.root_cert, NULL },
		{ pki.pck_cert, pki.ca_cert, pki.root_cert, pki.root_cert,
		  NULL },
		{ pki.pck_cert, pki.signer_cert, pki.root_cert, NULL },
		{ pki.pck_cert, pki.root_cert, NULL },
		{ pki.signer_cert, pki.ca_cert, pki.root_cert, NULL },
	};
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	static const uint8_t svn[16] = { 9, 1, 3 };
	uint8_t body[584];

	(void)state;
	made_body(svn, body);
	ladder_collateral(&c, (struct style){ 0 });
	for (size_t i = 0; i < RV_LEN(order); i++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf q =
		    make_quote(&pki, rv_span(body, 584), order[i]);
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;

		verify(&q, &c, PKI_NOW, &v);
		if (v.verified != (i < 3))
			fail_msg("order %zu: %d %s", i, v.verified, v.message);
	}
}

/* The same quote with other certification data: no signature is over them. */
static struct rv_buf certified(const struct rv_buf *q, unsigned type,
			       struct rv_span data)
{
	enum {
		LEN = 48 + 584,		      /* of the signature data */
		OUTER = LEN + 4 + 128 + 2,    /* of what type 6 holds */
		INNER = OUTER + 4 + 384 + 66, /* type, length, data */
	};
	const struct {
		size_t at, more;
	} len[] = {
		{ LEN, INNER + 6 - LEN - 4 },
		{ OUTER, INNER + 6 - OUTER - 4 },
		{ INNER + 2, 0 },
	};
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_buf out;
	struct rv_err err;

	rv_grow_add(&g, q->p, INNER + 6);
	rv_grow_add(&g, data.p, data.n);
	assert_true(rv_grow_take(&g, &out, &err));
	out.p[INNER] = (uint8_t)type;
	for (size_t i = 0; i < RV_LEN(len); i++)
		for (size_t k = 0; k < 4; k++)
			out.p[len[i].at + k] =
			    (uint8_t)((len[i].more + data.n) >> 8 * k);
	return out;
}

static void answer(const struct rv_buf *q, unsigned type, struct rv_span data,
		   const struct rv_collateral *c, enum rv_quote_code want)
{
	RV_AUTO(rv_buf_free) struct rv_buf made = certified(q, type, data);
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;

	verify(&made, c, PKI_NOW, &v);
	if (v.code != want || v.verified != (want == RV_QUOTE_OK))
		fail_msg("type %u, %zu bytes: %s", type, data.n, v.message);
}

/*
 * Each type of certification data: 1 to 3 name a platform, whose chain is in
 * the collateral; 4 is the PCK certificate; 5 is its chain.
 */
static void certification_types(void **state)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow leaf = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow other = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow chain = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow issuers = { 0 };
	uint8_t svn[16] = { 9, 1, 3 }, ppid[404] = { 1 }, der[4096];
	static const size_t size[] = { 36, 256 + 20, 384 + 20 };
	static const uint8_t zeros[RV_QUOTE_CERT_MAX + 1];
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(svn, NULL);
	uint8_t *p = der;
	size_t n = (size_t)i2d_X509(pki.pck_cert, &p);

	(void)state;
	assert_true(n > 0 && n + 1 < sizeof der);
	der[n] = 0;
	add_cert_pem(&leaf, pki.pck_cert);
	add_cert_pem(&other, pki.signer_cert);
	add_cert_pem(&chain, pki.pck_cert);
	add_cert_pem(&chain, pki.ca_cert);
	add_cert_pem(&issuers, pki.ca_cert);
	add_cert_pem(&issuers, pki.root_cert);
	ladder_collateral(&c, (struct style){ 0 });

	/* A leaf alone needs to be told its issuer. */
	answer(&q, 4, rv_span(der, n), &c, RV_QUOTE_PCK_CHAIN_MISSING);
	set_member(&c, RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN,
		   rv_buf_span(&issuers.buf));
	answer(&q, 4, rv_span(der, n), &c, RV_QUOTE_OK);
	answer(&q, 4, rv_buf_span(&leaf.buf), &c, RV_QUOTE_OK);
	answer(&q, 4, rv_span(der, n + 1), &c, RV_QUOTE_PCK_CHAIN_FORMAT);
	answer(&q, 4, rv_buf_span(&chain.buf), &c, RV_QUOTE_PCK_CHAIN_FORMAT);
	answer(&q, 4, rv_span(der, 0), &c, RV_QUOTE_PCK_CHAIN_FORMAT);
	answer(&q, 4, rv_buf_span(&other.buf), &c, RV_QUOTE_PCK_CHAIN);
	for (unsigned type = 1; type <= 3; type++)
		answer(&q, type, rv_span(ppid, size[type - 1]), &c,
		       RV_QUOTE_PCK_CHAIN_MISSING);
	set_member(&c, RV_COLLATERAL_PCK_CERTIFICATE_CHAIN,
		   rv_buf_span(&chain.buf));
	for (unsigned type = 1; type <= 3; type++)
		answer(&q, type, rv_span(ppid, size[type - 1]), &c,
		       RV_QUOTE_OK);
	answer(&q, 5, rv_span(zeros, RV_QUOTE_CERT_MAX), &c,
	       RV_QUOTE_PCK_CHAIN_FORMAT);
	answer(&q, 5, rv_span(zeros, RV_QUOTE_CERT_MAX + 1), &c,
	       RV_QUOTE_FORMAT);
	answer(&q, 0, rv_span(ppid, 36), &c, RV_QUOTE_CERT_TYPE);
	answer(&q, 6, rv_buf_span(&chain.buf), &c, RV_QUOTE_CERT_TYPE);
}

/* ---- changes that must never improve an answer ---- */

/* 0 is best. Refused is worst. */
static int rank(const struct rv_quote_verdict *v)
{
	return v->verified ? (int)v->status : 100;
}

static void lower_svns(void **state)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict best;
	uint8_t svn[16] = { 9, 1, 3 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(svn, NULL);
	struct pki was = pki;
	size_t n = 0;

	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	verify(&q, &c, PKI_NOW, &best);
	assert_int_equal(best.status, RV_TCB_UP_TO_DATE);
	for (int k = 0; k < 16 + 16 + 3; k++) {
		int last = rank(&best);

		for (int down = 1; down <= 3; down++, n++) {
			RV_AUTO(rv_quote_verdict_free)
			struct rv_quote_verdict v;
			RV_AUTO(rv_buf_free) struct rv_buf lower = { 0 };
			uint8_t s[16];

			memcpy(s, svn, 16);
			if (k < 16)
				pki.comp[k] = (uint8_t)(3 - down);
			else if (k < 32)
				s[k - 16] = (uint8_t)(s[k - 16] > down
							  ? s[k - 16] - down
							  : 0);
			else if (k == 32)
				pki.pcesvn = (uint16_t)(13 - 4 * down);
			else if (k == 33)
				pki.report[258] = (uint8_t)(6 - 2 * down);
			else
				memset(pki.cpusvn, 9 - down, 16);
			if (k < 16 || k == 32 || k == 34)
				make_pck(&pki);
			lower = quote_of(s, NULL);
			verify(&lower, &c, PKI_NOW, &v);
			if (rank(&v) < last)
				fail_msg("SVN %d, %d lower: better", k, down);
			/* The raw CPUSVN decides nothing. */
			if (k == 34)
				assert_int_equal(rank(&v), last);
			last = rank(&v);
		}
		memcpy(pki.comp, was.comp, 16);
		memcpy(pki.cpusvn, was.cpusvn, 16);
		pki.pcesvn = was.pcesvn;
		pki.report[258] = was.report[258];
		make_pck(&pki);
	}
	print_message("# %zu lowered SVNs, none better\n", n);
}

/* Time: one stretch of yes, and nothing after it. */
static void later_times(void **state)
{
	static const uint8_t svn[16] = { 9, 1, 3 };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(svn, NULL);
	int changes = 0;
	bool last = false;
	int64_t from = 0, to = 0;

	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	for (int64_t at = PKI_NOW - 400 * 86400; at < PKI_NOW + 400 * 86400;
	     at += 21600) {
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;

		verify(&q, &c, at, &v);
		if (v.verified) {
			from = v.not_before;
			to = v.not_after;
			assert_true(from <= at && at <= to);
		} else {
			assert_int_equal(rv_quote_code_exit(v.code), RV_INPUT);
		}
		changes += v.verified != last;
		last = v.verified;
	}
	assert_int_equal(changes, 2);
	for (int edge = 0; edge < 4; edge++) {
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
		int64_t at = edge < 2 ? from - edge : to + edge - 2;

		verify(&q, &c, at, &v);
		assert_int_equal(v.verified, edge % 2 == 0);
	}
}

static void more_revoked(void **state)
{
	static const uint8_t svn[16] = { 9, 1, 3 };
	/* Of the root's list and of the CA's: who is on it. */
	static const struct {
		long root[3], ca[3];
		enum rv_quote_code code;
	} list[] = {
		{ { 0 }, { 0 }, RV_QUOTE_OK },
		{ { 77, 0 }, { 999, 1001, 0 }, RV_QUOTE_OK },
		{ { 0 }, { 1000, 0 }, RV_QUOTE_PCK_CHAIN_REVOKED },
		{ { 0 }, { 999, 1000, 0 }, RV_QUOTE_PCK_CHAIN_REVOKED },
		{ { 2, 0 }, { 0 }, RV_QUOTE_PCK_CHAIN_REVOKED },
		{ { 3, 0 }, { 0 }, RV_QUOTE_TCB_CHAIN_REVOKED },
		{ { 2, 3, 0 }, { 1000, 0 }, RV_QUOTE_PCK_CHAIN_REVOKED },
		/* A serial number means something under its issuer only. */
		{ { 1000, 0 }, { 2, 3, 0 }, RV_QUOTE_OK },
	};
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(svn, NULL);

	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	for (size_t i = 0; i < RV_LEN(list); i++) {
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;

		set_crl(&c, RV_COLLATERAL_ROOT_CA_CRL, pki.root_cert, pki.root,
			list[i].root);
		set_crl(&c, RV_COLLATERAL_PCK_CRL, pki.ca_cert, pki.ca,
			list[i].ca);
		verify(&q, &c, PKI_NOW, &v);
		if (v.code != list[i].code)
			fail_msg("lists %zu: %s", i, v.message);
	}
}

/* Certificates as simulators make them: only when asked for, and marked. */
static void test_certificates(void **state)
{
	static const uint8_t svn[16] = { 9, 1, 3 };
	struct made_level l = { .sgx = { 9, 9 }, .status = "UpToDate" };
	struct pki was = pki;

	(void)state;
	pki_make(&pki, true);
	for (int test = 0; test < 2; test++) {
		RV_AUTO(rv_quote_verifier_free)
		struct rv_quote_verifier *v = pki_verifier(&pki, test);
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(svn, NULL);
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict out;
		struct rv_err err;

		pki_collateral(&pki, &c);
		set_info(&c, &l, 1, "UpToDate", (struct style){ 0 });
		set_qe(&c, "UpToDate");
		assert_true(rv_quote_verify(v, rv_buf_span(&q), &c, PKI_NOW,
					    &out, &err));
		if (out.verified != (test == 1))
			fail_msg("%d: %s", test, out.message);
		assert_int_equal(out.test_pki, test);
		assert_false(out.intel_root);
		/* Components are the bytes of CPUSVN, where there are none. */
		if (test)
			assert_int_equal(out.pck.comp[15], 9);
	}
	pki_free(&pki);
	pki = was;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(random_svns),
		cmocka_unit_test(other_words),
		cmocka_unit_test(chain_order),
		cmocka_unit_test(certification_types),
		cmocka_unit_test(lower_svns),
		cmocka_unit_test(later_times),
		cmocka_unit_test(more_revoked),
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
