# SPDX-License-Identifier: Apache-2.0
# refval-measure --solve. That every captured machine is found, and every
# altered event named, is tests/unit/solve.c; here is what the command adds.
load helper

M=$BIN/refval-measure
R=$V/real

@test "a quote without its vm_config: the shape, checked against a release" {
	run -0 --separate-stderr "$M" --solve "$R/near-058-dev-3e6394" --release dstack-dev-0.5.8 --json
	[ "$(jq -r .schema <<< "$output")" = refval.solve/1 ]
	[ "$(jq -c '[.by, (.found | length), .found[0].shape.cpus, .found[0].shape.memory, .found[0].shape.nics, .why]' <<< "$output")" = '["log",1,8,68719476736,1,null]' ]
	[ "$(jq '.shapes >= 200000' <<< "$output")" = true ]
	[ "$(jq -c .registers <<< "$output")" = '{"mrtd":"agrees","rtmr0":"agrees","rtmr1":"agrees","rtmr2":"agrees"}' ]
	[ "$(jq -r '[.events[].state] | unique | join(",")' <<< "$output")" = explained ]
	[ "$(jq .quote_verified <<< "$output")" = false ]
	run -0 --separate-stderr "$M" --solve "$R/near-058-dev-3e6394"
	[[ $output == *"8 CPUs, 64 GiB of RAM, QEMU 8.2.2, pic on, edge on"* ]]
	[[ $output == *"RTMR1 unchecked"* ]]
}

@test "the wrong release is no" {
	run -1 --separate-stderr "$M" --solve "$R/near-058-dev-3e6394" --release dstack-dev-0.5.7 --json
	[ "$(jq -r '[.registers.rtmr0, .registers.rtmr1, (.found | length)] | join(",")' <<< "$output")" = agrees,differs,1 ]
}

@test "an SMBIOS event is unchecked, the shape is found nevertheless" {
	run -0 --separate-stderr "$M" --solve "$R/060-ovmf202505-attestation" --json
	[ "$(jq -r '[.events[] | select(.state == "unchecked") | .label] | join(",")' <<< "$output")" = smbios ]
	[ "$(jq -r '.found[0].shape | [.cpus, .memory] | join(",")' <<< "$output")" = 8,17179869184 ]
}

@test "a register with an SMBIOS event is never called explained" {
	doc=$V/measure/document/lite-v3
	capture=$R/060-ovmf202505-attestation
	run -0 --separate-stderr "$M" --document "$doc.cbor" --checksums "$doc.sha256sum.txt" \
		--cpus 8 --memory 16G --qemu 8.2.2 --ovmf stable202505 --json
	values=$BATS_TEST_TMPDIR/values.json
	printf '%s\n' "$output" > "$values"
	[ "$(jq -c '[.rtmr0.value, [.rtmr0.events[] | select(.digest == null) | .label]]' "$values")" = '[null,["smbios"]]' ]
	[[ $(jq -r .rtmr0.why "$values") == "the SMBIOS tables, which edk2 measures since 202505, "*"not computed" ]]
	rtmr0='.layers[].checks[] | select(.name == "rtmr0") | [.verdict, .expected] | tojson'
	run -1 --separate-stderr "$BIN/refval-diff" "$values" "$capture" --json
	[ "$(jq -r "$rtmr0" <<< "$output")" = '["cannot-tell",null]' ]
	# Its 16 other events are those of the real machine.
	[[ $(jq -r '.layers[].checks[] | select(.name == "rtmr0").reason' <<< "$output") == *"16 are as expected and 1 "*"not predicted" ]]
	run -1 --separate-stderr "$BIN/refval-verify" --values "$values" --evidence "$capture" --json
	[ "$(jq -r "$rtmr0" <<< "$output")" = '["cannot-tell",null]' ]
	# An event beside it that differs is a no all the same.
	sed 's/b6ed8ff3/a6ed8ff3/' "$values" > "$BATS_TEST_TMPDIR/other.json"
	run -1 --separate-stderr "$BIN/refval-diff" "$BATS_TEST_TMPDIR/other.json" "$capture" --json
	[ "$(jq -r "$rtmr0" <<< "$output")" = '["no",null]' ]
	run -0 --separate-stderr "$M" --solve "$capture" --json
	[ "$(jq -r .registers.rtmr0 <<< "$output")" = unchecked ]
	# By the register alone there is nothing to say.
	run -3 --separate-stderr "$M" --solve "$capture/quote.bin" --given ovmf=stable202505
	[[ $stderr == *"without an event log the event smbios, which cannot be computed, leaves nothing to search with" ]]
}

@test "an altered event: no shape, exit 1, the event by name, the nearest shape" {
	d=$BATS_TEST_TMPDIR/e
	cp -r "$R/sim-04x" "$d"
	for label in td-hob:0 acpi-rsdp:9; do
		jq --argjson i "${label#*:}" '. as $l | ([range(length) | select($l[.].imr == 0)][$i]) as $k | .[$k].digest |= sub("^.."; "00")' \
			"$R/sim-04x/event_log.json" > "$d/event_log.json"
		run -1 --separate-stderr "$M" --solve "$d" --json
		[ "$(jq -r '[.events[] | select(.state == "unexplained") | .label] | join(",")' <<< "$output")" = "${label%:*}" ]
		[ "$(jq -r '[(.found | length), .nearest.cpus, .nearest.root_verity] | join(",")' <<< "$output")" = 0,1,false ]
		[[ $(jq -r .why <<< "$output") == *"not explained"* ]]
	done
}

@test "facts that are given narrow the search, by --given or by options" {
	run -0 --separate-stderr "$M" --solve "$R/sim-04x" --given cpus=1,memory=2G,rootfs=iso --json
	[ "$(jq '.shapes' <<< "$output")" -lt 1000000 ]
	run -1 --separate-stderr "$M" --solve "$R/sim-04x" --cpus 2
	run -1 --separate-stderr "$M" --solve "$R/sim-04x" --given hotplug-off
	run -2 --separate-stderr "$M" --solve "$R/sim-04x" --given colour=red
	[[ $stderr == *"no such fact"* ]]
	run -2 --separate-stderr "$M" --solve "$R/sim-04x" --given cpus
	run -2 --separate-stderr "$M" --solve "$R/sim-04x" --given cpus=1,cpus=2
	run -2 --separate-stderr "$M" --solve "$R/sim-04x" --given cpus=1 --cpus 1
}

@test "wrong use and missing evidence" {
	run -2 --separate-stderr "$M" --given cpus=1
	run -2 --separate-stderr "$M" --solve "$R/sim-04x" operand
	run -2 --separate-stderr "$M" --solve "$R/sim-04x" --image x --release y
	run -3 --separate-stderr "$M" --solve "$R/near-collateral-0f299d"
	run -3 --separate-stderr "$M" --solve /nonexistent
	run -3 --separate-stderr "$M" --solve "$R/sim-04x" --release dstack-9.9.9
}
