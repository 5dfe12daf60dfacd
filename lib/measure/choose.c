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

/* ovmf.fd of dstack 0.5.3 to 0.5.9, edk2 3a3b12cb (between two releases). */
static const uint8_t dstack_053_059[32] = {
	0x76, 0x88, 0x8c, 0xe6, 0x9c, 0x91, 0xae, 0xd8, 0x6c, 0x43, 0xf8,
	0x40, 0xb9, 0x13, 0x89, 0x9b, 0x40, 0xb9, 0x81, 0x96, 0x4b, 0x7c,
	0xe6, 0x01, 0x86, 0x67, 0xf9, 0x1a, 0xd0, 0x63, 0x06, 0xf0,
};

/*
 * dstack's releases (its specification, section 1.7): the edk2 revision of
 * 0.3.1 to 0.5.9 has all of 202411 that is measured, and nothing of 202502.
 */
static uint32_t release_of_version(const char *version)
{
	struct rv_span s = rv_text(version ? version : "");
	uint64_t part[3] = { 0 };

	if (s.n && s.p[0] == 'v')
		s = rv_span(s.p + 1, s.n - 1);
	for (size_t i = 0; i < 3; i++) {
		size_t n = 0;

		while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
			n++;
		if (!rv_decimal(rv_span(s.p, n), 999, &part[i]))
			return 0;
		s = rv_span(s.p + n, s.n - n);
		if (i < 2 && (s.n == 0 || s.p[0] != '.'))
			return 0;
		if (i < 2)
			s = rv_span(s.p + 1, s.n - 1);
	}
	/* A fourth part, as in 0.5.4.1 and 0.6.0.a1, changes nothing here. */
	if ((s.n && s.p[0] != '.' && s.p[0] != '-') || part[0] != 0)
		return 0;
	if (part[1] >= 3 && part[1] <= 5)
		return part[1] == 5 && part[2] == 10  ? 202505
		       : part[1] == 5 && part[2] > 10 ? 202502
						      : 202411;
	return part[1] == 6 ? 202502 : 0;
}

/* The release whose rules fit what the firmware contains; 0: several. */
static uint32_t release_of_contents(const struct rv_firmware *f)
{
	if (!f->acpi)
		return 202211;
	if (!f->named_blobs)
		return 0;
	if (!f->fw_cfg)
		return 202502;
	if (!f->prefix)
		return 202505;
	return f->boot_menu && f->ui_app ? 202508
	       : f->boot_menu		 ? 202608
					 : 202605;
}

static void apply_contents(struct rv_rules *r)
{
	const struct rv_firmware *f = &r->firmware;
	struct rv_edk2 *e = &r->edk2;

	e->acpi = f->acpi;
	e->named_blobs = f->named_blobs;
	e->fw_cfg = f->fw_cfg;
	e->smbios = f->smbios;
	e->prefix = f->prefix;
	e->boot = f->boot_menu && f->ui_app ? RV_BOOT_MENU_SETUP
		  : f->boot_menu	    ? RV_BOOT_MENU
		  : f->ui_app		    ? RV_BOOT_UIAPP
					    : RV_BOOT_NONE;
	r->silent = !f->measures;
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
	uint32_t by_version = release_of_version(in->version);
	uint32_t release = variant == RV_OVMF_STABLE202505 ? 202505 : 202502;

	if (by_version && rv_edk2_release(by_version)->variant == variant)
		release = by_version;
	return use(r, release, from);
}

static enum rv_ovmf named(const char *text)
{
	return !text				   ? RV_OVMF_UNKNOWN
	       : strcmp(text, "pre202505") == 0	   ? RV_OVMF_PRE202505
	       : strcmp(text, "stable202505") == 0 ? RV_OVMF_STABLE202505
						   : RV_OVMF_UNKNOWN;
}

/* What was said about it, most exact first. */
static bool stated(const struct rv_measure_input *in,
		   const struct rv_shape *shape, struct rv_rules *r)
{
	const struct rv_document *d = in->document;
	enum rv_ovmf metadata = named(in->ovmf_variant);
	uint32_t by_version = release_of_version(in->version);
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
 * Within a stated variant only the kernel's fate on QEMU 10.0 and 10.1 hangs on
 * the exact release: there what the firmware contains decides.
 */
static void refine(const struct rv_measure_input *in,
		   const struct rv_shape *shape, struct rv_rules *r)
{
	bool between = rv_qemu_since(&shape->qemu, 10, 0) &&
		       !rv_qemu_since(&shape->qemu, 10, 2);

	if (!between || shape->edk2)
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
	struct rv_sha256 id;
	uint32_t release;

	if (stated(in, shape, &r)) {
		refine(in, shape, &r);
		*out = r;
		return true;
	}
	if (in->firmware.n) {
		if (!rv_cached_sha256(in->cache, in->firmware, &id, err))
			return false;
		if (memcmp(id.b, dstack_053_059, sizeof id.b) == 0) {
			use(&r, 202411,
			    "sha256 of the firmware, dstack 0.5.3 "
			    "to 0.5.9");
			*out = r;
			return true;
		}
	}
	look(in, &r);
	release = r.inspected ? release_of_contents(&r.firmware) : 0;
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
