# SPDX-License-Identifier: Apache-2.0
#: make check-serve-fuzz  damaged requests for FUZZ_SECONDS=600; with SAN=address,undefined

check-serve-fuzz: all
	@sh tests/serve/fuzz.sh

.PHONY: check-serve-fuzz
