/* SPDX-License-Identifier: Apache-2.0 */
/* print.h - what refval-fetch says of what it took. */
#ifndef RV_FETCH_OUT_H
#define RV_FETCH_OUT_H

#include "fetch/collateral.h"
#include "fetch/gpu.h"

#include <refval/fetch.h>

/* Borrowed, all but @got. */
struct rv_fetch_outcome {
	const struct rv_fetched *f;
	const char *output;  /* where the evidence is, or NULL */
	const char *tls;     /* --tls-fingerprint, or NULL */
	const char *voucher; /* "statement", "authority", "ra-tls", ... */
	bool ra_tls;	     /* the certificate is one of RA-TLS */
	struct collateral_got got;
	bool gpus_asked;
	const char *gpu_folder;
	struct gpu_got gpus;
};

/* The summary, as text or as refval.fetch/1. */
RV_MUST bool rv_fetch_print(const struct rv_fetch_outcome *o, bool json,
			    struct rv_err *err);
/* The same of a certificate that came without evidence. */
RV_MUST bool rv_fetch_print_tls(const struct rv_fetch_outcome *o, bool json,
				struct rv_err *err);

#endif
