/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.c - what the opaque fields of a report say: versions, the ids of the
 * manifests that belong to them, states. Texts are ASCII padded with NULs.
 */
#include "gpu.h"

#include <ctype.h>
#include <stdio.h>

enum { GPU_VBIOS_SIZE = 8, OPAQUE_VERSION_MAX = 1 };

/* Letters, digits and what versions have between them: safe in a file name. */
static bool plain(uint8_t c)
{
	return isalnum(c) || c == '.' || c == '-' || c == '_' || c == '+';
}

static bool text_of(const struct rv_gpu_report *r, uint16_t type,
		    char out[RV_GPU_TEXT_MAX], struct gpu_why *why)
{
	struct rv_span s = rv_gpu_report_field(r, type);

	while (s.n && s.p[s.n - 1] == '\0')
		s.n--;
	if (s.n >= RV_GPU_TEXT_MAX)
		return rv_gpu_doubt(why, "report-opaque",
				    "opaque field %u: a text of %zu bytes",
				    type, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (!plain(s.p[i]))
			return rv_gpu_doubt(
			    why, "report-opaque",
			    "opaque field %u: byte %02x in a text", type,
			    s.p[i]);
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

/* b0..b7 as b3.b2.b1.b0.b4, the way NVIDIA prints a VBIOS version. */
static bool vbios_of(const struct rv_gpu_report *r, struct rv_gpu_facts *f,
		     struct gpu_why *why)
{
	struct rv_span s = rv_gpu_report_field(r, GPU_VBIOS);

	if (f->is_switch || s.n == 0)
		return text_of(r, GPU_VBIOS, f->vbios, why);
	if (s.n != GPU_VBIOS_SIZE)
		return rv_gpu_doubt(why, "report-opaque",
				    "VBIOS version of %zu bytes", s.n);
	snprintf(f->vbios, sizeof f->vbios, "%02X.%02X.%02X.%02X.%02X", s.p[3],
		 s.p[2], s.p[1], s.p[0], s.p[4]);
	return true;
}

/* A number of @n bytes that may be absent. */
static bool number(const struct rv_gpu_report *r, uint16_t type, size_t n,
		   bool *has, uint64_t *out, struct gpu_why *why)
{
	struct rv_span s = rv_gpu_report_field(r, type);

	*has = s.p != NULL;
	*out = 0;
	if (!s.p)
		return true;
	if (s.n != n)
		return rv_gpu_doubt(why, "report-opaque",
				    "opaque field %u: %zu bytes, not %zu", type,
				    s.n, n);
	*out = rv_num(s);
	return true;
}

static bool states_of(const struct rv_gpu_report *r, struct rv_gpu_facts *f,
		      struct gpu_why *why)
{
	uint64_t nvdec0, ppcie, feature, version;
	bool has_version;

	if (!number(r, GPU_OPAQUE_VERSION, 2, &has_version, &version, why) ||
	    !number(r, GPU_NVDEC0, 1, &f->has_nvdec0, &nvdec0, why) ||
	    !number(r, GPU_PPCIE, 1, &f->has_ppcie, &ppcie, why) ||
	    !number(r, GPU_FEATURE, 2, &f->has_feature, &feature, why))
		return false;
	if (version > OPAQUE_VERSION_MAX)
		return rv_gpu_doubt(why, "report-opaque-version",
				    "opaque data of version %u, at most %d is"
				    " supported",
				    (unsigned)version, OPAQUE_VERSION_MAX);
	f->opaque_version = (uint16_t)version;
	f->nvdec0 = (uint8_t)nvdec0;
	f->ppcie = (uint8_t)ppcie;
	f->feature = (uint16_t)feature;
	if (!f->is_switch && (!f->has_nvdec0 || (f->nvdec0 != GPU_ENABLED &&
						 f->nvdec0 != GPU_DISABLED)))
		return rv_gpu_doubt(why, "report-nvdec0",
				    "NVDEC0 is neither on (aa) nor off (55):"
				    " %s%02x",
				    f->has_nvdec0 ? "" : "absent, ", f->nvdec0);
	return true;
}

/* @to += @s in upper case, without dots when @dots is false. */
static void append(char *to, size_t room, const char *s, bool dots)
{
	size_t n = strlen(to);

	for (; *s && n + 1 < room; s++)
		if (dots || *s != '.')
			to[n++] = (char)toupper((unsigned char)*s);
	to[n] = '\0';
}

/* Which manifests NVIDIA's service has for such a device. */
static void name_rims(const struct rv_gpu_report *r,
		      const struct gpu_arch *arch, struct rv_gpu_facts *f)
{
	char chip[RV_GPU_TEXT_MAX] = "";
	struct gpu_why ignored;

	if (arch->is_switch) {
		strcpy(f->vbios_rim, "NV_SWITCH_BIOS_5612_0002_890_");
		append(f->vbios_rim, sizeof f->vbios_rim, f->vbios, false);
		return;
	}
	if (f->driver[0]) {
		strcpy(f->driver_rim, arch->driver);
		if (strcmp(arch->name, "BLACKWELL") == 0) {
			if (!text_of(r, GPU_CHIP, chip, &ignored) || !chip[0])
				strcpy(chip, arch->chip);
			append(f->driver_rim, sizeof f->driver_rim, chip, true);
			append(f->driver_rim, sizeof f->driver_rim, "_", true);
		}
		append(f->driver_rim, sizeof f->driver_rim, f->driver, true);
	}
	if (!f->vbios[0])
		return;
	strcpy(f->vbios_rim, "NV_GPU_VBIOS_");
	append(f->vbios_rim, sizeof f->vbios_rim, f->project, true);
	append(f->vbios_rim, sizeof f->vbios_rim, "_", true);
	append(f->vbios_rim, sizeof f->vbios_rim, f->project_sku, true);
	append(f->vbios_rim, sizeof f->vbios_rim, "_", true);
	append(f->vbios_rim, sizeof f->vbios_rim, f->chip_sku, true);
	append(f->vbios_rim, sizeof f->vbios_rim, "_", true);
	append(f->vbios_rim, sizeof f->vbios_rim, f->vbios, false);
}

bool rv_gpu_fields_read(const struct rv_gpu_report *r, struct rv_gpu_facts *f,
			struct gpu_why *why)
{
	const struct gpu_arch *arch = rv_gpu_arch_by_chip(f->chip);

	if (!arch)
		return rv_gpu_doubt(why, "gpu-arch-unknown",
				    "a device of chip '%s' is not known",
				    f->chip);
	f->is_switch = arch->is_switch;
	snprintf(f->arch, sizeof f->arch, "%s", arch->name);
	if (!text_of(r, GPU_DRIVER, f->driver, why) ||
	    !text_of(r, GPU_PROJECT, f->project, why) ||
	    !text_of(r, GPU_PROJECT_SKU, f->project_sku, why) ||
	    !text_of(r, GPU_CHIP_SKU, f->chip_sku, why) ||
	    !vbios_of(r, f, why) || !states_of(r, f, why))
		return false;
	f->has_fwid = rv_gpu_report_field(r, GPU_FWID).p != NULL;
	name_rims(r, arch, f);
	return true;
}
