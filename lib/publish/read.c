/* SPDX-License-Identifier: Apache-2.0 */
/* read.c - values from any published form, told by its contents. */
#include "publish.h"
#include "json.h"

#include <stdarg.h>
#include <stdio.h>

/* The row that knows @bytes by themselves; or NULL. */
static const struct rv_publish_row *bytes_row(struct rv_span bytes)
{
	for (size_t i = 0; i < rv_publish_rows(); i++)
		if (rv_publish_row(i)->is_bytes &&
		    rv_publish_row(i)->is_bytes(bytes))
			return rv_publish_row(i);
	return NULL;
}

static const struct rv_publish_row *json_row(const rv_json *j)
{
	for (size_t i = 0; i < rv_publish_rows(); i++)
		if (rv_publish_row(i)->is_json && rv_publish_row(i)->is_json(j))
			return rv_publish_row(i);
	return NULL;
}

const char *rv_publish_form(struct rv_span bytes)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	const struct rv_publish_row *row = bytes_row(bytes);
	struct rv_err ignored = { 0 };

	if (!row && bytes.n <= RV_PUBLISHED_MAX &&
	    rv_json_parse(bytes, "document", &j, &ignored))
		row = json_row(j);
	return row ? row->name : NULL;
}

bool rv_publish_read_all(struct rv_span bytes, struct rv_span public_pem,
			 struct rv_values_list *out, struct rv_signature *sig,
			 struct rv_err *err)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list all = { 0 };
	RV_AUTO(rv_sign_free) struct rv_sign_key *key = NULL;
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	const struct rv_publish_row *row = bytes_row(bytes);
	struct rv_signature s = { 0 };

	if (bytes.n > RV_PUBLISHED_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes",
			       RV_PUBLISHED_MAX);
	if (public_pem.n && !rv_sign_public(public_pem, &key, err))
		return false;
	if (!row) {
		if (!rv_json_parse(bytes, "document", &j, err))
			return false;
		row = json_row(j);
	}
	if (!row)
		return rv_fail(err, RV_INPUT,
			       "no reference values: neither refval.values/1, "
			       "an in-toto statement or envelope, a sigstore "
			       "bundle, nor a CoRIM");
	rv_signature_say(&s, RV_SIGNED_NOT,
			 "%s is unsigned: nobody vouches for it", row->name);
	snprintf(s.form, sizeof s.form, "%s", row->name);
	if (!row->read(bytes, j, key, &all, &s, err) ||
	    !rv_values_one_app(all.item, all.n, err))
		return false;
	*sig = s;
	*out = RV_TAKE(all);
	return true;
}

bool rv_publish_read(struct rv_span bytes, struct rv_span public_pem,
		     struct rv_values *out, struct rv_signature *sig,
		     struct rv_err *err)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list all = { 0 };
	struct rv_signature s;

	if (!rv_publish_read_all(bytes, public_pem, &all, &s, err))
		return false;
	if (all.n > 1)
		return rv_fail(err, RV_INPUT,
			       "values of %zu machines, where those of one are"
			       " asked for",
			       all.n);
	if (all.n)
		*out = all.item[0];
	*sig = s;
	return true;
}
