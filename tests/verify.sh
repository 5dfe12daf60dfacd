#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `make verify` shows: a real machine, captured in public, verified end to
# end; then the same evidence with one thing changed, refused with the reason.
set -u
cd "$(dirname "$0")/.." || exit 4
# BIN are the programs, in B something may be written.
B=${B:-build}
BIN=${BIN:-$B/bin}
machine=tests/vectors/real/near-058-dev-3e6394
verify() {
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$1" \
		--compose "$2" --at 2026-04-01 --cpus 8 --memory 64G --qemu 8.2.2
}
echo "== A dstack-dev-0.5.8 machine of 8 vCPUs and 64 GiB, captured in March 2026, at a time when its collateral is valid"
verify $machine $machine/app-compose.json
status=$?
echo "== exit $status"
[ $status = 0 ] || exit $status

# Not in /tmp, which may be read-only.
tmp=$(mktemp -d "$B/verify.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
refuse() {
	status=$1
	shift
	"$@" > "$tmp/out"
	[ $? = "$status" ] || { cat "$tmp/out"; echo "== expected exit $status"; exit 4; }
	grep -A 4 '^  no ' "$tmp/out"
	echo "== exit $status"
}
echo
echo "== The same, with one character of app-compose.json changed"
sed '0,/launcher/s//lauNcher/' $machine/app-compose.json > "$tmp/app-compose.json"
refuse 1 verify $machine "$tmp/app-compose.json"

echo
echo "== The same, with one byte of an event's digest changed in the log"
cp -r $machine "$tmp/machine"
chmod -R u+w "$tmp/machine"
rm "$tmp/machine/tcb_info.json"
sed -i 's/69e0bbb3861d993d/69e0bbb3861d993e/' "$tmp/machine/event_log.json"
refuse 1 verify "$tmp/machine" $machine/app-compose.json
