/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud.h - machines that a cloud measures and vouches for: the documents of a
 * dstack image for them, and what their platforms sign.
 *
 * Source: dstack 0.6, image build (measurement.gcp.cbor, measurement.aws.cbor
 * and its replay file); AWS Nitro Enclaves, attestation process (the document
 * and its chain); docs/FORMATS.md.
 */
#ifndef REFVAL_CLOUD_H
#define REFVAL_CLOUD_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * measurement.gcp.cbor, version 1: the Authenticode digest of the image's
 * unified kernel image. RV_INPUT: not just that.
 */
RV_API RV_MUST bool rv_gcp_document(struct rv_span cbor,
				    struct rv_sha256 *uki_auth,
				    struct rv_err *err);
/*
 * measurement.aws.cbor: SHA-256 of PCR4, PCR7 and PCR12 of a NitroTPM, SHA-384
 * each, one behind the other. RV_INPUT: not just that.
 */
RV_API RV_MUST bool rv_aws_document(struct rv_span cbor,
				    struct rv_sha256 *boot_pcr_digest,
				    struct rv_err *err);

/* PCR4, PCR7, PCR12. */
struct rv_aws_boot {
	struct rv_sha384 pcr4, pcr7, pcr12;
	struct rv_sha256 digest; /* boot_pcr_digest */
};

/*
 * measurement.aws.replay.json, version 1: the events that give these values.
 * RV_INPUT: they do not, or it is not just that.
 */
RV_API RV_MUST bool rv_aws_replay(struct rv_span json, struct rv_aws_boot *out,
				  struct rv_err *err);

/* ---- AWS Nitro: attestation documents ---- */

enum {
	RV_NITRO_MAX = 16 << 10, /* bytes of a document */
	RV_NITRO_PCRS = 32,
	RV_NITRO_BUNDLE = 4, /* root, and at most three below it */
};

enum rv_nitro_kind {
	RV_NITRO_ENCLAVE, /* PCR0-2: the enclave's image file */
	RV_NITRO_TPM,	  /* of an EC2 machine: PCRs of a TPM */
};

/* Decoded. Spans borrow from the bytes; empty with p NULL: null. */
struct rv_nitro_document {
	enum rv_nitro_kind kind;
	struct rv_span protected_header, payload, signature;
	struct rv_span module_id;	   /* text */
	uint64_t timestamp;		   /* milliseconds since 1970 */
	struct rv_span pcr[RV_NITRO_PCRS]; /* 48 bytes, or empty: not there */
	struct rv_span certificate, bundle[RV_NITRO_BUNDLE]; /* DER */
	size_t bundled;
	struct rv_span public_key, user_data, nonce;
};

/*
 * COSE_Sign1 with ES384 of a payload with just AWS's keys in their order; the
 * map may be of indefinite length, all else is in its one shortest form.
 * RV_INPUT: it is not. Nothing is verified.
 */
RV_API RV_MUST bool rv_nitro_read(struct rv_span bytes,
				  struct rv_nitro_document *out,
				  struct rv_err *err);

enum rv_nitro_outcome {
	RV_NITRO_GENUINE = 0,
	/* Cannot tell: */
	RV_NITRO_CERT_FORMAT,
	RV_NITRO_CERT_TIME, /* not valid then */
	RV_NITRO_FUTURE,    /* made after the time that is asked about */
	/* No: */
	RV_NITRO_ROOT, /* the bundle begins with another root */
	RV_NITRO_CHAIN,
	RV_NITRO_SIGNATURE,
	RV_NITRO_OUTCOMES
};

/* "GENUINE", "CERT_TIME" ... */
RV_API const char *rv_nitro_outcome_name(enum rv_nitro_outcome o);
RV_API enum rv_code rv_nitro_outcome_code(enum rv_nitro_outcome o);

struct rv_nitro_options {
	struct rv_span root; /* DER; empty: AWS's own */
	int64_t now;	     /* seconds since 1970: no document is younger */
	bool has_at;	     /* valid at @at; else at the document's own time */
	int64_t at;
};

struct rv_nitro_verdict {
	enum rv_nitro_outcome outcome;
	char message[320];	       /* why it is not genuine; else "" */
	int64_t made;		       /* the document's own time */
	int64_t not_before, not_after; /* of the whole chain */
};

/* False: RV_SYSTEM. Any document gives a verdict. */
RV_API RV_MUST bool rv_nitro_verify(const struct rv_nitro_document *d,
				    const struct rv_nitro_options *o,
				    struct rv_nitro_verdict *out,
				    struct rv_err *err);
/* An enclave in debug mode: PCR0, PCR1 and PCR2 are zero. */
RV_API bool rv_nitro_debug(const struct rv_nitro_document *d);

/* ---- AWS Nitro: enclave image files ---- */

enum {
	RV_EIF_MAX = 1 << 30, /* bytes of an image file */
	RV_EIF_RAMDISKS = 30,
};

/* Sections; spans borrow from the file. */
struct rv_eif {
	bool arm64; /* else x86-64 */
	struct rv_span kernel, cmdline, ramdisk[RV_EIF_RAMDISKS];
	size_t ramdisks;		    /* at least 1 */
	struct rv_span signature, metadata; /* p NULL: none */
};

/*
 * An enclave image file of version 4: kernel, command line and ramdisks in this
 * order, each listed in the header, the checksum right. RV_INPUT: it is not.
 */
RV_API RV_MUST bool rv_eif_read(struct rv_span file, struct rv_eif *out,
				struct rv_err *err);

/*
 * What an enclave of it reports: PCR0 the whole image, PCR1 kernel, command
 * line and first ramdisk, PCR2 the other ramdisks, PCR8 the certificate that
 * its signature section was signed by.
 */
struct rv_eif_pcr {
	struct rv_sha384 digest; /* that is extended into 48 zero bytes */
	struct rv_sha384 value;
};

struct rv_eif_pcrs {
	struct rv_eif_pcr pcr[3];
	bool has_pcr8; /* else the enclave's is zero */
	struct rv_eif_pcr pcr8;
};

/*
 * RV_INPUT: the signature section cannot be read, is of another PCR0, or was
 * not made by its certificate's key. When the certificate is valid is AWS's to
 * check, at launch.
 */
RV_API RV_MUST bool rv_eif_pcrs(const struct rv_eif *e, struct rv_eif_pcrs *out,
				struct rv_err *err);

#ifdef __cplusplus
}
#endif
#endif
