/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - what of a dstack OS image is measured. */
#include "base.h"
#include "platforms.h"
#include "digest.h"

#include <refval/measure.h>

#include <stdio.h>

/* A file that metadata.json names, noted as an input. */
static bool file(const struct rv_image *image, const char *role,
		 const char *name, const struct rv_image_file **out,
		 struct rv_values *note, struct rv_err *err)
{
	const struct rv_image_file *f =
	    name ? rv_image_find(image, name) : NULL;
	struct rv_input *in = &note->input[note->inputs];

	if (!f)
		return rv_fail(
		    err, RV_INPUT, "image: no %s: metadata.json %s %s", role,
		    name ? "names" : "does not name one", name ? name : "");
	snprintf(in->role, sizeof in->role, "%s", role);
	snprintf(in->name, sizeof in->name, "%.*s", (int)sizeof in->name - 1,
		 name);
	in->size = f->size;
	in->sha256 = f->sha256;
	note->inputs++;
	*out = f;
	return true;
}

static bool text(const char *cmdline, struct rv_values *note,
		 struct rv_err *err)
{
	struct rv_input *in = &note->input[note->inputs++];

	snprintf(in->role, sizeof in->role, "cmdline");
	snprintf(in->name, sizeof in->name, "metadata.json");
	in->size = strlen(cmdline);
	return rv_sha256(rv_text(cmdline), &in->sha256, err);
}

/* dstack's VMM goes by the name too: -cdrom, not a virtio disk. */
static bool is_iso(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ".iso") == 0;
}

void rv_measure_shape(const struct rv_measure_input *in, struct rv_shape *shape)
{
	if (!(shape->given & RV_GIVEN_ROOTFS) && in->root_verity != RV_UNSET)
		shape->root_verity = in->root_verity;
}

bool rv_measure_image(const struct rv_image *image, struct rv_measure_input *in,
		      struct rv_values *note, struct rv_err *err)
{
	const struct rv_metadata *m = &image->metadata;
	const struct rv_image_file *bios, *kernel, *initrd, *metadata;

	note->inputs = 0;
	if (!image->has_metadata)
		return rv_fail(
		    err, RV_INPUT,
		    "image: no metadata.json: nothing says what QEMU "
		    "boots directly");
	if (!file(image, "firmware", m->bios, &bios, note, err) ||
	    !file(image, "kernel", m->kernel, &kernel, note, err) ||
	    !file(image, "initrd", m->initrd, &initrd, note, err))
		return false;
	if (!bios->data.n || !kernel->data.n || !initrd->has_sha384)
		return rv_fail(err, RV_INPUT,
			       "image: firmware, kernel or initrd is empty, or "
			       "one file is two of them");
	if (!m->cmdline)
		return rv_fail(err, RV_INPUT,
			       "image: metadata.json has no cmdline");
	if (!text(m->cmdline, note, err) ||
	    !file(image, "metadata", "metadata.json", &metadata, note, err))
		return false;
	in->firmware = rv_buf_span(&bios->data);
	in->kernel = rv_buf_span(&kernel->data);
	in->has_initrd = true;
	in->initrd_size = initrd->size;
	in->initrd_sha384 = initrd->sha384;
	in->cmdline = m->cmdline;
	in->version = m->version;
	in->ovmf_variant = m->ovmf_variant;
	if (m->has_kernel_header_normalized)
		in->kernel_header_normalized =
		    m->kernel_header_normalized ? RV_TRUE : RV_FALSE;
	if (m->rootfs)
		in->root_verity = is_iso(m->rootfs) ? RV_FALSE : RV_TRUE;
	note->has_os_image_hash = image->has_os_image_hash;
	note->os_image_hash = image->os_image_hash;
	return rv_platforms_image(image, &note->platforms, err);
}
