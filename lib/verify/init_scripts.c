/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_scripts.c - what runs before an app does: guests since dstack 0.6.0
 * record init-script-hash, the SHA-256 of each of the manifest's init scripts,
 * in their order, behind compose-hash (DSTACK.md 3.3).
 */
#include "verify.h"
#include "json.h"

enum { SCRIPTS_MAX = 5 }; /* what a guest takes */

struct hashes {
	struct rv_sha256 item[SCRIPTS_MAX];
	size_t n; /* may be more than there is room for */
};

/* Those that are claims: dstack's own, before the application's. */
static void recorded(const struct rv_verify_job *j, struct hashes *out)
{
	const struct rv_log *log = &j->out->evidence->log;
	const struct rv_claims *c = &j->out->replay.claims;
	size_t end = c->obscured ? c->obscured_by : log->n;

	for (size_t i = 0; i < end; i++) {
		const struct rv_event *e = &log->event[i];

		if (e->imr != 3 || e->type != RV_EV_DSTACK_RUNTIME)
			continue;
		if (strcmp(e->name, "system-ready") == 0)
			return;
		if (strcmp(e->name, "init-script-hash") != 0)
			continue;
		if (out->n < SCRIPTS_MAX && e->payload.n == 32)
			memcpy(out->item[out->n].b, e->payload.p, 32);
		out->n++;
	}
}

static bool add(const rv_json *text, struct hashes *out, struct rv_err *err)
{
	struct rv_span s = rv_json_text(text);

	if (out->n < SCRIPTS_MAX && s.p &&
	    !rv_sha256(s, &out->item[out->n], err))
		return false;
	out->n++;
	return true;
}

/* Of the manifest: a text, or a list of some. */
static bool expected(struct rv_span manifest, struct hashes *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *m = NULL;
	struct rv_err why = { 0 };
	const rv_json *scripts;

	if (!rv_json_parse(manifest, "app-compose", &m, &why)) {
		if (why.code == RV_SYSTEM)
			*err = why;
		return why.code != RV_SYSTEM;
	}
	scripts = rv_json_get(m, "init_script");
	/* Guests read null as none, and a text of no bytes as one. */
	if (!scripts || rv_json_is_null(scripts))
		return true;
	if (!rv_json_is_array(scripts))
		return add(scripts, out, err);
	for (size_t i = 0; i < rv_json_size(scripts); i++)
		if (!add(rv_json_at(scripts, i), out, err))
			return false;
	return true;
}

/* @yes and @no are the reasons. */
static void judge(struct rv_report *r, struct rv_check *c,
		  const struct hashes *said, const struct hashes *want,
		  const char *yes, const char *no)
{
	bool same =
	    said->n == want->n && said->n <= SCRIPTS_MAX &&
	    memcmp(said->item, want->item, said->n * sizeof *said->item) == 0;

	rv_report_set(r, &c->expected, "%zu", want->n);
	rv_report_set(r, &c->from, "init_script of the given app-compose.json");
	c->verdict = same ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason, "%s", same ? yes : no);
}

/* ---- what the host stated before the launch ---- */

/* *there is false of a document that says nothing of them. */
static bool stated(const rv_json *doc, bool *there, struct hashes *out,
		   struct rv_err *err)
{
	const rv_json *list = rv_json_get(doc, "init_script_hashes");

	*there = list && !rv_json_is_null(list);
	if (!*there)
		return true;
	if (!rv_json_is_array(list) || rv_json_size(list) > SCRIPTS_MAX)
		return rv_fail(err, RV_INPUT,
			       "init_script_hashes: no array of at most %d",
			       SCRIPTS_MAX);
	for (; out->n < rv_json_size(list); out->n++)
		if (!rv_unhex(rv_json_text(rv_json_at(list, out->n)),
			      out->item[out->n].b, 32))
			return rv_fail(err, RV_INPUT,
				       "init_script_hashes: %zu is no SHA-256",
				       out->n);
	return true;
}

static bool at_launch(struct rv_verify_job *j, const struct hashes *want,
		      struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	struct rv_report *r = &j->out->report;
	struct hashes said = { 0 };
	struct rv_err why = { 0 };
	struct rv_check *c;
	const char *by;
	bool there, good;

	if (!rv_verify_launch_config(j, &doc, &by, err))
		return false;
	good = stated(doc, &there, &said, &why);
	if (!there)
		return true;
	c = rv_report_add(r, RV_LAYER_APP, "init_scripts_launch",
			  good ? RV_UNCHECKED : RV_CANNOT_TELL);
	rv_report_rests(c, by);
	rv_report_set(r, &c->actual, "%zu", said.n);
	if (!good) {
		rv_report_set(r, &c->reason, "mr_config: %s", why.msg);
		return true;
	}
	if (!j->out->compose) {
		rv_report_set(r, &c->reason, "no app-compose.json was given");
		return true;
	}
	judge(r, c, &said, want,
	      "the host stated these scripts before the launch, in their"
	      " order",
	      "init_script_hashes: the host stated other init scripts than the"
	      " manifest has");
	return true;
}

bool rv_verify_init_scripts(struct rv_verify_job *j, struct rv_err *err)
{
	struct hashes said = { 0 }, want = { 0 };
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (j->out->compose && !expected(*j->out->compose, &want, err))
		return false;
	if (!at_launch(j, &want, err))
		return false;
	if (!j->out->has_log)
		return true;
	recorded(j, &said);
	if (!said.n && !want.n)
		return true;
	c = rv_report_add(r, RV_LAYER_APP, "init_scripts", RV_UNCHECKED);
	rv_verify_rests_on_log(j, c);
	rv_report_set(r, &c->actual, "%zu", said.n);
	if (!j->out->compose)
		rv_report_set(r, &c->reason, "no app-compose.json was given");
	else if (!said.n)
		rv_report_set(r, &c->reason,
			      "the guest recorded none of the manifest's %zu:"
			      " dstack does since 0.6.0; compose_hash is over"
			      " them",
			      want.n);
	else
		judge(r, c, &said, &want,
		      "init-script-hash: each is the SHA-256 of the manifest's"
		      " script, in its place",
		      "init-script-hash: the guest ran other init scripts than"
		      " the manifest has");
	return true;
}
