#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Build the same source under two paths, time zones, locales, homes, umasks and,
# where we may, users; compare every program and the library byte by byte, and
# the release tarball that each makes of the same commit. One of the paths has
# spaces; neither build has a git clone.
# usage: repro.sh              two builds of the commit, and one by clang
#        repro.sh FOLDER       the files as they are, compared with the build that is in FOLDER (build):
#                              each fourth object is made anew, and all that is linked of them
set -eu
cd "$(dirname "$0")/.."
top=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
CFLAGS=${CFLAGS:--O2 -g}
export CFLAGS

# other_user COMMAND...: as nobody, when we are root.
other_user() {
	if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
		chown -R 65534:65534 "$tmp/a"
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# build FOLDER TZ LOCALE UMASK JOBS [other_user]
build() {
	folder=$1
	${6:-} env -u MAKEFLAGS -u B HOME="$folder" TZ="$2" LC_ALL="$3" sh -c 'umask "$1" && exec make -s -C "$2" $4 -j"$3" all' \
		- "$4" "$folder" "$5" "$known" > "$tmp/log" 2>&1 || { tail -n 20 "$tmp/log"; exit 4; }
}

# tarball FOLDER TZ UMASK [other_user]: the digest of what make dist makes of a clone.
tarball() {
	git -c safe.directory='*' clone -q "$top" "$1"
	printf '[safe]\n\tdirectory = *\n' > "$tmp/gitconfig"
	chmod 644 "$tmp/gitconfig"
	${4:-} env -u MAKEFLAGS -u B HOME="$1" TZ="$2" GIT_CONFIG_GLOBAL="$tmp/gitconfig" \
		sh -c 'umask "$1" && make -s -C "$2" dist' - "$3" "$1" > "$tmp/log" 2>&1 || { tail -n 20 "$tmp/log"; exit 4; }
	sha256sum "$(ls "$1"/build/refval-*.tar.gz)" | cut -d' ' -f1
}

# by_clang: each object and what is linked, by another compiler, of which a machine is then verified.
by_clang() {
	command -v clang > /dev/null || { echo "there is no clang: no build by it"; return; }
	mkdir "$tmp/clang"
	git archive HEAD | tar -C "$tmp/clang" -xf -
	env -u MAKEFLAGS -u B make -s -C "$tmp/clang" -j"$(nproc)" CC=clang CFLAGS=-O0 verify > "$tmp/log" 2>&1 ||
		{ tail -n 20 "$tmp/log"; exit 4; }
	rm -rf "$tmp/clang"
	echo "clang makes them, too, and a machine is verified by these"
}

known=
two="$tmp/a/much longer/path's/two"
mkdir -p "$tmp/one" "$two"
if [ $# = 0 ]; then
	git archive HEAD | tar -C "$tmp/one" -xf -
	git archive HEAD | tar -C "$two" -xf -
	by_clang
	build "$tmp/one" UTC C 022 "$(nproc)"
	one=$tmp/one/build
else
	one=$1
	tar -cf - Makefile cmd include lib tests/deps.* | tar -C "$two" -xf -
	# What an object has of its path, user and time another one has, too: a share shows it, and make repro makes all.
	mkdir "$two/build"
	(cd "$one" && find lib cmd -name '*.o' | LC_ALL=C sort | awk 'NR % 4' | tar -cf - .config -T -) | tar -C "$two/build" -xf -
	known='-o build/.config' # it names the path, and so is not the same here
fi
# One at a time: everything is built in an order that works.
build "$two" Pacific/Kiritimati C.UTF-8 077 1 other_user
n=0
for f in "$one"/bin/* "$one"/lib/librefval.a; do
	cmp "$f" "$two/build/${f#"$one"/}"
	n=$((n + 1))
done
[ "$n" -ge 12 ]
[ -e .git ] || { echo "$n files are the same bytes; no clone, no release tarball"; exit 0; }
first=$(tarball "$tmp/dist" UTC 022)
rm -rf "$tmp/a"
mkdir "$tmp/a"
second=$(tarball "$tmp/a/longer/dist" Pacific/Kiritimati 077 other_user)
[ "$first" = "$second" ] || { echo "make dist: $first and $second"; exit 1; }
echo "$n files and the release tarball are the same bytes"
