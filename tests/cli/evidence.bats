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

# bats test_tags=slow
@test "every container of a quote and its log gives the same registers, claims and answer" {
	cd "$BATS_TEST_TMPDIR"
	replay --json "$CAP" > want
	for f in "$C"/*; do
		name=${f##*/}
		case $name in quote.* | tcg2.* | phala-attestations.two) continue ;; esac
		# By content: neither name nor place in the file system help.
		cp "$f" evidence.pdf
		replay --json evidence.pdf 2>> stderr || { echo "$name" >&2; false; }
		echo "$name" >> names
	done > said
	# Those that say otherwise.
	run -0 jq -n -r --slurpfile said said --rawfile names names '
		def same: [.rtmr0.value, .rtmr1.value, .rtmr2.value, .rtmr3.value, .boot_rtmr3, .claims,
			([.rtmr0, .rtmr1, .rtmr2, .rtmr3 | .events[].name])];
		(input | same) as $want | ($names | split("\n")[:-1]) | length == ($said | length) and length >= 36,
		(to_entries[] | .value as $name | $said[.key] | select((.format == ($name | split(".")[0]) and .verdict == "yes" and
			.conflict == null and same == $want and
			if $name | test("^(event-log|tcb-info)\\.|^info\\.json$") then .quote == null
			else [.quote | .rtmr0, .rtmr3 | .match] == ["equal", "equal"] end) | not) | $name)' want
	[ "$output" = true ]
}

@test "what a guest sends to a key broker: its evidence one level down, or two, as JSON or text" {
	c=$V/captures/container-shapes/coco-tdx.json
	want=$("$BIN/refval-replay" "$c" --json | jq -S 'del(.source, .format)')
	jq '{"tee-evidence": .}' "$c" > "$T/1.json"
	jq '{"tee-evidence": tojson}' "$c" > "$T/2.json"
	jq '{"runtime-data": {nonce: "x"}, "tee-evidence": {primary_evidence: ., additional_evidence: "{}"}}' "$c" > "$T/3.json"
	jq '{"tee-evidence": ({primary_evidence: tojson, additional_evidence: "[{\"gpu\": 1}]"} | tojson)}' "$c" > "$T/4.json"
	for n in 1 2 3 4; do
		run -0 --separate-stderr "$BIN/refval-replay" "$T/$n.json" --json
		diff <(jq -S 'del(.source, .format)' <<< "$output") <(echo "$want")
	done
	run "$BIN/refval-verify" "$T/3.json" --json
	[[ $output == *"runtime-data, init-data: "*"is not looked at"* ]]
	run "$BIN/refval-verify" "$T/4.json" --json
	[[ $output == *"additional_evidence: what other devices say is not looked at"* ]]
	# Another machine's quote beside it is no second opinion.
	jq --arg q "$(base64 -w0 < "$V/real/near-058-dev-3e6394/quote.bin")" '{"tee-evidence": {primary_evidence: ., quote: $q}}' "$c" > "$T/5.json"
	run -1 --separate-stderr "$BIN/refval-replay" "$T/5.json"
	for bad in '{"tee-evidence": 1}' '{"tee-evidence": "x"}' '{"tee-evidence": "[]"}' '{"tee-evidence": {"primary_evidence": ""}}' \
		'{"primary_evidence": null, "quote": 1}' '{"tee-evidence": {}}'; do
		echo "$bad" > "$T/bad.json"
		run -3 --separate-stderr "$BIN/refval-replay" "$T/bad.json"
		no_result
	done
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

@test "all machines of a document: an answer for each, and the heaviest is the exit status" {
	cd "$BATS_TEST_TMPDIR"
	f=$C/phala-attestations.two
	run -1 --separate-stderr replay --instance all --json "$f"
	[ "$(jq -c '[.verdict, .instance]' <<< "$output")" = $'["no","0 (bb22) of 2"]\n["yes","1 (aa11) of 2"]' ]
	run -3 --separate-stderr "$BIN/refval-quote" --instance all --json "$f"
	[ "$(jq -c '[.verdict, .instance]' <<< "$output")" = $'["cannot-tell","0 (bb22) of 2"]\n["cannot-tell","1 (aa11) of 2"]' ]
	run -1 --separate-stderr "$BIN/refval-diff" --instance all --json "$CAP/app-compose.json" "$f"
	[ "$(jq -c .verdict <<< "$output")" = $'"no"\n"yes"' ]
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --instance all --json "$f"
	[ "$(jq -r '.layers[0].checks[] | select(.name == "instance") | .actual' <<< "$output")" = $'0 (bb22) of 2\n1 (aa11) of 2' ]
	# What is wrong with one does not hide the other.
	jq '.instances[0].quote = "zz"' "$f" > bad.json
	run -3 --separate-stderr replay --instance all --json bad.json
	[ "$(jq -c .verdict <<< "$output")" = '"yes"' ]
	[[ $stderr == "refval-replay: instance #0: bad.json: evidence: instances[0]: quote: "* ]]
	# By number, whatever others are called.
	jq '.instances |= [(.[0] + {name: "1"}), .[1]]' "$f" > named.json
	run -0 --separate-stderr replay --instance '#1' --json named.json
	[ "$(jq -r .instance <<< "$output")" = "1 (aa11) of 2" ]
	run -3 --separate-stderr replay --instance '#2' named.json
	for o in "--instance all $CAP/event_log.json" "--instance all -"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr replay $o < "$f"
	done
	run -2 --separate-stderr "$BIN/refval-verify" --instance all --html page.html "$f"
	[ ! -e page.html ]
}

@test "an instance whose name is another's number: neither is chosen, exit 3" {
	cd "$BATS_TEST_TMPDIR"
	jq '.instances |= [(.[0] + {name: "1"}), .[1]]' "$C/phala-attestations.two" > named.json
	for tool in refval-quote refval-replay; do
		run -3 --separate-stderr "$BIN/$tool" --instance 1 named.json
		[[ $stderr == *"instance 1 is the name of instance 0 and the number of another: choose by an id that is neither"* ]]
	done
	run -3 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --instance 1 --evidence named.json
	[[ $stderr == *"instance 1 is the name of instance 0 and the number of another"* ]]
	# The name of the one that has the number is that one.
	jq '.instances |= [.[0], (.[1] + {name: "1"})]' "$C/phala-attestations.two" > same.json
	run -0 --separate-stderr replay --instance 1 --json same.json
	[ "$(jq -r .instance <<< "$output")" = "1 (aa11) of 2" ]
	run -0 --separate-stderr replay --instance aa11 named.json
	[ "${lines[0]}" = "instance 1 (aa11) of 2" ]
	run --separate-stderr "$BIN/refval-quote" --decode --instance aa11 --json named.json
	[ "$(jq -r .instance <<< "$output")" = "1 (aa11) of 2" ]
	run --separate-stderr "$BIN/refval-diff" --instance aa11 --json "$CAP/app-compose.json" named.json
	[ "$(jq -r '.layers[0].checks[] | select(.name == "instance") | .verdict, .actual' <<< "$output")" = $'unchecked\n1 (aa11) of 2' ]
}

# second EDIT WORDS: the document doc.json, edited, holds two claims that differ.
second() {
	jq "$1" doc.json > second.json
	run -1 --separate-stderr replay --json second.json
	[ "$(jq -r .conflict <<< "$output")" = "$2" ] || { jq -r .conflict <<< "$output"; false; }
	run -1 --separate-stderr "$BIN/refval-quote" --json second.json
	[ "$(jq -r .reason <<< "$output")" = "the evidence contradicts itself: $2" ]
	run -1 --separate-stderr "$BIN/refval-diff" --json "$CAP/app-compose.json" second.json
	[ "$(jq -r '.layers[0].checks[] | select(.name == "evidence") | .reason' <<< "$output")" = "its parts contradict each other: $2" ]
}

# bats test_tags=slow
@test "two claims of one document that differ are a no that names both" {
	cd "$BATS_TEST_TMPDIR"
	other=$(od -An -v -tx1 "$R/near-058-dev-57921c/quote.bin" | tr -d ' \n')
	cp "$C/phala-attestation.json" doc.json
	second ".quote = \"$other\"" "quote and app_certificates hold different quotes"
	second ".app_certificates += [{is_ca: false, quote: \"$other\"}] | del(.app_certificates[1])" \
		"app_certificates[0] and app_certificates[1] hold different quotes"
	second '.event_log = (.tcb_info.event_log | (.[] | select(.event == "app-id").event_payload) |= "00" + .[2:])' \
		"event_log and tcb_info hold different event logs, from event 21 app-id on"
	second '.app_compose = .tcb_info.app_compose + " "' "tcb_info and the document itself hold different app_compose"
	second '.rtmr1 = .tcb_info.rtmr2' "tcb_info and the document itself hold different rtmr1"
	second '.compose_hash = .tcb_info.rtmr2[:64]' "tcb_info and the document itself hold different compose_hash"
	second '. + {event_log: .tcb_info.event_log, eventLog: (.tcb_info.event_log | (.[] | select(.event == "app-id").event_payload) |= "00" + .[2:])}' \
		"event_log and eventLog hold different event logs, from event 21 app-id on"
	# An issuer's certificate behind the machine's own carries its own quote.
	jq ".app_certificates = [.app_certificates[0], {is_ca: true, quote: \"$other\"}]" doc.json > issuer.json
	run -0 --separate-stderr replay issuer.json
	cp "$C/phala-attestations.one" doc.json
	second ".quote = \"$other\"" "instances[0] and the document itself hold different quotes"
	cp "$C/near-public-data.json" doc.json
	second ".quote = \"$other\"" "quote and tee_participant_info hold different quotes"
}

# As dstack's simulator answers: a certificate's short log and the rest behind it.
@test "two logs agree when each register's events do, whatever stands between them" {
	cd "$BATS_TEST_TMPDIR"
	jq '{quote: .app_certificates[0].quote, event_log: .tcb_info.event_log, tcb_info: (.tcb_info | .event_log |= sort_by(.imr == 1, .imr))}' \
		"$C/phala-attestation.json" > doc.json
	[ "$(jq -c '[.event_log[].imr]' doc.json)" != "$(jq -c '[.tcb_info.event_log[].imr]' doc.json)" ]
	run -0 --separate-stderr replay --json doc.json
	[ "$(jq -c '[.verdict, .conflict]' <<< "$output")" = '["yes",null]' ]
	# Two of one register in another order are another log.
	for imr in 0 1 2 3; do
		jq --argjson r $imr '.tcb_info.event_log |= ([.[] | select(.imr != $r)] + ([.[] | select(.imr == $r)] | reverse))' doc.json > other.json
		run -1 --separate-stderr replay --json other.json
		[[ $(jq -r .conflict <<< "$output") == "event_log and tcb_info hold different event logs, from event "* ]]
	done
}

@test "two files of a folder that differ: claims, report_data, keys of certificates" {
	cd "$BATS_TEST_TMPDIR"
	cp -r "$CAP" f
	cp "$CAP/tcb_info.json" f/info.json
	run -0 --separate-stderr replay f
	for edit in '.rtmr1 = .rtmr2|rtmr1' '.mrtd = .rtmr2|mrtd' '.compose_hash = .rtmr2[:64]|compose_hash' 'del(.event_log) | .rtmr3 = .mrtd|rtmr3'; do
		jq "${edit%|*}" "$CAP/tcb_info.json" > f/info.json
		run -1 --separate-stderr replay --json f
		[ "$(jq -r .conflict <<< "$output")" = "tcb_info.json and info.json hold different ${edit##*|}" ]
	done
	rm f/info.json
	# The same quote and log in two RA-TLS certificates of different keys.
	cp "$C/ra-tls.all.pem" f/attestation.bin
	run -0 --separate-stderr replay f
	cp "$C/ra-tls.attestation.pem" f/report.json
	run -1 --separate-stderr replay --json f
	[ "$(jq -r .conflict <<< "$output")" = "report.json and attestation.bin hold different keys of RA-TLS certificates" ]
	cat "$C/ra-tls.all.pem" "$C/ra-tls.attestation.pem" > two.pem
	run -1 --separate-stderr replay --json two.pem
	[ "$(jq -r .conflict <<< "$output")" = "the first certificate and certificate 2 hold different keys of RA-TLS certificates" ]
	cat "$C/ra-tls.all.pem" "$C/ra-tls.all.pem" > same.pem
	run -0 --separate-stderr replay same.pem
}

@test "report_data and source.asked that the quote does not carry are a no" {
	cd "$BATS_TEST_TMPDIR"
	rd=$("$BIN/refval-quote" --decode --json "$CAP/quote.bin" | jq -r .body.report_data)
	jq -n --arg q "$(od -An -v -tx1 "$CAP/quote.bin" | tr -d ' \n')" --slurpfile l "$CAP/event_log.json" --arg rd "$rd" \
		'{schema: "refval.evidence/1", quote: $q, event_log: $l[0], report_data: $rd, source: {asked: $rd}}' > doc.json
	run -0 --separate-stderr "$BIN/refval-diff" "$CAP/app-compose.json" doc.json
	for edit in '.report_data |= "ff" + .[2:]|the evidence names another report_data than its quote carries' \
		'.source.asked |= "ff" + .[2:]|a stale or replayed quote: it does not carry what source.asked says'; do
		jq "${edit%|*}" doc.json > e.json
		run -1 --separate-stderr "$BIN/refval-diff" --json "$CAP/app-compose.json" e.json
		jq -e --arg w "${edit##*|}" '.layers[4].checks[] | select(.name == "evidence_report_data") |
			.verdict == "no" and (.reason | startswith($w))' <<< "$output"
		run -1 --separate-stderr "$BIN/refval-quote" e.json
		[[ $stderr == *"${edit##*|}"* ]]
	done
}

@test "a folder of evidence: links and pipes are refused, unread and without waiting" {
	cd "$BATS_TEST_TMPDIR"
	echo ':secret:' > secret
	cp -r "$CAP" f
	rm f/app-compose.json
	ln -s "$PWD/secret" f/app-compose.json
	for tool in "refval-replay" "refval-quote" "refval-verify --release dstack-dev-0.5.8 --html page.html --evidence" "refval-diff $CAP/app-compose.json"; do
		run -3 --separate-stderr timeout 20 "$BIN"/$tool f
		[[ $stderr == *"f/app-compose.json: a link: only plain files are read here"* ]]
	done
	[ ! -e page.html ]
	rm f/app-compose.json
	ln -s nowhere f/app-compose.json
	run -3 --separate-stderr timeout 20 "$BIN/refval-replay" f
	[[ $stderr == *"a link: only plain files"* ]]
	rm f/app-compose.json
	mkfifo f/app-compose.json
	run -3 --separate-stderr timeout 20 "$BIN/refval-replay" f
	[[ $stderr == *"f/app-compose.json: no plain file: only those are read here"* ]]
	rm f/app-compose.json
	mkdir f/app-compose.json
	run -3 --separate-stderr timeout 20 "$BIN/refval-replay" f
	[[ $stderr == *"no plain file"* ]]
}

@test "the folders of records, collateral and ACPI blobs: links and pipes are refused" {
	cd "$BATS_TEST_TMPDIR"
	mkdir rel col
	cp "$TOP"/images/releases/dstack-dev-0.5.8.json rel
	for kind in 'ln -s /etc/hostname' mkfifo; do
		words="a link: only"
		[ "$kind" != mkfifo ] || words="no plain file: only"
		$kind rel/x.json
		run -3 --separate-stderr timeout 20 "$BIN/refval-verify" --releases rel --release dstack-dev-0.5.8 --evidence "$CAP"
		[[ $stderr == *"rel/x.json: $words"* ]]
		rm rel/x.json
		cp "$CAP/collateral.json" col/
		$kind col/pck_crl.der
		run -3 --separate-stderr timeout 20 "$BIN/refval-quote" --collateral col --at 2026-04-01 "$CAP"
		[[ $stderr == *"col/pck_crl.der: $words"* ]]
		rm col/pck_crl.der
		mkdir -p acpi
		: > acpi/rsdp
		$kind acpi/table-loader
		run -3 --separate-stderr timeout 20 "$BIN/refval-verify" --release dstack-dev-0.5.8 --acpi acpi --evidence "$CAP"
		[[ $stderr == *"acpi/table-loader: $words"* ]]
		rm acpi/table-loader
	done
}

# bats test_tags=slow
@test "a document of many values: refused before it takes memory; no memory is exit 4" {
	need_little
	cd "$BATS_TEST_TMPDIR"
	python3 -c "open('m8.json', 'w').write('[' + '{},' * 2600000 + '0]'); open('s60.json', 'w').write('[' + '\"\",' * 20000000 + '0]')"
	for f in m8.json s60.json "$V/bad/evidence/cert-gzip-many-values.der"; do
		run -3 --separate-stderr bash -c "ulimit -v 300000; exec '$BIN/refval-replay' '$f'"
		[[ $stderr == *": JSON of "*" values in "*" bytes: reading it would take "*" MiB, more than "* ]]
	done
	# As lines, one after the other: the same bound, and an answer for each.
	for i in 1 2 3 4; do cat m8.json; echo; done > lines
	run -3 --separate-stderr bash -c "ulimit -v 900000; exec '$BIN/refval-quote' --jsonl lines --jobs 2"
	[ "$(jq -c .verdict <<< "$output" | sort | uniq -c | tr -s ' ')" = ' 4 "cannot-tell"' ]
	# What is within the bound, and the machine has no memory for.
	jq -nc '[range(60000) | {imr: 3, event_type: 134217729, digest: ("ab" * 48), event: "x", event_payload: ("00" * 40)}]' > log.json
	run --separate-stderr "$BIN/refval-replay" log.json
	[ "$status" = 1 ]
	for limit in 50000 60000 70000; do
		run -4 --separate-stderr bash -c "ulimit -v $limit; exec '$BIN/refval-replay' log.json"
		[[ $stderr == *"out of memory"* ]]
	done
}

@test "text output shows as bytes what nobody would see: width, direction, lines" {
	cd "$BATS_TEST_TMPDIR"
	jq '.[-1].event = "a\u200bb\u2028c\u202ed\u2060e\ufefff\u00adg\u0085h\u001bi"' "$CAP/event_log.json" > log.json
	run --separate-stderr replay log.json
	[[ $output == *'a\xe2\x80\x8bb\xe2\x80\xa8c\xe2\x80\xaed\xe2\x81\xa0e\xef\xbb\xbff\xc2\xadg\xc2\x85h\x1bi'* ]]
	# What is seen is left as it is.
	jq '.[-1].event = "\u00e4\u4e2d\ud83d\ude00"' "$CAP/event_log.json" > log.json
	run --separate-stderr replay log.json
	[[ $output == *ä中😀* ]]
}

@test "evidence that has no log of TDX is refused by name" {
	while IFS='|' read -r f words; do
		run -3 --separate-stderr replay "$R/$f"
		[ -z "$output" ]
		[[ $stderr == *"$words"* ]] || { echo "$stderr"; false; }
	done <<- 'E'
		snp-milan-verifier/sev-snp-attestation.json|evidence of amd-sev-snp, whose events are bound to nothing
		nitro-enclave-debug/nitro_attestation_dbg.bin|evidence of aws-nitro, whose events are bound to nothing
		tpm-quote-sample/tpm_quote_sample.bin|this is a TPM 2.0 quote, not Intel TDX
	E
}

# Each file's name is the reason; the first line of REASONS after it what must be said.
# bats test_tags=slow
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

@test "vm_config in two places: another value takes neither, another order of members is no other" {
	cd "$BATS_TEST_TMPDIR"
	g=$R/060-lite-getquote-full-payloads/getquote.json
	for change in '.cpu_count = 99' '.memory_size += 1' 'del(.cpu_count)' '.other = 1'; do
		jq ".vm_config |= (fromjson | $change | tojson)" "$g" > other.json
		run -0 --separate-stderr replay --json other.json
		[ "$(jq -r .conflict <<< "$output")" = null ]
		run -0 "$BIN/refval-fetch" other.json --offline -o out.json
		[ "$(jq -r .vm_config out.json)" = null ]
		[[ $(jq -r .beside out.json) == "vm_config and attestation hold different vm_config, the host's word: neither is taken, RTMR0 of the quote decides ("* ]]
		rm out.json
	done
	jq '.vm_config |= (fromjson | to_entries | reverse | from_entries | tojson)' "$g" > same.json
	run -0 --separate-stderr replay --json same.json
	[ "$(jq -r .conflict <<< "$output")" = null ]
	run -0 "$BIN/refval-fetch" same.json --offline -o out.json
	[ "$(jq -r .vm_config out.json)" != null ]
}

# bats test_tags=slow
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
