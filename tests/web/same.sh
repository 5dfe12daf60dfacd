#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The page's wasm.js and the package have the same program, and the page its
# policy.
# usage: same.sh WEB
set -eu
web=$1
fail() { echo "same.sh: $*" >&2; exit 1; }
sed -n 's/.*\.wasm = "\(.*\)";$/\1/p' "$web/wasm.js" | base64 -d | cmp - "$web/refval.wasm" || fail "wasm.js is another program"
cmp "$web/npm/refval.wasm" "$web/refval.wasm" || fail "the package's is another program"
policy=$(sed -n 's/.*Content-Security-Policy" content="\([^"]*\)".*/\1/p' "$web/index.html")
case $policy in
"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'sha256-"*"'; worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'") ;;
*) fail "policy: $policy" ;;
esac
sh tests/web/text.sh
# Of emscripten's own: what would ask for a file when the program is not given.
! grep -nE 'eval\(|new Function|WebSocket' "$web/worker.js" || fail "worker.js: what runs text"
echo "ok"
