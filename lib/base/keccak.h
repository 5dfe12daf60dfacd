/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keccak.h - Keccak as it was before FIPS 202: padding 0x01 where SHA-3 has
 * 0x06. Ethereum and dstack use it; OpenSSL 3.0 has only SHA-3.
 */
#ifndef RV_KECCAK_H
#define RV_KECCAK_H

#include "base.h"

/* Keccak-256, -384 or -512: @n is 32, 48 or 64, the length of the digest. */
void rv_keccak(struct rv_span s, size_t n, uint8_t *out);

#endif
