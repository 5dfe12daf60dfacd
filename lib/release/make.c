/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make.c - the record of an image: each value computed from its files, with the
 * image's own digest as the source.
 */
#include "release.h"

#include "edk2.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * From 2816 MiB on there is as much memory below 4 GiB as with 2 GiB, so that
 * QEMU writes the same header into the kernel. Whether RTMR1 is the same is
 * looked at, at both ends and in the middle.
 */
static const uint64_t sizes[] = { UINT64_C(2) << 30, UINT64_C(2816) << 20,
				  UINT64_C(4) << 30, UINT64_C(512) << 30 };

static bool measure(const struct rv_measure_input *in, uint64_t memory,
		    struct rv_values *out, struct rv_err *err)
{
	struct rv_shape shape = rv_shape_default();

	/* A QEMU that writes the kernel's setup header. */
	shape.cpus = 1;
	shape.memory = memory;
	shape.qemu = (struct rv_qemu){ 8, 2, 2 };
	shape.given = RV_GIVEN_CPUS | RV_GIVEN_MEMORY | RV_GIVEN_QEMU;
	rv_measure_shape(in, &shape);
	return rv_measure(in, &shape, out, err);
}

static bool known(const struct rv_values *v, struct rv_err *err)
{
	static const char *const name[] = { "rtmr1", "rtmr2" };

	if (!v->mrtd.has_single || !v->mrtd.has_two)
		return rv_fail(err, RV_INPUT, "MRTD cannot be computed: %s",
			       v->mrtd.why);
	for (size_t i = 0; i < RV_LEN(name); i++)
		if (!rv_values_register(v, name[i])->known)
			return rv_fail(err, RV_INPUT,
				       "%s cannot be computed: %s", name[i],
				       rv_values_register(v, name[i])->why);
	return true;
}

static bool same(const struct rv_values *a, const struct rv_values *b)
{
	return memcmp(&a->mrtd.single_pass, &b->mrtd.single_pass, 48) == 0 &&
	       memcmp(&a->mrtd.two_pass, &b->mrtd.two_pass, 48) == 0 &&
	       memcmp(&rv_values_register(a, "rtmr1")->value,
		      &rv_values_register(b, "rtmr1")->value, 48) == 0 &&
	       memcmp(&rv_values_register(a, "rtmr2")->value,
		      &rv_values_register(b, "rtmr2")->value, 48) == 0;
}

/* The values of a machine of 2 GiB, once those of all sizes are the same. */
static bool measure_all(const struct rv_measure_input *in,
			struct rv_values *out, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);

	if (!v)
		return rv_no_memory(err, "record");
	if (!measure(in, sizes[0], out, err) || !known(out, err))
		return false;
	for (size_t i = 1; i < RV_LEN(sizes); i++) {
		if (!measure(in, sizes[i], v, err))
			return false;
		if (!known(v, err) || !same(v, out))
			return rv_fail(err, RV_INPUT,
				       "RTMR1 of %" PRIu64
				       " MiB of memory is not that of 2048: the"
				       " rule of what is the same does not hold"
				       " here",
				       sizes[i] >> 20);
	}
	return true;
}

/* ---- into the record ---- */

static void set(struct rv_recorded *to, const struct rv_sha384 *d,
		const struct rv_provenance *why)
{
	to->known = true;
	to->value = *d;
	to->why = *why;
}

static void set_event(struct rv_recorded *to, const struct rv_register *reg,
		      const char *label, const struct rv_provenance *why)
{
	for (size_t i = 0; i < reg->n; i++)
		if (reg->event[i].known &&
		    strcmp(reg->event[i].label, label) == 0)
			set(to, &reg->event[i].digest, why);
}

static bool set_registers(struct rv_release *r, const struct rv_values *v,
			  const struct rv_provenance *why, struct rv_err *err)
{
	const struct rv_register *one = rv_values_register(v, "rtmr1");
	const struct rv_register *two = rv_values_register(v, "rtmr2");
	uint32_t release;

	set(&r->single_pass, &v->mrtd.single_pass, why);
	set(&r->two_pass, &v->mrtd.two_pass, why);
	set_event(&r->cfv, rv_values_register(v, "rtmr0"), "cfv", why);
	set(&r->rtmr1, &one->value, why);
	set_event(&r->kernel, one, "kernel", why);
	set(&r->rtmr2, &two->value, why);
	set_event(&r->cmdline, two, "cmdline", why);
	set_event(&r->initrd, two, "initrd", why);
	r->memory[0].min = r->memory[0].max = sizes[0];
	r->memory[1].min = sizes[1];
	r->memory[1].max = UINT64_MAX;
	r->ranges = 2;
	r->iso = v->shape.root_verity == RV_FALSE;
	r->ovmf = v->shape.ovmf;
	if (!r->ovmf && *v->edk2 &&
	    !rv_ovmf_parse(v->edk2, &r->ovmf, &release, err))
		return false;
	return rv_buf_copy(rv_span(v->td_hob, v->td_hob_n), &r->td_hob, err);
}

static void set_files(struct rv_release *r, const struct rv_values *note)
{
	static const char *const role[] = { "firmware", "kernel", "initrd" };

	for (size_t i = 0; i < note->inputs; i++)
		for (size_t k = 0; k < RV_LEN(role); k++) {
			if (strcmp(note->input[i].role, role[k]) != 0)
				continue;
			snprintf(r->file[r->files].name, sizeof r->file[0].name,
				 "%.47s", note->input[i].name);
			r->file[r->files++].sha256 = note->input[i].sha256;
		}
}

/* The name, and what metadata.json says besides: both must agree. */
static bool set_identity(struct rv_release *r, const struct rv_image *image,
			 const struct rv_release_about *a, struct rv_err *err)
{
	const struct rv_metadata *m = &image->metadata;
	const char *name = a->name ? a->name : image->name;
	bool dev;

	if (!name)
		return rv_fail(err, RV_USAGE,
			       "the image has no name: it must be given");
	if (!rv_release_named(name, r, err))
		return false;
	if (m->version && strlen(m->version) < sizeof r->version)
		snprintf(r->version, sizeof r->version, "%s", m->version);
	if (!*r->version)
		return rv_fail(err, RV_INPUT,
			       "%s: neither the name nor the image says a"
			       " version",
			       name);
	dev = strstr(r->flavour, "dev") != NULL;
	if (m->has_is_dev && m->is_dev != dev)
		return rv_fail(err, RV_INPUT,
			       "%s: the name says %s, and is_dev of"
			       " metadata.json %s",
			       name, r->flavour, m->is_dev ? "true" : "false");
	return true;
}

static void set_source(struct rv_provenance *why, const char *file,
		       const struct rv_sha256 *tarball,
		       const struct rv_image *image)
{
	char hex[65] = "none";

	if (tarball || image->has_os_image_hash)
		rv_hex(
		    rv_span(tarball ? tarball->b : image->os_image_hash.b, 32),
		    hex);
	why->from = RV_FROM_IMAGE;
	snprintf(why->source, sizeof why->source, "%.70s, %s %s", file,
		 tarball ? "sha256" : "sha256sum.txt", hex);
}

bool rv_release_from_image(const struct rv_image *image,
			   const struct rv_release_about *a,
			   struct rv_release *out, struct rv_err *err)
{
	RV_AUTO(rv_release_free) struct rv_release r = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = calloc(2, sizeof *v);
	struct rv_provenance why = { 0 };
	struct rv_measure_input in = { .acpi_why = "of no shape" };

	if (!v)
		return rv_no_memory(err, "record");
	set_source(&why, a->file, a->tarball, image);
	if (!set_identity(&r, image, a, err) ||
	    !rv_measure_image(image, &in, &v[1], err) ||
	    !measure_all(&in, v, err) || !set_registers(&r, v, &why, err))
		return false;
	set_files(&r, &v[1]);
	r.platforms = v[1].platforms;
	r.has_tarball = a->tarball != NULL;
	if (a->tarball)
		r.tarball = *a->tarball;
	r.has_os_image_hash = image->has_os_image_hash;
	r.os_image_hash = image->os_image_hash;
	r.os_image_hash_why = why;
	*out = RV_TAKE(r);
	return true;
}
