/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - the launch digest's parts from the files of a dstack image. */
#include "snp.h"

#include <refval/image.h>

#include <stdlib.h>

static bool find(const struct rv_image *image, const char *what,
		 const char *name, const struct rv_image_file **out,
		 struct rv_err *err)
{
	*out = name ? rv_image_find(image, name) : NULL;
	if (!*out)
		return rv_fail(err, RV_INPUT, "image: no %s for SEV-SNP", what);
	return (*out)->hashed ||
	       rv_fail(err, RV_INPUT, "image: %s was not hashed", name);
}

/* dstack's host trims the line; QEMU puts a NUL behind it. */
static struct rv_span trimmed(const char *line)
{
	struct rv_span s = rv_text(line);

	while (s.n && strchr(" \t\r\n", s.p[0]))
		s = rv_span(s.p + 1, s.n - 1);
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	return s;
}

bool rv_snp_image_read(const struct rv_image *image, struct rv_snp_image *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_snp_image *i = calloc(1, sizeof *i);
	const struct rv_metadata *m = &image->metadata;
	const struct rv_image_file *bios, *kernel, *initrd;

	if (!i)
		return rv_no_memory(err, "image");
	if (!image->has_metadata || !m->bios_sev || !m->cmdline)
		return rv_fail(err, RV_INPUT,
			       "image: metadata.json names no firmware with"
			       " SEV-SNP and what it boots");
	if (!find(image, "firmware", m->bios_sev, &bios, err) ||
	    !find(image, "kernel", m->kernel, &kernel, err) ||
	    !find(image, "initrd", m->initrd, &initrd, err) ||
	    !rv_snp_firmware(rv_buf_span(&bios->data), i, err) ||
	    !rv_snp_cmdline(trimmed(m->cmdline), &i->cmdline, err))
		return false;
	i->kernel = kernel->sha256;
	i->initrd = initrd->sha256;
	i->has_hashes = true;
	*out = *i;
	return true;
}

static const char *differs(const struct rv_snp_image *a,
			   const struct rv_snp_image *b)
{
	if (memcmp(a->firmware.b, b->firmware.b, 48) != 0)
		return "ovmf_hash";
	if (memcmp(a->kernel.b, b->kernel.b, 32) != 0)
		return "kernel_hash";
	if (memcmp(a->initrd.b, b->initrd.b, 32) != 0)
		return "initrd_hash";
	if (memcmp(a->cmdline.b, b->cmdline.b, 32) != 0)
		return "cmdline";
	if (a->hashes_gpa != b->hashes_gpa)
		return "hashes_table_gpa";
	if (a->reset_eip != b->reset_eip)
		return "reset_eip";
	if (a->sections != b->sections)
		return "ovmf_sections";
	for (size_t i = 0; i < a->sections; i++)
		if (a->section[i].gpa != b->section[i].gpa ||
		    a->section[i].size != b->section[i].size ||
		    a->section[i].type != b->section[i].type)
			return "ovmf_sections";
	return NULL;
}

bool rv_snp_image_is(const struct rv_snp_image *document,
		     const struct rv_snp_image *image, struct rv_err *err)
{
	const char *what = differs(document, image);

	return !what || rv_fail(err, RV_INPUT,
				"measurement.snp.cbor: %s is not of the"
				" image's files",
				what);
}
