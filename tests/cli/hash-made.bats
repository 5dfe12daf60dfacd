# SPDX-License-Identifier: Apache-2.0
# refval-hash image on images made here, of which every digest is known.
load helper

setup_file() {
	need python3
	python3 "$TESTS/oci/make.py" "$BATS_FILE_TMPDIR"
}

setup() {
	H=$BIN/refval-hash
	D=$BATS_FILE_TMPDIR
}

@test "large layers: strict digests are those that are found on the whole way" {
	f=$D/large_layers.tar
	digests='.images[0] | {config, diffids, chainids, stored}'
	run -0 --separate-stderr "$H" image "$f" --strict --json
	[ "$(jq '.images[0].diffids | length' <<< "$output")" = 6 ]
	[ "$(jq '.images[0].error' <<< "$output")" = null ]
	strict=$(jq -S "$digests" <<< "$output")
	run -0 "$H" image "$f" --json
	[ "$(jq -S "$digests" <<< "$output")" = "$strict" ]
	run -0 bash -c '"$1" image - --strict --json < "$2"' - "$H" "$f"
	[ "$(jq -S "$digests" <<< "$output")" = "$strict" ]
	n=0
	for l in l0 l1 l2 l3; do
		[ "$(jq -r ".diffids[$n]" <<< "$strict")" = "sha256:$(tar -xOf "$f" $l.tar | sha256sum | cut -d' ' -f1)" ]
		n=$((n + 1))
	done
	[ "$(jq -r '.diffids[4]' <<< "$strict")" = "sha256:$(tar -xOf "$f" l4.tar | gzip -dc | sha256sum | cut -d' ' -f1)" ]
	[ "$(jq -r '.diffids[5]' <<< "$strict")" = "$(jq -r '.diffids[2]' <<< "$strict")" ]
}

@test "large layers: one that is too large, one that is another, one byte changed" {
	run -3 --separate-stderr "$H" image "$D/large_layers.tar" --strict --max-size 1200000
	[[ $stderr == *"E_LAYER_SIZE: layer 4 of 6: "*"longer than 1200000 bytes" ]]
	run -3 --separate-stderr "$H" image "$D/large_layers_wrong.tar" --strict
	[[ $stderr == *"E_DIFFID: layer 3 of 4: the config says sha256:"* ]]
	cp "$D/large_layers.tar" "$BATS_TEST_TMPDIR/x.tar"
	printf '\1' | dd of="$BATS_TEST_TMPDIR/x.tar" bs=1 seek=2000000 conv=notrunc status=none
	run -3 --separate-stderr "$H" image "$BATS_TEST_TMPDIR/x.tar" --strict
	[[ $stderr == *"E_DIFFID: layer 2 of 6: "* ]]
}

# bats test_tags=slow
@test "two lists in one archive: each disagreement is an error, or is said" {
	n=0
	while IFS='|' read -r name tags warnings; do
		run -0 --separate-stderr "$H" image "$D/$name.tar" --json
		[ "$(jq -r '[.images[] | .tags | join(" ")] | join(",")' <<< "$output")" = "${tags/ZEROS/$(printf '%064d' 0)}" ]
		[ "$(jq -r '[.images[] | .warnings | join(" ")] | join(",")' <<< "$output")" = "$warnings" ]
		n=$((n + 1))
	done <<- 'END'
		hybrid_same|docker.io/library/x:1,docker.io/library/x:2|,
		hybrid_same_nested|docker.io/library/x:1,docker.io/library/x:2|,
		hybrid_two_tags|docker.io/library/x:1 docker.io/library/y:latest|
		hybrid_ref_name|1|
		hybrid_by_digest|docker.io/library/x@sha256:ZEROS,docker.io/library/x:latest|,
		hybrid_no_tags||
		hybrid_other_tag|docker.io/library/x:1|other-tags
		hybrid_tag_only_docker||other-tags
		hybrid_tag_only_index|docker.io/library/x:1|other-tags
		hybrid_more_images|docker.io/library/x:1,docker.io/library/x:2|,other-images
		oci_tag_twice|docker.io/library/x:1,docker.io/library/x:1|tag-twice,tag-twice
		docker_tag_twice|x:1,x:1|tag-twice,tag-twice
	END
	[ "$n" = 12 ]
	while IFS='|' read -r name sentence; do
		run -3 --separate-stderr "$H" image "$D/$name.tar"
		[ -z "$output" ]
		[[ $stderr == "refval-hash image: E_DOCKER_MANIFEST_DISAGREES: "*"$sentence"* ]]
	done <<- 'END'
		hybrid_tags_swapped|manifest.json, image 1: x:1 is one image in manifest.json and another in index.json
		hybrid_tags_swapped_nested|manifest.json, image 1: x:1 is one image in manifest.json and another in index.json
		hybrid_ref_name_swapped|manifest.json, image 1: x:1 is one image in manifest.json and another in index.json
		hybrid_other_config|manifest.json names a config that no manifest of index.json does
	END
	run -0 "$H" image "$D/hybrid_other_tag.tar"
	[[ $output == *"note: other-tags: index.json and manifest.json give it other tags"* ]]
}

@test "a layer without its end mark has its digests, and that is said" {
	run -0 "$H" image "$D/end_whole.tar" --json
	[ "$(jq -c '.images[0].warnings' <<< "$output")" = '[]' ]
	tree=$(jq -r '.images[0]["refval-tree-1"]' <<< "$output")
	for name in end_none end_one_block end_no_bytes; do
		run -0 "$H" image "$D/$name.tar" --json
		[ "$(jq -c '.images[0].warnings' <<< "$output")" = '["no-end-mark"]' ]
		[ "$(jq -r '.images[0]["refval-tree-1"]' <<< "$output")" = "$tree" ]
		run -0 "$H" diff "$D/end_whole.tar" "$D/end_whole.tar"
	done
	run -0 "$H" image "$D/end_none.tar"
	[[ $output == *"note: no-end-mark: a layer that ends without two zero blocks"* ]]
}

@test "a layer that is packed otherwise than its media type says has its digests, and that is said" {
	run -0 "$H" image "$D/packed_none.tar" --json
	digests='.images[0] | {diffids, "refval-image-1"}'
	want=$(jq -c "$digests" <<< "$output")
	while IFS='|' read -r name warnings; do
		run -0 --separate-stderr "$H" image "$D/packed_$name.tar" --json
		[ "$(jq -c '.images[0].warnings' <<< "$output")" = "$warnings" ] || { echo "$name: $output"; false; }
		[ "$(jq -c "$digests" <<< "$output")" = "$want" ]
	done <<- 'END'
		none|[]
		gzip|[]
		none_said_gzip|["packing"]
		none_said_zstd|["packing"]
		gzip_said_none|["packing"]
		gzip_said_zstd|["packing"]
	END
	run -0 "$H" image "$D/packed_none_said_gzip.tar"
	[[ $output == *"note: packing: "* ]]
}

@test "what tools write beside and around an image changes none of its digests" {
	for kind in "tool_plain indented embedded without_version on_a_mac empty_first layers_again" "nothing null_layers null_diffids"; do
		read -r plain others <<< "$kind"
		run -0 "$H" image "$D/$plain.tar" --json
		tree=$(jq -r '.images[0]["refval-tree-1"]' <<< "$output")
		for name in $others; do
			run -0 --separate-stderr "$H" image "$D/${plain%_plain}_$name.tar" --json
			[ -z "$stderr" ]
			[ "$(jq -c '.images | map([.["refval-tree-1"], .warnings])' <<< "$output")" = "[[\"$tree\",[]]]" ] || { echo "$name: $output"; false; }
			run -0 "$H" diff "$D/$plain.tar" "$D/${plain%_plain}_$name.tar"
		done
	done
}

@test "what stands beside images, an SBOM or a signature, is no image and no fault" {
	while read -r name images others served; do
		run -0 --separate-stderr "$H" image "$D/$name.tar" --json
		[ -z "$stderr" ]
		[ "$(jq -r '"\(.images | length) \(.others | length) \(.registry | length)"' <<< "$output")" = "$images $others $served" ]
		[ "$(jq '[.images[].error] | unique == [null]' <<< "$output")" = true ]
	done <<- 'END'
		beside_sbom 2 1 2
		beside_signature 2 1 2
		beside_in_index 1 1 1
		beside_in_index_full 1 1 1
	END
	run -3 --separate-stderr "$H" image "$D/beside_alone.tar"
	[[ $stderr == *"E_NO_IMAGE: "*"it lists no image, only what stands beside one (an SBOM, a signature)" ]]
	# An engine may choose it by the platform of its config, and not when that has none.
	pin=$("$H" image "$D/beside_in_index.tar" --json | jq -r '.index[0]')
	run -0 "$H" match --pin "$pin" "$D/beside_in_index.tar"
	pin=$("$H" image "$D/beside_in_index_full.tar" --json | jq -r '.index[0]')
	run -3 --separate-stderr "$H" match --pin "$pin" "$D/beside_in_index_full.tar"
	[[ $stderr == *"E_PLATFORM: "*"the pinned index may have another image for linux/amd64"* ]]
	# Nothing that it lists is the image that a pin of it would name.
	pin=$("$H" image "$D/beside_sbom.tar" --json | jq -r '.others[0]')
	run -3 --separate-stderr "$H" match --pin "$pin" --pinned "$D/beside_sbom.tar" "$D/beside_in_index.tar"
	[[ $stderr == *"E_PIN: $pin is not in the pinned side: "*"--preserve-digests"* ]]
}

@test "a manifest of schema 1 is called so, and leaves others alone" {
	run -3 --separate-stderr "$H" image "$D/schema1.tar"
	[[ $stderr == *"E_SCHEMA1: "*"a manifest of docker's schema 1"* ]]
	run -0 "$H" image "$D/schema1_beside.tar" --json
	[[ $(jq -r '.incomplete[0].error' <<< "$output") == "E_SCHEMA1: "* ]]
	mkdir "$BATS_TEST_TMPDIR/dir"
	tar -xOf "$D/schema1.tar" "$(tar -tf "$D/schema1.tar" | grep blobs | head -n1)" > "$BATS_TEST_TMPDIR/dir/manifest.json"
	run -3 --separate-stderr "$H" image "$BATS_TEST_TMPDIR/dir"
	[[ $stderr == *"E_SCHEMA1: "* ]]
}

@test "a layer that is kept elsewhere: what is known, and where" {
	run -3 --separate-stderr "$H" image "$D/elsewhere.tar" --json
	[[ $stderr == *"E_BLOB_MISSING: layers[0]: sha256:"*" is not here; its manifest says it is kept at https://ex.invalid/1" ]]
	jq -e '.images[0] | .manifest != null and .config != null and (.layers | length) == 2 and .diffids == [null, null]
		and (.diffids_named | map(length)) == [71, 71] and .stored[0].urls == ["https://ex.invalid/1", "https://ex.invalid/2"]
		and .stored[1].urls == [] and .["refval-tree-1"] == null and .error.code == "E_BLOB_MISSING"' <<< "$output"
	jq -e '.incomplete == []' <<< "$output"
	run -3 "$H" image "$D/elsewhere.tar"
	[[ $output == *"    url            https://ex.invalid/2"* ]]
	[[ $output == *" bytes, not here"*" bytes, not read"* ]]
	run -0 "$H" image "$D/elsewhere_beside.tar" --json
	jq -e '(.images | length) == 1 and (.incomplete | length) == 1' <<< "$output"
	run -3 --separate-stderr "$H" image "$D/elsewhere_nowhere.tar"
	[ -z "$output" ]
	pin=$("$H" image "$D/elsewhere.tar" --json | jq -r '.images[0].manifest')
	run -3 --separate-stderr "$H" match --pin "$pin" "$D/elsewhere.tar"
	[[ $stderr == *"E_BLOB_MISSING: the rebuild: "* ]]
}

@test "without a platform all else decides: diff, rebuild and match" {
	cd "$BATS_TEST_TMPDIR"
	pin=$("$H" image "$D/no_platform.tar" --json | jq -r '.images[0].manifest')
	while read -r other diff match level; do
		run -"$diff" --separate-stderr "$H" diff "$D/no_platform.tar" "$D/$other.tar"
		[ -z "$stderr" ]
		run -"$match" "$H" match --pin "$pin" --pinned "$D/no_platform.tar" "$D/$other.tar"
		code=1
		[ "$other" != no_platform ] || code=0
		run -"$code" "$H" rebuild "$D/no_platform.tar" "$D/$other.tar" --json
		[ "$(jq -r .level <<< "$output")" = "$level" ]
	done <<- 'END'
		no_platform 0 0 archive
		no_platform_later 0 0 refval-image-1
		no_platform_other 1 1 null
		no_platform_os 3 3 refval-tree-1
		no_platform_cmd 1 1 refval-tree-1
		oci_one 1 1 null
	END
}

@test "rebuild: a config that is written otherwise, or says other things of its steps" {
	cd "$BATS_TEST_TMPDIR"
	while IFS='|' read -r other cause; do
		run -1 "$H" rebuild "$D/written.tar" "$D/written_$other.tar" --json
		[ "$(jq -r '[.causes[].cause] | join(",")' <<< "$output")" = "$cause" ]
	done <<- 'END'
		lf|line feed
		order|member order
		blanks|form of the config
		time|creation time
		history|history text
	END
	for pair in "names names_nfd" "names_nfd names"; do
		read -r a b <<< "$pair"
		run -1 "$H" rebuild "$D/$a.tar" "$D/$b.tar" --json
		[ "$(jq -r '[.causes[].cause] | join(",")' <<< "$output")" = "Unicode form of names" ]
		[[ $(jq -r '.causes[0].detail' <<< "$output") == "/caf"*": only in the first" ]]
	done
	run -1 "$H" rebuild "$D/names.tar" "$D/names_other.tar" --json
	[ "$(jq -r '[.causes[].cause] | join(",")' <<< "$output")" = content ]
}

@test "rebuild --html: the first file that differs, its headers and content, escaped and bounded" {
	cd "$BATS_TEST_TMPDIR"
	n=0
	while IFS='|' read -r a b want; do
		run -1 --separate-stderr "$H" rebuild "$D/$a.tar" "$D/$b.tar" --html p.html
		[ -z "$stderr" ]
		grep -qF "$want" p.html || { echo "$a $b: $want"; cat p.html; false; }
		# Nothing of what is in an archive is markup here.
		run -1 grep -qE '<script|<img|<i>2|<a>|<b>one' p.html
		[ "$(tail -n 1 p.html)" = "</body></html>" ]
		[ "$(stat -c %s p.html)" -lt 1000000 ]
		n=$((n + 1))
	done <<- 'END'
		page_text|page_text_other|<h3>layer 1, entry 2: &lt;script&gt;x</h3>
		page_text|page_text_other|<del>- two
		page_text|page_text_other|<ins>+ &lt;/pre&gt;&lt;img src=x&gt;
		page_text|page_text_other|<tr class="no"><th>size</th><td><code>00000000017</code></td><td><code>00000000035</code></td><td>differs</td></tr>
		page_hex|page_hex_other|<del>- 000040  006f6e65                          .one
		page_hex|page_hex_other|<ins>+ 000040  0074776f                          .two
		page_pax|page_pax_other|<tr class="no"><th>extended</th><td><code>13 mtime=1.5
		page_pax|page_pax_other|<p>content: the same</p>
		page_more|page_end|<h3>layer 1, entry 2: more</h3>
		page_end|page_end_other|<h3>layer 1, all entries are the same</h3>
		page_large|page_text|<p>content: 1200000 and 15 bytes; of each at most 65536 are shown</p>
	END
	[ "$n" = 11 ]
	run -0 "$H" rebuild "$D/page_end.tar" "$D/page_end.tar" --html p.html
	grep -qF 'class="verdict yes">reproducible (manifest)' p.html
	# Each build beside the first; of an archive that is packed a large layer goes by once.
	gzip -c "$D/page_large.tar" > z.tar.gz
	run -1 "$H" rebuild "$D/page_end.tar" "$D/page_text.tar" z.tar.gz --html p.html
	[ "$(grep -c '^<h2>build 1 and build' p.html)" = 2 ]
	grep -qE 'layer 1 cannot be shown: E_STREAM: .*cannot be read twice' p.html
	run -1 "$H" rebuild "$D/page_end.tar" "$D/page_text.tar" --html -
	[ "${lines[0]:0:15}" = "<!DOCTYPE html>" ]
	run -2 "$H" rebuild "$D/page_end.tar" "$D/page_text.tar" --html - --json
	run -2 "$H" rebuild "$D/page_end.tar" "$D/page_text.tar" --html - --out -
	run -4 "$H" rebuild "$D/page_end.tar" "$D/page_text.tar" --html /nonexistent/p.html
}

@test "match: a copy with other media types is the same image, and its manifest another" {
	cd "$BATS_TEST_TMPDIR"
	for a in copy_docker copy_oci; do
		b=copy_oci
		[ "$a" = copy_docker ] || b=copy_docker
		m=$("$H" image "$D/$a.tar" --json | jq -r '.images[0].manifest')
		run -0 "$H" match --pin "$m" --pinned "$D/$a.tar" "$D/$b.tar" --json
		[ "$(jq -r .level <<< "$output")" = L3 ]
		[[ $(jq -r '.levels[1].reason' <<< "$output") == "the manifests differ, and list the same stored layers: "* ]]
		tar -xOf "$D/$a.tar" "blobs/sha256/${m:7}" > m.json
		tar -xOf "$D/$a.tar" "blobs/sha256/$(jq -r '.config.digest[7:]' m.json)" > c.json
		run -0 "$H" match --pin "$m" --manifest m.json --config c.json "$D/$b.tar"
		[[ $output == *"list the same stored layers"* ]]
		# Without what the pin names there is nothing that ties the copy to it.
		run -3 --separate-stderr "$H" match --pin "$m" --pinned "$D/$b.tar" "$D/$b.tar"
		[[ $stderr == *"E_PIN: "*"copy with skopeo copy --all --preserve-digests"* ]]
	done
}
