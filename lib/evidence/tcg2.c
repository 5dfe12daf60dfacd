/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcg2.c - binary event logs: TCG PC Client Platform Firmware Profile 1.06,
 * section 10 (TCG_PCClientPCREvent, TCG_EfiSpecIDEvent, TCG_PCR_EVENT2), as
 * the ACPI table CCEL carries them. In a CCEL, register index 1 is RTMR0 and
 * 4 is RTMR3; what follows the last event is 0xff or 0 to the end. The log of
 * a TPM has PCRs for indexes, and its first event is always of PCR 0: which no
 * log of a TDX machine has an event for.
 */
#include "parts.h"
#include "digest.h"

enum { ALG_SHA256 = 0xb, ALG_SHA384 = 0xc, ALGS_MAX = 16, HEADER = 32 };

/* The header's table: which banks each event carries, and their sizes. */
struct banks {
	size_t n;
	struct {
		uint16_t alg, size;
	} bank[ALGS_MAX];
	uint16_t alg; /* the one that is read */
};

bool rv_ev_is_tcg2(struct rv_span in)
{
	struct rv_span s;

	return rv_sub(in, HEADER, 16, &s) &&
	       rv_same(s, rv_span("Spec ID Event03", 16));
}

/* Sizes that the algorithm identifiers of the TCG registry fix. */
static bool size_fits(uint16_t alg, uint16_t size)
{
	switch (alg) {
	case 0x4:
		return size == 20;
	case 0xb:
	case 0x12:
		return size == 32;
	case ALG_SHA384:
		return size == 48;
	case 0xd:
		return size == 64;
	default:
		return size > 0 && size <= RV_DIGEST_MAX;
	}
}

static bool read_banks(struct rv_span spec, struct banks *out,
		       struct rv_err *err)
{
	struct rv_rd r = rv_rd(spec, "tcg2: header event");
	struct banks b = { 0 };
	uint32_t n;
	uint8_t minor, major;

	rv_take(&r, 16, "signature");
	rv_le32(&r, "platform class");
	minor = rv_u8(&r, "minor version");
	major = rv_u8(&r, "major version");
	rv_take(&r, 2, "errata and size of UINTN");
	n = rv_le32(&r, "number of algorithms");
	if (!rv_rd_ok(&r, err))
		return false;
	if (major != 2)
		return rv_fail(err, RV_INPUT,
			       "tcg2: log version %u.%u, only 2.x is known",
			       major, minor);
	if (n < 1 || n > ALGS_MAX)
		return rv_fail(err, RV_INPUT,
			       "tcg2: %u digest algorithms, 1 to %d", n,
			       ALGS_MAX);
	for (; b.n < n; b.n++) {
		uint16_t alg = rv_le16(&r, "algorithm");
		uint16_t size = rv_le16(&r, "digest size");

		if (!rv_rd_ok(&r, err))
			return false;
		if (!size_fits(alg, size))
			return rv_fail(err, RV_INPUT,
				       "tcg2: algorithm %#x of %u bytes", alg,
				       size);
		for (size_t k = 0; k < b.n; k++)
			if (b.bank[k].alg == alg)
				return rv_fail(err, RV_INPUT,
					       "tcg2: algorithm %#x twice",
					       alg);
		b.bank[b.n].alg = alg;
		b.bank[b.n].size = size;
	}
	rv_take(&r, rv_u8(&r, "size of vendor info"), "vendor info");
	if (!rv_rd_end(&r, err))
		return false;
	*out = b;
	return true;
}

/* The first event has the old layout: one SHA-1 digest, and it is zero. */
static bool read_header(struct rv_rd *r, struct banks *out, struct rv_err *err)
{
	struct rv_span digest, spec;
	uint32_t type;

	rv_le32(r, "header register");
	type = rv_le32(r, "header type");
	digest = rv_take(r, 20, "header digest");
	spec = rv_take(r, rv_le32(r, "header size"), "header event");
	if (!rv_rd_ok(r, err))
		return false;
	if (type != RV_EV_NO_ACTION || !rv_all_zero(digest))
		return rv_fail(err, RV_INPUT,
			       "tcg2: header of type %#x or with a digest",
			       type);
	return read_banks(spec, out, err);
}

/* TPML_DIGEST_VALUES: each of the header's banks once, in any order. */
static bool read_digests(struct rv_rd *r, const struct banks *b,
			 struct rv_span *digest, struct rv_err *err)
{
	uint32_t n = rv_le32(r, "number of digests");
	bool seen[ALGS_MAX] = { false };

	if (rv_rd_ok(r, err) && n != b->n)
		return rv_fail(err, RV_INPUT,
			       "tcg2: %u digests, the header names %zu banks",
			       n, b->n);
	while (n-- && rv_rd_ok(r, err)) {
		uint16_t alg = rv_le16(r, "algorithm of a digest");
		struct rv_span d;
		size_t k = 0;

		if (!rv_rd_ok(r, err))
			return false;
		while (k < b->n && b->bank[k].alg != alg)
			k++;
		if (k == b->n || seen[k])
			return rv_fail(
			    err, RV_INPUT, "tcg2: algorithm %#x %s", alg,
			    k == b->n ? "is not in the header" : "twice");
		seen[k] = true;
		d = rv_take(r, b->bank[k].size, "digest");
		if (alg == b->alg)
			*digest = d;
	}
	return rv_rd_ok(r, err);
}

/* What a PCR 0 that is started from another locality begins with. */
static void note_locality(struct rv_span event, struct rv_log *log)
{
	static const char signature[] = "StartupLocality"; /* with its NUL */
	struct rv_span s;

	if (event.n == sizeof signature + 1 &&
	    rv_sub(event, 0, sizeof signature, &s) &&
	    rv_same(s, rv_span(signature, sizeof signature)))
		log->locality = event.p[sizeof signature];
}

static bool read_event(struct rv_rd *r, const struct banks *b,
		       struct rv_log *log, struct rv_err *err)
{
	struct ev_in in = { .version = 1 };
	uint32_t index = rv_le32(r, "register");

	in.type = rv_le32(r, "type");
	if (!rv_rd_ok(r, err) || !read_digests(r, b, &in.digest, err))
		return false;
	in.payload = rv_take(r, rv_le32(r, "size of event"), "event");
	if (!rv_rd_ok(r, err))
		return false;
	/* Informational: no register was extended. */
	if (in.type == RV_EV_NO_ACTION) {
		note_locality(in.payload, log);
		return true;
	}
	if (log->bank != RV_BANK_TDX) {
		in.imr = index;
		return rv_ev_push(log, &in, err);
	}
	if (index < 1 || index > 4)
		return rv_fail(err, RV_INPUT,
			       "tcg2: register index %u, a TDX log has 1 to 4"
			       " (is this the log of a TPM?)",
			       index);
	/* dstack keeps its own events elsewhere, with the names they need. */
	if (in.type == RV_EV_DSTACK_RUNTIME)
		return rv_fail(err, RV_INPUT,
			       "tcg2: a dstack runtime event, whose name a"
			       " binary log cannot hold");
	in.imr = index - 1;
	return rv_ev_push(log, &in, err);
}

static bool has_bank(const struct banks *b, uint16_t alg)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->bank[i].alg == alg)
			return true;
	return false;
}

/* The index of the first event that extends a register; UINT32_MAX: none. */
static uint32_t first_index(struct rv_rd r, const struct banks *b)
{
	struct rv_err ignored = { 0 };
	struct rv_span digest;

	while (rv_rd_left(&r)) {
		uint32_t index = rv_le32(&r, "register");
		uint32_t type = rv_le32(&r, "type");

		if (!read_digests(&r, b, &digest, &ignored))
			break;
		rv_take(&r, rv_le32(&r, "size of event"), "event");
		if (type != RV_EV_NO_ACTION)
			return r.field ? UINT32_MAX : index;
	}
	return UINT32_MAX;
}

/* Whose log it is, and the bank that is replayed. */
static bool choose(struct rv_rd r, struct banks *b, struct rv_log *log,
		   struct rv_err *err)
{
	bool sha256 = has_bank(b, ALG_SHA256);
	bool sha384 = has_bank(b, ALG_SHA384);

	if (first_index(r, b) == 0 && (sha256 || sha384))
		log->bank = sha256 ? RV_BANK_TPM_SHA256 : RV_BANK_TPM_SHA384;
	else if (!sha384)
		return rv_fail(err, RV_INPUT, "tcg2: no SHA-384 digests");
	b->alg = log->bank == RV_BANK_TPM_SHA256 ? ALG_SHA256 : ALG_SHA384;
	return true;
}

/* All that is left is one padding byte, 0xff or 0, again and again. */
static bool only_padding(const struct rv_rd *r)
{
	struct rv_span rest;

	if (!rv_sub(r->in, r->off, rv_rd_left(r), &rest) || rest.n == 0)
		return false;
	if (rest.p[0] != 0xff && rest.p[0] != 0)
		return false;
	return rest.n == 1 || memcmp(rest.p, rest.p + 1, rest.n - 1) == 0;
}

bool rv_ev_log_tcg2(struct rv_span in, struct rv_log *out, struct rv_err *err)
{
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };
	struct rv_rd r = rv_rd(in, "tcg2");
	struct banks b = { 0 };
	size_t index = 0;

	if (!read_header(&r, &b, err) || !choose(r, &b, &log, err))
		return false;
	for (; rv_rd_left(&r); index++) {
		uint32_t next = (uint32_t)rv_num(rv_span(
		    in.p + r.off, rv_rd_left(&r) < 4 ? rv_rd_left(&r) : 4));
		size_t at = r.off;

		/* No register has these numbers: the tail begins here. */
		if ((next == 0 || next == UINT32_MAX || rv_rd_left(&r) < 4) &&
		    only_padding(&r))
			break;
		if (!read_event(&r, &b, &log, err))
			return rv_in(err, "event %zu at byte %zu", index, at);
	}
	/* IMA goes on in RTMR2, applications in RTMR3. */
	log.open = log.bank == RV_BANK_TDX ? 1u << 2 | 1u << 3 : 0;
	*out = RV_TAKE(log);
	return true;
}
