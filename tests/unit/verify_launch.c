/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_launch.c - the init scripts that a host stated before the launch, in
 * the document that mr_config_id binds. Runs in the top folder of the source
 * tree.
 */
#include "machine.h"

#include "digest.h"

enum { CONFIG_ID = 48 + 184 }; /* in the quote */

/* SHA-256 of "one" and of "two" */
#define ONE   "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
#define TWO   "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"
#define HASH  "\\\"" ONE "\\\""
#define HASH2 "\\\"" TWO "\\\""

/* The row of a machine whose mr_config is @doc, as a member of a text. */
static const struct rv_check *row_of(struct machine *m, const char *doc,
				     bool bound, struct rv_verified *out)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { .records = &records };
	struct rv_sha384 id;
	struct rv_err err = { 0 };
	char config[2000], text[2000];
	size_t n = 0;

	snprintf(config, sizeof config, "{\"mr_config\":\"%s\"}", doc);
	for (const char *p = doc; *p; p++)
		if (*p != '\\')
			text[n++] = *p;
	text[n] = '\0';
	rv_buf_free(&m->evidence.vm_config);
	assert_true(
	    rv_buf_copy(rv_text(config), &m->evidence.vm_config, &err) &&
	    rv_mr_config_id_v3(rv_text(text), &id, &err) &&
	    rv_verifier_new(&o, &v, &err));
	memcpy(m->evidence.quote.p + CONFIG_ID, id.b, 48);
	m->evidence.quote.p[CONFIG_ID + 32] ^= bound ? 0 : 1;
	if (!rv_verify(v, &m->in, out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < out->report.n; i++)
		if (strcmp(out->report.check[i].name, "init_scripts_launch") ==
		    0)
			return &out->report.check[i];
	return NULL;
}

#define SCRIPTS(list) "{\\\"init_script_hashes\\\":" list "}"
#define STATED	      "the host stated these scripts before the launch"
#define OTHERS	      "the host stated other init scripts"
#define FIVE(h)	      h "," h "," h "," h "," h

static void scripts_at_launch(void **state)
{
	static const struct {
		const char *doc, *compose, *says; /* NULL: there is no row */
		enum rv_verdict verdict;
		bool unbound;
	} t[] = {
		{ SCRIPTS("[" HASH "]"), "\"one\"", STATED, RV_UNCHECKED,
		  false },
		{ SCRIPTS("[" HASH "]"), "[\"one\"]", STATED, RV_UNCHECKED,
		  false },
		{ SCRIPTS("[" HASH "," HASH2 "]"), "[\"one\",\"two\"]", STATED,
		  RV_UNCHECKED, false },
		{ SCRIPTS("[" HASH2 "," HASH "]"), "[\"one\",\"two\"]", OTHERS,
		  RV_DIFFERS, false },
		{ SCRIPTS("[" HASH "]"), "[\"one\",\"two\"]", OTHERS,
		  RV_DIFFERS, false },
		{ SCRIPTS("[" HASH "]"), "\"two\"", OTHERS, RV_DIFFERS, false },
		{ SCRIPTS("[" HASH "]"), "[]", OTHERS, RV_DIFFERS, false },
		{ SCRIPTS("[]"), "\"one\"", OTHERS, RV_DIFFERS, false },
		{ SCRIPTS("[]"), "[]", STATED, RV_UNCHECKED, false },
		{ SCRIPTS("[" HASH "]"), NULL, "no app-compose.json was given",
		  RV_UNCHECKED, false },
		{ SCRIPTS("null"), "\"one\"", NULL, RV_UNCHECKED, false },
		{ SCRIPTS("{}"), "\"one\"",
		  "mr_config: init_script_hashes: no"
		  " array of at most",
		  RV_CANNOT_TELL, false },
		{ SCRIPTS("[1]"), "\"one\"",
		  "init_script_hashes: 0 is no"
		  " SHA-256",
		  RV_CANNOT_TELL, false },
		{ SCRIPTS("[" HASH ",\\\"00\\\"]"), "\"one\"",
		  "init_script_hashes: 1 is no SHA-256", RV_CANNOT_TELL,
		  false },
		{ SCRIPTS("[" FIVE(HASH) "]"), "[" FIVE("\"one\"") "]", STATED,
		  RV_UNCHECKED, false },
		{ SCRIPTS("[" FIVE(HASH) "," HASH "]"),
		  "[" FIVE("\"one\"") ",\"one\"]", "no array of at most 5",
		  RV_CANNOT_TELL, false },
		{ SCRIPTS("[" FIVE(HASH) "]"), "[" FIVE("\"one\"") ",\"one\"]",
		  OTHERS, RV_DIFFERS, false },
		{ "{}", "\"one\"", NULL, RV_UNCHECKED, false },
		{ "none", "\"one\"", NULL, RV_UNCHECKED, false },
		{ SCRIPTS("[" HASH "]"), "\"one\"", NULL, RV_UNCHECKED, true },
	};
	RV_AUTO(machine_free) struct machine m;

	(void)state;
	machine_load(&m);
	m.in.prove = false;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		const struct rv_check *c;
		struct rv_span compose;
		char text[200];

		snprintf(text, sizeof text,
			 "{\"manifest_version\":2,\"runner\":\"docker-compose\""
			 ",\"docker_compose_file\":\"\",\"init_script\":%s}",
			 t[i].compose ? t[i].compose : "");
		compose = rv_text(text);
		m.in.compose = t[i].compose ? &compose : NULL;
		c = row_of(&m, t[i].doc, !t[i].unbound, &out);
		if ((c != NULL) != (t[i].says != NULL))
			fail_msg("%zu: a row or none", i);
		if (c && (c->verdict != t[i].verdict ||
			  !strstr(c->reason, t[i].says)))
			fail_msg("%zu: %s (%s)", i, rv_verdict_name(c->verdict),
				 c->reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_at_launch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
