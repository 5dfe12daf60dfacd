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

# bats test_tags=slow
@test "an SMBIOS event names the processor and the machine type" {
	run -0 --separate-stderr "$M" --solve "$R/060-ovmf202505-attestation" --json
	[ "$(jq -r '[.events[] | select(.state != "explained")] | length' <<< "$output")" = 0 ]
	[ "$(jq -r '.events | length' <<< "$output")" = 17 ]
	[ "$(jq -c .registers <<< "$output")" = '{"mrtd":"unchecked","rtmr0":"agrees","rtmr1":"unchecked","rtmr2":"unchecked"}' ]
	[ "$(jq -r '.found[0].shape | [.cpus, .memory, .qemu, .cpu_id, .smbios_product] | join(",")' <<< "$output")" = 8,17179869184,8.2.2,000c06f2:2fabfbff,dstack/dstack ]
	[[ $(jq -r '.found[0].same' <<< "$output") == *"; of these pc-q35-8.2, by its SMBIOS tables" ]]
	run -0 --separate-stderr "$M" --solve "$R/060-ovmf202505-attestation"
	[[ $output == *"processor 000c06f2:2fabfbff, product dstack/dstack"* ]]
	[[ ${lines[-1]} == *"QEMU 8.2.2: every event of RTMR0 is explained, of a quote that is not verified here" ]]
	# A fact that is given is not searched, and one that does not give the event leaves no yes.
	why="with the facts that are given no processor, product and QEMU gives the event smbios"
	for other in cpu-id=000806f8:2fabfbff smbios-product=none qemu=8.1.0 'smbios-firmware=a|b|c'; do
		run -3 --separate-stderr "$M" --solve "$R/060-ovmf202505-attestation" --given "$other"
		[[ ${lines[-1]} == "verdict      cannot-tell: 8 CPUs, 16 GiB of RAM, QEMU "*": $why" ]]
		run -3 --separate-stderr "$M" --solve "$R/060-ovmf202505-attestation" --given "$other" --json
		[ "$(jq -r .why <<< "$output")" = "$why" ]
		[ "$(jq -r '[.events[] | select(.state != "explained") | .label + " " + .state] | join(",")' <<< "$output")" = "smbios unchecked" ]
		[ "$(jq -r '.registers.rtmr0' <<< "$output")" = unchecked ]
	done
	# Facts that give it, and facts that SMBIOS does not hold.
	for good in qemu=8.2.2 cpu-id=000c06f2:2fabfbff smbios-product=dstack/dstack cpus=8,memory=16G; do
		run -0 --separate-stderr "$M" --solve "$R/060-ovmf202505-attestation" --given $good
		[[ ${lines[-1]} == *": every event of RTMR0 is explained, "* ]]
	done
}

# bats test_tags=slow
@test "an SMBIOS event that nothing gives: the last line leaves it out" {
	need python3
	d=$BATS_TEST_TMPDIR/e
	cp -r "$R/060-ovmf202505-attestation" "$d"
	rm "$d/attestation.bin"
	# Another processor's event, in a log that gives RTMR0 (at 376 of a quote).
	python3 - "$d" <<- 'EOF'
		import hashlib, json, sys
		d = sys.argv[1]
		log, quote, r = json.load(open(d + "/event_log.json")), bytearray(open(d + "/quote.bin", "rb").read()), bytes(48)
		for e in log:
		    if e["imr"] == 0:
		        if e["event_type"] == 0x80000009:
		            e["digest"] = "00" + e["digest"][2:]
		        r = hashlib.sha384(r + bytes.fromhex(e["digest"])).digest()
		quote[376:424] = r
		json.dump(log, open(d + "/event_log.json", "w"))
		open(d + "/quote.bin", "wb").write(quote)
	EOF
	run -0 --separate-stderr "$M" --solve "$d"
	[[ ${lines[-1]} == "verdict      yes: 8 CPUs, 16 GiB of RAM, QEMU "*": every event of RTMR0 but smbios is explained, of a quote"* ]]
	run -3 --separate-stderr "$M" --solve "$d" --given qemu=8.2.2
	[[ ${lines[-1]} == *"gives the event smbios" ]]
}

@test "an SMBIOS event without a log: the processor out of the quote's certificate" {
	q=$R/060-ovmf202505-attestation/quote.bin
	run -0 --separate-stderr "$M" --solve "$q" --given ovmf=stable202505 --json
	[ "$(jq -r '.found[0].shape | [.cpus, .memory, .qemu, .cpu_id, .smbios_product] | join(",")' <<< "$output")" = 8,17179869184,8.2.2,000c06f2:2fabfbff,dstack/dstack ]
	[ "$(jq -r .by <<< "$output")" = register ]
	[ "$(jq -c .registers <<< "$output")" = '{"mrtd":"unchecked","rtmr0":"agrees","rtmr1":"unchecked","rtmr2":"unchecked"}' ]
	run -3 --separate-stderr "$M" --solve "$q" --given ovmf=stable202505,cpus=8,memory=16G,cpu-id=000c06f1:2fabfbff
	# Which firmware it is nobody has to know: both kinds are searched.
	run -0 --separate-stderr "$M" --solve "$q" --given cpus=8,rootfs=verity
	[[ $output == *"OVMF stable202505,"*"processor 000c06f2:2fabfbff, product dstack/dstack"* ]]
	run -3 --separate-stderr "$M" --solve "$q" --given cpus=8,rootfs=verity,ovmf=pre202505
}

# bats test_tags=slow
@test "a register with an SMBIOS event: equal event by event, or not known, and why" {
	doc=$V/measure/document/lite-v3
	capture=$R/060-ovmf202505-attestation
	shape="--cpus 8 --memory 16G --qemu 8.2.2 --ovmf stable202505"
	run -0 --separate-stderr "$M" --document "$doc.cbor" --checksums "$doc.sha256sum.txt" $shape --json
	values=$BATS_TEST_TMPDIR/values.json
	printf '%s\n' "$output" > "$values"
	[ "$(jq -c '[.rtmr0.value, [.rtmr0.events[] | select(.digest == null) | .label]]' "$values")" = '[null,["smbios"]]' ]
	[[ $(jq -r .rtmr0.why "$values") == "the SMBIOS tables, which edk2 measures since 202505, "*": --cpu-id EAX:EDX says it" ]]
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

	# With the processor all 17 are; what is assumed is listed.
	run -0 --separate-stderr "$M" --document "$doc.cbor" --checksums "$doc.sha256sum.txt" $shape --cpu-id C06F2:2fabfbff --json
	printf '%s\n' "$output" > "$values"
	[ "$(jq -r '.shape.cpu_id' "$values")" = 000c06f2:2fabfbff ]
	[ "$(jq -r '[.assumed[] | select(startswith("SMBIOS:"))] | length' "$values")" = 2 ]
	[ "$(jq -r '.rtmr0.events[] | select(.label == "smbios") | .digest[:16]' "$values")" = 17a566eb173b8f30 ]
	run -1 --separate-stderr "$BIN/refval-diff" "$values" "$capture" --json
	[ "$(jq -r '.layers[].checks[] | select(.name == "rtmr0") | [.verdict, .reason] | tojson' <<< "$output")" = '["yes","equal, event by event (17)"]' ]
	[ "$(jq -r '[.layers[].checks[] | select(.name == "reference_assumed") | .reason | select(startswith("SMBIOS:"))] | length' <<< "$output")" = 2 ]
	# Another processor, product or firmware is a no.
	for other in "--cpu-id 806f8:2fabfbff" "--cpu-id c06f2:2fabfbff --smbios-product none" \
		"--cpu-id c06f2:2fabfbff --smbios-product dstack/other" "--cpu-id c06f2:2fabfbff --smbios-firmware EDK|x|01/01/2020"; do
		run -0 --separate-stderr "$M" --document "$doc.cbor" --checksums "$doc.sha256sum.txt" $shape $other --json
		printf '%s\n' "$output" > "$BATS_TEST_TMPDIR/other.json"
		run -1 --separate-stderr "$BIN/refval-diff" "$BATS_TEST_TMPDIR/other.json" "$capture" --json
		[ "$(jq -r '.layers[].checks[] | select(.name == "rtmr0").verdict' <<< "$output")" = no ]
		[[ $(jq -r '.layers[].checks[] | select(.name == "rtmr0").reason' <<< "$output") == *"event 13, smbios"* ]]
	done
	for wrong in "--cpu-id c06f2" "--cpu-id c06f2:" "--cpu-id 123456789:1" "--smbios-product dstack" "--smbios-firmware x"; do
		run -2 --separate-stderr "$M" --document "$doc.cbor" --checksums "$doc.sha256sum.txt" $shape $wrong
	done
}

@test "BARs and SMBIOS facts in a values document: written, read back, refused when malformed" {
	doc=$V/measure/document/lite-v3
	run -0 --separate-stderr "$M" --document "$doc.cbor" --checksums "$doc.sha256sum.txt" --cpus 8 --memory 16G --qemu 10.2.1 \
		--gpus 2 --gpu-bar 16M:32bit --gpu-bar 64G --gpu-bar 32M --nvswitches 1 --nvswitch-bar 32M:64bit \
		--cpu-id c06f2:2FABFBFF --smbios-product 'A B/C' --smbios-firmware 'D E|1.2|01/02/2003' --json
	printf '%s\n' "$output" > "$BATS_TEST_TMPDIR/values.json"
	[ "$(jq -c '.shape | [.gpu_model, .gpu_bars, .nvswitch_bars, .cpu_id, .smbios_product, .smbios_firmware]' <<< "$output")" = \
		'[null,[{"size":16777216,"kind":"32bit"},68719476736,33554432],[{"size":33554432,"kind":"64bit"}],"000c06f2:2fabfbff","A B/C","D E|1.2|01/02/2003"]' ]
	run -1 --separate-stderr "$BIN/refval-diff" "$BATS_TEST_TMPDIR/values.json" "$R/near-058-dev-3e6394"
	while IFS='|' read -r edit why; do
		jq "$edit" "$BATS_TEST_TMPDIR/values.json" > "$BATS_TEST_TMPDIR/bad.json"
		run -3 --separate-stderr "$BIN/refval-diff" "$BATS_TEST_TMPDIR/bad.json" "$R/near-058-dev-3e6394"
		[[ $stderr == *"$why"* ]]
	done <<- 'END'
		.shape.cpu_id = "c06f2"|cpu_id: not EAX:EDX in hex
		.shape.gpu_bars[0].kind = "33bit"|gpu_bars: 0: kind: no kind of a BAR
		.shape.gpu_bars[0] = {"size": -1, "kind": "io"}|gpu_bars: 0: size
		.shape.gpu_bars = [1,2,3,4,5,6,7]|gpu_bars: no array of at most 6
		.shape.nvswitch_bars = 5|nvswitch_bars: no array of at most 6
		.shape.smbios_product = 5|smbios_product
	END
}

# bats test_tags=slow
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

# bats test_tags=slow
@test "machines of 8 GPUs with a hole of 1 PiB: all 13 events, by log and by vm_config" {
	for f in nearai-8gpu-0.5.5:64:1024 redpill-8gpu-0.5.3:24:256; do
		IFS=: read -r name cpus gib <<< "$f"
		e=$V/solve/$name.json
		run -0 --separate-stderr "$M" --solve "$e" --json
		[ "$(jq -c '[.found[0].shape | .cpus, .memory / 1073741824, .gpus + .nvswitches, .pci_hole64 / 1099511627776, .hotplug_off]' <<< "$output")" = "[$cpus,$gib,12,1024,true]" ]
		[ "$(jq -c '[.found, .events] | map(length)' <<< "$output")" = '[1,13]' ]
		[ "$(jq -r '[.events[].state] | unique | join(",")' <<< "$output")" = explained ]
		[[ $(jq -r '.found[0].same' <<< "$output") == *"GPUs + NVSwitches = 12, any BARs that fit"* ]]
		# The VMM's own words give the same tables; the patch set is nowhere in them.
		edge=$(jq -r 'if .found[0].shape.edge then "on" else "off" end' <<< "$output")
		jq -r '.vm_config' "$e" | jq '.qemu_version //= "9.2.1"' > "$BATS_TEST_TMPDIR/vm.json"
		run -0 --separate-stderr "$BIN/refval-acpi" --vm-config "$BATS_TEST_TMPDIR/vm.json" --edge "$edge" --json
		jq -r '.event_log' "$e" | jq -c '[.[] | select(.event_type == 10) | .digest]' > "$BATS_TEST_TMPDIR/log"
		[ "$(jq -c '[.loader, .rsdp, .tables]' <<< "$output")" = "$(cat "$BATS_TEST_TMPDIR/log")" ]
	done
}

@test "published machines: every event of RTMR0 is explained" {
	for f in nearai-gateway-0.5.4.json:4:8:0 phala-app-0.5.3.json:2:4:0 phala-kms-gpu8-0.5.4.pem:8:8:1024; do
		IFS=: read -r name cpus gib hole <<< "$f"
		run -0 --separate-stderr "$M" --solve "$V/solve/$name" --json
		[ "$(jq -c '[.found[0].shape | .cpus, .memory / 1073741824, .gpus, .pci_hole64 / 1099511627776]' <<< "$output")" = "[$cpus,$gib,0,$hole]" ]
		[ "$(jq -c '[.found, .events] | map(length)' <<< "$output")" = '[1,13]' ]
		[ "$(jq -r '[.events[].state] | unique | join(",")' <<< "$output")" = explained ]
	done
}

# bats test_tags=slow
@test "facts that are given narrow the search, by --given or by options" {
	run -0 --separate-stderr "$M" --solve "$R/sim-04x" --given cpus=1,memory=2G,rootfs=iso --json
	[ "$(jq '.shapes' <<< "$output")" -lt 1000000 ]
	# No shape of those that were searched: that is no answer, not a no.
	run -3 --separate-stderr "$M" --solve "$R/sim-04x" --cpus 2
	run -3 --separate-stderr "$M" --solve "$R/sim-04x" --given hotplug-off
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
	run -2 --separate-stderr "$M" --solve /nonexistent
	run -2 --separate-stderr "$M" --solve "$R/sim-04x" --release dstack-9.9.9
}
