/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c - evidence from a file, from standard input, or from a folder that
 * holds its parts in files of well-known names.
 */
#include "parts.h"

#include "json.h"
#include "plain.h"

#include <stdio.h>
#include <sys/stat.h>

/*
 * In the order in which the first one that has a part gives it. What a file
 * holds is recognised by content, but for the manifest: it is what it is,
 * byte by byte, even when it is no JSON at all.
 */
static const char *const part_names[] = {
	"evidence.json",   "quote.bin",	       "quote.hex",
	"quote.json",	   "quote.txt",	       "event_log.json",
	"event-log.json",  "eventlog.json",    "ccel.bin",
	"vm_config.json",  "app-compose.json", "app_compose.json",
	"collateral.json", "getquote.json",    "public_data.json",
	"tcb_info.json",   "info.json",	       "report.json",
	"attestation.bin", "attestation.json", "sys-config.json",
	"ima_log.txt",
};

static bool is_manifest(const char *name)
{
	return strcmp(name, "app-compose.json") == 0 ||
	       strcmp(name, "app_compose.json") == 0;
}

/* One file of the folder, when it is there. */
static bool read_part(const char *folder, const char *name,
		      const struct rv_evidence_options *opts,
		      struct rv_evidence *out, bool *found, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf path = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	rv_grow_printf(&g, "%s/%s", folder, name);
	if (!rv_grow_take(&g, &path, err) ||
	    !rv_buf_read_plain((char *)path.p, EV_FILE_MAX, found, &b, err))
		return false;
	if (!*found)
		return true;
	if (is_manifest(name)) {
		out->app_compose = RV_TAKE(b);
		return true;
	}
	return rv_ev_any(rv_buf_span(&b), opts, 0, out, err) ||
	       rv_in(err, "%s", name);
}

static bool read_folder(const char *folder,
			const struct rv_evidence_options *opts,
			struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence all = { 0 };
	struct ev_origin origin = { 0 };
	bool any = false;

	for (size_t i = 0; i < RV_LEN(part_names); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence part = { 0 };
		bool found;

		if (!read_part(folder, part_names[i], opts, &part, &found, err))
			return false;
		if (!found)
			continue;
		if (!rv_ev_join(&all, &origin, &part, part_names[i], err))
			return rv_in(err, "%s", part_names[i]);
		any = true;
	}
	if (!any)
		return rv_fail(err, RV_INPUT,
			       "no file of a name we know, such as quote.bin or"
			       " event_log.json");
	rv_ev_format(&all, EV_FOLDER);
	*out = RV_TAKE(all);
	return true;
}

bool rv_evidence_machines(const char *path, size_t *n, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf plain = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };
	struct rv_span text;
	bool packed;

	if (!rv_buf_read(path, EV_FILE_MAX, &file, err))
		return false;
	if (!rv_plain(rv_buf_span(&file), EV_PACKED_MAX, &packed, &plain, err))
		return rv_in(err, "%s", path);
	text = rv_buf_span(packed ? &plain : &file);
	*n = 0;
	if (rv_json_parse_nul(text, "document", &j, &ignored)) {
		*n = rv_ev_instances_n(j);
		if (*n == 0)
			*n = rv_ev_service_n(j);
	}
	return *n > 0 ||
	       rv_fail(err, RV_USAGE,
		       "%s: --instance all, but there is no list of machines"
		       " in it",
		       path);
}

bool rv_evidence_read_path(const char *path,
			   const struct rv_evidence_options *opts,
			   struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	    S_ISDIR(st.st_mode)) {
		if (!read_folder(path, opts, &e, err) ||
		    !rv_ev_snp_vm_config(&e, err) ||
		    !rv_ev_complete(&e, opts, err))
			return rv_in(err, "%s", path);
	} else {
		if (!rv_buf_read(path, EV_FILE_MAX, &b, err))
			return false;
		if (!rv_evidence_read(rv_buf_span(&b), opts, &e, err))
			return rv_in(err, "%s", path);
	}
	*out = RV_TAKE(e);
	return true;
}
