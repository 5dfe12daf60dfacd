/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - stage "unpack": from a tarball or folder to a checked image. */
#include "unpack.h"

#include <stdlib.h>

/* One pass over a freshly opened source, into a fresh folder if any. */
static bool once(const char *path, const struct rv_image_options *opts,
		 struct rv_pass *p, struct rv_to **to, struct rv_err *err)
{
	RV_AUTO(rv_source_free) struct rv_source s = { .fd = -1 };

	rv_to_free(to);
	if (opts->to && !rv_to_open(opts->to, to, err))
		return rv_in(err, "--to");
	if (!rv_source_open(path, opts, &s, err))
		return rv_in(err, "%s", s.name);
	p->to = *to;
	/* Without a second look everything must be done at the first. */
	p->lazy = p->lazy && s.again;
	if (!rv_pass_run(p, &s, err))
		return rv_in(err, "%s", s.name);
	if (!p->more && (!rv_pass_check(p, err) ||
			 (opts->check && !opts->check(&p->image, err))))
		return rv_in(err, "%s", s.name);
	if (p->more && !s.again)
		return rv_fail(err, RV_INPUT,
			       "%s: metadata.json names files by other than"
			       " the usual names, and comes behind them: give"
			       " the archive as a file",
			       s.name);
	return true;
}

/* Of a first pass only metadata.json's meaning is needed by the second. */
static void drop_data(struct rv_image *image)
{
	for (size_t i = 0; i < image->n; i++)
		rv_buf_free(&image->file[i].data);
}

bool rv_image_read(const char *path, const struct rv_image_options *opts,
		   struct rv_image *out, struct rv_err *err)
{
	static const struct rv_image_options plain = { 0 };
	RV_AUTO(rv_to_free) struct rv_to *to = NULL;
	RV_AUTO(rv_pass_free) struct rv_pass first = { .lazy = true };
	RV_AUTO(rv_pass_free) struct rv_pass second = { 0 };
	struct rv_pass *p = &first;

	if (!opts)
		opts = &plain;
	if (!once(path, opts, p, &to, err))
		return false;
	if (p->more) {
		p = &second;
		drop_data(&first.image);
		p->hint =
		    first.image.has_metadata ? &first.image.metadata : NULL;
		if (!once(path, opts, p, &to, err))
			return false;
		if (p->more)
			return rv_fail(err, RV_INPUT,
				       "%s: changed while it was read", path);
	}
	if (to && !rv_to_finish(to, err))
		return rv_in(err, "--to");
	*out = RV_TAKE(p->image);
	return true;
}
