# SPDX-License-Identifier: Apache-2.0
# What is installed works where it is, and uninstalling leaves nothing.
load helper

setup() {
	cd "$TOP" || return
	# Only what this tree built can be installed from it.
	[[ $BIN == "$TOP"/* ]]
	d=$BATS_TEST_TMPDIR/root
	b=$(dirname "$BIN")
}

quiet_make() { env -u MAKEFLAGS make -s B="${b#"$TOP"/}" DESTDIR="$d" PREFIX=/opt/refval CFLAGS="${CFLAGS:--O2 -g}" "$@"; }

@test "install and uninstall: what came goes, and nothing else" {
	quiet_make install > "$BATS_TEST_TMPDIR/log" 2>&1 || { cat "$BATS_TEST_TMPDIR/log"; false; }
	[ -x "$d/opt/refval/bin/refval-verify" ]
	[ -s "$d/opt/refval/share/refval/releases/dstack-0.5.8.json" ]
	[ -s "$d/opt/refval/share/man/man1/refval-verify.1" ]
	quiet_make uninstall > /dev/null
	[ -z "$(find "$d" ! -type d)" ]
}

@test "an installed program finds its release records beside itself" {
	quiet_make install > /dev/null 2>&1
	run -0 --separate-stderr "$d/opt/refval/bin/refval" verify --release dstack-dev-0.5.8 --json \
		--evidence "$V/real/near-058-dev-3e6394" --cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01
	[ "$(jq -r .verdict <<< "$output")" = yes ]
	rm -r "$d/opt/refval/share/refval"
	run -3 --separate-stderr "$d/opt/refval/bin/refval-verify" --release dstack-dev-0.5.8 \
		--evidence "$V/real/near-058-dev-3e6394"
	[[ $stderr == *"no release records beside the program"* ]]
}

@test "bash completion offers a command's own options" {
	run -0 sh docs/completion.sh bash "$BIN"
	echo "$output" > "$BATS_TEST_TMPDIR/c.bash"
	run -0 bash -c 'source "$1"; COMP_WORDS=(refval verify --comp); COMP_CWORD=2; _refval; echo "${COMPREPLY[@]}"' - "$BATS_TEST_TMPDIR/c.bash"
	[ "$output" = --compose ]
}
@test "options agree in help, table and manual page" {
	for p in "$BIN"/refval-*; do
		n=$(basename "$p")
		"$p" --print-options | sed -n 's/^option\t--\([^\t]*\).*/\1/p' | sort > "$BATS_TEST_TMPDIR/table"
		for s in $("$p" --print-options | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
			"$p" "$s" --print-options | sed -n 's/^option\t--\([^\t]*\).*/\1/p'
		done | cat - "$BATS_TEST_TMPDIR/table" | sort -u > "$BATS_TEST_TMPDIR/all"
		grep -E '^[.]It Fl' "docs/$n.1" | grep -oE 'Fl (Fl |-)[a-z0-9-]+' | sed -E 's/^Fl (Fl |-)//' | sort -u > "$BATS_TEST_TMPDIR/man"
		diff "$BATS_TEST_TMPDIR/all" "$BATS_TEST_TMPDIR/man" || { echo "docs/$n.1"; false; }
	done
}
