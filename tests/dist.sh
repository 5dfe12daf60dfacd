#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Write build/NAME.tar.gz: in a clone, the files of the current commit; in an
# unpacked tarball, the files that its MANIFEST lists. Each gives the same bytes.
# usage: dist.sh NAME
set -eu
umask 022
cd "$(dirname "$0")/.."
name=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p build "$tmp/$name"
fail() { echo "make dist: $*" >&2; exit 4; }
# .git here: a clone of something else that this folder is in does not count.
if [ -e .git ]; then
	git -c safe.directory="$PWD" archive --format=tar HEAD > "$tmp/tar" || fail "git cannot read this clone"
	tar -C "$tmp/$name" -xf "$tmp/tar"
	time=$(git -c safe.directory="$PWD" log -1 --format=%ct)
	(cd "$tmp/$name" && find . -type f -o -type l | sed 's,^[.]/,,' | LC_ALL=C sort) > "$tmp/files"
	{ echo "# $time"; cat "$tmp/files"; } > "$tmp/$name/MANIFEST"
elif [ -s MANIFEST ]; then
	time=$(sed -n '1s/^# \([0-9]*\)$/\1/p' MANIFEST)
	sed 1d MANIFEST | tar -cf - -T - MANIFEST > "$tmp/tar" || fail "a file that MANIFEST lists is not here"
	tar -C "$tmp/$name" -xf "$tmp/tar"
else
	fail "neither a git clone nor an unpacked release"
fi
[ "$time" ] || fail "no time of the commit"
[ -s "$tmp/$name/Makefile" ] || fail "nothing to pack"
# ustar: no clock, no owner, no order of folders may reach the output.
tar -C "$tmp" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" \
	--mode='u+rwX,go+rX,go-w' -cf "$tmp/out.tar" "$name"
gzip -9n < "$tmp/out.tar" > "$tmp/out.gz"
mv "$tmp/out.gz" "build/$name.tar.gz"
echo "build/$name.tar.gz"
