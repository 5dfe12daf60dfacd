/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - the door to jansson: one strict way to read, and no other. */
#include "json.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

void rv_json_free(rv_json **j)
{
	json_decref(*j);
	*j = NULL;
}

/* ---- bounds, before a byte is allocated ---- */

/*
 * What jansson 2.14 takes for a value, with what malloc adds: an object has a
 * table of eight slots from the start, a text its own block behind its header,
 * an array room for eight.
 */
enum {
	OBJECT_COST = 224,
	ARRAY_COST = 144,
	TEXT_COST = 88, /* a key as well */
	NUMBER_COST = 40,
	ELEMENT_COST = 16, /* in an array or object: one behind each comma */
};

/* At most so many times the text, and what a small document may take. */
enum { COST_FACTOR = 8, COST_FREE = 4 << 20 };

struct scan {
	size_t depth, deepest, cost, values;
};

/* From the quote at @i to the one that ends the text; the last byte of it. */
static size_t over_text(struct rv_span s, size_t i)
{
	for (i++; i < s.n && s.p[i] != '"'; i++)
		if (s.p[i] == '\\')
			i++;
	return i;
}

static bool in_number(uint8_t c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
	       c == 'e' || c == 'E';
}

/* Depth and cost of what a parser would make of @s, well-formed or not. */
static void scan(struct rv_span s, struct scan *out)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		size_t from = i;

		if (c == '"') {
			i = over_text(s, i);
			out->cost += TEXT_COST + (i - from);
			out->values++;
		} else if (c == '{' || c == '[') {
			out->cost += c == '{' ? OBJECT_COST : ARRAY_COST;
			out->values++;
			if (++out->depth > out->deepest)
				out->deepest = out->depth;
		} else if ((c == '}' || c == ']') && out->depth) {
			out->depth--;
		} else if (c == ',') {
			out->cost += ELEMENT_COST;
		} else if (c == '-' || (c >= '0' && c <= '9')) {
			while (i + 1 < s.n && in_number(s.p[i + 1]))
				i++;
			out->cost += NUMBER_COST;
			out->values++;
		}
	}
}

static bool bounded(struct rv_span text, const char *what, struct rv_err *err)
{
	RV_AUTO(rv_free) void *all = NULL;
	struct scan found = { 0 };
	size_t most = text.n > (RV_JSON_COST_MAX - COST_FREE) / COST_FACTOR
			  ? RV_JSON_COST_MAX
			  : text.n * COST_FACTOR + COST_FREE;

	scan(text, &found);
	if (found.deepest > RV_JSON_DEPTH)
		return rv_fail(err, RV_INPUT, "%s: JSON deeper than %d levels",
			       what, RV_JSON_DEPTH);
	if (found.cost > most)
		return rv_fail(err, RV_INPUT,
			       "%s: JSON of %zu values in %zu bytes: reading it"
			       " would take %zu MiB, more than %zu",
			       what, found.values, text.n, found.cost >> 20,
			       most >> 20);
	all = malloc(found.cost + 1);
	return all || rv_no_memory(err, what);
}

/* ---- memory ---- */

/*
 * jansson does not always say that memory was what it lacked: it goes on with a
 * text that is too short, or ends the process where it takes one back. So what
 * a document will take is asked for before it is read, and given back; and a
 * request that fails all the same is served from a reserve, whereupon whatever
 * comes of it is thrown away.
 */
enum { RESERVE = 8192 };

static _Thread_local struct {
	bool loading, failed;
	size_t used;
	_Alignas(16) unsigned char room[RESERVE];
} reserve;

static bool reserved(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)reserve.room &&
	       (uintptr_t)p < (uintptr_t)reserve.room + RESERVE;
}

static void *json_take(size_t n)
{
	void *p = malloc(n);
	size_t room = (n + 15) & ~(size_t)15;

	if (p || !reserve.loading)
		return p;
	reserve.failed = true;
	if (n > RESERVE || room > RESERVE - reserve.used)
		return NULL;
	p = reserve.room + reserve.used;
	reserve.used += room;
	return p;
}

static void json_give(void *p)
{
	if (!reserved(p))
		free(p);
}

static void use_own_memory(void)
{
	json_set_alloc_funcs(json_take, json_give);
}

static json_t *load(struct rv_span text, size_t flags, json_error_t *e,
		    bool *no_memory)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	json_t *j;

	pthread_once(&once, use_own_memory);
	reserve.loading = true;
	reserve.used = 0;
	j = json_loadb(text.n ? (const char *)text.p : "", text.n,
		       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | flags, e);
	*no_memory = reserve.failed ||
		     (!j && json_error_code(e) == json_error_out_of_memory);
	if (*no_memory) {
		json_decref(j);
		j = NULL;
	}
	reserve.loading = false;
	reserve.failed = false;
	return j;
}

static bool parse(struct rv_span text, const char *what, size_t flags,
		  rv_json **out, struct rv_err *err)
{
	const uint8_t *nul = text.n ? memchr(text.p, 0, text.n) : NULL;
	bool no_memory;
	json_error_t e;
	json_t *j;

	/* It is never JSON, and must not be passed over as if it were blank. */
	if (nul)
		return rv_fail(err, RV_INPUT, "%s: JSON at byte %zu: a NUL",
			       what, (size_t)(nul - text.p));
	if (!bounded(text, what, err))
		return false;
	j = load(text, flags, &e, &no_memory);
	if (no_memory)
		return rv_no_memory(err, what);
	if (!j)
		return rv_fail(err, RV_INPUT, "%s: JSON at byte %d: %s", what,
			       e.position, e.text);
	*out = j;
	return true;
}

bool rv_json_parse(struct rv_span text, const char *what, rv_json **out,
		   struct rv_err *err)
{
	return parse(text, what, 0, out, err);
}

bool rv_json_parse_nul(struct rv_span text, const char *what, rv_json **out,
		       struct rv_err *err)
{
	return parse(text, what, JSON_ALLOW_NUL, out, err);
}

static int dump_some(const char *p, size_t n, void *to)
{
	rv_grow_add(to, p, n);
	return 0;
}

bool rv_json_dump(const rv_json *j, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (json_dump_callback(j, dump_some, &g,
			       JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		return rv_no_memory(err, "writing JSON");
	return rv_grow_take(&g, out, err);
}

bool rv_json_same(const rv_json *a, const rv_json *b)
{
	return json_equal(a, b) == 1;
}

bool rv_json_is_object(const rv_json *j)
{
	return json_is_object(j);
}

bool rv_json_is_array(const rv_json *j)
{
	return json_is_array(j);
}

bool rv_json_is_string(const rv_json *j)
{
	return json_is_string(j);
}

bool rv_json_is_int(const rv_json *j)
{
	return json_is_integer(j);
}

bool rv_json_is_bool(const rv_json *j)
{
	return json_is_boolean(j);
}

bool rv_json_is_null(const rv_json *j)
{
	return json_is_null(j);
}

const rv_json *rv_json_get(const rv_json *j, const char *key)
{
	return json_object_get(j, key);
}

size_t rv_json_size(const rv_json *j)
{
	return json_is_object(j) ? json_object_size(j) : json_array_size(j);
}

const rv_json *rv_json_at(const rv_json *array, size_t i)
{
	return json_array_get(array, i);
}

bool rv_json_next(const rv_json *object, void **iter, const char **key,
		  const rv_json **value)
{
	/* jansson's iterators take a mutable object but change nothing. */
	json_t *o = (json_t *)(uintptr_t)object;

	*iter = *iter ? json_object_iter_next(o, *iter) : json_object_iter(o);
	if (!*iter)
		return false;
	*key = json_object_iter_key(*iter);
	*value = json_object_iter_value(*iter);
	return true;
}

struct rv_span rv_json_text(const rv_json *j)
{
	return rv_span(json_string_value(j), json_string_length(j));
}

bool rv_json_true(const rv_json *j)
{
	return json_is_true(j);
}

int64_t rv_json_int(const rv_json *j)
{
	return json_integer_value(j);
}

bool rv_json_number(const rv_json *j, double *out)
{
	if (!json_is_number(j))
		return false;
	*out = json_number_value(j);
	return true;
}

bool rv_json_uint(const rv_json *j, uint64_t max, uint64_t *out)
{
	if (!json_is_integer(j) || json_integer_value(j) < 0 ||
	    (uint64_t)json_integer_value(j) > max)
		return false;
	*out = (uint64_t)json_integer_value(j);
	return true;
}

static bool absent(const rv_json *v)
{
	return !v || json_is_null(v);
}

bool rv_json_opt_uint(const rv_json *j, const char *key, uint64_t max,
		      uint64_t *out, struct rv_err *err)
{
	const json_t *v = json_object_get(j, key);

	if (absent(v))
		return true;
	if (!rv_json_uint(v, max, out))
		return rv_fail(err, RV_INPUT,
			       "%s: not a whole number from 0 to %" PRIu64, key,
			       max);
	return true;
}

bool rv_json_opt_bool(const rv_json *j, const char *key, bool *out,
		      struct rv_err *err)
{
	const json_t *v = json_object_get(j, key);

	if (absent(v))
		return true;
	if (!json_is_boolean(v))
		return rv_fail(err, RV_INPUT, "%s: neither true nor false",
			       key);
	*out = json_is_true(v);
	return true;
}

bool rv_json_opt_text(const rv_json *j, const char *key, struct rv_span *out,
		      struct rv_err *err)
{
	const json_t *v = json_object_get(j, key);

	if (absent(v))
		return true;
	if (!json_is_string(v))
		return rv_fail(err, RV_INPUT, "%s: not a string", key);
	*out = rv_json_text(v);
	return true;
}

bool rv_json_need_list(const rv_json *j, const char *key, size_t max,
		       const rv_json **out, struct rv_err *err)
{
	*out = rv_json_get(j, key);
	return (rv_json_is_array(*out) && rv_json_size(*out) <= max) ||
	       rv_fail(err, RV_INPUT, "%s: missing or no array of at most %zu",
		       key, max);
}

bool rv_json_opt_chars(const rv_json *j, const char *key, char *out,
		       size_t room, struct rv_err *err)
{
	struct rv_span s = { 0 };

	*out = '\0';
	if (!rv_json_opt_text(j, key, &s, err))
		return false;
	if (s.n >= room || memchr(s.n ? s.p : (const uint8_t *)"", 0, s.n))
		return rv_fail(err, RV_INPUT,
			       "%s: longer than %zu bytes, or a NUL in it", key,
			       room - 1);
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

bool rv_json_opt_hex(const rv_json *j, const char *key, bool *has, uint8_t *out,
		     size_t n, struct rv_err *err)
{
	struct rv_span s = { 0 };

	*has = false;
	if (!rv_json_opt_text(j, key, &s, err))
		return false;
	if (!s.p)
		return true;
	if (!rv_unhex(s, out, n))
		return rv_fail(err, RV_INPUT, "%s: not %zu hex digits", key,
			       2 * n);
	*has = true;
	return true;
}

static bool need(const rv_json *j, const char *key, struct rv_err *err)
{
	if (absent(json_object_get(j, key)))
		return rv_fail(err, RV_INPUT, "%s: missing", key);
	return true;
}

bool rv_json_need_text(const rv_json *j, const char *key, struct rv_span *out,
		       struct rv_err *err)
{
	return need(j, key, err) && rv_json_opt_text(j, key, out, err);
}

bool rv_json_need_uint(const rv_json *j, const char *key, uint64_t max,
		       uint64_t *out, struct rv_err *err)
{
	return need(j, key, err) && rv_json_opt_uint(j, key, max, out, err);
}

bool rv_json_need_hex(const rv_json *j, const char *key, uint8_t *out, size_t n,
		      struct rv_err *err)
{
	bool has;

	return need(j, key, err) && rv_json_opt_hex(j, key, &has, out, n, err);
}
