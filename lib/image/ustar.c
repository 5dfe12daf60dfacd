/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ustar.c - headers, numbers, long names, sparse maps, and the end of a tar
 * archive, each checked. Layout: POSIX.1-2017, pax, "ustar Interchange Format".
 */
#include "ustar.h"
#include "pax.h"

#include <stdio.h>
#include <stdlib.h>

/* Data of a sparse file: @n bytes that belong at @off of its content. */
struct piece {
	uint64_t off, n;
};

struct ustar {
	struct rv_stream in;
	rv_skip_fn skip;
	struct rv_span held; /* of the current block of in, not used yet */
	bool dry;	     /* in has ended */
	uint64_t pos;
	uint64_t left; /* data of the entry not given yet, as stored */
	uint64_t pad;  /* behind them, to the next header */
	unsigned seen;
	bool may_end; /* without two zero blocks */
	uint8_t blk[USTAR_BLOCK];
	struct rv_grow name, link, ext; /* metadata before the next header */
	bool has_name, has_link, has_ext;
	struct pax pax;
	char head_name[260];
	char head_link[104];
	char head_time[24];
	struct piece *piece; /* of a sparse file; NULL: not sparse */
	size_t n_piece, i_piece;
	uint64_t at, size; /* in its content */
	uint64_t holes;	   /* that may still come */
};

static const uint8_t zeros[4096];

void rv_ustar_free(struct ustar **t)
{
	if (!*t)
		return;
	rv_grow_free(&(*t)->name);
	rv_grow_free(&(*t)->link);
	rv_grow_free(&(*t)->ext);
	free((*t)->piece);
	free(*t);
	*t = NULL;
}

bool rv_ustar_new(struct rv_stream in, rv_skip_fn skip, struct ustar **out,
		  struct rv_err *err)
{
	RV_AUTO(rv_ustar_free) struct ustar *t = calloc(1, sizeof *t);

	if (!t)
		return rv_no_memory(err, "tar");
	t->in = in;
	t->skip = skip;
	t->holes = USTAR_HOLES_MAX;
	*out = RV_TAKE(t);
	return true;
}

void rv_ustar_bound_holes(struct ustar *t, uint64_t max)
{
	if (max)
		t->holes = max;
}

void rv_ustar_may_end(struct ustar *t)
{
	t->may_end = true;
}

unsigned rv_ustar_seen(const struct ustar *t)
{
	return t->seen;
}

/* ---- bytes ---- */

static bool truncated(const struct ustar *t, const char *where,
		      struct rv_err *err)
{
	return rv_fault(err, "E_TAR_TRUNCATED",
			"the archive ends %s, after %" PRIu64 " bytes", where,
			t->pos);
}

/* Have something in held, unless the stream has ended. */
static bool pull(struct ustar *t, struct rv_err *err)
{
	if (t->held.n || t->dry)
		return true;
	if (!t->in.next(t->in.arg, &t->held, err))
		return false;
	t->dry = t->held.n == 0;
	return true;
}

/* At most @n of the bytes at hand; an empty span at the end of the stream. */
static bool some(struct ustar *t, uint64_t n, struct rv_span *out,
		 struct rv_err *err)
{
	if (!pull(t, err))
		return false;
	if (n > t->held.n)
		n = t->held.n;
	*out = rv_span(t->held.p, (size_t)n);
	if (!n)
		return true;
	t->held = rv_span(t->held.p + n, t->held.n - (size_t)n);
	t->pos += n;
	return true;
}

/* One block; *none: the stream ended before it. */
static bool block(struct ustar *t, struct rv_span *out, bool *none,
		  struct rv_err *err)
{
	size_t have = 0;

	*none = false;
	if (t->held.n >= USTAR_BLOCK)
		return some(t, USTAR_BLOCK, out, err);
	while (have < USTAR_BLOCK) {
		struct rv_span b = { 0 };

		if (!some(t, USTAR_BLOCK - have, &b, err))
			return false;
		if (!b.n && have)
			return truncated(t, "inside a block", err);
		if (!b.n) {
			*none = true;
			return true;
		}
		memcpy(t->blk + have, b.p, b.n);
		have += b.n;
	}
	*out = rv_span(t->blk, USTAR_BLOCK);
	return true;
}

/* Pass over @n bytes that must be there. */
static bool pass(struct ustar *t, uint64_t n, struct rv_err *err)
{
	while (n) {
		struct rv_span b = { 0 };

		if (!t->held.n && t->skip) {
			uint64_t k = t->skip(t->in.arg, n);

			t->pos += k;
			if (k < n)
				return truncated(t, "inside an entry", err);
			return true;
		}
		if (!some(t, n, &b, err))
			return false;
		if (!b.n)
			return truncated(t, "inside an entry", err);
		n -= b.n;
	}
	return true;
}

/* The data of a metadata entry, @n bytes, into @to. */
static bool gather(struct ustar *t, uint64_t n, struct rv_grow *to,
		   struct rv_err *err)
{
	uint64_t pad = (USTAR_BLOCK - n % USTAR_BLOCK) % USTAR_BLOCK;

	if (n > USTAR_META_MAX)
		return rv_fault(err, "E_TAR_META",
				"an extended header of %" PRIu64
				" bytes, at most %d are read",
				n, USTAR_META_MAX);
	to->buf.n = 0;
	while (n) {
		struct rv_span b = { 0 };

		if (!some(t, n, &b, err))
			return false;
		if (!b.n)
			return truncated(t, "inside an extended header", err);
		rv_grow_add(to, b.p, b.n);
		n -= b.n;
	}
	if (to->failed)
		return rv_no_memory(err, "tar");
	return pass(t, pad, err);
}

/* ---- the fields of a header ---- */

static struct rv_span field(struct rv_span h, size_t off, size_t n)
{
	return rv_span(h.p + off, n);
}

/* Text up to the first NUL, or the whole field. */
static struct rv_span cstring(struct rv_span f)
{
	const uint8_t *end = f.n ? memchr(f.p, '\0', f.n) : NULL;

	return rv_span(f.p, end ? (size_t)(end - f.p) : f.n);
}

/* GNU base-256: what does not fit 64 bits becomes UINT64_MAX. */
static bool base256(struct rv_span f, uint64_t *out)
{
	uint64_t v = f.p[0] & 0x3f;

	if (f.p[0] & 0x40)
		return false;
	for (size_t i = 1; i < f.n; i++) {
		if (v >> 56) {
			*out = UINT64_MAX;
			return true;
		}
		v = v << 8 | f.p[i];
	}
	*out = v;
	return true;
}

/* Octal digits, blanks in front, blanks or NULs behind; all blank is 0. */
static bool octal(struct rv_span f, uint64_t *out)
{
	size_t i = 0;
	uint64_t v = 0;

	while (i < f.n && f.p[i] == ' ')
		i++;
	for (; i < f.n && f.p[i] >= '0' && f.p[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(f.p[i] - '0');
	for (; i < f.n; i++)
		if (f.p[i] != ' ' && f.p[i] != '\0')
			return false;
	*out = v;
	return true;
}

static bool number(struct rv_span h, size_t off, size_t n, const char *what,
		   uint64_t *out, struct rv_err *err)
{
	struct rv_span f = field(h, off, n);
	uint64_t v = 0;

	if (!(f.p[0] & 0x80 ? base256(f, &v) : octal(f, &v)))
		return rv_fault(err, "E_TAR_NUMBER",
				"the field %s is no number", what);
	*out = v;
	return true;
}

/* The sum of all bytes, the checksum field as blanks; some sign the bytes. */
static bool check_sum(struct rv_span h, struct rv_err *err)
{
	uint64_t want, sum = 0;
	int64_t other = 0;

	if (!number(h, 148, 8, "chksum", &want, err))
		return false;
	for (size_t i = 0; i < h.n; i++) {
		uint8_t c = i >= 148 && i < 156 ? ' ' : h.p[i];

		sum += c;
		other += (int8_t)c;
	}
	if (want != sum && (int64_t)want != other)
		return rv_fault(err, "E_TAR_CHECKSUM",
				"a header's checksum is %" PRIu64
				", not %" PRIu64,
				sum, want);
	return true;
}

/* ustar joins prefix and name; GNU and v7 have other things there. */
static struct rv_span head_name(struct ustar *t, struct rv_span h)
{
	struct rv_span name = cstring(field(h, 0, 100)), prefix = { 0 };
	bool posix = memcmp(h.p + 257, "ustar\0", 6) == 0;
	bool star = memcmp(h.p + 508, "tar\0", 4) == 0;

	if (posix)
		prefix = cstring(field(h, 345, star ? 131 : 155));
	if (prefix.n)
		memcpy(t->head_name, prefix.p, prefix.n);
	if (prefix.n)
		t->head_name[prefix.n++] = '/';
	memcpy(t->head_name + prefix.n, name.p, name.n);
	return rv_span(t->head_name, prefix.n + name.n);
}

/* As pax writes it. It decides no digest: what is no number is no fault. */
static struct rv_span head_time(struct ustar *t, struct rv_span h)
{
	struct rv_span f = field(h, 136, 12);
	uint64_t v = 0;

	if (!(f.p[0] & 0x80 ? base256(f, &v) : octal(f, &v)))
		return rv_text("?");
	snprintf(t->head_time, sizeof t->head_time, "%" PRIu64, v);
	return rv_text(t->head_time);
}

/* 1.50 is 1.5, and 1.0 is 1. */
static struct rv_span plain_time(struct rv_span s)
{
	if (!s.n || !memchr(s.p, '.', s.n))
		return s;
	while (s.n && s.p[s.n - 1] == '0')
		s.n--;
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

static bool is_gnu(struct rv_span h)
{
	return memcmp(h.p + 257, "ustar  ", 8) == 0;
}

/*
 * Go's reader takes what lies in the place of GNU's times and is no number
 * for the first part of the name, as its own writer once had it there.
 */
static bool check_gnu_times(struct rv_span h, struct rv_err *err)
{
	uint64_t v;

	if (!is_gnu(h))
		return true;
	for (size_t off = 345; off <= 357; off += 12)
		if (h.p[off] && !number(h, off, 12, "atime or ctime", &v, err))
			return false;
	return true;
}

static bool numbers(struct rv_span h, struct ustar_entry *e, struct rv_err *err)
{
	uint64_t mode;

	if (!number(h, 100, 8, "mode", &mode, err) ||
	    !number(h, 108, 8, "uid", &e->uid, err) ||
	    !number(h, 116, 8, "gid", &e->gid, err) ||
	    !number(h, 124, 12, "size", &e->size, err))
		return false;
	if (mode > UINT32_MAX || e->uid > INT64_MAX || e->gid > INT64_MAX)
		return rv_fault(err, "E_TAR_NUMBER",
				"mode, uid or gid too large");
	e->mode = (uint32_t)mode;
	if (e->type != '3' && e->type != '4')
		return true;
	/* Of what is neither form some read these fields, and some do not. */
	if (!is_gnu(h) && memcmp(h.p + 257, "ustar", 6) != 0)
		return rv_fault(err, "E_TAR_NUMBER",
				"a device in a header without"
				" device numbers");
	if (!number(h, 329, 8, "devmajor", &e->major, err) ||
	    !number(h, 337, 8, "devminor", &e->minor, err))
		return false;
	if (e->major > UINT32_MAX || e->minor > UINT32_MAX)
		return rv_fault(err, "E_TAR_NUMBER",
				"a device number too large");
	return true;
}

/* ---- metadata entries ---- */

static bool long_name(struct ustar *t, struct rv_grow *to, bool *has,
		      uint64_t size, struct rv_err *err)
{
	struct rv_span s;

	if (*has)
		return rv_fault(err, "E_TAR_META",
				"two long names for one entry");
	if (!gather(t, size, to, err))
		return false;
	s = cstring(rv_buf_span(&to->buf));
	if (!rv_all_zero(rv_span(to->buf.p + s.n, to->buf.n - s.n)))
		return rv_fault(err, "E_PATH_NUL", "a NUL in a long name");
	if (!s.n)
		return rv_fault(err, "E_TAR_META", "an empty long name");
	to->buf.n = s.n;
	*has = true;
	return true;
}

static bool metadata(struct ustar *t, char type, uint64_t size,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow global = { 0 };

	if (type == 'L')
		return long_name(t, &t->name, &t->has_name, size, err);
	if (type == 'K')
		return long_name(t, &t->link, &t->has_link, size, err);
	if (type == 'g') {
		t->seen |= USTAR_PAX_GLOBAL;
		return gather(t, size, &global, err) &&
		       rv_pax_read_global(rv_buf_span(&global.buf), err);
	}
	if (t->has_ext)
		return rv_fault(err, "E_TAR_META",
				"two extended headers for one entry");
	t->has_ext = true;
	return gather(t, size, &t->ext, err) &&
	       rv_pax_read(rv_buf_span(&t->ext.buf), &t->pax, err);
}

/* ---- sparse files ---- */

static bool add_piece(struct ustar *t, uint64_t off, uint64_t n,
		      struct rv_err *err)
{
	uint64_t end = 0;

	if (t->n_piece)
		end = t->piece[t->n_piece - 1].off + t->piece[t->n_piece - 1].n;
	if (t->n_piece == USTAR_PIECES_MAX)
		return rv_fault(err, "E_TAR_SPARSE", "more than %d pieces",
				USTAR_PIECES_MAX);
	if (off < end || off > t->size || n > t->size - off)
		return rv_fault(err, "E_TAR_SPARSE",
				"a piece outside of the file");
	t->piece[t->n_piece++] = (struct piece){ off, n };
	return true;
}

/* One decimal line of the map that pax 1.0 puts in front of the data. */
static bool map_number(struct ustar *t, uint64_t *used, uint64_t *out,
		       struct rv_err *err)
{
	char digits[24];
	size_t n = 0;

	for (;;) {
		struct rv_span b = { 0 };

		if (*used == t->left)
			return rv_fault(err, "E_TAR_SPARSE",
					"the map has no end");
		if (!some(t, 1, &b, err))
			return false;
		if (!b.n)
			return truncated(t, "inside a sparse map", err);
		++*used;
		if (b.p[0] == '\n')
			break;
		if (n == sizeof digits)
			return rv_fault(err, "E_TAR_SPARSE",
					"a number too long");
		digits[n++] = (char)b.p[0];
	}
	if (!rv_decimal(rv_span(digits, n), INT64_MAX, out))
		return rv_fault(err, "E_TAR_SPARSE", "the map is no number");
	return true;
}

static bool pax_sparse(struct ustar *t, struct rv_err *err)
{
	uint64_t used = 0, count, off, n, rest;

	t->size = t->pax.real_size;
	if (!map_number(t, &used, &count, err))
		return false;
	for (; count; count--)
		if (!map_number(t, &used, &off, err) ||
		    !map_number(t, &used, &n, err) ||
		    !add_piece(t, off, n, err))
			return false;
	rest = (USTAR_BLOCK - used % USTAR_BLOCK) % USTAR_BLOCK;
	if (rest > t->left - used)
		return rv_fault(err, "E_TAR_SPARSE", "the map is not padded");
	t->left -= used + rest;
	return pass(t, rest, err);
}

static bool sparse(struct ustar *t, struct ustar_entry *e, struct rv_err *err)
{
	uint64_t stored = 0;

	t->piece = calloc(USTAR_PIECES_MAX, sizeof *t->piece);
	if (!t->piece)
		return rv_no_memory(err, "tar");
	if (!pax_sparse(t, err))
		return false;
	for (size_t i = 0; i < t->n_piece; i++)
		stored += t->piece[i].n;
	if (stored != t->left)
		return rv_fault(err, "E_TAR_SPARSE",
				"the map has %" PRIu64
				" bytes, the entry %" PRIu64,
				stored, t->left);
	if (t->size - stored > t->holes)
		return rv_fault(err, "E_TAR_SPARSE",
				"holes of %" PRIu64 " bytes, at"
				" most %" PRIu64 " are read",
				t->size - stored, t->holes);
	t->holes -= t->size - stored;
	t->seen |= USTAR_SPARSE;
	e->sparse = true;
	e->size = t->size;
	return true;
}

/* ---- extended attributes ---- */

/* LIBARCHIVE.xattr.: the name %-escaped, the value in base64 without pad. */
static bool other_xattr(const struct ustar_xattr *x, struct rv_buf *name,
			struct rv_buf *value, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow n = { 0 }, v = { 0 };

	for (size_t i = 0; i < x->name.n; i++) {
		uint8_t c = x->name.p[i];

		if (c == '%') {
			if (x->name.n - i < 3 ||
			    !rv_unhex(rv_span(x->name.p + i + 1, 2), &c, 1))
				return rv_fault(err, "E_TAR_PAX",
						"a LIBARCHIVE.xattr"
						" name is malformed");
			i += 2;
		}
		rv_grow_u8(&n, c);
	}
	rv_grow_add(&v, x->value.p, x->value.n);
	while (v.buf.n % 4)
		rv_grow_u8(&v, '=');
	if (v.failed)
		return rv_no_memory(err, "tar");
	if (!rv_unbase64(rv_buf_span(&v.buf), "xattr", value, err))
		return rv_fault(err, "E_TAR_PAX",
				"a LIBARCHIVE.xattr value is not"
				" base64");
	return rv_grow_take(&n, name, err);
}

/* Both encodings of one attribute must agree; one alone is not counted. */
static bool check_xattrs(struct ustar *t, struct rv_err *err)
{
	const struct pax *p = &t->pax;

	for (size_t i = 0; i < p->n_other; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf name = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf value = { 0 };
		bool found = false;

		if (!other_xattr(&p->other[i], &name, &value, err))
			return false;
		for (size_t k = 0; k < p->n_xattr; k++) {
			if (!rv_same(p->xattr[k].name, rv_buf_span(&name)))
				continue;
			found = true;
			if (!rv_same(p->xattr[k].value, rv_buf_span(&value)))
				return rv_fault(err, "E_XATTR_CONFLICT",
						"%s has two"
						" values",
						(const char *)name.p);
		}
		if (!found)
			t->seen |= USTAR_LIBARCHIVE_XATTR;
	}
	return true;
}

/* ---- entries ---- */

/* What the metadata before the header say goes before what it says itself. */
static bool apply(struct ustar *t, struct rv_span h, struct ustar_entry *e,
		  struct rv_err *err)
{
	const struct pax *p = &t->pax;

	e->name = head_name(t, h);
	memcpy(t->head_link, h.p + 157, 100);
	e->link = cstring(rv_span(t->head_link, 100));
	e->mtime = p->mtime.p ? plain_time(p->mtime) : head_time(t, h);
	if ((t->has_name && p->path.p) || (t->has_link && p->link.p))
		return rv_fault(err, "E_TAR_META",
				"a GNU and a pax name for one entry");
	if (t->has_name)
		e->name = rv_buf_span(&t->name.buf);
	if (t->has_link)
		e->link = rv_buf_span(&t->link.buf);
	if (p->path.p)
		e->name = p->path;
	if (p->link.p)
		e->link = p->link;
	if (p->sparse_name.p)
		e->name = p->sparse_name;
	e->size = p->has_size ? p->size : e->size;
	e->uid = p->has_uid ? p->uid : e->uid;
	e->gid = p->has_gid ? p->gid : e->gid;
	e->xattr = p->xattr;
	e->n_xattr = p->n_xattr;
	return check_xattrs(t, err);
}

/*
 * '\0' is a file; v7 marks a directory by a '/' at its name's end. Engines make
 * nothing of '7' (contiguous) and 'S' (GNU's older sparse files): no image that
 * has them runs.
 */
static bool settle_type(struct ustar_entry *e, struct rv_err *err)
{
	bool slash = e->name.n && e->name.p[e->name.n - 1] == '/';

	if (e->type == '\0' && slash)
		e->type = '5';
	else if (e->type == '\0')
		e->type = '0';
	if (e->type < '0' || e->type > '6')
		return rv_fault(err, "E_TAR_TYPE",
				"type %#x, of which engines make nothing",
				(unsigned)(uint8_t)e->type);
	if (e->type == '0' && slash)
		return rv_fault(err, "E_TAR_TYPE",
				"a file whose name ends in '/'");
	if (e->type != '0' && e->size)
		return rv_fault(err, "E_TAR_SIZE",
				"%" PRIu64
				" bytes of data in an entry that has none",
				e->size);
	return true;
}

static bool entry(struct ustar *t, struct rv_span h, struct ustar_entry *e,
		  struct rv_err *err)
{
	if (!numbers(h, e, err) || !check_gnu_times(h, err) ||
	    !apply(t, h, e, err) || !settle_type(e, err))
		return false;
	t->size = e->size;
	t->left = e->size;
	t->pad = (USTAR_BLOCK - e->size % USTAR_BLOCK) % USTAR_BLOCK;
	e->data_at = t->pos;
	/* A name for it is a name only where the rest is there, too. */
	if (t->pax.sparse_any && (e->type != '0' || t->pax.sparse_other ||
				  !t->pax.sparse || !t->pax.has_real_size))
		return rv_fault(err, "E_TAR_SPARSE",
				"a sparse file that is not of pax"
				" version 1.0");
	if (t->pax.sparse && e->type == '0')
		return sparse(t, e, err);
	return true;
}

/* The stream ends between two entries, or between two zero blocks. */
static bool ends(struct ustar *t, const char *what, struct rv_err *err)
{
	if (!t->may_end)
		return rv_fault(err, "E_TAR_TRUNCATED", "%s, %" PRIu64 " bytes",
				what, t->pos);
	if (t->has_name || t->has_link || t->has_ext)
		return rv_fault(err, "E_TAR_META",
				"an extended header without entry");
	t->seen |= USTAR_NO_END;
	return true;
}

/* Behind the first zero block: another one, then zeros to the end. */
static bool finish(struct ustar *t, struct rv_err *err)
{
	struct rv_span b = { 0 };
	bool none;

	if (t->has_name || t->has_link || t->has_ext)
		return rv_fault(err, "E_TAR_META",
				"an extended header without entry");
	if (!block(t, &b, &none, err))
		return false;
	if (none)
		return ends(t, "one zero block at the end, not two", err);
	if (!rv_all_zero(b))
		return rv_fault(err, "E_TAR_LONE_ZERO",
				"a single zero block at %" PRIu64,
				t->pos - 2 * USTAR_BLOCK);
	do {
		if (!some(t, SIZE_MAX, &b, err))
			return false;
		if (!rv_all_zero(b))
			return rv_fault(err, "E_TAR_TRAILING",
					"data behind the end of"
					" the archive");
	} while (b.n);
	return true;
}

static void forget(struct ustar *t)
{
	/* The records take 16 KiB: most entries have none to forget. */
	if (t->has_ext)
		memset(&t->pax, 0, sizeof t->pax);
	t->has_name = t->has_link = t->has_ext = false;
	free(t->piece);
	t->piece = NULL;
	t->n_piece = t->i_piece = 0;
	t->at = 0;
}

bool rv_ustar_next(struct ustar *t, bool *end, struct ustar_entry *out,
		   struct rv_err *err)
{
	if (!pass(t, t->left, err) || !pass(t, t->pad, err))
		return false;
	t->left = t->pad = 0;
	forget(t);
	for (;;) {
		struct ustar_entry e = { .at = t->pos };
		struct rv_span h = { 0 };
		uint64_t size;
		bool none;

		if (!block(t, &h, &none, err))
			return false;
		if (none) {
			*end = true;
			return ends(t, "the archive has no end mark", err);
		}
		if (rv_all_zero(h)) {
			*end = true;
			return finish(t, err);
		}
		if (!check_sum(h, err))
			return false;
		e.type = (char)h.p[156];
		if (e.type && strchr("xgLK", e.type)) {
			if (!number(h, 124, 12, "size", &size, err) ||
			    !metadata(t, e.type, size, err))
				return false;
			continue;
		}
		if (!entry(t, h, &e, err))
			return false;
		*end = false;
		*out = e;
		return true;
	}
}

/* ---- content ---- */

/* Where the next data belong; holes are given as zeros until there. */
static bool hole(struct ustar *t, struct rv_span *out)
{
	uint64_t until = t->size;

	while (t->i_piece < t->n_piece && t->piece[t->i_piece].n == 0)
		t->i_piece++;
	if (t->i_piece < t->n_piece)
		until = t->piece[t->i_piece].off;
	if (t->at >= until)
		return false;
	until -= t->at;
	*out =
	    rv_span(zeros, until < sizeof zeros ? (size_t)until : sizeof zeros);
	t->at += out->n;
	return true;
}

bool rv_ustar_data(void *ustar, struct rv_span *out, struct rv_err *err)
{
	struct ustar *t = ustar;
	uint64_t n = t->left;
	struct piece *p = NULL;

	if (t->piece) {
		if (hole(t, out))
			return true;
		if (t->i_piece < t->n_piece) {
			p = &t->piece[t->i_piece];
			n = p->n;
		}
	}
	if (n == 0) {
		*out = (struct rv_span){ 0 };
		return true;
	}
	if (!some(t, n, out, err))
		return false;
	if (!out->n)
		return truncated(t, "inside a file", err);
	t->left -= out->n;
	t->at += out->n;
	if (p) {
		p->off += out->n;
		p->n -= out->n;
	}
	return true;
}
