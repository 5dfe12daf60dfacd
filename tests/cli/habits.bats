# SPDX-License-Identifier: Apache-2.0
# What people expect of a command line, whatever they used before: help, names
# that were mistyped, files that are not there, colours, quiet, -o. The rows of
# docs/PEERS.md name these tests.
load helper

setup() {
	near=$V/real/near-058-dev-3e6394
	cd "$BATS_TEST_TMPDIR" || return
}

programs() { find "$BIN" -maxdepth 1 -type f -name 'refval-*' | sort; }

# Each command, and each of its subcommands: one line of words each.
commands() {
	local p s
	for p in $(programs); do
		s=$("$p" --print-options | sed -n 's/^command\t\([^\t]*\).*/\1/p')
		if [ "$s" ]; then printf "$p %s\n" $s; else echo "$p"; fi
	done
}

@test "bare refval prints the tour, as no answer: standard error, exit 2" {
	run -2 --separate-stderr "$BIN/refval"
	[ -z "$output" ]
	[ "$stderr" = "$("$BIN/refval" help)" ]
	[[ $stderr == *"  verify    all of it in one go"* ]]
}

@test "help COMMAND, -h, --help: the same; help COMMAND all, --help all, --help=all" {
	# A word of the field that is a command, too (quote, acpi), is the command.
	for a in $("$BIN/refval" --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p') "hash match"; do
		run -0 --separate-stderr "$BIN/refval" help $a
		[ "$output" = "$("$BIN"/refval-$a --help)" ]
		[ "$output" = "$("$BIN"/refval-$a -h)" ]
		run -0 "$BIN/refval" help $a all
		[ "$output" = "$("$BIN"/refval-$a --help all)" ]
		[ "$output" = "$("$BIN"/refval-$a --help=all)" ]
	done
	run -2 --separate-stderr "$BIN/refval" help verify snp gpu
	[ -z "$output" ]
	[ "$("$BIN/refval" -h)" = "$("$BIN/refval" help)" ]
	[ "$("$BIN/refval" help help)" = "$("$BIN/refval" help)" ]
}

@test "refval version, --version, -V; of each command -V" {
	run -0 --separate-stderr "$BIN/refval" version
	[[ $output == "refval "[0-9]*.[0-9]*.[0-9]* ]]
	[ "$output" = "$("$BIN/refval" -V)" ]
	[ "$output" = "$("$BIN/refval" --version)" ]
	run -2 --separate-stderr "$BIN/refval" version 3
	for p in $(programs); do [ "$("$p" -V)" = "$("$p" --version)" ]; done
}

@test "a long help shows what most people need, and --help all each option once, in a group" {
	grouped=0
	while read -ra c; do
		"${c[@]}" --print-options | sed -n 's/^option\t--\([^\t]*\).*/\1/p' | sort > table
		"${c[@]}" --help all | sed -nE 's/^(      |  -[a-zA-Z], )--([a-z0-9-]+).*/\2/p' | sort > shown
		diff table shown || { echo "${c[*]}"; false; }
		"${c[@]}" --print-rules > rules
		# What fits a screen needs no groups.
		if [ "$(wc -l < table)" -gt 20 ]; then grep -q '^group' rules || { echo "${c[*]}: no groups"; false; }; fi
		grep -q '^group' rules || continue
		grouped=$((grouped + 1))
		run -0 "${c[@]}" --help
		[ "${#lines[@]}" -le 24 ] || { echo "${c[*]}: ${#lines[@]} lines"; false; }
		shown=$(grep -cE '^(      |  -[a-zA-Z], )--' <<< "$output")
		[ "$shown" -ge 6 ] && [ "$shown" -le 8 ]
		[[ $output == *"$(basename "${c[*]}") --help all shows all"* ]]
	done < <(commands)
	[ "$grouped" -ge 8 ]
}

@test "help fits 80 columns, and a narrow terminal wraps it at words" {
	need_terminal
	for c in "verify --help all" "hash --help" "help terms" "help"; do
		if [[ $c == help* ]]; then line="$BIN/refval $c"; else line="$BIN/refval-$c"; fi
		[ -z "$($line | awk 'length > 80')" ]
		script -qec "stty cols 44; $line" /dev/null < /dev/null | tr -d '\r' > narrow
		[ "$(tr -s ' \n' ' ' < narrow)" = "$($line | tr -s ' \n' ' ')" ]
		# Only usage and examples are longer, which people copy.
		[ -z "$(sed '/^Usage/,/^[A-Z][a-z]* [^|]*$/d; /^Example/,/^Exit/d' narrow | awk 'length > 44')" ]
		[ -z "$(COLUMNS=50 $line | sed '/^Usage/,/EVIDENCE/d; /^Example/,/^Exit/d' | awk 'length > 50')" ]
	done
	[ "$(COLUMNS=0 "$BIN/refval-verify" --help)" = "$("$BIN/refval-verify" --help)" ]
	[ "$(COLUMNS=500 "$BIN/refval-verify" --help)" = "$("$BIN/refval-verify" --help)" ]
}

# meant WORD COMMAND...: wrong use, that asks whether WORD was meant.
meant() {
	run -2 --separate-stderr "${@:2}"
	no_result
	[[ ${stderr_lines[0]} == *"did you mean $1?" ]] || { echo "$stderr"; false; }
	[ "${#stderr_lines[@]}" = 2 ]
}

@test "did you mean: commands, subcommands, options, releases, formats, styles, statuses, checks" {
	meant verify "$BIN/refval" verfy
	meant verify "$BIN/refval" help verfiy
	meant terms "$BIN/refval" help temrs
	meant report_data "$BIN/refval" help report-data
	meant MRTD "$BIN/refval" help mtrd
	meant help "$BIN/refval" hepl
	meant version "$BIN/refval" versoin
	meant rebuild "$BIN/refval-hash" rebiuld
	meant --release "$BIN/refval-verify" --relase x
	meant --compose-hash "$BIN/refval-verify" --compose_hash=00
	meant --json "$BIN/refval-quote" -json
	meant dstack-0.5.8 "$BIN/refval-verify" "$near" --release dstack-0.58
	meant corim "$BIN/refval-publish" --format corm x
	meant dcap-qvl "$BIN/refval-quote" --format dcap-qlv "$near"
	meant dstack-mr "$BIN/refval-measure" --format dstackmr "$near"
	meant always "$BIN/refval-verify" --color alway "$near"
	meant sha384 "$BIN/refval-verify" --hash sha348 --statement "$near/event_log.json" "$near"
	meant UpToDate "$BIN/refval-quote" --accept Uptodate "$near"
	meant tcb_status "$BIN/refval-verify" --skip tcbstatus --release dstack-dev-0.5.8 --at 2026-04-01 "$near"
	meant compact "$BIN/refval-hash" compose --style compcat "$near/app-compose.json"
	meant tappd "$BIN/refval-fetch" --api tapd
}

@test "nobody is asked whether another thing was meant, and the wrong word is blamed" {
	run -2 --separate-stderr "$BIN/refval" frobnicate
	[ "${stderr_lines[0]}" = "refval: unknown command frobnicate" ]
	run -2 --separate-stderr "$BIN/refval" help frobnicate
	[ "${stderr_lines[0]}" = "refval: no help of frobnicate: neither a command nor a word of the field" ]
	run -2 --separate-stderr "$BIN/refval-publish" --format corim -qz
	[ "${stderr_lines[0]}" = "refval-publish: unknown option -q in -qz" ]
	run -2 --separate-stderr "$BIN/refval-publish" --frmat=corim
	[ "${stderr_lines[0]}" = "refval-publish: unknown option --frmat, did you mean --format?" ]
	run -2 --separate-stderr "$BIN/refval-publish" --format qz x
	[[ ${stderr_lines[0]} == "refval-publish: --format qz: none of values, in-toto, "* ]]
	run -2 --separate-stderr "$BIN/refval" ''
	[ "${stderr_lines[0]}" = "refval: unknown command " ]
}

@test "every name that completion offers is taken" {
	n=0
	for f in $("$BIN/refval-publish" --print-values --format); do
		run "$BIN/refval-publish" --format "$f" "$near/quote.bin" -o out
		[[ $output != *"none of"* && $output != *"no such"* ]]
		n=$((n + 1))
	done
	for h in $("$BIN/refval-verify" --print-values --hash); do
		run ! "$BIN/refval-diff" "$near/app-compose.json" "$near" --statement "$near/event_log.json" --hash "$h"
		[[ $status = 1 || $h = raw ]] || { echo "$h: $output"; false; }
		n=$((n + 1))
	done
	for s in $("$BIN/refval-quote" --print-values --accept); do
		"$BIN/refval-quote" "$near" --at 2026-04-01 --accept "$s" > out || [ "$?" = 1 ]
		n=$((n + 1))
	done
	for s in $("$BIN/refval-hash" compose --print-values --style); do
		run "$BIN/refval-hash" compose --style "$s" "$near/app-compose.json"
		[[ $output != *"unknown style"* ]]
		n=$((n + 1))
	done
	[ "$("$BIN/refval-verify" --print-values --release)" = "$(basename -as .json "$TOP"/images/releases/*.json)" ]
	"$BIN/refval-verify" "$near" --release dstack-dev-0.5.8 --compose "$near/app-compose.json" --at 2026-04-01 --cpus 8 \
		--memory 64G --qemu 8.2.2 --json > report.json
	for c in $("$BIN/refval-verify" --print-values --skip); do
		jq -e --arg c "$c" '[.layers[].checks[].name] | index($c)' report.json > /dev/null || echo "$c"
	done > others
	# Of other evidence than this one.
	diff others <(printf '%s\n' report_data tdx_module init_scripts pcr14_log pcr8_config)
	[ "$n" -gt 40 ]
}

# Options that name what is written; every other FILE or DIR is read, and so must be there.
written='to dir output out html write-pins extract cache publish/checksums measure/update'

@test "a file that is not there is wrong use, in every command and every option that takes one" {
	tried=0
	while read -ra c; do
		name=$(basename "${c[0]}")
		name=${name#refval-}
		while IFS=$'\t' read -r _ option _ _ kind _; do
			case $kind in file | folder) ;; *) continue ;; esac
			[[ " $written " != *" ${option#--} "* && " $written " != *" $name/${option#--} "* ]] || continue
			run -2 --separate-stderr "${c[@]}" "$option" /nonexistent/x
			no_result
			[[ ${stderr_lines[0]} == "refval-$name"*": $option /nonexistent/x: No such file or directory" ]] || {
				echo "${c[*]} $option: $stderr"
				false
			}
			tried=$((tried + 1))
		done < <("${c[@]}" --print-options | grep ^option)
		# Operands; releases takes a name, too, and fetch a URL.
		case $name in acpi) continue ;; esac
		run -2 --separate-stderr "${c[@]}" /nonexistent/x
		[[ ${stderr_lines[0]} == "refval-$name"*"/nonexistent/x: No such file or directory" ||
			${stderr_lines[0]} == *"/nonexistent/x: no record of this release"* ]] || { echo "${c[*]}: $stderr"; false; }
	done < <(commands)
	[ "$tried" -ge 60 ]
}

@test "what a file lacks is no wrong use, and what may not be read is no missing file" {
	mkdir empty
	run -3 --separate-stderr "$BIN/refval-verify" empty
	run -3 --separate-stderr "$BIN/refval-quote" "$near/quote.bin" --collateral empty
	echo '{}' > x.json
	run -3 --separate-stderr "$BIN/refval-verify" x.json
	[ "$(id -u)" != 0 ] || return 0
	chmod 0 x.json
	run -3 --separate-stderr "$BIN/refval-verify" x.json
}

# verdicts: command lines that end with one, each a line; their exit codes go first.
verdicts() {
	local v="--release dstack-dev-0.5.8 --at 2026-04-01 $near"
	cat <<- EOF
		0 refval-verify $v
		1 refval-verify --release dstack-0.5.7 --at 2026-04-01 $near
		3 refval-verify $near --at 2026-04-01
		0 refval-diff $near/app-compose.json $near
		0 refval-quote $near --at 2026-04-01
		3 refval-quote $near/quote.bin
		0 refval-snp $V/snp/dstack/report.bin --cert $V/snp/dstack/vcek.pem --cert $V/snp/dstack/ask.pem --at 2026-10-01
		3 refval-gpu $V/gpu/vg_h100_595.json --at 2026-11-28
		0 refval-replay $near
		1 refval-replay log.json
		0 refval-unpack $V/unpack/0.5.8.tar
		0 refval-releases $near
		0 refval-measure --solve $near
		1 refval-measure --solve $near --release dstack-dev-0.5.7
		3 refval-measure --solve $near/quote.bin --given cpus=9
		0 refval-hash compose $near/app-compose.json --expect $(sha256sum < "$near/app-compose.json" | cut -d' ' -f1)
		1 refval-hash compose $near/app-compose.json --expect $(printf '0%.0s' {1..64})
		1 refval-hash audit $near/app-compose.json
		0 refval-hash diff one.tar two.tar
		1 refval-hash diff one.tar two.tar --exact
		0 refval-hash diff one.tar one.tar
		1 refval-hash rebuild one.tar two.tar -o build.json
		0 refval-hash match --pin sha256:$pin one.tar
	EOF
}

prepare() {
	need jq
	oci_vectors . dev/pairs
	cp dev/pairs/mtime.a.tar one.tar
	cp dev/pairs/mtime.b.tar two.tar
	pin=$("$BIN/refval-hash" image one.tar --json | jq -r '[.. | .manifest? // empty] | first' | sed 's/^sha256://')
	[ "$pin" ]
	jq '.[22].digest |= (if .[0:1] == "0" then "1" else "0" end) + .[1:]' "$near/event_log.json" > log.json
}

@test "the last line of every text is an answer, and --quiet is that line" {
	prepare
	while read -r code c; do
		run --separate-stderr "$BIN"/$c
		[ "$status" = "$code" ] || { echo "$c: $status"; echo "$output$stderr"; false; }
		last=${lines[-1]}
		[[ $last =~ ^verdict\ +(yes|no|cannot-tell)(, of unverified evidence)?:\ .{10,} ]] || { echo "$c: $last"; false; }
		word=$(case $code in 0) echo yes ;; 1) echo no ;; 3) echo cannot-tell ;; esac)
		[ "${BASH_REMATCH[1]}" = "$word" ]
		run --separate-stderr "$BIN"/$c --quiet
		[ "$status" = "$code" ]
		[ "$output" = "$last" ] || { echo "$c --quiet: $output"; false; }
	done < <(verdicts)
}

@test "the reason stands in the last line" {
	run -1 "$BIN/refval-verify" --release dstack-0.5.7 --at 2026-04-01 "$near" --quiet
	[[ $output == *"no: this machine runs dstack-dev-0.5.8, not dstack-0.5.7 "* ]]
	prepare
	run -1 "$BIN/refval-replay" log.json --quiet
	[[ $output == *"no: event 22 (compose-hash): its digest is not that of its contents" ]]
	run -3 "$BIN/refval-quote" "$near/quote.bin" --quiet
	[[ $output == *"cannot-tell: COLLATERAL_MISSING: "* ]]
}

@test "--quiet, --color and -o that cannot have their effect are wrong use" {
	need jq
	while read -ra c; do
		"${c[@]}" --print-options | cut -f2,4 > rows
		if grep -q '^--quiet' rows; then
			run -2 --separate-stderr "${c[@]}" --quiet --json "$near"
			[[ $stderr == *"--quiet does not go with --json"* || $stderr == *"--quiet needs --expect"* ||
				$stderr == *"--quiet needs --solve"* ]]
		fi
		if grep -q '^--color' rows; then
			run -2 --separate-stderr "${c[@]}" --color always --json "$near"
			[[ $stderr == *"--color does not go with --json"* ]]
		fi
	done < <(commands)
	run -2 --separate-stderr "$BIN/refval-verify" --jsonl "$near/event_log.json" -o x
	run -2 --separate-stderr "$BIN/refval-releases" --quiet
	[[ $stderr == *"--quiet needs an EVIDENCE"* ]]
	run -2 --separate-stderr "$BIN/refval-verify" "$near" --html - --quiet
}

@test "colours: on a terminal, not on a dumb one nor with NO_COLOR nor in a file; --color has the last word" {
	need_terminal
	prepare
	esc=$(printf '\033[')
	on() { script -qec "env $1 $BIN/refval-verify --at 2026-04-01 $near ${2:-}" /dev/null < /dev/null | grep -cF "$esc" || true; }
	[ "$(on TERM=xterm)" -gt 3 ]
	[ "$(on TERM=dumb)" = 0 ]
	[ "$(on 'TERM=xterm NO_COLOR=1')" = 0 ]
	[ "$(on 'TERM=xterm NO_COLOR=')" -gt 3 ]
	[ "$(on TERM=xterm '--color never')" = 0 ]
	[ "$(on 'TERM=dumb NO_COLOR=1' '--color always')" -gt 3 ]
	[ "$(on TERM=xterm '-o file')" = 0 ]
	[ "$(grep -cF "$esc" file)" = 0 ]
	while read -r code c; do
		run "$BIN"/$c
		[[ $output != *"$esc"* ]]
		run "$BIN"/$c --color always
		[ "$status" = "$code" ]
		[[ $output == *"$esc"* ]] || { echo "$c"; false; }
		run "$BIN"/$c --color never
		[[ $output != *"$esc"* ]]
	done < <(verdicts)
}

@test "-o FILE: what would be printed, whole or not at all, wherever a document is" {
	need jq
	n=0
	while read -ra c; do
		"${c[@]}" --print-options | grep -q $'^option\t--json\t' || continue
		# Those that write something else have an -o of their own for it.
		"${c[@]}" --print-options | grep -qE '^option.*o$' || { echo "${c[*]}: no -o"; false; }
		"${c[@]}" --print-options | grep -q 'what is printed goes here' && n=$((n + 1))
	done < <(commands)
	[ "$n" -ge 14 ]
	for f in --json --explain; do
		run -0 "$BIN/refval-verify" --release dstack-dev-0.5.8 --at 2026-04-01 "$near" $f
		printf '%s\n' "$output" > want
		run -0 "$BIN/refval-verify" --release dstack-dev-0.5.8 --at 2026-04-01 "$near" $f -o got
		[ -z "$output" ]
		diff want <(cat got && { [ -z "$(tail -c 1 got)" ] || echo; })
	done
	[ "$("$BIN/refval-quote" "$near" --at 2026-04-01 -o -)" = "$("$BIN/refval-quote" "$near" --at 2026-04-01)" ]
	# A no is a result; a complaint is none, but as a document.
	run -1 "$BIN/refval-verify" --release dstack-0.5.7 --at 2026-04-01 "$near" --json -o no.json
	[ "$(jq -r .verdict no.json)" = no ]
	echo kept > old
	run -3 "$BIN/refval-verify" "$near/app-compose.json" -o old
	[ "$(cat old)" = kept ]
	run -3 --separate-stderr "$BIN/refval-verify" "$near/app-compose.json" --json -o old
	[ "$(jq -r .schema old)" = refval.error/1 ]
	[ -z "$output" ]
	run -4 --separate-stderr "$BIN/refval-verify" "$near" --at 2026-04-01 -o /nonexistent/x
	[ -z "$output" ]
	[[ $stderr == *"/nonexistent/x: No such file or directory" ]]
}

@test "help terms, help TERM and docs/GLOSSARY.md say the same" {
	"$BIN/refval" help terms | tr -s ' \n' ' ' | sed 's/ $//' > said
	sed -n 's/^| \*\*\(.*\)\*\* | \(.*\) |$/\1 \2/p' "$TOP/docs/GLOSSARY.md" | tr '\n' ' ' | sed 's/ $//' > written
	[ "$(wc -w < written)" -gt 300 ]
	diff written said
	run -0 "$BIN/refval" help mrtd
	[[ $output == "Measurement of the TD: "* ]]
}

@test "progress: per cent of what is read, one line of which nothing stays; nothing off a terminal" {
	need_faketime
	need_terminal
	mkdir image
	head -c 30000000 /dev/zero | tr '\0' x > image/rootfs.img
	tar -cf a-rather-long-name-of-an-image.tar image
	# A clock that runs a thousand times faster: what takes a second is told.
	line="faketime -f '+0 x5000' $BIN/refval-unpack $PWD/a-rather-long-name-of-an-image.tar"
	script -qec "stty cols 60; $line" /dev/null < /dev/null > seen || true
	tr '\r' '\n' < seen > rows
	[ "$(grep -cE '^reading a-rather-long-name-of-an-image.tar: [0-9]+% of 29 M' rows)" -ge 2 ] || { cat -A rows; false; }
	# Per cent rises, and the last line begins where nothing is left.
	grep -oE '[0-9]+%' rows | tr -d % | sort -nc
	[ -z "$(awk 'length > 60 && /reading/' rows)" ]
	grep -qE '^refval-unpack: ' rows
	[ "$(tr '\r' '\n' < seen | grep -B1 '^refval-unpack' | head -n 1 | tr -d ' ')" = "" ]
	[ -z "$(grep -F "$(printf '\033[')" seen)" ]
	run --separate-stderr bash -c "$line"
	[[ $stderr != *reading* && $stderr != *$'\r'* ]]
}

@test "progress of what is hashed: each layer counts where it is stored, packed archives as they are" {
	need_faketime
	need_terminal
	head -c 30000000 /dev/zero | tr '\0' x > file
	tar -cf layer.tar file
	sum=$(sha256sum layer.tar)
	printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "${sum%% *}" > config.json
	printf '[{"Config":"config.json","RepoTags":null,"Layers":["layer.tar"]}]' > manifest.json
	tar -cf image.tar layer.tar config.json manifest.json
	zstd -q -1 image.tar -o packed.tar
	hashing() {
		script -qec "stty cols 60; faketime -f '+0 x5000' $BIN/refval-hash image $*" /dev/null < /dev/null > seen
		tr '\r' '\n' < seen > rows
		grep -qE "^reading ${*: -1}: [0-9]+% of $size" rows || { cat -A rows; false; }
		grep -oE '[0-9]+%' rows | tr -d % | sort -nc
		# Its last state is near the end, and nothing of it stays.
		[ "$(grep -oE '[0-9]+%' rows | tr -d % | tail -n 1)" -ge 90 ] || { cat -A rows; false; }
		grep -q "^image" rows || { cat -A rows; false; }
	}
	size="29 MiB"
	hashing image.tar
	hashing --strict image.tar
	size=".* KiB"
	hashing packed.tar
	run --separate-stderr bash -c "faketime -f '+0 x5000' $BIN/refval-hash image image.tar"
	[ -z "$stderr" ]
}

@test "progress of what is fetched: per cent where the server says how much; a long name leaves room for it" {
	need python3
	need_faketime
	need_terminal
	# 300,000 bytes in thirty pieces; of /endless nobody knows how much it is.
	cat > server.py <<- 'EOF'
		import http.server, sys, time
		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(200)
		        if "endless" not in self.path:
		            self.send_header("Content-Length", "300000")
		        self.end_headers()
		        for _ in range(30):
		            self.wfile.write(b"x" * 10000)
		            time.sleep(0.01)
		    def log_message(self, *a):
		        pass
		s = http.server.HTTPServer(("127.0.0.1", 0), Handler)
		print(s.server_port, flush=True)
		s.serve_forever()
	EOF
	timeout 60 python3 server.py > port 3>&- &
	server=$!
	until [ -s port ]; do sleep 0.02; done
	url=http://127.0.0.1:$(cat port)/a/way/that/is/rather/long/attestations
	fetching() { script -qec "stty cols 60; faketime -f '+0 x100' $BIN/refval-fetch $1 --timeout 3600" /dev/null < /dev/null | tr '\r' '\n' > rows; }
	fetching "$url"
	grep -qE '^fetching http://127.0.0[^ ]*[.]{3}[^ ]*/attestations: [0-9]+% of 293 KiB' rows || { cat -A rows; kill $server; false; }
	grep -oE '[0-9]+%' rows | tr -d % | sort -nc
	[ -z "$(awk 'length > 60 && /^fetching/' rows)" ]
	fetching "http://127.0.0.1:$(cat port)/endless"
	kill $server
	grep -qE '^fetching http://127.0.0.1:[0-9]+/endless: [0-9]+ KiB' rows || { cat -A rows; false; }
	[[ $(cat rows) != *%* ]]
}

@test "options stand anywhere, as --x=y or -oy too; -- ends them; - is standard input" {
	"$BIN/refval-quote" "$near/quote.bin" --collateral "$near/collateral.json" --at 2026-04-01 --json > want
	"$BIN/refval-quote" --at=2026-04-01 --json --collateral="$near/collateral.json" -- "$near/quote.bin" | cmp - want
	"$BIN/refval-quote" - --collateral "$near/collateral.json" --json --at 2026-04-01 -ogot < "$near/quote.bin"
	cmp got want
	cp "$near/quote.bin" ./--json
	run -0 "$BIN/refval-quote" --collateral "$near/collateral.json" --at 2026-04-01 -- --json
	[[ ${lines[0]} == quote* ]]
}

@test "the habits of docs/PEERS.md: each row names a test that there is" {
	sed -n '/^## Habits/,/^## /p' "$TOP/docs/PEERS.md" | sed -n 's/^| .* | \([a-z_]*\)\.bats: \(.*\) |$/\1\t\2/p' > rows
	[ "$(wc -l < rows)" = "$(sed -n '/^## Habits/,/^## [^H]/p' "$TOP/docs/PEERS.md" | grep -c '^| [^-h]\|^| h[^a]')" ]
	[ "$(wc -l < rows)" -ge 14 ]
	while IFS=$'\t' read -r file name; do
		grep -qF -- "@test \"$name" "$TESTS/cli/$file.bats" || { echo "$file.bats: no test $name"; false; }
	done < rows
}
