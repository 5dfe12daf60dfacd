/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.h - the kernel as the firmware sees it, and its digest. */
#ifndef RV_KERNEL_H
#define RV_KERNEL_H

#include <refval/types.h>

enum { RV_SETUP_MAX = 8192 }; /* what QEMU reads and writes of a header */

/*
 * SHA-384 Authenticode digest of @file, with its first @head.n bytes replaced
 * by @head (which may be empty).
 */
RV_MUST bool rv_authenticode(struct rv_span file, struct rv_span head,
			     struct rv_sha384 *out, struct rv_err *err);

/* Where the 32-bit RAM of a q35 machine ends. */
uint64_t rv_below_4g(uint64_t memory);

/*
 * The setup header as QEMU patches it: @head gets the first RV_SETUP_MAX (or
 * fewer) bytes of @kernel with its changes, @n how many there are. RV_INPUT
 * when @kernel has no Linux setup header or the initrd does not fit.
 */
RV_MUST bool rv_setup_patch(struct rv_span kernel, uint64_t initrd,
			    const char *cmdline, uint64_t memory,
			    uint8_t head[RV_SETUP_MAX], size_t *n,
			    struct rv_err *err);

/* The digest of the kernel with the header that QEMU patched. */
RV_MUST bool rv_kernel_patched(struct rv_span kernel, uint64_t initrd,
			       const char *cmdline, uint64_t memory,
			       struct rv_sha384 *out, struct rv_err *err);

#endif
