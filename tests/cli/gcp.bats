# SPDX-License-Identifier: Apache-2.0
# TDX machines of Google Cloud on the command line: a captured one by each reference, and what does not fit it.
load helper

setup() {
	need jq
	cd "$BATS_TEST_TMPDIR" || return 1
	C=$V/real/gcp-tdx-attestation-c/attestation.bin
	mkdir collateral
	cp "$V/captures/flashbots-gcp-tdx-2026-06/collateral.json" "$V/gcp/intermediate-v3.der" collateral
	AT=(--at 2026-06-30T08:47:13Z)
}

verify() { "$BIN/refval-verify" "$C" --collateral collateral "${AT[@]}" --json "$@"; }
row() { jq -r --arg n "$1" "[.layers[].checks[] | select(.name == \$n)][0].${2:-verdict}" <<< "$output"; }
# disk NAME: one of the disks of tests/vectors/gcp/disk.json, in disk.raw.
disk() { python3 "$V/gcp/disk.py" "$1" disk.raw; }

@test "a captured machine: yes by the document of its image, no by that of another" {
	run -0 --separate-stderr verify --values "$V/gcp/c.gcp.cbor"
	[ "$(row pcr2) $(row vtpm_signature) $(row mrtd)" = "yes yes unchecked" ]
	[ "$(jq -r .verified <<< "$output")" = true ]
	[[ $(row vtpm_signature reason) == *"dstack-kms-dev (3444874180353627024) in the project wuhan-workshop"* ]]
	run -1 --separate-stderr verify --values "$V/gcp/a.gcp.cbor"
	[ "$(row pcr2)" = no ]
	run -3 --separate-stderr verify
	[ "$(row reference)" = cannot-tell ]
	# Without Google's authority nobody vouches for the vTPM.
	rm collateral/intermediate-v3.der
	run -3 --separate-stderr verify --values "$V/gcp/c.gcp.cbor"
	[ "$(row vtpm_signature)" = cannot-tell ]
	[ "$(jq -r .verified <<< "$output")" = false ]
	cp "$V/gcp/intermediate-v3.der" google.der
	run -3 --separate-stderr "$BIN/refval-verify" "$C" --collateral google.der "${AT[@]}" --values "$V/gcp/c.gcp.cbor" --json
	[ "$(row vtpm_signature) $(row quote_signature)" = "yes cannot-tell" ]
}

@test "what the vTPM signed is no yes without its signature" {
	rests() { jq -c --arg n "$1" '[.layers[].checks[] | select(.name == $n)][0].rests_on' <<< "$output"; }
	run -0 --separate-stderr verify --values "$V/gcp/c.gcp.cbor" --skip vtpm_signature
	[ "$(row vtpm_quote) $(row vtpm_pcrs) $(row pcr0) $(row pcr2)" = "unchecked unchecked unchecked unchecked" ]
	[ "$(rests vtpm_quote) $(rests vtpm_pcrs)" = '["vtpm_signature"] ["vtpm_signature"]' ]
	rm collateral/intermediate-v3.der
	run -3 --separate-stderr verify --values "$V/gcp/c.gcp.cbor"
	[ "$(row vtpm_quote) $(row vtpm_pcrs) $(row pcr0) $(row pcr2)" = "cannot-tell cannot-tell cannot-tell cannot-tell" ]
	A=$V/real/gcp-tdx-attestation-a/attestation.bin
	run --separate-stderr "$BIN/refval-verify" "$A" --json --skip quote_signature --skip vtpm_signature --skip os_image_hash --skip pcr2
	[ "$(jq -r '.layers[] | select(.layer == "hardware").verdict' <<< "$output")" = unchecked ]
}

@test "a release without measurement.gcp.cbor: no row speaks of such a document" {
	run --separate-stderr verify --release dstack-dev-0.5.8
	[[ $(row pcr2 reason) == *"no measurement.gcp.cbor"* ]]
	for r in rtmr1 rtmr2; do
		[ "$(row $r reason)" = "no measurement.gcp.cbor is known, and that would have the kernel image's SHA-256 alone: a disk gives this register" ]
	done
	run --separate-stderr verify --values "$V/gcp/c.gcp.cbor"
	[[ $(row rtmr2 reason) == "measurement.gcp.cbor has the kernel image's SHA-256 alone: PCR2 is compared with it;"* ]]
}

@test "the log that was stripped: cannot tell, with the reason" {
	"$BIN/refval-fetch" "$C" --offline -o e.json > /dev/null
	jq '.event_log |= map(select(.imr != 1))' e.json > no-rtmr1.json
	run -3 --separate-stderr "$BIN/refval-verify" no-rtmr1.json --collateral collateral "${AT[@]}" --values "$V/gcp/c.gcp.cbor" --json
	[ "$(row pcr2)" = cannot-tell ]
	[[ $(row pcr2 reason) == *"the log is without RTMR1's events, which have its bytes" ]]
	jq '.vtpm.events |= map(select(.pcr != 2))' e.json > no-pcr2.json
	run -3 --separate-stderr "$BIN/refval-verify" no-pcr2.json --collateral collateral "${AT[@]}" --values "$V/gcp/c.gcp.cbor" --json
	[[ $(row pcr2 reason) == "the vTPM's log is without PCR2's events" ]]
	# Two that contradict each other are none.
	mkdir folder
	cp e.json folder/evidence.json
	jq '.vtpm.events[0].digest |= sub("^fa"; "fb")' e.json > folder/quote.json
	run -1 --separate-stderr "$BIN/refval-verify" folder --collateral collateral "${AT[@]}" --values "$V/gcp/c.gcp.cbor" --json
	[[ $(row evidence reason) == *"different quotes of a vTPM"* ]]
}

@test "a disk gives RTMR1, RTMR2 and PCR2, in each form that --image takes" {
	need python3
	disk good
	run -1 --separate-stderr verify --image disk.raw
	for r in rtmr1 rtmr2 pcr2; do
		[ "$(row $r)" = no ]
		[ "$(row $r expected)" = "$(jq -r ".[0].expected.$r" "$V/gcp/disk.json")" ]
	done
	[[ $(row pcr2 reason) == "another disk was booted: the first difference is the partition table" ]]
	mkdir image
	cp disk.raw image
	auth=$(jq -r '.[0].expected.uki_auth' "$V/gcp/disk.json")
	document() { printf '\xa2\x67version\x01\x68uki_auth\x58\x20'; xxd -r -p <<< "$1"; }
	document "$auth" > image/measurement.gcp.cbor
	(cd image && sha256sum measurement.gcp.cbor > sha256sum.txt)
	run -1 --separate-stderr verify --image image
	[ "$(row rtmr1 expected)" = "$(jq -r '.[0].expected.rtmr1' "$V/gcp/disk.json")" ]
	document "${auth/#??/00}" > image/measurement.gcp.cbor
	(cd image && sha256sum measurement.gcp.cbor > sha256sum.txt)
	run -3 verify --image image
	[[ $output == *"the kernel image on the disk is not the one that measurement.gcp.cbor names"* ]]
	disk no-loader
	run -3 verify --image disk.raw
	[[ $output == *"there is no file BOOTX64.EFI"* ]]
	# Of another maker's machine a disk says nothing.
	disk good
	run -2 "$BIN/refval-verify" "$V/nitro/real-nitrotpm.cose" --image disk.raw
	[[ $output == *"of aws-nitro"* ]]
	run -2 "$BIN/refval-verify" "$V/real/near-058-dev-3e6394" --image disk.raw
	[[ $output == *"a disk, which Google's machines boot from: the evidence is of intel-tdx"* ]]
}

@test "what was computed of a kernel image, with the disk's partition table and without; in diff, too" {
	need python3
	disk good
	"$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform gcp --json > image.json
	"$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform gcp --disk disk.raw --json > whole.json
	run -1 --separate-stderr verify --values image.json
	# Each event of RTMR1 is known, but the partition table's.
	[ "$(row rtmr1) $(row rtmr2) $(row pcr2)" = "no no no" ]
	[ "$(row rtmr2 expected)" = "$(jq -r '.registers[] | select(.name == "rtmr2").value' image.json)" ]
	[ "$(row rtmr2 from)" = "the values" ]
	"$BIN/refval-fetch" "$C" --offline -o e.json > /dev/null
	jq '.event_log |= map(select(.imr != 1))' e.json > no-rtmr1.json
	run -1 --separate-stderr "$BIN/refval-verify" no-rtmr1.json --collateral collateral "${AT[@]}" --values image.json --json
	[ "$(row rtmr1) $(row rtmr2) $(row pcr2)" = "unchecked no no" ]
	[[ $(row rtmr1 reason) == "the values are without a disk's partition table"* ]]
	run -1 --separate-stderr verify --values whole.json
	[ "$(row rtmr1) $(row rtmr2) $(row pcr2)" = "no no no" ]
	[ "$(row pcr2 expected)" = "$(jq -r '.registers[] | select(.name == "pcr2").value' whole.json)" ]
	run -1 --separate-stderr "$BIN/refval-diff" whole.json "$C"
	[[ $output == *"pcr2"* ]]
	run -0 --separate-stderr "$BIN/refval-diff" "$V/nitro/real-nitrotpm.aws.cbor" "$V/nitro/real-nitrotpm.cose"
	for platform in tdx tpm aws-nitro-tpm; do
		"$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform $platform --json > other.json
		run -3 verify --values other.json
		[[ $output == *"other.json: values of platform $platform, and the document is of gcp"* ]]
	done
	jq '(.registers[] | select(.name == "rtmr2").value) |= ("0" * 96)' image.json > edited.json
	run -3 verify --values edited.json
	[[ $output == *"value is not what its"* ]]
	for name in rtmr1 rtmr2 pcr2; do
		jq --arg name $name 'del(.registers[] | select(.name == $name))' whole.json > edited.json
		run -3 verify --values edited.json
		[[ $output == *"edited.json: $name: not there, or not as such a machine has it"* ]]
	done
}

@test "options of a quote are those of a TD; the others are wrong use" {
	run -1 --separate-stderr verify --values "$V/gcp/c.gcp.cbor" --min-eval 999
	[ "$(row min_eval)" = no ]
	run -2 verify --values "$V/gcp/c.gcp.cbor" --min-tcb 1,1,1,1
	[[ $output == *"--min-tcb is about AMD SEV-SNP, and the evidence is of gcp-tdx"* ]]
	run -1 --separate-stderr verify --values "$V/gcp/c.gcp.cbor" --compose-hash "$(printf '0%.0s' {1..64})"
	[ "$(row compose_hash)" = no ]
	run -0 --separate-stderr verify --values "$V/gcp/c.gcp.cbor" \
		--compose-hash 5981514cb2c1c16c4c8d9ef04c69bc0efcb75186238a84872e6f858f2d9a6b56
	[ "$(row compose_hash)" = yes ]
	jq -e '[.layers[].checks[] | select(.name == "compose_hash")][0].rests_on | index("pcr14") and index("vtpm_quote")' <<< "$output"
	# A key of the app that RTMR3 names: any firmware could write there.
	for skip in "" vtpm_quote pcr14; do
		run -0 --separate-stderr verify --values "$V/gcp/c.gcp.cbor" --app-key "$V/app_key/gcp-tdx.json" ${skip:+--skip "$skip"} \
			--kms-root 020dd8267258cb72c9bd57570ac53636f5cc70288fe3d37939f3be0c02ddab56a6
		[ "$(row app_key)" = "$([ -z "$skip" ] && echo yes || echo unchecked)" ]
	done
	run -3 --separate-stderr verify --values "$V/snp/measurement.snp.cbor"
	run -0 --separate-stderr verify --values "$V/gcp/c.gcp.cbor" --skip vtpm_signature
	[ "$(jq -r .verified <<< "$output")" = false ]
}

@test "other commands: diff, quote, replay; many machines; pages" {
	run -0 --separate-stderr "$BIN/refval-diff" "$V/gcp/c.gcp.cbor" "$C"
	[[ ${lines[-1]} == *"yes, of unverified evidence"* ]]
	run -0 "$BIN/refval-quote" "$C" --collateral "$V/captures/flashbots-gcp-tdx-2026-06/collateral.json" "${AT[@]}"
	run -0 "$BIN/refval-replay" "$C"
	"$BIN/refval-fetch" "$C" --offline -o e.json > /dev/null
	jq -c --rawfile k <(base64 -w0 "$V/gcp/intermediate-v3.der") --slurpfile c "$V/captures/flashbots-gcp-tdx-2026-06/collateral.json" \
		'{at: "2026-06-30T08:47:13Z", evidence: (. + {collateral: $c[0]} | .vtpm.files = [$k])}' e.json > line
	run -3 --separate-stderr "$BIN/refval-verify" --jsonl line --summary
	[ "$(jq -c '[.verified, .status, .holds_from, .holds_until]' <<< "$output")" = \
		'[true,"UpToDate","2026-06-30T08:12:19Z","2026-07-30T07:53:47Z"]' ]
	run -0 --separate-stderr "$BIN/refval-verify" "$C" --collateral collateral "${AT[@]}" --values "$V/gcp/c.gcp.cbor" --html page.html
	grep -q 'vtpm_signature' page.html
	grep -qF "<dt>the vTPM</dt><dd>signed by a vTPM of Google&#39;s" page.html || grep -qF "<dt>the vTPM</dt><dd>signed by a vTPM of Google's" page.html
	# A page says what was signed in its maker's word, and for how long the answer stands.
	run --separate-stderr "$BIN/refval-verify" "$V/real/snp-milan-verifier/sev-snp-attestation.json" --values "$V/snp/measurement.snp.cbor" --at 2026-10-01 --html snp.html
	grep -qF '<dt>the report</dt><dd>genuine AMD hardware' snp.html
	grep -qF '<dt>this answer holds from</dt><dd>2026-06-17T01:05:04Z' snp.html
}
