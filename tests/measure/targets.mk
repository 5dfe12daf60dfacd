# SPDX-License-Identifier: Apache-2.0
#: make check-boot   predictions against logs of real boots, 9 of them (network)
#: make check-uki-boot unified kernel images booted from a disk, 8 of them; a part of check-boot (network)

check-boot: all
	@sh tests/measure/check-boot.sh

check-uki-boot: all
	@sh tests/measure/uki-boot.sh

check-boot: check-uki-boot

.PHONY: check-boot check-uki-boot
