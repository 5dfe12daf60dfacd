# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the benchmarks share. Sourced in the top folder: . tests/bench/lib.sh
set -eu
B=${B:-build}
export bin="$B/bin"
tmp=$B/bench
mkdir -p "$tmp"
# The time that other work on this machine takes is no part of a ratio.
runs=${RUNS:-3}

# tool NAME [LIBRARY...]: build tests/bench/NAME.c
tool() {
	name=$1; shift
	${CC:-cc} -O2 -o "$tmp/$name" "tests/bench/$name.c" "$@"
}
tool cost

# cost COMMAND...: "cpu-seconds wall-seconds resident-KiB", the least of a few runs
cost() { "$tmp/cost" "$runs" "$@"; }

# report NAME OURS OPPONENT AIM UNIT: one line; false when OURS / OPPONENT > AIM
report() {
	awk -v n="$1" -v a="$2" -v b="$3" -v aim="$4" -v u="$5" 'BEGIN {
		r = a / b
		printf "%s: ours %.4g %s, opponent %.4g %s, ratio %.3f (aim %.2f)%s\n", n, a, u, b, u, r, aim, (r > aim ? "  MISSED" : "")
		exit (r > aim)
	}'
}
