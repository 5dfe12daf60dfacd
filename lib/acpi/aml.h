/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aml.h - a writer of ACPI Machine Language (ACPI specification 6.5, chapter
 * 20). Each function is named after the term it writes.
 *
 * AML is written in prefix order, so a Name is a name followed by its value,
 * and a block (Scope, Device, Method, If ...) is everything until rv_aml_end().
 * Expressions nest: their operands are small terms, passed by value.
 */
#ifndef RV_ACPI_AML_H
#define RV_ACPI_AML_H

#include "base.h"

enum {
	RV_AML_DEPTH = 16,    /* blocks inside each other */
	RV_AML_TERM_MAX = 40, /* bytes of an expression */
	/* Terms are copied whole, whatever their length: that is quicker. */
	RV_AML_TERM_ROOM = 8 + 3 * RV_AML_TERM_MAX,
};

/* Bytes being written: AML, and the tables around it. A failure sticks. */
struct rv_aml {
	uint8_t *p; /* owned; rv_aml_free() */
	size_t n, room;
	size_t block[RV_AML_DEPTH]; /* where the open blocks' lengths go */
	unsigned depth;
	bool failed; /* out of memory */
	bool broken; /* a name, term or nesting that AML cannot say */
};

/* The AML of one expression. */
struct rv_term {
	uint8_t n; /* bytes; above RV_AML_TERM_MAX: it did not fit */
	uint8_t b[RV_AML_TERM_ROOM];
};

/* Make room for @n bytes more, at once. */
void rv_aml_reserve(struct rv_aml *w, size_t n);
void rv_aml_free(struct rv_aml *w);

/* ---- plain bytes ---- */

/* Is there room for @n bytes more, at w->p + w->n? */
static inline bool rv_aml_room(struct rv_aml *w, size_t n)
{
	if (w->room - w->n < n)
		rv_aml_reserve(w, n);
	return !w->failed;
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

/* The same, at an offset that AML computes. */
void rv_aml_operation_region_at(struct rv_aml *w, const char *name,
				enum rv_aml_space space, struct rv_term offset,
				uint64_t length);

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

/* Append a term; one that does not fit leaves @t too long to be written. */
static inline void rv_term_add(struct rv_term *t, const struct rv_term *a)
{
	if (t->n > RV_AML_TERM_MAX || a->n > RV_AML_TERM_MAX) {
		t->n = RV_AML_TERM_MAX + 1;
		return;
	}
	memcpy(t->b + t->n, a->b, RV_AML_TERM_MAX);
	t->n = (uint8_t)(t->n + a->n);
}

static inline struct rv_term rv_term_byte(unsigned v)
{
	struct rv_term t;

	t.n = 1;
	t.b[0] = (uint8_t)v;
	return t;
}

static inline struct rv_term rv_term_integer(uint64_t v)
{
	struct rv_term t;

	t.n = (uint8_t)rv_aml_integer_bytes(v, t.b);
	return t;
}

struct rv_term rv_term_long_path(const char *path);

static inline struct rv_term rv_term_path(const char *path)
{
	struct rv_term t;

	if (!rv_aml_is_seg(path))
		return rv_term_long_path(path);
	t.n = 4;
	memcpy(t.b, path, 4);
	return t;
}

/* An operator and its operands; @pad zero bytes behind: null targets. */
static inline struct rv_term rv_aml_op(unsigned op, const struct rv_term *a,
				       const struct rv_term *b,
				       const struct rv_term *c, size_t pad)
{
	struct rv_term t = rv_term_byte(op);

	if (a)
		rv_term_add(&t, a);
	if (b)
		rv_term_add(&t, b);
	if (c)
		rv_term_add(&t, c);
	if (pad && t.n <= RV_AML_TERM_MAX)
		t.b[t.n++] = 0;
	return t;
}

struct rv_term rv_term_string(const char *s);
struct rv_term rv_term_buffer(const void *p, size_t n);
struct rv_term rv_term_package(const struct rv_term *element, size_t elements,
			       unsigned count);

/* Write an expression as a statement. */
static inline void rv_aml_put(struct rv_aml *w, struct rv_term t)
{
	if (t.n > RV_AML_TERM_MAX) {
		w->broken = true;
	} else if (rv_aml_room(w, RV_AML_TERM_MAX)) {
		memcpy(w->p + w->n, t.b, RV_AML_TERM_MAX);
		w->n += t.n;
	}
}

/* Open a block behind a condition. */
void rv_aml_if(struct rv_aml *w, struct rv_term condition);
void rv_aml_while(struct rv_aml *w, struct rv_term condition);

/*
 * The ACPI names of the operators, without prefix: they have no linkage, and
 * only the files that write the DSDT include this header.
 */
#define AML_UNARY(name, op, pad)                                               \
	static inline struct rv_term name(struct rv_term a)                    \
	{                                                                      \
		return rv_aml_op(op, &a, NULL, NULL, pad);                     \
	}
#define AML_BINARY(name, op, pad)                                              \
	static inline struct rv_term name(struct rv_term a, struct rv_term b)  \
	{                                                                      \
		return rv_aml_op(op, &a, &b, NULL, pad);                       \
	}
#define AML_TERNARY(name, op)                                                  \
	static inline struct rv_term name(struct rv_term a, struct rv_term b,  \
					  struct rv_term to)                   \
	{                                                                      \
		return rv_aml_op(op, &a, &b, &to, 0);                          \
	}

AML_BINARY(aml_store, 0x70, 0)	       /* Store (source, destination) */
AML_UNARY(aml_increment, 0x75, 0)      /* Increment (operand) */
AML_BINARY(aml_shift_left, 0x79, 1)    /* ShiftLeft (operand, count) */
AML_BINARY(aml_shift_right, 0x7a, 1)   /* ShiftRight (operand, count) */
AML_BINARY(aml_add, 0x72, 1)	       /* Add (a, b) */
AML_TERNARY(aml_subtract, 0x74)	       /* Subtract (a, b, result) */
AML_BINARY(aml_and, 0x7b, 1)	       /* And (a, b) */
AML_TERNARY(aml_and_to, 0x7b)	       /* And (a, b, result) */
AML_BINARY(aml_or, 0x7d, 1)	       /* Or (a, b) */
AML_TERNARY(aml_or_to, 0x7d)	       /* Or (a, b, result) */
AML_UNARY(aml_deref_of, 0x83, 0)       /* DerefOf (reference) */
AML_BINARY(aml_notify, 0x86, 0)	       /* Notify (object, value) */
AML_UNARY(aml_size_of, 0x87, 0)	       /* SizeOf (object) */
AML_BINARY(aml_index, 0x88, 1)	       /* Index (object, index) */
AML_TERNARY(aml_create_dword, 0x8a)    /* CreateDWordField (buf, at, name) */
AML_BINARY(aml_land, 0x90, 0)	       /* LAnd (a, b) */
AML_BINARY(aml_lor, 0x91, 0)	       /* LOr (a, b) */
AML_UNARY(aml_lnot, 0x92, 0)	       /* LNot (a) */
AML_BINARY(aml_lequal, 0x93, 0)	       /* LEqual (a, b) */
AML_BINARY(aml_lless, 0x95, 0)	       /* LLess (a, b) */
AML_BINARY(aml_to_buffer, 0x96, 0)     /* ToBuffer (operand, result) */
AML_BINARY(aml_to_hex_string, 0x98, 0) /* ToHexString (operand, result) */
AML_UNARY(aml_return, 0xa4, 0)	       /* Return (value) */

#undef AML_UNARY
#undef AML_BINARY
#undef AML_TERNARY

static inline struct rv_term aml_local(unsigned i)
{
	return rv_term_byte(0x60 + i);
}

static inline struct rv_term aml_arg(unsigned i)
{
	return rv_term_byte(0x68 + i);
}

static inline struct rv_term aml_break(void)
{
	return rv_term_byte(0xa5);
}

static inline struct rv_term aml_debug(void)
{
	struct rv_term t = rv_term_byte(0x5b);

	t.b[t.n++] = 0x31;
	return t;
}

/* Call @path with @args arguments. */
struct rv_term rv_aml_call(const char *path, const struct rv_term *arg,
			   size_t args);
#define aml_call(path, ...)                                                    \
	rv_aml_call(path, (struct rv_term[]){ __VA_ARGS__ },                   \
		    sizeof((struct rv_term[]){ __VA_ARGS__ }) /                \
			sizeof(struct rv_term))

#define INT(v)	  rv_term_integer(v)
#define NAME(s)	  rv_term_path(s)
#define ARG(i)	  aml_arg(i)
#define LOCAL(i)  aml_local(i)
#define PUT(term) rv_aml_put(w, term)

#endif
