/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.c - refval-unpack: is this image whole, and what is its hash? */
#include "cmd.h"
#include "last_line.h"
#include "out.h"

#include <refval/verify.h>

static bool json;
static const char *to;
static size_t documents; /* measurement.* that were looked at */

static const char *no_hash_reason(const struct rv_image *image)
{
	switch (image->no_hash) {
	case RV_HASH_TOO_OLD:
		return "images up to 0.5.0 have no os_image_hash";
	case RV_HASH_NO_SUMS:
		return "the image has no sha256sum.txt";
	default:
		return "sha256 of sha256sum.txt";
	}
}

/* What was looked at, and what could not be. */
struct check {
	const char *name;
	bool done;
	const char *detail;
};

static const char *root_detail(const struct rv_image *image,
			       const struct rv_image_file *root)
{
	if (!root)
		return "not in this image";
	if (root->listed)
		return "listed in sha256sum.txt";
	if (image->metadata.rootfs_hash && root->hashed)
		return "equals rootfs_hash of metadata.json";
	if (image->metadata.cmdline &&
	    strstr(image->metadata.cmdline, "dstack.rootfs_hash="))
		return "not listed: bound by dstack.rootfs_hash in cmdline";
	return "not listed, and no command line that binds it";
}

static const struct rv_image_file *find_root(const struct rv_image *image)
{
	for (size_t i = 0; i < image->n; i++)
		if (image->file[i].role == RV_ROLE_ROOT)
			return &image->file[i];
	return NULL;
}

enum { CHECKS = 6 };

static size_t list_checks(const struct rv_image *image,
			  struct check out[CHECKS])
{
	const struct rv_image_file *root = find_root(image);

	out[0] = (struct check){ "container", image->container_check != NULL,
				 image->container_check
				     ? image->container_check
				     : "has no checksum of its own" };
	out[1] = (struct check){ "metadata", image->has_metadata,
				 image->has_metadata
				     ? "metadata.json, every key known"
				     : "a cloud disk has no metadata.json" };
	out[2] =
	    (struct check){ "checksums", image->has_checksums && !image->absent,
			    !image->has_checksums ? "no sha256sum.txt"
			    : image->absent
				? "sha256sum.txt, but for files not here"
				: "sha256sum.txt, every file" };
	out[3] = (struct check){ "digest", image->has_digest,
				 image->has_digest
				     ? "digest.txt equals os_image_hash"
				     : "no digest.txt" };
	out[4] =
	    (struct check){ "rootfs",
			    root &&
				(root->listed ||
				 (root->hashed && image->metadata.rootfs_hash)),
			    root_detail(image, root) };
	out[5] =
	    (struct check){ "documents", documents > 0,
			    documents ? "measurement.*: of their form, and of"
					" the image's files where these are"
					" here"
				      : "no measurement.* for a platform" };
	return CHECKS;
}

/* ---- JSON ---- */

static void json_files(struct rv_jw *w, const struct rv_image *image)
{
	rv_jw_open(w, "files", '[');
	for (size_t i = 0; i < image->n; i++) {
		const struct rv_image_file *f = &image->file[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "name", f->name);
		rv_jw_u64(w, "size", f->size);
		if (f->hashed)
			rv_jw_hex(w, "sha256",
				  rv_span(f->sha256.b, sizeof f->sha256.b));
		else
			rv_jw_null(w, "sha256");
		if (f->has_sha384)
			rv_jw_hex(w, "sha384",
				  rv_span(f->sha384.b, sizeof f->sha384.b));
		rv_jw_bool(w, "listed", f->listed);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

/* The names of metadata.json itself; what it does not say is null. */
static void json_metadata(struct rv_jw *w, const struct rv_image *image)
{
	const struct rv_metadata *m = &image->metadata;
	const struct {
		const char *key, *value;
	} text[] = {
		{ "bios", m->bios },
		{ "bios-sev", m->bios_sev },
		{ "kernel", m->kernel },
		{ "cmdline", m->cmdline },
		{ "initrd", m->initrd },
		{ "rootfs", m->rootfs },
		{ "hda", m->hda },
		{ "rootfs_hash", m->rootfs_hash },
		{ "version", m->version },
		{ "git_revision", m->git_revision },
		{ "ovmf_variant", m->ovmf_variant },
	};
	const struct {
		const char *key;
		bool has, value;
	} flag[] = {
		{ "shared_ro", m->has_shared_ro, m->shared_ro },
		{ "is_dev", m->has_is_dev, m->is_dev },
		{ "kernel_header_normalized", m->has_kernel_header_normalized,
		  m->kernel_header_normalized },
	};

	if (!image->has_metadata) {
		rv_jw_null(w, "metadata");
		return;
	}
	rv_jw_open(w, "metadata", '{');
	for (size_t i = 0; i < RV_LEN(text); i++)
		rv_jw_str(w, text[i].key, text[i].value);
	for (size_t i = 0; i < RV_LEN(flag); i++)
		if (flag[i].has)
			rv_jw_bool(w, flag[i].key, flag[i].value);
		else
			rv_jw_null(w, flag[i].key);
	rv_jw_close(w);
}

static bool print_json(const struct rv_image *image, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	struct check check[CHECKS];
	size_t n = list_checks(image, check);

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.unpack/1");
	if (image->has_os_image_hash)
		rv_jw_hex(&w, "os_image_hash",
			  rv_span(image->os_image_hash.b,
				  sizeof image->os_image_hash.b));
	else
		rv_jw_null(&w, "os_image_hash");
	rv_jw_str(&w, "os_image_hash_reason", no_hash_reason(image));
	rv_jw_str(&w, "name", image->name);
	rv_jw_str(&w, "version", image->metadata.version);
	rv_jw_str(&w, "container", image->container);
	json_files(&w, image);
	json_metadata(&w, image);
	rv_jw_open(&w, "checks", '[');
	for (size_t i = 0; i < n; i++) {
		rv_jw_open(&w, NULL, '{');
		rv_jw_str(&w, "check", check[i].name);
		rv_jw_str(&w, "verdict", check[i].done ? "yes" : "unchecked");
		rv_jw_str(&w, "detail", check[i].detail);
		rv_jw_close(&w);
	}
	rv_jw_close(&w);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

/* ---- text ---- */

static void text_field(const char *label, const char *value)
{
	rv_out("%-18s ", label);
	if (value)
		rv_out_str(value);
	else
		rv_out_tone(RV_TONE_DIM, "-");
	rv_out("\n");
}

/*
 * Whether nothing was looked at that says what @f must be: a root file system
 * that the list leaves out, or firmware for SEV-SNP without its document.
 */
static bool is_open(const struct rv_image *image, const struct rv_image_file *f)
{
	if (f->role == RV_ROLE_ROOT)
		return !f->listed &&
		       !(f->hashed && image->metadata.rootfs_hash);
	return f->role == RV_ROLE_FIRMWARE && !f->listed &&
	       !rv_image_find(image, "measurement.snp.cbor");
}

/* "; not checked: disk.raw", or nothing. */
static void open_files(const struct rv_image *image, struct rv_grow *out)
{
	const char *comma = "; not checked: ";

	for (size_t i = 0; image->has_checksums && i < image->n; i++) {
		if (!is_open(image, &image->file[i]))
			continue;
		rv_grow_text(out, comma);
		rv_grow_text(out, image->file[i].name);
		comma = ", ";
	}
	rv_grow_u8(out, 0);
}

static void last_line(const struct rv_image *image)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const char *open;
	char hex[65];

	open_files(image, &g);
	open = g.failed ? "; not every file is checked" : (const char *)g.buf.p;
	if (image->has_os_image_hash) {
		rv_hex(rv_span(image->os_image_hash.b, 32), hex);
		rv_last_line(RV_OK, "the image is whole, os_image_hash %s%s",
			     hex, open);
	} else if (image->has_checksums) {
		rv_last_line(RV_OK, "its files are as listed; %s%s",
			     no_hash_reason(image), open);
	} else {
		rv_last_line(RV_OK,
			     "its files can be read; %s: nothing lists"
			     " them",
			     no_hash_reason(image));
	}
}

static void print_text(const struct rv_image *image)
{
	struct check check[CHECKS];
	size_t n = list_checks(image, check);

	text_field("image", image->name);
	text_field("version", image->metadata.version);
	text_field("container", image->container);
	if (image->has_os_image_hash)
		rv_out_field("os_image_hash",
			     rv_span(image->os_image_hash.b,
				     sizeof image->os_image_hash.b));
	else
		rv_out("%-18s none: %s\n", "os_image_hash",
		       no_hash_reason(image));
	text_field("cmdline", image->metadata.cmdline);
	rv_out("\n%-64s %11s  file\n", "sha256", "bytes");
	for (size_t i = 0; i < image->n; i++) {
		const struct rv_image_file *f = &image->file[i];

		if (f->hashed)
			rv_out_hex(rv_span(f->sha256.b, sizeof f->sha256.b));
		else
			rv_out("%-64s", "not hashed");
		rv_out(" %11" PRIu64 "  %s%s\n", f->size, f->name,
		       f->listed ? "" : " (not listed)");
	}
	rv_out("\n");
	for (size_t i = 0; i < n; i++) {
		rv_out("%-18s ", check[i].name);
		rv_out_tone(check[i].done ? RV_TONE_GOOD : RV_TONE_DOUBT,
			    "%-9s", check[i].done ? "yes" : "unchecked");
		rv_out(" %s\n", check[i].detail);
	}
	rv_out("\n");
	last_line(image);
}

static bool check_documents(const struct rv_image *image, struct rv_err *err)
{
	return rv_image_documents(image, &documents, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_image_free) struct rv_image image = { 0 };
	const struct rv_image_options opts = { .to = to,
					       .progress = rv_out_reading,
					       .arg = argc ? argv[0] : NULL,
					       .check = check_documents };
	bool ok;

	(void)answer;
	if (argc != 1)
		return rv_fail(err, RV_USAGE, "one image is needed");
	ok = rv_image_read(argv[0], &opts, &image, err);
	rv_out_progress_done();
	if (!ok)
		return false;
	if (json)
		return print_json(&image, err);
	print_text(&image);
	return true;
}

int main(int argc, char **argv)
{
	static const struct rv_opt opts[] = {
		RV_OPT_TEXT("to", "DIR", &to,
			    "unpack into DIR, absent or empty"),
		RV_OPT_QUIET,
		RV_OPT_COLOR,
		RV_OPT_TO,
		RV_OPT_JSON(&json),
		{ 0 },
	};
	static const struct rv_cmd cmd = {
		.name = "unpack",
		.args = "[--to DIR] [--json] IMAGE.tar.gz | DIR | -",
		.summary = "Check a dstack OS image and tell its os_image_hash",
		.opts = opts,
		.example = "refval-unpack --to dstack-0.5.8"
			   " dstack-0.5.8.tar.gz",
		.run = run,
	};

	return rv_cmd_main(&cmd, argc, argv);
}
