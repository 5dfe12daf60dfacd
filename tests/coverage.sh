#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What part of lib the tests reach: lines and branches, by folder, as text.
# Built apart, into build-coverage; gcov comes with gcc.
# usage: coverage.sh [NAME ...]     default: all tests, see run.sh
set -eu
cd "$(dirname "$0")/.."
B=build-coverage
export B
gcov=${GCOV:-gcov}
command -v "$gcov" > /dev/null || { echo "coverage: $gcov is missing" >&2; exit 4; }
# No REPRO: the counts go to where the objects are, whatever folder a test is in.
make --no-print-directory -s -j"$(nproc)" B=$B REPRO= CC="${CC:-gcc}" CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage all unit
find $B -name '*.gcda' -delete
# A test that fails is another's matter; here it is said, and counted all the same.
tests/run.sh "$@" > $B/tests.log 2>&1 || true
tail -n 1 $B/tests.log
printf '%-14s %7s %7s %8s %7s\n' folder lines reached branches taken
for d in lib/*/; do
	d=${d%/}
	for c in "$d"/*.c; do
		"$gcov" -b -n -o "$B/$d" "$B/${c%.c}.o" 2> /dev/null |
			awk -v want="$c" '/^File / { on = index($0, want) > 0 } on && /^(Lines|Taken)/ { print }'
	done | awk -v d="$d" '
		{ split($0, half, ":"); split(half[2], n, "% of ") }
		/^Lines/ { lines += n[2]; hit += n[1] * n[2] / 100 }
		/^Taken/ { branches += n[2]; taken += n[1] * n[2] / 100 }
		END { if (lines) printf "%-14s %7d %6.1f%% %8d %6.1f%%\n", d, lines, 100 * hit / lines, branches, branches ? 100 * taken / branches : 100 }'
done
