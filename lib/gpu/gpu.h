/* SPDX-License-Identifier: Apache-2.0 */
/* gpu.h - what the files of the gpu stage share. */
#ifndef RV_GPU_GPU_H
#define RV_GPU_GPU_H

#include "base.h"
#include "x509.h"
#include <refval/gpu.h>

/*
 * Why a check did not pass. @id names the rule and lives for ever; @verdict is
 * no or cannot-tell; err.code is RV_SYSTEM when neither: the check could not
 * be made at all.
 */
struct gpu_why {
	const char *id;
	enum rv_verdict verdict;
	struct rv_err err;
};

/* Always false, so: return rv_gpu_no(why, "report-signature", "..."). */
bool rv_gpu_no(struct gpu_why *why, const char *id, const char *fmt, ...)
    RV_PRINTF(3, 4);
bool rv_gpu_doubt(struct gpu_why *why, const char *id, const char *fmt, ...)
    RV_PRINTF(3, 4);
/* After a callee filled why->err: keep RV_SYSTEM, else doubt @id. */
bool rv_gpu_because(struct gpu_why *why, const char *id);
bool rv_gpu_broken(struct gpu_why *why, const char *what);

/* ---- fields of a report (fields.c) ---- */

/* DSP0274's opaque data as NVIDIA fills it; the types that we read. */
enum gpu_field {
	GPU_DRIVER = 3,
	GPU_VBIOS = 6,
	GPU_NVDEC0 = 11,
	GPU_CHIP_SKU = 15,
	GPU_PROJECT = 17,
	GPU_PROJECT_SKU = 18,
	GPU_FWID = 20,
	GPU_PPCIE = 21,
	GPU_PDI = 22,
	GPU_SWITCH_PDIS = 26,
	GPU_OPAQUE_VERSION = 34,
	GPU_CHIP = 35,
	GPU_FEATURE = 36,
};

enum { GPU_ENABLED = 0xaa, GPU_DISABLED = 0x55, GPU_PDI_SIZE = 8 };

bool rv_gpu_report_decode(struct rv_span in, struct rv_gpu_report *out,
			  struct gpu_why *why);
/* The facts that a report tells; f->is_switch, chip and arch are known. */
bool rv_gpu_fields_read(const struct rv_gpu_report *r, struct rv_gpu_facts *f,
			struct gpu_why *why);
/* Do both say the same of confidential computing, as far as they say it? */
bool rv_gpu_same_mode(const struct rv_gpu_facts *a,
		      const struct rv_gpu_facts *b);

/* ---- architectures (arch.c) ---- */

struct gpu_arch {
	const char *name;   /* as containers claim it: "HOPPER" */
	const char *chip;   /* as manifests name the product: "GH100" */
	const char *word;   /* what its certificates' names start with */
	const char *driver; /* how the id of its driver's RIM starts; or NULL */
	bool is_switch;
};

/* By the first word of the leaf certificate's name; NULL: not known. */
const struct gpu_arch *rv_gpu_arch_by_word(const char *word);
/* By the product; NULL: not known. */
const struct gpu_arch *rv_gpu_arch_by_chip(const char *chip);
/* By what a container claims; NULL: not known. */
const struct gpu_arch *rv_gpu_arch_by_name(const char *name);

/* ---- certificates (chain.c, fwid.c, links.c, roots.c) ---- */

struct gpu_chain {
	struct rv_cert *cert[RV_GPU_CERTS_MAX + 1]; /* owned; the root last */
	size_t n;
	int64_t not_before, not_after; /* when all of them are valid */
};

/* Links that were found good, so that a list does not check them again. */
struct gpu_links {
	struct {
		struct rv_sha256 cert, issuer;
	} good[2 * RV_GPU_LIST_MAX];
	size_t n;
};

/* Which of the two chains: it decides the ids of what is wrong. */
enum gpu_chain_kind { GPU_DEVICE_CHAIN, GPU_RIM_CHAIN };

/* Take the certificate @der behind those already in @c. */
bool rv_gpu_chain_add(struct gpu_chain *c, enum gpu_chain_kind kind,
		      struct rv_span der, struct gpu_why *why);
bool rv_gpu_chain_read_pem(struct rv_span pem, struct gpu_chain *c,
			   struct gpu_why *why);
/*
 * Every link in the order given, up to exactly @root, which may be left out;
 * and what the leaf is. Times are for rv_gpu_chain_time().
 */
bool rv_gpu_chain_check(struct gpu_chain *c, enum gpu_chain_kind kind,
			const struct rv_cert *root, struct gpu_links *links,
			struct gpu_why *why);
bool rv_gpu_chain_time(const struct gpu_chain *c, enum gpu_chain_kind kind,
		       int64_t at, struct gpu_why *why);
void rv_gpu_chain_free(struct gpu_chain *c);
/* The serial number in decimal: NVIDIA's ueid. */
void rv_gpu_serial_decimal(const char *hex, char out[52]);

/* The FWID of a leaf; *has: it has the extension at all. */
bool rv_gpu_fwid(const struct rv_cert *leaf, bool *has,
		 uint8_t out[RV_GPU_MEASUREMENT], struct gpu_why *why);

/* Two certificates by the SHA-256 of their DER: one signed the other. */
struct gpu_link {
	const char *name; /* of the one that was signed */
	const char *cert, *issuer;
};

/* Those that are known once and for all (links.c). */
const struct gpu_link *rv_gpu_links(size_t *n);
/* The pair among them; NULL: it is to be verified. */
const struct gpu_link *rv_gpu_link(const struct rv_sha256 *cert,
				   const struct rv_sha256 *issuer);

struct rv_span rv_gpu_device_root(void);
struct rv_span rv_gpu_rim_root(void);

/* ---- manifests (rim.c, rim_values.c, rims.c) ---- */

struct gpu_golden {
	bool there, active;
	size_t alternatives;
	uint8_t value[RV_GPU_ALTERNATIVES][RV_GPU_MEASUREMENT];
};

struct gpu_rim {
	struct rv_gpu_rim about;
	struct gpu_chain chain;	   /* owned */
	struct gpu_golden *golden; /* owned; RV_GPU_INDEXES of them */
};

struct rv_xml;
struct rv_xml_node;

/*
 * Verify the manifest @xml up to @root, and only then read it. Its time is
 * about.not_before to about.not_after, for the caller to judge.
 */
bool rv_gpu_rim_read(struct rv_span xml, const struct rv_cert *root,
		     struct gpu_links *links, struct gpu_rim *out,
		     struct gpu_why *why);
bool rv_gpu_rim_values(const struct rv_xml *x, struct gpu_rim *out,
		       struct gpu_why *why);
void rv_gpu_rim_free(struct gpu_rim *r);

/* What a manifest is asked for. */
struct gpu_want {
	const char *id;	     /* "NV_GPU_DRIVER_GH100_595.71.05" */
	const char *version; /* colloquialVersion must be this */
	const char *chip;
	const char *claimed; /* chip of the claimed arch; NULL: none */
	bool is_switch;
};

/*
 * The manifest that @want names, verified, in time at @at and of the right
 * device. NULL in *out and true: there is none in the set. Borrowed from
 * @rims.
 */
bool rv_gpu_rims_get(struct rv_gpu_rims *rims, const struct gpu_want *want,
		     int64_t at, const struct gpu_rim **out,
		     struct gpu_why *why);
/*
 * The next manifest from *at on that the user named and no device had a use
 * for: false, and @why says what is wrong with it. True: there is none.
 */
bool rv_gpu_rims_unused(struct rv_gpu_rims *rims, size_t *at,
			struct gpu_why *why);

/* ---- revocation (revocation.c) ---- */

/*
 * What @set (NULL: nothing) says at @at of each certificate of the chain @c,
 * which was found good: into r->cert. False only with RV_SYSTEM.
 */
bool rv_gpu_revoked(struct rv_gpu_revocation *set, const struct gpu_chain *c,
		    enum gpu_chain_kind kind, int64_t at,
		    struct rv_gpu_result *r, struct rv_err *err);
/*
 * The next answer from *at on that the user named and that is of no
 * certificate: its name. NULL: there is none.
 */
const char *rv_gpu_revocation_unused(const struct rv_gpu_revocation *set,
				     size_t *at);

/* ---- checks (compare.c, topology.c, verify.c) ---- */

/* Both may be NULL. Fills what was compared; false: it differs, or worse. */
bool rv_gpu_compare(const struct rv_gpu_report *r, const struct gpu_rim *driver,
		    const struct gpu_rim *vbios, struct rv_gpu_facts *f,
		    struct gpu_why *why);

/* The PDIs of GPUs and switches fit each other. */
bool rv_gpu_topology(const struct rv_gpu_report *const *report,
		     const struct rv_gpu_facts *facts, size_t n,
		     struct gpu_why *why);

#endif
