/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c - what happened so far, and what is now. No name of a client. */
#include "metrics.h"

const int64_t rv_metric_upper[12] = {
	1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, INT64_MAX,
};

static void head(struct rv_grow *to, const char *name, const char *type,
		 const char *help)
{
	rv_grow_printf(to, "# HELP refval_%s %s\n# TYPE refval_%s %s\n", name,
		       help, name, type);
}

static void one(struct rv_grow *to, const char *name, const char *type,
		uint64_t value, const char *help)
{
	head(to, name, type, help);
	rv_grow_printf(to, "refval_%s %" PRIu64 "\n", name, value);
}

static void seconds(const struct rv_counts *c, struct rv_grow *to)
{
	uint64_t n = 0;

	head(to, "work_seconds", "histogram",
	     "Time that a worker had a document.");
	for (size_t i = 0; i < RV_LEN(rv_metric_upper); i++) {
		n += c->bucket[i];
		if (i + 1 < RV_LEN(rv_metric_upper))
			rv_grow_printf(
			    to,
			    "refval_work_seconds_bucket{le=\"%g\"} %" PRIu64
			    "\n",
			    (double)rv_metric_upper[i] / 1000, n);
	}
	rv_grow_printf(to,
		       "refval_work_seconds_bucket{le=\"+Inf\"} %" PRIu64
		       "\nrefval_work_seconds_sum %.3f\n"
		       "refval_work_seconds_count %" PRIu64 "\n",
		       n, c->seconds, c->worked);
}

static void states(const struct rv_front *f, struct rv_grow *to)
{
	unsigned idle = 0, busy = 0;

	for (unsigned i = 0; i < f->setup->jobs; i++) {
		idle += f->slot[i].state == RV_SLOT_IDLE;
		busy += f->slot[i].state == RV_SLOT_BUSY;
	}
	head(to, "workers", "gauge", "Worker processes.");
	rv_grow_printf(to,
		       "refval_workers{state=\"idle\"} %u\n"
		       "refval_workers{state=\"busy\"} %u\n",
		       idle, busy);
	one(to, "queue", "gauge", f->queued, "Requests that wait for one.");
	one(to, "connections", "gauge", f->connected, "Open connections.");
	one(to, "body_bytes", "gauge", f->held, "Memory for bodies.");
}

void rv_metrics(const struct rv_front *f, struct rv_grow *to)
{
	const struct rv_counts *c = &f->count;

	head(to, "responses_total", "counter", "Answers, by status of HTTP.");
	for (size_t i = 0; i < RV_LEN(c->status); i++)
		if (c->status[i])
			rv_grow_printf(
			    to,
			    "refval_responses_total{status=\"%zu\"} %" PRIu64
			    "\n",
			    i, c->status[i]);
	head(to, "verdicts_total", "counter",
	     "Verdicts, of requests and of lines.");
	rv_grow_printf(to,
		       "refval_verdicts_total{verdict=\"yes\"} %" PRIu64
		       "\nrefval_verdicts_total{verdict=\"no\"} %" PRIu64
		       "\nrefval_verdicts_total{verdict=\"%s\"} %" PRIu64 "\n",
		       c->verdict[RV_OK], c->verdict[RV_NO],
		       rv_verdict_name(RV_CANNOT_TELL), c->verdict[RV_INPUT]);
	one(to, "lines_total", "counter", c->lines, "Result lines.");
	one(to, "crashes_total", "counter", c->crashed,
	    "Requests whose worker ended.");
	one(to, "timeouts_total", "counter", c->late,
	    "Requests that took too long.");
	one(to, "slow_clients_total", "counter", c->slow,
	    "Connections ended for their client's slowness.");
	one(to, "evicted_total", "counter", c->evicted,
	    "Connections ended to make room.");
	one(to, "accepted_total", "counter", c->connections,
	    "Connections that came in.");
	seconds(c, to);
	states(f, to);
}
