/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - which paths an archive may hold, and what each file is. */
#include "unpack.h"

static bool name_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '+' ||
	       c == '-';
}

bool rv_name_ok(struct rv_span name)
{
	if (name.n == 0 || name.n > RV_IMAGE_NAME_MAX || name.p[0] == '-')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!name_byte(name.p[i]))
			return false;
	return !rv_same_text(name, ".") && !rv_same_text(name, "..");
}

/* Take the part before the next slash off @path. */
static struct rv_span part(struct rv_span *path)
{
	const uint8_t *slash = path->n ? memchr(path->p, '/', path->n) : NULL;
	size_t n = slash ? (size_t)(slash - path->p) : path->n;
	struct rv_span got = rv_span(path->p, n);

	n += slash ? 1 : 0;
	*path = rv_span(path->p + n, path->n - n);
	return got;
}

static void copy_name(struct rv_span s, char out[RV_IMAGE_NAME_MAX + 1])
{
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}

/* "./" once, in front: what tar writes for `tar -c .` */
static void skip_dot(struct rv_span *left)
{
	if (rv_same_text(*left, ".") || rv_starts(*left, rv_text("./")))
		(void)part(left);
}

bool rv_member_parse(const char *path, bool folder, struct rv_member *out,
		     struct rv_err *err)
{
	struct rv_span left = rv_text(path), s[2] = { { 0 }, { 0 } };
	struct rv_member m = { { 0 }, { 0 } };
	size_t n = 0;

	if (path[0] == '/')
		return rv_fail(err, RV_INPUT, "%s: an absolute path", path);
	if (folder && left.n && left.p[left.n - 1] == '/')
		left.n--;
	skip_dot(&left);
	if (folder && left.n == 0 && *path) {
		*out = m;
		return true;
	}
	do {
		struct rv_span one = part(&left);

		if (rv_same_text(one, ".."))
			return rv_fail(err, RV_INPUT, "%s: leads out by ..",
				       path);
		if (!rv_name_ok(one))
			return rv_fail(err, RV_INPUT, "%s: not a plain name",
				       path);
		if (n == RV_LEN(s) || (folder && n == 1))
			return rv_fail(err, RV_INPUT,
				       "%s: a folder inside the image", path);
		s[n++] = one;
	} while (left.n);
	/* A slash at the end of a file's name. */
	if (!folder && path[strlen(path) - 1] == '/')
		return rv_fail(err, RV_INPUT, "%s: not a plain name", path);
	if (folder || n == 2)
		copy_name(s[0], m.folder);
	if (!folder)
		copy_name(s[n - 1], m.name);
	*out = m;
	return true;
}

static bool is(const char *name, const char *field)
{
	return field && strcmp(name, field) == 0;
}

static bool is_note(const char *name)
{
	static const char *const note[] = {
		"metadata.json", "sha256sum.txt",  "md5sum.txt",
		"digest.txt",	 "digest.sev.txt", "auth_hash.txt",
	};

	for (size_t i = 0; i < RV_LEN(note); i++)
		if (is(name, note[i]))
			return true;
	return rv_starts(rv_text(name), rv_text("measurement."));
}

enum rv_image_role rv_member_role(const char *name, const struct rv_metadata *m)
{
	/* The names of every release so far (metadata.json of 0.3.1 to 0.6). */
	static char bios[] = "ovmf.fd", sev[] = "ovmf-sev.fd";
	static char kernel[] = "bzImage";
	static char initrd[] = "initramfs.cpio.gz";
	const struct rv_metadata usual = {
		.bios = bios,
		.bios_sev = sev,
		.kernel = kernel,
		.initrd = initrd,
	};

	if (is_note(name))
		return RV_ROLE_NOTE;
	if (!m)
		m = &usual;
	if (is(name, m->bios) || is(name, m->bios_sev))
		return RV_ROLE_FIRMWARE;
	if (is(name, m->kernel))
		return RV_ROLE_KERNEL;
	if (is(name, m->initrd))
		return RV_ROLE_INITRD;
	if (is(name, m->rootfs) || is(name, m->hda) ||
	    rv_starts(rv_text(name), rv_text("rootfs.")) ||
	    is(name, "disk.raw"))
		return RV_ROLE_ROOT;
	return RV_ROLE_OTHER;
}

uint64_t rv_role_max(enum rv_image_role role)
{
	switch (role) {
	case RV_ROLE_NOTE:
		return RV_IMAGE_NOTE_MAX;
	case RV_ROLE_FIRMWARE:
		return RV_IMAGE_FIRMWARE_MAX;
	case RV_ROLE_KERNEL:
		return RV_IMAGE_KERNEL_MAX;
	case RV_ROLE_ROOT:
		return RV_MEMBER_MAX;
	default:
		return RV_OTHER_MAX;
	}
}

/*
 * specs 1.3: 0.3.2 to 0.5.0 list every file but the two lists; since 0.5.1 the
 * root file system is bound by the command line instead, and the AMD firmware
 * by measurement.snp.cbor.
 */
bool rv_member_unlisted_ok(const struct rv_image *image, const char *name,
			   bool dotted)
{
	static const char *const never[] = {
		"sha256sum.txt", "md5sum.txt",
		"digest.txt",	 "digest.sev.txt",
		"auth_hash.txt", "measurement.gcp.eventlog.bin",
	};

	for (size_t i = 0; i < RV_LEN(never); i++)
		if (is(name, never[i]))
			return true;
	if (dotted)
		return false;
	if (is(name, image->metadata.bios_sev) || is(name, "ovmf-sev.fd"))
		return true;
	return rv_member_role(name, image->has_metadata ? &image->metadata
							: NULL) == RV_ROLE_ROOT;
}
