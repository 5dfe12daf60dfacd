#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install what is missing for a group of targets, or say what is missing.
# usage: deps.sh build|check|lint|fuzz|peers|deb|image|nix|release|boot|web|webcheck|fleet  (every group includes build)
#        deps.sh say GROUP                       never installs
# Debian packages are installed when this machine has apt-get and we may use it;
# elsewhere nothing is changed. NO_INSTALL=1 never installs. CC and PKG_CONFIG
# are make's.
set -eu
[ "$1" != say ] || { NO_INSTALL=1; shift; }
group=$1
list=$(dirname "$0")/deps.txt
CC=${CC:-cc} PKG_CONFIG=${PKG_CONFIG:-pkg-config}

there() {
	case $1 in
	# CC may be two words (ccache gcc).
	cc:) $CC --version > /dev/null 2>&1 ;;
	cmd:pkg-config) command -v "$PKG_CONFIG" > /dev/null 2>&1 ;;
	cmd:*) command -v "${1#cmd:}" > /dev/null 2>&1 ;;
	pc:*) $PKG_CONFIG --exists "${1#pc:}" 2> /dev/null ;;
	# May be a pattern.
	file:*) for f in ${1#file:}; do [ ! -e "$f" ] || return 0; done; return 1 ;;
	ruby:*) /usr/bin/ruby -r "${1#ruby:}" -e '' > /dev/null 2>&1 ;;
	esac
}

# The first of A|B that this system has a package of, or else the last.
pick() {
	case $1 in *"|"*) ;; *) echo "$1"; return ;; esac
	echo "$1" | tr '|' '\n' | while read -r p; do
		apt-cache show "$p" 2> /dev/null | grep -q . || continue
		echo "$p"
		break
	done | grep . || echo "${1##*|}"
}

missing() {
	grep -v '^#' "$list" | while read -r g package probe; do
		[ "$g" = build ] || [ "$g" = "$group" ] || continue
		there "$probe" || printf '%s ' "$(pick "$package")"
	done
}

# What was asked for and is not there, in the words of the Makefile.
why() {
	grep -v '^#' "$list" | while read -r g package probe; do
		[ "$g" = build ] || [ "$g" = "$group" ] || continue
		there "$probe" && continue
		case $probe in
		pc:*) say "refval: $PKG_CONFIG finds no ${probe#pc:}: install $(pick "$package")" ;;
		cc:) say "refval: the compiler '$CC' does not run: install $(pick "$package"), or give CC=" ;;
		esac
	done
}

say() { printf '%s\n' "$*" >&2; }
need=$(missing)
[ -n "$need" ] || exit 0
as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
if [ "${NO_INSTALL:-}" ] || ! command -v apt-get > /dev/null ||
	{ [ "$as_root" ] && ! $as_root true 2> /dev/null; }; then
	why
	say "refval: missing (Debian package names): $need"
	say "On Debian or Ubuntu: sudo apt-get install $need"
	exit 4
fi
log=$(mktemp 2> /dev/null || mktemp ./deps.XXXXXX)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
failed() {
	tail -n 5 "$log" >&2
	say "refval: could not install: $need"
	exit 4
}
$as_root apt-get -qq update > "$log" 2>&1 || failed
# With the lists at hand, the names may be others.
need=$(missing)
say "refval: installing $need"
# shellcheck disable=SC2086
$as_root apt-get -qq install -y --no-install-recommends $need > "$log" 2>&1 || failed
need=$(missing)
[ -z "$need" ] || { why; say "refval: still missing after installing: $need"; exit 4; }
