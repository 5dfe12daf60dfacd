/* SPDX-License-Identifier: Apache-2.0 */
/* verify.h - one verdict on its way: what the files of this stage share. */
#ifndef RV_VERIFY_VERIFY_H
#define RV_VERIFY_VERIFY_H

#include "base.h"
#include "digest.h"
#include "json.h"
#include "shared_cache.h"
#include <refval.h>
#include <refval/boot.h>

struct rv_verify_job {
	struct rv_verifier *v;
	const struct rv_verify_input *in;
	struct rv_verified *out;
	const struct rv_releases *known; /* records that were looked into */
	const struct rv_release *release;
	const struct rv_acpi_digests *acpi; /* those given, or NULL */
	struct rv_values_app app;	    /* of published values */
	/* What is expected where there is no text: given, or of @app. */
	const struct rv_sha256 *compose_hash;
	bool no_manifest; /* several, and none is claimed */
	/* Owned: of the reference, and of the record that was identified. */
	struct rv_document *document, *identified;
	struct rv_measure_input files; /* what a shape is solved with */
	struct rv_sha256 files_id;     /* of them, for the caches */
	struct rv_shape found;	       /* without what was stated beside it */
	struct rv_shape shape;	       /* with it */
	char image_version[24];	       /* of the expected image, or "" */
	struct rv_signature signature; /* of the reference values */
	size_t machines, machine;      /* that they are of; the one chosen */
	bool fits, has_nothing;	       /* it is the quote's; nothing to tell */
	struct rv_span report_data;    /* 64 bytes; empty: no quote has any */
};

/* ---- proof.c ---- */

/* Nothing that is signed counts before the signature held. */
void rv_verify_unverified(struct rv_report *r);

/* ---- verifier.c: what is kept from call to call ---- */

/* Both are made at the first call that needs them. */
RV_MUST bool rv_verifier_quotes(struct rv_verifier *v,
				struct rv_quote_verifier **out,
				struct rv_err *err);
/* *out is NULL when the verifier has no records. */
RV_MUST bool rv_verifier_records(struct rv_verifier *v,
				 const struct rv_releases **out,
				 struct rv_err *err);
struct rv_cache *rv_verifier_cache(struct rv_verifier *v);
/* AMD's authorities that were seen to hold. */
struct rv_snp_issuers *rv_verifier_issuers(const struct rv_verifier *v);
/* The root that was given: a certificate, PEM or DER; empty: the maker's. */
struct rv_span rv_verifier_root(const struct rv_verifier *v, bool *test_pki);
/* What a signature by the rules for test certificates is worth: the reason's
 * first part, since the last line of a report has no more. */
#define RV_TEST_PKI_SAYS "test certificates say nothing of the hardware; "

enum rv_verify_kind {
	RV_KEPT_ACPI,	/* struct rv_acpi_source, by shape */
	RV_KEPT_VALUES, /* struct rv_values, by reference, shape and ACPI */
	RV_KEPT_SHAPE,	/* struct rv_verify_solved, by registers and log */
};

/* ---- reference.c ---- */

/* The expected registers, from whichever reference there is. */
RV_MUST bool rv_verify_reference(struct rv_verify_job *j, struct rv_err *err);
/* The values of another machine of this reference. */
RV_MUST bool rv_verify_values(struct rv_verify_job *j,
			      const struct rv_shape *shape,
			      struct rv_values *out, struct rv_err *err);
/* The values are of a form that has no place for a signature. */
void rv_verify_unsigned(struct rv_verify_job *j, const char *form);
/* Who stands behind the values, and for how long; on every platform. */
void rv_verify_signature(const struct rv_verify_job *j);

/* The row of whoever named nothing: @what would have to be; and @more. */
void rv_verify_no_reference(const struct rv_verify_job *j, const char *what,
			    const char *more);

/* Say once that the record has no registers; of the rows from @from on. */
void rv_verify_location(const struct rv_verify_job *j, size_t from);
/* The record that was asked for by name, into @j->release. */
RV_MUST bool rv_verify_release(struct rv_verify_job *j, struct rv_err *err);
/*
 * Published values of one machine or several, where no register of theirs is of
 * use: of the image that they name, and what that is on each platform; @out is
 * all zero where there are none. And which app.
 */
RV_MUST bool rv_verify_image_of_values(struct rv_verify_job *j,
				       struct rv_values *out,
				       struct rv_err *err);
/* At most one of release, image and values is given; *any: one is. */
RV_MUST bool rv_verify_one_reference(const struct rv_verify_input *in,
				     bool *any, struct rv_err *err);

/* ---- documents.c ---- */

/* A measurement.* of an image in the place of values is of this maker. */
RV_MUST bool rv_verify_own_document(const struct rv_verify_job *j,
				    struct rv_err *err);

/* ---- snp.c, snp_image.c, snp_app.c: the verdict on a SEV-SNP report ---- */

/* All layers but those of GPUs and of what was bound. */
RV_MUST bool rv_verify_snp(struct rv_verify_job *j, struct rv_err *err);
/* The checks "measurement" and "os_image_hash". */
RV_MUST bool rv_verify_snp_image(struct rv_verify_job *j, struct rv_err *err);
/* The app layer: what the document says that HOST_DATA binds. */
RV_MUST bool rv_verify_snp_app(struct rv_verify_job *j, struct rv_err *err);

/* Events that came along, and that nothing signed holds. */
void rv_verify_unbound(struct rv_verify_job *j);

/* ---- prove.c, gcp.c ---- */

/* The signature of Intel's quote, and its policy; if that is asked for. */
RV_MUST bool rv_verify_prove_quote(struct rv_verify_job *j, struct rv_err *err);
/* All layers of a machine of Google's but those of what was bound. */
RV_MUST bool rv_verify_gcp(struct rv_verify_job *j, struct rv_err *err);

/* ---- nitro.c ---- */

/* All layers of a Nitro document but those of what was bound. */
RV_MUST bool rv_verify_nitro(struct rv_verify_job *j, struct rv_err *err);

/* ---- boot_values.c ---- */

/*
 * The values that were given, where they are a refval.boot/1; owned, free(),
 * NULL: they are none. RV_INPUT: of another platform than @want.
 */
RV_MUST bool rv_verify_boot_values(struct rv_verify_job *j,
				   enum rv_boot_platform want,
				   struct rv_boot_values **out,
				   struct rv_err *err);

/* ---- choose.c ---- */

/*
 * Which of @all the evidence is compared with, into @j->machine: those that fit
 * it, else the nearest.
 */
void rv_verify_choose_values(struct rv_verify_job *j,
			     const struct rv_values_list *all);
/* Say which, where there were several. */
void rv_verify_chosen(const struct rv_verify_job *j);

/* ---- shape.c ---- */

/*
 * The register @name of the quote, or where there is none of somebody's words.
 * False: it is not there.
 */
bool rv_verify_quoted(const struct rv_verify_job *j, const char *name,
		      struct rv_sha384 *out);
/* "8 vCPUs, 64 GiB, QEMU 8.2.2": the facts that people name a machine by. */
void rv_verify_describe(const struct rv_shape *s, struct rv_grow *to);

/* What a search for a machine's shape found. */
struct rv_verify_solved {
	bool asked; /* false: there was nothing to search with */
	size_t n;
	bool more;
	uint64_t space;
	struct rv_shape shape; /* the first of @n */
	char same[400];
	char unexplained[RV_EVENTS_MAX * 50 + 32]; /* in words */
};

/* The machine's shape, from whoever says it; noted in the report. */
RV_MUST bool rv_verify_shape(struct rv_verify_job *j, struct rv_shape *out,
			     struct rv_err *err);
/* The shape, had @stated been given; after rv_verify_shape(). */
void rv_verify_restate(const struct rv_verify_job *j,
		       const struct rv_shape *stated, struct rv_shape *out);
/*
 * Where RTMR0 is not that of the expected shape: which machine the quote is
 * from instead ("4 vCPUs, not 2"), or which events no shape explains.
 */
RV_MUST bool rv_verify_explain(struct rv_verify_job *j, struct rv_err *err);

/* ---- identify.c, report_data.c ---- */

/* Which machine this is: release, shape, module; and how to check it. */
RV_MUST bool rv_verify_identify(struct rv_verify_job *j, struct rv_err *err);
/* What report_data looks like, where nothing was asked of it. */
RV_MUST bool rv_verify_look(struct rv_verify_job *j, struct rv_err *err);

/* ---- facts.c ---- */

/* List what was stated and decides nothing; after rv_verify_reference(). */
RV_MUST bool rv_verify_facts(struct rv_verify_job *j, struct rv_err *err);
/* The same where registers depend on no fact, or (unless NULL) on @but. */
RV_MUST bool rv_verify_idle_facts(struct rv_verify_job *j, const char *but,
				  struct rv_err *err);

/* ---- hint.c ---- */

/* @name as a word for a shell; empty when it does not fit, or is none. */
void rv_shell_word(const char *name, char *out, size_t room);

enum { RV_HINT = sizeof((struct rv_proof *)0)->hint };

/*
 * What to do where the collateral is missing, or not of the time that was asked
 * for: a command that names the evidence (where @in does) and the folder, and
 * the times that it is of. "" where neither is so.
 */
RV_MUST bool rv_proof_hint(struct rv_quote_verifier *v,
			   const struct rv_proof_input *in,
			   struct rv_span quote, const struct rv_collateral *c,
			   const struct rv_quote_verdict *verdict,
			   char out[RV_HINT], struct rv_err *err);

/* ---- layout.c ---- */

/* The address and the nonce that @b asks for, if any; 64 bytes are there. */
RV_MUST bool rv_verify_layout(struct rv_verify_job *j,
			      const struct rv_binding *b, struct rv_err *err);

/* ---- launch.c ---- */

/*
 * MrConfigV3 of the evidence, if mr_config_id or HOST_DATA is over it; else
 * *out is NULL. *@by: the check that this rests on; static.
 */
RV_MUST bool rv_verify_launch_config(const struct rv_verify_job *j,
				     rv_json **out, const char **by,
				     struct rv_err *err);

/* ---- rests.c ---- */

/* @c speaks of what the guest recorded: in RTMR3, or where else its log is. */
void rv_verify_rests_on_log(const struct rv_verify_job *j, struct rv_check *c);
/* @c is of what a SEV-SNP report or a Nitro document carries. */
void rv_verify_rests_on_signature(const struct rv_verified *out,
				  struct rv_check *c);
/* @c is of what a vTPM of Google's signed. */
void rv_verify_rests_on_vtpm(const struct rv_verify_job *j, struct rv_check *c);

/* ---- init_scripts.c ---- */

/* What the guest recorded of init scripts, against the manifest. */
RV_MUST bool rv_verify_init_scripts(struct rv_verify_job *j,
				    struct rv_err *err);

/* ---- manifest.c ---- */

/* RV_INPUT, by name, where the given app-compose.json is none at all. */
RV_MUST bool rv_verify_manifest(const struct rv_verify_job *j,
				struct rv_err *err);
/* Where compose_hash differs: what became of the manifest, if that is seen. */
RV_MUST bool rv_verify_compose_why(struct rv_verify_job *j, struct rv_err *err);

/* ---- manifests.c: the app that is expected ---- */

/* Was it said at all, in whatever way? */
bool rv_verify_app_asked(const struct rv_verify_job *j);
/*
 * Of several manifests, the one whose hash was given, or that the machine
 * claims to run: @claimed is 32 bytes, or empty. Every platform calls this
 * before it makes its check compose_hash.
 */
void rv_verify_choose_compose(struct rv_verify_job *j, struct rv_span claimed);
/* The hash that is expected, of @j->out->compose or as it was given: one of
 * them is there. */
RV_MUST bool rv_verify_expected_app(const struct rv_verify_job *j,
				    struct rv_sha256 *out, const char **from,
				    struct rv_err *err);
/* How a report says that an expectation is of @app. */
extern const char rv_verify_values_app[];
/* Where @j->compose_hash is from. */
const char *rv_verify_compose_from(const struct rv_verify_job *j);
/*
 * The app that published values name, if they do: it is expected, and RV_INPUT
 * where another one is given. After the given one is known, before it is asked
 * for.
 */
RV_MUST bool rv_verify_app_of_values(struct rv_verify_job *j,
				     const struct rv_values *v,
				     struct rv_err *err);
/* After that check: none of several manifests is the machine's. */
void rv_verify_none_of_them(const struct rv_verify_job *j);

/* ---- images.c, service.c, signatures.c, app_key.c, bind.c ---- */

/*
 * A check "image SERVICE" for every service of the app-compose, and
 * "image_archive" for every image that is none of theirs. After compose_hash,
 * which says whether the machine runs this app-compose.
 */
RV_MUST bool rv_verify_images(struct rv_verify_job *j, struct rv_err *err);
/*
 * A check "@what SERVICE" of a service's image. A yes needs the app-compose to
 * be the one that is run, as @run says: else it is cannot-tell.
 */
struct rv_check *rv_verify_service_check(struct rv_verify_job *job,
					 const char *what,
					 const struct rv_service *j,
					 enum rv_verdict verdict,
					 const char *reason, bool run);
/*
 * Where signatures were given: a check "image_signature SERVICE" for every
 * service, and "image_signature" for what is of none.
 */
RV_MUST bool rv_verify_signatures(struct rv_verify_job *j,
				  const struct rv_services *services, bool run,
				  struct rv_err *err);
/* Where a key of the app was given: the check "app_key". */
RV_MUST bool rv_verify_app_key(struct rv_verify_job *j, struct rv_err *err);
/* Was it said what report_data is bound to? */
bool rv_verify_binding_asked(const struct rv_verify_job *j);
/* What was asked for, and what the evidence binds by itself. */
RV_MUST bool rv_verify_binding(struct rv_verify_job *j, struct rv_err *err);

/* ---- gpu.c, gpu_boot.c ---- */

/* The GPUs whose evidence came with the quote, and those that are required. */
RV_MUST bool rv_verify_gpus(struct rv_verify_job *j, struct rv_err *err);
/* What the guest recorded of its GPUs at boot (dstack 0.6.0). */
RV_MUST bool rv_verify_gpu_boot(struct rv_verify_job *j, struct rv_err *err);

#endif
