/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.h - the verdict as a call: evidence, references and policy in, one
 * report out. Everything arrives as an argument, the time too; folders are read
 * through whoever calls.
 */
#ifndef REFVAL_VERIFY_H
#define REFVAL_VERIFY_H

#include <refval/app_key.h>
#include <refval/bind.h>
#include <refval/cloud.h>
#include <refval/evidence.h>
#include <refval/gcp.h>
#include <refval/gpu.h>
#include <refval/hash_services.h>
#include <refval/image.h>
#include <refval/image_signature.h>
#include <refval/measure.h>
#include <refval/publish.h>
#include <refval/quote.h>
#include <refval/release.h>
#include <refval/replay.h>
#include <refval/report.h>
#include <refval/shape.h>
#include <refval/snp.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- folders, read by the caller ---- */

/* Names in the order of their bytes. Owned; rv_names_free(). */
struct rv_names {
	char **name;
	size_t n;
};

RV_API void rv_names_free(struct rv_names *names);
/* Add a copy of @name at the end. RV_SYSTEM only. */
RV_API RV_MUST bool rv_names_add(struct rv_names *names, const char *name,
				 struct rv_err *err);

/* The calls come from any thread, several at once when the verifier's do. */
struct rv_folder {
	const char *name; /* in messages; borrowed */
	void *arg;	  /* for the two calls */
	/* The names of its regular files that do not begin with a dot. */
	bool (*list)(void *arg, struct rv_names *out, struct rv_err *err);
	/* One of them, whole; RV_INPUT above @max bytes. */
	bool (*read)(void *arg, const char *name, size_t max,
		     struct rv_buf *out, struct rv_err *err);
};

/* ---- what references and collateral are read from ---- */

/*
 * Are the measurement.* documents of an image what its files give, as far as
 * these are there? *@n of them were looked at. RV_INPUT: one is malformed, or
 * of other files.
 */
RV_API RV_MUST bool rv_image_documents(const struct rv_image *image, size_t *n,
				       struct rv_err *err);

/*
 * The name of the measurement.* document that @bytes are, as an image has it,
 * and whose evidence it is for; NULL: they are none of them. Static text.
 */
RV_API const char *rv_image_document(struct rv_span bytes,
				     enum rv_attester *of);
/*
 * What a SEV-SNP launch of this image follows from: its document, once that is
 * of its files, or the files alone. *@from says which; static text.
 */
RV_API RV_MUST bool rv_image_launch(const struct rv_image *image,
				    struct rv_snp_image *out, const char **from,
				    struct rv_err *err);

/* All records of a folder; owned, rv_releases_free(). */
struct rv_releases {
	struct rv_release *item;
	size_t n;
};

/* Read every *.json of @folder. RV_INPUT when one of them is malformed. */
RV_API RV_MUST bool rv_releases_read(const struct rv_folder *folder,
				     struct rv_releases *out,
				     struct rv_err *err);
RV_API void rv_releases_free(struct rv_releases *r);
/* The record called @name, e.g. "dstack-dev-0.5.8"; RV_INPUT when none is. */
RV_API RV_MUST bool rv_releases_find(const struct rv_releases *r,
				     const char *name,
				     const struct rv_release **out,
				     struct rv_err *err);

/*
 * The values of each machine whose shape @r has the RTMR0 of, or where it has
 * none, of any: then RTMR0 is not known. Owned, rv_values_list_free(). RV_INPUT
 * when the record has no register.
 */
RV_API RV_MUST bool rv_release_machines(const struct rv_release *r,
					struct rv_values_list *out,
					struct rv_err *err);

/* Intel's answers, one a file; what is none of them is passed over. */
RV_API RV_MUST bool rv_collateral_read_folder(const struct rv_folder *folder,
					      struct rv_collateral *out,
					      struct rv_err *err);

/* A refval.acpi/1 document, or any JSON with loader, rsdp and tables. */
RV_API RV_MUST bool rv_acpi_digests_read(struct rv_span json,
					 struct rv_acpi_digests *out,
					 struct rv_err *err);
/* A folder with the files table-loader, rsdp and tables, perhaps tpm-log. */
RV_API RV_MUST bool rv_acpi_digests_read_folder(const struct rv_folder *folder,
						struct rv_acpi_digests *out,
						struct rv_err *err);

/* What a measurement needs of ACPI, and where it came from. */
struct rv_acpi_source {
	struct rv_acpi_digests digests;
	struct rv_err why; /* when they are not known */
};

/*
 * @given unless NULL, else what this shape's QEMU generates. Fills in
 * @in->acpi, acpi_origin and acpi_why, which borrow from @source.
 */
RV_API RV_MUST bool rv_acpi_for(const struct rv_acpi_digests *given,
				const struct rv_shape *shape,
				struct rv_acpi_source *source,
				struct rv_measure_input *in,
				struct rv_err *err);

/* ---- what a quote was made for ---- */

/* What report_data must be bound to, and what messages call it. Borrowed. */
struct rv_binding {
	bool has_report_data;
	uint8_t report_data[RV_REPORT_DATA]; /* zero padded on the right */
	size_t report_data_n;		     /* bytes before that */
	const char *report_data_from;
	/* In the first half the address of a key, 20 bytes, or a key of 32 (0:
	 * nothing was asked); a nonce in the second. */
	uint8_t address[32];
	size_t address_n;
	bool has_nonce;
	uint8_t nonce[32];
	struct rv_bindings file; /* what is NULL was not given */
	const char *statement_from, *key_from, *signature_from;
	const char *certificate_from;
};

/* The check of what was asked of report_data by its value; NULL: it was not. */
RV_API struct rv_check *rv_binding_report(const struct rv_binding *b,
					  struct rv_span report_data,
					  struct rv_report *report);

/* ---- one quote, by collateral and policy ---- */

/* How a quote is judged. All borrowed. */
struct rv_proof_input {
	const struct rv_quote_policy *policy;
	/* NULL: what lies in the evidence. */
	const struct rv_collateral *collateral;
	/* Why the collateral that was given cannot be read; NULL or code 0 */
	const struct rv_err *collateral_err;
	bool has_at;		   /* @at was asked for; else it is now */
	int64_t at;		   /* seconds since 1970 */
	const char *evidence_name; /* in the command of a hint; may be NULL */
	/* The folder that collateral is looked for in by whoever asks, as
	 * refval-fetch --cache fills it; in the same command; may be NULL */
	const char *cache;
};

/* What came of it; rv_proof_free(). */
struct rv_proof {
	bool decoded; /* quote is there; it borrows from the evidence */
	struct rv_quote quote;
	bool checked; /* false: only decoded, as was asked for */
	struct rv_quote_verdict verdict;
	struct rv_quote_finding finding[RV_QUOTE_FINDINGS];
	size_t findings;
	enum rv_code answer;
	char message[1536]; /* why the answer is not yes, and the hint */
	char hint[512];	    /* what to do about it, or "" */
};

/* False: RV_SYSTEM. Any quote, however broken, is a result. */
RV_API RV_MUST bool rv_proof_check(struct rv_quote_verifier *v,
				   const struct rv_proof_input *in,
				   const struct rv_evidence *e,
				   struct rv_proof *out, struct rv_err *err);
/* Only decode. */
RV_API void rv_proof_decode(const struct rv_evidence *e, struct rv_proof *out);
/* The result of evidence that cannot be read: @why is in the message. */
RV_API RV_MUST bool rv_proof_unreadable(struct rv_quote_verifier *v,
					const struct rv_proof_input *in,
					struct rv_span bytes,
					const struct rv_err *why,
					struct rv_proof *out,
					struct rv_err *err);
RV_API void rv_proof_free(struct rv_proof *p);
/* "genuine Intel hardware", or what else may be said, in a few words. */
RV_API const char *rv_proof_headline(const struct rv_proof *p);
/* The checks of the hardware layer, into @report. */
RV_API void rv_proof_report(const struct rv_proof *p, struct rv_report *report);

/* ---- one SEV-SNP report ---- */

/* What came of it. It borrows from the evidence and owns nothing. */
struct rv_snp_proof {
	bool decoded, checked; /* checked: the verdict is there */
	struct rv_snp_report report;
	struct rv_snp_verdict verdict;
	bool other_root, test_pki; /* a given root; by rules for test ones */
	int64_t at;		   /* seconds since 1970 */
	char hint[256];		   /* what to do about it, or "" */
};

/* "genuine AMD hardware", or what else may be said, in a few words. */
RV_API const char *rv_snp_proof_headline(const struct rv_snp_proof *p);
/* The checks of the hardware layer, into @report. */
RV_API void rv_snp_proof_report(const struct rv_snp_proof *p,
				const struct rv_snp_policy *policy,
				struct rv_report *report);

/* A launch digest, and what it is held against. All borrowed. */
struct rv_snp_launch_input {
	const struct rv_snp_proof *proof; /* of the report that has it */
	const struct rv_snp_image *image; /* NULL: there is none ... */
	const char *why;		  /* ... why not ... */
	bool expected;	  /* ... and should be: cannot tell, not unchecked */
	const char *from; /* where the image came from */
	/* The machine, NULL where nobody says; and may it be another one, of
	 * @vcpus (0: any number)? */
	const struct rv_snp_machine *machine;
	bool search;
	uint32_t vcpus;
};
/* The check "measurement", which rests on the signature where that was
 * checked. RV_SYSTEM; RV_INPUT: an image of no launch. */
RV_API RV_MUST bool rv_snp_launch_report(const struct rv_snp_launch_input *in,
					 struct rv_report *report,
					 struct rv_err *err);
/* The same, "host_data"; @document is NULL where none was given. */
RV_API RV_MUST bool rv_snp_config_report(const struct rv_snp_proof *proof,
					 const struct rv_span *document,
					 const char *from,
					 struct rv_report *report,
					 struct rv_err *err);

/* How a report is judged, beside what rv_proof_input says. All borrowed. */
struct rv_snp_rules {
	struct rv_snp_policy policy;
	bool allow_vlek;
	/* Certificates and AMD's list, for rv_snp_certs_add(); before those of
	 * the evidence. */
	const struct rv_span *file;
	size_t files;
};

/* ---- one AWS Nitro document ---- */

/* What came of it. It borrows from the evidence and owns nothing. */
struct rv_nitro_proof {
	bool decoded, checked; /* checked: the verdict is there */
	struct rv_nitro_document document;
	struct rv_nitro_verdict verdict;
	bool other_root, test_pki;
	int64_t at; /* seconds since 1970 */
};

/* "signed by AWS Nitro", or what else may be said, in a few words. */
RV_API const char *rv_nitro_headline(const struct rv_nitro_proof *p);

/* ---- the vTPM of a machine of Google Cloud ---- */

/* What came of it, beside the quote of the CPU. */
struct rv_gcp_proof {
	bool decoded, checked;	   /* checked: the verdict is there */
	struct rv_tpm_quote quote; /* borrows from the evidence */
	struct rv_replay log;	   /* owned; of the vTPM's */
	struct rv_gcp_verdict verdict;
	bool has_endorsement;
	struct rv_gcp_endorsed endorsed; /* of the firmware */
	bool other_root;
	int64_t at; /* seconds since 1970 */
};

/* "signed by a vTPM of Google's", or what else may be said, in a few words. */
RV_API const char *rv_gcp_headline(const struct rv_gcp_proof *p);

/* How it is judged, beside what rv_proof_input says. All borrowed. */
struct rv_gcp_rules {
	/* What Google has, for rv_gcp_files_add(), beside that of the evidence;
	 * and other roots than Google's, of vTPMs and of firmware (DER). */
	const struct rv_span *file;
	size_t files;
	struct rv_span root, tcb_root;
};

/* ---- the whole verdict ---- */

/* Manifests by their hash. Owned; rv_manifests_free(). */
struct rv_manifests {
	struct rv_manifest {
		struct rv_sha256 hash;
		char *name; /* of the file */
		struct rv_buf bytes;
		struct rv_span span; /* of bytes */
	} * item;		     /* sorted by hash */
	size_t n;
};

/* Every file of @folder, whatever it holds. RV_INPUT above 256 MiB in all. */
RV_API RV_MUST bool rv_manifests_read(const struct rv_folder *folder,
				      struct rv_manifests *out,
				      struct rv_err *err);
/* The manifest whose SHA-256 @hash (32 bytes) is; NULL: none of them. */
RV_API const struct rv_manifest *rv_manifests_find(const struct rv_manifests *m,
						   struct rv_span hash);
RV_API void rv_manifests_free(struct rv_manifests *m);

/* A manifest of NVIDIA's, for rv_gpu_rims_add(), or an OCSP answer or CRL, for
 * rv_gpu_revocation_add(). Borrowed. */
struct rv_gpu_file {
	const char *name;
	struct rv_span file;
	bool meant;
};

/* A signature of some image of the app, judged. Borrowed. */
struct rv_given_signature {
	const char *name; /* of its file */
	const struct rv_image_signature *judged;
	bool meant; /* given for itself, not as one of a folder */
};

/* Everything is borrowed, and NULL or empty where there is none. */
struct rv_verify_input {
	/* What the machine said: read already, or the bytes of a document. */
	const struct rv_evidence *evidence;
	struct rv_span evidence_bytes;
	const char *evidence_name, *instance;

	/* What it should run: at most one of these three ... */
	const char *release; /* a name among the verifier's records */
	const struct rv_image *image;
	const struct rv_span *values; /* in any published form */
	const char *image_name, *values_name;
	/* The disk of an image, which a machine of Google's boots from: beside
	 * @image, or alone. */
	const struct rv_gcp_boot *boot;
	const struct rv_span *values_key; /* PEM: who must have signed them */
	/*
	 * ... or none: say which machine this is, and what would have to be
	 * given to check it. Nothing was named to compare with, so that the
	 * answer is never yes.
	 */
	bool identify;
	/* And the app: its manifest, or the hash of that, or whichever of
	 * several it claims to run, if it is one of them. */
	const struct rv_span *compose;
	const char *compose_name; /* in messages */
	const struct rv_sha256 *compose_hash;
	const struct rv_manifests *manifests;
	const struct rv_container *container;
	size_t containers;
	const struct rv_given_signature *signature;
	size_t signatures;
	/* A key of the app, and the root (RV_APP_KEY_POINT bytes) of the KMS
	 * that must have issued it. */
	const struct rv_app_key *app_key;
	const uint8_t *kms_root;

	/* Facts about the machine; none in it: they are looked for. */
	const struct rv_shape *shape;
	const struct rv_acpi_digests *acpi;
	/*
	 * Those facts of @shape that somebody stated one by one, as options
	 * call them ("edge"): one that decides no register is listed.
	 */
	const char *const *fact;
	size_t facts;
	const char *shape_from; /* who said what of @shape, in words; or NULL */

	/* @prove: verify the quote; else its values are its word only. */
	bool prove;
	struct rv_proof_input proof;
	const struct rv_snp_rules *snp; /* of a SEV-SNP report */
	const struct rv_gcp_rules *gcp; /* of a vTPM's quote */
	const struct rv_binding *binding;

	/* GPUs: the least count that must be genuine, measured and bound (0:
	 * none is required), the oldest driver, and NVIDIA's manifests. */
	unsigned gpus;
	const char *gpu_driver;
	const struct rv_gpu_file *gpu_rim;
	size_t gpu_rims;
	const struct rv_gpu_file *gpu_answer;
	size_t gpu_answers;

	/* Checks that are listed as unchecked, by name. */
	const char *const *skip;
	size_t skips;

	size_t threads; /* for a shape that is looked for; 0 is 1 */
	/* Called before each step ("quote", "shape", ...); may be NULL. */
	void (*progress)(void *arg, const char *step);
	void *arg;
};

/*
 * One report, and what it is about. Owned; rv_verified_free(). It borrows from
 * itself, too: never copied.
 */
struct rv_verified {
	struct rv_report report;
	struct rv_proof proof; /* checked: the quote was verified */
	const struct rv_evidence *evidence; /* as given, or @own */
	struct rv_evidence own;
	bool has_quote, has_log;
	struct rv_quote quote;	     /* borrows from @evidence */
	struct rv_snp_proof snp;     /* of a SEV-SNP report; borrows likewise */
	struct rv_nitro_proof nitro; /* of a Nitro document; likewise */
	struct rv_gcp_proof gcp;     /* of a vTPM's quote; likewise */
	struct rv_replay replay;
	struct rv_values *values; /* NULL: there are none to compare with */
	/* What the app was held against: as given, or chosen of several;
	 * borrows from the input. NULL: no app-compose.json. */
	const struct rv_span *compose;
};

RV_API void rv_verified_free(struct rv_verified *v);

/*
 * When all certificates, lists and collateral that the answer stands on are
 * valid, in seconds since 1970. False: nothing was verified.
 */
RV_API RV_MUST bool rv_verified_window(const struct rv_verified *v,
				       int64_t *from, int64_t *until);

/* What stays the same from call to call, and caches of what was computed. */
struct rv_verifier;

/* Borrowed; must live as long as the verifier. */
struct rv_verifier_options {
	struct rv_quote_options quote;
	const char *root_name;		 /* of quote.root, in messages */
	const struct rv_folder *records; /* NULL: no release is known */
};

/* May be used by several threads at once. rv_verifier_free(). */
RV_API RV_MUST bool rv_verifier_new(const struct rv_verifier_options *o,
				    struct rv_verifier **out,
				    struct rv_err *err);
RV_API void rv_verifier_free(struct rv_verifier **v);

/*
 * Verify. @out is all zero, but for checks of the caller's own in its report.
 * True: it has the whole report, whatever that says. False: it is empty.
 * RV_INPUT: evidence or references cannot be read; RV_USAGE: inputs that do
 * not go together; RV_SYSTEM.
 */
RV_API RV_MUST bool rv_verify(struct rv_verifier *v,
			      const struct rv_verify_input *in,
			      struct rv_verified *out, struct rv_err *err);

/* ---- one request of many ---- */

/*
 * A document of evidence; or an envelope, which is a JSON object of "evidence"
 * (any such document, as JSON or in a string) and no other members than these,
 * each of them optional: what the evidence is to be compared with.
 */
struct rv_envelope {
	struct rv_span evidence;    /* borrows from the text that was read */
	struct rv_buf id, instance; /* owned, as all that follows; with a NUL */
	struct rv_buf release;	    /* "release": a record's name */
	struct rv_buf values;	    /* "values": a published document */
	struct rv_buf compose;	    /* "compose": the manifest, as a string */
	struct rv_span compose_span; /* of compose */
	struct rv_span values_span;
	bool has_compose_hash; /* "compose_hash": 64 hex digits */
	struct rv_sha256 compose_hash;
	bool has_report_data; /* "report_data": hex, at most 64 bytes */
	struct rv_binding binding;
	bool has_at; /* "at": RFC 3339, or seconds since 1970 */
	int64_t at;
	bool has_collateral; /* "collateral": rv_collateral_read() */
	struct rv_collateral collateral;
};

/*
 * Read @text. RV_INPUT: an envelope with a member that is none, or is not what
 * it has to be; what has been read by then stays, "id" first of all.
 * rv_envelope_free(), in each case.
 */
RV_API RV_MUST bool rv_envelope_read(struct rv_span text,
				     struct rv_envelope *out,
				     struct rv_err *err);
/* What @e says replaces what @in says of the same; @in borrows from @e. */
RV_API void rv_envelope_apply(struct rv_envelope *e,
			      struct rv_verify_input *in);
RV_API void rv_envelope_free(struct rv_envelope *e);

#ifdef __cplusplus
}
#endif

#endif
