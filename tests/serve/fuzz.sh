#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Damaged requests for FUZZ_SECONDS=600 to refval-serve; make SAN=address,undefined is meant.
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build} d=${B:-build}/serve-fuzz
rm -rf "$d" && mkdir -p "$d"
"$B/bin/refval-fetch" tests/vectors/real/near-058-dev-3e6394 --offline 2> /dev/null | jq -c . > "$d/near"
jq -c '{id: "a", evidence: ., release: "dstack-dev-0.5.8"}' "$d/near" > "$d/good"
# A machine that stands still for a while is no late answer.
ASAN_OPTIONS=detect_leaks=0 "$B/bin/refval-serve" --listen 127.0.0.1:0 --at 2026-04-01 --timeout 3600 2> "$d/log" &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 100); do [ -s "$d/log" ] && break; sleep 0.1; done
where=$(sed -n 's|^refval-serve: http://\([^;]*\);.*|\1|p' "$d/log")
python3 tests/tools/fuzz_http.py "$where" "${FUZZ_SECONDS:-600}" "${FUZZ_SEED:-1}" "$d/good" "$d/near" tests/vectors/real/060-lite-getquote-v3/getquote.json \
	tests/vectors/real/060-lite-attestation/attestation.json tests/vectors/real/nitro-enclave-debug/nitro_attestation_dbg.bin
# The line that says where it listens, and nothing else: no word of a sanitizer.
[ "$(wc -l < "$d/log")" = 1 ] || { cat "$d/log"; exit 1; }
