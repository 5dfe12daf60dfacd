# SPDX-License-Identifier: Apache-2.0
# refval-verify --jsonl: many machines, a line for each. See docs/refval-verify.1.
load helper

setup_file() {
	need jq
	cd "$BATS_FILE_TMPDIR" || return
	for c in "$V"/real/*/ "$V"/captures/*/; do
		# A shape that is looked for by a register alone takes seconds, each time.
		"$BIN/refval-fetch" "$c" --offline 2> /dev/null | jq -c 'select(.event_log)' || true
	done > lines
	"$BIN/refval-fetch" "$V/real/near-058-dev-3e6394" --offline | jq -c . > near
	cp "$V/real/near-058-dev-3e6394/app-compose.json" .
	mkdir manifests others
	sed 's/launcher/lauNcher/' app-compose.json > others/edited.json
	cp app-compose.json others/edited.json manifests
}

near=$V/real/near-058-dev-3e6394

setup() { cd "$BATS_FILE_TMPDIR" || return; }

# verify ARGS...: of the lines on standard input; what is said is in $output.
verify() { "$BIN/refval-verify" --jsonl - --at 2026-04-01 "$@"; }

# envelope JQ: the captured machine with what JQ adds.
envelope() { jq -c --rawfile compose app-compose.json "{evidence: .} + $1" near; }

# bats test_tags=slow
@test "each line is answered as a run of its own is: captures, and damaged copies" {
	need python3
	run -0 python3 "$TESTS/tools/fleet.py" "$BIN" "$BATS_TEST_TMPDIR" "${FLEET:-40}" < lines
	echo "$output"
	[[ ${lines[-1]} == *" lines, 0 answered otherwise" ]]
	[ "${lines[-1]%% *}" -ge 60 ]
	[[ $output == *" yes"* ]]
}

@test "an envelope says what its evidence is compared with, the options what it leaves out" {
	run -1 --separate-stderr verify --release dstack-dev-0.5.8 --summary < <(
		cat near
		envelope '{id: "a", release: "dstack-0.5.8"}'
		envelope '{id: "b", compose: $compose, report_data: "00"}'
		envelope '{id: "c", compose: ($compose + "\n")}'
		envelope '{id: "d", compose_hash: ("0" * 64)}'
		envelope '{id: "e", at: "2027-04-01T00:00:00Z"}'
		envelope '{id: "f", at: 1775000000}'
		envelope '{id: "g", instance: "7"}'
		jq -c '{id: "h", evidence: (tojson)}' near
		jq -c '{id: "i", evidence: del(.collateral), collateral}' near
		jq -c '{id: "j", evidence: del(.collateral)}' near
	)
	[ "$(jq -c '[.line, .id, .verdict, .reasons[].check]' <<< "$output")" = \
		'[1,null,"yes"]
[2,"a","no","rtmr2"]
[3,"b","no","report_data"]
[4,"c","no","compose_hash","mr_config_id"]
[5,"d","no","compose_hash","mr_config_id"]
[6,"e","cannot-tell","quote_signature","td_attributes"]
[7,"f","yes"]
[8,"g","cannot-tell"]
[9,"h","yes"]
[10,"i","yes"]
[11,"j","cannot-tell","quote_signature","td_attributes"]' ]
}

@test "the hash of a manifest stands for it, and what needs its text is not told" {
	hash=$(sha256sum < app-compose.json)
	run -0 --separate-stderr verify --release dstack-dev-0.5.8 --compose-hash "${hash%% *}" < near
	[ "$(jq -c '.report.layers[] | select(.layer == "app").checks[] | select(.name == "compose_hash") | [.verdict, .from]' <<< "$output")" = \
		'["yes","the given compose-hash"]' ]
	run -2 verify --compose-hash 00 < near
}

@test "of several manifests the machine must run one" {
	for dir in manifests:0:yes others:1:no; do
		IFS=: read -r name code word <<< "$dir"
		run "-$code" --separate-stderr verify --release dstack-dev-0.5.8 --compose-dir "$name" < near
		[ "$(jq -r '.report.layers[] | select(.layer == "app").checks[] | select(.name == "compose_hash").verdict' <<< "$output")" = "$word" ]
	done
	# The one that was chosen is what was read; where none was, nothing.
	run -0 --separate-stderr verify --release dstack-dev-0.5.8 --compose-dir manifests < near
	[ "$(jq -r .compose_sha256 <<< "$output")" = "$(sha256sum < app-compose.json | cut -d' ' -f1)" ]
	run -1 --separate-stderr verify --release dstack-dev-0.5.8 --compose-dir others < near
	[ "$(jq -r .compose_sha256 <<< "$output")" = null ]
	# Without a log nothing says which.
	run -3 --separate-stderr verify --release dstack-dev-0.5.8 --compose-dir manifests < <(jq -c 'del(.event_log)' near)
	[ "$(jq -r '.reasons[] | select(.check == "compose_hash").reason' <<< "$output")" = \
		"no compose-hash event, by which to choose among those that were given" ]
	mkdir "$BATS_TEST_TMPDIR/none"
	run -3 verify --compose-dir "$BATS_TEST_TMPDIR/none" < near
}

@test "what is wrong with a line is its result, and the next is answered" {
	run -3 --separate-stderr verify --release dstack-dev-0.5.8 --summary < <(
		echo
		echo '{"id": "a", "evidence": "00", "relaese": "dstack-dev-0.5.8"}'
		envelope '{id: "b", release: "dstack-9.9.9"}'
		envelope '{id: "c", release: "dstack-0.5.8", values: {}}'
		envelope '{id: "d", compose: {}}'
		envelope '{id: "e", compose_hash: "00"}'
		envelope '{id: "f", compose: "{}", compose_hash: ("0" * 64)}'
		envelope '{id: "g", report_data: "0"}'
		envelope '{id: "h", at: "yesterday"}'
		envelope '{id: 1}'
		envelope '{id: "i", collateral: {}}'
		echo '{"id": "j", "evidence": 1}'
		jq -c '{id: "k", evidence: .} | tojson | .[0:-1] + ",\"id\": \"k\"}"' -r near
		cat near
	)
	[ "$(jq -s 'length' <<< "$output")" = 14 ]
	[ "$(tail -n 1 <<< "$output" | jq -c '[.line, .verdict]')" = '[14,"yes"]' ]
	[ "$(jq -s '[.[0:13][] | select(.verdict != "cannot-tell" or .error == null)] | length' <<< "$output")" = 0 ]
	[ "$(jq -r 'select(.line > 1 and .line < 14) | [.id, .error] | @tsv' <<< "$output")" = \
		"$(printf '%s\t%s\n' \
			a "envelope: no member of it is called relaese" \
			b "dstack-9.9.9: no record of this release among $(ls "$TOP"/images/releases/*.json | wc -l); did you mean dstack-0.5.9?" \
			c "envelope: values: beside release: one of the two" \
			d "envelope: compose: not a string" \
			e "envelope: compose_hash: not 64 hex digits" \
			f "envelope: compose_hash: beside compose, whose hash it is" \
			g "envelope: report_data: not 1 to 64 bytes in hex" \
			h 'envelope: at: neither "2026-01-31T00:00:00Z" nor seconds since 1970' \
			"" "envelope: id: not a string" \
			i "envelope: collateral: no member that is known" \
			j "evidence: hex: not an even number of hex digits" \
			k "envelope: id: twice")" ]
}

@test "a condition about another maker's hardware is not passed over" {
	snp() { jq -cRn --rawfile r <(base64 -w0 "$V/snp/dstack/report.bin") '{id: "snp", evidence: $r}'; }
	run -3 --separate-stderr verify --summary --min-eval 1 < <(snp; cat near)
	[ "$(jq -c '[.id, .verdict, .error]' <<< "${lines[0]}")" = \
		'["snp","cannot-tell","--min-eval is about Intel TDX, and the evidence is of amd-sev-snp"]' ]
	[ "$(jq -r .error <<< "${lines[1]}")" = null ]
	run -3 --separate-stderr verify --summary < <(snp)
	[ "$(jq -r .error <<< "$output")" = null ]
}

@test "how long an answer holds is said of every maker's evidence" {
	local m=$V/snp/made
	line() { jq -cRn --arg at "${2:-2026-10-01T00:00:00Z}" --rawfile r <(base64 -w0 "$1") '{id: "x", at: $at, evidence: $r}'; }
	answer() { jq -r '[.holds_from, .holds_until] | join(" ")' <<< "$output"; }
	run -3 --separate-stderr verify --summary < <(jq -c '{at: "2026-10-01T00:00:00Z", evidence: .}' "$V/real/snp-milan-verifier/sev-snp-attestation.json")
	[ "$(answer)" = "2026-06-17T01:05:04Z 2033-06-17T01:05:04Z" ]
	run -3 --separate-stderr verify --summary < <(line "$m/report.bin")
	[ "$(answer)" = " " ]
	# All certificates of a Nitro document, of which the last lives for three hours.
	run -3 --separate-stderr verify --summary < <(line "$V/nitro/real-nitrotpm.cose" "2026-08-13T18:00:00Z")
	[ "$(answer)" = "2026-08-13T17:36:45Z 2026-08-13T20:36:48Z" ]
}

@test "--collateral is for all lines: what AMD revoked, and who signs for Google's machines" {
	local d=$V/snp/made t=$BATS_TEST_TMPDIR g=$V/real/gcp-tdx-attestation-c/attestation.bin
	local snp=(--values "$V/snp/measurement.snp.cbor" --root-ca "$d/ark.der" --at 2026-10-01 --quiet)
	"$BIN/refval-fetch" "$d/report.bin" --offline |
		jq -c --arg v "$(base64 -w0 "$d/vcek.der")" --arg a "$(base64 -w0 "$d/ask.der")" '.snp.certificates = [$v, $a]' > "$t/snp.json"
	mkdir "$t/revoked" "$t/none" "$t/google"
	cp "$d/crl-ask.der" "$d/crl-other-name.der" "$near/collateral.json" "$t/revoked"
	cp "$d/crl-empty.der" "$V/gcp/root-crl.der" "$near/collateral.json" "$t/none"
	cp "$V/captures/flashbots-gcp-tdx-2026-06/collateral.json" "$V/gcp/intermediate-v3.der" "$t/google"
	while read -r c code list alone; do
		[ "$alone" = no ] || run -"$code" "$BIN/refval-verify" "$t/snp.json" "${snp[@]}" --collateral "$t/$c"
		run -"$code" --separate-stderr "$BIN/refval-verify" --jsonl "$t/snp.json" "${snp[@]:0:6}" --summary --collateral "$t/$c"
		[ "$(jq '.unchecked | index("revocation") != null' <<< "$output")" = "$list" ]
	done <<- 'END'
		revoked/crl-ask.der 1 false
		revoked 1 false
		none/crl-empty.der 0 false
		none 0 false no
		none/collateral.json 0 true no
	END
	# Certificates are of one machine: each line brings its own.
	run -3 --separate-stderr "$BIN/refval-verify" --jsonl <(base64 -w0 "$d/report.bin") "${snp[@]:0:6}" --summary --collateral "$d/vcek.der"
	[[ $(jq -r '.reasons[].reason' <<< "$output") == *"no VCEK"*"; it belongs into the evidence, snp.certificates of"* ]]
	run -3 --separate-stderr "$BIN/refval-verify" "$d/report.bin" "${snp[@]:0:6}" --collateral "$d/ask.der"
	[[ $output == *"no VCEK"*"; give it with --collateral, as AMD"* ]]
	run -0 --separate-stderr "$BIN/refval-verify" --jsonl - --values "$V/gcp/c.gcp.cbor" --at 2026-06-30T08:47:13Z --collateral "$t/google" --summary \
		< <(base64 -w0 "$g")
}

# Of a Nitro document the time of its making counts where none is asked about.
@test "the time of a line is that of --at: certificates that ended before it are no yes" {
	local t code aws=$V/nitro/real-nitrotpm.aws.cbor doc=$V/nitro/real-nitrotpm.cose
	while read -r t code; do
		run -"$code" "$BIN/refval-verify" "$doc" --values "$aws" --at "$t" --quiet
		for at in "\"$t\"" "$(date -d "$t" +%s)"; do
			run -"$code" --separate-stderr "$BIN/refval-verify" --jsonl - --values "$aws" --summary \
				< <(jq -cRn --argjson at "$at" --rawfile r <(base64 -w0 "$doc") '{at: $at, evidence: $r}')
			# And what rests on the one.
			[ "$(jq '[.reasons[] | select(.reason | startswith("rests on") | not)] | length' <<< "$output")" = $((code / 3)) ]
		done
	done <<- 'END'
		2026-08-13T18:00:00Z 0
		2026-08-13T20:36:49Z 3
		2026-11-29T00:00:00Z 3
		2026-08-13T17:36:47Z 3
	END
	# Without one, the document's own time.
	run -0 --separate-stderr "$BIN/refval-verify" --jsonl - --values "$aws" --summary < <(base64 -w0 "$doc")
}

@test "the exit code is the heaviest result, or 0 with --keep-going" {
	run -0 verify --release dstack-dev-0.5.8 --summary < near
	run -1 verify --release dstack-0.5.8 --summary < <(echo; cat near)
	run -3 verify --release dstack-dev-0.5.8 --summary < <(cat near; echo)
	run -0 verify --release dstack-0.5.8 --summary --keep-going < <(echo; cat near)
	run -3 verify --release dstack-0.5.8 --keep-going < /dev/null
	run -4 bash -c '"$@" > /dev/full' - "$BIN/refval-verify" --jsonl near --keep-going
}

# bats test_tags=slow
@test "memory does not grow with the lines" {
	need python3
	for n in 30 300; do
		for _ in $(seq $n); do cat near; done > "$BATS_TEST_TMPDIR/$n"
		run -0 python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "w"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$BATS_TEST_TMPDIR/out" "$BIN/refval-verify" \
			--jsonl "$BATS_TEST_TMPDIR/$n" --jobs 2 --summary --release dstack-dev-0.5.8 --at 2026-04-01
		[ "$(wc -l < "$BATS_TEST_TMPDIR/out")" = $n ]
		kb[n]=$output
	done
	echo "${kb[30]} ${kb[300]}"
	((kb[300] < kb[30] + 8192))
}
