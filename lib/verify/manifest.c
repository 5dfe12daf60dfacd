/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.c - the given app-compose.json: is it one at all, and where its hash
 * is not the machine's, what became of it on the way, in one sentence.
 */
#include "verify.h"

#include <refval/hash_compose.h>

static const char bom[] = "\xef\xbb\xbf";

static bool hashes_to(struct rv_span s, struct rv_span want, bool *same,
		      struct rv_err *err)
{
	struct rv_sha256 got;

	if (!rv_sha256(s, &got, err))
		return false;
	*same = rv_same(rv_span(got.b, sizeof got.b), want);
	return true;
}

static struct rv_span trimmed(struct rv_span s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

/* What RTMR3 recorded; empty: nothing. */
static struct rv_span recorded(const struct rv_verify_job *j)
{
	const struct rv_claim *c = &j->out->replay.claims.compose_hash;

	return j->out->has_log && c->found ? c->value : rv_span(NULL, 0);
}

/* ---- is it one at all? ---- */

/* The manifest of the evidence, when that is what the machine recorded. */
static bool own(const struct rv_verify_job *j, struct rv_compose **out,
		struct rv_err *err)
{
	struct rv_span s = rv_buf_span(&j->out->evidence->app_compose);
	struct rv_err why = { 0 };
	bool same;

	*out = NULL;
	if (!s.n)
		return true;
	if (!hashes_to(s, recorded(j), &same, err))
		return false;
	if (same && !rv_compose_read(s, out, &why) && why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	return true;
}

static bool is_yaml(struct rv_span s)
{
	struct rv_span line;

	while (rv_line(&s, &line))
		if (rv_starts(line, rv_text("services:")))
			return true;
	return rv_starts(s, rv_text("services:"));
}

/* Say what @given is instead, into @err; always false. */
static bool not_one(const struct rv_verify_job *j, struct rv_span given,
		    struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	struct rv_evidence_options o = { 0 };
	struct rv_err why = { 0 };
	struct rv_span inside;

	if (!own(j, &c, err))
		return false;
	inside =
	    c ? rv_compose_text(c, "docker_compose_file") : rv_span(NULL, 0);
	if (inside.n && rv_same(trimmed(inside), trimmed(given)))
		return rv_fail(err, RV_INPUT,
			       "this is the docker_compose_file inside the"
			       " manifest that the machine runs, not that"
			       " manifest, whose hash it recorded");
	if (is_yaml(given))
		return rv_fail(err, RV_INPUT,
			       "a docker-compose file, not the"
			       " app-compose.json that holds it");
	if (rv_evidence_read(given, &o, &e, &why))
		return rv_fail(err, RV_INPUT,
			       "evidence of a machine (%s), not an"
			       " app-compose.json",
			       e.format);
	return rv_fail(err, RV_INPUT, "not an app-compose.json");
}

static bool check(const struct rv_verify_job *j, struct rv_span given,
		  struct rv_err *err)
{
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	struct rv_span body = given;
	struct rv_err why = { 0 };
	bool same;

	if (!given.n)
		return rv_fail(err, RV_INPUT, "empty, no app-compose.json");
	/* Whatever the guest took is what it runs. */
	if (!hashes_to(given, recorded(j), &same, err))
		return false;
	if (same)
		return true;
	if (rv_starts(given, rv_text(bom)))
		body = rv_span(given.p + 3, given.n - 3);
	if (rv_compose_read(body, &c, &why))
		return rv_compose_is_manifest(c) || not_one(j, given, err);
	if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	/* What tries to be one, and is broken, is called that. */
	if (body.n && body.p[0] == '{') {
		*err = why;
		return false;
	}
	return not_one(j, given, err);
}

bool rv_verify_manifest(const struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;

	if (!in->compose || check(j, *in->compose, err))
		return true;
	return rv_in(err, "%s",
		     in->compose_name ? in->compose_name : "app-compose.json");
}

/* ---- why has it another hash? ---- */

/* Combining marks U+0300 to U+036F: text that was decomposed (NFD). */
static bool has_marks(const char *s)
{
	for (; s && *s; s++)
		if ((uint8_t)s[0] == 0xcc ||
		    ((uint8_t)s[0] == 0xcd && (uint8_t)s[1] <= 0xaf))
			return true;
	return false;
}

static const char *is_like(const struct rv_compose_delta *d)
{
	if (d->reorders)
		return ", the same in another order";
	if (!d->theirs)
		return ", which the machine's has not";
	if (!d->ours)
		return ", which only the machine's has";
	if (has_marks(d->ours) != has_marks(d->theirs))
		return ", where one is decomposed text (NFD) and the other not";
	return "";
}

/* Do the two lists of allowed_envs differ in nothing but their order? */
static bool same_envs(const struct rv_compose_diff *d)
{
	static const char list[] = "allowed_envs[";
	size_t pairs = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct rv_compose_delta *a = &d->delta[i];

		if (strncmp(a->path, list, sizeof list - 1) != 0 || !a->ours ||
		    !a->theirs)
			return false;
		for (size_t k = 0; k < d->n; k++)
			pairs += d->delta[k].theirs &&
				 strcmp(a->ours, d->delta[k].theirs) == 0;
	}
	return d->n > 1 && pairs == d->n && !d->more;
}

static bool only_order(const struct rv_compose_diff *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!d->delta[i].reorders)
			return false;
	return !d->more;
}

/* Against the manifest that the machine runs: where they differ. */
static bool by_content(const struct rv_compose *ours,
		       const struct rv_compose *theirs, struct rv_grow *to,
		       struct rv_err *err)
{
	struct rv_compose_diff d = { 0 };
	bool good = rv_compose_diff(ours, theirs, &d, err);

	if (good && !d.n)
		rv_grow_text(to, "the same content, written in another way");
	else if (good && only_order(&d))
		rv_grow_text(to, "the same but for the order of members");
	else if (good && same_envs(&d))
		rv_grow_text(to, "the same but for the order of allowed_envs");
	else if (good) {
		rv_grow_printf(to, "it differs in %s",
			       *d.delta[0].path ? d.delta[0].path : "all");
		if (d.delta[0].line)
			rv_grow_printf(to, ", line %zu", d.delta[0].line);
		rv_grow_text(to, is_like(&d.delta[0]));
		if (d.n > 1)
			rv_grow_printf(to, ", and in %zu%s more places",
				       d.n - 1, d.more ? " or" : "");
	}
	rv_compose_diff_free(&d);
	return good;
}

/* The smallest change to the given bytes that gives the machine's hash. */
static void by_form(const struct rv_compose_form *f, struct rv_grow *to)
{
	bool ends = f->bytes && strcmp(f->bytes, "no newline at the end") == 0;

	if (!f->style && !f->content && ends) {
		rv_grow_text(to, "the same with a line feed at the end: jq -r"
				 " adds one, jq -j does not");
		return;
	}
	rv_grow_printf(to, "the same content, but the machine's is ");
	if (f->style)
		rv_grow_printf(to, "as %s writes it", f->style);
	if (f->content)
		rv_grow_printf(to, "%s%s", f->style ? ", " : "with ",
			       f->content);
	if (f->bytes)
		rv_grow_printf(to, "%s%s",
			       f->style || f->content ? ", " : "with ",
			       f->bytes);
}

static bool explain(struct rv_verify_job *j, struct rv_grow *to,
		    struct rv_err *err)
{
	RV_AUTO(rv_compose_free) struct rv_compose *ours = NULL, *theirs = NULL;
	struct rv_compose_forms found = { 0 };
	struct rv_span given = *j->in->compose, body = given, file;
	struct rv_span want = recorded(j);
	struct rv_sha256 hash;
	bool same, good;

	if (rv_starts(given, rv_text(bom)))
		body = rv_span(given.p + 3, given.n - 3);
	if (want.n != sizeof hash.b || !rv_compose_read(body, &ours, err))
		return false;
	memcpy(hash.b, want.p, sizeof hash.b);
	file = rv_compose_text(ours, "docker_compose_file");
	if (!hashes_to(file, want, &same, err))
		return false;
	if (same) {
		rv_grow_text(to, "what it recorded is the SHA-256 of the"
				 " docker_compose_file in it, not of the"
				 " manifest");
		return true;
	}
	good = rv_compose_find(given, ours, &hash, NULL, 0, &found, err);
	if (good && found.n)
		by_form(&found.form[0], to);
	else if (good)
		good = own(j, &theirs, err) &&
		       (!theirs || by_content(ours, theirs, to, err));
	rv_compose_forms_free(&found);
	return good;
}

bool rv_verify_compose_why(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_report *r = &j->out->report;
	struct rv_err why = { 0 };

	for (size_t i = 0; i < r->n; i++) {
		struct rv_check *c = &r->check[i];

		if (!c->name || strcmp(c->name, "compose_hash") != 0 ||
		    c->verdict != RV_DIFFERS || !j->in->compose)
			continue;
		if (!explain(j, &g, &why) && why.code == RV_SYSTEM) {
			*err = why;
			return false;
		}
		if (g.failed)
			return rv_no_memory(err, "app-compose");
		if (g.buf.n)
			rv_report_set(r, &c->reason,
				      "the machine runs another"
				      " app-compose.json: %.*s",
				      (int)g.buf.n, (char *)g.buf.p);
	}
	return true;
}
