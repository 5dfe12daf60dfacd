#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A docker archive of more than 1 GB: the strict digests and everything against
# openssl dgst of the same bytes, gzip'ed against zlib and two of these, its
# layers packed by zstd beside zstd -d; memory.
# shellcheck source=tests/bench/lib.sh disable=SC2046,SC2086
. tests/bench/lib.sh
tool inflate -lz
big=$tmp/docker.tar
bad=0

# Three layers, the second more than half of all; 30000 files of many sizes.
if [ ! -s "$big.gz" ]; then
	python3 - "$big" <<- 'EOF'
		import hashlib, io, json, random, sys, tarfile
		r = random.Random(1)
		chunk = r.randbytes(1 << 20)
		def layer(name, mib, files):
		    with tarfile.open(name, "w", format=tarfile.USTAR_FORMAT) as t:
		        for i in range(files):
		            soft = b"a few words that come again and again, %d\n" % i
		            n = (mib << 20) // files * 2 * r.randrange(1000) // 1000
		            at = r.randrange(1 << 19)
		            data = (chunk[at:at + n // 2] + soft * (n // 2 // len(soft) + 1))[:n]
		            e = tarfile.TarInfo("d%d/f%d" % (i % 300, i))
		            e.size = len(data)
		            t.addfile(e, io.BytesIO(data))
		    d = hashlib.sha256()
		    with open(name, "rb") as f:
		        while b := f.read(1 << 20):
		            d.update(b)
		    return d.hexdigest()
		big = sys.argv[1]
		names = [(big + ".l%d" % i, layer(big + ".l%d" % i, mib, files))
		         for i, (mib, files) in enumerate(((300, 8000), (700, 18000), (120, 4000)))]
		config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["x"]},
		    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + d for _, d in names]}}).encode()
		cname = hashlib.sha256(config).hexdigest() + ".json"
		with tarfile.open(big, "w", format=tarfile.USTAR_FORMAT) as t:
		    for f, d in names:
		        t.add(f, d + "/layer.tar")
		    for n, b in ((cname, config), ("manifest.json", json.dumps([{"Config": cname,
		            "RepoTags": ["x:y"], "Layers": [d + "/layer.tar" for _, d in names]}]).encode())):
		        e = tarfile.TarInfo(n)
		        e.size = len(b)
		        t.addfile(e, io.BytesIO(b))
	EOF
	rm -f "$big".l?
	gzip -1 < "$big" > "$big.gz"
fi
echo "hash: $(stat -c %s "$big") bytes, $(stat -c %s "$big.gz") gzip'ed, page cache warm"
cat "$big" "$big.gz" > /dev/null

# CPU seconds, wall seconds, KiB
set -- $(cost openssl dgst -sha256 "$big"); dgst_cpu=$1 dgst_wall=$2
set -- $(cost "$bin/refval-hash" image "$big" --strict --json)
report "hash, strict digests, CPU against openssl dgst" "$1" "$dgst_cpu" 0.9 s || bad=1
report "hash, strict digests, wall against openssl dgst" "$2" "$dgst_wall" 0.6 s || bad=1
report "hash, strict digests, memory against 64 MiB" "$3" 65536 1 KiB || bad=1
set -- $(cost "$bin/refval-hash" image "$big" --tree)
report "hash, content digests, CPU against openssl dgst" "$1" "$dgst_cpu" 1.8 s || bad=1
report "hash, content digests, wall against openssl dgst" "$2" "$dgst_wall" 0.95 s || bad=1
report "hash, content digests, memory against 64 MiB" "$3" 65536 1 KiB || bad=1
set -- $(cost "$bin/refval-hash" image "$big" --json)
echo "hash, everything and the archive's digest: $1 s CPU, $2 s wall, $3 KiB"
set -- $(cost "$tmp/inflate" "$big.gz"); inflate_cpu=$1
set -- $(cost "$bin/refval-hash" image "$big.gz" --tree)
# Its layers' digests and its files' are a digest of all bytes each.
report "hash, gzip'ed, content digests, CPU against zlib and two openssl dgst" "$1" \
	"$(awk -v a="$inflate_cpu" -v b="$dgst_cpu" 'BEGIN { print a + 2 * b }')" 1 s || bad=1
report "hash, gzip'ed, memory against 64 MiB" "$3" 65536 1 KiB || bad=1
if command -v zstd > /dev/null; then
	# The same layers, packed by zstd, in the archive as they are.
	rm -rf "$tmp/zstd" "$big.zst.tar"
	mkdir "$tmp/zstd"
	tar -xf "$big" -C "$tmp/zstd"
	zstd -q -3 --rm "$tmp"/zstd/*/layer.tar
	(cd "$tmp/zstd" && for l in */layer.tar.zst; do mv "$l" "${l%.zst}"; done && tar -cf - -- *) > "$big.zst.tar"
	set -- $(cost sh -c "cat $tmp/zstd/*/layer.tar | zstd -dq > /dev/null")
	zstd_cpu=$1 zstd_wall=$2
	set -- $(cost "$bin/refval-hash" image "$big.zst.tar" --strict --json)
	echo "hash, zstd layers, strict digests: $1 s CPU, $2 s wall; zstd -d: $zstd_cpu s CPU, $zstd_wall s wall"
	set -- $(cost "$bin/refval-hash" image "$big.zst.tar" --tree)
	echo "hash, zstd layers, content digests: $1 s CPU, $2 s wall, $3 KiB"
	report "hash, zstd layers, memory against 64 MiB" "$3" 65536 1 KiB || bad=1
	rm -rf "$tmp/zstd" "$big.zst.tar"
fi
set -- $(cost gzip -dc "$big.gz")
echo "gzip -dc: $1 s CPU, $2 s wall"
set -- $(cost sha256sum "$big")
echo "sha256sum: $1 s CPU, $2 s wall"
if command -v skopeo > /dev/null; then
	runs=1
	set -- $(cost sh -c "rm -rf $tmp/skopeo && skopeo copy -q --insecure-policy docker-archive:$big dir:$tmp/skopeo")
	echo "skopeo copy to dir: $1 s CPU, $2 s wall, $3 KiB"
	rm -rf "$tmp/skopeo"
fi
exit $bad
