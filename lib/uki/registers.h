/* SPDX-License-Identifier: Apache-2.0 */
/* registers.h - what the ways to boot from a disk share: registers, events. */
#ifndef RV_UKI_REGISTERS_H
#define RV_UKI_REGISTERS_H

#include "base.h"
#include "stub.h"

#include <refval/boot.h>

/* TCG PC Client Platform Firmware Profile 1.06, 10.4.1. */
enum {
	EV_SEPARATOR = 4,
	EV_EVENT_TAG = 6,
	EV_IPL = 0xd,
};
#define EV_EFI_VARIABLE_DRIVER_CONFIG	 0x80000001u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_GPT_EVENT		 0x80000006u
#define EV_EFI_ACTION			 0x80000007u
#define EV_EFI_VARIABLE_AUTHORITY	 0x800000e0u

/* Linux measures its command line and initrd: into a TPM, and on TDX. */
enum { TPM_MAJOR = 6, TPM_MINOR = 1, CC_MAJOR = 6, CC_MINOR = 9 };

struct rv_boot_job {
	const struct rv_boot_input *in;
	struct rv_uki uki;
	struct rv_pe loader, linux_image;
	const struct rv_stub *stub, *booter; /* booter NULL: no loader */
	struct rv_boot_values *v;
	struct rv_err *err;
};

struct rv_boot_register *rv_reg_begin(struct rv_boot_job *j, const char *name,
				      enum rv_alg alg);
/* One more, not known yet; the last one again when there is no room. */
struct rv_boot_event *rv_reg_event(struct rv_boot_register *reg,
				   const char *label, uint32_t type);
/* An event that the files do not decide, and why. */
void rv_reg_unknown(struct rv_boot_register *reg, const char *label,
		    uint32_t type, const char *why);
RV_MUST bool rv_reg_add(struct rv_boot_job *j, struct rv_boot_register *reg,
			const char *label, uint32_t type, struct rv_span bytes);
RV_MUST bool rv_reg_add_image(struct rv_boot_job *j,
			      struct rv_boot_register *reg, const char *label,
			      const struct rv_pe *pe);
/* The value that the events give, when all of them are known. */
RV_MUST bool rv_reg_finish(struct rv_boot_job *j, struct rv_boot_register *reg);

/* What firmware measures. */
RV_MUST bool rv_reg_option(struct rv_boot_job *j, struct rv_boot_register *reg);
RV_MUST bool rv_reg_separator(struct rv_boot_job *j,
			      struct rv_boot_register *reg);
RV_MUST bool rv_reg_table(struct rv_boot_job *j, struct rv_boot_register *reg);
RV_MUST bool rv_reg_leaving(struct rv_boot_job *j,
			    struct rv_boot_register *reg);
/* PCR 7 without Secure Boot; @knows: the firmware could do it. */
RV_MUST bool rv_reg_insecure(struct rv_boot_job *j,
			     struct rv_boot_register *reg, bool knows);
/* RTMR1 before anything is started. */
RV_MUST bool rv_reg_rtmr1(struct rv_boot_job *j, struct rv_boot_register *reg);

/* Taken for granted: @what. */
void rv_reg_assume(struct rv_boot_job *j, const char *what);

#endif
