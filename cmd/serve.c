/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - "refval-serve": the verdict over HTTP, on this machine. */
#include "base.h"
#include "cmd.h"
#include "folder.h"
#include "inputs.h"
#include "out.h"
#include "records.h"
#include "serve/keeper.h"
#include "serve/listen.h"
#include "serve/sandbox.h"
#include "subject.h"

#include <stdio.h>
#include <unistd.h>

static const char *where, *jobs, *queue, *connections, *max_body, *timeout;
static const char *collateral, *releases;
static bool open_to_all, check;
static struct rv_dcap_opts dcap;
static struct rv_snp_opts snp;

static const struct rv_opt opts[] = {
	RV_OPT_TEXT("listen", "WHERE", &where,
		    "127.0.0.1:PORT, unix:PATH or systemd"),
	RV_OPT_FLAG("public", &open_to_all,
		    "an address that other machines reach"),
	RV_OPT_TEXT("collateral", "DIR", &collateral,
		    "what refval-fetch --cache DIR keeps"),
	RV_OPT_TEXT("releases", "DIR", &releases,
		    "release records other than the installed ones"),
	RV_OPT_TEXT("jobs", "N", &jobs,
		    "worker processes (default: processors)"),
	RV_OPT_TEXT("queue", "N", &queue,
		    "requests that wait for one (default: 64)"),
	RV_OPT_TEXT("connections", "N", &connections,
		    "at a time (default: 1024)"),
	RV_OPT_TEXT("max-body", "MIB", &max_body,
		    "longest body of a request (default: 16)"),
	RV_OPT_TEXT("timeout", "SECONDS", &timeout,
		    "for each step of a request (default: 30)"),
	RV_OPT_FLAG("check", &check, "say how it would serve, and end"),
	RV_DCAP_RULE_OPTS(dcap),
	RV_SNP_OPTS(snp),
	{ 0 },
};

static bool number(const char *name, const char *text, uint64_t standard,
		   uint64_t max, uint64_t *out, struct rv_err *err)
{
	*out = standard;
	if (text && (!rv_decimal(rv_text(text), max, out) || !*out))
		return rv_fail(err, RV_USAGE, "--%s %s: not 1 to %" PRIu64,
			       name, text, max);
	return true;
}

static bool numbers(struct rv_serve *s, struct rv_err *err)
{
	uint64_t j, q, c, b, t;

	if (!number("jobs", jobs, rv_cmd_processors(), RV_SERVE_JOBS_MAX, &j,
		    err) ||
	    !number("queue", queue, 64, RV_SERVE_QUEUE_MAX, &q, err) ||
	    !number("connections", connections, 1024, RV_SERVE_CONNECTIONS_MAX,
		    &c, err) ||
	    !number("max-body", max_body, 16, RV_SERVE_MIB_MAX, &b, err) ||
	    !number("timeout", timeout, 30, RV_SERVE_TIMEOUT_MAX, &t, err))
		return false;
	s->jobs = (unsigned)(j < RV_SERVE_JOBS_MAX ? j : RV_SERVE_JOBS_MAX);
	s->queue = (unsigned)q;
	s->connections = (unsigned)c;
	s->body = (size_t)b << 20;
	s->timeout = (unsigned)t;
	return true;
}

/* Folders only: what is in a file now, nobody would look at again. */
static bool folders(struct rv_serve *s, struct rv_err *err)
{
	const struct rv_folder f =
	    collateral ? rv_folder_at(collateral) : (struct rv_folder){ 0 };
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };

	s->collateral = collateral;
	s->releases = releases;
	if (collateral && !rv_is_folder(collateral))
		return rv_fail(err, RV_USAGE,
			       "--collateral %s: no folder; one that"
			       " refval-fetch --cache fills is needed",
			       collateral);
	if (collateral && !f.list(f.arg, &names, err))
		return false;
	return rv_records_where(releases, s->records, sizeof s->records, err);
}

static void say_setup(const struct rv_serve *s, const struct rv_listen *l,
		      const struct rv_releases *records)
{
	const struct rv_dcap *d = s->fleet.dcap;
	char at[32];

	rv_out("%-12s ", "listen");
	rv_out_str(l->text);
	rv_out("\n");
	rv_out("%-12s %s\n", "public", open_to_all ? "yes" : "no");
	rv_out("%-12s %u\n", "jobs", s->jobs);
	rv_out("%-12s %u\n", "queue", s->queue);
	rv_out("%-12s %u\n", "connections", s->connections);
	rv_out("%-12s %zu MiB\n", "max-body", s->body >> 20);
	rv_out("%-12s %u seconds\n", "timeout", s->timeout);
	rv_out("%-12s ", "collateral");
	rv_out_str(s->collateral ? s->collateral : "of the evidence only");
	rv_out("\n%-12s %zu in ", "releases", records->n);
	rv_out_str(s->records);
	rv_out("\n%-12s seccomp, ", "sandbox");
	if (rv_serve_landlock())
		rv_out("Landlock %u\n", rv_serve_landlock());
	else
		rv_out("no Landlock in this kernel\n");
	rv_time_text(d->at, at);
	rv_out("%-12s %s\n", "for",
	       d->has_at ? at : "the time of each request");
	rv_out("%-12s ", "root");
	rv_out_str(d->root_name ? d->root_name : "Intel's");
	rv_out("\n%-12s %s\n", "explain", d->quote.explain ? "yes" : "no");
	rv_subject_policy(&d->policy);
	rv_out("%-12s %s, %s\n", "SEV-SNP",
	       snp.min_tcb ? snp.min_tcb : "any TCB",
	       snp.allow_vlek ? "VLEK too" : "VCEK only");
}

static bool tell(const struct rv_serve *s, const struct rv_listen *l,
		 struct rv_err *err)
{
	RV_AUTO(rv_releases_free) struct rv_releases all = { 0 };

	if (!rv_records_load(releases, &all, err))
		return false;
	say_setup(s, l, &all);
	return true;
}

static bool serve(struct rv_serve *s, const struct rv_listen *l,
		  struct rv_err *err)
{
	char shown[128];

	if (!rv_listen_open(l, open_to_all, &s->listener, shown, err))
		return false;
	s->unlink = l->kind == RV_LISTEN_UNIX ? l->path : NULL;
	s->shown = shown;
	return rv_keeper_run(s, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_inputs_free) struct rv_inputs i = { 0 };
	struct rv_verify_input in = { .identify = true };
	const struct rv_asked asked = { .dcap = &dcap, .snp = &snp };
	struct rv_serve s = {
		.listener = -1,
		.in = &in,
		.fleet = { .asked = &asked, .dcap = &i.dcap, .in = &in }
	};
	struct rv_listen l;
	bool good;

	(void)answer;
	if (argc)
		return rv_fail(err, RV_USAGE, "%s: no operand is taken",
			       argv[0]);
	if (!where)
		return rv_fail(err, RV_USAGE, "--listen is needed");
	/* Before any process: what the sandbox would not let a library read. */
	good = rv_listen_read(where, open_to_all, &l, err) &&
	       numbers(&s, err) && folders(&s, err) &&
	       rv_inputs_rules(&i, &asked, &in, err) &&
	       rv_dcap_quotes(&i.dcap, err);
	return good && (check ? tell(&s, &l, err) : serve(&s, &l, err));
}

static const struct rv_rule rules[] = {
	RV_DCAP_RULES,
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "Where, and how much",
	  "listen public jobs queue connections max-body timeout check" },
	{ "What is read beside requests", "releases" },
	{ "Policy", RV_DCAP_GROUP " min-tcb allow-vlek" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "serve",
	.args = "--listen WHERE [--collateral DIR] [OPTIONS]",
	.summary = "Answer requests for verdicts over HTTP: one report, a line"
		   " for each line,\nor a page; the only command that listens",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "listen collateral jobs timeout check",
	.finds = "collateral releases",
	.reads = "root-ca",
	.example = "refval-serve --listen 127.0.0.1:8080 --collateral"
		   " ~/.cache/refval",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
