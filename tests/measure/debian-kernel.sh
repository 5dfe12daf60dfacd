#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpack the cloud kernel of a Debian suite below DIR, installing nothing, and print its path.
# usage: debian-kernel.sh DIR [SUITE]      bookworm
set -eu
suite=${2:-bookworm}
mkdir -p "$1"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
# Two tests may want it at once.
exec 9> "$dir/.lock"
flock 9
kernel() { find "$dir/boot" -name 'vmlinuz-*' 2> /dev/null | sort | tail -n 1; }
if [ -z "$(kernel)" ]; then
	# The package that depends on the current one, which has the version in its name.
	sh "$here/../oracle/debian-suite.sh" "$suite" "$dir" linux-image-cloud-amd64 >&2
	name=$(apt-cache -o Dir::Etc::sourcelist="$dir/.apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$dir/.apt/lists" -o Dir::Cache="$dir/.apt/cache" depends linux-image-cloud-amd64 |
		sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
	sh "$here/../oracle/debian-suite.sh" "$suite" "$dir" "$name" >&2
fi
kernel | grep .
