/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - what a command says of itself, from its tables. */
#include "help.h"
#include "args.h"
#include "base.h"
#include "out.h"

#include <stdio.h>

enum {
	COLUMN = 33, /* where help begins */
	NARROW = 60, /* below this, help has lines of its own */
};

static void row(char letter, const char *name, const char *arg,
		const char *help)
{
	char l[64];
	int n = snprintf(l, sizeof l, "  %c%c%c --%s%s%s", letter ? '-' : ' ',
			 letter ? letter : ' ', letter ? ',' : ' ', name,
			 arg ? " " : "", arg ? arg : "");

	rv_out("%s", l);
	if (rv_out_width() < NARROW) {
		rv_out("\n%10s", "");
		rv_out_wrapped(help, 10, 10);
		return;
	}
	/* A long option pushes its help to a line of its own. */
	if (n > COLUMN - 1)
		rv_out("\n%*s", COLUMN, "");
	else
		rv_out("%*s", COLUMN - n, "");
	rv_out_wrapped(help, COLUMN, COLUMN);
}

static void own_row(const struct rv_opt *o)
{
	row(o->letter, o->name, o->arg, o->help);
}

static const struct rv_opt *find(const struct rv_cmd *cmd, const char *name,
				 size_t n)
{
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

/* Print those of @names that there are, or only count them. */
static size_t rows(const struct rv_cmd *cmd, const char *names, bool print)
{
	size_t n, count = 0;

	for (; names += strspn(names, " "), n = strcspn(names, " "), n;
	     names += n) {
		const struct rv_opt *o = find(cmd, names, n);

		if (o && print)
			own_row(o);
		count += o != NULL;
	}
	return count;
}

static void usual_rows(const struct rv_cmd *cmd)
{
	row('h', "help", cmd->groups ? "[all]" : NULL,
	    cmd->groups ? "show this text, or all options" : "show this text");
	row('V', "version", NULL, "show the version");
}

/* The few; and of the others how many there are of which kind. */
static void some_options(const struct rv_cmd *cmd)
{
	char more[400] = "";
	size_t n = 0;

	rv_out("\nOptions that most people need:\n");
	rows(cmd, cmd->first, true);
	usual_rows(cmd);
	for (const struct rv_group *g = cmd->groups; g->title; g++)
		if (n < sizeof more)
			n += (size_t)snprintf(more + n, sizeof more - n,
					      "%s%s (%zu)", n ? ", " : "",
					      g->title,
					      rows(cmd, g->options, false));
	rv_out("\nrefval-%s --help all shows all:\n", cmd->name);
	rv_out_wrapped(more, 0, 0);
}

static void all_options(const struct rv_cmd *cmd)
{
	for (const struct rv_group *g = cmd->groups; g && g->title; g++) {
		rv_out("\n%s:\n", g->title);
		rows(cmd, g->options, true);
	}
	if (!cmd->groups)
		rv_out("\nOptions:\n");
	for (const struct rv_opt *o = cmd->groups ? NULL : cmd->opts;
	     o && o->name; o++)
		own_row(o);
	if (cmd->groups)
		rv_out("\nAbout the command:\n");
	usual_rows(cmd);
}

void rv_help(const struct rv_cmd *cmd, bool all)
{
	char more[80];

	rv_out("Usage: refval-%s %s\n", cmd->name, cmd->args);
	rv_out_wrapped(cmd->summary, 0, 0);
	if (cmd->subs) {
		rv_out("\nCommands:\n");
		for (const struct rv_cmd *const *s = cmd->subs; *s; s++) {
			rv_out("  %-10s", strchr((*s)->name, ' ') + 1);
			rv_out_wrapped((*s)->summary, 12, 13);
		}
		snprintf(more, sizeof more,
			 "refval-%s COMMAND --help tells more of each.",
			 cmd->name);
		rv_out("\n");
		rv_out_wrapped(more, 0, 0);
	}
	if (cmd->groups && !all)
		some_options(cmd);
	else
		all_options(cmd);
	if (cmd->example)
		rv_out("\nExample:\n  %s\n", cmd->example);
	rv_out("\n");
	rv_out_wrapped("Exit: 0 yes, 1 no, 2 wrong use, 3 cannot tell,"
		       " 4 could not work",
		       0, 0);
}

/* ---- for tools ---- */

/* What completes an argument: files, a folder, names, or nothing. */
static const char *kind(const struct rv_opt *o)
{
	static const char *const files[] = { "FILE",	"FILE|DIR", "PEM",
					     "IMAGE",	"ARCHIVE",  "SOCKET",
					     "EVIDENCE" };

	if (!o->arg)
		return "-";
	if (o->value || (strchr(o->arg, '|') && o->arg[0] >= 'a'))
		return "names";
	if (strcmp(o->arg, "DIR") == 0)
		return "folder";
	for (size_t i = 0; i < RV_LEN(files); i++)
		if (strcmp(o->arg, files[i]) == 0)
			return "file";
	return "text";
}

void rv_help_options(const struct rv_cmd *cmd)
{
	for (const struct rv_cmd *const *s = cmd->subs; s && *s; s++)
		rv_out("command\t%s\t%s\n", strchr((*s)->name, ' ') + 1,
		       (*s)->summary);
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		rv_out("option\t--%s\t%s\t%s\t%s\t%c\n", o->name,
		       o->arg ? o->arg : "-", o->help, kind(o),
		       o->letter ? o->letter : '-');
	rv_out("option\t--help\t-\tshow this text\t-\th\n"
	       "option\t--version\t-\tshow the version\t-\tV\n");
}

static void rule(const struct rv_rule *r)
{
	rv_out("rule\t%s\t%s\t%s\t%s\n", r->options, r->needs ? r->needs : "-",
	       r->against ? r->against : "-", r->why ? r->why : "-");
}

/* Of the names in @list those that are options of @cmd, as they stand. */
static void present(const struct rv_cmd *cmd, const char *list, char *out,
		    size_t room)
{
	size_t n, at = 0;

	out[0] = '\0';
	for (; list += strspn(list, " "), n = strcspn(list, " "), n; list += n)
		if (find(cmd, list, n) && at < room)
			at += (size_t)snprintf(out + at, room - at, "%s%.*s",
					       at ? " " : "", (int)n, list);
}

void rv_help_rules(const struct rv_cmd *cmd)
{
	char names[200];

	for (const struct rv_rule *r = cmd->rules; r && r->options; r++)
		rule(r);
	for (const struct rv_rule *r = rv_paper_rules; r->options; r++) {
		struct rv_rule here = *r;

		if (!rv_paper_rule(cmd, r))
			continue;
		present(cmd, r->against, names, sizeof names);
		here.against = names;
		if (*names)
			rule(&here);
	}
	if (cmd->reads)
		rv_out("reads\t%s\n", cmd->reads);
	if (cmd->finds)
		rv_out("finds\t%s\n", cmd->finds);
	for (const struct rv_group *g = cmd->groups; g && g->title; g++)
		rv_out("group\t%s\t%s\n", g->title, g->options);
	if (cmd->first)
		rv_out("first\t%s\n", cmd->first);
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		if (o->list)
			rv_out("list\t%s\n", o->name);
}

bool rv_help_values(const struct rv_cmd *cmd, const char *name,
		    struct rv_err *err)
{
	const struct rv_opt *o = name && strncmp(name, "--", 2) == 0
				     ? find(cmd, name + 2, strlen(name) - 2)
				     : NULL;

	if (!o)
		return rv_fail(err, RV_USAGE, "--print-values needs --OPTION");
	if (strcmp(kind(o), "names") != 0)
		return true;
	if (o->value) {
		for (size_t i = 0; o->value(i); i++)
			rv_out("%s\n", o->value(i));
		return true;
	}
	for (const char *p = o->arg; *p; p++)
		rv_out("%c", *p == '|' ? '\n' : *p);
	rv_out("\n");
	return true;
}
