/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h - the root file system that layers make, one on top of the other. */
#ifndef RV_TREE_H
#define RV_TREE_H

#include "layer.h"

/* What one or more paths name. @leader: the first of them in path order. */
struct inode {
	const struct change *c; /* borrows from its layer */
	struct rv_span leader;
	bool led;
};

struct node {
	struct rv_span path; /* borrows from a layer */
	struct inode *inode;
	struct node *kid[2];
	unsigned level; /* of an AA tree */
};

struct tree {
	struct node *root;
	struct node *spare; /* removed, to be used again */
	struct rv_pool arena;
	size_t n;
	unsigned seen;
};

void rv_tree_free(struct tree *t);
/* Put @l on top; it must outlive @t. Faults have ids. */
RV_MUST bool rv_tree_apply(struct tree *t, const struct layer *l,
			   struct rv_err *err);
/* Every path in order, hard links with their leaders set. @fn false: stop. */
bool rv_tree_walk(struct tree *t,
		  bool (*fn)(void *arg, const struct node *n,
			     struct rv_err *err),
		  void *arg, struct rv_err *err);
/* refval-tree 1; its text is added to @keep when that is not NULL. */
RV_MUST bool rv_tree_text(struct tree *t, struct rv_grow *keep,
			  struct rv_sha256 *out, struct rv_err *err);

#endif
