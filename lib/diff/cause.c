/* SPDX-License-Identifier: Apache-2.0 */
/* cause.c - what may have caused a difference, in words. */
#include "diff.h"

/* The values that a record has for a register, and how each came about. */
static size_t recorded(const struct rv_release *r, const char *name,
		       const struct rv_recorded *out[2])
{
	if (strcmp(name, "mrtd") == 0) {
		out[0] = &r->single_pass;
		out[1] = &r->two_pass;
		return 2;
	}
	out[0] = strcmp(name, "rtmr1") == 0   ? &r->rtmr1
		 : strcmp(name, "rtmr2") == 0 ? &r->rtmr2
					      : NULL;
	return out[0] != NULL;
}

/* A recorded register of a release that is @v: how, in words; or NULL. */
static const char *same_as(const struct rv_release *r, const char *name,
			   const struct rv_sha384 *v)
{
	static const char *const how[] = { " (pages added in a single pass)",
					   " (pages added in two passes)" };
	const struct rv_recorded *list[2];
	size_t n = recorded(r, name, list);

	for (size_t i = 0; i < n; i++)
		if (list[i]->known &&
		    memcmp(list[i]->value.b, v->b, sizeof v->b) == 0)
			return n == 2 ? how[i] : "";
	return NULL;
}

/*
 * Which releases have just this value: up to three names. Where one fits as a
 * whole, a row of its own says that once.
 */
static void name_releases(const struct rv_diff_input *in, const char *name,
			  const struct rv_sha384 *v, struct rv_grow *out)
{
	RV_AUTO(rv_grow_free) struct rv_grow whole = { 0 };
	char label[16];
	size_t found = 0;

	if (rv_diff_fitting(in, &whole))
		return;
	rv_mr_label(name, label);
	for (size_t i = 0; i < in->n_known; i++) {
		const char *how = same_as(&in->known[i], name, v);

		if (!how)
			continue;
		if (found == 0)
			rv_grow_printf(out, "; it is the %s of %s%s", label,
				       in->known[i].name, how);
		else if (found < 3)
			rv_grow_printf(out, ", %s", in->known[i].name);
		found++;
	}
	if (found > 3)
		rv_grow_printf(out, " and %zu more", found - 3);
}

/* The two ways to add pages give two values; the other one is a clear sign. */
static void mrtd_cause(const struct rv_mrtd *m, const struct rv_sha384 *v,
		       struct rv_grow *out)
{
	if (m->has_two && memcmp(m->two_pass.b, v->b, 48) == 0)
		rv_grow_text(out, "; it is this firmware with pages added in "
				  "two passes, as QEMU 8.x does: the machine "
				  "shape names another QEMU");
	else if (m->has_single && memcmp(m->single_pass.b, v->b, 48) == 0)
		rv_grow_text(out, "; it is this firmware with pages added in "
				  "a single pass, as QEMU 9.0 and newer do: "
				  "the machine shape names another QEMU");
}

/* What a predicted event's label tells about its cause. */
static const struct {
	const char *label, *cause;
} causes[] = {
	{ "td-hob", "another memory size, or another firmware layout" },
	{ "cfv", "another firmware variable store" },
	{ "secure-boot", "other Secure Boot variables" },
	{ "acpi-loader", "another number of CPUs, PCI devices or tables" },
	{ "acpi-rsdp", "ACPI tables of another length" },
	{ "acpi-tables", "another CPU count, PCI hole, interrupt mode or QEMU "
			 "version" },
	{ "boot-order", "an edk2 of another release" },
	{ "boot0000", "an edk2 of another release" },
	{ "kernel", "another kernel, or a setup header that this QEMU patches "
		    "otherwise" },
	{ "cmdline", "another command line: another release or flavour (dev "
		     "instead of prod), or another root file system" },
	{ "initrd", "another initramfs: another release" },
};

static void event_cause(const struct rv_divergence *d, struct rv_grow *out)
{
	const char *label = d->expected ? d->expected->label : "";

	for (size_t i = 0; i < RV_LEN(causes); i++)
		if (strcmp(causes[i].label, label) == 0)
			rv_grow_printf(out, "; likely %s", causes[i].cause);
}

void rv_diff_cause(const struct rv_diff_input *in, const char *name,
		   const struct rv_sha384 *actual,
		   const struct rv_divergence *d, struct rv_grow *out)
{
	size_t before = out->buf.n;

	if (strcmp(name, "mrtd") == 0)
		mrtd_cause(&in->values->mrtd, actual, out);
	if (out->buf.n == before)
		name_releases(in, name, actual, out);
	if (out->buf.n == before && d)
		event_cause(d, out);
}
