/* SPDX-License-Identifier: Apache-2.0 */
/* args.h - a command line, read by the command's tables. */
#ifndef RV_ARGS_H
#define RV_ARGS_H

#include "cmd.h"

/* What the user asked for that is the same in every command. */
enum rv_ask {
	RV_ASK_RUN,
	RV_ASK_HELP,
	RV_ASK_HELP_ALL,
	RV_ASK_VERSION,
	RV_ASK_OPTIONS,
	RV_ASK_RULES,
	RV_ASK_VALUES,
};

struct rv_asking {
	enum rv_ask ask;
	const char *of; /* the word behind it, or NULL; borrowed */
};

/* Rules of color, quiet and output, and whether @cmd has that row. */
extern const struct rv_rule rv_paper_rules[];
bool rv_paper_rule(const struct rv_cmd *cmd, const struct rv_rule *r);

/*
 * Options to where their rows say, operands to *argv and *argc. Names are never
 * abbreviated; options and operands may stand in any order, "--" ends the
 * options, and no variable of the environment changes that. RV_USAGE: also
 * what the command's rules refuse, a name that its row does not have, a file
 * to read that is not there, and standard input named twice.
 */
RV_MUST bool rv_args_read(const struct rv_cmd *cmd, int *argc, char ***argv,
			  struct rv_asking *ask, struct rv_err *err);

#endif
