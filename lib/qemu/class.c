/* SPDX-License-Identifier: Apache-2.0 */
/*
 * class.c - versions of QEMU that give the same ACPI blobs: those whose rows
 * are equal there.
 */
#include "qemu.h"

#include <stdio.h>

/* The routing of an expander reaches the blobs of machines that have one. */
static struct rv_qemu_acpi facts(const struct rv_qemu_row *row, bool pxb)
{
	struct rv_qemu_acpi a = row->acpi;

	a.static_pxb_prt &= pxb;
	return a;
}

static bool same(const struct rv_qemu_acpi *a, const struct rv_qemu_acpi *b)
{
	return a->madt_revision == b->madt_revision &&
	       a->pdsm_tests_aidx == b->pdsm_tests_aidx &&
	       a->static_pxb_prt == b->static_pxb_prt &&
	       a->eject_list == b->eject_list && a->pres_ini == b->pres_ini &&
	       a->serial_shared == b->serial_shared;
}

size_t rv_qemu_class_of(const struct rv_qemu_classes *c,
			const struct rv_qemu_row *row)
{
	const struct rv_qemu_acpi a = facts(row, c->pxb);
	size_t i = 0;

	while (i < c->n && !same(&c->class[i].acpi, &a))
		i++;
	return i;
}

/* The first row of each page order stands for the class, a met one rather. */
static void represent(const struct rv_qemu_classes *c, size_t i,
		      struct rv_qemu_class *out)
{
	bool met[2] = { false, false }, pic_met = false, any = false;

	for (size_t k = 0; k < rv_qemu_rows(); k++) {
		const struct rv_qemu_row *row = rv_qemu_row(k);
		bool one = row->page_add == RV_PAGE_ADD_SINGLE;
		struct rv_qemu *v = one ? &out->single : &out->two_pass;

		if (rv_qemu_class_of(c, row) != i)
			continue;
		if (!v->major || (row->met && !met[one]))
			*v = row->shown;
		if (!any || (row->met && !pic_met))
			out->pic = row->pic;
		any = true;
		met[one] |= row->met;
		pic_met |= row->met;
	}
}

/* Hosts with the oldest QEMU are rare: its class comes last. */
void rv_qemu_classify(bool pxb, struct rv_qemu_classes *out)
{
	struct rv_qemu_classes c = { .pxb = pxb };
	size_t n = rv_qemu_rows();

	for (size_t k = 1; k <= n; k++) {
		const struct rv_qemu_row *row = rv_qemu_row(k % n);

		if (rv_qemu_class_of(&c, row) == c.n)
			c.class[c.n++].acpi = facts(row, pxb);
	}
	for (size_t i = 0; i < c.n; i++)
		represent(&c, i, &c.class[i]);
	*out = c;
}

/* ---- in words ---- */

static bool same_branch(const struct rv_qemu_row *a,
			const struct rv_qemu_row *b)
{
	return a->first.major == b->first.major &&
	       a->first.minor == b->first.minor;
}

/* Rows @from to @to, which follow each other. */
static int words(size_t from, size_t to, char *out, size_t n)
{
	const struct rv_qemu_row *a = rv_qemu_row(from), *b = rv_qemu_row(to);
	const struct rv_qemu_row *next =
	    to + 1 < rv_qemu_rows() ? rv_qemu_row(to + 1) : NULL;
	bool ends = !next || !same_branch(b, next);

	if (!ends && from == to && next->first.micro == a->first.micro + 1)
		return snprintf(out, n, "%s.%u", a->name, a->first.micro);
	if (!ends)
		return snprintf(out, n, "%s.%u to %s.%u", a->name,
				a->first.micro, b->name, next->first.micro - 1);
	if (a->first.micro && same_branch(a, b))
		return snprintf(out, n, "%s.%u and later of %s", a->name,
				a->first.micro, b->name);
	if (a->first.micro)
		return snprintf(out, n, "%s.%u to %s", a->name, a->first.micro,
				b->name);
	return from == to ? snprintf(out, n, "%s", a->name)
			  : snprintf(out, n, "%s to %s", a->name, b->name);
}

void rv_qemu_words(const struct rv_qemu_classes *c, size_t i,
		   char out[RV_QEMU_WORDS])
{
	size_t rows = rv_qemu_rows(), n = 0;

	*out = '\0';
	for (size_t from = 0, to; from < rows; from = to + 1) {
		to = from;
		if (rv_qemu_class_of(c, rv_qemu_row(from)) != i)
			continue;
		while (to + 1 < rows &&
		       rv_qemu_class_of(c, rv_qemu_row(to + 1)) == i)
			to++;
		if (n && n < RV_QEMU_WORDS)
			n += (size_t)snprintf(out + n, RV_QEMU_WORDS - n, ", ");
		if (n < RV_QEMU_WORDS)
			n +=
			    (size_t)words(from, to, out + n, RV_QEMU_WORDS - n);
	}
}
