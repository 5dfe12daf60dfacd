/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_text.c - refval-config 1 (docs/FORMATS.md): the config without what
 * only tells when and how it was built. What is not known to be such is kept.
 */
#include "config_text.h"
#include "json.h"

#include <stdlib.h>

enum { KEYS_MAX = 4096 };

struct member {
	const char *key;
	const rv_json *value;
};

static int by_key(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void string(struct rv_grow *to, struct rv_span s)
{
	static const char short_form[] = "btn\0fr"; /* of 8, 9, 10, 12, 13 */

	rv_grow_u8(to, '"');
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '"' || c == '\\')
			rv_grow_printf(to, "\\%c", c);
		else if (c >= 8 && c <= 13 && short_form[c - 8])
			rv_grow_printf(to, "\\%c", short_form[c - 8]);
		else if (c < 0x20)
			rv_grow_printf(to, "\\u%04x", c);
		else
			rv_grow_u8(to, c);
	}
	rv_grow_u8(to, '"');
}

/* The members of @j that @keep lets through, sorted. */
static bool members(const rv_json *j,
		    bool (*keep)(const char *key, const rv_json *value),
		    struct member **out, size_t *n, struct rv_err *err)
{
	RV_AUTO(rv_free) struct member *m = NULL;
	size_t count = rv_json_size(j), k = 0;
	const rv_json *value;
	const char *key;
	void *iter = NULL;

	if (count > KEYS_MAX)
		return rv_fault(err, "E_JSON",
				"an object of more than %d members", KEYS_MAX);
	m = calloc(count + 1, sizeof *m);
	if (!m)
		return rv_no_memory(err, "JSON");
	while (rv_json_next(j, &iter, &key, &value))
		if (!keep || keep(key, value))
			m[k++] = (struct member){ key, value };
	qsort(m, k, sizeof *m, by_key);
	*n = k;
	*out = RV_TAKE(m);
	return true;
}

static bool put(const rv_json *j, struct rv_grow *to, struct rv_err *err);

static bool object(const rv_json *j,
		   bool (*keep)(const char *key, const rv_json *value),
		   struct rv_grow *to, struct rv_err *err)
{
	RV_AUTO(rv_free) struct member *m = NULL;
	size_t n;

	if (!members(j, keep, &m, &n, err))
		return false;
	rv_grow_u8(to, '{');
	for (size_t i = 0; i < n; i++) {
		if (i)
			rv_grow_u8(to, ',');
		string(to, rv_text(m[i].key));
		rv_grow_u8(to, ':');
		if (!put(m[i].value, to, err))
			return false;
	}
	rv_grow_u8(to, '}');
	return true;
}

/* As deep as rv_json_parse() lets a document be. */
static bool put(const rv_json *j, struct rv_grow *to, struct rv_err *err)
{
	if (rv_json_is_object(j))
		return object(j, NULL, to, err);
	if (rv_json_is_array(j)) {
		rv_grow_u8(to, '[');
		for (size_t i = 0; i < rv_json_size(j); i++) {
			if (i)
				rv_grow_u8(to, ',');
			if (!put(rv_json_at(j, i), to, err))
				return false;
		}
		rv_grow_u8(to, ']');
	} else if (rv_json_is_string(j)) {
		string(to, rv_json_text(j));
	} else if (rv_json_is_int(j)) {
		rv_grow_printf(to, "%" PRId64, rv_json_int(j));
	} else if (rv_json_is_bool(j)) {
		rv_grow_text(to, rv_json_true(j) ? "true" : "false");
	} else if (rv_json_is_null(j)) {
		rv_grow_text(to, "null");
	} else {
		return rv_fault(err, "E_JSON", "a number that is not whole");
	}
	return true;
}

bool rv_json_canonical(const rv_json *j, struct rv_grow *to, struct rv_err *err)
{
	return put(j, to, err) && (!to->failed || rv_no_memory(err, "JSON"));
}

static bool listed(const char *key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(key, list[i]) == 0)
			return true;
	return false;
}

bool rv_config_keeps(const char *key)
{
	static const char *const build[] = { "created",
					     "history",
					     "rootfs",
					     "container",
					     "container_config",
					     "docker_version",
					     "author",
					     "parent",
					     "id",
					     "architecture",
					     "os",
					     "variant",
					     "os.version",
					     "os.features",
					     "moby.buildkit.cache.v0",
					     "moby.buildkit.buildinfo.v1" };

	return !listed(key, build, RV_LEN(build));
}

static bool keep_top(const char *key, const rv_json *value)
{
	return !rv_json_is_null(value) && rv_config_keeps(key);
}

/* In "config", what says nothing is as good as absent. */
bool rv_config_keeps_run(const char *key, const rv_json *value)
{
	static const char *const build[] = { "Hostname",     "Domainname",
					     "AttachStdin",  "AttachStdout",
					     "AttachStderr", "Tty",
					     "OpenStdin",    "StdinOnce",
					     "Image" };
	bool empty = (rv_json_is_string(value) && !rv_json_text(value).n) ||
		     ((rv_json_is_array(value) || rv_json_is_object(value)) &&
		      !rv_json_size(value)) ||
		     (rv_json_is_bool(value) && !rv_json_true(value)) ||
		     !value || rv_json_is_null(value);

	return !empty && !listed(key, build, RV_LEN(build));
}

bool rv_config_text(const rv_json *config, struct rv_grow *to,
		    struct rv_err *err)
{
	RV_AUTO(rv_free) struct member *m = NULL;
	size_t n;

	if (!members(config, keep_top, &m, &n, err))
		return false;
	rv_grow_text(to, "refval-config 1\n{");
	for (size_t i = 0; i < n; i++) {
		bool inner = strcmp(m[i].key, "config") == 0 &&
			     rv_json_is_object(m[i].value);

		if (i)
			rv_grow_u8(to, ',');
		string(to, rv_text(m[i].key));
		rv_grow_u8(to, ':');
		if (!(inner ? object(m[i].value, rv_config_keeps_run, to, err)
			    : put(m[i].value, to, err)))
			return false;
	}
	rv_grow_text(to, "}\n");
	return true;
}
