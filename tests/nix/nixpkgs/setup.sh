# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2086
# nixpkgs's phases in their order, as far as nix/package.nix has to do with them.
set -euo pipefail
export SOURCE_DATE_EPOCH=315532800 LC_ALL=C TZ=UTC HOME=/homeless-shelter
for i in ${nativeBuildInputs:-} ${buildInputs:-}; do
	[ ! -d "$i/bin" ] || PATH=$i/bin:$PATH
done
export PATH
umask 022
if [ -n "${buildCommand:-}" ]; then
	eval "$buildCommand"
	exit
fi
hook() { eval "${!1:-}"; }
runHook() { hook "$1"; }

# patchShebangs FOLDER...: an interpreter by its name is found in PATH.
patchShebangs() {
	find "$@" -type f -perm -u+x -print0 | while IFS= read -rd '' f; do
		sed -i "1s,^#! */usr/bin/env ,#!/usr/bin/," "$f"
	done
}

cp -r --no-preserve=mode,ownership "$src" source
(cd "$src" && find . -type f -perm -u+x -print0) | (cd source && xargs -0r chmod +x)
sourceRoot=source
hook postUnpack
cd -- "$sourceRoot"
hook postPatch
jobs=
[ -z "${enableParallelBuilding:-}" ] || jobs=-j$NIX_BUILD_CORES
hook preBuild
make $jobs SHELL=/bin/bash $makeFlags
if [ -n "${doCheck:-}" ]; then
	hook preCheck
	make $jobs SHELL=/bin/bash $makeFlags "${checkTarget:-check}"
fi
make SHELL=/bin/bash $makeFlags install
for o in $outputs; do
	find "${!o}" -type f ! -name '*.a' -print0 | while IFS= read -rd '' f; do
		[ "$(head -c 4 "$f" | tail -c 3)" != ELF ] || strip -S -p "$f"
	done
	find "${!o}" -type f -path '*/man/man*' ! -name '*.gz' -exec gzip -9nf {} +
done
if [ -n "${doInstallCheck:-}" ]; then hook installCheckPhase; fi
