/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed CoRIMs: COSE_Sign1, its headers, its payload.
 */
// seeds: tests/vectors/formats/corim-*.cbor
// tests/vectors/bad/publish/cose*.cbor
#include "published.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAgfIJjP5rsPt+Nr8S8sqkZmsAq1f6APHbjUUr1zO3Aek=\n"
    "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return published(key, rv_span(data, size));
}
