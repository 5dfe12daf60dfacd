# SPDX-License-Identifier: Apache-2.0
# The suites must fail against programs that always say yes, and against
# programs that crash: a suite that cannot fail proves nothing.
load helper

setup() { need_plain "no program of an instrumented build is run here"; }

# fake SCRIPT: a folder of programs with our names that all run SCRIPT.
fake() {
	local p
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\n%s\n' "$1" > "$BATS_TEST_TMPDIR/fake"
	chmod +x "$BATS_TEST_TMPDIR/fake"
	for p in "$BIN"/refval*; do
		ln -s "$BATS_TEST_TMPDIR/fake" "$BATS_TEST_TMPDIR/bin/$(basename "$p")"
	done
}

# notices SUITE [OPTION ...]: a test of it fails. The first one is enough: the
# rest of a suite is then stopped, with all that it started (bats itself would
# notice only some tests later).
notices() {
	local suite=$1 p
	shift
	: > "$BATS_TEST_TMPDIR/out"
	set -m # a process group of its own
	env -u BATS_NUMBER_OF_PARALLEL_JOBS BIN="$BATS_TEST_TMPDIR/bin" REFVAL_MUTANT=1 \
		timeout --foreground 300 bats --tap "$@" "$suite" >> "$BATS_TEST_TMPDIR/out" 2> /dev/null < /dev/null 3>&- &
	p=$!
	set +m
	while ! grep -m 1 '^not ok' "$BATS_TEST_TMPDIR/out"; do
		kill -0 $p 2> /dev/null || break
		sleep 0.05
	done
	kill -- -$p 2> /dev/null || true
	wait $p 2> /dev/null || true
	grep -q '^not ok' "$BATS_TEST_TMPDIR/out"
}

# Every suite that runs our programs must have a test that notices; a quick one
# where it has one.
suite_fails() {
	notices "$1" --filter-tags '!slow' || notices "$1" || { echo "$1 passes"; cat "$BATS_TEST_TMPDIR/out"; false; }
}

each_suite_fails() {
	: > "$BATS_TEST_TMPDIR/out"
	local f n=0
	for f in "$TESTS"/cli/*.bats; do
		# build.bats runs what it builds itself.
		case $f in */mutants.bats | */build.bats) continue ;; esac
		grep -qE 'BIN[/"}]' "$f" || continue
		echo "# $(basename "$f")"
		suite_fails "$f"
		n=$((n + 1))
	done
	[ "$n" -gt 30 ]
}

# bats test_tags=slow
@test "every suite fails against programs that always say yes" {
	fake 'exit 0'
	each_suite_fails
}

# bats test_tags=slow
@test "every suite fails against programs that crash" {
	fake 'kill -SEGV $$'
	each_suite_fails
}
