/* SPDX-License-Identifier: Apache-2.0 */
/* grubload.c - the files that grub reads, and the kernel that it starts. */
#include "grubrun.h"

#include <stdio.h>

void rv_grub_event(struct rv_grub_run *r, const char *label, const char *text,
		   bool known)
{
	RV_AUTO(rv_buf_free) struct rv_buf line = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span s = rv_text(text);

	rv_grow_printf(&g, "%s %s", label, text);
	rv_grow_u8(&g, 0);
	if (!rv_grow_take(&g, &line, r->err) ||
	    !r->world->measured(r->world->arg, RV_GRUB_STRINGS,
				(const char *)line.p, known ? &s : NULL,
				r->err))
		rv_grub_fail(r);
}

enum rv_grub_there rv_grub_file(struct rv_grub_run *r, struct rv_grub_text path,
				const char *label, struct rv_buf *out)
{
	struct rv_grub_text root = rv_grub_get(r, rv_text("root"));
	enum rv_grub_there there = RV_GRUB_UNKNOWN;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf whole = { 0 };
	struct rv_span bytes;

	if (*path.p != '(') {
		rv_grow_printf(&g, "(%s)", root.p);
		path.known &= root.known;
	}
	rv_grow_text(&g, path.p);
	rv_grow_u8(&g, 0);
	if (!rv_grow_take(&g, &whole, r->err) ||
	    (path.known && !r->world->file(r->world->arg, (const char *)whole.p,
					   &there, out, r->err))) {
		rv_grub_fail(r);
		return RV_GRUB_UNKNOWN;
	}
	bytes = rv_buf_span(out);
	if (label && there == RV_GRUB_THERE &&
	    !r->world->measured(r->world->arg, RV_GRUB_FILES, label, &bytes,
				r->err))
		rv_grub_fail(r);
	return there;
}

/* ---- kernel and initrd ---- */

/*
 * As grub hands words on: quotes and backslashes get a backslash, a word with a
 * blank gets quotes.
 */
static void put_word(struct rv_grow *g, const char *word)
{
	bool quoted = strchr(word, ' ') != NULL;

	if (g->buf.n)
		rv_grow_u8(g, ' ');
	if (quoted)
		rv_grow_u8(g, '"');
	for (const char *p = word; *p; p++) {
		if (*p == '\\' || *p == '\'' || *p == '"')
			rv_grow_u8(g, '\\');
		rv_grow_u8(g, (uint8_t)*p);
	}
	if (quoted)
		rv_grow_u8(g, '"');
}

/* One that is read for certain: of a file that is not here, no bytes. */
static bool load(struct rv_grub_run *r, struct rv_grub_text path,
		 const char *label, struct rv_buf *out, bool *known)
{
	enum rv_grub_there there = rv_grub_file(r, path, label, out);

	*known = there == RV_GRUB_THERE;
	if (there == RV_GRUB_MISSING)
		rv_grub_stop(r, "%s: the disk has no such file", path.p);
	if (there == RV_GRUB_UNKNOWN && !r->over &&
	    !r->world->measured(r->world->arg, RV_GRUB_FILES, label, NULL,
				r->err))
		rv_grub_fail(r);
	return !r->over;
}

void rv_grub_linux(struct rv_grub_run *r, const struct rv_grub_words *w)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_grub_end *end = r->end;
	bool known = true, whole;

	if (w->n < 2 || end->line.p || w->w[1].p[0] == '-') {
		rv_grub_stop(r, "linux without a kernel, or twice");
		return;
	}
	if (!load(r, w->w[1], "kernel", &end->kernel, &whole))
		return;
	for (size_t i = 1; i < w->n; i++) {
		put_word(&g, w->w[i].p);
		known &= w->w[i].known;
	}
	rv_grow_u8(&g, 0);
	if (!rv_grow_take(&g, &end->line, r->err)) {
		rv_grub_fail(r);
		return;
	}
	end->line.n--;
	end->has_line = known;
	rv_grub_event(r, "kernel_cmdline", (const char *)end->line.p, known);
	r->status = 0;
}

void rv_grub_initrd(struct rv_grub_run *r, const struct rv_grub_words *w)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_grub_end *end = r->end;
	bool known = true;

	if (w->n < 2 || !end->line.p || end->initrd.p) {
		rv_grub_stop(r, "initrd without a file or kernel, or twice");
		return;
	}
	for (size_t i = 1; i < w->n && !r->over; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		bool whole;

		if (w->w[i].p[0] == '-' || strncmp(w->w[i].p, "newc:", 5) == 0)
			rv_grub_stop(r, "the argument %s of initrd", w->w[i].p);
		else if (load(r, w->w[i], "initrd", &b, &whole)) {
			while (g.buf.n % 4 && !g.failed)
				rv_grow_u8(&g, 0);
			rv_grow_add(&g, b.p, b.n);
			known &= whole;
		}
	}
	if (r->over)
		return;
	/* Never without a byte, so that a second one is noticed. */
	rv_grow_u8(&g, 0);
	if (!rv_grow_take(&g, &end->initrd, r->err)) {
		rv_grub_fail(r);
		return;
	}
	end->initrd.n--;
	end->has_initrd = known;
	r->status = 0;
}

void rv_grub_end_free(struct rv_grub_end *end)
{
	rv_buf_free(&end->line);
	rv_buf_free(&end->initrd);
	rv_buf_free(&end->kernel);
}
