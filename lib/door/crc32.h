/* SPDX-License-Identifier: Apache-2.0 */
/* crc32.h - the CRC-32 of gzip (RFC 1952, 8), as fast as this machine can. */
#ifndef RV_CRC32_H
#define RV_CRC32_H

#include "base.h"

/* Continue @crc, 0 at the start, with @s. */
uint32_t rv_crc32(uint32_t crc, struct rv_span s);

#endif
