/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beside.c - what of --collateral is AMD's and Google's, and folders that are
 * watched: by who and when their files are.
 */
#include "beside.h"
#include "base.h"
#include "digest.h"
#include "folder.h"

#include <stdio.h>
#include <sys/stat.h>

bool rv_folder_stamp(const char *dir, struct rv_sha256 *out, struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err ignored = { 0 };
	struct rv_folder f = rv_folder_at(dir);
	struct stat st;
	char path[2 * RV_SERVE_PATH];

	if (!f.list(f.arg, &names, &ignored))
		rv_grow_text(&g, ignored.msg);
	for (size_t i = 0; i < names.n; i++) {
		rv_grow_printf(&g, "%s%c", names.name[i], 0);
		snprintf(path, sizeof path, "%s/%s", dir, names.name[i]);
		if (lstat(path, &st) != 0)
			continue;
		rv_grow_le(&g, (uint64_t)st.st_ino, 8);
		rv_grow_le(&g, (uint64_t)st.st_size, 8);
		rv_grow_le(&g, (uint64_t)st.st_mtim.tv_sec, 8);
		rv_grow_le(&g, (uint64_t)st.st_mtim.tv_nsec, 8);
		rv_grow_le(&g, (uint64_t)st.st_ctim.tv_sec, 8);
		rv_grow_le(&g, (uint64_t)st.st_ctim.tv_nsec, 8);
	}
	if (g.failed)
		return rv_no_memory(err, "a folder");
	return rv_sha256(rv_buf_span(&g.buf), out, err);
}

void rv_beside_free(struct rv_beside *b)
{
	rv_snp_read_free(&b->snp);
	rv_gcp_read_free(&b->gcp);
	*b = (struct rv_beside){ 0 };
}

/* A file that may not be read is no end of the worker: it is said each time. */
static bool read_all(struct rv_beside *b, const struct rv_serve *s)
{
	struct rv_dcap_opts o = *s->fleet.asked->dcap;
	bool all;

	o.collateral = s->collateral;
	return rv_snp_opts_shared(&o, s->fleet.asked->snp, &b->snp, &b->why) &&
	       rv_gcp_opts_read(&o, &all, &b->gcp, &b->why);
}

static bool look_again(struct rv_beside *b, const struct rv_serve *s,
		       struct rv_err *err)
{
	struct rv_sha256 now;

	if (!rv_folder_stamp(s->collateral, &now, err))
		return false;
	if (b->read && memcmp(now.b, b->stamp.b, sizeof now.b) == 0)
		return true;
	rv_beside_free(b);
	b->stamp = now;
	/* What failed for want of memory is tried again. */
	b->read = read_all(b, s) || b->why.code != RV_SYSTEM;
	return true;
}

bool rv_beside_add(struct rv_beside *b, const struct rv_serve *s,
		   struct rv_verify_input *in, struct rv_err *err)
{
	enum rv_attester of = in->evidence->attester;

	if (of != RV_ATTESTER_SNP && of != RV_ATTESTER_GCP)
		return true;
	if (!look_again(b, s, err))
		return false;
	if (b->why.code)
		return rv_fail(err, RV_INPUT, "--collateral: %s", b->why.msg);
	in->snp = &b->snp.rules;
	in->gcp = &b->gcp.rules;
	return true;
}
