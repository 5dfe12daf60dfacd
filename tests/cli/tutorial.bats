# SPDX-License-Identifier: Apache-2.0
# Every command of docs/TUTORIAL.md, in order, in one folder.
load helper

@test "every command of the tutorial gives the answer it says" {
	cd "$BATS_TEST_TMPDIR"
	cp -r "$TOP/docs/auditor-template/evidence" "$TOP/docs/auditor-template/app-compose.json" .
	n=0
	while IFS= read -r line; do
		want='0'
		case $line in
		*'  # exit '*) want=${line##*  # exit } line=${line%  # exit *} ;;
		esac
		status=0
		PATH=$BIN:$PATH bash -c "$line" > out 2> err || status=$?
		[[ " ${want//[,or]/ } " == *" $status "* ]] || { echo "$line: exit $status, not $want"; cat err; tail -n 20 out; false; }
		n=$((n + 1))
	done < <(sed -n 's/^\$ //p' "$TOP/docs/TUTORIAL.md")
	[ "$n" -ge 12 ]
	grep -q 'verdict: yes' report.html
}

@test "the commands of the README's first page are there" {
	for c in $(grep -oE '^\| `refval-[a-z]+`' "$TOP/README.md" | tr -d '|` '); do
		[ -x "$BIN/$c" ] || { echo "$c"; false; }
	done
}
