/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_case.c - members that are one for some readers of JSON. Container
 * engines are written in Go, whose encoding/json takes "Layers" for "layers",
 * and of two such members the last: a document with both names one image to us
 * and may name another to them.
 */
#include "oci.h"
#include "json.h"

#include <stdlib.h>

/* One byte of a name as Go folds it; U+017F is an s, U+212A a k. */
static int folded(const uint8_t **p)
{
	const uint8_t *s = *p;

	if (s[0] == 0xc5 && s[1] == 0xbf) {
		*p += 2;
		return 's';
	}
	if (s[0] == 0xe2 && s[1] == 0x84 && s[2] == 0xaa) {
		*p += 3;
		return 'k';
	}
	*p += 1;
	return s[0] >= 'A' && s[0] <= 'Z' ? s[0] - 'A' + 'a' : s[0];
}

static int fold_order(const char *a, const char *b)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;

	for (;;) {
		int c = *x ? folded(&x) : 0, d = *y ? folded(&y) : 0;

		if (c != d)
			return c - d;
		if (!c)
			return 0;
	}
}

static int by_fold(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	int d = fold_order(*x, *y);

	return d ? d : strcmp(*x, *y);
}

/* Members whose names are data: there case counts for everyone. */
static bool is_map(const char *key)
{
	static const char *const map[] = { "annotations", "labels", "volumes",
					   "exposedports", "layersources" };

	for (size_t i = 0; i < RV_LEN(map); i++)
		if (fold_order(key, map[i]) == 0)
			return true;
	return false;
}

static bool check_names(const rv_json *j, struct rv_err *err)
{
	RV_AUTO(rv_free)
	const char **name = calloc(rv_json_size(j) + 1, sizeof(*name));
	const rv_json *value;
	const char *key;
	void *iter = NULL;
	size_t n = 0;

	if (!name)
		return rv_no_memory(err, "JSON");
	while (rv_json_next(j, &iter, &key, &value))
		name[n++] = key;
	qsort(name, n, sizeof(*name), by_fold);
	for (size_t i = 1; i < n; i++)
		if (fold_order(name[i - 1], name[i]) == 0)
			return rv_fault(err, "E_JSON",
					"\"%.99s\" and \"%.99s\" are one"
					" member for some readers, and two for"
					" others",
					name[i - 1], name[i]);
	return true;
}

/* As deep as rv_json_parse() lets a document be. */
bool rv_json_case_unique(const rv_json *j, struct rv_err *err)
{
	const rv_json *value;
	const char *key;
	void *iter = NULL;

	if (rv_json_is_array(j)) {
		for (size_t i = 0; i < rv_json_size(j); i++)
			if (!rv_json_case_unique(rv_json_at(j, i), err))
				return false;
		return true;
	}
	if (!rv_json_is_object(j))
		return true;
	if (!check_names(j, err))
		return false;
	while (rv_json_next(j, &iter, &key, &value))
		if (!is_map(key) && !rv_json_case_unique(value, err))
			return false;
	return true;
}
