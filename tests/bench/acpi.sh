#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ACPI blobs of one shape: generating against hashing the same bytes (the
# floor), against a real QEMU started for the same answer, and the solver.
# shellcheck source=tests/bench/lib.sh disable=SC2046,SC2086
. tests/bench/lib.sh
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -Iinclude -Ilib/base -Ilib/door -Ilib/qemu -o "$tmp/acpi" tests/bench/acpi.c \
	"$B/lib/librefval.a" $(pkg-config --libs libcrypto libarchive zlib jansson yaml-0.1) -llzma
bad=0

set -- $("$tmp/acpi" 8); ours=$1
report "acpi, 8 CPUs, generating against SHA-384 of the blobs" "$1" "$2" 0.1 us || bad=1
report "acpi, 8 CPUs, generating against 20 us" "$1" 20 1 us || bad=1
set -- $("$tmp/acpi" 64 gpus)
report "acpi and SMBIOS, 64 CPUs, 8 GPUs, 4 switches, 2 nodes, generating against 100 us" "$1" 100 1 us || bad=1
set -- $("$tmp/acpi" 4096)
report "acpi, 4096 CPUs, generating against 5 ms" "$1" 5000 1 us || bad=1

for dir in "$B"/suite-*; do
	[ -e "$dir/.complete" ] || continue
	suite=${dir##*/suite-}
	qemu=$(sh tests/acpi/qemu-suite.sh "$suite" "$dir")
	set -- $(cost python3 tests/oracle/qemu-acpi-dump.py --qemu "$qemu" -- -machine q35,smm=off,pic=off,hpet=off \
		-m 2G -smp 8 -nodefaults -serial null)
	report "acpi, 8 CPUs, against starting QEMU of $suite" "$(echo "$ours" | awk '{ print $1 / 1e6 }')" "$1" 0.001 s || bad=1
	break
done

for m in real/near-058-dev-3e6394 real/sim-04x real/060-ovmf202505-attestation solve/nearai-8gpu-0.5.5.json; do
	set -- $(cost "$bin/refval-measure" --solve tests/vectors/$m --json)
	report "solve, $m, CPU against 5 s" "$1" 5 1 s || bad=1
done
# Without a log, a register that no shape gives: the whole space.
cp tests/vectors/real/near-058-dev-3e6394/quote.bin "$tmp/quote"
chmod +w "$tmp/quote"
printf '\125' | dd of="$tmp/quote" bs=1 seek=376 conv=notrunc 2> "$tmp/dd"
set -- $(cost sh -c '"$1" --solve "$2" --json || [ $? = 3 ]' - "$bin/refval-measure" "$tmp/quote")
report "solve, no log, both kinds of firmware, no shape fits, CPU against two cores' 5 s" "$1" 10 1 s || bad=1
exit $bad
