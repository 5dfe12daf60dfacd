/* SPDX-License-Identifier: Apache-2.0 */
/* dcap_out.h - what came of verifying a quote, on paper. */
#ifndef RV_DCAP_OUT_H
#define RV_DCAP_OUT_H

#include "base.h"

#include <refval.h>

/* The members "verification" and "policy" of an open object. */
void rv_proof_json(const struct rv_proof *p, struct rv_jw *w);
/* The same for people. */
void rv_proof_print(const struct rv_proof *p);

#endif
