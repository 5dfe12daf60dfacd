/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.h - OCI archives, made entry by entry in memory: what a test changes
 * is one member of a struct, and every digest is right again.
 */
#ifndef TEST_LAYOUT_H
#define TEST_LAYOUT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base.h"
#include "digest.h"
#include <refval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

/* ---- tar ---- */

struct made_entry {
	const char *name; /* at most 100 bytes */
	char type;	  /* '0' file, '5' directory, '2' link ... */
	unsigned mode, uid, gid;
	uint64_t mtime;
	const char *link;     /* NULL: none */
	struct rv_span data;  /* of a file */
	const char *owner;    /* user and group name; NULL: none */
	const char *pax;      /* one record's key; NULL: none */
	struct rv_span value; /* of that record */
	bool numbered;	      /* with the numbers of a device */
	unsigned major, minor;
	uint8_t padding; /* behind the data of a file */
};

static inline void octal(uint8_t *at, size_t n, uint64_t v)
{
	for (at[--n] = 0; n--; v >>= 3)
		at[n] = (uint8_t)('0' + (v & 7));
}

/* The sum over a header, which is the last thing to be put into it. */
static inline void made_sum(uint8_t h[512])
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += h[i];
	octal(h + 148, 7, sum);
}

static inline void made_header(struct rv_grow *tar, const struct made_entry *e,
			       char type, size_t size)
{
	uint8_t h[512] = { 0 };

	assert_true(strlen(e->name) <= 100);
	memcpy(h, e->name, strlen(e->name));
	octal(h + 100, 8, e->mode);
	octal(h + 108, 8, e->uid);
	octal(h + 116, 8, e->gid);
	octal(h + 124, 12, size);
	octal(h + 136, 12, e->mtime);
	h[156] = (uint8_t)type;
	if (e->link && type == e->type)
		memcpy(h + 157, e->link, strlen(e->link));
	memcpy(h + 257, "ustar\00000", 8);
	if (e->owner) {
		memcpy(h + 265, e->owner, strlen(e->owner));
		memcpy(h + 297, e->owner, strlen(e->owner));
	}
	if (e->numbered) {
		octal(h + 329, 8, e->major);
		octal(h + 337, 8, e->minor);
	}
	made_sum(h);
	rv_grow_add(tar, h, sizeof h);
}

static inline void made_data(struct rv_grow *tar, struct rv_span data)
{
	static const uint8_t zeros[512];

	rv_grow_add(tar, data.p, data.n);
	rv_grow_add(tar, zeros, (512 - data.n % 512) % 512);
}

static inline void made_pax(struct rv_grow *tar, const struct made_entry *e)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	size_t n = strlen(e->pax) + e->value.n + 3;
	char digits[24];

	/* The length counts its own digits. */
	for (size_t before = 0; before != n;) {
		size_t rest = strlen(e->pax) + e->value.n + 3;

		before = n;
		n = rest + (size_t)snprintf(digits, sizeof digits, "%zu", n);
	}
	rv_grow_printf(&g, "%zu %s=", n, e->pax);
	rv_grow_add(&g, e->value.p, e->value.n);
	rv_grow_u8(&g, '\n');
	made_header(tar, &(struct made_entry){ .name = "pax" }, 'x', g.buf.n);
	made_data(tar, rv_buf_span(&g.buf));
}

static inline void made_entry(struct rv_grow *tar, const struct made_entry *e)
{
	bool file = e->type == '0' || !e->type;

	if (e->pax)
		made_pax(tar, e);
	made_header(tar, e, e->type, file ? e->data.n : 0);
	if (!file)
		return;
	made_data(tar, e->data);
	for (size_t i = 0; i < (512 - e->data.n % 512) % 512 && !tar->failed;
	     i++)
		tar->buf.p[tar->buf.n - 1 - i] = e->padding;
}

static inline void made_file(struct rv_grow *tar, const char *name,
			     struct rv_span data)
{
	made_entry(tar,
		   &(struct made_entry){
		       .name = name, .type = '0', .mode = 0644, .data = data });
}

static inline void made_end(struct rv_grow *tar)
{
	static const uint8_t zeros[1024];

	rv_grow_add(tar, zeros, sizeof zeros);
}

/* ---- images ---- */

enum { MADE_LAYERS = 4 };

struct made_image {
	const char *arch;   /* "amd64" */
	const char *config; /* members of "config", "" for none */
	const char *top;    /* members of the config itself, each with a comma
			       before it; "" for none */
	const char *tag;    /* NULL: none */
	bool gzip;
	struct rv_span layer[MADE_LAYERS]; /* tars */
	size_t n;
};

static inline struct rv_buf made_gzip(struct rv_span in)
{
	struct rv_buf out = { 0 };
	z_stream z = { 0 };

	assert_int_equal(
	    deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	out.p = malloc(deflateBound(&z, in.n));
	assert_non_null(out.p);
	z.next_in = (uint8_t *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = out.p;
	z.avail_out = (uInt)deflateBound(&z, in.n);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.n = z.total_out;
	deflateEnd(&z);
	return out;
}

static inline void made_sha256(struct rv_span data, char hex[65])
{
	struct rv_err err = { 0 };
	struct rv_sha256 d;

	assert_true(rv_sha256(data, &d, &err));
	rv_hex(rv_span(d.b, sizeof d.b), hex);
}

static inline bool made_has(const struct rv_grow *tar, const char *name)
{
	for (size_t at = 0; at + 512 <= tar->buf.n; at += 512)
		if (memcmp(tar->buf.p + at, name, strlen(name) + 1) == 0)
			return true;
	return false;
}

/* A blob into @tar, once; its descriptor, without the end, into @to. */
static inline void made_blob(struct rv_grow *tar, const char *type,
			     struct rv_span data, struct rv_grow *to)
{
	char hex[65], name[80];

	made_sha256(data, hex);
	snprintf(name, sizeof name, "blobs/sha256/%s", hex);
	if (!made_has(tar, name))
		made_file(tar, name, data);
	rv_grow_printf(to,
		       "{\"mediaType\":\"application/vnd.oci.image.%s\","
		       "\"digest\":\"sha256:%s\",\"size\":%zu",
		       type, hex, data.n);
}

/* The blobs of one image; its descriptor into @index. */
static inline void made_one(struct rv_grow *tar, const struct made_image *m,
			    struct rv_grow *index)
{
	RV_AUTO(rv_grow_free) struct rv_grow c = { 0 }, layers = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow manifest = { 0 };

	rv_grow_printf(&c,
		       "{\"architecture\":\"%s\",\"os\":\"linux\","
		       "\"config\":{%s}%s,"
		       "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[",
		       m->arch, m->config, m->top);
	for (size_t i = 0; i < m->n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf z = { 0 };
		char hex[65];

		made_sha256(m->layer[i], hex);
		rv_grow_printf(&c, "%s\"sha256:%s\"", i ? "," : "", hex);
		if (m->gzip)
			z = made_gzip(m->layer[i]);
		rv_grow_text(&layers, i ? "," : "");
		made_blob(tar, m->gzip ? "layer.v1.tar+gzip" : "layer.v1.tar",
			  m->gzip ? rv_buf_span(&z) : m->layer[i], &layers);
		rv_grow_text(&layers, "}");
	}
	rv_grow_text(&c, "]}}");
	rv_grow_text(&manifest, "{\"schemaVersion\":2,\"mediaType\":"
				"\"application/vnd.oci.image.manifest.v1+json"
				"\",\"config\":");
	made_blob(tar, "config.v1+json", rv_buf_span(&c.buf), &manifest);
	rv_grow_text(&manifest, "},\"layers\":[");
	rv_grow_add(&manifest, layers.buf.p, layers.buf.n);
	rv_grow_text(&manifest, "]}");
	made_blob(tar, "manifest.v1+json", rv_buf_span(&manifest.buf), index);
	rv_grow_printf(index,
		       ",\"platform\":{\"architecture\":\"%s\",\"os\":"
		       "\"linux\"}",
		       m->arch);
	if (m->tag)
		rv_grow_printf(index,
			       ",\"annotations\":{\"org.opencontainers.image"
			       ".ref.name\":\"%s\"}",
			       m->tag);
	rv_grow_text(index, "}");
}

/* These blobs and this list of manifests; the archive, open, is at @path. */
static inline int made_archive(struct rv_grow *tar, struct rv_span manifests,
			       char path[64])
{
	RV_AUTO(rv_grow_free) struct rv_grow index = { 0 };
	int fd = memfd_create("image", MFD_CLOEXEC);

	rv_grow_text(&index, "{\"schemaVersion\":2,\"manifests\":[");
	rv_grow_add(&index, manifests.p, manifests.n);
	rv_grow_text(&index, "]}");
	made_file(tar, "oci-layout",
		  rv_text("{\"imageLayoutVersion\":\"1.0.0\"}"));
	made_file(tar, "index.json", rv_buf_span(&index.buf));
	made_end(tar);
	assert_false(tar->failed || index.failed);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, tar->buf.p, tar->buf.n),
			 (ssize_t)tar->buf.n);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* An OCI archive of @n images, read back; false as rv_oci_read(). */
static inline bool made_read(const struct made_image *image, size_t n,
			     struct rv_oci *out, struct rv_err *err)
{
	const struct rv_oci_opts opts = { .max = 1 << 24, .tree_text = true };
	RV_AUTO(rv_grow_free) struct rv_grow tar = { 0 }, list = { 0 };
	char path[64];
	bool ok;
	int fd;

	for (size_t i = 0; i < n; i++) {
		rv_grow_text(&list, i ? "," : "");
		made_one(&tar, &image[i], &list);
	}
	fd = made_archive(&tar, rv_buf_span(&list.buf), path);
	ok = rv_oci_read(path, &opts, out, err);
	close(fd);
	return ok;
}

#endif
