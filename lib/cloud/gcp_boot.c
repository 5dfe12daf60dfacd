/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp_boot.c - what a machine of Google's measures of the disk that it boots
 * from: its partition table, the unified kernel image that firmware loads, what
 * the stub in that loads and measures (TCG PC Client PFP, 3.3.4; UEFI 2.10, 38.4
 * for which register of a TD each PCR is).
 */
#include "base.h"
#include "digest.h"

#include <refval/evidence.h>
#include <refval/gcp.h>
#include <refval/uki.h>

#include <stdio.h>
#include <stdlib.h>

enum { SECTOR = 512, IPL = 0x0d };

/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b: an EFI system partition. */
static const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
				 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
				 0xc9, 0x3e, 0xc9, 0x3b };

static const uint8_t separator[4];

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

static struct rv_predicted *event(struct rv_register *r, const char *label,
				  uint32_t type)
{
	struct rv_predicted *e = &r->event[r->n++];

	snprintf(e->label, sizeof e->label, "%s", label);
	e->type = type;
	e->known = true;
	e->origin = RV_ORIGIN_COMPUTED;
	return e;
}

static bool add(struct rv_register *r, const char *label, uint32_t type,
		struct rv_span bytes, struct rv_err *err)
{
	return rv_sha384(bytes, &event(r, label, type)->digest, err);
}

static bool add_text(struct rv_register *r, const char *text,
		     struct rv_err *err)
{
	return add(r, text, RV_EV_EFI_ACTION, rv_text(text), err);
}

static bool add_file(struct rv_register *r, const char *label,
		     const struct rv_pe *pe, struct rv_err *err)
{
	return rv_pe_digest(
	    pe, RV_SHA384,
	    event(r, label, RV_EV_EFI_BOOT_SERVICES_APPLICATION)->digest.b,
	    err);
}

/* What is measured, each in the hash of the register that it goes to. */
struct boot {
	struct rv_buf head, file, table; /* owned */
	struct rv_gpt gpt;
	struct rv_uki uki;
	struct rv_pe kernel; /* the one in the image */
};

static void boot_free(struct boot **b)
{
	if (!*b)
		return;
	rv_buf_free(&(*b)->head);
	rv_buf_free(&(*b)->file);
	rv_buf_free(&(*b)->table);
	free(*b);
	*b = NULL;
}

static bool rtmr1(const struct boot *b, struct rv_register *r,
		  struct rv_err *err)
{
	return add_text(r, "Calling EFI Application from Boot Option", err) &&
	       add(r, "separator", RV_EV_SEPARATOR,
		   rv_span(separator, sizeof separator), err) &&
	       add(r, "gpt", RV_EV_EFI_GPT_EVENT, rv_buf_span(&b->table),
		   err) &&
	       add_file(r, "uki", &b->uki.pe, err) &&
	       (!b->uki.loads_kernel ||
		add_file(r, "kernel", &b->kernel, err)) &&
	       add_text(r, "Exit Boot Services Invocation", err) &&
	       add_text(r, "Exit Boot Services Returned with Success", err) &&
	       rv_register_replay(r, err);
}

static bool rtmr2(const struct boot *b, struct rv_register *r,
		  struct rv_err *err)
{
	struct rv_uki_event e[RV_UKI_EVENTS];
	size_t n = rv_uki_events(&b->uki, e);

	for (size_t i = 0; i < n; i++) {
		char label[48];

		snprintf(label, sizeof label, "%s%s",
			 rv_uki_part_name(e[i].part),
			 e[i].content ? " content" : "");
		if (!add(r, label, IPL, e[i].bytes, err))
			return false;
	}
	return rv_register_replay(r, err);
}

static bool extend(struct rv_sha256 *pcr, const struct rv_sha256 *d,
		   struct rv_err *err)
{
	uint8_t both[2 * sizeof d->b];

	memcpy(both, pcr->b, sizeof d->b);
	memcpy(both + sizeof d->b, d->b, sizeof d->b);
	return rv_sha256(rv_span(both, sizeof both), pcr, err);
}

static bool pcr2(const struct boot *b, struct rv_gcp_boot *out,
		 struct rv_err *err)
{
	struct rv_sha256 *e = out->pcr2_event;

	out->pcr2_events = b->uki.loads_kernel ? 4 : 3;
	if (!rv_sha256(rv_span(separator, sizeof separator), &e[0], err) ||
	    !rv_sha256(rv_buf_span(&b->table), &e[1], err) ||
	    !rv_pe_digest(&b->uki.pe, RV_SHA256, e[2].b, err) ||
	    !rv_pe_digest(&b->kernel, RV_SHA256, e[3].b, err))
		return false;
	out->uki_auth = e[2];
	for (size_t i = 0; i < out->pcr2_events; i++)
		if (!extend(&out->pcr2, &e[i], err))
			return false;
	return true;
}

static bool all(const struct boot *b, struct rv_gcp_boot *out,
		struct rv_err *err)
{
	struct rv_values *v = &out->values;

	snprintf(out->stub, sizeof out->stub, "%s", b->uki.stub);
	snprintf(v->mrtd.why, sizeof v->mrtd.why,
		 "it is of Google's firmware, of which the disk says nothing");
	snprintf(rv_values_at(v, "rtmr0")->why,
		 sizeof rv_values_at(v, "rtmr0")->why,
		 "it is of Google's machine, of which the disk says nothing");
	return rtmr1(b, rv_values_at(v, "rtmr1"), err) &&
	       rtmr2(b, rv_values_at(v, "rtmr2"), err) && pcr2(b, out, err);
}

bool rv_gcp_boot_read(const struct rv_disk *disk, struct rv_gcp_boot *out,
		      struct rv_err *err)
{
	RV_AUTO(boot_free) struct boot *b = calloc(1, sizeof *b);

	if (!b)
		return rv_no_memory(err, "disk");
	*out = (struct rv_gcp_boot){ 0 };
	return (read_gpt(disk, &b->head, &b->gpt, err) &&
		rv_gpt_event(&b->gpt, &b->table, err) &&
		read_loader(disk, &b->gpt, &b->file, err) &&
		rv_uki_read(rv_buf_span(&b->file), &b->uki, err) &&
		rv_pe_read(b->uki.part[RV_UKI_LINUX], &b->kernel, err) &&
		all(b, out, err)) ||
	       rv_in(err, "disk");
}
