# SPDX-License-Identifier: Apache-2.0
# Usable as github:OWNER/refval?dir=nix
{
  description = "Reference values of confidential virtual machines, and the verdict";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      each = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
    in
    {
      overlays.default = import ./overlay.nix;

      packages = each (pkgs: {
        default = pkgs.callPackage ./package.nix { };
        static = import ./static.nix { inherit pkgs; };
      });

      lib = each (pkgs: {
        inherit (import ./. { inherit pkgs; }) measureImage verifyMachine;
      });

      checks = each (pkgs: import ./checks.nix { inherit pkgs; });

      devShells = each (pkgs: {
        default = import ./shell.nix { inherit pkgs; };
      });

      formatter = each (pkgs: pkgs.nixfmt-tree);
    };
}
