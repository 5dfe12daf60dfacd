/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - the archive or folder that an image lies in: entries found by
 * name, read as documents or as layers. Nothing is unpacked to disk.
 */
#ifndef RV_STORE_H
#define RV_STORE_H

#include "layer.h"

enum {
	STORE_ITEMS_MAX = 1 << 16,
	STORE_LINKS_MAX = 16,
	/* Image-spec suggests 4 MiB as the bound of a manifest. */
	STORE_DOC_MAX = 4 << 20,
	/* Of a stream that cannot be read twice: kept, of each and of all. */
	STORE_SMALL = 1 << 20,
	STORE_KEPT_MAX = 24 << 20,
};

struct item {
	char *name; /* in normal form; owned */
	char type;  /* 'f', 'l' or 'h' */
	char *link; /* of l as written, of h in normal form; owned */
	uint64_t off, size;
	struct rv_buf bytes; /* owned */
	bool has_bytes;
	struct layer *layer; /* once read as one; owned */
	struct rv_sha256 sum;
	bool has_sum;
	bool sha512; /* somebody names it so: read it as a layer with both */
};

struct store {
	const char *name; /* for messages; borrowed */
	int fd;		  /* owned, unless it is standard input */
	bool own, folder, stream;
	uint64_t start, end; /* of a file */
	struct item **item;  /* owned; sorted by name */
	size_t n, room;
	size_t kept;
	struct rv_job *job; /* the archive's digest being computed; owned */
	struct rv_sha256 archive;
	bool has_archive;
	struct layer_opts layer; /* how layers are read */
};

RV_MUST bool store_open(const char *path, const struct rv_oci_opts *opts,
			struct store *out, struct rv_err *err);
void store_free(struct store *s);
/* Wait for the digest of the archive, if it was asked for. */
RV_MUST bool store_archive(struct store *s, struct rv_err *err);
/* The file under @name, links followed; *out NULL: it is not there. */
RV_MUST bool store_find(struct store *s, const char *name, struct item **out,
			struct rv_err *err);
/* All of a document; borrowed from the store. */
RV_MUST bool store_bytes(struct store *s, struct item *i, struct rv_span *out,
			 struct rv_err *err);
RV_MUST bool store_sum(struct store *s, struct item *i, struct rv_sha256 *out,
		       struct rv_err *err);
RV_MUST bool store_sum512(struct store *s, const struct item *i,
			  uint8_t out[64], struct rv_err *err);
/*
 * Said before the first of @n items is read as a layer: where only digests are
 * wanted, several are computed at once. Changes no answer.
 */
RV_MUST bool store_layers(struct store *s, struct item **i, size_t n,
			  struct rv_err *err);
/* The item as a layer, read once; borrowed from the store. */
RV_MUST bool store_layer(struct store *s, struct item *i,
			 const struct layer **out, struct rv_err *err);

#endif
