/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi.h - stage "acpi": the three ACPI blobs that QEMU's q35 machine hands to
 * its firmware, and that the firmware measures into RTMR0 as it reads them.
 */
#ifndef REFVAL_ACPI_H
#define REFVAL_ACPI_H

#include <refval/shape.h>
#include <refval/types.h>

/* SHA-384 of the whole fw_cfg files, padding included. */
struct rv_acpi_digests {
	struct rv_sha384 loader; /* etc/table-loader */
	struct rv_sha384 rsdp;	 /* etc/acpi/rsdp */
	struct rv_sha384 tables; /* etc/acpi/tables */
	bool has_tpm_log;
	struct rv_sha384 tpm_log; /* etc/tpm/log, only with a TPM */
};

#endif
