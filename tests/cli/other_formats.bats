# SPDX-License-Identifier: Apache-2.0
# --format: what users of dcap-qvl and dstack-mr parse, to the byte.
load helper

setup() {
	D=$V/dcap
	Q=$BIN/refval-quote
	NEW=("$D/real/quote-c42f9164.bin" --collateral "$D/real/collateral-0e940a8f.json" --at 2025-07-04T10:16:31Z)
	OLD=("$D/real/quote-c42f9164.bin" --collateral "$D/real/collateral-221d7070.json" --at 2026-08-28T05:21:24Z)
	G=$V/formats
	T=$BATS_TEST_TMPDIR
	M=$V/measure
}

# bats test_tags=slow
@test "dcap-qvl decode: the same line as an independent decoder, for each kind of quote" {
	n=0
	for q in c42f9164 cf77a6e9 f8b81014 0c699dd4 ad730280; do
		python3 "$TESTS/quote/dcap_qvl.py" "$D/real/quote-$q.bin" > "$T/want"
		"$Q" --decode --format dcap-qvl "$D/real/quote-$q.bin" > "$T/got"
		cmp "$T/want" "$T/got"
		n=$((n + 1))
	done
	[ "$n" = 5 ]
	run -0 --separate-stderr "$Q" --decode --format dcap-qvl "$D/real/quote-cf77a6e9.bin"
	[ "$(jq -c '[.header.version, (.report | keys), (.report.TD15 | keys)]' <<< "$output")" = \
		'[5,["TD15"],["base","mr_service_td","tee_tcb_svn2"]]' ]
	run -0 --separate-stderr "$Q" --decode --format dcap-qvl "$D/real/quote-f8b81014.bin"
	[ "$(jq -c '[.header.version, (.report | keys), (.auth_data | keys)]' <<< "$output")" = '[3,["SgxEnclave"],["V3"]]' ]
}

# bats test_tags=slow
@test "dcap-qvl verify: the line that dcap-qvl prints, to the byte, on twelve quotes" {
	n=0
	while IFS=$'\t' read -r id want; do
		IFS=$'\t' read -r quote collateral root at < <(jq -r --arg id "$id" '.entries[] | select(.id == $id) |
			[.quote, .collateral, .root // "-", .time_iso] | @tsv' "$D/MANIFEST.json")
		args=("$D/$quote" --collateral "$D/$collateral" --at "$at" --format dcap-qvl)
		[ "$root" = - ] || args+=(--root-ca "$D/$root")
		run --separate-stderr "$Q" "${args[@]}"
		[ "$status" -le 1 ] || [ "$root" != - ]
		[ "$output" = "$want" ] || { echo "$id"; diff <(jq . <<< "$want") <(jq . <<< "$output"); false; }
		[ "$(jq -r 'keys_unsorted | join(" ")' <<< "$output")" = "status advisory_ids report ppid qe_status platform_status" ]
		n=$((n + 1))
	done < "$G/dcap-qvl-verify.tsv"
	[ "$n" = 12 ]
}

@test "dcap-qvl verify: the report is that of decode; --json could change nothing: wrong use" {
	run -0 --separate-stderr "$Q" "${NEW[@]}" --format dcap-qvl
	[ -z "$stderr" ]
	[ "$(jq -r .status <<< "$output")" = UpToDate ]
	[ "$(jq -c .report <<< "$output")" = "$("$Q" --decode --format dcap-qvl "$D/real/quote-c42f9164.bin" | jq -c .report)" ]
	run -2 --separate-stderr "$Q" "${NEW[@]}" --format dcap-qvl --json
	[[ $stderr == "refval-quote: --json does not go with --format: its form is fixed"* ]]
}

@test "dcap-qvl verify: what is an error there has no status here" {
	# A TD that can be looked into, one that can be moved, one with a service TD.
	n=0
	for id in synth-tdattr_debug synth-tdattr_tud_bit1 synth-tdattr_migratable synth-tdattr_sept_ve_clear synth-tdattr_bit8 synth-tdx_v5_service_td; do
		IFS=$'\t' read -r quote collateral at < <(jq -r --arg id "$id" '.entries[] | select(.id == $id) |
			[.quote, .collateral, .time_iso] | @tsv' "$D/MANIFEST.json")
		run -1 --separate-stderr "$Q" "$D/$quote" --collateral "$D/$collateral" --at "$at" --root-ca "$D/synth/root_ca.der" --format dcap-qvl
		[ -z "$output" ]
		[ -n "$stderr" ]
		n=$((n + 1))
	done
	[ "$n" = 6 ]
}

@test "dcap-qvl verify: genuine and refused is printed with its status, exit 1" {
	run -1 --separate-stderr "$Q" "${OLD[@]}" --format dcap-qvl
	[ "$(jq -c '[.status, .advisory_ids[0]]' <<< "$output")" = '["OutOfDate","INTEL-SA-01192"]' ]
	[[ $stderr == *"OutOfDate is not an accepted status"* ]]
}

@test "dcap-qvl verify: what does not verify prints nothing" {
	run -3 --separate-stderr "$Q" "$D/real/quote-c42f9164.bin" --format dcap-qvl
	[ -z "$output" ]
	[[ $stderr == "refval-quote: COLLATERAL_MISSING: "* ]]
	cp "${NEW[0]}" "$T/bent.bin"
	printf '\001' | dd of="$T/bent.bin" bs=1 seek=200 conv=notrunc status=none
	run -1 --separate-stderr "$Q" "$T/bent.bin" "${NEW[@]:1}" --format dcap-qvl
	[ -z "$output" ]
	[ -n "$stderr" ]
}

@test "dcap-qvl: wrong use, and the extended body of TDX 1.5" {
	run -2 --separate-stderr "$Q" --format other "${NEW[@]}"
	[[ $stderr == *"--format other: none of dcap-qvl"* ]]
	run -2 --separate-stderr "$Q" --format dcap-qvl --jsonl /dev/null
	[[ $stderr == *"--jsonl does not go with --format"* ]]
	run -0 --separate-stderr "$Q" --decode --format dcap-qvl "$D/synth/tdx_v5_body4_ex.quote.bin"
	[ "$(jq -c '.report | [keys, (.TD15Ex | keys_unsorted), (.TD15Ex.base | keys_unsorted), .TD15Ex.vmid | tojson]' <<< "$output" | tr -d '\\')" = \
		'["["TD15Ex"]","["base","vmid","td_id","dev_info","init_service_td_hash","init_service_td_attributes","init_cpu_svn","init_tee_tcb_svn","init_tee_fmspc","cur_service_td_hash","cur_service_td_attributes"]","["base","tee_tcb_svn2","mr_service_td"]","0"]' ]
}

measure() {
	"$BIN/refval-measure" --firmware "$M/tdvf/small.fd" --kernel "$M/kernel/plain.bin" --initrd "$T/initrd" \
		--cmdline "console=ttyS0 panic=1" --ovmf 202502 "$@"
}

@test "dstack-mr: four values, as recorded, and those of --json" {
	head -c 4097 /dev/zero > "$T/initrd"
	run -0 --separate-stderr measure --cpus 1 --memory 2G --qemu 8.2.2 --format dstack-mr
	[ "$output" = "$(cat "$G/dstack-mr.json")" ]
	[ "$(jq -r 'keys_unsorted | join(" ")' <<< "$output")" = "mrtd rtmr0 rtmr1 rtmr2" ]
	four=$(jq -c . <<< "$output")
	run -0 --separate-stderr measure --cpus 1 --memory 2G --qemu 8.2.2 --json
	[ "$(jq -c '{mrtd: .mrtd.value, rtmr0: .rtmr0.value, rtmr1: .rtmr1.value, rtmr2: .rtmr2.value}' <<< "$output")" = "$four" ]
	run -2 --separate-stderr measure --cpus 1 --memory 2G --qemu 8.2.2 --format dstack-mr --json
	[[ $stderr == "refval-measure: --json does not go with --format: its form is fixed"* ]]
	run -0 --separate-stderr measure --cpus 1 --memory 2G --qemu 8.2.2 --format dstack-mr-text
	[ "$output" = "$(jq -r '"Machine measurements:", "MRTD: \(.mrtd)", "RTMR0: \(.rtmr0)", "RTMR1: \(.rtmr1)", "RTMR2: \(.rtmr2)"' <<< "$four")" ]
}

@test "dstack-mr-go: six values, the last two made of the others" {
	head -c 4097 /dev/zero > "$T/initrd"
	run -0 --separate-stderr measure --cpus 1 --memory 2G --qemu 8.2.2 --format dstack-mr-go
	[ "$(jq -r 'keys_unsorted | join(" ")' <<< "$output")" = "mrtd rtmr0 rtmr1 rtmr2 mr_enclave mr_image" ]
	[ "$(jq -c 'del(.mr_enclave, .mr_image)' <<< "$output")" = "$(jq -c . "$G/dstack-mr.json")" ]
	[ "$(jq -r .mr_enclave <<< "$output")" = "$(jq -j '.mrtd + .rtmr0 + .rtmr1 + .rtmr2 + "0" * 64' <<< "$output" | xxd -r -p | sha256sum | head -c 64)" ]
	[ "$(jq -r .mr_image <<< "$output")" = "$(jq -j '.mrtd + .rtmr1 + .rtmr2' <<< "$output" | xxd -r -p | sha256sum | head -c 64)" ]
}

@test "dstack-mr: what is not known is exit 3 with its reason, and no value" {
	head -c 4097 /dev/zero > "$T/initrd"
	for f in dstack-mr dstack-mr-text dstack-mr-go; do
		run -3 --separate-stderr measure --format "$f"
		[ -z "$output" ]
		[[ $stderr == "refval-measure: MRTD is not known: "* ]]
		run -3 --separate-stderr measure --qemu 8.2.2 --format "$f"
		[ -z "$output" ]
		[[ $stderr == "refval-measure: RTMR0 is not computable: "* ]]
	done
	run -2 --separate-stderr measure --format yaml
	[[ $stderr == *"--format yaml: none of dstack-mr, dstack-mr-text, dstack-mr-go"* ]]
	run -2 --separate-stderr measure --format dstack-mr --matrix /dev/null
	[[ $stderr == *"--matrix does not go with --format"* ]]
}

@test "dcap-qvl pckinfo: names as openssl reads them, values as --json has them; nothing of what does not verify" {
	need openssl jq
	run -0 --separate-stderr "$Q" --decode --format dcap-qvl-pckinfo "${NEW[0]}"
	[ -z "$stderr" ]
	line=$output
	[ "$(jq -r 'keys_unsorted | join(" ")' <<< "$line")" = \
		"quote_version tee_type user_data certificate_chain ppid cpu_svn pce_svn pce_id fmspc sgx_type sgx_type_name platform_instance_id" ]
	"$Q" --decode --json "${NEW[0]}" | jq -r .signature.certification_data.pem | tr -d '\0' > "$T/chain.pem"
	csplit -s -z -f "$T/cert" "$T/chain.pem" '/BEGIN CERTIFICATE/' '{*}'
	for i in 0 1 2; do
		for who in subject issuer; do
			[ "$(jq -r ".certificate_chain[$i].$who" <<< "$line")" = \
				"$(openssl x509 -in "$T/cert0$i" -noout -$who -nameopt RFC2253 | sed 's/^[a-z]*=//')" ]
		done
	done
	[ "$(jq -c '[.certificate_chain[] | .index, .role]' <<< "$line")" = '[0,"Leaf PCK",1,"PCK CA",2,"Root CA"]' ]
	run -0 --separate-stderr "$Q" "${NEW[@]}" --json
	[ "$(jq -c '[.version, .header.user_data, (.verification | .ppid, .pck.cpusvn, .pck.pcesvn, .pck.pceid, .fmspc, .pck.sgx_type, .pck.platform_instance_id)]' <<< "$output")" = \
		"$(jq -c '[.quote_version, .user_data, .ppid, .cpu_svn, .pce_svn, .pce_id, .fmspc, .sgx_type, .platform_instance_id]' <<< "$line")" ]
	# Verified, it is the same line; not verified, none.
	run -0 --separate-stderr "$Q" "${NEW[@]}" --format dcap-qvl-pckinfo
	[ "$output" = "$line" ]
	run -3 --separate-stderr "$Q" "${NEW[0]}" --format dcap-qvl-pckinfo
	[ -z "$output" ]
	# A quote of SGX, and one whose certificate is beside it.
	run -0 --separate-stderr "$Q" --decode --format dcap-qvl-pckinfo "$D/real/quote-f8b81014.bin"
	[ "$(jq -c '[.tee_type, .sgx_type_name, .platform_instance_id]' <<< "$output")" = '["SGX","Standard",null]' ]
	run -3 --separate-stderr "$Q" --decode --format dcap-qvl-pckinfo "$D/synth/ct1_plain_ppid.quote.bin"
	[ -z "$output" ]
	[[ $stderr == *"data of type 1 hold no certificate, only types 4 and 5 do"* ]]
}

@test "a document of another maker's machine in the place of values is called by its name" {
	tdx=$V/measure/document/lite-v3.cbor snp=$V/snp/measurement.snp.cbor gcp=$V/gcp/c.gcp.cbor aws=$V/nitro/real-nitrotpm.aws.cbor
	while read -r values evidence want; do
		for c in "refval-diff ${!values}" "refval-verify --values ${!values}"; do
			# shellcheck disable=SC2086
			run -3 --separate-stderr "$BIN"/$c "$V/$evidence"
			[[ $stderr == *"${!values}: $want" ]] || { echo "$c $evidence: $stderr"; false; }
		done
	done <<- END
		snp real/near-058-dev-3e6394 measurement.snp.cbor, a document of amd-sev-snp: the evidence is of intel-tdx
		gcp real/near-058-dev-3e6394 measurement.gcp.cbor, a document of gcp-tdx: the evidence is of intel-tdx
		aws real/near-058-dev-3e6394 measurement.aws.cbor, a document of aws-nitro: the evidence is of intel-tdx
		tdx real/near-058-dev-3e6394 measurement.tdx.cbor: values follow from it with a shape, by refval-measure --document
		tdx snp/made/report.bin measurement.tdx.cbor, a document of intel-tdx: the evidence is of amd-sev-snp
		aws snp/made/report.bin measurement.aws.cbor, a document of aws-nitro: the evidence is of amd-sev-snp
		gcp nitro/real-nitrotpm.cose measurement.gcp.cbor, a document of gcp-tdx: the evidence is of aws-nitro
		snp nitro/real-nitrotpm.cose measurement.snp.cbor, a document of amd-sev-snp: the evidence is of aws-nitro
		tdx real/gcp-tdx-attestation-c measurement.tdx.cbor, a document of intel-tdx: the evidence is of gcp-tdx
		snp real/gcp-tdx-attestation-c measurement.snp.cbor, a document of amd-sev-snp: the evidence is of gcp-tdx
	END
}
