/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive.h - the archive or folder that an image lies in: entries found by
 * name, read as documents or as layers. Nothing is unpacked to disk.
 */
#ifndef RV_ARCHIVE_H
#define RV_ARCHIVE_H

#include "layer.h"
#include "slice.h"
#include "watch.h"

enum {
	ARCHIVE_ITEMS_MAX = 1 << 16,
	ARCHIVE_LINKS_MAX = 16,
	/* Image-spec suggests 4 MiB as the bound of a manifest. */
	ARCHIVE_DOC_MAX = 4 << 20,
	/* Of a stream that cannot be read twice: kept, of each and of all. */
	ARCHIVE_SMALL = 1 << 20,
	ARCHIVE_KEPT_MAX = 24 << 20,
};

struct archive_file {
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

struct archive_index {
	const char *name; /* for messages; borrowed */
	int fd;		  /* owned, unless it is standard input */
	bool own, folder, stream;
	uint64_t start, end;	    /* of a file */
	struct archive_file **file; /* owned; sorted by name */
	size_t n, room;
	size_t kept;
	struct rv_job *job; /* the archive's digest being computed; owned */
	struct rv_sha256 archive;
	bool has_archive;
	struct layer_opts layer; /* how layers are read */
	struct rv_watch watch;	 /* of what is read of it */
};

RV_MUST bool rv_archive_open(const char *path, const struct rv_oci_opts *opts,
			     struct archive_index *out, struct rv_err *err);
void rv_archive_free(struct archive_index *s);
/* Wait for the digest of the archive, if it was asked for. */
RV_MUST bool rv_archive_digest(struct archive_index *s, struct rv_err *err);
/* The file under @name, links followed; *out NULL: it is not there. */
RV_MUST bool rv_archive_find(struct archive_index *s, const char *name,
			     struct archive_file **out, struct rv_err *err);
/* All of a document; borrowed from the archive. */
RV_MUST bool rv_archive_bytes(struct archive_index *s, struct archive_file *i,
			      struct rv_span *out, struct rv_err *err);
/* A file's bytes as they are stored, from the first on. */
struct archive_source {
	struct rv_slice slice;
	struct rv_given given;
	struct rv_stream s;
	int fd; /* of a file in a folder; owned; -1: none */
};

RV_MUST bool rv_archive_source(const struct archive_index *s,
			       const struct archive_file *i,
			       struct archive_source *out, struct rv_err *err);
void rv_archive_source_close(struct archive_source *s);
RV_MUST bool rv_archive_sum(struct archive_index *s, struct archive_file *i,
			    struct rv_sha256 *out, struct rv_err *err);
RV_MUST bool rv_archive_sum512(struct archive_index *s,
			       const struct archive_file *i, uint8_t out[64],
			       struct rv_err *err);
/*
 * Said before the first of @n files is read as a layer: where only digests are
 * wanted, several are computed at once. Changes no answer.
 */
RV_MUST bool rv_archive_layers(struct archive_index *s, struct archive_file **i,
			       size_t n, struct rv_err *err);
/* The file as a layer, read once; borrowed from the archive. */
RV_MUST bool rv_archive_layer(struct archive_index *s, struct archive_file *i,
			      const struct layer **out, struct rv_err *err);

#endif
