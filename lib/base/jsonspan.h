/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonspan.h - where in a JSON text a value lies: what is signed, or handed on
 * as it is, is found by its bytes. Whoever takes a value reads it: only
 * brackets, strings and commas are looked at here.
 */
#ifndef RV_JSONSPAN_H
#define RV_JSONSPAN_H

#include "base.h"

/* The keys that are looked for, and what was found. */
struct rv_json_member {
	/* As it is written in the text; NULL, last: whatever no other names. */
	const char *key;
	/* Its bytes, quotes or brackets included; of NULL, the name's. */
	struct rv_span value;
	size_t found; /* how often */
};

/* All of @text is one JSON object, by its brackets and strings. */
RV_MUST bool rv_json_object_ok(struct rv_span text, struct rv_err *err);
/* Look for @n keys in the one object that @text is. */
RV_MUST bool rv_json_members(struct rv_span text, struct rv_json_member *m,
			     size_t n, struct rv_err *err);
/* The bytes of the value of @key, which the object @text has exactly once. */
RV_MUST bool rv_json_span(struct rv_span text, const char *key,
			  struct rv_span *out, struct rv_err *err);

#endif
