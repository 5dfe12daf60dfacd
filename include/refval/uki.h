/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uki.h - what a machine boots from a disk: PE files, unified kernel images and
 * the partition table, as firmware and systemd-stub measure them.
 *
 * Source: Microsoft, PE Format; Windows Authenticode Portable Executable
 * Signature Format; UEFI 2.10, 5.3 (GUID Partition Table); UAPI.5 Unified
 * Kernel Image; TCG PC Client Platform Firmware Profile 1.06, 10.2.
 *
 * Everything is read from bytes that are there as a whole; spans borrow from
 * them.
 */
#ifndef REFVAL_UKI_H
#define REFVAL_UKI_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- PE files ---- */

enum {
	RV_PE_SECTIONS_MAX = 96,
	RV_UKI_MAX = 1 << 30, /* bytes of a unified kernel image */
};

struct rv_pe_section {
	char name[9];	       /* up to 8 bytes, and a NUL */
	uint32_t virtual_size; /* bytes in memory */
	uint32_t address;      /* in memory, from the image's base */
	struct rv_span raw;    /* in the file, padded; empty: nothing there */
};

/* Sections in the order of their headers. */
struct rv_pe {
	struct rv_span file;
	uint16_t machine;	/* 8664h: x86-64 */
	uint16_t image_version; /* MajorImageVersion */
	uint64_t checksum;	/* offset of the CheckSum field */
	uint64_t directory;	/* offset of the certificate entry, or 0 */
	uint64_t headers;	/* SizeOfHeaders, bytes */
	uint64_t cert;		/* bytes of certificates at the file's end */
	struct rv_pe_section section[RV_PE_SECTIONS_MAX];
	size_t n;
};

/*
 * RV_INPUT: no PE file, sections outside it or on top of each other, or
 * certificates anywhere but at its end.
 */
RV_API RV_MUST bool rv_pe_read(struct rv_span file, struct rv_pe *out,
			       struct rv_err *err);
/*
 * The Authenticode digest of the file, by @alg into @out, which has room for
 * rv_alg_size(alg) bytes: as edk2 measures it, so without the padding to 8
 * bytes that signing tools add.
 */
RV_API RV_MUST bool rv_pe_digest(const struct rv_pe *pe, enum rv_alg alg,
				 uint8_t *out, struct rv_err *err);
/* The same with the file's first bytes replaced by @head. */
RV_API RV_MUST bool rv_pe_digest_with(const struct rv_pe *pe,
				      struct rv_span head, enum rv_alg alg,
				      uint8_t *out, struct rv_err *err);

/* ---- unified kernel images ---- */

/* In the order in which systemd-stub measures them. */
enum rv_uki_part {
	RV_UKI_LINUX,
	RV_UKI_OSREL,
	RV_UKI_CMDLINE,
	RV_UKI_INITRD,
	RV_UKI_UCODE,
	RV_UKI_SPLASH,
	RV_UKI_DTB,
	RV_UKI_UNAME,
	RV_UKI_SBAT,
	RV_UKI_PCRSIG, /* never measured */
	RV_UKI_PCRPKEY,
	RV_UKI_PARTS
};

/* ".linux" ... */
RV_API const char *rv_uki_part_name(enum rv_uki_part part);

struct rv_uki {
	struct rv_pe pe;
	char stub[64];	  /* "systemd-stub 257.9-1", as .sdmagic says */
	unsigned version; /* 257 */
	/*
	 * The stub hands the kernel to firmware's LoadImage, which measures
	 * it; later ones start it on their own.
	 */
	bool loads_kernel;
	/* The bytes of each section as they lie in memory; p NULL: none. */
	struct rv_span part[RV_UKI_PARTS];
	bool measured[RV_UKI_PARTS]; /* there, and this stub measures it */
};

/*
 * RV_INPUT: no PE file for x86-64 with systemd-stub and a kernel; a version of
 * the stub of which is not known what it measures; sections that choose
 * between several machines or profiles; a section twice, of a name that a stub
 * could take for another, or larger in memory than in the file.
 */
RV_API RV_MUST bool rv_uki_read(struct rv_span file, struct rv_uki *out,
				struct rv_err *err);

enum { RV_UKI_EVENTS = 2 * RV_UKI_PARTS };

/* What the stub measures: a name with its NUL, or a section's bytes. */
struct rv_uki_event {
	enum rv_uki_part part;
	bool content; /* else the name */
	struct rv_span bytes;
};

/*
 * In their order: into PCR 11, which on TDX is RTMR2 (EV_IPL, type 0dh). How
 * many.
 */
RV_API size_t rv_uki_events(const struct rv_uki *uki,
			    struct rv_uki_event out[RV_UKI_EVENTS]);

/* ---- GUID partition tables ---- */

enum {
	RV_GPT_HEADER = 92, /* bytes of the header that are measured */
	RV_GPT_ENTRY = 128, /* bytes of an entry */
	RV_GPT_ENTRIES_MAX = 128,
	/* Bytes of a disk that rv_gpt_read() may need, from its start. */
	RV_GPT_HEAD = 64 << 10,
};

struct rv_gpt_partition {
	struct rv_span entry; /* 128 bytes */
	uint8_t type[16], id[16];
	uint64_t first, n; /* bytes from the disk's start, and how many */
};

/* The partitions in use, in the order of the table. */
struct rv_gpt {
	uint32_t sector;       /* bytes */
	struct rv_span header; /* 92 bytes */
	struct rv_gpt_partition part[RV_GPT_ENTRIES_MAX];
	size_t n;
};

/*
 * The first table of a disk with sectors of @sector bytes (512 or 4096), from
 * the disk's first bytes, RV_GPT_HEAD or all of them, @size bytes in all.
 * RV_INPUT: no protective MBR, no table, a checksum that does not hold (then
 * firmware would take the second table, and write), entries of another size,
 * a partition outside the disk.
 */
RV_API RV_MUST bool rv_gpt_read(struct rv_span head, uint64_t size,
				uint32_t sector, struct rv_gpt *out,
				struct rv_err *err);
/*
 * What firmware measures of it (EV_EFI_GPT_EVENT, 80000006h, PCR 5): header,
 * how many entries are in use, these; owned, rv_buf_free(). RV_SYSTEM without
 * memory.
 */
RV_API RV_MUST bool rv_gpt_event(const struct rv_gpt *gpt, struct rv_buf *out,
				 struct rv_err *err);
/* Is @bytes the event of a table? Nothing but its form is looked at. */
RV_API bool rv_gpt_is_event(struct rv_span bytes);

#ifdef __cplusplus
}
#endif
#endif
