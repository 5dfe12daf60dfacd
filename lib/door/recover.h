/* SPDX-License-Identifier: Apache-2.0 */
/* recover.h - the door to OpenSSL's points of secp256k1: whose signature? */
#ifndef RV_RECOVER_H
#define RV_RECOVER_H

#include "base.h"

enum {
	RV_RECOVER_DIGEST = 32,
	RV_RECOVER_SIGNATURE = 65, /* r || s || recovery byte */
	RV_RECOVER_KEY = 33,	   /* a compressed point */
};

/*
 * The key that @sig over @digest is by (SEC 1, 4.1.6). The recovery byte is 0
 * or 1, or 27 or 28 as Ethereum writes them. *found is false, and @out all
 * zero, when there is none.
 */
RV_MUST bool rv_recover_key(const uint8_t digest[RV_RECOVER_DIGEST],
			    const uint8_t sig[RV_RECOVER_SIGNATURE],
			    bool *found, uint8_t out[RV_RECOVER_KEY],
			    struct rv_err *err);

#endif
