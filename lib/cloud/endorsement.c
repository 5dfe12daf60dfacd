/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endorsement.c - Google's word for the firmware of its machines: a protocol
 * buffer (VMLaunchEndorsement) of one that is signed (VMGoldenMeasurement) and
 * its signature, RSASSA-PSS with SHA-256 and a salt of 32, by a key that
 * Google's root for confidential computing certified.
 */
#include "gcp.h"
#include "pem.h"

#include <stdio.h>

/* Protocol Buffers, Encoding: wire types, and numbers of 7 bits a byte. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5, VARINT_MAX = 10 };

struct field {
	uint64_t number;
	unsigned wire;
	uint64_t value; /* of a VARINT */
	struct rv_span bytes;
};

static bool varint(struct rv_rd *r, uint64_t *out, struct rv_err *err)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < VARINT_MAX; i++) {
		uint8_t b = rv_u8(r, "number");

		if (!rv_rd_ok(r, err))
			return false;
		if (i == VARINT_MAX - 1 && b > 1)
			break;
		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if (!(b & 0x80)) {
			*out = v;
			return true;
		}
	}
	return rv_fail(err, RV_INPUT, "%s: a number above 64 bits", r->what);
}

static bool field(struct rv_rd *r, struct field *out, struct rv_err *err)
{
	struct field f = { 0 };
	uint64_t tag, n = 0;

	if (!varint(r, &tag, err))
		return false;
	f.number = tag >> 3;
	f.wire = tag & 7;
	if (f.wire == VARINT) {
		if (!varint(r, &f.value, err))
			return false;
	} else if (f.wire == BYTES) {
		if (!varint(r, &n, err))
			return false;
		f.bytes =
		    rv_take(r, n > SIZE_MAX ? SIZE_MAX : (size_t)n, "bytes");
	} else if (f.wire == FIXED64 || f.wire == FIXED32) {
		f.bytes = rv_take(r, f.wire == FIXED64 ? 8 : 4, "number");
	} else {
		return rv_fail(err, RV_INPUT,
			       "%s: field %" PRIu64 " of wire type %u", r->what,
			       f.number, f.wire);
	}
	if (!f.number)
		return rv_fail(err, RV_INPUT, "%s: field 0", r->what);
	if (!rv_rd_ok(r, err))
		return false;
	*out = f;
	return true;
}

/* A field that is there at most once, of bytes that are not none. */
static bool once(const struct field *f, struct rv_span *to, struct rv_err *err)
{
	if (f->wire != BYTES || !f->bytes.n || to->n)
		return rv_fail(err, RV_INPUT,
			       "endorsement: field %" PRIu64
			       " twice, empty, or no bytes",
			       f->number);
	*to = f->bytes;
	return true;
}

static bool number(const struct field *f, uint64_t max, uint64_t *to,
		   struct rv_err *err)
{
	if (f->wire != VARINT || f->value > max)
		return rv_fail(err, RV_INPUT,
			       "endorsement: field %" PRIu64
			       ": no number to %" PRIu64,
			       f->number, max);
	*to = f->value;
	return true;
}

/* ---- what is in it ---- */

struct parts {
	struct rv_span golden, signature;		 /* outside */
	struct rv_span timestamp, cert, digest, ca, tdx; /* inside */
};

static bool read_outer(struct rv_span in, struct parts *p, struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "endorsement");

	while (rv_rd_left(&r)) {
		struct field f;

		if (!field(&r, &f, err))
			return false;
		if (f.number != 1 && f.number != 2)
			return rv_fail(err, RV_INPUT,
				       "endorsement: field %" PRIu64
				       " beside what is signed",
				       f.number);
		if (!once(&f, f.number == 1 ? &p->golden : &p->signature, err))
			return false;
	}
	return p->golden.n && p->signature.n
		   ? true
		   : rv_fail(err, RV_INPUT,
			     "endorsement: nothing signed, or no signature");
}

static bool read_golden(struct parts *p, struct rv_err *err)
{
	struct rv_rd r = rv_rd(p->golden, "endorsement");

	while (rv_rd_left(&r)) {
		struct rv_span *const to[] = {
			NULL,	    &p->timestamp, NULL, NULL,	 &p->cert,
			&p->digest, &p->ca,	   NULL, &p->tdx
		};
		struct field f;

		if (!field(&r, &f, err))
			return false;
		/* What else Google signs with it is not asked for here. */
		if (f.number >= RV_LEN(to) || !to[f.number])
			continue;
		if (!once(&f, to[f.number], err))
			return false;
	}
	if (!p->cert.n || !p->timestamp.n || p->digest.n != 48)
		return rv_fail(err, RV_INPUT,
			       "endorsement: no certificate, no time, or no"
			       " SHA-384 of the firmware");
	return true;
}

static bool read_time(struct rv_span in, int64_t *out, struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "endorsement's time");
	uint64_t seconds = 0;

	while (rv_rd_left(&r)) {
		struct field f;

		if (!field(&r, &f, err) ||
		    (f.number == 1 && !number(&f, RV_TIME_MAX, &seconds, err)))
			return false;
	}
	*out = (int64_t)seconds;
	return true;
}

static bool read_mrtd(struct rv_span in, struct rv_gcp_endorsement *e,
		      struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "endorsement's MRTD");
	uint64_t gib = 0, early = 0;
	struct rv_span mrtd = { 0 };

	while (rv_rd_left(&r)) {
		struct field f;

		if (!field(&r, &f, err) ||
		    (f.number == 1 && !number(&f, UINT32_MAX, &gib, err)) ||
		    (f.number == 2 && !number(&f, 1, &early, err)) ||
		    (f.number == 3 && !once(&f, &mrtd, err)))
			return false;
	}
	if (mrtd.n != 48 || e->n == RV_GCP_MRTDS)
		return rv_fail(err, RV_INPUT,
			       "endorsement: an MRTD of %zu bytes, or more than"
			       " %d of them",
			       mrtd.n, RV_GCP_MRTDS);
	e->tdx[e->n].ram_gib = (uint32_t)gib;
	e->tdx[e->n].early_accept = early == 1;
	memcpy(e->tdx[e->n++].mrtd.b, mrtd.p, mrtd.n);
	return true;
}

static bool read_tdx(struct rv_span in, struct rv_gcp_endorsement *e,
		     struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "endorsement of TDX");
	uint64_t svn = 0;

	while (rv_rd_left(&r)) {
		struct rv_span one = { 0 };
		struct field f;

		if (!field(&r, &f, err) ||
		    (f.number == 1 && !number(&f, UINT32_MAX, &svn, err)))
			return false;
		if (f.number == 2 &&
		    (!once(&f, &one, err) || !read_mrtd(one, e, err)))
			return false;
	}
	e->svn = (uint32_t)svn;
	return true;
}

static bool read_all(struct rv_span in, struct parts *p,
		     struct rv_gcp_endorsement *e, struct rv_err *err)
{
	if (!read_outer(in, p, err) || !read_golden(p, err) ||
	    !read_time(p->timestamp, &e->made, err) ||
	    (p->tdx.n && !read_tdx(p->tdx, e, err)))
		return false;
	memcpy(e->firmware.b, p->digest.p, p->digest.n);
	return true;
}

/* ---- who signed it ---- */

struct run {
	const struct rv_gcp_files *files;
	struct rv_span other_root; /* empty: Google's own */
	int64_t at;
	struct parts parts;
	struct rv_cert *key, *root; /* owned */
	struct rv_gcp_endorsed *out;
};

static void run_free(struct run *r)
{
	rv_cert_free(&r->key);
	rv_cert_free(&r->root);
}

#define stop(r, o, ...) RV_STOP((r)->out, o, __VA_ARGS__)

/* The root in its own bundle is as good as any: it is known by its digest. */
static enum rv_step find_root(struct run *r, struct rv_err *err)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files own = { 0 };
	struct rv_span der = r->other_root;
	struct rv_err why = { 0 };

	if (!der.n)
		der = rv_buf_span(&r->files->tcb_root);
	if (!der.n && r->parts.ca.n) {
		if (!rv_gcp_files_add(&own, r->parts.ca, &why) &&
		    why.code == RV_SYSTEM) {
			*err = why;
			return RV_BROKEN;
		}
		der = rv_buf_span(&own.tcb_root);
	}
	if (!der.n)
		return stop(r, RV_GCP_CERT_MISSING,
			    "the certificate of Google's root for confidential"
			    " computing is neither in it nor given");
	if (rv_cert_read(der, &r->root, &why))
		return RV_GO_ON;
	if (why.code != RV_SYSTEM)
		return stop(r, RV_GCP_CERT_FORMAT, "the root: %.250s", why.msg);
	*err = why;
	return RV_BROKEN;
}

static enum rv_step check_chain(struct run *r, struct rv_err *err)
{
	const struct rv_cert_info *root = rv_cert_info(r->root);
	const struct rv_cert_info *key = rv_cert_info(r->key);

	if (!root->ca || !root->may_sign_certs || root->constrained)
		return stop(r, RV_GCP_CHAIN, "the root may not sign its key");
	switch (rv_cert_issued(r->key, r->root)) {
	case RV_CHECK_GOOD:
		break;
	case RV_CHECK_FAILED:
		rv_err_no_memory(err, "endorsement");
		return RV_BROKEN;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return stop(r, RV_GCP_CHAIN,
			    "Google's root did not certify its key");
	}
	if (key->ca || !key->may_sign_data)
		return stop(r, RV_GCP_CHAIN, "its key may not sign data");
	return RV_GO_ON;
}

static enum rv_step check_signature(struct run *r, struct rv_err *err)
{
	switch (rv_key_check_rsa(rv_cert_key(r->key), r->parts.golden,
				 RV_RSA_PSS, r->parts.signature)) {
	case RV_CHECK_GOOD:
		return RV_GO_ON;
	case RV_CHECK_FAILED:
		rv_err_no_memory(err, "endorsement");
		return RV_BROKEN;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		break;
	}
	return stop(r, RV_GCP_SIGNATURE,
		    "its certificate's key did not sign it");
}

/*
 * Both certificates at the time that is asked about: what the key signed while
 * it was valid is not known to have been signed then.
 */
static enum rv_step check_times(struct run *r)
{
	const struct rv_cert_info *root = rv_cert_info(r->root);
	const struct rv_cert_info *key = rv_cert_info(r->key);
	struct rv_gcp_endorsed *o = r->out;
	char from[32], to[32];

	o->not_before = root->not_before > key->not_before ? root->not_before
							   : key->not_before;
	o->not_after =
	    root->not_after < key->not_after ? root->not_after : key->not_after;
	if (r->at >= o->not_before && r->at <= o->not_after)
		return RV_GO_ON;
	rv_time_text(o->not_before, from);
	rv_time_text(o->not_after, to);
	return stop(r, RV_GCP_CERT_TIME,
		    "its certificates are valid together from %s to %s", from,
		    to);
}

static enum rv_step read_parts(struct run *r, struct rv_err *err)
{
	struct rv_span in = rv_buf_span(&r->files->endorsement);
	struct rv_err why = { 0 };

	if (!in.n)
		return stop(r, RV_GCP_CERT_MISSING, "none was given");
	if (read_all(in, &r->parts, &r->out->says, &why) &&
	    rv_cert_read(r->parts.cert, &r->key, &why))
		return RV_GO_ON;
	if (why.code != RV_SYSTEM)
		return stop(r, RV_GCP_CERT_FORMAT, "%.300s", why.msg);
	*err = why;
	return RV_BROKEN;
}

bool rv_gcp_endorsement(const struct rv_gcp_files *f, struct rv_span root,
			int64_t at, struct rv_gcp_endorsed *out,
			struct rv_err *err)
{
	RV_AUTO(run_free)
	struct run r = { .files = f, .other_root = root, .at = at, .out = out };
	struct rv_err failed = { 0 };
	enum rv_step step;

	*out = (struct rv_gcp_endorsed){ .outcome = RV_GCP_CERT_FORMAT };
	if (!rv_crypto_start(err))
		return false;
	step = read_parts(&r, &failed);
	if (step == RV_GO_ON)
		step = check_signature(&r, &failed);
	if (step == RV_GO_ON)
		step = find_root(&r, &failed);
	if (step == RV_GO_ON)
		step = check_chain(&r, &failed);
	if (step == RV_GO_ON)
		step = check_times(&r);
	if (step == RV_GO_ON)
		out->outcome = RV_GCP_GENUINE;
	if (step == RV_BROKEN)
		*err = failed;
	return step != RV_BROKEN;
}
