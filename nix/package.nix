# SPDX-License-Identifier: Apache-2.0
# refval as a Nix package: nixpkgs.callPackage ./package.nix { }
{
  lib,
  stdenv,
  testers,
  pkg-config,
  openssl,
  libarchive,
  zlib,
  jansson,
  libxml2,
  libyaml,
  curl,
  libmicrohttpd,
  # What the tests need: group check of tests/deps.txt.
  acpica-tools,
  bats,
  cmocka,
  cpio,
  git,
  jq,
  libfaketime,
  mandoc,
  nginx,
  parallel,
  python3,
  redis,
  skopeo,
  strace,
  tpm2-tools,
  umoci,
  unixtools,
  xz,
  zstd,
  doCheck ? false,
}:

let
  # Only what a build reads is part of its hash: no .git, no build folder, and
  # a test that changes builds nothing anew.
  built = [
    ../LICENSE
    ../Makefile
    ../cmd
    ../docs
    ../images
    ../include
    ../lib
    ../tests/deps.sh
    ../tests/deps.txt
    ../tests/verify.sh
    # What `make verify` verifies.
    ../tests/vectors/real/near-058-dev-3e6394
  ];
  tested = [
    ../.ci
    ../.clang-format
    ../CONTRIBUTING.md
    ../NEWS.md
    ../README.md
    ../SECURITY.md
    ../tests
    ./.
  ];
  static = stdenv.hostPlatform.isStatic;
in
stdenv.mkDerivation (finalAttrs: {
  pname = "refval";
  # The one place that knows the version is the public header.
  version = builtins.elemAt (builtins.match ".*REFVAL_VERSION \"([^\"]*)\".*" (
    builtins.readFile ../include/refval/types.h
  )) 0;
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions (built ++ lib.optionals doCheck tested);
  };
  inherit doCheck;

  outputs = [
    "out"
    "lib"
    "dev"
    "man"
  ];
  strictDeps = true;
  enableParallelBuilding = true;

  nativeBuildInputs = [ pkg-config ];
  # refval.pc and refval-fetch.pc require them, too.
  propagatedBuildInputs = [
    openssl
    libarchive
    zlib
    jansson
    libxml2
    libyaml
    curl
    libmicrohttpd
  ];
  nativeCheckInputs = [
    acpica-tools
    bats
    cpio
    git
    jq
    libfaketime
    mandoc
    nginx
    openssl
    parallel
    (python3.withPackages (p: [
      p.cbor2
      p.cryptography
      p.jsonschema
    ]))
    redis
    skopeo
    strace
    tpm2-tools
    umoci
    unixtools.xxd
    xz
    zstd
  ];
  checkInputs = [ cmocka ];

  postPatch = ''
    patchShebangs docs images tests
  '';
  makeFlags = [
    "PREFIX=${placeholder "out"}"
    "LIBDIR=${placeholder "lib"}/lib"
    "PCDIR=${placeholder "dev"}/lib/pkgconfig"
    "INCDIR=${placeholder "dev"}/include"
    "MANDIR=${placeholder "man"}/share/man"
  ]
  ++ lib.optionals static [ "STATIC=1" ];

  # tests/deps.txt is about Debian; what nixpkgs was not asked for is skipped.
  checkTarget = "check-here";
  preCheck = ''
    export NO_INSTALL=1 PYTHON=$(command -v python3) HOME=$TMPDIR
  '';

  # A real machine, verified end to end by what was installed.
  doInstallCheck = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
  installCheckPhase = ''
    runHook preInstallCheck
    BIN=$out/bin B=$TMPDIR sh tests/verify.sh
    runHook postInstallCheck
  '';

  passthru.tests.version = testers.testVersion { package = finalAttrs.finalPackage; };

  meta = {
    description = "Reference values of confidential virtual machines, and the verdict";
    license = lib.licenses.asl20;
    platforms = lib.platforms.linux;
    mainProgram = "refval";
    pkgConfigModules = [
      "refval"
      "refval-fetch"
    ];
  };
})
