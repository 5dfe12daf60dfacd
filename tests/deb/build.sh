#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In a pristine Debian, as root: the packages, built twice, by two users under
# two paths, umasks, locales, time zones, homes and numbers of jobs, are the same
# bytes, and lintian has nothing to say. They are left in OUT.
# usage: build.sh OUT
set -eu
cd "$(dirname "$0")/../.."
top=$PWD out=$1
export DEBIAN_FRONTEND=noninteractive
sh tests/deps.sh deb
apt-get -qq install -y --no-install-recommends lintian locales > /dev/null 2>&1 || { echo "cannot install lintian and locales"; exit 4; }
localedef -i tr_TR -f UTF-8 tr_TR.UTF-8
useradd -m builder

# one FOLDER: a clone of the commit
clone() { git -c safe.directory='*' clone -q "$top" "$1"; }
clone /var/tmp/one
DEB_BUILD_OPTIONS=parallel=1 TZ=UTC LC_ALL=C sh -c 'umask 022 && make -s -C /var/tmp/one deb' > /dev/null
two=/home/builder/a/much/longer/path/two
mkdir -p "${two%/*}"
clone $two
chown -R builder: /home/builder
setpriv --reuid builder --regid builder --init-groups env HOME=/home/builder DEB_BUILD_OPTIONS="parallel=$(($(nproc) + 1))" \
	TZ=Pacific/Kiritimati LC_ALL=tr_TR.UTF-8 LANGUAGE=tr sh -c 'umask 077 && make -s -C "$1" deb' - $two > /dev/null
one=/var/tmp/one/build/deb two=$two/build/deb n=0
for f in "$one"/*.deb "$one"/*.tar.* "$one"/*.dsc; do
	cmp "$f" "$two/${f##*/}"
	n=$((n + 1))
done
[ "$(find $two -name '*.deb' | wc -l)" = "$(find $one -name '*.deb' | wc -l)" ]
for p in refval librefval0 librefval-dev refval-doc; do ls "$one/${p}_"*.deb > /dev/null || { echo "no package $p"; exit 1; }; done
lintian --allow-root --no-cfg --fail-on error,warning "$one"/*.changes
rm -rf "${out:?}"/*
cp "$one"/*.deb "$one"/*.dsc "$one"/*.tar.* "$out"
(cd "$out" && sha256sum ./*.deb)
echo "$n files of two builds are the same bytes; lintian $(lintian --version | sed 's/.* v//') is content"
