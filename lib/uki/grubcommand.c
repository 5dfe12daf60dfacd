/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grubcommand.c - the commands of grub whose effect on what is measured next is
 * known. With another one a configuration is not followed any further.
 */
#include "grubrun.h"

#include <stdio.h>

enum { MODULE_NAME = 80 }; /* bytes; the longest of grub 2.12 has 25 */

typedef void command(struct rv_grub_run *r, const struct rv_grub_words *w,
		     rv_grub_source *source);

/* ---- variables ---- */

static void set(struct rv_grub_run *r, const struct rv_grub_words *w,
		rv_grub_source *source)
{
	const char *eq = w->n == 2 ? strchr(w->w[1].p, '=') : NULL;

	(void)source;
	if (!eq) {
		rv_grub_stop(r, "set without one NAME=VALUE");
		return;
	}
	rv_grub_set(r, rv_span(w->w[1].p, (size_t)(eq - w->w[1].p)),
		    (struct rv_grub_text){ eq + 1, w->w[1].known });
	r->status = 0;
}

static void unset(struct rv_grub_run *r, const struct rv_grub_words *w,
		  rv_grub_source *source)
{
	(void)source;
	for (size_t i = 1; i < w->n; i++)
		rv_grub_unset(r, w->w[i].p);
	r->status = 0;
}

/* ---- without effect ---- */

static void nothing(struct rv_grub_run *r, const struct rv_grub_words *w,
		    rv_grub_source *source)
{
	(void)w;
	(void)source;
	r->status = 0;
}

static void no(struct rv_grub_run *r, const struct rv_grub_words *w,
	       rv_grub_source *source)
{
	(void)w;
	(void)source;
	r->status = 1;
}

/* Its own success is for the machine's devices to say. */
static void device(struct rv_grub_run *r, const struct rv_grub_words *w,
		   rv_grub_source *source)
{
	(void)w;
	(void)source;
	r->status = RV_GRUB_UNDECIDED;
}

/*
 * rv_grub_file() of the file @name below grub's own folder. The path is whole,
 * however long a configuration makes it: a part of it names another file.
 */
static enum rv_grub_there own_file(struct rv_grub_run *r, const char *name,
				   const char *label, struct rv_buf *out)
{
	struct rv_grub_text path = rv_grub_get(r, rv_text("prefix"));
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf whole = { 0 };

	rv_grow_printf(&g, "%s/%s", path.p, name);
	rv_grow_u8(&g, 0);
	if (!rv_grow_take(&g, &whole, r->err)) {
		rv_grub_fail(r);
		return RV_GRUB_UNKNOWN;
	}
	path.p = (const char *)whole.p;
	return rv_grub_file(r, path, label, out);
}

/* One that is not built in is a file, which would be measured. */
static void insmod(struct rv_grub_run *r, const struct rv_grub_words *w,
		   rv_grub_source *source)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char name[128];

	(void)source;
	if (w->n != 2 || !w->w[1].known || strpbrk(w->w[1].p, "/(.") ||
	    strlen(w->w[1].p) > MODULE_NAME) {
		rv_grub_stop(r, "insmod without the name of a module");
		return;
	}
	r->status = 0;
	if (r->world->module(r->world->arg, w->w[1].p))
		return;
	snprintf(name, sizeof name, "x86_64-efi/%s.mod", w->w[1].p);
	r->status = 1;
	if (own_file(r, name, NULL, &b) != RV_GRUB_MISSING)
		rv_grub_stop(r, "the module %.80s is not in grub's image",
			     w->w[1].p);
}

static void test(struct rv_grub_run *r, const struct rv_grub_words *w,
		 rv_grub_source *source)
{
	(void)source;
	r->status = rv_grub_test(r, w);
}

/* ---- files ---- */

static void source_file(struct rv_grub_run *r, const struct rv_grub_words *w,
			rv_grub_source *source)
{
	struct rv_buf b = { 0 };
	enum rv_grub_there there;
	const char *text;

	if (w->n != 2) {
		rv_grub_stop(r, "source without one file");
		return;
	}
	there = rv_grub_file(r, w->w[1], "file", &b);
	r->status = there == RV_GRUB_MISSING;
	if (there == RV_GRUB_UNKNOWN)
		rv_grub_stop(r, "%.80s is no file of the EFI system partition",
			     w->w[1].known ? w->w[1].p : "what is sourced");
	/* Blocks of it are run later: it must stay. */
	text = there == RV_GRUB_THERE && !r->over
		   ? rv_grub_keep(r, rv_buf_span(&b))
		   : NULL;
	if (text)
		source(r, rv_span(text, b.n));
	rv_buf_free(&b);
}

/* Lines NAME=VALUE, as grub-editenv writes them. */
static void read_env(struct rv_grub_run *r, struct rv_span all)
{
	struct rv_span line;

	if (!rv_line(&all, &line) ||
	    !rv_same_text(line, "# GRUB Environment Block")) {
		rv_grub_stop(r, "a grubenv without its first line");
		return;
	}
	while (!r->over && rv_line(&all, &line)) {
		const uint8_t *eq = line.n ? memchr(line.p, '=', line.n) : NULL;
		const char *value;
		size_t n;

		if (!line.n || line.p[0] == '#')
			continue;
		if (!eq || memchr(line.p, '\\', line.n)) {
			rv_grub_stop(r, "a line of grubenv that is escaped, or"
					" no NAME=VALUE");
			return;
		}
		n = (size_t)(eq - line.p);
		value = rv_grub_keep(r, rv_span(eq + 1, line.n - n - 1));
		if (value)
			rv_grub_set(r, rv_span(line.p, n),
				    (struct rv_grub_text){ value, true });
	}
}

static void load_env(struct rv_grub_run *r, const struct rv_grub_words *w,
		     rv_grub_source *source)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	enum rv_grub_there there;

	(void)source;
	if (w->n != 1) {
		rv_grub_stop(r, "load_env with arguments");
		return;
	}
	there = own_file(r, "grubenv", "file", &b);
	r->status = there == RV_GRUB_MISSING;
	if (there == RV_GRUB_UNKNOWN)
		rv_grub_stop(r, "grubenv is not on the EFI system partition");
	else if (there == RV_GRUB_THERE && !r->over)
		read_env(r, rv_buf_span(&b));
}

/* ---- search ---- */

static bool same_id(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		int x = *a >= 'a' && *a <= 'f' ? *a - 'a' + 'A' : *a;
		int y = *b >= 'a' && *b <= 'f' ? *b - 'a' + 'A' : *b;

		if (x != y)
			return false;
	}
	return *a == *b;
}

/* Only of the EFI system partition is known what file system it has. */
static void found(struct rv_grub_run *r, const char *variable, bool by_id,
		  struct rv_grub_text what)
{
	bool here = by_id && what.known && same_id(what.p, r->world->id);

	r->status = here ? 0 : RV_GRUB_UNDECIDED;
	rv_grub_set(r, rv_text(variable),
		    (struct rv_grub_text){ here ? r->world->root : "", here });
}

static void search(struct rv_grub_run *r, const struct rv_grub_words *w,
		   rv_grub_source *source)
{
	const char *variable = NULL;
	bool by_id = false, by_label = false;
	size_t what = 0;

	(void)source;
	for (size_t i = 1; i < w->n; i++) {
		const char *a = w->w[i].p;

		if (strncmp(a, "--set=", 6) == 0)
			variable = a + 6;
		else if (strcmp(a, "--fs-uuid") == 0 || strcmp(a, "-u") == 0)
			by_id = true;
		else if (strcmp(a, "--label") == 0 || strcmp(a, "-l") == 0)
			by_label = true;
		else if (strcmp(a, "--no-floppy") == 0 ||
			 strncmp(a, "--hint", 6) == 0)
			continue;
		else if (*a == '-' || what)
			break;
		else
			what = i;
	}
	/* By a file: those that are looked at are measured. */
	if (!what || !variable || by_id == by_label || !w->w[what].known)
		rv_grub_stop(r, "search in a way that is not followed here");
	else
		found(r, variable, by_id, w->w[what]);
}

static void search_id(struct rv_grub_run *r, const struct rv_grub_words *w,
		      rv_grub_source *source)
{
	(void)source;
	if (w->n < 3)
		rv_grub_stop(r, "search.fs_uuid without a variable");
	else
		found(r, w->w[2].p, true, w->w[1]);
}

/* ---- booting ---- */

static void linux_(struct rv_grub_run *r, const struct rv_grub_words *w,
		   rv_grub_source *source)
{
	(void)source;
	rv_grub_linux(r, w);
}

static void initrd(struct rv_grub_run *r, const struct rv_grub_words *w,
		   rv_grub_source *source)
{
	(void)source;
	rv_grub_initrd(r, w);
}

static void boot(struct rv_grub_run *r, const struct rv_grub_words *w,
		 rv_grub_source *source)
{
	(void)w;
	(void)source;
	if (!r->end->line.p) {
		rv_grub_stop(r, "boot without a kernel");
		return;
	}
	r->end->boots = true;
	r->over = true;
}

static void return_(struct rv_grub_run *r, const struct rv_grub_words *w,
		    rv_grub_source *source)
{
	(void)source;
	if (w->n > 1)
		rv_grub_stop(r, "return with a number");
	r->returns = true;
}

/* ---- the menu ---- */

/* The word of the option @name at *i, "--id=X" or "--id X"; NULL: another. */
static const char *option(const struct rv_grub_words *w, const char *name,
			  size_t *i)
{
	size_t n = strlen(name);
	const char *a = w->w[*i].p;

	/* A word is never NULL; so much the analyzer has to be told. */
	if (!a || strncmp(a, name, n) != 0)
		return NULL;
	if (a[n] == '=')
		return a + n + 1;
	if (a[n] || *i + 1 >= w->n)
		return NULL;
	return w->w[++*i].p;
}

static void menuentry(struct rv_grub_run *r, const struct rv_grub_words *w,
		      rv_grub_source *source)
{
	struct rv_grub_entry e = { .known = true, .restricted = true };
	const char *value;

	(void)source;
	e.submenu = strcmp(w->w[0].p, "submenu") == 0;
	e.body = w->block;
	for (size_t i = 1; i < w->n; i++) {
		const char *a = w->w[i].p;

		e.known &= w->w[i].known;
		if ((value = option(w, "--id", &i)))
			e.id = value;
		else if (option(w, "--class", &i) || option(w, "--users", &i))
			continue;
		else if (strcmp(a, "--unrestricted") == 0)
			e.restricted = false;
		else if (*a == '-' || e.title)
			rv_grub_stop(r, "the argument %s of %s", a, w->w[0].p);
		else
			e.title = a;
	}
	if (!w->has_block || !e.title || r->entries == RV_GRUB_ENTRIES)
		rv_grub_stop(r, "%s without title or block, or too many",
			     w->w[0].p);
	if (r->over)
		return;
	if (!e.id)
		e.id = e.title;
	r->entry[r->entries++] = e;
	r->status = 0;
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	command *run;
} commands[] = {
	{ "set", set },
	{ "unset", unset },
	{ "export", nothing },
	{ "echo", nothing },
	{ "true", nothing },
	{ "false", no },
	{ "save_env", device },
	{ "terminal_output", device },
	{ "terminal_input", device },
	{ "serial", device },
	{ "clear", device },
	{ "sleep", nothing },
	{ "insmod", insmod },
	{ "[", test },
	{ "test", test },
	{ "source", source_file },
	{ ".", source_file },
	{ "load_env", load_env },
	{ "search", search },
	{ "search.fs_uuid", search_id },
	{ "linux", linux_ },
	{ "initrd", initrd },
	{ "boot", boot },
	{ "return", return_ },
	{ "menuentry", menuentry },
	{ "submenu", menuentry },
};

bool rv_grub_command(struct rv_grub_run *r, const struct rv_grub_words *w,
		     rv_grub_source *source)
{
	for (size_t i = 0; i < RV_LEN(commands); i++)
		if (strcmp(w->w[0].p, commands[i].name) == 0) {
			commands[i].run(r, w, source);
			return true;
		}
	return false;
}
