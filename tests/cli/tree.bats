# SPDX-License-Identifier: Apache-2.0
# The rules of the tree: layers, names, licences. See docs/PIPELINE.md.
load helper

setup() { cd "$TOP" || return; }

@test "only lib/base includes other people's headers" {
	run -1 grep -rnE '#include <(openssl|archive|archive_entry|zlib|jansson|cbor|yaml|msgpack|curl)' \
		cmd include lib --include='*.[ch]' --exclude-dir=base
}

@test "a stage includes the public header, lib/base and its own headers" {
	for d in lib/*/; do
		d=$(basename "$d")
		[ "$d" != base ] || continue
		for h in $(cat "lib/$d"/*.[ch] 2> /dev/null | sed -n 's/^#include "\(.*\)"/\1/p' | sort -u); do
			[ -e "lib/$d/$h" ] || [ -e "lib/base/$h" ] || { echo "lib/$d includes $h"; false; }
		done
	done
}

@test "the public headers include nothing but C and each other, and compile alone" {
	run -1 grep -nE '#include "' -r include
	for h in include/refval.h include/refval/*.h; do
		echo "#include <${h#include/}>" | ${CC:-cc} -std=c11 -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c -
	done
}

@test "the library does not print, exit, or read clock or environment" {
	run -1 grep -nE '(^|[^a-z_.>])(v?f?printf|puts|fputs|putchar|exit|_exit|abort|getenv|time|clock_gettime|gettimeofday)[[:space:]]*\(' \
		-r lib --include='*.c'
}

@test "only out.c and cmd.c print" {
	run -1 bash -c "grep -lE '(^|[^a-z_])(v?f?printf|puts|fputs|putchar|fwrite)[[:space:]]*\(' cmd/*.c | grep -vE '^cmd/(out|cmd)\.c$'"
}

@test "every source file carries its licence line" {
	run -1 bash -c "git ls-files '*.c' '*.h' '*.sh' '*.bats' '*.bash' '*.py' '*.mk' Makefile .ci/run '*.nix' | xargs grep -L 'SPDX-License-Identifier: Apache-2.0' | grep ."
}

@test "only refval-fetch is linked with libcurl or libssl" {
	for p in "$BIN"/refval*; do
		[ "$(basename "$p")" != refval-fetch ] || continue
		run -0 readelf -d "$p"
		[[ $output == *NEEDED*libc.so* ]]
		[[ ! $output =~ NEEDED.*(libcurl|libssl) ]]
	done
}

@test "no two files of the library define the same function" {
	run -0 nm -g --defined-only "$(dirname "$BIN")/lib/librefval.a"
	[[ $output == *" T rv_"* ]]
	run -0 bash -c 'awk "NF == 3 && \$2 ~ /[TDBR]/ { print \$3 }" <<< "$1" | sort | uniq -d' - "$output"
	[ -z "$output" ]
}
