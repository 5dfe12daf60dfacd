/* SPDX-License-Identifier: Apache-2.0 */
/* help.h - what a command says of itself, from its tables. */
#ifndef RV_HELP_H
#define RV_HELP_H

#include "cmd.h"

/* For people; of a long table without @all only what most people need. */
void rv_help(const struct rv_cmd *cmd, bool all);
/* The option table for tools: completion, manual and help are tested on it. */
void rv_help_options(const struct rv_cmd *cmd);
/* Its rules, for the manual pages, which are tested on them. */
void rv_help_rules(const struct rv_cmd *cmd);
/* The names that the option @name ("--NAME") takes, one a line: completion. */
RV_MUST bool rv_help_values(const struct rv_cmd *cmd, const char *name,
			    struct rv_err *err);

#endif
