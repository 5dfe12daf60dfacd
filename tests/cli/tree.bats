# SPDX-License-Identifier: Apache-2.0
# The rules of the tree: layers, names, licences. See docs/PIPELINE.md.
load helper

setup() { cd "$TOP" || return; }

@test "only lib/door includes other people's headers" {
	run -1 grep -rnE '#include <(openssl|archive|archive_entry|zlib|jansson|yaml|curl|libxml)' \
		cmd include lib --include='*.[ch]' --exclude-dir=door
}

# bats test_tags=slow
@test "a stage includes the public header, lib/base, the doors, lib/qemu and its own headers" {
	for d in lib/*/; do
		d=$(basename "$d")
		case $d in
		base) rooms=base ;;
		door) rooms="base door" ;;
		qemu) rooms="base qemu" ;;
		*) rooms="base door qemu $d" ;;
		esac
		for h in $(cat "lib/$d"/*.[ch] | sed -n 's/^#include "\(.*\)"/\1/p' | sort -u); do
			found=
			for r in $rooms; do [ ! -e "lib/$r/$h" ] || found=1; done
			[ -n "$found" ] || { echo "lib/$d includes $h"; false; }
		done
	done
}

# symbols FLAG FILE...: what objects define (--defined-only) or need (-u).
symbols() { nm -g "$@" | awk 'NF >= 2 { print $NF }' | sort -u; }

# bats test_tags=slow
@test "lib/verify calls every stage but fetch and opens nothing; no stage calls it" {
	L=$(dirname "$BIN")/lib
	symbols -u "$L"/verify/*.o > "$BATS_TEST_TMPDIR/needs"
	grep -qx rv_quote_verify "$BATS_TEST_TMPDIR/needs"
	run -1 grep -xE '(f?open(at|dir)?|f?stat(at)?|read|readlink|scandir|getenv|time|clock_gettime|rv_buf_read|rv_.*_path|rv_(image|oci)_read)(64)?' \
		"$BATS_TEST_TMPDIR/needs"
	symbols --defined-only "$L"/fetch/*.o | comm -12 - "$BATS_TEST_TMPDIR/needs" > "$BATS_TEST_TMPDIR/fetch"
	[ ! -s "$BATS_TEST_TMPDIR/fetch" ]
	symbols --defined-only "$L"/verify/*.o > "$BATS_TEST_TMPDIR/own"
	grep -qx rv_verify "$BATS_TEST_TMPDIR/own"
	find "$L" -name '*.o' ! -path '*/verify/*' -exec nm -gAu {} + | sed 's/: *U / /' |
		awk 'NR == FNR { own[$1]; next } $2 in own { print $1 " calls " $2 }' "$BATS_TEST_TMPDIR/own" - > "$BATS_TEST_TMPDIR/up"
	diff "$BATS_TEST_TMPDIR/up" /dev/null
}

@test "cmd/NAME.c is a command, cmd/NAME/ its parts, the rest frame, opts, print, one and web" {
	for f in cmd/*.c; do
		name=$(basename "$f" .c)
		grep -q '^int main(' "$f"
		[ -x "$BIN/refval-$name" ] || [ "$name" = refval ]
	done
	for d in cmd/*/; do
		d=$(basename "$d")
		[[ " frame opts print one web " == *" $d "* ]] || [ -e "cmd/$d.c" ]
		[ "$d" = one ] || run -1 grep -rn '^int main(' "cmd/$d"
	done
	[ "$(ls cmd/*.c | wc -l)" = "$(ls "$BIN" | wc -l)" ]
	# An option is a row by macro (cmd/frame/cmd.h).
	run -1 grep -rnE "\{ *(0|'.'), *\"" cmd
}

@test "each folder of lib and cmd says what it is for, as the table of PIPELINE.md does, and where to begin" {
	for d in lib/*/ cmd/*/; do
		d=${d%/}
		[ "$(sed -n 1p "$d/README.md")" = "# $d" ]
		echo "| \`$d\` | $(sed -n 3p "$d/README.md") |"
		begin=$(sed -n '5s/^Begin with `\(.*\)`\.$/\1/p' "$d/README.md")
		[ -n "$begin" ]
		[ -f "$d/$begin" ]
	done > "$BATS_TEST_TMPDIR/folders"
	diff <(grep -E '^\| `(lib|cmd)/' docs/PIPELINE.md | sort) <(sort "$BATS_TEST_TMPDIR/folders")
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
	run -1 bash -c "grep -lE '(^|[^a-z_])(v?f?printf|puts|fputs|putchar|fwrite)[[:space:]]*\(' cmd/*.c cmd/*/*.c | grep -vE '^cmd/frame/(out|cmd)\.c$'"
}

@test "every source file carries its licence line" {
	# The tree may be no clone, or that of another user.
	find Makefile .ci/run cmd docs images include lib nix tests -name '*.[ch]' -o -name '*.sh' -o -name '*.bats' -o -name '*.bash' \
		-o -name '*.py' -o -name '*.mk' -o -name '*.nix' -o -name Makefile -o -path .ci/run > "$BATS_TEST_TMPDIR/files"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/files")" -gt 300 ]
	run xargs grep -L 'SPDX-License-Identifier: Apache-2.0' < "$BATS_TEST_TMPDIR/files"
	[ -z "$output" ]
}

@test "only refval-fetch is linked with libcurl, and only refval-serve with libmicrohttpd" {
	for p in "$BIN"/refval*; do
		run -0 readelf -d "$p"
		[[ $output == *NEEDED*libc.so* ]]
		[ "$(basename "$p")" = refval-fetch ] || [[ ! $output =~ NEEDED.*(libcurl|libssl) ]]
		[ "$(basename "$p")" = refval-serve ] || [[ ! $output =~ NEEDED.*libmicrohttpd ]]
	done
	run -1 grep -rl 'include <microhttpd' lib cmd --include='*.[ch]' --exclude-dir=serve
}

# needed PROGRAM...: the libraries that they ask the loader for.
needed() { readelf -d "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u; }

@test "every package that the Makefile asks for is needed by a program, and deps.txt has it" {
	needed "$BIN"/refval* > "$BATS_TEST_TMPDIR/needed"
	for p in $(sed -n 's/^PKGS[_a-z]* *:= //p' Makefile); do
		grep -q "^build[[:space:]].*[[:space:]]pc:$p\$" tests/deps.txt || { echo "tests/deps.txt: no $p"; false; }
		n=0
		for l in $(${PKG_CONFIG:-pkg-config} --libs-only-l "$p"); do
			! grep -q "^lib${l#-l}[-.0-9]*[.]so" "$BATS_TEST_TMPDIR/needed" || n=$((n + 1))
		done
		[ "$n" -gt 0 ] || { echo "$p: no program needs it"; cat "$BATS_TEST_TMPDIR/needed"; false; }
	done
}

@test "no package that nothing is needed of is asked for anywhere" {
	run -1 grep -rnE "libcbor|msgpack-c|libmsgpack" Makefile tests/deps.txt nix docs README.md
}

# pretend_missing NAME: a pkg-config that does not know it.
pretend_missing() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	cat > "$BATS_TEST_TMPDIR/bin/pkg-config" <<-EOF
		#!/bin/sh
		case " \$* " in *" $1 "*) echo "Package $1 was not found" >&2; exit 1 ;; esac
		exec $(command -v pkg-config) "\$@"
	EOF
	chmod +x "$BATS_TEST_TMPDIR/bin/pkg-config"
}

# bats test_tags=slow
@test "make stops before the first compile and names the package to install" {
	for p in jansson:libjansson-dev libcurl:libcurl4-openssl-dev yaml-0.1:libyaml-dev; do
		pretend_missing "${p%:*}"
		run -2 --separate-stderr env -u MAKEFLAGS make -j2 B="$BATS_TEST_TMPDIR/build" PKG_CONFIG="$BATS_TEST_TMPDIR/bin/pkg-config"
		[ -z "$output" ]
		[[ $stderr == *"pkg-config finds no ${p%:*}: install ${p#*:}"* ]] || { echo "$stderr"; false; }
		[[ $stderr == *"sudo apt-get install ${p#*:}"* ]]
		[ -z "$(find "$BATS_TEST_TMPDIR/build" -name '*.o')" ]
	done
}

# bats test_tags=slow
@test "make with a compiler that is not there says so" {
	run -2 --separate-stderr env -u MAKEFLAGS make -j2 B="$BATS_TEST_TMPDIR/build" CC=/nowhere/cc
	[[ $stderr == *"the compiler '/nowhere/cc' does not run"* ]] || { echo "$stderr"; false; }
	[ -z "$output" ]
}

@test "no two files of the library define the same function" {
	run -0 nm -g --defined-only "$(dirname "$BIN")/lib/librefval.a"
	[[ $output == *" T rv_"* ]]
	run -0 bash -c 'awk "NF == 3 && \$2 ~ /[TDBR]/ { print \$3 }" <<< "$1" | sort | uniq -d' - "$output"
	[ -z "$output" ]
}

@test "every global symbol of the library begins with rv_" {
	run -0 nm -g --defined-only "$(dirname "$BIN")/lib/librefval.a"
	run -1 bash -c 'awk "NF == 3 { print \$3 }" <<< "$1" | grep -v "^rv_"' - "$output"
}

@test "no code reads a message back" {
	run -1 grep -rnE '(strn?cmp|strn?casecmp|memcmp|strn?str|strchr|rv_same_text|sscanf)\([^;]*(->|\.)msg\b' lib cmd --include='*.[ch]' --exclude=err.c
}

@test "one word for an answer: nothing else spells cannot-tell" {
	run -0 grep -rlE '"cannot-tell"' cmd lib --include='*.[ch]'
	[ "$output" = lib/base/err.c ]
}

@test "every command is in the tour, and in the table of README.md, in one order" {
	run -0 "$BIN/refval" help
	tour=$(sed -n 's/^  \([a-z]*\) \{2,\}[a-z].*/\1/p' <<< "$output")
	[ "$tour" = "$(sed -n 's/^| `refval-\([a-z]*\)` .*/\1/p' README.md)" ]
	[ "$(sort <<< "$tour")" = "$(basename -s .c cmd/*.c | grep -v '^refval$' | sort)" ]
}

# bats test_tags=slow
@test "no two files of the library call each other, and no arrow goes up" {
	run -0 python3 tests/tools/circles.py "$(dirname "$BIN")/lib"
	[ -z "$output" ]
	run -1 bash -c 'nm "$1" | awk "\$1 == \"U\" { print \$2 }" | grep -E "^rv_(cmd|out|opts|inputs)_"' - "$(dirname "$BIN")/lib/librefval.a"
}

# bats test_tags=slow
@test "what the library can write to that is nobody's argument is this list" {
	# jansson's allocator is set once, with a reserve for what it cannot do
	# without; libxml2 is set up once; the rest is bytes that only have an address.
	run -0 python3 tests/tools/circles.py --globals "$(dirname "$BIN")/lib"
	diff <(echo "$output") - << 'END'
door/json once
door/json reserve
door/xml once
quote/bodies nothing
unpack/names bios
unpack/names initrd
unpack/names kernel
unpack/names sev
END
}

@test "every document that a comment or document names is there" {
	need git
	[ -e .git ] || skip "this is no clone"
	for m in $(git ls-files '*.[ch]' '*.md' '*.sh' '*.bats' Makefile | xargs grep -ohE '[A-Za-z0-9_/.-]+\.md\b' | sort -u); do
		m=${m##*/}
		# Chapters of the OCI image specification, cited as such.
		case $m in config.md | descriptor.md | image-index.md | Image-layout.md | image-layout.md | layer.md) continue ;; esac
		[ -n "$(git ls-files "$m" "*/$m")" ] || { echo "$m: $(git grep -lF "$m" | head -3)"; false; }
	done
}

@test "what several judges take from the command line has its default where it is used" {
	# A default in one folder would be that of all.
	run -1 grep -nE '^(N|SEED|FILES|JOBS) *[?:]?=' "$TOP"/Makefile "$TOP"/tests/*/targets.mk "$TOP"/docs/*/targets.mk
}
