/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_edges.c - images beside the ones of the command's suites: names that
 * are almost whiteouts, and the choice where a side has several images.
 */
#include "layout.h"
#include "image/ustar.h"

static struct rv_err err;

/* A layer of these paths: "d/" is a directory, others are files. */
static struct rv_buf layer_of(const char *const *path, const char *content)
{
	struct rv_grow tar = { 0 };
	struct rv_buf out = { 0 };

	for (; *path; path++) {
		bool folder = (*path)[strlen(*path) - 1] == '/';
		struct made_entry e = { .name = *path,
					.type = folder ? '5' : '0',
					.mode = folder ? 0755 : 0644,
					.data = rv_text(content) };

		made_entry(&tar, &e);
	}
	made_end(&tar);
	assert_true(rv_grow_take(&tar, &out, &err));
	return out;
}

static struct made_image image_of(const struct rv_buf *layer)
{
	return (struct made_image){ .arch = "amd64",
				    .config = "\"User\":\"u\"",
				    .top = "",
				    .layer = { rv_buf_span(layer) },
				    .n = 1 };
}

/* The fault of an image of one layer with these paths; "" is none. */
static void fault_of(const char *const *path, char *out, size_t room)
{
	RV_AUTO(rv_buf_free) struct rv_buf layer = layer_of(path, "x");
	RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
	const struct made_image m = image_of(&layer);
	struct rv_span code;

	if (!made_read(&m, 1, &o, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(o.n_image, 1);
	code = rv_oci_code(&o.image[0].fault);
	snprintf(out, room, "%.*s", (int)code.n, (const char *)code.p);
	assert_int_equal(o.image[0].has_image, !*out);
}

/* ".wh." and nothing less makes a name a whiteout, wherever it stands. */
static void almost_whiteouts(void **state)
{
	static const struct {
		const char *path[3], *fault;
	} row[] = {
		{ { ".wha/", ".wha/b" }, "" },
		{ { "a/", "a/.wh" }, "" },
		{ { ".wh/", ".wh/b" }, "" },
		{ { "x.wh.a/", "x.wh.a/b" }, "" },
		{ { "x.wh.a" }, "" },
		{ { ".wx.a/", ".wx.a/b" }, "" },
		{ { ".wh.a/b" }, "E_WHITEOUT_PARENT" },
		{ { "c/.wh.a/b" }, "E_WHITEOUT_PARENT" },
		{ { "c/.wh./b" }, "E_WHITEOUT_PARENT" },
		{ { ".wh." }, "E_WHITEOUT_EMPTY" },
	};
	char fault[40];

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		fault_of(row[i].path, fault, sizeof fault);
		if (strcmp(fault, row[i].fault) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", row[i].path[0],
				 fault, row[i].fault);
	}
}

/* ---- which image belongs beside which ---- */

/* One beside two: by its tag, its digests, its platform, not by its place. */
static void one_beside_two(void **state)
{
	static const char *const path[] = { "a", NULL };
	RV_AUTO(rv_buf_free) struct rv_buf x = layer_of(path, "x");
	RV_AUTO(rv_buf_free) struct rv_buf y = layer_of(path, "y");

	(void)state;
	for (int at = 0; at < 2; at++)
		for (int sign = 0; sign < 3; sign++) {
			RV_AUTO(rv_oci_free) struct rv_oci a = { 0 }, b = { 0 };
			struct made_image one = image_of(&x), two[2];
			size_t pair = 9;

			two[!at] = image_of(&y);
			two[at] = image_of(&x);
			if (sign == 0) { /* another content, the same tag */
				two[at] = image_of(&y);
				one.tag = two[at].tag = "v1";
				two[!at].tag = "v2";
				two[!at].config = "";
			}
			if (sign == 2) { /* nothing but the platform */
				one.arch = two[at].arch = "arm64";
				two[at].config = "";
			}
			assert_true(made_read(&one, 1, &a, &err) &&
				    made_read(two, 2, &b, &err));
			assert_int_equal(b.n_image, 2);
			assert_true(rv_oci_pairs(&a, &b, &pair, &err));
			assert_int_equal(pair, at);
			/* The other way round, one of two has none. */
			{
				size_t back[2] = { 9, 9 };

				assert_true(rv_oci_pairs(&b, &a, back, &err));
				assert_int_equal(back[at], 0);
				assert_true(back[!at] == SIZE_MAX);
			}
		}
}

/* One beside one is a pair, whatever they are. */
static void one_beside_one(void **state)
{
	static const char *const path[] = { "a", NULL };
	RV_AUTO(rv_buf_free) struct rv_buf x = layer_of(path, "x");
	RV_AUTO(rv_oci_free) struct rv_oci a = { 0 }, b = { 0 };
	struct made_image one = image_of(&x), other = image_of(&x);
	size_t pair = 9;

	(void)state;
	other.arch = "arm64";
	assert_true(made_read(&one, 1, &a, &err) &&
		    made_read(&other, 1, &b, &err));
	assert_true(rv_oci_pairs(&a, &b, &pair, &err));
	assert_int_equal(pair, 0);
}

/* ---- the pinned side from documents ---- */

/* Two documents for a pin are an index and a manifest that it lists. */
static void two_documents(void **state)
{
	static const char index[] = "{\"schemaVersion\":2,\"manifests\":[]}";
	static const char other[] =
	    "{\"schemaVersion\":2,\"manifests\":[],\"annotations\":{}}";
	const struct rv_span a = rv_text(index), b = rv_text(other);
	const struct {
		struct rv_span doc[2];
		size_t n;
		const char *says;
	} row[] = {
		{ { a, b }, 2, "E_PIN: two indexes were given, and no" },
		{ { b, a }, 2, "E_PIN: two indexes were given, and no" },
		{ { a, { 0 } },
		  1,
		  "E_PIN: the pinned digest is an index: the manifest it" },
		{ { b, b }, 2, "E_BLOB_DIGEST: the manifest has the digest" },
	};
	struct rv_oci_digest pin = { .alg = RV_OCI_SHA256 };
	struct rv_sha256 d;

	(void)state;
	assert_true(rv_sha256(a, &d, &err));
	memcpy(pin.b, d.b, sizeof d.b);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };

		assert_false(rv_oci_pinned(&pin, row[i].doc, row[i].n,
					   rv_text("{}"), &o, &err));
		assert_int_equal(o.n_image, 0);
		if (strncmp(err.msg, row[i].says, strlen(row[i].says)) != 0)
			fail_msg("row %zu: %s", i, err.msg);
	}
}

/* What a config means is said of one that can be said, and of no part of it. */
static void meaning_of_a_config(void **state)
{
	static const struct {
		const char *retries;
		bool good;
	} row[] = { { "3", true }, { "3.5", false } };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow c = { 0 }, m = { 0 };
		RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
		struct rv_oci_digest pin = { .alg = RV_OCI_SHA256 };
		struct rv_span doc;
		struct rv_sha256 d;
		char hex[65];

		rv_grow_printf(&c,
			       "{\"architecture\":\"amd64\",\"os\":\"linux\","
			       "\"config\":{\"Healthcheck\":{\"Retries\":%s}},"
			       "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
			       "[]}}",
			       row[i].retries);
		made_sha256(rv_buf_span(&c.buf), hex);
		rv_grow_printf(&m,
			       "{\"schemaVersion\":2,\"config\":{\"mediaType\":"
			       "\"application/vnd.oci.image.config.v1+json\","
			       "\"digest\":\"sha256:%s\",\"size\":%zu},"
			       "\"layers\":[]}",
			       hex, c.buf.n);
		doc = rv_buf_span(&m.buf);
		assert_true(rv_sha256(doc, &d, &err));
		memcpy(pin.b, d.b, sizeof d.b);
		if (!rv_oci_pinned(&pin, &doc, 1, rv_buf_span(&c.buf), &o,
				   &err))
			fail_msg("%s", err.msg);
		assert_int_equal(o.n_image, 1);
		assert_int_equal(o.image[0].has_meaning, row[i].good);
		assert_int_equal(o.image[0].meaning_text.n != 0, row[i].good);
	}
}

/* ---- tags ---- */

/* An archive as `docker save` writes it, of one image with these tags. */
static bool docker_read(const char *tags, struct rv_oci *out)
{
	static const char *const path[] = { "a", NULL };
	const struct rv_oci_opts opts = { .max = 1 << 24 };
	RV_AUTO(rv_buf_free) struct rv_buf layer = layer_of(path, "x");
	RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow config = { 0 };
	int fd = memfd_create("image", MFD_CLOEXEC);
	char name[64], hex[65];
	bool ok;

	made_sha256(rv_buf_span(&layer), hex);
	rv_grow_printf(&config,
		       "{\"architecture\":\"amd64\",\"os\":\"linux\","
		       "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
		       "[\"sha256:%s\"]}}",
		       hex);
	rv_grow_printf(&list,
		       "[{\"Config\":\"c.json\",\"RepoTags\":[%s],"
		       "\"Layers\":[\"l.tar\"]}]",
		       tags);
	made_file(&tar, "c.json", rv_buf_span(&config.buf));
	made_file(&tar, "l.tar", rv_buf_span(&layer));
	made_file(&tar, "manifest.json", rv_buf_span(&list.buf));
	made_end(&tar);
	assert_true(fd >= 0);
	assert_false(tar.failed || list.failed || config.failed);
	assert_int_equal(write(fd, tar.buf.p, tar.buf.n), (ssize_t)tar.buf.n);
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	ok = rv_oci_read(name, &opts, out, &err);
	close(fd);
	return ok;
}

/* A tag counts once, however often a list names it; 256 of them are read. */
static void tags_once(void **state)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf tags = { 0 };
	RV_AUTO(rv_oci_free) struct rv_oci o = { 0 }, twice = { 0 };
	RV_AUTO(rv_oci_free) struct rv_oci more = { 0 };

	(void)state;
	assert_true(docker_read("\"a:1\",\"b:1\",\"a:1\",\"b:1\"", &o));
	assert_int_equal(o.n_image, 1);
	assert_int_equal(o.image[0].n_tag, 2);
	assert_string_equal(o.image[0].tag[0], "a:1");
	assert_string_equal(o.image[0].tag[1], "b:1");
	for (unsigned i = 0; i < 512; i++)
		rv_grow_printf(&g, "%s\"a:%u\"", i ? "," : "", i % 256);
	assert_true(rv_grow_take(&g, &tags, &err));
	assert_true(docker_read((char *)tags.p, &twice));
	assert_int_equal(twice.image[0].n_tag, 256);
	rv_grow_printf(&g, "%s,\"b:0\"", (char *)tags.p);
	rv_buf_free(&tags);
	assert_true(rv_grow_take(&g, &tags, &err));
	assert_false(docker_read((char *)tags.p, &more));
	assert_non_null(strstr(err.msg, "E_TAGS: "));
	assert_non_null(strstr(err.msg, ": more than 256 tags"));
}

/* ---- the best of several rebuilds ---- */

enum { RANKS = 5 };

/*
 * Of two rebuilds for the pinned platform the better one decides, whichever
 * comes first.
 */
static void best_of_two(void **state)
{
	static const char *const path[] = { "a", NULL };
	static const char *const later[] = { "b", "a", NULL };
	static const char *const sooner[] = { "a", "b", NULL };
	static const int level[RANKS] = { 4, 2, 1, 2, -1 };
	static const enum rv_code code[RANKS] = { RV_OK, RV_OK, RV_OK, RV_NO,
						  RV_NO };
	RV_AUTO(rv_buf_free) struct rv_buf x = layer_of(sooner, "x");
	RV_AUTO(rv_buf_free) struct rv_buf order = layer_of(later, "x");
	RV_AUTO(rv_buf_free) struct rv_buf y = layer_of(path, "y");
	RV_AUTO(rv_oci_free) struct rv_oci pinned = { 0 };
	struct made_image rank[RANKS] = { image_of(&x), image_of(&x),
					  image_of(&order), image_of(&x),
					  image_of(&y) };
	struct rv_oci_digest pin;

	(void)state;
	rank[1].top = ",\"created\":\"2026-01-01T00:00:00Z\"";
	rank[3].config = "\"User\":\"other\"";
	assert_true(made_read(&rank[0], 1, &pinned, &err));
	pin = pinned.image[0].manifest.by[0];
	for (int i = 0; i < RANKS; i++)
		for (int k = 0; k < RANKS; k++) {
			RV_AUTO(rv_oci_match_free)
			struct rv_oci_match m = { 0 };
			RV_AUTO(rv_oci_free) struct rv_oci r = { 0 };
			struct made_image two[2] = { rank[i], rank[k] };
			int best = i < k ? i : k;

			if (i == k)
				continue;
			two[0].tag = "v0";
			two[1].tag = "v1";
			assert_true(made_read(two, 2, &r, &err));
			assert_int_equal(r.n_image, 2);
			if (!rv_oci_match(&pin, &r, &pinned, &m, &err))
				fail_msg("%d and %d: %s", i, k, err.msg);
			assert_int_equal(m.level, level[best]);
			assert_int_equal(m.verdict, code[best]);
		}
}

/* These images in one index, which is listed at the top. */
static void read_nested(const struct made_image *image, size_t n,
			struct rv_oci *out)
{
	const struct rv_oci_opts opts = { .max = 1 << 24, .tree_text = true };
	RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow index = { 0 };
	char path[64];
	int fd;

	rv_grow_text(&index, "{\"schemaVersion\":2,\"manifests\":[");
	for (size_t i = 0; i < n; i++) {
		rv_grow_text(&index, i ? "," : "");
		made_one(&tar, &image[i], &index);
	}
	rv_grow_text(&index, "]}");
	made_blob(&tar, "index.v1+json", rv_buf_span(&index.buf), &list);
	rv_grow_text(&list, "}");
	fd = made_archive(&tar, rv_buf_span(&list.buf), path);
	if (!rv_oci_read(path, &opts, out, &err))
		fail_msg("%s", err.msg);
	close(fd);
	assert_int_equal(out->n_image, n);
	assert_int_equal(out->n_index, 1);
}

/* A pinned index of two: which of them is asked for, nobody said. */
static void pinned_index_of_two(void **state)
{
	static const char *const path[] = { "a", NULL };
	static const struct {
		const char *arch[2];
		enum rv_code code;
		const char *said;
	} row[] = {
		{ { "amd64", "arm64" },
		  RV_USAGE,
		  "both sides have several images: choose with --platform" },
		{ { "amd64", "amd64" },
		  RV_INPUT,
		  "E_PLATFORM: the pinned index lists two images for"
		  " linux/amd64" },
	};
	RV_AUTO(rv_buf_free) struct rv_buf x = layer_of(path, "x");
	RV_AUTO(rv_buf_free) struct rv_buf y = layer_of(path, "y");

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_oci_free) struct rv_oci a = { 0 }, b = { 0 };
		RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };
		struct made_image two[2] = { image_of(&x), image_of(&x) };

		two[0].arch = row[i].arch[0];
		two[1].arch = row[i].arch[1];
		two[1].config = "\"User\":\"v\"";
		read_nested(two, 2, &a);
		two[0].layer[0] = two[1].layer[0] = rv_buf_span(&y);
		read_nested(two, 2, &b);
		err = (struct rv_err){ 0 };
		assert_false(rv_oci_match(&a.index[0].by[RV_OCI_SHA256], &b, &a,
					  &m, &err));
		if (err.code != row[i].code || !strstr(err.msg, row[i].said))
			fail_msg("%zu: %d %s", i, (int)err.code, err.msg);
	}
}

/* ---- holes of sparse files ---- */

static void record(struct rv_grow *to, const char *key, unsigned value)
{
	char text[64];
	int n = snprintf(text, sizeof text, " %s=%u\n", key, value);

	/* The length counts its own two digits. */
	rv_grow_printf(to, "%d%s", n + 2, text);
}

/* A sparse file (pax 1.0) of @size bytes, the first @stored of which are there.
 */
static void sparse_file(struct rv_grow *tar, unsigned size, unsigned stored)
{
	RV_AUTO(rv_grow_free) struct rv_grow pax = { 0 }, data = { 0 };

	record(&pax, "GNU.sparse.major", 1);
	record(&pax, "GNU.sparse.minor", 0);
	record(&pax, "GNU.sparse.realsize", size);
	made_header(tar, &(struct made_entry){ .name = "pax" }, 'x', pax.buf.n);
	made_data(tar, rv_buf_span(&pax.buf));
	rv_grow_printf(&data, "1\n0\n%u\n", stored);
	while (data.buf.n < 512 + stored && !data.failed)
		rv_grow_u8(&data, 0);
	made_file(tar, "sparse", rv_buf_span(&data.buf));
}

static bool all_at_once(void *arg, struct rv_span *out, struct rv_err *e)
{
	struct rv_span *left = arg;

	(void)e;
	*out = *left;
	left->n = 0;
	return true;
}

/* The holes of all files of an archive together are bounded, to the byte. */
static void holes_add_up(void **state)
{
	enum { STORED = 100, HOLE = 4000 };

	(void)state;
	for (unsigned files = 1; files <= 4; files++)
		for (int off = -1; off <= 1; off++) {
			RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 };
			RV_AUTO(rv_ustar_free) struct ustar *t = NULL;
			uint64_t bound = (uint64_t)((int)files * HOLE + off);
			struct ustar_entry e;
			struct rv_span in;
			unsigned n = 0;
			bool end = false;

			for (unsigned i = 0; i < files; i++)
				sparse_file(&tar, HOLE + STORED, STORED);
			made_end(&tar);
			in = rv_buf_span(&tar.buf);
			assert_true(
			    rv_ustar_new((struct rv_stream){ all_at_once, &in },
					 NULL, &t, &err));
			rv_ustar_bound_holes(t, bound);
			while (rv_ustar_next(t, &end, &e, &err) && !end) {
				assert_int_equal(e.size, HOLE + STORED);
				n++;
			}
			assert_int_equal(end, off >= 0);
			assert_int_equal(n, off < 0 ? files - 1 : files);
			if (!end)
				assert_non_null(strstr(err.msg,
						       "E_TAR_SPARSE: holes of"
						       " 4000 bytes, at most"
						       " 3999 are read"));
		}
}

/* ---- what is listed and not here ---- */

/* An SBOM, listed for this platform (NULL: for none). */
static void beside(struct rv_grow *tar, const char *arch, struct rv_grow *to)
{
	made_blob(tar, "manifest.v1+json",
		  rv_text("{\"schemaVersion\":2,\"layers\":[],\"config\":{"
			  "\"mediaType\":\"application/spdx+json\"}}"),
		  to);
	if (arch)
		rv_grow_printf(to,
			       ",\"platform\":{\"os\":\"linux\","
			       "\"architecture\":\"%s\"}",
			       arch);
	rv_grow_text(to, "}");
}

/* What was read and is no image: BuildKit's attestation, and an index. */
static void read_beside(struct rv_grow *tar, struct rv_grow *to)
{
	made_blob(tar, "manifest.v1+json",
		  rv_text("{\"schemaVersion\":2,\"layers\":[],\"x\":1}"), to);
	rv_grow_text(to, ",\"platform\":{\"os\":\"unknown\","
			 "\"architecture\":\"unknown\"}},");
	made_blob(tar, "index.v1+json",
		  rv_text("{\"schemaVersion\":2,\"manifests\":[]}"), to);
	rv_grow_text(to, ",\"platform\":{\"os\":\"linux\","
			 "\"architecture\":\"ppc64le\"}}");
}

/* A manifest that was not saved, listed for one. */
static void missing(const char *arch, struct rv_grow *to)
{
	char hex[65];

	made_sha256(rv_text(arch), hex);
	rv_grow_printf(to,
		       "{\"mediaType\":\"application/vnd.oci.image.manifest"
		       ".v1+json\",\"digest\":\"sha256:%s\",\"size\":9,"
		       "\"platform\":{\"os\":\"linux\","
		       "\"architecture\":\"%s\"}}",
		       hex, arch);
}

/*
 * Each that an engine may run instead, for its own platform; what stands beside
 * the images and is for none is not among them, whatever else is missing.
 */
static void unread(void **state)
{
	static const char *const none[] = { "a", NULL };
	static const struct {
		const char *beside, *said[3];
	} row[] = {
		{ NULL, { "linux/arm64", "linux/s390x", NULL } },
		{ "riscv64",
		  { "linux/arm64", "linux/riscv64", "linux/s390x" } },
		{ "arm64", { "linux/arm64", "linux/arm64", "linux/s390x" } },
	};
	RV_AUTO(rv_buf_free) struct rv_buf layer = layer_of(none, "x");
	const struct rv_oci_opts opts = { .max = 1 << 24 };
	const struct made_image m = image_of(&layer);

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
		RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
		char path[64];
		int fd;

		made_one(&tar, &m, &list);
		rv_grow_text(&list, ",");
		missing("arm64", &list);
		rv_grow_text(&list, ",");
		beside(&tar, row[i].beside, &list);
		rv_grow_text(&list, ",");
		missing("s390x", &list);
		rv_grow_text(&list, ",");
		read_beside(&tar, &list);
		fd = made_archive(&tar, rv_buf_span(&list.buf), path);
		if (!rv_oci_read(path, &opts, &o, &err))
			fail_msg("%s", err.msg);
		close(fd);
		assert_int_equal(o.n_image, 1);
		assert_int_equal(o.n_missing, 2);
		assert_int_equal(o.n_unread, i ? 3 : 2);
		for (size_t k = 0; k < o.n_unread; k++)
			assert_string_equal(o.unread[k].platform,
					    row[i].said[k]);
	}
}

/* The same image again and again, which is one image. */
static void entries_of_an_index(void **state)
{
	static const char *const one[] = { "a", NULL };
	enum { MOST = 1024 };
	RV_AUTO(rv_buf_free) struct rv_buf layer = layer_of(one, "x");
	const struct rv_oci_opts opts = { .max = 1 << 24 };
	const struct made_image m = image_of(&layer);

	(void)state;
	for (size_t n = MOST; n <= MOST + 1; n++) {
		RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
		RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
		size_t entry;
		char path[64];
		int fd;

		made_one(&tar, &m, &list);
		entry = list.buf.n;
		for (size_t i = 1; i < n; i++) {
			RV_AUTO(rv_buf_free) struct rv_buf copy = { 0 };

			assert_true(rv_buf_copy(rv_span(list.buf.p, entry),
						&copy, &err));
			rv_grow_text(&list, ",");
			rv_grow_add(&list, copy.p, copy.n);
		}
		fd = made_archive(&tar, rv_buf_span(&list.buf), path);
		err = (struct rv_err){ 0 };
		assert_int_equal(rv_oci_read(path, &opts, &o, &err), n == MOST);
		close(fd);
		if (n == MOST)
			assert_int_equal(o.n_image, 1);
		else
			assert_non_null(strstr(err.msg,
					       "more than 1024 entries in"
					       " index.json"));
	}
}

/* ---- links between the files of an archive ---- */

/* docker's, with a link to x.tar in place of its one layer; closed by close().
 */
static int linked_archive(struct rv_span layer, const char *link, char path[64])
{
	RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, config = { 0 };
	const struct made_entry e = { .name = "d/l/layer.tar",
				      .type = '2',
				      .link = link };
	int fd = memfd_create("docker", MFD_CLOEXEC);
	char hex[65], name[80], list[256];

	made_sha256(layer, hex);
	rv_grow_printf(&config,
		       "{\"architecture\":\"amd64\",\"os\":\"linux\","
		       "\"config\":{},\"rootfs\":{\"type\":\"layers\","
		       "\"diff_ids\":[\"sha256:%s\"]}}",
		       hex);
	made_sha256(rv_buf_span(&config.buf), hex);
	snprintf(name, sizeof name, "%s.json", hex);
	snprintf(list, sizeof list,
		 "[{\"Config\":\"%s\",\"RepoTags\":[\"x:y\"],"
		 "\"Layers\":[\"d/l/layer.tar\"]}]",
		 name);
	made_file(&tar, name, rv_buf_span(&config.buf));
	made_entry(&tar, &e);
	made_file(&tar, "x.tar", layer);
	made_file(&tar, "manifest.json", rv_text(list));
	made_end(&tar);
	assert_false(tar.failed || config.failed);
	assert_int_equal(write(fd, tar.buf.p, tar.buf.n), (ssize_t)tar.buf.n);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static void links_of_an_archive(void **state)
{
	static const char *const one[] = { "a", NULL };
	static const struct {
		const char *link, *fault;
	} row[] = {
		{ "../../x.tar", NULL },
		{ "./../../x.tar", NULL },
		{ "..//../x.tar", NULL },
		{ "../../d/../x.tar", NULL },
		{ "/x.tar", NULL },
		{ "/d/../x.tar", NULL },
		{ "../x.tar", "E_BLOB_MISSING" },
		{ "x.tar", "E_BLOB_MISSING" },
		{ "../../../x.tar", "E_PATH_DOTDOT" },
		{ "/../x.tar", "E_PATH_DOTDOT" },
		{ "layer.tar", "E_LINK_LOOP" },
	};
	RV_AUTO(rv_buf_free) struct rv_buf layer = layer_of(one, "x");
	const struct rv_oci_opts opts = { .max = 1 << 24 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
		char path[64];
		int fd = linked_archive(rv_buf_span(&layer), row[i].link, path);
		bool ok;

		err = (struct rv_err){ 0 };
		ok = rv_oci_read(path, &opts, &o, &err);
		close(fd);
		if (ok)
			err = o.image[0].fault;
		if (row[i].fault ? !rv_err_is(&err, row[i].fault) : *err.msg)
			fail_msg("%s: %s", row[i].link, err.msg);
		assert_true(row[i].fault || o.image[0].has_image);
	}
}

/* ---- numbers of a header ---- */

/* GNU's form of a number, in a field of eight bytes. */
static void base256(uint8_t *at, uint64_t v)
{
	for (size_t n = 8; n--; v >>= 8)
		at[n] = (uint8_t)v;
	at[0] |= 0x80;
}

/* A header with this number at @off; *why is clear when it is read. */
static void read_number(char type, size_t off, uint64_t v,
			struct ustar_entry *e, struct rv_err *why)
{
	RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 };
	RV_AUTO(rv_ustar_free) struct ustar *t = NULL;
	const struct made_entry made = { .name = "a", .numbered = true };
	struct rv_span in;
	bool end = true;

	made_header(&tar, &made, type, 0);
	made_end(&tar);
	assert_false(tar.failed);
	base256(tar.buf.p + off, v);
	made_sum(tar.buf.p);
	in = rv_buf_span(&tar.buf);
	*why = (struct rv_err){ 0 };
	assert_true(rv_ustar_new((struct rv_stream){ all_at_once, &in }, NULL,
				 &t, why));
	if (rv_ustar_next(t, &end, e, why))
		assert_false(end);
	else
		assert_int_equal(why->code, RV_INPUT);
}

/* More bits than are kept are refused: no tool cuts them off alike. */
static void large_numbers(void **state)
{
	static const struct {
		char type;
		size_t off;
		uint64_t max;
		const char *said; /* of what is above it */
	} row[] = {
		{ '0', 100, UINT32_MAX, "mode, uid or gid too large" },
		{ '0', 108, INT64_MAX >> 1, "the field uid is no number" },
		{ '0', 116, INT64_MAX >> 1, "the field gid is no number" },
		{ '3', 329, UINT32_MAX, "a device number too large" },
		{ '4', 337, UINT32_MAX, "a device number too large" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct ustar_entry e = { 0 };
		uint64_t got;

		read_number(row[i].type, row[i].off, row[i].max, &e, &err);
		assert_string_equal(err.msg, "");
		got = row[i].off == 100	  ? e.mode
		      : row[i].off == 108 ? e.uid
		      : row[i].off == 116 ? e.gid
		      : row[i].off == 329 ? e.major
					  : e.minor;
		assert_true(got == row[i].max);
		read_number(row[i].type, row[i].off, row[i].max + 1, &e, &err);
		if (!rv_err_is(&err, "E_TAR_NUMBER") ||
		    !strstr(err.msg, row[i].said))
			fail_msg("%zu: %s", i, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(almost_whiteouts),
		cmocka_unit_test(one_beside_two),
		cmocka_unit_test(one_beside_one),
		cmocka_unit_test(two_documents),
		cmocka_unit_test(meaning_of_a_config),
		cmocka_unit_test(tags_once),
		cmocka_unit_test(best_of_two),
		cmocka_unit_test(pinned_index_of_two),
		cmocka_unit_test(holes_add_up),
		cmocka_unit_test(unread),
		cmocka_unit_test(entries_of_an_index),
		cmocka_unit_test(links_of_an_archive),
		cmocka_unit_test(large_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
