/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_tree.h - a YAML document as docker compose sees it: no duplicate keys,
 * merge keys resolved, several documents made into one.
 */
#ifndef RV_YAML_TREE_H
#define RV_YAML_TREE_H

#include "jtree.h"
#include <refval/hash.h>

enum {
	YN_NODES = 100000,  /* of one file, aliases counted as copies */
	YN_PAIRS = 1 << 24, /* keys of one file compared to find or to merge */
};

/* What one file has cost so far: each merge is small, many are not. */
struct yn_spent {
	size_t nodes, pairs;
};

enum yn_type { YN_SCALAR, YN_LIST, YN_MAP };

struct yn_member;

struct yn {
	enum yn_type type;
	struct rv_span text; /* of a scalar */
	struct rv_span tag;  /* "!reset", "!override"; else empty */
	bool plain;
	bool literal;  /* its first line is the one behind @line */
	bool complete; /* its end was read: an alias may mean it */
	size_t line;
	size_t size; /* nodes below and itself, aliases expanded */
	struct yn_member *m;
	size_t n;
};

struct yn_member {
	struct rv_span key; /* of a map */
	size_t line;	    /* of the key or element */
	const struct yn *value;
};

struct yn_doc {
	const struct yn *root; /* all documents merged; NULL: none */
	size_t documents;
	size_t second_line; /* where the second document begins */
	size_t tag_line;    /* the first !reset or !override; 0: none */
	struct yn_spent spent;
};

/*
 * Refuses with a fault: its line, and one of the ids E_YAML, E_YAML_DUPKEY,
 * E_YAML_ALIASES and E_YAML_CYCLE.
 */
RV_MUST bool rv_yn_read(struct rv_span text, struct rv_arena *a,
			struct yn_doc *out, struct rv_err *err);

const struct yn_member *rv_yn_find(const struct yn *map, const char *key);
const struct yn *rv_yn_get(const struct yn *map, const char *key);
/* The text of a scalar, or a span with p = NULL. */
struct rv_span rv_yn_text(const struct yn *v);
bool rv_yn_is_null(const struct yn *v);
/* Whether compose takes a scalar for text: not for a number, a date, a word. */
bool rv_yn_is_text(const struct yn *v);

/* @v without the members that are tagged !reset. */
RV_MUST bool rv_yn_strip(const struct yn *v, struct rv_arena *a,
			 const struct yn **out, struct rv_err *err);

/*
 * What compose makes of @base with @over on top of it. @spent is of the whole
 * file; a fault E_YAML_ALIASES when that takes more than YN_NODES or YN_PAIRS.
 */
RV_MUST bool rv_yn_merge(const struct yn *base, const struct yn *over,
			 struct rv_arena *a, struct yn_spent *spent,
			 const struct yn **out, struct rv_err *err);
/* Count @pairs comparisons; false, with that fault, beyond the bound. */
RV_MUST bool rv_yn_spend(struct yn_spent *spent, size_t pairs, size_t line,
			 struct rv_err *err);

#endif
