/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aml.h - a writer of ACPI Machine Language (ACPI specification 6.5, chapter
 * 20). Each function is named after the term it writes.
 *
 * AML is written in prefix order, so a Name is a name followed by its value,
 * and a block (Scope, Device, Method, If ...) is everything until rv_aml_end().
 * Expressions nest, and write themselves from the left to the right.
 */
#ifndef RV_ACPI_AML_H
#define RV_ACPI_AML_H

#include "base.h"

enum {
	RV_AML_DEPTH = 16,    /* blocks inside each other */
	RV_AML_PATH_MAX = 48, /* bytes of a NameString */
};

/* Bytes being written: AML, and the tables around it. A failure sticks. */
struct rv_aml {
	uint8_t *p; /* owned; rv_aml_free() */
	size_t n, room;
	size_t block[RV_AML_DEPTH]; /* where the open blocks' lengths go */
	unsigned depth;
	bool failed; /* out of memory */
	bool broken; /* a name or nesting that AML cannot say */
};

/* Make room for @n bytes more, at once; false after any failure. */
bool rv_aml_reserve(struct rv_aml *w, size_t n);
void rv_aml_free(struct rv_aml *w);

/* ---- plain bytes ---- */

/* Is there room for @n bytes more, at w->p + w->n? */
static inline bool rv_aml_room(struct rv_aml *w, size_t n)
{
	return w->room - w->n >= n || rv_aml_reserve(w, n);
}

static inline void rv_aml_bytes(struct rv_aml *w, const void *p, size_t n)
{
	if (!rv_aml_room(w, n) || !n)
		return;
	memcpy(w->p + w->n, p, n);
	w->n += n;
}

void rv_aml_zeros(struct rv_aml *w, size_t n);
/* Eight bytes, little-endian: compilers make one store of it. */
static inline void rv_aml_put_le64(uint8_t p[8], uint64_t v)
{
	const uint8_t b[8] = {
		(uint8_t)v,	    (uint8_t)(v >> 8),	(uint8_t)(v >> 16),
		(uint8_t)(v >> 24), (uint8_t)(v >> 32), (uint8_t)(v >> 40),
		(uint8_t)(v >> 48), (uint8_t)(v >> 56),
	};

	memcpy(p, b, sizeof b);
}

/* @v as @n bytes, little-endian; at most 8. */
static inline void rv_aml_le(struct rv_aml *w, uint64_t v, size_t n)
{
	if (!rv_aml_room(w, 8))
		return;
	rv_aml_put_le64(w->p + w->n, v);
	w->n += n;
}

static inline void rv_aml_u8(struct rv_aml *w, unsigned v)
{
	if (rv_aml_room(w, 1))
		w->p[w->n++] = (uint8_t)v;
}

/* ---- blocks: an opcode, a PkgLength (20.2.4), and what is inside ---- */

/* One byte is kept for the length; rv_aml_end() makes room for more. */
static inline void rv_aml_open(struct rv_aml *w, unsigned op)
{
	if (w->depth == RV_AML_DEPTH) {
		w->broken = true;
		return;
	}
	if (op > 0xff)
		rv_aml_u8(w, op >> 8);
	rv_aml_u8(w, op & 0xff);
	w->block[w->depth++] = w->n;
	rv_aml_u8(w, 0);
}

/* Close the block opened last. */
void rv_aml_long_end(struct rv_aml *w);

static inline void rv_aml_end(struct rv_aml *w)
{
	if (w->depth && !w->failed && w->n - w->block[w->depth - 1] < 64) {
		size_t at = w->block[--w->depth];

		w->p[at] = (uint8_t)(w->n - at);
	} else {
		rv_aml_long_end(w);
	}
}

/* ---- data objects ---- */

/* Zero, One, Byte, Word, DWord or QWord: whichever is shortest. */
static inline size_t rv_aml_integer_bytes(uint64_t v, uint8_t out[9])
{
	size_t n = v <= 0xff ? 1 : v <= 0xffff ? 2 : v <= 0xffffffff ? 4 : 8;

	out[0] = (uint8_t)v; /* ZeroOp and OneOp are their own value */
	if (v <= 1)
		return 1;
	out[0] = n == 1 ? 0x0a : n == 2 ? 0x0b : n == 4 ? 0x0c : 0x0e;
	rv_aml_put_le64(out + 1, v);
	return n + 1;
}

static inline void rv_aml_integer(struct rv_aml *w, uint64_t v)
{
	if (rv_aml_room(w, 9))
		w->n += rv_aml_integer_bytes(v, w->p + w->n);
}

void rv_aml_string(struct rv_aml *w, const char *s);
/* EISAID("PNP0A08"): a compressed DWord. */
void rv_aml_eisaid(struct rv_aml *w, const char *id);
/* A NameString: "\\_SB.PCI0", "^S08", "ABC" (padded to ABC_). */
void rv_aml_long_path(struct rv_aml *w, const char *path);

/* Four plain characters: a NameSeg as it stands. */
static inline bool rv_aml_is_seg(const char *s)
{
	return s[0] && s[0] != '\\' && s[0] != '^' && s[1] && s[1] != '.' &&
	       s[2] && s[2] != '.' && s[3] && s[3] != '.' && !s[4];
}

static inline void rv_aml_path(struct rv_aml *w, const char *path)
{
	if (rv_aml_is_seg(path))
		rv_aml_bytes(w, path, 4);
	else
		rv_aml_long_path(w, path);
}

/* A Buffer holding @p. */
void rv_aml_buffer(struct rv_aml *w, const void *p, size_t n);

/* ---- named objects and blocks ---- */

/* Name (path, ...): the value is what is written next. */
void rv_aml_name(struct rv_aml *w, const char *path);
void rv_aml_name_integer(struct rv_aml *w, const char *path, uint64_t v);
void rv_aml_name_string(struct rv_aml *w, const char *path, const char *s);
void rv_aml_name_eisaid(struct rv_aml *w, const char *path, const char *id);

enum rv_aml_serial {
	RV_NOT_SERIALIZED = 0,
	RV_SERIALIZED = 8,
};

void rv_aml_scope(struct rv_aml *w, const char *path);
void rv_aml_device(struct rv_aml *w, const char *path);
void rv_aml_processor(struct rv_aml *w, const char *path, unsigned id);
void rv_aml_method(struct rv_aml *w, const char *path, unsigned args,
		   enum rv_aml_serial serial);
/* A Package of @count elements: those written next, until rv_aml_end(). */
static inline void rv_aml_package(struct rv_aml *w, unsigned count)
{
	rv_aml_open(w, 0x12);
	rv_aml_u8(w, count);
}

void rv_aml_else(struct rv_aml *w);

void rv_aml_mutex(struct rv_aml *w, const char *path);
void rv_aml_acquire(struct rv_aml *w, const char *path);
void rv_aml_release(struct rv_aml *w, const char *path);

enum rv_aml_space {
	RV_SPACE_MEMORY = 0,
	RV_SPACE_IO = 1,
	RV_SPACE_PCI_CONFIG = 2,
};

void rv_aml_operation_region(struct rv_aml *w, const char *name,
			     enum rv_aml_space space, uint64_t offset,
			     uint64_t length);

/* The same without offset and length, which are written next. */
void rv_aml_operation_region_head(struct rv_aml *w, const char *name,
				  enum rv_aml_space space);

/* Field flags: access width, no lock, and what writing does to the rest. */
enum rv_aml_field_flags {
	RV_FIELD_ANY = 0x00,
	RV_FIELD_BYTE = 0x01,
	RV_FIELD_DWORD = 0x03,
	RV_FIELD_WRITE_AS_ZEROS = 0x40,
};

void rv_aml_field(struct rv_aml *w, const char *region, unsigned flags);
/* One named unit of a field; @name NULL: bits skipped. */
void rv_aml_field_unit(struct rv_aml *w, const char *name, unsigned bits);

/* ---- resource descriptors (chapter 6.4), in resource.c ---- */

/* ResourceTemplate: descriptors until rv_aml_resources_end(). */
void rv_aml_resources(struct rv_aml *w);
void rv_aml_resources_end(struct rv_aml *w);
void rv_aml_io(struct rv_aml *w, unsigned base, unsigned align, unsigned len);
void rv_aml_irq_no_flags(struct rv_aml *w, unsigned irq);
/* IRQ (Level, ActiveLow, Shared). */
void rv_aml_irq_shared(struct rv_aml *w, unsigned irq);

enum rv_aml_trigger {
	RV_LEVEL_SHARED = 0x09, /* consumer, level, active high, shared */
	RV_EDGE_SHARED = 0x0b,	/* consumer, edge, active high, shared */
};

void rv_aml_interrupt(struct rv_aml *w, enum rv_aml_trigger flags,
		      const uint32_t *irq, unsigned count);
void rv_aml_word_bus(struct rv_aml *w, unsigned min, unsigned max);
void rv_aml_word_io(struct rv_aml *w, unsigned min, unsigned max);
void rv_aml_dword_io(struct rv_aml *w, uint32_t min, uint32_t max);

enum rv_aml_memory {
	RV_NON_CACHEABLE_RW = 1,
	RV_CACHEABLE_RW = 3,
};

void rv_aml_dword_memory(struct rv_aml *w, enum rv_aml_memory type,
			 uint32_t min, uint32_t max);
void rv_aml_qword_memory(struct rv_aml *w, enum rv_aml_memory type,
			 uint64_t min, uint64_t max);
void rv_aml_memory32_fixed(struct rv_aml *w, uint32_t base, uint32_t len);

/* ---- expressions ---- */

/*
 * AML is written in order, and C leaves the order of a function's arguments
 * open: so operators are macros with their ACPI names, and operands, which
 * write themselves, are separated by comma operators. All write to the `w` in
 * scope; PUT marks a whole expression as a statement.
 */
#define PUT(term) (term)

#define INT(v)	    rv_aml_integer(w, v)
#define NAME(s)	    rv_aml_path(w, s)
#define STRING(s)   rv_aml_string(w, s)
#define ARG(i)	    rv_aml_u8(w, 0x68 + (i))
#define LOCAL(i)    rv_aml_u8(w, 0x60 + (i))
#define aml_break() rv_aml_u8(w, 0xa5)
#define aml_debug() rv_aml_le(w, 0x315b, 2)

#define AML_OP(op)	   rv_aml_u8(w, op)
#define AML_NULL	   rv_aml_u8(w, 0) /* a target that is not there */
#define AML_1(op, a)	   (AML_OP(op), (a))
#define AML_2(op, a, b)	   (AML_OP(op), (a), (b))
#define AML_3(op, a, b, c) (AML_OP(op), (a), (b), (c))

#define aml_store(source, to)	  AML_2(0x70, source, to)
#define aml_add(a, b)		  AML_3(0x72, a, b, AML_NULL)
#define aml_subtract(a, b, to)	  AML_3(0x74, a, b, to)
#define aml_increment(a)	  AML_1(0x75, a)
#define aml_shift_left(a, n)	  AML_3(0x79, a, n, AML_NULL)
#define aml_shift_right(a, n)	  AML_3(0x7a, a, n, AML_NULL)
#define aml_and(a, b)		  AML_3(0x7b, a, b, AML_NULL)
#define aml_and_to(a, b, to)	  AML_3(0x7b, a, b, to)
#define aml_or(a, b)		  AML_3(0x7d, a, b, AML_NULL)
#define aml_or_to(a, b, to)	  AML_3(0x7d, a, b, to)
#define aml_deref_of(a)		  AML_1(0x83, a)
#define aml_notify(object, v)	  AML_2(0x86, object, v)
#define aml_size_of(a)		  AML_1(0x87, a)
#define aml_index(a, i)		  AML_3(0x88, a, i, AML_NULL)
#define aml_create_dword(a, i, n) AML_3(0x8a, a, i, n)
#define aml_land(a, b)		  AML_2(0x90, a, b)
#define aml_lor(a, b)		  AML_2(0x91, a, b)
#define aml_lnot(a)		  AML_1(0x92, a)
#define aml_lequal(a, b)	  AML_2(0x93, a, b)
#define aml_lless(a, b)		  AML_2(0x95, a, b)
#define aml_to_buffer(a, to)	  AML_2(0x96, a, to)
#define aml_to_hex_string(a, to)  AML_2(0x98, a, to)
#define aml_return(a)		  AML_1(0xa4, a)

/* Call a method with one or more arguments. */
#define aml_call(path, ...) (NAME(path), __VA_ARGS__)
/* A Package of @count elements, of which the first are given. */
#define aml_package(count, ...)                                                \
	(rv_aml_package(w, count), __VA_ARGS__, rv_aml_end(w))
#define aml_empty_package(count) (rv_aml_package(w, count), rv_aml_end(w))
#define aml_buffer(p, n)	 rv_aml_buffer(w, p, n)

/* Open a block behind a condition. */
#define rv_aml_if(w, condition)	   (rv_aml_open(w, 0xa0), (condition))
#define rv_aml_while(w, condition) (rv_aml_open(w, 0xa2), (condition))

#endif
