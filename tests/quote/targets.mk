# SPDX-License-Identifier: Apache-2.0
# Longer tests of verification than `make check` has time for.

#: make check-inject   every allocation of a verification fails once, one by one
check-inject: $(B)/unit/quote_inject
	@INJECT_ALL=1 $(B)/unit/quote_inject


.PHONY: check-inject
