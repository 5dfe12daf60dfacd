#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpack the QEMU of a Debian suite, with the libraries it needs, into DIR, and
# print the command that runs it. Nothing is installed.
# usage: qemu-suite.sh SUITE DIR
# SUITE own is this machine's QEMU, or that of bookworm-backports where this one is
# older than 8.2, the first that we know the tables of.
set -eu
suite=$1
if [ "$suite" = own ]; then
	qemu=$(command -v qemu-system-x86_64 || true)
	version=$([ -z "$qemu" ] || "$qemu" --version | sed -n 's/.*version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
	if [ "$version" ] && [ "$(printf '%d%02d' $version)" -ge 802 ]; then
		echo "$qemu"
		exit 0
	fi
	suite=bookworm-backports
	set -- $suite "$(dirname "$2")/suite-$suite"
fi
mkdir -p "$2"
dir=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
# Two tests may want it at once.
exec 9> "$dir/.lock"
flock 9
apt_cache() {
	apt-cache -o Dir::Etc::sourcelist="$dir/.apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$dir/.apt/lists" -o Dir::Cache="$dir/.apt/cache" -o Dir::State::status=/dev/null "$@"
}
if [ ! -e "$dir/.complete" ]; then
	sh "$here/../oracle/debian-suite.sh" "$suite" "$dir" qemu-system-x86 >&2
	# A suite of backports stands on its base, which is this machine's.
	case $suite in
	*-backports) packages="qemu-system-common" ;;
	*)
		packages=$(apt_cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
			--no-replaces --no-enhances qemu-system-x86 2> /dev/null |
			grep -E '^(lib.*|qemu-system-(common|data)|seabios|ipxe-qemu|zlib1g)$' | grep -v perl | sort -u)
		;;
	esac
	# shellcheck disable=SC2086
	sh "$here/../oracle/debian-suite.sh" "$suite" "$dir" $packages >&2
	: > "$dir/.complete"
fi
rom=
for d in "$dir/usr/share/qemu" "$dir/usr/share/seabios" /usr/share/qemu /usr/share/seabios; do
	[ ! -d "$d" ] || rom="$rom -L $d"
done
ld=$dir/usr/lib64/ld-linux-x86-64.so.2
if [ -e "$ld" ]; then
	echo "$ld --library-path $dir/usr/lib/x86_64-linux-gnu $dir/usr/bin/qemu-system-x86_64$rom"
else
	echo "$dir/usr/bin/qemu-system-x86_64$rom"
fi
