#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boot unified kernel images, made of Debian's systemd-stub and kernel, from a disk with a GPT: every event that firmware,
# systemd-boot, stub and kernel log must be the one that refval-measure --uki predicts, and its registers the TPM's.
# usage: uki-boot.sh [short]          short: one image
# Ends with "N boots equal, N different"; 4 when nothing could be booted: the last line says why.
set -eu
cd "$(dirname "$0")/../.."
measure=${BIN:-$PWD/${B:-build}/bin}/refval-measure
work=$PWD/build/boot
mkdir -p "$work"
sh tests/deps.sh boot
for c in mformat objcopy; do command -v "$c" > /dev/null || { echo "no $c"; exit 4; }; done
same=0 different=0 unjudged=0
sh tests/oracle/log-initrd.sh "$work/uki.initrd"
printf 'ID=debian\nVERSION_ID=1\nPRETTY_NAME="Debian"\n' > "$work/uki.osrel"
printf 'console=ttyS0\tquiet panic=1 \n' > "$work/uki.cmdline"
printf '6.1' > "$work/uki.uname"
printf 'timeout 0\n' > "$work/uki.loader"
printf 'not a key\n' > "$work/uki.key"

# parts SUITE: where its stub and loader are
parts() {
	[ -e "build/suite-$1-boot/usr/lib/systemd/boot/efi/linuxx64.efi.stub" ] ||
		sh tests/oracle/debian-suite.sh "$1" "build/suite-$1-boot" systemd-boot-efi > /dev/null
	echo "build/suite-$1-boot/usr/lib/systemd/boot/efi"
}

# compare SUITE KERNEL FIRMWARE direct|loader SECTION=FILE...
compare() {
	suite=$1 kernel=$2 fw=$3 way=$4
	shift 4
	name=$work/uki-$suite-$way
	efi=$(parts "$suite") || { echo "$suite: no systemd-boot-efi" | tee "$work/why"; unjudged=$((unjudged + 1)); return 0; }
	echo "$suite: $(strings "$efi/linuxx64.efi.stub" | sed -n 's/.*LoaderInfo: \(.*\) ####/\1/p'), $way"
	sh tests/measure/make-uki.sh "$efi/linuxx64.efi.stub" "$name.efi" .osrel="$work/uki.osrel" .cmdline="$work/uki.cmdline" \
		.initrd="$work/uki.initrd" .linux="$kernel" "$@"
	if [ "$way" = direct ]; then
		sh tests/measure/make-disk.sh "$name.raw" EFI/BOOT/BOOTX64.EFI="$name.efi"
		set --
	else
		sh tests/measure/make-disk.sh "$name.raw" EFI/BOOT/BOOTX64.EFI="$efi/systemd-bootx64.efi" EFI/Linux/refval.efi="$name.efi" \
			loader/loader.conf="$work/uki.loader"
		set -- --loader "$efi/systemd-bootx64.efi"
	fi
	set -- --uki "$name.efi" "$@"
	status=0
	sh tests/measure/judge-disk.sh "$measure" "$fw" "$name" "$@" || status=$?
	case $status in
	0) same=$((same + 1)) ;;
	4) unjudged=$((unjudged + 1)) ;;
	*) different=$((different + 1)) ;;
	esac
}

kernel=$(sh tests/measure/debian-kernel.sh "$work/kernel") || { echo "no kernel: the Debian mirror cannot be reached"; exit 4; }
bookworm=$work/bookworm.fd trixie=$work/trixie.fd
xz -dc tests/vectors/firmware/debian-12-ovmf-*.fd.xz > "$bookworm"
compare bookworm "$kernel" "$bookworm" direct
if [ "${1:-}" != short ]; then
	xz -dc tests/vectors/firmware/debian-13-ovmf-*.fd.xz > "$trixie"
	newer=$(sh tests/measure/debian-kernel.sh "$work/kernel-trixie" trixie)
	compare bookworm "$kernel" "$bookworm" loader .pcrpkey="$work/uki.key" .pcrsig="$work/uki.uname"
	compare bookworm-backports "$kernel" "$trixie" direct .uname="$work/uki.uname"
	compare bookworm-backports "$kernel" "$trixie" loader .pcrpkey="$work/uki.key"
	compare trixie "$newer" "$trixie" direct .uname="$work/uki.uname"
	compare trixie "$newer" "$trixie" loader .pcrpkey="$work/uki.key" .pcrsig="$work/uki.uname"
	compare sid "$newer" "$trixie" direct
	compare sid "$newer" "$trixie" loader
fi
[ "$unjudged" = 0 ] || echo "$unjudged boots could not be judged: $(tail -n 1 "$work/why")"
[ "$same$different" != 00 ] || exit 4
echo "$same boots equal, $different different"
[ "$different" = 0 ]
