#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boot real firmware on several machines under QEMU's software emulation: the
# digests of the ACPI files in the firmware's own log must be refval-acpi's.
# usage: boot.sh SUITES [short]   short: one machine
# Ends with "N boots equal, N different"; 4 when no QEMU could be had, or when
# none of them ran a machine to its end: then the last line says why.
set -eu
cd "$(dirname "$0")/../.."
suites=$1 short=${2:-}
acpi=${BIN:-$PWD/${B:-build}/bin}/refval-acpi
work=$PWD/build/boot
mkdir -p "$work"
same=0 different=0 unjudged=0
firmware=$work/trixie-acpi.fd
xz -dc tests/vectors/firmware/debian-13-ovmf-*.fd.xz > "$firmware"
# With 40 address bits, software emulation's, this firmware begins here.
mmio64_base=824633720832

# shape CPUS MIB ENDPOINTS PORTS HOTPLUG: what --shape reads. The log needs a TPM.
shape() {
	printf '{"version":[%s],"cpus":%s,"memory":%s,"endpoints":%s,"root_ports":%s,"hotplug":%s,"tpm":true,"mmio64_base":%s}' \
		"$(echo "$version" | tr . ,)" "$1" "$(($2 * 1048576))" "$3" "$4" "$5" "$mmio64_base"
}

# devices ENDPOINTS PORTS HOTPLUG: the same as arguments of QEMU
devices() {
	slot=0
	while [ "$slot" -lt "$1" ]; do
		slot=$((slot + 1))
		printf -- '-device virtio-rng-pci,bus=pcie.0,addr=%x ' "$slot"
	done
	port=0
	while [ "$port" -lt "$2" ]; do
		port=$((port + 1)) slot=$((slot + 1))
		printf -- '-device pcie-root-port,id=p%d,bus=pcie.0,addr=%x,chassis=%d -device virtio-rng-pci,bus=p%d ' \
			"$port" "$slot" "$port" "$port"
	done
	[ "$3" = true ] || printf -- '-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off '
}

# compare CPUS MIB ENDPOINTS PORTS HOTPLUG
compare() {
	echo "QEMU $version: $1 CPUs, $2 MiB, $3 devices, $4 root ports, hotplug $5"
	out=$work/acpi-$version-$1-$2-$3-$4-$5
	shape "$@" | "$acpi" --shape - --json > "$out.json"
	shape "$(($1 + 1))" "$2" "$3" "$4" "$5" | "$acpi" --shape - --json > "$out.other.json"
	# shellcheck disable=SC2046
	if ! QEMU=$work/qemu-acpi SMP=$1 MEM=${2}M sh tests/oracle/boot-log.sh "$firmware" - "$kernel" panic=1 "$out.log" \
		$(devices "$3" "$4" "$5") 2> "$work/why"; then
		cat "$work/why"
		unjudged=$((unjudged + 1))
	elif python3 tests/acpi/boot-acpi.py "$out.log" "$out.json" "$out.other.json"; then
		same=$((same + 1))
	else
		different=$((different + 1))
	fi
}

# Four GPUs on two expanders and a switch on bus 0, with the BARs of nvme.
expander() {
	echo "QEMU $version: 4 GPUs on 2 PCI expanders, 1 NVSwitch"
	out=$work/acpi-$version-expander
	bars="--edge off --gpu-bar 16K:64bit --gpu-bar 32M --nvswitch-bar 16K:64bit"
	printf '{"cpu_count":4,"memory_size":4294967296,"qemu_version":"%s","pic":false,"hugepages":true,"num_gpus":4,
		"num_nvswitches":1,"swtpm":true,"hotplug_off":true,"numa_nodes":[{"pxb_bus":5},{"pxb_bus":8}]}' "$version" > "$out.vm"
	# shellcheck disable=SC2086
	"$acpi" --vm-config "$out.vm" $bars --gpu-bar 128G --json > "$out.json"
	# shellcheck disable=SC2086
	"$acpi" --vm-config "$out.vm" $bars --gpu-bar 64G --json > "$out.other.json"
	set -- -cpu max,vendor=GenuineIntel,phys-bits=46 -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
	for i in 1 2 3 4 5; do
		set -- "$@" -device virtio-rng-pci,bus=pcie.0,addr=$i
	done
	for i in 0 1; do
		set -- "$@" -object memory-backend-ram,id=n$i,size=2G -numa node,nodeid=$i,cpus=$((2 * i))-$((2 * i + 1)),memdev=n$i \
			-device pxb-pcie,id=x$i,bus=pcie.0,addr=1$i,numa_node=$i,bus_nr=$((5 + 3 * i))
	done
	for i in 0 1 2 3; do
		set -- "$@" -device pcie-root-port,id=p$i,bus=x$((i / 2)),chassis=$((i + 1)) \
			-object memory-backend-ram,id=m$i,size=128G,reserve=off \
			-device nvme,serial=g$i,bus=p$i,cmb_size_mb=32,pmrdev=m$i
	done
	set -- "$@" -device pcie-root-port,id=p4,bus=pcie.0,addr=6,chassis=5 -device nvme,serial=s,bus=p4
	if ! QEMU=$work/qemu-acpi SMP=4 MEM=4096M sh tests/oracle/boot-log.sh "$firmware" - "$kernel" panic=1 "$out.log" "$@" \
		2> "$work/why"; then
		cat "$work/why"
		unjudged=$((unjudged + 1))
	elif python3 tests/acpi/boot-acpi.py "$out.log" "$out.json" "$out.other.json"; then
		same=$((same + 1))
	else
		different=$((different + 1))
	fi
}

kernel=$(sh tests/measure/debian-kernel.sh "$work/kernel") || { echo "no kernel: the Debian mirror cannot be reached"; exit 4; }
for suite in $suites; do
	qemu=$(sh tests/acpi/qemu-suite.sh "$suite" "build/suite-$suite") || { echo "$suite: no QEMU could be had"; continue; }
	printf '#!/bin/sh\nexec %s "$@"\n' "$qemu" > "$work/qemu-acpi"
	chmod +x "$work/qemu-acpi"
	version=$($qemu --version | sed -n 's/.*version \([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p')
	compare 2 2048 5 0 true
	[ -z "$short" ] || break
	compare 1 2048 4 0 true
	compare 8 4096 5 0 false
	compare 2 4096 6 2 true
	expander
done
[ "$unjudged" = 0 ] || echo "$unjudged boots could not be judged: $(tail -n 1 "$work/why")"
[ "$same$different" != 00 ] || exit 4
echo "$same boots equal, $different different"
[ "$different" = 0 ]
