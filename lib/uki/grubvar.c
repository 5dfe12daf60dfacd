/* SPDX-License-Identifier: Apache-2.0 */
/* grubvar.c - variables of grub's configuration, and what they start with. */
#include "grubrun.h"

static struct rv_grub_var *find(const struct rv_grub_run *r,
				struct rv_span name)
{
	for (size_t i = 0; i < r->vars; i++)
		if (rv_same_text(name, r->var[i].name))
			return (struct rv_grub_var *)&r->var[i];
	return NULL;
}

void rv_grub_set(struct rv_grub_run *r, struct rv_span name,
		 struct rv_grub_text value)
{
	struct rv_grub_var *v = find(r, name);

	if (!v && r->vars == RV_GRUB_VARS) {
		rv_grub_stop(r, "more than %d variables", RV_GRUB_VARS);
		return;
	}
	value.p = rv_grub_keep(r, rv_text(value.p));
	if (!value.p)
		return;
	if (!v) {
		const char *own = rv_grub_keep(r, name);

		if (!own)
			return;
		v = &r->var[r->vars++];
		v->name = own;
	}
	v->value = value;
}

void rv_grub_unset(struct rv_grub_run *r, const char *name)
{
	struct rv_grub_text none = { "", true };

	rv_grub_set(r, rv_text(name), none);
}

/* Set by grub itself, to what these files do not say; "x*": what begins so. */
static const char *const unsaid[] = {
	"cmdpath",	   "lang",
	"locale_dir",	   "secondary_locale_dir",
	"pager",	   "shim_lock",
	"lockdown",	   "fw_path",
	"debug",	   "gfxmode",
	"gfxpayload",	   "color_normal",
	"color_highlight", "check_signatures",
	"chosen",	   "theme",
	"feature_*",	   "net_*",
	"pxe_*",	   "grub_*",
	"menu_*",	   "tpm_*",
	"bli_*",	   "config_*",
	"package_*",	   "biosnum",
	"ofpathname",	   "superusers_*",
};

static bool is_unsaid(struct rv_span name)
{
	for (size_t i = 0; i < RV_LEN(unsaid); i++) {
		struct rv_span u = rv_text(unsaid[i]);

		if (u.p[u.n - 1] == '*' ? rv_starts(name, rv_span(u.p, u.n - 1))
					: rv_same(name, u))
			return true;
	}
	return false;
}

struct rv_grub_text rv_grub_get(const struct rv_grub_run *r,
				struct rv_span name)
{
	const struct rv_grub_var *v = find(r, name);
	struct rv_grub_text none = { "", !is_unsaid(name) };

	return v ? v->value : none;
}

void rv_grub_preset(struct rv_grub_run *r)
{
	static const char *const yes[] = {
		"feature_chainloader_bpb",	"feature_ntldr",
		"feature_platform_search_hint", "feature_default_font_path",
		"feature_all_video_module",	"feature_menuentry_id",
		"feature_menuentry_options",	"feature_200_final",
		"feature_nativedisk_cmd",	"feature_timeout_style",
	};
	const struct {
		const char *name, *value;
	} own[] = {
		{ "prefix", r->world->prefix },
		{ "root", r->world->root },
		{ "grub_cpu", "x86_64" },
		{ "grub_platform", "efi" },
	};

	for (size_t i = 0; i < RV_LEN(own); i++)
		rv_grub_set(r, rv_text(own[i].name),
			    (struct rv_grub_text){ own[i].value, true });
	for (size_t i = 0; i < RV_LEN(yes); i++)
		rv_grub_set(r, rv_text(yes[i]),
			    (struct rv_grub_text){ "y", true });
}
