# SPDX-License-Identifier: Apache-2.0
# refval-hash audit: what a compose file leaves to input that is not measured.
load helper

C=$V/compose
hash=$BIN/refval-hash

setup() { need jq; }

# The findings as the vectors write them: some with what they are about.
CODES='def codes: .findings[] | if (.code | IN("C_PRIVILEGED", "C_PROFILE", "C_BIND_HOST", "C_SECRET_ENV", "C_VAR"))
	then .code + ":" + .detail else .code end; '
codes() { jq -r "$CODES codes" <<< "$output" | sort; }

# bats test_tags=slow
@test "audit: every compose file of the vectors: findings, images, exit code" {
	cd "$BATS_TEST_TMPDIR"
	jq -r '.[].file' "$C/compose.json" > files
	while read -r file; do
		code=0
		"$hash" audit --json "$C/$file" 2>> stderr || code=$?
		echo "$code" >> codes
	done < files > said
	[ ! -s stderr ]
	# Those that say otherwise, and how many there are.
	run -0 jq -n -r --slurpfile said said --slurpfile codes codes "$CODES"'
		input | length, ($said | length), ($codes | length), (to_entries[] | $said[.key] as $s | .value as $m |
			(if any($m.expect_findings[]; startswith("E_") or . == "C_UNKNOWN_KEY") then 3 elif any($m.expect_findings[]; startswith("C_")) then 1 else 0 end) as $code |
			select(($codes[.key] == $code and ([$s | codes] | sort) == ($m.expect_findings | sort) and
				([$s.images[].name // empty] | sort) == ($m.expect_images | sort)) | not) | $m.id)' "$C/compose.json"
	[ "$output" = $'37\n37\n37' ]
}

@test "audit: the findings of everything else, with their lines" {
	run -1 "$hash" audit "$C/audit/everything.yaml"
	diff -u "$C/golden/everything.txt" - <<< "$output"
	run -1 "$hash" audit "$C/audit/builds.yaml"
	diff -u "$C/golden/builds.txt" - <<< "$output"
	run -1 "$hash" audit "$C/audit/reset.yaml"
	[[ $output == *C_YAML_TAG* && $output != *C_PRIVILEGED* ]]
}

@test "audit: an app-compose: names that may be set, scripts, variables" {
	run -1 "$hash" audit --json "$C/audit/app-compose.json"
	diff -u "$C/golden/app-compose.json" - <<< "$output"
	sum=$(sha256sum < "$C/audit/app-compose.json")
	[ "$(jq -r .compose_hash <<< "$output")" = "${sum%% *}" ]
}

@test "audit: a member of the manifest that no guest reads does not pass unseen" {
	m='{"manifest_version": 2, "runner": "docker-compose", "docker_compose_file": "services: {}"'
	printf '%s}' "$m" > "$BATS_TEST_TMPDIR/m.json"
	run -0 "$BIN/refval-hash" audit "$BATS_TEST_TMPDIR/m.json"
	for key in zzz pre_launch_scripts "init script" Runner; do
		printf '%s, "%s": "reboot"}' "$m" "$key" > "$BATS_TEST_TMPDIR/m.json"
		run -1 "$BIN/refval-hash" audit "$BATS_TEST_TMPDIR/m.json" --json
		[ "$(jq -c '[.findings[] | [.code, .detail]]' <<< "$output")" = "[[\"C_UNKNOWN_MEMBER\",\"$key\"],[\"I_NO_SERVICES\",null]]" ]
	done
}

@test "audit: a file without services is nothing to judge" {
	cd "$BATS_TEST_TMPDIR"
	for text in '{"version":[7,2,22]}' '{}' 'name: x' 'x-a: 1' 'services: {}' 'services:' 'include: []' \
		$'services: {}\njobs: {}' $'volumes: {a: {}}\nservices: !reset {a: {image: x}}'; do
		echo "$text" > c
		run -3 "$hash" audit c
		[[ $output == *"E_NO_SERVICES"*"no services: there is nothing to judge"* ]]
		[ "${lines[-1]}" = "verdict      cannot-tell: what runs cannot be judged: E_NO_SERVICES" ]
		jq -n --arg t "$text" '{runner: "docker-compose", docker_compose_file: $t}' > m
		[[ $text == "services: {}"* ]] || {
			run -3 "$hash" audit m
			[ "${lines[-1]}" = "verdict      cannot-tell: what runs cannot be judged: E_NO_SERVICES" ]
		}
	done
	# A manifest says all that a machine runs, and this one runs no container.
	jq -n '{runner: "docker-compose", docker_compose_file: "services: {}"}' > m
	run -0 "$hash" audit m
	[[ $output == *"I_NO_SERVICES"*"no service: only the scripts of this manifest run"* ]]
	[ "${lines[-1]}" = "verdict      yes: nothing found that unmeasured input decides: no service runs" ]
	jq -n '{runner: "docker-compose", docker_compose_file: "services: {}", init_script: "x"}' > m
	run -1 "$hash" audit m
	jq -n '{runner: "bash", bash_script: "true", docker_compose_file: "x-a: 1"}' > m
	run -1 "$hash" audit m
	[[ $output != *NO_SERVICES* ]]
	# Services of elsewhere are a finding of their own, and jobs run, too.
	echo 'include: [a.yaml]' > c
	run -1 "$hash" audit c
	echo "jobs: {a: {image: x@sha256:$(printf '%064d' 0)}}" > c
	run -0 "$hash" audit c
}

@test "audit: a file that compose refuses is none that anything is said of" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"quote": "00", "event_log": "[]"}' > c
	run -3 "$hash" audit c
	[[ $output == *"compose does not know this key of the top level and refuses the file; a later one may know it"* ]]
	[ "${lines[-1]}" = "verdict      cannot-tell: what runs cannot be judged: C_UNKNOWN_KEY quote" ]
	run -3 "$hash" audit --json c
	[ "$(jq -r .verdict <<< "$output")" = cannot-tell ]
	echo 'services: {a: {imgae: x}}' > c
	run -3 "$hash" audit c
	[[ $output == *"this key of a service and"* ]]
	# What decides without the rest of the file is a no all the same.
	jq -n '{runner: "docker-compose", allowed_envs: ["PATH"], docker_compose_file: "zzz: 1"}' > m
	run -1 "$hash" audit m
	[ "${lines[-1]}" = "verdict      no: not everything that runs is decided by what is measured: C_ALLOWED_ENV PATH" ]
	printf 'zzz: 1\n---\nyyy: 1\n' > c
	run -1 "$hash" audit c
	[ "${lines[-1]}" = "verdict      no: not everything that runs is decided by what is measured: C_MULTIDOC" ]
}

@test "audit: a byte order mark: compose passes over it, guests do not" {
	run -3 --separate-stderr "$hash" audit "$V/bad/hash/app-compose-bom.json"
	[ "$stderr" = "refval-hash audit: $V/bad/hash/app-compose-bom.json: JSON at byte 0: a byte order mark" ]
	(printf '\xef\xbb\xbf' && cat "$V/bad/hash/manifest-truncated.json") > "$BATS_TEST_TMPDIR/m"
	run -3 --separate-stderr "$hash" audit "$BATS_TEST_TMPDIR/m"
	[[ $stderr == *"JSON at byte 0: a byte order mark" ]]
	for f in "$C/audit/json.yaml" "$C/dev/use-api-socket.yaml"; do
		(printf '\xef\xbb\xbf' && cat "$f") > "$BATS_TEST_TMPDIR/c"
		run "$hash" audit "$f"
		said=$output
		run "-$status" "$hash" audit "$BATS_TEST_TMPDIR/c"
		[ "$output" = "$said" ]
	done
}

@test "audit: nothing to find is exit 0, in YAML and in JSON" {
	run -0 "$hash" audit "$C/audit/clean.json"
	[[ ${lines[-1]} == "verdict      yes: nothing found that unmeasured input decides" ]]
	run -0 "$hash" audit "$C/audit/json.yaml"
	run -0 "$hash" audit - < "$C/audit/clean.json"
	[ "$(jq -r '.verdict, .images[0].pinned' <<< "$("$hash" audit --json "$C/audit/clean.json")" | xargs)" = "yes true" ]
}

@test "audit: an init script of no bytes is one, as guests run it, and null is none" {
	jq -c '.init_script = ""' "$C/audit/clean.json" > "$BATS_TEST_TMPDIR/app.json"
	run -1 "$hash" audit --json "$BATS_TEST_TMPDIR/app.json"
	[ "$(jq -c '[.findings[] | [.code, .detail]]' <<< "$output")" = '[["C_SCRIPT","init_script"]]' ]
	for none in null '[]'; do
		jq -c ".init_script = $none" "$C/audit/clean.json" > "$BATS_TEST_TMPDIR/app.json"
		run -0 "$hash" audit "$BATS_TEST_TMPDIR/app.json"
	done
}

@test "audit: a script that is no text cannot be judged, nor one that is missing" {
	n=0
	while IFS='|' read -r field change; do
		jq -c "$change" "$C/audit/clean.json" > "$BATS_TEST_TMPDIR/app.json"
		run -3 --separate-stderr "$hash" audit --json "$BATS_TEST_TMPDIR/app.json"
		[ "$(jq -r '[.findings[] | select(.code == "E_MANIFEST") | .detail] | join(" ")' <<< "$output")" = "$field" ]
		[ "$(jq '.images | length' <<< "$output")" = 0 ]
		n=$((n + 1))
	done <<- 'END'
		pre_launch_script|.pre_launch_script = {"$(reboot)": 1}
		pre_launch_script|.pre_launch_script = ["a"]
		pre_launch_script|.pre_launch_script = 1
		bash_script|.runner = "bash"
		bash_script|.runner = "bash" | .bash_script = ["a"]
	END
	[ "$n" = 5 ]
}

@test "audit: a captured machine's manifest: what its launcher can do" {
	run -1 "$hash" audit --json "$C/near/near-058-dev-57921c.json"
	[ "$(jq -r '[.findings[].code] | unique | join(" ")' <<< "$output")" = \
		"C_BIND_HOST C_DOCKER_SOCK C_PRE_LAUNCH_SCRIPT I_DSTACK_SOCK" ]
	[ "$(jq -r '.images | length' <<< "$output")" = 1 ]
}

# bad NAME CODE WORDS: exit 3, that code, no image is listed.
bad() {
	run -3 --separate-stderr "$hash" audit --json "$V/bad/hash/$1"
	[ "$(jq -r '.verdict + " " + (.images + .indirect_images | length | tostring)' <<< "$output")" = "cannot-tell 0" ]
	jq -e --arg c "$2" --arg s "$3" '.findings | any(.code == $c and
		((if .line then "line \(.line): " else "" end) + .says | contains($s)))' <<< "$output"
}

# bats test_tags=slow
@test "audit: what compose reads otherwise is exit 3, cannot judge" {
	bad compose-cycle.yaml E_YAML_CYCLE "line 4: an alias inside of what it means"
	bad compose-unknown-alias.yaml E_YAML "line 2: unknown alias"
	bad compose-binary-tag.yaml E_YAML "line 3: tag tag:yaml.org,2002:binary"
	bad compose-directive.yaml E_YAML "line 1: a % directive"
	bad compose-empty.yaml E_YAML "an empty compose file"
	bad compose-list.yaml E_YAML "line 1: the document is no map"
	bad compose-not-utf8.yaml E_YAML "not UTF-8"
	bad compose-utf16.yaml E_YAML "not UTF-8"
	bad compose-map-as-key.yaml E_YAML "line 2: a key that is not text"
	bad compose-merge-of-text.yaml E_YAML "line 3: << merges what is no map"
	bad compose-deep.yaml E_YAML "line 1: deeper than 64 levels"
	bad compose-bad-variable.yaml E_VAR "cannot judge"
	bad compose-bad-variable-name.yaml E_VAR "cannot judge"
	bad compose-extends-cycle.yaml E_YAML_CYCLE "extends without end"
	bad compose-extends-nobody.yaml E_YAML "extends what is not there"
	bad compose-duplicate-service.yaml E_YAML_DUPKEY "line 3: key a is there since line 2"
	bad compose-duplicate-key-quoted.yaml E_YAML_DUPKEY "line 4: key image is there since line 3"
	bad compose-merged-forms.yaml E_YAML "line 7: environment is merged with another form of it"
	bad compose-service-list.yaml E_YAML "the service is no map"
	bad compose-extends-several-documents.yaml E_YAML "line 3: extends, in a file of several documents"
	bad compose-extends-tag.yaml E_YAML "line 3: extends, in a file of several documents or with tags"
	bad compose-service-name.yaml E_YAML "line 2: not the name of a service"
	bad compose-service-null.yaml E_YAML "the service is no map"
	bad compose-image-number.yaml E_YAML "no text"
	bad compose-image-date.yaml E_YAML "no text"
	bad compose-image-true.yaml E_YAML "no text"
	bad compose-image-list.yaml E_YAML "no text"
	bad compose-key-number.yaml E_YAML "line 2: a key that is not text"
	bad compose-key-null.yaml E_YAML "line 1: a key that is not text"
	bad compose-tag-beside-merge.yaml E_YAML "line 5: a tag beside <<"
	bad compose-tag-in-tag.yaml E_YAML "line 3: a tag inside of another"
	bad compose-volume-empty.yaml E_YAML "no volume that compose takes"
	bad compose-volume-colons.yaml E_YAML "no volume that compose takes"
	bad compose-volume-no-type.yaml E_YAML "no volume that compose takes"
	bad manifest-runner-unknown.json E_MANIFEST "cannot judge what runs"
	bad manifest-no-compose-file.json E_MANIFEST "cannot judge what runs"
	bad manifest-envs-no-list.json E_MANIFEST "not a list"
	run -3 --separate-stderr "$hash" audit "$V/bad/hash/manifest-truncated.json"
	[ -z "$output" ]
	[[ $stderr == *"a string without end" ]]
}

# bats test_tags=slow
@test "audit: bombs end at once" {
	t=$BATS_TEST_TMPDIR
	run -3 timeout 20 "$hash" audit "$C/dev/billion-laughs.yaml"
	{
		echo "x: &a"
		for i in {1..2000}; do echo "  k$i: v"; done
		echo "services:"
		for i in {1..60}; do echo "  s$i: {<<: *a}"; done
	} > "$t/merge"
	run -3 timeout 20 "$hash" audit "$t/merge"
	[[ $output == *E_YAML_ALIASES* ]]
	{
		printf 'services:\n  a:\n    image: |\n      '
		printf '${A}%.0s' {1..100000}
	} > "$t/vars"
	run -1 timeout 20 "$hash" audit "$t/vars"
	head -c 1100000 /dev/zero | tr '\0' '#' > "$t/long"
	run -3 timeout 20 "$hash" audit "$t/long"
	[[ $output == *"longer than 1048576 bytes"* ]]
}

# bats test_tags=slow
@test "audit: what many documents and services are merged to is bounded in all, not each" {
	need_little
	need python3
	cd "$BATS_TEST_TMPDIR"
	python3 - <<- 'EOF'
		import json
		lines = "".join("      k%d: v\n" % i for i in range(20000))
		image = "    image: alpine@sha256:%064d\n" % 0
		with open("extends", "w") as f:
		    f.write("services:\n  base:\n%s    environment:\n%s" % (image, lines))
		    for i in range(8000):
		        f.write("  s%d:\n    extends: base\n    environment:\n      z: v\n" % i)
		with open("documents", "w") as f:
		    f.write("".join("x-%d: v\n" % i for i in range(20000)))
		    f.write("---\nx-z: v\n" * 40000)
		with open("names", "w") as f:
		    f.write("services:\n" + "".join("  s%d: {extends: s%d}\n" % (i, i + 1) for i in range(20000)))
		    f.write("  s20000:\n" + image)
		names = ["N%d" % i for i in range(500000)]
		text = "services:\n  a:\n" + image + "    command: \"" + "$Z" * 300000 + "\"\n"
		json.dump({"runner": "docker-compose", "docker_compose_file": text, "allowed_envs": names}, open("envs", "w"))
	EOF
	# Copied for each of them, the first two take gigabytes.
	for f in extends documents; do
		run -3 bash -c "ulimit -v 400000; exec timeout 60 '$hash' audit $f"
		[[ $output == *"E_YAML_ALIASES"*"more than 100000 nodes once merged"* ]]
	done
	run -3 timeout 60 "$hash" audit names
	[[ $output == *"E_YAML_CYCLE"*"extends without end"* ]]
	# 300000 times the one name, looked for among 500000.
	run -1 --separate-stderr timeout 60 "$hash" audit --json envs
	[ "$(jq -c '[.variables[] | [.name, .allowed]]' <<< "$output")" = '[["Z",false]]' ]
}

@test "audit: wrong use is exit 2, an output that cannot be written exit 4" {
	run -2 "$hash" audit
	run -2 "$hash" audit "$C/audit/clean.json" "$C/audit/clean.json"
	run -2 "$hash" audit --json --json "$C/audit/clean.json"
	run -2 "$hash" audit "$C/audit/none"
	run -4 bash -c "'$hash' audit '$C/audit/clean.json' > /dev/full"
}

# bats test_tags=slow
@test "what is a variable, and what is refused, is as compose reads it" {
	cd "$BATS_TEST_TMPDIR"
	while IFS='|' read -r value reads names; do
		[[ $value != \#* ]] || continue
		printf 'services:\n  a:\n    image: "alpine@sha256:%064d"\n    command: "%s"\n' 0 "$value" > c.yml
		"$hash" audit --json c.yml 2>> stderr || true
		printf '%s|%s\n' "$reads" "$names" >> wants
	done < "$V/compose/interpolation.txt" > said
	run -0 jq -n -r --slurpfile said said --rawfile wants wants '($wants | split("\n")[:-1]) | length, ($said | length),
		(to_entries[] | $said[.key] as $s | (.value | split("|")) as [$reads, $names] |
			select((if any($s.findings[]; .code == "E_VAR") then $reads == "n"
				else $reads == "y" and ([$s.variables[].name] | join(" ")) == $names end) | not) | "\(.key): \(.value) \($s)")'
	[ "$output" = $'43\n43' ]
}

# bats test_tags=slow
@test "images and variables are those that compose's own loader finds" {
	need python3
	mkdir "$BATS_TEST_TMPDIR/f"
	peers=$TESTS/compose/peers.py
	python3 "$peers" thaw "$C/peers.jsonl.xz" "$BATS_TEST_TMPDIR/f" > "$BATS_TEST_TMPDIR/a"
	run -0 python3 "$peers" check "$hash" "$BATS_TEST_TMPDIR/a"
	[ "$output" = "372 files, 309 that compose loads, 0 of them read otherwise" ]
	# Another answer is a difference: of images, of variables.
	for change in '.images += ["x"]' '.variables = ["NONE"]'; do
		jq -c "select(.error == null) | $change" "$BATS_TEST_TMPDIR/a" | head -n 3 > "$BATS_TEST_TMPDIR/b"
		run -1 python3 "$peers" check "$hash" "$BATS_TEST_TMPDIR/b"
		[ "${lines[-1]}" = "3 files, 3 that compose loads, 3 of them read otherwise" ]
	done
}

@test "jobs, and what runs before a service, are judged as services are" {
	cat > "$BATS_TEST_TMPDIR/c.yaml" <<- 'END'
		services:
		  a:
		    image: ex.org/a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
		    umask: "0027"
		    pre_start:
		      - image: ex.org/b:1
		        pull_policy: always
		        cap_add: [SYS_ADMIN]
		        volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
		jobs:
		  nightly:
		    image: ex.org/job:latest
		    privileged: true
		    triggers: {schedule: [{cron: "0 3 * * *", timezone: "${TZ}"}]}
	END
	run -1 "$hash" audit --json "$BATS_TEST_TMPDIR/c.yaml"
	[ "$(jq -r '.images[] | .service + " " + .place + " " + .reference[:10]' <<< "$output" | xargs)" = \
		"a image ex.org/a@s a pre_start ex.org/b:1 nightly image ex.org/job" ]
	[ "$(jq -r '.findings[] | .code' <<< "$output" | sort | xargs)" = \
		"C_CAP C_DOCKER_SOCK C_IMAGE_TAG C_IMAGE_TAG C_PRIVILEGED C_PULL_ALWAYS C_VAR" ]
	sed -i 's/triggers:/schedule:/' "$BATS_TEST_TMPDIR/c.yaml"
	run -3 "$hash" audit --json "$BATS_TEST_TMPDIR/c.yaml"
	[ "$(jq -c '.findings | map(.code + ":" + .detail)' <<< "$output")" = '["C_UNKNOWN_KEY:schedule"]' ]
}
