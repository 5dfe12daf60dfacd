/* SPDX-License-Identifier: Apache-2.0 */
/* shape_opts.c - a machine shape from --vm-config and single options. */
#include "shape_opts.h"
#include "base.h"

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

/* One option with a number; must not contradict what the vm_config said. */
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
	if (s->given & fact && *out != v)
		return rv_fail(err, RV_USAGE,
			       "--%s %s, but the vm_config says %u", name, arg,
			       *out);
	*out = (uint32_t)v;
	s->given |= fact;
	return true;
}

static bool size(const char *name, const char *arg, uint32_t fact,
		 struct rv_shape *s, uint64_t *out, struct rv_err *err)
{
	uint64_t v = 0;

	if (!arg)
		return true;
	if (!rv_size_parse(arg, RV_MEMORY_MAX, &v))
		return rv_fail(err, RV_USAGE,
			       "--%s %s: not a size such as 2G, 2048M or "
			       "2147483648",
			       name, arg);
	if (s->given & fact && *out != v)
		return rv_fail(err, RV_USAGE,
			       "--%s %s, but the vm_config says %" PRIu64, name,
			       arg, *out);
	*out = v;
	s->given |= fact;
	return true;
}

static bool counts(const struct rv_shape_opts *o, struct rv_shape *s,
		   struct rv_err *err)
{
	if (!number("cpus", o->cpus, RV_CPUS_MAX, RV_GIVEN_CPUS, s, &s->cpus,
		    err) ||
	    !size("memory", o->memory, RV_GIVEN_MEMORY, s, &s->memory, err) ||
	    !number("gpus", o->gpus, RV_DEVICES_MAX, RV_GIVEN_GPUS, s, &s->gpus,
		    err) ||
	    !number("nvswitches", o->nvswitches, RV_DEVICES_MAX,
		    RV_GIVEN_NVSWITCHES, s, &s->nvswitches, err) ||
	    !number("nics", o->nics, RV_DEVICES_MAX, RV_GIVEN_NICS, s, &s->nics,
		    err) ||
	    !number("volumes", o->volumes, RV_DEVICES_MAX, RV_GIVEN_VOLUMES, s,
		    &s->volumes, err) ||
	    !size("pci-hole64", o->pci_hole64, RV_GIVEN_PCI_HOLE64, s,
		  &s->pci_hole64, err))
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

static bool conflict(const struct rv_shape *s, uint32_t fact, bool same,
		     const char *name, const char *arg, struct rv_err *err)
{
	if (!(s->given & fact) || same)
		return true;
	return rv_fail(err, RV_USAGE, "--%s%s%s: the vm_config says otherwise",
		       name, arg ? " " : "", arg ? arg : "");
}

static bool flags(const struct rv_shape_opts *o, struct rv_shape *s,
		  struct rv_err *err)
{
	if (o->hugepages) {
		if (!conflict(s, RV_GIVEN_HUGEPAGES, s->hugepages, "hugepages",
			      NULL, err))
			return false;
		s->hugepages = true;
		s->given |= RV_GIVEN_HUGEPAGES;
	}
	if (o->hotplug_off) {
		if (!conflict(s, RV_GIVEN_HOTPLUG_OFF, s->hotplug_off,
			      "hotplug-off", NULL, err))
			return false;
		s->hotplug_off = true;
		s->given |= RV_GIVEN_HOTPLUG_OFF;
	}
	if (o->swtpm) {
		if (!conflict(s, RV_GIVEN_SWTPM, s->swtpm, "swtpm", NULL, err))
			return false;
		s->swtpm = true;
		s->given |= RV_GIVEN_SWTPM;
	}
	return true;
}

/* What no vm_config says: the patch set, the root file system, GPU BARs. */
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
	if (o->gpu_bar.n > RV_LEN(s->gpu_bar))
		return rv_fail(err, RV_USAGE, "--gpu-bar: more than %zu",
			       RV_LEN(s->gpu_bar));
	for (size_t i = 0; i < o->gpu_bar.n; i++)
		if (!rv_size_parse(o->gpu_bar.item[i], RV_MEMORY_MAX,
				   &s->gpu_bar[s->gpu_bars++]))
			return rv_fail(err, RV_USAGE,
				       "--gpu-bar %s: not a size such as 128G",
				       o->gpu_bar.item[i]);
	return true;
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
	if (!conflict(s, RV_GIVEN_PAGE_ADD, s->page_add == v, "page-add", arg,
		      err))
		return false;
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
	if (!conflict(s, RV_GIVEN_PIC, s->pic == v, "pic", arg, err))
		return false;
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
	if (!conflict(s, RV_GIVEN_QEMU,
		      q.major == s->qemu.major && q.minor == s->qemu.minor &&
			  q.micro == s->qemu.micro,
		      "qemu", arg, err))
		return false;
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
	/* A release is more exact than dstack's name for it: not a conflict. */
	if (!conflict(s, RV_GIVEN_OVMF, s->ovmf == variant, "ovmf", arg, err))
		return false;
	s->ovmf = variant;
	s->edk2 = edk2;
	s->given |= RV_GIVEN_OVMF;
	return true;
}

static bool host_share(const char *arg, struct rv_shape *s, struct rv_err *err)
{
	if (!arg)
		return true;
	if (strcmp(arg, "9p") != 0 && strcmp(arg, "vvfat") != 0 &&
	    strcmp(arg, "vhd") != 0)
		return rv_fail(err, RV_INPUT,
			       "--host-share %s: none of 9p, vvfat, vhd", arg);
	if (!conflict(s, RV_GIVEN_HOST_SHARE, strcmp(s->host_share, arg) == 0,
		      "host-share", arg, err))
		return false;
	snprintf(s->host_share, sizeof s->host_share, "%s", arg);
	s->given |= RV_GIVEN_HOST_SHARE;
	return true;
}

bool rv_shape_from_opts(const struct rv_shape_opts *o, struct rv_shape *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_shape s = rv_shape_default();

	if (o->vm_config) {
		if (!rv_buf_read(o->vm_config, VM_CONFIG_MAX, &file, err))
			return false;
		if (!rv_shape_read(rv_buf_span(&file), &s, err))
			return rv_in(err, "%s", o->vm_config);
		if (*s.unknown_key)
			return rv_fail(err, RV_INPUT,
				       "%s: vm_config: unknown key %s: it may "
				       "change what the machine measures",
				       o->vm_config, s.unknown_key);
	}
	if (!counts(o, &s, err) || !flags(o, &s, err) ||
	    !unspoken(o, &s, err) || !page_add(o->page_add, &s, err) ||
	    !pic(o->pic, &s, err) || !qemu(o->qemu, &s, err) ||
	    !ovmf(o->ovmf, &s, err) || !host_share(o->host_share, &s, err))
		return false;
	*out = s;
	return true;
}
