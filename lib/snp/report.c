/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - an attestation report, decoded (SEV-SNP ABI, section 7.3). */
#include "snp.h"

/* Bits of the guest's policy (table 9). */
#define POLICY_ONE (1ull << 17) /* always set */

enum { SIGNATURE_AT = 0x2a0, ALGORITHM_P384 = 1 };

const char *rv_snp_product_name(enum rv_snp_product p)
{
	static const char *const name[] = { "unknown", "Milan", "Genoa",
					    "Turin" };

	return name[p];
}

static struct rv_span part(struct rv_span bytes, size_t at, size_t n)
{
	return rv_span(bytes.p + at, n);
}

static uint32_t le32(struct rv_span bytes, size_t at)
{
	return (uint32_t)rv_num(part(bytes, at, 4));
}

/*
 * Bytes that every known version leaves zero. They are signed: what they will
 * mean is not known, so that one which is set is told, not refused.
 */
static uint16_t find_reserved(struct rv_span b, uint32_t version)
{
	const struct {
		uint16_t from, to;
	} row[] = {
		{ 0x4c, 0x50 },
		{ version < 3 ? 0x188 : 0x18b, 0x1a0 },
		{ 0x1eb, 0x1ec },
		{ 0x1ef, 0x1f0 },
		{ version < 5 ? 0x1f8 : 0x208, SIGNATURE_AT },
		{ 0x330, RV_SNP_REPORT }, /* behind r and s */
	};

	for (size_t i = 0; i < RV_LEN(row); i++)
		for (uint16_t at = row[i].from; at < row[i].to; at++)
			if (b.p[at])
				return at;
	return 0;
}

static void spread(struct rv_span b, struct rv_snp_report *r)
{
	r->guest_svn = le32(b, 0x04);
	r->policy = rv_num(part(b, 0x08, 8));
	r->family_id = part(b, 0x10, 16);
	r->image_id = part(b, 0x20, 16);
	r->vmpl = le32(b, 0x30);
	r->current_tcb = part(b, 0x38, 8);
	r->platform_info = rv_num(part(b, 0x40, 8));
	r->author_key = b.p[0x48] & 1;
	r->masked = b.p[0x48] & 2;
	r->signer = le32(b, 0x48) >> 2 & 7;
	r->report_data = part(b, 0x50, 64);
	r->measurement = part(b, 0x90, 48);
	r->host_data = part(b, 0xc0, 32);
	r->id_key_digest = part(b, 0xe0, 48);
	r->author_key_digest = part(b, 0x110, 48);
	r->report_id = part(b, 0x140, 32);
	r->report_id_ma = part(b, 0x160, 32);
	r->reported_tcb = part(b, 0x180, 8);
	r->chip_id = part(b, 0x1a0, 64);
	r->committed_tcb = part(b, 0x1e0, 8);
	r->launch_tcb = part(b, 0x1f0, 8);
	r->has_cpuid = r->version >= 3;
	if (r->has_cpuid) {
		r->family = b.p[0x188];
		r->model = b.p[0x189];
		r->stepping = b.p[0x18a];
	}
	r->reserved_at = find_reserved(b, r->version);
}

bool rv_snp_report_read(struct rv_span bytes, struct rv_snp_report *out,
			struct rv_err *err)
{
	struct rv_snp_report r = { .bytes = bytes };
	uint32_t algorithm;

	if (bytes.n != RV_SNP_REPORT)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP report: %zu bytes, not %d", bytes.n,
			       RV_SNP_REPORT);
	r.version = le32(bytes, 0);
	if (r.version != 2 && r.version != 3 && r.version != 5)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP report: version %" PRIu32
			       ", not 2, 3 or 5",
			       r.version);
	algorithm = le32(bytes, 0x34);
	if (algorithm != ALGORITHM_P384)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP report: signature algorithm %" PRIu32
			       ", not 1 (ECDSA P-384 with SHA-384)",
			       algorithm);
	spread(bytes, &r);
	if (!(r.policy & POLICY_ONE))
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP report: policy bit 17 is clear, which"
			       " no report has");
	*out = r;
	return true;
}

/* By extended family and model (AMD 56860, table 23: CPUID_1_EAX). */
enum rv_snp_product rv_snp_report_product(const struct rv_snp_report *r)
{
	static const struct {
		uint8_t family, first, last;
		enum rv_snp_product product;
	} row[] = {
		{ 0x19, 0x00, 0x0f, RV_SNP_MILAN },
		{ 0x19, 0x10, 0x1f, RV_SNP_GENOA },
		{ 0x19, 0xa0, 0xaf, RV_SNP_GENOA },
		{ 0x1a, 0x00, 0x11, RV_SNP_TURIN },
	};

	for (size_t i = 0; r->has_cpuid && i < RV_LEN(row); i++)
		if (row[i].family == r->family && r->model >= row[i].first &&
		    r->model <= row[i].last)
			return row[i].product;
	return RV_SNP_UNKNOWN;
}

bool rv_snp_tcb_read(enum rv_snp_product product, struct rv_span version,
		     struct rv_snp_tcb *out)
{
	const uint8_t *p = version.p;
	bool turin = product == RV_SNP_TURIN;

	if (version.n != 8 ||
	    !rv_all_zero(rv_span(p + (turin ? 4 : 2), turin ? 3 : 4)))
		return false;
	*out = turin
		   ? (struct rv_snp_tcb){ .fmc = p[0],
					  .bl = p[1],
					  .tee = p[2],
					  .snp = p[3],
					  .ucode = p[7] }
		   : (struct rv_snp_tcb){
			     .bl = p[0], .tee = p[1], .snp = p[6], .ucode = p[7]
		     };
	return true;
}
