/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu.h - stage "gpu": evidence of NVIDIA GPUs and NVSwitches. Is each report
 * signed by a device of NVIDIA's, for this nonce, and does it say what NVIDIA's
 * signed reference manifests (RIM) say? Offline: bytes and a time in, rows out.
 *
 * Sources: DMTF DSP0274 1.1 (SPDM), sections 10.11.1 and 10.11.2; NVIDIA's
 * attestation SDKs for the opaque fields; TCG DICE Attestation Architecture,
 * 6.1; ISO/IEC 19770-2:2015 with TCG's RIM model; W3C XML Signature 1.1.
 */
#ifndef REFVAL_GPU_H
#define REFVAL_GPU_H

#include <refval/report.h>
#include <refval/types.h>

enum {
	RV_GPU_LIST_MAX = 64,	      /* devices of one list */
	RV_GPU_REPORT_MAX = 64 << 10, /* bytes of a report */
	RV_GPU_CHAIN_MAX = 64 << 10,  /* bytes of a chain, PEM */
	RV_GPU_CERTS_MAX = 8,	      /* certificates of a chain */
	RV_GPU_RIM_MAX = 1 << 20,     /* bytes of a manifest */
	RV_GPU_RIMS_MAX = 1024,	      /* manifests of one set */
	RV_GPU_ANSWERS_MAX = 1024,    /* OCSP answers and CRLs of one set */
	RV_GPU_INDEXES = 255,	      /* measurements of a report: 0 to 254 */
	RV_GPU_FIELDS = 64,	      /* opaque fields of a report */
	RV_GPU_ALTERNATIVES = 16,     /* of one golden value */
	RV_GPU_NONCE = 32,	      /* bytes */
	RV_GPU_MEASUREMENT = 48,      /* bytes: SHA-384 */
	RV_GPU_TEXT_MAX = 48,	      /* a version, project, SKU */
};

/* ---- evidence: what a container holds of each device ---- */

struct rv_gpu_device {
	char arch[16];	      /* claimed beside the report; empty: nothing */
	struct rv_buf report; /* owned; the SPDM request and response */
	struct rv_buf chain;  /* owned; PEM, leaf first */
	bool has_nonce;	      /* claimed beside the report */
	uint8_t nonce[RV_GPU_NONCE];
};

/*
 * What services put beside the quote to tie it to the GPUs' nonce. Claims,
 * every one: they count once a quote's report_data is made of them.
 */
struct rv_gpu_hints {
	uint8_t address[32]; /* the signing address or key */
	size_t address_n;    /* 20 or 32; 0: none */
	bool has_tls, has_request, has_hpke, has_tls_key, has_hash, has_outer;
	uint8_t tls[32];	       /* SHA-256 of the TLS certificate */
	uint8_t request[32];	       /* request_nonce */
	uint8_t tls_key[32], hpke[32]; /* Tinfoil: report_data's parts */
	uint8_t hash[32];	       /* gpu_evidence_hash */
	uint8_t outer[32];	       /* SHA-256 of the text of member "gpu" */
	char *e2e; /* owned, or NULL: nonce and e2e_pubkey as text */
};

struct rv_gpu_evidence {
	bool there;	 /* a container of GPU evidence was found */
	char format[32]; /* "nvidia_payload", "evidence list", ... */
	struct rv_gpu_device *device; /* owned */
	size_t n;
	struct rv_gpu_hints hints;
};

/*
 * Read GPU evidence on its own: an evidence list, a service's answer around
 * one, or a bare report (then the chain comes from @chain, PEM, else empty).
 * RV_INPUT when there is none. An empty list is read: n is 0.
 */
RV_API RV_MUST bool rv_gpu_evidence_read(struct rv_span in,
					 struct rv_span chain,
					 const char *instance,
					 struct rv_gpu_evidence *out,
					 struct rv_err *err);
RV_API void rv_gpu_evidence_free(struct rv_gpu_evidence *e);

/* ---- reports ---- */

struct rv_gpu_field {
	uint16_t type;
	struct rv_span value;
};

/* A decoded report. Spans borrow from the bytes it was read from. */
struct rv_gpu_report {
	struct rv_span nonce;		      /* 32 bytes, the verifier's */
	unsigned blocks;		      /* measurements in it */
	struct rv_span value[RV_GPU_INDEXES]; /* by RIM index; p NULL: none */
	struct rv_gpu_field field[RV_GPU_FIELDS]; /* in the order found */
	size_t fields;
	struct rv_span covered;	  /* what the signature is over */
	struct rv_span signature; /* r || s, 96 bytes */
};

/*
 * Decode @in, all of it. False with RV_INPUT, and err->id names the rule that
 * it breaks: "report-short", "report-block", ...
 */
RV_API RV_MUST bool rv_gpu_report_read(struct rv_span in,
				       struct rv_gpu_report *out,
				       struct rv_err *err);
/* The opaque field @type; p is NULL when there is none. */
RV_API struct rv_span rv_gpu_report_field(const struct rv_gpu_report *r,
					  uint16_t type);

/* ---- reference manifests ---- */

struct rv_gpu_rims;

/* An empty set; @root: DER of the trusted root, empty: NVIDIA's. */
RV_API RV_MUST bool rv_gpu_rims_new(struct rv_span root,
				    struct rv_gpu_rims **out,
				    struct rv_err *err);
/*
 * Put a manifest into the set: XML, or the service's answer around it. @name
 * (of the file, without folder) that is an id of NVIDIA's ("NV_GPU_...", with
 * or without an ending) names what it must be of; any other name: what it
 * says, once its signature held. The bytes are copied; nothing is read of them
 * before a device asks. @meant: the user named this file, so that it must be of
 * a device of the list. RV_INPUT: too large, too many, or the same id twice.
 */
RV_API RV_MUST bool rv_gpu_rims_add(struct rv_gpu_rims *rims, const char *name,
				    struct rv_span file, bool meant,
				    struct rv_err *err);
RV_API size_t rv_gpu_rims_count(const struct rv_gpu_rims *rims);
RV_API void rv_gpu_rims_free(struct rv_gpu_rims **rims);

/* What a manifest said, after its signature held. */
struct rv_gpu_rim {
	char id[96]; /* the id it was asked for by */
	char version[RV_GPU_TEXT_MAX], product[RV_GPU_TEXT_MAX],
	    edition[RV_GPU_TEXT_MAX];
	struct rv_sha256 sha256;       /* of the XML */
	int64_t not_before, not_after; /* of its chain */
	size_t active;		       /* golden values */
};

/*
 * Is manifest number @i of the set signed up to its root, in time at @at, and
 * called by an id of its version? What it says goes into *out. RV_NO or
 * RV_INPUT: it is not.
 */
RV_API RV_MUST bool rv_gpu_rims_check(struct rv_gpu_rims *rims, size_t i,
				      int64_t at, struct rv_gpu_rim *out,
				      struct rv_err *err);

/* ---- revocation ---- */

struct rv_gpu_revocation; /* a set of OCSP answers and CRLs */

RV_API RV_MUST bool rv_gpu_revocation_new(struct rv_gpu_revocation **out,
					  struct rv_err *err);
/*
 * Put an answer of a responder (RFC 6960, DER) or a list (RFC 5280, DER or PEM)
 * into the set; RV_INPUT: it is neither, or there are RV_GPU_ANSWERS_MAX. The
 * bytes are copied; who signed it is asked once a certificate is found in it.
 * @meant: the user named this file, so that it must be of a certificate.
 */
RV_API RV_MUST bool rv_gpu_revocation_add(struct rv_gpu_revocation *r,
					  const char *name, struct rv_span file,
					  bool meant, struct rv_err *err);
RV_API void rv_gpu_revocation_free(struct rv_gpu_revocation **r);

/*
 * A certificate that its issuer could have revoked: of a device's chain all but
 * the leaf, which is made at boot, and the root; of a manifest's all but the
 * root. Yes: not revoked; unchecked: nothing is known.
 */
struct rv_gpu_cert {
	char subject[65], serial[41]; /* name, hex */
	bool rim;		      /* of a manifest's chain */
	enum rv_verdict verdict;
	const char *id;		   /* "device-chain-revoked"; NULL: nothing */
	char reason[320];	   /* one sentence; foreign text is in it */
	int64_t from, until;	   /* of what was used; both 0: nothing was */
	struct rv_sha256 sha256;   /* of the certificate */
	struct rv_buf der, issuer; /* owned; both certificates */
};

/* ---- verification ---- */

struct rv_gpu_options {
	int64_t at;		  /* seconds since 1970 */
	const uint8_t *nonce;	  /* RV_GPU_NONCE bytes; NULL: none was asked */
	struct rv_gpu_rims *rims; /* NULL: none were given */
	struct rv_gpu_revocation *revocation; /* NULL: nothing was given */
	const char *min_driver;		      /* "570.172.08"; NULL: any */
	const char *const *vbios;	      /* versions that are accepted */
	size_t n_vbios;			      /* 0: any */
	struct rv_span root; /* DER; empty: NVIDIA's device root */
};

/* What was checked, in the order of a device's rows. */
struct rv_gpu_row {
	int device;	   /* its place in the list; -1: of the whole list */
	const char *check; /* "report", "chain", "signature", ... */
	const char *id;	   /* what failed: "report-nonce"; NULL: nothing */
	enum rv_verdict verdict;
	char reason[320]; /* one sentence; foreign text is in it */
};

struct rv_gpu_mismatch {
	unsigned index;
	bool vbios; /* golden by the VBIOS manifest, else the driver's */
	bool has_found;
	uint8_t found[RV_GPU_MEASUREMENT];
	size_t alternatives;
	uint8_t expected[RV_GPU_ALTERNATIVES][RV_GPU_MEASUREMENT];
};

/* A device as its report and chain tell of it. */
struct rv_gpu_facts {
	bool decoded; /* else all below is empty */
	bool genuine; /* its chain and its signature held */
	enum rv_verdict verdict;
	bool is_switch;
	char arch[16];		    /* of the certificate: "HOPPER" */
	char chip[16];		    /* "GH100" */
	char hwmodel[65], ueid[52]; /* name of certificate 1, serial of 0 */
	char driver[RV_GPU_TEXT_MAX], vbios[RV_GPU_TEXT_MAX];
	char project[RV_GPU_TEXT_MAX], project_sku[RV_GPU_TEXT_MAX],
	    chip_sku[RV_GPU_TEXT_MAX];
	char driver_rim[96], vbios_rim[96]; /* ids; empty: none */
	uint8_t nonce[RV_GPU_NONCE];
	bool has_nvdec0, has_ppcie, has_feature, has_fwid;
	uint8_t nvdec0, ppcie;
	uint16_t feature, opaque_version;
	struct rv_sha256 sha256; /* of the report */
	size_t compared;	 /* golden values that were compared */
	size_t skipped;		 /* of them, by the NVDEC rule */
	size_t uncovered;	 /* values not zero that no manifest has */
	struct rv_gpu_mismatch *mismatch; /* owned */
	size_t mismatches;
	struct rv_gpu_rim rim[2]; /* driver, VBIOS; id empty: not used */
};

struct rv_gpu_result {
	struct rv_gpu_facts *device; /* owned; as many as the evidence has */
	size_t n;
	size_t gpus, switches;
	struct rv_gpu_row *row; /* owned */
	size_t rows;
	struct rv_gpu_cert *cert; /* owned; each certificate once */
	size_t certs;
	enum rv_verdict verdict;
};

/*
 * Verify all devices of @e. What is wrong with them is a row; false only for
 * RV_SYSTEM and, for a root or option that makes no sense, RV_USAGE.
 */
RV_API RV_MUST bool rv_gpu_verify(const struct rv_gpu_evidence *e,
				  const struct rv_gpu_options *o,
				  struct rv_gpu_result *out,
				  struct rv_err *err);
RV_API void rv_gpu_result_free(struct rv_gpu_result *r);
/* The first row that weighs as much as the whole; NULL: there is no row. */
RV_API const struct rv_gpu_row *
rv_gpu_result_reason(const struct rv_gpu_result *r);
RV_API enum rv_code rv_gpu_result_code(const struct rv_gpu_result *r);
/* Does a device before the @at-th need the manifest called @id? */
RV_API bool rv_gpu_rim_before(const struct rv_gpu_result *r, size_t at,
			      const char *id);

/* ---- the tie between a quote and the GPUs ---- */

struct rv_gpu_bound {
	char scheme; /* 'A' to 'F'; 0: none that is known */
	enum rv_verdict verdict;
	char reason[320]; /* which bytes are what; or both values */
};

/*
 * Which bytes of @report_data are the nonce @nonce that the reports were made
 * for, and what else is in it (docs/refval-gpu.1 has the schemes). A scheme
 * whose one half fits must fit as a whole. @certificate: DER of the TLS
 * certificate, empty: none.
 */
RV_API RV_MUST bool rv_gpu_bind(const uint8_t report_data[64],
				const uint8_t nonce[RV_GPU_NONCE],
				const struct rv_gpu_hints *hints,
				struct rv_span certificate,
				struct rv_gpu_bound *out, struct rv_err *err);

/* ---- tokens of NVIDIA's attestation service ---- */

struct rv_gpu_token {
	enum rv_verdict verdict; /* yes: signed, in time, and result true */
	const char *id;		 /* what failed; NULL: nothing */
	char reason[320];
	char issuer[96];
	bool result; /* x-nvidia-overall-att-result */
	uint8_t nonce[RV_GPU_NONCE];
	bool has_nonce;
	int64_t issued, expires;
	size_t devices; /* device tokens, each equal to its digest */
};

/*
 * A token of NVIDIA's service, [["JWT", overall], {"GPU-0": token, ...}],
 * against its keys (JWKS): ES384 only. It is a claim of that service, never
 * our own check. @nonce may be NULL.
 */
RV_API RV_MUST bool rv_gpu_token_verify(struct rv_span token,
					struct rv_span jwks, int64_t at,
					const uint8_t *nonce,
					struct rv_gpu_token *out,
					struct rv_err *err);

#endif
