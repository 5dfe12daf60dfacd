# SPDX-License-Identifier: Apache-2.0
# refval-measure --record: a record from an image, and the same verdict by either.
load helper

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	xz -dc "$V/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > firmware.fd
	head -c 4097 /dev/zero > initrd
	python3 "$TESTS/tools/make-image.py" --layout 0.5.8 --name dstack-dev-0.5.8 --dev --out image.tar.gz \
		--firmware firmware.fd --kernel "$V/measure/kernel/plain.bin" --initrd initrd
	mkdir releases
	"$BIN/refval-measure" --record image.tar.gz --update releases > /dev/null
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

record() { "$BIN/refval-measure" --record image.tar.gz --update "$T/r.json" "$@"; }
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
	[ "$stderr" = "refval-measure: $T/r.json: the image says otherwise of: rtmr2.value" ]
	cmp "$T/r.json" "$T/old.json"
}

@test "where and under which name: a folder, a file, standard output; an address and a date" {
	"$BIN/refval-measure" --record image.tar.gz > "$T/plain.json"
	cmp "$T/plain.json" releases/dstack-dev-0.5.8.json
	mkdir "$T/to"
	run -0 --separate-stderr "$BIN/refval-measure" --record image.tar.gz --update "$T/to" --date 2026-03-17 --url https://example.org/x.tar.gz
	[ "$output" = "$T/to/dstack-dev-0.5.8.json" ]
	[ "$(jq -r '.date + " " + .tarball.url' "$output")" = "2026-03-17 https://example.org/x.tar.gz" ]
	# Once more, without: what is there stays.
	cp "$T/to/dstack-dev-0.5.8.json" "$T/was"
	run -0 --separate-stderr "$BIN/refval-measure" --record image.tar.gz --update "$T/to"
	cmp "$T/was" "$T/to/dstack-dev-0.5.8.json"
	run -2 --separate-stderr record --date 17.3.2026
	[[ $stderr == *"--date 17.3.2026: not a date such as 2026-01-31"* ]]
	run -2 --separate-stderr "$BIN/refval-measure" --record
	[[ $stderr == *"IMAGE or --image-hashes is needed"* ]]
	run -2 --separate-stderr "$BIN/refval-measure" --record - < image.tar.gz
	run -2 --separate-stderr "$BIN/refval-measure" image.tar.gz --url https://example.org
	# From a folder: its own list is the source, and there is no tarball.
	mkdir "$T/d"
	tar xzf image.tar.gz -C "$T/d"
	"$BIN/refval-measure" --record "$T/d/dstack-dev-0.5.8/" --name dstack-dev-0.5.8 > "$T/folder.json"
	[ "$(jq -r .rtmr1.source "$T/folder.json")" = "dstack-dev-0.5.8, sha256sum.txt $(jq -r .os_image_hash.value "$T/plain.json")" ]
	diff <(jq 'del(.tarball) | del(.. | .source?)' "$T/folder.json") <(jq 'del(.tarball) | del(.. | .source?)' "$T/plain.json")
}

@test "a name that contradicts the image, a damaged image: no record" {
	run -3 --separate-stderr record --name dstack-0.5.8
	[[ $stderr == *"the name says prod, and is_dev of metadata.json true" ]]
	run -2 --separate-stderr record --name ../x
	head -c 5000 image.tar.gz > "$T/cut.tar.gz"
	run -3 --separate-stderr "$BIN/refval-measure" --record "$T/cut.tar.gz" --update "$T/r.json"
	[ ! -e "$T/r.json" ]
}

# hashes [SED]: upstream's list of this image's hashes, in its form; changed.
hashes() {
	local r=releases/dstack-dev-0.5.8.json
	{
		echo "os_image_hash    $(jq -r .os_image_hash.value $r)"
		echo "git_revision     312dc605e5e6a3a1c1bd5dd1ba4d1cd2f0d4b7a1"
		echo "tdx_mrtd         $(jq -r .mrtd.single_pass.value $r)"
		echo "gcp_uki_auth     $(printf '%064d' 1)"
		echo "aws_boot_pcr     $(printf '%096d' 2)"
		echo "$(jq -r .tarball.sha256 $r)  dstack-dev-0.5.8.tar.gz"
		echo "$(printf '%064d' 3)  dstack-dev-0.5.8-uki.tar.gz"
	} | sed "${1:-}"
}

@test "image-hashes.txt: a record of what is published, held against the image" {
	hashes > "$T/image-hashes.txt"
	run -0 --separate-stderr "$BIN/refval-measure" --record --image-hashes "$T/image-hashes.txt"
	[ -z "$stderr" ]
	[ "$(jq -r '[.name, .version, .flavour, .rootfs, .os_image_hash.from, .mrtd.single_pass.from] | join(" ")' <<< "$output")" = \
		"dstack-dev-0.5.8 0.5.8 dev verity published published" ]
	[ "$(jq -r .os_image_hash.source <<< "$output")" = "image-hashes.txt, sha256 $(sha256sum < "$T/image-hashes.txt" | cut -d' ' -f1)" ]
	for m in .os_image_hash.value .mrtd.single_pass.value .tarball.sha256; do
		[ "$(jq -r $m <<< "$output")" = "$(jq -r $m releases/dstack-dev-0.5.8.json)" ]
	done
	# An image with the same is recorded by its files, one with another not at all.
	run -0 --separate-stderr record --image-hashes "$T/image-hashes.txt"
	cmp "$T/r.json" releases/dstack-dev-0.5.8.json
	rm "$T/r.json"
	for line in '1s/[0-9a-f]$/x/;1s/x$/0/;1s/.00$/110/' '3s/..$/zz/;3s/zz$/12/' '6s/^./f/;6s/^f\(.*\)/e\1/'; do
		hashes "$line" > "$T/other"
		cmp -s "$T/other" "$T/image-hashes.txt" && continue
		run -1 --separate-stderr record --image-hashes "$T/other"
		[[ $stderr == "refval-measure: image.tar.gz: $T/other says otherwise of: "* ]]
		[ ! -e "$T/r.json" ]
	done
	hashes 's/dstack-dev-0.5.8/dstack-dev-0.5.9/' > "$T/other"
	run -1 --separate-stderr record --image-hashes "$T/other"
	[[ $stderr == *"says otherwise of: name version"* ]]
	# A record of both: the list completes what is there, and contradicts nothing.
	jq 'del(.tarball)' releases/dstack-dev-0.5.8.json > "$T/r.json"
	run -0 --separate-stderr "$BIN/refval-measure" --record --image-hashes "$T/image-hashes.txt" --update "$T/r.json"
	[ "$(jq -r '.tarball.sha256, .rtmr2.from' "$T/r.json")" = "$(jq -r '.tarball.sha256, .rtmr2.from' releases/dstack-dev-0.5.8.json)" ]
	jq '.os_image_hash.value |= (.[0:63] + (if .[63:] == "0" then "1" else "0" end))' releases/dstack-dev-0.5.8.json > "$T/r.json"
	cp "$T/r.json" "$T/was"
	run -1 --separate-stderr "$BIN/refval-measure" --record --image-hashes "$T/image-hashes.txt" --update "$T/r.json"
	[[ $stderr == *"says otherwise of: os_image_hash.value" ]]
	cmp "$T/was" "$T/r.json"
}

@test "image-hashes.txt: what is none, or says a thing twice: exit 3; what is not known is told" {
	bad() {
		hashes "$1" > "$T/bad"
		run -3 --separate-stderr "$BIN/refval-measure" --record --image-hashes "$T/bad"
		[ "$stderr" = "refval-measure: $T/bad: $2" ]
	}
	bad '1d' "no image-hashes.txt: it says no os_image_hash, or names no archive"
	bad '6,7d' "no image-hashes.txt: it says no os_image_hash, or names no archive"
	bad '1s/.$//' "line 1: os_image_hash: no 64 hex digits"
	bad '1p' "line 2: os_image_hash: said twice"
	bad '2s/$/ more/' "line 2: not a name and a value"
	bad '2s/.*//' "line 2: not a name and a value"
	bad '7s/dev-0.5.8/0.5.8/' "line 7: $(printf '%064d' 3): of dstack-dev-0.5.8, and of dstack-0.5.8"
	bad '6s/tar.gz/zip/' "line 6: $(jq -r .tarball.sha256 releases/dstack-dev-0.5.8.json): dstack-dev-0.5.8.zip: not the name of an image's archive"
	bad '6,7s/dstack-dev-0.5.8/dstack/' "image-hashes.txt: dstack: not the name of a release"
	hashes > "$T/more"
	echo "tdx_rtmr9 00" >> "$T/more"
	run -0 --separate-stderr "$BIN/refval-measure" --record --image-hashes "$T/more"
	[[ $stderr == *"$T/more: tdx_rtmr9, and perhaps more, is not known here" ]]
	run -2 --separate-stderr "$BIN/refval-measure" --record --image-hashes "$T/more" --name dstack-0.6.0
}

@test "every record here is read, and follows its schema" {
	need_module jsonschema
	args=()
	for f in "$TOP"/images/releases/*.json; do args+=("release=$f"); done
	[ "${#args[@]}" -ge 80 ]
	"$PYTHON" "$TESTS/tools/schema.py" "$TOP/docs/schemas" "${args[@]}"
}
