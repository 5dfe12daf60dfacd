# SPDX-License-Identifier: Apache-2.0
# Without flakes: nix-build nix, nix-build nix -A static, nix-shell nix/shell.nix,
# and (import ./refval/nix { }).verifyMachine.
{
  pkgs ? import ./nixpkgs.nix,
}:
let
  refval = pkgs.callPackage ./package.nix { };
in
refval
// {
  static = import ./static.nix { inherit pkgs; };
  checks = import ./checks.nix { inherit pkgs; };
  measureImage = pkgs.callPackage ./measure-image.nix { inherit refval; };
  verifyMachine = pkgs.callPackage ./verify-machine.nix { inherit refval; };
}
