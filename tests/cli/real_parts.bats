# SPDX-License-Identifier: Apache-2.0
# dstack-shaped images of every layout, assembled from real parts: Debian's
# OVMF builds and a Debian kernel. What is measured from the tarball is checked
# with programs that are not ours: tar, sha256sum, sha384sum, and the PE image
# hash as the PE specification defines it, in a few lines of Python.
load helper

MAKE=$TESTS/tools/make-image.py
BAD='0.6-uki|0.6-uki-a1' # a unified kernel image: QEMU boots no kernel of its own

setup_file() {
	need python3 jq xz zstd busybox cpio apt-get
	cd "$TOP" || return
	local k
	if ! k=$(sh tests/measure/debian-kernel.sh build/boot/kernel); then
		[ -z "${CI:-}" ] || return 1
		skip "no kernel: the Debian mirror cannot be reached"
	fi
	cp "$k" "$BATS_FILE_TMPDIR/kernel"
	cd "$BATS_FILE_TMPDIR" || return
	for f in "$V"/firmware/*.fd.xz; do xz -dc "$f" > "$(basename "${f%-ovmf*}").fd"; done
	mkdir -p root/bin
	cp "$(command -v busybox)" root/bin/
	(cd root && find . | cpio -o -H newc --quiet | gzip -n1) > initrd
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

# pe_digest FILE: SHA-384 of a PE image without its checksum and the directory
# entry of its certificates, which is how a loader measures it.
pe_digest() {
	python3 - "$1" <<- 'END'
		import hashlib, struct, sys
		b = open(sys.argv[1], "rb").read()
		opt = struct.unpack_from("<I", b, 0x3c)[0] + 24
		cert = opt + (144 if struct.unpack_from("<H", b, opt)[0] == 0x20b else 128)
		where, size = struct.unpack_from("<II", b, cert)
		body = b[cert + 8:where] + b[where + size:] if size else b[cert + 8:]
		print(hashlib.sha384(b[:opt + 64] + b[opt + 68:cert] + body).hexdigest())
	END
}

# event REGISTER LABEL: its digest in $output
event() { jq -r --arg l "$2" ".$1.events[] | select(.label == \$l) | .digest" <<< "$output"; }

# bats test_tags=slow
@test "every layout from real parts: unpacked and measured as other programs say" {
	local layouts=0 fw=(debian-12.fd debian-13.fd debian-sid.fd) pack=(gz none zst none) firmware cmdline rules root
	for l in $(python3 "$MAKE" --list-layouts | grep -Evx "$BAD"); do
		firmware=${fw[layouts % 3]}
		rm -rf image.tar.gz out
		python3 "$MAKE" --layout "$l" --compress "${pack[layouts % 4]}" --out image.tar.gz --firmware "$firmware" --kernel kernel --initrd initrd
		run -0 --separate-stderr "$BIN/refval-unpack" --json --to out image.tar.gz
		cmp out/ovmf.fd "$firmware"
		cmp out/bzImage kernel
		cmp out/initramfs.cpio.gz initrd
		if [ "$(jq -r .os_image_hash <<< "$output")" != null ]; then
			[ "$(jq -r .os_image_hash <<< "$output")" = \
				"$(tar -xOf image.tar.gz --wildcards '*sha256sum.txt' | sha256sum | cut -d' ' -f1)" ]
		fi
		cmdline="$(jq -r .cmdline out/metadata.json)"
		run -0 --separate-stderr "$BIN/refval-measure" image.tar.gz --cpus 2 --memory 2G --qemu 11.1.3 --events --json
		[ "$(event rtmr1 kernel)" = "$(pe_digest kernel)" ]
		[ "$(event rtmr2 initrd)" = "$(sha384sum < initrd | cut -d' ' -f1)" ]
		[[ $(event rtmr2 cmdline) == "$(cmdline_digest "$cmdline initrd=initrd")" ]]
		# The same from the parts alone, through none of the tar code.
		root=verity
		[ ! -e out/rootfs.iso ] || root=iso
		# What the firmware itself shows needs no option; what metadata.json says does.
		rules=$(jq -r '.edk2 | select(.from | test("metadata")) | .rules | ltrimstr("edk2-stable")' <<< "$output")
		jq -S '[.mrtd, .rtmr0, .rtmr1, .rtmr2]' <<< "$output" > from-image
		"$BIN/refval-measure" --firmware "$firmware" --kernel kernel --initrd initrd --cmdline "$cmdline" \
			${rules:+--ovmf "$rules"} --rootfs "$root" --cpus 2 --memory 2G --qemu 11.1.3 --events --json |
			jq -S '[.mrtd, .rtmr0, .rtmr1, .rtmr2]' > from-parts
		diff from-image from-parts
		layouts=$((layouts + 1))
	done
	[ "$layouts" = 14 ]
}

# The firmware measures the command line as UTF-16 with its terminating null.
cmdline_digest() { printf '%s\0' "$1" | iconv -f UTF-8 -t UTF-16LE | sha384sum | cut -d' ' -f1; }
