/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uki.c - unified kernel images and partition tables against an implementation
 * of its own: vectors/uki/make.py; bad ones, each with its sentence.
 */
#include "base.h"
#include "digest.h"
#include "json.h"

#include <refval/boot.h>
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

/* ---- what boots ---- */

static void predicted(const struct rv_boot_values *v, const rv_json *want,
		      const char *name)
{
	assert_true(v->registers > 0);
	for (size_t i = 0; i < v->registers; i++) {
		const struct rv_boot_register *reg = &v->reg[i];
		const rv_json *value = rv_json_get(want, reg->name);

		assert_non_null(value);
		assert_int_equal(reg->known, !rv_json_is_null(value));
		assert_int_equal(reg->known, !*reg->why);
		if (reg->known)
			same(rv_span(reg->value, rv_alg_size(reg->alg)),
			     (const char *)rv_json_text(value).p, name);
	}
}

/* Written and read back it is the same; with a digit changed it is not read. */
static void again(const struct rv_boot_values *v)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 }, more = { 0 };
	struct rv_boot_values *back = calloc(1, sizeof *back);
	struct rv_err err = { 0 };
	char *p;

	assert_non_null(back);
	assert_true(rv_boot_write(v, &text, &err));
	assert_true(rv_boot_is_document(rv_buf_span(&text)));
	if (!rv_boot_read(rv_buf_span(&text), back, &err))
		fail_msg("%s", err.msg);
	assert_true(rv_boot_write(back, &more, &err));
	assert_true(rv_same(rv_buf_span(&text), rv_buf_span(&more)));
	p = strstr((char *)text.p, "\"digest\": \"");
	assert_non_null(p);
	p[11] = p[11] == '0' ? '1' : '0';
	assert_false(rv_boot_read(rv_buf_span(&text), back, &err));
	assert_non_null(strstr(err.msg, "value is not what its"));
	free(back);
}

static void check_boot(const rv_json *row, const struct rv_gpt *gpt)
{
	static const enum rv_boot_platform all[] = { RV_BOOT_TDX, RV_BOOT_GCP,
						     RV_BOOT_TPM, RV_BOOT_AWS };
	const char *name = text(row, "name"), *alg = text(row, "alg");
	RV_AUTO(rv_buf_free) struct rv_buf b = file(name, ".efi");
	RV_AUTO(rv_buf_free)
	struct rv_buf loader = file(
	    strstr(name, "254") ? "boot-loader-254" : "boot-loader", ".efi");
	struct rv_boot_values *v = calloc(1, sizeof *v);
	struct rv_boot_input in = { .uki = rv_buf_span(&b),
				    .gpt = gpt,
				    .edk2 = 202502 };
	struct rv_err err = { 0 };

	assert_non_null(v);
	in.alg = strcmp(alg, "sha384") == 0 ? RV_SHA384 : RV_SHA256;
	if (rv_json_true(rv_json_get(row, "loader")))
		in.loader = rv_buf_span(&loader);
	for (size_t i = 0; i < RV_LEN(all); i++) {
		/* The others have one hash for each register. */
		if (all[i] != RV_BOOT_TPM &&
		    (all[i] == RV_BOOT_TDX) != (in.alg == RV_SHA384))
			continue;
		if (all[i] == RV_BOOT_GCP || all[i] == RV_BOOT_AWS)
			continue;
		in.platform = all[i];
		if (!rv_boot_predict(&in, v, &err))
			fail_msg("%s: %s", name, err.msg);
		predicted(v, rv_json_get(row, "registers"), name);
		again(v);
	}
	free(v);
}

static void boots(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file("boot", ".json");
	RV_AUTO(rv_buf_free) struct rv_buf disk = file("boot-disk", ".bin");
	RV_AUTO(rv_json_free) rv_json *list = NULL;
	struct rv_err err = { 0 };
	struct rv_gpt gpt;

	(void)state;
	assert_true(
	    rv_gpt_read(rv_buf_span(&disk), 4096 * 512, 512, &gpt, &err));
	assert_true(rv_json_parse(rv_buf_span(&b), "JSON", &list, &err));
	for (size_t i = 0; i < rv_json_size(list); i++)
		check_boot(rv_json_at(list, i), &gpt);
	assert_int_equal(rv_json_size(list), 24);
}

/* Registers of two hashes, and a constant that a real document has. */
static void clouds(void **state)
{
	static const char pcr7[] =
	    "98441c7f7625d10058c47683aec486ce311c633235eb555593a7ee791121e357"
	    "8ae72d04ecef661f272d59058b77af35";
	RV_AUTO(rv_buf_free) struct rv_buf b = file("boot-usual", ".efi");
	RV_AUTO(rv_buf_free)
	struct rv_buf old = file("boot-loader-254", ".efi"),
		      newest = file("boot-loader-262", ".efi");
	struct rv_boot_values *v = calloc(1, sizeof *v);
	struct rv_boot_input in = { .uki = rv_buf_span(&b),
				    .platform = RV_BOOT_AWS };
	struct rv_err err = { 0 };

	(void)state;
	assert_non_null(v);
	assert_true(rv_boot_predict(&in, v, &err));
	same(rv_span(rv_boot_register(v, "pcr7")->value, 48), pcr7, "pcr7");
	assert_true(rv_boot_register(v, "pcr4")->known);
	assert_true(v->has_boot_pcr_digest);
	again(v);
	/* An old loader hands a new stub what nobody has seen. */
	in.loader = rv_buf_span(&old);
	assert_true(rv_boot_predict(&in, v, &err));
	assert_false(rv_boot_register(v, "pcr12")->known);
	assert_false(v->has_boot_pcr_digest);
	again(v);
	in.platform = RV_BOOT_GCP;
	assert_true(rv_boot_predict(&in, v, &err));
	assert_false(rv_boot_register(v, "rtmr2")->known);
	in.loader = rv_span(NULL, 0);
	assert_true(rv_boot_predict(&in, v, &err));
	/* No disk was given. */
	assert_false(rv_boot_register(v, "rtmr1")->known);
	assert_false(rv_boot_register(v, "pcr2")->known);
	assert_true(rv_boot_register(v, "rtmr2")->known);
	assert_int_equal(rv_boot_register(v, "pcr11")->alg, RV_SHA256);
	/* Which RTMR gets the separator, the release of the firmware says. */
	in.platform = RV_BOOT_TDX;
	assert_true(rv_boot_predict(&in, v, &err));
	assert_non_null(strstr(rv_boot_register(v, "rtmr1")->why, "--ovmf"));
	in.edk2 = 202402;
	assert_true(rv_boot_predict(&in, v, &err));
	assert_string_equal(rv_boot_register(v, "rtmr1")->event[1].label,
			    "gpt");
	/* The newest loader may measure its configuration in a TD, too. */
	in.loader = rv_buf_span(&newest);
	assert_true(rv_boot_predict(&in, v, &err));
	assert_string_equal(rv_boot_register(v, "rtmr1")->event[3].label,
			    "loader.conf");
	in.platform = RV_BOOT_ENCLAVE;
	assert_false(rv_boot_predict(&in, v, &err));
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors), cmocka_unit_test(bad),
		cmocka_unit_test(cut),	   cmocka_unit_test(boots),
		cmocka_unit_test(clouds),
	};

	return cmocka_run_group_tests_name("uki", tests, NULL, NULL);
}
