# SPDX-License-Identifier: Apache-2.0
# Everything a developer needs: compilers, judges, linters.
{ pkgs }:
pkgs.mkShell {
  inputsFrom = [ (pkgs.callPackage ./package.nix { doCheck = true; }) ];
  packages = with pkgs; [
    clang
    clang-tools
    mandoc
    shellcheck
    valgrind
    acpica-tools
    qemu
    swtpm
  ];
  CFLAGS = "-O2 -g -Werror";
  NO_INSTALL = "1";
}
