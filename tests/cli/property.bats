# SPDX-License-Identifier: Apache-2.0
# Properties of whole commands, on random inputs: the same ones each time, others
# with REFVAL_SEED=N, more with REFVAL_ROUNDS=N. Those of the library: tests/unit/property_*.c.
load helper

@test "many quotes: each line is answered as it is alone, by one thread and by three" {
	need python3
	cd "$BATS_TEST_TMPDIR"
	run -0 python3 "$TESTS/quote/lines.py" "$BIN/refval-quote" "$TESTS/vectors/real"
	echo "$output"
	[ "$output" = "seed ${REFVAL_SEED:-1}: ${REFVAL_ROUNDS:-24} lines, 0 of them answered otherwise" ]
}
