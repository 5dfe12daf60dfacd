# SPDX-License-Identifier: Apache-2.0
#: make check-boot   predictions against logs of real boots, 9 of them (network)
#: make check-uki-boot unified kernel images booted from a disk, 8 of them; a part of check-boot (network)
#: make check-grub-boot disks booted through Debian's shim and grub, 2 of them; a part of check-boot (network)

#: make check-uki-peers 200 random unified kernel images against systemd-measure and osslsigncode (network)
#: make check-nitro-peers 200 of them: PCR4, PCR7 and PCR12 against AWS's own program (cargo, network)
#: make check-eif-peers 200 random enclave image files against AWS's own library (cargo, network)

check-boot: all
	@sh tests/measure/check-boot.sh

check-uki-boot: all
	@sh tests/measure/uki-boot.sh

check-boot: check-uki-boot check-grub-boot

check-grub-boot: all
	@sh tests/measure/grub-boot.sh

check-uki-peers: all
	@sh tests/measure/uki-peers.sh 200 $(SEED)

check-nitro-peers: all
	@sh tests/measure/nitro-peers.sh 200 $(SEED)

check-eif-peers: all
	@sh tests/measure/eif-peers.sh 200 $(SEED)

.PHONY: check-boot check-uki-boot check-grub-boot check-uki-peers check-nitro-peers check-eif-peers
