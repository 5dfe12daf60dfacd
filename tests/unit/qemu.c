/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qemu.c - the table of QEMU versions: its order, the classes that follow from
 * it, and that documents and help texts say what it says.
 * Runs in the top folder of the source tree.
 */
#define _GNU_SOURCE
#include "qemu/edk2.h"
#include "qemu/qemu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct rv_qemu version(const char *text)
{
	struct rv_qemu v = { 0 };
	struct rv_err err = { 0 };

	if (!rv_qemu_parse(text, &v, &err))
		fail_msg("%s", err.msg);
	return v;
}

static const struct rv_qemu_row *row_of(const char *text)
{
	const struct rv_qemu v = version(text);

	return rv_qemu_find(&v);
}

static unsigned number(const struct rv_qemu *v)
{
	return (v->major * 1000 + v->minor) * 1000 + v->micro;
}

static void rows_ascend(void **state)
{
	(void)state;
	for (size_t i = 0; i < rv_qemu_rows(); i++) {
		const struct rv_qemu_row *r = rv_qemu_row(i);
		char name[24];

		snprintf(name, sizeof name, "%u.%u", r->first.major,
			 r->first.minor);
		assert_string_equal(r->name, name);
		assert_ptr_equal(rv_qemu_find(&r->first), r);
		assert_ptr_equal(rv_qemu_find(&r->shown), r);
		assert_false(rv_qemu_too_old(&r->first));
		assert_false(rv_qemu_too_new(&r->first));
		if (i)
			assert_true(number(&r[-1].first) < number(&r->first));
	}
}

/* The last row before a version, of the same branch. */
static void rows_are_found(void **state)
{
	static const struct {
		const char *version, *first;
	} row[] = {
		{ "8.0.5", "8.0.0" },	{ "8.2.8", "8.2.0" },
		{ "8.2.9", "8.2.9" },	{ "8.2.50", "8.2.9" },
		{ "9.0.6", "9.0.0" },	{ "9.1.2", "9.1.0" },
		{ "9.1.3", "9.1.3" },	{ "9.2.0", "9.2.0" },
		{ "9.2.4", "9.2.1" },	{ "10.0.13", "10.0.0" },
		{ "10.2.4", "10.2.0" }, { "11.1.3", "11.1.0" },
	};
	static const char *const none[] = { "7.2.22", "8.3.0",	"9.3.0",
					    "10.3.0", "11.2.0", "12.0.0" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++)
		assert_ptr_equal(row_of(row[i].version), row_of(row[i].first));
	for (size_t i = 0; i < RV_LEN(none); i++)
		assert_null(row_of(none[i]));
}

static void a_version_that_there_is_not(void **state)
{
	struct rv_shape s = rv_shape_default();
	struct rv_err err = { 0 };

	(void)state;
	s.qemu = version("9.3.0");
	assert_false(rv_shape_resolve(&s, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_string_equal(err.msg, "QEMU 9.3.0: there is no such version");
}

/* Which versions give the same blobs, and which of them are shown. */
static void classes(void **state)
{
	static const struct {
		bool pxb;
		const char *words, *two, *single;
		bool pic;
	} want[] = {
		{ 0, "8.1.0 to 8.2.8, 9.0.0 to 9.1.2, 9.2.0", "8.2.2", "9.1.0",
		  1 },
		{ 0,
		  "8.2.9 and later of 8.2, 9.1.3 and later of 9.1, "
		  "9.2.1 and later of 9.2",
		  "8.2.9", "9.2.1", 0 },
		{ 0, "10.0 to 10.2", "0.0.0", "10.0.0", 0 },
		{ 0, "11.0", "0.0.0", "11.0.0", 0 },
		{ 0, "11.1", "0.0.0", "11.1.0", 0 },
		{ 0, "8.0", "8.0.0", "0.0.0", 1 },
		{ 1, "8.1.0 to 8.2.8, 9.0.0 to 9.1.2", "8.2.2", "9.1.0", 1 },
		{ 1, "8.2.9 and later of 8.2, 9.1.3 and later of 9.1", "8.2.9",
		  "9.1.3", 1 },
		{ 1, "9.2.0", "0.0.0", "9.2.0", 0 },
		{ 1, "9.2.1 and later of 9.2", "0.0.0", "9.2.1", 0 },
		{ 1, "10.0 to 10.2", "0.0.0", "10.0.0", 0 },
		{ 1, "11.0", "0.0.0", "11.0.0", 0 },
		{ 1, "11.1", "0.0.0", "11.1.0", 0 },
		{ 1, "8.0", "8.0.0", "0.0.0", 1 },
	};
	struct rv_qemu_classes c[2];
	size_t k[2] = { 0 };

	(void)state;
	rv_qemu_classify(false, &c[0]);
	rv_qemu_classify(true, &c[1]);
	for (size_t i = 0; i < RV_LEN(want); i++) {
		size_t at = k[want[i].pxb]++;
		const struct rv_qemu_classes *all = &c[want[i].pxb];
		struct rv_qemu two = version(want[i].two);
		struct rv_qemu single = version(want[i].single);
		char words[RV_QEMU_WORDS];

		assert_true(at < all->n);
		rv_qemu_words(all, at, words);
		assert_string_equal(words, want[i].words);
		assert_memory_equal(&all->class[at].two_pass, &two, sizeof two);
		assert_memory_equal(&all->class[at].single, &single,
				    sizeof single);
		assert_int_equal(all->class[at].pic, want[i].pic);
	}
	assert_int_equal(k[0], c[0].n);
	assert_int_equal(k[1], c[1].n);
}

/*
 * Boots of real firmware (QEMU's version, edk2's): only 10.0 with 202502 finds
 * the kernel as it is; 7.2 and 10.0 with 202211 find the header patched.
 */
static void the_kernel_rule(void **state)
{
	static const struct {
		const char *qemu, *edk2;
		enum rv_tri as_file;
	} row[] = {
		{ "8.2.2", "202502", RV_FALSE },
		{ "9.2.1", "202505", RV_FALSE },
		{ "10.0.13", "202211", RV_FALSE },
		{ "10.0.13", "202502", RV_TRUE },
		{ "10.1.0", "202411", RV_FALSE },
		{ "10.1.0", "202505", RV_TRUE },
		{ "10.1.0", NULL, RV_UNSET },
		{ "10.2.0", "202211", RV_TRUE },
		{ "10.2.0", NULL, RV_TRUE },
		{ "11.1.3", "202502", RV_TRUE },
		{ "9.2.1", NULL, RV_FALSE },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++)
		assert_int_equal(
		    rv_kernel_as_file(row_of(row[i].qemu),
				      row[i].edk2 ? rv_edk2_named(row[i].edk2)
						  : NULL),
		    row[i].as_file);
}

/* ---- what documents and help texts say ---- */

/*
 * Is the sentence in the file? Line breaks are blanks there, and so are the
 * quotes that break a string in two, and a comment's stars.
 */
static bool says(const char *path, const char *sentence)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_err err = { 0 };
	size_t n = 0;

	if (!rv_buf_read(path, 4 << 20, &file, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < file.n; i++) {
		uint8_t ch = file.p[i];

		if (ch && strchr(" \n\t\"*", ch))
			ch = ' ';
		if (ch != ' ' || (n && file.p[n - 1] != ' '))
			file.p[n++] = ch;
	}
	return memmem(file.p, n, sentence, strlen(sentence)) != NULL;
}

static const char *name_of(const char *what)
{
	static char text[2][24];
	const struct rv_qemu_row *r;
	size_t i = 0;

	if (strcmp(what, "oldest") == 0)
		return rv_qemu_oldest();
	if (strcmp(what, "newest") == 0)
		return rv_qemu_newest();
	if (strcmp(what, "single") == 0)
		return rv_qemu_single_since();
	if (strcmp(what, "edk2-oldest") == 0 ||
	    strcmp(what, "edk2-newest") == 0) {
		bool oldest = strcmp(what, "edk2-oldest") == 0;

		snprintf(text[oldest], sizeof text[oldest], "%u",
			 oldest ? rv_edk2_oldest() : rv_edk2_newest());
		return text[oldest];
	}
	for (; i < rv_qemu_rows(); i++) {
		r = rv_qemu_row(i);
		if (strcmp(what, "upstream") == 0 && !r->edge)
			return r->name;
		if (strcmp(what, "named") == 0 && r->kernel == RV_KERNEL_NAMED)
			return r->name;
		if (strcmp(what, "as-file") == 0 &&
		    r->kernel == RV_KERNEL_AS_FILE)
			return r->name;
	}
	fail_msg("%s", what);
	return NULL;
}

/* Each sentence with {names} from the table, and where it must stand. */
static const struct {
	const char *path, *sentence;
} sentences[] = {
	{ "docs/refval-acpi.1", "QEMU's version, {oldest} to {newest}." },
	{ "docs/refval-acpi.1", "Default: on below QEMU {single}." },
	{ "docs/refval-acpi.1", "Default: on below QEMU {upstream}," },
	{ "docs/refval-measure.1", "from {oldest} to {newest}." },
	{ "docs/refval-measure.1", "QEMU below {single}" },
	{ "docs/refval-measure.1", "QEMU below {named} changes" },
	{ "docs/refval-measure.1", "from {as-file} on, and from {named}" },
	{ "docs/refval-verify.1",
	  "TDX patches of before upstream (below {upstream})" },
	{ "docs/refval-measure.1",
	  "a release of edk2 from {edk2-oldest} to {edk2-newest}." },
	{ "docs/FORMATS.md", "; {oldest} to {newest} |" },
	{ "include/refval/shape.h", "from {single}: single-pass and pic off" },
	{ "include/refval/shape.h", "RV_INPUT below {oldest}" },
	{ "include/refval/acpi.h", "{oldest}.0 to {newest}.x" },
	{ "lib/acpi/shape.c", "hosts below QEMU {upstream}" },
	{ "include/refval/release.h", "since {named}" },
	{ "images/README.md", "below {named}" },
	{ "lib/diff/cause.c", "as QEMU {single} and newer do" },
	{ "lib/measure/measure.c",
	  "below {single}, a single one from there on" },
	{ "lib/measure/rtmr1.c", "from {named} or {as-file} on QEMU" },
	{ "lib/release/values.c", "QEMU before {as-file}, which" },
	{ "lib/release/values.c", "QEMU before {named}:" },
};

static void fill(const char *sentence, char *out, size_t n)
{
	size_t k = 0;

	for (const char *p = sentence; *p && k + 1 < n; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		char what[24];

		if (!end) {
			out[k++] = *p;
			continue;
		}
		snprintf(what, sizeof what, "%.*s", (int)(end - p - 1), p + 1);
		k += (size_t)snprintf(out + k, n - k, "%s", name_of(what));
		p = end;
	}
	out[k] = '\0';
}

static void texts_agree(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < RV_LEN(sentences); i++) {
		char want[200];

		fill(sentences[i].sentence, want, sizeof want);
		if (says(sentences[i].path, want))
			continue;
		print_error("%s does not say: %s\n", sentences[i].path, want);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_ascend),
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(a_version_that_there_is_not),
		cmocka_unit_test(classes),
		cmocka_unit_test(the_kernel_rule),
		cmocka_unit_test(texts_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
