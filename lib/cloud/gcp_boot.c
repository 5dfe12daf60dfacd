/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp_boot.c - what a machine of Google's measures of the disk that it boots
 * from: its partition table and the unified kernel image that firmware loads
 * are found here, and rv_boot_predict() says what follows.
 */
#include "base.h"

#include <refval/boot.h>
#include <refval/gcp.h>

#include <stdio.h>
#include <stdlib.h>

enum { SECTOR = 512 };

/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b: an EFI system partition. */
static const uint8_t esp[16] = {
	0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b
};

/* ---- the disk ---- */

static bool read_gpt(const struct rv_disk *disk, struct rv_buf *head,
		     struct rv_gpt *out, struct rv_err *err)
{
	size_t n = disk->size < RV_GPT_HEAD ? (size_t)disk->size : RV_GPT_HEAD;

	head->p = calloc(1, n + 1);
	if (!head->p)
		return rv_no_memory(err, "disk");
	head->n = n;
	return disk->read(disk->arg, 0, n, head->p, err) &&
	       rv_gpt_read(rv_buf_span(head), disk->size, SECTOR, out, err);
}

/* The file that firmware looks for where nothing else is named. */
static bool read_loader(const struct rv_disk *disk, const struct rv_gpt *gpt,
			struct rv_buf *out, struct rv_err *err)
{
	static const char *const path[] = { "EFI", "BOOT", "BOOTX64.EFI" };
	const struct rv_gpt_partition *p = NULL;

	for (size_t i = 0; i < gpt->n; i++) {
		if (memcmp(gpt->part[i].type, esp, sizeof esp) != 0)
			continue;
		if (p)
			return rv_fail(err, RV_INPUT,
				       "two EFI system partitions");
		p = &gpt->part[i];
	}
	if (!p)
		return rv_fail(err, RV_INPUT, "no EFI system partition");
	return rv_fat_file(disk, p->first, p->n, path, RV_LEN(path), RV_UKI_MAX,
			   out, err);
}

/* ---- the registers ---- */

/* The register @name, which is of @alg, with at most @max events. */
static bool find(const struct rv_boot_values *v, const char *name,
		 enum rv_alg alg, size_t max,
		 const struct rv_boot_register **out, struct rv_err *err)
{
	*out = rv_boot_register(v, name);
	return (*out && (*out)->alg == alg && (*out)->n <= max) ||
	       rv_fail(err, RV_INPUT,
		       "%s: not there, or not as such a machine"
		       " has it",
		       name);
}

/* Of SHA-384, as values have it. */
static bool as_register(const struct rv_boot_values *v, const char *name,
			struct rv_register *out, struct rv_err *err)
{
	const struct rv_boot_register *from;

	if (!find(v, name, RV_SHA384, RV_EVENTS_MAX, &from, err))
		return false;
	snprintf(out->why, sizeof out->why, "%s", from->why);
	for (; out->n < from->n; out->n++) {
		const struct rv_boot_event *e = &from->event[out->n];
		struct rv_predicted *to = &out->event[out->n];

		snprintf(to->label, sizeof to->label, "%s", e->label);
		to->type = e->type;
		to->known = e->known;
		to->origin = RV_ORIGIN_COMPUTED;
		memcpy(to->digest.b, e->digest, sizeof to->digest.b);
	}
	return !from->known || rv_register_replay(out, err);
}

/* Of SHA-256; the event of the kernel image is in each. */
static bool as_pcr2(const struct rv_boot_values *v, struct rv_gcp_boot *out,
		    struct rv_err *err)
{
	const struct rv_boot_register *from;
	bool image = false;

	if (!find(v, "pcr2", RV_SHA256, RV_GCP_PCR2_EVENTS, &from, err))
		return false;
	out->whole = from->known;
	memcpy(out->pcr2.b, from->value, sizeof out->pcr2.b);
	for (; out->pcr2_events < from->n; out->pcr2_events++) {
		const struct rv_boot_event *e = &from->event[out->pcr2_events];
		struct rv_sha256 *to = &out->pcr2_event[out->pcr2_events];

		memcpy(to->b, e->digest, sizeof to->b);
		if (strcmp(e->label, "uki") != 0 || !e->known)
			continue;
		out->uki_auth = *to;
		image = true;
	}
	return image ||
	       rv_fail(err, RV_INPUT, "pcr2: without the kernel image's event");
}

bool rv_gcp_boot_of(const struct rv_boot_values *b, struct rv_gcp_boot *out,
		    struct rv_err *err)
{
	struct rv_values *v = &out->values;

	*out = (struct rv_gcp_boot){ 0 };
	if (b->platform != RV_BOOT_GCP)
		return rv_fail(err, RV_INPUT, "of platform %s, not of %s",
			       rv_boot_platform_name(b->platform),
			       rv_boot_platform_name(RV_BOOT_GCP));
	snprintf(out->stub, sizeof out->stub, "%s", b->stub);
	snprintf(v->mrtd.why, sizeof v->mrtd.why,
		 "it is of Google's firmware, of which the disk says nothing");
	snprintf(rv_values_at(v, "rtmr0")->why,
		 sizeof rv_values_at(v, "rtmr0")->why,
		 "it is of Google's machine, of which the disk says nothing");
	if (!as_register(b, "rtmr1", rv_values_at(v, "rtmr1"), err) ||
	    !as_register(b, "rtmr2", rv_values_at(v, "rtmr2"), err) ||
	    !as_pcr2(b, out, err))
		return false;
	out->whole = out->whole && rv_values_at(v, "rtmr1")->known &&
		     rv_values_at(v, "rtmr2")->known;
	return true;
}

/* Of a disk all of it is known, or nothing is said. */
static bool predict(const struct rv_boot_input *in, struct rv_gcp_boot *out,
		    struct rv_err *err)
{
	static const char *const names[] = { "rtmr1", "rtmr2", "pcr2" };
	RV_AUTO(rv_free) struct rv_boot_values *b = calloc(1, sizeof *b);

	if (!b)
		return rv_no_memory(err, "disk");
	if (!rv_boot_predict(in, b, err))
		return false;
	for (size_t i = 0; i < RV_LEN(names); i++) {
		const struct rv_boot_register *reg =
		    rv_boot_register(b, names[i]);

		if (reg && !reg->known)
			return rv_fail(err, RV_INPUT, "%s: %s", names[i],
				       reg->why);
	}
	return rv_gcp_boot_of(b, out, err);
}

bool rv_gcp_boot_read(const struct rv_disk *disk, struct rv_gcp_boot *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf head = { 0 }, file = { 0 };
	RV_AUTO(rv_free) struct rv_gpt *gpt = calloc(1, sizeof *gpt);
	struct rv_boot_input in = { .platform = RV_BOOT_GCP, .gpt = gpt };

	if (!gpt)
		return rv_no_memory(err, "disk");
	*out = (struct rv_gcp_boot){ 0 };
	if (!read_gpt(disk, &head, gpt, err) ||
	    !read_loader(disk, gpt, &file, err))
		return rv_in(err, "disk");
	in.uki = rv_buf_span(&file);
	return predict(&in, out, err) || rv_in(err, "disk");
}
