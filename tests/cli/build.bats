# SPDX-License-Identifier: Apache-2.0
# The tree builds wherever it is, with whatever compiler, and packs itself.
# tests/repro.sh adds another user, one job at a time, and a path with spaces.
load helper

T=$BATS_TEST_TMPDIR
BUILD=$(dirname "$BIN")
make_in() { env -u MAKEFLAGS -u B -u CFLAGS -u CC make -C "$@"; }

# A copy of the sources without git, in a path that is not easy.
copy() {
	mkdir -p "$T/it's a copy"
	tar -C "$TOP" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$T/it's a copy" -xf -
	cd "$T/it's a copy" || return
}

# bats test_tags=slow
@test "clang only, eight at once, no git, a path with spaces: make verify is green" {
	need clang
	copy
	# No gcc, no cc.
	mkdir "$T/bin"
	for f in /usr/bin/* /bin/*; do
		case ${f##*/} in cc | gcc* | c99* | c89* | x86_64-linux-gnu-gcc* | git) ;; *) ln -sf "$f" "$T/bin/" ;; esac
	done
	export PATH=$T/bin
	run -127 gcc --version
	# A fourth of the objects, and what is linked of all; make repro has clang make each. An instrumented build's
	# cannot be linked by another compiler.
	if [ -e "$BUILD/.config" ] && ! grep -qE -e '-fsanitize|--coverage|-flto' "$BUILD/.config"; then
		run -0 make_in . -s CC=clang CFLAGS=-O0 build/.config
		(cd "$BUILD" && find lib cmd -name '*.o' | LC_ALL=C sort | awk 'NR % 4 != 1' | tar -cf - -T -) | tar -C build -xmf -
	fi
	run -0 make_in . -s -j8 CC=clang CFLAGS=-O0 NO_INSTALL=1 verify
	# Dependencies are written beside what was compiled here.
	[ "$(find build -name '*.d' | wc -l)" -gt 50 ]
	[[ $output == *"verdict      yes: "*"== exit 1" ]]
}

# bats test_tags=slow
@test "make dist: the same tarball from a clone and from itself; from neither: exit 2, no tarball" {
	need git
	[ -e "$TOP/.git" ] || skip "this is no clone"
	git -c safe.directory='*' clone -q "$TOP" "$T/a clone"
	cd "$T/a clone"
	run -0 make_in . -s dist
	tarball=$PWD/${lines[-1]}
	[ "$(tar -tzf "$tarball" | wc -l)" -gt 500 ]
	tar -C "$T" -xzf "$tarball"
	cd "$T"/refval-*/
	run -0 make_in . -s dist
	cmp "$tarball" build/*.tar.gz
	rm -r build
	mv Makefile Makefile.away
	run -4 sh tests/dist.sh x
	[[ $output == *"a file that MANIFEST lists is not here"* ]]
	mv Makefile.away Makefile
	rm MANIFEST
	# Inside somebody else's clone, too.
	git init -q "$T"
	run -2 make_in . -s dist
	[[ $output == *"make dist: neither a git clone nor an unpacked release"* ]]
	[ -z "$(find . -name '*.tar.gz' -path './build/*')" ]
}

@test "make verify without the right to install names the packages, and asks nobody" {
	mkdir "$T/bin"
	printf '#!/bin/sh\ncase " $* " in *" jansson "*) exit 1 ;; esac\nexec %s "$@"\n' "$(command -v pkg-config)" > "$T/bin/pkg-config"
	printf '#!/bin/sh\necho 1000\n' > "$T/bin/id"
	printf '#!/bin/sh\n[ "$1" = -n ] || touch "%s/asked"\nexit 1\n' "$T" > "$T/bin/sudo"
	printf '#!/bin/sh\ntouch "%s/installed"\n' "$T" > "$T/bin/apt-get"
	chmod +x "$T"/bin/*
	for target in verify check; do
		PATH=$T/bin:$PATH run -2 make_in "$TOP" -s B="$T/build" "$target"
		[[ $output == *"refval: pkg-config finds no jansson: install libjansson-dev"* ]]
		[[ $output == *"sudo apt-get install "*"libjansson-dev"* ]]
	done
	[ ! -e "$T/asked" ] && [ ! -e "$T/installed" ] && [ ! -e "$T/build/bin" ]
}
