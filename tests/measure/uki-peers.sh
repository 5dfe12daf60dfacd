#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random unified kernel images of trixie's stub against its systemd-measure and osslsigncode; uki-peers.py has the judges.
# usage: uki-peers.sh [N [SEED]]     200 images of a seed that is printed; 4 when a judge cannot be had
set -eu
cd "$(dirname "$0")/../.."
n=${1:-200} seed=${2:-$(date +%j)}
sh tests/deps.sh boot
command -v osslsigncode > /dev/null || { echo "no osslsigncode"; exit 4; }
dir=$PWD/build/suite-trixie-measure
[ -e "$dir/usr/lib/systemd/systemd-measure" ] ||
	sh tests/oracle/debian-suite.sh trixie "$dir" systemd systemd-boot-efi libsystemd-shared libsystemd0 libc6 libssl3t64 libcap2 libcrypt1 \
		libmount1 libblkid1 libselinux1 libpcre2-8-0 libseccomp2 libacl1 libaudit1 libcap-ng0 libkmod2 libpam0g liblzma5 liblz4-1 \
		libzstd1 zlib1g > /dev/null || { echo "no systemd-measure: the Debian mirror cannot be reached"; exit 4; }
lib=$dir/usr/lib/x86_64-linux-gnu
echo "seed $seed"
python3 tests/measure/uki-peers.py "${BIN:-$PWD/${B:-build}/bin}" "$dir/usr/lib/systemd/boot/efi/linuxx64.efi.stub" "$n" "$seed" \
	"$dir/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib:$lib/systemd" "$dir/usr/lib/systemd/systemd-measure"
