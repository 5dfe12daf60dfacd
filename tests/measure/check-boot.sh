#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boot real firmware and a real kernel under QEMU's software emulation, and compare
# every event they log with what refval-measure predicts.
# usage: check-boot.sh [short]      short: this machine's own QEMU and ovmf only
# Ends with "N boots equal, N different"; 4 when nothing could be booted: the last
# line says why.
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build}
measure=${BIN:-$PWD/$B/bin}/refval-measure
work=$PWD/build/boot
mkdir -p "$work"
kernel=$(sh tests/measure/debian-kernel.sh "$work/kernel") || { echo "no kernel: the Debian mirror cannot be reached"; exit 4; }
same=0 different=0 unjudged=0

# compare NAME QEMU_COMMAND VERSION FIRMWARE MIB CMDLINE [QEMU ARGUMENT...]
compare() {
	name=$1 qemu=$2 version=$3 fw=$4 mib=$5 cmdline=$6
	shift 6
	product=none
	[ $# = 0 ] || product=dstack/dstack
	printf '#!/bin/sh\nexec %s "$@"\n' "$qemu" > "$work/qemu"
	chmod +x "$work/qemu"
	echo "$name: QEMU $version, $mib MiB, \"$cmdline\""
	QEMU=$work/qemu MEM=${mib}M sh tests/oracle/boot-log.sh "$fw" - "$kernel" "$cmdline" "$work/$name.log" "$@" 2> "$work/why" ||
		{ cat "$work/why"; unjudged=$((unjudged + 1)); return 0; }
	# Below 8.0 QEMU has no TDX; it hands the kernel over as 8.2 does.
	case $version in 7.*) version=8.2.2 ;; esac
	# The processor of software emulation, out of the guest's own table.
	cpu=$(python3 - "$work/$name.log.dmi" <<-'END'
		import struct, sys
		d = open(sys.argv[1], "rb").read()
		i = next(i for i in range(len(d)) if d[i] == 4 and d[i + 1] in (42, 48) and d[i + 2:i + 4] == b"\0\4")
		print("%08x:%08x" % struct.unpack_from("<II", d, i + 8))
	END
	)
	"$measure" --cpu-id "$cpu" --smbios-product "$product" --firmware "$fw" --kernel "$kernel" --initrd "$work/$name.log.initrd" \
		--cmdline "console=ttyS0 quiet $cmdline" --cpus 1 --memory "${mib}M" --qemu "$version" --json > "$work/$name.json"
	if python3 tests/measure/boot-compare.py "$work/$name.log" "$work/$name.json"; then
		same=$((same + 1))
	else
		different=$((different + 1))
	fi
}

version_of() { $1 --version | sed -n 's/.*version \([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p'; }

own=$(command -v qemu-system-x86_64)
bookworm=$work/bookworm.fd
xz -dc tests/vectors/firmware/debian-12-ovmf-*.fd.xz > "$bookworm"
compare own-202211 "$own" "$(version_of "$own")" "$bookworm" 2048 "panic=1"
if [ "${1:-}" != short ]; then
	trixie=$work/trixie.fd
	xz -dc tests/vectors/firmware/debian-13-ovmf-*.fd.xz > "$trixie"
	compare own-202502 "$own" "$(version_of "$own")" "$trixie" 1024 "a=b  c"
	compare own-202502-3g "$own" "$(version_of "$own")" "$trixie" 3072 "vga=normal"
	new=$(sh tests/acpi/qemu-suite.sh trixie build/suite-trixie)
	compare trixie-202211 "$new" "$(version_of "$new")" "$bookworm" 2048 "panic=1"
	compare trixie-202502 "$new" "$(version_of "$new")" "$trixie" 2048 "panic=1"
	[ -e build/suite-sid/usr/share/ovmf/OVMF.fd ] || sh tests/oracle/debian-suite.sh sid build/suite-sid ovmf-generic
	newest=$(sh tests/acpi/qemu-suite.sh sid build/suite-sid)
	compare sid-202608 "$newest" "$(version_of "$newest")" "$PWD/build/suite-sid/usr/share/ovmf/OVMF.fd" 2048 "panic=1"
	# With what dstack's VMM says of the machine, and above 2816 MiB.
	compare sid-202608-smbios "$newest" "$(version_of "$newest")" "$PWD/build/suite-sid/usr/share/ovmf/OVMF.fd" 3072 "panic=1" \
		-smbios type=1,manufacturer=dstack,product=dstack
	compare trixie-202608-smbios "$new" "$(version_of "$new")" "$PWD/build/suite-sid/usr/share/ovmf/OVMF.fd" 2048 "panic=1" \
		-smbios type=1,manufacturer=dstack,product=dstack
	compare sid-202502 "$newest" "$(version_of "$newest")" "$trixie" 2048 "panic=1"
fi
[ "$unjudged" = 0 ] || echo "$unjudged boots could not be judged: $(tail -n 1 "$work/why")"
[ "$same$different" != 00 ] || exit 4
echo "$same boots equal, $different different"
[ "$different" = 0 ]
