/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_opts.h - how a SEV-SNP report is judged: the options that only such a
 * report has, and what those of a quote mean for it.
 */
#ifndef RV_SNP_OPTS_H
#define RV_SNP_OPTS_H

#include "dcap_opts.h"

#include <refval.h>

/* The arguments as they were given; NULL and false: not given. */
struct rv_snp_opts {
	const char *min_tcb;
	bool allow_vlek;
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_SNP_OPTS(o)							\
	RV_OPT_TEXT("min-tcb", "B,T,S,U", &(o).min_tcb,			\
		    "SEV-SNP: least bootloader, TEE, SNP, microcode"), \
	RV_OPT_FLAG("allow-vlek", &(o).allow_vlek,			\
		    "SEV-SNP: accept a cloud's key, not a chip's")
/* clang-format on */

enum { RV_SNP_FILES = 64 };

/* What they say, and the files of --collateral. Owned; it borrows from itself:
 * never copied. */
struct rv_snp_read {
	struct rv_snp_rules rules;
	struct rv_buf file[RV_SNP_FILES];
	struct rv_span span[RV_SNP_FILES];
};

/* The argument of --min-tcb, NULL where it was not given. */
RV_MUST bool rv_min_tcb_arg(const char *text, struct rv_snp_policy *out,
			    struct rv_err *err);
/*
 * For evidence of @attester: RV_USAGE for an option that says something of
 * another maker's. @snp may be NULL.
 */
RV_MUST bool rv_snp_opts_fit(enum rv_attester attester,
			     const struct rv_dcap_opts *dcap,
			     const struct rv_snp_opts *snp, struct rv_err *err);
/* The rules, with what --collateral names: a file, or all of a folder. */
RV_MUST bool rv_snp_opts_read(const struct rv_dcap_opts *dcap,
			      const struct rv_snp_opts *snp,
			      struct rv_snp_read *out, struct rv_err *err);
/*
 * The same for many machines: of --collateral AMD's list of revoked
 * certificates counts for all of them; certificates come with each.
 */
RV_MUST bool rv_snp_opts_shared(const struct rv_dcap_opts *dcap,
				const struct rv_snp_opts *snp,
				struct rv_snp_read *out, struct rv_err *err);
void rv_snp_read_free(struct rv_snp_read *r);

#endif
