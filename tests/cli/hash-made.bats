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
