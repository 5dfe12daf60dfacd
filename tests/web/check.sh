#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The page and the package of `make web` beside the programs.
# usage: check.sh WEB MUTANTS      in the top folder; BIN is the programs' folder
set -eu
web=$1 mutants=$2
export BIN="${BIN:-build/bin}"
say() { echo "== $*"; }

say "size"
sh tests/web/size.sh "$web"
say "what is served is what was built"
sh tests/web/same.sh "$web"
say "the package"
sh tests/web/package.sh "$web"
say "a 32-bit program's bounds"
node tests/web/bounds.mjs "$web/npm" "$BIN"
say "the page"
python3 tests/web/page.py "$web" all
say "captures and $mutants mutants"
node tests/web/equal.mjs "$web/npm" "$BIN" "$mutants"
