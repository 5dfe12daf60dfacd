#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzz under ASan and UBSan with libFuzzer. usage: run.sh SECONDS [fuzz_NAME ...]
# Each target names its seeds in a line "seeds: PATTERN ..." of its first comment.
# Finds are kept in build-fuzz/NAME/; corpora too, so that a later run goes on.
set -eu
cd "$(dirname "$0")/../.."
seconds=$1; shift
sh tests/deps.sh fuzz
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(basename -s .c tests/fuzz/fuzz_*.c)
make --no-print-directory -j"$(nproc)" B=build-fuzz CC=clang \
	CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DREFVAL_FUZZ' \
	build-fuzz/lib/librefval.a > build-fuzz.log 2>&1 || { tail -n 20 build-fuzz.log; exit 4; }
rm -f build-fuzz.log
# shellcheck disable=SC2046
libs=$(pkg-config --libs $(sed -n 's/^PKGS *:= //p' Makefile))
bad=0
for t; do
	# shellcheck disable=SC2046,SC2086
	clang -std=c11 -D_XOPEN_SOURCE=700 -Iinclude -Ilib/base -Ilib/door -Ilib/qemu -Ilib -O1 -g -DREFVAL_FUZZ \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o "build-fuzz/$t" "tests/fuzz/$t.c" build-fuzz/lib/librefval.a $libs -lpthread
	mkdir -p "build-fuzz/$t.corpus" "build-fuzz/$t.finds"
	seeds=$(mktemp -d)
	for f in $(tests/fuzz/seeds.sh "$t"); do cp "$f" "$seeds/$(echo "$f" | tr / _)"; done
	log=build-fuzz/$t.log
	if "build-fuzz/$t" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -max_len=262144 \
		-artifact_prefix="build-fuzz/$t.finds/" "build-fuzz/$t.corpus" "$seeds" > "$log" 2>&1; then
		echo "$t: clean, $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) .*/\1 runs in \2 s/p' "$log")"
	else
		bad=1
		echo "$t: FOUND, see $log and build-fuzz/$t.finds/"
	fi
	rm -rf "$seeds"
done
exit $bad
