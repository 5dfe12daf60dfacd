#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The wasm is to be below 3 MiB, compressed. usage: size.sh WEB
set -eu
plain=$(wc -c < "$1/refval.wasm")
packed=$(gzip -9 -c "$1/refval.wasm" | wc -c)
echo "refval.wasm: $plain bytes, $packed with gzip -9"
[ "$packed" -lt $((3 << 20)) ] || { echo "size.sh: not below 3 MiB" >&2; exit 1; }
