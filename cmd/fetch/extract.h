/* SPDX-License-Identifier: Apache-2.0 */
/* extract.h - the parts of evidence, each as a plain file. */
#ifndef RV_FETCH_EXTRACT_H
#define RV_FETCH_EXTRACT_H

#include <refval.h>

/*
 * Write quote, log, vm_config, manifest and collateral of @e into the folder
 * @dir, by the names that a folder of evidence is read by. Nothing in it is
 * replaced. RV_INPUT when there is nothing to write.
 */
RV_MUST bool rv_fetch_extract(const struct rv_evidence *e, const char *dir,
			      struct rv_err *err);

#endif
