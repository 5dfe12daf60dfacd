/* SPDX-License-Identifier: Apache-2.0 */
/* case_shape.c - which machine shape a quote is from, asked backwards. */
#include "cmd.h"
#include "case_shape.h"
#include "base.h"

#include <stdio.h>
#include <stdlib.h>

static bool quoted(const struct rv_case *c, const char *name,
		   struct rv_sha384 *out)
{
	struct rv_span s = { 0 };

	if (c->has_quote)
		s = rv_quote_field(&c->quote, name);
	if (s.n != sizeof out->b)
		return false;
	memcpy(out->b, s.p, s.n);
	return true;
}

static bool ask(struct rv_case *c, const struct rv_measure_input *image,
		struct rv_solution *out, bool *asked, struct rv_err *err)
{
	struct rv_solve_input in = {
		.log =
		    c->has_log && c->replay.count[0] ? &c->evidence.log : NULL,
		.image = image && (image->document || image->firmware.n) ? image
									 : NULL,
		.given = rv_shape_default(),
		.threads = rv_cmd_processors(),
	};
	struct rv_err why = { 0 };

	*asked =
	    quoted(c, "mrtd", &in.mrtd) && quoted(c, "rtmr0", &in.rtmr[0]) &&
	    quoted(c, "rtmr1", &in.rtmr[1]) && quoted(c, "rtmr2", &in.rtmr[2]);
	if (!*asked || rv_solve(&in, out, &why))
		return true;
	*asked = false; /* there is nothing to search with */
	if (why.code == RV_INPUT)
		return true;
	*err = why;
	return false;
}

/* "8 vCPUs, 64 GiB, QEMU 8.2.2": the facts that people name a machine by. */
static void describe(const struct rv_shape *s, struct rv_grow *to)
{
	rv_grow_printf(to, "%u vCPU%s", s->cpus, s->cpus == 1 ? "" : "s");
	if (s->memory % (1u << 30) == 0)
		rv_grow_printf(to, ", %" PRIu64 " GiB", s->memory >> 30);
	else if (s->memory)
		rv_grow_printf(to, ", %" PRIu64 " MiB", s->memory >> 20);
	if (s->qemu.major)
		rv_grow_printf(to, ", QEMU %u.%u.%u", s->qemu.major,
			       s->qemu.minor, s->qemu.micro);
	if (s->gpus)
		rv_grow_printf(to, ", %u GPUs", s->gpus);
	if (s->nics != 1)
		rv_grow_printf(to, ", %u NICs", s->nics);
	if (s->volumes)
		rv_grow_printf(to, ", %u volumes", s->volumes);
}

/* One fact that both shapes have, where they differ: "4 vCPUs, not 2". */
static void differs(struct rv_grow *to, const char *what, uint64_t found,
		    uint64_t want)
{
	if (found == want || !want)
		return;
	rv_grow_printf(to, "%s%s %" PRIu64 ", not %" PRIu64,
		       to->buf.n ? "; " : "", what, found, want);
}

static void compare(const struct rv_shape *found, const struct rv_shape *want,
		    struct rv_grow *to)
{
	differs(to, "vCPUs:", found->cpus, want->cpus);
	differs(to, "memory in MiB:", found->memory >> 20, want->memory >> 20);
	differs(to, "QEMU:", found->qemu.major, want->qemu.major);
	differs(to, "NICs:", found->nics, want->nics);
	if (found->gpus != want->gpus)
		rv_grow_printf(to, "%sGPUs: %u, not %u", to->buf.n ? "; " : "",
			       found->gpus, want->gpus);
	if (found->volumes != want->volumes)
		rv_grow_printf(to, "%svolumes: %u, not %u",
			       to->buf.n ? "; " : "", found->volumes,
			       want->volumes);
	if (found->hotplug_off != want->hotplug_off)
		rv_grow_printf(to, "%shot-plug %s", to->buf.n ? "; " : "",
			       found->hotplug_off ? "off, not on"
						  : "on, not off");
}

static void solution_free(struct rv_solution **s)
{
	free(*s);
}

bool rv_case_solve(struct rv_case *c, const struct rv_measure_input *image,
		   bool *found, struct rv_shape *out, char *how, size_t room,
		   struct rv_err *err)
{
	RV_AUTO(solution_free) struct rv_solution *s = calloc(1, sizeof *s);
	bool asked;

	*found = false;
	if (!s)
		return rv_no_memory(err, "solving");
	if (!ask(c, image, s, &asked, err))
		return false;
	if (!asked || !s->n)
		return true;
	*found = true;
	*out = s->found[0].shape;
	snprintf(how, room,
		 "solved from the quote: one of %zu%s among %" PRIu64
		 " shapes%s%.300s",
		 s->n, s->more ? " or more" : "", s->space,
		 *s->found[0].same ? "; the same bytes with " : "",
		 s->found[0].same);
	return true;
}

void rv_case_note_shape(struct rv_case *c, const struct rv_shape *shape,
			const char *from)
{
	struct rv_check *k = rv_report_add(&c->report, RV_LAYER_FIRMWARE,
					   "machine_shape", RV_UNCHECKED);
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (shape->cpus)
		describe(shape, &g);
	else
		rv_grow_text(&g, "not known");
	rv_report_set(&c->report, &k->actual, "%.*s", (int)g.buf.n,
		      g.buf.p ? (char *)g.buf.p : "");
	rv_report_set(&c->report, &k->reason, "%s%s%s", from,
		      *shape->unknown_key ? "; unknown in it, and taken for "
					    "harmless: "
					  : "",
		      shape->unknown_key);
}

/* The events that no shape explains, by label. */
static void unexplained(const struct rv_solution *s, struct rv_grow *to)
{
	const char *sep = ": no shape gives ";

	for (size_t i = 0; i < s->events; i++) {
		if (s->event[i].state != RV_EVENT_UNEXPLAINED)
			continue;
		rv_grow_printf(to, "%s%s", sep, s->event[i].label);
		sep = ", ";
	}
}

bool rv_case_explain_shape(struct rv_case *c,
			   const struct rv_measure_input *image,
			   struct rv_err *err)
{
	RV_AUTO(solution_free) struct rv_solution *s = calloc(1, sizeof *s);
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_check *k;
	bool asked, wrong = false;

	for (size_t i = 0; i < c->report.n; i++)
		wrong |= strcmp(c->report.check[i].name, "rtmr0") == 0 &&
			 c->report.check[i].verdict == RV_DIFFERS;
	if (!wrong)
		return true;
	if (!s)
		return rv_no_memory(err, "solving");
	if (!ask(c, image, s, &asked, err))
		return false;
	if (!asked)
		return true;
	k = rv_report_add(&c->report, RV_LAYER_FIRMWARE, "quoted_shape",
			  RV_UNCHECKED);
	if (s->n) {
		describe(&s->found[0].shape, &g);
		rv_report_set(&c->report, &k->actual, "%.*s", (int)g.buf.n,
			      (char *)g.buf.p);
		g.buf.n = 0;
		compare(&s->found[0].shape, &c->values.shape, &g);
		rv_report_set(
		    &c->report, &k->reason,
		    "this quote is from a machine of that shape%s%.*s",
		    g.buf.n ? ": " : "", (int)g.buf.n, (char *)g.buf.p);
		return true;
	}
	unexplained(s, &g);
	rv_report_set(&c->report, &k->reason,
		      "none of %" PRIu64 " shapes gives these registers%.*s",
		      s->space, (int)g.buf.n, g.buf.p ? (char *)g.buf.p : "");
	return true;
}
