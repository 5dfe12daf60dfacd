/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject.h - what a report is a report of: the files that were read, what
 * they were compared with, for which time, by which policy and program.
 */
#ifndef RV_PRINT_SUBJECT_H
#define RV_PRINT_SUBJECT_H

#include "base.h"
#include "pin_files.h"

#include <refval.h>

/* Borrowed. */
struct rv_subject {
	const struct rv_pin_files *files; /* with the digests they had */
	const char *kind, *reference;	  /* "release", its name; NULL: none */
	/* What was asked of the evidence, in the words of its maker. */
	enum rv_attester attester;
	const struct rv_quote_policy *policy;
	const struct rv_snp_rules *snp; /* NULL: none */
	bool test_pki;
	int64_t at;
};

/* One line: what is asked of a quote. */
void rv_subject_policy(const struct rv_quote_policy *policy);
/* Lines of text, before the verdict. */
void rv_subject_print(const struct rv_subject *s);
/* A section of a page. */
void rv_subject_html(const struct rv_subject *s, struct rv_grow *to);
/* A member "subject", into an open object. */
void rv_subject_json(const struct rv_subject *s, struct rv_jw *w);

#endif
