/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp.h - Intel TDX machines of Google Cloud: the quote of their vTPM, who
 * signed it, and Google's word for their firmware.
 *
 * Source: Trusted Platform Module Library, part 2 (TCG, 1.59), 10.12.8
 * (TPMS_ATTEST), 11.3.4 (TPMT_SIGNATURE), 10.6.2 (TPMS_PCR_SELECTION); Google,
 * gce-tcb-verifier (the endorsement's protocol buffer); docs/FORMATS.md.
 */
#ifndef REFVAL_GCP_H
#define REFVAL_GCP_H

#include <refval/measure.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	RV_TPM_PCRS = 24,
	RV_TPM_QUOTE_MAX = 1024, /* bytes of a TPMS_ATTEST */
	RV_TPM_SIGNATURE_MAX = 1024,
};

/* ---- what a TPM signs ---- */

/* A TPMS_ATTEST of a quote, decoded. Spans borrow from the bytes. */
struct rv_tpm_quote {
	struct rv_span signer; /* qualified name: algorithm and SHA-256, 34 */
	struct rv_span extra;  /* what the TPM was asked to put there, to 64 */
	uint64_t clock;	       /* milliseconds that it ran */
	uint32_t resets, restarts;
	bool safe; /* the clock never went back */
	uint64_t firmware;
	uint32_t pcrs;	       /* of its SHA-256 bank, one bit each */
	struct rv_span digest; /* SHA-256 over their values, 32 */
};

/*
 * All of @bytes is such a quote, of one selection of the SHA-256 bank.
 * RV_INPUT: it is not. Nothing is verified.
 */
RV_API RV_MUST bool rv_tpm_quote_read(struct rv_span bytes,
				      struct rv_tpm_quote *out,
				      struct rv_err *err);

/* A TPMT_SIGNATURE with SHA-256. */
struct rv_tpm_signature {
	bool rsa;	   /* RSASSA-PKCS1-v1_5; else ECDSA by P-256 */
	struct rv_span s;  /* of RSA; borrows from the bytes */
	uint8_t ecdsa[64]; /* r and s, big-endian */
};

RV_API RV_MUST bool rv_tpm_signature_read(struct rv_span bytes,
					  struct rv_tpm_signature *out,
					  struct rv_err *err);

/* ---- who signed it ---- */

enum {
	RV_GCP_MIDDLES = 8,
	RV_GCP_CRLS = 8,
	RV_GCP_ENDORSEMENT_MAX = 64 << 10,
};

/*
 * What Google has beside the evidence, each as it is there (DER; the
 * endorsement is a protocol buffer), owned; rv_gcp_files_free(). Any may be
 * empty.
 */
struct rv_gcp_files {
	struct rv_buf middle[RV_GCP_MIDDLES]; /* authorities below the root */
	size_t middles;
	struct rv_buf endorsement; /* VMLaunchEndorsement */
	struct rv_buf tcb_root;	   /* whose authority signs those */
	struct rv_buf
	    crl[RV_GCP_CRLS]; /* which authorities, or keys, are revoked */
	size_t crls;
};

/*
 * Add what @bytes hold: certificates and revocation lists in PEM, one of them
 * in DER, or an endorsement. The vTPMs' root is passed over. RV_INPUT:
 * malformed; a second endorsement that differs; certificates that are no
 * authority's.
 */
RV_API RV_MUST bool rv_gcp_files_add(struct rv_gcp_files *f,
				     struct rv_span bytes, struct rv_err *err);
RV_API void rv_gcp_files_free(struct rv_gcp_files *f);

enum rv_gcp_outcome {
	RV_GCP_GENUINE = 0,
	/* Cannot tell: */
	RV_GCP_CERT_MISSING, /* nothing between the key and the root */
	RV_GCP_CERT_FORMAT,
	RV_GCP_CERT_TIME, /* not valid then */
	RV_GCP_FORMAT,	  /* the signature is of no known form */
	RV_GCP_CRL,	  /* a list is not who's it says, or not of then */
	/* No: */
	RV_GCP_CHAIN, /* does not lead to Google's root */
	RV_GCP_SIGNATURE,
	RV_GCP_REVOKED, /* the authority, or the key */
	RV_GCP_OUTCOMES
};

/* "GENUINE", "CERT_MISSING" ... */
RV_API const char *rv_gcp_outcome_name(enum rv_gcp_outcome o);
RV_API enum rv_code rv_gcp_outcome_code(enum rv_gcp_outcome o);

/* A vTPM's quote as it came. All borrowed. */
struct rv_gcp_signed {
	struct rv_span message, signature, certificate; /* of its key, DER */
};

struct rv_gcp_options {
	struct rv_span root; /* DER; empty: Google's own */
	int64_t at;	     /* seconds since 1970 */
};

struct rv_gcp_verdict {
	enum rv_gcp_outcome outcome;
	char message[320]; /* why it is not genuine; else "" */
	/* These only when it is. What Google says of the machine: */
	char zone[65], project[65], instance[65]; /* names; "" where none */
	uint64_t project_number, instance_id;
	bool has_crl;	  /* the authority was looked up in the root's list */
	char crl[48];	  /* its number, or "" */
	bool has_key_crl; /* the key was, in the authority's */
	int64_t not_before, not_after; /* of the whole chain */
};

/*
 * Did the key of a machine's vTPM sign @s, by Google's word? False: RV_SYSTEM.
 * Any input gives a verdict.
 */
RV_API RV_MUST bool rv_gcp_verify(const struct rv_gcp_signed *s,
				  const struct rv_gcp_files *f,
				  const struct rv_gcp_options *o,
				  struct rv_gcp_verdict *out,
				  struct rv_err *err);
/*
 * Where the certificate says that its authority's lies: a URL of the one form
 * that Google uses; borrows from @certificate (DER). RV_INPUT: it says no such.
 */
RV_API RV_MUST bool rv_gcp_issuer_url(struct rv_span certificate, char out[256],
				      struct rv_err *err);

/* Where an authority's certificate says that the root's list lies; likewise. */
RV_API RV_MUST bool rv_gcp_crl_url(struct rv_span certificate, char out[256],
				   struct rv_err *err);

/* ---- its firmware ---- */

enum { RV_GCP_MRTDS = 64 };

/* What Google's endorsement says of one firmware. */
struct rv_gcp_endorsement {
	int64_t made;		   /* seconds since 1970 */
	struct rv_sha384 firmware; /* of the file */
	uint32_t svn;
	size_t n;
	struct {
		uint32_t ram_gib;
		bool early_accept;
		struct rv_sha384 mrtd;
	} tdx[RV_GCP_MRTDS];
};

struct rv_gcp_endorsed {
	enum rv_gcp_outcome outcome; /* CERT_MISSING also where none is */
	char message[320];	     /* why it is not genuine; else "" */
	/* These only when it is: */
	struct rv_gcp_endorsement says;
	int64_t not_before, not_after; /* of its certificates */
};

/*
 * The endorsement of @f, read and verified for the time @at: signed by a key
 * that Google's root for confidential computing certified, whose certificate is
 * in it or is @f->tcb_root; or @root (DER) unless that is empty. False:
 * RV_SYSTEM. Any input gives a verdict.
 */
RV_API RV_MUST bool rv_gcp_endorsement(const struct rv_gcp_files *f,
				       struct rv_span root, int64_t at,
				       struct rv_gcp_endorsed *out,
				       struct rv_err *err);

/* ---- what it boots ---- */

/* A disk, read by the caller in pieces. */
struct rv_disk {
	uint64_t size; /* bytes */
	void *arg;
	/* @n bytes from @at on, all of them, into @out. */
	bool (*read)(void *arg, uint64_t at, size_t n, uint8_t *out,
		     struct rv_err *err);
};

/*
 * One file of the FAT32 file system in @n bytes of @disk from @first on, by the
 * names of its folders and of itself ("EFI", "BOOT", "BOOTX64.EFI"), in ASCII
 * and whatever case: at
 * most @max bytes; owned, rv_buf_free(). RV_INPUT: there is none, or two
 * programs could read it differently.
 */
RV_API RV_MUST bool rv_fat_file(const struct rv_disk *disk, uint64_t first,
				uint64_t n, const char *const *path,
				size_t parts, size_t max, struct rv_buf *out,
				struct rv_err *err);
/*
 * The same where the file may not be there: then *missing is the first part of
 * @path that is not, borrowed from it, and @out untouched; else NULL.
 */
RV_API RV_MUST bool rv_fat_look(const struct rv_disk *disk, uint64_t first,
				uint64_t n, const char *const *path,
				size_t parts, size_t max, const char **missing,
				struct rv_buf *out, struct rv_err *err);

enum { RV_GCP_PCR2_EVENTS = 4 };

/* What a machine of Google's measures of a disk that it boots from. */
struct rv_gcp_boot {
	/* RTMR1 and RTMR2, with their events; MRTD and RTMR0 are not known. */
	struct rv_values values;
	struct rv_sha256 pcr2; /* of the vTPM */
	struct rv_sha256 pcr2_event[RV_GCP_PCR2_EVENTS];
	size_t pcr2_events;
	struct rv_sha256 uki_auth; /* Authenticode of the kernel image */
	char stub[64];		   /* which systemd-stub it has */
	bool whole; /* else without the partition table: RTMR2 alone is known */
};

struct rv_boot_values;

/*
 * The same of refval.boot/1 for such machines, whole or not. RV_INPUT: of
 * another platform or bank, or without the kernel image's digest.
 */
RV_API RV_MUST bool rv_gcp_boot_of(const struct rv_boot_values *v,
				   struct rv_gcp_boot *out, struct rv_err *err);

/*
 * From the disk's own first partition table, and EFI/BOOT/BOOTX64.EFI of
 * its EFI system partition. RV_INPUT: it has not got these, or it is not known
 * what is measured of them.
 */
RV_API RV_MUST bool rv_gcp_boot_read(const struct rv_disk *disk,
				     struct rv_gcp_boot *out,
				     struct rv_err *err);

/* ---- PCR0 ---- */

/*
 * PCR0 of a vTPM, with the one firmware version string that is known: it holds
 * which technology encrypts the machine's memory (0 none, 1 SEV, 2 SEV-ES, 3
 * TDX, 4 SEV-SNP), and nothing else of the firmware.
 */
enum { RV_GCP_TECHNOLOGIES = 6, RV_GCP_TDX = 3 };
RV_API RV_MUST bool rv_gcp_pcr0(unsigned technology, struct rv_sha256 *out,
				struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
