/* SPDX-License-Identifier: Apache-2.0 */
/* cmdline.h - the command line as the kernel's EFI stub measures it. */
#ifndef RV_CMDLINE_H
#define RV_CMDLINE_H

#include <refval/types.h>

/*
 * SHA-384 of the load options: @cmdline with "initrd=initrd" behind it, or in
 * front when @prefix, if there is an @initrd; UTF-16LE with its NUL.
 */
RV_MUST bool rv_cmdline_digest(const char *cmdline, bool initrd, bool prefix,
			       struct rv_sha384 *out, struct rv_err *err);

#endif
