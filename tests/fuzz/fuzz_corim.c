/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoRIMs, alone: the manifest, its tags, measurements and window.
 */
// seeds: tests/vectors/formats/corim*.cbor
// tests/vectors/bad/publish/corim*.cbor
#include "published.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6dAaAZKlc1rm1WB+wH9Dh2jcRDLe\n"
    "kUs0Hi3q9tLDyN2u667ygn9lsrV/HN+kDEBW5nzpe3Wxm5XxbCzRSG/XPQ==\n"
    "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return published(key, rv_span(data, size));
}
