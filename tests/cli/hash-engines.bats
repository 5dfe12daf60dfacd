# SPDX-License-Identifier: Apache-2.0
# refval-hash beside what container engines make of the same layers.
load helper

setup_file() {
	need python3
	python3 "$TESTS/oci/engine_layers.py" "$BATS_FILE_TMPDIR"
}

setup() {
	H=$BIN/refval-hash
	D=$BATS_FILE_TMPDIR
}

# bats test_tags=slow
@test "what has a content digest is the same tree in every engine" {
	run -0 python3 "$TESTS/oci/engine_check.py" "$H" "$V/oci/engines.tsv.xz" "$D"
	echo "$output"
	[ "${lines[0]}" = "674 images, 6 engines, 385 with a content digest, 0 of them wrong" ]
	[[ $output != *" answers, as many as there was time for"* ]]
}

# bats test_tags=slow
@test "where engines disagree the fault names the path, and what each does" {
	n=0
	while IFS='|' read -r name code path sentence; do
		run -3 --separate-stderr "$H" image "$D/$name.tar"
		[[ $output != *refval-tree-1* && $output != *refval-image-1* ]]
		[[ $stderr == "refval-hash image: $code: layer 2 of 2: $path: "*"$sentence"* ]]
		[ "${#stderr_lines[@]}" = 1 ]
		run -3 --separate-stderr "$H" image "$D/$name.tar" --json
		jq -e --arg c "$code" '.images[0] | .error.code == $c and (.diffids | length) == 2 and .["refval-tree-1"] == null
			and .["refval-image-1"] == null' <<< "$output"
		run -0 "$H" image "$D/$name.tar" --strict
		n=$((n + 1))
	done <<- 'END'
		opq.root|E_WHITEOUT_ROOT|/|engines that stack layers ignore it, those that unpack them one over the other remove everything
		opq.root+d_n|E_WHITEOUT_ROOT|/|engines that stack layers ignore it
		wh.d+d_|E_WHITEOUT_PRESENT|/d|one layer removes a directory and has it: engines that stack layers keep what was in it
		wh.ds+d_s_|E_WHITEOUT_PRESENT|/d/s|one layer removes a directory and has it
		d_+wh.d|E_WHITEOUT_PRESENT|/d|one layer has it and then removes it: some engines keep it, some do not, some refuse the image
		f_+wh.f|E_WHITEOUT_PRESENT|/f|one layer has it and then removes it
		wh.d+d_n|E_WHITEOUT_PRESENT|/d|one layer removes it and has something below it
		wh.ds+d_s_n|E_WHITEOUT_PRESENT|/d/s|one layer removes it and has something below it
		wh.d+wh.dx|E_WHITEOUT_PRESENT|/d|one layer removes it and has something below it
		wh.d+opq.d|E_WHITEOUT_PRESENT|/d|one layer removes it and has an opaque whiteout in it
		wh.f+f_n|E_WHITEOUT_PRESENT|/f|one layer removes it and has something below it
		opq.d+wh.dx|E_WHITEOUT_NOWHERE|/d/x|a whiteout below an opaque one of the same layer
		opq-sub-wh|E_WHITEOUT_NOWHERE|/d/x|a whiteout below an opaque one of the same layer
		wh-nowhere-dir|E_WHITEOUT_NOWHERE|/z/n|a whiteout in a directory that the layers below do not have
		dlink+wh.dx|E_PARENT_SYMLINK|/d/x|which comes first decides where an engine goes
		wh.dx+dlink|E_PARENT_SYMLINK|/d/x|which comes first decides where an engine goes
		link-then-wh|E_PARENT_SYMLINK|/d/x|which comes first decides where an engine goes
		dlink+opq.d|E_PARENT_SYMLINK|/d|which comes first decides where an engine goes
		opq.d+dfile|E_PARENT_NOTDIR|/d|which comes first decides what an engine keeps
		wh.dx+dfile|E_PARENT_NOTDIR|/d/x|which comes first decides what an engine keeps
		d_n+dfile|E_PARENT_NOTDIR|/d/n|which comes first decides what an engine keeps
		hl|E_LINK_LOWER|/d/h|some engines find it there, others refuse the image
		hl-late-lower|E_LINK_LOWER|/d/h|some engines find it there
		hl-mode|E_LINK_ATTRIBUTES|/d/b|another mode, owner or attributes than its file: some engines set them, some do not
		hl-owner|E_LINK_ATTRIBUTES|/d/b|another mode, owner or attributes than its file
		p-implied|E_PARENT_ATTRIBUTES|/p|this layer has the content and no entry: some engines keep them, some do not
		p-opq|E_PARENT_ATTRIBUTES|/p|this layer has the content and no entry
		p-wh|E_PARENT_ATTRIBUTES|/p|this layer has the content and no entry
		d_s_n+opq.d|E_WHITEOUT_LATE|/d|in a directory that is no entry before it: some engines remove that, some keep it
		opq.d+opq.ds|E_WHITEOUT_NOWHERE|/d/s|a whiteout in a directory that the layers below do not have
		wh-nowhere|E_WHITEOUT_NOWHERE|/z/n|a whiteout in a directory that the layers below do not have
		opq-nowhere|E_WHITEOUT_NOWHERE|/z|a whiteout in a directory that the layers below do not have
		late-child|E_WHITEOUT_PRESENT|/f|one layer has something below it and then removes it: some engines refuse the image
		x-none|E_XATTR_LOWER|/x|a directory with an attribute below that this layer's entry has not: some engines keep it
		x-other|E_XATTR_LOWER|/x|a directory with an attribute below that this layer's entry has not
		x-opq|E_XATTR_LOWER|/x|a directory with an attribute below that this layer's entry has not
		dev-none|E_WHITEOUT_DEVICE|entry 1, "d/x"|a device 0,0: engines that stack layers take it for a whiteout, others make it
		dev-none-new|E_WHITEOUT_DEVICE|entry 1, "d/c"|engines that stack layers take it for a whiteout
		over-opq|E_XATTR_OVERLAY|entry 1, "d/"|trusted.overlay.opaque steers the file system that stacks layers: some engines obey it, some do not
		over-redirect|E_XATTR_OVERLAY|entry 1, "d/"|trusted.overlay.redirect steers the file system that stacks layers
		over-user|E_XATTR_OVERLAY|entry 1, "d/"|user.overlay.opaque steers the file system that stacks layers
		over-fuse|E_XATTR_OVERLAY|entry 1, "d/"|user.fuseoverlayfs.opaque steers the file system that stacks layers
		attr-trusted|E_XATTR_TRUSTED|entry 1, "d/"|trusted.other: some engines set it, some leave it out
		attr-empty|E_XATTR_EMPTY|entry 1, "d/"|user.a without a value: some engines set it, some do not
		attr-link|E_XATTR_USER|entry 1, "l"|user.a of what is neither a file nor a directory: some engines refuse the image
		rm-mkdir-file-late|E_PARENT_NOTDIR|/f|an opaque whiteout in what is no directory
	END
	[ "$n" = 46 ]
}

@test "a file or a link that one layer replaces by a new directory is no fault" {
	run -0 "$H" image --tree "$D/rm-mkdir-file.tar"
	[ "${lines[7]}" = "/f d 0755 0 0 - -" ]
	run -0 "$H" image --tree "$D/rm-mkdir-link-new.tar"
	[ "${lines[6]}" = "/e d 0755 0 0 - -" ]
	[[ ${lines[7]} == "/e/n f 0644 0 0 1 "* ]]
	run -0 "$H" image --tree "$D/opq-last.tar"
	[[ ${lines[3]} == "/d/n f 0644 0 0 1 "* ]]
	[[ ${lines[4]} == "/e l "* ]]
}

@test "a hard link to an absolute path is the one without the slash, and is said" {
	run -0 "$H" image "$D/hl-abs.tar" --json
	[ "$(jq -c '.images[0].warnings' <<< "$output")" = '["link-absolute"]' ]
	tree=$(jq -r '.images[0]["refval-tree-1"]' <<< "$output")
	run -0 "$H" image "$D/hl-here.tar" --json
	[ "$(jq -c '.images[0].warnings' <<< "$output")" = '[]' ]
	[ "$(jq -r '.images[0]["refval-tree-1"]' <<< "$output")" = "$tree" ]
}

# Two archives of images that differ in times only: the content cannot tell.
# bats test_tags=slow
@test "no command says yes by content where engines disagree" {
	for name in opq.root wh.d+d_ hl wh-nowhere dlink+wh.dx opq.d+opq.ds dev-none over-redirect; do
		python3 "$TESTS/oci/engine_layers.py" "$BATS_TEST_TMPDIR" "$name" later
		a=$D/$name.tar b=$BATS_TEST_TMPDIR/$name.tar
		run -3 --separate-stderr "$H" diff "$a" "$b"
		[[ $stderr == "refval-hash diff: E_"* ]]
		run -3 --separate-stderr "$H" rebuild "$a" "$b"
		[[ $stderr == "refval-hash rebuild: E_"* ]]
		pin=$(tar -xOf "$a" index.json | jq -r '.manifests[0].digest')
		run -3 --separate-stderr "$H" match --pin "x@$pin" --pinned "$a" "$b" --json
		[ "$(jq -r .verdict <<< "$output")" = cannot-tell ]
		[ "$(jq -r .level <<< "$output")" = null ]
		[[ $(jq -r .reason <<< "$output") == "the rebuild has no content digest (E_"*")" ]]
		jq -e '.reason as $why | [.levels[] | select(.verdict == "unchecked") | .reason] | length > 0 and all(. == $why)' <<< "$output"
		run -0 "$H" match --pin "x@$pin" --pinned "$a" "$a"
	done
	a=$D/d_+d_n.tar
	python3 "$TESTS/oci/engine_layers.py" "$BATS_TEST_TMPDIR" d_+d_n later
	run -0 "$H" match --pin "x@$(tar -xOf "$a" index.json | jq -r '.manifests[0].digest')" --pinned "$a" \
		"$BATS_TEST_TMPDIR/d_+d_n.tar"
}
