#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every test and count: cmocka programs in build/unit, fuzz targets on their
# seeds, bats files in tests/cli; a part more at once than there are processors.
# Ends with "N passed, N failed, N skipped"; exit 1 when any failed or none ran.
# usage: run.sh [--fast] [NAME ...]     default: all of them
#   NAME    acpi, fuzz_acpi, cli/acpi or a file's path; commas may separate them
#   --fast  without the tests that are tagged "slow"; fuzz targets run few rounds
# JOBS=N at once, ROUNDS=N damaged copies of each seed (200), TEST=REGEX only
# those bats tests. What each part said stays in build/check.
set -u
cd "$(dirname "$0")/.." || exit 4
# A make that a test runs is nobody's sub-make.
unset MAKELEVEL MAKEFLAGS MFLAGS
B=${B:-build}
BIN=$PWD/$B/bin
export B BIN
# What nobody has written is never the zero that is meant, by luck.
export MALLOC_PERTURB_="${MALLOC_PERTURB_-165}"
dir=$B/check
tab=$(printf '\t')

# ---- one part: run.sh --part KIND/NAME ----

# say TEXT: one write, so that parts that run at once do not mix; and for the count.
say() {
	printf '%s\n' "$1" >> "$tap"
	printf '%s\n' "$1"
	: > "$dir/said"
}

# report: what bats (as it comes, with times) or a TAP program writes, in our form:
#   [not ]ok NAME: TEST (MS ms)[ # skip WHY], and what belongs to a failure after it
report() {
	planned=0 seen=0 held='' after=''
	flush() {
		[ -z "$held" ] || say "$held"
		held=
	}
	while IFS= read -r line; do
		case $line in
		"suite "* | "TAP version "*) continue ;;
		1..[0-9]*)
			n=${line#1..}
			planned=$((planned + ${n%%[!0-9]*}))
			;;
		"begin "*)
			flush
			line=${line#begin }
			printf '%s\n' "${line#* }" > "$dir/running/$kind.$name"
			;;
		"ok "* | "not ok "*)
			flush
			seen=$((seen + 1))
			word=${line%%ok *}ok rest=${line#*ok }
			case $rest in [0-9]*) rest=${rest#* } ;; esac
			rest=${rest#- }
			# "in 12ms" is before "# skip".
			tail=
			case $rest in
			*" # skip"*) tail=" # skip${rest##* # skip}" rest=${rest% # skip*} ;;
			*" # SKIP"*) tail=" # skip${rest##* # SKIP}" rest=${rest% # SKIP*} ;;
			esac
			case $rest in *" in "[0-9]*ms) ms=${rest##* in } rest="${rest% in *} (${ms%ms} ms)" ;; esac
			rest=${rest#"$name: "}
			held="$word $name: $rest$tail" after=$word
			;;
		*)
			# What a passing test has to say is nobody's business.
			if [ "$after" = "not ok" ] || [ "$planned" = 0 ]; then
				case $line in "#"*) ;; *) line="# $line" ;; esac
				held=${held:+$held
}$line
			fi
			;;
		esac
	done
	flush
	status=$(cat "$dir/$kind.$name.status" 2> /dev/null || echo 127)
	# A test that vanished without a word (a killed runner) is a failure, and a crash prints no line of its own.
	if [ "$seen" -lt "$planned" ]; then
		say "not ok $name: $((planned - seen)) tests were planned and never reported (status $status)"
	elif [ "$status" != 0 ] && ! grep -q '^not ok' "$tap"; then
		say "not ok $name: ended with status $status"
	elif [ "$seen" = 0 ] && [ -z "${TEST:-}${fast:-}" ]; then
		say "not ok $name: ran no test"
	fi
}

run_part() {
	kind=${1%%/*} name=${1#*/}
	tap=$dir/$kind.$name.tap
	: > "$tap"
	echo "$name" > "$dir/running/$kind.$name"
	start=$(date +%s%N) missing=
	case $kind in
	unit) [ -x "$B/$1" ] || ${PKG_CONFIG:-pkg-config} --exists cmocka 2> /dev/null || missing=cmocka ;;
	cli) command -v bats > /dev/null || missing=bats ;;
	esac
	if [ "$missing" ] && [ -z "${CI:-}" ]; then
		say "ok $name: all of it # skip needs $missing"
	else
		{
			# shellcheck disable=SC2046
			case $kind in
			unit) CMOCKA_MESSAGE_OUTPUT=TAP "$B/$1" ;;
			fuzz) "$B/$1" "${ROUNDS:-200}" $(tests/fuzz/seeds.sh "$name") ;;
			cli) bats --formatter cat --timing ${TEST:+-f "$TEST"} ${fast:+--filter-tags '!slow'} "tests/cli/$name.bats" ;;
			esac 2>&1
			echo $? > "$dir/$kind.$name.status"
		} | report
	fi
	rm -f "$dir/running/$kind.$name"
	# With the processor's time, which says more on a machine that is busy.
	times > "$dir/$kind.$name.times"
	cpu=$(sed -n 2p "$dir/$kind.$name.times" | tr 'ms' '  ' | awk '{ printf "%d", ($1 * 60 + $2 + $3 * 60 + $4) * 1000 }')
	printf '%d\t%s\t%d\n' $((($(date +%s%N) - start) / 1000000)) "$1" "$cpu" > "$dir/$kind.$name.time"
	echo end >> "$tap"
}

if [ "${1:-}" = --part ]; then
	run_part "$2"
	exit 0
fi

# ---- all parts ----

fast=
[ "${1:-}" != --fast ] || { fast=1; shift; }
[ -z "$fast" ] || ROUNDS=${ROUNDS:-5}
export fast ROUNDS="${ROUNDS:-200}"

# A folder where a test can write a program and run it; /tmp may be read-only or
# noexec. Names of sockets are short, so this tree is the last to try.
usable() {
	try=$(mktemp -d "$1/refval.XXXXXX" 2> /dev/null) || return 1
	printf '#!/bin/sh\n' > "$try/x" && chmod +x "$try/x" && "$try/x" 2> /dev/null
	set -- $?
	rm -rf "$try"
	return "$1"
}
mkdir -p "$dir/tmp"
for t in "${TMPDIR:-/tmp}" /tmp /var/tmp /dev/shm "$PWD/$dir/tmp"; do
	usable "$t" || continue
	[ "$t" = "${TMPDIR:-/tmp}" ] || echo "# temporary files go to $t: ${TMPDIR:-/tmp} cannot be used"
	export TMPDIR="$t"
	break
done

all_parts() {
	for f in tests/unit/*.c; do
		[ -e "$f" ] || continue
		[ -z "$fast" ] || ! grep -q 'test_tags=slow' "$f" || continue
		echo "unit/$(basename "$f" .c)"
	done
	for f in tests/fuzz/fuzz_*.c; do [ ! -e "$f" ] || echo "fuzz/$(basename "$f" .c)"; done
	for f in tests/cli/*.bats; do echo "cli/$(basename "$f" .bats)"; done
}

parts=$(all_parts)
if [ $# -gt 0 ]; then
	chosen=
	for n in $(echo "$@" | tr , ' '); do
		n=${n%.bats} n=${n%.c} n=${n##*tests/} found=''
		for p in $parts; do
			[ "$p" = "$n" ] || [ "${p#*/}" = "$n" ] || [ "${p#*/}" = "fuzz_$n" ] || continue
			found=1
			# Once, whatever number of names it was given.
			case "$chosen " in *" $p "*) ;; *) chosen="$chosen $p" ;; esac
		done
		[ "$found" ] || { echo "run.sh: no test is called $n; there are:" >&2; echo $parts | fold -s >&2; exit 2; }
	done
	parts=$chosen
fi

# The longest first, as they were the last time; before that, by this list.
order() {
	i=900
	for p in cli/mutants cli/mutants_crash cli/fetch cli/options cli/unpack cli/build cli/mutate unit/verify_inject cli/acpi cli/bind \
		cli/html cli/repro cli/install cli/replay cli/boot cli/hash-match unit/solve cli/real_parts cli/schemas cli/evidence \
		cli/audit unit/gpu cli/runner cli/publish; do
		i=$((i - 1))
		printf '%d\t%s\n' $i "$p"
	done
	cat "$dir"/*.time 2> /dev/null
	for p; do printf 'x\t%s\n' "$p"; done
}
ordered=$(order $parts | awk -F'\t' '$1 != "x" { t[$2] = $1; next } { print (t[$2] + 0) "\t" $2 }' | sort -rn | cut -f2)

# One more than there are processors: some tests wait for time to pass.
jobs=${JOBS:-$(($(nproc 2> /dev/null || echo 1) + 1))}
rm -rf "$dir/running" "$dir"/*.tap "$dir"/*.status
mkdir -p "$dir/running"
: > "$dir/said"
started=$(date +%s)

# Nobody waits in silence: what has been running for longer than that.
quiet() {
	while sleep 5 > /dev/null; do # it outlives us, and who reads our output must not wait for it
		now=$(date +%s)
		[ $((now - $(stat -c %Y "$dir/said"))) -ge 15 ] || continue
		for f in "$dir/running"/*; do
			[ -e "$f" ] || continue
			n=${f##*/}
			printf '# %d s: %s: %s\n' $((now - $(stat -c %Y "$f"))) "${n#*.}" "$(cat "$f")"
		done
		: > "$dir/said"
	done
}
quiet 2> /dev/null &
heart=$!
trap 'kill $heart 2> /dev/null' EXIT
trap 'exit 130' INT TERM
echo "# $(echo "$ordered" | wc -l) parts, $jobs at once"
printf '%s\n' "$ordered" | xargs -P "$jobs" -n 1 sh tests/run.sh --part
kill $heart 2> /dev/null

for p in $ordered; do
	tap=$dir/${p%%/*}.${p#*/}.tap
	[ "$(tail -n 1 "$tap" 2> /dev/null)" = end ] || say "not ok ${p#*/}: was ended before its end"
done
cat "$dir"/*.tap > "$B/check.log"
failed=$(grep -c '^not ok' "$B/check.log")
skipped=$(grep -c '^ok .*# skip' "$B/check.log")
passed=$(($(grep -c '^ok' "$B/check.log") - skipped))
if [ $# = 0 ]; then
	echo "# the slowest tests:"
	sed -n 's/^\(not \)\{0,1\}ok \(.*\) (\([0-9]*\) ms).*/\3\t\2/p' "$B/check.log" | sort -rn | head -n 10 |
		awk -F'\t' '{ printf "#   %6.1f s  %s\n", $1 / 1000, $2 }'
fi
[ "$skipped" = 0 ] || grep '^ok .*# skip' "$B/check.log"
[ "$failed" = 0 ] || awk '/^not ok/ { p = 1 } /^(ok|end)/ { p = 0 } p' "$B/check.log"
cpu=$(for p in $ordered; do cat "$dir/${p%%/*}.${p#*/}.time"; done 2> /dev/null | awk -F'\t' '{ n += $3 } END { print int(n / 1000) }')
echo "# $(($(date +%s) - started)) s, $cpu s of processors"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
