#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Build an image from nothing, push it to a registry on 127.0.0.1, pull and save
# it in every format: the digest that the registry serves is the one that
# refval-hash prints from the file. usage: peers.sh [short]
# short: skopeo and umoci only, no registry, no root.
set -euo pipefail
cd "$(dirname "$0")/../.."
H=$PWD/${B:-build}/bin/refval-hash
W=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill $pid; rm -rf "$W"' EXIT
export HOME=$W XDG_RUNTIME_DIR=$W/run
mkdir -p "$W/run"
checks=0

same() { # WHAT OURS THEIRS
	[ -n "$3" ] && [ "$2" = "$3" ] || { echo "$1: ours $2, theirs $3"; exit 1; }
	checks=$((checks + 1))
}
ours() { "$H" image "$1" --json | jq -r "$2"; }
copy() { skopeo --insecure-policy copy -q "$@"; }

# ---- an OCI layout of two layers, made by umoci from folders ----
umoci init --layout "$W/l"
umoci new --image "$W/l:a"
umoci unpack --rootless --image "$W/l:a" "$W/b" > "$W/log" 2>&1
mkdir -p "$W/b/rootfs/etc" "$W/b/rootfs/bin"
echo config > "$W/b/rootfs/etc/app.conf"
head -c 300000 /dev/urandom > "$W/b/rootfs/bin/app"
ln -s app "$W/b/rootfs/bin/alias"
ln "$W/b/rootfs/bin/app" "$W/b/rootfs/bin/hard"
umoci repack --refresh-bundle --image "$W/l:a" "$W/b" > "$W/log" 2>&1
rm "$W/b/rootfs/etc/app.conf"
echo new > "$W/b/rootfs/etc/other"
umoci repack --refresh-bundle --image "$W/l:a" "$W/b" > "$W/log" 2>&1
umoci config --image "$W/l:a" --config.cmd /bin/app --config.env A=b
umoci gc --layout "$W/l" > "$W/log" 2>&1
same "umoci, layers" "$(ours "$W/l" '.images[0].diffids | length')" 2
same "umoci, manifest" "$(ours "$W/l" '.images[0].manifest')" "$(jq -r '.manifests[0].digest' "$W/l/index.json")"
tree=$(ours "$W/l" '.images[0]["refval-tree-1"]')
image=$(ours "$W/l" '.images[0]["refval-image-1"]')

# Every form that skopeo writes has the same content, and the digests it says.
formats=(oci:x:a oci-archive:x.tar:a dir:d docker-archive:a.tar:x:y)
for f in "${formats[@]}"; do
	t=${f%%:*} p=$W/f.$t
	case $t in oci | oci-archive) to=$t:$p:a ;; dir) to=$t:$p ;; *) to=$t:$p:x:y ;; esac
	copy "oci:$W/l:a" "$to"
	same "$t, refval-tree-1" "$(ours "$p" '.images[0]["refval-tree-1"]')" "$tree"
	same "$t, refval-image-1" "$(ours "$p" '.images[0]["refval-image-1"]')" "$image"
	case $t in docker-archive) from=$t:$p ;; *) from=$to ;; esac
	same "$t, diffIDs" "$(ours "$p" '.images[0].diffids | join(" ")')" \
		"$(skopeo --insecure-policy inspect --config --raw "$from" | jq -r '.rootfs.diff_ids | join(" ")')"
	[ "$t" = docker-archive ] ||
		same "$t, digest" "$(ours "$p" '.registry[0].digest')" "$(skopeo --insecure-policy inspect "$from" | jq -r .Digest)"
done
same "umoci unpack, link count" "$(stat -c %h "$W/b/rootfs/bin/hard")" 2

if [ "${1:-}" = short ]; then
	echo "$checks digests agree with skopeo and umoci"
	exit 0
fi

# ---- a registry ----
port=$((20000 + RANDOM % 20000))
cat > "$W/registry.yml" << END
version: 0.1
storage: {filesystem: {rootdirectory: $W/registry}}
http: {addr: "127.0.0.1:$port"}
log: {level: error}
END
docker-registry serve "$W/registry.yml" > "$W/registry.log" 2>&1 &
pid=$!
R=127.0.0.1:$port
for _ in $(seq 50); do curl -sf "http://$R/v2/" > "$W/log" 2>&1 && break; sleep 0.1; done
types="application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json"
served() { # NAME: the digest the registry says, and that of what it sends
	curl -sfD "$W/head" -H "Accept: $types" "http://$R/v2/$1/manifests/t" -o "$W/body"
	d=$(tr -d '\r' < "$W/head" | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
	same "registry, $1" "sha256:$(sha256sum < "$W/body" | cut -d' ' -f1)" "$d"
	echo "$d"
}
push() { copy --dest-tls-verify=false "$@"; }
pull() { copy --src-tls-verify=false "$@"; }

# Pushed from every format, pulled back in every format that keeps a manifest.
for t in oci oci-archive dir docker-archive; do
	case $t in oci | oci-archive) from=$t:$W/f.$t:a ;; *) from=$t:$W/f.$t ;; esac
	push "$from" "docker://$R/$t:t"
	d=$(served "$t")
	checks=$((checks + 1))
	case $t in
	docker-archive) same "$t, nothing promised" "$(ours "$W/f.$t" '.registry | length')" 0 ;;
	*) same "$t, served as printed" "$(ours "$W/f.$t" '.registry[0].digest')" "$d" ;;
	esac
	pull "docker://$R/$t:t" "dir:$W/back.$t"
	same "$t, pulled as dir" "$(ours "$W/back.$t" '.registry[0].digest')" "$d"
	same "$t, content" "$(ours "$W/back.$t" '.images[0]["refval-image-1"]')" "$image"
	pull "docker://$R/$t:t" "oci-archive:$W/back.$t.tar:t"
	same "$t, pin matched" "$("$H" match --pin "$R/$t:t@$d" --pinned "$W/back.$t" "$W/f.docker-archive" --json | jq -r .verdict)" yes
done

# ---- an index of two platforms ----
if command -v buildah > "$W/log"; then
	export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
	bud() { buildah --root "$W/s" --runroot "$W/rr" "$@"; }
	echo hello > "$W/hello"
	for arch in amd64 arm64; do
		c=$(bud from --arch "$arch" scratch)
		bud copy -q "$c" "$W/hello" "/hello-$arch" > "$W/log"
		bud config --arch "$arch" --os linux --cmd /hello "$c"
		bud commit -q --signature-policy "$W/policy.json" "$c" "x:$arch" > "$W/log" 2>&1 ||
			{ printf '{"default":[{"type":"insecureAcceptAnything"}]}' > "$W/policy.json"
			bud commit -q --signature-policy "$W/policy.json" "$c" "x:$arch" > "$W/log"; }
	done
	bud manifest create two > "$W/log"
	bud manifest add two "localhost/x:amd64" > "$W/log"
	bud manifest add two "localhost/x:arm64" > "$W/log"
	bud manifest push -q --signature-policy "$W/policy.json" --tls-verify=false --all two "docker://$R/two:t" > "$W/log"
	d=$(served two)
	pull --all "docker://$R/two:t" "oci-archive:$W/two.tar:t"
	same "index, served" "$(ours "$W/two.tar" '.registry[0] | .kind + " " + .digest')" "index $d"
	same "index, platforms" "$(ours "$W/two.tar" '[.images[].platform] | sort | join(" ")')" "linux/amd64 linux/arm64"
	same "index, pin" "$("$H" match --pin "$d" "$W/two.tar" --json | jq -r .level)" L5
	pull "docker://$R/two:t" "docker-archive:$W/one.tar:x:y"
	same "index, one platform of it" "$("$H" match --pin "$d" --pinned "$W/two.tar" "$W/one.tar" --json | jq -r .level)" L3
	bud push -q --signature-policy "$W/policy.json" x:amd64 "docker-archive:$W/bud.tar:x:y" > "$W/log"
	same "buildah's docker archive" "$(ours "$W/bud.tar" '.images[0]["refval-tree-1"]')" \
		"$(ours "$W/one.tar" '.images[0]["refval-tree-1"]')"

	# Built twice, with the times fixed and not: the cause is named.
	mkdir "$W/ctx"
	printf 'FROM scratch\nCOPY hello /hello\nCMD ["/hello"]\n' > "$W/ctx/Dockerfile"
	for n in 1 2 3 4; do
		cp "$W/hello" "$W/ctx/hello"
		touch -d "@$((1700000000 + n * 1000))" "$W/ctx/hello"
		fixed=
		[ "$n" -gt 2 ] || fixed='--timestamp 0'
		# shellcheck disable=SC2086
		bud bud -q --no-cache $fixed --signature-policy "$W/policy.json" -t "r:$n" "$W/ctx" > "$W/log"
		bud push -q --signature-policy "$W/policy.json" "r:$n" "oci-archive:$W/r$n.tar:r" > "$W/log"
	done
	rebuilt() { "$H" rebuild "$1" "$2" -o "$W/build-manifest.json" --json | jq -r "$3" || true; }
	same "built twice, times fixed" "$(rebuilt "$W/r1.tar" "$W/r2.tar" '[.reproducible, .level] | @csv')" 'true,"manifest"'
	same "built twice, times free" "$(rebuilt "$W/r3.tar" "$W/r4.tar" '[.reproducible, .level, (.causes | any(.cause == "timestamps"))] | @csv')" \
		'false,"refval-image-1",true'
fi
echo "$checks digests agree with skopeo, umoci, buildah and the registry"
