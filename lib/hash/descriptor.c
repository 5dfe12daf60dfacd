/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor.c - digests, media types and descriptors (image-spec,
 * descriptor.md), and the blobs that descriptors name.
 */
#include "oci.h"

#include <stdio.h>
#include <stdlib.h>

bool oci_more(void *array, size_t n, size_t size, struct rv_err *err)
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

void oci_digest_text(const struct rv_sha256 *d, char out[72])
{
	memcpy(out, "sha256:", 7);
	rv_hex(rv_span(d->b, sizeof d->b), out + 7);
}

/* HEX, lower case, @n digits of it. */
static bool is_hex(struct rv_span s, size_t n)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
		      (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == n;
}

/* Image-spec, descriptor.md, "Registered algorithms", those that MAY be. */
static bool is_other_algorithm(struct rv_span text)
{
	struct rv_span hex;

	return (rv_sub(text, 7, 128, &hex) && text.n == 135 &&
		memcmp(text.p, "sha512:", 7) == 0 && is_hex(hex, 128)) ||
	       (rv_sub(text, 7, 64, &hex) && text.n == 71 &&
		memcmp(text.p, "blake3:", 7) == 0 && is_hex(hex, 64));
}

/*
 * Lower case only, and no algorithm but sha256: the others are optional, and
 * a digest that nobody computes proves nothing.
 */
bool oci_digest(struct rv_span text, struct rv_sha256 *out, struct rv_err *err)
{
	bool other = is_other_algorithm(text);
	struct rv_span hex;

	if (rv_sub(text, 7, 64, &hex) && text.n == 71 &&
	    memcmp(text.p, "sha256:", 7) == 0 && is_hex(hex, 64) &&
	    rv_unhex(hex, out->b, sizeof out->b))
		return true;
	return rv_fail(err, RV_INPUT,
		       other ? "E_DIGEST_ALGORITHM: %.*s: OCI allows it, only"
			       " sha256 is verified here"
			     : "E_DIGEST_SYNTAX: \"%.*s\" is not sha256: and"
			       " 64 lower-case hex digits",
		       (int)(text.n < 140 ? text.n : 140),
		       text.p ? (const char *)text.p : "");
}

enum media oci_media(struct rv_span type)
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

bool oci_descriptor(const rv_json *j, struct descriptor *out,
		    struct rv_err *err)
{
	struct descriptor d = { .json = j };
	const rv_json *size = rv_json_get(j, "size");
	const rv_json *type = rv_json_get(j, "mediaType");

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT,
			       "E_JSON: a descriptor is not an object");
	if (!oci_digest(rv_json_text(rv_json_get(j, "digest")), &d.digest, err))
		return false;
	if (!rv_json_is_int(size) || rv_json_int(size) < 0)
		return rv_fail(
		    err, RV_INPUT,
		    "E_BLOB_SIZE: the size of %.*s is not a whole"
		    " number",
		    71, (const char *)rv_json_text(rv_json_get(j, "digest")).p);
	d.size = (uint64_t)rv_json_int(size);
	if (type && !rv_json_is_string(type))
		return rv_fail(err, RV_INPUT,
			       "E_JSON: a media type is not a string");
	d.media_type = rv_json_text(type);
	d.media = oci_media(d.media_type);
	*out = d;
	return true;
}

struct rv_span oci_annotation(const struct descriptor *d, const char *key)
{
	return rv_json_text(
	    rv_json_get(rv_json_get(d->json, "annotations"), key));
}

struct rv_span oci_name(const struct descriptor *d)
{
	struct rv_span name = oci_annotation(d, "io.containerd.image.name");

	return name.n ? name
		      : oci_annotation(d, "org.opencontainers.image.ref.name");
}

bool oci_platform(const rv_json *j, char **out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span os = rv_json_text(rv_json_get(j, "os"));
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
	return rv_text_copy(rv_buf_span(&g.buf), "E_PLATFORM: platform", out,
			    err);
}

bool oci_same_platform(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), k = n < m ? n : m;

	return strncmp(a, b, k) == 0 &&
	       (n == m || (n < m ? b[k] : a[k]) == '/');
}

bool oci_blob_missing(const struct descriptor *d, struct rv_err *err)
{
	char text[72];

	oci_digest_text(&d->digest, text);
	return rv_fail(err, RV_INPUT, "E_BLOB_MISSING: %s is not here", text);
}

bool oci_find(struct reader *r, const struct descriptor *d, struct item **out,
	      struct rv_err *err)
{
	char text[72], name[96];
	struct item *i = NULL;

	oci_digest_text(&d->digest, text);
	if (r->flat) {
		/* skopeo: a blob, of old with .tar, an index's manifest. */
		static const char *const end[] = { "", ".tar",
						   ".manifest.json" };

		for (size_t k = 0; k < RV_LEN(end) && !i; k++) {
			snprintf(name, sizeof name, "%s%s", text + 7, end[k]);
			if (!store_find(r->s, name, &i, err))
				return false;
		}
	} else {
		snprintf(name, sizeof name, "blobs/sha256/%s", text + 7);
		if (!store_find(r->s, name, &i, err))
			return false;
	}
	if (i && i->size != d->size)
		return rv_fail(err, RV_INPUT,
			       "E_BLOB_SIZE: %s has %" PRIu64
			       " bytes, not %" PRIu64,
			       text, i->size, d->size);
	*out = i;
	return true;
}

bool oci_json(struct rv_span text, const char *what, rv_json **out,
	      struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (!rv_json_parse(text, what, &j, err))
		return err->code == RV_INPUT ? rv_in(err, "E_JSON") : false;
	if (!oci_one_reading(j, err))
		return oci_in(err, "%s", what);
	*out = RV_TAKE(j);
	return true;
}

bool oci_document(struct reader *r, const struct descriptor *d, struct item *i,
		  rv_json **out, struct rv_err *err)
{
	struct rv_sha256 sum;
	struct rv_span bytes;
	char want[72], have[72];

	oci_digest_text(&d->digest, want);
	if (!store_bytes(r->s, i, &bytes, err) ||
	    !store_sum(r->s, i, &sum, err))
		return false;
	if (memcmp(&sum, &d->digest, sizeof sum) != 0) {
		oci_digest_text(&sum, have);
		return rv_fail(err, RV_INPUT,
			       "E_BLOB_DIGEST: what lies under %s has the"
			       " digest %s",
			       want, have);
	}
	return oci_json(bytes, want, out, err);
}
