#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random machines against the real QEMUs of Debian suites: N with firmware's
# part played, and TREES (default 200) with GPUs under real firmware.
# usage: check.sh SUITES N [OPTIONS of random-shapes.py]
# Ends with one line per QEMU; exit 1 when a blob differs, 4 when no QEMU could
# be had, or none that runs here.
set -u
cd "$(dirname "$0")/../.." || exit 4
suites=$1 n=$2
shift 2
had=0 bad=0 trees=${TREES:-200}
acpi=${BIN:-$PWD/${B:-build}/bin}/refval-acpi

# judge STATUS: what a comparison ended with
judge() {
	case $1 in
	0) had=$((had + 1)) ;;
	4) echo "$s: this QEMU does not run here" ;;
	*) had=$((had + 1)) bad=1 ;;
	esac
	[ "$1" != 4 ]
}

for s in $suites; do
	qemu=$(sh tests/acpi/qemu-suite.sh "$s" "build/suite-$s") || { echo "$s: no QEMU could be had"; continue; }
	python3 tests/acpi/random-shapes.py --qemu "$qemu" --acpi "$acpi" --count "$n" "$@"
	judge $? || continue
	[ "$trees" -gt 0 ] || continue
	mkdir -p build/boot
	xz -dc tests/vectors/firmware/debian-13-ovmf-*.fd.xz > build/boot/trees.fd || exit 4
	bios=$PWD/build/boot/trees.fd
	if [ "$s" = sid ]; then
		[ -e build/suite-sid/usr/share/ovmf/OVMF.fd ] || sh tests/oracle/debian-suite.sh sid build/suite-sid ovmf-generic || exit 4
		bios=$PWD/build/suite-sid/usr/share/ovmf/OVMF.fd
	fi
	python3 tests/acpi/gpu-trees.py --qemu "$qemu" --bios "$bios" --acpi "$acpi" --count "$trees" --seed "${SEED:-1}"
	judge $?
done
[ "$bad" = 0 ] || exit 1
[ "$had" -gt 0 ] || exit 4
