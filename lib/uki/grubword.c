/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grubword.c - the words of grub's configuration (GNU GRUB Manual, "Writing
 * full configuration files directly"): quotes, variables, blocks.
 */
#include "grubrun.h"

#include <stdio.h>

/* ---- without meaning ---- */

static bool is_blank(int c)
{
	return c == ' ' || c == '\t';
}

static bool is_end(int c)
{
	return c < 0 || c == '\n' || c == ';';
}

static bool is_meta(int c)
{
	return c == '{' || c == '}' || c == '|' || c == '&' || c == '<' ||
	       c == '>';
}

void rv_grub_skip(struct rv_grub_src *s, bool lines)
{
	for (;;) {
		int c = rv_grub_peek(s);

		if (c == '#') {
			while (rv_grub_peek(s) >= 0 && rv_grub_peek(s) != '\n')
				s->at++;
		} else if (c == '\\' && s->at + 1 < s->s.n &&
			   s->s.p[s->at + 1] == '\n') {
			s->at += 2;
		} else if (is_blank(c) || (lines && c >= 0 && is_end(c))) {
			s->at++;
		} else {
			return;
		}
	}
}

struct rv_span rv_grub_raw(const struct rv_grub_src *s)
{
	size_t to = s->at;

	while (to < s->s.n && !is_blank(s->s.p[to]) && !is_end(s->s.p[to]) &&
	       !is_meta(s->s.p[to]))
		to++;
	return rv_span(s->s.p + s->at, to - s->at);
}

/* A backslash and what it is before. */
static void pass_escape(struct rv_grub_src *s)
{
	s->at = s->s.n - s->at > 2 ? s->at + 2 : s->s.n;
}

/* The quoted text there, passed over. */
static bool pass_quote(struct rv_grub_src *s)
{
	int quote = rv_grub_peek(s);

	for (s->at++; s->at < s->s.n; s->at++) {
		int c = rv_grub_peek(s);

		if (c == '\\' && quote == '"')
			s->at++;
		else if (c == quote) {
			s->at++;
			return true;
		}
	}
	s->at = s->s.n;
	return false;
}

bool rv_grub_block(struct rv_grub_run *r, struct rv_grub_src *s,
		   struct rv_span *out)
{
	size_t from = s->at + 1, depth = 0;
	bool begins = true; /* here a word may */

	while (s->at < s->s.n) {
		int c = rv_grub_peek(s);

		if (c == '#' && begins) {
			rv_grub_skip(s, false);
			continue;
		}
		begins = is_blank(c) || is_end(c) || is_meta(c);
		if (c == '\'' || c == '"') {
			if (!pass_quote(s))
				break;
			continue;
		}
		if (c == '\\') {
			pass_escape(s);
			continue;
		}
		if (c == '$' && s->at + 1 < s->s.n &&
		    s->s.p[s->at + 1] == '{') {
			while (s->at < s->s.n && rv_grub_peek(s) != '}')
				s->at++;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			*out = rv_span(s->s.p + from, s->at - from);
			s->at++;
			return true;
		}
		s->at++;
	}
	s->at = s->s.n;
	rv_grub_stop(r, "a brace or quote that nothing closes");
	return false;
}

/* ---- with meaning ---- */

/* The word that is being put together. */
struct word {
	struct rv_grub_run *r;
	struct rv_grub_words *out;
	struct rv_grow text;
	bool there; /* "" is a word when it is quoted */
	bool known;
};

static void end_word(struct word *w)
{
	const char *p;

	if (!w->there)
		return;
	if (w->out->n == RV_GRUB_ARGS) {
		rv_grub_stop(w->r, "a command of more than %d words",
			     RV_GRUB_ARGS);
		return;
	}
	if (w->text.failed) {
		rv_err_no_memory(w->r->err, "grub");
		rv_grub_fail(w->r);
		return;
	}
	p = rv_grub_keep(w->r, rv_buf_span(&w->text.buf));
	if (p)
		w->out->w[w->out->n++] = (struct rv_grub_text){ p, w->known };
	w->text.buf.n = 0;
	w->there = false;
	w->known = true;
}

static void put(struct word *w, int c)
{
	rv_grow_u8(&w->text, (unsigned)c);
	w->there = true;
}

/* A variable's value without quotes: its blanks part words. */
static void put_split(struct word *w, struct rv_grub_text value)
{
	for (const char *p = value.p; *p; p++) {
		if (*p == '*' || *p == '?' || *p == '\\' || *p == '\n')
			rv_grub_stop(w->r, "a variable without quotes that"
					   " holds one of * ? \\");
		else if (is_blank(*p))
			end_word(w);
		else
			put(w, *p);
	}
	/* One that is not known may be nothing, or words. */
	w->known &= value.known;
	w->there |= !value.known;
}

static bool is_name(int c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

/* $1, $? and the like. */
static struct rv_grub_text special(struct rv_grub_run *r, struct rv_span name)
{
	struct rv_grub_text v = { "", true };
	char digits[24];
	uint64_t k = 0;

	if (rv_same_text(name, "?")) {
		v.known = r->status == 0;
		v.p = "0";
	} else if (rv_same_text(name, "#")) {
		snprintf(digits, sizeof digits, "%zu",
			 r->scope ? r->scope->n - 1 : 0);
		v.p = rv_grub_keep(r, rv_text(digits));
	} else if (!rv_decimal(name, RV_GRUB_ARGS, &k)) {
		rv_grub_stop(r, "the variable $%.*s", (int)name.n,
			     (const char *)name.p);
	} else if (k && r->scope && k < r->scope->n) {
		v = r->scope->w[k];
	}
	return v.p ? v : (struct rv_grub_text){ "", false };
}

/* The name behind a $, passed over; empty: there is none. */
static struct rv_span take_name(struct rv_grub_src *s)
{
	size_t from = s->at, to = from;
	int c = rv_grub_peek(s);
	struct rv_span name;

	if (c == '{') {
		while (to < s->s.n && s->s.p[to] != '}')
			to++;
		name = rv_span(s->s.p + from + 1, to - from - 1);
		s->at = to < s->s.n ? to + 1 : to;
		return name;
	}
	if (c == '?' || c == '#' || c == '@' || c == '*')
		to++;
	else if (c >= '0' && c <= '9')
		while (to < s->s.n && s->s.p[to] >= '0' && s->s.p[to] <= '9')
			to++;
	else
		while (to < s->s.n && is_name(s->s.p[to], to == from))
			to++;
	s->at = to;
	return rv_span(s->s.p + from, to - from);
}

static void put_variable(struct word *w, struct rv_grub_src *s, bool quoted)
{
	struct rv_grub_text v;
	struct rv_span name;

	s->at++;
	if (!quoted && rv_grub_peek(s) == '"') {
		rv_grub_stop(w->r, "a text that is translated: $\"");
		return;
	}
	name = take_name(s);
	if (!name.n) {
		put(w, '$');
		return;
	}
	v = is_name(name.p[0], true) ? rv_grub_get(w->r, name)
				     : special(w->r, name);
	if (!quoted) {
		put_split(w, v);
		return;
	}
	for (const char *p = v.p; *p; p++)
		put(w, *p);
	w->known &= v.known;
}

static void put_quoted(struct word *w, struct rv_grub_src *s)
{
	w->there = true;
	for (s->at++;
	     rv_grub_peek(s) >= 0 && rv_grub_peek(s) != '"' && !w->r->over;) {
		int c = rv_grub_peek(s);

		if (c == '$') {
			put_variable(w, s, true);
			continue;
		}
		if (c == '\\' && s->at + 1 < s->s.n) {
			int next = s->s.p[s->at + 1];

			if (next == '$' || next == '"' || next == '\\')
				c = next, s->at++;
			else if (next == '\n' || next == '`')
				rv_grub_stop(w->r, "a backslash before the end"
						   " of a line in quotes");
		}
		put(w, c);
		s->at++;
	}
	if (rv_grub_peek(s) < 0)
		rv_grub_stop(w->r, "a quote that nothing closes");
	else
		s->at++;
}

static void put_plain(struct word *w, struct rv_grub_src *s)
{
	w->there = true;
	for (s->at++; rv_grub_peek(s) >= 0 && rv_grub_peek(s) != '\''; s->at++)
		put(w, rv_grub_peek(s));
	if (rv_grub_peek(s) < 0)
		rv_grub_stop(w->r, "a quote that nothing closes");
	else
		s->at++;
}

static void one_word(struct word *w, struct rv_grub_src *s)
{
	for (;;) {
		int c = rv_grub_peek(s);

		if (is_blank(c) || is_end(c) || is_meta(c) || w->r->over)
			return;
		if (c == '\'') {
			put_plain(w, s);
		} else if (c == '"') {
			put_quoted(w, s);
		} else if (c == '$') {
			put_variable(w, s, false);
		} else if (c == '*' || c == '?') {
			rv_grub_stop(w->r, "names with * or ?");
		} else {
			if (c == '\\') {
				s->at++;
				c = rv_grub_peek(s);
				if (c == '\n') {
					s->at++;
					continue;
				}
			}
			if (c < 0)
				return;
			put(w, c);
			s->at++;
		}
	}
}

/* As one_word(), where nothing is run. */
static void pass_word(struct rv_grub_src *s)
{
	for (;;) {
		int c = rv_grub_peek(s);

		if (is_blank(c) || is_end(c) || is_meta(c))
			return;
		if (c == '\'' || c == '"')
			pass_quote(s);
		else if (c == '$' && s->at + 1 < s->s.n &&
			 s->s.p[s->at + 1] == '{')
			s->at++, take_name(s);
		else if (c == '\\')
			pass_escape(s);
		else
			s->at++;
	}
}

void rv_grub_words(struct rv_grub_run *r, struct rv_grub_src *s, bool live,
		   struct rv_grub_words *out)
{
	struct word w = { .r = r, .out = out, .known = true };

	*out = (struct rv_grub_words){ 0 };
	while (!r->over) {
		int c;

		rv_grub_skip(s, false);
		c = rv_grub_peek(s);
		if (is_end(c))
			break;
		if (c == '{' && !out->has_block) {
			out->has_block = rv_grub_block(r, s, &out->block);
		} else if (is_meta(c) || out->has_block) {
			rv_grub_stop(r, "the character %c outside quotes", c);
		} else if (live) {
			one_word(&w, s);
			end_word(&w);
		} else {
			pass_word(s);
		}
	}
	rv_grow_free(&w.text);
}
