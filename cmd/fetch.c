/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c - what does the live machine say? */
#include "cmd.h"
#include "fetch/collateral.h"
#include "fetch/extract.h"
#include "fetch/gpu.h"
#include "fetch/print.h"
#include "names.h"
#include "out.h"

#include "atomic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <refval/fetch.h>

enum { STATEMENT_MAX = 16 << 20, TIMEOUT = 30, TIMEOUT_MAX = 3600 };

static const char *socket_path, *api, *tsm, *ccel, *tls, *root;
static const char *report_data, *statement_file, *hash, *prefix, *jq_path;
static const char *collateral_from, *root_crl_from, *cache, *update;
static const char *rims_from, *ocsp_from;
static const char *instance, *ca_file, *timeout_text, *output, *extract;
static bool nonce, offline, refresh, json;

static const char *api_name(size_t i)
{
	static const char *const name[] = { "dstack", "attest", "tappd" };

	return i < RV_LEN(name) ? name[i] : NULL;
}

static const char *update_name(size_t i)
{
	static const char *const name[] = { "standard", "early" };

	return i < RV_LEN(name) ? name[i] : NULL;
}

static const struct rv_opt opts[] = {
	RV_OPT_TEXT("socket", "SOCKET", &socket_path,
		    "the guest agent's Unix socket"),
	RV_OPT_NAMES("api", "NAME", &api, api_name,
		     "dstack, attest or tappd; default: what answers"),
	RV_OPT_TEXT("tsm", "DIR", &tsm, "configfs-tsm's report folder"),
	RV_OPT_TEXT("ccel", "FILE", &ccel, "event log beside --tsm"),
	RV_OPT_TEXT("tls-fingerprint", "HOST:PORT", &tls,
		    "a TLS server's certificate"),
	RV_OPT_TEXT("root", "DIR", &root,
		    "look for sockets and files below DIR"),
	RV_OPT_TEXT("report-data", "HEX", &report_data,
		    "ask for this, up to 64 bytes"),
	RV_OPT_FLAG("nonce", &nonce, "ask for 64 random bytes (the default)"),
	RV_OPT_TEXT("statement", "FILE", &statement_file,
		    "ask for the digest of a statement"),
	RV_OPT_NAMES("hash", "NAME", &hash, rv_name_hash,
		     "of the statement, default sha256"),
	RV_OPT_TEXT("prefix", "TEXT", &prefix, "hash TEXT:statement"),
	RV_OPT_TEXT("jq-path", "PATH", &jq_path,
		    "the statement is this value of FILE"),
	RV_OPT_OFFERS("collateral-from", "NAME|URL", &collateral_from,
		      rv_name_collateral,
		      "intel, phala, amd, google, or a service's URL"),
	RV_OPT_TEXT("root-crl-from", "URL", &root_crl_from,
		    "the root CRL, if not there"),
	RV_OPT_OFFERS("gpu-rims-from", "NAME|URL", &rims_from, rv_name_nvidia,
		      "manifests of GPUs: nvidia, or a URL"),
	RV_OPT_OFFERS("gpu-ocsp-from", "NAME|URL", &ocsp_from, rv_name_nvidia,
		      "OCSP answers of GPUs, likewise"),
	RV_OPT_TEXT("cache", "DIR", &cache,
		    "keep collateral, manifests and answers here"),
	RV_OPT_NAMES("update", "SET", &update, update_name,
		     "standard (default) or early"),
	RV_OPT_FLAG("refresh", &refresh, "ask even when the cache is current"),
	RV_OPT_FLAG("offline", &offline,
		    "never connect: use files and the cache"),
	RV_OPT_INSTANCE(&instance),
	RV_OPT_TEXT("ca", "FILE", &ca_file,
		    "trust these authorities for TLS (PEM)"),
	RV_OPT_TEXT("timeout", "SECONDS", &timeout_text,
		    "for each request, default 30"),
	RV_OPT_LETTER('o', "output", "FILE", &output,
		      "write the evidence here, whole or not"),
	RV_OPT_TEXT("extract", "DIR", &extract,
		    "write its parts here, as plain files"),
	RV_OPT_JSON(&json),
	{ 0 },
};

/* What the options come to. */
struct plan {
	const char *operand; /* URL or file, or NULL */
	struct rv_fetch_net net;
	struct rv_fetch_ask ask;
	bool chosen; /* the user said what report_data must be */
	struct rv_buf statement_text;
	struct rv_statement statement;
};

static void plan_free(struct plan *p)
{
	rv_buf_free(&p->statement_text);
}

static void on_progress(void *arg, const char *url, uint64_t bytes,
			uint64_t all)
{
	(void)arg;
	rv_out_progress("fetching", url, bytes, all);
}

static bool is_url(const char *s)
{
	return s && strstr(s, "://");
}

/* The TLS endpoint is the only source: then the statement names it. */
static bool only_tls(const struct plan *p)
{
	return tls && !socket_path && !tsm && !p->operand;
}

/* ---- the options ---- */

static struct collateral_ask collateral_asked(void)
{
	return (struct collateral_ask){
		.from = collateral_from,
		.root_crl_from = root_crl_from,
		.cache = cache,
		.update = update,
		.refresh = refresh,
		.offline = offline,
		.cache_of_gpus = rims_from || ocsp_from,
	};
}

static bool check_sources(const struct plan *p, struct rv_err *err)
{
	if (p->operand && (socket_path || tsm))
		return rv_fail(err, RV_USAGE, "%s and --%s: only one source",
			       p->operand, tsm ? "tsm" : "socket");
	if (offline && is_url(p->operand))
		return rv_fail(err, RV_USAGE, "--offline, and yet a URL");
	if (offline && !tsm && !p->operand)
		return rv_fail(err, RV_USAGE,
			       "--offline needs --tsm or a "
			       "FILE");
	if (api && strcmp(api, "dstack") != 0 && strcmp(api, "attest") != 0 &&
	    strcmp(api, "tappd") != 0)
		return rv_fail(err, RV_USAGE,
			       "--api %s: not dstack, attest or tappd", api);
	if (api && (p->operand || only_tls(p)))
		return rv_fail(err, RV_USAGE, "--api is for sockets");
	return true;
}

static bool is_https(const char *s)
{
	return s && strncmp(s, "https://", 8) == 0;
}

/* Is there a peer of TLS whose authority --ca could name? */
static bool any_tls(const struct plan *p, const char *base, const char *rims,
		    const char *ocsp)
{
	return tls || is_https(p->operand) || is_https(base) ||
	       is_https(root_crl_from) || is_https(rims) || is_https(ocsp);
}

/* What is for asking somebody, where nobody is asked. */
static bool check_asking(const struct plan *p, const char *rims,
			 const char *ocsp, struct rv_err *err)
{
	enum rv_collateral_of of;
	const char *base = collateral_from
			       ? rv_collateral_service(collateral_from, &of)
			       : NULL;
	bool file = p->operand && !is_url(p->operand);

	if (nonce && (file || only_tls(p)))
		return rv_fail(err, RV_USAGE,
			       "--nonce: nothing is asked of this source");
	if (timeout_text && file && !tls && !base && !rims && !ocsp)
		return rv_fail(err, RV_USAGE,
			       "--timeout: nothing is waited for");
	if (ca_file && !any_tls(p, base, rims, ocsp))
		return rv_fail(err, RV_USAGE,
			       "--ca is for TLS, and nothing here uses it");
	return true;
}

/* What the sources that were chosen have no use for. */
static bool check_idle(const struct plan *p, struct rv_err *err)
{
	const char *rims = rims_from ? rv_gpu_rim_service(rims_from) : NULL;
	const char *ocsp = ocsp_from ? rv_gpu_ocsp_service(ocsp_from) : NULL;

	if (root && (p->operand || only_tls(p)))
		return rv_fail(err, RV_USAGE,
			       "--root is where sockets are looked for, and"
			       " none are");
	if (instance && !p->operand)
		return rv_fail(err, RV_USAGE,
			       "--instance is for a URL or FILE: other sources"
			       " have one only");
	if (update && !collateral_from && (rims || ocsp))
		return rv_fail(err, RV_USAGE,
			       "--update is of collateral, and --cache is for"
			       " what NVIDIA says of GPUs here");
	return check_asking(p, rims, ocsp, err);
}

static bool check_rest(struct plan *p, struct rv_err *err)
{
	const struct collateral_ask ask = collateral_asked();
	uint64_t seconds = TIMEOUT;

	if (json && !extract && !only_tls(p) &&
	    (!output || strcmp(output, "-") == 0))
		return rv_fail(err, RV_USAGE,
			       "--json prints a summary: -o FILE takes the"
			       " evidence");
	if (!rv_fetch_check_collateral(&ask, err))
		return false;
	if (rims_from && !rv_gpu_rim_service(rims_from))
		return rv_fail(err, RV_USAGE,
			       "--gpu-rims-from %s: neither nvidia nor a URL",
			       rims_from);
	if (ocsp_from && !rv_gpu_ocsp_service(ocsp_from))
		return rv_fail(err, RV_USAGE,
			       "--gpu-ocsp-from %s: neither nvidia nor a URL",
			       ocsp_from);
	if (timeout_text &&
	    (!rv_decimal(rv_text(timeout_text), TIMEOUT_MAX, &seconds) ||
	     seconds == 0))
		return rv_fail(err, RV_USAGE,
			       "--timeout %s: not 1 to %d seconds",
			       timeout_text, TIMEOUT_MAX);
	p->net = (struct rv_fetch_net){ .ca_file = ca_file,
					.timeout = (unsigned)seconds,
					.progress = on_progress };
	return true;
}

static bool fill_random(uint8_t *p, size_t n, struct rv_err *err)
{
	if (getrandom(p, n, 0) != (ssize_t)n)
		return rv_fail(err, RV_SYSTEM, "no random bytes: %s",
			       strerror(errno));
	return true;
}

/* What the quote must carry. */
static bool plan_ask(struct plan *p, struct rv_err *err)
{
	size_t n = report_data ? strlen(report_data) / 2 : 0;

	p->ask.api = api;
	p->ask.instance = instance;
	p->chosen = report_data || nonce || (statement_file && !only_tls(p));
	if (report_data) {
		if (n == 0 || n > RV_REPORT_DATA ||
		    !rv_unhex(rv_text(report_data), p->ask.report_data, n))
			return rv_fail(err, RV_USAGE,
				       "--report-data: not 1 to 64 bytes in"
				       " hex");
		return true;
	}
	if (!statement_file)
		return fill_random(p->ask.report_data, RV_REPORT_DATA, err);
	if (!rv_buf_read(statement_file, STATEMENT_MAX, &p->statement_text,
			 err))
		return false;
	p->statement = (struct rv_statement){
		.file = rv_buf_span(&p->statement_text),
		.hash = hash,
		.prefix = prefix,
		.path = jq_path,
	};
	/* The old agent hashes bytes itself; the new one takes the digest. */
	if (api && strcmp(api, "tappd") == 0 && !jq_path && prefix)
		p->ask.content = &p->statement;
	return rv_bind_report_data(&p->statement, p->ask.report_data, err) ||
	       rv_in(err, "%s", statement_file);
}

/* ---- the source ---- */

static bool below_root(const char *path, char out[1024])
{
	int n = snprintf(out, 1024, "%s%s", root ? root : "", path);

	return n > 0 && n < 1024;
}

static bool from_tsm(const char *dir, const char *log, const struct plan *p,
		     struct rv_fetched *out, struct rv_err *err)
{
	uint8_t some[8];
	char name[40] = "refval-";

	if (!fill_random(some, sizeof some, err))
		return false;
	rv_hex(rv_span(some, sizeof some), name + strlen(name));
	return rv_fetch_tsm(dir, name, log, p->net.timeout, &p->ask, out, err);
}

/*
 * The first of the agent's known sockets that somebody listens on. A file that
 * a dead agent left is passed over, with a note; *there: some file was there.
 */
static bool from_sockets(const struct plan *p, bool *there,
			 struct rv_fetched *out, struct rv_err *err)
{
	static const char *const sockets[] = {
		"/var/run/dstack.sock",	       "/run/dstack.sock",
		"/var/run/dstack/dstack.sock", "/run/dstack/dstack.sock",
		"/var/run/tappd.sock",	       "/run/tappd.sock",
	};
	struct rv_err first = { 0 };

	*there = false;
	for (size_t i = 0; i < RV_LEN(sockets); i++) {
		struct rv_fetch_net net = p->net;
		struct rv_err why = { 0 };
		bool refused = false;
		char path[1024];
		struct stat st;

		if (!below_root(sockets[i], path) || stat(path, &st) != 0 ||
		    !S_ISSOCK(st.st_mode))
			continue;
		*there = true;
		net.refused = &refused;
		if (rv_fetch_agent(path, &net, &p->ask, out, &why)) {
			if (first.code)
				rv_out_note("refval-fetch: passed over: %s",
					    first.msg);
			return true;
		}
		if (!first.code || !refused)
			first = why;
		if (!refused)
			break;
	}
	if (*there)
		*err = first;
	return !*there;
}

/* Nobody said where: the agent's sockets, then the kernel's own interface. */
static bool discover(const struct plan *p, struct rv_fetched *out,
		     struct rv_err *err)
{
	char path[1024], log[1024];
	struct stat st;
	bool there;

	if (!from_sockets(p, &there, out, err))
		return false;
	if (there)
		return true;
	if (!below_root("/sys/kernel/config/tsm/report", path) ||
	    stat(path, &st) != 0)
		return rv_fail(err, RV_INPUT,
			       "no guest interface here: neither dstack.sock"
			       " nor tappd.sock in /var/run, /run or their"
			       " dstack folder, nor configfs-tsm in /sys");
	if (!below_root("/sys/firmware/acpi/tables/data/CCEL", log))
		return rv_fail(err, RV_USAGE, "--root: too long");
	return from_tsm(path, access(log, R_OK) == 0 ? log : NULL, p, out, err);
}

static bool from_file(const char *path, struct rv_fetched *out,
		      struct rv_err *err)
{
	const struct rv_evidence_options o = { .instance = instance,
					       .gpu = rims_from || ocsp_from };
	RV_AUTO(rv_fetched_free) struct rv_fetched f = { 0 };

	if (!rv_evidence_read_path(path, &o, &f.evidence, err))
		return false;
	if (!f.evidence.source.from &&
	    (!rv_text_copy(rv_text(path), "source", &f.evidence.source.from,
			   err) ||
	     !rv_text_copy(rv_text("file"), "source", &f.evidence.source.api,
			   err)))
		return false;
	*out = RV_TAKE(f);
	return true;
}

static bool get(const struct plan *p, struct rv_fetched *out,
		struct rv_err *err)
{
	if (socket_path)
		return rv_fetch_agent(socket_path, &p->net, &p->ask, out, err);
	if (tsm)
		return from_tsm(tsm, ccel, p, out, err);
	if (is_url(p->operand))
		return rv_fetch_url(p->operand, &p->net, &p->ask, out, err);
	if (p->operand)
		return from_file(p->operand, out, err);
	if (tls)
		return rv_fetch_tls(tls, &p->net, out, err);
	return discover(p, out, err);
}

/* ---- what came ---- */

/* What the quote, report or document carries that was signed. */
static bool signed_data(const struct rv_evidence *e, struct rv_span *out,
			struct rv_err *err)
{
	struct rv_nitro_document d;
	struct rv_snp_report r;
	struct rv_quote q;

	if (e->attester == RV_ATTESTER_SNP) {
		if (!rv_snp_report_read(rv_buf_span(&e->snp.report), &r, err))
			return false;
		*out = r.report_data;
	} else if (e->attester == RV_ATTESTER_NITRO) {
		if (!rv_nitro_read(rv_buf_span(&e->nitro), &d, err))
			return false;
		*out = d.user_data;
	} else {
		if (!e->quote.n)
			return rv_fail(err, RV_INPUT, "no quote in the answer");
		if (!rv_quote_read(rv_buf_span(&e->quote), &q, err))
			return false;
		*out = rv_quote_field(&q, "report_data");
	}
	return out->n == RV_REPORT_DATA ||
	       rv_fail(err, RV_INPUT, "%s without report_data",
		       e->attester == RV_ATTESTER_NITRO ? "a document"
							: "a quote");
}

static bool has_report_data(const struct rv_evidence *e,
			    uint8_t out[RV_REPORT_DATA], struct rv_err *err)
{
	struct rv_span rd;

	if (!signed_data(e, &rd, err))
		return rv_in(err, "%s", e->source.from);
	memcpy(out, rd.p, rd.n);
	return true;
}

/* A certificate's quote must bind the certificate's key. */
static bool judge_ratls(const struct rv_evidence *e, struct rv_err *err)
{
	uint8_t rd[RV_REPORT_DATA];

	if (!e->has_ratls_report_data)
		return true;
	if (!has_report_data(e, rd, err))
		return false;
	if (memcmp(rd, e->ratls_report_data, sizeof rd) != 0)
		return rv_fail(err, RV_NO,
			       "%s: report_data of the quote does not bind the"
			       " key of its certificate",
			       e->source.from);
	return true;
}

/*
 * Is @rd what was asked for? The digest of a statement may also stand there
 * as text, when somebody else made the quote.
 */
static bool as_asked(const struct plan *p, const struct rv_fetched *f,
		     const uint8_t rd[RV_REPORT_DATA], bool *good,
		     struct rv_err *err)
{
	const struct rv_bindings b = { .statement = &p->statement };
	struct rv_bound_list rows;

	*good = memcmp(rd, p->ask.report_data, RV_REPORT_DATA) == 0;
	if (*good || f->asked || !statement_file)
		return true;
	if (!rv_bind_check(rd, &b, &rows, err))
		return false;
	*good = rows.n == 1 && rows.row[0].good;
	return true;
}

/* It must be the answer to our question, and of the server we asked. */
static bool judge(const struct plan *p, const struct rv_fetched *f,
		  struct rv_err *err)
{
	const struct rv_evidence *e = &f->evidence;
	uint8_t rd[RV_REPORT_DATA];
	char hex[2 * RV_REPORT_DATA + 1];
	bool good;

	if (e->conflict)
		return rv_fail(err, RV_NO, "%s: %s", e->source.from,
			       e->conflict);
	if (!judge_ratls(e, err))
		return false;
	if (!f->asked && !p->chosen)
		return true;
	if (!has_report_data(e, rd, err) || !as_asked(p, f, rd, &good, err))
		return false;
	rv_hex(rv_span(rd, sizeof rd), hex);
	if (!good)
		return rv_fail(err, RV_NO,
			       "%s: a stale or replayed quote: its report_data"
			       " %s is not what was asked for",
			       e->source.from, hex);
	return true;
}

/* Does the statement name this certificate? Else the answer is no. */
static bool named(const struct plan *p, struct rv_span cert, struct rv_err *err)
{
	struct rv_statement st = p->statement;
	struct rv_bindings b = { .certificate = &cert, .statement = &st };
	struct rv_bound_list rows;
	const struct rv_bound *row;

	/* Only the fingerprint counts here, the rest of it is judge()'s. */
	if (!rv_bind_check(p->ask.report_data, &b, &rows, err))
		return rv_in(err, "%s", statement_file);
	row = &rows.row[rows.n - 1];
	if (!row->good)
		return rv_fail(err, RV_NO, "%s: %s: it has %s, not %s", tls,
			       row->reason, row->actual, row->expected);
	return true;
}

/* Does the machine's quote carry this certificate, or its key? */
static bool carried(const struct rv_evidence *e, struct rv_span cert,
		    bool *good, struct rv_err *err)
{
	struct rv_bindings b = { .certificate = &cert };
	uint8_t rd[RV_REPORT_DATA];
	struct rv_bound_list rows;

	*good = false;
	if (!e->quote.n)
		return true;
	if (!has_report_data(e, rd, err) || !rv_bind_check(rd, &b, &rows, err))
		return false;
	*good = rows.n == 1 && rows.row[0].good;
	return true;
}

/*
 * Who says that the certificate of --tls-fingerprint is the right one? The
 * statement, an authority, a quote inside of it, or the quote that came from
 * the machine itself; a certificate that nobody vouches for is refused. @f is
 * the machine's evidence, @t what came of the TLS endpoint, perhaps the same.
 */
static bool judge_tls(const struct plan *p, const struct rv_fetched *f,
		      const struct rv_fetched *t, const char **voucher,
		      struct rv_err *err)
{
	const struct rv_evidence_tls *c = &t->evidence.tls;
	struct rv_span cert = rv_buf_span(&c->certificate);
	char hex[65];
	bool good;

	if (t->evidence.quote.n && !judge_ratls(&t->evidence, err))
		return false;
	if (statement_file && !named(p, cert, err))
		return false;
	if (!carried(&f->evidence, cert, &good, err))
		return false;
	*voucher = statement_file		       ? "statement"
		   : c->trusted			       ? "authority"
		   : t->evidence.has_ratls_report_data ? "ra-tls"
		   : good			       ? "report_data"
						       : NULL;
	if (*voucher)
		return true;
	rv_hex(rv_span(c->sha256.b, sizeof c->sha256.b), hex);
	return rv_fail(err, RV_INPUT,
		       "%s: TLS: the certificate is neither trusted (--ca) nor"
		       " one of RA-TLS, and no statement or quote names it: %s",
		       tls, hex);
}

static bool add_gpus(const struct rv_evidence *e, struct gpu_got *got,
		     const struct rv_fetch_net *net, struct rv_err *err)
{
	const struct gpu_ask ask = {
		.rims = rims_from ? rv_gpu_rim_service(rims_from) : NULL,
		.ocsp = ocsp_from ? rv_gpu_ocsp_service(ocsp_from) : NULL,
		.cache = cache,
		.refresh = refresh,
	};

	if (!rims_from && !ocsp_from)
		return true;
	if (!e->gpu.n)
		return rv_fail(err, RV_INPUT, "%s: no GPU evidence in it",
			       e->source.from);
	return rv_fetch_gpus(&e->gpu, &ask, net, got, err);
}

/* ---- the results ---- */

static bool stamp(const struct plan *p, struct rv_fetched *f,
		  struct rv_err *err)
{
	struct rv_evidence_source *s = &f->evidence.source;
	uint8_t rd[RV_REPORT_DATA];
	char when[32];

	rv_time_text(rv_cmd_now(), when);
	if (f->evidence.tls.host && tls) {
		rv_free(&f->evidence.tls.when);
		if (!rv_text_copy(rv_text(when), "when", &f->evidence.tls.when,
				  err))
			return false;
	}
	/* Evidence from a file was fetched when its record says. */
	if (p->operand && !is_url(p->operand))
		return true;
	if (f->asked || p->chosen) {
		/* Of the forms of a statement's digest, the one it carries. */
		if (!has_report_data(&f->evidence, rd, err))
			return false;
		s->has_asked = true;
		memcpy(s->asked, rd, sizeof s->asked);
	}
	rv_free(&s->when);
	return rv_text_copy(rv_text(when), "when", &s->when, err);
}

/* A certificate that is no evidence: its fingerprint is the whole answer. */
static bool plain_certificate(const struct rv_fetch_outcome *o,
			      struct rv_err *err)
{
	const char *asked = report_data	      ? "report-data"
			    : rims_from	      ? "gpu-rims-from"
			    : ocsp_from	      ? "gpu-ocsp-from"
			    : collateral_from ? "collateral-from"
			    : cache	      ? "cache"
					      : NULL;

	if (asked)
		return rv_fail(err, RV_INPUT,
			       "%s: the certificate has no quote, which --%s"
			       " is about",
			       tls, asked);
	if (output || extract)
		return rv_fail(err, RV_INPUT,
			       "%s: no evidence to write: the certificate has"
			       " no RA-TLS extension",
			       tls);
	return rv_fetch_print_tls(o, json, err);
}

static bool deliver(const struct rv_fetch_outcome *o, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (extract && !rv_fetch_extract(&o->f->evidence, extract, err))
		return false;
	if (extract && !output)
		return rv_fetch_print(o, json, err);
	if (!rv_evidence_write(&o->f->evidence, &text, err))
		return false;
	if (!output || strcmp(output, "-") == 0) {
		rv_out_bytes(rv_buf_span(&text));
		return true;
	}
	return rv_atomic_write(output, rv_buf_span(&text), err) &&
	       rv_fetch_print(o, json, err);
}

/* The certificate of --tls-fingerprint: into @o, and into the evidence. */
static bool add_tls(const struct plan *p, struct rv_fetched *f,
		    struct rv_fetch_outcome *o, struct rv_err *err)
{
	RV_AUTO(rv_fetched_free) struct rv_fetched t = { 0 };
	bool only = only_tls(p);

	if (!tls)
		return true;
	if (!only && !rv_fetch_tls(tls, &p->net, &t, err))
		return false;
	if (!judge_tls(p, f, only ? f : &t, &o->voucher, err))
		return false;
	o->tls = tls;
	o->ra_tls = (only ? f : &t)->evidence.has_ratls_report_data;
	if (!only) {
		rv_evidence_tls_free(&f->evidence.tls);
		f->evidence.tls = RV_TAKE(t.evidence.tls);
	}
	return true;
}

static bool work(struct plan *p, struct rv_err *err)
{
	RV_AUTO(rv_fetched_free) struct rv_fetched f = { 0 };
	struct rv_fetch_outcome o = { .f = &f,
				      .output = output ? output : extract };
	const struct collateral_ask ask = collateral_asked();
	bool ok;

	if (!get(p, &f, err) || !add_tls(p, &f, &o, err))
		return false;
	if (!f.evidence.quote.n && only_tls(p))
		return plain_certificate(&o, err);
	if (!judge(p, &f, err) || !stamp(p, &f, err))
		return false;
	o.gpus_asked = rims_from || ocsp_from;
	o.gpu_folder = cache;
	ok = rv_fetch_add_collateral(&f.evidence, &ask, &p->net, &o.got, err) &&
	     add_gpus(&f.evidence, &o.gpus, &p->net, err);
	rv_out_progress_done();
	if (ok && !f.asked && !p->chosen && (is_url(p->operand) || only_tls(p)))
		rv_out_note("refval-fetch: not fresh: this source cannot be"
			    " asked for report_data");
	ok = ok && deliver(&o, err);
	rv_fetch_collateral_got_free(&o.got);
	return ok;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(plan_free) struct plan p = { 0 };
	bool ok;

	(void)answer;
	if (argc > 1)
		return rv_fail(err, RV_USAGE, "one URL or FILE, not %d", argc);
	p.operand = argc ? argv[0] : NULL;
	if (!check_sources(&p, err) || !check_rest(&p, err) ||
	    !check_idle(&p, err) || !plan_ask(&p, err))
		return false;
	ok = work(&p, err);
	rv_out_progress_done();
	return ok;
}

static const struct rv_rule rules[] = {
	{ "root", NULL, "socket tsm", "it is where sockets are looked for" },
	{ "socket", NULL, "tsm", "one source at a time" },
	{ "ccel", "tsm", NULL, NULL },
	{ "api", NULL, "tsm", "it is of sockets" },
	{ "offline", NULL,
	  "socket tls-fingerprint collateral-from refresh"
	  " gpu-rims-from gpu-ocsp-from",
	  "that connects" },
	{ "report-data", NULL, "nonce statement", "each says what is asked" },
	{ "nonce", NULL, "statement", "each says what is asked" },
	{ "hash prefix jq-path", "statement", NULL, NULL },
	{ "root-crl-from", "collateral-from", NULL, NULL },
	{ "update", "collateral-from cache", NULL, "it is of collateral" },
	{ "refresh", "cache", NULL, NULL },
	{ "refresh", "collateral-from gpu-rims-from gpu-ocsp-from", NULL,
	  NULL },
	{ "gpu-rims-from gpu-ocsp-from", "cache", NULL, "it is where they go" },
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "Where the evidence is",
	  "socket api tsm ccel tls-fingerprint root instance" },
	{ "What it must be bound to",
	  "report-data nonce statement hash prefix jq-path" },
	{ "What is said of the platform",
	  "collateral-from root-crl-from gpu-rims-from gpu-ocsp-from cache"
	  " update refresh" },
	{ "The network", "offline ca timeout" },
	{ "Output", "output extract json" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "fetch",
	.args = "[OPTIONS] [URL | FILE]",
	.summary = "What does the live machine say",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "socket report-data collateral-from output offline",
	.finds = "socket tsm root",
	.names = "://",
	.reads = "ccel statement ca",
	.example = "refval-fetch --socket /var/run/dstack.sock -o "
		   "evidence.json\n"
		   "  refval-fetch --tls-fingerprint app.example:443 -o "
		   "evidence.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
