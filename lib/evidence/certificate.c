/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.c - RA-TLS certificates (DSTACK.md 4.2): extensions under
 * 1.3.6.1.4.1.62397.1 hold either a quote (1) and its event log (2), or a
 * VersionedAttestation (8). Each value is a DER OCTET STRING of its own.
 */
#include "parts.h"
#include "cert.h"
#include "digest.h"
#include "gunzip.h"
#include "json.h"
#include "pem.h"
#include "pubkey.h"

#include <stdio.h>

#define OID "1.3.6.1.4.1.62397.1."

enum { LOG_MAX = 16 << 20 };

/* X.690 section 8.1.3: the shortest form of a definite length, as in DER. */
static bool octet_string(struct rv_span der, struct rv_span *out,
			 struct rv_err *err)
{
	struct rv_rd r = rv_rd(der, "certificate extension");
	uint8_t tag = rv_u8(&r, "tag");
	uint64_t n = rv_u8(&r, "length");

	if (n > 0x80 && n <= 0x84) {
		struct rv_span longer = rv_take(&r, (size_t)n - 0x80, "length");

		n = rv_num_be(longer);
		if (!r.field && (longer.p[0] == 0 || n < 0x80))
			tag = 0;
	} else if (n >= 0x80) {
		tag = 0;
	}
	if (!rv_rd_ok(&r, err))
		return false;
	if (tag != 4)
		return rv_fail(err, RV_INPUT,
			       "certificate extension: no OCTET STRING in DER");
	*out = rv_take(&r, (size_t)n, "octets");
	return rv_rd_end(&r, err);
}

/* The octets of one extension; @buf keeps them. */
static bool extension(struct rv_span der, const char *oid, bool *found,
		      struct rv_buf *buf, struct rv_span *out,
		      struct rv_err *err)
{
	if (!rv_der_extension(der, oid, found, buf, err))
		return false;
	return !*found || octet_string(rv_buf_span(buf), out, err) ||
	       rv_in(err, "%s", oid);
}

/* JSON, or "ELGZv1" and the same in gzip. */
static bool read_log(struct rv_span in, struct rv_evidence *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf plain = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span head;

	if (in.n == 0)
		return true;
	if (rv_sub(in, 0, 6, &head) && rv_same_text(head, "ELGZv1")) {
		in = rv_span(in.p + 6, in.n - 6);
		if (!rv_gunzip(in, LOG_MAX, &plain, err))
			return rv_in(err, "certificate: event log");
		in = rv_buf_span(&plain);
	}
	return rv_json_parse(in, "certificate: event log", &j, err) &&
	       rv_ev_json_event_log(j, out, err);
}

/* SHA-512("ratls-cert:" || SubjectPublicKeyInfo): DSTACK.md 4.1. */
bool rv_ev_bind_key(struct rv_span der, struct rv_evidence *out,
		    struct rv_err *err)
{
	static const char tag[] = "ratls-cert:";
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf spki = { 0 };

	if (!rv_cert_spki(der, &spki, err) ||
	    !rv_digest_new(RV_SHA512, &d, err) ||
	    !rv_digest_add(d, tag, sizeof tag - 1, err) ||
	    !rv_digest_add(d, spki.p, spki.n, err) ||
	    !rv_digest_end(d, out->ratls_report_data, err))
		return false;
	out->has_ratls_report_data = true;
	return true;
}

static bool read_quote_and_log(struct rv_span der, struct rv_evidence *out,
			       bool *found, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span quote = { 0 }, log = { 0 };
	bool has_log;

	if (!extension(der, OID "1", found, &a, &quote, err) ||
	    !extension(der, OID "2", &has_log, &b, &log, err))
		return false;
	if (!*found)
		return true;
	if (!rv_ev_is_quote(quote))
		return rv_fail(err, RV_INPUT,
			       "certificate: %zu bytes that are no quote",
			       quote.n);
	return rv_buf_copy(quote, &out->quote, err) && read_log(log, out, err);
}

bool rv_ev_certificate(struct rv_span der, struct rv_evidence *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence old = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence new = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf buf = { 0 };
	struct ev_origin origin = { 0 };
	struct rv_span attestation = { 0 };
	bool has_new, has_old;

	if (!extension(der, OID "8", &has_new, &buf, &attestation, err) ||
	    !read_quote_and_log(der, &old, &has_old, err))
		return false;
	if (!has_new && !has_old)
		return rv_fail(err, RV_INPUT,
			       "certificate: no RA-TLS extension in it (" OID
			       "1 or 8)");
	if (has_new && !rv_ev_attestation(attestation, &new, err))
		return rv_in(err, "certificate");
	if (!rv_ev_join(out, &origin, &new, "the certificate's attestation",
			err) ||
	    !rv_ev_join(out, &origin, &old, "its quote and log", err))
		return false;
	rv_ev_format(out, EV_RA_TLS);
	return rv_ev_bind_key(der, out, err);
}

bool rv_ev_has_claims(struct rv_span der, bool *out, struct rv_err *err)
{
	static const char *const oid[] = { OID "1", OID "8" };

	*out = false;
	for (size_t i = 0; i < RV_LEN(oid) && !*out; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf buf = { 0 };

		if (!rv_der_extension(der, oid[i], out, &buf, err))
			return false;
	}
	return true;
}

/*
 * One more certificate. Issuers follow each other, and what they carry is
 * their own; one that did not issue the one before it is a second claim.
 */
static bool next_certificate(struct rv_span der, struct rv_buf *before,
			     struct ev_origin *origin, const char *name,
			     struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence more = { 0 };
	bool issuer = false, claims;

	if (before->n && !rv_der_issued(rv_buf_span(before), der, &issuer, err))
		return false;
	rv_buf_free(before);
	if (issuer)
		return rv_buf_copy(der, before, err);
	return rv_ev_has_claims(der, &claims, err) &&
	       (!claims || (rv_ev_certificate(der, &more, err) &&
			    rv_ev_join(out, origin, &more, name, err)));
}

bool rv_ev_pem(struct rv_span text, struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence first = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf before = { 0 };
	struct ev_origin origin = { 0 };

	if (!rv_pem_walk(&text, "CERTIFICATE", &before, err) ||
	    !rv_ev_certificate(rv_buf_span(&before), &first, err) ||
	    !rv_ev_join(out, &origin, &first, "the first certificate", err))
		return false;
	rv_ev_format(out, EV_RA_TLS);
	for (size_t i = 2; rv_pem_has(text, "CERTIFICATE"); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
		char name[40];

		snprintf(name, sizeof name, "certificate %zu", i);
		if (i > EV_CERTIFICATES_MAX)
			return rv_fail(err, RV_INPUT,
				       "more than %d certificates",
				       EV_CERTIFICATES_MAX);
		if (!rv_pem_walk(&text, "CERTIFICATE", &der, err) ||
		    !next_certificate(rv_buf_span(&der), &before, &origin, name,
				      out, err))
			return rv_in(err, "%s", name);
	}
	return true;
}
