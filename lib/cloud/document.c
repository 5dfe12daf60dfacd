/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.c - what a dstack image says of itself for clouds: maps with just
 * these keys in this order, and the events behind PCRs of a NitroTPM.
 */
#include "base.h"
#include "cbor.h"
#include "digest.h"
#include "json.h"

#include <refval/cloud.h>

enum { EVENTS_MAX = 256 };

static bool digest(struct rv_rd *r, const char *name, struct rv_sha256 *out,
		   struct rv_err *err)
{
	struct rv_span s;

	if (!rv_cbor_key(r, name, err) || !rv_cbor_bytes(r, name, &s, err))
		return false;
	if (s.n != sizeof out->b)
		return rv_fail(err, RV_INPUT, "%s: %s: %zu bytes, not %zu",
			       r->what, name, s.n, sizeof out->b);
	memcpy(out->b, s.p, s.n);
	return rv_rd_end(r, err);
}

static bool pairs(struct rv_rd *r, uint64_t want, struct rv_err *err)
{
	uint64_t n;

	return rv_cbor_map(r, "map", want, &n, err) &&
	       (n == want ||
		rv_fail(err, RV_INPUT, "%s: %" PRIu64 " keys, not %" PRIu64,
			r->what, n, want));
}

bool rv_gcp_document(struct rv_span cbor, struct rv_sha256 *out,
		     struct rv_err *err)
{
	struct rv_rd r = rv_rd(cbor, "measurement.gcp.cbor");
	uint64_t version;

	if (!pairs(&r, 2, err) || !rv_cbor_key(&r, "version", err) ||
	    !rv_cbor_uint(&r, "version", UINT32_MAX, &version, err))
		return false;
	if (version != 1)
		return rv_fail(err, RV_INPUT, "%s: version %" PRIu64 ", not 1",
			       r.what, version);
	return digest(&r, "uki_auth", out, err);
}

bool rv_aws_document(struct rv_span cbor, struct rv_sha256 *out,
		     struct rv_err *err)
{
	struct rv_rd r = rv_rd(cbor, "measurement.aws.cbor");

	return pairs(&r, 1, err) && digest(&r, "boot_pcr_digest", out, err);
}

/* ---- the replay file ---- */

static struct rv_sha384 *pcr_of(struct rv_aws_boot *b, uint64_t index)
{
	return index == 4    ? &b->pcr4
	       : index == 7  ? &b->pcr7
	       : index == 12 ? &b->pcr12
			     : NULL;
}

static bool extend(struct rv_sha384 *pcr, const struct rv_sha384 *by,
		   struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(RV_SHA384, &d, err) &&
	       rv_digest_add(d, pcr->b, sizeof pcr->b, err) &&
	       rv_digest_add(d, by->b, sizeof by->b, err) &&
	       rv_digest_end(d, pcr->b, err);
}

static bool replay_event(const rv_json *e, struct rv_aws_boot *b,
			 struct rv_err *err)
{
	struct rv_sha384 by;
	struct rv_span type;
	uint64_t index = 0;

	if (!rv_json_need_uint(e, "pcr", 23, &index, err) ||
	    !rv_json_need_text(e, "event_type", &type, err) ||
	    !rv_json_need_hex(e, "digest", by.b, sizeof by.b, err))
		return false;
	if (rv_json_size(e) != 3 || !pcr_of(b, index))
		return rv_fail(err, RV_INPUT, "PCR %" PRIu64 ", %zu members",
			       index, rv_json_size(e));
	return extend(pcr_of(b, index), &by, err);
}

static bool same_value(const rv_json *j, const char *name,
		       const struct rv_sha384 *have, struct rv_err *err)
{
	struct rv_sha384 said;

	if (!rv_json_need_hex(j, name, said.b, sizeof said.b, err))
		return false;
	return memcmp(said.b, have->b, sizeof said.b) == 0 ||
	       rv_fail(err, RV_INPUT, "%s is not what its events give", name);
}

static bool replay(const rv_json *j, struct rv_aws_boot *b, struct rv_err *err)
{
	const rv_json *all = rv_json_get(j, "events");
	size_t n = rv_json_size(all);
	uint64_t version;

	if (!rv_json_need_uint(j, "version", UINT32_MAX, &version, err))
		return false;
	if (version != 1 || rv_json_size(j) != 5)
		return rv_fail(err, RV_INPUT,
			       "version %" PRIu64 " of %zu members", version,
			       rv_json_size(j));
	if (!rv_json_is_array(all) || n < 1 || n > EVENTS_MAX)
		return rv_fail(err, RV_INPUT, "events: not an array of 1 to %d",
			       EVENTS_MAX);
	for (size_t i = 0; i < n; i++)
		if (!replay_event(rv_json_at(all, i), b, err))
			return rv_in(err, "event %zu", i);
	return same_value(j, "pcr4", &b->pcr4, err) &&
	       same_value(j, "pcr7", &b->pcr7, err) &&
	       same_value(j, "pcr12", &b->pcr12, err);
}

bool rv_aws_replay(struct rv_span json, struct rv_aws_boot *out,
		   struct rv_err *err)
{
	static const char what[] = "measurement.aws.replay.json";
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	struct rv_aws_boot b = { 0 };

	if (!rv_json_parse(json, "JSON", &j, err) || !replay(j, &b, err))
		return rv_in(err, "%s", what);
	if (!rv_digest_new(RV_SHA256, &d, err) ||
	    !rv_digest_add(d, b.pcr4.b, sizeof b.pcr4.b, err) ||
	    !rv_digest_add(d, b.pcr7.b, sizeof b.pcr7.b, err) ||
	    !rv_digest_add(d, b.pcr12.b, sizeof b.pcr12.b, err) ||
	    !rv_digest_end(d, b.digest.b, err))
		return false;
	*out = b;
	return true;
}
