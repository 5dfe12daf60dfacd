#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Put a unified kernel image together with objcopy, as the manual page of systemd-stub says.
# usage: make-uki.sh STUB OUT SECTION=FILE...       e.g. make-uki.sh linuxx64.efi.stub out.efi .linux=vmlinuz .initrd=initrd
# needs: binutils
set -eu
stub=$1 out=$2; shift 2
# Sections follow the stub's last one, a page each.
end=0
for at in $(objdump -h "$stub" | awk 'NF == 7 && $2 ~ /^\./ { print "0x" $4 "+0x" $3 }'); do
	at=$((${at%+*} + ${at#*+}))
	[ "$at" -le "$end" ] || end=$at
done
n=$#
while [ "$n" -gt 0 ]; do
	name=${1%%=*} file=${1#*=}
	shift
	end=$(((end + 4095) / 4096 * 4096))
	set -- "$@" --add-section "$name=$file" --change-section-vma "$name=$(printf '0x%x' "$end")"
	end=$((end + $(stat -c %s "$file")))
	n=$((n - 1))
done
objcopy "$@" "$stub" "$out"
