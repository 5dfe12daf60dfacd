/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c - refval-hash audit: what a compose file leaves open. */
#include "cmd.h"
#include "last_line.h"
#include "out.h"

extern const struct rv_cmd rv_cmd_hash_audit;

static bool json;

static const struct rv_opt opts[] = {
	RV_OPT_QUIET, RV_OPT_COLOR, RV_OPT_TO, RV_OPT_JSON(&json), { 0 },
};

/* ---- text ---- */

static void text_image(const struct rv_compose_image *im)
{
	rv_out_tone(im->pinned ? RV_TONE_GOOD : RV_TONE_BAD, "  %-10s",
		    im->pinned	   ? "pinned"
		    : im->built	   ? "built"
		    : im->digest.p ? "digest"
				   : "open");
	rv_out(" %5zu  %-10s ", im->line, im->place);
	rv_out_text(im->name.p ? im->name : im->written);
	if (im->service.n) {
		rv_out("  (");
		rv_out_text(im->service);
		rv_out(")");
	}
	rv_out("\n");
}

/* E: cannot tell, C: no. */
static char letter(const struct rv_finding *f)
{
	return rv_finding_unjudged(f) ? 'E' : f->code[0];
}

static void text_finding(const struct rv_finding *f)
{
	enum rv_tone tone = letter(f) == 'E'   ? RV_TONE_DOUBT
			    : letter(f) == 'C' ? RV_TONE_BAD
					       : RV_TONE_DIM;

	rv_out_tone(tone, "  %s", f->code);
	if (f->detail.n) {
		rv_out(":");
		rv_out_text(f->detail);
	}
	rv_out("\n      %s", f->where);
	if (f->line)
		rv_out(":%zu", f->line);
	if (f->service.n) {
		rv_out(", service ");
		rv_out_text(f->service);
	}
	rv_out(": ");
	rv_out_text(f->says);
	rv_out("\n");
}

static bool runs_no_service(const struct rv_audit *a)
{
	for (size_t i = 0; i < a->findings; i++)
		if (strcmp(a->finding[i].code, "I_NO_SERVICES") == 0)
			return true;
	return false;
}

/* The verdict, and what decides it: a C of "no", an E of "cannot tell". */
static void text_last(const struct rv_audit *a)
{
	char why = a->verdict == RV_NO ? 'C' : 'E';
	const struct rv_finding *f = a->finding;
	size_t n = 0, i = 0;

	for (size_t k = 0; k < a->findings; k++)
		n += letter(&f[k]) == why;
	while (i < a->findings && letter(&f[i]) != why)
		i++;
	if (a->verdict == RV_OK)
		rv_last_line(RV_OK,
			     "nothing found that unmeasured input decides%s",
			     runs_no_service(a) ? ": no service runs" : "");
	else
		rv_last_line(a->verdict, "%s: %s%s%.*s%s",
			     a->verdict == RV_NO
				 ? "not everything that runs is decided by what"
				   " is measured"
				 : "what runs cannot be judged",
			     i < a->findings ? f[i].code
					     : "no finding says why",
			     i < a->findings && f[i].detail.n ? " " : "",
			     i < a->findings ? (int)f[i].detail.n : 0,
			     i < a->findings && f[i].detail.n
				 ? (const char *)f[i].detail.p
				 : "",
			     n > 1 ? ", and more" : "");
}

static void print_text(const struct rv_audit *a)
{
	rv_out("%s\n",
	       a->app_compose ? "app-compose.json" : "docker-compose file");
	if (a->images)
		rv_out("images (line, place)\n");
	for (size_t i = 0; i < a->images; i++)
		text_image(&a->image[i]);
	if (a->indirects)
		rv_out("images that builds, models and scripts fetch\n");
	for (size_t i = 0; i < a->indirects; i++)
		text_image(&a->indirect[i]);
	if (a->findings)
		rv_out("findings\n");
	for (size_t i = 0; i < a->findings; i++)
		text_finding(&a->finding[i]);
	text_last(a);
}

/* ---- JSON ---- */

static void json_opt(struct rv_jw *w, const char *key, struct rv_span s,
		     bool there)
{
	if (there)
		rv_jw_text(w, key, s);
	else
		rv_jw_null(w, key);
}

static void json_images(struct rv_jw *w, const char *key,
			const struct rv_compose_image *im, size_t n)
{
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < n; i++, im++) {
		rv_jw_open(w, NULL, '{');
		json_opt(w, "service", im->service, im->service.n != 0);
		rv_jw_str(w, "place", im->place);
		rv_jw_u64(w, "line", im->line);
		rv_jw_text(w, "reference", im->written);
		json_opt(w, "name", im->name, im->name.p != NULL);
		json_opt(w, "digest", im->digest, im->digest.p != NULL);
		rv_jw_bool(w, "pinned", im->pinned);
		rv_jw_bool(w, "built", im->built);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void json_findings(struct rv_jw *w, const struct rv_audit *a)
{
	rv_jw_open(w, "findings", '[');
	for (size_t i = 0; i < a->findings; i++) {
		const struct rv_finding *f = &a->finding[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "code", f->code);
		json_opt(w, "detail", f->detail, f->detail.n != 0);
		json_opt(w, "service", f->service, f->service.n != 0);
		rv_jw_str(w, "where", f->where);
		if (f->line)
			rv_jw_u64(w, "line", f->line);
		else
			rv_jw_null(w, "line");
		rv_jw_text(w, "says", f->says);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void json_vars(struct rv_jw *w, const struct rv_audit *a)
{
	rv_jw_open(w, "variables", '[');
	for (size_t i = 0; i < a->vars; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_text(w, "name", a->var[i].name);
		rv_jw_u64(w, "line", a->var[i].line);
		if (a->var[i].judged)
			rv_jw_bool(w, "allowed", a->var[i].allowed);
		else
			rv_jw_null(w, "allowed");
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static bool print_json(const struct rv_audit *a, const struct rv_compose_id *id,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	rv_jw_str(&w, "file",
		  a->app_compose ? "app-compose" : "docker-compose");
	rv_jw_str(&w, "verdict", rv_answer_name(a->verdict));
	if (a->app_compose) {
		rv_jw_hex(&w, "compose_hash", rv_span(id->compose_hash.b, 32));
		rv_jw_hex(&w, "app_id", rv_span(id->app_id, RV_APP_ID));
	} else {
		rv_jw_null(&w, "compose_hash");
		rv_jw_null(&w, "app_id");
	}
	json_findings(&w, a);
	json_images(&w, "images", a->image, a->images);
	json_images(&w, "indirect_images", a->indirect, a->indirects);
	json_vars(&w, a);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_audit_free) struct rv_audit a = { 0 };
	struct rv_compose_id id;

	if (argc != 1)
		return rv_fail(err, RV_USAGE, "one file is needed");
	if (!rv_buf_read(argv[0], RV_COMPOSE_MAX, &b, err))
		return false;
	if (!rv_audit_read(rv_buf_span(&b), &a, err))
		return rv_in(err, "%s", argv[0]);
	if (!rv_compose_hash(rv_buf_span(&b), &id, err))
		return false;
	*answer = a.verdict;
	if (json)
		return print_json(&a, &id, err);
	print_text(&a);
	return true;
}

const struct rv_cmd rv_cmd_hash_audit = {
	.name = "hash audit",
	.args = "[OPTIONS] app-compose.json|docker-compose.yaml",
	.summary = "What a compose file leaves to input that is not measured",
	.opts = opts,
	.example = "refval-hash audit app-compose.json",
	.run = run,
};
