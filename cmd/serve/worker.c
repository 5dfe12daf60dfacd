/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - all that reads what a client sent, in a process that can open
 * files of two folders and nothing else. A request that ends it ends no other
 * one.
 */
#include "worker.h"
#include "answer.h"
#include "beside.h"
#include "folder.h"
#include "out.h"
#include "platforms.h"
#include "records.h"
#include "sandbox.h"

#include <stdlib.h>

struct worker {
	const struct rv_serve *setup;
	struct rv_fleet fleet;
	struct rv_folder folder; /* of records */
	struct rv_sha256 stamp;	 /* of that folder, as it was last read */
	struct rv_verifier *verifier;
	struct rv_releases releases; /* read when somebody needs all */
	bool has_releases;
	struct rv_platforms *platforms;
	struct rv_beside beside;
	struct rv_evidence evidence; /* of the request at hand */
};

/* Records that changed are read anew, and what was computed of them with it. */
static bool look_again(struct worker *w, struct rv_err *err)
{
	struct rv_verifier_options o = { .quote = w->setup->fleet.dcap->quote,
					 .root_name =
					     w->setup->fleet.dcap->root_name,
					 .records = &w->folder };
	struct rv_sha256 now;

	if (!rv_folder_stamp(w->setup->records, &now, err))
		return false;
	if (w->verifier && memcmp(now.b, w->stamp.b, sizeof now.b) == 0)
		return true;
	rv_verifier_free(&w->verifier);
	rv_releases_free(&w->releases);
	w->has_releases = false;
	w->stamp = now;
	w->fleet.verifier = NULL;
	if (!rv_verifier_new(&o, &w->verifier, err))
		return false;
	w->fleet.verifier = w->verifier;
	return true;
}

/*
 * The collateral of this platform, unless the request brought some; and what is
 * AMD's and Google's. The evidence is read here to know which that is; what
 * cannot be read is left to whoever says why.
 */
static bool add_collateral(void *arg, struct rv_verify_input *in,
			   struct rv_err *err)
{
	struct worker *w = arg;
	struct rv_evidence_options opts = { .instance = in->instance };
	struct rv_err ignored = { 0 };

	rv_evidence_free(&w->evidence);
	in->proof.cache = w->setup->collateral;
	if (!w->platforms)
		return true;
	if (!in->evidence) {
		if (!rv_evidence_read(in->evidence_bytes, &opts, &w->evidence,
				      &ignored))
			return true;
		in->evidence = &w->evidence;
	}
	if (!in->proof.collateral)
		rv_platforms_find(
		    w->platforms, rv_buf_span(&in->evidence->quote),
		    &in->proof.collateral, &in->proof.collateral_err);
	return rv_beside_add(&w->beside, w->setup, in, err);
}

static void worker_free(struct worker *w)
{
	rv_releases_free(&w->releases);
	rv_verifier_free(&w->verifier);
	rv_platforms_free(&w->platforms);
	rv_beside_free(&w->beside);
	rv_evidence_free(&w->evidence);
}

static bool start(struct worker *w, struct rv_err *err)
{
	const char *const folder[] = { w->setup->records,
				       w->setup->collateral };

	w->fleet = w->setup->fleet;
	w->fleet.add = add_collateral;
	w->fleet.arg = w;
	w->folder = rv_records_at(w->setup->releases);
	return rv_serve_sandbox(RV_ROOM_WORKER, folder, RV_LEN(folder), err) &&
	       (!w->setup->collateral ||
		rv_platforms_new(w->setup->collateral, &w->platforms, err)) &&
	       look_again(w, err);
}

/* A folder that cannot be read holds no record; that is said by its name. */
static bool all_releases(struct worker *w, const struct rv_serve_request *r,
			 struct rv_err *err)
{
	struct rv_err why = { 0 };

	if (r->kind != RV_SERVE_PEER || w->has_releases)
		return true;
	w->has_releases = rv_releases_read(&w->folder, &w->releases, &why);
	if (w->has_releases || why.code != RV_SYSTEM)
		return true;
	*err = why;
	return false;
}

/* False when there is nobody to answer any more, or no answer. */
static bool serve_one(struct worker *w, int fd, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	RV_AUTO(rv_free) uint8_t *body = NULL;
	struct rv_serve_request request;
	struct rv_serve_reply reply;

	if (!rv_serve_read(fd, &request, sizeof request))
		return false;
	if (request.n > w->setup->body)
		return rv_fail(err, RV_SYSTEM, "a request too long");
	body = malloc(request.n + 1);
	if (!body)
		return rv_no_memory(err, "request");
	if (!rv_serve_read(fd, body, request.n))
		return false;
	if (!look_again(w, err) || !all_releases(w, &request, err) ||
	    !rv_serve_answer(&w->fleet, &w->releases, &request,
			     rv_span(body, request.n), &to, &reply, err))
		return false;
	reply.n = to.buf.n;
	return rv_serve_write(fd, &reply, sizeof reply) &&
	       rv_serve_write(fd, to.buf.p, to.buf.n);
}

int rv_worker_run(const struct rv_serve *s, int fd)
{
	RV_AUTO(worker_free) struct worker w = { .setup = s };
	struct rv_err err = { 0 };

	if (start(&w, &err))
		while (serve_one(&w, fd, &err))
			;
	if (err.code)
		rv_out_error("refval-serve: worker", err.msg);
	return err.code ? RV_SYSTEM : 0;
}
