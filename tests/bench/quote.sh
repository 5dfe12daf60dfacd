#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verifying quotes, as multiples of one P-256 verification by `openssl speed` in
# the same run; then 10,000 quotes of five machines through --jsonl. A quote of a
# known platform needs two verifications, the QE's report and its own; a report
# that was verified before is remembered, so that ours does little more than one.
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
vectors=tests/vectors/dcap
bad=0
# shellcheck disable=SC2046
name=quote && ${CC:-cc} -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Ilib/base -Ilib/door -Ilib/qemu -o "$tmp/$name" "tests/bench/$name.c" \
	"$B/lib/librefval.a" $(pkg-config --libs $(sed -n 's/^PKGS *:= //p' Makefile)) -lpthread

# Microseconds of CPU of one verification.
p256() { openssl speed -seconds "${SECONDS_P256:-2}" ecdsap256 2> /dev/null | awk '/nistp256/ { print 1e6 / $NF }'; }
one=$(p256)
"$tmp/quote" $vectors > "$tmp/quote.txt"
again=$(p256)
one=$(echo "$one $again" | awk '{ print $1 < $2 ? $1 : $2 }')
of() { awk -v n="$1" '$1 == n { print $2 }' "$tmp/quote.txt"; }
echo "quote: one P-256 verification $one us; first verification of a process $(of first) us, new platform with collateral cached $(of collateral_cached) us"
report "quote, warm and nothing cached, against one P-256 verify" "$(of full)" "$one" 30 us || bad=1
report "quote, platform cached, against one P-256 verify" "$(of platform_cached)" "$one" 3 us || bad=1
report "quote, decode, against one P-256 verify" "$(of decode)" "$one" 0.05 us || bad=1

if [ ! -s "$tmp/fleet.jsonl" ]; then
	for q in 434d108b 0c699dd4 c42f9164 219cafde 6af2de94; do
		echo "{\"quote\":\"$(od -An -v -tx1 $vectors/real/quote-$q.bin | tr -d ' \n')\"}"
	done > "$tmp/five.jsonl"
	i=0
	while [ $i -lt 2000 ]; do
		cat "$tmp/five.jsonl"
		i=$((i + 1))
	done > "$tmp/fleet.jsonl"
fi
# shellcheck disable=SC2046
set -- $(cost sh -c "'$bin/refval-quote' --jsonl '$tmp/fleet.jsonl' --jobs 1 --at 2026-08-28T05:21:24Z \
	--collateral $vectors/real/collateral-221d7070.json || [ \$? = 1 ]")
report "quote, 10,000 by --jsonl, each, against two P-256 verifies" "$(echo "$1" | awk '{ print $1 * 100 }')" \
	"$(echo "$one" | awk '{ print 2 * $1 }')" 1.3 us || bad=1
exit $bad
