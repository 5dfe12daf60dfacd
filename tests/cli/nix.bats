# SPDX-License-Identifier: Apache-2.0
# The Nix expressions, evaluated against the stand-in for nixpkgs, which has
# nixpkgs's names and nothing else. That they build is `make check-nix`.
load helper

setup() {
	need nix-instantiate
	export NIX_STATE_DIR=$BATS_TEST_TMPDIR/state NIX_STORE_DIR=$BATS_TEST_TMPDIR/store
	export NIX_LOG_DIR=$BATS_TEST_TMPDIR/log HOME=$BATS_TEST_TMPDIR
	N=$TOP/nix names=$TESTS/nix/nixpkgs/names.json
}

# evaluate EXPRESSION: with pkgs as the stand-in and r as what nix/default.nix gives; prints the value.
evaluate() {
	nix-instantiate --eval --strict --json -E "let pkgs = import $TESTS/nix/nixpkgs { }; r = import $N { inherit pkgs; }; in $1"
}

@test "every expression parses and is in the README" {
	for f in "$N"/*.nix; do
		run -0 nix-instantiate --parse "$f"
		grep -qF "($(basename "$f"))" "$N/README.md" || { echo "nix/README.md: no $f"; false; }
	done
}

@test "the package has the header's version, and of the libraries what the Makefile links" {
	run -0 --separate-stderr evaluate r.version
	[ "$output" = "\"$(sed -n 's/.*REFVAL_VERSION "\(.*\)"/\1/p' "$TOP/include/refval/types.h")\"" ]
	# Makefile: pkg-config's name; deps.txt: Debian's; names.json: nixpkgs's.
	for pc in $(sed -n 's/^PKGS[_a-z]* *:= //p' "$TOP/Makefile"); do
		d=$(awk -v pc="pc:$pc" '$1 == "build" && $3 == pc { print $2 }' "$TESTS/deps.txt")
		jq -er --arg d "$d" '.top | del(.curlMinimal) | to_entries[] | select(.value == $d).key' "$names" || { echo "$pc ($d) has no name in names.json"; false; }
	done | sort > "$BATS_TEST_TMPDIR/want"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/want")" -ge 7 ]
	run -0 --separate-stderr evaluate 'map (p: p.pname) r.asked.propagatedBuildInputs'
	diff "$BATS_TEST_TMPDIR/want" <(jq -r '.[]' <<< "$output" | sort)
}

@test "what the tests need is asked for, or left out with a reason" {
	run -0 --separate-stderr evaluate '(let a = (r.override { doCheck = true; }).asked; in
		builtins.concatMap (p: [ p.pname ] ++ map (m: m.pname) (p.modules or [ ])) (a.nativeCheckInputs ++ a.checkInputs))'
	have=$output
	for d in $(awk '$1 == "check" { print $2 }' "$TESTS/deps.txt"); do
		n=$(jq -r --arg d "$d" '(.top + .unixtools + .python3) | to_entries[] | select(.value == $d).key' "$names" | head -n 1)
		jq -e --arg n "$n" --arg d "$d" 'index($n) // index($d)' <<< "$have" > /dev/null && continue
		jq -e --arg d "$d" '."left out"[$d]' "$names" > /dev/null || { echo "nix/package.nix: no $d"; false; }
	done
	run -0 --separate-stderr evaluate '(r.override { doCheck = true; }).asked.checkTarget'
	grep -q "^$(tr -d '"' <<< "$output"):" "$TOP/Makefile"
}

@test "a name that nixpkgs does not have is an error" {
	sed 's/jansson/janson/' "$N/package.nix" > "$BATS_TEST_TMPDIR/package.nix"
	run -1 evaluate "(pkgs.callPackage $BATS_TEST_TMPDIR/package.nix { }).name"
	[[ $output == *"janson"* ]]
}

@test "package, static one, checks, shell and overlay become derivations, all of them" {
	run -0 --separate-stderr evaluate 'builtins.mapAttrs (_: d: d.drvPath) ({ inherit (r) static; package = r; shell = import '"$N"'/shell.nix { inherit pkgs; };
		overlay = ((import '"$N"'/overlay.nix) pkgs pkgs).refval; } // r.checks)'
	[ "$(jq -r keys[] <<< "$output" | tr '\n' ' ')" = "machine overlay package refused reproducible shell static tests version " ]
	[ "$(jq -r '.[]' <<< "$output" | grep -c '[.]drv$')" = 9 ]
	run -0 --separate-stderr evaluate 'builtins.elem "STATIC=1" r.static.asked.makeFlags && !builtins.elem "STATIC=1" r.asked.makeFlags'
	[ "$output" = true ]
	run -0 --separate-stderr evaluate 'with r; [ out.outPath lib.outPath dev.outPath man.outPath ]'
	[ "$(jq 'unique | length' <<< "$output")" = 4 ]
}

@test "what is not built is not in the source: build folders, git, tests; with the tests, they are" {
	mkdir "$BATS_TEST_TMPDIR/t"
	tar -C "$TOP" -cf - --exclude=./build --exclude='./build-*' --exclude=./.git --exclude=./tests/vectors --exclude=./tests/fuzz . | tar -C "$BATS_TEST_TMPDIR/t" -xf -
	cd "$BATS_TEST_TMPDIR/t"
	m=tests/vectors/real
	mkdir -p $m build .git
	cp -r "$TOP/$m/near-058-dev-3e6394" $m
	source_path() { nix-instantiate --eval --strict -E "\"\${((import ./nix { pkgs = import ./tests/nix/nixpkgs { }; }).override { doCheck = $1; }).src}\"" 2> /dev/null; }
	before=$(source_path false) with=$(source_path true)
	[[ $before == *-source* ]]
	echo > build/x; echo > .git/x; echo > notes.txt; echo '#' >> tests/run.sh
	[ "$(source_path false)" = "$before" ]
	[ "$(source_path true)" != "$with" ]
	echo '#' >> Makefile
	[ "$(source_path false)" != "$before" ]
}

@test "measureImage and verifyMachine take paths; a string that is only a name is refused at once" {
	run -0 --separate-stderr evaluate "(r.measureImage { image = $N/README.md; options = [ \"--cpus\" \"2\" ]; }).asked.buildCommand"
	[[ $output == *"/store/"*"README.md"*"'--cpus' '2'"* ]]
	run -1 evaluate '(r.measureImage { image = "/some/where.tar.gz"; }).drvPath'
	[[ $output == *'measureImage: image = "/some/where.tar.gz" is no path and no derivation: write ./NAME without quotes'* ]]
	machine="release = \"x\"; compose = $N/README.md; at = \"2026-04-01\";"
	run -1 evaluate "(r.verifyMachine { evidence = \"evidence.json\"; $machine }).drvPath"
	[[ $output == *'verifyMachine: evidence = "evidence.json" is no path'* ]]
	# The time is not optional.
	run -1 evaluate "(r.verifyMachine { evidence = $N/README.md; release = \"x\"; compose = $N/README.md; }).drvPath"
	[[ $output == *"'at'"* ]]
	run -0 --separate-stderr evaluate "(r.verifyMachine { evidence = pkgs.jq; $machine options = [ \"it's\" ]; }).asked.buildCommand"
	[[ $output == *"'--at' '2026-04-01' 'it'\\\\''s'"* ]]
	# What answers without a verdict is none.
	[[ $output == *"grep -q '^verdict  *yes' || "*"exit 3; }"* ]]
}

@test "the flake names its outputs, and its lock pins one nixpkgs, which nixpkgs.nix takes" {
	run -0 --separate-stderr evaluate 'let f = (import '"$N"'/flake.nix).outputs { self = { }; nixpkgs = { lib = pkgs.lib; legacyPackages = { x86_64-linux = pkgs; aarch64-linux = pkgs; }; }; };
		in builtins.mapAttrs (_: v: builtins.attrNames (v.x86_64-linux or v)) (removeAttrs f [ "formatter" ])'
	diff <(jq -cS . <<< "$output") - <<- 'END'
		{"checks":["machine","refused","reproducible","tests","version"],"devShells":["default"],"lib":["measureImage","verifyMachine"],"overlays":["default"],"packages":["default","static"]}
	END
	locked=$(jq -c .nodes.nixpkgs.locked "$N/flake.lock")
	[[ $(jq -r .rev <<< "$locked") =~ ^[0-9a-f]{40}$ ]]
	[[ $(jq -r .narHash <<< "$locked") =~ ^sha256-[A-Za-z0-9+/]{43}=$ ]]
	[ "$(jq -r .nodes.nixpkgs.original.ref "$N/flake.lock")" = "$(sed -n 's,.*nixpkgs/\([^"]*\)".*,\1,p' "$N/flake.nix")" ]
	run -1 --separate-stderr env NIX_CONFIG='connect-timeout = 1' http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 \
		nix-instantiate --eval --option tarball-ttl 0 --option download-attempts 1 "$N/nixpkgs.nix"
	[[ $stderr == *"/NixOS/nixpkgs/archive/$(jq -r .rev <<< "$locked").tar.gz"* ]]
}
