# SPDX-License-Identifier: Apache-2.0
# A verdict as a derivation: what depends on it is built only for a machine whose
# verdict is yes. Its output is the report, as text and as JSON.
#   verifyMachine { release = "dstack-0.5.8"; evidence = ./evidence; compose = ./app-compose.json; at = "2026-04-01"; }
# `at` is the time that the evidence is verified for: a derivation has no clock.
{
  runCommand,
  refval,
  lib,
}:

{
  release,
  evidence,
  compose,
  at,
  options ? [ ],
  name ? "refval-verdict",
}:

let
  input = import ./input.nix { inherit lib; } "verifyMachine";
  arguments = [
    "--release"
    release
    "--evidence"
    (input "evidence" evidence)
    "--compose"
    (input "compose" compose)
    "--at"
    at
  ]
  ++ options;
in
runCommand name { nativeBuildInputs = [ refval ]; } ''
  mkdir $out
  refval-verify ${lib.escapeShellArgs arguments} > report || { code=$?; cat report; echo "refval-verify: exit $code"; exit $code; }
  # An option that asks for something else, as --help does, ends with 0, too.
  tail -n 1 report | grep -q '^verdict  *yes' || { cat report; echo "refval-verify: no verdict"; exit 3; }
  refval-verify ${lib.escapeShellArgs arguments} --json > $out/report.json
  mv report $out/report.txt
''
