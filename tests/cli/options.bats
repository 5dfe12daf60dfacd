# SPDX-License-Identifier: Apache-2.0
# An option that cannot have its effect is wrong use: every option of every
# command, alone and in pairs, as tests/options/options.py says.
load helper

setup_file() {
	command -v openssl > /dev/null && command -v python3 > /dev/null || return 0
	cd "$BATS_FILE_TMPDIR" || return
	local near=$V/real/near-058-dev-3e6394 d=$V/measure
	mkdir evidence rec root
	cp "$near/quote.bin" "$near/event_log.json" "$near/collateral.json" evidence
	cp "$near/app-compose.json" .
	mkdir manifests
	cp app-compose.json manifests
	sed 's/launcher/lauNcher/' app-compose.json > compose.json
	cp "$V/signatures/provenance.sigstore.json" signature.json
	cp "$V/app_key/sign.json" app-key.json
	cp "$V/dcap/real/collateral-221d7070.json" other-collateral.json
	jq "del(.rtmr2)" "$TOP/images/releases/dstack-dev-0.5.8.json" > rec/dstack-dev-0.5.8.json
	"$BIN/refval-measure" --document "$d/document/lite-v3.cbor" --checksums "$d/document/lite-v3.sha256sum.txt" \
		--acpi "$d/document/lite-v3.acpi.json" --vm-config "$V/real/060-lite-getquote-v3/vm_config.json" --json > values.json
	cp "$d/document/lite-v3.cbor" measurement.tdx.cbor
	cp measurement.tdx.cbor lite.cbor
	cp "$d/document/lite-v3.sha256sum.txt" lite.sums
	sha256sum values.json lite.cbor > sums
	cp "$d/tdvf/small.fd" small.fd
	cp "$d/kernel/plain.bin" plain.bin
	cp "$V/uki/boot-usual.efi" uki.efi
	cp "$V/uki/boot-loader.efi" loader.efi
	cp "$V/eif/usual.eif" .
	cp "$V/uki/boot-disk.bin" disk.raw
	truncate -s 2M disk.raw
	head -c 4097 /dev/zero > initrd
	"$BIN/refval-acpi" --cpus 1 --memory 1G --qemu 8.2.2 --json > acpi.json
	jq .machine acpi.json > shape.json
	echo '{"cpu_count": 4, "memory_size": 4294967296, "qemu_version": "8.2.2"}' > vm4.json
	echo '{"schema": "refval.matrix/1", "cpus": [1, 2]}' > matrix.json
	openssl ecparam -genkey -name prime256v1 -noout -out key.pem
	chmod 600 key.pem
	openssl pkey -in key.pem -pubout -out pub.pem
	openssl req -x509 -key key.pem -subj /CN=x -days 9999 -out cert.pem 2> /dev/null
	cp cert.pem root.pem
	openssl rand -out msg 64
	openssl dgst -sha256 -sign key.pem -out sig msg
	echo '{"a": 1}' > st.json
	echo '#!/bin/sh' > script
	printf 'services:\n  a:\n    image: b\n' > docker-compose.yaml
	"$BIN/refval-fetch" evidence --offline | jq -c . > lines
	jq 'del(.collateral)' lines > plain-evidence.json
	cp "$TOP/docs/auditor-template/pins.sha256" pins
	oci_vectors .
	cp dev/formats/demo.docker-c8d.tar demo.tar
	cp dev/formats/demo.docker-c8d-noatt.tar demo2.tar
	echo '{}' > manifest.json
	echo '{}' > config.json
	rm -rf dev
	cp "$V"/adversary/values-shape-ignored/* .
	cp "$V/dcap/synth/tdx_v4_module1_uptodate.collateral.json" synth.json
	cp "$V/dcap/synth/tdattr_debug.quote.bin" debug.quote
	cp "$V/dcap/synth/tdattr_migratable.quote.bin" migratable.quote
	cp "$V/dcap/synth/tdattr_sept_ve_clear.quote.bin" sept-ve.quote
	cp "$V/dcap/synth/tdx_v5_service_td.quote.bin" service-td.quote
	cp "$V/dcap/adversary/now_out_of_date.quote.bin" old.quote
	cp "$V/gpu/vg_h100_595.json" gpu.json
	cp -R "$V/gpu/rims" rims
	cp -R "$V/gpu/ocsp/forged" answers
	cp "$V/gpu/switchAttestationReport.txt" switch.txt
	cp "$V/gpu/switchCertChain.txt" switch.pem
	cp "$V/gpu/services/near-20260629.token.json" token.json
	cp "$V/gpu/services/near-20260629.jwks.json" jwks.json
	cp "$V/snp/dstack/report.bin" "$V/snp/dstack/vcek.pem" "$V/snp/dstack/ask.pem" .
	cp "$V/snp/measurement.snp.cbor" snp.cbor
	cp "$V/real/snp-milan-verifier/sev-snp-attestation.json" snp.json
	cp "$V/snp/ovmf_AmdSev_suffix.bin" snp.fd
	cp "$V/unpack/0.6.tar" six.tar
	cp "$V/snp/reports/milan-v2-debug.bin" debug.bin
	cp "$V/snp/reports/milan-v2-debug.vcek.der" debug.der
	cp "$V/snp/certs/ask_milan.pem" ask-milan.pem
	cp "$V/snp/reports/milan-v3-vlek-vmpl1.bin" vlek.bin
	cp "$V/snp/reports/milan-v3-vlek-vmpl1.vlek.der" vlek.der
	cp "$V/snp/certs/gsg_ask_ark_milan_vlek.pem" asvk.pem
	cp "$V/real/ccel-2024/ccel.bin" ccel.bin
	python3 "$TESTS/agent/ratls.py" tls.pem tls.key plain
	cp "$V/unpack/0.5.8.tar" image
	printf 'os_image_hash %064d\ntdx_mrtd %096d\n%064d  dstack-dev-9.9.9.tar.gz\n' 1 2 3 > hashes
}

# every COMMAND[/MODE]
every() {
	need python3 openssl jq
	run -0 python3 "$TESTS/options/options.py" "$BIN" "$BATS_FILE_TMPDIR" "$@"
	echo "$output"
	[[ ${lines[-1]} == *" tried, 0 without effect" ]]
}

@test "every command is tried" {
	need python3
	run -0 python3 "$TESTS/options/options.py" "$BIN" --commands
	[ "$output" = "0 commands without a mode" ]
}

@test "the manual pages say what options need and exclude" {
	need python3
	run -0 python3 "$TESTS/options/rules.py" "$BIN" "$TOP/docs"
	[ -z "$output" ]
}

@test "refval-unpack" { every unpack; }
# bats test_tags=slow
@test "refval-acpi" { every acpi; }
@test "refval-replay" { every replay; }
@test "refval-publish" { every publish; }
# bats test_tags=slow
@test "refval-quote: verify, decode, lines" { every quote; }
# bats test_tags=slow
@test "refval-fetch of a file" { every fetch/file; }
# bats test_tags=slow
@test "refval-fetch of an agent's socket" { every fetch/socket; }
# bats test_tags=slow
@test "refval-fetch of a URL" { every fetch/url; }
# bats test_tags=slow
@test "refval-fetch of a TLS server" { every fetch/tls; }
# bats test_tags=slow
@test "refval-fetch of configfs-tsm" { every fetch/tsm; }
# bats test_tags=slow
@test "refval-gpu" { every gpu; }
# bats test_tags=slow
@test "refval-snp" { every snp; }
# bats test_tags=slow
@test "refval-measure" { every measure; }
@test "refval-hash audit" { every hash-audit; }
@test "refval-hash compose" { every hash-compose; }
@test "refval-hash image" { every hash-image; }
@test "refval-hash diff" { every hash-diff; }
@test "refval-hash match" { every hash-match; }
# bats test_tags=slow
@test "refval-hash rebuild" { every hash-rebuild; }
# bats test_tags=slow
@test "refval-diff" { every diff; }
# bats test_tags=slow
@test "refval-verify: release" { every verify/release; }
# bats test_tags=slow
@test "refval-verify: values" { every verify/values; }
# bats test_tags=slow
@test "refval-verify: many lines" { every verify/lines; }

@test "refval-serve" { every serve; }
