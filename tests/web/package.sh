#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The npm package: packed twice, installed from its tarball, used, its types
# checked. Nothing is asked of a registry. usage: package.sh WEB
set -eu
web=$(cd "$1" && pwd) top=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
fail() { echo "package.sh: $*" >&2; exit 1; }
export npm_config_cache="$tmp/cache" npm_config_offline=true npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false

for d in a b; do
	cp -R "$web/npm" "$tmp/$d"
	(cd "$tmp/$d" && touch -- * && npm pack --silent > /dev/null)
done
tarball=$(cd "$tmp/a" && ls ./*.tgz)
cmp "$tmp/a/$tarball" "$tmp/b/$tarball" || fail "packed twice, not the same bytes"
tar -tzf "$tmp/a/$tarball" | grep -qx package/refval.wasm || fail "no wasm in it"
echo "ok: packed twice, the same $(wc -c < "$tmp/a/$tarball") bytes"

mkdir "$tmp/user"
cd "$tmp/user"
printf '{"name":"user","private":true,"type":"module"}\n' > package.json
npm install --silent "$tmp/a/$tarball"
set -- node_modules/*
[ "$*" = node_modules/refval ] || fail "it came with more: $*"
cp "$top/tests/web/user.ts" "$top/tests/web/user.mjs" .
TOP=$top node user.mjs

# What a name that is none, or a report not told from an error, must be.
tsc --noEmit --strict --target es2022 --lib es2022,dom --module node16 --moduleResolution node16 user.ts || fail "types"
n=$(grep -c '^// @ts-expect-error$' user.ts)
[ "$n" -ge 4 ] || fail "no wrong lines"
echo "ok: types, and $n lines that are refused"

# exits WANT ARGUMENT...: of the command line.
exits() {
	want=$1
	shift
	code=0
	npx --no-install refval "$@" > out 2> err || code=$?
	[ "$code" = "$want" ] || { cat out err; fail "refval $*: exit $code, not $want"; }
}
T=$top/docs/auditor-template
cp "$T/app-compose.json" .
exits 0 verify --release dstack-dev-0.5.8 --evidence "$T/evidence" --compose app-compose.json --at 2026-04-01
sed 's/launcher/lauNcher/' "$T/app-compose.json" > other.json
exits 1 verify --release dstack-dev-0.5.8 --evidence "$T/evidence" --compose other.json --at 2026-04-01 --html page.html
grep -q '<h1>Attestation report</h1>' page.html || fail "no page was written"
exits 2 verify
exits 3 verify --evidence "$T/evidence" --at 2026-04-01
exits 2 fetch localhost
grep -q 'opens no connection' err || fail "fetch: $(cat err)"
exits 2 nothing
exits 0 help
exits 0 verify --release dstack-dev-0.5.8 --evidence "$T/evidence" --at 2026-04-01 --json
"$top/${BIN#"$top"/}/refval-verify" --release dstack-dev-0.5.8 --evidence "$T/evidence" --at 2026-04-01 --json > native 2> /dev/null || :
cmp native out || fail "not the program's document"
echo "ok: the command line"
