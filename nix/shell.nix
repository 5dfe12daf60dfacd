# SPDX-License-Identifier: Apache-2.0
# Everything a developer needs: compilers, judges, linters.
{
  pkgs ? import ./nixpkgs.nix,
}:
pkgs.mkShell {
  inputsFrom = [ (pkgs.callPackage ./package.nix { doCheck = true; }) ];
  packages = with pkgs; [
    clang
    clang-tools
    cppcheck
    shellcheck
    valgrind
    qemu
    swtpm
  ];
  CFLAGS = "-O2 -g -Werror";
  NO_INSTALL = "1";
  # The tests' python3 is the one with their modules.
  shellHook = ''
    export PYTHON=$(command -v python3)
  '';
}
