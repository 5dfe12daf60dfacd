/* SPDX-License-Identifier: Apache-2.0 */
/* gcp.h - what the files about machines of Google's share. */
#ifndef RV_CLOUD_GCP_H
#define RV_CLOUD_GCP_H

#include "base.h"
#include "step.h"
#include "x509.h"

#include <refval/gcp.h>

/* The root of vTPMs, DER. Static. */
struct rv_span rv_gcp_root(void);

#endif
