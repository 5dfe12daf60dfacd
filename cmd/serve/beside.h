/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beside.h - what of the folder of --collateral counts for all machines of a
 * maker: AMD's list of revoked certificates, and Google's files.
 */
#ifndef RV_SERVE_BESIDE_H
#define RV_SERVE_BESIDE_H

#include "setup.h"

/* As they were last read. Owned; it borrows from itself: never copied. */
struct rv_beside {
	struct rv_sha256 stamp; /* of the folder */
	bool read;
	struct rv_snp_read snp;
	struct rv_gcp_read gcp;
	struct rv_err why; /* or why they cannot be used */
};

/* Who and when all files of the folder @dir are; one that cannot be read has
 * none. */
RV_MUST bool rv_folder_stamp(const char *dir, struct rv_sha256 *out,
			     struct rv_err *err);
/*
 * For evidence of AMD's or Google's, which @in has, they become part of @in;
 * they are read anew when the folder changed. False: they cannot be read, so
 * that there is no answer about such a machine.
 */
RV_MUST bool rv_beside_add(struct rv_beside *b, const struct rv_serve *s,
			   struct rv_verify_input *in, struct rv_err *err);
void rv_beside_free(struct rv_beside *b);

#endif
