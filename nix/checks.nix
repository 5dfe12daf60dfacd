# SPDX-License-Identifier: Apache-2.0
# What `nix flake check` runs: the tests, that two builds are one, and that a
# verdict is an output only if it is yes.
{ pkgs }:
let
  package = pkgs.callPackage ./package.nix { };
  # The same build to other store paths, in a folder of another name, under
  # another time zone and umask, one file at a time.
  again = package.overrideAttrs (old: {
    postUnpack = ''
      mkdir -p "a longer/path"
      mv "$sourceRoot" "a longer/path/"
      sourceRoot="a longer/path/$sourceRoot"
    '';
    preBuild = ''
      export TZ=Pacific/Kiritimati
      umask 077
    '';
    enableParallelBuilding = false;
  });
  verifyMachine = pkgs.callPackage ./verify-machine.nix { refval = package; };
  machine = {
    release = "dstack-dev-0.5.8";
    evidence = ../docs/auditor-template/evidence;
    compose = ../docs/auditor-template/app-compose.json;
    at = "2026-04-01";
    options = [
      "--cpus"
      "8"
      "--memory"
      "64G"
      "--qemu"
      "8.2.2"
    ];
  };
in
{
  tests = package.override { doCheck = true; };
  version = package.tests.version;

  # Every output, byte by byte. What differs is the store paths that they name
  # themselves by, of the same length in both.
  reproducible = pkgs.runCommand "refval-reproducible" { } (
    ''
      mkdir one two $out
      hash() { basename "$1" | cut -c1-32; }
    ''
    + builtins.concatStringsSep "" (
      map (o: ''
        cp -r ${package.${o}} one/${o}
        cp -r ${again.${o}} two/${o}
        echo "s/$(hash ${again.${o}})/$(hash ${package.${o}})/g" >> names
      '') package.outputs
    )
    + ''
      chmod -R u+w one two
      [ "$(sort -u names | wc -l)" = ${toString (builtins.length package.outputs)} ]
      find two -type f -exec sed -i -f names {} +
      for f in one two; do
        (cd $f && find . -type l -printf '%p -> %l\n' -o -printf '%p %m\n' | sed -f ../names | LC_ALL=C sort) > $f.files
      done
      diff one.files two.files
      diff -r --no-dereference one two
      [ "$(find one -type f -path '*/bin/refval*' | wc -l)" -ge 12 ]
      (cd one && find . -type f -exec sha256sum {} +) | LC_ALL=C sort -k2 > $out/SHA256SUMS
    ''
  );

  machine = verifyMachine machine;
  refused =
    let
      other = pkgs.runCommand "app-compose.json" { } ''
        sed 's/launcher/lauNcher/' ${machine.compose} > $out
      '';
      failed = pkgs.testers.testBuildFailure (verifyMachine (machine // { compose = other; }));
    in
    pkgs.runCommand "refval-refused" { } ''
      grep -q 'refval-verify: exit 1' ${failed}/testBuildFailure.log
      grep -q 'no .*compose_hash' ${failed}/testBuildFailure.log
      touch $out
    '';
}
