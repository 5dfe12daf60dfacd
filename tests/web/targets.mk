# SPDX-License-Identifier: Apache-2.0

#: make check-web         the page and the package beside the programs: captures, 2,000 mutants, Chromium, npm; MUTANTS=
MUTANTS ?= 2000
check-web: all web
	@$(DEPS) say webcheck
	@BIN='$(CURDIR)/$(B)/bin' sh tests/web/check.sh $(W) $(MUTANTS)

#: make bench-web         the page with an OS image of 600 MB: speed beside the program, and memory
bench-web: all web
	@$(DEPS) say webcheck
	@BIN='$(CURDIR)/$(B)/bin' sh tests/web/bench.sh $(W)

.PHONY: check-web bench-web
