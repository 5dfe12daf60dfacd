# SPDX-License-Identifier: Apache-2.0
# docs/fleet on a real queue: make check-fleet in short. See docs/FLEET.md.
load helper

# bats test_tags=slow
@test "a queue: every line is answered once, whoever is killed; poison is set aside" {
	need redis-server jq
	need_module redis
	cd "$BATS_TEST_TMPDIR"
	for e in . '.quote = "00"' '.collateral = null'; do
		"$BIN/refval-fetch" "$V/real/near-058-dev-3e6394" --offline | jq -c "$e"
	done > lines
	run -0 /usr/bin/python3 "$TESTS/fleet/run.py" "$BIN" lines 300 "$BATS_TEST_TMPDIR"
	[[ $output == *'300 lines in '*'{"cannot-tell": 200, "yes": 100}; 0 lost, 0 extra, 0 another'*' 100 have an end'* ]]
}

@test "many machines by GNU parallel: results in order" {
	need parallel jq
	cd "$BATS_TEST_TMPDIR"
	"$BIN/refval-fetch" "$V/real/near-058-dev-3e6394" --offline | jq -c . > near
	for i in 1 2 3 4 5 6; do jq -c --arg i $i '{id: $i, evidence: .}' near; done > lines
	run -0 --separate-stderr parallel --will-cite -k --pipepart -a lines --block 100k -j2 \
		"$BIN/refval-verify" --jsonl - --release dstack-dev-0.5.8 --at 2026-04-01 --summary --keep-going
	[ "$(jq -r '.id + .verdict' <<< "$output" | xargs)" = "1yes 2yes 3yes 4yes 5yes 6yes" ]
}

@test "the worker and the Spark job stay as short as docs/FLEET.md promises" {
	[ "$(wc -l < "$TOP/docs/fleet/worker.py")" -le 150 ]
	[ "$(wc -l < "$TOP/docs/fleet/spark.py")" -le 30 ]
	for f in "$TOP"/docs/fleet/*.py; do /usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$f"; done
}
