/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scale.c - VersionedAttestation V0 (DSTACK.md 4.3), in the SCALE codec:
 * little-endian numbers, and before each list or text its length as a
 * compact number of 1, 2, 4 or more bytes, always in its shortest form.
 */
#include "parts.h"

enum { TDX = 0, GCP = 1, SNP = 3, OF_GOOGLE = 1 };

enum { PLATFORMS = 5 }; /* TDX, GCP, a Nitro Enclave, SEV-SNP, a NitroTPM */

/* A compact number below 2^32; false: malformed, or not the shortest form. */
static bool compact(struct rv_rd *r, const char *what, size_t *out,
		    struct rv_err *err)
{
	uint8_t first = rv_u8(r, what);
	unsigned mode = first & 3;
	size_t more = mode == 1 ? 1 : mode == 2 ? 3 : 4;
	uint64_t v = first >> 2;

	if (mode == 3) {
		if (v != 0)
			return rv_fail(err, RV_INPUT,
				       "attestation: %s: a length above 32"
				       " bits",
				       what);
		v = rv_le32(r, what);
	} else if (mode != 0) {
		v |= rv_num(rv_take(r, more, what)) << 6;
	}
	if (!rv_rd_ok(r, err))
		return false;
	if ((mode == 1 && v < 1 << 6) || (mode == 2 && v < 1 << 14) ||
	    (mode == 3 && v < 1 << 30))
		return rv_fail(err, RV_INPUT,
			       "attestation: %s: length not in its shortest"
			       " form",
			       what);
	*out = (size_t)v;
	return true;
}

static bool bytes(struct rv_rd *r, const char *what, struct rv_span *out,
		  struct rv_err *err)
{
	size_t n;

	if (!compact(r, what, &n, err))
		return false;
	*out = rv_take(r, n, what);
	return rv_rd_ok(r, err);
}

static bool count(struct rv_rd *r, const char *what, size_t *out,
		  struct rv_err *err)
{
	if (!compact(r, what, out, err))
		return false;
	if (*out > EV_EVENTS_MAX)
		return rv_fail(err, RV_INPUT,
			       "attestation: %s: %zu, at most %d", what, *out,
			       EV_EVENTS_MAX);
	return true;
}

static bool read_log(struct rv_rd *r, struct rv_log *out, struct rv_err *err)
{
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };
	size_t n;

	if (!count(r, "events", &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct ev_in in = { .version = 1 };

		in.imr = rv_le32(r, "imr");
		in.type = rv_le32(r, "event type");
		if (!bytes(r, "digest", &in.digest, err) ||
		    !bytes(r, "event", &in.name, err) ||
		    !bytes(r, "event payload", &in.payload, err) ||
		    !rv_ev_push(&log, &in, err))
			return rv_in(err, "event %zu", i);
	}
	*out = RV_TAKE(log);
	return true;
}

static bool read_runtime(struct rv_rd *r, struct rv_log *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };
	size_t n;

	if (!count(r, "runtime events", &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct ev_in in = { .imr = 3,
				    .type = RV_EV_DSTACK_RUNTIME,
				    .version = 1 };

		if (!bytes(r, "event", &in.name, err) ||
		    !bytes(r, "payload", &in.payload, err) ||
		    !rv_ev_push(&log, &in, err))
			return rv_in(err, "runtime event %zu", i);
	}
	*out = RV_TAKE(log);
	return true;
}

static bool read_tdx(struct rv_rd *r, struct rv_evidence *out,
		     struct rv_err *err)
{
	struct rv_span quote;

	if (!bytes(r, "quote", &quote, err) || !read_log(r, &out->log, err))
		return false;
	if (!rv_ev_is_quote(quote))
		return rv_fail(err, RV_INPUT,
			       "attestation: %zu bytes that are no quote",
			       quote.n);
	out->log_format = out->log.n ? RV_LOG_SCALE : RV_LOG_NONE;
	return rv_buf_copy(quote, &out->quote, err);
}

static bool read_pcrs(struct rv_rd *r, struct rv_evidence *out,
		      struct rv_err *err)
{
	size_t n;

	if (!count(r, "PCRs", &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t index = rv_le32(r, "PCR");
		struct rv_span algorithm, value;

		if (!bytes(r, "algorithm", &algorithm, err) ||
		    !bytes(r, "PCR", &value, err) ||
		    !rv_ev_vtpm_pcr(index, algorithm, value, out, err))
			return rv_in(err, "PCR value %zu", i);
	}
	return true;
}

static bool read_tpm_log(struct rv_rd *r, struct rv_evidence *out,
			 struct rv_err *err)
{
	size_t n;

	if (!count(r, "events of the vTPM", &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t pcr = rv_le32(r, "PCR");
		struct rv_span digest;

		if (!bytes(r, "digest", &digest, err) ||
		    !rv_ev_vtpm_event(pcr, digest, out, err))
			return rv_in(err, "event %zu of the vTPM", i);
	}
	return true;
}

/* TpmQuote: what it signed, its PCRs, the key's certificate, its log. */
static bool read_tpm(struct rv_rd *r, struct rv_evidence *out,
		     struct rv_err *err)
{
	struct rv_span message, signature, certificate;
	uint8_t whose;

	if (!bytes(r, "TPM quote", &message, err) ||
	    !bytes(r, "TPM signature", &signature, err) ||
	    !read_pcrs(r, out, err) ||
	    !bytes(r, "certificate of the vTPM's key", &certificate, err) ||
	    !rv_ev_vtpm_quote(message, signature, certificate, out, err))
		return false;
	whose = rv_u8(r, "platform of the vTPM");
	if (!rv_rd_ok(r, err))
		return false;
	if (whose != OF_GOOGLE)
		return rv_fail(err, RV_INPUT,
			       "attestation: a vTPM of platform %u, not of"
			       " Google's",
			       whose);
	return read_tpm_log(r, out, err);
}

/*
 * Builds of December 2025 wrote an option before each of the two quotes, as no
 * release does: told by where the quote begins.
 */
static bool has_options(const struct rv_rd *r)
{
	struct rv_err ignored = { 0 };
	struct rv_rd from = *r;
	struct rv_span quote;

	return rv_u8(&from, "option") == 1 &&
	       bytes(&from, "quote", &quote, &ignored) && rv_ev_is_quote(quote);
}

static bool option(struct rv_rd *r, bool there, struct rv_err *err)
{
	if (!there)
		return true;
	if (rv_u8(r, "option") != 1 && !r->field)
		return rv_fail(err, RV_INPUT,
			       "attestation: no quote of a vTPM in it");
	return rv_rd_ok(r, err);
}

static bool read_gcp(struct rv_rd *r, struct rv_evidence *out,
		     struct rv_err *err)
{
	bool options = has_options(r);

	return option(r, options, err) && read_tdx(r, out, err) &&
	       option(r, options, err) && read_tpm(r, out, err);
}

static bool read_snp(struct rv_rd *r, struct rv_evidence *out,
		     struct rv_err *err)
{
	struct rv_span report, cert, config;
	size_t n;

	if (!bytes(r, "report", &report, err) ||
	    !rv_ev_snp_report(report, out, err) ||
	    !count(r, "certificates", &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!bytes(r, "certificate", &cert, err) ||
		    !rv_ev_snp_cert(cert, out, err))
			return rv_in(err, "certificate %zu", i);
	return bytes(r, "mr_config", &config, err) &&
	       rv_ev_snp_config(config, out, err);
}

/* Of an enclave, or of a NitroTPM: the document says which. */
static bool read_nitro(struct rv_rd *r, struct rv_evidence *out,
		       struct rv_err *err)
{
	struct rv_span document;

	return bytes(r, "document", &document, err) &&
	       rv_ev_nitro(document, out, err);
}

bool rv_ev_scale(struct rv_span in, struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_log_free) struct rv_log runtime = { 0 };
	struct rv_rd r = rv_rd(in, "attestation");
	uint8_t version = rv_u8(&r, "version");
	uint8_t kind = rv_u8(&r, "platform");
	struct rv_span report_data, config;

	if (!rv_rd_ok(&r, err))
		return false;
	if (version != 0 || kind >= PLATFORMS)
		return rv_fail(err, RV_INPUT,
			       "attestation: version %u, platform %u", version,
			       kind);
	if (!(kind == TDX   ? read_tdx
	      : kind == GCP ? read_gcp
	      : kind == SNP ? read_snp
			    : read_nitro)(&r, out, err) ||
	    !read_runtime(&r, &runtime, err))
		return false;
	report_data = rv_take(&r, sizeof out->report_data, "report_data");
	if (!bytes(&r, "config", &config, err) || !rv_rd_end(&r, err))
		return false;
	memcpy(out->report_data, report_data.p, sizeof out->report_data);
	out->has_report_data = true;
	return rv_ev_runtime_events(&runtime, RV_LOG_SCALE, out, err) &&
	       rv_ev_vm_config(config, out, err);
}
