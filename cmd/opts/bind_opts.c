/* SPDX-License-Identifier: Apache-2.0 */
/* bind_opts.c - what report_data must be bound to, from options to bytes. */
#include "bind_opts.h"
#include "base.h"

#include <refval/bind.h>

enum { STATEMENT_MAX = 16 << 20, MESSAGE_MAX = 1 << 30, SMALL_MAX = 1 << 20 };

void rv_bind_files_free(struct rv_bind_files *f)
{
	for (size_t i = 0; i < RV_LEN(f->file); i++)
		rv_buf_free(&f->file[i]);
}

bool rv_bind_opts_given(const struct rv_bind_opts *o)
{
	return o->report_data || o->address || o->nonce || o->statement ||
	       o->key || o->certificate || o->hash || o->prefix || o->path ||
	       o->signature || o->message;
}

static bool expected(const char *hex, uint8_t out[RV_REPORT_DATA],
		     struct rv_err *err)
{
	size_t n = strlen(hex) / 2;

	memset(out, 0, RV_REPORT_DATA);
	if (n == 0 || n > RV_REPORT_DATA || !rv_unhex(rv_text(hex), out, n))
		return rv_fail(err, RV_USAGE,
			       "--report-data: not 1 to 64 bytes in hex");
	return true;
}

/* Of @n bytes or @more, with 0x before them or not; zeros bind nothing. */
static bool part(const char *option, const char *hex, size_t n, size_t more,
		 uint8_t out[32], size_t *length, struct rv_err *err)
{
	const char *digits =
	    strncmp(hex, "0x", 2) == 0 || strncmp(hex, "0X", 2) == 0 ? hex + 2
								     : hex;

	*length = strlen(digits) / 2;
	if ((*length != n && *length != more) ||
	    !rv_unhex(rv_text(digits), out, *length))
		return rv_fail(err, RV_USAGE,
			       "%s %.80s: not %s%zu bytes in hex", option, hex,
			       n == more ? "" : "20 or ", more);
	return !rv_all_zero(rv_span(out, *length)) ||
	       rv_fail(err, RV_USAGE, "%s: zeros only, which is none", option);
}

static bool read_parts(const struct rv_bind_opts *o, struct rv_binding *b,
		       struct rv_err *err)
{
	size_t n;

	b->has_nonce = o->nonce != NULL;
	return (!o->address || part("--address", o->address, 20, 32, b->address,
				    &b->address_n, err)) &&
	       (!o->nonce ||
		part("--nonce", o->nonce, 32, 32, b->nonce, &n, err));
}

static bool read_all(const struct rv_bind_opts *o, struct rv_bind_files *f,
		     struct rv_err *err)
{
	const struct {
		const char *path;
		size_t max; /* bytes */
		struct rv_span *to;
	} row[] = {
		{ o->statement, STATEMENT_MAX, &f->statement.file },
		{ o->key, SMALL_MAX, &f->key.key },
		{ o->signature, SMALL_MAX, &f->key.signature },
		{ o->message, MESSAGE_MAX, &f->key.message },
		{ o->certificate, SMALL_MAX, &f->certificate },
	};

	for (size_t i = 0; i < RV_LEN(row); i++) {
		if (!row[i].path)
			continue;
		if (!rv_buf_read(row[i].path, row[i].max, &f->file[i], err))
			return false;
		*row[i].to = rv_buf_span(&f->file[i]);
	}
	return true;
}

bool rv_bind_opts_read(const struct rv_bind_opts *o, struct rv_bind_files *f,
		       struct rv_err *err)
{
	struct rv_binding *b = &f->binding;

	*f = (struct rv_bind_files){ 0 };
	if (o->report_data && !expected(o->report_data, b->report_data, err))
		return false;
	if (!read_parts(o, b, err) || !read_all(o, f, err))
		return false;
	f->statement.hash = o->hash;
	f->statement.prefix = o->prefix;
	f->statement.path = o->path;
	f->key.has_signature = o->signature != NULL;
	b->has_report_data = o->report_data != NULL;
	b->report_data_n = o->report_data ? strlen(o->report_data) / 2 : 0;
	b->report_data_from = "--report-data";
	b->file.statement = o->statement ? &f->statement : NULL;
	b->file.key = o->key ? &f->key : NULL;
	b->file.certificate = o->certificate ? &f->certificate : NULL;
	b->statement_from = o->statement;
	b->key_from = o->key;
	b->signature_from = o->signature;
	b->certificate_from = o->certificate;
	return true;
}
