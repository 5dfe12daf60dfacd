/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grubscript.c - grub's configuration, run as grub runs it when nobody is
 * there: each command is measured before it is run, each file when it is
 * opened. Where the files do not say what comes next, it ends with the reason.
 */
#include "grubrun.h"

#include <stdio.h>
#include <stdlib.h>

static void run_source(struct rv_grub_run *r, struct rv_span source);

/* ---- one command ---- */

/* As grub measures it: words with a blank between them, the block, too. */
static const char *joined(struct rv_grub_run *r, const struct rv_grub_words *w,
			  bool *known)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	*known = true;
	for (size_t i = 0; i < w->n; i++) {
		if (i)
			rv_grow_u8(&g, ' ');
		rv_grow_text(&g, w->w[i].p);
		*known &= w->w[i].known;
	}
	if (w->has_block) {
		rv_grow_text(&g, " {");
		rv_grow_add(&g, w->block.p, w->block.n);
		rv_grow_u8(&g, '}');
	}
	if (!g.failed)
		return rv_grub_keep(r, rv_buf_span(&g.buf));
	rv_err_no_memory(r->err, "grub");
	rv_grub_fail(r);
	return NULL;
}

static void call(struct rv_grub_run *r, struct rv_span body,
		 const struct rv_grub_words *w)
{
	const struct rv_grub_words *outer = r->scope;

	r->scope = w;
	run_source(r, body);
	r->scope = outer;
	r->returns = false;
}

static bool call_function(struct rv_grub_run *r, const struct rv_grub_words *w)
{
	for (size_t i = r->functions; i-- > 0;)
		if (strcmp(r->function[i].name, w->w[0].p) == 0) {
			call(r, r->function[i].body, w);
			return true;
		}
	return false;
}

static void assign(struct rv_grub_run *r, const struct rv_grub_words *w)
{
	const char *eq = strchr(w->w[0].p, '=');

	if (!eq || w->n != 1) {
		rv_grub_stop(r, "the command %.80s", w->w[0].p);
		return;
	}
	rv_grub_set(r, rv_span(w->w[0].p, (size_t)(eq - w->w[0].p)),
		    (struct rv_grub_text){ eq + 1, w->w[0].known });
	r->status = 0;
}

static void run_command(struct rv_grub_run *r, struct rv_grub_words *w)
{
	bool known, is_not;
	const char *text = joined(r, w, &known);

	if (!text)
		return;
	if (++r->commands > RV_GRUB_COMMANDS) {
		rv_grub_stop(r, "more than %d commands", RV_GRUB_COMMANDS);
		return;
	}
	rv_grub_event(r, "grub_cmd", text, known);
	is_not = strcmp(w->w[0].p, "!") == 0 && w->n > 1;
	if (is_not)
		memmove(w->w, w->w + 1, --w->n * sizeof w->w[0]);
	if (!w->w[0].known)
		rv_grub_stop(r, "a command whose name is not known");
	if (r->over)
		return;
	if (!rv_grub_command(r, w, run_source) && !call_function(r, w))
		assign(r, w);
	if (is_not && r->status != RV_GRUB_UNDECIDED)
		r->status = !r->status;
}

/* ---- statements ---- */

static struct rv_span list(struct rv_grub_run *r, struct rv_grub_src *s,
			   bool live);

/* Pass over the reserved word @want, which must be there. */
static bool expect(struct rv_grub_run *r, struct rv_grub_src *s,
		   struct rv_span got, const char *want)
{
	if (!r->over && !rv_same_text(got, want))
		rv_grub_stop(r, "no \"%s\" where one belongs", want);
	s->at += r->over ? 0 : got.n;
	return !r->over;
}

static void run_if(struct rv_grub_run *r, struct rv_grub_src *s, bool live)
{
	bool done = false, yes;
	struct rv_span word;

	for (;;) {
		word = list(r, s, live && !done);
		if (!expect(r, s, word, "then"))
			return;
		if (live && !done && r->status == RV_GRUB_UNDECIDED) {
			rv_grub_stop(r, "a condition that the disk does not"
					" decide");
			return;
		}
		yes = live && !done && r->status == 0;
		done |= yes;
		word = list(r, s, yes);
		if (!rv_same_text(word, "elif") || r->over)
			break;
		s->at += word.n;
	}
	if (rv_same_text(word, "else") && !r->over) {
		s->at += word.n;
		word = list(r, s, live && !done);
		done = true;
	}
	if (expect(r, s, word, "fi") && live && !done)
		r->status = 0;
}

static void pass_loop(struct rv_grub_run *r, struct rv_grub_src *s, bool live)
{
	if (live)
		rv_grub_stop(r, "a loop");
	if (expect(r, s, list(r, s, false), "do"))
		(void)expect(r, s, list(r, s, false), "done");
}

static void define(struct rv_grub_run *r, struct rv_grub_src *s, bool live)
{
	struct rv_grub_function f = { 0 };
	struct rv_span name;

	rv_grub_skip(s, false);
	name = rv_grub_raw(s);
	s->at += name.n;
	rv_grub_skip(s, true);
	if (!name.n || rv_grub_peek(s) != '{' ||
	    r->functions == RV_GRUB_FUNCTIONS) {
		rv_grub_stop(r, "a function without name or block, or too"
				" many");
		return;
	}
	if (!rv_grub_block(r, s, &f.body) || !live)
		return;
	f.name = rv_grub_keep(r, name);
	if (f.name)
		r->function[r->functions++] = f;
}

static void statement(struct rv_grub_run *r, struct rv_grub_src *s,
		      struct rv_span word, bool live)
{
	struct rv_grub_words *w;

	if (rv_same_text(word, "if")) {
		s->at += word.n;
		run_if(r, s, live);
		return;
	}
	if (rv_same_text(word, "function")) {
		s->at += word.n;
		define(r, s, live);
		return;
	}
	if (rv_same_text(word, "while") || rv_same_text(word, "until") ||
	    rv_same_text(word, "for")) {
		s->at += word.n;
		pass_loop(r, s, live);
		return;
	}
	w = calloc(1, sizeof *w);
	if (!w) {
		rv_err_no_memory(r->err, "grub");
		rv_grub_fail(r);
		return;
	}
	rv_grub_words(r, s, live, w);
	if (live && w->n && !r->over)
		run_command(r, w);
	free(w);
}

static bool closes(struct rv_span word)
{
	static const char *const reserved[] = { "then", "elif", "else",
						"fi",	"do",	"done" };

	for (size_t i = 0; i < RV_LEN(reserved); i++)
		if (rv_same_text(word, reserved[i]))
			return true;
	return false;
}

/* Statements up to a reserved word that closes them, which is given back. */
static struct rv_span list(struct rv_grub_run *r, struct rv_grub_src *s,
			   bool live)
{
	struct rv_span word = { 0 };

	if (++r->depth > RV_GRUB_DEPTH)
		rv_grub_stop(r, "more than %d levels", RV_GRUB_DEPTH);
	while (!r->over) {
		rv_grub_skip(s, true);
		word = rv_grub_raw(s);
		if (rv_grub_peek(s) < 0 || closes(word) || (live && r->returns))
			break;
		statement(r, s, word, live);
	}
	r->depth--;
	return word;
}

static void run_source(struct rv_grub_run *r, struct rv_span source)
{
	struct rv_grub_src s = { .s = source };
	struct rv_span word = list(r, &s, true);

	if (!r->over && !r->returns && word.n)
		rv_grub_stop(r, "\"%.*s\" where it does not belong",
			     (int)word.n, (const char *)word.p);
}

/* ---- the menu ---- */

static const struct rv_grub_entry *choose(struct rv_grub_run *r)
{
	struct rv_grub_text wanted = rv_grub_get(r, rv_text("default"));
	uint64_t k;

	if (!wanted.known) {
		rv_grub_stop(r, "which entry is the default");
		return NULL;
	}
	if (!*wanted.p)
		return &r->entry[0];
	if (rv_decimal(rv_text(wanted.p), RV_GRUB_ENTRIES, &k) &&
	    k < r->entries)
		return &r->entry[k];
	for (size_t i = 0; i < r->entries; i++)
		if (strcmp(wanted.p, r->entry[i].id) == 0 ||
		    strcmp(wanted.p, r->entry[i].title) == 0)
			return &r->entry[i];
	rv_grub_stop(r, "the default %.80s, which is no entry of the menu",
		     wanted.p);
	return NULL;
}

/* Nobody chooses, so the menu must come to an end on its own. */
static bool ends(struct rv_grub_run *r)
{
	struct rv_grub_text timeout = rv_grub_get(r, rv_text("timeout"));
	uint64_t seconds;

	if (!r->entries)
		rv_grub_stop(r, "the configuration has no menu entry");
	else if (!timeout.known ||
		 !rv_decimal(rv_text(timeout.p), INT32_MAX, &seconds))
		rv_grub_stop(r, "what is chosen in a menu that waits for it");
	return !r->over;
}

static void start_entry(struct rv_grub_run *r, const struct rv_grub_entry *e)
{
	struct rv_grub_text superusers = rv_grub_get(r, rv_text("superusers"));
	struct rv_grub_words w = { .n = 2 };
	const char *text;
	bool known;

	if (!e->known || e->submenu)
		rv_grub_stop(r, "what is chosen in a submenu, or an entry that"
				" is not known");
	else if ((*superusers.p || !superusers.known) && e->restricted)
		rv_grub_stop(r, "an entry that asks for a password");
	if (r->over)
		return;
	rv_grub_set(r, rv_text("chosen"), (struct rv_grub_text){ e->id, true });
	w.w[0] = (struct rv_grub_text){ "setparams", true };
	w.w[1] = (struct rv_grub_text){ e->title, true };
	text = joined(r, &w, &known);
	if (!text)
		return;
	rv_grub_event(r, "grub_cmd", text, known);
	call(r, e->body, &w);
	if (!r->over && r->end->line.p) {
		r->end->boots = true;
		r->over = true;
	}
	rv_grub_stop(r, "an entry that starts no kernel");
}

static void run_all(struct rv_grub_run *r)
{
	RV_AUTO(rv_buf_free) struct rv_buf config = { 0 }, again = { 0 };
	struct rv_grub_text path = { NULL, true };
	const struct rv_grub_entry *e;
	enum rv_grub_there there;
	char name[256];

	rv_grub_preset(r);
	snprintf(name, sizeof name, "%.200s/grub.cfg", r->world->prefix);
	path.p = name;
	/* Opened to see that it is there, and to be read. */
	there = rv_grub_file(r, path, "file", &config);
	if (there != RV_GRUB_THERE)
		rv_grub_stop(r, "%s is not on the EFI system partition", name);
	if (r->over || rv_grub_file(r, path, "file", &again) != there ||
	    r->over)
		return;
	run_source(r, rv_buf_span(&config));
	if (r->over || !ends(r))
		return;
	e = choose(r);
	if (e)
		start_entry(r, e);
}

bool rv_grub_run(const struct rv_grub_world *world, struct rv_grub_end *end,
		 struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_grub_run *r = calloc(1, sizeof *r);

	*end = (struct rv_grub_end){ 0 };
	if (!r)
		return rv_no_memory(err, "grub");
	r->world = world;
	r->end = end;
	r->err = err;
	run_all(r);
	rv_grub_forget(r);
	return !r->failed;
}
