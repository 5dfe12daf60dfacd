/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nitro_chain.c - who signed a Nitro document: AWS's root, of which the SHA-256
 * is pinned, then at most three authorities (region, zone, instance), then the
 * key that signed. The last lives for three hours, so that all are asked to be
 * valid when the document says it was made.
 */
#include "base.h"
#include "cbor.h"
#include "digest.h"
#include "step.h"
#include "x509.h"

#include <refval/cloud.h>

enum { SECOND = 1000, CHAIN_MAX = RV_NITRO_BUNDLE + 1 };

/* AWS Nitro Enclaves root certificate, G1 (2019 to 2049), as AWS states it. */
static const uint8_t root_sha256[32] = {
	0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44, 0xef, 0xe4, 0x56, 0x46,
	0x31, 0x95, 0xd6, 0x06, 0x31, 0x7e, 0xd7, 0xcd, 0xcc, 0x3c, 0x17,
	0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6, 0x8f, 0x79, 0xbb, 0x5b
};

/* AlgorithmIdentifier ecdsa-with-SHA384 (RFC 5758, 3.2). */
static const uint8_t ecdsa_sha384[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
					0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 };

static const struct rv_outcome outcome[RV_NITRO_OUTCOMES] = {
	[RV_NITRO_GENUINE] = { "GENUINE", RV_OK },
	[RV_NITRO_CERT_FORMAT] = { "CERT_FORMAT", RV_INPUT },
	[RV_NITRO_CERT_TIME] = { "CERT_TIME", RV_INPUT },
	[RV_NITRO_FUTURE] = { "FUTURE", RV_INPUT },
	[RV_NITRO_ROOT] = { "ROOT", RV_NO },
	[RV_NITRO_CHAIN] = { "CHAIN", RV_NO },
	[RV_NITRO_SIGNATURE] = { "SIGNATURE", RV_NO },
};

const char *rv_nitro_outcome_name(enum rv_nitro_outcome o)
{
	return outcome[o].name;
}

enum rv_code rv_nitro_outcome_code(enum rv_nitro_outcome o)
{
	return outcome[o].code;
}

struct run {
	const struct rv_nitro_document *doc;
	const struct rv_nitro_options *options;
	struct rv_cert *cert[CHAIN_MAX]; /* owned; the root first, leaf last */
	size_t n;
	struct rv_nitro_verdict *out;
};

static void run_free(struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		rv_cert_free(&r->cert[i]);
}

#define stop(r, o, ...) RV_STOP((r)->out, o, __VA_ARGS__)

static enum rv_step check_root(struct run *r, struct rv_err *err)
{
	struct rv_span first = r->doc->bundle[0];
	struct rv_sha256 have;

	if (r->options->root.n)
		return rv_same(first, r->options->root)
			   ? RV_GO_ON
			   : stop(r, RV_NITRO_ROOT,
				  "its bundle begins with another root than the"
				  " given one");
	if (!rv_sha256(first, &have, err))
		return RV_BROKEN;
	return memcmp(have.b, root_sha256, sizeof have.b) == 0
		   ? RV_GO_ON
		   : stop(r, RV_NITRO_ROOT,
			  "its bundle does not begin with AWS's root");
}

static enum rv_step read_chain(struct run *r, struct rv_err *err)
{
	for (size_t i = 0; i <= r->doc->bundled; i++) {
		struct rv_span der = i < r->doc->bundled ? r->doc->bundle[i]
							 : r->doc->certificate;

		if (!rv_cert_read(der, &r->cert[i], err))
			return err->code == RV_SYSTEM
				   ? RV_BROKEN
				   : stop(r, RV_NITRO_CERT_FORMAT,
					  "certificate %zu: %s", i, err->msg);
		r->n++;
	}
	return RV_GO_ON;
}

/* Certificate @i, by the one before it; the root by itself. */
static enum rv_step check_link(struct run *r, size_t i, struct rv_err *err)
{
	const struct rv_cert *cert = r->cert[i];
	const struct rv_cert *by = r->cert[i ? i - 1 : 0];
	const struct rv_cert_info *issuer = rv_cert_info(by);
	RV_AUTO(rv_buf_free) struct rv_buf alg = { 0 };
	/* Authorities between this issuer and the last certificate. */
	long below = (long)(r->n - 1) - (long)(i ? i - 1 : 0) - 1;

	if (!rv_cert_algorithm(cert, &alg, err))
		return RV_BROKEN;
	if (!rv_same(rv_buf_span(&alg),
		     rv_span(ecdsa_sha384, sizeof ecdsa_sha384)) ||
	    !rv_cert_info(cert)->p384)
		return stop(r, RV_NITRO_CHAIN,
			    "certificate %zu is not of P-384 and SHA-384", i);
	if (!issuer->ca || !issuer->may_sign_certs || issuer->constrained ||
	    (issuer->path_len >= 0 && issuer->path_len < below))
		return stop(r, RV_NITRO_CHAIN,
			    "who signed certificate %zu may not", i);
	switch (rv_cert_issued(cert, by)) {
	case RV_CHECK_GOOD:
		return RV_GO_ON;
	case RV_CHECK_OTHER:
		return stop(r, RV_NITRO_CHAIN,
			    "certificate %zu names another issuer", i);
	case RV_CHECK_BAD:
		return stop(r, RV_NITRO_CHAIN,
			    "certificate %zu is not signed by its issuer", i);
	case RV_CHECK_FAILED:
		break;
	}
	rv_err_no_memory(err, "Nitro certificates");
	return RV_BROKEN;
}

static enum rv_step check_chain(struct run *r, struct rv_err *err)
{
	const struct rv_cert_info *leaf = rv_cert_info(r->cert[r->n - 1]);
	enum rv_step step = RV_GO_ON;

	for (size_t i = 0; i < r->n && step == RV_GO_ON; i++)
		step = check_link(r, i, err);
	if (step == RV_GO_ON && (leaf->ca || !leaf->may_sign_data))
		return stop(r, RV_NITRO_CHAIN,
			    "the last certificate may not sign documents");
	return step;
}

static enum rv_step check_signature(struct run *r, struct rv_err *err)
{
	const struct rv_nitro_document *d = r->doc;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_sha384 digest;

	/* Sig_structure, RFC 9052, 4.4. */
	rv_cbor_put_array(&g, 4);
	rv_cbor_put_text(&g, rv_text("Signature1"));
	rv_cbor_put_bytes(&g, d->protected_header);
	rv_cbor_put_bytes(&g, rv_span(NULL, 0));
	rv_cbor_put_bytes(&g, d->payload);
	if (g.failed) {
		rv_err_no_memory(err, "Nitro document");
		return RV_BROKEN;
	}
	if (!rv_sha384(rv_buf_span(&g.buf), &digest, err))
		return RV_BROKEN;
	switch (rv_key_check_p384(rv_cert_key(r->cert[r->n - 1]), &digest,
				  d->signature.p)) {
	case RV_CHECK_GOOD:
		return RV_GO_ON;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return stop(r, RV_NITRO_SIGNATURE,
			    "its certificate's key did not sign it");
	case RV_CHECK_FAILED:
		break;
	}
	rv_err_no_memory(err, "Nitro signature");
	return RV_BROKEN;
}

static enum rv_step check_times(struct run *r)
{
	const struct rv_nitro_options *o = r->options;
	struct rv_nitro_verdict *v = r->out;
	int64_t at = o->has_at ? o->at : v->made;
	char from[32], to[32], made[32];

	rv_cert_window((const struct rv_cert *const *)r->cert, r->n,
		       &v->not_before, &v->not_after);
	rv_time_text(v->made, made);
	if (v->made > o->now)
		return stop(r, RV_NITRO_FUTURE,
			    "it was made %s, after the time that it is checked"
			    " for",
			    made);
	if (at >= v->not_before && at <= v->not_after &&
	    v->made >= v->not_before && v->made <= v->not_after)
		return RV_GO_ON;
	rv_time_text(v->not_before, from);
	rv_time_text(v->not_after, to);
	return stop(r, RV_NITRO_CERT_TIME,
		    "made %s; the certificates are valid together from %s to"
		    " %s",
		    made, from, to);
}

bool rv_nitro_verify(const struct rv_nitro_document *d,
		     const struct rv_nitro_options *o,
		     struct rv_nitro_verdict *out, struct rv_err *err)
{
	RV_AUTO(run_free)
	struct run r = { .doc = d, .options = o, .out = out };
	struct rv_err failed = { 0 };
	enum rv_step step;

	/* Until the last check has passed, nothing is genuine. */
	*out = (struct rv_nitro_verdict){ .outcome = RV_NITRO_CERT_FORMAT,
					  .made = (int64_t)(d->timestamp /
							    SECOND) };
	if (!rv_crypto_start(err))
		return false;
	step = check_root(&r, &failed);
	if (step == RV_GO_ON)
		step = read_chain(&r, &failed);
	/* What was changed is found by one signature, not by all of them. */
	if (step == RV_GO_ON)
		step = check_signature(&r, &failed);
	if (step == RV_GO_ON)
		step = check_chain(&r, &failed);
	if (step == RV_GO_ON)
		step = check_times(&r);
	if (step == RV_GO_ON)
		out->outcome = RV_NITRO_GENUINE;
	if (step == RV_BROKEN)
		*err = failed;
	return step != RV_BROKEN;
}
