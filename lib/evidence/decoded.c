/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decoded.c - a quote as somebody else decoded it: registers by name in some
 * JSON, as a hosted verifier answers or a decoding command prints. Nothing in
 * it is signed. Names differ in case, in underscores and in what stands in
 * front ("mr_td", "MRTD", "rt_mr0", "tdx_rtmr0"); values are hex, base64 or an
 * array of bytes; they stand in the document or in an object within.
 */
#include "parts.h"
#include "json.h"

#include <stdio.h>

enum { DEPTH_MAX = 8, KEY_MAX = 24, PATH_MAX_ = 64 };

/* A name without case, separators and the platform's name in front. */
static bool plain_name(const char *key, char out[KEY_MAX])
{
	size_t n = 0;

	for (; *key; key++) {
		char c = *key;

		if (c == '_' || c == '-' || c == '.' || c == ' ')
			continue;
		if (n + 1 == KEY_MAX)
			return false;
		out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	out[n] = '\0';
	if (strncmp(out, "tdx", 3) == 0)
		memmove(out, out + 3, n - 2);
	return true;
}

/* @n bytes, however they are written. */
static bool bytes_of(const rv_json *v, const char *key, size_t n, uint8_t *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span text = rv_json_text(v);
	struct rv_err ignored = { 0 };

	if (rv_json_is_array(v) && rv_json_size(v) == n) {
		for (size_t i = 0; i < n; i++) {
			uint64_t byte = 256;

			if (!rv_json_uint(rv_json_at(v, i), 255, &byte))
				return rv_fail(err, RV_INPUT,
					       "%s: element %zu is no byte",
					       key, i);
			out[i] = (uint8_t)byte;
		}
		return true;
	}
	if (rv_json_is_string(v) &&
	    (rv_ev_hex(text, key, &b, &ignored) ||
	     rv_unbase64_any(text, key, &b, &ignored)) &&
	    b.n == n) {
		memcpy(out, b.p, n);
		return true;
	}
	return rv_fail(err, RV_INPUT,
		       "%s: not %zu bytes in hex, base64 or as an array", key,
		       n);
}

/* One member, where its name is that of a register or of report_data. */
static bool member(const char *key, const rv_json *v, struct rv_evidence *out,
		   struct rv_err *err)
{
	struct rv_sha384 said;
	char name[KEY_MAX];

	if (!plain_name(key, name) || rv_json_is_null(v))
		return true;
	if (strcmp(name, "reportdata") == 0 && !rv_json_is_object(v)) {
		out->has_report_data = true;
		return bytes_of(v, key, sizeof out->report_data,
				out->report_data, err);
	}
	for (size_t i = 0; i < EV_REGISTERS; i++) {
		if (strcmp(name, rv_ev_register[i]) != 0)
			continue;
		if (!bytes_of(v, key, sizeof said.b, said.b, err))
			return false;
		return rv_mrs_set(&out->claimed, rv_ev_register[i], RV_SHA384,
				  rv_span(said.b, sizeof said.b)) ||
		       rv_fail(err, RV_INPUT, "%s: no room", key);
	}
	return true;
}

/* Does the object itself name a launch and a run-time register? */
static bool has_registers(const rv_json *j)
{
	const rv_json *v;
	const char *key;
	void *iter = NULL;
	unsigned seen = 0;
	char name[KEY_MAX];

	while (rv_json_next(j, &iter, &key, &v))
		if (plain_name(key, name))
			seen |= strcmp(name, "mrtd") == 0    ? 1u
				: strcmp(name, "rtmr0") == 0 ? 2u
							     : 0u;
	return seen == 3;
}

/* The object, and those within: a second one must say the same. */
static bool walk(const rv_json *j, const char *path, unsigned depth,
		 struct ev_origin *origin, struct rv_evidence *out,
		 struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence own = { 0 };
	bool registers = has_registers(j);
	const rv_json *v;
	const char *key;
	void *iter = NULL;

	while (rv_json_next(j, &iter, &key, &v)) {
		char deeper[PATH_MAX_];

		snprintf(deeper, sizeof deeper, "%s%s%.20s", path,
			 *path ? "." : "", key);
		if (registers && !member(key, v, &own, err))
			return *path ? rv_in(err, "%s", path) : false;
		if (rv_json_is_object(v) && depth < DEPTH_MAX &&
		    !walk(v, deeper, depth + 1, origin, out, err))
			return false;
	}
	return !registers ||
	       rv_ev_join(out, origin, &own,
			  *path ? path : "the document itself", err);
}

static bool find(const rv_json *j, unsigned depth)
{
	const rv_json *v;
	const char *key;
	void *iter = NULL;

	if (!rv_json_is_object(j) || depth > DEPTH_MAX)
		return false;
	if (has_registers(j))
		return true;
	while (rv_json_next(j, &iter, &key, &v))
		if (find(v, depth + 1))
			return true;
	return false;
}

bool rv_ev_is_decoded(const rv_json *j)
{
	return find(j, 0);
}

bool rv_ev_decoded(const rv_json *j, const struct rv_evidence_options *opts,
		   struct rv_evidence *out, struct rv_err *err)
{
	struct ev_origin origin = { 0 };

	(void)opts;
	return walk(j, "", 0, &origin, out, err);
}

bool rv_evidence_is_words(const struct rv_evidence *e)
{
	return !e->quote.n && !e->snp.report.n &&
	       rv_mrs_find(&e->claimed, "mrtd") &&
	       rv_mrs_find(&e->claimed, "rtmr0");
}
