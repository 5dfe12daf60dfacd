/* SPDX-License-Identifier: Apache-2.0 */
/* made_image.h - files that QEMU boots directly, without an archive of them. */
#ifndef TEST_MADE_IMAGE_H
#define TEST_MADE_IMAGE_H

#include "digest.h"
#include "machine.h"
#include "test_file.h"

enum { MADE_FILES = 4 };

/* Where a quote of version 4 has them. */
enum { MRTD = 48 + 136, RTMR0 = 48 + 328, REGISTER = 48 };

/* What QEMU boots directly: made firmware, a made kernel, an initrd. */
struct made_image {
	struct rv_image image;
	struct rv_image_file file[MADE_FILES];
};

static inline void made_image(struct made_image *m)
{
	static char bios[] = "ovmf.fd", kernel[] = "bzImage",
		    initrd[] = "initramfs.cpio.gz", meta[] = "metadata.json",
		    rootfs[] = "rootfs.img.verity", cmdline[] = "console=hvc0",
		    version[] = "0.5.8", variant[] = "pre202505";
	struct rv_err err = { 0 };

	*m = (struct made_image){ 0 };
	m->file[0] = (struct rv_image_file){
		.name = bios,
		.data = test_file("", "tests/vectors/measure/tdvf/small.fd")
	};
	m->file[1] = (struct rv_image_file){
		.name = kernel,
		.data = test_file("", "tests/vectors/measure/kernel/plain.bin")
	};
	m->file[2] = (struct rv_image_file){ .name = initrd,
					     .size = 40,
					     .has_sha384 = true };
	m->file[3] = (struct rv_image_file){ .name = meta };
	assert_true(rv_sha384(rv_text("initrd"), &m->file[2].sha384, &err));
	for (size_t i = 0; i < 2; i++) {
		m->file[i].size = m->file[i].data.n;
		assert_true(rv_sha256(rv_buf_span(&m->file[i].data),
				      &m->file[i].sha256, &err));
	}
	m->image = (struct rv_image){
		.file = m->file,
		.n = MADE_FILES,
		.has_metadata = true,
		.metadata = { .bios = bios,
			      .kernel = kernel,
			      .initrd = initrd,
			      .rootfs = rootfs,
			      .cmdline = cmdline,
			      .version = version,
			      .ovmf_variant = variant },
	};
}

static inline void made_image_free(struct made_image *m)
{
	rv_buf_free(&m->file[0].data);
	rv_buf_free(&m->file[1].data);
}

/* The quote of the machine says what the image gives. */
static inline void as_image(struct machine *m, const struct made_image *made)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	struct rv_measure_input files = { 0 };
	struct rv_acpi_digests acpi;
	struct rv_shape shape = m->shape;
	struct rv_err err = { 0 };

	assert_non_null(v);
	if (!rv_measure_image(&made->image, &files, v, &err) ||
	    !rv_shape_resolve(&shape, &err) ||
	    !rv_acpi_digests(&shape, &acpi, NULL, &err))
		fail_msg("%s", err.msg);
	files.acpi = &acpi;
	if (!rv_measure(&files, &shape, v, &err))
		fail_msg("%s", err.msg);
	memcpy(m->evidence.quote.p + MRTD, v->mrtd.two_pass.b, REGISTER);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++) {
		if (!v->reg[i].known)
			fail_msg("%s", v->reg[i].why);
		memcpy(m->evidence.quote.p + RTMR0 + i * REGISTER,
		       v->reg[i].value.b, REGISTER);
	}
}

#endif
