/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rims.c - a set of reference manifests: which one belongs to a device, and
 * whether the one that claims to does. A file whose name is an id of NVIDIA's
 * is asked for by it; other files are what they say, once they are verified.
 */
#include "gpu.h"
#include "digest.h"
#include "json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { ANSWER_MAX = 2 * RV_GPU_RIM_MAX };

struct entry {
	char *name;	    /* owned */
	char id[96];	    /* upper case; empty: the name is no id */
	struct rv_buf file; /* owned */
	bool meant;	    /* named by the user: it must be of use */
	bool read, good, used;
	struct gpu_rim rim;
	struct gpu_why why; /* of a bad one */
};

struct rv_gpu_rims {
	struct rv_cert *root;
	struct gpu_links links;
	struct entry *entry; /* owned */
	size_t n;
};

bool rv_gpu_rims_new(struct rv_span root, struct rv_gpu_rims **out,
		     struct rv_err *err)
{
	RV_AUTO(rv_gpu_rims_free) struct rv_gpu_rims *r = calloc(1, sizeof *r);

	if (!r)
		return rv_no_memory(err, "RIMs");
	if (!rv_cert_read(root.n ? root : rv_gpu_rim_root(), &r->root, err))
		return rv_in(err, "the root of RIMs");
	*out = RV_TAKE(r);
	return true;
}

void rv_gpu_rims_free(struct rv_gpu_rims **rims)
{
	struct rv_gpu_rims *r = *rims;

	*rims = NULL;
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->entry[i].name);
		rv_buf_free(&r->entry[i].file);
		rv_gpu_rim_free(&r->entry[i].rim);
	}
	free(r->entry);
	rv_cert_free(&r->root);
	free(r);
}

size_t rv_gpu_rims_count(const struct rv_gpu_rims *rims)
{
	return rims->n;
}

/* The id in a file's name: NVIDIA's samples add an ending and "_PROD". */
static void id_of(const char *name, char out[96])
{
	static const char *const end[] = { ".XML", ".SWIDTAG", ".JSON",
					   "_PROD" };
	size_t n = strlen(name);

	out[0] = '\0';
	if (n >= 96)
		return;
	for (size_t i = 0; i <= n; i++)
		out[i] = (char)toupper((unsigned char)name[i]);
	for (size_t i = 0; i < RV_LEN(end); i++) {
		size_t e = strlen(end[i]);

		if (n > e && strcmp(out + n - e, end[i]) == 0)
			out[n -= e] = '\0';
	}
	if (strncmp(out, "NV_GPU_", 7) != 0 &&
	    strncmp(out, "NV_SWITCH_", 10) != 0)
		out[0] = '\0';
}

bool rv_gpu_rims_add(struct rv_gpu_rims *r, const char *name,
		     struct rv_span file, bool meant, struct rv_err *err)
{
	struct entry e = { .meant = meant }, *more;

	if (file.n > ANSWER_MAX)
		return rv_fail(err, RV_INPUT,
			       "RIM %s: %zu bytes, at most %d are read", name,
			       file.n, ANSWER_MAX);
	if (r->n == RV_GPU_RIMS_MAX)
		return rv_fail(err, RV_INPUT, "more than %d RIMs",
			       RV_GPU_RIMS_MAX);
	id_of(name, e.id);
	for (size_t i = 0; i < r->n && e.id[0]; i++)
		if (strcmp(r->entry[i].id, e.id) == 0)
			return rv_fail(err, RV_INPUT,
				       "RIM %s: given twice, as %s and as %s",
				       e.id, r->entry[i].name, name);
	more = realloc(r->entry, (r->n + 1) * sizeof *more);
	if (!more)
		return rv_no_memory(err, "RIMs");
	r->entry = more;
	if (!rv_buf_copy(file, &e.file, err))
		return false;
	if (!rv_text_copy(rv_text(name), "name", &e.name, err)) {
		rv_buf_free(&e.file);
		return false;
	}
	r->entry[r->n++] = e;
	return true;
}

/* The service's answer {id, rim, sha256, rim_format}: its XML. */
static bool unwrap(struct entry *e, struct rv_buf *out, struct gpu_why *why)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span text, said = { 0 }, format = { 0 };
	struct rv_sha256 found;
	uint8_t want[32];

	if (!rv_json_parse(rv_buf_span(&e->file), e->name, &j, &why->err) ||
	    !rv_json_need_text(j, "rim", &text, &why->err) ||
	    !rv_json_opt_text(j, "sha256", &said, &why->err) ||
	    !rv_json_opt_text(j, "rim_format", &format, &why->err) ||
	    !rv_unbase64(text, "rim", out, &why->err) ||
	    !rv_sha256(rv_buf_span(out), &found, &why->err))
		return rv_gpu_because(why, "rim-xml");
	if (format.n && !rv_same_text(format, "TCG"))
		return rv_gpu_doubt(
		    why, "rim-xml",
		    "RIM %s: of format '%.*s', only TCG is read", e->name,
		    format.n > 20 ? 20 : (int)format.n, (const char *)format.p);
	if (said.n && (!rv_unhex(said, want, sizeof want) ||
		       memcmp(want, found.b, sizeof want) != 0))
		return rv_gpu_no(
		    why, "rim-digest",
		    "RIM %s: not of the SHA-256 that is said beside"
		    " it",
		    e->name);
	return true;
}

static bool read_once(struct rv_gpu_rims *r, struct entry *e)
{
	RV_AUTO(rv_buf_free) struct rv_buf xml = { 0 };
	struct rv_span text = rv_buf_span(&e->file);

	if (e->read)
		return e->good;
	e->read = true;
	if (text.n && text.p[0] == '{') {
		if (!unwrap(e, &xml, &e->why))
			return false;
		text = rv_buf_span(&xml);
	}
	e->good = rv_gpu_rim_read(text, r->root, &r->links, &e->rim, &e->why);
	/* What could not be tried may be tried again. */
	e->read = e->good || e->why.err.code != RV_SYSTEM;
	return e->good;
}

/* Copied into @why, with the file's name in front. */
static bool fault(const struct entry *e, struct gpu_why *why)
{
	*why = e->why;
	return rv_in(&why->err, "%s", e->name);
}

static bool in_time(const struct entry *e, int64_t at, struct gpu_why *why)
{
	const struct rv_gpu_rim *r = &e->rim.about;
	char limit[32], when[32];

	rv_time_text(at, when);
	rv_time_text(at > r->not_after ? r->not_after : r->not_before, limit);
	if (at < r->not_before || at > r->not_after)
		return rv_gpu_doubt(
		    why,
		    at > r->not_after ? "rim-chain-expired"
				      : "rim-chain-not-yet",
		    "%s: its signer's chain is valid %s %s, not"
		    " at %s",
		    e->name, at > r->not_after ? "until" : "from", limit, when);
	return true;
}

static bool fits(const struct entry *e, const struct gpu_want *w, int64_t at,
		 struct gpu_why *why)
{
	const struct rv_gpu_rim *r = &e->rim.about;

	if (!in_time(e, at, why))
		return false;
	if (strcasecmp(r->version, w->version) != 0)
		return rv_gpu_no(why, "rim-version",
				 "%s: the RIM is of version %s, the device's is"
				 " %s",
				 e->name, r->version, w->version);
	if (strcmp(r->product, w->chip) != 0 ||
	    (w->claimed && strcmp(r->product, w->claimed) != 0))
		return rv_gpu_no(
		    why, "rim-product",
		    "%s: the RIM is of %s, the device is said to be"
		    " %s%s%s",
		    e->name, r->product, w->claimed ? w->claimed : w->chip,
		    w->claimed ? " and certified as " : "",
		    w->claimed ? w->chip : "");
	if (strcmp(r->edition, w->is_switch ? "SWITCH" : "GPU") != 0)
		return rv_gpu_no(why, "rim-edition",
				 "%s: the RIM is of edition %s", e->name,
				 r->edition);
	return true;
}

/* Files without an id: by what they say. */
static struct entry *by_content(struct rv_gpu_rims *r, const struct gpu_want *w)
{
	for (size_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entry[i];

		if (!e->id[0] && read_once(r, e) &&
		    strcasecmp(e->rim.about.version, w->version) == 0 &&
		    strcmp(e->rim.about.product, w->chip) == 0)
			return e;
	}
	return NULL;
}

bool rv_gpu_rims_get(struct rv_gpu_rims *r, const struct gpu_want *w,
		     int64_t at, const struct gpu_rim **out,
		     struct gpu_why *why)
{
	struct entry *e = NULL;

	*out = NULL;
	for (size_t i = 0; i < r->n && !e; i++)
		if (strcmp(r->entry[i].id, w->id) == 0)
			e = &r->entry[i];
	if (!e)
		e = by_content(r, w);
	if (!e)
		return true;
	e->used = true;
	if (!read_once(r, e))
		return fault(e, why);
	if (!fits(e, w, at, why))
		return false;
	snprintf(e->rim.about.id, sizeof e->rim.about.id, "%s", w->id);
	*out = &e->rim;
	return true;
}

static bool same_as_used(const struct rv_gpu_rims *r, const struct entry *e)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->entry[i].used && r->entry[i].good &&
		    strcasecmp(r->entry[i].rim.about.version,
			       e->rim.about.version) == 0 &&
		    strcmp(r->entry[i].rim.about.product,
			   e->rim.about.product) == 0)
			return true;
	return false;
}

bool rv_gpu_rims_unused(struct rv_gpu_rims *r, size_t *at, struct gpu_why *why)
{
	for (; *at < r->n; ++*at) {
		struct entry *e = &r->entry[*at];

		if (!e->meant || e->used)
			continue;
		if (!read_once(r, e))
			return fault(e, why);
		if (same_as_used(r, e))
			return rv_gpu_doubt(why, "rim-duplicate",
					    "%s: another RIM of %s %s was used",
					    e->name, e->rim.about.product,
					    e->rim.about.version);
		return rv_gpu_no(
		    why, "rim-version",
		    "%s: the RIM is of %s %s, which is the version of"
		    " no device",
		    e->name, e->rim.about.product, e->rim.about.version);
	}
	return true;
}

/* Ids end in the version: as it is, or without its dots. */
static bool ends_in_version(const char *id, const char *version)
{
	size_t n = strlen(id), v = strlen(version);

	while (n && v) {
		if (version[v - 1] == '.' && id[n - 1] != '.')
			v--;
		else if (toupper((unsigned char)version[--v]) != id[--n])
			return false;
	}
	return v == 0 && n && id[n - 1] == '_';
}

bool rv_gpu_rims_check(struct rv_gpu_rims *r, size_t i, int64_t at,
		       struct rv_gpu_rim *out, struct rv_err *err)
{
	struct entry *e = &r->entry[i];
	struct gpu_why why = { 0 };

	if (!read_once(r, e) || !in_time(e, at, &why)) {
		*err = e->good ? why.err : e->why.err;
		return e->good ? false : rv_in(err, "%s", e->name);
	}
	if (!e->id[0] || !ends_in_version(e->id, e->rim.about.version))
		return rv_fail(err, RV_INPUT,
			       "%s: its name is not NVIDIA's id of a RIM of"
			       " version %s",
			       e->name, e->rim.about.version);
	*out = e->rim.about;
	snprintf(out->id, sizeof out->id, "%s", e->id);
	return true;
}
