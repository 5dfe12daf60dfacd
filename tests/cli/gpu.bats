# SPDX-License-Identifier: Apache-2.0
# refval-gpu: reports of GPUs and switches, manifests, lists, tokens.
# The 41 named cases and every flipped byte are in tests/unit/gpu.c.
load helper

setup() {
	G=$V/gpu
	NOW=(--at 2026-11-28)
	NONCE=690bb51b904351e28100a0610fe60624255c26d7d38c53fb1285ecfed1cab17a
	DRIVER=NV_GPU_DRIVER_GH100_595.71.05
	VBIOS=NV_GPU_VBIOS_1010_0210_886_96009F0004
	cd "$BATS_TEST_TMPDIR" || return
}

gpu() { "$BIN/refval-gpu" "$@"; }

@test "gpu: genuine, for the nonce asked, and as both manifests say: exit 0" {
	run -0 --separate-stderr gpu "$G/vg_h100_595.json" --rim "$G/rims" --nonce $NONCE "${NOW[@]}"
	[ -z "$stderr" ]
	[[ $output == *"GPU 0            yes"* ]]
	[[ $output == *"measurements     33 compared, 0 differ, 1 skipped"* ]]
	[[ $output == *"143005c060a5eb2866f7db046c234d27f87ae386cab20ab40d9daa706be46ea4"* ]]
	[[ $output == *"d5dd2bc3f138713ce9a6bd9ba472cb2833e362316e4528b7f2b5d6890e4315db"* ]]
	# What no field says is said so.
	[[ $output == *"unchecked   mode "*"developer tools"* ]]
	[[ $output == *"unchecked   revocation"* ]]
	run -0 gpu - --rim "$G/rims/$DRIVER.xml" --rim "$G/rims/$VBIOS.xml" --nonce 0x$NONCE "${NOW[@]}" < "$G/vg_h100_595.json"
}

@test "gpu: a manifest that is missing is named, with the command that gets it: exit 3" {
	run -3 --separate-stderr gpu "$G/vg_h100_595.json" --rim "$G/rims/$DRIVER.xml" "${NOW[@]}"
	[ "$stderr" = "refval-gpu: rim-missing: measurements unchecked: no RIM $VBIOS; to get it: refval-fetch EVIDENCE --gpu-rims-from nvidia --cache DIR" ]
	[[ $output == *"21 compared, 0 differ, 1 skipped"* ]]
	run -3 gpu "$G/vg_h100_595.json" "${NOW[@]}"
	[[ $output == *"measurements unchecked: no RIM $DRIVER;"* ]]
}

@test "gpu: another nonce is no, whoever says it" {
	run -1 --separate-stderr gpu "$G/vg_h100_595.json" --rim "$G/rims" --nonce ${NONCE/69/70} "${NOW[@]}"
	[ "$stderr" = "refval-gpu: report-nonce: the report was made for nonce $NONCE, asked was ${NONCE/69/70}" ]
	jq -c ".nonce = \"${NONCE/69/70}\"" "$G/vg_h100_595.json" > lie.json
	run -1 --separate-stderr gpu lie.json --rim "$G/rims" --nonce $NONCE "${NOW[@]}"
	[[ $stderr == "refval-gpu: report-nonce: "*"beside it stands ${NONCE/69/70}" ]]
}

@test "gpu: manifests as files: what they say counts, once they are signed" {
	cp "$G/rims/$DRIVER.xml" a
	cp "$G/rims/$VBIOS.xml" b
	run -0 gpu "$G/vg_h100_595.json" --rim b --rim a "${NOW[@]}"
	# One of another version, named by the user, is of no device.
	cp "$G/rims/NV_GPU_DRIVER_GH100_550.144.03.xml" old
	run -1 --separate-stderr gpu "$G/vg_h100_595.json" --rim old --rim b "${NOW[@]}"
	[ "$stderr" = "refval-gpu: rim-version: old: the RIM is of GH100 550.144.03, which is the version of no device" ]
	# Under the name of one that is wanted it is of another version.
	mkdir d
	cp old d/$DRIVER.xml
	cp b d/$VBIOS.swidtag
	run -1 --separate-stderr gpu "$G/vg_h100_595.json" --rim d "${NOW[@]}"
	[ "$stderr" = "refval-gpu: rim-version: $DRIVER.xml: the RIM is of version 550.144.03, the device's is 595.71.05" ]
	# The answer of the service around it, and a lie in it.
	rm d/$DRIVER.xml
	jq -n --arg r "$(base64 -w0 a)" --arg s "$(sha256sum < a | cut -c1-64)" '{id: "x", rim: $r, sha256: $s, rim_format: "TCG"}' > d/$DRIVER.json
	run -0 gpu "$G/vg_h100_595.json" --rim d "${NOW[@]}"
	sed -i 's/"sha256": "1/"sha256": "2/' d/$DRIVER.json
	run -1 --separate-stderr gpu "$G/vg_h100_595.json" --rim d "${NOW[@]}"
	[[ $stderr == "refval-gpu: rim-digest: $DRIVER.json: "* ]]
	# The same manifest twice.
	cp a d/$DRIVER.xml
	run -3 --separate-stderr gpu "$G/vg_h100_595.json" --rim d "${NOW[@]}"
	[[ $stderr == *"RIM $DRIVER: given twice, as $DRIVER.json and as $DRIVER.xml" ]]
}

@test "gpu: an edited manifest, and one without its time, are refused" {
	sed 's/colloquialVersion="595.71.05"/colloquialVersion="595.71.06"/' "$G/rims/$DRIVER.xml" > edited
	run -1 --separate-stderr gpu "$G/vg_h100_595.json" --rim edited --rim "$G/rims/$VBIOS.xml" "${NOW[@]}"
	[ "$stderr" = "refval-gpu: rim-digest: edited: RIM: the document is not the one that was signed" ]
	run -3 --separate-stderr gpu "$G/vg_h100_595.json" --rim "$G/rims" --at 2028-04-01
	[ "$stderr" = "refval-gpu: rim-chain-expired: $VBIOS.xml: its signer's chain is valid until 2028-03-11T23:38:13Z, not at 2028-04-01T00:00:00Z" ]
	run -3 gpu "$G/vg_h100_595.json" --rim "$G/rims" --at 2023-01-01
}

# bats test_tags=slow
@test "gpu: XML that is made to be large is refused at once" {
	python3 - <<-'EOF'
		ns = 'xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd"'
		w = lambda n, s: open(n, 'w').write(s)
		w('laughs', '<!DOCTYPE x [<!ENTITY a "' + 'a' * 10 + '">' + ''.join(
		    f'<!ENTITY {c} "{("&" + p + ";") * 10}">' for p, c in zip('abcdefgh', 'bcdefghi')) + f']><SoftwareIdentity {ns}>&i;</SoftwareIdentity>')
		w('value', f'<SoftwareIdentity {ns} name="' + 'x' * (1 << 20) + '"/>')
		w('long', f'<SoftwareIdentity {ns} name="' + 'x' * ((1 << 20) - 200) + '"/>')
		w('elements', f'<SoftwareIdentity {ns}>' + '<a/>' * 100000 + '</SoftwareIdentity>')
		w('attributes', f'<SoftwareIdentity {ns} ' + ' '.join(f'a{i}=""' for i in range(100000)) + '/>')
		w('deep', '<a>' * 1000 + '</a>' * 1000)
		w('utf16', f'<SoftwareIdentity {ns}/>'.encode('utf-16').decode('latin1'))
		w('external', f'<!DOCTYPE x SYSTEM "file:///etc/passwd"><SoftwareIdentity {ns}/>')
	EOF
	while read -r f id; do
		run -3 --separate-stderr timeout 5 "$BIN/refval-gpu" "$G/vg_h100_595.json" --rim "$f" --rim "$G/rims/$VBIOS.xml" "${NOW[@]}"
		jq -e --arg id "$id" '[.checks[] | select(.check == "rims") | .id] == [$id]' \
			<(gpu --json "$G/vg_h100_595.json" --rim "$f" --rim "$G/rims/$VBIOS.xml" "${NOW[@]}" 2> /dev/null) || { echo "$f: not $id"; false; }
	done <<-END
		laughs rim-doctype
		value rim-xml
		long rim-signature-count
		elements rim-xml
		attributes rim-xml
		deep rim-xml
		utf16 rim-xml
		external rim-doctype
	END
}

@test "gpu: eight GPUs and four switches; one of them twice, one of another machine" {
	jq -s add "$G/ppcie_gpu_evidence.json" "$G/ppcie_switch_evidence.json" > all.json
	run -3 --separate-stderr gpu --json all.json "${NOW[@]}"
	jq -e '.gpus == 8 and .switches == 4 and ([.checks[] | select(.verdict == "no")] == [])' <<< "$output"
	jq -e '.checks[] | select(.check == "topology" and .verdict == "yes")' <<< "$output"
	jq -e '[.devices[].genuine] | all' <<< "$output"
	jq '.[3] = .[2]' all.json > twice.json
	run -1 --separate-stderr gpu twice.json "${NOW[@]}"
	[[ $stderr == "refval-gpu: device-duplicate: devices 2 and 3 are the same one, ueid "* ]]
	jq --slurpfile o "$G/multi_gpu_hopper.json" '.[3] = $o[0][3]' all.json > other.json
	run -1 --separate-stderr gpu other.json "${NOW[@]}"
	[[ $stderr == "refval-gpu: report-nonce: device 3 was made for another nonce than device 0" ]]
	jq 'del(.[0])' all.json > seven.json
	run -1 --separate-stderr gpu seven.json "${NOW[@]}"
	[[ $stderr == "refval-gpu: topology-switch-gpus: the switches have links to 8 GPUs, 7 are in the list" ]]
	jq '.[0].evidence = .[1].evidence' all.json > swapped.json
	run -1 --separate-stderr gpu swapped.json "${NOW[@]}"
	[[ $stderr == "refval-gpu: report-signature: "* ]]
}

@test "gpu: no evidence is no pass" {
	echo '{"evidence_list":[],"nonce":"","arch":"HOPPER"}' > empty.json
	run -3 --separate-stderr gpu empty.json
	[ "$stderr" = "refval-gpu: gpu-none: no GPU evidence: the list is empty" ]
	run -3 --separate-stderr gpu "$V/formats/statement.json"
	run -3 gpu "$G/dstack_gpu_attestation_h100.json"
	echo '{"nvidia_payload":"{}"}' > e.json
	run -3 --separate-stderr gpu e.json
	[ "$stderr" = "refval-gpu: e.json: GPU evidence: nvidia_payload: no evidence_list in it" ]
}

@test "gpu: bare reports, with their chain beside them" {
	run -3 --separate-stderr gpu "$G/blackwellAttestationReport.txt" --chain "$G/blackwellCertChain.txt" "${NOW[@]}"
	[[ $output == *"GB100 A01 GSP BROM (BLACKWELL)"*"575.32"*"97.00.88.00.0F"* ]]
	[[ $stderr == *"NV_GPU_CC_DRIVER_GB100_575.32"* ]]
	run -0 gpu "$G/switchAttestationReport.txt" --chain "$G/switchCertChain.txt" --rim "$G/rims" "${NOW[@]}"
	[[ $output == *"switch 0         yes"*"31 compared, 0 differ"* ]]
	run -3 --separate-stderr gpu "$G/trustee_coco1.txt" --chain "$G/hopper_coco_certs1.txt"
	[[ $stderr == "refval-gpu: report-opaque-length: "* ]]
	run -2 gpu "$G/vg_h100_595.json" --chain "$G/switchCertChain.txt"
	run -3 gpu "$G/switchAttestationReport.txt"
	[[ $output == *"device-chain-empty"* ]]
}

@test "gpu: --ocsp: what responders and lists say of the chain" {
	# Who may sign what, and when it counts, is in tests/unit/gpu.c.
	base=(gpu "$G/ocsp/evidence.json" --root "$G/ocsp/root.pem" --test-pki --rim "$G/rims" --at 2026-11-28T12:00:00Z)
	run -0 "${base[@]}" --ocsp "$G/ocsp/good" --explain
	[[ $output == *"yes         revocation    3 of 7 certificates are not revoked, by answers that are valid until 2026-11-29T00:00:00Z or longer"* ]]
	[[ $output == *"unchecked   revocation    revocation-unchecked: no OCSP answer or CRL of 4 of 7 certificates, the first is 'HCC RIM L4 Signer'; to get them: refval-fetch EVIDENCE --gpu-ocsp-from nvidia --cache DIR"* ]]
	run -0 "${base[@]}" --ocsp "$G/ocsp/good/brom.ocsp" --ocsp "$G/ocsp/empty.pem.crl" --json
	jq -e '[.certificates[].not_revoked] == ["yes", "yes", "unchecked", "unchecked", "unchecked", "unchecked", "unchecked"]' <<< "$output"
	jq -e '.certificates[0] | .chain == "device" and .subject == "GH100 A01 GSP BROM" and .until == "2026-11-29T00:00:00Z"' <<< "$output"
	run -1 --separate-stderr "${base[@]}" --ocsp "$G/ocsp/good" --ocsp "$G/ocsp/revoked.ocsp"
	[[ $stderr == "refval-gpu: device-chain-revoked: 'GH100 A01 GSP BROM' (serial "*") was revoked at 2026-10-01T00:00:00Z, says revoked.ocsp" ]]
	run -1 --separate-stderr "${base[@]}" --ocsp "$G/ocsp/forged.ocsp"
	[[ $stderr == "refval-gpu: revocation-signature: forged.ocsp: about 'GH100 A01 GSP BROM', and not signed by 'GH100 Provisioner ICA of a test' or a responder of its" ]]
	# A current one is enough, beside one that is too old.
	run -0 "${base[@]}" --ocsp "$G/ocsp/old.ocsp" --ocsp "$G/ocsp/good"
	run -3 --separate-stderr "${base[@]}" --ocsp "$G/ocsp/old.ocsp"
	[ "$stderr" = "refval-gpu: revocation-expired: old.ocsp: of 'GH100 A01 GSP BROM', valid until 2026-11-02T00:00:00Z, not at 2026-11-28T12:00:00Z" ]
	run -3 --separate-stderr "${base[@]}" --ocsp "$G/ocsp/unauthorized.ocsp"
	[ "$stderr" = "refval-gpu: unauthorized.ocsp: OCSP answer: it is 'unauthorized'" ]
	# Of another machine: as a file it must be of use, in a folder it need not.
	run -3 --separate-stderr gpu "$G/vg_h100_595.json" --rim "$G/rims" "${NOW[@]}" --ocsp "$G/ocsp/revoked.ocsp"
	[ "$stderr" = "refval-gpu: revocation-unused: revoked.ocsp: of no certificate of these chains" ]
	run -0 gpu "$G/vg_h100_595.json" --rim "$G/rims" "${NOW[@]}" --ocsp "$G/ocsp/good"
}

@test "gpu: --driver and --vbios" {
	base=(gpu "$G/vg_h100_595.json" --rim "$G/rims" "${NOW[@]}")
	run -0 "${base[@]}" --driver 595.71.05 --vbios 96.00.9f.00.04,97.00.88.00.0F
	run -1 --separate-stderr "${base[@]}" --driver 595.71.06
	[ "$stderr" = "refval-gpu: driver-old: driver 595.71.05, at least 595.71.06 was asked for" ]
	run -1 --separate-stderr "${base[@]}" --vbios 97.00.88.00.0F
	[ "$stderr" = "refval-gpu: vbios-not-accepted: VBIOS 96.00.9F.00.04 is not among the accepted ones" ]
	run -2 "${base[@]}" --vbios 97.00,
	run -2 "${base[@]}" --driver new
	run -2 "${base[@]}" --nonce 00
	run -2 "${base[@]}" --instance 0
	run -2 "${base[@]}" --jwks x
	run -2 "${base[@]}" --rim-root "$G/switchCertChain.txt"
	run -2 "${base[@]}" --test-pki
}

@test "gpu: another root is for tests, and said so" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout k -out root.pem -days 30 -subj /CN=mine 2> /dev/null
	run -1 --separate-stderr gpu "$G/vg_h100_595.json" --root root.pem --test-pki "${NOW[@]}"
	[[ $stderr == "refval-gpu: device-chain-order: "* ]]
	[[ $output == *"up to a root that was given"* ]]
	run -2 gpu "$G/vg_h100_595.json" --root root.pem "${NOW[@]}"
}

# 20 is FWID, which the made certificate lacks; 3 and 6 are the versions of driver and VBIOS.
@test "gpu: a report that names no driver or no VBIOS lacks a manifest, and is no yes" {
	need python3 openssl
	while IFS=: read -r code fields what; do
		# shellcheck disable=SC2086 # words
		python3 "$TESTS/tools/gpu-report.py" "$G/vg_h100_595.json" . $fields
		run "-$code" --separate-stderr gpu made.json --root root.pem --test-pki --rim "$G/rims"
		[ -z "$what" ] || [[ $stderr == *"rim-missing: measurements unchecked: the report says no version of the $what, so that"* ]]
	done <<- 'END'
		0:20:
		3:20 3:driver
		3:20 6:VBIOS
		3:20 3 6:driver
	END
}

@test "what no certificate calls a GPU is a device, in text as in JSON" {
	run -3 --separate-stderr "$BIN/refval-gpu" "$V/gpu/switchAttestationReport.txt" --at 2026-11-28
	[[ $output == *"device 0         cannot-tell"* && $output != *"GPU 0"* ]]
	run -3 --separate-stderr "$BIN/refval-gpu" "$V/gpu/switchAttestationReport.txt" --at 2026-11-28 --json
	[ "$(jq -c '.devices[0].kind' <<< "$output")" = null ]
}
