/* SPDX-License-Identifier: Apache-2.0 */
/* diff.c - refval-hash diff: what two images do not have in common. */
#include "cmd.h"
#include "hash_print.h"
#include "image_opts.h"
#include "last_line.h"
#include "out.h"

#include <stdlib.h>

static bool json, exact;
static struct rv_image_opts image_opts;

static const struct rv_opt opts[] = {
	RV_IMAGE_OPTS(image_opts),
	RV_OPT_FLAG("exact", &exact,
		    "also times, packing and annotations count"),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

/* The worse of two answers: no, then cannot tell, then yes. */
static enum rv_code worse(enum rv_code a, enum rv_code b)
{
	if (a == RV_NO || b == RV_NO)
		return RV_NO;
	return a > b ? a : b;
}

/* What of the image must be the same for a yes. */
static enum rv_code judge(const enum rv_oci_tri *k)
{
	enum rv_code answer = RV_OK;

	for (unsigned i = 0; i < RV_KINDS; i++)
		if (exact && k[i] == RV_DIFFER)
			answer = RV_NO;
	if (k[RV_KIND_IMAGE] == RV_DIFFER)
		return RV_NO;
	if (k[RV_KIND_IMAGE] == RV_UNKNOWN)
		answer = worse(answer, RV_INPUT);
	return answer;
}

static bool one(const struct rv_oci *a, const struct rv_oci_image *x,
		const struct rv_oci *b, const struct rv_oci_image *y,
		struct rv_jw *w, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_oci_compared_free) struct rv_oci_compared c = { 0 };

	if (y && !rv_oci_compare(a, x, b, y, &c, err))
		return false;
	*answer = worse(*answer, y ? judge(c.kind) : RV_NO);
	if (json) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "platform", x->platform);
		rv_jw_bool(w, "in_both", y);
		if (y) {
			hash_json_kinds(w, c.kind);
			hash_json_compared(w, &c);
		}
		rv_jw_close(w);
		return true;
	}
	rv_out_tone(RV_TONE_BOLD, "image ");
	rv_out_str(x->platform ? x->platform : "of an unknown platform");
	rv_out(y ? "\n" : ": only in the first\n");
	if (y) {
		hash_print_kinds(c.kind);
		hash_print_compared(&c);
	}
	return true;
}

/* Faults have been told; they leave the answer open, unless it is no. */
static void tell_faults(const struct rv_oci *o, const char *name,
			enum rv_code *answer)
{
	for (size_t i = 0; i < o->n_image; i++) {
		if (o->image[i].fault.code == RV_OK ||
		    rv_oci_no_platform(&o->image[i]))
			continue;
		rv_out_error(name, o->image[i].fault.msg);
		*answer = RV_INPUT;
	}
}

static void only_second(const struct rv_oci_image *y, struct rv_jw *w)
{
	if (json) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "platform", y->platform);
		rv_jw_bool(w, "in_both", false);
		rv_jw_close(w);
		return;
	}
	rv_out_tone(RV_TONE_BOLD, "image ");
	rv_out_str(y->platform ? y->platform : "of an unknown platform");
	rv_out(": only in the second\n");
}

static bool pairs(const struct rv_oci *a, const struct rv_oci *b,
		  struct rv_jw *w, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_free) size_t *pair = calloc(a->n_image + 1, sizeof *pair);

	if (!pair)
		return rv_no_memory(err, "images");
	if (!rv_oci_pairs(a, b, pair, err))
		return false;
	for (size_t i = 0; i < a->n_image; i++)
		if (!one(a, &a->image[i], b,
			 pair[i] == SIZE_MAX ? NULL : &b->image[pair[i]], w,
			 answer, err))
			return false;
	for (size_t k = 0; k < b->n_image; k++) {
		bool in_both = false;

		for (size_t i = 0; i < a->n_image; i++)
			in_both |= pair[i] == k;
		if (in_both)
			continue;
		*answer = worse(*answer, RV_NO);
		only_second(&b->image[k], w);
	}
	return true;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_oci_free) struct rv_oci a = { 0 }, b = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	struct rv_oci_opts o;
	enum rv_code faults = RV_OK, said = RV_OK;

	if (argc != 2)
		return rv_fail(err, RV_USAGE, "two images are needed");
	if (!rv_image_from_opts(&image_opts, &o, err))
		return false;
	o.archive = o.tree_text = true;
	if (!rv_container_read(argv[0], &o, &a, err) ||
	    !rv_container_read(argv[1], &o, &b, err))
		return false;
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	rv_jw_open(&w, "diff", '[');
	if (!pairs(&a, &b, &w, &said, err))
		return false;
	tell_faults(&a, "refval-hash diff", &faults);
	tell_faults(&b, "refval-hash diff", &faults);
	*answer = faults == RV_OK ? said : faults;
	rv_jw_close(&w);
	rv_jw_str(&w, "verdict", rv_answer_name(*answer));
	rv_jw_close(&w);
	if (json)
		return rv_out_document(&g, err);
	rv_last_line(*answer, "%s",
		     faults != RV_OK ? "something of them could not be read"
		     : *answer == RV_OK
			 ? exact ? "the same in everything"
				 : "the same content in every image"
		     : *answer == RV_NO ? "their content differs, as above"
					: "not everything could be compared");
	return true;
}

const struct rv_cmd rv_cmd_hash_diff = {
	.name = "hash diff",
	.args = "[OPTIONS] A B",
	.summary = "Which layer, which field, which file differs",
	.opts = opts,
	.example = "refval-hash diff released.tar rebuilt.tar",
	.run = run,
};
