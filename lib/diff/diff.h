/* SPDX-License-Identifier: Apache-2.0 */
/* diff.h - what the files of this stage share. */
#ifndef RV_DIFF_DIFF_H
#define RV_DIFF_DIFF_H

#include "base.h"
#include <refval.h>

/*
 * Say in words what may have caused a difference of register @name
 * whose quoted value is @actual; "" when nothing is known. @out: owned text.
 */
void rv_diff_cause(const struct rv_diff_input *in, const char *name,
		   const struct rv_sha384 *actual,
		   const struct rv_divergence *d, struct rv_grow *out);

/* Name the known releases that all registers fit, to @names; how many. */
size_t rv_diff_fitting(const struct rv_diff_input *in, struct rv_grow *names);
/* Where another image runs than the expected one: which it is, if recorded. */
void rv_diff_release(const struct rv_diff_input *in, struct rv_report *r);

/*
 * The register @name of the quote ("mrtd", "rtmr0" ...), or where there is none
 * of somebody's words. False: it is not there.
 */
bool rv_diff_quoted(const struct rv_diff_input *in, const char *name,
		    struct rv_sha384 *out);

const char *rv_diff_origin(enum rv_origin origin);

/* mr_config_id against a compose-hash; config_id.c. */
bool rv_diff_config_id(const struct rv_diff_input *in,
		       const struct rv_sha256 *compose_hash, bool *has,
		       struct rv_config_id_check *out, struct rv_err *err);

/* PCR8 of a NitroTPM against a compose-hash, or (NULL) its own log's; pcr.c. */
bool rv_diff_pcr8(const struct rv_diff_input *in, const struct rv_sha256 *want,
		  struct rv_config_id_check *out, struct rv_err *err);
/* The rows "pcr14_log" and "pcr8_config"; pcr.c. */
void rv_diff_pcr14_log(const struct rv_diff_input *in, struct rv_report *r);
RV_MUST bool rv_diff_pcr8_config(const struct rv_diff_input *in,
				 struct rv_report *r, struct rv_err *err);
/* The compose-hash that is expected: of a manifest, or given as such. */
bool rv_diff_expected_hash(const struct rv_diff_input *in,
			   struct rv_sha256 *out, struct rv_err *err);

/* The parts of rv_diff_run(). */
void rv_diff_registers(const struct rv_diff_input *in, struct rv_report *r);
void rv_diff_rtmr3_log(const struct rv_diff_input *in, struct rv_report *r);
bool rv_diff_app(const struct rv_diff_input *in, struct rv_report *r,
		 struct rv_err *err);

#endif
