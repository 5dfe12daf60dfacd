# SPDX-License-Identifier: Apache-2.0
# refval-hash on images whose descriptors and diff_ids say sha512: verified as
# sha256 is, and our own digests beside them. Damaged ones are in hash-bad.bats.
load helper

setup_file() {
	for f in "$V"/oci/sha512/*.tar.xz; do
		xz -dc "$f" > "$BATS_FILE_TMPDIR/$(basename "$f" .xz)"
	done
}

setup() {
	H=$BIN/refval-hash
	D=$BATS_FILE_TMPDIR
	E=$V/oci/sha512/expected.json
	W=$BATS_TEST_TMPDIR
}

# The members of every document that expected.json has.
members() {
	jq -S '{index, index_sha256, images: [.images[] | {manifest, manifest_sha256, config, config_sha256,
		layers, layers_sha256, diffids, diffids_named, chainids}]}'
}
# of NAME JQ: from expected.json
of() { jq -r --arg n "$1" ".[\$n] | $2" "$E"; }
manifest() { of "$1" '.images[0].manifest'; }
# layout NAME: unpacked into a folder, which is printed
layout() {
	mkdir "$W/$1"
	tar -xf "$D/$1.tar" -C "$W/$1"
	echo "$W/$1"
}

# bats test_tags=slow
@test "every name and every digest of every image, with content and without" {
	n=0
	for name in $(jq -r keys[] "$E"); do
		run -0 --separate-stderr "$H" image "$D/$name.tar" --json
		[ -z "$stderr" ]
		diff <(jq -S --arg n "$name" '.[$n]' "$E") <(members <<< "$output")
		jq -e 'all(.images[]; .error == null and (.["refval-image-1"] | startswith("sha256:")))' <<< "$output"
		run -0 --separate-stderr "$H" image "$D/$name.tar" --json --strict
		diff <(jq -S --arg n "$name" '.[$n]' "$E") <(members <<< "$output")
		n=$((n + 1))
	done
	[ "$n" = "$(find "$V/oci/sha512" -name '*.tar.xz' | wc -l)" ]
}

# bats test_tags=slow
@test "a folder: each blob is what sha512sum and sha256sum say of the file" {
	for name in all_sha512 mixed hybrid; do
		l=$(layout $name)
		run -0 "$H" image "$l" --json
		diff <(jq -S --arg n "$name" '.[$n]' "$E") <(members <<< "$output")
		jq -r '.images[] | [.manifest, .manifest_sha256], [.config, .config_sha256], ([.layers, .layers_sha256] | transpose[]) | @tsv' \
			<<< "$output" > "$W/pairs"
		[ "$(wc -l < "$W/pairs")" = 4 ]
		while read -r digest own; do
			f=$l/blobs/${digest/://}
			[ "$digest" = "${digest%%:*}:$("${digest%%:*}sum" "$f" | cut -d' ' -f1)" ]
			[ "$own" = "sha256:$(sha256sum "$f" | cut -d' ' -f1)" ]
		done < "$W/pairs"
	done
	run -0 "$H" image "$(layout flat)" --json
	diff <(jq -S .flat "$E") <(members <<< "$output")
}

@test "the same content has the same content digests, whatever names it" {
	"$H" image "$D/plain.tar" --json | jq '[.images[0] | .["refval-layer-1", "refval-tree-1", "refval-config-1", "refval-image-1"]]' > "$W/want"
	for name in all_sha512 manifest_only packed_plain mixed twice flat docker hybrid; do
		"$H" image "$D/$name.tar" --json | jq '[.images[0] | .["refval-layer-1", "refval-tree-1", "refval-config-1", "refval-image-1"]]' |
			cmp - "$W/want"
	done
}

# bats test_tags=slow
@test "from a pipe and packed: the same, or a sentence that it cannot be read twice" {
	for name in $(jq -r keys[] "$E"); do
		want=0
		case $name in large_diffids | shared) want=3 ;; esac
		run -$want --separate-stderr bash -c 'cat "$2" | "$1" image - --json' - "$H" "$D/$name.tar"
		if [ $want = 0 ]; then
			diff <(jq -S --arg n "$name" '.[$n]' "$E") <(members <<< "$output")
		else
			[[ $stderr == "refval-hash image: E_STREAM: layer 1 of "*"cannot be read twice: unpack it to a file" ]]
		fi
		gzip -c "$D/$name.tar" > "$W/$name.tar.gz"
		run -$want "$H" image "$W/$name.tar.gz" --strict
	done
}

@test "what a registry serves, the pin and missing parts are named as they are" {
	run -0 "$H" image "$D/all_sha512.tar" --json
	jq -e --arg d "$(of all_sha512 '.index[0]')" '.registry == [{tag: "one", digest: $d, kind: "index"}]
		and .images[0].via == $d and (.attestations[0] | startswith("sha512:"))' <<< "$output"
	l=$(layout large)
	layer=$(of large '.images[0].layers[1]')
	rm "$l/blobs/${layer/://}"
	run -3 --separate-stderr "$H" image "$l"
	[[ $stderr == "refval-hash image: E_BLOB_MISSING: "*"$layer is not here" ]]
	run -0 "$H" image "$D/twice.tar" --json
	jq -e '(.index | length) == 1 and (.images | length) == 1 and ([.registry[].kind] == ["index", "index", "manifest"])' <<< "$output"
}

@test "text: the name first, then SHA-256 of the same bytes" {
	run -0 "$H" image "$D/all_sha512.tar"
	for k in manifest config; do
		grep -A1 "^  $k  *$(of all_sha512 ".images[0].$k")" <<< "$output" |
			grep "^    as SHA-256  *$(of all_sha512 ".images[0].${k}_sha256")"
	done
	grep -A1 "^    diffID  *$(of all_sha512 '.images[0].diffids[1]')" <<< "$output" |
		grep "^      config says  *$(of all_sha512 '.images[0].diffids_named[1]')"
	run -0 "$H" image "$D/plain.tar"
	[[ $output != *SHA-256* && $output != *"config says"* ]]
}

@test "one byte changed in a large layer: the name by sha512 is not true any more" {
	l=$(layout large)
	f=$l/blobs/$(of large '.images[0].layers[2] | sub(":"; "/")')
	printf '\1' | dd of="$f" bs=1 seek=700000 conv=notrunc status=none
	for more in --strict --json; do
		run -3 --separate-stderr "$H" image "$l" $more
		[[ $stderr == "refval-hash image: E_BLOB_DIGEST: layer 3 of 3: what lies under sha512:"*" has the digest sha512:$(sha512sum "$f" | cut -d' ' -f1)" ]]
	done
	tar -cf "$W/x.tar" -C "$l" .
	run -3 --separate-stderr bash -c 'cat "$2" | "$1" image -' - "$H" "$W/x.tar"
	[[ $stderr == "refval-hash image: E_BLOB_DIGEST: layer 3 of 3: "* ]]
}

# bats test_tags=slow
@test "match: a pin by sha512 finds the manifest or index with these bytes, and so by sha256" {
	while read -r name jq level; do
		run -0 --separate-stderr "$H" match --pin "app:1@$(of "$name" "$jq")" "$D/$name.tar" --json
		jq -e --arg p "$(of "$name" "$jq")" --arg l "$level" '.pin == $p and .level == $l and .verdict == "yes"' <<< "$output"
	done <<- 'END'
		all_sha512 .index[0] L5
		all_sha512 .index_sha256[0] L5
		all_sha512 .images[0].manifest L4
		all_sha512 .images[0].manifest_sha256 L4
		manifest_only .images[0].manifest_sha256 L4
		flat .images[0].manifest L4
	END
	# The index of plain.tar says sha256 of the very bytes that this pin names.
	pin=$(manifest manifest_only)
	[[ $pin == sha512:* ]]
	run -0 "$H" match --pin "$pin" "$D/plain.tar"
	run -0 "$H" match --require L4 --pin "x@$pin" --pinned "$D/plain.tar" "$D/manifest_only.tar"
	# One digit changed is another image.
	no=${pin%?}$(tr 0-9a-f 1-9a-f0 <<< "${pin: -1}")
	run -3 "$H" match --pin "x@$no" "$D/plain.tar"
	run -3 --separate-stderr "$H" match --pin "x@$no" --pinned "$D/plain.tar" "$D/plain.tar"
	[[ $stderr == *"E_PIN: $no is not in the pinned side: some tools write a manifest anew when they copy it; copy with skopeo copy --all --preserve-digests, or give its manifest and config" ]]
}

@test "match: beside the pinned image, the level that the content reaches" {
	while read -r pinned rebuild code level; do
		run -"$code" "$H" match --pin "x@$(manifest "$pinned")" --pinned "$D/$pinned.tar" "$D/$rebuild.tar" --json
		[ "$(jq -r .level <<< "$output")" = "$level" ]
	done <<- 'END'
		manifest_only packed_plain 0 L3
		packed_plain plain 0 L3
		mixed plain 0 L2
		all_sha512 plain 0 L2
		plain all_sha512 0 L2
		all_sha512 docker 0 L3
		all_sha512 large 1 null
	END
}

@test "match: manifest and config by sha512, without layers" {
	l=$(layout all_sha512)
	pin=$(manifest all_sha512)
	top=$l/blobs/$(of all_sha512 '.index[0] | sub(":"; "/")')
	m=$l/blobs/${pin/://}
	c=$l/blobs/$(of all_sha512 '.images[0].config | sub(":"; "/")')
	for rebuild in hybrid docker flat; do
		run -0 "$H" match --pin "$pin" --manifest "$m" --config "$c" "$D/$rebuild.tar" --json
		[ "$(jq -r .level <<< "$output")" = L3 ]
	done
	for p in "$(of all_sha512 '.index[0]')" "$(of all_sha512 '.index_sha256[0]')"; do
		run -0 "$H" match --pin "$p" --manifest "$m" --manifest "$top" --config "$c" "$D/hybrid.tar" --json
		[ "$(jq -r .level <<< "$output")" = L3 ]
	done
	# diff_ids by sha512 alone cannot be compared with those by sha256.
	run -3 "$H" match --pin "$pin" --manifest "$m" --config "$c" "$D/plain.tar" --json
	jq -e '.levels[] | select(.level == "L2") | .verdict == "unchecked"
		and .reason == "the configs name the unpacked layers by different algorithms"' <<< "$output"
	# Other diff_ids by the same algorithm can.
	run -3 "$H" match --pin "$pin" --manifest "$m" --config "$c" "$D/large.tar" --json
	jq -e '.levels[] | select(.level == "L2") | .verdict == "no"' <<< "$output"
	run -3 --separate-stderr "$H" match --pin "$pin" --manifest "$m" --config "$m" "$D/hybrid.tar"
	[[ $stderr == *"E_BLOB_DIGEST: the config has the digest $pin, not $(of all_sha512 '.images[0].config')" ]]
	run -3 --separate-stderr "$H" match --pin "$pin" --manifest "$c" --config "$c" "$D/hybrid.tar"
	[[ $stderr == *"E_BLOB_DIGEST: the manifest has the digest $(of all_sha512 '.images[0].config'), not $pin" ]]
}

@test "one manifest for two platforms, under two names: nobody says yes" {
	run -0 "$H" image "$D/two_platforms.tar" --json
	[ "$(jq '.images | length' <<< "$output")" = 1 ]
	run -3 --separate-stderr "$H" image "$D/two_platforms.tar" --platform linux/amd64
	[[ $stderr == *"E_PLATFORM: "*"one manifest is listed for two platforms"* ]]
	for pin in "$(of two_platforms '.index[0]')" "$(of two_platforms '.index_sha256[0]')"; do
		run -3 --separate-stderr "$H" match --pin "$pin" --pinned "$D/two_platforms.tar" "$D/plain.tar"
		[[ $stderr == *"E_PLATFORM: "* ]]
	done
}

@test "match: a digest that is not one is exit 3 with a sentence, alone and behind a name" {
	pin=$(manifest all_sha512)
	for bad in "${pin%?}" "${pin}0" "${pin:0:71}" "sha512:${pin^^}" "sha384:$(printf '%096d' 0)" "md5:$(printf '%032d' 0)"; do
		bad=${bad/SHA512:/}
		for p in "$bad" "x@$bad"; do
			run -3 --separate-stderr "$H" match --pin "$p" "$D/all_sha512.tar"
			[ "$stderr" = "refval-hash match: --pin: E_DIGEST_SYNTAX: \"$bad\" is neither sha256: and 64 lower-case hex digits nor sha512: and 128" ]
		done
	done
	run -2 --separate-stderr "$H" match --pin app:1 "$D/all_sha512.tar"
	[[ $stderr == *"--pin has no digest"* ]]
}

@test "diff and rebuild: names by another algorithm are no difference in content" {
	run -0 "$H" diff "$D/plain.tar" "$D/all_sha512.tar" --json
	jq -e '.diff[0] | (.same | index("diffids")) and (.same | index("refval-image-1")) and (.differ | index("config"))' <<< "$output"
	run -0 "$H" diff "$D/plain.tar" "$D/manifest_only.tar" --json
	jq -e '.diff[0].same | index("manifest") and index("config") and index("layers")' <<< "$output"
	cd "$W"
	run -1 "$H" rebuild "$D/plain.tar" "$D/mixed.tar" --json
	jq -e '.level == "diffids" and [.causes[].cause] == ["digest algorithm"]' <<< "$output"
	run -0 "$H" rebuild "$D/all_sha512.tar" "$D/all_sha512.tar" --json
	jq -e --arg d "$(of all_sha512 '.index[0]')" '.image_digest == $d' build-manifest.json
	run -0 "$H" rebuild "$D/plain.tar" "$D/manifest_only.tar" --json
	jq -e '.image_digest == null' build-manifest.json
}

@test "audit: an image named by sha512 is pinned" {
	pin=$(manifest all_sha512)
	printf 'services:\n  a:\n    image: x/y:1@%s\n' "$pin" > "$W/c.yaml"
	run -0 "$H" audit "$W/c.yaml" --json
	jq -e --arg p "$pin" '.images == [{service: "a", place: "image", line: 3, reference: "x/y:1@\($p)",
		name: "docker.io/x/y@\($p)", digest: $p, pinned: true, built: false}]' <<< "$output"
	for bad in "${pin%?}" "${pin}0" "sha512:$(tr a-f A-F <<< "${pin#*:}")"; do
		printf 'services:\n  a:\n    image: x/y:1@%s\n' "$bad" > "$W/c.yaml"
		run -1 "$H" audit "$W/c.yaml" --json
		jq -e '.images[0].pinned == false and .findings[0].code == "C_IMAGE_REF"' <<< "$output"
	done
}
