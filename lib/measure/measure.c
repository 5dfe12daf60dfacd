/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c - what a machine of this image and shape must report in MRTD and
 * RTMR0-2, event by event. The order of the events is that of
 * measure-and-publish.md A4: firmware start, configuration, boot.
 */
#include "base.h"
#include "boot.h"
#include "cache.h"
#include "cfv.h"
#include "cmdline.h"
#include "kernel.h"
#include "rules.h"
#include "tdhob.h"

#include <stdio.h>
#include <stdlib.h>

/* TCG PC Client Platform Firmware Profile, section 10.4.1. */
enum {
	EV_SEPARATOR = 0x4,
	EV_EVENT_TAG = 0x6,
	EV_PLATFORM_CONFIG_FLAGS = 0xa,
	EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001u,
	EV_EFI_VARIABLE_BOOT = 0x80000002u,
	EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003u,
	EV_EFI_ACTION = 0x80000007u,
	EV_EFI_HANDOFF_TABLES = 0x80000009u,
	EV_EFI_PLATFORM_FIRMWARE_BLOB2 = 0x8000000au,
	EV_EFI_HANDOFF_TABLES2 = 0x8000000bu,
	EV_EFI_VARIABLE_AUTHORITY = 0x800000e0u,
};

/* sha384 of edk2's empty variable store of 528 KiB, all dstack images have. */
static const struct rv_sha384 empty_store = { {
    0x34, 0x4b, 0xc5, 0x1c, 0x98, 0x0b, 0xa6, 0x21, 0xaa, 0xa0, 0x0d, 0xa3,
    0xed, 0x74, 0x36, 0xf7, 0xd6, 0xe5, 0x49, 0x19, 0x7d, 0xfe, 0x69, 0x95,
    0x15, 0xdf, 0xa2, 0xc6, 0x58, 0x3d, 0x95, 0xe6, 0x41, 0x2a, 0xf2, 0x1c,
    0x09, 0x7d, 0x47, 0x31, 0x55, 0x87, 0x5f, 0xfd, 0x56, 0x1d, 0x67, 0x90,
} };

/* All that the steps below share. */
struct job {
	const struct rv_measure_input *in;
	const struct rv_shape *shape; /* resolved as far as it can be */
	bool has_qemu;
	bool has_rules;
	struct rv_rules rules;
	char no_rules[200]; /* why not */
	bool has_tdvf;
	struct rv_tdvf tdvf;
	struct rv_values *out;
	struct rv_err *err;
};

/* As much of @from as there is room for. */
static void copy(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%.*s", (int)room - 1, from);
}

static bool add(struct rv_register *reg, const char *label, uint32_t type,
		const struct rv_sha384 *digest, const char *depends)
{
	struct rv_predicted *e = &reg->event[reg->n++];

	copy(e->label, sizeof e->label, label);
	copy(e->depends, sizeof e->depends, depends);
	e->type = type;
	e->known = digest != NULL;
	e->origin = digest ? RV_ORIGIN_COMPUTED : RV_ORIGIN_NONE;
	if (digest)
		e->digest = *digest;
	return true;
}

/* An event that cannot be computed; the first reason is the register's. */
static void unknown(struct rv_register *reg, const char *label, uint32_t type,
		    const char *depends, const char *why)
{
	add(reg, label, type, NULL, depends);
	if (!*reg->why)
		copy(reg->why, sizeof reg->why, why);
}

static bool add_text(struct job *j, struct rv_register *reg, const char *label,
		     uint32_t type, struct rv_span text)
{
	struct rv_sha384 d;

	return rv_sha384(text, &d, j->err) &&
	       add(reg, label, type, &d, "nothing: a constant");
}

static bool separator(struct job *j, struct rv_register *reg)
{
	static const uint8_t zero[4];

	return add_text(j, reg, "separator", EV_SEPARATOR,
			rv_span(zero, sizeof zero));
}

static void assume(struct rv_values *v, const char *what)
{
	if (v->assumptions < RV_ASSUMED_MAX)
		copy(v->assumed[v->assumptions++], sizeof v->assumed[0], what);
}

/* ---- MRTD ---- */

static bool mrtd(struct job *j)
{
	const struct rv_document *d = j->in->document;
	struct rv_mrtd *m = &j->out->mrtd;

	if (d) {
		*m = (struct rv_mrtd){ .known = true,
				       .single_pass = d->single_pass,
				       .two_pass = d->two_pass,
				       .origin = RV_ORIGIN_GIVEN,
				       .has_single = true,
				       .has_two = true };
	} else if (j->in->firmware.n) {
		if (!rv_cached_mrtd(j->in->cache, j->in->firmware, m, j->err))
			return false;
	} else {
		snprintf(m->why, sizeof m->why, "no firmware was given");
		return true;
	}
	m->page_add = j->shape->page_add;
	if (!m->page_add)
		snprintf(m->why, sizeof m->why,
			 "the page order follows from the QEMU version (two "
			 "passes below 9.0, a single one from there on), which "
			 "is not stated: --qemu or --page-add");
	return true;
}

/* ---- RTMR0 ---- */

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

static bool td_hob(struct job *j, struct rv_register *reg)
{
	static const char depends[] = "firmware's memory sections, memory size";
	const struct rv_document *d = j->in->document;
	struct rv_hob_layout layout;
	struct rv_sha384 digest;
	struct rv_err why = { 0 };

	if (d) {
		struct rv_span w = rv_span(d->td_hob, d->td_hob_n);

		if (!rv_hob_unpack(w, &layout, &why)) {
			unknown(reg, "td-hob", EV_EFI_HANDOFF_TABLES2, depends,
				why.msg);
			return true;
		}
	} else if (!rv_hob_layout(&j->tdvf, &layout, j->err)) {
		return false;
	}
	if (!keep_witness(&layout, j->out, j->err))
		return false;
	if (!j->shape->memory) {
		unknown(reg, "td-hob", EV_EFI_HANDOFF_TABLES2, depends,
			"the memory size is not stated: --memory");
		return true;
	}
	return rv_hob_digest(&layout, j->shape->memory, &digest, j->err) &&
	       add(reg, "td-hob", EV_EFI_HANDOFF_TABLES2, &digest, depends);
}

/* One byte: Secure Boot is on; absent when the firmware has no such thing. */
static bool secure_boot(struct job *j, const struct rv_cfv *cfv,
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
		unknown(reg, "SecureBoot", EV_EFI_VARIABLE_DRIVER_CONFIG,
			depends,
			"keys are enrolled in a firmware whose contents could "
			"not be looked at");
		return true;
	}
	return rv_variable_digest(RV_VAR_SECURE_BOOT, data, &digest, j->err) &&
	       add(reg, "SecureBoot", EV_EFI_VARIABLE_DRIVER_CONFIG, &digest,
		   depends);
}

static bool variables(struct job *j, const struct rv_cfv *cfv,
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
		    !add(reg, rv_variable_text((enum rv_variable_name)i),
			 EV_EFI_VARIABLE_DRIVER_CONFIG, &digest,
			 v->present ? "firmware: keys in its variable store"
				    : "firmware: no such key in its variable "
				      "store"))
			return false;
	}
	return true;
}

static bool read_store(struct job *j, struct rv_register *reg,
		       struct rv_cfv *cfv)
{
	static const char depends[] = "firmware's variable store";
	const struct rv_section *s;
	struct rv_sha384 digest;

	if (!j->has_tdvf) {
		assume(j->out, "the firmware's variable store is the empty one "
			       "that all dstack images have");
		return add(reg, "cfv", EV_EFI_PLATFORM_FIRMWARE_BLOB2,
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
	return add(reg, "cfv", EV_EFI_PLATFORM_FIRMWARE_BLOB2, &digest,
		   depends);
}

/* A4.3: the fw_cfg items that the firmware uses, of those that are there. */
static bool fw_cfg(struct job *j, struct rv_register *reg)
{
	static const char order[] = "/rom@genroms/linuxboot_dma.bin";
	static const uint8_t menu[2];
	const struct rv_shape *s = j->shape;
	uint8_t roots[8] = { 0 };

	for (size_t i = 0; i < s->numa_nodes; i++)
		roots[0] = (uint8_t)(roots[0] + (s->numa[i].pxb_bus != 0));
	if (s->hugepages && !s->numa_nodes)
		unknown(reg, "fw-cfg-extra-pci-roots", EV_PLATFORM_CONFIG_FLAGS,
			"PCI expander buses",
			"how many PCI expander buses a machine with huge pages "
			"gets depends on its VMM: numa_nodes in a vm_config "
			"says");
	else if (roots[0] && !add_text(j, reg, "fw-cfg-extra-pci-roots",
				       EV_PLATFORM_CONFIG_FLAGS,
				       rv_span(roots, sizeof roots)))
		return false;
	return add_text(j, reg, "fw-cfg-boot-menu", EV_PLATFORM_CONFIG_FLAGS,
			rv_span(menu, sizeof menu)) &&
	       add_text(j, reg, "fw-cfg-bootorder", EV_PLATFORM_CONFIG_FLAGS,
			rv_span(order, sizeof order));
}

static bool acpi(struct job *j, struct rv_register *reg)
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

	for (size_t i = 0; i < RV_LEN(row); i++) {
		if (!row[i].there)
			continue;
		if (!a) {
			char why[200];

			snprintf(why, sizeof why,
				 "the three ACPI digests are not known: %.140s",
				 j->in->acpi_why ? j->in->acpi_why
						 : "none were given");
			unknown(reg, row[i].label, EV_PLATFORM_CONFIG_FLAGS,
				depends, why);
			continue;
		}
		add(reg, row[i].label, EV_PLATFORM_CONFIG_FLAGS, row[i].digest,
		    depends);
		reg->event[reg->n - 1].origin = j->in->acpi_origin;
	}
	return true;
}

static bool boot_options(struct job *j, struct rv_register *reg)
{
	enum rv_boot_options set = j->rules.edk2.boot;
	size_t n = rv_boot_count(set);
	struct rv_sha384 digest;
	char label[16];

	if (n == 0)
		return true;
	if (!rv_boot_order(set, &digest, j->err) ||
	    !add(reg, "BootOrder", EV_EFI_VARIABLE_BOOT, &digest,
		 "firmware: its boot options"))
		return false;
	for (size_t i = 0; i < n; i++) {
		snprintf(label, sizeof label, "Boot%04X", (unsigned)i & 0xffff);
		if (!rv_boot_option(set, i, &digest, j->err) ||
		    !add(reg, label, EV_EFI_VARIABLE_BOOT, &digest,
			 "firmware: its boot options"))
			return false;
	}
	return true;
}

static bool rtmr0(struct job *j)
{
	struct rv_register *reg = &j->out->rtmr[0];
	const struct rv_edk2 *e = &j->rules.edk2;
	struct rv_cfv cfv = { 0 };
	bool secure = false;

	if (!j->has_rules || (!j->has_tdvf && !j->in->document)) {
		copy(reg->why, sizeof reg->why,
		     j->has_rules ? "no firmware was given" : j->no_rules);
		return true;
	}
	if (!td_hob(j, reg) || !read_store(j, reg, &cfv) ||
	    (e->fw_cfg && !fw_cfg(j, reg)) ||
	    !variables(j, &cfv, reg, &secure) || !separator(j, reg) ||
	    (e->acpi && !acpi(j, reg)))
		return false;
	if (secure)
		unknown(reg, "authority", EV_EFI_VARIABLE_AUTHORITY,
			"the key that signed the kernel",
			"Secure Boot is on, and the event for the key that "
			"verified the kernel is not computed");
	if (e->smbios)
		unknown(reg, "smbios", EV_EFI_HANDOFF_TABLES,
			"SMBIOS tables: QEMU's options, memory size, "
			"processor model",
			"the SMBIOS tables, which edk2 measures since 202505, "
			"hold what the host's processor is: not computed");
	if (!boot_options(j, reg) || (e->ready_rtmr0 && !separator(j, reg)))
		return false;
	return rv_register_replay(reg, j->err);
}

/* ---- RTMR1 ---- */

/* Is the kernel measured as the file is? RV_UNSET: not known, with @why. */
static enum rv_tri plain(const struct job *j, const char **why)
{
	const struct rv_document *d = j->in->document;
	const struct rv_qemu *q = &j->shape->qemu;

	if ((d && d->kernel_header_normalized) ||
	    j->in->kernel_header_normalized == RV_TRUE)
		return RV_TRUE;
	*why = "the QEMU version is not stated, and from 10.0 or 10.2 on QEMU "
	       "leaves the kernel's header alone: --qemu";
	if (!j->has_qemu)
		return RV_UNSET;
	if (rv_qemu_since(q, 10, 2))
		return RV_TRUE;
	if (!rv_qemu_since(q, 10, 0))
		return RV_FALSE;
	*why = "whether the firmware reads etc/boot/kernel, as edk2 does since "
	       "202502, is not known: --ovmf RELEASE";
	if (!j->has_rules)
		return RV_UNSET;
	return j->rules.edk2.named_blobs ? RV_TRUE : RV_FALSE;
}

/* The document's digest is of the header that QEMU patches for most sizes. */
static bool kernel_of_document(struct job *j, enum rv_tri as_file,
			       struct rv_register *reg, const char *depends)
{
	const struct rv_document *d = j->in->document;
	uint64_t m = j->shape->memory;
	bool usual = m == (uint64_t)2 << 30 || m >= 0xb0000000u;
	const char *why = NULL;

	if (!d->kernel_header_normalized && as_file == RV_TRUE)
		why = "measurement.tdx.cbor holds the digest with the header "
		      "patched, which this QEMU does not do";
	else if (!d->kernel_header_normalized && !m)
		why = "the memory size is not stated: --memory";
	else if (!d->kernel_header_normalized && !usual)
		why = "measurement.tdx.cbor holds the digest for 2 GiB and "
		      "from 2816 MiB on only";
	if (why)
		unknown(reg, "kernel", EV_EFI_BOOT_SERVICES_APPLICATION,
			depends, why);
	else
		add(reg, "kernel", EV_EFI_BOOT_SERVICES_APPLICATION,
		    &d->kernel_authenticode, depends);
	reg->event[reg->n - 1].origin = why ? RV_ORIGIN_NONE : RV_ORIGIN_GIVEN;
	return true;
}

static bool patched_digest(struct job *j, struct rv_sha384 *out)
{
	const struct rv_measure_input *in = j->in;
	uint8_t head[RV_SETUP_MAX];
	size_t n = 0;

	return rv_setup_patch(in->kernel, in->initrd_size, in->cmdline,
			      j->shape->memory, head, &n, j->err) &&
	       rv_cached_authenticode(in->cache, in->kernel, rv_span(head, n),
				      out, j->err);
}

static bool kernel_patched(struct job *j, struct rv_register *reg)
{
	static const char depends[] = "kernel, initrd's size, memory size, "
				      "QEMU version (header patched)";
	const struct rv_measure_input *in = j->in;
	const char *why = !j->shape->memory
			      ? "the memory size is not stated: --memory"
			  : !in->cmdline    ? "no command line was given"
			  : !in->has_initrd ? "no initrd was given"
					    : NULL;
	struct rv_sha384 digest;

	if (why) {
		unknown(reg, "kernel", EV_EFI_BOOT_SERVICES_APPLICATION,
			depends, why);
		return true;
	}
	return patched_digest(j, &digest) &&
	       add(reg, "kernel", EV_EFI_BOOT_SERVICES_APPLICATION, &digest,
		   depends);
}

static bool kernel(struct job *j, struct rv_register *reg)
{
	static const char depends[] = "kernel (measured as the file is)";
	const char *why = "";
	enum rv_tri as_file = plain(j, &why);
	struct rv_sha384 digest;

	if (as_file == RV_UNSET) {
		unknown(reg, "kernel", EV_EFI_BOOT_SERVICES_APPLICATION,
			"kernel, QEMU version", why);
		return true;
	}
	if (j->in->document)
		return kernel_of_document(j, as_file, reg,
					  as_file == RV_TRUE
					      ? depends
					      : "kernel, QEMU version, memory "
						"size");
	if (!j->in->kernel.n) {
		unknown(reg, "kernel", EV_EFI_BOOT_SERVICES_APPLICATION,
			"kernel", "no kernel was given");
		return true;
	}
	if (as_file == RV_FALSE)
		return kernel_patched(j, reg);
	return rv_cached_authenticode(j->in->cache, j->in->kernel,
				      rv_span(NULL, 0), &digest, j->err) &&
	       add(reg, "kernel", EV_EFI_BOOT_SERVICES_APPLICATION, &digest,
		   depends);
}

static bool rtmr1(struct job *j)
{
	struct rv_register *reg = &j->out->rtmr[1];

	if (!j->has_rules) {
		copy(reg->why, sizeof reg->why, j->no_rules);
		return true;
	}
	return kernel(j, reg) &&
	       add_text(j, reg, "boot-option", EV_EFI_ACTION,
			rv_text("Calling EFI Application from Boot Option")) &&
	       (j->rules.edk2.ready_rtmr0 || separator(j, reg)) &&
	       add_text(j, reg, "exit-boot-services", EV_EFI_ACTION,
			rv_text("Exit Boot Services Invocation")) &&
	       add_text(j, reg, "exit-boot-services-success", EV_EFI_ACTION,
			rv_text("Exit Boot Services Returned with Success")) &&
	       rv_register_replay(reg, j->err);
}

/* ---- RTMR2 ---- */

static bool cmdline(struct job *j, struct rv_register *reg)
{
	static const char depends[] = "command line";
	const struct rv_document *d = j->in->document;
	const char *text = d && d->version == 4 ? d->cmdline : j->in->cmdline;
	struct rv_sha384 digest;

	if (d && d->version != 4)
		add(reg, "cmdline", EV_EVENT_TAG, &d->cmdline_sha384, depends);
	else if (!text)
		unknown(reg, "cmdline", EV_EVENT_TAG, depends,
			"no command line was given");
	else if (!rv_cmdline_digest(text, d || j->in->has_initrd,
				    j->rules.edk2.prefix, &digest, j->err) ||
		 !add(reg, "cmdline", EV_EVENT_TAG, &digest, depends))
		return false;
	if (d)
		reg->event[reg->n - 1].origin = RV_ORIGIN_GIVEN;
	return true;
}

static bool rtmr2(struct job *j)
{
	struct rv_register *reg = &j->out->rtmr[2];
	const struct rv_document *d = j->in->document;

	if (!j->has_rules) {
		copy(reg->why, sizeof reg->why, j->no_rules);
		return true;
	}
	if (!cmdline(j, reg))
		return false;
	if (!d && !j->in->has_initrd) {
		unknown(reg, "initrd", EV_EVENT_TAG, "initrd",
			"no initrd was given");
	} else {
		add(reg, "initrd", EV_EVENT_TAG,
		    d ? &d->initrd_sha384 : &j->in->initrd_sha384, "initrd");
		if (d)
			reg->event[reg->n - 1].origin = RV_ORIGIN_GIVEN;
	}
	return rv_register_replay(reg, j->err);
}

/* ---- all of it ---- */

static bool rules(struct job *j)
{
	const struct rv_measure_input *in = j->in;
	struct rv_values *v = j->out;

	j->has_rules = rv_rules_choose(in, j->shape, &j->rules, j->err);
	if (!j->has_rules) {
		/* MRTD does not need them: a firmware alone is measured. */
		if (j->err->code != RV_INPUT || in->kernel.n || in->cmdline ||
		    in->has_initrd || in->document)
			return false;
		copy(j->no_rules, sizeof j->no_rules, j->err->msg);
		*j->err = (struct rv_err){ 0 };
		return true;
	}
	copy(v->edk2, sizeof v->edk2, j->rules.edk2.name);
	copy(v->edk2_from, sizeof v->edk2_from, j->rules.from);
	if (*j->rules.note)
		assume(v, j->rules.note);
	return true;
}

/* A firmware that measures nothing in a TD predicts nothing for one. */
static void silence(struct job *j)
{
	for (size_t i = 0; i < RV_LEN(j->out->rtmr); i++) {
		struct rv_register *reg = &j->out->rtmr[i];

		if (!j->has_rules || !j->rules.silent)
			continue;
		reg->known = false;
		reg->origin = RV_ORIGIN_NONE;
		copy(reg->why, sizeof reg->why, j->rules.note);
	}
}

static bool aggregates(struct job *j)
{
	struct rv_values *v = j->out;
	const struct rv_sha384 *m = rv_mrtd_value(&v->mrtd);
	struct rv_sha384 rtmr[4] = { 0 };

	for (size_t i = 0; i < RV_LEN(v->rtmr); i++)
		rtmr[i] = v->rtmr[i].value;
	v->has_mr_image = m && v->rtmr[1].known && v->rtmr[2].known;
	v->has_mr_system = v->has_mr_image && v->rtmr[0].known;
	if (v->has_mr_image && !rv_mr_image(m, rtmr, &v->mr_image, j->err))
		return false;
	return !v->has_mr_system ||
	       rv_mr_system(m, rtmr, rv_span(NULL, 0), &v->mr_system, j->err);
}

static bool all(struct job *j)
{
	const struct rv_measure_input *in = j->in;

	if (in->firmware.n && !in->document) {
		if (!rv_tdvf_read(in->firmware, &j->tdvf, j->err))
			return false;
		j->has_tdvf = true;
	}
	if (!mrtd(j) || !rules(j) || !rtmr0(j) || !rtmr1(j) || !rtmr2(j))
		return false;
	silence(j);
	return aggregates(j);
}

bool rv_measure(const struct rv_measure_input *in, const struct rv_shape *shape,
		struct rv_values *out, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct job *j = calloc(1, sizeof *j);

	if (!v || !j)
		return rv_no_memory(err, "measure");
	v->shape = *shape;
	*j = (struct job){ .in = in, .shape = &v->shape, .out = v, .err = err };
	j->has_qemu = shape->qemu.major || shape->qemu.minor;
	/* Without a version, what follows from it stays unknown. */
	if (j->has_qemu && !rv_shape_resolve(&v->shape, err))
		return false;
	if (!all(j))
		return false;
	*out = *v;
	return true;
}
