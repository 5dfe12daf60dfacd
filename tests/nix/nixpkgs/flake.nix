# SPDX-License-Identifier: Apache-2.0
{
  outputs =
    { self }:
    let
      lib = import ./lib.nix;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs lib.platforms.linux (system: import ./. { inherit system; });
    };
}
