# SPDX-License-Identifier: Apache-2.0
#: make check-acpi-qemu  N=500 random machines per real QEMU of SUITES (network)
#: make check-acpi-short 40 machines on one real QEMU, each table through iasl

SUITES ?= bookworm-backports trixie sid
N      ?= 500

check-acpi-qemu: all
	@sh tests/acpi/check.sh "$(SUITES)" $(N) --iasl --seed $(or $(SEED),2026)

check-acpi-short: all
	@sh tests/acpi/check.sh "$(firstword $(SUITES))" 40 --iasl --seed $(or $(SEED),1)

.PHONY: check-acpi-qemu check-acpi-short
