/* SPDX-License-Identifier: Apache-2.0 */
/* shape.c - the machine shape: vm_config JSON of every dstack version. */
#include "base.h"
#include "json.h"

#include <refval/shape.h>

#include <stdio.h>

/* QEMU's command line rounds the RAM size up to this. */
enum { RAM_UNIT = 8192 };

static const char *const host_shares[] = { "", "9p", "vvfat", "vhd" };

struct rv_shape rv_shape_default(void)
{
	return (struct rv_shape){ .nics = 1, .root_verity = RV_TRUE };
}

const char *rv_page_add_name(enum rv_page_add p)
{
	return p == RV_PAGE_ADD_SINGLE ? "single"
	       : p == RV_PAGE_ADD_TWO  ? "two-pass"
				       : NULL;
}

static const char *const bar_kinds[] = {
	[RV_BAR_IO] = "io",
	[RV_BAR_M32] = "32bit",
	[RV_BAR_P32] = "32bit-prefetch",
	[RV_BAR_M64] = "64bit",
	[RV_BAR_P64] = "64bit-prefetch",
};

const char *rv_bar_kind_name(enum rv_bar_kind k)
{
	return (size_t)k < RV_LEN(bar_kinds) ? bar_kinds[k] : NULL;
}

bool rv_bar_kind_parse(struct rv_span name, enum rv_bar_kind *out)
{
	for (size_t i = 0; i < RV_LEN(bar_kinds); i++)
		if (rv_same_text(name, bar_kinds[i])) {
			*out = (enum rv_bar_kind)i;
			return true;
		}
	return false;
}

/* Hex digits up to @end, 1 to 8 of them. */
static bool hex32(const char *text, const char *end, uint32_t *out)
{
	uint32_t v = 0;

	if (text == end || end - text > 8)
		return false;
	for (; text < end; text++) {
		char c = (char)(*text | 0x20);
		bool digit = c >= '0' && c <= '9';

		if (!digit && !(c >= 'a' && c <= 'f'))
			return false;
		v = v << 4 | (uint32_t)(digit ? c - '0' : c - 'a' + 10);
	}
	*out = v;
	return true;
}

bool rv_cpu_id_parse(const char *text, struct rv_shape *s)
{
	const char *colon = strchr(text, ':');
	uint32_t eax, edx;

	if (!colon || !hex32(text, colon, &eax) ||
	    !hex32(colon + 1, colon + strlen(colon), &edx))
		return false;
	s->cpu_eax = eax;
	s->cpu_edx = edx;
	s->has_cpu_id = true;
	return true;
}

/* ---- vm_config (specification of dstack, section 2.1) ---- */

/* A count; 0 and absent are the same where @zero_is_unknown. */
static bool count(const rv_json *j, const char *key, uint64_t max,
		  uint32_t *out, uint32_t *given, uint32_t fact,
		  struct rv_err *err)
{
	const rv_json *v = rv_json_get(j, key);
	uint64_t n = *out;

	if (!rv_json_opt_uint(j, key, max, &n, err))
		return false;
	*out = (uint32_t)n;
	if (v && !rv_json_is_null(v))
		*given |= fact;
	return true;
}

static bool flag(const rv_json *j, const char *key, bool *out, uint32_t *given,
		 uint32_t fact, struct rv_err *err)
{
	const rv_json *v = rv_json_get(j, key);

	if (!rv_json_opt_bool(j, key, out, err))
		return false;
	if (v && !rv_json_is_null(v))
		*given |= fact;
	return true;
}

static bool tri(const rv_json *j, const char *key, enum rv_tri *out,
		uint32_t *given, uint32_t fact, struct rv_err *err)
{
	uint32_t seen = 0;
	bool v = false;

	if (!flag(j, key, &v, &seen, fact, err))
		return false;
	if (seen)
		*out = v ? RV_TRUE : RV_FALSE;
	*given |= seen;
	return true;
}

static bool read_memory(const rv_json *j, struct rv_shape *s,
			struct rv_err *err)
{
	if (!rv_json_opt_uint(j, "memory_size", RV_MEMORY_MAX, &s->memory, err))
		return false;
	if (s->memory % RAM_UNIT)
		return rv_fail(err, RV_INPUT,
			       "memory_size: %" PRIu64
			       " is not a multiple of %d bytes",
			       s->memory, RAM_UNIT);
	if (s->memory)
		s->given |= RV_GIVEN_MEMORY;
	if (!rv_json_opt_uint(j, "pci_hole64_size", RV_PCI_HOLE_MAX,
			      &s->pci_hole64, err))
		return false;
	if (rv_json_is_int(rv_json_get(j, "pci_hole64_size")))
		s->given |= RV_GIVEN_PCI_HOLE64;
	return true;
}

static bool read_counts(const rv_json *j, struct rv_shape *s,
			struct rv_err *err)
{
	const struct {
		const char *key;
		uint64_t max;
		uint32_t *out, fact;
	} row[] = {
		{ "cpu_count", RV_CPUS_MAX, &s->cpus, RV_GIVEN_CPUS },
		{ "num_gpus", RV_DEVICES_MAX, &s->gpus, RV_GIVEN_GPUS },
		{ "num_nvswitches", RV_DEVICES_MAX, &s->nvswitches,
		  RV_GIVEN_NVSWITCHES },
		{ "num_nics", RV_DEVICES_MAX, &s->nics, RV_GIVEN_NICS },
		{ "num_verity_volumes", RV_DEVICES_MAX, &s->volumes,
		  RV_GIVEN_VOLUMES },
	};

	for (size_t i = 0; i < RV_LEN(row); i++)
		if (!count(j, row[i].key, row[i].max, row[i].out, &s->given,
			   row[i].fact, err))
			return false;
	/* Zero is how old versions wrote "not known". */
	if (!s->cpus)
		s->given &= ~(uint32_t)RV_GIVEN_CPUS;
	return true;
}

static bool read_flags(const rv_json *j, struct rv_shape *s, struct rv_err *err)
{
	enum rv_tri *key = &s->qemu_single_pass_add_pages;

	if (!flag(j, "hugepages", &s->hugepages, &s->given, RV_GIVEN_HUGEPAGES,
		  err) ||
	    !flag(j, "hotplug_off", &s->hotplug_off, &s->given,
		  RV_GIVEN_HOTPLUG_OFF, err) ||
	    !flag(j, "swtpm", &s->swtpm, &s->given, RV_GIVEN_SWTPM, err) ||
	    !tri(j, "pic", &s->pic, &s->given, RV_GIVEN_PIC, err) ||
	    !tri(j, "qemu_single_pass_add_pages", key, &s->given,
		 RV_GIVEN_PAGE_ADD, err))
		return false;
	/* The name is inverted: dstack hands it on as two_pass_add_pages. */
	if (*key)
		s->page_add =
		    *key == RV_TRUE ? RV_PAGE_ADD_TWO : RV_PAGE_ADD_SINGLE;
	return true;
}

static bool read_names(const rv_json *j, struct rv_shape *s, struct rv_err *err)
{
	char version[24], variant[24], share[16];
	const char *mode = NULL;

	if (!rv_json_opt_chars(j, "qemu_version", version, sizeof version,
			       err) ||
	    !rv_json_opt_chars(j, "ovmf_variant", variant, sizeof variant,
			       err) ||
	    !rv_json_opt_chars(j, "host_share_mode", share, sizeof share,
			       err) ||
	    !rv_json_opt_chars(j, "image", s->image, sizeof s->image, err))
		return false;
	if (*version) {
		if (!rv_qemu_parse(version, &s->qemu, err))
			return rv_in(err, "qemu_version");
		s->given |= RV_GIVEN_QEMU;
	}
	if (*variant) {
		if (!rv_ovmf_parse(variant, &s->ovmf, &s->edk2, err))
			return rv_in(err, "ovmf_variant");
		s->given |= RV_GIVEN_OVMF;
	}
	for (size_t i = 0; i < RV_LEN(host_shares); i++)
		if (strcmp(host_shares[i], share) == 0)
			mode = host_shares[i];
	if (!mode)
		return rv_fail(err, RV_INPUT,
			       "host_share_mode: %s is none of 9p, vvfat, vhd",
			       share);
	snprintf(s->host_share, sizeof s->host_share, "%s", mode);
	if (*share)
		s->given |= RV_GIVEN_HOST_SHARE;
	return true;
}

/* numa_nodes: processors and memory are divided evenly, in node order. */
static bool read_numa(const rv_json *j, struct rv_shape *s, struct rv_err *err)
{
	const rv_json *list = rv_json_get(j, "numa_nodes");
	size_t n = rv_json_size(list);

	if (!list || rv_json_is_null(list) || n == 0)
		return !list || rv_json_is_null(list) ||
		       rv_json_is_array(list) ||
		       rv_fail(err, RV_INPUT, "numa_nodes: not an array");
	if (!rv_json_is_array(list) || n > RV_NUMA_MAX)
		return rv_fail(err, RV_INPUT,
			       "numa_nodes: not an array of at most %d nodes",
			       RV_NUMA_MAX);
	if (s->cpus % n || s->memory % n)
		return rv_fail(err, RV_INPUT,
			       "numa_nodes: %u processors and %" PRIu64
			       " bytes do not divide into %zu nodes",
			       s->cpus, s->memory, n);
	for (size_t i = 0; i < n; i++) {
		const rv_json *node = rv_json_at(list, i);
		uint64_t bus = 0;

		if (!rv_json_is_object(node))
			return rv_fail(err, RV_INPUT,
				       "numa_nodes: node %zu is no object", i);
		if (!rv_json_opt_uint(node, "pxb_bus", 255, &bus, err))
			return rv_in(err, "numa_nodes: node %zu", i);
		s->numa[i] = (struct rv_numa){
			.first_cpu = (uint32_t)(s->cpus / n * i),
			.last_cpu =
			    s->cpus ? (uint32_t)(s->cpus / n * (i + 1) - 1) : 0,
			.bytes = s->memory / n,
			.pxb_bus = (uint8_t)bus,
		};
	}
	s->numa_nodes = n;
	s->given |= RV_GIVEN_NUMA;
	return true;
}

/* Before 0.5.1 was final the key was mr_image. "" means none. */
static bool read_image_hash(const rv_json *j, struct rv_shape *s,
			    struct rv_err *err)
{
	const char *key =
	    rv_json_get(j, "os_image_hash") ? "os_image_hash" : "mr_image";
	struct rv_span hex = { 0 };

	if (!rv_json_opt_text(j, key, &hex, err))
		return false;
	if (hex.n == 0)
		return true;
	if (!rv_unhex(hex, s->os_image_hash.b, sizeof s->os_image_hash.b))
		return rv_fail(err, RV_INPUT, "%s: not 64 hex digits", key);
	s->has_os_image_hash = true;
	return true;
}

/* Every key that dstack's VMMs have written so far. */
static const char *const vm_config_keys[] = {
	"os_image_hash",
	"mr_image",
	"cpu_count",
	"memory_size",
	"spec_version",
	"qemu_single_pass_add_pages",
	"pic",
	"qemu_version",
	"image",
	"pci_hole64_size",
	"hugepages",
	"num_gpus",
	"num_nvswitches",
	"hotplug_off",
	"host_share_mode",
	"ovmf_variant",
	"num_nics",
	"num_verity_volumes",
	"swtpm",
	"numa_nodes",
	/* what other ways of attesting need; nothing in it shapes the machine
	 */
	"tdx_attestation_variant",
	"measurement",
	"tdx_measurement",
	"gcp_measurement",
	"aws_measurement",
	"sev_snp_measurement",
	"mr_config",
	"aws_pcr_replay",
	"gcp_tpm_replay",
};

static void note_unknown(const rv_json *j, struct rv_shape *s)
{
	const char *key;
	const rv_json *v;

	for (void *iter = NULL; rv_json_next(j, &iter, &key, &v);) {
		size_t i = 0;

		while (i < RV_LEN(vm_config_keys) &&
		       strcmp(vm_config_keys[i], key) != 0)
			i++;
		if (i < RV_LEN(vm_config_keys) || rv_json_is_null(v))
			continue;
		snprintf(s->unknown_key, sizeof s->unknown_key, "%s", key);
		return;
	}
}

static bool read_object(const rv_json *j, struct rv_shape *out,
			struct rv_err *err)
{
	struct rv_shape s = rv_shape_default();

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "not a JSON object");
	if (!read_memory(j, &s, err) || !read_counts(j, &s, err) ||
	    !read_flags(j, &s, err) || !read_names(j, &s, err) ||
	    !read_numa(j, &s, err) || !read_image_hash(j, &s, err))
		return false;
	note_unknown(j, &s);
	*out = s;
	return true;
}

bool rv_shape_read(struct rv_span json, struct rv_shape *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_json_free) rv_json *inner = NULL;
	const rv_json *v;

	if (!rv_json_parse(json, "vm_config", &j, err))
		return false;
	v = rv_json_get(j, "vm_config");
	if (rv_json_is_string(v)) {
		if (!rv_json_parse(rv_json_text(v), "vm_config", &inner, err))
			return rv_in(err, "member vm_config");
		v = inner;
	}
	if (!read_object(v ? v : j, out, err))
		return rv_in(err, "vm_config");
	return true;
}
