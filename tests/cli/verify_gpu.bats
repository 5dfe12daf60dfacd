# SPDX-License-Identifier: Apache-2.0
# The gpu layer of refval-verify, on a real answer of near AI: a machine of 8
# GPUs, its quote, log, and 8 reports. Intel's collateral for it is not at hand,
# so that the hardware layer cannot tell; rows are asked for one by one.
load helper

setup_file() {
	need jq
	cd "$BATS_FILE_TMPDIR" || return
	cp "$V/gpu/services/near-20260629.json" near.json
	# The payload as an object, so that jq can get at it; it is read the same.
	jq -c '.model_attestations[0].nvidia_payload |= fromjson' near.json > open.json
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	P='.model_attestations[0].nvidia_payload.evidence_list'
}

verify() {
	local f=$1
	shift
	"$BIN/refval-verify" --json --release dstack-nvidia-0.5.5 --evidence "$f" --instance 1 --at 2026-06-29 "$@" 2> /dev/null
}

# row NAME: verdict and reason of the checks of this name.
row() { jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .verdict + ": " + .reason' <<< "$output"; }

# ids: what is no in the gpu layer, without the sentences.
ids() { jq -r '.layers[] | select(.layer == "gpu").checks[] | select(.verdict == "no").reason | sub(": .*"; "")' <<< "$output" | sort -u; }

@test "near AI: quote, OS and 8 GPUs, one report; the machine has 8 by its shape" {
	run -3 verify near.json
	[ "$(jq -c '[.layers[].layer]' <<< "$output")" = '["hardware","gpu","firmware","os","app","report_data"]' ]
	[ "$(jq -c '[.layers[] | select(.layer == "firmware" or .layer == "os").verdict]' <<< "$output")" = '["yes","yes"]' ]
	[ "$(row gpu_device | grep -c '^yes: genuine: GH100 A01 GSP BROM, driver 570.172.08, VBIOS 96.00.CF.00.02, ueid ')" = 8 ]
	[ "$(row gpu_list)" = "yes: 8 different devices" ]
	[ "$(row gpu_shape)" = "yes: the machine has 8 GPUs by its ACPI shape, evidence of 8 genuine ones" ]
	[[ $(row gpu_binding) == "cannot-tell: rests on quote_signature, which is cannot-tell; without that: yes, report_data[0:32] is SHA-256 of the signing key and the TLS fingerprint, [32:64] the GPUs' nonce" ]]
	[ "$(row gpu_measurements | cut -c1-60)" = "unchecked: rim-missing: measurements unchecked: no RIM NV_GP
unchecked: rim-missing: measurements unchecked: no RIM NV_GP" ]
	[ -z "$(ids)" ]
	# Read from the text in the text as from the object.
	near=$output
	run -3 verify open.json
	[ "${output//open.json/near.json}" = "$near" ]
}

@test "our own document keeps the GPUs, and what ties them to the quote" {
	"$BIN/refval-fetch" near.json --instance 1 --offline -o own.json
	[ "$(jq '.gpus.evidence_list | length' own.json)" = 8 ]
	run -3 verify near.json
	want=$(jq -c '.layers[] | select(.layer == "gpu")' <<< "$output")
	run -3 "$BIN/refval-verify" --json --release dstack-nvidia-0.5.5 --evidence own.json --at 2026-06-29
	[ "$(jq -c '.layers[] | select(.layer == "gpu")' <<< "$output")" = "$want" ]
	run -3 "$BIN/refval-gpu" own.json
	"$BIN/refval-fetch" "$V/gpu/services/tinfoil-20260629.json" --offline -o tinfoil.json
	# It runs another OS, so that the answer as a whole is no.
	run -1 "$BIN/refval-verify" --json --release dstack-nvidia-0.5.5 --evidence tinfoil.json --at 2026-06-29
	[[ $(row gpu_binding) == "cannot-tell: rests on quote_signature"*"SHA-256 of tls_key_fp"* ]]
	jq '.gpus.evidence_list = 1' own.json > bad.json
	run -3 --separate-stderr "$BIN/refval-gpu" bad.json
	[ "$stderr" = "refval-gpu: bad.json: GPU evidence: gpus: evidence list: not an array" ]
}

@test "the same answer as text and as a page" {
	run -3 --separate-stderr "$BIN/refval-verify" --release dstack-nvidia-0.5.5 --evidence near.json --instance 1 --at 2026-06-29 --html page.html
	[[ $output == *"gpu          cannot-tell"*"gpu_shape        8"*"firmware     yes"* ]]
	grep -q "570.172.08" page.html
	grep -q "gpu_binding" page.html
}

@test "one report of another machine, one twice, one nonce changed: no, with the reason" {
	jq -c --slurpfile o "$V/gpu/vg_h100_595.json" "${P}[3] = \$o[0].evidence_list[0]" open.json > other.json
	run -1 verify other.json
	[ "$(ids | tr '\n' ' ')" = "device-flags report-data-binding report-nonce " ]
	jq -c "${P}[3] = ${P}[2]" open.json > twice.json
	run -1 verify twice.json
	[ "$(ids)" = device-duplicate ]
	# The nonce inside a report is signed; the one beside it is compared.
	jq -c "${P}[3].nonce = (\"00\" * 32)" open.json > nonce.json
	run -1 verify nonce.json
	[ "$(ids)" = report-nonce ]
	# The whole list of another machine, which is genuine.
	jq -c --slurpfile o "$V/gpu/ppcie_gpu_evidence.json" "$P = \$o[0]" open.json > moved.json
	run -1 verify moved.json
	[ "$(ids)" = report-data-binding ]
	# A chain that is another device's.
	jq -c "${P}[0].certificate = ${P}[1].certificate" open.json > chain.json
	run -1 verify chain.json
	[ "$(ids)" = report-signature ]
	# Another signing key, another certificate: the quote is bound to neither.
	jq -c '.model_attestations[0].signing_address |= sub("^d0"; "d1")' open.json > key.json
	run -1 verify key.json
	[ "$(ids)" = report-data-binding ]
}

@test "one GPU less than the machine has cannot be told; an empty list, or none, is listed" {
	jq -c "${P} |= .[:7]" open.json > seven.json
	run -3 verify seven.json
	[ "$(row gpu_shape)" = "cannot-tell: the machine has 8 GPUs by its ACPI shape, evidence of 7 genuine ones" ]
	jq -c "$P = []" open.json > empty.json
	run -3 verify empty.json
	[ "$(row gpu_evidence)" = "unchecked: no GPU evidence: the list is empty" ]
	[ "$(row gpu_shape)" = "unchecked: the machine has 8 GPUs by its ACPI shape, evidence of 0 genuine ones" ]
	jq -c 'del(.model_attestations[0].nvidia_payload)' open.json > none.json
	run -3 verify none.json
	[ "$(row gpu_shape)" = "unchecked: the machine has 8 GPUs by its ACPI shape, evidence of 0 genuine ones" ]
	[ -z "$(row gpu_evidence)" ]
}

@test "--require-gpu: nothing unchecked below it" {
	run -3 verify near.json --require-gpu 8
	[[ $(row gpu_count) == "cannot-tell: rests on "* ]]
	[ "$(row gpu_measurements | cut -d: -f1 | sort -u)" = cannot-tell ]
	run -3 verify near.json --require-gpu 9
	[[ $(row gpu_count) == "cannot-tell: 8 genuine GPUs, 9 are required" ]]
	run -3 verify none.json --require-gpu 1
	[[ $(row gpu_evidence) == "cannot-tell: no GPU evidence came with the quote" ]]
	run -3 verify empty.json --require-gpu 1
	[[ $(row gpu_evidence) == "cannot-tell: no GPU evidence: the list is empty" ]]
}

@test "--require-gpu on a machine that is genuine otherwise: its answer is not yes" {
	near=(--json --release dstack-dev-0.5.8 --evidence "$V/real/near-058-dev-3e6394" --at 2026-04-01)
	run -0 "$BIN/refval-verify" "${near[@]}"
	[ -z "$(jq -r '.layers[] | select(.layer == "gpu") | .layer' <<< "$output")" ]
	run -3 --separate-stderr "$BIN/refval-verify" "${near[@]}" --require-gpu 1
	[ "$(jq -r '.layers[] | select(.layer == "gpu").verdict' <<< "$output")" = cannot-tell ]
	run -2 "$BIN/refval-verify" "${near[@]}" --gpu-driver 570
	run -2 "$BIN/refval-verify" "${near[@]}" --gpu-rim "$V/gpu/rims"
	run -2 "$BIN/refval-verify" "${near[@]}" --require-gpu 0
	run -2 "$BIN/refval-verify" "${near[@]}" --require-gpu 1 --gpu-driver new
}

@test "--gpu-driver, and a manifest of another version" {
	run -1 verify near.json --gpu-driver 580
	[ "$(ids)" = driver-old ]
	run -3 verify near.json --gpu-driver 570.172.08
	run -1 verify near.json --gpu-rim "$V/gpu/rims/NV_GPU_DRIVER_GH100_595.71.05.xml"
	[ "$(ids)" = rim-version ]
	# A folder may hold manifests of other machines.
	run -3 verify near.json --gpu-rim "$V/gpu/rims"
}

@test "refval-diff says that it did not look at the GPUs" {
	"$BIN/refval-publish" "$V/formats/dsse.json" --format values > values.json
	run --separate-stderr "$BIN/refval-diff" --json values.json near.json --instance 1
	[[ $status = [13] ]]
	[[ $(row gpu_evidence) == "unchecked: GPU evidence came with the quote, and was not looked at"* ]]
}
