/* SPDX-License-Identifier: Apache-2.0 */
/* cause.c - what may have caused a difference, in words. */
#include "diff.h"

/* A recorded register of a release, by number; -1 is MRTD. */
static const char *same_as(const struct rv_release *r, int imr,
			   const struct rv_sha384 *v)
{
	const struct rv_recorded *list[2] = { NULL, NULL };
	static const char *const how[] = { " (pages added in a single pass)",
					   " (pages added in two passes)" };

	if (imr == -1) {
		list[0] = &r->single_pass;
		list[1] = &r->two_pass;
	} else if (imr == 1) {
		list[0] = &r->rtmr1;
	} else if (imr == 2) {
		list[0] = &r->rtmr2;
	}
	for (size_t i = 0; i < 2; i++)
		if (list[i] && list[i]->known &&
		    memcmp(list[i]->value.b, v->b, sizeof v->b) == 0)
			return imr == -1 ? how[i] : "";
	return NULL;
}

/* Which releases have just this value: up to three names. */
static void name_releases(const struct rv_diff_input *in, int imr,
			  const struct rv_sha384 *v, struct rv_grow *out)
{
	static const char *const reg[] = { "MRTD", "RTMR0", "RTMR1", "RTMR2",
					   "RTMR3" };
	size_t found = 0;

	for (size_t i = 0; i < in->n_known; i++) {
		const char *how = same_as(&in->known[i], imr, v);

		if (!how)
			continue;
		if (found == 0)
			rv_grow_printf(out, "; it is the %s of %s%s",
				       reg[imr + 1], in->known[i].name, how);
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

void rv_diff_cause(const struct rv_diff_input *in, int imr,
		   const struct rv_sha384 *actual,
		   const struct rv_divergence *d, struct rv_grow *out)
{
	size_t before = out->buf.n;

	if (imr == -1)
		mrtd_cause(&in->values->mrtd, actual, out);
	if (out->buf.n == before)
		name_releases(in, imr, actual, out);
	if (out->buf.n == before && d)
		event_cause(d, out);
}
