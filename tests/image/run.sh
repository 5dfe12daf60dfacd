#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run the programs of a container image in a root that has nothing else, as the
# image says by whom; verify a real machine there. As root.
# usage: run.sh ARCHIVE FOLDER
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$2/layout"
tar -C "$2/layout" -xf "$1"
tag=$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$2/layout/index.json")
umoci unpack --image "$2/layout:$tag" "$2/bundle" > "$2/umoci.log" 2>&1
root=$2/bundle/rootfs
# Nothing there asks for a loader.
for p in "$root"/usr/bin/refval "$root"/usr/bin/refval-fetch "$root"/usr/bin/refval-serve; do
	readelf -lW "$p" | grep -q INTERP && { echo "$p asks for a loader"; exit 1; }
	file=$(readelf -hW "$p" | sed -n 's/^ *Type: *\([A-Z]*\).*/\1/p')
	[ "$file" = DYN ] || { echo "$p lies at one address"; exit 1; }
done
# inside COMMAND...: with /proc, and the template's files below /mnt, as a user has them.
inside() {
	unshare --mount --pid --fork sh -c '
		root=$1 mnt=$2
		shift 2
		mount --make-rprivate / && mount -t proc proc "$root/proc" && mount --bind -o ro "$mnt" "$root/mnt" || exit 4
		exec chroot --userspec=65534:65534 "$root" /usr/bin/refval "$@"' - "$root" "$top/docs/auditor-template" "$@"
}
inside version
for p in "$root"/usr/bin/refval-*; do inside "$(basename "$p" | sed s/refval-//)" --version; done
inside verify --release dstack-dev-0.5.8 --evidence /mnt/evidence --compose /mnt/app-compose.json --at 2026-04-01 --cpus 8 --memory 64G --qemu 8.2.2 | tail -n 1
