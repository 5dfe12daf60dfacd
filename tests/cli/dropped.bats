# SPDX-License-Identifier: Apache-2.0
# Options that were once dropped without a word, one test for each way that was
# found; tests/cli/options.bats tries all options of all commands.
load helper

setup() { A=$V/adversary; }

# refused WORDS COMMAND...: exit 2 with this sentence, and no result.
refused() {
	local words=$1
	shift
	run -2 --separate-stderr "$@"
	no_result
	[[ ${stderr_lines[0]} == *": $words" ]]
	[[ ${stderr_lines[1]} == "Try: refval-"* ]]
}

# bats test_tags=slow
@test "values: no shape, no ACPI and no records beside them, there or not" {
	cd "$A/values-shape-ignored"
	verify=("$BIN/refval-verify" --values v.json --evidence ev.json --collateral col.json --root-ca root.der --at 2026-06-01)
	run -0 "${verify[@]}"
	for o in "cpus 64" "memory 1T" "qemu 1.0.0" "page-add single" "pic off" "edge on" "gpus 8" "gpu-model h100" "gpu-bar 1G" \
		"nvswitches 4" "nvswitch-bar 1M" "nics 9" "volumes 9" hugepages "pci-hole64 1T" hotplug-off "rootfs iso" swtpm \
		"host-share vhd" "ovmf 202502" "cpu-id 1:2" "smbios-product a/b" "smbios-firmware a|b|c" \
		"vm-config v.json" "acpi v.json"; do
		# shellcheck disable=SC2086
		refused "--${o%% *} does not go with --values: the values are of one machine already" "${verify[@]}" --$o
	done
	refused "--releases does not go with --values: they say themselves what it should run" "${verify[@]}" --releases "$V"
}

@test "diff: a policy on a quote that is not verified" {
	t=$TOP/docs/auditor-template
	diff=("$BIN/refval-diff" "$t/app-compose.json" "$t/evidence")
	zero=$(printf '0%.0s' {1..96})
	run -0 "${diff[@]}"
	for o in "expect mrtd=$zero" "min-eval 999999" "min-tcb-date 2099-01-01" test-pki "accept OutOfDate" "grace 30" \
		"reject-advisory INTEL-SA-00001" explain allow-service-td allow-migratable allow-sept-ve; do
		# shellcheck disable=SC2086
		refused "--${o%% *} needs --collateral, --at or --root-ca: the quote's signature is not checked otherwise" "${diff[@]}" --$o
	done
	for o in "expect mrtd=$zero" "min-eval 999999" "min-tcb-date 2099-01-01" "accept OutOfDate"; do
		# shellcheck disable=SC2086
		run -1 "${diff[@]}" --at 2026-04-01 --$o
	done
}

# A log, and no quote: what is asked of one is not answered by silence.
no_quote() {
	jq '{event_log: .}' "$V/real/near-058-dev-3e6394/event_log.json" > "$BATS_TEST_TMPDIR/log.json"
	cd "$BATS_TEST_TMPDIR"
	SAID="there is no quote in the evidence, so no signature to check and nothing that a policy could look at"
}

# bats test_tags=slow
@test "evidence without a quote: verify and diff cannot tell, and say why" {
	need jq
	no_quote
	compose=$V/real/near-058-dev-3e6394/app-compose.json
	for o in "" "--at 2026-04-01" "--min-eval 1" "--allow-debug"; do
		# shellcheck disable=SC2086
		run -3 "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence log.json --json $o
		[ "$(jq -r '.layers[].checks[] | select(.name == "quote_signature") | .verdict + " " + .reason' <<< "$output")" = "cannot-tell $SAID" ]
	done
	for o in "--at 2026-04-01" "--at 2026-04-01 --min-eval 1" "--at 2026-04-01 --grace 5" "--allow-debug" \
		"--collateral $V/real/near-058-dev-3e6394/collateral.json --explain"; do
		# shellcheck disable=SC2086
		run -3 "$BIN/refval-diff" "$compose" log.json --json $o
		[ "$(jq -r '.layers[].checks[] | select(.name == "quote_signature") | .verdict + " " + .reason' <<< "$output")" = "cannot-tell $SAID" ]
	done
	# Who asks nothing of a quote is told nothing of one.
	run "$BIN/refval-diff" "$compose" log.json --json
	[ "$(jq '[.layers[].checks[] | select(.name == "quote_signature")] | length' <<< "$output")" = 0 ]
}

@test "evidence without a quote: refval-quote cannot tell, and says why" {
	need jq
	no_quote
	mkdir folder
	cp "$V/real/near-058-dev-3e6394/event_log.json" folder
	jq -c . log.json > lines
	for o in "" "--at 2026-04-01" "--min-eval 1" "--decode"; do
		for e in log.json folder; do
			# shellcheck disable=SC2086
			run -3 --separate-stderr "$BIN/refval-quote" $e $o
			[[ $stderr == *"the evidence has no quote"* ]]
		done
	done
	run -3 "$BIN/refval-quote" --jsonl lines --at 2026-04-01 --min-eval 1
	[[ $output == *"the evidence has no quote"* ]]
}

# bats test_tags=slow
@test "facts that decide nothing are listed, or refused where another one decides always" {
	need jq
	near=$V/real/near-058-dev-3e6394
	cd "$BATS_TEST_TMPDIR"
	mkdir evidence
	cp "$near/quote.bin" "$near/event_log.json" "$near/collateral.json" evidence
	machine=(--cpus 8 --memory 64G --qemu 8.2.2)
	verify=("$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence evidence --at 2026-04-01 --json)
	facts() { jq -r '.layers[].checks[] | select(.name == "machine_facts") | .verdict + ": " + .actual' <<< "$output"; }
	run "${verify[@]}" "${machine[@]}"
	[ "$(facts)" = "" ]
	run "${verify[@]}" "${machine[@]}" --host-share 9p --gpu-model h100 --page-add two-pass
	[ "$(facts)" = "unchecked: gpu-model, host-share" ]
	# Of a recorded machine RTMR0 is known, whatever it was made of.
	"$BIN/refval-acpi" --cpus 1 --memory 1G --qemu 8.2.2 --json > acpi.json
	run "${verify[@]}" "${machine[@]}" --acpi acpi.json --ovmf 202505
	[ "$(facts)" = "unchecked: acpi, ovmf" ]
	run "${verify[@]}" --cpus 4 --memory 8G --qemu 8.2.2 --acpi acpi.json
	[[ $(facts) != *acpi* ]]
	for o in "edge off" "rootfs verity" "gpu-model h100" "gpu-bar 1G" "nvswitch-bar 1G"; do
		# shellcheck disable=SC2086
		refused "--${o%% *} does not go with --acpi: only ACPI depends on it, and that is given" "${verify[@]}" --acpi acpi.json --$o
	done
}
