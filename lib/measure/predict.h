/* SPDX-License-Identifier: Apache-2.0 */
/*
 * predict.h - what rv_measure() is made of: one job that walks through the
 * registers, and how each step notes the events it predicts.
 */
#ifndef RV_PREDICT_H
#define RV_PREDICT_H

#include "cache.h"
#include "rules.h"
#include "tdvf.h"

#include <refval/evidence.h>
#include <refval/measure.h>

/* All that the steps share. */
struct rv_job {
	const struct rv_measure_input *in;
	const struct rv_shape *shape; /* resolved as far as it can be */
	bool has_qemu;
	bool has_rules;
	struct rv_rules rules;
	char no_rules[200]; /* why not */
	bool has_tdvf;
	struct rv_tdvf tdvf;
	struct rv_values *out;
	struct rv_err *err;
};

/* One step per register: rtmr0.c, rtmr1.c, rtmr2.c. */
RV_MUST bool rv_predict_rtmr0(struct rv_job *j);
RV_MUST bool rv_predict_rtmr1(struct rv_job *j);
RV_MUST bool rv_predict_rtmr2(struct rv_job *j);

/* As much of @from as there is room for. */
void rv_predict_copy(char *to, size_t room, const char *from);
/* An event; without a @digest it is not known. Always true. */
bool rv_predict_add(struct rv_register *reg, const char *label, uint32_t type,
		    const struct rv_sha384 *digest, const char *depends);
/* An event that cannot be computed; the first reason is the register's. */
void rv_predict_unknown(struct rv_register *reg, const char *label,
			uint32_t type, const char *depends, const char *why);
/* An event whose digest is that of a constant. */
RV_MUST bool rv_predict_text(struct rv_job *j, struct rv_register *reg,
			     const char *label, uint32_t type,
			     struct rv_span text);
RV_MUST bool rv_predict_separator(struct rv_job *j, struct rv_register *reg);
/* What was taken for granted, for the reader of the values. */
void rv_predict_assume(struct rv_values *v, const char *what);

#endif
