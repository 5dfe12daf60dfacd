/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_matrix.c - evidence of every kind beside references, manifests and
 * facts of every kind: what goes together, and that nothing but the captured
 * machine beside its own image and its own manifest is ever a yes. Runs in the
 * top folder of the source tree.
 */
#include "machine.h"

#include "digest.h"

#define V "tests/vectors/"

static const char *const evidence[] = {
	MACHINE,
	V "real/near-058-dev-57921c",
	V "real/near-058-dev-3e6394/tcb_info.json",
	V "captures/cc-trusted-ima/ccel.bin",
	V "snp/dstack/attestation-v1.msgpack",
	V "snp/made/report.bin",
	V "nitro/good.cose",
	V "nitro/good-tpm.cose",
	V "gcp/a-v1.msgpack",
	V "dcap/synth/sgx_v3.quote.bin",
};

/* A release's name; or a file of values. */
static const char *const reference[] = {
	NULL,
	"dstack-dev-0.5.8",
	"dstack-0.5.7",
	V "formats/corim.cbor",
	V "formats/statement.json",
	V "formats/rvps-message.json",
	V "snp/measurement.snp.cbor",
	V "gcp/a.gcp.cbor",
	V "nitro/real-nitrotpm.aws.cbor",
};

enum { NOTHING, IDENTIFY, COMPOSE, HASH, SEVERAL, OTHER, APPS };

static const char app_letter[APPS] = { '-', 'i', 'c', 'h', 's', 'o' };

struct given {
	struct rv_buf values, compose;
	struct rv_span values_span, compose_span, other;
	struct rv_sha256 hash;
	struct rv_manifest item;
	struct rv_manifests several;
	struct rv_shape shape;
};

static bool set_up_given(struct given *g, const struct machine *m)
{
	struct rv_err err = { 0 };

	g->compose_span = m->compose_bytes;
	g->other = rv_text("{\"manifest_version\":2,\"name\":\"x\"}");
	g->item.span = m->compose_bytes;
	g->several = (struct rv_manifests){ &g->item, 1 };
	return rv_sha256(m->compose_bytes, &g->hash, &err) &&
	       rv_sha256(m->compose_bytes, &g->item.hash, &err);
}

static void ask(struct rv_verify_input *in, struct given *g, const char *ref,
		int app, bool shape)
{
	struct rv_err err = { 0 };

	rv_buf_free(&g->values);
	if (ref && strncmp(ref, V, strlen(V)) == 0) {
		assert_true(rv_buf_read(ref, 1 << 20, &g->values, &err));
		g->values_span = rv_buf_span(&g->values);
		in->values = &g->values_span;
	} else {
		in->release = ref;
	}
	in->identify = app == IDENTIFY;
	if (app == COMPOSE)
		in->compose = &g->compose_span;
	if (app == OTHER)
		in->compose = &g->other;
	if (app == HASH)
		in->compose_hash = &g->hash;
	if (app == SEVERAL)
		in->manifests = &g->several;
	if (shape)
		in->shape = &g->shape;
}

/* How many answers of each kind; what is a yes, in words. */
struct answers {
	size_t code[RV_SYSTEM + 1], refused;
	struct said yes;
};

static void answer_to(struct rv_verifier *v, const struct rv_verify_input *in,
		      const char *what, struct answers *all)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };
	enum rv_code code;

	if (!rv_verify(v, in, &out, &err)) {
		if ((err.code != RV_INPUT && err.code != RV_USAGE) ||
		    !err.msg[0])
			fail_msg("%s: code %d", what, (int)err.code);
		all->refused++;
		return;
	}
	code = rv_report_code(&out.report);
	all->code[code]++;
	if (code != RV_OK)
		return;
	say(&all->yes, "%s\n", what);
	/* A yes is of what was proven. */
	assert_true(out.proof.checked && out.proof.verdict.verified);
	for (size_t i = 0; i < out.report.n; i++)
		assert_true(out.report.check[i].verdict == RV_YES ||
			    out.report.check[i].verdict == RV_UNCHECKED);
}

/* Every combination of one kind of evidence. */
static void combine(struct rv_verifier *v, struct given *g, size_t e,
		    struct answers *all)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence ev = { 0 };
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(evidence[e], NULL, &ev, &err))
		fail_msg("%s", err.msg);
	for (size_t r = 0; r < RV_LEN(reference); r++)
		for (int app = 0; app < APPS; app++)
			/* A shape that is not given is looked for: once. */
			for (int shape = e > 0 || r > 1; shape < 2; shape++) {
				struct rv_verify_input in = { .evidence = &ev,
							      .prove = true,
							      .proof.at =
								  MACHINE_AT };
				char what[200];

				ask(&in, g, reference[r], app, shape);
				snprintf(what, sizeof what, "%zu %s %c %d", e,
					 or_none(reference[r]), app_letter[app],
					 shape);
				answer_to(v, &in, what, all);
			}
}

static void what_goes_together(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(machine_free) struct machine m;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };
	static struct answers all;
	static struct given g;

	(void)state;
	machine_load(&m);
	g.shape = m.shape;
	assert_true(set_up_given(&g, &m));
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t e = 0; e < RV_LEN(evidence); e++)
		combine(v, &g, e, &all);
	rv_buf_free(&g.values);
	/* Alone it is genuine; beside its image and its manifest, both. */
	assert_string_equal(all.yes.text,
			    "0 - - 0\n0 - - 1\n0 - c 0\n0 - c 1\n"
			    "0 - h 0\n0 - h 1\n0 - s 0\n0 - s 1\n"
			    "0 dstack-dev-0.5.8 - 0\n0 dstack-dev-0.5.8 - 1\n"
			    "0 dstack-dev-0.5.8 c 0\n0 dstack-dev-0.5.8 c 1\n"
			    "0 dstack-dev-0.5.8 h 0\n0 dstack-dev-0.5.8 h 1\n"
			    "0 dstack-dev-0.5.8 s 0\n"
			    "0 dstack-dev-0.5.8 s 1\n");
	if (all.code[RV_NO] != 204 || all.code[RV_INPUT] != 122 ||
	    all.refused != 210)
		fail_msg("%zu no, %zu cannot tell, %zu refused",
			 all.code[RV_NO], all.code[RV_INPUT], all.refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
