#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Answers of dstack-verifier beside ours; see peers.py. Outside CI: needs ab and faketime.
# VERIFIER=FILE is its program; docs/PEERS.md is about that of commit 312dc605 of its repository.
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build}
[ -x "${VERIFIER:-}" ] || { echo "check-serve-peer: VERIFIER=FILE must be a program of dstack-verifier" >&2; exit 4; }
for tool in ab faketime; do command -v "$tool" > /dev/null || { echo "needs $tool"; exit 4; }; done
# It listens there, and nowhere else.
python3 -c 'import socket; socket.create_server(("127.0.0.1", 8000))' 2> /dev/null ||
	{ echo "port 8000 of this machine is taken: unshare -n gives another" >&2; exit 4; }
exec python3 tests/serve/peers.py "$B/bin/refval-serve" "$VERIFIER" "$B/peer-serve" "${REQUESTS:-2000}"
