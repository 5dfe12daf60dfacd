#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An image of more than 500 MB, root file system included: CPU against zlib alone,
# wall time against gzip -dc, memory, and from a folder against openssl dgst.
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
tool inflate -lz
big=$tmp/image.tar.gz
bad=0

# Three quarters of the root file system do not compress, as in a squashfs.
if [ ! -s "$big" ]; then
	python3 - "$tmp" <<- 'EOF'
		import random, sys
		r = random.Random(1)
		def fill(name, mib, soft):
		    with open(sys.argv[1] + "/" + name, "wb") as f:
		        for i in range(mib):
		            b = r.randbytes(1 << 20)
		            f.write(b.hex().encode()[: 1 << 20] if soft and i % 4 == 3 else b)
		fill("rootfs", 640, True)
		fill("kernel", 10, False)
		fill("initrd", 24, False)
		fill("firmware", 4, True)
	EOF
	python3 tests/tools/make-image.py --layout 0.5.8 --out "$big.new" --rootfs "$tmp/rootfs" \
		--kernel "$tmp/kernel" --initrd "$tmp/initrd" --firmware "$tmp/firmware"
	rm "$tmp/rootfs" "$tmp/kernel" "$tmp/initrd" "$tmp/firmware"
	mv "$big.new" "$big"
fi
[ "$(stat -c %s "$big")" -ge 500000000 ]
rm -rf "$tmp/image"
"$bin/refval-unpack" --to "$tmp/image" "$big" > "$tmp/out"

# The two take turns, so that other work on the machine slows both.
# Words are split on purpose: cost prints three numbers.
# shellcheck disable=SC2046
set -- $(cost "$bin/refval-unpack" "$big") $(cost "$tmp/inflate" "$big") $(cost gzip -dc "$big")
report "unpack, CPU against zlib's inflate" "$1" "$4" 1.15 s || bad=1
report "unpack, wall against gzip -dc" "$2" "$8" 1 s || bad=1
report "unpack, memory against 64 MiB" "$(($3 / 1024))" 64 1 MiB || bad=1

# The same digests of the same bytes.
cd "$tmp/image"
unpack=$OLDPWD/$bin/refval-unpack
cost=$OLDPWD/$tmp/cost
# shellcheck disable=SC2046
set -- $("$cost" 10 "$unpack" .) $("$cost" 10 openssl dgst -sha256 ovmf.fd bzImage initramfs.cpio.gz metadata.json) \
	$("$cost" 10 openssl dgst -sha384 initramfs.cpio.gz)
report "unpack a folder, CPU against openssl dgst" "$1" "$(echo "$4 $7" | awk '{ print $1 + $2 }')" 1.2 s || bad=1
report "unpack a folder, wall against openssl dgst" "$2" "$(echo "$5 $8" | awk '{ print $1 + $2 }')" 1.2 s || bad=1
exit $bad
