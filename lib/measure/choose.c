/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choose.c - which edk2 release a firmware measures like: what was stated
 * first (by option, vm_config, metadata.json, dstack's version), then what the
 * firmware is known by, then what it contains.
 */
#include "base.h"
#include "cache.h"
#include "rules.h"

#include <stdio.h>

/* What the firmware was seen to contain, as the rules of a release. */
static struct rv_edk2 contents(const struct rv_firmware *f)
{
	return (struct rv_edk2){
		.acpi = f->acpi,
		.named_blobs = f->named_blobs,
		.fw_cfg = f->fw_cfg,
		.smbios = f->smbios,
		.prefix = f->prefix,
		.boot = f->boot_menu && f->ui_app ? RV_BOOT_MENU_SETUP
			: f->boot_menu		  ? RV_BOOT_MENU
			: f->ui_app		  ? RV_BOOT_UIAPP
						  : RV_BOOT_NONE,
	};
}

static void apply_contents(struct rv_rules *r)
{
	const struct rv_edk2 seen = contents(&r->firmware), named = r->edk2;

	r->edk2 = seen;
	r->edk2.release = named.release;
	r->edk2.name = named.name;
	r->edk2.variant = named.variant;
	r->edk2.ready_rtmr0 = named.ready_rtmr0;
	r->silent = !r->firmware.measures;
	if (r->silent)
		snprintf(r->note, sizeof r->note,
			 "the firmware has no TdTcg2Dxe: in a TD it would "
			 "measure nothing; these are the events it measures "
			 "into a TPM");
}

static void look(const struct rv_measure_input *in, struct rv_rules *r)
{
	struct rv_err ignored = { 0 };

	/* Failing to look is no failure: it only leaves less to go by. */
	r->inspected =
	    in->firmware.n &&
	    rv_cached_inspect(in->cache, in->firmware, &r->firmware, &ignored);
}

static bool use(struct rv_rules *r, uint32_t release, const char *from)
{
	r->edk2 = *rv_edk2_release(release);
	snprintf(r->from, sizeof r->from, "%s", from);
	return true;
}

/* dstack's name for a variant to the release within it. */
static bool use_variant(const struct rv_measure_input *in, enum rv_ovmf variant,
			const char *from, struct rv_rules *r)
{
	return use(r, rv_dstack_release(variant, in->version), from);
}

/* What was said about it, most exact first. */
static bool stated(const struct rv_measure_input *in,
		   const struct rv_shape *shape, struct rv_rules *r)
{
	const struct rv_document *d = in->document;
	enum rv_ovmf metadata = in->ovmf_variant
				    ? rv_ovmf_named(rv_text(in->ovmf_variant))
				    : RV_OVMF_UNKNOWN;
	uint32_t by_version = rv_dstack_edk2(in->version);
	char from[64];

	if (shape->edk2)
		return use(r, shape->edk2, "stated");
	if (shape->ovmf)
		return use_variant(in, shape->ovmf,
				   "stated, as dstack's variant", r);
	if (d)
		return use_variant(in, d->ovmf, "measurement.tdx.cbor", r);
	if (metadata)
		return use_variant(in, metadata, "metadata.json, ovmf_variant",
				   r);
	if (!by_version)
		return false;
	snprintf(from, sizeof from, "metadata.json, version %.32s",
		 in->version);
	return use(r, by_version, from);
}

/*
 * Within a stated variant only the kernel's fate on some QEMUs hangs on the
 * exact release: there what the firmware contains decides.
 */
static void refine(const struct rv_measure_input *in,
		   const struct rv_shape *shape, struct rv_rules *r)
{
	const struct rv_qemu_row *row = rv_qemu_find(&shape->qemu);

	if (!row || row->kernel != RV_KERNEL_NAMED || shape->edk2)
		return;
	look(in, r);
	if (r->inspected && r->firmware.named_blobs != r->edk2.named_blobs) {
		r->edk2.named_blobs = r->firmware.named_blobs;
		snprintf(r->note, sizeof r->note,
			 "the firmware itself %s fw_cfg's etc/boot/kernel, "
			 "which %s does%s",
			 r->firmware.named_blobs ? "reads" : "does not read",
			 r->edk2.name, r->firmware.named_blobs ? " not" : "");
	}
}

bool rv_rules_choose(const struct rv_measure_input *in,
		     const struct rv_shape *shape, struct rv_rules *out,
		     struct rv_err *err)
{
	struct rv_rules r = { 0 };
	const char *versions;
	struct rv_sha256 id;
	struct rv_edk2 seen;
	uint32_t release;

	if (stated(in, shape, &r)) {
		refine(in, shape, &r);
		*out = r;
		return true;
	}
	if (in->firmware.n) {
		if (!rv_cached_sha256(in->cache, in->firmware, &id, err))
			return false;
		release = rv_dstack_firmware(&id, &versions);
		if (release) {
			char from[64];

			snprintf(from, sizeof from,
				 "sha256 of the firmware, dstack %s", versions);
			use(&r, release, from);
			*out = r;
			return true;
		}
	}
	look(in, &r);
	seen = contents(&r.firmware);
	release = r.inspected ? rv_edk2_of_contents(&seen) : 0;
	if (!release)
		return rv_fail(err, RV_INPUT,
			       "cannot tell which edk2 release this firmware "
			       "is of (%s): --ovmf VARIANT must say",
			       r.inspected ? "202302 to 202411 look alike"
			       : in->firmware.n
				   ? "it is not laid out as OVMF is"
				   : "there is no firmware to look at");
	use(&r, release, "what the firmware contains");
	apply_contents(&r);
	*out = r;
	return true;
}
