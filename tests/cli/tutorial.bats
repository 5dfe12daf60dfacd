# SPDX-License-Identifier: Apache-2.0
# Every command of docs/TUTORIAL.md, in order, in one folder, with the live
# machine and the servers of the walk played on this one.
load helper

near=near-058-dev-3e6394

teardown() { stop_all; }

# A TLS server for each certificate, as a deployment has it.
start_nginx() {
	local i k api app
	for ((i = 0; i < 5; i++)); do
		api=$((20000 + RANDOM % 10000)) app=$((30000 + RANDOM % 10000))
		cat > "$W/nginx.conf" <<- EOF
			daemon off; master_process off; pid $W/nginx.pid; error_log $W/nginx.err;
			events {}
			http {
				access_log off;
				client_body_temp_path $W/b; proxy_temp_path $W/p; fastcgi_temp_path $W/f;
				uwsgi_temp_path $W/u; scgi_temp_path $W/s;
				server { listen 127.0.0.1:$api ssl; ssl_certificate $W/plain.pem; ssl_certificate_key $W/plain.key; return 200 "{}"; }
				server { listen 127.0.0.1:$app ssl; ssl_certificate $W/good.pem; ssl_certificate_key $W/good.key; return 200 "{}"; }
			}
		EOF
		background timeout 300 nginx -e "$W/nginx.err" -c "$W/nginx.conf"
		for ((k = 0; k < 200; k++)); do
			if [ -s "$W/nginx.pid" ]; then
				export API=127.0.0.1:$api APP=127.0.0.1:$app
				return 0
			fi
			kill -0 "${PIDS##* }" 2> /dev/null || break
			sleep 0.05
		done
	done
	cat "$W/nginx.err"
	return 1
}

# Everything the variables of the document stand for.
start_machine() {
	local m
	W=$BATS_TEST_TMPDIR/servers
	mkdir "$W"
	for m in plain good; do
		python3 "$TESTS/agent/ratls.py" "$W/$m.pem" "$W/$m.key" $m
	done
	start_nginx
	export SOCKET=$W/dstack.sock
	background python3 "$TESTS/agent/agent.py" --socket "$SOCKET" --machine $near --seconds 300
	background python3 "$TESTS/agent/agent.py" --port-file "$W/port" --seconds 300 \
		--fingerprint "$(openssl x509 -in "$W/plain.pem" -noout -fingerprint -sha256 | sed 's/.*=//')"
	wait_for "$SOCKET"
	wait_for "$W/port"
	export ORACLE=http://127.0.0.1:$(cat "$W/port")/oracle PCCS=http://127.0.0.1:$(cat "$W/port")
}

# commands FILE: "EXITS<TAB>COMMAND" for each line of the document's blocks.
commands() {
	awk '/^```console$/ { block = 1; next } /^```$/ { block = 0 } block' "$1" |
		sed -nE 's/^\$ (.*)  # exit (.*)$/\2\t\1/p; t; s/^\$ /0\t/p; t; s/^/bad\t/p'
}

# bats test_tags=slow
@test "every command of the tutorial gives the answer it says" {
	PATH=$PATH:/usr/sbin need nginx python3 openssl curl jq xxd
	PATH=$BIN:$PATH:/usr/sbin
	export no_proxy='*'
	mkdir "$BATS_TEST_TMPDIR/walk"
	cd "$BATS_TEST_TMPDIR/walk"
	export REFVAL=$TOP
	start_machine
	n=0
	while IFS=$'\t' read -r want line; do
		status=0
		bash -o pipefail -c "$line" > "$W/out" 2> "$W/err" || status=$?
		[[ " ${want//[,or]/ } " == *" $status "* ]] || { echo "$line: exit $status, not $want"; cat "$W/err"; tail -n 20 "$W/out"; false; }
		n=$((n + 1))
	done < <(commands "$TOP/docs/TUTORIAL.md")
	[ "$n" = "$(grep -c '^\$ ' "$TOP/docs/TUTORIAL.md")" ]
	[ "$n" -ge 40 ]
	# What the lines are there for.
	grep -q 'verdict: yes' report.html
	[ "$(jq -r .quote[1136:1146] nonce.json)" = 6e6f6e6365 ]
	[ "$(jq -r .tls.sha256 pinned.json)" = "$(cat fingerprint)" ]
	[ "$(jq -r '.source.api' app.json)" = ra-tls ]
	[ "$(jq -r .statement.tlsFingerprint response.json | tr -d : | tr A-F a-f)" = "$(jq -r .tls.sha256 oracle.json)" ]
}

@test "the tutorial names every option that binds, and those of images and keys" {
	for word in --report-data --statement --jq-path --tls-certificate --tls-fingerprint --hash --prefix --image-signature --image-key \
		--image-identity --app-key --kms-root; do
		grep -q -e "$word" "$TOP/docs/TUTORIAL.md" || { echo "$word"; false; }
	done
}

@test "each variable of the tutorial is explained before it is used" {
	grep -q "^    export REFVAL=" "$TOP/docs/TUTORIAL.md"
	for v in SOCKET ORACLE API APP PCCS; do
		[ "$(grep -n "\`$v\`" "$TOP/docs/TUTORIAL.md" | head -n 1 | cut -d: -f1)" -lt \
			"$(grep -nE "\\\$$v\"" "$TOP/docs/TUTORIAL.md" | head -n 1 | cut -d: -f1)" ]
	done
}

@test "the commands of the README's first page are there" {
	for c in $(grep -oE '^\| `refval-[a-z]+`' "$TOP/README.md" | tr -d '|` '); do
		[ -x "$BIN/$c" ] || { echo "$c"; false; }
	done
}

@test "each word of the field is explained where it first stands, and nothing live is asked before step 5" {
	for w in TDX evidence quote "event log" collateral TCB MRTD RTMR initramfs ACPI compose-hash mr_config_id provenance KMS nonce report_data RA-TLS RIM VBIOS; do
		# Names of files and commands are none.
		first=$(sed '/^```/,/^```/d; s/`[^`]*`//g; s/refval-[a-z]*//g; /^    /d; /^#/d' "$TOP/docs/TUTORIAL.md" | grep -m 1 -nE "(^|[^A-Za-z_-])$w" | cut -d: -f2-)
		[[ $first == *"**$w**"* ]] || { echo "$w: $first"; false; }
	done
	run -1 grep -nE '"\$(SOCKET|ORACLE|API|APP|PCCS)"' <(sed '/^## 5/,$d' "$TOP/docs/TUTORIAL.md")
}
