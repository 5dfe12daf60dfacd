# SPDX-License-Identifier: Apache-2.0
# What is built is the same wherever it is built, and by whomever.
load helper

setup() {
	# Only what this tree built can be built again from it.
	[[ $BIN == "$TOP"/* ]]
	b=$(dirname "$BIN")
	need_plain "an instrumented build is not for release"
}

# bats test_tags=slow
@test "another path, user, umask, locale and time zone: the same programs and tarball" {
	run -0 "$TESTS/repro.sh" "$b"
	[ -e "$TOP/.git" ] || skip "${lines[-1]}"
	[[ ${lines[-1]} =~ ^1[0-9]' files and the release tarball are the same bytes'$ ]]
}

# The build beside this one makes a share of the objects anew: what no object may have is asked of all.
@test "no file of the code asks the compiler for the time" {
	run -1 grep -rnE '__(DATE|TIME|TIMESTAMP)__' "$TOP/lib" "$TOP/cmd" "$TOP/include"
}

@test "nothing of this machine is in what was built" {
	for f in "$b"/bin/*; do
		run -1 grep -qaF -e "$TOP" "$f"
	done
}
