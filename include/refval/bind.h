/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.h - stage "bind": what a quote's report_data is bound to. A statement,
 * a public key and what it signed, a TLS certificate. Pure: bytes in, rows out.
 */
#ifndef REFVAL_BIND_H
#define REFVAL_BIND_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RV_REPORT_DATA = 64, RV_BOUND_MAX = 8 };

/*
 * A statement and how report_data is made of it. Everything is borrowed.
 * @path picks a value out of a JSON document, as jq would (".statement",
 * ".a[0]"): then the text is that value as JSON.stringify writes it.
 */
struct rv_statement {
	struct rv_span file;
	const char *hash;   /* NULL: sha256; else a name of rv_bind_hashes() */
	const char *prefix; /* NULL: none; else digest(prefix ":" text) */
	const char *path;   /* NULL: the bytes of the file */
};

/* A key, and a message signed by it. */
struct rv_bound_key {
	struct rv_span key; /* PEM or DER SPKI, or bare bytes, or their hex */
	bool has_signature; /* then both of these are there: */
	struct rv_span signature; /* raw or DER, or its hex or base64 */
	struct rv_span message;
};

/* What to check; NULL: not asked. All borrowed. */
struct rv_bindings {
	const struct rv_statement *statement;
	const struct rv_bound_key *key;
	const struct rv_span *certificate; /* X.509, PEM or DER */
};

/* One thing that was checked. */
struct rv_bound {
	char name[24]; /* "statement", "public-key", "signature", ... */
	bool good;
	char expected[160]; /* hex, or words */
	char actual[160];
	char reason[240]; /* one sentence */
};

struct rv_bound_list {
	struct rv_bound row[RV_BOUND_MAX];
	size_t n;
};

/*
 * Check @b against @report_data. A mismatch is a row that is not good; false
 * with RV_INPUT when something cannot be read, RV_USAGE for a hash, prefix or
 * path that makes no sense.
 */
RV_API RV_MUST bool rv_bind_check(const uint8_t report_data[RV_REPORT_DATA],
				  const struct rv_bindings *b,
				  struct rv_bound_list *out,
				  struct rv_err *err);

/* The report_data that stands for @s: its digest, zero padded on the right. */
RV_API RV_MUST bool rv_bind_report_data(const struct rv_statement *s,
					uint8_t out[RV_REPORT_DATA],
					struct rv_err *err);

/* "sha256, sha384, ...": the names that @hash may have. */
RV_API const char *rv_bind_hashes(void);

/*
 * Does @report_data carry the key of @certificate (X.509, DER) as RA-TLS has
 * it: SHA-512("ratls-cert:" || SubjectPublicKeyInfo)? @expected is that digest.
 */
RV_API RV_MUST bool rv_bind_ratls(const uint8_t report_data[RV_REPORT_DATA],
				  struct rv_span certificate,
				  uint8_t expected[RV_REPORT_DATA], bool *good,
				  struct rv_err *err);

/*
 * Does the statement name the certificate of a TLS server at all (a member
 * tlsFingerprint, certFingerprint or tls_fingerprint)?
 */
RV_API bool rv_bind_names_certificate(const struct rv_statement *s);

/* The DER of a certificate given as PEM (the first of several) or DER. */
RV_API RV_MUST bool rv_bind_certificate_der(struct rv_span certificate,
					    struct rv_buf *out,
					    struct rv_err *err);

/* SHA-256 over the DER of a certificate given as PEM or DER. */
RV_API RV_MUST bool rv_bind_fingerprint(struct rv_span certificate,
					struct rv_sha256 *out,
					struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
