/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - what every command is made of. Only cmd/ includes this. */
#ifndef RV_CMD_H
#define RV_CMD_H

#include <refval.h>

enum { RV_LIST_MAX = 64 };

/* Where the arguments of an option that may be repeated go. */
struct rv_list {
	const char *item[RV_LIST_MAX];
	size_t n;
};

/*
 * One row is the getopt entry, the help line and the completion at once.
 * Exactly one of @text, @flag and @list is set; only @list may be repeated.
 */
struct rv_opt {
	char letter; /* 0: long form only */
	const char *name;
	const char *arg; /* NULL: a flag */
	const char *help;
	const char **text; /* where an argument goes */
	bool *flag;	   /* where a flag goes */
	struct rv_list *list;
	/*
	 * The names that an argument may be, by number until NULL. Others are
	 * wrong use, unless @open: then they are only what is offered. Without
	 * it, those of an @arg such as "on|off", which nobody checks here.
	 */
	const char *(*value)(size_t i);
	bool open;
};

/* A part of a long --help. Names stand as in rules. */
struct rv_group {
	const char *title, *options;
};

/*
 * What an option needs to have its effect. One that cannot have it is wrong
 * use, never ignored. Names stand without dashes, with a space between two.
 */
struct rv_rule {
	const char *options; /* of each of these ... */
	const char *needs;   /* ... one of these must be there; or NULL */
	const char *against; /* none of these may be there; or NULL */
	const char *why;     /* a few words, or NULL */
};

struct rv_cmd {
	const char *name; /* "measure"; of a subcommand "hash image" */
	const char *args, *summary;
	const struct rv_opt *opts; /* ends with a row without name */
	const char *example;	   /* one or more command lines */
	/*
	 * argv[0..argc) are the operands. True: *answer is the exit code, set
	 * to RV_OK before the call. False: @err is filled, nothing was said.
	 */
	bool (*run)(int argc, char **argv, enum rv_code *answer,
		    struct rv_err *err);
	const struct rv_cmd *const *subs; /* instead of run; ends with NULL */
	const struct rv_rule *rules;	  /* NULL, or ends with an empty row */
	const char *reads; /* the options that name something to read */
	/*
	 * Options that name what must be there and is never standard input;
	 * and what an operand has in it that is no file: "://", or "" where
	 * any may be something else.
	 */
	const char *finds, *names;
	/* Of more options than fit a screen: those most people need, and all
	 * in groups; NULL, or ends with an empty row. */
	const char *first;
	const struct rv_group *groups;
};

/* What main() of every command is. */
int rv_cmd_main(const struct rv_cmd *cmd, int argc, char **argv);

/*
 * The two ways a program ends: with an answer, which counts only once it was
 * written, or with a complaint of one line (two for wrong use).
 */
int rv_cmd_finish(const char *program, enum rv_code code);
int rv_cmd_complain(const char *program, const struct rv_err *err);

/* A row each of struct rv_opt: where what was given goes is @to. */
/* clang-format off */
#define RV_OPT_TEXT(n, a, to, h)					\
	{ .name = (n), .arg = (a), .help = (h), .text = (to) }
#define RV_OPT_FLAG(n, to, h)						\
	{ .name = (n), .help = (h), .flag = (to) }
#define RV_OPT_LIST(n, a, to, h)					\
	{ .name = (n), .arg = (a), .help = (h), .list = (to) }
#define RV_OPT_LETTER(l, n, a, to, h)					\
	{ .letter = (l), .name = (n), .arg = (a), .help = (h), .text = (to) }

/* Rows that several commands share; groups of more rows are in cmd/opts. */
#define RV_OPT_JSON(to)							\
	RV_OPT_FLAG("json", to, "print one JSON document")
#define RV_OPT_INSTANCE(to)						\
	RV_OPT_TEXT("instance", "ID", to,				\
		    "which of several machines: number from 0, or id")
#define RV_OPT_INSTANCES(to)						\
	RV_OPT_TEXT("instance", "ID", to,				\
		    "which of several machines: number, id, or all")
#define RV_OPT_SKIP(to)							\
	{ .name = "skip", .arg = "CHECK", .list = (to),			\
	  .value = rv_name_check, .open = true,				\
	  .help = "list a check as unchecked; may be repeated" }
#define RV_OPT_HTML(to)							\
	RV_OPT_TEXT("html", "FILE", to, "write the report as a page, too")
#define RV_OPT_NAMES(n, a, to, v, h)					\
	{ .name = (n), .arg = (a), .help = (h), .text = (to), .value = (v) }
/* The same where other arguments are taken, too. */
#define RV_OPT_OFFERS(n, a, to, v, h)					\
	{ .name = (n), .arg = (a), .help = (h), .text = (to),		\
	  .value = (v), .open = true }

/*
 * What is printed, and where: rows whose effect is in cmd/frame. A command
 * whose text has colours, one whose text ends with a verdict, and one that
 * prints a document has the row.
 */
#define RV_OPT_COLOR							\
	{ .name = "color", .arg = "WHEN", .text = &rv_paper.color,	\
	  .value = rv_color_name, .help = "auto (default), always or never" }
#define RV_OPT_QUIET							\
	RV_OPT_FLAG("quiet", &rv_paper.quiet, "only the last line")
#define RV_OPT_TO							\
	RV_OPT_LETTER('o', "output", "FILE", &rv_paper.to,		\
		      "what is printed goes here, whole or not")
/* clang-format on */

/* Their part of a long --help. */
#define RV_PAPER_GROUP "instance quiet color html output json"

struct rv_paper {
	const char *color, *to;
	bool quiet;
};
extern struct rv_paper rv_paper;
const char *rv_color_name(size_t i);

/* How many threads this machine can run at once, at least 1. */
size_t rv_cmd_processors(void);

/* The current time, seconds since 1970. */
int64_t rv_cmd_now(void);

#endif
