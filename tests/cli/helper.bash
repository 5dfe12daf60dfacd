# SPDX-License-Identifier: Apache-2.0
# What every bats file starts with: load helper
bats_require_minimum_version 1.5.0
TESTS=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
TOP=$(cd "$TESTS/.." && pwd)
V=$TESTS/vectors
BIN=${BIN:-$TOP/build/bin}
# The system's own, which has the modules that deps.txt names.
PYTHON=${PYTHON:-/usr/bin/python3}
export TESTS TOP V BIN PYTHON
export LC_ALL=C.UTF-8
# What a build that counts has reached, test by test (tests/mutate).
[ -z "${REFVAL_COUNTS:-}" ] || export GCOV_PREFIX=$REFVAL_COUNTS/${BATS_TEST_NUMBER:-0}
# A failed test shows what the last `run` saw, whoever started bats.
BATS_PRINT_OUTPUT_ON_FAILURE=1

# need COMMAND...: skip, by name, what this machine does not have. In CI
# everything must be there: the project's own files install it.
need() {
	local c
	for c; do
		if ! command -v "$c" > /dev/null; then
			[ -z "${CI:-}" ] || { echo "missing in CI: $c" >&2; return 1; }
			skip "needs $c"
		fi
		# It is there, and may still not be allowed to trace.
		[ "$c" = strace ] || continue
		strace -qq -o /dev/null true 2> /dev/null || skip "strace cannot trace a process here"
		# Leaks are not looked for in what is traced: ptrace cannot be had twice.
		export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
	done
}

# no_result: standard output has no result: nothing, or with --json why there is none.
no_result() {
	[ -z "$output" ] || jq -e '.schema == "refval.error/1"' <<< "$output" > /dev/null
}

# need_plain WHY: this is no instrumented build; its own record of its flags says so.
need_plain() { ! grep -qsE -e '-fsanitize|--coverage' "$(dirname "$BIN")/.config" || skip "$1"; }

# need_uncounted: a build for coverage opens and writes files of its own.
need_uncounted() { ! grep -qse --coverage "$(dirname "$BIN")/.config" || skip "what was reached is written to files"; }

# need_little: the address space of a program may be limited. An instrumented one has
# more of it than any limit that means something.
need_little() {
	(ulimit -v 900000 && "$BIN/refval" --version) > /dev/null 2>&1 || need_plain "programs of this build take all address space"
}

# need_faketime: clocks can be set, by a library that is loaded before all others;
# a sanitizer's wants to be the first, and is told that it need not.
need_faketime() {
	need faketime
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
}

# need_full: a device on which every write fails for want of space.
need_full() {
	{ [ -c /dev/full ] && ! echo > /dev/full; } 2> /dev/null || skip "there is no /dev/full that is full"
}

# need_terminal: a pseudo-terminal can be had.
need_terminal() {
	need script
	script -qec true /dev/null > /dev/null 2>&1 || skip "no pseudo-terminal can be had"
}

# judge_or_skip: after `run`: 4 says that the judge, not we, could not do its
# work, and the output says which program ended how.
judge_or_skip() {
	[ "$status" = 4 ] || return 0
	[ -z "${CI:-}" ] || { echo "$output"; return 1; }
	skip "$(tail -n 1 <<< "${output:-no judge}")"
}

# build_make TARGET...: make of the tree under test, in its build folder, building
# nothing anew, whatever compiler and flags it was built with.
build_make() {
	local b
	b=$(dirname "$BIN")
	env -u MAKEFLAGS make -s -C "$TOP" -o "${b#"$TOP"/}/.config" B="${b#"$TOP"/}" "$@"
}

# need_module NAME...: the same for modules of that python3.
need_module() {
	local m
	for m; do
		"$PYTHON" -c "import $m" 2> /dev/null && continue
		[ -z "${CI:-}" ] || { echo "missing in CI: python3 module $m" >&2; return 1; }
		skip "needs the python3 module $m"
	done
}

# background COMMAND...: bats waits for whoever keeps its descriptors. A file
# that uses it says: teardown() { stop_all; }
background() {
	"$@" > /dev/null 2>&1 3>&- &
	PIDS="${PIDS:-} $!"
}

stop_all() {
	local p
	for p in ${PIDS:-}; do kill "$p" 2> /dev/null || true; done
}

# wait_for FILE: what runs in the background makes it when it is ready.
wait_for() {
	local i
	for ((i = 0; i < 1500; i++)); do
		[ ! -e "$1" ] || return 0
		sleep 0.02
	done
	echo "no $1" >&2
	return 1
}

# oci_vectors FOLDER [MEMBER...]: the docker images that tests look at. Their
# folders are read-only, which nobody but root can remove again.
oci_vectors() {
	local folder=$1
	shift
	tar -xJf "$V/oci/dev.tar.xz" -C "$folder" "$@"
	chmod -R u+w "$folder/dev"
}

# runs MACHINE FILE: evidence like that of MACHINE (of tests/vectors/real), whose event log says that FILE is the
# app-compose that runs, and a quote with the RTMR3 that it gives (bytes 520 to 567), no mr_config_id (232 to 279)
# and so no good signature.
runs() {
	local payload digest zero rtmr3 q
	zero=$(printf '%096d' 0)
	payload=$(sha256sum < "$2" | cut -d' ' -f1)
	digest=$(printf '%s' "$(printf '\001\000\000\010' | xxd -p)$(printf ':compose-hash:' | xxd -p)$payload" | xxd -r -p |
		sha384sum | cut -d' ' -f1)
	rtmr3=$(printf '%s' "$zero$digest" | xxd -r -p | sha384sum | cut -d' ' -f1)
	q=$(xxd -p "$1/quote.bin" | tr -d '\n')
	jq -n --arg d "$digest" --arg p "$payload" --arg q "${q:0:464}$zero${q:560:480}$rtmr3${q:1136}" \
		'{quote: $q, event_log: [{imr: 3, event_type: 134217729, digest: $d, event: "compose-hash", event_payload: $p}]}'
}

# no_nameless COMMAND...: what strace has to inject so that the first file of that
# command which shall be without a name cannot be so. The command is run once.
no_nameless() {
	local n
	n=$(strace -qq -e trace=openat "$@" 2>&1 > /dev/null | grep ^openat | grep -n -m1 O_TMPFILE | cut -d: -f1)
	[ "$n" ] && echo "inject=openat:error=EOPNOTSUPP:when=$n"
}
