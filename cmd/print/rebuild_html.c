/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild_html.c - builds that should be one, as a page. */
#include "rebuild_html.h"
#include "html_compose.h"
#include "html_page.h"
#include "html_text.h"

#include <stdio.h>

enum {
	HEX_MAX = 1024, /* bytes of a file that is no text */
	HEX_LINE = 16,
	PAX = 512, /* where the records of an extended header begin */
};

/* POSIX.1-2017, pax, "ustar Interchange Format". */
static const struct {
	const char *name;
	size_t at, n;
} fields[] = {
	{ "name", 0, 100 },	{ "mode", 100, 8 },	{ "uid", 108, 8 },
	{ "gid", 116, 8 },	{ "size", 124, 12 },	{ "mtime", 136, 12 },
	{ "type", 156, 1 },	{ "link", 157, 100 },	{ "magic", 257, 8 },
	{ "user", 265, 32 },	{ "group", 297, 32 },	{ "devmajor", 329, 8 },
	{ "devminor", 337, 8 }, { "prefix", 345, 155 },
};

static struct rv_span field_of(const struct rv_oci_entry *e, size_t i)
{
	struct rv_span s = { 0 };

	if (!e->there || !rv_sub(rv_buf_span(&e->head), e->own + fields[i].at,
				 fields[i].n, &s))
		return s;
	while (s.n && !s.p[s.n - 1])
		s.n--;
	return s;
}

static void cells(struct rv_grow *to, const char *label, struct rv_span a,
		  struct rv_span b)
{
	bool same = rv_same(a, b);

	rv_grow_printf(to, "<tr%s><th>%s</th><td><code>",
		       same ? "" : " class=\"no\"", label);
	rv_html_text(to, a);
	rv_grow_text(to, "</code></td><td><code>");
	rv_html_text(to, b);
	rv_grow_printf(to, "</code></td><td>%s</td></tr>",
		       same ? "same" : "differs");
}

static void table(struct rv_grow *to, const struct rv_rebuild_page *p, size_t i)
{
	rv_grow_text(to, "<table><tr><th></th><th>");
	rv_html_str(to, p->name[0]);
	rv_grow_text(to, "</th><th>");
	rv_html_str(to, p->name[i]);
	rv_grow_text(to, "</th><th></th></tr>\n");
}

/* ---- the first file that differs ---- */

/* What stands in front of an entry's own header: pax records, long names. */
static struct rv_span extended(const struct rv_oci_entry *e)
{
	return e->there && e->own > PAX ? rv_span(e->head.p + PAX, e->own - PAX)
					: rv_span(NULL, 0);
}

static void headers(struct rv_grow *to, const struct rv_rebuild_page *p,
		    size_t i, const struct rv_oci_first *f)
{
	const struct rv_oci_entry *a = &f->side[0], *b = &f->side[1];
	struct rv_span x = extended(a), y = extended(b);

	table(to, p, i);
	for (size_t k = 0; k < RV_LEN(fields); k++)
		cells(to, fields[k].name, field_of(a, k), field_of(b, k));
	while (x.n && !x.p[x.n - 1])
		x.n--;
	while (y.n && !y.p[y.n - 1])
		y.n--;
	if (x.n || y.n)
		cells(to, "extended", x, y);
	rv_grow_text(to, "</table>\n");
}

static bool is_text(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i])
			return false;
	return rv_utf8_ok(s);
}

static void hex_line(struct rv_grow *to, char mark, size_t at, struct rv_span s)
{
	char hex[2 * HEX_LINE + 1];

	rv_hex(s, hex);
	rv_grow_printf(to, "%c %06zx  %-32s  ", mark, at, hex);
	for (size_t i = 0; i < s.n; i++) {
		bool plain = s.p[i] >= 0x20 && s.p[i] < 0x7f;

		rv_html_text(to, plain ? rv_span(s.p + i, 1) : rv_text("."));
	}
	rv_grow_text(to, "\n");
}

static struct rv_span line_at(struct rv_span s, size_t at)
{
	if (at >= s.n)
		return rv_span(NULL, 0);
	return rv_span(s.p + at, s.n - at < HEX_LINE ? s.n - at : HEX_LINE);
}

/* From the first line of 16 bytes that differs. */
static void hex_diff(struct rv_grow *to, struct rv_span a, struct rv_span b)
{
	size_t most = a.n > b.n ? a.n : b.n, from = 0;

	while (from < most && rv_same(line_at(a, from), line_at(b, from)))
		from += HEX_LINE;
	rv_grow_text(to, "<pre class=\"diff\">");
	for (size_t at = from; at < most && at < from + HEX_MAX;
	     at += HEX_LINE) {
		struct rv_span x = line_at(a, at), y = line_at(b, at);

		if (rv_same(x, y)) {
			hex_line(to, ' ', at, x);
			continue;
		}
		rv_grow_text(to, "<del>");
		if (x.n)
			hex_line(to, '-', at, x);
		rv_grow_text(to, "</del><ins>");
		if (y.n)
			hex_line(to, '+', at, y);
		rv_grow_text(to, "</ins>");
	}
	if (most > from + HEX_MAX)
		rv_grow_text(to, "(more)\n");
	rv_grow_text(to, "</pre>\n");
}

static void content(struct rv_grow *to, const struct rv_oci_first *f)
{
	const struct rv_oci_entry *a = &f->side[0], *b = &f->side[1];
	struct rv_span x = rv_buf_span(&a->data), y = rv_buf_span(&b->data);

	if (!a->there || !b->there)
		return;
	if (a->size == b->size && rv_same(x, y)) {
		rv_grow_printf(to, "<p>content: the same%s</p>\n",
			       x.n == a->size ? "" : " as far as it is shown");
		return;
	}
	rv_grow_printf(to,
		       "<p>content: %" PRIu64 " and %" PRIu64
		       " bytes; of each at most %d are shown</p>\n",
		       a->size, b->size, RV_OCI_SHOWN_MAX);
	if (is_text(x) && is_text(y))
		rv_html_lines(to, x, y);
	else
		hex_diff(to, x, y);
}

static void first_file(struct rv_grow *to, const struct rv_rebuild_page *p,
		       size_t i, size_t layer, const struct rv_oci_first *f)
{
	rv_grow_printf(to, "<h3>layer %zu, ", layer + 1);
	if (!f->differs) {
		rv_grow_text(to, "all entries are the same</h3><p>What is"
				 " behind the last entry is not: padding, or"
				 " how the layer is packed.</p>\n");
		return;
	}
	rv_grow_printf(to, "entry %zu: ", f->entry);
	rv_html_text(to, field_of(&f->side[f->side[0].there ? 0 : 1], 0));
	rv_grow_text(to, "</h3>\n");
	if (!f->side[0].there || !f->side[1].there)
		rv_grow_printf(to, "<p>Only in the %s build.</p>\n",
			       f->side[0].there ? "first" : "other");
	headers(to, p, i, f);
	content(to, f);
}

/* ---- one build beside the first ---- */

/* @d is NULL where there is none. */
static void digest_text(const struct rv_sha256 *d, char out[72])
{
	snprintf(out, 72, "-");
	if (!d)
		return;
	memcpy(out, "sha256:", 7);
	rv_hex(rv_span(d->b, sizeof d->b), out + 7);
}

static void layer_row(struct rv_grow *to, size_t nr,
		      const struct rv_oci_layer *a,
		      const struct rv_oci_layer *b)
{
	char label[64], x[96], y[96];

	snprintf(label, sizeof label, "layer %zu unpacked", nr + 1);
	digest_text(a && a->has_diffid ? &a->diffid : NULL, x);
	digest_text(b && b->has_diffid ? &b->diffid : NULL, y);
	cells(to, label, rv_text(x), rv_text(y));
	snprintf(label, sizeof label, "layer %zu stored", nr + 1);
	digest_text(a && a->has_blob ? &a->blob : NULL, x);
	digest_text(b && b->has_blob ? &b->blob : NULL, y);
	cells(to, label, rv_text(x), rv_text(y));
	snprintf(label, sizeof label, "layer %zu bytes", nr + 1);
	snprintf(x, sizeof x, "%" PRIu64 " stored, %" PRIu64 " unpacked",
		 a ? a->size : 0, a ? a->tar_size : 0);
	snprintf(y, sizeof y, "%" PRIu64 " stored, %" PRIu64 " unpacked",
		 b ? b->size : 0, b ? b->tar_size : 0);
	cells(to, label, rv_text(x), rv_text(y));
}

static bool beside(const struct rv_rebuild_page *p, size_t i,
		   struct rv_grow *to, struct rv_err *err)
{
	const struct rv_oci_image *a = &p->build[0].image[0];
	const struct rv_oci_image *b = &p->build[i].image[0];
	size_t most = a->n_layer > b->n_layer ? a->n_layer : b->n_layer;
	const char *path[2] = { p->name[0], p->name[i] };

	rv_grow_printf(to, "<h2>build 1 and build %zu</h2>\n", i + 1);
	table(to, p, i);
	for (size_t k = 0; k < most; k++)
		layer_row(to, k, k < a->n_layer ? &a->layer[k] : NULL,
			  k < b->n_layer ? &b->layer[k] : NULL);
	rv_grow_text(to, "</table>\n");
	for (size_t k = 0; k < a->n_layer && k < b->n_layer; k++) {
		const struct rv_oci_layer *l[2] = { &a->layer[k],
						    &b->layer[k] };
		RV_AUTO(rv_oci_first_free) struct rv_oci_first f = { 0 };
		struct rv_err e = { 0 };

		if (memcmp(&l[0]->diffid, &l[1]->diffid, sizeof l[0]->diffid) ==
		    0)
			continue;
		if (rv_oci_first_difference(path, l, &f, &e)) {
			first_file(to, p, i, k, &f);
			return true;
		}
		if (e.code == RV_SYSTEM) {
			*err = e;
			return false;
		}
		rv_grow_printf(to, "<p>layer %zu cannot be shown: ", k + 1);
		rv_html_str(to, e.msg);
		rv_grow_text(to, "</p>\n");
		return true;
	}
	return true;
}

bool rv_rebuild_html(const struct rv_rebuild_page *p, struct rv_grow *to,
		     struct rv_err *err)
{
	const struct rv_oci_rebuild *r = p->result;

	rv_html_begin(to, p->yes ? "reproducible" : "not reproducible");
	rv_grow_printf(
	    to,
	    "<h1>Builds that should be one</h1><p class=\"verdict"
	    " %s\">%s (%s)</p>\n<p>the same in all builds: %s</p>\n",
	    p->yes ? "yes" : "no", p->yes ? "reproducible" : "not reproducible",
	    rv_oci_kind_name(p->want),
	    r->level == RV_KINDS ? "nothing" : rv_oci_kind_name(r->level));
	for (size_t i = 0; i < r->n_cause; i++) {
		rv_grow_printf(to, "<div class=\"check bad\"><b>%s</b>seen in ",
			       r->cause[i].name);
		rv_html_str(to, r->cause[i].detail);
		rv_grow_printf(to, "<p>fix: %s</p></div>\n", r->cause[i].fix);
	}
	for (size_t i = 1; i < p->n; i++)
		if (!beside(p, i, to, err))
			return false;
	rv_grow_text(to, "</body></html>\n");
	return !to->failed || rv_no_memory(err, "page");
}
