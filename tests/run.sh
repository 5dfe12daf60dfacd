#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every test and count: cmocka programs in build/unit, bats files in tests/cli.
# Ends with "N passed, N failed, N skipped"; exit 1 when any failed or none ran.
# usage: run.sh [FILE.bats|PROGRAM ...]       default: all of them
set -u
cd "$(dirname "$0")/.." || exit 4
B=${B:-build}
BIN=$PWD/$B/bin
export B BIN
log=$B/check.log
mkdir -p "$B"
: > "$log"
if [ $# = 0 ]; then
	for f in tests/unit/*.c; do
		[ ! -e "$f" ] || set -- "$@" "$B/unit/$(basename "$f" .c)"
	done
	for f in tests/fuzz/fuzz_*.c; do
		[ ! -e "$f" ] || set -- "$@" "$B/fuzz/$(basename "$f" .c)"
	done
	set -- "$@" tests/cli/*.bats
fi
jobs=
command -v parallel > /dev/null && jobs="--jobs $(nproc)"
bats=
for t; do
	case $t in
	*.bats) bats="$bats $t" ;;
	*)
		# A fuzz target runs on its seeds, ROUNDS damaged copies of each.
		args=
		case $t in */fuzz/*) args="${ROUNDS:-200} $(tests/fuzz/seeds.sh "$(basename "$t")")" ;; esac
		# shellcheck disable=SC2086
		out=$(CMOCKA_MESSAGE_OUTPUT=TAP "$t" $args 2>&1)
		status=$?
		printf '%s\n' "$out" | sed "s/^\(not \)\{0,1\}ok [0-9]* - /&$(basename "$t"): /" | tee -a "$log"
		# A crash prints no "not ok" line of its own.
		if [ $status != 0 ] && ! printf '%s\n' "$out" | grep -q '^not ok'; then
			echo "not ok - $(basename "$t") ended with status $status" | tee -a "$log"
		fi
		;;
	esac
done
# shellcheck disable=SC2086
[ -z "$bats" ] || bats --tap $jobs $bats 2>&1 | tee -a "$log"
failed=$(grep -c '^not ok' "$log")
skipped=$(grep -ciE '^ok .*# skip' "$log")
passed=$(($(grep -c '^ok' "$log") - skipped))
planned=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
# A test that vanished without a word (a killed runner) is a failure.
lost=$((planned - passed - failed - skipped))
[ "$lost" -le 0 ] || { echo "$lost tests were planned and never reported"; failed=$((failed + lost)); }
[ "$failed" = 0 ] || grep '^not ok' "$log"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
