#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Build the same source from two paths, under two time zones and two homes, and
# compare every program and the library byte by byte; the release tarball too.
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
git archive HEAD > "$tmp/source.tar"
build() {
	mkdir -p "$1"
	tar -C "$1" -xf "$tmp/source.tar"
	env -u MAKEFLAGS -u B HOME="$1" TZ="$2" LC_ALL="$3" make -s -C "$1" -j"$(nproc)" all > "$tmp/log" 2>&1 ||
		{ tail -n 20 "$tmp/log"; exit 4; }
}
build "$tmp/one" UTC C
build "$tmp/a/much/longer/path/two" Pacific/Kiritimati C.UTF-8
n=0
for f in "$tmp"/one/build/bin/* "$tmp"/one/build/lib/librefval.a; do
	cmp "$f" "$tmp/a/much/longer/path/two/${f#"$tmp"/one/}"
	n=$((n + 1))
done
for tz in UTC Pacific/Kiritimati; do
	TZ=$tz git archive --format=tar --prefix=refval/ HEAD | gzip -9n | sha256sum
done | uniq | wc -l | grep -qx 1
echo "$n files and the release tarball are the same bytes"
