/* SPDX-License-Identifier: Apache-2.0 */
/* der.h - DER, X.690, as far as extensions of certificates need it. */
#ifndef RV_DER_H
#define RV_DER_H

#include "base.h"

/*
 * One TLV of @tag, of less than 64 KiB, off the front of @in; false: it is
 * another, is not there whole, or its length has a shorter form.
 */
RV_MUST bool rv_der(struct rv_span *in, uint8_t tag, struct rv_span *out);

#endif
