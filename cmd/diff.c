/* SPDX-License-Identifier: Apache-2.0 */
/* diff.c - "refval-diff": do reference values and evidence agree? */
#include "base.h"
#include "cmd.h"
#include "each.h"
#include "inputs.h"
#include "names.h"
#include "json.h"
#include "records.h"
#include "values_in.h"
#include "verdict_out.h"

enum { REFERENCE_MAX = 64 << 20 };

static bool json;
static const char *instance, *html, *verify_key;
static struct rv_dcap_opts dcap;
static struct rv_list skip, images;
static struct rv_bind_opts bind;

static const struct rv_opt opts[] = {
	RV_OPT_INSTANCES(&instance),
	RV_OPT_SKIP(&skip),
	RV_OPT_LIST("image", "ARCHIVE", &images,
		    "a container image of the app; repeatable"),
	RV_OPT_VERIFY_KEY(&verify_key),
	RV_BIND_OPTS(bind),
	RV_DCAP_OPTS(dcap),
	RV_OPT_HTML(&html),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static bool add_values(struct rv_inputs *i, const char *path,
		       struct rv_buf *text, struct rv_verify_input *in,
		       struct rv_err *err)
{
	if (in->values)
		return rv_fail(err, RV_USAGE,
			       "%s: a second set of register values", path);
	i->values = RV_TAKE(*text);
	return rv_inputs_values(i, path, verify_key, in, err);
}

static bool add_compose(struct rv_inputs *i, const char *path,
			struct rv_buf *text, struct rv_verify_input *in,
			struct rv_err *err)
{
	if (in->compose)
		return rv_fail(err, RV_USAGE, "%s: a second app-compose", path);
	i->compose = RV_TAKE(*text);
	i->compose_bytes = rv_buf_span(&i->compose);
	in->compose = &i->compose_bytes;
	return true;
}

/* What a reference is, told by its contents. */
static bool add_reference(struct rv_inputs *i, const char *path,
			  struct rv_verify_input *in, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	enum rv_attester of;

	if (!rv_buf_read(path, REFERENCE_MAX, &text, err))
		return false;
	if (rv_publish_form(rv_buf_span(&text)) ||
	    rv_image_document(rv_buf_span(&text), &of) ||
	    rv_boot_is_document(rv_buf_span(&text)))
		return add_values(i, path, &text, in, err);
	if (!rv_json_parse(rv_buf_span(&text), path, &j, err))
		return false;
	if (rv_json_get(j, "docker_compose_file") ||
	    rv_json_get(j, "manifest_version"))
		return add_compose(i, path, &text, in, err);
	return rv_fail(
	    err, RV_INPUT,
	    "%s: neither reference values (refval.values/1, in-toto, "
	    "sigstore bundle, CoRIM) nor an app-compose.json",
	    path);
}

static bool compare(const struct rv_inputs *i, const struct rv_verify_input *in,
		    struct rv_verified *v, struct rv_err *err)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *verifier = NULL;
	struct rv_folder folder = rv_records_at(NULL);
	struct rv_verifier_options o = { .quote = i->dcap.quote,
					 .root_name = i->dcap.root_name,
					 .records = &folder };

	return rv_verifier_new(&o, &verifier, err) &&
	       rv_verify(verifier, in, v, err);
}

static bool one(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_inputs_free) struct rv_inputs i = { 0 };
	RV_AUTO(rv_verified_free) struct rv_verified v = { 0 };
	struct rv_verify_input in = { 0 };
	struct rv_asked asked = { .evidence = argc ? argv[argc - 1] : NULL,
				  .instance = instance,
				  .dcap = &dcap,
				  .bind = &bind,
				  .containers = &images,
				  .skip = &skip };
	struct rv_verdict_out out = { .json = json,
				      .html = html,
				      .evidence = asked.evidence,
				      .reference = argc > 1 ? argv[0] : NULL };

	if (argc < (rv_bind_opts_given(&bind) ? 1 : 2))
		return rv_fail(err, RV_USAGE,
			       "a reference and evidence are needed");
	for (int k = 0; k < argc - 1; k++)
		if (!add_reference(&i, argv[k], &in, err))
			return false;
	if (verify_key && !in.values)
		return rv_fail(err, RV_USAGE,
			       "--verify-key, but no reference values are "
			       "given");
	return rv_inputs_evidence(&i, &asked, &in, err) &&
	       rv_inputs_rest(&i, &asked, &in, err) &&
	       compare(&i, &in, &v, err) &&
	       rv_verdict_print(&v, &out, answer, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	const struct rv_each each = { "refval-diff",
				      argc ? argv[argc - 1] : NULL, &instance,
				      one };

	if (html && instance && strcmp(instance, "all") == 0)
		return rv_fail(err, RV_USAGE,
			       "--html: a page is of one machine, not of all");
	return rv_each_machine(&each, argc, argv, answer, err);
}

static const struct rv_rule rules[] = {
	/* --allow-debug is about td_attributes, which is always looked at. */
	{ RV_DCAP_POLICY, "collateral at root-ca", NULL,
	  "the quote's signature is not checked otherwise" },
	RV_BIND_RULES,
	RV_DCAP_RULES,
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "What it should run", "image verify-key" },
	{ "What report_data is bound to", RV_BIND_GROUP },
	{ "Policy", RV_DCAP_GROUP " skip" },
	{ "Output", RV_PAPER_GROUP },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "diff",
	.args = "[OPTIONS] REFERENCE... EVIDENCE",
	.summary = "Compare reference values with evidence, and say why they "
		   "differ",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "collateral at image html json",
	.reads = RV_BIND_READS " image verify-key collateral root-ca",
	.example = "refval-measure image.tar.gz --vm-config vm.json --json > "
		   "values.json\n  refval-diff values.json quote.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
