# SPDX-License-Identifier: Apache-2.0
# Changes of the code that no test noticed once: the unit programs notice them.
# All of them, and random ones: make mutate-known, make mutate.
load helper

# bats test_tags=slow
@test "each known change of the code is noticed by a unit program" {
	need python3 make
	need_plain "an instrumented build has flags of its own"
	cd "$TOP"
	run -0 env B="$(dirname "$BIN")" python3 tests/mutate/mutate.py quick
	echo "$output"
	[ "$(grep -c '^ok' <<< "$output")" -ge 40 ]
	! grep '^not ok' <<< "$output"
}
