#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Build for WebAssembly, from Debian's source packages, the libraries that
# refval stands on. usage: deps.sh DIR
#
# DIR/include and DIR/lib are the result, DIR/versions.txt says what was built.
# apt downloads, and checks each package by the signature of its archive; what
# archive that is, this machine's own configuration says, read into a private
# one with the source packages besides. Nothing is installed, and a second call
# does nothing: rm -r DIR to build what Debian has today.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
# Alone, it may ask what it needs; -j of a make above is not for these.
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS
export LC_ALL=C

say() { printf 'web: %s\n' "$*" >&2; }
die() { say "$*"; exit 4; }

# The same script and the same compiler give the same libraries.
mark=$(cksum < "$here/deps.sh")$(emcc --version | sed -n 1p)
[ "$(cat "$dir/done" 2> /dev/null)" != "$mark" ] || exit 0

# ---- Debian's source packages ----

apt=$dir/apt
apt_configure() {
	mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
	for f in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
		[ ! -e "$f" ] || sed 's/^Types:.*/Types: deb-src/; s/^deb /deb-src /' "$f" > "$apt/parts/${f##*/}"
	done
	[ ! -e "$apt/parts/sources.list" ] || mv "$apt/parts/sources.list" "$apt/parts/main.list"
	cat > "$apt/conf" <<-CONF
		Dir::Etc::SourceList "/dev/null";
		Dir::Etc::SourceParts "$apt/parts";
		Dir::State::Lists "$apt/lists";
		Dir::Cache "$apt/cache";
		APT::Sandbox::User "";
	CONF
	export APT_CONFIG="$apt/conf"
	ls "$apt"/parts/* > /dev/null 2>&1 || die "no Debian archive is configured in /etc/apt"
	apt-get -qq update || die "apt-get update failed"
}

# fetch NAME: the newest version that the archive lists and the mirror holds
# (one that was replaced today may be listed and gone), unpacked in src/NAME.
fetch() {
	got=
	for v in $(apt-cache madison "$1" | awk -F' *[|] *' '$3 ~ / Sources$/ { print $2 }' | sort -u -V -r); do
		(cd "$dir/src" && apt-get -qq source --only-source --download-only "$1=$v" > "$dir/log/fetch-$1" 2>&1) &&
			{ got=$v; break; }
		say "$1 $v is listed, but not to be had"
	done
	[ "$got" ] || { tail -n 5 "$dir/log/fetch-$1" >&2; die "no source package of $1"; }
	rm -rf "$dir/src/$1"
	(cd "$dir/src" && dpkg-source --no-check -x "$1_${got#*:}.dsc" "$1" > "$dir/log/unpack-$1" 2>&1) ||
		die "$1 $got cannot be unpacked"
	cp "$dir/src/$1/debian/copyright" "$dir/licences/$1"
	echo "$1 $got" >> "$dir/versions.new"
}

# ---- one function each ----

# cmake_lib NAME FOLDER OPTION...
cmake_lib() {
	name=$1 from=$dir/src/$2
	shift 2
	emcmake cmake -S "$from" -B "$dir/src/$name-build" -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_C_FLAGS="-ffile-prefix-map=$dir/src=. -pipe" -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" \
		-DCMAKE_INSTALL_PREFIX="$dir" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_FIND_ROOT_PATH="$dir" \
		-DCMAKE_PREFIX_PATH="$dir" -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "$@"
	cmake --build "$dir/src/$name-build" -j "${JOBS:-1}" --target "${target:-all}"
	[ "${target:-}" ] || cmake --install "$dir/src/$name-build"
}

build_zlib() (
	cd "$dir/src/zlib"
	CC=emcc AR=emar RANLIB=emranlib CFLAGS="-O2 -pipe" ./configure --static --prefix="$dir"
	make -j "${JOBS:-1}" libz.a
	cp libz.a "$dir/lib"
	cp zlib.h zconf.h "$dir/include"
)

build_jansson() {
	cmake_lib jansson jansson -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF
}

build_libyaml() { cmake_lib libyaml libyaml; }

build_xz() {
	# CMake cannot tell it of a program for WebAssembly; by either of the names that
	# its module had for the answer.
	target=liblzma cmake_lib xz xz-utils -DHAVE_WORDS_BIGENDIAN=1 -DWORDS_BIGENDIAN=0 -DHAVE_is_big=1 -Dis_big=0
	cp "$dir/src/xz-build/liblzma.a" "$dir/lib"
	cp -R "$dir/src/xz-utils/src/liblzma/api/lzma.h" "$dir/src/xz-utils/src/liblzma/api/lzma" "$dir/include"
}

build_zstd() {
	cmake_lib zstd libzstd/build/cmake -DZSTD_BUILD_PROGRAMS=OFF -DZSTD_BUILD_SHARED=OFF \
		-DZSTD_LEGACY_SUPPORT=OFF -DZSTD_MULTITHREAD_SUPPORT=OFF
}

build_libarchive() {
	target=archive_static cmake_lib libarchive libarchive -DENABLE_OPENSSL=OFF -DENABLE_LIBB2=OFF -DENABLE_LZ4=OFF \
		-DENABLE_LZO=OFF -DENABLE_BZip2=OFF -DENABLE_LIBXML2=OFF -DENABLE_EXPAT=OFF -DENABLE_ICONV=OFF \
		-DENABLE_NETTLE=OFF -DENABLE_MBEDTLS=OFF -DENABLE_PCREPOSIX=OFF -DENABLE_ACL=OFF -DENABLE_XATTR=OFF \
		-DENABLE_TAR=OFF -DENABLE_CPIO=OFF -DENABLE_CAT=OFF -DENABLE_TEST=OFF -DENABLE_WERROR=OFF \
		-DENABLE_LZMA=ON -DENABLE_ZSTD=ON -DENABLE_ZLIB=ON \
		-DLIBLZMA_INCLUDE_DIR="$dir/include" -DLIBLZMA_LIBRARY="$dir/lib/liblzma.a" \
		-DZLIB_INCLUDE_DIR="$dir/include" -DZLIB_LIBRARY="$dir/lib/libz.a" \
		-DZSTD_INCLUDE_DIR="$dir/include" -DZSTD_LIBRARY="$dir/lib/libzstd.a"
	cp "$dir/src/libarchive-build/libarchive/libarchive.a" "$dir/lib"
	cp "$dir/src/libarchive/libarchive/archive.h" "$dir/src/libarchive/libarchive/archive_entry.h" "$dir/include"
}

build_libxml2() {
	cmake_lib libxml2 libxml2 -DLIBXML2_WITH_PYTHON=OFF -DLIBXML2_WITH_LZMA=OFF -DLIBXML2_WITH_ZLIB=OFF \
		-DLIBXML2_WITH_ICONV=OFF -DLIBXML2_WITH_ICU=OFF -DLIBXML2_WITH_HTTP=OFF -DLIBXML2_WITH_FTP=OFF \
		-DLIBXML2_WITH_HTML=OFF -DLIBXML2_WITH_CATALOG=OFF -DLIBXML2_WITH_DEBUG=OFF -DLIBXML2_WITH_DOCB=OFF \
		-DLIBXML2_WITH_SCHEMAS=OFF -DLIBXML2_WITH_SCHEMATRON=OFF -DLIBXML2_WITH_XINCLUDE=OFF \
		-DLIBXML2_WITH_MODULES=OFF -DLIBXML2_WITH_THREADS=OFF -DHAVE_PTHREAD_H=OFF -DLIBXML2_WITH_PROGRAMS=OFF \
		-DLIBXML2_WITH_TESTS=OFF -DLIBXML2_WITH_READER=OFF -DLIBXML2_WITH_WRITER=OFF -DLIBXML2_WITH_LEGACY=OFF
}

# Every kind of key and digest that evidence may name is in it, so that an
# unusual one is answered as by the programs; ciphers that nothing here uses,
# and all that belongs to connections, are not.
build_openssl() (
	cd "$dir/src/openssl"
	SOURCE_DATE_EPOCH=0
	export SOURCE_DATE_EPOCH
	./Configure linux-generic32 CC=emcc AR=emar RANLIB=emranlib CFLAGS=-O2 --prefix="$dir/none" \
		no-asm no-shared no-threads no-dso no-engine no-module no-legacy no-async no-afalgeng no-sock no-dgram \
		no-ui-console no-tests no-autoload-config no-ktls no-ssl no-tls no-dtls no-comp no-cmp no-ct no-ts \
		no-srp no-srtp no-psk no-rfc3779 no-aria no-bf no-camellia no-cast no-chacha no-poly1305 no-idea no-mdc2 \
		no-rc2 no-rc4 no-seed no-siphash no-siv no-sm4 no-ocb no-scrypt no-whirlpool no-gost
	make build_generated
	make -j "${JOBS:-1}" libcrypto.a
	cp libcrypto.a "$dir/lib"
	cp -R include/openssl "$dir/include"
)

# ---- all of it, each once ----

one() {
	[ ! -e "$dir/src/$1.built" ] || return 0
	say "building $1"
	# In the background: before || a shell would go on after what fails.
	(set -e; "build_$1") > "$dir/log/$1" 2>&1 &
	wait $! || { tail -n 20 "$dir/log/$1" >&2; die "$1 cannot be built: see $dir/log/$1"; }
	: > "$dir/src/$1.built"
}

# What an earlier state of this script made is no part of it.
[ "$(cat "$dir/begun" 2> /dev/null)" = "$mark" ] ||
	rm -rf "${dir:?}/src" "$dir/include" "${dir:?}/lib" "$dir/done"
mkdir -p "$dir/src" "$dir/log" "$dir/include" "$dir/lib" "$dir/licences"
if [ ! -e "$dir/begun" ] || [ "$(cat "$dir/begun")" != "$mark" ]; then
	apt_configure
	: > "$dir/versions.new"
	for p in zlib jansson libyaml xz-utils libzstd libarchive libxml2 openssl; do fetch $p; done
	cp /usr/share/doc/emscripten/copyright "$dir/licences/emscripten"
	emcc --version | sed -n '1s/.*) \([0-9.]*\).*/emscripten \1/p' >> "$dir/versions.new"
	mv "$dir/versions.new" "$dir/versions.txt"
	printf '%s\n' "$mark" > "$dir/begun"
fi
for l in zlib jansson libyaml xz zstd libarchive libxml2 openssl; do one $l; done
printf '%s\n' "$mark" > "$dir/done"
rm -rf "$dir/src" "$apt"
