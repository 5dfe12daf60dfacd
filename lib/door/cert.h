/* SPDX-License-Identifier: Apache-2.0 */
/* cert.h - the door to OpenSSL for extensions of an X.509 certificate. */
#ifndef RV_CERT_H
#define RV_CERT_H

#include "base.h"

/*
 * The value of the extension @oid ("1.2.3") of the certificate @der: what the
 * OCTET STRING of RFC 5280, 4.1 holds. *found is false, and @out empty, when
 * there is no such extension; two of them are RV_INPUT.
 */
RV_MUST bool rv_der_extension(struct rv_span der, const char *oid, bool *found,
			      struct rv_buf *out, struct rv_err *err);

/*
 * Is @issuer a CA of the name that @cert has for its issuer? Both DER; nothing
 * is said of the signature. A certificate that names itself has no issuer.
 */
RV_MUST bool rv_der_issued(struct rv_span cert, struct rv_span issuer,
			   bool *out, struct rv_err *err);

#endif
