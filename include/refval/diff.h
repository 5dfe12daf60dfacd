/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.h - stage "diff": reference values against evidence, with a reason for
 * every difference. The result is a report by trust layer, refval.report/1.
 */
#ifndef REFVAL_DIFF_H
#define REFVAL_DIFF_H

#include <refval/evidence.h>
#include <refval/measure.h>
#include <refval/quote.h>
#include <refval/replay.h>
#include <refval/types.h>

#endif
