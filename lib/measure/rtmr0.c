/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtmr0.c - RTMR0: the firmware's configuration and the virtual hardware, in
 * the order of lib/qemu/edk2.c.
 */
#include "base.h"
#include "boot.h"
#include "cfv.h"
#include "predict.h"
#include "smbios_facts.h"
#include "tdhob.h"

#include <stdio.h>

/* sha384 of edk2's empty variable store of 528 KiB, all dstack images have. */
static const struct rv_sha384 empty_store = { {
    0x34, 0x4b, 0xc5, 0x1c, 0x98, 0x0b, 0xa6, 0x21, 0xaa, 0xa0, 0x0d, 0xa3,
    0xed, 0x74, 0x36, 0xf7, 0xd6, 0xe5, 0x49, 0x19, 0x7d, 0xfe, 0x69, 0x95,
    0x15, 0xdf, 0xa2, 0xc6, 0x58, 0x3d, 0x95, 0xe6, 0x41, 0x2a, 0xf2, 0x1c,
    0x09, 0x7d, 0x47, 0x31, 0x55, 0x87, 0x5f, 0xfd, 0x56, 0x1d, 0x67, 0x90,
} };

/* For whoever publishes the values as a measurement.tdx.cbor. */
static bool keep_witness(const struct rv_hob_layout *layout,
			 struct rv_values *v, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_hob_pack(layout, &g);
	if (g.failed)
		return rv_no_memory(err, "td-hob");
	if (g.buf.n > sizeof v->td_hob)
		return true;
	memcpy(v->td_hob, g.buf.p, g.buf.n);
	v->td_hob_n = g.buf.n;
	return true;
}

static bool td_hob(struct rv_job *j, struct rv_register *reg)
{
	static const char depends[] = "firmware's memory sections, memory size";
	const struct rv_document *d = j->in->document;
	struct rv_hob_layout layout;
	struct rv_sha384 digest;
	struct rv_err why = { 0 };

	if (d) {
		struct rv_span w = rv_span(d->td_hob, d->td_hob_n);

		if (!rv_hob_unpack(w, &layout, &why)) {
			rv_predict_unknown(reg, "td-hob",
					   RV_EV_EFI_HANDOFF_TABLES2, depends,
					   why.msg);
			return true;
		}
	} else if (!rv_hob_layout(&j->tdvf, &layout, j->err)) {
		return false;
	}
	if (!keep_witness(&layout, j->out, j->err))
		return false;
	if (!j->shape->memory) {
		rv_predict_unknown(reg, "td-hob", RV_EV_EFI_HANDOFF_TABLES2,
				   depends,
				   "the memory size is not stated: --memory");
		return true;
	}
	return rv_hob_digest(&layout, j->shape->memory, &digest, j->err) &&
	       rv_predict_add(reg, "td-hob", RV_EV_EFI_HANDOFF_TABLES2, &digest,
			      depends);
}

/* One byte: Secure Boot is on; absent when the firmware has no such thing. */
static bool secure_boot(struct rv_job *j, const struct rv_cfv *cfv,
			struct rv_register *reg, bool *on)
{
	static const char depends[] = "firmware: Secure Boot, and its keys";
	bool enrolled = cfv->variable[RV_VAR_PK].present;
	bool has = j->rules.inspected && j->rules.firmware.secure_boot;
	uint8_t value = enrolled && (!cfv->has_enable || cfv->enable);
	struct rv_span data = rv_span(&value, has ? 1 : 0);
	struct rv_sha384 digest;

	*on = has && value;
	if (enrolled && !j->rules.inspected) {
		rv_predict_unknown(
		    reg, "SecureBoot", RV_EV_EFI_VARIABLE_DRIVER_CONFIG,
		    depends,
		    "keys are enrolled in a firmware whose contents could "
		    "not be looked at");
		return true;
	}
	return rv_variable_digest(RV_VAR_SECURE_BOOT, data, &digest, j->err) &&
	       rv_predict_add(reg, "SecureBoot",
			      RV_EV_EFI_VARIABLE_DRIVER_CONFIG, &digest,
			      depends);
}

static bool variables(struct rv_job *j, const struct rv_cfv *cfv,
		      struct rv_register *reg, bool *on)
{
	struct rv_sha384 digest;

	if (!secure_boot(j, cfv, reg, on))
		return false;
	for (int i = RV_VAR_PK; i < RV_VAR_NAMES; i++) {
		const struct rv_variable *v = &cfv->variable[i];

		if (i == RV_VAR_DBT && !v->present)
			continue;
		if (!rv_variable_digest((enum rv_variable_name)i, v->data,
					&digest, j->err) ||
		    !rv_predict_add(
			reg, rv_variable_text((enum rv_variable_name)i),
			RV_EV_EFI_VARIABLE_DRIVER_CONFIG, &digest,
			v->present ? "firmware: keys in its variable store"
				   : "firmware: no such key in its variable "
				     "store"))
			return false;
	}
	return true;
}

static bool read_store(struct rv_job *j, struct rv_register *reg,
		       struct rv_cfv *cfv)
{
	static const char depends[] = "firmware's variable store";
	const struct rv_section *s;
	struct rv_sha384 digest;

	if (!j->has_tdvf) {
		rv_predict_assume(
		    j->out, "the firmware's variable store is the empty one "
			    "that all dstack images have");
		return rv_predict_add(reg, "cfv",
				      RV_EV_EFI_PLATFORM_FIRMWARE_BLOB2,
				      &empty_store, depends);
	}
	if (!rv_tdvf_one(&j->tdvf, RV_TDVF_CFV, &s, j->err) ||
	    !rv_cfv_read(s->data, cfv, j->err) ||
	    !rv_cached_store(j->in->cache, s->data, &digest, j->err))
		return false;
	/* Whether enrolled keys have an effect shows in the contents. */
	if (cfv->variable[RV_VAR_PK].present && !j->rules.inspected) {
		struct rv_err ignored = { 0 };

		j->rules.inspected =
		    rv_cached_inspect(j->in->cache, j->in->firmware,
				      &j->rules.firmware, &ignored);
	}
	return rv_predict_add(reg, "cfv", RV_EV_EFI_PLATFORM_FIRMWARE_BLOB2,
			      &digest, depends);
}

/* A4.3: the fw_cfg items that the firmware uses, of those that are there. */
static bool fw_cfg(struct rv_job *j, struct rv_register *reg)
{
	static const char order[] = "/rom@genroms/linuxboot_dma.bin";
	static const uint8_t menu[2];
	const struct rv_shape *s = j->shape;
	uint8_t roots[8] = { 0 };

	for (size_t i = 0; i < s->numa_nodes; i++)
		roots[0] = (uint8_t)(roots[0] + (s->numa[i].pxb_bus != 0));
	if (s->hugepages && !s->numa_nodes)
		rv_predict_unknown(
		    reg, "fw-cfg-extra-pci-roots", RV_EV_PLATFORM_CONFIG_FLAGS,
		    "PCI expander buses",
		    "how many PCI expander buses a machine with huge pages "
		    "gets depends on its VMM: numa_nodes in a vm_config "
		    "says");
	else if (roots[0] && !rv_predict_text(j, reg, "fw-cfg-extra-pci-roots",
					      RV_EV_PLATFORM_CONFIG_FLAGS,
					      rv_span(roots, sizeof roots)))
		return false;
	return rv_predict_text(j, reg, "fw-cfg-boot-menu",
			       RV_EV_PLATFORM_CONFIG_FLAGS,
			       rv_span(menu, sizeof menu)) &&
	       rv_predict_text(j, reg, "fw-cfg-bootorder",
			       RV_EV_PLATFORM_CONFIG_FLAGS,
			       rv_span(order, sizeof order));
}

static bool acpi(struct rv_job *j, struct rv_register *reg)
{
	static const char depends[] =
	    "processors, memory below 2816 MiB, devices, QEMU version";
	const struct rv_acpi_digests *a = j->in->acpi;
	const struct {
		const char *label;
		const struct rv_sha384 *digest;
		bool there;
	} row[] = {
		{ "acpi-loader", a ? &a->loader : NULL, true },
		{ "acpi-rsdp", a ? &a->rsdp : NULL, true },
		{ "acpi-tpm-log", a ? &a->tpm_log : NULL, a && a->has_tpm_log },
		{ "acpi-tables", a ? &a->tables : NULL, true },
	};

	for (size_t i = 0; a && i < a->assumed.n; i++)
		rv_predict_assume(j->out, a->assumed.text[i]);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		if (!row[i].there)
			continue;
		if (!a) {
			char why[200];

			snprintf(why, sizeof why,
				 "the three ACPI digests are not known: %.140s",
				 j->in->acpi_why ? j->in->acpi_why
						 : "none were given");
			rv_predict_unknown(reg, row[i].label,
					   RV_EV_PLATFORM_CONFIG_FLAGS, depends,
					   why);
			continue;
		}
		rv_predict_add(reg, row[i].label, RV_EV_PLATFORM_CONFIG_FLAGS,
			       row[i].digest, depends);
		reg->event[reg->n - 1].origin = j->in->acpi_origin;
	}
	return true;
}

/* What the firmware calls itself: read from it, else as dstack's builds. */
static void bios(struct rv_job *j, struct rv_bios *out)
{
	const struct rv_measure_input *in = j->in;
	struct rv_err ignored = { 0 };

	if (!j->rules.inspected && in->firmware.n)
		j->rules.inspected = rv_cached_inspect(
		    in->cache, in->firmware, &j->rules.firmware, &ignored);
	*out = j->rules.inspected ? j->rules.firmware.bios : rv_bios_default();
}

/* Why the SMBIOS structures cannot be told; NULL: they can. */
static const char *smbios_missing(const struct rv_job *j,
				  const struct rv_smbios_facts *f)
{
	const struct rv_shape *s = j->shape;

	return !s->has_cpu_id
		   ? "the SMBIOS tables, which edk2 measures since 202505, hold"
		     " what the host's processor is: --cpu-id EAX:EDX says it"
	       : !s->cpus || !s->memory || !j->has_qemu
		   ? "the SMBIOS tables hold processors, memory and QEMU's"
		     " version: --cpus, --memory, --qemu"
	       : !f->bios.known
		   ? "what this firmware calls itself in the SMBIOS tables is"
		     " not known: --smbios-firmware says it"
		   : NULL;
}

static bool smbios(struct rv_job *j, struct rv_register *reg)
{
	static const char depends[] = "processor model, memory, QEMU version,"
				      " -smbios options, firmware's name";
	struct rv_smbios_facts f;
	struct rv_bios own;
	struct rv_sha384 digest;
	const char *why;

	bios(j, &own);
	rv_smbios_facts(j->shape, &own, &f);
	why = smbios_missing(j, &f);
	if (why) {
		rv_predict_unknown(reg, "smbios", RV_EV_EFI_HANDOFF_TABLES,
				   depends, why);
		return true;
	}
	if (f.product_assumed)
		rv_predict_assume(j->out, "SMBIOS: the machine calls itself"
					  " dstack/dstack, as dstack's VMM sets"
					  " unless its operator changes it");
	if (!j->rules.inspected && !*j->shape->smbios_firmware)
		rv_predict_assume(j->out,
				  "SMBIOS: the firmware calls itself EDK II,"
				  " unknown, 02/02/2022, as dstack's builds");
	return rv_smbios_digest(&f.s, &digest, j->err) &&
	       rv_predict_add(reg, "smbios", RV_EV_EFI_HANDOFF_TABLES, &digest,
			      depends);
}

static bool boot_options(struct rv_job *j, struct rv_register *reg)
{
	enum rv_boot_options set = j->rules.edk2.boot;
	size_t n = rv_boot_count(set);
	struct rv_sha384 digest;
	char label[16];

	if (n == 0)
		return true;
	if (!rv_boot_order(set, &digest, j->err) ||
	    !rv_predict_add(reg, "BootOrder", RV_EV_EFI_VARIABLE_BOOT, &digest,
			    "firmware: its boot options"))
		return false;
	for (size_t i = 0; i < n; i++) {
		snprintf(label, sizeof label, "Boot%04X", (unsigned)i & 0xffff);
		if (!rv_boot_option(set, i, &digest, j->err) ||
		    !rv_predict_add(reg, label, RV_EV_EFI_VARIABLE_BOOT,
				    &digest, "firmware: its boot options"))
			return false;
	}
	return true;
}

bool rv_predict_rtmr0(struct rv_job *j)
{
	struct rv_register *reg = rv_values_at(j->out, "rtmr0");
	const struct rv_edk2 *e = &j->rules.edk2;
	struct rv_cfv cfv = { 0 };
	bool secure = false;

	if (!j->has_rules || (!j->has_tdvf && !j->in->document)) {
		rv_predict_copy(reg->why, sizeof reg->why,
				j->has_rules ? "no firmware was given"
					     : j->no_rules);
		return true;
	}
	if (!td_hob(j, reg) || !read_store(j, reg, &cfv) ||
	    (e->fw_cfg && !fw_cfg(j, reg)) ||
	    !variables(j, &cfv, reg, &secure) ||
	    !rv_predict_separator(j, reg) || (e->acpi && !acpi(j, reg)))
		return false;
	if (secure)
		rv_predict_unknown(
		    reg, "authority", RV_EV_EFI_VARIABLE_AUTHORITY,
		    "the key that signed the kernel",
		    "Secure Boot is on, and the event for the key that "
		    "verified the kernel is not computed");
	if (e->smbios && !smbios(j, reg))
		return false;
	if (!boot_options(j, reg) ||
	    (e->ready_rtmr0 && !rv_predict_separator(j, reg)))
		return false;
	return rv_register_replay(reg, j->err);
}
