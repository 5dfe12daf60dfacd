/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c - of values: a name, an event, what a format leaves out. */
#include "publish.h"
#include "digest.h"
#include <stdio.h>

bool rv_publish_id(const struct rv_values *v, size_t n, char out[33],
		   struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	struct rv_sha256 d;

	for (size_t i = 0; i < n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf values = { 0 };

		if (!rv_values_write(&v[i], &values, err))
			return false;
		rv_jw_json(&w, NULL, rv_buf_span(&values));
	}
	if (g.failed)
		return rv_no_memory(err, "values");
	if (!rv_sha256(rv_buf_span(&g.buf), &d, err))
		return false;
	rv_hex(rv_span(d.b, ID_BYTES), out);
	return true;
}

void rv_publish_leave_out(char *left_out, size_t room, const char *what)
{
	size_t n = strlen(left_out), k = strlen(what);

	for (const char *s = left_out; *s;) {
		size_t word = strcspn(s, ",");

		if (word == k && memcmp(s, what, k) == 0)
			return;
		s += word;
		s += strspn(s, ", ");
	}
	snprintf(left_out + n, room - n, "%s%s", n ? ", " : "", what);
}

const struct rv_predicted *rv_publish_event(const struct rv_register *reg,
					    const char *label)
{
	for (size_t i = 0; i < reg->n; i++)
		if (reg->event[i].known &&
		    strcmp(reg->event[i].label, label) == 0)
			return &reg->event[i];
	return NULL;
}
