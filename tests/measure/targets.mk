# SPDX-License-Identifier: Apache-2.0
#: make check-boot   predictions against logs of real boots, 9 of them (network)

check-boot: all
	@sh tests/measure/check-boot.sh

.PHONY: check-boot
