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
	# 64 bytes from byte 568 on: what is given, and zeros.
	printf '%-128.128s' "$1" | tr ' ' 0 | xxd -r -p | dd of="$Q" bs=8 seek=71 conv=notrunc status=none
}

hex() { od -An -v -tx1 | tr -d ' \n'; }
digest() { openssl dgst -"$1" -binary | hex; }
layer() { jq -r '.layers[] | select(.layer == "report_data") | .verdict' <<< "$output"; }
check() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .verdict' <<< "$output"; }
reason() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .reason' <<< "$output"; }

# bats test_tags=slow
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
	run -2 "$BIN/refval-diff" "$Q" --statement "$D/none"
}

# bats test_tags=slow
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

# bats test_tags=slow
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

# bats test_tags=slow
@test "a statement: a number that JSON.stringify writes otherwise is cannot tell" {
	# 2^53 and beyond: three texts that are read as one number.
	for n in 1000000000000000063 999999999999999999 9007199254740993 1.0 1e2 -0 0.10 1E400; do
		printf '{"before":[1.0,"1e2 \\" 2.0"],"statement":{"to":"alice","wei":%s}}' "$n" > "$D/st"
		quote_with "$(printf '{"to":"alice","wei":1000000000000000000}' | digest sha256)"
		run -3 --separate-stderr "$BIN/refval-diff" "$Q" --statement "$D/st" --jq-path .statement
		[ "$n" = 1E400 ] || [[ $stderr == *"statement: JSON.stringify writes the number $n as "*": what was hashed cannot be told" ]]
		[[ $output != *"yes"* ]]
	done
	for n in 1000000000000000000 0 -1 0.1 1.5e-7 1e+21; do
		printf '{"before":[1.0,"1e2 \\" 2.0"],"statement":{"to":"alice","wei":%s}}' "$n" > "$D/st"
		quote_with "$(printf '{"to":"alice","wei":%s}' "$n" | digest sha256)"
		run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --jq-path .statement
	done
}

# bats test_tags=slow
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

# bats test_tags=slow
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

# bats test_tags=slow
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

# files K: that key in each form that a file may have, and what they hold
key_files() {
	local k=$1 f
	openssl pkey -pubin -in "$B/$k.pem" -outform DER -out "$D/$k.der"
	case $k in
	ed25519) tail -c 32 "$D/$k.der" > "$D/$k.raw" ;;
	*) tail -c 65 "$D/$k.der" > "$D/$k.raw" && tail -c 64 "$D/$k.der" > "$D/$k.xy" ;;
	esac
	hex < "$D/$k.raw" > "$D/$k.hex"
	printf '0x%s\n' "$(hex < "$D/$k.der")" > "$D/$k.0x"
	for f in "$B/$k.pem" "$D/$k".der "$D/$k".raw "$D/$k".xy "$D/$k".hex "$D/$k".0x "$B/$k.compressed"; do
		[ ! -e "$f" ] || echo "$f"
	done
}

b64url() { base64 -w 0 | tr '+/' '-_' | tr -d =; }

# What report_data may be for that key, in hex.
key_forms() {
	local k=$1 h
	for h in sha256 sha384 sha512; do
		digest $h < "$D/$k.der"
		echo
	done
	{ printf ratls-cert:; cat "$D/$k.der"; } | digest sha512
	echo
	digest sha256 < "$D/$k.raw"
	echo
	digest sha256 < "$D/$k.raw" | tr -d '\n' | hex # as text
	echo
	case $k in
	ed25519)
		hex < "$D/$k.raw"
		echo
		{ printf dip1::ed25519-pk:; b64url < "$D/$k.raw"; } | hex
		;;
	secp256k1)
		hex < "$D/$k.xy"
		echo
		{ printf dip1::secp256k1c-pk:; b64url < "$B/$k.compressed"; } | hex
		;;
	p256) hex < "$B/$k.compressed" ;;
	esac
	echo
}

# bats test_tags=slow
@test "a public key: every form of the file, every form in report_data, and no more" {
	n=0
	for k in ed25519 secp256k1 p256; do
		key_files $k > "$D/files"
		other=$B/p256.pem
		[ $k != p256 ] || other=$B/ed25519.pem
		# 33 to 65 bytes without a curve are looked for on both.
		quote_with "$({ printf ratls-cert:; cat "$D/$k.der"; } | digest sha512)"
		while read -r f; do
			run -0 "$BIN/refval-diff" "$Q" --public-key "$f" --json
			[ "$(check public-key)" = yes ] || { echo "$k $f"; false; }
			n=$((n + 1))
		done < "$D/files"
		while read -r rd; do
			quote_with "$rd"
			run -0 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --json
			[ "$(check public-key)" = yes ] || { echo "$k $rd"; false; }
			run -1 "$BIN/refval-diff" "$Q" --public-key "$other" --json
			[[ $(reason public-key) == "report_data does not carry this key"* ]]
			if [ ${#rd} -lt 128 ]; then
				quote_with "${rd}01"
				run -1 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --json
				[ "$(check public-key)" = no ]
			fi
			quote_with "${rd%??}"
			run -1 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --json
			n=$((n + 1))
		done < <(key_forms $k)
	done
	[ "$n" = 42 ]
}

# bats test_tags=slow
@test "a signature: raw, DER, with a recovery byte, as bytes, hex or base64" {
	n=0
	for k in ed25519 secp256k1 p256; do
		openssl pkey -pubin -in "$B/$k.pem" -outform DER -out "$D/$k.der"
		quote_with "$(digest sha256 < "$D/$k.der")"
		if [ $k = ed25519 ]; then
			cp "$B/$k.sig" "$D/s.raw"
		else
			xxd -r -p "$B/$k.rs.hex" > "$D/s.raw"
			cp "$B/$k.sig" "$D/s.der"
			for v in '\000' '\001' '\033' '\034'; do
				{ cat "$D/s.raw"; printf "$v"; } > "$D/s.recovery$v"
			done
		fi
		for f in "$D"/s.*; do
			hex < "$f" > "$D/t.hex"
			{ printf 0x; hex < "$f" | tr a-f A-F; echo; } > "$D/t.0x"
			base64 -w 0 < "$f" > "$D/t.b64"
			cp "$f" "$D/t.bytes"
			for t in "$D"/t.*; do
				run -0 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --signature "$t" --message "$B/message" --json
				[ "$(check public-key) $(check signature)" = "yes yes" ] || { echo "$k $f $t"; false; }
				run -1 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --signature "$t" --message "$B/$k.pem" --json
				[[ $(reason signature) == "this is no signature by the "*" key over this message"* ]]
				n=$((n + 1))
			done
			# One bit of the last byte that counts.
			python3 - "$f" "$D/bent" <<- 'EOF'
				import sys
				b = bytearray(open(sys.argv[1], "rb").read())
				b[40] ^= 1
				open(sys.argv[2], "wb").write(b)
			EOF
			run -1 "$BIN/refval-diff" "$Q" --public-key "$B/$k.pem" --signature "$D/bent" --message "$B/message" --json
			[ "$(check public-key) $(check signature)" = "yes no" ]
		done
		rm -f "$D"/s.* "$D"/t.*
	done
	[ "$n" = 52 ]
	# What is no signature at all, or of another kind.
	head -c 63 "$B/ed25519.sig" > "$D/short"
	run -3 "$BIN/refval-diff" "$Q" --public-key "$B/ed25519.pem" --signature "$D/short" --message "$B/message"
	[[ $output == *"63 bytes, Ed25519 has 64"* ]]
	run -3 "$BIN/refval-diff" "$Q" --public-key "$B/p256.pem" --signature "$D/short" --message "$B/message"
	[[ $output == *"63 bytes are neither r || s nor DER"* ]]
	: > "$D/empty"
	run -3 "$BIN/refval-diff" "$Q" --public-key "$B/p256.pem" --signature "$D/empty" --message "$B/message"
	run -3 "$BIN/refval-diff" "$Q" --public-key "$D/empty" --signature "$B/p256.sig" --message "$B/message"
	run -1 "$BIN/refval-diff" "$Q" --public-key "$B/p256.pem" --signature "$B/secp256k1.sig" --message "$B/message"
	# No message is a message, too, and not this one.
	run -1 "$BIN/refval-diff" "$Q" --public-key "$B/p256.pem" --signature "$B/p256.sig" --message "$D/empty"
	# A key of another kind has no signatures here.
	openssl genrsa 2048 2> "$D/log" | openssl rsa -pubout -out "$D/rsa.pem" 2>> "$D/log"
	quote_with "$(openssl pkey -pubin -in "$D/rsa.pem" -outform DER | digest sha256)"
	run -0 "$BIN/refval-diff" "$Q" --public-key "$D/rsa.pem" --json
	run -3 "$BIN/refval-diff" "$Q" --public-key "$D/rsa.pem" --signature "$B/p256.sig" --message "$B/message"
	[[ $output == *"none of Ed25519, secp256k1, P-256"* ]]
}

# bats test_tags=slow
@test "a statement: every hash, with and without a prefix, and zeros behind it" {
	n=0
	printf hello > "$D/st"
	while read -r h plain prefixed; do
		quote_with "$plain"
		run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash "$h" --json
		[ "$(jq -r '.layers[].checks[] | select(.name == "statement") | .expected' <<< "$output")" = "$(printf '%-128s' "$plain" | tr ' ' 0)" ]
		run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash "$h" --prefix app-data
		if [ ${#plain} -lt 128 ]; then
			for tail in 01 0001 "$(printf '0%.0s' $(seq $((126 - ${#plain}))))01"; do
				quote_with "$plain$tail"
				run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash "$h" --json
				[[ $(reason statement) == *"what follows it is not zero" ]]
			done
		fi
		quote_with "$prefixed"
		run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash "$h" --prefix app-data
		run -1 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash "$h"
		n=$((n + 1))
	done < <(python3 - "$TESTS/agent" <<- 'EOF'
		import sys
		sys.path.insert(0, sys.argv[1])
		import agent
		for h in agent.HASHES:
		    print(h, agent.digest(h, b"hello").hex(), agent.digest(h, b"app-data:hello").hex())
	EOF
	)
	[ "$n" = 9 ]
	# Independent of the player: values that others published.
	quote_with 1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash keccak256
	quote_with 57d90585d4b2cce9b2818a7b2a01398d5d2d6a8cb7ca8b735acb8d3203cf8a77
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash sha256 --prefix app-data
	quote_with 1a316c913dd051238ab7414cd2fbbf48e4f16c8c6c00adb2a2f975d6ce01b43f844c6dc053262f3283ba928c7b883f60
	run -0 "$BIN/refval-diff" "$Q" --statement "$D/st" --hash sha384 --prefix app-data
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
	run -0 diff <("$BIN/refval-diff" --print-options | grep -E 'statement|key|signa|message|hash|prefix|jq|tls|report-data' | grep -vE 'compose-hash|allow-vlek|image-|app-key|kms-root') \
		<("$BIN/refval-verify" --print-options | grep -E 'statement|key|signa|message|hash|prefix|jq|tls|report-data' | grep -vE 'compose-hash|allow-vlek|image-|app-key|kms-root')
}

@test "a statement that names a certificate, and none to compare: listed as unchecked" {
	local st=$BATS_TEST_TMPDIR/named rd
	printf '{"tlsFingerprint":"%064d"}' 0 > "$st"
	rd=$(sha256sum < "$st" | cut -d' ' -f1)
	q=$(xxd -p "$V/real/near-058-dev-3e6394/quote.bin" | tr -d '\n')
	printf '%s%s%064d%s' "${q:0:1136}" "$rd" 0 "${q:1264}" > "$BATS_TEST_TMPDIR/quote.hex"
	run -0 --separate-stderr "$BIN/refval-diff" --statement "$st" "$BATS_TEST_TMPDIR/quote.hex" --json
	[ "$(jq -r '[.layers[].checks[] | select(.name == "statement" or .name == "tls-certificate") | .verdict] | join(" ")' \
		<<< "$output")" = "yes unchecked" ]
}

# bats test_tags=slow
@test "--address and --nonce: the halves of report_data, each a check; one digit off is no" {
	row() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | "\(.verdict)|\(.reason)"' <<< "$output"; }
	for c in nearai-2026-03-gateway-0.5.4 nearai-2026-03-8gpu-nvidia-0.5.5; do
		e=$V/captures/$c/report.json
		a=$(jq -r .signing_address "$e")
		n=$(jq -r .request_nonce "$e")
		for as in "$a" "${a#0x}" "$(tr a-f A-F <<< "${a#0x}")"; do
			run --separate-stderr "$BIN/refval-diff" --json --address "$as" --nonce "$n" "$e"
			[[ $(row address) == *"the first half of report_data is this address" ]]
			[[ $(row nonce) == *"the second half of report_data is this nonce" ]]
		done
		run -1 --separate-stderr "$BIN/refval-diff" --json --address "${a%?}$(tr 0-9a-f 1-9a-f0 <<< "${a: -1}")" --nonce "$n" "$e"
		[[ $(row address) == "no|report_data is not of this address"* ]]
		run -1 --separate-stderr "$BIN/refval-diff" --json --nonce "$(tr 0-9a-f 1-9a-f0 <<< "${n:0:1}")${n:1}" "$e"
		[[ $(row nonce) == "no|report_data has another nonce"* ]]
		[ -z "$(row address)" ]
		# The address with the bytes behind it is another value, 32 of them.
		run --separate-stderr "$BIN/refval-diff" --json --address "${a#0x}$(printf '%024d' 0)" "$e"
		[[ $(row address) == *"is this address" ]]
		run -1 --separate-stderr "$BIN/refval-diff" --json --address "${a#0x}$(printf '%024d' 1)" "$e"
	done
	# Other layouts: hashed with the TLS fingerprint that stands beside; as the older agent hashed its text.
	python3 - "$V/real/060-lite-getquote-v3/quote.bin" "$V/gpu/vg_h100_595.json" > "$BATS_TEST_TMPDIR/tls.json" <<- 'EOF'
		import hashlib, json, sys
		q = bytearray(open(sys.argv[1], "rb").read())
		a, fp, n = b"\x11" * 20, b"\x22" * 32, b"\x33" * 32
		q[568:632] = hashlib.sha256(a + fp).digest() + n
		json.dump({"intel_quote": q.hex(), "signing_address": a.hex(), "tls_cert_fingerprint": fp.hex(), "request_nonce": n.hex(),
		           **json.load(open(sys.argv[2]))}, sys.stdout)
	EOF
	t=$BATS_TEST_TMPDIR/tls.json
	run --separate-stderr "$BIN/refval-diff" --json --address "$(printf '11%.0s' {1..20})" --nonce "$(printf '33%.0s' {1..32})" "$t"
	[[ $(row address) == *"is the SHA-256 of this address and the TLS fingerprint in the evidence" ]]
	[[ $(row nonce) == *"is this nonce" ]]
	jq '.tls_cert_fingerprint |= "23" + .[2:]' "$t" > "$BATS_TEST_TMPDIR/other.json"
	run -1 --separate-stderr "$BIN/refval-diff" --json --address "$(printf '11%.0s' {1..20})" "$BATS_TEST_TMPDIR/other.json"
	python3 - "$V/real/060-lite-getquote-v3/quote.bin" > "$BATS_TEST_TMPDIR/old.hex" <<- 'EOF'
		import hashlib, sys
		q = bytearray(open(sys.argv[1], "rb").read())
		q[568:632] = hashlib.sha512(b"app-data:" + b"33" * 32).digest()
		print(q.hex())
	EOF
	run --separate-stderr "$BIN/refval-diff" --json --nonce "$(printf '33%.0s' {1..32})" "$BATS_TEST_TMPDIR/old.hex"
	[[ $(row nonce) == *"report_data is the SHA-512 of app-data: and this nonce in hex" ]]
	# What is no address and no nonce, and what binds nothing, is wrong use.
	for wrong in "--address 00" "--address 0x$(printf '1%.0s' {1..42})" "--address zz" "--nonce 11" "--nonce $(printf '11%.0s' {1..31})" \
		"--nonce $(printf '11%.0s' {1..33})" "--address $(printf '0%.0s' {1..40})" "--nonce $(printf '0%.0s' {1..64})" "--nonce $(printf '1%.0s' {1..65})"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$BIN/refval-diff" $wrong "$t"
	done
	# A log without a quote is bound to nothing.
	run -3 --separate-stderr "$BIN/refval-diff" --nonce "$(printf '33%.0s' {1..32})" "$V/real/near-058-dev-3e6394/event_log.json"
}
