/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c - two records of one release: where they differ, and one of both. */
#include "release.h"

#include <stdio.h>

/* The names of what differs, with a blank between. */
struct names {
	char *out;
	size_t room, n;
};

static void put(struct names *to, bool differs, const char *name)
{
	if (!differs || to->n >= to->room)
		return;
	to->n += (size_t)snprintf(to->out + to->n, to->room - to->n, "%s%s",
				  to->n ? " " : "", name);
}

static bool other(const struct rv_recorded *a, const struct rv_recorded *b)
{
	return a->known && b->known &&
	       memcmp(a->value.b, b->value.b, sizeof a->value.b) != 0;
}

static bool other_hash(bool has_a, const struct rv_sha256 *a, bool has_b,
		       const struct rv_sha256 *b)
{
	return has_a && has_b && memcmp(a->b, b->b, sizeof a->b) != 0;
}

/* A file that only one of them names is no contradiction. */
static bool other_files(const struct rv_release *a, const struct rv_release *b)
{
	for (size_t i = 0; i < a->files; i++)
		for (size_t k = 0; k < b->files; k++)
			if (strcmp(a->file[i].name, b->file[k].name) == 0 &&
			    memcmp(&a->file[i].sha256, &b->file[k].sha256,
				   32) != 0)
				return true;
	return false;
}

static bool other_ranges(const struct rv_release *a, const struct rv_release *b)
{
	return a->ranges && b->ranges &&
	       (a->ranges != b->ranges ||
		memcmp(a->memory, b->memory, a->ranges * sizeof *a->memory) !=
		    0);
}

bool rv_release_differs(const struct rv_release *a, const struct rv_release *b,
			char out[RV_RELEASE_DIFFERS])
{
	const struct rv_span h = rv_buf_span(&a->td_hob);
	struct names to = { out, RV_RELEASE_DIFFERS, 0 };

	*out = '\0';
	put(&to, strcmp(a->name, b->name) != 0, "name");
	put(&to, strcmp(a->version, b->version) != 0, "version");
	put(&to, strcmp(a->flavour, b->flavour) != 0, "flavour");
	put(&to, a->iso != b->iso, "rootfs");
	put(&to,
	    other_hash(a->has_tarball, &a->tarball, b->has_tarball,
		       &b->tarball),
	    "tarball.sha256");
	put(&to,
	    other_hash(a->has_os_image_hash, &a->os_image_hash,
		       b->has_os_image_hash, &b->os_image_hash),
	    "os_image_hash.value");
	put(&to, other_files(a, b), "files");
	put(&to, *a->edk2 && *b->edk2 && strcmp(a->edk2, b->edk2) != 0,
	    "firmware.edk2");
	put(&to, a->ovmf && b->ovmf && a->ovmf != b->ovmf,
	    "firmware.ovmf_variant");
	put(&to, h.n && b->td_hob.n && !rv_same(h, rv_buf_span(&b->td_hob)),
	    "firmware.td_hob");
	put(&to, other(&a->cfv, &b->cfv), "firmware.cfv.value");
	put(&to, other(&a->single_pass, &b->single_pass),
	    "mrtd.single_pass.value");
	put(&to, other(&a->two_pass, &b->two_pass), "mrtd.two_pass.value");
	put(&to, other(&a->rtmr1, &b->rtmr1), "rtmr1.value");
	put(&to, other_ranges(a, b), "rtmr1.memory");
	put(&to, other(&a->kernel, &b->kernel), "rtmr1.events.kernel");
	put(&to, other(&a->rtmr2, &b->rtmr2), "rtmr2.value");
	put(&to, other(&a->cmdline, &b->cmdline), "rtmr2.events.cmdline");
	put(&to, other(&a->initrd, &b->initrd), "rtmr2.events.initrd");
	put(&to,
	    rv_platforms_any(&a->platforms) &&
		rv_platforms_any(&b->platforms) &&
		memcmp(&a->platforms, &b->platforms, sizeof a->platforms) != 0,
	    "platforms");
	return *out != '\0';
}

static void keep(const struct rv_recorded *older, struct rv_recorded *r)
{
	if (!r->known)
		*r = *older;
}

/* An event goes with its register, whose provenance it has. */
static void keep_register(const struct rv_recorded *older,
			  struct rv_recorded *r, const struct rv_recorded *e,
			  struct rv_recorded *event)
{
	bool had = r->known;

	keep(older, r);
	if (!event->known && e->known) {
		*event = *e;
		event->why = had ? r->why : e->why;
	}
}

static void keep_files(const struct rv_release *older, struct rv_release *r)
{
	for (size_t i = 0; i < older->files; i++) {
		bool there = false;

		for (size_t k = 0; k < r->files; k++)
			there |=
			    strcmp(older->file[i].name, r->file[k].name) == 0;
		if (!there && r->files < RV_RELEASE_FILES)
			r->file[r->files++] = older->file[i];
	}
}

bool rv_release_keep(const struct rv_release *older, struct rv_release *r,
		     struct rv_err *err)
{
	if (!*r->date)
		memcpy(r->date, older->date, sizeof r->date);
	if (!*r->url)
		memcpy(r->url, older->url, sizeof r->url);
	if (!*r->edk2)
		memcpy(r->edk2, older->edk2, sizeof r->edk2);
	if (!r->ovmf)
		r->ovmf = older->ovmf;
	if (!r->has_tarball && older->has_tarball) {
		r->has_tarball = true;
		r->tarball = older->tarball;
	}
	if (!r->has_os_image_hash && older->has_os_image_hash) {
		r->has_os_image_hash = true;
		r->os_image_hash = older->os_image_hash;
		r->os_image_hash_why = older->os_image_hash_why;
	}
	keep_files(older, r);
	if (!rv_platforms_any(&r->platforms))
		r->platforms = older->platforms;
	keep(&older->cfv, &r->cfv);
	keep(&older->single_pass, &r->single_pass);
	keep(&older->two_pass, &r->two_pass);
	if (!r->ranges) {
		memcpy(r->memory, older->memory, sizeof r->memory);
		r->ranges = older->ranges;
	}
	keep_register(&older->rtmr1, &r->rtmr1, &older->kernel, &r->kernel);
	keep_register(&older->rtmr2, &r->rtmr2, &older->cmdline, &r->cmdline);
	keep_register(&older->rtmr2, &r->rtmr2, &older->initrd, &r->initrd);
	return r->td_hob.n ||
	       rv_buf_copy(rv_buf_span(&older->td_hob), &r->td_hob, err);
}
