#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The small files of the disks that grub boots: grubenv, and odd.img, an empty archive whose length is no multiple of 4.
# usage: grub-files.sh FOLDER
set -eu
{
	printf '# GRUB Environment Block\nfoo=bar\n'
	head -c 991 /dev/zero | tr '\0' '#'
} > "$1/grubenv"
printf '070701%s0000000B00000000TRAILER!!!\0' "$(printf '%032d%08d%048d' 0 1 0)" > "$1/odd.img"
head -c 4 /dev/zero >> "$1/odd.img"
