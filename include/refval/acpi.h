/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi.h - stage "acpi": the three ACPI blobs that QEMU's q35 machine hands to
 * its firmware, and that the firmware measures into RTMR0 as it reads them.
 */
#ifndef REFVAL_ACPI_H
#define REFVAL_ACPI_H

#include <refval/shape.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RV_ACPI_ASSUMED_MAX = 4 };

/* What was decided without being told; each is printed with the result. */
struct rv_acpi_assumed {
	char text[RV_ACPI_ASSUMED_MAX][160];
	size_t n;
};

/* SHA-384 of the whole fw_cfg files, padding included. */
struct rv_acpi_digests {
	struct rv_sha384 loader; /* etc/table-loader */
	struct rv_sha384 rsdp;	 /* etc/acpi/rsdp */
	struct rv_sha384 tables; /* etc/acpi/tables */
	bool has_tpm_log;
	struct rv_sha384 tpm_log;	/* etc/tpm/log, only with a TPM */
	struct rv_acpi_assumed assumed; /* for what was computed from a shape */
};

enum {
	RV_ACPI_NODES_MAX = 128,  /* NUMA nodes */
	RV_ACPI_PXBS_MAX = 16,	  /* PCI expander buses */
	RV_ACPI_RANGES_MAX = 256, /* of one kind on one expander bus */
	RV_ACPI_SLOT_MAX = 30,	  /* the last slot of bus 0 that is free */
};

/* Addresses, both ends included. */
struct rv_range {
	uint64_t first, last;
};

struct rv_ranges {
	struct rv_range *at; /* owned */
	size_t n;
};

/*
 * A pxb-pcie expander: its place on bus 0, its bus numbers, and the BARs and
 * bridge windows that firmware programmed on that bus.
 */
struct rv_acpi_pxb {
	unsigned devfn;		/* slot << 3 on bus 0 */
	unsigned bus, last_bus; /* its own number, the highest below it */
	bool has_node;
	uint32_t node;
	struct rv_ranges io, memory, prefetch; /* owned */
};

/*
 * All that reaches the blobs. What firmware decides (PM and ECAM base, where
 * 64-bit BARs lie) is part of it; rv_acpi_machine_default() has OVMF's choices.
 */
struct rv_acpi_machine {
	struct rv_qemu qemu; /* 8.0.0 to 11.1.x */
	bool edge;	     /* pre-upstream TDX patch set: edge interrupts */
	bool pic, smm, hotplug, serial, tpm;
	uint32_t cpus;			/* 1 to RV_CPUS_MAX */
	uint64_t memory;		/* bytes */
	uint32_t endpoints, root_ports; /* slots 1.. of bus 0, in this order */
	uint64_t hole64;		/* q35-pcihost.pci-hole64-size */
	uint64_t mmio64_base;		/* where the lowest 64-bit BAR lies */
	uint64_t mmio64_used_end; /* the byte behind the highest one, or 0 */
	uint32_t ecam, pm_base;
	char oem_id[7], oem_table_id[9];
	struct rv_numa *numa; /* owned; pxb_bus is not used */
	size_t nodes;
	struct rv_acpi_pxb *pxb; /* owned; the one created last comes first */
	size_t pxbs;
};

/* The default of every fact but the QEMU version, which stays 0.0.0. */
RV_API struct rv_acpi_machine rv_acpi_machine_default(void);
RV_API void rv_acpi_machine_free(struct rv_acpi_machine *m);

/*
 * Read a machine from a JSON object (docs/FORMATS.md, "ACPI machine"). Absent
 * keys have their defaults, unknown keys are refused. @out is owned.
 */
RV_API RV_MUST bool rv_acpi_machine_read(struct rv_span json,
					 struct rv_acpi_machine *out,
					 struct rv_err *err);

/*
 * The machine that a dstack VMM of this shape starts. RV_INPUT names the fact
 * that is missing when the shape does not decide the tables. @out is owned.
 */
RV_API RV_MUST bool rv_acpi_from_shape(const struct rv_shape *shape,
				       struct rv_acpi_machine *out,
				       struct rv_acpi_assumed *assumed,
				       struct rv_err *err);

/* The fw_cfg files, as firmware reads them. */
struct rv_acpi_blobs {
	struct rv_buf loader, rsdp, tables; /* owned */
	struct rv_buf tpm_log;		    /* owned; empty without a TPM */
};

RV_API RV_MUST bool rv_acpi_build(const struct rv_acpi_machine *m,
				  struct rv_acpi_blobs *out,
				  struct rv_err *err);
/*
 * The same where @blobs holds what was built before, or zeros: of one machine
 * after the other, in the same memory. On failure @blobs is zeros.
 */
RV_API RV_MUST bool rv_acpi_rebuild(const struct rv_acpi_machine *m,
				    struct rv_acpi_blobs *blobs,
				    struct rv_err *err);
RV_API void rv_acpi_blobs_free(struct rv_acpi_blobs *b);

/*
 * The lengths of the tables: all that the loader and the RSDP depend on. Which
 * makes them cheap to compare, before a tables blob is built and hashed.
 */
struct rv_acpi_lengths {
	size_t dsdt, apic;
	size_t tpm2, srat; /* 0: not there */
};

enum { RV_ACPI_RSDP_SIZE = 20 };

RV_API RV_MUST bool rv_acpi_lengths(const struct rv_acpi_machine *m,
				    struct rv_acpi_lengths *out,
				    struct rv_err *err);
/* The same but the DSDT's, which is left 0: quick for any number of CPUs. */
RV_API RV_MUST bool rv_acpi_other_lengths(const struct rv_acpi_machine *m,
					  struct rv_acpi_lengths *out,
					  struct rv_err *err);
/* Where the RSDT lies in the blob: the RSDP says that and nothing else. */
RV_API size_t rv_acpi_rsdt(const struct rv_acpi_lengths *n);
RV_API void rv_acpi_rsdp(size_t rsdt, const char oem_id[7],
			 uint8_t out[RV_ACPI_RSDP_SIZE]);
RV_API RV_MUST bool rv_acpi_loader(const struct rv_acpi_lengths *n,
				   struct rv_buf *out, struct rv_err *err);

/* One table inside etc/acpi/tables; @data borrows from the blob. */
struct rv_acpi_table {
	char signature[5];
	size_t offset;
	struct rv_span data;
};

enum { RV_ACPI_TABLES_MAX = 16 };

/* The tables that lie in @blob one behind the other. RV_INPUT when malformed.
 */
RV_API RV_MUST bool rv_acpi_tables(struct rv_span blob,
				   struct rv_acpi_table out[RV_ACPI_TABLES_MAX],
				   size_t *n, struct rv_err *err);

RV_API RV_MUST bool rv_acpi_hash(const struct rv_acpi_blobs *blobs,
				 struct rv_acpi_digests *out,
				 struct rv_err *err);

/* From shape to digests: what measure needs. @assumed may be NULL. */
RV_API RV_MUST bool rv_acpi_digests(const struct rv_shape *shape,
				    struct rv_acpi_digests *out,
				    struct rv_acpi_assumed *assumed,
				    struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
