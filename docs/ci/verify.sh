#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make verify` of an auditor's repository as a step of a CI job: it ends with the
# code of the verdict, and says the reason where the forge shows it.
# usage: verify.sh [FOLDER [VARIABLE=VALUE ...]]      FOLDER has the Makefile; default: .
#   GITHUB_STEP_SUMMARY=FILE   Markdown is appended (GitHub, Forgejo and Gitea set it)
#   SUMMARY=FILE               the same, for a forge that sets nothing
# Green is the line "code         0" alone: make may be told to run nothing, and is
# green then.
set -u
share=$(cd "$(dirname "$0")/.." && pwd) || exit 4
[ -e "$share/verify.mk" ] || share=$share/../images
folder=${1:-.}
[ $# = 0 ] || shift
tmp=$(mktemp -d) || exit 4
trap 'rm -rf "$tmp"' EXIT

make -C "$folder" --no-print-directory verify REFVAL_SHARE="$share" "$@" > "$tmp/out" 2> "$tmp/err"
made=$?
code=$(sed -n '$s/^code         \([0-4]\)$/\1/p' "$tmp/out")
[ "$code" != 0 ] || [ $made = 0 ] || code=4
# The line before the last is the verdict, unless there was none.
reason=$(sed -n 's/^verdict  *//p' "$tmp/out" | tail -n 1)
[ "$reason" ] || reason=$(grep . "$tmp/err" | head -n 1)
case $code in
0) word=yes ;;
1) word=no ;;
2) word="wrong use" ;;
3) word="cannot tell" ;;
4) word="could not work" ;;
*)
	code=4 word="nothing was verified"
	[ "$reason" ] || reason="make verify ended with $made, and without a verdict"
	;;
esac

# What a machine says is in the report: it may not speak to the forge. Indented,
# it is text to Markdown; between these two lines GitHub and Forgejo take no orders.
printable() { tr -d '\000-\010\013-\037\177' | head -c 500000; }
token=
if [ "${GITHUB_ACTIONS:-}" = true ]; then
	token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	printf '::stop-commands::%s\n' "$token"
fi
cat "$tmp/out"
cat "$tmp/err" >&2
[ -z "$token" ] || printf '::%s::\n' "$token"
for summary in "${GITHUB_STEP_SUMMARY:-}" "${SUMMARY:-}"; do
	[ "$summary" ] || continue
	{
		printf '## refval: %s\n\n' "$word"
		printf '%s\n' "$reason" | printable | sed 's/^/    /'
		printf '\n<details><summary>the report</summary>\n\n'
		cat "$tmp/out" "$tmp/err" | printable | sed 's/^/    /'
		printf '\n</details>\n\n'
	} >> "$summary" || code=4
done
exit "$code"
