# SPDX-License-Identifier: Apache-2.0
# The Nix expressions, evaluated against a package set that is only names.
load helper

setup() {
	need nix-instantiate
	export NIX_STATE_DIR=$BATS_TEST_TMPDIR/state NIX_STORE_DIR=$BATS_TEST_TMPDIR/store
	export NIX_LOG_DIR=$BATS_TEST_TMPDIR/log HOME=$BATS_TEST_TMPDIR
}

# evaluate EXPRESSION: with pkgs as the stub; prints the value.
evaluate() { nix-instantiate --eval --strict --json --readonly-mode -E "let pkgs = import $TESTS/nix-stub.nix; in $1"; }

@test "every expression parses" {
	for f in "$TOP"/nix/*.nix; do
		run -0 nix-instantiate --parse "$f"
	done
}

@test "the package has the header's version and asks for what the Makefile links" {
	run -0 --separate-stderr evaluate '(pkgs.callPackage '"$TOP"'/nix/package.nix { }).asked.version'
	[ "$output" = "\"$(sed -n 's/.*REFVAL_VERSION "\(.*\)"/\1/p' "$TOP/include/refval/types.h")\"" ]
	run -0 --separate-stderr evaluate 'builtins.length (pkgs.callPackage '"$TOP"'/nix/package.nix { }).asked.buildInputs'
	# libcurl and libssl come as curl and openssl.
	[ "$output" = "$(sed -n 's/^PKGS  *:= //p' "$TOP/Makefile" | wc -w | awk '{ print $1 + 1 }')" ]
}

@test "shell, checks, overlay and the measuring function evaluate" {
	run -0 --separate-stderr evaluate '(import '"$TOP"'/nix/shell.nix { inherit pkgs; }).name'
	[ "$output" = '"shell"' ]
	run -0 --separate-stderr evaluate 'builtins.attrNames (import '"$TOP"'/nix/checks.nix { inherit pkgs; })'
	[ "$output" = '["reproducible","tests"]' ]
	run -0 --separate-stderr evaluate '(import '"$TOP"'/nix/checks.nix { inherit pkgs; }).reproducible.name'
	run -0 --separate-stderr evaluate '((import '"$TOP"'/nix/overlay.nix) pkgs pkgs).refval.name'
	[[ $output == '"refval-'* ]]
	run -0 --separate-stderr evaluate '(pkgs.callPackage '"$TOP"'/nix/measure-image.nix { } { image = "/x.tar.gz"; options = [ "--cpus" "2" ]; }).name'
	[ "$output" = '"refval-values.json"' ]
}

@test "the README says what was evaluated and what was not; the tests' target is there" {
	grep -qF "nothing here has been built by Nix" "$TOP/nix/README.md"
	for f in "$TOP"/nix/*.nix; do grep -qF "$(basename "$f")" "$TOP/nix/README.md"; done
	run -0 --separate-stderr evaluate '(pkgs.callPackage '"$TOP"'/nix/package.nix { doCheck = true; }).asked.checkTarget'
	grep -q "^$(tr -d '"' <<< "$output"):" "$TOP/Makefile"
}

@test "the flake names its outputs, and its lock pins one nixpkgs" {
	run -0 --separate-stderr evaluate 'let f = (import '"$TOP"'/nix/flake.nix).outputs { self = { }; nixpkgs = { lib = pkgs.lib; legacyPackages = { x86_64-linux = pkgs; aarch64-linux = pkgs; }; }; };
		in { p = builtins.attrNames f.packages.x86_64-linux; c = builtins.attrNames f.checks.x86_64-linux; s = f.devShells.x86_64-linux.default.name; }'
	[ "$output" = '{"c":["reproducible","tests"],"p":["default","static"],"s":"shell"}' ]
	[ "$(jq -r .nodes.nixpkgs.locked.rev "$TOP/nix/flake.lock" | wc -c)" = 41 ]
	[ "$(jq -r .nodes.nixpkgs.original.ref "$TOP/nix/flake.lock")" = "$(sed -n 's,.*nixpkgs/\([^"]*\)".*,\1,p' "$TOP/nix/flake.nix")" ]
}
