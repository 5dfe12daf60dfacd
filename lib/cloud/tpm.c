/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tpm.c - what a TPM signs when it is asked for its PCRs (TPMS_ATTEST), and how
 * (TPMT_SIGNATURE); big-endian, each variable part behind its 16-bit length
 * (TCG, Trusted Platform Module Library, part 2).
 */
#include "base.h"
#include "digest.h"

#include <refval/gcp.h>

enum {
	GENERATED_HIGH = 0xff54, /* TPM_GENERATED_VALUE, 6.2 */
	GENERATED_LOW = 0x4347,
	ATTEST_QUOTE = 0x8018, /* TPM_ST_ATTEST_QUOTE, 6.9 */
	ALG_SHA256 = 0x000b,   /* 6.3 */
	ALG_RSASSA = 0x0014,
	ALG_ECDSA = 0x0018,
	NAME = 34, /* an algorithm's number, and its digest */
	EXTRA_MAX = 64,
	SELECT = RV_TPM_PCRS / 8,
	DIGEST = 32,
	HALF = 32,
};

static uint64_t number(struct rv_rd *r, size_t n, const char *field)
{
	return rv_num_be(rv_take(r, n, field));
}

/* A TPM2B: its length, and so many bytes. */
static struct rv_span sized(struct rv_rd *r, const char *field)
{
	size_t n = rv_be16(r, field);

	return rv_take(r, n, field);
}

/* TPML_PCR_SELECTION of one bank. */
static bool selection(struct rv_rd *r, struct rv_tpm_quote *q,
		      struct rv_err *err)
{
	uint64_t banks = number(r, 4, "selections");
	uint16_t alg = rv_be16(r, "bank");
	uint8_t n = rv_u8(r, "size of the selection");
	struct rv_span bits;

	if (!rv_rd_ok(r, err))
		return false;
	if (banks != 1 || alg != ALG_SHA256 || n != SELECT)
		return rv_fail(err, RV_INPUT,
			       "TPM quote: %" PRIu64 " selections, bank %#x of"
			       " %u bytes: only one of SHA-256 is known",
			       banks, alg, n);
	bits = rv_take(r, n, "selection");
	q->pcrs = (uint32_t)rv_num(bits);
	return rv_rd_ok(r, err);
}

static bool check(const struct rv_tpm_quote *q, uint8_t safe,
		  struct rv_err *err)
{
	if (q->signer.n != NAME || q->signer.p[0] != 0 ||
	    q->signer.p[1] != ALG_SHA256)
		return rv_fail(err, RV_INPUT,
			       "TPM quote: a qualified signer of %zu bytes, not"
			       " SHA-256's %d",
			       q->signer.n, NAME);
	if (q->extra.n > EXTRA_MAX)
		return rv_fail(err, RV_INPUT,
			       "TPM quote: extraData of %zu bytes, at most %d",
			       q->extra.n, EXTRA_MAX);
	if (safe > 1)
		return rv_fail(err, RV_INPUT, "TPM quote: safe is %u", safe);
	if (q->digest.n != DIGEST)
		return rv_fail(err, RV_INPUT,
			       "TPM quote: a PCR digest of %zu bytes, not %d",
			       q->digest.n, DIGEST);
	return true;
}

bool rv_tpm_quote_read(struct rv_span in, struct rv_tpm_quote *out,
		       struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "TPM quote");
	struct rv_tpm_quote q = { 0 };
	uint16_t magic[2] = { rv_be16(&r, "magic"), rv_be16(&r, "magic") };
	uint16_t type = rv_be16(&r, "type");
	uint8_t safe;

	if (!rv_rd_ok(&r, err))
		return false;
	if (magic[0] != GENERATED_HIGH || magic[1] != GENERATED_LOW ||
	    type != ATTEST_QUOTE)
		return rv_fail(err, RV_INPUT,
			       "TPM quote: magic %04x%04x and type %04x are of"
			       " nothing that a TPM made as a quote",
			       magic[0], magic[1], type);
	q.signer = sized(&r, "qualified signer");
	q.extra = sized(&r, "extraData");
	q.clock = number(&r, 8, "clock");
	q.resets = (uint32_t)number(&r, 4, "resets");
	q.restarts = (uint32_t)number(&r, 4, "restarts");
	safe = rv_u8(&r, "safe");
	q.firmware = number(&r, 8, "firmware version");
	if (!selection(&r, &q, err))
		return false;
	q.digest = sized(&r, "PCR digest");
	q.safe = safe == 1;
	if (!rv_rd_end(&r, err) || !check(&q, safe, err))
		return false;
	*out = q;
	return true;
}

/* A number of at most 32 bytes, to just so many. */
static bool half(struct rv_rd *r, const char *field, uint8_t out[HALF],
		 struct rv_err *err)
{
	struct rv_span s = sized(r, field);

	if (!rv_rd_ok(r, err))
		return false;
	if (s.n == 0 || s.n > HALF)
		return rv_fail(err, RV_INPUT,
			       "TPM signature: %s of %zu bytes, not 1 to %d",
			       field, s.n, HALF);
	memcpy(out + HALF - s.n, s.p, s.n);
	return true;
}

bool rv_tpm_signature_read(struct rv_span in, struct rv_tpm_signature *out,
			   struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "TPM signature");
	struct rv_tpm_signature s = { 0 };
	uint16_t alg = rv_be16(&r, "algorithm");
	uint16_t hash = rv_be16(&r, "hash");

	if (!rv_rd_ok(&r, err))
		return false;
	if ((alg != ALG_RSASSA && alg != ALG_ECDSA) || hash != ALG_SHA256)
		return rv_fail(err, RV_INPUT,
			       "TPM signature: algorithm %#x with hash %#x:"
			       " only RSASSA and ECDSA with SHA-256 are known",
			       alg, hash);
	s.rsa = alg == ALG_RSASSA;
	if (s.rsa)
		s.s = sized(&r, "signature");
	else if (!half(&r, "r", s.ecdsa, err) ||
		 !half(&r, "s", s.ecdsa + HALF, err))
		return false;
	if (!rv_rd_end(&r, err))
		return false;
	*out = s;
	return true;
}

/* ---- PCR0 of Google's firmware ---- */

static bool extend(struct rv_sha256 *pcr, struct rv_span data,
		   struct rv_err *err)
{
	uint8_t both[2 * DIGEST];
	struct rv_sha256 d;

	if (!rv_sha256(data, &d, err))
		return false;
	memcpy(both, pcr->b, DIGEST);
	memcpy(both + DIGEST, d.b, DIGEST);
	return rv_sha256(rv_span(both, sizeof both), pcr, err);
}

bool rv_gcp_pcr0(unsigned technology, struct rv_sha256 *out, struct rv_err *err)
{
	/* EV_S_CRTM_VERSION: UTF-16LE with its NUL. */
	static const char version[] = "GCE Virtual Firmware v2";
	/* EV_NONHOST_INFO: this text, and the technology in 16 bytes. */
	static const char host[] = "GCE NonHostInfo";
	static const uint8_t separator[4];
	uint8_t wide[2 * sizeof version] = { 0 };
	uint8_t info[sizeof host + 16] = { 0 };
	struct rv_sha256 pcr = { 0 };

	for (size_t i = 0; i < sizeof version; i++)
		wide[2 * i] = (uint8_t)version[i];
	memcpy(info, host, sizeof host);
	info[sizeof host] = (uint8_t)technology;
	if (!extend(&pcr, rv_span(wide, sizeof wide), err) ||
	    !extend(&pcr, rv_span(info, sizeof info), err) ||
	    !extend(&pcr, rv_span(separator, sizeof separator), err))
		return false;
	*out = pcr;
	return true;
}
