/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_members.c - each member of a document of evidence, at any depth:
 * left out, null, there twice, of another type. What may be so is in a table;
 * all else must be refused, by a sentence. Runs in the top folder.
 */
#include "said.h"

#include "base.h"

#include <refval.h>

#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 200 };

/* What is done to a member. */
enum change {
	LEFT_OUT,
	NULLED,
	TWICE,
	NUMBER,
	WORD,
	LIST,
	OBJECT,
	EMPTY,
	LONGER,
	CHANGES
};

static const char *const change_name[CHANGES] = {
	"left out", "null",	 "twice", "a number", "a word",
	"a list",   "an object", "empty", "longer"
};

#define GONE	(1u << LEFT_OUT | 1u << NULLED)
#define NOTHING (GONE | 1u << EMPTY)
#define TEXT	(NOTHING | 1u << LONGER)
#define ANY	(~(1u << TWICE))

/* Members that may be so, and the document is evidence all the same. */
struct lenient {
	const char *path; /* as fnmatch(3) has it */
	unsigned changes; /* one bit each */
};

/* Rows of one document come before these. Nothing may be there twice. */
static const struct lenient shared[] = {
	/* What nobody reads, or only as a name. */
	{ ".format", ANY },
	{ ".app_id", ANY },
	{ "*.name", ANY },
	{ "*.vm_uuid", ANY },
	{ "*.instance_id", ANY },
	{ "*.device_id", ANY },
	{ "*.near_p2p_public_key", ANY },
	{ ".vtpm.*", 0 },
	/* Parts of the evidence: less of them is less evidence. */
	{ "*.quote", NOTHING | 1u << OBJECT },
	{ "*.report_data", NOTHING | 1u << OBJECT },
	{ "*.vm_config", NOTHING | 1u << OBJECT },
	{ "*.app_compose", TEXT | 1u << WORD },
	{ "*.collateral", GONE | 1u << OBJECT },
	{ "*.collateral.*", TEXT | 1u << NUMBER | 1u << OBJECT },
	{ "*.event_log", NOTHING },
	{ "*.digest", NOTHING },
	{ "*.event_payload", NOTHING },
	{ "*.event", TEXT },
	{ ".vtpm", GONE },
	{ ".snp.mr_config", TEXT },
	{ ".snp.runtime_events", GONE },
	{ ".gpus.format", TEXT },
	{ ".gpus.evidence_list*.nonce", GONE },
	{ ".gpus.evidence_list*.arch", TEXT | 1u << NUMBER },
	{ ".gpus.evidence_list*.evidence", 1u << EMPTY },
	{ ".gpus.evidence_list*.certificate", 1u << EMPTY },
	{ ".beside", TEXT },
	{ ".gpus.evidence_list*", 0 },
	{ ".gpus.e2e", TEXT },
	{ ".gpus.signing_address", NOTHING },
	{ ".gpus.*", GONE },
	/* What is only compared, or said. */
	{ ".claimed", GONE },
	{ "*.tcb_info", GONE },
	{ "*.mrtd", NOTHING },
	{ "*.rtmr?", NOTHING },
	{ "*.compose_hash", NOTHING },
	{ "*.os_image_hash", NOTHING },
	{ ".source", GONE },
	{ ".source.from", GONE | 1u << WORD },
	{ ".source.api", GONE | 1u << WORD },
	{ ".source.when", GONE },
	{ ".source.asked", GONE },
	{ ".tls", GONE },
	{ ".tls.trusted", GONE },
	{ ".tls.when", GONE },
	{ ".tls.host", 1u << LONGER },
	{ "*.app_certificates", 1u << LEFT_OUT },
};

struct walk {
	json_t *doc; /* owned */
	const char *name;
	const struct lenient *may;
	const struct rv_evidence_options *opts;
	size_t tried, wrong;
};

/* ---- one change ---- */

static const char mark[] = "\"@twice@\"";

static json_t *changed(enum change how, const json_t *was)
{
	switch (how) {
	case NULLED:
		return json_null();
	case TWICE:
		return json_string("@twice@");
	case NUMBER:
		return json_is_number(was) ? json_real(0.5) : json_integer(7);
	case WORD:
		return json_string("word");
	case LIST:
		return json_pack("[b]", 1);
	case OBJECT:
		return json_pack("{sb}", "x", 1);
	case EMPTY:
		return json_string("");
	case LONGER:
		return json_sprintf("%s0", json_string_value(was));
	default:
		return NULL;
	}
}

/* The document's text; of a marked member @key, with @was twice. */
static char *text_of(const struct walk *w, const char *key, const json_t *was)
{
	char *text = json_dumps(w->doc, JSON_COMPACT), *at, *out, *value;
	size_t head, room;

	assert_non_null(text);
	at = strstr(text, mark);
	if (!at)
		return text;
	value = json_dumps(was, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_non_null(value);
	head = (size_t)(at - text);
	room = strlen(text) + 2 * strlen(value) + strlen(key) + 8;
	out = malloc(room);
	assert_non_null(out);
	snprintf(out, room, "%.*s%s,\"%s\":%s%s", (int)head, text, value, key,
		 value, at + strlen(mark));
	free(text);
	free(value);
	return out;
}

static bool may_be(const struct walk *w, const char *path, enum change how)
{
	for (const struct lenient *m = w->may; m->path; m++)
		if (fnmatch(m->path, path, 0) == 0)
			return m->changes & 1u << how;
	for (size_t i = 0; i < RV_LEN(shared); i++)
		if (fnmatch(shared[i].path, path, 0) == 0)
			return shared[i].changes & 1u << how;
	return false;
}

static void judge(struct walk *w, const char *path, enum change how,
		  const char *text)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };
	bool read = rv_evidence_read(rv_text(text), w->opts, &e, &err);

	w->tried++;
	if (!read && (err.code != RV_INPUT || !err.msg[0]))
		fail_msg("%s: %s %s: code %d", w->name, path, change_name[how],
			 (int)err.code);
	if (read == may_be(w, path, how))
		return;
	w->wrong++;
	print_error("%s: %s %s: %s\n", w->name, path, change_name[how],
		    read ? "read" : err.msg);
}

/* ---- all of them ---- */

static void each_member(struct walk *w, json_t *j, const char *path);

static void each_change(struct walk *w, json_t *parent, const char *key,
			const char *path)
{
	json_t *was = json_incref(json_object_get(parent, key));

	for (enum change how = 0; how < CHANGES; how++) {
		char *text;

		if (((how == EMPTY || how == LONGER) && !json_is_string(was)) ||
		    (how == WORD && json_is_string(was)) ||
		    (how == LIST && json_is_array(was)) ||
		    (how == OBJECT && json_is_object(was)) ||
		    (how == NULLED && json_is_null(was)))
			continue;
		if (how == LEFT_OUT)
			json_object_del(parent, key);
		else
			json_object_set_new(parent, key, changed(how, was));
		text = text_of(w, key, was);
		judge(w, path, how, text);
		free(text);
	}
	json_object_set(parent, key, was);
	each_member(w, was, path);
	json_decref(was);
}

static void each_member(struct walk *w, json_t *j, const char *path)
{
	char below[PATH_ROOM];

	if (json_is_object(j)) {
		const char *key[64];
		size_t n = 0;

		for (void *it = json_object_iter(j); it && n < RV_LEN(key);
		     it = json_object_iter_next(j, it))
			key[n++] = json_object_iter_key(it);
		for (size_t i = 0; i < n; i++) {
			char own[100];

			snprintf(own, sizeof own, "%s", key[i]);
			snprintf(below, sizeof below, "%s.%s", path, own);
			each_change(w, j, own, below);
		}
	}
	/* The first of a list stands for all. */
	if (json_is_array(j) && json_array_size(j)) {
		snprintf(below, sizeof below, "%s[]", path);
		each_member(w, json_array_get(j, 0), below);
	}
}

/* As it is written by refval, or as it was captured; how many changes. */
struct document {
	const char *path;
	bool written;
	struct rv_evidence_options opts;
	struct lenient may[3]; /* and NULL */
	size_t changes;
};

static void every_member(const struct document *d)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	/* What was written is of one machine. */
	const struct rv_evidence_options again = {
		.instance = d->written ? NULL : d->opts.instance,
		.gpu = d->opts.gpu
	};
	struct walk w = { .name = d->path, .may = d->may, .opts = &again };
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(d->path, &d->opts, &e, &err) ||
	    (d->written ? !rv_evidence_write(&e, &text, &err)
			: !rv_buf_read(d->path, 1 << 24, &text, &err)))
		fail_msg("%s: %s", d->path, err.msg);
	w.doc = json_loadb((const char *)text.p, text.n, 0, NULL);
	assert_non_null(w.doc);
	each_member(&w, w.doc, "");
	json_decref(w.doc);
	assert_int_equal(w.wrong, 0);
	assert_int_equal(w.tried, d->changes);
}

#define V "tests/vectors/"

static const struct document written[] = {
	{ .path = V "evidence/refval-evidence-tls.json",
	  .written = true,
	  .may = { { ".schema", GONE }, { ".quote", 0 } },
	  .changes = 184 },
	{ .path = V "gcp/a-v1.msgpack",
	  .written = true,
	  .may = { { ".schema", GONE } },
	  .changes = 258 },
	{ .path = V "nitro/good.cose", .written = true, .changes = 144 },
	{ .path = V "snp/dstack/attestation-v1.msgpack",
	  .written = true,
	  .changes = 175 },
	{ .path = V "gpu/vg_h100_595.json",
	  .written = true,
	  .opts = { .gpu = true },
	  .changes = 188 },
	{ .path = V "gpu/services/chutes-20260629-two.json",
	  .written = true,
	  .opts = { .instance = "0", .gpu = true },
	  .may = { { ".schema", GONE }, { ".gpus", GONE } },
	  .changes = 188 },
	{ .path = V "gpu/services/tinfoil-20260629.json",
	  .written = true,
	  .opts = { .gpu = true },
	  .may = { { ".schema", GONE }, { ".gpus", GONE } },
	  .changes = 222 },
	{ .path = V "gpu/services/near-20260629.json",
	  .written = true,
	  .opts = { .instance = "#0", .gpu = true },
	  .may = { { ".schema", GONE }, { ".gpus", GONE } },
	  .changes = 278 },
};

static const struct document captured[] = {
	{ .path = V "real/060-lite-getquote-full-payloads/getquote.json",
	  .may = { { ".attestation", NOTHING } },
	  .changes = 40 },
	{ .path = V "evidence/near-public-data.json",
	  .may = { { "*.Dstack.quote", GONE | 1u << OBJECT } },
	  .changes = 226 },
	{ .path = V "real/060-lite-attestation/attestation.json",
	  .changes = 8 },
	{ .path = V "evidence/phala-attestations.two",
	  .opts = { .instance = "0" },
	  .changes = 174 },
	{ .path = V "real/near-058-dev-3e6394/tcb_info.json", .changes = 116 },
};

static void our_own_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(written); i++)
		every_member(&written[i]);
}

static void documents_of_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(captured); i++)
		every_member(&captured[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_documents),
		cmocka_unit_test(documents_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
