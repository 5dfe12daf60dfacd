/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp.h - AMD SEV-SNP: attestation reports, who signed them, and the launch
 * digest that a guest of given files must have.
 *
 * Source: SEV Secure Nested Paging Firmware ABI Specification (AMD 56860),
 * sections 7.3 (report), 8.17.2 (launch digest) and chapter 3 (TCB_VERSION);
 * Versioned Chip Endorsement Key Certificate and KDS Interface Specification
 * (AMD 57230), section 3.1.
 */
#ifndef REFVAL_SNP_H
#define REFVAL_SNP_H

#include <refval/image.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	RV_SNP_REPORT = 1184, /* bytes of a report */
	RV_SNP_SIGNED = 672,  /* of them the first are signed */
	RV_SNP_SECTIONS = 64, /* of one firmware */
	RV_SNP_VCPUS = 4096,  /* at most, of one guest */
	RV_SNP_FINDINGS = 16,
};

enum rv_snp_product {
	RV_SNP_UNKNOWN = 0,
	RV_SNP_MILAN,
	RV_SNP_GENOA, /* and Bergamo, Siena */
	RV_SNP_TURIN,
};

/* "Milan", "Genoa", "Turin"; "unknown". */
RV_API const char *rv_snp_product_name(enum rv_snp_product p);

/* The parts of a TCB_VERSION. */
struct rv_snp_tcb {
	uint8_t bl, tee, snp, ucode;
	uint8_t fmc; /* Turin only */
};

/* Which key signed. */
enum rv_snp_signer { RV_SNP_VCEK = 0, RV_SNP_VLEK = 1, RV_SNP_NOBODY = 7 };

/* A report, decoded. Spans borrow from the bytes it was read from. */
struct rv_snp_report {
	struct rv_span bytes; /* RV_SNP_REPORT of them */
	uint32_t version;     /* 2, 3 or 5 */
	uint32_t guest_svn, vmpl;
	uint64_t policy;	/* bit 17 is set */
	uint64_t platform_info; /* bit 0: SMT, 3: RAPL off, 4: ciphertext
				   hiding, 5: no memory aliases */
	bool author_key, masked;
	uint32_t signer; /* enum rv_snp_signer, or what no one knows */
	struct rv_span family_id, image_id;		 /* 16 */
	struct rv_span report_data;			 /* 64 */
	struct rv_span measurement;			 /* 48 */
	struct rv_span host_data;			 /* 32 */
	struct rv_span id_key_digest, author_key_digest; /* 48 */
	struct rv_span report_id, report_id_ma;		 /* 32 */
	struct rv_span chip_id;				 /* 64 */
	/* TCB_VERSIONs, 8 bytes: which byte is what depends on the product. */
	struct rv_span current_tcb, reported_tcb, committed_tcb, launch_tcb;
	bool has_cpuid; /* from version 3 on */
	uint8_t family, model, stepping;
	uint16_t reserved_at; /* a reserved byte that is not zero, or 0 */
};

/*
 * Decode the @bytes of a report. RV_INPUT: not one, of a version or signature
 * algorithm that is not known, or with policy bit 17 clear. Nothing is
 * verified.
 */
RV_API RV_MUST bool rv_snp_report_read(struct rv_span bytes,
				       struct rv_snp_report *out,
				       struct rv_err *err);
/* By CPUID family and model; RV_SNP_UNKNOWN also where the report has none. */
RV_API enum rv_snp_product rv_snp_report_product(const struct rv_snp_report *r);
/* A TCB_VERSION of @product. False: a byte that is reserved there is set. */
RV_API RV_MUST bool rv_snp_tcb_read(enum rv_snp_product product,
				    struct rv_span version,
				    struct rv_snp_tcb *out);

/* ---- who signed it ---- */

struct rv_cert; /* the library's own: a certificate, parsed */

/*
 * Certificates below AMD's root, and its list of those that are revoked, each
 * DER, owned; rv_snp_certs_free(). Any may be empty.
 */
struct rv_snp_certs {
	struct rv_buf ask;  /* or ASVK, above a VLEK */
	struct rv_buf leaf; /* VCEK or VLEK */
	struct rv_buf crl;  /* of the root's: which ASKs are revoked */
	/* The first two, where they were parsed already; owned, or NULL. */
	struct rv_cert *ask_read, *leaf_read;
};

/*
 * Add what @bytes hold: certificates and lists in PEM, one of them in DER, or
 * the table that the kernel returns with an extended report (GHCB
 * specification, 4.1.8.1). Those of AMD's roots are passed over. RV_INPUT:
 * malformed, or a second one that differs.
 */
RV_API RV_MUST bool rv_snp_certs_add(struct rv_snp_certs *c,
				     struct rv_span bytes, struct rv_err *err);
/* Move to @to what it has not, from @from. */
RV_API void rv_snp_certs_fill(struct rv_snp_certs *to,
			      struct rv_snp_certs *from);
RV_API void rv_snp_certs_free(struct rv_snp_certs *c);

/* What came of verifying. The first check that failed. */
enum rv_snp_outcome {
	RV_SNP_GENUINE = 0,
	/* Cannot tell: */
	RV_SNP_CERT_MISSING, /* no VCEK (VLEK), or nothing above it */
	RV_SNP_CERT_FORMAT,
	RV_SNP_CERT_TIME,	/* expired, or not yet valid */
	RV_SNP_PRODUCT_UNKNOWN, /* a CPU that no root is known for */
	RV_SNP_VLEK_REFUSED,	/* signed by a VLEK, and that was not allowed */
	RV_SNP_CRL, /* the list is not the root's, or not of that time */
	/* No: */
	RV_SNP_REVOKED,	  /* a certificate is on the root's list */
	RV_SNP_CHAIN,	  /* does not lead to AMD's root */
	RV_SNP_SIGNATURE, /* not signed by the leaf's key */
	RV_SNP_SIGNER,	  /* says that nobody, or who is unknown, signed */
	RV_SNP_PRODUCT,	  /* report, leaf and root are of different products */
	RV_SNP_CHIP,	  /* the VCEK is another chip's */
	RV_SNP_TCB,	  /* reported_tcb is not the certificate's */
	RV_SNP_OUTCOMES
};

/* "GENUINE", "CERT_MISSING", ... */
RV_API const char *rv_snp_outcome_name(enum rv_snp_outcome o);
/* RV_OK, RV_NO or RV_INPUT. */
RV_API enum rv_code rv_snp_outcome_code(enum rv_snp_outcome o);

/*
 * Roots and ASKs that were read and whose signatures held, kept for later calls
 * from any thread; whether they are valid and not revoked is asked each time.
 */
struct rv_snp_issuers;
RV_API RV_MUST bool rv_snp_issuers_new(struct rv_snp_issuers **out,
				       struct rv_err *err);
RV_API void rv_snp_issuers_free(struct rv_snp_issuers **i);

struct rv_snp_options {
	struct rv_snp_issuers *issuers; /* borrowed; NULL: nothing is kept */
	struct rv_span root;		/* DER; empty: AMD's own */
	bool allow_vlek; /* a key of the cloud, not of one chip: no chip_id */
	int64_t at;	 /* seconds since 1970 */
};

struct rv_snp_verdict {
	enum rv_snp_outcome outcome;
	char message[320]; /* why it is not genuine; else "" */
	/* These only when it is: */
	enum rv_snp_product product;
	struct rv_snp_tcb tcb;	       /* reported, and the certificate's */
	bool up_to_date;	       /* all four TCB_VERSIONs are the same */
	char csp[33];		       /* of a VLEK; else "" */
	bool has_crl;		       /* looked up in the root's list */
	char crl[48];		       /* its number, or "" */
	int64_t not_before, not_after; /* when all of it is valid */
};

/*
 * Is @r signed by a chip (or cloud) of AMD's? False: RV_SYSTEM. Any report and
 * any certificates give a verdict.
 */
RV_API RV_MUST bool rv_snp_verify(const struct rv_snp_report *r,
				  const struct rv_snp_certs *c,
				  const struct rv_snp_options *o,
				  struct rv_snp_verdict *out,
				  struct rv_err *err);

/* ---- is it good enough ---- */

struct rv_snp_policy {
	bool allow_debug, allow_migration;
	bool has_min_tcb;
	struct rv_snp_tcb min_tcb; /* bl, tee, snp, ucode */
};

/* One rule: @refused, or a thing that should be known. */
struct rv_snp_finding {
	char rule[32];
	bool refused;
	char detail[200];
};

/* Apply @p to a genuine report; the number of findings written to @out. */
RV_API size_t rv_snp_policy_apply(const struct rv_snp_policy *p,
				  const struct rv_snp_report *r,
				  const struct rv_snp_verdict *v,
				  struct rv_snp_finding out[RV_SNP_FINDINGS]);

/* ---- the launch digest ---- */

enum rv_snp_section {
	RV_SNP_SECTION_MEMORY = 1, /* zero pages */
	RV_SNP_SECTION_SECRETS = 2,
	RV_SNP_SECTION_CPUID = 3,
	RV_SNP_SECTION_CAA = 4, /* of an SVSM: zero pages */
	RV_SNP_SECTION_HASHES = 16,
};

/* What the launch digest follows from, besides the machine. */
struct rv_snp_image {
	struct rv_sha384 firmware; /* the digest after the firmware's pages */
	uint64_t hashes_gpa;	   /* 0: none, no kernel is measured */
	uint32_t reset_eip;
	size_t sections;
	struct {
		uint32_t gpa, size; /* bytes; size is whole pages */
		uint32_t type;	    /* enum rv_snp_section */
	} section[RV_SNP_SECTIONS];
	bool has_hashes; /* of kernel, initrd and command line: */
	struct rv_sha256 kernel, initrd, cmdline;
};

/*
 * The sections and the digest of a firmware file (an OVMF build with SEV-SNP
 * support: its footer table and SEV metadata). RV_INPUT: it has none of them,
 * or a section of an unknown type.
 */
RV_API RV_MUST bool rv_snp_firmware(struct rv_span file,
				    struct rv_snp_image *out,
				    struct rv_err *err);
/*
 * The digests that QEMU puts before the guest (kernel-hashes=on): of the files
 * as they are, and of the command line with its NUL.
 */
RV_API RV_MUST bool rv_snp_hashes(struct rv_snp_image *i, struct rv_span kernel,
				  struct rv_span initrd, const char *cmdline,
				  struct rv_err *err);
/*
 * measurement.snp.cbor of a dstack image, version 3: the same as numbers. The
 * command line is borrowed from @cbor.
 */
RV_API RV_MUST bool rv_snp_document(struct rv_span cbor,
				    struct rv_snp_image *out,
				    struct rv_span *cmdline,
				    struct rv_err *err);
/*
 * The same from the files of an image: bios-sev, kernel, initrd and command
 * line of its metadata.json. RV_INPUT: it has them not.
 */
RV_API RV_MUST bool rv_snp_image_read(const struct rv_image *image,
				      struct rv_snp_image *out,
				      struct rv_err *err);
/* Does an image's document say what its files give? RV_INPUT: which does not */
RV_API RV_MUST bool rv_snp_image_is(const struct rv_snp_image *document,
				    const struct rv_snp_image *image,
				    struct rv_err *err);
/* Do these bytes begin like such a document? */
RV_API bool rv_snp_is_document(struct rv_span bytes);

struct rv_snp_machine {
	uint32_t vcpus;	   /* 1 to RV_SNP_VCPUS */
	uint32_t cpu;	   /* CPU signature: RDX at reset */
	uint64_t features; /* SEV_FEATURES; dstack: 1 */
};

/* The signature of a CPU by QEMU's name, "EPYC-v4"; 0: not known. */
RV_API uint32_t rv_snp_cpu(const char *name);
/* The n-th name that rv_snp_cpu() knows, or NULL. */
RV_API const char *rv_snp_cpu_name(size_t n);

RV_API RV_MUST bool rv_snp_launch(const struct rv_snp_image *i,
				  const struct rv_snp_machine *m,
				  struct rv_sha384 *out, struct rv_err *err);

/*
 * Which machines give this @digest: vCPUs up to @vcpus, the known CPUs,
 * SEV_FEATURES 1 and 0x21. The number found, at most @room of them written.
 */
RV_API RV_MUST bool rv_snp_solve(const struct rv_snp_image *i,
				 const struct rv_sha384 *digest, uint32_t vcpus,
				 struct rv_snp_machine *out, size_t room,
				 size_t *found, struct rv_err *err);

/* ---- what the host data binds ---- */

/*
 * HOST_DATA of a dstack guest: SHA-256("dstack-mr-config-v3:" NUL document),
 * the document's bytes as they are.
 */
RV_API RV_MUST bool rv_snp_host_data(struct rv_span document,
				     struct rv_sha256 *out, struct rv_err *err);

enum { RV_SNP_INIT_SCRIPTS = 64, RV_SNP_PROVIDER_ID = 2048 };

/* MrConfigV3: what dstack says of an app in the document that is bound. */
struct rv_snp_config {
	bool has_app_id, has_gpu_policy, has_instance_id;
	uint8_t app_id[20], instance_id[20];
	struct rv_sha256 compose_hash, gpu_policy;
	char key_provider[8]; /* "none", "local", "kms" or "tpm" */
	char key_provider_id[RV_SNP_PROVIDER_ID + 1]; /* hex; "": none */
	size_t init_scripts;			      /* digests of such */
};

/*
 * Version 3 of the document and nothing else: RV_INPUT when a member is not
 * known, missing or not of its form. That HOST_DATA binds it is not looked at.
 */
RV_API RV_MUST bool rv_snp_config_read(struct rv_span document,
				       struct rv_snp_config *out,
				       struct rv_err *err);

#ifdef __cplusplus
}
#endif
#endif
