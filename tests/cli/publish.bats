# SPDX-License-Identifier: Apache-2.0
# refval-publish: seven formats, signed and not, and back; refval-diff and
# refval-verify with a reference in each of them.
load helper

M=$V/measure
F=$V/formats
evidence=$V/real/060-lite-getquote-v3/getquote.json

# Keys and values are made once for the whole file.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	openssl ecparam -genkey -name prime256v1 -noout -out p256.pem
	openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-384 -out p384.pem
	openssl genpkey -algorithm ed25519 -out ed25519.pem
	for k in p256 p384 ed25519; do
		openssl pkey -in $k.pem -pubout -out $k.pub
	done
	# A captured machine of a 0.6 pre-release, from its own document. The image
	# its RTMR3 names is the one with the form of that document before.
	"$BIN/refval-measure" --document "$M/document/lite-v3.cbor" \
		--checksums "$M/document/lite-v3.sha256sum.txt" --acpi "$M/document/lite-v3.acpi.json" \
		--vm-config "$V/real/060-lite-getquote-v3/vm_config.json" --json |
		jq '.os_image_hash = null' > captured.json
	# A machine of files; every register is computed.
	xz -dc "$V/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > firmware.fd
	head -c 4097 /dev/zero > initrd
	"$BIN/refval-measure" --firmware firmware.fd --kernel "$M/kernel/plain.bin" --initrd initrd \
		--cmdline "console=ttyS0 panic=1" --ovmf 202502 --cpus 2 --memory 2G --qemu 8.2.2 --edge on \
		--json > values.json
	"$BIN/refval-measure" --firmware firmware.fd --json > firmware.json
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	T=$BATS_TEST_TMPDIR
}

publish() { "$BIN/refval-publish" "$@"; }
get() { jq -r "$1" values.json; }
# check NAME JQ: the check of this name in the report of the last --json output
check() { jq -e "[.layers[].checks[] | select(.name == \"$1\")][0] | $2" <<< "$output"; }

@test "unsigned documents are the same bytes each time, and go to standard output, too" {
	for f in in-toto corim rvps tcg2 values; do
		run -0 --separate-stderr publish values.json --format $f -o "$T/one"
		[ -z "$output" ]
		[ -z "$stderr" ]
		publish values.json --format $f > "$T/two"
		cmp "$T/one" "$T/two"
	done
}

@test "in-toto: a statement about the files, with every register, in an envelope" {
	publish values.json --format in-toto -o "$T/e"
	[ "$(jq -r .payloadType "$T/e")" = application/vnd.in-toto+json ]
	[ "$(jq -c .signatures "$T/e")" = "[]" ]
	jq -r .payload "$T/e" | base64 -d > "$T/s"
	[ "$(jq -r ._type "$T/s")" = https://in-toto.io/Statement/v1 ]
	# The structure of the statement written by hand, and more.
	[ "$(jq -r '.predicateType' "$T/s")" = "$(jq -r .predicateType "$F/statement.json")" ]
	[ "$(jq -r '.subject[] | select(.name == "firmware.fd").digest.sha256' "$T/s")" = \
		"$(sha256sum < firmware.fd | cut -d' ' -f1)" ]
	for m in single_pass two_pass; do
		[ "$(jq -r ".predicate.tdx.mrtd.$m" "$T/s")" = "$(get .mrtd.$m)" ]
	done
	for r in rtmr0 rtmr1 rtmr2; do
		[ "$(jq -r ".predicate.tdx.$r" "$T/s")" = "$(get .$r.value)" ]
		[ "$(jq -c ".predicate.events.$r" "$T/s")" = "$(jq -c "[.$r.events[].digest]" values.json)" ]
	done
	[ "$(jq -c .predicate.values "$T/s")" = "$(jq -c . values.json)" ]
}

@test "rvps: a message with the names of the default policy" {
	publish values.json --format rvps -o "$T/m"
	[ "$(jq -r '.version + " " + .type' "$T/m")" = "$(jq -r '.version + " " + .type' "$F/rvps-message.json")" ]
	jq -r .payload "$T/m" | base64 -d > "$T/p"
	for n in $(jq -r 'keys[]' "$F/rvps-payload.json"); do
		[ "$(jq -r ".$n | type" "$T/p")" = "$(jq -r ".$n | type" "$F/rvps-payload.json")" ]
	done
	[ "$(jq -r '.mr_td[0]' "$T/p")" = "$(get .mrtd.value)" ]
	[ "$(jq -r '.rtmr_1[0]' "$T/p")" = "$(get .rtmr1.value)" ]
	[ "$(jq -r '.rtmr_2[0]' "$T/p")" = "$(get .rtmr2.value)" ]
	[ "$(jq -r .tdvfkernel "$T/p")" = "$(get '.rtmr1.events[] | select(.label == "kernel").digest')" ]
	[ "$(jq -r .tdvfkernelparams "$T/p")" = "$(get '.rtmr2.events[] | select(.label == "cmdline").digest')" ]
}

@test "dstack: values of a document alone, which name no files, are exit 3" {
	# The values of the capture hold all of it, but not the files of its image.
	run -3 --separate-stderr publish captured.json --format dstack -o "$T/d"
	[[ $stderr == *"sha256sum.txt needs the files themselves"* ]]
	[ ! -e "$T/d" ]
}

@test "dstack: a document and a checksum file that measure reads back" {
	mkdir "$T/pair"
	run -0 --separate-stderr publish values.json --format dstack -o "$T/pair"
	[ "$stderr" = "os_image_hash $(sha256sum < "$T/pair/sha256sum.txt" | cut -d' ' -f1)" ]
	(cd "$T/pair" && grep measurement.tdx.cbor sha256sum.txt | sha256sum -c --quiet)
	run -0 --separate-stderr "$BIN/refval-measure" --document "$T/pair/measurement.tdx.cbor" \
		--checksums "$T/pair/sha256sum.txt" --cpus 2 --memory 2G --qemu 8.2.2 --edge on --json
	for r in mrtd rtmr0 rtmr1 rtmr2; do
		[ "$(jq -r .$r.value <<< "$output")" = "$(get .$r.value)" ]
	done
	publish values.json --format dstack -o "$T/one.cbor" --checksums "$T/list"
	cmp "$T/one.cbor" "$T/pair/measurement.tdx.cbor"
	cmp "$T/list" "$T/pair/sha256sum.txt"
}

@test "dstack: nothing that nobody named is written or replaced" {
	mkdir "$T/here"
	cp values.json "$T/here"
	cd "$T/here"
	echo mine > sha256sum.txt
	before=$(ls)
	run -0 --separate-stderr publish values.json --format dstack -o m.cbor
	[[ $stderr == *"sha256sum.txt, which has this digest, is not written: --checksums FILE, or -o FOLDER for both" ]]
	[ "$(cat sha256sum.txt)" = mine ]
	[ "$(ls | grep -vx m.cbor)" = "$before" ]
	mkdir d
	for there in sha256sum.txt measurement.tdx.cbor; do
		echo mine > "d/$there"
		run -2 --separate-stderr publish values.json --format dstack -o d
		[[ ${stderr_lines[0]} == *"d/$there: is there already; only what -o or --checksums names is replaced" ]]
		[ "$(ls d)" = "$there" ]
		[ "$(cat "d/$there")" = mine ]
		rm "d/$there"
	done
	run -2 --separate-stderr publish values.json --format dstack -o d --checksums list
	run -2 --separate-stderr publish values.json --format dstack -o m.cbor --checksums m.cbor
	run -2 --separate-stderr publish values.json --format rvps --checksums list
	[ ! -e list ]
}

@test "dstack: of an image, its own list and the document behind it" {
	python3 "$TESTS/tools/make-image.py" --layout 0.5.8 --dir "$T/image" --firmware firmware.fd \
		--kernel "$M/kernel/plain.bin" --initrd initrd
	"$BIN/refval-measure" "$T/image" --cpus 2 --memory 4G --qemu 8.2.2 --edge on --json > "$T/image.json"
	mkdir "$T/pair"
	run -0 --separate-stderr publish "$T/image.json" --format dstack -o "$T/pair"
	[[ $stderr == "os_image_hash $(sha256sum < "$T/pair/sha256sum.txt" | cut -d' ' -f1): another than the image's own"* ]]
	head -n -1 "$T/pair/sha256sum.txt" | cmp - "$T/image/sha256sum.txt"
	(cd "$T/pair" && tail -n 1 sha256sum.txt | sha256sum -c --quiet)
}

@test "what the values lack is named: a format that cannot do without is exit 3" {
	run -0 --separate-stderr publish firmware.json --format corim -o "$T/c"
	[[ $stderr == "not in it, for the values lack it or the format has no place: mr_td, rtmr_0, rtmr_1, rtmr_2, tdvfkernel, tdvfkernelparams" ]]
	run -3 --separate-stderr publish firmware.json --format tcg2 -o "$T/t"
	[[ $stderr == *"no register is known by its events"* ]]
	run -3 --separate-stderr publish firmware.json --format dstack -o "$T/d"
	[[ $stderr == *"needs the digest of the kernel"* ]]
	[ ! -e "$T/t" ]
	[ ! -e "$T/d" ]
}

@test "signed by each kind of key, checked, and read back to the same values" {
	publish values.json --format corim | publish - --format values > "$T/registers.json"
	for k in p256 p384 ed25519; do
		for f in in-toto sigstore-bundle corim-signed; do
			run -0 --separate-stderr publish values.json --format $f --sign-key $k.pem \
				--verify-key $k.pub -o "$T/signed"
			publish "$T/signed" --format values --verify-key $k.pub > "$T/back"
			case $f in
			corim-signed) cmp "$T/back" "$T/registers.json" ;;
			*) cmp "$T/back" values.json ;;
			esac
		done
	done
}

@test "another key, of any kind, is exit 1 and writes nothing" {
	for f in in-toto sigstore-bundle corim-signed; do
		publish values.json --format $f --sign-key p384.pem -o "$T/signed"
		for k in p256 ed25519; do
			run -1 --separate-stderr publish "$T/signed" --format values --verify-key $k.pub -o "$T/no"
			[[ $stderr == *"by the given key"* ]]
			[ ! -e "$T/no" ]
			run -1 --separate-stderr publish values.json --format $f --sign-key p384.pem \
				--verify-key $k.pub -o "$T/no"
			[ ! -e "$T/no" ]
		done
	done
}

@test "wrong use: exit 2" {
	run -2 publish --format corim
	run -2 publish values.json
	run -2 publish values.json --format sarif
	run -2 publish values.json --format sigstore-bundle -o "$T/x"
	run -2 publish values.json --format corim-signed -o "$T/x"
	run -2 publish values.json --format corim --sign-key p256.pem -o "$T/x"
	run -2 publish values.json --format dstack
	[ ! -e "$T/x" ]
}

@test "keys: what is no key, or has a passphrase, or is not there: exit 3" {
	openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out "$T/rsa.pem" 2> /dev/null
	openssl pkey -in p256.pem -aes128 -passout pass:x -out "$T/locked.pem"
	for k in p256.pub "$T/rsa.pem" "$T/locked.pem" values.json; do
		run -3 --separate-stderr publish values.json --format in-toto --sign-key "$k" -o "$T/x"
		[[ $stderr == *key:* ]]
	done
	run -2 publish values.json --format in-toto --sign-key "$T/none" -o "$T/x"
	[ ! -e "$T/x" ]
}

@test "keys: others may read it: told, and used; standard input is a file, too" {
	cp p256.pem "$T/open.pem"
	chmod 644 "$T/open.pem"
	run -0 --separate-stderr publish values.json --format in-toto --sign-key "$T/open.pem" -o "$T/x"
	[ "$stderr" = "$T/open.pem: not only its owner can read or write this key" ]
	chmod 600 "$T/open.pem"
	run -0 --separate-stderr publish values.json --format in-toto --sign-key - --verify-key p256.pub -o "$T/x" < "$T/open.pem"
	[ -z "$stderr" ]
	head -c 70000 /dev/zero > "$T/long"
	run -3 --separate-stderr publish values.json --format in-toto --sign-key "$T/long" -o "$T/y"
	[[ $stderr == *"longer than 65536 bytes: no key" ]]
	run -3 --separate-stderr publish values.json --format in-toto --sign-key /dev/null -o "$T/y"
	[[ $stderr == *"/dev/null: empty" ]]
	[ ! -e "$T/y" ]
}

# bats test_tags=slow
@test "keys: once it has signed, nothing of the key is left in memory" {
	need_plain "a sanitizer keeps what was freed"
	for k in p256 p384 ed25519; do
		for f in in-toto corim-signed; do
			"$PYTHON" "$TESTS/tools/left-in-memory.py" $k.pem "$BIN/refval-publish" values.json \
				--format $f --sign-key $k.pem
		done
	done
	# The search finds what is there: the key of a process that did not wipe it.
	run -1 --separate-stderr "$PYTHON" "$TESTS/tools/left-in-memory.py" p256.pem \
		"$PYTHON" -c 'import sys; k = open("p256.pem").read(); sys.stdout.write("in-toto"); sys.stdout.flush(); input()'
	[[ $stderr == *"still in memory"* ]]
}

@test "--json: what was written, from what, signed by whom; and no when a key says so" {
	run -0 --separate-stderr publish values.json --format corim-signed --sign-key p384.pem --verify-key p384.pub -o "$T/c" --json
	id=$(openssl pkey -pubin -in p384.pub -outform DER | sha256sum | cut -d' ' -f1)
	[ "$(jq -r '.schema + " " + .verdict + " " + .format' <<< "$output")" = "refval.publish/1 yes corim-signed" ]
	[ "$(jq -r '.signature.key + " " + .signature.key_sha256' <<< "$output")" = "P-384 $id" ]
	[ "$(jq -r '.files[0] | .name + " " + .sha256' <<< "$output")" = "$T/c $(sha256sum < "$T/c" | cut -d' ' -f1)" ]
	[ "$(jq -r '.files[0].size' <<< "$output")" = "$(stat -c %s "$T/c")" ]
	run -0 --separate-stderr publish "$T/c" --format corim --verify-key p384.pub -o "$T/i" --json
	[ "$(jq -c '[.values.form, .values.signature, .signature]' <<< "$output")" = '["corim-signed","good",null]' ]
	run -1 --separate-stderr publish "$T/c" --format corim --verify-key p256.pub -o "$T/n" --json
	[ "$(jq -c '[.verdict, .values.signature, .files]' <<< "$output")" = '["no","bad",[]]' ]
	[ ! -e "$T/n" ]
	mkdir "$T/pair"
	run -0 --separate-stderr publish values.json --format dstack -o "$T/pair" --json
	[ "$(jq -r .os_image_hash <<< "$output")" = "$(sha256sum < "$T/pair/sha256sum.txt" | cut -d' ' -f1)" ]
	[ "$(jq -r '.files[].name' <<< "$output")" = "$T/pair/measurement.tdx.cbor
$T/pair/sha256sum.txt" ]
	run -0 --separate-stderr publish firmware.json --format corim -o "$T/c" --json
	[ "$(jq -r '.left_out | join(", ")' <<< "$output")" = "${stderr#*: }" ]
	run -2 --separate-stderr publish values.json --format corim --json
	run -2 --separate-stderr publish values.json --format corim --json -o -
}

@test "predicateType: a URI in normal form below a domain that nobody can own, as documented" {
	publish values.json --format in-toto -o "$T/e"
	type=$(jq -r '.payload | @base64d | fromjson | .predicateType' "$T/e")
	# RFC 3986: scheme and authority in lower case; RFC 2606: .example is reserved.
	[[ $type =~ ^https://[a-z0-9.-]+\.example/[a-z0-9/-]+/v[0-9]+$ ]]
	grep -qF "$type" "$TOP/docs/FORMATS.md"
	grep -qF "$type" "$TOP/include/refval/publish.h"
	# Another name is another type: not read as ours.
	jq -c '.payload |= (@base64d | sub("reference-values/v1"; "reference-values/v2") | @base64)' "$T/e" > "$T/other"
	run -3 --separate-stderr publish "$T/other" --format values
	[[ $stderr == *"predicateType "*"/v2, not $type" ]]
}

@test "documents written by hand are read: signature, window, what is not compared" {
	want=a7a1f751abc454f9cbab198ca8d2edb2821935df525c74182b5e776cb0929e8c59aefecce725b0d08a5e9d3d3183bd08
	for f in dsse.json bundle.sigstore.json; do
		run -0 --separate-stderr publish "$F/$f" --format values --verify-key "$F/key.pub"
		[ "$(jq -r .mrtd.value <<< "$output")" = $want ]
	done
	for f in statement.json corim.cbor corim-intel.cbor; do
		run -0 --separate-stderr publish "$F/$f" --format values
		[ "$(jq -r .mrtd.single_pass <<< "$output")" = $want ]
		[ "$(jq -r .rtmr2.value <<< "$output")" = "$(jq -r .predicate.tdx.rtmr2 "$F/statement.json")" ]
		run -3 --separate-stderr publish "$F/$f" --format values --verify-key "$F/key.pub"
		[[ $stderr == *unsigned* ]]
	done
	[ -n "$(publish "$F/corim-intel.cbor" --format values | jq -r '.assumed[] | select(contains("field -82"))')" ]
}

@test "a statement without events has its registers, and one without a register has none" {
	jq -c 'del(.predicate.events)' "$F/statement.json" > "$T/s.json"
	run -0 --separate-stderr publish "$T/s.json" --format values
	for r in rtmr1 rtmr2; do
		[ "$(jq -r ".$r.value" <<< "$output")" = "$(jq -r ".predicate.tdx.$r" "$F/statement.json")" ]
	done
	jq -c 'del(.predicate.tdx.rtmr2, .predicate.events)' "$F/statement.json" > "$T/s.json"
	run -0 --separate-stderr publish "$T/s.json" --format values
	[ "$(jq -c '[.rtmr1.value != null, .rtmr2.value]' <<< "$output")" = '[true,null]' ]
	# Its events alone give it.
	jq -c 'del(.predicate.tdx.rtmr2)' "$F/statement.json" > "$T/s.json"
	run -0 --separate-stderr publish "$T/s.json" --format values
	[ "$(jq -r .rtmr2.value <<< "$output")" = "$(jq -r .predicate.tdx.rtmr2 "$F/statement.json")" ]
}

@test "a CoRIM with more than can be listed says that there is more" {
	need python3
	cat > "$T/corim.py" <<- 'END'
		import sys
		def head(m, n): return bytes([m << 5 | n]) if n < 24 else bytes([m << 5 | 24, n]) if n < 256 else bytes([m << 5 | 25]) + n.to_bytes(2, "big")
		def enc(x):
		    if isinstance(x, int): return head(0, x)
		    if isinstance(x, (bytes, str)): return head(2 + isinstance(x, str), len(x)) + (x.encode() if isinstance(x, str) else x)
		    if isinstance(x, list): return head(4, len(x)) + b"".join(map(enc, x))
		    if isinstance(x, dict): return head(5, len(x)) + b"".join(enc(k) + enc(v) for k, v in x.items())
		    return head(6, x[0]) + enc(x[1])
		names = ["rtmr_0"] + [f"other_{i}" for i in range(int(sys.argv[1]))]
		comid = {1: {0: "x"}, 4: {0: [[{0: {1: "v", 2: "m"}}, [{0: n, 1: {2: [[7, bytes(48)]]}} for n in names]]]}}
		sys.stdout.buffer.write(enc((501, {0: "id", 1: [(506, enc(comid))]})))
	END
	for n in 16 17 40; do
		python3 "$T/corim.py" $n > "$T/many.cbor"
		run -0 --separate-stderr publish "$T/many.cbor" --format values
		last="the measurement other_15 is not compared"
		[ $n = 16 ] || last="more is not compared than is listed here"
		[ "$(jq -r '.assumed | "\(length) \(last)"' <<< "$output")" = "16 CoRIM: $last" ]
	done
}

@test "an envelope in URL-safe base64, padded or not, is the same envelope; a mixture is none" {
	publish values.json --format in-toto --sign-key p256.pem -o "$T/e"
	want=$(publish "$T/e" --format values --verify-key p256.pub)
	for pad in "=" ""; do
		jq --arg p "$pad" 'def url: gsub("\\+"; "-") | gsub("/"; "_") | gsub("="; $p);
			.payload |= url | .signatures[].sig |= url' "$T/e" > "$T/u"
		run -0 --separate-stderr publish "$T/u" --format values --verify-key p256.pub
		[ "$output" = "$want" ]
	done
	# A statement whose base64 has both of the digits that the two forms write otherwise.
	jq '.payload |= (@base64d | fromjson | .subject[0].name = "a?b>c~?" | tojson | @base64) | .signatures = []' "$T/e" > "$T/s"
	jq '.payload |= (gsub("\\+"; "-") | gsub("/"; "_") + "A/")' "$T/s" > "$T/u"
	run -3 --separate-stderr publish "$T/u" --format values
	jq '.payload |= (gsub("\\+"; "-") | gsub("/"; "_"))' "$T/s" > "$T/u"
	[[ $(jq -r .payload "$T/u") == *[-_]* ]]
	run -0 publish "$T/u" --format values
}

# bats test_tags=slow
@test "diff: a reference in each form agrees with the captured machine, and says who signed" {
	for f in values in-toto corim; do
		publish captured.json --format $f -o "$T/ref"
		run -0 --separate-stderr "$BIN/refval-diff" "$T/ref" "$evidence" --json
		check reference_signature '.verdict == "unchecked" and (.reason | contains("unsigned") or contains("no signature"))'
		check rtmr0 '.verdict == "yes"'
		check mrtd '.verdict == "yes"'
	done
	for f in in-toto sigstore-bundle corim-signed; do
		publish captured.json --format $f --sign-key p384.pem -o "$T/ref"
		run -0 --separate-stderr "$BIN/refval-diff" "$T/ref" "$evidence" --verify-key p384.pub --json
		check reference_signature '.verdict == "yes"'
		check rtmr2 '.verdict == "yes"'
		run -0 --separate-stderr "$BIN/refval-diff" "$T/ref" "$evidence" --json
		check reference_signature '.verdict == "unchecked" and (.reason | contains("no key"))'
		run -1 --separate-stderr "$BIN/refval-diff" "$T/ref" "$evidence" --verify-key p256.pub --json
		check reference_signature '.verdict == "no"'
		check rtmr2 '.verdict == "unchecked"'
	done
}

@test "diff: with a key, an unsigned reference cannot be told: exit 3" {
	for f in values in-toto corim; do
		publish captured.json --format $f -o "$T/ref"
		run -3 --separate-stderr "$BIN/refval-diff" "$T/ref" "$evidence" --verify-key p384.pub --json
		check reference_signature '.verdict == "cannot-tell"'
	done
	run -2 "$BIN/refval-diff" "$T/ref" "$T/ref" "$evidence"
}

@test "diff: a CoRIM that has ended cannot be told; before that it can" {
	run -1 --separate-stderr "$BIN/refval-diff" "$F/corim.cbor" "$evidence" --at 2028-01-02 --json
	check reference_validity '.verdict == "cannot-tell" and (.reason | contains("no longer hold"))'
	run -1 --separate-stderr "$BIN/refval-diff" "$F/corim.cbor" "$evidence" --json
	check reference_validity '.verdict == "yes"'
}

# edit FILE CODE: a CoRIM, d[, header h], changed by a line of Python.
edit() {
	"$PYTHON" - "$1" "$2" <<- 'PY'
		import sys, datetime
		import cbor2 as c
		o = c.loads(open(sys.argv[1], "rb").read())
		h, d = None, o
		if o.tag == 18:
		    h, d = c.loads(o.value[0]), c.loads(o.value[2])
		m = c.loads(d.value[1][0].value)
		past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
		exec(sys.argv[2])
		d.value[1][0] = c.CBORTag(506, c.dumps(m))
		if h is not None:
		    o.value[0], o.value[2] = c.dumps(h), c.dumps(d)
		opts = dict(datetime_as_timestamp=True, timezone=datetime.timezone.utc)
		sys.stdout.buffer.write(c.dumps(o if h is not None else d, **opts))
	PY
}

@test "diff: a CoRIM whose signature was made for a time gone by cannot be told" {
	need_module cbor2
	edit "$F/corim-p256.cbor" 'd.value.pop(4)' > "$T/plain"
	run -1 --separate-stderr "$BIN/refval-diff" "$T/plain" "$evidence" --json
	[ "$(jq '[.layers[].checks[] | select(.name == "reference_validity")] | length' <<< "$output")" = 0 ]
	edit "$F/corim-p256.cbor" 'd.value.pop(4); h[8] = c.dumps({0: {0: "x"}, 1: {1: c.CBORTag(1, 1577836800)}})' > "$T/past"
	run -1 --separate-stderr "$BIN/refval-diff" "$T/past" "$evidence" --json
	check reference_validity '.verdict == "cannot-tell" and (.reason | contains("ended at 2020-01-01"))'
	# The narrower of the two windows counts.
	edit "$F/corim-p256.cbor" 'd.value[4] = {1: c.CBORTag(1, 1830297600)}; h[8] = c.dumps({0: {0: "x"}, 1: {1: c.CBORTag(1, 1577836800)}})' > "$T/both"
	run -1 --separate-stderr "$BIN/refval-diff" "$T/both" "$evidence" --json
	check reference_validity '.verdict == "cannot-tell" and (.reason | contains("ended at 2020-01-01"))'
}

@test "a CoRIM with registers of two environments is about no one machine: exit 3" {
	need_module cbor2
	edit "$F/corim.cbor" 'd.value.pop(4)' > "$T/one"
	run -0 --separate-stderr publish "$T/one" --format values
	edit "$F/corim.cbor" 'd.value.pop(4); e, l = m[4][0][0]; m[4][0] = [[e, l[:2]], [e, l[2:]]]' > "$T/split"
	run -0 --separate-stderr publish "$T/split" --format values
	edit "$F/corim.cbor" 'd.value.pop(4); e, l = m[4][0][0]; m[4][0] = [[e, l[:2]], [{0: {1: "Other"}}, l[2:]]]' > "$T/two"
	run -3 --separate-stderr publish "$T/two" --format values
	[[ $stderr == *"of another environment than the registers before it"* ]]
}

@test "diff: what a reference asks for and nobody compares is listed as unchecked" {
	run -1 --separate-stderr "$BIN/refval-diff" "$F/corim-intel.cbor" "$evidence" --json
	check reference_assumed '.verdict == "unchecked" and (.reason | contains("field -82 of a measurement is not compared"))'
}

@test "verify: published values instead of a release" {
	publish captured.json --format in-toto --sign-key ed25519.pem -o "$T/ref"
	run --separate-stderr "$BIN/refval-verify" --values "$T/ref" --verify-key ed25519.pub --evidence "$evidence" --json
	check reference_signature '.verdict == "yes"'
	check rtmr1 '.verdict == "yes"'
	run -1 --separate-stderr "$BIN/refval-verify" --values "$T/ref" --verify-key p256.pub --evidence "$evidence" --json
	check reference_signature '.verdict == "no"'
	run -2 "$BIN/refval-verify" --values "$T/ref" --release dstack-0.5.8 --evidence "$evidence"
	run -2 "$BIN/refval-verify" --release dstack-0.5.8 --verify-key p256.pub --evidence "$evidence"
}

@test "malformed documents: exit 3, each with its sentence" {
	n=0
	while IFS=$'\t' read -r name message; do
		run -3 --separate-stderr publish "$V/bad/publish/$name" --format values -o "$T/x"
		[ "$stderr" = "refval-publish: $V/bad/publish/$name: $message" ]
		n=$((n + 1))
	done < "$V/bad/publish/messages.tsv"
	[ "$n" = "$(find "$V/bad/publish" -type f ! -name messages.tsv | wc -l)" ]
	[ ! -e "$T/x" ]
}

@test "a list of files, as sha256sum writes it, becomes a signed statement about a release" {
	mkdir "$T/r"
	cd "$T/r"
	echo one > one.tar.gz
	echo two > "two and \"more\".deb"
	sha256sum -- * > ../sums
	cd "$OLDPWD"
	purl=pkg:generic/refval@1.2.3
	for key in ed25519 p256 p384; do
		publish "$T/sums" --purl $purl --format in-toto --sign-key $key.pem -o "$T/out"
		jq -r .payload "$T/out" | base64 -d > "$T/statement"
		jq -e --arg p $purl '._type == "https://in-toto.io/Statement/v1" and .predicate == {purl: $p} and
			.predicateType == "https://in-toto.io/attestation/release/v0.1"' "$T/statement"
		jq -r '.subject[] | .digest.sha256 + "  " + .name' "$T/statement" | diff "$T/sums" -
		# DSSE: the signature is of this text.
		printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(stat -c %s "$T/statement")" | cat - "$T/statement" > "$T/pae"
		jq -r '.signatures[0].sig' "$T/out" | base64 -d > "$T/sig"
		if [ $key = ed25519 ]; then
			openssl pkeyutl -verify -pubin -inkey $key.pub -rawin -in "$T/pae" -sigfile "$T/sig"
		else
			openssl dgst -sha256 -verify $key.pub -signature "$T/sig" "$T/pae"
		fi
	done
	# "*" is sha256sum's word for binary, and no part of a name.
	sed 's/  / */' "$T/sums" | "$BIN/refval-publish" - --purl $purl --format in-toto -o "$T/star"
	publish "$T/sums" --purl $purl --format in-toto -o "$T/plain"
	cmp "$T/star" "$T/plain"
	publish "$T/sums" --purl $purl --format sigstore-bundle --sign-key ed25519.pem -o "$T/bundle"
	jq -e '.dsseEnvelope.signatures | length == 1' "$T/bundle"
	run -0 --separate-stderr publish "$T/sums" --purl $purl --format in-toto -o "$T/out" --json
	jq -e '.verdict == "yes" and .values.form == "sha256sum" and .values.machines == 0 and .signature == null' <<< "$output"
	# It is no reference: nobody compares a machine with it.
	run -3 --separate-stderr publish "$T/out" --format values
	run -3 --separate-stderr "$BIN/refval-verify" --values "$T/out" --evidence "$evidence"
}

@test "a list of files that is anything else: exit 3, each with its sentence" {
	n=0
	while IFS=$'\t' read -r name message; do
		run -3 --separate-stderr publish "$V/bad/sums/$name" --purl pkg:generic/x@1 --format in-toto -o "$T/x"
		[ "$stderr" = "refval-publish: $V/bad/sums/$name: $message" ] || { echo "$stderr"; false; }
		n=$((n + 1))
	done < "$V/bad/sums/messages.tsv"
	[ "$n" = "$(find "$V/bad/sums" -type f ! -name messages.tsv | wc -l)" ]
	[ ! -e "$T/x" ]
	for purl in generic/x@1 pkg: "pkg:a b" $'pkg:a\n' pkg:ä; do
		run -2 --separate-stderr publish "$V/bad/sums/cut.txt" --purl "$purl" --format in-toto
		[[ $stderr == "refval-publish: --purl "*": no package URL"* ]]
	done
}

# Debian's own python3, which has Debian's modules.
cose() { "$PYTHON" "$TESTS/oracle/cose.py" "$@"; }
modules() {
	"$PYTHON" -c 'import cbor2, cryptography' 2> /dev/null && return
	[ -z "${CI:-}" ] || { echo "missing in CI: python3-cbor2 or python3-cryptography" >&2; return 1; }
	skip "needs python3-cbor2 and python3-cryptography"
}

@test "python3-cbor2 decodes the CoRIM to the values" {
	modules
	publish values.json --format corim -o "$T/c"
	cose values "$T/c" > "$T/found"
	jq '{mr_td: .mrtd.value, mr_td_single_pass: .mrtd.single_pass, mr_td_two_pass: .mrtd.two_pass,
		rtmr_0: .rtmr0.value, rtmr_1: .rtmr1.value, rtmr_2: .rtmr2.value,
		tdvfkernel: .rtmr1.events[0].digest, tdvfkernelparams: .rtmr2.events[0].digest,
		"rtmrs[0]": .rtmr0.value, "rtmrs[1]": .rtmr1.value, "rtmrs[2]": .rtmr2.value}' values.json > "$T/want"
	diff <(jq -S . "$T/want") <(jq -S . "$T/found")
	publish values.json --format corim-signed --sign-key p384.pem -o "$T/s"
	cose values "$T/s" | cmp - "$T/found"
}

# bats test_tags=slow
@test "a second implementation of COSE verifies what we sign, and we what it signs" {
	modules
	for k in p256 p384 ed25519; do
		publish values.json --format corim-signed --sign-key $k.pem -o "$T/s"
		cose verify "$T/s" $k.pub
		publish values.json --format corim -o "$T/c"
		cose sign "$T/c" $k.pem "$T/theirs"
		publish "$T/theirs" --format values --verify-key $k.pub > "$T/a"
		publish "$T/s" --format values --verify-key $k.pub | cmp - "$T/a"
	done
	run -1 cose verify "$T/s" "$V/formats/corim-ed.pub"
	for k in p256 p384 ed; do
		publish "$F/corim-$k.cbor" --format values --verify-key "$F/corim-$k.pub" |
			cmp - <(publish "$F/corim.cbor" --format values)
	done
}

# bats test_tags=slow
@test "an implementation of COSE that shares no line with us verifies, and refuses each part changed" {
	/usr/bin/ruby -r cose -e '' 2> /dev/null || { [ -z "${CI:-}" ] && skip "needs ruby-cose"; false; }
	judge() { /usr/bin/ruby "$TESTS/oracle/cose.rb" "$@"; }
	for k in p256 p384; do
		publish values.json --format corim-signed --sign-key $k.pem -o "$T/s"
		run -0 --separate-stderr judge "$T/s" $k.pub
		openssl ecparam -genkey -name "$([ $k = p256 ] && echo prime256v1 || echo secp384r1)" -noout | openssl pkey -pubout -out "$T/other.pub"
		run -1 --separate-stderr judge "$T/s" "$T/other.pub"
		# The payload and the signature; a byte of each.
		for at in 200 $(($(stat -c %s "$T/s") - 1)); do
			cp "$T/s" "$T/c"
			printf "\\x$(printf %02x $((0x$(xxd -s "$at" -l 1 -p "$T/c") ^ 1)))" | dd of="$T/c" bs=1 seek="$at" conv=notrunc status=none
			run -1 --separate-stderr judge "$T/c" $k.pub
		done
	done
}

@test "tpm2_eventlog replays the predicted log to our registers" {
	need tpm2_eventlog
	publish values.json --format tcg2 -o "$T/log"
	tpm2_eventlog "$T/log" > "$T/replayed"
	for i in 0 1 2; do
		grep -qE "^ +$((i + 1)) *: 0x$(get .rtmr$i.value)$" "$T/replayed"
	done
	# And so does refval-replay, which knows the events by the same names.
	run -0 --separate-stderr "$BIN/refval-replay" "$T/log" --json
	for r in rtmr0 rtmr1 rtmr2; do
		[ "$(jq -r .$r.value <<< "$output")" = "$(get .$r.value)" ]
		[ "$(jq -c "[.$r.events[].name]" <<< "$output")" = "$(jq -c "[.$r.events[].label]" values.json)" ]
	done
}
