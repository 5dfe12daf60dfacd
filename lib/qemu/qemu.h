/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qemu.h - what is known of QEMU's versions: one row each, with every switch
 * that any stage asks for. Nothing else of refval compares a version with a
 * number, so a version is added by a row.
 */
#ifndef RV_QEMU_H
#define RV_QEMU_H

#include "base.h"
#include <refval/shape.h>

/* Everything in the ACPI blobs that depends on the version. */
struct rv_qemu_acpi {
	uint8_t madt_revision;
	bool pdsm_tests_aidx; /* PDSM function 7 looks before it answers */
	bool static_pxb_prt;  /* routing of a pxb: a package, not a loop */
	bool eject_list;      /* CSCN collects CPUs to eject */
	bool pres_ini;	      /* PRES has an _INI method */
	bool serial_shared;   /* COM1's interrupt is level, low, shared */
};

/* What the firmware measures as the kernel. */
enum rv_kernel_rule {
	RV_KERNEL_PATCHED, /* with the setup header that QEMU writes */
	/* So too, but firmware that reads etc/boot/kernel finds the file. */
	RV_KERNEL_NAMED,
	RV_KERNEL_AS_FILE,
};

/* The entry point of the SMBIOS tables, which decides how long type 4 is. */
enum rv_smbios_entry {
	RV_SMBIOS_2,	/* type 4 has 42 bytes */
	RV_SMBIOS_3,	/* 48 bytes */
	RV_SMBIOS_AUTO, /* 2, or 3 for what 2 cannot say */
};

/* What comes with the machine type pc-q35-MAJOR.MINOR, on any later QEMU. */
struct rv_qemu_machine {
	enum rv_smbios_entry smbios;
	uint64_t dimm_max; /* bytes of the largest memory device */
};

struct rv_qemu_row {
	const char *name;     /* "8.2": the branch that @first is on */
	struct rv_qemu first; /* up to the next row's, or the branch's end */
	struct rv_qemu shown; /* the version that stands for this row */
	bool met;	      /* hosts of dstack run it */
	struct rv_qemu_acpi acpi;
	enum rv_page_add page_add;
	bool pic;  /* by default */
	bool edge; /* its TDX is a patch set, which made interrupts so */
	enum rv_kernel_rule kernel;
	uint8_t cpu_family;	  /* of SMBIOS type 4 */
	bool cpu_hyper_threading; /* CPUID's HTT bit with several CPUs */
	struct rv_qemu_machine machine;
};

/* The rows, oldest first. */
size_t rv_qemu_rows(void);
const struct rv_qemu_row *rv_qemu_row(size_t i);

/* The row of a version; NULL when nothing is known of it. */
const struct rv_qemu_row *rv_qemu_find(const struct rv_qemu *version);
/* Why there is none: older than every row, or of a later branch. */
bool rv_qemu_too_old(const struct rv_qemu *version);
bool rv_qemu_too_new(const struct rv_qemu *version);

/* The branches at both ends, and the first that adds pages in one pass. */
const char *rv_qemu_oldest(void);
const char *rv_qemu_newest(void);
const char *rv_qemu_single_since(void);

enum {
	RV_QEMU_CLASSES_MAX = 16,
	RV_QEMU_WORDS = 160, /* of a class in words, at most */
};

/* Versions that give the same ACPI blobs, by rows. */
struct rv_qemu_class {
	struct rv_qemu_acpi acpi;
	/* Which versions stand for it, by page order; 0: there is none. */
	struct rv_qemu two_pass, single;
	bool pic; /* the usual setting */
};

struct rv_qemu_classes {
	struct rv_qemu_class class[RV_QEMU_CLASSES_MAX];
	size_t n;
	bool pxb; /* of machines with a PCI expander */
};

/* The classes, the usual ones first. */
void rv_qemu_classify(bool pxb, struct rv_qemu_classes *out);
/* The class of a known version. */
size_t rv_qemu_class_of(const struct rv_qemu_classes *c,
			const struct rv_qemu_row *row);
/* "8.1.0 to 8.2.8, 9.0.0 to 9.1.2, 9.2.0" */
void rv_qemu_words(const struct rv_qemu_classes *c, size_t i,
		   char out[RV_QEMU_WORDS]);

#endif
