#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Format, shell, manual pages, and two analyzers over the code. Each complaint is
# printed; exit 1 if any. What one version of a tool finds another does not: the
# one of Debian 12 decides, and elsewhere the step is left out, by name.
# usage: lint.sh [STEP ...]     format shell manual clang cppcheck; default: all
# NODES=225000 lets clang look as deep as it does by itself: six times as long.
set -u
cd "$(dirname "$0")/.." || exit 4
sh tests/deps.sh lint || exit 4
jobs=$(nproc 2> /dev/null || echo 1)
inc='-D_XOPEN_SOURCE=700 -Iinclude -Ilib/base -Ilib/door -Ilib/qemu -Icmd -Icmd/frame -Icmd/opts -Icmd/print -Icmd/one'

# decides STEP TOOL VERSION: is this the version that decides?
decides() {
	have=$($2 --version 2> /dev/null | sed -n 's/^[^0-9]* \([0-9][0-9.]*\).*/\1/p' | head -n 1)
	case $have. in "$3".*) return 0 ;; esac
	echo "lint: $1 is left out: $2 $3 decides, here is ${have:-none}"
	return 1
}

format() {
	decides format clang-format 14 || return 0
	git ls-files -z '*.c' '*.h' | xargs -0 -P "$jobs" -n 32 clang-format --dry-run -Werror
}

shell() {
	git ls-files -z '*.sh' .ci/run | xargs -0 -P "$jobs" -n 8 shellcheck -S warning -e SC1091,SC2034,SC2154 || return 1
	git ls-files -z '*.bats' '*.bash' | xargs -0 -P "$jobs" -n 4 shellcheck -S error -s bash
}

manual() {
	for m in docs/*.[1-9]; do mandoc -Tlint -W warning "$m" || return 1; done
}

# unix.Malloc does not know __attribute__((cleanup)): each local that RV_AUTO frees
# is a leak to it. Leaks are for the address sanitizer and the failing allocations.
analyze() {
	decides clang clang 14 || return 0
	# shellcheck disable=SC2086,SC2046
	git ls-files -z 'lib/*.c' 'cmd/*.c' | xargs -0 -P "$jobs" -n 1 clang --analyze --analyzer-output text -Xclang -analyzer-werror \
		-Xclang -analyzer-disable-checker=unix.Malloc -Xclang -analyzer-config -Xclang max-nodes="${NODES:-40000}" \
		-std=c11 $inc $(${PKG_CONFIG:-pkg-config} --cflags libxml-2.0)
}

# memleak: as unix.Malloc.
check() {
	decides cppcheck cppcheck 2.10 || return 0
	# shellcheck disable=SC2086
	cppcheck -j "$jobs" --quiet --std=c11 --enable=warning,performance,portability --suppress=memleak -D__x86_64__ \
		--inline-suppr --error-exitcode=1 $inc lib cmd
}

bad=0
[ $# != 0 ] || set -- format shell manual clang cppcheck
for step; do
	case $step in
	format | shell | manual) $step || bad=1 ;;
	clang) analyze || bad=1 ;;
	cppcheck) check || bad=1 ;;
	*) echo "lint.sh: no step is called $step" >&2; exit 2 ;;
	esac
done
exit $bad
