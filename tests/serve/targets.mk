# SPDX-License-Identifier: Apache-2.0
#: make check-serve-peer VERIFIER=FILE  refval-serve beside that dstack-verifier: answers, speed, memory; REQUESTS=2000
#: make check-serve-fuzz  damaged requests for FUZZ_SECONDS=600; with SAN=address,undefined

check-serve-peer: all
	@$(DEPS) fleet
	@VERIFIER='$(VERIFIER)' REQUESTS='$(REQUESTS)' sh tests/serve/peers.sh

check-serve-fuzz: all
	@sh tests/serve/fuzz.sh

.PHONY: check-serve-peer check-serve-fuzz
