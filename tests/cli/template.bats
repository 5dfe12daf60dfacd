# SPDX-License-Identifier: Apache-2.0
# The auditor's template, outside the source tree, with an installed refval.
load helper

setup_file() {
	# Only what this tree built can be installed from it.
	[[ $BIN == "$TOP"/* ]]
	build_make DESTDIR="$BATS_FILE_TMPDIR/root" PREFIX=/usr install > /dev/null
}

setup() {
	cd "$TOP" || return
	# A test may change what it was given.
	d=$BATS_TEST_TMPDIR/root
	cp -a "$BATS_FILE_TMPDIR/root" "$d"
	mkdir "$BATS_TEST_TMPDIR/an audit"
	cp -r docs/auditor-template/. "$BATS_TEST_TMPDIR/an audit"
	cd "$BATS_TEST_TMPDIR/an audit" || return
	share=$d/usr/share/refval
	unset MAKEFLAGS
}

verify() { make "$@" verify REFVAL_SHARE="$share"; }
pins() { make -s pins REFVAL_SHARE="$share" > /dev/null; }

# red CODE: make says 2, and the last line says why.
red() {
	local code=$1
	shift
	run -2 --separate-stderr verify "$@"
	[ "${lines[-1]}" = "code         $code" ]
}

# stopped TEXT COMMAND...: nothing ran.
stopped() {
	local text=$1
	shift
	run -2 --separate-stderr "$@"
	[ "$output" = "" ]
	[[ $stderr == *"$text"* ]]
}

@test "the template is green on the bundled capture" {
	run -0 --separate-stderr verify
	[[ $output == *"inputs       yes"* ]]
	[[ $output == *"verdict      yes"* ]]
	[ "${lines[-1]}" = "code         0" ]
}

@test "each pinned input changed in turn: red, and the file is named" {
	for f in app-compose.json evidence/quote.bin evidence/event_log.json evidence/collateral.json; do
		cp "$f" saved
		printf ' ' >> "$f"
		red 1
		[[ $output == *"$f: not the one that was pinned"* ]]
		mv saved "$f"
	done
}

@test "an input that nobody pinned, whatever its name or kind: red" {
	for f in vm_config.json nobody-reads-this .hidden 'a b' $'new\nline' '*' '-x'; do
		echo '{}' > "evidence/$f"
		red 1
		[[ $output == *"not pinned"* ]]
		rm -- "evidence/$f"
	done
	echo '{}' > evidence/vm_config.json
	red 1
	[[ $output == *"evidence/vm_config.json: not pinned"* ]]
	rm evidence/vm_config.json
	mkdir evidence/deeper
	cp evidence/quote.bin evidence/deeper
	red 1
	[[ $output == *"evidence/deeper/quote.bin: not pinned"* ]]
	rm -r evidence/deeper
	ln -s quote.bin evidence/link
	red 1
	[[ $output == *"evidence/link: no plain file"* ]]
	rm evidence/link
	mkfifo evidence/pipe
	red 1
	[[ $output == *"evidence/pipe: no plain file"* ]]
}

@test "a pinned input that is gone, or that nothing reads any more: red" {
	rm evidence/event_log.json
	red 1
	[[ $output == *"evidence/event_log.json: pinned, and no input of this run"* ]]
	cp "$TOP/docs/auditor-template/evidence/event_log.json" "./evidence/event_log.json"
	run -0 verify
	sed -i '/^COMPOSE/d' Makefile
	red 1
	[[ $output == *"app-compose.json: pinned, and no input of this run"* ]]
}

@test "a pin of a longer name is no pin of this one" {
	echo '{}' > evidence/info.json.orig
	pins
	run -0 --separate-stderr verify
	echo '{}' > evidence/info.json
	red 1
	[[ $output == *"evidence/info.json: not pinned"* ]]
}

@test "files that options name are pinned, too" {
	echo '{"cpu_count": 8, "memory_size": 68719476736, "qemu_version": "8.2.2"}' > shape.json
	sed -i 's/^SHAPE .*/SHAPE = --vm-config shape.json/' Makefile
	red 1
	[[ $output == *"shape.json: not pinned"* ]]
	pins
	run -0 --separate-stderr verify
	sed -i 's/8,/4,/' shape.json
	red 1
	[[ $output == *"shape.json: not the one that was pinned"* ]]
}

@test "collateral in a file of its own is used, and pinned" {
	mv evidence/collateral.json col.json
	red 1
	[[ $output == *"evidence/collateral.json: pinned, and no input"* ]]
	run -2 --separate-stderr make pins REFVAL_SHARE="$share"
	[[ $output == *COLLATERAL_MISSING* ]]
	[ "${lines[-1]}" = "code         3" ]
	sed -i 's/^EVIDENCE .*/&\nCOLLATERAL = col.json/' Makefile
	red 1
	[[ $output == *"col.json: not pinned"* ]]
	pins
	run -0 --separate-stderr verify
}

@test "pinned anew after an edit: red because the machine disagrees" {
	sed -i 's/launcher/lauNcher/' app-compose.json
	run -2 pins
	red 1
	[[ $output == *compose_hash* ]]
	[[ $output == *"verdict      no"* ]]
}

@test "another release, another report_data: red" {
	sed -i 's/^RELEASE .*/RELEASE = dstack-0.5.8/' Makefile
	red 1
	[[ $output == *"this machine runs dstack-dev-0.5.8, not dstack-0.5.8"* ]]
	cp "$TOP/docs/auditor-template/Makefile" "./Makefile"
	sed -i 's/^REPORT_DATA = 00/REPORT_DATA = 01/' Makefile
	red 1
	[[ $output == *report_data* ]]
}

@test "what the code of the verdict is, make's last line says" {
	red 3 AT=2027-01-01
	red 2 ACCEPT=Nonsense
	red 2 VERIFY_OPTIONS='--no-such-option'
	for o in -h --help --help=all -V --version; do
		stopped "$o would answer without verifying" verify -s VERIFY_OPTIONS="--explain $o"
		stopped "$o would answer without verifying" verify -s SHAPE="$o"
	done
	rm pins.sha256
	red 2
	[[ $stderr == *"pins.sha256"* ]]
	: > pins.sha256
	red 3
}

@test "the environment decides nothing: the tool" {
	stopped "REFVAL_VERIFY comes from the environment" env REFVAL_VERIFY= make verify REFVAL_SHARE="$share"
	stopped "REFVAL_VERIFY comes from the environment" env REFVAL_VERIFY=: make verify REFVAL_SHARE="$share"
	stopped "REFVAL_VERIFY is empty" verify REFVAL_VERIFY=
	stopped "verify.mk" env REFVAL_SHARE="$share" make verify
	echo 'REFVAL_VERIFY = :' > mine.mk
	stopped "MAKEFILES is set" env MAKEFILES=mine.mk make verify REFVAL_SHARE="$share"
	# A path that this makefile's author wrote, with a space in it.
	mkdir 'the tool'
	ln -s "$d/usr/bin/refval-verify" 'the tool/refval verify'
	run -0 --separate-stderr verify REFVAL_VERIFY='the tool/refval verify'
}

# bats test_tags=slow
@test "the environment decides nothing: each variable, set, empty, with -e" {
	for v in PINS EVIDENCE RELEASE IMAGE VALUES VERIFY_KEY COLLATERAL COMPOSE REPORT_DATA STATEMENT AT ACCEPT SHAPE VERIFY_OPTIONS; do
		sed "/^$v /d" "$TOP/docs/auditor-template/Makefile" > Makefile
		grep -q 'verify.mk' Makefile
		# `?=` would take the environment's.
		sed "s/^include/$v ?= x\n&/" Makefile > asks.mk
		if [ "$v" != PINS ]; then # it has a default
			stopped "$v comes from the environment" env "$v=x" make verify REFVAL_SHARE="$share"
		fi
		stopped "$v comes from the environment" env "$v=" make -f asks.mk verify REFVAL_SHARE="$share"
		stopped "$v is empty" verify "$v="
		stopped "would answer without verifying" env "$v=x" make -e verify REFVAL_SHARE="$share"
	done
	for f in -n -t -q -i --ignore-errors --just-print --touch --question --environment-overrides -kn; do
		stopped "would answer without verifying" verify "$f"
		stopped "would answer without verifying" env MAKEFLAGS="$f" make verify REFVAL_SHARE="$share"
	done
	cp "$TOP/docs/auditor-template/Makefile" "./Makefile"
	run -0 --separate-stderr verify -k -j2
}

# Names as shells would read them.
# bats test_tags=slow
@test "no file name and no value reaches a shell" {
	names=('$(touch PWNED)' '$(touch${IFS}PWNED).json' '`touch PWNED`' ';touch PWNED' "'; touch PWNED; '" '"; touch PWNED; "' '| touch PWNED' '& touch PWNED')
	for f in "${names[@]}"; do
		echo '{}' > "evidence/$f"
		red 1
		[[ $output == *"not pinned"* ]]
		pins
		run -0 --separate-stderr verify
		rm "evidence/$f"
		red 1
		[ ! -e PWNED ]
		cp "$TOP/docs/auditor-template/pins.sha256" "./pins.sha256"
	done
	for f in ';touch PWNED' "'; touch PWNED; '" '"; touch PWNED; "' '`touch PWNED`' '$$(touch PWNED)' 'a b'; do
		for v in EVIDENCE COMPOSE RELEASE VALUES AT ACCEPT PINS REPORT_DATA SHAPE VERIFY_OPTIONS REFVAL_VERIFY; do
			run -2 verify "$v=$f"
			[ ! -e PWNED ]
		done
	done
	cp app-compose.json 'my app.json'
	sed -i 's/^COMPOSE .*/COMPOSE = my app.json/; s/^EVIDENCE .*/EVIDENCE = the evidence/' Makefile
	mv evidence 'the evidence'
	pins
	run -0 --separate-stderr verify
	[[ $output == *"the evidence: 3 files"* ]]
}

@test "the list is what sha256sum writes and reads" {
	printf 'x' > $'evidence/a\\b\nc'
	pins
	LC_ALL=C sha256sum app-compose.json evidence/* > theirs
	diff <(sort -k2 pins.sha256) <(sort -k2 theirs)
	sha256sum --check --strict --quiet pins.sha256
	run -0 --separate-stderr verify
	sha256sum -b app-compose.json evidence/* > pins.sha256
	run -0 --separate-stderr verify
	for bad in 'zz  a' 'x' "$(printf '0%.0s' {1..64})  " "$(printf '0%.0s' {1..64})x a" "$(head -n 1 theirs | tr -d '\n')$(printf '\t')" "\\$(printf '0%.0s' {1..64})  a\\x"; do
		{ cat theirs; printf '%s\n' "$bad"; } > pins.sha256
		run -2 --separate-stderr verify
		[[ ${lines[-1]} == "code         "[13] ]]
	done
	cat theirs theirs > pins.sha256
	red 3
	[[ $stderr == *"the same name as line"* ]]
	printf %s "$(cat theirs)" > pins.sha256
	red 3
	[[ $stderr == *"the last line has no end"* ]]
}
