# SPDX-License-Identifier: Apache-2.0
# refval-hash image on damaged input: an error with its code, never a crash,
# never another digest, and never a file written.
load helper

setup_file() {
	for f in "$V"/bad/oci/*.tar.xz; do
		xz -dc "$f" > "$BATS_FILE_TMPDIR/$(basename "$f" .xz)"
	done
	oci_vectors "$BATS_FILE_TMPDIR"
}

setup() { H=$BIN/refval-hash; }

# bats test_tags=slow
@test "every named fault is exit 3 with its code and its sentence" {
	n=0
	while IFS='|' read -r name code sentence; do
		run -3 --separate-stderr "$H" image "$BATS_FILE_TMPDIR/$name.tar"
		[[ $stderr == "refval-hash image: $code: "* ]]
		[[ $stderr == *"$sentence"* ]]
		[ "${#stderr_lines[@]}" = 1 ]
		n=$((n + 1))
	done <<- 'END'
		config-float|E_JSON|a number that is not whole
		config-without-os|E_PLATFORM|the config names no os or no architecture
		diffids-more|E_DIFFID_COUNT|the config names 2 layers, the manifest 1
		diffid-sha384|E_DIGEST_SYNTAX|diff_ids[0]: "sha384:
		device-major|E_TAR_NUMBER|a device 4096,0: Linux has none above 4095,1048575, and takes another
		device-minor|E_TAR_NUMBER|a device 1,1048576: Linux has none above
		digest-blake3|E_DIGEST_ALGORITHM|OCI allows it, only sha256 and sha512 are verified here
		digest-sha384|E_DIGEST_SYNTAX|is neither sha256: and 64 lower-case hex digits nor sha512: and 128
		digest-sha512-algorithm-upper-case|E_DIGEST_SYNTAX|layers[0]: "SHA512:
		digest-sha512-cut|E_DIGEST_SYNTAX|nor sha512: and 128
		digest-sha512-half|E_DIGEST_SYNTAX|nor sha512: and 128
		digest-sha512-long|E_DIGEST_SYNTAX|nor sha512: and 128
		digest-sha512-upper-case|E_DIGEST_SYNTAX|nor sha512: and 128
		digest-upper-case|E_DIGEST_SYNTAX|and 64 lower-case hex digits
		duplicate-whiteout|E_DUPLICATE|x is there twice
		group-wraps|E_TAR_NUMBER|owner 0, group 4294967297: no file has one above 4294967294
		index-depth|E_INDEX_DEPTH|
		json-bom|E_JSON|invalid token
		json-cut|E_JSON|']' expected
		json-duplicate|E_JSON|duplicate object key
		json-list|E_JSON|index.json is not an object
		json-utf8|E_JSON|unable to decode byte 0xff
		layer-bzip2|E_COMPRESSION|bzip2 is not used for layers
		layout-version|E_LAYOUT_VERSION|imageLayoutVersion is not "1.0.0"
		link-4096|E_PATH_LONG|a symbolic link to a path of 4096 bytes
		link-symbolic-empty|E_LINK_TARGET|a symbolic link to nothing
		link-to-itself|E_LINK_TARGET|a hard link to what is not there (yet)
		manifest-and-index|E_MEDIATYPE_MISMATCH|a document that is both an index and a manifest
		manifest-two-cases|E_JSON|"Layers" and "layers" are one member for some readers, and two for others
		manifest-two-cases-unicode|E_JSON|"layers" and "layer
		config-two-cases|E_JSON|"Cmd" and "cmd" are one member
		mediatype-lies|E_MEDIATYPE_MISMATCH|a manifest that is called "application/vnd.oci.image.manifest.v1+json" and calls itself "application/vnd.oci.image.index.v1+json"
		no-end-mark-only-zeros|E_NO_IMAGE|neither index.json nor manifest.json is in it
		not-an-image|E_NO_IMAGE|neither index.json nor manifest.json is in it
		folder-above|E_NO_IMAGE|it has my/index.json: pack what is in the folder my, and not the folder
		folders-above|E_NO_IMAGE|it has a/b/manifest.json: pack what is in the folder a/b, and not the folder
		outer-blob-is-link|E_BLOB_MISSING|is not here
		outer-duplicate|E_DUPLICATE|index.json is in the archive twice
		outer-no-end|E_TAR_TRUNCATED|the archive has no end mark, 6656 bytes
		outer-sparse|E_TAR_TYPE|outer archive: type 0x53, of which engines make nothing
		outer-trailing|E_TAR_TRAILING|data behind the end of the archive
		owner-none|E_TAR_NUMBER|owner 4294967295, group 0: no file has one above 4294967294
		owner-wraps|E_TAR_NUMBER|owner 4294967296, group 0: no file has one above
		parent-file-same|E_PARENT_NOTDIR|what is above it is no directory
		parent-symlink-same|E_PARENT_SYMLINK|a directory above it is a symbolic link
		path-4096|E_PATH_LONG|a path of 4220 bytes
		path-empty|E_PATH_EMPTY|an entry without a name
		random-bytes|E_TAR_NUMBER|the field chksum is no number
		rootfs-type|E_ROOTFS_TYPE|rootfs.type of the config is not "layers"
		sha512-alias-other|E_BLOB_DIGEST|index.json, manifests[1]: what lies under sha512:
		sha512-attestation-other|E_BLOB_DIGEST|index.json, manifests[1]: blobs/sha512/
		sha512-blob-missing|E_BLOB_MISSING|62fb4e is not here
		sha512-config-other|E_BLOB_DIGEST|config: what lies under sha512:
		sha512-diffid-cut|E_DIGEST_SYNTAX|diff_ids[0]: "sha512:
		sha512-diffid-other|E_DIFFID|layer 1 of 1: the config says sha512:
		sha512-diffid-zeros|E_DIFFID|layer 1 of 1: the config says sha512:000
		sha512-docker-config-other|E_BLOB_DIGEST|what lies under blobs/sha512/
		sha512-index-other|E_BLOB_DIGEST|index.json, manifests[0]: what lies under sha512:
		sha512-layer-other|E_BLOB_DIGEST|layer 1 of 1: what lies under sha512:
		sha512-layer-right-by-sha256|E_BLOB_DIGEST|layer 2 of 2: what lies under sha512:
		sha512-layer-zeros|E_BLOB_DIGEST|layer 1 of 1: what lies under sha512:000
		sha512-manifest-other|E_BLOB_DIGEST|index.json, manifests[0]: what lies under sha512:
		sha512-size-less|E_BLOB_SIZE|layers[0]: sha512:
		sha512-size-more|E_BLOB_SIZE|config: sha512:
		size-negative|E_BLOB_SIZE|is not a whole number
		tar-checksum|E_TAR_CHECKSUM|a header's checksum is 3135, not 1
		tar-directory-with-data|E_TAR_SIZE|1 bytes of data in an entry that has none
		tar-file-with-slash|E_TAR_TYPE|a file whose name ends in '/'
		tar-gnu-and-pax-name|E_TAR_META|a GNU and a pax name for one entry
		tar-lone-zero|E_TAR_LONE_ZERO|a single zero block at 1024
		tar-no-end-cut|E_TAR_TRUNCATED|the archive ends 
		tar-no-end-meta|E_TAR_META|an extended header without entry
		tar-pax-alone|E_TAR_META|an extended header without entry
		tar-pax-global-path|E_TAR_PAX_GLOBAL|global record path
		tar-pax-length-zero|E_TAR_PAX|a record's length is wrong
		tar-pax-length|E_TAR_PAX|a record's length is wrong
		tar-pax-no-newline|E_TAR_PAX|a record's length is wrong
		tar-pax-nul|E_PATH_NUL|a NUL in pax path
		tar-pax-size-beyond|E_TAR_TRUNCATED|the archive ends inside a file, after 3072 bytes
		tar-pax-size-negative|E_TAR_NUMBER|pax size is no number
		tar-pax-twice|E_TAR_META|two extended headers for one entry
		tar-contiguous|E_TAR_TYPE|layer 1 of 1: type 0x37, of which engines make nothing
		tar-sparse-gnu|E_TAR_TYPE|layer 1 of 1: type 0x53, of which engines make nothing
		tar-sparse-0.1|E_TAR_SPARSE|a sparse file that is not of pax version 1.0
		tar-sparse-holes|E_TAR_SPARSE|holes of 4000000000000000000 bytes, at most 68719476736 are read
		tar-sparse-overlap|E_TAR_SPARSE|a piece outside of the file
		tar-sparse-key|E_TAR_SPARSE|a sparse file that is not of pax version 1.0
		tar-sparse-map-word|E_TAR_SPARSE|the map is no number
		tar-sparse-name-alone|E_TAR_SPARSE|a sparse file that is not of pax version 1.0
		tar-sparse-directory|E_TAR_SPARSE|a sparse file that is not of pax version 1.0
		tar-gnu-name-empty|E_TAR_META|an empty long name
		tar-gnu-prefix|E_TAR_NUMBER|the field atime or ctime is no number
		tar-v7-device|E_TAR_NUMBER|a device in a header without device numbers
		whiteout-through-symlink|E_PARENT_SYMLINK|a directory above it is a symbolic link
		xattr-conflict|E_XATTR_CONFLICT|user.a has two values
		xattr-conflict-second|E_XATTR_CONFLICT|user.b has two values
		xattr-twice|E_TAR_PAX|xattr user.a twice
	END
	[ "$n" = "$(find "$V/bad/oci" -name '*.tar.xz' | wc -l)" ]
}

@test "a docker archive: a file named by its digest is what the name says, however the name is written" {
	d=$BATS_TEST_TMPDIR/docker
	oci_vectors "$BATS_TEST_TMPDIR" dev/real/crane-tarball.tar
	mkdir "$d" && tar -xf "$BATS_TEST_TMPDIR/dev/real/crane-tarball.tar" -C "$d"
	was=$(jq -r '.[0].Config' "$d/manifest.json")
	hex=${was#sha256:}
	sed 's/amd64/arm64/' "$d/$was" > "$d/other"
	mkdir -p "$d/blobs/sha256"
	for name in "sha256:$hex" "$hex.json" "blobs/sha256/$hex" "$hex"; do
		jq -c --arg c "$name" '.[0].Config = $c' "$d/manifest.json" > "$d/m"
		for config in "$was" other; do
			cp "$d/$config" "$BATS_TEST_TMPDIR/config"
			rm -rf "$BATS_TEST_TMPDIR/made"
			mkdir -p "$BATS_TEST_TMPDIR/made/blobs/sha256"
			cp "$d"/*.tar.gz "$BATS_TEST_TMPDIR/made"
			cp "$d/m" "$BATS_TEST_TMPDIR/made/manifest.json"
			cp "$BATS_TEST_TMPDIR/config" "$BATS_TEST_TMPDIR/made/$name"
			tar -C "$BATS_TEST_TMPDIR/made" --format=ustar -cf "$BATS_TEST_TMPDIR/d.tar" .
			if [ "$config" = other ]; then
				run -3 "$BIN/refval-hash" image "$BATS_TEST_TMPDIR/d.tar"
				[[ $output == *"E_BLOB_DIGEST"*"what lies under $name has another digest"* ]]
			else
				run -0 "$BIN/refval-hash" image "$BATS_TEST_TMPDIR/d.tar"
			fi
		done
	done
}

@test "a docker archive whose config is JSON and no object: exit 3" {
	d=$BATS_TEST_TMPDIR/docker
	oci_vectors "$BATS_TEST_TMPDIR" dev/real/crane-tarball.tar
	for config in '[]' '"x"' null 1; do
		rm -rf "$d" && mkdir "$d" && tar -xf "$BATS_TEST_TMPDIR/dev/real/crane-tarball.tar" -C "$d"
		rm "$d/$(jq -r '.[0].Config' "$d/manifest.json")"
		printf %s "$config" > "$d/config.json"
		jq -c '.[0].Config = "config.json"' "$d/manifest.json" > "$d/m" && mv "$d/m" "$d/manifest.json"
		tar -C "$d" --format=ustar -cf "$BATS_TEST_TMPDIR/d.tar" .
		run -3 "$BIN/refval-hash" image "$BATS_TEST_TMPDIR/d.tar"
		[[ $output == *"E_JSON"*"the config is not an object"* ]]
	done
}

@test "strict digests are printed where only the content is refused" {
	run -3 --separate-stderr "$H" image "$BATS_FILE_TMPDIR/parent-symlink-same.tar" --json
	jq -e '.images[0] | .error.code == "E_PARENT_SYMLINK" and (.config | startswith("sha256:"))
		and (.diffids[0] | startswith("sha256:")) and .["refval-tree-1"] == null
		and .["refval-image-1"] == null' <<< "$output"
	run -0 "$H" image "$BATS_FILE_TMPDIR/parent-symlink-same.tar" --strict
}

@test "--max-size bounds what a layer unpacks to" {
	f=$BATS_FILE_TMPDIR/dev/bad/tar-bomb-entries.tar
	run -3 --separate-stderr "$H" image "$f" --max-size 1000000
	[[ $stderr == *"E_LAYER_SIZE: "*"longer than 1000000 bytes"* ]]
	run -0 "$H" image "$f" --max-size 100000000
}

# The digests that a damaged archive may still have: the undamaged ones.
same_or_error() { # FILE WANTED...
	"$H" image "$1" --strict --json > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" && code=0 || code=$?
	case $code in
	0) jq -S '[.images[] | {manifest, config, layers, diffids}]' "$BATS_TEST_TMPDIR/out" | cmp -s - "$2" ;;
	3) grep -q '^refval-hash image: E_' "$BATS_TEST_TMPDIR/err" ;;
	*) false ;;
	esac
}

# bats test_tags=slow
@test "an archive cut anywhere is an error, or the same image" {
	n=0
	for f in formats/demo.docker-c8d.tar formats/demo.docker-legacy.tar real/crane-oci.oci-archive.tar; do
		f=$BATS_FILE_TMPDIR/dev/$f
		"$H" image "$f" --strict --json | jq -S '[.images[] | {manifest, config, layers, diffids}]' > "$BATS_TEST_TMPDIR/want"
		size=$(stat -c %s "$f")
		for ((at = 0; at < size; at += 1024)); do
			head -c "$at" "$f" > "$BATS_TEST_TMPDIR/cut.tar"
			same_or_error "$BATS_TEST_TMPDIR/cut.tar" "$BATS_TEST_TMPDIR/want"
			n=$((n + 1))
		done
	done
	[ "$n" -ge 70 ]
}

@test "no file is written, whatever is read" {
	need strace
	need_uncounted
	mkdir "$BATS_TEST_TMPDIR/ro"
	chmod a-w "$BATS_TEST_TMPDIR/ro"
	cd "$BATS_TEST_TMPDIR/ro"
	for f in formats/demo.docker-c8d.tar formats/demo.docker-legacy.tar.gz formats/demo.oci-archive-zstd.tar \
		formats/demo.oci bad/path-dotdot.tar bad/outer-dotdot.tar bad/link-escape.tar; do
		strace -f -o "$BATS_TEST_TMPDIR/trace" "$H" image "$BATS_FILE_TMPDIR/dev/$f" > "$BATS_TEST_TMPDIR/o" 2>&1 || [ $? = 3 ]
		grep -q 'openat(' "$BATS_TEST_TMPDIR/trace"
		run -1 grep -E 'O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE|mkdir|rename|unlink|[^d]link\(|linkat|symlink|truncate|memfd|mknod' "$BATS_TEST_TMPDIR/trace"
		run -1 grep -E 'socket\(|connect\(' "$BATS_TEST_TMPDIR/trace"
	done
	[ -z "$(ls -A)" ]
}
