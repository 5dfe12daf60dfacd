/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - what ties GPUs to a TDX quote: the nonce that their reports were
 * made for stands in the quote's report_data, one way or another. The schemes
 * are those of services that publish theirs; a scheme is recognised by either
 * half of report_data, and then the whole of it must hold.
 */
#include "gpu.h"
#include "digest.h"

#include <stdio.h>

enum { HALF = 32 };

struct ask {
	const uint8_t *rd, *nonce;
	const struct rv_gpu_hints *h;
	struct rv_span certificate;
	struct rv_gpu_bound *out;
	struct rv_err *err;
};

static void hex(const uint8_t *b, char out[2 * HALF + 1])
{
	rv_hex(rv_span(b, HALF), out);
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, HALF) == 0;
}

static bool yes(struct ask *a, char scheme, const char *reason)
{
	a->out->scheme = scheme;
	a->out->verdict = RV_YES;
	snprintf(a->out->reason, sizeof a->out->reason, "%s", reason);
	return true;
}

static bool no(struct ask *a, char scheme, const char *reason,
	       const uint8_t *found, const uint8_t *want)
{
	char x[2 * HALF + 1], y[2 * HALF + 1];

	hex(found, x);
	hex(want, y);
	a->out->scheme = scheme;
	a->out->verdict = RV_DIFFERS;
	snprintf(a->out->reason, sizeof a->out->reason, "%s: %s, not %s",
		 reason, x, y);
	return true;
}

/* SHA-256 of up to four parts of 32 bytes at most, one behind the other. */
static bool digest_of(const struct rv_span *part, size_t n, uint8_t out[HALF],
		      struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	if (!rv_digest_new(RV_SHA256, &d, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!rv_digest_add(d, part[i].p, part[i].n, err))
			return false;
	return rv_digest_end(d, out, err);
}

/* What the first half may be beside a nonce in the second. */
struct first {
	char scheme;
	uint8_t want[HALF];
	const char *words;
};

/* A, B, F: how many of them this evidence could be of. */
static bool first_halves(struct ask *a, struct first out[3], size_t *n,
			 struct rv_err *err)
{
	const struct rv_gpu_hints *h = a->h;
	struct rv_span both[2] = { rv_span(h->address, h->address_n),
				   rv_span(h->tls, HALF) };

	*n = 0;
	if (h->address_n && h->has_tls) {
		out[*n] = (struct first){ .scheme = 'B',
					  .words = "SHA-256 of the signing key"
						   " and the TLS fingerprint" };
		if (!digest_of(both, 2, out[(*n)++].want, err))
			return false;
	}
	if (h->address_n) {
		out[*n] =
		    (struct first){ .scheme = 'A', .words = "the signing key" };
		memcpy(out[(*n)++].want, h->address, h->address_n);
	}
	if (a->certificate.n) {
		out[*n] = (struct first){ .scheme = 'F',
					  .words = "SHA-256 of the TLS"
						   " certificate" };
		if (!digest_of(&a->certificate, 1, out[(*n)++].want, err))
			return false;
	}
	return true;
}

/* report_data[0:32] is something known, report_data[32:64] is the nonce. */
static bool try_halves(struct ask *a, bool *done)
{
	struct first first[3];
	bool second = same(a->rd + HALF, a->nonce);
	char words[200];
	size_t n;

	if (!first_halves(a, first, &n, a->err))
		return false;
	*done = true;
	for (size_t i = 0; i < n; i++) {
		if (!same(a->rd, first[i].want))
			continue;
		if (!second)
			return no(a, first[i].scheme,
				  "report_data[32:64] is not the GPUs' nonce",
				  a->rd + HALF, a->nonce);
		snprintf(words, sizeof words,
			 "report_data[0:32] is %s, [32:64] the GPUs' nonce",
			 first[i].words);
		return yes(a, first[i].scheme, words);
	}
	if (second && n)
		return no(a, first[0].scheme,
			  "report_data[32:64] is the GPUs' nonce, but [0:32] is"
			  " neither the signing key nor the TLS certificate"
			  " that stand beside it",
			  a->rd, first[0].want);
	*done = false;
	return true;
}

/* C: report_data[0:32] is the nonce, made of a key and another nonce. */
static bool try_key(struct ask *a, bool *done)
{
	struct rv_span text;
	uint8_t made[HALF];
	bool first = same(a->rd, a->nonce);

	*done = true;
	if (!a->h->e2e) {
		if (first)
			return yes(a, 'C',
				   "report_data[0:32] is the GPUs' nonce; what"
				   " it was made of is unchecked");
		*done = false;
		return true;
	}
	text = rv_text(a->h->e2e);
	if (!digest_of(&text, 1, made, a->err))
		return false;
	if (first && same(made, a->nonce))
		return yes(a, 'C',
			   "report_data[0:32] is the GPUs' nonce, SHA-256 of"
			   " nonce and e2e_pubkey");
	if (first)
		return no(a, 'C',
			  "the GPUs' nonce is not SHA-256 of nonce and"
			  " e2e_pubkey",
			  a->nonce, made);
	if (same(a->rd, made))
		return no(a, 'C', "report_data[0:32] is not the GPUs' nonce",
			  a->rd, a->nonce);
	*done = false;
	return true;
}

/* D: report_data[0:32] is the digest of four parts, the nonce among them. */
static bool try_parts(struct ask *a, bool *done)
{
	const struct rv_gpu_hints *h = a->h;
	struct rv_span part[4] = { rv_span(h->tls_key, HALF),
				   rv_span(h->hpke, HALF),
				   rv_span(a->nonce, HALF),
				   rv_span(h->hash, HALF) };
	uint8_t made[HALF];

	*done = h->has_tls_key && h->has_hpke && h->has_hash;
	if (!*done)
		return true;
	if (!digest_of(part, 4, made, a->err))
		return false;
	if (!same(a->rd, made))
		return no(a, 'D',
			  "report_data[0:32] is not SHA-256 of tls_key_fp,"
			  " hpke_key, the GPUs' nonce and gpu_evidence_hash",
			  a->rd, made);
	if (!h->has_outer || !same(h->outer, h->hash))
		return no(a, 'D',
			  "gpu_evidence_hash is not that of the GPU evidence",
			  h->hash, h->outer);
	return yes(a, 'D',
		   "report_data[0:32] is SHA-256 of tls_key_fp, hpke_key, the"
		   " GPUs' nonce and gpu_evidence_hash, which is that of the"
		   " GPU evidence");
}

/* E: report_data is SHA-512("app-data:" || the nonce in hex). */
static bool try_app_data(struct ask *a, bool *done)
{
	static const char prefix[] = "app-data:";
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	char text[2 * HALF + 1];
	uint8_t made[64];

	hex(a->nonce, text);
	if (!rv_digest_new(RV_SHA512, &d, a->err) ||
	    !rv_digest_add(d, prefix, strlen(prefix), a->err) ||
	    !rv_digest_add(d, text, strlen(text), a->err) ||
	    !rv_digest_end(d, made, a->err))
		return false;
	*done = memcmp(a->rd, made, sizeof made) == 0;
	return !*done ||
	       yes(a, 'E',
		   "report_data is SHA-512 of app-data: and the GPUs' nonce");
}

bool rv_gpu_bind(const uint8_t report_data[64],
		 const uint8_t nonce[RV_GPU_NONCE],
		 const struct rv_gpu_hints *hints, struct rv_span certificate,
		 struct rv_gpu_bound *out, struct rv_err *err)
{
	bool (*const scheme[])(struct ask *, bool *) = { try_parts, try_halves,
							 try_key,
							 try_app_data };
	struct rv_gpu_bound bound = { .scheme = 0 };
	struct ask a = { report_data, nonce, hints, certificate, &bound, err };
	char n[2 * HALF + 1], rd[4 * HALF + 1];

	for (size_t i = 0; i < RV_LEN(scheme); i++) {
		bool done;

		if (!scheme[i](&a, &done))
			return false;
		if (!done)
			continue;
		*out = bound;
		return true;
	}
	hex(nonce, n);
	rv_hex(rv_span(report_data, 64), rd);
	bound.verdict = RV_UNCHECKED;
	snprintf(bound.reason, sizeof bound.reason,
		 "no scheme that is known ties them: the GPUs' nonce is %s,"
		 " report_data is %s",
		 n, rd);
	*out = bound;
	return true;
}
