# SPDX-License-Identifier: Apache-2.0
# refval-publish: machines of several shapes in one document, and a release's
# record; refval-verify and refval-diff compare with those that fit.
load helper

M=$V/measure
N=$V/real/near-058-dev-3e6394
R=$TOP/images/releases/dstack-dev-0.5.8.json

# Four machines of files, in an order in which each fact varies; and the captured
# machine's release, whose record has four.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	openssl genpkey -algorithm ed25519 -out key.pem
	openssl pkey -in key.pem -pubout -out key.pub
	xz -dc "$V/firmware/debian-13-ovmf-2025.02-8+deb13u1.fd.xz" > firmware.fd
	head -c 4097 /dev/zero > initrd
	echo '{"schema": "refval.matrix/1", "memory": ["2G", "4G"], "cpus": [1, 2]}' > matrix
	"$BIN/refval-measure" --firmware firmware.fd --kernel "$M/kernel/plain.bin" --initrd initrd \
		--cmdline "console=ttyS0" --ovmf 202502 --qemu 8.2.2 --edge on --matrix matrix > lines
	"$BIN/refval-publish" "$R" --format values -o record
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	T=$BATS_TEST_TMPDIR
}

publish() { "$BIN/refval-publish" "$@"; }
verify() { "$BIN/refval-verify" --evidence "$N" --at 2026-04-01 --json "$@"; }
# check NAME JQ: the check of this name in the report of the last --json output
check() { jq -e "[.layers[].checks[] | select(.name == \"$1\")][0] | $2" <<< "$output"; }
# lines_of JQ: each of the record's values, changed; . is it, $i its number from 0
lines_of() { jq -cs "to_entries[] | .key as \$i | .value | $1" record; }

@test "lines of many shapes, in each form that has words for them, read back to the same" {
	[ "$(wc -l < lines)" = 4 ]
	run -0 --separate-stderr publish lines --format values -o "$T/v"
	[ -z "$output$stderr" ]
	cmp lines "$T/v"
	for f in in-toto sigstore-bundle; do
		publish lines --format $f --sign-key key.pem -o "$T/$f"
		publish "$T/$f" --verify-key key.pub --format values -o "$T/back"
		cmp lines "$T/back"
	done
	# A CoRIM has the registers only, of the same machines in the same order.
	publish lines --format corim -o "$T/c"
	publish lines --format corim-signed --sign-key key.pem -o "$T/s"
	publish "$T/c" --format values -o "$T/back"
	publish "$T/s" --verify-key key.pub --format values | cmp - "$T/back"
	diff <(jq -c '[.mrtd.single_pass, .mrtd.two_pass, .mrtd.page_add, .rtmr0.value, .rtmr1.value, .rtmr2.value]' lines) \
		<(jq -c '[.mrtd.single_pass, .mrtd.two_pass, .mrtd.page_add, .rtmr0.value, .rtmr1.value, .rtmr2.value]' "$T/back")
	publish "$T/back" --format corim -o "$T/again"
	publish "$T/again" --format values | cmp - "$T/back"
}

@test "one statement: a list of values, and of what follows from each" {
	publish lines --format in-toto | jq -r .payload | base64 -d > "$T/s"
	[ "$(jq -r .predicateType "$T/s")" = https://refval.example/tdx-reference-values-list/v1 ]
	diff <(jq -c '.predicate.values[]' "$T/s") lines
	diff <(jq -c '.predicate.machines[] | [.tdx.rtmr0, .tdx.rtmr1, .events.rtmr0]' "$T/s") \
		<(jq -c '[.rtmr0.value, .rtmr1.value, [.rtmr0.events[].digest]]' lines)
	[ "$(jq -c '[.subject[].name]' "$T/s")" = '["firmware.fd","plain.bin","initrd","cmdline"]' ]
	publish "$T/s" --format values | cmp - lines
	need_module jsonschema
	/usr/bin/python3 "$TESTS/tools/schema.py" "$TOP/docs/schemas" "statement=$T/s"
}

@test "dstack's document is the same for all these shapes; RVPS has a list of what may be" {
	mkdir "$T/d" "$T/one"
	publish lines --format dstack -o "$T/d"
	head -n 1 lines > "$T/first"
	publish "$T/first" --format dstack -o "$T/one"
	diff -r "$T/d" "$T/one"
	publish lines --format rvps | jq -r .payload | base64 -d > "$T/p"
	[ "$(jq -c .rtmr_0 "$T/p")" = "$(jq -sc '[.[].rtmr0.value]' lines)" ]
	[ "$(jq '.rtmr_1 | length' "$T/p")" = 1 ]
	[ "$(jq -r .tdvfkernel "$T/p")" = "$(head -n 1 lines | jq -r '.rtmr1.events[] | select(.label == "kernel").digest')" ]
}

@test "a form that cannot say it refuses by name: exit 3, and nothing is written" {
	refuses() {
		run -3 --separate-stderr publish "$1" --format "$2" -o "$T/x"
		[ "$stderr" = "refval-publish: $2: $3" ]
		[ ! -e "$T/x" ]
	}
	refuses lines tcg2 "it is of one machine, and these are the values of 4"
	jq -c 'if .shape.cpus == 2 then .inputs[0].sha256 |= (.[0:63] + "0") else . end' lines > "$T/two"
	refuses "$T/two" in-toto "a statement is about the files of one image, and those of values 2 are not those of the first"
	jq -c 'if .shape.cpus == 2 then .release = "another" else . end' lines > "$T/two"
	refuses "$T/two" corim "values 2 are of another release than the first"
	# Another kernel event: RVPS compares it with one text.
	"$BIN/refval-measure" --firmware firmware.fd --kernel "$M/kernel/plain.bin" --initrd initrd --cmdline "console=ttyS0" \
		--ovmf 202502 --qemu 8.2.2 --edge on --cpus 1 --memory 1G --json | jq -c . > "$T/small"
	cat lines "$T/small" > "$T/five"
	refuses "$T/five" rvps "tdvfkernel is one value there, and values 5 have another one than the first"
	run -3 --separate-stderr publish "$T/five" --format dstack -o "$T"
	[[ $stderr == *"dstack: values 5: measurement.tdx.cbor needs the kernel's digest for 2 GiB"* ]]
}

@test "a record: every machine that it knows, as --release predicts them" {
	[ "$(wc -l < record)" = 4 ]
	diff <(jq -r .rtmr0.value record) <(jq -r '.rtmr0[].value' "$R")
	[ "$(jq -r .release record | sort -u)" = dstack-dev-0.5.8 ]
	[ "$(jq -r .os_image_hash record | sort -u)" = "$(jq -r .os_image_hash.value "$R")" ]
	run -0 --separate-stderr publish "$R" --format in-toto -o "$T/r" --json
	[ "$(jq -c '[.values.form, .values.signature, .values.machines]' <<< "$output")" = '["refval.release/1","none",4]' ]
	publish "$T/r" --format values | cmp - record
	# Nobody signed a record.
	run -3 --separate-stderr publish "$R" --format in-toto --verify-key key.pub -o "$T/x"
	[[ $stderr == *"--verify-key: no signature to verify: refval.release/1 is unsigned, and nothing is to be signed" ]]
	# One that says no shape: what all machines have in common.
	jq 'del(.rtmr0)' "$R" > "$T/any.json"
	publish "$T/any.json" --format values > "$T/any"
	[ "$(jq -c '[.rtmr0.value, .rtmr1.value != null, .rtmr2.value != null, .shape.cpus]' "$T/any")" = '[null,true,true,null]' ]
	run -3 --separate-stderr publish "$TOP/images/releases/dstack-nvidia-0.5.3.1.json" --format values
	[[ $stderr == *"only says where the image is; get it, and refval-measure has its values: https://"*dstack-nvidia-0.5.3.1.tar.gz ]]
	jq '.rtmr9 = 1' "$R" > "$T/wrong.json"
	run -3 --separate-stderr publish "$T/wrong.json" --format values
	[[ $stderr == *"$T/wrong.json: "*rtmr9* ]]
}

@test "verify and diff take the shape that fits, say which, and decide as its values alone do" {
	want=$(verify --release dstack-dev-0.5.8 | jq -c '[.layers[].checks[] | select(.name | IN("mrtd", "rtmr0", "rtmr1", "rtmr2")) | [.name, .verdict, .expected, .actual]]')
	for f in values in-toto corim; do
		publish record --format $f -o "$T/r"
		run -0 --separate-stderr verify --values "$T/r"
		check reference_shape '.verdict == "unchecked" and .reason == "compared with values 3 of 4: the registers that they know are the quote'"'"'s"'
		[ "$(jq -c '[.layers[].checks[] | select(.name | IN("mrtd", "rtmr0", "rtmr1", "rtmr2")) | [.name, .verdict, .expected, .actual]]' <<< "$output")" = "$want" ]
		run -0 --separate-stderr "$BIN/refval-diff" "$T/r" "$N" --json
		check reference_shape '.reason | startswith("compared with values 3 of 4: ")'
	done
	run -0 --separate-stderr verify --values record
	check reference_shape '.actual == "8 vCPUs, 64 GiB, QEMU 8.2.2"'
	sed -n 3p record > "$T/one"
	run -0 --separate-stderr verify --values "$T/one"
	run -0 jq -e '[.layers[].checks[].name] | index("reference_shape") == null' <<< "$output"
	# The same shape in any place.
	for n in 1 2 4; do
		awk -v n=$n 'NR == 3 { keep = $0; next } { line[++k] = $0 } END { for (i = 1; i <= 4; i++) print i == n ? keep : line[i - (i > n)] }' record > "$T/moved"
		run -0 --separate-stderr verify --values "$T/moved"
		check reference_shape ".reason | startswith(\"compared with values $n of 4: \")"
	done
}

@test "no machine of the list is this one: no, by the nearest; registers of two are never mixed" {
	flip='(.value |= (.[0:94] + (if .[94:] == "00" then "01" else "00" end)) | .events = [])'
	# Each register right somewhere, and nowhere all of them.
	lines_of "if \$i == 2 then .rtmr1 |= $flip else .rtmr0 |= $flip end" > "$T/mixed"
	run -1 --separate-stderr verify --values "$T/mixed"
	check reference_shape '.reason | endswith("none of them is this machine'"'"'s, and these are the nearest")'
	run -1 --separate-stderr "$BIN/refval-diff" "$T/mixed" "$N" --json
	for r in rtmr0 rtmr1 rtmr2; do
		lines_of ".$r |= $flip" > "$T/other"
		run -1 --separate-stderr verify --values "$T/other"
		check $r '.verdict == "no"'
	done
	lines_of '.mrtd |= (.page_add = "two-pass" | .two_pass |= (.[0:94] + "00") | .value = .two_pass)' > "$T/other"
	run -1 --separate-stderr verify --values "$T/other"
	check mrtd '.verdict == "no"'
}

@test "values that say less are no way to a yes" {
	# RTMR0 not known anywhere; or in the one that fits, beside others that differ.
	lines_of '.rtmr0 |= (.value = null | .events = [] | .origin = null | .why = "not known")' > "$T/none"
	run -3 --separate-stderr verify --values "$T/none"
	lines_of 'if $i == 2 then .rtmr0 |= (.value = null | .events = [] | .origin = null | .why = "not known") else . end' > "$T/some"
	run -3 --separate-stderr verify --values "$T/some"
	check rtmr0 '.verdict == "cannot-tell"'
	# One that knows everything is taken before one that knows less.
	cat "$T/some" record > "$T/both"
	run -0 --separate-stderr verify --values "$T/both"
	check reference_shape '.reason | startswith("compared with values 7 of 8: ")'
}

@test "malformed lists: exit 3, each with its sentence" {
	bad() {
		run -3 --separate-stderr publish "$T/x" --format values
		[ "$stderr" = "refval-publish: $T/x: $1" ]
	}
	head -n 1 lines > "$T/x"
	echo '{"schema": "refval.values/1"}' >> "$T/x"
	run -3 --separate-stderr publish "$T/x" --format values
	[[ $stderr == "refval-publish: $T/x: line 2: "* ]]
	{ cat lines; echo '[]'; } > "$T/x"
	run -3 --separate-stderr publish "$T/x" --format values
	[[ $stderr == "refval-publish: $T/x: line 5: "* ]]
	publish lines --format in-toto | jq -r .payload | base64 -d > "$T/s"
	jq -c '.predicate.machines[1].tdx.rtmr0 = .predicate.machines[0].tdx.rtmr0' "$T/s" > "$T/x"
	bad "statement: predicate: not what its own values give"
	jq -c '.predicate.values |= .[0:1] | .predicate.machines |= .[0:1]' "$T/s" > "$T/x"
	bad "statement: predicate: values: no list of 2 to 1024"
	jq -c '.predicate.values = []' "$T/s" > "$T/x"
	bad "statement: predicate: values: no list of 2 to 1024"
	jq -c '.predicateType = "https://refval.example/tdx-reference-values/v1"' "$T/s" > "$T/x"
	run -3 --separate-stderr publish "$T/x" --format values
	jq -c '.predicate.values[1].inputs[0].name = "other"' "$T/s" > "$T/x"
	bad "statement: a statement is about the files of one image, and those of values 2 are not those of the first"
	for _ in $(seq 257); do cat lines; done > "$T/x"
	bad "line 1025: values of more than 1024 machines"
}

@test "a CoRIM of machines that are not numbered as ours are is about no one machine" {
	need_module cbor2
	edit() {
		/usr/bin/python3 - "$T/c" "$1" <<- 'END' > "$T/x"
			import sys, cbor2
			d = cbor2.loads(open(sys.argv[1], "rb").read())
			m = cbor2.loads(d.value[1][0].value)
			t = m[4][0]
			exec(sys.argv[2])
			d.value[1][0] = cbor2.CBORTag(506, cbor2.dumps(m, canonical=True))
			sys.stdout.buffer.write(cbor2.dumps(d, canonical=True))
		END
	}
	publish lines --format corim -o "$T/c"
	edit 'pass'
	cmp "$T/c" "$T/x"
	edit 't[1:] = [t[1]] * 1'
	[ "$(publish "$T/x" --format values | wc -l)" = 2 ]
	for change in 'del t[1]' 't[1], t[2] = t[2], t[1]' 't[1][0][0][4] = 0' 't[1][0][0][2] = "other"' 't[1][0][0][1] = "other"' \
		't[1][0][0][3] = 1' 't[1][0][1] = b"x"' 'del t[1][0][0][4]' 't[0][0][0][4] = 1; t[1][0][0][4] = 2' 't[3][0][0][4] = 0'; do
		edit "$change"
		run -3 --separate-stderr publish "$T/x" --format values
		[[ $stderr == *"of another environment than the registers before it: is it about more than one machine?" ||
			$stderr == *"has two different values: is it about more than one machine?" ]]
	done
	edit 't[2][1] = []'
	run -3 --separate-stderr publish "$T/x" --format values
	[[ $stderr == *"no register of a TDX machine in it" ]]
	# What is not compared in one of them is said of each.
	edit 'm[4][3] = []'
	publish "$T/x" --format values > "$T/v"
	[ "$(jq -c '.assumed' "$T/v" | sort -u)" = '["CoRIM: triples of kind 3 are not compared"]' ]
}
