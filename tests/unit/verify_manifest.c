/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_manifest.c - what is given as the app-compose.json of the captured
 * machine and is none, the init scripts of one beside those that a guest
 * recorded, and what it recorded of its GPUs. Runs in the top folder of the
 * source tree.
 */
#include "machine.h"

#include "digest.h"

/* ---- no manifest at all ---- */

/* What rv_verify() says of @given in place of the machine's own. */
static void refused(struct rv_verifier *v, struct rv_span given,
		    const char *says)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };

	machine_load(&m);
	m.compose_bytes = given;
	m.in.prove = false;
	if (rv_verify(v, &m.in, &out, &err))
		fail_msg("%.40s: read", (const char *)given.p);
	assert_int_equal(err.code, RV_INPUT);
	if (strncmp(err.msg, "app-compose.json: ", 18) != 0 ||
	    !strstr(err.msg, says))
		fail_msg("%s", err.msg);
}

static void no_manifests(void **state)
{
	static const char *const row[][2] = {
		{ "", "empty, no app-compose.json" },
		{ "services:\n  a: {}\n", "a docker-compose file, not the" },
		{ "x: 1\nservices:\n", "a docker-compose file, not the" },
		{ "x: services:\n", "not an app-compose.json" },
		{ "{", "" },
		{ "{}", "not an app-compose.json" },
		{ "[]", "not an app-compose.json" },
		{ "\xef\xbb\xbf{", "" },
		{ "\xef\xbb\xbf[]", "not an app-compose.json" },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf quote = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow inner = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };
	struct rv_span inside;

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t i = 0; i < RV_LEN(row); i++)
		refused(v, rv_text(row[i][0]), row[i][1]);
	assert_true(rv_buf_read(MACHINE "/quote.bin", 1 << 20, &quote, &err));
	refused(v, rv_buf_span(&quote), "evidence of a machine (quote), not");
	machine_load(&m);
	assert_true(rv_compose_read(m.compose_bytes, &c, &err));
	inside = rv_compose_text(c, "docker_compose_file");
	assert_true(inside.n > 0);
	refused(v, inside, "the docker_compose_file inside the manifest");
	rv_grow_add(&inner, inside.p, inside.n);
	rv_grow_text(&inner, "\r\n\n");
	refused(v, rv_buf_span(&inner.buf),
		"the docker_compose_file inside the manifest");
	rv_grow_text(&inner, "#");
	refused(v, rv_buf_span(&inner.buf), "a docker-compose file, not the");
}

/* ---- init scripts ---- */

enum { EVENTS = 8 };

struct scripts {
	const char *manifest; /* its init_script; NULL: has none */
	const char *recorded; /* a letter for each, which is the script */
	size_t payload;	      /* bytes of each; 0: 32 */
	const char *other;    /* an event before them; NULL: none */
	const char *text;     /* of that event; NULL: none */
	bool not_given;	      /* the manifest */
	const char *says;     /* NULL: no row */
};

static void record(struct rv_event *e, const char *name, struct rv_span payload)
{
	struct rv_err err = { 0 };

	*e = (struct rv_event){ .imr = 3,
				.type = RV_EV_DSTACK_RUNTIME,
				.version = 1,
				.has_digest = true };
	assert_true(rv_text_copy(rv_text(name), "name", &e->name, &err) &&
		    rv_buf_copy(payload, &e->payload, &err));
}

/* The log with what was recorded behind its first runtime event. */
static void edit_log(struct rv_log *log, const struct scripts *s)
{
	struct rv_event *all = calloc(log->n + EVENTS, sizeof *all);
	size_t at = 0, n;
	struct rv_err err = { 0 };

	assert_non_null(all);
	while (at < log->n && log->event[at].type != RV_EV_DSTACK_RUNTIME)
		at++;
	assert_true(++at < log->n);
	memcpy(all, log->event, at * sizeof *all);
	n = at;
	if (s->other)
		record(&all[n++], s->other, rv_text(s->text ? s->text : ""));
	for (const char *r = s->recorded; *r; r++) {
		struct rv_sha256 d;

		assert_true(rv_sha256(rv_span(r, 1), &d, &err));
		record(&all[n++], "init-script-hash",
		       rv_span(d.b, s->payload ? s->payload : sizeof d.b));
	}
	memcpy(all + n, log->event + at, (log->n - at) * sizeof *all);
	log->n += n - at;
	free(log->event);
	log->event = all;
}

static void judge(struct rv_verifier *v, const struct scripts *s)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(machine_free) struct machine m;
	const char *reason = NULL;
	struct rv_err err = { 0 };

	machine_load(&m);
	edit_log(&m.evidence.log, s);
	if (s->manifest) {
		rv_grow_printf(&g, "{\"init_script\":%s,", s->manifest);
		rv_grow_add(&g, m.compose.p + 1, m.compose.n - 1);
		m.compose_bytes = rv_buf_span(&g.buf);
	}
	if (s->not_given)
		m.in.compose = NULL;
	m.in.prove = false;
	if (!rv_verify(v, &m.in, &out, &err))
		fail_msg("%s: %s", s->manifest, err.msg);
	for (size_t i = 0; i < out.report.n; i++)
		if (strcmp(out.report.check[i].name, "init_scripts") == 0)
			reason = out.report.check[i].reason;
	if ((reason != NULL) != (s->says != NULL) ||
	    (reason && !strstr(reason, s->says)))
		fail_msg("%s beside \"%s\": %s", or_none(s->manifest),
			 s->recorded, or_none(reason));
}

static void init_scripts(void **state)
{
	static const char same[] = "each is the SHA-256 of the manifest's";
	static const char other[] = "the guest ran other init scripts";
	static const struct scripts row[] = {
		{ NULL, "", .says = NULL },
		{ NULL, "a", .says = other },
		{ "\"a\"", "", .says = "none of the manifest's 1: dstack" },
		{ "\"a\"", "a", .says = same },
		{ "\"a\"", "b", .says = other },
		{ "\"a\"", "aa", .says = other },
		{ "[\"a\"]", "a", .says = same },
		{ "[\"a\",\"b\"]", "ab", .says = same },
		{ "[\"a\",\"b\"]", "ba", .says = other },
		{ "[\"a\",\"b\"]", "a", .says = other },
		{ "[\"a\",\"b\"]", "", .says = "the manifest's 2: dstack" },
		{ "[]", "", .says = NULL },
		{ "[]", "a", .says = other },
		{ "5", "a", .says = other },
		{ "[\"a\",\"b\",\"c\",\"d\",\"e\"]", "abcde", .says = same },
		{ "[\"a\",\"b\",\"c\",\"d\",\"e\"]", "abcdf", .says = other },
		/* More than a guest takes are never the same. */
		{ "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]", "abcdef",
		  .says = other },
		{ "\"a\"", "a", .payload = 31, .says = other },
		{ "\"a\"", "a", .other = "other", .says = same },
		{ "\"a\"", "a", .other = "system-ready",
		  .says = "none of the manifest's 1" },
		{ NULL, "a", .not_given = true,
		  .says = "no app-compose.json was given" },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t i = 0; i < RV_LEN(row); i++)
		judge(v, &row[i]);
}

/* ---- GPUs at boot ---- */

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
/* What the guest recorded; each member as it is given here. */
#define GPUS(version, provider, devices, mode, tools, sha)                     \
	"{" version provider devices mode tools sha "\"dbgstat\":1}"
#define GOOD	 GPUS(VERSION, PROVIDER, DEVICES, MODE, TOOLS, EVIDENCE)
#define VERSION	 "\"version\":2,"
#define PROVIDER "\"provider\":\"nvidia\","
#define DEVICES	 "\"devices\":2,"
#define MODE	 "\"cc_mode\":\"on\","
#define TOOLS	 "\"devtools\":false,"
#define EVIDENCE "\"evidence_sha256\":\"" SHA "\","

static const struct {
	const char *payload;
	const char *bytes; /* what GPUs said when it started; NULL: not there */
	enum rv_verdict verdict;
	const char *says;
} at_boot[] = {
	{ GOOD, NULL, RV_UNCHECKED,
	  "2 devices passed at boot, in confidential mode, developer tools off;"
	  " what it got is not in the evidence" },
	{ GPUS(VERSION, PROVIDER, DEVICES, MODE, "\"devtools\":true,",
	       EVIDENCE),
	  NULL, RV_DIFFERS, "developer tools were on, which" },
	{ GOOD, "x", RV_DIFFERS, "the event has that of other bytes" },
	{ GPUS("\"version\":3,", PROVIDER, DEVICES, MODE, TOOLS, EVIDENCE),
	  NULL, RV_UNCHECKED, "2 devices passed" },
	{ GPUS("\"version\":1,", PROVIDER, DEVICES, MODE, TOOLS, EVIDENCE),
	  NULL, RV_CANNOT_TELL, "version 1, or a member of it" },
	{ GPUS("\"version\":4,", PROVIDER, DEVICES, MODE, TOOLS, EVIDENCE),
	  NULL, RV_CANNOT_TELL, "version 4, or a member of it" },
	{ GPUS(VERSION "\"more\":1,", PROVIDER, DEVICES, MODE, TOOLS, EVIDENCE),
	  NULL, RV_CANNOT_TELL, "version 2, or a member of it" },
	{ GPUS("", PROVIDER, DEVICES, MODE, TOOLS, EVIDENCE), NULL,
	  RV_CANNOT_TELL, "gpu-attestation: version" },
	{ GPUS(VERSION, "", DEVICES, MODE, TOOLS, EVIDENCE), NULL,
	  RV_CANNOT_TELL, "gpu-attestation: provider" },
	{ GPUS(VERSION, PROVIDER, "", MODE, TOOLS, EVIDENCE), NULL,
	  RV_CANNOT_TELL, "gpu-attestation: devices" },
	{ GPUS(VERSION, PROVIDER, DEVICES, "", TOOLS, EVIDENCE), NULL,
	  RV_CANNOT_TELL, "gpu-attestation: cc_mode" },
	{ GPUS(VERSION, PROVIDER, DEVICES, MODE, "", EVIDENCE), NULL,
	  RV_CANNOT_TELL, "devtools: not true or false" },
	{ GPUS(VERSION, PROVIDER, DEVICES, MODE, TOOLS, ""), NULL,
	  RV_CANNOT_TELL, "gpu-attestation: evidence_sha256" },
	{ GPUS(VERSION, "\"provider\":\"amd\",", DEVICES, MODE, TOOLS,
	       EVIDENCE),
	  NULL, RV_CANNOT_TELL, "the provider is not nvidia" },
	{ GPUS(VERSION, PROVIDER, "\"devices\":65,", MODE, TOOLS, EVIDENCE),
	  NULL, RV_CANNOT_TELL, "gpu-attestation: devices" },
	{ GPUS(VERSION, PROVIDER, "\"devices\":0,", MODE, TOOLS, EVIDENCE),
	  NULL, RV_DIFFERS, "of no device" },
	{ GPUS(VERSION, PROVIDER, DEVICES, "\"cc_mode\":\"off\",", TOOLS,
	       EVIDENCE),
	  NULL, RV_DIFFERS, "confidential computing was not on" },
	{ "{", NULL, RV_CANNOT_TELL, "gpu-attestation: " },
};

static void gpus_at_boot(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t i = 0; i < RV_LEN(at_boot); i++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(machine_free) struct machine m;
		struct scripts s = { .recorded = "" };
		const struct rv_check *c;

		machine_load(&m);
		s.other = "gpu-attestation";
		s.text = at_boot[i].payload;
		edit_log(&m.evidence.log, &s);
		if (at_boot[i].bytes)
			assert_true(rv_buf_copy(rv_text(at_boot[i].bytes),
						&m.evidence.gpu_boot, &err));
		m.in.prove = false;
		if (!rv_verify(v, &m.in, &out, &err))
			fail_msg("%s", err.msg);
		c = check_of(&out.report, "gpu_attestation");
		assert_int_equal(c->n_rests, 2);
		assert_string_equal(c->rests[0], "rtmr3_log");
		assert_string_equal(c->rests[1], "event_contents");
		if (!strstr(or_none(c->reason), at_boot[i].says) ||
		    (c->verdict != at_boot[i].verdict &&
		     !strstr(c->reason, "without that: ")))
			fail_msg("row %zu: %d: %s", i, (int)c->verdict,
				 or_none(c->reason));
	}
}

/* ---- another manifest than the one that runs ---- */

/* The machine records the hash of @own, and has it, where @has. */
static void runs(struct machine *m, const char *own, bool has)
{
	struct rv_log *log = &m->evidence.log;
	struct rv_sha256 d;
	struct rv_err err = { 0 };
	size_t found = 0;

	assert_true(rv_sha256(rv_text(own), &d, &err));
	for (size_t i = 0; i < log->n; i++)
		if (log->event[i].name &&
		    strcmp(log->event[i].name, "compose-hash") == 0) {
			memcpy(log->event[i].payload.p, d.b, sizeof d.b);
			found++;
		}
	assert_int_equal(found, 1);
	rv_buf_free(&m->evidence.app_compose);
	if (has)
		assert_true(
		    rv_buf_copy(rv_text(own), &m->evidence.app_compose, &err));
}

#define HEAD "{\"manifest_version\":2,\"runner\":\"docker-compose\","
#define M(name, compose, envs)                                                 \
	HEAD "\"name\":\"" name "\",\"docker_compose_file\":\"" compose        \
	     "\",\"allowed_envs\":[" envs "]}"
#define AB "\"A\",\"B\""

static void why_it_is_another(void **state)
{
	static const struct {
		const char *own, *given, *says;
		bool gone; /* the machine has not its own */
	} t[] = {
		{ M("a", "x", AB), M("b", "x", AB), "it differs in name",
		  false },
		{ M("a", "x", AB), M("b", "y", AB), " more places", false },
		{ M("a", "x", AB), M("a", "x", "\"B\",\"A\""),
		  "the same but for the order of allowed_envs", false },
		{ M("a", "x", AB), M("a", "x", "\"B\",\"C\""),
		  "it differs in allowed_envs[0]", false },
		{ M("a", "x", AB), M("a", "x", "\"A\",\"C\""),
		  "it differs in allowed_envs[1]", false },
		{ M("a", "x", AB), M("a", "x", "\"A\""),
		  ", which only the machine's has", false },
		{ M("a", "x", "\"A\""), M("a", "x", AB),
		  ", which the machine's has not", false },
		{ M("a", "1\\n2\\n3", AB), M("a", "1\\n2\\n4", AB),
		  "it differs in docker_compose_file, line 3", false },
		{ M("\xc3\xa9", "x", AB), M("e\xcc\x81", "x", AB),
		  ", where one is decomposed text (NFD) and the other not",
		  false },
		{ M("e\xcd\xa2", "x", AB), M("e", "x", AB),
		  ", where one is decomposed text (NFD) and the other not",
		  false },
		{ M("a", "x", AB), M("a", "x", AB) "\n",
		  "the same with a line feed at the end: jq -r", false },
		{ M("a", "x", AB) "\n", M("a", "x", AB),
		  "the same content, but the machine's is with ", false },
		{ HEAD "\"name\":\"a\",\"docker_compose_file\":\"x\"}",
		  "{\"runner\":\"docker-compose\",\"manifest_version\":2,"
		  "\"name\":\"a\",\"docker_compose_file\":\"x\"}",
		  "the same but for the order of members", false },
		{ "x", M("a", "x", AB),
		  "what it recorded is the SHA-256 of the docker_compose_file"
		  " in it",
		  false },
		{ M("a", "x", AB), "\xef\xbb\xbf" M("a", "x", AB), "", false },
		{ M("a", "x", AB), M("b", "x", AB),
		  "the given one was edited, or is of another app", true },
		/* What an editor, or a tool between, made of the one text. */
		{ M("a", "1\\r\\n2\\r\\n", AB), M("a", "1\\n2\\n", AB),
		  "docker_compose_file with CR LF for LF", true },
		{ M("a", "1\\n2\\n", AB), M("a", "1\\r\\n2\\r\\n", AB),
		  "docker_compose_file with LF for CR LF", true },
		{ M("a", "1\\n2", AB), M("a", "1\\n2\\n", AB),
		  "docker_compose_file without the newline at its end", true },
		{ M("a", "1\\n2\\n", AB), M("a", "1\\n2", AB),
		  "docker_compose_file with a newline more at its end", true },
		{ M("a", "1\\n", AB), M("a", "1\\n\\n", AB),
		  "docker_compose_file with", true },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(machine_free) struct machine m;
		const struct rv_check *c;

		machine_load(&m);
		runs(&m, t[i].own, !t[i].gone);
		m.compose_bytes = rv_text(t[i].given);
		m.in.prove = false;
		if (!rv_verify(v, &m.in, &out, &err))
			fail_msg("%zu: %s", i, err.msg);
		c = check_of(&out.report, "compose_hash");
		assert_int_equal(c->verdict, RV_DIFFERS);
		if (!strstr(c->reason, t[i].says))
			fail_msg("%zu: %s", i, c->reason);
	}
}

/* ---- many manifests, one of them by its hash ---- */

static bool two_names(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, "a", err) && rv_names_add(out, "b", err);
}

static bool its_name(void *arg, const char *name, size_t max,
		     struct rv_buf *out, struct rv_err *err)
{
	(void)arg;
	(void)max;
	return rv_buf_copy(rv_text(name), out, err);
}

static void found_by_hash(void **state)
{
	const struct rv_folder folder = { .name = "manifests",
					  .list = two_names,
					  .read = its_name };
	struct rv_manifests all = { 0 }, none = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 d;
	uint8_t longer[33] = { 0 };

	(void)state;
	assert_true(rv_manifests_read(&folder, &all, &err));
	assert_int_equal(all.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const char *name = i ? "b" : "a";
		const struct rv_manifest *m;

		assert_true(rv_sha256(rv_text(name), &d, &err));
		m = rv_manifests_find(&all, rv_span(d.b, sizeof d.b));
		assert_non_null(m);
		assert_string_equal(m->name, name);
		assert_null(rv_manifests_find(&none, rv_span(d.b, 32)));
		/* The first 31 bytes of it, and one more behind them all. */
		assert_null(rv_manifests_find(&all, rv_span(d.b, 31)));
		memcpy(longer, d.b, 32);
		assert_null(rv_manifests_find(&all, rv_span(longer, 33)));
		for (size_t k = 0; k < 32; k++) {
			d.b[k] ^= 1;
			assert_null(rv_manifests_find(&all, rv_span(d.b, 32)));
			d.b[k] ^= 1;
		}
	}
	rv_manifests_free(&all);
}

/* An event of another name is no compose-hash. */
static void rename_it(struct rv_log *log)
{
	for (size_t i = 0; i < log->n; i++)
		if (strcmp(or_none(log->event[i].name), "compose-hash") == 0) {
			log->event[i].name[0] = 'C';
			return;
		}
	fail_msg("no compose-hash");
}

/* Another runs: no. Nobody says which one runs: that cannot be told. */
static void none_of_those_given(void **state)
{
	static const struct rv_folder folder = { .name = "manifests",
						 .list = two_names,
						 .read = its_name };
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_manifests_free) struct rv_manifests all = { 0 };
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	assert_true(rv_manifests_read(&folder, &all, &err));
	for (int event = 0; event < 2; event++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(machine_free) struct machine m;
		const struct rv_check *c;

		machine_load(&m);
		if (!event)
			rename_it(&m.evidence.log);
		m.in.prove = false;
		m.in.compose = NULL;
		m.in.manifests = &all;
		if (!rv_verify(v, &m.in, &out, &err))
			fail_msg("%s", err.msg);
		c = check_of(&out.report, "compose_hash");
		assert_int_equal(c->verdict,
				 event ? RV_DIFFERS : RV_CANNOT_TELL);
		assert_string_equal(c->from, "2 given app-compose files");
		assert_string_equal(
		    c->reason,
		    event ? "the machine runs none of those that were given"
			  : "no compose-hash event, by which to choose among"
			    " those that were given");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_it_is_another),
		cmocka_unit_test(no_manifests),
		cmocka_unit_test(found_by_hash),
		cmocka_unit_test(none_of_those_given),
		cmocka_unit_test(init_scripts),
		cmocka_unit_test(gpus_at_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
