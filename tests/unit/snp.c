/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp.c - SEV-SNP: real reports of three products under AMD's roots, made ones
 * under a PKI of the same form, each with what it must be; every bit of a real
 * report changed; and launch digests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "json.h"
#include "test_file.h"

#include <refval/snp.h>

#include <stdio.h>
#include <stdlib.h>

#define V "tests/vectors/snp/"

enum {
	AT = 1790000000,      /* 2026-09-21 */
	VLEK_AT = 1743465600, /* 2025-04-01 */
};

static struct rv_buf file(const char *name)
{
	return test_file(V, name);
}

static void add(struct rv_snp_certs *c, const char *name)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file(name);
	struct rv_err err = { 0 };

	if (!rv_snp_certs_add(c, rv_buf_span(&b), &err))
		fail_msg("%s: %s", name, err.msg);
}

/* Authorities that every test of this program has in common. */
static struct rv_snp_issuers *kept;

/* The verdict, and by authorities that were kept the same. */
static bool both(const struct rv_snp_report *r, const struct rv_snp_certs *c,
		 const struct rv_snp_options *o, struct rv_snp_verdict *v,
		 struct rv_err *err)
{
	struct rv_snp_options warm = *o;
	struct rv_snp_verdict w;

	if (!kept && !rv_snp_issuers_new(&kept, err))
		return false;
	warm.issuers = kept;
	if (!rv_snp_verify(r, c, o, v, err) ||
	    !rv_snp_verify(r, c, &warm, &w, err))
		return false;
	assert_int_equal(v->outcome, w.outcome);
	assert_string_equal(v->message, w.message);
	assert_int_equal(v->product, w.product);
	assert_int_equal(v->has_crl, w.has_crl);
	assert_int_equal(v->not_before, w.not_before);
	assert_int_equal(v->not_after, w.not_after);
	return true;
}

static int forget(void **state)
{
	(void)state;
	rv_snp_issuers_free(&kept);
	return 0;
}

static void verify(const struct rv_buf *report, const struct rv_snp_certs *c,
		   const struct rv_snp_options *o, struct rv_snp_report *r,
		   struct rv_snp_verdict *v)
{
	struct rv_err err = { 0 };

	if (!rv_snp_report_read(rv_buf_span(report), r, &err) ||
	    !both(r, c, o, v, &err))
		fail_msg("%s", err.msg);
}

static bool refused(const struct rv_snp_report *r,
		    const struct rv_snp_verdict *v, const char *rule)
{
	static const struct rv_snp_policy strict = { 0 };
	struct rv_snp_finding f[RV_SNP_FINDINGS];
	size_t n = rv_snp_policy_apply(&strict, r, v, f);

	for (size_t i = 0; i < n; i++)
		if (f[i].refused && (!rule || strcmp(f[i].rule, rule) == 0))
			return true;
	return false;
}

/* ---- real reports ---- */

static void real_reports(void **state)
{
	static const struct {
		const char *report, *leaf, *ask;
		bool vlek;
		enum rv_snp_product product;
		const char *refused; /* by the default policy; NULL: not */
		int64_t at;	     /* 0: AT */
	} row[] = {
		{ "milan-v2.bin", "milan-v2.vcek.der", "ask_milan.pem", false,
		  RV_SNP_MILAN, NULL, 0 },
		{ "milan-v2-debug.bin", "milan-v2-debug.vcek.der",
		  "ask_milan.pem", false, RV_SNP_MILAN, "debug", 0 },
		{ "genoa-v3.bin", "genoa-v3.vcek.der", "ask_genoa.pem", false,
		  RV_SNP_GENOA, NULL, 0 },
		{ "genoa-v5.bin", "genoa-v5.vcek.der", "ask_genoa.pem", false,
		  RV_SNP_GENOA, NULL, 0 },
		{ "milan-v3-vlek-vmpl1.bin", "milan-v3-vlek-vmpl1.vlek.der",
		  "gsg_ask_ark_milan_vlek.pem", true, RV_SNP_MILAN, "vmpl",
		  VLEK_AT },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct rv_snp_options o = { .at = row[i].at ? row[i].at : AT };
		struct rv_snp_report r;
		struct rv_snp_verdict v;
		char name[160];

		snprintf(name, sizeof name, "reports/%s", row[i].report);
		b = file(name);
		snprintf(name, sizeof name, "reports/%s", row[i].leaf);
		add(&c, name);
		snprintf(name, sizeof name, "certs/%s", row[i].ask);
		add(&c, name);
		verify(&b, &c, &o, &r, &v);
		if (row[i].vlek) {
			assert_int_equal(v.outcome, RV_SNP_VLEK_REFUSED);
			o.allow_vlek = true;
			verify(&b, &c, &o, &r, &v);
			assert_true(*v.csp);
		}
		if (v.outcome != RV_SNP_GENUINE)
			fail_msg("%s: %s: %s", row[i].report,
				 rv_snp_outcome_name(v.outcome), v.message);
		assert_int_equal(v.product, row[i].product);
		assert_int_equal(refused(&r, &v, NULL), row[i].refused != NULL);
		if (row[i].refused)
			assert_true(refused(&r, &v, row[i].refused));
		/* A day before and after the chain is valid. */
		o.at = v.not_after + 86400;
		verify(&b, &c, &o, &r, &v);
		assert_int_equal(v.outcome, RV_SNP_CERT_TIME);
		o.at = v.not_before - 1;
		verify(&b, &c, &o, &r, &v);
		assert_int_equal(v.outcome, RV_SNP_CERT_TIME);
	}
}

/* Another product's ASK, an ASK missing, a leaf missing. */
static void wrong_certificates(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file("reports/genoa-v5.bin");
	const struct rv_snp_options o = { .at = AT };
	struct rv_snp_report r;
	struct rv_snp_verdict v;

	(void)state;
	for (int how = 0; how < 4; how++) {
		RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
		static const enum rv_snp_outcome want[] = { RV_SNP_CERT_MISSING,
							    RV_SNP_CERT_MISSING,
							    RV_SNP_CHAIN,
							    RV_SNP_SIGNATURE };

		if (how != 0)
			add(&c, how == 3 ? "reports/genoa-v3.vcek.der"
					 : "reports/genoa-v5.vcek.der");
		if (how != 1)
			add(&c, how == 2 ? "certs/ask_milan.pem"
					 : "certs/ask_genoa.pem");
		verify(&b, &c, &o, &r, &v);
		if (v.outcome != want[how])
			fail_msg("%d: %s: %s", how,
				 rv_snp_outcome_name(v.outcome), v.message);
		assert_true(*v.message);
	}
}

/* What was parsed counts for the bytes that it was parsed of, and no other. */
static void parsed_before(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file("reports/genoa-v5.bin");
	const struct rv_snp_options o = { .at = AT };

	(void)state;
	for (int how = 0; how < 2; how++) {
		RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
		struct rv_snp_report r;
		struct rv_snp_verdict v;

		add(&c, "reports/genoa-v5.vcek.der");
		add(&c, "certs/ask_genoa.pem");
		assert_non_null(c.leaf_read);
		assert_non_null(c.ask_read);
		verify(&b, &c, &o, &r, &v);
		assert_int_equal(v.outcome, RV_SNP_GENUINE);
		/* A byte of the signature, which stands last. */
		if (how)
			c.ask.p[c.ask.n - 1] ^= 1;
		else
			c.leaf.p[c.leaf.n - 1] ^= 1;
		verify(&b, &c, &o, &r, &v);
		assert_int_equal(v.outcome, RV_SNP_CHAIN);
	}
}

/* No bit of the report may change: one of each byte, whichever it is. */
static void every_byte(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file("reports/genoa-v5.bin");
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	const struct rv_snp_options o = { .at = AT };
	size_t read = 0;

	(void)state;
	add(&c, "reports/genoa-v5.vcek.der");
	add(&c, "certs/ask_genoa.pem");
	/* What follows r and s is zero, signed by nobody, and told. */
	for (size_t i = 0; i < b.n; i++) {
		struct rv_snp_report r;
		struct rv_snp_verdict v;
		struct rv_err err = { 0 };

		b.p[i] ^= (uint8_t)(1u << i % 8);
		if (rv_snp_report_read(rv_buf_span(&b), &r, &err)) {
			assert_true(both(&r, &c, &o, &v, &err));
			if (i < 0x330)
				assert_int_not_equal(v.outcome, RV_SNP_GENUINE);
			else
				assert_int_equal(r.reserved_at, i);
			read++;
		} else {
			assert_int_equal(err.code, RV_INPUT);
		}
		b.p[i] ^= (uint8_t)(1u << i % 8);
	}
	assert_true(read > 1100);
	for (size_t n = 0; n < b.n; n++) {
		struct rv_snp_report r;
		struct rv_err err = { 0 };

		assert_false(rv_snp_report_read(rv_span(b.p, n), &r, &err));
	}
}

/* ---- made reports, validly signed ---- */

static void made(const rv_json *one, const struct rv_buf *root,
		 const char *want)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	const struct rv_snp_options o = { .at = AT, .root = rv_buf_span(root) };
	const char *id =
	    (const char *)rv_json_text(rv_json_get(one, "report")).p;
	struct rv_snp_report r;
	struct rv_snp_verdict v;
	struct rv_err err = { 0 };
	const char *got = "yes";
	char name[160];

	snprintf(name, sizeof name, "testpki/%s", id);
	b = file(name);
	snprintf(name, sizeof name, "testpki/%s",
		 (const char *)rv_json_text(rv_json_get(one, "vcek")).p);
	add(&c, name);
	add(&c, "testpki/ask.der");
	if (!rv_snp_report_read(rv_buf_span(&b), &r, &err)) {
		got = strstr(err.msg, "bit 17") ? "malformed" : "cannot tell";
	} else {
		assert_true(both(&r, &c, &o, &v, &err));
		switch (rv_snp_outcome_code(v.outcome)) {
		case RV_OK:
			got = refused(&r, &v, NULL) ? "policy"
			      : r.reserved_at	    ? "finding"
						    : "yes";
			break;
		case RV_NO:
			got = "no";
			break;
		default:
			got = "cannot tell";
		}
	}
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s, want %s (%s)", id, got, want,
			 *err.msg ? err.msg : v.message);
}

static void made_reports(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = file("testpki/cases.json");
	RV_AUTO(rv_buf_free) struct rv_buf root = file("testpki/ark.der");
	RV_AUTO(rv_json_free) rv_json *list = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_json_parse(rv_buf_span(&text), "cases", &list, &err));
	assert_int_equal(rv_json_size(list), 17);
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *one = rv_json_at(list, i);

		made(one, &root,
		     (const char *)rv_json_text(rv_json_get(one, "want")).p);
	}
}

/* The same good report under AMD's own root: it is not AMD's. */
static void made_root(void **state)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = file("testpki/good.bin");
	const struct rv_snp_options o = { .at = AT };
	struct rv_snp_report r;
	struct rv_snp_verdict v;

	(void)state;
	add(&c, "testpki/vcek.der");
	add(&c, "testpki/ask.der");
	verify(&b, &c, &o, &r, &v);
	assert_int_equal(v.outcome, RV_SNP_CHAIN);
	/* What is not genuine is refused by each policy. */
	assert_true(refused(&r, &v, "genuine"));
}

/* ---- policy ---- */

static void least_tcb(void **state)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = file("reports/genoa-v5.bin");
	const struct rv_snp_options o = { .at = AT };
	struct rv_snp_policy p = { .has_min_tcb = true };
	struct rv_snp_finding f[RV_SNP_FINDINGS];
	struct rv_snp_report r;
	struct rv_snp_verdict v;
	uint8_t *const part[] = { &p.min_tcb.bl, &p.min_tcb.tee, &p.min_tcb.snp,
				  &p.min_tcb.ucode };

	(void)state;
	add(&c, "reports/genoa-v5.vcek.der");
	add(&c, "certs/ask_genoa.pem");
	verify(&b, &c, &o, &r, &v);
	for (size_t i = 0; i <= RV_LEN(part); i++) {
		size_t n, hit = 0;

		p.min_tcb = v.tcb;
		if (i < RV_LEN(part))
			++*part[i];
		n = rv_snp_policy_apply(&p, &r, &v, f);
		for (size_t k = 0; k < n; k++)
			hit +=
			    strcmp(f[k].rule, "min_tcb") == 0 && f[k].refused;
		assert_int_equal(hit, i < RV_LEN(part));
	}
}

/* ---- certificates ---- */

static void put32(uint8_t *p, size_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* The kernel's table, whole; then with each rule broken. */
static void kernel_table(void **state)
{
	static const char guid[2][33] = { "4ab7b379bbac4fe4a02f05aef327c782",
					  "63da758de6644564adc5f4b93be8accd" };
	RV_AUTO(rv_buf_free) struct rv_buf ask = file("testpki/ask.der");
	RV_AUTO(rv_buf_free) struct rv_buf leaf = file("testpki/vcek.der");
	const struct rv_buf *const part[] = { &ask, &leaf };

	(void)state;
	for (int how = 0; how < 7; how++) {
		RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
		size_t at = 3 * 24, n = at + ask.n + leaf.n;
		uint8_t *table = calloc(1, n);
		struct rv_err err = { 0 };

		for (size_t i = 0; i < 2; i++) {
			assert_true(rv_unhex(rv_text(guid[how == 1 ? 0 : i]),
					     table + 24 * i, 16));
			put32(table + 24 * i + 16, at);
			put32(table + 24 * i + 20, part[i]->n);
			memcpy(table + at, part[i]->p, part[i]->n);
			at += part[i]->n;
		}
		if (how == 2)
			put32(table + 20, 0); /* empty */
		if (how == 3)
			put32(table + 16, 24); /* in the entries */
		if (how == 4)
			put32(table + 24 + 20, leaf.n + 1); /* too long */
		if (how == 5)
			memset(table + 48, 1, 24); /* no end */
		assert_int_equal(
		    rv_snp_certs_add(&c, rv_span(table, how == 6 ? 60 : n),
				     &err),
		    how == 0);
		if (how == 0) {
			assert_int_equal(c.ask.n, ask.n);
			assert_memory_equal(c.leaf.p, leaf.p, leaf.n);
		}
		free(table);
	}
}

/* Two that differ for one place are refused; the same twice is one. */
static void certificate_twice(void **state)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	RV_AUTO(rv_buf_free)
	struct rv_buf b = file("reports/genoa-v5.vcek.der");
	struct rv_err err = { 0 };

	(void)state;
	add(&c, "reports/genoa-v3.vcek.der");
	add(&c, "reports/genoa-v3.vcek.der");
	assert_false(rv_snp_certs_add(&c, rv_buf_span(&b), &err));
	assert_int_equal(err.code, RV_INPUT);
}

/* ---- launch digests ---- */

static void hex48(const rv_json *j, const char *key, struct rv_sha384 *out)
{
	struct rv_err err = { 0 };

	assert_true(rv_json_need_hex(j, key, out->b, 48, &err));
}

static void launch_vectors(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = file("vectors.json");
	RV_AUTO(rv_buf_free)
	struct rv_buf fw = file("ovmf_AmdSev_suffix.bin");
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err = { 0 };
	const rv_json *list;
	size_t n = 0;

	(void)state;
	assert_true(rv_json_parse(rv_buf_span(&text), "vectors", &j, &err));
	list = rv_json_get(j, "snp_launch");
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *v = rv_json_at(list, i);
		struct rv_span ovmf = rv_json_text(rv_json_get(v, "ovmf"));
		struct rv_span type = rv_json_text(rv_json_get(v, "vcpu_type"));
		struct rv_snp_image image;
		struct rv_snp_machine m = {
			.vcpus = (uint32_t)rv_json_int(rv_json_get(v, "vcpus")),
			.cpu = rv_snp_cpu((const char *)type.p),
			.features = (uint64_t)rv_json_int(
			    rv_json_get(v, "guest_features")),
		};
		struct rv_sha384 want, got;

		if (!strstr((const char *)ovmf.p, "AmdSev"))
			continue;
		if (!rv_snp_firmware(rv_buf_span(&fw), &image, &err))
			fail_msg("%s", err.msg);
		hex48(v, "ovmf_hash", &want);
		assert_memory_equal(image.firmware.b, want.b, 48);
		if (!rv_json_is_null(rv_json_get(v, "kernel_hash")))
			assert_true(rv_snp_hashes(&image, rv_span("", 0),
						  rv_span("", 0),
						  (const char *)rv_json_text(
						      rv_json_get(v, "cmdline"))
						      .p,
						  &err));
		if (!rv_snp_launch(&image, &m, &got, &err))
			fail_msg("%s", err.msg);
		hex48(v, "launch_digest", &want);
		assert_memory_equal(got.b, want.b, 48);
		n++;
	}
	assert_int_equal(n, 8);
}

/* A real dstack machine, from the document of its image; then backwards. */
static void dstack_document(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = file("vectors.json");
	RV_AUTO(rv_buf_free) struct rv_buf doc = file("measurement.snp.cbor");
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_snp_machine m = { .vcpus = 2,
				    .cpu = rv_snp_cpu("EPYC-v4"),
				    .features = 1 },
			      found[8];
	struct rv_snp_image image, other;
	struct rv_err err = { 0 };
	struct rv_sha384 want, got;
	struct rv_span cmdline;
	size_t n;

	(void)state;
	assert_true(rv_json_parse(rv_buf_span(&text), "vectors", &j, &err));
	hex48(rv_json_get(j, "snp_dstack"), "launch_digest", &want);
	if (!rv_snp_document(rv_buf_span(&doc), &image, &cmdline, &err))
		fail_msg("%s", err.msg);
	assert_true(rv_snp_launch(&image, &m, &got, &err));
	assert_memory_equal(got.b, want.b, 48);
	assert_true(rv_snp_solve(&image, &want, 512, found, 8, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(found[0].vcpus, 2);
	assert_int_equal(found[0].cpu, m.cpu);
	assert_int_equal(found[0].features, 1);
	/* Whatever is changed, the digest is another. */
	m.vcpus = 3;
	assert_true(rv_snp_launch(&image, &m, &got, &err));
	assert_memory_not_equal(got.b, want.b, 48);
	m.vcpus = 2;
	m.features = 0x21;
	assert_true(rv_snp_launch(&image, &m, &got, &err));
	assert_memory_not_equal(got.b, want.b, 48);
	m.features = 1;
	for (size_t i = 0; i < 5; i++) {
		other = image;
		(i == 0	  ? other.firmware.b
		 : i == 1 ? other.kernel.b
		 : i == 2 ? other.initrd.b
		 : i == 3 ? other.cmdline.b
			  : (uint8_t *)&other.reset_eip)[0] ^= 1;
		assert_true(rv_snp_launch(&other, &m, &got, &err));
		assert_memory_not_equal(got.b, want.b, 48);
	}
	m.vcpus = 0;
	assert_false(rv_snp_launch(&image, &m, &got, &err));
	m.vcpus = RV_SNP_VCPUS + 1;
	assert_false(rv_snp_launch(&image, &m, &got, &err));
}

/* A document cut short or changed anywhere is another one, or none. */
static void damaged_document(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf doc = file("measurement.snp.cbor");
	const struct rv_snp_machine m = { .vcpus = 2,
					  .cpu = rv_snp_cpu("EPYC-v4"),
					  .features = 1 };
	struct rv_snp_image image;
	struct rv_err err = { 0 };
	struct rv_span line;
	struct rv_sha384 good, got;

	(void)state;
	assert_true(rv_snp_document(rv_buf_span(&doc), &image, &line, &err));
	assert_true(rv_snp_launch(&image, &m, &good, &err));
	for (size_t n = 0; n < doc.n; n++)
		assert_false(
		    rv_snp_document(rv_span(doc.p, n), &image, &line, &err));
	for (size_t i = 0; i < doc.n; i++) {
		doc.p[i] ^= 1;
		if (rv_snp_document(rv_buf_span(&doc), &image, &line, &err) &&
		    rv_snp_launch(&image, &m, &got, &err))
			assert_memory_not_equal(got.b, good.b, 48);
		doc.p[i] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_reports),
		cmocka_unit_test(wrong_certificates),
		cmocka_unit_test(parsed_before),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(made_reports),
		cmocka_unit_test(made_root),
		cmocka_unit_test(least_tcb),
		cmocka_unit_test(kernel_table),
		cmocka_unit_test(certificate_twice),
		cmocka_unit_test(launch_vectors),
		cmocka_unit_test(dstack_document),
		cmocka_unit_test(damaged_document),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
