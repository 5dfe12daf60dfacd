/* SPDX-License-Identifier: Apache-2.0 */
/*
 * releases.c - "refval-releases": which records there are, what each of them
 * knows, and which one is that of a machine.
 */
#include "base.h"
#include "cmd.h"
#include "last_line.h"
#include "out.h"
#include "records.h"

#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

static bool json;
static const char *records, *instance;

/* What was asked, and what there is. */
struct work {
	struct rv_releases all;
	const char *evidence;	      /* NULL: only the records */
	const struct rv_release *one; /* or NULL: all of them */
	struct rv_evidence e;
	struct rv_quote quote;
	struct rv_replay replay;
	struct rv_release_said said;
	size_t fits;
};

static void work_free(struct work *w)
{
	rv_replay_free(&w->replay);
	rv_evidence_free(&w->e);
	rv_releases_free(&w->all);
}

/* ---- what a record knows ---- */

/* One value of a record; NULL behind the last. */
static const struct rv_recorded *value(const struct rv_release *r, size_t i,
				       const char **name)
{
	const struct {
		const char *name;
		const struct rv_recorded *v;
	} list[] = {
		{ "mrtd_single_pass", &r->single_pass },
		{ "mrtd_two_pass", &r->two_pass },
		{ "rtmr1", &r->rtmr1 },
		{ "rtmr2", &r->rtmr2 },
	};

	if (i >= RV_LEN(list))
		return NULL;
	*name = list[i].name;
	return list[i].v;
}

static const char *from(enum rv_from f)
{
	return f == RV_FROM_IMAGE      ? "computed from the image"
	       : f == RV_FROM_MACHINES ? "captured from machines"
				       : "published";
}

/* ---- JSON ---- */

static void json_value(struct rv_jw *w, const char *name, struct rv_span hex,
		       const struct rv_provenance *why)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "name", name);
	rv_jw_hex(w, "value", hex);
	rv_jw_str(w, "from", from(why->from));
	rv_jw_str(w, "source", why->source);
	rv_jw_close(w);
}

static void json_set(struct rv_jw *w, const char *key, unsigned set)
{
	rv_jw_open(w, key, '[');
	for (unsigned i = 0; i < RV_FITS; i++)
		if (set & 1u << i)
			rv_jw_str(w, NULL, rv_fit_name(i));
	rv_jw_close(w);
}

static void json_record(const struct work *t, const struct rv_release *r,
			struct rv_jw *w)
{
	struct rv_release_fit fit = rv_release_fit(r, &t->said);
	const struct rv_recorded *v;
	const char *name;

	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "name", r->name);
	rv_jw_str(w, "version", r->version);
	rv_jw_str(w, "flavour", r->flavour);
	rv_jw_str(w, "date", *r->date ? r->date : NULL);
	rv_jw_str(w, "url", *r->url ? r->url : NULL);
	rv_jw_open(w, "values", '[');
	if (r->has_os_image_hash)
		json_value(w, "os_image_hash", rv_span(r->os_image_hash.b, 32),
			   &r->os_image_hash_why);
	for (size_t i = 0; (v = value(r, i, &name)); i++)
		if (v->known)
			json_value(w, name, rv_span(v->value.b, 48), &v->why);
	rv_jw_close(w);
	rv_jw_u64(w, "shapes", r->shapes);
	if (t->evidence) {
		rv_jw_bool(w, "fits", rv_release_fits(&fit));
		json_set(w, "same", fit.same);
		json_set(w, "other", fit.other);
	}
	rv_jw_close(w);
}

static bool print_json(const struct work *t, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.releases/1");
	rv_jw_str(&w, "evidence", t->evidence);
	rv_jw_open(&w, "releases", '[');
	for (size_t i = 0; i < t->all.n; i++)
		if (!t->one || t->one == &t->all.item[i])
			json_record(t, &t->all.item[i], &w);
	rv_jw_close(&w);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

/* ---- text ---- */

static void text_line(const struct rv_release *r)
{
	rv_out("%-24s %-10s ", r->name, r->date);
	if (rv_release_has_registers(r))
		rv_out("%s%s%s",
		       r->single_pass.known || r->two_pass.known ? " mrtd" : "",
		       r->rtmr1.known ? " rtmr1" : "",
		       r->rtmr2.known ? " rtmr2" : "");
	else
		rv_out(" no registers: --image decides");
	if (r->has_os_image_hash)
		rv_out(" os_image_hash");
	if (r->shapes)
		rv_out(" rtmr0 of %zu machine%s", r->shapes,
		       r->shapes == 1 ? "" : "s");
	rv_out("\n");
}

static void text_value(const char *name, struct rv_span hex,
		       const struct rv_provenance *why)
{
	rv_out("%-17s", name);
	rv_out_hex(hex);
	rv_out("\n%17s%s: ", "", from(why->from));
	rv_out_str(why->source);
	rv_out("\n");
}

static void text_record(const struct rv_release *r)
{
	const struct rv_recorded *v;
	const char *name;

	rv_out("%s\n%-17s%s, %s\n", r->name, "flavour", r->flavour,
	       *r->date ? r->date : "no date");
	if (*r->url) {
		rv_out("%-17s", "image");
		rv_out_str(r->url);
		rv_out("\n");
	}
	if (r->has_os_image_hash)
		text_value("os_image_hash", rv_span(r->os_image_hash.b, 32),
			   &r->os_image_hash_why);
	for (size_t i = 0; (v = value(r, i, &name)); i++)
		if (v->known)
			text_value(name, rv_span(v->value.b, 48), &v->why);
	for (size_t i = 0; i < r->shapes; i++) {
		const struct rv_shape *s = &r->shape[i].shape;

		rv_out("%-17s%u vCPU%s, %" PRIu64 " MiB, QEMU %u.%u.%u\n",
		       i ? "" : "rtmr0 of", s->cpus, s->cpus == 1 ? "" : "s",
		       s->memory >> 20, s->qemu.major, s->qemu.minor,
		       s->qemu.micro);
	}
	if (!rv_release_has_registers(r))
		rv_out("\nno registers are recorded: get the image, and"
		       " --image decides\n");
}

static void text_set(const char *what, unsigned set)
{
	if (set)
		rv_out("  %s", what);
	for (unsigned i = 0; i < RV_FITS; i++)
		if (set & 1u << i)
			rv_out(" %s", rv_fit_name(i));
}

/* Several releases may have the same registers. */
static void text_last(const struct work *t)
{
	char names[400] = "";
	size_t n = 0;

	for (size_t i = 0; i < t->all.n; i++) {
		struct rv_release_fit fit =
		    rv_release_fit(&t->all.item[i], &t->said);

		if (rv_release_fits(&fit) && n < sizeof names)
			n += (size_t)snprintf(names + n, sizeof names - n,
					      "%s%s", n ? " or " : "",
					      t->all.item[i].name);
	}
	if (t->fits)
		rv_last_line(RV_OK,
			     "it runs %s, by its own word: refval-verify"
			     " checks the quote",
			     names);
	else
		rv_last_line(RV_INPUT,
			     "it runs none of the %zu recorded"
			     " releases",
			     t->all.n);
}

/* Each record of which something is the machine's. */
static void text_fits(const struct work *t)
{
	for (size_t i = 0; i < t->all.n; i++) {
		const struct rv_release *r = &t->all.item[i];
		struct rv_release_fit fit = rv_release_fit(r, &t->said);
		bool fits = rv_release_fits(&fit);

		/* One firmware serves many releases. */
		if (!(fit.same & ~(1u << RV_FIT_MRTD)))
			continue;
		rv_out_tone(fits ? RV_TONE_GOOD : RV_TONE_DIM, "%-24s",
			    r->name);
		text_set("same:", fit.same);
		text_set("other:", fit.other);
		rv_out("\n");
	}
	rv_out("\n");
	text_last(t);
}

static void print_text(const struct work *t)
{
	size_t some = 0;

	if (t->evidence) {
		text_fits(t);
		return;
	}
	if (t->one) {
		text_record(t->one);
		return;
	}
	for (size_t i = 0; i < t->all.n; i++) {
		text_line(&t->all.item[i]);
		some += rv_release_has_registers(&t->all.item[i]);
	}
	rv_out("\n%zu records, %zu with registers\n", t->all.n, some);
}

/* ---- */

/* What the machine says of its image; nothing of it is verified here. */
static bool read_machine(struct work *t, struct rv_err *err)
{
	struct rv_evidence_options o = { .instance = instance };
	bool quote;

	if (!rv_evidence_read_path(t->evidence, &o, &t->e, err))
		return false;
	quote = t->e.quote.n != 0;
	if (quote && !rv_quote_read(rv_buf_span(&t->e.quote), &t->quote, err))
		return rv_in(err, "%s", t->evidence);
	if (t->e.log.n && !rv_replay_run(&t->e.log, &t->replay, err))
		return rv_in(err, "%s", t->evidence);
	if (!rv_release_said(quote ? &t->quote : NULL, &t->e.claimed,
			     t->e.log.n ? &t->replay : NULL, &t->said))
		return rv_fail(err, RV_INPUT,
			       "%s: no registers and no os_image_hash in it",
			       t->evidence);
	for (size_t i = 0; i < t->all.n; i++) {
		struct rv_release_fit fit =
		    rv_release_fit(&t->all.item[i], &t->said);

		t->fits += rv_release_fits(&fit);
	}
	return true;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(work_free) struct work t = { 0 };
	bool is_file;

	if (argc > 1)
		return rv_fail(err, RV_USAGE, "one EVIDENCE or NAME is taken");
	is_file =
	    argc && (strcmp(argv[0], "-") == 0 || access(argv[0], F_OK) == 0);
	if (!is_file && (instance || rv_paper.quiet))
		return rv_fail(err, RV_USAGE, "--%s needs an EVIDENCE",
			       instance ? "instance" : "quiet");
	if (!rv_records_load(records, &t.all, err))
		return false;
	if (is_file) {
		t.evidence = argv[0];
		if (!read_machine(&t, err))
			return false;
		*answer = t.fits ? RV_OK : RV_INPUT;
	} else if (argc && (!rv_records_named(records, argv[0], err) ||
			    !rv_releases_find(&t.all, argv[0], &t.one, err))) {
		return false;
	}
	if (json)
		return print_json(&t, err);
	print_text(&t);
	return true;
}

static const struct rv_opt opts[] = {
	RV_OPT_TEXT("releases", "DIR", &records,
		    "release records other than the installed ones"),
	RV_OPT_INSTANCE(&instance),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "releases",
	.args = "[OPTIONS] [EVIDENCE | NAME]",
	.summary = "List the recorded releases, one of them, or the one of "
		   "EVIDENCE",
	.opts = opts,
	.finds = "releases",
	.names = "",
	.example = "refval releases quote.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
