/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * image_inject.c - container images read, matched with a pin and laid beside
 * each other while one allocation or one call of OpenSSL fails: another image
 * is never the pinned one by it, nor is a difference passed over.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "inject.h"

#include "base.h"
#include <refval.h>

#define VECTORS "tests/vectors/oci/seeds/"

struct question {
	const char *a, *b; /* of VECTORS */
	bool pinned;	   /* @a is beside the pin */
	enum { MATCH, COMPARE, REBUILD } ask;
};

static const struct rv_oci_opts whole = { .archive = true,
					  .tree_text = true,
					  .layer_text = true };

static bool failed(const struct rv_err *err)
{
	assert_int_not_equal(err->code, RV_OK);
	assert_true(*err->msg);
	return false;
}

static void say_image(struct said *said, const struct rv_oci_image *i)
{
	say(said, "%zu %zu %zu %d%d%d %u %s\n", i->n_layer, i->n_tag,
	    i->tree_text.n, i->has_tree, i->has_meaning, i->has_image, i->saw,
	    i->fault.msg);
	for (size_t k = 0; i->has_image && k < sizeof i->image.b; k++)
		say(said, "%02x", i->image.b[k]);
}

static bool read_both(const struct question *q, struct rv_oci o[2],
		      struct rv_err *err)
{
	return rv_oci_read(q->a, &whole, &o[0], err) &&
	       rv_oci_read(q->b, &whole, &o[1], err);
}

static bool matched(const struct question *q, const struct rv_oci o[2],
		    struct said *said, struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };
	struct rv_oci_digest pin = o[0].image[0].manifest.by[RV_OCI_SHA256];

	if (!rv_oci_match(&pin, &o[1], q->pinned ? &o[0] : NULL, &m, err))
		return false;
	say(said, "%d %s\n", m.level, m.reason);
	for (size_t i = 0; i < RV_RUNGS; i++)
		say(said, "%d %s\n", (int)m.rung[i], m.why[i]);
	return m.verdict == RV_OK;
}

static void say_all(struct said *said, const struct rv_oci_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		say(said, "%s %s %d\n", f->item[i].where, f->item[i].what,
		    f->item[i].minor);
}

/* Each answer is the whole answer, and so a yes here. */
static bool compared(const struct rv_oci o[2], struct said *said,
		     struct rv_err *err)
{
	RV_AUTO(rv_oci_compared_free) struct rv_oci_compared c = { 0 };
	if (!rv_oci_compare(&o[0], &o[0].image[0], &o[1], &o[1].image[0], &c,
			    err))
		return false;
	for (size_t i = 0; i < RV_KINDS; i++)
		say(said, "%d\n", (int)c.kind[i]);
	say_all(said, &c.layer);
	say_all(said, &c.config);
	say_all(said, &c.file);
	return true;
}

static bool rebuilt(const struct rv_oci o[2], struct said *said,
		    struct rv_err *err)
{
	RV_AUTO(rv_oci_rebuild_free) struct rv_oci_rebuild r = { 0 };

	if (!rv_oci_rebuild(o, 2, &r, err))
		return false;
	say(said, "%d %zu\n", (int)r.level, r.n_cause);
	for (size_t i = 0; i < r.n_cause; i++)
		say(said, "%s %s\n", r.cause[i].name, r.cause[i].detail);
	return r.level < RV_KINDS && r.kind[RV_KIND_IMAGE] == RV_SAME;
}

static bool once(const void *arg, struct said *said)
{
	const struct question *q = arg;
	struct rv_oci o[2] = { { 0 } };
	struct rv_err err = { 0 };
	bool ok, yes = false;

	ok = read_both(q, o, &err);
	if (ok) {
		assert_true(o[0].n_image > 0 && o[1].n_image > 0);
		say_image(said, &o[0].image[0]);
		say_image(said, &o[1].image[0]);
		yes = q->ask == MATCH	  ? matched(q, o, said, &err)
		      : q->ask == COMPARE ? compared(o, said, &err)
					  : rebuilt(o, said, &err);
	} else {
		failed(&err);
	}
	rv_oci_free(&o[0]);
	rv_oci_free(&o[1]);
	return yes;
}

#define IMAGE  VECTORS "image.tar"
#define HYBRID VECTORS "hybrid.tar"
#define DOCKER VECTORS "docker.tar"

static void all(bool calls)
{
	static const struct {
		const char *name;
		struct question q;
		bool good;
	} t[] = {
		{ "the pinned image", { IMAGE, IMAGE, true, MATCH }, true },
		{ "another image", { IMAGE, HYBRID, true, MATCH }, false },
		{ "another, by its pin",
		  { HYBRID, IMAGE, false, MATCH },
		  false },
		{ "without a manifest",
		  { HYBRID, DOCKER, true, MATCH },
		  false },
		{ "one image twice", { HYBRID, HYBRID, false, COMPARE }, true },
		{ "two images", { IMAGE, HYBRID, false, COMPARE }, true },
		{ "two builds", { IMAGE, HYBRID, false, REBUILD }, false },
		{ "one build twice", { IMAGE, IMAGE, false, REBUILD }, true },
	};

	for (size_t i = 0; i < RV_LEN(t); i++) {
		const struct subject s = { t[i].name, once, &t[i].q, t[i].good,
					   61 };

		each_fails(&s, calls);
	}
}
