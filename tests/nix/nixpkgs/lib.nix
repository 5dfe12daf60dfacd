# SPDX-License-Identifier: Apache-2.0
# Of nixpkgs's lib what nix/*.nix calls, under the same names.
rec {
  licenses.asl20.spdxId = "Apache-2.0";
  platforms.linux = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  escapeShellArg = s: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString s)}'";
  escapeShellArgs = l: builtins.concatStringsSep " " (map escapeShellArg l);
  genAttrs =
    l: f:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = f name;
      }) l
    );
  optionals = c: l: if c then l else [ ];
  hasPrefix = p: s: builtins.substring 0 (builtins.stringLength p) s == p;
  isDerivation = v: builtins.isAttrs v && v ? type && v.type == "derivation";
  makeOverridable =
    f: args:
    let
      made = f args;
    in
    if builtins.isAttrs made then made // { override = more: makeOverridable f (args // more); } else made;
  fileset = {
    unions =
      l:
      map (p: if builtins.isPath p && builtins.pathExists p then p else throw "lib.fileset.unions: ${toString p} does not exist") l;
    toSource =
      { root, fileset }:
      let
        files = map toString fileset;
      in
      builtins.path {
        name = "source";
        path = root;
        filter = path: _: builtins.any (f: path == f || hasPrefix "${f}/" path || hasPrefix "${path}/" f) files;
      };
  };
}
