/* SPDX-License-Identifier: Apache-2.0 */
/* compose.c - refval-hash compose: a manifest's hash, and why that one. */
#include "atomic.h"
#include "cmd.h"
#include "last_line.h"
#include "out.h"

extern const struct rv_cmd rv_cmd_hash_compose;

static const char *expect, *against, *from, *style, *output;
static struct rv_list scripts, sets;
static bool explain, json;

static const char *style_name(size_t i)
{
	const struct rv_compose_style *s;

	if (i == 0)
		return "help";
	s = rv_compose_style(i - 1);
	return s ? s->name : NULL;
}

static const struct rv_opt opts[] = {
	RV_OPT_TEXT("expect", "HASH", &expect,
		    "the compose-hash that it should have"),
	RV_OPT_FLAG("explain", &explain, "say which tools write these bytes"),
	RV_OPT_TEXT("against", "FILE", &against,
		    "say where the content differs"),
	RV_OPT_TEXT("from", "FILE", &from,
		    "the docker-compose.yaml to start from"),
	RV_OPT_LIST("pre-launch-script", "FILE", &scripts,
		    "with --from: its text; else one to try"),
	RV_OPT_LIST("set", "KEY=VALUE", &sets,
		    "with --from: a field of the manifest"),
	RV_OPT_NAMES("style", "STYLE", &style, style_name,
		     "as this tool writes; list: --style help"),
	RV_OPT_LETTER('o', "output", "FILE", &output,
		      "write the manifest there (-: stdout)"),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_JSON(&json),
	{ 0 },
};

/* All that one run found out. */
struct result {
	struct rv_buf bytes;
	struct rv_compose_id id;
	struct rv_compose *c; /* NULL: not a manifest, see why */
	struct rv_err why;
	bool has_want;
	struct rv_sha256 want;
	struct rv_compose_forms same;  /* who writes exactly these bytes */
	struct rv_compose_forms found; /* who would give the hash wanted */
	bool has_diff;
	struct rv_compose_diff diff;
	const struct rv_prelaunch *script;
	bool has_script;
};

static void result_free(struct result *r)
{
	rv_buf_free(&r->bytes);
	rv_compose_free(&r->c);
	rv_compose_forms_free(&r->same);
	rv_compose_forms_free(&r->found);
	rv_compose_diff_free(&r->diff);
}

static void scripts_free(struct rv_buf (*b)[RV_LIST_MAX])
{
	for (size_t i = 0; i < RV_LIST_MAX; i++)
		rv_buf_free(&(*b)[i]);
}

static bool read_scripts(struct rv_buf b[RV_LIST_MAX], struct rv_err *err)
{
	for (size_t i = 0; i < scripts.n; i++)
		if (!rv_buf_read(scripts.item[i], RV_COMPOSE_MAX, &b[i], err))
			return false;
	return true;
}

/* ---- the answer ---- */

static bool matches(const struct result *r)
{
	return memcmp(&r->want, &r->id.compose_hash, sizeof r->want) == 0;
}

static enum rv_code verdict(const struct result *r)
{
	if (!r->c)
		return RV_INPUT;
	return r->has_want && !matches(r) ? RV_NO : RV_OK;
}

static void form_text(const struct rv_compose_form *f)
{
	const char *comma = "";

	if (f->style) {
		rv_out("%s", f->style);
		comma = ", ";
	}
	if (f->content) {
		rv_out("%s%s", comma, f->content);
		comma = ", ";
	}
	if (f->bytes)
		rv_out("%s%s", comma, f->bytes);
}

static void text_forms(const struct result *r)
{
	if (explain && r->c) {
		rv_out("%-18s ", "written by");
		for (size_t i = 0; i < r->same.n; i++) {
			rv_out("%s", i ? "; " : "");
			form_text(&r->same.form[i]);
		}
		rv_out("%s\n", r->same.n ? "" : "no tool that is known here");
	}
	if (!r->has_want)
		return;
	rv_out_field("expected", rv_span(r->want.b, sizeof r->want.b));
	for (size_t i = 0; i < r->found.n; i++) {
		rv_out("%-18s ", i ? "" : "would come of");
		form_text(&r->found.form[i]);
		rv_out("\n");
	}
	if (!r->found.n && r->c && !matches(r))
		rv_out("%-18s none of %zu known forms of this content\n",
		       "would come of", r->found.tried);
}

static void text_diff(const struct result *r)
{
	if (!r->has_diff)
		return;
	rv_out("%-18s ", "against");
	rv_out_str(against);
	rv_out("%s\n", r->diff.n ? "" : ": the same content");
	for (size_t i = 0; i < r->diff.n; i++) {
		const struct rv_compose_delta *d = &r->diff.delta[i];

		rv_out("  ");
		rv_out_str(*d->path ? d->path : "the manifest");
		if (d->line)
			rv_out(", line %zu", d->line);
		if (d->reorders) {
			rv_out(": the same members in another order\n");
			continue;
		}
		rv_out("\n    here   ");
		rv_out_str(d->ours ? d->ours : "(not there)");
		rv_out("\n    there  ");
		rv_out_str(d->theirs ? d->theirs : "(not there)");
		rv_out("\n");
	}
	if (r->diff.more)
		rv_out("  and more\n");
}

static void text_member(const struct result *r, const char *key)
{
	struct rv_span s = rv_compose_text(r->c, key);

	if (!s.p)
		return;
	rv_out("%-18s ", key);
	rv_out_text(s);
	rv_out("\n");
}

static void print_text(const struct result *r)
{
	rv_out_field("compose_hash", rv_span(r->id.compose_hash.b, 32));
	rv_out_field("app_id", rv_span(r->id.app_id, RV_APP_ID));
	rv_out("%-18s %zu bytes\n", "size", r->bytes.n);
	if (!r->c) {
		rv_out_tone(RV_TONE_DOUBT, "%-18s ", "not a manifest");
		rv_out_str(r->why.msg);
		rv_out("\n");
	} else {
		text_member(r, "name");
		text_member(r, "runner");
	}
	if (r->has_script) {
		rv_out("%-18s ", "pre_launch_script");
		if (r->script)
			rv_out("%s %s\n", r->script->name, r->script->version);
		else
			rv_out("not one that is known here\n");
	}
	text_forms(r);
	text_diff(r);
	if (!r->c)
		rv_last_line(RV_INPUT, "not a manifest: %s", r->why.msg);
	else if (r->has_want)
		rv_last_line(verdict(r), "the compose-hash is %s one expected",
			     matches(r) ? "the" : "not the");
}

static void json_forms(struct rv_jw *w, const char *key,
		       const struct rv_compose_forms *f)
{
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < f->n; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "style", f->form[i].style);
		rv_jw_str(w, "content", f->form[i].content);
		rv_jw_str(w, "bytes", f->form[i].bytes);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void json_diff(struct rv_jw *w, const struct rv_compose_diff *d)
{
	rv_jw_open(w, "against", '{');
	rv_jw_str(w, "file", against);
	rv_jw_bool(w, "same_content", d->n == 0);
	rv_jw_open(w, "differences", '[');
	for (size_t i = 0; i < d->n; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "path", d->delta[i].path);
		if (d->delta[i].line)
			rv_jw_u64(w, "line", d->delta[i].line);
		rv_jw_bool(w, "order_only", d->delta[i].reorders);
		rv_jw_str(w, "here", d->delta[i].ours);
		rv_jw_str(w, "there", d->delta[i].theirs);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_bool(w, "more", d->more);
	rv_jw_close(w);
}

static void json_member(struct rv_jw *w, const struct result *r,
			const char *key)
{
	struct rv_span s = { 0 };

	if (r->c)
		s = rv_compose_text(r->c, key);
	if (s.p)
		rv_jw_text(w, key, s);
	else
		rv_jw_null(w, key);
}

static void json_script(struct rv_jw *w, const struct result *r)
{
	if (!r->has_script) {
		rv_jw_null(w, "pre_launch_script");
		return;
	}
	rv_jw_open(w, "pre_launch_script", '{');
	rv_jw_bool(w, "known", r->script != NULL);
	rv_jw_str(w, "publisher", r->script ? r->script->name : NULL);
	rv_jw_str(w, "version", r->script ? r->script->version : NULL);
	rv_jw_close(w);
}

static bool print_json(const struct result *r, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	rv_jw_hex(&w, "compose_hash", rv_span(r->id.compose_hash.b, 32));
	rv_jw_hex(&w, "app_id", rv_span(r->id.app_id, RV_APP_ID));
	rv_jw_u64(&w, "size", r->bytes.n);
	rv_jw_bool(&w, "manifest", r->c != NULL);
	rv_jw_str(&w, "error", r->c ? NULL : r->why.msg);
	json_member(&w, r, "name");
	json_member(&w, r, "runner");
	json_script(&w, r);
	if (explain)
		json_forms(&w, "written_by", &r->same);
	if (r->has_want) {
		rv_jw_hex(&w, "expected", rv_span(r->want.b, 32));
		rv_jw_bool(&w, "matches", matches(r));
		json_forms(&w, "found_as", &r->found);
		rv_jw_u64(&w, "forms_tried", r->found.tried);
	}
	if (r->has_diff)
		json_diff(&w, &r->diff);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

/* ---- the work ---- */

static bool read_expect(struct result *r, struct rv_err *err)
{
	struct rv_span s;

	if (!expect)
		return true;
	s = rv_text(expect);
	if (s.n == 66 && s.p[0] == '0' && s.p[1] == 'x')
		s = rv_span(s.p + 2, s.n - 2);
	if (!rv_unhex(s, r->want.b, sizeof r->want.b))
		return rv_fail(err, RV_USAGE, "--expect %s: not 64 hex digits",
			       expect);
	r->has_want = true;
	return true;
}

static bool is_one(const struct rv_compose *c, struct rv_err *err)
{
	return rv_compose_is_manifest(c) ||
	       rv_fail(err, RV_INPUT,
		       "app-compose: no runner, docker_compose_file,"
		       " bash_script or name");
}

static bool compare(struct result *r, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_compose_free) struct rv_compose *other = NULL;

	if (!rv_buf_read(against, RV_COMPOSE_MAX, &b, err))
		return false;
	if (!rv_compose_read(rv_buf_span(&b), &other, err) ||
	    !is_one(other, err))
		return rv_in(err, "%s", against);
	if (!rv_compose_diff(r->c, other, &r->diff, err))
		return false;
	r->has_diff = true;
	return true;
}

/* Who writes exactly these bytes, of exactly this content. */
static bool find_writers(struct result *r, struct rv_err *err)
{
	size_t n = 0;

	if (!rv_compose_find(rv_buf_span(&r->bytes), r->c, &r->id.compose_hash,
			     NULL, 0, &r->same, err))
		return false;
	for (size_t i = 0; i < r->same.n; i++)
		if (r->same.form[i].style && !r->same.form[i].content)
			r->same.form[n++] = r->same.form[i];
	r->same.n = n;
	return true;
}

/* What needs a manifest that could be read. */
static bool look_inside(struct result *r, struct rv_err *err)
{
	RV_AUTO(scripts_free) struct rv_buf b[RV_LIST_MAX] = { { 0 } };
	struct rv_span try[RV_LIST_MAX], s;
	struct rv_span bytes = rv_buf_span(&r->bytes);

	if (!read_scripts(b, err))
		return false;
	for (size_t i = 0; i < scripts.n; i++)
		try[i] = rv_buf_span(&b[i]);
	s = rv_compose_text(r->c, "pre_launch_script");
	r->has_script = s.p != NULL && s.n > 0;
	if (r->has_script && !rv_prelaunch_find(s, &r->script, err))
		return false;
	if (explain && !find_writers(r, err))
		return false;
	if (r->has_want && !matches(r) &&
	    !rv_compose_find(bytes, r->c, &r->want, try, scripts.n, &r->found,
			     err))
		return false;
	return !against || compare(r, err);
}

/* The manifest itself, to a file or to standard output. */
static bool deliver(const struct result *r, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (strcmp(output, "-") != 0)
		return rv_atomic_write(output, rv_buf_span(&r->bytes), err);
	rv_grow_add(&g, r->bytes.p, r->bytes.n);
	return rv_out_document(&g, err);
}

static bool build(struct result *r, struct rv_err *err)
{
	RV_AUTO(scripts_free) struct rv_buf b[RV_LIST_MAX] = { { 0 } };
	RV_AUTO(rv_buf_free) struct rv_buf compose = { 0 };
	struct rv_compose_build how = {
		.set = sets.item,
		.n_set = sets.n,
		.style = style,
	};

	if (scripts.n > 1)
		return rv_fail(err, RV_USAGE,
			       "--pre-launch-script given twice with --from");
	if (!read_scripts(b, err) ||
	    !rv_buf_read(from, RV_COMPOSE_MAX, &compose, err))
		return false;
	how.docker_compose_file = rv_buf_span(&compose);
	if (scripts.n)
		how.pre_launch_script = rv_buf_span(&b[0]);
	return rv_compose_build(&how, &r->bytes, err);
}

/* The manifest: read, then perhaps written anew in another style. */
static bool obtain(const char *path, struct result *r, struct rv_err *err)
{
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	struct rv_buf b = { 0 };

	if (from)
		return build(r, err);
	if (!rv_buf_read(path, RV_COMPOSE_MAX, &r->bytes, err))
		return false;
	if (!style)
		return true;
	if (!rv_compose_read(rv_buf_span(&r->bytes), &c, err) ||
	    !is_one(c, err) || !rv_compose_write(c, style, &b, err))
		return rv_in(err, "%s", path);
	rv_buf_free(&r->bytes);
	r->bytes = b;
	return true;
}

static bool list_styles(struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct rv_compose_style *s;
	struct rv_jw w = { .to = &g };

	if (!json) {
		for (size_t i = 0; (s = rv_compose_style(i)); i++)
			rv_out("%-28s %s\n", s->name, s->tool);
		return true;
	}
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	rv_jw_open(&w, "styles", '[');
	for (size_t i = 0; (s = rv_compose_style(i)); i++) {
		rv_jw_open(&w, NULL, '{');
		rv_jw_str(&w, "name", s->name);
		rv_jw_str(&w, "tool", s->tool);
		rv_jw_close(&w);
	}
	rv_jw_close(&w);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

static bool usage(int argc, struct rv_err *err)
{
	if (from ? argc != 0 : argc != 1)
		return rv_fail(err, RV_USAGE, "%s",
			       from ? "--from FILE takes no other file"
				    : "one file is needed");
	if (from && !style)
		return rv_fail(err, RV_USAGE, "--from needs --style");
	if (sets.n && !from)
		return rv_fail(err, RV_USAGE, "--set goes with --from only");
	if (output && !style)
		return rv_fail(err, RV_USAGE, "--output needs --style");
	if (output && strcmp(output, "-") == 0 &&
	    (json || explain || expect || against))
		return rv_fail(err, RV_USAGE,
			       "--output - leaves no room for a report");
	if (scripts.n && !from && !expect)
		return rv_fail(err, RV_USAGE,
			       "--pre-launch-script goes with --from or"
			       " --expect");
	return true;
}

/* --style help, which takes nothing else but --json. */
static bool style_help(int argc, struct rv_err *err)
{
	if (argc || expect || explain || against || from || output ||
	    scripts.n || sets.n)
		return rv_fail(err, RV_USAGE, "--style help only lists styles");
	return list_styles(err);
}

/* A manifest that cannot be read has a hash all the same: r->why says so. */
static bool read_inside(struct result *r, struct rv_err *err)
{
	if (rv_compose_read(rv_buf_span(&r->bytes), &r->c, &r->why) &&
	    is_one(r->c, &r->why))
		return look_inside(r, err);
	rv_compose_free(&r->c);
	if (r->why.code == RV_INPUT)
		return true;
	*err = r->why;
	return false;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(result_free) struct result r = { 0 };

	if (style && strcmp(style, "help") == 0)
		return style_help(argc, err);
	if (!usage(argc, err) || !read_expect(&r, err) ||
	    !obtain(argc ? argv[0] : NULL, &r, err) ||
	    !rv_compose_hash(rv_buf_span(&r.bytes), &r.id, err) ||
	    !read_inside(&r, err))
		return false;
	*answer = verdict(&r);
	if (output && !deliver(&r, err))
		return false;
	if (output && strcmp(output, "-") == 0)
		return true;
	if (json)
		return print_json(&r, err);
	print_text(&r);
	return true;
}

static const struct rv_rule rules[] = {
	{ "quiet", "expect", NULL, "without it there is no verdict" },
	{ 0 },
};

const struct rv_cmd rv_cmd_hash_compose = {
	.name = "hash compose",
	.args = "[OPTIONS] app-compose.json",
	.summary = "The compose-hash of a manifest, and what explains it",
	.opts = opts,
	.rules = rules,
	.reads = "against from pre-launch-script",
	.example = "refval-hash compose --expect HASH --explain "
		   "app-compose.json",
	.run = run,
};
