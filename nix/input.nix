# SPDX-License-Identifier: Apache-2.0
# A file or folder that a derivation is to read, as a string that has it in the
# store. A string that is only a name would be seen nowhere in the sandbox, which
# would be found out late and said badly.
{ lib }:
who: name: value:
if builtins.isPath value || lib.isDerivation value || (builtins.isString value && builtins.hasContext value) then
  "${value}"
else
  throw "${who}: ${name} = ${builtins.toJSON value} is no path and no derivation: write ./NAME without quotes, or /. + \"/absolute/name\""
