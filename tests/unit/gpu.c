/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * gpu.c - GPU evidence against tests/vectors/gpu: each named case, each flip of
 * a byte of a report, a chain and a manifest, lists, topology, bindings,
 * tokens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "gpu/gpu.h"
#include "json.h"
#include "pem.h"
#include "test_file.h"
#include <refval.h>

#include <stdio.h>
#include <stdlib.h>

#define VECTORS "tests/vectors/gpu/"
#define DRIVER	"NV_GPU_DRIVER_GH100_595.71.05"
#define VBIOS	"NV_GPU_VBIOS_1010_0210_886_96009F0004"

/* 2026-11-28, when both manifests of the base case are valid. */
static const int64_t NOW = 1795824000;

static struct rv_buf file(const char *name)
{
	return test_file(VECTORS, name);
}

static struct rv_gpu_evidence evidence(const char *name, const char *chain)
{
	struct rv_buf b = file(name), c = { 0 };
	struct rv_gpu_evidence e = { 0 };
	struct rv_err err = { 0 };

	if (chain)
		c = file(chain);
	if (!rv_gpu_evidence_read(rv_buf_span(&b), rv_buf_span(&c), NULL, &e,
				  &err))
		fail_msg("%s: %s", name, err.msg);
	rv_buf_free(&b);
	rv_buf_free(&c);
	return e;
}

static void rim(struct rv_gpu_rims *rims, const char *id, struct rv_span xml)
{
	struct rv_err err = { 0 };

	if (!rv_gpu_rims_add(rims, id, xml, false, &err))
		fail_msg("%s: %s", id, err.msg);
}

static void rim_file(struct rv_gpu_rims *rims, const char *id)
{
	char name[160];
	struct rv_buf b;

	snprintf(name, sizeof name, "rims/%s.xml", id);
	b = file(name);
	rim(rims, id, rv_buf_span(&b));
	rv_buf_free(&b);
}

static struct rv_gpu_rims *no_rims(void)
{
	struct rv_gpu_rims *rims = NULL;
	struct rv_err err = { 0 };

	assert_true(rv_gpu_rims_new((struct rv_span){ 0 }, &rims, &err));
	return rims;
}

static struct rv_gpu_result verify(const struct rv_gpu_evidence *e,
				   struct rv_gpu_rims *rims, int64_t at)
{
	struct rv_gpu_options o = { .at = at, .rims = rims };
	struct rv_gpu_result r = { 0 };
	struct rv_err err = { 0 };

	if (!rv_gpu_verify(e, &o, &r, &err))
		fail_msg("%s", err.msg);
	return r;
}

static const char *why(const struct rv_gpu_result *r)
{
	const struct rv_gpu_row *row = rv_gpu_result_reason(r);

	return r->verdict == RV_YES ? "ok" : row && row->id ? row->id : "?";
}

/* ---- the named cases ---- */

struct input {
	struct rv_buf report, chain, driver, vbios;
};

static struct rv_buf edited(struct rv_span base, const rv_json *edit)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span text = rv_json_text(rv_json_get(edit, "text"));
	struct rv_span hex = rv_json_text(rv_json_get(edit, "hex"));
	struct rv_buf out = { 0 }, bytes = { 0 };
	struct rv_err err = { 0 };
	uint64_t at, cut;

	assert_true(rv_json_need_uint(edit, "at", base.n, &at, &err));
	assert_true(rv_json_need_uint(edit, "cut", base.n - at, &cut, &err));
	rv_grow_add(&g, base.p, at);
	if (hex.n) {
		assert_true(rv_unhex_buf(hex, "hex", &bytes, &err));
		text = rv_buf_span(&bytes);
	}
	rv_grow_add(&g, text.p, text.n);
	rv_grow_add(&g, base.p + at + cut, base.n - at - cut);
	assert_true(rv_grow_take(&g, &out, &err));
	rv_buf_free(&bytes);
	return out;
}

/* A member of a case: an edit of @base, the name of a RIM, or "crlf". */
static void change(struct rv_buf *base, const rv_json *how)
{
	struct rv_buf out = { 0 };
	char name[160];

	if (!how)
		return;
	if (rv_json_is_object(how)) {
		out = edited(rv_buf_span(base), how);
	} else if (rv_same_text(rv_json_text(how), "crlf")) {
		struct rv_grow g = { 0 };
		struct rv_err err = { 0 };

		for (size_t i = 0; i < base->n; i++) {
			if (base->p[i] == '\n')
				rv_grow_u8(&g, '\r');
			rv_grow_u8(&g, base->p[i]);
		}
		assert_true(rv_grow_take(&g, &out, &err));
	} else {
		snprintf(name, sizeof name, "rims/%.*s",
			 (int)rv_json_text(how).n,
			 (const char *)rv_json_text(how).p);
		out = file(name);
	}
	rv_buf_free(base);
	*base = out;
}

static void one_case(const rv_json *c)
{
	struct rv_gpu_evidence e = evidence("vg_h100_595.json", NULL);
	struct rv_buf driver = file("rims/" DRIVER ".xml");
	struct rv_buf vbios = file("rims/" VBIOS ".xml");
	struct rv_gpu_rims *rims = no_rims();
	struct rv_gpu_options o = { .at = NOW, .rims = rims };
	struct rv_span want = rv_json_text(rv_json_get(c, "expect"));
	struct rv_span nonce = rv_json_text(rv_json_get(c, "nonce"));
	struct rv_span arch = rv_json_text(rv_json_get(c, "arch"));
	struct rv_gpu_result r = { 0 };
	struct rv_err err = { 0 };
	uint8_t asked[32];

	change(&e.device[0].report, rv_json_get(c, "report"));
	change(&e.device[0].chain, rv_json_get(c, "chain"));
	change(&driver, rv_json_get(c, "driver_rim"));
	change(&vbios, rv_json_get(c, "vbios_rim"));
	rim(rims, DRIVER, rv_buf_span(&driver));
	rim(rims, VBIOS, rv_buf_span(&vbios));
	memcpy(asked, e.device[0].nonce, 32);
	if (nonce.n)
		assert_true(rv_unhex(nonce, asked, 32));
	o.nonce = asked;
	if (arch.n)
		snprintf(e.device[0].arch, sizeof e.device[0].arch, "%.*s",
			 (int)arch.n, (const char *)arch.p);
	if (rv_json_get(c, "when"))
		o.at = 1861920000; /* 2029-01-01 */
	if (!rv_gpu_verify(&e, &o, &r, &err))
		fail_msg("%s", err.msg);
	if (!rv_same_text(want, why(&r)))
		fail_msg("case %.*s: %s: %s",
			 (int)rv_json_text(rv_json_get(c, "name")).n,
			 (const char *)rv_json_text(rv_json_get(c, "name")).p,
			 why(&r), rv_gpu_result_reason(&r)->reason);
	rv_gpu_result_free(&r);
	rv_gpu_rims_free(&rims);
	rv_gpu_evidence_free(&e);
	rv_buf_free(&driver);
	rv_buf_free(&vbios);
}

static void cases(void **state)
{
	struct rv_buf text = file("cases.json");
	struct rv_err err = { 0 };
	rv_json *j = NULL;

	(void)state;
	assert_true(rv_json_parse(rv_buf_span(&text), "cases", &j, &err));
	assert_int_equal(rv_json_size(j), 41);
	for (size_t i = 0; i < rv_json_size(j); i++)
		one_case(rv_json_at(j, i));
	rv_json_free(&j);
	rv_buf_free(&text);
}

/* ---- every byte ---- */

/* What a report's flip must break: its shape, or the device's signature. */
static bool still_signed(struct rv_span report, const struct rv_cert *leaf)
{
	struct rv_gpu_report r;
	struct gpu_why w = { .id = NULL };
	struct rv_sha384 digest;
	struct rv_err err = { 0 };

	if (!rv_gpu_report_decode(report, &r, &w))
		return false;
	assert_true(rv_sha384(r.covered, &digest, &err));
	return rv_key_check_p384(rv_cert_key(leaf), &digest, r.signature.p) ==
	       RV_CHECK_GOOD;
}

/* No field of a report is there twice: which of them would count? */
static void fields_once(void **state)
{
	struct rv_gpu_evidence e = evidence("vg_h100_595.json", NULL);
	struct rv_buf *b = &e.device[0].report;
	struct gpu_why w = { .id = NULL };
	struct rv_gpu_report r;

	(void)state;
	assert_true(rv_gpu_report_decode(rv_buf_span(b), &r, &w));
	assert_true(r.fields > 2);
	for (size_t i = 1; i < r.fields; i++) {
		/* Its type stands four bytes before its value. */
		size_t at = (size_t)(r.field[i].value.p - b->p) - 4;
		uint8_t was[2] = { b->p[at], b->p[at + 1] };
		struct rv_gpu_report other;

		b->p[at] = (uint8_t)r.field[i - 1].type;
		b->p[at + 1] = (uint8_t)(r.field[i - 1].type >> 8);
		assert_false(rv_gpu_report_decode(rv_buf_span(b), &other, &w));
		assert_string_equal(w.id, "report-opaque-duplicate");
		memcpy(b->p + at, was, 2);
	}
	rv_gpu_evidence_free(&e);
}

static void report_flips(void **state)
{
	struct rv_gpu_evidence e = evidence("vg_h100_595.json", NULL);
	struct rv_buf *b = &e.device[0].report;
	struct gpu_chain chain = { .n = 0 };
	struct gpu_why w = { .id = NULL };

	(void)state;
	assert_int_equal(b->n, 4129);
	assert_true(
	    rv_gpu_chain_read_pem(rv_buf_span(&e.device[0].chain), &chain, &w));
	assert_true(still_signed(rv_buf_span(b), chain.cert[0]));
	for (size_t i = 0; i < b->n; i++) {
		b->p[i] ^= 1;
		if (still_signed(rv_buf_span(b), chain.cert[0]))
			fail_msg("byte %zu of the report flipped: signed", i);
		/* And the same through the front door, now and then. */
		if (i % 64 == 0) {
			struct rv_gpu_result r = verify(&e, NULL, NOW);

			assert_false(r.device[0].genuine);
			assert_int_not_equal(r.verdict, RV_YES);
			rv_gpu_result_free(&r);
		}
		b->p[i] ^= 1;
	}
	rv_gpu_chain_free(&chain);
	rv_gpu_evidence_free(&e);
}

/* The DER of the leaf, back into PEM behind each flip. */
static void leaf_flips(void **state)
{
	struct rv_gpu_evidence e = evidence("vg_h100_595.json", NULL);
	struct rv_buf pem = e.device[0].chain, der = { 0 };
	struct rv_span rest = rv_buf_span(&pem);
	struct rv_err err = { 0 };
	size_t flips = 0;

	(void)state;
	e.device[0].chain = (struct rv_buf){ 0 };
	assert_true(rv_pem_walk(&rest, "CERTIFICATE", &der, &err));
	for (size_t i = 0; i < der.n; i++, flips++) {
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_gpu_result r;

		der.p[i] ^= 1;
		assert_true(rv_base64(rv_buf_span(&der), &text, &err));
		rv_grow_text(&g, "-----BEGIN CERTIFICATE-----\n");
		rv_grow_add(&g, text.p, text.n);
		rv_grow_text(&g, "\n-----END CERTIFICATE-----\n");
		rv_grow_add(&g, rest.p, rest.n);
		rv_buf_free(&e.device[0].chain);
		assert_true(rv_grow_take(&g, &e.device[0].chain, &err));
		r = verify(&e, NULL, NOW);
		if (r.device[0].genuine)
			fail_msg("byte %zu of the leaf flipped: genuine", i);
		rv_gpu_result_free(&r);
		der.p[i] ^= 1;
	}
	assert_int_equal(flips, 896);
	rv_buf_free(&der);
	rv_buf_free(&pem);
	rv_gpu_evidence_free(&e);
}

/* Any byte of a manifest, every seventh: it is not read, or says the same. */
static void rim_flips(void **state)
{
	static const char *const name[] = { "rims/" DRIVER ".xml",
					    "rims/" VBIOS ".xml" };
	struct rv_cert *root = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_cert_read(rv_gpu_rim_root(), &root, &err));
	for (size_t k = 0; k < 2; k++) {
		struct rv_buf b = file(name[k]);
		struct gpu_links links = { .n = 0 };
		size_t refused = 0, all = 0;

		for (size_t i = 0; i < b.n; i += 7, all++) {
			struct gpu_rim got = { .golden = NULL };
			struct gpu_why w = { .id = NULL };

			b.p[i] ^= 1;
			if (rv_gpu_rim_read(rv_buf_span(&b), root, &links, &got,
					    &w))
				fail_msg("%s: byte %zu flipped: verified",
					 name[k], i);
			refused += w.id != NULL;
			rv_gpu_rim_free(&got);
			b.p[i] ^= 1;
		}
		assert_int_equal(refused, all);
		rv_buf_free(&b);
	}
	rv_cert_free(&root);
}

/* ---- reports of every kind ---- */

static void kinds(void **state)
{
	static const struct {
		const char *report, *chain, *arch, *driver, *vbios, *ueid;
		const char *driver_rim, *vbios_rim;
		bool fwid;
	} known[] = {
		{ "blackwellAttestationReport.txt", "blackwellCertChain.txt",
		  "BLACKWELL", "575.32", "97.00.88.00.0F",
		  "474146966256510137525212816567191319424869109849",
		  "NV_GPU_CC_DRIVER_GB100_575.32",
		  "NV_GPU_VBIOS_G525_0220_886_970088000F", true },
		{ "switchAttestationReport.txt", "switchCertChain.txt", "LS10",
		  "", "96.10.55.00.01",
		  "694931143880983876767046803400974855445978836716", "",
		  "NV_SWITCH_BIOS_5612_0002_890_9610550001", false },
		{ "vg_h100_595.json", NULL, "HOPPER", "595.71.05",
		  "96.00.9F.00.04",
		  "670675190330701367605337753580860420643006460535", DRIVER,
		  VBIOS, true },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct rv_gpu_evidence e =
		    evidence(known[i].report, known[i].chain);
		struct rv_gpu_result r = verify(&e, NULL, NOW);
		const struct rv_gpu_facts *f = &r.device[0];

		if (!f->genuine)
			fail_msg("%s: %s", known[i].report, why(&r));
		assert_string_equal(f->arch, known[i].arch);
		assert_string_equal(f->driver, known[i].driver);
		assert_string_equal(f->vbios, known[i].vbios);
		assert_string_equal(f->ueid, known[i].ueid);
		assert_string_equal(f->driver_rim, known[i].driver_rim);
		assert_string_equal(f->vbios_rim, known[i].vbios_rim);
		assert_int_equal(f->has_fwid, known[i].fwid);
		/* A missing RIM is never a yes, and is named. */
		assert_string_equal(why(&r), "rim-missing");
		rv_gpu_result_free(&r);
		rv_gpu_evidence_free(&e);
	}
}

static void a_byte_too_many(void **state)
{
	struct rv_gpu_evidence e =
	    evidence("trustee_coco1.txt", "hopper_coco_certs1.txt");
	struct rv_gpu_result r = verify(&e, NULL, NOW);

	(void)state;
	assert_string_equal(why(&r), "report-opaque-length");
	rv_gpu_result_free(&r);
	e.device[0].report.n--;
	r = verify(&e, NULL, NOW);
	assert_true(r.device[0].genuine);
	rv_gpu_result_free(&r);
	rv_gpu_evidence_free(&e);
}

static void a_switch_with_its_rim(void **state)
{
	struct rv_gpu_evidence e =
	    evidence("switchAttestationReport.txt", "switchCertChain.txt");
	struct rv_gpu_rims *rims = no_rims();
	struct rv_gpu_result r;

	(void)state;
	rim_file(rims, "NV_SWITCH_BIOS_5612_0002_890_9610550001");
	r = verify(&e, rims, NOW);
	assert_string_equal(why(&r), "ok");
	assert_int_equal(r.device[0].compared, 31);
	rv_gpu_result_free(&r);
	rv_gpu_rims_free(&rims);
	rv_gpu_evidence_free(&e);
}

/* What no manifest covers is counted where all that there are were given. */
static void uncovered(void **state)
{
	static const struct {
		bool driver, vbios, is_switch;
		size_t want;
	} row[] = {
		{ true, true, false, 1 },  { true, false, false, 0 },
		{ false, true, false, 0 }, { false, true, true, 1 },
		{ false, false, true, 0 },
	};
	static struct gpu_golden golden[RV_GPU_INDEXES];
	static const struct gpu_rim rim = { .golden = golden };
	uint8_t value[RV_GPU_MEASUREMENT] = { 1 };
	struct rv_gpu_report report = { 0 };

	(void)state;
	report.value[3] = rv_span(value, sizeof value);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct rv_gpu_facts f = { .is_switch = row[i].is_switch };
		struct gpu_why w = { .id = NULL };

		assert_true(rv_gpu_compare(&report, row[i].driver ? &rim : NULL,
					   row[i].vbios ? &rim : NULL, &f, &w));
		assert_int_equal(f.uncovered, row[i].want);
	}
}

/* What each manifest is worth on its own. */
static void rims(void **state)
{
	static const struct {
		const char *name, *id;
		size_t active;
	} known[] = {
		{ DRIVER, NULL, 22 },
		{ VBIOS, NULL, 12 },
		{ "NV_GPU_DRIVER_GH100_550.144.03", NULL, 21 },
		{ "NV_GPU_CC_DRIVER_GB100_595.91.07", NULL, 0 },
		{ "NV_SWITCH_BIOS_5612_0002_890_9610550001", NULL, 31 },
		{ "incorrect_signature_driver_rim", "rim-signature", 0 },
		{ "incorrect_cert_chain_driver_rim", "rim-chain-order", 0 },
	};
	struct rv_cert *root = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_cert_read(rv_gpu_rim_root(), &root, &err));
	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct gpu_links links = { .n = 0 };
		struct gpu_rim got = { .golden = NULL };
		struct gpu_why w = { .id = NULL };
		char name[160];
		struct rv_buf b;
		bool ok;

		snprintf(name, sizeof name, "rims/%s.xml", known[i].name);
		b = file(name);
		ok = rv_gpu_rim_read(rv_buf_span(&b), root, &links, &got, &w);
		if (ok != !known[i].id || (!ok && strcmp(w.id, known[i].id)))
			fail_msg("%s: %s: %s", name, w.id ? w.id : "read",
				 w.err.msg);
		if (known[i].active)
			assert_int_equal(got.about.active, known[i].active);
		rv_gpu_rim_free(&got);
		rv_buf_free(&b);
	}
	rv_cert_free(&root);
}

/* Each listed pair of certificates, verified with the certificates. */
static void known_links(void **state)
{
	static const char *const rims[] = {
		DRIVER,
		VBIOS,
		"NV_GPU_DRIVER_GH100_550.144.03",
		"NV_GPU_CC_DRIVER_GB100_595.91.07",
		"NV_SWITCH_BIOS_5612_0002_890_9610550001",
	};
	static const char *const chains[][2] = {
		{ "vg_h100_595.json", NULL },
		{ "ppcie_switch_evidence.json", NULL },
		{ "blackwellAttestationReport.txt", "blackwellCertChain.txt" },
	};
	struct gpu_chain chain[RV_LEN(rims) + RV_LEN(chains)] = { 0 };
	const struct gpu_link *known;
	size_t n, all, found = 0;
	bool seen[64] = { false };

	(void)state;
	for (size_t i = 0; i < RV_LEN(rims); i++) {
		struct gpu_links none = { .n = 0 };
		struct gpu_rim r = { .golden = NULL };
		struct gpu_why w = { .id = NULL };
		struct rv_cert *root = NULL;
		struct rv_err err = { 0 };
		char name[160];
		struct rv_buf b;

		snprintf(name, sizeof name, "rims/%s.xml", rims[i]);
		b = file(name);
		assert_true(rv_cert_read(rv_gpu_rim_root(), &root, &err));
		assert_true(
		    rv_gpu_rim_read(rv_buf_span(&b), root, &none, &r, &w));
		chain[i] = r.chain;
		r.chain = (struct gpu_chain){ 0 };
		rv_gpu_rim_free(&r);
		rv_cert_free(&root);
		rv_buf_free(&b);
	}
	for (size_t i = 0; i < RV_LEN(chains); i++) {
		struct rv_gpu_evidence e = evidence(chains[i][0], chains[i][1]);
		struct gpu_why w = { .id = NULL };

		assert_true(
		    rv_gpu_chain_read_pem(rv_buf_span(&e.device[0].chain),
					  &chain[RV_LEN(rims) + i], &w));
		rv_gpu_evidence_free(&e);
	}
	known = rv_gpu_links(&all);
	for (size_t i = 0; i < RV_LEN(chain); i++)
		for (n = 0; n + 1 < chain[i].n; n++) {
			const struct rv_cert *a = chain[i].cert[n],
					     *b = chain[i].cert[n + 1];
			const struct gpu_link *k = rv_gpu_link(
			    &rv_cert_info(a)->sha256, &rv_cert_info(b)->sha256);

			if (!k)
				continue;
			assert_string_equal(rv_cert_info(a)->subject, k->name);
			assert_int_equal(rv_cert_issued(a, b), RV_CHECK_GOOD);
			assert_true(rv_cert_info(b)->ca);
			found += !seen[k - known];
			seen[k - known] = true;
		}
	assert_int_equal(found, all);
	for (size_t i = 0; i < RV_LEN(chain); i++)
		rv_gpu_chain_free(&chain[i]);
}

/* ---- several devices ---- */

static void append(struct rv_gpu_evidence *to, struct rv_gpu_evidence *from)
{
	to->device =
	    realloc(to->device, (to->n + from->n) * sizeof *to->device);
	assert_non_null(to->device);
	memcpy(to->device + to->n, from->device,
	       from->n * sizeof *from->device);
	to->n += from->n;
	free(from->device);
	*from = (struct rv_gpu_evidence){ 0 };
}

static bool has_row(const struct rv_gpu_result *r, const char *check,
		    enum rv_verdict verdict)
{
	for (size_t i = 0; i < r->rows; i++)
		if (strcmp(r->row[i].check, check) == 0 &&
		    r->row[i].verdict == verdict)
			return true;
	return false;
}

static void machine_of_eight(void **state)
{
	struct rv_gpu_evidence e = evidence("ppcie_gpu_evidence.json", NULL);
	struct rv_gpu_evidence s = evidence("ppcie_switch_evidence.json", NULL);
	struct rv_gpu_evidence gone;
	struct rv_gpu_result r;

	(void)state;
	assert_int_equal(e.n, 8);
	r = verify(&e, NULL, NOW);
	assert_int_equal(r.gpus, 8);
	assert_true(has_row(&r, "switches", RV_UNCHECKED));
	assert_string_equal(why(&r), "rim-missing");
	rv_gpu_result_free(&r);

	append(&e, &s);
	assert_int_equal(e.n, 12);
	r = verify(&e, NULL, NOW);
	assert_int_equal(r.switches, 4);
	assert_true(has_row(&r, "topology", RV_YES));
	assert_true(has_row(&r, "devices", RV_YES));
	rv_gpu_result_free(&r);

	/* One switch less, one GPU less: they no longer fit. */
	e.n = 11;
	r = verify(&e, NULL, NOW);
	assert_string_equal(why(&r), "topology-switch");
	rv_gpu_result_free(&r);
	e.n = 12;
	gone = (struct rv_gpu_evidence){ .device = malloc(sizeof *e.device),
					 .n = 1 };
	gone.device[0] = e.device[0];
	memmove(e.device, e.device + 1, 11 * sizeof *e.device);
	e.n = 11;
	r = verify(&e, NULL, NOW);
	assert_string_equal(why(&r), "topology-switch-gpus");
	rv_gpu_result_free(&r);
	rv_gpu_evidence_free(&gone);
	rv_gpu_evidence_free(&e);
}

/* ---- revocation ---- */

/* 2026-11-28T12:00:00Z, when the answers of ocsp/good are valid. */
static const int64_t NOON = 1795867200;

/* The chain of ocsp/make.py's device, which is good. */
static void chain_of(struct gpu_chain *c)
{
	struct rv_gpu_evidence e = evidence("ocsp/evidence.json", NULL);
	struct rv_buf pem = file("ocsp/root.pem"), der = { 0 };
	struct gpu_links links = { .n = 0 };
	struct gpu_why w = { .id = NULL };
	struct rv_cert *root = NULL;
	struct rv_err err = { 0 };

	assert_true(rv_pem_first(rv_buf_span(&pem), "CERTIFICATE", &der, &err));
	assert_true(rv_cert_read(rv_buf_span(&der), &root, &err));
	assert_true(
	    rv_gpu_chain_read_pem(rv_buf_span(&e.device[0].chain), c, &w));
	assert_true(rv_gpu_chain_check(c, GPU_DEVICE_CHAIN, root, &links, &w));
	rv_cert_free(&root);
	rv_buf_free(&der);
	rv_buf_free(&pem);
	rv_gpu_evidence_free(&e);
}

/* What the answer @b says of the chain's certificates: in r.cert. */
static struct rv_gpu_result ask(const struct gpu_chain *c, const char *name,
				const struct rv_buf *b)
{
	RV_AUTO(rv_gpu_revocation_free) struct rv_gpu_revocation *set = NULL;
	struct rv_gpu_result r = { .n = 0 };
	struct rv_err err = { 0 };

	assert_true(rv_gpu_revocation_new(&set, &err));
	if (!rv_gpu_revocation_add(set, name, rv_buf_span(b), true, &err))
		assert_int_equal(err.code, RV_INPUT);
	if (!rv_gpu_revoked(set, c, GPU_DEVICE_CHAIN, NOON, &r, &err))
		fail_msg("%s: %s", name, err.msg);
	assert_int_equal(r.certs, 3);
	return r;
}

static struct rv_buf answer_file(const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "ocsp/%s", name);
	return file(path);
}

/* What is said of the certificate that the answer is about: the first one. */
static void revocation(void **state)
{
	static const struct {
		const char *name;
		size_t about; /* its place among the three certificates */
		enum rv_verdict verdict;
		const char *id;
	} known[] = {
		{ "good/brom.ocsp", 0, RV_YES, NULL },
		{ "good/ica.ocsp", 1, RV_YES, NULL },
		{ "good/identity.ocsp", 2, RV_YES, NULL },
		{ "revoked.ocsp", 0, RV_DIFFERS, "device-chain-revoked" },
		{ "revoked-old.ocsp", 0, RV_DIFFERS, "device-chain-revoked" },
		{ "unknown.ocsp", 0, RV_CANNOT_TELL, "revocation-unknown" },
		{ "old.ocsp", 0, RV_CANNOT_TELL, "revocation-expired" },
		{ "no-next.ocsp", 0, RV_CANNOT_TELL, "revocation-expired" },
		{ "responder-old.ocsp", 0, RV_CANNOT_TELL,
		  "revocation-expired" },
		{ "no-eku.ocsp", 0, RV_DIFFERS, "revocation-signature" },
		{ "foreign.ocsp", 0, RV_DIFFERS, "revocation-signature" },
		{ "of-itself.ocsp", 0, RV_DIFFERS, "revocation-signature" },
		{ "ca-responder.ocsp", 0, RV_DIFFERS, "revocation-signature" },
		{ "forged.ocsp", 0, RV_DIFFERS, "revocation-signature" },
		{ "unauthorized.ocsp", 0, RV_UNCHECKED, NULL },
		{ "empty.crl", 0, RV_YES, NULL },
		{ "empty.pem.crl", 1, RV_YES, NULL },
		{ "lists.crl", 1, RV_DIFFERS, "device-chain-revoked" },
		{ "lists-old.crl", 1, RV_DIFFERS, "device-chain-revoked" },
		{ "old.crl", 1, RV_CANNOT_TELL, "revocation-expired" },
		{ "forged.crl", 1, RV_DIFFERS, "revocation-signature" },
	};

	struct gpu_chain c = { .n = 0 };

	(void)state;
	chain_of(&c);
	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct rv_buf b = answer_file(known[i].name);
		struct rv_gpu_result r = ask(&c, known[i].name, &b);

		for (size_t k = 0; k < r.certs; k++) {
			const struct rv_gpu_cert *is = &r.cert[k];
			bool about = k == known[i].about;

			if (is->verdict !=
				(about ? known[i].verdict : RV_UNCHECKED) ||
			    (about && known[i].id &&
			     strcmp(is->id, known[i].id) != 0))
				fail_msg("%s: %zu: %s", known[i].name, k,
					 is->reason);
		}
		rv_gpu_result_free(&r);
		rv_buf_free(&b);
	}
	rv_gpu_chain_free(&c);
}

/* No flipped byte of what says "revoked" makes it say that nothing was. */
static void revocation_flips(void **state)
{
	static const char *const name[] = { "revoked.ocsp", "lists.crl" };
	struct gpu_chain c = { .n = 0 };

	(void)state;
	chain_of(&c);
	for (size_t i = 0; i < RV_LEN(name); i++) {
		struct rv_buf b = answer_file(name[i]);

		for (size_t k = 0; k < b.n; k++) {
			struct rv_gpu_result r;

			b.p[k] ^= 1;
			r = ask(&c, name[i], &b);
			for (size_t n = 0; n < r.certs; n++)
				if (r.cert[n].verdict == RV_YES)
					fail_msg("%s: byte %zu: %s", name[i], k,
						 r.cert[n].reason);
			rv_gpu_result_free(&r);
			b.p[k] ^= 1;
		}
		rv_buf_free(&b);
	}
	rv_gpu_chain_free(&c);
}

static struct rv_buf copy(const struct rv_buf *b)
{
	struct rv_buf out = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_buf_copy(rv_buf_span(b), &out, &err));
	return out;
}

/* Behind a good chain nothing else is let be. */
static void chain_and_more(void **state)
{
	static const char *const more[] = {
		"-----BEGIN CERTIFICATE-----\nAAAA\n"
		"-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nA\n"
		"-----END CERTIFICATE-----\n",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(more); i++) {
		struct rv_gpu_evidence e = evidence("vg_h100_595.json", NULL);
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct gpu_chain chain = { .n = 0 };
		struct gpu_why w = { .id = NULL };
		struct rv_gpu_result r;
		struct rv_err err = { 0 };

		rv_grow_add(&g, e.device[0].chain.p, e.device[0].chain.n);
		rv_grow_text(&g, more[i]);
		assert_false(
		    rv_gpu_chain_read_pem(rv_buf_span(&g.buf), &chain, &w));
		assert_true(chain.n > 0);
		assert_non_null(strstr(w.err.msg, "device chain"));
		rv_gpu_chain_free(&chain);
		rv_buf_free(&e.device[0].chain);
		assert_true(rv_grow_take(&g, &e.device[0].chain, &err));
		r = verify(&e, NULL, NOW);
		assert_false(r.device[0].genuine);
		assert_int_not_equal(r.verdict, RV_YES);
		rv_gpu_result_free(&r);
		rv_gpu_evidence_free(&e);
	}
}

/* One report twice, and one of another machine among the others. */
static void not_distinct(void **state)
{
	struct rv_gpu_evidence e = evidence("ppcie_gpu_evidence.json", NULL);
	struct rv_gpu_evidence o = evidence("vg_h100_595.json", NULL);
	struct rv_gpu_result r;

	(void)state;
	rv_buf_free(&e.device[5].report);
	rv_buf_free(&e.device[5].chain);
	e.device[5].report = copy(&e.device[2].report);
	e.device[5].chain = copy(&e.device[2].chain);
	r = verify(&e, NULL, NOW);
	assert_string_equal(why(&r), "device-duplicate");
	rv_gpu_result_free(&r);

	rv_buf_free(&e.device[5].report);
	rv_buf_free(&e.device[5].chain);
	e.device[5].report = copy(&o.device[0].report);
	e.device[5].chain = copy(&o.device[0].chain);
	r = verify(&e, NULL, NOW);
	assert_string_equal(why(&r), "report-nonce");
	assert_true(has_row(&r, "nonces", RV_DIFFERS));
	assert_true(has_row(&r, "flags", RV_DIFFERS));
	rv_gpu_result_free(&r);

	/* The report of one device with the chain of another. */
	rv_buf_free(&e.device[5].report);
	e.device[5].report = copy(&e.device[4].report);
	r = verify(&e, NULL, NOW);
	assert_string_equal(why(&r), "report-signature");
	rv_gpu_result_free(&r);
	rv_gpu_evidence_free(&o);
	rv_gpu_evidence_free(&e);
}

/* Two GPUs and two switches that tell each other, and one thing changed. */
static void links(void **state)
{
	static const struct {
		size_t device, at; /* a byte of what it tells; SIZE_MAX: cut */
		const char *id;
	} t[] = {
		{ 0, 143, "topology-gpu" },
		{ 1, 0, "topology-gpu" },
		{ 1, 143, "topology-gpu" },
		{ 1, SIZE_MAX, "topology-gpu" },
		{ 0, SIZE_MAX, "topology-gpu" },
	};

	(void)state;
	for (size_t i = 0; i <= RV_LEN(t); i++) {
		/* 18 links of 8 bytes; a GPU's in the other order. */
		uint8_t link[2][144] = { { 0 } }, own[2][8] = { { 0 } },
			gpus[2][64] = { { 0 } };
		struct rv_gpu_report r[4] = { { .fields = 0 } };
		const struct rv_gpu_report *report[4];
		struct rv_gpu_facts f[4] = { { .is_switch = false } };
		struct gpu_why w = { .id = NULL };

		for (size_t k = 0; k < 4; k++) {
			size_t at = k & 1;

			report[k] = &r[k];
			f[k].is_switch = k > 1;
			for (size_t n = 0; n < 18; n++)
				link[at][8 * n] = n & 1 ? 0xb2 : 0xa1;
			own[at][7] = at ? 0xb2 : 0xa1;
			gpus[at][7] = 0x11;
			gpus[at][15] = 0x22;
			r[k].field[0] = (struct rv_gpu_field){
				GPU_PDI, k > 1 ? rv_span(own[at], 8)
					       : rv_span(link[at], 144)
			};
			r[k].field[1] =
			    (struct rv_gpu_field){ GPU_SWITCH_PDIS,
						   rv_span(gpus[at], 64) };
			r[k].fields = k > 1 ? 2 : 1;
		}
		if (i == RV_LEN(t)) {
			if (!rv_gpu_topology(report, f, 4, &w))
				fail_msg("%s: %s", w.id, w.err.msg);
			continue;
		}
		if (t[i].at == SIZE_MAX)
			r[t[i].device].field[0].value.n--;
		else
			link[t[i].device][t[i].at] ^= 0x0f;
		assert_false(rv_gpu_topology(report, f, 4, &w));
		assert_string_equal(w.id, t[i].id);
		assert_int_equal(w.verdict, RV_DIFFERS);
	}
}

/* Each of the four that make a mode, alone. */
static void modes(void **state)
{
	const struct rv_gpu_facts a = { .has_feature = true,
					.feature = 1,
					.has_ppcie = true,
					.ppcie = GPU_DISABLED };

	(void)state;
	assert_true(rv_gpu_same_mode(&a, &a));
	for (int i = 0; i < 4; i++) {
		struct rv_gpu_facts b = a;

		b.has_feature = i != 0;
		b.feature = i == 1 ? 2 : 1;
		b.has_ppcie = i != 2;
		b.ppcie = i == 3 ? GPU_ENABLED : GPU_DISABLED;
		assert_false(rv_gpu_same_mode(&a, &b));
		assert_false(rv_gpu_same_mode(&b, &a));
	}
}

static void nothing(void **state)
{
	static const char text[] = "{\"nonce\":\"\",\"evidence_list\":[]}";
	struct rv_gpu_evidence e = { 0 };
	struct rv_gpu_result r;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(
	    rv_gpu_evidence_read(rv_text(text), rv_text(""), NULL, &e, &err));
	assert_true(e.there);
	assert_int_equal(e.n, 0);
	r = verify(&e, NULL, NOW);
	assert_string_equal(why(&r), "gpu-none");
	assert_int_equal(rv_gpu_result_code(&r), RV_INPUT);
	rv_gpu_result_free(&r);
	rv_gpu_evidence_free(&e);
}

static void policy(void **state)
{
	static const char *const good[] = { "96.00.74.00.1A",
					    "96.00.9F.00.04" };
	struct rv_gpu_evidence e = evidence("vg_h100_595.json", NULL);
	struct rv_gpu_rims *all = no_rims();
	struct rv_gpu_options o = { .at = NOW, .rims = all };
	static const struct {
		const char *driver;
		size_t vbios;
		const char *want;
	} known[] = {
		{ "595.71.05", 2, "ok" },	   { "570.172.08", 0, "ok" },
		{ "595.71.06", 0, "driver-old" },  { "600", 0, "driver-old" },
		{ NULL, 1, "vbios-not-accepted" },
	};

	(void)state;
	rim_file(all, DRIVER);
	rim_file(all, VBIOS);
	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct rv_gpu_result r = { 0 };
		struct rv_err err = { 0 };

		o.min_driver = known[i].driver;
		o.vbios = good;
		o.n_vbios = known[i].vbios;
		assert_true(rv_gpu_verify(&e, &o, &r, &err));
		assert_string_equal(why(&r), known[i].want);
		assert_int_equal(r.device[0].compared, 33);
		assert_int_equal(r.device[0].skipped, 1);
		rv_gpu_result_free(&r);
	}
	rv_gpu_rims_free(&all);
	rv_gpu_evidence_free(&e);
}

/* ---- what ties GPUs to a quote ---- */

static struct rv_evidence service(const char *name, const char *instance)
{
	struct rv_evidence_options o = { .instance = instance };
	struct rv_buf b = file(name);
	struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };

	if (!rv_evidence_read(rv_buf_span(&b), &o, &e, &err))
		fail_msg("%s: %s", name, err.msg);
	rv_buf_free(&b);
	return e;
}

/* Real answers, and each of them with one thing changed. */
static void bindings(void **state)
{
	static const struct {
		const char *name, *instance;
		char scheme;
		size_t n;
	} known[] = {
		{ "services/nanogpt-20260610.json", NULL, 'A', 1 },
		{ "services/near-20260629.json", "1", 'B', 8 },
		{ "services/chutes-20260629-two.json", "0", 'C', 2 },
		{ "services/tinfoil-20260629.json", NULL, 'D', 1 },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct rv_evidence e =
		    service(known[i].name, known[i].instance);
		struct rv_gpu_result r = verify(&e.gpu, NULL, NOW);
		struct rv_gpu_bound b;
		struct rv_err err = { 0 };
		struct rv_span none = { 0 }, at;
		uint8_t rd[64], nonce[32];

		assert_int_equal(e.gpu.n, known[i].n);
		assert_true(rv_sub(rv_buf_span(&e.quote), 568, 64, &at));
		memcpy(rd, at.p, 64);
		for (size_t k = 0; k < r.n; k++) {
			assert_true(r.device[k].genuine);
			assert_true(rv_gpu_bind(rd, r.device[k].nonce,
						&e.gpu.hints, none, &b, &err));
			if (b.verdict != RV_YES || b.scheme != known[i].scheme)
				fail_msg("%s: %c %d %s", known[i].name,
					 b.scheme, b.verdict, b.reason);
		}
		/* Another nonce, and each half of report_data: never yes. */
		memcpy(nonce, r.device[0].nonce, 32);
		nonce[0] ^= 1;
		assert_true(
		    rv_gpu_bind(rd, nonce, &e.gpu.hints, none, &b, &err));
		assert_int_not_equal(b.verdict, RV_YES);
		if (known[i].scheme != 'C')
			assert_int_equal(b.verdict, RV_DIFFERS);
		rd[0] ^= 1;
		assert_true(rv_gpu_bind(rd, r.device[0].nonce, &e.gpu.hints,
					none, &b, &err));
		assert_int_not_equal(b.verdict, RV_YES);
		rd[0] ^= 1;
		if (known[i].scheme < 'C') {
			rd[63] ^= 1;
			assert_true(rv_gpu_bind(rd, r.device[0].nonce,
						&e.gpu.hints, none, &b, &err));
			assert_int_equal(b.verdict, RV_DIFFERS);
		}
		rv_gpu_result_free(&r);
		rv_evidence_free(&e);
	}
}

/* C whole, E and F, made; and what no scheme explains. */
static void bindings_made(void **state)
{
	struct rv_gpu_hints h = { .e2e = NULL };
	struct rv_span none = { 0 };
	struct rv_gpu_bound b;
	struct rv_err err = { 0 };
	struct rv_sha256 d;
	char text[] = "00ffkey", certificate[] = "DER";
	uint8_t rd[64] = { 0 }, nonce[32];

	(void)state;
	assert_true(rv_sha256(rv_text(text), &d, &err));
	h.e2e = text;
	memcpy(rd, d.b, 32);
	assert_true(rv_gpu_bind(rd, d.b, &h, none, &b, &err));
	assert_int_equal(b.scheme, 'C');
	assert_int_equal(b.verdict, RV_YES);
	text[0] = '1';
	assert_true(rv_gpu_bind(rd, d.b, &h, none, &b, &err));
	assert_int_equal(b.verdict, RV_DIFFERS);
	h.e2e = NULL;

	/* Nothing known; then SHA-512 of app-data: and 64 zeros. */
	memset(nonce, 0, 32);
	assert_true(rv_unhex(
	    rv_text("0aec8ccc8da72ab4d4d12c74ff46e6b9c5ecc6b5ca2ca2c9b1fb"
		    "0ea36bb8a9e60000000000000000000000000000000000000000"
		    "000000000000000000000000"),
	    rd, 64));
	assert_true(rv_gpu_bind(rd, nonce, &h, none, &b, &err));
	assert_int_equal(b.verdict, RV_UNCHECKED);
	assert_non_null(strstr(b.reason, "0aec8ccc8da72ab4"));
	assert_true(rv_unhex(
	    rv_text(
		"0d0be9b355a532dc7d9aac1d91eb97ab83962ad43baba1238b356db7a03e"
		"b06c1b982be858b2468ab07aba2e2e21ec131a2711a8c4d05ef3e5f89a3c"
		"0e93a651"),
	    rd, 64));
	assert_true(rv_gpu_bind(rd, nonce, &h, none, &b, &err));
	assert_int_equal(b.scheme, 'E');
	assert_int_equal(b.verdict, RV_YES);

	assert_true(rv_sha256(rv_text(certificate), &d, &err));
	memcpy(rd, d.b, 32);
	memset(rd + 32, 7, 32);
	memset(nonce, 7, 32);
	assert_true(rv_gpu_bind(rd, nonce, &h, rv_text(certificate), &b, &err));
	assert_int_equal(b.scheme, 'F');
	assert_int_equal(b.verdict, RV_YES);
	assert_true(rv_gpu_bind(rd, nonce, &h, rv_text("der"), &b, &err));
	assert_int_equal(b.verdict, RV_DIFFERS);
	assert_true(rv_gpu_bind(rd, nonce, &h, none, &b, &err));
	assert_int_equal(b.verdict, RV_UNCHECKED);
}

/* ---- tokens ---- */

static const char *token_why(struct rv_span token, struct rv_span keys,
			     int64_t at, const uint8_t *nonce)
{
	struct rv_gpu_token t;
	struct rv_err err = { 0 };

	if (!rv_gpu_token_verify(token, keys, at, nonce, &t, &err))
		fail_msg("%s", err.msg);
	assert_true((t.verdict == RV_YES) == !t.id);
	return t.id ? t.id : "ok";
}

/* 2026-06-29T02:10:00Z, two minutes after it was issued */
static const int64_t TOKEN_TIME = 1782699000;

static void tokens(void **state)
{
	struct rv_buf keys = file("services/near-20260629.jwks.json");
	struct rv_buf text = file("services/near-20260629.token.json");
	struct rv_buf none = file("dstack_gpu_attestation_h100.json");
	struct rv_evidence e = service("services/near-20260629.json", "1");
	struct rv_span t = rv_buf_span(&text), k = rv_buf_span(&keys);
	struct rv_err err = { 0 };
	struct rv_buf eat = { 0 };
	rv_json *j = NULL;
	uint8_t nonce[32];

	(void)state;
	memcpy(nonce, e.gpu.device[0].nonce, 32);
	assert_string_equal(token_why(t, k, TOKEN_TIME, nonce), "ok");
	assert_string_equal(token_why(t, k, TOKEN_TIME, NULL), "ok");
	assert_string_equal(token_why(t, k, NOW, nonce), "token-expired");
	assert_string_equal(token_why(t, k, TOKEN_TIME - 3600, nonce),
			    "token-not-yet");
	nonce[5] ^= 1;
	assert_string_equal(token_why(t, k, TOKEN_TIME, nonce), "token-nonce");
	assert_string_equal(
	    token_why(t, rv_text("{\"keys\":[]}"), TOKEN_TIME, NULL),
	    "token-key");
	/* dstack's own: without a signature it is nobody's word. */
	assert_true(rv_json_parse(rv_buf_span(&none), "dstack", &j, &err));
	assert_true(rv_json_dump(rv_json_get(j, "detached_eat"), &eat, &err));
	assert_string_equal(token_why(rv_buf_span(&eat), k, TOKEN_TIME, NULL),
			    "token-algorithm");
	/* Every byte of it: never yes. */
	for (size_t i = 0; i < text.n; i += 41) {
		struct rv_gpu_token got;

		text.p[i] ^= 1;
		assert_true(
		    rv_gpu_token_verify(t, k, TOKEN_TIME, NULL, &got, &err));
		if (got.verdict == RV_YES)
			fail_msg("byte %zu of the token flipped: yes", i);
		text.p[i] ^= 1;
	}
	rv_json_free(&j);
	rv_buf_free(&eat);
	rv_buf_free(&keys);
	rv_buf_free(&text);
	rv_buf_free(&none);
	rv_evidence_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases),
		cmocka_unit_test(fields_once),
		cmocka_unit_test(report_flips),
		cmocka_unit_test(leaf_flips),
		cmocka_unit_test(rim_flips),
		cmocka_unit_test(kinds),
		cmocka_unit_test(a_byte_too_many),
		cmocka_unit_test(a_switch_with_its_rim),
		cmocka_unit_test(uncovered),
		cmocka_unit_test(rims),
		cmocka_unit_test(known_links),
		cmocka_unit_test(revocation),
		cmocka_unit_test(revocation_flips),
		cmocka_unit_test(machine_of_eight),
		cmocka_unit_test(chain_and_more),
		cmocka_unit_test(not_distinct),
		cmocka_unit_test(links),
		cmocka_unit_test(modes),
		cmocka_unit_test(nothing),
		cmocka_unit_test(policy),
		cmocka_unit_test(bindings),
		cmocka_unit_test(bindings_made),
		cmocka_unit_test(tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
