# SPDX-License-Identifier: Apache-2.0
# What every bats file starts with: load helper
bats_require_minimum_version 1.5.0
TESTS=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
TOP=$(cd "$TESTS/.." && pwd)
V=$TESTS/vectors
BIN=${BIN:-$TOP/build/bin}
export TESTS TOP V BIN
export LC_ALL=C.UTF-8

# need COMMAND...: skip, by name, what this machine does not have. In CI
# everything must be there: the project's own files install it.
need() {
	local c
	for c; do
		command -v "$c" > /dev/null && continue
		[ -z "${CI:-}" ] || { echo "missing in CI: $c" >&2; return 1; }
		skip "needs $c"
	done
}

# need_module NAME...: the same for modules of the system's own python3.
need_module() {
	local m
	for m; do
		/usr/bin/python3 -c "import $m" 2> /dev/null && continue
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
