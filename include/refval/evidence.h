/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.h - what a machine said: a quote, its event log and what came with
 * them, read from any container a dstack user meets, recognised by content.
 */
#ifndef REFVAL_EVIDENCE_H
#define REFVAL_EVIDENCE_H

#include <refval/gpu.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* TCG PC Client Platform Firmware Profile, 10.4.1, and dstack's own. */
enum {
	RV_EV_POST_CODE = 0x1,
	RV_EV_NO_ACTION = 0x3,
	RV_EV_SEPARATOR = 0x4,
	RV_EV_ACTION = 0x5,
	RV_EV_TAG = 0x6,
	RV_EV_PLATFORM_CONFIG_FLAGS = 0xa,
	RV_EV_IPL = 0xd,
	RV_EV_DSTACK_RUNTIME = 0x08000001,
	RV_EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001u,
	RV_EV_EFI_VARIABLE_BOOT = 0x80000002u,
	RV_EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003u,
	RV_EV_EFI_BOOT_SERVICES_DRIVER = 0x80000004u,
	RV_EV_EFI_RUNTIME_SERVICES_DRIVER = 0x80000005u,
	RV_EV_EFI_GPT_EVENT = 0x80000006u,
	RV_EV_EFI_ACTION = 0x80000007u,
	RV_EV_EFI_PLATFORM_FIRMWARE_BLOB = 0x80000008u,
	RV_EV_EFI_HANDOFF_TABLES = 0x80000009u,
	RV_EV_EFI_PLATFORM_FIRMWARE_BLOB2 = 0x8000000au,
	RV_EV_EFI_HANDOFF_TABLES2 = 0x8000000bu,
	RV_EV_EFI_VARIABLE_AUTHORITY = 0x800000e0u,
};

/* Whose registers a log extends, and with which hash. */
enum rv_bank {
	RV_BANK_TDX = 0,    /* rtmr0 to rtmr3, SHA-384 */
	RV_BANK_TPM_SHA256, /* pcr0 to pcr23 */
	RV_BANK_TPM_SHA384,
	RV_BANKS
};

/* "tdx", "tpm-sha256" ... */
RV_API const char *rv_bank_name(enum rv_bank bank);
RV_API unsigned rv_bank_registers(enum rv_bank bank); /* how many */
/* The register of number @index, as it is before the first event. */
RV_API struct rv_mr rv_bank_register(enum rv_bank bank, unsigned index);

/* One event of a log, in the order the machine recorded it. */
struct rv_event {
	unsigned imr; /* the register's number in its bank: 0..3 of TDX */
	uint32_t type;
	unsigned version;	 /* of a runtime event: 1 or 2 */
	bool has_digest;	 /* false: the log was stripped */
	struct rv_sha384 digest; /* of the bank's hash; then zeros */
	char *name;		 /* owned; "" for firmware events; never NULL */
	struct rv_buf payload;	 /* owned; may be empty or stripped */
	struct rv_buf preimage;	 /* owned; V2 runtime events, else empty */
};

struct rv_log {
	struct rv_event *event; /* owned */
	size_t n;
	enum rv_bank bank;
	uint8_t locality; /* that a TPM was started from: the end of PCR 0 */
	/* Registers, one bit each, that may have been extended after this log
	 * ended: a firmware's log ends when the kernel runs. */
	uint8_t open;
};

enum rv_log_format {
	RV_LOG_NONE = 0,
	RV_LOG_JSON,	/* dstack's JSON array */
	RV_LOG_TCG2,	/* binary, TCG2 / CCEL */
	RV_LOG_SCALE,	/* VersionedAttestation V0 */
	RV_LOG_MSGPACK, /* VersionedAttestation V1 */
	RV_LOG_IMA,	/* the kernel's list, behind a firmware's log */
};

/* How the evidence was obtained: written by refval-fetch, else empty. */
struct rv_evidence_source {
	char *from, *api; /* owned, or NULL: an address; which method of it */
	char *when;	  /* owned, or NULL: RFC 3339, UTC */
	bool has_asked;	  /* the report_data that the machine was asked for */
	uint8_t asked[64];
};

/*
 * The certificate that a TLS server presented when the evidence was taken:
 * written by refval-fetch, else empty. It proves nothing by itself; a statement
 * or report_data that names it does.
 */
struct rv_evidence_tls {
	char *host; /* owned; NULL: none was taken */
	unsigned port;
	struct rv_buf certificate; /* owned; DER */
	struct rv_sha256 sha256;   /* of it */
	bool trusted;		   /* by an authority, for that host, then */
	char *when;		   /* owned, or NULL: RFC 3339, UTC */
};

/* Whose hardware, or whose cloud, signed what is evidence here. */
enum rv_attester {
	RV_ATTESTER_TDX = 0, /* Intel: a quote, or an event log alone */
	RV_ATTESTER_SNP,     /* AMD SEV-SNP: a report */
	RV_ATTESTER_NITRO,   /* AWS: a document of an enclave or a NitroTPM */
	RV_ATTESTER_GCP,     /* Intel, and Google: a quote beside a vTPM's */
	RV_ATTESTERS
};

/* "intel-tdx", "amd-sev-snp", "aws-nitro", "gcp-tdx" */
RV_API const char *rv_attester_name(enum rv_attester attester);

enum { RV_SNP_EVIDENCE_CERTS = 8 };

/* A SEV-SNP report and what came with it; all empty on other platforms. */
struct rv_snp_evidence {
	struct rv_buf report; /* owned; raw bytes */
	/* Owned: certificates and lists as they came, see rv_snp_certs_add() */
	struct rv_buf cert[RV_SNP_EVIDENCE_CERTS];
	size_t certs;
	struct rv_buf mr_config; /* owned; the text that HOST_DATA binds */
};

enum { RV_VTPM_PCRS = 24, RV_VTPM_FILES = 10 };

/*
 * The quote of a vTPM and what came with it; all empty on other platforms. Its
 * log has digests only, in its SHA-256 bank: no types, no contents.
 */
struct rv_vtpm_evidence {
	struct rv_buf message;	   /* owned; TPMS_ATTEST */
	struct rv_buf signature;   /* owned; TPMT_SIGNATURE */
	struct rv_buf certificate; /* owned; DER, of the key that signed */
	struct rv_vtpm_pcr {
		unsigned index;
		struct rv_sha256 value;
	} pcr[RV_VTPM_PCRS]; /* by index; what the message has a digest of */
	size_t pcrs;
	struct rv_log log; /* owned */
	/* Owned: what Google has beside it, see rv_gcp_files_add(). */
	struct rv_buf file[RV_VTPM_FILES];
	size_t files;
};

/* Every buffer is owned and empty where the container has none. */
struct rv_evidence {
	char format[32]; /* e.g. "getquote", "near-public-data" */
	enum rv_attester attester;
	struct rv_buf quote; /* raw bytes; of Intel's */
	/* It is that of the agent's own certificate, app_cert: another quote of
	 * the same machine takes its place. */
	bool stand_in;
	struct rv_snp_evidence snp;
	struct rv_buf nitro; /* owned; AWS's document */
	struct rv_vtpm_evidence vtpm;
	size_t unbound; /* events beside one: no PCR is held against them */
	struct rv_log log;
	enum rv_log_format log_format;
	struct rv_buf vm_config;   /* JSON text */
	bool vm_config_disputed;   /* it says two things: neither is here */
	struct rv_buf app_compose; /* exact bytes */
	struct rv_buf collateral;  /* JSON text, dcap-qvl's form */
	bool has_report_data; /* what the container claims beside the quote */
	uint8_t report_data[64];
	/* What the container claims the registers are (tcb_info). Never used
	 * as evidence: only compared, and reported when it differs. */
	struct rv_mrs claimed;
	bool has_claimed_compose_hash, has_claimed_os_image_hash;
	struct rv_sha256 compose_hash, os_image_hash;
	/* RA-TLS certificate: what the quote's report_data must be for this
	 * certificate's key, SHA-512("ratls-cert:" || SubjectPublicKeyInfo). */
	bool has_ratls_report_data;
	uint8_t ratls_report_data[64];
	/* NULL, or the sentence that says which parts of the evidence
	 * contradict each other (two logs, two quotes). Then the answer of
	 * every command is no. Owned. */
	char *conflict;
	/* NULL, or what came along and is not looked at, as that of which a
	 * vTPM would be the proof: a sentence or more. Owned. */
	char *beside;
	/* NULL, or which of several machines in the document this is, by
	 * number, id and count: "1 (aa11) of 2". Owned. */
	char *instance;
	struct rv_evidence_source source;
	struct rv_evidence_tls tls;
	struct rv_gpu_evidence gpu; /* of the same machine's GPUs */
	/* What attesting the GPUs at boot gave (dstack 0.6.0): the bytes that
	 * the event gpu-attestation has the digest of. */
	struct rv_buf gpu_boot;
};

/* The options of reading: which of several instances, by number or id. */
struct rv_evidence_options {
	/* By number or id; "#3" by number alone, whatever others are called.
	 * NULL: there must be exactly one. */
	const char *instance;
	/* Only machines with GPU evidence count (service reports), and GPU
	 * evidence alone is enough. */
	bool gpu;
};

/*
 * The names that a container may have in struct rv_evidence, one by one: NULL
 * behind the last; "" for one that has the name of what it holds.
 */
RV_API const char *rv_evidence_format(size_t i);

/* The id of a refusal that knows what it is, and that it is not ours. */
#define RV_EVIDENCE_FOREIGN "E_FOREIGN"

/*
 * Read evidence from @in (contents of one file). Formats: see
 * docs/FORMATS.md. RV_INPUT when nothing is recognised or anything is
 * malformed. @out owns all it holds; rv_evidence_free().
 */
RV_API RV_MUST bool rv_evidence_read(struct rv_span in,
				     const struct rv_evidence_options *opts,
				     struct rv_evidence *out,
				     struct rv_err *err);
/*
 * The same from @path: a file, "-" for standard input, or a folder that holds
 * the parts in files of well-known names (docs/FORMATS.md). @opts may be NULL.
 */
RV_API RV_MUST bool
rv_evidence_read_path(const char *path, const struct rv_evidence_options *opts,
		      struct rv_evidence *out, struct rv_err *err);

/*
 * How many machines the document at @path (as above) holds: each is chosen by
 * the instance "#0", "#1" and so on. RV_INPUT: it holds no list of machines.
 */
RV_API RV_MUST bool rv_evidence_machines(const char *path, size_t *n,
					 struct rv_err *err);

/*
 * No quote, but registers that somebody names: MRTD and RTMR0 at least. Nothing
 * in it is signed, so nothing that follows from it is ever a yes.
 */
RV_API bool rv_evidence_is_words(const struct rv_evidence *e);

/*
 * @e as a document refval.evidence/1; owned, rv_buf_free(). RV_SYSTEM without
 * memory.
 */
RV_API RV_MUST bool rv_evidence_write(const struct rv_evidence *e,
				      struct rv_buf *out, struct rv_err *err);

/* Its event log alone, as dstack's JSON array; owned, rv_buf_free(). */
RV_API RV_MUST bool rv_evidence_write_log(const struct rv_evidence *e,
					  struct rv_buf *out,
					  struct rv_err *err);

/*
 * Add what @from tells of the same machine: what @to lacks is moved, what both
 * have is compared. A contradiction is no failure: it becomes @to->conflict,
 * with both names, and every answer no. RV_SYSTEM without memory; then @to is
 * of no use, but to be freed.
 */
RV_API RV_MUST bool rv_evidence_join(struct rv_evidence *to,
				     const char *to_name,
				     struct rv_evidence *from,
				     const char *from_name, struct rv_err *err);

RV_API void rv_evidence_free(struct rv_evidence *e);
RV_API void rv_evidence_tls_free(struct rv_evidence_tls *t);
RV_API void rv_log_free(struct rv_log *log);

/* Read an event log on its own: dstack JSON or binary TCG2/CCEL. */
RV_API RV_MUST bool rv_log_read(struct rv_span in, struct rv_log *out,
				enum rv_log_format *format, struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
