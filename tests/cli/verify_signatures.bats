# SPDX-License-Identifier: Apache-2.0
# refval-verify --image-signature: signatures that cosign made, of the images
# that the app-compose pins, by a given key.
load helper

APP=127.0.0.1:5123/acme/app
DIGEST=sha256:fd96295988f7af4dc5c4cbbbd58a7d02b9795067570d4f952995060fd8f08422
OTHER=sha256:294d4e4ef83bacc8125f4eeefbd0dd77b00e74d77df9d15599b72d767dc4d094
LAUNCHER=sha256:02ba809689637d13a9e28b31a9e00de4fef776f3d604bdd51c5a03ee756eb316

setup() {
	S=$V/signatures
	W=$BATS_TEST_TMPDIR
	near=$V/real/near-058-dev-3e6394
	key=$S/cosign.pub
	by=(--image-key "$key")
	fact=(--cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01)
	mkdir "$W/evidence"
	cp "$near/quote.bin" "$near/event_log.json" "$near/collateral.json" "$W/evidence"
	compose=$near/app-compose.json
}

# A captured machine, verified whole, with what is asked of its image.
verify() {
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$W/evidence" "${fact[@]}" --compose "$compose" "$@"
}

# app IMAGE: the manifest of a machine that says to run it; its quote is none.
app() {
	printf 'services:\n  web:\n    image: %s\n%s' "$1" "${2:-}" |
		jq -Rs '{manifest_version: 2, name: "x", runner: "docker-compose", docker_compose_file: .}' > "$W/app.json"
	runs "$near" "$W/app.json" > "$W/evidence.json"
}

# rows ARGS...: the report about that machine, whatever it answers.
rows() {
	run --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$W/evidence.json" --compose "$W/app.json" \
		--at 2026-04-01 "${by[@]}" --json "$@"
	[ "$status" = 1 ] || [ "$status" = 3 ]
}

# check NAME JQ: the jq expression holds for every check called NAME.
check() {
	jq -e --arg n "$1" "[.layers[] | select(.layer == \"app\") | .checks[] | select(.name == \$n)] | length > 0 and all($2)" \
		<<< "$output" > /dev/null ||
		{ jq '.layers[] | select(.layer == "app")' <<< "$output"; false; }
}

no_check() {
	jq -e --arg n "$1" '[.layers[].checks[] | select(.name == $n)] == []' <<< "$output" > /dev/null
}

@test "a captured machine and the provenance of its image" {
	run -0 --separate-stderr verify --image-signature "$S/provenance.sigstore.json" --image-key "$key" --json
	check "image_signature launcher" ".verdict == \"yes\" and .expected == \"$LAUNCHER\" and .actual == \"$LAUNCHER\"
		and .rests_on == [\"compose_hash\"]"
	check "image_signature launcher" '.reason | endswith("/provenance.sigstore.json: signed by the given key (P-256), a statement of type https://slsa.dev/provenance/v1")'
	no_check image_signature
	run -0 verify --image-signature "$S/provenance.sigstore.json" --image-key "$key"
	[[ $output == *"image_signature launcher"*"signed by the given key (P-256)"* ]]
}

@test "the envelope alone says the same" {
	jq .dsseEnvelope "$S/provenance.sigstore.json" > "$W/envelope.json"
	run -0 --separate-stderr verify --image-signature "$W/envelope.json" --image-key "$key" --json
	check "image_signature launcher" '.verdict == "yes"'
	run -0 --separate-stderr verify --image-signature - --image-key "$key" --json < "$W/envelope.json"
	check "image_signature launcher" '.verdict == "yes"'
}

@test "a statement that may say the image is bad does not speak for it" {
	run -3 --separate-stderr verify --image-signature "$S/vuln.sigstore.json" --image-key "$key" --json
	check "image_signature launcher" '.verdict == "cannot-tell" and (.reason | contains("vuln/v1: whether that speaks for the image"))'
	run -0 --separate-stderr verify --image-signature "$S/vuln.sigstore.json" --image-signature "$S/provenance.sigstore.json" \
		--image-key "$key" --json
	check "image_signature launcher" '.verdict == "yes" and (.reason | contains("provenance"))'
}

@test "another key, of whatever type: no" {
	need openssl
	for type in "EC -pkeyopt ec_paramgen_curve:P-256" "EC -pkeyopt ec_paramgen_curve:P-384" ED25519; do
		# shellcheck disable=SC2086 # words
		openssl genpkey -algorithm $type -out "$W/k" 2> /dev/null
		openssl pkey -in "$W/k" -pubout -out "$W/pub"
		run -1 --separate-stderr verify --image-signature "$S/provenance.sigstore.json" --image-key "$W/pub" --json
		check "image_signature launcher" '.verdict == "no" and (.reason | contains("its signature is not by the given key"))'
	done
	openssl genpkey -algorithm RSA -out "$W/k" 2> /dev/null
	openssl pkey -in "$W/k" -pubout -out "$W/pub"
	run -3 --separate-stderr verify --image-signature "$S/provenance.sigstore.json" --image-key "$W/pub"
	[[ $stderr == *"key: none of Ed25519, P-256 and P-384" ]]
}

@test "what is signed was changed: no, or of another digest" {
	# The statement names another image.
	jq --arg p "$(jq -r .dsseEnvelope.payload "$S/provenance.sigstore.json" | base64 -d |
		jq -cj ".subject[0].digest.sha256 = \"${OTHER#sha256:}\"" | base64 -w0)" '.dsseEnvelope.payload = $p' \
		"$S/provenance.sigstore.json" > "$W/a.json"
	run -3 --separate-stderr verify --image-signature "$W/a.json" --image-key "$key" --json
	check "image_signature launcher" '.verdict == "unchecked" and (.reason | contains("no signature of it was given"))'
	check image_signature ".verdict == \"cannot-tell\" and .actual == \"$OTHER\""
	# Another type of statement, the signature as it was.
	jq --arg p "$(jq -r .dsseEnvelope.payload "$S/vuln.sigstore.json" | base64 -d |
		jq -cj '.predicateType = "https://slsa.dev/provenance/v1"' | base64 -w0)" '.dsseEnvelope.payload = $p' \
		"$S/vuln.sigstore.json" > "$W/b.json"
	run -1 --separate-stderr verify --image-signature "$W/b.json" --image-key "$key" --json
	check "image_signature launcher" '.verdict == "no"'
}

@test "a signature whose app is not shown to run is no yes" {
	jq -c '.name = "another"' "$compose" > "$W/other.json"
	compose=$W/other.json
	run -1 --separate-stderr verify --image-signature "$S/provenance.sigstore.json" --image-key "$key" --json
	check "image_signature launcher" '.verdict == "cannot-tell" and (.reason | contains("not shown to run"))'
	compose=$near/app-compose.json
	run -0 --separate-stderr verify --image-signature "$S/provenance.sigstore.json" --image-key "$key" --json --skip compose_hash
	check "image_signature launcher" '.verdict != "yes"'
}

@test "what cosign saved: payload and envelope, by digest" {
	app "$APP@$DIGEST"
	rows --image-signature "$S/saved"
	check "image_signature web" ".verdict == \"yes\" and .expected == \"$DIGEST\""
	no_check image_signature
	tar -C "$S/saved" -cf "$W/saved.tar" .
	rows --image-signature "$W/saved.tar"
	check "image_signature web" '.verdict == "yes"'
	# The name that was signed does not count, only the digest.
	app "elsewhere.example/app@$DIGEST"
	rows --image-signature "$S/saved"
	check "image_signature web" '.verdict == "yes"'
}

@test "the manifest itself, signed as a message" {
	app "$APP@$DIGEST"
	rows --image-signature "$S/message.sigstore.json"
	check "image_signature web" '.verdict == "yes" and (.reason | endswith("message.sigstore.json: signed by the given key (P-256)"))'
	openssl genpkey -algorithm ED25519 -out "$W/k" 2> /dev/null
	openssl pkey -in "$W/k" -pubout -out "$W/pub"
	by=(--image-key "$W/pub")
	rows --image-signature "$S/message.sigstore.json"
	check "image_signature web" '.verdict == "cannot-tell" and (.reason | contains("without the signed bytes (Ed25519)"))'
	by=(--image-key "$key")
	# The digest beside the signature is not what was signed.
	jq --arg d "$(printf '%s' "${OTHER#sha256:}" | xxd -r -p | base64 -w0)" '.messageSignature.messageDigest.digest = $d' \
		"$S/message.sigstore.json" > "$W/m.json"
	app "$APP@$OTHER"
	rows --image-signature "$W/m.json"
	check "image_signature web" '.verdict == "no"'
}

@test "for this image's name, of another digest: no" {
	app "$APP@$OTHER"
	rows --image-signature "$S/saved"
	check "image_signature web" ".verdict == \"no\" and .actual == \"$DIGEST\" and .expected == \"$OTHER\""
	check "image_signature web" '.reason | endswith("is for this image'"'"'s name, and signs another digest")'
	no_check image_signature
	# A message has no name: it is nobody's.
	rows --image-signature "$S/message.sigstore.json"
	check "image_signature web" '.verdict == "unchecked"'
	check image_signature ".verdict == \"cannot-tell\" and .actual == \"$DIGEST\""
	# Beside a good one for another service it is still for its own.
	app "$APP@$OTHER" "  db:
    image: $APP@$DIGEST
"
	rows --image-signature "$S/saved"
	check "image_signature web" '.verdict == "no"'
	check "image_signature db" '.verdict == "yes"'
}

@test "what is not pinned has no signature" {
	app "$APP:1"
	rows --image-signature "$S/saved"
	check "image_signature web" '.verdict == "cannot-tell" and (.reason | contains("not pinned by digest"))'
	app "demo:1"
	rows --image-signature "$S/saved"
	check "image_signature web" '.verdict == "unchecked" and (.reason | contains("not pinned by digest"))'
	check image_signature '.verdict == "cannot-tell"'
}

@test "a folder: signatures of other images are passed over, but not all of them" {
	mkdir "$W/d"
	cp "$S"/*.json "$W/d"
	run -0 --separate-stderr verify --image-signature "$W/d" --image-key "$key" --json
	check "image_signature launcher" '.verdict == "yes"'
	no_check image_signature
	rm "$W"/d/[pv]*
	run -3 --separate-stderr verify --image-signature "$W/d" --image-key "$key" --json
	check image_signature '.verdict == "cannot-tell" and (.reason | contains("of no service"))'
	rm "$W"/d/*
	touch "$W/d/README"
	run -3 --separate-stderr verify --image-signature "$W/d" --image-key "$key"
	[[ $stderr == *"no *.json, *.sigstore or *.bundle in it" ]]
	# A file that was named, beside one that is good: an answer was expected.
	run -3 --separate-stderr verify --image-signature "$S/provenance.sigstore.json" --image-signature "$S/message.sigstore.json" \
		--image-key "$key" --json
	check "image_signature launcher" '.verdict == "yes"'
	check image_signature '.verdict == "cannot-tell" and (.reason | contains("message.sigstore.json"))'
}

# payload EDIT...: a layout like the saved one whose payload jq edits; the
# digests are right again, unless the manifest is kept.
payload() {
	local d=$W/layout old size
	rm -rf "$d"
	cp -R "$S/saved" "$d"
	old=$d/blobs/sha256/201afe49c9302256e8fe1920776a42f2964d61c16d0ffead03daddb1b9945c5d
	jq -c "$1" "$old" > "$W/p"
	size=$(stat -c %s "$W/p")
	new=$(sha256sum < "$W/p" | cut -d' ' -f1)
	cp "$W/p" "$d/blobs/sha256/$new"
	old=$d/blobs/sha256/a3898ff20ea767221c009adecf647d2d36e022845015e7ad44161052dd0d07f7
	jq -c --arg d "sha256:$new" --argjson s "$size" '.layers[0] |= (.digest = $d | .size = $s)' "$old" > "$W/m"
	new=$(sha256sum < "$W/m" | cut -d' ' -f1)
	cp "$W/m" "$d/blobs/sha256/$new"
	jq -c --arg d "sha256:$new" --argjson s "$(stat -c %s "$W/m")" '.manifests = [.manifests[1] | .digest = $d | .size = $s]' \
		"$S/saved/index.json" > "$d/index.json"
}

# The size of the hash goes by the key, or is that of P-256's: signers do both.
@test "payloads by a P-384 key: with SHA-384, or with SHA-256" {
	local hash d=$W/layout old
	app "$APP@$DIGEST"
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$W/k" 2> /dev/null
	openssl pkey -in "$W/k" -pubout -out "$W/pub"
	by=(--image-key "$W/pub")
	for hash in sha256:yes sha384:yes sha512:no; do
		payload .
		old=$(jq -r '.manifests[0].digest | sub(":"; "/")' "$d/index.json")
		openssl dgst "-${hash%:*}" -sign "$W/k" "$W/p" | base64 -w0 > "$W/sig"
		jq -c --rawfile s "$W/sig" '.layers[0].annotations["dev.cosignproject.cosign/signature"] = $s' "$d/blobs/$old" > "$W/m"
		new=$(sha256sum < "$W/m" | cut -d' ' -f1)
		cp "$W/m" "$d/blobs/sha256/$new"
		jq -c --arg d "sha256:$new" --argjson s "$(stat -c %s "$W/m")" '.manifests[0] |= (.digest = $d | .size = $s)' "$d/index.json" > "$W/i"
		cp "$W/i" "$d/index.json"
		rows --image-signature "$d"
		check "image_signature web" ".verdict == \"${hash#*:}\" and (.reason | contains(\"the given key (P-384)\"))"
	done
}

@test "payloads: changed, of another type, for another image, of another algorithm" {
	app "$APP@$OTHER"
	payload ".critical.image.\"docker-manifest-digest\" = \"$OTHER\""
	rows --image-signature "$W/layout"
	check "image_signature web" '.verdict == "no" and (.reason | contains("its signature is not by the given key"))'
	payload '.critical.type = "atomic container signature"'
	run -3 --separate-stderr verify --image-signature "$W/layout" --image-key "$key"
	[[ $stderr == *'payload: type is not "cosign container image signature"' ]]
	payload '.critical.image."docker-manifest-digest" = "sha512:00"'
	run -3 --separate-stderr verify --image-signature "$W/layout" --image-key "$key"
	[[ $stderr == *'payload: docker-manifest-digest is no sha256' ]]
	payload '.critical.image."docker-manifest-digest" |= ascii_upcase'
	run -3 --separate-stderr verify --image-signature "$W/layout" --image-key "$key"
	[[ $stderr == *'docker-manifest-digest is no sha256' ]]
	payload 'del(.critical.image)'
	run -3 --separate-stderr verify --image-signature "$W/layout" --image-key "$key"
	[[ $stderr == *"payload: "*"docker-manifest-digest"* ]]
}

@test "layouts: a blob that is not what its digest says, none, no signature" {
	cp -R "$S/saved" "$W/a"
	blob=$W/a/blobs/sha256/201afe49c9302256e8fe1920776a42f2964d61c16d0ffead03daddb1b9945c5d
	chmod u+w "$blob"
	sed -i s/acme/acne/ "$blob"
	run -3 --separate-stderr verify --image-signature "$W/a" --image-key "$key"
	[[ $stderr == *"E_BLOB_DIGEST: "* ]]
	rm -f "$blob"
	run -3 --separate-stderr verify --image-signature "$W/a" --image-key "$key"
	[[ $stderr == *"E_BLOB_MISSING: "* ]]
	jq '.manifests |= .[:1]' "$S/saved/index.json" > "$W/a/index.json"
	run -3 --separate-stderr verify --image-signature "$W/a" --image-key "$key"
	[[ $stderr == *"it holds no signature" ]]
}

# In the layout of made certificates each index is a case; keyless CASE ARGS...: the captured machine with one.
keyless() {
	rm -rf "$W/made"
	cp -R "$S/made" "$W/made"
	cp "$S/made/$1.json" "$W/made/index.json"
	shift
	verify --image-signature "$W/made" --image-identity dev@example.org --image-issuer https://issuer.example \
		--image-ca "$S/made/ca.pem" --image-log-key "$S/made/log.pub" "$@"
}

@test "a certificate's identity, at the time that the log signed: yes" {
	run -0 --separate-stderr keyless good --json
	check "image_signature launcher" '.verdict == "yes" and (.reason | contains(": signed by dev@example.org (as https://issuer.example says), logged at 2026-03-01T12:05:00Z; not checked: the certificate'"'"'s own log (SCT), whether it stays in the log"))'
}

@test "made certificates: no, each with its reason" {
	while IFS='|' read -r name reason; do
		run -1 --separate-stderr keyless "$name" --json
		check "image_signature launcher" ".verdict == \"no\" and (.reason | contains(\"$reason\"))"
	done << 'CASES'
late|logged at 2026-03-01T13:05:00Z, when its certificate was not valid
early|logged at 2026-03-01T11:05:00Z, when its certificate was not valid
other-log|the log's time is not signed by its key
other-key|its signature is not by the key of its certificate
no-code|its certificate is not one for signatures by one identity
two-names|its certificate is not one for signatures by one identity
dns-name|its certificate is not one for signatures by one identity
own-certificate|its certificate is not of the given CA
CASES
}

@test "another identity, issuer, CA, log, or none of them" {
	id=(--image-identity dev@example.org) from=(--image-issuer https://issuer.example) ca=(--image-ca "$S/made/ca.pem")
	log=(--image-log-key "$S/made/log.pub")
	cp -R "$S/made" "$W/made"
	cp "$S/made/good.json" "$W/made/index.json"
	one() { run "-$1" --separate-stderr verify --image-signature "$W/made" "${id[@]}" "${from[@]}" "${ca[@]}" "${log[@]}" --json; }
	one 0
	id[1]=dev@example.or
	one 1
	check "image_signature launcher" '.verdict == "no" and (.reason | contains("it is signed by dev@example.org (as https://issuer.example says), not by the given identity"))'
	id[1]=dev@example.org from[1]=https://issuer.example/
	one 1
	check "image_signature launcher" '.verdict == "no" and (.reason | contains("not by the given identity"))'
	from[1]=https://issuer.example ca[1]=$S/keyless/ca.pem
	one 1
	check "image_signature launcher" '.verdict == "no" and (.reason | contains("not of the given CA"))'
	# A root alone does not lead to a certificate below another, and what is between is no root.
	sed '/END CERT/q' "$S/made/ca.pem" > "$W/root.pem"
	sed '1,/END CERT/d' "$S/made/ca.pem" > "$W/middle.pem"
	ca[1]=$W/root.pem
	one 1
	ca[1]=$W/middle.pem
	one 1
	check "image_signature launcher" '.verdict == "no" and (.reason | contains("not of the given CA"))'
	ca[1]=$key
	one 3
	ca[1]=$S/made/ca.pem log[1]=$S/keyless/log.pub
	one 3
	check "image_signature launcher" '.verdict == "cannot-tell" and (.reason | contains("it is in another log than the given one"))'
	log[1]=$S/made/log.pub
	# Neither a part of what is needed, nor both ways of trust.
	run -2 verify --image-signature "$W/made" "${id[@]}"
	run -2 verify --image-signature "$W/made" "${id[@]}" "${from[@]}" "${ca[@]}"
	run -2 verify --image-signature "$W/made" "${id[@]}" "${from[@]}" "${log[@]}"
	run -2 verify --image-signature "$W/made" "${id[@]}" "${ca[@]}" "${log[@]}"
	run -2 verify --image-signature "$W/made" "${from[@]}" --image-key "$key"
	run -2 verify --image-signature "$W/made" "${id[@]}" "${from[@]}" "${ca[@]}" "${log[@]}" --image-key "$key"
}

@test "bundles of the public service, genuine and not" {
	app "a@sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf"
	by=(--image-issuer https://token.actions.githubusercontent.com --image-ca "$S/keyless/ca.pem" --image-log-key "$S/keyless/log.pub"
		--image-identity "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main")
	n=0
	while IFS=$'\t' read -r name verdict reason; do
		echo "$name"
		rows --image-signature "$S/keyless/$name.json"
		check "image_signature web" ".verdict == \"$verdict\" and (.reason | contains(\"$reason\"))"
		n=$((n + 1))
	done < "$S/keyless/cases.tsv"
	[ "$n" = "$(find "$S/keyless" -name '*.json' | wc -l)" ]
	# Logged when the certificate was not valid.
	by[1]=https://accounts.google.com by[7]=untrusted-sa@sigstore-conformance.iam.gserviceaccount.com
	rows --image-signature "$S/keyless/integrated-time-in-future.json"
	check "image_signature web" '.verdict == "no" and (.reason | contains("when its certificate was not valid"))'
	by[1]=https://token.actions.githubusercontent.com
	by[7]=https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main
	# Without the log's word of the time; without a certificate.
	jq 'del(.verificationMaterial.tlogEntries[].inclusionPromise)' "$S/keyless/happy-path-v0.3.json" > "$W/b.json"
	rows --image-signature "$W/b.json"
	check "image_signature web" '.verdict == "cannot-tell" and (.reason | contains("entry has no signed time"))'
	jq '.verificationMaterial.tlogEntries = []' "$S/keyless/happy-path-v0.3.json" > "$W/b.json"
	rows --image-signature "$W/b.json"
	check "image_signature web" '.verdict == "cannot-tell" and (.reason | contains("entry is in it"))'
	jq 'del(.verificationMaterial.certificate)' "$S/keyless/happy-path-v0.3.json" > "$W/b.json"
	rows --image-signature "$W/b.json"
	check "image_signature web" '.verdict == "cannot-tell" and (.reason | contains("it has no certificate"))'
	jq 'del(.verificationMaterial.tlogEntries[].inclusionProof.checkpoint)' "$S/keyless/happy-path-v0.3.json" > "$W/b.json"
	run -3 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$W/evidence.json" --compose "$W/app.json" \
		"${by[@]}" --image-signature "$W/b.json"
	[[ $stderr == *"b.json: bundle: inclusionProof: envelope: missing" ]]
	jq 'del(.verificationMaterial.tlogEntries[].inclusionProof)' "$S/keyless/happy-path-v0.3.json" > "$W/b.json"
	rows --image-signature "$W/b.json"
	check "image_signature web" '.verdict == "yes" and (.reason | contains("whether it stays in the log"))'
}

@test "malformed signatures: exit 3, each with its sentence" {
	n=0
	while IFS=$'\t' read -r name message; do
		run -3 --separate-stderr verify --image-signature "$V/bad/image_signature/$name" --image-key "$key"
		[ "$stderr" = "refval-verify: $V/bad/image_signature/$name: $message" ]
		n=$((n + 1))
	done < "$V/bad/image_signature/messages.tsv"
	[ "$n" = "$(find "$V/bad/image_signature" -type f ! -name messages.tsv | wc -l)" ]
}

@test "wrong use: no key, no signature, no app-compose, no file" {
	run -2 verify --image-signature "$S/message.sigstore.json"
	run -2 verify --image-key "$key"
	run -2 "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$W/evidence" --image-signature "$S/saved" --image-key "$key"
	run -2 verify --image-signature "$W/nothing" --image-key "$key"
	run -2 verify --image-signature "$S/saved" --image-key "$W/nothing"
}
