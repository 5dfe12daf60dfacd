# SPDX-License-Identifier: Apache-2.0
# What `nix flake check` runs: the tests, and that two builds are one.
{ pkgs }:
let
  package = pkgs.callPackage ./package.nix { };
  # The same build under another name: another store path, another build.
  again = package.overrideAttrs (old: {
    pname = "refval-again";
    makeFlags = [ "PREFIX=${package}" "DESTDIR=${placeholder "out"}" ];
  });
in
{
  tests = package.override { doCheck = true; };
  reproducible = pkgs.runCommand "refval-reproducible" { } ''
    cmp_all() { (cd "$1/bin" && sha256sum refval*); }
    cmp_all ${package} > one
    cmp_all ${again}${package} > two
    diff one two
    cp one $out
  '';
}
