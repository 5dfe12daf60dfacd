#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 1,000 machine shapes: one run with --matrix beside as many single runs, and
# shapes a second of one core, processor time.
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
work=$tmp/matrix
mkdir -p "$work"
bad=0
xz -dc "tests/vectors/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > "$work/firmware.fd"
head -c 4097 /dev/zero > "$work/initrd"
cat > "$work/matrix.json" <<- 'EOF'
	{"schema": "refval.matrix/1", "qemu": ["8.2.2", "9.1.0", "9.2.1", "10.0.2", "10.2.0"],
	 "hotplug_off": [false, true],
	 "memory": ["2G", "3G", "4G", "8G", "16G", "32G", "64G", "128G", "256G", "512G"],
	 "cpus": [1, 2, 4, 8, 16, 32, 64, 96, 128, 192]}
EOF
set -- --firmware "$work/firmware.fd" --kernel tests/vectors/measure/kernel/plain.bin --initrd "$work/initrd" \
	--cmdline "console=ttyS0" --edge on
[ "$("$bin/refval-measure" "$@" --matrix "$work/matrix.json" | wc -l)" = 1000 ]
# Words are split on purpose: cost prints three numbers.
# shellcheck disable=SC2046
set -- $(cost "$bin/refval-measure" "$@" --matrix "$work/matrix.json") \
	$(cost "$bin/refval-measure" "$@" --qemu 9.1.0 --memory 8G --cpus 8 --json)
echo "$1 $4" | awk '{ printf "matrix: %.0f shapes a second per core; a process for each: %.1f\n", 1000 / $1, 1 / $2 }'
report "matrix, CPU of a shape against a single run" "$(echo "$1" | awk '{ print $1 / 1000 }')" "$4" 0.1 s || bad=1
exit $bad
