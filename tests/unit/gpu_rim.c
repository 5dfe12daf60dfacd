/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_rim.c - manifests of GPUs: each algorithm of a signature another one, and
 * what stands in a manifest (which nobody need sign for that) as it must not.
 */
#define _GNU_SOURCE /* memmem */
#include "base.h"
#include "gpu/gpu.h"
#include "test_file.h"
#include "xml.h"

#include <string.h>

#define RIM_FILE "NV_GPU_DRIVER_GH100_595.71.05.xml"

/* @text with the @nth @old in it as @with. */
static struct rv_buf edited(struct rv_span text, const char *old, size_t nth,
			    const char *with)
{
	const char *at = (const char *)text.p, *end = at + text.n;
	size_t n = strlen(old);
	struct rv_grow g = { 0 };
	struct rv_buf out;
	struct rv_err err = { 0 };

	for (;; at++) {
		at = memmem(at, (size_t)(end - at), old, n);
		if (!at)
			fail_msg("%s is not in it", old);
		if (nth-- == 0)
			break;
	}
	rv_grow_add(&g, text.p, (size_t)(at - (const char *)text.p));
	rv_grow_text(&g, with);
	rv_grow_add(&g, at + n, (size_t)(end - at) - n);
	assert_true(rv_grow_take(&g, &out, &err));
	return out;
}

/* In the order in which they stand there. */
static void algorithms(void **state)
{
	static const char *const of[] = { "CanonicalizationMethod",
					  "SignatureMethod", "Transform",
					  "Transform", "DigestMethod" };
	RV_AUTO(rv_buf_free)
	struct rv_buf file = test_file("tests/vectors/gpu/rims/", RIM_FILE);
	struct rv_cert *root = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_cert_read(rv_gpu_rim_root(), &root, &err));
	for (size_t i = 0; i < RV_LEN(of); i++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf b = edited(rv_buf_span(&file), "Algorithm=\"http",
					 i, "Algorithm=\"HTTP");
		struct gpu_links links = { .n = 0 };
		struct gpu_rim rim = { .golden = NULL };
		struct gpu_why why = { .id = NULL };
		char want[64];

		assert_false(
		    rv_gpu_rim_read(rv_buf_span(&b), root, &links, &rim, &why));
		assert_string_equal(why.id, "rim-algorithm");
		assert_int_equal(why.verdict, RV_CANNOT_TELL);
		snprintf(want, sizeof want, "RIM: %s is HTTP", of[i]);
		assert_ptr_equal(strstr(why.err.msg, want), why.err.msg);
	}
	rv_cert_free(&root);
}

/* ---- what it says ---- */

#define SWID "xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\""
#define X16  "0123456789abcdef"
#define X48  X16 X16 X16 X16 X16 X16

#define DOCUMENT(root)                                                         \
	"<" root " " SWID                                                      \
	" xmlns:h=\"http://www.w3.org/2001/04/xmlenc#sha384\">"                \
	"<Meta colloquialVersion=\"1\" product=\"p\" edition=\"e\"/>"          \
	"<Payload><Resource type=\"Measurement\" index=\"0\" size=\"48\""      \
	" active=\"True\" alternatives=\"1\" h:Hash0=\"" X48 "\"/>"            \
	"<Resource type=\"Measurement\" index=\"254\" size=\"48\""             \
	" active=\"False\" alternatives=\"2\" h:Hash0=\"" X48                  \
	"\" h:Hash1=\"" X48 "\"/></Payload></" root ">"

static const char whole[] = DOCUMENT("SoftwareIdentity");

static bool is_read(struct rv_span text, struct gpu_rim *out,
		    struct gpu_why *why)
{
	struct rv_xml *x = NULL;
	struct rv_err err = { 0 };
	bool doctype, ok;

	if (!rv_xml_read(text, &x, &doctype, &err))
		fail_msg("%s", err.msg);
	ok = rv_gpu_rim_values(x, out, why);
	rv_xml_free(&x);
	return ok;
}

static void values(void **state)
{
	static const struct {
		const char *old;
		size_t nth;
		const char *with, *id;
	} row[] = {
		{ "2015/schema", 0, "2016/schema", "rim-structure" },
		{ "<Meta ", 0, "<meta ", "rim-structure" },
		{ "<Payload>", 0, "<Payload/><Payload>", "rim-structure" },
		{ "colloquialVersion=\"1\"", 0, "", "rim-structure" },
		{ "product=\"p\"", 0, "product=\"\"", "rim-structure" },
		{ "edition", 0, "Edition", "rim-structure" },
		{ "type=\"M", 1, "type=\"m", "rim-structure" },
		{ "index=\"254\"", 0, "index=\"255\"", "rim-structure" },
		{ "index=\"254\"", 0, "index=\"-1\"", "rim-structure" },
		{ "index=\"254\"", 0, "index=\"0\"", "rim-duplicate-index" },
		{ "size=\"48\"", 0, "size=\"47\"", "rim-size" },
		{ "size=\"48\"", 1, "size=\"49\"", "rim-structure" },
		{ "=\"True", 0, "=\"true", "rim-active" },
		{ "=\"True", 0, "=\"False", "rim-structure" },
		{ "tives=\"1\"", 0, "tives=\"0\"", "rim-alternatives" },
		{ "tives=\"1\"", 0, "tives=\"2\"", "rim-alternatives" },
		{ "tives=\"2\"", 0, "tives=\"1\"", "rim-alternatives" },
		{ "tives=\"2\"", 0, "tives=\"99\"", "rim-alternatives" },
		{ "h:Hash1", 0, "Hash1", "rim-alternatives" },
		{ "h:Hash0=\"0", 1, "h:Hash0=\"", "rim-size" },
		{ "h:Hash0=\"0", 0, "h:Hash0=\"x", "rim-size" },
	};
	struct gpu_rim rim = { .golden = NULL };
	struct gpu_why why = { .id = NULL };

	(void)state;
	assert_false(is_read(rv_text(DOCUMENT("Identity")), &rim, &why));
	assert_string_equal(why.id, "rim-structure");
	assert_true(is_read(rv_text(whole), &rim, &why));
	assert_int_equal(rim.about.active, 1);
	assert_true(rim.golden[0].active && !rim.golden[254].active);
	assert_true(rim.golden[254].there && !rim.golden[253].there);
	assert_int_equal(rim.golden[254].alternatives, 2);
	rv_gpu_rim_free(&rim);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf b =
		    edited(rv_text(whole), row[i].old, row[i].nth, row[i].with);

		why = (struct gpu_why){ .id = NULL };
		if (is_read(rv_buf_span(&b), &rim, &why) ||
		    strcmp(why.id, row[i].id) != 0)
			fail_msg("%s, %s: %s", row[i].with,
				 why.id ? why.id : "read", why.err.msg);
		assert_int_equal(why.verdict, RV_CANNOT_TELL);
		assert_null(rim.golden);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(algorithms),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
