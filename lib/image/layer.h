/* SPDX-License-Identifier: Apache-2.0 */
/* layer.h - one layer: its digests, and the list of changes it makes. */
#ifndef RV_LAYER_H
#define RV_LAYER_H

#include <refval/hash.h>
#include "packed.h"
#include "digest.h"

enum {
	LAYER_PATH_MAX = 4095,
	LAYER_NAME_MAX = 255,
	LAYER_CHANGES_MAX = 8 << 20,
};

/* Memory that is only added to, and freed all at once. */
struct rv_pool {
	struct rv_pool_block *block;
	size_t used, room;
};

uint8_t *rv_pool_take(struct rv_pool *a, size_t n); /* NULL: no memory */
void rv_pool_free(struct rv_pool *a);

/* Types as refval-tree writes them; 'w' and 'o' are whiteouts. */
struct change {
	struct rv_span path;   /* normal form: no '/' at either end; "" is / */
	struct rv_span link;   /* of l as written, of h in normal form */
	struct rv_span xattrs; /* as the line ends with them: " NAME=HEX"... */
	uint64_t uid, gid, size;
	uint32_t major, minor;
	struct rv_sha256 sum; /* of f */
	uint64_t time; /* stands for the time as written, unlikely for two */
	uint16_t mode;
	char type;
};

struct layer {
	struct rv_sha256 blob;	 /* of the bytes as stored */
	struct rv_sha256 diffid; /* of the bytes unpacked */
	/* The same by SHA-512, when asked; each known when the other is. */
	uint8_t blob512[64], diffid512[64];
	bool has_512;
	uint64_t size, tar_size;
	enum rv_packing packing;
	bool has_diffid;  /* else stream_fault says why */
	bool has_blob;	  /* false only if it ended before its end */
	bool has_changes; /* else tar_fault says why, or nobody asked */
	unsigned seen;	  /* RV_HASH_SAW_... */
	struct rv_err stream_fault, tar_fault;
	struct change *change; /* in the archive's order; owned */
	size_t n;
	const struct change **sorted; /* by path; o, w, others; owned */
	struct rv_pool arena;
	struct rv_sha256 text;	       /* refval-layer 1, with has_changes */
	struct rv_sha256 times, order; /* of the entries, with has_changes */
};

struct layer_opts {
	bool content; /* read the tar, not only its digests */
	uint64_t max; /* unpacked bytes; 0: no bound */
	bool sha512;  /* somebody names it so: SHA-512 beside SHA-256 */
	/*
	 * The blob's digest is computed elsewhere at the same time, from the
	 * same bytes: do not hash them again. NULL: hash them here.
	 */
	bool (*blob_sum)(void *arg, struct rv_sha256 *out, struct rv_err *err);
	void *arg;
	struct rv_watch *watch; /* of the blob's bytes; NULL: nobody */
};

/*
 * Read a whole blob as a layer. True also when it is none: the faults in *out
 * say so. False: the bytes could not be read, or memory ran out.
 */
RV_MUST bool rv_layer_read(struct rv_stream blob, const struct layer_opts *opts,
			   struct layer *out, struct rv_err *err);
/* How bytes that start with @head, 512 or all of them, are packed. */
enum rv_packing rv_layer_sniff(struct rv_span head, const char **name);
/* Open what unpacks @in; of RV_PACKING_OTHER nothing is unpacked. */
RV_MUST bool rv_layer_unpack(struct rv_unpacker *u, enum rv_packing packing,
			     struct rv_stream in, struct rv_stream *out,
			     struct rv_err *err);
void rv_layer_free(struct layer *l);

/* The changes that a tar makes, checked and sorted; @max bounds its holes. */
RV_MUST bool rv_layer_changes(struct rv_stream tar, uint64_t max,
			      struct layer *out, struct rv_err *err);

/* ---- what engines disagree about (marks.c) ---- */

/* False: a fault of the sorted layer @l, whose trees depend on the engine. */
RV_MUST bool rv_layer_agreed(const struct layer *l, struct rv_err *err);
/* What @path is after the layer; NULL: the layer has no entry of it. */
const struct change *rv_layer_entry(const struct layer *l, struct rv_span path);

/* ---- lines (tree_text.c) ---- */

/* One line of refval-tree or refval-layer. @leader: h, the path it names. */
void rv_tree_line(struct rv_grow *to, const struct change *c,
		  struct rv_span path, const struct rv_span *leader);
void rv_tree_field(struct rv_grow *to, struct rv_span s);
int rv_path_order(struct rv_span a, struct rv_span b);
/* The directory that @p is in; "" for what is directly below /. */
struct rv_span rv_path_parent(struct rv_span p);

/* Text that is hashed as it is written, and kept when @keep is not NULL. */
struct text_sum {
	struct rv_digest *digest; /* owned */
	struct rv_grow *keep;	  /* borrowed */
	struct rv_grow part;	  /* owned */
};

RV_MUST bool rv_text_sum_begin(struct text_sum *t, const char *head,
			       struct rv_grow *keep, struct rv_err *err);
/* What was written to t->part since the last call. */
RV_MUST bool rv_text_sum_add(struct text_sum *t, struct rv_err *err);
RV_MUST bool rv_text_sum_end(struct text_sum *t, struct rv_sha256 *out,
			     struct rv_err *err);
void rv_text_sum_free(struct text_sum *t);

/* The text of refval-layer 1. */
RV_MUST bool rv_layer_text(const struct layer *l, struct rv_grow *keep,
			   struct rv_sha256 *out, struct rv_err *err);

#endif
