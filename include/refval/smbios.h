/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smbios.h - stage "measure": the SMBIOS structures that QEMU's q35 machine
 * gives its guest, as firmware completes and, from edk2 202505 on, measures
 * them into RTMR0 (EV_EFI_HANDOFF_TABLES).
 *
 * Sources: etc/smbios/smbios-tables of QEMU 10.0.13 and 11.1.3 for machine
 * types 8.0 to 11.1 (tests/vectors/smbios), the events of two dstack machines,
 * DMTF's DSP0134 3.7 for the names of the fields.
 */
#ifndef REFVAL_SMBIOS_H
#define REFVAL_SMBIOS_H

#include <refval/shape.h>
#include <refval/types.h>

enum {
	RV_SMBIOS_OPTIONS = 4, /* -smbios type=0 to type=3 */
	RV_SMBIOS_TEXTS = 6,   /* strings of one of them, at most */
	RV_SMBIOS_TEXT_MAX = 255,
	RV_SMBIOS_SOCKETS_MAX = 64,
};

/*
 * What decides the structures. Texts are borrowed; NULL: not stated. In
 * @text[type] they stand in the order
 *   0: vendor, version, date
 *   1: manufacturer, product, version, serial, sku, family
 *   2: manufacturer, product, version, serial, asset, location
 *   3: manufacturer, version, serial, asset, sku
 */
struct rv_smbios {
	struct rv_qemu qemu;	/* the program */
	struct rv_qemu machine; /* pc-q35-MAJOR.MINOR; 0: of the program */
	uint64_t memory;	/* bytes */
	uint32_t cpus, sockets, threads; /* sockets, threads: 0 is 1 */
	uint32_t eax, edx; /* of the CPU model's CPUID leaf 1, as QEMU has it */
	bool given[RV_SMBIOS_OPTIONS];
	const char *text[RV_SMBIOS_OPTIONS][RV_SMBIOS_TEXTS];
	unsigned bios_major, bios_minor; /* release= of type 0 */
	/* Firmware's own type 0: vendor, version, date. */
	const char *firmware[3];
};

/*
 * The structures: QEMU's own table (@guest false), or what the guest sees and
 * firmware starts from. @out is owned.
 */
RV_API RV_MUST bool rv_smbios_table(const struct rv_smbios *s, bool guest,
				    struct rv_buf *out, struct rv_err *err);
/*
 * Blank, in place, what firmware leaves out of its measurement: serial numbers
 * and counts. RV_INPUT when @table is not a chain of structures up to type 127.
 */
RV_API RV_MUST bool rv_smbios_filter(struct rv_buf *table, struct rv_err *err);
/* SHA-384 of the guest's table, filtered: the event's digest. */
RV_API RV_MUST bool rv_smbios_digest(const struct rv_smbios *s,
				     struct rv_sha384 *out, struct rv_err *err);

#endif
