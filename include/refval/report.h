/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - refval.report/1: what was checked, layer by layer, each check with
 * what was expected, what was found, and why the verdict is what it is.
 */
#ifndef REFVAL_REPORT_H
#define REFVAL_REPORT_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In rising order of weight: a layer's verdict is its heaviest check's. */
enum rv_verdict {
	RV_UNCHECKED = 0, /* nothing to compare with was given */
	RV_YES,		  /* compared, and equal */
	RV_CANNOT_TELL,	  /* should have been compared, and could not be */
	RV_DIFFERS,	  /* compared, and different: no */
};

/* What each trust layer stands on; in the order of the report. */
enum rv_layer {
	RV_LAYER_HARDWARE,    /* the quote: genuine, TCB status, attributes */
	RV_LAYER_GPU,	      /* GPUs whose evidence came with the quote */
	RV_LAYER_FIRMWARE,    /* MRTD, RTMR0 */
	RV_LAYER_OS,	      /* RTMR1, RTMR2, os_image_hash */
	RV_LAYER_APP,	      /* RTMR3, compose-hash, mr_config_id, images */
	RV_LAYER_REPORT_DATA, /* what the quote was bound to */
	RV_LAYER_INPUTS,      /* are the files those that were pinned? */
	RV_LAYERS,
};

enum { RV_RESTS_MAX = 16 };

/* Strings are owned by the report; NULL where there is nothing to say. */
struct rv_check {
	enum rv_layer layer;
	enum rv_verdict verdict;
	/* The names of the checks that this one holds with, static text: a yes
	 * rests on them, and falls with the first that is none. */
	const char *rests[RV_RESTS_MAX];
	size_t n_rests;
	bool crowded;	/* it rests on more than these: it cannot be a yes */
	bool fallen;	/* rv_report_settle() found one that does not hold */
	char *name;	/* e.g. "rtmr1" */
	char *expected; /* hex or words */
	char *from;	/* where the expected value came from */
	char *actual;
	char *reason; /* one sentence */
};

struct rv_report {
	struct rv_check *check; /* owned; in the order they were made */
	size_t n;
	bool failed; /* memory ran out once: the report is not whole */
	struct rv_check spare; /* where writes go from then on */
};

/* A new check at the end of @r; never NULL (then @r->failed is set). */
RV_API struct rv_check *rv_report_add(struct rv_report *r, enum rv_layer layer,
				      const char *name,
				      enum rv_verdict verdict);
/* Set one string of a check of @r: rv_report_set(r, &c->reason, "...", ...) */
RV_API void rv_report_set(struct rv_report *r, char **field, const char *fmt,
			  ...) RV_PRINTF(3, 4);
RV_API void rv_report_set_hex(struct rv_report *r, char **field,
			      struct rv_span bytes);

/* The first check called @name, or NULL. Borrows from @r. */
RV_API const struct rv_check *rv_report_find(const struct rv_report *r,
					     const char *name);
/* Is there one, and does the first say yes? */
RV_API bool rv_report_is_yes(const struct rv_report *r, const char *name);

/* @c rests on the check called @name too (static text, or the name of another
 * check of the report), once. Beyond RV_RESTS_MAX @c can be no yes any more. */
RV_API void rv_report_rests(struct rv_check *c, const char *name);
/*
 * Once all checks are made, and skipped: a yes that rests on a check that is
 * "no" or "cannot-tell" becomes "cannot-tell"; one that rests on a check that
 * is unchecked, skipped or not there becomes unchecked. The reason says on what
 * it rested. A "no" stays: nothing makes an answer better.
 */
RV_API void rv_report_settle(struct rv_report *r);
/* Is there a check quote_signature, and does it say yes? And vtpm_signature,
 * where there is one. */
RV_API bool rv_report_verified(const struct rv_report *r);
/* The verdict in words: as rv_verdict_name(), or, where nothing shows that the
 * evidence is genuine, "yes, of unverified evidence". */
RV_API const char *rv_report_words(const struct rv_report *r);

/*
 * The heaviest verdict of a layer, and of the whole report. Overall, unchecked
 * things do not weigh; a report in which nothing was compared cannot tell: that
 * the inputs are the pinned ones says nothing of the machine.
 */
RV_API enum rv_verdict rv_report_layer(const struct rv_report *r,
				       enum rv_layer layer);
RV_API enum rv_verdict rv_report_verdict(const struct rv_report *r);
/*
 * The check that says best why the verdict is not yes: which other release
 * runs, that nothing was named, else the first of the verdict's weight. NULL
 * for a yes. Borrows from @r.
 */
RV_API const struct rv_check *rv_report_reason(const struct rv_report *r);
/* False of the GPUs and inputs where there is nothing about them. */
RV_API bool rv_report_shows(const struct rv_report *r, enum rv_layer layer);
RV_API enum rv_code rv_report_code(const struct rv_report *r);

/* "hardware" ..., "yes" | "no" | "cannot-tell" | "unchecked" */
RV_API const char *rv_layer_name(enum rv_layer layer);
RV_API const char *rv_verdict_name(enum rv_verdict verdict);

/* Take back all checks but the first @n. */
RV_API void rv_report_cut(struct rv_report *r, size_t n);
RV_API void rv_report_free(struct rv_report *r);

#ifdef __cplusplus
}
#endif

#endif
