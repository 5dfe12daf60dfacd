/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_compose.c - refval-hash match --compose: which of these archives are
 * the images that a compose file runs, and how the missing ones are had.
 */
#include "cmd.h"
#include "hash_match.h"
#include "hash_print.h"
#include "image_opts.h"
#include "last_line.h"
#include "out.h"

#include <stdio.h>

#include <refval/hash_services.h>

#include <stdlib.h>

enum { ARCHIVES_MAX = 256, SHORT = 12 };

struct given {
	struct rv_buf text; /* of the compose file */
	struct rv_audit audit;
	struct rv_oci *oci; /* owned */
	struct rv_container *container;
	size_t n;
	struct rv_services s;
};

static void given_free(struct given *g)
{
	rv_services_free(&g->s);
	for (size_t i = 0; i < g->n; i++)
		rv_oci_free(&g->oci[i]);
	free(g->oci);
	free(g->container);
	rv_audit_free(&g->audit);
	rv_buf_free(&g->text);
}

/* What cannot be judged has no services to match. */
static bool read_compose(const char *path, struct given *g, struct rv_err *err)
{
	const struct rv_finding *f;
	char line[32] = "";

	if (!rv_buf_read(path, RV_COMPOSE_MAX, &g->text, err))
		return false;
	if (!rv_audit_read(rv_buf_span(&g->text), &g->audit, err))
		return rv_in(err, "%s", path);
	f = rv_audit_unjudged(&g->audit);
	if (f && f->line)
		snprintf(line, sizeof line, "line %zu: ", f->line);
	if (f)
		return rv_fail(
		    err, RV_INPUT,
		    "%s: which images run cannot be judged: %s: %s%.*s", path,
		    f->code, line, (int)(f->says.n < 400 ? f->says.n : 400),
		    (const char *)f->says.p);
	return g->audit.images ||
	       rv_fail(err, RV_INPUT, "%s: it names no image", path);
}

static bool read_archives(char **name, size_t n, const struct rv_oci_opts *o,
			  struct given *g, struct rv_err *err)
{
	if (n > ARCHIVES_MAX)
		return rv_fail(err, RV_USAGE, "more than %d archives",
			       ARCHIVES_MAX);
	g->oci = calloc(n + 1, sizeof *g->oci);
	g->container = calloc(n + 1, sizeof *g->container);
	if (!g->oci || !g->container)
		return rv_no_memory(err, "images");
	for (; g->n < n; g->n++) {
		if (!rv_container_read(name[g->n], o, &g->oci[g->n], err))
			return false;
		g->container[g->n].name = name[g->n];
		g->container[g->n].image = &g->oci[g->n];
	}
	return true;
}

/* Is it pinned, and not here in whole? */
static bool is_missing(const struct rv_service *s)
{
	return s->pinned && s->verdict != RV_YES;
}

/* One image may be many services': it is copied once. */
static bool told(const struct given *g, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_missing(&g->s.service[i]) &&
		    rv_same(g->s.service[i].image->name,
			    g->s.service[at].image->name))
			return true;
	return false;
}

/*
 * The command that gets a pinned image as it is served. Names were checked
 * against the grammar of references, which has nothing that a shell reads.
 */
static bool copy_line(const struct rv_service *s, struct rv_buf *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span service = s->image->service;
	char text[RV_OCI_TEXT];

	rv_oci_digest_text(&s->pin, text);
	rv_grow_text(&g, "skopeo copy --all --preserve-digests docker://");
	rv_grow_add(&g, s->image->name.p, s->image->name.n);
	rv_grow_text(&g, " oci-archive:");
	rv_grow_add(&g, service.p, service.n);
	rv_grow_printf(&g, "%s%.*s.oci.tar", service.n ? "-" : "", SHORT,
		       strchr(text, ':') + 1);
	return rv_grow_take(&g, out, err);
}

static enum rv_code judge(const struct given *g)
{
	enum rv_code answer = RV_OK;

	for (size_t i = 0; i < g->s.n; i++) {
		if (g->s.service[i].verdict == RV_DIFFERS)
			return RV_NO;
		if (g->s.service[i].verdict != RV_YES)
			answer = RV_INPUT;
	}
	for (size_t i = 0; i < g->n; i++)
		if (!g->s.belongs[i])
			answer = RV_INPUT;
	return answer;
}

/* ---- JSON ---- */

static bool json_service(struct rv_jw *w, const struct given *g, size_t i,
			 struct rv_err *err)
{
	const struct rv_service *s = &g->s.service[i];
	const struct rv_compose_image *im = s->image;
	RV_AUTO(rv_buf_free) struct rv_buf line = { 0 };

	if (is_missing(s) && !copy_line(s, &line, err))
		return false;
	rv_jw_open(w, NULL, '{');
	if (im->service.n)
		rv_jw_text(w, "service", im->service);
	else
		rv_jw_null(w, "service");
	rv_jw_str(w, "place", im->place);
	rv_jw_text(w, "reference", im->written);
	hash_json_oci(w, "pin", s->pinned, &s->pin);
	rv_jw_str(w, "verdict", rv_verdict_name(s->verdict));
	rv_jw_str(w, "archive",
		  s->archive == SIZE_MAX ? NULL
					 : g->container[s->archive].name);
	rv_jw_str(w, "level",
		  s->level < 0 ? NULL : rv_oci_level_name(s->level));
	rv_jw_str(w, "reason", s->reason);
	if (line.n)
		rv_jw_text(w, "get", rv_buf_span(&line));
	else
		rv_jw_null(w, "get");
	rv_jw_close(w);
	return true;
}

static bool print_json(const struct given *g, enum rv_code answer,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	struct rv_jw w = { .to = &to };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	rv_jw_str(&w, "verdict", rv_answer_name(answer));
	rv_jw_open(&w, "services", '[');
	for (size_t i = 0; i < g->s.n; i++)
		if (!json_service(&w, g, i, err))
			return false;
	rv_jw_close(&w);
	rv_jw_open(&w, "unused", '[');
	for (size_t i = 0; i < g->n; i++)
		if (!g->s.belongs[i])
			rv_jw_str(&w, NULL, g->container[i].name);
	rv_jw_close(&w);
	rv_jw_close(&w);
	return rv_out_document(&to, err);
}

/* ---- text ---- */

static void text_service(const struct rv_service *s)
{
	const struct rv_compose_image *im = s->image;

	rv_out_tone(s->verdict == RV_YES       ? RV_TONE_GOOD
		    : s->verdict == RV_DIFFERS ? RV_TONE_BAD
					       : RV_TONE_DOUBT,
		    "%-12s ",
		    s->verdict != RV_UNCHECKED ? rv_verdict_name(s->verdict)
		    : s->pinned		       ? "missing"
					       : "open");
	if (im->service.n)
		rv_out_text(im->service);
	else
		rv_out("-");
	if (strcmp(im->place, "image") != 0)
		rv_out(" (%s)", im->place);
	rv_out("  ");
	rv_out_text(im->written);
	rv_out("\n             ");
	rv_out_str(s->reason);
	rv_out("\n");
}

static bool text_missing(const struct given *g, struct rv_err *err)
{
	bool first = true;

	for (size_t i = 0; i < g->s.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf line = { 0 };

		if (!is_missing(&g->s.service[i]) || told(g, i))
			continue;
		if (!copy_line(&g->s.service[i], &line, err))
			return false;
		if (first)
			rv_out("to get what is not here as it is pinned\n");
		first = false;
		rv_out("  ");
		rv_out_text(rv_buf_span(&line));
		rv_out("\n");
	}
	return true;
}

static bool print_text(const struct given *g, enum rv_code answer,
		       struct rv_err *err)
{
	size_t yes = 0, first = 0;

	for (size_t i = 0; i < g->s.n; i++) {
		text_service(&g->s.service[i]);
		yes += g->s.service[i].verdict == RV_YES;
	}
	for (size_t i = 0; i < g->n; i++) {
		if (g->s.belongs[i])
			continue;
		rv_out_tone(RV_TONE_DOUBT, "%-12s ", "unused");
		rv_out_str(g->container[i].name);
		rv_out(": no service's image\n");
	}
	if (!text_missing(g, err))
		return false;
	while (first < g->s.n && g->s.service[first].verdict == RV_YES)
		first++;
	rv_last_line(
	    answer, "%zu of %zu images are the pinned ones%s%s%.*s%s", yes,
	    g->s.n, first < g->s.n ? "; " : "", first < g->s.n ? "not " : "",
	    first < g->s.n ? (int)g->s.service[first].image->written.n : 0,
	    first < g->s.n ? (const char *)g->s.service[first].image->written.p
			   : "",
	    "");
	return true;
}

bool hash_match_compose(const char *compose, char **archive, size_t n,
			const struct rv_oci_opts *o, bool json,
			enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(given_free) struct given g = { 0 };

	if (!read_compose(compose, &g, err) ||
	    !read_archives(archive, n, o, &g, err) ||
	    !rv_services_match(&g.audit, g.container, g.n, &g.s, err))
		return false;
	*answer = judge(&g);
	return json ? print_json(&g, *answer, err)
		    : print_text(&g, *answer, err);
}
