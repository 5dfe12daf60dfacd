# SPDX-License-Identifier: Apache-2.0
# Published values of a deployment: the app is part of them. See docs/refval-publish.1.
load helper

setup_file() {
	need jq openssl
	cd "$BATS_FILE_TMPDIR" || return
	cp "$V/real/near-058-dev-3e6394/app-compose.json" .
	sed 's/launcher/lauNcher/' app-compose.json > other.json
	mkdir one both others
	cp app-compose.json one
	cp app-compose.json other.json both
	cp other.json others
	openssl genpkey -algorithm ed25519 -out key.pem
	openssl pkey -in key.pem -pubout -out pub.pem
	for f in app other; do
		"$BIN/refval-publish" "$TOP/images/releases/dstack-dev-0.5.8.json" --compose $f*.json --format in-toto --sign-key key.pem -o $f.dsse
	done
	"$BIN/refval-publish" "$TOP/images/releases/dstack-dev-0.5.8.json" --format values -o os.jsonl
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

verify() { "$BIN/refval-verify" --evidence "$V/real/near-058-dev-3e6394" --at 2026-04-01 "$@"; }

row() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .verdict + ": " + .from' <<< "$output"; }

@test "the app that signed values name is expected, and must be the machine's" {
	run -0 verify --values app.dsse --verify-key pub.pem --json
	[ "$(row compose_hash)" = "yes: the app of the values" ]
	[ "$(row mr_config_id)" = "yes: the app of the values" ]
	run -1 verify --values other.dsse --verify-key pub.pem --json
	[ "$(row compose_hash)" = "no: the app of the values" ]
	[ "$(row mr_config_id)" = "no: the app of the values" ]
	run -1 "$BIN/refval-diff" other.dsse "$V/real/near-058-dev-3e6394"
	[[ ${lines[-1]} == "verdict "*"no: compose_hash: the machine runs another app-compose.json"* ]]
	# The same in a line.
	"$BIN/refval-fetch" "$V/real/near-058-dev-3e6394" --offline | jq -c . > near
	for f in app:0:yes other:1:no; do
		IFS=: read -r name code word <<< "$f"
		run "-$code" --separate-stderr "$BIN/refval-verify" --jsonl near --values "$name.dsse" --at 2026-04-01 --summary
		[ "$(jq -r .verdict <<< "$output")" = "$word" ]
	done
}

@test "values with a member that is not known are no yes: it could be what somebody expects" {
	local change
	while read -r change; do
		jq -c "$change" os.jsonl > "$BATS_TEST_TMPDIR/more.jsonl"
		run -3 --separate-stderr verify --values "$BATS_TEST_TMPDIR/more.jsonl" --json
		[[ $stderr$output == *"no member of it is called "* ]]
	done <<- 'END'
		.App = {compose_hash: ("00" * 32)}
		.rtmr3 = .rtmr2
		.rtmr1.valeu = .rtmr1.value
		.mrtd.two = .mrtd.two_pass
		.app = {compose_hash: ("00" * 32), allowed_envs: []}
		.platforms = {azure: {}}
		.platforms = {tdx: {sha256: ("00" * 32), uki: ""}}
		.platforms = {aws: {sha256: ("00" * 32), boot_pcr_digest: ("00" * 32), pcr8: ("00" * 48)}}
	END
}

@test "an app given beside values of a deployment is the same one, or refused" {
	run -0 verify --values app.dsse --compose app-compose.json --json
	[ "$(row compose_hash)" = "yes: sha256 of the given app-compose.json" ]
	run -0 verify --values app.dsse --compose-hash "$(sha256sum < app-compose.json | cut -d' ' -f1)" --json
	[ "$(row compose_hash)" = "yes: the given compose-hash" ]
	run -3 --separate-stderr verify --values app.dsse --compose other.json
	[ "$stderr" = "refval-verify: app.dsse: the values are of another app than sha256 of the given app-compose.json" ]
	run -3 --separate-stderr verify --values other.dsse --compose-hash "$(sha256sum < app-compose.json | cut -d' ' -f1)"
	[ "$stderr" = "refval-verify: other.dsse: the values are of another app than the given compose-hash" ]
	# Of several files the one counts that the values name.
	"$BIN/refval-fetch" "$V/real/near-058-dev-3e6394" --offline | jq -c . > near
	line() { "$BIN/refval-verify" --jsonl near --at 2026-04-01 --summary "$@"; }
	run -0 --separate-stderr line --values app.dsse --compose-dir both
	[ "$(jq -r .compose_sha256 <<< "$output")" = "$(sha256sum < app-compose.json | cut -d' ' -f1)" ]
	run -1 --separate-stderr line --values other.dsse --compose-dir both
	run -1 --separate-stderr line --values other.dsse --compose-dir one
	run -0 --separate-stderr line --values app.dsse --compose-dir others
	[ "$(jq -r .compose_sha256 <<< "$output")" = null ]
}

@test "values keep their app, and are of one app only" {
	run -0 "$BIN/refval-publish" app.dsse --format values
	[ "$(jq -r .app.compose_hash <<< "$output" | sort -u)" = "$(sha256sum < app-compose.json | cut -d' ' -f1)" ]
	# The same app again; another one.
	run -0 "$BIN/refval-publish" app.dsse --format values --compose app-compose.json
	run -3 --separate-stderr "$BIN/refval-publish" app.dsse --format values --compose other.json
	[ "$stderr" = "refval-publish: --compose: the values are of another app" ]
	"$BIN/refval-publish" app.dsse --format values > app.jsonl
	"$BIN/refval-publish" other.dsse --format values > other.jsonl
	for mixed in "app other" "app os"; do
		read -r a b <<< "$mixed"
		head -qn 1 "$a.jsonl" "$b.jsonl" > mixed.jsonl
		run -3 --separate-stderr "$BIN/refval-publish" mixed.jsonl --format values
		[[ $stderr == *"values of machines of more than one app" ]]
		run -3 --separate-stderr verify --values mixed.jsonl
		[[ $stderr == *"values of machines of more than one app" ]]
	done
	for bad in 'del(.app.compose_hash)' '.app.compose_hash = "00"' '.app.compose_hash = null' '.app = 1' '.app.gpu_policy_hash = "x"'; do
		head -n 1 app.jsonl | jq -c "$bad" > bad.json
		run -3 --separate-stderr verify --values bad.json
		[[ $stderr == *"app"* ]]
	done
}

@test "formats without a place for an app say so" {
	for f in corim rvps tcg2; do
		run -2 --separate-stderr "$BIN/refval-publish" os.jsonl --format $f --compose app-compose.json -o x
		[[ $stderr == "refval-publish: --format $f has no place for an app: --compose makes no sense"* ]]
	done
	run -0 --separate-stderr "$BIN/refval-publish" app.dsse --format corim -o x.cbor
	[[ $stderr == *app* ]]
	echo '{"a": 1}' > none.json
	run -3 --separate-stderr "$BIN/refval-publish" os.jsonl --format values --compose none.json
	[ "$stderr" = "refval-publish: none.json: not an app-compose.json" ]
}

@test "SEV-SNP: the app of values counts there, too" {
	machine=$V/real/snp-milan-verifier
	head -n 1 os.jsonl > one.json
	"$BIN/refval-publish" one.json --compose other.json --format values > snp.json
	# They are of another image; the app is a matter of its own.
	run -1 "$BIN/refval-verify" --evidence "$machine/sev-snp-attestation.json" --values snp.json --at 2026-10-01 --json
	[ "$(row compose_hash)" = "no: the app of the values" ]
	hash=$("$BIN/refval-verify" --evidence "$machine/sev-snp-attestation.json" --values one.json --at 2026-10-01 --json |
		jq -r '.layers[].checks[] | select(.name == "compose_hash").actual')
	jq -c --arg h "$hash" '.app.compose_hash = $h' snp.json > own.json
	run -1 "$BIN/refval-verify" --evidence "$machine/sev-snp-attestation.json" --values own.json --at 2026-10-01 --json
	# Equal; and it rests on the launch digest, which is another image's.
	[ "$(row compose_hash)" = "cannot-tell: the app of the values" ]
	[[ $(jq -r '.layers[].checks[] | select(.name == "compose_hash").reason' <<< "$output") == *"without that: yes"* ]]
}

@test "a TDX machine of Google Cloud: the app of values counts there, too" {
	head -n 1 os.jsonl > one.json
	"$BIN/refval-publish" one.json --compose other.json --format values > gcp.json
	machine=("$BIN/refval-verify" "$V/gcp/a-v0.scale" --at 2026-06-30T08:47:13Z --json)
	run -1 "${machine[@]}" --values gcp.json
	[ "$(row compose_hash)" = "no: the app of the values" ]
	jq -c --arg h "$(jq -r '.layers[].checks[] | select(.name == "compose_hash").actual' <<< "$output")" '.app.compose_hash = $h' gcp.json > own.json
	run -1 "${machine[@]}" --values own.json
	# Equal; and it rests on what the vTPM signed, for which Google's list is needed.
	[ "$(row compose_hash)" = "cannot-tell: the app of the values" ]
	[[ $(jq -r '.layers[].checks[] | select(.name == "compose_hash").reason' <<< "$output") == *"without that: yes"* ]]
	run -3 --separate-stderr "${machine[@]}" --values own.json --compose other.json
	[[ $(jq -r .error <<< "$output") == "own.json: the values are of another app than sha256 of the given app-compose.json" ]]
}
