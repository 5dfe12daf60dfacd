/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_stored.c - layouts of signatures at each of their limits and one beyond
 * it, and of blobs that are not what their descriptors say.
 */
#include "layout.h"

#include <refval/hash_signature.h>

#define BUNDLE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define OTHER  "application/octet-stream"

static struct rv_err err;

/* ---- a layout, from the blobs up ---- */

/* @data as a blob, unless it is to be missing, and its descriptor. */
static void blob(struct rv_grow *tar, struct rv_span data, const char *media,
		 size_t size, bool missing, struct rv_grow *to)
{
	char hex[65], name[80];

	made_sha256(data, hex);
	snprintf(name, sizeof name, "blobs/sha256/%s", hex);
	if (!missing)
		made_file(tar, name, data);
	rv_grow_printf(to,
		       "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\","
		       "\"size\":%zu}",
		       media, hex, size);
}

static void whole(struct rv_grow *tar, struct rv_span data, const char *media,
		  struct rv_grow *to)
{
	blob(tar, data, media, data.n, false, to);
}

/* @n times the same item. */
static void repeat(struct rv_grow *to, const struct rv_grow *item, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rv_grow_text(to, i ? "," : "");
		rv_grow_add(to, item->buf.p, item->buf.n);
	}
}

#define TYPE(what) "application/vnd.oci.image." what ".v1+json"

/* A manifest with @n times this layer; its descriptor into @to. */
static void manifest(struct rv_grow *tar, const struct rv_grow *layer, size_t n,
		     struct rv_grow *to)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_text(&g, "{\"schemaVersion\":2,\"layers\":[");
	repeat(&g, layer, n);
	rv_grow_text(&g, "]}");
	whole(tar, rv_buf_span(&g.buf), TYPE("manifest"), to);
}

/* An index of what @to describes, which then describes the index. */
static void wrap(struct rv_grow *tar, struct rv_grow *to)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_text(&g, "{\"schemaVersion\":2,\"manifests\":[");
	rv_grow_add(&g, to->buf.p, to->buf.n);
	rv_grow_text(&g, "]}");
	to->buf.n = 0;
	whole(tar, rv_buf_span(&g.buf), TYPE("index"), to);
}

/* Read: so many signatures; or, with 0, this is said of it. */
static void expect(struct rv_grow *tar, const struct rv_grow *list, size_t want,
		   const char *said)
{
	struct rv_stored_list got = { 0 };
	char path[64];
	int fd = made_archive(tar, rv_buf_span(&list->buf), path);
	bool ok;

	err = (struct rv_err){ 0 };
	ok = rv_oci_signatures_read(path, &got, &err);
	close(fd);
	if (ok != (want > 0) || got.n != want)
		fail_msg("%zu signatures, not %zu: %s", got.n, want, err.msg);
	if (!ok && (err.code != RV_INPUT || !strstr(err.msg, said)))
		fail_msg("%s: not %s", err.msg, said);
	rv_stored_free(&got);
}

/* ---- the limits ---- */

static void of_layers(void **state)
{
	static const struct {
		const char *media;
		size_t n, want;
		const char *said;
	} row[] = {
		{ BUNDLE, 1, 1, NULL },
		{ BUNDLE, 256, 256, NULL },
		{ BUNDLE, 257, 0, "layers[256]: more than 256 signatures" },
		{ OTHER, 1, 0, "E_NO_IMAGE" },
		{ OTHER, 1024, 0, "E_NO_IMAGE" },
		{ OTHER, 1025, 0, "E_LAYERS" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow layer = { 0 };

		whole(&tar, rv_text("a signature"), row[i].media, &layer);
		manifest(&tar, &layer, row[i].n, &list);
		expect(&tar, &list, row[i].want, row[i].said);
	}
}

static void of_documents(void **state)
{
	(void)state;
	for (size_t n = 1023; n <= 1024; n++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow layer = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow empty = { 0 };

		whole(&tar, rv_text("a signature"), BUNDLE, &layer);
		manifest(&tar, &layer, 0, &empty);
		repeat(&list, &empty, n);
		rv_grow_text(&list, ",");
		manifest(&tar, &layer, 1, &list);
		expect(&tar, &list, n == 1023,
		       "manifests[1024]: more than 1024 manifests");
	}
}

static void of_indexes(void **state)
{
	(void)state;
	for (size_t deep = 0; deep <= 9; deep++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow layer = { 0 };

		whole(&tar, rv_text("a signature"), BUNDLE, &layer);
		manifest(&tar, &layer, 1, &list);
		for (size_t i = 0; i < deep; i++)
			wrap(&tar, &list);
		expect(&tar, &list, deep <= 8, "indexes 9 deep");
	}
}

static void of_bytes(void **state)
{
	enum { MOST = RV_STORED_BYTES };
	RV_AUTO(rv_free) char *bytes = calloc(1, MOST + 1);

	(void)state;
	assert_non_null(bytes);
	for (size_t n = MOST; n <= MOST + 1; n++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow layer = { 0 };

		whole(&tar, rv_span(bytes, n), BUNDLE, &layer);
		manifest(&tar, &layer, 1, &list);
		expect(&tar, &list, n == MOST,
		       "a document has at most 4194304");
	}
}

/* ---- other bytes than it says ---- */

static void another_blob(void **state)
{
	static const struct {
		const char *media;
		int size;
		bool missing, broken;
		size_t want;
		const char *said;
	} row[] = {
		{ BUNDLE, 0, false, false, 1, NULL },
		{ BUNDLE, 1, false, false, 0, "E_BLOB_SIZE" },
		{ BUNDLE, -1, false, false, 0, "E_BLOB_SIZE" },
		{ BUNDLE, 0, true, false, 0, "E_BLOB_MISSING" },
		{ BUNDLE, 0, false, true, 0, "E_BLOB_DIGEST" },
		/* Not a signature: nobody asks what it holds. */
		{ OTHER, 1, false, true, 0, "E_NO_IMAGE" },
		{ OTHER, 0, true, false, 0, "E_NO_IMAGE" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow layer = { 0 };
		struct rv_span data = rv_text("a signature");

		blob(&tar, data, row[i].media,
		     (size_t)((int)data.n + row[i].size), row[i].missing,
		     &layer);
		if (row[i].broken) /* behind its header */
			tar.buf.p[512] ^= 1;
		manifest(&tar, &layer, 1, &list);
		expect(&tar, &list, row[i].want, row[i].said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_layers),	cmocka_unit_test(of_documents),
		cmocka_unit_test(of_indexes),	cmocka_unit_test(of_bytes),
		cmocka_unit_test(another_blob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
