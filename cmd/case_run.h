/* SPDX-License-Identifier: Apache-2.0 */
/* case_run.h - one comparison: what refval-diff and refval-verify share. */
#ifndef RV_CASE_RUN_H
#define RV_CASE_RUN_H

#include "dcap_opts.h"
#include "release_dir.h"
#include <refval.h>

/* Everything is owned by the case; rv_case_free(). */
struct rv_case {
	struct rv_evidence evidence;
	bool has_quote, has_log;
	struct rv_quote quote; /* borrows from evidence */
	struct rv_replay replay;
	bool has_values;
	struct rv_values values;
	char image_version[24]; /* of the image they are of, or "" */
	const char *reference;	/* the document they were read from, or NULL */
	struct rv_signature signature; /* of that document */
	bool key_given;		       /* to check it with */
	bool has_compose;
	struct rv_buf compose;
	struct rv_dcap dcap;	     /* how the quote is verified */
	struct rv_dcap_result proof; /* what came of it; borrows evidence */
	struct rv_releases known;    /* to name what a machine runs instead */
	struct rv_report report;
};

/* Read evidence, decode its quote, replay its log. */
RV_MUST bool rv_case_evidence(struct rv_case *c, const char *path,
			      const char *instance, struct rv_err *err);
/*
 * Verify the quote: @always, or when the options say for what time, with
 * which collateral or under which root. Otherwise every value is reported as
 * unverified.
 */
RV_MUST bool rv_case_prove(struct rv_case *c, const struct rv_dcap_opts *o,
			   bool always, struct rv_err *err);
/* Read the expected app-compose.json. */
RV_MUST bool rv_case_compose(struct rv_case *c, const char *path,
			     struct rv_err *err);
/*
 * Reference values from the bytes of @path, in any published form; with @key,
 * the file of a public key, their signature is checked. RV_USAGE when the case
 * has some already.
 */
RV_MUST bool rv_case_values(struct rv_case *c, const char *path,
			    struct rv_span bytes, const char *key,
			    struct rv_err *err);
/* Compare what was read; the checks go to the case's report. */
RV_MUST bool rv_case_compare(struct rv_case *c, struct rv_err *err);
/*
 * Print the report, as text or as one JSON document, and write the page @html
 * unless NULL; *answer is the exit code. @evidence and @reference are named.
 */
struct rv_case_out {
	bool json;
	const char *html, *evidence, *reference;
};

RV_MUST bool rv_case_finish(struct rv_case *c, const struct rv_case_out *o,
			    enum rv_code *answer, struct rv_err *err);
void rv_case_free(struct rv_case *c);

#endif
