# SPDX-License-Identifier: Apache-2.0
# Every command of docs/REBUILDS.md, in order, in one folder. Programs that need
# a daemon or a network are stood in for: builds come from tests/oci/make.py, and
# what a registry would send is taken from the archive that was pushed there.
load helper

setup() {
	need python3 jq skopeo
	cd "$BATS_TEST_TMPDIR"
	mkdir images bin home runner1 runner2
	export HOME=$BATS_TEST_TMPDIR/home
	python3 "$TESTS/oci/make.py" images
	cat > bin/docker <<- 'END'
		#!/bin/bash
		# docker buildx build ... --output type=oci,dest=FILE,... .
		[ "$1 $2 ${!#}" = "buildx build ." ] || exit 9
		[[ " $* " == *" --output type=oci,dest="*",rewrite-timestamp=true "* ]] || exit 9
		[[ " $* " == *" --provenance=false "* ]] || exit 9
		to="$*"
		to=${to##*dest=}
		cp "$IMAGE" "${to%%,*}"
	END
	cat > bin/skopeo <<- 'END'
		#!/bin/bash
		args=("$@")
		[[ ${args[-1]} == docker://name@sha256:* ]] || exit 9
		args[-1]=oci-archive:theirs.tar
		PATH=${PATH#*:} exec skopeo "${args[@]}"
	END
	chmod +x bin/docker bin/skopeo
	PATH=$BATS_TEST_TMPDIR/bin:$BIN:$PATH
}

# The commands of the page, one on each line.
commands() { sed -n 's/^    //p' "$TOP/docs/REBUILDS.md" | sed -e ':a' -e '/\\$/{N;s/ *\\\n */ /;ba}'; }

# all IMAGE OTHER CODES: run each with our build from OTHER and theirs from IMAGE
all() {
	local n=0 line pin want code=0
	pin=$("$BIN/refval-hash" image "images/$1.tar" --json | jq -r '.images[0].manifest')
	cp "images/$1.tar" theirs.tar
	cp "images/$1.tar" runner1/image.tar
	cp "images/$2.tar" ours.tar
	cp "images/$2.tar" runner2/image.tar
	export IMAGE=images/$1.tar PIN=name@$pin
	while read -r want && IFS= read -r line <&3; do
		code=0
		bash -c "${line//sha256:.../$pin}" > out 2> err || code=$?
		[ "$code" = "$want" ] || { echo "$line: exit $code, not $want"; cat out err; return 1; }
		IMAGE=images/$2.tar
		n=$((n + 1))
	done 3< <(commands) <<< "${3// /$'\n'}"
	[ "$n" = "$(commands | wc -l)" ]
	[ "$n" = "$(wc -w <<< "$3")" ]
}

@test "every command of docs/REBUILDS.md, builds that are the same" {
	all oci_one oci_one_again "0 0 0 0 0 0 0 0 0 0"
	jq -e '.reproducible and (.builds | length) == 2 and .image_digest != null' build-manifest.json
}

# bats test_tags=slow
@test "every command of docs/REBUILDS.md, builds that differ in a file" {
	all oci_one oci_other "0 0 1 1 1 0 0 3 1 1"
	jq -e '(.reproducible | not) and .image_digest == null and .causes[0].cause == "content"' build-manifest.json
}

@test "every command of docs/REBUILDS.md, builds that differ in times" {
	all oci_one oci_later "0 0 1 1 0 0 0 3 1 1"
	jq -e '.level == "refval-image-1" and .causes[0].cause == "timestamps"' build-manifest.json
}
