/* SPDX-License-Identifier: Apache-2.0 */
/* values.c - refval.values/1: registers by replay, written and read back. */
#include "platforms.h"
#include "base.h"
#include "digest.h"
#include "docparts.h"

#include <refval/measure.h>

#include <stdio.h>
#include <stdlib.h>

static const char schema[] = "refval.values/1";
static const struct {
	const char *name;
	enum rv_alg alg;
} registers[RV_VALUES_REGISTERS] = {
	{ "rtmr0", RV_SHA384 },
	{ "rtmr1", RV_SHA384 },
	{ "rtmr2", RV_SHA384 },
};

const char *rv_values_name(size_t i)
{
	return registers[i].name;
}

enum rv_alg rv_values_alg(size_t i)
{
	return registers[i].alg;
}

struct rv_register *rv_values_at(struct rv_values *v, const char *name)
{
	for (size_t i = 0; i < RV_LEN(registers); i++)
		if (strcmp(registers[i].name, name) == 0)
			return &v->reg[i];
	return NULL;
}

const struct rv_register *rv_values_register(const struct rv_values *v,
					     const char *name)
{
	for (size_t i = 0; i < RV_LEN(registers); i++)
		if (strcmp(registers[i].name, name) == 0)
			return &v->reg[i];
	return NULL;
}

static const char *const origin_name[] = { NULL, "computed", "given",
					   "captured" };

const char *rv_origin_name(enum rv_origin o)
{
	return (size_t)o < RV_LEN(origin_name) ? origin_name[o] : NULL;
}

/*
 * A register is computed when all its events are; one that is given or
 * captured makes the whole register so.
 */
bool rv_register_replay(struct rv_register *reg, struct rv_err *err)
{
	struct rv_sha384 value = { { 0 } };
	enum rv_origin origin = RV_ORIGIN_COMPUTED;

	for (size_t i = 0; i < reg->n; i++) {
		const struct rv_predicted *e = &reg->event[i];

		if (!e->known) {
			reg->known = false;
			reg->origin = RV_ORIGIN_NONE;
			if (!*reg->why)
				snprintf(reg->why, sizeof reg->why,
					 "the event %s is not known", e->label);
			return true;
		}
		if (e->origin > origin)
			origin = e->origin;
		if (!rv_extend(&value, &e->digest, err))
			return false;
	}
	reg->known = reg->n > 0;
	reg->value = value;
	reg->origin = reg->known ? origin : RV_ORIGIN_NONE;
	return true;
}

/* ---- writing ---- */

static void write_digest(struct rv_jw *w, const char *key, bool known,
			 const struct rv_sha384 *d)
{
	if (known)
		rv_jw_hex(w, key, rv_span(d->b, sizeof d->b));
	else
		rv_jw_null(w, key);
}

static void write_sha256(struct rv_jw *w, const char *key, bool known,
			 const struct rv_sha256 *d)
{
	if (known)
		rv_jw_hex(w, key, rv_span(d->b, sizeof d->b));
	else
		rv_jw_null(w, key);
}

/* "" is written as null. */
static void write_text(struct rv_jw *w, const char *key, const char *s)
{
	rv_jw_str(w, key, *s ? s : NULL);
}

static void write_tri(struct rv_jw *w, const char *key, enum rv_tri t)
{
	if (t == RV_UNSET)
		rv_jw_null(w, key);
	else
		rv_jw_bool(w, key, t == RV_TRUE);
}

static void write_number(struct rv_jw *w, const char *key, uint64_t v)
{
	if (v)
		rv_jw_u64(w, key, v);
	else
		rv_jw_null(w, key);
}

/* The usual kind is a number, 64-bit prefetchable memory. */
static void write_bars(struct rv_jw *w, const char *key,
		       const struct rv_bar *bar, size_t n)
{
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < n; i++) {
		if (bar[i].kind == RV_BAR_P64) {
			rv_jw_u64(w, NULL, bar[i].size);
			continue;
		}
		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "size", bar[i].size);
		rv_jw_str(w, "kind", rv_bar_kind_name(bar[i].kind));
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void write_lists(struct rv_jw *w, const struct rv_shape *s)
{
	char cpu[24];

	write_text(w, "gpu_model", s->gpu_model);
	write_bars(w, "gpu_bars", s->gpu_bar, s->gpu_bars);
	write_bars(w, "nvswitch_bars", s->nvswitch_bar, s->nvswitch_bars);
	snprintf(cpu, sizeof cpu, "%08" PRIx32 ":%08" PRIx32, s->cpu_eax,
		 s->cpu_edx);
	write_text(w, "cpu_id", s->has_cpu_id ? cpu : "");
	write_text(w, "smbios_product", s->smbios_product);
	write_text(w, "smbios_firmware", s->smbios_firmware);
	rv_jw_open(w, "numa", '[');
	for (size_t i = 0; i < s->numa_nodes; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "first_cpu", s->numa[i].first_cpu);
		rv_jw_u64(w, "last_cpu", s->numa[i].last_cpu);
		rv_jw_u64(w, "bytes", s->numa[i].bytes);
		rv_jw_u64(w, "pxb_bus", s->numa[i].pxb_bus);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void put_shape(struct rv_jw *w, const char *key,
		      const struct rv_shape *s)
{
	char version[40] = "";

	if (s->qemu.major)
		snprintf(version, sizeof version, "%u.%u.%u", s->qemu.major,
			 s->qemu.minor, s->qemu.micro);
	rv_jw_open(w, key, '{');
	write_number(w, "cpus", s->cpus);
	write_number(w, "memory", s->memory);
	write_text(w, "qemu", version);
	rv_jw_str(w, "page_add", rv_page_add_name(s->page_add));
	write_tri(w, "qemu_single_pass_add_pages",
		  s->qemu_single_pass_add_pages);
	write_tri(w, "pic", s->pic);
	rv_jw_u64(w, "gpus", s->gpus);
	rv_jw_u64(w, "nvswitches", s->nvswitches);
	rv_jw_u64(w, "nics", s->nics);
	rv_jw_u64(w, "volumes", s->volumes);
	rv_jw_bool(w, "hugepages", s->hugepages);
	rv_jw_bool(w, "hotplug_off", s->hotplug_off);
	rv_jw_bool(w, "swtpm", s->swtpm);
	write_tri(w, "root_verity", s->root_verity);
	rv_jw_u64(w, "pci_hole64", s->pci_hole64);
	rv_jw_str(w, "host_share", s->host_share);
	rv_jw_str(w, "ovmf", rv_ovmf_name(s->ovmf));
	write_number(w, "edk2", s->edk2);
	write_tri(w, "edge", s->edge);
	write_lists(w, s);
	write_text(w, "image", s->image);
	write_sha256(w, "os_image_hash", s->has_os_image_hash,
		     &s->os_image_hash);
	rv_jw_u64(w, "given", s->given);
	rv_jw_close(w);
}

static void write_mrtd(struct rv_jw *w, const struct rv_mrtd *m)
{
	const struct rv_sha384 *value = rv_mrtd_value(m);

	rv_jw_open(w, "mrtd", '{');
	write_digest(w, "value", value != NULL, value);
	write_digest(w, "single_pass", m->has_single, &m->single_pass);
	write_digest(w, "two_pass", m->has_two, &m->two_pass);
	rv_jw_str(w, "page_add", rv_page_add_name(m->page_add));
	rv_jw_str(w, "origin", rv_origin_name(m->origin));
	rv_jw_str(w, "depends", "firmware and page order");
	write_text(w, "why", m->why);
	rv_jw_close(w);
}

static void write_register(struct rv_jw *w, const char *name,
			   const struct rv_register *reg)
{
	rv_jw_open(w, name, '{');
	write_digest(w, "value", reg->known, &reg->value);
	rv_jw_str(w, "origin", rv_origin_name(reg->origin));
	write_text(w, "why", reg->known ? "" : reg->why);
	rv_jw_open(w, "events", '[');
	for (size_t i = 0; i < reg->n; i++) {
		const struct rv_predicted *e = &reg->event[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "label", e->label);
		rv_jw_u64(w, "type", e->type);
		write_digest(w, "digest", e->known, &e->digest);
		rv_jw_str(w, "origin", rv_origin_name(e->origin));
		rv_jw_str(w, "depends", e->depends);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_close(w);
}

/* Only where there are any: documents of machines without stay as they are. */
static void write_rims(const struct rv_values *v, struct rv_jw *w)
{
	if (!v->gpu_rims)
		return;
	rv_jw_open(w, "gpu_rims", '[');
	for (size_t i = 0; i < v->gpu_rims; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "id", v->gpu_rim[i].id);
		rv_jw_hex(w, "sha256", rv_span(v->gpu_rim[i].sha256.b, 32));
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

/* The same: values of an OS alone stay as they are. */
static void write_app(const struct rv_values_app *a, struct rv_jw *w)
{
	if (!a->there)
		return;
	rv_jw_open(w, "app", '{');
	write_sha256(w, "compose_hash", true, &a->compose_hash);
	write_sha256(w, "gpu_policy_hash", a->has_gpu_policy, &a->gpu_policy);
	rv_jw_close(w);
}

static void put_values(const struct rv_values *v, struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "schema", schema);
	write_text(w, "release", v->release);
	rv_input_list_write(w, v->input, v->inputs);
	put_shape(w, "shape", &v->shape);
	rv_jw_open(w, "edk2", '{');
	write_text(w, "rules", v->edk2);
	write_text(w, "from", v->edk2_from);
	rv_jw_close(w);
	rv_texts_write(w, "assumed", v->assumed[0], sizeof v->assumed[0],
		       v->assumptions);
	write_mrtd(w, &v->mrtd);
	for (size_t i = 0; i < RV_LEN(registers); i++)
		write_register(w, registers[i].name, &v->reg[i]);
	write_sha256(w, "os_image_hash", v->has_os_image_hash,
		     &v->os_image_hash);
	write_sha256(w, "mr_image", v->has_mr_image, &v->mr_image);
	write_sha256(w, "mr_system", v->has_mr_system, &v->mr_system);
	if (v->td_hob_n)
		rv_jw_hex(w, "td_hob", rv_span(v->td_hob, v->td_hob_n));
	else
		rv_jw_null(w, "td_hob");
	write_rims(v, w);
	write_app(&v->app, w);
	rv_platforms_write(v, w);
	rv_jw_close(w);
}

bool rv_values_write(const struct rv_values *v, struct rv_buf *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	put_values(v, &w);
	return rv_grow_take(&g, out, err);
}

bool rv_shape_write(const struct rv_shape *s, struct rv_buf *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	put_shape(&w, NULL, s);
	return rv_grow_take(&g, out, err);
}

/* ---- reading ---- */

static bool read_u32(const rv_json *j, const char *key, uint32_t max,
		     uint32_t *out, struct rv_err *err)
{
	uint64_t v = 0;

	if (!rv_json_opt_uint(j, key, max, &v, err))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool read_tri(const rv_json *j, const char *key, enum rv_tri *out,
		     struct rv_err *err)
{
	const rv_json *v = rv_json_get(j, key);
	bool b = false;

	if (!rv_json_opt_bool(j, key, &b, err))
		return false;
	*out = !v || rv_json_is_null(v) ? RV_UNSET : b ? RV_TRUE : RV_FALSE;
	return true;
}

static bool read_digest(const rv_json *j, const char *key, bool *has,
			struct rv_sha384 *out, struct rv_err *err)
{
	return rv_json_opt_hex(j, key, has, out->b, sizeof out->b, err);
}

static bool read_page_add(const rv_json *j, enum rv_page_add *out,
			  struct rv_err *err)
{
	char name[16];

	*out = RV_PAGE_ADD_UNKNOWN;
	if (!rv_json_opt_chars(j, "page_add", name, sizeof name, err))
		return false;
	if (strcmp(name, "single") == 0)
		*out = RV_PAGE_ADD_SINGLE;
	else if (strcmp(name, "two-pass") == 0)
		*out = RV_PAGE_ADD_TWO;
	else if (*name)
		return rv_fail(err, RV_INPUT,
			       "page_add: %s is neither single nor two-pass",
			       name);
	return true;
}

static bool read_origin(const rv_json *j, enum rv_origin *out,
			struct rv_err *err)
{
	char name[16];

	if (!rv_json_opt_chars(j, "origin", name, sizeof name, err))
		return false;
	*out = RV_ORIGIN_NONE;
	for (size_t i = 1; i < RV_LEN(origin_name); i++)
		if (strcmp(name, origin_name[i]) == 0)
			*out = (enum rv_origin)i;
	if (*name && !*out)
		return rv_fail(err, RV_INPUT, "origin: %s", name);
	return true;
}

/* An object that must be there. */
static bool need_object(const rv_json *j, const char *key, const rv_json **out,
			struct rv_err *err)
{
	*out = rv_json_get(j, key);
	if (!rv_json_is_object(*out))
		return rv_fail(err, RV_INPUT, "%s: missing or no object", key);
	return true;
}

static bool read_names(const rv_json *j, struct rv_shape *s, struct rv_err *err)
{
	char qemu[40], ovmf[32];
	uint32_t release;

	if (!rv_json_opt_chars(j, "qemu", qemu, sizeof qemu, err) ||
	    !rv_json_opt_chars(j, "ovmf", ovmf, sizeof ovmf, err) ||
	    !rv_json_opt_chars(j, "host_share", s->host_share,
			       sizeof s->host_share, err) ||
	    !rv_json_opt_chars(j, "image", s->image, sizeof s->image, err))
		return false;
	if (*qemu && !rv_qemu_parse(qemu, &s->qemu, err))
		return false;
	if (*ovmf && !rv_ovmf_parse(ovmf, &s->ovmf, &release, err))
		return false;
	return read_u32(j, "edk2", 999999, &s->edk2, err);
}

static bool read_numa(const rv_json *j, struct rv_shape *s, struct rv_err *err)
{
	const rv_json *list;
	uint32_t bus;

	if (!rv_json_need_list(j, "numa", RV_NUMA_MAX, &list, err))
		return false;
	for (; s->numa_nodes < rv_json_size(list); s->numa_nodes++) {
		const rv_json *node = rv_json_at(list, s->numa_nodes);
		struct rv_numa *n = &s->numa[s->numa_nodes];

		if (!read_u32(node, "first_cpu", RV_CPUS_MAX, &n->first_cpu,
			      err) ||
		    !read_u32(node, "last_cpu", RV_CPUS_MAX, &n->last_cpu,
			      err) ||
		    !rv_json_need_uint(node, "bytes", RV_MEMORY_MAX, &n->bytes,
				       err) ||
		    !read_u32(node, "pxb_bus", 255, &bus, err))
			return rv_in(err, "numa");
		n->pxb_bus = (uint8_t)bus;
	}
	return true;
}

static bool read_bar(const rv_json *j, struct rv_bar *out, struct rv_err *err)
{
	struct rv_span kind;

	*out = (struct rv_bar){ .kind = RV_BAR_P64 };
	if (rv_json_uint(j, RV_MEMORY_MAX, &out->size))
		return true;
	return rv_json_need_uint(j, "size", RV_MEMORY_MAX, &out->size, err) &&
	       rv_json_need_text(j, "kind", &kind, err) &&
	       (rv_bar_kind_parse(kind, &out->kind) ||
		rv_fail(err, RV_INPUT, "kind: no kind of a BAR"));
}

/* Documents of before there were NVSwitch BARs do not have the key. */
static bool read_bars(const rv_json *j, const char *key,
		      struct rv_bar bar[RV_PCI_BARS], size_t *n,
		      struct rv_err *err)
{
	const rv_json *list = rv_json_get(j, key);

	if (!list)
		return true;
	if (!rv_json_is_array(list) || rv_json_size(list) > RV_PCI_BARS)
		return rv_fail(err, RV_INPUT, "%s: no array of at most %d", key,
			       RV_PCI_BARS);
	for (; *n < rv_json_size(list); ++*n)
		if (!read_bar(rv_json_at(list, *n), &bar[*n], err))
			return rv_in(err, "%s: %zu", key, *n);
	return true;
}

static bool read_devices(const rv_json *j, struct rv_shape *s,
			 struct rv_err *err)
{
	char cpu[24];

	if (!rv_json_opt_chars(j, "cpu_id", cpu, sizeof cpu, err) ||
	    !rv_json_opt_chars(j, "smbios_product", s->smbios_product,
			       sizeof s->smbios_product, err) ||
	    !rv_json_opt_chars(j, "smbios_firmware", s->smbios_firmware,
			       sizeof s->smbios_firmware, err))
		return false;
	if (*cpu && !rv_cpu_id_parse(cpu, s))
		return rv_fail(err, RV_INPUT, "cpu_id: not EAX:EDX in hex");
	return rv_json_opt_chars(j, "gpu_model", s->gpu_model,
				 sizeof s->gpu_model, err) &&
	       read_bars(j, "gpu_bars", s->gpu_bar, &s->gpu_bars, err) &&
	       read_bars(j, "nvswitch_bars", s->nvswitch_bar, &s->nvswitch_bars,
			 err);
}

static bool read_counts(const rv_json *j, struct rv_shape *s,
			struct rv_err *err)
{
	return read_u32(j, "cpus", RV_CPUS_MAX, &s->cpus, err) &&
	       rv_json_opt_uint(j, "memory", RV_MEMORY_MAX, &s->memory, err) &&
	       read_u32(j, "gpus", RV_DEVICES_MAX, &s->gpus, err) &&
	       read_u32(j, "nvswitches", RV_DEVICES_MAX, &s->nvswitches, err) &&
	       read_u32(j, "nics", RV_DEVICES_MAX, &s->nics, err) &&
	       read_u32(j, "volumes", RV_DEVICES_MAX, &s->volumes, err) &&
	       rv_json_opt_uint(j, "pci_hole64", RV_PCI_HOLE_MAX,
				&s->pci_hole64, err) &&
	       read_u32(j, "given", UINT32_MAX, &s->given, err);
}

static bool read_shape(const rv_json *doc, struct rv_shape *out,
		       struct rv_err *err)
{
	struct rv_shape s = { 0 };
	const rv_json *j;

	if (!need_object(doc, "shape", &j, err))
		return false;
	if (!read_counts(j, &s, err) || !read_page_add(j, &s.page_add, err) ||
	    !read_tri(j, "qemu_single_pass_add_pages",
		      &s.qemu_single_pass_add_pages, err) ||
	    !read_tri(j, "pic", &s.pic, err) ||
	    !rv_json_opt_bool(j, "hugepages", &s.hugepages, err) ||
	    !rv_json_opt_bool(j, "hotplug_off", &s.hotplug_off, err) ||
	    !rv_json_opt_bool(j, "swtpm", &s.swtpm, err) ||
	    !read_tri(j, "root_verity", &s.root_verity, err) ||
	    !read_tri(j, "edge", &s.edge, err) ||
	    !rv_json_opt_hex(j, "os_image_hash", &s.has_os_image_hash,
			     s.os_image_hash.b, sizeof s.os_image_hash.b,
			     err) ||
	    !read_names(j, &s, err) || !read_numa(j, &s, err) ||
	    !read_devices(j, &s, err))
		return rv_in(err, "shape");
	*out = s;
	return true;
}

static bool read_rules(const rv_json *doc, struct rv_values *v,
		       struct rv_err *err)
{
	const rv_json *j;

	return need_object(doc, "edk2", &j, err) &&
	       rv_json_opt_chars(j, "rules", v->edk2, sizeof v->edk2, err) &&
	       rv_json_opt_chars(j, "from", v->edk2_from, sizeof v->edk2_from,
				 err) &&
	       rv_texts_read(doc, "assumed", v->assumed[0],
			     sizeof v->assumed[0], RV_ASSUMED_MAX,
			     &v->assumptions, err);
}

static bool read_mrtd(const rv_json *doc, struct rv_mrtd *m, struct rv_err *err)
{
	static const char *const member[] = { "value",	  "single_pass",
					      "two_pass", "page_add",
					      "origin",	  "depends",
					      "why" };
	const rv_json *j;
	const struct rv_sha384 *value;
	struct rv_sha384 stated;
	bool has;

	if (!need_object(doc, "mrtd", &j, err))
		return false;
	if (!rv_json_only(j, member, RV_LEN(member), err) ||
	    !read_digest(j, "value", &has, &stated, err) ||
	    !read_digest(j, "single_pass", &m->has_single, &m->single_pass,
			 err) ||
	    !read_digest(j, "two_pass", &m->has_two, &m->two_pass, err) ||
	    !read_page_add(j, &m->page_add, err) ||
	    !read_origin(j, &m->origin, err) ||
	    !rv_json_opt_chars(j, "why", m->why, sizeof m->why, err))
		return rv_in(err, "mrtd");
	m->known = m->has_single && m->has_two;
	value = rv_mrtd_value(m);
	if (has != (value != NULL) ||
	    (has && memcmp(value->b, stated.b, sizeof stated.b) != 0))
		return rv_fail(err, RV_INPUT,
			       "mrtd: value is not the one of page_add");
	return true;
}

static bool read_event(const rv_json *j, struct rv_predicted *e,
		       struct rv_err *err)
{
	return rv_json_opt_chars(j, "label", e->label, sizeof e->label, err) &&
	       read_u32(j, "type", UINT32_MAX, &e->type, err) &&
	       read_digest(j, "digest", &e->known, &e->digest, err) &&
	       read_origin(j, &e->origin, err) &&
	       rv_json_opt_chars(j, "depends", e->depends, sizeof e->depends,
				 err);
}

/* A register that lists all its events must be what they give. */
static bool agree(const struct rv_register *reg, struct rv_err *err)
{
	struct rv_sha384 value = { { 0 } };

	for (size_t i = 0; i < reg->n; i++) {
		if (!reg->event[i].known)
			return !reg->known ||
			       rv_fail(err, RV_INPUT,
				       "a value, though the event %s has no "
				       "digest",
				       reg->event[i].label);
		if (!rv_extend(&value, &reg->event[i].digest, err))
			return false;
	}
	if (reg->n && reg->known &&
	    memcmp(value.b, reg->value.b, sizeof value.b) != 0)
		return rv_fail(err, RV_INPUT,
			       "value is not what its %zu events give", reg->n);
	return true;
}

static bool read_register(const rv_json *doc, const char *name,
			  struct rv_register *reg, struct rv_err *err)
{
	static const char *const member[] = { "value", "origin", "why",
					      "events" };
	const rv_json *j, *list;

	if (!need_object(doc, name, &j, err))
		return false;
	if (!rv_json_only(j, member, RV_LEN(member), err) ||
	    !read_digest(j, "value", &reg->known, &reg->value, err) ||
	    !read_origin(j, &reg->origin, err) ||
	    !rv_json_opt_chars(j, "why", reg->why, sizeof reg->why, err) ||
	    !rv_json_need_list(j, "events", RV_EVENTS_MAX, &list, err))
		return rv_in(err, "%s", name);
	for (; reg->n < rv_json_size(list); reg->n++)
		if (!read_event(rv_json_at(list, reg->n), &reg->event[reg->n],
				err))
			return rv_in(err, "%s: event %zu", name, reg->n);
	if (!agree(reg, err))
		return rv_in(err, "%s", name);
	return true;
}

static bool read_td_hob(const rv_json *j, struct rv_values *v,
			struct rv_err *err)
{
	struct rv_span s = { 0 };

	if (!rv_json_opt_text(j, "td_hob", &s, err))
		return false;
	if (s.n > 2 * sizeof v->td_hob || !rv_unhex(s, v->td_hob, s.n / 2))
		return rv_fail(err, RV_INPUT,
			       "td_hob: no hex of at most %zu bytes",
			       sizeof v->td_hob);
	v->td_hob_n = s.n / 2;
	return true;
}

static bool read_rims(const rv_json *doc, struct rv_values *v,
		      struct rv_err *err)
{
	const rv_json *list;

	if (!rv_json_get(doc, "gpu_rims"))
		return true;
	if (!rv_json_need_list(doc, "gpu_rims", RV_VALUES_RIMS_MAX, &list, err))
		return false;
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *j = rv_json_at(list, i);
		struct rv_values_rim *r = &v->gpu_rim[v->gpu_rims];

		if (!rv_json_opt_chars(j, "id", r->id, sizeof r->id, err) ||
		    !rv_json_need_hex(j, "sha256", r->sha256.b, 32, err))
			return rv_in(err, "gpu_rims");
		for (size_t k = 0; k < v->gpu_rims; k++)
			if (strcmp(v->gpu_rim[k].id, r->id) == 0)
				return rv_fail(err, RV_INPUT,
					       "gpu_rims: %s twice", r->id);
		if (!r->id[0])
			return rv_fail(err, RV_INPUT,
				       "gpu_rims: one without an id");
		v->gpu_rims++;
	}
	return true;
}

static bool read_app(const rv_json *doc, struct rv_values_app *a,
		     struct rv_err *err)
{
	static const char *const member[] = { "compose_hash",
					      "gpu_policy_hash" };
	const rv_json *j = rv_json_get(doc, "app");

	if (!j)
		return true;
	a->there = true;
	return (rv_json_only(j, member, RV_LEN(member), err) &&
		rv_json_need_hex(j, "compose_hash", a->compose_hash.b,
				 sizeof a->compose_hash.b, err) &&
		rv_json_opt_hex(j, "gpu_policy_hash", &a->has_gpu_policy,
				a->gpu_policy.b, sizeof a->gpu_policy.b,
				err)) ||
	       rv_in(err, "app");
}

static bool read_document(const rv_json *j, struct rv_values *v,
			  struct rv_err *err)
{
	static const char *const member[] = {
		"schema",  "release",	    "inputs",	"shape",     "edk2",
		"assumed", "mrtd",	    "rtmr0",	"rtmr1",     "rtmr2",
		"td_hob",  "os_image_hash", "mr_image", "mr_system", "gpu_rims",
		"app",	   "platforms",
	};
	char name[sizeof schema];

	if (!rv_json_opt_chars(j, "schema", name, sizeof name, err))
		return false;
	if (strcmp(name, schema) != 0)
		return rv_fail(err, RV_INPUT, "schema: not %s", schema);
	if (!rv_json_only(j, member, RV_LEN(member), err))
		return false;
	if (!rv_json_opt_chars(j, "release", v->release, sizeof v->release,
			       err) ||
	    !rv_input_list_read(j, v->input, RV_INPUTS_MAX, &v->inputs, err) ||
	    !read_shape(j, &v->shape, err) || !read_rules(j, v, err) ||
	    !read_mrtd(j, &v->mrtd, err))
		return false;
	for (size_t i = 0; i < RV_LEN(registers); i++)
		if (!read_register(j, registers[i].name, &v->reg[i], err))
			return false;
	return read_td_hob(j, v, err) &&
	       rv_json_opt_hex(j, "os_image_hash", &v->has_os_image_hash,
			       v->os_image_hash.b, sizeof v->os_image_hash.b,
			       err) &&
	       rv_json_opt_hex(j, "mr_image", &v->has_mr_image, v->mr_image.b,
			       sizeof v->mr_image.b, err) &&
	       rv_json_opt_hex(j, "mr_system", &v->has_mr_system,
			       v->mr_system.b, sizeof v->mr_system.b, err) &&
	       read_rims(j, v, err) && read_app(j, &v->app, err) &&
	       rv_platforms_json(rv_json_get(j, "platforms"), &v->platforms,
				 err);
}

bool rv_values_read(struct rv_span json, struct rv_values *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);

	if (!v)
		return rv_no_memory(err, "values");
	if (json.n > RV_VALUES_MAX)
		return rv_fail(err, RV_INPUT, "values: longer than %d bytes",
			       RV_VALUES_MAX);
	if (!rv_json_parse(json, "values", &j, err))
		return false;
	if (!read_document(j, v, err))
		return rv_in(err, "values");
	*out = *v;
	return true;
}
