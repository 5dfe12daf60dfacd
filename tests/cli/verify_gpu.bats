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
	near=$(jq -S 'del(.subject.inputs)' <<< "$output")
	run -3 verify open.json
	[ "$(jq -S 'del(.subject.inputs)' <<< "${output//open.json/near.json}")" = "$near" ]
}

# bats test_tags=slow
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

# bats test_tags=slow
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
	[[ $(row gpu_count) == "cannot-tell: 8 genuine GPUs, 9 required" ]]
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

# boot NAME=VALUE...: a machine of dstack 0.6 with these parts (policy, event, bytes, launch), made of a captured one: its quote
# carries what the log gives, and nobody signed it again. The app-compose.json of it is in compose.json.
boot() {
	python3 - "$V/real/060-lite-getquote-v3" "$@" <<-'EOF'
		import hashlib, json, struct, sys
		here, given = sys.argv[1], dict(a.split("=", 1) for a in sys.argv[2:])
		manifest = {"manifest_version": "3", "name": "a", "runner": "docker-compose"}
		if "policy" in given:
		    manifest["requirements"] = {"gpu_policy": json.loads(given["policy"])}
		text = json.dumps(manifest)
		open("compose.json", "w").write(text)
		q = bytearray(open(here + "/quote.bin", "rb").read())
		log = json.load(open(here + "/event_log.json"))
		config = json.load(open(here + "/vm_config.json"))
		add = []
		if given.get("hash"):
		    add.append(("gpu-policy-hash", bytes.fromhex(given["hash"])))
		if given.get("event"):
		    add.append(("gpu-attestation", given["event"].encode()))
		at = next(i for i, e in enumerate(log) if e["event"] == "compose-hash")
		log[at]["event_payload"] = hashlib.sha256(text.encode()).hexdigest()
		log[at + 1:at + 1] = [dict(log[at], event=n, event_payload=p.hex()) for n, p in add]
		value = bytes(48)
		for e in log:
		    if e["imr"] == 3:
		        d = hashlib.sha384(struct.pack("<I", e["event_type"]) + b":" + e["event"].encode() + b":"
		                           + bytes.fromhex(e["event_payload"])).digest()
		        value = hashlib.sha384(value + d).digest()
		q[520:568] = value
		if "launch" in given:
		    config["mr_config"] = json.dumps({"compose_hash": "00" * 32, "gpu_policy_hash": given["launch"], "version": 3}, separators=(",", ":"))
		    h = hashlib.sha256(b"dstack-mr-config-v3:\0" + config["mr_config"].encode()).digest()
		    q[232:280] = b"\3" + h + bytes(15)
		out = {"quote": q.hex(), "event_log": json.dumps(log), "vm_config": json.dumps(config)}
		if "bytes" in given:
		    data = open(given["bytes"], "rb").read()
		    out["boottime_gpu_evidence"] = [{"vendor": "nvidia", "format": "x", "evidence": data.hex()}] if "bundle" in given else data.decode()
		json.dump(out, open("boot.json", "w"))
	EOF
	output=$("$BIN/refval-diff" --json compose.json boot.json 2> /dev/null) || true
}

# bats test_tags=slow
@test "dstack 0.6: the GPU policy that the guest went by, and what attesting at boot gave" {
	local a=$V/gpu/dstack_gpu_attestation_h100.json yes=81f5d3ad40653341232238c4ca656bddddc297d6382ae2ab391e4bb36dd80b66
	local none=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
	local event='{"version":2,"provider":"nvidia","devices":1,"cc_mode":"on","devtools":false,"evidence_sha256":"b969d546cc3781816167264cccaeff4b720d08012546a7fbd8f00f29e49fd4d7"}'
	boot policy='{"attest_gpu": true}' hash=$yes event="$event" bytes="$a"
	[ "$(row gpu_policy)" = "yes: the guest went by requirements.gpu_policy" ]
	[ "$(row gpu_attestation)" = "yes: the guest's word: 1 devices passed at boot, in confidential mode, developer tools off; boottime_gpu_evidence is what it got" ]
	[ "$(jq -r '.layers[] | select(.layer == "gpu").verdict' <<< "$output")" = yes ]
	# The bytes as a bundle, kept by our own document, and none.
	boot policy='{"attest_gpu": true}' hash=$yes event="$event" bytes="$a" bundle=1
	[[ $(row gpu_attestation) == "yes: "* ]]
	"$BIN/refval-fetch" boot.json --offline -o kept.json
	[ "$(jq -r '.boottime_gpu_evidence[0].evidence' kept.json | tr -d '\n' | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' | sha256sum)" = "$(sha256sum < "$a")" ]
	boot policy='{"attest_gpu": true}' hash=$yes event="$event"
	[[ $(row gpu_attestation) == "unchecked: the guest's word: 1 devices "*"what it got is not in the evidence" ]]
	# Published values of the deployment have the policy, too; an unsigned document may also claim another one.
	"$BIN/refval-publish" "$TOP/images/releases/dstack-0.5.8.json" --format values --compose compose.json -o deployed.json
	output=$("$BIN/refval-diff" --json deployed.json boot.json 2> /dev/null) || true
	[ "$(row gpu_policy)" = "yes: the guest went by requirements.gpu_policy" ]
	[ "$(jq -r '.layers[].checks[] | select(.name == "gpu_policy").from' <<< "$output")" = "the app of the values" ]
	sed "s/$yes/$none/" deployed.json > lie.json
	output=$("$BIN/refval-diff" --json lie.json boot.json 2> /dev/null) || true
	[ "$(row gpu_policy)" = "no: gpu-policy-hash: the guest went by another GPU policy" ]
	# A default that is spelled out is another text; none is "{}"; the order and blanks of members do not matter.
	boot policy='{"attest_gpu": false}' hash=$yes
	[ "$(row gpu_policy)" = "no: gpu-policy-hash: the guest went by another GPU policy" ]
	boot hash=$none
	[[ $(row gpu_policy) == "yes: the manifest has no GPU policy: "* ]]
	[ -z "$(row gpu_attestation)" ]
	boot policy='{"attest_gpu":true, "allow_insecure_boot":false,"allow_devtools":false,"allow_debug":false}' hash=f34520b4246b5d672170d1ece57930fbc7782f8e020c2e7e77aa9fddf42b5889
	[[ $(row gpu_policy) == "yes: "* ]]
	boot policy='{"attest_gpu": true}'
	[[ $(row gpu_policy) == "no: gpu-policy-hash: the guest recorded none, "* ]]
	boot policy='{"attest_gpus": true}' hash=$yes
	[ "$(row gpu_policy)" = "cannot-tell: requirements.gpu_policy: a member that dstack does not know" ]
	boot
	[ -z "$(row gpu_policy)" ]
	# The event against the bytes, the policy and itself.
	boot policy='{"attest_gpu": true}' hash=$yes event="${event/b969/b96a}" bytes="$a"
	[[ $(row gpu_attestation) == "no: gpu-attestation: boottime_gpu_evidence has SHA-256 b969d546"*"of other bytes" ]]
	boot policy='{"attest_gpu": true}' hash=$yes event="${event/\"devices\":1/\"devices\":2}" bytes="$a"
	[[ $(row gpu_attestation) == "no: gpu-attestation: the event counts 2 devices, boottime_gpu_evidence has claims of 1" ]]
	boot policy='{"attest_gpu": true}' hash=$yes event="${event/\"devtools\":false/\"devtools\":true}" bytes="$a"
	[[ $(row gpu_attestation) == "no: gpu-attestation: developer tools were on, which requirements.gpu_policy does not allow" ]]
	boot policy='{"allow_devtools": true}' event="${event/\"devtools\":false/\"devtools\":true}" bytes="$a"
	[[ $(row gpu_attestation) == "yes: "*"developer tools on; "* ]]
	boot event="${event/\"on\"/\"off\"}" bytes="$a"
	[[ $(row gpu_attestation) == "no: gpu-attestation: confidential computing was not on" ]]
	boot event="${event/\"version\":2/\"version\":4}" bytes="$a"
	[[ $(row gpu_attestation) == "cannot-tell: gpu-attestation: version 4, or a member of it, is not known" ]]
	boot event="not JSON" bytes="$a"
	[[ $(row gpu_attestation) == "cannot-tell: gpu-attestation: "* ]]
	boot bytes="$a"
	[[ $(row gpu_attestation) == "unchecked: boottime_gpu_evidence came along, and no event "* ]]
	# What the host bound at launch.
	boot policy='{"attest_gpu": true}' hash=$yes launch=$yes
	[[ $(row gpu_policy_launch) == *"mr_config_id binds this GPU policy" ]]
	boot policy='{"attest_gpu": true}' hash=$yes launch=$none
	[ "$(row gpu_policy_launch)" = "no: gpu-policy-hash: mr_config_id binds another GPU policy" ]
}

@test "reference values name the manifests: no other issue of them counts" {
	local g=$V/gpu driver=NV_GPU_DRIVER_GH100_595.71.05 vbios=NV_GPU_VBIOS_1010_0210_886_96009F0004
	"$BIN/refval-measure" --document "$V/measure/document/lite-v3.cbor" --checksums "$V/measure/document/lite-v3.sha256sum.txt" \
		--acpi "$V/measure/document/lite-v3.acpi.json" --vm-config "$V/real/060-lite-getquote-v3/vm_config.json" --json > values.json
	run -0 --separate-stderr "$BIN/refval-publish" values.json --format in-toto --gpu-rim "$g/rims/$driver.xml" --gpu-rim "$g/rims/$vbios.xml" -o golden.json
	run -0 "$BIN/refval-publish" golden.json --format values
	[ "$(jq -c '[.gpu_rims[].id]' <<< "$output")" = "[\"$driver\",\"$vbios\"]" ]
	[ "$(jq -r '.gpu_rims[0].sha256' <<< "$output")" = 143005c060a5eb2866f7db046c234d27f87ae386cab20ab40d9daa706be46ea4 ]
	# The same again is the same; what NVIDIA did not sign, or is called otherwise, is no reference.
	run -0 "$BIN/refval-publish" golden.json --format values --gpu-rim "$g/rims/$vbios.xml"
	[ "$(jq '.gpu_rims | length' <<< "$output")" = 2 ]
	sed 's/595.71.05/595.71.06/' "$g/rims/$driver.xml" > $driver.xml
	run -1 --separate-stderr "$BIN/refval-publish" values.json --format values --gpu-rim $driver.xml
	[ "$stderr" = "refval-publish: $driver.xml: RIM: the document is not the one that was signed" ]
	cp "$g/rims/$driver.xml" NV_GPU_DRIVER_GH100_550.144.03.xml
	run -3 --separate-stderr "$BIN/refval-publish" values.json --format values --gpu-rim NV_GPU_DRIVER_GH100_550.144.03.xml
	[ "$stderr" = "refval-publish: NV_GPU_DRIVER_GH100_550.144.03.xml: its name is not NVIDIA's id of a RIM of version 595.71.05" ]
	run -2 "$BIN/refval-publish" values.json --format corim --gpu-rim "$g/rims/$vbios.xml" -o x.cbor
	run -0 --separate-stderr "$BIN/refval-publish" golden.json --format corim -o x.cbor
	[[ $stderr == *gpu_rims* ]]
	# A machine whose answer has such a GPU beside another quote: what the values say of its manifests is all that is asked here.
	jq --slurpfile e "$g/vg_h100_595.json" '.nvidia_payload = ($e[0] | tojson)' "$V/real/060-lite-getquote-v3/getquote.json" > with.json
	golden() { output=$("$BIN/refval-verify" --json --values "$1" --evidence with.json --at 2026-11-28 "${@:2}" 2> /dev/null) || true; }
	golden golden.json --gpu-rim "$g/rims"
	[ "$(row gpu_golden)" = "yes: $driver: the published manifest was compared with
yes: $vbios: the published manifest was compared with" ]
	golden golden.json --gpu-rim "$g/rims/$driver.xml"
	[ "$(row gpu_golden | tail -n 1)" = "cannot-tell: $vbios: the manifest was not given, so that nothing was compared with it" ]
	"$BIN/refval-publish" golden.json --format values | sed 's/143005c0/143005c1/' > other.json
	golden other.json --gpu-rim "$g/rims"
	[ "$(row gpu_golden | head -n 1)" = "no: $driver: another issue of it was published" ]
	"$BIN/refval-publish" values.json --format values --gpu-rim "$g/rims/$vbios.xml" > one.json
	golden one.json --gpu-rim "$g/rims"
	[ "$(row gpu_golden | head -n 1)" = "no: $driver: the reference values have no manifest of this id" ]
	cp "$V/real/060-lite-getquote-v3/getquote.json" with.json
	golden golden.json
	[[ $(row gpu_golden) == "cannot-tell: the reference values have manifests of GPUs, of which no evidence came with the quote" ]]
}
