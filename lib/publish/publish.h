/* SPDX-License-Identifier: Apache-2.0 */
/* publish.h - what the files of this folder share; see refval/publish.h. */
#ifndef RV_PUBLISH_PRIVATE_H
#define RV_PUBLISH_PRIVATE_H

#include "base.h"
#include "cbor.h"
#include "sign.h"
#include "json.h"

#include <refval/publish.h>

enum {
	NAME_MAX_BYTES = 96, /* of a name written into a document */
	SIGNATURES_MAX = 16, /* of one envelope */
	TAG_CORIM = 501,
	TAG_COMID = 506,
	TAG_COSE_SIGN1 = 18,
	ID_BYTES = 16,	/* of a digest, that name a document */
	ALG_SHA384 = 7, /* IANA Named Information Hash Algorithm Registry */
};

/* What the names of our documents are derived from: 32 hex digits. */
RV_MUST bool rv_publish_id(const struct rv_values *v, size_t n, char out[33],
			   struct rv_err *err);
/* Add to what was left out, unless it is there, with a comma between. */
void rv_publish_leave_out(char *left_out, size_t room, const char *what);
/* The event of @reg with this label, if its digest is known; or NULL. */
const struct rv_predicted *rv_publish_event(const struct rv_register *reg,
					    const char *label);

/* ---- the table (format.c) ---- */

/* One format: how it is written, told from others, and read back. */
struct rv_publish_row {
	const char *name; /* as a report of what was read has it */
	/* The rest is of a format that is written; NULL: it is only read. */
	const char *option; /* of --format */
	bool signs, must_sign;
	bool whole; /* it holds the values as they are, all of them */
	bool many;  /* it has words for machines of several shapes */
	/*
	 * @n values, one unless @many. What is needed besides the values fails
	 * here, and by a sentence.
	 */
	bool (*write)(const struct rv_values *v, size_t n,
		      const struct rv_sign_key *key, struct rv_publication *p,
		      struct rv_err *err);
	/* Told by bytes, or by what these are as JSON; NULL: not read back. */
	bool (*is_bytes)(struct rv_span bytes);
	bool (*is_json)(const rv_json *j);
	/* Into a list that is empty. */
	bool (*read)(struct rv_span bytes, const rv_json *j,
		     const struct rv_sign_key *key, struct rv_values_list *out,
		     struct rv_signature *sig, struct rv_err *err);
};

size_t rv_publish_rows(void);
const struct rv_publish_row *rv_publish_row(size_t i);

/* ---- in-toto (statement.c, files.c, dsse.c) ---- */

#define RV_STATEMENT_TYPE "https://in-toto.io/Statement/v1"

RV_MUST bool rv_intoto_write(const struct rv_values *v, size_t n,
			     struct rv_buf *out, struct rv_err *err);
RV_MUST bool rv_intoto_read(struct rv_span json, struct rv_values_list *out,
			    struct rv_err *err);
/* About files, as sha256sum lists them, that are the release @purl. */
RV_MUST bool rv_files_statement(struct rv_span list, const char *purl,
				struct rv_buf *out, struct rv_err *err);
/*
 * An envelope around a statement. @key NULL: without signatures; @bundle:
 * inside a bundle.
 */
RV_MUST bool rv_dsse_wrap(struct rv_span statement,
			  const struct rv_sign_key *key, bool bundle,
			  struct rv_buf *out, struct rv_err *err);
/* The same around the statement about values. */
RV_MUST bool rv_dsse_write(const struct rv_values *v, size_t n,
			   const struct rv_sign_key *key, bool bundle,
			   struct rv_buf *out, struct rv_err *err);
/*
 * What an envelope holds, and whose its signature is; owned. With RV_SIGNED_BAD
 * @out is what somebody else, or nobody, signed.
 */
RV_MUST bool rv_dsse_open(const rv_json *envelope,
			  const struct rv_sign_key *key, struct rv_buf *out,
			  struct rv_signature *sig, struct rv_err *err);
/* A bundle's envelope, of one signature; NULL: it signs something else. */
RV_MUST bool rv_bundle_open(const rv_json *bundle, const rv_json **envelope,
			    struct rv_err *err);
RV_MUST bool rv_dsse_read(const rv_json *envelope,
			  const struct rv_sign_key *key,
			  struct rv_values_list *out, struct rv_signature *sig,
			  struct rv_err *err);
RV_MUST bool rv_bundle_read(const rv_json *bundle,
			    const struct rv_sign_key *key,
			    struct rv_values_list *out,
			    struct rv_signature *sig, struct rv_err *err);

/* ---- CoRIM (corim.c, corim_read.c, cose.c) ---- */

RV_MUST bool rv_corim_write(const struct rv_values *v, size_t n, char *left_out,
			    size_t room, struct rv_buf *out,
			    struct rv_err *err);
RV_MUST bool rv_corim_read(struct rv_span cbor, struct rv_values_list *out,
			   struct rv_signature *sig, struct rv_err *err);
/* A validity-map, narrowing the window of @sig. */
RV_MUST bool rv_corim_validity(struct rv_rd *r, struct rv_signature *sig,
			       struct rv_err *err);
RV_MUST bool rv_cose_write(struct rv_span corim, const struct rv_sign_key *key,
			   struct rv_buf *out, struct rv_err *err);
RV_MUST bool rv_cose_read(struct rv_span cbor, const struct rv_sign_key *key,
			  struct rv_values_list *out, struct rv_signature *sig,
			  struct rv_err *err);

/* ---- formats that are not read back ---- */

RV_MUST bool rv_rvps_write(const struct rv_values *v, size_t n, char *left_out,
			   size_t room, struct rv_buf *out, struct rv_err *err);
RV_MUST bool rv_dstack_write(const struct rv_values *v, size_t n,
			     struct rv_buf *document, struct rv_buf *checksums,
			     struct rv_err *err);
RV_MUST bool rv_tcg2_write(const struct rv_values *v, char *left_out,
			   size_t room, struct rv_buf *out, struct rv_err *err);

/* The outcome of a check, in words. */
void rv_signature_say(struct rv_signature *sig, enum rv_signed state,
		      const char *fmt, ...) RV_PRINTF(3, 4);

/* All of @v are of one app, or of none; RV_INPUT. */
RV_MUST bool rv_values_one_app(const struct rv_values *v, size_t n,
			       struct rv_err *err);

#endif
