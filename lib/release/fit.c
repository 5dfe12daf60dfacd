/* SPDX-License-Identifier: Apache-2.0 */
/* fit.c - which record is that of a machine's image, by what it reported. */
#include <refval.h>

#include "base.h"

static void compare(struct rv_release_fit *f, enum rv_fit what, bool known,
		    bool same)
{
	if (!known)
		return;
	if (same)
		f->same |= 1u << what;
	else
		f->other |= 1u << what;
}

static bool is(const struct rv_recorded *r, const struct rv_sha384 *v)
{
	return r->known && memcmp(r->value.b, v->b, sizeof v->b) == 0;
}

struct rv_release_fit rv_release_fit(const struct rv_release *r,
				     const struct rv_release_said *s)
{
	struct rv_release_fit f = { 0 };
	bool one = r->single_pass.known, two = r->two_pass.known;

	if (s->has_registers) {
		bool same =
		    is(&r->single_pass, &s->mrtd) || is(&r->two_pass, &s->mrtd);

		/* Of two values that are possible one may not be known. */
		compare(&f, RV_FIT_MRTD, same || (one && two), same);
		compare(&f, RV_FIT_RTMR1, r->rtmr1.known,
			is(&r->rtmr1, &s->rtmr1));
		compare(&f, RV_FIT_RTMR2, r->rtmr2.known,
			is(&r->rtmr2, &s->rtmr2));
	}
	if (s->has_os_image_hash)
		compare(&f, RV_FIT_OS_IMAGE_HASH, r->has_os_image_hash,
			memcmp(r->os_image_hash.b, s->os_image_hash.b, 32) ==
			    0);
	return f;
}

bool rv_release_fits(const struct rv_release_fit *f)
{
	const unsigned image = 1u << RV_FIT_RTMR1 | 1u << RV_FIT_RTMR2;

	return !f->other && (f->same & image) == image;
}

/* A register of the quote, else what the evidence says that it is. */
static bool register_of(const struct rv_quote *q, const struct rv_mrs *claimed,
			const char *name, struct rv_sha384 *out)
{
	struct rv_span s = { 0 };
	const struct rv_mr *mr;

	if (q) {
		s = rv_quote_field(q, name);
	} else if (claimed) {
		mr = rv_mrs_find(claimed, name);
		s = mr ? rv_span(mr->b, mr->n) : s;
	}
	if (s.n != sizeof out->b)
		return false;
	memcpy(out->b, s.p, s.n);
	return true;
}

bool rv_release_said(const struct rv_quote *q, const struct rv_mrs *claimed,
		     const struct rv_replay *replay,
		     struct rv_release_said *out)
{
	const struct rv_claim *hash =
	    replay ? &replay->claims.os_image_hash : NULL;

	*out = (struct rv_release_said){ 0 };
	out->has_registers = register_of(q, claimed, "mrtd", &out->mrtd) &&
			     register_of(q, claimed, "rtmr1", &out->rtmr1) &&
			     register_of(q, claimed, "rtmr2", &out->rtmr2);
	out->has_os_image_hash = hash && hash->found && hash->value.n == 32;
	if (out->has_os_image_hash)
		memcpy(out->os_image_hash.b, hash->value.p, 32);
	return out->has_registers || out->has_os_image_hash;
}

const char *rv_fit_name(enum rv_fit what)
{
	static const char *const name[RV_FITS] = {
		[RV_FIT_MRTD] = "mrtd",
		[RV_FIT_RTMR1] = "rtmr1",
		[RV_FIT_RTMR2] = "rtmr2",
		[RV_FIT_OS_IMAGE_HASH] = "os_image_hash",
	};

	return name[what];
}
