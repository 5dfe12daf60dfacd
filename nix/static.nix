# SPDX-License-Identifier: Apache-2.0
# One file for each command, without a dynamic loader: for any Linux of its kind.
{ pkgs }:
pkgs.pkgsStatic.callPackage ./package.nix {
  # The usual one brings libraries that do not link statically, and refval-fetch
  # asks nothing of them.
  curl = pkgs.pkgsStatic.curlMinimal.override {
    gssSupport = false;
    scpSupport = false;
  };
}
