#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpack packages of another Debian suite into a private folder, installing nothing.
# usage: debian-suite.sh SUITE DIR PACKAGE...      e.g. debian-suite.sh trixie build/trixie ovmf
# The mirror is the one this machine is already set up with. Only the named packages are taken, not their
# dependencies: name those too. Repeated calls are cheap: the package lists stay in DIR/.apt.
set -eu
suite=$1 dir=$2; shift 2
mkdir -p "$dir/.apt/lists/partial" "$dir/.apt/cache/archives/partial"
dir=$(cd "$dir" && pwd)
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' \
	/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo "debian-suite.sh: no Debian mirror configured" >&2; exit 4; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$dir/.apt/sources.list"
apt() { apt-get -qq -o Dir::Etc::sourcelist="$dir/.apt/sources.list" -o Dir::Etc::sourceparts=- \
	-o Dir::State::lists="$dir/.apt/lists" -o Dir::Cache="$dir/.apt/cache" -o APT::Sandbox::User=root "$@"; }
[ -s "$dir/.apt/updated" ] || { apt update && echo yes > "$dir/.apt/updated"; }
cd "$dir/.apt/cache"
apt download "$@"
for deb in *.deb; do dpkg -x "$deb" "$dir"; rm "$deb"; done
