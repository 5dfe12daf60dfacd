# SPDX-License-Identifier: Apache-2.0
# Longer tests of verification than `make check` has time for.

#: make check-inject      every allocation of a verification, a verdict and GPU evidence fails once
check-inject: $(B)/unit/quote_inject $(B)/unit/verify_inject $(B)/unit/rows_inject $(B)/unit/gpu_inject
	@INJECT_ALL=1 $(B)/unit/quote_inject
	@INJECT_ALL=1 $(B)/unit/verify_inject
	@INJECT_ALL=1 $(B)/unit/rows_inject
	@INJECT_ALL=1 $(B)/unit/gpu_inject

#: make check-dcap-peers  verdicts beside those of another verifier (cargo)
check-dcap-peers: all
	@tests/quote/peers.sh

.PHONY: check-inject check-dcap-peers
