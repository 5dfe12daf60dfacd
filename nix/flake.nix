# SPDX-License-Identifier: Apache-2.0
# Usable as github:OWNER/refval?dir=nix
{
  description = "Reference values for dstack's Intel TDX machines";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";

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
        # One file without a dynamic loader; runs on any Linux of its kind.
        static = pkgs.pkgsStatic.callPackage ./package.nix { };
      });

      lib = each (pkgs: {
        measureImage = pkgs.callPackage ./measure-image.nix {
          refval = pkgs.callPackage ./package.nix { };
        };
      });

      checks = each (pkgs: import ./checks.nix { inherit pkgs; });

      devShells = each (pkgs: {
        default = import ./shell.nix { inherit pkgs; };
      });
    };
}
