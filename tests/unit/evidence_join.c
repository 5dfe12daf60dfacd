/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_join.c - two documents of one machine that differ in one thing: the
 * quote of a vTPM, GPUs, whose platform signed; and what goes on where another
 * log ends. Runs in the top folder.
 */
#include "said.h"

#include "base.h"
#include "evidence/parts.h"

#include <refval.h>

#include <stdlib.h>
#include <string.h>

#define V "tests/vectors/"

static struct rv_err err;

static void load(const char *path, struct rv_evidence *e)
{
	struct rv_evidence_options o = { .gpu = strstr(path, "/gpu/") != NULL };

	*e = (struct rv_evidence){ 0 };
	if (!rv_evidence_read_path(path, &o, e, &err))
		fail_msg("%s", err.msg);
}

/* ---- one vTPM ---- */

enum { LESS_PCRS = 100, LESS_EVENTS, SAME };

/* Of the second document: the last byte of one thing is another, or so. */
static uint8_t *last_byte(struct rv_vtpm_evidence *e, int what)
{
	struct rv_event *last = &e->log.event[e->log.n - 1];

	switch (what) {
	case 0:
		return &e->message.p[e->message.n - 1];
	case 1:
		return &e->signature.p[e->signature.n - 1];
	case 2:
		return &e->certificate.p[e->certificate.n - 1];
	case 3:
		return &e->pcr[e->pcrs - 1].value.b[31];
	case 4:
		return &e->pcr[0].value.b[0];
	case 5:
		return &last->digest.b[31];
	case 6:
		return &e->log.event[0].digest.b[0];
	default:
		return NULL;
	}
}

static void change(struct rv_vtpm_evidence *e, int what, int by)
{
	uint8_t *at = last_byte(e, what);

	if (at)
		*at = (uint8_t)(*at + by);
	else if (what == 7)
		e->pcr[e->pcrs - 1].index += (unsigned)by;
	else if (what == 8)
		e->log.event[e->log.n - 1].imr += (unsigned)by;
	else if (what == 9)
		e->pcrs -= (size_t)by;
	else if (what == 10)
		e->log.n -= (size_t)by;
}

static void one_vtpm(void **state)
{
	(void)state;
	for (int what = 0; what <= 11; what++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence a, b;

		load(V "gcp/a-v1.msgpack", &a);
		load(V "gcp/a-v1.msgpack", &b);
		assert_true(a.vtpm.pcrs > 1 && a.vtpm.log.n > 1);
		change(&b.vtpm, what, 1);
		assert_true(rv_evidence_join(&a, "a", &b, "b", &err));
		change(&b.vtpm, what, -1);
		if (what == 11)
			assert_null(a.conflict);
		else if (!a.conflict || !strstr(a.conflict, "vTPM"))
			fail_msg("%d: %s", what,
				 a.conflict ? a.conflict : "no conflict");
	}
}

/* What Google has beside it is kept from both, each once, so many and so large.
 */
static void files_beside_a_vtpm(void **state)
{
	static uint8_t large[EV_CERT_MAX + 1] = { 1 };
	RV_AUTO(rv_evidence_free) struct rv_evidence a = { 0 }, b;

	(void)state;
	load(V "gcp/a-v1.msgpack", &b);
	assert_int_equal(b.vtpm.files, 0);
	assert_false(rv_ev_vtpm_file(rv_span(large, 0), &a, &err));
	assert_false(rv_ev_vtpm_file(rv_span(large, sizeof large), &a, &err));
	assert_true(rv_ev_vtpm_file(rv_span(large, EV_CERT_MAX), &a, &err));
	assert_true(rv_ev_vtpm_file(rv_span(large, EV_CERT_MAX), &a, &err));
	assert_int_equal(a.vtpm.files, 1);
	assert_true(rv_ev_vtpm_file(rv_text("b"), &b, &err));
	assert_true(rv_evidence_join(&a, "a", &b, "b", &err));
	assert_null(a.conflict);
	assert_int_equal(a.vtpm.files, 2);
	assert_true(a.vtpm.message.n > 0);
	for (uint8_t i = 0; i < RV_VTPM_FILES - 2; i++)
		assert_true(rv_ev_vtpm_file(rv_span(&i, 1), &a, &err));
	assert_false(rv_ev_vtpm_file(rv_text("one more"), &a, &err));
	assert_non_null(strstr(err.msg, "more than 10 files"));
	assert_true(rv_ev_vtpm_file(rv_text("b"), &a, &err));
	/* Once more through our own document. */
	{
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
		RV_AUTO(rv_evidence_free) struct rv_evidence c = { 0 };

		assert_true(rv_evidence_write(&a, &text, &err));
		assert_true(
		    rv_evidence_read(rv_buf_span(&text), NULL, &c, &err));
		assert_int_equal(c.vtpm.files, RV_VTPM_FILES);
		assert_true(rv_same(rv_buf_span(&c.vtpm.file[1]),
				    rv_span(large, EV_CERT_MAX)));
	}
}

/* A PCR is 32 bytes of SHA-256, by index and in order. */
static void pcrs_of_a_vtpm(void **state)
{
	static const uint8_t value[33];
	static const struct {
		uint64_t index;
		const char *algorithm;
		size_t n;
		bool good;
	} row[] = {
		{ 0, "sha256", 32, true },   { 0, "sha256", 32, false },
		{ 1, "sha256", 31, false },  { 1, "sha256", 33, false },
		{ 1, "sha384", 32, false },  { 1, "", 32, false },
		{ 23, "sha256", 32, true },  { 24, "sha256", 32, false },
		{ 22, "sha256", 32, false },
	};
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++)
		assert_int_equal(
		    rv_ev_vtpm_pcr(row[i].index, rv_text(row[i].algorithm),
				   rv_span(value, row[i].n), &e, &err),
		    row[i].good);
	assert_int_equal(e.vtpm.pcrs, 2);
	assert_int_equal(e.vtpm.pcr[1].index, 23);
	assert_false(rv_ev_vtpm_event(0, rv_span(value, 31), &e, &err));
	assert_false(rv_ev_vtpm_event(0, rv_span(value, 33), &e, &err));
	assert_false(rv_ev_vtpm_event(24, rv_span(value, 32), &e, &err));
	assert_true(rv_ev_vtpm_event(23, rv_span(value, 32), &e, &err));
}

static void parts_of_a_vtpm(void **state)
{
	static uint8_t b[EV_VTPM_MAX + 1];

	(void)state;
	for (int part = 0; part < 3; part++)
		for (int at = 0; at < 4; at++) {
			const size_t n[] = { 0, 1, EV_VTPM_MAX,
					     EV_VTPM_MAX + 1 };
			RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };

			assert_int_equal(
			    rv_ev_vtpm_quote(rv_span(b, part == 0 ? n[at] : 2),
					     rv_span(b, part == 1 ? n[at] : 2),
					     rv_span(b, part == 2 ? n[at] : 2),
					     &e, &err),
			    at == 1 || at == 2);
		}
}

/* ---- GPUs ---- */

static void gpus_twice(void **state)
{
	(void)state;
	for (int what = 0; what < 6; what++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence a, b;
		struct rv_gpu_device *d;

		load(V "gpu/multi_gpu_hopper.json", &a);
		load(V "gpu/multi_gpu_hopper.json", &b);
		assert_true(a.gpu.n > 1);
		d = &b.gpu.device[what & 1 ? b.gpu.n - 1 : 0];
		if (what / 2 == 0)
			d->report.p[d->report.n - 1] ^= 1;
		else if (what / 2 == 1)
			d->chain.p[d->chain.n - 1] ^= 1;
		else if (what == 4)
			b.gpu.n--;
		assert_true(rv_evidence_join(&a, "a", &b, "b", &err));
		if (what == 4)
			b.gpu.n++;
		assert_int_equal(a.conflict == NULL, what == 5);
		if (a.conflict)
			assert_non_null(strstr(a.conflict, "GPU evidence"));
	}
}

/* ---- one maker ---- */

static void one_platform(void **state)
{
	static const char *const path[] = {
		V "real/near-058-dev-3e6394/quote.bin",
		V "snp/dstack/attestation-v1.msgpack",
		V "nitro/good.cose",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			RV_AUTO(rv_evidence_free) struct rv_evidence a, b;

			load(path[i], &a);
			load(path[k], &b);
			assert_true(rv_evidence_join(&a, "a", &b, "b", &err));
			assert_int_equal(a.conflict == NULL, i == k);
			if (i != k)
				assert_non_null(strstr(
				    a.conflict, "platforms' signatures"));
		}
}

static void instances_by_number(void **state)
{
	static const struct {
		const char *wanted;
		size_t n;
		bool is;
		size_t number;
	} row[] = {
		{ "#0", 1, true, 0 },	{ "#1", 1, false, 0 },
		{ "#1", 2, true, 1 },	{ "#0", 0, false, 0 },
		{ "1", 2, false, 0 },	{ "", 2, false, 0 },
		{ "#", 2, false, 0 },	{ "#1x", 2, false, 0 },
		{ "##1", 2, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		size_t at = 77;

		assert_int_equal(rv_ev_number(row[i].wanted, row[i].n, &at),
				 row[i].is);
		assert_int_equal(at, row[i].is ? row[i].number : 77);
	}
}

/* ---- IMA's list ---- */

/* The line of a capture: the hash, and what it is of. */
#define TEMPLATE                                                               \
	"67c70809bd405ea82081e8f1eb2ca16108bce307f5f13949"                     \
	"2da641e08e07ec99e2163649f29323a5f5963fe07bb06cc6"
#define CONTENT                                                                \
	"sha384:cd01ce7f8d1a658f8fdaf33bfb18a7bf9bc3d45386f16be3"              \
	"caf22ef9cb32a26ec53d8b8b74c76b94b744bdf191506cb3"
#define X40  "0123456789abcdef0123456789abcdef01234567"
#define X64  X40 "89abcdef0123456789abcdef"
#define LINE "10 " TEMPLATE " ima-ng " CONTENT " boot_aggregate\n"

static const struct {
	const char *line; /* behind one that is good */
	const char *says; /* NULL: read */
	const char *name;
	uint8_t first; /* of its digest */
} ima[] = {
	{ LINE, NULL, "boot_aggregate", 0x67 },
	{ "2 " TEMPLATE " ima-ng " CONTENT " boot_aggregate", NULL,
	  "boot_aggregate", 0x67 },
	{ "10 " X40 " ima-ng " CONTENT " boot_aggregate", NULL,
	  "boot_aggregate", 0x67 },
	{ "10 " X64 " ima-ng " CONTENT " boot_aggregate", NULL,
	  "boot_aggregate", 0x67 },
	{ "10 " TEMPLATE " ima-ng " CONTENT " boot_aggregatf",
	  "line 2: its hash is not that of its contents", NULL, 0 },
	{ "10 " TEMPLATE " ima x a b", NULL, "a b", 0x67 },
	{ "10 " X40 " ima x a", "template ima, of which no SHA-384", NULL, 0 },
	{ "10 " X40 " ima-ng x a", "of which no SHA-384", NULL, 0 },
	{ "10 " X40 " ima-sig " CONTENT " a", NULL, "a", 0x27 },
	{ "10 " X40 " ima-sig " CONTENT " a 03", "of which no SHA-384", NULL,
	  0 },
	{ "10 " TEMPLATE " ima-sig " CONTENT " a 03", NULL, "a 03", 0x67 },
	{ "10 " X40 " ima-ng 1234567890123456:00 a", NULL, "a", 0x76 },
	{ "10 " X40 " ima-ng 12345678901234567:00 a", "hash of an unknown kind",
	  NULL, 0 },
	{ "10 " X40 " ima-ng sha1:0 a", "line 2: hash", NULL, 0 },
	{ "10 0000000000000000000000000000000000000000 ima-ng x a", NULL, "a",
	  0xff },
	{ "3 " TEMPLATE " ima-ng x a", "register 3: neither PCR 10 nor RTMR2",
	  NULL, 0 },
	{ "24 " TEMPLATE " ima-ng x a", "register 24: neither", NULL, 0 },
	{ "x " TEMPLATE " ima-ng x a", "register x: neither", NULL, 0 },
	{ "10 " X40 "0 ima-ng x a", "no hash of a template", NULL, 0 },
	{ "10 " X64 "zz ima-ng x a", "no hash of a template", NULL, 0 },
	{ "10", "no hash of a template", NULL, 0 },
};

static void lines_of_ima(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(ima); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_log_free) struct rv_log log = { 0 };
		bool read;

		rv_grow_text(&g, LINE);
		rv_grow_text(&g, ima[i].line);
		rv_grow_text(&g, "\n\n");
		assert_true(rv_ev_is_ima(rv_buf_span(&g.buf)));
		read = rv_ev_log_ima(rv_buf_span(&g.buf), &log, &err);
		if (read != !ima[i].says)
			fail_msg("row %zu: %s", i, read ? "read" : err.msg);
		if (!read) {
			if (err.code != RV_INPUT ||
			    !strstr(err.msg, ima[i].says))
				fail_msg("row %zu: %s", i, err.msg);
			continue;
		}
		assert_int_equal(log.n, 2);
		assert_int_equal(log.event[1].imr, 2);
		assert_string_equal(log.event[1].name, ima[i].name);
		if (log.event[1].digest.b[0] != ima[i].first)
			fail_msg("row %zu: %02x", i, log.event[1].digest.b[0]);
	}
}

/* ---- one report of a GPU ---- */

static void bare_reports(void **state)
{
	enum { SHORT = 40, LONG = RV_GPU_REPORT_MAX };
	static uint8_t b[LONG + 1] = { 0x11, 0xe0, [37] = 0x11, [38] = 0x60 };
	const struct rv_span none = { 0 }, chain = rv_text("PEM");
	static const char list[] = "[{\"evidence\":\"\",\"certificate\":\"\"}]";
	static char hex[2 * SHORT + 4] = "\n ";
	const struct {
		struct rv_span in, chain;
		const char *instance;
		enum rv_code code;
	} row[] = {
		{ rv_span(b, SHORT), none, NULL, RV_OK },
		{ rv_span(b, SHORT), chain, NULL, RV_OK },
		{ rv_span(b, SHORT), chain, "0", RV_USAGE },
		{ rv_span(b, SHORT - 1), none, NULL, RV_INPUT },
		{ rv_span(b, LONG), none, NULL, RV_OK },
		{ rv_span(b, LONG + 1), none, NULL, RV_INPUT },
		{ rv_span(b, SHORT), rv_span(b, LONG), NULL, RV_OK },
		{ rv_span(b, SHORT), rv_span(b, LONG + 1), NULL, RV_INPUT },
		{ rv_text(hex), chain, NULL, RV_OK },
		{ rv_text(hex), none, "0", RV_USAGE },
		{ rv_text(list), none, NULL, RV_OK },
		{ rv_text(list), chain, NULL, RV_USAGE },
		{ rv_text(list), none, "0", RV_USAGE },
		{ rv_text("{\"event_log\":[]}"), none, NULL, RV_INPUT },
		{ rv_text("zz"), none, NULL, RV_INPUT },
	};

	(void)state;
	rv_hex(rv_span(b, SHORT), hex + 2);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
		struct rv_span in = row[i].in;
		bool read;

		if (in.p == (const uint8_t *)hex)
			in = rv_text(hex);
		err = (struct rv_err){ 0 };
		read = rv_gpu_evidence_read(in, row[i].chain, row[i].instance,
					    &e, &err);
		if (read != (row[i].code == RV_OK) || err.code != row[i].code)
			fail_msg("row %zu: %d %s", i, (int)err.code, err.msg);
		assert_int_equal(e.n, read ? 1 : 0);
	}
}

/* ---- two logs ---- */

/* A firmware's log, and what goes on where it ends, in either order. */
static void logs_that_go_on(void **state)
{
	static const char *const path[] = { V "captures/cc-trusted-ima/"
					      "ccel.bin",
					    V "captures/cc-trusted-ima/"
					      "ima_log.txt" };

	(void)state;
	for (int first = 0; first < 2; first++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence q = { 0 };
		size_t n = 0, imr2 = 0;

		load(V "captures/cc-trusted-ima/quote.bin", &q);
		for (int i = 0; i < 2; i++) {
			RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
			RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

			assert_true(
			    rv_buf_read(path[i ^ first], 1 << 20, &b, &err));
			if ((i ^ first) == 0)
				assert_true(rv_log_read(rv_buf_span(&b), &e.log,
							&e.log_format, &err));
			else
				assert_true(rv_ev_log_ima(rv_buf_span(&b),
							  &e.log, &err));
			if ((i ^ first) == 1)
				e.log_format = RV_LOG_IMA;
			n += e.log.n;
			assert_true(rv_evidence_join(&q, "a", &e, "b", &err));
		}
		assert_null(q.conflict);
		assert_int_equal(q.log.n, n);
		for (size_t i = 0; i < n; i++)
			imr2 += q.log.event[i].imr == 2;
		assert_true(imr2 > 1);
		assert_int_equal(q.log.event[n - 1].imr, 2);
		/* IMA's list tells the end of RTMR2; nothing that of RTMR3. */
		assert_int_equal(q.log.open, 1u << 3);
	}
}

/* A log that may have been extended later, and one of what it does not tell. */
static void logs_of_other_registers(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++)
		for (int first = 0; first < 2; first++) {
			RV_AUTO(rv_evidence_free) struct rv_evidence a = { 0 };
			RV_AUTO(rv_evidence_free) struct rv_evidence b = { 0 };
			struct rv_evidence *both[] = { &a, &b };
			struct rv_evidence *to = both[first];

			for (unsigned i = 0; i < 2; i++) {
				const uint8_t digest[48] = { (uint8_t)(i + 1) };
				const struct ev_in in = {
					.imr = same ? 3 : 2 + i,
					.type = RV_EV_TAG,
					.version = 1,
					.digest = rv_span(digest, 48),
				};

				if (!rv_ev_push(&both[i]->log, &in, &err))
					fail_msg("%s", err.msg);
				both[i]->log_format = RV_LOG_TCG2;
			}
			/* The firmware's. */
			a.log.open = 1u << 3;
			assert_true(
			    rv_evidence_join(to, "a", both[!first], "b", &err));
			assert_int_equal(to->conflict == NULL, !same);
			assert_int_equal(to->log.n, same ? 1 : 2);
		}
}

static void two_lists_of_ima(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence a = { 0 }, b = { 0 };

	(void)state;
	assert_true(rv_ev_log_ima(rv_text(LINE), &a.log, &err));
	assert_true(rv_ev_log_ima(rv_text(LINE), &b.log, &err));
	a.log_format = b.log_format = RV_LOG_IMA;
	assert_true(rv_evidence_join(&a, "a", &b, "b", &err));
	assert_string_equal(a.conflict, "two lists of IMA");
}

/* IMA's list goes on in RTMR3: no register of a TPM is that. */
static void ima_beside_a_tpm(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence a = { 0 };
		RV_AUTO(rv_evidence_free) struct rv_evidence b = { 0 };
		struct rv_evidence *list = order ? &b : &a;
		struct rv_evidence *tpm = order ? &a : &b;

		assert_true(rv_ev_log_ima(rv_text(LINE), &list->log, &err));
		list->log_format = RV_LOG_IMA;
		assert_true(rv_ev_log_ima(rv_text(LINE), &tpm->log, &err));
		tpm->log_format = RV_LOG_TCG2;
		tpm->log.bank = RV_BANK_TPM_SHA384;
		assert_true(rv_evidence_join(&a, "a", &b, "b", &err));
		assert_string_equal(a.conflict,
				    "IMA's list beside the event log of a TPM");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_vtpm),
		cmocka_unit_test(files_beside_a_vtpm),
		cmocka_unit_test(pcrs_of_a_vtpm),
		cmocka_unit_test(parts_of_a_vtpm),
		cmocka_unit_test(gpus_twice),
		cmocka_unit_test(one_platform),
		cmocka_unit_test(instances_by_number),
		cmocka_unit_test(lines_of_ima),
		cmocka_unit_test(bare_reports),
		cmocka_unit_test(logs_that_go_on),
		cmocka_unit_test(logs_of_other_registers),
		cmocka_unit_test(two_lists_of_ima),
		cmocka_unit_test(ima_beside_a_tpm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
