/* SPDX-License-Identifier: Apache-2.0 */
/* pem.h - PEM, RFC 7468. */
#ifndef RV_PEM_H
#define RV_PEM_H

#include "base.h"

/*
 * Strictly (section 3): take the block with this label off @in, which starts
 * with it but for white space. @der is owned.
 */
RV_MUST bool rv_pem_next(struct rv_span *in, const char *label,
			 struct rv_buf *der, struct rv_err *err);
/* No block is left: white space, then nothing but NULs. */
bool rv_pem_end(struct rv_span *in);

/*
 * As people's files are: the first block with this label, whatever stands
 * around it. @out is owned.
 */
RV_MUST bool rv_pem_first(struct rv_span text, const char *label,
			  struct rv_buf *out, struct rv_err *err);
/* The same, and *text goes on behind the block. */
RV_MUST bool rv_pem_walk(struct rv_span *text, const char *label,
			 struct rv_buf *out, struct rv_err *err);
/*
 * Each certificate of @text and then each list of revoked ones, as DER, to
 * @take; what @take refuses ends it. *any: there was one.
 */
RV_MUST bool rv_pem_certificates(struct rv_span text,
				 bool (*take)(void *to, struct rv_span der,
					      struct rv_err *err),
				 void *to, bool *any, struct rv_err *err);
/*
 * Is there one? What starts as a DER SEQUENCE of 128 bytes or more is no text
 * and has none, even when PEM stands inside of it: certificates carry quotes,
 * and those the certificates of their CPUs.
 */
bool rv_pem_has(struct rv_span text, const char *label);

#endif
