/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - refval-hash match: is this rebuild what that pin names? */
#include "cmd.h"
#include "hash_match.h"
#include "hash_print.h"
#include "image_opts.h"
#include "last_line.h"
#include "out.h"

enum { DOCUMENT_MAX = 4 << 20 };

static const char *pin, *pinned, *config, *require, *compose;
static struct rv_list manifests;
static bool json;
static struct rv_image_opts image_opts;

static const char *level_name(size_t i)
{
	return i < RV_RUNGS ? rv_oci_level_name((int)i) : NULL;
}

static const struct rv_opt opts[] = {
	RV_OPT_TEXT("pin", "NAME@DIGEST", &pin,
		    "the pinned reference, or its digest"),
	RV_OPT_TEXT("pinned", "ARCHIVE", &pinned, "the pinned image"),
	RV_OPT_LIST("manifest", "FILE", &manifests,
		    "its manifest; an index and its manifest"),
	RV_OPT_TEXT("config", "FILE", &config, "and its config"),
	RV_OPT_NAMES("require", "LEVEL", &require, level_name,
		     "yes only from this level on, L0 to L5"),
	RV_OPT_TEXT("compose", "FILE", &compose,
		    "instead: the images that this file runs"),
	RV_IMAGE_OPTS(image_opts),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

/* What was asked, made sense of. */
struct ask {
	struct rv_oci_ref ref;
	struct rv_oci_opts read;
	int require; /* -1: as the verdict goes */
};

static void ask_free(struct ask *a)
{
	rv_oci_ref_free(&a->ref);
}

/*
 * What could be a tag, too, is taken for a digest that is given alone, and
 * refused as one where it is too short: a tag says nothing here.
 */
static bool digest_only(const char *s)
{
	size_t name = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");
	size_t hex;

	if (!name || s[name] != ':')
		return false;
	hex = strspn(s + name + 1, "0123456789abcdefABCDEF");
	return hex >= 32 && !s[name + 1 + hex];
}

static bool parse(int argc, struct ask *a, struct rv_err *err)
{
	struct rv_span s = rv_text(pin ? pin : "");
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (compose)
		return rv_image_from_opts(&image_opts, &a->read, err);
	if (!pin)
		return rv_fail(err, RV_USAGE, "--pin or --compose is needed");
	if (argc != 1)
		return rv_fail(err, RV_USAGE, "one rebuild is needed");
	if (pinned && (manifests.n || config))
		return rv_fail(err, RV_USAGE,
			       "--pinned, or --manifest and --config");
	if (!manifests.n != !config || manifests.n > 2)
		return rv_fail(err, RV_USAGE,
			       "--manifest, at most two, goes with --config");
	a->require = -1;
	if (require) {
		if (strlen(require) != 2 || require[0] != 'L' ||
		    require[1] < '0' || require[1] > '5')
			return rv_fail(err, RV_USAGE,
				       "--require is one of L0 to L5");
		a->require = require[1] - '0';
	}
	if (digest_only(pin)) {
		rv_grow_printf(&g, "x@%s", pin);
		if (g.failed)
			return rv_no_memory(err, "pin");
		s = rv_buf_span(&g.buf);
	}
	if (!rv_oci_ref_parse(s, &a->ref, err))
		return rv_in(err, "--pin");
	if (!a->ref.has_digest)
		return rv_fail(err, RV_USAGE, "--pin has no digest");
	return rv_image_from_opts(&image_opts, &a->read, err);
}

static bool documents(const struct ask *a, struct rv_oci *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf one = { 0 }, two = { 0 }, c = { 0 };
	struct rv_span m[2];

	if (!rv_buf_read(manifests.item[0], DOCUMENT_MAX, &one, err) ||
	    (manifests.n > 1 &&
	     !rv_buf_read(manifests.item[1], DOCUMENT_MAX, &two, err)) ||
	    !rv_buf_read(config, DOCUMENT_MAX, &c, err))
		return false;
	m[0] = rv_buf_span(&one);
	m[1] = rv_buf_span(&two);
	return rv_oci_pinned(&a->ref.digest, m, manifests.n, rv_buf_span(&c),
			     out, err);
}

static const char *rung_word(enum rv_oci_tri t)
{
	return t == RV_SAME ? "yes" : t == RV_DIFFER ? "no" : "unchecked";
}

static bool print_json(const struct ask *a, const struct rv_oci_match *m,
		       enum rv_code answer, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	hash_json_oci(&w, "pin", true, &a->ref.digest);
	rv_jw_str(&w, "verdict", rv_answer_name(answer));
	rv_jw_str(&w, "level",
		  m->level < 0 ? NULL : rv_oci_level_name(m->level));
	rv_jw_str(&w, "reason", m->reason);
	rv_jw_open(&w, "levels", '[');
	for (int i = RV_RUNGS - 1; i >= 0; i--) {
		rv_jw_open(&w, NULL, '{');
		rv_jw_str(&w, "level", rv_oci_level_name(i));
		rv_jw_str(&w, "verdict", rung_word(m->rung[i]));
		rv_jw_str(&w, "reason", m->why[i]);
		rv_jw_close(&w);
	}
	rv_jw_close(&w);
	if (m->compared) {
		hash_json_kinds(&w, m->with.kind);
		hash_json_compared(&w, &m->with);
	}
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

static void print_text(const struct rv_oci_match *m, enum rv_code answer)
{
	for (int i = RV_RUNGS - 1; i >= 0; i--) {
		rv_out("  %s  ", rv_oci_level_name(i));
		rv_out_tone(m->rung[i] == RV_SAME     ? RV_TONE_GOOD
			    : m->rung[i] == RV_DIFFER ? RV_TONE_BAD
						      : RV_TONE_DIM,
			    "%-9s", rung_word(m->rung[i]));
		rv_out(" %s\n", m->why[i]);
	}
	if (m->compared)
		hash_print_compared(&m->with);
	rv_last_line(answer, "level %s, %s", rv_oci_level_name(m->level),
		     m->reason);
}

/*
 * A level that was asked for must hold itself. Those that include it have told
 * so of it; L2 does not include L1: the same layers may run otherwise.
 */
static enum rv_code judge(const struct ask *a, const struct rv_oci_match *m)
{
	if (a->require < 0)
		return m->verdict;
	if (m->rung[a->require] == RV_SAME)
		return RV_OK;
	if (m->level >= a->require)
		return m->rung[a->require] == RV_DIFFER ? RV_NO : RV_INPUT;
	for (int i = a->require; i < RV_RUNGS; i++)
		if (m->rung[i] == RV_UNKNOWN)
			return RV_INPUT;
	return RV_NO;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(ask_free) struct ask a = { 0 };
	RV_AUTO(rv_oci_free) struct rv_oci rebuild = { 0 }, other = { 0 };
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };

	if (!parse(argc, &a, err))
		return false;
	if (compose)
		return hash_match_compose(compose, argv, (size_t)argc, &a.read,
					  json, answer, err);
	a.read.tree_text = pinned;
	if (!rv_container_read(argv[0], &a.read, &rebuild, err) ||
	    (pinned && !rv_container_read(pinned, &a.read, &other, err)) ||
	    (config && !documents(&a, &other, err)) ||
	    !rv_oci_match(&a.ref.digest, &rebuild,
			  pinned || config ? &other : NULL, &m, err))
		return false;
	*answer = judge(&a, &m);
	if (json)
		return print_json(&a, &m, *answer, err);
	print_text(&m, *answer);
	return true;
}

static const struct rv_rule rules[] = {
	{ "compose", NULL, "pin pinned manifest config require",
	  "a compose file has the pins, and asks for L3" },
	{ 0 },
};

const struct rv_cmd rv_cmd_hash_match = {
	.name = "hash match",
	.args =
	    "--pin NAME@DIGEST [OPTIONS] REBUILD\n"
	    "       refval-hash match --compose FILE [OPTIONS] [ARCHIVE...]",
	.summary = "Is this rebuild what a pinned reference names",
	.opts = opts,
	.rules = rules,
	.reads = "pinned manifest config compose",
	.example = "refval-hash match --pin app@sha256:51b7... "
		   "--pinned app.oci.tar rebuilt.tar\n"
		   "  refval-hash match --compose app-compose.json *.tar",
	.run = run,
};
