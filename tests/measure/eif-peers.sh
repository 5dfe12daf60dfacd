#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random enclave image files against AWS's own library, which is built for it (cargo, network).
# usage: eif-peers.sh [N [SEED]]     200 files of a seed that is printed; 4 when the judge cannot be built
set -eu
cd "$(dirname "$0")/../.."
n=${1:-200} seed=${2:-$(date +%j)}
command -v cargo > /dev/null || { echo "no cargo"; exit 4; }
# In a copy, so that the tree stays as it is.
mkdir -p build/eif-judge
cp -R tests/measure/eif-judge/. build/eif-judge
(cd build/eif-judge && cargo build -q) > build/eif-judge/log 2>&1 || { tail -n 3 build/eif-judge/log; echo "AWS's library does not build"; exit 4; }
echo "seed $seed"
/usr/bin/python3 tests/measure/eif-peers.py "${BIN:-$PWD/${B:-build}/bin}" build/eif-judge/target/debug/eif-judge "$n" "$seed"
