/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref.c - image references that an image is matched with: the grammar is that
 * of audit_ref.c; of digests only those that are computed here.
 */
#include "oci.h"

#include <stdlib.h>

void rv_oci_ref_free(struct rv_oci_ref *r)
{
	free(r->name);
	free(r->tag);
	*r = (struct rv_oci_ref){ 0 };
}

/* The name without tag and digest, with domain. */
static bool full_name(const struct rv_image_ref *ref, char **out,
		      struct rv_err *err)
{
	const struct rv_image_ref bare = { .domain = ref->domain,
					   .path = ref->path,
					   .library = ref->library };
	RV_AUTO(rv_buf_free) struct rv_buf name = { 0 };
	struct rv_span s;

	if (!rv_image_ref_name(&bare, &name, err))
		return false;
	/* Where nothing is said it says "latest". */
	s = rv_buf_span(&name);
	s.n -= strlen(":latest");
	return rv_text_copy(s, "reference", out, err);
}

bool rv_oci_ref_parse(struct rv_span text, struct rv_oci_ref *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref r = { 0 };
	const uint8_t *at = text.n ? memchr(text.p, '@', text.n) : NULL;
	struct rv_image_ref ref;

	if (at) {
		size_t n = (size_t)(at - text.p) + 1;

		if (!rv_oci_digest_parse(rv_span(at + 1, text.n - n), &r.digest,
					 err))
			return false;
		r.has_digest = true;
	}
	if (!rv_image_ref_parse(text, &ref, err))
		return rv_as_fault(err, "E_REF");
	if (!full_name(&ref, &r.name, err) ||
	    (ref.tag.p && !rv_text_copy(ref.tag, "tag", &r.tag, err)))
		return false;
	*out = RV_TAKE(r);
	return true;
}

bool rv_oci_ref_is(struct rv_span text, struct rv_oci_ref *out, bool *is,
		   struct rv_err *err)
{
	struct rv_err e = { 0 };

	*is = rv_oci_ref_parse(text, out, &e);
	if (*is || e.code != RV_SYSTEM)
		return true;
	*err = e;
	return false;
}
