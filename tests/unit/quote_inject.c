/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * quote_inject.c - whole verifications of a quote in which one allocation, or
 * one call of OpenSSL, fails. A forged quote must never become genuine by it.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "dcap.h"
#include "inject.h"

#include <inttypes.h>

/* ---- one whole verification ---- */

struct sample {
	const char *name, *quote, *collateral, *root;
	int64_t at;
	bool genuine;
	unsigned step; /* each how many-th allocation fails, in short */
};

static const struct sample samples[] = {
	{ "genuine", "real/quote-cf77a6e9.bin", "real/collateral-4993749c.json",
	  NULL, 1772707803, true, 7 },
	{ "quote signature", "synth/quote_sig_other_key.quote.bin",
	  "synth/tdx_v4_module1_uptodate.collateral.json", "synth/root_ca.der",
	  1780272000, false, 11 },
	{ "QE report data", "synth/att_key_swapped.quote.bin",
	  "synth/tdx_v4_module1_uptodate.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "revoked", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/revoked_pck.collateral.json", "synth/root_ca.der", 1780272000,
	  false, 17 },
	{ "CRL signature", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/crl_bad_signature.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "TCB Info edited", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/tcbinfo_body_edit.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "role", "synth/tdx_v4_module1_uptodate.quote.bin",
	  "synth/role_pck_signs_tcbinfo.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
	{ "revoked TCB", "synth/conv_module_Revoked.quote.bin",
	  "synth/tdx_v4_module1_uptodate.collateral.json", "synth/root_ca.der",
	  1780272000, false, 17 },
};

/* The files of one. */
struct loaded {
	struct rv_buf quote, json, root;
	int64_t at;
};

static void say_bytes(struct said *s, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		say(s, "%02x", ((const uint8_t *)p)[i]);
	say(s, "\n");
}

static void say_tcb(struct said *s, const struct rv_tcb_result *r)
{
	say(s, "%d %d %d %d %" PRId64, (int)r->status, (int)r->platform,
	    (int)r->tdx_module, (int)r->qe, r->date);
	for (size_t i = 0; i < r->advisories.n; i++)
		say(s, " %s", r->advisories.id[i]);
	say(s, "\n");
}

static void say_verdict(struct said *s, const struct rv_quote_verdict *v)
{
	s->n = 0;
	say(s, "%d %d %s %" PRId64 " %d %d %d %" PRId64 " %" PRId64 " %d\n",
	    v->verified, (int)v->code, v->message, v->at, v->intel_root,
	    v->test_pki, v->has_window, v->not_before, v->not_after,
	    (int)v->status);
	say_tcb(s, &v->launch);
	say_tcb(s, &v->current);
	say(s, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %s %s %s %s\n",
	    v->eval_number, v->tcb_info_eval, v->qe_identity_eval,
	    v->pck_serial, v->pck_ca, v->root_crl_number, v->pck_crl_number);
	say(s, "%d %u %u %d %d %d %d %d\n", v->has_pck, v->pck.pcesvn,
	    v->pck.sgx_type, v->pck.has_instance, v->pck.has_config,
	    v->pck.dynamic_platform, v->pck.cached_keys, v->pck.smt_enabled);
	say_bytes(s, v->pck.ppid, sizeof v->pck.ppid);
	say_bytes(s, v->pck.cpusvn, sizeof v->pck.cpusvn);
	say_bytes(s, v->pck.fmspc, sizeof v->pck.fmspc);
	say_bytes(s, v->pck.comp, sizeof v->pck.comp);
	say_bytes(s, v->quote_id.b, sizeof v->quote_id.b);
	say_bytes(s, v->input, sizeof v->input);
	for (size_t i = 0; i < v->shortfalls; i++)
		say(s, "%s %s %u %u\n", v->shortfall[i].name,
		    v->shortfall[i].category, v->shortfall[i].have,
		    v->shortfall[i].need);
	for (size_t i = 0; i < v->rows; i++)
		say(s, "%s %d %s\n", v->row[i].check, (int)v->row[i].result,
		    v->row[i].detail);
}

/* From files in memory to a verdict. True: it is "verified". */
static bool once(const void *arg, struct said *said)
{
	const struct loaded *l = arg;
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_quote_verifier_free) struct rv_quote_verifier *v = NULL;
	struct rv_quote_options o = { .root = rv_buf_span(&l->root),
				      .explain = true };
	struct rv_quote_verdict out = { 0 };
	struct rv_err err = { 0 };
	bool yes;

	if (!rv_collateral_read(rv_buf_span(&l->json), &c, &err) ||
	    !rv_quote_verifier_new(&o, &v, &err) ||
	    !rv_quote_verify(v, rv_buf_span(&l->quote), &c, l->at, &out, &err))
		return false;
	yes = out.verified;
	/* What is said of a failure is never that it is genuine. */
	assert_int_equal(yes, out.code == RV_QUOTE_OK);
	say_verdict(said, &out);
	rv_quote_verdict_free(&out);
	return yes;
}

static void all(bool calls)
{
	for (size_t i = 0; i < RV_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct loaded l = { .quote = dcap_load(rv_text(s->quote)),
				    .json = dcap_load(rv_text(s->collateral)),
				    .at = s->at };
		const struct subject subject = { s->name, once, &l, s->genuine,
						 s->step };

		if (s->root)
			l.root = dcap_load(rv_text(s->root));
		each_fails(&subject, calls);
		rv_buf_free(&l.quote);
		rv_buf_free(&l.json);
		rv_buf_free(&l.root);
	}
}
