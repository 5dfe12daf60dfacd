# SPDX-License-Identifier: Apache-2.0
# refval-acpi: machines in, blobs out. The captured machines are compared byte
# for byte by tests/unit/acpi_vectors.c; here is what the command adds.
load helper

A=$BIN/refval-acpi
VA=$V/acpi

# acpi OPTIONS...: prints the three digests, one line.
digests() { "$A" "$@" --json | jq -r '[.loader, .rsdp, .tables] | join(" ")'; }
# sha256 of the tables that these options give, as other generators quote it.
tables256() {
	rm -rf "$BATS_TEST_TMPDIR/t"
	"$A" "$@" --dir "$BATS_TEST_TMPDIR/t" > /dev/null && sha256sum < "$BATS_TEST_TMPDIR/t/tables" | cut -d' ' -f1
}
golden() { jq -r --arg g "$1" --arg k "$2" '.["qemu-acpi-golden"][$g][$k]' "$VA/goldens.json"; }

@test "a shape by options gives the digests of captured quotes" {
	n=0
	while IFS=$'\t' read -r shape want; do
		case $shape in
		"1 vCPU 1 GiB, old layout"*) set -- --cpus 1 --memory 1G --rootfs iso ;;
		"1 vCPU 2 GiB, old layout") set -- --cpus 1 --memory 2G --rootfs iso ;;
		"8 vCPU, 16 or 64 GiB"*) set -- --cpus 8 --memory 16G ;;
		"2 vCPU 2 GiB"*) set -- --cpus 2 --memory 2G ;;
		esac
		[ "$(digests --qemu 8.2.2 "$@")" = "$want" ]
		n=$((n + 1))
	done < <(jq -r '.captured[] | [.shape, ([.loader, .rsdp, .tables] | join(" "))] | @tsv' "$VA/goldens.json")
	[ "$n" = 4 ]
	[ "$(digests --qemu 8.2.2 --cpus 8 --memory 16G)" = "$(digests --qemu 8.2.2 --cpus 8 --memory 64G)" ]
}

@test "a vm_config file gives the digests of its own quote's log" {
	for f in "$V"/measure/vm_config/060-lite-getquote-v3.json; do
		[ "$(digests --vm-config "$f")" = "$(digests --cpus 2 --memory 2G --qemu 8.2.2)" ]
	done
}

# bats test_tags=slow
@test "the tables of another generator's tests: versions, CPUs, NICs, volumes" {
	for v in 8.2.0 9.1.0 10.0.0 11.1.0; do
		[ "$(tables256 --qemu $v --cpus 1 --memory 2G --pic off)" = "$(golden qemu_version $v)" ]
	done
	for c in 1 2 8 256; do
		[ "$(tables256 --qemu 11.1.0 --cpus $c --memory 2G)" = "$(golden cpu_count@11.1 $c)" ]
	done
	g="nics,volumes,gpus,nvswitches@11.1(hotplug_off iff gpus>0)"
	for k in 0,0,0,0 2,0,0,0 1,1,0,0; do
		IFS=, read -r nics volumes _ _ <<< "$k"
		[ "$(tables256 --qemu 11.1.0 --cpus 1 --memory 2G --nics "$nics" --volumes "$volumes")" = "$(golden "$g" "$k")" ]
	done
}

@test "its tables for GPUs differ from real QEMU's only in the 64-bit window" {
	# The window's end: firmware's ports reach beyond a 32 GiB hole by the
	# endpoints' 16 KiB BARs. Captured: ports-4-hole-1G-hotplug-off.
	g="nics,volumes,gpus,nvswitches@11.1(hotplug_off iff gpus>0)"
	want=$(golden "$g" 1,0,1,0)
	[ "$(tables256 --qemu 11.1.0 --cpus 1 --memory 2G --gpus 1 --hotplug-off --gpu-bar 16G)" != "$want" ]
	jq -n '{version: [11,1,0], root_ports: 1, hotplug: false}' > "$BATS_TEST_TMPDIR/no-window.json"
	[ "$(tables256 --shape "$BATS_TEST_TMPDIR/no-window.json")" = "$want" ]
}

# bats test_tags=slow
@test "its tables for PCI expanders are those of expanders that nothing is on" {
	# One digest for 1, 8 and 32 GPUs: what firmware gave the ports behind an
	# expander is not in it.
	expander() { # CPUS MIB
		jq -n --argjson c "$1" --argjson m $(($2 << 20)) '{version: [11,1,0], cpus: $c, memory: $m,
			numa: [[0, ($c - 1), $m]], pxb: [[128, 5, 0, 5, [], [], []]]}' > "$BATS_TEST_TMPDIR/expander.json"
		tables256 --shape "$BATS_TEST_TMPDIR/expander.json"
	}
	want=$(jq -r '.["qemu-acpi-golden"]["pxb hugepages gpus 1/8/32, 1 vCPU 2 GiB@11.1"]' "$VA/goldens.json")
	[ "$(expander 1 2048)" = "$want" ]
	[ "$(tables256 --qemu 11.1.0 --cpus 1 --memory 2G --hugepages)" = "$want" ]
	for mib in 1 2049 2816; do
		[ "$(expander 2 $mib)" = "$(golden "mem_mib@11.1 2 vCPU hugepages 1 GPU(pxb)" $mib)" ]
	done
	# Real QEMU, captured with no, one and four ports behind the expander: the
	# first has such tables, the others have not.
	for id in pxb-1x0-hp1 pxb-1x1-hp0 pxb-1x4-hp0; do
		m='.machines[] | select(.id == $id)'
		real=$(jq -r --arg id $id "$m | .tables" "$VA/qemu-11.1.3.json")
		jq --arg id $id "$m | .config | fromjson" "$VA/qemu-11.1.3.json" > "$BATS_TEST_TMPDIR/real.json"
		jq '.pxb[0][3] = 5 | .pxb[0][4:7] = [[], [], []]' "$BATS_TEST_TMPDIR/real.json" > "$BATS_TEST_TMPDIR/empty.json"
		[ "$("$A" --shape "$BATS_TEST_TMPDIR/real.json" --json | jq -r .tables)" = "$real" ]
		empty=$("$A" --shape "$BATS_TEST_TMPDIR/empty.json" --json | jq -r .tables)
		if [ $id = pxb-1x0-hp1 ]; then [ "$empty" = "$real" ]; else [ "$empty" != "$real" ]; fi
	done
}

@test "GPUs behind an expander: every BAR and window, or the missing fact by name" {
	gpus="--qemu 10.2.1 --cpus 8 --memory 64G --hugepages --gpus 8"
	run -3 --separate-stderr "$A" $gpus
	[ "$stderr" = 'refval-acpi: acpi: the BARs of the GPU are missing (--gpu-model NAME or --gpu-bar SIZE): on a PCI expander they reach the tables' ]
	run -3 --separate-stderr "$A" $gpus --gpu-model H100 --nvswitches 4
	[ "$stderr" = 'refval-acpi: acpi: the BARs of the NVSwitch are missing (--nvswitch-bar SIZE): beside GPUs on a PCI expander they reach the tables' ]
	run -3 --separate-stderr "$A" $gpus --gpu-bar 64M --gpu-bar 512G --gpu-bar 32M
	[[ $stderr == *"the BARs do not fit: firmware leaves out the GPU on bus "* ]]
	run -2 --separate-stderr "$A" $gpus --gpu-model H101
	[[ $stderr == *"--gpu-model H101: not known (H100, H20, H200, B200, B300, A100-40G, A30)"* ]]
	run -2 --separate-stderr "$A" $gpus --gpu-model H100 --gpu-bar 16M
	run -2 --separate-stderr "$A" $gpus --gpu-bar 16M:33bit
	run -0 --separate-stderr "$A" $gpus --gpu-model h100 --nvswitches 4 --nvswitch-bar 32M:32bit --json
	[ "$(jq -c '[.machine.pxb[0][1,3], (.machine.pxb[0][6] | length)]' <<< "$output")" = '[5,13,8]' ]
	[ "$(jq -c '.assumed' <<< "$output")" = '["huge pages: one NUMA node, with a PCI expander on bus 5"]' ]
	# Behind the switches and disks, each GPU at a multiple of its largest BAR.
	[ "$(jq -c '[.pci.devices[] | select(.what == "GPU") | .bars[1].address / 137438953472] | map(. - 450)' <<< "$output")" = '[0,2,4,6,8,10,12,14]' ]
	[ "$(jq -c '[.pci.devices[] | select(.what == "NVSwitch") | .bars[0].address / 1048576] | map(. - 2048)' <<< "$output")" = '[96,64,32,0]' ]
	[ "$(jq -c '.pci.devices[] | select(.at == "05:00.0") | [.secondary, .subordinate]' <<< "$output")" = '[6,6]' ]
	run -0 --separate-stderr "$A" $gpus --gpu-model H200
	[[ $output == *"assumed: GPU H200: the BARs of 16 and 32 MiB, as H100 has them"* ]]
}

@test "a PCI hole of 1 PiB, as hosts with eight GPUs ask for" {
	blobs() { "$A" --vm-config - --json <<< "$1" | jq -r '[.loader, .rsdp, .tables] | map(.[:16]) | join(" ")'; }
	# The ACPI DATA events of near AI's and of Phala's machines.
	[ "$(blobs '{"cpu_count":64,"memory_size":1099511627776,"qemu_version":"9.2.1","pci_hole64_size":1125899906842624,"num_gpus":8,"num_nvswitches":4,"hotplug_off":true}')" = "067dbea869d66240 e618ef92fa908776 36ab67305a05ca84" ]
	[ "$(blobs '{"cpu_count":1,"memory_size":2147483648,"qemu_version":"9.2.1","pci_hole64_size":1125899906842624,"hotplug_off":true}')" = "bd560ef4c402bb1a b3dbbdaa5463f5ef 07e2050755815319" ]
	run -0 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 9.2.1 --pci-hole64 4096T
	run -2 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 9.2.1 --pci-hole64 4097T
	run -2 --separate-stderr "$A" --cpus 1 --memory 65T --qemu 9.2.1
	# With such a hole the GPUs' BARs decide nothing, and are not asked for.
	run -0 --separate-stderr "$A" --cpus 8 --memory 64G --qemu 9.2.1 --gpus 8 --pci-hole64 1024T --json
	[ "$(jq -c '[.pci, .pci_why]' <<< "$output")" = '[null,"acpi: the BARs of the GPU are missing (--gpu-model NAME or --gpu-bar SIZE): no address is known without them"]' ]
}

@test "GPU BARs beyond the hole raise its end as real firmware does" {
	# 8 GiB BARs behind three ports, as in the capture of that name, but with
	# this model's port reservation: 3 * 32 GiB + 5 * 16 KiB.
	run -0 --separate-stderr "$A" --qemu 10.0.13 --cpus 1 --memory 2G --gpus 3 --gpu-bar 8G --json
	[ "$(jq .machine.mmio64_used_end <<< "$output")" = $((0x380000000000 + 3 * (32 << 30) + 5 * 0x4000)) ]
	run -0 --separate-stderr "$A" --qemu 10.0.13 --cpus 1 --memory 2G --gpus 2 --gpu-bar 128G --gpu-bar 32M --json
	# The second GPU's window begins at its own alignment, 256 GiB.
	[ "$(jq .machine.mmio64_used_end <<< "$output")" = $((0x380000000000 + (384 << 30) + (32 << 20) + 5 * 0x4000)) ]
}

@test "below 9.2 the TDX patch set is assumed, and said" {
	run -0 --separate-stderr "$A" --qemu 8.2.2 --cpus 1 --memory 2G
	[[ $output == *"assumed: pre-upstream TDX patch set (edge)"* ]]
	run -0 --separate-stderr "$A" --qemu 8.2.2 --cpus 1 --memory 2G --json
	[ "$(jq -r '.machine.edge, (.assumed | length)' <<< "$output" | paste -sd,)" = true,1 ]
	run -0 --separate-stderr "$A" --qemu 8.2.2 --cpus 1 --memory 2G --edge off --json
	[ "$(jq -r '.machine.edge, (.assumed | length)' <<< "$output" | paste -sd,)" = false,0 ]
	run -0 --separate-stderr "$A" --qemu 9.2.1 --cpus 1 --memory 2G --json
	[ "$(jq -r '.machine.edge, (.assumed | length)' <<< "$output" | paste -sd,)" = false,0 ]
}

@test "what the tables need and the shape does not say is exit 3, by name" {
	run -3 --separate-stderr "$A" --cpus 1 --memory 2G
	[[ $stderr == *"QEMU version"* ]]
	run -3 --separate-stderr "$A" --cpus 1 --qemu 8.2.2
	[[ $stderr == *"how much memory"* ]]
	run -3 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 11.1.0 --gpus 1
	[[ $stderr == *"--gpu-bar"* ]]
	run -3 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 11.1.0 --gpus 1 --hugepages
	[[ $stderr == *"the BARs of the GPU are missing (--gpu-model NAME or --gpu-bar SIZE)"* ]]
	run -3 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 7.2.22
	[[ $stderr == *"7.2.22"* ]]
	run -3 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 12.0.0
	[[ $stderr == *"12.0.0"* ]]
	run -0 --separate-stderr "$A" --cpus 16 --memory 64G --qemu 9.2.1 --gpus 1 --hotplug-off --pci-hole64 16T --json
	[ "$(jq -r .tables <<< "$output")" = "$(jq -r '.machines[] | select(.id == "qemu-9.2.1-16cpu-64G-1gpu").tables' "$VA/hardware.json")" ]
}

@test "wrong use is exit 2" {
	run -2 --separate-stderr "$A"
	run -2 --separate-stderr "$A" --shape - --cpus 1
	run -2 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 8.2.2 --edge maybe
	run -2 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 8.2.2 --rootfs zip
	run -2 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 8.2.2 operand
	run -2 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 8.2.2 --gpu-bar big
	for o in "pci-hole64 4097T:4096T" "pci-hole64 x:4096T"; do
		size=${o#* }
		run -2 --separate-stderr "$A" --cpus 1 --memory 2G --qemu 8.2.2 --${o% *} "${size%:*}"
		[[ ${stderr_lines[0]} == "refval-acpi: --${o% *} ${size%:*}: not a size up to ${size#*:}, such as 2G, 2048M or 2147483648" ]]
	done
	for o in "page-add single" "ovmf 202502" "host-share vhd" "cpu-id 806f8:2fabfbff" "smbios-product a/b" "smbios-firmware a|b|c"; do
		run -2 --separate-stderr "$BIN/refval-acpi" --cpus 2 --memory 2G --qemu 8.2.2 --${o% *} "${o#* }"
		[ "${stderr_lines[0]}" = "refval-acpi: --${o% *}: no ACPI table depends on it" ]
	done
}

@test "each bad machine is exit 3 with its reason" {
	n=0
	while IFS=' ' read -r name words; do
		run -3 --separate-stderr "$A" --shape "$V/bad/acpi/$name.json"
		[ -z "$output" ]
		[[ $stderr == *"$words"* ]] || { echo "$name: $stderr"; false; }
		n=$((n + 1))
	done <<-'EOF'
		no-version no "version"
		unknown-key unknown key "cpu"
		version-7-2 QEMU 7.2.22
		version-11-2 QEMU 11.2.0
		cpus-0 cpus: 0
		cpus-4097 cpus: 4097
		slots-31 root ports: 11
		numa-memory-differs 1073741824 bytes of 2147483648
		numa-cpu-missing 1 of 2 CPUs
		numa-cpu-twice share a CPU
		pxb-on-endpoint devfn 0x8
		pxb-range-backwards memory: range 0
		pxb-memory-above-4g memory: range 0
		ecam-unaligned ecam
		hole64-wraps hole64
		not-an-object not an object
		trailing ACPI machine
		oem-id-too-long oem_id
	EOF
	[ "$n" = "$(find "$V/bad/acpi" -name '*.json' | wc -l)" ]
}

# bats test_tags=slow
@test "--dir writes the files that were hashed, and each table on its own" {
	d=$BATS_TEST_TMPDIR/d
	run -0 --separate-stderr "$A" --qemu 10.0.13 --cpus 3 --memory 2G --swtpm --dir "$d" --json
	[ "$(cd "$d" && echo *)" = "apic.aml dsdt.aml facp.aml facs.aml mcfg.aml rsdp rsdt.aml table-loader tables tpm-log tpm2.aml waet.aml" ]
	for k in loader:table-loader rsdp:rsdp tables:tables tpm_log:tpm-log; do
		[ "$(jq -r ".${k%%:*}" <<< "$output")" = "$(openssl dgst -sha384 -r < "$d/${k#*:}" | cut -d' ' -f1)" ]
		[ "$(jq -r ".sizes.${k%%:*}" <<< "$output")" = "$(stat -c %s "$d/${k#*:}")" ]
	done
	[ "$(jq -r '.contents[] | .signature' <<< "$output" | paste -sd' ')" = "FACS DSDT FACP APIC TPM2 MCFG WAET RSDT" ]
	run -4 --separate-stderr "$A" --qemu 10.0.13 --cpus 3 --memory 2G --dir /proc/nothing
	[ -z "$output" ]
	run -4 --separate-stderr "$A" --qemu 10.0.13 --cpus 3 --memory 2G --dir "$d/rsdp"
}

@test "--json is one document, in order, and its machine can be read back" {
	run -0 --separate-stderr "$A" --qemu 10.2.1 --cpus 4 --memory 3G --nics 2 --json
	[ "$(jq -r 'keys_unsorted | join(" ")' <<< "$output")" = "schema loader rsdp tables sizes contents assumed machine pci pci_why" ]
	[ "$(jq -r .schema <<< "$output")" = refval.acpi/1 ]
	jq .machine <<< "$output" > "$BATS_TEST_TMPDIR/m.json"
	[ "$("$A" --shape "$BATS_TEST_TMPDIR/m.json" --json | jq -r .tables)" = "$(jq -r .tables <<< "$output")" ]
	[ "$output" = "$("$A" --qemu 10.2.1 --cpus 4 --memory 3G --nics 2 --json)" ]
	jq -r '.machines[] | select(.id == "pxb-2x4-hp0").config' "$VA/qemu-11.1.3.json" | "$A" --shape - --json > "$BATS_TEST_TMPDIR/p.json"
	jq .machine "$BATS_TEST_TMPDIR/p.json" | "$A" --shape - --json | cmp - "$BATS_TEST_TMPDIR/p.json"
	[ "$(jq -r .pci "$BATS_TEST_TMPDIR/p.json")" = null ]
}

@test "1 to 4096 CPUs, 0 to 30 slots: every size works, the next is refused" {
	for c in 1 254 255 256 4096; do
		run -0 --separate-stderr "$A" --qemu 11.1.0 --cpus $c --memory 64G --json
		[ "$(jq '.sizes.tables % 131072' <<< "$output")" = 0 ]
	done
	run -3 --separate-stderr "$A" --qemu 11.1.0 --cpus 1 --memory 2G --nics 27
	run -0 --separate-stderr "$A" --qemu 11.1.0 --cpus 1 --memory 2G --nics 26
}

# bats test_tags=slow
@test "iasl reads every table of plain, NUMA, expander, hotplug and TPM machines" {
	need iasl
	for m in "$VA"/machines/*.json; do
		d=$BATS_TEST_TMPDIR/$(basename "$m" .json)
		"$A" --shape "$m" --dir "$d" > /dev/null
		for t in "$d"/*.aml; do
			run -0 iasl -d "$t"
			[[ ! $output =~ (Error|Could not) ]]
		done
		grep -q 'Method (CSCN' "$d/dsdt.dsl"
	done
}

# This machine's own QEMU, or a newer one, for which a network is needed once;
# then build/suite-* is there. The 12 of this seed have, each at least once, what
# tests/acpi/random-shapes.py draws; make check-acpi-short: 40, and more of iasl.
# bats test_tags=slow
@test "12 random machines of a real QEMU, and 2 with GPUs under real firmware: all equal" {
	need python3 xz
	cd "$TOP"
	run env TREES=2 SEED=1 sh tests/acpi/check.sh own 12 --seed 9
	judge_or_skip
	[ "$status" = 0 ]
	[[ ${lines[-2]} == *" 12 equal, 0 differ, 0 refused by QEMU" ]]
	[[ ${lines[-1]} == *"GPU trees: 2 equal, 0 differ, 0 refused by QEMU" ]]
}

# bats test_tags=slow
@test "real firmware logs the ACPI digests that were computed" {
	need swtpm swtpm_setup busybox cpio xz python3
	cd "$TOP"
	run sh tests/acpi/boot.sh own short
	judge_or_skip
	[ "$status" = 0 ]
	[[ ${lines[-1]} == "1 boots equal, 0 different" ]]
	[ "$(grep -c ' equal ' <<< "$output")" = 4 ]
}

# A QEMU that ends so, and says so.
fake_qemu() {
	printf '#!/bin/sh\n[ "$1" != --version ] || { echo "QEMU emulator version 10.0.2"; exit; }\n%s\n' "$1" \
		> "$BATS_TEST_TMPDIR/qemu-system-x86_64"
	chmod +x "$BATS_TEST_TMPDIR/qemu-system-x86_64"
}

# bats test_tags=slow
@test "a QEMU that crashes, or starts nothing, is no verdict: 4, and how it ended" {
	need swtpm swtpm_setup busybox cpio xz python3
	cd "$TOP"
	export PATH=$BATS_TEST_TMPDIR:$PATH
	for how in "kill -SEGV \$\$:139" "echo 'failed to set MSR 0x10a' >&2; exit 1:1"; do
		fake_qemu "${how%:*}"
		run -4 env TREES=2 sh tests/acpi/check.sh own 3 --seed 1
		[[ $output == *"no machine with tcg"*"qemu did not start (it ended with status ${how##*:})"* ]]
		[[ ${how##*:} != 1 || $output == *"failed to set MSR 0x10a"* ]]
		[ "${lines[-1]}" = "own: this QEMU does not run here" ]
		run -4 sh tests/oracle/boot-log.sh /dev/null - /dev/null x "$BATS_TEST_TMPDIR/log"
		[ "${lines[-1]}" = "boot-log.sh: qemu-system-x86_64 ended with status ${how##*:}" ]
	done
}

# bats test_tags=slow
@test "a KVM that opens and runs no machine: software emulation, and the reason" {
	need python3
	[ -w /dev/kvm ] || skip "no /dev/kvm that can be opened"
	cd "$TOP"
	qemu=$(sh tests/acpi/qemu-suite.sh own build/suite-own) || skip "no QEMU"
	export REAL=$qemu PATH=$BATS_TEST_TMPDIR:$PATH
	fake_qemu 'case " $* " in *" -accel kvm "*) echo "failed to set MSR 0x10a" >&2; exit 1 ;; esac; exec $REAL "$@"'
	run env TREES=0 sh tests/acpi/check.sh own 2 --seed 1
	judge_or_skip
	[ "$status" = 0 ]
	[[ $output == *"no machine with kvm: qemu did not start (it ended with status 1): failed to set MSR 0x10a"* ]]
	[[ ${lines[-1]} == *"(tcg,thread=single): 2 equal, 0 differ, 0 refused by QEMU" ]]
}
