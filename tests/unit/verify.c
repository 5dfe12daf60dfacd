/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - the verdict as a call: on the captured machine, on what was
 * changed about it, from several threads with one verifier, and with inputs
 * that do not go together.
 */
#include "machine.h"

#include <pthread.h>

static struct rv_verifier *verifier(void)
{
	struct rv_verifier_options o = { .records = &records };
	struct rv_verifier *v = NULL;
	struct rv_err err = { 0 };

	if (!rv_verifier_new(&o, &v, &err))
		fail_msg("%s", err.msg);
	return v;
}

/* Ask a verifier of its own. */
static enum rv_code ask(const struct rv_verify_input *in, struct said *said)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier();

	return answer(v, in, said);
}

static bool says(const struct said *s, const char *what)
{
	return strstr(s->text, what) != NULL;
}

static void captured_machine(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	static struct said said;

	(void)state;
	machine_load(&m);
	assert_int_equal(ask(&m.in, &said), RV_OK);
	assert_true(says(&said, "quote_signature yes"));
	assert_true(says(&said, "rtmr0 yes"));
	assert_true(says(&said, "rtmr2 yes"));
	assert_true(says(&said, "compose_hash yes"));
}

/* The same from the bytes of one document; the report does not tell. */
static void evidence_as_bytes(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	static struct said parsed, bytes;
	struct rv_err err = { 0 };

	(void)state;
	machine_load(&m);
	assert_int_equal(ask(&m.in, &parsed), RV_OK);
	assert_true(rv_evidence_write(&m.evidence, &b, &err));
	m.in.evidence = NULL;
	m.in.evidence_bytes = rv_buf_span(&b);
	assert_int_equal(ask(&m.in, &bytes), RV_OK);
	assert_string_equal(bytes.text, parsed.text);
	m.in.evidence_bytes = rv_text("{}");
	m.in.evidence_name = "the file";
	assert_int_equal(ask(&m.in, &bytes), RV_INPUT);
	assert_int_equal(strncmp(bytes.text, "the file: ", 10), 0);
	m.in.evidence_bytes = rv_span(NULL, 0);
	assert_int_equal(ask(&m.in, &bytes), RV_INPUT);
}

/* A quote that cannot be decoded is no evidence, whatever else is there. */
static void cut_quote(void **state)
{
	static const size_t left[] = { 1, 47, 48, 631, 632, 700 };
	RV_AUTO(machine_free) struct machine m;
	static struct said said;

	(void)state;
	machine_load(&m);
	m.in.evidence_name = "the file";
	for (size_t i = 0; i < RV_LEN(left); i++) {
		m.evidence.quote.n = left[i];
		assert_int_equal(ask(&m.in, &said), RV_INPUT);
		assert_int_equal(strncmp(said.text, "the file: ", 10), 0);
	}
}

static void edited_compose(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	static struct said said;

	(void)state;
	machine_load(&m);
	m.compose.p[m.compose.n / 2] ^= 1;
	assert_int_equal(ask(&m.in, &said), RV_NO);
	assert_true(says(&said, "compose_hash no"));
	assert_true(says(&said, "the machine runs another app-compose.json"));
}

static void collateral_missing(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	const struct rv_err unread = { .code = RV_INPUT, .msg = "torn page" };
	static struct said said;

	(void)state;
	machine_load(&m);
	rv_buf_free(&m.evidence.collateral);
	assert_int_equal(ask(&m.in, &said), RV_INPUT);
	assert_true(says(&said, "quote_signature cannot-tell"));
	assert_true(says(&said, "COLLATERAL_MISSING"));
	m.in.proof.collateral_err = &unread;
	assert_int_equal(ask(&m.in, &said), RV_INPUT);
	assert_true(says(&said, "COLLATERAL_FORMAT: torn page"));
}

/* A quote that nobody verified is no yes for the hardware. */
static void not_proven(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	static struct said said;

	(void)state;
	machine_load(&m);
	m.in.prove = false;
	assert_int_equal(ask(&m.in, &said), RV_OK);
	assert_true(says(&said, "quote_signature unchecked"));
}

static void policy_refuses(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	struct rv_quote_policy p = rv_quote_policy_default();
	static struct said said;

	(void)state;
	machine_load(&m);
	p.min_eval = 9999;
	m.in.proof.policy = &p;
	assert_int_equal(ask(&m.in, &said), RV_NO);
	assert_true(says(&said, "min_eval no"));
}

/* ---- who is told what ---- */

static void bound(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	struct rv_binding b = { .has_report_data = true };
	static struct said said;
	struct rv_quote q;
	struct rv_err err = { 0 };

	(void)state;
	machine_load(&m);
	m.in.binding = &b;
	assert_int_equal(ask(&m.in, &said), RV_NO);
	assert_true(says(&said, "report_data no"));
	assert_true(rv_quote_read(rv_buf_span(&m.evidence.quote), &q, &err));
	memcpy(b.report_data, rv_quote_field(&q, "report_data").p, 64);
	assert_int_equal(ask(&m.in, &said), RV_OK);
	assert_true(says(&said, "report_data yes"));
}

static void note_step(void *arg, const char *step)
{
	say(arg, "%s ", step);
}

static void steps_are_told(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	static struct said said, steps;

	(void)state;
	machine_load(&m);
	m.in.progress = note_step;
	m.in.arg = &steps;
	assert_int_equal(ask(&m.in, &said), RV_OK);
	assert_string_equal(steps.text,
			    "evidence quote reference compare app ");
}

/* Checks of the caller's own go first, and cannot be skipped. */
static void own_checks(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier();
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	static const char *const skip[] = { "rtmr1" };
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };

	(void)state;
	machine_load(&m);
	m.in.skip = skip;
	m.in.skips = 1;
	rv_report_add(&out.report, RV_LAYER_INPUTS, "rtmr1", RV_DIFFERS);
	assert_true(rv_verify(v, &m.in, &out, &err));
	assert_int_equal(out.report.check[0].layer, RV_LAYER_INPUTS);
	assert_int_equal(out.report.check[0].verdict, RV_DIFFERS);
	assert_int_equal(rv_report_code(&out.report), RV_NO);
}

/* ---- inputs that do not go together ---- */

static void wrong_use(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	struct rv_span text = rv_text("{}"), empty = { 0 };
	struct rv_container c = { .name = "c" };
	static const char *const skip[] = { "no-such" };
	struct rv_verify_input in;
	static struct said said;

	(void)state;
	machine_load(&m);
	in = m.in;
	in.values = &text;
	assert_int_equal(ask(&in, &said), RV_USAGE);
	in = m.in;
	in.release = "dstack-9.9.9";
	assert_int_equal(ask(&in, &said), RV_INPUT);
	in = m.in;
	in.compose = NULL;
	in.container = &c;
	in.containers = 1;
	assert_int_equal(ask(&in, &said), RV_USAGE);
	in = m.in;
	in.skip = skip;
	in.skips = 1;
	assert_int_equal(ask(&in, &said), RV_USAGE);
	assert_string_equal(said.text,
			    "--skip no-such: the report has no check of that"
			    " name");
	in = m.in;
	in.release = NULL;
	in.values = &empty; /* an empty document is none, and no yes */
	assert_int_equal(ask(&in, &said), RV_INPUT);
	in.values = &text;
	in.values_key = &empty;
	assert_int_equal(ask(&in, &said), RV_INPUT);
	assert_string_equal(said.text, "values: the key is empty");
}

static void without_records(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };
	static struct said said;

	(void)state;
	machine_load(&m);
	assert_true(rv_verifier_new(&o, &v, &err));
	assert_int_equal(answer(v, &m.in, &said), RV_USAGE);
	m.in.release = NULL;
	m.compose.p[10] ^= 1;
	assert_int_equal(answer(v, &m.in, &said), RV_NO);
}

/* ---- values that a verifier keeps ---- */

/* Of two machines that differ in one fact each has its own values. */
static void shapes_are_told_apart(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier();
	RV_AUTO(machine_free) struct machine m;
	static struct said said;
	struct rv_shape other[3];

	(void)state;
	machine_load(&m);
	for (size_t i = 0; i < RV_LEN(other); i++)
		other[i] = m.shape;
	other[0].memory /= 2;
	other[1].memory += (uint64_t)1 << 30;
	other[2].cpus++;
	for (int twice = 0; twice < 2; twice++)
		for (size_t i = 0; i < RV_LEN(other); i++) {
			m.in.shape = &other[i];
			assert_int_equal(answer(v, &m.in, &said), RV_NO);
			m.in.shape = &m.shape;
			assert_int_equal(answer(v, &m.in, &said), RV_OK);
		}
}

/* ---- folders ---- */

static bool one_name(void *arg, struct rv_names *out, struct rv_err *err)
{
	const char *const *names = arg;

	for (size_t i = 0; names[i]; i++)
		if (!rv_names_add(out, names[i], err))
			return false;
	return true;
}

static bool empty_object(void *arg, const char *name, size_t max,
			 struct rv_buf *out, struct rv_err *err)
{
	(void)arg;
	(void)name;
	(void)max;
	return rv_buf_copy(rv_text("{}"), out, err);
}

static bool no_file(void *arg, const char *name, size_t max, struct rv_buf *out,
		    struct rv_err *err)
{
	(void)arg;
	(void)max;
	(void)out;
	return rv_fail(err, RV_INPUT, "%s: gone", name);
}

/* What is no document of ACPI digests. */
static void acpi_documents(void **state)
{
	static const char *const text[] = {
		"[]",
		"7",
		"",
		"{}",
		"{\"schema\":7}",
		"{\"schema\":\"x\"}",
		"{\"loader\":\"00\",\"rsdp\":\"00\",\"tables\":\"00\"}",
	};
	struct rv_acpi_digests d;
	struct rv_err err;

	(void)state;
	for (size_t i = 0; i < RV_LEN(text); i++) {
		err = (struct rv_err){ 0 };
		assert_false(rv_acpi_digests_read(rv_text(text[i]), &d, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

static void folders(void **state)
{
	static const char *const names[] = { "a.json", "b.txt", NULL };
	struct rv_folder f = { .name = "folder",
			       .arg = (void *)(uintptr_t)names,
			       .list = one_name,
			       .read = empty_object };
	struct rv_releases r = { 0 };
	struct rv_collateral c = { 0 };
	struct rv_acpi_digests d;
	struct rv_err err = { 0 };

	(void)state;
	assert_false(rv_releases_read(&f, &r, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_int_equal(strncmp(err.msg, "folder/a.json: ", 15), 0);
	assert_false(rv_collateral_read_folder(&f, &c, &err));
	assert_string_equal(err.msg, "folder: no file of it is collateral");
	assert_true(rv_acpi_digests_read_folder(&f, &d, &err));
	assert_false(d.has_tpm_log);
	f.read = no_file;
	assert_false(rv_acpi_digests_read_folder(&f, &d, &err));
	assert_string_equal(err.msg, "table-loader: gone");
	assert_false(rv_releases_read(&f, &r, &err));
	assert_string_equal(err.msg, "a.json: gone");
}

/* ---- one verifier, many threads ---- */

enum { THREADS = 4, CASES = 6, ROUNDS = 3 };

struct shared {
	struct rv_verifier *v;
	struct rv_verify_input in[CASES];
	struct said want[CASES];
	enum rv_code code[CASES];
};

struct worker {
	struct shared *s;
	size_t first, wrong;
	struct said said;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	for (size_t i = 0; i < ROUNDS * CASES; i++) {
		size_t k = (w->first + i) % CASES;
		enum rv_code code = answer(w->s->v, &w->s->in[k], &w->said);

		w->wrong += code != w->s->code[k] ||
			    strcmp(w->said.text, w->s->want[k].text) != 0;
	}
	return NULL;
}

/* Yes, no and cannot tell; a shape given, recorded and searched for. */
static void cases(struct shared *s, const struct machine *m,
		  const struct rv_evidence *bare, const struct rv_span *other,
		  const struct rv_shape *small)
{
	for (size_t i = 0; i < CASES; i++)
		s->in[i] = m->in;
	s->in[1].compose = other;
	s->in[2].evidence = bare;
	s->in[3].shape = NULL;
	s->in[4].shape = small;
	s->in[5].release = NULL;
}

static void one_verifier(void **state)
{
	static struct worker worker[THREADS];
	static struct shared s;
	RV_AUTO(machine_free) struct machine m, bare;
	struct rv_span other =
	    rv_text("{\"manifest_version\":2,\"name\":\"another\","
		    "\"runner\":\"docker-compose\","
		    "\"docker_compose_file\":\"services: {}\"}");
	pthread_t thread[THREADS];
	struct rv_shape small;

	(void)state;
	machine_load(&m);
	machine_load(&bare);
	rv_buf_free(&bare.evidence.collateral);
	small = m.shape;
	small.cpus = 2;
	cases(&s, &m, &bare.evidence, &other, &small);
	for (size_t i = 0; i < CASES; i++)
		s.code[i] = ask(&s.in[i], &s.want[i]);
	assert_int_equal(s.code[0], RV_OK);
	assert_int_equal(s.code[1], RV_NO);
	assert_int_equal(s.code[2], RV_INPUT);
	assert_int_equal(s.code[3], RV_OK);
	assert_int_equal(s.code[4], RV_NO);
	assert_true(says(&s.want[3], "recorded machine"));
	assert_true(says(&s.want[4], "vCPUs: 8, not 2"));
	s.v = verifier();
	for (size_t i = 0; i < THREADS; i++) {
		worker[i] = (struct worker){ .s = &s, .first = i };
		assert_int_equal(
		    pthread_create(&thread[i], NULL, work, &worker[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(worker[i].wrong, 0);
	}
	rv_verifier_free(&s.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_machine),
		cmocka_unit_test(evidence_as_bytes),
		cmocka_unit_test(cut_quote),
		cmocka_unit_test(edited_compose),
		cmocka_unit_test(collateral_missing),
		cmocka_unit_test(not_proven),
		cmocka_unit_test(policy_refuses),
		cmocka_unit_test(bound),
		cmocka_unit_test(steps_are_told),
		cmocka_unit_test(own_checks),
		cmocka_unit_test(wrong_use),
		cmocka_unit_test(without_records),
		cmocka_unit_test(shapes_are_told_apart),
		cmocka_unit_test(acpi_documents),
		cmocka_unit_test(folders),
		cmocka_unit_test(one_verifier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
