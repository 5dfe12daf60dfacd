/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h - what the readers of the evidence stage share. */
#ifndef RV_EVIDENCE_PARTS_H
#define RV_EVIDENCE_PARTS_H

#include "base.h"
#include "json.h"
#include <refval.h>

/* Bounds of the input; each message that refuses names the number. */
enum {
	EV_FILE_MAX = 64 << 20,	       /* one file */
	EV_PACKED_MAX = 16 << 20,      /* what a gzip expands to */
	EV_ATTESTATION_MAX = 10 << 20, /* a VersionedAttestation */
	EV_EVENTS_MAX = 65536,	       /* events of one log */
	EV_QUOTE_MAX = 1 << 20,	       /* a quote */
	EV_INSTANCES_MAX = 4096,       /* instances in one document */
	EV_CERTIFICATES_MAX = 32,      /* of one PEM file */
	EV_NESTING_MAX = 4,	       /* text in text: hex of JSON of ... */
	EV_HOST_MAX = 300,	       /* the name of a TLS server */
	EV_CERT_MAX = 1 << 16,	       /* certificates of a SEV-SNP report */
	EV_CONFIG_MAX = 1 << 16,       /* the text that HOST_DATA binds */
	EV_VTPM_MAX = 1 << 16,	       /* one part of a vTPM's quote */
};

/* Names of the table (format.c) that others have to know. */
#define EV_REQUEST "verifier-request"
#define EV_FOLDER  "folder"
#define EV_RA_TLS  "ra-tls"
#define EV_SCALE   "attestation-v0"
#define EV_MSGPACK "attestation-v1"
#define EV_SNP	   "snp-report"
#define EV_NITRO   "nitro-document"

/* One event as a reader found it. All borrowed; an empty digest: stripped. */
struct ev_in {
	uint64_t imr, type, version;
	struct rv_span digest, name, payload, preimage;
};

/* Append a copy of @in to @log, checked. */
RV_MUST bool rv_ev_push(struct rv_log *log, const struct ev_in *in,
			struct rv_err *err);

/* The readers. Each fills what its form holds, leaving the rest as it is. */
RV_MUST bool rv_ev_log_json(const rv_json *array, struct rv_log *out,
			    struct rv_err *err);
RV_MUST bool rv_ev_log_tcg2(struct rv_span in, struct rv_log *out,
			    struct rv_err *err);
RV_MUST bool rv_ev_log_ima(struct rv_span in, struct rv_log *out,
			   struct rv_err *err);
RV_MUST bool rv_ev_scale(struct rv_span in, struct rv_evidence *out,
			 struct rv_err *err);
RV_MUST bool rv_ev_msgpack(struct rv_span in, struct rv_evidence *out,
			   struct rv_err *err);
RV_MUST bool rv_ev_attestation(struct rv_span in, struct rv_evidence *out,
			       struct rv_err *err);
RV_MUST bool rv_ev_certificate(struct rv_span der, struct rv_evidence *out,
			       struct rv_err *err);
/* What report_data must be for the key of the certificate @der. */
RV_MUST bool rv_ev_bind_key(struct rv_span der, struct rv_evidence *out,
			    struct rv_err *err);
/* Does it carry a quote or an attestation? */
RV_MUST bool rv_ev_has_claims(struct rv_span der, bool *out,
			      struct rv_err *err);
/* The first certificate of a PEM file. */
RV_MUST bool rv_ev_pem(struct rv_span text, struct rv_evidence *out,
		       struct rv_err *err);
/* The table (format.c): bytes or a document that one of its rows is for. */
RV_MUST bool rv_ev_bytes(struct rv_span in, struct rv_evidence *out,
			 struct rv_err *err);
RV_MUST bool rv_ev_json(const rv_json *j,
			const struct rv_evidence_options *opts,
			struct rv_evidence *out, struct rv_err *err);
/* One of several machines: @opts must say which. */
RV_MUST bool rv_ev_instances(const rv_json *j,
			     const struct rv_evidence_options *opts,
			     struct rv_evidence *out, struct rv_err *err);
/* Every key of the object @j that we know, joined into @out. */
enum ev_skip { EV_SKIP_NONE, EV_SKIP_TCB_INFO };
RV_MUST bool rv_ev_object(const rv_json *j, enum ev_skip skip,
			  struct rv_evidence *out, struct rv_err *err);
/* refval.evidence/1, and no other schema. */
RV_MUST bool rv_ev_own(const rv_json *j, struct rv_evidence *out,
		       struct rv_err *err);
/* How many machines a list holds; 0: @j holds none. */
size_t rv_ev_instances_n(const rv_json *j);
size_t rv_ev_service_n(const rv_json *j);
/* "#3" is the number 3 of @n: by number, and by that alone. */
bool rv_ev_number(const char *wanted, size_t n, size_t *out);
/* Anything: bytes, hex, base64, PEM, JSON. */
RV_MUST bool rv_ev_any(struct rv_span in,
		       const struct rv_evidence_options *opts, unsigned depth,
		       struct rv_evidence *out, struct rv_err *err);

/* What is not ours (foreign.c): false says what it is; true: unknown. */
RV_MUST bool rv_ev_foreign_bytes(struct rv_span in, struct rv_err *err);
RV_MUST bool rv_ev_foreign_length(struct rv_span in, struct rv_err *err);
RV_MUST bool rv_ev_foreign_token(struct rv_span text, struct rv_err *err);
RV_MUST bool rv_ev_foreign_json(const rv_json *j, struct rv_err *err);

/* What bytes look like. */
bool rv_ev_is_quote(struct rv_span in);
/* Two quotes of TDs whose MRTD and RTMRs are the same. */
bool rv_ev_same_machine(struct rv_span a, struct rv_span b);
bool rv_ev_is_snp(struct rv_span in);
bool rv_ev_is_tcg2(struct rv_span in);
bool rv_ev_is_ima(struct rv_span in);
bool rv_ev_is_scale(struct rv_span in);
bool rv_ev_is_msgpack(struct rv_span in);

/* Pieces of documents (pieces.c). A @v that is NULL or null is none. */

/* A quote: text or an array of bytes; empty text is none. */
RV_MUST bool rv_ev_json_quote(const rv_json *v, struct rv_evidence *out,
			      struct rv_err *err);
/* What the member @key says of report_data, in hex; the rest is zero. */
RV_MUST bool rv_ev_json_report_data(const rv_json *j, const char *key,
				    struct rv_evidence *out,
				    struct rv_err *err);
/* vm_config, or sys-config.json with it as text inside (DSTACK.md 2.1, 4.3). */
RV_MUST bool rv_ev_json_vm_config(const rv_json *v, struct rv_evidence *out,
				  struct rv_err *err);
/* tcb_info, DSTACK.md 4.1: what it claims, its log, its app_compose. */
RV_MUST bool rv_ev_json_tcb_info(const rv_json *v, struct rv_evidence *out,
				 struct rv_err *err);
/* What the object @j claims: registers, compose_hash, os_image_hash. */
RV_MUST bool rv_ev_json_claims(const rv_json *j, struct rv_evidence *out,
			       struct rv_err *err);
/* Its app_compose, or app_compose_hex where that is no text. */
RV_MUST bool rv_ev_json_compose(const rv_json *j, struct rv_evidence *out,
				struct rv_err *err);
RV_MUST bool rv_ev_json_collateral(const rv_json *v, struct rv_evidence *out,
				   struct rv_err *err);
/* A firmware log in base64 (cloud.c). */
RV_MUST bool rv_ev_json_ccel(const rv_json *v, struct rv_evidence *out,
			     struct rv_err *err);
/* { format, body }: Tinfoil's first two formats. */
bool rv_ev_is_predicate(const rv_json *j);
RV_MUST bool rv_ev_json_predicate(const rv_json *j, struct rv_evidence *out,
				  struct rv_err *err);
/* A quote that somebody decoded (decoded.c). */
bool rv_ev_is_decoded(const rv_json *j);
RV_MUST bool rv_ev_decoded(const rv_json *j,
			   const struct rv_evidence_options *opts,
			   struct rv_evidence *out, struct rv_err *err);
/* Name what came along that nothing here looks at. */
RV_MUST bool rv_ev_beside(struct rv_evidence *out, const char *sentence,
			  struct rv_err *err);
RV_MUST bool rv_ev_note_vtpm(const rv_json *j, struct rv_evidence *out,
			     struct rv_err *err);
/* Is the member @key there, and not null? */
bool rv_ev_has(const rv_json *j, const char *key);

/* A document of AWS Nitro's (nitro.c). */
bool rv_ev_is_nitro(struct rv_span in);
RV_MUST bool rv_ev_nitro(struct rv_span in, struct rv_evidence *out,
			 struct rv_err *err);

struct rv_jw;

/* The quote of a vTPM and what belongs to it (vtpm.c). Certificates and what
 * else Google has: as they came. */
RV_MUST bool rv_ev_vtpm_quote(struct rv_span message, struct rv_span signature,
			      struct rv_span certificate,
			      struct rv_evidence *out, struct rv_err *err);
RV_MUST bool rv_ev_vtpm_pcr(uint64_t index, struct rv_span algorithm,
			    struct rv_span value, struct rv_evidence *out,
			    struct rv_err *err);
RV_MUST bool rv_ev_vtpm_event(uint64_t pcr, struct rv_span digest,
			      struct rv_evidence *out, struct rv_err *err);
RV_MUST bool rv_ev_vtpm_file(struct rv_span in, struct rv_evidence *out,
			     struct rv_err *err);
/* Do both tell the same, as far as both tell? */
bool rv_ev_vtpm_same(const struct rv_vtpm_evidence *a,
		     const struct rv_vtpm_evidence *b);
void rv_ev_vtpm_free(struct rv_vtpm_evidence *e);
/* The member "vtpm" of our own document; a @j that is NULL is none. */
RV_MUST bool rv_ev_own_vtpm(const rv_json *j, struct rv_evidence *out,
			    struct rv_err *err);
void rv_ev_write_vtpm(const struct rv_evidence *e, struct rv_jw *w);

/* A SEV-SNP report and what belongs to it (snp.c). */
RV_MUST bool rv_ev_snp_report(struct rv_span in, struct rv_evidence *out,
			      struct rv_err *err);
RV_MUST bool rv_ev_snp_cert(struct rv_span in, struct rv_evidence *out,
			    struct rv_err *err);
RV_MUST bool rv_ev_snp_config(struct rv_span text, struct rv_evidence *out,
			      struct rv_err *err);
/* What vm_config says of a SEV-SNP machine, once all parts are there. */
RV_MUST bool rv_ev_snp_vm_config(struct rv_evidence *e, struct rv_err *err);
/* The member "snp" of our own document; a @j that is NULL is none. */
RV_MUST bool rv_ev_own_snp(const rv_json *j, struct rv_evidence *out,
			   struct rv_err *err);
void rv_ev_write_snp(const struct rv_evidence *e, struct rv_jw *w);

/* GPU evidence (gpu.c): what an object or an array holds of it. */
bool rv_ev_has_gpu(const rv_json *j);
bool rv_ev_is_gpu_list(const rv_json *j);
RV_MUST bool rv_ev_json_gpu(const rv_json *j, struct rv_gpu_evidence *out,
			    struct rv_err *err);
RV_MUST bool rv_ev_json_gpu_list(const rv_json *j, struct rv_gpu_evidence *out,
				 struct rv_err *err);
/* What attesting the GPUs at boot gave (gpu_boot.c); text or bundles. */
RV_MUST bool rv_ev_json_gpu_boot(const rv_json *v, struct rv_evidence *out,
				 struct rv_err *err);
void rv_ev_write_gpu_boot(const struct rv_buf *b, struct rv_jw *w);
/* The member "gpus" of our own document; a @j that is NULL is none. */
void rv_ev_write_gpus(const struct rv_gpu_evidence *e, struct rv_jw *w);
RV_MUST bool rv_ev_own_gpus(const rv_json *j, struct rv_gpu_evidence *out,
			    struct rv_err *err);
/* One more device, all empty; NULL: @err is filled. */
struct rv_gpu_device *rv_ev_new_gpu(struct rv_gpu_evidence *e,
				    struct rv_err *err);
/* The answers of services that tell of several machines (service.c). */
bool rv_ev_is_service_list(const rv_json *j);
RV_MUST bool rv_ev_service_list(const rv_json *j,
				const struct rv_evidence_options *opts,
				struct rv_evidence *out, struct rv_err *err);

/* Hex of either case, with or without 0x in front. */
RV_MUST bool rv_ev_hex(struct rv_span text, const char *what,
		       struct rv_buf *out, struct rv_err *err);
RV_MUST bool rv_ev_json_event_log(const rv_json *value, struct rv_evidence *out,
				  struct rv_err *err);
/* vm_config or sys-config with vm_config inside; empty text is none. */
RV_MUST bool rv_ev_vm_config(struct rv_span text, struct rv_evidence *out,
			     struct rv_err *err);
/* The runtime events that stand beside a log: fill it, or compare. */
RV_MUST bool rv_ev_runtime_events(const struct rv_log *runtime,
				  enum rv_log_format format,
				  struct rv_evidence *out, struct rv_err *err);
/* The registers that a document of TDX claims, in the order of reports. */
enum { EV_REGISTERS = 5 };
extern const char *const rv_ev_register[EV_REGISTERS];

/* What may be told of a machine more than once. */
enum ev_claim {
	EV_QUOTE,
	EV_LOG,
	EV_COMPOSE,
	EV_VM_CONFIG,
	EV_GPU_BOOT,
	EV_TLS,
	EV_COMPOSE_HASH,
	EV_OS_IMAGE_HASH,
	EV_REPORT_DATA,
	EV_RATLS,
	EV_ASKED,
	EV_GPU,
	EV_SNP_REPORT,
	EV_SNP_CONFIG,
	EV_NITRO_DOCUMENT,
	EV_VTPM,
	EV_CLAIMS
};

/* Where each came from, for the sentences about contradictions. */
struct ev_origin {
	char of[EV_CLAIMS][64];
	char reg[RV_MRS_MAX][64]; /* of the claimed registers */
};
/*
 * Add what @from tells of the same machine, found in @name: what @to has not
 * is moved, what both have is compared, and a difference recorded in @to.
 */
RV_MUST bool rv_ev_join(struct rv_evidence *to, struct ev_origin *origin,
			struct rv_evidence *from, const char *name,
			struct rv_err *err);
/* A log or a quote must be there, and --instance must have had a use. */
RV_MUST bool rv_ev_complete(const struct rv_evidence *e,
			    const struct rv_evidence_options *opts,
			    struct rv_err *err);
/* Record the first contradiction. */
RV_MUST bool rv_ev_conflict(struct rv_evidence *out, const char *sentence,
			    struct rv_err *err);
void rv_ev_format(struct rv_evidence *out, const char *name);

#endif
