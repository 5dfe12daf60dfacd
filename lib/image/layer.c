/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.c - a blob as a layer: unpack it, hash what is stored and what is
 * unpacked, and hand the tar to changes.c. A fault in the tar does not stop
 * the hashing: the digests of a layer do not depend on what is in it.
 */
#include "layer.h"

#include "meter.h"
#include "slice.h"
#include "digest.h"

#include <stdlib.h>

enum { HEAD = 512 };

static const struct {
	enum rv_packing packing;
	const char *name;
	size_t n;
	uint8_t magic[6];
} magics[] = {
	{ RV_PACKING_GZIP, "gzip", 2, { 0x1f, 0x8b } },
	{ RV_PACKING_ZSTD, "zstd", 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ RV_PACKING_OTHER, "xz", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ RV_PACKING_OTHER, "bzip2", 3, { 'B', 'Z', 'h' } },
	{ RV_PACKING_OTHER, "lz4", 4, { 0x04, 0x22, 0x4d, 0x18 } },
	{ RV_PACKING_OTHER, "compress", 2, { 0x1f, 0x9d } },
	{ RV_PACKING_OTHER, "lzip", 4, { 'L', 'Z', 'I', 'P' } },
};

/* A name in a tar may look like a magic number: the tar's own comes first. */
static bool looks_like_tar(struct rv_span head)
{
	return head.n >= 262 && memcmp(head.p + 257, "ustar", 5) == 0;
}

enum rv_packing rv_layer_sniff(struct rv_span head, const char **name)
{
	*name = "none";
	if (looks_like_tar(head))
		return RV_PACKING_NONE;
	for (size_t i = 0; i < RV_LEN(magics); i++) {
		if (head.n < magics[i].n ||
		    memcmp(head.p, magics[i].magic, magics[i].n) != 0)
			continue;
		*name = magics[i].name;
		return magics[i].packing;
	}
	/* A zstd stream may start with a frame to skip, 0x184d2a50 to 5f. */
	if (head.n >= 4 && (head.p[0] & 0xf0) == 0x50 && head.p[1] == 0x2a &&
	    head.p[2] == 0x4d && head.p[3] == 0x18) {
		*name = "zstd";
		return RV_PACKING_ZSTD;
	}
	return RV_PACKING_NONE;
}

/* Everything between the blob and the tar, in the order bytes pass. */
struct pipe {
	struct rv_meter blob512; /* in front of the others, when asked */
	struct rv_meter stored;
	struct rv_unread unread;
	struct rv_unpacker unpacker;
	struct rv_meter tar512;
	struct rv_meter unpacked;
	struct rv_digest *blob_digest, *tar_digest;
	struct rv_digest *blob_digest512, *tar_digest512;
	uint8_t head[HEAD];
};

static void pipe_free(struct pipe *p)
{
	rv_unpacker_free(&p->unpacker);
	rv_digest_free(&p->blob_digest);
	rv_digest_free(&p->tar_digest);
	rv_digest_free(&p->blob_digest512);
	rv_digest_free(&p->tar_digest512);
}

/* Look at the first block, and put it back. */
static bool peek(struct pipe *p, struct rv_span *head, struct rv_err *err)
{
	struct rv_span b = { 0 };

	if (!rv_meter_next(&p->stored, &b, err))
		return false;
	p->unread = (struct rv_unread){ b, { rv_meter_next, &p->stored } };
	*head = b;
	return true;
}

bool rv_layer_unpack(struct rv_unpacker *u, enum rv_packing packing,
		     struct rv_stream in, struct rv_stream *out,
		     struct rv_err *err)
{
	enum rv_packed as = packing == RV_PACKING_GZIP	 ? RV_PACKED_GZIP
			    : packing == RV_PACKING_ZSTD ? RV_PACKED_ZSTD
							 : RV_PACKED_NOT;

	return rv_unpacker_open(u, as, in, out, err);
}

/* The code of a fault of zlib's or libarchive's, which know none of ours. */
static void stream_fault(struct pipe *p, enum rv_packing packing,
			 struct rv_err *err)
{
	static const char *const code[] = {
		[RV_GUNZIP_SOUND] = "E_STREAM",
		[RV_GUNZIP_DAMAGED] = "E_GZIP",
		[RV_GUNZIP_SHORT] = "E_GZIP_TRUNCATED",
		[RV_GUNZIP_BEHIND] = "E_GZIP_TRAILING",
	};

	if (err->code != RV_INPUT || err->id)
		return;
	if (packing == RV_PACKING_GZIP)
		rv_err_as_fault(err, code[rv_gunzip_fault(p->unpacker.gunzip)]);
	else if (packing == RV_PACKING_ZSTD)
		rv_err_as_fault(err, "E_ZSTD");
}

/*
 * Pull the tar through: the changes, then whatever they left unread. A fault
 * in the tar is kept for later; one in the stream below it ends everything.
 */
static bool through(struct pipe *p, const struct layer_opts *opts,
		    struct layer *l, struct rv_err *err)
{
	struct rv_stream tar = { rv_meter_next, &p->unpacked };

	if (opts->content) {
		struct rv_err fault = { 0 };

		l->has_changes = rv_layer_changes(tar, opts->max, l, &fault);
		if (!l->has_changes && !rv_is_fault(&fault)) {
			*err = fault;
			return false;
		}
		l->tar_fault = fault;
	}
	return rv_stream_drain(tar, err);
}

/* Have what comes out of @s hashed by SHA-512 on its way. */
static bool also_512(struct rv_meter *m, struct rv_digest **digest,
		     struct rv_stream *s, struct rv_err *err)
{
	if (!rv_digest_new(RV_SHA512, digest, err))
		return false;
	*m = (struct rv_meter){ .in = *s, .digest = *digest };
	*s = (struct rv_stream){ rv_meter_next, m };
	return true;
}

static bool set_up(struct pipe *p, struct rv_stream blob,
		   const struct layer_opts *opts, struct layer *l,
		   struct rv_err *err)
{
	struct rv_stream in;
	struct rv_span head;
	const char *name;

	if (opts->sha512 &&
	    !also_512(&p->blob512, &p->blob_digest512, &blob, err))
		return false;
	p->stored = (struct rv_meter){ .in = blob, .watch = opts->watch };
	if (!peek(p, &head, err))
		return false;
	l->packing = rv_layer_sniff(head, &name);
	if (l->packing != RV_PACKING_NONE && !opts->blob_sum &&
	    !rv_digest_new(RV_SHA256, &p->blob_digest, err))
		return false;
	/* The first block came by before anyone knew what it is. */
	p->stored.digest = p->blob_digest;
	if (p->blob_digest &&
	    !rv_digest_add(p->blob_digest, head.p, head.n, err))
		return false;
	if (l->packing == RV_PACKING_OTHER)
		return rv_fault(err, "E_COMPRESSION",
				"%s is not used for layers", name);
	if (!rv_layer_unpack(&p->unpacker, l->packing,
			     (struct rv_stream){ rv_unread_next, &p->unread },
			     &in, err))
		return false;
	if (opts->sha512 && l->packing != RV_PACKING_NONE &&
	    !also_512(&p->tar512, &p->tar_digest512, &in, err))
		return false;
	p->unpacked = (struct rv_meter){ .in = in,
					 .max = opts->max,
					 .what = "the layer",
					 .id = "E_LAYER_SIZE" };
	if (l->packing == RV_PACKING_NONE && opts->blob_sum)
		return true;
	if (!rv_digest_new(RV_SHA256, &p->tar_digest, err))
		return false;
	p->unpacked.digest = p->tar_digest;
	return true;
}

static bool sums_512(struct pipe *p, struct layer *l, struct rv_err *err)
{
	if (!p->blob_digest512)
		return true;
	if (!rv_digest_end(p->blob_digest512, l->blob512, err))
		return false;
	if (!p->tar_digest512)
		memcpy(l->diffid512, l->blob512, sizeof l->diffid512);
	else if (!rv_digest_end(p->tar_digest512, l->diffid512, err))
		return false;
	l->has_512 = true;
	return true;
}

/* The two digests, from where each was computed. */
static bool sums(struct pipe *p, const struct layer_opts *opts, struct layer *l,
		 struct rv_err *err)
{
	if (p->tar_digest && !rv_digest_end(p->tar_digest, l->diffid.b, err))
		return false;
	if (opts->blob_sum) {
		if (!opts->blob_sum(opts->arg, &l->blob, err))
			return false;
	} else if (p->blob_digest) {
		if (!rv_digest_end(p->blob_digest, l->blob.b, err))
			return false;
	} else {
		l->blob = l->diffid;
	}
	if (!p->tar_digest)
		l->diffid = l->blob;
	return sums_512(p, l, err);
}

void rv_layer_free(struct layer *l)
{
	free(l->change);
	free(l->sorted);
	rv_pool_free(&l->arena);
	*l = (struct layer){ 0 };
}

bool rv_layer_read(struct rv_stream blob, const struct layer_opts *opts,
		   struct layer *out, struct rv_err *err)
{
	RV_AUTO(rv_layer_free) struct layer l = { 0 };
	RV_AUTO(pipe_free) struct pipe p = { 0 };
	struct rv_err e = { 0 };

	l.has_blob = true;
	l.has_diffid =
	    set_up(&p, blob, opts, &l, &e) && through(&p, opts, &l, &e);
	if (!l.has_diffid) {
		stream_fault(&p, l.packing, &e);
		if (!rv_is_fault(&e)) {
			*err = e;
			return false;
		}
		l.stream_fault = e;
		l.has_changes = false;
		l.has_blob = l.packing != RV_PACKING_NONE || opts->blob_sum;
		/* What is left of the blob still counts for its digest. */
		if (!rv_stream_drain(
			(struct rv_stream){ rv_meter_next, &p.stored }, err))
			return false;
	}
	if (!sums(&p, opts, &l, err))
		return false;
	l.size = p.stored.n;
	l.tar_size = p.unpacked.n;
	*out = RV_TAKE(l);
	return true;
}
