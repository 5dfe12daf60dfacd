/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msgpack.c - VersionedAttestation V1 (DSTACK.md 4.3) in MessagePack. Its
 * structs come as maps with names or as arrays by position, headers in any
 * width, bytes as bin, as an array of numbers, or as text.
 */
#include "parts.h"

enum { DEPTH_MAX = 16 };

enum kind { NIL, BOOL, UINT, OTHER, STR, BIN, ARRAY, MAP };

/* One header: what follows, and how many bytes or items of it. */
struct head {
	enum kind kind;
	uint64_t n;  /* of UINT and BOOL: the value */
	size_t skip; /* bytes of a value that is neither counted nor needed */
};

/*
 * The msgpack specification, "Formats": what the first byte says. @in is the
 * value in its lower bits, @width of how many bytes a count or number follows,
 * @skip what is behind that.
 */
static const struct {
	uint8_t first, last;
	enum kind kind;
	uint8_t in, width, skip;
} formats[] = {
	{ 0x00, 0x7f, UINT, 0x7f, 0, 0 }, /* positive fixint */
	{ 0x80, 0x8f, MAP, 0x0f, 0, 0 },
	{ 0x90, 0x9f, ARRAY, 0x0f, 0, 0 },
	{ 0xa0, 0xbf, STR, 0x1f, 0, 0 },
	{ 0xc0, 0xc0, NIL, 0, 0, 0 },
	{ 0xc2, 0xc3, BOOL, 0x01, 0, 0 },
	{ 0xc4, 0xc4, BIN, 0, 1, 0 },
	{ 0xc5, 0xc5, BIN, 0, 2, 0 },
	{ 0xc6, 0xc6, BIN, 0, 4, 0 },
	{ 0xc7, 0xc7, OTHER, 0, 1, 1 }, /* ext: a type byte and the data */
	{ 0xc8, 0xc8, OTHER, 0, 2, 1 },
	{ 0xc9, 0xc9, OTHER, 0, 4, 1 },
	{ 0xca, 0xca, OTHER, 0, 0, 4 }, /* float */
	{ 0xcb, 0xcb, OTHER, 0, 0, 8 },
	{ 0xcc, 0xcc, UINT, 0, 1, 0 },
	{ 0xcd, 0xcd, UINT, 0, 2, 0 },
	{ 0xce, 0xce, UINT, 0, 4, 0 },
	{ 0xcf, 0xcf, UINT, 0, 8, 0 },
	{ 0xd0, 0xd0, OTHER, 0, 0, 1 }, /* signed */
	{ 0xd1, 0xd1, OTHER, 0, 0, 2 },
	{ 0xd2, 0xd2, OTHER, 0, 0, 4 },
	{ 0xd3, 0xd3, OTHER, 0, 0, 8 },
	{ 0xd4, 0xd4, OTHER, 0, 0, 2 }, /* fixext: a type byte and the data */
	{ 0xd5, 0xd5, OTHER, 0, 0, 3 },
	{ 0xd6, 0xd6, OTHER, 0, 0, 5 },
	{ 0xd7, 0xd7, OTHER, 0, 0, 9 },
	{ 0xd8, 0xd8, OTHER, 0, 0, 17 },
	{ 0xd9, 0xd9, STR, 0, 1, 0 },
	{ 0xda, 0xda, STR, 0, 2, 0 },
	{ 0xdb, 0xdb, STR, 0, 4, 0 },
	{ 0xdc, 0xdc, ARRAY, 0, 2, 0 },
	{ 0xdd, 0xdd, ARRAY, 0, 4, 0 },
	{ 0xde, 0xde, MAP, 0, 2, 0 },
	{ 0xdf, 0xdf, MAP, 0, 4, 0 },
	{ 0xe0, 0xff, OTHER, 0, 0, 0 }, /* negative fixint */
};

static const char *what(enum kind k)
{
	return k == UINT		? "number"
	       : k == ARRAY || k == MAP ? "count"
					: "length";
}

static bool read_head(struct rv_rd *r, struct head *out, struct rv_err *err)
{
	uint8_t c = rv_u8(r, "header");
	struct head h = { .kind = OTHER };
	size_t i = 0;

	while (i < RV_LEN(formats) && c > formats[i].last)
		i++;
	if (i == RV_LEN(formats) || c < formats[i].first)
		return rv_fail(err, RV_INPUT,
			       "attestation: byte 0xc1 is not msgpack");
	h.kind = formats[i].kind;
	h.n = formats[i].width
		  ? rv_num_be(rv_take(r, formats[i].width, what(h.kind)))
		  : (uint64_t)(c & formats[i].in);
	h.skip = formats[i].skip;
	if (!rv_rd_ok(r, err))
		return false;
	*out = h;
	return true;
}

/* Step over one value. Every item takes a byte at least, so counts end. */
static bool skip(struct rv_rd *r, unsigned depth, struct rv_err *err)
{
	struct head h;
	uint64_t items;

	if (depth > DEPTH_MAX)
		return rv_fail(err, RV_INPUT,
			       "attestation: msgpack deeper than %d levels",
			       DEPTH_MAX);
	if (!read_head(r, &h, err))
		return false;
	rv_take(r, h.skip, "value");
	if (h.kind == STR || h.kind == BIN)
		rv_take(r, (size_t)h.n, "text or bytes");
	else if (h.kind == OTHER)
		rv_take(r, (size_t)h.n, "value");
	if (!rv_rd_ok(r, err))
		return false;
	items = h.kind == MAP ? 2 * h.n : h.kind == ARRAY ? h.n : 0;
	if (items > rv_rd_left(r))
		return rv_fail(err, RV_INPUT,
			       "attestation: %" PRIu64 " items in %zu bytes",
			       items, rv_rd_left(r));
	while (items--)
		if (!skip(r, depth + 1, err))
			return false;
	return true;
}

/* The bytes of the next value, whole. */
static bool next(struct rv_rd *r, struct rv_span *out, struct rv_err *err)
{
	size_t at = r->off;

	return skip(r, 0, err) && rv_sub(r->in, at, r->off - at, out);
}

static bool text(struct rv_span in, const char *what, struct rv_span *out,
		 struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "attestation");
	struct head h;

	if (!read_head(&r, &h, err))
		return false;
	if (h.kind != STR)
		return rv_fail(err, RV_INPUT, "attestation: %s: not text",
			       what);
	*out = rv_take(&r, (size_t)h.n, what);
	return rv_rd_end(&r, err);
}

static bool number(struct rv_span in, const char *what, uint64_t *out,
		   struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "attestation");
	struct head h;

	if (!read_head(&r, &h, err))
		return false;
	if (h.kind != UINT)
		return rv_fail(err, RV_INPUT,
			       "attestation: %s: not a whole number", what);
	*out = h.n;
	return rv_rd_end(&r, err);
}

/* Bytes as bin, as an array of numbers to 255, or as hex text. */
static bool bytes(struct rv_span in, const char *what, struct rv_buf *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_rd r = rv_rd(in, "attestation");
	struct head h, item;
	struct rv_span s;

	if (!read_head(&r, &h, err))
		return false;
	if (h.kind == BIN || h.kind == STR) {
		s = rv_take(&r, (size_t)h.n, what);
		if (!rv_rd_end(&r, err))
			return false;
		return h.kind == BIN ? rv_buf_copy(s, out, err)
				     : rv_unhex_buf(s, what, out, err);
	}
	if (h.kind != ARRAY)
		return rv_fail(err, RV_INPUT, "attestation: %s: not bytes",
			       what);
	for (uint64_t i = 0; i < h.n; i++) {
		if (!read_head(&r, &item, err))
			return false;
		if (item.kind != UINT || item.n > 255)
			return rv_fail(err, RV_INPUT,
				       "attestation: %s: element %" PRIu64
				       " is no byte",
				       what, i);
		rv_grow_u8(&g, (unsigned)item.n);
	}
	return rv_rd_end(&r, err) && rv_grow_take(&g, out, err);
}

/*
 * The fields of a struct, each as the bytes of its value; absent ones stay
 * empty. Unknown names are let be, a name twice is not.
 */
static bool fields(struct rv_span in, const char *what, const char *const *name,
		   size_t n, struct rv_span *out, struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "attestation");
	struct head h;

	if (!read_head(&r, &h, err))
		return false;
	if (h.kind != MAP && h.kind != ARRAY)
		return rv_fail(err, RV_INPUT,
			       "attestation: %s: neither a map nor an array",
			       what);
	if (h.kind == ARRAY && h.n > n)
		return rv_fail(err, RV_INPUT,
			       "attestation: %s: %" PRIu64
			       " fields, at most %zu",
			       what, h.n, n);
	for (uint64_t i = 0; i < h.n; i++) {
		struct rv_span key = { 0 }, value;
		size_t k = (size_t)i;

		if (h.kind == MAP &&
		    (!next(&r, &value, err) || !text(value, what, &key, err)))
			return false;
		if (!next(&r, &value, err))
			return rv_in(err, "%s", what);
		for (k = h.kind == MAP ? 0 : k; h.kind == MAP && k < n; k++)
			if (rv_same_text(key, name[k]))
				break;
		if (k == n)
			continue;
		if (out[k].n)
			return rv_fail(err, RV_INPUT,
				       "attestation: %s: %s twice", what,
				       name[k]);
		out[k] = value;
	}
	return rv_rd_end(&r, err);
}

static bool need(const char *what, const char *const *name,
		 const struct rv_span *f, size_t n, struct rv_err *err)
{
	for (size_t k = 0; k < n; k++)
		if (!f[k].n)
			return rv_fail(err, RV_INPUT, "attestation: %s: no %s",
				       what, name[k]);
	return true;
}

/* { kind, data }, as an enum with a tag beside its content is written. */
static bool tagged(struct rv_span in, const char *what, struct rv_span *kind,
		   struct rv_span *data, struct rv_err *err)
{
	static const char *const name[] = { "kind", "data" };
	struct rv_span f[2] = { { 0 } };

	if (!fields(in, what, name, 2, f, err) ||
	    !need(what, name, f, 2, err) || !text(f[0], "kind", kind, err))
		return false;
	*data = f[1];
	return true;
}

static bool nil(struct rv_span in)
{
	return in.n == 0 || (in.n == 1 && in.p[0] == 0xc0);
}

static bool push_event(struct rv_span in, void *to, struct rv_err *err)
{
	static const char *const name[] = { "imr",	     "event_type",
					    "digest",	     "event",
					    "event_payload", "version",
					    "preimage" };
	RV_AUTO(rv_buf_free) struct rv_buf digest = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf preimage = { 0 };
	struct rv_span f[RV_LEN(name)] = { { 0 } };
	struct ev_in e = { .version = 1 };

	if (!fields(in, "event", name, RV_LEN(name), f, err) ||
	    !need("event", name, f, 2, err) ||
	    !number(f[0], name[0], &e.imr, err) ||
	    !number(f[1], name[1], &e.type, err) ||
	    (!nil(f[2]) && !bytes(f[2], name[2], &digest, err)) ||
	    (!nil(f[3]) && !text(f[3], name[3], &e.name, err)) ||
	    (!nil(f[4]) && !bytes(f[4], name[4], &payload, err)) ||
	    (!nil(f[5]) && !number(f[5], name[5], &e.version, err)) ||
	    (!nil(f[6]) && !bytes(f[6], name[6], &preimage, err)))
		return false;
	e.digest = rv_buf_span(&digest);
	e.payload = rv_buf_span(&payload);
	e.preimage = rv_buf_span(&preimage);
	return rv_ev_push(to, &e, err);
}

static bool push_runtime(struct rv_span in, void *to, struct rv_err *err)
{
	static const char *const name[] = { "event", "payload", "version" };
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };
	struct rv_span f[RV_LEN(name)] = { { 0 } };
	struct ev_in e = { .imr = 3,
			   .type = RV_EV_DSTACK_RUNTIME,
			   .version = 1 };

	if (!fields(in, "runtime event", name, RV_LEN(name), f, err) ||
	    !need("runtime event", name, f, 2, err) ||
	    !text(f[0], name[0], &e.name, err) ||
	    !bytes(f[1], name[1], &payload, err) ||
	    (!nil(f[2]) && !number(f[2], name[2], &e.version, err)))
		return false;
	e.payload = rv_buf_span(&payload);
	return rv_ev_push(to, &e, err);
}

/* @r stands before the first of *@n elements. */
static bool open_array(struct rv_span in, const char *what, struct rv_rd *r,
		       uint64_t *n, struct rv_err *err)
{
	struct head h;

	*r = rv_rd(in, "attestation");
	if (!read_head(r, &h, err))
		return false;
	if (h.kind != ARRAY || h.n > EV_EVENTS_MAX)
		return rv_fail(err, RV_INPUT,
			       "attestation: %s: not an array of at most %d",
			       what, EV_EVENTS_MAX);
	*n = h.n;
	return true;
}

/* Takes one element of an array into what is made of all. */
typedef bool element(struct rv_span in, void *to, struct rv_err *err);

static bool each(struct rv_span in, const char *what, element *push, void *to,
		 struct rv_err *err)
{
	struct rv_span item;
	struct rv_rd r;
	uint64_t n;

	if (!open_array(in, what, &r, &n, err))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (!next(&r, &item, err) || !push(item, to, err))
			return rv_in(err, "%s %" PRIu64, what, i);
	return rv_rd_end(&r, err);
}

/* A quote and its log, as on each machine that is a TD. */
static bool read_quote(struct rv_span is_quote, struct rv_span events,
		       struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf quote = { 0 };

	if (!bytes(is_quote, "quote", &quote, err) ||
	    !each(events, "event", push_event, &out->log, err))
		return false;
	if (!rv_ev_is_quote(rv_buf_span(&quote)))
		return rv_fail(err, RV_INPUT,
			       "attestation: %zu bytes that are no quote",
			       quote.n);
	out->log_format = out->log.n ? RV_LOG_MSGPACK : RV_LOG_NONE;
	out->quote = RV_TAKE(quote);
	return true;
}

static bool read_tdx(struct rv_span in, struct rv_evidence *out,
		     struct rv_err *err)
{
	static const char *const name[] = { "quote", "event_log" };
	struct rv_span f[2] = { { 0 } };

	return fields(in, "platform", name, 2, f, err) &&
	       need("platform", name, f, 2, err) &&
	       read_quote(f[0], f[1], out, err);
}

static bool push_pcr(struct rv_span in, void *to, struct rv_err *err)
{
	static const char *const name[] = { "index", "algorithm", "value" };
	RV_AUTO(rv_buf_free) struct rv_buf value = { 0 };
	struct rv_span algorithm, f[3] = { { 0 } };
	uint64_t index;

	return fields(in, "PCR", name, 3, f, err) &&
	       need("PCR", name, f, 3, err) &&
	       number(f[0], "index", &index, err) &&
	       text(f[1], "algorithm", &algorithm, err) &&
	       bytes(f[2], "value", &value, err) &&
	       rv_ev_vtpm_pcr(index, algorithm, rv_buf_span(&value), to, err);
}

static bool push_tpm_event(struct rv_span in, void *to, struct rv_err *err)
{
	/* The register has had two names. */
	static const char *const name[] = { "pcr_index", "digest", "pcr" };
	RV_AUTO(rv_buf_free) struct rv_buf digest = { 0 };
	struct rv_span f[3] = { { 0 } };
	uint64_t pcr;

	if (!fields(in, "event of the vTPM", name, 3, f, err))
		return false;
	if (!f[0].n)
		f[0] = f[2];
	return need("event of the vTPM", name, f, 2, err) &&
	       number(f[0], "pcr", &pcr, err) &&
	       bytes(f[1], "digest", &digest, err) &&
	       rv_ev_vtpm_event(pcr, rv_buf_span(&digest), to, err);
}

static bool read_tpm(struct rv_span in, struct rv_evidence *out,
		     struct rv_err *err)
{
	static const char *const name[] = { "message",	  "signature",
					    "pcr_values", "ak_cert",
					    "platform",	  "event_log" };
	RV_AUTO(rv_buf_free) struct rv_buf message = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf signature = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf cert = { 0 };
	struct rv_span whose, f[6] = { { 0 } };

	if (!fields(in, "tpm_quote", name, 6, f, err) ||
	    !need("tpm_quote", name, f, 6, err) ||
	    !bytes(f[0], "message", &message, err) ||
	    !bytes(f[1], "signature", &signature, err) ||
	    !bytes(f[3], "ak_cert", &cert, err) ||
	    !text(f[4], "platform", &whose, err))
		return false;
	if (!rv_same_text(whose, "gcp"))
		return rv_fail(err, RV_INPUT,
			       "attestation: a vTPM of %.*s, not of Google's",
			       whose.n < 40 ? (int)whose.n : 40,
			       whose.n ? (const char *)whose.p : "");
	return rv_ev_vtpm_quote(rv_buf_span(&message), rv_buf_span(&signature),
				rv_buf_span(&cert), out, err) &&
	       each(f[2], "PCR value", push_pcr, out, err) &&
	       each(f[5], "event of the vTPM", push_tpm_event, out, err);
}

static bool read_gcp(struct rv_span in, struct rv_evidence *out,
		     struct rv_err *err)
{
	static const char *const name[] = { "quote", "event_log", "tpm_quote" };
	struct rv_span f[3] = { { 0 } };

	return fields(in, "platform", name, 3, f, err) &&
	       need("platform", name, f, 3, err) &&
	       read_quote(f[0], f[1], out, err) && read_tpm(f[2], out, err);
}

static bool read_certs(struct rv_span in, struct rv_evidence *out,
		       struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "attestation");
	struct head h;

	if (!read_head(&r, &h, err))
		return false;
	if (h.kind != ARRAY)
		return rv_fail(err, RV_INPUT,
			       "attestation: cert_chain: not an array");
	for (uint64_t i = 0; i < h.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf cert = { 0 };
		struct rv_span item;

		if (!next(&r, &item, err) ||
		    !bytes(item, "cert_chain", &cert, err) ||
		    !rv_ev_snp_cert(rv_buf_span(&cert), out, err))
			return rv_in(err, "certificate %" PRIu64, i);
	}
	return rv_rd_end(&r, err);
}

static bool read_snp(struct rv_span in, struct rv_evidence *out,
		     struct rv_err *err)
{
	static const char *const name[] = { "report", "cert_chain",
					    "mr_config" };
	RV_AUTO(rv_buf_free) struct rv_buf report = { 0 };
	struct rv_span config, f[3] = { { 0 } };

	return fields(in, "platform", name, 3, f, err) &&
	       need("platform", name, f, 3, err) &&
	       bytes(f[0], "report", &report, err) &&
	       rv_ev_snp_report(rv_buf_span(&report), out, err) &&
	       read_certs(f[1], out, err) &&
	       text(f[2], "mr_config", &config, err) &&
	       rv_ev_snp_config(config, out, err);
}

/* nsm_quote of an enclave, attestation_doc of a NitroTPM. */
static bool read_nitro(struct rv_span in, const char *field,
		       struct rv_evidence *out, struct rv_err *err)
{
	const char *const name[] = { field };
	RV_AUTO(rv_buf_free) struct rv_buf document = { 0 };
	struct rv_span f[1] = { { 0 } };

	return fields(in, "platform", name, 1, f, err) &&
	       need("platform", name, f, 1, err) &&
	       bytes(f[0], field, &document, err) &&
	       rv_ev_nitro(rv_buf_span(&document), out, err);
}

static bool read_platform(struct rv_span in, struct rv_evidence *out,
			  struct rv_err *err)
{
	struct rv_span kind, data;

	if (!tagged(in, "platform", &kind, &data, err))
		return false;
	if (rv_same_text(kind, "tdx"))
		return read_tdx(data, out, err);
	if (rv_same_text(kind, "gcp-tdx"))
		return read_gcp(data, out, err);
	if (rv_same_text(kind, "sev-snp"))
		return read_snp(data, out, err);
	if (rv_same_text(kind, "nitro-enclave"))
		return read_nitro(data, "nsm_quote", out, err);
	if (rv_same_text(kind, "aws-nitro-tpm"))
		return read_nitro(data, "attestation_doc", out, err);
	return rv_fail(err, RV_INPUT,
		       "this attestation is of %.*s, which is not verified"
		       " here",
		       kind.n < 40 ? (int)kind.n : 40,
		       kind.n ? (const char *)kind.p : "nothing");
}

static bool read_stack(struct rv_span in, struct rv_evidence *out,
		       struct rv_err *err)
{
	static const char *const name[] = { "report_data", "runtime_events",
					    "config", "report_data_payload" };
	RV_AUTO(rv_buf_free) struct rv_buf report_data = { 0 };
	RV_AUTO(rv_log_free) struct rv_log runtime = { 0 };
	struct rv_span kind, data, config, f[4] = { { 0 } };

	if (!tagged(in, "stack", &kind, &data, err))
		return false;
	if (!rv_same_text(kind, "dstack") && !rv_same_text(kind, "dstack-pod"))
		return rv_fail(err, RV_INPUT, "attestation: stack %.*s",
			       kind.n < 40 ? (int)kind.n : 40,
			       kind.n ? (const char *)kind.p : "");
	if (!fields(data, "stack", name, 4, f, err) ||
	    !need("stack", name, f, 3, err) ||
	    !bytes(f[0], "report_data", &report_data, err) ||
	    !each(f[1], "runtime event", push_runtime, &runtime, err) ||
	    !text(f[2], "config", &config, err))
		return false;
	if (report_data.n != sizeof out->report_data)
		return rv_fail(err, RV_INPUT,
			       "attestation: report_data of %zu bytes, not 64",
			       report_data.n);
	memcpy(out->report_data, report_data.p, sizeof out->report_data);
	out->has_report_data = true;
	return rv_ev_runtime_events(&runtime, RV_LOG_MSGPACK, out, err) &&
	       rv_ev_vm_config(config, out, err);
}

bool rv_ev_msgpack(struct rv_span in, struct rv_evidence *out,
		   struct rv_err *err)
{
	static const char *const name[] = { "version", "platform", "stack" };
	struct rv_span f[3] = { { 0 } };
	uint64_t version;

	if (!fields(in, "attestation", name, 3, f, err) ||
	    !need("attestation", name, f, 3, err) ||
	    !number(f[0], "version", &version, err))
		return false;
	if (version != 1)
		return rv_fail(err, RV_INPUT,
			       "attestation: version %" PRIu64
			       ", only 1 is known in msgpack",
			       version);
	return read_platform(f[1], out, err) && read_stack(f[2], out, err);
}
