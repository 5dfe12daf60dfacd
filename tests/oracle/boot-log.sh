#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boot real firmware and a real kernel under QEMU (software emulation, no TDX needed) with a software TPM and
# keep the TCG event log that the firmware and the kernel stub wrote. OVMF measures the same events, with the same
# SHA-384 digests, into a TPM as into RTMRs: PCR 1 and 7 -> RTMR0, PCR 2-6 -> RTMR1, PCR 8-15 -> RTMR2. Only the
# two events of TDX's own start (TD HOB, CFV) are missing, and PCR 0 is the TPM's own.
#
# usage: boot-log.sh CODE.fd VARS.fd|- KERNEL|- CMDLINE OUT.bin [QEMU ARGUMENT...]
#   KERNEL '-': what a disk among the arguments boots, with the initramfs of log-initrd.sh. BANKS: of the TPM, sha384.
#   VARS '-' gives CODE to -bios (one-file firmware). MACHINE, MEM, SMP, QEMU override the defaults below.
#   exit 4: QEMU or the TPM did not start, crashed or took too long, with its last words and its status.
#   OUT.bin: binary event log (read it with tpm2_eventlog); OUT.bin.dmi: the SMBIOS structures as the guest sees them;
#   OUT.bin.pcr: the TPM's registers, "sha384 4 HEX" a line; OUT.bin.serial: the console.
# needs: qemu-system-x86 swtpm swtpm-tools busybox-static cpio; takes 5 to 20 s.
# The initramfs is OUT.bin.initrd, since its digest is in the log.
set -eu
code=$1 vars=$2 kernel=$3 cmdline=$4 out=$5; shift 5
tmp=$(mktemp -d)
# The TPM ends with its QEMU, unless that never got to it.
trap '[ ! -s "$tmp/tpm.pid" ] || kill "$(cat "$tmp/tpm.pid")" 2> /dev/null || true; rm -rf "$tmp"' EXIT
mkdir -p "$tmp/tpm"
if [ "$kernel" != - ]; then
	sh "$(dirname "$0")/log-initrd.sh" "$out.initrd"
	set -- -kernel "$kernel" -initrd "$out.initrd" -append "console=ttyS0 quiet $cmdline" "$@"
fi
swtpm_setup --tpm2 --tpmstate "$tmp/tpm" --pcr-banks "${BANKS:-sha384}" --overwrite --logfile "$tmp/setup.log" > /dev/null 2>&1 ||
	{ s=$?; tail -n 3 "$tmp/setup.log" >&2; echo "boot-log.sh: swtpm_setup ended with status $s" >&2; exit 4; }
swtpm socket --tpm2 --tpmstate dir="$tmp/tpm" --ctrl type=unixio,path="$tmp/tpm.sock" --pid file="$tmp/tpm.pid" --daemon > /dev/null ||
	{ echo "boot-log.sh: swtpm ended with status $?" >&2; exit 4; }
if [ "$vars" = - ]; then
	set -- -bios "$code" "$@"
else
	cp "$vars" "$tmp/vars.fd"
	set -- -drive if=pflash,format=raw,readonly=on,file="$code" -drive if=pflash,format=raw,file="$tmp/vars.fd" "$@"
fi
status=0
timeout 300 "${QEMU:-qemu-system-x86_64}" -machine "${MACHINE:-q35,smm=off,pic=off,hpet=off}" -accel tcg -cpu max \
	-smp "${SMP:-1}" -m "${MEM:-2048M}" -nographic -nodefaults -serial stdio -no-reboot \
	-chardev socket,id=tpm,path="$tmp/tpm.sock" -tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis,tpmdev=tpm0 \
	"$@" > "$out.serial" 2>&1 < /dev/null || status=$?
# A judge that cannot work says nothing about us: 4, and which program ended how.
[ $status = 0 ] || {
	tail -n 3 "$out.serial" | tr -cd '[:print:]\n' >&2
	echo "boot-log.sh: ${QEMU:-qemu-system-x86_64} ended with status $status" >&2
	exit 4
}
sed -n '/BEGINLOG/,/ENDLOG/p' "$out.serial" | grep -v LOG | tr -d '\r' | base64 -d > "$out"
sed -n '/BEGINDMI/,/ENDDMI/p' "$out.serial" | grep -v DMI | tr -d '\r' | base64 -d > "$out.dmi"
sed -n '/BEGINPCR/,/ENDPCR/p' "$out.serial" | grep -v PCR | tr -d '\r' > "$out.pcr"
[ -s "$out" ] || { echo "boot-log.sh: no event log; see $out.serial" >&2; exit 4; }
