/* SPDX-License-Identifier: Apache-2.0 */
/* pin_opts.c - pins, before and after a run. */
#include "pin_opts.h"
#include "base.h"
#include "pin_list.h"

#include <sys/stat.h>

void rv_pinned_free(struct rv_pinned *p)
{
	rv_pin_files_free(&p->files);
}

bool rv_pin_first(const struct rv_pin_opts *o, struct rv_pinned *p,
		  struct rv_report *report, bool *good, struct rv_err *err)
{
	const char *name = o->pins ? "--pins" : "--write-pins";

	*good = true;
	if (!o->pins && !o->write)
		return true;
	if (o->write && strcmp(o->write, "-") == 0)
		return rv_fail(err, RV_USAGE,
			       "--write-pins -: the report goes to standard "
			       "output");
	if (!rv_pin_files_read(p->path, p->n, &p->files, err))
		return rv_in(err, "%s", name);
	return !o->pins || rv_pin_list_check(o->pins, &p->files, p->path, p->n,
					     report, good, err);
}

bool rv_pin_seen(struct rv_pinned *p, struct rv_err *err)
{
	const char *there[RV_PIN_PATHS];
	struct rv_err why = { 0 };
	struct stat st;
	size_t n = 0;

	if (p->files.item)
		return true;
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->path[i], "-") != 0 &&
		    stat(p->path[i], &st) == 0 &&
		    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
			there[n++] = p->path[i];
	memcpy(p->path, there, n * sizeof *there);
	p->n = n;
	/* What cannot be read is said by whoever needs it. */
	if (rv_pin_files_read(there, n, &p->files, &why))
		return true;
	rv_pin_files_free(&p->files);
	if (why.code == RV_SYSTEM)
		*err = why;
	return why.code != RV_SYSTEM;
}

bool rv_pin_last(const struct rv_pin_opts *o, const struct rv_pinned *p,
		 struct rv_err *err)
{
	if (!p->files.n)
		return true;
	if (!rv_pin_files_still(p->path, p->n, &p->files, err))
		return false;
	return !o->write ||
	       rv_pin_list_write(o->write, &p->files, p->path, p->n, err);
}
