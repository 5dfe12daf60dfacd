/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_edges.c - rows of a verdict that the captured machine does not have:
 * what is said of a quote in a few words, how long reference values hold, what
 * to do about it. Runs in the top folder of the source tree.
 */
#include "machine.h"

#include "cbor.h"
#include "verify/verify.h"

/* ---- a quote in a few words ---- */

static void headlines(void **state)
{
	static const struct {
		bool checked, verified, test_pki, intel;
		enum rv_quote_code code;
		const char *says;
	} row[] = {
		{ false, true, false, true, RV_QUOTE_OK,
		  "unverified: only decoded, as asked" },
		{ true, true, false, true, RV_QUOTE_OK,
		  "genuine Intel hardware" },
		{ true, true, false, false, RV_QUOTE_OK,
		  "genuine under the given root, which is not Intel's" },
		{ true, true, true, false, RV_QUOTE_OK,
		  "signed by test certificates, not by Intel" },
		{ true, true, true, true, RV_QUOTE_OK,
		  "signed by test certificates, not by Intel" },
		{ true, false, false, true, RV_QUOTE_TCB_NOT_SUPPORTED,
		  "signed by Intel, but the platform is below every TCB"
		  " level" },
		{ true, false, false, false, RV_QUOTE_TCB_NOT_SUPPORTED,
		  "signed under the given root, but below every TCB level" },
		{ true, false, false, true, RV_QUOTE_TCB_REVOKED,
		  "signed by Intel, but the TCB is revoked" },
		{ true, false, false, false, RV_QUOTE_TCB_REVOKED,
		  "signed under the given root, but the TCB is revoked" },
		{ true, false, false, true, RV_QUOTE_SIGNATURE, "not genuine" },
		{ true, false, true, false, RV_QUOTE_SIGNATURE, "not genuine" },
		{ true, false, false, true, RV_QUOTE_COLLATERAL_MISSING,
		  "unverified: cannot tell" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct rv_proof p = { .checked = row[i].checked };

		p.verdict.verified = row[i].verified;
		p.verdict.test_pki = row[i].test_pki;
		p.verdict.intel_root = row[i].intel;
		p.verdict.code = row[i].code;
		assert_string_equal(rv_proof_headline(&p), row[i].says);
	}
}

/* ---- words for a shell ---- */

static void shell_words(void **state)
{
	static const char *const row[][2] = {
		{ "evidence.json", "evidence.json" },
		{ "/a/b_c-1.2:@%+,=", "/a/b_c-1.2:@%+,=" },
		{ "a b", "'a b'" },
		{ "", "''" },
		{ "$(x)", "'$(x)'" },
		{ "it's", "'it'\\''s'" },
		{ "-", "-" },
		{ "-o", "./-o" },
		{ "-o x", "./'-o x'" },
		{ "a;b", "'a;b'" },
		{ "a\nb", "'a\nb'" },
	};
	char out[64], name[128];

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		rv_shell_word(row[i][0], out, sizeof out);
		assert_string_equal(out, row[i][1]);
	}
	/* What does not fit is no word at all, never half of one. */
	for (size_t n = 1; n < sizeof name; n++) {
		for (int quoted = 0; quoted < 2; quoted++) {
			memset(name, 'a', n);
			name[n] = '\0';
			if (quoted)
				name[n - 1] = '\'';
			rv_shell_word(name, out, sizeof out);
			if (!*out)
				continue;
			assert_int_equal(strlen(out), quoted ? n + 5 : n);
		}
		assert_true(n < 50 ? *out != '\0' : n < 64 || !*out);
	}
}

/* ---- how long values hold ---- */

#define PUBLISHED "tests/vectors/formats/corim.cbor"

/* The row reference_validity at @at, or -1; what it says into @said. */
static int validity(struct machine *m, const struct rv_buf *doc, int64_t at,
		    struct said *said)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_verifier_options o = { .records = &records };
	struct rv_span s = rv_buf_span(doc);
	struct rv_err err = { 0 };

	m->in.values = &s;
	m->in.proof.at = at;
	said->n = 0;
	said->text[0] = '\0';
	if (!rv_verifier_new(&o, &v, &err) || !rv_verify(v, &m->in, &out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < out.report.n; i++)
		if (strcmp(out.report.check[i].name, "reference_validity") ==
		    0) {
			say(said, "%s", out.report.check[i].reason);
			return (int)out.report.check[i].verdict;
		}
	return -1;
}

enum { FROM = 1790000000, TO = 1800000000 };

/* The CoRIM with a validity, member 4 of its map: { 0: FROM, 1: TO }. */
static void add_validity(const struct rv_buf *corim, struct rv_grow *to)
{
	static const uint8_t head[] = { 0xd9, 0x01, 0xf5, 0xa2 };

	assert_true(corim->n > sizeof head &&
		    memcmp(corim->p, head, sizeof head) == 0);
	rv_grow_add(to, corim->p, corim->n);
	to->buf.p[3] = 0xa3;
	rv_cbor_put_uint(to, 4);
	rv_cbor_put_map(to, 2);
	rv_cbor_put_uint(to, 0);
	rv_cbor_put_tag(to, 1);
	rv_cbor_put_uint(to, FROM);
	rv_cbor_put_uint(to, 1);
	rv_cbor_put_tag(to, 1);
	rv_cbor_put_uint(to, TO);
	assert_false(to->failed);
}

static void window_of_values(void **state)
{
	RV_AUTO(rv_free) struct rv_values *values = calloc(1, sizeof *values);
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_signature sig = { 0 };
	struct rv_err err = { 0 };
	static struct said said;

	(void)state;
	machine_load(&m);
	m.in.release = NULL;
	m.in.prove = false;
	assert_true(rv_buf_read(PUBLISHED, 1 << 20, &doc, &err));
	assert_true(rv_publish_read(rv_buf_span(&doc), rv_span(NULL, 0), values,
				    &sig, &err));
	assert_true(
	    rv_publish(RV_FORMAT_CORIM, values, rv_span(NULL, 0), &p, &err));
	/* Without a window there is nothing to say of one. */
	assert_int_equal(validity(&m, &p.document, FROM, &said), -1);
	add_validity(&p.document, &g);
	assert_int_equal(validity(&m, &g.buf, FROM, &said), RV_YES);
	assert_string_equal(said.text, "the reference values hold until"
				       " 2027-01-15T08:00:00Z");
	assert_int_equal(validity(&m, &g.buf, TO, &said), RV_YES);
	assert_int_equal(validity(&m, &g.buf, FROM - 1, &said), RV_CANNOT_TELL);
	assert_string_equal(said.text, "the reference values do not hold before"
				       " 2026-09-21T14:13:20Z");
	assert_int_equal(validity(&m, &g.buf, TO + 1, &said), RV_CANNOT_TELL);
	assert_string_equal(said.text, "the reference values no longer hold:"
				       " they ended at 2027-01-15T08:00:00Z");
}

/* ---- facts that decide nothing ---- */

/* What is said of @facts, each given and true of the machine. */
static void idle_facts(const struct machine *m, const char *const *fact,
		       size_t facts, struct said *said)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_verifier_options o = { .records = &records };
	struct rv_verify_input in = m->in;
	struct rv_err err = { 0 };

	in.fact = fact;
	in.facts = facts;
	said->n = 0;
	said->text[0] = '\0';
	if (!rv_verifier_new(&o, &v, &err) || !rv_verify(v, &in, &out, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(rv_report_code(&out.report), RV_OK);
	for (size_t i = 0; i < out.report.n; i++)
		if (strcmp(out.report.check[i].name, "machine_facts") == 0) {
			assert_int_equal(out.report.check[i].verdict,
					 RV_UNCHECKED);
			say(said, "%s", out.report.check[i].actual);
		}
}

/*
 * Of QEMU 8.2.2 without GPUs, under firmware that measures no SMBIOS tables,
 * whose record says which firmware it is.
 */
static void idle_and_deciding_facts(void **state)
{
	static const char *const deciding[] = {
		"cpus",	     "memory",	   "qemu",	  "page-add",
		"gpus",	     "nvswitches", "nics",	  "volumes",
		"hugepages", "pci-hole64", "hotplug-off", "swtpm",
	};
	static const char *const idle[] = { "gpu-model",      "gpu-bar",
					    "nvswitch-bar",   "ovmf",
					    "cpu-id",	      "smbios-product",
					    "smbios-firmware" };
	static const char *const both[] = { "cpus", "cpu-id", "memory", "ovmf",
					    "no-such" };
	RV_AUTO(machine_free) struct machine m;
	struct rv_acpi_digests acpi;
	struct rv_err err = { 0 };
	static struct said said;

	(void)state;
	machine_load(&m);
	m.shape.page_add = RV_PAGE_ADD_TWO;
	m.shape.ovmf = RV_OVMF_PRE202505;
	m.shape.given |= RV_GIVEN_PAGE_ADD | RV_GIVEN_OVMF | RV_GIVEN_GPUS |
			 RV_GIVEN_NVSWITCHES | RV_GIVEN_NICS |
			 RV_GIVEN_VOLUMES | RV_GIVEN_HUGEPAGES |
			 RV_GIVEN_PCI_HOLE64 | RV_GIVEN_HOTPLUG_OFF |
			 RV_GIVEN_SWTPM;
	for (size_t i = 0; i < RV_LEN(deciding); i++) {
		idle_facts(&m, &deciding[i], 1, &said);
		if (*said.text)
			fail_msg("%s", deciding[i]);
	}
	for (size_t i = 0; i < RV_LEN(idle); i++) {
		idle_facts(&m, &idle[i], 1, &said);
		assert_string_equal(said.text, idle[i]);
	}
	idle_facts(&m, both, RV_LEN(both), &said);
	assert_string_equal(said.text, "cpu-id, ovmf");
	/* The blobs' digests are in place of CPUs, the record's RTMR0 of them.
	 */
	assert_true(rv_acpi_digests(&m.shape, &acpi, NULL, &err));
	m.in.acpi = &acpi;
	idle_facts(&m, deciding, 1, &said);
	assert_string_equal(said.text, "acpi, cpus");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headlines),
		cmocka_unit_test(shell_words),
		cmocka_unit_test(window_of_values),
		cmocka_unit_test(idle_and_deciding_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
