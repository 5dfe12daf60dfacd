# SPDX-License-Identifier: Apache-2.0
# The page and the package of `make web`. Longer tests are in `make check-web`;
# here is what needs no WebAssembly, and a look at one that was built before.
load helper

setup() { cd "$TOP" || return; }

W=$TOP/build/web

built() {
	for c in emcc node; do command -v $c > /dev/null || skip "$c is not installed"; done
	[ -s "$W/index.html" ] || skip "build/web is not there: make web"
}

@test "make web names what is missing, and makes nothing" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	# All that is installed, but for two.
	find /usr/local/bin /usr/bin /bin -maxdepth 1 ! -type d ! -name emcc ! -name cmake -exec ln -sft "$BATS_TEST_TMPDIR/bin" {} + 2> /dev/null || :
	run -2 --separate-stderr env -u MAKEFLAGS PATH="$BATS_TEST_TMPDIR/bin" make web B="$BATS_TEST_TMPDIR/build"
	[[ $stderr == *"missing (Debian package names): "*"emscripten "*"cmake"* ]] || { echo "$stderr"; false; }
	[ ! -e "$BATS_TEST_TMPDIR/build/web/deps" ]
}

@test "nothing in the page's own text connects, or runs text" {
	run -0 sh tests/web/text.sh
	# The test sees what it looks for.
	cp -r cmd/web "$BATS_TEST_TMPDIR"
	for line in 'fetch("x");' 'location = "x";' 'by("a").innerHTML = x;' 'new WebSocket(x);'; do
		cp cmd/web/page/page.js "$BATS_TEST_TMPDIR/web/page"
		echo "$line" >> "$BATS_TEST_TMPDIR/web/page/page.js"
		run -1 sh tests/web/text.sh "$BATS_TEST_TMPDIR/web"
	done
	cp cmd/web/page/page.js "$BATS_TEST_TMPDIR/web/page"
	sed -i 's|src="page.js"|src="https://a.example/page.js"|' "$BATS_TEST_TMPDIR/web/page/index.html"
	run -1 sh tests/web/text.sh "$BATS_TEST_TMPDIR/web"
}

@test "every command but those that connect is in the program for WebAssembly" {
	for f in cmd/*.c; do
		name=$(basename "$f" .c)
		case $name in refval | fetch | serve) continue ;; esac
		grep -q "{ \"refval-$name\", rv_main_$name }," cmd/one/one.c
		grep -q "^int rv_main_$name(int argc, char \*\*argv);" cmd/one/one.h
	done
}

@test "which options name files, and which may be repeated, is told with the rules" {
	run -0 "$BIN/refval-verify" --print-rules
	[[ $output == *$'\nlist\timage\n'* ]]
	[[ $output == *$'\nreads\t'*' evidence '* ]]
}

@test "a page that was built: one verdict, by keyboard only, from a file" {
	need chromium python3
	built
	run -0 python3 tests/web/page.py "$W" quick
	[ "$(grep -c '^ok: ' <<< "$output")" = 4 ]
}

@test "a package that was built answers as the program does" {
	built
	T=docs/auditor-template
	for release in dstack-dev-0.5.8 dstack-dev-0.5.7; do
		args=(verify --json --release $release --evidence $T/evidence --compose $T/app-compose.json --at 2026-04-01)
		run --separate-stderr "$BIN/refval-verify" "${args[@]:1}"
		want=$status:$output
		run --separate-stderr node "$W/npm/cli.js" "${args[@]}"
		[ "$status:$output" = "$want" ]
	done
	[[ $want == 1:* ]]
}
