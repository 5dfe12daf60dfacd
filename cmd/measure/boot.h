/* SPDX-License-Identifier: Apache-2.0 */
/* boot.h - refval-measure --uki, --disk: what boots from a disk. */
#ifndef RV_MEASURE_BOOT_H
#define RV_MEASURE_BOOT_H

#include "cmd.h"

/* The arguments as they were given; NULL: not given. */
struct rv_boot_opts {
	const char *uki, *loader, *disk, *sector, *platform, *bank, *eif;
};

/* clang-format off */
#define RV_BOOT_OPTS(o)							\
	RV_OPT_TEXT("uki", "FILE", &(o).uki,				\
		    "unified kernel image that a disk boots"),		\
	RV_OPT_TEXT("loader", "FILE", &(o).loader,			\
		    "--uki: the systemd-boot that starts it"),		\
	RV_OPT_TEXT("disk", "FILE", &(o).disk,				\
		    "disk, raw: through shim and grub, or of --uki"),		\
	RV_OPT_TEXT("sector", "BYTES", &(o).sector,			\
		    "--disk: 512 (else) or 4096"),			\
	RV_OPT_TEXT("platform", "NAME", &(o).platform,			\
		    "tdx (else), tpm; of --uki gcp, aws-nitro-tpm"),	\
	RV_OPT_TEXT("bank", "HASH", &(o).bank,				\
		    "--platform tpm: sha256 (else) or sha384"),		\
	RV_OPT_TEXT("eif", "FILE", &(o).eif,				\
		    "enclave image file of AWS's")
/* clang-format on */

/* Their names, for rules, and those that name something to read. */
#define RV_BOOT_NAMES "uki loader disk sector platform bank eif"
#define RV_BOOT_READS " uki loader disk eif"

/*
 * Predict and print. @edk2: a release by --ovmf, or 0. *answer is RV_INPUT when
 * no register is known.
 */
RV_MUST bool rv_measure_boot(const struct rv_boot_opts *o, uint32_t edk2,
			     bool events, bool json, enum rv_code *answer,
			     struct rv_err *err);

/* --eif: the PCRs of an enclave. */
RV_MUST bool rv_measure_eif(const char *path, bool events, bool json,
			    struct rv_err *err);

#endif
