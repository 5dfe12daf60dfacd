# SPDX-License-Identifier: Apache-2.0
#: make check-acpi-qemu  N=500 random machines per real QEMU of SUITES, TREES=200 of them GPU trees under real firmware (network)
#: make check-acpi-short 40 machines on one real QEMU, each table through iasl
#: make check-acpi-boot  ACPI digests against those real firmware logs (network)

SUITES ?= bookworm-backports trixie sid
TREES  ?= 200

check-acpi-qemu: all
	@TREES=$(TREES) sh tests/acpi/check.sh "$(SUITES)" $(or $(N),500) --iasl --seed $(or $(SEED),2026)

check-acpi-short: all
	@TREES=2 sh tests/acpi/check.sh "$(firstword $(SUITES))" 40 --iasl --seed $(or $(SEED),1)

# Four machines on the first and on the newest QEMU; a part of check-boot.
check-acpi-boot: all
	@sh tests/acpi/boot.sh "$(firstword $(SUITES)) $(lastword $(SUITES))"

check-boot: check-acpi-boot

.PHONY: check-acpi-boot check-acpi-qemu check-acpi-short
