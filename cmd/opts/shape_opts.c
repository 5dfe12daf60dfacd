/* SPDX-License-Identifier: Apache-2.0 */
/* shape_opts.c - a machine shape from --vm-config and single options. */
#include "shape_opts.h"
#include "base.h"
#include "out.h"

#include <stdio.h>

enum { VM_CONFIG_MAX = 16 << 20, RAM_UNIT = 8192 };

bool rv_size_parse(const char *text, uint64_t max, uint64_t *out)
{
	static const char unit[] = "KMGT";
	struct rv_span s = rv_text(text);
	size_t digits = 0;
	unsigned shift = 0;
	uint64_t v;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!rv_decimal(rv_span(s.p, digits), max, &v))
		return false;
	text += digits;
	if (*text && strchr(unit, *text)) {
		shift = 10 * (unsigned)(strchr(unit, *text) - unit + 1);
		text++;
		if (strcmp(text, "iB") == 0 || strcmp(text, "B") == 0)
			text += strlen(text);
	}
	if (*text || v > max >> shift)
		return false;
	*out = v << shift;
	return true;
}

/* One option with a number. */
static bool number(const char *name, const char *arg, uint64_t max,
		   uint32_t fact, struct rv_shape *s, uint32_t *out,
		   struct rv_err *err)
{
	uint64_t v = 0;

	if (!arg)
		return true;
	if (!rv_decimal(rv_text(arg), max, &v))
		return rv_fail(err, RV_USAGE,
			       "--%s %s: not a whole number from 0 to %" PRIu64,
			       name, arg, max);
	*out = (uint32_t)v;
	s->given |= fact;
	return true;
}

static bool size(const char *name, const char *arg, uint64_t max, uint32_t fact,
		 struct rv_shape *s, uint64_t *out, struct rv_err *err)
{
	uint64_t v = 0;

	if (!arg)
		return true;
	if (!rv_size_parse(arg, max, &v))
		return rv_fail(err, RV_USAGE,
			       "--%s %s: not a size up to %" PRIu64
			       "T, such as 2G, 2048M or 2147483648",
			       name, arg, max >> 40);
	*out = v;
	s->given |= fact;
	return true;
}

static bool counts(const struct rv_shape_opts *o, struct rv_shape *s,
		   struct rv_err *err)
{
	if (!number("cpus", o->cpus, RV_CPUS_MAX, RV_GIVEN_CPUS, s, &s->cpus,
		    err) ||
	    !size("memory", o->memory, RV_MEMORY_MAX, RV_GIVEN_MEMORY, s,
		  &s->memory, err) ||
	    !number("gpus", o->gpus, RV_DEVICES_MAX, RV_GIVEN_GPUS, s, &s->gpus,
		    err) ||
	    !number("nvswitches", o->nvswitches, RV_DEVICES_MAX,
		    RV_GIVEN_NVSWITCHES, s, &s->nvswitches, err) ||
	    !number("nics", o->nics, RV_DEVICES_MAX, RV_GIVEN_NICS, s, &s->nics,
		    err) ||
	    !number("volumes", o->volumes, RV_DEVICES_MAX, RV_GIVEN_VOLUMES, s,
		    &s->volumes, err) ||
	    !size("pci-hole64", o->pci_hole64, RV_PCI_HOLE_MAX,
		  RV_GIVEN_PCI_HOLE64, s, &s->pci_hole64, err))
		return false;
	if (o->cpus && !s->cpus)
		return rv_fail(err, RV_USAGE,
			       "--cpus 0: a machine has at least one");
	if (o->memory && (!s->memory || s->memory % RAM_UNIT))
		return rv_fail(err, RV_USAGE,
			       "--memory %s: not a multiple of %d bytes",
			       o->memory, RAM_UNIT);
	return true;
}

static void flag(bool given, uint32_t fact, struct rv_shape *s, bool *out)
{
	if (!given)
		return;
	*out = true;
	s->given |= fact;
}

static void flags(const struct rv_shape_opts *o, struct rv_shape *s)
{
	flag(o->hugepages, RV_GIVEN_HUGEPAGES, s, &s->hugepages);
	flag(o->hotplug_off, RV_GIVEN_HOTPLUG_OFF, s, &s->hotplug_off);
	flag(o->swtpm, RV_GIVEN_SWTPM, s, &s->swtpm);
}

/* What no vm_config says: the patch set, and the root file system. */
static bool unspoken(const struct rv_shape_opts *o, struct rv_shape *s,
		     struct rv_err *err)
{
	if (o->edge && strcmp(o->edge, "on") != 0 &&
	    strcmp(o->edge, "off") != 0)
		return rv_fail(err, RV_USAGE, "--edge %s: neither on nor off",
			       o->edge);
	if (o->edge)
		s->edge = strcmp(o->edge, "on") == 0 ? RV_TRUE : RV_FALSE;
	if (o->rootfs && strcmp(o->rootfs, "verity") != 0 &&
	    strcmp(o->rootfs, "iso") != 0)
		return rv_fail(err, RV_USAGE,
			       "--rootfs %s: neither verity nor iso",
			       o->rootfs);
	if (o->rootfs) {
		s->root_verity =
		    strcmp(o->rootfs, "iso") == 0 ? RV_FALSE : RV_TRUE;
		s->given |= RV_GIVEN_ROOTFS;
	}
	return true;
}

/* SIZE or SIZE:KIND; without a kind it is 64-bit and prefetchable. */
static bool bar(const char *name, const char *arg, struct rv_bar *out,
		struct rv_err *err)
{
	const char *colon = strchr(arg, ':');
	size_t n = colon ? (size_t)(colon - arg) : strlen(arg);
	char text[32];

	*out = (struct rv_bar){ .kind = RV_BAR_P64 };
	snprintf(text, sizeof text, "%.*s", (int)(n < 31 ? n : 31), arg);
	if (n < sizeof text && rv_size_parse(text, RV_MEMORY_MAX, &out->size) &&
	    (!colon || rv_bar_kind_parse(rv_text(colon + 1), &out->kind)))
		return true;
	return rv_fail(err, RV_USAGE,
		       "--%s %s: not a size up to %" PRIu64
		       "T, such as 128G, nor one with a kind: 16M:32bit (64bit,"
		       " 32bit-prefetch, io)",
		       name, arg, RV_MEMORY_MAX >> 40);
}

static bool bars(const char *name, const struct rv_list *list,
		 struct rv_bar out[RV_PCI_BARS], size_t *n, struct rv_err *err)
{
	if (list->n > RV_PCI_BARS)
		return rv_fail(err, RV_USAGE, "--%s: more than %d", name,
			       RV_PCI_BARS);
	for (size_t i = 0; i < list->n; i++)
		if (!bar(name, list->item[i], &out[(*n)++], err))
			return false;
	return true;
}

/* The BARs of a product. */
static bool gpu_model(const char *name, struct rv_shape *s, struct rv_err *err)
{
	const struct rv_gpu_model *m = rv_gpu_model(name);
	const struct rv_gpu_model *all;
	char known[128] = "";
	size_t n, at = 0;

	if (m) {
		snprintf(s->gpu_model, sizeof s->gpu_model, "%s", m->name);
		memcpy(s->gpu_bar, m->bar, sizeof s->gpu_bar);
		s->gpu_bars = m->bars;
		return true;
	}
	all = rv_gpu_models(&n);
	for (size_t i = 0; i < n && at < sizeof known; i++)
		at += (size_t)snprintf(known + at, sizeof known - at, "%s%s",
				       i ? ", " : "", all[i].name);
	return rv_fail(err, RV_USAGE,
		       "--gpu-model %s: not known (%s): --gpu-bar says the"
		       " sizes",
		       name, known);
}

static bool devices(const struct rv_shape_opts *o, struct rv_shape *s,
		    struct rv_err *err)
{
	if (o->gpu_model && o->gpu_bar.n)
		return rv_fail(err, RV_USAGE,
			       "--gpu-model and --gpu-bar say the same: give"
			       " one");
	if (o->gpu_model && !gpu_model(o->gpu_model, s, err))
		return false;
	return bars("gpu-bar", &o->gpu_bar, s->gpu_bar, &s->gpu_bars, err) &&
	       bars("nvswitch-bar", &o->nvswitch_bar, s->nvswitch_bar,
		    &s->nvswitch_bars, err);
}

/* A text of @signs + 1 parts with @sign between them. */
static bool parts(const char *name, const char *arg, char sign, size_t signs,
		  char *out, size_t room, struct rv_err *err)
{
	size_t n = 0;

	for (const char *c = arg; *c; c++)
		n += *c == sign;
	if (n != signs || strlen(arg) >= room)
		return rv_fail(err, RV_USAGE,
			       "--%s %s: not %zu texts with %c between them,"
			       " below %zu bytes",
			       name, arg, signs + 1, sign, room);
	snprintf(out, room, "%s", arg);
	return true;
}

static bool smbios(const struct rv_shape_opts *o, struct rv_shape *s,
		   struct rv_err *err)
{
	if (o->cpu_id && !rv_cpu_id_parse(o->cpu_id, s))
		return rv_fail(err, RV_USAGE,
			       "--cpu-id %s: not EAX:EDX in hex, as in"
			       " 000c06f2:2fabfbff",
			       o->cpu_id);
	if (o->smbios_product && strcmp(o->smbios_product, "none") == 0)
		snprintf(s->smbios_product, sizeof s->smbios_product, "none");
	else if (o->smbios_product &&
		 !parts("smbios-product", o->smbios_product, '/', 1,
			s->smbios_product, sizeof s->smbios_product, err))
		return false;
	return !o->smbios_firmware ||
	       parts("smbios-firmware", o->smbios_firmware, '|', 2,
		     s->smbios_firmware, sizeof s->smbios_firmware, err);
}

static bool page_add(const char *arg, struct rv_shape *s, struct rv_err *err)
{
	enum rv_page_add v = RV_PAGE_ADD_UNKNOWN;

	if (!arg)
		return true;
	if (strcmp(arg, "single") == 0)
		v = RV_PAGE_ADD_SINGLE;
	else if (strcmp(arg, "two-pass") == 0)
		v = RV_PAGE_ADD_TWO;
	else
		return rv_fail(err, RV_USAGE,
			       "--page-add %s: neither single nor two-pass",
			       arg);
	s->page_add = v;
	s->given |= RV_GIVEN_PAGE_ADD;
	return true;
}

static bool pic(const char *arg, struct rv_shape *s, struct rv_err *err)
{
	enum rv_tri v;

	if (!arg)
		return true;
	if (strcmp(arg, "on") != 0 && strcmp(arg, "off") != 0)
		return rv_fail(err, RV_USAGE, "--pic %s: neither on nor off",
			       arg);
	v = strcmp(arg, "on") == 0 ? RV_TRUE : RV_FALSE;
	s->pic = v;
	s->given |= RV_GIVEN_PIC;
	return true;
}

static bool qemu(const char *arg, struct rv_shape *s, struct rv_err *err)
{
	struct rv_qemu q;

	if (!arg)
		return true;
	if (!rv_qemu_parse(arg, &q, err)) {
		err->code = RV_USAGE;
		return rv_in(err, "--qemu");
	}
	s->qemu = q;
	s->given |= RV_GIVEN_QEMU;
	return true;
}

static bool ovmf(const char *arg, struct rv_shape *s, struct rv_err *err)
{
	enum rv_ovmf variant;
	uint32_t edk2;

	if (!arg)
		return true;
	if (!rv_ovmf_parse(arg, &variant, &edk2, err))
		return rv_in(err, "--ovmf");
	s->ovmf = variant;
	s->edk2 = edk2;
	s->given |= RV_GIVEN_OVMF;
	return true;
}

static bool host_share(const char *arg, struct rv_shape *s, struct rv_err *err)
{
	if (!arg)
		return true;
	/* Of a matrix, or of --given, nobody has looked at it yet. */
	if (strcmp(arg, "9p") != 0 && strcmp(arg, "vvfat") != 0 &&
	    strcmp(arg, "vhd") != 0)
		return rv_fail(err, RV_INPUT,
			       "--host-share %s: none of 9p, vvfat, vhd", arg);
	snprintf(s->host_share, sizeof s->host_share, "%s", arg);
	s->given |= RV_GIVEN_HOST_SHARE;
	return true;
}

size_t rv_shape_opts_facts(const struct rv_shape_opts *given,
			   const char *name[RV_SHAPE_FACTS])
{
	struct rv_shape_opts o = *given;
	const struct rv_opt rows[] = { RV_SHAPE_OPTS(o) };
	size_t n = 0;

	_Static_assert(RV_LEN(rows) <= RV_SHAPE_FACTS, "room for each");
	for (size_t i = 0; i < RV_LEN(rows); i++)
		if (rows[i].text != &o.vm_config &&
		    (rows[i].text   ? *rows[i].text != NULL
		     : rows[i].flag ? *rows[i].flag
				    : rows[i].list->n != 0))
			name[n++] = rows[i].name;
	return n;
}

void rv_shape_said_free(struct rv_shape_said *s)
{
	rv_buf_free(&s->from);
	rv_buf_free(&s->other);
}

void rv_shape_said_print(const struct rv_shape_said *s)
{
	const struct rv_buf *line[] = { &s->from, &s->other };

	for (size_t i = 0; i < RV_LEN(line); i++) {
		if (!line[i]->n)
			continue;
		rv_out("%-10s ", i ? "" : "facts");
		rv_out_text(rv_buf_span(line[i]));
		rv_out("%s\n", i ? "" : "; the rest by default");
	}
}

/* Who said what, where there are two to say it. */
static bool tell(const struct rv_shape_opts *o, const struct rv_shape *config,
		 const struct rv_shape *stated, struct rv_shape_said *out,
		 struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow from = { 0 }, other = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf diff = { 0 };
	const char *name[RV_SHAPE_FACTS];
	char names[RV_SHAPE_NAMES_MAX];
	size_t n = rv_shape_opts_facts(o, name);

	if (!o->vm_config)
		return true;
	rv_shape_fact_names(config->given & ~stated->given, names);
	rv_grow_printf(&from, "%s by %s", *names ? names : "nothing",
		       o->vm_config);
	for (size_t i = 0; i < n; i++)
		rv_grow_printf(&from, "%s%s", i ? ", " : "; ", name[i]);
	rv_grow_text(&from, n ? " by option" : "");
	if (!rv_shape_overridden(config, stated, &diff, err))
		return false;
	if (diff.n)
		rv_grow_printf(&other, "%.*s as %s says", (int)diff.n,
			       (char *)diff.p, o->vm_config);
	return rv_grow_take(&from, &out->from, err) &&
	       rv_grow_take(&other, &out->other, err);
}

static bool read_config(const char *path, struct rv_shape *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };

	if (!rv_buf_read(path, VM_CONFIG_MAX, &file, err))
		return false;
	if (!rv_shape_read(rv_buf_span(&file), out, err))
		return rv_in(err, "%s", path);
	return !*out->unknown_key ||
	       rv_fail(err, RV_INPUT,
		       "%s: vm_config: unknown key %s: it may "
		       "change what the machine measures",
		       path, out->unknown_key);
}

/* Of a vm_config of which nothing counts, somebody may have thought better. */
static bool some_left(const char *path, const struct rv_shape *config,
		      const struct rv_shape *stated, struct rv_err *err)
{
	if (config->given & ~stated->given ||
	    !rv_shape_differs(config, stated, config->given, 0))
		return true;
	return rv_fail(err, RV_USAGE,
		       "--vm-config %s: each fact of it is given by an option,"
		       " too: nothing of it counts",
		       path);
}

bool rv_shape_from_opts(const struct rv_shape_opts *o, struct rv_shape *out,
			struct rv_shape_said *said, struct rv_err *err)
{
	struct rv_shape config = rv_shape_default(), s = config, stated = s;

	if (!counts(o, &stated, err) || !page_add(o->page_add, &stated, err) ||
	    !pic(o->pic, &stated, err) || !qemu(o->qemu, &stated, err) ||
	    !ovmf(o->ovmf, &stated, err) ||
	    !host_share(o->host_share, &stated, err))
		return false;
	flags(o, &stated);
	if (o->vm_config && !read_config(o->vm_config, &config, err))
		return false;
	s = config;
	/* No vm_config says these. */
	if (!unspoken(o, &s, err) || !devices(o, &s, err) ||
	    !smbios(o, &s, err) ||
	    (o->vm_config && !some_left(o->vm_config, &config, &stated, err)))
		return false;
	rv_shape_overlay(&stated, &s);
	if (said && !tell(o, &config, &stated, said, err))
		return false;
	*out = s;
	return true;
}
