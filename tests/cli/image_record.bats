# SPDX-License-Identifier: Apache-2.0
# make image-record: a record from an image, and the same verdict by either.
load helper

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	xz -dc "$V/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > firmware.fd
	head -c 4097 /dev/zero > initrd
	python3 "$TESTS/tools/make-image.py" --layout 0.5.8 --name dstack-dev-0.5.8 --dev --out image.tar.gz \
		--firmware firmware.fd --kernel "$V/measure/kernel/plain.bin" --initrd initrd
	BIN=$BIN sh "$TOP/images/record.sh" image.tar.gz releases/dstack-dev-0.5.8.json > /dev/null
	# A quote that carries what a machine of this image must report; unsigned.
	"$BIN/refval-measure" image.tar.gz --cpus 2 --memory 4G --qemu 8.2.2 --json > values.json
	mkdir machine
	python3 - "$V/real/near-058-dev-3e6394/quote.bin" <<- 'END'
		import json, sys
		q, v = bytearray(open(sys.argv[1], "rb").read()), json.load(open("values.json"))
		for at, r in ((184, "mrtd"), (376, "rtmr0"), (424, "rtmr1"), (472, "rtmr2")):
		    q[at : at + 48] = bytes.fromhex(v[r]["value"])
		open("machine/quote.bin", "wb").write(q)
	END
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	T=$BATS_TEST_TMPDIR
}

record() { env BIN="$BIN" "$@" sh "$TOP/images/record.sh" image.tar.gz "$T/r.json"; }
# by OPTION...: refval-verify with this reference; the forged quote's signature aside.
by() {
	"$BIN/refval-verify" "$@" --evidence machine --cpus 2 --memory 4G --qemu 8.2.2 --at 2026-04-01 --skip quote_signature --json
}
# What was decided, from which values.
verdicts() { jq -c '[.verdict, (.layers[].checks[] | select(.name | IN("mrtd", "rtmr0", "rtmr1", "rtmr2")) | [.name, .verdict, .expected, .actual])]' <<< "$output"; }

# bats test_tags=slow
@test "the record follows its schema, and every value says that it is from this image" {
	need_module jsonschema
	r=releases/dstack-dev-0.5.8.json
	"$PYTHON" "$TESTS/tools/schema.py" "$TOP/docs/schemas" "release=$r"
	[ "$(jq -r '.name + " " + .version + " " + .flavour + " " + .rootfs' $r)" = "dstack-dev-0.5.8 0.5.8 dev verity" ]
	sum=$(sha256sum < image.tar.gz | cut -d' ' -f1)
	[ "$(jq -r .tarball.sha256 $r)" = "$sum" ]
	[ "$(jq -r '[.. | objects | select(has("from")) | .from + ", " + .source] | unique[]' $r)" = \
		"computed from the image, image.tar.gz, sha256 $sum" ]
	for m in single_pass two_pass; do
		[ "$(jq -r ".mrtd.$m.value" $r)" = "$(jq -r ".mrtd.$m" values.json)" ]
	done
	[ "$(jq -r '.rtmr2.value' $r)" = "$(jq -r .rtmr2.value values.json)" ]
	[ "$(jq -r '.files[] | select(.name == "ovmf.fd").sha256' $r)" = "$(sha256sum < firmware.fd | cut -d' ' -f1)" ]
	[ "$(jq -r .os_image_hash.value $r)" = "$("$BIN/refval-unpack" --json image.tar.gz | jq -r .os_image_hash)" ]
}

# bats test_tags=slow
@test "--release with the record decides as --image does: yes, and no with what is changed" {
	run -0 --separate-stderr by --image image.tar.gz
	want=$(verdicts)
	[[ $want == *'"rtmr0","yes"'*'"rtmr1","yes"'*'"rtmr2","yes"'* ]]
	run -0 --separate-stderr by --release dstack-dev-0.5.8 --releases releases
	[ "$(verdicts)" = "$want" ]
	for at in 184 376 424 472; do
		cp machine/quote.bin "$T/saved"
		printf '\xff\xfe' | dd of=machine/quote.bin bs=1 seek=$at conv=notrunc status=none
		run -1 --separate-stderr by --image image.tar.gz
		want=$(verdicts)
		[ "$(jq -c '[.[1:][][1]] | sort' <<< "$want")" = '["no","yes","yes","yes"]' ]
		run -1 --separate-stderr by --release dstack-dev-0.5.8 --releases releases
		[ "$(verdicts)" = "$want" ]
		cp "$T/saved" machine/quote.bin
	done
}

# bats test_tags=slow
@test "an older record: kept where the image is silent, never overruled" {
	jq '.date = "2026-03-17" | .tarball.url = "https://example.org/i.tar.gz" | .firmware.edk2 = "3a3b12cb" |
		.rtmr0 = [{vm_config: {cpu_count: 1, memory_size: 2147483648, qemu_version: "8.2.2"}, value: .rtmr1.value,
		from: "published", source: "somewhere"}]' releases/dstack-dev-0.5.8.json > "$T/r.json"
	cp "$T/r.json" "$T/old.json"
	run -0 --separate-stderr record
	diff <(jq -S . "$T/r.json") <(jq -S . "$T/old.json")
	jq '.rtmr2.value |= (.[0:95] + (if .[95:] == "0" then "1" else "0" end))' "$T/old.json" > "$T/r.json"
	cp "$T/r.json" "$T/old.json"
	run -1 --separate-stderr record
	[ "$stderr" = "image-record: $T/r.json: the image says otherwise of: rtmr2.value" ]
	cmp "$T/r.json" "$T/old.json"
}

# bats test_tags=slow
@test "through make: where and under which name; without an image: exit 2" {
	b=$(dirname "$BIN")
	[[ $BIN == "$TOP"/* ]]
	# Built already; flags of another make must not build it anew.
	mk() { build_make image-record "$@"; }
	run -0 --separate-stderr mk IMAGE="$PWD/image.tar.gz" DATE=2026-03-17 URL=https://example.org/x.tar.gz RECORD="$T/x.json"
	[ "${lines[-1]}" = "$T/x.json" ]
	[ "$(jq -r '.date + " " + .tarball.url' "$T/x.json")" = "2026-03-17 https://example.org/x.tar.gz" ]
	run -2 --separate-stderr mk
	[[ $stderr == *IMAGE=* ]]
}

@test "a name that contradicts the image, a damaged image: no record" {
	run -3 --separate-stderr record NAME=dstack-0.5.8
	[[ $stderr == *"the name says prod, and is_dev of metadata.json true" ]]
	run -2 --separate-stderr record NAME=../x
	head -c 5000 image.tar.gz > "$T/cut.tar.gz"
	run -3 --separate-stderr env BIN="$BIN" sh "$TOP/images/record.sh" "$T/cut.tar.gz" "$T/r.json"
	[ ! -e "$T/r.json" ]
}

@test "every record here is read, and follows its schema" {
	need_module jsonschema
	args=()
	for f in "$TOP"/images/releases/*.json; do args+=("release=$f"); done
	[ "${#args[@]}" -ge 80 ]
	"$PYTHON" "$TESTS/tools/schema.py" "$TOP/docs/schemas" "${args[@]}"
}
