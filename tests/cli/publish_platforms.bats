# SPDX-License-Identifier: Apache-2.0
# What an image of dstack 0.6 is on each platform: in values, in what is published of them, in records, and in verdicts.
load helper

setup_file() {
	need python3 jq openssl xz
	cd "$BATS_FILE_TMPDIR" || return
	xz -dc "$V/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > firmware.fd
	head -c 4097 /dev/zero > initrd
	python3 "$TESTS/tools/make-image.py" --layout 0.6 --name dstack-0.6.0 --dir image \
		--firmware firmware.fd --kernel "$V/measure/kernel/plain.bin" --initrd initrd
	"$BIN/refval-measure" image --cpus 2 --memory 2G --qemu 8.2.2 --json > values.json
	# The same, but of the images that captured machines run.
	platforms() {
		local snp
		snp=$(python3 "$TESTS/oracle/snp_document.py" "$V/snp/measurement.snp.cbor")
		jq --argjson snp "$snp" --arg gcp "$(tail -c 32 "$V/gcp/c.gcp.cbor" | xxd -p -c 64)" \
			--arg aws "$(tail -c 32 "$V/nitro/real-nitrotpm.aws.cbor" | xxd -p -c 64)" '
			.platforms |= {tdx, snp: $snp, gcp: (.gcp | .uki_auth = $gcp), aws: (.aws | {sha256, boot_pcr_digest: $aws})}' values.json
	}
	platforms > captured.json
	openssl ecparam -genkey -name prime256v1 -noout -out key.pem
	openssl pkey -in key.pem -pubout -out key.pub
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

row() { jq -r --arg n "$1" "[.layers[].checks[] | select(.name == \$n)][0].${2:-verdict}" <<< "$output"; }

@test "values carry the documents by digest, and what they say" {
	for p in tdx snp gcp aws; do
		[ "$(jq -r ".platforms.$p.sha256" values.json)" = "$(sha256sum < "image/measurement.$p.cbor" | cut -d' ' -f1)" ]
	done
	[ "$(jq -r .platforms.gcp.uki_auth values.json)" = "$(tail -c 32 image/measurement.gcp.cbor | xxd -p -c 64)" ]
	[ "$(jq -r .platforms.aws.pcr7 values.json)" = "$(jq -r .pcr7 image/measurement.aws.replay.json)" ]
	run -0 --separate-stderr "$BIN/refval-snp" --document image/measurement.snp.cbor --vcpus 2 --json
	[ "$(jq -r .measurement <<< "$output")" = "$(jq -r .platforms.snp.launch.digest values.json)" ]
	# The launch digest of that many vCPUs, and none where nobody says how many.
	[ "$(jq -r .platforms.snp.launch.vcpus values.json)" = 2 ]
	"$BIN/refval-measure" image --json > none.json
	jq -e '.platforms.snp | has("launch") | not' none.json
	jq -e 'has("platforms") | not' <("$BIN/refval-measure" --firmware firmware.fd --json)
}

@test "published and read back they are the same; what has no place for them says so" {
	for f in in-toto values; do
		run -0 "$BIN/refval-publish" --format $f values.json -o "p.$f"
		run -0 cmp <("$BIN/refval-publish" --format values "p.$f") values.json
	done
	run -0 "$BIN/refval-publish" --format sigstore-bundle --sign-key key.pem values.json -o bundle
	run -0 cmp <("$BIN/refval-publish" --format values bundle --verify-key key.pub) values.json
	run -0 "$BIN/refval-publish" --format corim values.json -o corim
	[[ $output == *"platforms"* ]]
}

@test "what does not follow from the rest is refused" {
	while IFS='@' read -r change words; do
		jq "$change" values.json > bad.json
		run -3 "$BIN/refval-publish" --format values bad.json
		[[ $output == *"$words"* ]] || { echo "$change: $output"; false; }
	done <<- 'EOF'
		.platforms.snp.launch.vcpus = 3@launch: not the digest that the rest of it gives
		.platforms.snp.kernel_hash |= sub("^..";"00")@launch: not the digest that the rest of it gives
		.platforms.snp.ovmf_sections[0].type = 9@snp: launch:
		.platforms.snp.ovmf_sections = []@ovmf_sections: not an array of 1 to 64
		.platforms.aws.pcr4 |= sub("^..";"00")@boot_pcr_digest is not that of pcr4, pcr7 and pcr12
		del(.platforms.aws.pcr12)@platforms: aws
		.platforms.gcp.uki_auth = "00"@platforms: gcp
		.platforms.tdx = 1@platforms: tdx
		.platforms = []@platforms: not an object
	EOF
}

@test "machines of each platform are compared with them, signed or not" {
	"$BIN/refval-publish" --format sigstore-bundle --sign-key key.pem captured.json -o captured.bundle
	for v in captured.json captured.bundle; do
		key=()
		[ $v = captured.json ] || key=(--verify-key key.pub)
		run --separate-stderr "$BIN/refval-verify" "$V/real/snp-milan-verifier/sev-snp-attestation.json" --values $v "${key[@]}" --at 2026-10-01 --json
		[ "$(row measurement) $(row measurement from)" = "yes the values" ]
		run --separate-stderr "$BIN/refval-verify" "$V/real/gcp-tdx-attestation-c/attestation.bin" --values $v "${key[@]}" --at 2026-06-30T08:47:13Z --json
		# Equal; and it rests on the vTPM's signature, for which Google's list is needed.
		[ "$(row pcr2) $(row pcr2 from)" = "cannot-tell the values" ]
		[[ $(row pcr2 reason) == *"without that: yes"* ]]
		run --separate-stderr "$BIN/refval-verify" "$V/nitro/real-nitrotpm.cose" --values $v "${key[@]}" --at 2026-08-13T18:00:00Z --json
		[ "$(row boot_pcr_digest)" = yes ]
	done
	# Those of another image are a no.
	run -1 --separate-stderr "$BIN/refval-verify" "$V/nitro/real-nitrotpm.cose" --values values.json --at 2026-08-13T18:00:00Z --json
	[ "$(row boot_pcr_digest)" = no ]
	run --separate-stderr "$BIN/refval-verify" "$V/real/gcp-tdx-attestation-c/attestation.bin" --values values.json --at 2026-06-30T08:47:13Z --json
	[ "$(row pcr2)" = no ]
	# Values without them say nothing of such machines.
	jq 'del(.platforms)' values.json > without.json
	run -3 --separate-stderr "$BIN/refval-verify" "$V/nitro/real-nitrotpm.cose" --values without.json --at 2026-08-13T18:00:00Z --json
	[ "$(row boot_pcr_digest)" = cannot-tell ]
}

@test "a record carries them, and decides as the values do" {
	mkdir -p records
	run -0 --separate-stderr "$BIN/refval-measure" --record image --name dstack-0.6.0 --update records
	jq -e '.platforms.snp | has("launch") | not' records/dstack-0.6.0.json
	jq --slurpfile v captured.json '.platforms = ($v[0].platforms | del(.snp.launch))' records/dstack-0.6.0.json > r.json
	mkdir -p captured
	mv r.json captured/dstack-0.6.0.json
	verify() { "$BIN/refval-verify" "$@" --release dstack-0.6.0 --releases captured --json; }
	run --separate-stderr verify "$V/real/snp-milan-verifier/sev-snp-attestation.json" --at 2026-10-01
	[ "$(row measurement) $(row measurement from)" = "yes the record" ]
	run --separate-stderr verify "$V/real/gcp-tdx-attestation-c/attestation.bin" --at 2026-06-30T08:47:13Z
	[ "$(row pcr2) $(row pcr2 from)" = "cannot-tell the record" ]
	[[ $(row pcr2 reason) == *"without that: yes"* ]]
	run --separate-stderr verify "$V/nitro/real-nitrotpm.cose" --at 2026-08-13T18:00:00Z
	[ "$(row boot_pcr_digest)" = yes ]
	# Published, a record's values have them, too.
	run -0 "$BIN/refval-publish" --format values captured/dstack-0.6.0.json
	[ "$(jq -c .platforms <<< "$output")" = "$(jq -c .platforms captured/dstack-0.6.0.json)" ]
	# Another image's are not put into it; a record without them keeps the older's.
	run -1 --separate-stderr "$BIN/refval-measure" --record image --name dstack-0.6.0 --update captured
	[[ $stderr == *"platforms"* ]]
	jq '.platforms.gcp.uki_auth = 1' captured/dstack-0.6.0.json > captured/bad.json
	run -3 verify "$V/nitro/real-nitrotpm.cose" --at 2026-08-13T18:00:00Z
	[[ $output == *"platforms"* ]]
}
