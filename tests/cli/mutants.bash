# SPDX-License-Identifier: Apache-2.0
# What mutants.bats and mutants_crash.bats share; they are two, so that they can run at once.

setup() { need_plain "no program of an instrumented build is run here"; }

# fake SCRIPT: a folder of programs with our names that all run SCRIPT.
fake() {
	local p
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\n%s\n' "$1" > "$BATS_TEST_TMPDIR/fake"
	chmod +x "$BATS_TEST_TMPDIR/fake"
	for p in "$BIN"/refval*; do
		ln -s "$BATS_TEST_TMPDIR/fake" "$BATS_TEST_TMPDIR/bin/${p##*/}"
	done
	mkfifo "$BATS_TEST_TMPDIR/said"
}

# notices SUITE [OPTION ...]: a test of it fails. The first one is enough: the
# rest of a suite is then stopped, with all that it started (bats itself would
# notice only some tests later).
notices() {
	local suite=$1 p line noticed=1
	shift
	set -m # a process group of its own
	env -u BATS_NUMBER_OF_PARALLEL_JOBS BIN="$BATS_TEST_TMPDIR/bin" REFVAL_MUTANT=1 \
		timeout --foreground 300 bats --tap "$@" "$suite" > "$BATS_TEST_TMPDIR/said" 2> /dev/null < /dev/null 3>&- &
	p=$!
	set +m
	while read -r -t 300 line; do
		case $line in "not ok"*) noticed=0 && echo "$line" && break ;; esac
	done < "$BATS_TEST_TMPDIR/said"
	kill -- -$p 2> /dev/null || true
	wait $p 2> /dev/null || true
	return $noticed
}

# Every suite that runs our programs must have a test that notices; a quick one
# where it has one.
suite_fails() {
	notices "$1" --filter-tags '!slow' || notices "$1" || { echo "$1 passes"; false; }
}

each_suite_fails() {
	local f n=0 suites
	mapfile -t suites < <(grep -lE 'BIN[/"}]' "$TESTS"/cli/*.bats)
	for f in "${suites[@]}"; do
		# build.bats runs what it builds itself.
		case $f in */mutants*.bats | */build.bats) continue ;; esac
		echo "# ${f##*/}"
		suite_fails "$f"
		n=$((n + 1))
	done
	[ "$n" -gt 30 ]
}
