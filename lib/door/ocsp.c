/* SPDX-License-Identifier: Apache-2.0 */
/* ocsp.c - the door to OpenSSL's OCSP, RFC 6960. */
#include "ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct rv_ocsp {
	OCSP_BASICRESP *basic;
};

static void response_free(OCSP_RESPONSE **r)
{
	OCSP_RESPONSE_free(*r);
}

static void request_free(OCSP_REQUEST **r)
{
	OCSP_REQUEST_free(*r);
}

static void id_free(OCSP_CERTID **i)
{
	OCSP_CERTID_free(*i);
}

static void x509_free(X509 **x)
{
	X509_free(*x);
}

static void stack_free(STACK_OF(X509) * *s)
{
	sk_X509_free(*s);
}

/* Is anything in OpenSSL's queue about memory? Empties the queue. */
static bool starved(void)
{
	unsigned long e;
	bool yes = false;

	while ((e = ERR_get_error()))
		yes |= ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE ||
		       ERR_GET_REASON(e) == ERR_R_FETCH_FAILED ||
		       ERR_GET_REASON(e) == ERR_R_INTERNAL_ERROR;
	return yes;
}

static bool malformed(struct rv_err *err, const char *why)
{
	if (starved())
		return rv_no_memory(err, "OCSP answer");
	return rv_fail(err, RV_INPUT, "OCSP answer: %s", why);
}

static X509 *read_cert(struct rv_span der)
{
	const unsigned char *p = der.p;

	return d2i_X509(NULL, &p, (long)der.n);
}

void rv_ocsp_free(struct rv_ocsp **o)
{
	if (*o)
		OCSP_BASICRESP_free((*o)->basic);
	free(*o);
	*o = NULL;
}

bool rv_ocsp_read(struct rv_span der, struct rv_ocsp **out, struct rv_err *err)
{
	RV_AUTO(response_free) OCSP_RESPONSE *r = NULL;
	RV_AUTO(rv_ocsp_free) struct rv_ocsp *o = NULL;
	const unsigned char *p = der.p;
	int status;

	ERR_clear_error();
	if (der.n < 1 || der.n > RV_OCSP_MAX)
		return rv_fail(err, RV_INPUT,
			       "OCSP answer: %zu bytes, at most %d are read",
			       der.n, RV_OCSP_MAX);
	r = d2i_OCSP_RESPONSE(NULL, &p, (long)der.n);
	if (!r || p != der.p + der.n)
		return malformed(err, r ? "bytes left over" : "malformed");
	status = OCSP_response_status(r);
	if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return rv_fail(err, RV_INPUT, "OCSP answer: it is '%s'",
			       OCSP_response_status_str(status));
	o = calloc(1, sizeof *o);
	if (!o)
		return rv_no_memory(err, "OCSP answer");
	o->basic = OCSP_response_get1_basic(r);
	if (!o->basic)
		return malformed(err, "not a basic one");
	ERR_clear_error();
	*out = RV_TAKE(o);
	return true;
}

static bool time_of(const ASN1_GENERALIZEDTIME *t, int64_t *out)
{
	struct tm tm = { 0 };
	char text[64];

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec);
	return rv_time_parse(rv_text(text), out);
}

/* Is @single about @cert? The hash of the names is the answer's choice. */
static bool is_about(const OCSP_SINGLERESP *single, const X509 *cert,
		     const X509 *issuer, bool *is, struct rv_err *err)
{
	RV_AUTO(id_free) OCSP_CERTID *want = NULL;
	const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
	ASN1_OBJECT *hash = NULL;
	const EVP_MD *md;

	*is = false;
	/* Only reads it, whatever its type says. */
	if (OCSP_id_get0_info(NULL, &hash, NULL, NULL,
			      (OCSP_CERTID *)(uintptr_t)id) != 1)
		return malformed(err, "malformed");
	/* One that we cannot compute is no answer about another one. */
	md = EVP_get_digestbyobj(hash);
	want = md ? OCSP_cert_to_id(md, cert, issuer) : NULL;
	if (!want)
		return malformed(err, "an unusable hash");
	*is = OCSP_id_cmp(id, want) == 0;
	return true;
}

static bool read_single(OCSP_SINGLERESP *single, struct rv_ocsp_said *out,
			struct rv_err *err)
{
	ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *until = NULL;
	int reason;

	switch (
	    OCSP_single_get0_status(single, &reason, &revoked, &from, &until)) {
	case V_OCSP_CERTSTATUS_GOOD:
		out->status = RV_OCSP_GOOD;
		break;
	case V_OCSP_CERTSTATUS_REVOKED:
		out->status = RV_OCSP_REVOKED;
		break;
	case V_OCSP_CERTSTATUS_UNKNOWN:
		out->status = RV_OCSP_UNKNOWN;
		break;
	default:
		return malformed(err, "a status that does not exist");
	}
	out->next_update = INT64_MIN;
	if (!from || !time_of(from, &out->this_update) ||
	    (until && !time_of(until, &out->next_update)) ||
	    (out->status == RV_OCSP_REVOKED &&
	     (!revoked || !time_of(revoked, &out->revoked))))
		return malformed(err, "malformed times");
	out->found = true;
	return true;
}

bool rv_ocsp_find(const struct rv_ocsp *o, struct rv_span cert_der,
		  struct rv_span issuer_der, struct rv_ocsp_said *out,
		  struct rv_err *err)
{
	RV_AUTO(x509_free) X509 *cert = NULL;
	RV_AUTO(x509_free) X509 *issuer = NULL;
	struct rv_ocsp_said said = { 0 };

	ERR_clear_error();
	cert = read_cert(cert_der);
	issuer = read_cert(issuer_der);
	if (!cert || !issuer)
		return malformed(err, "of a malformed certificate");
	for (int i = 0; i < OCSP_resp_count(o->basic); i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(o->basic, i);
		struct rv_ocsp_said one = { 0 };
		bool is;

		if (!is_about(single, cert, issuer, &is, err))
			return false;
		if (!is)
			continue;
		if (!read_single(single, &one, err))
			return false;
		/* Two of one certificate: the worse one. */
		if (!said.found || one.status == RV_OCSP_REVOKED ||
		    (one.status == RV_OCSP_UNKNOWN &&
		     said.status == RV_OCSP_GOOD))
			said = one;
	}
	ERR_clear_error();
	*out = said;
	return true;
}

#ifndef REFVAL_FUZZ
/* SHA-1 and older hold no signature. */
static bool is_strong(const OCSP_BASICRESP *b)
{
	const X509_ALGOR *a = OCSP_resp_get0_tbs_sigalg(b);
	const ASN1_OBJECT *oid;
	int md;

	X509_ALGOR_get0(&oid, NULL, NULL, a);
	if (OBJ_find_sigid_algs(OBJ_obj2nid(oid), &md, NULL) != 1)
		return false;
	return md == NID_sha256 || md == NID_sha384 || md == NID_sha512;
}
#endif

/* RFC 6960, 4.2.2.2: the CA itself, or whom it certified to answer for it. */
static enum rv_holds may_answer(X509 *signer, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	if (X509_cmp(signer, issuer) == 0)
		return RV_CHECK_GOOD;
	if (!key)
		return RV_CHECK_FAILED;
	if (X509_NAME_cmp(X509_get_issuer_name(signer),
			  X509_get_subject_name(issuer)) != 0 ||
	    !(X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) ||
	    (X509_get_extension_flags(signer) &
	     (EXFLAG_CA | EXFLAG_INVALID | EXFLAG_CRITICAL)) ||
	    X509_verify(signer, key) != 1)
		return starved() ? RV_CHECK_FAILED : RV_CHECK_OTHER;
	return RV_CHECK_GOOD;
}

enum rv_holds rv_ocsp_check(const struct rv_ocsp *o, struct rv_span issuer_der,
			    int64_t *not_before, int64_t *not_after)
{
	RV_AUTO(x509_free) X509 *issuer = NULL;
	RV_AUTO(stack_free) STACK_OF(X509) *certs = NULL;
	X509 *signer = NULL;
	enum rv_holds may;

	ERR_clear_error();
	issuer = read_cert(issuer_der);
	certs = sk_X509_new_null();
	if (!issuer || !certs || sk_X509_push(certs, issuer) != 1)
		return RV_CHECK_FAILED;
	if (OCSP_resp_get0_signer(o->basic, &signer, certs) != 1)
		return starved() ? RV_CHECK_FAILED : RV_CHECK_OTHER;
	may = may_answer(signer, issuer);
	if (may != RV_CHECK_GOOD)
		return may;
#ifndef REFVAL_FUZZ
	/* Only the signature: that the signer may, we have seen. */
	if (!is_strong(o->basic) ||
	    OCSP_basic_verify(o->basic, certs, NULL, OCSP_NOVERIFY) != 1)
		return starved() ? RV_CHECK_FAILED : RV_CHECK_BAD;
#endif
	if (!time_of(X509_get0_notBefore(signer), not_before) ||
	    !time_of(X509_get0_notAfter(signer), not_after))
		return RV_CHECK_OTHER;
	ERR_clear_error();
	return RV_CHECK_GOOD;
}

bool rv_ocsp_request(struct rv_span cert_der, struct rv_span issuer_der,
		     struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(x509_free) X509 *cert = NULL;
	RV_AUTO(x509_free) X509 *issuer = NULL;
	RV_AUTO(request_free) OCSP_REQUEST *r = NULL;
	RV_AUTO(id_free) OCSP_CERTID *id = NULL;
	unsigned char *der = NULL;
	bool ok;
	int n;

	ERR_clear_error();
	cert = read_cert(cert_der);
	issuer = read_cert(issuer_der);
	r = OCSP_REQUEST_new();
	/* RFC 6960, 4.3 and RFC 5019, 2.1.1: what every responder knows. */
	id = cert && issuer ? OCSP_cert_to_id(EVP_sha1(), cert, issuer) : NULL;
	if (!r || !id || !OCSP_request_add0_id(r, id)) {
		starved();
		return rv_no_memory(err, "OCSP request");
	}
	id = NULL; /* the request's, now */
	n = i2d_OCSP_REQUEST(r, &der);
	if (n <= 0)
		return rv_no_memory(err, "OCSP request");
	ok = rv_buf_copy(rv_span(der, (size_t)n), out, err);
	OPENSSL_free(der);
	return ok;
}
