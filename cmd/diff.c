/* SPDX-License-Identifier: Apache-2.0 */
/* diff.c - "refval-diff": do reference values and evidence agree? */
#include "base.h"
#include "bind_opts.h"
#include "case_images.h"
#include "case_run.h"
#include "case_shape.h"
#include "cmd.h"
#include "out.h"
#include "report_out.h"
#include "values_in.h"
#include "json.h"

enum { REFERENCE_MAX = 64 << 20 };

static bool json;
static const char *instance, *html, *verify_key;
static struct rv_dcap_opts dcap;
static struct rv_list skip, images;
static struct rv_bind_opts bind;

static const struct rv_opt opts[] = {
	{ 0, "instance", "ID", "which instance, where the evidence has several",
	  &instance, NULL, NULL },
	{ 0, "skip", "CHECK", "list a check as unchecked; may be repeated",
	  NULL, NULL, &skip },
	{ 0, "image", "ARCHIVE", "a container image of the app; repeatable",
	  NULL, NULL, &images },
	RV_OPT_VERIFY_KEY(&verify_key),
	RV_BIND_OPTS(bind),
	RV_DCAP_OPTS(dcap),
	{ 0, "html", "FILE", "write the report as a page, too", &html, NULL,
	  NULL },
	{ RV_OPT_JSON(&json) },
	{ 0 },
};

/* What a reference is, told by its contents. */
static bool add_reference(struct rv_case *c, const char *path,
			  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (!rv_buf_read(path, REFERENCE_MAX, &text, err))
		return false;
	if (rv_publish_form(rv_buf_span(&text)))
		return rv_case_values(c, path, rv_buf_span(&text), verify_key,
				      err);
	if (!rv_json_parse(rv_buf_span(&text), path, &j, err))
		return false;
	if (rv_json_get(j, "docker_compose_file") ||
	    rv_json_get(j, "manifest_version")) {
		if (c->has_compose)
			return rv_fail(err, RV_USAGE,
				       "%s: a second app-compose", path);
		c->compose = RV_TAKE(text);
		c->has_compose = true;
		return true;
	}
	return rv_fail(
	    err, RV_INPUT,
	    "%s: neither reference values (refval.values/1, in-toto, "
	    "sigstore bundle, CoRIM) nor an app-compose.json",
	    path);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_case_free) struct rv_case c = { 0 };
	struct rv_case_out out = { .json = json,
				   .html = html,
				   .evidence = argc ? argv[argc - 1] : NULL,
				   .reference = argc > 1 ? argv[0] : NULL };

	if (argc < (rv_bind_opts_given(&bind) ? 1 : 2))
		return rv_fail(err, RV_USAGE,
			       "a reference and evidence are needed");
	for (int i = 0; i < argc - 1; i++)
		if (!add_reference(&c, argv[i], err))
			return false;
	if (verify_key && !c.reference)
		return rv_fail(err, RV_USAGE,
			       "--verify-key, but no reference values are "
			       "given");
	return rv_case_evidence(&c, argv[argc - 1], instance, err) &&
	       rv_case_prove(&c, &dcap, false, err) &&
	       rv_case_compare(&c, err) &&
	       rv_case_explain_shape(&c, NULL, err) &&
	       rv_case_images(&c, &images, err) &&
	       rv_bind_opts_check(&bind, &c.evidence,
				  c.has_quote ? &c.quote : NULL, &c.report,
				  err) &&
	       rv_report_skip(&c.report, skip.item, skip.n, err) &&
	       rv_case_finish(&c, &out, answer, err);
}

static const struct rv_cmd cmd = {
	.name = "diff",
	.args = "[OPTIONS] REFERENCE... EVIDENCE",
	.summary = "Compare reference values with evidence, and say why they "
		   "differ",
	.opts = opts,
	.example = "refval-measure image.tar.gz --vm-config vm.json --json > "
		   "values.json\n  refval-diff values.json quote.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
