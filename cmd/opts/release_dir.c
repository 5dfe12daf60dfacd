/* SPDX-License-Identifier: Apache-2.0 */
/* release_dir.c - the release records that came with the program. */
#include "release_dir.h"
#include "base.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORD_MAX = 1 << 20, RECORDS_MAX = 4096 };

void rv_releases_free(struct rv_releases *r)
{
	for (size_t i = 0; i < r->n; i++)
		rv_release_free(&r->item[i]);
	free(r->item);
	*r = (struct rv_releases){ 0 };
}

/*
 * In the prefix of the program (bin/../share/refval/releases), or in its source
 * tree (build/bin/../../images/releases).
 */
static bool own_folder(char *out, size_t room, struct rv_err *err)
{
	static const char *const beside[] = { "../share/refval/releases",
					      "../../images/releases" };
	char self[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < RV_LEN(beside); i++) {
		snprintf(out, room, "%.*s/%s", (int)(slash - self), self,
			 beside[i]);
		if (access(out, R_OK) == 0)
			return true;
	}
	return rv_fail(err, RV_INPUT,
		       "no release records beside the program (%s)", out);
}

static int is_record(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && e->d_name[0] != '.' &&
	       strcmp(e->d_name + n - 5, ".json") == 0;
}

static void names_free(struct dirent ***names)
{
	for (size_t i = 0; *names && (*names)[i]; i++)
		free((*names)[i]);
	free(*names);
}

static bool load_one(const char *dir, const char *name, struct rv_releases *all,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_release *r = &all->item[all->n];
	char path[8192];
	size_t n = strlen(name) - 5;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (!rv_buf_read(path, RECORD_MAX, &text, err))
		return false;
	if (!rv_release_read(rv_buf_span(&text), r, err))
		return rv_in(err, "%s", path);
	all->n++;
	if (strlen(r->name) != n || memcmp(r->name, name, n) != 0)
		return rv_fail(err, RV_INPUT, "%s: its name is %s", path,
			       r->name);
	return true;
}

bool rv_releases_load(const char *dir, struct rv_releases *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_releases_free) struct rv_releases all = { 0 };
	RV_AUTO(names_free) struct dirent **names = NULL;
	struct dirent **list = NULL;
	char own[4096] = "";
	int n;

	if (!dir) {
		if (!own_folder(own, sizeof own, err))
			return false;
		dir = own;
	}
	n = scandir(dir, &list, is_record, alphasort);
	if (n < 0)
		return rv_fail(err, RV_INPUT, "release records: %s: %s", dir,
			       strerror(errno));
	/* One more, NULL, so that the list knows its own end. */
	names = realloc(list, ((size_t)n + 1) * sizeof *names);
	all.item = calloc((size_t)n + 1, sizeof *all.item);
	if (!names || !all.item) {
		names = names ? names : list;
		return rv_no_memory(err, "release records");
	}
	names[n] = NULL;
	if (n > RECORDS_MAX)
		return rv_fail(err, RV_INPUT, "%s: over %d records", dir,
			       RECORDS_MAX);
	for (int i = 0; i < n; i++)
		if (!load_one(dir, names[i]->d_name, &all, err))
			return false;
	*out = RV_TAKE(all);
	return true;
}

bool rv_releases_find(const struct rv_releases *r, const char *name,
		      const struct rv_release **out, struct rv_err *err)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->item[i].name, name) != 0)
			continue;
		*out = &r->item[i];
		return true;
	}
	return rv_fail(err, RV_INPUT, "%s: no record of this release among %zu",
		       name, r->n);
}
