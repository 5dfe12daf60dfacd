# SPDX-License-Identifier: Apache-2.0
# refval-measure --disk: registers of a disk that boots through shim and grub.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	G=$V/grub
	sh "$TOP/tests/measure/grub-files.sh" .
}

disk() { python3 "$G/disk.py" make "$1" disk.raw .; }

@test "commands, keys and variables are what the log of a real boot has" {
	disk usual
	run -0 --separate-stderr "$BIN/refval-measure" --disk disk.raw --platform tpm --bank sha384 --json
	printf '%s' "$output" > tpm.json
	run -0 python3 "$TOP/tests/measure/uki-compare.py" "$G/trixie.log" sha384 tpm.json - pcr7 pcr8 pcr14
	[[ ${lines[-1]} == *" events and 2 registers equal, 0 differences" ]]
	[ "$(grep -c '^pcr8 .* equal' <<< "$output")" -gt 60 ]
	run -0 --separate-stderr "$BIN/refval-measure" --disk disk.raw --platform tpm --json
	printf '%s' "$output" > tpm.json
	run -0 python3 "$TOP/tests/measure/uki-compare.py" "$G/trixie.log" sha256 tpm.json - pcr7 pcr8 pcr14
	[[ ${lines[-1]} == *" events and 2 registers equal, 0 differences" ]]
}

@test "RTMR2 is what that log gives with the files of this disk" {
	disk usual
	run -0 "$BIN/refval-measure" --disk disk.raw --ovmf 202502 --json
	[ "$(jq -r '.registers[1].value' <<< "$output")" = "$(python3 "$G/disk.py" rtmr2 .)" ]
	[ "$(jq -r '[.registers[0].events[].label] | join(",")' <<< "$output")" = \
		"boot-option,separator,gpt,shim,grub,exit-boot-services,exit-boot-services-success" ]
	[ "$(jq -r '.loader' <<< "$output")" = "shim 16.1, grub 2.12-9+deb13u4" ]
	[ "$(jq -r '[.inputs[].role] | unique | join(",")' <<< "$output")" = "disk,file,grub,shim" ]
}

@test "what is not known is refused or listed, each with its sentence" {
	n=0
	while IFS=$'\t' read -r name code says; do
		disk "$name"
		run "-$code" "$BIN/refval-measure" --disk disk.raw --ovmf 202502 --events
		[[ $output == *"$says"* ]] || { echo "$name: $output"; false; }
		[ "$code" = 3 ] || [[ $output == *"RTMR2   sha384 not computable"* ]] || { echo "$name: $output"; false; }
		n=$((n + 1))
	done < <(python3 "$G/disk.py" names)
	[ "$n" -gt 40 ]
}

@test "events in front of what is not known are known" {
	disk kernel-elsewhere
	run -0 "$BIN/refval-measure" --disk disk.raw --ovmf 202502 --json
	[ "$(jq -r '[.registers[1].events[] | select(.digest == null) | .label] | join(",")' <<< "$output")" = "kernel,load-options,initrd" ]
	[ "$(jq -r '.registers[0].value' <<< "$output")" != null ]
}

@test "wrong use is exit 2, and platforms that have no such disk exit 3" {
	for args in "--disk d x" "--disk d --loader l" "--disk d --cpus 2" "--disk d --platform x" "--disk d --eif e" "--platform tpm" \
		"--disk d --firmware f"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$BIN/refval-measure" $args
	done
	disk usual
	for p in gcp; do
		run -3 --separate-stderr "$BIN/refval-measure" --disk disk.raw --platform $p
		[[ $stderr == *"predicted for the platforms tdx and tpm, not for $p"* ]]
	done
}

# values: refval.boot/1 of what the quote's own log has, and of nothing else
values() {
	"$BIN/refval-replay" "$TOP/docs/auditor-template/evidence" --json | jq '. as $r | {schema: "refval.boot/1", platform: "tdx", stub: null, loader: null,
		inputs: [], registers: [("rtmr1", "rtmr2") as $n | {name: $n, alg: "sha384", value: $r[$n].value, why: null,
		events: [$r[$n].events[] | {label: .name, type, digest}]}], boot_pcr_digest: null, assumed: ["something"]}' > values.json
}

@test "refval.boot/1 of a TD is compared with its quote, and says nothing of the firmware" {
	values
	for command in refval-diff "refval-verify --at 2026-04-01 --values"; do
		# shellcheck disable=SC2086
		run -3 "$BIN"/$command values.json "$TOP/docs/auditor-template/evidence"
		[[ $output == *"  yes         rtmr1 "*"equal, event by event (5)"*"  yes         rtmr2 "*"equal, event by event (2)"* ]]
		[[ $output == *"not predicted: it is of firmware and machine, of which the disk says nothing"* ]]
		[[ ${lines[-1]} == "verdict      cannot-tell: mrtd:"*" 0 differ, 2 cannot be told"* ]]
	done
	jq '.registers[1].events = [] | .registers[1].value = "00" * 48' values.json > other.json
	run -1 "$BIN/refval-diff" other.json "$TOP/docs/auditor-template/evidence"
	[[ $output == *"  yes         rtmr1 "*"  no          rtmr2 "* ]]
}

@test "a prediction that ends is no reason for a no" {
	values
	disk loop
	"$BIN/refval-measure" --disk disk.raw --ovmf 202502 --json > loop.json
	jq --slurpfile l loop.json '.registers[1] = $l[0].registers[1]' values.json > other.json
	run -3 "$BIN/refval-diff" other.json "$TOP/docs/auditor-template/evidence"
	[[ $output == *"  yes         rtmr1 "*"  cannot-tell rtmr2 "*"grub is followed up to: a loop"* ]]
}

@test "refval.boot/1 of a TPM is no reference for a TD" {
	disk usual
	"$BIN/refval-measure" --disk disk.raw --platform tpm --json > tpm.json
	run -3 --separate-stderr "$BIN/refval-diff" tpm.json "$TOP/docs/auditor-template/evidence"
	[[ $stderr == *"refval.boot/1 of platform tpm, which no quote of a TD is compared with"* ]]
}
