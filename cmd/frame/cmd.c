/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.c - options, help and completion, all from the same tables. */
#include "args.h"
#include "base.h"
#include "out.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

size_t rv_cmd_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (size_t)n;
}

int64_t rv_cmd_now(void)
{
	return (int64_t)time(NULL);
}

static void print_row(const struct rv_opt *o)
{
	char l[48];

	snprintf(l, sizeof l, "%s%s%s", o->name, o->arg ? " " : "",
		 o->arg ? o->arg : "");
	printf("  %c%c%c --%-24s", o->letter ? '-' : ' ',
	       o->letter ? o->letter : ' ', o->letter ? ',' : ' ', l);
	/* A long option pushes its help to a line of its own. */
	if (strlen(l) > 24)
		printf("\n%32s", "");
	printf(" %s\n", o->help);
}

static void print_help(const struct rv_cmd *cmd)
{
	printf("Usage: refval-%s %s\n%s.\n", cmd->name, cmd->args,
	       cmd->summary);
	if (cmd->subs) {
		puts("\nCommands:");
		for (const struct rv_cmd *const *s = cmd->subs; *s; s++)
			printf("  %-10s %s\n", strchr((*s)->name, ' ') + 1,
			       (*s)->summary);
	}
	puts("\nOptions:");
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		print_row(o);
	printf("      --%-24s show this text\n", "help");
	printf("      --%-24s show the version\n", "version");
	if (cmd->example)
		printf("\nExample:\n  %s\n", cmd->example);
	puts("\nExit: 0 yes, 1 no, 2 wrong use, 3 cannot tell,"
	     " 4 could not work");
}

/* The option table for tools: completion, manual and help are tested on it. */
static void print_options(const struct rv_cmd *cmd)
{
	for (const struct rv_cmd *const *s = cmd->subs; s && *s; s++)
		printf("command\t%s\t%s\n", strchr((*s)->name, ' ') + 1,
		       (*s)->summary);
	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		printf("option\t--%s\t%s\t%s\n", o->name, o->arg ? o->arg : "-",
		       o->help);
	puts("option\t--help\t-\tshow this text");
	puts("option\t--version\t-\tshow the version");
}

/* Its rules, for the manual pages, which are tested on them. */
static void print_rules(const struct rv_cmd *cmd)
{
	for (const struct rv_rule *r = cmd->rules; r && r->options; r++)
		printf("rule\t%s\t%s\t%s\t%s\n", r->options,
		       r->needs ? r->needs : "-", r->against ? r->against : "-",
		       r->why ? r->why : "-");
	if (cmd->reads)
		printf("reads\t%s\n", cmd->reads);
}

/* An answer that did not reach its reader is not an answer. */
int rv_cmd_finish(const char *program, enum rv_code code)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: cannot write: %s\n", program,
			strerror(errno));
		return RV_SYSTEM;
	}
	return (int)code;
}

int rv_cmd_complain(const char *program, const struct rv_err *err)
{
	rv_out_error(program, err->msg);
	if (err->code == RV_USAGE)
		fprintf(stderr, "Try: %s --help\n", program);
	return rv_cmd_finish(program, err->code);
}

/* Was one JSON document asked for, wherever among the words? */
static bool wants_json(const struct rv_cmd *cmd, int argc, char **argv)
{
	bool has = false;

	for (const struct rv_opt *o = cmd->opts; o && o->name; o++)
		has |= o->flag && strcmp(o->name, "json") == 0;
	for (int i = 1; has && i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* With --json a program reads why, too: one form for every command. */
static int complain(const char *program, const struct rv_err *err, bool as_json)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	struct rv_err ignored = { 0 };

	if (!as_json)
		return rv_cmd_complain(program, err);
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.error/1");
	rv_jw_str(&w, "command", program);
	rv_jw_u64(&w, "exit", (uint64_t)err->code);
	rv_jw_str(&w, "error", err->msg);
	rv_jw_close(&w);
	if (!rv_out_document(&g, &ignored))
		rv_out_error(program, ignored.msg);
	return rv_cmd_complain(program, err);
}

static const struct rv_cmd *find_sub(const struct rv_cmd *cmd, const char *word)
{
	for (const struct rv_cmd *const *s = cmd->subs; *s; s++)
		if (strcmp(strchr((*s)->name, ' ') + 1, word) == 0)
			return *s;
	return NULL;
}

static int work(const struct rv_cmd *cmd, int argc, char **argv)
{
	struct rv_err err = { 0 };
	enum rv_code answer = RV_OK;
	enum rv_ask ask = RV_ASK_RUN;
	char program[64];
	bool as_json;

	snprintf(program, sizeof program, "refval-%s", cmd->name);
	if (cmd->subs && argc > 1 && argv[1][0] != '-') {
		const struct rv_cmd *sub = find_sub(cmd, argv[1]);

		if (!sub) {
			rv_err_set(&err, RV_USAGE, "unknown command %s",
				   argv[1]);
			return rv_cmd_complain(program, &err);
		}
		return work(sub, argc - 1, argv + 1);
	}
	as_json = wants_json(cmd, argc, argv);
	if (!rv_args_read(cmd, &argc, &argv, &ask, &err))
		return complain(program, &err, as_json);
	if (ask == RV_ASK_HELP) {
		print_help(cmd);
	} else if (ask == RV_ASK_OPTIONS) {
		print_options(cmd);
	} else if (ask == RV_ASK_RULES) {
		print_rules(cmd);
	} else if (ask == RV_ASK_VERSION) {
		printf("refval-%s " REFVAL_VERSION "\n", cmd->name);
	} else if (cmd->subs) {
		rv_err_set(&err, RV_USAGE, "a command is needed");
		return rv_cmd_complain(program, &err);
	} else if (!cmd->run(argc, argv, &answer, &err)) {
		return complain(program, &err, as_json);
	}
	return rv_cmd_finish(program, answer);
}

int rv_cmd_main(const struct rv_cmd *cmd, int argc, char **argv)
{
	/* A file that grows too large is a failed write, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	return work(cmd, argc, argv);
}
