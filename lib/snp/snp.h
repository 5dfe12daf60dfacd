/* SPDX-License-Identifier: Apache-2.0 */
/* snp.h - what the files of this folder share; see refval/snp.h. */
#ifndef RV_SNP_PRIVATE_H
#define RV_SNP_PRIVATE_H

#include "base.h"
#include "digest.h"
#include "x509.h"

#include <refval/snp.h>

/* The certificate of AMD's root for @p, DER (roots.c); empty: none. */
struct rv_span rv_snp_root(enum rv_snp_product p);
/* The product that this root is of, by all of its bytes. */
enum rv_snp_product rv_snp_root_of(struct rv_span der);

/* What a VCEK or VLEK says in AMD's extensions (leaf.c). */
struct rv_snp_leaf {
	char product[16]; /* "Milan-B0", "Genoa" */
	struct rv_snp_tcb tcb;
	bool has_fmc, has_hwid;
	uint8_t hwid[64];
	size_t hwid_n; /* 64, or 8 of a Turin */
	char csp[33];  /* of a VLEK; else "" */
};

/* RV_INPUT: one is missing, or not of its form. */
RV_MUST bool rv_snp_leaf_read(const struct rv_cert *c, struct rv_snp_leaf *out,
			      struct rv_err *err);

/*
 * The certificates of this root and ASK, where a pair of them was kept: both
 * owned by the caller, and each signed by that root (issuers.c). They stay NULL
 * where none was; @i may be NULL, too.
 */
RV_MUST bool rv_snp_issuers_find(struct rv_snp_issuers *i, struct rv_span root,
				 struct rv_span ask, struct rv_cert **out_root,
				 struct rv_cert **out_ask, struct rv_err *err);
/* Keep a pair of which both signatures held. */
RV_MUST bool rv_snp_issuers_keep(struct rv_snp_issuers *i,
				 const struct rv_cert *root,
				 const struct rv_cert *ask, struct rv_err *err);

/* The launch digest after the pages of @file, which lie at @gpa (launch.c). */
RV_MUST bool rv_snp_pages(struct rv_span file, uint64_t gpa,
			  struct rv_sha384 *out, struct rv_err *err);

/* SHA-256 of a command line with the NUL that QEMU puts behind it. */
RV_MUST bool rv_snp_cmdline(struct rv_span line, struct rv_sha256 *out,
			    struct rv_err *err);

#endif
