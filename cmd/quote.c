/* SPDX-License-Identifier: Apache-2.0 */
/* quote.c - "refval-quote": is this quote genuine, and what does it claim? */
#include "quote/format.h"
#include "quote/print.h"
#include "folder.h"
#include "lines.h"
#include "each.h"
#include "out.h"

enum { EVIDENCE_MAX = 64 << 20 };

static bool json, decode_only;
static const char *instance, *jsonl, *jobs, *format;
static struct rv_dcap_opts dcap_opts;

static const char *format_name(size_t i)
{
	static const char *const name[] = { "dcap-qvl", "dcap-qvl-pckinfo" };

	return i < RV_LEN(name) ? name[i] : NULL;
}

static const struct rv_opt opts[] = {
	RV_DCAP_OPTS(dcap_opts),
	RV_OPT_FLAG("decode", &decode_only, "only decode, verify nothing"),
	RV_OPT_INSTANCES(&instance),
	RV_OPT_TEXT("jsonl", "FILE", &jsonl,
		    "evidence line by line, a result for each"),
	RV_OPT_TEXT("jobs", "N", &jobs,
		    "threads for --jsonl (default: processors)"),
	RV_OPT_NAMES("format", "NAME", &format, format_name,
		     "dcap-qvl: JSON of its decode or verify; or -pckinfo"),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

/* Evidence and what came of it; the quote borrows from the evidence. */
static bool check(struct rv_dcap *d, const char *path, struct rv_evidence *e,
		  struct rv_proof *r, struct rv_err *err)
{
	struct rv_evidence_options o = { .instance = instance };
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_proof_input in = rv_dcap_proof(d);

	if (rv_is_folder(path)) {
		if (!rv_evidence_read_path(path, &o, e, err))
			return false;
		if (!e->quote.n)
			return rv_fail(err, RV_INPUT,
				       "%s: the evidence has no quote", path);
		return rv_proof_check(d->quotes, &in, e, r, err);
	}
	return rv_buf_read(path, EVIDENCE_MAX, &file, err) &&
	       rv_quote_one(d, rv_buf_span(&file), instance, e, r, err);
}

static bool decode(const char *path, struct rv_evidence *e, struct rv_proof *r,
		   struct rv_err *err)
{
	struct rv_evidence_options o = { .instance = instance };

	if (!rv_evidence_read_path(path, &o, e, err))
		return false;
	if (!e->quote.n)
		return rv_fail(err, RV_INPUT, "%s: the evidence has no quote",
			       path);
	rv_proof_decode(e, r);
	if (!r->decoded)
		return rv_fail(err, RV_INPUT, "%s: %s", path, r->message);
	if (e->conflict)
		return rv_fail(err, RV_NO, "%s: %s", path, e->conflict);
	return true;
}

static bool print(const struct rv_evidence *e, const struct rv_proof *r,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	if (format && strcmp(format, "dcap-qvl") == 0)
		return rv_quote_dcap_qvl(r, err);
	if (format)
		return rv_quote_pckinfo(r, err);
	if (json) {
		rv_quote_json(e, r, 0, &w);
		return rv_out_document(&g, err);
	}
	rv_quote_print(e, r);
	return true;
}

static bool batch(struct rv_dcap *d, enum rv_code *answer, struct rv_err *err)
{
	struct rv_lines l = { .path = jsonl,
			      .answer = rv_quote_line,
			      .arg = d };

	return rv_jobs_arg(jobs, &l.jobs, err) && rv_lines_run(&l, answer, err);
}

static bool usage(int argc, struct rv_err *err)
{
	if (jsonl && argc)
		return rv_fail(err, RV_USAGE,
			       "--jsonl takes no other evidence");
	if (!jsonl && argc != 1)
		return rv_fail(err, RV_USAGE, "one file of evidence is needed");
	return true;
}

static bool one(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_dcap_free) struct rv_dcap d = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_proof_free) struct rv_proof r = { 0 };

	if (!usage(argc, err) || !rv_dcap_open(&dcap_opts, &d, err) ||
	    !rv_dcap_quotes(&d, err))
		return false;
	if (jsonl)
		return batch(&d, answer, err);
	d.evidence_name = argv[0];
	if (decode_only ? !decode(argv[0], &e, &r, err)
			: !check(&d, argv[0], &e, &r, err))
		return false;
	*answer = r.answer;
	if (!print(&e, &r, err))
		return false;
	if (r.message[0])
		rv_out_error("refval-quote", r.message);
	return true;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	const struct rv_each each = { "refval-quote", argc ? argv[0] : NULL,
				      &instance, one };

	return rv_each_machine(&each, argc, argv, answer, err);
}

static const struct rv_rule rules[] = {
	{ RV_DCAP_NAMES, NULL, "decode", "nothing is verified" },
	{ "json explain", NULL, "format", "its form is fixed" },
	{ "jobs", "jsonl", NULL, NULL },
	{ "jsonl", NULL, "format instance decode", "each line is a result" },
	RV_DCAP_RULES,
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "Policy", RV_DCAP_GROUP },
	{ "What is done", "decode jsonl jobs" },
	{ "Output", RV_PAPER_GROUP " format" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "quote",
	.args = "[OPTIONS] (EVIDENCE | --jsonl FILE)",
	.summary = "Is this quote genuine, and what does it claim",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "collateral at accept decode json",
	.reads = "collateral root-ca jsonl",
	.example = "refval-quote quote.bin --collateral collateral.json "
		   "--at 2026-04-01",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
