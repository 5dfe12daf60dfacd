/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carries.c - does report_data carry this public key, in which of the forms
 * that machines use, and does a signature by it verify?
 */
#include "bind_text.h"

#include "pubkey.h"
#include "digest.h"
#include "pem.h"

#include <stdio.h>

enum { HOW = 96, FILE_MAX = 1 << 16, CANDIDATES = 2 };

/* Looks for one report_data among the forms of a key. */
struct search {
	const uint8_t *report_data;
	char *how; /* HOW bytes; the form that was found */
	bool found;
	struct rv_err *err;
};

static bool look(struct search *s, struct rv_span form, const char *what)
{
	if (!s->found && rv_bound_holds(s->report_data, form)) {
		s->found = true;
		snprintf(s->how, HOW, "%s", what);
	}
	return s->found;
}

/* The bytes themselves, and their digests, as bytes and as hex text. */
static bool look_all(struct search *s, struct rv_span b, const char *what)
{
	static const char *const name[] = { "sha256", "sha384", "sha512",
					    "keccak256" };
	char words[HOW], hex[2 * RV_DIGEST_MAX + 1];
	uint8_t md[RV_DIGEST_MAX];

	if (look(s, b, what))
		return true;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		const struct rv_hash_name *h;

		if (!rv_hash_find(name[i], &h, s->err) ||
		    !rv_hash_of(h, b, md, s->err))
			return false;
		snprintf(words, sizeof words, "%s of %s", name[i], what);
		if (look(s, rv_span(md, h->n), words))
			return true;
		rv_hex(rv_span(md, h->n), hex);
		snprintf(words, sizeof words, "%s of %s, as hex text", name[i],
			 what);
		if (look(s, rv_text(hex), words))
			return true;
	}
	return true;
}

/* specs: content-type tag "ratls-cert" of dstack's RA-TLS. */
static bool ratls(struct rv_span spki, uint8_t out[RV_DIGEST_MAX],
		  struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(RV_SHA512, &d, err) &&
	       rv_digest_add(d, "ratls-cert:", 11, err) &&
	       rv_digest_add(d, spki.p, spki.n, err) &&
	       rv_digest_end(d, out, err);
}

static bool look_spki(struct search *s, struct rv_span spki, const char *what)
{
	uint8_t md[RV_DIGEST_MAX];

	if (!look_all(s, spki, what) || !ratls(spki, md, s->err))
		return false;
	look(s, rv_span(md, sizeof md), "ratls-cert: form of its SPKI");
	return true;
}

/* "dip1::ALG-pk:" and the key in base64url (RFC 4648, 5), no padding. */
static bool look_dip1(struct search *s, const char *alg, struct rv_span raw)
{
	RV_AUTO(rv_buf_free) struct rv_buf b64 = { 0 };
	char text[128];
	int n;

	if (!rv_base64(raw, &b64, s->err))
		return false;
	while (b64.n && b64.p[b64.n - 1] == '=')
		b64.p[--b64.n] = '\0';
	for (size_t i = 0; i < b64.n; i++)
		b64.p[i] = b64.p[i] == '+'   ? '-'
			   : b64.p[i] == '/' ? '_'
					     : b64.p[i];
	n = snprintf(text, sizeof text, "dip1::%s-pk:%s", alg,
		     (const char *)b64.p);
	if (n > 0 && (size_t)n < sizeof text)
		look(s, rv_span(text, (size_t)n), "dip1:: form");
	return true;
}

static bool look_key(struct search *s, const struct rv_pubkey *k,
		     bool compressed)
{
	RV_AUTO(rv_buf_free) struct rv_buf raw = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf spki = { 0 };
	enum rv_pubkey_type type = rv_pubkey_type(k);

	if (!rv_pubkey_der(k, compressed, &spki, s->err) ||
	    !look_spki(s, rv_buf_span(&spki),
		       compressed ? "its compressed SPKI" : "its SPKI"))
		return false;
	if (type == RV_PUBKEY_OTHER)
		return true;
	if (!rv_pubkey_bytes(k, compressed, &raw, s->err) ||
	    !look_all(s, rv_buf_span(&raw),
		      compressed ? "the compressed key" : "the key"))
		return false;
	if (type == RV_PUBKEY_ED25519)
		return look_dip1(s, "ed25519", rv_buf_span(&raw));
	if (!compressed)
		return look_all(s, rv_span(raw.p + 1, raw.n - 1),
				"the key's x and y");
	return type != RV_PUBKEY_SECP256K1 ||
	       look_dip1(s, "secp256k1c", rv_buf_span(&raw));
}

static bool find_key(const uint8_t *report_data, const struct rv_pubkey *k,
		     char how[HOW], bool *found, struct rv_err *err)
{
	struct search s = { report_data, how, false, err };
	enum rv_pubkey_type type = rv_pubkey_type(k);

	if (!look_key(&s, k, false))
		return false;
	if (type != RV_PUBKEY_ED25519 && type != RV_PUBKEY_OTHER &&
	    !look_key(&s, k, true))
		return false;
	*found = s.found;
	return true;
}

bool rv_bind_spki(const uint8_t report_data[RV_REPORT_DATA],
		  struct rv_span spki, char how[HOW], bool *found,
		  struct rv_err *err)
{
	struct search s = { report_data, how, false, err };
	RV_AUTO(rv_pubkey_free) struct rv_pubkey *k = NULL;

	if (!look_spki(&s, spki, "its SPKI"))
		return false;
	*found = s.found;
	if (s.found)
		return true;
	return rv_pubkey_spki(spki, &k, err) &&
	       find_key(report_data, k, how, found, err);
}

bool rv_bind_ratls(const uint8_t report_data[RV_REPORT_DATA],
		   struct rv_span certificate, uint8_t expected[RV_REPORT_DATA],
		   bool *good, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf spki = { 0 };

	if (!rv_cert_spki(certificate, &spki, err) ||
	    !ratls(rv_buf_span(&spki), expected, err))
		return false;
	*good = memcmp(report_data, expected, RV_REPORT_DATA) == 0;
	return true;
}

/* Without the blanks that an editor leaves at the end. */
static struct rv_span trim(struct rv_span s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]) && s.p[s.n - 1])
		s.n--;
	return s;
}

/* Bytes in a file: as they are, or written in hex. */
static bool unwrap(struct rv_span file, struct rv_buf *out, struct rv_err *err)
{
	struct rv_span t = trim(file);
	struct rv_err ignored = { 0 };

	if (t.n >= 2 && t.p[0] == '0' && t.p[1] == 'x')
		t = rv_span(t.p + 2, t.n - 2);
	if (t.n && rv_unhex_buf(t, "hex", out, &ignored))
		return true;
	return ignored.code == RV_SYSTEM ? rv_no_memory(err, "file")
					 : rv_buf_copy(file, out, err);
}

/*
 * The keys that @file may be: one, or for 33 bytes without a curve up to two,
 * since the same x may lie on both.
 */
static bool read_keys(struct rv_span file, struct rv_pubkey *out[CANDIDATES],
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err ignored = { 0 };
	struct rv_span s;

	if (file.n > FILE_MAX)
		return rv_fail(err, RV_INPUT, "public key: %zu bytes", file.n);
	if (rv_pem_has(file, "PUBLIC KEY"))
		return rv_pem_first(file, "PUBLIC KEY", &b, err) &&
		       rv_pubkey_spki(rv_buf_span(&b), &out[0], err);
	if (!unwrap(file, &b, err))
		return false;
	s = rv_buf_span(&b);
	if (s.n == 32)
		return rv_pubkey_raw(RV_PUBKEY_ED25519, s, &out[0], err);
	if (s.n != 33 && s.n != 64 && s.n != 65)
		return rv_pubkey_spki(s, &out[0], err);
	if (!rv_pubkey_raw(RV_PUBKEY_SECP256K1, s, &out[0], &ignored))
		return rv_pubkey_raw(RV_PUBKEY_P256, s, &out[0], err);
	if (!rv_pubkey_raw(RV_PUBKEY_P256, s, &out[1], &ignored))
		out[1] = NULL;
	return true;
}

/* Raw, DER, hex or base64: 64 and 65 bytes are raw whatever they look like. */
static bool read_signature(struct rv_span file, struct rv_buf *out,
			   struct rv_err *err)
{
	struct rv_span t = trim(file);
	struct rv_err ignored = { 0 };

	if (file.n == 64 || file.n == 65 ||
	    (file.n && file.p[0] == 0x30 && file.n > 1 &&
	     file.p[1] == file.n - 2))
		return rv_buf_copy(file, out, err);
	if (t.n && rv_unbase64(t, "base64", out, &ignored)) {
		if (out->n >= 64 && out->n <= 72)
			return true;
		rv_buf_free(out);
	}
	return ignored.code == RV_SYSTEM ? rv_no_memory(err, "signature")
					 : unwrap(file, out, err);
}

static void free_keys(struct rv_pubkey *(*k)[CANDIDATES])
{
	for (size_t i = 0; i < CANDIDATES; i++)
		rv_pubkey_free(&(*k)[i]);
}

static bool check_signature(struct rv_pubkey *const key[CANDIDATES],
			    const struct rv_bound_key *b,
			    struct rv_bound_list *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf sig = { 0 };
	struct rv_bound *row;
	bool good = false;
	size_t i;

	if (!read_signature(b->signature, &sig, err))
		return false;
	for (i = 0; i < CANDIDATES && key[i] && !good; i++)
		if (!rv_pubkey_verify(key[i], b->message, rv_buf_span(&sig),
				      &good, err))
			return false;
	row = &out->row[out->n++];
	*row = (struct rv_bound){ .name = "signature", .good = good };
	snprintf(row->expected, sizeof row->expected, "a signature by the key");
	snprintf(row->actual, sizeof row->actual, "%zu bytes", sig.n);
	snprintf(row->reason, sizeof row->reason,
		 good ? "the %s key signed this message (%zu bytes)"
		      : "this is no signature by the %s key over this message"
			" (%zu bytes)",
		 rv_pubkey_name(rv_pubkey_type(key[good ? i - 1 : 0])),
		 b->message.n);
	return true;
}

bool rv_bind_key(const uint8_t report_data[RV_REPORT_DATA],
		 const struct rv_bound_key *b, struct rv_bound_list *out,
		 struct rv_err *err)
{
	RV_AUTO(free_keys) struct rv_pubkey *key[CANDIDATES] = { 0 };
	char how[HOW] = "";
	bool found = false;
	struct rv_bound *row;

	if (!read_keys(b->key, key, err))
		return false;
	for (size_t i = 0; i < CANDIDATES && key[i] && !found; i++)
		if (!find_key(report_data, key[i], how, &found, err))
			return false;
	row = rv_bound_add(out, "public-key", report_data);
	row->good = found;
	snprintf(row->expected, sizeof row->expected, "%s",
		 found ? how : "the key in any form we know");
	snprintf(row->reason, sizeof row->reason,
		 found ? "report_data is %s (%s)"
		       : "report_data does not carry %s(%s)",
		 found ? how : "this key ",
		 rv_pubkey_name(rv_pubkey_type(key[0])));
	return !b->has_signature || check_signature(key, b, out, err);
}
