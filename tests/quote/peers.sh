#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verdicts of another verifier beside ours, on the same quotes and collateral,
# offline once it is built. Outside CI: needs cargo, and a registry to build from.
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build}
command -v cargo > /dev/null || { echo "needs cargo"; exit 4; }
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/$B/peer} && export CARGO_TARGET_DIR
cargo build --quiet --release --manifest-path tests/quote/peer/Cargo.toml
for script in peers format_peers; do
	python3 tests/quote/$script.py "$B/bin/refval-quote" "$CARGO_TARGET_DIR/release/peer" tests/vectors/dcap
done
