# SPDX-License-Identifier: Apache-2.0
#: make check-simulator   what dstack's own simulator answers, fetched and verified; SIMULATOR=the folder of its release
SIMULATOR ?=
check-simulator: all
	@/usr/bin/python3 tests/agent/simulator.py '$(SIMULATOR)' $(B)/bin

.PHONY: check-simulator
