/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cfv.c - the Secure Boot variables in a firmware's variable store (edk2
 * MdeModulePkg/Include/Guid/VariableFormat.h; UEFI PI, volume 3,
 * section 3.2.1).
 */
#include "base.h"
#include "cfv.h"
#include "efi.h"
#include "digest.h"

enum {
	FV_FIXED = 56, /* firmware volume header without block map */
	FV_HEADER_MAX = 4096,
	STORE_HEADER = 28,
	FORMATTED = 0x5a,
	HEALTHY = 0xfe,
	START = 0x55aa,
	VARIABLE_HEADER = 60, /* authenticated variable */
	NAME_MAX_BYTES = 1024,
	ADDED = 0x3f,
	IN_TRANSITION = 0x3e, /* added, and being replaced */
};

/* fff12b8d-7696-4c8b-a985-2747075b4f50 */
static const uint8_t nv_data_guid[16] = {
	0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
	0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50,
};
/* aaf32c78-947b-439a-a180-2e144ec37792 */
static const uint8_t auth_store_guid[16] = {
	0x78, 0x2c, 0xf3, 0xaa, 0x7b, 0x94, 0x9a, 0x43,
	0xa1, 0x80, 0x2e, 0x14, 0x4e, 0xc3, 0x77, 0x92,
};
/* f0a30bc7-af08-4556-99c4-001009c93a44: SecureBootEnable. */
static const uint8_t enable_guid[16] = {
	0xc7, 0x0b, 0xa3, 0xf0, 0x08, 0xaf, 0x56, 0x45,
	0x99, 0xc4, 0x00, 0x10, 0x09, 0xc9, 0x3a, 0x44,
};

static const struct {
	const char *name;
	const uint8_t *guid;
} names[RV_VAR_NAMES] = {
	[RV_VAR_SECURE_BOOT] = { "SecureBoot", rv_efi_global },
	[RV_VAR_PK] = { "PK", rv_efi_global },
	[RV_VAR_KEK] = { "KEK", rv_efi_global },
	[RV_VAR_DB] = { "db", rv_efi_security },
	[RV_VAR_DBX] = { "dbx", rv_efi_security },
	[RV_VAR_DBT] = { "dbt", rv_efi_security },
};

const char *rv_variable_text(enum rv_variable_name name)
{
	return names[name].name;
}

/* An ASCII name against UTF-16LE bytes that end with a NUL. */
static bool name_is(struct rv_span utf16, const char *name)
{
	size_t n = strlen(name) + 1;

	if (utf16.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (utf16.p[2 * i] != (uint8_t)name[i] || utf16.p[2 * i + 1])
			return false;
	return true;
}

static bool keep(struct rv_span guid, struct rv_span name, struct rv_span data,
		 bool added, struct rv_cfv *out, struct rv_err *err)
{
	if (memcmp(guid.p, enable_guid, 16) == 0 &&
	    name_is(name, "SecureBootEnable")) {
		if (data.n != 1)
			return rv_fail(err, RV_INPUT,
				       "SecureBootEnable of %zu bytes", data.n);
		if (added || !out->has_enable)
			out->enable = data.p[0];
		out->has_enable = true;
		return true;
	}
	for (size_t i = RV_VAR_PK; i < RV_VAR_NAMES; i++) {
		struct rv_variable *v = &out->variable[i];

		if (memcmp(guid.p, names[i].guid, 16) != 0 ||
		    !name_is(name, names[i].name))
			continue;
		/* A finished copy counts before one being replaced. */
		if (added || !v->present)
			*v = (struct rv_variable){ true, data };
		return true;
	}
	return true;
}

static bool read_variables(struct rv_span store, struct rv_cfv *out,
			   struct rv_err *err)
{
	struct rv_rd r = rv_rd(store, "variable store");

	rv_take(&r, STORE_HEADER, "header");
	while (rv_rd_left(&r) >= VARIABLE_HEADER) {
		uint16_t start = rv_le16(&r, "start");
		uint8_t state;
		uint32_t name_n, data_n;
		struct rv_span guid, name, data;

		if (start != START)
			return true;
		state = rv_u8(&r, "state");
		rv_take(&r, 5 + 8 + 16 + 4, "variable header");
		name_n = rv_le32(&r, "name size");
		data_n = rv_le32(&r, "data size");
		guid = rv_take(&r, 16, "vendor GUID");
		/* A header that was never finished is all ones. */
		if (name_n == UINT32_MAX || data_n == UINT32_MAX) {
			if (state == ADDED)
				return rv_fail(err, RV_INPUT,
					       "a variable without sizes");
			name_n = data_n = 0;
		}
		if (name_n > NAME_MAX_BYTES)
			return rv_fail(err, RV_INPUT, "a name of %u bytes",
				       name_n);
		name = rv_take(&r, name_n, "name");
		data = rv_take(&r, data_n, "data");
		rv_take(&r, -(size_t)(name_n + data_n) & 3, "alignment");
		if (!rv_rd_ok(&r, err))
			return false;
		if ((state == ADDED || state == IN_TRANSITION) &&
		    !keep(guid, name, data, state == ADDED, out, err))
			return false;
	}
	return true;
}

/* The firmware volume around the store; its header says where that starts. */
static bool open_volume(struct rv_span fv, struct rv_span *store,
			struct rv_err *err)
{
	struct rv_rd r = rv_rd(fv, "variable store");
	struct rv_span guid, sig, head, store_guid;
	uint64_t length;
	uint16_t header, sum = 0;
	uint32_t size;
	uint8_t format, state;

	rv_take(&r, 16, "zero vector");
	guid = rv_take(&r, 16, "file system GUID");
	length = rv_le64(&r, "volume length");
	sig = rv_take(&r, 4, "volume signature");
	rv_le32(&r, "volume attributes");
	header = rv_le16(&r, "volume header length");
	if (!rv_rd_ok(&r, err))
		return false;
	if (memcmp(guid.p, nv_data_guid, 16) != 0 || !rv_same_text(sig, "_FVH"))
		return rv_fail(err, RV_INPUT, "no variable store volume");
	if (header < FV_FIXED || header > FV_HEADER_MAX || header % 2 ||
	    length > fv.n || !rv_sub(fv, 0, header, &head))
		return rv_fail(err, RV_INPUT,
			       "a volume of %" PRIu64 " bytes, header %u, in "
			       "%zu bytes",
			       length, header, fv.n);
	for (size_t i = 0; i < header; i += 2)
		sum = (uint16_t)(sum + rv_num(rv_span(head.p + i, 2)));
	if (sum)
		return rv_fail(err, RV_INPUT, "volume header checksum");
	r = rv_rd(fv, "variable store");
	rv_take(&r, header, "volume header");
	store_guid = rv_take(&r, 16, "store GUID");
	size = rv_le32(&r, "store size");
	format = rv_u8(&r, "store format");
	state = rv_u8(&r, "store state");
	if (!rv_rd_ok(&r, err))
		return false;
	if (memcmp(store_guid.p, auth_store_guid, 16) != 0)
		return rv_fail(err, RV_INPUT,
			       "not a store of authenticated variables");
	if (format != FORMATTED || state != HEALTHY || size < STORE_HEADER ||
	    !rv_sub(fv, header, size, store))
		return rv_fail(err, RV_INPUT,
			       "a store of %u bytes, format %#x, state %#x",
			       size, format, state);
	return true;
}

bool rv_cfv_read(struct rv_span fv, struct rv_cfv *out, struct rv_err *err)
{
	struct rv_cfv c = { 0 };
	struct rv_span store;

	if (!open_volume(fv, &store, err) || !read_variables(store, &c, err))
		return rv_in(err, "cfv");
	*out = c;
	return true;
}

bool rv_variable_digest(enum rv_variable_name name, struct rv_span data,
			struct rv_sha384 *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_efi_variable(&g, names[name].guid, names[name].name, data);
	if (g.failed)
		return rv_no_memory(err, "variable");
	return rv_sha384(rv_buf_span(&g.buf), out, err);
}
