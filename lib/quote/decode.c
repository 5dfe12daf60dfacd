/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - quotes of version 3, 4 and 5 as spans and numbers: checks 1 to 3.
 * Layouts: Intel TDX DCAP Quoting Library API, appendix A.3 (v4), A.4 (v5);
 * Intel SGX ECDSA QuoteLibReference, appendix A.4 (v3).
 */
#include "quote.h"

enum {
	KEY_P256 = 2, /* att_key_type: ECDSA-256 with P-256 */
	HEADER = 48,
	SIGNATURE = 64,
	QE_REPORT = 384,
	CERT_QE_REPORT = 6, /* outer certification data of v4 and v5 */
};

static const uint8_t intel_qe[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c,
				      0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3,
				      0x95, 0x7f, 0x06, 0x07 };

/* SGX report body, 384 bytes: SDM volume 3D, table "REPORT". */
static const struct rv_quote_field sgx[] = {
	{ "cpu_svn", 0, 16 },	      { "miscselect", 16, 4 },
	{ "reserved1", 20, 12 },      { "isv_ext_prod_id", 32, 16 },
	{ "attributes", 48, 16 },     { "mrenclave", 64, 32 },
	{ "reserved2", 96, 32 },      { "mrsigner", 128, 32 },
	{ "reserved3", 160, 32 },     { "config_id", 192, 64 },
	{ "isvprodid", 256, 2 },      { "isvsvn", 258, 2 },
	{ "config_svn", 260, 2 },     { "reserved4", 262, 42 },
	{ "isv_family_id", 304, 16 }, { "report_data", 320, 64 },
};

/* TD report bodies: 1.0 is the first 584 bytes, 1.5 the first 648. */
static const struct rv_quote_field td[] = {
	{ "tee_tcb_svn", 0, 16 },
	{ "mr_seam", 16, 48 },
	{ "mrsigner_seam", 64, 48 },
	{ "seam_attributes", 112, 8 },
	{ "td_attributes", 120, 8 },
	{ "xfam", 128, 8 },
	{ "mrtd", 136, 48 },
	{ "mr_config_id", 184, 48 },
	{ "mr_owner", 232, 48 },
	{ "mr_owner_config", 280, 48 },
	{ "rtmr0", 328, 48 },
	{ "rtmr1", 376, 48 },
	{ "rtmr2", 424, 48 },
	{ "rtmr3", 472, 48 },
	{ "report_data", 520, 64 },
	{ "tee_tcb_svn2", 584, 16 },
	{ "mr_servicetd", 600, 48 },
	{ "vmid", 648, 1 },
	{ "td_id", 649, 32 },
	{ "dev_info", 681, 48 },
	{ "init_servtd_hash", 729, 48 },
	{ "init_servtd_attributes", 777, 8 },
	{ "init_cpu_svn", 785, 16 },
	{ "init_tee_tcb_svn", 801, 16 },
	{ "init_tee_fmspc", 817, 12 },
	{ "cur_servtd_hash", 829, 48 },
	{ "cur_servtd_attributes", 877, 8 },
};

/* By enum rv_body: the table, how much of it, and the size of the body. */
static const struct layout {
	const struct rv_quote_field *field;
	size_t n, size;
} layout[] = {
	[RV_BODY_SGX] = { sgx, RV_LEN(sgx), 384 },
	[RV_BODY_TD10] = { td, 15, 584 },
	[RV_BODY_TD15] = { td, 17, 648 },
	[RV_BODY_TD15_EX] = { td, RV_LEN(td), 885 },
};

const struct rv_quote_field *rv_quote_fields(enum rv_body type, size_t *n)
{
	if (type < RV_BODY_SGX || type > RV_BODY_TD15_EX) {
		*n = 0;
		return NULL;
	}
	*n = layout[type].n;
	return layout[type].field;
}

struct rv_span rv_quote_field(const struct rv_quote *q, const char *name)
{
	struct rv_span got = { 0 };
	size_t n;
	const struct rv_quote_field *f = rv_quote_fields(q->body_type, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].name, name) == 0 &&
		    rv_sub(q->body, f[i].offset, f[i].length, &got))
			return got;
	return (struct rv_span){ 0 };
}

/* A read that did not fit, told with the code of malformed quotes. */
static bool cut_short(const struct rv_rd *r, enum rv_quote_code *code,
		      struct rv_err *err)
{
	return rv_quote_fail(code, RV_QUOTE_FORMAT, err,
			     "%s: %s: needs %zu bytes at %zu of %zu", r->what,
			     r->field, r->want, r->off, r->in.n);
}

/* Check 1: header. */
static bool read_header(struct rv_rd *r, struct rv_quote *q,
			enum rv_quote_code *code, struct rv_err *err)
{
	struct rv_rd h;
	uint32_t tee;

	q->header = rv_take(r, HEADER, "header");
	if (r->field)
		return cut_short(r, code, err);
	h = rv_rd(q->header, "quote header");
	q->version = rv_le16(&h, "version");
	q->att_key_type = rv_le16(&h, "attestation key type");
	tee = rv_le32(&h, "TEE type");
	rv_take(&h, 4, "reserved");
	q->qe_vendor_id = rv_take(&h, 16, "QE vendor id");
	q->user_data = rv_take(&h, 20, "user data");
	if (q->version < 3 || q->version > 5)
		return rv_quote_fail(code, RV_QUOTE_VERSION, err,
				     "version %u, known are 3, 4 and 5",
				     q->version);
	if (q->att_key_type != KEY_P256)
		return rv_quote_fail(code, RV_QUOTE_KEY_TYPE, err,
				     "attestation key type %u, known is 2",
				     q->att_key_type);
	if (tee != RV_TEE_SGX && tee != RV_TEE_TDX)
		return rv_quote_fail(code, RV_QUOTE_TEE_TYPE, err,
				     "TEE type %#" PRIx32
				     ", known are 0 (SGX) and 0x81 (TDX)",
				     tee);
	q->tee = (enum rv_tee)tee;
	if (q->version == 3 && q->tee != RV_TEE_SGX)
		return rv_quote_fail(code, RV_QUOTE_TEE_TYPE, err,
				     "version 3 is for SGX only");
	if (!rv_same(q->qe_vendor_id, rv_span(intel_qe, sizeof intel_qe)))
		return rv_quote_fail(code, RV_QUOTE_QE_VENDOR, err,
				     "the QE vendor id is not Intel's");
	return true;
}

/* Check 2: the body, which version 5 describes and older ones imply. */
static bool read_body(struct rv_rd *r, struct rv_quote *q,
		      enum rv_quote_code *code, struct rv_err *err)
{
	uint32_t size;
	unsigned type;

	q->body_type = q->tee == RV_TEE_SGX ? RV_BODY_SGX : RV_BODY_TD10;
	if (q->version == 5) {
		type = rv_le16(r, "body type");
		size = rv_le32(r, "body size");
		if (r->field)
			return cut_short(r, code, err);
		if (type < RV_BODY_SGX || type > RV_BODY_TD15_EX)
			return rv_quote_fail(code, RV_QUOTE_BODY, err,
					     "body type %u, known are 1 to 4",
					     type);
		if (size != layout[type].size)
			return rv_quote_fail(code, RV_QUOTE_BODY, err,
					     "body type %u in %" PRIu32
					     " bytes instead of %zu",
					     type, size, layout[type].size);
		if ((type == RV_BODY_SGX) != (q->tee == RV_TEE_SGX))
			return rv_quote_fail(
			    code, RV_QUOTE_BODY, err,
			    "body type %u in a quote of %s", type,
			    q->tee == RV_TEE_SGX ? "SGX" : "TDX");
		q->body_type = (enum rv_body)type;
	}
	q->body = rv_take(r, layout[q->body_type].size, "body");
	if (r->field)
		return cut_short(r, code, err);
	q->signed_part = rv_span(r->in.p, r->off);
	return true;
}

/* The QE report and what certifies it; must fill @in exactly. */
static bool read_qe(struct rv_span in, struct rv_quote *q,
		    enum rv_quote_code *code, struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "QE certification data");
	uint32_t len;

	q->qe_report = rv_take(&r, QE_REPORT, "QE report");
	q->qe_signature = rv_take(&r, SIGNATURE, "QE report signature");
	q->auth = rv_take(&r, rv_le16(&r, "QE auth data size"), "QE auth data");
	q->cert_type = rv_le16(&r, "certification data type");
	len = rv_le32(&r, "certification data size");
	if (r.field)
		return cut_short(&r, code, err);
	if (len != rv_rd_left(&r) || len > RV_QUOTE_CERT_MAX)
		return rv_quote_fail(code, RV_QUOTE_FORMAT, err,
				     "certification data of %" PRIu32
				     " bytes, %zu are there, %d may be",
				     len, rv_rd_left(&r), RV_QUOTE_CERT_MAX);
	if (q->cert_type < 1 || q->cert_type > 5)
		return rv_quote_fail(code, RV_QUOTE_CERT_TYPE, err,
				     "certification data of type %u,"
				     " known are 1 to 5",
				     q->cert_type);
	q->cert_data = rv_take(&r, len, "certification data");
	return true;
}

/* Check 3: signature data. Each container is consumed exactly. */
static bool read_signature(struct rv_span in, struct rv_quote *q,
			   enum rv_quote_code *code, struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "signature data");
	unsigned type = CERT_QE_REPORT;
	uint32_t len = 0;
	size_t left;

	q->signature = rv_take(&r, SIGNATURE, "signature");
	q->att_key = rv_take(&r, SIGNATURE, "attestation key");
	if (q->version > 3) {
		type = rv_le16(&r, "certification data type");
		len = rv_le32(&r, "certification data size");
	}
	if (r.field)
		return cut_short(&r, code, err);
	left = rv_rd_left(&r);
	if (type != CERT_QE_REPORT)
		return rv_quote_fail(code, RV_QUOTE_CERT_TYPE, err,
				     "outer certification data of type %u,"
				     " known is 6",
				     type);
	if (q->version > 3 && len != left)
		return rv_quote_fail(code, RV_QUOTE_FORMAT, err,
				     "outer certification data of %" PRIu32
				     " bytes, %zu are there",
				     len, left);
	return read_qe(rv_take(&r, left, "QE certification data"), q, code,
		       err);
}

bool rv_quote_decode(struct rv_span in, struct rv_quote *out,
		     enum rv_quote_code *code, struct rv_err *err)
{
	struct rv_quote q = { 0 };
	struct rv_rd r = rv_rd(in, "quote");
	struct rv_span sig;

	if (in.n > RV_QUOTE_MAX)
		return rv_quote_fail(code, RV_QUOTE_FORMAT, err,
				     "%zu bytes, at most %d are read", in.n,
				     RV_QUOTE_MAX);
	if (!read_header(&r, &q, code, err) || !read_body(&r, &q, code, err))
		return false;
	sig = rv_take(&r, rv_le32(&r, "signature data size"), "signature data");
	if (r.field)
		return cut_short(&r, code, err);
	if (!read_signature(sig, &q, code, err))
		return false;
	/* Zeros are usual here: the quoting service returns its buffer. */
	q.trailing = rv_take(&r, rv_rd_left(&r), "padding");
	q.trailing_nonzero = !rv_all_zero(q.trailing);
	*out = q;
	return true;
}

bool rv_quote_read(struct rv_span in, struct rv_quote *out, struct rv_err *err)
{
	enum rv_quote_code code;

	return rv_quote_decode(in, out, &code, err);
}
