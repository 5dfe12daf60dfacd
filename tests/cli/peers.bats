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
	[ "$(row report_data)" = "yes: it is what was asked for, behind zeros" ]
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
}

# What the reference is: the values of the machine itself, as those of its image
# would be.
seed_values() {
	jq --slurpfile m "$V/adversary/values-shape-ignored/v.json" '.event_log as $log | .claimed as $c
		| reduce (0, 1, 2) as $i ($m[0]; .["rtmr\($i)"] |= (.value = $c["rtmr\($i)"]
			| .events = [$log[] | select(.imr == $i) | {label: "event", type: .event_type, digest, origin: "given", depends: "the machine"}]))
		| .mrtd |= (.value = $c.mrtd | .single_pass = null | .two_pass = $c.mrtd)
		| .os_image_hash = $c.os_image_hash | .mr_image = null | .mr_system = null' "$1"
}

# flip FILE FILTER: FILE with one digit of that member changed.
flip() { jq "$2 |= ((if .[9:10] == \"0\" then \"1\" else \"0\" end) as \$x | .[0:9] + \$x + .[10:])" "$1"; }

# bats test_tags=slow
@test "a machine of the mock PKI, walked to its end: all is yes but what its certificates cannot say; each thing changed is a no" {
	s=$P/signed-simulator
	cp "$s/se.json" "$s/coll.json" "$s/tdx-root-ca.pem" .
	compose=$(jq -r .claimed.compose_hash se.json) nonce=$(jq -r .source.asked se.json)
	seed_values se.json > values.json
	walk() {
		run --separate-stderr "$BIN/refval-verify" --values "$1" --evidence "$2" --collateral "$3" --root-ca tdx-root-ca.pem --test-pki \
			--at 2026-11-28T13:00:00Z --compose-hash "$4" --report-data "$5" --json
	}
	walk values.json se.json coll.json "$compose" "$nonce"
	[ "$status" = 3 ]
	[ "$(jq -c '[.verdict, .verification.verified, .verified, .layers[].verdict]' <<< "$output")" = '["cannot-tell",true,false,"cannot-tell","yes","yes","yes","yes"]' ]
	[[ $(row quote_signature) == "cannot-tell: test certificates say nothing of the hardware; every signature up to the root is good; "* ]]
	# All others of that layer rest on it, and are yes without it.
	[ "$(jq '[.layers[0].checks[1:][] | select(.verdict == "cannot-tell") | .reason | test("^rests on quote_signature, .*; without that: yes")] | length > 1 and all' <<< "$output")" = true ]
	run -3 --separate-stderr "$BIN/refval-verify" --values values.json --evidence se.json --collateral coll.json --root-ca tdx-root-ca.pem --test-pki --at 2026-11-28T13:00:00Z --quiet
	[[ $output == "verdict      cannot-tell: quote_signature: test certificates say nothing of the hardware ("* ]]
	# And what does not ask for the signature is a yes, which says so.
	run -0 --separate-stderr "$BIN/refval-replay" se.json
	run -0 --separate-stderr "$BIN/refval-diff" values.json se.json --report-data "$nonce"
	[[ ${lines[-1]} == "verdict      yes, of unverified evidence: "* ]]
	no() {
		[ "$status" = 1 ] || { echo "$1: exit $status"; false; }
		jq -e --arg n "$2" '.verdict == "no" and any(.layers[].checks[]; .name == $n and .verdict == "no")' <<< "$output" > said ||
			{ echo "$1: $(row "$2")"; false; }
	}
	for r in 0 1 2; do
		jq --argjson r $r '(first(.event_log[] | select(.imr == $r)).digest) = "00" * 48' se.json > e.json
		value=$("$BIN/refval-replay" e.json --json | jq -r ".rtmr$r.value")
		jq --arg v "$value" ".claimed.rtmr$r = \$v" e.json > f.json
		seed_values f.json > v.json
		walk v.json se.json coll.json "$compose" "$nonce"
		no "rtmr$r" rtmr$r
	done
	for member in mrtd os_image_hash; do
		flip se.json ".claimed.$member" > f.json
		seed_values f.json > v.json
		walk v.json se.json coll.json "$compose" "$nonce"
		no "$member" "$member"
	done
	walk values.json se.json coll.json "${compose//c/d}" "$nonce"
	no compose compose_hash
	walk values.json se.json coll.json "$compose" "${nonce//3/4}"
	no nonce report_data
	flip se.json '.event_log[-1].digest' > e.json
	walk values.json e.json coll.json "$compose" "$nonce"
	no log rtmr3_log
	quote=$(jq -r .quote se.json)
	for byte in 184 568 640; do
		k=$((2 * byte)) other=0
		[ "${quote:k:1}" != 0 ] || other=1
		sed "s/${quote:0:k+1}/${quote:0:k}$other/" se.json > e.json
		walk values.json e.json coll.json "$compose" "$nonce"
		no "byte $byte of the quote" quote_signature
	done
	flip coll.json .tcb_info_signature > c.json
	walk values.json se.json c.json "$compose" "$nonce"
	no "TCB info" quote_signature
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out tdx-root-ca.pem -subj "/CN=Mock Intel SGX Root CA" -days 9000 2> /dev/null
	walk values.json se.json coll.json "$compose" "$nonce"
	no root quote_signature
}
