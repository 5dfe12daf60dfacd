#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run commands as a newcomer would: in a pristine minimal Debian (only `make` and `git` added), on a clean clone of a repository.
# usage: fresh-debian.sh REPOSITORY FOLDER COMMAND...      e.g. fresh-debian.sh . build/fresh "make verify" "make check"
#   FOLDER keeps the pristine system (base/) between runs; each run works on a copy of it. SUITE=bookworm by default.
# needs root and debootstrap; about 40 s the first time. The mirror is the one this machine is already set up with.
set -eu
repo=$(cd "$1" && pwd) dir=$2; shift 2
suite=${SUITE:-bookworm}
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' \
	/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo "fresh-debian.sh: no Debian mirror configured" >&2; exit 4; }
mkdir -p "$dir"; dir=$(cd "$dir" && pwd)
if [ ! -e "$dir/base/.ready" ]; then
	rm -rf "$dir/base"
	debootstrap --variant=minbase --include=make,git,ca-certificates "$suite" "$dir/base" "$mirror" > "$dir/debootstrap.log" 2>&1 ||
		{ tail -n 5 "$dir/debootstrap.log" >&2; exit 4; }
	for f in resolv.conf hosts; do [ ! -e /etc/$f ] || cp /etc/$f "$dir/base/etc/$f"; done
	touch "$dir/base/.ready"
fi
run=$dir/run; rm -rf "$run"; cp -a "$dir/base" "$run"
clean() { umount "$run/proc" "$run/dev/pts" "$run/dev" 2>/dev/null || true; rm -rf --one-file-system "$run"; }
trap clean EXIT
mount -t proc proc "$run/proc"; mount --bind /dev "$run/dev"
# A machine has terminals, and a test asks for one.
[ ! -d /dev/pts ] || mount --bind /dev/pts "$run/dev/pts"
git clone -q "$repo" "$run/root/project"
for command; do
	echo "== $command"
	chroot "$run" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb \
		sh -c "cd /root/project && $command" || { status=$?; echo "== exit $status: $command" >&2; exit $status; }
done
