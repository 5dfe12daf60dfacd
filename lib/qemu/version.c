/* SPDX-License-Identifier: Apache-2.0 */
/* version.c - QEMU versions as text, and what follows from one for a shape. */
#include "qemu.h"

bool rv_qemu_parse(const char *text, struct rv_qemu *out, struct rv_err *err)
{
	enum { PART_MAX = 999 };
	struct rv_span rest = rv_text(text);
	uint64_t part[3] = { 0 };
	size_t n = 0;

	for (bool more = true; more; n++) {
		size_t len = 0;

		while (len < rest.n && rest.p[len] != '.')
			len++;
		if (n == 3 ||
		    !rv_decimal(rv_span(rest.p, len), PART_MAX, &part[n]))
			return rv_fail(err, RV_INPUT,
				       "QEMU version %.40s: not of the form "
				       "8.2.2",
				       text);
		more = len < rest.n;
		if (more)
			rest = rv_span(rest.p + len + 1, rest.n - len - 1);
	}
	if (n < 2)
		return rv_fail(err, RV_INPUT,
			       "QEMU version %.40s: not of the form 8.2.2",
			       text);
	*out = (struct rv_qemu){ (unsigned)part[0], (unsigned)part[1],
				 (unsigned)part[2] };
	return true;
}

bool rv_shape_resolve(struct rv_shape *s, struct rv_err *err)
{
	const struct rv_qemu *q = &s->qemu;
	const struct rv_qemu_row *row = rv_qemu_find(q);

	if (!q->major && !q->minor) {
		if (s->page_add && s->pic)
			return true;
		return rv_fail(
		    err, RV_INPUT,
		    "the shape names no QEMU version, and %s follows "
		    "from it",
		    s->page_add ? "pic" : "the page order of MRTD");
	}
	if (rv_qemu_too_old(q))
		return rv_fail(err, RV_INPUT,
			       "QEMU %u.%u.%u: TDX machines start with %s",
			       q->major, q->minor, q->micro, rv_qemu_oldest());
	if (rv_qemu_too_new(q))
		return rv_fail(err, RV_INPUT,
			       "QEMU %u.%u.%u: newer than %s, the newest "
			       "whose rules are known",
			       q->major, q->minor, q->micro, rv_qemu_newest());
	if (!row)
		return rv_fail(err, RV_INPUT,
			       "QEMU %u.%u.%u: there is no such version",
			       q->major, q->minor, q->micro);
	if (!s->page_add)
		s->page_add = row->page_add;
	if (!s->pic)
		s->pic = row->pic ? RV_TRUE : RV_FALSE;
	return true;
}
