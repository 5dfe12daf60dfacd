#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An image of more than 500 MB, root file system included, with a real firmware
# and a real kernel, from the tarball to os_image_hash, MRTD, RTMR1 and RTMR2: CPU
# against zlib alone, wall time against gzip -dc, memory. From its folder against
# openssl dgst over the same bytes, each with the digest that is asked of it.
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
tool inflate -lz
big=$tmp/measured.tar.gz
bad=0

sh tests/tools/large-image.sh "$big"
[ "$(stat -c %s "$big")" -ge 500000000 ]
rm -rf "$tmp/image"
"$bin/refval-unpack" --to "$tmp/image" "$big" > "$tmp/out"

# What a machine needs to be known by; ACPI tables are not in the question.
measure() { echo "$PWD/$bin/refval-measure $1 --cpus 8 --memory 16G --qemu 9.2.0"; }

# They take turns, so that other work on the machine slows all of them.
# Words are split on purpose: cost prints three numbers.
# shellcheck disable=SC2046
set -- $(cost $(measure "$big")) $(cost "$tmp/inflate" "$big") $(cost gzip -dc "$big")
report "measure a tarball, CPU against zlib's inflate" "$1" "$4" 1.15 s || bad=1
report "measure a tarball, wall against gzip -dc" "$2" "$8" 1 s || bad=1
report "measure a tarball, memory against 64 MiB" "$(($3 / 1024))" 64 1 MiB || bad=1

# MRTD is made in both page orders, so the firmware is hashed twice.
ours=$(measure .)
cost=$PWD/$tmp/cost
cd "$tmp/image" || exit 4
# shellcheck disable=SC2046,SC2086
set -- $("$cost" 10 $ours) $("$cost" 10 openssl dgst -sha256 ovmf.fd bzImage initramfs.cpio.gz metadata.json) \
	$("$cost" 10 openssl dgst -sha384 initramfs.cpio.gz bzImage ovmf.fd ovmf.fd)
report "measure a folder, CPU against openssl dgst" "$1" "$(echo "$4 $7" | awk '{ print $1 + $2 }')" 1.2 s || bad=1
report "measure a folder, wall against openssl dgst" "$2" "$(echo "$5 $8" | awk '{ print $1 + $2 }')" 1.2 s || bad=1
exit $bad
