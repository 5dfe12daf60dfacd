/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_out.h - one request of many, answered: evidence or an envelope in,
 * a verdict or refval.result/1 out.
 */
#ifndef RV_RESULT_OUT_H
#define RV_RESULT_OUT_H

#include "inputs.h"

/* Everything is borrowed, and the same for all requests. */
struct rv_fleet {
	struct rv_verifier *verifier;
	const struct rv_asked *asked;
	const struct rv_dcap *dcap;
	/* What a request that is no envelope is compared with, and an envelope
	 * that does not say it. */
	const struct rv_verify_input *in;
	bool summary;	 /* results without their reports */
	bool keep_going; /* a result for each is all that is wanted */
	/* Unless NULL: called once it is known what is asked; it may add to
	 * @in what it owns, for this one verdict. False: there is none. */
	bool (*add)(void *arg, struct rv_verify_input *in, struct rv_err *err);
	void *arg;
};

/* One request and what came of it. It borrows from itself: never copied. */
struct rv_answered {
	struct rv_envelope envelope;
	struct rv_verify_input in;
	struct rv_verified verified;
};

void rv_answered_free(struct rv_answered *a);
/*
 * Answer @text, which must outlive @out; rv_answered_free(), in each case.
 * False: there is no report; @err says why.
 */
RV_MUST bool rv_answer(const struct rv_fleet *f, struct rv_span text,
		       struct rv_answered *out, struct rv_err *err);

/*
 * The same as the line that refval.result/1 is, number @line; @bad, unless
 * NULL, says why there is nothing to look at. What is wrong with the request is
 * its result; false (RV_SYSTEM): there is none.
 */
RV_MUST bool rv_result_line(const struct rv_fleet *f, struct rv_span text,
			    const struct rv_err *bad, uint64_t line,
			    struct rv_jw *w, enum rv_code *answer,
			    struct rv_err *err);

#endif
