#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An initramfs that prints the machine's event log, its registers of a TPM and its SMBIOS structures, and powers off.
# usage: log-initrd.sh OUT          needs: busybox-static cpio
set -eu
out=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/root/bin" "$tmp/root/proc" "$tmp/root/sys" "$tmp/root/dev"
cp "$(command -v busybox)" "$tmp/root/bin/busybox"
cat > "$tmp/root/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys
$b mount -t securityfs sec /sys/kernel/security
echo BEGINLOG; $b base64 /sys/kernel/security/tpm0/binary_bios_measurements; echo ENDLOG
echo BEGINDMI; $b base64 /sys/firmware/dmi/tables/DMI; echo ENDDMI
echo BEGINPCR
for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	for bank in sha256 sha384; do
		[ ! -e /sys/class/tpm/tpm0/pcr-$bank/$i ] || echo "$bank $i $($b cat /sys/class/tpm/tpm0/pcr-$bank/$i)"
	done
done
echo ENDPCR
$b poweroff -f
INIT
chmod 755 "$tmp/root/init"
(cd "$tmp/root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet --reproducible | gzip -9n) > "$out"
