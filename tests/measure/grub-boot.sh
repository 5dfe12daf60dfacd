#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boot disks with Debian's shim, grub and kernel: every event that firmware, shim, grub and kernel log must be the one that
# refval-measure --disk predicts, and its registers the TPM's.
# usage: grub-boot.sh
# Ends with "N boots equal, N different"; 4 when nothing could be booted: the last line says why.
set -eu
cd "$(dirname "$0")/../.."
measure=${BIN:-$PWD/${B:-build}/bin}/refval-measure
work=$PWD/build/boot
mkdir -p "$work"
sh tests/deps.sh boot
command -v mformat > /dev/null || { echo "no mformat"; exit 4; }
same=0 different=0 unjudged=0
sh tests/oracle/log-initrd.sh "$work/grub.initrd"
sh tests/measure/grub-files.sh "$work"

# compare SUITE NAME=FILE...
compare() {
	suite=$1
	shift
	lib=build/suite-$suite-grub/usr/lib name=$work/grub-$suite-$#
	[ -e "$lib/shim/shimx64.efi.signed" ] ||
		sh tests/oracle/debian-suite.sh "$suite" "build/suite-$suite-grub" shim-signed shim-unsigned grub-efi-amd64-signed > /dev/null ||
		{ echo "$suite: no shim or grub" | tee "$work/why"; unjudged=$((unjudged + 1)); return 0; }
	echo "$suite: $(strings "$lib/grub/x86_64-efi-signed/grubx64.efi.signed" | sed -n 's/^grub.debian,[0-9]*,Debian,grub2,\(.*\),.*/grub \1/p')"
	sh tests/measure/make-disk.sh "$name.raw" EFI/BOOT/BOOTX64.EFI="$lib/shim/shimx64.efi.signed" \
		EFI/BOOT/grubx64.efi="$lib/grub/x86_64-efi-signed/grubx64.efi.signed" EFI/debian/grubenv="$work/grubenv" \
		vmlinuz-6.12-cloud="$kernel" vmlinuz="$kernel" initrd.img="$work/grub.initrd" odd.img="$work/odd.img" "$@"
	status=0
	sh tests/measure/judge-disk.sh "$measure" "$work/trixie.fd" "$name" || status=$?
	case $status in
	0) same=$((same + 1)) ;;
	4) unjudged=$((unjudged + 1)) ;;
	*) different=$((different + 1)) ;;
	esac
}

kernel=$(sh tests/measure/debian-kernel.sh "$work/kernel-trixie" trixie) || { echo "no kernel: the Debian mirror cannot be reached"; exit 4; }
xz -dc tests/vectors/firmware/debian-13-ovmf-*.fd.xz > "$work/trixie.fd"
compare trixie EFI/debian/grub.cfg=tests/measure/grub.cfg EFI/debian/more-than-8.3.cfg=tests/measure/grub-more.cfg
# What the files do not decide ends the prediction, and what was before it is right.
compare trixie EFI/debian/grub.cfg=tests/measure/grub-ends.cfg
[ "$unjudged" = 0 ] || echo "$unjudged boots could not be judged: $(tail -n 1 "$work/why")"
[ "$same$different" != 00 ] || exit 4
echo "$same boots equal, $different different"
[ "$different" = 0 ]
