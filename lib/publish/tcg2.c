/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcg2.c - the predicted events as a binary log: TCG PC Client Platform
 * Firmware Profile 1.06, section 10. Register index 1 is RTMR0, as in a CCEL;
 * the header's own index is 0, which strict readers ask for. An event's data
 * name it: they are the measured bytes only where those are constants.
 */
#include "publish.h"
#include "digest.h"
#include "efi.h"

#include <refval/evidence.h>

#include <stdio.h>

enum {
	TPM_ALG_SHA384 = 0xc,
	FW_CFG_NAME = 56,
	IMAGE_LOAD_EVENT = 32,
};

/* Labels of measure.h to what the log calls them. */
static const struct {
	const char *label, *data;
} name_row[] = {
	{ "boot-option", "Calling EFI Application from Boot Option" },
	{ "exit-boot-services", "Exit Boot Services Invocation" },
	{ "exit-boot-services-success",
	  "Exit Boot Services Returned with Success" },
	{ "fw-cfg-extra-pci-roots", "etc/extra-pci-roots" },
	{ "fw-cfg-boot-menu", "BootMenu" },
	{ "fw-cfg-bootorder", "bootorder" },
	{ "cmdline", "LOADED_IMAGE::LoadOptions" },
	{ "initrd", "Linux initrd" },
};

static const char *data_of(const char *label)
{
	for (size_t i = 0; i < RV_LEN(name_row); i++)
		if (strcmp(label, name_row[i].label) == 0)
			return name_row[i].data;
	return label;
}

static void put_variable(struct rv_grow *to, const char *name,
			 struct rv_span data)
{
	bool db = strncmp(name, "db", 2) == 0;

	rv_efi_variable(to, db ? rv_efi_security : rv_efi_global, name, data);
}

/* SecureBoot is absent, 0 or 1: the digest says which. */
static bool put_config(struct rv_grow *to, const struct rv_predicted *e,
		       struct rv_err *err)
{
	static const uint8_t value[2] = { 0, 1 };
	struct rv_sha384 d;

	for (size_t i = 0; i < 3; i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_span data =
		    i ? rv_span(value + i - 1, 1) : rv_span(NULL, 0);

		put_variable(&g, e->label, data);
		if (g.failed)
			return rv_no_memory(err, "event");
		if (!rv_sha384(rv_buf_span(&g.buf), &d, err))
			return false;
		if (memcmp(d.b, e->digest.b, sizeof d.b) == 0) {
			rv_grow_add(to, g.buf.p, g.buf.n);
			return true;
		}
	}
	put_variable(to, e->label, rv_span(NULL, 0));
	return true;
}

static void put_flags(struct rv_grow *to, const char *label)
{
	char name[FW_CFG_NAME] = "";

	if (strncmp(label, "acpi-", 5) == 0) {
		rv_grow_text(to, "ACPI DATA");
		return;
	}
	rv_grow_add(to, "QEMU FW CFG", 12);
	snprintf(name, sizeof name, "%s", data_of(label));
	rv_grow_add(to, name, sizeof name);
}

static void put_tag(struct rv_grow *to, const char *label)
{
	const char *text = data_of(label);
	bool cmdline = strcmp(label, "cmdline") == 0;

	rv_grow_le(to, cmdline ? 0x8f3b22ed : 0x8f3b22ec, 4);
	rv_grow_le(to, strlen(text) + 1, 4);
	rv_grow_add(to, text, strlen(text) + 1);
}

/* A description of one byte's length, and @zeros bytes of addresses. */
static void put_described(struct rv_grow *to, const char *text, size_t zeros)
{
	rv_grow_u8(to, (unsigned)strlen(text));
	rv_grow_text(to, text);
	while (zeros--)
		rv_grow_u8(to, 0);
}

static bool put_data(struct rv_grow *to, const struct rv_predicted *e,
		     struct rv_err *err)
{
	static const uint8_t zero[IMAGE_LOAD_EVENT];

	switch (e->type) {
	case RV_EV_SEPARATOR:
		rv_grow_add(to, zero, 4);
		return true;
	case RV_EV_TAG:
		put_tag(to, e->label);
		return true;
	case RV_EV_PLATFORM_CONFIG_FLAGS:
		put_flags(to, e->label);
		return true;
	case RV_EV_EFI_VARIABLE_DRIVER_CONFIG:
		return put_config(to, e, err);
	case RV_EV_EFI_VARIABLE_BOOT:
		put_variable(to, e->label, rv_span(NULL, 0));
		return true;
	case RV_EV_EFI_BOOT_SERVICES_APPLICATION:
		rv_grow_add(to, zero, IMAGE_LOAD_EVENT);
		return true;
	case RV_EV_EFI_PLATFORM_FIRMWARE_BLOB2:
		put_described(to, e->label, 16); /* address, length */
		return true;
	case RV_EV_EFI_HANDOFF_TABLES2:
		put_described(to, e->label, 8); /* number of tables */
		return true;
	default:
		rv_grow_text(to, data_of(e->label));
		return true;
	}
}

static bool put_event(struct rv_grow *to, unsigned index,
		      const struct rv_predicted *e, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow data = { 0 };

	if (!put_data(&data, e, err))
		return false;
	if (data.failed)
		return rv_no_memory(err, "event");
	rv_grow_le(to, index, 4);
	rv_grow_le(to, e->type, 4);
	rv_grow_le(to, 1, 4);
	rv_grow_le(to, TPM_ALG_SHA384, 2);
	rv_grow_add(to, e->digest.b, sizeof e->digest.b);
	rv_grow_le(to, data.buf.n, 4);
	rv_grow_add(to, data.buf.p, data.buf.n);
	return true;
}

/* TCG_PCClientPCREvent around a TCG_EfiSpecIDEvent with one bank. */
static void put_header(struct rv_grow *to)
{
	static const uint8_t sha1[20];

	rv_grow_le(to, 0, 4);
	rv_grow_le(to, RV_EV_NO_ACTION, 4);
	rv_grow_add(to, sha1, sizeof sha1);
	rv_grow_le(to, 33, 4);
	rv_grow_add(to, "Spec ID Event03", 16);
	rv_grow_le(to, 0, 4); /* platform class: client */
	rv_grow_u8(to, 0);    /* version 2.0, errata 0 */
	rv_grow_u8(to, 2);
	rv_grow_u8(to, 0);
	rv_grow_u8(to, 2); /* UINTN of 64 bits */
	rv_grow_le(to, 1, 4);
	rv_grow_le(to, TPM_ALG_SHA384, 2);
	rv_grow_le(to, 48, 2);
	rv_grow_u8(to, 0);
}

bool rv_tcg2_write(const struct rv_values *v, char *left_out, size_t room,
		   struct rv_buf *out, struct rv_err *err)
{
	static const char *const name[] = { "RTMR0", "RTMR1", "RTMR2" };
	const struct rv_register *first = rv_values_register(v, "rtmr0");
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	size_t registers = 0;

	put_header(&g);
	for (unsigned i = 0; i < RV_LEN(name); i++) {
		const struct rv_register *reg =
		    rv_values_register(v, rv_values_name(i));

		if (!reg->known || !reg->n) {
			rv_publish_leave_out(left_out, room, name[i]);
			continue;
		}
		for (size_t k = 0; k < reg->n; k++)
			if (!put_event(&g, i + 1, &reg->event[k], err))
				return false;
		registers++;
	}
	if (registers == 0)
		return rv_fail(err, RV_INPUT,
			       "no register is known by its events: RTMR0: %s",
			       *first->why ? first->why : "only its value");
	return rv_grow_take(&g, out, err);
}
