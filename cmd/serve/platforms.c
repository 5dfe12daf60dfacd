/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platforms.c - collateral by platform. Names are those of refval-fetch
 * --cache: TEE-FMSPC-CA-SET.json; of the two sets of Intel's the standard one
 * counts where it is there.
 */
#include "platforms.h"
#include "base.h"

#include <refval/fetch.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Platforms that are kept; beyond, the one longest there makes room. */
enum { KEPT = 64, NAME = 64 };

struct kept {
	char name[NAME]; /* of the file */
	struct stat stamp;
	struct rv_collateral collateral;
	struct rv_err why; /* or why it cannot be used */
};

struct rv_platforms {
	const char *folder;
	struct kept item[KEPT];
	size_t n, next; /* next: whose turn it is to go */
};

bool rv_platforms_new(const char *folder, struct rv_platforms **out,
		      struct rv_err *err)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return rv_no_memory(err, "collateral");
	(*out)->folder = folder;
	return true;
}

void rv_platforms_free(struct rv_platforms **p)
{
	for (size_t i = 0; *p && i < (*p)->n; i++)
		rv_collateral_free(&(*p)->item[i].collateral);
	free(*p);
	*p = NULL;
}

/* Replaced as a whole, as refval-fetch does, or written to in its place. */
static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static struct kept *room_for(struct rv_platforms *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->item[i].name, name) == 0)
			return &p->item[i];
	if (p->n < KEPT)
		return &p->item[p->n++];
	p->next = (p->next + 1) % KEPT;
	return &p->item[p->next];
}

static bool read_file(const char *path, struct rv_collateral *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	bool found;

	if (!rv_buf_read_plain(path, RV_COLLATERAL_MAX, &found, &b, err))
		return false;
	return (found || rv_fail(err, RV_INPUT, "%s: is gone", path)) &&
	       (rv_collateral_read(rv_buf_span(&b), out, err) ||
		rv_in(err, "%s", path));
}

static bool look(struct rv_platforms *p, const struct rv_platform *of,
		 const char *set, struct kept **out)
{
	char path[4096], name[NAME];
	struct stat st;
	struct kept *k;
	int n;

	snprintf(name, sizeof name, "%s-%s-%s-%s.json", of->tdx ? "tdx" : "sgx",
		 of->fmspc, of->ca, set);
	n = snprintf(path, sizeof path, "%s/%s", p->folder, name);
	if (n < 0 || (size_t)n >= sizeof path || lstat(path, &st) != 0)
		return false;
	k = room_for(p, name);
	*out = k;
	if (strcmp(k->name, name) == 0 && same_file(&k->stamp, &st))
		return true;
	rv_collateral_free(&k->collateral);
	*k = (struct kept){ .stamp = st };
	memcpy(k->name, name, sizeof name);
	/* What failed for want of memory is tried again. */
	if (!read_file(path, &k->collateral, &k->why) &&
	    k->why.code == RV_SYSTEM)
		k->name[0] = '\0';
	return true;
}

void rv_platforms_find(struct rv_platforms *p, struct rv_span quote,
		       const struct rv_collateral **out,
		       const struct rv_err **why)
{
	struct rv_platform of = { 0 };
	struct rv_err ignored = { 0 };
	struct kept *k = NULL;

	*out = NULL;
	*why = NULL;
	if (!rv_platform_of(quote, &of, &ignored) ||
	    (!look(p, &of, "standard", &k) && !look(p, &of, "early", &k)))
		return;
	if (k->why.code)
		*why = &k->why;
	else
		*out = &k->collateral;
}
