# SPDX-License-Identifier: Apache-2.0
# refval-verify --compose: a manifest with another hash, explained; what is no manifest, named.
load helper

m=$V/real/near-058-dev-3e6394

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$m/app-compose.json" a.json
}

# why FILE CODE: what refval-verify says of it.
why() {
	run "-$2" --separate-stderr "$BIN/refval-verify" "$m" --release dstack-dev-0.5.8 --at 2026-04-01 --compose "$1" --json
	why=$(jq -r '.layers[].checks[] | select(.name == "compose_hash") | .reason' <<< "$output" 2> /dev/null) || why=
}

# bats test_tags=slow
@test "the same content, written in another way: exit 1, and in which way" {
	why a.json 0
	while IFS='|' read -r name command says; do
		bash -c "$command" < a.json > "$name"
		why "$name" 1
		[[ $why == "the machine runs another app-compose.json: "$says ]] || { echo "$name: $why"; false; }
	done <<- 'EOF'
		lf|cat; echo|the same with a line feed at the end: jq -r adds one, jq -j does not
		two|cat; echo; echo|the same with a line feed at the end: *
		bom|printf '\xef\xbb\xbf'; cat|the same content, but the machine's is with no byte order mark in front
		dos|sed 's/$/\r/'|the same content, but the machine's is *
		indented|jq .|the same content, but the machine's is as * writes it*
		sorted|jq -cS .|the same but for the order of members
		line|jq -cj '.docker_compose_file += "\n"'|the same content, but the machine's is *docker_compose_file with* newline * its end
		edited|sed 's/launcher/launcheR/'|it differs in docker_compose_file, line *
		name|jq -cj '.name = "x"'|it differs in name
		more|jq -cj '.more = 1'|it differs in more, which the machine's has not
	EOF
}

@test "no app-compose.json at all: exit 3, by name" {
	jq -j .docker_compose_file a.json > inside.yaml
	why inside.yaml 3
	[[ $stderr == "refval-verify: inside.yaml: this is the docker_compose_file inside the manifest that the machine runs, "* ]]
	jq -r .docker_compose_file a.json > inside.yaml
	why inside.yaml 3
	[[ $stderr == *"this is the docker_compose_file inside"* ]]
	printf 'services:\n  x:\n    image: y\n' > other.yaml
	why other.yaml 3
	[[ $stderr == "refval-verify: other.yaml: a docker-compose file, not the app-compose.json that holds it" ]]
	: > empty
	why empty 3
	[[ $stderr == "refval-verify: empty: empty, no app-compose.json" ]]
	why "$m/tcb_info.json" 3
	[[ $stderr == *": evidence of a machine (tcb-info), not an app-compose.json" ]]
	head -c 100 a.json > cut
	why cut 3
	[[ $stderr == "refval-verify: cut: app-compose: JSON at byte "* ]]
	echo '{"a": 1}' > foreign
	why foreign 3
	[[ $stderr == "refval-verify: foreign: not an app-compose.json" ]]
}

@test "the order of allowed_envs alone, and decomposed text" {
	e=$V/captures/nearai-2026-03-gateway-0.5.4
	jq -cj '.allowed_envs |= reverse' "$e/app-compose.json" > r.json
	run -1 --separate-stderr "$BIN/refval-verify" "$e/report.json" --compose r.json --json
	[[ $(jq -r '.layers[].checks[] | select(.name == "compose_hash") | .reason' <<< "$output") == \
		*": the same but for the order of allowed_envs" ]]
}

@test "refval-fetch --extract: the parts as plain files, read as the same evidence, nothing replaced" {
	e=$V/captures/nearai-2026-03-gateway-0.5.4
	run -0 --separate-stderr "$BIN/refval-fetch" "$e/report.json" --extract parts
	[[ ${lines[-1]} == "evidence written to parts, nothing in it is verified yet" ]]
	cmp parts/app-compose.json "$e/app-compose.json"
	run -0 --separate-stderr "$BIN/refval-replay" parts
	[ "$(find parts -type f | wc -l)" -eq 4 ]
	for c in report.json parts; do
		[ -e "$c" ] || c=$e/$c
		"$BIN/refval-verify" "$c" --release dstack-0.5.4 --json |
			jq -c '[.layers[] | select(.layer != "hardware") | .checks[] | [.name, .verdict, .actual]]' > "v-${c##*/}"
	done
	cmp v-report.json v-parts
	run -2 --separate-stderr "$BIN/refval-fetch" "$e/report.json" --extract parts
	[[ $stderr == *"is there already; nothing in --extract is replaced"* ]]
	mkdir link
	ln -s ../elsewhere link/quote.bin
	run -2 --separate-stderr "$BIN/refval-fetch" "$e/report.json" --extract link
	[ ! -e elsewhere ]
	[ "$(find link -type f | wc -l)" -eq 0 ]
}

# scripts SCRIPT...: evidence e whose log recorded these as init scripts, before compose-hash's follower.
scripts() {
	rm -rf e
	mkdir e
	python3 - "$m/event_log.json" "$@" > e/event_log.json <<- 'EOF'
		import hashlib, json, sys
		log = json.load(open(sys.argv[1]))
		at = next(i for i, e in enumerate(log) if e["event"] == "compose-hash") + 1
		for s in sys.argv[2:]:
		    p = hashlib.sha256(s.encode()).digest()
		    d = hashlib.sha384((0x08000001).to_bytes(4, "little") + b":init-script-hash:" + p).hexdigest()
		    log.insert(at, {"imr": 3, "event_type": 0x08000001, "digest": d, "event": "init-script-hash", "event_payload": p.hex()})
		    at += 1
		json.dump(log, sys.stdout)
	EOF
}

# bats test_tags=slow
@test "init-script-hash: what the guest recorded of init scripts, against the manifest" {
	row() { jq -r '.layers[].checks[] | select(.name == "init_scripts") | "\(.verdict)|\(.reason)"' <<< "$output"; }
	jq -cj '.init_script = ["echo a\n", "echo b"]' a.json > two.json
	jq -cj '.init_script = "echo a\n"' a.json > one.json
	scripts $'echo a\n' 'echo b'
	# A log alone is anybody's: a yes rests on it.
	run -1 --separate-stderr "$BIN/refval-verify" e --compose two.json --json
	[[ $(row) == "cannot-tell|rests on "*"; without that: yes, init-script-hash: each is the SHA-256 of "* ]]
	run -1 --separate-stderr "$BIN/refval-verify" e --compose one.json --json
	[[ $(row) == "no|init-script-hash: the guest ran other init scripts than the manifest has" ]]
	run -1 --separate-stderr "$BIN/refval-verify" e --compose a.json --json
	[[ $(row) == "no|"* ]]
	scripts 'echo b' $'echo a\n'
	run -1 --separate-stderr "$BIN/refval-verify" e --compose two.json --json
	[[ $(row) == "no|"* ]]
	# Guests before 0.6.0 record none.
	scripts
	run -1 --separate-stderr "$BIN/refval-verify" e --compose one.json --json
	[[ $(row) == "unchecked|"*"the guest recorded none of the manifest's 1: dstack does since 0.6.0; compose_hash is over them" ]]
	run -3 --separate-stderr "$BIN/refval-verify" e --compose a.json --json
	[ -z "$(row)" ]
}

# launched MANIFEST JQ: captured evidence whose quote binds a MrConfigV3 that JQ makes of {compose_hash, ...}; nobody signed it again.
launched() {
	python3 - "$V/real/060-lite-getquote-v3" "$1" "$2" > launched.json <<- 'EOF'
		import hashlib, json, struct, subprocess, sys
		here, manifest, change = sys.argv[1:]
		q = bytearray(open(here + "/quote.bin", "rb").read())
		log = json.load(open(here + "/event_log.json"))
		config = json.load(open(here + "/vm_config.json"))
		text = open(manifest, "rb").read()
		compose = hashlib.sha256(text).hexdigest()
		scripts = json.loads(text).get("init_script")
		scripts = [] if scripts is None else scripts
		hashes = [hashlib.sha256(s.encode()).hexdigest() for s in ([scripts] if isinstance(scripts, str) else scripts)]
		at = next(i for i, e in enumerate(log) if e["event"] == "compose-hash")
		log[at]["event_payload"] = compose
		value = bytes(48)
		app = ""
		for e in log:
		    if e["imr"] == 3:
		        app = e["event_payload"] if e["event"] == "app-id" else app
		        d = hashlib.sha384(struct.pack("<I", e["event_type"]) + b":" + e["event"].encode() + b":"
		                           + bytes.fromhex(e["event_payload"])).digest()
		        value = hashlib.sha384(value + d).digest()
		q[520:568] = value
		kp = next((json.loads(bytes.fromhex(e["event_payload"])) for e in log if e["event"] == "key-provider"), {"name": "none", "id": ""})
		kind = {"local-sgx": "local"}.get(kp["name"], kp["name"])
		doc = {"app_id": app, "compose_hash": compose, "init_script_hashes": hashes, "key_provider": kind, "key_provider_id": kp["id"], "version": 3}
		doc = subprocess.run(["jq", "-cjS", change], input=json.dumps(doc).encode(), stdout=subprocess.PIPE, check=True).stdout
		q[232:280] = b"\3" + hashlib.sha256(b"dstack-mr-config-v3:\0" + doc).digest() + bytes(15)
		config["mr_config"] = doc.decode()
		json.dump({"quote": q.hex(), "event_log": json.dumps(log), "vm_config": json.dumps(config)}, sys.stdout)
	EOF
	output=$("$BIN/refval-diff" --json "$1" launched.json 2> /dev/null) || true
}

# bats test_tags=slow
@test "MrConfigV3: what the host stated before the launch, against the manifest" {
	need jq python3
	row() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | "\(.verdict)|\(.reason)"' <<< "$output"; }
	jq -cj '.init_script = ["echo a\n", "echo b"]' a.json > two.json
	launched two.json .
	[ "$(row mr_config_id)" = "yes|v3: its document names this app" ]
	# The signature was not checked, so that it says no more.
	[[ $(row init_scripts_launch) == "unchecked|rests on quote_signature"*"yes, the host stated these scripts before the launch, in their order" ]]
	launched two.json '.init_script_hashes |= reverse'
	[ "$(row init_scripts_launch)" = "no|init_script_hashes: the host stated other init scripts than the manifest has" ]
	launched two.json '.init_script_hashes |= .[0:1]'
	[[ $(row init_scripts_launch) == "no|"* ]]
	launched two.json '.init_script_hashes = []'
	[[ $(row init_scripts_launch) == "no|"* ]]
	# A manifest that says null has none; an empty text is one.
	jq -cj '.init_script = null' a.json > null.json
	launched null.json .
	[[ $(row init_scripts_launch) == "unchecked|rests on quote_signature"*"yes, the host stated "* ]]
	[ -z "$(row init_scripts)" ]
	jq -cj '.init_script = ""' a.json > empty.json
	launched empty.json .
	[[ $(row init_scripts_launch) == "unchecked|rests on quote_signature"*"yes, the host stated "* ]]
	launched empty.json '.init_script_hashes = []'
	[[ $(row init_scripts_launch) == "no|"* ]]
	# A document that says nothing of them is none of this; what is malformed cannot tell.
	launched two.json 'del(.init_script_hashes)'
	[ -z "$(row init_scripts_launch)" ]
	launched two.json '.init_script_hashes = null'
	[ -z "$(row init_scripts_launch)" ]
	for wrong in '"x"' '["00"]' '[1]' '[range(6) | "0" * 64]'; do
		launched two.json ".init_script_hashes = $wrong"
		[[ $(row init_scripts_launch) == "cannot-tell|mr_config: init_script_hashes: "* ]]
	done
	launched two.json '.compose_hash = "0" * 64'
	[ "$(row mr_config_id)" = "no|v3: its document names another compose-hash" ]
	# A text that the quote does not bind says nothing: not of scripts, and not of the app.
	launched two.json .
	jq '.vm_config |= (fromjson | .mr_config += " " | tojson)' launched.json > other.json
	output=$("$BIN/refval-diff" --json two.json other.json 2> /dev/null) || true
	[ "$(row mr_config_id)" = "no|v3: the document given has another hash" ]
	[ -z "$(row init_scripts_launch)" ]
}
