/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forms.c - answers of Intel's provisioning service (PCS, API version 4) and of
 * its caches (PCCS): what was signed is kept byte for byte.
 */
#include "forms.h"

#include "pubkey.h"
#include "x509.h"
#include "json.h"
#include "pem.h"

#include <stdio.h>

enum { CRL_MAX = 1 << 20, CHAIN_MAX = 1 << 16 };

/* ---- one member of a JSON object, as it stands in the text ---- */

struct scan {
	struct rv_span in;
	size_t at;
};

static void blanks(struct scan *s)
{
	while (s->at < s->in.n && memchr(" \t\r\n", s->in.p[s->at], 4))
		s->at++;
}

/* Behind the closing quote of the string that starts here. */
static bool string(struct scan *s, struct rv_span *inside)
{
	size_t from = s->at + 1;

	if (s->at >= s->in.n || s->in.p[s->at] != '"')
		return false;
	for (s->at++; s->at < s->in.n && s->in.p[s->at] != '"'; s->at++)
		if (s->in.p[s->at] == '\\')
			s->at++;
	if (s->at >= s->in.n)
		return false;
	*inside = rv_span(s->in.p + from, s->at - from);
	s->at++;
	return true;
}

/* Behind the value that starts here. The text is known to be JSON. */
static bool value(struct scan *s)
{
	struct rv_span ignored;
	size_t depth = 0;

	do {
		uint8_t c;

		blanks(s);
		if (s->at >= s->in.n)
			return false;
		c = s->in.p[s->at];
		if (c == '"') {
			if (!string(s, &ignored))
				return false;
			continue;
		}
		depth += c == '{' || c == '[';
		if (c == '}' || c == ']')
			depth--;
		s->at++;
		/* A bare word or number ends where something else begins. */
		while (!strchr("{}[],:", c) && s->at < s->in.n &&
		       !memchr(",]}: \t\r\n", s->in.p[s->at], 8))
			s->at++;
	} while (depth);
	return true;
}

/* The text of the value of @key in the object that @json is. */
static bool member(struct rv_span json, const char *key, struct rv_span *out)
{
	struct scan s = { json, 0 };
	struct rv_span name;

	blanks(&s);
	if (s.at >= json.n || json.p[s.at++] != '{')
		return false;
	for (;;) {
		size_t from;

		blanks(&s);
		if (!string(&s, &name))
			return false;
		blanks(&s);
		if (s.at >= json.n || json.p[s.at++] != ':')
			return false;
		blanks(&s);
		from = s.at;
		if (!value(&s))
			return false;
		if (rv_same_text(name, key)) {
			*out = rv_span(json.p + from, s.at - from);
			return true;
		}
		blanks(&s);
		if (s.at >= json.n || json.p[s.at++] != ',')
			return false;
	}
}

bool rv_pcs_signed(struct rv_span json, const char *key, struct rv_span *body,
		   struct rv_span *signature, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span b, text;
	uint8_t sig[64];

	/* Parsed first: duplicate keys and broken JSON end here. */
	if (!rv_json_parse(json, key, &j, err))
		return false;
	if (!rv_json_is_object(rv_json_get(j, key)))
		return rv_fail(err, RV_INPUT, "%s: not in the answer", key);
	if (!rv_json_need_hex(j, "signature", sig, sizeof sig, err))
		return rv_in(err, "%s", key);
	if (!member(json, key, &b) || !member(json, "signature", &text) ||
	    text.n != 130)
		return rv_fail(err, RV_INPUT, "%s: keys with escapes", key);
	*body = b;
	*signature = rv_span(text.p + 1, 128);
	return true;
}

bool rv_pcs_chain(struct rv_span header, const char *what, struct rv_buf *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (header.n == 0 || header.n > CHAIN_MAX)
		return rv_fail(err, RV_INPUT, "%s: a header of %zu bytes", what,
			       header.n);
	for (size_t i = 0; i < header.n; i++) {
		struct rv_span hex;
		uint8_t c = header.p[i];

		if (c == '%') {
			if (!rv_sub(header, i + 1, 2, &hex) ||
			    !rv_unhex(hex, &c, 1))
				return rv_fail(err, RV_INPUT,
					       "%s: a bad escape at %zu", what,
					       i);
			i += 2;
		}
		if (c == 0)
			return rv_fail(err, RV_INPUT, "%s: a NUL inside", what);
		rv_grow_u8(&g, c);
	}
	if (!rv_pem_has(rv_buf_span(&g.buf), "CERTIFICATE"))
		return rv_fail(err, RV_INPUT, "%s: no certificate in it", what);
	return rv_grow_take(&g, out, err);
}

/* A DER SEQUENCE that is all of @s. */
static bool is_sequence(struct rv_span s)
{
	struct rv_rd r = rv_rd(s, "crl");
	uint8_t tag = rv_u8(&r, "tag"), n = rv_u8(&r, "length");
	uint64_t len = n;

	if (n > 0x84 || n == 0x80)
		return false;
	if (n > 0x80)
		len = rv_num_be(rv_take(&r, n & 0x7f, "length"));
	return tag == 0x30 && rv_rd_left(&r) == len && len;
}

bool rv_pcs_crl(struct rv_span body, const char *what, struct rv_buf *out,
		struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span t = body;

	if (body.n > CRL_MAX)
		return rv_fail(err, RV_INPUT, "%s: %zu bytes, at most %d", what,
			       body.n, CRL_MAX);
	if (rv_pem_has(body, "X509 CRL")) {
		if (!rv_pem_first(body, "X509 CRL", &b, err))
			return rv_in(err, "%s", what);
	} else if (is_sequence(body)) {
		if (!rv_buf_copy(body, &b, err))
			return false;
	} else {
		while (t.n && memchr(" \r\n\"", t.p[t.n - 1], 4))
			t.n--;
		if (t.n && *t.p == '"')
			t = rv_span(t.p + 1, t.n - 1);
		if (!rv_unhex_buf(t, what, &b, err))
			return false;
	}
	if (!is_sequence(rv_buf_span(&b)))
		return rv_fail(err, RV_INPUT,
			       "%s: neither DER, PEM nor hex of a list", what);
	*out = RV_TAKE(b);
	return true;
}

bool rv_pcs_write(const struct rv_pcs *p, struct rv_buf *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_text(&w, "pck_crl_issuer_chain", p->crl_chain);
	rv_jw_hex(&w, "root_ca_crl", p->root_crl);
	rv_jw_hex(&w, "pck_crl", p->pck_crl);
	rv_jw_text(&w, "tcb_info_issuer_chain", p->tcb_chain);
	rv_jw_text(&w, "tcb_info", p->tcb_info);
	rv_jw_text(&w, "tcb_info_signature", p->tcb_info_signature);
	rv_jw_text(&w, "qe_identity_issuer_chain", p->qe_chain);
	rv_jw_text(&w, "qe_identity", p->qe_identity);
	rv_jw_text(&w, "qe_identity_signature", p->qe_identity_signature);
	rv_jw_close(&w);
	return rv_grow_take(&g, out, err);
}

/* nextUpdate of a signed body that is a string in @j. */
static bool next_of(const rv_json *j, const char *key, rv_json **body,
		    int64_t *next, struct rv_err *err)
{
	struct rv_span text, time;
	int64_t t;

	if (!rv_json_need_text(j, key, &text, err) ||
	    !rv_json_parse(text, key, body, err))
		return false;
	if (!rv_json_need_text(*body, "nextUpdate", &time, err))
		return rv_in(err, "%s", key);
	if (!rv_time_parse(time, &t))
		return rv_fail(err, RV_INPUT, "%s: nextUpdate is no time", key);
	*next = t < *next ? t : *next;
	return true;
}

/* The same of a revocation list in hex. */
static bool next_crl(const rv_json *j, const char *key, int64_t *next,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;
	struct rv_span hex;

	if (!rv_json_need_text(j, key, &hex, err) ||
	    !rv_unhex_buf(hex, key, &der, err) ||
	    !rv_crl_read(rv_buf_span(&der), &crl, err))
		return rv_in(err, "%s", key);
	if (rv_crl_info(crl)->next_update < *next)
		*next = rv_crl_info(crl)->next_update;
	return true;
}

bool rv_pcs_about(struct rv_span json, const struct rv_platform *p,
		  int64_t *next_update, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_json_free) rv_json *tcb = NULL;
	RV_AUTO(rv_json_free) rv_json *qe = NULL;
	int64_t next = INT64_MAX;
	uint8_t want[6], have[6];

	if (!rv_json_parse(json, "collateral", &j, err) ||
	    !next_of(j, "tcb_info", &tcb, &next, err) ||
	    !next_of(j, "qe_identity", &qe, &next, err) ||
	    !next_crl(j, "root_ca_crl", &next, err) ||
	    !next_crl(j, "pck_crl", &next, err) ||
	    !rv_json_need_hex(tcb, "fmspc", have, sizeof have, err))
		return false;
	if (!rv_unhex(rv_text(p->fmspc), want, sizeof want) ||
	    memcmp(want, have, sizeof want) != 0) {
		char hex[13];

		rv_hex(rv_span(have, sizeof have), hex);
		return rv_fail(err, RV_INPUT,
			       "tcb_info is of FMSPC %s, asked for was %s", hex,
			       p->fmspc);
	}
	*next_update = next;
	return true;
}

/* ---- what a quote says of its platform ---- */

/* Where @what first is in @s, and nowhere else; false otherwise. */
static bool only_one(struct rv_span s, struct rv_span what, size_t *at)
{
	size_t n = 0;

	for (size_t i = 0; what.n <= s.n && i <= s.n - what.n; i++) {
		if (memcmp(s.p + i, what.p, what.n) != 0)
			continue;
		*at = i;
		n++;
	}
	return n == 1;
}

/*
 * The PCK certificate stands in the quote (certification data of type 5): its
 * FMSPC and its issuer's name are enough to know what to ask for. Whoever
 * verifies reads it properly.
 */
bool rv_platform_of(struct rv_span quote, struct rv_platform *out,
		    struct rv_err *err)
{
	struct rv_platform p = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_quote q;
	uint8_t fmspc[6];
	struct rv_span leaf;
	bool platform, processor;
	size_t at;

	if (!rv_quote_read(quote, &q, err))
		return false;
	if (!rv_quote_fmspc(&q, fmspc, err))
		return false;
	if (!rv_pem_first(q.cert_data, "CERTIFICATE", &der, err))
		return rv_in(err, "quote: certification data");
	leaf = rv_buf_span(&der);
	platform = only_one(leaf, rv_text("Intel SGX PCK Platform CA"), &at);
	processor = only_one(leaf, rv_text("Intel SGX PCK Processor CA"), &at);
	if (platform == processor)
		return rv_fail(err, RV_INPUT,
			       "quote: its PCK certificate is of neither the"
			       " Platform nor the Processor CA");
	p.tdx = q.tee == RV_TEE_TDX;
	rv_hex(rv_span(fmspc, sizeof fmspc), p.fmspc);
	snprintf(p.ca, sizeof p.ca, "%s", platform ? "platform" : "processor");
	*out = p;
	return true;
}
