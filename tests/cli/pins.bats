# SPDX-License-Identifier: Apache-2.0
# refval-verify --pins and --write-pins: what was read is what was reviewed.
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$TOP/docs/auditor-template/." .
	chmod -R u+w .
}

# check ARGS...: the machine of the template.
check() {
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence evidence --compose app-compose.json --at 2026-04-01 "$@"
}

@test "--pins adds a layer, which says nothing of the machine" {
	run -0 --separate-stderr check --pins pins.sha256 --json
	[ "$(jq -c '[.layers[].layer]' <<< "$output")" = '["hardware","firmware","os","app","report_data","inputs"]' ]
	[ "$(jq -r '.layers[5].checks[] | .name + " " + .verdict + " " + .reason' <<< "$output")" = "pin yes evidence: 3 files, nothing else, as pinned
pin yes app-compose.json: as pinned" ]
	run -0 --separate-stderr check --json
	[ "$(jq -c '[.layers[].layer]' <<< "$output")" = '["hardware","firmware","os","app","report_data"]' ]
	# Pinned nonsense stays nonsense: all that agrees is the list.
	echo '[]' > evidence/event_log.json
	rm evidence/quote.bin
	run -3 check --write-pins new
	[ ! -e new ]
}

@test "a no of the pins is the whole report, in every form" {
	echo x > evidence/extra
	echo '{' > evidence/event_log.json
	run -1 --separate-stderr check --pins pins.sha256 --json --html page.html
	[ "$stderr" = "" ]
	[ "$(jq -r .verdict <<< "$output")" = no ]
	[ "$(jq -r '.layers[5].checks[] | .verdict + " " + .reason' <<< "$output")" = "no evidence/event_log.json: not the one that was pinned
no evidence/extra: not pinned" ]
	[ "$(jq -r '.layers[5].checks[0].actual' <<< "$output")" = "$(sha256sum evidence/event_log.json | cut -c1-64)" ]
	[ "$(jq -r '.layers[5].checks[0].expected' <<< "$output")" = "$(sed -n 's/  evidence.event_log.json//p' pins.sha256)" ]
	grep -q 'inputs: <span class="no">' page.html
	run -1 check --pins pins.sha256
	[[ $output == *"verdict      no"* ]]
	# Whoever asked for pins cannot skip them.
	run -1 check --pins pins.sha256 --skip pin
	rm evidence/extra
	cp "$TOP/docs/auditor-template/evidence/event_log.json" evidence
	run -2 --separate-stderr check --pins pins.sha256 --skip pin
	[[ $stderr == *"--skip pin: the report has no check of that name"* ]]
}

@test "a hostile name is text in the report" {
	touch $'evidence/\e[31mred'
	run -1 check --pins pins.sha256
	[[ $output != *$'\e[31m'* ]]
	[[ $output == *"not pinned"* ]]
}

@test "many files that nobody pinned: the first hundred, and how many more" {
	for i in $(seq 120); do echo x > "evidence/n$i"; done
	run -1 check --pins pins.sha256
	[ "$(grep -c '      reason .*not pinned' <<< "$output")" = 100 ]
	[[ $output == *"and 20 more"* ]]
}

@test "--write-pins writes beside the verdict, whatever it is" {
	run -0 check --write-pins new
	diff new pins.sha256
	sed -i s/launcher/lauNcher/ app-compose.json
	run -1 check --write-pins new
	[[ $output == *"verdict      no"* ]]
	run -1 --separate-stderr check --pins new
	[[ $output == *"inputs       yes"* ]]
	[[ $output == *compose_hash* ]]
}

@test "wrong uses of pins" {
	run -2 --separate-stderr check --pins pins.sha256 --write-pins new
	[[ $stderr == *"--pins does not go with --write-pins: one checks a list, one makes it"* ]]
	run -2 --separate-stderr check --write-pins -
	[[ $stderr == *"--write-pins -:"* ]]
	for f in evidence/pins app-compose.json evidence; do
		run -2 --separate-stderr check --write-pins "$f"
		[[ $stderr == *"is an input, and the list would be one of its files"* ]]
		diff -r evidence "$TOP/docs/auditor-template/evidence"
	done
	run -2 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence - --pins pins.sha256 < evidence/quote.bin
	[[ $stderr == *"standard input has no name to pin it by"* ]]
	run -2 --separate-stderr check --pins none
	[[ $stderr == *"none: No such file"* ]]
	run -2 --separate-stderr check --pins pins.sha256 --collateral none
	[[ $stderr == *"none: No such file"* ]]
	# A pipe has a name, and no contents that would stay.
	run -1 check --pins pins.sha256 --collateral <(cat evidence/collateral.json)
	[[ $output == *"no plain file"* ]]
}

# opened FILE: the files that a trace says were opened, by relative names.
opened() {
	sed -n 's/.*open[a-z2]*(AT_FDCWD, "\([^/"][^"]*\)".* = [0-9]*$/\1/p' "$1" | sort -u |
		while read -r f; do [ -d "$f" ] || echo "$f"; done
}

# bats test_tags=slow
@test "what is pinned is what is opened: every option that names a file" {
	need strace openssl
	mkdir rec
	cp "$TOP/images/releases/dstack-dev-0.5.8.json" rec
	mv evidence/collateral.json col.json
	"$BIN/refval-measure" --document "$V/measure/document/lite-v3.cbor" \
		--checksums "$V/measure/document/lite-v3.sha256sum.txt" --acpi "$V/measure/document/lite-v3.acpi.json" \
		--vm-config "$V/real/060-lite-getquote-v3/vm_config.json" --json > values.json
	"$BIN/refval-acpi" --cpus 8 --memory 64G --qemu 8.2.2 --json > acpi.json
	"$BIN/refval-acpi" --cpus 8 --memory 64G --qemu 8.2.2 --dir acpi > /dev/null
	rm acpi/*.aml
	oci_vectors .
	mv dev/formats/demo.docker-c8d.tar demo.tar
	echo '{"cpu_count": 8, "memory_size": 68719476736, "qemu_version": "8.2.2"}' > vm.json
	openssl ecparam -genkey -name prime256v1 -noout -out key.pem
	openssl pkey -in key.pem -pubout -out pub.pem
	openssl req -x509 -key key.pem -subj /CN=x -days 9999 -out cert.pem
	cp cert.pem root.pem
	cp pub.pem signer.pem
	jq -n --arg f "$(printf '%064d' 0)" '{tlsFingerprint: $f}' > st.json
	cp "$V/app_key/sign.json" app-key.json
	echo 0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6 > kms.hex
	cp "$V/signatures/provenance.sigstore.json" signed.json
	cp "$V/signatures/cosign.pub" image.pem
	openssl rand -out msg 64
	openssl pkeyutl -sign -rawin -inkey key.pem -in msg -out sig || openssl dgst -sha256 -sign key.pem -out sig msg
	local common=(--evidence evidence --compose app-compose.json --at 2026-04-01 --collateral col.json --image demo.tar
		--statement st.json --public-key pub.pem --signature sig --message msg --tls-certificate cert.pem)
	local run n=0
	for run in "--release dstack-dev-0.5.8 --releases rec --vm-config vm.json" \
		"--release dstack-dev-0.5.8 --cpus 8 --memory 64G --qemu 8.2.2 --acpi acpi.json" \
		"--release dstack-dev-0.5.8 --cpus 8 --memory 64G --qemu 8.2.2 --acpi acpi" \
		"--values values.json --verify-key signer.pem" "--values values.json --root-ca root.pem" \
		"--release dstack-dev-0.5.8 --app-key app-key.json --kms-root kms.hex --image-signature signed.json --image-key image.pem" \
		"--release dstack-dev-0.5.8 --image-signature signed.json --image-identity a --image-issuer b --image-ca root.pem --image-log-key signer.pem"; do
		rm -f list
		# shellcheck disable=SC2086
		strace -f -qq -e trace=open,openat,openat2 -o trace "$BIN/refval-verify" $run "${common[@]}" --write-pins list > out 2>&1 ||
			[ $? != 2 ] || { cat out; false; }
		cat out
		diff <(opened trace | grep -v '^list') <(cut -c67- list)
		n=$((n + $(wc -l < list)))
	done
	# Each of them with these ten, and what was given in one run alone.
	[ "$n" = $((7 * 10 + 2 + 1 + 3 + 2 + 2 + 4 + 3)) ]
}
