/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * refval.h - the public interface of librefval, in the order data flows:
 *
 *   image tarball --unpack--> image --measure--> register values ----+
 *   machine shape --acpi----> ACPI blobs --^                         +--verify--> report
 *   live machine --fetch--> evidence --quote, replay--> claims ------+
 *
 * Every function that can fail returns bool and takes a struct rv_err: false
 * means @err says what, where and with which numbers; true means @err was not
 * touched and every output is complete. The library never prints, exits, or
 * reads the clock or the environment, and changes nothing of the process.
 *
 * There is no ABI yet. Up to version 1.0 a struct may gain members from one
 * version to the next, so a program is compiled again with each: the shared
 * library's name (librefval.so.0) says no more than that. Structs are not
 * opaque, and zeroed ones are valid inputs: new members mean what they meant
 * before when they are zero. Names that begin with rv_, RV_ and REFVAL_ are
 * ours.
 *
 * fetch.h is not among these: it opens connections and needs libcurl. The
 * shared library does not have it; pkg-config's refval-fetch links the archive.
 */
/* clang-format on */
#ifndef REFVAL_H
#define REFVAL_H

#include <refval/types.h>
#include <refval/image.h>
#include <refval/shape.h>
#include <refval/pci.h>
#include <refval/acpi.h>
#include <refval/smbios.h>
#include <refval/uki.h>
#include <refval/boot.h>
#include <refval/measure.h>
#include <refval/evidence.h>
#include <refval/replay.h>
#include <refval/solve.h>
#include <refval/quote.h>
#include <refval/snp.h>
#include <refval/cloud.h>
#include <refval/gcp.h>
#include <refval/hash.h>
#include <refval/bind.h>
#include <refval/app_key.h>
#include <refval/release.h>
#include <refval/report.h>
#include <refval/diff.h>
#include <refval/gpu.h>
#include <refval/publish.h>
#include <refval/image_signature.h>
#include <refval/verify.h>

#endif
