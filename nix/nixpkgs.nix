# SPDX-License-Identifier: Apache-2.0
# The nixpkgs that flake.lock pins, for those who use no flakes.
let
  lock = (builtins.fromJSON (builtins.readFile ./flake.lock)).nodes.nixpkgs.locked;
in
import (builtins.fetchTarball {
  url = "https://github.com/${lock.owner}/${lock.repo}/archive/${lock.rev}.tar.gz";
  sha256 = lock.narHash;
}) { }
