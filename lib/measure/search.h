/* SPDX-License-Identifier: Apache-2.0 */
/* search.h - what the parts of the solver share. */
#ifndef RV_SEARCH_H
#define RV_SEARCH_H

#include "base.h"
#include "smbios_search.h"
#include "space.h"
#include "tdhob.h"
#include "digest.h"

#include <refval/acpi.h>
#include <refval/solve.h>

enum { RV_LAYOUTS_MAX = 2 };

/* The events of RTMR0, and which of them a shape decides. */
struct rv_template {
	struct rv_register reg;
	size_t hob, loader, rsdp, tables; /* indices into reg.event */
	size_t smbios;			  /* the same, or reg.n: not measured */
};

struct rv_search {
	const struct rv_solve_input *in;
	struct rv_solution *out;
	struct rv_err *err;
	struct rv_sha384 rtmr0; /* the quote's; zeros where it has none */
	struct rv_space space;
	struct rv_digest *sha;	    /* owned: one digest for all */
	struct rv_acpi_blobs blobs; /* owned: of the candidate built last */
	struct rv_hob_layout layout[RV_LAYOUTS_MAX];
	size_t layouts;
	bool single_pass;    /* of this and later QEMUs the quote's MRTD is */
	struct rv_bios bios; /* what the firmware calls itself in SMBIOS */
	bool no_memory;	     /* a failure that ends the search */
	uint64_t digests;    /* blobs that were hashed */
};

/* SHA-384 with the search's own digest; counted. */
RV_MUST bool rv_search_hash(struct rv_search *s, struct rv_span bytes,
			    struct rv_sha384 *out);
/* The firmware's kind, as given or as the log tells. */
enum rv_ovmf rv_search_variant(const struct rv_search *s);
/* What RTMR0 is made of, with or without a TPM and so many PCI expanders. */
RV_MUST bool rv_search_template(struct rv_search *s, bool tpm,
				unsigned expanders, struct rv_template *out);
/* @s->blobs of a candidate, or false when it cannot be launched. */
RV_MUST bool rv_search_build(struct rv_search *s, const struct rv_candidate *c);
/* Note that @c gives all that was asked for. */
void rv_search_found(struct rv_search *s, const struct rv_candidate *c);
/* The FMSPC, or NULL. */
const uint8_t *rv_search_fmspc(const struct rv_search *s);
/* What an SMBIOS event says of a shape. */
void rv_search_processor(struct rv_solved *f,
			 const struct rv_smbios_found *found);

/* The two ways to search. True: done, whatever was found. */
RV_MUST bool rv_search_log(struct rv_search *s);
RV_MUST bool rv_search_register(struct rv_search *s);

static inline bool rv_digests_equal(const struct rv_sha384 *a,
				    const struct rv_sha384 *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

#endif
