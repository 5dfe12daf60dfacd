# SPDX-License-Identifier: Apache-2.0
# refval as a Nix package: nixpkgs.callPackage ./package.nix { }
{
  lib,
  stdenv,
  pkg-config,
  openssl,
  libarchive,
  zlib,
  jansson,
  libxml2,
  libyaml,
  curl,
  # What the tests need; see tests/deps.txt.
  bats,
  cmocka,
  jq,
  parallel,
  python3,
  strace,
  xz,
  zstd,
  src ? ../.,
  doCheck ? false,
}:

stdenv.mkDerivation {
  pname = "refval";
  # The one place that knows the version is the public header.
  version = builtins.elemAt (builtins.match
    ".*REFVAL_VERSION \"([^\"]*)\".*"
    (builtins.readFile ../include/refval/types.h)) 0;
  inherit src doCheck;

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [
    openssl
    libarchive
    zlib
    jansson
    libxml2
    libyaml
    curl
  ];
  nativeCheckInputs = [
    bats
    cmocka
    jq
    openssl
    parallel
    python3
    strace
    xz
    zstd
  ];

  enableParallelBuilding = true;
  makeFlags = [ "PREFIX=${placeholder "out"}" ];
  # tests/deps.txt is about Debian; what nixpkgs was not asked for is skipped.
  checkTarget = "check-here";
  NO_INSTALL = "1";

  meta = {
    description = "Reference values for dstack's Intel TDX machines";
    license = lib.licenses.asl20;
    platforms = lib.platforms.linux;
    mainProgram = "refval";
  };
}
