#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install what is missing for a group of targets, or say what is missing.
# usage: deps.sh build|check|lint|fuzz|peers     (every group includes build)
# Debian packages are installed when this machine has apt-get and we may use it;
# elsewhere nothing is changed. NO_INSTALL=1 never installs.
set -eu
group=$1
list=$(dirname "$0")/deps.txt

there() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" > /dev/null 2>&1 ;;
	pc:*) ${PKG_CONFIG:-pkg-config} --exists "${1#pc:}" 2> /dev/null ;;
	file:*) [ -e "${1#file:}" ] ;;
	ruby:*) /usr/bin/ruby -r "${1#ruby:}" -e '' > /dev/null 2>&1 ;;
	esac
}

missing() {
	grep -v '^#' "$list" | while read -r g package probe; do
		[ "$g" = build ] || [ "$g" = "$group" ] || continue
		there "$probe" || printf '%s ' "$package"
	done
}

need=$(missing)
[ -n "$need" ] || exit 0
say() { printf '%s\n' "$*" >&2; }
as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
if [ "${NO_INSTALL:-}" ] || ! command -v apt-get > /dev/null ||
	{ [ "$as_root" ] && ! $as_root true 2> /dev/null; }; then
	say "refval: missing, and not installable from here (Debian package names):"
	say "  $need"
	say "On Debian or Ubuntu: sudo apt-get install $need"
	exit 4
fi
say "refval: installing $need"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { $as_root apt-get -qq update &&
	$as_root apt-get -qq install -y --no-install-recommends $need; } > "$log" 2>&1; then
	tail -n 5 "$log" >&2
	say "refval: could not install: $need"
	rm -f "$log"
	exit 4
fi
rm -f "$log"
need=$(missing)
[ -z "$need" ] || { say "refval: still missing after installing: $need"; exit 4; }
