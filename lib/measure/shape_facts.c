/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape_facts.c - a shape as facts that somebody states one by one: one rule
 * for whose word counts, and words for who said what.
 */
#include "base.h"
#include "json.h"

#include <refval.h>

#include <stddef.h>
#include <stdio.h>

#define FACT(bit, key, field)                                                  \
	{                                                                      \
		bit, key, offsetof(struct rv_shape, field),                    \
		    sizeof(((struct rv_shape *)0)->field)                      \
	}

/* By the names of refval.values/1; of two fields of a fact the second has none.
 */
static const struct {
	uint32_t bit;
	const char *key;
	size_t at, n;
} facts[] = {
	FACT(RV_GIVEN_CPUS, "cpus", cpus),
	FACT(RV_GIVEN_MEMORY, "memory", memory),
	FACT(RV_GIVEN_QEMU, "qemu", qemu),
	FACT(RV_GIVEN_PAGE_ADD, "page_add", page_add),
	FACT(RV_GIVEN_PIC, "pic", pic),
	FACT(RV_GIVEN_GPUS, "gpus", gpus),
	FACT(RV_GIVEN_NVSWITCHES, "nvswitches", nvswitches),
	FACT(RV_GIVEN_NICS, "nics", nics),
	FACT(RV_GIVEN_VOLUMES, "volumes", volumes),
	FACT(RV_GIVEN_HUGEPAGES, "hugepages", hugepages),
	FACT(RV_GIVEN_PCI_HOLE64, "pci_hole64", pci_hole64),
	FACT(RV_GIVEN_HOTPLUG_OFF, "hotplug_off", hotplug_off),
	FACT(RV_GIVEN_HOST_SHARE, "host_share", host_share),
	FACT(RV_GIVEN_OVMF, "ovmf", ovmf),
	FACT(RV_GIVEN_OVMF, NULL, edk2),
	FACT(RV_GIVEN_SWTPM, "swtpm", swtpm),
	FACT(RV_GIVEN_NUMA, "numa", numa),
	FACT(RV_GIVEN_NUMA, NULL, numa_nodes),
	FACT(RV_GIVEN_ROOTFS, "root_verity", root_verity),
};

static const void *field(const struct rv_shape *s, size_t i)
{
	return (const char *)s + facts[i].at;
}

static bool unset(const struct rv_shape *s, size_t i)
{
	static const uint8_t zero[sizeof(struct rv_numa) * RV_NUMA_MAX];

	return memcmp(field(s, i), zero, facts[i].n) == 0;
}

void rv_shape_overlay(const struct rv_shape *stated, struct rv_shape *to)
{
	for (size_t i = 0; i < RV_LEN(facts); i++)
		if (facts[i].bit & stated->given)
			memcpy((char *)to + facts[i].at, field(stated, i),
			       facts[i].n);
	to->given |= stated->given;
}

uint32_t rv_shape_differs(const struct rv_shape *a, const struct rv_shape *b,
			  uint32_t which, uint32_t open)
{
	uint32_t out = 0;

	for (size_t i = 0; i < RV_LEN(facts); i++) {
		if (!(facts[i].bit & which) ||
		    (facts[i].bit & open && (unset(a, i) || unset(b, i))))
			continue;
		if (memcmp(field(a, i), field(b, i), facts[i].n) != 0)
			out |= facts[i].bit;
	}
	return out;
}

void rv_shape_fact_names(uint32_t which, char out[RV_SHAPE_NAMES_MAX])
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < RV_LEN(facts); i++)
		if (facts[i].bit & which && facts[i].key)
			n += (size_t)snprintf(out + n, RV_SHAPE_NAMES_MAX - n,
					      "%s%s", n ? ", " : "",
					      facts[i].key);
}

/* A fact as JSON writes it; what is long is not told. */
static void put_value(const rv_json *shape, const char *key, struct rv_grow *to)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_err ignored = { 0 };
	enum { LONG = 40 };

	if (!rv_json_dump(rv_json_get(shape, key), &text, &ignored))
		to->failed = true;
	else if (text.n > LONG)
		rv_grow_text(to, "...");
	else
		rv_grow_add(to, text.p, text.n);
}

static bool parse(const struct rv_shape *s, rv_json **out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	return rv_shape_write(s, &text, err) &&
	       rv_json_parse(rv_buf_span(&text), "shape", out, err);
}

bool rv_shape_overridden(const struct rv_shape *was, const struct rv_shape *is,
			 struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_json_free) rv_json *a = NULL, *b = NULL;
	uint32_t which = rv_shape_differs(was, is, was->given & is->given, 0);

	if (!which)
		return rv_buf_copy((struct rv_span){ 0 }, out, err);
	if (!parse(was, &a, err) || !parse(is, &b, err))
		return false;
	for (size_t i = 0; i < RV_LEN(facts); i++) {
		if (!(facts[i].bit & which) || !facts[i].key)
			continue;
		rv_grow_printf(&g, "%s%s ", g.buf.n ? ", " : "", facts[i].key);
		put_value(b, facts[i].key, &g);
		rv_grow_text(&g, " and not ");
		put_value(a, facts[i].key, &g);
	}
	return rv_grow_take(&g, out, err);
}
