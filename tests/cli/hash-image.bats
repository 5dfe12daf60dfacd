# SPDX-License-Identifier: Apache-2.0
# refval-hash image: every digest, from every container format.
load helper

setup_file() {
	oci_vectors "$BATS_FILE_TMPDIR"
	xz -dc "$V/oci/cases.json.xz" > "$BATS_FILE_TMPDIR/cases.json"
}

setup() {
	D=$BATS_FILE_TMPDIR
	C=$D/cases.json
	[ "$(jq length "$C")" = 137 ]
}

# said FILTER FILE...: what refval-hash image says of each, in order, one line each by that filter of jq.
said() {
	local f filter=$1
	shift
	for f; do
		"$BIN/refval-hash" image "$D/$f" --json 2>> "$BATS_TEST_TMPDIR/complaints" || { echo "$f: exit $?" >&2; return 1; }
	done > "$BATS_TEST_TMPDIR/said"
	[ ! -s "$BATS_TEST_TMPDIR/complaints" ] || { cat "$BATS_TEST_TMPDIR/complaints" >&2; return 1; }
	jq -cS "$filter" "$BATS_TEST_TMPDIR/said"
}

# bats test_tags=slow
@test "every digest of every sound image, in every format" {
	image='{platform, manifest, config, layers, diffids, chainids, "refval-layer-1", "refval-tree-1",
		"refval-config-1", "refval-image-1", warnings: (.warnings | sort)}'
	# What both sides say, in the same words.
	jq -cS '.[] | . as $c | range(.files | length) | . as $n | select($c.refval_ref[$n].error == null) |
		$c.sha256[$n] as $sum | $c.refval_ref[$n] | [$c.files[$n], {
		archive: (if $sum then "sha256:" + $sum else null end), format, index, attestations: (.attestations // []),
		incomplete: [.incomplete // [] | .[].manifest], images: [.images[] | '"$image"']}]' "$C" > "$BATS_TEST_TMPDIR/expected"
	jq -r '.[0]' "$BATS_TEST_TMPDIR/expected" > "$BATS_TEST_TMPDIR/files"
	mapfile -t files < "$BATS_TEST_TMPDIR/files"
	[ "${#files[@]}" = 143 ]
	said '{archive, format, index, attestations, incomplete: [.incomplete[].manifest], images: [.images[] | '"$image"']}' \
		"${files[@]}" > "$BATS_TEST_TMPDIR/answered"
	diff <(jq -c '.[1]' "$BATS_TEST_TMPDIR/expected" | paste "$BATS_TEST_TMPDIR/files" -) \
		<(paste "$BATS_TEST_TMPDIR/files" "$BATS_TEST_TMPDIR/answered")
}

# bats test_tags=slow
@test "every bad image is exit 3, with its code" {
	n=0
	while IFS=$'\t' read -r file code; do
		run -3 --separate-stderr "$BIN/refval-hash" image "$D/$file"
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "refval-hash image: $code"[A-Z_:]* ]]
		n=$((n + 1))
	done < <(jq -r '.[] | select(.error != null) | [.files[0], .error] | @tsv' "$C")
	[ "$n" = 53 ]
}

# bats test_tags=slow
@test "pairs: what must be the same is, what must differ does" {
	jq '[.[] | select(.kind == "pair")]' "$C" > "$BATS_TEST_TMPDIR/pairs"
	mapfile -t files < <(jq -r '.[] | .files[0, 1]' "$BATS_TEST_TMPDIR/pairs")
	said '{archive, index, manifest: .images[0].manifest, config: .images[0].config, layers: .images[0].layers,
		diffids: .images[0].diffids, layer: .images[0]["refval-layer-1"], tree: .images[0]["refval-tree-1"],
		configsem: .images[0]["refval-config-1"], image: .images[0]["refval-image-1"]}' \
		"${files[@]}" > "$BATS_TEST_TMPDIR/answered"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/answered")" = "${#files[@]}" ]
	# Each digest that a pair names, and what of it is not as it must be; none is missing.
	jq -r --slurpfile got "$BATS_TEST_TMPDIR/answered" 'to_entries[] | .key as $i | .value |
		(.same[] as $k | [.id, $k, "differs", true]), (.differ[] as $k | [.id, $k, "is the same", false]) |
		$got[2 * $i][.[1]] as $a | $got[2 * $i + 1][.[1]] as $b |
		.[3] = ($a != null and $b != null and ($a == $b) == .[3]) | @tsv' "$BATS_TEST_TMPDIR/pairs" > "$BATS_TEST_TMPDIR/rows"
	awk -F'\t' '$4 != "true" { print; bad = 1 } END { exit bad }' "$BATS_TEST_TMPDIR/rows"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/rows")" = 387 ]
}

@test "of each layer the bytes as stored and unpacked" {
	tar -xf "$D/dev/formats/demo.docker-c8d.tar" -C "$BATS_TEST_TMPDIR" --wildcards 'blobs/*'
	run -0 "$BIN/refval-hash" image "$D/dev/formats/demo.docker-c8d.tar" --json
	n=0
	while read -r name size unpacked; do
		[ "$size" = "$(wc -c < "$BATS_TEST_TMPDIR/$name")" ]
		[ "$unpacked" = "$(gzip -dc "$BATS_TEST_TMPDIR/$name" | wc -c)" ]
		n=$((n + 1))
	done < <(jq -r '.. | select(.tar_size?) | "\(.name) \(.size) \(.tar_size)"' <<< "$output")
	[ "$n" = 2 ]
}

@test "a pipe gives the answer that the file gives" {
	for f in formats/demo.docker-legacy.tar formats/demo.docker25.tar \
		formats/demo.docker-c8d.tar formats/demo.docker-legacy.tar.gz \
		formats/demo.oci-archive-zstd.tar real/buildah128.docker-archive.tar; do
		run -0 "$BIN/refval-hash" image "$D/dev/$f" --json
		want=$output
		run -0 bash -c 'cat "$1" | "$2" image - --json' - "$D/dev/$f" "$BIN/refval-hash"
		[ "$output" = "$want" ]
	done
}

@test "the texts of --tree and --config have the digests that are printed" {
	f=$D/dev/formats/demo.docker-c8d.tar
	run -0 "$BIN/refval-hash" image "$f" --json
	tree=$(jq -r '.images[0]["refval-tree-1"]' <<< "$output")
	config=$(jq -r '.images[0]["refval-config-1"]' <<< "$output")
	[ "sha256:$("$BIN/refval-hash" image "$f" --tree | sha256sum | cut -d' ' -f1)" = "$tree" ]
	[ "sha256:$("$BIN/refval-hash" image "$f" --config | sha256sum | cut -d' ' -f1)" = "$config" ]
	run -0 "$BIN/refval-hash" image "$f" --tree
	[ "${lines[0]}" = "refval-tree 1" ]
	[ "${lines[1]}" = "/ d 0755 0 0 - -" ]
}

@test "a platform that is not all here is exit 3, the other is not touched by it" {
	f=$D/dev/multi/partial-platform.docker-c8d.tar
	run -0 --separate-stderr "$BIN/refval-hash" image "$f" --platform linux/amd64 --json
	[ "$(jq -r '.images | length' <<< "$output")" = 1 ]
	run -3 --separate-stderr "$BIN/refval-hash" image "$f" --platform linux/arm64
	[[ $stderr == "refval-hash image: E_BLOB_MISSING: "* ]]
	run -3 --separate-stderr "$BIN/refval-hash" image "$f" --platform linux/s390x
	[[ $stderr == "refval-hash image: E_NO_IMAGE: "*"linux/s390x" ]]
	run -0 "$BIN/refval-hash" image "$D/dev/multi/two-arch.oci-archive.tar" --platform linux/arm64 --json
	[ "$(jq -r '.images[].platform' <<< "$output")" = linux/arm64/v8 ]
}

@test "which digest a registry serves: the index, the manifest, or nobody knows" {
	run -0 "$BIN/refval-hash" image "$D/dev/formats/demo.docker-c8d.tar" --json
	[ "$(jq -r '.registry[0] | .kind, .digest' <<< "$output")" = \
		"index
sha256:51b7c4bc18159cc870e8e3cff468b2b62876c9d94ddedf2193281ccb8d34c5f5" ]
	run -0 "$BIN/refval-hash" image "$D/dev/formats/demo.oci-archive.tar" --json
	[ "$(jq -r '.registry[0] | .kind, .digest' <<< "$output")" = \
		"manifest
sha256:b8a26cebe55506e66b2a68d61aa90774ccbc6e25939e56e0bab0fb555045c035" ]
	for f in demo.docker25.tar demo.docker-legacy.tar; do
		run -0 "$BIN/refval-hash" image "$D/dev/formats/$f" --json
		[ "$(jq -c '.registry' <<< "$output")" = "[]" ]
		[ "$(jq -r '.registry_reason | length > 20' <<< "$output")" = true ]
	done
}

@test "a folder: no link in it is followed, to a file or to a folder" {
	cd "$BATS_TEST_TMPDIR"
	mkdir image
	tar -xf "$D/dev/formats/demo.docker-c8d.tar" -C image
	run -0 "$BIN/refval-hash" image image --json
	want=$output
	for name in index.json manifest.json blobs blobs/sha256 "$(cd image && find blobs -type f | head -n 1)"; do
		mv "image/$name" aside
		ln -s "$PWD/aside" "image/$name"
		run -3 --separate-stderr "$BIN/refval-hash" image image
		[[ $stderr == *": a link: only plain files are read here" ]] || { echo "$name: $stderr"; false; }
		[ -z "$output" ]
		rm "image/$name"
		mv aside "image/$name"
	done
	run -0 "$BIN/refval-hash" image image --json
	[ "$output" = "$want" ]
	# The image that was named may be one.
	ln -s image link
	run -0 "$BIN/refval-hash" image link --json
	[ "$output" = "$want" ]
}
