# SPDX-License-Identifier: Apache-2.0
# A package set that is only names: enough to evaluate nix/*.nix where no Nix
# cache can be reached. It proves that the expressions are well formed and what
# they ask for, not that they build.
let
  derivation' = args: builtins.derivation {
    name = args.name or "${args.pname or "x"}-${args.version or "0"}";
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ ];
    passed = builtins.toJSON (removeAttrs (builtins.mapAttrs (_: v: if builtins.isFunction v then null else v) args) [ "meta" "src" "drv" ]);
  };
  package = name: derivation' { inherit name; } // { pname = name; };
  names = [
    "pkg-config" "openssl" "libarchive" "zlib" "jansson" "libxml2" "libyaml" "curl"
    "bats" "cmocka" "jq" "parallel" "python3" "strace" "xz" "zstd"
    "clang" "clang-tools" "mandoc" "shellcheck" "valgrind" "acpica-tools" "qemu" "swtpm"
  ];
  lib = {
    licenses.asl20 = "Apache-2.0";
    platforms.linux = [ "x86_64-linux" ];
    escapeShellArg = s: "'${builtins.toString s}'";
    escapeShellArgs = l: builtins.concatStringsSep " " (map (s: "'${builtins.toString s}'") l);
    genAttrs = l: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) l);
  };
  mkDerivation = args:
    derivation' args
    // {
      inherit (args) meta;
      overrideAttrs = f: mkDerivation (args // f args);
      asked = args;
    };
  self =
    builtins.listToAttrs (map (name: { inherit name; value = package name; }) names)
    // {
      inherit lib;
      stdenv = { inherit mkDerivation; };
      mkShell = args: derivation' (args // { name = "shell"; });
      runCommand = name: env: script: derivation' { inherit name script; };
      callPackage = path: extra:
        let
          f = import path;
          wanted = builtins.functionArgs f;
          have = builtins.intersectAttrs wanted self;
          result = f (have // extra);
        in
        if builtins.isFunction result then result
        else result // { override = more: self.callPackage path (extra // more); };
      pkgsStatic = self;
      refval = self.callPackage ../nix/package.nix { };
    };
in
self
