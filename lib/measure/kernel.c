/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.c - the Linux setup header as QEMU hands it to the firmware
 * (QEMU hw/i386/x86-common.c; Linux Documentation/arch/x86/boot.rst).
 */
#include "base.h"
#include "kernel.h"

#include <refval/uki.h>

enum {
	VGA = 0x1fa,	   /* u16 video mode */
	SIGNATURE = 0x202, /* "HdrS" */
	PROTOCOL = 0x206,
	LOADER = 0x210, /* u8 type_of_loader */
	LOADFLAGS = 0x211,
	INITRD = 0x218,	  /* u32 address, u32 size */
	HEAP_END = 0x224, /* u16: the two bytes behind it are not its own */
	CMDLINE = 0x228,  /* u32 address */
	INITRD_MAX = 0x22c,
	XLOADFLAGS = 0x236,
	HEADER_END = 0x260,
	/* boot.rst: bit 1 of xloadflags; bit 6 is 5-level paging. */
	CAN_BE_LOADED_ABOVE_4G = 0x02,
	LOADED_HIGH = 0x01,
	CAN_USE_HEAP = 0x80,
	QEMU_LOADER = 0xb0,
	ACPI_DATA = 0x28000, /* QEMU keeps this below the end of RAM */
	PAGE = 4096,
};

#define LOWMEM	   ((uint64_t)0xb0000000) /* q35: from here RAM is split */
#define LOWMEM_END ((uint64_t)0x80000000) /* and 32-bit RAM ends here */

uint64_t rv_below_4g(uint64_t memory)
{
	return memory >= LOWMEM ? LOWMEM_END : memory;
}

static void put(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t get(const uint8_t *head, size_t at, size_t n)
{
	return rv_num(rv_span(head + at, n));
}

/* "vga=" as QEMU reads it: a word, or a number as strtoul() does. */
static bool patch_vga(uint8_t *head, const char *cmdline, struct rv_err *err)
{
	static const struct {
		const char *word;
		uint32_t mode;
	} words[] = { { "normal", 0xffff },
		      { "ext", 0xfffe },
		      { "ask", 0xfffd } };
	const char *vga = strstr(cmdline, "vga=");
	size_t n;
	uint64_t v;

	if (!vga)
		return true;
	vga += 4;
	for (size_t i = 0; i < RV_LEN(words); i++) {
		if (strncmp(vga, words[i].word, strlen(words[i].word)) == 0) {
			put(head + VGA, words[i].mode, 2);
			return true;
		}
	}
	/* Other notations exist; none is known to be used. */
	n = strcspn(vga, " ");
	if (!rv_decimal(rv_span(vga, n), UINT16_MAX, &v))
		return rv_fail(err, RV_INPUT,
			       "kernel: vga=%.*s in the command line: not a "
			       "decimal number",
			       (int)(n > 40 ? 40 : n), vga);
	put(head + VGA, v, 2);
	return true;
}

static bool patch_initrd(uint8_t *head, uint64_t protocol, uint64_t size,
			 uint64_t memory, struct rv_err *err)
{
	uint64_t max = 0x37ffffff, top = rv_below_4g(memory) - ACPI_DATA;

	if (protocol >= 0x20c &&
	    (get(head, XLOADFLAGS, 2) & CAN_BE_LOADED_ABOVE_4G))
		max = UINT32_MAX;
	else if (protocol >= 0x203)
		max = get(head, INITRD_MAX, 4);
	if (max >= top)
		max = top - 1;
	if (size >= max)
		return rv_fail(err, RV_INPUT,
			       "kernel: an initrd of %" PRIu64
			       " bytes does not fit below %" PRIu64,
			       size, max);
	put(head + INITRD, (max - size) & ~(uint64_t)(PAGE - 1), 4);
	put(head + INITRD + 4, size, 4);
	return true;
}

bool rv_setup_patch(struct rv_span kernel, uint64_t initrd, const char *cmdline,
		    uint64_t memory, uint8_t out[RV_SETUP_MAX], size_t *n,
		    struct rv_err *err)
{
	size_t have = kernel.n < RV_SETUP_MAX ? kernel.n : RV_SETUP_MAX;
	uint8_t head[RV_SETUP_MAX];
	uint64_t protocol, line = (strlen(cmdline) + 16) & ~(uint64_t)15;
	uint64_t real = 0x10000, at = 0x20000;

	if (have < HEADER_END ||
	    !rv_same_text(rv_span(kernel.p + SIGNATURE, 4), "HdrS"))
		return rv_fail(err, RV_INPUT,
			       "kernel: no Linux setup header in %zu bytes",
			       kernel.n);
	if (memory <= ACPI_DATA)
		return rv_fail(err, RV_INPUT,
			       "kernel: %" PRIu64 " bytes of RAM", memory);
	memcpy(head, kernel.p, have);
	protocol = get(head, PROTOCOL, 2);
	if (protocol < 0x202 || !(head[LOADFLAGS] & LOADED_HIGH)) {
		real = 0x90000;
		at = 0x9a000 - line;
	}
	if (protocol < 0x202)
		return rv_fail(err, RV_INPUT,
			       "kernel: boot protocol %#x, older than any "
			       "kernel with an EFI stub",
			       (unsigned)protocol);
	put(head + CMDLINE, at, 4);
	if (!patch_vga(head, cmdline, err))
		return false;
	head[LOADER] = QEMU_LOADER;
	head[LOADFLAGS] |= CAN_USE_HEAP;
	put(head + HEAP_END, at - real - 0x200, 2);
	if (initrd && !patch_initrd(head, protocol, initrd, memory, err))
		return false;
	memcpy(out, head, have);
	*n = have;
	return true;
}

bool rv_authenticode(struct rv_span file, struct rv_span head,
		     struct rv_sha384 *out, struct rv_err *err)
{
	struct rv_pe pe;

	return rv_pe_read(file, &pe, err) &&
	       rv_pe_digest_with(&pe, head, RV_SHA384, out->b, err);
}

bool rv_kernel_patched(struct rv_span kernel, uint64_t initrd,
		       const char *cmdline, uint64_t memory,
		       struct rv_sha384 *out, struct rv_err *err)
{
	uint8_t head[RV_SETUP_MAX];
	size_t n = 0;

	return rv_setup_patch(kernel, initrd, cmdline, memory, head, &n, err) &&
	       rv_authenticode(kernel, rv_span(head, n), out, err);
}
