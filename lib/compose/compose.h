/* SPDX-License-Identifier: Apache-2.0 */
/* compose.h - what the parts of lib/compose share. */
#ifndef RV_COMPOSE_H
#define RV_COMPOSE_H

#include "jtree.h"
#include <refval/hash.h>

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
