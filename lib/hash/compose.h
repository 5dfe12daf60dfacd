/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose.h - JSON kept as it was written: members in order, numbers as text.
 * Serialisers need both, and jansson keeps neither.
 */
#ifndef RV_COMPOSE_H
#define RV_COMPOSE_H

#include "base.h"
#include <refval/hash.h>

enum {
	CJ_NODES = 1 << 20, /* of one document */
	CJ_DIGITS = 4300,   /* of one number: where Python stops, too */
};

enum cj_type {
	CJ_NULL,
	CJ_FALSE,
	CJ_TRUE,
	CJ_NUMBER,
	CJ_STRING,
	CJ_ARRAY,
	CJ_OBJECT
};

struct cj_member;

struct cj {
	enum cj_type type;
	struct rv_span text; /* string: decoded; number: as written */
	struct cj_member *m; /* members, or elements with an empty key */
	size_t n;
};

struct cj_member {
	struct rv_span key;
	const struct cj *value;
};

/* Everything of a document lives here and dies with it. */
struct cj_arena {
	struct cj_block *last;
	size_t nodes;
};

void cj_arena_free(struct cj_arena *a);
/* Zeroed memory, or NULL with @err filled. */
void *cj_alloc(struct cj_arena *a, size_t n, struct rv_err *err);
RV_MUST bool cj_copy(struct cj_arena *a, struct rv_span s, struct rv_span *out,
		     struct rv_err *err);

/* Strict RFC 8259: no duplicate keys, no BOM, no lone surrogates. */
RV_MUST bool cj_parse(struct rv_span text, struct cj_arena *a,
		      const struct cj **out, struct rv_err *err);

const struct cj *cj_get(const struct cj *object, const char *key);
bool cj_is_text(const struct cj *v, const char *text);

/* Objects of our own making: a copy without children, then set and drop. */
RV_MUST bool cj_clone(struct cj_arena *a, const struct cj *object, size_t room,
		      struct cj **out, struct rv_err *err);
void cj_drop(struct cj *object, const char *key);
/* Replaces in place, else appends; there must be room. */
void cj_set(struct cj *object, const char *key, const struct cj *value);
RV_MUST bool cj_string(struct cj_arena *a, struct rv_span s,
		       const struct cj **out, struct rv_err *err);

/* ---- writing (compose_write.c) ---- */

enum cj_order {
	ORDER_GIVEN,
	ORDER_GIVEN_JS, /* as a JS object keeps them: integer-like keys first */
	ORDER_BYTES,	/* by code point, which is by UTF-8 bytes */
	ORDER_UTF16,	/* by UTF-16 units: RFC 8785 */
	ORDER_JS,	/* sorted by UTF-16 units, then put into a JS object */
};

enum cj_escape {
	ESCAPE_UTF8,  /* quote, backslash and control characters only */
	ESCAPE_ASCII, /* Python's ensure_ascii */
	ESCAPE_GO,    /* encoding/json: also < > & U+2028 U+2029 */
};

enum cj_numbers {
	NUMBERS_GIVEN,
	NUMBERS_JS,
	NUMBERS_PYTHON,
	NUMBERS_GO,
	NUMBERS_RUST,
};

struct cj_form {
	enum cj_order order;
	enum cj_escape escape;
	enum cj_numbers numbers;
	int indent;	    /* blanks; 0: on one line; -1: a tab */
	bool blanks;	    /* on one line: ", " and ": " */
	bool colon_rewrite; /* replace every `": ` by `":`, in strings too */
};

RV_MUST bool cj_write(const struct cj *v, const struct cj_form *f,
		      struct rv_grow *to, struct rv_err *err);
/* A number as @kind's language writes it (compose_number.c). */
RV_MUST bool cj_number(struct rv_span text, enum cj_numbers kind,
		       struct rv_grow *to, struct rv_err *err);
bool cj_is_whole(struct rv_span number);

/* ---- tools (compose_style.c) ---- */

struct rv_compose {
	struct cj_arena arena;
	struct rv_span bytes; /* a copy, in the arena */
	const struct cj *root;
};

struct cj_tool;
const struct cj_tool *cj_tool(const char *style);
/* The same as rv_compose_write, of any object; new nodes go to @a. */
RV_MUST bool cj_tool_write(const struct cj_tool *t, const struct cj *object,
			   struct cj_arena *a, struct rv_grow *to,
			   struct rv_err *err);

#endif
