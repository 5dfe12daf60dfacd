/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.c - metadata.json (docs/FORMATS.md, "OS images"). An unknown key is
 * refused: a key that we do not know may change what a machine measures.
 */
#include "unpack.h"
#include "json.h"

enum { CMDLINE_MAX = 2048, TEXT_MAX = 256 };

void rv_metadata_free(struct rv_metadata *m)
{
	char **text[] = {
		&m->bios,	  &m->kernel,	   &m->initrd,
		&m->rootfs,	  &m->cmdline,	   &m->version,
		&m->git_revision, &m->rootfs_hash, &m->ovmf_variant,
		&m->bios_sev,	  &m->hda,
	};

	for (size_t i = 0; i < RV_LEN(text); i++)
		rv_free(text[i]);
	*m = (struct rv_metadata){ 0 };
}

/* What a string field may hold. */
enum form {
	FORM_NAME, /* a plain file name */
	FORM_TEXT, /* printable, bounded */
	FORM_LINE, /* the same, longer */
	FORM_HEX,  /* a SHA-256 digest */
};

static bool printable(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

static bool form_ok(struct rv_span s, enum form form)
{
	uint8_t hash[32];

	switch (form) {
	case FORM_NAME:
		return rv_name_ok(s);
	case FORM_HEX:
		return rv_unhex(s, hash, sizeof hash);
	case FORM_LINE:
		return s.n && s.n <= CMDLINE_MAX && printable(s);
	default:
		return s.n && s.n <= TEXT_MAX && printable(s);
	}
}

static bool read_text(const rv_json *v, const char *key, enum form form,
		      char **out, struct rv_err *err)
{
	static const char *const must[] = {
		"a plain file name",
		"printable ASCII of 1 to 256 bytes",
		"printable ASCII of 1 to 2048 bytes",
		"64 hex digits",
	};

	if (!rv_json_is_string(v))
		return rv_fail(err, RV_INPUT, "%s: not a string", key);
	if (!form_ok(rv_json_text(v), form))
		return rv_fail(err, RV_INPUT, "%s: not %s", key, must[form]);
	return rv_text_copy(rv_json_text(v), key, out, err);
}

static bool read_bool(const rv_json *v, const char *key, bool *has, bool *out,
		      struct rv_err *err)
{
	if (!rv_json_is_bool(v))
		return rv_fail(err, RV_INPUT, "%s: neither true nor false",
			       key);
	*out = rv_json_true(v);
	*has = true;
	return true;
}

static bool read_field(const char *key, const rv_json *v, struct rv_metadata *m,
		       struct rv_err *err)
{
	const struct {
		const char *key;
		enum form form;
		char **to;
	} text[] = {
		{ "bios", FORM_NAME, &m->bios },
		{ "bios-sev", FORM_NAME, &m->bios_sev },
		{ "kernel", FORM_NAME, &m->kernel },
		{ "initrd", FORM_NAME, &m->initrd },
		{ "rootfs", FORM_NAME, &m->rootfs },
		{ "hda", FORM_NAME, &m->hda },
		{ "cmdline", FORM_LINE, &m->cmdline },
		{ "version", FORM_TEXT, &m->version },
		{ "git_revision", FORM_TEXT, &m->git_revision },
		{ "ovmf_variant", FORM_TEXT, &m->ovmf_variant },
		{ "rootfs_hash", FORM_HEX, &m->rootfs_hash },
	};
	const struct {
		const char *key;
		bool *has, *to;
	} flag[] = {
		{ "is_dev", &m->has_is_dev, &m->is_dev },
		{ "shared_ro", &m->has_shared_ro, &m->shared_ro },
		{ "kernel_header_normalized", &m->has_kernel_header_normalized,
		  &m->kernel_header_normalized },
	};

	for (size_t i = 0; i < RV_LEN(text); i++)
		if (strcmp(key, text[i].key) == 0)
			return read_text(v, key, text[i].form, text[i].to, err);
	for (size_t i = 0; i < RV_LEN(flag); i++)
		if (strcmp(key, flag[i].key) == 0)
			return read_bool(v, key, flag[i].has, flag[i].to, err);
	return rv_fail(err, RV_INPUT, "%s: unknown key", key);
}

/* The parts a machine starts from: all there, and no two the same file. */
static bool check_parts(const struct rv_metadata *m, struct rv_err *err)
{
	const struct {
		const char *key, *name;
		bool needed;
	} part[] = {
		{ "bios", m->bios, true },
		{ "kernel", m->kernel, true },
		{ "initrd", m->initrd, true },
		{ "rootfs", m->rootfs, false },
		{ "bios-sev", m->bios_sev, false },
		{ "hda", m->hda, false },
	};

	if (!m->cmdline)
		return rv_fail(err, RV_INPUT, "cmdline: missing");
	for (size_t i = 0; i < RV_LEN(part); i++) {
		if (!part[i].name && part[i].needed)
			return rv_fail(err, RV_INPUT, "%s: missing",
				       part[i].key);
		if (!part[i].name)
			continue;
		if (rv_member_role(part[i].name, NULL) == RV_ROLE_NOTE)
			return rv_fail(err, RV_INPUT,
				       "%s: %s is something else", part[i].key,
				       part[i].name);
		for (size_t k = 0; k < i; k++)
			if (part[k].name &&
			    strcmp(part[i].name, part[k].name) == 0)
				return rv_fail(err, RV_INPUT,
					       "%s: the same file as %s",
					       part[i].key, part[k].key);
	}
	return true;
}

bool rv_metadata_parse(struct rv_span text, struct rv_metadata *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_metadata_free) struct rv_metadata m = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	const rv_json *value;
	const char *key;
	void *iter = NULL;

	if (!rv_json_parse(text, "metadata.json", &j, err))
		return false;
	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "metadata.json: not an object");
	while (rv_json_next(j, &iter, &key, &value))
		if (!read_field(key, value, &m, err))
			return rv_in(err, "metadata.json");
	if (!check_parts(&m, err))
		return rv_in(err, "metadata.json");
	*out = RV_TAKE(m);
	return true;
}
