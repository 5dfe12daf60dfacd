/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_choose.c - values of several machines: which of them the captured
 * machine is compared with. Runs in the top folder of the source tree.
 */
#include "machine.h"

#include "digest.h"

enum { MACHINES = 3 };

/* The values of the captured machine. */
static struct rv_values *own_values(struct rv_verifier *v)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_values *own = malloc(sizeof *own);
	struct rv_err err = { 0 };

	machine_load(&m);
	assert_non_null(own);
	if (!rv_verify(v, &m.in, &out, &err))
		fail_msg("%s", err.msg);
	*own = *out.values;
	return own;
}

static void forget(struct rv_register *r)
{
	r->known = false;
	r->n = 0;
}

/* Event @at of RTMR0 is another, and so is what they give. */
static void another_event(struct rv_register *r, size_t at)
{
	struct rv_err err = { 0 };

	assert_true(at < r->n);
	r->event[at].digest.b[0] ^= 1;
	memset(&r->value, 0, sizeof r->value);
	for (size_t i = 0; i < r->n; i++)
		assert_true(rv_extend(&r->value, &r->event[i].digest, &err));
}

/* Other values, by a letter. */
static void edit(struct rv_values *v, char how)
{
	switch (how) {
	case 'r': /* right */
		break;
	case 'o': /* one register is another, without its events */
		v->reg[0].value.b[47] ^= 1;
		v->reg[0].n = 0;
		break;
	case 'x': /* each of them is */
		for (size_t i = 0; i < RV_LEN(v->reg); i++) {
			v->reg[i].value.b[0] ^= 1;
			v->reg[i].n = 0;
		}
		v->mrtd.single_pass.b[0] ^= 1;
		v->mrtd.two_pass.b[0] ^= 1;
		break;
	case 'm': /* MRTD is, in the order of pages that is not the machine's */
		v->mrtd.single_pass.b[0] ^= 1;
		break;
	case 'M': /* in the machine's */
		v->mrtd.two_pass.b[0] ^= 1;
		break;
	case 'u': /* neither is said to be the machine's */
		v->mrtd.page_add = RV_PAGE_ADD_UNKNOWN;
		break;
	case 'e': /* RTMR0 is known by its events only, one of them unknown */
		v->reg[0].event[v->reg[0].n - 1].known = false;
		v->reg[0].known = false;
		break;
	case 'p': /* RTMR1 and nothing else */
		forget(&v->reg[0]);
		forget(&v->reg[2]);
		v->mrtd = (struct rv_mrtd){ .origin = RV_ORIGIN_NONE };
		break;
	case 'n': /* nothing at all */
		for (size_t i = 0; i < RV_LEN(v->reg); i++)
			forget(&v->reg[i]);
		v->mrtd = (struct rv_mrtd){ .origin = RV_ORIGIN_NONE };
		break;
	case 's': /* the shape is not said */
		v->shape = rv_shape_default();
		break;
	case 'a': /* an event of RTMR0 is another: the first, */
		another_event(&v->reg[0], 0);
		break;
	case 'b': /* the second, */
		another_event(&v->reg[0], 1);
		break;
	case 'z': /* the last */
		another_event(&v->reg[0], v->reg[0].n - 1);
		break;
	default:
		fail_msg("%c", how);
	}
}

static void judge(struct rv_verifier *v, const struct rv_values *own,
		  const char *machines, bool with_log, const char *says)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_free) struct rv_values *all = calloc(MACHINES, sizeof *all);
	RV_AUTO(machine_free) struct machine m;
	const struct rv_check *c;
	struct rv_err err = { 0 };
	struct rv_span doc;
	size_t n = strlen(machines);
	char got[400];

	machine_load(&m);
	assert_non_null(all);
	for (size_t i = 0; i < n; i++) {
		all[i] = *own;
		edit(&all[i], machines[i]);
	}
	if (!rv_publish_all(RV_FORMAT_VALUES, all, n, rv_span(NULL, 0), &p,
			    &err))
		fail_msg("%s: %s", machines, err.msg);
	doc = rv_buf_span(&p.document);
	m.in.release = NULL;
	m.in.shape = NULL;
	m.in.values = &doc;
	if (!with_log) {
		rv_log_free(&m.evidence.log);
		m.evidence.log_format = RV_LOG_NONE;
	}
	if (!rv_verify(v, &m.in, &out, &err))
		fail_msg("%s: %s", machines, err.msg);
	c = check_of(&out.report, "reference_shape");
	snprintf(got, sizeof got, "%s: %s", c->actual, c->reason);
	if (!strstr(got, says))
		fail_msg("%s: %s", machines, got);
}

static void which_machine(void **state)
{
	static const struct {
		const char *machines, *says;
	} row[] = {
		{ "or", "values 2 of 2: the registers" },
		{ "ro", "values 1 of 2: the registers" },
		{ "rr", "values 1 of 2: the registers" },
		{ "pr", "values 2 of 2: the registers" },
		{ "rp", "values 1 of 2: the registers" },
		{ "op", "values 2 of 2: the registers" },
		{ "xo", "values 2 of 2: none of them" },
		{ "ox", "values 1 of 2: none of them" },
		{ "nx", "values 1 of 2: there is no register" },
		{ "nn", "values 1 of 2: there is no register" },
		{ "np", "values 2 of 2: the registers" },
		{ "Mr", "values 2 of 2: the registers" },
		{ "Mm", "values 2 of 2: the registers" },
		{ "xu", "values 2 of 2: the registers" },
		{ "so", "whose shape they do not say: compared with values 1" },
		{ "pe", "values 2 of 2: the registers" },
		{ "xor", "values 3 of 3: the registers" },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { .records = &records };
	RV_AUTO(rv_free) struct rv_values *own = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	own = own_values(v);
	/* Where none fits, the one whose events agree for longest. */
	judge(v, own, "az", true, "values 2 of 2: none of them");
	judge(v, own, "abz", true, "values 3 of 3: none of them");
	judge(v, own, "abo", true, "values 2 of 3: none of them");
	judge(v, own, "za", true, "values 1 of 2: none of them");
	judge(v, own, "az", false, "values 1 of 2: none of them");
	for (size_t i = 0; i < RV_LEN(row); i++)
		for (int log = 0; log < 2; log++)
			judge(v, own, row[i].machines, log, row[i].says);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
