# SPDX-License-Identifier: Apache-2.0
# Longer tests of verification than `make check` has time for.

#: make check-inject      every allocation of verification, verdict, GPU evidence, signatures, publishing and images fails once
INJECT := quote verify rows gpu signature publish image
check-inject: $(INJECT:%=$(B)/unit/%_inject)
	@for p in $^; do INJECT_ALL=1 $$p || exit; done

#: make check-dcap-peers  verdicts beside those of another verifier (cargo)
check-dcap-peers: all
	@tests/quote/peers.sh

.PHONY: check-inject check-dcap-peers
