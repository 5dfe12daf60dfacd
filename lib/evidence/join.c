/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.c - one machine, told of in several places: the parts must agree. A
 * log may be shorter than another, as stripped logs are, but what both say
 * must be the same. A contradiction is kept, and makes every answer no.
 */
#include "parts.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

/* Both tell of the same event, as far as both tell. */
static bool same_event(const struct rv_event *a, const struct rv_event *b)
{
	return a->imr == b->imr && a->type == b->type &&
	       (!a->has_digest || !b->has_digest ||
		memcmp(a->digest.b, b->digest.b, sizeof a->digest.b) == 0) &&
	       (!*a->name || !*b->name || strcmp(a->name, b->name) == 0) &&
	       (a->version == b->version || !a->has_digest || !b->has_digest) &&
	       (!a->payload.n || !b->payload.n ||
		rv_same(rv_buf_span(&a->payload), rv_buf_span(&b->payload)));
}

/* Is each event of the shorter log in the longer one, in the same order? */
static bool same_log(const struct rv_log *a, const struct rv_log *b, size_t *at,
		     const char **name)
{
	const struct rv_log *few = a->n <= b->n ? a : b;
	const struct rv_log *many = a->n <= b->n ? b : a;
	size_t k = 0;

	for (size_t i = 0; i < few->n; i++, k++) {
		while (k < many->n &&
		       !same_event(&few->event[i], &many->event[k]))
			k++;
		if (k == many->n) {
			*at = i;
			*name = few->event[i].name;
			return false;
		}
	}
	return true;
}

/* Take @from into the empty @to, noting from where, or compare the two. */
static bool join_buf(struct rv_buf *to, const char **origin,
		     struct rv_buf *from, const char *name)
{
	if (from->n == 0)
		return true;
	if (to->n)
		return rv_same(rv_buf_span(to), rv_buf_span(from));
	rv_buf_free(to);
	*to = RV_TAKE(*from);
	*origin = name;
	return true;
}

static bool join_log(struct rv_evidence *to, const char **origin,
		     struct rv_evidence *from, const char *name,
		     struct rv_err *err)
{
	const char *event;
	char said[256];
	size_t at;

	if (from->log_format == RV_LOG_NONE)
		return true;
	if (to->log_format == RV_LOG_NONE) {
		to->log_format = from->log_format;
		to->log = RV_TAKE(from->log);
		*origin = name;
		return true;
	}
	if (same_log(&to->log, &from->log, &at, &event))
		return true;
	snprintf(said, sizeof said,
		 "%s and %s hold different event logs, from event %zu%s%.60s"
		 " on",
		 *origin, name, at, *event ? " " : "", event);
	return rv_ev_conflict(to, said, err);
}

/* The order of members and blanks do not matter. */
static bool same_json(const struct rv_buf *a, const struct rv_buf *b)
{
	RV_AUTO(rv_json_free) rv_json *x = NULL;
	RV_AUTO(rv_json_free) rv_json *y = NULL;
	struct rv_err ignored;

	return rv_json_parse(rv_buf_span(a), "", &x, &ignored) &&
	       rv_json_parse(rv_buf_span(b), "", &y, &ignored) &&
	       rv_json_same(x, y);
}

static void join_claims(struct rv_evidence *to, const struct rv_evidence *from)
{
	if (!to->has_claimed && from->has_claimed) {
		to->has_claimed = true;
		to->mrtd = from->mrtd;
		memcpy(to->rtmr, from->rtmr, sizeof to->rtmr);
	}
	if (!to->has_claimed_compose_hash) {
		to->has_claimed_compose_hash = from->has_claimed_compose_hash;
		to->compose_hash = from->compose_hash;
	}
	if (!to->has_claimed_os_image_hash) {
		to->has_claimed_os_image_hash = from->has_claimed_os_image_hash;
		to->os_image_hash = from->os_image_hash;
	}
	if (!to->has_report_data && from->has_report_data) {
		to->has_report_data = true;
		memcpy(to->report_data, from->report_data,
		       sizeof to->report_data);
	}
	if (!to->has_ratls_report_data && from->has_ratls_report_data) {
		to->has_ratls_report_data = true;
		memcpy(to->ratls_report_data, from->ratls_report_data,
		       sizeof to->ratls_report_data);
	}
}

static bool differ(struct rv_evidence *to, const char *what, const char *a,
		   const char *b, struct rv_err *err)
{
	char said[256];

	snprintf(said, sizeof said, "%s and %s hold different %s", a, b, what);
	return rv_ev_conflict(to, said, err);
}

bool rv_ev_join(struct rv_evidence *to, struct ev_origin *origin,
		struct rv_evidence *from, const char *name, struct rv_err *err)
{
	const char *first = NULL;

	if (from->conflict && !rv_ev_conflict(to, from->conflict, err))
		return false;
	if (!join_buf(&to->quote, &origin->quote, &from->quote, name) &&
	    !differ(to, "quotes", origin->quote, name, err))
		return false;
	if (!join_log(to, &origin->log, from, name, err))
		return false;
	if (!join_buf(&to->app_compose, &origin->compose, &from->app_compose,
		      name) &&
	    !differ(to, "app_compose", origin->compose, name, err))
		return false;
	if (!join_buf(&to->vm_config, &origin->vm_config, &from->vm_config,
		      name) &&
	    !same_json(&to->vm_config, &from->vm_config) &&
	    !differ(to, "vm_config", origin->vm_config, name, err))
		return false;
	/* Collateral is Intel's word, not the machine's: the first is kept. */
	if (to->collateral.n == 0)
		(void)join_buf(&to->collateral, &first, &from->collateral,
			       name);
	join_claims(to, from);
	if (!to->source.from && !to->source.api && !to->source.when &&
	    !to->source.has_asked)
		to->source = RV_TAKE(from->source);
	if (!to->tls.host)
		to->tls = RV_TAKE(from->tls);
	return true;
}

/*
 * A VersionedAttestation tells the runtime events twice. Where its log is
 * without them, they are the log of RTMR3.
 */
bool rv_ev_runtime_events(const struct rv_log *runtime,
			  enum rv_log_format format, struct rv_evidence *out,
			  struct rv_err *err)
{
	size_t at = 0, own = 0;

	for (size_t i = 0; i < out->log.n; i++)
		own += out->log.event[i].type == RV_EV_DSTACK_RUNTIME;
	for (size_t i = 0; own && i < out->log.n; i++) {
		const struct rv_event *e = &out->log.event[i];

		if (e->type != RV_EV_DSTACK_RUNTIME)
			continue;
		if (at == runtime->n ||
		    strcmp(e->name, runtime->event[at].name) != 0 ||
		    e->version != runtime->event[at].version ||
		    !rv_same(rv_buf_span(&e->payload),
			     rv_buf_span(&runtime->event[at].payload)))
			break;
		at++;
	}
	if (own && (at != own || at != runtime->n))
		return rv_ev_conflict(out,
				      "the attestation's event log and its list"
				      " of runtime events differ",
				      err);
	for (size_t i = 0; !own && i < runtime->n; i++) {
		const struct rv_event *e = &runtime->event[i];
		struct ev_in in = { .imr = 3,
				    .type = e->type,
				    .version = e->version,
				    .name = rv_text(e->name),
				    .payload = rv_buf_span(&e->payload) };

		if (!rv_ev_push(&out->log, &in, err))
			return rv_in(err, "runtime event %zu", i);
		out->log_format = format;
	}
	return true;
}
