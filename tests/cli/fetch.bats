# SPDX-License-Identifier: Apache-2.0
# refval-fetch against a guest agent, a kernel, servers and Intel's service,
# all played on this machine; each by its good days and its bad ones.
load helper

setup() {
	need python3 jq openssl
	export no_proxy='*'
	D=$BATS_TEST_TMPDIR
	S=$D/a.sock
	OUT=$D/e.json
	A=$V/real
	P=$V/dcap/pcs-c42f9164
	PQ=$V/dcap/real/quote-c42f9164.bin
}

teardown() { stop_all; }

agent() {
	rm -f "$S"
	background python3 "$TESTS/agent/agent.py" --socket "$S" "$@"
	wait_for "$S"
}

# web ARGS...: a server on 127.0.0.1; U is its URL.
web() {
	rm -f "$D/port"
	background python3 "$TESTS/agent/agent.py" --port-file "$D/port" "$@"
	wait_for "$D/port"
	PORT=$(cat "$D/port")
	U=http://127.0.0.1:$PORT
}

field() { jq -r "$1" "$OUT"; }
rd_of_quote() { jq -r '.quote[1136:1264]' "$OUT"; }
# The verdict of the check of this name, in the last report.
bound() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .verdict' <<< "$output"; }
# Nothing of a failed try is left, whole or in part.
nothing() { [ -z "$(find "$D" -name 'e.json*')" ]; }

# bats test_tags=slow
@test "new API: the quote carries a fresh nonce, Info gives app_compose" {
	agent
	run -0 --separate-stderr "$BIN/refval-fetch" --socket "$S" -o "$OUT"
	[[ $output == *"fresh         yes"* ]]
	[ "$(field .schema)" = refval.evidence/1 ]
	[ "$(field .source.api)" = GetQuote ]
	[ "$(field .source.from)" = "$S" ]
	[[ $(field .source.when) == 20*Z ]]
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
	[ "$(field '.app_compose' | head -c 1)" = "{" ]
	[ "$(field '.event_log | length')" = 29 ]
	first=$(field .source.asked)
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --nonce
	[ "$(field .source.asked)" != "$first" ]
	[ "${#first}" = 128 ]
}

@test "without -o the document goes to standard output, byte for byte the same" {
	agent
	run -0 --separate-stderr "$BIN/refval-fetch" --socket "$S" --report-data 00ff
	[ -z "$stderr" ]
	printf '%s\n' "$output" > "$D/one"
	run -0 "$BIN/refval-fetch" --socket "$S" --report-data 00ff -o "$OUT"
	run -0 diff <(grep -v '"when"' "$D/one") <(grep -v '"when"' "$OUT")
	[ "$(rd_of_quote)" = "00ff$(printf '0%.0s' {1..124})" ]
	run -0 "$BIN/refval-fetch" "$OUT" --offline
	run -0 diff <(grep -v '"format"' <<< "$output") <(grep -v '"format"' "$OUT")
}

@test "--json: a summary beside the file" {
	agent
	run -0 --separate-stderr "$BIN/refval-fetch" --socket "$S" -o "$OUT" --json --report-data 01
	[ "$(jq -r .schema <<< "$output")" = refval.fetch/1 ]
	[ "$(jq -r '.api, .fresh, .quote_bytes, .events, .app_compose' <<< "$output" | tr '\n' ' ')" = "GetQuote true 5006 29 true " ]
	run -2 "$BIN/refval-fetch" --socket "$S" --json
}

@test "Attest: where GetQuote is empty, as on machines that are no TDs" {
	agent --api snp
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --report-data 00ff
	[ "$(field .source.api)" = Attest ]
	[ "$(field '.snp.report[160:168]')" = 00ff0000 ]
	agent --api snp --mode replay
	run -1 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --report-data 00fe
	[[ $output == *"a stale or replayed quote"* ]]
	run -3 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --api dstack
}

@test "Attest: a VersionedAttestation, when the agent has nothing else" {
	agent --api attest
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT"
	[ "$(field .source.api)" = Attest ]
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
}

@test "old API: RawQuote, then TdxQuote, found by themselves" {
	agent --api old
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT"
	[ "$(field .source.api)" = Tappd.RawQuote ]
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
	[ "$(field .app_compose)" != null ]
	run -3 "$BIN/refval-fetch" --socket "$S" --api dstack
	[[ $output == *"no method that gives a quote"* ]]
}

# bats test_tags=slow
@test "old API: the agent hashes the statement, every algorithm and prefix" {
	agent --api old
	printf hello > "$D/st"
	for h in sha256 sha384 sha512 sha3-256 sha3-384 sha3-512; do
		for p in app-data mine; do
			run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --api tappd --statement "$D/st" --hash $h --prefix $p
			[ "$(field .source.api)" = Tappd.TdxQuote ]
			[ "$(rd_of_quote)" = "$(field .source.asked)" ]
		done
	done
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --api tappd --statement "$D/st" --hash sha256 --prefix app-data
	[ "$(rd_of_quote)" = "57d90585d4b2cce9b2818a7b2a01398d5d2d6a8cb7ca8b735acb8d3203cf8a77$(printf '0%.0s' {1..64})" ]
}

@test "old API of 0.3: an agent that hashes whatever it gets is caught" {
	agent --api old03
	run -1 "$BIN/refval-fetch" --socket "$S" -o "$OUT"
	[[ $output == *"stale or replayed"* ]]
	nothing
	printf hello > "$D/st"
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --api tappd --statement "$D/st" --hash sha512 --prefix app-data
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
}

@test "a statement: its digest is asked for, of a value of JSON too" {
	agent
	printf 'I said so\n' > "$D/st"
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --statement "$D/st"
	[ "$(rd_of_quote)" = "$(sha256sum < "$D/st" | head -c 64)$(printf '0%.0s' {1..64})" ]
	echo '{ "statement": { "b": 1, "a": "x" } }' > "$D/st"
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --statement "$D/st" --jq-path .statement --hash sha384
	[ "$(rd_of_quote)" = "$(printf '{"b":1,"a":"x"}' | sha384sum | head -c 96)$(printf '0%.0s' {1..32})" ]
	run -3 "$BIN/refval-fetch" --socket "$S" --statement "$D/st" --jq-path .other
	run -2 "$BIN/refval-fetch" --socket "$S" --statement "$D/none"
}

# bats test_tags=slow
@test "GetQuote and Info of two machines are no, and the sentence names both" {
	for api in new old; do
		agent --api $api --info near-058-dev-57921c
		name=GetQuote
		[ $api = new ] || name=Tappd.RawQuote
		run -1 --separate-stderr "$BIN/refval-fetch" --socket "$S" -o "$OUT"
		[[ $stderr == "refval-fetch: $S: $name and Info hold different event logs, from event "* ]]
		[ -z "$output" ]
		nothing
	done
	# The same log, and another manifest beside it.
	agent
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT"
	[ "$(field .app_compose)" = "$(jq -r .app_compose "$A/near-058-dev-3e6394/tcb_info.json")" ]
}

# bats test_tags=slow
@test "another report_data and a replayed quote are no" {
	for m in wrong replay; do
		agent --mode $m
		run -1 --separate-stderr "$BIN/refval-fetch" --socket "$S" -o "$OUT"
		[[ $stderr == *"a stale or replayed quote: its report_data "* ]]
		[ -z "$output" ]
		nothing
	done
}

# bats test_tags=slow
@test "each bad answer: its own sentence, exit 3, and no file" {
	while IFS='|' read -r mode words; do
		agent --mode "$mode"
		run -3 --separate-stderr "$BIN/refval-fetch" --socket "$S" -o "$OUT" --timeout 20
		echo "# $mode: $stderr"
		[[ $stderr == "refval-fetch: $S: "*"$words"* ]]
		[ "${#stderr_lines[@]}" = 1 ]
		[ -z "$output" ]
		nothing
	done <<- 'EOF'
		truncated|hung up midway
		cut|premature end of input
		hangup|hung up midway
		silent|hung up midway
		nonsense|HTTP/0.9
		oversized|longer than 16777216 bytes
		headers|headers are longer than 65536 bytes
		html|answered with text/html, not JSON
		error500|HTTP status 500
		error400|HTTP status 400: quote \x1b[31mfailed
		garbage|evidence
		duplicate|duplicate object key
		trailing|end of file expected
		empty|empty
		noquote|no quote
		badhex|hex digits
		shortquote|QUOTE_FORMAT
		badinfo|Info
		redirect|redirect
	EOF
}

# bats test_tags=slow
@test "a slow agent is given up in time: exit 4, and no file" {
	for m in slow drip; do
		agent --mode $m --seconds 15
		run -4 --separate-stderr timeout 12 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --timeout 1
		[[ $stderr == *"too slow"* ]]
		nothing
	done
}

@test "an agent without Info gives what it has" {
	agent --mode noinfo
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT"
	[ "$(field .app_compose)" = null ]
}

# bats test_tags=slow
@test "a dead socket, one that is none, one that others may not use: by errno's name and the path" {
	dead "$D/dead.sock"
	run -4 --separate-stderr "$BIN/refval-fetch" --socket "$D/dead.sock" -o "$OUT"
	[ "$stderr" = "refval-fetch: $D/dead.sock: ECONNREFUSED: nobody listens there" ]
	touch "$D/plain"
	run -4 --separate-stderr "$BIN/refval-fetch" --socket "$D/plain" -o "$OUT"
	[[ $stderr == "refval-fetch: $D/plain: E"*": "* ]]
	nothing
	[ "$(id -u)" = 0 ] || { chmod 0 "$D/dead.sock"; run -4 --separate-stderr "$BIN/refval-fetch" --socket "$D/dead.sock"; [[ $stderr == *": EACCES: this user may not connect to it" ]]; }
}

@test "no such socket: exit 2; no interface at all: exit 3 and where we looked" {
	run -2 "$BIN/refval-fetch" --socket "$D/none.sock"
	[[ $output == *"$D/none.sock: No such file or directory"* ]]
	mkdir "$D/root"
	run -3 "$BIN/refval-fetch" --root "$D/root"
	[[ $output == *"neither dstack.sock nor tappd.sock"* ]]
}

# bats test_tags=slow
@test "the sockets are found by themselves, new before old" {
	mkdir -p "$D/root/run/dstack" "$D/root/var"
	ln -s ../run "$D/root/var/run"
	S=$D/root/run/tappd.sock
	agent --api old
	run -0 "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
	[ "$(field .source.api)" = Tappd.RawQuote ]
	S=$D/root/run/dstack/dstack.sock
	agent --api attest
	run -0 "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
	[ "$(field .source.api)" = Attest ]
	S=$D/root/run/dstack.sock
	agent
	run -0 "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
	[ "$(field .source.api)" = GetQuote ]
	[ "$(field .source.from)" = "$D/root/var/run/dstack.sock" ]
}

# dead PATH: the socket file of an agent that is no more.
dead() {
	mkdir -p "$(dirname "$1")"
	(cd "$(dirname "$1")" && python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$(basename "$1")")
}

# bats test_tags=slow
@test "a socket that a dead agent left is passed over, and that is said" {
	dead "$D/root/run/dstack.sock"
	run -4 --separate-stderr "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
	[[ $stderr == "refval-fetch: $D/root/run/dstack.sock: "* ]]
	# The kernel's own interface has no log of the guest: only when asked.
	mkdir -p "$D/root/sys/kernel/config/tsm/report"
	run -4 "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
	S=$D/root/run/tappd.sock
	agent --api old
	run -0 --separate-stderr "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
	[ "$(field .source.from)" = "$S" ]
	[[ $stderr == *"passed over: $D/root/run/dstack.sock: "* ]]
	# One that was asked for by name is the one, dead or alive.
	run -4 "$BIN/refval-fetch" --socket "$D/root/run/dstack.sock" -o "$OUT"
}

@test "an agent that answers wrongly is no dead one: the next is not asked" {
	mkdir -p "$D/root/run"
	S=$D/root/run/dstack.sock
	agent --mode nonsense
	S=$D/root/run/tappd.sock
	agent --api old
	run -3 --separate-stderr "$BIN/refval-fetch" --root "$D/root" -o "$OUT" --timeout 20
	[[ $stderr == *dstack.sock* ]]
}

# kernel MODE: played in folder T
kernel() {
	T=$D/tsm-$1
	mkdir -p "$T"
	background python3 "$TESTS/agent/tsm.py" "$T" "$@"
	wait_for "$T.ready"
}

@test "configfs-tsm and CCEL: the kernel's own interface" {
	kernel good
	cp "$A/ccel-2024/ccel.bin" "$D/ccel"
	run -0 "$BIN/refval-fetch" --offline --tsm "$T" --ccel "$D/ccel" -o "$OUT"
	[ "$(field .source.api)" = configfs-tsm ]
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
	[ "$(field '.event_log | length')" = 18 ]
}

@test "configfs-tsm: found by itself below --root, with its log" {
	mkdir -p "$D/root/sys/kernel/config/tsm/report" "$D/root/sys/firmware/acpi/tables/data"
	ln -s "$D/root/sys/kernel/config/tsm/report" "$D/tsm-good"
	cp "$A/ccel-2024/ccel.bin" "$D/root/sys/firmware/acpi/tables/data/CCEL"
	kernel good
	run -0 "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
	[ "$(field .source.api)" = configfs-tsm ]
	[ "$(field '.event_log | length')" = 18 ]
}

# bats test_tags=slow
@test "configfs-tsm: an entry that is there already is used, and kept" {
	mkdir -p "$D/tsm-good/mine"
	kernel good
	wait_for "$T/mine/generation"
	run -0 "$BIN/refval-fetch" --tsm "$T/mine" --timeout 10 -o "$OUT"
	[ "$(field .source.from)" = "$T/mine" ]
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
	[ "$(ls "$T")" = mine ]
	# Nobody counts there any more.
	run -3 "$BIN/refval-fetch" --tsm "$T/mine" --timeout 1 -o "$D/no"
	[[ $output == *"did not take our data"* ]]
	[ ! -e "$D/no" ]
}

# bats test_tags=slow
@test "configfs-tsm: whatever is wrong with it" {
	while IFS='|' read -r mode code words; do
		kernel "$mode" 20
		# Who never answers is waited for in vain.
		[ "$mode" = deaf ] && wait=1 || wait=5
		run -"$code" --separate-stderr "$BIN/refval-fetch" --tsm "$T" --timeout $wait -o "$OUT"
		echo "# $mode: $stderr"
		[[ $stderr == *"$words"* ]]
		nothing
	done <<- 'EOF'
		foreign|3|somebody else wrote, too
		stale|1|stale or replayed
		sev|3|provider "sev_guest"
		deaf|3|did not take our data
		big|3|longer than 1048576 bytes
		bare|3|not a configfs-tsm report
	EOF
	run -2 "$BIN/refval-fetch" --tsm "$D/nowhere"
	[[ $output == *"No such file or directory"* ]]
}

@test "configfs-tsm: an entry of ours is gone when the run is ended by a signal" {
	mkdir "$D/kernel"
	"$BIN/refval-fetch" --tsm "$D/kernel" -o "$OUT" 2> "$D/said" &
	for _ in {1..200}; do
		[ "$(ls "$D/kernel")" ] && break
		sleep 0.02
	done
	[ "$(ls "$D/kernel")" ]
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" = 143 ]
	[ -z "$(ls "$D/kernel")" ]
	nothing
}

# bats test_tags=slow
@test "a URL: any container we read; the nonce where the URL takes one" {
	web
	for path in captured binary api/v1/cvms/x/attestation; do
		run -0 --separate-stderr "$BIN/refval-fetch" "$U/$path" -o "$OUT"
		[[ $stderr == *"not fresh"* ]]
		[ "$(field .source.api)" = url ]
		[ "$(field .source.asked)" = null ]
	done
	run -0 --separate-stderr "$BIN/refval-fetch" "$U/quote?rd={report_data}" -o "$OUT"
	[ -z "$stderr" ]
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
	run -1 "$BIN/refval-fetch" "$U/captured" --nonce -o "$D/no"
	[ ! -e "$D/no" ]
	run -3 "$BIN/refval-fetch" "$U/nowhere"
	[[ $output == *"HTTP status 404"* ]]
}

@test "a URL: Phala's list of instances, one of them by number or id" {
	web
	run -3 "$BIN/refval-fetch" "$U/api/v1/apps/x/attestations"
	[[ $output == *"2 instances"* ]]
	run -0 "$BIN/refval-fetch" "$U/api/v1/apps/x/attestations" --instance 1 -o "$OUT"
	run -0 "$BIN/refval-fetch" "$U/api/v1/apps/x/attestations" --instance 2222222222222222222222222222222222222222 -o "$OUT"
	[ "$(field .app_compose)" != null ]
}

# bats test_tags=slow
@test "a URL: an oracle's answer, whose report_data is the digest as text" {
	web
	python3 -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' "$U/oracle" > "$D/r.json"
	run -0 "$BIN/refval-fetch" "$U/oracle" --statement "$D/r.json" --jq-path .statement -o "$OUT"
	sed -i 's/97123.5/97124.5/' "$D/r.json"
	run -1 "$BIN/refval-fetch" "$U/oracle" --statement "$D/r.json" --jq-path .statement
	[[ $output == *"stale or replayed"* ]]
}

# bats test_tags=slow
@test "a URL: bad answers, slow answers" {
	while IFS='|' read -r mode code words; do
		web --mode "$mode" --seconds 15
		[ "$code" = 4 ] && wait=1 || wait=5
		run -"$code" --separate-stderr timeout 12 "$BIN/refval-fetch" "$U/captured" -o "$OUT" --timeout $wait
		echo "# $mode: $stderr"
		[[ $stderr == *"$words"* ]]
		nothing
	done <<- 'EOF'
		truncated|3|hung up midway
		oversized|3|longer than 16777216 bytes
		html|3|no tcb_info
		garbage|3|not recognised
		silent|3|hung up midway
		slow|4|too slow
	EOF
}

@test "redirects: to the same place yes, to another never, not for ever" {
	web --peer "http://localhost:1/captured"
	run -0 "$BIN/refval-fetch" "$U/here" -o "$OUT"
	run -3 "$BIN/refval-fetch" "$U/away"
	[[ $output == *"to another place is not followed: http://localhost:1/captured"* ]]
	run -3 "$BIN/refval-fetch" "$U/loop"
	[[ $output == *"more than 5 redirects"* ]]
	run -2 "$BIN/refval-fetch" file:///etc/passwd
	run -2 "$BIN/refval-fetch" ftp://127.0.0.1/x
}

@test "the page of port 8090 shows tcb_info" {
	web
	run -0 "$BIN/refval-fetch" "$U/" -o "$OUT"
	[ "$(field .source.api)" = page ]
	[ "$(field .quote)" = null ]
	[ "$(field '.event_log | length')" = 29 ]
	run -3 "$BIN/refval-fetch" "$U/private"
	[[ $output == *"no tcb_info in it"* ]]
	run -3 "$BIN/refval-fetch" "$U/" --nonce
	[[ $output == *"no quote in the answer"* ]]
}

# ---- collateral ----

fetch_for() { "$BIN/refval-fetch" "$PQ" -o "$OUT" "$@"; }

# bats test_tags=slow
@test "collateral of a PCCS: fetched once, then from the cache, then offline" {
	web --api pccs --log "$D/log"
	run -0 fetch_for --collateral-from "$U" --cache "$D/cache" --json
	[ "$(jq -r '.collateral.fmspc, .collateral.cached' <<< "$output" | tr '\n' ' ')" = "b0c06f000000 false " ]
	[ "$(wc -l < "$D/log")" = 4 ]
	[ -e "$D/cache/tdx-b0c06f000000-platform-standard.json" ]
	[ "$(field .collateral.root_ca_crl)" = "$(cat "$P/rootcacrl.hex")" ]
	[ "$(field .collateral.pck_crl)" = "$(od -An -v -tx1 "$P/pckcrl.der" | tr -d ' \n')" ]
	[ "$(field .collateral.tcb_info)" = "$(sed 's/^{"tcbInfo"://; s/,"signature".*//' "$P/tcbinfo.json")" ]
	[ "$(field .collateral.qe_identity)" = "$(sed 's/^{"enclaveIdentity"://; s/,"signature".*//' "$P/qeidentity.json")" ]
	[ "$(field .collateral.tcb_info_signature)" = "$(jq -r .signature "$P/tcbinfo.json")" ]
	[[ $(field .collateral.tcb_info_issuer_chain) == "-----BEGIN CERTIFICATE-----"* ]]
	cp "$OUT" "$D/first"
	run -0 "$BIN/refval-fetch" "$PQ" -o "$OUT" --offline --cache "$D/cache"
	run -0 cmp "$OUT" "$D/first"
	[ "$(wc -l < "$D/log")" = 4 ]
	grep -q 'GET /tdx/certification/v4/tcb?fmspc=b0c06f000000 ' "$D/log"
	grep -q 'GET /sgx/certification/v4/pckcrl?ca=platform&encoding=der ' "$D/log"
}

# bats test_tags=slow
@test "collateral in the forms of older caches and of Intel's service" {
	web --api pccs3
	run -0 fetch_for --collateral-from "$U/sgx/certification/v4/"
	cp "$OUT" "$D/first"
	web --api pcs
	web_pcs=$U
	web --api pccs
	run -0 fetch_for --collateral-from "$web_pcs" --root-crl-from "$U/sgx/certification/v4/rootcacrl"
	run -0 cmp "$OUT" "$D/first"
}

# ---- GPUs ----

# bats test_tags=slow
@test "manifests and OCSP answers of GPUs: fetched once, then from the cache" {
	local g=$V/gpu driver=NV_GPU_DRIVER_GH100_595.71.05
	web --answers "$g/ocsp/forged" --log "$D/log"
	get=("$BIN/refval-fetch" "$g/vg_h100_595.json" -o "$OUT" --cache "$D/cache")
	run -0 --separate-stderr "${get[@]}" --gpu-rims-from "$U"
	[[ $output == *"manifests     2 came, 0 were there, 0 are missing"* ]]
	[ "$(cut -d' ' -f2 "$D/log" | tr '\n' ' ')" = "/v1/rim/$driver /v1/rim/NV_GPU_VBIOS_1010_0210_886_96009F0004 " ]
	[ "$(jq -r .rim "$D/cache/$driver.json" | base64 -d | sha256sum)" = "$(sha256sum < "$g/rims/$driver.xml")" ]
	run -0 "$BIN/refval-gpu" "$OUT" --rim "$D/cache" --at 2026-11-28
	run -0 --separate-stderr "${get[@]}" --gpu-rims-from "$U/v1/rim/" --json
	jq -e '.gpus.rims == {came: 0, cached: 2, missing: 0} and .gpus.devices == 1' <<< "$output"
	[ "$(wc -l < "$D/log")" = 2 ]
	run -0 "${get[@]}" --gpu-rims-from "$U" --refresh
	[ "$(wc -l < "$D/log")" = 4 ]
	# Three of seven certificates have an answer; who signed it is for refval-gpu to see.
	run -0 --separate-stderr "${get[@]}" --gpu-ocsp-from "$U" --json
	jq -e '.gpus.ocsp == {came: 3, cached: 0, missing: 4}' <<< "$output"
	[[ $stderr == "refval-fetch: no OCSP answer of 'HCC RIM L4 Signer' ("*"): $U: OCSP answer: it is 'unauthorized'"* ]]
	run -1 --separate-stderr "$BIN/refval-gpu" "$OUT" --rim "$D/cache" --ocsp "$D/cache" --at 2026-11-28T12:00:00Z
	[[ $stderr == "refval-gpu: revocation-signature: "* ]]
	# What NVIDIA has no manifest of is noted, and the rest is written.
	run -0 --separate-stderr "$BIN/refval-fetch" "$g/multi_gpu_hopper.json" -o "$OUT" --cache "$D/c2" --gpu-rims-from "$U"
	[[ $stderr == *"there is no RIM NV_GPU_DRIVER_GH100_"* ]]
	run -3 --separate-stderr "$BIN/refval-fetch" "$g/ocsp/evidence.json" -o "$OUT" --cache "$D/c2" --gpu-rims-from "$U"
	[[ $stderr == *"no genuine GPU to ask for: "* ]]
	run -3 --separate-stderr "$BIN/refval-fetch" "$PQ" -o "$OUT" --cache "$D/c2" --gpu-rims-from "$U"
	[[ $stderr == *"no GPU evidence in it" ]]
	run -2 "${get[@]}" --gpu-rims-from amd
	run -2 "${get[@]}" --gpu-ocsp-from amd
	run -4 "${get[@]}" --gpu-rims-from http://127.0.0.1:1 --refresh
	web --mode nonsense-rim
	run -3 "${get[@]}" --gpu-rims-from "$U" --refresh
	hosts new
	run -0 "${get[@]}" --gpu-rims-from nvidia --ca "$CA" --refresh
	[ "$(sort -u "$D/asked")" = "CONNECT rim.attestation.nvidia.com:443 HTTP/1.1" ]
}

# hosts: Intel's hosts, Phala's, NVIDIA's, AMD's and Google's, played by a proxy; CA is their authority.
hosts() {
	web --api "$@" --log "$D/log"
	rm -f "$D/asked"
	CA=$D/hosts.pem
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$D/hosts.key" -out "$CA" -days 30 \
		-subj /CN=hosts -addext "subjectAltName=DNS:api.trustedservices.intel.com,DNS:certificates.trustedservices.intel.com,DNS:pccs.phala.network,DNS:rim.attestation.nvidia.com,DNS:kdsintf.amd.com,DNS:storage.googleapis.com,DNS:pki.goog" 2> /dev/null
	rm -f "$D/proxy"
	background python3 "$TESTS/agent/proxy.py" "$D/proxy" "$CA" "$D/hosts.key" "$PORT" "$D/asked"
	wait_for "$D/proxy"
	no_proxy=127.0.0.1
	https_proxy=http://127.0.0.1:$(cat "$D/proxy")
	http_proxy=$https_proxy
	export https_proxy http_proxy
}

# bats test_tags=slow
@test "collateral by the name of who has it: intel, phala; and it says what came" {
	hosts pcs
	run -0 --separate-stderr fetch_for --collateral-from intel --ca "$CA"
	[ "$(sort -u "$D/asked")" = "CONNECT api.trustedservices.intel.com:443 HTTP/1.1
CONNECT certificates.trustedservices.intel.com:443 HTTP/1.1" ]
	grep -q 'GET /tdx/certification/v4/tcb?fmspc=b0c06f000000 ' "$D/log"
	[[ $output == *"collateral    FMSPC b0c06f000000, from https://api.trustedservices.intel.com"* ]]
	[[ $output == *"TDX TCB info, QE identity, PCK CRL (platform), root CRL"* ]]
	[[ $output == *"2026-09-11T23:57:11Z"* ]]
	run -0 "$BIN/refval-quote" "$OUT" --at 2026-08-20T00:00:00Z --accept OutOfDate
	rm "$D/asked"
	hosts pccs
	run -0 --separate-stderr fetch_for --collateral-from phala --ca "$CA" --json
	[ "$(sort -u "$D/asked")" = "CONNECT pccs.phala.network:443 HTTP/1.1" ]
	[ "$(jq -r .collateral.from <<< "$output")" = https://pccs.phala.network ]
	rm "$OUT" "$D/asked"
	# Of an authority that nobody named it is not taken.
	run -3 --separate-stderr fetch_for --collateral-from phala
	[[ $stderr == *"TLS:"* ]]
	nothing
	for name in Intel intel.com '' localhost:8081 /tmp; do
		run -2 --separate-stderr fetch_for --collateral-from "$name"
		[[ $stderr == *"--collateral-from $name: neither intel, phala, amd, google nor a URL"* ]]
	done
}

# bats test_tags=slow
@test "what AMD says of a chip: into the evidence, which then verifies by itself" {
	local made=$V/snp/made what o
	web --api kds --log "$D/log"
	run -3 "$BIN/refval-verify" --evidence "$made/report.bin" --values "$V/snp/measurement.snp.cbor" --at 2026-10-01
	[[ $output == *"CERT_MISSING"* ]]
	run -0 --separate-stderr "$BIN/refval-fetch" "$made/report.bin" -o "$OUT" --collateral-from "$U"
	[[ $output == *"report        1184 bytes"* ]]
	[[ $output == *"collateral    AMD's Milan, from $U"* ]]
	[ "$(wc -l < "$D/log")" = 3 ]
	[ "$(field '.snp.certificates | length')" = 3 ]
	for what in vcek ask crl-empty; do
		field '.snp.certificates[]' | grep -qx "$(base64 -w0 "$made/$what.der")"
	done
	verdict() { "$BIN/refval-verify" --evidence "$OUT" --values "$V/snp/measurement.snp.cbor" --at 2026-10-01 --json "$@"; }
	run -0 verdict --root-ca "$made/ark.der"
	[ "$(bound quote_signature) $(bound revocation)" = "yes yes" ]
	run -1 verdict
	# By its name it is AMD's own host; and a name is of one maker.
	hosts kds
	run -0 "$BIN/refval-fetch" "$made/report.bin" -o "$OUT" --collateral-from amd --ca "$CA" --json
	[ "$(sort -u "$D/asked")" = "CONNECT kdsintf.amd.com:443 HTTP/1.1" ]
	[ "$(jq -r '.collateral | .product, .from' <<< "$output" | tr '\n' ' ')" = "Milan https://kdsintf.amd.com " ]
	rm "$OUT"
	run -2 fetch_for --collateral-from amd --ca "$CA"
	[[ $output == *"--collateral-from amd: the evidence is of intel-tdx"* ]]
	run -2 "$BIN/refval-fetch" "$made/report.bin" -o "$OUT" --collateral-from intel --ca "$CA"
	[[ $output == *"--collateral-from intel: the evidence is of amd-sev-snp"* ]]
	for o in "--cache $D/c" "--update early" "--cache $D/c --refresh" "--root-crl-from $U"; do
		run -2 "$BIN/refval-fetch" "$made/report.bin" -o "$OUT" --collateral-from amd --ca "$CA" $o
		[[ $output == *"is about Intel's collateral"* ]]
		run -2 "$BIN/refval-fetch" "$made/report.bin" -o "$OUT" --collateral-from "$U" $o
	done
	run -2 "$BIN/refval-fetch" "$made/report.bin" -o "$OUT" --offline --cache "$D/c"
	nothing
	while IFS='|' read -r mode words; do
		web --api kds --mode "$mode"
		run -3 --separate-stderr "$BIN/refval-fetch" "$made/report.bin" -o "$OUT" --collateral-from "$U"
		[[ $stderr == *"$words"* ]]
		nothing
	done <<- 'EOF'
		nochip|no certificate of this chip for this TCB
		nocrl|no list of revoked certificates came
		garbage|collateral
		error500|HTTP status 500
	EOF
	# A report whose key was masked names no chip.
	head -c 416 "$made/report.bin" > "$D/masked"; head -c 64 /dev/zero >> "$D/masked"; tail -c +481 "$made/report.bin" >> "$D/masked"
	run -3 "$BIN/refval-fetch" "$D/masked" -o "$OUT" --collateral-from "$U"
	[[ $output == *"no chip_id to ask for"* ]]
}

# bats test_tags=slow
@test "what Google says of a machine: into the evidence, which then verifies by itself" {
	local c=$V/real/gcp-tdx-attestation-c/attestation.bin k=$V/captures/flashbots-gcp-tdx-2026-06/collateral.json
	verdict() { "$BIN/refval-verify" "$OUT" --values "$V/gcp/c.gcp.cbor" --collateral "$k" --at 2026-06-30T08:47:13Z --json "$@"; }
	cp "$c" "$OUT"
	run -3 verdict
	[ "$(bound vtpm_signature)" = cannot-tell ]
	hosts google
	run -0 --separate-stderr "$BIN/refval-fetch" "$c" -o "$OUT" --collateral-from google --ca "$CA" --json
	[ "$(sort -u "$D/asked")" = "CONNECT pki.goog:443 HTTP/1.1
CONNECT storage.googleapis.com:443 HTTP/1.1
GET http://privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage.googleapis.com/032bf9d39db4fa06aade/crl.crl HTTP/1.1
GET http://privateca-content-633beb94-0000-25c1-a9d7-001a114ba6e8.storage.googleapis.com/c59a22589ab43a57e3a4/ca.crt HTTP/1.1" ]
	[ "$(jq -c '.collateral | [.authority, .endorsement, .root, .revocation]' <<< "$output")" = "[true,true,false,false]" ]
	[ "$(field '.vtpm.files | length')" = 2 ]
	# The endorsement is a made one: no root of Google's stands behind it.
	run -3 verdict
	[ "$(bound vtpm_signature) $(bound pcr2) $(bound mrtd)" = "yes yes cannot-tell" ]
	hosts google --mode none
	run -0 --separate-stderr "$BIN/refval-fetch" "$OUT" -o "$OUT" --collateral-from google --ca "$CA"
	[[ $output == *"no endorsement of this firmware is there"* ]]
	run -0 verdict
	[ "$(bound vtpm_signature) $(bound pcr2) $(bound mrtd)" = "yes yes unchecked" ]
	[ "$(bound vtpm_revocation)" = unchecked ]
	# The list is a made one, of nobody in this chain: it says nothing.
	hosts google --mode list
	run -0 --separate-stderr "$BIN/refval-fetch" "$c" -o "$OUT" --collateral-from google --ca "$CA" --json
	[ "$(jq .collateral.revocation <<< "$output")" = true ]
	run -3 verdict
	[ "$(bound vtpm_signature) $(bound vtpm_revocation)" = "yes unchecked" ]
	rm "$OUT"
	while IFS='|' read -r mode words; do
		hosts google --mode "$mode"
		run -3 --separate-stderr "$BIN/refval-fetch" "$c" -o "$OUT" --collateral-from google --ca "$CA"
		[[ $stderr == *"$words"* ]]
		nothing
	done <<- 'EOF'
		otherroot|another certificate than the one that is known
		nolist|crl.crl: no revocation list
		garbage|ca.crt
		error500|HTTP status 500
	EOF
	run -2 "$BIN/refval-fetch" "$PQ" -o "$OUT" --collateral-from google --ca "$CA"
	[[ $output == *"--collateral-from google: the evidence is of intel-tdx"* ]]
	run -2 "$BIN/refval-fetch" "$c" -o "$OUT" --collateral-from amd --ca "$CA"
	[[ $output == *"--collateral-from amd: the evidence is of gcp-tdx"* ]]
	# The key's certificate names an authority elsewhere: nobody is asked.
	sed 's/storage.googleapis.com/storage.googleapis.net/' "$c" > "$D/else"
	run -3 "$BIN/refval-fetch" "$D/else" -o "$OUT" --collateral-from google --ca "$CA"
	[[ $output == *"names no authority at an address of Google's"* ]]
}

@test "collateral: early set, refresh, and what is expired is asked anew" {
	web --api pccs --log "$D/log"
	run -0 fetch_for --collateral-from "$U" --cache "$D/cache" --update early
	grep -q 'tcb?fmspc=b0c06f000000&update=early ' "$D/log"
	grep -q 'qe/identity?update=early ' "$D/log"
	[ -e "$D/cache/tdx-b0c06f000000-platform-early.json" ]
	run -0 fetch_for --collateral-from "$U" --cache "$D/cache" --update early --refresh
	[ "$(wc -l < "$D/log")" = 8 ]
}

# bats test_tags=slow
@test "collateral: what is current is not asked for again, what is not is" {
	need_faketime
	web --api pccs --log "$D/log"
	for i in 1 2; do
		run -0 faketime '2026-09-11 12:00:00 UTC' "$BIN/refval-fetch" "$PQ" -o "$OUT" --collateral-from "$U" --cache "$D/cache" --json
		[ "$(wc -l < "$D/log")" = 4 ]
		[ "$(jq -r '.collateral.expired, .collateral.next_update' <<< "$output" | tr '\n' ' ')" = "false 2026-09-11T23:57:11Z " ]
	done
	[ "$(jq -r .collateral.cached <<< "$output")" = true ]
	# The first to expire is a revocation list, half a day before the rest.
	run -0 faketime '2026-09-12 00:00:00 UTC' "$BIN/refval-fetch" "$PQ" -o "$OUT" --collateral-from "$U" --cache "$D/cache" --json
	[ "$(wc -l < "$D/log")" = 8 ]
	[ "$(jq -r .collateral.expired <<< "$output")" = true ]
}

# bats test_tags=slow
@test "collateral verifies when it is Intel's, and not when it was tampered with" {
	web --api pccs
	run -0 fetch_for --collateral-from "$U"
	run -0 "$BIN/refval-quote" "$OUT" --at 2026-08-20T00:00:00Z --accept OutOfDate
	web --api pccs --mode tampered
	run -0 fetch_for --collateral-from "$U"
	run -1 "$BIN/refval-quote" "$OUT" --at 2026-08-20T00:00:00Z --accept OutOfDate
	[[ $output == *TCB_INFO_SIGNATURE* ]]
}

# bats test_tags=slow
@test "collateral that is incomplete or of another platform: exit 3, no file" {
	while IFS='|' read -r mode words; do
		web --api pccs --mode "$mode"
		run -3 --separate-stderr fetch_for --collateral-from "$U" --cache "$D/cache"
		echo "# $mode: $stderr"
		[[ $stderr == *"$words"* ]]
		nothing
		[ ! -e "$D/cache" ]
	done <<- 'EOF'
		fmspc|tcb_info is of FMSPC a0c06f000000, asked for was b0c06f000000
		nochain|TCB-Info-Issuer-Chain: a header of 0 bytes
		badchain|a bad escape at 0
		unsigned|signature: missing
		badcrl|pckcrl
	EOF
	run -3 "$BIN/refval-fetch" "$PQ" --offline --cache "$D/none"
	[[ $output == *"no collateral for FMSPC b0c06f000000"* ]]
	mkdir "$D/cache"
	echo '{}' > "$D/cache/tdx-b0c06f000000-platform-standard.json"
	run -3 "$BIN/refval-fetch" "$PQ" --offline --cache "$D/cache"
}

# ---- TLS ----

# certificate MODE: C and K are made.
certificate() {
	C=$D/$1.pem
	K=$D/$1.key
	python3 "$TESTS/agent/ratls.py" "$C" "$K" "$1"
	SHA=$(openssl x509 -in "$C" -outform DER | sha256sum | head -c 64)
}

tls_server() {
	certificate "$1"
	shift
	web --tls "$C" "$K" "$@"
	H=127.0.0.1:$PORT
}

# bats test_tags=slow
@test "RA-TLS: the certificate's extensions are the evidence, bound to its key" {
	tls_server good
	run -0 --separate-stderr "$BIN/refval-fetch" --tls-fingerprint "$H" -o "$OUT" --json
	[ "$(jq -r '.tls.sha256, .tls.trusted, .tls.ra_tls, .fresh' <<< "$output" | tr '\n' ' ')" = "$SHA false true false " ]
	[[ $stderr == *"not fresh"* ]]
	[ "$(field .source.api)" = ra-tls ]
	[ "$(field .source.from)" = "$H" ]
	[ "$(field '.event_log | length')" = 29 ]
	want=$(openssl pkey -in "$K" -pubout -outform DER | cat <(printf ratls-cert:) - | sha512sum | head -c 128)
	[ "$(rd_of_quote)" = "$want" ]
}

# bats test_tags=slow
@test "RA-TLS: a quote that binds another key, or none, is no" {
	for m in other unbound; do
		tls_server $m
		run -1 --separate-stderr "$BIN/refval-fetch" --tls-fingerprint "$H" -o "$OUT"
		[[ $stderr == *"does not bind the key of its certificate"* ]]
		nothing
	done
	tls_server broken
	run -3 "$BIN/refval-fetch" --tls-fingerprint "$H" -o "$OUT"
	nothing
}

# bats test_tags=slow
@test "a plain certificate: its fingerprint, in the statement or not" {
	tls_server plain
	run -3 "$BIN/refval-fetch" --tls-fingerprint "$H"
	[[ $output == *"neither trusted (--ca) nor one of RA-TLS"* ]]
	run -0 "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$C"
	[[ $output == *"$SHA"* ]]
	# What is about a quote is not answered by a certificate without one.
	for o in "report-data 00" "collateral-from intel" "cache $D/cache"; do
		# shellcheck disable=SC2086
		run -3 --separate-stderr "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$C" --$o
		[ "$stderr" = "refval-fetch: $H: the certificate has no quote, which --${o%% *} is about" ]
	done
	run -0 "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$C" --json
	[ "$(jq -r .tls.sha256 <<< "$output")" = "$SHA" ]
	jq -n --arg f "$(openssl x509 -in "$C" -noout -fingerprint -sha256 | sed 's/.*=//')" \
		'{statement: {price: 1, tlsFingerprint: $f}}' > "$D/st"
	run -0 "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$C" --statement "$D/st" --jq-path .statement
	[[ $output == *"named by the statement"* ]]
	certificate good
	jq -n --arg f "$SHA" '{statement: {price: 1, tlsFingerprint: $f}}' > "$D/st"
	run -1 "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$D/plain.pem" --statement "$D/st" --jq-path .statement
	[[ $output == *"names another certificate"* ]]
	run -3 "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$D/plain.pem" -o "$OUT"
	nothing
}

# Where no authorities are installed, as on a fresh system: nobody is trusted.
no_authorities() {
	unshare -rm sh -c 'mount -t tmpfs none /etc/ssl/certs && [ ! -e /etc/ssl/certs/ca-certificates.crt ] && exec "$@"' sh "$@"
}

# bats test_tags=slow
@test "no authorities are installed: RA-TLS and a statement vouch, else untrusted" {
	need unshare
	no_authorities true 2> /dev/null || skip "no user namespaces here"
	tls_server good
	run -0 --separate-stderr no_authorities "$BIN/refval-fetch" --tls-fingerprint "$H" -o "$OUT" --json
	[ "$(jq -r '.tls.sha256, .tls.trusted, .tls.ra_tls' <<< "$output" | tr '\n' ' ')" = "$SHA false true " ]
	tls_server plain
	run -3 --separate-stderr no_authorities "$BIN/refval-fetch" --tls-fingerprint "$H"
	[[ $stderr == *"the certificate is neither trusted (--ca) nor one of RA-TLS"*"$SHA" ]]
	jq -n --arg f "$SHA" '{tlsFingerprint: $f}' > "$D/st"
	run -0 no_authorities "$BIN/refval-fetch" --tls-fingerprint "$H" --statement "$D/st"
	run -0 no_authorities "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$C"
	# A file that was named and is not there is an error still.
	run -2 --separate-stderr no_authorities "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$D/none"
	[[ $stderr == *"--ca $D/none: No such file or directory"* ]]
	run -3 --separate-stderr no_authorities "$BIN/refval-fetch" "https://$H/" -o "$D/no"
	[[ $stderr == *"this machine has no certificate authorities to trust (package ca-certificates), and no --ca FILE"* ]]
}

# bats test_tags=slow
@test "a server's certificate beside the machine's own quote" {
	tls_server plain
	agent
	jq -n --arg f "$SHA" '{tlsFingerprint: $f}' > "$D/st"
	run -0 "$BIN/refval-fetch" --socket "$S" --tls-fingerprint "$H" --ca "$C" --statement "$D/st" -o "$OUT" --json
	[ "$(jq -r .tls.sha256 <<< "$output")" = "$SHA" ]
	[ "$(rd_of_quote | head -c 64)" = "$(sha256sum < "$D/st" | head -c 64)" ]
	echo '{"tlsFingerprint": "'"$(printf '0%.0s' {1..64})"'"}' > "$D/st"
	run -1 "$BIN/refval-fetch" --socket "$S" --tls-fingerprint "$H" --ca "$C" --statement "$D/st" -o "$D/no"
	[ ! -e "$D/no" ]
}

# bats test_tags=slow
@test "the certificate is recorded in the evidence, and bound from there" {
	tls_server plain
	agent --machine near-058-dev-3e6394
	jq -n --arg f "$SHA" '{statement: {price: 1, tlsFingerprint: $f}}' > "$D/st"
	run -0 "$BIN/refval-fetch" --socket "$S" --tls-fingerprint "$H" --ca "$C" --statement "$D/st" --jq-path .statement -o "$OUT"
	[ "$(field '.tls | keys_unsorted | join(" ")')" = "host port sha256 certificate trusted when" ]
	[ "$(field '.tls.host, .tls.port, .tls.sha256, .tls.trusted' | tr '\n' ' ')" = "127.0.0.1 $PORT $SHA true " ]
	[ "$(field .tls.certificate)" = "$(openssl x509 -in "$C" -outform DER | base64 -w 0)" ]
	[ "$(field .tls.when)" = "$(field .source.when)" ]
	# What is read is what is written.
	run -0 "$BIN/refval-fetch" "$OUT" --offline
	[ "$(jq -Sc .tls <<< "$output")" = "$(jq -Sc .tls "$OUT")" ]
	run -0 "$BIN/refval-quote" --decode "$OUT" --json
	[ "$(jq -c '.tls | [.host, .port, .sha256, .trusted]' <<< "$output")" = "[\"127.0.0.1\",$PORT,\"$SHA\",true]" ]
	run -0 "$BIN/refval-diff" "$OUT" --statement "$D/st" --jq-path .statement --json
	[ "$(bound statement) $(bound tls-certificate)" = "yes yes" ]
	[[ $(jq -r '.layers[].checks[] | select(.name == "tls-certificate") | .from' <<< "$output") == "in the evidence's own words of 127.0.0.1:$PORT, recorded 20"*Z ]]
	# A certificate that is given counts instead of the recorded one.
	run -1 "$BIN/refval-diff" "$OUT" --statement "$D/st" --jq-path .statement --tls-certificate "$V/bind/certificate.pem" --json
	[ "$(bound statement) $(bound tls-certificate)" = "yes no" ]
	# A statement that names another one, or none.
	jq '.statement.tlsFingerprint |= ("00" + .[2:])' "$D/st" > "$D/other"
	run -1 "$BIN/refval-diff" "$OUT" --statement "$D/other" --jq-path .statement --json
	[ "$(bound statement) $(bound tls-certificate)" = "no no" ]
	echo '{"statement":{"price":1}}' > "$D/none"
	run -1 "$BIN/refval-diff" "$OUT" --statement "$D/none" --jq-path .statement --json
	[ "$(bound statement) $(bound tls-certificate)" = "no unchecked" ]
	run -3 "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$OUT" --statement "$D/st" --jq-path .statement --json
	[ "$(bound statement) $(bound tls-certificate)" = "yes yes" ]
}

# bats test_tags=slow
@test "a recorded certificate that report_data itself carries" {
	tls_server plain
	agent --machine near-058-dev-3e6394
	# Trusted by nobody: then the machine's own quote must carry it.
	run -3 "$BIN/refval-fetch" --socket "$S" --tls-fingerprint "$H" -o "$OUT"
	[[ $output == *"no statement or quote names it: $SHA" ]]
	nothing
	run -0 "$BIN/refval-fetch" --socket "$S" --report-data "$SHA" --tls-fingerprint "$H" -o "$OUT" --json
	[ "$(jq -r '.tls.trusted, .tls.vouched_by' <<< "$output" | tr '\n' ' ')" = "false report_data " ]
	run -0 "$BIN/refval-diff" "$OUT" --report-data "$SHA" --json
	[ "$(bound report_data) $(bound tls-certificate)" = "yes yes" ]
	run -0 "$BIN/refval-fetch" --socket "$S" --report-data 01 --tls-fingerprint "$H" --ca "$C" -o "$OUT"
	run -0 "$BIN/refval-diff" "$OUT" --report-data 01 --json
	[ "$(bound report_data) $(bound tls-certificate)" = "yes unchecked" ]
	# Beside evidence that was taken earlier.
	run -0 "$BIN/refval-fetch" "$OUT" --tls-fingerprint "$H" --ca "$C" -o "$D/later"
	[ "$(jq -r .tls.sha256 "$D/later")" = "$SHA" ]
}

# bats test_tags=slow
@test "a record of a certificate that is wrong: exit 3 and where" {
	tls_server plain
	agent --machine near-058-dev-3e6394
	run -0 "$BIN/refval-fetch" --socket "$S" --report-data 01 --tls-fingerprint "$H" --ca "$C" -o "$OUT"
	while IFS='|' read -r edit words; do
		jq "$edit" "$OUT" > "$D/bad"
		run -3 --separate-stderr "$BIN/refval-diff" "$D/bad" --report-data 01
		echo "# $edit: $stderr"
		[[ $stderr == *"$words"* ]]
	done <<- 'EOF'
		.tls = 1|tls: not an object
		.tls.sha256 = "00"|sha256
		.tls.sha256 = ("0" * 64)|sha256 is not that of the certificate
		del(.tls.sha256)|sha256: missing
		del(.tls.certificate)|certificate: missing
		.tls.certificate = ""|certificate
		.tls.certificate += "AAAA"|certificate
		del(.tls.host)|host: missing
		.tls.host = ""|no host and port
		.tls.port = 0|no host and port
		.tls.port = 65536|port
		.tls.port = "443"|port
		.tls.trusted = "yes"|trusted
		.tls.when = "yesterday"|yesterday is no time
	EOF
	# As everywhere: what is not known is let be, and null is nothing.
	jq '.tls.more = [1] | .tls.when = null' "$OUT" > "$D/more"
	run -0 "$BIN/refval-diff" "$D/more" --report-data 01
	jq '.tls = null' "$OUT" > "$D/more"
	run -0 "$BIN/refval-diff" "$D/more" --report-data 01 --json
	[ -z "$(bound tls-certificate)" ]
}

# bats test_tags=slow
@test "RA-TLS: refval-diff and refval-verify ask for the key, too" {
	tls_server good
	run -0 "$BIN/refval-fetch" --tls-fingerprint "$H" -o "$OUT"
	[ "$(field .tls.sha256)" = "$SHA" ]
	rd=$(rd_of_quote)
	run -0 "$BIN/refval-diff" "$OUT" --report-data "$rd" --json
	[ "$(bound ra-tls-key) $(bound tls-certificate)" = "yes yes" ]
	run -0 "$BIN/refval-diff" "$C" --report-data "$rd" --json
	[ "$(bound ra-tls-key)" = yes ]
	certificate other
	rd=$("$BIN/refval-quote" --decode "$C" --json | jq -r .body.report_data)
	# Genuine it may be; it is another's quote.
	run -0 "$BIN/refval-quote" --decode "$C" --json
	[ "$(jq -r .ra_tls_key_bound <<< "$output")" = false ]
	run -1 "$BIN/refval-diff" "$C" --report-data "$rd" --json
	[ "$(bound report_data) $(bound ra-tls-key)" = "yes no" ]
	run -1 "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$C" --json
	[ "$(bound ra-tls-key)" = no ]
	# The same in a document: another certificate put beside the quote.
	jq --arg c "$(openssl x509 -in "$C" -outform DER | base64 -w 0)" --arg s "$SHA" \
		'.tls.certificate = $c | .tls.sha256 = $s' "$OUT" > "$D/swapped"
	run -1 "$BIN/refval-diff" "$D/swapped" --report-data "$(rd_of_quote)" --json
	[ "$(bound ra-tls-key) $(bound tls-certificate)" = "no unchecked" ]
}

# bats test_tags=slow
@test "HOST:PORT: a port that is none, an address in brackets, 443 by itself" {
	tls_server plain
	for h in 127.0.0.1:0 127.0.0.1:65536 127.0.0.1:x : :443 "[::1" "a/b:443" "u@h:443" ""; do
		run -2 "$BIN/refval-fetch" --tls-fingerprint "$h" --timeout 5
		[[ $output == *"not HOST:PORT"* ]]
	done
	run -4 "$BIN/refval-fetch" --tls-fingerprint "[::1]:1" --timeout 5
	run -4 "$BIN/refval-fetch" --tls-fingerprint 127.0.0.1 --timeout 5
}

# bats test_tags=slow
@test "https: the authority is checked, and the name" {
	tls_server plain
	run -3 "$BIN/refval-fetch" "https://$H/captured"
	[[ $output == *"TLS: "* ]]
	run -0 "$BIN/refval-fetch" "https://$H/captured" --ca "$C" -o "$OUT"
	tls_server named
	run -3 "$BIN/refval-fetch" "https://$H/captured" --ca "$C"
	run -3 "$BIN/refval-fetch" --tls-fingerprint "$H" --ca "$C"
	web
	run -3 "$BIN/refval-fetch" --tls-fingerprint "127.0.0.1:$PORT" --timeout 5
	run -4 "$BIN/refval-fetch" --tls-fingerprint 127.0.0.1:1
	run -2 "$BIN/refval-fetch" --tls-fingerprint "http://x"
}

@test "nginx with an RA-TLS certificate, as a deployment has it" {
	PATH=$PATH:/usr/sbin need nginx
	certificate good
	for ((i = 0; i < 5; i++)); do
		PORT=$((20000 + RANDOM % 20000))
		cat > "$D/nginx.conf" <<- EOF
			daemon off; master_process off; pid $D/nginx.pid; error_log $D/nginx.err;
			events {}
			http {
				access_log off;
				client_body_temp_path $D/b; proxy_temp_path $D/p; fastcgi_temp_path $D/f;
				uwsgi_temp_path $D/u; scgi_temp_path $D/s;
				server { listen 127.0.0.1:$PORT ssl; ssl_certificate $C; ssl_certificate_key $K; root $A/060-lite-getquote-07a2-cbor-v2; }
			}
		EOF
		background timeout 20 /usr/sbin/nginx -e "$D/nginx.err" -c "$D/nginx.conf"
		for ((k = 0; k < 200; k++)); do
			[ ! -s "$D/nginx.pid" ] || break 2
			sleep 0.05
		done
	done
	run -0 "$BIN/refval-fetch" --tls-fingerprint "127.0.0.1:$PORT" -o "$OUT" --json
	[ "$(jq -r '.tls.ra_tls' <<< "$(sed -n '/^{/,$p' <<< "$output")")" = true ]
	run -0 "$BIN/refval-fetch" "https://127.0.0.1:$PORT/getquote.json" --ca "$C" -o "$OUT"
	run -3 "$BIN/refval-fetch" "https://127.0.0.1:$PORT/getquote.json"
}

# bats test_tags=slow
@test "Worker.Info: the quote of its certificate, the rest of tcb_info" {
	certificate good
	web --app-cert "$C"
	for path in prpc/Worker.Info ""; do
		run -0 --separate-stderr "$BIN/refval-fetch" "$U/$path" -o "$OUT"
		[[ $stderr == *"not fresh"* ]]
		[ "$(field '.quote | length')" = 10012 ]
		[ "$(field '.event_log | length')" = 29 ]
		[ "$(field .app_compose)" != null ]
	done
	certificate other
	web --app-cert "$C"
	run -1 "$BIN/refval-fetch" "$U/prpc/Worker.Info"
	[[ $output == *"does not bind the key of its certificate"* ]]
}

# bats test_tags=slow
@test "each interface is found when it is the only one, wherever it is" {
	for at in var/run/dstack.sock run/dstack.sock var/run/dstack/dstack.sock run/dstack/dstack.sock; do
		mkdir -p "$D/root/$(dirname $at)"
		S=$D/root/$at
		agent
		run -0 "$BIN/refval-fetch" --root "$D/root" -o "$OUT"
		[ "$(field .source.from)|$(field .source.api)" = "$S|GetQuote" ]
		rm -rf "$D/root"
	done
	for at in var/run/tappd.sock run/tappd.sock; do
		mkdir -p "$D/root/$(dirname $at)"
		S=$D/root/$at
		agent --api old03
		printf hello > "$D/st"
		run -0 "$BIN/refval-fetch" --root "$D/root" --api tappd --statement "$D/st" --hash sha512 --prefix app-data -o "$OUT"
		[ "$(field .source.from)|$(field .source.api)" = "$S|Tappd.TdxQuote" ]
		rm -rf "$D/root"
	done
	# A file of that name is no socket.
	mkdir -p "$D/root/run"
	: > "$D/root/run/dstack.sock"
	run -3 "$BIN/refval-fetch" --root "$D/root"
	[[ $output == *"no guest interface here"* ]]
}

# bats test_tags=slow
@test "old API: keccak, raw, and what the agent is asked for" {
	agent --api old --log "$D/log"
	printf hello > "$D/st"
	for h in keccak256 keccak384 keccak512; do
		for p in app-data mine; do
			run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --api tappd --statement "$D/st" --hash $h --prefix $p
			[ "$(rd_of_quote)" = "$(field .source.asked)" ]
			grep -q "TdxQuote.*\"report_data\":\"68656c6c6f\",\"hash_algorithm\":\"$h\",\"prefix\":\"$p\"" "$D/log"
			run -0 "$BIN/refval-diff" "$OUT" --statement "$D/st" --hash $h --prefix $p --json
			[ "$(bound statement)" = yes ]
		done
	done
	head -c 64 /dev/urandom > "$D/raw"
	run -0 "$BIN/refval-fetch" --socket "$S" -o "$OUT" --api tappd --statement "$D/raw" --hash raw
	[ "$(rd_of_quote)" = "$(od -An -v -tx1 "$D/raw" | tr -d ' \n')" ]
	run -2 "$BIN/refval-fetch" --socket "$S" --api tappd --statement "$D/raw" --hash raw --prefix app-data
}

# bats test_tags=slow
@test "the other methods misbehave in the same ways: refused as the first is" {
	for api in old attest; do
		while IFS='|' read -r mode code words; do
			agent --api $api --mode "$mode"
			run -"$code" --separate-stderr "$BIN/refval-fetch" --socket "$S" -o "$OUT" --timeout 20
			echo "# $api $mode: $stderr"
			[[ $stderr == "refval-fetch: $S: "*"$words"* ]]
			[ -z "$output" ]
			nothing
		done <<- 'EOF'
			replay|1|a stale or replayed quote
			truncated|3|hung up midway
			hangup|3|hung up midway
			oversized|3|longer than 16777216 bytes
			html|3|answered with text/html, not JSON
			error500|3|HTTP status 500
			garbage|3|evidence
			trailing|3|end of file expected
		EOF
	done
	agent --api old --mode wrong
	run -1 --separate-stderr "$BIN/refval-fetch" --socket "$S" -o "$OUT"
	[[ $stderr == *"a stale or replayed quote"* ]]
	nothing
}

@test "evidence as applications write it: base64, hex of hex, eventLog" {
	M=$A/near-058-dev-3e6394
	hex=$(od -An -v -tx1 "$M/quote.bin" | tr -d ' \n')
	jq --arg q "$(base64 -w 0 "$M/quote.bin")" '{statement: {a: 1}, quote: $q, eventLog: .event_log}' "$M/tcb_info.json" > "$D/base64"
	jq --arg q "$(printf %s "$hex" | od -An -v -tx1 | tr -d ' \n')" '{certFingerprint: "00", quote: $q, eventLog: (.event_log | tojson)}' "$M/tcb_info.json" > "$D/twice"
	for f in base64 twice; do
		run -0 "$BIN/refval-fetch" "$D/$f" --offline -o "$OUT"
		[ "$(field .quote)" = "$hex" ]
		[ "$(field '.event_log | length')" = 29 ]
		run -0 "$BIN/refval-quote" "$D/$f" --collateral "$M/collateral.json" --at 2026-04-01
	done
	jq -n '{quote: "AAAA"}' > "$D/no"
	run -3 "$BIN/refval-quote" --decode "$D/no"
	[[ $output == *"no SGX or TDX quote"* ]]
	jq -n '{quote: "not a quote!"}' > "$D/no"
	run -3 "$BIN/refval-quote" --decode "$D/no"
	[[ $output == *"hex"* ]]
}

# bats test_tags=slow
@test "a PCCS that fails: exit 3 or 4, no file, no cache" {
	while IFS='|' read -r mode code words; do
		web --api pccs --mode "$mode" --seconds 15
		[ "$code" = 4 ] && wait=1 || wait=5
		run -"$code" --separate-stderr timeout 12 "$BIN/refval-fetch" "$PQ" --collateral-from "$U" --cache "$D/cache" -o "$OUT" --timeout $wait
		echo "# $mode: $stderr"
		[[ $stderr == *"$words"* ]]
		nothing
		[ ! -e "$D/cache" ]
	done <<- 'EOF'
		truncated|3|hung up midway
		oversized|3|longer than 16777216 bytes
		error500|3|HTTP status 500
		empty|3|tcbInfo
		garbage|3|tcbInfo
		redirect|3|to another place
		slow|4|too slow
	EOF
	run -4 "$BIN/refval-fetch" "$PQ" --collateral-from http://127.0.0.1:1 -o "$OUT"
	nothing
	# A quote that names no platform cannot be asked for.
	run -3 "$BIN/refval-fetch" "$V/dcap/synth/ct1_plain_ppid.quote.bin" --collateral-from "$U" -o "$OUT"
	[[ $output == *"name no platform"* ]]
}

# bats test_tags=slow
@test "progress: on a terminal, also while nothing comes" {
	need script
	# A folder that is a root of its own may have no /dev/pts.
	script -qec true /dev/null > /dev/null 2>&1 || skip "no pseudo-terminal can be had"
	agent --mode slow --seconds 30
	run -4 script -qec "'$BIN/refval-fetch' --socket '$S' --timeout 4 -o '$OUT'" /dev/null
	[[ $output == *"fetching http://localhost/GetQuote: 0 KiB"* ]]
	[[ $output == *"too slow"* ]]
}

# bats test_tags=slow
@test "progress: nowhere but on a terminal" {
	agent --mode slow --seconds 30
	run -4 --separate-stderr "$BIN/refval-fetch" --socket "$S" --timeout 4 -o "$OUT"
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr != *KiB* ]]
}

# bats test_tags=slow
@test "a server that takes no connection: half of the time, then exit 4" {
	# Its queue is full, and nobody accepts.
	background python3 -c '
import socket, sys, time, os
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
port = s.getsockname()[1]
full = []
for i in range(8):
    c = socket.socket(); c.setblocking(False); c.connect_ex(("127.0.0.1", port)); full.append(c)
time.sleep(0.3)
open(sys.argv[1] + ".new", "w").write(str(port)); os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(20)' "$D/full"
	wait_for "$D/full"
	start=$SECONDS
	run -4 --separate-stderr timeout 20 "$BIN/refval-fetch" "http://127.0.0.1:$(cat "$D/full")/" --timeout 4 -o "$OUT"
	[ $((SECONDS - start)) -lt 12 ]
	[[ $stderr == *"too slow"* ]]
	nothing
}

@test "a path that is too long for a socket is wrong use or no connection, never a crash" {
	long=$D/$(printf 'x%.0s' {1..200})
	run "$BIN/refval-fetch" --socket "$long"
	[ "$status" = 4 ] || [ "$status" = 2 ]
	[[ $output == "refval-fetch: "* ]]
}

# ---- the command line ----

@test "wrong use" {
	for args in "--report-data 0" "--report-data zz" "--report-data" "--nonce --report-data 00" \
		"--hash sha256" "--json" "--offline" "--offline --socket x" "--offline http://x/" "--ccel x" \
		"--api none --socket x" "--timeout 0" "--timeout x" "--update late --cache x" "--refresh" \
		"--root-crl-from x" "a b" "--socket x http://y/" "--api dstack http://y/"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$BIN/refval-fetch" $args
		no_result
		[ "${#stderr_lines[@]}" = 2 ]
	done
	run -2 "$BIN/refval-fetch" --report-data "$(printf '0%.0s' {1..130})"
	printf x > "$D/st"
	run -2 "$BIN/refval-fetch" --socket "$S" --statement "$D/st" --hash md5
}

@test "a result that cannot be written is exit 4, and what was there stays" {
	agent
	run -4 "$BIN/refval-fetch" --socket "$S" -o "$D/no/such/folder/e.json"
	run -4 "$BIN/refval-fetch" --socket "$S" -o /dev/full
	[ -c /dev/full ]
	run -4 bash -c '"$@" > /dev/full' - "$BIN/refval-fetch" --socket "$S"
	mkdir "$D/e.json"
	run -4 "$BIN/refval-fetch" --socket "$S" -o "$D/e.json"
	[ -d "$D/e.json" ]
	[ "$(find "$D" -name 'e.json.*')" = "" ]
}

# bats test_tags=slow
@test "proxies: as the environment says, never for sockets" {
	web
	unset no_proxy
	run -0 env http_proxy="$U" "$BIN/refval-fetch" http://machine.invalid/captured -o "$OUT"
	[ "$(field .source.from)" = http://machine.invalid/captured ]
	run -4 env http_proxy="$U" no_proxy=machine.invalid "$BIN/refval-fetch" http://machine.invalid/captured
	agent
	run -0 env http_proxy=http://127.0.0.1:1 "$BIN/refval-fetch" --socket "$S" -o "$OUT"
}

@test "--offline opens no connection" {
	need strace
	kernel good
	run -0 strace -f -qq -e trace=socket,connect -o "$D/trace" "$BIN/refval-fetch" --offline --tsm "$T" -o "$OUT"
	[ ! -s "$D/trace" ]
	[ "$(rd_of_quote)" = "$(field .source.asked)" ]
}

# Every program but refval-fetch in its real jobs: exit code, command, options.
jobs_of_others() {
	local m=$A/near-058-dev-3e6394 w=$D/w
	cat <<- EOT
		0 refval verify --release dstack-dev-0.5.8 --evidence $m --at 2026-04-01T00:00:00Z
		0 refval-acpi --cpus 2 --memory 2G --qemu 8.2.2
		0 refval-diff $m/app-compose.json $m
		1 refval-diff $m --report-data 00
		0 refval-hash compose $m/app-compose.json
		0 refval-hash image $w/dev/formats/demo.docker25.tar
		0 refval-measure $w/image.tar.gz --cpus 2 --memory 2G --qemu 8.2.2 --json
		0 refval-measure --solve $m
		0 refval-publish $w/values.json --format in-toto --sign-key $w/key.pem -o $w/dsse
		0 refval-publish $w/values.json --format corim -o $w/corim
		0 refval-quote $m --at 2026-04-01T00:00:00Z --explain
		3 refval-quote $m --at 2030-04-01T00:00:00Z
		0 refval-gpu $V/gpu/vg_h100_595.json --rim $V/gpu/rims --at 2026-11-28
		0 refval-releases $m
		0 refval-replay $m
		0 refval-serve --listen unix:$w/socket --check
		0 refval-snp $V/snp/dstack/report.bin --cert $V/snp/dstack/vcek.pem --cert $V/snp/dstack/ask.pem --at 2026-10-01
		0 refval-unpack $w/image.tar.gz --to $w/files
		0 refval-verify --release dstack-dev-0.5.8 --evidence $m --at 2026-04-01T00:00:00Z --html $w/page
		1 refval-verify --image $w/image.tar.gz --evidence $m --at 2026-04-01T00:00:00Z
	EOT
}

# bats test_tags=slow
@test "no other program opens a socket, whatever it does; none is left out" {
	need strace xz
	W=$D/w
	mkdir "$W"
	xz -dc "$V/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > "$W/fd"
	python3 "$TESTS/tools/make-image.py" --layout 0.5.8 --out "$W/image.tar.gz" --firmware "$W/fd" --kernel "$V/measure/kernel/plain.bin"
	"$BIN/refval-measure" "$W/image.tar.gz" --cpus 2 --memory 2G --qemu 8.2.2 --json > "$W/values.json"
	openssl genpkey -algorithm ed25519 -out "$W/key.pem"
	oci_vectors "$W" dev/formats/demo.docker25.tar
	# The trace does see one: of the command that may. Nobody answers behind this one.
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$D/none.sock"
	run -4 strace -f -qq -e trace=network -o "$D/trace" "$BIN/refval-fetch" --socket "$D/none.sock"
	run -0 grep -cE '^[0-9]+ +socket\(' "$D/trace"
	while read -r want name args; do
		rm -f "$D/trace"
		# shellcheck disable=SC2086
		run -"$want" strace -f -qq -e trace=network -o "$D/trace" "$BIN/$name" $args
		[ -e "$D/trace" ]
		run -1 grep -E '^([0-9]+ +)?[a-z0-9_]+\(' "$D/trace"
		echo "$name" >> "$D/seen"
	done < <(jobs_of_others)
	# A program without a line above is one that nobody watched.
	run -0 diff <(sort -u "$D/seen") <(basename -a "$BIN"/* | grep -vx refval-fetch | sort)
}

@test "nothing but refval-fetch reaches libcurl or libssl, through no library either" {
	need ldd
	run -0 ldd "$BIN/refval-fetch"
	[[ $output == *libcurl* && $output == *libssl* ]]
	n=0
	for p in "$BIN"/*; do
		[ "$(basename "$p")" != refval-fetch ] || continue
		run -0 ldd "$p"
		[[ $output == *libc.so* ]]
		# Debian's libmicrohttpd could speak TLS, by a library that is then loaded and never called.
		[ "$(basename "$p")" != refval-serve ] || output=${output//libgnutls/}
		[[ ! $output =~ libcurl|libssl|libgnutls|libssh|libnghttp ]] || { echo "$p: $output"; false; }
		n=$((n + 1))
	done
	[ "$n" -ge 10 ]
}
