#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A container image of the static programs, made of the release tarball without a
# daemon and without root.
# usage: image.sh build TARBALL OUT     OUT/refval-VERSION.oci.tar, .digest and .versions;
#                                       OUT/libraries is kept for the next time
#        image.sh root BIN TREE ROOT    what is in it: programs of BIN, files of the tree TREE
set -eu
umask 022
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "make image: $*" >&2; exit 4; }

# Debian's list of certificate authorities, as the package has it: not what an
# administrator of this machine added. Only refval-fetch reads it.
authorities() {
	dpkg --verify ca-certificates | grep -q . && fail "files of the package ca-certificates were changed"
	cat /usr/share/ca-certificates/mozilla/*.crt
}

# root BIN TREE ROOT
root() {
	mkdir -p "$3/usr/bin" "$3/usr/share/refval/releases" "$3/usr/share/doc/refval" "$3/etc/ssl/certs" \
		"$3/mnt" "$3/tmp" "$3/dev" "$3/proc" "$3/sys"
	cp -P "$1"/* "$3/usr/bin"
	cp "$2"/images/releases/*.json "$3/usr/share/refval/releases"
	cp "$2/LICENSE" "$3/usr/share/doc/refval"
	echo 'nobody:x:65534:65534:nobody:/:/none' > "$3/etc/passwd"
	echo 'nogroup:x:65534:' > "$3/etc/group"
	authorities > "$3/etc/ssl/certs/ca-certificates.crt"
}

# build TARBALL OUT
build() {
	name=$(basename "$1" .tar.gz)
	mkdir -p "$2/libraries"
	out=$(cd "$2" && pwd)
	rm -rf "${out:?}/$name" "$out/root" "$out/$name".*
	tar -C "$out" -xzf "$1"
	tree=$out/$name
	mkdir -p "$tree/build/static"
	ln -s "$out/libraries" "$tree/build/static/libraries"
	env -u MAKEFLAGS -u MAKELEVEL -u B make -s -C "$tree" static > "$out/build.log" 2>&1 || { tail -n 20 "$out/build.log" >&2; fail "see $out/build.log"; }
	root "$tree/build/static/bin" "$tree" "$out/root"
	cp -R "$out/libraries/licences" "$out/root/usr/share/doc/refval"
	# shellcheck disable=SC2016
	{ cat "$out/libraries/versions.txt"; dpkg-query -W -f 'ca-certificates ${Version}\n' ca-certificates; } > "$out/$name.versions"
	python3 "$here/image.py" "$out/root" refval "${name#refval-}" "$(sed -n '1s/^# //p' "$tree/MANIFEST")" "$(uname -m)" "$out/$name.oci.tar" > "$out/$name.digest"
	rm -rf "$tree" "$out/root"
	echo "$(cat "$out/$name.digest")  $2/$name.oci.tar"
}

"$@"
