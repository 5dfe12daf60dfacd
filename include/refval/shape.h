/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.h - a machine shape: what a dstack VMM tells QEMU, as far as it is
 * measured. Read from vm_config JSON (dstack-types VmConfig, all versions) or
 * given option by option.
 */
#ifndef REFVAL_SHAPE_H
#define REFVAL_SHAPE_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How MRTD's pages were added; see rv_mrtd in measure.h. */
enum rv_page_add {
	RV_PAGE_ADD_UNKNOWN = 0,
	RV_PAGE_ADD_SINGLE, /* each page is added, then extended */
	RV_PAGE_ADD_TWO,    /* per section all pages added, then all extended */
};

/* A fact that may be missing: never guessed, defaults are named. */
enum rv_tri {
	RV_UNSET = 0,
	RV_FALSE,
	RV_TRUE,
};

/* dstack's own names for what an OVMF measures into RTMR0. */
enum rv_ovmf {
	RV_OVMF_UNKNOWN = 0,
	RV_OVMF_PRE202505,    /* 13 RTMR0 events */
	RV_OVMF_STABLE202505, /* 17 RTMR0 events */
};

struct rv_qemu {
	unsigned major, minor, micro; /* 0.0.0: not known */
};

enum {
	RV_CPUS_MAX = 4096,
	RV_NUMA_MAX = 15,
	RV_DEVICES_MAX = 255, /* of one kind: GPUs, NICs, volumes ... */
	RV_PCI_BARS = 6,      /* registers of a function; a 64-bit BAR has 2 */
};
#define RV_MEMORY_MAX ((uint64_t)1 << 46) /* 64 TiB */
/* The 52 bits of a physical address; 2^50 is what GPU hosts ask for. */
#define RV_PCI_HOLE_MAX ((uint64_t)1 << 52)

/* What a base address register asks for. */
enum rv_bar_kind {
	RV_BAR_IO,
	RV_BAR_M32, /* 32-bit memory, not prefetchable */
	RV_BAR_P32, /* 32-bit, prefetchable */
	RV_BAR_M64, /* 64-bit, not prefetchable */
	RV_BAR_P64, /* 64-bit, prefetchable */
};

struct rv_bar {
	uint64_t size; /* bytes, a power of two */
	enum rv_bar_kind kind;
};

/* Which facts were stated, by a vm_config or by an option; see @given. */
enum rv_shape_fact {
	RV_GIVEN_CPUS = 1u << 0,
	RV_GIVEN_MEMORY = 1u << 1,
	RV_GIVEN_QEMU = 1u << 2,
	RV_GIVEN_PAGE_ADD = 1u << 3,
	RV_GIVEN_PIC = 1u << 4,
	RV_GIVEN_GPUS = 1u << 5,
	RV_GIVEN_NVSWITCHES = 1u << 6,
	RV_GIVEN_NICS = 1u << 7,
	RV_GIVEN_VOLUMES = 1u << 8,
	RV_GIVEN_HUGEPAGES = 1u << 9,
	RV_GIVEN_PCI_HOLE64 = 1u << 10,
	RV_GIVEN_HOTPLUG_OFF = 1u << 11,
	RV_GIVEN_HOST_SHARE = 1u << 12,
	RV_GIVEN_OVMF = 1u << 13,
	RV_GIVEN_SWTPM = 1u << 14,
	RV_GIVEN_NUMA = 1u << 15,
	RV_GIVEN_ROOTFS = 1u << 16, /* by option: no vm_config says it */
};

/* One NUMA node with, when @pxb_bus is not 0, a PCI expander bus of its own. */
struct rv_numa {
	uint32_t first_cpu, last_cpu;
	uint64_t bytes;
	uint8_t pxb_bus;
};

struct rv_shape {
	uint32_t cpus;	 /* 0: not known */
	uint64_t memory; /* bytes; 0: not known */
	struct rv_qemu qemu;
	enum rv_page_add page_add; /* explicit; else follows from qemu */
	enum rv_tri pic;	   /* explicit; else follows from qemu */
	uint32_t gpus, nvswitches;
	uint32_t nics;	  /* default 1 */
	uint32_t volumes; /* dm-verity volumes, default 0 */
	bool hugepages, hotplug_off, swtpm;
	enum rv_tri root_verity; /* default true; false: root fs is an iso */
	uint64_t pci_hole64;	 /* bytes; 0: QEMU's own default */
	char host_share[8];	 /* "", "9p", "vvfat" or "vhd" */
	enum rv_ovmf ovmf;
	uint32_t edk2; /* release by hand, e.g. 202502; 0: not given */
	/* The BARs of each GPU, and of each NVSwitch, in register order. No
	 * vm_config says them; 0 of them: not known. */
	struct rv_bar gpu_bar[RV_PCI_BARS], nvswitch_bar[RV_PCI_BARS];
	size_t gpu_bars, nvswitch_bars;
	char gpu_model[16]; /* the product that @gpu_bar is of, or "" */
	/* What of the SMBIOS structures no vm_config says; smbios.h. */
	bool has_cpu_id;
	uint32_t cpu_eax, cpu_edx;
	/* "MANUFACTURER/PRODUCT" that the VMM states, "none", "": not known */
	char smbios_product[96];
	/* "VENDOR|VERSION|DATE" of the firmware; "": not known */
	char smbios_firmware[128];
	struct rv_numa numa[RV_NUMA_MAX];
	size_t numa_nodes;
	enum rv_tri edge;	/* pre-upstream TDX patch set of QEMU 8.x */
	bool has_os_image_hash; /* vm_config's own claim, not a measurement */
	struct rv_sha256 os_image_hash;
	/* A key of vm_config that nothing is known about, or "". */
	char unknown_key[48];
	char image[64]; /* vm_config's label, e.g. "dstack-0.5.8", or "" */
	/* vm_config's key as it stands there. Its name is inverted: true
	 * means two-pass, and so it is in @page_add. */
	enum rv_tri qemu_single_pass_add_pages;
	uint32_t given; /* enum rv_shape_fact: what was stated, not defaulted */
};

/* A shape with every default in place and nothing known. */
RV_API struct rv_shape rv_shape_default(void);

/*
 * Read a vm_config document: the JSON object itself, or a document that holds
 * it as its member "vm_config", as a string or as an object (GetQuote reply,
 * sys-config). Keys that shape the machine must have their type and range;
 * RV_INPUT otherwise. The first unknown key is noted: whether it may change
 * what the machine measures, the caller decides.
 */
RV_API RV_MUST bool rv_shape_read(struct rv_span json, struct rv_shape *out,
				  struct rv_err *err);

/*
 * Fill in what follows from the QEMU version: page_add and pic
 * (8.x: two-pass and pic on; from 9.0: single-pass and pic off).
 * RV_INPUT below 8.0, above the newest known, for a version that there is not,
 * or with no version at all when one of the two is still unset.
 */
RV_API RV_MUST bool rv_shape_resolve(struct rv_shape *shape,
				     struct rv_err *err);

/* "8.2.2" to numbers; exactly three (or two) decimal parts. */
RV_API RV_MUST bool rv_qemu_parse(const char *text, struct rv_qemu *out,
				  struct rv_err *err);

/*
 * "pre202505" or "stable202505" into @ovmf; a release such as "202502" or
 * "edk2-stable202408.01" into @edk2, and dstack's name for it, or unknown, into
 * @ovmf.
 * RV_INPUT for a name no rules are known for.
 */
RV_API RV_MUST bool rv_ovmf_parse(const char *text, enum rv_ovmf *ovmf,
				  uint32_t *edk2, struct rv_err *err);

/*
 * The shape as a JSON object, its facts by name, a line feed at its end; owned,
 * rv_buf_free(). RV_SYSTEM without memory.
 */
RV_API RV_MUST bool rv_shape_write(const struct rv_shape *s, struct rv_buf *out,
				   struct rv_err *err);

/* ---- facts that somebody states, one by one ---- */

/*
 * What @stated says (its @given) into @to: a fact that both say is as @stated
 * has it. The one rule of who counts: an option before --vm-config, and both
 * before a vm_config that came with evidence.
 */
RV_API void rv_shape_overlay(const struct rv_shape *stated,
			     struct rv_shape *to);
/*
 * The facts of @which that are not the same, as a set of enum rv_shape_fact;
 * one in @open that either has no value for is passed over.
 */
RV_API uint32_t rv_shape_differs(const struct rv_shape *a,
				 const struct rv_shape *b, uint32_t which,
				 uint32_t open);
enum { RV_SHAPE_NAMES_MAX = 256 };
/* "cpus, memory"; "" for none. */
RV_API void rv_shape_fact_names(uint32_t which, char out[RV_SHAPE_NAMES_MAX]);
/*
 * The facts that both state, and not alike: "cpus 3 and not 2"; empty for none.
 * Owned, rv_buf_free(). RV_SYSTEM.
 */
RV_API RV_MUST bool rv_shape_overridden(const struct rv_shape *was,
					const struct rv_shape *is,
					struct rv_buf *out, struct rv_err *err);

/* The names of the enumerations, as JSON and options write them, or NULL:
 * "64bit-prefetch", "64bit", "32bit-prefetch", "32bit", "io". */
RV_API const char *rv_bar_kind_name(enum rv_bar_kind k);
/* "000c06f2:2fabfbff", EAX:EDX of one to eight hex digits each. */
RV_API RV_MUST bool rv_cpu_id_parse(const char *text, struct rv_shape *s);
/* A kind from the first @n bytes of @name. */
RV_API RV_MUST bool rv_bar_kind_parse(struct rv_span name,
				      enum rv_bar_kind *out);
RV_API const char *rv_page_add_name(enum rv_page_add p);
RV_API const char *rv_ovmf_name(enum rv_ovmf o);

#ifdef __cplusplus
}
#endif

#endif
