/* SPDX-License-Identifier: Apache-2.0 */
/* gcp.h - the verdict on a machine of Google Cloud: what its files share. */
#ifndef RV_VERIFY_GCP_H
#define RV_VERIFY_GCP_H

#include "verify.h"

/* The value of a PCR as it came, or NULL. Borrows from the evidence. */
const struct rv_sha256 *rv_gcp_pcr(const struct rv_verify_job *j, unsigned pcr);
/* The check "pcrN_log", where the PCR is there. */
void rv_gcp_check_log(struct rv_verify_job *j, unsigned pcr,
		      enum rv_layer layer);
/* The checks "vtpm_pcrs", "pcr0" and "pcr14". */
RV_MUST bool rv_gcp_check_pcrs(struct rv_verify_job *j, struct rv_err *err);
RV_MUST bool rv_gcp_check_pcr0(struct rv_verify_job *j, struct rv_err *err);
RV_MUST bool rv_gcp_check_pcr14(struct rv_verify_job *j, struct rv_err *err);
/* What it booted, and the app: the layers os and app. */
RV_MUST bool rv_verify_gcp_image(struct rv_verify_job *j, struct rv_err *err);

#endif
