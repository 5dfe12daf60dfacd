/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - what the files of the replay stage share. */
#ifndef RV_REPLAY_PRIVATE_H
#define RV_REPLAY_PRIVATE_H

#include "base.h"
#include <refval.h>

/* TCG PC Client PFP 1.06, section 10.4.1, and the EFI types below it. */
enum {
	EV_ACTION = 0x5,
	EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001,
	EV_EFI_VARIABLE_BOOT,
	EV_EFI_BOOT_SERVICES_APPLICATION,
	EV_EFI_BOOT_SERVICES_DRIVER,
	EV_EFI_RUNTIME_SERVICES_DRIVER,
	EV_EFI_GPT_EVENT,
	EV_EFI_ACTION,
	EV_EFI_PLATFORM_FIRMWARE_BLOB,
	EV_EFI_HANDOFF_TABLES,
	EV_EFI_PLATFORM_FIRMWARE_BLOB2,
	EV_EFI_HANDOFF_TABLES2,
	EV_EFI_VARIABLE_AUTHORITY = 0x800000e0,
};

/* Is the digest of this type the hash of the event's own bytes? */
bool replay_hashes_payload(uint32_t type);
/* Fill in every name. */
RV_MUST bool replay_names(const struct rv_log *log, struct rv_replayed *out,
			  struct rv_err *err);
void replay_claims(const struct rv_log *log, struct rv_claims *out);

#endif
