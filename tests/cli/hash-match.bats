# SPDX-License-Identifier: Apache-2.0
# refval-hash match, diff and rebuild: two images beside each other.
load helper

setup_file() {
	oci_vectors "$BATS_FILE_TMPDIR"
	xz -dc "$V/oci/cases.json.xz" > "$BATS_FILE_TMPDIR/cases.json"
}

setup() {
	P=$BATS_FILE_TMPDIR/dev/pairs
	F=$BATS_FILE_TMPDIR/dev/formats
	M=$BATS_FILE_TMPDIR/dev/multi
	C=$BATS_FILE_TMPDIR/cases.json
	H=$BIN/refval-hash
	DEMO=sha256:b8a26cebe55506e66b2a68d61aa90774ccbc6e25939e56e0bab0fb555045c035
	INDEX=sha256:51b7c4bc18159cc870e8e3cff468b2b62876c9d94ddedf2193281ccb8d34c5f5
}

pin_of() { jq -r --arg id "$1" '.[] | select(.id == $id) | .refval_ref[0].images[0].manifest' "$C"; }

# match PAIR: with the first of the pair as the pinned side.
match() {
	"$H" match --pin "demo@$(pin_of "$1")" --pinned "$P/$1.a.tar" "$P/$1.b.tar" --json
}

# bats test_tags=slow
@test "match: the highest level of each kind of rebuild, and the verdict" {
	while read -r pair level code; do
		run -"$code" --separate-stderr match "$pair"
		[ "$(jq -r '.level' <<< "$output")" = "$level" ]
		[ -z "$stderr" ]
	done <<- 'END'
		refname L4 0
		gzip-zstd L3 0
		gzip-members L3 0
		annotations L3 0
		created L2 0
		cfg-keyorder L2 0
		mtime L1 0
		order L1 0
		squash L1 0
		tar-format-pax L1 0
		d-cfg-cmd L2 1
		d-cfg-onbuild L2 1
		d-cfg-futurefield L2 1
		d-arch L2 1
		d-mode null 1
		d-xattr null 1
		d-link null 1
	END
}

# bats test_tags=slow
@test "match: every pair that is one image is yes, every other is no" {
	n=0
	while read -r pair code; do
		run -"$code" --separate-stderr match "$pair"
		n=$((n + 1))
	done < <(jq -r '.[] | select(.kind == "pair") |
		"\(.id) \(if .same | index("image") then 0 else 1 end)"' "$C")
	[ "$n" = 59 ]
}

@test "match: a pinned index is found in what docker saved" {
	run -0 "$H" match --pin "demo@$INDEX" "$F/demo.docker-c8d.tar" --json
	[ "$(jq -r .level <<< "$output")" = L5 ]
	run -0 "$H" match --pin "docker.io/library/demo:latest@$DEMO" "$F/demo.oci-archive.tar" --json
	[ "$(jq -r .level <<< "$output")" = L4 ]
	run -0 "$H" match --pin "$INDEX" --pinned "$F/demo.docker-c8d.tar" "$F/demo.oci-archive.tar" --json
	[ "$(jq -r .level <<< "$output")" = L4 ]
	run -0 "$H" match --pin "$INDEX" --pinned "$F/demo.docker-c8d.tar" "$F/demo.docker-legacy.tar" --json
	[ "$(jq -r .level <<< "$output")" = L3 ]
}

@test "match: the digest alone may not be enough, and then nobody says no" {
	run -3 "$H" match --pin "demo@$DEMO" "$F/demo.docker-legacy.tar" --json
	[ "$(jq -r .verdict <<< "$output")" = cannot-tell ]
	run -3 "$H" match --pin "demo@$INDEX" "$F/demo.oci-archive.tar"
	[[ $output == *"--pinned"* ]]
}

@test "match: manifest and config are enough for the same layers" {
	blob=$F/demo.oci/blobs/sha256
	m=$blob/${DEMO#sha256:}
	c=$blob/$(jq -r '.config.digest[7:]' "$m")
	run -0 "$H" match --pin "demo@$DEMO" --manifest "$m" --config "$c" "$F/demo.docker-legacy.tar" --json
	[ "$(jq -r .level <<< "$output")" = L3 ]
	run -3 "$H" match --pin "demo@$DEMO" --manifest "$m" --config "$c" "$P/mtime.b.tar"
	run -1 "$H" match --pin "demo@$DEMO" --manifest "$m" --config "$c" "$P/d-cfg-cmd.b.tar"
	run -3 --separate-stderr "$H" match --pin "demo@$INDEX" --manifest "$m" --config "$c" "$F/demo.oci-archive.tar"
	[[ $stderr == *"E_BLOB_DIGEST: the manifest has the digest $DEMO"* ]]
	run -3 --separate-stderr "$H" match --pin "demo@$DEMO" --manifest "$m" --config "$m" "$F/demo.oci-archive.tar"
	[[ $stderr == *"E_BLOB_DIGEST: the config has"* ]]
}

@test "match: an index and its manifest, in either order" {
	tar -xf "$F/demo.docker-c8d.tar" -C "$BATS_TEST_TMPDIR" blobs
	b=$BATS_TEST_TMPDIR/blobs/sha256
	# bats itself uses $i.
	top=$b/${INDEX#sha256:} m=$b/${DEMO#sha256:}
	c=$b/$(jq -r '.config.digest[7:]' "$m")
	run -0 "$H" match --pin "$INDEX" --manifest "$top" --manifest "$m" --config "$c" "$F/demo.docker25.tar" --json
	[ "$(jq -r .level <<< "$output")" = L3 ]
	run -0 "$H" match --pin "$INDEX" --manifest "$m" --manifest "$top" --config "$c" "$F/demo.oci-archive.tar" --json
	[ "$(jq -r .level <<< "$output")" = L4 ]
	run -3 --separate-stderr "$H" match --pin "$INDEX" --manifest "$top" --config "$c" "$F/demo.oci-archive.tar"
	[[ $stderr == *"E_PIN: "*"the manifest it lists is needed too" ]]
}

@test "match: a pinned side that has not the pin, a bad rebuild, a bad pin" {
	run -3 --separate-stderr "$H" match --pin "$INDEX" --pinned "$F/demo.oci-archive.tar" "$F/demo.oci-archive.tar"
	[[ $stderr == *"E_PIN: $INDEX is not in the pinned side: some tools write a manifest anew when they copy it; copy with skopeo copy --all --preserve-digests, or give its manifest and config" ]]
	run -3 --separate-stderr "$H" match --pin "$DEMO" "$BATS_FILE_TMPDIR/dev/bad/blob-flip.tar"
	[[ $stderr == *"E_BLOB_DIGEST: the rebuild: "* ]]
	run -3 --separate-stderr "$H" match --pin "demo@${DEMO^^}" "$F/demo.oci-archive.tar"
	[[ $stderr == *"E_DIGEST_SYNTAX: "* ]]
	run -3 --separate-stderr "$H" match --pin "demo@blake3:$(printf '%064d' 0)" "$F/demo.oci-archive.tar"
	[[ $stderr == *"E_DIGEST_ALGORITHM: "*"OCI allows it, only sha256 and sha512 are verified here" ]]
	run -3 --separate-stderr "$H" match --pin "De mo@$DEMO" "$F/demo.oci-archive.tar"
	[[ $stderr == *"E_REF: "* ]]
	run -2 "$H" match --pin demo:latest "$F/demo.oci-archive.tar"
	run -2 "$H" match "$F/demo.oci-archive.tar"
}

@test "match --require: a level that is not reached is no" {
	run -1 "$H" match --require L4 --pin "demo@$(pin_of gzip-zstd)" --pinned "$P/gzip-zstd.a.tar" "$P/gzip-zstd.b.tar"
	run -0 "$H" match --require L3 --pin "demo@$(pin_of gzip-zstd)" --pinned "$P/gzip-zstd.a.tar" "$P/gzip-zstd.b.tar"
}

# L2 is above L1 and does not include it: the same layers may run another command.
@test "match --require L1: the same layers that run differently are no" {
	while read -r pair level code; do
		run -"$code" --separate-stderr "$H" match --require "$level" --pin "demo@$(pin_of "$pair")" --pinned "$P/$pair.a.tar" "$P/$pair.b.tar" --json
		[ "$(jq -r .verdict <<< "$output")" = "$([ "$code" = 0 ] && echo yes || echo no)" ]
		[ "$(jq -r --arg l "$level" '.levels[] | select(.level == $l).verdict' <<< "$output")" = "$(jq -r .verdict <<< "$output")" ]
	done <<- 'END'
		d-cfg-cmd L1 1
		d-arch L1 1
		d-cfg-cmd L2 0
		d-cfg-cmd L0 0
		mtime L1 0
		created L1 0
		refname L1 0
		refname L0 0
	END
}

# A docker archive has no manifest: nothing but the content says that it is another image.
@test "match: where the rebuild's format keeps no manifest, other content is no" {
	run -1 --separate-stderr "$H" match --pin "demo@$DEMO" --pinned "$F/demo.oci" "$P/../real/buildah128.docker-archive.tar" --json
	[ "$(jq -c '[.verdict, .reason, (.levels | map(select(.verdict == "yes")) | length)]' <<< "$output")" = '["no","its content is another",0]' ]
	[ "$(jq -r '.levels[] | select(.level == "L4").verdict' <<< "$output")" = unchecked ]
}

# config_of ARCHIVE OUT PROGRAM: the docker archive with its config changed by jq, under its own new name.
config_of() {
	local old new d=$BATS_TEST_TMPDIR/config
	rm -rf "$d" && mkdir "$d" && tar -xf "$1" -C "$d"
	old=$(jq -r '.[0].Config' "$d/manifest.json")
	jq -c "$3" "$d/$old" | tr -d '\n' > "$d/new"
	new=sha256:$(sha256sum < "$d/new" | cut -c1-64)
	rm "$d/$old" && mv "$d/new" "$d/$new"
	jq -c --arg c "$new" '.[0].Config = $c' "$d/manifest.json" > "$d/m" && mv "$d/m" "$d/manifest.json"
	tar -C "$d" --format=ustar -cf "$2" .
}

@test "diff: each member of the platform is a difference, alone" {
	A=$P/../real/crane-tarball.tar B=$BATS_TEST_TMPDIR/b.tar
	config_of "$A" "$BATS_TEST_TMPDIR/a.tar" .
	run -0 "$H" diff "$BATS_TEST_TMPDIR/a.tar" "$A" --json
	for member in os architecture variant; do
		config_of "$A" "$B" ".$member = \"v9\""
		run -1 "$H" diff "$A" "$B" --json
		[ "$(jq -c '[.diff[0].config_differences[] | select(.build_only | not).where]' <<< "$output")" = "[\"$member\"]" ]
	done
	config_of "$A" "$B" '.author = "another"'
	run -0 "$H" diff "$A" "$B" --json
	[ "$(jq -c '[.diff[0].config_differences[] | select(.build_only).where]' <<< "$output")" = '["author"]' ]
}

@test "diff: yes for one image, no for two, with file and field" {
	while IFS=: read -r pair code where what; do
		run -"$code" "$H" diff "$P/$pair.a.tar" "$P/$pair.b.tar" --json
		n=$(jq --arg w "$where" --arg t "$what" \
			'[.diff[0]["config_differences", "file_differences", "layer_differences"][]
			| select(.where == $w and (.what | startswith($t)))] | length' <<< "$output")
		[ "$n" = 1 ]
	done <<- 'END'
		d-mode:1:/usr/bin/app:mode 0755 | 0775
		d-uid:1:/etc/app.conf:uid 0 | 1000
		d-emptyfile:1:/etc/empty:only in the second
		d-xattr:1:/p:xattrs user.a=31 | user.a=32
		d-cfg-cmd:1:config.Cmd:["--serve"] | ["--serve","--debug"]
		d-arch:1:architecture:"amd64" | "arm64"
		gzip-zstd:0:layer 1:the same tar
	END
}

# bats test_tags=slow
@test "diff: its lists of digests agree with what each pair was made for" {
	jq -r '.[] | select(.kind == "pair") | .files | @tsv' "$C" > "$BATS_TEST_TMPDIR/pairs"
	while IFS=$'\t' read -r a b; do
		"$H" diff "$BATS_FILE_TMPDIR/$a" "$BATS_FILE_TMPDIR/$b" --json || true
	done < "$BATS_TEST_TMPDIR/pairs" > "$BATS_TEST_TMPDIR/said"
	# Beside what each was made for: the pairs that say otherwise.
	run -0 jq -n -c --slurpfile said "$BATS_TEST_TMPDIR/said" '{layer: "refval-layer-1", tree: "refval-tree-1",
			configsem: "refval-config-1", image: "refval-image-1"} as $n |
		[inputs[] | select(.kind == "pair")] | length, ($said | length), (to_entries[] | $said[.key].diff[0] as $d |
			select([.value | (.same[] | ($n[.] // .) as $k | $d.same | index($k)),
				(.differ[] | ($n[.] // .) as $k | $d.differ | index($k))] | all | not) | .value.id)' "$C"
	[ "$output" = $'59\n59' ]
}

# bats test_tags=slow
@test "rebuild: the level, and the cause in words" {
	cd "$BATS_TEST_TMPDIR"
	while IFS=: read -r pair code level cause; do
		run -"$code" --separate-stderr "$H" rebuild "$P/$pair.a.tar" "$P/$pair.b.tar" --json
		[ -z "$stderr" ]
		[ "$(jq -r '"\(.level):\(.causes[0].cause)"' <<< "$output")" = "$level:$cause" ]
		[ "$(jq -r '.causes[0].fix | length > 10' <<< "$output")" = true ]
	done <<- 'END'
		mtime:1:refval-image-1:timestamps
		order:1:refval-image-1:order of entries
		tar-format-v7:1:refval-image-1:tar format
		squash:1:refval-image-1:layer split
		gzip-zstd:1:config:compression
		created:1:diffids:creation time
		d-mode:1:null:permissions
		d-uid:1:null:owners
		d-emptyfile:1:null:content
		refname:0:manifest:archive
	END
	run -0 "$H" rebuild "$F/demo.docker-c8d.tar" "$F/demo.oci-archive.tar" --json
	[ "$(jq -r '.causes[0].cause' <<< "$output")" = "attestation index" ]
}

@test "rebuild: build-manifest.json has the tutorial's members, and ours" {
	cd "$BATS_TEST_TMPDIR"
	f=$F/demo.oci-archive.tar
	run -0 "$H" rebuild "$f" "$f" "$f" --date 2026-01-31T12:00:00Z --source-date-epoch 7
	jq -e --arg h "$(sha256sum < "$f" | cut -d' ' -f1)" --arg d "$DEMO" \
		'.image_hash == $h and .image_digest == $d and .source_date_epoch == 7
		and .build_date == "2026-01-31T12:00:00Z" and .reproducible and .level == "archive"
		and (.builds | length) == 3' build-manifest.json
	run -1 "$H" rebuild "$P/mtime.a.tar" "$P/mtime.b.tar" -o other.json
	jq -e '.image_hash == null and .image_digest == null and (.reproducible | not)' other.json
	run -0 "$H" rebuild "$P/mtime.a.tar" "$P/mtime.b.tar" -o other.json --require refval-image-1
	run -4 --separate-stderr "$H" rebuild "$f" "$f" -o /nonexistent/x.json
	[[ $stderr == *"/nonexistent/x.json: No such file or directory" ]]
	run -2 "$H" rebuild "$f"
	run -3 "$H" rebuild "$f" "$BATS_FILE_TMPDIR/dev/bad/diffid-wrong.tar"
}

@test "match --compose: which archive is which service's, what is missing, and how it is had" {
	cd "$BATS_TEST_TMPDIR"
	python3 "$TESTS/oci/make.py" .
	pin() { "$H" image "$1" --json | jq -r ".images[$2].manifest"; }
	x=$(pin hybrid_same.tar 0) one=$(pin oci_one.tar 0) far=sha256:$(printf '%064d' 7)
	cat > c.yaml <<- END
		services:
		  web: {image: "x:1@$x"}
		  again: {image: "x@$x"}
		  other: {image: "ex.org/y:2@$one"}
		  far: {image: "ex.org:5000/a/z:3@$far"}
		  also: {image: "ex.org:5000/a/z@$far"}
		  open: {image: "ex.org/open:1"}
	END
	run -3 --separate-stderr "$H" match --compose c.yaml hybrid_same.tar oci_one_again.tar beside_sbom.tar --json
	[ -z "$stderr" ]
	diff -u - <(jq -r '.services[] | [.service, .verdict, .archive // "-", .level // "-", .get // "-"] | join(" ")' <<< "$output") <<- END
		web yes hybrid_same.tar L4 -
		again yes hybrid_same.tar L4 -
		other yes oci_one_again.tar L4 -
		far unchecked - - skopeo copy --all --preserve-digests docker://ex.org:5000/a/z@$far oci-archive:far-000000000000.oci.tar
		also unchecked - - skopeo copy --all --preserve-digests docker://ex.org:5000/a/z@$far oci-archive:also-000000000000.oci.tar
		open unchecked - - -
	END
	[ "$(jq -c .unused <<< "$output")" = '["beside_sbom.tar"]' ]
	run -3 "$H" match --compose c.yaml hybrid_same.tar oci_one.tar
	[[ ${lines[-1]} == "verdict      cannot-tell: 3 of 6 images are the pinned ones; not ex.org:5000/a/z:3@sha256:"* ]]
	# The same image for two services is one line.
	[ "$(grep -c "^  skopeo copy" <<< "$output")" = 1 ]
	[[ $output == *"open         open  ex.org/open:1"* && $output == *"missing      far  "* ]]
	sed -i '/far\|also\|open/d' c.yaml
	run -0 "$H" match --compose c.yaml hybrid_same.tar oci_one.tar
	[ "${lines[-1]}" = "verdict      yes: 3 of 3 images are the pinned ones" ]
	# One archive is nobody's.
	run -3 "$H" match --compose c.yaml hybrid_same.tar oci_one.tar beside_sbom.tar
	# One has the name, and is another image.
	sed "s/${x:7}/${far:7}/" c.yaml > d.yaml
	run -1 "$H" match --compose d.yaml hybrid_same.tar oci_one.tar --json
	[ "$(jq -r '.services[0] | .verdict + " " + .archive' <<< "$output")" = "no hybrid_same.tar" ]
	run -3 "$H" match --compose c.yaml
	echo 'services: {a: {build: .}}' > e.yaml
	run -3 --separate-stderr "$H" match --compose e.yaml oci_one.tar
	[[ $stderr == *"e.yaml: it names no image" ]]
	echo 'services: {}' > e.yaml
	run -3 --separate-stderr "$H" match --compose e.yaml oci_one.tar
	[[ $stderr == *"e.yaml: which images run cannot be judged: E_NO_SERVICES: no services: there is nothing to judge" ]]
	# No image of a file is listed that has a key which compose does not know.
	sed 's/{image:/{imagee: x, image:/' d.yaml > f.yaml
	run -3 --separate-stderr "$H" match --compose f.yaml oci_one.tar
	[[ $stderr == *"f.yaml: which images run cannot be judged: C_UNKNOWN_KEY: line "*": compose does not know this key"* ]]
	echo 'services: {a: {image: [x]}}' > e.yaml
	run -3 --separate-stderr "$H" match --compose e.yaml oci_one.tar
	[[ $stderr == *"e.yaml: which images run cannot be judged: E_YAML: "* ]]
	run -2 "$H" match --compose c.yaml --pin x oci_one.tar
	run -3 "$H" match --compose c.yaml "$BATS_FILE_TMPDIR/dev/bad/blob-flip.tar"
}
