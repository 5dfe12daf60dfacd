/* SPDX-License-Identifier: Apache-2.0 */
/* gcp.h - what the files about machines of Google's share. */
#ifndef RV_CLOUD_GCP_H
#define RV_CLOUD_GCP_H

#include "base.h"
#include "x509.h"

#include <refval/gcp.h>

/* The root of vTPMs, DER. Static. */
struct rv_span rv_gcp_root(void);

/* How a check ends. */
enum rv_gcp_step {
	RV_GCP_GO_ON,  /* it passed */
	RV_GCP_ENDED,  /* it did not: outcome and message say why */
	RV_GCP_BROKEN, /* neither: RV_SYSTEM, in the error */
};

/* It ended: @o into *@to, and why into @message, which has @room bytes. */
enum rv_gcp_step rv_gcp_stop(enum rv_gcp_outcome *to, enum rv_gcp_outcome o,
			     char *message, size_t room, const char *fmt, ...)
    RV_PRINTF(5, 6);

#endif
