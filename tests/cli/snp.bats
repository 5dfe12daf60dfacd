# SPDX-License-Identifier: Apache-2.0
# refval-snp: AMD SEV-SNP reports, who signed them, and what was launched.
load helper

setup() {
	S=$BIN/refval-snp
	D=$V/snp
	cd "$BATS_TEST_TMPDIR" || return
}

# dstack OPTION...: the report of a dstack machine with all that belongs to it.
dstack() {
	"$S" "$D/dstack/report.bin" --cert "$D/dstack/vcek.pem" --cert "$D/dstack/ask.pem" --at 2026-10-01 "$@"
}

row() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .verdict' <<< "$output"; }

@test "a dstack machine: chip, launch digest, configuration and report_data agree" {
	data=$(xxd -p -s 80 -l 64 -c 64 "$D/dstack/report.bin")
	run -0 --separate-stderr dstack --json --document "$D/measurement.snp.cbor" --vcpus 2 \
		--mr-config "$D/dstack/mr_config.json" --report-data "$data" --min-tcb 4,0,23,213
	[ -z "$stderr" ]
	[ "$(jq -r '[.outcome, .product, .tcb_status, .verdict] | join(" ")' <<< "$output")" = "GENUINE Milan OutOfDate yes" ]
	for r in quote_signature tcb measurement host_data report_data; do [ "$(row $r)" = yes ]; done
}

@test "each thing that it is held against, changed: no, with the row that says so" {
	while IFS='|' read -r name options; do
		eval "run -1 --separate-stderr dstack --json $options"
		[ "$(row "$name")" = no ] || { echo "$name: $output"; false; }
	done <<- END
		measurement|--document "$D/measurement.snp.cbor" --vcpus 3
		measurement|--document "$D/measurement.snp.cbor" --vcpus 2 --features 21
		measurement|--document "$D/measurement.snp.cbor" --vcpus 2 --cpu EPYC-Milan
		host_data|--mr-config "$D/vectors.json"
		report_data|--report-data 00
		min_tcb|--min-tcb 4,0,24,213
		min_tcb|--min-tcb 4,0,23,214
		min_tcb|--min-tcb 5,0,23,213
	END
	# One blank more in the configuration.
	{ cat "$D/dstack/mr_config.json"; printf ' '; } > other.json
	run -1 --separate-stderr dstack --json --mr-config other.json
	[ "$(row host_data)" = no ]
}

@test "a TCB below --min-tcb is no yes anywhere, skipped or not" {
	J=$V/real/snp-milan-verifier/sev-snp-attestation.json
	verdict() { run "-$1" --separate-stderr "$BIN/refval-verify" "$J" --values "$D/measurement.snp.cbor" --at 2026-10-01 --json "${@:2}"; }
	run -1 --separate-stderr dstack --json --min-tcb 4,0,24,213
	[ "$(row tcb) $(row min_tcb)" = "unchecked no" ]
	verdict 1 --min-tcb 4,0,24,213
	[ "$(row tcb) $(row min_tcb)" = "unchecked no" ]
	[[ $output != *"no part is below"* ]]
	verdict 0 --min-tcb 4,0,24,213 --skip min_tcb
	[ "$(row tcb) $(row min_tcb)" = "unchecked unchecked" ]
	verdict 1 --min-tcb 4,0,24,213 --skip tcb
	[ "$(row tcb) $(row min_tcb)" = "unchecked no" ]
}

@test "the machine is found from the launch digest" {
	run -0 --separate-stderr dstack --document "$D/measurement.snp.cbor" --solve
	[[ $output == *"the launch digest of that image with 2 vCPUs, EPYC-v4, SEV_FEATURES 0x1"* ]]
	# Another firmware: no machine fits, which says nothing of the report.
	run -3 --separate-stderr dstack --json --firmware "$D/ovmf_AmdSev_suffix.bin" --solve
	[ "$(row measurement)" = cannot-tell ]
}

@test "without its certificates, or when they are not valid: cannot tell, and nothing is yes" {
	run -3 --separate-stderr "$S" --json "$D/dstack/report.bin" --document "$D/measurement.snp.cbor" --vcpus 2
	[ "$(jq -r .outcome <<< "$output")" = CERT_MISSING ]
	[ "$(jq '[.layers[].checks[] | select(.verdict == "yes")] | length' <<< "$output")" = 0 ]
	run -3 --separate-stderr "$S" --json "$D/dstack/report.bin" --cert "$D/dstack/vcek.pem"
	[[ $(jq -r .reason <<< "$output") == "no ASK, "* ]]
	run -3 --separate-stderr "$S" --json "$D/dstack/report.bin" --cert "$D/dstack/vcek.pem" --cert "$D/dstack/ask.pem" --at 2046-01-01
	[ "$(jq -r .outcome <<< "$output")" = CERT_TIME ]
}

@test "what was read of a report that nobody signed rests on the signature, once, in each command" {
	rests() { jq -c --arg n "$1" '.layers[].checks[] | select(.name == $n) | .rests_on' <<< "$output"; }
	run -3 --separate-stderr "$BIN/refval-verify" "$D/made/report.bin" --values "$D/measurement.snp.cbor" --at 2026-10-01 --json
	[ "$(row quote_signature) $(row measurement)" = "cannot-tell cannot-tell" ]
	[ "$(rests measurement) $(rests host_data)" = '["quote_signature"] ["quote_signature"]' ]
	[ "$(jq '[.layers[].checks[] | select(.verdict == "yes")] | length' <<< "$output")" = 0 ]
	run -3 --separate-stderr "$S" "$D/made/report.bin" --document "$D/measurement.snp.cbor" --solve --json --min-tcb 1,1,1,1
	for r in measurement host_data min_tcb; do [ "$(rests $r)" = '["quote_signature"]' ]; done
	# Compared and not verified, as ever.
	run -0 --separate-stderr "$BIN/refval-diff" "$D/measurement.snp.cbor" "$D/made/report.bin" --json
	[ "$(row quote_signature) $(row measurement)" = "unchecked yes" ]
}

@test "a report that was changed, or is of another chip, is not genuine" {
	cp "$D/dstack/report.bin" r.bin
	for at in 8 80 144 192 416 671 672 744; do
		cp "$D/dstack/report.bin" r.bin
		printf '\xa5' | dd of=r.bin bs=1 seek=$at conv=notrunc status=none
		cmp -s r.bin "$D/dstack/report.bin" && continue
		run --separate-stderr "$S" r.bin --cert "$D/dstack/vcek.pem" --cert "$D/dstack/ask.pem" --at 2026-10-01
		[ "$status" = 1 ] || [[ $stderr == *"policy bit 17"* ]]
	done
	run -1 --separate-stderr "$S" --json "$D/dstack/report.bin" --cert "$D/reports/milan-v2.vcek.der" --cert "$D/dstack/ask.pem" --at 2026-10-01
	[ "$(jq -r .outcome <<< "$output")" = SIGNATURE ]
}

@test "genuine, and refused by policy unless it is allowed by name" {
	debug="$D/reports/milan-v2-debug.bin --cert $D/reports/milan-v2-debug.vcek.der --cert $D/certs/ask_milan.pem --at 2026-09-01"
	run -1 --separate-stderr "$S" --json $debug
	[ "$(jq -r .outcome <<< "$output")" = GENUINE ]
	[ "$(row debug)" = no ]
	run -0 --separate-stderr "$S" --json $debug --allow-debug
	[ "$(row debug)" = unchecked ]
	vlek="$D/reports/milan-v3-vlek-vmpl1.bin --cert $D/reports/milan-v3-vlek-vmpl1.vlek.der --cert $D/certs/gsg_ask_ark_milan_vlek.pem --at 2025-04-01"
	run -3 --separate-stderr "$S" --json $vlek
	[ "$(jq -r .outcome <<< "$output")" = VLEK_REFUSED ]
	run -1 --separate-stderr "$S" --json $vlek --allow-vlek
	[ "$(jq -r .outcome <<< "$output")" = GENUINE ]
	[ "$(row vmpl)" = no ]
}

@test "JSON has the last line's reason, whichever row it is of" {
	run -1 --separate-stderr dstack --json --min-tcb 5,0,23,213
	[[ $(jq -r .reason <<< "$output") == "TCB 4,0,23,213 is below 5,0,23,213"* ]]
	run -0 --separate-stderr dstack --json
	[ "$(jq .reason <<< "$output")" = null ]
}

@test "another root counts only with --test-pki, and the result says so" {
	made="$D/testpki/good.bin --cert $D/testpki/vcek.der --cert $D/testpki/ask.der --at 2026-10-01"
	run -1 --separate-stderr "$S" $made
	run -2 --separate-stderr "$S" $made --root-ca "$D/testpki/ark.der"
	run -2 --separate-stderr "$S" $made --test-pki
	run -0 --separate-stderr "$S" --json $made --root-ca "$D/testpki/ark.der" --test-pki
	[ "$(jq -r .root <<< "$output")" = given ]
}

@test "options that cannot have their effect are wrong use" {
	for options in "--vcpus 2" "--solve" "--cpu EPYC" "--features 01" "--kernel $D/README.md" \
		"--document $D/measurement.snp.cbor" "--document $D/measurement.snp.cbor --firmware $D/ovmf_AmdSev_suffix.bin --vcpus 1" \
		"--document $D/measurement.snp.cbor --vcpus 2 --solve" "--document $D/measurement.snp.cbor --vcpus 0" \
		"--document $D/measurement.snp.cbor --vcpus 5000" "--document $D/measurement.snp.cbor --vcpus 1 --cpu Pentium" \
		"--document $D/measurement.snp.cbor --vcpus 1 --features 1" "--min-tcb 4,0,24" "--min-tcb 4,0,24,256" "--report-data 0" \
		"--initrd $D/README.md" "--cmdline x"; do
		run -2 --separate-stderr dstack $options
		[[ $stderr == "refval-snp: "*$'\n'"Try: refval-snp --help" ]]
	done
}

@test "a report of a version to come is one, and no evidence of another maker" {
	for c in "refval-snp" "refval-verify"; do
		run -3 --separate-stderr "$BIN/$c" "$D/testpki/version-6.bin"
		[[ $stderr == *"SEV-SNP report: version 6, not 2, 3 or 5" ]]
	done
}

@test "what is no report: exit 3 with a sentence, nothing on stdout" {
	head -c 1183 "$D/dstack/report.bin" > short
	{ cat "$D/dstack/report.bin"; printf x; } > long
	: > empty
	for f in short long empty "$D/testpki/version-6.bin" "$D/testpki/algorithm-2.bin" "$D/testpki/policy-bit17-clear.bin"; do
		run -3 --separate-stderr "$S" "$f"
		[ -z "$output" ]
		[[ $stderr == "refval-snp: $f: SEV-SNP report: "* ]]
	done
	xxd -p -c 4000 "$D/dstack/report.bin" > hex
	run -0 --separate-stderr "$S" hex --cert "$D/dstack/vcek.pem" --cert "$D/dstack/ask.pem" --at 2026-10-01
}

@test "the launch digest of an image: from a folder, an archive, its document, and its files" {
	tar xf "$V/unpack/0.6.tar"
	img=dstack-test
	run -0 --separate-stderr "$S" --image "$V/unpack/0.6.tar" --vcpus 2
	[[ $output =~ ^[0-9a-f]{96}$ ]]
	want=$output
	run -0 --separate-stderr "$S" --vcpus 2 --image $img
	[ "$output" = "$want" ]
	run -0 --separate-stderr "$S" --vcpus 2 --document $img/measurement.snp.cbor
	[ "$output" = "$want" ]
	run -0 --separate-stderr "$S" --vcpus 2 --firmware $img/ovmf-sev.fd --kernel $img/bzImage --initrd $img/initramfs.cpio.gz --cmdline "$(jq -r .cmdline $img/metadata.json)"
	[ "$output" = "$want" ]
	# Each fact of the machine is in it.
	for fact in "--vcpus 3" "--vcpus 2 --features 21" "--vcpus 2 --cpu EPYC-Milan"; do
		run -0 --separate-stderr "$S" --image $img $fact
		[ "$output" != "$want" ]
	done
	for options in "--image $img" "--vcpus 2" "--image $img --vcpus 2 --at 2026-01-01" "--image $img --solve" ""; do
		run -2 --separate-stderr "$S" $options
	done
	run -3 --separate-stderr "$S" --image "$V/unpack/0.5.8.tar" --vcpus 2
	[[ $stderr == *"names no firmware with SEV-SNP"* ]]
	run -3 --separate-stderr "$BIN/refval-verify" "$V/real/snp-milan-verifier/sev-snp-attestation.json" --image "$V/unpack/0.5.8.tar"
	run -1 --separate-stderr "$BIN/refval-verify" "$V/real/snp-milan-verifier/sev-snp-attestation.json" --image $img --at 2026-10-01
	[[ $output == *"not the launch digest of that image"* ]]
}

@test "the one verdict: yes, with the rows of this platform; and each input changed" {
	J=$V/real/snp-milan-verifier/sev-snp-attestation.json
	verdict() { "$BIN/refval-verify" --evidence "$J" --values "$D/measurement.snp.cbor" --at 2026-10-01 "$@"; }
	run -0 --separate-stderr verdict --json --min-tcb 4,0,23,213
	[ -z "$stderr" ]
	[ "$(jq -r '[.verdict, .verified] | join(" ")' <<< "$output")" = "yes true" ]
	for r in quote_signature tcb measurement host_data; do [ "$(row $r)" = yes ]; done
	[ "$(row runtime_events)" = unchecked ]
	# Of a register of Intel's nothing is said.
	[[ $output != *rtmr* && $output != *mrtd* && $output != *tcb_info* ]]
	run -0 --separate-stderr "$BIN/refval-diff" "$D/measurement.snp.cbor" "$J"
	[[ $output == *"yes, of unverified evidence"* ]]
	run -1 --separate-stderr verdict --min-tcb 4,0,24,213
	run -1 --separate-stderr verdict --compose "$D/made/app-compose.json"
	# However it is said which app it should run: no, and by its own hash yes.
	other=$(sha256sum < "$D/made/app-compose.json" | cut -d' ' -f1)
	own=$(jq -r .compose_hash "$D/dstack/mr_config.json")
	mkdir "$BATS_TEST_TMPDIR/manifests"
	cp "$D/made/app-compose.json" "$BATS_TEST_TMPDIR/manifests"
	run -1 --separate-stderr verdict --compose-hash "$other" --json
	[ "$(row compose_hash)" = no ]
	run -1 --separate-stderr verdict --compose-dir "$BATS_TEST_TMPDIR/manifests" --json
	[ "$(row compose_hash)" = no ]
	run -0 --separate-stderr verdict --compose-hash "$own" --json
	[ "$(row compose_hash)" = yes ]
	run -1 --separate-stderr verdict --report-data 00
	run -0 --separate-stderr verdict --html page.html
	grep -q 'genuine AMD hardware' page.html
}

@test "the one verdict: AMD's certificates and list from --collateral, a file or a folder" {
	verdict() { "$BIN/refval-verify" --evidence "$D/made/report.bin" --values "$D/measurement.snp.cbor" --at 2026-10-01 --root-ca "$D/made/ark.der" "$@"; }
	run -3 --separate-stderr verdict
	[[ $output == *"CERT_MISSING: no VCEK"* ]]
	mkdir all
	cp "$D/made/"{ask,vcek,crl-empty}.der "$D/README.md" all
	run -0 --separate-stderr verdict --collateral all
	[[ $output == *"neither root nor ASK is on AMD's list 07"* ]]
	cp "$D/made/crl-ask.der" all/crl-empty.der
	run -1 --separate-stderr verdict --collateral all
	[[ $output == *"REVOKED: the ASK is revoked"* ]]
	# One list for each product; those of others alone are no answer.
	cp "$D/made/crl-other-name.der" all
	run -1 --separate-stderr verdict --collateral all
	[[ $output == *"REVOKED: the ASK is revoked"* ]]
	cp "$D/made/crl-empty.der" all
	run -0 --separate-stderr verdict --collateral all
	[[ $output == *"neither root nor ASK is on AMD's list 07"* ]]
	rm all/crl-empty.der
	run -3 --separate-stderr verdict --collateral all
	[[ $output == *"the revocation list is of ARK-Genoa, not of the root"* ]]
	run -3 --separate-stderr verdict --collateral "$D/made/ask.der"
	run -3 --separate-stderr verdict --collateral "$D/made/ask.der" --test-pki
}

@test "the one verdict on AWS Nitro: PCRs as expected, debug refused, other options wrong use" {
	N=$V/nitro
	verdict() { "$BIN/refval-verify" "$N/good.cose" --root-ca "$N/root.der" "$@"; }
	want=pcr0=$(printf 0 | sha384sum | cut -d' ' -f1)
	run -3 --separate-stderr verdict
	# No fact of a machine is in a PCR.
	run -0 --separate-stderr verdict --expect "$want" --cpus 4 --qemu 8.2.2 --json
	[ "$(jq -r '.layers[].checks[] | select(.name == "machine_facts") | .verdict + ": " + .actual' <<< "$output")" = "unchecked: cpus, qemu" ]
	run -0 --separate-stderr verdict --expect "$want"
	[[ $output == *"encrypts no memory against itself"* ]]
	run -1 --separate-stderr verdict --expect "pcr1=${want#pcr0=}"
	run -3 --separate-stderr verdict --expect "pcr9=${want#pcr0=}"
	# No PCR names an app, however it is asked for.
	mkdir "$BATS_TEST_TMPDIR/manifests"
	cp "$V/snp/made/app-compose.json" "$BATS_TEST_TMPDIR/manifests"
	for app in "--compose $V/snp/made/app-compose.json" "--compose-hash ${want:5:64}" "--compose-dir $BATS_TEST_TMPDIR/manifests"; do
		# shellcheck disable=SC2086
		run -3 --separate-stderr verdict --expect "$want" $app
	done
	run -3 --separate-stderr verdict --expect "$want" --at 2027-01-01 --json
	[ "$(row quote_signature) $(row pcr0)" = "cannot-tell cannot-tell" ]
	run -3 --separate-stderr "$BIN/refval-verify" "$N/real-nitrotpm.cose" --values "$N/real-nitrotpm.aws.cbor" --at 2036-01-01 --json
	[ "$(row boot_pcr_digest)" = cannot-tell ]
	for r in pcr14_log pcr8_config; do
		[ "$(jq -c --arg n $r '.layers[].checks[] | select(.name == $n) | .rests_on' <<< "$output")" = '["quote_signature"]' ]
	done
	run -1 --separate-stderr "$BIN/refval-verify" "$V/real/nitro-enclave-debug/nitro_attestation_dbg.bin"
	[[ $output == *"no: debug: an enclave in debug mode"* ]]
	run -0 --separate-stderr "$BIN/refval-verify" "$N/real-nitrotpm.cose" --values "$N/real-nitrotpm.aws.cbor"
	for options in "--expect mrtd=00" "--expect pcr32=00" "--expect pcr0=00" "--accept UpToDate" "--collateral $N/root.der" --allow-vlek --allow-migratable; do
		run -2 --separate-stderr verdict $options
	done
	# Evidence that was written down again is the same.
	"$BIN/refval-fetch" "$N/good.cose" --offline -o again.json > /dev/null
	run -0 --separate-stderr "$BIN/refval-verify" again.json --root-ca "$N/root.der" --expect "$want"
}

@test "the one verdict names the policy that this platform has, and no other's" {
	policy() { jq -r '.subject.policy' <<< "$output"; }
	J=$V/real/snp-milan-verifier/sev-snp-attestation.json
	run --separate-stderr "$BIN/refval-verify" "$J" --at 2026-10-01 --json
	[ "$(policy)" = null ]
	run --separate-stderr "$BIN/refval-verify" "$J" --at 2026-10-01 --json --min-tcb 4,0,23,213 --allow-vlek --allow-debug --allow-migratable
	[ "$(policy)" = "min-tcb 4,0,23,213; allow debug; allow migration; allow vlek" ]
	run --separate-stderr "$BIN/refval-verify" "$D/made/report.bin" --root-ca "$D/made/ark.der" --test-pki --min-tcb 1,2,3,4
	[[ $output == *"Z; min-tcb 1,2,3,4; test-pki"* ]]
	N=$V/nitro
	run --separate-stderr "$BIN/refval-verify" "$N/good.cose" --root-ca "$N/root.der"
	[[ $output =~ by\ +refval\ [^\ ]+,\ for\ [0-9TZ:-]+$'\n' ]]
	run --separate-stderr "$BIN/refval-verify" "$N/good.cose" --root-ca "$N/root.der" --html page.html
	run ! grep -q UpToDate page.html
	run --separate-stderr "$BIN/refval-verify" "$N/good.cose" --root-ca "$N/root.der" --allow-debug --json \
		--expect "pcr1=$(printf 0 | sha384sum | cut -d' ' -f1)"
	[ "$(policy)" = "expect pcr1; allow debug" ]
	run --separate-stderr "$BIN/refval-verify" "$V/real/near-058-dev-3e6394" --at 2026-04-01 --json
	[ "$(policy)" = "accept UpToDate" ]
}

@test "the one verdict: an option about another maker is wrong use" {
	J=$V/real/snp-milan-verifier/sev-snp-attestation.json
	for options in "--accept UpToDate" "--min-eval 1" "--min-tcb-date 2020-01-01" "--grace 3" "--expect mrtd=$(printf '00%.0s' {1..48})" \
		--allow-service-td --allow-sept-ve --explain "--reject-advisory INTEL-SA-00837"; do
		run -2 --separate-stderr "$BIN/refval-verify" --evidence "$J" --values "$D/measurement.snp.cbor" $options
		[[ $stderr == *"is about Intel TDX, and the evidence is of amd-sev-snp"* ]]
	done
	for options in "--min-tcb 1,1,1,1" --allow-vlek; do
		run -2 --separate-stderr "$BIN/refval-verify" --evidence $V/real/near-058-dev-3e6394 --release dstack-dev-0.5.8 $options
		[[ $stderr == *"is about AMD SEV-SNP, and the evidence is of intel-tdx"* ]]
	done
}
