# SPDX-License-Identifier: Apache-2.0
# What a release is made of and how it is checked, without building one. That
# its packages are made twice is `make check-deb`; `make reproduce` does it for real.
load helper

P=$TOP/docs/packages

setup() {
	need python3 openssl jq
	T=$BATS_TEST_TMPDIR
}

# release: a folder as `make release` leaves it, signed by key.pem, as far as its checks go.
release() {
	mkdir "$T/r"
	echo source > "$T/r/refval-1.2.3.tar.gz"
	echo package > "$T/r/refval_1.2.3.deb"
	(cd "$T/r" && sha256sum -- * > ../sums && mv ../sums SHA256SUMS)
	openssl genpkey -algorithm "${1:-ed25519}" ${2:+-pkeyopt "$2"} -out "$T/key.pem" 2> /dev/null
	chmod 600 "$T/key.pem"
	openssl pkey -in "$T/key.pem" -pubout -out "$T/key.pub"
	"$BIN/refval-publish" "$T/r/SHA256SUMS" --purl pkg:generic/refval@1.2.3 --format in-toto --sign-key "$T/key.pem" -o "$T/r/refval-1.2.3.intoto.json"
}
reproduce() { sh "$P/release.sh" reproduce "$T/r" "$@"; }

@test "before a release is built again: its files, its statement and who signed it" {
	for key in ed25519 "EC ec_paramgen_curve:P-256" "EC ec_paramgen_curve:P-384"; do
		release $key
		# The tarball is none, so that nothing is built; but it is signed.
		run reproduce "$T/key.pub"
		[ "$status" != 0 ]
		[ "${lines[0]}" = "signed by $T/key.pub" ]
		openssl genpkey -algorithm ed25519 2> /dev/null | openssl pkey -pubout -out "$T/other.pub"
		run -1 reproduce "$T/other.pub"
		[ "$output" = "no: the statement is not signed by $T/other.pub" ]
		run -4 reproduce "$T/key.pem.none"
		[ "$key" = "EC ec_paramgen_curve:P-384" ] || rm -r "$T/r"
	done
	cp -r "$T/r" "$T/saved"
	echo more >> "$T/r/refval_1.2.3.deb"
	run -1 reproduce
	[[ $output == *"refval_1.2.3.deb: FAILED"*"no: a file of the release is not the one that was released" ]]
	(cd "$T/r" && sha256sum refval* | grep -v intoto > SHA256SUMS)
	run -1 reproduce "$T/key.pub"
	[ "$output" = "no: the statement is about other files" ]
	rm -r "$T/r"
	cp -r "$T/saved" "$T/r"
	jq -c '.payload |= (@base64d | sub("1.2.3.deb"; "1.2.4.deb") | @base64)' "$T/saved/refval-1.2.3.intoto.json" > "$T/r/refval-1.2.3.intoto.json"
	run -1 reproduce "$T/key.pub"
	[ "$output" = "no: the statement is about other files" ]
	sed -i 's/1.2.3.deb/1.2.4.deb/' "$T/r/SHA256SUMS"
	run -1 reproduce "$T/key.pub"
	[ "$output" = "no: the statement is not signed by $T/key.pub" ]
	rm "$T/r/refval-1.2.3.intoto.json"
	run -1 reproduce "$T/key.pub"
	[ "$output" = "no: the release has no statement that could be signed" ]
	run -4 sh "$P/release.sh" reproduce "$T"
}

# tree FOLDER: an unpacked release of which only the scripts that build are others, quick ones.
tree() {
	mkdir -p "$1/docs/packages" "$1/tests" "$1/build"
	cp "$TOP"/docs/packages/release.sh "$TOP"/docs/packages/sbom.py "$1/docs/packages"
	cp "$TOP"/tests/dist.sh "$TOP"/tests/deps.txt "$1/tests"
	echo all: > "$1/Makefile"
	cat > "$1/docs/packages/debian.sh" <<- 'END'
		mkdir -p "$3" "$3/x/DEBIAN"
		printf 'Package: refval\nVersion: 1.2.3-1\nArchitecture: all\nMaintainer: x <x@x.example>\nDepends: libc6 (>= 2.1), none-such\nDescription: x\n' > "$3/x/DEBIAN/control"
		SOURCE_DATE_EPOCH=1 dpkg-deb --root-owner-group -b "$3/x" "$3/refval_1.2.3-1_all.deb" > /dev/null
		rm -r "$3/x"
		# What a build that is not reproducible does.
		cat $CLOCK >> "$3/refval_1.2.3-1_all.deb"
	END
	cat > "$1/docs/packages/image.sh" <<- 'END'
		name=$3/$(basename "$2" .tar.gz)
		mkdir -p "$3"
		echo sha256:aa > "$name.digest"
		printf 'openssl 3.0+x\nca-certificates 2023\n' > "$name.versions"
		cat "$2" "$name.digest" > "$name.oci.tar"
	END
	(cd "$1" && { echo "# 1700000000"; find . -type f ! -name MANIFEST | sed 's,^[.]/,,' | LC_ALL=C sort; } > "$T/m" && mv "$T/m" MANIFEST)
}

@test "a release: digests, what it consists of, who signed it; built again, each file is compared" {
	need dpkg-deb dpkg-query gcc
	tree "$T/tree"
	openssl genpkey -algorithm ed25519 -out "$T/key.pem" 2> /dev/null
	chmod 600 "$T/key.pem"
	openssl pkey -in "$T/key.pem" -pubout -out "$T/key.pub"
	make_it() { PUBLISH=$BIN/refval-publish sh "$T/tree/docs/packages/release.sh" make refval-1.2.3 "$1" "$T/key.pem"; }
	run -0 make_it "$T/r"
	ls "$T/r" > "$T/names"
	diff "$T/names" - <<- END
		SHA256SUMS
		environment.txt
		refval-1.2.3.digest
		refval-1.2.3.intoto.json
		refval-1.2.3.oci.tar
		refval-1.2.3.spdx.json
		refval-1.2.3.tar.gz
		refval_1.2.3-1_all.deb
	END
	grep -qE "^gcc [^ ]*[0-9]" "$T/r/environment.txt"
	# Each thing and relation of the bill is of something in it; digests are the files'.
	jq -e '[.packages[].SPDXID, "SPDXRef-DOCUMENT"] as $ids | all(.relationships[]; [.spdxElementId, .relatedSpdxElement] - $ids == [])
		and ($ids | length == (unique | length)) and .spdxVersion == "SPDX-2.3"
		and .creationInfo.created == "2023-11-14T22:13:20Z"' "$T/r/refval-1.2.3.spdx.json"
	jq -r '.packages[] | select(.checksums) | .checksums[0].checksumValue + "  " + .packageFileName' "$T/r/refval-1.2.3.spdx.json" | (cd "$T/r" && sha256sum -c --quiet)
	jq -e --arg v "$(dpkg-query -W -f '${Version}' libc6)" '.packages[] | select(.name == "libc6").versionInfo == $v' "$T/r/refval-1.2.3.spdx.json"
	jq -e '.packages[] | select(.name == "none-such").versionInfo == "NOASSERTION"' "$T/r/refval-1.2.3.spdx.json"
	grep -qx "image openssl 3.0+x" "$T/r/environment.txt"
	# What is linked into the programs of the image, and what lies beside them.
	jq -e '(.packages[] | select(.packageFileName == "refval-1.2.3.oci.tar")) as $image | (.packages | map({ (.SPDXID): .externalRefs[0].referenceLocator }) | add) as $purl
		| $image.externalRefs[0].referenceLocator == "pkg:oci/refval@sha256%3Aaa"
		and ([.relationships[] | select(.spdxElementId == $image.SPDXID) | [.relationshipType, $purl[.relatedSpdxElement]]] | sort)
			== [["CONTAINS", "pkg:deb/debian/ca-certificates@2023?arch=source"], ["GENERATED_FROM", "pkg:generic/refval@1.2.3"],
			["STATIC_LINK", "pkg:deb/debian/openssl@3.0%2Bx?arch=source"]]' "$T/r/refval-1.2.3.spdx.json"
	# Made again: the same, signature too (Ed25519 has no chance in it).
	run -0 make_it "$T/again"
	diff -r "$T/r" "$T/again"

	run -0 sh "$P/release.sh" reproduce "$T/r" "$T/key.pub"
	[ "${lines[0]}" = "signed by $T/key.pub" ]
	[ "$(grep -c '^same ' <<< "$output")" = 6 ]
	[ "${lines[-1]}" = "yes: every file of refval-1.2.3, built again, is the same" ]
	# A build that is not reproducible.
	echo now > "$T/clock"
	export CLOCK=$T/clock
	run -1 sh "$P/release.sh" reproduce "$T/r"
	[[ $output == *"differs  refval_1.2.3-1_all.deb"* ]]
	[ "${lines[-1]}" = "no: built again with the same tools, refval-1.2.3 is something else" ]
	# With another compiler: nobody can tell.
	sed -i 's/^gcc .*/gcc 0/' "$T/r/environment.txt"
	(cd "$T/r" && sha256sum $(awk '{ print $2 }' SHA256SUMS) > ../sums && mv ../sums SHA256SUMS)
	run -3 sh "$P/release.sh" reproduce "$T/r"
	[[ $output == *"< gcc 0"*"> gcc "* ]]
	[ "${lines[-1]}" = "cannot tell: this machine builds with something else" ]
	unset CLOCK
	# A release that leaves out what was built.
	(cd "$T/r" && rm refval_* && sed -i /_all.deb/d SHA256SUMS)
	run -1 sh "$P/release.sh" reproduce "$T/r"
	[ "${lines[-1]}" = "no: the release has not as many files as what was built" ]
}

# image ROOT OUT: its manifest's digest.
image() { python3 "$P/image.py" "$1" refval 1.2.3 1700000000 x86_64 "$2"; }
# a_root FOLDER: an image's files, of programs that are none.
a_root() {
	mkdir -p "$T/bin"
	printf '#!/bin/sh\n' > "$T/bin/refval"
	chmod 755 "$T/bin/refval"
	ln -sf refval "$T/bin/refval-verify"
	sh "$P/image.sh" root "$T/bin" "$TOP" "$1"
}

@test "a container image: the same bytes whoever makes it; what reads images reads it" {
	need dpkg skopeo umoci
	[ -e /usr/share/ca-certificates/mozilla ] || skip "the package ca-certificates is not installed"
	a_root "$T/one"
	run -0 image "$T/one" "$T/one.oci.tar"
	digest=$output
	# Written in another order, at another time, with other modes, by others.
	mkdir "$T/two"
	(umask 077 && cd "$T/one" && find . | tac | cpio -pdm --quiet "$T/two")
	find "$T/two" ! -type l -exec chmod go-rwx {} + -exec touch -h -d 2001-01-01 {} +
	[ "$(id -u)" != 0 ] || chown -hR 7:7 "$T/two"
	TZ=Pacific/Kiritimati LC_ALL=C run -0 image "$T/two" "$T/two.oci.tar"
	[ "$output" = "$digest" ]
	cmp "$T/one.oci.tar" "$T/two.oci.tar"
	run -0 "$BIN/refval-hash" rebuild -o "$T/m.json" "$T/one.oci.tar" "$T/two.oci.tar"
	[[ ${lines[-1]} == "verdict      yes: reproducible (manifest)"* ]]
	# Each reader finds the image, by the same digest.
	[ "$("$BIN/refval-hash" image --json "$T/one.oci.tar" | jq -r '.images[].manifest, .registry[].tag')" = "$digest"$'\n1.2.3' ]
	[ "$(skopeo inspect "oci-archive:$T/one.oci.tar:1.2.3" | jq -r .Digest)" = "$digest" ]
	skopeo inspect --config "oci-archive:$T/one.oci.tar" | jq -e '.config.Entrypoint == ["/usr/bin/refval"] and .config.User == "65534:65534"
		and .config.Labels["org.opencontainers.image.version"] == "1.2.3" and .architecture == "amd64" and .created == "2023-11-14T22:13:20Z"'
	# As older engines load it.
	run -0 skopeo copy -q "docker-archive:$T/one.oci.tar:refval:1.2.3" "dir:$T/dir"
	mkdir "$T/layout"
	tar -C "$T/layout" -xf "$T/one.oci.tar"
	umoci unpack --rootless --image "$T/layout:1.2.3" "$T/bundle"
	diff <(cd "$T/one" && find . ! -type d -exec sha256sum {} + | sort) <(cd "$T/bundle/rootfs" && find . ! -type d -exec sha256sum {} + | sort)
	[ "$(stat -c %a "$T/bundle/rootfs/tmp" "$T/bundle/rootfs/usr/bin/refval" "$T/bundle/rootfs/etc/passwd" | paste -sd' ')" = "1777 755 644" ]
	# One byte of a program, and of the time.
	printf x >> "$T/two/usr/bin/refval"
	run -0 image "$T/two" "$T/three.oci.tar"
	[ "$output" != "$digest" ]
	run -1 "$BIN/refval-hash" rebuild -o "$T/m.json" "$T/one.oci.tar" "$T/three.oci.tar"
	mkfifo "$T/two/pipe"
	run -1 image "$T/two" "$T/four.oci.tar"
	[ "$output" = "image.py: pipe: neither a file, a folder nor a link" ]
	run ! python3 "$P/image.py" "$T/one" refval 1.2.3 1700000000 vax "$T/five.oci.tar"
	[ ! -e "$T/five.oci.tar" ]
}

@test "make image names what is missing, and makes nothing" {
	mkdir "$T/bin"
	find /usr/local/bin /usr/bin /bin -maxdepth 1 ! -type d ! -name musl-gcc ! -name cmake -exec ln -sft "$T/bin" {} + 2> /dev/null || :
	run -2 --separate-stderr env -u MAKEFLAGS PATH="$T/bin" NO_INSTALL=1 make -s -C "$TOP" image B="$T/build"
	[[ $stderr == *"missing (Debian package names): "*"musl-tools "*"cmake"* ]] || { echo "$stderr"; false; }
	[ ! -e "$T/build" ]
}

@test "a container image that was built: its programs run alone, and verify a real machine" {
	need umoci unshare
	[ "$(id -u)" = 0 ] || skip "needs root, to change it"
	archive=$(ls "$TOP"/build/image/refval-*.oci.tar 2> /dev/null) || skip "build/image is not there: make image"
	unshare --mount true 2> /dev/null || skip "no namespaces can be made here"
	run -0 sh "$TESTS/image/run.sh" "$archive" "$T/run"
	[[ ${lines[-1]} == "verdict      yes: "* ]]
}
