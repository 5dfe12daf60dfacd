/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - does what was read fit together? Each rule is in docs/FORMATS.md,
 * "OS images".
 */
#include "unpack.h"
#include "digest.h"

static struct rv_image_file *find(struct rv_image *image, const char *name)
{
	for (size_t i = 0; i < image->n; i++)
		if (strcmp(image->file[i].name, name) == 0)
			return &image->file[i];
	return NULL;
}

/* A disk for clouds that boot one kernel image from it: 0.6, no metadata. */
static bool is_uki(const struct rv_image *image)
{
	return !image->has_metadata && rv_image_find(image, "disk.raw");
}

/* The files that metadata.json names are there. */
static bool check_parts(const struct rv_image *image, struct rv_err *err)
{
	const struct rv_metadata *m = &image->metadata;
	const char *const part[] = { m->bios, m->kernel, m->initrd };

	if (!image->has_metadata && !is_uki(image))
		return rv_fail(err, RV_INPUT, "metadata.json: missing");
	for (size_t i = 0; image->has_metadata && i < RV_LEN(part); i++)
		if (!rv_image_find(image, part[i]))
			return rv_fail(err, RV_INPUT,
				       "%s: missing, named by metadata.json",
				       part[i]);
	return true;
}

static bool differs(const char *name, const struct rv_sha256 *got,
		    const struct rv_sha256 *want, const char *where,
		    struct rv_err *err)
{
	char a[65], b[65];

	rv_hex(rv_span(got->b, sizeof got->b), a);
	rv_hex(rv_span(want->b, sizeof want->b), b);
	return rv_fail(err, RV_INPUT, "%s: sha256 is %s, %s says %s", name, a,
		       where, b);
}

static bool same(const struct rv_sha256 *a, const struct rv_sha256 *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* What says of a cloud disk which kernel image is on it. */
static bool of_cloud_disk(const char *name)
{
	return strcmp(name, "measurement.gcp.cbor") == 0 ||
	       strcmp(name, "measurement.aws.cbor") == 0;
}

/*
 * May a listed file be missing? rootfs.cpio, which 0.3.2 to 0.4.2 list and
 * leave out of the archive, when metadata.json's rootfs_hash gives the same
 * digest; and in a cloud disk's archive the files of the other archive.
 */
static bool absent_ok(const struct rv_image *image,
		      const struct rv_checksum *line)
{
	struct rv_sha256 h;

	if (is_uki(image))
		return !of_cloud_disk(line->name);
	return strcmp(line->name, "rootfs.cpio") == 0 &&
	       image->metadata.rootfs_hash &&
	       rv_unhex(rv_text(image->metadata.rootfs_hash), h.b,
			sizeof h.b) &&
	       same(&h, &line->sha256);
}

static bool check_listed(struct rv_pass *p, struct rv_err *err)
{
	struct rv_image *image = &p->image;

	for (size_t i = 0; i < p->sums.n; i++) {
		const struct rv_checksum *line = &p->sums.line[i];
		struct rv_image_file *f = find(image, line->name);

		if (!f && absent_ok(image, line)) {
			image->absent++;
			continue;
		}
		if (!f)
			return rv_fail(err, RV_INPUT,
				       "%s: missing, listed in sha256sum.txt",
				       line->name);
		if (!f->hashed)
			return rv_fail(err, RV_SYSTEM, "%s: was not hashed",
				       f->name);
		if (!same(&f->sha256, &line->sha256))
			return differs(f->name, &f->sha256, &line->sha256,
				       "sha256sum.txt", err);
		f->listed = true;
	}
	return true;
}

/* A list of files that are all elsewhere says nothing of this disk. */
static bool check_disk(const struct rv_image *image, struct rv_err *err)
{
	if (!is_uki(image))
		return true;
	for (size_t i = 0; i < image->n; i++)
		if (image->file[i].listed && of_cloud_disk(image->file[i].name))
			return true;
	return rv_fail(err, RV_INPUT,
		       "sha256sum.txt: lists no measurement.gcp.cbor or"
		       " measurement.aws.cbor, which say what is on disk.raw");
}

static bool check_unlisted(const struct rv_pass *p, struct rv_err *err)
{
	const struct rv_image *image = &p->image;

	for (size_t i = 0; i < image->n; i++) {
		const struct rv_image_file *f = &image->file[i];

		if (!f->listed &&
		    !rv_member_unlisted_ok(image, f->name, p->sums.dotted))
			return rv_fail(err, RV_INPUT,
				       "%s: not listed in sha256sum.txt",
				       f->name);
	}
	return true;
}

int rv_version_after_050(const char *version)
{
	struct rv_span left = rv_text(version);
	const uint64_t than[] = { 0, 5, 0, 0 };

	for (size_t i = 0; i < RV_LEN(than); i++) {
		struct rv_span part = left;
		uint64_t v = 0;

		for (part.n = 0; part.n < left.n && left.p[part.n] != '.';)
			part.n++;
		/* 0.6.0.a1: three numbers are needed, a fourth may be. */
		if (!rv_decimal(part, UINT32_MAX, &v) && i < 3)
			return 0;
		if (v != than[i])
			return v > than[i] ? 1 : -1;
		left = rv_span(left.p + part.n, left.n - part.n);
		if (left.n)
			left = rv_span(left.p + 1, left.n - 1);
	}
	return -1;
}

/* specs 1.4: the value exists since 0.5.1; without a number, by layout. */
static void decide_hash(struct rv_pass *p)
{
	struct rv_image *image = &p->image;
	const struct rv_image_file *sums =
	    rv_image_find(image, "sha256sum.txt");
	int after = image->metadata.version
			? rv_version_after_050(image->metadata.version)
			: 0;

	if (after == 0)
		after = p->has_sums && p->sums.dotted && !image->has_digest ? -1
									    : 1;
	if (!sums) {
		image->no_hash = RV_HASH_NO_SUMS;
	} else if (after < 0) {
		image->no_hash = RV_HASH_TOO_OLD;
	} else {
		image->has_os_image_hash = true;
		image->os_image_hash = sums->sha256;
	}
}

static bool check_digest_txt(struct rv_image *image, struct rv_err *err)
{
	const struct rv_image_file *d = rv_image_find(image, "digest.txt");
	const struct rv_image_file *s = rv_image_find(image, "sha256sum.txt");
	struct rv_sha256 want;

	if (!d)
		return true;
	if (!rv_digest_txt_parse(rv_buf_span(&d->data), &want, err))
		return false;
	if (!s)
		return rv_fail(err, RV_INPUT,
			       "digest.txt: without a sha256sum.txt");
	if (!same(&s->sha256, &want))
		return differs("sha256sum.txt", &s->sha256, &want, "digest.txt",
			       err);
	image->has_digest = true;
	return true;
}

/* 0.3.1 to 0.4.2: rootfs_hash is the sha256 of rootfs.cpio (specs 1.4). */
static bool check_rootfs_hash(const struct rv_image *image, struct rv_err *err)
{
	const struct rv_image_file *f = rv_image_find(image, "rootfs.cpio");
	struct rv_sha256 want;

	if (!f || !image->metadata.rootfs_hash)
		return true;
	if (!rv_unhex(rv_text(image->metadata.rootfs_hash), want.b,
		      sizeof want.b))
		return rv_fail(err, RV_INPUT, "rootfs_hash: not 64 hex digits");
	if (!f->hashed || !same(&f->sha256, &want))
		return differs(f->name, &f->sha256, &want, "metadata.json",
			       err);
	return true;
}

/*
 * A root that nothing binds may have been hashed, when it was not yet known;
 * the answer must not depend on how the image came to us.
 */
static void forget_unbound(struct rv_image *image)
{
	for (size_t i = 0; i < image->n; i++) {
		struct rv_image_file *f = &image->file[i];

		if (f->role != RV_ROLE_ROOT || f->listed ||
		    strcmp(f->name, "rootfs.cpio") == 0)
			continue;
		f->hashed = false;
		f->sha256 = (struct rv_sha256){ { 0 } };
	}
}

/* Only 0.3.1, which names no version, and the first cloud disk have no list. */
static bool sums_optional(const struct rv_image *image)
{
	return image->has_metadata
		   ? !image->metadata.version && image->metadata.rootfs_hash
		   : is_uki(image);
}

bool rv_pass_check(struct rv_pass *p, struct rv_err *err)
{
	struct rv_image *image = &p->image;

	if (!check_parts(image, err))
		return false;
	if (!p->has_sums && !sums_optional(image))
		return rv_fail(err, RV_INPUT, "sha256sum.txt: missing");
	if (p->has_sums && (!check_listed(p, err) || !check_disk(image, err) ||
			    !check_unlisted(p, err)))
		return false;
	image->has_checksums = p->has_sums;
	if (!check_digest_txt(image, err) || !check_rootfs_hash(image, err))
		return false;
	forget_unbound(image);
	decide_hash(p);
	return true;
}
