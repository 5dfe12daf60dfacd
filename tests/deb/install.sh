#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In a pristine Debian, as root: the packages in DEBS install with what they ask
# for and nothing else, their own tests pass, and when they are removed the
# machine is what it was. Then autopkgtest runs the same tests.
# usage: install.sh DEBS
set -eu
debs=$1
export DEBIAN_FRONTEND=noninteractive
say() { echo "== $*"; }
install() { apt-get -qq install -y --no-install-recommends "$@" > /tmp/apt.log 2>&1 || { tail -n 20 /tmp/apt.log; exit 1; }; }
# What is on the machine, without what apt and dpkg themselves write.
files() {
	find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /root -o -path /var/cache -o -path /var/log -o -path /var/lib/apt \
		-o -path /var/lib/dpkg -o -path /etc/ld.so.cache -o -path /var/lib/systemd \) -prune -o -print | LC_ALL=C sort
}
apt-get -qq update
files > /tmp/before

say "refval alone"
install "$debs"/refval_*_*.deb
sh docs/packages/debian/tests/verify
[ ! -e /usr/include/refval.h ]

say "all of them"
install "$debs"/refval_*_*.deb "$debs"/librefval*.deb "$debs"/refval-doc*.deb gcc libc6-dev pkgconf
sh docs/packages/debian/tests/library
dpkg --verify refval librefval0 librefval-dev refval-doc

say "removed"
apt-get -qq purge -y --auto-remove refval refval-doc librefval-dev librefval0 gcc libc6-dev pkgconf > /tmp/apt.log 2>&1
files > /tmp/after
diff /tmp/before /tmp/after
[ -z "$(dpkg -l | grep refval)" ]

say "autopkgtest"
install autopkgtest
status=0
autopkgtest --output-dir=/tmp/result -B "$debs"/refval*.deb "$debs"/librefval*.deb "$debs"/refval_*.dsc -- null > /tmp/autopkgtest.log 2>&1 || status=$?
cat /tmp/result/summary
[ $status = 0 ] || { tail -n 40 /tmp/autopkgtest.log; exit 1; }
