#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The container image, built twice, libraries and all, by two users under two
# paths, umasks, locales, time zones, homes and numbers of jobs, is the same bytes;
# then its programs run. As root.
# usage: check.sh     in the top folder; BIN is the programs' folder
set -eu
top=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 4; }
git -c safe.directory='*' clone -q "$top" "$tmp/one"
two="$tmp/a/much longer/path/two"
mkdir -p "${two%/*}"
git -c safe.directory='*' clone -q "$top" "$two"
chown -R 65534:65534 "$tmp/a"
# build FOLDER TZ LOCALE UMASK JOBS [COMMAND...]: by that command.
build() {
	folder=$1 tz=$2 locale=$3 umask=$4 jobs=$5
	shift 5
	start=$(date +%s)
	"$@" env -u MAKEFLAGS -u MAKELEVEL -u B HOME="$folder" TZ="$tz" LC_ALL="$locale" NO_INSTALL=1 \
		sh -c 'umask "$1" && exec make -s -C "$2" -j"$3" image' - "$umask" "$folder" "$jobs"
	echo "$(($(date +%s) - start)) s"
}
build "$tmp/one" UTC C 022 2
build "$two" Pacific/Kiritimati C.UTF-8 077 1 setpriv --reuid 65534 --regid 65534 --clear-groups
one=$(ls "$tmp"/one/build/image/*.oci.tar)
"$BIN/refval-hash" rebuild -o "$tmp/manifest.json" "$one" "$two/build/image/${one##*/}"
cmp "$one" "$two/build/image/${one##*/}"
sh tests/image/run.sh "$one" "$tmp/run"
skopeo inspect "oci-archive:$one" | jq -r .Digest
stat -c '%n: %s bytes' "$one" "$tmp"/run/bundle/rootfs/usr/bin/refval "$tmp"/run/bundle/rootfs/usr/bin/refval-* | grep -v "-[a-z]*: 6 bytes" | sed "s,.*/,,"
