/* SPDX-License-Identifier: Apache-2.0 */
/* inputs.h - the files of a verdict: what refval-diff and -verify share. */
#ifndef RV_INPUTS_H
#define RV_INPUTS_H

#include "app_key_opts.h"
#include "bind_opts.h"
#include "dcap_opts.h"
#include "gcp_opts.h"
#include "gpu_opts.h"
#include "sign_opts.h"
#include "snp_opts.h"

#include <refval.h>

/* Everything is owned; rv_inputs_free(). It borrows from itself: not copied. */
struct rv_inputs {
	struct rv_evidence evidence;
	struct rv_dcap dcap;
	struct rv_snp_read snp;
	struct rv_gcp_read gcp;
	struct rv_bind_files bind;
	struct rv_buf compose, values, key;
	struct rv_span compose_bytes, values_bytes, key_bytes;
	struct rv_manifests manifests;
	struct rv_image image;
	struct rv_oci oci[RV_LIST_MAX];
	struct rv_container container[RV_LIST_MAX];
	size_t containers;
	struct rv_gpu_files gpu, gpu_answers;
	struct rv_signatures signatures;
	struct rv_app_key_read app_key;
};

/* What was asked of them. Borrowed. */
struct rv_asked {
	const char *evidence, *instance; /* a path, and which of several */
	const struct rv_dcap_opts *dcap;
	const struct rv_snp_opts *snp; /* or NULL */
	bool prove; /* the quote; else only when @dcap says how */
	const struct rv_bind_opts *bind;
	const struct rv_list *containers, *skip;
};

/* Read evidence, and how its quote is judged; @in then borrows both. */
RV_MUST bool rv_inputs_evidence(struct rv_inputs *i, const struct rv_asked *a,
				struct rv_verify_input *in, struct rv_err *err);
/* Of many machines, each with evidence of its own: how that is judged, whoever
 * made the hardware. */
RV_MUST bool rv_inputs_rules(struct rv_inputs *i, const struct rv_asked *a,
			     struct rv_verify_input *in, struct rv_err *err);
/* The expected app-compose.json. */
RV_MUST bool rv_inputs_compose(struct rv_inputs *i, const char *path,
			       struct rv_verify_input *in, struct rv_err *err);
/* The values are there already: who must have signed them, unless NULL. */
RV_MUST bool rv_inputs_values(struct rv_inputs *i, const char *path,
			      const char *key, struct rv_verify_input *in,
			      struct rv_err *err);
/* Container images, bindings, what is skipped. */
RV_MUST bool rv_inputs_rest(struct rv_inputs *i, const struct rv_asked *a,
			    struct rv_verify_input *in, struct rv_err *err);
void rv_inputs_free(struct rv_inputs *i);

#endif
