/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmdline.c - the kernel command line as OVMF's image loader composes it
 * (edk2 OvmfPkg/Library/GenericQemuLoadImageLib).
 */
#include "base.h"
#include "cmdline.h"
#include "digest.h"

#include <refval/measure.h>

bool rv_cmdline_digest(const char *cmdline, bool initrd, bool prefix,
		       struct rv_sha384 *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const char *part[3] = { initrd && prefix ? "initrd=initrd " : "",
				cmdline,
				initrd && !prefix ? " initrd=initrd" : "" };

	if (strlen(cmdline) >= RV_CMDLINE_MAX)
		return rv_fail(err, RV_INPUT, "cmdline: longer than %d bytes",
			       RV_CMDLINE_MAX - 1);
	for (size_t i = 0; i < RV_LEN(part); i++) {
		for (const char *s = part[i]; *s; s++) {
			/* edk2 widens single bytes: only ASCII is certain. */
			if ((uint8_t)*s >= 0x80)
				return rv_fail(
				    err, RV_INPUT,
				    "cmdline: byte %#x at %zu is not "
				    "ASCII",
				    (uint8_t)*s, (size_t)(s - part[i]));
			rv_grow_le(&g, (uint8_t)*s, 2);
		}
	}
	rv_grow_le(&g, 0, 2);
	if (g.failed)
		return rv_no_memory(err, "cmdline");
	return rv_sha384(rv_buf_span(&g.buf), out, err);
}
