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
