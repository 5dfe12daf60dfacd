/* SPDX-License-Identifier: Apache-2.0 */
/* gpu.c - what NVIDIA says of the GPUs of evidence, into a folder. */
#include "fetch/gpu.h"
#include "gpu_opts.h"
#include "out.h"

#include "atomic.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LEN = 1024 };

struct work {
	const struct rv_gpu_evidence *e;
	const struct gpu_ask *ask;
	const struct rv_fetch_net *net;
	struct gpu_got got;
	struct rv_err *err;
};

/* ---- the folder ---- */

static bool file_of(const struct work *w, const char *name, const char *end,
		    char out[PATH_LEN])
{
	int n = snprintf(out, PATH_LEN, "%s/%s%s", w->ask->cache, name, end);

	if (n < 0 || n >= PATH_LEN)
		return rv_fail(w->err, RV_USAGE, "%s: too long", w->ask->cache);
	return true;
}

static bool read_rims(const struct work *w, struct rv_gpu_rims **out)
{
	RV_AUTO(rv_gpu_files_free) struct rv_gpu_files f = { 0 };
	struct rv_list cache = { { w->ask->cache }, 1 };

	if (!rv_gpu_files_read(&cache, &f, w->err) ||
	    !rv_gpu_rims_new((struct rv_span){ 0 }, out, w->err))
		return false;
	for (size_t i = 0; i < f.n; i++)
		if (!rv_gpu_rims_add(*out, f.item[i].name, f.item[i].file,
				     false, w->err))
			return false;
	return true;
}

static bool read_answers(const struct work *w, struct rv_gpu_revocation **out)
{
	RV_AUTO(rv_gpu_files_free) struct rv_gpu_files f = { 0 };
	struct rv_list cache = { { w->ask->cache }, 1 };

	if (!rv_gpu_answers_read(&cache, &f, w->err) ||
	    !rv_gpu_revocation_new(out, w->err))
		return false;
	for (size_t i = 0; i < f.n; i++)
		if (!rv_gpu_revocation_add(*out, f.item[i].name, f.item[i].file,
					   false, w->err))
			return false;
	return true;
}

/* The devices, with what is in the folder by now. */
static bool look(const struct work *w, struct rv_gpu_result *out)
{
	RV_AUTO(rv_gpu_rims_free) struct rv_gpu_rims *rims = NULL;
	RV_AUTO(rv_gpu_revocation_free) struct rv_gpu_revocation *known = NULL;
	struct rv_gpu_options o = { .at = rv_cmd_now() };

	if (!read_rims(w, &rims) || !read_answers(w, &known))
		return false;
	o.rims = rims;
	o.revocation = known;
	return rv_gpu_verify(w->e, &o, out, w->err);
}

/* ---- manifests ---- */

static bool get_rim(struct work *w, const char *id, bool used)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char path[PATH_LEN];
	bool found;

	if (!file_of(w, id, ".json", path))
		return false;
	if ((used || access(path, F_OK) == 0) && !w->ask->refresh) {
		w->got.rims.cached++;
		return true;
	}
	if (!rv_fetch_gpu_rim(w->ask->rims, id, w->net, &found, &b, w->err))
		return false;
	if (!found) {
		rv_out_note("refval-fetch: %s: there is no RIM %s",
			    w->ask->rims, id);
		w->got.rims.missing++;
		return true;
	}
	w->got.rims.came++;
	return rv_atomic_write(path, rv_buf_span(&b), w->err);
}

static bool get_rims(struct work *w, const struct rv_gpu_result *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_gpu_facts *f = &r->device[i];
		const char *const id[] = { f->driver_rim, f->vbios_rim };

		for (size_t k = 0; k < RV_LEN(id); k++)
			if (id[k][0] && !rv_gpu_rim_before(r, i, id[k]) &&
			    !get_rim(w, id[k], f->rim[k].id[0]))
				return false;
	}
	return true;
}

/* ---- OCSP answers ---- */

static bool get_answer(struct work *w, const struct rv_gpu_cert *c)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err why = { 0 };
	char path[PATH_LEN], hex[65];

	if (c->verdict == RV_YES && !w->ask->refresh) {
		w->got.answers.cached++;
		return true;
	}
	rv_hex(rv_span(c->sha256.b, sizeof c->sha256.b), hex);
	if (!file_of(w, hex, ".ocsp", path))
		return false;
	if (!rv_fetch_gpu_ocsp(w->ask->ocsp, rv_buf_span(&c->der),
			       rv_buf_span(&c->issuer), w->net, &b, &why)) {
		if (why.code != RV_INPUT) {
			*w->err = why;
			return false;
		}
		rv_out_note("refval-fetch: no OCSP answer of '%s' (%s): %s",
			    c->subject, c->serial, why.msg);
		w->got.answers.missing++;
		return true;
	}
	w->got.answers.came++;
	return rv_atomic_write(path, rv_buf_span(&b), w->err);
}

static bool get_answers(struct work *w, const struct rv_gpu_result *r)
{
	for (size_t i = 0; i < r->certs; i++)
		if (!get_answer(w, &r->cert[i]))
			return false;
	return true;
}

static bool any_genuine(const struct rv_gpu_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->device[i].genuine)
			return true;
	return false;
}

bool rv_fetch_gpus(const struct rv_gpu_evidence *e, const struct gpu_ask *ask,
		   const struct rv_fetch_net *net, struct gpu_got *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_gpu_result_free) struct rv_gpu_result before = { 0 };
	RV_AUTO(rv_gpu_result_free) struct rv_gpu_result after = { 0 };
	struct work w = { .e = e, .ask = ask, .net = net, .err = err };

	if (mkdir(ask->cache, 0777) != 0 && errno != EEXIST)
		return rv_fail(err, RV_SYSTEM, "%s: %s", ask->cache,
			       strerror(errno));
	if (!look(&w, &before))
		return false;
	if (!any_genuine(&before)) {
		const struct rv_gpu_row *why = rv_gpu_result_reason(&before);

		return rv_fail(err, RV_INPUT, "no genuine GPU to ask for: %s",
			       why ? why->reason : "there is none");
	}
	if (ask->rims && !get_rims(&w, &before))
		return false;
	/* The manifests that came have chains of their own. */
	if (ask->ocsp && (!look(&w, &after) || !get_answers(&w, &after)))
		return false;
	*out = w.got;
	return true;
}
