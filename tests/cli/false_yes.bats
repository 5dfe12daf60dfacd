# SPDX-License-Identifier: Apache-2.0
# Evidence and references made so that a careless verifier says yes.
load helper

machine=$V/real/near-058-dev-3e6394
bad=$V/bad/replay

diff() { "$BIN/refval-diff" "$@" --json; }

# check NAME JQ: the jq expression holds for the check called NAME.
check() {
	jq -e --arg n "$1" "[.layers[].checks[] | select(.name == \$n)] | length > 0 and all($2)" <<< "$output" > /dev/null ||
		{ jq --arg n "$1" '.layers[].checks[] | select(.name == $n)' <<< "$output"; false; }
}

# The three logs replay to the RTMR3 of their quote, whose mr_config_id is zero.
@test "the app records the compose-hash it would like to have: the first one counts" {
	run -1 --separate-stderr diff "$machine/app-compose.json" "$bad/compose-after-ready.json"
	check rtmr3_log '.verdict == "yes"'
	check compose_hash '.verdict == "no"'
	run -0 --separate-stderr "$BIN/refval-replay" --json "$bad/compose-after-ready.json"
	[ "$(jq -r '.claims | .compose_hash[:8], .obscured_by' <<< "$output")" = $'b5c1fb2e\nnull' ]
}

@test "its real compose-hash is hidden under another type: nothing behind it is a claim" {
	run -3 --separate-stderr diff "$machine/app-compose.json" "$bad/compose-hidden-by-type.json"
	check rtmr3_log '.verdict == "yes"'
	check event_contents '.verdict == "cannot-tell" and (.reason | startswith("event 20 ("))'
	check compose_hash '.verdict == "cannot-tell" and .actual == null'
	run -3 --separate-stderr "$BIN/refval-replay" --json "$bad/compose-hidden-by-type.json"
	[ "$(jq -r '.verdict, (.claims | .compose_hash, .system_ready, .obscured_by), .boot_rtmr3' <<< "$output")" = \
		$'cannot-tell\nnull\nfalse\n20\nnull' ]
	run -3 --separate-stderr "$BIN/refval-replay" "$bad/compose-hidden-by-type.json"
	[[ ${lines[-1]} == "cannot tell: an event of RTMR3 before system-ready is not told by its digest" ]]
}

@test "its real compose-hash is hidden behind a later colon: nothing behind it is a claim" {
	run -3 --separate-stderr diff "$machine/app-compose.json" "$bad/compose-hidden-by-colon.json"
	check rtmr3_log '.verdict == "yes"'
	check event_contents '.verdict == "cannot-tell" and (.reason | startswith("event 22 (compose-hash:)"))'
	check compose_hash '.verdict == "cannot-tell"'
	run -3 --separate-stderr "$BIN/refval-replay" --json "$bad/compose-hidden-by-colon.json"
	[ "$(jq -r '.claims | .app_id != null, .compose_hash, .obscured_by' <<< "$output")" = $'true\nnull\n22' ]
}

@test "a log without a quote proves nothing of a machine: cannot tell" {
	run -3 --separate-stderr diff "$machine/app-compose.json" "$machine/event_log.json"
	check rtmr3_log '.verdict == "cannot-tell" and (.reason | contains("no quote of a TDX machine"))'
}

@test "a log without the events of RTMR3 beside a quote: cannot tell" {
	cp -r "$machine" "$BATS_TEST_TMPDIR/m"
	rm "$BATS_TEST_TMPDIR/m/tcb_info.json"
	jq '[.[] | select(.imr != 3)]' "$machine/event_log.json" > "$BATS_TEST_TMPDIR/m/event_log.json"
	run -3 --separate-stderr diff "$machine/app-compose.json" "$BATS_TEST_TMPDIR/m"
	check rtmr3_log '.verdict == "cannot-tell"'
	check rtmr0_log '.verdict == "yes"'
}

@test "no log at all: that what RTMR3 recorded is unknown is listed" {
	run -0 --separate-stderr diff "$machine/app-compose.json" "$machine/quote.bin"
	check rtmr3_log '.verdict == "unchecked" and .actual == null'
	check compose_hash '.verdict == "yes" and (.reason | contains("by mr_config_id"))'
}

@test "a release record whose events are no object, or others: exit 3" {
	mkdir "$BATS_TEST_TMPDIR/r"
	for edit in '.rtmr1.events = []' '.rtmr2.events = ""' '.rtmr2.events.Cmdline = .rtmr2.events.cmdline' '.rtmr1.events = null'; do
		jq "$edit" "$TOP/images/releases/dstack-dev-0.5.8.json" > "$BATS_TEST_TMPDIR/r/dstack-dev-0.5.8.json"
		run -3 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --releases "$BATS_TEST_TMPDIR/r" \
			--evidence "$machine" --at 2026-04-01
		[[ $stderr == *"events: "* ]]
	done
}

@test "an advisory written otherwise would refuse nothing: wrong use" {
	q() { "$BIN/refval-quote" "$machine" --at 2026-04-01 --reject-advisory "$1"; }
	for id in "" intel-sa-00837 INTEL-SA-837 "INTEL-SA-00837 " INTEL-SA-008371 00837 INTEL-SA INTEL--00837; do
		run -2 --separate-stderr q "$id"
		[[ $stderr == *"no advisory's id"* ]]
	done
	run -0 --separate-stderr q INTEL-SA-00837
}

# What a genuine attestation leaves out is no lie; nor does it confirm anything.
@test "a stripped attestation: the logs of RTMR0-2 are unchecked, not wrong" {
	run -1 --separate-stderr diff "$machine/app-compose.json" "$V/real/060-lite-attestation"
	for i in 0 1 2; do
		check "rtmr${i}_log" '.verdict == "unchecked" and (.reason | contains("without this register"))'
	done
	check rtmr3_log '.verdict == "yes"'
	check compose_hash '.verdict == "no"'
}
