/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot.h - what a machine must report that boots a unified kernel image or
 * through shim and grub from a disk, or that is a Nitro Enclave: registers by
 * name, with their events.
 *
 * Source: TCG PC Client Platform Firmware Profile 1.06; UEFI 2.10, 38.4
 * (registers of TDX for PCRs); systemd-stub(7); Linux, drivers/firmware/efi/
 * libstub; AWS, NitroTPM. Equal to the logs of real firmware, stubs and
 * kernels: make check-boot.
 */
#ifndef REFVAL_BOOT_H
#define REFVAL_BOOT_H

#include <refval/measure.h>
#include <refval/types.h>
#include <refval/uki.h>

#ifdef __cplusplus
extern "C" {
#endif

enum rv_boot_platform {
	RV_BOOT_TDX,	 /* OVMF in a TD without a TPM: RTMR1, RTMR2 */
	RV_BOOT_GCP,	 /* a TD of Google's, which has one: PCR2, PCR11 too */
	RV_BOOT_TPM,	 /* a TPM: PCR4, 5, 9, 11, 12; SHA-256 or SHA-384 */
	RV_BOOT_AWS,	 /* NitroTPM: PCR4, 7, 12 */
	RV_BOOT_ENCLAVE, /* Nitro Enclave: PCR0, 1, 2, 8 */
	RV_BOOT_PLATFORMS
};

/* "tdx", "gcp", "tpm", "aws-nitro-tpm", "nitro-enclave" */
RV_API const char *rv_boot_platform_name(enum rv_boot_platform p);

enum {
	RV_BOOT_EVENTS_MAX = 512, /* of one register */
	RV_BOOT_REGISTERS_MAX = 8,
	RV_BOOT_ASSUMED_MAX = 8,
	RV_BOOT_DOCUMENT_MAX = 1 << 20, /* bytes of a refval.boot/1 */
};

struct rv_boot_event {
	char label[64]; /* "gpt", ".linux name", "grub_cmd set ..." */
	uint32_t type;	/* TCG event type */
	bool known;	/* false: @digest could not be computed */
	uint8_t digest[RV_DIGEST_MAX];
};

struct rv_boot_register {
	char name[16]; /* "rtmr1", "pcr4" ... */
	enum rv_alg alg;
	bool known; /* all events known: @value is valid */
	uint8_t value[RV_DIGEST_MAX];
	char why[160]; /* when not: what is missing */
	size_t n;
	struct rv_boot_event event[RV_BOOT_EVENTS_MAX];
};

/* refval.boot/1 */
struct rv_boot_values {
	enum rv_boot_platform platform;
	char stub[64];	 /* "systemd-stub 257.9-1"; "" of an enclave */
	char loader[64]; /* "systemd-boot 257.9-1", "shim 16.1, grub 2.12-9"
			    or "": none */
	struct rv_input input[RV_INPUTS_MAX]; /* the caller's to fill in */
	size_t inputs;
	struct rv_boot_register reg[RV_BOOT_REGISTERS_MAX];
	size_t registers;
	bool has_boot_pcr_digest; /* NitroTPM: of measurement.aws.cbor */
	struct rv_sha256 boot_pcr_digest;
	char assumed[RV_BOOT_ASSUMED_MAX][160]; /* taken for granted */
	size_t assumptions;
};

struct rv_disk; /* refval/gcp.h */

/* All is borrowed. */
struct rv_boot_input {
	enum rv_boot_platform platform; /* not RV_BOOT_ENCLAVE */
	enum rv_alg alg;		/* RV_BOOT_TPM: which bank */
	/*
	 * The disk, when it boots through shim and grub, which are found on
	 * it, or NULL. Then @uki and @loader are empty, and @gpt is its own.
	 */
	const struct rv_disk *disk;
	struct rv_span uki;
	struct rv_span loader;	  /* what firmware starts; empty: the image */
	const struct rv_gpt *gpt; /* of the disk; NULL: not known */
	uint32_t edk2;		  /* RV_BOOT_TDX: release, 202502; 0: unknown */
};

/*
 * RV_INPUT: the image cannot be read (rv_uki_read), the loader is not
 * systemd-boot, shim or grub or not of a known version. What the input does not
 * decide is not known, with a reason. The files of a disk that count are added
 * to the inputs.
 */
RV_API RV_MUST bool rv_boot_predict(const struct rv_boot_input *in,
				    struct rv_boot_values *out,
				    struct rv_err *err);
/* The register called @name, or NULL. Borrows. */
RV_API const struct rv_boot_register *
rv_boot_register(const struct rv_boot_values *v, const char *name);

enum { RV_BOOT_DIGEST_OF = 3 };

/*
 * SHA-256 over the values of three registers of SHA-384, as AWS's measurement
 * document has it of PCR4, 7 and 12. *has is false when one is not known.
 */
RV_API RV_MUST bool rv_boot_digest(const struct rv_boot_values *v,
				   const char *const names[RV_BOOT_DIGEST_OF],
				   bool *has, struct rv_sha256 *out,
				   struct rv_err *err);

/*
 * refval.boot/1 as text, keys in fixed order, a line feed at its end; owned,
 * rv_buf_free(). RV_SYSTEM without memory.
 */
RV_API RV_MUST bool rv_boot_write(const struct rv_boot_values *v,
				  struct rv_buf *out, struct rv_err *err);
/*
 * Read it back. RV_INPUT when a member is missing or has the wrong type, when a
 * register is not what its events give, or has no known place on the platform.
 */
RV_API RV_MUST bool rv_boot_read(struct rv_span json,
				 struct rv_boot_values *out,
				 struct rv_err *err);
/*
 * The same as reference values, for a TD: RTMR1 and RTMR2, and why the others
 * are not known. *@out is zeroed by the caller. RV_INPUT: of another platform.
 */
RV_API RV_MUST bool rv_boot_as_values(const struct rv_boot_values *v,
				      struct rv_values *out,
				      struct rv_err *err);
/* One register of them, of SHA-384, with as many events as there is room for.
 */
RV_API RV_MUST bool rv_boot_as_register(const struct rv_boot_register *from,
					struct rv_register *out,
					struct rv_err *err);
/* Does the text say that it is refval.boot/1? */
RV_API bool rv_boot_is_document(struct rv_span json);

#ifdef __cplusplus
}
#endif
#endif
