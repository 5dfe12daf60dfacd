/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In-toto statements, envelopes and sigstore bundles, with a key and without.
 */
// seeds: tests/vectors/formats/*.json tests/vectors/bad/publish/*.json
#include "published.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEd7vFe7wm433Vwms1A1C1qBH2Um41\n"
    "fL2Uga4g5dqhgK31SS4K1jA7MJaOZIwX67D8YX4Hdv7mDxP99DwQE+wGsA==\n"
    "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return published(key, rv_span(data, size));
}
