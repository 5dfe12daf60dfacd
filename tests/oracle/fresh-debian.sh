#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run commands as a newcomer would: in a pristine minimal Debian (only `make` and `git` added), on a clean clone of
# a repository, with nobody to answer a question; the time of each is printed.
# usage: fresh-debian.sh REPOSITORY FOLDER COMMAND...      e.g. fresh-debian.sh . build/fresh "make verify" "make check"
#   SUITE=bookworm|trixie  FOLDER/SUITE keeps the pristine system (base/) and packages (debs/) between runs;
#                          each run works on a copy of it
#   AS=NAME                the commands run as a user of that name, without sudo; what the project's own list says is
#                          missing was installed by root before
#   KEEP=1                 the copy (run/) stays
#   SHARE=FOLDER           that folder is ~/share there, too: what the commands are given and what they leave
# needs root and debootstrap; about a minute the first time. The mirror is the one this machine is already set up with.
set -eu
repo=$(cd "$1" && pwd) dir=$2
shift 2
suite=${SUITE:-bookworm} as=${AS:-root} keep=${KEEP:-} share=${SHARE:-}
fail() { echo "fresh-debian.sh: $*" >&2; exit 4; }
[ "$(id -u)" = 0 ] || fail "needs root: a Debian is installed into a folder"
command -v debootstrap > /dev/null || fail "needs debootstrap: apt-get install debootstrap"
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' \
	/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2> /dev/null | head -n 1)
[ -n "$mirror" ] || fail "no Debian mirror configured"
dir=$dir/$suite
mkdir -p "$dir/debs"
dir=$(cd "$dir" && pwd)
# One at a time: each begins with a new copy.
exec 9> "$dir/lock"
flock 9
if [ ! -e "$dir/base/.ready" ]; then
	rm -rf "$dir/base"
	debootstrap --variant=minbase --include=make,git,ca-certificates "$suite" "$dir/base" "$mirror" > "$dir/debootstrap.log" 2>&1 ||
		{ tail -n 5 "$dir/debootstrap.log" >&2; exit 4; }
	for f in resolv.conf hosts; do [ ! -e /etc/$f ] || cp /etc/$f "$dir/base/etc/$f"; done
	touch "$dir/base/.ready"
fi
run=$dir/run
rm -rf --one-file-system "$run"
cp -a "$dir/base" "$run"
cp -al "$dir"/debs/. "$run/var/cache/apt/archives" 2> /dev/null || true
home=/root
if [ "$as" != root ]; then
	home=/home/$as
	chroot "$run" useradd -m -s /bin/bash "$as"
fi
git clone -q "$repo" "$run$home/project"
[ "$as" = root ] || chroot "$run" chown -R "$as:$as" "$home/project"

[ -z "$share" ] || { mkdir -p "$share" "$run$home/share" && share=$(cd "$share" && pwd); }

# inside USER COMMAND: in namespaces of its own, so that no mount and no process
# outlives it. A machine has terminals and shared memory.
inside() {
	unshare --mount --pid --fork --kill-child sh -c '
		mount --make-rprivate / && mount --bind "$1" "$1" && mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 4
		[ -z "$5" ] || mount --bind "$5" "$1$3/share" || exit 4
		# Not a chroot: there programs may make no namespaces.
		cd "$1" && mkdir -p .outside && pivot_root . .outside && umount -l .outside && cd / || exit 4
		exec /usr/bin/setpriv --reuid "$2" --regid "$2" --init-groups /usr/bin/env -i HOME="$3" \
			PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb \
			sh -c "cd $3/project && $4"' - "$run" "$1" "$home" "$2" "$share" < /dev/null
}
clean() {
	cp -aln "$run"/var/cache/apt/archives/*.deb "$dir/debs" 2> /dev/null || true
	[ "$keep" ] || rm -rf --one-file-system "$run"
}
trap clean EXIT
[ "$as" = root ] || inside root "sh tests/deps.sh check"
for command; do
	echo "== $suite, as $as: $command"
	start=$(date +%s) status=0
	inside "$as" "$command" || status=$?
	echo "== $suite: exit $status after $(($(date +%s) - start)) s: $command"
	[ $status = 0 ] || exit $status
done
