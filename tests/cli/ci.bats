# SPDX-License-Identifier: Apache-2.0
# A CI job of an auditor's repository: docs/ci/verify.sh. That the workflows'
# own steps run is `make check-ci`.
load helper

setup() {
	T=$BATS_TEST_TMPDIR
	cp -r "$TOP/docs/auditor-template" "$T/audit"
	cd "$T/audit" || return
	unset MAKEFLAGS GITHUB_ACTIONS GITHUB_STEP_SUMMARY SUMMARY
	export GITHUB_STEP_SUMMARY=$T/summary
}

step() { sh "$TOP/docs/ci/verify.sh" . REFVAL_VERIFY="$BIN/refval-verify" "$@"; }

@test "yes: green, and the summary says so" {
	run -0 step
	[ "${lines[-1]}" = "code         0" ]
	[ "$(head -n 1 "$T/summary")" = "## refval: yes" ]
	grep -q '^    yes: [0-9]* agree' "$T/summary"
	grep -q '^    verdict      yes' "$T/summary"
}

@test "no, cannot tell, wrong use: the verdict's code, and the reason on the summary's third line" {
	sed -i 's/launcher/lauNcher/' app-compose.json
	run -1 step
	[ "$(head -n 1 "$T/summary")" = "## refval: no" ]
	sed -n 3p "$T/summary" | grep -q '^    no: .*app-compose.json: not the one that was pinned'
	rm "$T/summary"
	cp "$TOP/docs/auditor-template/app-compose.json" .
	run -3 step AT=2020-01-01
	[ "$(head -n 1 "$T/summary")" = "## refval: cannot tell" ]
	sed -n 3p "$T/summary" | grep -q '^    cannot-tell: .*PCK_CHAIN_NOT_YET_VALID'
	rm "$T/summary"
	run -2 step ACCEPT=Nonsense
	[ "$(head -n 1 "$T/summary")" = "## refval: wrong use" ]
	sed -n 3p "$T/summary" | grep -q '^    refval-verify: .*Nonsense'
}

@test "a make that verifies nothing is red: told to, without a program, or lying" {
	MAKEFLAGS=n run -4 step
	[ "$(head -n 1 "$T/summary")" = "## refval: nothing was verified" ]
	sed -n 3p "$T/summary" | grep -q 'would answer without verifying'
	printf 'verify:\n\t@true\n' > Makefile
	run -4 step
	printf 'verify:\n\t@echo "code         0"; echo more\n' > Makefile
	run -4 step
	printf 'verify:\n\t@echo "code         0"; exit 1\n' > Makefile
	run -4 step
	run -4 sh "$TOP/docs/ci/verify.sh" "$T/nowhere"
	tail -n 4 "$T/summary" | grep -q 'nowhere'
}

@test "what a report says is text to the forge, whatever it says" {
	printf 'verify:\n\t@printf "::error::x\\n\\n# big\\n<img src=x>\\n\\033[1m\\nverdict      no: <b>::set-env name=a::b\\ncode         1\\n"; exit 1\n' > Makefile
	GITHUB_ACTIONS=true run -1 step
	# Between two lines of one token, which is another each time.
	[[ ${lines[0]} =~ ^::stop-commands::([0-9a-f]{32})$ ]]
	token=${BASH_REMATCH[1]}
	[[ $output == *$'\n'"::$token::" ]]
	GITHUB_ACTIONS=true run -1 step
	[[ ${lines[0]} != *"$token" ]]
	# In the summary, each line is indented, is of ours, or is empty.
	run -1 grep -vE '^(    .*|## refval: no|<details><summary>the report</summary>|</details>|)$' "$T/summary"
	run -1 grep -q $'\033' "$T/summary"
	# Outside GitHub the log is as make wrote it.
	run -1 step
	[ "${lines[0]}" = "::error::x" ]
}

@test "the workflows say where refval is from, run on push and every night, and are in the README" {
	for f in github gitlab forgejo; do
		w=$TOP/docs/ci/$f.yml
		grep -qF "($f.yml)" "$TOP/docs/ci/README.md"
		grep -qE '^ +REFVAL_COMMIT: "0{40}"$' "$w"
		grep -q 'checkout --quiet --detach "\$REFVAL_COMMIT"' "$w"
		grep -q 'ci/verify.sh"\{0,1\}$' "$w"
		grep -q 'push' "$w"
		grep -qE 'cron:|== "schedule"' "$w"
		# An action by its commit, never by a name that can be moved.
		run -1 bash -c 'grep "uses:" "$1" | grep -vE "@[0-9a-f]{40} # v"' - "$w"
	done
}
