#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a user of Nix does with this repository, done by Nix itself in its own
# sandbox: build twice, run, develop, fmt, check, without flakes, from the release
# tarball, measureImage and verifyMachine. Only nixpkgs is another: its names, with
# Debian's packages behind them (nixpkgs/default.nix), so that neither a cache nor a
# network is needed. As root, in a Debian whose /nix may be written.
# usage: check.sh [tests]        with checks.tests, which runs `make check-here`
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
W=$(mktemp -d)
trap 'chmod -R u+w "$W" && rm -rf "$W"' EXIT
say() { printf '== %s\n' "$*"; }
fail() { printf 'not so: %s\n' "$*"; exit 1; }
sh tests/deps.sh nix

cp -R tests/nix/nixpkgs "$W/nixpkgs"
# Versions of Debian are a part of every hash: same Debian, same store paths.
# shellcheck disable=SC2016,SC2046
dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' gcc binutils libc6-dev make \
	$(jq -r '.top[], .unixtools[], .python3[]' "$W/nixpkgs/names.json") 2> /dev/null |
	awk '/^ii/ { print $2 " " $3 }' | jq -Rn '[inputs | split(" ") | { (.[0]): .[1] }] | add' > "$W/nixpkgs/debian.json"
mkdir "$W/conf" "$W/home"
cat > "$W/conf/nix.conf" << 'END'
sandbox = true
sandbox-fallback = false
sandbox-paths = /usr /lib /lib64 /bin /sbin /etc/alternatives /etc/ssl
build-users-group =
substituters =
experimental-features = nix-command flakes
END
export NIX_CONF_DIR="$W/conf" HOME="$W/home"
git config --global safe.directory '*'
pkgs="import $W/nixpkgs { }"
# flake COMMAND...: nix COMMAND with the stand-in for the flake's input.
flake() {
	c=$1
	shift
	nix "$c" --override-input nixpkgs "path:$W/nixpkgs" --no-write-lock-file "$@"
}
drv() { flake eval --raw "$1#packages.x86_64-linux.default.drvPath"; }
# out FLAKE#ATTRIBUTE [OPTION...]: build it, and say where it is.
out() { a=$1; shift; flake build --no-link --json "$a" "$@" | jq -r '.[0].outputs[]'; }

say "Nix $(nix --version | sed 's/.* //')"
git clone -q "$top" "$W/refval"
F="git+file://$W/refval?dir=nix"

say "nix flake check: everything evaluates"
nix flake check --no-build --override-input nixpkgs "path:$W/nixpkgs" --no-write-lock-file "$F"

say "nix build, and built again: the same bytes"
built=$(out "$F#default")
[ -x "$built/bin/refval-verify" ] || fail "no program"
out "$F#default" --rebuild > /dev/null
for o in lib:lib/librefval.so dev:lib/pkgconfig/refval.pc dev:include/refval.h man:share/man/man1; do
	[ -e "$(flake eval --raw "$F#packages.x86_64-linux.default.${o%:*}.outPath")/${o#*:}" ] || fail "no $o"
done
[ ! -e "$built/include" ] && [ ! -e "$built/share/man" ] || fail "what is for developers and readers is in outputs of its own"

say "another clone, with a build folder and somebody's files: the same derivation"
git clone -q "$top" "$W/another"
mkdir "$W/another/build" "$W/another/build-address"
touch "$W/another/build/x" "$W/another/notes.txt" "$W/another/tests/notes.txt"
git -C "$W/another" add -f build/x notes.txt
[ "$(drv "git+file://$W/another?dir=nix")" = "$(drv "$F")" ] || fail "the derivation depends on what is not built"
[ "$(nix-instantiate "$W/another/nix" --arg pkgs "$pkgs" 2> /dev/null)" = "$(drv "$F")" ] || fail "the derivation depends on what git does not know"

say "nix run"
flake run "$F" -- --version | grep "^refval "
cd docs/auditor-template
shape="--cpus 8 --memory 64G --qemu 8.2.2"
# shellcheck disable=SC2086
flake run "$F" -- verify --release dstack-dev-0.5.8 --evidence evidence --compose app-compose.json --at 2026-04-01 $shape | tail -n 1
cd "$top"

say "nix develop, nix fmt"
flake develop "$F" --command sh -c 'test "$NO_INSTALL" = 1 && echo "$CFLAGS"' | grep -e -Werror
(cd "$W/refval/nix" && flake fmt) | grep formatted

for c in version reproducible machine refused ${1:+tests}; do
	say "nix build checks.$c"
	out "$F#checks.x86_64-linux.$c" -L
done

say "without flakes: nix-build, nix-shell, the overlay"
[ "$(nix-build --no-out-link "$W/refval/nix" --arg pkgs "$pkgs")" = "$built" ] || fail "nix-build gives something else"
nix-instantiate "$W/refval/nix" -A static --arg pkgs "$pkgs" > /dev/null
nix-shell "$W/refval/nix/shell.nix" --arg pkgs "$pkgs" --run 'echo "$CFLAGS"' | grep -e -Werror
nix-instantiate --eval -E "(let p = ($pkgs) // import $W/refval/nix/overlay.nix ($pkgs) { }; in p.refval.name)" | grep '"refval-'

say "from the release tarball"
make -s -C "$W/refval" dist > /dev/null
tarball=$(ls "$W"/refval/build/refval-*.tar.gz)
mkdir "$W/unpacked"
tar -C "$W/unpacked" -xzf "$tarball"
[ "$(nix-instantiate "$W"/unpacked/refval-*/nix --arg pkgs "$pkgs" 2> /dev/null)" = "$(drv "$F")" ] || fail "the unpacked tarball is another derivation"
[ "$(drv "file://$tarball?dir=nix")" = "$(drv "$F")" ] || fail "the tarball is another derivation"

say "measureImage"
xz -dc "tests/vectors/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > "$W/fd"
python3 tests/tools/make-image.py --layout 0.5.8 --out "$W/image.tar.gz" --firmware "$W/fd" --kernel tests/vectors/measure/kernel/plain.bin
with='options = [ "--cpus" "2" "--memory" "4G" "--qemu" "8.2.2" ];'
measured=$(nix-build --no-out-link -E "(import $W/refval/nix { pkgs = $pkgs; }).measureImage { image = $W/image.tar.gz; $with }")
"$built/bin/refval-measure" "$W/image.tar.gz" --cpus 2 --memory 4G --qemu 8.2.2 --json | jq -S 'del(.inputs)' > "$W/values"
jq -S 'del(.inputs)' "$measured" | diff "$W/values" -
! nix-instantiate --eval -E "((import $W/refval/nix { pkgs = $pkgs; }).measureImage { image = \"$W/image.tar.gz\"; $with }).drvPath" > "$W/log" 2>&1 ||
	fail "a string is taken for a file"
grep -q 'measureImage: image = ".*" is no path and no derivation' "$W/log" || { cat "$W/log"; fail "the reason is not said"; }

say "verifyMachine: an output only if the verdict is yes"
verdict() {
	nix-build --no-out-link -E "(import $W/refval/nix { pkgs = $pkgs; }).verifyMachine { release = \"$1\"; evidence = $top/docs/auditor-template/evidence;
		compose = $top/docs/auditor-template/app-compose.json; at = \"$2\"; options = [ \"--cpus\" \"8\" \"--memory\" \"64G\" \"--qemu\" \"8.2.2\" ]; }" 2> "$W/log"
}
jq -e '.verdict == "yes"' "$(verdict dstack-dev-0.5.8 2026-04-01)/report.json"
! verdict dstack-dev-0.5.7 2026-04-01 || fail "another release has an output"
grep 'refval-verify: exit 1' "$W/log"
! verdict dstack-dev-0.5.8 2020-04-01 || fail "a verdict that cannot be told has an output"
grep 'refval-verify: exit 3' "$W/log"

say "another store: the same content"
first=$(nix-store -q --hash "$built")
second=$(flake build --store "$W/store" --no-link --json "$F#default" | jq -r '.[0].outputs.out')
[ "$second" = "$built" ] && [ "$(nix-store --store "$W/store" -q --hash "$second")" = "$first" ] || fail "$first is not what the other store has"
echo "$first  $built"
say "all of it with Nix $(nix --version | sed 's/.* //')"
