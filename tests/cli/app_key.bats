# SPDX-License-Identifier: Apache-2.0
# refval-verify --app-key: keys that a KMS issued to the app that a machine runs.
load helper

ROOT=0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6
ID=5bb4ff9a3837357f19dc176407a5709c62eb6c56

setup() {
	A=$V/app_key
	W=$BATS_TEST_TMPDIR
	sim=$V/peers/signed-simulator
}

# What dstack's simulator says, signed by its own PKI: an answer about its key.
verify() {
	"$BIN/refval-verify" "$sim/se.json" --collateral "$sim/coll.json" --root-ca "$sim/tdx-root-ca.pem" --test-pki \
		--at 2026-11-28T13:00:00Z "$@" --json
}

# is VERDICT JQ: what the check app_key says.
is() {
	jq -e --arg v "$1" "[.layers[].checks[] | select(.name == \"app_key\")] | length == 1 and all(.verdict == \$v and ($2))" <<< "$output" > /dev/null ||
		{ jq '.layers[].checks[] | select(.name == "app_key")' <<< "$output"; false; }
}

@test "a key that the KMS issued to the app in the log" {
	run --separate-stderr verify --app-key "$A/sign.json" --kms-root "$ROOT"
	is yes ".expected == \"$ROOT\" and .actual == \"$ROOT\" and .rests_on == [\"rtmr3_log\", \"event_contents\"]"
	is yes ".reason | contains(\"secp256k1 key 024c2c01060e3bf0e1da9da17f975cb3888fdf3a11ef3e2a11830a6e1ea40a32c6, for the purpose \\\"signing\\\", was issued by this KMS to the app $ID\")"
	run --separate-stderr verify --app-key "$A/getkey-ed25519.json" --kms-root "$ROOT"
	is yes '.reason | contains("Ed25519 key") and contains("for the purpose \"test-purpose\"")'
	# The root as a file: hex, and PEM.
	echo "$ROOT" > "$W/root"
	run --separate-stderr verify --app-key "$A/sign.json" --kms-root "$W/root"
	is yes true
}

@test "another KMS, another app's key, another purpose, another key: no" {
	for f in of-another-kms of-another-app; do
		run -1 --separate-stderr verify --app-key "$A/$f.json" --kms-root "$ROOT"
		is no '.reason | contains("was not issued by this KMS")'
	done
	jq -c '.purpose = "signing"' "$A/getkey-ed25519.json" > "$W/k.json"
	run -1 --separate-stderr verify --app-key "$W/k.json" --kms-root "$ROOT"
	is no '.actual != .expected'
	jq -c '.public_key |= sub("^0."; "03")' "$A/sign.json" > "$W/k.json"
	run -1 --separate-stderr verify --app-key "$W/k.json" --kms-root "$ROOT"
	is no true
	run -1 --separate-stderr verify --app-key "$A/sign.json" --kms-root "02${ROOT#03}"
	is no true
}

@test "a machine of another app, and evidence without an app-id" {
	near=$V/real/near-058-dev-3e6394
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 "$near" --at 2026-04-01 --app-key "$A/sign.json" --kms-root "$ROOT" --json
	is no true
	run --separate-stderr "$BIN/refval-verify" "$near/quote.bin" --at 2026-04-01 --app-key "$A/sign.json" --kms-root "$ROOT" --json
	is cannot-tell '.reason | contains("no log with an app-id")'
}

@test "a NitroTPM: the app is that of PCR14's log, on which the answer rests" {
	local n=$V/nitro/app root=034ac9e488b2aa4c5ae009a661e9d94c160bee4b1dfbee9b35609ed20079553752
	tpm() {
		run --separate-stderr "$BIN/refval-verify" "$n/good.scale" --root-ca "$n/root.der" --expect "pcr4=$(printf 4 | sha384sum | cut -d' ' -f1)" \
			--app-key "$A/nitro-tpm.json" --json "$@"
	}
	tpm --kms-root "$root"
	[ "$status" = 0 ]
	is yes '.rests_on == ["pcr14_log", "event_contents"]'
	tpm --kms-root "$root" --skip pcr14_log
	is unchecked '.reason | contains("rests on pcr14_log")'
	tpm --kms-root "$ROOT"
	[ "$status" = 1 ]
	is no true
}

@test "malformed: exit 3, each with its sentence" {
	while IFS='%' read -r edit message; do
		jq -c "$edit" "$A/getkey-ed25519.json" > "$W/k.json"
		run -3 --separate-stderr verify --app-key "$W/k.json" --kms-root "$ROOT"
		[[ $stderr == *"k.json: $message"* ]] || { echo "$stderr"; false; }
	done << 'CASES'
.key = "00"%it holds the private key
del(.public_key)%public_key: missing
.public_key = "00"%public_key: neither 32 bytes
.public_key |= . + "zz"%public_key: neither 32 bytes
del(.purpose)%purpose: missing
.purpose = 200 * "x"%purpose: more than 128 bytes
.signature_chain |= .[:1]%signature_chain: 1, not 2
.signature_chain |= . + .%signature_chain
.signature_chain[1] = "00"%signature_chain: 1: not 65 bytes in hex
.signature = "00"%purpose: an answer of Sign has none
CASES
	printf '%s' '{"public_key": "", "public_key": ""}' > "$W/k.json"
	run -3 --separate-stderr verify --app-key "$W/k.json" --kms-root "$ROOT"
	run -3 --separate-stderr verify --app-key "$A/sign.json" --kms-root "04${ROOT#03}"
	run -3 --separate-stderr verify --app-key "$A/sign.json" --kms-root "$V/signatures/cosign.pub"
}

@test "wrong use" {
	run -2 verify --app-key "$A/sign.json"
	run -2 verify --kms-root "$ROOT"
	run -2 verify --app-key "$W/none" --kms-root "$ROOT"
	run -2 verify --app-key "$A/sign.json" --kms-root "$W/none"
}
