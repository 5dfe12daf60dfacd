#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Build, from Debian's source packages, the libraries that refval stands on.
# usage: libraries.sh wasm|static DIR
# wasm: for WebAssembly, by emscripten; nothing that opens connections.
# static: for programs without a dynamic loader, with musl. DIR/bin/musl-cc
# compiles and links these.
#
# DIR/include and DIR/lib are the result, DIR/versions.txt says what was built,
# DIR/licences has the terms of each.
# apt downloads, and checks each package by the signature of its archive; what
# archive that is, this machine's own configuration says, read into a private
# one with the source packages besides. Nothing is installed, and a second call
# does nothing: rm -r DIR to build what Debian has today.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for_what=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
# Alone, it may ask what it needs; -j of a make above is not for these.
unset MAKEFLAGS MFLAGS MAKELEVEL JOBS CFLAGS CPPFLAGS LDFLAGS
export LC_ALL=C
jobs=$(nproc)

say() { printf 'libraries: %s\n' "$*" >&2; }
die() { say "$*"; exit 4; }

# OpenSSL writes the path into a program of its own, in such marks.
case $dir in *"'"*) die "OpenSSL cannot be built in a folder with ' in its name: $dir" ;; esac

# ---- the compiler ----

# Debian's compiler with Debian's musl, and of the system's headers those of the
# kernel. What it links is complete, and may lie at any address.
musl_compiler() {
	libc=$(gcc -print-multiarch | sed 's/gnu/musl/')
	[ -e "/usr/lib/$libc/musl-gcc.specs" ] || die "no musl: apt-get install musl-tools"
	kernel=$dir/kernel
	mkdir -p "$kernel" "$dir/bin"
	for f in linux asm-generic mtd misc; do ln -sfn /usr/include/$f "$kernel/$f"; done
	ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" "$kernel/asm"
	sed -e 's,/Scrt1[.]o,/rcrt1.o,; s,^-dynamic-linker [^ ]*,-static --no-dynamic-linker -z text,; s, %{static:-static},,' \
		"/usr/lib/$libc/musl-gcc.specs" > "$dir/specs"
	# A thread has the stack that it would have elsewhere.
	printf '#!/bin/sh\nexec gcc "$@" -specs "%s" -idirafter "%s" -ffile-prefix-map="%s"=. -Wl,-z,stack-size=8388608\n' \
		"$dir/specs" "$kernel" "$dir/src" > "$dir/bin/musl-cc.new"
	chmod +x "$dir/bin/musl-cc.new"
	mv "$dir/bin/musl-cc.new" "$dir/bin/musl-cc"
	# By its name: OpenSSL says in the library what compiled it.
	PATH=$dir/bin:$PATH
}

case $for_what in
wasm)
	compiler=$(emcc --version | sed -n 1p)
	cc=emcc ar=emar ranlib=emranlib pie=
	;;
static)
	musl_compiler
	compiler=$(gcc --version | sed -n 1p)$(dpkg-query -W musl-dev linux-libc-dev)
	cc=musl-cc ar=ar ranlib=ranlib pie=-fPIE
	;;
esac
# The same script and the same compiler give the same libraries.
mark=$(cksum < "$here/libraries.sh")$compiler
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
	case $for_what in
	# What emscripten's own CMake file asks the compiler, it asks once, and not
	# again for each check.
	wasm) set -- emcmake cmake -DCMAKE_C_FLAGS="-ffile-prefix-map=$dir/src=. -pipe" \
		-DCMAKE_TRY_COMPILE_PLATFORM_VARIABLES="CMAKE_C_COMPILER_VERSION;EMSCRIPTEN_VERSION" "$@" ;;
	static) set -- cmake -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="-fPIE -pipe" -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
		-DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY "$@" ;;
	esac
	"$@" -S "$from" -B "$dir/src/$name-build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" \
		-DCMAKE_INSTALL_PREFIX="$dir" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_FIND_ROOT_PATH="$dir" \
		-DCMAKE_PREFIX_PATH="$dir" -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF
	cmake --build "$dir/src/$name-build" -j "$jobs" --target "${target:-all}"
	[ "${target:-}" ] || cmake --install "$dir/src/$name-build"
}

build_zlib() (
	cd "$dir/src/zlib"
	CC=$cc AR=$ar RANLIB=$ranlib CFLAGS="-O2 -pipe $pie" ./configure --static --prefix="$dir"
	make -j "$jobs" libz.a
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
	threads=OFF
	[ "$for_what" = wasm ] || threads=ON
	cmake_lib libxml2 libxml2 -DLIBXML2_WITH_PYTHON=OFF -DLIBXML2_WITH_LZMA=OFF -DLIBXML2_WITH_ZLIB=OFF \
		-DLIBXML2_WITH_ICONV=OFF -DLIBXML2_WITH_ICU=OFF -DLIBXML2_WITH_HTTP=OFF -DLIBXML2_WITH_FTP=OFF \
		-DLIBXML2_WITH_HTML=OFF -DLIBXML2_WITH_CATALOG=OFF -DLIBXML2_WITH_DEBUG=OFF -DLIBXML2_WITH_DOCB=OFF \
		-DLIBXML2_WITH_SCHEMAS=OFF -DLIBXML2_WITH_SCHEMATRON=OFF -DLIBXML2_WITH_XINCLUDE=OFF \
		-DLIBXML2_WITH_MODULES=OFF -DLIBXML2_WITH_THREADS=$threads -DHAVE_PTHREAD_H=$threads -DLIBXML2_WITH_PROGRAMS=OFF \
		-DLIBXML2_WITH_TESTS=OFF -DLIBXML2_WITH_READER=OFF -DLIBXML2_WITH_WRITER=OFF -DLIBXML2_WITH_LEGACY=OFF
}

# Every kind of key and digest that evidence may name is in it, so that an
# unusual one is answered as by the programs; ciphers that nothing here uses,
# and all that belongs to connections, are not.
build_openssl() (
	cd "$dir/src/openssl"
	SOURCE_DATE_EPOCH=0
	export SOURCE_DATE_EPOCH
	case $for_what in
	wasm) set -- linux-generic32 no-asm no-threads no-sock no-dgram no-ssl no-tls no-dtls no-chacha no-poly1305 ;;
	static) set -- "linux-$(uname -m)" ;;
	esac
	target=$1
	shift
	./Configure "$target" CC="$cc" AR="$ar" RANLIB="$ranlib" CFLAGS="-O2 $pie" --prefix=/usr --openssldir=/etc/ssl "$@" \
		no-shared no-dso no-engine no-module no-legacy no-async no-afalgeng \
		no-ui-console no-tests no-autoload-config no-ktls no-comp no-cmp no-ct no-ts \
		no-srp no-srtp no-psk no-rfc3779 no-aria no-bf no-camellia no-cast no-idea no-mdc2 \
		no-rc2 no-rc4 no-seed no-siphash no-siv no-sm4 no-ocb no-scrypt no-whirlpool no-gost
	make build_generated
	make -j "$jobs" libcrypto.a
	cp libcrypto.a "$dir/lib"
	[ "$for_what" = wasm ] || { make -j "$jobs" libssl.a && cp libssl.a "$dir/lib"; }
	cp -R include/openssl "$dir/include"
)

# For refval-fetch alone: HTTP and HTTPS, and nothing else that curl can do.
build_curl() {
	target=libcurl cmake_lib curl curl -DHTTP_ONLY=ON -DBUILD_CURL_EXE=OFF -DCURL_USE_OPENSSL=ON -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF \
		-DCURL_ZSTD=OFF -DUSE_NGHTTP2=OFF -DUSE_LIBIDN2=OFF -DCURL_USE_LIBPSL=OFF -DCURL_USE_LIBSSH2=OFF -DCURL_USE_GSSAPI=OFF \
		-DCURL_DISABLE_ALTSVC=ON -DCURL_DISABLE_HSTS=ON -DCURL_DISABLE_NETRC=ON -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF \
		-DENABLE_CURL_MANUAL=OFF -DCURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt -DCURL_CA_PATH=none
	cp "$(find "$dir/src/curl-build" -name libcurl.a)" "$dir/lib"
	cp -R "$dir/src/curl/include/curl" "$dir/include"
}

# For refval-serve alone: HTTP without TLS.
build_libmicrohttpd() (
	cd "$dir/src/libmicrohttpd"
	./configure --host="$(uname -m)-linux-musl" CC="$cc" CFLAGS="-O2 -fPIE -pipe" --prefix="$dir" --disable-shared --enable-static \
		--disable-https --disable-doc --disable-examples --disable-curl --disable-nls --disable-dependency-tracking
	make -j "$jobs" -C src/microhttpd
	make -C src/microhttpd install
	make -C src/include install
)

# ---- what pkg-config says of them ----

# pc NAME FLAG...: found where it lies, as DIR may be moved.
pc() {
	name=$1
	shift
	cat > "$dir/pc/$name.pc" <<-PC
		prefix=\${pcfiledir}/..
		Name: $name
		Description: $name
		Version: 0
		Cflags: -I\${prefix}/include$([ "$name" != libxml-2.0 ] || echo ' -I${prefix}/include/libxml2')
		Libs: -L\${prefix}/lib $*
	PC
}

all_pc() {
	mkdir -p "$dir/pc"
	pc libcrypto -lcrypto
	pc libarchive -larchive -llzma -lzstd -lz
	pc zlib -lz
	pc jansson -ljansson
	pc yaml-0.1 -lyaml
	pc libxml-2.0 -lxml2 -lm
	pc libcurl -lcurl -lssl -lcrypto
	pc libmicrohttpd -lmicrohttpd
}

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
	case $for_what in
	wasm)
		cp /usr/share/doc/emscripten/copyright "$dir/licences/emscripten"
		emcc --version | sed -n '1s/.*) \([0-9.]*\).*/emscripten \1/p' >> "$dir/versions.new"
		;;
	static)
		for p in curl libmicrohttpd; do fetch $p; done
		cp /usr/share/doc/musl-dev/copyright "$dir/licences/musl"
		dpkg-query -W -f 'musl ${Version}\n' musl-dev >> "$dir/versions.new"
		;;
	esac
	mv "$dir/versions.new" "$dir/versions.txt"
	printf '%s\n' "$mark" > "$dir/begun"
fi
for l in zlib jansson libyaml xz zstd libarchive libxml2 openssl; do one $l; done
[ "$for_what" = wasm ] || { for l in curl libmicrohttpd; do one $l; done && all_pc; }
printf '%s\n' "$mark" > "$dir/done"
rm -rf "$dir/src" "$apt"
