/* SPDX-License-Identifier: Apache-2.0 */
/* cert.c - the door to OpenSSL for extensions of an X.509 certificate. */
#include "cert.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { CERT_MAX = 16 << 20 };

static void x509_free(X509 **x)
{
	X509_free(*x);
}

static void object_free(ASN1_OBJECT **o)
{
	ASN1_OBJECT_free(*o);
}

static bool read_one(struct rv_span der, X509 **out, struct rv_err *err)
{
	RV_AUTO(x509_free) X509 *x = NULL;
	const unsigned char *p = der.p;

	if (der.n == 0 || der.n > CERT_MAX)
		return rv_fail(err, RV_INPUT, "certificate of %zu bytes",
			       der.n);
	x = d2i_X509(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (!x || p != der.p + der.n)
		return rv_fail(err, RV_INPUT,
			       "not one X.509 certificate in DER");
	*out = RV_TAKE(x);
	return true;
}

bool rv_der_extension(struct rv_span der, const char *oid, bool *found,
		      struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(x509_free) X509 *x = NULL;
	RV_AUTO(object_free) ASN1_OBJECT *object = NULL;
	const ASN1_OCTET_STRING *data;
	int at;

	if (!read_one(der, &x, err))
		return false;
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

bool rv_der_issued(struct rv_span cert, struct rv_span issuer, bool *out,
		   struct rv_err *err)
{
	RV_AUTO(x509_free) X509 *x = NULL;
	RV_AUTO(x509_free) X509 *ca = NULL;

	if (!read_one(cert, &x, err) || !read_one(issuer, &ca, err))
		return false;
	/* Not X509_check_issued(): dstack's issuers lack keyCertSign. */
	*out = X509_NAME_cmp(X509_get_subject_name(x),
			     X509_get_issuer_name(x)) != 0 &&
	       X509_NAME_cmp(X509_get_subject_name(ca),
			     X509_get_issuer_name(x)) == 0 &&
	       X509_get_extension_flags(ca) & EXFLAG_CA;
	ERR_clear_error();
	return true;
}
