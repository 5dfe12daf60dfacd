/* SPDX-License-Identifier: Apache-2.0 */
/* aml.c - the terms of the ACPI Machine Language. See aml.h. */
#include "aml.h"

#include <stdlib.h>

enum {
	FIRST_ROOM = 16384,
	PATH_MAX_BYTES = 64,

	/* ACPI 6.5, 20.2: opcodes; two bytes begin with ExtOpPrefix. */
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
	OP_IF = 0xa0,
	OP_ELSE = 0xa1,
	OP_WHILE = 0xa2,
};

/* ---- plain bytes ---- */

void rv_aml_reserve(struct rv_aml *w, size_t n)
{
	size_t room = w->room ? w->room : FIRST_ROOM;
	uint8_t *p;

	if (w->failed || n <= w->room - w->n)
		return;
	while (room - w->n < n && room < SIZE_MAX / 4)
		room *= 2;
	p = room - w->n < n ? NULL : realloc(w->p, room);
	if (!p) {
		w->failed = true;
		return;
	}
	w->p = p;
	w->room = room;
}

void rv_aml_free(struct rv_aml *w)
{
	free(w->p);
	*w = (struct rv_aml){ 0 };
}

void rv_aml_zeros(struct rv_aml *w, size_t n)
{
	rv_aml_reserve(w, n);
	if (w->failed || !n)
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
		rv_aml_reserve(w, k - 1);
		if (w->failed)
			return;
		memmove(w->p + at + k, w->p + at + 1, n);
		w->n += k - 1;
	}
	pkg_length(w->p + at, n + k, k);
}

/* ---- names (20.2.2) ---- */

/* One NameSeg: up to four characters, padded with '_'. */
static const char *name_seg(const char *s, uint8_t *out)
{
	size_t i = 0;

	for (; *s && *s != '.' && i < 4; i++)
		out[i] = (uint8_t)*s++;
	for (; i < 4; i++)
		out[i] = '_';
	return s;
}

/* @path as a NameString into @out; its length, 0 when it is none. */
static size_t name_string(const char *path, uint8_t out[PATH_MAX_BYTES])
{
	size_t n = 0, segs = *path ? 1 : 0;

	while (*path == '\\' || *path == '^') {
		if (n == 8)
			return 0;
		out[n++] = (uint8_t)*path++;
	}
	segs = *path ? 1 : 0;
	for (const char *s = path; *s; s++)
		segs += *s == '.';
	if (segs > 8)
		return 0;
	if (segs == 0)
		out[n++] = 0;
	else if (segs == 2)
		out[n++] = OP_DUAL_NAME;
	else if (segs > 2)
		out[n++] = OP_MULTI_NAME;
	if (segs > 2)
		out[n++] = (uint8_t)segs;
	for (; segs; segs--, n += 4) {
		path = name_seg(path, out + n);
		if (segs > 1 && *path == '.')
			path++;
	}
	return *path ? 0 : n;
}

void rv_aml_long_path(struct rv_aml *w, const char *path)
{
	uint8_t b[PATH_MAX_BYTES];
	size_t n = name_string(path, b);

	w->broken |= n == 0;
	rv_aml_bytes(w, b, n);
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

void rv_aml_operation_region(struct rv_aml *w, const char *name,
			     enum rv_aml_space space, uint64_t offset,
			     uint64_t length)
{
	rv_aml_operation_region_at(w, name, space, rv_term_integer(offset),
				   length);
}

void rv_aml_operation_region_at(struct rv_aml *w, const char *name,
				enum rv_aml_space space, struct rv_term offset,
				uint64_t length)
{
	opcode(w, OP_REGION);
	rv_aml_path(w, name);
	rv_aml_u8(w, space);
	rv_aml_put(w, offset);
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

/* ---- expressions ---- */

static void add(struct rv_term *t, const void *p, size_t n)
{
	if (t->n > RV_AML_TERM_MAX || n > (size_t)RV_AML_TERM_MAX - t->n) {
		t->n = RV_AML_TERM_MAX + 1;
		return;
	}
	if (n)
		memcpy(t->b + t->n, p, n);
	t->n = (uint8_t)(t->n + n);
}

static void add_u8(struct rv_term *t, unsigned v)
{
	uint8_t b = (uint8_t)v;

	add(t, &b, 1);
}

struct rv_term rv_aml_call(const char *path, const struct rv_term *arg,
			   size_t args)
{
	struct rv_term t = rv_term_path(path);

	for (size_t i = 0; i < args; i++)
		rv_term_add(&t, &arg[i]);
	return t;
}

struct rv_term rv_term_long_path(const char *path)
{
	uint8_t b[PATH_MAX_BYTES];
	size_t n = name_string(path, b);
	struct rv_term t;

	t.n = 0;
	add(&t, b, n ? n : RV_AML_TERM_MAX + 1u);
	return t;
}

struct rv_term rv_term_string(const char *s)
{
	struct rv_term t;

	t.n = 0;
	add_u8(&t, OP_STRING);
	add(&t, s, strlen(s) + 1);
	return t;
}

/* A small block as a term: its PkgLength is always one byte. */
static struct rv_term small_block(unsigned op, const struct rv_term *inside)
{
	struct rv_term t;

	t.n = 0;
	add_u8(&t, op);
	add_u8(&t, inside->n + 1u);
	add(&t, inside->b, inside->n + 1u < 64 ? inside->n : 255u);
	return t;
}

struct rv_term rv_term_buffer(const void *p, size_t n)
{
	struct rv_term t = rv_term_integer(n);

	add(&t, p, n);
	return small_block(OP_BUFFER, &t);
}

struct rv_term rv_term_package(const struct rv_term *element, size_t elements,
			       unsigned count)
{
	struct rv_term t;

	t.n = 0;
	add_u8(&t, count);
	for (size_t i = 0; i < elements; i++)
		add(&t, element[i].b, element[i].n);
	return small_block(0x12, &t);
}

void rv_aml_if(struct rv_aml *w, struct rv_term condition)
{
	rv_aml_open(w, OP_IF);
	rv_aml_put(w, condition);
}

void rv_aml_while(struct rv_aml *w, struct rv_term condition)
{
	rv_aml_open(w, OP_WHILE);
	rv_aml_put(w, condition);
}
