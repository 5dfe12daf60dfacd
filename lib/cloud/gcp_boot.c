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

/* Of SHA-384, as values have it. */
static bool as_register(const struct rv_boot_values *v, const char *name,
			struct rv_register *out, struct rv_err *err)
{
	const struct rv_boot_register *from = rv_boot_register(v, name);

	if (!from || !from->known || from->n > RV_EVENTS_MAX)
		return rv_fail(err, RV_INPUT, "%s: %s", name,
			       from ? from->why : "not predicted");
	for (; out->n < from->n; out->n++) {
		const struct rv_boot_event *e = &from->event[out->n];
		struct rv_predicted *to = &out->event[out->n];

		snprintf(to->label, sizeof to->label, "%s", e->label);
		to->type = e->type;
		to->known = true;
		to->origin = RV_ORIGIN_COMPUTED;
		memcpy(to->digest.b, e->digest, sizeof to->digest.b);
	}
	return rv_register_replay(out, err);
}

/* Of SHA-256; the event of the kernel image is in each. */
static bool as_pcr2(const struct rv_boot_values *v, struct rv_gcp_boot *out,
		    struct rv_err *err)
{
	const struct rv_boot_register *from = rv_boot_register(v, "pcr2");

	if (!from || !from->known || from->n > RV_GCP_PCR2_EVENTS)
		return rv_fail(err, RV_INPUT, "pcr2: %s",
			       from ? from->why : "not predicted");
	memcpy(out->pcr2.b, from->value, sizeof out->pcr2.b);
	for (; out->pcr2_events < from->n; out->pcr2_events++) {
		const struct rv_boot_event *e = &from->event[out->pcr2_events];
		struct rv_sha256 *to = &out->pcr2_event[out->pcr2_events];

		memcpy(to->b, e->digest, sizeof to->b);
		if (strcmp(e->label, "uki") == 0)
			out->uki_auth = *to;
	}
	return true;
}

static bool predict(const struct rv_boot_input *in, struct rv_gcp_boot *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_boot_values *b = calloc(1, sizeof *b);
	struct rv_values *v = &out->values;

	if (!b)
		return rv_no_memory(err, "disk");
	if (!rv_boot_predict(in, b, err))
		return false;
	snprintf(out->stub, sizeof out->stub, "%s", b->stub);
	snprintf(v->mrtd.why, sizeof v->mrtd.why,
		 "it is of Google's firmware, of which the disk says nothing");
	snprintf(rv_values_at(v, "rtmr0")->why,
		 sizeof rv_values_at(v, "rtmr0")->why,
		 "it is of Google's machine, of which the disk says nothing");
	return as_register(b, "rtmr1", rv_values_at(v, "rtmr1"), err) &&
	       as_register(b, "rtmr2", rv_values_at(v, "rtmr2"), err) &&
	       as_pcr2(b, out, err);
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
