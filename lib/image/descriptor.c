/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor.c - digests, media types and descriptors (image-spec,
 * descriptor.md), and the blobs that descriptors name.
 */
#include "oci.h"
#include "digest.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

bool rv_array_more(void *array, size_t n, size_t size, struct rv_err *err)
{
	void **a = array;
	void *p;

	/* Arrays double: room for a power of two is there already. */
	if (n & (n - 1))
		return true;
	p = realloc(*a, (n ? 2 * n : 1) * size);
	if (!p)
		return rv_no_memory(err, "image");
	*a = p;
	return true;
}

void rv_sha256_text(const struct rv_sha256 *d, char out[72])
{
	memcpy(out, "sha256:", 7);
	rv_hex(rv_span(d->b, sizeof d->b), out + 7);
}

static const struct {
	const char *name;
	size_t bytes;
} algs[RV_OCI_ALGS] = {
	[RV_OCI_SHA256] = { "sha256:", 32 },
	[RV_OCI_SHA512] = { "sha512:", 64 },
};

void rv_oci_digest_text(const struct rv_oci_digest *d, char out[RV_OCI_TEXT])
{
	size_t n = strlen(algs[d->alg].name);

	memcpy(out, algs[d->alg].name, n);
	rv_hex(rv_span(d->b, algs[d->alg].bytes), out + n);
}

bool rv_oci_same(const struct rv_oci_digest *a, const struct rv_oci_digest *b)
{
	return a->alg == b->alg && memcmp(a->b, b->b, sizeof a->b) == 0;
}

struct rv_oci_digest rv_oci_sha256(const struct rv_sha256 *d)
{
	struct rv_oci_digest out = { .alg = RV_OCI_SHA256 };

	memcpy(out.b, d->b, sizeof d->b);
	return out;
}

/* NAME and then HEX, @n lower-case digits of it. */
static bool is_digest(struct rv_span s, const char *name, size_t n,
		      struct rv_span *hex)
{
	struct rv_span head = rv_text(name);

	if (s.n != head.n + n || !rv_starts(s, head) ||
	    !rv_sub(s, head.n, n, hex))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((hex->p[i] >= '0' && hex->p[i] <= '9') ||
		      (hex->p[i] >= 'a' && hex->p[i] <= 'f')))
			return false;
	return true;
}

/*
 * Image-spec, descriptor.md, "Registered algorithms": lower case only, and no
 * algorithm that nobody computes here, because that proves nothing.
 */
bool rv_oci_digest_parse(struct rv_span text, struct rv_oci_digest *out,
			 struct rv_err *err)
{
	int n = (int)(text.n < 140 ? text.n : 140);
	const char *p = text.p ? (const char *)text.p : "";
	struct rv_span hex;

	for (unsigned i = 0; i < RV_OCI_ALGS; i++) {
		struct rv_oci_digest d = { .alg = (enum rv_oci_alg)i };

		if (is_digest(text, algs[i].name, 2 * algs[i].bytes, &hex) &&
		    rv_unhex(hex, d.b, algs[i].bytes)) {
			*out = d;
			return true;
		}
	}
	if (is_digest(text, "blake3:", 64, &hex))
		return rv_fault(err, "E_DIGEST_ALGORITHM",
				"%.*s: OCI allows it, only"
				" sha256 and sha512 are verified here",
				n, p);
	return rv_fault(err, "E_DIGEST_SYNTAX",
			"\"%.*s\" is neither sha256: and 64"
			" lower-case hex digits nor sha512: and 128",
			n, p);
}

bool rv_oci_file_digest(struct image_walk *r, struct archive_file *i,
			enum rv_oci_alg alg, struct rv_oci_digest *out,
			struct rv_err *err)
{
	struct rv_oci_digest d = { .alg = alg };
	struct rv_sha256 sum;

	if (alg == RV_OCI_SHA512) {
		if (!rv_archive_sum512(r->s, i, d.b, err))
			return false;
	} else {
		if (!rv_archive_sum(r->s, i, &sum, err))
			return false;
		d = rv_oci_sha256(&sum);
	}
	*out = d;
	return true;
}

bool rv_oci_sums_of(struct rv_span bytes, enum rv_oci_alg named,
		    struct rv_oci_sums *out, struct rv_err *err)
{
	static const enum rv_alg alg[RV_OCI_ALGS] = {
		[RV_OCI_SHA256] = RV_SHA256,
		[RV_OCI_SHA512] = RV_SHA512,
	};
	struct rv_oci_sums s = { .named = named };

	for (unsigned i = 0; i < RV_OCI_ALGS; i++) {
		RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

		s.by[i].alg = (enum rv_oci_alg)i;
		if (!rv_digest_new(alg[i], &d, err) ||
		    !rv_digest_add(d, bytes.p, bytes.n, err) ||
		    !rv_digest_end(d, s.by[i].b, err))
			return false;
	}
	*out = s;
	return true;
}

bool rv_oci_is(const struct rv_oci_sums *s, const struct rv_oci_digest *d)
{
	return rv_oci_same(&s->by[d->alg], d);
}

enum media rv_oci_media(struct rv_span type)
{
	static const struct {
		const char *name;
		enum media media;
	} known[] = {
		{ "application/vnd.oci.image.index.v1+json", MEDIA_INDEX },
		{ "application/vnd.docker.distribution.manifest.list.v2+json",
		  MEDIA_INDEX },
		{ "application/vnd.oci.image.manifest.v1+json",
		  MEDIA_MANIFEST },
		{ "application/vnd.docker.distribution.manifest.v2+json",
		  MEDIA_MANIFEST },
		{ "application/vnd.oci.image.config.v1+json", MEDIA_CONFIG },
		{ "application/vnd.docker.container.image.v1+json",
		  MEDIA_CONFIG },
		{ "application/vnd.oci.image.layer.v1.tar", MEDIA_LAYER },
		{ "application/vnd.oci.image.layer.v1.tar+gzip",
		  MEDIA_LAYER_GZIP },
		{ "application/vnd.oci.image.layer.v1.tar+zstd",
		  MEDIA_LAYER_ZSTD },
		{ "application/vnd.oci.image.layer.nondistributable.v1.tar",
		  MEDIA_LAYER },
		{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
		  MEDIA_LAYER_GZIP },
		{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
		  MEDIA_LAYER_ZSTD },
		{ "application/vnd.docker.image.rootfs.diff.tar", MEDIA_LAYER },
		{ "application/vnd.docker.image.rootfs.diff.tar.gzip",
		  MEDIA_LAYER_GZIP },
		{ "application/vnd.docker.image.rootfs.diff.tar.zstd",
		  MEDIA_LAYER_ZSTD },
		{ "application/vnd.docker.image.rootfs.foreign.diff.tar",
		  MEDIA_LAYER },
		{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
		  MEDIA_LAYER_GZIP },
	};

	for (size_t i = 0; i < RV_LEN(known); i++)
		if (rv_same_text(type, known[i].name))
			return known[i].media;
	return MEDIA_UNKNOWN;
}

bool rv_oci_descriptor(const rv_json *j, struct descriptor *out,
		       struct rv_err *err)
{
	struct descriptor d = { .json = j };
	struct rv_span digest = rv_json_text(rv_json_get(j, "digest"));
	const rv_json *size = rv_json_get(j, "size");
	const rv_json *type = rv_json_get(j, "mediaType");

	if (!rv_json_is_object(j))
		return rv_fault(err, "E_JSON", "a descriptor is not an object");
	if (!rv_oci_digest_parse(digest, &d.digest, err))
		return false;
	if (!rv_json_is_int(size) || rv_json_int(size) < 0)
		return rv_fault(err, "E_BLOB_SIZE",
				"the size of %.*s is not a whole"
				" number",
				(int)digest.n, (const char *)digest.p);
	d.size = (uint64_t)rv_json_int(size);
	if (type && !rv_json_is_string(type))
		return rv_fault(err, "E_JSON", "a media type is not a string");
	d.media_type = rv_json_text(type);
	d.media = rv_oci_media(d.media_type);
	*out = d;
	return true;
}

struct rv_span rv_oci_annotation(const struct descriptor *d, const char *key)
{
	return rv_json_text(
	    rv_json_get(rv_json_get(d->json, "annotations"), key));
}

struct rv_span rv_oci_name(const struct descriptor *d)
{
	struct rv_span name = rv_oci_annotation(d, "io.containerd.image.name");

	return name.n
		   ? name
		   : rv_oci_annotation(d, "org.opencontainers.image.ref.name");
}

static bool platform_text(struct rv_span os, const rv_json *j, char **out,
			  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span arch = rv_json_text(rv_json_get(j, "architecture"));
	struct rv_span variant = rv_json_text(rv_json_get(j, "variant"));

	if (!os.n || !arch.n) {
		*out = NULL;
		return true;
	}
	rv_grow_add(&g, os.p, os.n);
	rv_grow_u8(&g, '/');
	rv_grow_add(&g, arch.p, arch.n);
	if (variant.n) {
		rv_grow_u8(&g, '/');
		rv_grow_add(&g, variant.p, variant.n);
	}
	if (g.failed)
		return rv_no_memory(err, "platform");
	return rv_text_copy(rv_buf_span(&g.buf), "platform", out, err) ||
	       rv_as_fault(err, "E_PLATFORM");
}

bool rv_oci_platform(const rv_json *j, char **out, struct rv_err *err)
{
	return platform_text(rv_json_text(rv_json_get(j, "os")), j, out, err);
}

/* An engine takes its own system where none is said. */
bool rv_oci_promised(const struct descriptor *d, char **out, struct rv_err *err)
{
	const rv_json *p = rv_json_get(d->json, "platform");
	struct rv_span os = rv_json_text(rv_json_get(p, "os"));

	return platform_text(os.n ? os : rv_text("linux"), p, out, err);
}

bool rv_oci_blob_missing(const struct descriptor *d, struct rv_err *err)
{
	char text[RV_OCI_TEXT];

	rv_oci_digest_text(&d->digest, text);
	return rv_fault(err, "E_BLOB_MISSING", "%s is not here", text);
}

/* Image-layout.md, "Blobs"; where blobs lie flat, names have no algorithm. */
static bool look_for(struct image_walk *r, const struct rv_oci_digest *d,
		     struct archive_file **out, struct rv_err *err)
{
	/* skopeo: a blob, of old with .tar, an index's manifest. */
	static const char *const end[] = { "", ".tar", ".manifest.json" };
	char text[RV_OCI_TEXT], name[OCI_PATH];
	const char *hex;

	if (!r->flat) {
		rv_oci_blob_path(d, name);
		return rv_archive_find(r->s, name, out, err);
	}
	rv_oci_digest_text(d, text);
	hex = strchr(text, ':') + 1;
	*out = NULL;
	for (size_t k = 0; k < RV_LEN(end) && !*out; k++) {
		snprintf(name, sizeof name, "%s%s", hex, end[k]);
		if (!rv_archive_find(r->s, name, out, err))
			return false;
	}
	return true;
}

void rv_oci_blob_path(const struct rv_oci_digest *d, char out[OCI_PATH])
{
	char text[RV_OCI_TEXT];

	rv_oci_digest_text(d, text);
	*strchr(text, ':') = '/';
	snprintf(out, OCI_PATH, "blobs/%s", text);
}

bool rv_oci_find(struct image_walk *r, const struct descriptor *d,
		 struct archive_file **out, struct rv_err *err)
{
	char text[RV_OCI_TEXT];
	struct archive_file *i = NULL;

	if (!look_for(r, &d->digest, &i, err))
		return false;
	if (i && i->size != d->size) {
		rv_oci_digest_text(&d->digest, text);
		return rv_fault(err, "E_BLOB_SIZE",
				"%s has %" PRIu64 " bytes, not %" PRIu64, text,
				i->size, d->size);
	}
	if (i && d->digest.alg == RV_OCI_SHA512)
		i->sha512 = true;
	*out = i;
	return true;
}

bool rv_oci_json(struct rv_span text, const char *what, rv_json **out,
		 struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (!rv_json_parse(text, what, &j, err))
		return rv_as_fault(err, "E_JSON");
	if (!rv_json_case_unique(j, err))
		return rv_fault_in(err, "%s", what);
	*out = RV_TAKE(j);
	return true;
}

bool rv_oci_document(struct image_walk *r, const struct descriptor *d,
		     struct archive_file *i, struct rv_oci_sums *sums,
		     rv_json **out, struct rv_err *err)
{
	struct rv_oci_sums s;
	struct rv_span bytes;
	char want[RV_OCI_TEXT], have[RV_OCI_TEXT];

	rv_oci_digest_text(&d->digest, want);
	if (!rv_archive_bytes(r->s, i, &bytes, err) ||
	    !rv_oci_sums_of(bytes, d->digest.alg, &s, err))
		return false;
	if (!rv_oci_is(&s, &d->digest)) {
		rv_oci_digest_text(&s.by[s.named], have);
		return rv_fault(err, "E_BLOB_DIGEST",
				"what lies under %s has the"
				" digest %s",
				want, have);
	}
	if (!rv_oci_json(bytes, want, out, err))
		return false;
	*sums = s;
	return true;
}

bool rv_oci_is_visited(const struct visited *v, const struct rv_oci_digest *d)
{
	return v->known ? rv_oci_is(&v->sums, d)
			: rv_oci_same(&v->sums.by[v->sums.named], d);
}
