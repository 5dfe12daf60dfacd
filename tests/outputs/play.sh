#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What commands say, whole: for each line "$ COMMAND" of a file, that line, what the
# command writes (standard output behind a tab, then standard error behind "! ")
# and "= EXIT CODE". Everything else in the file is made anew from that. Commands
# run in the top folder; those of a file that names images of tests/vectors/oci
# (dev/...) in a folder that has these and the vectors.
# usage: play.sh FILE            the file as the programs in $BIN write it now
#        play.sh --check FILE    exit 1, and how it differs, when that is not what it has
#        play.sh --write FILE... into the files themselves: read what git diff says
set -eu
TOP=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${BIN:-$TOP/build/bin}:$PATH
LC_ALL=C.UTF-8
export PATH LC_ALL
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT

play() {
	where=$TOP
	if grep -q '^[$] .* dev/' "$1"; then
		where=$here/images
		if [ ! -d "$where" ]; then
			mkdir "$where"
			tar -xJf "$TOP/tests/vectors/oci/dev.tar.xz" -C "$where"
			chmod -R u+w "$where"
			ln -s "$TOP/tests" "$where/tests"
		fi
	fi
	while IFS= read -r line; do
		case $line in "\$ "*) ;; *) continue ;; esac
		printf '%s\n' "$line"
		code=0
		(cd "$where" && eval "${line#??}") > "$here/out" 2> "$here/err" < /dev/null || code=$?
		sed 's/^/	/' "$here/out"
		[ ! -s "$here/out" ] || [ -z "$(tail -c 1 "$here/out")" ] || echo ' (no newline)'
		sed 's/^/! /' "$here/err"
		printf '= %s\n\n' "$code"
	done < "$1"
}

case $1 in
--check)
	play "$2" > "$here/new"
	diff -u "$2" "$here/new"
	;;
--write)
	shift
	for f; do
		play "$f" > "$here/new"
		cat "$here/new" > "$f"
	done
	;;
*) play "$1" ;;
esac
