# SPDX-License-Identifier: Apache-2.0
# refval-measure: MRTD and RTMR0-2 of files, images and documents.
load helper

M=$V/measure
DEB=$V/firmware

setup() {
	cd "$TOP" || return
	T=$BATS_TEST_TMPDIR
	small=(--firmware "$M/tdvf/small.fd" --kernel "$M/kernel/plain.bin"
		--initrd "$T/initrd" --cmdline "console=ttyS0 panic=1" --ovmf 202502)
	head -c 4097 /dev/zero > "$T/initrd"
}

measure() { "$BIN/refval-measure" "$@"; }

# get JQ: out of the last --json output
get() { jq -r "$1" <<< "$output"; }

# digest REGISTER LABEL
digest() { get ".$1.events[] | select(.label == \"$2\") | .digest"; }

# firmware NAME: unpack one of Debian's builds
firmware() { xz -dc "$DEB/$1.xz" > "$T/$1"; }

# Four programs agreed on these: measure-and-publish, section A1.
# bats test_tags=slow
@test "MRTD of three OVMF builds, in both page orders" {
	while read -r name single two; do
		firmware "$name"
		run -0 --separate-stderr measure --firmware "$T/$name" --json
		[ "$(get .mrtd.single_pass)" = "$single" ]
		[ "$(get .mrtd.two_pass)" = "$two" ]
		[ "$(get .mrtd.value)" = null ]
		run -0 --separate-stderr measure --firmware "$T/$name" --qemu 8.2.2 --json
		[ "$(get .mrtd.value)" = "$two" ]
		run -0 --separate-stderr measure --firmware "$T/$name" --qemu 9.0.0 --json
		[ "$(get .mrtd.value)" = "$single" ]
		run -0 --separate-stderr measure --firmware "$T/$name" --page-add two-pass --json
		[ "$(get .mrtd.value)" = "$two" ]
	done <<- 'EOF'
		debian-12-ovmf-2022.11-6+deb12u2.fd 4c7206f0f483c524f12c366c711e9049030a8d47c471ee5aa9c4999a08de4057fb887fed0744d5631a212967fb231c47 acccbcc870a381adab0d3919d90a7f268ac3b0364771f202ed4bb4e892d045b33db3b32e6924cba830a724eed443f7e1
		debian-13-ovmf-2025.02-8+deb13u1.fd bdc6fb145880f06f30c8b346b8dce2a99d9351b56892df22f80fcf6574caa9f9c31df8e8576d53b4d0cd1c3f28910e11 456f07902150d008bb913c3e1e84e9297f735a6c83cd2a957a1f0a8bbedb06df188e3837ae48d32c73d473d097dc0db2
		debian-sid-ovmf-inteltdx-2026.08+ds-2.ms.fd a7a1f751abc454f9cbab198ca8d2edb2821935df525c74182b5e776cb0929e8c59aefecce725b0d08a5e9d3d3183bd08 b90b236113eb4c0d4df4ef590568c14e6028a3a31d7e8ac63dee9845df5008d3ebf82d4f5974e933798f65d7a279b9a9
	EOF
}

# bats test_tags=slow
@test "the release is recognised from what a firmware contains" {
	while read -r name release; do
		firmware "$name"
		run -0 --separate-stderr measure --firmware "$T/$name" --json
		[ "$(get .edk2.rules)" = "edk2-stable$release" ]
		[ "$(get .edk2.from)" = "what the firmware contains" ]
	done <<- 'EOF'
		debian-12-ovmf-2022.11-6+deb12u2.fd 202211
		debian-13-ovmf-2025.02-8+deb13u1.fd 202502
		debian-sid-ovmf-inteltdx-2026.08+ds-2.ms.fd 202608
	EOF
}

@test "a firmware that measures nothing in a TD predicts no register" {
	firmware debian-12-ovmf-2022.11-6+deb12u2.fd
	run -0 --separate-stderr measure --firmware "$T"/debian-12* "${small[@]:2:6}" \
		--memory 2G --qemu 8.2.2 --cpus 1 --json
	[ "$(get '.rtmr0.value, .rtmr1.value, .rtmr2.value' | sort -u)" = null ]
	[[ $(get .rtmr1.why) == "the firmware has no TdTcg2Dxe"* ]]
	[ "$(get '.rtmr1.events | length')" = 4 ]
}

@test "a firmware whose release cannot be told asks for --ovmf" {
	run -3 --separate-stderr measure "${small[@]:0:8}" --memory 2G --qemu 8.2.2
	[ "$stderr" = "refval-measure: cannot tell which edk2 release this firmware is of (it is not laid out as OVMF is): --ovmf VARIANT must say" ]
	[ -z "$output" ]
}

# virt-fw-measure and another program agree on these five.
@test "Secure Boot variables come from the firmware's own variable store" {
	firmware debian-sid-ovmf-inteltdx-2026.08+ds-2.ms.fd
	run -0 --separate-stderr measure --firmware "$T"/debian-sid* --memory 4G --json
	[ "$(digest rtmr0 td-hob)" = 5b684faf8d02a733945f821d9cdd170802e72103977acf66949c9382500283adc90cbec57f8e7653f8bee1cab83689de ]
	[ "$(digest rtmr0 cfv)" = 327d4a91229b3993a7f6f64740d94ff689d44b45edada6e255596d4c7aa287576a92fb1f5c350c287caf60670a5bad5a ]
	[[ $(digest rtmr0 SecureBoot) == 2cded0c6* ]]
	[[ $(digest rtmr0 PK) == 8fc01eee* ]]
	[[ $(digest rtmr0 KEK) == 35cb70e0* ]]
	[[ $(digest rtmr0 db) == a844c6d6* ]]
	[[ $(digest rtmr0 dbx) == 83ca6503* ]]
	[ "$(get .rtmr0.value)" = null ]
	[[ $(get .rtmr0.why) == *"the key that verified the kernel"* ]] ||
		[[ $(get .rtmr0.why) == "the three ACPI digests are not known"* ]]
}

@test "keys: an old copy, a deleted one, an empty one, one of another vendor" {
	run -0 --separate-stderr measure --firmware "$M/tdvf/keys.fd" --ovmf 202502 --json
	[ "$(digest rtmr0 PK)" = cc2bb685a4f64526a677805d06ab1b8f65bd6c1eb5d5af6668915c458a7f18e0c4adc478379b52af52abd3b20ecb1d87 ]
	[ "$(digest rtmr0 db)" = 08a74f8963b337acb6c93682f934496373679dd26af1089cb4eaf0c30cf260a12e814856385ab8843e56a9acea19e127 ]
	[ "$(digest rtmr0 dbx)" = 18cc6e01f0c6ea99aa23f8a280423e94ad81d96d0aeb5180504fc0f7a40cb3619dd39bd6a95ec1680a86ed6ab0f9828d ]
	[ "$(digest rtmr0 dbt)" = 8a4a4fa50fc01fca2854e7b69fa169ce3d49e0ce552b60283d6ee695ef46f6555fbf64fc36a1aa8d1cd63bf8aa4a71aa ]
	[ "$(digest rtmr0 SecureBoot)" = null ]
}

@test "every register of a captured machine, from its measurement.tdx.cbor" {
	doc=(--document "$M/document/lite-v3.cbor" --checksums "$M/document/lite-v3.sha256sum.txt"
		--vm-config "$M/vm_config/060-lite-getquote-v3.json")
	for acpi in "" "--acpi=$M/document/lite-v3.acpi.json"; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr measure "${doc[@]}" $acpi --json
		[ "$(get .schema)" = refval.values/1 ]
		for r in mrtd rtmr0 rtmr1 rtmr2; do
			[ "$(get ".$r.value")" = "$(jq -r ".$r" "$M/document/lite-v3.quote.json")" ]
		done
		[ "$(get .os_image_hash)" = e6f5cfec20c02e7b97baa213d0f718020b55e040172d90ccbcb946d56c8b09db ]
	done
	run -0 --separate-stderr measure "${doc[@]}" --acpi "$M/document/lite-v3.acpi.json"
	[[ $output == *"acpi:      given, not computed"* ]]
}

@test "a version 4 document: its command line is text, its witness may be unusable" {
	run -0 --separate-stderr measure --document "$M/document/golden-v4.cbor" \
		--checksums "$M/document/golden-v4.sha256sum.txt" --memory 2G --qemu 8.2.2 --json
	[[ $(get .rtmr2.value) == 2fb6d31492cd2f07* ]]
	[ "$(get .rtmr0.value)" = null ]
	[[ $(get .rtmr0.why) == "td_hob witness: "* ]]
}

@test "a document that the checksums do not list is refused" {
	run -3 --separate-stderr measure --document "$M/document/golden-v4.cbor" \
		--checksums "$M/document/golden-v3.sha256sum.txt" --memory 2G --qemu 8.2.2
	[[ $stderr == *": the line for measurement.tdx.cbor is of another file" ]]
	echo "$(printf %064d 0)  other" > "$T/sums"
	run -3 --separate-stderr measure --document "$M/document/golden-v4.cbor" --checksums "$T/sums"
	[[ $stderr == *": no line for measurement.tdx.cbor" ]]
}

@test "a document's kernel digest holds where QEMU patches the header as it did there" {
	doc=(--document "$M/document/lite-v3.cbor" --checksums "$M/document/lite-v3.sha256sum.txt")
	for shape in "2G 8.2.2 null" "2816M 9.2.1 null" "2815M 8.2.2 because" "2G 10.2.0 because" \
		"2G 10.0.0 because" "1G 8.2.2 because"; do
		read -r memory qemu why <<< "$shape"
		run -0 --separate-stderr measure "${doc[@]}" --memory "$memory" --qemu "$qemu" --json
		[ "$(get 'if .rtmr1.why then "because" else "null" end')" = "$why" ]
	done
}

@test "the inverted name qemu_single_pass_add_pages is handled and explained" {
	echo '{"qemu_single_pass_add_pages":true}' > "$T/true"
	echo '{"qemu_single_pass_add_pages":false,"qemu_version":"8.2.2"}' > "$T/false"
	run -0 --separate-stderr measure --firmware "$M/tdvf/small.fd" --ovmf 202502 --vm-config "$T/true"
	[[ $output == *"vm_config says qemu_single_pass_add_pages=true, which means two-pass"* ]]
	run -0 --separate-stderr measure --firmware "$M/tdvf/small.fd" --ovmf 202502 --vm-config "$T/true" --json
	[ "$(get .mrtd.value)" = "$(get .mrtd.two_pass)" ]
	[ "$(get .mrtd.single_pass)" != "$(get .mrtd.two_pass)" ]
	run -0 --separate-stderr measure --firmware "$M/tdvf/small.fd" --ovmf 202502 --vm-config "$T/false" --json
	[ "$(get .mrtd.value)" = "$(get .mrtd.single_pass)" ]
}

@test "without a QEMU version nothing that follows from it is guessed" {
	run -0 --separate-stderr measure "${small[@]}" --memory 2G --cpus 1 --json
	[ "$(get .mrtd.value)" = null ]
	[ "$(get .rtmr1.value)" = null ]
	[[ $(get .rtmr1.why) == "the QEMU version is not stated"* ]]
	[ "$(get .rtmr0.value)" = null ]
	[ "$(get .rtmr2.value)" != null ]
	run -0 --separate-stderr measure "${small[@]}" --memory 2G --cpus 1
	[[ $output == *"MRTD       not known: "* ]]
	[[ $output == *"RTMR0      not computable: the three ACPI digests are not known: "* ]]
}

# The table of section D: QEMU's version times edk2's release.
@test "the kernel's header is patched, or not, by QEMU and edk2" {
	plain=$(jq -r '.[] | select(.name == "plain") | .plain' "$M/kernel/expected.json")
	patched=$(jq -r '.[] | select(.name == "plain") | .patched[] | select(.mib == 2048 and .initrd == 4097) | .digest' "$M/kernel/expected.json")
	[ "$plain" != "$patched" ]
	while read -r qemu edk2 want; do
		run -0 --separate-stderr measure "${small[@]:0:8}" --memory 2G --qemu "$qemu" --ovmf "$edk2" --json
		[ "$(digest rtmr1 kernel)" = "${!want}" ]
	done <<- 'EOF'
		8.2.2 202502 patched
		9.2.1 202502 patched
		9.2.1 202608 patched
		10.0.0 202411 patched
		10.1.5 202302 patched
		10.0.0 202502 plain
		10.1.0 stable202505 plain
		10.2.0 202302 plain
		10.2.0 pre202505 plain
		11.1.3 202608 plain
	EOF
}

# bats test_tags=slow
@test "events by edk2 release: names, number and the place of initrd=initrd" {
	while read -r edk2 n0 n1 boot cmdline; do
		run -0 --separate-stderr measure "${small[@]:0:8}" --memory 2G --qemu 8.2.2 --ovmf "$edk2" --json
		[ "$(get '.rtmr0.events | length')" = "$n0" ]
		[ "$(get '.rtmr1.events | length')" = "$n1" ]
		[ "$(get '[.rtmr0.events[].label | select(startswith("Boot"))] | join(",")')" = "${boot#-}" ]
		[[ $(digest rtmr2 cmdline) == "$cmdline"* ]]
	done <<- EOF
		202302 14 4 BootOrder,Boot0000 $(utf16 "console=ttyS0 panic=1 initrd=initrd")
		202408 14 4 BootOrder,Boot0000 $(utf16 "console=ttyS0 panic=1 initrd=initrd")
		202411 13 5 BootOrder,Boot0000 $(utf16 "console=ttyS0 panic=1 initrd=initrd")
		pre202505 13 5 BootOrder,Boot0000 $(utf16 "console=ttyS0 panic=1 initrd=initrd")
		stable202505 17 5 BootOrder,Boot0000,Boot0001 $(utf16 "console=ttyS0 panic=1 initrd=initrd")
		202508 17 5 BootOrder,Boot0000,Boot0001 $(utf16 "initrd=initrd console=ttyS0 panic=1")
		202605 14 5 - $(utf16 "initrd=initrd console=ttyS0 panic=1")
		202608 16 5 BootOrder,Boot0000 $(utf16 "initrd=initrd console=ttyS0 panic=1")
	EOF
}

# utf16 TEXT: sha384 of it as UTF-16LE with its NUL
utf16() { printf '%s\0' "$1" | iconv -t UTF-16LE | sha384sum | cut -d' ' -f1; }

@test "sizes: bytes, and with suffixes" {
	for size in 2147483648 2097152K 2048M 2G 2GiB 2048MiB; do
		run -0 --separate-stderr measure --firmware "$M/tdvf/small.fd" --ovmf 202502 --memory "$size" --json
		[ "$(get .shape.memory)" = 2147483648 ]
	done
	for size in 2g 2.5G 0x1000 -1 "" 2Gi 99999999T 3K; do
		run -2 --separate-stderr measure --firmware "$M/tdvf/small.fd" --ovmf 202502 --memory "$size"
	done
}

@test "a vm_config in part, completed and overridden by options, is the machine of all of it" {
	fw=(--firmware "$M/tdvf/small.fd" --ovmf 202502)
	echo '{"memory_size":4294967296,"num_nics":2}' > "$T/part"
	echo '{"cpu_count":4,"memory_size":4294967296,"qemu_version":"8.2.2","num_nics":2}' > "$T/whole"
	want=$(measure "${fw[@]}" --vm-config "$T/whole" --json | jq -c '[.rtmr0.value, .mrtd.value, .shape.cpus, .shape.nics]')
	[ "$(measure "${fw[@]}" --vm-config "$T/part" --cpus 4 --qemu 8.2.2 --json | jq -c '[.rtmr0.value, .mrtd.value, .shape.cpus, .shape.nics]')" = "$want" ]
	sed 's/"cpu_count":4/"cpu_count":3/;s/8.2.2/9.1.0/' "$T/whole" > "$T/other"
	run -0 --separate-stderr measure "${fw[@]}" --vm-config "$T/other" --cpus 4 --qemu 8.2.2 --json
	[ "$(jq -c '[.rtmr0.value, .mrtd.value, .shape.cpus, .shape.nics]' <<< "$output")" = "$want" ]
	jq -e --arg t "cpus 4 and not 3, qemu \"8.2.2\" and not \"9.1.0\" as $T/other says" '.assumed | index($t)' <<< "$output"
	run -0 --separate-stderr measure "${fw[@]}" --vm-config "$T/other" --cpus 4 --qemu 8.2.2
	[[ $output == *"facts      memory, nics by $T/other; cpus, qemu, ovmf by option; the rest by default"* ]]
	[[ $output == *"cpus 4 and not 3, qemu \"8.2.2\" and not \"9.1.0\" as $T/other says"* ]]
	# The same machine to refval-acpi, with the same words.
	a=$("$BIN/refval-acpi" --vm-config "$T/whole" --json | jq -r .tables)
	[ "$("$BIN/refval-acpi" --vm-config "$T/part" --cpus 4 --qemu 8.2.2 --json | jq -r .tables)" = "$a" ]
	run -0 --separate-stderr "$BIN/refval-acpi" --vm-config "$T/other" --cpus 4 --qemu 8.2.2 --json
	[ "$(jq -r .tables <<< "$output")" = "$a" ]
	jq -e --arg t "cpus 4 and not 3, qemu \"8.2.2\" and not \"9.1.0\" as $T/other says" '.assumed | index($t)' <<< "$output"
	# And to refval-verify, before what the evidence says of itself.
	run "$BIN/refval-verify" "$V/real/060-lite-getquote-v3/getquote.json" --release dstack-0.5.8 --vm-config "$T/part" --cpus 9 --json
	[ "$(jq -r '[.layers[].checks[] | select(.name == "machine_shape")][0] | .actual + "; " + .reason' <<< "$output")" = \
		"9 vCPUs, 4 GiB, QEMU 8.2.2, 2 NICs; vm_config in the evidence; given: memory, nics by $T/part; cpus by option; so cpus 9 and not 2, memory 4294967296 and not 2147483648" ]
}

@test "wrong use: conflicts, missing halves, two images, unknown words" {
	echo '{"cpu_count":2,"memory_size":2147483648,"qemu_version":"8.2.2","pic":true}' > "$T/vm"
	fw=(--firmware "$M/tdvf/small.fd" --ovmf 202502)
	run -2 --separate-stderr measure "${fw[@]}" --vm-config "$T/vm" --cpus 2 --memory 2G --qemu 8.2.2 --pic off
	[ "${stderr_lines[0]}" = "refval-measure: --vm-config $T/vm: each fact of it is given by an option, too: nothing of it counts" ]
	run -0 --separate-stderr measure "${fw[@]}" --vm-config "$T/vm" --cpus 2 --memory 2G --qemu 8.2.2 --pic on
	run -2 --separate-stderr measure
	run -2 --separate-stderr measure a b
	run -2 --separate-stderr measure a "${fw[@]}"
	run -2 --separate-stderr measure --kernel x
	run -2 --separate-stderr measure --document x
	run -2 --separate-stderr measure "${fw[@]}" --page-add one
	run -2 --separate-stderr measure "${fw[@]}" --pic yes
	run -2 --separate-stderr measure "${fw[@]}" --qemu eight
	run -2 --separate-stderr measure "${fw[@]}" --cpus 0
	run -2 --separate-stderr measure "${fw[@]}" --memory 2G --memory 2G
}

@test "unknown version, variant or shape is exit 3" {
	fw=(--firmware "$M/tdvf/small.fd")
	run -3 --separate-stderr measure "${fw[@]}" --ovmf 202609
	[[ $stderr == *"no rules are known for it"* ]]
	run -3 --separate-stderr measure "${fw[@]}" --ovmf 202502 --qemu 7.2.22
	[ "$stderr" = "refval-measure: QEMU 7.2.22: TDX machines start with 8.0" ]
	run -3 --separate-stderr measure "${fw[@]}" --ovmf 202502 --qemu 12.0.0
	[ "$stderr" = "refval-measure: QEMU 12.0.0: newer than 11.1, the newest whose rules are known" ]
	run -2 --separate-stderr measure "${fw[@]}" --ovmf 202502 --host-share nfs
	run -2 --separate-stderr measure --firmware "$T/none"
}

# bats test_tags=slow
@test "every bad input is refused with its reason" {
	n=0
	while IFS=$'\t' read -r name message; do
		f=tests/vectors/bad/measure/$name
		case $name in
		*.fd) run -3 --separate-stderr measure --firmware "$f" --ovmf 202502 --memory 2G --qemu 8.2.2 ;;
		*.cbor)
			echo "$(sha256sum < "$f" | cut -c-64)  measurement.tdx.cbor" > "$T/sums"
			run -3 --separate-stderr measure --document "$f" --checksums "$T/sums" --memory 2G --qemu 8.2.2
			;;
		*) run -3 --separate-stderr measure "${small[@]:0:2}" --kernel "$f" "${small[@]:4}" \
			--memory 2G --qemu 8.2.2 ;;
		esac
		[ "$stderr" = "refval-measure: $message" ]
		[ -z "$output" ]
		n=$((n + 1))
	done < tests/vectors/bad/measure/messages.tsv
	[ "$n" = "$(find tests/vectors/bad/measure -type f ! -name messages.tsv | wc -l)" ]
}

@test "ACPI digests from a file or a folder; malformed ones are refused" {
	mkdir "$T/acpi"
	echo loader > "$T/acpi/table-loader"
	echo rsdp > "$T/acpi/rsdp"
	echo tables > "$T/acpi/tables"
	run -0 --separate-stderr measure "${small[@]}" --memory 2G --acpi "$T/acpi" --json
	[ "$(digest rtmr0 acpi-tables)" = "$(sha384sum < "$T/acpi/tables" | cut -d' ' -f1)" ]
	[ "$(get '.rtmr0.events[] | select(.label == "acpi-rsdp") | .origin')" = given ]
	[ "$(get .rtmr0.origin)" = given ]
	echo '{"loader":"00"}' > "$T/acpi.json"
	run -3 --separate-stderr measure "${small[@]}" --memory 2G --acpi "$T/acpi.json"
	[ "$stderr" = "refval-measure: $T/acpi.json: acpi: loader: not 96 hex digits" ]
	rm "$T/acpi/rsdp"
	run -3 --separate-stderr measure "${small[@]}" --memory 2G --acpi "$T/acpi"
}

# image DIR VERSION: a dstack-shaped image of the small files
image() {
	mkdir -p "$1"
	cp "$M/tdvf/small.fd" "$1/ovmf.fd"
	cp "$M/kernel/plain.bin" "$1/bzImage"
	cp "$T/initrd" "$1/initramfs.cpio.gz"
	printf '{"bios":"ovmf.fd","kernel":"bzImage","cmdline":"console=ttyS0 panic=1","initrd":"initramfs.cpio.gz","rootfs":"rootfs.img.verity","version":"%s","git_revision":"<unknown>","shared_ro":true,"is_dev":false}' "$2" > "$1/metadata.json"
	(cd "$1" && sha256sum ovmf.fd bzImage initramfs.cpio.gz metadata.json > sha256sum.txt &&
		sha256sum < sha256sum.txt | cut -c-64 > digest.txt)
}

# bats test_tags=slow
@test "an image gives what its files give, by the rules of its dstack version" {
	while read -r version rules; do
		rm -rf "$T/mr"
		image "$T/mr" "$version"
		tar -C "$T/mr" -czf "$T/mr.tar.gz" ovmf.fd bzImage initramfs.cpio.gz metadata.json sha256sum.txt digest.txt
		for from in "$T/mr" "$T/mr.tar.gz"; do
			run -0 --separate-stderr measure "$from" --cpus 1 --memory 2G --qemu 8.2.2 --json
			[ "$(get .edk2.rules)" = "edk2-stable$rules" ]
			[ "$(get .os_image_hash)" = "$(cat "$T/mr/digest.txt")" ]
			jq -S '{mrtd, rtmr0, rtmr1, rtmr2}' <<< "$output" > "$T/image.json"
			run -0 --separate-stderr measure "${small[@]:0:8}" --ovmf "$rules" \
				--cpus 1 --memory 2G --qemu 8.2.2 --json
			jq -S '{mrtd, rtmr0, rtmr1, rtmr2}' <<< "$output" > "$T/files.json"
			cmp "$T/image.json" "$T/files.json"
		done
	done <<- 'EOF'
		0.5.8 202411
		0.5.10 202505
		0.5.11 202502
		0.6.0 202502
	EOF
}

@test "the same output each time, and --events lists what --json does" {
	run -0 --separate-stderr measure "${small[@]}" --cpus 1 --memory 2G --qemu 8.2.2 --json
	first=$output
	run -0 --separate-stderr measure "${small[@]}" --cpus 1 --memory 2G --qemu 8.2.2 --json
	[ "$output" = "$first" ]
	want=$(get '.rtmr0.events, .rtmr1.events, .rtmr2.events | .[].digest')
	run -0 --separate-stderr measure "${small[@]}" --cpus 1 --memory 2G --qemu 8.2.2 --events
	[ "$(sed -nE 's/^ +[0-9]+ 0x[0-9a-f]{8} .* ([0-9a-f]{96}) .*/\1/p' <<< "$output")" = "$want" ]
}

@test "a result that cannot be written is exit 4" {
	run -4 bash -c '"$1" --firmware "$2" --ovmf 202502 --json > /dev/full' - "$BIN/refval-measure" "$M/tdvf/small.fd"
}

# The shapes of a matrix, and each of them again as a run of its own.
@test "matrix: one line for each shape, in order, as a single run gives it" {
	cat > "$T/matrix.json" <<- 'EOF'
		{"schema":"refval.matrix/1","qemu":["8.2.2","9.1.0"],"cpus":[1,8],"memory":["2G",3221225472],
		 "pic":[true,"off"],"hotplug_off":[false,true],"gpus":[0,1],"gpu_bars":[[],["64M",134217728]]}
	EOF
	run -0 --separate-stderr measure "${small[@]}" --edge on --matrix "$T/matrix.json"
	printf '%s\n' "$output" > "$T/lines"
	[ "${#lines[@]}" = 128 ]
	n=0
	for q in 8.2.2 9.1.0; do for p in on off; do for h in "" --hotplug-off; do for g in 0 1; do
	for b in "" "--gpu-bar=64M --gpu-bar=128M"; do for m in 2G 3G; do for c in 1 8; do
		n=$((n + 1))
		[ $((n % 11)) = 1 ] || continue
		# shellcheck disable=SC2086
		measure "${small[@]}" --edge on --qemu $q --pic $p $h --gpus $g $b --memory $m --cpus $c --json |
			jq -c . > "$T/one"
		sed -n ${n}p "$T/lines" | cmp - "$T/one"
	done; done; done; done; done; done; done
	[ $n = 128 ]
}

@test "matrix: what is wrong with it is said before any line is out" {
	while IFS='|' read -r code message matrix; do
		echo "$matrix" > "$T/matrix.json"
		run "-$code" --separate-stderr measure "${small[@]}" --matrix "$T/matrix.json" --nics 2
		[ -z "$output" ]
		[[ $stderr == *"$message"* ]]
	done <<- 'EOF'
		3|schema: not refval.matrix/1|{"cpus":[1]}
		3|cores: no such fact|{"schema":"refval.matrix/1","cores":[1]}
		3|cpus: no list of 1 to|{"schema":"refval.matrix/1","cpus":[]}
		3|cpus: value 1: has the wrong type|{"schema":"refval.matrix/1","cpus":[1,"2"]}
		3|swtpm: value 0: is neither true nor false|{"schema":"refval.matrix/1","swtpm":["on"]}
		3|shape 2: --memory 2047: not a multiple|{"schema":"refval.matrix/1","memory":["2G",2047]}
		3|shape 2: --qemu|{"schema":"refval.matrix/1","qemu":["9.1.0","new"]}
		2|nics, but --nics is given|{"schema":"refval.matrix/1","nics":[1]}
	EOF
}

@test "a key of vm_config that nothing is known about: nothing is computed" {
	echo '{"cpu_count": 2, "memory_size": 2147483648, "qemu_version": "8.2.2", "gpu_cc": true}' > "$T/vm"
	run -3 --separate-stderr measure "${small[@]}" --vm-config "$T/vm"
	[ -z "$output" ]
	[[ $stderr == *"$T/vm: vm_config: unknown key gpu_cc: it may change what the machine measures" ]]
	run -3 --separate-stderr "$BIN/refval-acpi" --vm-config "$T/vm"
	[[ $stderr == *"unknown key gpu_cc"* ]]
}
