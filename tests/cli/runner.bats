# SPDX-License-Identifier: Apache-2.0
# tests/run.sh counts what happened, whatever happened: on a small tree of its own.
load helper

setup() {
	t="$BATS_TEST_TMPDIR/a tree"
	mkdir -p "$t/tests/cli" "$t/tests/unit" "$t/tests/fuzz" "$t/build/unit"
	cp "$TESTS/run.sh" "$t/tests"
	cp "$TESTS/cli/helper.bash" "$t/tests/cli"
	cd "$t" || return
	unset B TEST CI fast ROUNDS
	# The bats that people start, not the part of it that runs this test.
	PATH=${PATH//$BATS_LIBEXEC:/}
	export JOBS=2
	suite good '@test "one" { true; }' '@test "two" { skip "for a reason"; }'
}

# suite NAME LINE...: a bats file of these tests
suite() {
	printf '%s\n' "load helper" "${@:2}" > "tests/cli/$1.bats"
}
# unit NAME SCRIPT: a program of that name, which runs SCRIPT
unit() {
	: > "tests/unit/$1.c"
	printf '#!/bin/sh\n%s\n' "$2" > "build/unit/$1"
	chmod +x "build/unit/$1"
}

# bats test_tags=slow
@test "what passed, what was skipped and why, and the closing line" {
	unit u 'printf "1..2\nok 1 - a\nok 2 - b\n"'
	run -0 sh tests/run.sh
	[ "${lines[-1]}" = "3 passed, 0 failed, 1 skipped" ]
	[[ $output == *"ok u: a"*"ok good: two ("*" ms) # skip for a reason"* || $output == *"ok good: two ("*" ms) # skip for a reason"*"ok u: a"* ]]
	[[ $output == *"# the slowest tests:"* ]]
}

# bats test_tags=slow
@test "a failed test prints what it saw: output, stderr, and the failed line" {
	suite bad '@test "sees" { run --separate-stderr sh -c "echo what was seen; echo what was said >&2; exit 1"; [ "$status" = 0 ]; }'
	run -1 sh tests/run.sh
	[ "${lines[-1]}" = "1 passed, 1 failed, 1 skipped" ]
	[[ $output == *"not ok bad: sees"*'[ "$status" = 0 ]'*"what was seen"*"what was said"* ]]
}

# bats test_tags=slow
@test "a program that crashes, and tests that were planned and never came: failures" {
	unit crash 'printf "1..3\nok 1 - a\n"; kill -SEGV $$'
	unit silent 'exit 7'
	unit nothing 'exit 0'
	run -1 sh tests/run.sh
	[[ $output == *"not ok crash: 2 tests were planned and never reported (status 139)"* ]]
	[[ $output == *"not ok silent: ended with status 7"* ]]
	[[ $output == *"not ok nothing: ran no test"* ]]
	[ "${lines[-1]}" = "2 passed, 3 failed, 1 skipped" ]
}

# bats test_tags=slow
@test "a unit program that was not built is a failure, unless cmocka is what is missing" {
	: > tests/unit/u.c
	run -1 env PKG_CONFIG=true sh tests/run.sh u
	[[ $output == *"not ok u: ended with status 127"* ]]
	run -1 env PKG_CONFIG=false sh tests/run.sh u
	[[ $output == *"ok u: all of it # skip needs cmocka"*"0 passed, 0 failed, 1 skipped" ]]
	run -1 env PKG_CONFIG=false CI=1 sh tests/run.sh u
	[[ $output == *"not ok u: ended with status 127"* ]]
}

# bats test_tags=slow
@test "a bats file that cannot be read, or ends with its runner: failures" {
	suite broken '@test "one" {' 'if'
	suite killed '@test "one" { true; }' '@test "two" { kill -KILL $PPID; sleep 1; }' '@test "three" { true; }'
	run -1 sh tests/run.sh
	[[ $output == *"not ok broken: "* ]]
	[[ $output == *"not ok killed: "* ]]
}

# bats test_tags=slow
@test "names choose: a suite, several, a path; an unknown one is wrong use" {
	suite other '@test "x" { true; }'
	for n in other cli/other tests/cli/other.bats; do
		run -0 sh tests/run.sh "$n"
		[ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
	done
	run -0 sh tests/run.sh good cli/good,tests/cli/good.bats
	[ "${lines[-1]}" = "1 passed, 0 failed, 1 skipped" ] # each once
	[[ ${lines[0]} == "# 1 parts, "* ]]
	run -0 sh tests/run.sh other,good
	[ "${lines[-1]}" = "2 passed, 0 failed, 1 skipped" ]
	run -0 env TEST='^one$' sh tests/run.sh good
	[ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
	run -2 sh tests/run.sh nothing
	[[ $output == *"no test is called nothing"*"cli/good"* ]]
}

# bats test_tags=slow
@test "--fast leaves out what is tagged as slow" {
	suite mixed '@test "x" { true; }' '# bats test_tags=slow' '@test "y" { false; }'
	suite slow '# bats test_tags=slow' '@test "y" { false; }'
	run -0 sh tests/run.sh --fast
	[ "${lines[-1]}" = "2 passed, 0 failed, 1 skipped" ]
}

# bats test_tags=slow
@test "without bats, and in a /tmp that cannot be used: said, and no failure" {
	unit u 'echo "1..1"; echo "ok 1 - $TMPDIR"'
	export TMPDIR=/proc
	run -0 sh tests/run.sh u
	[[ $output == *"# temporary files go to /tmp: /proc cannot be used"*"ok u: /tmp"* ]]
	unset TMPDIR
	mkdir bin
	for c in sh env dirname basename awk sed sort cut grep cat tail head date stat mktemp chmod rm mkdir nproc xargs sleep wc tr fold kill touch; do
		ln -s "$(command -v $c)" bin/
	done
	run -0 env PATH="$PWD/bin" sh tests/run.sh
	[[ $output == *"ok good: all of it # skip needs bats"*"1 passed, 0 failed, 1 skipped" ]]
}

@test "make check ends as run.sh does, help and README name every form" {
	for target in check check-fast check-here check-fresh; do
		run -0 env -u MAKEFLAGS make -s -C "$TOP" help
		[[ $output == *"make $target "* ]]
		grep -q "make $target" "$TOP/README.md"
	done
	grep -qx "make check" "$TOP/.ci/run"
}

@test "make check JOBS=N: so many at once, to build as to test; make's own -j wins" {
	run -0 env -u MAKEFLAGS -u JOBS make -n -C "$TOP" check-here JOBS=3
	[[ $output == *" -j3 all unit"* ]]
	run -0 env -u MAKEFLAGS -u JOBS make -n -j5 -C "$TOP" check-here JOBS=3
	[[ $output != *" -j3 "* ]]
}

@test "make static JOBS=N, which make image hands on: a number of jobs, and no target of that name" {
	run -0 env -u MAKEFLAGS -u JOBS make -n -C "$TOP" static JOBS=3
	[[ $output == *"make --no-print-directory -j3 B="* ]]
}
