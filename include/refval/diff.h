/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.h - stage "diff": reference values against evidence, with a reason for
 * every difference. What it finds goes into a report (report.h).
 */
#ifndef REFVAL_DIFF_H
#define REFVAL_DIFF_H

#include <refval/evidence.h>
#include <refval/measure.h>
#include <refval/quote.h>
#include <refval/release.h>
#include <refval/replay.h>
#include <refval/report.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* PCRs of a NitroTPM that hold the app, 48 bytes each; empty: not there. */
struct rv_diff_tpm {
	struct rv_span pcr8, pcr14;
	bool proven; /* its signature is a check of the report: rest on it */
};

/* What to compare. Everything is borrowed; NULL is what there is not. */
struct rv_diff_input {
	const struct rv_values *values; /* the expected registers */
	/* of the image that @values are of; NULL: look for it in @known */
	const char *image_version;
	const struct rv_evidence *evidence; /* never NULL */
	const struct rv_quote *quote;	    /* decoded from the evidence */
	const struct rv_replay *replay;	    /* of the evidence's log */
	const struct rv_span *compose; /* bytes of the expected app-compose */
	/* without those: its SHA-256; NULL where that is not given, either */
	const struct rv_sha256 *compose_hash;
	const char *compose_hash_from; /* in words; NULL: given */
	bool allow_debug;	       /* a debug TD is wanted, not refused */
	const struct rv_diff_tpm *tpm; /* for rv_diff_tpm() */
	const struct rv_release
	    *known; /* all records, to name what was found */
	size_t n_known;
};

/*
 * Compare, and add what was found to @report (borrowed), layer by layer. The
 * quote's signature is not looked at here: whoever verified it adds that.
 * RV_SYSTEM only: differences are checks, not errors.
 */
RV_API RV_MUST bool rv_diff_run(const struct rv_diff_input *in,
				struct rv_report *report, struct rv_err *err);

/*
 * The app of a machine with a NitroTPM: its log against PCR14, what that says,
 * and MrConfigV2 against PCR8. RV_SYSTEM only.
 */
RV_API RV_MUST bool rv_diff_tpm(const struct rv_diff_input *in,
				struct rv_report *report, struct rv_err *err);

/*
 * @c rests on the log of dstack's own events, of a NitroTPM's PCR14 or else of
 * RTMR3, and on what the log says of its contents.
 */
RV_API void rv_diff_rests_on_log(struct rv_check *c, bool nitro_tpm);

/*
 * What the evidence says beside its quote of report_data, or says that the
 * machine was asked for, and the quote does not carry (@report_data; empty:
 * there is none): the sentence for it, or NULL. Static text.
 */
RV_API const char *rv_diff_report_data(const struct rv_evidence *evidence,
				       struct rv_span report_data);
/*
 * What the evidence says of itself: which of several machines it is of, parts
 * that contradict each other, and another report_data than the signed one.
 * Part of rv_diff_run().
 */
RV_API void rv_diff_evidence(const struct rv_evidence *evidence,
			     struct rv_span report_data,
			     struct rv_report *report);

/* Where a log leaves the expected sequence of a register. */
struct rv_divergence {
	bool found;
	size_t at;	 /* index into the register's events */
	size_t log;	 /* index into the whole log; n when it ended early */
	size_t compared; /* known events that agreed before it */
	size_t unknown;	 /* events that could not be predicted */
	const struct rv_predicted *expected; /* NULL: the log has one more */
};

/* Find the first event of the register @name that is not as predicted. */
RV_API struct rv_divergence rv_diff_events(const struct rv_register *reg,
					   const struct rv_replay *replay,
					   const struct rv_log *log,
					   const char *name);

#ifdef __cplusplus
}
#endif

#endif
