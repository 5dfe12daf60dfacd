/* SPDX-License-Identifier: Apache-2.0 */
/* jtree.c - reads JSON without losing how it was written (RFC 8259). */
#include "jtree.h"

#include <stdlib.h>

struct rv_arena_block {
	struct rv_arena_block *before;
	size_t used, room;
	max_align_t data[];
};

enum { BLOCK = 64 << 10 };

void rv_arena_free(struct rv_arena *a)
{
	while (a->last) {
		struct rv_arena_block *b = a->last;

		a->last = b->before;
		free(b);
	}
}

void *rv_arena_alloc(struct rv_arena *a, size_t n, struct rv_err *err)
{
	size_t need =
	    (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	struct rv_arena_block *b = a->last;
	void *p;

	if (!b || b->room - b->used < need) {
		size_t room = need > BLOCK ? need : BLOCK;

		b = calloc(1, sizeof *b + room);
		if (!b) {
			rv_err_no_memory(err, "app-compose");
			return NULL;
		}
		b->before = a->last;
		b->room = room;
		a->last = b;
	}
	p = (uint8_t *)b->data + b->used;
	b->used += need;
	return p;
}

bool rv_arena_copy(struct rv_arena *a, struct rv_span s, struct rv_span *out,
		   struct rv_err *err)
{
	uint8_t *p = rv_arena_alloc(a, s.n ? s.n : 1, err);

	if (!p)
		return false;
	if (s.n)
		memcpy(p, s.p, s.n);
	*out = rv_span(p, s.n);
	return true;
}

/* ---- parsing ---- */

struct parser {
	struct rv_span in;
	size_t at;
	unsigned depth;
	struct rv_arena *a;
	struct rv_err *err;
};

static bool bad(struct parser *p, const char *what)
{
	return rv_fail(p->err, RV_INPUT, "JSON at byte %zu: %s", p->at, what);
}

/* The next byte, or -1 at the end. */
static int peek(const struct parser *p)
{
	return p->at < p->in.n ? p->in.p[p->at] : -1;
}

static void blanks(struct parser *p)
{
	int c = peek(p);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		p->at++;
		c = peek(p);
	}
}

static bool word(struct parser *p, const char *w)
{
	struct rv_span s;

	if (!rv_sub(p->in, p->at, strlen(w), &s) || !rv_same_text(s, w))
		return bad(p, "no value");
	p->at += s.n;
	return true;
}

static bool digits(struct parser *p)
{
	size_t from = p->at;

	while (peek(p) >= '0' && peek(p) <= '9')
		p->at++;
	return p->at > from;
}

static bool number(struct parser *p, struct rv_jt *v)
{
	size_t from = p->at;
	bool ok;

	if (peek(p) == '-')
		p->at++;
	if (peek(p) == '0') {
		p->at++;
		ok = true;
	} else {
		ok = digits(p);
	}
	if (ok && peek(p) == '.') {
		p->at++;
		ok = digits(p);
	}
	if (ok && (peek(p) == 'e' || peek(p) == 'E')) {
		p->at++;
		if (peek(p) == '+' || peek(p) == '-')
			p->at++;
		ok = digits(p);
	}
	if (!ok)
		return bad(p, "not a number");
	if (p->at - from > RV_JT_DIGITS)
		return bad(p, "a number of more than 4300 characters");
	v->type = RV_JT_NUMBER;
	v->text = rv_span(p->in.p + from, p->at - from);
	return true;
}

static bool hex4(struct parser *p, uint32_t *out)
{
	struct rv_span s;
	uint8_t b[2];

	if (!rv_sub(p->in, p->at, 4, &s) || !rv_unhex(s, b, 2))
		return bad(p, "not four hex digits");
	p->at += 4;
	*out = (uint32_t)rv_num_be(rv_span(b, 2));
	return true;
}

static size_t put_utf8(uint32_t c, uint8_t *to)
{
	if (c < 0x80) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (uint8_t)(0xe0 | c >> 12);
		to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		to[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | c >> 18);
	to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	to[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* RFC 8259 section 7, behind the backslash. Never longer than it was. */
static bool escape(struct parser *p, uint8_t *to, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	int c = peek(p);
	const char *at = c > 0 ? strchr(from, c) : NULL;
	uint32_t v = 0, low = 0;

	p->at++;
	if (at) {
		to[(*n)++] = (uint8_t)into[at - from];
		return true;
	}
	if (c != 'u')
		return bad(p, "unknown escape");
	if (!hex4(p, &v))
		return false;
	if (v >= 0xd800 && v < 0xdc00) {
		if (!word(p, "\\u") || !hex4(p, &low))
			return bad(p, "half a surrogate pair");
		if (low < 0xdc00 || low > 0xdfff)
			return bad(p, "half a surrogate pair");
		v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
	} else if (v >= 0xdc00 && v < 0xe000) {
		return bad(p, "half a surrogate pair");
	}
	*n += put_utf8(v, to + *n);
	return true;
}

/* The length of the string at the opening quote, quotes included; or 0. */
static size_t string_size(const struct parser *p)
{
	for (size_t i = p->at + 1; i < p->in.n; i++) {
		if (p->in.p[i] == '\\')
			i++;
		else if (p->in.p[i] == '"')
			return i - p->at + 1;
	}
	return 0;
}

static bool string(struct parser *p, struct rv_span *out)
{
	size_t n = 0, size = string_size(p);
	uint8_t *to;

	if (!size)
		return bad(p, "a string without end");
	to = rv_arena_alloc(p->a, size, p->err);
	if (!to)
		return false;
	for (p->at++; peek(p) != '"';) {
		uint32_t v = 0;
		size_t k = rv_code_point(
		    rv_span(p->in.p + p->at, p->in.n - p->at), &v);

		if (k == 0)
			return bad(p, "not UTF-8");
		if (v < 0x20)
			return bad(p, "a control character in a string");
		if (v == '\\') {
			p->at++;
			if (!escape(p, to, &n))
				return false;
			continue;
		}
		memcpy(to + n, p->in.p + p->at, k);
		n += k;
		p->at += k;
	}
	p->at++;
	*out = rv_span(to, n);
	return true;
}

int rv_jt_key_order(struct rv_span x, struct rv_span y)
{
	size_t n = x.n < y.n ? x.n : y.n;
	int d = n ? memcmp(x.p, y.p, n) : 0;

	return d ? d : (x.n > y.n) - (x.n < y.n);
}

static int by_key(const void *a, const void *b)
{
	return rv_jt_key_order((*(const struct rv_jt_member *const *)a)->key,
			       (*(const struct rv_jt_member *const *)b)->key);
}

bool rv_jt_sorted(const struct rv_jt *object, const struct rv_jt_member ***out,
		  struct rv_err *err)
{
	/* One more than needed: an object may be empty. */
	const struct rv_jt_member **m = calloc(object->n + 1, sizeof *m);

	if (!m)
		return rv_no_memory(err, "app-compose");
	for (size_t i = 0; i < object->n; i++)
		m[i] = &object->m[i];
	qsort(m, object->n, sizeof *m, by_key);
	*out = m;
	return true;
}

static bool no_twins(struct parser *p, const struct rv_jt *v)
{
	RV_AUTO(rv_free) const struct rv_jt_member **m = NULL;

	if (v->n < 2)
		return true;
	if (!rv_jt_sorted(v, &m, p->err))
		return false;
	for (size_t i = 1; i < v->n; i++) {
		if (by_key(&m[i - 1], &m[i]) == 0)
			return rv_fail(
			    p->err, RV_INPUT,
			    "JSON: duplicate key \"%.*s\" in the"
			    " object that ends at byte %zu",
			    (int)(m[i]->key.n > 64 ? 64 : m[i]->key.n),
			    (const char *)m[i]->key.p, p->at);
	}
	return true;
}

static bool value(struct parser *p, struct rv_jt *v);

/* One member into @list; *more says whether a comma follows. */
static bool member(struct parser *p, struct rv_jt *v, struct rv_grow *list,
		   bool *more)
{
	bool object = v->type == RV_JT_OBJECT;
	struct rv_jt_member m = { 0 };
	struct rv_jt *child = rv_arena_alloc(p->a, sizeof *child, p->err);

	if (!child)
		return false;
	blanks(p);
	if (object) {
		if (peek(p) != '"')
			return bad(p, "no key");
		if (!string(p, &m.key))
			return false;
		blanks(p);
		if (!word(p, ":"))
			return bad(p, "no colon");
	}
	if (!value(p, child))
		return false;
	m.value = child;
	rv_grow_add(list, &m, sizeof m);
	blanks(p);
	*more = peek(p) == ',';
	if (!*more && peek(p) != (object ? '}' : ']'))
		return bad(p, "neither a comma nor the end");
	p->at++;
	return true;
}

static bool container(struct parser *p, struct rv_jt *v)
{
	RV_AUTO(rv_grow_free) struct rv_grow list = { 0 };
	bool more = true;

	v->type = peek(p) == '{' ? RV_JT_OBJECT : RV_JT_ARRAY;
	if (++p->depth > RV_JSON_DEPTH)
		return bad(p, "deeper than 32 levels");
	p->at++;
	blanks(p);
	if (peek(p) == (v->type == RV_JT_OBJECT ? '}' : ']')) {
		p->at++;
		more = false;
	}
	while (more)
		if (!member(p, v, &list, &more))
			return false;
	if (list.failed)
		return rv_no_memory(p->err, "app-compose");
	v->n = list.buf.n / sizeof *v->m;
	v->m = rv_arena_alloc(p->a, list.buf.n ? list.buf.n : 1, p->err);
	if (!v->m)
		return false;
	if (list.buf.n)
		memcpy(v->m, list.buf.p, list.buf.n);
	p->depth--;
	return v->type == RV_JT_ARRAY || no_twins(p, v);
}

static bool value(struct parser *p, struct rv_jt *v)
{
	int c;

	if (++p->a->nodes > RV_JT_NODES)
		return bad(p, "more than 1048576 values");
	blanks(p);
	c = peek(p);
	if (c == '{' || c == '[')
		return container(p, v);
	if (c == '"') {
		v->type = RV_JT_STRING;
		return string(p, &v->text);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(p, v);
	v->type = c == 't' ? RV_JT_TRUE : c == 'f' ? RV_JT_FALSE : RV_JT_NULL;
	return word(p, c == 't' ? "true" : c == 'f' ? "false" : "null");
}

bool rv_jt_parse(struct rv_span text, struct rv_arena *a,
		 const struct rv_jt **out, struct rv_err *err)
{
	struct parser p = { text, 0, 0, a, err };
	struct rv_jt *root = rv_arena_alloc(a, sizeof *root, err);
	struct rv_span head;

	if (!root)
		return false;
	if (rv_sub(text, 0, 3, &head) && rv_same_text(head, "\xef\xbb\xbf"))
		return bad(&p, "a byte order mark");
	if (!value(&p, root))
		return false;
	blanks(&p);
	if (p.at != text.n)
		return bad(&p, "something behind the value");
	*out = root;
	return true;
}

/* ---- looking and changing ---- */

static struct rv_jt_member *find(const struct rv_jt *o, const char *key)
{
	for (size_t i = 0; o && o->type == RV_JT_OBJECT && i < o->n; i++)
		if (rv_same_text(o->m[i].key, key))
			return &o->m[i];
	return NULL;
}

const struct rv_jt *rv_jt_get(const struct rv_jt *object, const char *key)
{
	struct rv_jt_member *m = find(object, key);

	return m ? m->value : NULL;
}

bool rv_jt_is_text(const struct rv_jt *v, const char *text)
{
	return v && v->type == RV_JT_STRING && rv_same_text(v->text, text);
}

bool rv_jt_clone(struct rv_arena *a, const struct rv_jt *object, size_t room,
		 struct rv_jt **out, struct rv_err *err)
{
	struct rv_jt *c = rv_arena_alloc(a, sizeof *c, err);

	if (!c)
		return false;
	*c = *object;
	c->m = rv_arena_alloc(a, (object->n + room + 1) * sizeof *c->m, err);
	if (!c->m)
		return false;
	if (object->n)
		memcpy(c->m, object->m, object->n * sizeof *c->m);
	*out = c;
	return true;
}

void rv_jt_drop(struct rv_jt *object, const char *key)
{
	struct rv_jt_member *m = find(object, key);

	if (!m)
		return;
	memmove(m, m + 1, (size_t)(object->m + object->n - m - 1) * sizeof *m);
	object->n--;
}

void rv_jt_set(struct rv_jt *object, const char *key, const struct rv_jt *v)
{
	struct rv_jt_member *m = find(object, key);

	if (!m) {
		m = &object->m[object->n++];
		m->key = rv_text(key);
	}
	m->value = v;
}

bool rv_jt_string(struct rv_arena *a, struct rv_span s,
		  const struct rv_jt **out, struct rv_err *err)
{
	struct rv_jt *v = rv_arena_alloc(a, sizeof *v, err);

	if (!v)
		return false;
	v->type = RV_JT_STRING;
	v->text = s;
	*out = v;
	return true;
}
