#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random unified kernel images of trixie's stub: PCR4, PCR7 and PCR12 of a NitroTPM against AWS's own program, which is built for it (cargo,
# network).
# usage: nitro-peers.sh [N [SEED]]     200 images of a seed that is printed; 4 when the judge cannot be built
set -eu
cd "$(dirname "$0")/../.."
n=${1:-200} seed=${2:-$(date +%j)} version=1.1.1
command -v cargo > /dev/null || { echo "no cargo"; exit 4; }
dir=$PWD/build/suite-trixie-stub judge=$PWD/build/nitro-judge
[ -e "$dir/usr/lib/systemd/boot/efi/linuxx64.efi.stub" ] ||
	sh tests/oracle/debian-suite.sh trixie "$dir" systemd-boot-efi > /dev/null || { echo "no stub: the Debian mirror cannot be reached"; exit 4; }
mkdir -p "$judge"
[ -x "$judge/bin/nitro-tpm-pcr-compute" ] ||
	cargo install -q --locked --root "$judge" --version $version nitro-tpm-pcr-compute > "$judge/log" 2>&1 ||
	{ tail -n 3 "$judge/log"; echo "AWS's program does not build"; exit 4; }
echo "seed $seed"
/usr/bin/python3 tests/measure/uki-peers.py "${BIN:-$PWD/${B:-build}/bin}" "$dir/usr/lib/systemd/boot/efi/linuxx64.efi.stub" "$n" "$seed" \
	--nitro "$judge/bin/nitro-tpm-pcr-compute"
