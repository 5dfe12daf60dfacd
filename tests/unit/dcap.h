/* SPDX-License-Identifier: Apache-2.0 */
/* dcap.h - what the tests of quotes share: files, the manifest, hex. */
#ifndef TEST_DCAP_H
#define TEST_DCAP_H

#include "base.h"
#include "json.h"
#include <refval/quote.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define DCAP "tests/vectors/dcap/"

/* A file below tests/vectors/dcap; the test fails when it cannot be read. */
static inline struct rv_buf dcap_load(struct rv_span name)
{
	struct rv_err err = { 0 };
	struct rv_buf b = { 0 };
	char path[256];

	snprintf(path, sizeof path, DCAP "%.*s", (int)name.n,
		 (const char *)name.p);
	if (!rv_buf_read(path, 1 << 22, &b, &err))
		fail_msg("%s", err.msg);
	return b;
}

static inline rv_json *dcap_json(const char *name)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = dcap_load(rv_text(name));
	struct rv_err err = { 0 };
	rv_json *j = NULL;

	if (!rv_json_parse(rv_buf_span(&b), name, &j, &err))
		fail_msg("%s", err.msg);
	return j;
}

static inline struct rv_span text_of(const rv_json *j, const char *key)
{
	return rv_json_text(rv_json_get(j, key));
}

/* A whole number that must be there. */
static inline uint64_t uint_of(const rv_json *j, const char *key)
{
	struct rv_err err = { 0 };
	uint64_t v = 0;

	if (!rv_json_need_uint(j, key, UINT64_MAX >> 1, &v, &err))
		fail_msg("%s", err.msg);
	return v;
}

/* Compare bytes with the hex that the manifest has. */
static inline void same_hex(struct rv_span id, const char *what,
			    struct rv_span got, struct rv_span want)
{
	char hex[2 * 1024 + 1];

	assert_true(got.n <= 1024);
	rv_hex(got, hex);
	if (!rv_same_text(want, hex))
		fail_msg("%.*s: %s: %s, want %.*s", (int)id.n,
			 (const char *)id.p, what, hex, (int)want.n,
			 (const char *)want.p);
}

#endif
