/* SPDX-License-Identifier: Apache-2.0 */
/* collateral.h - what the makers of a machine say of it, into its evidence. */
#ifndef RV_FETCH_COLLATERAL_H
#define RV_FETCH_COLLATERAL_H

#include <refval/fetch.h>

/* As the options have it; NULL is what was not given. All borrowed. */
struct collateral_ask {
	const char *from, *root_crl_from, *cache, *update;
	bool refresh, offline;
	bool cache_of_gpus; /* --cache is asked for what NVIDIA says, too */
};

/* What came; collateral_got_free(). */
struct collateral_got {
	enum rv_collateral_of of;
	struct rv_platform platform;	/* of Intel's ... */
	struct rv_collateral_got intel; /* ... empty where nothing was asked */
	struct rv_amd_got amd;
	struct rv_google_got google;
};

/* RV_USAGE: --collateral-from names nobody, or options are not about it. */
RV_MUST bool rv_fetch_check_collateral(const struct collateral_ask *ask,
				       struct rv_err *err);
/*
 * Whatever was asked for, into @e, in the place of what was there. RV_USAGE:
 * it is of another maker's machine.
 */
RV_MUST bool rv_fetch_add_collateral(struct rv_evidence *e,
				     const struct collateral_ask *ask,
				     const struct rv_fetch_net *net,
				     struct collateral_got *out,
				     struct rv_err *err);
void rv_fetch_collateral_got_free(struct collateral_got *got);

#endif
