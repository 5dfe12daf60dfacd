# SPDX-License-Identifier: Apache-2.0
# The auditor's template, outside the source tree, with an installed refval.
load helper

setup() {
	cd "$TOP" || return
	# Only what this tree built can be installed from it.
	[[ $BIN == "$TOP"/* ]]
	b=$(dirname "$BIN")
	d=$BATS_TEST_TMPDIR/root
	env -u MAKEFLAGS make -s B="${b#"$TOP"/}" DESTDIR="$d" PREFIX=/usr CFLAGS="${CFLAGS:--O2 -g}" install > /dev/null 2>&1
	cp -r docs/auditor-template "$BATS_TEST_TMPDIR/audit"
	cd "$BATS_TEST_TMPDIR/audit" || return
	export REFVAL_SHARE=$d/usr/share/refval REFVAL_VERIFY=$d/usr/bin/refval-verify
}

red() { run -2 --separate-stderr env -u MAKEFLAGS make verify; }

@test "the template is green on the bundled capture" {
	run -0 --separate-stderr env -u MAKEFLAGS make verify
	[[ $output == *"pins         yes"* ]]
	[[ $output == *"verdict      yes"* ]]
}

@test "each pinned input changed in turn: red, and the file is named" {
	for f in app-compose.json evidence/quote.bin evidence/event_log.json evidence/collateral.json; do
		cp "$f" saved
		printf ' ' >> "$f"
		red
		[[ $stderr == *"$f"* ]]
		mv saved "$f"
	done
}

@test "an input that nobody pinned: red" {
	echo '{}' > evidence/vm_config.json
	red
	[[ $stderr == *"evidence/vm_config.json is not pinned"* ]]
}

@test "a pin of a longer name is no pin of this one" {
	echo '{}' > evidence/info.json.orig
	env -u MAKEFLAGS make -s pins 2> /dev/null
	run -0 --separate-stderr env -u MAKEFLAGS make verify
	echo '{}' > evidence/info.json
	red
	[[ $stderr == *"evidence/info.json is not pinned"* ]]
}

@test "files that options name are pinned, too" {
	echo '{"cpu_count": 8, "memory_size": 68719476736, "qemu_version": "8.2.2"}' > shape.json
	sed -i 's/^SHAPE .*/SHAPE = --vm-config shape.json\nPINNED = shape.json/' Makefile
	red
	[[ $stderr == *"shape.json is not pinned"* ]]
	env -u MAKEFLAGS make -s pins 2> /dev/null
	run -0 --separate-stderr env -u MAKEFLAGS make verify
	sed -i 's/8,/4,/' shape.json
	red
	[[ $stderr == *shape.json* ]]
}

@test "pinned anew after an edit: red because the machine disagrees" {
	sed -i 's/launcher/lauNcher/' app-compose.json
	env -u MAKEFLAGS make -s pins 2> /dev/null
	red
	[[ $output == *compose_hash* ]]
	[[ $output == *"verdict      no"* ]]
}

@test "another release, another report_data: red" {
	sed -i 's/^RELEASE .*/RELEASE = dstack-0.5.8/' Makefile
	red
	[[ $output == *"it is the RTMR2 of dstack-dev-0.5.8"* ]]
	git -C "$TOP" show HEAD:docs/auditor-template/Makefile > Makefile
	sed -i 's/^REPORT_DATA = 00/REPORT_DATA = 01/' Makefile
	red
	[[ $output == *report_data* ]]
}
