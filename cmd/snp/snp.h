/* SPDX-License-Identifier: Apache-2.0 */
/* snp.h - one SEV-SNP report with all that it is held against. */
#ifndef RV_CMD_SNP_H
#define RV_CMD_SNP_H

#include "base.h"
#include "bind_opts.h"
#include "cmd.h"

#include <refval/verify.h>

/* Everything is owned by the command. */
struct rv_snp_job {
	struct rv_evidence evidence;
	struct rv_buf root, config;
	struct rv_snp_proof proof; /* borrows from the evidence */
	struct rv_snp_certs certs;
	struct rv_snp_policy policy;
	struct rv_bind_files bind;
	const char *config_name; /* NULL: none was given */
	const char *image_name;	 /* NULL: none was given */
	struct rv_snp_image image;
	struct rv_snp_machine machine;
	bool solve;
};

/* What was compared, as rows of a report (rows.c). */
RV_MUST bool rv_snp_rows(const struct rv_snp_job *j, struct rv_report *rows,
			 struct rv_err *err);
/* As text, or as refval.snp/1 (print.c). */
RV_MUST bool rv_snp_show(const struct rv_snp_job *j,
			 const struct rv_report *rows, bool json,
			 enum rv_code *answer, struct rv_err *err);

/* A launch digest, as text or as refval.launch/1 (print.c). */
RV_MUST bool rv_snp_show_launch(const struct rv_snp_machine *m,
				const struct rv_sha384 *digest, bool json,
				struct rv_err *err);

#endif
