# SPDX-License-Identifier: Apache-2.0
# What refval-measure predicts against the log of a real boot: one machine of
# `make check-boot`, under software emulation.
load helper

# bats test_tags=slow
@test "one real boot logs the events that were predicted" {
	need qemu-system-x86_64 swtpm swtpm_setup busybox cpio python3 xz apt-get
	run -0 --separate-stderr "$BIN/refval-measure" --version
	[[ $output == "refval-measure "* ]]
	cd "$TOP" || return
	if ! sh tests/measure/debian-kernel.sh build/boot/kernel > /dev/null; then
		[ -z "${CI:-}" ] || return 1
		skip "no kernel: the Debian mirror cannot be reached"
	fi
	run sh tests/measure/check-boot.sh short
	judge_or_skip
	[ "$status" = 0 ]
	[[ ${lines[-1]} == "1 boots equal, 0 different" ]]
	[ "$(grep -c ' equal ' <<< "$output")" = 13 ]
}
