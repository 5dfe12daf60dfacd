/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocsp.h - the door to OpenSSL's OCSP: answers of a responder about one
 * certificate (RFC 6960), and the question that gets one. Certificates are DER.
 */
#ifndef RV_OCSP_H
#define RV_OCSP_H

#include "x509.h"

enum { RV_OCSP_MAX = 64 << 10 /* bytes of an answer */ };

struct rv_ocsp;

/* All of @der is one successful basic answer. RV_INPUT: it is not. */
RV_MUST bool rv_ocsp_read(struct rv_span der, struct rv_ocsp **out,
			  struct rv_err *err);
void rv_ocsp_free(struct rv_ocsp **o);

enum rv_ocsp_status { RV_OCSP_GOOD, RV_OCSP_REVOKED, RV_OCSP_UNKNOWN };

/* What an answer says of a certificate; unverified until rv_ocsp_check(). */
struct rv_ocsp_said {
	bool found; /* else nothing else is set */
	enum rv_ocsp_status status;
	int64_t revoked; /* when, if it was */
	int64_t this_update;
	int64_t next_update; /* INT64_MIN: the answer gives none */
};

/*
 * What @o says of @cert, which @issuer issued; RFC 6960, 4.1.1: found by its
 * serial and by hashes of its issuer's name and key.
 */
RV_MUST bool rv_ocsp_find(const struct rv_ocsp *o, struct rv_span cert,
			  struct rv_span issuer, struct rv_ocsp_said *out,
			  struct rv_err *err);

/*
 * Did @issuer sign it, or a responder that @issuer certified for that (RFC
 * 6960, 4.2.2.2), whose certificate is in the answer? GOOD also gives the time
 * in which the signer's own certificate is valid; whether that one was revoked
 * nobody asks. OTHER: the signer is neither.
 */
enum rv_holds rv_ocsp_check(const struct rv_ocsp *o, struct rv_span issuer,
			    int64_t *not_before, int64_t *not_after);

/* The question about @cert: an OCSPRequest without a nonce. @out is owned. */
RV_MUST bool rv_ocsp_request(struct rv_span cert, struct rv_span issuer,
			     struct rv_buf *out, struct rv_err *err);

#endif
