# SPDX-License-Identifier: Apache-2.0
# Nitro: the PCRs of an enclave image file, and the verdict on documents of what was computed of an image.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	E=$V/eif
	AT=2026-09-01T12:00:00Z
}

# verify ARGS...: under the root that the made documents have
verify() { "$BIN/refval-verify" "$@" --root-ca "$E/root.der" --at "$AT"; }

@test "each image file has the PCRs that an implementation of its own says" {
	n=0
	for f in "$E"/[!b]*.eif; do
		run -0 "$BIN/refval-measure" --eif "$f" --json
		got=$(jq -c '[.registers[] | select(.events != []) | {(.name): .value}] | add' <<< "$output")
		[ "$got" = "$(jq -c --arg n "$(basename "$f" .eif)" '.[$n]' "$E/expected.json")" ]
		n=$((n + 1))
	done
	[ "$n" = 6 ]
	# Nobody signed it, and PCR8 is zero.
	run -0 "$BIN/refval-measure" --eif "$E/usual.eif" --events
	[[ $output == *"PCR8    sha384 000000000000"* && $output == *"other ramdisks"* ]]
	run -2 "$BIN/refval-measure" --eif "$E/usual.eif" --uki x
	run -2 "$BIN/refval-measure" --eif "$E/usual.eif" x
}

@test "each bad image file is exit 3 with its sentence" {
	n=0
	while IFS=$'\t' read -r name says; do
		run -3 --separate-stderr "$BIN/refval-measure" --eif "$E/$name"
		[[ $stderr == *"$says"* ]] || { echo "$name: $stderr"; false; }
		[ -z "$output" ]
		n=$((n + 1))
	done < "$E/bad.tsv"
	[ "$n" = 30 ]
}

@test "an enclave's document, of the image file that it runs and of another one" {
	for n in usual signed; do "$BIN/refval-measure" --eif "$E/$n.eif" --json > $n.json; done
	"$BIN/refval-measure" --eif "$E/one-ramdisk.eif" --json > other.json
	run -0 verify "$E/enclave.cose" --values usual.json --json
	[ "$(jq -c '[.layers[].checks[] | select(.name | test("^(pcr[0128]|os_image_hash)$")) | .verdict] | unique' <<< "$output")" = '["yes"]' ]
	[ "$(jq -c '[.layers[].checks[] | select(.name | test("^(pcr[0128]|os_image_hash)$"))] | length' <<< "$output")" = 5 ]
	run -0 verify "$E/enclave-signed.cose" --values signed.json
	run -1 verify "$E/enclave.cose" --values other.json --json
	[ "$(jq -r '.layers[].checks[] | select(.name == "pcr0") | .verdict' <<< "$output")" = no ]
	[ "$(jq -r '.layers[].checks[] | select(.name == "os_image_hash") | .verdict' <<< "$output")" = no ]
	# The same image, and who signed it.
	run -1 verify "$E/enclave.cose" --values signed.json --json
	[ "$(jq -c '[.layers[].checks[] | select(.verdict == "no") | .name]' <<< "$output")" = '["pcr8"]' ]
	run -1 verify "$E/enclave-signed.cose" --values usual.json
	# Both that are expected must be what is there.
	run -1 verify "$E/enclave.cose" --values usual.json --expect "pcr0=$(printf '%096d' 0)"
	run -0 verify "$E/enclave.cose" --values usual.json --expect "pcr0=$(jq -r .usual.pcr0 "$E/expected.json")"
	# Without a value nothing is known, whatever else is there.
	jq '(.registers[] | select(.name == "pcr2")) |= (.value = null | .events[0].digest = null | .why = "not there")' usual.json > less.json
	run -3 verify "$E/enclave.cose" --values less.json
	[[ $output == *"not there"*"the values do not have all three"* ]]
}

@test "a NitroTPM's document, of the unified kernel image that it boots and of another one" {
	"$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform aws-nitro-tpm --json > usual.json
	"$BIN/refval-measure" --uki "$V/uki/boot-keys.efi" --platform aws-nitro-tpm --json > other.json
	run -0 verify "$E/tpm.cose" --values usual.json --json
	[ "$(jq -c '[.layers[].checks[] | select(.name | test("^(pcr4|pcr7|pcr12|boot_pcr_digest)$")) | .verdict]' <<< "$output")" = '["yes","yes","yes","yes"]' ]
	run -1 verify "$E/tpm.cose" --values other.json --json
	[ "$(jq -c '[.layers[].checks[] | select(.verdict == "no") | .name]' <<< "$output")" = '["pcr4","boot_pcr_digest"]' ]
	# The real machine runs something else, without Secure Boot and with nothing in PCR12.
	run -1 "$BIN/refval-verify" "$V/nitro/real-nitrotpm.cose" --values usual.json --json
	[ "$(jq -c '[.layers[].checks[] | select(.name | test("^pcr(7|12)$")) | .verdict]' <<< "$output")" = '["yes","yes"]' ]
	[ "$(jq -c '[.layers[].checks[] | select(.verdict == "no") | .name]' <<< "$output")" = '["pcr4","boot_pcr_digest"]' ]
}

@test "values of another platform, or edited ones, are refused" {
	"$BIN/refval-measure" --eif "$E/usual.eif" --json > eif.json
	"$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform aws-nitro-tpm --json > tpm.json
	"$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform tpm --json > plain.json
	for v in tpm plain; do
		run -3 --separate-stderr verify "$E/enclave.cose" --values $v.json
		[[ $stderr == *"values of platform "*", and the document is of nitro-enclave"* ]]
	done
	run -3 --separate-stderr verify "$E/tpm.cose" --values eif.json
	[[ $stderr == *"and the document is of aws-nitro-tpm"* ]]
	jq '.registers[0].value |= ("0" * 96)' eif.json > edited.json
	run -3 --separate-stderr verify "$E/enclave.cose" --values edited.json
	[[ $stderr == *"value is not what its 1 events give"* ]]
	jq '.boot_pcr_digest |= ("0" * 64)' tpm.json > edited.json
	run -3 --separate-stderr verify "$E/tpm.cose" --values edited.json
	[[ $stderr == *"boot_pcr_digest is not that of its registers"* ]]
	jq '.registers[1].name = "pcr0"' eif.json > edited.json
	run -3 --separate-stderr verify "$E/enclave.cose" --values edited.json
	[[ $stderr == *"\"pcr0\" twice"* ]]
}

@test "values in a form without a signature, and a key that must have signed them: cannot tell, on each platform" {
	openssl genpkey -algorithm ed25519 -out key.pem
	openssl pkey -in key.pem -pubout -out pub.pem
	"$BIN/refval-measure" --eif "$E/usual.eif" --json > usual.json
	"$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform aws-nitro-tpm --json > tpm.json
	signature() { jq -r '.layers[].checks[] | select(.name == "reference_signature") | .verdict + ": " + .from' <<< "$output"; }
	n=0
	while IFS='|' read -r form machine; do
		eval "run $machine --json"
		[ "$(signature)" = "unchecked: $form" ] || { echo "$machine: $output"; false; }
		[ "$status" = 0 ]
		eval "run $machine --verify-key pub.pem --json"
		[ "$(signature)" = "cannot-tell: $form" ]
		[ "$status" = 3 ]
		n=$((n + 1))
	done <<- END
		refval.boot/1|verify "$E/enclave.cose" --values usual.json
		refval.boot/1|verify "$E/tpm.cose" --values tpm.json
		measurement.aws.cbor|"$BIN/refval-verify" "$V/nitro/real-nitrotpm.cose" --values "$V/nitro/real-nitrotpm.aws.cbor"
		measurement.snp.cbor|"$BIN/refval-verify" "$V/real/snp-milan-verifier/sev-snp-attestation.json" --at 2026-10-01 --values "$V/snp/measurement.snp.cbor"
	END
	[ "$n" = 4 ]
}

@test "the app of a NitroTPM: PCR14 by its log, PCR8 by the app-compose; written down again the same" {
	A=$V/nitro/app
	cd "$BATS_TEST_TMPDIR"
	rows() { jq -r '[.layers[].checks[] | select(.name | test("^(pcr14_log|pcr8_config|compose_hash|event_contents)$")) | .name + " " + .verdict] | sort | join(", ")' <<< "$output"; }
	pcr4=pcr4=$(printf 4 | sha384sum | cut -d' ' -f1)
	app() { run --separate-stderr "$BIN/refval-verify" "$1" --root-ca "$A/root.der" --expect "$pcr4" "${@:2}" --json; }
	good="compose_hash yes, event_contents yes, pcr14_log yes, pcr8_config yes"
	app "$A/good.scale" --compose "$A/app-compose.json"
	[ "$status" = 0 ]
	[ "$(rows)" = "$good" ]
	"$BIN/refval-fetch" "$A/good-v2.msgpack" --offline -o again.json > /dev/null
	app again.json --compose "$A/app-compose.json"
	[ "$status" = 0 ]
	[ "$(rows)" = "$good" ]
	# Of several manifests the one that PCR14 names.
	mkdir manifests
	cp "$V/snp/made/app-compose.json" manifests/other.json
	cp "$A/app-compose.json" manifests
	app "$A/good.scale" --compose-dir manifests
	[ "$(rows)" = "$good" ]
	rm manifests/app-compose.json
	app "$A/good.scale" --compose-dir manifests
	[ "$status" = 1 ]
	app "$A/good.scale" --compose "$V/snp/made/app-compose.json"
	[ "$status" = 1 ]
	[ "$(rows)" = "compose_hash no, event_contents yes, pcr14_log yes, pcr8_config no" ]
	# What was not looked at supports nothing.
	app "$A/good.scale" --compose "$A/app-compose.json" --skip pcr14_log
	[ "$(rows)" = "compose_hash unchecked, event_contents unchecked, pcr14_log unchecked, pcr8_config yes" ]
	jq '.event_log[2].event_payload |= ("00" * 32)' again.json > edited.json
	app edited.json --compose "$A/app-compose.json"
	[ "$status" = 1 ]
	[[ $(rows) == *"pcr14_log no"* ]]
	# There is no RTMR3 to replay it to.
	run -3 --separate-stderr "$BIN/refval-replay" "$A/good.scale"
	[[ $stderr == *"whose events are of PCR14: refval-verify replays them"* ]]
	run -0 "$BIN/refval-verify" "$A/good.scale" --root-ca "$A/root.der" --expect "$pcr4" --html page.html
	grep -q pcr14_log page.html
}
