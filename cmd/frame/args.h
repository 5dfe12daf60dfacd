/* SPDX-License-Identifier: Apache-2.0 */
/* args.h - a command line, read by the command's tables. */
#ifndef RV_ARGS_H
#define RV_ARGS_H

#include "cmd.h"

/* What the user asked for that is the same in every command. */
enum rv_ask {
	RV_ASK_RUN,
	RV_ASK_HELP,
	RV_ASK_VERSION,
	RV_ASK_OPTIONS,
	RV_ASK_RULES,
};

/*
 * Options to where their rows say, operands to *argv and *argc. Names are never
 * abbreviated; options and operands may stand in any order, "--" ends the
 * options, and no variable of the environment changes that. RV_USAGE: also
 * what the command's rules refuse, and standard input named twice.
 */
RV_MUST bool rv_args_read(const struct rv_cmd *cmd, int *argc, char ***argv,
			  enum rv_ask *ask, struct rv_err *err);

#endif
