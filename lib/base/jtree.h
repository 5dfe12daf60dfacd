/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jtree.h - JSON kept as it was written: members in order, numbers as text.
 * Serialisers need both, and jansson keeps neither.
 */
#ifndef RV_JTREE_H
#define RV_JTREE_H

#include "base.h"

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

#endif
