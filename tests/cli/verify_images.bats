# SPDX-License-Identifier: Apache-2.0
# refval-verify and refval-diff --image: container images given as files,
# against the digests that the services of the given app-compose pin.
load helper

DEMO=sha256:b8a26cebe55506e66b2a68d61aa90774ccbc6e25939e56e0bab0fb555045c035
INDEX=sha256:51b7c4bc18159cc870e8e3cff468b2b62876c9d94ddedf2193281ccb8d34c5f5
OTHER=sha256:294d4e4ef83bacc8125f4eeefbd0dd77b00e74d77df9d15599b72d767dc4d094

setup_file() {
	oci_vectors "$BATS_FILE_TMPDIR"
}

setup() {
	F=$BATS_FILE_TMPDIR/dev/formats
	M=$BATS_FILE_TMPDIR/dev/multi
	near=$V/real/near-058-dev-3e6394
	W=$BATS_TEST_TMPDIR
}

# app IMAGE [MORE]: an app-compose whose service "web" has this image, and a
# machine that runs it: a log with its compose-hash, extended into RTMR3 alone.
app() {
	printf 'services:\n  web:\n    image: %s\n%s' "$1" "${2:-}" |
		jq -Rs '{manifest_version: 2, name: "x", runner: "docker-compose", docker_compose_file: .}' > "$W/app.json"
	machine "$W/app.json"
}

machine() { runs "$near" "$1" > "$W/evidence.json"; }

diff_images() { "$BIN/refval-diff" --json "$@" "$W/app.json" "$W/evidence.json"; }

# check NAME JQ: the jq expression holds for every check called NAME.
check() {
	jq -e --arg n "$1" "[.layers[] | select(.layer == \"app\") | .checks[] | select(.name == \$n)] | length > 0 and all($2)" \
		<<< "$output" > /dev/null ||
		{ jq '.layers[] | select(.layer == "app")' <<< "$output"; false; }
}

@test "the pinned manifest or index in the archive: yes, with its level" {
	app "demo@$DEMO"
	for f in demo.oci demo.dir demo.oci-archive.tar demo.docker-c8d.tar demo.docker-c8d-noatt.tar; do
		run -0 --separate-stderr diff_images --image "$F/$f"
		check "image web" '.verdict == "yes" and (.reason | contains("(level L4)"))'
		check "image web" ".expected == \"$DEMO\" and .actual == \"$DEMO\""
	done
	app "demo@$INDEX"
	run -0 --separate-stderr diff_images --image "$F/demo.docker-c8d.tar"
	check "image web" '.verdict == "yes" and (.reason | contains("(level L5)"))'
}

@test "pinned by sha512: the archive with these bytes is yes, whichever way it names them" {
	for n in plain manifest_only all_sha512; do xz -dc "$V/oci/sha512/$n.tar.xz" > "$W/$n.tar"; done
	pin=$(jq -r '.manifest_only.images[0].manifest' "$V/oci/sha512/expected.json")
	[[ $pin == sha512:* ]]
	app "demo@$pin"
	for n in plain manifest_only; do
		run -0 --separate-stderr diff_images --image "$W/$n.tar"
		check "image web" ".verdict == \"yes\" and .expected == \"$pin\" and .actual == \"$pin\""
	done
	# all_sha512 is called "one", which is no service's name; so is its digest.
	run -3 --separate-stderr diff_images --image "$W/all_sha512.tar"
	check image_archive '.verdict == "cannot-tell" and (.actual | startswith("sha512:"))'
	# What has the name and is something else is shown by the pin's algorithm.
	run -1 --separate-stderr diff_images --image "$F/demo.docker-c8d.tar"
	check "image web" ".verdict == \"no\" and .expected == \"$pin\" and (.actual | startswith(\"sha512:\") and . != \"$pin\")"
	app "demo@sha384:$(printf '%096d' 0)"
	run -0 --separate-stderr diff_images
	check "image web" '.verdict == "unchecked" and .reason == "pinned by a digest that is neither sha256 nor sha512"'
}

@test "the name of a service and another digest: no, exit 1" {
	app "demo:latest@$OTHER"
	run -1 --separate-stderr diff_images --image "$F/demo.docker-c8d.tar"
	check "image web" ".verdict == \"no\" and .expected == \"$OTHER\" and .actual == \"$INDEX\""
	# another tag of the same repository: the digest counts, the tag does not
	app "docker.io/library/demo:1@$OTHER"
	run -1 --separate-stderr diff_images --image "$F/demo.docker-c8d.tar"
	check "image web" '.verdict == "no"'
}

@test "the name of a service, in a format that keeps no digest: cannot tell" {
	app "demo@$DEMO"
	for f in demo.docker-legacy.tar demo.docker-legacy.tar.gz demo.docker-skopeo.tar demo.docker25.tar; do
		run -3 --separate-stderr diff_images --image "$F/$f"
		check "image web" '.verdict == "cannot-tell"'
	done
}

@test "beside the pinned image, the same config in another packing is yes at L3" {
	app "demo@$DEMO"
	for f in demo.docker-legacy.tar demo.docker25.tar demo.oci-archive-zstd.tar; do
		run -0 --separate-stderr diff_images --image "$F/demo.oci" --image "$F/$f"
		check "image web" '.verdict == "yes"'
	done
}

@test "beside the pinned image, a rebuild of this name with another config: no" {
	app "docker.io/library/bimg@$DEMO"
	run -1 --separate-stderr diff_images --image "$F/demo.oci" --image "$BATS_FILE_TMPDIR/dev/real/buildah128.docker-archive.tar"
	check "image web" '.verdict == "no" and (.reason | contains("L3 is needed"))'
}

@test "the pinned index with the image for another machine only: cannot tell" {
	need python3
	python3 "$TESTS/oci/pins.py" "$W"
	app "x@$(awk '$1 == "other-machine" { print $2; exit }' "$W/cases.tsv")"
	run -3 --separate-stderr diff_images --image "$W/arm.tar"
	no_result
	[[ $stderr == "refval-diff: --image: E_NO_IMAGE: "*"arm.tar: no image for the platform linux/amd64" ]]
}

@test "no archive: unchecked, pinned or not said, and the verdict as before" {
	app "demo@$DEMO" $'  db:\n    image: postgres:16\n  var:\n    image: ${X}\n  made:\n    image: made:1\n    build: .\n'
	run -0 --separate-stderr diff_images
	check "image web" '.verdict == "unchecked" and (.reason | startswith("pinned by digest"))'
	check "image db" '.verdict == "unchecked" and (.reason | contains("a tag can be moved"))'
	check "image var" '.verdict == "unchecked" and (.reason | contains("variable"))'
	check "image made" '.verdict == "unchecked" and (.reason | contains("built where it runs"))'
	check "image db" '.expected == null'
}

@test "an archive for a service that is not pinned: cannot tell, never yes" {
	app "demo:latest"
	run -3 --separate-stderr diff_images --image "$F/demo.docker-c8d.tar"
	check "image web" '.verdict == "cannot-tell" and (.reason | startswith("not pinned"))'
	app "demo@$DEMO" $'    build: .\n'
	run -3 --separate-stderr diff_images --image "$F/demo.docker-c8d.tar"
	check "image web" '.verdict == "cannot-tell" and (.reason | contains("built"))'
}

@test "an archive that is no service's: cannot tell, and it is named" {
	app "demo@$OTHER"
	run -3 --separate-stderr diff_images --image "$F/demo.oci"
	check image_archive '.verdict == "cannot-tell" and (.reason | contains("demo.oci"))'
	check "image web" '.verdict == "unchecked"'
}

@test "two services, two archives: each by its digest" {
	app "a@$DEMO" $'  two:\n    image: b@'"$OTHER"$'\n'
	run -0 --separate-stderr diff_images --image "$M/two-tags.oci-archive.tar"
	check "image web" '.verdict == "yes"'
	check "image two" '.verdict == "yes"'
	run -0 --separate-stderr diff_images --image "$F/demo.oci"
	check "image web" '.verdict == "yes"'
	check "image two" '.verdict == "unchecked"'
}

@test "an app-compose that the machine does not run makes no image yes" {
	app "demo@$DEMO"
	jq -c . "$W/app.json" > "$W/new" && mv "$W/new" "$W/app.json"
	run -1 --separate-stderr diff_images --image "$F/demo.oci"
	check compose_hash '.verdict == "no"'
	check "image web" '.verdict == "cannot-tell" and (.reason | contains("not shown to run"))'
}

@test "a compose file that cannot be judged: cannot tell once archives are given" {
	printf 'services: &a\n  web: *a\n' |
		jq -Rs '{manifest_version: 2, name: "x", runner: "docker-compose", docker_compose_file: .}' > "$W/app.json"
	machine "$W/app.json"
	run -3 --separate-stderr diff_images --image "$F/demo.oci"
	check images '.verdict == "cannot-tell" and (.reason | contains("alias"))'
	run -0 --separate-stderr diff_images
	check images '.verdict == "unchecked"'
}

# Compose refuses it, a later one may know it: no image of it is listed, and no row says so of each.
@test "a compose file with a key that compose does not know: which images run is not told, with archives and without" {
	app "demo@$DEMO" $'    imagee: other\n'
	run -0 --separate-stderr diff_images
	check images '.verdict == "unchecked" and (.reason | test("^which images run cannot be judged: line [0-9]+: compose does not know this key"))'
	run -3 --separate-stderr diff_images --image "$F/demo.oci-archive.tar"
	check images '.verdict == "cannot-tell" and (.reason | contains("does not know this key"))'
}

@test "a damaged archive is exit 3 with its name and the fault's code" {
	app "demo@$DEMO"
	head -c 3000 "$F/demo.oci-archive.tar" > "$W/short.tar"
	run -3 --separate-stderr diff_images --image "$W/short.tar"
	no_result
	[[ $stderr == *E_*short.tar* ]]
	run -2 --separate-stderr diff_images --image "$W/missing.tar"
	[[ $stderr == *missing.tar* ]]
}

@test "refval-diff --image without an app-compose is wrong use" {
	app "demo@$DEMO"
	run -2 --separate-stderr "$BIN/refval-diff" --report-data 00 --image "$F/demo.oci" "$W/evidence.json"
	[[ $stderr == *app-compose.json* ]]
}

verify() {
	"$BIN/refval-verify" --evidence "$near" --cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json "$@"
}

@test "refval-verify tells container images from the OS image by content" {
	run -3 --separate-stderr verify --release dstack-dev-0.5.8 --compose "$near/app-compose.json" --image "$F/demo.oci"
	check image_archive '.verdict == "cannot-tell"'
	check "image launcher" '.verdict == "unchecked" and (.reason | startswith("pinned by digest"))'
	run -0 --separate-stderr verify --release dstack-dev-0.5.8 --compose "$near/app-compose.json"
	check "image launcher" '.verdict == "unchecked"'
}

@test "refval-verify: wrong use of --image is exit 2 and says which" {
	os=$V/unpack/mr.tar.gz
	run -2 --separate-stderr verify --release dstack-dev-0.5.8 --image "$os"
	[[ $stderr == *"one of --release, --image (of an OS) and --values, not several"* ]]
	run -2 --separate-stderr verify --image "$os" --image "$V/unpack/0.5.8.tar"
	[[ $stderr == *"mr.tar.gz is the OS image"* ]]
	run -2 --separate-stderr verify --release dstack-dev-0.5.8 --image "$F/demo.oci"
	[[ $stderr == *"--compose is needed"* ]]
}

@test "refval-verify takes every form of OS image for one, and no other" {
	for f in mr.tar.gz mr.tar.xz mr.tar.zst mr-dot.tar 0.3.2.tar 0.5.8.tar 0.6-uki.tar; do
		run --separate-stderr verify --image "$V/unpack/$f" --image "$V/unpack/$f"
		[ "$status" = 2 ]
		[[ $stderr == *"$f is the OS image"* ]]
	done
	for f in "$F"/* "$M"/* "$BATS_FILE_TMPDIR"/dev/real/*; do
		run -2 --separate-stderr verify --release dstack-dev-0.5.8 --image "$f"
		[[ $stderr == *"--compose is needed"* ]] || { echo "$f"; false; }
	done
}

# An opaque whiteout in the root: engines come to two trees.
@test "an image whose content has no digest is told by its digests, and not by its content" {
	need python3
	python3 "$TESTS/oci/engine_layers.py" "$W" opq.root later
	mv "$W/opq.root.tar" "$W/later.tar"
	python3 "$TESTS/oci/engine_layers.py" "$W" opq.root
	pin=$(tar -xOf "$W/opq.root.tar" index.json | jq -r '.manifests[0].digest')
	app "ex/x:t@$pin"
	run -0 --separate-stderr diff_images --image "$W/opq.root.tar"
	check "image web" '.verdict == "yes" and (.reason | contains("(level L4)"))'
	run -1 --separate-stderr diff_images --image "$W/opq.root.tar" --image "$W/later.tar"
	check "image web" '.verdict == "no" and (.reason | endswith("(level none, L3 is needed): the configs differ"))'
	run -1 --separate-stderr diff_images --image "$W/later.tar"
	check "image web" '.verdict == "no" and (.reason | contains("neither an index nor a manifest with the pinned digest"))'
}
