/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild.c - refval-hash rebuild: did these builds give one image? */
#include "cmd.h"
#include "hash_print.h"
#include "image_opts.h"
#include "last_line.h"
#include "out.h"
#include "rebuild_html.h"

#include "atomic.h"

#include <stdlib.h>

enum { BUILDS_MAX = 16 };

static const char *out_file, *date, *epoch, *require, *html;
static bool json;
static struct rv_image_opts image_opts;

static const char *kind_name(size_t i)
{
	return i < RV_KINDS ? rv_oci_kind_name((enum rv_oci_kind)i) : NULL;
}

static const struct rv_opt opts[] = {
	RV_OPT_LETTER('o', "out", "FILE", &out_file,
		      "where to write, build-manifest.json"),
	RV_OPT_TEXT("date", "TIME", &date,
		    "build_date to write (RFC 3339), now"),
	RV_OPT_TEXT("source-date-epoch", "N", &epoch,
		    "source_date_epoch to write, 0"),
	RV_OPT_NAMES("require", "KIND", &require, kind_name,
		     "yes when this is the same, manifest"),
	RV_IMAGE_OPTS(image_opts),
	RV_OPT_HTML(&html),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_JSON(&json),
	{ 0 },
};

struct builds {
	struct rv_oci o[BUILDS_MAX];
	size_t n;
};

static void builds_free(struct builds *b)
{
	for (size_t i = 0; i < b->n; i++)
		rv_oci_free(&b->o[i]);
}

static bool check_usage(int argc, int64_t *when, uint64_t *seconds,
			struct rv_err *err)
{
	if (argc < 2 || argc > BUILDS_MAX)
		return rv_fail(err, RV_USAGE, "2 to %d builds are needed",
			       BUILDS_MAX);
	if (json && out_file && strcmp(out_file, "-") == 0)
		return rv_fail(err, RV_USAGE,
			       "--out - leaves no room for --json");
	if (html && strcmp(html, "-") == 0 &&
	    (json || (out_file && strcmp(out_file, "-") == 0)))
		return rv_fail(err, RV_USAGE,
			       "--html -: --json or --out - goes to standard"
			       " output, too");
	if (rv_paper.quiet && ((html && strcmp(html, "-") == 0) ||
			       (out_file && strcmp(out_file, "-") == 0)))
		return rv_fail(err, RV_USAGE,
			       "--quiet: a document on standard output has no"
			       " last line");
	*when = rv_cmd_now();
	if (date && !rv_time_parse(rv_text(date), when))
		return rv_fail(err, RV_USAGE,
			       "--date is not like 2026-01-31T12:00:00Z");
	*seconds = 0;
	if (epoch && !rv_decimal(rv_text(epoch), INT64_MAX, seconds))
		return rv_fail(err, RV_USAGE,
			       "--source-date-epoch is not a number");
	return true;
}

/* Without --require: the manifest, or the config where none is kept. */
static bool wanted(const struct rv_oci_rebuild *r, enum rv_oci_kind *out,
		   struct rv_err *err)
{
	*out = r->kind[RV_KIND_MANIFEST] == RV_UNKNOWN ? RV_KIND_CONFIG
						       : RV_KIND_MANIFEST;
	if (!require)
		return true;
	for (unsigned i = 0; i < RV_KINDS; i++) {
		*out = (enum rv_oci_kind)i;
		if (strcmp(require, rv_oci_kind_name(*out)) == 0)
			return true;
	}
	return rv_fail(err, RV_USAGE, "--require names no kind of digest");
}

static void json_builds(struct rv_jw *w, char **argv, const struct builds *b)
{
	rv_jw_open(w, "builds", '[');
	for (size_t i = 0; i < b->n; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "name", argv[i]);
		hash_json_images(w, &b->o[i]);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void json_result(struct rv_jw *w, const struct rv_oci_rebuild *r,
			bool yes, enum rv_oci_kind want)
{
	rv_jw_bool(w, "reproducible", yes);
	rv_jw_str(w, "required", rv_oci_kind_name(want));
	rv_jw_str(w, "level",
		  r->level == RV_KINDS ? NULL : rv_oci_kind_name(r->level));
	hash_json_kinds(w, r->kind);
	rv_jw_open(w, "causes", '[');
	for (size_t i = 0; i < r->n_cause; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "cause", r->cause[i].name);
		rv_jw_str(w, "detail", r->cause[i].detail);
		rv_jw_str(w, "fix", r->cause[i].fix);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

/* The digest that all builds would be served under; *has: there is one. */
static bool common_digest(const struct builds *b, struct rv_oci_digest *out)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->o[i].n_served != 1)
			return false;
		if (i && !rv_oci_same(out, &b->o[i].served[0].digest))
			return false;
		*out = b->o[i].served[0].digest;
	}
	return true;
}

/*
 * The tutorial's four members first. What is not the same in all builds has
 * no value to publish: null, never that of one build.
 */
static void document(struct rv_grow *g, char **argv, const struct builds *b,
		     const struct rv_oci_rebuild *r, bool yes,
		     enum rv_oci_kind want, int64_t when, uint64_t seconds)
{
	struct rv_jw w = { .to = g };
	struct rv_oci_digest digest;
	bool has = common_digest(b, &digest);
	char text[32];

	rv_time_text(when, text);
	rv_jw_open(&w, NULL, '{');
	if (r->kind[RV_KIND_ARCHIVE] == RV_SAME)
		rv_jw_hex(&w, "image_hash",
			  rv_span(b->o[0].archive.b, sizeof b->o[0].archive.b));
	else
		rv_jw_null(&w, "image_hash");
	hash_json_oci(&w, "image_digest", has, &digest);
	rv_jw_str(&w, "build_date", text);
	rv_jw_u64(&w, "source_date_epoch", seconds);
	rv_jw_str(&w, "schema", "refval.hash/1");
	json_result(&w, r, yes, want);
	json_builds(&w, argv, b);
	rv_jw_close(&w);
}

static bool write_file(const char *name, struct rv_grow *g, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	return rv_grow_take(g, &b, err) &&
	       rv_atomic_write(name, rv_buf_span(&b), err);
}

static void print_text(const struct rv_oci_rebuild *r, enum rv_code answer,
		       enum rv_oci_kind want)
{
	hash_print_kinds(r->kind);
	for (size_t i = 0; i < r->n_cause; i++) {
		rv_out_tone(RV_TONE_BOLD, "cause: %s", r->cause[i].name);
		rv_out("\n  seen in ");
		rv_out_str(r->cause[i].detail);
		rv_out("\n  fix: %s\n", r->cause[i].fix);
	}
	rv_last_line(answer, "%s (%s)%s%s; the same in all builds: %s",
		     answer == RV_OK   ? "reproducible"
		     : answer == RV_NO ? "not reproducible"
				       : "not told",
		     rv_oci_kind_name(want), r->n_cause ? ", cause: " : "",
		     r->n_cause ? r->cause[0].name : "",
		     r->level == RV_KINDS ? "nothing"
					  : rv_oci_kind_name(r->level));
}

static bool write_page(char **argv, const struct builds *b,
		       const struct rv_oci_rebuild *r, bool yes,
		       enum rv_oci_kind want, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct rv_rebuild_page page = { .name = argv,
					      .build = b->o,
					      .n = b->n,
					      .result = r,
					      .yes = yes,
					      .want = want };

	if (!rv_rebuild_html(&page, &g, err))
		return false;
	if (strcmp(html, "-") != 0)
		return write_file(html, &g, err);
	return rv_out_document(&g, err);
}

static bool read_all(int argc, char **argv, struct builds *b,
		     struct rv_err *err)
{
	struct rv_oci_opts o;

	if (!rv_image_from_opts(&image_opts, &o, err))
		return false;
	o.archive = o.tree_text = true;
	for (int i = 0; i < argc; i++) {
		if (!rv_container_read(argv[i], &o, &b->o[i], err))
			return false;
		b->n++;
	}
	return true;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(builds_free) struct builds b = { 0 };
	RV_AUTO(rv_oci_rebuild_free) struct rv_oci_rebuild r = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 }, j = { 0 };
	const char *to = out_file ? out_file : "build-manifest.json";
	bool print = strcmp(to, "-") == 0, yes;
	struct rv_jw w = { .to = &j };
	enum rv_oci_kind want;
	uint64_t seconds;
	int64_t when;

	if (!check_usage(argc, &when, &seconds, err) ||
	    !read_all(argc, argv, &b, err) ||
	    !rv_oci_rebuild(b.o, b.n, &r, err) || !wanted(&r, &want, err))
		return false;
	yes = r.kind[want] == RV_SAME;
	*answer = yes ? RV_OK : r.kind[want] == RV_DIFFER ? RV_NO : RV_INPUT;
	document(&g, argv, &b, &r, yes, want, when, seconds);
	if (html && !write_page(argv, &b, &r, yes, want, err))
		return false;
	if (print)
		return rv_out_document(&g, err);
	if (!write_file(to, &g, err))
		return false;
	if (html && strcmp(html, "-") == 0)
		return true;
	if (!json) {
		print_text(&r, *answer, want);
		return true;
	}
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	json_result(&w, &r, yes, want);
	json_builds(&w, argv, &b);
	rv_jw_close(&w);
	return rv_out_document(&j, err);
}

const struct rv_cmd rv_cmd_hash_rebuild = {
	.name = "hash rebuild",
	.args = "[OPTIONS] BUILD BUILD [BUILD...]",
	.summary = "Did these builds give one image, and if not why not",
	.opts = opts,
	.example = "refval-hash rebuild build1.tar build2.tar",
	.run = run,
};
