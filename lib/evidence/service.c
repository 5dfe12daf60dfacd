/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.c - the answers of services that run models in such machines: near
 * AI's and vllm-proxy's reports, with one machine or several; lists of Chutes;
 * Tinfoil's third format. A quote, its log, and evidence of the GPUs beside it.
 */
#include "parts.h"

#include "json.h"

#include <stdio.h>
#include <stdlib.h>

enum { MACHINES_MAX = 64, LABEL_MAX = 80 };

/* The machines of one answer, each with what it can be called by. */
struct machines {
	const rv_json *at[MACHINES_MAX];
	const char *kind[MACHINES_MAX];
	size_t n;
};

bool rv_ev_is_service_list(const rv_json *j)
{
	const rv_json *list = rv_json_get(j, "evidence");

	return rv_ev_has(j, "gateway_attestation") ||
	       rv_ev_has(j, "model_attestations") ||
	       rv_ev_has(j, "all_attestations") ||
	       (rv_json_is_array(list) &&
		rv_ev_has(rv_json_at(list, 0), "gpu_evidence"));
}

static bool add(struct machines *m, const rv_json *j, const char *kind,
		const struct rv_evidence_options *opts, struct rv_err *err)
{
	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "%s: not an object", kind);
	if (opts && opts->gpu && !rv_ev_has_gpu(j))
		return true;
	if (m->n == MACHINES_MAX)
		return rv_fail(err, RV_INPUT, "more than %d machines",
			       MACHINES_MAX);
	m->at[m->n] = j;
	m->kind[m->n++] = kind;
	return true;
}

static bool add_all(struct machines *m, const rv_json *list, const char *kind,
		    const struct rv_evidence_options *opts, struct rv_err *err)
{
	if (list && !rv_json_is_null(list) && !rv_json_is_array(list))
		return rv_fail(err, RV_INPUT, "%s: not an array", kind);
	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!add(m, rv_json_at(list, i), kind, opts, err))
			return rv_in(err, "%s[%zu]", kind, i);
	return true;
}

static bool collect(const rv_json *j, const struct rv_evidence_options *opts,
		    struct machines *m, struct rv_err *err)
{
	const rv_json *gateway = rv_json_get(j, "gateway_attestation");
	const rv_json *models = rv_json_get(j, "model_attestations");
	const rv_json *all = rv_json_get(j, "all_attestations");
	const rv_json *list = rv_json_get(j, "evidence");

	if (rv_ev_has(j, "gateway_attestation") &&
	    !add(m, gateway, "gateway_attestation", opts, err))
		return false;
	if (!add_all(m, models, "model_attestations", opts, err))
		return false;
	if (rv_ev_has(j, "gateway_attestation") ||
	    rv_ev_has(j, "model_attestations"))
		return true;
	if (rv_json_is_array(list) && !rv_ev_is_gpu_list(list))
		return add_all(m, list, "evidence", opts, err);
	/* The list repeats the machine that stands outside of it. */
	if (rv_json_size(all) > 1)
		return add_all(m, all, "all_attestations", opts, err);
	if (rv_json_size(all) == 1 && !rv_ev_has(j, "intel_quote") &&
	    !rv_ev_has_gpu(j))
		return add_all(m, all, "all_attestations", opts, err);
	return add(m, j, "machine", NULL, err);
}

static const char *const label_keys[] = { "model_name", "instance_id",
					  "signing_address" };

static bool called(const struct machines *m, size_t i, const char *wanted)
{
	if (strcmp(m->kind[i], "gateway_attestation") == 0 &&
	    strcmp(wanted, "gateway") == 0)
		return true;
	for (size_t k = 0; k < RV_LEN(label_keys); k++)
		if (rv_same_text(
			rv_json_text(rv_json_get(m->at[i], label_keys[k])),
			wanted))
			return true;
	return false;
}

static struct rv_span label_of(const struct machines *m, size_t i)
{
	struct rv_span id = { 0 };

	if (strcmp(m->kind[i], "gateway_attestation") == 0)
		return rv_text("gateway");
	for (size_t k = 0; k < RV_LEN(label_keys) && !id.n; k++)
		id = rv_json_text(rv_json_get(m->at[i], label_keys[k]));
	return id;
}

/* "0 (gateway), 1 (Qwen/Qwen3...)": what can be asked for. */
static bool ask_which(const struct machines *m, const char *wanted,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf list = { 0 };

	for (size_t i = 0; i < m->n && g.buf.n < 300; i++) {
		struct rv_span id = label_of(m, i);

		rv_grow_printf(&g, "%s%zu (", i ? ", " : "", i);
		rv_grow_add(&g, id.p, id.n < LABEL_MAX ? id.n : LABEL_MAX);
		rv_grow_text(&g, ")");
	}
	if (!rv_grow_take(&g, &list, err))
		return false;
	if (wanted)
		return rv_fail(err, RV_INPUT,
			       "no instance %s: choose one by number or name:"
			       " %s",
			       wanted, (char *)list.p);
	return rv_fail(err, RV_INPUT,
		       "%zu machines: choose one by number or name: %s", m->n,
		       (char *)list.p);
}

static bool choose(const struct machines *m, const char *wanted, size_t *out,
		   struct rv_err *err)
{
	size_t at = m->n;
	uint64_t number;

	if (m->n == 0)
		return rv_fail(err, RV_INPUT, "no machine in it");
	if (wanted && rv_ev_number(wanted, m->n, out))
		return true;
	for (size_t i = 0; wanted && i < m->n; i++) {
		if (!called(m, i, wanted))
			continue;
		if (at != m->n)
			return rv_fail(err, RV_INPUT,
				       "machines %zu and %zu are both %s", at,
				       i, wanted);
		at = i;
	}
	if (wanted && rv_decimal(rv_text(wanted), m->n - 1, &number)) {
		if (at != m->n && at != number)
			return rv_fail(err, RV_INPUT,
				       "machine %zu is called %s, and there is"
				       " one of that number",
				       at, wanted);
		at = (size_t)number;
	}
	if (!wanted && m->n == 1)
		at = 0;
	if (at == m->n)
		return ask_which(m, wanted, err);
	*out = at;
	return true;
}

/* "1 (Qwen/Qwen3) of 2": the machine that was looked at. */
static bool note_machine(const struct machines *m, size_t at,
			 struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_span id = label_of(m, at);

	rv_grow_printf(&g, "%zu (", at);
	rv_grow_add(&g, id.p, id.n < LABEL_MAX ? id.n : LABEL_MAX);
	rv_grow_printf(&g, ") of %zu", m->n);
	return rv_grow_take(&g, &text, err) &&
	       rv_text_copy(rv_buf_span(&text), "instance", &out->instance,
			    err);
}

/* The machine once more, as the only one of a list: it must be the same. */
static bool take_twin(const rv_json *j, struct ev_origin *origin,
		      struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence twin = { 0 };
	const rv_json *all = rv_json_get(j, "all_attestations");

	if (rv_json_size(all) != 1 || !rv_json_is_object(rv_json_at(all, 0)))
		return true;
	return rv_ev_object(rv_json_at(all, 0), EV_SKIP_NONE, &twin, err) &&
	       rv_ev_join(out, origin, &twin, "all_attestations[0]", err);
}

bool rv_ev_service_list(const rv_json *j,
			const struct rv_evidence_options *opts,
			struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence part = { 0 };
	const char *wanted = opts ? opts->instance : NULL;
	struct ev_origin origin = { 0 };
	struct machines m = { .n = 0 };
	size_t at = 0;
	bool alone;

	if (!collect(j, opts, &m, err))
		return false;
	/* A machine that is the document itself has no number to ask for. */
	alone = m.n == 1 && m.at[0] == j;
	if (!alone && !choose(&m, wanted, &at, err))
		return false;
	if (!rv_ev_object(m.at[at], EV_SKIP_NONE, &part, err) ||
	    !rv_ev_join(out, &origin, &part, alone ? "the report" : m.kind[at],
			err))
		return false;
	return alone ? take_twin(j, &origin, out, err)
		     : note_machine(&m, at, out, err);
}

size_t rv_ev_service_n(const rv_json *j)
{
	struct machines m = { .n = 0 };
	struct rv_err ignored = { 0 };

	return rv_ev_is_service_list(j) && collect(j, NULL, &m, &ignored) &&
		       !(m.n == 1 && m.at[0] == j)
		   ? m.n
		   : 0;
}
