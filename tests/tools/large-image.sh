#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make an OS image of more than 500 MB, with a real firmware and a real kernel,
# unless it is there. usage: large-image.sh TARBALL     in the top folder
set -eu
big=$1
[ ! -s "$big" ] || exit 0
tmp=$(dirname "$big")/large-image
mkdir -p "$tmp"
# Three quarters of the root file system do not compress, as in a squashfs.
python3 - "$tmp" <<- 'EOF'
	import random, sys
	r = random.Random(1)
	def fill(name, mib, soft):
	    with open(sys.argv[1] + "/" + name, "wb") as f:
	        for i in range(mib):
	            b = r.randbytes(1 << 20)
	            f.write(b.hex().encode()[: 1 << 20] if soft and i % 4 == 3 else b)
	fill("rootfs", 640, True)
	fill("initrd", 24, False)
EOF
xz -dc tests/vectors/firmware/debian-13-*.fd.xz > "$tmp/firmware"
cp "$(sh tests/measure/debian-kernel.sh build/boot/kernel)" "$tmp/kernel"
python3 tests/tools/make-image.py --layout 0.5.8 --out "$big.new" --rootfs "$tmp/rootfs" \
	--kernel "$tmp/kernel" --initrd "$tmp/initrd" --firmware "$tmp/firmware"
rm -r "$tmp"
mv "$big.new" "$big"
