# SPDX-License-Identifier: Apache-2.0
# refval-diff compares whole digests, every register, and every branch of a
# rule: one byte beside what is right, in its first, middle and last byte.
load helper

machine=$V/real/near-058-dev-3e6394
compose=$machine/app-compose.json

setup() { cd "$BATS_TEST_TMPDIR" || return; }

# The 48 bytes at an offset of the quote's body.
quoted() { xxd -p -s "$1" -l 48 -c 48 "$machine/quote.bin"; }

# values FILE JQ [OPTION...]: reference values with the registers of the quote,
# changed by an expression; $m, $a, $b, $c are MRTD and RTMR0 to 2, $l the log.
values() {
	local out=$1 change=$2
	shift 2
	"$BIN/refval-measure" --firmware "$V/measure/tdvf/keys.fd" --ovmf 202502 "$@" --json |
		jq --arg m "$(quoted 184)" --arg a "$(quoted 376)" --arg b "$(quoted 424)" --arg c "$(quoted 472)" \
			--slurpfile l "$machine/event_log.json" \
			'def r(v): {value: v, origin: "captured", why: null, events: []};
			.rtmr0 = r($a) | .rtmr1 = r($b) | .rtmr2 = r($c) | '"$change" > "$out"
}

# answer CODE VALUES EVIDENCE [OPTION...]
answer() {
	local code=$1
	shift
	run -"$code" --separate-stderr "$BIN/refval-diff" "$@" --json
	echo "$output" | jq -c '.layers[].checks[] | select(.verdict != "yes")'
}

verdict() { jq -r --arg n "$1" '[.layers[].checks[] | select(.name == $n) | .verdict] | join(" ")' <<< "$output"; }

both='.mrtd.value = $m | .mrtd.two_pass = $m'

# bats test_tags=slow
@test "every register is compared whole: its first, a middle and its last byte" {
	values same.json "$both" --page-add two-pass
	answer 0 same.json "$compose" "$machine/quote.bin"
	for r in mrtd rtmr0 rtmr1 rtmr2; do
		[ "$(verdict $r)" = yes ]
		for at in 0 48 94; do
			jq --arg r "$r" --argjson at $at 'def flip: if . == "0" then "1" else "0" end;
				def change: .[:$at] + (.[$at:$at+1] | flip) + .[$at+1:];
				if $r == "mrtd" then .mrtd.two_pass |= change | .mrtd.value = .mrtd.two_pass
				else .[$r].value |= change end' same.json > other.json
			answer 1 other.json "$compose" "$machine/quote.bin"
			[ "$(verdict $r)" = no ]
		done
		answer 0 same.json "$compose" "$machine/quote.bin"
	done
}

@test "a page order that is not known: either MRTD is right, a third one is not" {
	values one.json '.mrtd.single_pass = $m'
	answer 0 one.json "$compose" "$machine/quote.bin"
	[ "$(verdict mrtd)" = yes ]
	values two.json '.mrtd.two_pass = $m'
	answer 0 two.json "$compose" "$machine/quote.bin"
	[ "$(verdict mrtd)" = yes ]
	values none.json .
	answer 1 none.json "$compose" "$machine/quote.bin"
	[ "$(verdict mrtd)" = no ]
}

@test "a debug TD is no, and counts when it is allowed" {
	for bit in 01 80; do
		cp "$machine/quote.bin" debug.bin
		printf '\x'$bit | dd of=debug.bin bs=1 seek=168 conv=notrunc status=none
		answer 1 "$compose" debug.bin
		[ "$(verdict td_attributes)" = no ]
		answer 0 "$compose" debug.bin --allow-debug
		[ "$(verdict td_attributes)" != no ]
	done
}

@test "what tcb_info claims is compared whole with the quote" {
	mkdir m
	cp "$machine/quote.bin" "$machine/event_log.json" m
	for r in mrtd rtmr0 rtmr1 rtmr2 rtmr3; do
		jq --arg r $r '.[$r] |= .[:95] + (if .[95:] == "0" then "1" else "0" end)' \
			"$machine/tcb_info.json" > m/tcb_info.json
		answer 1 "$compose" m
	done
}

@test "what tcb_info claims stands beside what contradicts it, with where that is from" {
	mkdir m
	cp "$machine/quote.bin" "$machine/event_log.json" m
	while read -r member from; do
		jq --arg m "$member" '.[$m] |= (if .[:1] == "0" then "1" else "0" end) + .[1:]' "$machine/tcb_info.json" > m/tcb_info.json
		answer 1 "$compose" m
		jq -r --arg m "$member" '.[$m]' m/tcb_info.json > actual
		jq -r --arg m "$member" '.[$m]' "$machine/tcb_info.json" > expected
		jq -r '.layers[].checks[] | select(.name == "tcb_info") | .expected, .from, .actual' <<< "$output" > said
		diff said - <<< "$(cat expected)
${from//_/ }
$(cat actual)"
	done <<- 'END'
		mrtd the_quote
		rtmr3 the_quote
		compose_hash the_event_log
	END
}

# bats test_tags=slow
@test "a predicted event of a register that is not wholly predicted is compared whole" {
	mkdir m
	cp "$machine/quote.bin" "$machine/event_log.json" m
	local events='([$l[0][] | select(.imr == 1)]) as $e | .rtmr1 = {value: null, origin: "computed",
		why: "one event is not known", events: [range($e | length) as $i | {label: "e\($i)",
		type: $e[$i].event_type, known: ($i != 1), depends: "x",
		digest: (if $i == 1 then null elif $i == 0 then $e[0].digest | CHANGE else $e[$i].digest end)}]}'
	values as.json "$both | ${events/CHANGE/.}" --page-add two-pass
	answer 3 as.json "$compose" m
	[ "$(verdict rtmr1)" = cannot-tell ]
	for at in 0 48 95; do
		values other.json "$both | ${events/CHANGE/.[:$at] + (if .[$at:$at+1] == \"0\" then \"1\" else \"0\" end) + .[$at+1:]}" \
			--page-add two-pass
		answer 1 other.json "$compose" m
		[ "$(verdict rtmr1)" = no ]
	done
}

@test "a quote of an SGX enclave is no machine, and no row speaks of its TD" {
	run -3 --separate-stderr "$BIN/refval-diff" "$compose" "$V/dcap/synth/sgx_v3.quote.bin" --json
	[ "$(jq -r '[.layers[].checks[] | select(.name == "td_attributes")] | length' <<< "$output")" = 0 ]
}

@test "what RTMR3 recorded is not known without its log, and registers bind an image that they are of" {
	cp "$machine/quote.bin" .
	none="the machine recorded none (only machines with a KMS do)"
	unknown="not known: the evidence has no event log of RTMR3"
	# A register that nothing was extended into says so by itself.
	while read -r evidence release want; do
		run --separate-stderr "$BIN/refval-verify" --release "$release" "$evidence" --at 2026-04-01 --json
		[ "$(jq -r '.layers[].checks[] | select(.name == "os_image_hash") | .reason' <<< "$output")" = "$want" ] || { echo "$evidence $output"; false; }
	done <<- END
		$V/evidence/tcg2.bin dstack-dev-0.5.8 $unknown
		quote.bin dstack-dev-0.5.8 $unknown
		$V/real/ratls-2024-quote dstack-dev-0.5.8 $none
		$machine dstack-dev-0.5.8 $none; the registers above bind the image
		$machine dstack-0.5.7 $none
	END
}

@test "a shape is looked for in a quote, where there is one" {
	run --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 "$V/evidence/tcg2.bin" --at 2026-04-01 --json
	[ "$(jq -r '.layers[].checks[] | select(.name == "machine_shape") | .reason' <<< "$output")" = "not looked for: the evidence has no quote" ]
}
