/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uki.c - unified kernel images and partition tables against an implementation
 * of its own: vectors/uki/make.py; bad ones, each with its sentence.
 */
#include "base.h"
#include "digest.h"
#include "json.h"

#include <refval/uki.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define V "tests/vectors/uki/"

static struct rv_buf file(const char *name, const char *end)
{
	struct rv_err err = { 0 };
	struct rv_buf b = { 0 };
	char path[128];

	snprintf(path, sizeof path, V "%s%s", name, end);
	if (!rv_buf_read(path, 1 << 20, &b, &err))
		fail_msg("%s", err.msg);
	return b;
}

static const char *text(const rv_json *j, const char *key)
{
	return (const char *)rv_json_text(rv_json_get(j, key)).p;
}

static void same(struct rv_span got, const char *want, const char *what)
{
	char hex[2 * RV_DIGEST_MAX + 1];

	rv_hex(got, hex);
	if (strcmp(hex, want) != 0)
		fail_msg("%s: %s, not %s", what, hex, want);
}

static void check_events(const struct rv_uki *u, enum rv_alg alg,
			 const rv_json *want, const char *name)
{
	const rv_json *list = rv_json_get(want, "events");
	struct rv_uki_event e[RV_UKI_EVENTS];
	size_t n = rv_uki_events(u, e);

	assert_int_equal(n, rv_json_size(list));
	for (size_t i = 0; i < n; i++) {
		RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
		const rv_json *row = rv_json_at(list, i);
		uint8_t got[RV_DIGEST_MAX];
		struct rv_err err = { 0 };

		assert_true(
		    rv_digest_new(alg, &d, &err) &&
		    rv_digest_add(d, e[i].bytes.p, e[i].bytes.n, &err) &&
		    rv_digest_end(d, got, &err));
		assert_true(rv_same_text(rv_json_text(rv_json_at(row, 0)),
					 rv_uki_part_name(e[i].part)));
		assert_true(rv_same_text(rv_json_text(rv_json_at(row, 1)),
					 e[i].content ? "content" : "name"));
		same(rv_span(got, rv_alg_size(alg)),
		     (const char *)rv_json_text(rv_json_at(row, 2)).p, name);
	}
}

static void check_image(const rv_json *row)
{
	const char *name = text(row, "name");
	RV_AUTO(rv_buf_free) struct rv_buf b = file(name, ".efi");
	struct rv_err err = { 0 };
	struct rv_pe kernel;
	struct rv_uki u;
	uint64_t version;

	if (!rv_uki_read(rv_buf_span(&b), &u, &err) ||
	    !rv_pe_read(u.part[RV_UKI_LINUX], &kernel, &err))
		fail_msg("%s: %s", name, err.msg);
	assert_true(rv_json_uint(rv_json_get(row, "version"), 999, &version));
	assert_int_equal(u.version, version);
	for (enum rv_alg alg = RV_SHA256; alg <= RV_SHA384; alg++) {
		const rv_json *want = rv_json_get(row, rv_alg_name(alg));
		uint8_t got[RV_DIGEST_MAX];

		assert_true(rv_pe_digest(&u.pe, alg, got, &err));
		same(rv_span(got, rv_alg_size(alg)), text(want, "authenticode"),
		     name);
		assert_true(rv_pe_digest(&kernel, alg, got, &err));
		same(rv_span(got, rv_alg_size(alg)), text(want, "linux"), name);
		check_events(&u, alg, want, name);
	}
}

static void check_disk(const rv_json *row)
{
	const char *name = text(row, "name");
	RV_AUTO(rv_buf_free) struct rv_buf b = file(name, ".bin");
	RV_AUTO(rv_buf_free) struct rv_buf event = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf want = { 0 };
	struct rv_err err = { 0 };
	uint64_t sector, sectors;
	struct rv_gpt g;

	assert_true(rv_json_uint(rv_json_get(row, "sector"), 4096, &sector));
	assert_true(
	    rv_json_uint(rv_json_get(row, "sectors"), 1 << 20, &sectors));
	if (!rv_gpt_read(rv_buf_span(&b), sectors * sector, (uint32_t)sector,
			 &g, &err) ||
	    !rv_gpt_event(&g, &event, &err) ||
	    !rv_unhex_buf(rv_json_text(rv_json_get(row, "event")), "event",
			  &want, &err))
		fail_msg("%s: %s", name, err.msg);
	assert_true(rv_same(rv_buf_span(&event), rv_buf_span(&want)));
	assert_true(rv_gpt_is_event(rv_buf_span(&event)));
	event.n--;
	assert_false(rv_gpt_is_event(rv_buf_span(&event)));
	for (size_t i = 0; i < g.n; i++)
		assert_true(g.part[i].n > 0 &&
			    g.part[i].first + g.part[i].n <= sectors * sector);
}

static void vectors(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file("expected", ".json");
	RV_AUTO(rv_json_free) rv_json *list = NULL;
	struct rv_err err = { 0 };
	size_t disks = 0;

	(void)state;
	assert_true(rv_json_parse(rv_buf_span(&b), "JSON", &list, &err));
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *row = rv_json_at(list, i);

		if (rv_json_get(row, "event")) {
			check_disk(row);
			disks++;
		} else {
			check_image(row);
		}
	}
	assert_int_equal(disks, 5);
	assert_int_equal(rv_json_size(list), 13);
}

static void bad(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf list = file("bad", ".tsv");
	struct rv_span rest = rv_buf_span(&list), line;
	size_t n = 0;

	(void)state;
	for (; rv_line(&rest, &line); n++) {
		const uint8_t *tab = memchr(line.p, '\t', line.n);
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct rv_err err = { 0 };
		char name[64], says[128];
		struct rv_gpt g;
		struct rv_uki u;
		bool good;

		assert_non_null(tab);
		snprintf(name, sizeof name, "%.*s", (int)(tab - line.p),
			 (const char *)line.p);
		snprintf(says, sizeof says, "%.*s",
			 (int)(line.p + line.n - tab - 1),
			 (const char *)tab + 1);
		b = file(name, "");
		good = strstr(name, ".bin")
			   ? rv_gpt_read(rv_buf_span(&b), 4096 * 512, 512, &g,
					 &err)
			   : rv_uki_read(rv_buf_span(&b), &u, &err);
		if (good || err.code != RV_INPUT || !strstr(err.msg, says))
			fail_msg("%s: \"%s\", not \"%s\"", name, err.msg, says);
	}
	assert_true(n > 35);
}

/* Cut at every place, an image or a disk is refused or still the same. */
static void cut(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file("kernel-alone", ".efi");
	RV_AUTO(rv_buf_free) struct rv_buf d = file("disk-four", ".bin");
	struct rv_err err = { 0 };
	struct rv_gpt g;
	struct rv_uki u;

	(void)state;
	for (size_t n = 0; n < b.n; n++) {
		/* A copy, so that a byte too far is seen. */
		uint8_t *p = malloc(n ? n : 1);

		assert_non_null(p);
		memcpy(p, b.p, n);
		assert_false(rv_uki_read(rv_span(p, n), &u, &err));
		assert_int_equal(err.code, RV_INPUT);
		free(p);
	}
	for (size_t n = 0; n < d.n - 512; n += 7)
		assert_false(
		    rv_gpt_read(rv_span(d.p, n), 4096 * 512, 512, &g, &err));
	assert_false(rv_gpt_read(rv_buf_span(&d), 4096 * 512, 1024, &g, &err));
	assert_non_null(strstr(err.msg, "sectors of 1024 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(bad),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests_name("uki", tests, NULL, NULL);
}
