# SPDX-License-Identifier: Apache-2.0
# What Debian packages consist of. That they are built, installed, tested and
# removed is `make check-deb`.
load helper

D=$TOP/docs/packages/debian

# debian: the debian/ of version 1.2.3 in $T.
debian() {
	T=$BATS_TEST_TMPDIR
	cp "$TOP/Makefile" "$T"
	sh "$TOP/docs/packages/debian.sh" 1.2.3 "$T" 1700000000
}

# field PACKAGE FIELD: of the control file.
field() { awk -v RS= -v p="Package: $1" 'index($0, p "\n") == 1' "$T/debian/control" | sed -n "s/^$2: //p"; }

@test "the source is of that version and time, and asks for what deps.txt lists" {
	debian
	[ "$(head -n 1 "$T/debian/changelog")" = "refval (1.2.3-0refval1) unstable; urgency=medium" ]
	grep -q '  Tue, 14 Nov 2023 22:13:20 +0000$' "$T/debian/changelog"
	grep -qx ' (symver)REFVAL_0 1.2.3' "$T/debian/librefval0.symbols"
	run -1 grep -rn '@[A-Z]*@' "$T/debian/control" "$T/debian/changelog"
	for p in $(awk '$1 == "build" { print $2 }' "$TESTS/deps.txt"); do
		case $p in gcc | libc6-dev) continue ;; esac
		grep -qE "^Build-Depends: debhelper-compat .*, $p(,|$)" "$T/debian/control" || { echo "Build-Depends: no $p"; false; }
	done
}

@test "who develops with the library gets what its .pc files require" {
	debian
	dev=$(field librefval-dev Depends)
	for pc in $(sed -n 's/^PKGS\(_fetch\)\{0,1\} *:= //p' "$TOP/Makefile"); do
		p=$(awk -v pc="pc:$pc" '$1 == "build" && $3 == pc { print $2 }' "$TESTS/deps.txt")
		[ "$p" ]
		[[ $dev == *", $p,"* ]] || { echo "librefval-dev: no $p"; false; }
	done
	[[ $dev == "librefval0 (= "* ]]
}

@test "a maintainer's name is taken as it is" {
	MAINTAINER='A & B / C <a@b.example>' debian
	grep -qxF 'Maintainer: A & B / C <a@b.example>' "$T/debian/control"
	grep -qF -- ' -- A & B / C <a@b.example>  ' "$T/debian/changelog"
}

# bats test_tags=slow
@test "each file that is installed is in one package, and each line of a package takes one" {
	[[ $BIN == "$TOP"/* ]]
	r=$BATS_TEST_TMPDIR/root
	run -0 build_make DESTDIR="$r" PREFIX=/usr LIBDIR=/usr/lib/a-b-c ZSHDIR=/usr/share/zsh/vendor-completions install
	cd "$r"
	find . ! -type d | sed 's,^[.]/,,' | sort > ../files
	# As dh_install reads it: a line is a pattern, a folder all that is in it.
	for f in "$D"/refval.install "$D"/lib*.install; do
		while read -r pattern; do
			for m in $pattern; do
				[ -e "$m" ] || [ -L "$m" ] || { echo "$f: nothing is $pattern"; false; }
				find "$m" ! -type d
			done
		done < "$f"
	done | sort > ../taken
	diff ../files ../taken
	[ "$(grep -c '^usr/bin/refval' ../taken)" = "$(ls "$BIN" | wc -l)" ]
	# The source has what refval-doc takes of it.
	cd "$TOP"
	while read -r pattern _; do ls $pattern > /dev/null; done < "$D/refval-doc.install"
}

@test "make deb without the tools names what is missing, and installs nothing unasked" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	for c in sh sed grep tr make env dirname cat mktemp id nproc printf rm; do
		ln -s "$(command -v $c)" "$BATS_TEST_TMPDIR/bin/$c"
	done
	PATH=$BATS_TEST_TMPDIR/bin run -2 env -u MAKEFLAGS NO_INSTALL=1 make -s -C "$TOP" B="$BATS_TEST_TMPDIR/build" deb
	[[ $output == *" debhelper"* ]]
}
