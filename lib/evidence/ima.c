/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ima.c - what the kernel's IMA measured, as its list in text
 * (ascii_runtime_measurements; Linux,
 * Documentation/security/IMA-templates.rst): a register, the template's hash,
 * the template's name, its fields. It goes on where the firmware's log ends; on
 * TDX it is RTMR2 that is extended, which stands for PCR 10, with SHA-384 of
 * the template's data.
 */
#include "parts.h"
#include "digest.h"

enum { RTMR2 = 2, PCR = 10, ALG_MAX = 16, PATH_SHOWN = 4096 };

/* One word off @line, and the blanks around it. */
static struct rv_span word(struct rv_span *line)
{
	struct rv_span w;

	while (line->n && *line->p == ' ')
		*line = rv_span(line->p + 1, line->n - 1);
	w = rv_span(line->p, 0);
	while (line->n && *line->p != ' ') {
		*line = rv_span(line->p + 1, line->n - 1);
		w.n++;
	}
	return w;
}

static bool is_hash(struct rv_span s)
{
	uint8_t b[48];

	return (s.n == 40 && rv_unhex(s, b, 20)) ||
	       (s.n == 64 && rv_unhex(s, b, 32)) ||
	       (s.n == 96 && rv_unhex(s, b, 48));
}

bool rv_ev_is_ima(struct rv_span in)
{
	struct rv_span line;
	uint64_t n;

	return rv_line(&in, &line) && rv_decimal(word(&line), 23, &n) &&
	       is_hash(word(&line)) && rv_starts(word(&line), rv_text("ima"));
}

static void field(struct rv_grow *g, struct rv_span a, struct rv_span b)
{
	rv_grow_le(g, a.n + b.n, 4);
	rv_grow_add(g, a.p, a.n);
	rv_grow_add(g, b.p, b.n);
}

/*
 * ima-ng and ima-sig without a signature: "d-ng|n-ng" and "d-ng|n-ng|sig". A
 * field is its length and its bytes; d-ng the hash's name, ":", NUL, the hash;
 * n-ng the path and a NUL.
 */
static bool template_data(struct rv_span name, struct rv_span fields,
			  struct rv_grow *g, bool *known, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf hash = { 0 };
	struct rv_span digest = word(&fields), alg = digest;
	uint8_t head[ALG_MAX + 2];
	const uint8_t *colon = memchr(digest.p, ':', digest.n);
	bool sig = rv_same_text(name, "ima-sig");

	*known = colon && (sig || rv_same_text(name, "ima-ng"));
	if (!*known)
		return true;
	alg.n = (size_t)(colon - digest.p);
	if (alg.n > ALG_MAX)
		return rv_fail(err, RV_INPUT, "hash of an unknown kind");
	if (!rv_unhex_buf(rv_span(colon + 1, digest.n - alg.n - 1), "hash",
			  &hash, err))
		return false;
	memcpy(head, alg.p, alg.n);
	memcpy(head + alg.n, ":", 2);
	if (fields.n && *fields.p == ' ')
		fields = rv_span(fields.p + 1, fields.n - 1);
	/* A signature would follow the path, which may have blanks itself. */
	*known = !sig || !memchr(fields.p, ' ', fields.n);
	field(g, rv_span(head, alg.n + 2), rv_buf_span(&hash));
	field(g, fields, rv_span("", 1));
	if (sig)
		rv_grow_le(g, 0, 4);
	return true;
}

/* The digest that RTMR2 was extended with. */
static bool extended(struct rv_span hash, struct rv_span name,
		     struct rv_span fields, struct rv_sha384 *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_sha384 d;
	uint8_t said[48] = { 0 };
	bool known;

	if (!rv_unhex(hash, said, hash.n / 2))
		return rv_fail(err, RV_INPUT, "hash: no hex digits");
	/* A violation: nothing was measured, and all ones are extended. */
	if (rv_all_zero(rv_span(said, hash.n / 2))) {
		memset(out->b, 0xff, sizeof out->b);
		return true;
	}
	if (!template_data(name, fields, &g, &known, err))
		return false;
	if (g.failed)
		return rv_no_memory(err, "IMA list");
	if (!known && hash.n / 2 != sizeof out->b)
		return rv_fail(err, RV_INPUT,
			       "template %.*s, of which no SHA-384 is known",
			       name.n < 40 ? (int)name.n : 40,
			       (const char *)name.p);
	memcpy(out->b, said, sizeof out->b);
	if (!known)
		return true;
	if (!rv_sha384(rv_buf_span(&g.buf), &d, err))
		return false;
	if (hash.n / 2 == sizeof out->b && memcmp(d.b, said, sizeof said) != 0)
		return rv_fail(err, RV_INPUT,
			       "its hash is not that of its contents");
	*out = d;
	return true;
}

static bool one_line(struct rv_span line, struct rv_log *log,
		     struct rv_err *err)
{
	struct rv_span pcr = word(&line), hash = word(&line);
	struct rv_span name = word(&line), path = line;
	struct ev_in e = { .imr = RTMR2, .type = RV_EV_IPL, .version = 1 };
	struct rv_sha384 digest;
	uint64_t index;

	if (!rv_decimal(pcr, 23, &index) || (index != PCR && index != RTMR2))
		return rv_fail(err, RV_INPUT,
			       "register %.*s: neither PCR %d nor RTMR%d",
			       pcr.n < 20 ? (int)pcr.n : 20,
			       pcr.n ? (const char *)pcr.p : "", PCR, RTMR2);
	if (!is_hash(hash))
		return rv_fail(err, RV_INPUT, "no hash of a template");
	if (!extended(hash, name, line, &digest, err))
		return false;
	word(&path);
	if (path.n && *path.p == ' ')
		path = rv_span(path.p + 1, path.n - 1);
	e.digest = rv_span(digest.b, sizeof digest.b);
	e.name = rv_span(path.p, path.n < PATH_SHOWN ? path.n : PATH_SHOWN);
	return rv_ev_push(log, &e, err);
}

bool rv_ev_log_ima(struct rv_span in, struct rv_log *out, struct rv_err *err)
{
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };
	struct rv_span line;

	for (size_t i = 1; rv_line(&in, &line); i++) {
		if (line.n && !one_line(line, &log, err))
			return rv_in(err, "IMA list: line %zu", i);
	}
	*out = RV_TAKE(log);
	return true;
}
