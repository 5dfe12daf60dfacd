/* SPDX-License-Identifier: Apache-2.0 */
/* compose.h - what the parts of lib/compose share. */
#ifndef RV_COMPOSE_H
#define RV_COMPOSE_H

#include "jtree.h"
#include <refval/hash.h>

/* ---- writing (compose_write.c) ---- */

enum json_order {
	ORDER_GIVEN,
	ORDER_GIVEN_JS, /* as a JS object keeps them: integer-like keys first */
	ORDER_BYTES,	/* by code point, which is by UTF-8 bytes */
	ORDER_UTF16,	/* by UTF-16 units: RFC 8785 */
	ORDER_JS,	/* sorted by UTF-16 units, then put into a JS object */
};

enum json_escape {
	ESCAPE_UTF8,  /* quote, backslash and control characters only */
	ESCAPE_ASCII, /* Python's ensure_ascii */
	ESCAPE_GO,    /* encoding/json: also < > & U+2028 U+2029 */
};

enum json_numbers {
	NUMBERS_GIVEN,
	NUMBERS_JS,
	NUMBERS_PYTHON,
	NUMBERS_GO,
	NUMBERS_RUST,
};

struct json_form {
	enum json_order order;
	enum json_escape escape;
	enum json_numbers numbers;
	int indent;	    /* blanks; 0: on one line; -1: a tab */
	bool blanks;	    /* on one line: ", " and ": " */
	bool colon_rewrite; /* replace every `": ` by `":`, in strings too */
};

RV_MUST bool rv_jt_write(const struct rv_jt *v, const struct json_form *f,
			 struct rv_grow *to, struct rv_err *err);
/* A number as @kind's language writes it (compose_number.c). */
RV_MUST bool rv_jt_number(struct rv_span text, enum json_numbers kind,
			  struct rv_grow *to, struct rv_err *err);
bool rv_jt_is_whole(struct rv_span number);

/* ---- tools (compose_style.c) ---- */

struct rv_compose {
	struct rv_arena arena;
	struct rv_span bytes; /* a copy, in the arena */
	const struct rv_jt *root;
};

struct rv_compose_tool;
const struct rv_compose_tool *rv_compose_tool(const char *style);
/* The same as rv_compose_write, of any object; new nodes go to @a. */
RV_MUST bool rv_compose_tool_write(const struct rv_compose_tool *t,
				   const struct rv_jt *object,
				   struct rv_arena *a, struct rv_grow *to,
				   struct rv_err *err);

#endif
