#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Other people's programs judge what refval-publish writes: cosign verifies the
# envelope and the bundle and refuses a changed subject, another key, another
# type; cddl holds the CoRIM and its COSE_Sign1 to their grammar and refuses
# others; ruby-cose and a second implementation verify, python3-cbor2 decodes,
# tpm2_eventlog replays (those are in `make check`, too).
# usage: peers.sh SUITE        a Debian suite that has cosign and cddl
set -eu
cd "$(dirname "$0")/../.." || exit 4
suite=$1 top=$PWD
bin=$PWD/${B:-build}/bin
dir=$PWD/build/peers-$suite
formats=$PWD/tests/vectors/formats
type=$(jq -r .predicateType "$formats/statement.json")
if [ ! -x "$dir/usr/bin/cosign" ] || [ ! -x "$dir/usr/bin/cddl" ]; then
	sh tests/oracle/debian-suite.sh "$suite" "$dir" cosign cddl
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
passed=0
HOME=$tmp
export HOME

good() { passed=$((passed + 1)); echo "ok   $1"; }
bad() { echo "FAIL $1"; cat "$tmp/out"; exit 1; }
# yes NAME COMMAND...: it must succeed; no NAME PATTERN COMMAND...: it must
# fail, and say why: a program that does not start is no refusal.
yes() { n=$1; shift; if "$@" > "$tmp/out" 2>&1; then good "$n"; else bad "$n"; fi; }
no() {
	n=$1 pattern=$2
	shift 2
	if "$@" > out 2>&1 || ! grep -qE "$pattern" out; then bad "$n"; else good "$n"; fi
}
cosign() { timeout 120 "$dir/usr/bin/cosign" verify-blob-attestation --insecure-ignore-tlog=true "$@"; }
cddl() { "$dir/usr/bin/cddl" --ci validate --cddl "${2:-$formats/refval-corim.cddl}" --cbor "$1"; }

xz -dc "$top/tests/vectors/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > firmware.fd
cp "$top/tests/vectors/measure/kernel/plain.bin" kernel
head -c 4097 /dev/zero > initrd
"$bin/refval-measure" --firmware firmware.fd --kernel kernel --initrd initrd --cmdline "console=ttyS0" \
	--ovmf 202502 --cpus 2 --memory 2G --qemu 8.2.2 --edge on --json > values.json
openssl ecparam -genkey -name prime256v1 -noout -out p256.pem
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-384 -out p384.pem 2> out
openssl genpkey -algorithm ed25519 -out ed25519.pem
openssl ecparam -genkey -name prime256v1 -noout -out other.pem
for k in p256 p384 ed25519 other; do openssl pkey -in $k.pem -pubout -out $k.pub; done
for k in p256 p384 ed25519; do
	for f in in-toto sigstore-bundle; do
		"$bin/refval-publish" values.json --format $f --sign-key $k.pem -o doc
		how=--signature
		[ $f = in-toto ] || how=--bundle
		for s in firmware.fd kernel initrd; do
			yes "cosign, $f, $k: $s" cosign --key $k.pub $how doc --type "$type" $s
			cp $s changed
			printf x | dd of=changed bs=1 seek=100 conv=notrunc 2> out
			no "cosign, $f, $k: $s changed" "no matching subject digest|digests do not match" \
				cosign --key $k.pub $how doc --type "$type" changed
		done
		no "cosign, $f, $k: another key" "signature|verif|threshold" \
			cosign --key other.pub $how doc --type "$type" firmware.fd
		no "cosign, $f, $k: another type" "predicate|PredicateType" \
			cosign --key $k.pub $how doc --type https://slsa.dev/provenance/v1 firmware.fd
	done
done
"$bin/refval-publish" values.json --format corim -o corim.cbor
yes "cddl: our CoRIM" cddl corim.cbor
no "cddl: a digest of another algorithm" "expected value 7" \
	cddl "$top/tests/vectors/bad/publish/corim-digest-of-another-algorithm.cbor"
"$bin/refval-measure" --firmware firmware.fd --json > one.json
"$bin/refval-publish" one.json --format corim -o corim.cbor 2> out
yes "cddl: a CoRIM of a firmware alone" cddl corim.cbor
# RFC 9052, section 4.2; draft-ietf-rats-corim, section 4.2.
cat - "$formats/refval-corim.cddl" > signed.cddl << 'END'
signed-corim = #6.18([ protected: bstr .cbor protected-map, unprotected: { }, payload: bstr .cbor corim, signature: bstr ])
protected-map = { 1 => -7 / -35 / -8, 3 => "application/rim+cbor", 8 => bstr .cbor corim-meta }
corim-meta = { 0 => { 0 => tstr } }
END
for k in p256 p384 ed25519; do
	"$bin/refval-publish" values.json --format corim-signed --sign-key $k.pem -o signed.cbor
	yes "cddl: a CoRIM signed with $k" cddl signed.cbor signed.cddl
	no "cddl: $k: unsigned is another type" "tag|expected" cddl corim.cbor signed.cddl
done
cd "$top"
yes "ruby-cose, cose.py, python3-cbor2, tpm2_eventlog" \
	env CI=1 bats -f 'cbor2|COSE|tpm2_eventlog' tests/cli/publish.bats
grep '^ok' "$tmp/out"
echo "$passed checks passed"
