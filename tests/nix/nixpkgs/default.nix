# SPDX-License-Identifier: Apache-2.0
# Stands in for nixpkgs where no Nix cache can be reached: its names, and behind
# each of them what Debian has under another one (names.json), seen through the
# sandbox. A name that is not in the list is an error, as in nixpkgs. What builds
# is real: Nix, its sandbox, the expressions in nix/, store paths.
{
  system ? "x86_64-linux",
}:
let
  lib = import ./lib.nix;
  names = builtins.fromJSON (builtins.readFile ./names.json);
  # Package -> version, written by check.sh: another Debian, another derivation.
  versions = if builtins.pathExists ./debian.json then builtins.fromJSON (builtins.readFile ./debian.json) else { };

  standIn =
    attr: debian:
    let
      version = versions.${debian} or "none";
    in
    builtins.derivation {
      name = builtins.replaceStrings [ ":" "~" "+" ] [ "." "-" "-" ] "${debian}-${version}";
      inherit system;
      builder = "/bin/sh";
      PATH = "/usr/bin:/bin";
      args = [
        "-ec"
        "mkdir $out; echo '${debian} ${version}' > $out/debian"
      ];
    }
    // {
      pname = attr;
      override = _: standIn attr debian;
    };

  mkDerivation =
    given:
    let
      # mkDerivation (finalAttrs: { ... })
      args = if builtins.isFunction given then given (args // { finalPackage = result; }) else given;
      tested = args.doCheck or false;
      # As nixpkgs does: attributes of `env` are variables, the rest of these are
      # not the build's business.
      variables =
        removeAttrs args [
          "meta"
          "passthru"
          "env"
          "nativeCheckInputs"
          "checkInputs"
          "passAsFile"
        ]
        // (args.env or { })
        // {
          name = args.name or "${args.pname}-${args.version}";
          inherit system;
          outputs = args.outputs or [ "out" ];
          builder = args.builder or "/bin/bash";
          args = args.args or [ ./setup.sh ];
          PATH = "/usr/bin:/bin";
          nativeBuildInputs =
            (args.nativeBuildInputs or [ ]) ++ lib.optionals tested ((args.nativeCheckInputs or [ ]) ++ (args.checkInputs or [ ]));
          toolchain = map (d: "${d} ${versions.${d} or "none"}") [
            "gcc"
            "binutils"
            "libc6-dev"
            "make"
          ];
        };
      result =
        builtins.derivation variables
        // (args.passthru or { })
        // {
          meta = args.meta or { };
          inherit (variables) name;
          pname = args.pname or args.name;
          version = args.version or "";
          outputs = args.outputs or [ "out" ];
          overrideAttrs = f: mkDerivation (args // (f args));
          asked = args;
        };
    in
    result;

  runCommand =
    name: env: buildCommand:
    mkDerivation ({ inherit name buildCommand; } // env);

  testers = {
    testVersion =
      { package }:
      runCommand "${package.name}-test-version" { nativeBuildInputs = [ package ]; } ''
        ${package.meta.mainProgram} --version | grep -Fw -- '${package.version}'
        touch $out
      '';
    # What a build says and that it fails is the output.
    testBuildFailure =
      drv:
      drv.overrideAttrs (old: {
        buildCommand = ''
          out2=$out
          if (
            set -e
            out=$TMPDIR/failed
            ${old.buildCommand}
          ) > log 2>&1; then
            cat log
            exit 1
          fi
          mkdir $out2
          cp log $out2/testBuildFailure.log
        '';
      });
  };

  set =
    static:
    let
      self = builtins.mapAttrs standIn names.top // {
        inherit lib system testers runCommand;
        unixtools = builtins.mapAttrs standIn names.unixtools;
        python3 = standIn "python3" names.top.python3 // {
          withPackages = f: standIn "python3" names.top.python3 // { modules = f (builtins.mapAttrs standIn names.python3); };
        };
        stdenv = {
          inherit mkDerivation;
          hostPlatform.isStatic = static;
          buildPlatform.canExecute = _: true;
        };
        mkShell =
          args:
          mkDerivation (
            removeAttrs args [
              "inputsFrom"
              "packages"
            ]
            // {
              name = "nix-shell";
              nativeBuildInputs =
                (args.packages or [ ])
                ++ builtins.concatMap (d: d.asked.nativeBuildInputs ++ d.asked.nativeCheckInputs) (args.inputsFrom or [ ]);
              buildCommand = "export > $out";
            }
          );
        callPackage =
          f: extra:
          let
            function = if builtins.isFunction f then f else import f;
            wanted = builtins.functionArgs function;
          in
          lib.makeOverridable function (builtins.intersectAttrs wanted self // extra);
        pkgsStatic = set true;
        # A formatter that says what it was asked to format.
        nixfmt-tree = runCommand "nixfmt-tree" { meta.mainProgram = "treefmt"; } ''
          mkdir -p $out/bin
          printf '#!/bin/sh\necho formatted "$@"\n' > $out/bin/treefmt
          chmod +x $out/bin/treefmt
        '';
      };
    in
    self;
in
set false
