/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - the bytes of an attestation report: an SPDM 1.1 GET_MEASUREMENTS
 * request and its response as they went over the wire, DMTF DSP0274 1.1.1,
 * sections 10.11.1 (request) and 10.11.2 (response, table 44). The signature is
 * over all of it but itself. Every byte has a place, and nothing is left over.
 */
#include "gpu.h"

enum {
	REQUEST = 37, /* header, nonce, slot */
	RESPONSE = 8, /* header, number of blocks, record length */
	RANDOM = 32,  /* the device's own nonce */
	SIGNATURE = 96,
	SPDM = 0x11,
	GET_MEASUREMENTS = 0xe0,
	MEASUREMENTS = 0x60,
	DMTF = 1, /* MeasurementSpecification */
};

static const char NVDAOD[] = "NVDAOD";

/* DSP0274, 10.11.2.1 and table 46: one measurement block of the record. */
static bool read_block(struct rv_rd *rd, unsigned i, struct rv_gpu_report *out,
		       struct gpu_why *why)
{
	unsigned index = rv_u8(rd, "index");
	unsigned spec = rv_u8(rd, "specification");
	size_t size = rv_le16(rd, "size"), inside;

	if (rd->field || index < 1 || spec != DMTF)
		return rv_gpu_doubt(why, "report-block",
				    "measurement block %u: index %u,"
				    " specification %u",
				    i, index, spec);
	if (size < 3 || size > rv_rd_left(rd))
		return rv_gpu_doubt(
		    why, "report-block-size",
		    "measurement block %u: %zu bytes, %zu are left", i, size,
		    rv_rd_left(rd));
	(void)rv_u8(rd, "value type");
	inside = rv_le16(rd, "value size");
	if (inside + 3 != size)
		return rv_gpu_doubt(
		    why, "report-value-size",
		    "measurement block %u: a value of %zu bytes in"
		    " a block of %zu",
		    i, inside, size);
	if (out->value[index - 1].p)
		return rv_gpu_doubt(why, "report-duplicate-index",
				    "measurement index %u twice", index - 1);
	out->value[index - 1] = rv_take(rd, inside, "value");
	return true;
}

static bool read_record(struct rv_span record, struct rv_gpu_report *out,
			struct gpu_why *why)
{
	struct rv_rd rd = rv_rd(record, "record");

	for (unsigned i = 0; i < out->blocks; i++)
		if (!read_block(&rd, i, out, why))
			return false;
	if (out->blocks == 0 || rv_rd_left(&rd) != 0)
		return rv_gpu_doubt(why, "report-record-rest",
				    "%u measurements, %zu bytes behind them",
				    out->blocks, rv_rd_left(&rd));
	return true;
}

/* type 2, size 2, value; NVIDIA's own form of DSP0274's OpaqueData. */
static bool read_opaque(struct rv_span opaque, struct rv_gpu_report *out,
			struct gpu_why *why)
{
	struct rv_rd rd = rv_rd(opaque, "opaque");
	struct rv_span head;

	if (rv_sub(opaque, 0, strlen(NVDAOD), &head) &&
	    rv_same_text(head, NVDAOD))
		return rv_gpu_doubt(
		    why, "report-opaque-version",
		    "opaque data in the form NVDAOD, which is not"
		    " supported");
	while (rv_rd_left(&rd)) {
		struct rv_gpu_field f = { .type = rv_le16(&rd, "type") };
		size_t size = rv_le16(&rd, "size");

		f.value = rv_take(&rd, size, "value");
		if (rd.field)
			return rv_gpu_doubt(why, "report-opaque",
					    "opaque field %u: %zu bytes do not"
					    " fit",
					    f.type, size);
		if (rv_gpu_report_field(out, f.type).p)
			return rv_gpu_doubt(why, "report-opaque-duplicate",
					    "opaque field %u twice", f.type);
		if (out->fields == RV_GPU_FIELDS)
			return rv_gpu_doubt(why, "report-opaque",
					    "more than %d opaque fields",
					    RV_GPU_FIELDS);
		out->field[out->fields++] = f;
	}
	return true;
}

/* The two headers; everything that is the same in all reports must be. */
static bool read_heads(struct rv_rd *rd, struct rv_gpu_report *out,
		       uint32_t *record, struct gpu_why *why)
{
	unsigned v = rv_u8(rd, "version"), code = rv_u8(rd, "request");

	if (v != SPDM || code != GET_MEASUREMENTS)
		return rv_gpu_doubt(why, "report-request",
				    "request %02x %02x, not SPDM 1.1"
				    " GET_MEASUREMENTS",
				    v, code);
	(void)rv_take(rd, 2, "parameters");
	out->nonce = rv_take(rd, RV_GPU_NONCE, "nonce");
	(void)rv_u8(rd, "slot");
	v = rv_u8(rd, "version");
	code = rv_u8(rd, "response");
	if (v != SPDM || code != MEASUREMENTS)
		return rv_gpu_doubt(why, "report-response",
				    "response %02x %02x, not SPDM 1.1"
				    " MEASUREMENTS",
				    v, code);
	(void)rv_take(rd, 2, "parameters");
	out->blocks = rv_u8(rd, "blocks");
	*record = rv_le16(rd, "record length");
	*record |= (uint32_t)rv_u8(rd, "record length") << 16;
	return true;
}

bool rv_gpu_report_decode(struct rv_span in, struct rv_gpu_report *out,
			  struct gpu_why *why)
{
	struct rv_gpu_report r = { 0 };
	struct rv_rd rd = rv_rd(in, "report");
	uint32_t record = 0;
	struct rv_span opaque;
	size_t size;

	if (in.n < REQUEST + RESPONSE + RANDOM + 2 + SIGNATURE ||
	    in.n > RV_GPU_REPORT_MAX)
		return rv_gpu_doubt(why, "report-short",
				    "a report of %zu bytes, at least %d and at"
				    " most %d are read",
				    in.n,
				    REQUEST + RESPONSE + RANDOM + 2 + SIGNATURE,
				    RV_GPU_REPORT_MAX);
	if (!read_heads(&rd, &r, &record, why))
		return false;
	if (record > rv_rd_left(&rd) - RANDOM - 2 - SIGNATURE)
		return rv_gpu_doubt(why, "report-record-length",
				    "a record of %u bytes in a report of %zu",
				    record, in.n);
	if (!read_record(rv_take(&rd, record, "record"), &r, why))
		return false;
	(void)rv_take(&rd, RANDOM, "response nonce");
	size = rv_le16(&rd, "opaque length");
	if (size + SIGNATURE != rv_rd_left(&rd))
		return rv_gpu_doubt(
		    why, "report-opaque-length",
		    "%zu bytes of opaque data and %d of signature,"
		    " %zu are left",
		    size, SIGNATURE, rv_rd_left(&rd));
	opaque = rv_take(&rd, size, "opaque data");
	if (!read_opaque(opaque, &r, why))
		return false;
	r.covered = rv_span(in.p, rd.off);
	r.signature = rv_take(&rd, SIGNATURE, "signature");
	if (!rv_rd_end(&rd, &why->err))
		return rv_gpu_because(why, "report-short");
	*out = r;
	return true;
}

bool rv_gpu_report_read(struct rv_span in, struct rv_gpu_report *out,
			struct rv_err *err)
{
	struct gpu_why why = { 0 };

	if (rv_gpu_report_decode(in, out, &why))
		return true;
	return rv_fault(err, why.id, "%s", why.err.msg);
}

struct rv_span rv_gpu_report_field(const struct rv_gpu_report *r, uint16_t type)
{
	for (size_t i = 0; i < r->fields; i++)
		if (r->field[i].type == type)
			return r->field[i].value;
	return (struct rv_span){ 0 };
}
