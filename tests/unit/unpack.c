/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.c - what the command cannot be asked for: the CRC against zlib's, gzip
 * in blocks of one byte, and the small grammars one by one.
 * Run in the top folder, as `make check` does.
 */
#define _GNU_SOURCE
#include "base.h"
#include "crc32.h"
#include "inflate.h"
#include "unpack/unpack.h"

#include <refval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "layout.h"

#define FOLDER "tests/vectors/unpack/"

static struct rv_err err;

static void crc_is_zlibs(void **state)
{
	static uint8_t b[70000];
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof b; i++)
		b[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
	for (size_t n = 0; n < 600; n++)
		for (size_t at = 0; at < 17; at++)
			assert_int_equal(rv_crc32(x, rv_span(b + at, n)),
					 crc32(x, b + at, (uInt)n));
	for (size_t n = 601; n < sizeof b; n += 997)
		assert_int_equal(rv_crc32(0, rv_span(b, n)),
				 crc32(0, b, (uInt)n));
	/* In two parts it is the same. */
	assert_int_equal(
	    rv_crc32(rv_crc32(0, rv_span(b, 1000)), rv_span(b + 1000, 5000)),
	    crc32(0, b, 6000));
}

/* A stream that gives @step bytes at a time. */
struct drip {
	struct rv_span left;
	size_t step;
};

static bool drip_next(void *arg, struct rv_span *block, struct rv_err *e)
{
	struct drip *d = arg;
	size_t n = d->left.n < d->step ? d->left.n : d->step;

	(void)e;
	*block = rv_span(d->left.p, n);
	d->left = rv_span(d->left.p + n, d->left.n - n);
	return true;
}

static bool gunzip(struct rv_span in, size_t step, struct rv_buf *out)
{
	RV_AUTO(rv_gunzip_free) struct rv_gunzip *g = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	struct drip d = { in, step };
	struct rv_span b;

	err = (struct rv_err){ 0 };
	assert_true(
	    rv_gunzip_new((struct rv_stream){ drip_next, &d }, &g, &err));
	do {
		if (!rv_gunzip_next(g, &b, &err))
			return false;
		rv_grow_add(&to, b.p, b.n);
	} while (b.n);
	/* The end stays the end. */
	assert_true(rv_gunzip_next(g, &b, &err) && b.n == 0);
	return rv_grow_take(&to, out, &err);
}

static void gzip_in_any_blocks(void **state)
{
	static const char *const file[] = { FOLDER "mr.tar.gz",
					    FOLDER "header-fields.tar.gz" };
	static const size_t step[] = { 1, 2, 3, 7, 100, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(file); i++) {
		struct rv_buf in, out, first = { 0 };

		assert_true(rv_buf_read(file[i], 1 << 20, &in, &err));
		for (size_t k = 0; k < RV_LEN(step); k++) {
			assert_true(gunzip(rv_buf_span(&in), step[k], &out));
			assert_int_equal(out.n, 10240);
			if (k)
				assert_memory_equal(out.p, first.p, out.n);
			else
				first = RV_TAKE(out);
			rv_buf_free(&out);
		}
		rv_buf_free(&first);
		rv_buf_free(&in);
	}
}

/* Every header field: each flipped bit and each cut is noticed or harmless. */
static void gzip_every_byte(void **state)
{
	struct rv_buf in, out, want;
	size_t harmless = 0;

	(void)state;
	assert_true(
	    rv_buf_read(FOLDER "header-fields.tar.gz", 1 << 20, &in, &err));
	assert_true(gunzip(rv_buf_span(&in), 1 << 20, &want));
	for (size_t i = 0; i < in.n; i++) {
		bool cut = gunzip(rv_span(in.p, i), 1 << 20, &out);

		/* Only between the two members is a whole stream. */
		assert_int_equal(cut, i == in.n - 20);
		if (cut)
			rv_buf_free(&out);
		else
			assert_int_equal(err.code, RV_INPUT);
		in.p[i] ^= 0x40;
		if (gunzip(rv_buf_span(&in), 1 << 20, &out)) {
			assert_int_equal(out.n, want.n);
			assert_memory_equal(out.p, want.p, out.n);
			rv_buf_free(&out);
			harmless++;
		}
		in.p[i] ^= 0x40;
	}
	/*
	 * The second header has no CRC: MTIME, XFL and OS are free. So are, in
	 * both, the bits between the last deflate block and the next byte.
	 */
	assert_int_equal(harmless, 8);
	rv_buf_free(&want);
	rv_buf_free(&in);
}

static void versions(void **state)
{
	static const char *const newer[] = { "0.5.1",	 "0.5.0.1", "0.5.11",
					     "0.6.0.a1", "1.0.0",   "0.10.0" };
	static const char *const older[] = { "0.5.0", "0.4.2", "0.3.5", "0.0.1",
					     "0.5.0.0" };
	static const char *const no[] = { "",	   "0.5",  "main",  "v0.5.1",
					  "0.5.x", "0..1", "00.5.1" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(newer); i++)
		assert_int_equal(rv_version_after_050(newer[i]), 1);
	for (size_t i = 0; i < RV_LEN(older); i++)
		assert_int_equal(rv_version_after_050(older[i]), -1);
	for (size_t i = 0; i < RV_LEN(no); i++)
		assert_int_equal(rv_version_after_050(no[i]), 0);
}

static void member_paths(void **state)
{
	static const struct {
		const char *path;
		bool folder, ok;
		const char *top, *name;
	} row[] = {
		{ "bzImage", false, true, "", "bzImage" },
		{ "./bzImage", false, true, "", "bzImage" },
		{ "dstack-0.5.8/bzImage", false, true, "dstack-0.5.8",
		  "bzImage" },
		{ "./dstack-0.5.8/bzImage", false, true, "dstack-0.5.8",
		  "bzImage" },
		{ ".", true, true, "", "" },
		{ "./", true, true, "", "" },
		{ "dstack-0.5.8/", true, true, "dstack-0.5.8", "" },
		{ "dstack-0.5.8", true, true, "dstack-0.5.8", "" },
		{ "./dstack-0.5.8/", true, true, "dstack-0.5.8", "" },
		{ "..bzImage", false, true, "", "..bzImage" },
		{ "", false, false, 0, 0 },
		{ ".", false, false, 0, 0 },
		{ "./", false, false, 0, 0 },
		{ "..", true, false, 0, 0 },
		{ "/", true, false, 0, 0 },
		{ "/x", false, false, 0, 0 },
		{ "././x", false, false, 0, 0 },
		{ "a/./x", false, false, 0, 0 },
		{ "a//x", false, false, 0, 0 },
		{ "a/../x", false, false, 0, 0 },
		{ "x/", false, false, 0, 0 },
		{ "a/b/x", false, false, 0, 0 },
		{ "a/b/", true, false, 0, 0 },
		{ "a\\b", false, false, 0, 0 },
		{ "a\nb", false, false, 0, 0 },
		{ "-x", false, false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct rv_member m;
		bool ok = rv_member_parse(row[i].path, row[i].folder, &m, &err);

		if (ok != row[i].ok)
			fail_msg("\"%s\"", row[i].path);
		if (!ok)
			continue;
		assert_string_equal(m.folder, row[i].top);
		assert_string_equal(m.name, row[i].name);
	}
}

/* ---- a whole archive, changed in one place ---- */

/* Read @tar as an image; false: refused, for a reason that says @why. */
static bool reads(const struct rv_buf *tar, const char *why)
{
	RV_AUTO(rv_image_free) struct rv_image image = { 0 };
	const struct rv_image_options opts = { 0 };
	char path[64];
	int fd = memfd_create("image", MFD_CLOEXEC);
	bool ok;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, tar->p, tar->n), (ssize_t)tar->n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ok = rv_image_read(path, &opts, &image, &err);
	close(fd);
	if (!ok && !strstr(err.msg, why))
		fail_msg("%s", err.msg);
	return ok;
}

/* Twice as many members as files are read, folders among them, and no more. */
static void members_of_an_archive(void **state)
{
	enum { MOST = 2 * RV_IMAGE_FILES_MAX };
	static const struct made_entry folder = { .name = "./",
						  .type = '5',
						  .mode = 0755 };

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 };

		for (unsigned i = 1; i < MOST + more; i++)
			made_entry(&tar, &folder);
		made_file(&tar, "a", rv_text("a"));
		made_end(&tar);
		err = (struct rv_err){ 0 };
		assert_false(reads(&tar.buf, more ? "more than 128 members"
						  : "metadata.json: missing"));
		assert_int_equal(err.code, RV_INPUT);
	}
}

/* Each digit of sha256sum.txt counts, and each byte of what it lists. */
static void every_digit_of_the_sums(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf z = { 0 }, tar = { 0 };
	uint8_t *sums, *line;

	(void)state;
	assert_true(rv_buf_read(FOLDER "mr.tar.gz", 1 << 20, &z, &err));
	assert_true(gunzip(rv_buf_span(&z), 1 << 20, &tar));
	assert_true(reads(&tar, ""));
	for (sums = tar.p; memcmp(sums, "sha256sum.txt", 14) != 0; sums += 512)
		assert_true(sums + 1024 < tar.p + tar.n);
	for (line = sums + 512; *line;
	     line = (uint8_t *)strchr((char *)line, '\n') + 1)
		for (int i = 0; i < 64; i++) {
			uint8_t was = line[i];

			line[i] = was == '0' ? '1' : '0';
			if (reads(&tar, "sha256sum.txt says"))
				fail_msg("digit %d of %.80s", i, (char *)line);
			line[i] = was;
		}
}

#define DIGITS                                                                 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* sha256sum.txt and digest.txt in their strict grammars. */
static void grammar_of_sums(void **state)
{
	static const struct {
		const char *text, *says; /* NULL: it is read */
	} row[] = {
		{ DIGITS "  a\n", NULL },
		{ DIGITS "  ./a\n", NULL },
		{ DIGITS "  a\n" DIGITS "  b\n", NULL },
		{ DIGITS "  ./a\n" DIGITS "  ./b\n", NULL },
		{ DIGITS " *a\n", "line 1: no two blanks behind the digest" },
		{ DIGITS "\t a\n", "no two blanks behind the digest" },
		{ DIGITS "0  a\n", "no two blanks behind the digest" },
		{ DIGITS " a\n", "no two blanks behind the digest" },
		{ DIGITS "   a\n", "not a plain name" },
		{ DIGITS "  \n", "not a plain name" },
		{ DIGITS "  ./\n", "not a plain name" },
		{ DIGITS "  .\n", "not a plain name" },
		{ DIGITS "  ..\n", "not a plain name" },
		{ DIGITS "  -a\n", "not a plain name" },
		{ DIGITS "  a/b\n", "not a plain name" },
		{ DIGITS "  a\r\n", "not a plain name" },
		{ "A" DIGITS "  a\n", "not 64 lower-case hex digits" },
		{ DIGITS "  a\n" DIGITS "  ./b\n", "line 2: some names" },
		{ DIGITS "  ./a\n" DIGITS "  b\n", "line 2: some names" },
		{ DIGITS "  a\n" DIGITS "  a\n", "line 2: a: a second time" },
		{ DIGITS "  a\n\n", "line 2: " },
		{ DIGITS "  a", "no line feed at the end" },
		{ "", "empty" },
	};
	struct rv_checksums sums;
	struct rv_sha256 d;

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		bool read =
		    rv_checksums_parse(rv_text(row[i].text), &sums, &err);

		if (read != !row[i].says ||
		    (!read && !strstr(err.msg, row[i].says)))
			fail_msg("row %zu: %s", i, read ? "read" : err.msg);
	}
	assert_true(rv_digest_txt_parse(rv_text(DIGITS "\n"), &d, &err));
	assert_false(rv_digest_txt_parse(rv_text(DIGITS), &d, &err));
	assert_false(rv_digest_txt_parse(rv_text(DIGITS "0"), &d, &err));
	assert_false(rv_digest_txt_parse(rv_text(DIGITS "\n\n"), &d, &err));
	assert_false(rv_digest_txt_parse(rv_text("A" DIGITS), &d, &err));
	assert_false(
	    rv_digest_txt_parse(rv_text("A123456789abcdef0123456789abcdef"
					"0123456789abcdef0123456789abcdef\n"),
				&d, &err));
}

/* Where no folder can be made, the place asked for is named, and why. */
static void no_place_for_a_folder(void **state)
{
	RV_AUTO(rv_to_free) struct rv_to *to = NULL;

	(void)state;
	assert_false(rv_to_open("/proc/refval", &to, &err));
	assert_null(to);
	assert_int_equal(err.code, RV_SYSTEM);
	assert_string_equal(err.msg, "/proc/refval: No such file or directory");
}

/* An image has the name of its folder, where the path has one. */
static void name_of_a_folder(void **state)
{
	static const struct {
		const char *behind, *name;
	} row[] = { { "", "image" },
		    { "/", "image" },
		    { "//", "image" },
		    { "/.", NULL },
		    { "/../image/..//image", "image" } };
	char folder[] = "/tmp/refval-unpack.XXXXXX", to[64], path[128];
	const struct rv_image_options opts = { .to = to };
	RV_AUTO(rv_image_free) struct rv_image made = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(to, sizeof to, "%s/image", folder);
	if (!rv_image_read(FOLDER "0.5.8.tar", &opts, &made, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_image_free) struct rv_image got = { 0 };

		snprintf(path, sizeof path, "%s%s", to, row[i].behind);
		if (!rv_image_read(path, NULL, &got, &err))
			fail_msg("%s: %s", path, err.msg);
		assert_int_equal(got.n, made.n);
		assert_true(row[i].name
				? got.name && !strcmp(got.name, row[i].name)
				: !got.name);
	}
	for (size_t i = 0; i < made.n; i++) {
		snprintf(path, sizeof path, "%s/%s", to, made.file[i].name);
		unlink(path);
	}
	assert_int_equal(rmdir(to), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_zlibs),
		cmocka_unit_test(gzip_in_any_blocks),
		cmocka_unit_test(gzip_every_byte),
		cmocka_unit_test(versions),
		cmocka_unit_test(member_paths),
		cmocka_unit_test(members_of_an_archive),
		cmocka_unit_test(every_digit_of_the_sums),
		cmocka_unit_test(grammar_of_sums),
		cmocka_unit_test(no_place_for_a_folder),
		cmocka_unit_test(name_of_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
