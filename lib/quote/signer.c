/* SPDX-License-Identifier: Apache-2.0 */
/* signer.c - checks 11 to 14: who signed the quote. */
#include "run.h"
#include "digest.h"

static bool signed_by(struct run *r, const struct rv_key *key,
		      struct rv_span msg, struct rv_span sig,
		      enum rv_quote_code bad, const char *what,
		      struct rv_err *err)
{
	switch (rv_key_check_message(key, msg, sig.p)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return rv_run_fail(r, bad, err, "%s", what);
	case RV_CHECK_FAILED:
		break;
	}
	return rv_run_broken(r, err);
}

/* report_data = SHA-256(attestation key || auth data) || 32 zero bytes */
static bool names_the_key(struct run *r, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	uint8_t want[RV_DIGEST_MAX] = { 0 };
	struct rv_span got;

	if (!rv_digest_new(RV_SHA256, &d, err) ||
	    !rv_digest_add(d, r->quote.att_key.p, 64, err) ||
	    !rv_digest_add(d, r->quote.auth.p, r->quote.auth.n, err) ||
	    !rv_digest_end(d, want, err) ||
	    !rv_sub(r->quote.qe_report, 320, 64, &got))
		return rv_run_broken(r, err);
	if (!rv_same(got, rv_span(want, 64)))
		return rv_run_fail(r, RV_QUOTE_QE_REPORT_DATA, err,
				   "report_data of the QE is not the digest of"
				   " attestation key and auth data");
	return true;
}

/* Check 13: the fields of the QE report against Intel's identity of it. */
static bool check_qe_identity(struct run *r, struct rv_err *err)
{
	const struct qe_identity *q = r->qe_identity;
	const uint8_t *report = r->quote.qe_report.p;
	const char *what = NULL;
	unsigned prodid = report[256] | (unsigned)report[257] << 8;

	rv_run_begin(r, CHECK_QE_IDENTITY);
	if (!rv_masked_same(report + 16, q->miscselect, q->miscselect_mask, 4))
		what = "miscselect";
	else if (!rv_masked_same(report + 48, q->attributes, q->attributes_mask,
				 16))
		what = "attributes";
	else if (report[48] & 2)
		what = "attributes (it is a debug enclave)";
	else if (memcmp(report + 128, q->mrsigner, 32) != 0)
		what = "mrsigner";
	else if (prodid != q->isvprodid)
		what = "isvprodid";
	if (what)
		return rv_run_fail(r, RV_QUOTE_QE_IDENTITY_MISMATCH, err,
				   "the QE report differs from the identity"
				   " in %s",
				   what);
	rv_run_pass(r,
		    "miscselect, attributes, mrsigner, isvprodid %u are as"
		    " identified",
		    prodid);
	return true;
}

static void drop_key(void *p)
{
	struct rv_key *k = p;

	rv_key_free(&k);
}

/* What the QE said about its attestation key: all that goes into 11 to 14. */
static bool qe_key(struct run *r, struct rv_cache_key *key, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	const struct rv_quote *q = &r->quote;

	key->kind = CACHE_QE_REPORT;
	return (rv_digest_new(RV_SHA256, &d, err) &&
		rv_digest_add(d, rv_cert_info(r->pck->leaf)->sha256.b, 32,
			      err) &&
		rv_digest_add(d, q->qe_report.p, q->qe_report.n, err) &&
		rv_digest_add(d, q->qe_signature.p, q->qe_signature.n, err) &&
		rv_digest_add(d, q->att_key.p, q->att_key.n, err) &&
		rv_digest_add(d, q->auth.p, q->auth.n, err) &&
		rv_digest_end(d, key->id.b, err)) ||
	       rv_run_broken(r, err);
}

/* Checks 11 and 12, unless the same report was found good before. */
static bool check_qe_report(struct run *r, bool known, struct rv_err *err)
{
	rv_run_begin(r, CHECK_QE_REPORT_SIGNATURE);
	if (!known &&
	    !signed_by(r, rv_cert_key(r->pck->leaf), r->quote.qe_report,
		       r->quote.qe_signature, RV_QUOTE_QE_REPORT_SIGNATURE,
		       "the PCK key did not sign the QE report", err))
		return false;
	rv_run_pass(r, "384 bytes signed by the PCK key %s",
		    rv_cert_info(r->pck->leaf)->serial);
	rv_run_begin(r, CHECK_QE_REPORT_DATA);
	if (!known && !names_the_key(r, err))
		return false;
	rv_run_pass(r,
		    "all 64 bytes: SHA-256 of the attestation key and"
		    " %zu bytes of auth data, then zeros",
		    r->quote.auth.n);
	return true;
}

static bool read_att_key(struct run *r, const struct rv_cache_key *key,
			 struct rv_err *err)
{
	struct rv_key *made = NULL;
	const void *kept;

	switch (rv_key_read(r->quote.att_key.p, &made)) {
	case RV_CHECK_GOOD:
		break;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return rv_run_fail(r, RV_QUOTE_ATTESTATION_KEY, err,
				   "x, y are not a point of P-256");
	case RV_CHECK_FAILED:
		return rv_run_broken(r, err);
	}
	if (!rv_run_keep(r, key, made, drop_key, &kept, err))
		return false;
	r->att_key = kept;
	return true;
}

bool rv_run_signatures(struct run *r, struct rv_err *err)
{
	struct rv_cache_key key;

	if (!qe_key(r, &key, err))
		return false;
	r->att_key = rv_run_cached(r, &key);
	if (!check_qe_report(r, r->att_key != NULL, err) ||
	    !check_qe_identity(r, err))
		return false;
	rv_run_begin(r, CHECK_ATTESTATION_KEY);
	if (!r->att_key && !read_att_key(r, &key, err))
		return false;
	rv_run_pass(r, "a point of P-256");
	rv_run_begin(r, CHECK_QUOTE_SIGNATURE);
	if (!signed_by(r, r->att_key, r->quote.signed_part, r->quote.signature,
		       RV_QUOTE_SIGNATURE,
		       "the attestation key did not sign the quote", err))
		return false;
	rv_run_pass(r, "%zu bytes signed by the attestation key",
		    r->quote.signed_part.n);
	return true;
}
