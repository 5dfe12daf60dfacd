/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containers.c - documents made of two captured machines: what each container
 * gives, and a lie in every member that tells something a second time. A lie
 * is refused, or it is a contradiction that the evidence or the report names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "json.h"
#include <refval.h>

#include <stdlib.h>
#include <zlib.h>

#define REAL "tests/vectors/real/"

/* One machine, every piece as the text of a JSON value. */
struct machine {
	struct rv_evidence e;
	struct rv_quote q; /* borrows from e */
	struct rv_buf hex, bytes, base64, gzip, log, compose, vm, ccel, data;
	struct rv_buf mrtd, rtmr0, rtmr1, rtmr2, mrtd64, hash;
};

static struct machine one, two;

static struct rv_buf text_of(struct rv_grow *g)
{
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_grow_take(g, &b, &err));
	return b;
}

static struct rv_buf hex_of(struct rv_span s)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_text(&g, "\"");
	for (size_t i = 0; i < s.n; i++)
		rv_grow_printf(&g, "%02x", s.p[i]);
	rv_grow_text(&g, "\"");
	return text_of(&g);
}

static struct rv_buf base64_of(struct rv_span s)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_base64(s, &b, &err));
	rv_grow_printf(&g, "\"%s\"", (char *)b.p);
	return text_of(&g);
}

static struct rv_buf quoted(const struct rv_buf *text)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_json_quote(&g, rv_buf_span(text));
	return text_of(&g);
}

static struct rv_buf packed(struct rv_span s)
{
	struct rv_buf b = { .p = malloc(s.n + 256) };
	z_stream z = { 0 };

	assert_non_null(b.p);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)s.p;
	z.avail_in = (uInt)s.n;
	z.next_out = b.p;
	z.avail_out = (uInt)s.n + 256;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b.n = z.total_out;
	deflateEnd(&z);
	return b;
}

/* The log of the firmware and kernel as CCEL has it: RTMR0 to 2, SHA-384. */
static struct rv_buf ccel_of(const struct rv_log *log)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_le(&g, 1, 4);
	rv_grow_le(&g, RV_EV_NO_ACTION, 4);
	for (int i = 0; i < 20; i++)
		rv_grow_u8(&g, 0);
	rv_grow_le(&g, 33, 4);
	rv_grow_add(&g, "Spec ID Event03", 16);
	rv_grow_le(&g, 0, 4);
	rv_grow_le(&g, 0x02000200, 4);
	rv_grow_le(&g, 1, 4);
	rv_grow_le(&g, 0x30000c, 4);
	rv_grow_u8(&g, 0);
	for (size_t i = 0; i < log->n; i++) {
		const struct rv_event *e = &log->event[i];

		if (e->imr == 3)
			continue;
		rv_grow_le(&g, e->imr + 1, 4);
		rv_grow_le(&g, e->type, 4);
		rv_grow_le(&g, 1, 4);
		rv_grow_le(&g, 0xc, 2);
		rv_grow_add(&g, e->digest.b, 48);
		rv_grow_le(&g, 0, 4);
	}
	return text_of(&g);
}

static struct rv_buf log_of(const struct rv_evidence *e)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_text(&g, "[");
	for (size_t i = 0; i < e->log.n; i++) {
		const struct rv_event *v = &e->log.event[i];

		rv_grow_printf(&g,
			       "%s{\"imr\":%u,\"event_type\":%u,\"event\":"
			       "\"%s\",\"digest\":\"",
			       i ? "," : "", v->imr, v->type, v->name);
		for (size_t k = 0; k < 48; k++)
			rv_grow_printf(&g, "%02x", v->digest.b[k]);
		rv_grow_text(&g, "\",\"event_payload\":\"");
		for (size_t k = 0; k < v->payload.n; k++)
			rv_grow_printf(&g, "%02x", v->payload.p[k]);
		rv_grow_text(&g, "\"}");
	}
	rv_grow_text(&g, "]");
	return text_of(&g);
}

static void make(struct machine *m, const char *path)
{
	RV_AUTO(rv_buf_free) struct rv_buf gz = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf ccel = { 0 };
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(path, NULL, &m->e, &err) ||
	    !rv_quote_read(rv_buf_span(&m->e.quote), &m->q, &err))
		fail_msg("%s", err.msg);
	gz = packed(rv_buf_span(&m->e.quote));
	ccel = ccel_of(&m->e.log);
	m->hex = hex_of(rv_buf_span(&m->e.quote));
	m->base64 = base64_of(rv_buf_span(&m->e.quote));
	m->gzip = base64_of(rv_buf_span(&gz));
	m->ccel = base64_of(rv_buf_span(&ccel));
	m->log = log_of(&m->e);
	m->compose = quoted(&m->e.app_compose);
	m->data = hex_of(rv_quote_field(&m->q, "report_data"));
	m->mrtd = hex_of(rv_quote_field(&m->q, "mrtd"));
	m->hash = hex_of(rv_span(m->e.compose_hash.b, 32));
	m->rtmr1 = hex_of(rv_quote_field(&m->q, "rtmr1"));
	m->rtmr2 = hex_of(rv_quote_field(&m->q, "rtmr2"));
	m->mrtd64 = base64_of(rv_quote_field(&m->q, "mrtd"));
	m->rtmr0 = hex_of(rv_quote_field(&m->q, "rtmr0"));
}

static void drop(struct machine *m)
{
	struct rv_buf *all[] = { &m->hex,   &m->bytes,	 &m->base64, &m->gzip,
				 &m->log,   &m->compose, &m->vm,     &m->ccel,
				 &m->data,  &m->mrtd,	 &m->rtmr0,  &m->hash,
				 &m->rtmr1, &m->rtmr2,	 &m->mrtd64 };

	for (size_t i = 0; i < RV_LEN(all); i++)
		rv_buf_free(all[i]);
	rv_evidence_free(&m->e);
}

static int setup(void **state)
{
	(void)state;
	make(&one, REAL "near-058-dev-3e6394");
	make(&two, REAL "near-052-x-ac3607");
	assert_memory_not_equal(one.mrtd.p, two.mrtd.p, one.mrtd.n);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	drop(&one);
	drop(&two);
	return 0;
}

/* ---- templates: @X is a piece, of the machine that is to be told of ---- */

static const struct rv_buf *piece(const struct machine *m, char c)
{
	switch (c) {
	case 'H':
		return &m->hex;
	case 'B':
		return &m->base64;
	case 'G':
		return &m->gzip;
	case 'L':
		return &m->log;
	case 'A':
		return &m->compose;
	case 'C':
		return &m->ccel;
	case 'D':
		return &m->data;
	case 'M':
		return &m->mrtd;
	case 'K':
		return &m->hash;
	case '1':
		return &m->rtmr1;
	case '2':
		return &m->rtmr2;
	case 'N':
		return &m->mrtd64;
	case 'R':
		return &m->rtmr0;
	}
	fail_msg("no piece %c", c);
	return NULL;
}

/* The document; its piece number @lie is the other machine's. */
static struct rv_buf fill(const char *template, int lie, int *pieces)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	int n = 0;

	for (const char *p = template; *p; p++) {
		const struct rv_buf *b;

		if (*p != '@') {
			rv_grow_u8(&g, *p == '\'' ? '"' : (unsigned char)*p);
			continue;
		}
		b = piece(n++ == lie ? &two : &one, *++p);
		rv_grow_add(&g, b->p, b->n);
	}
	*pieces = n;
	return text_of(&g);
}

/* Does anything say that the parts do not belong together? */
static bool noticed(const struct rv_evidence *e)
{
	RV_AUTO(rv_replay_free) struct rv_replay r = { 0 };
	RV_AUTO(rv_report_free) struct rv_report report = { 0 };
	struct rv_err err = { 0 };
	struct rv_quote q = { 0 };
	struct rv_diff_input in = { .evidence = e };

	if (e->quote.n) {
		assert_true(rv_quote_read(rv_buf_span(&e->quote), &q, &err));
		in.quote = &q;
	}
	if (e->log.n) {
		assert_true(rv_replay_run(&e->log, &r, &err));
		in.replay = &r;
	}
	assert_true(rv_diff_run(&in, &report, &err));
	for (size_t i = 0; i < report.n; i++)
		if (report.check[i].verdict == RV_DIFFERS ||
		    (report.check[i].reason &&
		     strstr(report.check[i].reason, "it was edited")))
			return true;
	return false;
}

#define TCB                                                                    \
	"{'mrtd':@M,'compose_hash':@K,'rtmr0':@R,'event_log':@L,'app_compose':@A}"

static const struct {
	const char *format, *template;
	bool log; /* it has one */
} made[] = {
	{ "getquote", "{'quote':@H,'event_log':@L,'report_data':@D}", true },
	{ "near-public-data", "{'quote':@H,'tcb_info':" TCB "}", true },
	{ "coco-tdx", "{'quote':@B,'cc_eventlog':@C}", true },
	{ "tinfoil-quote",
	  "{'format':'https://tinfoil.sh/predicate/tdx-guest/v2','body':@G}",
	  false },
	{ "tinfoil-quote",
	  "{'format':'https://tinfoil.sh/predicate/tdx-guest/v1','body':@G,"
	  "'quote':@H,'report_data':@D,'mrtd':@M}",
	  false },
	{ "azure-tdx",
	  "{'version':1,'tpm_quote':{'signature':[],'message':[],'pcrs':[]},"
	  "'hcl_report':'SENMQQ==','td_quote':@B,'quote':@H,'rtmr0':@R}",
	  false },
	{ "azure-tdx",
	  "{'tdx_quote_base64':@B,'hcl_report_base64':'SENMQQ==',"
	  "'tpm_attestation':{'ak_certificate_pem':''},'report_data':@D}",
	  false },
	{ "aci-report",
	  "{'api_version':'aci/1','attestation':{'tee_type':'tdx',"
	  "'report_data':@D,'workload_keyset':{},'evidence':{'quote':@H,"
	  "'quote_report_data':@D,'event_log':@L,'app_compose':@A,'mrtd':@M}},"
	  "'tcb_info':" TCB "}",
	  true },
	{ "service-report",
	  "{'intel_quote':@H,'event_log':@L,'signing_address':'00','info':{"
	  "'tcb_info':" TCB "},'compose_manager_attestation':{'quote':@H}}",
	  true },
	{ "kbs-attestation", "{'tee-evidence':{'quote':@B,'cc_eventlog':@C}}",
	  true },
	{ "kbs-attestation",
	  "{'init-data':null,'runtime-data':{'nonce':'x'},'tee-evidence':{"
	  "'primary_evidence':{'quote':@B,'cc_eventlog':@C},"
	  "'additional_evidence':'{}'}}",
	  true },
	{ "kbs-attestation",
	  "{'tee-evidence':{'quote':@B},'primary_evidence':{'quote':@H,"
	  "'cc_eventlog':@C},'mrtd':@M}",
	  true },
};

static void each_container_gives_the_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(made); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		struct rv_err err = { 0 };
		int n;

		doc = fill(made[i].template, -1, &n);
		if (!rv_evidence_read(rv_buf_span(&doc), NULL, &e, &err))
			fail_msg("%zu: %s", i, err.msg);
		assert_string_equal(e.format, made[i].format);
		assert_true(
		    rv_same(rv_buf_span(&e.quote), rv_buf_span(&one.e.quote)));
		assert_int_equal(e.log.n > 0, made[i].log);
		assert_null(e.conflict);
		if (noticed(&e))
			fail_msg("%zu (%s): a lie where there is none", i,
				 made[i].format);
	}
}

static void a_lie_in_any_member_is_noticed(void **state)
{
	size_t lies = 0;

	(void)state;
	for (size_t i = 0; i < RV_LEN(made); i++) {
		int n = 2;

		for (int lie = 0; lie < n; lie++) {
			RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
			RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
			struct rv_err err = { 0 };

			doc = fill(made[i].template, lie, &n);
			/* What tells of nothing a second time cannot lie. */
			if (n < 2)
				break;
			if (!rv_evidence_read(rv_buf_span(&doc), NULL, &e,
					      &err))
				continue;
			if (!noticed(&e))
				fail_msg("%s: piece %d of %d is another"
					 " machine's, and nothing says so",
					 made[i].format, lie, n);
			lies++;
		}
	}
	assert_true(lies >= 30);
}

/* AttestGpu: the bundle that is known is read, whatever stands beside it. */
static void gpu_bundles(void **state)
{
	static const char known[] = "nvidia-nvattest-collect-evidence-json-v1";
	RV_AUTO(rv_buf_free) struct rv_buf list = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf hex = { 0 };
	struct rv_err err = { 0 };
	static const char *const formats[] = { known, "other" };

	(void)state;
	assert_true(rv_buf_read("tests/vectors/gpu/vg_h100_595.json", 1 << 20,
				&list, &err));
	hex = hex_of(rv_buf_span(&list));
	for (size_t i = 0; i < RV_LEN(formats); i++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence w = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_span none = { 0 };

		rv_grow_printf(
		    &g,
		    "{\"bundles\":[{\"vendor\":\"x\",\"format\":\"y\","
		    "\"evidence\":\"00\"},{\"vendor\":\"nvidia\","
		    "\"format\":\"%s\",\"evidence\":%s}]}",
		    formats[i], (const char *)hex.p);
		assert_int_equal(rv_gpu_evidence_read(rv_buf_span(&g.buf), none,
						      NULL, &e, &err),
				 i == 0);
		if (i) {
			assert_non_null(strstr(err.msg, "bundles: none of"));
			continue;
		}
		assert_true(rv_gpu_evidence_read(rv_buf_span(&list), none, NULL,
						 &w, &err));
		assert_int_equal(e.n, w.n);
		assert_true(rv_same(rv_buf_span(&e.device[0].report),
				    rv_buf_span(&w.device[0].report)));
	}
}

/* ---- decoded by somebody else ---- */

#define REST "'rt_mr1':@1,'rt_mr2':@2"

static const char *const decoded[] = {
	"{'mr_td':@M,'rt_mr0':@R," REST "}",
	"{'MRTD':@M,'RTMR_0':@R,'Rtmr1':@1,'rtmr-2':@2}",
	"{'success':true,'quote':{'header':{},'body':{'reportdata':@D,"
	"'mrtd':@M,'rtmr0':@R," REST "}}}",
	"{'body':{'td10':{'mr_td':@N,'rt_mr0':@R," REST "}}}",
	"{'report':{'TD15':{'base':{'mr_td':@M,'rt_mr0':@R," REST "}}}}",
	"{'tdx_mrtd':@M,'tdx_rtmr0':@R,'tdx_rtmr1':@1,'tdx_rtmr2':@2}",
	"{'tdx':{'quote':{'body':{'mr_td':@M,'rtmr_0':@R,'rtmr_1':@1,"
	"'rtmr_2':@2}}}}",
};

/* The verdict, and the same with the signature skipped. */
static void never_yes(const struct rv_evidence *e)
{
	static const char *const skips[] = { "quote_signature" };
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t n = 0; n < 2; n++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		struct rv_verify_input in = {
			.evidence = e, .prove = true, .skip = skips, .skips = n
		};

		if (!rv_verify(v, &in, &out, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(rv_report_code(&out.report), RV_INPUT);
	}
}

static void decoded_reports_are_words(void **state)
{
	static const char *const name[] = { "mrtd", "rtmr0", "rtmr1", "rtmr2" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(decoded); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		struct rv_err err = { 0 };
		int n;

		doc = fill(decoded[i], -1, &n);
		if (!rv_evidence_read(rv_buf_span(&doc), NULL, &e, &err))
			fail_msg("%zu: %s", i, err.msg);
		assert_true(rv_evidence_is_words(&e));
		assert_int_equal(e.quote.n, 0);
		for (size_t k = 0; k < RV_LEN(name); k++) {
			const struct rv_mr *m =
			    rv_mrs_find(&e.claimed, name[k]);

			if (!m)
				fail_msg("%zu: no %s", i, name[k]);
			assert_true(rv_same(rv_span(m->b, m->n),
					    rv_quote_field(&one.q, name[k])));
		}
		never_yes(&e);
	}
}

static void two_decoded_that_differ_contradict(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
	struct rv_err err = { 0 };
	int n;

	(void)state;
	doc = fill("{'a':{'mrtd':@M,'rtmr0':@R},'b':{'mr_td':@M,'rt_mr0':@R}}",
		   3, &n);
	assert_true(rv_evidence_read(rv_buf_span(&doc), NULL, &e, &err));
	assert_string_equal(e.conflict, "a and b hold different rtmr0");
}

static void decoded_values_are_of_a_register(void **state)
{
	static const char *const bad[] = {
		"{'a':{'mr_td':'00','rt_mr0':'00'}}",
		"{'a':{'mr_td':[1],'rt_mr0':[2]}}",
		"{'a':{'mr_td':1,'rt_mr0':2}}",
		"{'a':{'mr_td':@M,'rt_mr0':{'x':1}}}",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		struct rv_evidence e = { 0 };
		struct rv_err err = { 0 };
		int n;

		doc = fill(bad[i], -1, &n);
		assert_false(
		    rv_evidence_read(rv_buf_span(&doc), NULL, &e, &err));
		assert_non_null(strstr(err.msg, "not 48 bytes in hex"));
	}
}

/* ---- what came along is named ---- */

static void what_nobody_looks_at_is_named(void **state)
{
	static const struct {
		size_t row;
		const char *says;
	} known[] = {
		{ 5, "tpm_quote, hcl_report: what only the vTPM" },
		{ 6, "tpm_attestation, hcl_report_base64: what only" },
		{ 7, "workload_keyset, source_provenance: " },
		{ 8, "compose_manager_attestation: its registers" },
		{ 10, "runtime-data, init-data: that report_data and" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(known); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_evidence_free) struct rv_evidence back = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf own = { 0 };
		struct rv_err err = { 0 };
		int n;

		doc = fill(made[known[i].row].template, -1, &n);
		assert_true(
		    rv_evidence_read(rv_buf_span(&doc), NULL, &e, &err));
		assert_non_null(e.beside);
		if (!strstr(e.beside, known[i].says))
			fail_msg("%s", e.beside);
		/* And it is not lost on the way through our own document. */
		assert_true(rv_evidence_write(&e, &own, &err));
		assert_true(
		    rv_evidence_read(rv_buf_span(&own), NULL, &back, &err));
		assert_string_equal(back.beside, e.beside);
	}
}

/* ---- collateral as others write it ---- */

static struct rv_buf member_text(const rv_json *j, const char *key)
{
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_buf_copy(rv_json_text(rv_json_get(j, key)), &b, &err));
	assert_true(b.n > 0);
	return b;
}

/* The same text in base64, or in hex with 0x in front; as a JSON string. */
static struct rv_buf wrapped(const struct rv_buf *text, bool base64)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (base64)
		return base64_of(rv_buf_span(text));
	rv_grow_text(&g, "\"0x");
	for (size_t i = 0; i < text->n; i++)
		rv_grow_printf(&g, "%02x", text->p[i]);
	rv_grow_text(&g, "\"");
	return text_of(&g);
}

/* Hex as the bytes that it is of, in base64; or with 0x in front. */
static struct rv_buf rewrapped(const struct rv_buf *hex, bool base64)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	struct rv_err err = { 0 };

	if (base64) {
		assert_true(
		    rv_unhex_buf(rv_buf_span(hex), "hex", &bytes, &err));
		return base64_of(rv_buf_span(&bytes));
	}
	rv_grow_printf(&g, "\"0x%s\"", (const char *)hex->p);
	return text_of(&g);
}

static const struct {
	const char *snake, *camel;
	bool hex;
} members[] = {
	{ "pck_crl_issuer_chain", "pckCrlIssuerChain", false },
	{ "root_ca_crl", "rootCaCrl", true },
	{ "pck_crl", "pckCrl", true },
	{ "tcb_info_issuer_chain", "tcbInfoIssuerChain", false },
	{ "tcb_info", "tcbInfo", false },
	{ "tcb_info_signature", "tcbInfoSignature", true },
	{ "qe_identity_issuer_chain", "qeIdentityIssuerChain", false },
	{ "qe_identity", "qeIdentity", false },
	{ "qe_identity_signature", "qeIdentitySignature", true },
};

/* Every member wrapped once more, and the names as Intel's structure has. */
static void collateral_in_other_writings(void **state)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral want = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(
	    rv_collateral_read(rv_buf_span(&one.e.collateral), &want, &err));
	assert_true(rv_json_parse(rv_buf_span(&one.e.collateral), "collateral",
				  &j, &err));
	for (int way = 0; way < 4; way++) {
		RV_AUTO(rv_collateral_free) struct rv_collateral got = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf gz = { 0 };
		bool base64 = way & 1, camel = way & 2;

		rv_grow_text(&g, "{");
		for (size_t i = 0; i < RV_LEN(members); i++) {
			RV_AUTO(rv_buf_free)
			struct rv_buf text = member_text(j, members[i].snake);
			RV_AUTO(rv_buf_free)
			struct rv_buf value = members[i].hex
						  ? rewrapped(&text, base64)
						  : wrapped(&text, base64);

			rv_grow_printf(&g, "%s\"%s\":%s", i ? "," : "",
				       camel ? members[i].camel
					     : members[i].snake,
				       (const char *)value.p);
		}
		rv_grow_text(&g, "}");
		gz = packed(rv_buf_span(&g.buf));
		if (!rv_collateral_read(camel ? rv_buf_span(&gz)
					      : rv_buf_span(&g.buf),
					&got, &err))
			fail_msg("way %d: %s", way, err.msg);
		for (size_t i = 0; i < RV_COLLATERAL_MEMBERS; i++)
			if (want.member[i].n &&
			    i != RV_COLLATERAL_PCK_CERTIFICATE_CHAIN &&
			    !rv_same(rv_buf_span(&want.member[i]),
				     rv_buf_span(&got.member[i])))
				fail_msg("way %d: another %s", way,
					 rv_collateral_name(
					     (enum rv_collateral_member)i));
	}
}

/* A name in both ways of writing is that name twice. */
static void a_name_in_two_writings_is_twice(void **state)
{
	static const char doc[] = "{\"pckCrl\":\"00\",\"pck_crl\":\"00\"}";
	struct rv_collateral c = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	assert_false(rv_collateral_read(rv_text(doc), &c, &err));
	assert_non_null(strstr(err.msg, "pck_crl twice"));
}

/* ---- what is not ours ---- */

static void refused(struct rv_span in, const char *says)
{
	struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };

	assert_false(rv_evidence_read(in, NULL, &e, &err));
	assert_int_equal(err.code, RV_INPUT);
	if (!strstr(err.msg, says))
		fail_msg("'%s', not '%s'", err.msg, says);
	assert_string_equal(err.id ? err.id : "", RV_EVIDENCE_FOREIGN);
}

/* @n bytes of zeros behind @head. */
static void refused_bytes(const char *head, size_t head_n, size_t n,
			  const char *says)
{
	uint8_t *p = calloc(1, n);

	assert_non_null(p);
	memcpy(p, head, head_n);
	refused(rv_span(p, n), says);
	free(p);
}

static void what_is_not_ours_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} texts[] = {
		{ "{\"attestation_report\":{\"chip_id\":[1]}}",
		  "AMD SEV-SNP machine" },
		{ "{\"version\":2,\"chip_id\":\"00\",\"measurement\":\"00\"}",
		  "refval-snp reads" },
		{ "{\"snp_report\":\"AA\",\"cert_chain\":[]}",
		  "AMD SEV-SNP machine" },
		{ "{\"attestation_report\":{},\"cert_chain\":{},"
		  "\"serial_number\":\"x\"}",
		  "Hygon CSV machine" },
		{ "{\"token\":[217,1,143]}", "Arm CCA realm" },
		{ "{\"tpm_quote\":{},\"hcl_report\":\"AA==\"}",
		  "without the quote of the CPU" },
		{ "{\"attestation_document\":\"AA\"}", "AWS Nitro" },
		{ "{\"token\":\"eyJhbGci.e30.AA\"}", "a verdict" },
		{ "{\"iss\":\"x\",\"exp\":1}", "the claims of a token" },
		{ "{\"manifest_version\":2,\"name\":\"x\"}",
		  "an app-compose.json, what a machine should run" },
		{ "{\"app_id\":\"00\",\"app_name\":\"x\",\"compose_hash\":"
		  "\"00\"}",
		  "API v1" },
		{ "[[\"JWT\",\"eyJ\"],{\"GPU-0\":\"eyJ\"}]",
		  "NVIDIA's attestation service" },
		/* Payloads: {"iss":"https://nras.attestation.nvidia.com"} ...
		 */
		{ "eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJodHRwczovL25yYXMuYXR0ZXN0"
		  "YXRpb24ubnZpZGlhLmNvbSJ9.AAAA",
		  "NVIDIA's attestation service" },
		{ "eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJodHRwczovL3BvcnRhbC50cnVz"
		  "dGF1dGhvcml0eS5pbnRlbC5jb20ifQ.AAAA",
		  "Intel Trust Authority" },
		{ "eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJ4In0.AAAA",
		  "a signed token (JWT)" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(texts); i++)
		refused(rv_text(texts[i].text), texts[i].says);
	refused_bytes("\xff\x54\x43\x47\x80\x18", 6, 64, "TPM 2.0 quote");
	refused_bytes("\1\0\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0\xff\x54\x43\x47"
		      "\x80\x18",
		      23, 64, "the quote of a cloud's vTPM");
	refused_bytes("HCLA", 4, 1216, "HCL report");
	refused_bytes("\x81\0\1", 3, 1024, "a TDREPORT");
	refused_bytes("\xd9\x01\x8f", 3, 64, "Arm CCA realm");
	refused_bytes("\xaa", 1, 2548, "Hygon CSV attestation report");
	/* One event of PCR 0, EV_S_CRTM_VERSION, without data. */
	refused_bytes("\0\0\0\0\x08", 5, 32, "SHA-1 digests");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_container_gives_the_machine),
		cmocka_unit_test(a_lie_in_any_member_is_noticed),
		cmocka_unit_test(gpu_bundles),
		cmocka_unit_test(decoded_reports_are_words),
		cmocka_unit_test(two_decoded_that_differ_contradict),
		cmocka_unit_test(decoded_values_are_of_a_register),
		cmocka_unit_test(collateral_in_other_writings),
		cmocka_unit_test(a_name_in_two_writings_is_twice),
		cmocka_unit_test(what_nobody_looks_at_is_named),
		cmocka_unit_test(what_is_not_ours_is_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
