# SPDX-License-Identifier: Apache-2.0
# What a quote's report_data is bound to, in refval-diff and refval-verify.
load helper

setup() {
	need jq openssl python3
	D=$BATS_TEST_TMPDIR
	B=$V/bind
	Q=$D/quote.bin
}

# quote_with HEX: a captured quote with this report_data (its signature is then
# wrong, which is another layer's business).
quote_with() {
	cp "$V/real/near-058-dev-3e6394/quote.bin" "$Q"
	chmod u+w "$Q"
	printf '%s' "$1" | head -c 128 | python3 -c '
import sys
rd = bytes.fromhex(sys.stdin.read()).ljust(64, b"\0")
with open(sys.argv[1], "r+b") as f:
    f.seek(568)
    f.write(rd)' "$Q"
}

hex() { od -An -v -tx1 | tr -d ' \n'; }
digest() { openssl dgst -"$1" -binary | hex; }
layer() { jq -r '.layers[] | select(.layer == "report_data") | .verdict' <<< "$output"; }
check() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .verdict' <<< "$output"; }
reason() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .reason' <<< "$output"; }

@test "a statement: sha2 and sha3, bytes of the file, zero padding" {
	printf 'I said so\n' > "$D/st"
	for h in sha256 sha384 sha512 sha3-256 sha3-384 sha3-512; do
		quote_with "$(digest $h < "$D/st")"
		run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash $h --json
		[ "$(layer)" = yes ]
		[ "$(check statement)" = yes ]
		run -1 "$BIN/refval-diff" "$Q" --statement "$B/message" --hash $h --json
		[ "$(check statement)" = no ]
	done
	quote_with "$(digest sha256 < "$D/st")0000000000000001"
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --json
	[[ $(reason statement) == *"what follows it is not zero" ]]
	quote_with "$(digest sha256 < "$D/st")"
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash sha512
	run -2 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash md5
	run -3 "$BIN/refval-diff" "$Q" --statement "$D/none"
}

@test "a statement: keccak, raw, and the prefix of dstack's old agent" {
	printf '' > "$D/st"
	quote_with c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash keccak256
	printf 'sixty-four bytes or fewer' > "$D/st"
	quote_with "$(hex < "$D/st")"
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash raw
	printf 'sixty-four bytes or fewe' > "$D/st"
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash raw
	head -c 65 /dev/zero > "$D/st"
	run -3 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash raw
	printf hello > "$D/st"
	quote_with e39fd3dbee991d65e65cc38c6e9d664324929816279a19b495bcd3f77a62d81949ba61282d8a732916d39bb9f6a6a16d11211c0d800b6ffc56ecf74419a7c835
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash sha512 --prefix app-data
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash sha512 --prefix app-data:
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash sha512
	run -2 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash raw --prefix app-data
}

@test "a statement: a value of JSON as the tutorial's oracle hashes it" {
	for how in "jq -r" "jq -j"; do
		quote_with "$($how '.statement | @json' "$B/statement.json" | digest sha256)"
		run -0 "$BIN/refval-diff" "$Q" --statement "$B/statement.json" --jq-path .statement --json
		[ "$(check statement)" = yes ]
	done
	quote_with "$(jq -j '.statement | @json' "$B/statement.json" | digest sha256 | tr -d '\n' | hex)"
	run -0 "$BIN/refval-diff" "$Q" --statement "$B/statement.json" --jq-path .statement --json
	[[ $(reason statement) == *"as hex text" ]]
	sed 's/97123.5/97123.6/' "$B/statement.json" > "$D/st"
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --jq-path .statement
	run -3 "$BIN/refval-diff" "$Q" --statement "$B/statement.json" --jq-path .nothing
	run -3 "$BIN/refval-diff" "$Q" --statement "$B/message" --jq-path .statement
	run -2 "$BIN/refval-diff" "$Q" --statement "$B/statement.json" --jq-path 'statement'
}

@test "a public key in each form, and a signature by it" {
	for k in ed25519 secp256k1 p256; do
		spki=$(openssl pkey -pubin -in "$B/$k.pem" -outform DER | hex)
		sha=$(openssl pkey -pubin -in "$B/$k.pem" -outform DER | digest sha256)
		ratls=$({ printf ratls-cert:; openssl pkey -pubin -in "$B/$k.pem" -outform DER; } | digest sha512)
		for rd in "$sha" "$ratls"; do
			quote_with "$rd"
			run -0 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --signature "$B/$k.sig" --message "$B/message" --json
			[ "$(check public-key) $(check signature)" = "yes yes" ]
			run -1 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --signature "$B/$k.sig" --message "$B/README.md" --json
			[ "$(check public-key) $(check signature)" = "yes no" ]
		done
		quote_with "00${ratls:2}"
		run -1 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --signature "$B/$k.sig" --message "$B/message" --json
		[ "$(check public-key) $(check signature)" = "no yes" ]
		[ -n "$spki" ]
	done
	quote_with "$(hex < "$B/secp256k1.compressed")"
	run -0 "$BIN/refval-diff" "$Q" --public-key "$B/secp256k1.compressed" --signature "$B/secp256k1.rs.hex" --message "$B/message"
	run -1 "$BIN/refval-diff" "$Q" --public-key "$B/p256.compressed" --signature "$B/p256.rs.hex" --message "$B/message"
	run -3 "$BIN/refval-diff" "$Q" --public-key "$B/message"
	run -3 "$BIN/refval-diff" "$Q" --public-key "$B/p256.pem" --signature "$B/message" --message "$B/message"
	run -2 "$BIN/refval-diff" "$Q" --public-key "$B/p256.pem" --signature "$B/p256.sig"
	run -2 "$BIN/refval-diff" "$Q" --signature "$B/p256.sig" --message "$B/message"
}

@test "a captured quote that carries an application key in dip1 form" {
	printf 039e695a6b5e24824e8fcfe923bfa9cde0f1cb51b6ab5f060eff3c1cd45d057910 > "$D/key"
	run -0 "$BIN/refval-diff" "$V/real/060-lite-getquote-07a2-cbor-v2/getquote.json" --public-key "$D/key" --json
	[[ $(reason public-key) == "report_data is dip1:: form (secp256k1)" ]]
	run -1 "$BIN/refval-diff" "$V/real/060-lite-getquote-07a2-cbor-v2/getquote.json" --public-key "$B/secp256k1.pem" --json
}

@test "a TLS certificate: in the statement, or in report_data" {
	f=$(openssl x509 -in "$B/certificate.pem" -noout -fingerprint -sha256 | sed 's/.*=//')
	jq -n --arg f "$f" '{statement: {tlsFingerprint: $f}}' > "$D/st"
	quote_with "$(jq -cj .statement "$D/st" | digest sha256)"
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --jq-path .statement --tls-certificate "$B/certificate.pem" --json
	[ "$(check statement) $(check tls-certificate)" = "yes yes" ]
	openssl x509 -in "$B/certificate.pem" -outform DER -out "$D/c.der"
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --jq-path .statement --tls-certificate "$D/c.der"
	jq -n --arg f "${f/#??/00}" '{statement: {tlsFingerprint: $f}}' > "$D/st"
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --jq-path .statement --tls-certificate "$D/c.der" --json
	[ "$(check statement) $(check tls-certificate)" = "no no" ]
	quote_with "$(sha256sum < "$D/c.der" | head -c 64)"
	run -0 "$BIN/refval-diff" "$Q" --tls-certificate "$D/c.der"
	quote_with "$({ printf ratls-cert:; openssl x509 -in "$D/c.der" -noout -pubkey | openssl pkey -pubin -outform DER; } | digest sha512)"
	run -0 "$BIN/refval-diff" "$Q" --tls-certificate "$D/c.der"
	quote_with 00
	run -1 "$BIN/refval-diff" "$Q" --tls-certificate "$D/c.der"
	run -3 "$BIN/refval-diff" "$Q" --tls-certificate "$B/message"
}

@test "a certificate in DER is that one, whatever PEM it carries inside" {
	# An RA-TLS certificate holds a quote, and that the chain of its CPU.
	python3 "$TESTS/agent/ratls.py" "$D/c.pem" "$D/c.key" good
	openssl x509 -in "$D/c.pem" -outform DER -out "$D/c.der"
	grep -q -a 'BEGIN CERTIFICATE' "$D/c.der"
	run -0 "$BIN/refval-diff" "$D/c.pem" --tls-certificate "$D/c.der" --json
	[ "$(check tls-certificate)" = yes ]
	[ "$(jq -r '.layers[].checks[] | select(.name == "tls-certificate") | .expected' <<< "$output")" = "$(sha256sum < "$D/c.der" | head -c 64)" ]
	# One that carries the certificate of somebody else is not that one.
	f=$(openssl x509 -in "$B/certificate.pem" -noout -fingerprint -sha256 | sed 's/.*=//')
	jq -n --arg f "$f" '{statement: {tlsFingerprint: $f}}' > "$D/st"
	quote_with "$(jq -cj .statement "$D/st" | digest sha256)"
	openssl req -x509 -new -key "$D/c.key" -subj /CN=x -days 9 -outform DER -out "$D/carrier.der" \
		-addext "nsComment = $(tr '\n' '~' < "$B/certificate.pem")"
	python3 - "$D/carrier.der" <<- 'EOF'
		import sys
		b = open(sys.argv[1], "rb").read()
		open(sys.argv[1], "wb").write(b.replace(b"~", b"\n"))
	EOF
	grep -q -a 'BEGIN CERTIFICATE' "$D/carrier.der"
	run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --jq-path .statement --tls-certificate "$D/carrier.der" --json
	[ "$(check statement) $(check tls-certificate)" = "yes no" ]
}

@test "a value: the whole of it, zero padded" {
	quote_with 00ff
	run -0 "$BIN/refval-diff" "$Q" --report-data 00ff
	run -0 "$BIN/refval-diff" "$Q" --report-data "00ff$(printf '0%.0s' {1..124})"
	run -1 "$BIN/refval-diff" "$Q" --report-data 00
	run -2 "$BIN/refval-diff" "$Q" --report-data 0
	run -2 "$BIN/refval-diff" "$Q" --report-data "00ff$(printf '0%.0s' {1..126})"
}

@test "evidence without a quote is bound to nothing: exit 3" {
	printf x > "$D/st"
	run -3 "$BIN/refval-diff" "$V/real/near-tcbinfo-8814c3/tcb_info.json" --statement "$D/st"
	[[ $output == *"no quote in the evidence"* ]]
}

@test "refval-verify takes the same options" {
	printf x > "$D/st"
	run -1 "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$V/real/near-058-dev-3e6394/quote.bin" --statement "$D/st" --json
	[ "$(check statement)" = no ]
	run -2 "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$V/real/near-058-dev-3e6394/quote.bin" --hash sha256
	run -0 diff <("$BIN/refval-diff" --print-options | grep -E 'statement|key|signa|message|hash|prefix|jq|tls|report-data') \
		<("$BIN/refval-verify" --print-options | grep -E 'statement|key|signa|message|hash|prefix|jq|tls|report-data')
}
