/* SPDX-License-Identifier: Apache-2.0 */
/* extract.c - the parts of evidence, each as a plain file. */
#include "extract.h"
#include "base.h"
#include "folder.h"

#include <stdio.h>

enum { PARTS = 6 };

static void add(struct rv_new_file *file, size_t *n, const char *name,
		struct rv_span data)
{
	if (!data.n)
		return;
	snprintf(file[*n].name, sizeof file[*n].name, "%s", name);
	file[(*n)++].data = data;
}

bool rv_fetch_extract(const struct rv_evidence *e, const char *dir,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf log = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf all = { 0 };
	struct rv_new_file file[PARTS];
	size_t n = 0;

	/* One folder of both would hide that they disagree. */
	if (e->conflict)
		return rv_fail(err, RV_NO,
			       "its parts contradict each other: %s",
			       e->conflict);
	if (e->log_format != RV_LOG_NONE &&
	    !rv_evidence_write_log(e, &log, err))
		return false;
	/* What platforms sign that are not Intel's has no file of its own. */
	if (e->attester != RV_ATTESTER_TDX && !rv_evidence_write(e, &all, err))
		return false;
	add(file, &n, "evidence.json", rv_buf_span(&all));
	add(file, &n, "quote.bin", rv_buf_span(&e->quote));
	add(file, &n, "event_log.json", rv_buf_span(&log));
	add(file, &n, "vm_config.json", rv_buf_span(&e->vm_config));
	add(file, &n, "app-compose.json", rv_buf_span(&e->app_compose));
	add(file, &n, "collateral.json", rv_buf_span(&e->collateral));
	if (!n)
		return rv_fail(err, RV_INPUT, "no part of it is a file");
	return rv_folder_fill(dir, "extract", file, n, err);
}
