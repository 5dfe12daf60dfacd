/* SPDX-License-Identifier: Apache-2.0 */
/* aml.c - the terms of the ACPI Machine Language. See aml.h. */
#include "aml.h"

#include <stdlib.h>

enum {
	FIRST_ROOM = 16384,
	PREFIXES = 8, /* of a path: '\\' and '^' */
	SEGS = 8,     /* of a path: names between dots */

	/* ACPI 6.5, 20.2: opcodes; two bytes begin with ExtOpPrefix. */
	NULL_NAME = 0x00,
	OP_NAME = 0x08,
	OP_DWORD = 0x0c,
	OP_STRING = 0x0d,
	OP_SCOPE = 0x10,
	OP_BUFFER = 0x11,
	OP_METHOD = 0x14,
	OP_DUAL_NAME = 0x2e,
	OP_MULTI_NAME = 0x2f,
	OP_EXT = 0x5b,
	OP_MUTEX = 0x5b01,
	OP_ACQUIRE = 0x5b23,
	OP_RELEASE = 0x5b27,
	OP_REGION = 0x5b80,
	OP_FIELD = 0x5b81,
	OP_DEVICE = 0x5b82,
	OP_PROCESSOR = 0x5b83,
	OP_ELSE = 0xa1,
};

/* ---- plain bytes ---- */

bool rv_aml_reserve(struct rv_aml *w, size_t n)
{
	size_t room = w->room ? w->room : FIRST_ROOM;
	uint8_t *p;

	if (w->failed || n <= w->room - w->n)
		return !w->failed;
	while (room - w->n < n && room < SIZE_MAX / 4)
		room *= 2;
	p = room - w->n < n ? NULL : realloc(w->p, room);
	if (!p) {
		w->failed = true;
		return false;
	}
	w->p = p;
	w->room = room;
	return true;
}

void rv_aml_free(struct rv_aml *w)
{
	free(w->p);
	*w = (struct rv_aml){ 0 };
}

void rv_aml_zeros(struct rv_aml *w, size_t n)
{
	if (!rv_aml_room(w, n) || !n)
		return;
	memset(w->p + w->n, 0, n);
	w->n += n;
}

static void opcode(struct rv_aml *w, unsigned op)
{
	if (op > 0xff)
		rv_aml_u8(w, op >> 8);
	rv_aml_u8(w, op & 0xff);
}

/* ---- blocks: an opcode, a PkgLength (20.2.4), and what is inside ---- */

/* Write @value as a PkgLength of @k bytes. */
static void pkg_length(uint8_t *p, size_t value, size_t k)
{
	if (k == 1) {
		p[0] = (uint8_t)value;
		return;
	}
	p[0] = (uint8_t)((k - 1) << 6 | (value & 0x0f));
	value >>= 4;
	for (size_t i = 1; i < k; i++, value >>= 8)
		p[i] = (uint8_t)value;
}

/* How many bytes a PkgLength takes that counts itself and @n bytes. */
static size_t pkg_length_size(size_t n)
{
	static const unsigned bits[] = { 6, 12, 20, 28 };

	for (size_t k = 1; k <= RV_LEN(bits); k++)
		if (n + k < (size_t)1 << bits[k - 1])
			return k;
	return 0;
}

void rv_aml_long_end(struct rv_aml *w)
{
	size_t at, n, k;

	if (!w->depth) {
		w->broken = true;
		return;
	}
	at = w->block[--w->depth];
	if (w->failed)
		return;
	n = w->n - at - 1;
	k = pkg_length_size(n);
	if (!k) {
		w->broken = true;
		return;
	}
	if (k > 1) {
		if (!rv_aml_room(w, k - 1))
			return;
		memmove(w->p + at + k, w->p + at + 1, n);
		w->n += k - 1;
	}
	pkg_length(w->p + at, n + k, k);
}

/* ---- names (20.2.2) ---- */

/* One NameSeg: up to four characters, padded with '_'; what follows it. */
static const char *name_seg(const char *s, uint8_t *out)
{
	size_t i = 0;

	for (; i < 4 && *s && *s != '.'; i++)
		out[i] = (uint8_t)*s++;
	for (; i < 4; i++)
		out[i] = '_';
	return s;
}

/* @path as a NameString into @out; its length, 0 when it is none. */
static size_t name_string(const char *path, uint8_t out[RV_AML_PATH_MAX])
{
	uint8_t *name = out;
	size_t segs = 0, head;

	while (*path == '\\' || *path == '^') {
		if (name == out + PREFIXES)
			return 0;
		*name++ = (uint8_t)*path++;
	}
	/* Behind the opcode and the count that three names need. */
	while (*path) {
		if (segs == SEGS)
			return 0;
		path = name_seg(path, name + 2 + 4 * segs++);
		if (*path && (*path++ != '.' || !*path))
			return 0;
	}
	head = segs > 2 ? 2 : segs != 1;
	if (segs > 2) {
		name[0] = OP_MULTI_NAME;
		name[1] = (uint8_t)segs;
	} else {
		if (segs != 1)
			name[0] = segs ? OP_DUAL_NAME : NULL_NAME;
		memmove(name + head, name + 2, 4 * segs);
	}
	return (size_t)(name - out) + head + 4 * segs;
}

void rv_aml_long_path(struct rv_aml *w, const char *path)
{
	size_t n;

	if (!rv_aml_room(w, RV_AML_PATH_MAX))
		return;
	n = name_string(path, w->p + w->n);
	w->broken |= n == 0;
	w->n += n;
}

/* ---- data objects (20.2.3) ---- */

void rv_aml_string(struct rv_aml *w, const char *s)
{
	rv_aml_u8(w, OP_STRING);
	rv_aml_bytes(w, s, strlen(s) + 1);
}

static uint32_t hex_digit(char c)
{
	return (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* ACPI 6.5, 19.3.4: three letters of five bits, four hex digits. */
void rv_aml_eisaid(struct rv_aml *w, const char *id)
{
	uint32_t v = 0;

	if (strlen(id) != 7) {
		w->broken = true;
		return;
	}
	for (int i = 0; i < 3; i++)
		v = v << 5 | ((uint32_t)(id[i] - '@') & 0x1f);
	for (int i = 3; i < 7; i++)
		v = v << 4 | hex_digit(id[i]);
	rv_aml_u8(w, OP_DWORD);
	for (int i = 3; i >= 0; i--)
		rv_aml_u8(w, v >> 8 * i & 0xff);
}

void rv_aml_buffer(struct rv_aml *w, const void *p, size_t n)
{
	rv_aml_open(w, OP_BUFFER);
	rv_aml_integer(w, n);
	rv_aml_bytes(w, p, n);
	rv_aml_end(w);
}

/* ---- named objects ---- */

void rv_aml_name(struct rv_aml *w, const char *path)
{
	rv_aml_u8(w, OP_NAME);
	rv_aml_path(w, path);
}

void rv_aml_name_integer(struct rv_aml *w, const char *path, uint64_t v)
{
	rv_aml_name(w, path);
	rv_aml_integer(w, v);
}

void rv_aml_name_string(struct rv_aml *w, const char *path, const char *s)
{
	rv_aml_name(w, path);
	rv_aml_string(w, s);
}

void rv_aml_name_eisaid(struct rv_aml *w, const char *path, const char *id)
{
	rv_aml_name(w, path);
	rv_aml_eisaid(w, id);
}

void rv_aml_scope(struct rv_aml *w, const char *path)
{
	rv_aml_open(w, OP_SCOPE);
	rv_aml_path(w, path);
}

void rv_aml_device(struct rv_aml *w, const char *path)
{
	rv_aml_open(w, OP_DEVICE);
	rv_aml_path(w, path);
}

/* No processor block: address and length are 0. */
void rv_aml_processor(struct rv_aml *w, const char *path, unsigned id)
{
	rv_aml_open(w, OP_PROCESSOR);
	rv_aml_path(w, path);
	rv_aml_u8(w, id);
	rv_aml_zeros(w, 5);
}

void rv_aml_method(struct rv_aml *w, const char *path, unsigned args,
		   enum rv_aml_serial serial)
{
	rv_aml_open(w, OP_METHOD);
	rv_aml_path(w, path);
	rv_aml_u8(w, args | serial);
}

void rv_aml_else(struct rv_aml *w)
{
	rv_aml_open(w, OP_ELSE);
}

void rv_aml_mutex(struct rv_aml *w, const char *path)
{
	opcode(w, OP_MUTEX);
	rv_aml_path(w, path);
	rv_aml_u8(w, 0); /* sync level */
}

void rv_aml_acquire(struct rv_aml *w, const char *path)
{
	opcode(w, OP_ACQUIRE);
	rv_aml_path(w, path);
	rv_aml_le(w, 0xffff, 2); /* wait for ever */
}

void rv_aml_release(struct rv_aml *w, const char *path)
{
	opcode(w, OP_RELEASE);
	rv_aml_path(w, path);
}

void rv_aml_operation_region_head(struct rv_aml *w, const char *name,
				  enum rv_aml_space space)
{
	opcode(w, OP_REGION);
	rv_aml_path(w, name);
	rv_aml_u8(w, space);
}

void rv_aml_operation_region(struct rv_aml *w, const char *name,
			     enum rv_aml_space space, uint64_t offset,
			     uint64_t length)
{
	rv_aml_operation_region_head(w, name, space);
	rv_aml_integer(w, offset);
	rv_aml_integer(w, length);
}

void rv_aml_field(struct rv_aml *w, const char *region, unsigned flags)
{
	rv_aml_open(w, OP_FIELD);
	rv_aml_path(w, region);
	rv_aml_u8(w, flags);
}

/* 20.2.5.2: a length in a field list counts bits, and not itself. */
void rv_aml_field_unit(struct rv_aml *w, const char *name, unsigned bits)
{
	if (name)
		rv_aml_path(w, name);
	else
		rv_aml_u8(w, 0);
	w->broken |= bits > 0x3f;
	rv_aml_u8(w, bits);
}
