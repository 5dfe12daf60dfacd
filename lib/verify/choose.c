/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choose.c - of the values of machines of several shapes, those that the
 * evidence is compared with: all of one machine's, never some of each.
 */
#include "verify.h"

#include <stdlib.h>

/* How near the values of one machine are: first what differs, then the rest. */
struct nearness {
	unsigned other, same; /* registers */
	size_t events;	      /* of RTMR0, equal from the first one on */
};

static bool equal(const struct rv_sha384 *a, const struct rv_sha384 *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static void count(struct nearness *n, bool same)
{
	n->same += same;
	n->other += !same;
}

/* As the comparison has it: where the page order is not known, either fits. */
static void look_at_mrtd(const struct rv_mrtd *m, const struct rv_sha384 *got,
			 struct nearness *n)
{
	bool one = m->has_single && m->page_add != RV_PAGE_ADD_TWO;
	bool two = m->has_two && m->page_add != RV_PAGE_ADD_SINGLE;

	if (one || two)
		count(n, (one && equal(&m->single_pass, got)) ||
			     (two && equal(&m->two_pass, got)));
}

static size_t events_in_common(const struct rv_verify_job *j,
			       const struct rv_register *reg)
{
	const struct rv_log *log = &j->out->evidence->log;
	unsigned imr;
	size_t n = 0;

	if (!j->out->has_log || !rv_replay_events(&j->out->replay, "rtmr0"))
		return 0;
	imr = rv_replay_index(&j->out->replay, "rtmr0");
	for (size_t i = 0; i < log->n && n < reg->n; i++) {
		if (log->event[i].imr != imr)
			continue;
		if (!log->event[i].has_digest || !reg->event[n].known ||
		    !equal(&log->event[i].digest, &reg->event[n].digest))
			break;
		n++;
	}
	return n;
}

static struct nearness look(const struct rv_verify_job *j,
			    const struct rv_values *v)
{
	struct nearness n = { 0 };
	struct rv_sha384 got;

	if (rv_verify_quoted(j, "mrtd", &got))
		look_at_mrtd(&v->mrtd, &got, &n);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		if (v->reg[i].known &&
		    rv_verify_quoted(j, rv_values_name(i), &got))
			count(&n, equal(&v->reg[i].value, &got));
	n.events =
	    events_in_common(j, rv_values_register(v, rv_values_name(0)));
	return n;
}

/*
 * Values of which nothing differs come first, and of those, the ones that say
 * most: what is not known of a machine is no reason to take its values.
 */
static bool nearer(const struct nearness *a, const struct nearness *b)
{
	if (a->other != b->other && (!a->other || !b->other))
		return !a->other;
	if (a->same != b->same)
		return a->same > b->same;
	return a->events > b->events;
}

void rv_verify_choose_values(struct rv_verify_job *j,
			     const struct rv_values_list *all)
{
	struct nearness best = { 0 };

	j->machines = all->n;
	j->machine = 0;
	for (size_t i = 0; i < all->n; i++) {
		struct nearness n = look(j, &all->item[i]);

		if (i && !nearer(&n, &best))
			continue;
		best = n;
		j->machine = i;
	}
	j->fits = !best.other && best.same;
	j->has_nothing = !best.other && !best.same;
}

void rv_verify_chosen(const struct rv_verify_job *j)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (j->machines < 2 || !j->out->values)
		return;
	c = rv_report_add(r, RV_LAYER_FIRMWARE, "reference_shape",
			  RV_UNCHECKED);
	if (j->out->values->shape.cpus)
		rv_verify_describe(&j->out->values->shape, &g);
	else
		rv_grow_text(&g, "a machine whose shape they do not say");
	r->failed = r->failed || g.failed;
	if (g.failed)
		return;
	rv_report_set(r, &c->actual, "%.*s", (int)g.buf.n, (char *)g.buf.p);
	rv_report_set(r, &c->reason, "compared with values %zu of %zu: %s",
		      j->machine + 1, j->machines,
		      j->fits ? "the registers that they know are the quote's"
		      : j->has_nothing
			  ? "there is no register to choose by"
			  : "none of them is this machine's, and these are"
			    " the nearest");
}
