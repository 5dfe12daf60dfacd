/* SPDX-License-Identifier: Apache-2.0 */
/* docparts.c - what several documents have, written and read by one function.
 */
#include "docparts.h"

void rv_input_list_write(struct rv_jw *w, const struct rv_input *input,
			 size_t n)
{
	rv_jw_open(w, "inputs", '[');
	for (size_t i = 0; i < n; i++) {
		const struct rv_input *in = &input[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "role", in->role);
		rv_jw_str(w, "name", in->name);
		rv_jw_u64(w, "size", in->size);
		rv_jw_hex(w, "sha256",
			  rv_span(in->sha256.b, sizeof in->sha256.b));
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

bool rv_input_list_read(const rv_json *doc, struct rv_input *out, size_t max,
			size_t *n, struct rv_err *err)
{
	const rv_json *list;

	if (!rv_json_need_list(doc, "inputs", max, &list, err))
		return false;
	for (*n = 0; *n < rv_json_size(list); ++*n) {
		const rv_json *j = rv_json_at(list, *n);
		struct rv_input *in = &out[*n];

		if (!rv_json_opt_chars(j, "role", in->role, sizeof in->role,
				       err) ||
		    !rv_json_opt_chars(j, "name", in->name, sizeof in->name,
				       err) ||
		    !rv_json_need_uint(j, "size", INT64_MAX, &in->size, err) ||
		    !rv_json_need_hex(j, "sha256", in->sha256.b,
				      sizeof in->sha256.b, err))
			return rv_in(err, "inputs: %zu", *n);
	}
	return true;
}

void rv_texts_write(struct rv_jw *w, const char *key, const char *texts,
		    size_t room, size_t n)
{
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < n; i++)
		rv_jw_str(w, NULL, texts + i * room);
	rv_jw_close(w);
}

bool rv_texts_read(const rv_json *doc, const char *key, char *out, size_t room,
		   size_t max, size_t *n, struct rv_err *err)
{
	const rv_json *list;

	if (!rv_json_need_list(doc, key, max, &list, err))
		return false;
	for (*n = 0; *n < rv_json_size(list); ++*n) {
		struct rv_span s = rv_json_text(rv_json_at(list, *n));
		char *to = out + *n * room;

		if (!s.p || s.n >= room)
			return rv_fail(err, RV_INPUT, "%s: %zu: no text", key,
				       *n);
		memcpy(to, s.p, s.n);
		to[s.n] = '\0';
	}
	return true;
}

bool rv_json_only(const rv_json *j, const char *const *name, size_t n,
		  struct rv_err *err)
{
	const rv_json *value;
	const char *key;
	void *iter = NULL;

	while (rv_json_is_object(j) && rv_json_next(j, &iter, &key, &value)) {
		size_t i = 0;

		while (i < n && strcmp(key, name[i]) != 0)
			i++;
		if (i == n)
			return rv_fail(err, RV_INPUT,
				       "no member of it is called %.64s", key);
	}
	return true;
}
