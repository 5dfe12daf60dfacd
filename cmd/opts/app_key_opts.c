/* SPDX-License-Identifier: Apache-2.0 */
/* app_key_opts.c - --app-key and --kms-root, read. */
#include "app_key_opts.h"

#include "base.h"

#include <unistd.h>

/* Digits are the key itself; all else is a file's name. */
static bool is_key(const char *text)
{
	size_t n = strlen(text);

	return n == strspn(text, "0123456789abcdefABCDEF") && n >= 64;
}

const char *rv_app_key_root_file(const struct rv_app_key_opts *o)
{
	return o->root && !is_key(o->root) ? o->root : NULL;
}

static bool read_root(const char *text, uint8_t *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (is_key(text))
		return rv_app_key_root(rv_text(text), out, err) ||
		       rv_in(err, "--kms-root");
	if (access(text, F_OK) != 0)
		return rv_fail(err, RV_USAGE,
			       "--kms-root %s: neither a key in hex nor a file",
			       text);
	return rv_buf_read(text, RV_APP_KEY_MAX, &b, err) &&
	       (rv_app_key_root(rv_buf_span(&b), out, err) ||
		rv_in(err, "%s", text));
}

bool rv_app_key_opts_read(const struct rv_app_key_opts *o,
			  struct rv_app_key_read *out,
			  struct rv_verify_input *in, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!o->key || !o->root)
		return true;
	if (!read_root(o->root, out->root, err) ||
	    !rv_buf_read(o->key, RV_APP_KEY_MAX, &b, err))
		return false;
	if (!rv_app_key_read(rv_buf_span(&b), &out->key, err))
		return rv_in(err, "%s", o->key);
	in->app_key = &out->key;
	in->kms_root = out->root;
	return true;
}
