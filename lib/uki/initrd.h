/* SPDX-License-Identifier: Apache-2.0 */
/* initrd.h - what the stub hands to the kernel. */
#ifndef RV_UKI_INITRD_H
#define RV_UKI_INITRD_H

#include "base.h"

#include <refval/uki.h>

/*
 * The initrd as the kernel gets it: microcode, .initrd, and an archive for each
 * section that the stub passes on as a file. Owned, rv_buf_free(); empty: none.
 */
RV_MUST bool rv_uki_initrd(const struct rv_uki *uki, struct rv_buf *out,
			   struct rv_err *err);
/*
 * The command line as the kernel gets it, in UTF-16LE with its NUL. *known is
 * false, with @why, where stubs differ. Owned, rv_buf_free().
 */
RV_MUST bool rv_uki_cmdline(const struct rv_uki *uki, struct rv_buf *out,
			    bool *known, const char **why, struct rv_err *err);
/* The version of the Linux kernel in it: 6, 12. False: it does not say. */
bool rv_uki_kernel(const struct rv_uki *uki, unsigned *major, unsigned *minor);
/* The same of a bzImage. */
bool rv_linux_version(struct rv_span kernel, unsigned *major, unsigned *minor);

#endif
