/* SPDX-License-Identifier: Apache-2.0 */
/* pin_list.c - lists of pins: read, compared, written. */
#include "pin_list.h"
#include "atomic.h"
#include "base.h"

#include <stdlib.h>

enum {
	LIST_MAX = 16 << 20,
	HEX = 64,
	ROWS_MAX = 100, /* of a report that says no: the rest is counted */
};

struct pin {
	char *name; /* owned */
	struct rv_sha256 sha256;
	size_t line;
	bool used;
};

struct pins {
	struct pin *item;
	size_t n;
};

static void pins_free(struct pins *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->item[i].name);
	free(p->item);
	*p = (struct pins){ 0 };
}

/* ---- reading ---- */

/* A name in which sha256sum wrote \\, \n and \r; in place. */
static bool unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\') {
			s++;
			if (*s != '\\' && *s != 'n' && *s != 'r')
				return false;
			*to++ = *s == 'n' ? '\n' : *s == 'r' ? '\r' : '\\';
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return true;
}

/* "HEX  NAME", "HEX *NAME", with a \ before it where NAME has escapes. */
static bool read_line(struct rv_span s, struct pin *out, struct rv_err *err)
{
	bool escaped = s.n && *s.p == '\\';
	struct rv_span hex, gap, name;

	if (escaped)
		s = rv_span(s.p + 1, s.n - 1);
	if (!rv_sub(s, 0, HEX, &hex) || !rv_sub(s, HEX, 2, &gap) ||
	    !rv_sub(s, HEX + 2, s.n - HEX - 2, &name) || !name.n ||
	    !rv_unhex(hex, out->sha256.b, sizeof out->sha256.b) ||
	    (!rv_same_text(gap, "  ") && !rv_same_text(gap, " *")))
		return rv_fail(err, RV_INPUT,
			       "neither a SHA-256 nor the name of a file");
	if (!rv_text_copy(name, "name", &out->name, err))
		return false;
	if (escaped && !unescape(out->name))
		return rv_fail(err, RV_INPUT, "a \\ that escapes nothing");
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct pin *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->line > y->line) - (x->line < y->line);
}

static size_t count_lines(struct rv_span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static bool read_lines(struct rv_span text, struct pins *p, struct rv_err *err)
{
	struct rv_span line;

	if (!text.n)
		return rv_fail(err, RV_INPUT, "an empty list");
	if (text.p[text.n - 1] != '\n')
		return rv_fail(err, RV_INPUT, "the last line has no end");
	p->item = calloc(count_lines(text), sizeof *p->item);
	if (!p->item)
		return rv_no_memory(err, "pins");
	while (rv_line(&text, &line)) {
		struct pin *pin = &p->item[p->n++];

		pin->line = p->n;
		if (!read_line(line, pin, err))
			return rv_in(err, "line %zu", p->n);
	}
	qsort(p->item, p->n, sizeof *p->item, by_name);
	for (size_t i = 1; i < p->n; i++)
		if (strcmp(p->item[i - 1].name, p->item[i].name) == 0)
			return rv_fail(err, RV_INPUT,
				       "line %zu: the same name as line %zu",
				       p->item[i].line, p->item[i - 1].line);
	return true;
}

static bool read_list(const char *path, struct pins *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(pins_free) struct pins p = { 0 };

	if (!rv_buf_read(path, LIST_MAX, &b, err))
		return rv_in(err, "pins");
	if (!read_lines(rv_buf_span(&b), &p, err))
		return rv_in(err, "pins: %s", path);
	*out = RV_TAKE(p);
	return true;
}

/* ---- comparing ---- */

struct verdict {
	struct rv_report *to;
	const char *path; /* of the list */
	size_t faults;
};

static struct rv_check *row(const struct verdict *v, enum rv_verdict verdict)
{
	struct rv_check *c =
	    rv_report_add(v->to, RV_LAYER_INPUTS, "pin", verdict);

	rv_report_set(v->to, &c->from, "%s", v->path);
	return c;
}

static void no(struct verdict *v, const char *name, const char *what,
	       const struct rv_sha256 *want, const struct rv_sha256 *have)
{
	struct rv_check *c;

	if (v->faults++ >= ROWS_MAX)
		return;
	c = row(v, RV_DIFFERS);
	if (want)
		rv_report_set_hex(v->to, &c->expected,
				  rv_span(want->b, sizeof want->b));
	if (have)
		rv_report_set_hex(v->to, &c->actual,
				  rv_span(have->b, sizeof have->b));
	rv_report_set(v->to, &c->reason, "%s: %s", name, what);
}

static void compare(struct verdict *v, const struct rv_pin_file *f,
		    const struct pins *pins)
{
	struct pin key = { .name = f->name };
	struct pin *pin = NULL;

	/* Lines count from 1: the key sorts right before its namesake. */
	for (size_t low = 0, high = pins->n; low < high && !pin;) {
		size_t at = low + (high - low) / 2;
		int c = strcmp(key.name, pins->item[at].name);

		if (c == 0)
			pin = &pins->item[at];
		else if (c < 0)
			high = at;
		else
			low = at + 1;
	}
	if (pin)
		pin->used = true;
	if (f->fault)
		no(v, f->name, "no plain file, which cannot be pinned", NULL,
		   NULL);
	else if (!pin)
		no(v, f->name, "not pinned", NULL, &f->sha256);
	else if (memcmp(&pin->sha256, &f->sha256, sizeof f->sha256) != 0)
		no(v, f->name, "not the one that was pinned", &pin->sha256,
		   &f->sha256);
}

/* Is @name what the argument @path names, or, by its spelling, below it? */
static bool within(const char *name, const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return strcmp(name, path) == 0 ||
	       (strncmp(name, path, n) == 0 &&
		(name[n] == '/' || path[n - 1] == '/'));
}

/* How many files the argument @path stands for; *one is the last of them. */
static size_t files_of(const char *path, const struct rv_pin_files *files,
		       const struct rv_pin_file **one)
{
	size_t found = 0;

	for (size_t i = 0; i < files->n; i++) {
		if (!within(files->item[i].name, path))
			continue;
		*one = &files->item[i];
		found++;
	}
	return found;
}

static void yes(const struct verdict *v, const char *path,
		const struct rv_pin_files *files)
{
	const struct rv_pin_file *one = NULL;
	size_t n = files_of(path, files, &one);
	struct rv_check *c = row(v, RV_YES);

	if (one && strcmp(one->name, path) == 0) {
		rv_report_set_hex(v->to, &c->actual,
				  rv_span(one->sha256.b, sizeof one->sha256.b));
		rv_report_set(v->to, &c->reason, "%s: as pinned", path);
	} else {
		rv_report_set(v->to, &c->reason,
			      "%s: %zu file%s, nothing else, as pinned", path,
			      n, n == 1 ? "" : "s");
	}
}

bool rv_pin_list_check(const char *path, const struct rv_pin_files *files,
		       const char *const *paths, size_t n,
		       struct rv_report *report, bool *good, struct rv_err *err)
{
	RV_AUTO(pins_free) struct pins pins = { 0 };
	struct verdict v = { .to = report, .path = path };

	if (!read_list(path, &pins, err))
		return false;
	for (size_t i = 0; i < files->n; i++)
		compare(&v, &files->item[i], &pins);
	for (size_t i = 0; i < pins.n; i++)
		if (!pins.item[i].used)
			no(&v, pins.item[i].name,
			   "pinned, and no input of this"
			   " run",
			   &pins.item[i].sha256, NULL);
	if (v.faults > ROWS_MAX) {
		struct rv_check *c = row(&v, RV_DIFFERS);

		rv_report_set(report, &c->reason, "and %zu more",
			      v.faults - ROWS_MAX);
	}
	for (size_t i = 0; i < n && !v.faults; i++)
		yes(&v, paths[i], files);
	*good = v.faults == 0;
	return true;
}

/* ---- writing ---- */

static void write_line(struct rv_grow *g, const struct rv_pin_file *f)
{
	char hex[HEX + 1];

	rv_hex(rv_span(f->sha256.b, sizeof f->sha256.b), hex);
	rv_grow_printf(g, "%s%s  ", strpbrk(f->name, "\\\n\r") ? "\\" : "",
		       hex);
	for (const char *p = f->name; *p; p++)
		if (*p == '\\' || *p == '\n' || *p == '\r')
			rv_grow_printf(g, "\\%c",
				       *p == '\n'   ? 'n'
				       : *p == '\r' ? 'r'
						    : '\\');
		else
			rv_grow_printf(g, "%c", *p);
	rv_grow_text(g, "\n");
}

bool rv_pin_list_write(const char *path, const struct rv_pin_files *files,
		       const char *const *paths, size_t n, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (size_t i = 0; i < n; i++)
		if (within(path, paths[i]))
			return rv_fail(err, RV_USAGE,
				       "--write-pins %s: %s is an input, and"
				       " the list would be one of its files",
				       path, paths[i]);
	for (size_t i = 0; i < files->n; i++) {
		const struct rv_pin_file *f = &files->item[i];

		if (f->fault)
			return rv_fail(err, RV_INPUT,
				       "%s: %s: only plain files can be pinned",
				       f->name, f->fault);
		write_line(&g, f);
	}
	if (g.failed)
		return rv_no_memory(err, "pins");
	return rv_atomic_write(path, rv_buf_span(&g.buf), err);
}
