# SPDX-License-Identifier: Apache-2.0
# refval-serve: the verdict over HTTP. See docs/refval-serve.1 and docs/SERVE.md.
load helper

setup_file() {
	need curl jq
	cd "$BATS_FILE_TMPDIR" || return
	"$BIN/refval-fetch" "$V/real/near-058-dev-3e6394" --offline 2> /dev/null | jq -c . > near
	jq -c '{id: "a", evidence: ., release: "dstack-dev-0.5.8"}' near > good
	jq -c '{evidence: ., release: "dstack-0.5.8"}' near > wrong
	jq -c 'del(.collateral)' near > bare
	jq -c '{evidence: ., release: "dstack-dev-0.5.8"}' bare > lacking
	echo '{"id": "b", "evidence": "00", "relaese": "x"}' > typo
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	D=$BATS_TEST_TMPDIR
	export ASAN_OPTIONS=detect_leaks=0
}

teardown() {
	stop_all
	for p in ${STOPPED:-}; do kill -CONT "$p" 2> /dev/null || true; done
}

# start ARGS...: a server, on loopback unless ARGS say where; URL is its address.
start() {
	[[ " $* " == *" --listen "* ]] || set -- --listen 127.0.0.1:0 "$@"
	"$BIN/refval-serve" --at 2026-04-01 "$@" 2> "$D/log" > /dev/null 3>&- &
	SERVER=$!
	PIDS="${PIDS:-} $SERVER"
	for _ in $(seq 200); do
		URL=$(sed -n 's/^refval-serve: \([^;]*\);.*/\1/p' "$D/log")
		[ -z "$URL" ] || return 0
		kill -0 "$SERVER" 2> /dev/null || break
		sleep 0.02
	done
	cat "$D/log"
	return 1
}

# ask PATH [CURL ARGS]: the body to $D/body; prints the status.
ask() {
	local path=$1
	shift
	curl -sS -o "$D/body" -D "$D/head" -w '%{http_code}' --max-time 30 "$@" "$URL$path"
}

# children: process ids of the server's own; workers: those but the first, which speaks HTTP.
children() {
	cat /proc/[0-9]*/stat 2> /dev/null | awk -v p="$SERVER" '{ pid = $1; sub(/.*\) /, ""); if ($2 == p) print pid }' | sort -n
}
workers() { children | tail -n +2; }

# until COMMAND...: it succeeds, within five seconds.
until_() {
	for _ in $(seq 250); do
		! "$@" || return 0
		sleep 0.02
	done
	echo "never: $*"
	return 1
}

# shows LINE: it is among the metrics.
shows() { curl -s --max-time 5 "$URL/metrics" | grep -qxF "$1"; }

freeze() {
	STOPPED="${STOPPED:-} $*"
	kill -STOP "$@"
}

@test "one envelope, one report: the bytes of refval-verify --json without the files it names" {
	start
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence near --at 2026-04-01 --json > "$D/own"
	[ "$(tail -n 1 "$D/own")" = '}' ]
	# The member "subject" is the last one.
	sed '/^  "subject": {$/,$d' "$D/own" | sed '$s/,$//' | cat - <(echo '}') | diff - "$D/body"
	grep -qix $'Content-Type: application/json\r' "$D/head"
	[ "$(ask /v1/verify --data-binary @wrong)" = 200 ]
	[ "$(jq -r .verdict "$D/body")" = no ]
	# Evidence alone: which machine is it?
	[ "$(ask /v1/verify --data-binary @near)" = 200 ]
	[ "$(jq -r .verdict "$D/body")" = cannot-tell ]
	"$BIN/refval-verify" near --at 2026-04-01 --json > "$D/own" || true
	sed -i 's/refval-verify near/refval-verify EVIDENCE/' "$D/own"
	diff <(jq -S 'del(.subject)' "$D/own") <(jq -S . "$D/body")
}

@test "lines in, result lines out: the bytes of refval-verify --jsonl" {
	start --jobs 2
	cat good wrong typo near lacking - > "$D/lines" <<< ''
	"$BIN/refval-verify" --jsonl "$D/lines" --at 2026-04-01 > "$D/own" || true
	# The command line knows another way to the collateral, and says so.
	[ "$(wc -l < "$D/own")" = 6 ]
	[ "$(ask "/v1/verify?stream" --data-binary "@$D/lines")" = 200 ]
	cmp "$D/own" "$D/body"
	grep -qix $'Content-Type: application/x-ndjson\r' "$D/head"
	# Without a line feed at the end, in chunks, over one connection, and none at all.
	head -c -1 "$D/lines" > "$D/cut"
	[ "$(ask "/v1/verify?stream" -H 'Transfer-Encoding: chunked' --data-binary "@$D/cut")" = 200 ]
	head -n 5 "$D/own" | cmp - "$D/body"
	[ "$(ask "/v1/verify?stream" --data-binary '')" = 200 ]
	[ ! -s "$D/body" ]
}

@test "the lines of a stream are with all workers at once, and their results in order" {
	start --jobs 2
	for i in 1 2 3 4 5 6 7 8 9 10; do jq -c --arg i $i '.id = $i' good; done > "$D/ten"
	"$BIN/refval-verify" --jsonl "$D/ten" --at 2026-04-01 > "$D/own"
	one=$(workers | head -n 1)
	freeze "$one"
	ask "/v1/verify?stream" --data-binary "@$D/ten" > "$D/status" 3>&- &
	stream=$!
	# One line waits with the one; the other goes on, but not without end.
	until_ shows refval_lines_total\ 8
	[ ! -s "$D/body" ]
	# Somebody else's request has its turn in between.
	mkdir "$D/2"
	[ "$(D=$D/2; ask /v1/verify --data-binary @good)" = 200 ]
	shows refval_lines_total\ 8
	kill -CONT "$one"
	wait "$stream"
	cmp "$D/own" "$D/body"
	# Who goes away leaves nothing behind.
	freeze "$one"
	run -28 curl -sS -o "$D/body" --max-time 1 --data-binary "@$D/ten" "$URL/v1/verify?stream"
	kill -CONT "$one"
	until_ shows refval_body_bytes\ 0
	until_ shows 'refval_workers{state="idle"} 2'
}

@test "what is wrong with a request is said, by status and sentence" {
	start --max-body 1
	head -c 1048577 /dev/zero > "$D/long"
	for c in "422 3 /v1/verify typo" "422 3 /v1/verify /dev/null" "413 2 /v1/verify $D/long" "400 2 /v1/verify?x=1 good" \
		"400 2 /v1/verify?stream=1 good" "400 2 /v1/verify?stream&stream good" "404 2 /v1/verif good" "404 2 // good" \
		"405 2 /healthz good"; do
		read -r status exit path file <<< "$c"
		[ "$(ask "$path" --data-binary "@$file")" = "$status" ] || { echo "$c"; cat "$D/body"; false; }
		[ "$(jq -c '[.schema, .command, .exit, (.error | length > 5)]' "$D/body")" = '["refval.error/1","refval-serve",'"$exit"',true]' ]
		grep -qix $'X-Content-Type-Options: nosniff\r' "$D/head"
		grep -qi "^Content-Security-Policy: default-src 'none'" "$D/head"
	done
	[ "$(ask /v1/verify --data-binary @typo)" = 422 ]
	[ "$(jq -r .error "$D/body")" = "envelope: no member of it is called relaese" ]
	[ "$(ask /v1/verify)" = 405 ]
	grep -qix $'Allow: POST\r' "$D/head"
	[ "$(ask /v1/verify -H 'Content-Encoding: gzip' --data-binary @good)" = 415 ]
	# Of unknown length, and too long.
	[ "$(ask /v1/verify -H 'Transfer-Encoding: chunked' -H 'Expect:' --data-binary "@$D/long")" = 413 ]
	head -c 1048576 "$D/long" > "$D/full"
	[ "$(ask /v1/verify --data-binary "@$D/full")" = 422 ]
	[ "$(ask /healthz)" = 200 ]
	[ "$(cat "$D/body")" = ok ]
	[ "$(ask /healthz -I)" = 200 ]
}

# bats test_tags=slow
@test "damaged bodies, forms and chunks have an answer, and nothing ends" {
	need python3
	start --jobs 2
	run -0 python3 "$TESTS/tools/fuzz_http.py" "${URL#http://}" "${FUZZ_SECONDS:-4}" "${FUZZ_SEED:-1}" good near "$V/real/060-lite-getquote-v3/getquote.json"
	[[ $output == *" requests: "*"; no crash" ]]
	[ "$(wc -l < "$D/log")" = 1 ]
}

@test "an address that other machines reach is refused, and --public where there is none" {
	for a in 0.0.0.0:0 192.0.2.1:80 '[::]:0' '[2001:db8::1]:80' 128.0.0.1:0; do
		run -2 --separate-stderr "$BIN/refval-serve" --listen "$a"
		[[ ${stderr_lines[0]} == "refval-serve: $a: other machines reach this address: --public says that they may" ]]
	done
	for a in localhost:80 127.0.0.1 127.0.0.1: 127.0.0.1:65536 :80 ::1:80 '[127.0.0.1]:80' '[::1]' 127.1:80 unix tcp:1; do
		run -2 --separate-stderr "$BIN/refval-serve" --listen "$a"
		[[ ${stderr_lines[0]} == "refval-serve: --listen $a: neither ADDRESS:PORT "* ]]
	done
	for a in 127.0.0.1:0 '[::1]:0' unix:socket; do
		run -2 --separate-stderr "$BIN/refval-serve" --public --listen "$a"
		[[ ${stderr_lines[0]} == "refval-serve: --public: other machines do not reach --listen $a" ]]
		run -0 "$BIN/refval-serve" --listen "$a" --check
	done
	run -0 "$BIN/refval-serve" --public --listen 0.0.0.0:0 --check
	run -2 "$BIN/refval-serve" --listen unix: --check
	run -2 --separate-stderr "$BIN/refval-serve"
	[[ ${stderr_lines[0]} == "refval-serve: --listen is needed" ]]
	run -2 --separate-stderr env -u LISTEN_FDS "$BIN/refval-serve" --listen systemd
	[[ ${stderr_lines[0]} == "refval-serve: --listen systemd: no socket was passed"* ]]
	for o in "--jobs 0" "--jobs 257" "--queue x" "--max-body 1025" "--timeout 3601" "--connections 0" "--collateral near" "--releases near" "near"; do
		# shellcheck disable=SC2086
		run -2 "$BIN/refval-serve" --listen 127.0.0.1:0 --check $o
	done
}

@test "a Unix socket: for owner and group, gone at the end, and never taken from another" {
	start --listen "unix:$D/socket"
	[ "$URL" = "unix:$D/socket" ]
	[ "$(stat -c %a "$D/socket")" = 660 ]
	URL=http://any
	[ "$(ask /v1/verify --unix-socket "$D/socket" --data-binary @good)" = 200 ]
	[ "$(jq -r .verdict "$D/body")" = yes ]
	run -4 --separate-stderr "$BIN/refval-serve" --listen "unix:$D/socket"
	[[ $stderr == *"Address already in use"* ]]
	kill "$SERVER"
	wait "$SERVER"
	[ ! -e "$D/socket" ]
}

@test "a socket that systemd passes is taken, one and no more" {
	need python3
	python3 "$TESTS/tools/slow.py" fd "$BIN/refval-serve" --listen systemd --at 2026-04-01 > "$D/port" 2> "$D/log" 3>&- &
	PIDS=$!
	until_ grep -q "http://127.0.0.1:" "$D/log"
	URL=http://127.0.0.1:$(cat "$D/port")
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	run -2 --separate-stderr env LISTEN_FDS=2 bash -c 'export LISTEN_PID=$$; exec "$@"' - "$BIN/refval-serve" --listen systemd
	[[ ${stderr_lines[0]} == *"2 sockets were passed; one is taken" ]]
	run -2 --separate-stderr env LISTEN_FDS=1 bash -c 'export LISTEN_PID=$$; exec "$@" 3< /dev/null' - "$BIN/refval-serve" --listen systemd
	[[ ${stderr_lines[0]} == *"is no stream socket that listens" ]]
}

@test "the queue is bounded: 503 and Retry-After, and who waits is answered" {
	start --jobs 1 --queue 1
	freeze $(workers)
	ask /v1/verify --data-binary @good > "$D/one" 3>&- &
	one=$!
	D2=$D/second
	mkdir "$D2"
	until_ shows 'refval_workers{state="busy"} 1'
	(D=$D2; ask /v1/verify --data-binary @good) > "$D/two" 3>&- &
	two=$!
	until_ shows 'refval_queue 1'
	[ "$(D=$BATS_TEST_TMPDIR; curl -sS -o "$D/third" -D "$D/head3" -w '%{http_code}' --data-binary @good "$URL/v1/verify")" = 503 ]
	grep -qix $'Retry-After: 1\r' "$D/head3"
	[ "$(jq -r .exit "$D/third")" = 4 ]
	[ "$(ask /healthz)" = 200 ]
	kill -CONT $(workers)
	wait "$one" "$two"
	[ "$(cat "$D/one") $(cat "$D/two")" = "200 200" ]
	[ "$(jq -r .verdict "$D2/body")" = yes ]
}

@test "a request that takes too long is 504, and its worker is replaced" {
	start --jobs 1 --timeout 1
	was=$(workers)
	freeze $was
	[ "$(ask /v1/verify --data-binary @good)" = 504 ]
	[[ $(jq -r .error "$D/body") == *--timeout* ]]
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	[ "$(jq -r .verdict "$D/body")" = yes ]
	[ "$(workers)" != "$was" ]
	grep -qx "refval-serve: a worker ended by signal 9" "$D/log"
}

@test "a crash takes down its own request and no other" {
	start --jobs 2
	crash=$(workers | head -n 1)
	freeze $(workers)
	mkdir "$D/1" "$D/2"
	(D=$D/1; ask /v1/verify --data-binary @good > "$D/status") 3>&- &
	one=$!
	(D=$D/2; ask "/v1/verify?stream" --data-binary @<(cat good good good) > "$D/status") 3>&- &
	two=$!
	until_ shows 'refval_workers{state="busy"} 2'
	kill -SEGV "$crash"
	kill -CONT $(workers)
	wait "$one" "$two"
	# Whichever of the two it was.
	said=$(cat "$D/1/status")
	results=$(jq -c .verdict "$D/2/body" | tr '\n' ' ')
	if [ "$said" = 200 ]; then
		[ "$results" = '"cannot-tell" "yes" "yes" ' ]
		[[ $(head -n 1 "$D/2/body" | jq -r '[.schema, .line, .error] | @tsv') == *"refval.result/1	1	the process that worked on this request ended;"* ]]
	else
		[ "$said $results" = '500 "yes" "yes" "yes" ' ]
		[[ $(jq -r .error "$D/1/body") == "the process that worked on this request ended;"* ]]
	fi
	# A sanitizer makes an exit of the signal.
	grep -qE "^refval-serve: a worker ended (by signal 11|with 1)$" "$D/log"
	three() { [ "$(children | wc -l)" = 3 ]; }
	until_ three
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
}

@test "SIGTERM: what was begun is answered, nothing else is; then exit 0" {
	start --jobs 1
	worker=$(workers)
	freeze "$worker"
	ask /v1/verify --data-binary @good > "$D/status" 3>&- &
	one=$!
	until_ shows 'refval_workers{state="busy"} 1'
	# As a terminal and systemd do: to all of them.
	kill -TERM "$SERVER" $(children)
	until_ bash -c "! curl -s -o /dev/null --max-time 2 $URL/healthz"
	[ -d "/proc/$SERVER" ]
	kill -CONT "$worker"
	wait "$one"
	[ "$(cat "$D/status")" = 200 ]
	grep -qix $'Connection: close\r' "$D/head"
	wait "$SERVER"
	[ "$(wc -l < "$D/log")" = 1 ]
	# An idle connection is not waited for, twice SIGTERM waits for nobody.
	start --jobs 1
	freeze $(workers)
	(ask /v1/verify --data-binary @good || true) > /dev/null 2>&1 3>&- &
	until_ shows 'refval_workers{state="busy"} 1'
	kill "$SERVER"
	until_ bash -c "! curl -s -o /dev/null --max-time 2 $URL/healthz"
	kill "$SERVER"
	wait "$SERVER"
}

@test "slow, deaf and broken clients do not stop a good one" {
	need python3
	start --jobs 1 --connections 50 --timeout 2
	python3 "$TESTS/tools/slow.py" "${URL#http://}" hold 200 "$D/held" 3>&- &
	PIDS="$PIDS $!"
	until_ test -e "$D/held"
	for _ in 1 2 3; do
		[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	done
	rm "$D/held"
	run -0 python3 "$TESTS/tools/slow.py" "${URL#http://}" trickle 10
	[[ $output == "closed after "[23]" s" ]]
	# Twenty results for somebody who reads none of them for five seconds.
	for _ in $(seq 60); do cat good; done > "$D/many"
	python3 "$TESTS/tools/slow.py" "${URL#http://}" deaf "$D/many" "/v1/verify?stream" 4 > "$D/deaf" 3>&- &
	deaf=$!
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	run -0 python3 "$TESTS/tools/slow.py" "${URL#http://}" broken
	[ "${#lines[@]}" = 10 ]
	[ -z "$(grep -vxE 'closed|HTTP/1\.[01] (400|404|405|413|414|431|505) .*' <<< "$output")" ] || { echo "$output"; false; }
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	wait "$deaf"
	# It was hung up on before all was sent.
	[ "$(cut -d' ' -f1 "$D/deaf")" -lt "$((60 * 12000))" ]
	[ "$(grep -c . "$D/log")" = 1 ]
}

# bats test_tags=slow
@test "bodies that never end give up their room to who comes" {
	need python3
	start --jobs 1
	# Each takes 16 MiB of the 256.
	python3 "$TESTS/tools/slow.py" "${URL#http://}" fill 17 9 "$D/held" 3>&- &
	PIDS="$PIDS $!"
	until_ test -e "$D/held"
	for _ in 1 2 3; do
		[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	done
	[ "$(curl -s "$URL/metrics" | sed -n 's/^refval_evicted_total //p')" -ge 1 ]
	[ "$(curl -s "$URL/metrics" | sed -n 's/^refval_body_bytes //p')" -le 268435456 ]
	rm "$D/held"
}

@test "no process of it can connect, start a program or read elsewhere: tried, in each of them" {
	need strace
	strace -ff -qq -e trace=socket,connect,execve,openat -o "$D/trace" "$BIN/refval-serve" --listen "unix:$D/socket" --jobs 2 2> "$D/log" 3>&- &
	PIDS=$!
	until_ test -s "$D/log"
	# Who traces may end and leave it running.
	PIDS="$PIDS $(basename "$(grep -l '^socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC' "$D"/trace.*)" | cut -d. -f2)"
	curl -sS --unix-socket "$D/socket" --data-binary @good http://any/v1/verify > "$D/body"
	[ "$(jq -r .schema "$D/body")" = refval.report/1 ]
	# Keeper, front, two workers: each tried, and each was refused.
	until_ bash -c "[ \"\$(cat $D/trace.* | grep -c '/proc/self/exe')\" = 4 ]"
	[ "$(ls "$D"/trace.* | wc -l)" = 4 ]
	for t in "$D"/trace.*; do
		for f in AF_INET AF_INET6 AF_UNIX AF_NETLINK; do
			grep -qE "^socket\($f, SOCK_STREAM, .* = -1 EPERM" "$t"
		done
		grep -qE '^connect\(0, .* = -1 EPERM' "$t"
		grep -qE '^execve\("/proc/self/exe", .* = -1 EPERM' "$t"
	done
	# One socket was made, and nothing was ever connected to.
	[ "$(cat "$D"/trace.* | grep -E '^socket\(' | grep -cv EPERM)" = 1 ]
	[ "$(cat "$D"/trace.* | grep -E '^connect\(' | grep -cv EPERM)" = 0 ]
	[ "$(cat "$D"/trace.* | grep -cE '^openat\(.*"/tmp", .*O_TMPFILE.* = -1 (EPERM|EACCES)')" = 3 ]
	if [[ $("$BIN/refval-serve" --listen unix:x --check) == *"no Landlock in this kernel"* ]]; then
		grep -q "no Landlock" "$D/log"
	else
		[ "$(cat "$D"/trace.* | grep -cE '^openat\(.*"/etc/passwd", .* = -1 (EACCES|EPERM)')" = 3 ]
	fi
	for t in "$D"/trace.*; do
		grep -qx $'Seccomp:\t2' "/proc/${t##*.}/status"
		grep -qx $'NoNewPrivs:\t1' "/proc/${t##*.}/status"
	done
}

@test "POST /verify answers as dstack-verifier does, and is_valid only where all agrees" {
	start --jobs 1
	hash=$(jq -r '.os_image_hash.value // .os_image_hash' "$TOP/images/releases/dstack-dev-0.5.8.json")
	jq -c --arg h "$hash" '{quote, event_log, collateral, vm_config: ({os_image_hash: $h, cpu_count: 8} | tojson)}' near > "$D/request"
	[ "$(ask /verify --data-binary "@$D/request")" = 200 ]
	[ "$(jq -c '[.is_valid, .reason, (.details | keys_unsorted), (.details.app_info | keys_unsorted), (.details.boot_info | keys_unsorted)]' "$D/body")" = \
		'[true,null,["quote_verified","event_log_verified","os_image_hash_verified","acpi_tables_verified","os_image_is_dev","os_image_version","tee_variant","report_data","tcb_status","advisory_ids","key_provider","app_info","boot_info"],["app_id","compose_hash","instance_id","device_id","mr_system","mr_aggregated","os_image_hash","key_provider_info","init_script_hashes"],["teeVariant","mrAggregated","osImageHash","mrSystem","appId","composeHash","instanceId","deviceId","keyProviderInfo","tcbStatus","advisoryIds"]]' ]
	[ "$(jq -c --arg h "$hash" '.details | [.quote_verified, .event_log_verified, .os_image_hash_verified, .os_image_is_dev, .os_image_version, .tee_variant,
		.tcb_status, .advisory_ids, .app_info.os_image_hash == $h, .boot_info.osImageHash == $h]' "$D/body")" = \
		'[true,true,true,true,"0.5.8","dstack-tdx","UpToDate",[],true,true]' ]
	# The hash of the manifest, and what sha256(mrtd, rtmr0 ... rtmr3, mr_config_id ...) is, by another hand.
	[ "$(jq -r .details.app_info.compose_hash "$D/body")" = "$(sha256sum < "$V/real/near-058-dev-3e6394/app-compose.json" | cut -d' ' -f1)" ]
	q=$(jq -r .quote near)
	body=96
	[ "$(jq -r .details.report_data "$D/body")" = "${q:$((body + 520 * 2)):128}" ]
	mrs=${q:$((body + 136 * 2)):96}${q:$((body + 328 * 2)):384}${q:$((body + 184 * 2)):288}
	[ "$(jq -r .details.app_info.mr_aggregated "$D/body")" = "$(xxd -r -p <<< "$mrs" | sha256sum | cut -d' ' -f1)" ]
	kp=$(jq -r .details.app_info.key_provider_info "$D/body" | xxd -r -p)
	[ "$(jq -c .details.key_provider "$D/body")" = "$(jq -c . <<< "$kp")" ]
	mrs=${q:$((body + 136 * 2)):96}${q:$((body + 328 * 2)):288}$(printf %s "$kp" | sha256sum | cut -d' ' -f1)
	[ "$(jq -r .details.app_info.mr_system "$D/body")" = "$(xxd -r -p <<< "$mrs" | sha256sum | cut -d' ' -f1)" ]

	# no FILE STEPS REASON: what is refused, how far it came, and why.
	no() {
		[ "$(ask /verify --data-binary "@$1")" = 200 ]
		[ "$(jq -c '[.is_valid, .details.quote_verified, .details.os_image_hash_verified, .details.event_log_verified]' "$D/body")" = "[false,$2]" ] ||
			{ cat "$D/body"; false; }
		[ "$(jq -c '.details | [.app_info, .key_provider, has("boot_info"), .os_image_version]' "$D/body")" = '[null,null,false,null]' ] ||
			[ "$2" = true,true,false ]
		[[ $(jq -r .reason "$D/body") == $3 ]] || { cat "$D/body"; false; }
	}
	no near true,false,false "OS image hash verification failed: no vm_config, which names the image"
	other=$(jq -r '.os_image_hash.value // .os_image_hash' "$TOP/images/releases/dstack-0.5.8.json")
	sed "s/$hash/$other/" "$D/request" > "$D/other"
	no "$D/other" true,false,false "OS image hash verification failed: "*
	sed "s/$hash/${hash//[0-9]/0}/" "$D/request" > "$D/none"
	no "$D/none" true,false,false "OS image hash verification failed: no record of an image of os_image_hash ${hash//[0-9]/0}"
	# A payload of RTMR3 changed: the log is not that of the quote any more.
	jq -c '.event_log |= (if type == "string" then fromjson else . end | map(if .event == "app-id" then .event_payload = "00" + .event_payload[2:] else . end))' \
		"$D/request" > "$D/log-changed"
	no "$D/log-changed" true,true,false "Event log verification failed: "*
	# The last byte of report_data: the signature no longer holds.
	jq -c '.quote |= .[:('"$body"' + 520 * 2)] + "ff" + .[('"$body"' + 520 * 2 + 2):]' "$D/request" > "$D/forged"
	no "$D/forged" false,false,false "Quote verification failed: quote_signature: "*
	jq -c 'del(.collateral)' "$D/request" > "$D/bare"
	no "$D/bare" false,false,false "Quote verification failed: quote_signature: COLLATERAL_MISSING: *refval-fetch EVIDENCE --collateral-from intel*"
	no /dev/null false,false,false "evidence: empty"
	no typo false,false,false "*"
	no "$V/real/nitro-enclave-debug/nitro_attestation_dbg.bin" false,false,false "Quote verification failed: evidence of aws-nitro is answered at /v1/verify"
	[ "$(ask /health)" = 200 ]
	[ "$(cat "$D/body")" = '{"status":"ok","service":"refval-serve"}' ]
}

@test "POST /verify refuses a TCB that is not accepted, and says which it is" {
	start --jobs 1 --accept SWHardeningNeeded
	hash=$(jq -r '.os_image_hash.value // .os_image_hash' "$TOP/images/releases/dstack-dev-0.5.8.json")
	jq -c --arg h "$hash" '. + {vm_config: ({os_image_hash: $h} | tojson)}' near > "$D/request"
	[ "$(ask /verify --data-binary "@$D/request")" = 200 ]
	[ "$(jq -c '[.is_valid, .details.quote_verified, .details.tcb_status]' "$D/body")" = '[false,false,"UpToDate"]' ]
	[[ $(jq -r .reason "$D/body") == "Quote verification failed: tcb_status: "* ]]
}

@test "collateral is found by platform, looked for again when it changes, and what is missing has its command" {
	mkdir "$D/cache"
	start --collateral "$D/cache" --jobs 1
	verdict() {
		[ "$(ask /v1/verify --data-binary "@$1")" = 200 ]
		jq -r .verdict "$D/body"
	}
	reason() { jq -r '.layers[0].checks[] | select(.name == "quote_signature").reason' "$D/body"; }
	[ "$(verdict lacking)" = cannot-tell ]
	[[ $(reason) == *"; fetch it: refval-fetch EVIDENCE --collateral-from intel --cache $D/cache -o evidence.json" ]]
	# Its own will do.
	[ "$(verdict good)" = yes ]
	name=tdx-b0c06f000000-platform-standard.json
	jq .collateral near > "$D/new"
	mv "$D/new" "$D/cache/$name"
	[ "$(verdict lacking)" = yes ]
	# What somebody fetched counts more than what came along.
	echo '{}' > "$D/new"
	mv "$D/new" "$D/cache/$name"
	[ "$(verdict good)" = cannot-tell ]
	[[ $(reason) == *"COLLATERAL_FORMAT: $D/cache/$name: collateral: no member that is known"* ]]
	mv "$D/cache/$name" "$D/aside"
	jq .collateral near > "$D/cache/tdx-b0c06f000000-platform-early.json"
	[ "$(verdict lacking)" = yes ]
	ln -s "$D/cache/tdx-b0c06f000000-platform-early.json" "$D/cache/$name"
	[ "$(verdict lacking)" = cannot-tell ]
	rm "$D/cache"/*
	[ "$(verdict lacking)" = cannot-tell ]
	# That of the request counts most.
	echo '{}' > "$D/cache/$name"
	jq -c '{evidence: del(.collateral), collateral, release: "dstack-dev-0.5.8"}' near > "$D/both"
	[ "$(verdict "$D/both")" = yes ]
}

@test "the folder of collateral has AMD's list and Google's files, too, and they are looked at again when they change" {
	local d=$V/snp/made g=$V/captures/flashbots-gcp-tdx-2026-06/collateral.json c=$BATS_TEST_TMPDIR/cache
	"$BIN/refval-fetch" "$d/report.bin" --offline |
		jq -c --arg v "$(base64 -w0 "$d/vcek.der")" --arg a "$(base64 -w0 "$d/ask.der")" \
			'{at: "2026-10-01T00:00:00Z", evidence: (.snp.certificates = [$v, $a])}' > "$D/snp"
	"$BIN/refval-fetch" "$V/real/gcp-tdx-attestation-c/attestation.bin" --offline |
		jq -c --slurpfile c "$g" '{at: "2026-06-30T08:47:13Z", evidence: ., collateral: $c[0]}' > "$D/gcp"
	mkdir "$c"
	# row REQUEST NAME: its verdict, of a report and of a line.
	row() {
		[ "$(ask /v1/verify --data-binary "@$D/$1")" = 200 ]
		jq -r --arg n "$2" '.layers[].checks[] | select(.name == $n).verdict' "$D/body" > "$D/one"
		[ "$(ask "/v1/verify?stream" --data-binary "@$D/$1")" = 200 ]
		jq -r --arg n "$2" '.report.layers[].checks[] | select(.name == $n).verdict' "$D/body" | diff - "$D/one" >&2
		cat "$D/one"
	}
	start --collateral "$c" --root-ca "$d/ark.der" --jobs 1
	[ "$(row snp revocation)" = unchecked ]
	cp "$d/crl-ask.der" "$c/list"
	[ "$(row snp quote_signature)" = no ]
	[ "$(jq -r '.verdict' "$D/body")" = no ]
	cp "$d/crl-empty.der" "$c/new"
	mv "$c/new" "$c/list"
	[ "$(row snp revocation)" = yes ]
	# What cannot be read is not passed over, and is no matter to Intel's machines.
	ln -s list "$c/link"
	[ "$(ask /v1/verify --data-binary "@$D/snp")" = 422 ]
	[[ $(jq -r .error "$D/body") == "--collateral: $c/link: a link: "* ]]
	[ "$(ask /verify --data-binary "@$V/snp/made/report.bin")" = 200 ]
	[[ $(jq -r '"\(.is_valid) \(.reason)"' "$D/body") == "false --collateral: $c/link: a link: "* ]]
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	rm "$c/link" "$c/list"
	[ "$(row snp revocation)" = unchecked ]
	stop_all
	start --collateral "$c" --jobs 1
	[ "$(row gcp vtpm_signature)" = cannot-tell ]
	cp "$V/gcp/intermediate-v3.der" "$c"
	[ "$(row gcp vtpm_signature)" = yes ]
}

@test "records of releases are looked at again when they change" {
	mkdir "$D/rec"
	start --releases "$D/rec" --jobs 1
	[ "$(ask /v1/verify --data-binary @good)" = 422 ]
	[[ $(jq -r .error "$D/body") == "dstack-dev-0.5.8: no record of this release among 0"* ]]
	cp "$TOP/images/releases/dstack-dev-0.5.8.json" "$D/rec"
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	[ "$(jq -r .verdict "$D/body")" = yes ]
	jq 'del(.rtmr2)' "$TOP/images/releases/dstack-dev-0.5.8.json" > "$D/rec/dstack-dev-0.5.8.json"
	[ "$(ask /v1/verify --data-binary @good)" = 200 ]
	[ "$(jq -r .verdict "$D/body")" = cannot-tell ]
	echo '{' > "$D/rec/other.json"
	[ "$(ask /v1/verify --data-binary @good)" = 422 ]
}

# form [CURL ARGS]: what the page sends.
form() { ask /report "$@"; }

@test "a form without a script: files or text, and the report as a page that may load nothing" {
	start --jobs 1
	[ "$(form -F evidence=@near -F 'evidence_text=' -F "compose=@$V/real/near-058-dev-3e6394/app-compose.json" -F release=dstack-dev-0.5.8)" = 200 ]
	grep -q 'verdict: yes' "$D/body"
	grep -q 'yes</b> <code>compose_hash' "$D/body"
	grep -qx $'Content-Security-Policy: default-src \'none\'; style-src \'unsafe-inline\'; .*form-action \'none\'; .*\r' "$D/head"
	grep -qx $'Content-Type: text/html; charset=utf-8\r' "$D/head"
	# The same page as the command line's, but for what only that knows.
	"$BIN/refval-verify" near --release dstack-dev-0.5.8 --compose "$V/real/near-058-dev-3e6394/app-compose.json" --at 2026-04-01 --html "$D/own" > /dev/null
	diff <(sed 's/<dd>near</<dd>as uploaded</; s/expected from: the given [^<]*/expected from: the given app-compose.json/; s/<h2>What was read.*//; s/<p>For 2026-04-01.*//' "$D/own" | grep .) \
		<(sed 's/expected from: the given [^<]*/expected from: the given app-compose.json/' "$D/body")
	# As text, whose line feeds a browser sends as CR LF.
	jq . "$V/real/near-058-dev-3e6394/app-compose.json" > "$D/lf"
	sed 's/$/\r/' "$D/lf" > "$D/crlf"
	[ "$(form -F "evidence_text=<near" -F "compose_text=<$D/crlf" -F evidence= -F release=)" = 200 ]
	grep -q "$(sha256sum < "$D/lf" | cut -d' ' -f1)" "$D/body"
	[ "$(form -F "evidence=@near" -F "compose=@$D/crlf")" = 200 ]
	grep -q "$(sha256sum < "$D/crlf" | cut -d' ' -f1)" "$D/body"
	# Markup is text.
	[ "$(form --form-string 'evidence_text=<script>alert(1)</script>')" = 422 ]
	[ "$(form -F "evidence=@near" --form-string 'release=<b onclick=x>')" = 422 ]
	grep -q '&lt;b onclick=x&gt;: no record' "$D/body"
	run -1 grep -qE '<(script|b onclick)' "$D/body"
	for c in "-F evidence=@near -F evidence_text=x|a file and a text" "-F compose=@near|nothing of what the machine said" \
		"-F evidence=@near -F evidence=@near|a field twice" "-F evidence=@near -F other=x|a field that the page does not have" \
		"--data-binary @near|no multipart/form-data" "-H Content-Type:multipart/form-data;boundary=x --data-binary @near|does not begin with its boundary"; do
		# shellcheck disable=SC2086
		[ "$(form ${c%|*})" = 422 ] || { echo "$c"; cat "$D/head"; false; }
		grep -qF "${c#*|}" "$D/body" || { echo "$c"; tail -c 300 "$D/body"; false; }
	done
}

# bats test_tags=slow
@test "the page in a browser: files chosen and dropped, text, the keyboard alone, and without script" {
	need python3 "${CHROMIUM:-chromium}"
	start --jobs 1
	for how in upload noscript drop keys; do
		run -0 --separate-stderr python3 "$TESTS/tools/browse_form.py" "$URL/" "$how" near "$V/real/near-058-dev-3e6394/app-compose.json" dstack-dev-0.5.8
		script=$([ "$how" = noscript ] || echo "\"$URL/page.js\",")
		[ "$(jq -c '[.requests, .console]' <<< "$output")" = "[[\"$URL/page.css\",$script\"$URL/report\"],[]]" ] || { jq -c '[.requests, .console]' <<< "$output"; false; }
		jq -e '.html | test("verdict: yes") and test("yes</b> <code>compose_hash")' <<< "$output" > /dev/null
	done
	# What an attacker wrote is text there, and loads and runs nothing.
	jq -c '.event_log |= map(if .event == "app-id" then .event = "<img src=x onerror=alert(1)>" + ("A" * 300) else . end)' near > "$D/hostile"
	echo '{"manifest_version": 2, "name": "</script><script>alert(1)</script>", "runner": "docker-compose"}' > "$D/app"
	run -0 --separate-stderr python3 "$TESTS/tools/browse_form.py" "$URL/" upload "$D/hostile" "$D/app" ''
	[ "$(jq -c '[.requests, .console]' <<< "$output")" = "[[\"$URL/page.css\",\"$URL/page.js\",\"$URL/report\"],[]]" ]
	jq -e '.html | test("verdict: no") and test("&lt;img src=x") and (test("<(img|script)") | not)' <<< "$output" > /dev/null
	# The form itself: nothing reaches beyond a phone, all text can be read, light and dark.
	run -0 --separate-stderr python3 "$TESTS/tools/browse.py" "$URL/"
	[ "$(jq -c '[.console, ([.views[] | .beyond[]] | length), ([.views[].contrast] | min >= 4.5)]' <<< "$output")" = '[[],0,true]' ] ||
		{ jq '[.console, .views]' <<< "$output"; false; }
	# A page of somebody else's does not get it into a frame, nor a script into it.
	[ "$(ask /)" = 200 ]
	grep -qx $'Content-Security-Policy: default-src \'none\'; script-src \'self\'; .*frame-ancestors \'none\'\r' "$D/head"
	run -1 grep -qiE ' (on[a-z]+|style)=|<style|javascript:|https?:' "$D/body"
}

@test "what happened is counted, and nobody is named" {
	start --jobs 1 --max-body 1
	for f in good wrong near typo; do ask /v1/verify --data-binary "@$f" > /dev/null; done
	cat good wrong | ask "/v1/verify?stream" --data-binary @- > /dev/null
	ask /nothing > /dev/null
	[ "$(ask /metrics)" = 200 ]
	grep -qx $'Content-Type: text/plain; version=0.0.4\r' "$D/head"
	grep -v '^# ' "$D/body" > "$D/plain"
	while read -r line; do grep -qxF "$line" "$D/plain" || { echo "$line"; cat "$D/plain"; false; }; done <<- 'END'
		refval_responses_total{status="200"} 4
		refval_responses_total{status="404"} 1
		refval_responses_total{status="422"} 1
		refval_verdicts_total{verdict="yes"} 2
		refval_verdicts_total{verdict="no"} 2
		refval_verdicts_total{verdict="cannot-tell"} 2
		refval_lines_total 2
		refval_crashes_total 0
		refval_work_seconds_bucket{le="+Inf"} 6
		refval_work_seconds_count 6
		refval_workers{state="idle"} 1
		refval_queue 0
	END
	# Each sample is of a metric with a type and help, and the buckets add up.
	run -0 awk '/^# TYPE/ { t[$3] = $4 } /^# HELP/ { h[$3] = 1 }
		/^[^#]/ { n = $1; sub(/[{].*/, "", n); m = n; sub(/_(bucket|sum|count)$/, "", m); if (!t[n] && t[m] != "histogram") print n; if (!h[n] && !h[m]) print n }
		/_bucket/ { if ($2 < last) print; last = $2 }' "$D/body"
	[ -z "$output" ]
}

@test "the unit of systemd: it is well formed, and exposed below 2.0" {
	command -v systemd-analyze > /dev/null || skip "needs systemd-analyze"
	sed "s|@BINDIR@|$BIN|" "$TOP/docs/systemd/refval-serve.service" > "$D/refval-serve.service"
	cp "$TOP/docs/systemd/refval-serve.socket" "$D"
	run -0 systemd-analyze security --offline=true --no-pager --threshold=20 "$D/refval-serve.service"
	# It can fail.
	grep -vE '^(Protect|Private|Restrict|System|Capab|Dynamic)' "$D/refval-serve.service" > "$D/open.service"
	run ! systemd-analyze security --offline=true --no-pager --threshold=20 "$D/open.service"
	run systemd-analyze verify --man=no "$D/refval-serve.service" "$D/refval-serve.socket"
	[ -z "$(grep -F "$D" <<< "$output")" ] || { echo "$output"; false; }
	# Its command line is one that the program takes.
	run -0 "$BIN/refval-serve" $(sed -n "s|^ExecStart=$BIN/refval-serve ||p" "$D/refval-serve.service" | sed "s|%C/refval|$D|") --check
}
