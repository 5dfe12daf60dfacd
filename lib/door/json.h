/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - reading JSON, by jansson. */
#ifndef RV_JSON_H
#define RV_JSON_H

#include "base.h"

/*
 * A parsed document. Values borrow from it and are never NULL-checked by
 * callers: each reader says what is missing or has the wrong type.
 */
struct json_t;
typedef struct json_t rv_json;

/*
 * What one document may take in memory, in all; at most eight times its own
 * length beyond the first MiB. It is counted before anything is allocated.
 */
enum { RV_JSON_COST_MAX = 256 << 20 };

/*
 * Refused: duplicate keys, NUL, depth above 32, anything behind the value, and
 * more values than the memory above is enough for. RV_SYSTEM: no memory.
 */
RV_MUST bool rv_json_parse(struct rv_span text, const char *what, rv_json **out,
			   struct rv_err *err);
/* The same, but strings may hold NUL: for readers that only use spans. */
RV_MUST bool rv_json_parse_nul(struct rv_span text, const char *what,
			       rv_json **out, struct rv_err *err);
void rv_json_free(rv_json **j);

bool rv_json_is_object(const rv_json *j);
bool rv_json_is_array(const rv_json *j);
bool rv_json_is_string(const rv_json *j);
bool rv_json_is_int(const rv_json *j);
bool rv_json_is_bool(const rv_json *j);
bool rv_json_is_null(const rv_json *j);

/* A member of an object, or NULL when absent (or @j is no object). */
const rv_json *rv_json_get(const rv_json *j, const char *key);
size_t rv_json_size(const rv_json *j); /* elements of an array or object */
const rv_json *rv_json_at(const rv_json *array, size_t i);
/* Walk an object in document order: start with *iter = NULL. */
bool rv_json_next(const rv_json *object, void **iter, const char **key,
		  const rv_json **value);

/* The value as JSON text on one line, members in document order. */
RV_MUST bool rv_json_dump(const rv_json *j, struct rv_buf *out,
			  struct rv_err *err);
/* The same value; the order of members does not matter. */
bool rv_json_same(const rv_json *a, const rv_json *b);
/* The value of a string; borrowed. Not a string: empty with p = NULL. */
struct rv_span rv_json_text(const rv_json *j);
bool rv_json_true(const rv_json *j);
int64_t rv_json_int(const rv_json *j); /* not an integer: 0 */
/* A number, whole or not; false when @j is none. */
RV_MUST bool rv_json_number(const rv_json *j, double *out);
/* The value of a whole number from 0 to @max; false for anything else. */
RV_MUST bool rv_json_uint(const rv_json *j, uint64_t max, uint64_t *out);

/* A member that must be there with this type; RV_INPUT with its name else. */
RV_MUST bool rv_json_need_text(const rv_json *j, const char *key,
			       struct rv_span *out, struct rv_err *err);
RV_MUST bool rv_json_need_uint(const rv_json *j, const char *key, uint64_t max,
			       uint64_t *out, struct rv_err *err);
RV_MUST bool rv_json_need_hex(const rv_json *j, const char *key, uint8_t *out,
			      size_t n, struct rv_err *err);
/* A member that may be absent or null: then *out keeps its value. */
RV_MUST bool rv_json_opt_uint(const rv_json *j, const char *key, uint64_t max,
			      uint64_t *out, struct rv_err *err);
RV_MUST bool rv_json_opt_bool(const rv_json *j, const char *key, bool *out,
			      struct rv_err *err);
RV_MUST bool rv_json_opt_text(const rv_json *j, const char *key,
			      struct rv_span *out, struct rv_err *err);
/* Into a fixed field, ended by a NUL; absent and null leave it empty. */
/* The array @key, of at most @max. RV_INPUT: missing, or another thing. */
RV_MUST bool rv_json_need_list(const rv_json *j, const char *key, size_t max,
			       const rv_json **out, struct rv_err *err);
RV_MUST bool rv_json_opt_chars(const rv_json *j, const char *key, char *out,
			       size_t room, struct rv_err *err);
RV_MUST bool rv_json_opt_hex(const rv_json *j, const char *key, bool *has,
			     uint8_t *out, size_t n, struct rv_err *err);

#endif
