/* SPDX-License-Identifier: Apache-2.0 */
/* pax.c - records "LENGTH KEY=VALUE\n", and what each key means for us. */
#include "pax.h"

/* Take one record off @s. */
static bool record(struct rv_span *s, struct rv_span *key,
		   struct rv_span *value, struct rv_err *err)
{
	struct rv_span line, number;
	const uint8_t *blank, *eq;
	uint64_t n;

	blank = memchr(s->p, ' ', s->n < 20 ? s->n : 20);
	if (!blank)
		return rv_fault(err, "E_TAR_PAX", "a record without a length");
	number = rv_span(s->p, (size_t)(blank - s->p));
	if (!rv_decimal(number, s->n, &n) || n < number.n + 3 ||
	    !rv_sub(*s, 0, n, &line) || line.p[n - 1] != '\n')
		return rv_fault(err, "E_TAR_PAX", "a record's length is wrong");
	*s = rv_span(s->p + n, s->n - (size_t)n);
	line = rv_span(line.p + number.n + 1, line.n - number.n - 2);
	eq = memchr(line.p, '=', line.n);
	if (!eq || eq == line.p)
		return rv_fault(err, "E_TAR_PAX", "a record without a key");
	*key = rv_span(line.p, (size_t)(eq - line.p));
	*value = rv_span(eq + 1, line.n - key->n - 1);
	return true;
}

static bool below(struct rv_span key, const char *prefix, struct rv_span *rest)
{
	size_t n = strlen(prefix);

	if (key.n <= n || !rv_starts(key, rv_text(prefix)))
		return false;
	*rest = rv_span(key.p + n, key.n - n);
	return true;
}

static bool text(struct rv_span value, const char *what, struct rv_span *out,
		 struct rv_err *err)
{
	if (value.n && memchr(value.p, '\0', value.n))
		return rv_fault(err, "E_PATH_NUL", "a NUL in pax %s", what);
	*out = value;
	return true;
}

static bool number(struct rv_span value, const char *what, bool *has,
		   uint64_t *out, struct rv_err *err)
{
	if (!rv_decimal(value, INT64_MAX, out))
		return rv_fault(err, "E_TAR_NUMBER", "pax %s is no number",
				what);
	*has = true;
	return true;
}

static bool add_xattr(struct ustar_xattr *x, size_t *n, struct rv_span name,
		      struct rv_span value, struct rv_err *err)
{
	for (size_t i = 0; i < *n; i++)
		if (rv_same(x[i].name, name))
			return rv_fault(err, "E_TAR_PAX", "xattr %.*s twice",
					(int)name.n, (const char *)name.p);
	if (*n == USTAR_XATTRS_MAX)
		return rv_fault(err, "E_TAR_PAX", "more than %d xattrs",
				USTAR_XATTRS_MAX);
	x[(*n)++] = (struct ustar_xattr){ name, value };
	return true;
}

/* GNU.sparse.*: version 1.0 is read, the older ones in pax are not. */
static bool sparse(struct pax *p, struct rv_span key, struct rv_span value,
		   struct rv_err *err)
{
	if (rv_same_text(key, "major")) {
		p->has_major = true;
		p->sparse_other |= !rv_same_text(value, "1");
	} else if (rv_same_text(key, "minor")) {
		p->has_minor = true;
		p->sparse_other |= !rv_same_text(value, "0");
	} else if (rv_same_text(key, "name")) {
		return text(value, "GNU.sparse.name", &p->sparse_name, err);
	} else if (rv_same_text(key, "realsize")) {
		return number(value, "GNU.sparse.realsize", &p->has_real_size,
			      &p->real_size, err);
	} else {
		p->sparse_other = true;
	}
	return true;
}

static bool one(struct pax *p, struct rv_span key, struct rv_span value,
		struct rv_err *err)
{
	struct rv_span rest;

	if (below(key, "SCHILY.xattr.", &rest))
		return add_xattr(p->xattr, &p->n_xattr, rest, value, err);
	if (below(key, "LIBARCHIVE.xattr.", &rest))
		return add_xattr(p->other, &p->n_other, rest, value, err);
	if (below(key, "GNU.sparse.", &rest)) {
		p->sparse_any = true;
		return sparse(p, rest, value, err);
	}
	/* An empty value takes an earlier one of this header back. */
	if (rv_same_text(key, "path"))
		return text(value.n ? value : rv_span(NULL, 0), "path",
			    &p->path, err);
	if (rv_same_text(key, "linkpath"))
		return text(value.n ? value : rv_span(NULL, 0), "linkpath",
			    &p->link, err);
	if (rv_same_text(key, "mtime"))
		p->mtime = value.n ? value : rv_span(NULL, 0);
	if (rv_same_text(key, "size"))
		return number(value, "size", &p->has_size, &p->size, err);
	if (rv_same_text(key, "uid"))
		return number(value, "uid", &p->has_uid, &p->uid, err);
	if (rv_same_text(key, "gid"))
		return number(value, "gid", &p->has_gid, &p->gid, err);
	return true;
}

bool rv_pax_read(struct rv_span bytes, struct pax *out, struct rv_err *err)
{
	struct rv_span key, value;

	memset(out, 0, sizeof *out);
	while (bytes.n)
		if (!record(&bytes, &key, &value, err) ||
		    !one(out, key, value, err))
			return false;
	out->sparse = out->has_major || out->has_minor;
	if (out->sparse && !(out->has_major && out->has_minor))
		out->sparse_other = true;
	return true;
}

/*
 * Some readers apply global records to the entries that follow and some do
 * not: only keys that no digest looks at are let through.
 */
bool rv_pax_read_global(struct rv_span bytes, struct rv_err *err)
{
	static const char *const harmless[] = { "comment", "mtime",	"atime",
						"ctime",   "uname",	"gname",
						"charset", "hdrcharset" };
	struct rv_span key, value;

	while (bytes.n) {
		bool known = false;

		if (!record(&bytes, &key, &value, err))
			return false;
		for (size_t i = 0; i < RV_LEN(harmless); i++)
			known |= rv_same_text(key, harmless[i]);
		if (!known)
			return rv_fault(err, "E_TAR_PAX_GLOBAL",
					"global record %.*s", (int)key.n,
					(const char *)key.p);
	}
	return true;
}
