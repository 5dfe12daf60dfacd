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
	[[ ${lines[-1]} == "verdict      cannot-tell: an event of RTMR3 before system-ready is not told by its digest" ]]
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

# at OFFSET FILE: the 48 bytes there, as hex.
at() { xxd -p -s "$1" -l 48 -c 48 "$2"; }

# Values of exactly the registers that a quote has.
values_of() {
	"$BIN/refval-measure" --firmware "$V/measure/tdvf/keys.fd" --ovmf 202502 --page-add two-pass --json |
		jq --arg m "$(at 184 "$1")" --arg a "$(at 376 "$1")" --arg b "$(at 424 "$1")" --arg c "$(at 472 "$1")" '
			def r(v): {value: v, origin: "captured", why: null, events: []};
			.mrtd.value = $m | .mrtd.two_pass = $m | .rtmr0 = r($a) | .rtmr1 = r($b) | .rtmr2 = r($c)'
}

# Guests up to 0.5.0 boot with any mr_config_id, which the host chooses.
@test "mr_config_id alone names the app only where the guest is known to check it" {
	local t=$BATS_TEST_TMPDIR
	values_of "$machine/quote.bin" > "$t/values.json"
	run -0 --separate-stderr diff "$t/values.json" "$machine/app-compose.json" "$machine/quote.bin"
	check compose_hash '.verdict == "yes" and (.reason | contains("by mr_config_id"))'
	# A guest that no record knows: another RTMR2.
	cp "$machine/quote.bin" "$t/other.bin"
	printf %48s | dd of="$t/other.bin" bs=1 seek=472 conv=notrunc status=none
	values_of "$t/other.bin" > "$t/values.json"
	run -3 --separate-stderr diff "$t/values.json" "$machine/app-compose.json" "$t/other.bin"
	check rtmr2 '.verdict == "yes"'
	check compose_hash '.verdict == "cannot-tell" and (.reason | contains("of this one the version is not known"))'
}

@test "mr_config_id alone: a guest of 0.5.0 does not look at it" {
	local t=$BATS_TEST_TMPDIR v want
	mkdir "$t/r" "$t/m"
	cp "$machine/quote.bin" "$machine/collateral.json" "$t/m"
	for v in 0.5.0:3 0.5.1:0; do
		want=${v#*:} v=${v%:*}
		jq --arg v "$v" '.version = $v' "$TOP/images/releases/dstack-dev-0.5.8.json" > "$t/r/dstack-dev-0.5.8.json"
		run -"$want" --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --releases "$t/r" --evidence "$t/m" \
			--compose "$machine/app-compose.json" --cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json
		[ "$want" = 0 ] || check compose_hash '.verdict == "cannot-tell" and (.reason | endswith("this one is 0.5.0"))'
	done
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

# One evidence document; each member removed, null or empty, each digest
# changed. Where the answer stays yes, the member proves nothing: Intel's chain
# for the list that the PCK certificate's own issuer signed, what the container
# merely claims, and the log, without which mr_config_id names the app.
# bats test_tags=slow
@test "each part of the evidence taken away or changed: yes for no other than these" {
	e=$BATS_TEST_TMPDIR/e.json
	jq -n --arg q "$(xxd -p "$machine/quote.bin" | tr -d '\n')" --slurpfile c "$machine/collateral.json" \
		--slurpfile t "$machine/tcb_info.json" '{quote: $q, collateral: $c[0], tcb_info: $t[0]}' > "$e"
	yes=
	while read -r edit; do
		jq "$edit" "$e" > "$BATS_TEST_TMPDIR/m.json"
		code=0
		"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$BATS_TEST_TMPDIR/m.json" --at 2026-04-01 \
			--compose "$machine/app-compose.json" > /dev/null 2>&1 || code=$?
		case $code in
		0) yes="$yes$edit"$'\n' ;;
		1 | 3) ;;
		*) echo "exit $code: $edit"; false ;;
		esac
	done < <(jq -r '
		(paths | select(length <= 2)) as $p | [getpath($p) | type, .] as [$type, $v] |
		"delpaths([\($p)])", "setpath(\($p); null)",
		if $type == "string" then "setpath(\($p); \"\")" else empty end' "$e"
		jq -r '.tcb_info.event_log | keys[] as $i | "setpath([\"tcb_info\",\"event_log\",\($i),\"digest\"]; \"\("0" * 96)\")",
			"delpaths([[\"tcb_info\",\"event_log\",\($i)]])"' "$e")
	[ "$(grep -oE '[a-z_0-9]+"?\]' <<< "$yes" | tr -d '"]' | sort -u | xargs)" = \
		"app_compose compose_hash device_id event_log mrtd os_image_hash pck_crl_issuer_chain rtmr0 rtmr1 rtmr2 rtmr3 tcb_info" ] ||
		{ echo "$yes"; false; }
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

# ---- a row rests only on rows that hold ----

verify() { # verify EVIDENCE ARGS...
	local e=$1
	shift
	run --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$e" --at 2026-04-01 \
		--compose "$machine/app-compose.json" "$@" --json
}

@test "a log that is refuted, or forged in its contents: compose_hash is not yes" {
	cd "$BATS_TEST_TMPDIR"
	verify "$machine"
	[ "$status" = 0 ]
	check compose_hash '.verdict == "yes" and .reason == "recorded in RTMR3" and .rests_on == ["rtmr3_log", "event_contents"]'
	check app_id '.reason | startswith("recorded in RTMR3; ")'
	# One event less, far from the claims: the log is not this quote's.
	cp -r "$machine" refuted
	rm refuted/tcb_info.json
	jq 'del(.[-1])' "$machine/event_log.json" > refuted/event_log.json
	verify refuted
	[ "$status" = 1 ]
	check rtmr3_log '.verdict == "no"'
	check event_contents '.verdict == "cannot-tell" and (.reason | startswith("rests on rtmr3_log, which is no; without that: yes, "))'
	check compose_hash '.verdict == "cannot-tell" and .reason == "rests on rtmr3_log, which is no; without that: yes, recorded in RTMR3"'
	check app_id '.verdict == "unchecked" and (.reason | startswith("rests on rtmr3_log, which is no; "))'
	# The contents of an event are not what its digest is of.
	cp -r refuted forged
	jq '(.[] | select(.event == "instance-id").event_payload) |= "00" + .[2:]' "$machine/event_log.json" > forged/event_log.json
	verify forged
	[ "$status" = 1 ]
	check event_contents '.verdict == "no"'
	check compose_hash '.verdict == "cannot-tell" and (.reason | startswith("rests on event_contents, which is no; "))'
	check app_id '.reason | startswith("rests on event_contents, which is no; ")'
}

@test "--skip of a foundation drops what rests on it" {
	cd "$BATS_TEST_TMPDIR"
	cp -r "$machine" refuted
	rm refuted/tcb_info.json
	jq 'del(.[-1])' "$machine/event_log.json" > refuted/event_log.json
	verify refuted --skip rtmr3_log
	check rtmr3_log '.verdict == "unchecked"'
	check event_contents '.verdict == "unchecked"'
	check compose_hash '.verdict == "unchecked" and .reason == "rests on rtmr3_log, which is unchecked; without that: yes, recorded in RTMR3"'
	verify "$machine" --skip event_contents
	check compose_hash '.verdict == "unchecked" and (.reason | startswith("rests on event_contents, which is unchecked; "))'
	# A no stays: skipping what another rests on makes no answer better.
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" --at 2026-04-01 --json \
		--compose <(sed 's/"name"/"nbme"/' "$machine/app-compose.json") --skip rtmr3_log
	check compose_hash '.verdict == "no"'
	# Who signed it is what the hardware layer stands on.
	verify "$machine" --skip quote_signature
	check td_attributes '.verdict == "unchecked"'
	check tcb_status '.verdict == "unchecked"'
	[ "$(jq -c '[.verified, (.layers[] | select(.layer == "hardware").verdict)]' <<< "$output")" = '[false,"unchecked"]' ]
}

# bats test_tags=slow
@test "--skip of the signature drops what --explain shows of it, and of one of these, all" {
	cd "$BATS_TEST_TMPDIR"
	parts='[.layers[].checks[] | select((.name | startswith("quote.")) and .name != "quote.shortfall") | .verdict] | unique'
	verify "$machine" --explain
	[ "$(jq -c "$parts" <<< "$output")" = '["yes"]' ]
	for name in quote_signature quote.pck_chain quote.quote_signature quote.tcb_level; do
		verify "$machine" --explain --skip $name
		[ "$(jq -c "$parts" <<< "$output")" = '["unchecked"]' ]
		check quote_signature '.verdict == "unchecked"'
		check tcb_status '.verdict == "unchecked"'
		[ "$(jq -c '[.verified, (.layers[] | select(.layer == "hardware").verdict)]' <<< "$output")" = '[false,"unchecked"]' ]
	done
	check quote_signature '.reason | startswith("rests on quote.tcb_level, which is unchecked; without that: yes, ")'
	# What passed before the verification stopped, too.
	mkdir bare
	cp "$machine"/{quote.bin,event_log.json} bare
	verify bare --explain
	[ "$status" = 3 ]
	check quote.quote_format '.verdict == "yes"'
	verify bare --explain --skip quote_signature
	[ "$status" = 0 ]
	[ "$(jq -c "$parts" <<< "$output")" = '["unchecked"]' ]
	[ "$(jq -c '.layers[] | select(.layer == "hardware").verdict' <<< "$output")" = '"unchecked"' ]
	# A part that failed stays what it is, when another one is skipped.
	verify bare --explain --skip quote.quote_format
	[ "$status" = 3 ]
	check quote.collateral_format '.verdict == "cannot-tell"'
}

@test "evidence whose signature nobody checked: hardware unchecked, and the last line says so" {
	run -0 --separate-stderr "$BIN/refval-diff" "$machine/app-compose.json" "$machine/quote.bin"
	run -0 --separate-stderr "$BIN/refval-diff" "$machine/app-compose.json" "$machine"
	[[ ${lines[0]} == "hardware     unchecked" ]]
	[[ ${lines[-1]} == "verdict      yes, of unverified evidence: "* ]]
	run -0 --separate-stderr diff "$machine/app-compose.json" "$machine"
	[ "$(jq -c '[.verdict, .verified, .layers[0].verdict]' <<< "$output")" = '["yes",false,"unchecked"]' ]
	check td_attributes '.verdict == "unchecked" and .reason == "rests on quote_signature, which is unchecked; without that: yes, not a debug TD"'
	run -0 --separate-stderr "$BIN/refval-diff" "$machine/app-compose.json" "$machine" --html -
	[[ $output == *"verdict: yes, of unverified evidence"* ]]
	# Verified, it says neither.
	run -0 --separate-stderr "$BIN/refval-diff" --at 2026-04-01 "$machine/app-compose.json" "$machine"
	[[ ${lines[0]} == "hardware     yes" ]]
	[[ ${lines[-1]} == "verdict      yes: "* ]]
	# A no is a no.
	run -1 --separate-stderr "$BIN/refval-diff" <(sed 's/"name"/"nbme"/' "$machine/app-compose.json") "$machine"
	[[ ${lines[-1]} == "verdict      no: "* ]]
}

@test "a certificate that the evidence itself recorded: host and time are its own word" {
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -out c.pem -subj /CN=x -days 2 2> /dev/null
	openssl x509 -in c.pem -outform der -out c.der
	jq -n --arg q "$(od -An -v -tx1 "$machine/quote.bin" | tr -d ' \n')" --arg c "$(base64 -w0 c.der)" \
		--arg s "$(sha256sum c.der | cut -c1-64)" '{schema: "refval.evidence/1", quote: $q,
		tls: {host: "bank.example", port: 443, sha256: $s, certificate: $c, trusted: true, when: "2026-01-01T00:00:00Z"}}' > e.json
	run --separate-stderr diff "$machine/app-compose.json" e.json
	check tls-certificate '.from == "in the evidence'"'"'s own words of bank.example:443, recorded 2026-01-01T00:00:00Z"'
}
