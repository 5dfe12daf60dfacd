/* SPDX-License-Identifier: Apache-2.0 */
/* snp.h - one SEV-SNP report with all that it is held against. */
#ifndef RV_CMD_SNP_H
#define RV_CMD_SNP_H

#include "base.h"
#include "cmd.h"

#include <refval/snp.h>

/* Everything is owned by the command. */
struct rv_snp_job {
	struct rv_buf file, bytes, root, config;
	struct rv_snp_report report; /* borrows from file or bytes */
	struct rv_snp_certs certs;
	struct rv_snp_verdict verdict;
	struct rv_snp_policy policy;
	int64_t at;
	bool has_data;
	uint8_t want_data[64];
	const char *config_name; /* NULL: none was given */
	const char *image_name;	 /* NULL: none was given */
	struct rv_snp_image image;
	struct rv_snp_machine machine;
	bool solve;
};

/* What was compared, as rows of a report (rows.c). */
RV_MUST bool rv_snp_rows(struct rv_snp_job *j, struct rv_report *rows,
			 struct rv_err *err);
/* As text, or as refval.snp/1 (print.c). */
RV_MUST bool rv_snp_show(const struct rv_snp_job *j,
			 const struct rv_report *rows, bool json,
			 enum rv_code *answer, struct rv_err *err);

#endif
