# SPDX-License-Identifier: Apache-2.0
# refval-hash compose: the hash of a manifest, and what explains it.
load helper

C=$V/compose
hash=$BIN/refval-hash

field() { sed -n "s/^$1 *//p" <<< "$output"; }

# bats test_tags=slow
@test "compose: the hash is sha256 of the bytes, the app-id its first 20" {
	for f in "$C"/near/*.json; do
		sum=$(sha256sum < "$f")
		run -0 --separate-stderr "$hash" compose "$f"
		[ -z "$stderr" ]
		[ "$(field compose_hash)" = "${sum%% *}" ]
		[ "$(field app_id)" = "${sum:0:40}" ]
	done
}

@test "compose: an object that says nothing of an app is no manifest" {
	want="not a manifest: app-compose: no runner, docker_compose_file, bash_script or name"
	for f in "$C/serializers.json" "$V/bad/acpi/version-7-2.json"; do
		run -3 --separate-stderr "$hash" compose "$f"
		[ "${lines[-1]}" = "verdict      cannot-tell: $want" ]
		[ "$(field compose_hash)" = "$(sha256sum < "$f" | cut -d' ' -f1)" ]
		run -3 --separate-stderr "$hash" compose --json --expect "$(sha256sum < "$f" | cut -d' ' -f1)" "$f"
		[ "$(jq -c '[.manifest, .error]' <<< "$output")" = "[false,\"${want#*: }\"]" ]
		run -3 --separate-stderr "$hash" compose --style compact "$f"
		[[ -z $output && $stderr == *": $f: ${want#*: }" ]]
		run -3 --separate-stderr "$hash" compose --against "$f" "$C/near/near-058-dev-57921c.json"
		[[ -z $output && $stderr == *": $f: ${want#*: }" ]]
	done
}

@test "compose: captured machines' hashes; the two edited texts are refused" {
	n=0
	while read -r name want; do
		case $name in
		near-052-x-ac3607 | near-054-prod-21c9f6) code=1 ;;
		*) code=0 ;;
		esac
		run "-$code" --separate-stderr "$hash" compose --expect "$want" "$C/near/$name.json"
		n=$((n + 1))
	done < "$C/near/HASHES"
	[ "$n" = 17 ]
}

# bats test_tags=slow
@test "compose: every serialisation of the vectors, byte for byte" {
	need jq
	jq -c .input "$C/serializers.json" > "$BATS_TEST_TMPDIR/in"
	n=0
	for s in $(jq -r '.serialized | keys[]' "$C/serializers.json"); do
		jq -rj --arg s "$s" '.serialized[$s].text' "$C/serializers.json" > "$BATS_TEST_TMPDIR/want"
		run -0 "$hash" compose --style "$s" -o "$BATS_TEST_TMPDIR/got" "$BATS_TEST_TMPDIR/in"
		cmp "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
		run -0 "$hash" compose --style "$s" "$BATS_TEST_TMPDIR/in"
		[ "$(field compose_hash)" = "$(jq -r --arg s "$s" '.serialized[$s].sha256' "$C/serializers.json")" ]
		n=$((n + 1))
	done
	[ "$n" = 9 ]
}

# bats test_tags=slow
@test "compose: what the three SDKs return, and where the Python one raises" {
	need jq
	while read -r hex js jsn py pyn go gon; do
		printf '%b' "$(sed 's/../\\x&/g' <<< "$hex")" > "$BATS_TEST_TMPDIR/in"
		set -- js_sdk "$js" js_sdk_normalize "$jsn" python_sdk "$py" python_sdk_normalize "$pyn" \
			go_sdk_before_fix "$go" go_sdk_before_fix_normalize "$gon"
		while [ $# -gt 0 ]; do
			if [ "$2" = ERR ]; then
				run -3 --separate-stderr "$hash" compose --style "$1" "$BATS_TEST_TMPDIR/in"
				[ -z "$output" ]
			else
				run -0 "$hash" compose --style "$1" "$BATS_TEST_TMPDIR/in"
				[ "$(field compose_hash)" = "$2" ]
			fi
			shift 2
		done
	done < <(jq -r '.[] | [.raw["as-given-compact"].bytes_hex, .sdk.js.plain, .sdk.js.normalize, .sdk.python.plain,
		.sdk.python.normalize, .sdk.go.plain, .sdk.go.normalize] | join(" ")' "$C/appcompose.json")
}

# bats test_tags=slow
@test "compose: another serialisation of the same content is found and named" {
	need jq
	n=0
	while read -r hex want; do
		printf '%b' "$(sed 's/../\\x&/g' <<< "$hex")" > "$BATS_TEST_TMPDIR/in"
		sum=$(sha256sum < "$BATS_TEST_TMPDIR/in")
		code=1
		[ "${sum%% *}" != "$want" ] || code=0
		run "-$code" --separate-stderr "$hash" compose --json --expect "$want" "$BATS_TEST_TMPDIR/in"
		if [ $code = 0 ]; then
			jq -e '.matches and (.found_as | length) == 0' <<< "$output"
		else
			jq -e '(.matches | not) and (.found_as | length) > 0' <<< "$output"
		fi
		n=$((n + 1))
	done < <(jq -r '.[] | .raw["as-given-compact"].bytes_hex as $h | .raw[] | $h + " " + .sha256' "$C/appcompose.json")
	[ "$n" -gt 30 ]
}

@test "compose: line endings, a byte order mark and a lost script are found" {
	f=$C/near/near-058-dev-57921c.json
	try() {
		want=$(sha256sum < "$2")
		run -1 --separate-stderr "$hash" compose --expect "${want%% *}" "$1"
		[[ $(field "would come of") == "$3" ]]
	}
	t=$BATS_TEST_TMPDIR/t
	sed 's/$/\r/' "$f" | head -c -1 > "$t"
	try "$f" "$t" "CR LF for every LF"
	(printf '\xef\xbb\xbf' && cat "$f") > "$t"
	try "$f" "$t" "a byte order mark in front"
	(cat "$f" && echo) > "$t"
	try "$f" "$t" "a line feed at the end"
	try "$t" "$f" "no newline at the end"
	"$hash" compose --style vmm-cli.py -o - "$f" | cmp - "$f"
	jq --indent 4 'del(.pre_launch_script)' "$f" | head -c -1 > "$t"
	try "$f" "$t" "vmm-cli.py, pre_launch_script left out"
	jq -r .pre_launch_script "$f" | head -c -1 > "$BATS_TEST_TMPDIR/script"
	run -1 "$hash" compose --expect "$(sha256sum < "$f" | cut -d' ' -f1)" \
		--pre-launch-script "$BATS_TEST_TMPDIR/script" "$t"
	[[ $output == *"vmm-cli.py, the pre-launch script given"* ]]
}

@test "compose: --explain names who writes these bytes" {
	run -0 "$hash" compose --explain "$C/near/near-058-dev-3e6394.json"
	[[ $(field "written by") == "vmm-cli.py;"* ]]
	run -0 "$hash" compose --explain "$C/near/dev-040-examples.json"
	[[ $(field "written by") == *"compact;"* ]]
}

# bats test_tags=slow
@test "compose: 200000 keys in another order, or all of them others, are compared in n log n" {
	need python3
	cd "$BATS_TEST_TMPDIR"
	python3 - <<- 'EOF'
		import json
		keys = ["key%d" % i for i in range(200000)]
		for name, order in (("given", keys), ("turned", keys[::-1]), ("others", ["x" + k for k in keys])):
		    json.dump({"runner": "bash", **{k: 1 for k in order}}, open(name, "w"))
	EOF
	# One key after the other this is 20 milliards of comparisons, some minutes.
	run -0 timeout 60 "$hash" compose --json --against given turned
	[ "$(jq -c '.against | [.same_content, (.differences | length), .differences[0].path]' <<< "$output")" = '[false,1,""]' ]
	run -0 timeout 60 "$hash" compose --json --against given others
	[ "$(jq -c '.against.differences | [length, .[0].path, .[0].there]' <<< "$output")" = '[200,"xkey0",null]' ]
}

@test "compose: --against says where the content differs" {
	run -0 "$hash" compose --against "$C/near/near-058-dev-3e6394.json" "$C/near/near-058-dev-57921c.json"
	[[ $output == *"docker_compose_file, line 5"* ]]
	[[ $output == *"pre_launch_script"*"(not there)"* ]]
	run -0 "$hash" compose --json --against "$C/near/near-058-dev-3e6394.json" "$C/near/near-058-dev-3e6394.json"
	[ "$(jq -c '[.against.same_content, (.against.differences | length)]' <<< "$output")" = "[true,0]" ]
	jq -S . "$C/near/near-058-dev-3e6394.json" > "$BATS_TEST_TMPDIR/sorted"
	run -0 "$hash" compose --against "$BATS_TEST_TMPDIR/sorted" "$C/near/near-058-dev-3e6394.json"
	[[ $output == *"the manifest: the same members in another order"* ]]
}

@test "compose: --from makes what vmm-cli.py and the dstack CLI make" {
	printf 'services:\n  a:\n    image: "é<x>"\n' > "$BATS_TEST_TMPDIR/dc.yaml"
	run -0 "$hash" compose --from "$BATS_TEST_TMPDIR/dc.yaml" --style vmm-cli.py --set name=n --set kms_enabled=true \
		--set 'allowed_envs=["A"]' -o "$BATS_TEST_TMPDIR/got"
	cmp "$C/golden/vmm-cli.json" "$BATS_TEST_TMPDIR/got"
	run -0 "$hash" compose --from "$BATS_TEST_TMPDIR/dc.yaml" --style dstack_cli --set name=n -o "$BATS_TEST_TMPDIR/got"
	cmp "$C/golden/dstack-cli.json" "$BATS_TEST_TMPDIR/got"
	run -0 "$hash" compose --from "$BATS_TEST_TMPDIR/dc.yaml" --style dstack_cli --set name=n \
		--set runner=nerdctl-compose -o -
	[[ $output == *'"manifest_version": "3"'* ]]
	run -2 --separate-stderr "$hash" compose --from "$BATS_TEST_TMPDIR/dc.yaml" --style vmm-cli.py
	[[ ${stderr_lines[0]} == *"does not go without --set name=NAME" ]]
}

# bad FILE WORDS: a hash, for what it is worth, and exit 3.
bad() {
	local sum
	sum=$(sha256sum < "$V/bad/hash/app-compose-$1.json")
	run -3 --separate-stderr "$hash" compose --json "$V/bad/hash/app-compose-$1.json"
	[ "$(jq -r .compose_hash <<< "$output")" = "${sum%% *}" ]
	[ "$(jq -r .manifest <<< "$output")" = false ]
	[[ $(jq -r .error <<< "$output") == *"$2" ]]
	run -3 --separate-stderr "$hash" compose --expect "${sum%% *}" "$V/bad/hash/app-compose-$1.json"
}

# bats test_tags=slow
@test "compose: what is no manifest has a hash, and still is exit 3" {
	bad empty "JSON at byte 0: no value"
	bad not-json "JSON at byte 0: no value"
	bad duplicate-key 'JSON: duplicate key "runner" in the object that ends at byte 43'
	bad duplicate-key-escaped 'JSON: duplicate key "a" in the object that ends at byte 18'
	bad bom "JSON at byte 0: a byte order mark"
	bad trailing "JSON at byte 18: something behind the value"
	bad two-values "JSON at byte 17: something behind the value"
	bad array "not a JSON object"
	bad not-utf8 "JSON at byte 9: not UTF-8"
	bad overlong-utf8 "JSON at byte 9: not UTF-8"
	bad lone-surrogate "half a surrogate pair"
	bad control-character "a control character in a string"
	bad deep "deeper than 32 levels"
	bad number-leading-zero "neither a comma nor the end"
	bad number-nan "no value"
	bad number-long "a number of more than 4300 characters"
	bad trailing-comma "no key"
	bad truncated "a string without end"
	bad bad-escape "unknown escape"
}

# bats test_tags=slow
@test "compose: every truncation of a manifest is exit 3" {
	f=$C/near/dev-040-examples.json
	run -0 bash -c 'for ((i = 0; i < $(wc -c < "$2"); i += 7)); do
		head -c "$i" "$2" | "$1" compose - > /dev/null
		[ $? = 3 ] || { echo "$i bytes: $?"; exit 1; }
	done' - "$hash" "$f"
}

@test "compose: wrong use is exit 2" {
	f=$C/near/dev-040-examples.json
	run -2 "$hash" compose
	run -2 "$hash" compose "$f" "$f"
	run -2 "$hash" compose --expect 12 "$f"
	run -2 "$hash" compose --style none "$f"
	run -2 "$hash" compose --set a=1 "$f"
	run -2 "$hash" compose --from "$f"
	run -2 "$hash" compose --style compact --from "$f" --set nothing
	run -2 --separate-stderr "$hash" compose --style compact --from "$f" --set x=nojson
	[[ $stderr == *"--set x: "* ]]
	run -2 --separate-stderr "$hash" compose --style compact --from "$f" --set name=a --set x=1 --set name=b
	[[ ${stderr_lines[0]} == "refval-hash compose: --set name given twice" ]]
	run -2 "$hash" compose --style compact --from "$f" --set pre_launch_script=a --pre-launch-script "$f"
	run -0 "$hash" compose --style compact --from "$f" --set name=a --set name_b=1 --set nam=2
	run -2 "$hash" compose -o /dev/null "$f"
	run -2 "$hash" compose --explain --explain "$f"
	run -2 "$hash" compose "$f.none"
}

@test "compose: an output that cannot be written is exit 4" {
	f=$C/near/dev-040-examples.json
	run -4 bash -c "'$hash' compose '$f' > /dev/full"
	run -4 "$hash" compose --style compact -o /dev/full "$f"
	run -4 "$hash" compose --style compact -o "$BATS_TEST_TMPDIR/no/such" "$f"
}

@test "compose: twice the same bytes, and the golden report" {
	f=near-058-dev-57921c.json
	cd "$C/near"
	run -0 "$hash" compose --json --explain --against near-058-dev-5cb9ca.json "$f"
	diff -u "$C/golden/report.json" - <<< "${output%$'\n'}"
	run -0 "$hash" compose --json - < "$f"
	[ "$(jq -r .size <<< "$output")" = 1527 ]
}
