/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_data.c - what 64 bytes look like that nobody asked about: the forms
 * that services and agents put there. A look is a guess, and no verdict.
 */
#include "verify.h"

#include <stdio.h>

enum { LOOK = 240 };

static bool zeros(struct rv_span rd, size_t from)
{
	return rv_all_zero(rv_span(rd.p + from, rd.n - from));
}

/* The first bytes are @hash of @what, and the rest are zero. */
static bool is_digest(struct rv_span rd, struct rv_span what, const char *name,
		      char out[LOOK], struct rv_err *err)
{
	static const enum rv_alg alg[] = { RV_SHA256, RV_SHA384, RV_SHA512 };
	uint8_t md[RV_DIGEST_MAX];

	for (size_t i = 0; what.n && !*out && i < RV_LEN(alg); i++) {
		RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
		size_t n = rv_alg_size(alg[i]);

		if (!rv_digest_new(alg[i], &d, err) ||
		    !rv_digest_add(d, what.p, what.n, err) ||
		    !rv_digest_end(d, md, err))
			return false;
		if (memcmp(rd.p, md, n) == 0 && zeros(rd, n))
			snprintf(out, LOOK, "the %s of %s", rv_alg_name(alg[i]),
				 name);
	}
	return true;
}

/* Of what came with the quote. */
static bool known(const struct rv_evidence *e, struct rv_span rd,
		  char out[LOOK], struct rv_err *err)
{
	return is_digest(rd, rv_buf_span(&e->app_compose),
			 "the app_compose in the evidence", out, err) &&
	       is_digest(rd, rv_buf_span(&e->tls.certificate),
			 "the certificate that was recorded", out, err) &&
	       is_digest(rd, rv_buf_span(&e->vm_config),
			 "the vm_config in the evidence", out, err);
}

static bool is_text(struct rv_span rd)
{
	size_t n = rd.n;

	while (n && !rd.p[n - 1])
		n--;
	for (size_t i = 0; i < n; i++)
		if (rd.p[i] < 0x20 || rd.p[i] > 0x7e)
			return false;
	return n > 0;
}

static void form(struct rv_span rd, char out[LOOK])
{
	char address[2 * 20 + 1];
	size_t n = rd.n;

	while (n && !rd.p[n - 1])
		n--;
	if (!n) {
		snprintf(out, LOOK, "all zero: bound to nothing");
	} else if (is_text(rd)) {
		snprintf(out, LOOK, "text: %.*s", (int)n, (const char *)rd.p);
	} else if (!zeros(rd, 32) && rv_all_zero(rv_span(rd.p + 20, 12))) {
		rv_hex(rv_span(rd.p, 20), address);
		snprintf(out, LOOK, "an address (0x%s) and a nonce of 32 bytes",
			 address);
	} else if (n <= 20) {
		snprintf(out, LOOK,
			 "%zu bytes and zeros: an address, or a short value",
			 n);
	} else if (n <= 32) {
		snprintf(out, LOOK,
			 "32 bytes and zeros: a SHA-256 of something, or a"
			 " nonce");
	} else if (n <= 48) {
		snprintf(out, LOOK,
			 "48 bytes and zeros: a SHA-384 of something");
	} else if (n <= 50 && rd.p[0] == 0) {
		snprintf(out, LOOK,
			 "a version (%u), 48 bytes and zeros: a SHA-384 or"
			 " SHA3-384 of something",
			 rd.p[1]);
	} else {
		snprintf(out, LOOK,
			 "64 bytes: a SHA-512 of something, or two values of 32"
			 " bytes");
	}
}

bool rv_verify_look(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_report *r = &j->out->report;
	struct rv_span rd = { 0 };
	struct rv_check *c;
	char look[LOOK] = "";

	if (j->out->has_quote)
		rd = rv_quote_field(&j->out->quote, "report_data");
	if (rd.n != RV_REPORT_DATA)
		return true;
	if (!known(j->out->evidence, rd, look, err))
		return false;
	if (!*look)
		form(rd, look);
	c = rv_report_add(r, RV_LAYER_REPORT_DATA, "report_data", RV_UNCHECKED);
	rv_report_set_hex(r, &c->actual, rd);
	rv_report_set(r, &c->reason, "looks like %s", look);
	return true;
}
