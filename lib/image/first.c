/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first.c - where two layers begin to differ: both tars are read again, block
 * by block, up to the first entry that is not the same on both sides. For
 * people to look at; nothing is decided by it.
 */
#include "archive.h"
#include "digest.h"
#include "ustar.h"

#include <refval/hash_image.h>

#include <stdlib.h>

/* One side: an archive, its layer, and how far it was read. */
struct side {
	struct archive_index s;
	struct archive_source src;
	struct rv_unpacker unpacker;
	struct rv_stream tar;
	struct rv_span left;
	struct rv_digest *digest; /* of an entry's data; owned */
	uint8_t sum[32];
};

static void side_free(struct side *d)
{
	rv_digest_free(&d->digest);
	rv_unpacker_free(&d->unpacker);
	rv_archive_source_close(&d->src);
	rv_archive_free(&d->s);
}

static void entry_free(struct rv_oci_entry *e)
{
	rv_buf_free(&e->head);
	rv_buf_free(&e->data);
	*e = (struct rv_oci_entry){ 0 };
}

void rv_oci_first_free(struct rv_oci_first *f)
{
	entry_free(&f->side[0]);
	entry_free(&f->side[1]);
	*f = (struct rv_oci_first){ 0 };
}

static bool open_side(struct side *d, const char *path,
		      const struct rv_oci_layer *l, struct rv_err *err)
{
	const struct rv_oci_opts opts = { .strict = true };
	struct archive_file *file = NULL;

	if (!l->name || !l->has_diffid)
		return rv_fault(err, "E_BLOB_MISSING", "a layer is not here");
	if (!rv_archive_open(path, &opts, &d->s, err) ||
	    !rv_archive_find(&d->s, l->name, &file, err))
		return rv_fault_in(err, "%s", path);
	if (!file)
		return rv_fault(err, "E_BLOB_MISSING", "%s: %s is not here",
				path, l->name);
	return rv_archive_source(&d->s, file, &d->src, err) &&
	       rv_layer_unpack(&d->unpacker, l->packing, d->src.s, &d->tar,
			       err) &&
	       rv_digest_new(RV_SHA256, &d->digest, err);
}

/* The next bytes, at most @n; none where the tar ends. */
static bool pull(struct side *d, uint64_t n, struct rv_span *out,
		 struct rv_err *err)
{
	if (!d->left.n && !d->tar.next(d->tar.arg, &d->left, err))
		return false;
	*out = rv_span(d->left.p, n < d->left.n ? (size_t)n : d->left.n);
	d->left = rv_span(d->left.p + out->n, d->left.n - out->n);
	return true;
}

/* @n bytes: the first of them into @to, all of them into @digest. */
static bool take(struct side *d, uint64_t n, struct rv_grow *to,
		 struct rv_digest *digest, struct rv_err *err)
{
	while (n) {
		struct rv_span part;
		size_t room = RV_OCI_SHOWN_MAX - to->buf.n;

		if (!pull(d, n, &part, err))
			return false;
		if (!part.n)
			return rv_fault(err, "E_TAR_TRUNCATED",
					"a layer ends inside an entry");
		if (digest && !rv_digest_add(digest, part.p, part.n, err))
			return false;
		rv_grow_add(to, part.p, part.n < room ? part.n : room);
		n -= part.n;
	}
	return !to->failed || rv_no_memory(err, "layer");
}

/* The size that a header says, octal or in base 256; no number is 0. */
static uint64_t size_of(const uint8_t *field)
{
	uint64_t v = 0;
	bool base256 = field[0] & 0x80;

	for (size_t i = base256 ? 4 : 0; i < 12; i++) {
		if (base256)
			v = v << 8 | field[i];
		else if (field[i] >= '0' && field[i] <= '7')
			v = v << 3 | (uint64_t)(field[i] - '0');
		else if (field[i] != ' ')
			break;
	}
	return v;
}

static bool is_end(const uint8_t *block)
{
	for (size_t i = 0; i < USTAR_BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

/* Behind data: to the end of its block. */
static bool pad(struct side *d, uint64_t size, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow none = { 0 };

	return take(d, (USTAR_BLOCK - size % USTAR_BLOCK) % USTAR_BLOCK, &none,
		    NULL, err);
}

/* Headers up to that of the entry itself; false in *more: there is none. */
static bool headers(struct side *d, struct rv_oci_entry *e,
		    struct rv_grow *head, bool *more, struct rv_err *err)
{
	const uint8_t *block;

	*more = false;
	do {
		e->own = head->buf.n;
		if (!d->left.n && !d->tar.next(d->tar.arg, &d->left, err))
			return false;
		if (!d->left.n && !head->buf.n)
			return true;
		if (!take(d, USTAR_BLOCK, head, NULL, err))
			return false;
		if (head->buf.n < e->own + USTAR_BLOCK)
			return rv_fault(err, "E_TAR_HEADER",
					"headers of more than %d bytes",
					RV_OCI_SHOWN_MAX);
		block = head->buf.p + e->own;
		if (is_end(block))
			return true;
		e->size = size_of(block + 124);
		*more = !block[156] || !strchr("xgLK", block[156]);
		if (!*more && (!take(d, e->size, head, NULL, err) ||
			       !pad(d, e->size, err)))
			return false;
		block = head->buf.p + e->own;
	} while (!*more);
	/* Of links, devices and directories a size means no data. */
	if (block[156] && strchr("123456", block[156]))
		e->size = 0;
	return true;
}

/* An entry with all headers that describe it. */
static bool next(struct side *d, struct rv_oci_entry *e, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow head = { 0 }, data = { 0 };
	bool more;

	entry_free(e);
	if (!headers(d, e, &head, &more, err))
		return false;
	if (!more)
		return true;
	if (!take(d, e->size, &data, d->digest, err) || !pad(d, e->size, err) ||
	    !rv_digest_end(d->digest, d->sum, err) ||
	    !rv_grow_take(&head, &e->head, err) ||
	    !rv_grow_take(&data, &e->data, err))
		return false;
	e->there = true;
	return true;
}

bool rv_oci_first_difference(const char *const path[2],
			     const struct rv_oci_layer *const layer[2],
			     struct rv_oci_first *out, struct rv_err *err)
{
	RV_AUTO(side_free) struct side a = { 0 }, b = { 0 };
	RV_AUTO(rv_oci_first_free) struct rv_oci_first f = { 0 };
	struct rv_oci_entry *x = &f.side[0], *y = &f.side[1];

	a.src.fd = a.s.fd = b.src.fd = b.s.fd = -1;
	if (!open_side(&a, path[0], layer[0], err) ||
	    !open_side(&b, path[1], layer[1], err))
		return false;
	do {
		f.entry++;
		if (!next(&a, x, err) || !next(&b, y, err))
			return false;
		f.differs =
		    x->there != y->there ||
		    !rv_same(rv_buf_span(&x->head), rv_buf_span(&y->head)) ||
		    memcmp(a.sum, b.sum, sizeof a.sum) != 0;
	} while (!f.differs && x->there);
	*out = RV_TAKE(f);
	return true;
}
