# SPDX-License-Identifier: Apache-2.0
final: prev: {
  refval = final.callPackage ./package.nix { };
  refvalMeasureImage = final.callPackage ./measure-image.nix { };
  refvalVerifyMachine = final.callPackage ./verify-machine.nix { };
}
