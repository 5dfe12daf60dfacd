# SPDX-License-Identifier: Apache-2.0
# refval-hash match: a pin that only looks as if it named the rebuild.
load helper

setup_file() {
	need python3
	python3 "$TESTS/oci/pins.py" "$BATS_FILE_TMPDIR"
}

setup() {
	H=$BIN/refval-hash
	cd "$BATS_FILE_TMPDIR"
}

# bats test_tags=slow
@test "match: what an engine may run instead of the rebuild is never yes" {
	n=0
	while IFS=$'\t' read -r name pin code args; do
		IFS=$'\t' read -ra arg <<< "$args"
		echo "$name: ${arg[*]}"
		run -"$code" --separate-stderr "$H" match --pin "app@$pin" "${arg[@]}"
		if [ "$code" = 3 ] && [ -z "$output" ]; then
			[[ $stderr == "refval-hash match: E_"* ]]
		fi
		n=$((n + 1))
	done < cases.tsv
	[ "$n" = 46 ]
}

@test "match: why nobody can say which image of an index runs" {
	pin() { awk -F'\t' -v n="$1" '$1 == n { print $2; exit }' cases.tsv; }
	while IFS='|' read -r name sentence; do
		run -3 --separate-stderr "$H" match --pin "$(pin "$name")" --pinned "$name.tar" good.tar
		[ -z "$output" ]
		[[ $stderr == "refval-hash match: E_PLATFORM: $sentence"* ]]
	done <<- 'END'
		same-platform-twice|the pinned index lists two images for linux/amd64: which one runs depends on who pulls it
		same-platform-missing|the pinned side: the pinned index may have another image for linux/amd64, which is not here
	END
	run -3 --separate-stderr "$H" match --pin "$(pin index-alone)" hollow.tar
	[[ $output == *"L5  unchecked the pinned index is in the rebuild, and no image that it lists"* ]]
	run -3 --separate-stderr "$H" match --pin "$(pin index-alone)" --pinned hollow.tar good.tar
	[[ $stderr == "refval-hash match: E_PIN: the index sha256:"*" is in the pinned side, and no image that it lists" ]]
}

@test "diff: each image stands beside one other, and one too many is no" {
	n=0
	while read -r a b code pairs; do
		echo "$a $b"
		run -"$code" --separate-stderr "$H" diff --json "$a.tar" "$b.tar"
		[ "$(jq -r '[.diff[].in_both] | join(",")' <<< "$output")" = "$pairs" ]
		n=$((n + 1))
	done <<- 'END'
		good both 1 true,false
		both good 1 false,true
		both both 0 true,true
		two both 0 true,true
		evil both 1 true,false
		names names 0 true,true
		names names-swapped 1 true,true
		two-platforms two-platforms 0 true,true
		two-platforms two-platforms-other 1 true,true
		good evil 1 true
	END
	[ "$n" = 10 ]
}

@test "image: a dir: folder with an index has the digests of the archive" {
	run -0 --separate-stderr "$H" image --json dir
	[ -z "$stderr" ]
	digests='[.images[] | {platform, manifest, config, layers, "refval-image-1"}]'
	have=$(jq -S "$digests" <<< "$output")
	[ "$(jq length <<< "$have")" = 2 ]
	[ "$(jq -r '.format + " " + .index[0] + " " + .registry[0].digest' <<< "$output")" = \
		"dir sha256:$(sha256sum < dir/manifest.json | cut -d' ' -f1) sha256:$(sha256sum < dir/manifest.json | cut -d' ' -f1)" ]
	run -0 "$H" image --json dir.tar
	[ "$(jq -S "$digests" <<< "$output")" = "$have" ]
	rm "dir/$(jq -r '.[0].manifest[7:]' <<< "$have").manifest.json"
	run -3 --separate-stderr "$H" image dir --platform linux/amd64
	[[ $stderr == "refval-hash image: E_"* ]]
}

@test "match: an index beside the rebuild must list the manifest that is given with it" {
	python3 - <<- 'E'
		import hashlib, json, tarfile
		t = tarfile.open("good.tar")
		f = {m.name.removeprefix("./"): t.extractfile(m).read() for m in t.getmembers() if m.isfile()}
		blob = lambda digest: f["blobs/sha256/" + digest[7:]]
		d = json.loads(f["index.json"])["manifests"][0]["digest"]
		if "manifests" in json.loads(blob(d)):
		    d = json.loads(blob(d))["manifests"][0]["digest"]
		open("m.json", "wb").write(blob(d))
		open("c.json", "wb").write(blob(json.loads(blob(d))["config"]["digest"]))
		# The digest as it is; then another one in its first, middle and last digit.
		other = lambda at: d[:at] + ("1" if d[at] == "0" else "0") + d[at + 1:]
		for name, digest in (("listed", d), ("first", other(7)), ("middle", other(39)), ("last", other(70))):
		    json.dump({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [{
		        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": len(blob(d)),
		        "platform": {"os": "linux", "architecture": "amd64"}}]}, open(name + ".json", "w"))
	E
	pinned() {
		run "-$1" --separate-stderr "$H" match --pin "app@sha256:$(sha256sum < "$2.json" | cut -d' ' -f1)" \
			--manifest "$2.json" --manifest m.json --config c.json good.tar
	}
	pinned 0 listed
	for other in first middle last; do
		pinned 3 $other
		[ -z "$output" ]
		[[ $stderr == "refval-hash match: E_PIN: "* ]]
	done
}
