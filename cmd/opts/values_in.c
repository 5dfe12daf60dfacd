/* SPDX-License-Identifier: Apache-2.0 */
/* values_in.c - reference values, read back by whoever signed them. */
#include "values_in.h"
#include "base.h"

enum { KEY_MAX = 64 << 10 };

bool rv_values_key(const char *path, struct rv_buf *out, struct rv_err *err)
{
	if (path && !rv_buf_read(path, KEY_MAX, out, err))
		return false;
	if (path && !out->n)
		return rv_fail(err, RV_INPUT, "%s: empty", path);
	return true;
}

bool rv_values_in(const char *path, struct rv_span bytes, const char *key,
		  struct rv_values_list *out, struct rv_signature *sig,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };

	if (!rv_values_key(key, &pem, err))
		return false;
	return rv_publish_read_all(bytes, rv_buf_span(&pem), out, sig, err) ||
	       rv_in(err, "%s", path);
}
