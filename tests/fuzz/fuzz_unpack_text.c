/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_unpack_text.c - any text as metadata.json, sha256sum.txt, digest.txt and
 * a member's path; and what was read of a list written again is that list.
 */
// seeds: tests/vectors/unpack/text/*
#include "base.h"
#include "unpack/unpack.h"
#include "digest.h"

#include <refval.h>

#include <stdlib.h>

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void said(const struct rv_err *err)
{
	need(err->code == RV_INPUT && err->msg[0]);
}

/* The grammar has exactly one way to write a list. */
static void checksums(struct rv_span in)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err err = { 0 };
	struct rv_checksums s;

	if (!rv_checksums_parse(in, &s, &err)) {
		said(&err);
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		char hex[65];

		rv_hex(rv_span(s.line[i].sha256.b, 32), hex);
		rv_grow_printf(&g, "%s  %s%s\n", hex, s.dotted ? "./" : "",
			       s.line[i].name);
		need(rv_checksums_find(&s, s.line[i].name) == &s.line[i]);
	}
	need(rv_same(rv_buf_span(&g.buf), in));
}

static void metadata(struct rv_span in)
{
	struct rv_err err = { 0 };
	struct rv_metadata m;

	if (!rv_metadata_parse(in, &m, &err)) {
		said(&err);
		return;
	}
	need(m.bios && m.kernel && m.initrd && m.cmdline);
	need(!strchr(m.kernel, '/') && strcmp(m.kernel, m.bios) != 0);
	rv_metadata_free(&m);
}

static void path(struct rv_span in)
{
	RV_AUTO(rv_free) char *s = NULL;
	struct rv_err err = { 0 };
	struct rv_member m;

	if (!rv_text_copy(in, "path", &s, &err))
		return;
	for (int folder = 0; folder < 2; folder++) {
		err = (struct rv_err){ 0 };
		if (!rv_member_parse(s, folder, &m, &err)) {
			said(&err);
			continue;
		}
		need(!strchr(m.name, '/') && !strchr(m.folder, '/'));
		need(strcmp(m.name, "..") != 0 && strcmp(m.folder, "..") != 0);
		need(folder ? !m.name[0] : rv_name_ok(rv_text(m.name)));
		(void)rv_version_after_050(s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span in = rv_span(data, size);
	struct rv_err err = { 0 };
	struct rv_sha256 hash;

	checksums(in);
	metadata(in);
	path(in);
	if (rv_digest_txt_parse(in, &hash, &err))
		need(size == 65);
	else
		said(&err);
	return 0;
}
