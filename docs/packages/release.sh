#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A release: the tarball, Debian packages, a container image, what they consist of (SPDX) and were
# built with, digests, and a signed statement of them.
# usage: release.sh make NAME OUT [KEY.pem]      NAME is refval-VERSION
#        release.sh reproduce RELEASE [KEY.pub]  build again what is in the folder
#                                                RELEASE, from its tarball alone, and compare
# Exit: 0 each file is the same; 1 one is not, or a digest or the signature is bad;
# 3 files differ, and so does what they were built with.
set -eu
umask 022
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/docs/packages
fail() { echo "make release: $*" >&2; exit 4; }
no() { echo "no: $*"; exit 1; }
export LC_ALL=C

# What decides the bytes besides the commit: compiler, tools and libraries.
environment() {
	sed -n 's/^PRETTY_NAME="\(.*\)"/system \1/p' /etc/os-release
	echo "machine $(uname -m)"
	# shellcheck disable=SC2016,SC2046
	dpkg-query -W -f '${Package} ${Version}\n' gcc "gcc-$(gcc -dumpversion)" binutils libc6-dev make dpkg-dev debhelper gzip xz-utils \
		tar dwz musl-dev linux-libc-dev $(sed -n 's/^build[[:space:]]*\([a-z0-9.+-]*\).*/\1/p' "$top/tests/deps.txt") 2> /dev/null | sort -u
}

# A statement of the digests, by refval-publish.
sign() {
	"${PUBLISH:-$top/build/bin/refval-publish}" "$1/SHA256SUMS" --purl "pkg:generic/refval@${name#refval-}" --format in-toto \
		--sign-key "$2" -o "$1/$name.intoto.json"
}

# That statement is of these digests and signed by that key, as openssl sees it.
verify() {
	statement=$(ls "$1"/*.intoto.json 2> /dev/null) || no "the release has no statement that could be signed"
	jq -r .payload "$statement" | base64 -d > "$tmp/statement"
	jq -r '.subject[] | .digest.sha256 + "  " + .name' "$tmp/statement" | cmp -s - "$1/SHA256SUMS" || no "the statement is about other files"
	jq -r '.signatures[0].sig // ""' "$statement" | base64 -d > "$tmp/sig"
	# DSSE: what is signed has its type and lengths before it.
	{ printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(stat -c %s "$tmp/statement")" && cat "$tmp/statement"; } > "$tmp/pae"
	case $(openssl pkey -pubin -in "$2" -noout -text 2> /dev/null | head -n 1) in
	ED25519*) openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$tmp/pae" -sigfile "$tmp/sig" > /dev/null 2>&1 ;;
	"") fail "$2 is no public key" ;;
	*) openssl dgst -sha256 -verify "$2" -signature "$tmp/sig" "$tmp/pae" > /dev/null 2>&1 ;;
	esac || no "the statement is not signed by $2"
	echo "signed by $2"
}

make_release() {
	name=$1 out=$2 key=${3:-}
	rm -rf "$out"
	mkdir -p "$out"
	cd "$top"
	sh tests/dist.sh "$name" > /dev/null
	cp "build/$name.tar.gz" "$out"
	sh "$here/debian.sh" build "build/$name.tar.gz" build/deb > /dev/null
	cp build/deb/*.deb "$out"
	sh "$here/image.sh" build "build/$name.tar.gz" build/image > /dev/null
	cp "build/image/$name.oci.tar" "build/image/$name.digest" "$out"
	{ environment && sed 's/^/image /' "build/image/$name.versions"; } > "$out/environment.txt"
	python3 "$here/sbom.py" "$out/$name.tar.gz" "build/image/$name" "$out"/*.deb > "$out/$name.spdx.json"
	(cd "$out" && sha256sum -- * > ../SHA256SUMS.new && mv ../SHA256SUMS.new SHA256SUMS)
	[ -z "$key" ] || sign "$out" "$key"
}

case $1 in
make)
	make_release "$2" "$3" "${4:-}"
	cat "$3/SHA256SUMS"
	;;
reproduce)
	[ -s "$2/SHA256SUMS" ] || fail "$2 is no release: it has no SHA256SUMS"
	release=$(cd "$2" && pwd)
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	[ -z "${3:-}" ] || verify "$release" "$3"
	(cd "$release" && sha256sum --quiet --strict -c SHA256SUMS) || no "a file of the release is not the one that was released"
	tarball=$(ls "$release"/refval-*.tar.gz)
	name=$(basename "$tarball" .tar.gz)
	tar -C "$tmp" -xzf "$tarball"
	sh "$tmp/$name/docs/packages/release.sh" make "$name" "$tmp/again" > "$tmp/log"
	differ=0
	while read -r _ file; do
		if cmp -s "$release/$file" "$tmp/again/$file"; then
			echo "same     $file"
		else
			echo "differs  $file"
			differ=1
		fi
	done < "$release/SHA256SUMS"
	[ "$(wc -l < "$release/SHA256SUMS")" = "$(wc -l < "$tmp/again/SHA256SUMS")" ] || no "the release has not as many files as what was built"
	[ $differ = 1 ] || { echo "yes: every file of $name, built again, is the same"; exit 0; }
	if ! diff "$release/environment.txt" "$tmp/again/environment.txt"; then
		echo "cannot tell: this machine builds with something else"
		exit 3
	fi
	no "built again with the same tools, $name is something else"
	;;
esac
