/* SPDX-License-Identifier: Apache-2.0 */
/* resource.c - resource descriptors (ACPI specification 6.5, chapter 6.4). */
#include "aml.h"

enum {
	BUFFER_OP = 0x11,
	BUFFER_ROOM = 1 + 3, /* PkgLength and size while being written */
	END_TAG = 0x79,

	/* Address space descriptors, 6.4.3.5: type and general flags. */
	TYPE_MEMORY = 0,
	TYPE_IO = 1,
	TYPE_BUS = 2,
	MIN_MAX_FIXED = 0x0c,
	ENTIRE_RANGE = 3, /* I/O: ISA and non-ISA */
};

/*
 * A Buffer needs its size in front of its contents: leave room for a word,
 * and close the gap when the size is known.
 */
void rv_aml_resources(struct rv_aml *w)
{
	rv_aml_u8(w, BUFFER_OP);
	if (w->depth == RV_AML_DEPTH) {
		w->broken = true;
		return;
	}
	w->block[w->depth++] = w->n;
	rv_aml_le(w, 0, BUFFER_ROOM);
}

void rv_aml_resources_end(struct rv_aml *w)
{
	static const uint8_t end[] = { END_TAG, 0 };
	uint8_t integer[9];
	size_t at, n, size;

	rv_aml_bytes(w, end, sizeof end);
	if (w->failed || !w->depth) {
		w->broken |= !w->depth;
		return;
	}
	at = w->block[w->depth - 1] + 1;
	n = w->n - at - 3;
	w->broken |= n > 0xffff;
	size = rv_aml_integer_bytes(n & 0xffff, integer);
	memmove(w->p + at + size, w->p + at + 3, n);
	memcpy(w->p + at, integer, size);
	w->n = at + size + n;
	rv_aml_end(w);
}

/* 6.4.2.5, decoding all 16 bits. */
void rv_aml_io(struct rv_aml *w, unsigned base, unsigned align, unsigned len)
{
	rv_aml_u8(w, 0x47);
	rv_aml_u8(w, 1);
	rv_aml_le(w, base, 2);
	rv_aml_le(w, base, 2);
	rv_aml_u8(w, align);
	rv_aml_u8(w, len);
}

/* 6.4.2.1, in two lengths. */
void rv_aml_irq_no_flags(struct rv_aml *w, unsigned irq)
{
	rv_aml_u8(w, 0x22);
	rv_aml_le(w, 1u << irq, 2);
}

void rv_aml_irq_shared(struct rv_aml *w, unsigned irq)
{
	rv_aml_u8(w, 0x23);
	rv_aml_le(w, 1u << irq, 2);
	rv_aml_u8(w, 0x18);
}

/* 6.4.3.6 */
void rv_aml_interrupt(struct rv_aml *w, enum rv_aml_trigger flags,
		      const uint32_t *irq, unsigned count)
{
	rv_aml_u8(w, 0x89);
	rv_aml_le(w, 2 + 4 * count, 2);
	rv_aml_u8(w, flags);
	rv_aml_u8(w, count);
	for (unsigned i = 0; i < count; i++)
		rv_aml_le(w, irq[i], 4);
}

/*
 * 6.4.3.5.1-3: the same fields at three widths: granularity, minimum, maximum,
 * translation and length.
 */
static void address_space(struct rv_aml *w, unsigned tag, unsigned type,
			  unsigned flags, uint64_t min, uint64_t max)
{
	size_t width = tag == 0x88 ? 2 : tag == 0x87 ? 4 : 8;

	rv_aml_u8(w, tag);
	rv_aml_le(w, 3 + 5 * width, 2);
	rv_aml_u8(w, type);
	rv_aml_u8(w, MIN_MAX_FIXED);
	rv_aml_u8(w, flags);
	rv_aml_le(w, 0, width);
	rv_aml_le(w, min, width);
	rv_aml_le(w, max, width);
	rv_aml_le(w, 0, width);
	rv_aml_le(w, max - min + 1, width);
}

void rv_aml_word_bus(struct rv_aml *w, unsigned min, unsigned max)
{
	address_space(w, 0x88, TYPE_BUS, 0, min, max);
}

void rv_aml_word_io(struct rv_aml *w, unsigned min, unsigned max)
{
	address_space(w, 0x88, TYPE_IO, ENTIRE_RANGE, min, max);
}

void rv_aml_dword_io(struct rv_aml *w, uint32_t min, uint32_t max)
{
	address_space(w, 0x87, TYPE_IO, ENTIRE_RANGE, min, max);
}

void rv_aml_dword_memory(struct rv_aml *w, enum rv_aml_memory type,
			 uint32_t min, uint32_t max)
{
	address_space(w, 0x87, TYPE_MEMORY, type, min, max);
}

void rv_aml_qword_memory(struct rv_aml *w, enum rv_aml_memory type,
			 uint64_t min, uint64_t max)
{
	address_space(w, 0x8a, TYPE_MEMORY, type, min, max);
}

/* 6.4.3.4, read and write. */
void rv_aml_memory32_fixed(struct rv_aml *w, uint32_t base, uint32_t len)
{
	rv_aml_u8(w, 0x86);
	rv_aml_le(w, 9, 2);
	rv_aml_u8(w, 1);
	rv_aml_le(w, base, 4);
	rv_aml_le(w, len, 4);
}
