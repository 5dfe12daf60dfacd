# SPDX-License-Identifier: Apache-2.0
# Evidence in every container, recognised by content; and what is refused.
load helper

R=$V/real
CAP=$R/near-058-dev-3e6394
replay() { "$BIN/refval-replay" "$@"; }
values() { jq -c '[.rtmr0.value, .rtmr1.value, .rtmr2.value, .rtmr3.value]' <<< "$1"; }

setup_file() {
	mkdir "$BATS_FILE_TMPDIR/c"
	python3 "$BATS_TEST_DIRNAME/../oracle/containers.py" "$BATS_TEST_DIRNAME/../vectors/real/near-058-dev-3e6394" \
		"$BATS_FILE_TMPDIR/c"
	export C=$BATS_FILE_TMPDIR/c
}

@test "every container of a quote and its log gives the same registers, claims and answer" {
	run -0 --separate-stderr replay --json "$CAP"
	want=$(jq -c '[.rtmr0.value, .rtmr1.value, .rtmr2.value, .rtmr3.value, .boot_rtmr3, .claims,
		([.rtmr0, .rtmr1, .rtmr2, .rtmr3 | .events[].name])]' <<< "$output")
	done_n=0
	for f in "$C"/*; do
		case ${f##*/} in quote.* | tcg2.* | phala-attestations.two) continue ;; esac
		# By content: neither name nor place in the file system help.
		cp "$f" "$BATS_TEST_TMPDIR/evidence.pdf"
		run -0 --separate-stderr replay --json "$BATS_TEST_TMPDIR/evidence.pdf"
		name=${f##*/}
		[ "$(jq -r '.format, .verdict, .conflict' <<< "$output")" = "${name%%.*}"$'\nyes\nnull' ]
		[ "$(jq -c '[.rtmr0.value, .rtmr1.value, .rtmr2.value, .rtmr3.value, .boot_rtmr3, .claims,
			([.rtmr0, .rtmr1, .rtmr2, .rtmr3 | .events[].name])]' <<< "$output")" = "$want" ]
		case $name in
		event-log.* | tcb-info.* | info.*) [ "$(jq -r .quote <<< "$output")" = null ] ;;
		*) [ "$(jq -c '[.quote | .rtmr0, .rtmr3 | .match]' <<< "$output")" = '["equal","equal"]' ] ;;
		esac
		done_n=$((done_n + 1))
	done
	[ "$done_n" -ge 36 ]
}

@test "a bare quote in any writing is read, and has no log to replay" {
	for f in "$C"/quote.*; do
		run -3 --separate-stderr replay "$f"
		[ -z "$output" ]
		[ "$stderr" = "refval-replay: $f: no event log in it (quote)" ]
	done
}

@test "binary logs: other banks skipped, vendor info skipped, 0xff or 0 behind the last event" {
	run -0 --separate-stderr replay --json "$CAP"
	want=$(values "$output" | jq -c '.[:3]')
	for f in "$C"/tcg2.*; do
		run -0 --separate-stderr replay --json "$f"
		[ "$(values "$output" | jq -c '.[:3]')" = "$want" ]
		[ "$(jq -r .log_format <<< "$output")" = tcg2 ]
	done
}

@test "several machines: one must be chosen, by number, id, uuid or name" {
	f=$C/phala-attestations.two
	run -3 --separate-stderr replay "$f"
	[ "$stderr" = "refval-replay: $f: evidence: 2 instances: choose one by number or id: 0 (bb22), 1 (aa11)" ]
	for id in 1 aa11 u-1 web; do
		run -0 --separate-stderr replay --instance "$id" "$f"
	done
	run -1 --separate-stderr replay --instance bb22 --json "$f"
	[ "$(jq -r .verdict <<< "$output")" = no ]
	for id in 2 cc33 -1 01; do
		run -3 --separate-stderr replay "--instance=$id" "$f"
		[[ $stderr == *"no instance $id: choose one by number or id: 0 (bb22), 1 (aa11)" ]]
	done
	run -0 --separate-stderr replay --instance aa11 "$C/phala-attestations.one"
	run -2 --separate-stderr replay --instance aa11 "$CAP"
	[[ ${stderr_lines[0]} == *"instance aa11: this evidence is of one machine" ]]
}

@test "evidence of other TEEs is refused by name" {
	while IFS='|' read -r f words; do
		run -3 --separate-stderr replay "$R/$f"
		[ -z "$output" ]
		[[ $stderr == *"$words"* ]] || { echo "$stderr"; false; }
	done <<- 'E'
		snp-milan-verifier/sev-snp-attestation.json|this attestation is of AMD SEV-SNP, not of plain Intel TDX
		nitro-enclave-debug/nitro_attestation_dbg.bin|this attestation is of AWS Nitro, not of plain Intel TDX
		gcp-tdx-attestation-a/attestation.bin|this attestation is of GCP TDX with a vTPM, not of plain Intel TDX
		tpm-quote-sample/tpm_quote_sample.bin|this is a TPM 2.0 quote, not Intel TDX
		gcp-tpm-eventlog/tpm_eventlog.bin|register index 0, a TDX log has 1 to 4 (is this the log of a TPM?)
	E
	{ printf '\2\0\0\0'; head -c 1180 /dev/zero; } > "$BATS_TEST_TMPDIR/snp"
	run -3 --separate-stderr replay "$BATS_TEST_TMPDIR/snp"
	[[ $stderr == *"this is an AMD SEV-SNP attestation report, not Intel TDX" ]]
}

# Each file's name is the reason; the first line of REASONS after it what must be said.
@test "bad evidence: exit 3, one sentence that says what and where, nothing on stdout" {
	n=0
	while IFS='|' read -r f words; do
		run -3 --separate-stderr replay "$V/bad/evidence/$f"
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == *"$words"* ]] || { echo "$f: $stderr"; false; }
		n=$((n + 1))
	done < "$V/bad/evidence/REASONS"
	[ "$n" = "$(find "$V/bad/evidence" -type f ! -name REASONS | wc -l)" ]
	[ "$n" -ge 40 ]
}

@test "a folder: parts that contradict each other are no, whichever was changed" {
	for edit in \
		'event_log.json|(.[] | select(.event == "app-id").event_payload) |= "00" + .[2:]|event_log.json hold|hold different event logs, from event 21 app-id on' \
		'tcb_info.json|(.event_log[] | select(.event == "app-id").event_payload) |= "00" + .[2:]|x|hold different event logs, from event 21 app-id on' \
		'tcb_info.json|.app_compose |= . + " "|x|hold different app_compose'; do
		IFS='|' read -r file rest <<< "$edit"
		words=${edit##*|}
		prog=${edit#*|}; prog=${prog%|*|*}
		rm -rf "$BATS_TEST_TMPDIR/f"
		cp -r "$CAP" "$BATS_TEST_TMPDIR/f"
		jq "$prog" "$CAP/$file" > "$BATS_TEST_TMPDIR/f/$file"
		run -1 --separate-stderr replay --json "$BATS_TEST_TMPDIR/f"
		[[ $(jq -r .conflict <<< "$output") == *"$words" ]]
		[ "$(jq -r .verdict <<< "$output")" = no ]
	done
	rm -rf "$BATS_TEST_TMPDIR/f"
	cp -r "$CAP" "$BATS_TEST_TMPDIR/f"
	sed -i 's/image/imagf/' "$BATS_TEST_TMPDIR/f/app-compose.json"
	run -1 --separate-stderr replay "$BATS_TEST_TMPDIR/f"
	[[ $output == *"no: app-compose.json and tcb_info.json hold different app_compose"* ]]
	cp "$R/near-058-dev-57921c/quote.bin" "$BATS_TEST_TMPDIR/f/quote.bin"
	cp "$CAP/app-compose.json" "$BATS_TEST_TMPDIR/f/"
	cp "$C/getquote.text-log" "$BATS_TEST_TMPDIR/f/getquote.json"
	run -1 --separate-stderr replay "$BATS_TEST_TMPDIR/f"
	[[ $output == *"no: quote.bin and getquote.json hold different quotes"* ]]
}

@test "a folder without a part we know, and one with a part that is malformed" {
	mkdir "$BATS_TEST_TMPDIR/f"
	run -3 --separate-stderr replay "$BATS_TEST_TMPDIR/f"
	[[ $stderr == *"no file of a name we know, such as quote.bin or event_log.json" ]]
	cp "$CAP"/* "$BATS_TEST_TMPDIR/f"
	echo '{' > "$BATS_TEST_TMPDIR/f/collateral.json"
	run -3 --separate-stderr replay "$BATS_TEST_TMPDIR/f"
	[[ $stderr == *"/f: collateral.json: document: JSON at byte "* ]]
}

@test "an attestation whose two lists of runtime events differ: no" {
	python3 - "$C/attestation-v0.bin" "$BATS_TEST_TMPDIR/a" <<- 'E'
		import sys
		b = bytearray(open(sys.argv[1], "rb").read())
		at = b.rindex(b"storage-fs")
		b[at + 10 + 1] ^= 1    # the payload of the second list
		open(sys.argv[2], "wb").write(b)
	E
	run -1 --separate-stderr replay --json "$BATS_TEST_TMPDIR/a"
	[ "$(jq -r .conflict <<< "$output")" = "the attestation's event log and its list of runtime events differ" ]
}

@test "an attestation whose second list has another name, or one event more: no" {
	cd "$BATS_TEST_TMPDIR"
	python3 - "$C/attestation-v1.named" <<- 'E'
		import sys
		b = open(sys.argv[1], "rb").read()
		at = b.rindex(b"compose-hash")
		open("name", "wb").write(b[:at + 11] + b"i" + b[at + 12:])
		n = b.index(b"runtime_events") + 14
		start, end = b.rindex(b"mpc-image-digest") - 8, b.rindex(b"\xa6config")
		open("more", "wb").write(b[:n] + bytes([b[n] + 1]) + b[n + 1:end] + b[start:end] + b[end:])
		open("fewer", "wb").write(b[:n] + bytes([b[n] - 1]) + b[n + 1:start] + b[end:])
	E
	for f in name more fewer; do
		run -1 --separate-stderr replay --json $f
		[ "$(jq -r .conflict <<< "$output")" = "the attestation's event log and its list of runtime events differ" ]
	done
}

@test "vm_config in two places: another value is no, another order of members is not" {
	cd "$BATS_TEST_TMPDIR"
	g=$R/060-lite-getquote-full-payloads/getquote.json
	for change in '.cpu_count = 99' '.memory_size += 1' 'del(.cpu_count)' '.other = 1'; do
		jq ".vm_config |= (fromjson | $change | tojson)" "$g" > other.json
		run -1 --separate-stderr replay --json other.json
		[ "$(jq -r .conflict <<< "$output")" = "vm_config and attestation hold different vm_config" ]
	done
	jq '.vm_config |= (fromjson | to_entries | reverse | from_entries | tojson)' "$g" > same.json
	run -0 --separate-stderr replay --json same.json
	[ "$(jq -r .conflict <<< "$output")" = null ]
}

@test "a file cut short anywhere never gives an answer" {
	for f in attestation-v0.bin attestation-v1.named attestation-v1.array ra-tls.all.der tcg2.bin getquote.text-log; do
		size=$(stat -c %s "$C/$f")
		for k in $(seq 1 9); do
			head -c $((size * k / 10)) "$C/$f" > "$BATS_TEST_TMPDIR/cut"
			run -3 --separate-stderr replay "$BATS_TEST_TMPDIR/cut"
			[ -z "$output" ]
		done
	done
}

@test "the same evidence read twice prints the same bytes" {
	for f in "$CAP" "$C/attestation-v1.named" "$C/phala-attestation.json"; do
		replay --json "$f" > "$BATS_TEST_TMPDIR/1"
		replay --json "$f" | cmp - "$BATS_TEST_TMPDIR/1"
	done
}
