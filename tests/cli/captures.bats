# SPDX-License-Identifier: Apache-2.0
# Evidence of real machines as services publish it, against the records.
load helper

C=$V/captures

# verdicts LAYER...: the checks of these layers that are neither yes nor unchecked.
verdicts() {
	local l
	for l; do
		jq -r --arg l "$l" '.layers[] | select(.layer == $l) | .checks[] |
			select(.verdict != "yes" and .verdict != "unchecked") | "\(.name) \(.verdict)"' <<< "$output"
	done
}

# The hardware layer needs Intel's collateral, which these answers do not carry.
# bats test_tags=slow
@test "a KMS's certificate, and the record of its release: firmware, OS and app agree" {
	for pair in phala-kms-prod6-0.5.1:dstack-0.5.1:4:8 phala-kms-prod10-0.5.4.1:dstack-0.5.4.1:1:2; do
		IFS=: read -r capture release cpus memory <<< "$pair"
		run -3 --separate-stderr "$BIN/refval-verify" --json --release "$release" --evidence "$C/$capture/app_cert.pem" --at 2025-12-01
		[ -z "$(verdicts firmware os app report_data)" ]
		for r in rtmr0 rtmr1 rtmr2; do
			[[ $(jq -r --arg r $r '.layers[].checks[] | select(.name == $r) | .reason' <<< "$output") == "equal, event by event"* ]]
		done
		[[ $(jq -r '.layers[].checks[] | select(.name == "machine_shape") | .actual' <<< "$output") == "$cpus vCPU"*", $memory GiB, "* ]]
	done
}

# bats test_tags=slow
@test "the same certificates against the other's record: no" {
	run -1 --separate-stderr "$BIN/refval-verify" --json --release dstack-0.5.4.1 --evidence "$C/phala-kms-prod6-0.5.1/app_cert.pem" --at 2025-12-01
	[[ $(verdicts firmware os) == *"mrtd no"*"rtmr1 no"*"rtmr2 no"* ]]
	run -1 --separate-stderr "$BIN/refval-verify" --json --release dstack-0.5.1 --evidence "$C/phala-kms-prod10-0.5.4.1/app_cert.pem" --at 2025-12-01
	[[ $(verdicts firmware os) == *"mrtd no"*"rtmr1 no"*"rtmr2 no"* ]]
}

# bats test_tags=slow
@test "the same machines as somebody decoded them: compared, solved, and never a yes" {
	cd "$BATS_TEST_TMPDIR"
	for pair in phala-kms-prod6-0.5.1:dstack-0.5.1 phala-kms-prod10-0.5.4.1:dstack-0.5.4.1; do
		IFS=: read -r capture release <<< "$pair"
		"$BIN/refval-quote" --decode --format dcap-qvl "$C/$capture/app_cert.pem" > decoded.json
		run -3 --separate-stderr "$BIN/refval-verify" --json --release "$release" --evidence decoded.json
		[ "$(jq -r '.layers[0].checks[] | select(.name == "quote_signature") | .verdict + ": " + .reason' <<< "$output")" = \
			"cannot-tell: no signature: these are somebody's words of what a quote says; get the quote itself" ]
		for r in mrtd rtmr0 rtmr1 rtmr2; do
			[[ $(jq -r --arg r $r '.layers[].checks[] | select(.name == $r) | .verdict + " " + .reason' <<< "$output") == \
				"cannot-tell rests on quote_signature, which is cannot-tell; without that: yes, "* ]]
		done
		run -3 --separate-stderr "$BIN/refval-verify" --skip quote_signature --release "$release" --evidence decoded.json
		run -1 --separate-stderr "$BIN/refval-verify" --release dstack-0.5.8 --evidence decoded.json
		run -0 --separate-stderr "$BIN/refval-measure" --solve decoded.json --release "$release"
		[[ $output == *"(no quote: somebody's words)"*"of somebody's words, without a quote" ]]
		run -3 --separate-stderr "$BIN/refval-quote" decoded.json
		run -3 --separate-stderr "$BIN/refval-replay" decoded.json
	done
}

@test "a firmware's log ends when the kernel runs: no answer on RTMR2, and yes with IMA's list beside it" {
	cd "$BATS_TEST_TMPDIR"
	cp -r "$C/cc-trusted-ima" m
	run -0 --separate-stderr "$BIN/refval-replay" --json m
	[ "$(jq -c '[.verdict, .quote.rtmr2.match, (.rtmr2.events | length), .rtmr2.events[-1].name]' <<< "$output")" = \
		'["yes","equal",74,"boot_aggregate"]' ]
	mv m/ima_log.txt list
	run -3 --separate-stderr "$BIN/refval-replay" --json m
	[ "$(jq -c '[.quote | .rtmr0, .rtmr1, .rtmr2, .rtmr3 | .match]' <<< "$output")" = '["equal","equal","prefix","equal"]' ]
	run -3 --separate-stderr "$BIN/refval-replay" m
	[ "${lines[-1]}" = "verdict      cannot-tell: a firmware's log ends when the kernel runs; give IMA's list or the application's log beside it, in a folder" ]
	run --separate-stderr "$BIN/refval-diff" --json "$V/real/near-058-dev-3e6394/app-compose.json" m
	[ "$(jq -r '.layers[].checks[] | select(.name == "rtmr2_log") | .verdict' <<< "$output")" = cannot-tell ]
	# A list that was changed is refused; alone it is of no use.
	sed 's/cd01/cd02/' list > m/ima_log.txt
	run -3 --separate-stderr "$BIN/refval-replay" m
	[[ $stderr == *"ima_log.txt: IMA list: line 1: its hash is not that of its contents" ]]
	rm m/ima_log.txt
	run -3 --separate-stderr "$BIN/refval-replay" list
	[[ $stderr == *"ima-list: goes on where the firmware's log (ccel.bin) ends, and has no use without it" ]]
}

# shape OPTION...: verdict and shape of the machine, and where its facts came from.
shape() {
	run --separate-stderr "$BIN/refval-verify" --json "$@"
	jq -r '.layers[].checks[] | select(.name == "rtmr0").verdict, (select(.name == "machine_shape") | .actual, .reason)' <<< "$output"
}

# bats test_tags=slow
@test "facts one by one: a vm_config without a QEMU version helps, an option never harms" {
	cd "$BATS_TEST_TMPDIR"
	a=$C/phala-kms-prod10-0.5.4.1/app_cert.pem
	known="the recorded machine with this RTMR0"
	vm() { jq -n --rawfile c "$a" --arg v "$1" '{app_cert: $c, vm_config: $v}' > info.json; }
	vm '{"cpu_count":1,"memory_size":2147483648,"pic":true,"qemu_single_pass_add_pages":true}'
	m=(--release dstack-0.5.4.1 --evidence info.json)
	[ "$(shape "${m[@]}")" = "1 vCPU, 2 GiB, QEMU 8.2.2
vm_config in the evidence; the rest from $known
yes" ]
	[ "$(shape "${m[@]}" --memory 2G)" = "1 vCPU, 2 GiB, QEMU 8.2.2
vm_config in the evidence; given: memory; the rest from $known
yes" ]
	# An option overrides what the host says; a whole machine needs no search.
	vm '{"cpu_count":4,"memory_size":2147483648,"qemu_version":"8.2.2","pic":true}'
	[[ $(shape "${m[@]}") == *no ]]
	[ "$(shape "${m[@]}" --cpus 1)" = "1 vCPU, 2 GiB, QEMU 8.2.2
vm_config in the evidence; given: cpus; so cpus 1 and not 4
yes" ]
	# Of a release that has no such machine it is solved, within what is stated.
	near=$V/real/near-058-dev-3e6394
	for o in "--memory 64G" "--cpus 8" "--qemu 8.2.2" "--cpus 8 --memory 64G"; do
		# shellcheck disable=SC2086
		[[ $(shape --release dstack-dev-0.5.8 --evidence "$near" $o) == "8 vCPUs, 64 GiB, QEMU 8.2.2"*yes ]]
	done
	[[ $(shape --release dstack-dev-0.5.8 --evidence "$near" --memory 32G) == *"no shape that is so gives this RTMR0"* ]]
}

# bats test_tags=slow
@test "each published document: read, or named for what it is" {
	n=0
	while IFS='|' read -r f q r words; do
		[[ $f != '#'* ]] || continue
		run "-$q" --separate-stderr "$BIN/refval-quote" --decode "$C/$f"
		run "-$r" --separate-stderr "$BIN/refval-replay" "$C/$f"
		[[ ${output:-$stderr} == *"$words"* ]] || { echo "$f: $stderr"; false; }
		n=$((n + 1))
	done < "$C/ANSWERS"
	[ "$n" = "$(find "$C" -type f ! -name meta.json ! -name README.md ! -name ANSWERS | wc -l)" ]
	[ "$n" -ge 25 ]
}
