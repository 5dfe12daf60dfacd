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
# Its own command, for what the library does not print.
cli=$CARGO_TARGET_DIR/cli/bin/dcap-qvl
[ -x "$cli" ] || cargo install --quiet --locked --root "$CARGO_TARGET_DIR/cli" dcap-qvl-cli --version =0.7.1 --bin dcap-qvl
peer=$CARGO_TARGET_DIR/release/peer quote=$B/bin/refval-quote
python3 tests/quote/peers.py "$quote" "$peer" tests/vectors/dcap
python3 tests/quote/format_peers.py "$quote" "$peer" "$cli" tests/vectors/dcap
