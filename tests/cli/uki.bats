# SPDX-License-Identifier: Apache-2.0
# refval-measure --uki: registers of what boots from a disk.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp "$V/uki/boot-disk.bin" disk.raw
	truncate -s 2M disk.raw
}

# wanted NAME ALG LOADER REGISTER: its value by the vectors' own formulas
wanted() {
	jq -r --arg n "$1" --arg a "$2" --argjson l "$3" --arg r "$4" \
		'.[] | select(.name == $n and .alg == $a and .loader == $l) | .registers[$r]' "$V/uki/boot.json"
}

@test "each register of an image by each way to it is what an implementation of its own says" {
	for image in boot-usual boot-keys boot-254 boot-old-kernel boot-262; do
		for loader in false true; do
			args=(--uki "$V/uki/$image.efi" --disk disk.raw)
			with=boot-loader
			[ "$image" != boot-254 ] || with=boot-loader-254
			[ "$loader" = false ] || args+=(--loader "$V/uki/$with.efi")
			"$BIN/refval-measure" "${args[@]}" --ovmf 202502 --json > tdx.json
			"$BIN/refval-measure" "${args[@]}" --platform tpm --json > tpm.json
			"$BIN/refval-measure" "${args[@]}" --platform tpm --bank sha384 --json > tpm384.json
			for d in tdx tpm tpm384; do
				while read -r name alg value; do
					[ "$value" = "$(wanted "$image" "$alg" "$loader" "$name")" ] || { echo "$image $loader $d $name $value"; false; }
				done < <(jq -r '.registers[] | "\(.name) \(.alg) \(.value)"' $d.json)
			done
		done
	done
}

@test "Google's registers, and those of a NitroTPM with the digest of all three" {
	run -0 "$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --disk disk.raw --platform gcp --json
	[ "$(jq -r '[.registers[] | .name + " " + .alg] | join(",")' <<< "$output")" = "rtmr1 sha384,rtmr2 sha384,pcr2 sha256,pcr11 sha256" ]
	[ "$(jq -r '.registers[2].value' <<< "$output")" = "$(wanted boot-usual sha256 false pcr2)" ]
	# With a TPM there the kernel measures into that alone.
	[ "$(jq -r '.registers[1].events | length' <<< "$output")" = 8 ]
	run -0 "$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --platform aws-nitro-tpm --json
	[ "$(jq -r '.registers[0].value' <<< "$output")" = "$(wanted boot-usual sha384 false pcr4)" ]
	digest=$(jq -r '[.registers[].value] | join("")' <<< "$output" | xxd -r -p | sha256sum)
	[ "$(jq -r .boot_pcr_digest <<< "$output")" = "${digest%% *}" ]
}

@test "what the files do not decide is not computed, and why is said" {
	run -0 "$BIN/refval-measure" --uki "$V/uki/boot-usual.efi"
	[[ $output == *"RTMR1   sha384 not computable: whether the firmware's separator"*"--ovmf RELEASE"* ]]
	run -0 "$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --ovmf 202502 --events
	[[ $output == *"RTMR1   sha384 not computable: the disk's partition table was not given: --disk"*"0x80000006 gpt"*"not known"* ]]
	# Where no register is known, there is no answer.
	run -3 --separate-stderr "$BIN/refval-measure" --uki "$V/uki/boot-old-kernel.efi"
	[[ -z $stderr && ${lines[-1]} == "verdict      cannot-tell: no register can be computed" ]]
	[[ $output == *"RTMR2   sha384 not computable: whether this kernel measures into RTMR2 is not known"* ]]
	run -3 --separate-stderr "$BIN/refval-measure" --json --uki "$V/uki/boot-262.efi"
	[ "$(jq -c '[.registers[].value]' <<< "$output")" = "[null,null]" ]
	run -3 "$BIN/refval-measure" --uki "$V/uki/boot-262.efi"
	[[ $output == *"RTMR2   sha384 not computable: this stub adds"* ]]
}

@test "each bad image and disk is exit 3 with its sentence" {
	n=0
	while IFS=$'\t' read -r name says; do
		case $name in
		*.efi)
			run -3 --separate-stderr "$BIN/refval-measure" --uki "$V/uki/$name"
			[[ $stderr == "refval-measure: $V/uki/$name: "* ]]
			;;
		*)
			cp "$V/uki/$name" bad.raw
			[ "$(stat -c %s bad.raw)" -lt 1024 ] || truncate -s 2M bad.raw
			run -3 --separate-stderr "$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --disk bad.raw
			;;
		esac
		[[ $stderr == *"$says"* ]] || { echo "$name: $stderr"; false; }
		[ -z "$output" ]
		n=$((n + 1))
	done < "$V/uki/bad.tsv"
	[ "$n" -gt 35 ]
	run -3 --separate-stderr "$BIN/refval-measure" --uki "$V/uki/boot-usual.efi" --loader "$V/uki/boot-254.efi"
	[[ $stderr == "refval-measure: $V/uki/boot-254.efi: loader: uki: not systemd-boot: systemd-stub 254.1"* ]]
}

@test "wrong use is exit 2" {
	for args in "--uki a b" "--uki a --platform x" "--uki a --bank sha384" "--uki a --platform tpm --bank x" \
		"--uki a --platform aws-nitro-tpm --disk d" "--uki a --platform gcp --ovmf 202502" "--uki a --sector 512" \
		"--uki a --disk d --sector 1" "--uki a --cpus 2" "--uki a --kernel k"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$BIN/refval-measure" $args
	done
}
