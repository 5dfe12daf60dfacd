/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_verify.c - verdicts on every case of the manifest and on every
 * mutation, all with one warm verifier: what is cached must change nothing.
 */
#include "dcap.h"
#include "digest.h"
#include "json.h"

#include <dirent.h>

/* One verifier per root; all tests share them. */
static struct rv_quote_verifier *intel, *synth, *sample;

static struct rv_quote_verifier *verifier_for(const rv_json *e)
{
	struct rv_span root = text_of(e, "root");

	if (!root.p)
		return intel;
	return rv_same_text(root, "synth/root_ca.der") ? synth : sample;
}

static struct rv_quote_verifier *make(const char *root)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_quote_options o = { .explain = true };
	struct rv_quote_verifier *v = NULL;
	struct rv_err err = { 0 };

	if (root) {
		der = dcap_load(rv_text(root));
		o.root = rv_buf_span(&der);
	}
	if (!rv_quote_verifier_new(&o, &v, &err))
		fail_msg("%s", err.msg);
	return v;
}

static int setup(void **state)
{
	(void)state;
	intel = make(NULL);
	synth = make("synth/root_ca.der");
	sample = make("intel/root_ca.der");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rv_quote_verifier_free(&intel);
	rv_quote_verifier_free(&synth);
	rv_quote_verifier_free(&sample);
	return 0;
}

static struct rv_collateral load_collateral(const rv_json *e)
{
	struct rv_collateral c = { 0 };
	struct rv_err err = { 0 };
	struct rv_span dir = text_of(e, "collateral_dir");
	char path[256];
	struct dirent *f;
	DIR *d;

	if (!dir.p) {
		RV_AUTO(rv_buf_free)
		struct rv_buf b = dcap_load(text_of(e, "collateral"));

		if (!rv_collateral_read(rv_buf_span(&b), &c, &err))
			fail_msg("%s", err.msg);
		return c;
	}
	snprintf(path, sizeof path, DCAP "%.*s", (int)dir.n,
		 (const char *)dir.p);
	d = opendir(path);
	assert_non_null(d);
	while ((f = readdir(d))) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		char name[600];
		bool known = false;

		if (f->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%.*s/%s", (int)dir.n,
			 (const char *)dir.p, f->d_name);
		b = dcap_load(rv_text(name));
		if (!rv_collateral_add(&c, f->d_name, rv_buf_span(&b), &known,
				       &err))
			fail_msg("%s", err.msg);
		assert_true(known);
	}
	closedir(d);
	return c;
}

static void status_is(const char *id, const char *what, enum rv_tcb_status got,
		      const rv_json *j, const char *key)
{
	const char *name = rv_tcb_status_name(got);
	struct rv_span want = text_of(j, key);

	if (want.p ? !name || !rv_same_text(want, name) : name != NULL)
		fail_msg("%s: %s: %s, want %.*s", id, what, name ? name : "-",
			 (int)want.n, (const char *)want.p);
}

static void time_is(const char *id, int64_t got, const rv_json *j,
		    const char *key)
{
	char text[32];

	rv_time_text(got, text);
	if (!rv_same_text(text_of(j, key), text))
		fail_msg("%s: %s: %s", id, key, text);
}

static void advisories_are(const char *id, const struct rv_advisories *got,
			   const rv_json *want)
{
	if (got->n != rv_json_size(want))
		fail_msg("%s: %zu advisories", id, got->n);
	for (size_t i = 0; i < got->n; i++)
		if (!rv_same_text(rv_json_text(rv_json_at(want, i)),
				  got->id[i]))
			fail_msg("%s: advisory %s", id, got->id[i]);
}

static void flags_are(const char *id, struct rv_span quote, const rv_json *want)
{
	struct rv_quote q;
	struct rv_err err;
	unsigned got;
	size_t n = 0;

	assert_true(rv_quote_read(quote, &q, &err));
	got = rv_quote_flags(&q);
	for (int f = 0; f < RV_QUOTE_FLAGS; f++) {
		const char *name = rv_quote_flag_name((enum rv_quote_flag)f);
		bool there = false;

		for (size_t i = 0; i < rv_json_size(want); i++)
			there |= rv_same_text(rv_json_text(rv_json_at(want, i)),
					      name);
		if (there != !!(got & 1u << f))
			fail_msg("%s: flag %s", id, name);
		n += there;
	}
	assert_int_equal(n, rv_json_size(want));
}

static void positive(const char *id, const rv_json *e, struct rv_span quote,
		     const struct rv_quote_verdict *v)
{
	const rv_json *x = rv_json_get(e, "expect");
	const rv_json *c = rv_json_get(x, "component_status");
	const rv_json *w = rv_json_get(e, "window");
	char text[32];

	status_is(id, "status", v->status, x, "status");
	status_is(id, "current", v->current.status, x, "current_status");
	status_is(id, "platform", v->launch.platform, c, "platform");
	status_is(id, "tdx_module", v->launch.tdx_module, c, "tdx_module");
	status_is(id, "qe", v->launch.qe, c, "qe");
	time_is(id, v->launch.date, x, "tcb_date");
	time_is(id, v->current.date, x, "current_tcb_date");
	advisories_are(id, &v->launch.advisories,
		       rv_json_get(x, "advisory_ids"));
	advisories_are(id, &v->current.advisories,
		       rv_json_get(x, "current_advisory_ids"));
	assert_int_equal(v->eval_number,
			 uint_of(x, "tcb_evaluation_data_number"));
	same_hex(rv_text(id), "fmspc", rv_span(v->pck.fmspc, 6),
		 text_of(x, "fmspc"));
	if (text_of(x, "ppid").p)
		same_hex(rv_text(id), "ppid", rv_span(v->pck.ppid, 16),
			 text_of(x, "ppid"));
	flags_are(id, quote, rv_json_get(x, "policy_flags"));
	assert_true(v->not_before <= v->at && v->at <= v->not_after);
	if (w) {
		rv_time_text(v->not_before, text);
		assert_true(rv_same_text(rv_json_text(rv_json_at(w, 0)), text));
		rv_time_text(v->not_after, text);
		assert_true(rv_same_text(rv_json_text(rv_json_at(w, 1)), text));
	}
}

/* Each check has a row: passed, the failed one, then not reached. */
static void rows_are_whole(const char *id, const struct rv_quote_verdict *v)
{
	size_t failed = 0;

	assert_int_equal(v->rows, 18);
	for (size_t i = 0; i < v->rows; i++) {
		failed += v->row[i].result == RV_ROW_FAIL;
		assert_true(v->row[i].detail[0] != '\0');
	}
	if (failed != !v->verified)
		fail_msg("%s: %zu rows failed", id, failed);
}

static void verdict_is(const char *id, const rv_json *e, struct rv_span quote,
		       const struct rv_quote_verdict *v)
{
	const rv_json *x = rv_json_get(e, "expect");
	bool want = rv_json_true(rv_json_get(x, "verified"));
	bool either = rv_json_true(rv_json_get(x, "either"));
	struct rv_span error = text_of(x, "error");

	rows_are_whole(id, v);
	if (v->verified != want && !(either && want))
		fail_msg("%s: verified %d: %s", id, v->verified, v->message);
	if (v->verified) {
		positive(id, e, quote, v);
		return;
	}
	assert_int_not_equal(v->code, RV_QUOTE_OK);
	if (error.p && !rv_same_text(error, rv_quote_code_name(v->code)))
		fail_msg("%s: %s, want %.*s", id, v->message, (int)error.n,
			 (const char *)error.p);
}

static void check_entry(const rv_json *e)
{
	const char *id = (const char *)text_of(e, "id").p;
	RV_AUTO(rv_buf_free)
	struct rv_buf quote = dcap_load(text_of(e, "quote"));
	RV_AUTO(rv_collateral_free)
	struct rv_collateral c = load_collateral(e);
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
	struct rv_err err = { 0 };

	if (!rv_quote_verify(verifier_for(e), rv_buf_span(&quote), &c,
			     (int64_t)uint_of(e, "time"), &v, &err))
		fail_msg("%s: %s", id, err.msg);
	verdict_is(id, e, rv_buf_span(&quote), &v);
}

static void every_case(void **state)
{
	RV_AUTO(rv_json_free) rv_json *m = dcap_json("MANIFEST.json");
	const rv_json *entries = rv_json_get(m, "entries");
	size_t n = 0;

	(void)state;
	/* Twice: the second time everything good comes from the cache. */
	for (size_t i = 0; i < 2 * rv_json_size(entries); i++) {
		const rv_json *e =
		    rv_json_at(entries, i % rv_json_size(entries));

		if (!rv_same_text(text_of(e, "kind"), "verify"))
			continue;
		check_entry(e);
		n++;
	}
	assert_int_equal(n, 2 * 221);
	print_message("# %zu verdicts\n", n);
}

/* ---- mutations.json ---- */

static const rv_json *base_of(const rv_json *entries, struct rv_span id)
{
	for (size_t i = 0; i < rv_json_size(entries); i++)
		if (rv_same(text_of(rv_json_at(entries, i), "id"), id))
			return rv_json_at(entries, i);
	fail_msg("no base %.*s", (int)id.n, (const char *)id.p);
	return NULL;
}

static void replace(struct rv_buf *b, struct rv_span old, struct rv_span new)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err err;
	size_t at = 0;

	while (at + old.n <= b->n && memcmp(b->p + at, old.p, old.n) != 0)
		at++;
	assert_true(at + old.n <= b->n);
	rv_grow_add(&g, b->p, at);
	rv_grow_add(&g, new.p, new.n);
	rv_grow_add(&g, b->p + at + old.n, b->n - at - old.n);
	rv_buf_free(b);
	assert_true(rv_grow_take(&g, b, &err));
}

static void mutate(struct rv_buf *b, const rv_json *m)
{
	struct rv_span op = text_of(m, "op"), s = { 0 };

	if (rv_same_text(op, "xor")) {
		size_t at = uint_of(m, "offset");

		assert_true(at < b->n);
		b->p[at] ^= (uint8_t)uint_of(m, "mask");
	} else if (rv_same_text(op, "xor_hex")) {
		size_t at = 2 * uint_of(m, "offset");
		uint8_t byte;
		char hex[3];

		assert_true(at + 2 <= b->n);
		assert_true(rv_unhex(rv_span(b->p + at, 2), &byte, 1));
		byte ^= (uint8_t)uint_of(m, "mask");
		rv_hex(rv_span(&byte, 1), hex);
		memcpy(b->p + at, hex, 2);
	} else if (rv_same_text(op, "truncate")) {
		assert_true(uint_of(m, "length") < b->n);
		b->n = uint_of(m, "length");
	} else if (rv_same_text(op, "append")) {
		s = text_of(m, "text");
		replace(b, rv_span(b->p + b->n, 0), s);
	} else if (rv_same_text(op, "replace")) {
		replace(b, text_of(m, "old"), text_of(m, "new"));
	} else if (rv_same_text(op, "delete")) {
		b->n = 0;
	} else {
		fail_msg("unknown op %.*s", (int)op.n, (const char *)op.p);
	}
}

static enum rv_collateral_member member_of(struct rv_span name)
{
	for (int i = 0; i < RV_COLLATERAL_MEMBERS; i++)
		if (rv_same_text(
			name, rv_collateral_name((enum rv_collateral_member)i)))
			return (enum rv_collateral_member)i;
	fail_msg("no member %.*s", (int)name.n, (const char *)name.p);
	return RV_COLLATERAL_MEMBERS;
}

/*
 * Where the table stops at the chain and this reader at the text, or the other
 * way round: a certificate in PEM whose label is damaged is no certificate of
 * the chain, and one whose bytes are not the root's is another root.
 */
static const struct {
	const char *ends, *code;
} otherwise[] = {
	{ "-intermediate_pem-0-01", "PCK_CHAIN" },
	{ "-intermediate_pem-0-80", "PCK_CHAIN" },
	{ "-root_pem-0-01", "PCK_CHAIN" },
	{ "-root_pem-0-80", "PCK_CHAIN" },
	{ "-root_pem-946-01", "PCK_CHAIN" },
	{ "-root_pem-946-80", "PCK_CHAIN" },
	{ "-root_pem-200-01", "PCK_CHAIN_UNTRUSTED" },
	{ "-root_pem-473-01", "PCK_CHAIN_UNTRUSTED" },
	{ "-root_pem-500-01", "PCK_CHAIN_UNTRUSTED" },
};

/* The code that a mutation must be refused with; *other: not the table's. */
static struct rv_span code_of(const rv_json *m, bool *other)
{
	const char *id = (const char *)text_of(m, "id").p;
	size_t n = strlen(id);

	for (size_t i = 0; i < RV_LEN(otherwise); i++) {
		size_t k = strlen(otherwise[i].ends);

		if (k < n && strcmp(id + n - k, otherwise[i].ends) == 0) {
			*other = true;
			return rv_text(otherwise[i].code);
		}
	}
	*other = false;
	return text_of(rv_json_get(m, "expect"), "error");
}

/* Returns whether the code, which is asserted, is the table's. */
static bool refuse(const rv_json *m, const rv_json *e)
{
	const char *id = (const char *)text_of(m, "id").p;
	RV_AUTO(rv_buf_free)
	struct rv_buf quote = dcap_load(text_of(e, "quote"));
	RV_AUTO(rv_collateral_free)
	struct rv_collateral c = load_collateral(e);
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
	struct rv_err err = { 0 };
	bool other;
	struct rv_span want = code_of(m, &other);

	if (rv_same_text(text_of(m, "target"), "quote")) {
		mutate(&quote, m);
	} else {
		enum rv_collateral_member k = member_of(text_of(m, "member"));

		mutate(&c.member[k], m);
		assert_true(
		    rv_sha256(rv_buf_span(&c.member[k]), &c.id[k], &err));
	}
	if (!rv_quote_verify(intel, rv_buf_span(&quote), &c,
			     (int64_t)uint_of(e, "time"), &v, &err))
		fail_msg("%s: %s", id, err.msg);
	if (v.verified)
		fail_msg("%s: accepted", id);
	if (!rv_same_text(want, rv_quote_code_name(v.code)))
		fail_msg("%s: %s, want %.*s", id, v.message, (int)want.n,
			 (const char *)want.p);
	return !other;
}

static void every_mutation(void **state)
{
	RV_AUTO(rv_json_free) rv_json *m = dcap_json("MANIFEST.json");
	RV_AUTO(rv_json_free) rv_json *list = dcap_json("mutations.json");
	const rv_json *entries = rv_json_get(m, "entries");
	size_t same = 0, n = rv_json_size(list);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const rv_json *one = rv_json_at(list, i);

		same += refuse(one, base_of(entries, text_of(one, "base")));
	}
	assert_int_equal(n, 1347);
	/* The nine above, of each of four quotes. */
	assert_int_equal(n - same, 4 * RV_LEN(otherwise));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
		cmocka_unit_test(every_mutation),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
