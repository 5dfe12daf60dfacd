/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - refval-hash image: every digest of an image in a file. */
#include "cmd.h"
#include "hash_print.h"
#include "image_opts.h"
#include "out.h"

static bool json, tree, config, strict;
static struct rv_image_opts image_opts;

static const struct rv_opt opts[] = {
	RV_IMAGE_OPTS(image_opts),
	RV_OPT_FLAG("strict", &strict,
		    "no content digests, and not the archive's"),
	RV_OPT_FLAG("tree", &tree, "print the text of refval-tree 1"),
	RV_OPT_FLAG("config", &config, "print the text of refval-config 1"),
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static bool want(int argc, struct rv_oci_opts *o, struct rv_err *err)
{
	if (argc != 1)
		return rv_fail(err, RV_USAGE, "one image is needed");
	if (json + tree + config > 1)
		return rv_fail(err, RV_USAGE,
			       "only one of --json, --tree and --config");
	if (strict && (tree || config))
		return rv_fail(err, RV_USAGE,
			       "--strict leaves out what --tree and --config"
			       " show");
	if (!rv_image_from_opts(&image_opts, o, err))
		return false;
	o->strict = strict;
	o->archive = !strict && !tree && !config;
	o->tree_text = tree;
	return true;
}

/* The text alone, so that it can be hashed and compared by other tools. */
static bool print_text(const struct rv_oci *o, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct rv_oci_image *i = &o->image[0];
	const struct rv_buf *text;

	if (o->n_image != 1)
		return rv_fail(err, RV_USAGE,
			       "%zu images: choose one with --platform",
			       o->n_image);
	if (tree ? !i->has_tree : !i->has_meaning) {
		*err = i->fault;
		return false;
	}
	text = tree ? &i->tree_text : &i->meaning_text;
	rv_grow_add(&g, text->p, text->n);
	return rv_out_document(&g, err);
}

/* Yes only when nothing at all was found wrong. */
static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
	struct rv_oci_opts want_opts = { 0 };
	const struct rv_err *fault = NULL;

	if (!want(argc, &want_opts, err) ||
	    !rv_container_read(argv[0], &want_opts, &o, err))
		return false;
	if (tree || config)
		return print_text(&o, err);
	if (!json)
		hash_print_text(argv[0], &o);
	else if (!hash_print_json(&o, err))
		return false;
	for (size_t i = 0; i < o.n_image && !fault; i++)
		if (o.image[i].fault.code != RV_OK)
			fault = &o.image[i].fault;
	if (fault) {
		rv_out_error("refval-hash image", fault->msg);
		*answer = fault->code;
	}
	return true;
}

const struct rv_cmd rv_cmd_hash_image = {
	.name = "hash image",
	.args = "[OPTIONS] ARCHIVE|DIR|-",
	.summary = "Every digest of a container image, each one checked",
	.opts = opts,
	.example = "refval-hash image app.tar\n"
		   "  docker save app | refval-hash image - --json",
	.run = run,
};
