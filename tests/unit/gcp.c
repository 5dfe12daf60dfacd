/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp.c - TDX machines of Google Cloud: two captures in three encodings, a real
 * quote of a vTPM under Google's root changed at every place, made ones under a
 * PKI of the same form, endorsements of firmware, disks, and the verdict on
 * all of them.
 */
#include "digest.h"
#include "json.h"
#include "machine.h"
#include "rests.h"
#include "test_file.h"

#include <refval/uki.h>

#define V	"tests/vectors/gcp/"
#define CAPTURE "tests/vectors/real/gcp-tdx-attestation-%c/attestation.bin"
#define COLLATERAL                                                             \
	"tests/vectors/captures/flashbots-gcp-tdx-2026-06/collateral.json"
#define MIDDLE V "intermediate-v3.der"

enum { AT = 1782809233 }; /* 2026-06-30, when the collateral was there */

static struct rv_buf file(const char *path)
{
	return test_file("", path);
}

static rv_json *document(const char *path, struct rv_buf *text)
{
	struct rv_err err = { 0 };
	rv_json *j = NULL;

	*text = file(path);
	if (!rv_json_parse(rv_buf_span(text), path, &j, &err))
		fail_msg("%s", err.msg);
	return j;
}

static struct rv_buf hex(const rv_json *j, const char *key)
{
	struct rv_err err = { 0 };
	struct rv_buf b = { 0 };

	if (!rv_unhex_buf(rv_json_text(rv_json_get(j, key)), key, &b, &err))
		fail_msg("%s", err.msg);
	return b;
}

static void word(const rv_json *j, const char *key, char out[96])
{
	struct rv_span s = rv_json_text(rv_json_get(j, key));

	assert_true(s.n < 96);
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}

/* ---- a question ---- */

struct question {
	struct rv_evidence e;
	struct rv_buf values, middle, root, tcb_root, more;
	struct rv_span values_bytes, file[3];
	struct rv_collateral collateral;
	struct rv_gcp_rules rules;
	struct rv_verify_input in;
};

static void question_free(struct question *q)
{
	rv_evidence_free(&q->e);
	rv_buf_free(&q->values);
	rv_buf_free(&q->middle);
	rv_buf_free(&q->root);
	rv_buf_free(&q->tcb_root);
	rv_buf_free(&q->more);
	rv_collateral_free(&q->collateral);
}

/* Capture @which with all that is needed: a yes. */
static void start(struct question *q, char which)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file(COLLATERAL);
	struct rv_err err = { 0 };
	char path[80];

	*q = (struct question){ 0 };
	snprintf(path, sizeof path, CAPTURE, which);
	if (!rv_evidence_read_path(path, NULL, &q->e, &err) ||
	    !rv_collateral_read(rv_buf_span(&b), &q->collateral, &err))
		fail_msg("%s", err.msg);
	snprintf(path, sizeof path, V "%c.gcp.cbor", which);
	q->values = file(path);
	q->values_bytes = rv_buf_span(&q->values);
	q->middle = file(MIDDLE);
	q->file[0] = rv_buf_span(&q->middle);
	q->rules = (struct rv_gcp_rules){ .file = q->file, .files = 1 };
	q->in = (struct rv_verify_input){
		.evidence = &q->e,
		.prove = true,
		.values = &q->values_bytes,
		.values_name = "document",
		.gcp = &q->rules,
		.proof = { .at = AT, .collateral = &q->collateral },
	};
}

static struct rv_verifier *verifier;

static enum rv_code ask(struct question *q, struct said *said)
{
	struct rv_verifier_options o = { 0 };
	struct rv_err err = { 0 };

	if (!verifier && !rv_verifier_new(&o, &verifier, &err))
		fail_msg("%s", err.msg);
	return answer(verifier, &q->in, said);
}

/* "no pcr2": is there a check of that name with that verdict? */
static bool says(const struct said *s, const char *row)
{
	size_t n = strcspn(row, " ");
	char text[96];

	snprintf(text, sizeof text, " %s %.*s|", row + n + 1, (int)n, row);
	return strstr(s->text, text) != NULL;
}

static void expect(struct question *q, enum rv_code code, const char *row)
{
	static struct said said;
	enum rv_code got = ask(q, &said);

	if (got != code || !says(&said, row))
		fail_msg("%d, not %d with %s:\n%s", (int)got, (int)code, row,
			 said.text);
}

static void rests(struct question *q, const char *name, const char *want)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };

	if (!rv_verify(verifier, &q->in, &out, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(rests_of(&out.report, name), want);
}

static int end_verifier(void **state)
{
	(void)state;
	rv_verifier_free(&verifier);
	return 0;
}

/* ---- what a TPM signs ---- */

static void quotes_are_read_whole(void **state)
{
	RV_AUTO(rv_buf_free)
	struct rv_buf b = file("tests/vectors/real/tpm-quote-sample/"
			       "tpm_quote_sample.bin");
	struct rv_tpm_quote q;
	struct rv_err err = { 0 };

	(void)state;
	if (!rv_tpm_quote_read(rv_buf_span(&b), &q, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(q.pcrs, 7);
	assert_int_equal(q.digest.n, 32);
	for (size_t n = 0; n < b.n; n++) {
		err = (struct rv_err){ 0 };
		assert_false(rv_tpm_quote_read(rv_span(b.p, n), &q, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

static void pcr0_is_that_of_the_technology(void **state)
{
	static const char *const want[] = {
		"d0c70a9310cd0b55767084333022ce53f42befbb69c059ee6c0a32766f"
		"160783",
		"a0b5ff3383a1116bd7dc6df177c0c2d433b9ee1813ea958fa5d166a202"
		"cb2a85",
		"e26062f05fe819a16111273597662f87e0abfdae22fcb5ec4843b01bf2"
		"25ce75",
		"0cca9ec161b09288802e5a112255d21340ed5b797f5fe29cecccfd8f67"
		"b9f802",
		"50597a27846e91d025eef597abbc89f72bff9af849094db97b0684d8bc"
		"4c515e",
	};
	struct rv_err err = { 0 };
	struct rv_sha256 d;
	char text[65];

	(void)state;
	for (unsigned i = 0; i < RV_LEN(want); i++) {
		assert_true(rv_gcp_pcr0(i, &d, &err));
		rv_hex(rv_span(d.b, sizeof d.b), text);
		assert_string_equal(text, want[i]);
	}
}

/* ---- the captures ---- */

static void a_capture_verifies(void **state)
{
	static const char *const rows[] = {
		"yes quote_signature",
		"yes vtpm_signature",
		"yes vtpm_quote",
		"yes vtpm_pcrs",
		"yes pcr0",
		"yes pcr0_log",
		"yes rtmr0_log",
		"yes rtmr1_log",
		"yes rtmr2_log",
		"yes rtmr3_log",
		"yes pcr2_log",
		"yes pcr2",
		"yes pcr14",
		"unchecked mrtd",
		"unchecked rtmr0",
		"unchecked secure_boot",
	};
	RV_AUTO(question_free) struct question q;

	(void)state;
	start(&q, 'c');
	for (size_t i = 0; i < RV_LEN(rows); i++)
		expect(&q, RV_OK, rows[i]);
	q.in.values = NULL;
	q.in.identify = true;
	expect(&q, RV_INPUT, "cannot-tell reference");
}

static void without_its_authority_a_capture_is_no_yes(void **state)
{
	RV_AUTO(question_free) struct question q;
	RV_AUTO(question_free) struct question a;

	(void)state;
	start(&q, 'c');
	q.rules.files = 0;
	expect(&q, RV_INPUT, "cannot-tell vtpm_signature");
	start(&a, 'a');
	expect(&a, RV_INPUT, "cannot-tell vtpm_signature");
}

static void encodings_say_the_same(void **state)
{
	static const char *const other[] = { V "a-v0.scale", V "a-v1.msgpack" };
	static struct said want, got;
	RV_AUTO(question_free) struct question q;
	struct rv_err err = { 0 };

	(void)state;
	start(&q, 'a');
	ask(&q, &want);
	for (size_t i = 0; i < RV_LEN(other); i++) {
		rv_evidence_free(&q.e);
		if (!rv_evidence_read_path(other[i], NULL, &q.e, &err))
			fail_msg("%s", err.msg);
		ask(&q, &got);
		assert_string_equal(got.text, want.text);
	}
}

static void expect_signature(struct question *q, struct rv_buf *part)
{
	struct rv_gcp_signed s = {
		.message = rv_buf_span(&q->e.vtpm.message),
		.signature = rv_buf_span(&q->e.vtpm.signature),
		.certificate = rv_buf_span(&q->e.vtpm.certificate),
	};
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files f = { 0 };
	struct rv_gcp_options o = { .at = AT };
	struct rv_gcp_verdict v;
	struct rv_err err = { 0 };

	if (!rv_gcp_files_add(&f, q->file[0], &err) ||
	    !rv_gcp_verify(&s, &f, &o, &v, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(v.outcome, RV_GCP_GENUINE);
	assert_string_equal(v.project, "wuhan-workshop");
	if (!part)
		part = &f.middle[0];
	for (size_t i = 0; i < part->n; i++)
		for (uint8_t bit = 1; bit; bit = (uint8_t)(bit << 4)) {
			part->p[i] ^= bit;
			if (!rv_gcp_verify(&s, &f, &o, &v, &err))
				fail_msg("%s", err.msg);
			if (v.outcome == RV_GCP_GENUINE)
				fail_msg("byte %zu by %#x", i, bit);
			part->p[i] ^= bit;
		}
}

static void no_changed_bit_is_genuine(void **state)
{
	RV_AUTO(question_free) struct question q;

	(void)state;
	start(&q, 'c');
	expect_signature(&q, &q.e.vtpm.message);
	expect_signature(&q, &q.e.vtpm.signature);
	expect_signature(&q, &q.e.vtpm.certificate);
	expect_signature(&q, NULL);
}

/* Without the rows that follow from the types of events, which nobody signs:
 * with another type an event's contents are not looked at. */
static void without_types(struct said *s)
{
	static const char *const row[] = { " secure_boot ",
					   " event_contents " };

	for (size_t i = 0; i < RV_LEN(row); i++) {
		char *at = strstr(s->text, row[i]), *end;

		if (!at)
			continue;
		end = strchr(at, '\n');
		assert_non_null(end);
		/* The number of the layer stands before it. */
		memmove(at - 1, end + 1, strlen(end + 1) + 1);
	}
}

/*
 * All of the evidence: what was changed is refused, or nothing that is said
 * changes with it (the host's vm_config, events of PCRs that are not signed,
 * names of events). REFVAL_EVERY=1 changes each byte, else some.
 */
static void no_changed_byte_says_something_else(void **state)
{
	const char *env = getenv("REFVAL_EVERY");
	size_t every = env ? strtoul(env, NULL, 10) : 61, quiet = 0;
	static struct said want, got;
	RV_AUTO(question_free) struct question q;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char path[80];

	(void)state;
	start(&q, 'c');
	assert_int_equal(ask(&q, &want), RV_OK);
	without_types(&want);
	snprintf(path, sizeof path, CAPTURE, 'c');
	b = file(path);
	for (size_t i = 0; i < b.n; i += every ? every : 1) {
		struct rv_err err = { 0 };

		b.p[i] ^= 1;
		rv_evidence_free(&q.e);
		if (rv_evidence_read(rv_buf_span(&b), NULL, &q.e, &err) &&
		    ask(&q, &got) == RV_OK) {
			without_types(&got);
			if (strcmp(got.text, want.text) != 0)
				fail_msg("byte %zu: %s", i, got.text);
			quiet++;
		}
		b.p[i] ^= 1;
	}
	print_message("%zu of %zu say nothing\n", quiet, b.n / every);
}

/* ---- logs ---- */

static struct rv_event *event_of(struct rv_log *log, unsigned imr, size_t k)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->event[i].imr == imr && k-- == 0)
			return &log->event[i];
	fail();
	return NULL;
}

static void drop(struct rv_log *log, struct rv_event *e)
{
	size_t at = (size_t)(e - log->event);

	free(e->name);
	rv_buf_free(&e->payload);
	rv_buf_free(&e->preimage);
	memmove(e, e + 1, (log->n - at - 1) * sizeof *e);
	log->n--;
}

static void swap(struct rv_event *a, struct rv_event *b)
{
	struct rv_event t = *a;

	*a = *b;
	*b = t;
}

static void logs_must_be_those_of_the_registers(void **state)
{
	static const struct {
		unsigned pcr;
		const char *row;
	} tpm[] = { { 0, "no pcr0_log" }, { 2, "no pcr2_log" } };

	(void)state;
	for (size_t i = 0; i < RV_LEN(tpm); i++)
		for (int how = 0; how < 3; how++) {
			RV_AUTO(question_free) struct question q;
			struct rv_log *log;
			struct rv_event *a, *b;

			start(&q, 'c');
			log = &q.e.vtpm.log;
			a = event_of(log, tpm[i].pcr, 0);
			b = event_of(log, tpm[i].pcr, 1);
			if (how == 0)
				drop(log, b);
			else if (how == 1)
				swap(a, b);
			else
				b->digest.b[31] ^= 1;
			expect(&q, RV_NO, tpm[i].row);
		}
	for (int how = 0; how < 3; how++) {
		RV_AUTO(question_free) struct question q;
		struct rv_event *a, *b;

		start(&q, 'c');
		a = event_of(&q.e.log, 3, 3);
		b = event_of(&q.e.log, 3, 4);
		if (how == 0)
			drop(&q.e.log, a);
		else if (how == 1)
			swap(a, b);
		else
			a->payload.p[0] ^= 1;
		expect(&q, RV_NO, "no pcr14");
		expect(&q, RV_NO,
		       how == 2 ? "no event_contents" : "no rtmr3_log");
	}
}

/* A register's events are gone: nobody can tell what they were. */
static void strip(struct rv_log *log, unsigned imr)
{
	for (size_t i = log->n; i-- > 0;)
		if (log->event[i].imr == imr)
			drop(log, &log->event[i]);
}

static void one_digest_needs_the_whole_logs(void **state)
{
	static const struct {
		unsigned imr;
		const char *says;
	} cut[] = {
		{ 1, "the log is without RTMR1's events" },
		{ 2, "the log is without RTMR2's events" },
	};
	static struct said said;

	(void)state;
	for (size_t i = 0; i < RV_LEN(cut); i++) {
		RV_AUTO(question_free) struct question q;

		start(&q, 'c');
		strip(&q.e.log, cut[i].imr);
		expect(&q, RV_INPUT, "cannot-tell pcr2");
		ask(&q, &said);
		assert_non_null(strstr(said.text, cut[i].says));
	}
	{
		RV_AUTO(question_free) struct question q;
		struct rv_event *table;

		start(&q, 'c');
		table = event_of(&q.e.log, 1, 2);
		rv_buf_free(&table->payload);
		expect(&q, RV_INPUT, "cannot-tell pcr2");
		ask(&q, &said);
		assert_non_null(strstr(said.text, "does not have its bytes"));
		strip(&q.e.vtpm.log, 2);
		expect(&q, RV_INPUT, "cannot-tell pcr2");
		expect(&q, RV_INPUT, "unchecked pcr2_log");
	}
}

/* What a PCR was extended with is not here: its value may be as it should. */
static void events_that_are_not_here_say_nothing(void **state)
{
	RV_AUTO(question_free) struct question q, w;

	(void)state;
	start(&q, 'c');
	strip(&q.e.vtpm.log, 0);
	expect(&q, RV_OK, "unchecked pcr0_log");
	expect(&q, RV_OK, "yes pcr0");
	start(&w, 'c');
	strip(&w.e.log, 3);
	expect(&w, RV_INPUT, "cannot-tell pcr14");
	expect(&w, RV_INPUT, "cannot-tell rtmr3_log");
}

static void another_image_is_a_no(void **state)
{
	RV_AUTO(question_free) struct question q;

	(void)state;
	start(&q, 'c');
	q.values.p[q.values.n - 1] ^= 1;
	expect(&q, RV_NO, "no pcr2");
}

/* ---- lists of events that only look like those of the image ---- */

static void set_pcr(struct question *q, unsigned index)
{
	struct rv_sha256 pcr = { 0 };
	struct rv_err err = { 0 };
	uint8_t both[64];

	for (size_t i = 0; i < q->e.vtpm.log.n; i++) {
		const struct rv_event *e = &q->e.vtpm.log.event[i];

		if (e->imr != index)
			continue;
		memcpy(both, pcr.b, 32);
		memcpy(both + 32, e->digest.b, 32);
		assert_true(rv_sha256(rv_span(both, sizeof both), &pcr, &err));
	}
	for (size_t i = 0; i < q->e.vtpm.pcrs; i++)
		if (q->e.vtpm.pcr[i].index == index)
			q->e.vtpm.pcr[i].value = pcr;
}

/*
 * A disk without a table: PCR2 is separator, a loader, what that loads. With
 * the genuine image as the third it would pass for upstream.
 */
static void a_loader_in_the_table_s_place_is_no_yes(void **state)
{
	static struct said said;
	RV_AUTO(question_free) struct question q;

	(void)state;
	start(&q, 'c');
	event_of(&q.e.vtpm.log, 2, 1)->digest.b[0] ^= 1;
	set_pcr(&q, 2);
	q.in.prove = false;
	ask(&q, &said);
	assert_true(says(&said, "cannot-tell pcr2"));
	/* Four events of this kind, and one more. */
	question_free(&q);
	start(&q, 'c');
	q.in.prove = false;
	event_of(&q.e.vtpm.log, 4, 0)->imr = 2;
	set_pcr(&q, 2);
	ask(&q, &said);
	assert_non_null(strstr(said.text, "PCR2 has 5 events"));
}

/* Each way in which RTMR1's or RTMR2's events are not those of one image. */
static void other_forms_of_a_boot_are_no_yes(void **state)
{
	static struct said said;

	(void)state;
	for (int how = 0; how < 7; how++) {
		RV_AUTO(question_free) struct question q;
		struct rv_log *log;

		start(&q, 'c');
		log = &q.e.log;
		q.in.prove = false;
		if (how < 2)
			drop(log, event_of(log, 1, how ? 5 : 0));
		else if (how < 4)
			event_of(log, 1, how == 2 ? 1 : 6)->digest.b[0] ^= 1;
		else if (how == 4)
			drop(log, event_of(log, 2, 11));
		else if (how == 5)
			swap(event_of(log, 2, 0), event_of(log, 2, 2));
		else
			event_of(log, 2, 4)->digest.b[0] ^= 1;
		ask(&q, &said);
		assert_true(says(&said, "cannot-tell pcr2"));
	}
}

/* ---- made quotes ---- */

static void replace(struct rv_buf *to, struct rv_buf from)
{
	rv_buf_free(to);
	*to = from;
}

static void made_pcrs(const rv_json *j, struct rv_vtpm_evidence *e)
{
	static const unsigned all[] = { 0, 2, 4, 14 };

	e->pcrs = 0;
	for (size_t i = 0; i < RV_LEN(all); i++) {
		struct rv_err err = { 0 };
		char key[8];

		snprintf(key, sizeof key, "%u", all[i]);
		if (!rv_json_get(j, key))
			continue;
		e->pcr[e->pcrs].index = all[i];
		assert_true(rv_json_need_hex(j, key, e->pcr[e->pcrs].value.b,
					     32, &err));
		e->pcrs++;
	}
}

static void one_made(struct question *q, const rv_json *j, char want[96],
		     char row[96])
{
	char name[96];

	word(j, "name", name);
	word(j, "want", want);
	word(j, "row", row);
	print_message("%s\n", name);
	replace(&q->e.vtpm.message, hex(j, "message"));
	replace(&q->e.vtpm.signature, hex(j, "signature"));
	replace(&q->e.vtpm.certificate, hex(j, "certificate"));
	replace(&q->middle, hex(j, "middle"));
	made_pcrs(rv_json_get(j, "pcrs"), &q->e.vtpm);
	q->file[0] = rv_buf_span(&q->middle);
}

static void made_quotes_are_judged(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *all = document(V "made.json", &text);
	const rv_json *cases = rv_json_get(all, "cases");
	RV_AUTO(question_free) struct question q;
	static struct said said;

	(void)state;
	start(&q, 'c');
	q.root = hex(all, "root");
	q.rules.root = rv_buf_span(&q.root);
	strip(&q.e.vtpm.log, 0);
	assert_true(rv_json_size(cases) > 40);
	for (size_t i = 0; i < rv_json_size(cases); i++) {
		char want[96], row[96];
		enum rv_code code;

		one_made(&q, rv_json_at(cases, i), want, row);
		code = ask(&q, &said);
		if (strcmp(want, "INPUT") == 0 ? !strstr(said.text, row)
					       : !says(&said, row))
			fail_msg("not %s: %s", row, said.text);
		if (strcmp(want, "INPUT") != 0 &&
		    strcmp(want, "GENUINE") != 0 && !strstr(said.text, want))
			fail_msg("not %s, %s: %s", want, row, said.text);
		assert_int_equal(code == RV_OK, strncmp(row, "yes", 3) == 0);
		assert_int_equal(code == RV_NO, strncmp(row, "no ", 3) == 0);
	}
	/* All the same: signed, but not under Google's root. */
	one_made(&q, rv_json_at(cases, 0), said.text, said.text + 96);
	q.rules.root = (struct rv_span){ 0 };
	assert_int_equal(ask(&q, &said), RV_NO);
	assert_non_null(strstr(said.text, "CHAIN"));
}

/* Of the one form of address, in what Google itself certified. */
static void the_list_has_an_address(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 }, none = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf der = file(V "intermediate-v3.der");
	RV_AUTO(rv_json_free) rv_json *all = document(V "crl.json", &text);
	struct rv_err err = { 0 };
	char url[256];

	(void)state;
	assert_true(rv_gcp_crl_url(rv_buf_span(&der), url, &err));
	assert_string_equal(url, "http://privateca-content-62d71773-0000-21da-"
				 "852e-f4f5e80d7778.storage.googleapis.com/"
				 "032bf9d39db4fa06aade/crl.crl");
	none = hex(rv_json_at(rv_json_get(all, "cases"), 0), "middle");
	assert_false(rv_gcp_crl_url(rv_buf_span(&none), url, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_non_null(strstr(err.msg, "names no revocation list"));
}

static void lists_are_judged(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *all = document(V "crl.json", &text);
	const rv_json *cases = rv_json_get(all, "cases");
	RV_AUTO(question_free) struct question q;
	static struct said said;

	(void)state;
	start(&q, 'c');
	q.root = hex(all, "root");
	q.rules.root = rv_buf_span(&q.root);
	strip(&q.e.vtpm.log, 0);
	replace(&q.e.vtpm.message, hex(all, "message"));
	replace(&q.e.vtpm.signature, hex(all, "signature"));
	made_pcrs(rv_json_get(all, "pcrs"), &q.e.vtpm);
	assert_true(rv_json_size(cases) > 15);
	for (size_t i = 0; i < rv_json_size(cases); i++) {
		const rv_json *j = rv_json_at(cases, i);
		const rv_json *lists = rv_json_get(j, "lists");
		struct rv_buf list[2] = { 0 };
		char name[96], want[96], row[96];
		enum rv_code code;

		word(j, "name", name);
		word(j, "want", want);
		word(j, "row", row);
		print_message("%s\n", name);
		replace(&q.e.vtpm.certificate, hex(j, "certificate"));
		replace(&q.middle, hex(j, "middle"));
		q.file[0] = rv_buf_span(&q.middle);
		for (size_t k = 0; k < rv_json_size(lists); k++) {
			struct rv_span h = rv_json_text(rv_json_at(lists, k));
			struct rv_err err = { 0 };

			assert_true(rv_unhex_buf(h, "list", &list[k], &err));
			q.file[1 + k] = rv_buf_span(&list[k]);
		}
		q.rules.files = 1 + rv_json_size(lists);
		code = ask(&q, &said);
		if (!says(&said, row) ||
		    (strcmp(want, "GENUINE") != 0 && !strstr(said.text, want)))
			fail_msg("not %s, %s: %s", want, row, said.text);
		assert_int_equal(code == RV_OK, strcmp(want, "GENUINE") == 0);
		assert_int_equal(code == RV_NO, strncmp(row, "no ", 3) == 0);
		for (size_t k = 0; k < RV_LEN(list); k++)
			rv_buf_free(&list[k]);
	}
}

static void made_endorsements_are_judged(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free)
	rv_json *all = document(V "endorsements.json", &text);
	const rv_json *cases = rv_json_get(all, "cases");
	RV_AUTO(question_free) struct question q;
	static struct said said;

	(void)state;
	start(&q, 'c');
	q.tcb_root = hex(all, "root");
	q.rules.files = 2;
	for (size_t i = 0; i < rv_json_size(cases); i++) {
		const rv_json *j = rv_json_at(cases, i);
		char name[96], want[96], row[96];

		word(j, "name", name);
		word(j, "want", want);
		word(j, "row", row);
		print_message("%s\n", name);
		q.rules.tcb_root = rv_buf_span(&q.tcb_root);
		replace(&q.more, hex(j, "endorsement"));
		q.file[1] = rv_buf_span(&q.more);
		ask(&q, &said);
		if (!says(&said, row) ||
		    (strcmp(want, "GENUINE") != 0 && !strstr(said.text, want)))
			fail_msg("not %s, %s: %s", want, row, said.text);
		/* Without that root nothing of it holds. */
		q.rules.tcb_root = (struct rv_span){ 0 };
		ask(&q, &said);
		assert_false(says(&said, "yes mrtd"));
	}
}

/* ---- disks ---- */

/* A disk of mostly zeros, by the pieces that are not. */
struct pieces {
	struct rv_disk disk;
	size_t n;
	struct {
		uint64_t at;
		struct rv_buf bytes; /* owned */
	} piece[16];
};

static bool read_pieces(void *arg, uint64_t at, size_t n, uint8_t *out,
			struct rv_err *err)
{
	struct pieces *p = arg;

	(void)err;
	assert_true(at + n <= p->disk.size);
	memset(out, 0, n);
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->piece[i].bytes.n; k++) {
			uint64_t where = p->piece[i].at + k;

			if (where >= at && where < at + n)
				out[where - at] = p->piece[i].bytes.p[k];
		}
	return true;
}

static void pieces_free(struct pieces *p)
{
	for (size_t i = 0; i < p->n; i++)
		rv_buf_free(&p->piece[i].bytes);
}

static uint8_t *put(struct pieces *p, uint64_t at, const void *bytes, size_t n)
{
	struct rv_err err = { 0 };

	assert_true(p->n < RV_LEN(p->piece));
	p->piece[p->n].at = at;
	assert_true(
	    rv_buf_copy(rv_span(bytes, n), &p->piece[p->n].bytes, &err));
	return p->piece[p->n++].bytes.p;
}

enum { SECTOR = 512, FATS = 520, RESERVED = 32, TOTAL = 67000, FIRST = 2048 };

static void le(uint8_t *p, size_t n, uint32_t v)
{
	for (; n--; v >>= 8)
		*p++ = (uint8_t)v;
}

static uint64_t cluster(uint32_t c)
{
	return FIRST * SECTOR +
	       (uint64_t)(RESERVED + 2 * FATS + c - 2) * SECTOR;
}

static void entry(uint8_t *e, const char *name, bool folder, uint32_t c,
		  uint32_t size)
{
	memset(e, ' ', 11);
	memcpy(e, name, strlen(name));
	e[11] = folder ? 0x10 : 0x20;
	le(e + 20, 2, c >> 16);
	le(e + 26, 2, c & 0xffff);
	le(e + 28, 4, size);
}

/* What of the file system is where, to be changed. */
struct parts {
	uint8_t *boot, *fat[2], *root, *efi, *folder;
};

/* EFI/BOOT/BOOTX64.EFI is @content, from cluster 5 on. */
static struct parts make_fat(struct pieces *p, struct rv_span content)
{
	uint32_t n = (uint32_t)((content.n + SECTOR - 1) / SECTOR);
	uint8_t boot[SECTOR] = { 0xeb, 0x58, 0x90 };
	RV_AUTO(rv_free)
	uint8_t *fat = calloc(1, (size_t)4 * (n + 5));
	uint8_t folder[SECTOR] = { 0 };
	struct parts out;

	p->disk.size = (uint64_t)(FIRST + TOTAL + 64) * SECTOR;
	p->disk.arg = p;
	p->disk.read = read_pieces;
	le(boot + 11, 2, SECTOR);
	boot[13] = 1;
	le(boot + 14, 2, RESERVED);
	boot[16] = 2;
	le(boot + 32, 4, TOTAL);
	le(boot + 36, 4, FATS);
	le(boot + 44, 4, 2);
	le(boot + 510, 2, 0xaa55);
	out.boot = put(p, FIRST * SECTOR, boot, sizeof boot);
	for (uint32_t i = 0; i < n + 5; i++)
		le(fat + (size_t)4 * i, 4,
		   i < 5 || i == n + 4 ? 0x0fffffff : i + 1);
	for (int i = 0; i < 2; i++)
		out.fat[i] =
		    put(p, (uint64_t)(FIRST + RESERVED + i * FATS) * SECTOR,
			fat, (size_t)4 * (n + 5));
	entry(folder, "EFI", true, 3, 0);
	out.root = put(p, cluster(2), folder, sizeof folder);
	entry(folder, "BOOT", true, 4, 0);
	out.efi = put(p, cluster(3), folder, sizeof folder);
	entry(folder, "BOOTX64 EFI", false, 5, (uint32_t)content.n);
	out.folder = put(p, cluster(4), folder, sizeof folder);
	put(p, cluster(5), content.p, content.n);
	return out;
}

static const char *const path[] = { "EFI", "BOOT", "BOOTX64.EFI" };

static bool find(struct pieces *p, struct rv_buf *out, struct rv_err *err)
{
	*err = (struct rv_err){ 0 };
	return rv_fat_file(&p->disk, FIRST * SECTOR, (uint64_t)TOTAL * SECTOR,
			   path, RV_LEN(path), 1 << 20, out, err);
}

static void a_file_is_found(void **state)
{
	uint8_t content[3 * SECTOR + 7];
	struct rv_err err;

	(void)state;
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (uint8_t)(i * 7);
	for (size_t n = 1; n <= sizeof content; n += n < 4 ? 1 : 255) {
		RV_AUTO(pieces_free) struct pieces p = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		make_fat(&p, rv_span(content, n));
		if (!find(&p, &b, &err))
			fail_msg("%s", err.msg);
		assert_true(rv_same(rv_buf_span(&b), rv_span(content, n)));
	}
}

/* What to change, and what must be said. */
static void change(struct parts *f, int how)
{
	switch (how) {
	case 0:
		f->boot[510] = 0;
		break;
	case 1:
		le(f->boot + 17, 2, 512); /* root entries: FAT16 */
		break;
	case 2:
		le(f->boot + 11, 2, 513);
		break;
	case 3:
		f->boot[16] = 1;
		break;
	case 4:
		le(f->boot + 40, 2, 0x80); /* one table in use */
		break;
	case 5:
		le(f->boot + 32, 4, TOTAL + 1);
		break;
	case 6:
		le(f->boot + 32, 4, 60000);
		break;
	case 7:
		le(f->boot + 36, 4, 500);
		break;
	case 8:
		le(f->boot + 44, 4, 1);
		break;
	case 9:
		f->fat[1][4 * 5] ^= 1;
		break;
	case 10:
		for (int i = 0; i < 2; i++)
			le(f->fat[i] + 4 * 6, 4, 5); /* round and round */
		break;
	case 11:
		for (int i = 0; i < 2; i++)
			le(f->fat[i] + 4 * 5, 4, 0x0fffffff);
		break;
	case 12:
		for (int i = 0; i < 2; i++)
			le(f->fat[i] + 4 * 5, 4, 0);
		break;
	case 13:
		for (int i = 0; i < 2; i++)
			le(f->fat[i] + 4 * 3, 4, 3); /* a folder without end */
		break;
	case 14:
		entry(f->folder + 32, "BOOTX64 EFI", false, 5, 5);
		break;
	case 15:
		f->folder[11] = 0x10;
		break;
	case 16:
		f->efi[0] = 0xe5;
		break;
	case 17:
		le(f->folder + 28, 4, 0);
		break;
	case 18:
		le(f->folder + 28, 4, 2 << 20);
		break;
	default:
		le(f->efi + 26, 2, 0xffff);
		le(f->efi + 20, 2, 0x0fff);
	}
}

static void damaged_file_systems_are_refused(void **state)
{
	static const char *const says[] = {
		"no boot sector",
		"another file system",
		"sectors or clusters",
		"not two tables",
		"not two tables",
		"larger than its partition",
		"as many clusters",
		"as many clusters",
		"leads to no cluster",
		"its two tables differ",
		"longer than what it is of",
		"shorter than its file",
		"shorter than its file",
		"longer than what it is of",
		"BOOTX64.EFI twice",
		"no file BOOTX64.EFI",
		"no folder BOOT",
		"of 0 bytes",
		"of 2097152 bytes",
		"leads to no cluster",
	};
	uint8_t content[3 * SECTOR] = { 1 };
	struct rv_err err;

	(void)state;
	for (size_t i = 0; i < RV_LEN(says); i++) {
		RV_AUTO(pieces_free) struct pieces p = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct parts f = make_fat(&p, rv_span(content, sizeof content));

		change(&f, (int)i);
		assert_false(find(&p, &b, &err));
		assert_int_equal(err.code, RV_INPUT);
		if (!strstr(err.msg, says[i]))
			fail_msg("%zu: %s, not %s", i, err.msg, says[i]);
	}
}

/* ---- disks that are booted ---- */

static void load_disk(const rv_json *j, struct pieces *p)
{
	const rv_json *all = rv_json_get(j, "pieces");

	assert_true(
	    rv_json_uint(rv_json_get(j, "size"), INT64_MAX, &p->disk.size));
	p->disk.arg = p;
	p->disk.read = read_pieces;
	for (size_t i = 0; i < rv_json_size(all); i++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf b = hex(rv_json_at(all, i), "bytes");
		uint64_t at;

		assert_true(rv_json_uint(rv_json_get(rv_json_at(all, i), "at"),
					 INT64_MAX, &at));
		put(p, at, b.p, b.n);
	}
}

static void same_hex(const rv_json *j, const char *key, const void *p, size_t n)
{
	RV_AUTO(rv_buf_free) struct rv_buf want = hex(j, key);

	if (!rv_same(rv_buf_span(&want), rv_span(p, n)))
		fail_msg("%s", key);
}

static struct rv_buf kernel_image(const struct pieces *p,
				  const struct rv_gpt *gpt)
{
	static const char *const loader[] = { "EFI", "BOOT", "BOOTX64.EFI" };
	struct rv_buf out = { 0 };
	struct rv_err err = { 0 };

	if (!rv_fat_file(&p->disk, gpt->part[0].first, gpt->part[0].n, loader,
			 RV_LEN(loader), RV_UKI_MAX, &out, &err))
		fail_msg("%s", err.msg);
	return out;
}

static void disks_give_their_registers(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *all = document(V "disk.json", &text);
	RV_AUTO(rv_free) struct rv_gcp_boot *b = calloc(1, sizeof *b);

	(void)state;
	assert_non_null(b);
	assert_true(rv_json_size(all) > 8);
	for (size_t i = 0; i < rv_json_size(all); i++) {
		const rv_json *j = rv_json_at(all, i);
		const rv_json *want = rv_json_get(j, "expected");
		RV_AUTO(pieces_free) struct pieces p = { 0 };
		struct rv_err err = { 0 };
		char name[96], says_it[96];
		bool good;

		word(j, "name", name);
		word(j, "says", says_it);
		print_message("%s\n", name);
		load_disk(j, &p);
		good = rv_gcp_boot_read(&p.disk, b, &err);
		if (*says_it) {
			assert_false(good);
			assert_int_equal(err.code, RV_INPUT);
			if (!strstr(err.msg, says_it))
				fail_msg("%s, not %s", err.msg, says_it);
			continue;
		}
		if (!good)
			fail_msg("%s", err.msg);
		same_hex(want, "rtmr1",
			 rv_values_register(&b->values, "rtmr1")->value.b, 48);
		same_hex(want, "rtmr2",
			 rv_values_register(&b->values, "rtmr2")->value.b, 48);
		same_hex(want, "pcr2", b->pcr2.b, 32);
		same_hex(want, "uki_auth", b->uki_auth.b, 32);
	}
}

/* The capture, as if it had booted this disk: of a signature nothing is left,
 * but what is compared must agree, and does not when any of it is changed. */
static void as_booted(struct question *q, const struct rv_gcp_boot *b)
{
	enum { RTMR1 = 48 + 328 + 48, RTMR2 = RTMR1 + 48 };

	memcpy(q->e.quote.p + RTMR1,
	       rv_values_register(&b->values, "rtmr1")->value.b, 48);
	memcpy(q->e.quote.p + RTMR2,
	       rv_values_register(&b->values, "rtmr2")->value.b, 48);
	strip(&q->e.log, 1);
	strip(&q->e.log, 2);
	strip(&q->e.vtpm.log, 2);
	for (size_t i = 0; i < q->e.vtpm.pcrs; i++)
		if (q->e.vtpm.pcr[i].index == 2)
			q->e.vtpm.pcr[i].value = b->pcr2;
	q->in.boot = b;
	q->in.values = NULL;
	q->in.prove = false;
}

/* What the vTPM would say of that quote and of these PCRs. */
static void attest_again(struct question *q)
{
	enum { EXTRA = 4 + 2 + 2 + 34 + 2 };
	struct rv_vtpm_evidence *e = &q->e.vtpm;
	uint8_t values[3 * 32];
	struct rv_err err = { 0 };
	struct rv_sha256 d;

	for (size_t i = 0; i < 3; i++)
		memcpy(values + 32 * i, e->pcr[i].value.b, 32);
	assert_true(rv_sha256(rv_span(values, sizeof values), &d, &err));
	memcpy(e->message.p + e->message.n - 32, d.b, 32);
	assert_true(rv_sha256(rv_buf_span(&q->e.quote), &d, &err));
	memcpy(e->message.p + EXTRA, d.b, 32);
}

static void a_disk_is_compared_with_the_machine(void **state)
{
	static const char *const row[] = { "rtmr1", "rtmr2", "pcr2" };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *all = document(V "disk.json", &text);
	RV_AUTO(rv_free) struct rv_gcp_boot *b = calloc(1, sizeof *b);
	RV_AUTO(pieces_free) struct pieces p = { 0 };
	RV_AUTO(question_free) struct question q;
	static struct said said;
	struct rv_err err = { 0 };

	(void)state;
	assert_non_null(b);
	load_disk(rv_json_at(all, 0), &p);
	assert_true(rv_gcp_boot_read(&p.disk, b, &err));
	start(&q, 'c');
	as_booted(&q, b);
	attest_again(&q);
	ask(&q, &said);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		char text_of[96];

		snprintf(text_of, sizeof text_of, " %s yes|", row[i]);
		assert_non_null(strstr(said.text, text_of));
	}
	assert_non_null(strstr(said.text, "with its partition table"));
	rests(&q, "rtmr1", "vtpm_quote");
	rests(&q, "rtmr2", "vtpm_quote");
	memset(q.e.vtpm.message.p + q.e.vtpm.message.n - 32, 0, 32);
	ask(&q, &said);
	/* Its PCRs are none that were signed: what rests on that falls. */
	assert_true(says(&said, "no vtpm_pcrs"));
	for (size_t i = 0; i < RV_LEN(row); i++) {
		char text_of[96];

		snprintf(text_of, sizeof text_of, " %s %s|", row[i],
			 i == 2 ? "cannot-tell" : "yes");
		assert_non_null(strstr(said.text, text_of));
	}
	q.e.quote.p[48 + 328 + 48] ^= 1;
	ask(&q, &said);
	assert_true(says(&said, "no rtmr1"));
	q.e.quote.p[48 + 328 + 2 * 48] ^= 1;
	ask(&q, &said);
	assert_true(says(&said, "no rtmr2"));
	q.e.vtpm.pcr[1].value.b[0] ^= 1;
	ask(&q, &said);
	assert_true(says(&said, "no pcr2"));
}

/* The same values as a document: with a partition table, and without one. */
static void values_are_compared_with_the_machine(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 }, uki = { 0 };
	RV_AUTO(rv_json_free) rv_json *all = document(V "disk.json", &text);
	RV_AUTO(rv_free) struct rv_gcp_boot *b = calloc(1, sizeof *b);
	RV_AUTO(rv_free) struct rv_boot_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct rv_gpt *gpt = calloc(1, sizeof *gpt);
	RV_AUTO(pieces_free) struct pieces p = { 0 };
	static uint8_t head[RV_GPT_HEAD];
	static struct said said;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(b && v && gpt);
	load_disk(rv_json_at(all, 0), &p);
	assert_true(rv_gcp_boot_read(&p.disk, b, &err));
	assert_true(b->whole);
	assert_true(p.disk.read(p.disk.arg, 0, sizeof head, head, &err));
	assert_true(rv_gpt_read(rv_span(head, sizeof head), p.disk.size, 512,
				gpt, &err));
	uki = kernel_image(&p, gpt);
	for (int table = 0; table < 2; table++) {
		RV_AUTO(question_free) struct question q;
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		const struct rv_boot_input in = { .platform = RV_BOOT_GCP,
						  .uki = rv_buf_span(&uki),
						  .gpt = table ? gpt : NULL };
		struct rv_span values;

		assert_true(rv_boot_predict(&in, v, &err));
		assert_true(rv_boot_write(v, &doc, &err));
		values = rv_buf_span(&doc);
		start(&q, 'c');
		as_booted(&q, b);
		attest_again(&q);
		q.in.boot = NULL;
		q.in.values = &values;
		ask(&q, &said);
		/* Without events one digest of a kernel image proves nothing.
		 */
		assert_true(
		    says(&said, table ? "yes pcr2" : "cannot-tell pcr2"));
		assert_true(
		    says(&said, table ? "yes rtmr1" : "unchecked rtmr1"));
		assert_true(says(&said, "yes rtmr2"));
		assert_non_null(strstr(said.text, "|the values|"));
		/* The disk that it is of may stand beside it. */
		q.in.boot = b;
		ask(&q, &said);
		assert_true(says(&said, "yes pcr2"));
		b->pcr2.b[0] ^= 1;
		assert_int_equal(ask(&q, &said), table ? RV_INPUT : RV_NO);
		assert_int_equal(strstr(said.text, "not the disk that") != NULL,
				 table);
		b->pcr2.b[0] ^= 1;
		q.in.boot = NULL;
		q.e.quote.p[48 + 328 + 2 * 48] ^= 1;
		ask(&q, &said);
		assert_true(says(&said, "no rtmr2"));
		/* Of another machine's image: each row that is known. */
		rv_evidence_free(&q.e);
		assert_true(rv_evidence_read_path(
		    "tests/vectors/real/gcp-tdx-attestation-c/attestation.bin",
		    NULL, &q.e, &err));
		assert_int_equal(ask(&q, &said), RV_NO);
		assert_true(says(&said, "no pcr2"));
		assert_true(says(&said, "no rtmr2"));
	}
}

/* Not of such a machine, or not enough of it. */
static void values_of_others_are_refused(void **state)
{
	RV_AUTO(rv_free) struct rv_boot_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct rv_gcp_boot *b = calloc(1, sizeof *b);
	RV_AUTO(rv_buf_free)
	struct rv_buf uki = file("tests/vectors/uki/boot-usual.efi");
	struct rv_boot_input in = { .platform = RV_BOOT_GCP,
				    .uki = rv_buf_span(&uki) };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(v && b && rv_boot_predict(&in, v, &err));
	assert_true(rv_gcp_boot_of(v, b, &err));
	assert_false(b->whole);
	for (int how = 0; how < 5; how++) {
		struct rv_boot_register *pcr2;

		assert_true(rv_boot_predict(&in, v, &err));
		pcr2 = &v->reg[2];
		assert_string_equal(pcr2->name, "pcr2");
		if (how == 0)
			v->platform = RV_BOOT_TDX;
		else if (how == 1)
			snprintf(pcr2->name, sizeof pcr2->name, "pcr4");
		else if (how == 2)
			pcr2->alg = RV_SHA384;
		else if (how == 3)
			pcr2->n = RV_GCP_PCR2_EVENTS + 1;
		else
			pcr2->event[2].known = false;
		err = (struct rv_err){ 0 };
		assert_false(rv_gcp_boot_of(v, b, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

/* A document beside the disk must be that disk's. */
static void a_disk_of_another_document_is_refused(void **state)
{
	RV_AUTO(rv_free) struct rv_gcp_boot *b = calloc(1, sizeof *b);
	RV_AUTO(question_free) struct question q;
	static struct said said;

	(void)state;
	assert_non_null(b);
	start(&q, 'c');
	q.in.boot = b;
	q.in.image_name = "disk.raw";
	assert_int_equal(ask(&q, &said), RV_INPUT);
	assert_non_null(strstr(said.text, "is not the one that"));
	/* And a disk says nothing of another maker's machine. */
	rv_evidence_free(&q.e);
	assert_true(
	    rv_evidence_read_path("tests/vectors/nitro/real-nitrotpm.cose",
				  NULL, &q.e, &(struct rv_err){ 0 }));
	assert_int_equal(ask(&q, &said), RV_USAGE);
}

/* ---- the hash of an image ---- */

/* What the machine's log says of its image. */
static void own_hash(struct question *q, struct rv_sha256 *out)
{
	RV_AUTO(rv_verified_free) struct rv_verified verified = { 0 };
	static struct said said;
	struct rv_err err = { 0 };
	const char *hex;

	ask(q, &said);
	assert_true(rv_verify(verifier, &q->in, &verified, &err));
	hex = check_of(&verified.report, "os_image_hash")->actual;
	assert_non_null(hex);
	assert_true(rv_unhex(rv_text(hex), out->b, sizeof out->b));
}

/* It is compared, each byte of it, also where the image has no document. */
static void an_image_s_hash_is_compared(void **state)
{
	RV_AUTO(question_free) struct question q;
	struct rv_image image = { .has_os_image_hash = true };

	(void)state;
	start(&q, 'c');
	q.in.prove = false;
	own_hash(&q, &image.os_image_hash);
	q.in.values = NULL;
	q.in.image = &image;
	expect(&q, RV_INPUT, "yes os_image_hash");
	expect(&q, RV_INPUT, "cannot-tell pcr2");
	rests(&q, "os_image_hash", "rtmr3_log,event_contents,vtpm_quote,pcr14");
	for (size_t at = 0; at < 32; at++) {
		image.os_image_hash.b[at] ^= 1;
		expect(&q, RV_NO, "no os_image_hash");
		image.os_image_hash.b[at] ^= 1;
	}
	image.has_os_image_hash = false;
	expect(&q, RV_INPUT, "unchecked os_image_hash");
}

/* That of a record as that of an image. */
static void a_record_s_hash_is_compared(void **state)
{
	const struct rv_verifier_options o = { .records = &records };
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(question_free) struct question q;
	static struct said said;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	start(&q, 'c');
	q.in.prove = false;
	q.in.values = NULL;
	q.in.release = "dstack-0.5.8";
	assert_int_equal(answer(v, &q.in, &said), RV_NO);
	assert_true(says(&said, "no os_image_hash"));
	assert_true(says(&said, "cannot-tell pcr2"));
}

/* ---- the document that the machine itself has ---- */

/* Values that name an image by its hash alone, as a document. */
static struct rv_buf image_of(struct rv_span checksums)
{
	RV_AUTO(rv_buf_free)
	struct rv_buf b = file("tests/vectors/formats/statement.json");
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	struct rv_buf out = { 0 };
	struct rv_signature sig;
	struct rv_err err = { 0 };

	assert_non_null(v);
	if (!rv_publish_read(rv_buf_span(&b), rv_span(NULL, 0), v, &sig, &err))
		fail_msg("%s", err.msg);
	memset(&v->platforms, 0, sizeof v->platforms);
	v->has_os_image_hash = true;
	assert_true(rv_sha256(checksums, &v->os_image_hash, &err));
	if (!rv_publish(RV_FORMAT_VALUES, v, rv_span(NULL, 0), &p, &err) ||
	    !rv_buf_copy(rv_buf_span(&p.document), &out, &err))
		fail_msg("%s", err.msg);
	return out;
}

static void add_base64(struct rv_grow *g, struct rv_span s)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_base64(s, &b, &err));
	rv_grow_printf(g, "\"%s\"", (const char *)b.p);
}

/* sha256sum.txt of @document, under @name. */
static void sums_of(struct rv_span document, const char *name, char *out,
		    size_t room)
{
	struct rv_sha256 d;
	struct rv_err err = { 0 };
	char hex[65];

	assert_true(rv_sha256(document, &d, &err));
	rv_hex(rv_span(d.b, sizeof d.b), hex);
	snprintf(out, room, "%s  %s\n", hex, name);
}

/*
 * It comes from the host: it counts where the hash that is expected is that of
 * a list which has it, and is as if it were not there in every other case.
 */
static void a_document_must_be_listed(void **state)
{
	static const struct {
		const char *row, *name;
		bool other_hash, flip, no_list, no_text, not_base64, not_json,
		    not_cbor, none;
	} t[] = {
		{ "yes pcr2", "measurement.gcp.cbor", .none = false },
		{ "cannot-tell pcr2", "measurement.gcp.cbor",
		  .other_hash = true },
		{ "cannot-tell pcr2", "measurement.gcp.cbor", .flip = true },
		{ "cannot-tell pcr2", "measurement.aws.cbor", .none = false },
		{ "cannot-tell pcr2", "measurement.gcp.cbor", .no_list = true },
		{ "cannot-tell pcr2", "measurement.gcp.cbor", .no_text = true },
		{ "cannot-tell pcr2", "measurement.gcp.cbor",
		  .not_base64 = true },
		{ "cannot-tell pcr2", "measurement.gcp.cbor",
		  .not_json = true },
		{ "cannot-tell pcr2", "measurement.gcp.cbor",
		  .not_cbor = true },
		{ "cannot-tell pcr2", "measurement.gcp.cbor", .none = true },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(question_free) struct question q;
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err = { 0 };
		struct rv_span values, own;
		char sums[128];

		start(&q, 'c');
		own = t[i].not_cbor ? rv_text("none") : q.values_bytes;
		sums_of(own, t[i].name, sums, sizeof sums);
		doc = image_of(rv_text(t[i].other_hash ? "" : sums));
		values = rv_buf_span(&doc);
		if (t[i].flip)
			q.values.p[q.values.n - 1] ^= 1;
		rv_grow_text(&g, "{\"gcp_measurement\":{\"measurement\":");
		add_base64(&g, own);
		if (!t[i].no_list) {
			rv_grow_text(&g, ",\"checksum_file\":");
			if (t[i].not_base64)
				rv_grow_text(&g, "\"!\"");
			else if (t[i].no_text)
				rv_grow_text(&g, "1");
			else
				add_base64(&g, rv_text(sums));
		}
		rv_grow_text(&g, t[i].not_json ? "}" : "}}");
		if (t[i].none) {
			rv_grow_free(&g);
			rv_grow_text(&g, "{\"cpu_count\":1}");
		}
		rv_buf_free(&q.e.vm_config);
		assert_true(rv_grow_take(&g, &q.e.vm_config, &err));
		q.in.values = &values;
		q.in.values_name = i & 1 ? "list" : NULL;
		/* The machine's own hash is another: a no, whatever the row. */
		expect(&q, RV_NO, t[i].row);
	}
}

/* A name is needed by nobody: the disk is refused all the same. */
static void a_disk_without_a_name_is_refused(void **state)
{
	RV_AUTO(rv_free) struct rv_gcp_boot *b = calloc(1, sizeof *b);
	RV_AUTO(question_free) struct question q;
	static struct said said;

	(void)state;
	assert_non_null(b);
	start(&q, 'c');
	q.in.boot = b;
	assert_int_equal(ask(&q, &said), RV_INPUT);
	assert_string_equal(said.text,
			    "disk: the kernel image on the disk is not the one"
			    " that measurement.gcp.cbor names");
}

#define TEST(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(quotes_are_read_whole),
		TEST(pcr0_is_that_of_the_technology),
		TEST(a_capture_verifies),
		TEST(without_its_authority_a_capture_is_no_yes),
		TEST(encodings_say_the_same),
		TEST(no_changed_bit_is_genuine),
		TEST(no_changed_byte_says_something_else),
		TEST(logs_must_be_those_of_the_registers),
		TEST(one_digest_needs_the_whole_logs),
		TEST(events_that_are_not_here_say_nothing),
		TEST(another_image_is_a_no),
		TEST(a_loader_in_the_table_s_place_is_no_yes),
		TEST(other_forms_of_a_boot_are_no_yes),
		TEST(made_quotes_are_judged),
		TEST(made_endorsements_are_judged),
		TEST(a_file_is_found),
		TEST(damaged_file_systems_are_refused),
		TEST(disks_give_their_registers),
		TEST(a_disk_is_compared_with_the_machine),
		TEST(an_image_s_hash_is_compared),
		TEST(a_record_s_hash_is_compared),
		TEST(a_document_must_be_listed),
		TEST(a_disk_without_a_name_is_refused),
		TEST(the_list_has_an_address),
		TEST(lists_are_judged),
		TEST(values_are_compared_with_the_machine),
		TEST(values_of_others_are_refused),
		TEST(a_disk_of_another_document_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, end_verifier);
}
