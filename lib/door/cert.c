/* SPDX-License-Identifier: Apache-2.0 */
/* cert.c - the door to OpenSSL for extensions of an X.509 certificate. */
#include "cert.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

enum { CERT_MAX = 16 << 20 };

static void x509_free(X509 **x)
{
	X509_free(*x);
}

static void object_free(ASN1_OBJECT **o)
{
	ASN1_OBJECT_free(*o);
}

bool rv_der_extension(struct rv_span der, const char *oid, bool *found,
		      struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(x509_free) X509 *x = NULL;
	RV_AUTO(object_free) ASN1_OBJECT *object = NULL;
	const ASN1_OCTET_STRING *data;
	const unsigned char *p = der.p;
	int at;

	if (der.n == 0 || der.n > CERT_MAX)
		return rv_fail(err, RV_INPUT, "certificate of %zu bytes",
			       der.n);
	x = d2i_X509(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (!x || p != der.p + der.n)
		return rv_fail(err, RV_INPUT,
			       "not one X.509 certificate in DER");
	object = OBJ_txt2obj(oid, 1);
	if (!object)
		return rv_no_memory(err, "certificate");
	at = X509_get_ext_by_OBJ(x, object, -1);
	*found = at >= 0;
	if (at < 0)
		return true;
	if (X509_get_ext_by_OBJ(x, object, at) >= 0)
		return rv_fail(err, RV_INPUT, "certificate: extension %s twice",
			       oid);
	data = X509_EXTENSION_get_data(X509_get_ext(x, at));
	return rv_buf_copy(rv_span(ASN1_STRING_get0_data(data),
				   (size_t)ASN1_STRING_length(data)),
			   out, err);
}
