/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.c - report_data of a service that signs: the address of its key in the
 * first 32 bytes, and the nonce of who asked in the others. Each half is
 * compared by itself, in the layouts that services publish.
 */
#include "verify.h"

enum { HALF = RV_REPORT_DATA / 2 };

static bool sha256_of(struct rv_span a, struct rv_span b, struct rv_sha256 *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(RV_SHA256, &d, err) &&
	       rv_digest_add(d, a.p, a.n, err) &&
	       rv_digest_add(d, b.p, b.n, err) && rv_digest_end(d, out->b, err);
}

/*
 * As it is with zeros behind it; or hashed with the TLS certificate's digest
 * that the evidence names, which the hash then binds along with it.
 */
static bool find_address(const struct rv_verify_job *j, struct rv_span address,
			 struct rv_span half, const char **how,
			 struct rv_err *err)
{
	const struct rv_gpu_hints *h = &j->out->evidence->gpu.hints;
	struct rv_sha256 both;

	*how = NULL;
	if (memcmp(half.p, address.p, address.n) == 0 &&
	    rv_all_zero(rv_span(half.p + address.n, HALF - address.n))) {
		*how = "the first half of report_data is this address";
		return true;
	}
	if (!h->has_tls)
		return true;
	if (!sha256_of(address, rv_span(h->tls, sizeof h->tls), &both, err))
		return false;
	if (memcmp(half.p, both.b, HALF) == 0)
		*how = "the first half of report_data is the SHA-256 of this"
		       " address and the TLS fingerprint in the evidence";
	return true;
}

/* As it is; or as the text that the older agent was given, hashed its way. */
static bool find_nonce(struct rv_span nonce, struct rv_span rd,
		       const char **how, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	uint8_t md[RV_DIGEST_MAX];
	char hex[2 * HALF + 1];

	*how = NULL;
	if (memcmp(rd.p + HALF, nonce.p, HALF) == 0) {
		*how = "the second half of report_data is this nonce";
		return true;
	}
	rv_hex(nonce, hex);
	if (!rv_digest_new(RV_SHA512, &d, err) ||
	    !rv_digest_add(d, "app-data:", 9, err) ||
	    !rv_digest_add(d, hex, 2 * HALF, err) || !rv_digest_end(d, md, err))
		return false;
	if (memcmp(rd.p, md, RV_REPORT_DATA) == 0)
		*how = "report_data is the SHA-512 of app-data: and this nonce"
		       " in hex";
	return true;
}

static void row(struct rv_report *r, const char *name, const char *option,
		struct rv_span want, struct rv_span got, const char *how,
		const char *no)
{
	struct rv_check *c = rv_report_add(r, RV_LAYER_REPORT_DATA, name,
					   how ? RV_YES : RV_DIFFERS);

	rv_report_set_hex(r, &c->expected, want);
	rv_report_set(r, &c->from, "%s", option);
	rv_report_set_hex(r, &c->actual, got);
	rv_report_set(r, &c->reason, "%s", how ? how : no);
}

bool rv_verify_layout(struct rv_verify_job *j, const struct rv_binding *b,
		      struct rv_err *err)
{
	struct rv_report *r = &j->out->report;
	struct rv_span rd = j->report_data, first = rv_span(rd.p, HALF);
	struct rv_span address = rv_span(b->address, b->address_n);
	struct rv_span nonce = rv_span(b->nonce, sizeof b->nonce);
	const char *how;

	if (b->address_n) {
		if (!find_address(j, address, first, &how, err))
			return false;
		row(r, "address", "--address", address, first, how,
		    "report_data is not of this address: another key signs, or"
		    " it is bound in another way");
	}
	if (b->has_nonce) {
		if (!find_nonce(nonce, rd, &how, err))
			return false;
		row(r, "nonce", "--nonce", nonce, rv_span(rd.p + HALF, HALF),
		    how,
		    "report_data has another nonce: stale, replayed, or made"
		    " for somebody else");
	}
	return true;
}
