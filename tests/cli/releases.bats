# SPDX-License-Identifier: Apache-2.0
# refval-releases: the records, one of them, or the one that a machine runs.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

near=$TOP/docs/auditor-template/evidence

@test "every record is listed, with what it knows" {
	run -0 --separate-stderr "$BIN/refval-releases"
	[ "$(grep -c '^dstack-' <<< "$output")" -eq "$(find "$TOP/images/releases" -name '*.json' | wc -l)" ]
	[[ $output == *$'\ndstack-0.5.8             2026-03-17  mrtd rtmr1 rtmr2 os_image_hash rtmr0 of '* ]]
	[[ $output == *$'\ndstack-0.5.11            2026-05-26  no registers: --image decides'* ]]
	run -0 --separate-stderr "$BIN/refval-releases" --json
	[ "$(jq '.releases | length' <<< "$output")" -eq "$(find "$TOP/images/releases" -name '*.json' | wc -l)" ]
	jq -s -e --argjson all "$output" 'map(.name) | sort == ($all.releases | map(.name) | sort)' "$TOP"/images/releases/*.json
}

@test "one record: every value with its source, and where the image is" {
	run -0 --separate-stderr "$BIN/refval-releases" dstack-0.5.8
	[[ $output == *"rtmr2            9284cde236231d5d"*"captured from machines: "* ]]
	[[ $output == *"image            https://github.com/Dstack-TEE/"* ]]
	run -0 --separate-stderr "$BIN/refval-releases" dstack-0.5.11
	[[ $output == *"no registers are recorded: get the image, and --image decides" ]]
}

@test "the record of a machine's image; none of another, none of a machine not recorded" {
	run -0 --separate-stderr "$BIN/refval-releases" "$near"
	[[ ${lines[-1]} == "verdict      yes: it runs dstack-dev-0.5.8, by its own word: refval-verify checks the quote" ]]
	run -0 --separate-stderr "$BIN/refval-releases" "$near" --json
	[ "$(jq -r '.releases[] | select(.fits) | .name' <<< "$output")" = dstack-dev-0.5.8 ]
	[ "$(jq -c '.releases[] | select(.name == "dstack-0.5.8") | [.same, .other]' <<< "$output")" = '[["mrtd","rtmr1"],["rtmr2"]]' ]
	run -3 --separate-stderr "$BIN/refval-releases" "$V/real/sim-04x"
	[[ ${lines[-1]} == "verdict      cannot-tell: it runs none of the "* ]]
	# One register of it changed: another one is not claimed.
	mkdir rec
	jq '.rtmr1.value |= sub("^b5"; "b6")' "$TOP/images/releases/dstack-dev-0.5.8.json" > rec/dstack-dev-0.5.8.json
	run -3 --separate-stderr "$BIN/refval-releases" --releases rec "$near"
	[[ ${lines[0]} == "dstack-dev-0.5.8          same: mrtd rtmr2  other: rtmr1" ]]
}

@test "did you mean: by version, by spelling, in every command that takes a release" {
	for name in 0.5.8 v0.5.8; do
		run -2 --separate-stderr "$BIN/refval-releases" "$name"
		[[ ${stderr_lines[0]} == *"; did you mean dstack-0.5.8, dstack-dev-0.5.8, dstack-nvidia-0.5.8, dstack-nvidia-dev-0.5.8?" ]]
	done
	run -2 --separate-stderr "$BIN/refval-verify" "$near" --release dstack-0.58
	[[ ${stderr_lines[0]} == *"; did you mean dstack-0.5.8?" ]]
	run -2 --separate-stderr "$BIN/refval-measure" --solve "$near" --release dstack-nvida-0.5.5
	[[ ${stderr_lines[0]} == *"; did you mean dstack-nvidia-0.5.5?" ]]
	run -2 --separate-stderr "$BIN/refval-releases" ubuntu
	[[ ${stderr_lines[0]} == "refval-releases: ubuntu: no record of this release among "?? ]]
}

@test "a record that only says where the image is: said once, with the URL" {
	run -3 --separate-stderr "$BIN/refval-verify" "$near" --release dstack-0.5.11 --at 2026-04-01
	[ "$(grep -c 'the record of dstack-0.5.11 only says where the image is' <<< "$output")" -eq 2 ]
	[[ $output == *"get it, and --image decides: https://github.com/"*"/dstack-0.5.11.tar.gz"* ]]
	[[ $output == *"actual    dstack-dev-0.5.8 by its registers"* ]]
	[[ ${lines[-1]} == "verdict      cannot-tell: the record of dstack-0.5.11 only says where the image is ("* ]]
}
