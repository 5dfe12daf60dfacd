#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A disk of 256 MiB with a GPT and an EFI system partition that has these files, and a second partition.
# usage: make-disk.sh OUT NAME=FILE...      e.g. make-disk.sh disk.raw EFI/BOOT/BOOTX64.EFI=uki.efi
# needs: mtools python3
set -eu
out=$1; shift
rm -f "$out"
truncate -s 256M "$out"
python3 - "$(dirname "$0")/../oracle" "$out" <<'END'
import sys, uuid
sys.path.insert(0, sys.argv[1])
import uki
sectors = 256 << 11
parts = [(uki.ESP, uuid.UUID(int=0xE59), 2048, 499999, "EFI system"), (uki.LINUX, uuid.UUID(int=0x7007), 500000, sectors - 40, "root")]
with open(sys.argv[2], "r+b") as f:
    f.write(uki.gpt(parts, sectors))
    head, back = uki.gpt_backup(parts, sectors)
    f.seek(head)
    f.write(back)
END
export MTOOLS_SKIP_CHECK=1
fat="$out@@1M"
mformat -i "$fat" -F -T 497952 -h 255 -s 63 -N 12345678 ::
for f; do
	dir=$(dirname "${f%%=*}") path=
	for d in $(echo "$dir" | tr / ' '); do
		path=$path/$d
		[ "$d" = . ] || mmd -i "$fat" -D s "::$path" 2> /dev/null || true
	done
	mcopy -i "$fat" -o "${f#*=}" "::/${f%%=*}"
done
