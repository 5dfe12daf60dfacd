# SPDX-License-Identifier: Apache-2.0
# refval-verify and refval-diff: a real machine verified, and each thing that
# can be wrong with it refused with its reason.
load helper

near=near-058-dev-3e6394

setup() {
	machine=$V/real/$near
	work=$BATS_TEST_TMPDIR/machine
	cp -r "$machine" "$work"
	chmod -R u+w "$work"
}

# verify EVIDENCE COMPOSE OPTION...: against the record of its release.
verify() {
	local evidence=$1 compose=$2
	shift 2
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$evidence" \
		--compose "$compose" --cpus 8 --memory 64G --qemu 8.2.2 \
		--at 2026-04-01T00:00:00Z "$@"
}

# check NAME JQ: the jq expression holds for the check called NAME.
check() {
	jq -e --arg n "$1" "[.layers[].checks[] | select(.name == \$n)] | length > 0 and all($2)" <<< "$output" > /dev/null ||
		{ jq --arg n "$1" '.layers[].checks[] | select(.name == $n)' <<< "$output"; false; }
}

@test "a captured machine is verified: exit 0, every layer with its verdict" {
	run -0 --separate-stderr verify "$machine" "$machine/app-compose.json" --json
	[ "$(jq -r .schema <<< "$output")" = refval.report/1 ]
	[ "$(jq -r .verdict <<< "$output")" = yes ]
	[ "$(jq -r '[.layers[].layer] | join(" ")' <<< "$output")" = "hardware firmware os app report_data" ]
	for c in quote_signature tcb_status mrtd rtmr0 rtmr1 rtmr2 compose_hash rtmr3_log event_contents; do
		check "$c" '.verdict == "yes"'
	done
	[ "$(jq -r '.layers[] | select(.layer == "report_data") | .verdict' <<< "$output")" = unchecked ]
}

@test "every register agrees event by event, RTMR0 with computed ACPI tables" {
	run -0 --separate-stderr verify "$machine" "$machine/app-compose.json" --json
	for c in rtmr0 rtmr1 rtmr2; do
		check "$c" '.reason | startswith("equal, event by event")'
	done
}

@test "a shape nobody captured: RTMR0 is computed, and tells the machines apart" {
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" \
		--cpus 4 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json
	check rtmr0 '.verdict == "no" and (.reason | contains("acpi-loader"))'
	check rtmr1 '.verdict == "yes"'
}

@test "collateral that has expired, or is missing: cannot tell, never yes" {
	run -3 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" \
		--cpus 8 --memory 64G --qemu 8.2.2 --at 2027-04-01 --json
	check quote_signature '.verdict == "cannot-tell"'
	rm "$work/collateral.json"
	run -3 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$work" \
		--cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json
	check quote_signature '.verdict == "cannot-tell"'
}

@test "one flipped byte in the quote: exit 1, not genuine" {
	printf '\001' | dd of="$work/quote.bin" bs=1 seek=200 conv=notrunc status=none
	run -1 --separate-stderr verify "$work" "$machine/app-compose.json" --json
	check quote_signature '.verdict == "no"'
}

@test "the page: verdict, each check, nothing loaded, foreign text escaped" {
	jq '.[-1].event = "<script>alert(1)</script>"' "$work/event_log.json" > "$work/new" && mv "$work/new" "$work/event_log.json"
	rm -f "$work/tcb_info.json"
	run -1 --separate-stderr verify "$work" "$machine/app-compose.json" --html "$BATS_TEST_TMPDIR/page.html"
	page=$(cat "$BATS_TEST_TMPDIR/page.html")
	[[ $page == *"verdict: no"* ]]
	[[ $page == *"&lt;script&gt;alert(1)&lt;/script&gt;"* ]]
	[[ $page != *"<script"* ]]
	[[ $page != *"http://"* ]]
	[[ $page != *"https://"* ]]
	[[ $page == *'class="first"'* ]]
}

@test "a page that cannot be written is exit 4" {
	run -4 --separate-stderr verify "$machine" "$machine/app-compose.json" --html /nonexistent/page.html
}

@test "the text report lists the layers, what was not checked, and the verdict" {
	run -0 --separate-stderr verify "$machine" "$machine/app-compose.json"
	for l in hardware firmware os app report_data; do
		[[ $output =~ (^|$'\n')"$l " ]]
	done
	[[ $output == *unchecked* ]]
	[[ ${lines[-1]} == "verdict "*"yes: "* ]]
}

@test "one character of app-compose.json changed: exit 1, and it says so" {
	sed -i '0,/launcher/s//lauNcher/' "$work/app-compose.json"
	run -1 --separate-stderr verify "$machine" "$work/app-compose.json" --json
	[ "$(jq -r .verdict <<< "$output")" = no ]
	check compose_hash '.verdict == "no" and (.reason | contains("another app-compose.json"))'
	check rtmr2 '.verdict == "yes"'
}

# flip EVENT: one bit of the digest of the event at this index.
flip() {
	local f
	for f in event_log tcb_info; do
		[ -e "$work/$f.json" ] || continue
		jq --argjson i "$1" 'def flip: (.[0:1] | if . == "0" then "1" else "0" end) + .[1:];
			if type == "array" then .[$i].digest |= flip else .event_log[$i].digest |= flip end' \
			"$work/$f.json" > "$work/new" && mv "$work/new" "$work/$f.json"
	done
}

@test "a flipped byte in the digest of a runtime event: exit 1, the event named" {
	flip 22
	run -1 --separate-stderr verify "$work" "$machine/app-compose.json" --json
	check event_contents '.verdict == "no" and (.reason | contains("compose-hash"))'
	check rtmr3_log '.verdict == "no"'
}

@test "a flipped byte in the digest of the kernel event: exit 1, the event named" {
	flip 11
	run -1 --separate-stderr verify "$work" "$machine/app-compose.json" --json
	check rtmr1_log '.verdict == "no" and (.reason | contains("kernel"))'
}

@test "the release's other flavour: RTMR2 differs, and is named" {
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-0.5.8 --evidence "$machine" \
		--compose "$machine/app-compose.json" --cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json
	check rtmr1 '.verdict == "yes"'
	check rtmr2 '.verdict == "no" and (.reason | contains("cmdline"))'
	check release '.reason == "this machine runs dstack-dev-0.5.8, not dstack-0.5.8"'
}

@test "another QEMU: MRTD is of the other page order, and it says so" {
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" \
		--cpus 8 --memory 64G --qemu 9.2.1 --at 2026-04-01 --json
	check mrtd '.verdict == "no" and (.reason | contains("two passes"))'
}

@test "a release without recorded values is cannot-tell, never yes" {
	run -3 --separate-stderr "$BIN/refval-verify" --release dstack-0.5.6 --evidence "$machine" \
		--cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json
	[ "$(jq -r .verdict <<< "$output")" != yes ]
	check rtmr2 '.verdict == "cannot-tell"'
}

@test "a release nobody knows is wrong use" {
	run -2 --separate-stderr "$BIN/refval-verify" --release dstack-9.9.9 --evidence "$machine"
	[[ $stderr == "refval-verify: dstack-9.9.9: no record of this release"* ]]
	[ -z "$output" ]
}

@test "a skipped check is listed as unchecked, with what it was" {
	sed -i '0,/launcher/s//lauNcher/' "$work/app-compose.json"
	run -0 --separate-stderr verify "$machine" "$work/app-compose.json" --json --skip compose_hash --skip mr_config_id
	check compose_hash '.verdict == "unchecked" and (.reason | startswith("skipped by request; it was: no"))'
}

@test "skipping a check that is not there is wrong use" {
	run -2 --separate-stderr verify "$machine" "$machine/app-compose.json" --skip compose-hash
	[[ $stderr == *"no check of that name"* ]]
}

@test "no reference at all is wrong use of refval-diff" {
	run -2 --separate-stderr "$BIN/refval-diff" "$machine"
}

@test "diff against an app-compose alone says what it did not compare" {
	run -0 --separate-stderr "$BIN/refval-diff" "$machine/app-compose.json" "$machine" --json
	check compose_hash '.verdict == "yes"'
	check rtmr1 '.verdict == "unchecked"'
}

@test "every captured machine is told apart from every other release" {
	for f in near-054-dev-070958 near-057-dev-112ff3 near-058-dev-57921c; do
		v=${f#near-0}; v=0.${v:0:1}.${v:1:1}
		run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.9 --evidence "$V/real/$f" \
			--cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json
		check rtmr1 '.verdict == "no"'
		check release ".reason == \"this machine runs dstack-dev-$v, not dstack-dev-0.5.9\""
	done
}

@test "the same input gives the same bytes" {
	run -0 --separate-stderr verify "$machine" "$machine/app-compose.json" --json
	first=$output
	run -0 --separate-stderr verify "$machine" "$machine/app-compose.json" --json
	[ "$first" = "$output" ]
}

@test "evidence whose parts contradict each other is a no, and says which" {
	jq '.[3].digest |= (.[0:95] + "0")' "$work/event_log.json" > "$work/new" && mv "$work/new" "$work/event_log.json"
	run -1 --separate-stderr verify "$work" "$machine/app-compose.json" --json
	check evidence '.verdict == "no" and (.reason | contains("contradict"))'
}

@test "no shape was given and none is recorded: it is solved for, and said so" {
	run -0 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" --at 2026-04-01 --json
	check machine_shape '.reason == "the recorded machine with this RTMR0"'
	mkdir "$BATS_TEST_TMPDIR/records"
	jq 'del(.rtmr0)' "$TOP/images/releases/dstack-dev-0.5.8.json" > "$BATS_TEST_TMPDIR/records/dstack-dev-0.5.8.json"
	run -0 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --releases "$BATS_TEST_TMPDIR/records" \
		--evidence "$machine" --at 2026-04-01 --json
	check machine_shape '(.reason | startswith("solved from the quote")) and (.actual | startswith("8 vCPUs"))'
	check rtmr0 '.verdict == "yes" and (.reason | startswith("equal, event by event"))'
}

@test "a wrong shape: the report names the machine the quote is from" {
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" \
		--cpus 2 --memory 64G --qemu 8.2.2 --at 2026-04-01 --json
	check quoted_shape '.reason | contains("vCPUs: 8, not 2")'
}

@test "another memory size: the TD HOB differs, and the size is named" {
	run -1 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" \
		--cpus 8 --memory 2G --qemu 8.2.2 --at 2026-04-01 --json
	check rtmr0 '.verdict == "no" and (.reason | contains("td-hob"))'
	check quoted_shape '.reason | contains("not 2048")'
}

@test "mr_config_id agrees with the given compose file, and alone can stand for it" {
	run -0 --separate-stderr verify "$machine" "$machine/app-compose.json" --json
	check mr_config_id '.verdict == "yes" and (.reason | startswith("v1"))'
	rm "$work/event_log.json" "$work/tcb_info.json"
	run -0 --separate-stderr "$BIN/refval-diff" "$machine/app-compose.json" "$work" --json
	check compose_hash '.verdict == "yes" and (.reason | contains("mr_config_id"))'
	sed -i '0,/launcher/s//lauNcher/' "$work/app-compose.json"
	run -1 --separate-stderr "$BIN/refval-diff" "$work/app-compose.json" "$work" --json
	check mr_config_id '.verdict == "no"'
}
