/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refval.h - the public interface of librefval, in the order data flows:
 *
 *   image tarball --unpack--> image --measure--> register values --+
 *   machine shape --acpi----> ACPI blobs --------^                 +--diff-->
 * report live machine --fetch--> evidence --quote, replay--> claims ----+
 *
 * Every function that can fail returns bool and takes a struct rv_err: false
 * means @err says what, where and with which numbers; true means @err was not
 * touched and every output is complete. The library never prints, exits, or
 * reads the clock or the environment.
 */
#ifndef REFVAL_H
#define REFVAL_H

#include <refval/types.h>
#include <refval/image.h>
#include <refval/shape.h>
#include <refval/pci.h>
#include <refval/acpi.h>
#include <refval/smbios.h>
#include <refval/measure.h>
#include <refval/evidence.h>
#include <refval/replay.h>
#include <refval/solve.h>
#include <refval/quote.h>
#include <refval/hash.h>
#include <refval/bind.h>
#include <refval/release.h>
#include <refval/report.h>
#include <refval/diff.h>
#include <refval/gpu.h>
#include <refval/publish.h>
#include <refval/verify.h>

#endif
