#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole verdict in a stream: a line of a known platform and shape, as
# multiples of one P-256 verification by `openssl speed` in the same run; two
# threads against one; memory of many lines against that of a thousand.
# LINES=20000 lines of PLATFORMS=500 platforms.
# shellcheck source=tests/bench/lib.sh disable=SC2046,SC2086
RUNS=${RUNS:-2}
. tests/bench/lib.sh
lines=${LINES:-20000} platforms=${PLATFORMS:-500}
machine=tests/vectors/real/near-058-dev-3e6394
bad=0
${CC:-cc} -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Ilib/base -Ilib/door -Ilib/qemu -Itests/unit -o "$tmp/fleet" tests/bench/fleet.c \
	"$B/lib/librefval.a" $(pkg-config --libs $(sed -n 's/^PKGS *:= //p' Makefile) cmocka) -lpthread
f=$tmp/fleet.d
mkdir -p "$f"
verify() {
	file=$1 jobs=$2
	cost "$bin/refval-verify" --jsonl "$file" --jobs "$jobs" --summary --release dstack-dev-0.5.8 --cpus 8 --memory 64G --qemu 8.2.2 \
		--compose $machine/app-compose.json --root-ca "$f/root.der" --collateral "$f/collateral.json" --at 2026-06-01
}
p256() { openssl speed -seconds "${SECONDS_P256:-2}" ecdsap256 2> /dev/null | awk '/nistp256/ { print 1e6 / $NF }'; }
# Each fleet has a root of its own: it is asked before the next is made. What
# the platforms cost once is in a run of a line of each, and is no part of a line.
run() {
	name=$1 aim=$2; shift 2
	"$tmp/fleet" "$f" "$platforms" "$lines" "$@" > "$f/lines"
	head -n "$platforms" "$f/lines" > "$f/once"
	head -n 1000 "$f/lines" > "$f/thousand"
	one=$(p256)
	set -- $(verify "$f/once" 1); first=$1
	set -- $(verify "$f/lines" 1); all=$1 wall=$2 memory=$3
	each=$(echo "$all $first $lines $platforms" | awk '{ print 1e6 * ($1 - $2) / ($3 - $4) }')
	report "fleet, a line $name, against one P-256 verify" "$each" "$one" "$aim" us || bad=1
	set -- $(verify "$f/thousand" 1)
	report "fleet, $lines lines $name, memory against 1000 lines" "$memory" "$3" 1.05 KiB || bad=1
	set -- $(verify "$f/lines" 2)
	report "fleet, $lines lines $name, wall of two threads against one" "$2" "$wall" 0.53 s || bad=1
}
run "without a log" 8
run "with its log" 12 $machine/event_log.json
exit $bad
