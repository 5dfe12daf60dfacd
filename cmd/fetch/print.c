/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - what refval-fetch says of what it took. */
#include "print.h"
#include "out.h"

static void write_tls(struct rv_jw *w, const struct rv_fetch_outcome *o)
{
	const struct rv_evidence_tls *c = &o->f->evidence.tls;

	if (!o->tls) {
		rv_jw_null(w, "tls");
		return;
	}
	rv_jw_open(w, "tls", '{');
	rv_jw_str(w, "host", o->tls);
	rv_jw_hex(w, "sha256", rv_span(c->sha256.b, sizeof c->sha256.b));
	rv_jw_bool(w, "trusted", c->trusted);
	rv_jw_bool(w, "ra_tls", o->ra_tls);
	rv_jw_str(w, "vouched_by", o->voucher);
	rv_jw_close(w);
}

static void write_intel(struct rv_jw *w, const struct collateral_got *got)
{
	char next[32];

	rv_time_text(got->intel.next_update, next);
	rv_jw_open(w, "collateral", '{');
	rv_jw_str(w, "fmspc", got->platform.fmspc);
	rv_jw_str(w, "from", got->intel.from);
	rv_jw_bool(w, "cached", got->intel.cached);
	rv_jw_str(w, "next_update", next);
	rv_jw_bool(w, "expired", got->intel.stale);
	rv_jw_close(w);
}

static void write_amd(struct rv_jw *w, const struct rv_amd_got *got)
{
	char next[32];

	rv_time_text(got->next_update, next);
	rv_jw_open(w, "collateral", '{');
	rv_jw_str(w, "product", rv_snp_product_name(got->product));
	rv_jw_str(w, "from", got->from);
	rv_jw_str(w, "next_update", next);
	rv_jw_close(w);
}

static void write_google(struct rv_jw *w, const struct rv_google_got *got)
{
	rv_jw_open(w, "collateral", '{');
	rv_jw_bool(w, "authority", true);
	rv_jw_bool(w, "endorsement", got->endorsement);
	rv_jw_bool(w, "root", got->root);
	rv_jw_bool(w, "revocation", got->revocation);
	rv_jw_str(w, "from", got->from);
	rv_jw_close(w);
}

static void write_collateral(struct rv_jw *w, const struct rv_fetch_outcome *o)
{
	if (o->got.intel.json.n)
		write_intel(w, &o->got);
	else if (*o->got.amd.from)
		write_amd(w, &o->got.amd);
	else if (*o->got.google.from)
		write_google(w, &o->got.google);
	else
		rv_jw_null(w, "collateral");
}

static void write_count(struct rv_jw *w, const char *key,
			const struct gpu_count *c)
{
	rv_jw_open(w, key, '{');
	rv_jw_u64(w, "came", c->came);
	rv_jw_u64(w, "cached", c->cached);
	rv_jw_u64(w, "missing", c->missing);
	rv_jw_close(w);
}

static void write_gpus(struct rv_jw *w, const struct rv_fetch_outcome *o)
{
	if (!o->gpus_asked) {
		rv_jw_null(w, "gpus");
		return;
	}
	rv_jw_open(w, "gpus", '{');
	rv_jw_u64(w, "devices", o->f->evidence.gpu.n);
	rv_jw_str(w, "folder", o->gpu_folder);
	write_count(w, "rims", &o->gpus.rims);
	write_count(w, "ocsp", &o->gpus.answers);
	rv_jw_close(w);
}

/* Whatever it is that the machine's platform signed. */
static size_t signed_bytes(const struct rv_evidence *e)
{
	return e->quote.n	 ? e->quote.n
	       : e->snp.report.n ? e->snp.report.n
				 : e->nitro.n;
}

static const char *signed_name(const struct rv_evidence *e)
{
	return e->attester == RV_ATTESTER_SNP	  ? "report"
	       : e->attester == RV_ATTESTER_NITRO ? "document"
						  : "quote";
}

static bool summary_json(const struct rv_fetch_outcome *o, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct rv_evidence *e = &o->f->evidence;
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.fetch/1");
	rv_jw_str(&w, "from", e->source.from);
	rv_jw_str(&w, "api", e->source.api);
	rv_jw_str(&w, "when", e->source.when);
	rv_jw_str(&w, "output", o->output);
	rv_jw_bool(&w, "fresh", o->f->asked);
	if (e->source.has_asked)
		rv_jw_hex(&w, "report_data",
			  rv_span(e->source.asked, RV_REPORT_DATA));
	else
		rv_jw_null(&w, "report_data");
	rv_jw_u64(&w, "quote_bytes", signed_bytes(e));
	rv_jw_u64(&w, "events", e->log.n);
	rv_jw_bool(&w, "vm_config", e->vm_config.n != 0);
	rv_jw_bool(&w, "app_compose", e->app_compose.n != 0);
	write_tls(&w, o);
	write_collateral(&w, o);
	write_gpus(&w, o);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

static void line(const char *label, const char *value)
{
	rv_out("%-13s ", label);
	rv_out_str(value);
	rv_out("\n");
}

static void print_certificate(const struct rv_fetch_outcome *o)
{
	static const struct {
		const char *voucher, *text;
	} said[] = {
		{ "statement", "named by the statement" },
		{ "authority", "trusted by an authority" },
		{ "ra-tls", "RA-TLS: the quote binds its key" },
		{ "report_data", "the machine's quote carries it" },
	};
	char hex[65];

	if (!o->tls)
		return;
	rv_hex(rv_span(o->f->evidence.tls.sha256.b, 32), hex);
	line("certificate", hex);
	for (size_t i = 0; i < RV_LEN(said); i++)
		if (strcmp(said[i].voucher, o->voucher) == 0)
			line("", said[i].text);
}

static void print_intel(const struct collateral_got *got)
{
	char next[32];

	rv_time_text(got->intel.next_update, next);
	rv_out("%-13s FMSPC %s, %s ", "collateral", got->platform.fmspc,
	       got->intel.cached ? "cached in" : "from");
	rv_out_str(got->intel.from);
	rv_out("\n%-13s %s TCB info, QE identity, PCK CRL (%s), root CRL\n", "",
	       got->platform.tdx ? "TDX" : "SGX", got->platform.ca);
	rv_out("%-13s %s %s\n", "", got->intel.stale ? "expired at" : "until",
	       next);
}

static void print_amd(const struct rv_amd_got *got)
{
	char next[32];

	rv_time_text(got->next_update, next);
	rv_out("%-13s AMD's %s, from ", "collateral",
	       rv_snp_product_name(got->product));
	rv_out_str(got->from);
	rv_out("\n%-13s certificates of the chip's key and of the ASK, list of"
	       " those revoked\n%-13s until %s\n",
	       "", "", next);
}

static void print_google(const struct rv_google_got *got)
{
	rv_out("%-13s Google's authority of the vTPM's key\n", "collateral");
	rv_out("%-13s %s\n", "",
	       got->endorsement ? "its endorsement of the firmware"
				: "no endorsement of this firmware is there");
	if (got->endorsement && !got->root)
		rv_out("%-13s without the certificate of its root\n", "");
	if (!got->revocation)
		rv_out("%-13s without the list of revoked authorities\n", "");
}

static void print_collateral(const struct rv_fetch_outcome *o)
{
	if (o->got.intel.json.n)
		print_intel(&o->got);
	else if (*o->got.amd.from)
		print_amd(&o->got.amd);
	else if (*o->got.google.from)
		print_google(&o->got.google);
}

static void print_count(const char *label, const struct gpu_count *c)
{
	if (c->came + c->cached + c->missing == 0)
		return;
	rv_out("%-13s %zu came, %zu were there, %zu are missing\n", label,
	       c->came, c->cached, c->missing);
}

static void print_gpus(const struct rv_fetch_outcome *o)
{
	if (!o->gpus_asked)
		return;
	rv_out("%-13s %zu, what NVIDIA says of them is in ", "GPUs",
	       o->f->evidence.gpu.n);
	rv_out_str(o->gpu_folder);
	rv_out("\n");
	print_count("manifests", &o->gpus.rims);
	print_count("OCSP answers", &o->gpus.answers);
}

static void summary_text(const struct rv_fetch_outcome *o)
{
	const struct rv_evidence *e = &o->f->evidence;
	char hex[2 * RV_REPORT_DATA + 1];

	line("from", e->source.from);
	line("api", e->source.api);
	line("when", e->source.when ? e->source.when : "-");
	if (e->source.has_asked) {
		rv_hex(rv_span(e->source.asked, RV_REPORT_DATA), hex);
		line("report_data", hex);
	}
	line("fresh", o->f->asked
			  ? "yes, the quote carries what we asked for"
			  : "no, this source cannot be asked for report_data");
	rv_out("%-13s %zu bytes\n", signed_name(e), signed_bytes(e));
	rv_out("%-13s %zu events\n", "event log", e->log.n);
	line("vm_config", e->vm_config.n	  ? "yes"
			  : e->vm_config_disputed ? "two that differ"
						  : "none");
	line("app_compose", e->app_compose.n ? "yes" : "none");
	print_certificate(o);
	print_collateral(o);
	print_gpus(o);
	rv_out("\nevidence written to ");
	rv_out_str(o->output);
	rv_out(", nothing in it is verified yet\n");
}

bool rv_fetch_print(const struct rv_fetch_outcome *o, bool json,
		    struct rv_err *err)
{
	if (json)
		return summary_json(o, err);
	summary_text(o);
	return true;
}

bool rv_fetch_print_tls(const struct rv_fetch_outcome *o, bool json,
			struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	if (json) {
		rv_jw_open(&w, NULL, '{');
		rv_jw_str(&w, "schema", "refval.fetch/1");
		rv_jw_str(&w, "from", o->tls);
		rv_jw_str(&w, "api", "tls");
		write_tls(&w, o);
		rv_jw_close(&w);
		return rv_out_document(&g, err);
	}
	line("from", o->tls);
	print_certificate(o);
	line("", "no RA-TLS, so no evidence");
	return true;
}
