/* SPDX-License-Identifier: Apache-2.0 */
/* each.h - --instance all: every machine of a document, one after the other. */
#ifndef RV_EACH_H
#define RV_EACH_H

#include "cmd.h"

/* What a command does with one machine; *@instance says which. */
typedef bool rv_one_fn(int argc, char **argv, enum rv_code *answer,
		       struct rv_err *err);

struct rv_each {
	const char *program;   /* "refval-quote", for what is said */
	const char *path;      /* of the evidence; NULL: none was given */
	const char **instance; /* where the option's argument is */
	rv_one_fn *one;
};

/*
 * Run @each->one with the operands: once, or where the instance is "all" for
 * each machine of the evidence, by number. Then *answer is the heaviest: a no,
 * else cannot tell. What cannot be read of one machine is said, and counts as
 * cannot tell; wrong use and failures end it.
 */
RV_MUST bool rv_each_machine(const struct rv_each *each, int argc, char **argv,
			     enum rv_code *answer, struct rv_err *err);

#endif
