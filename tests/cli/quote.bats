# SPDX-License-Identifier: Apache-2.0
# refval-quote: decoding, verifying, policy, many quotes at once.
load helper

setup() {
	D=$V/dcap
	Q=$BIN/refval-quote
	# TD 1.0 in v4: genuine, OutOfDate at this time; UpToDate at another.
	OLD=("$D/real/quote-c42f9164.bin" --collateral "$D/real/collateral-221d7070.json" --at 2026-08-28T05:21:24Z)
	NEW=("$D/real/quote-c42f9164.bin" --collateral "$D/real/collateral-0e940a8f.json" --at 2025-07-04T10:16:31Z)
	TEST=(--root-ca "$D/synth/root_ca.der" --at 2026-06-01)
}

hex() { # hex FILE: on one line
	od -An -v -tx1 "$1" | tr -d ' \n'
	echo
}

synth() { # synth QUOTE COLLATERAL ARGS...
	local q=$1 c=$2
	shift 2
	"$Q" "$D/synth/$q.quote.bin" --collateral "$D/synth/$c.collateral.json" "${TEST[@]}" "$@"
}

# bats test_tags=slow
@test "every case of the manifest: exit code, verdict, status, dates, window, code" {
	run -0 python3 "$TESTS/quote/manifest.py" "$Q" "$D"
	[ "$output" = "221 cases, 0 differ" ]
}

@test "decodes each body type and names every field" {
	run -0 --separate-stderr "$Q" --decode --json "$D/real/quote-c42f9164.bin"
	[ "$(jq -r '[.schema, .version, .tee, .body_type, (.body | length)] | @tsv' <<< "$output")" = \
		"refval.quote/1	4	tdx	2	15" ]
	[ "$(jq -r .body.rtmr1 <<< "$output")" = 0084452c01668329d4bc06acdf58a7205c26743304509973949e5619bf81a6a7aea8c323c173019b3093d54e579e9378 ]
	[ "$(jq -c '[.verification.verified, .verification.error, .verification.hardware]' <<< "$output")" = \
		'[false,null,"unverified: only decoded, as asked"]' ]
	run -0 --separate-stderr "$Q" --decode --json "$D/real/quote-cf77a6e9.bin"
	[ "$(jq -c '[.version, .body_type, (.body | length), .body.tee_tcb_svn2]' <<< "$output")" = \
		'[5,3,17,"0d010400000000000000000000000000"]' ]
	run -0 --separate-stderr "$Q" --decode --json "$D/synth/tdx_v5_body4_ex.quote.bin"
	[ "$(jq -c '[.body_type, (.body | length), (.body.td_id | length)]' <<< "$output")" = '[4,27,64]' ]
	run -0 --separate-stderr "$Q" --decode --json "$D/real/quote-f8b81014.bin"
	[ "$(jq -c '[.version, .tee, .header.qe_svn, .header.pce_svn, .body.isvsvn]' <<< "$output")" = \
		'[3,"sgx",10,15,0]' ]
}

@test "without collateral: claims marked unverified, exit 3, the code on both streams" {
	run -3 --separate-stderr "$Q" "$D/real/quote-c42f9164.bin"
	[[ $output == *"Claims (unverified):"*"unverified: cannot tell"* ]]
	[[ $stderr == "refval-quote: COLLATERAL_MISSING: "* ]]
	run -3 --separate-stderr "$Q" --json "$D/real/quote-c42f9164.bin"
	[ "$(jq -r .verification.error <<< "$output")" = COLLATERAL_MISSING ]
	[ "$(jq -c '[.verdict, .verification.verified, .verification.window]' <<< "$output")" = '["cannot-tell",false,null]' ]
}

@test "genuine and up to date: exit 0, says so, states time and window" {
	run -0 --separate-stderr "$Q" "${NEW[@]}"
	[ -z "$stderr" ]
	[[ $output == *"genuine Intel hardware"*"checked for        2025-07-04T10:16:31Z"* ]]
	# How many the lists name, as openssl crl -text counts them.
	run -0 --separate-stderr "$Q" "${NEW[@]}" --explain
	[[ $output == *"'Intel SGX Root CA', number 01, 0 revoked, none of ours"*"'Intel SGX PCK Platform CA', number 01, 44 revoked, none of ours"* ]]
	[[ $output == *"answer holds       2025-06-19T10:32:27Z to 2025-07-19T10:00:35Z"* ]]
	[[ $output == *"policy             accepted"* ]]
}

@test "out of date: refused by default, accepted when asked for" {
	run -1 --separate-stderr "$Q" "${OLD[@]}"
	[ "$stderr" = "refval-quote: refused by policy: status: OutOfDate is not an accepted status" ]
	run -0 "$Q" "${OLD[@]}" --accept UpToDate,OutOfDate
	run -1 "$Q" "${OLD[@]}" --accept UpToDate,SWHardeningNeeded
	run -2 "$Q" "${OLD[@]}" --accept OutOfdate
	run -2 "$Q" "${OLD[@]}" --accept Revoked
	run -2 "$Q" "${OLD[@]}" --accept UpToDate,
}

@test "a time outside the window is exit 3, with the date that decides" {
	run -3 --separate-stderr "$Q" "${OLD[@]:0:3}" --at 2026-09-11T23:57:12Z
	[ "$stderr" = "refval-quote: CRL_EXPIRED: 'pck_crl' was valid until 2026-09-11T23:57:11Z, not at 2026-09-11T23:57:12Z; fetch again: refval-fetch ${OLD[0]} --collateral-from intel -o evidence.json, or --at a time in 2026-08-13T10:45:38Z..2026-09-11T23:57:11Z" ]
	run -3 --separate-stderr "$Q" "${OLD[@]:0:3}" --at 2026-08-13
	[[ $stderr == *"NOT_YET_VALID"*"2026-08-13T00:00:00Z; --at a time in 2026-08-13T10:45:38Z..2026-09-11T23:57:11Z" ]]
	# The same second, counted from 1970.
	run -3 --separate-stderr "$Q" "${OLD[@]:0:3}" --at 1789171032
	[[ $stderr == *"CRL_EXPIRED"*"not at 2026-09-11T23:57:12Z; fetch again: "* ]]
	run -2 "$Q" "${OLD[@]:0:3}" --at yesterday
	for bad in 2026-02-30 2026 20260911 -1757634832 999999999999 1789171032x; do
		run -2 "$Q" "${OLD[@]:0:3}" --at "$bad"
	done
	run -2 "$Q" "${OLD[@]:0:3}" --at 2026-02-20T00:00:00+01:00
}

@test "the times that are named are those at which it verifies, to the second" {
	local ends
	run -3 --separate-stderr "$Q" "${OLD[@]:0:3}" --at 2030-01-01
	ends=${stderr##*--at a time in }
	for at in "${ends%..*}" "${ends#*..}"; do
		run -0 "$Q" "${OLD[@]:0:3}" --at "$at" --accept OutOfDate
	done
	for at in $(($(date -d "${ends%..*}" +%s) - 1)) $(($(date -d "${ends#*..}" +%s) + 1)); do
		run -3 --separate-stderr "$Q" "${OLD[@]:0:3}" --at "$at" --accept OutOfDate
		[ "${stderr##*--at a time in }" = "$ends" ]
	done
	# At no time at all is it Intel's: then there is none to name.
	jq -c '.tcb_info |= sub("UpToDate"; "UptoDate")' "${OLD[2]}" > "$BATS_TEST_TMPDIR/c"
	run -3 --separate-stderr "$Q" "${OLD[0]}" --collateral "$BATS_TEST_TMPDIR/c" --at 2030-01-01
	[[ $stderr != *"--at a time"* ]]
}

# bats test_tags=slow
@test "without collateral: the command that fetches it, to paste" {
	cd "$BATS_TEST_TMPDIR"
	mkdir bin
	printf '#!/bin/sh\nprintf "%%s\\n" "$1"\n' > bin/refval-fetch
	chmod +x bin/refval-fetch
	for name in quote.bin 'my quote.bin' "it's \$(touch PWNED)" ';touch PWNED' -x '*'; do
		cp "${OLD[0]}" "./$name"
		arg=$name
		[ "$name" != -x ] || arg=./-x
		run -3 --separate-stderr "$Q" "$arg"
		[[ $stderr == *"COLLATERAL_MISSING: without Intel's collateral nothing can be verified; give it with --collateral, or fetch it: refval-fetch "*" --collateral-from intel -o evidence.json" ]]
		pasted=$(PATH=$PWD/bin:$PATH sh -c "${stderr##*fetch it: }")
		[ "$pasted" = "$arg" ]
		[ ! -e PWNED ]
	done
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence 'my quote.bin' --json
	[[ $(jq -r '.layers[0].checks[0].reason' <<< "$output") == *"fetch it: refval-fetch 'my quote.bin' --collateral-from intel -o evidence.json" ]]
	run -3 --separate-stderr "$Q" --json 'my quote.bin'
	[[ $(jq -r .reason <<< "$output") == *"refval-fetch 'my quote.bin' --collateral-from intel -o evidence.json" ]]
	# A name that no message has room for.
	d=$(printf 'd%.0s' {1..200})
	mkdir -p "$d/$d"
	cp quote.bin "$d/$d/q"
	run -3 --separate-stderr "$Q" "$d/$d/q"
	[[ $stderr == *"fetch it: refval-fetch EVIDENCE --collateral-from intel -o evidence.json" ]]
	run -3 "$Q" --jsonl <(jq -c . <<< "\"$(od -An -v -tx1 quote.bin | tr -d ' \n')\"")
	[[ $output == *"refval-fetch EVIDENCE --collateral-from"* ]]
}

@test "raw answers of Intel's service: a folder, and one answer per member of a document" {
	run -1 "$Q" "${OLD[0]}" --collateral "$D/pcs-c42f9164" --at 2026-08-28T05:21:24Z
	[[ $output == *"genuine Intel hardware"* ]]
	mkdir "$BATS_TEST_TMPDIR/pcs"
	cp "$D"/pcs-c42f9164/* "$BATS_TEST_TMPDIR/pcs"
	rm "$BATS_TEST_TMPDIR"/pcs/{pckcrl.der,rootcacrl.der}
	echo hello > "$BATS_TEST_TMPDIR/pcs/README"
	run -1 "$Q" "${OLD[0]}" --collateral "$BATS_TEST_TMPDIR/pcs" --at 2026-08-28T05:21:24Z
	rm "$BATS_TEST_TMPDIR"/pcs/tcb-info-issuer-chain.txt
	run -3 --separate-stderr "$Q" "${OLD[0]}" --collateral "$BATS_TEST_TMPDIR/pcs" --at 2026-08-28T05:21:24Z
	[ "$stderr" = "refval-quote: COLLATERAL_FORMAT: the collateral has no tcb_info_issuer_chain" ]
	jq -c --rawfile t "$D/pcs-c42f9164/tcbinfo.json" --rawfile q "$D/pcs-c42f9164/qeidentity.json" \
		'del(.tcb_info_signature, .qe_identity_signature) | .tcb_info = $t | .qe_identity = $q' \
		"$D/real/collateral-221d7070.json" > "$BATS_TEST_TMPDIR/whole.json"
	run -1 "$Q" "${OLD[0]}" --collateral "$BATS_TEST_TMPDIR/whole.json" --at 2026-08-28T05:21:24Z
	[[ $output == *"genuine Intel hardware"* ]]
	run -2 --separate-stderr "$Q" "${OLD[0]}" --collateral /nonexistent
	[[ ${stderr_lines[0]} == "refval-quote: --collateral /nonexistent: No such file or directory" ]]
}

@test "collateral as byte arrays, and with the NUL that ends a chain in a quote" {
	run -0 "$Q" "$D/bytes/quote.bin" --collateral "$D/bytes/collateral-byte-arrays.json" --at 2026-08-20
	[[ $output == *"genuine Intel hardware"* ]]
	jq -c '.tcb_info_signature[0] = 256' "$D/bytes/collateral-byte-arrays.json" > "$BATS_TEST_TMPDIR/c.json"
	run -3 --separate-stderr "$Q" "$D/bytes/quote.bin" --collateral "$BATS_TEST_TMPDIR/c.json" --at 2026-08-20
	[[ $stderr == *"COLLATERAL_FORMAT"*"tcb_info_signature: element 0 is not a byte" ]]
}

@test "collateral inside the evidence, which --collateral goes before" {
	jq -c --arg q "$(hex "${NEW[0]}")" '{quote: $q, collateral: .}' "$D/real/collateral-0e940a8f.json" > "$BATS_TEST_TMPDIR/e.json"
	run -0 "$Q" "$BATS_TEST_TMPDIR/e.json" --at 2025-07-04T10:16:31Z
	run -3 --separate-stderr "$Q" "$BATS_TEST_TMPDIR/e.json" --at 2026-08-28T05:21:24Z
	[[ $stderr == *CRL_EXPIRED* ]]
	run -1 "$Q" "$BATS_TEST_TMPDIR/e.json" --collateral "$D/real/collateral-221d7070.json" --at 2026-08-28T05:21:24Z
}

@test "explain: every check, and by how much a component falls short" {
	run -1 "$Q" "${OLD[@]}" --explain
	[ "$(grep -c '^  PASS ' <<< "$output")" = 18 ]
	[[ $output == *"tdx_module_isv_svn   has 6, needs 11 (5 short)"* ]]
	[[ $output == *"sgx_tcb_comp_01      has 3, needs 4 (1 short)  BIOS, Early Microcode Update"* ]]
	run -1 --separate-stderr synth quote_sig_other_key tdx_v4_module1_uptodate --explain --json
	[ "$(jq -c '[.verification.checks[] | .result] | group_by(.) | map([.[0], length])' <<< "$output")" = \
		'[["FAIL",1],["PASS",16],["SKIPPED",1]]' ]
	[ "$(jq -r '.verification.checks[] | select(.result == "FAIL") | .check' <<< "$output")" = quote_signature ]
}

@test "another root: verified, but never called Intel's" {
	run -0 --separate-stderr synth tdx_v4_module1_uptodate tdx_v4_module1_uptodate
	[[ $output == *"genuine under the given root, which is not Intel's"* ]]
	[[ $output != *"genuine Intel hardware"* ]]
	run -0 --separate-stderr synth tdx_v4_module1_uptodate tdx_v4_module1_uptodate --json
	[ "$(jq -c '.verification | [.verified, .test_root, .test_pki]' <<< "$output")" = '[true,true,false]' ]
	run -1 "$Q" "$D/synth/tdx_v4_module1_uptodate.quote.bin" --at 2026-06-01 \
		--collateral "$D/synth/tdx_v4_module1_uptodate.collateral.json"
	[[ $output == *PCK_CHAIN_UNTRUSTED* ]]
	openssl x509 -inform DER -in "$D/synth/root_ca.der" -out "$BATS_TEST_TMPDIR/root.pem"
	TEST=(--root-ca "$BATS_TEST_TMPDIR/root.pem" --at 2026-06-01)
	run -0 synth tdx_v4_module1_uptodate tdx_v4_module1_uptodate
}

@test "the rules for test certificates never give a yes" {
	run -3 --separate-stderr synth name_pck_other tdx_v4_module1_uptodate --test-pki
	[[ $output == *"signed by test certificates, not by Intel"* ]]
	run -1 --separate-stderr synth name_pck_other tdx_v4_module1_uptodate
	[[ $stderr == *PCK_CHAIN_ROLE* ]]
	run -1 synth quote_sig_other_key tdx_v4_module1_uptodate --test-pki
	run -2 "$Q" "${NEW[@]}" --test-pki
}

@test "policy: attributes, each with its own switch" {
	run -1 --separate-stderr synth tdattr_debug tdx_v4_module1_uptodate
	[[ $stderr == *"refused by policy: td_debug"* ]]
	run -0 synth tdattr_debug tdx_v4_module1_uptodate --allow-debug
	run -1 synth tdx_v5_service_td tdx_v4_module1_uptodate --allow-debug
	run -0 synth tdx_v5_service_td tdx_v4_module1_uptodate --allow-service-td
	run -1 synth tdattr_migratable tdx_v4_module1_uptodate
	run -0 synth tdattr_migratable tdx_v4_module1_uptodate --allow-migratable
	run -1 synth tdattr_sept_ve_clear tdx_v4_module1_uptodate
	run -0 synth tdattr_sept_ve_clear tdx_v4_module1_uptodate --allow-sept-ve
	run -1 synth tdattr_bit8 tdx_v4_module1_uptodate --allow-debug --allow-service-td --allow-migratable --allow-sept-ve
	run -0 --separate-stderr synth trailing_nonzero tdx_v4_module1_uptodate --json
	[ "$(jq -c .verification.policy_flags <<< "$output")" = '["trailing_nonzero"]' ]
}

@test "policy: evaluation number, TCB date, advisories, grace, expected fields" {
	run -0 "$Q" "${NEW[@]}" --min-eval 17
	run -1 "$Q" "${NEW[@]}" --min-eval 18
	run -0 "$Q" "${NEW[@]}" --min-tcb-date 2024-03-13
	run -1 "$Q" "${NEW[@]}" --min-tcb-date 2024-03-14
	run -0 "$Q" "${OLD[@]}" --accept OutOfDate --reject-advisory INTEL-SA-00837
	run -1 "$Q" "${OLD[@]}" --accept OutOfDate --reject-advisory INTEL-SA-00837 --reject-advisory INTEL-SA-01245
	# The level is of 2025-05-14, the time 471 days later.
	run -0 "$Q" "${OLD[@]}" --grace 472
	run -1 "$Q" "${OLD[@]}" --grace 471
	run -1 "$Q" "${OLD[@]}" --grace 471 --accept UpToDate,OutOfDate
	run -2 "$Q" "${OLD[@]}" --grace 471 --min-eval 1
	run -2 "$Q" "${OLD[@]}" --grace x
	run -0 "$Q" "${NEW[@]}" --expect "mr_config_id=$(printf '%096d' 0)"
	run -1 "$Q" "${NEW[@]}" --expect "mrtd=$(printf '%096d' 0)"
	run -2 "$Q" "${NEW[@]}" --expect "mrtd=00"
	run -2 "$Q" "${NEW[@]}" --expect "mrtx=$(printf '%096d' 0)"
}

@test "a relaunch that is advised, and a current TCB that is revoked" {
	run -1 --separate-stderr synth tdx_v5_relaunch tdx_v4_module1_uptodate
	[[ $stderr == *"TDRelaunchAdvised is not an accepted status" ]]
	run -0 synth tdx_v5_relaunch tdx_v4_module1_uptodate --accept UpToDate,TDRelaunchAdvised
	run -1 --separate-stderr synth tdx_v5_current_revoked tdx_v4_module1_uptodate
	[[ $stderr == *"TCB_REVOKED"* ]]
}

# Launched under a current TDX module, that is under an old one now: the second
# TCB of a TD 1.5 counts as the first does.
@test "a TDX module that is out of date now: status, advisories, date and grace see it" {
	local q=("$Q" "$D/adversary/now_out_of_date.quote.bin" "${TEST[@]}"
		--collateral "$D/synth/tdx_v4_module1_uptodate.collateral.json")
	run -1 --separate-stderr "${q[@]}" --json
	[[ $stderr == *"status: OutOfDate is not an accepted status (as it is now)" ]]
	[ "$(jq -c '.verification | [.status, .tcb_date[:10], .advisory_ids, .current_status, .current_tcb_date[:10], .current_advisory_ids]' <<< "$output")" = \
		'["OutOfDate","2025-05-14",[],"OutOfDate","2024-03-13",["INTEL-SA-01036"]]' ]
	run -1 --separate-stderr "${q[@]}"
	[[ $output == *"TCB status         OutOfDate"*"TCB at launch      UpToDate"*"TCB now            OutOfDate"*"TCB date now       2024-03-13"*"advisories now     INTEL-SA-01036"* ]]
	run -0 "${q[@]}" --accept UpToDate,OutOfDate
	run -0 "${q[@]}" --accept OutOfDate --reject-advisory INTEL-SA-01037
	run -1 --separate-stderr "${q[@]}" --accept OutOfDate --reject-advisory INTEL-SA-01036
	[[ $stderr == *"advisory: INTEL-SA-01036 applies to the TCB as it is now" ]]
	run -1 --separate-stderr "${q[@]}" --accept OutOfDate --min-tcb-date 2024-03-14
	[[ $stderr == *"min_tcb_date: TCB of 2024-03-13T00:00:00Z is older than 2024-03-14T00:00:00Z" ]]
	run -0 "${q[@]}" --accept OutOfDate --min-tcb-date 2024-03-13
	run -0 "${q[@]}" --grace 810
	run -1 --separate-stderr "${q[@]}" --grace 809
	[[ $stderr == *"grace: OutOfDate since 2024-03-13, more than 809 days" ]]
}

@test "each field that tells of a service TD falls under one rule" {
	local f
	for f in adversary/cur_servtd synth/tdx_v5_body4_ex synth/tdx_v5_service_td; do
		run -1 --separate-stderr "$Q" "$D/$f.quote.bin" "${TEST[@]}" --collateral "$D/synth/tdx_v4_module1_uptodate.collateral.json"
		[[ $stderr == *"service_td: a service TD is bound to this TD, or was (mr_servicetd, init_servtd or cur_servtd is not zero)" ]]
		run -0 "$Q" "$D/$f.quote.bin" "${TEST[@]}" --collateral "$D/synth/tdx_v4_module1_uptodate.collateral.json" --allow-service-td
	done
}

# fleet N: that many lines, good ones and bad ones in turn
fleet() {
	local i
	for ((i = 0; i < $1; i++)); do
		case $((i % 4)) in
		0) hex "${NEW[0]}" ;;
		1) echo "no quote" ;;
		2) jq -cn --arg q "$(hex "$D/real/quote-cf77a6e9.bin")" '{quote: $q}' ;;
		3) hex "${NEW[0]}" | sed 's/^\(.\{900\}\)../\1ff/' ;;
		esac
	done
}

# bats test_tags=slow
@test "many quotes: one result per line, in order, whatever is wrong with a line" {
	fleet 40 > "$BATS_TEST_TMPDIR/in"
	run -1 --separate-stderr "$Q" --jsonl "$BATS_TEST_TMPDIR/in" "${NEW[@]:1}" --jobs 4
	[ "${#lines[@]}" = 40 ]
	[ "$(jq -s -c '[.[].line] == [range(1; 41)]' <<< "$output")" = true ]
	[ "$(jq -r '.verification.error // .verdict' <<< "$output" | head -n 4 | paste -sd' ')" = \
		"yes QUOTE_FORMAT PCK_CHAIN_NOT_YET_VALID QUOTE_SIGNATURE" ]
	[ "$(jq -r '.verification.error // .verdict' <<< "$output" | paste - - - - | sort -u | wc -l)" = 1 ]
	# The same bytes from one thread, and from one process per quote.
	one=$("$Q" --jsonl - "${NEW[@]:1}" --jobs 1 < "$BATS_TEST_TMPDIR/in" || true)
	[ "$one" = "$output" ]
	run -0 --separate-stderr "$Q" "${NEW[@]}" --json
	[ "$(jq -S -c 'del(.line, .format)' <<< "${one%%$'\n'*}")" = "$(jq -S -c 'del(.format, .signature)' <<< "$output")" ]
}

@test "many quotes: the quick way to read a line gives what the long way gives" {
	h=$(hex "${NEW[0]}")
	printf '%s\n' "{\"quote\":\"$h\"}" "{ \"quote\":\"$h\"}" "$h" "0x$h" \
		"{\"quote\":\"${h:0:600}\"}" "{\"quote\": \"${h:0:600}\"}" > "$BATS_TEST_TMPDIR/in"
	run -3 --separate-stderr "$Q" --jsonl "$BATS_TEST_TMPDIR/in" "${NEW[@]:1}"
	[ "${#lines[@]}" = 6 ]
	for i in 0 2 4; do
		[ "$(jq -c 'del(.line)' <<< "${lines[i]}")" = "$(jq -c 'del(.line)' <<< "${lines[i + 1]}")" ]
	done
	[ "$(jq -r '.verification.error // .verdict' <<< "$output" | paste -sd' ')" = \
		"yes yes yes yes QUOTE_FORMAT QUOTE_FORMAT" ]
}

@test "many quotes: a line without end costs its bound, and the next is answered" {
	need_little
	{ head -c 40000000 /dev/zero | tr '\0' a; echo; hex "${NEW[0]}"; head -c 20000000 /dev/zero | tr '\0' a; } > "$BATS_TEST_TMPDIR/in"
	run -3 --separate-stderr bash -c 'ulimit -v 400000; "$@"' - "$Q" --jsonl "$BATS_TEST_TMPDIR/in" --jobs 2 "${NEW[@]:1}"
	[ "$(jq -c '[.line, .verdict, (.verification.message // "" | test("a line of more than 16777216 bytes"))]' <<< "$output" | paste -sd' ')" = \
		'[1,"cannot-tell",true] [2,"yes",false] [3,"cannot-tell",true]' ]
}

@test "many quotes: exit code, empty input, a result that cannot be written" {
	hex "${NEW[0]}" > "$BATS_TEST_TMPDIR/good"
	run -0 "$Q" --jsonl "$BATS_TEST_TMPDIR/good" "${NEW[@]:1}"
	{ cat "$BATS_TEST_TMPDIR/good"; echo; } > "$BATS_TEST_TMPDIR/blank"
	run -3 "$Q" --jsonl "$BATS_TEST_TMPDIR/blank" "${NEW[@]:1}"
	run -3 "$Q" --jsonl /dev/null "${NEW[@]:1}"
	run -4 bash -c '"$@" > /dev/full' - "$Q" --jsonl "$BATS_TEST_TMPDIR/good" "${NEW[@]:1}"
	run -2 "$Q" --jsonl - --jobs 0
	run -2 "$Q" --jobs 2 "${NEW[@]}"
	run -2 "$Q" --jsonl - --decode
}

@test "many quotes: a queue is answered line by line, before it ends" {
	mkfifo "$BATS_TEST_TMPDIR/q"
	"$Q" --jsonl - "${NEW[@]:1}" < "$BATS_TEST_TMPDIR/q" > "$BATS_TEST_TMPDIR/out" 3>&- &
	exec 7> "$BATS_TEST_TMPDIR/q"
	hex "${NEW[0]}" >&7
	for _ in $(seq 100); do
		[ -s "$BATS_TEST_TMPDIR/out" ] && break
		sleep 0.05
	done
	[ "$(jq -r .verdict "$BATS_TEST_TMPDIR/out")" = yes ]
	exec 7>&-
	wait
}

# bats test_tags=slow
@test "a fleet over two processes: the example of the manual" {
	need parallel
	fleet 20 > "$BATS_TEST_TMPDIR/in"
	"$Q" --jsonl "$BATS_TEST_TMPDIR/in" "${NEW[@]:1}" > "$BATS_TEST_TMPDIR/one" || [ $? = 1 ]
	parallel --will-cite --pipe -k -j2 -n 10 "$Q" --jsonl - "${NEW[@]:1}" \
		< "$BATS_TEST_TMPDIR/in" > "$BATS_TEST_TMPDIR/two" || true
	[ "$(jq -c 'del(.line)' "$BATS_TEST_TMPDIR/two" | sha256sum)" = "$(jq -c 'del(.line)' "$BATS_TEST_TMPDIR/one" | sha256sum)" ]
	[ "$(wc -l < "$BATS_TEST_TMPDIR/two")" = 20 ]
	run -0 grep -F -- "parallel --pipe -k -j2 -n 100 refval-quote --jsonl -" "$TOP/docs/refval-quote.1"
}

@test "no configuration file of OpenSSL changes an answer" {
	printf 'openssl_conf = x\n[x]\nproviders = p\nalg_section = a\n[p]\nnull = n\n[n]\nactivate = 1\n[a]\ndefault_properties = fips=yes\n' \
		> "$BATS_TEST_TMPDIR/openssl.cnf"
	run -1 env OPENSSL_CONF="$BATS_TEST_TMPDIR/openssl.cnf" openssl dgst -sha256 "${NEW[0]}"
	OPENSSL_CONF=$BATS_TEST_TMPDIR/openssl.cnf run -0 "$Q" "${NEW[@]}"
}

@test "the manual has each code with its exit status, as the table in the source" {
	sed -n '/^} row/,/^};/p' "$TOP/lib/quote/code.c" | tr -d '\n\t' |
		grep -oE '"[A-Z_]+", *RV_(NO|INPUT|SYSTEM)' |
		sed 's/"\([A-Z_]*\)", *RV_NO/\1 1/; s/"\([A-Z_]*\)", *RV_INPUT/\1 3/; s/"\([A-Z_]*\)", *RV_SYSTEM/\1 4/' |
		sort > "$BATS_TEST_TMPDIR/source"
	sed -n 's/^\.It \([A-Z_]*\) Ta \([0-9]\) Ta .*/\1 \2/p' "$TOP/docs/refval-quote.1" | sort > "$BATS_TEST_TMPDIR/manual"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/source")" = 58 ]
	diff "$BATS_TEST_TMPDIR/source" "$BATS_TEST_TMPDIR/manual"
}

@test "--max-age: collateral is as old as the oldest that is issued often" {
	near=$TOP/docs/auditor-template/evidence
	run -1 --separate-stderr "$BIN/refval-quote" "$near" --at 2026-04-01 --max-age 6
	[[ $output == *"max_age: collateral issued 2026-03-25 is more than 6 days old"* ]]
	run -0 --separate-stderr "$BIN/refval-quote" "$near" --at 2026-04-01 --max-age 7
	run -1 --separate-stderr "$BIN/refval-quote" "$near" --at 2026-03-25T12:00:00Z --max-age 0
	run -2 --separate-stderr "$BIN/refval-quote" "$near" --max-age x
}

@test "--reject-platform: what a PCK certificate says of its platform, and only where it says it" {
	near=$TOP/docs/auditor-template/evidence
	for p in dynamic cached-keys smt; do
		run -1 --separate-stderr "$Q" "$near" --at 2026-04-01 --reject-platform $p
		[[ $output == *"refused by policy: platform: $p: so says the PCK certificate of this platform" ]]
	done
	run -1 --separate-stderr "$BIN/refval-verify" --evidence "$near" --at 2026-04-01 --reject-platform cached-keys,smt
	[[ $output == *"; reject-platform cached-keys; reject-platform smt"* ]]
	# Issued by the Processor CA: nothing is said.
	sgx=("$D/real/quote-8cc428aa.bin" --collateral "$D/intel/collateral.json" --root-ca "$D/intel/root_ca.der" --at 2022-01-01)
	run -0 --separate-stderr "$Q" "${sgx[@]}" --json
	[ "$(jq -c '.verification.pck | [.issuer, .configuration]' <<< "$output")" = '["Intel SGX PCK Processor CA",null]' ]
	run -0 --separate-stderr "$Q" "${sgx[@]}" --reject-platform dynamic,cached-keys,smt
	# Each by itself: packages may be added, no keys are kept, no hyperthreading.
	icelake=("$D/real/quote-d2457b83.bin" --collateral "$D/real/collateral-b6a7541e.json" --at 2025-08-30T05:09:06Z --accept OutOfDate)
	run -1 --separate-stderr "$Q" "${icelake[@]}" --reject-platform dynamic
	[[ $output == *"platform: dynamic: "* ]]
	run -0 --separate-stderr "$Q" "${icelake[@]}"
	without=$output
	run -0 --separate-stderr "$Q" "${icelake[@]}" --reject-platform cached-keys,smt
	[ "$output" = "$without" ]
	for p in "" smt, SMT platform; do
		run -2 --separate-stderr "$Q" "$near" --reject-platform "$p"
		[[ $stderr == *"is nothing that a certificate says of a platform"* ]]
	done
}

@test "below every TCB level is not forged: signed by Intel, and still no" {
	run -1 --separate-stderr "$BIN/refval-quote" "$V/captures/flashbots-azure-tcb-not-supported-2026-02" --at 2026-02-18T12:00:00Z
	[[ $output == *"signed by Intel, but the platform is below every TCB level"* ]]
	[[ $output != *"not genuine"* ]]
}

@test "malformed collateral is cannot tell, and says what became of it" {
	cd "$BATS_TEST_TMPDIR"
	near=$TOP/docs/auditor-template/evidence
	jq -r .tcb_info "$near/collateral.json" > body
	while IFS='|' read -r code says filter; do
		jq --rawfile body body "$filter" "$near/collateral.json" > c.json
		run "-$code" --separate-stderr "$BIN/refval-quote" "$near/quote.bin" --collateral c.json --at 2026-04-01
		[[ $output$stderr == *"$says"* ]] || { echo "$filter: $stderr"; false; }
	done <<- 'EOF'
		3|TCB_INFO_SIGNATURE: tcb_info_signature: not 128 hex digits|.tcb_info_signature |= @base64
		1|tcb_info was reformatted: Intel's signature is over the same without white space|.tcb_info |= (sub("\\{"; "{ "))
		3|tcb_info holds Intel's whole answer, with the signature in it|.tcb_info = ({tcbInfo: (.tcb_info | fromjson), signature: .tcb_info_signature} | tojson)
		3|the root twice|.tcb_info_issuer_chain |= (. + (split("-----BEGIN CERTIFICATE-----")[2] | "-----BEGIN CERTIFICATE-----" + .))
		1|its members are not in Intel's order: written anew?|.tcb_info |= (fromjson | to_entries | sort_by(.key) | from_entries | tojson)
		1|did not sign these|.tcb_info |= sub("UpToDate"; "upToDate")
	EOF
}

@test "JSON has the last line's reason, and no digest of a quote that is not there" {
	run -0 --separate-stderr "$BIN/refval-quote" --decode "$V/real/near-058-dev-3e6394/quote.bin" --json
	[ "$(jq -r .reason <<< "$output")" = "unverified: only decoded, as asked" ]
	run -3 --separate-stderr "$BIN/refval-quote" "$V/evidence/tcg2.bin" --json
	[ "$(jq -c '.verification.inputs' <<< "$output")" = '{"quote":null}' ]
	run --separate-stderr "$BIN/refval-quote" --jsonl "$V/bad/sums/nul.txt"
	[ "$(jq -c '.verification.inputs.quote' <<< "${lines[0]}")" != '"140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe"' ]
}

@test "what is no quote has no version of one" {
	run -3 --separate-stderr "$BIN/refval-quote" "$V/dcap/intel/root_ca.der"
	[[ $stderr == "refval-quote: QUOTE_FORMAT: "* && $stderr != *version* ]]
	run -3 --separate-stderr "$BIN/refval-quote" "$V/dcap/synth/parse_version_2.quote.bin"
	[[ $stderr == "refval-quote: QUOTE_VERSION: version 2,"* ]]
}
