/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jtree.h - JSON kept as it was written: members in order, numbers as text.
 * Serialisers need both, and jansson keeps neither.
 */
#ifndef RV_JTREE_H
#define RV_JTREE_H

#include "base.h"

enum {
	RV_JT_NODES = 1 << 20, /* of one document */
	RV_JT_DIGITS = 4300,   /* of one number: where Python stops, too */
};

enum rv_jt_type {
	RV_JT_NULL,
	RV_JT_FALSE,
	RV_JT_TRUE,
	RV_JT_NUMBER,
	RV_JT_STRING,
	RV_JT_ARRAY,
	RV_JT_OBJECT
};

struct rv_jt_member;

struct rv_jt {
	enum rv_jt_type type;
	struct rv_span text;	/* string: decoded; number: as written */
	struct rv_jt_member *m; /* members, or elements with an empty key */
	size_t n;
};

struct rv_jt_member {
	struct rv_span key;
	const struct rv_jt *value;
};

/* Everything of a document lives here and dies with it. */
struct rv_arena {
	struct rv_arena_block *last;
	size_t nodes;
};

void rv_arena_free(struct rv_arena *a);
/* Zeroed memory, or NULL with @err filled. */
void *rv_arena_alloc(struct rv_arena *a, size_t n, struct rv_err *err);
RV_MUST bool rv_arena_copy(struct rv_arena *a, struct rv_span s,
			   struct rv_span *out, struct rv_err *err);

/* Strict RFC 8259: no duplicate keys, no BOM, no lone surrogates. */
RV_MUST bool rv_jt_parse(struct rv_span text, struct rv_arena *a,
			 const struct rv_jt **out, struct rv_err *err);

const struct rv_jt *rv_jt_get(const struct rv_jt *object, const char *key);
bool rv_jt_is_text(const struct rv_jt *v, const char *text);
/*
 * The members of @object by the bytes of their keys, in n log n. The list is
 * owned: free(); what it points to belongs to @object.
 */
RV_MUST bool rv_jt_sorted(const struct rv_jt *object,
			  const struct rv_jt_member ***out, struct rv_err *err);
/* As memcmp() of two keys, and the shorter of two before the longer. */
int rv_jt_key_order(struct rv_span x, struct rv_span y);

/* Objects of our own making: a copy without children, then set and drop. */
RV_MUST bool rv_jt_clone(struct rv_arena *a, const struct rv_jt *object,
			 size_t room, struct rv_jt **out, struct rv_err *err);
void rv_jt_drop(struct rv_jt *object, const char *key);
/* Replaces in place, else appends; there must be room. */
void rv_jt_set(struct rv_jt *object, const char *key,
	       const struct rv_jt *value);
RV_MUST bool rv_jt_string(struct rv_arena *a, struct rv_span s,
			  const struct rv_jt **out, struct rv_err *err);

#endif
