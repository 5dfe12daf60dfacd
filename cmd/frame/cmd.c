/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.c - what main() of every command is: ask, work, end. */
#include "args.h"
#include "base.h"
#include "help.h"
#include "near.h"
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

struct rv_paper rv_paper;

const char *rv_color_name(size_t i)
{
	static const char *const name[] = { "auto", "always", "never" };

	return i < RV_LEN(name) ? name[i] : NULL;
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
	if (!rv_out_document(&g, &ignored) || !rv_out_kept(&ignored))
		rv_out_error(program, ignored.msg);
	return rv_cmd_complain(program, err);
}

static const struct rv_cmd *find_sub(const struct rv_cmd *cmd, const char *word,
				     struct rv_err *err)
{
	struct rv_near near = { .typed = rv_text(word) };
	char meant[RV_NEAR_TEXT];

	for (const struct rv_cmd *const *s = cmd->subs; *s; s++) {
		const char *name = strchr((*s)->name, ' ') + 1;

		if (strcmp(name, word) == 0)
			return *s;
		rv_near_try(&near, name);
	}
	rv_err_set(err, RV_USAGE, "unknown command %s%s", word,
		   rv_near_text(&near, "", meant));
	return NULL;
}

/* What --color, --quiet and --output ask for. */
static bool prepare(struct rv_err *err)
{
	if (rv_paper.quiet)
		rv_out_quiet();
	for (size_t i = 0; rv_paper.color && rv_color_name(i); i++)
		if (strcmp(rv_paper.color, rv_color_name(i)) == 0)
			rv_out_color((enum rv_color)i);
	return !rv_paper.to || strcmp(rv_paper.to, "-") == 0 ||
	       rv_out_keep(rv_paper.to, err);
}

static int run(const struct rv_cmd *cmd, const char *program, int argc,
	       char **argv, bool as_json)
{
	enum rv_code answer = RV_OK;
	struct rv_err err = { 0 };

	if (!prepare(&err))
		return rv_cmd_complain(program, &err);
	if (!cmd->run(argc, argv, &answer, &err))
		return complain(program, &err, as_json);
	if (!rv_out_kept(&err))
		return rv_cmd_complain(program, &err);
	return rv_cmd_finish(program, answer);
}

/* What was asked about the command itself. */
static bool tell(const struct rv_cmd *cmd, const struct rv_asking *ask,
		 struct rv_err *err)
{
	switch (ask->ask) {
	case RV_ASK_HELP:
	case RV_ASK_HELP_ALL:
		rv_help(cmd, ask->ask == RV_ASK_HELP_ALL);
		break;
	case RV_ASK_OPTIONS:
		rv_help_options(cmd);
		break;
	case RV_ASK_RULES:
		rv_help_rules(cmd);
		break;
	case RV_ASK_VALUES:
		return rv_help_values(cmd, ask->of, err);
	case RV_ASK_VERSION:
		rv_out("refval-%s " REFVAL_VERSION "\n", cmd->name);
		break;
	case RV_ASK_RUN:
		break;
	}
	return true;
}

static int work(const struct rv_cmd *cmd, int argc, char **argv)
{
	struct rv_err err = { 0 };
	struct rv_asking ask = { RV_ASK_RUN, NULL };
	char program[64];
	bool as_json;

	snprintf(program, sizeof program, "refval-%s", cmd->name);
	if (cmd->subs && argc > 1 && argv[1][0] != '-') {
		const struct rv_cmd *sub = find_sub(cmd, argv[1], &err);

		return sub ? work(sub, argc - 1, argv + 1)
			   : rv_cmd_complain(program, &err);
	}
	as_json = wants_json(cmd, argc, argv);
	if (!rv_args_read(cmd, &argc, &argv, &ask, &err))
		return complain(program, &err, as_json);
	if (ask.ask == RV_ASK_RUN && !cmd->subs)
		return run(cmd, program, argc, argv, as_json);
	if (ask.ask == RV_ASK_RUN) {
		rv_err_set(&err, RV_USAGE, "a command is needed");
		return rv_cmd_complain(program, &err);
	}
	return tell(cmd, &ask, &err) ? rv_cmd_finish(program, RV_OK)
				     : rv_cmd_complain(program, &err);
}

int rv_cmd_main(const struct rv_cmd *cmd, int argc, char **argv)
{
	/* A file that grows too large is a failed write, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	return work(cmd, argc, argv);
}
