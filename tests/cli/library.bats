# SPDX-License-Identifier: Apache-2.0
# The library as a stranger meets it: installed, found by pkg-config alone.
# bats file_tags=slow
load helper

machine=$V/real/near-058-dev-3e6394

setup_file() {
	cd "$TOP" || return
	[[ $BIN == "$TOP"/* ]]
	export P=$BATS_FILE_TMPDIR/prefix b
	b=$(dirname "$BIN")
	env -u MAKEFLAGS make -s B="${b#"$TOP"/}" DESTDIR= PREFIX="$P" CFLAGS="${CFLAGS:--O2 -g}" install > "$BATS_FILE_TMPDIR/log" 2>&1 ||
		{ cat "$BATS_FILE_TMPDIR/log"; return 1; }
}

setup() {
	# Nothing of the tree can be found from here.
	cd "$BATS_TEST_TMPDIR" || return
	export PKG_CONFIG_PATH=$P/lib/pkgconfig LD_LIBRARY_PATH=$P/lib
	# A sanitized library needs a sanitized program.
	san=${SAN:+-fsanitize=$SAN}
	warn="-Wall -Wextra -Werror"
}

# ask PROGRAM EVIDENCE COMPOSE TIME
ask() { "$1" "$2" "$P/share/refval/releases" dstack-dev-0.5.8 "$3" "$4"; }

# Yes for the machine; no when one byte of its app-compose is another; cannot
# tell when the collateral has not begun to be valid.
judged() {
	run -0 ask "$1" "$machine" "$machine/app-compose.json" 1775001600
	[ "$output" = "0 " ]
	sed '0,/launcher/s//lauNcher/' "$machine/app-compose.json" > other.json
	run -1 ask "$1" "$machine" other.json 1775001600
	[ "$output" = "1 " ]
	run -3 ask "$1" "$machine" "$machine/app-compose.json" 1500000000
	[ "$output" = "3 " ]
	run ask "$1" /nonexistent other.json 1775001600
	[[ $output == *"/nonexistent"* ]]
	[ "$status" = "${output%% *}" ]
	[ "$status" -ge 3 ]
}

@test "a C program verifies the captured machine with the shared library" {
	${CC:-cc} -std=c11 $warn $san -o verify "$TESTS/library/verify.c" $(pkg-config --cflags --libs refval)
	run -0 readelf -d verify
	[[ $output == *"[librefval.so.0]"* ]]
	[[ ! $output =~ NEEDED.*(libcurl|libcrypto|libarchive) ]]
	judged ./verify
}

@test "a C++ program does, too" {
	need g++
	g++ -std=c++11 $warn $san -o verify "$TESTS/library/verify.cc" $(pkg-config --cflags --libs refval)
	judged ./verify
}

# bats test_tags=slow
@test "names of a program's own clash with nothing, in the archive and shared" {
	oci_vectors .
	image=$(xz -dc "$V/oci/cases.json.xz" | jq -r 'first(.[] | select(.error == null)) | .files[0]')
	${CC:-cc} -std=c11 $warn $san -o shared "$TESTS/library/names.c" $(pkg-config --cflags --libs refval)
	${CC:-cc} -std=c11 $warn $san -o archive "$TESTS/library/names.c" $(pkg-config --cflags --libs refval-fetch)
	run -0 ./shared "$image"
	[[ $output == *" images, 0 calls" ]]
	run -0 ./archive "$image"
	[[ $output == *" images, 0 calls" ]]
}

@test "fetch.h is in the archive, by refval-fetch, and not in the shared library" {
	${CC:-cc} -std=c11 $warn $san -o fetch "$TESTS/library/fetch.c" $(pkg-config --cflags --libs refval-fetch)
	run -4 ./fetch "$BATS_TEST_TMPDIR/none.sock"
	[[ $output == *none.sock* ]]
	run -1 bash -c '${CC:-cc} '"$san"' -o no "$TESTS/library/fetch.c" $(pkg-config --cflags --libs refval) 2>&1'
	[[ $output == *"rv_fetch_agent"* ]]
	run -0 readelf -d "$P/lib/librefval.so"
	[[ ! $output =~ NEEDED.*(libcurl|libssl) ]]
}

@test "the shared library gives what the public headers declare, and nothing else" {
	cat "$P"/include/refval/*.h | sed 's,/\*.*\*/,,' | tr '\n\t' '  ' | grep -oE 'RV_API [^;]*;' | sed -E 's/RV_PRINTF.*//' |
		grep -oE 'rv_[a-z0-9_]+\(' | tr -d '(' | sort -u > declared
	[ "$(wc -l < declared)" -gt 150 ]
	cat "$P/include/refval/fetch.h" | tr '\n\t' '  ' | grep -oE 'RV_API [^;]*;' | grep -oE 'rv_[a-z0-9_]+\(' | tr -d '(' | sort -u > fetch
	nm -D --defined-only "$P/lib/librefval.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort > exported
	diff <(comm -23 declared fetch) exported
	run -1 grep -v '^rv_' exported
}

@test "each header compiles alone, in C and in C++" {
	need g++
	for h in refval.h $(cd "$P/include" && ls refval/*.h); do
		echo "#include <$h>" | ${CC:-cc} -std=c11 $warn -I"$P/include" -fsyntax-only -x c -
		echo "#include <$h>" | g++ -std=c++11 $warn -Wpedantic -I"$P/include" -fsyntax-only -x c++ -
	done
}

@test "public functions take types that are installed" {
	run -1 grep -rnE 'rv_(grow|jw|jt|json|rd|stream)\b' "$P/include"
}

@test "the library changes nothing of the process" {
	run -1 bash -c 'nm -D --undefined-only "$P/lib/librefval.so" | grep -wE "signal|setlocale|chdir|umask|putenv|setenv|atexit|fork|execve|dup2"'
	# What a signal does may be asked, not said.
	calls=$(grep -rhoE '\bsigaction\([^;]*' "$TOP/lib" --include='*.c')
	[ -z "$(grep -vE 'sigaction\(\w+, NULL, ' <<< "$calls")" ]
}
