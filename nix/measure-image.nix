# SPDX-License-Identifier: Apache-2.0
# Measure an OS image inside a derivation: its output is refval.values/1.
#   measureImage { image = ./dstack-0.5.9.tar.gz; options = [ "--cpus" "2" "--memory" "4G" "--qemu" "9.2.1" ]; }
{
  runCommand,
  refval,
  lib,
}:

{
  image,
  options ? [ ],
  name ? "refval-values.json",
}:

let
  input = import ./input.nix { inherit lib; } "measureImage";
in
runCommand name { nativeBuildInputs = [ refval ]; } ''
  refval-measure ${lib.escapeShellArg (input "image" image)} ${lib.escapeShellArgs options} --json > $out
''
