# SPDX-License-Identifier: Apache-2.0
# What skopeo, umoci and crane said of the same files. hash-image.bats shows that
# refval_ref is what refval-hash prints; here each tool's digests are held to it.
load helper

setup_file() { xz -dc "$V/oci/cases.json.xz" > "$BATS_FILE_TMPDIR/cases.json"; }

# One line for each value a tool gave: "TOOL FIELD agree|differ".
compare() {
	jq -r '.[] | . as $c | range(.files | length) as $n | $c.refval_ref[$n] as $r |
		select($r.images) | $c.oracles[$n] | to_entries[] | .key as $tool | .value |
		def say(f; ok): "\($tool | split("-")[0]) \(f) \(if ok then "agree" else "differ" end)";
		([$r.images[].manifest] + $r.index) as $served |
		if ($tool | startswith("umoci")) then .[] | select(type == "object" and .rc == 0) | . as $u |
			("manifest", "config", "diffids", "layers") as $f |
				say($f; any($r.images[]; .[$f] == $u[$f])),
			(select($f == "config" and .rootfs_refval_tree_1) |
				say("tree"; any($r.images[]; .["refval-tree-1"] == $u.rootfs_refval_tree_1)))
		elif type == "object" and .rc == 0 and .Digest then . as $s |
			say(($tool | split(" ")[1]) + " digest"; any($served[]; . == $s.Digest)),
			say(($tool | split(" ")[1]) + " config"; any($r.images[]; .config == "sha256:" + $s.config_sha256))
		elif type == "string" and startswith("sha256:") then . as $d |
			say("--tarball"; any($served[]; . == $d))
		else empty end' "$BATS_FILE_TMPDIR/cases.json" | sort | uniq -c | awk '{$1 = $1; print}'
}

@test "every digest that another tool gives is ours; those that name nothing are known" {
	# Reviewed: of a docker archive skopeo and crane give the digest of a manifest
	# that they make up themselves; no registry has it, and no two tools agree on it.
	run -0 diff <(compare) - <<- 'END'
		10 crane digest --tarball differ
		2 skopeo dir config agree
		2 skopeo dir digest agree
		21 skopeo docker-archive config agree
		21 skopeo docker-archive digest differ
		2 skopeo oci config agree
		2 skopeo oci digest agree
		266 skopeo oci-archive config agree
		266 skopeo oci-archive digest agree
		127 umoci config agree
		127 umoci diffids agree
		127 umoci layers agree
		127 umoci manifest agree
		126 umoci tree agree
	END
}
