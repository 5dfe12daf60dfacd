/* SPDX-License-Identifier: Apache-2.0 */
/* args.c - options and operands, and the rules that hold between them. */
#include "args.h"
#include "base.h"
#include "near.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { RULE_TEXT = 400 };

/* ---- reading ---- */

static bool take(const struct rv_opt *o, const char *arg, struct rv_err *err)
{
	if (o->list) {
		if (o->list->n == RV_LIST_MAX)
			return rv_fail(err, RV_USAGE,
				       "--%s given more than %d times", o->name,
				       RV_LIST_MAX);
		o->list->item[o->list->n++] = arg;
	} else if (o->flag) {
		if (*o->flag)
			return rv_fail(err, RV_USAGE, "--%s given twice",
				       o->name);
		*o->flag = true;
	} else if (*o->text) {
		return rv_fail(err, RV_USAGE, "--%s given twice", o->name);
	} else {
		*o->text = arg;
	}
	return true;
}

/* Where the words are taken from, and how far. */
struct words {
	char **word;
	int n, at;
};

/* @value: what stands behind it in the same word, or NULL. */
static bool option(const struct rv_opt *o, const char *value, struct words *w,
		   struct rv_err *err)
{
	if (!o->arg && value)
		return rv_fail(err, RV_USAGE, "--%s takes no argument",
			       o->name);
	if (o->arg && !value) {
		if (w->at == w->n)
			return rv_fail(err, RV_USAGE, "missing argument to %s",
				       w->word[w->at - 1]);
		value = w->word[w->at++];
	}
	return take(o, value, err);
}

static const struct rv_opt *by_name(const struct rv_cmd *cmd, const char *name,
				    size_t n)
{
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct rv_opt *by_letter(const struct rv_cmd *cmd, char letter)
{
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

static bool long_option(const struct rv_cmd *cmd, const char *word,
			struct words *w, struct rv_err *err)
{
	const char *name = word + 2;
	size_t n = strcspn(name, "=");
	const struct rv_opt *o = by_name(cmd, name, n);
	struct rv_near near = { .typed = rv_span(name, n) };
	char meant[RV_NEAR_TEXT];

	if (o)
		return option(o, name[n] ? name + n + 1 : NULL, w, err);
	if (rv_same(rv_span(name, n), rv_text("help")))
		return rv_fail(err, RV_USAGE,
			       "--help takes no argument but \"all\"");
	if (rv_same(rv_span(name, n), rv_text("version")))
		return rv_fail(err, RV_USAGE, "--version takes no argument");
	for (o = cmd->opts; o && o->name; o++)
		rv_near_try(&near, o->name);
	rv_near_try(&near, "help");
	rv_near_try(&near, "version");
	return rv_fail(err, RV_USAGE, "unknown option --%.*s%s", (int)n, name,
		       rv_near_text(&near, "--", meant));
}

/* "-json" is four letters, and somebody who meant a name. */
static bool no_letter(const struct rv_cmd *cmd, const char *word, char letter,
		      struct rv_err *err)
{
	bool is_name = by_name(cmd, word + 1, strcspn(word + 1, "=")) != NULL;

	if (!word[2])
		return rv_fail(err, RV_USAGE, "unknown option %s", word);
	return rv_fail(err, RV_USAGE, "unknown option -%c in %s%s%s%s", letter,
		       word, is_name ? ", did you mean -" : "",
		       is_name ? word : "", is_name ? "?" : "");
}

/* One letter, or several of which the last may take an argument. */
static bool letters(const struct rv_cmd *cmd, const char *word, struct words *w,
		    struct rv_err *err)
{
	for (const char *p = word + 1; *p; p++) {
		const struct rv_opt *o = by_letter(cmd, *p);

		if (!o)
			return no_letter(cmd, word, *p, err);
		if (o->arg)
			return option(o, p[1] ? p + 1 : NULL, w, err);
		if (!option(o, NULL, w, err))
			return false;
	}
	return true;
}

/* @next: the word behind it, or NULL. */
static bool asks(const char *word, const char *next, struct rv_asking *ask)
{
	static const struct {
		const char *word;
		enum rv_ask ask;
	} row[] = {
		{ "--help", RV_ASK_HELP },
		{ "-h", RV_ASK_HELP },
		{ "--help=all", RV_ASK_HELP_ALL },
		{ "--version", RV_ASK_VERSION },
		{ "-V", RV_ASK_VERSION },
		{ "--print-options", RV_ASK_OPTIONS },
		{ "--print-rules", RV_ASK_RULES },
		{ "--print-values", RV_ASK_VALUES },
	};

	ask->ask = RV_ASK_RUN;
	ask->of = next;
	for (size_t i = 0; i < RV_LEN(row); i++)
		if (strcmp(word, row[i].word) == 0)
			ask->ask = row[i].ask;
	if (ask->ask == RV_ASK_HELP && next && strcmp(next, "all") == 0)
		ask->ask = RV_ASK_HELP_ALL;
	return ask->ask != RV_ASK_RUN;
}

/* ---- names ---- */

static bool value_known(const struct rv_opt *o, const char *arg,
			struct rv_err *err)
{
	struct rv_near near = { .typed = rv_text(arg) };
	char meant[RV_NEAR_TEXT], all[RULE_TEXT] = "";
	size_t n = 0;

	for (size_t i = 0; o->value(i); i++) {
		if (strcmp(o->value(i), arg) == 0)
			return true;
		rv_near_try(&near, o->value(i));
		if (n < sizeof all)
			n += (size_t)snprintf(all + n, sizeof all - n, "%s%s",
					      i ? ", " : "", o->value(i));
	}
	if (near.best)
		return rv_fail(err, RV_USAGE, "--%s %s: no such name%s",
			       o->name, arg, rv_near_text(&near, "", meant));
	return rv_fail(err, RV_USAGE, "--%s %s: none of %s", o->name, arg, all);
}

static bool values_known(const struct rv_cmd *cmd, struct rv_err *err)
{
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++) {
		if (!o->value || o->open)
			continue;
		if (o->text && *o->text && !value_known(o, *o->text, err))
			return false;
		for (size_t i = 0; o->list && i < o->list->n; i++)
			if (!value_known(o, o->list->item[i], err))
				return false;
	}
	return true;
}

/* ---- files ---- */

/*
 * What is not there was mistyped: wrong use. Whatever else keeps a file from
 * being read is said by who reads it.
 */
static bool there(const char *path, const char *dashes, const char *name,
		  struct rv_err *err)
{
	struct stat st;

	/* A word without letters names nothing: that is said by its reader. */
	if (!*path || stat(path, &st) == 0 ||
	    (errno != ENOENT && errno != ENOTDIR))
		return true;
	return rv_fail(err, RV_USAGE, "%s%s%s%s: %s", dashes, name,
		       *name ? " " : "", path, strerror(errno));
}

/* ---- rules ---- */

static bool given(const struct rv_opt *o)
{
	if (o->list)
		return o->list->n != 0;
	return o->flag ? *o->flag : *o->text != NULL;
}

/* The next of the names in @list, which is moved on; n is 0 at the end. */
static struct rv_span next_name(const char **list)
{
	struct rv_span s;

	*list += strspn(*list, " ");
	s = rv_span(*list, strcspn(*list, " "));
	*list += s.n;
	return s;
}

/* The first option of @list that was given, or NULL. */
static const struct rv_opt *first_given(const struct rv_cmd *cmd,
					const char *list)
{
	struct rv_span name;

	while (name = next_name(&list), name.n) {
		const struct rv_opt *o =
		    by_name(cmd, (const char *)name.p, name.n);

		if (o && given(o))
			return o;
	}
	return NULL;
}

/* "a b c" as "--a, --b or --c". */
static void join(const char *list, char out[RULE_TEXT])
{
	size_t n = 0;
	struct rv_span name, next = next_name(&list);

	out[0] = '\0';
	while (name = next, name.n && n < RULE_TEXT) {
		next = next_name(&list);
		n += (size_t)snprintf(out + n, RULE_TEXT - n, "%s--%.*s",
				      !n       ? ""
				      : next.n ? ", "
					       : " or ",
				      (int)name.n, (const char *)name.p);
	}
}

static bool obeys(const struct rv_cmd *cmd, const struct rv_rule *r,
		  struct rv_err *err)
{
	const struct rv_opt *o = first_given(cmd, r->options);
	const struct rv_opt *other;
	char names[RULE_TEXT];

	if (!o)
		return true;
	if (r->needs && !first_given(cmd, r->needs)) {
		join(r->needs, names);
		return rv_fail(err, RV_USAGE, "--%s needs %s%s%s", o->name,
			       names, r->why ? ": " : "", r->why ? r->why : "");
	}
	other = r->against ? first_given(cmd, r->against) : NULL;
	if (other)
		return rv_fail(err, RV_USAGE, "--%s does not go with --%s%s%s",
			       o->name, other->name, r->why ? ": " : "",
			       r->why ? r->why : "");
	return true;
}

/* Count @path, which @name stands for, when it is standard input. */
static bool once(const char *path, const char *dashes, const char *name,
		 char first[RULE_TEXT], struct rv_err *err)
{
	if (strcmp(path, "-") != 0)
		return there(path, dashes, name, err);
	if (!*name)
		name = "an operand";
	if (*first)
		return rv_fail(err, RV_USAGE,
			       "standard input can be read only once, not by"
			       " %s and by %s%s",
			       first, dashes, name);
	snprintf(first, RULE_TEXT, "%s%s", dashes, name);
	return true;
}

/* Everything that is read is there, and standard input is read once. */
static bool inputs(const struct rv_cmd *cmd, int argc, char **argv,
		   struct rv_err *err)
{
	const char *list = cmd->reads ? cmd->reads : "";
	char first[RULE_TEXT] = "";
	struct rv_span name;

	while (name = next_name(&list), name.n) {
		const struct rv_opt *o =
		    by_name(cmd, (const char *)name.p, name.n);

		if (o && o->text && *o->text &&
		    !once(*o->text, "--", o->name, first, err))
			return false;
		for (size_t i = 0; o && o->list && i < o->list->n; i++)
			if (!once(o->list->item[i], "--", o->name, first, err))
				return false;
	}
	for (int i = 0; i < argc; i++)
		if (!(cmd->names && strcmp(argv[i], "-") != 0 &&
		      (*cmd->names == '\0' || strstr(argv[i], cmd->names))) &&
		    !once(argv[i], "", "", first, err))
			return false;
	return true;
}

static bool found(const struct rv_cmd *cmd, struct rv_err *err)
{
	const char *list = cmd->finds ? cmd->finds : "";
	struct rv_span name;

	while (name = next_name(&list), name.n) {
		const struct rv_opt *o =
		    by_name(cmd, (const char *)name.p, name.n);

		if (o && o->text && *o->text &&
		    !there(*o->text, "--", o->name, err))
			return false;
	}
	return true;
}

/* Of the rows that are the same in every command that has them. */
const struct rv_rule rv_paper_rules[] = {
	{ "quiet", NULL, "json jsonl format decode events",
	  "a document has no last line" },
	{ "color", NULL, "json jsonl format", "a document has no colours" },
	{ "output", NULL, "jsonl", "each result is out when it is there" },
	{ 0 },
};

bool rv_paper_rule(const struct rv_cmd *cmd, const struct rv_rule *r)
{
	const struct rv_opt *o = by_name(cmd, r->options, strlen(r->options));

	return o && (o->text == &rv_paper.color || o->text == &rv_paper.to ||
		     o->flag == &rv_paper.quiet);
}

static bool all_obeyed(const struct rv_cmd *cmd, struct rv_err *err)
{
	for (const struct rv_rule *r = cmd->rules; r && r->options; r++)
		if (!obeys(cmd, r, err))
			return false;
	for (const struct rv_rule *r = rv_paper_rules; r->options; r++)
		if (rv_paper_rule(cmd, r) && !obeys(cmd, r, err))
			return false;
	return true;
}

bool rv_args_read(const struct rv_cmd *cmd, int *argc, char ***argv,
		  struct rv_asking *ask, struct rv_err *err)
{
	struct words w = { .word = *argv, .n = *argc, .at = 1 };
	int operands = 0;
	bool options = true;

	while (w.at < w.n) {
		char *word = w.word[w.at++];

		if (!options || word[0] != '-' || !word[1])
			/* Never ahead of where words are taken from. */
			w.word[1 + operands++] = word;
		else if (strcmp(word, "--") == 0)
			options = false;
		else if (asks(word, w.at < w.n ? w.word[w.at] : NULL, ask))
			return true;
		else if (!(word[1] == '-' ? long_option(cmd, word, &w, err)
					  : letters(cmd, word, &w, err)))
			return false;
	}
	ask->ask = RV_ASK_RUN;
	*argc = operands;
	(*argv)++;
	return values_known(cmd, err) && found(cmd, err) &&
	       inputs(cmd, *argc, *argv, err) && all_obeyed(cmd, err);
}
