/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - what each event of a log is called. The log's own name comes
 * first; firmware events have none, so theirs follows from type and payload.
 * Where the payload was stripped it follows from the digest, when that is of
 * a known text, or from the place in edk2's fixed order (DSTACK.md 2.4, 2.5;
 * lib/qemu/edk2.c). A name helps a reader; no decision rests on it.
 */
#include "replay.h"
#include "digest.h"

#include <stdio.h>

static const struct {
	uint32_t type;
	const char *name, *label;
} types[] = {
	{ RV_EV_POST_CODE, "EV_POST_CODE", "post-code" },
	{ RV_EV_NO_ACTION, "EV_NO_ACTION", "no-action" },
	{ RV_EV_SEPARATOR, "EV_SEPARATOR", "separator" },
	{ RV_EV_ACTION, "EV_ACTION", "action" },
	{ RV_EV_TAG, "EV_EVENT_TAG", "tag" },
	{ 0x7, "EV_S_CRTM_CONTENTS", "crtm-contents" },
	{ 0x8, "EV_S_CRTM_VERSION", "crtm-version" },
	{ 0x9, "EV_CPU_MICROCODE", "cpu-microcode" },
	{ RV_EV_PLATFORM_CONFIG_FLAGS, "EV_PLATFORM_CONFIG_FLAGS",
	  "platform-config" },
	{ 0xb, "EV_TABLE_OF_DEVICES", "table-of-devices" },
	{ 0xc, "EV_COMPACT_HASH", "compact-hash" },
	{ RV_EV_IPL, "EV_IPL", "ipl" },
	{ 0xe, "EV_IPL_PARTITION_DATA", "ipl-partition-data" },
	{ 0xf, "EV_NONHOST_CODE", "nonhost-code" },
	{ 0x10, "EV_NONHOST_CONFIG", "nonhost-config" },
	{ 0x11, "EV_NONHOST_INFO", "nonhost-info" },
	{ RV_EV_DSTACK_RUNTIME, "DSTACK_RUNTIME_EVENT", "runtime-event" },
	{ RV_EV_EFI_VARIABLE_DRIVER_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG",
	  "variable" },
	{ RV_EV_EFI_VARIABLE_BOOT, "EV_EFI_VARIABLE_BOOT", "boot-variable" },
	{ RV_EV_EFI_BOOT_SERVICES_APPLICATION,
	  "EV_EFI_BOOT_SERVICES_APPLICATION", "boot-application" },
	{ RV_EV_EFI_BOOT_SERVICES_DRIVER, "EV_EFI_BOOT_SERVICES_DRIVER",
	  "boot-driver" },
	{ RV_EV_EFI_RUNTIME_SERVICES_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER",
	  "runtime-driver" },
	{ RV_EV_EFI_GPT_EVENT, "EV_EFI_GPT_EVENT", "gpt" },
	{ RV_EV_EFI_ACTION, "EV_EFI_ACTION", "efi-action" },
	{ RV_EV_EFI_PLATFORM_FIRMWARE_BLOB, "EV_EFI_PLATFORM_FIRMWARE_BLOB",
	  "firmware-blob" },
	{ RV_EV_EFI_HANDOFF_TABLES, "EV_EFI_HANDOFF_TABLES", "smbios" },
	{ RV_EV_EFI_PLATFORM_FIRMWARE_BLOB2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2",
	  "cfv" },
	{ RV_EV_EFI_HANDOFF_TABLES2, "EV_EFI_HANDOFF_TABLES2", "td-hob" },
	{ 0x80000010, "EV_EFI_HCRTM_EVENT", "hcrtm" },
	{ RV_EV_EFI_VARIABLE_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY",
	  "variable-authority" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB", "spdm-firmware-blob" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG", "spdm-firmware-config" },
};

/* The texts that firmware measures as actions. */
static const struct {
	const char *text, *label;
} actions[] = {
	{ "Calling EFI Application from Boot Option", "boot-option" },
	{ "Returning from EFI Application from Boot Option",
	  "boot-option-return" },
	{ "Exit Boot Services Invocation", "exit-boot-services" },
	{ "Exit Boot Services Returned with Success",
	  "exit-boot-services-success" },
	{ "Exit Boot Services Returned with Failure",
	  "exit-boot-services-failure" },
};

/* Items of QEMU's fw_cfg that firmware measures, in its order. */
static const struct {
	const char *item, *label;
} fw_cfg[] = {
	{ "etc/extra-pci-roots", "fw-cfg-extra-pci-roots" },
	{ "BootMenu", "fw-cfg-boot-menu" },
	{ "etc/boot-menu-wait", "fw-cfg-boot-menu-wait" },
	{ "etc/reserved-memory-end", "fw-cfg-reserved-memory-end" },
	{ "opt/ovmf/X-PciMmio64Mb", "fw-cfg-pci-mmio64" },
	{ "bootorder", "fw-cfg-bootorder" },
};

/* In the order in which edk2 measures them. */
static const char *const variables[] = { "SecureBoot", "PK",  "KEK",
					 "db",	       "dbx", "dbt" };
static const char *const acpi[] = { "acpi-loader", "acpi-rsdp", "acpi-tables" };

const char *rv_event_type_name(uint32_t type)
{
	for (size_t i = 0; i < RV_LEN(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

bool rv_replay_hashes_payload(uint32_t type)
{
	return type == RV_EV_SEPARATOR || type == RV_EV_EFI_ACTION ||
	       type == RV_EV_EFI_VARIABLE_DRIVER_CONFIG;
}

/* How many of each kind came before. */
struct seen {
	size_t variable, boot, acpi, fw_cfg, tag, application;
	bool gpt, separator; /* the separator of RTMR0 */
};

/* At most 79 bytes of @s, cut between characters. */
static void put(struct rv_replayed *out, const char *s)
{
	size_t n = strnlen(s, sizeof out->name - 1);

	while (s[n] && n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	memcpy(out->name, s, n);
	out->name[n] = '\0';
}

/* Printable ASCII of @s up to its first NUL, at most @max; else nothing. A
 * character is @wide bytes, of which the first counts. */
static bool plain(struct rv_span s, size_t wide, size_t max, char *out)
{
	size_t n = 0;

	for (; wide * n < s.n && n + 1 < max && s.p[wide * n]; n++) {
		if (s.p[wide * n] < 0x20 || s.p[wide * n] > 0x7e)
			return false;
		out[n] = (char)s.p[wide * n];
	}
	out[n] = '\0';
	return n > 0;
}

/*
 * UEFI_VARIABLE_DATA: GUID, u64 characters of the name, u64 bytes of the
 * data, the name in UTF-16LE, the data.
 */
static bool variable_name(struct rv_span payload, char *out, size_t max)
{
	struct rv_rd r = rv_rd(payload, "variable");
	uint64_t chars;
	struct rv_span name;

	rv_take(&r, 16, "GUID");
	chars = rv_le64(&r, "name length");
	rv_le64(&r, "data length");
	if (r.field || chars == 0 || chars >= max)
		return false;
	name = rv_take(&r, 2 * (size_t)chars, "name");
	for (size_t i = 0; i < name.n / 2; i++) {
		uint8_t c = name.p[2 * i];

		if (name.p[2 * i + 1] || c < 0x21 || c > 0x7e)
			return false;
		out[i] = (char)c;
	}
	out[name.n / 2] = '\0';
	return !r.field;
}

static void name_variable(const struct rv_event *e, struct seen *s,
			  struct rv_replayed *out)
{
	char name[48];

	if (variable_name(rv_buf_span(&e->payload), name, sizeof name))
		put(out, name);
	else if (s->variable < RV_LEN(variables))
		put(out, variables[s->variable]);
	s->variable++;
}

/* Boot#### in the order of BootOrder, which comes first. */
static void name_boot(const struct rv_event *e, struct seen *s,
		      struct rv_replayed *out)
{
	char name[48];

	if (variable_name(rv_buf_span(&e->payload), name, sizeof name))
		put(out, name);
	else if (s->boot == 0)
		put(out, "BootOrder");
	else
		snprintf(out->name, sizeof out->name, "Boot%04zX", s->boot - 1);
	s->boot++;
}

static void name_fw_cfg(const char *item, struct rv_replayed *out)
{
	snprintf(out->name, sizeof out->name, "fw-cfg:%s", item);
	for (size_t i = 0; i < RV_LEN(fw_cfg); i++)
		if (strcmp(item, fw_cfg[i].item) == 0)
			put(out, fw_cfg[i].label);
}

/*
 * EV_PLATFORM_CONFIG_FLAGS: "ACPI DATA" is the table loader and then each
 * file it allocates; "QEMU FW CFG" and a name is an item of fw_cfg. Without
 * payload: what comes before the separator is fw_cfg, the rest ACPI.
 */
static void name_flags(const struct rv_event *e, struct seen *s,
		       struct rv_replayed *out)
{
	struct rv_span head = rv_span("QEMU FW CFG", 12);
	struct rv_span p = rv_buf_span(&e->payload), tail = { 0 };
	char item[57];

	if (rv_sub(p, 0, head.n, &tail) && rv_same(tail, head) &&
	    rv_sub(p, head.n, p.n - head.n, &tail) &&
	    plain(tail, 1, sizeof item, item)) {
		name_fw_cfg(item, out);
	} else if (rv_same_text(p, "ACPI DATA") || (!p.n && s->separator)) {
		if (s->acpi < RV_LEN(acpi))
			put(out, acpi[s->acpi]);
		else
			snprintf(out->name, sizeof out->name, "acpi-data-%zu",
				 s->acpi + 1);
		s->acpi++;
	} else if (!p.n) {
		/* The menu is always there; the boot order comes last. */
		put(out,
		    s->fw_cfg == 0 ? "fw-cfg-boot-menu" : "fw-cfg-bootorder");
		s->fw_cfg++;
	} else if (plain(p, 1, sizeof item, item)) {
		put(out, item);
	}
}

/* Linux's EFI stub: LoadOptions, then the initrd; tags 0x8f3b22ed, ..ec. */
static void name_tag(const struct rv_event *e, struct seen *s,
		     struct rv_replayed *out)
{
	uint64_t tag = e->payload.n >= 4 ? rv_num(rv_span(e->payload.p, 4)) : 0;
	bool place = !e->payload.n && e->imr == 2;

	if (tag == 0x8f3b22ed || (place && s->tag == 0) ||
	    rv_same(rv_buf_span(&e->payload),
		    rv_span("LOADED_IMAGE::LoadOptions", 26)))
		put(out, "cmdline");
	else if (tag == 0x8f3b22ec || (place && s->tag == 1))
		put(out, "initrd");
	s->tag += e->imr == 2;
}

static bool name_action(struct rv_replayed *out, struct rv_err *err)
{
	for (size_t i = 0; i < RV_LEN(actions); i++) {
		struct rv_span text = rv_text(actions[i].text);
		struct rv_sha384 d;

		if (!rv_sha384(text, &d, err))
			return false;
		if (memcmp(d.b, out->digest.b, sizeof d.b) == 0)
			put(out, actions[i].label);
	}
	return true;
}

/* A boot without partition table starts the kernel itself. */
static void name_application(struct seen *s, struct rv_replayed *out)
{
	if (!s->gpt && s->application == 0)
		put(out, "kernel");
	s->application++;
}

/* UTF-16LE, as stubs write names of sections: ASCII alone. */
static bool is_wide(struct rv_span s)
{
	if (s.n < 4 || s.n % 2)
		return false;
	for (size_t i = 1; i < s.n; i += 2)
		if (s.p[i])
			return false;
	return true;
}

static void name_text(const struct rv_event *e, const char *label,
		      struct rv_replayed *out)
{
	struct rv_span p = rv_buf_span(&e->payload);
	char text[57];

	if ((is_wide(p) && plain(p, 2, sizeof text, text)) ||
	    plain(p, 1, sizeof text, text))
		snprintf(out->name, sizeof out->name, "%s:%s", label, text);
}

static void name_authority(const struct rv_event *e, struct rv_replayed *out)
{
	char name[48];

	if (variable_name(rv_buf_span(&e->payload), name, sizeof name))
		snprintf(out->name, sizeof out->name, "variable-authority:%s",
			 name);
}

static void name_by_type(const struct rv_event *e, struct rv_replayed *out)
{
	for (size_t i = 0; i < RV_LEN(types); i++)
		if (types[i].type == e->type) {
			put(out, types[i].label);
			return;
		}
	snprintf(out->name, sizeof out->name, "event-%#x", e->type);
}

static bool name_firmware(const struct rv_event *e, struct seen *s,
			  struct rv_replayed *out, struct rv_err *err)
{
	name_by_type(e, out);
	switch (e->type) {
	case RV_EV_EFI_VARIABLE_DRIVER_CONFIG:
		name_variable(e, s, out);
		break;
	case RV_EV_EFI_VARIABLE_BOOT:
		name_boot(e, s, out);
		break;
	case RV_EV_PLATFORM_CONFIG_FLAGS:
		name_flags(e, s, out);
		break;
	case RV_EV_TAG:
		name_tag(e, s, out);
		break;
	case RV_EV_EFI_ACTION:
		return name_action(out, err);
	case RV_EV_EFI_BOOT_SERVICES_APPLICATION:
		name_application(s, out);
		break;
	case RV_EV_EFI_GPT_EVENT:
		s->gpt = true;
		break;
	case RV_EV_SEPARATOR:
		s->separator = s->separator || e->imr == 0;
		break;
	case RV_EV_IPL:
		name_text(e, "ipl", out);
		break;
	case RV_EV_EFI_VARIABLE_AUTHORITY:
		name_authority(e, out);
		break;
	default:
		break;
	}
	return true;
}

bool rv_replay_names(const struct rv_log *log, struct rv_replayed *out,
		     struct rv_err *err)
{
	struct seen s = { 0 };

	for (size_t i = 0; i < log->n; i++) {
		const struct rv_event *e = &log->event[i];

		if (!name_firmware(e, &s, &out[i], err))
			return false;
		if (*e->name)
			put(&out[i], e->name);
	}
	return true;
}
