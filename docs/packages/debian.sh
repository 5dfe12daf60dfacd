#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian packages of the release tarball: refval, librefval0, librefval-dev and
# refval-doc, and their source package.
# usage: debian.sh NAME FOLDER SECONDS      write debian/ into FOLDER, an unpacked release
#                                           of that version and time
#        debian.sh source TARBALL OUT       write the source package to OUT
#        debian.sh build TARBALL OUT        and build it there
# MAINTAINER="NAME <ADDRESS>" is who answers for the packages.
set -eu
umask 022
top=$(cd "$(dirname "$0")/../.." && pwd)
MAINTAINER=${MAINTAINER:-refval maintainers <maintainers@refval.invalid>}
fail() { echo "make deb: $*" >&2; exit 4; }

# packages OF: the packages of tests/deps.txt that pkg-config knows by these
# names, or with "build", all that the build needs.
packages() {
	grep '^build[[:space:]]' "$top/tests/deps.txt" | while read -r _ package probe; do
		case " $* " in
		*" build "*)
			# Every machine that builds Debian packages has these.
			case $package in gcc | libc6-dev) continue ;; esac
			;;
		*" ${probe#pc:} "*) ;;
		*) continue ;;
		esac
		echo "$package"
	done | sed 's/|/ | /g' | paste -sd, | sed 's/,/, /g'
}

# debian FOLDER VERSION SECONDS
debian() {
	cp -R "$top/docs/packages/debian" "$1/debian"
	# What a .pc file requires, a program that is built with it needs.
	needs=$(sed -n 's/^PKGS\(_fetch\)\{0,1\}  *:= //p' "$1/Makefile" | paste -sd' ')
	# shellcheck disable=SC2086
	sed -e "s/@MAINTAINER@/$(printf '%s' "$MAINTAINER" | sed 's,[\\&/],\\&,g')/" -e "s/@BUILD@/$(packages build)/" -e "s/@DEV@/$(packages $needs)/" \
		"$1/debian/control.in" > "$1/debian/control"
	rm "$1/debian/control.in"
	# Before 1.0 each version may add functions: a program needs at least the
	# one that it was built with.
	printf '%s\n' 'librefval.so.0 librefval0 #MINVER#' '* Build-Depends-Package: librefval-dev' \
		" (symver)REFVAL_0 $2" > "$1/debian/librefval0.symbols"
	# -0refval1 is older than what Debian itself would call this version.
	printf '%s\n' "refval ($2-0refval1) unstable; urgency=medium" '' "  * Version $2; NEWS.md says what changed." '' \
		" -- $MAINTAINER  $(LC_ALL=C TZ=UTC date -d "@$3" '+%a, %d %b %Y %H:%M:%S +0000')" > "$1/debian/changelog"
}

# source_package TARBALL OUT
source_package() {
	command -v dpkg-buildpackage > /dev/null || fail "needs dpkg-buildpackage: apt-get install dpkg-dev debhelper"
	name=$(basename "$1" .tar.gz)
	version=${name#refval-}
	rm -rf "$2"
	mkdir -p "$2"
	cp "$1" "$2/refval_$version.orig.tar.gz"
	tar -C "$2" -xzf "$1"
	debian "$2/$name" "$version" "$(sed -n '1s/^# //p' "$2/$name/MANIFEST")"
	(cd "$2" && LC_ALL=C dpkg-source --build "$name" > source.log) || { cat "$2/source.log" >&2; fail "no source package"; }
}

case $1 in
source) source_package "$2" "$3" ;;
build)
	source_package "$2" "$3"
	dpkg-checkbuilddeps "$3/$name/debian/control" || fail "what is missing is in group deb of tests/deps.txt"
	(cd "$3/$name" && env -u MAKEFLAGS -u MAKELEVEL -u B dpkg-buildpackage -us -uc -J > ../build.log 2>&1) || { tail -n 20 "$3/build.log" >&2; fail "see $3/build.log"; }
	rm -rf "${3:?}/$name"
	(cd "$3" && ls ./*.deb ./*.dsc | sed "s,^[.],$3,")
	;;
*) debian "$2" "$1" "$3" ;;
esac
