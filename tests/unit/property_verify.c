/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property_verify.c - nothing makes a verdict better than it is: no row that
 * fails, no evidence that is taken away, no byte of it that changes. Reports
 * are random; machines are the captured one, asked about what it is not.
 */
#include "random.h"

#include "machine.h"

/* ---- reports ---- */

/* How bad an answer is. */
static int weight(enum rv_code c)
{
	return c == RV_OK ? 0 : c == RV_NO ? 2 : 1;
}

static const char *const names[] = { "quote_signature", "mrtd",	 "rtmr0",
				     "rtmr1",		"rtmr2", "rtmr3",
				     "compose_hash",	"other" };

static void random_report(struct rv_report *r)
{
	for (size_t n = rnd(9); n; n--) {
		struct rv_check *c = rv_report_add(
		    r, (enum rv_layer)rnd(RV_LAYERS), names[rnd(RV_LEN(names))],
		    (enum rv_verdict)rnd(RV_DIFFERS + 1));

		for (size_t k = rnd(3); k; k--)
			rv_report_rests(c, names[rnd(RV_LEN(names))]);
	}
}

/* The answer once settled, with the verdict of row @at changed. */
static enum rv_code settled(uint64_t seed, size_t at, enum rv_verdict v,
			    bool more, enum rv_verdict *was)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };

	random_state = seed;
	random_report(&r);
	if (at < r.n) {
		*was = r.check[at].verdict;
		r.check[at].verdict = v;
	}
	if (more)
		rv_report_add(&r, (enum rv_layer)rnd(RV_LAYERS), "more", v);
	rv_report_settle(&r);
	assert_false(r.failed);
	return rv_report_code(&r);
}

static void reports(void **state)
{
	unsigned long long round = 0;
	size_t yes = 0;

	(void)state;
	while (rnd_round(&round, 3000)) {
		uint64_t seed = random_seed;
		enum rv_verdict was = RV_UNCHECKED;
		enum rv_code code = settled(seed, 99, was, false, &was);

		yes += code == RV_OK;
		/* A row more that fails: never yes, never better. */
		for (int v = RV_CANNOT_TELL; v <= RV_DIFFERS; v++) {
			enum rv_code now =
			    settled(seed, 99, (enum rv_verdict)v, true, &was);

			assert_int_not_equal(now, RV_OK);
			assert_true(weight(now) >= weight(code));
		}
		/* A row that says yes, and now does not. */
		for (size_t at = 0; at < 8; at++)
			for (int v = RV_CANNOT_TELL; v <= RV_DIFFERS; v++) {
				enum rv_code now;

				was = RV_UNCHECKED;
				now = settled(seed, at, (enum rv_verdict)v,
					      false, &was);
				if (was == RV_YES)
					assert_true(weight(now) >=
						    weight(code));
				if (was == RV_YES)
					assert_int_not_equal(now, RV_OK);
			}
		/* No row at all that says yes: no yes. */
		if (code == RV_OK)
			assert_int_not_equal(
			    settled(seed, 99, RV_DIFFERS, true, &was), RV_OK);
	}
	assert_true(yes > 100 || round < 1000);
}

/* ---- machines ---- */

static struct rv_verifier *verifier;

static int setup(void **state)
{
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };

	(void)state;
	return rv_verifier_new(&o, &verifier, &err) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rv_verifier_free(&verifier);
	return 0;
}

static enum rv_code ask(const struct rv_verify_input *in)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };

	return rv_verify(verifier, in, &out, &err) ? rv_report_code(&out.report)
						   : err.code;
}

enum { PARTS = 8 };

/* Take away what the bits of @which name. */
static void take_away(struct rv_evidence *e, unsigned which)
{
	if (which & 1)
		rv_buf_free(&e->quote);
	if (which & 2) {
		rv_log_free(&e->log);
		e->log_format = RV_LOG_NONE;
	}
	if (which & 4)
		rv_buf_free(&e->vm_config);
	if (which & 8)
		rv_buf_free(&e->app_compose);
	if (which & 16)
		rv_buf_free(&e->collateral);
	if (which & 32)
		e->claimed.n = 0;
	if (which & 64)
		e->has_claimed_compose_hash = e->has_claimed_os_image_hash =
		    e->has_report_data = false;
	if (which & 128 && e->log.n) {
		/* The end of the log. */
		size_t left = rnd(e->log.n);

		while (e->log.n > left) {
			struct rv_event *x = &e->log.event[--e->log.n];

			free(x->name);
			rv_buf_free(&x->payload);
			rv_buf_free(&x->preimage);
		}
	}
}

enum { WRONGS = 6 };

struct wrong {
	struct rv_binding binding;
	struct rv_quote_policy policy;
	struct rv_shape shape;
	struct rv_span compose;
};

/* Ask about something that the machine is not. */
static void ask_wrongly(unsigned how, struct machine *m, struct wrong *w)
{
	static const char edited[] =
	    "{\"manifest_version\":2,\"name\":\"another\",\"runner\":"
	    "\"docker-compose\",\"docker_compose_file\":\"services: {}\"}";

	*w = (struct wrong){ .policy = rv_quote_policy_default(),
			     .shape = m->shape };
	switch (how) {
	case 0:
		w->compose = rv_text(edited);
		m->in.compose = &w->compose;
		break;
	case 1:
		m->compose.p[rnd(m->compose.n)] ^= (uint8_t)(1u << rnd(8));
		break;
	case 2:
		m->in.release = "dstack-0.5.7";
		break;
	case 3:
		w->shape.cpus = m->shape.cpus + 1 + (uint32_t)rnd(8);
		m->in.shape = &w->shape;
		break;
	case 4:
		w->policy.min_eval = 9999;
		m->in.proof.policy = &w->policy;
		break;
	default:
		w->binding.has_report_data = true;
		rnd_fill(w->binding.report_data, 64);
		m->in.binding = &w->binding;
	}
}

/* Asked wrongly, less evidence is no yes either. */
static void less_evidence(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 60)) {
		RV_AUTO(machine_free) struct machine m;
		struct wrong w;
		unsigned which = (unsigned)rnd(1u << PARTS);

		machine_load(&m);
		ask_wrongly((unsigned)(round % WRONGS), &m, &w);
		if (rnd_once(2))
			take_away(&m.evidence, which);
		assert_int_not_equal(ask(&m.in), RV_OK);
	}
}

/* Asked rightly, the quote and its collateral cannot be done without. */
static void needed_evidence(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 30)) {
		RV_AUTO(machine_free) struct machine m;
		unsigned which = (unsigned)rnd(1u << PARTS);
		enum rv_code code;

		machine_load(&m);
		take_away(&m.evidence, which & ~128u);
		code = ask(&m.in);
		if (which & (1 | 16))
			assert_int_not_equal(code, RV_OK);
		else
			assert_int_not_equal(code, RV_NO);
	}
}

/* A changed bit of quote or log is no yes; of what is not signed, no other. */
static void changed_evidence(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 60)) {
		RV_AUTO(machine_free) struct machine m;
		uint8_t bit = (uint8_t)(1u << rnd(8));
		struct rv_event *e;

		machine_load(&m);
		if (round % 2) {
			/* Header, body and signature. */
			m.evidence.quote.p[rnd(632 + 4 + 64)] ^= bit;
		} else {
			e = &m.evidence.log.event[rnd(m.evidence.log.n)];
			e->digest.b[rnd(48)] ^= bit;
		}
		assert_int_not_equal(ask(&m.in), RV_OK);
	}
}

/* A row of the caller's own that fails, under any name and in any layer. */
static void failing_rows(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 20)) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(machine_free) struct machine m;
		struct rv_err err = { 0 };

		machine_load(&m);
		rv_report_add(&out.report, (enum rv_layer)rnd(RV_LAYERS),
			      names[rnd(RV_LEN(names))],
			      rnd_once(2) ? RV_DIFFERS : RV_CANNOT_TELL);
		assert_true(rv_verify(verifier, &m.in, &out, &err));
		assert_int_not_equal(rv_report_code(&out.report), RV_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		property(reports),	   property(less_evidence),
		property(needed_evidence), property(changed_evidence),
		property(failing_rows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
