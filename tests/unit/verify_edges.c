/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_edges.c - rows of a verdict that the captured machine does not have:
 * what is said of a quote in a few words, how long reference values hold, what
 * to do about it. Runs in the top folder of the source tree.
 */
#include "machine.h"

#include "cbor.h"
#include "digest.h"
#include "verify/verify.h"

/* ---- a quote in a few words ---- */

static void headlines(void **state)
{
	static const struct {
		bool checked, verified, test_pki, intel;
		enum rv_quote_code code;
		enum rv_verdict verdict; /* of quote_signature */
		const char *says;
	} row[] = {
		{ false, true, false, true, RV_QUOTE_OK, RV_UNCHECKED,
		  "unverified: only decoded, as asked" },
		{ true, true, false, true, RV_QUOTE_OK, RV_YES,
		  "genuine Intel hardware" },
		{ true, true, false, false, RV_QUOTE_OK, RV_YES,
		  "genuine under the given root, which is not Intel's" },
		{ true, true, true, false, RV_QUOTE_OK, RV_CANNOT_TELL,
		  "signed by test certificates, not by Intel" },
		{ true, true, true, true, RV_QUOTE_OK, RV_CANNOT_TELL,
		  "signed by test certificates, not by Intel" },
		{ true, false, false, true, RV_QUOTE_TCB_NOT_SUPPORTED,
		  RV_DIFFERS,
		  "signed by Intel, but the platform is below every TCB"
		  " level" },
		{ true, false, false, false, RV_QUOTE_TCB_NOT_SUPPORTED,
		  RV_DIFFERS,
		  "signed under the given root, but below every TCB level" },
		{ true, false, false, true, RV_QUOTE_TCB_REVOKED, RV_DIFFERS,
		  "signed by Intel, but the TCB is revoked" },
		{ true, false, false, false, RV_QUOTE_TCB_REVOKED, RV_DIFFERS,
		  "signed under the given root, but the TCB is revoked" },
		{ true, false, false, true, RV_QUOTE_SIGNATURE, RV_DIFFERS,
		  "not genuine" },
		{ true, false, true, false, RV_QUOTE_SIGNATURE, RV_DIFFERS,
		  "not genuine" },
		{ true, false, false, true, RV_QUOTE_COLLATERAL_MISSING,
		  RV_CANNOT_TELL, "unverified: cannot tell" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_report_free) struct rv_report r = { 0 };
		struct rv_proof p = { .checked = row[i].checked };

		p.verdict.verified = row[i].verified;
		p.verdict.test_pki = row[i].test_pki;
		p.verdict.intel_root = row[i].intel;
		p.verdict.code = row[i].code;
		assert_string_equal(rv_proof_headline(&p), row[i].says);
		rv_proof_report(&p, &r);
		if (!p.checked)
			assert_int_equal(r.n, 0);
		else
			assert_int_equal(
			    check_of(&r, "quote_signature")->verdict,
			    row[i].verdict);
	}
}

/* ---- for how long a verdict stands ---- */

static const struct {
	bool gcp, snp, nitro, quote; /* checked; has a window */
	bool other;		     /* outcome: not genuine */
	int64_t of_gcp[2], of_quote[2];
	int64_t want[2]; /* { 0, 0 }: none */
} windows[] = {
	{ .quote = true, .of_quote = { 40, 60 }, .want = { 40, 60 } },
	{ .of_quote = { 40, 60 } },
	{ .gcp = true, .of_gcp = { 30, 70 }, .of_quote = { 40, 60 } },
	{ .gcp = true,
	  .quote = true,
	  .of_gcp = { 30, 70 },
	  .of_quote = { 40, 60 },
	  .want = { 40, 60 } },
	{ .gcp = true,
	  .quote = true,
	  .of_gcp = { 45, 55 },
	  .of_quote = { 40, 60 },
	  .want = { 45, 55 } },
	{ .gcp = true,
	  .quote = true,
	  .of_gcp = { 30, 55 },
	  .of_quote = { 40, 60 },
	  .want = { 40, 55 } },
	{ .gcp = true,
	  .quote = true,
	  .of_gcp = { 45, 70 },
	  .of_quote = { 40, 60 },
	  .want = { 45, 60 } },
	{ .gcp = true,
	  .quote = true,
	  .other = true,
	  .of_gcp = { 45, 55 },
	  .of_quote = { 40, 60 },
	  .want = { 40, 60 } },
	{ .quote = true,
	  .of_gcp = { 45, 55 },
	  .of_quote = { 40, 60 },
	  .want = { 40, 60 } },
	{ .snp = true, .want = { 100, 200 } },
	{ .snp = true, .other = true },
	{ .nitro = true, .want = { 300, 400 } },
	{ .nitro = true, .other = true },
	{ .snp = false },
};

/* The window of what was checked and is genuine; of a cloud's TD, of both. */
static void window_of_a_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(windows); i++) {
		static struct rv_verified v;
		int64_t from = 0, until = 0;

		v.gcp.checked = windows[i].gcp;
		v.snp.checked = windows[i].snp;
		v.nitro.checked = windows[i].nitro;
		v.gcp.verdict.outcome =
		    windows[i].other ? RV_GCP_SIGNATURE : RV_GCP_GENUINE;
		v.snp.verdict.outcome =
		    windows[i].other ? RV_SNP_SIGNATURE : RV_SNP_GENUINE;
		v.nitro.verdict.outcome =
		    windows[i].other ? RV_NITRO_SIGNATURE : RV_NITRO_GENUINE;
		v.gcp.verdict.not_before = windows[i].of_gcp[0];
		v.gcp.verdict.not_after = windows[i].of_gcp[1];
		v.snp.verdict.not_before = 100;
		v.snp.verdict.not_after = 200;
		v.nitro.verdict.not_before = 300;
		v.nitro.verdict.not_after = 400;
		v.proof.verdict.has_window = windows[i].quote;
		v.proof.verdict.not_before = windows[i].of_quote[0];
		v.proof.verdict.not_after = windows[i].of_quote[1];
		assert_int_equal(rv_verified_window(&v, &from, &until),
				 windows[i].want[1] != 0);
		if (windows[i].want[1] &&
		    (from != windows[i].want[0] || until != windows[i].want[1]))
			fail_msg("row %zu: %d to %d", i, (int)from, (int)until);
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

/* ---- which machine it is ---- */

/* Records r1 to rN: that of the machine, with @was in each put in order. */
struct made_records {
	size_t n;
	const char *was, *now; /* of the same length; NULL: as it is */
};

static bool made_names(void *arg, struct rv_names *out, struct rv_err *err)
{
	const struct made_records *r = arg;
	char name[16];

	for (size_t i = 1; i <= r->n; i++) {
		snprintf(name, sizeof name, "r%zu.json", i);
		if (!rv_names_add(out, name, err)) {
			rv_names_free(out);
			return false;
		}
	}
	return true;
}

static void replace(struct rv_grow *to, const char *text, const char *was,
		    const char *now)
{
	const char *at = strstr(text, was);

	assert_non_null(at);
	rv_grow_add(to, text, (size_t)(at - text));
	rv_grow_printf(to, "%s%s", now, at + strlen(was));
}

static bool made_record(void *arg, const char *name, size_t max,
			struct rv_buf *out, struct rv_err *err)
{
	const struct made_records *r = arg;
	RV_AUTO(rv_grow_free) struct rv_grow named = { 0 }, g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char short_name[16];

	assert_true(
	    rv_buf_read("images/releases/dstack-dev-0.5.8.json", max, &b, err));
	snprintf(short_name, sizeof short_name, "\"%.*s\"",
		 (int)(strlen(name) - 5), name);
	replace(&named, (const char *)b.p, "\"dstack-dev-0.5.8\"", short_name);
	rv_grow_u8(&named, 0);
	if (!r->was)
		return rv_buf_copy(rv_span(named.buf.p, named.buf.n - 1), out,
				   err);
	replace(&g, (const char *)named.buf.p, r->was, r->now);
	return rv_grow_take(&g, out, err);
}

/* The machine, as it is identified by these records. */
static void identify(struct machine *m, struct made_records *r,
		     struct rv_verified *out)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	const struct rv_folder folder = { .name = "made",
					  .arg = r,
					  .list = made_names,
					  .read = made_record };
	struct rv_verifier_options o = { .records = &folder };
	struct rv_err err = { 0 };

	m->in.release = NULL;
	m->in.compose = NULL;
	m->in.shape = NULL;
	m->in.prove = false;
	m->in.identify = true;
	if (!rv_verifier_new(&o, &v, &err) || !rv_verify(v, &m->in, out, &err))
		fail_msg("%s", err.msg);
	assert_int_not_equal(rv_report_code(&out->report), RV_OK);
}

static void release_row(struct machine *m, struct made_records *r,
			const char *actual, const char *reason)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	const struct rv_check *c;

	identify(m, r, &out);
	c = check_of(&out.report, "release");
	assert_int_equal(c->verdict, RV_UNCHECKED);
	assert_string_equal(or_none(c->actual), actual);
	if (!strstr(c->reason, reason))
		fail_msg("%s", c->reason);
}

#define RTMR1 "b598fde9491427341bc4683b75d10d3e36770af3a36a6954d8b6b7b22aa66358"
#define RTMR2 "c812d42bfff1c75382e91a37c867ab117b97eb5e8d6797488928ea38e5fd38b5"
#define MRTD  "f06dfda6dce1cf904d4e2bab1dc370634cf95cefa2ceb2de2eee127c9382698"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000001"

static void which_release(void **state)
{
	static const char *const actual[] = {
		"-",
		"r1",
		"r1 or r2",
		"r1 or r2 or r3",
		"r1 or r2 or r3 and 1 more",
		"r1 or r2 or r3 and 2 more",
	};
	RV_AUTO(machine_free) struct machine m;
	struct made_records r = { 0 };

	(void)state;
	machine_load(&m);
	release_row(&m, &r, "-", "not among the 0 records");
	for (r.n = 1; r.n < RV_LEN(actual); r.n++)
		release_row(&m, &r, actual[r.n],
			    "are those of this record, and nothing recorded"
			    " differs");
	r = (struct made_records){ 1, RTMR1, OTHER };
	release_row(&m, &r, "-",
		    "not among the 1 records: its RTMR2 (command line,"
		    " initramfs) is that of r1, but rtmr1 is not");
	r = (struct made_records){ 2, MRTD, OTHER + 1 };
	release_row(&m, &r, "-",
		    "not among the 2 records: its RTMR2 (command line,"
		    " initramfs) is that of r2, but mrtd is not");
	r = (struct made_records){ 3, RTMR2, OTHER };
	release_row(&m, &r, "-", "not among the 3 records");
	/* Nothing that a record could be compared with. */
	rv_buf_free(&m.evidence.quote);
	m.evidence.claimed.n = 0;
	r = (struct made_records){ .n = 1 };
	release_row(&m, &r, "-",
		    "not looked for: the evidence says no registers");
}

/* Only of one release it is said what RTMR0 it gives. */
static void rtmr0_of_the_release(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	struct made_records r = { .n = 1 };

	(void)state;
	machine_load(&m);
	for (; r.n <= 2; r.n++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		size_t rows = 0;

		identify(&m, &r, &out);
		for (size_t i = 0; i < out.report.n; i++)
			rows += strcmp(out.report.check[i].name,
				       "shape_of_rtmr0") == 0;
		assert_int_equal(rows, r.n == 1);
		if (r.n == 1)
			assert_string_equal(
			    check_of(&out.report, "shape_of_rtmr0")->reason,
			    "RTMR0 of the quote is what r1 gives on a machine"
			    " of this shape");
	}
}

/* What the host says of the machine, and cannot be read, is no shape. */
static void unreadable_vm_config(void **state)
{
	static const char *const text[] = { "{\"cpu_count\":-1}", "[]",
					    "{\"memory_size\":\"much\"}" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(text); i++) {
		RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		struct rv_verifier_options o = { .records = &records };
		RV_AUTO(machine_free) struct machine m;
		struct rv_err err = { 0 };

		machine_load(&m);
		rv_buf_free(&m.evidence.vm_config);
		assert_true(rv_buf_copy(rv_text(text[i]), &m.evidence.vm_config,
					&err) &&
			    rv_verifier_new(&o, &v, &err));
		assert_false(rv_verify(v, &m.in, &out, &err));
		assert_int_equal(err.code, RV_INPUT);
		if (!strstr(err.msg, "vm_config in the evidence: "))
			fail_msg("%s", err.msg);
	}
}

/* ---- the GPU policy that mr_config_id binds ---- */

enum { CONFIG_ID = 48 + 184 }; /* in the quote */

/* The row of a machine whose mr_config says @hash; *@want: what was expected.
 */
static void policy_at_launch(const char *hash, bool compose, bool bound,
			     enum rv_verdict verdict, const char *reason,
			     char want[65])
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_verifier_options o = { .records = &records };
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };
	const struct rv_check *c = NULL;
	struct rv_sha384 id;
	char doc[200], config[300];

	machine_load(&m);
	m.in.prove = false;
	if (!compose)
		m.in.compose = NULL;
	snprintf(doc, sizeof doc, "{\"gpu_policy_hash\":\"%s\"}", hash);
	snprintf(config, sizeof config,
		 "{\"mr_config\":\"{\\\"gpu_policy_hash\\\":\\\"%s\\\"}\"}",
		 hash);
	rv_buf_free(&m.evidence.vm_config);
	assert_true(rv_buf_copy(rv_text(config), &m.evidence.vm_config, &err) &&
		    rv_mr_config_id_v3(rv_text(doc), &id, &err) &&
		    rv_verifier_new(&o, &v, &err));
	memcpy(m.evidence.quote.p + CONFIG_ID, id.b, 48);
	m.evidence.quote.p[CONFIG_ID + 20] ^= bound ? 0 : 1;
	if (!rv_verify(v, &m.in, &out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < out.report.n; i++)
		if (strcmp(out.report.check[i].name, "gpu_policy_launch") == 0)
			c = &out.report.check[i];
	assert_int_equal(c != NULL, bound);
	if (!bound)
		return;
	assert_int_equal(c->verdict, verdict);
	if (!strstr(c->reason, reason))
		fail_msg("%s", c->reason);
	if (c->expected)
		snprintf(want, 65, "%s", c->expected);
}

static void gpu_policy_at_launch(void **state)
{
	char want[65] = "", other[65] = "";

	(void)state;
	policy_at_launch(OTHER, false, true, RV_UNCHECKED,
			 "no app-compose.json was given", want);
	assert_string_equal(want, "");
	policy_at_launch(OTHER "00", true, true, RV_CANNOT_TELL,
			 "mr_config: ", want);
	policy_at_launch(OTHER, true, true, RV_DIFFERS,
			 "mr_config_id binds another GPU policy", want);
	assert_int_equal(strlen(want), 64);
	/* It rests on the quote's signature, which nobody looked at here. */
	policy_at_launch(want, true, true, RV_UNCHECKED,
			 "mr_config_id binds this GPU policy", other);
	assert_string_equal(other, want);
	other[63] = other[63] == '0' ? '1' : '0';
	policy_at_launch(other, true, true, RV_DIFFERS, "another GPU policy",
			 want);
	/* What mr_config_id does not bind says nothing. */
	policy_at_launch(want, true, false, RV_UNCHECKED, "", other);
}

/* ---- what report_data looks like ---- */

enum { REPORT_DATA = 48 + 520 }; /* in the quote */

static void looks_like(struct machine *m, struct rv_span rd, const char *what)
{
	struct made_records r = { .n = 1 };
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	const struct rv_check *c;

	memset(m->evidence.quote.p + REPORT_DATA, 0, 64);
	memcpy(m->evidence.quote.p + REPORT_DATA, rd.p, rd.n);
	m->evidence.has_report_data = false;
	identify(m, &r, &out);
	c = check_of(&out.report, "report_data");
	assert_int_equal(c->verdict, RV_UNCHECKED);
	assert_string_equal(c->reason, what);
}

static void forms_of_report_data(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };
	struct rv_sha256 md;
	uint8_t rd[64] = { 0 };

	(void)state;
	machine_load(&m);
	looks_like(&m, rv_span(rd, 64),
		   "looks like all zero: bound to"
		   " nothing");
	looks_like(&m, rv_text("a nonce"), "looks like text: a nonce");
	memset(rd, 0xa1, sizeof rd);
	looks_like(&m, rv_span(rd, 20),
		   "looks like 20 bytes and zeros: an address, or a short"
		   " value");
	looks_like(&m, rv_span(rd, 21),
		   "looks like 32 bytes and zeros: a SHA-256 of something, or"
		   " a nonce");
	looks_like(&m, rv_span(rd, 32),
		   "looks like 32 bytes and zeros: a SHA-256 of something, or"
		   " a nonce");
	looks_like(&m, rv_span(rd, 33),
		   "looks like 48 bytes and zeros: a SHA-384 of something");
	looks_like(&m, rv_span(rd, 48),
		   "looks like 48 bytes and zeros: a SHA-384 of something");
	looks_like(&m, rv_span(rd, 49),
		   "looks like 64 bytes: a SHA-512 of something, or two values"
		   " of 32 bytes");
	memset(rd + 20, 0, 12);
	looks_like(&m, rv_span(rd, 64),
		   "looks like an address"
		   " (0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1) and a nonce"
		   " of 32 bytes");
	assert_true(rv_buf_copy(rv_text("{}"), &m.evidence.vm_config, &err) &&
		    rv_sha256(rv_text("{}"), &md, &err));
	looks_like(&m, rv_span(md.b, 32),
		   "looks like the sha256 of the vm_config in the evidence");
	memcpy(rd, md.b, 32);
	rd[63] = 1; /* something behind it */
	memset(rd + 32, 0, 31);
	looks_like(&m, rv_span(rd, 64),
		   "looks like 64 bytes: a SHA-512 of something, or two values"
		   " of 32 bytes");
}

/* ---- why an app-compose.json has another hash ---- */

/* The manifest with @was, which is in it, replaced by @now. */
static const struct {
	const char *was, *now, *says;
} edits[] = {
	{ "\"secure_time\": false\n}", "\"secure_time\": false\n}\n",
	  "the same with a line feed at the end: jq -r adds one, jq -j"
	  " does not" },
	{ "{\n    \"manifest", "\xef\xbb\xbf{\n    \"manifest",
	  "the same content, but the machine's is with no byte order"
	  " mark in front" },
	{ "    \"kms_enabled\": false,\n    \"gateway_enabled\": "
	  "false,\n",
	  "    \"gateway_enabled\": false,\n    \"kms_enabled\": "
	  "false,\n",
	  "the same but for the order of members" },
	{ "    \"public_logs\": true,\n", "",
	  "it differs in public_logs, which only the machine's has" },
	{ "\"secure_time\": false", "\"secure_time\": false, \"x\": 1",
	  "it differs in x, which the machine's has not" },
	{ "\"public_logs\": true", "\"public_logs\": false",
	  "it differs in public_logs" },
	{ "\"public_logs\": true,\n    \"public_sysinfo\": true",
	  "\"public_logs\": false,\n    \"public_sysinfo\": false",
	  "it differs in public_logs, and in 1 more places" },
	{ "mpc-localnet", "mpc-loca\xcc\x80lnet",
	  "it differs in name, where one is decomposed text (NFD) and"
	  " the other not" },
	{ "mpc-localnet", "mpc-loca\xcd\xaflnet",
	  "it differs in name, where one is decomposed text (NFD) and"
	  " the other not" },
	{ "mpc-localnet", "mpc-loca\xcd\xb0lnet", "it differs in name" },
	{ "      - PLATFORM=TEE\\n", "      - PLATFORM=TEE \\n",
	  "it differs in docker_compose_file, line 10" },
};

static void edited_manifest(void **state)
{
	static const char head[] = "the machine runs another"
				   " app-compose.json: ";

	(void)state;
	for (size_t i = 0; i < RV_LEN(edits); i++) {
		RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_verifier_options o = { .records = &records };
		RV_AUTO(machine_free) struct machine m;
		struct rv_err err = { 0 };
		const struct rv_check *c;

		machine_load(&m);
		assert_true(m.compose.p[m.compose.n] == 0);
		replace(&g, (const char *)m.compose.p, edits[i].was,
			edits[i].now);
		m.compose_bytes = rv_buf_span(&g.buf);
		m.in.prove = false;
		if (!rv_verifier_new(&o, &v, &err) ||
		    !rv_verify(v, &m.in, &out, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(rv_report_code(&out.report), RV_NO);
		c = check_of(&out.report, "compose_hash");
		assert_int_equal(c->verdict, RV_DIFFERS);
		if (strncmp(c->reason, head, strlen(head)) != 0 ||
		    strcmp(c->reason + strlen(head), edits[i].says) != 0)
			fail_msg("row %zu: %s", i, c->reason);
	}
}

/* ---- folders: how much of them, and what is missing ---- */

/* Files f0.json to fN.json and "tpm-log", of which one cannot be read. */
struct files {
	size_t n;
	bool tpm_log, unlisted;
	const char *gone; /* NULL: each can */
};

static bool file_names(void *arg, struct rv_names *out, struct rv_err *err)
{
	const struct files *f = arg;
	char name[24];

	if (f->unlisted)
		return rv_fail(err, RV_SYSTEM, "no such folder");
	for (size_t i = 0; i < f->n + f->tpm_log; i++) {
		snprintf(name, sizeof name, i < f->n ? "f%zu.json" : "tpm-log",
			 i);
		if (!rv_names_add(out, name, err)) {
			rv_names_free(out);
			return false;
		}
	}
	return true;
}

static bool file_read(void *arg, const char *name, size_t max,
		      struct rv_buf *out, struct rv_err *err)
{
	const struct files *f = arg;

	(void)max;
	if (f->gone && (!*f->gone || strcmp(f->gone, name) == 0))
		return rv_fail(err, RV_SYSTEM, "%s: gone", name);
	return rv_buf_copy(rv_text(name), out, err);
}

static void limits_of_folders(void **state)
{
	enum { RECORDS, COLLATERAL, MANIFESTS, KINDS };
	static const struct {
		size_t most;
		const char *says;
	} row[KINDS] = { { 4096, "made: over 4096 records" },
			 { 256, "made: more than 256 files" },
			 { 65536, "made: over 65536 files" } };

	(void)state;
	for (int kind = 0; kind < KINDS; kind++)
		for (int more = -1; more < 2; more++) {
			struct files f = { .n = row[kind].most + (more == 1),
					   .unlisted = more < 0,
					   .gone = "" };
			const struct rv_folder made = { .name = "made",
							.arg = &f,
							.list = file_names,
							.read = file_read };
			struct rv_releases r = { 0 };
			struct rv_collateral c = { 0 };
			struct rv_manifests m = { 0 };
			struct rv_err err = { 0 };

			assert_false(
			    kind == RECORDS ? rv_releases_read(&made, &r, &err)
			    : kind == COLLATERAL
				? rv_collateral_read_folder(&made, &c, &err)
				: rv_manifests_read(&made, &m, &err));
			/* One more is refused before any is read. */
			assert_string_equal(err.msg, more < 0 ? "no such folder"
						     : more   ? row[kind].says
							    : "f0.json: gone");
			assert_int_equal(err.code,
					 more == 1 ? RV_INPUT : RV_SYSTEM);
		}
}

static void folder_of_blobs(void **state)
{
	static const char *const needed[] = { "table-loader", "rsdp",
					      "tables" };
	struct files f = { 0 };
	const struct rv_folder made = {
		.name = "made", .arg = &f, .list = file_names, .read = file_read
	};
	struct rv_acpi_digests d;
	struct rv_err err = { 0 };
	struct rv_sha384 want;

	(void)state;
	assert_true(rv_acpi_digests_read_folder(&made, &d, &err));
	assert_false(d.has_tpm_log);
	f.tpm_log = true;
	assert_true(rv_acpi_digests_read_folder(&made, &d, &err));
	assert_true(d.has_tpm_log);
	assert_true(rv_sha384(rv_text("tpm-log"), &want, &err));
	assert_memory_equal(d.tpm_log.b, want.b, sizeof want.b);
	assert_true(rv_sha384(rv_text("rsdp"), &want, &err));
	assert_memory_equal(d.rsdp.b, want.b, sizeof want.b);
	for (size_t i = 0; i < RV_LEN(needed); i++) {
		f.gone = needed[i];
		assert_false(rv_acpi_digests_read_folder(&made, &d, &err));
		assert_int_equal(err.code, RV_SYSTEM);
	}
	f.gone = "tpm-log";
	assert_false(rv_acpi_digests_read_folder(&made, &d, &err));
	f.unlisted = true;
	assert_false(rv_acpi_digests_read_folder(&made, &d, &err));
}

/* ---- advisories ---- */

/* Each by name as far as there is room, and how many there are beyond. */
static void advisories(void **state)
{
	static const struct {
		size_t n;
		const char *ends;
	} row[] = {
		{ 0, "evaluation data number 7" },
		{ 1, "number 7; INTEL-SA-00000" },
		{ 2, "number 7; INTEL-SA-00000, INTEL-SA-00001" },
		{ 20, ", INTEL-SA-00018, INTEL-SA-00019" },
		{ 21, ", INTEL-SA-00019 and 1 more" },
		{ 60, ", INTEL-SA-00019 and 40 more" },
	};
	static char name[60][24];
	static char *id[60];

	(void)state;
	for (size_t i = 0; i < RV_LEN(id); i++) {
		snprintf(name[i], sizeof name[i], "INTEL-SA-%05zu", i);
		id[i] = name[i];
	}
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_report_free) struct rv_report r = { 0 };
		struct rv_proof p = { .checked = true };
		struct rv_quote_verdict *v = &p.verdict;
		const struct rv_check *c;

		v->verified = v->intel_root = true;
		v->status = v->launch.status = RV_TCB_SW_HARDENING;
		v->eval_number = 7;
		v->launch.advisories.id = id;
		v->launch.advisories.n = row[i].n;
		v->current = v->launch;
		rv_proof_report(&p, &r);
		c = check_of(&r, "tcb_status");
		assert_int_equal(c->verdict, RV_YES);
		assert_string_equal(c->actual, "SWHardeningNeeded");
		if (strlen(c->reason) < strlen(row[i].ends) ||
		    strcmp(c->reason + strlen(c->reason) - strlen(row[i].ends),
			   row[i].ends) != 0)
			fail_msg("%s", c->reason);
		/* Of two TCBs both are said. */
		rv_report_free(&r);
		v->current.status = RV_TCB_OUT_OF_DATE;
		v->current.advisories.n = 0;
		rv_proof_report(&p, &r);
		c = check_of(&r, "tcb_status");
		assert_non_null(strstr(c->reason, "launched as"
						  " SWHardeningNeeded"));
		assert_non_null(strstr(c->reason, "it is now OutOfDate"));
	}
}

/* ---- report_data that was asked for ---- */

/* Equal, or of 32 bytes and more behind zeros: each byte decides. */
static void asked_report_data(void **state)
{
	static const char *const says[] = {
		"it is not what was asked for: stale, replayed, or made"
		" for somebody else",
		"it is what was asked for, behind zeros",
		"it is what was asked for",
	};
	uint8_t rd[64];

	(void)state;
	for (size_t n = 1; n <= 64; n++)
		for (size_t at = 0; at <= 64; at++)
			for (int behind = 0; behind < 2; behind++) {
				RV_AUTO(rv_report_free)
				struct rv_report r = { 0 };
				struct rv_binding b = { .has_report_data = true,
							.report_data_n = n };
				const struct rv_check *c;
				bool same = !behind || n == 64;
				int is = at < 64 ? 0 : same ? 2 : n >= 32;

				memset(rd, 0, sizeof rd);
				memset(b.report_data, 0xc3, n);
				memset(rd + (behind ? 64 - n : 0), 0xc3, n);
				if (at < 64)
					rd[at] ^= 4;
				rv_binding_report(&b, rv_span(rd, 64), &r);
				c = check_of(&r, "report_data");
				assert_int_equal(c->verdict,
						 is ? RV_YES : RV_DIFFERS);
				assert_string_equal(c->reason, says[is]);
			}
}

/* ---- envelopes ---- */

static void report_data_of_an_envelope(void **state)
{
	static const struct {
		const char *text;
		size_t n; /* bytes; 0: refused */
	} row[] = {
		{ "\"00\"", 1 },
		{ "\"0102ff\"", 3 },
		{ "\"" OTHER OTHER "\"", 64 },
		{ "\"" OTHER OTHER "00\"", 0 },
		{ "\"\"", 0 },
		{ "\"0\"", 0 },
		{ "\"0g\"", 0 },
		{ "\"010\"", 0 },
		{ "7", 0 },
		{ "null", 0 },
		{ "[\"00\"]", 0 },
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_envelope_free) struct rv_envelope e = { 0 };
		struct rv_err err = { 0 };
		bool read;

		snprintf(text, sizeof text,
			 "{\"id\":\"m1\",\"evidence\":{},\"report_data\":%s}",
			 row[i].text);
		read = rv_envelope_read(rv_text(text), &e, &err);
		if (read != (row[i].n > 0))
			fail_msg("%s: %s", row[i].text, err.msg);
		if (!read) {
			assert_int_equal(err.code, RV_INPUT);
			assert_non_null(strstr(err.msg, "report_data"));
			continue;
		}
		assert_true(e.has_report_data);
		assert_int_equal(e.binding.report_data_n, row[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headlines),
		cmocka_unit_test(window_of_a_verdict),
		cmocka_unit_test(shell_words),
		cmocka_unit_test(window_of_values),
		cmocka_unit_test(idle_and_deciding_facts),
		cmocka_unit_test(which_release),
		cmocka_unit_test(rtmr0_of_the_release),
		cmocka_unit_test(unreadable_vm_config),
		cmocka_unit_test(gpu_policy_at_launch),
		cmocka_unit_test(forms_of_report_data),
		cmocka_unit_test(edited_manifest),
		cmocka_unit_test(limits_of_folders),
		cmocka_unit_test(folder_of_blobs),
		cmocka_unit_test(advisories),
		cmocka_unit_test(asked_report_data),
		cmocka_unit_test(report_data_of_an_envelope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
