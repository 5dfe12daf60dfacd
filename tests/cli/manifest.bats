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
