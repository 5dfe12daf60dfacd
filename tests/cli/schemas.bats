# SPDX-License-Identifier: Apache-2.0
# docs/schemas: every JSON document that any command prints or writes follows
# its schema, by a validator of somebody else; and no schema lets a damaged
# document pass. A command with --json that is not in the list below fails.
load helper

# Schema, exit code, command; "-" for a schema: nothing may be printed. Run in
# one folder, with links v and top to the vectors and the tree, and what
# setup_file made.
cases() {
	cat <<- 'END'
		unpack 0 refval-unpack --json v/unpack/0.5.8.tar
		unpack 0 refval-unpack --json v/unpack/0.3.2.tar
		unpack 0 refval-unpack --json v/unpack/0.6-uki.tar
		unpack 0 refval-unpack --json image.tar.gz
		- 3 refval-unpack --json v/formats/corim.cbor
		- 2 refval-unpack --json
		values 0 refval-measure --json image.tar.gz --cpus 2 --memory 4G --qemu 8.2.2
		values 0 refval-measure --json --firmware firmware.fd
		values 0 refval-measure --json --firmware firmware.fd --kernel v/measure/kernel/plain.bin --initrd initrd --cmdline console=ttyS0 --cpus 2 --memory 2G --qemu 8.2.2 --ovmf 202502 --edge on --swtpm
		values 0 refval-measure --json --document v/measure/document/lite-v3.cbor --checksums v/measure/document/lite-v3.sha256sum.txt --vm-config v/real/060-lite-getquote-v3/vm_config.json
		values 0 refval-measure --matrix matrix.json image.tar.gz
		boot 0 refval-measure --json --uki v/uki/boot-usual.efi --loader v/uki/boot-loader.efi --disk disk.raw --ovmf 202502
		boot 0 refval-measure --json --uki v/uki/boot-262.efi --platform gcp
		boot 0 refval-measure --json --uki v/uki/boot-usual.efi --platform aws-nitro-tpm
		boot 0 refval-measure --json --eif v/eif/signed.eif
		- 3 refval-measure --json --uki v/uki/bad-stub-unknown.efi
		solve 0 refval-measure --json --solve v/real/sim-04x
		solve 3 refval-measure --json --solve v/real/sim-04x --cpus 2
		solve 0 refval-measure --json --solve v/real/near-058-dev-3e6394 --release dstack-dev-0.5.8
		- 3 refval-measure --json v/formats/corim.cbor
		- 2 refval-measure --json --given cpus=1
		acpi 0 refval-acpi --json --cpus 2 --memory 2G --qemu 8.2.2
		acpi 0 refval-acpi --json --cpus 16 --memory 64G --qemu 9.2.1 --gpus 1 --gpu-bar 128G --gpu-bar 64M --hotplug-off --swtpm --pci-hole64 16T
		- 3 refval-acpi --json --cpus 2 --memory 2G --qemu 7.0.0
		- 2 refval-acpi --json --cpus two
		hash 0 refval-hash image --json dev/formats/demo.dir
		hash 0 refval-hash image --json dev/pairs/refname.a.tar
		hash 0 refval-hash image --json v/oci/seeds/sha512.tar
		- 3 refval-hash image --json v/formats/corim.cbor
		hash 3 refval-hash image --json dev/bad/diffid-wrong.tar
		- 2 refval-hash image --json
		hash 0 refval-hash diff --json dev/pairs/mtime.a.tar dev/pairs/mtime.a.tar
		hash 1 refval-hash diff --json dev/pairs/mtime.a.tar dev/pairs/d-mode.b.tar
		- 3 refval-hash diff --json dev/pairs/mtime.a.tar v/formats/corim.cbor
		hash 0 refval-hash match --json --pin demo@PIN --pinned dev/pairs/mtime.a.tar dev/pairs/mtime.b.tar
		hash 1 refval-hash match --json --pin demo@PIN --pinned dev/pairs/mtime.a.tar dev/pairs/d-mode.b.tar
		- 2 refval-hash match --json --pin demo dev/pairs/mtime.b.tar
		hash 3 refval-hash match --json --compose v/compose/audit/everything.yaml dev/pairs/mtime.a.tar
		hash 0 refval-hash rebuild --json -o manifest.json dev/pairs/mtime.a.tar dev/pairs/mtime.a.tar
		hash 1 refval-hash rebuild --json -o manifest.json dev/pairs/mtime.a.tar dev/pairs/mtime.b.tar
		hash 0 refval-hash rebuild -o - dev/pairs/mtime.a.tar dev/pairs/mtime.a.tar
		- 2 refval-hash rebuild --json dev/pairs/mtime.a.tar
		hash 0 refval-hash compose --json --explain app-compose.json
		hash 1 refval-hash compose --json --expect 00000000000000000000000000000000000000000000000000000000000000ff --against edited.json app-compose.json
		hash 3 refval-hash compose --json v/formats/corim.cbor
		hash 0 refval-hash compose --json --style help
		- 2 refval-hash compose --json
		hash 0 refval-hash audit --json v/compose/audit/clean.json
		hash 1 refval-hash audit --json v/compose/audit/everything.yaml
		hash 1 refval-hash audit --json v/compose/audit/app-compose.json
		hash 3 refval-hash audit --json v/formats/corim.cbor
		- 2 refval-hash audit --json
		quote 0 refval-quote --json v/dcap/real/quote-c42f9164.bin --collateral v/dcap/real/collateral-0e940a8f.json --at 2025-07-04T10:16:31Z --explain
		quote 1 refval-quote --json v/dcap/real/quote-c42f9164.bin --collateral v/dcap/real/collateral-221d7070.json --at 2026-08-28T05:21:24Z --accept UpToDate
		quote 0 refval-quote --json v/dcap/real/quote-c42f9164.bin --collateral v/dcap/real/collateral-221d7070.json --at 2026-08-28T05:21:24Z --accept OutOfDate
		quote 3 refval-quote --json v/dcap/real/quote-c42f9164.bin --at 2026-08-28
		quote 0 refval-quote --json --decode v/dcap/real/quote-cf77a6e9.bin
		quote 0 refval-quote --json --decode v/dcap/synth/tdx_v5_body4_ex.quote.bin
		quote 0 refval-quote --json --decode sgx.quote
		quote 3 refval-quote --json v/formats/corim.cbor
		- 2 refval-quote --json
		snp 0 refval-snp --json v/snp/reports/genoa-v5.bin --cert v/snp/reports/genoa-v5.vcek.der --cert v/snp/certs/ask_genoa.pem --at 2026-09-01
		snp 1 refval-snp --json v/snp/reports/milan-v2-debug.bin --cert v/snp/reports/milan-v2-debug.vcek.der --cert v/snp/certs/ask_milan.pem --at 2026-09-01
		snp 3 refval-snp --json v/snp/reports/genoa-v3.bin
		report 0 refval-verify --json v/real/snp-milan-verifier/sev-snp-attestation.json --values v/snp/measurement.snp.cbor --at 2026-10-01
		report 1 refval-verify --json v/real/nitro-enclave-debug/nitro_attestation_dbg.bin
		launch 0 refval-snp --json --image v/unpack/0.6.tar --vcpus 3 --features 21
		snp 0 refval-snp --json v/snp/dstack/report.bin --cert v/snp/dstack/ask.pem --cert v/snp/dstack/vcek.pem --at 2026-10-01 --document v/snp/measurement.snp.cbor --solve
		- 3 refval-snp --json v/formats/corim.cbor
		- 2 refval-snp --json
		gpu 0 refval-gpu --json v/gpu/vg_h100_595.json --rim v/gpu/rims --at 2026-11-28
		gpu 1 refval-gpu --json v/gpu/vg_h100_595.json --rim v/gpu/rims --at 2026-11-28 --driver 600
		gpu 1 refval-gpu --json v/gpu/blackwellAttestationReport.txt --chain v/gpu/blackwellCertChain.txt --rim v/gpu/rims/NV_GPU_CC_DRIVER_GB100_595.91.07.xml --at 2026-11-28
		gpu 3 refval-gpu --json v/gpu/ppcie_switch_evidence.json
		gpu 3 refval-gpu --json v/gpu/trustee_coco1.txt --chain v/gpu/hopper_coco_certs1.txt
		- 3 refval-gpu --json v/formats/corim.cbor
		- 2 refval-gpu --json
		releases 0 refval-releases --json
		releases 0 refval-releases --json dstack-0.5.8
		releases 0 refval-releases --json v/real/near-058-dev-3e6394
		releases 3 refval-releases --json v/real/sim-04x
		- 2 refval-releases --json dstack-9.9.9
		- 2 refval-releases --json a b
		replay 0 refval-replay --json v/real/near-058-dev-3e6394
		replay 1 refval-replay --json flipped
		replay 3 refval-replay --json stripped.json
		replay 0 refval-replay --json log.tcg2
		replay 3 refval-replay --json v/real/gcp-tpm-eventlog/tpm_eventlog.bin
		- 3 refval-replay --json v/formats/corim.cbor
		- 2 refval-replay --json
		report 0 refval-diff --json captured.json v/real/060-lite-getquote-v3/getquote.json
		report 1 refval-diff --json edited.json v/real/near-058-dev-3e6394
		report 3 refval-diff --json captured.json v/real/060-lite-getquote-v3/getquote.json --verify-key p256.pub
		- 3 refval-diff --json v/formats/corim-ed.pub v/real/near-058-dev-3e6394
		- 2 refval-diff --json
		report 0 refval-verify --json --release dstack-dev-0.5.8 --evidence v/real/near-058-dev-3e6394 --compose app-compose.json --at 2026-04-01
		report 0 refval-verify --json --release dstack-dev-0.5.8 --evidence v/real/near-058-dev-3e6394 --at 2026-04-01 --explain
		report 1 refval-verify --json --release dstack-dev-0.5.8 --evidence flipped --compose edited.json --at 2026-04-01
		report 3 refval-verify --json --release dstack-dev-0.5.8 --evidence v/real/near-058-dev-3e6394 --at 2027-04-01
		result 0 refval-verify --jsonl near.line --release dstack-dev-0.5.8 --at 2026-04-01
		result 0 refval-verify --jsonl near.line --release dstack-dev-0.5.8 --at 2026-04-01 --summary
		result 3 refval-verify --jsonl bad.line
		result 1 refval-verify --jsonl near.line --release dstack-0.5.8 --at 2026-04-01 --compose-dir v/formats --summary
		- 2 refval-verify --json --release dstack-9.9.9 --evidence v/real/near-058-dev-3e6394
		- 2 refval-verify --json
		publish 0 refval-publish --json sums --purl pkg:generic/x@1 --format in-toto -o c
		publish 0 refval-publish --json values.json --format dstack -o pair
		publish 0 refval-publish --json values.json --format corim-signed --sign-key p256.pem --verify-key p256.pub -o c
		publish 1 refval-publish --json values.json --format corim-signed --sign-key p256.pem --verify-key other.pub -o c
		publish 0 refval-publish --json v/formats/dsse.json --verify-key v/formats/key.pub --format rvps -o c
		- 3 refval-publish --json v/formats/corim-ed.pub --format corim -o c
		- 2 refval-publish --json values.json --format corim
		values 0 refval-publish v/formats/corim.cbor --format values
		values 0 refval-publish v/formats/statement.json --format values
		in-toto 0 refval-publish values.json --format in-toto
		in-toto 0 refval-publish sums --purl pkg:generic/x@1 --format in-toto
		in-toto 0 refval-publish values.json --format in-toto --sign-key p256.pem
		sigstore-bundle 0 refval-publish values.json --format sigstore-bundle --sign-key p256.pem
		rvps 0 refval-publish values.json --format rvps
		evidence 0 refval-fetch v/real/near-058-dev-3e6394 --offline
		evidence 0 refval-fetch v/real/snp-milan-verifier/sev-snp-attestation.json --offline
		evidence 0 refval-fetch v/nitro/good.cose --offline
		fetch 0 refval-fetch v/real/near-058-dev-3e6394 --offline -o fetched.json --json
		- 3 refval-fetch v/formats/corim.cbor --offline -o e.json --json
		- 2 refval-fetch --json --api nothing
	END
}

setup_file() {
	need jq
	cd "$BATS_FILE_TMPDIR" || return
	ln -s "$V" v
	ln -s "$TOP" top
	oci_vectors .
	cp "$V/uki/boot-disk.bin" disk.raw
	truncate -s 2M disk.raw
	xz -dc "$V/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > firmware.fd
	head -c 4097 /dev/zero > initrd
	python3 "$TESTS/tools/make-image.py" --layout 0.5.8 --out image.tar.gz --firmware firmware.fd \
		--kernel "$V/measure/kernel/plain.bin" --initrd initrd
	echo '{"schema": "refval.matrix/1", "qemu": ["8.2.2", "9.2.1"], "memory": ["2G", 4294967296], "cpus": [1, 2]}' > matrix.json
	sha256sum image.tar.gz > sums
	openssl ecparam -genkey -name prime256v1 -noout -out p256.pem
	openssl ecparam -genkey -name prime256v1 -noout -out other.pem
	for k in p256 other; do openssl pkey -in $k.pem -pubout -out $k.pub; done
	"$BIN/refval-measure" --firmware firmware.fd --kernel "$V/measure/kernel/plain.bin" --initrd initrd \
		--cmdline "console=ttyS0" --ovmf 202502 --cpus 2 --memory 2G --qemu 8.2.2 --edge on --json > values.json
	"$BIN/refval-measure" --document "$V/measure/document/lite-v3.cbor" \
		--checksums "$V/measure/document/lite-v3.sha256sum.txt" --acpi "$V/measure/document/lite-v3.acpi.json" \
		--vm-config "$V/real/060-lite-getquote-v3/vm_config.json" --json | jq '.os_image_hash = null' > captured.json
	"$BIN/refval-publish" values.json --format tcg2 -o log.tcg2
	cp "$V/real/near-058-dev-3e6394/app-compose.json" .
	sed '0,/launcher/s//lauNcher/' app-compose.json > edited.json
	cp -r "$V/real/near-058-dev-3e6394" flipped
	chmod -R u+w flipped
	rm flipped/tcb_info.json
	"$BIN/refval-fetch" "$V/real/near-058-dev-3e6394" --offline | jq -c '{id: "a", evidence: .}' > near.line
	echo '{"id": "a", "evidence": "00", "relaese": "dstack-dev-0.5.8"}' > bad.line
	jq '.[22].digest |= (if .[0:1] == "0" then "1" else "0" end) + .[1:]' v/real/near-058-dev-3e6394/event_log.json > flipped/event_log.json
	jq '{quote: .quote, event_log: [.event_log | if type == "string" then fromjson else . end | .[] | select(.imr == 3)]}' \
		v/real/060-lite-getquote-v3/getquote.json > stripped.json
	cp "$(ls v/dcap/synth/sgx*quote.bin v/dcap/real/sgx*.bin 2> /dev/null | head -n 1)" sgx.quote
	mkdir pair
	jq -r '.images[0].manifest' <("$BIN/refval-hash" image --json dev/pairs/mtime.a.tar) > pin
}

setup() { need_module jsonschema; }

# hold ARGS...: the validator, with Debian's own python3.
hold() { "$PYTHON" "$TESTS/tools/schema.py" "$TOP/docs/schemas" "$@"; }

# follow PROGRAM: run its cases; its documents follow their schemas, and damaged
# ones do not.
follow() {
	local n=0 schema code line out documents=()
	cd "$BATS_FILE_TMPDIR" || return
	while read -r schema code line; do
		out=$BATS_TEST_TMPDIR/$((n += 1)).json
		line=${line/PIN/$(cat pin)}
		echo "$line"
		run "-$code" --separate-stderr env PATH="$BIN:$PATH" bash -c "$line"
		if [ "$schema" = - ]; then
			[ -n "$stderr" ]
			[[ $line == *" --json"* ]] || {
				[ -z "$output" ] || { echo "$line: printed something"; return 1; }
				continue
			}
			schema=error
		fi
		printf '%s\n' "$output" > "$out"
		documents+=("$schema=$out")
	done < <(cases | grep -E "^[^ ]+ [0-9] $1 ")
	[ "$n" -ge 3 ]
	[ "${#documents[@]}" -ge 2 ]
	hold --mutants "${documents[@]}"
}

@test "refval-unpack follows its schema" { follow refval-unpack; }
# bats test_tags=slow
@test "refval-measure follows its schemas" { follow refval-measure; }
@test "refval-acpi follows its schema" { follow refval-acpi; }
# bats test_tags=slow
@test "refval-hash follows its schema" { follow refval-hash; }
# bats test_tags=slow
@test "refval-quote follows its schema" { follow refval-quote; }
@test "refval-snp follows its schema" { follow refval-snp; }
@test "refval-gpu follows its schema" { follow refval-gpu; }
# bats test_tags=slow
@test "refval-replay follows its schema" { follow refval-replay; }
# bats test_tags=slow
@test "refval-releases follows its schema" { follow refval-releases; }
# bats test_tags=slow
@test "refval-diff follows its schema" { follow refval-diff; }
# bats test_tags=slow
@test "refval-verify follows its schema" { follow refval-verify; }
# bats test_tags=slow
@test "refval-publish follows its schemas" { follow refval-publish; }
@test "refval-fetch follows its schemas" { follow refval-fetch; }

@test "every command with --json is in the list: good, and with nothing to say" {
	n=0
	for p in "$BIN"/refval-*; do
		p=$(basename "$p")
		list=$("$BIN/$p" --print-options)
		commands=$(sed -n 's/^command\t\([^\t]*\).*/\1/p' <<< "$list")
		for c in ${commands:-.}; do
			[ "$c" = . ] || list=$("$BIN/$p" "$c" --print-options)
			grep -qP '^option\t--json\t' <<< "$list" || continue
			name=$p
			[ "$c" = . ] || name="$p $c"
			cases | grep -qE "^[a-z-]{2,} 0 $name .*--json" || { echo "$name: no document in the list"; false; }
			cases | grep -qE "^- [234] $name .*--json" || { echo "$name: no error in the list"; false; }
			n=$((n + 1))
		done
	done
	[ "$n" -ge 15 ]
}

# bats test_tags=slow
@test "all captures, quotes one per line, statements, records, matrices: by their schemas" {
	cd "$BATS_FILE_TMPDIR" || return
	d=$BATS_TEST_TMPDIR
	for c in v/real/*/; do
		n=$(basename "$c")
		"$BIN/refval-replay" --json "$c" > "$d/r-$n" 2> /dev/null || true
		"$BIN/refval-fetch" "$c" --offline -o "$d/e-$n" --json > "$d/f-$n" 2> /dev/null || true
	done
	# What cannot be read has an error's document, which is another schema.
	find "$d" -empty -delete
	grep -l refval.error/1 "$d"/* | xargs rm
	for q in v/dcap/real/*.bin; do xxd -p "$q" | tr -d '\n'; echo; done > "$d/lines"
	"$BIN/refval-quote" --jsonl "$d/lines" --at 2026-01-01 > "$d/batch" || true
	"$BIN/refval-publish" values.json --format in-toto | jq -r '.payload | @base64d' > "$d/statement"
	"$BIN/refval-publish" values.json --format rvps | jq -r '.payload | @base64d' > "$d/rvps"
	"$BIN/refval-hash" rebuild -o "$d/manifest" dev/pairs/mtime.a.tar dev/pairs/mtime.b.tar > /dev/null || true
	[ "$(find "$d" -name 'r-*' | wc -l)" -ge 20 ]
	[ "$(find "$d" -name 'e-*' | wc -l)" -ge 20 ]
	[ "$(wc -l < "$d/batch")" = "$(wc -l < "$d/lines")" ]
	args=()
	for f in "$d"/r-*; do args+=("replay=$f"); done
	for f in "$d"/e-*; do args+=("evidence=$f"); done
	for f in "$d"/f-*; do args+=("fetch=$f"); done
	for f in "$TOP"/images/releases/*.json; do args+=("release=$f"); done
	hold "${args[@]}" "quote=$d/batch" "hash=$d/manifest"
	hold --mutants "statement=$d/statement" "rvps-payload=$d/rvps" matrix=matrix.json \
		"release=$TOP/images/releases/dstack-dev-0.5.8.json" "evidence=$d/e-near-058-dev-3e6394"
}

# bats test_tags=slow
@test "a schema is in FORMATS.md, names its document, and is closed" {
	for f in "$TOP"/docs/schemas/*.json; do
		n=$(basename "$f" .json)
		grep -qF "schemas/$n.json" "$TOP/docs/FORMATS.md" || { echo "$n: not in FORMATS.md"; false; }
		[ "$(jq -r '."$id"' "$f")" = "https://refval.example/schemas/$n.json" ]
		# Every object with a list of members is closed.
		[ "$(jq '[.. | objects | select(has("properties") and .type == "object" and (has("additionalProperties") | not))] | length' "$f")" = 0 ]
	done
	for s in $(grep -rhoE '"refval\.[a-z]+/1"' "$TOP/cmd" "$TOP/lib" --include='*.c' | tr -d '"' | sort -u); do
		n=${s#refval.}
		grep -qF "\"const\": \"$s\"" "$TOP/docs/schemas/${n%/1}.json" || { echo "$s: no schema"; false; }
	done
}

@test "the validator refuses what is no document of ours" {
	echo '{"schema": "refval.report/1"}' > "$BATS_TEST_TMPDIR/x"
	run -1 hold "report=$BATS_TEST_TMPDIR/x"
	[[ $output == *"is a required property"* ]]
	run -1 hold
}
