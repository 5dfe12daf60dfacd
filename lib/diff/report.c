/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - checks, gathered; verdicts, weighed. */
#include <refval.h>

#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKS_MAX = 4096, CHUNK = 16 };

static void clear(struct rv_check *c)
{
	free(c->name);
	free(c->expected);
	free(c->from);
	free(c->actual);
	free(c->reason);
	*c = (struct rv_check){ 0 };
}

struct rv_check *rv_report_add(struct rv_report *r, enum rv_layer layer,
			       const char *name, enum rv_verdict verdict)
{
	struct rv_check *c;

	if (!r->failed && r->n % CHUNK == 0) {
		c = r->n < CHECKS_MAX
			? realloc(r->check, (r->n + CHUNK) * sizeof *c)
			: NULL;
		if (c)
			r->check = c;
		else
			r->failed = true;
	}
	if (r->failed) {
		clear(&r->spare);
		return &r->spare;
	}
	c = &r->check[r->n++];
	*c = (struct rv_check){ .layer = layer, .verdict = verdict };
	rv_report_set(r, &c->name, "%s", name);
	return c;
}

void rv_report_set(struct rv_report *r, char **field, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	free(*field);
	*field = NULL;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0)
		*field = malloc((size_t)n + 1);
	if (*field)
		vsnprintf(*field, (size_t)n + 1, fmt, again);
	else
		r->failed = true;
	va_end(again);
	va_end(ap);
}

void rv_report_set_hex(struct rv_report *r, char **field, struct rv_span s)
{
	free(*field);
	*field = malloc(2 * s.n + 1);
	if (*field)
		rv_hex(s, *field);
	else
		r->failed = true;
}

const struct rv_check *rv_report_find(const struct rv_report *r,
				      const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].name && strcmp(r->check[i].name, name) == 0)
			return &r->check[i];
	return NULL;
}

bool rv_report_is_yes(const struct rv_report *r, const char *name)
{
	const struct rv_check *c = rv_report_find(r, name);

	return c && c->verdict == RV_YES;
}

void rv_report_rests(struct rv_check *c, const char *name)
{
	for (size_t i = 0; i < c->n_rests; i++)
		if (strcmp(c->rests[i], name) == 0)
			return;
	if (c->n_rests < RV_RESTS_MAX)
		c->rests[c->n_rests++] = name;
	else
		c->crowded = true;
}

/* The heaviest verdict of the checks called @name; a yes only if all are. */
static enum rv_verdict verdict_of(const struct rv_report *r, const char *name)
{
	enum rv_verdict v = RV_UNCHECKED;
	bool all = true;

	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		if (!c->name || strcmp(c->name, name) != 0)
			continue;
		all = all && c->verdict != RV_UNCHECKED;
		if (c->verdict > v)
			v = c->verdict;
	}
	return v == RV_YES && !all ? RV_UNCHECKED : v;
}

/* What was not written down could be anything: no yes without it. */
static bool fall_crowded(struct rv_report *r, struct rv_check *c)
{
	c->fallen = true;
	c->verdict = RV_CANNOT_TELL;
	rv_report_set(r, &c->reason, "rests on more than %d other checks",
		      RV_RESTS_MAX);
	return true;
}

/* Let @c fall when something that it rests on does not hold. */
static bool settle_one(struct rv_report *r, struct rv_check *c)
{
	RV_AUTO(rv_free) char *was = NULL;
	enum rv_verdict under = RV_YES;
	const char *on = NULL;

	if (c->fallen || (c->verdict != RV_YES && c->verdict != RV_UNCHECKED))
		return false;
	if (c->crowded)
		return fall_crowded(r, c);
	for (size_t i = 0; i < c->n_rests && (!on || under < RV_CANNOT_TELL);
	     i++) {
		enum rv_verdict v = verdict_of(r, c->rests[i]);

		if (v == RV_YES || (on && v < RV_CANNOT_TELL))
			continue;
		on = c->rests[i];
		under = v;
	}
	if (!on)
		return false;
	c->fallen = true;
	was = RV_TAKE(c->reason);
	rv_report_set(r, &c->reason,
		      "rests on %s, which is %s; without that: %s%s%s", on,
		      rv_verdict_name(under), c->verdict == RV_YES ? "yes" : "",
		      c->verdict == RV_YES && was ? ", " : "", was ? was : "");
	if (c->verdict == RV_YES)
		c->verdict =
		    under == RV_UNCHECKED ? RV_UNCHECKED : RV_CANNOT_TELL;
	return true;
}

void rv_report_settle(struct rv_report *r)
{
	/* What falls takes what rests on it along: as often as one did. */
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < r->n; i++)
			again |= settle_one(r, &r->check[i]);
	}
}

bool rv_report_verified(const struct rv_report *r)
{
	/* Of a vTPM only where there is one: then both must hold. */
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].name &&
		    strcmp(r->check[i].name, "vtpm_signature") == 0 &&
		    r->check[i].verdict != RV_YES)
			return false;
	return verdict_of(r, "quote_signature") == RV_YES;
}

const char *rv_report_words(const struct rv_report *r)
{
	enum rv_verdict v = rv_report_verdict(r);

	if (v == RV_YES && !rv_report_verified(r))
		return "yes, of unverified evidence";
	return rv_verdict_name(v);
}

enum rv_verdict rv_report_layer(const struct rv_report *r, enum rv_layer layer)
{
	enum rv_verdict v = RV_UNCHECKED;

	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].layer == layer && r->check[i].verdict > v)
			v = r->check[i].verdict;
	return v;
}

enum rv_verdict rv_report_verdict(const struct rv_report *r)
{
	enum rv_verdict v = RV_UNCHECKED;

	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		if (c->verdict > v &&
		    (c->layer != RV_LAYER_INPUTS || c->verdict != RV_YES))
			v = c->verdict;
	}
	return v == RV_UNCHECKED || (r->failed && v != RV_DIFFERS)
		   ? RV_CANNOT_TELL
		   : v;
}

enum rv_code rv_report_code(const struct rv_report *r)
{
	switch (rv_report_verdict(r)) {
	case RV_YES:
		return RV_OK;
	case RV_DIFFERS:
		return RV_NO;
	case RV_UNCHECKED:
	case RV_CANNOT_TELL:
		break;
	}
	return r->failed ? RV_SYSTEM : RV_INPUT;
}

const struct rv_check *rv_report_reason(const struct rv_report *r)
{
	static const char *const best[] = { "release", "reference" };
	enum rv_verdict v = rv_report_verdict(r);
	const struct rv_check *first = NULL;

	if (v != RV_DIFFERS && v != RV_CANNOT_TELL)
		return NULL;
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		if (c->verdict == v && c->reason &&
		    (!first || c->layer < first->layer))
			first = c;
	}
	for (size_t k = 0; k < RV_LEN(best); k++)
		for (size_t i = 0; i < r->n && first; i++) {
			const struct rv_check *c = &r->check[i];
			bool says = c->verdict == v ||
				    (k == 0 && v == RV_DIFFERS && c->expected &&
				     first->layer != RV_LAYER_HARDWARE);

			if (says && c->reason && c->name &&
			    strcmp(c->name, best[k]) == 0)
				return c;
		}
	return first;
}

bool rv_report_shows(const struct rv_report *r, enum rv_layer layer)
{
	if (layer != RV_LAYER_INPUTS && layer != RV_LAYER_GPU)
		return true;
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].layer == layer)
			return true;
	return false;
}

const char *rv_layer_name(enum rv_layer layer)
{
	static const char *const name[RV_LAYERS] = {
		[RV_LAYER_HARDWARE] = "hardware",
		[RV_LAYER_GPU] = "gpu",
		[RV_LAYER_FIRMWARE] = "firmware",
		[RV_LAYER_OS] = "os",
		[RV_LAYER_APP] = "app",
		[RV_LAYER_REPORT_DATA] = "report_data",
		[RV_LAYER_INPUTS] = "inputs",
	};

	return name[layer];
}

const char *rv_verdict_name(enum rv_verdict verdict)
{
	static const enum rv_code answer[] = {
		[RV_YES] = RV_OK,
		[RV_CANNOT_TELL] = RV_INPUT,
		[RV_DIFFERS] = RV_NO,
	};

	return verdict == RV_UNCHECKED ? "unchecked"
				       : rv_answer_name(answer[verdict]);
}

void rv_report_cut(struct rv_report *r, size_t n)
{
	while (r->n > n)
		clear(&r->check[--r->n]);
}

void rv_report_free(struct rv_report *r)
{
	rv_report_cut(r, 0);
	clear(&r->spare);
	free(r->check);
	*r = (struct rv_report){ 0 };
}
