# SPDX-License-Identifier: Apache-2.0
# refval-verify EVIDENCE: what is this machine, and how would it be checked?
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# Each captured machine and the record it runs; "-": not among the records, "!": no evidence of a TDX machine.
machines() {
	cat <<-'EOF'
		real/060-lite-attestation -
		real/060-lite-getquote-07a2-cbor-v2 -
		real/060-lite-getquote-7b27 -
		real/060-lite-getquote-full-payloads -
		real/060-lite-getquote-v3 -
		real/060-ovmf202505-attestation -
		real/ccel-2024 -
		real/dev-040-examples dstack-dev-0.4.0
		real/gcp-tdx-attestation-a -
		real/gcp-tdx-attestation-c -
		real/gcp-tpm-eventlog !
		real/kms-2024-quote-collateral -
		real/near-052-x-ac3607 dstack-0.5.2
		real/near-054-dev- dstack-dev-0.5.4
		real/near-054-prod-21c9f6 dstack-0.5.4
		real/near-057-dev-112ff3 dstack-dev-0.5.7
		real/near-058-dev- dstack-dev-0.5.8
		real/near-collateral- !
		real/near-tcbinfo-8814c3 dstack-0.5.7
		real/near-tcbinfo-9aa8a5 dstack-0.5.8
		real/nitro-enclave-debug !
		real/ratls-2024-quote -
		real/sim-04x -
		real/snp-milan-verifier !
		real/tpm-quote-sample !
		captures/cc-trusted-ima/quote.bin -
		captures/flashbots-azure-tcb-not-supported-2026-02/quote.bin -
		captures/flashbots-gcp-tdx-2026-06/quote.bin -
		captures/lunal-live-quote-ccel/quote.bin -
		captures/nearai-2026-03-8gpu-nvidia-0.5.5/report.json dstack-nvidia-0.5.5
		captures/nearai-2026-03-gateway-0.5.4/report.json dstack-0.5.4
		captures/openenclave-collateral-eval21/quote.bin -
		captures/phala-app-0.5.3/evidence.json dstack-0.5.3
		captures/phala-kms-gpu8-hole-1pib-0.5.4/app_cert.pem dstack-0.5.4
		captures/phala-kms-prod10-0.5.4.1/app_cert.pem dstack-0.5.4.1
		captures/phala-kms-prod6-0.5.1/app_cert.pem dstack-0.5.1
		captures/redpill-8gpu-nvidia-0.5.3/evidence.json dstack-nvidia-0.5.3
	EOF
}

# expected NAME: what the table says of it, by its longest beginning.
expected() {
	machines | awk -v n="$1" 'index(n, $1) == 1 && length($1) > best { best = length($1); e = $2 } END { print e }'
}

row() {
	jq -r --arg n "$1" "[.layers[].checks[] | select(.name == \$n)][0].${2:-actual}" <<< "$output"
}

# bats test_tags=slow
@test "every captured machine: its release, or not among the records; never another one" {
	cd "$V"
	n=0
	for e in real/*/ captures/*/{quote.bin,report.json,evidence.json,app_cert.pem}; do
		[ -e "$e" ] || continue
		want=$(expected "${e%/}")
		[ -n "$want" ] || { echo "$e: not in the table"; false; }
		run -3 --separate-stderr "$BIN/refval-verify" "$e" --at 2026-04-01 --json
		if [ "$want" = "!" ]; then
			no_result || { echo "$e"; false; }
			continue
		fi
		got=$(row release)
		[ "${got/null/-}" = "$want" ] || { echo "$e: $got, not $want"; false; }
		[ "$(row reference verdict)" = cannot-tell ]
		n=$((n + 1))
	done
	[ "$n" -ge 35 ]
}

@test "a machine with everything: hardware, module, shape, app, report_data, and the commands to check each" {
	cd "$TOP"
	run -3 --separate-stderr "$BIN/refval-verify" docs/auditor-template/evidence --at 2026-04-01 --json
	[ "$(jq -r '.layers[0].verdict' <<< "$output")" = yes ]
	[ "$(row tdx_module)" = "TDX module 1.5.16" ]
	[[ $(row tdx_module reason) == *"TDX_01 with SVN 11"*"UpToDate" ]]
	[ "$(row release)" = dstack-dev-0.5.8 ]
	[ "$(row machine_shape)" = "8 vCPUs, 64 GiB, QEMU 8.2.2" ]
	[ "$(row shape_of_rtmr0 reason)" = "RTMR0 of the quote is what dstack-dev-0.5.8 gives on a machine of this shape" ]
	[[ $(row report_data reason) == "looks like a version (1), 48 bytes and zeros"* ]]
	[[ $(row key_provider) == '{"name":"local-sgx"'* ]]
	# Pasted, each command checks its layer.
	while read -r layer command; do
		[[ $command == "refval-verify docs/auditor-template/evidence --release dstack-dev-0.5.8"* ]]
		case $layer in
		os) run -0 --separate-stderr "$BIN"/$command --at 2026-04-01 --json ;;
		esac
	done < <(jq -r '.layers[] | "\(.layer) \(.checks[] | select(.name == "to_check") | .reason)"' <<< "$output")
	[ "$(jq -r .verdict <<< "$output")" = yes ]
}

@test "the last line says that nothing was named; something wrong is no all the same" {
	near=$TOP/docs/auditor-template/evidence
	run -3 --separate-stderr "$BIN/refval-verify" "$near" --at 2026-04-01
	[[ ${lines[-1]} == "verdict      cannot-tell: nothing was named to compare with"* ]]
	run -1 --separate-stderr "$BIN/refval-verify" "$near" --at 2026-04-01 --report-data 01
	[[ ${lines[-1]} == "verdict      no: report_data: "* ]]
	run -1 --separate-stderr "$BIN/refval-verify" "$near" --at 2026-04-01 --min-eval 999
	[[ ${lines[-1]} == "verdict      no: min_eval: "* ]]
	cp -r "$near" e
	jq '(.[] | select(.event == "compose-hash") | .event_payload) |= sub("^f7"; "f8")' e/event_log.json > l
	mv l e/event_log.json
	run -1 --separate-stderr "$BIN/refval-verify" e --at 2026-04-01
	[[ ${lines[-1]} == "verdict      no: event_contents: "* ]]
}

@test "what can be given without a reference is checked; the whole stays cannot tell" {
	near=$TOP/docs/auditor-template
	run -3 --separate-stderr "$BIN/refval-verify" "$near/evidence" --compose "$near/app-compose.json" --at 2026-04-01 --json
	[ "$(row compose_hash verdict)" = yes ]
	[ "$(row reference verdict)" = cannot-tell ]
	# What was given is not asked for once more.
	left() { jq -c '[.layers[] | select(.checks[] | .name == "to_check") | .layer]' <<< "$output"; }
	[ "$(left)" = '["firmware","os","report_data"]' ]
	run --separate-stderr "$BIN/refval-verify" "$near/evidence" --report-data 01 --at 2026-04-01 --json
	[ "$(left)" = '["firmware","os","app"]' ]
}

@test "without collateral the hardware layer says what to fetch" {
	run -3 --separate-stderr "$BIN/refval-verify" "$V/captures/phala-kms-prod10-0.5.4.1/app_cert.pem" --json
	[[ $(jq -r '.layers[0].checks[] | select(.name == "to_check") | .reason' <<< "$output") == \
		"refval-fetch "*"/app_cert.pem --collateral-from intel -o evidence.json" ]]
}

@test "report_data is described by its form" {
	run -3 --separate-stderr "$BIN/refval-verify" "$V/captures/nearai-2026-03-gateway-0.5.4/report.json" --json
	[[ $(row report_data reason) == "looks like an address (0x"*") and a nonce of 32 bytes" ]]
	run -3 --separate-stderr "$BIN/refval-verify" "$V/real/060-lite-attestation" --json
	[[ $(row report_data reason) == "looks like text: dip1::secp256k1c-pk:"* ]]
}

@test "another release than the expected one is named once, by all registers together" {
	near=$TOP/docs/auditor-template/evidence
	run -1 --separate-stderr "$BIN/refval-verify" "$near" --release dstack-0.5.7 --at 2026-04-01
	[[ ${lines[-1]} == "verdict      no: this machine runs dstack-dev-0.5.8, not dstack-0.5.7 ("* ]]
	[[ $output != *"it is the RTMR"* ]]
	[ "$(grep -c "this machine runs" <<< "$output")" -eq 2 ]
}

@test "one EVIDENCE, as an operand or as an option" {
	near=$TOP/docs/auditor-template/evidence
	run -2 --separate-stderr "$BIN/refval-verify"
	[[ $stderr == *"EVIDENCE is needed"* ]]
	run -2 --separate-stderr "$BIN/refval-verify" "$near" --evidence "$near"
	[[ $stderr == *"one EVIDENCE is taken"* ]]
	run -2 --separate-stderr "$BIN/refval-verify" "$near" "$near"
	[[ $stderr == *"one EVIDENCE is taken"* ]]
}

@test "a report says what it is of: files with digests, reference, version, time, policy, counts" {
	cp -r "$TOP/docs/auditor-template/evidence" e
	run -1 --separate-stderr "$BIN/refval-verify" e --release dstack-0.5.7 --at 2026-04-01 --min-eval 17
	[[ $output == *"of           e/collateral.json, sha256 $(sha256sum < e/collateral.json | cut -c1-64)"* ]]
	[[ $output == *$'\nagainst      release dstack-0.5.7\n'* ]]
	[[ $output == *", for 2026-04-01T00:00:00Z; accept UpToDate; min-eval 17"* ]]
	run -1 --separate-stderr "$BIN/refval-verify" e --release dstack-0.5.7 --at 2026-04-01 --json
	[ "$(jq -r '.subject.inputs[] | "\(.sha256)  \(.name)"' <<< "$output")" = "$(sha256sum e/*)" ]
	[ "$(jq -c '[.counts[]] | add' <<< "$output")" -eq "$(jq '[.layers[].checks[]] | length' <<< "$output")" ]
	[ "$(jq -r .reason <<< "$output")" = "this machine runs dstack-dev-0.5.8, not dstack-0.5.7" ]
	# Standard input and pipes can be read only once: they have no digest, and are read all the same.
	run -3 --separate-stderr bash -c '"$BIN/refval-verify" - --at 2026-04-01 --json < e/quote.bin'
	[ "$(jq -c .subject.inputs <<< "$output")" = "[]" ]
}

@test "with --json an error is a document in one form" {
	for c in "verify" "quote" "replay" "releases a b" "diff" "unpack" "hash image" "measure --given cpus=1"; do
		run -2 --separate-stderr bash -c "'$BIN'/refval-$c --json"
		[ "$(jq -c '[.schema, .exit]' <<< "$output")" = '["refval.error/1",2]' ]
		[[ $stderr == "$(jq -r '"\(.command): \(.error)"' <<< "$output")"* ]]
	done
	run -2 --separate-stderr "$BIN/refval-verify" nowhere --json
	[ "$(jq -c '[.command, .exit]' <<< "$output")" = '["refval-verify",2]' ]
}
