# SPDX-License-Identifier: Apache-2.0
# The suites must fail against programs that always say yes, and against
# programs that crash: a suite that cannot fail proves nothing.
load helper

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

# Every suite that runs our programs must have a test that notices. The first
# test that fails is enough: the rest of a suite is then stopped.
each_suite_fails() {
	local f
	for f in "$TESTS"/cli/*.bats; do
		case $f in */mutants.bats) continue ;; esac
		grep -qE 'BIN[/"}]' "$f" || continue
		echo "# $(basename "$f")"
		env -u BATS_NUMBER_OF_PARALLEL_JOBS BIN="$BATS_TEST_TMPDIR/bin" REFVAL_MUTANT=1 \
			timeout 300 bats --tap "$f" 2> /dev/null < /dev/null | grep -m 1 '^not ok'
	done
}

@test "every suite fails against programs that always say yes" {
	fake 'exit 0'
	each_suite_fails
}

@test "every suite fails against programs that crash" {
	fake 'kill -SEGV $$'
	each_suite_fails
}
