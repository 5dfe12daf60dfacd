# SPDX-License-Identifier: Apache-2.0
# refval-replay: from an event log to registers and claims.
load helper

R=$V/real
replay() { "$BIN/refval-replay" "$@"; }
# values JSON: the four registers, one per line.
values() { jq -r '.rtmr0.value, .rtmr1.value, .rtmr2.value, .rtmr3.value' <<< "$1"; }
# ids KEY: the captures whose four registers MANIFEST.json says replay.
ids() {
	jq -r '.fixtures[] | select(.replay and ([.replay[]] | all(. == "match"))) | .id' "$R/MANIFEST.json"
}

# bats test_tags=slow
@test "every capture with a log replays to the registers of its quote; its events are the capture's" {
	ids > "$BATS_TEST_TMPDIR/ids"
	while read -r id; do
		replay --json "$R/$id"
	done < "$BATS_TEST_TMPDIR/ids" > "$BATS_TEST_TMPDIR/said"
	# What of each is as MANIFEST.json has it: its registers and verdict; and of quotes of TDs the counts of events,
	# the names of RTMR3 and the quote's registers.
	run -0 jq -n -r --slurpfile said "$BATS_TEST_TMPDIR/said" --rawfile ids "$BATS_TEST_TMPDIR/ids" '
		(input.fixtures | INDEX(.id)) as $known | ($ids | split("\n")[:-1]) as $id | ($said | length), ($id | length),
		([$id[] | select($known[.].kind == "tdx-quote")] | length > 10),
		($id | to_entries[] | $known[.value] as $m | $said[.key] as $s | [$s.rtmr0, $s.rtmr1, $s.rtmr2, $s.rtmr3] as $r |
			select(([$r[].value] == [$m.rtmr[]] and $s.verdict == "yes" and $s.contradicted == false and
				($s | has("conflict")) and $s.conflict == null and
				($m.kind != "tdx-quote" or ([$r[].events | length] == $m.events_per_rtmr and
					[$s.rtmr3.events[].name] == $m.rtmr3_events and $s.quote.status == "unverified" and
					([$s.quote.rtmr0, $s.quote.rtmr1, $s.quote.rtmr2, $s.quote.rtmr3 | .match] | unique) == ["equal"]))) | not) |
			.value)' "$R/MANIFEST.json"
	[ "$output" = $'23\n23\ntrue' ]
}

# bats test_tags=slow
@test "registers equal an independent judge's, JSON and binary logs" {
	logs=("$R"/*/event_log.json "$V"/ccel/*CCEL* "$V"/ccel/*.bin* "$R"/ccel-2024/ccel.bin)
	for f in "${logs[@]}"; do
		case $f in
		*.gz) gunzip -c "$f" > "$BATS_TEST_TMPDIR/log" && f=$BATS_TEST_TMPDIR/log ;;
		esac
		replay --json "$f"
	done > "$BATS_TEST_TMPDIR/said"
	jq -r '.rtmr0, .rtmr1, .rtmr2, .rtmr3 | .value' "$BATS_TEST_TMPDIR/said" > "$BATS_TEST_TMPDIR/registers"
	run -0 diff "$BATS_TEST_TMPDIR/registers" <(python3 "$TESTS/oracle/replay.py" "${logs[@]}")
	[ "$(wc -l < "$BATS_TEST_TMPDIR/registers")" = $((4 * 29)) ]
}

@test "a log alone is consistent: exit 0, and the output says that no quote was there" {
	run -0 --separate-stderr replay "$R/near-058-dev-3e6394/event_log.json"
	[[ ${lines[-1]} == 'verdict      yes: the log is consistent; no quote to compare with' ]]
	run -0 --separate-stderr replay --json "$R/near-058-dev-3e6394/event_log.json"
	[ "$(jq -r .quote <<< "$output")" = null ]
	[ "$(jq -r .schema <<< "$output")" = refval.replay/1 ]
	[ "$(head -c 12 <<< "$output")" = $'{\n  "schema"' ]
}

@test "claims are the events' payloads" {
	run -0 --separate-stderr replay --json "$R/near-058-dev-3e6394"
	log=$R/near-058-dev-3e6394/event_log.json
	for n in app-id compose-hash instance-id os-image-hash; do
		[ "$(jq -r ".claims.\"${n//-/_}\"" <<< "$output")" = \
			"$(jq -r --arg n "$n" '[.[] | select(.event == $n) | .event_payload][0] // "null"' "$log")" ]
	done
	[ "$(jq -r '.claims.key_provider | fromjson | .name' <<< "$output")" = local-sgx ]
	[ "$(jq -r .claims.system_ready <<< "$output")" = true ]
	[ "$(jq -c .claims.duplicates <<< "$output")" = '[]' ]
}

@test "the boot-time RTMR3 ends with boot-mr-done" {
	log=$R/near-058-dev-3e6394/event_log.json
	at=$(jq '[.[].event] | index("boot-mr-done")' "$log")
	jq ".[:$((at + 1))]" "$log" > "$BATS_TEST_TMPDIR/boot"
	run -0 --separate-stderr replay --json "$log"
	[ "$(jq -r .boot_rtmr3 <<< "$output")" = "$(python3 "$TESTS/oracle/replay.py" "$BATS_TEST_TMPDIR/boot" | tail -n 1)" ]
	[ "$(jq -r .boot_rtmr3 <<< "$output")" != "$(jq -r .rtmr3.value <<< "$output")" ]
	jq ".[:$at]" "$log" > "$BATS_TEST_TMPDIR/boot"
	run -0 --separate-stderr replay --json "$BATS_TEST_TMPDIR/boot"
	[ "$(jq -r .boot_rtmr3 <<< "$output")" = null ]
}

# copy ID [JQ]: a copy of a capture as a GetQuote reply, its log edited.
copy() {
	jq -c "${2:-.}" "$R/$1/event_log.json" | jq -Rs --arg q "$(xxd -p "$R/$1/quote.bin" | tr -d '\n')" \
		'{quote: $q, event_log: ., report_data: ""}' > "$BATS_TEST_TMPDIR/e.json"
}

@test "an event digest that is not its contents': no, and the event is named" {
	copy near-058-dev-3e6394 '(.[] | select(.event == "compose-hash").digest) |= ("00" + .[2:])'
	run -1 --separate-stderr replay "$BATS_TEST_TMPDIR/e.json"
	[[ $output == *"no: event 22 (compose-hash): its digest is not that of its contents"* ]]
	[[ $output == *$'\nno: '* ]]
	run -1 --separate-stderr replay --json "$BATS_TEST_TMPDIR/e.json"
	[ "$(jq -c '[.rtmr3.events[] | select(.state == "contradicts") | .name]' <<< "$output")" = '["compose-hash"]' ]
	[ "$(jq -r '.quote.rtmr3.match, .verdict' <<< "$output")" = $'differs\nno' ]
}

@test "an edited payload under the right digest: the registers fit, the answer is no" {
	copy near-058-dev-3e6394 '(.[] | select(.event == "compose-hash").event_payload) |= ("00" + .[2:])'
	run -1 --separate-stderr replay --json "$BATS_TEST_TMPDIR/e.json"
	[ "$(jq -r '.quote.rtmr3.match, .contradicted, .verdict' <<< "$output")" = $'equal\ntrue\nno' ]
}

@test "a firmware digest changed, an event dropped or doubled or two swapped: no" {
	for edit in '.[0].digest |= ("00" + .[2:])' 'del(.[5])' '. + [.[28]]' '[.[1], .[0]] + .[2:]'; do
		copy near-058-dev-3e6394 "$edit"
		run -1 --separate-stderr replay --json "$BATS_TEST_TMPDIR/e.json"
		[ "$(jq -r .verdict <<< "$output")" = no ]
	done
}

@test "firmware events whose contents are hashed whole: a changed payload is no" {
	for name in SecureBoot PK separator boot-option exit-boot-services; do
		at=$(replay --json "$R/near-058-dev-3e6394" | jq --arg n "$name" \
			'[.rtmr0, .rtmr1 | .events[] | select(.name == $n)][0].index')
		copy near-058-dev-3e6394 ".[$at].event_payload |= (.[:-2] + \"fe\")"
		run -1 --separate-stderr replay "$BATS_TEST_TMPDIR/e.json"
		[[ $output == *"no: event $at ($name)"* ]]
	done
}

@test "stripped runtime digests are recomputed, and say so" {
	run -0 --separate-stderr replay --json "$R/060-lite-getquote-v3"
	[ "$(jq -c '[.rtmr3.events[].state] | unique' <<< "$output")" = '["recomputed"]' ]
	run -0 --separate-stderr replay --json "$R/near-058-dev-3e6394"
	[ "$(jq -c '[.rtmr3.events[].state] | unique' <<< "$output")" = '["confirmed"]' ]
}

@test "a stripped firmware digest cannot be recomputed: exit 3" {
	copy near-058-dev-3e6394 '.[3].digest = ""'
	run -3 --separate-stderr replay "$BATS_TEST_TMPDIR/e.json"
	[ -z "$output" ]
	[[ $stderr == *"event 3: a firmware event without digest: it cannot be recomputed" ]]
}

@test "events that were left out are no answer: exit 3, the other registers compared" {
	run -3 --separate-stderr replay --json "$R/060-lite-attestation"
	[ "$(jq -c '[.quote.rtmr0, .quote.rtmr1, .quote.rtmr2, .quote.rtmr3 | .match]' <<< "$output")" = \
		'["left-out","left-out","left-out","equal"]' ]
	[ "$(jq -r .verdict <<< "$output")" = cannot-tell ]
	run -3 --separate-stderr replay "$R/060-lite-attestation"
	[[ $output == *"cannot-tell: the log is without some registers' events" ]]
}

@test "the names of all firmware events, full and stripped logs alike" {
	want='["td-hob","cfv","SecureBoot","PK","KEK","db","dbx","separator","acpi-loader","acpi-rsdp","acpi-tables","BootOrder","Boot0000"]
["kernel","boot-option","separator","exit-boot-services","exit-boot-services-success"]
["cmdline","initrd"]'
	for id in near-054-dev-070958 near-058-dev-3e6394 060-lite-getquote-v3 sim-04x; do
		run -0 --separate-stderr replay --json "$R/$id"
		[ "$(jq -c '.rtmr0, .rtmr1, .rtmr2 | [.events[].name]' <<< "$output")" = "$want" ]
	done
	copy near-058-dev-3e6394 'map(if .imr < 3 then .event_payload = "" else . end)'
	run -0 --separate-stderr replay --json "$BATS_TEST_TMPDIR/e.json"
	[ "$(jq -c '.rtmr0, .rtmr1, .rtmr2 | [.events[].name]' <<< "$output")" = "$want" ]
	copy 060-ovmf202505-attestation 'map(.event_payload = if .imr < 3 then "" else .event_payload end)'
	cp "$BATS_TEST_TMPDIR/e.json" "$BATS_TEST_TMPDIR/stripped.json"
	for f in "$R/060-ovmf202505-attestation" "$BATS_TEST_TMPDIR/stripped.json"; do
		run -0 --separate-stderr replay --json "$f"
		[ "$(jq -c '[.rtmr0.events[].name]' <<< "$output")" = \
			'["td-hob","cfv","fw-cfg-boot-menu","fw-cfg-bootorder","SecureBoot","PK","KEK","db","dbx","separator","acpi-loader","acpi-rsdp","acpi-tables","smbios","BootOrder","Boot0000","Boot0001"]' ]
	done
}

@test "a second app-id: the first counts before system-ready, none after it" {
	copy near-058-dev-3e6394 '. as $l | ($l | map(.event) | index("app-id")) as $i
		| $l[:$i+1] + [$l[$i] | .digest = "" | .event_payload = "ff"] + $l[$i+1:]'
	run -1 --separate-stderr replay --json "$BATS_TEST_TMPDIR/e.json"
	[ "$(jq -c .claims.duplicates <<< "$output")" = '["app_id"]' ]
	[ "$(jq -r .claims.app_id <<< "$output")" != ff ]
	copy near-058-dev-3e6394 '. as $l | $l + [$l[] | select(.event == "app-id" or .event == "os-image-hash") | .digest = "" | .event_payload = "ff"]'
	run -1 --separate-stderr replay --json "$BATS_TEST_TMPDIR/e.json"
	[ "$(jq -c .claims.duplicates <<< "$output")" = '[]' ]
	[ "$(jq -r '.claims | .app_id, .os_image_hash' <<< "$output" | grep -c '^ff$' || true)" = 0 ]
	# Without one of its own, the machine claims none: an application cannot give it one.
	jq '[.[] | select(.event != "app-id")] + [.[] | select(.event == "app-id")]' \
		"$R/near-058-dev-3e6394/event_log.json" > "$BATS_TEST_TMPDIR/log"
	run -0 --separate-stderr replay --json "$BATS_TEST_TMPDIR/log"
	[ "$(jq -r .claims.app_id <<< "$output")" = null ]
}

@test "a digest of 32 bytes is padded with zeros, as the guests of 2024 did" {
	d=$(printf '%064d' 7)
	echo "[{\"imr\":3,\"event_type\":1,\"digest\":\"$d\",\"event\":\"\",\"event_payload\":\"\"}]" > "$BATS_TEST_TMPDIR/log"
	run -0 --separate-stderr replay --json "$BATS_TEST_TMPDIR/log"
	[ "$(jq -r '.rtmr3.events[0].digest' <<< "$output")" = "$d$(printf '%032d' 0)" ]
	[ "$(values "$output")" = "$(python3 "$TESTS/oracle/replay.py" "$BATS_TEST_TMPDIR/log")" ]
}

@test "a runtime event belongs to RTMR3" {
	echo '[{"imr":2,"event_type":134217729,"digest":"","event":"app-id","event_payload":""}]' > "$BATS_TEST_TMPDIR/log"
	run -3 --separate-stderr replay "$BATS_TEST_TMPDIR/log"
	[[ $stderr == *"event 0: a runtime event in RTMR2: they belong to RTMR3" ]]
}

# bats test_tags=slow
@test "every flip of a digest, name or runtime payload is noticed" {
	run -0 --separate-stderr python3 - "$BIN/refval-replay" "$R/060-lite-getquote-v3/getquote.json" "$BATS_TEST_TMPDIR/f" <<- 'E'
		import json, subprocess, sys
		prog, path, tmp = sys.argv[1:]
		doc = json.load(open(path))
		log = json.loads(doc["event_log"])
		done = 0
		for i, e in enumerate(log):
		    for key in ("digest", "event_payload", "event"):
		        if key == "event_payload" and e["imr"] != 3:
		            continue
		        # A third of the bytes, of each event others: a register is of all of them, whatever their place.
		        step = 2 if key != "event" else 1
		        for at in range(i % 3 * step, len(e[key]), 3 * step):
		            was = e[key]
		            e[key] = was[:at] + ("7" if was[at] != "7" else "8") + was[at + 1:]
		            # A name that only labels a firmware event is not measured.
		            if not (key == "event" and e["imr"] != 3):
		                doc["event_log"] = json.dumps(log)
		                json.dump(doc, open(tmp, "w"))
		                p = subprocess.run([prog, tmp], capture_output=True)
		                assert p.returncode == 1, (i, key, at, p.returncode, p.stderr)
		                done += 1
		            e[key] = was
		print(done)
	E
	[ "$output" -gt 430 ]
}

@test "standard input, and wrong use" {
	run -0 bash -c '"$0" - < "$1"' "$BIN/refval-replay" "$R/near-058-dev-3e6394/event_log.json"
	run -2 --separate-stderr replay
	[[ ${stderr_lines[0]} == "refval-replay: exactly one EVIDENCE is needed" ]]
	run -2 --separate-stderr replay a b
	run -2 --separate-stderr replay /nonexistent
	[[ ${stderr_lines[0]} == "refval-replay: /nonexistent: No such file or directory" ]]
}

# PCR 0 is what Google's TPMs sign for every TDX machine of that firmware: it
# stands in the attestation of another one. tpm2_eventlog 5 extends it by
# EV_NO_ACTION events, which the profile forbids; on the others it is the judge.
@test "the log of a TPM: SHA-256 PCRs replay and print by the same code, without a verdict" {
	log=$R/gcp-tpm-eventlog/tpm_eventlog.bin
	run -3 --separate-stderr replay --json "$log"
	[ -z "$stderr" ]
	[ "$(jq -r '.verdict, .quote, .rtmr0, .boot_rtmr3, .claims.compose_hash' <<< "$output" | paste -sd' ')" = "cannot-tell null null null null" ]
	[ "$(jq -c '[to_entries[] | select(.key | startswith("pcr")) | .key]' <<< "$output")" = '["pcr0","pcr1","pcr2","pcr3","pcr4","pcr5","pcr6","pcr7","pcr9","pcr11"]' ]
	[ "$(jq -c '[to_entries[] | select(.key | startswith("pcr")) | .value.alg] | unique' <<< "$output")" = '["sha256"]' ]
	pcr0=$(jq -r .pcr0.value <<< "$output")
	xxd -p "$R/gcp-tdx-attestation-a/attestation.bin" | tr -d '\n' | grep -q "$pcr0"
	[ "$(jq -r .pcr2.value <<< "$output")" = 1f74355f18d9aab3a26faa060d2058726554207d040c63d25d501d97f5a41e0f ]
	[ "$(jq '[to_entries[] | select(.key | startswith("pcr")) | .value.events | length] | add' <<< "$output")" = 43 ]
	run -3 --separate-stderr replay "$log"
	[ "${lines[0]}" = "pcr0 $pcr0" ]
	[[ ${lines[-1]} == "verdict      cannot-tell: the log of a TPM; no quote of one is read here, so nothing shows that it has these values" ]]
}

@test "the PCRs of a TPM's log are tpm2_eventlog's, but for PCR 0" {
	need tpm2_eventlog
	log=$R/gcp-tpm-eventlog/tpm_eventlog.bin
	run -3 --separate-stderr replay --json "$log"
	ours=$(jq -r 'to_entries[] | select(.key | startswith("pcr")) | "\(.key[3:]) \(.value.value)"' <<< "$output" | grep -v '^0 ')
	theirs=$(tpm2_eventlog "$log" 2> /dev/null | sed -n '/^  sha256:/,/^  sha384:/s/^ *\([0-9]*\) *: 0x\(.*\)/\1 \2/p' | grep -v '^0 ')
	[ "$(wc -l <<< "$ours")" = 9 ]
	[ "$ours" = "$theirs" ]
}

@test "the log of a TPM: what begins otherwise, an edited event, and other commands" {
	log=$R/gcp-tpm-eventlog/tpm_eventlog.bin
	bad=$BATS_TEST_TMPDIR/log
	# A separator whose digest is not that of its bytes: the log contradicts itself.
	run -3 --separate-stderr replay --json "$log"
	at=$(LC_ALL=C grep -obUaP '\xdf\x3f\x61\x98\x04\xa9\x2f\xdb' "$log" | head -1 | cut -d: -f1)
	cp "$log" "$bad"
	chmod +w "$bad"
	printf '\x00' | dd of="$bad" bs=1 seek="$at" conv=notrunc status=none
	run -1 --separate-stderr replay --json "$bad"
	[ "$(jq -r .verdict <<< "$output")" = no ]
	# Cut short within an event.
	head -c 20000 "$log" > "$bad"
	run -3 --separate-stderr replay "$bad"
	[ -z "$output" ]
	for tool in "refval-verify --release dstack-0.5.8 --evidence" "refval-diff $R/near-058-dev-3e6394/app-compose.json"; do
		run -3 --separate-stderr "$BIN"/$tool "$log"
		[ -z "$output" ]
		[[ $stderr == *"an event log of a TPM, of which there is no verdict" ]]
	done
	# Beside the quote of a CPU it says nothing of that.
	mkdir "$BATS_TEST_TMPDIR/both"
	cp "$log" "$BATS_TEST_TMPDIR/both/ccel.bin"
	cp "$R/near-058-dev-3e6394/quote.bin" "$BATS_TEST_TMPDIR/both"
	run -3 --separate-stderr replay "$BATS_TEST_TMPDIR/both"
	[[ $stderr == *"the log of a TPM beside the quote of a CPU"* ]]
	run -3 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --at 2026-04-01 --evidence "$BATS_TEST_TMPDIR/both"
	[[ $stderr == *"an event log of a TPM, of which there is no verdict" ]]
}

@test "names of sections that a stub wrote in UTF-16 are read whole" {
	run --separate-stderr replay "$V/real/gcp-tpm-eventlog/tpm_eventlog.bin"
	for name in .linux .osrel .cmdline .initrd .uname .sbat; do
		[ "$(grep -c " ipl:$name  EV_IPL$" <<< "$output")" = 2 ]
	done
	! grep -q ' ipl:\.  ' <<< "$output"
}
