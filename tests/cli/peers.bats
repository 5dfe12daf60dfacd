# SPDX-License-Identifier: Apache-2.0
# What dstack's own simulator, SDKs and the applications on them answer. See
# tests/vectors/peers/README.md.
load helper

setup() {
	need jq python3
	P=$V/peers
	cd "$BATS_TEST_TMPDIR" || return
}

# row NAME: verdict and reason of that check in $output.
row() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | "\(.verdict): \(.reason)"' <<< "$output"; }

# carrying HEX: the answer, its quote carrying this report_data instead.
carrying() {
	jq --arg rd "$1" '{statement, reportDataHash, quote: (.quote[0:1136] + $rd + .quote[1264:])}' "$P/resp-flat.json"
}

@test "the simulator's GetQuote: what was got is written, and of two vm_config neither is taken" {
	run -0 "$BIN/refval-fetch" "$P/getquote-sim.json" --offline -o e.json
	[[ $output == *"vm_config     two that differ"* ]]
	[ "$(jq -r '.vm_config' e.json)" = null ]
	[[ $(jq -r .beside e.json) == *'"os_image_hash":"64f0d1545cd510a8dfed7a'*" and "* ]]
	run -0 "$BIN/refval-replay" "$P/getquote-sim.json"
	[[ $output != *disagree* ]]
	run -3 "$BIN/refval-verify" e.json --json
	[[ $(row beside) == "unchecked: vm_config and attestation hold different vm_config, the host's word"* ]]
}

# bats test_tags=slow
@test "a digest with zeros behind it, in front of it, or as hex text: the report says which" {
	sha=$(jq -r .reportDataHash "$P/resp-flat.json") zeros=$(printf '%064d' 0)
	k=0
	for form in "$sha$zeros:as bytes" "$zeros$sha:as bytes behind zeros" \
		"$(printf %s "$sha" | od -An -v -tx1 | tr -d ' \n'):as hex text"; do
		k=$((k + 1))
		carrying "${form%%:*}" > $k.json
		run -3 --separate-stderr "$BIN/refval-verify" $k.json --statement $k.json --jq-path .statement --json
		[ "$(row statement)" = "yes: report_data is the sha256 of .statement (31 bytes), ${form#*:}" ]
		[ -z "$(row evidence_report_data)" ]
	done
	run -3 --separate-stderr "$BIN/refval-verify" 2.json --report-data "$sha" --json
	[ "$(row report_data)" = "yes: the quote carries what was asked for, behind zeros" ]
	# One byte of what is no padding.
	for rd in "01${zeros:2}$sha" "${zeros:2}${sha}00" "${sha}01${zeros:2}"; do
		carrying "$rd" > bad.json
		run -1 --separate-stderr "$BIN/refval-verify" bad.json --statement bad.json --jq-path .statement --json
		[[ $(row statement) == "no: "* ]]
		run -1 --separate-stderr "$BIN/refval-verify" bad.json --report-data "$sha" --json
		[[ $(row report_data) == "no: "* ]]
	done
	# Of a short value nobody could say which it is.
	carrying "$(printf '%0127d' 0)1" > short.json
	run -1 --separate-stderr "$BIN/refval-verify" short.json --report-data 01 --json
}

# bats test_tags=slow
@test "an answer that nests the agent's reply is read by one walk, and what contradicts it is a no" {
	reply='{quote, event_log, report_data, vm_config}'
	events=$("$BIN/refval-replay" "$P/resp-flat.json" --json | jq '.rtmr3.events | length')
	for f in "{statement, reportDataHash, quote: $reply}" "{data: {statement, reportDataHash, quote: $reply}}" \
		"{data: .}" "{data: $reply}" "(.quote = \"0x\" + .quote)"; do
		jq "$f" "$P/resp-flat.json" > a.json
		run -0 --separate-stderr "$BIN/refval-replay" a.json --json
		[ "$(jq -c '[.conflict, .verdict, (.rtmr3.events | length)]' <<< "$output")" = "[null,\"yes\",$events]" ]
	done
	for f in "{reportDataHash: (\"0\" * 64), quote: $reply}" \
		"{data: $reply, report_data: \"00\"}" \
		"{quote: $reply, event_log: (.event_log | fromjson | .[3].digest = \"00\" * 48 | tojson)}"; do
		jq "$f" "$P/resp-flat.json" > a.json
		run -1 --separate-stderr "$BIN/refval-replay" a.json --json
		[[ $(jq -r .conflict <<< "$output") == *" hold different "* ]]
	done
}

@test "a statement that does not fit gets its cause" {
	run -1 --separate-stderr "$BIN/refval-verify" "$P/t07.json" --statement "$P/t07.json" --jq-path .claim --json
	[ "$(row statement)" = "no: report_data is the sha256 of the same content as written by json.dumps(x, sort_keys=True): hash that text" ]
	run -3 --separate-stderr "$BIN/refval-verify" "$P/t07.json" --statement "$P/t07.txt" --json
	[ "$(row statement)" = "yes: report_data is the sha256 of the statement (122 bytes), as hex text" ]
	jq '.statement.price = 1' "$P/resp-flat.json" > other.json
	run -1 --separate-stderr "$BIN/refval-verify" "$P/resp-flat.json" --statement other.json --jq-path .statement --json
	[ "$(row statement)" = "no: report_data is the reportDataHash of this document, which is not the digest of this statement (25 bytes)" ]
	jq 'del(.reportDataHash)' other.json > none.json
	run -1 --separate-stderr "$BIN/refval-verify" "$P/resp-flat.json" --statement none.json --jq-path .statement --json
	[ "$(row statement)" = "no: report_data is not made of this statement (25 bytes)" ]
	# The text in a string is a statement, too, whatever stands around it.
	jq '.statement |= tojson' "$P/resp-flat.json" > text.json
	run -3 --separate-stderr "$BIN/refval-verify" "$P/resp-flat.json" --statement text.json --jq-path .statement --json
	[ "$(row statement)" = "yes: report_data is the sha256 of the text in .statement (31 bytes), as bytes" ]
}

@test "what dstack's mock PKI signed is genuine under its root, and says so" {
	s=$P/signed-simulator
	check() { "$BIN/refval-quote" "$1" --collateral "$s/coll.json" --root-ca "$s/tdx-root-ca.pem" --at 2026-11-28T13:00:00Z "${@:2}"; }
	run -3 --separate-stderr check "$s/se.json" --test-pki --json
	[ "$(jq -r .reason <<< "$output")" = "verified by the rules for test certificates, which says nothing of the hardware" ]
	[ "$(jq -c '[.verification.verified, .verification.test_root, .verification.test_pki, .verification.status]' <<< "$output")" = '[true,true,true,"UpToDate"]' ]
	# Without the option it says which rule of Intel's the certificates break, and how to leave it out.
	run -1 check "$s/se.json"
	[[ $output == *"not a valid path (RFC 5280): "*"; of a test PKI --test-pki leaves this rule out"* ]]
	run -1 "$BIN/refval-quote" "$s/se.json" --collateral "$s/coll.json" --at 2026-11-28T13:00:00Z
	for byte in 100 600 700; do
		jq --argjson i $((2 * byte)) '.quote |= (.[0:$i] + (if .[$i:$i + 1] == "0" then "1" else "0" end) + .[$i + 1:])' "$s/se.json" > flipped.json
		run -1 check flipped.json --test-pki
	done
	# Test certificates prove nothing of a machine.
	run -3 --separate-stderr "$BIN/refval-verify" "$s/se.json" --collateral "$s/coll.json" --root-ca "$s/tdx-root-ca.pem" --test-pki --at 2026-11-28T13:00:00Z --json
	[[ $(row quote_signature) == "cannot-tell: "* ]]
}
