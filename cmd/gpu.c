/* SPDX-License-Identifier: Apache-2.0 */
/* gpu.c - "refval-gpu": is this genuine NVIDIA hardware, with which firmware?
 */
#include "dcap_opts.h"
#include "gpu/print.h"
#include "gpu_opts.h"
#include "out.h"

#include <stdio.h>

enum { EVIDENCE_MAX = 64 << 20, CHAIN_MAX = RV_GPU_CHAIN_MAX, VBIOS_MAX = 64 };

static bool json, explain, test_pki;
static const char *nonce, *at, *driver, *vbios, *root, *rim_root, *chain,
    *instance, *token, *jwks;
static struct rv_list rims, answers;

static const struct rv_opt opts[] = {
	RV_OPT_LIST("rim", "FILE|DIR", &rims,
		    "NVIDIA's reference manifests; may be repeated"),
	RV_OPT_TEXT("nonce", "HEX", &nonce,
		    "what the report must have been made for"),
	RV_OPT_TEXT("at", "TIME", &at, "verify for this time (default: now)"),
	RV_OPT_TEXT("driver", "MIN", &driver, "the oldest driver to accept"),
	RV_OPT_TEXT("vbios", "VERSION,...", &vbios,
		    "the VBIOS versions to accept"),
	RV_OPT_LIST("ocsp", "FILE|DIR", &answers,
		    "OCSP answers and CRLs; may be repeated"),
	RV_OPT_INSTANCE(&instance),
	RV_OPT_TEXT("chain", "FILE", &chain,
		    "the certificates of a bare report, PEM"),
	RV_OPT_TEXT("token", "FILE", &token,
		    "an answer of NVIDIA's attestation service"),
	RV_OPT_TEXT("jwks", "FILE", &jwks,
		    "the keys of that service, for --token"),
	RV_OPT_TEXT("root", "FILE", &root,
		    "trust this device root instead of NVIDIA's"),
	RV_OPT_TEXT("rim-root", "FILE", &rim_root,
		    "trust this root of manifests instead"),
	RV_OPT_FLAG("test-pki", &test_pki, "allow --root and --rim-root"),
	RV_OPT_FLAG("explain", &explain,
		    "show each check and what was compared"),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

/* Everything that the options were read into. */
struct given {
	struct rv_gpu_options o;
	struct rv_gpu_rims *rims;
	struct rv_gpu_revocation *revocation;
	struct rv_gpu_files files, answers;
	struct rv_buf root, rim_root, vbios;
	uint8_t nonce[RV_GPU_NONCE];
	const char *accepted[VBIOS_MAX];
	struct rv_gpu_evidence e;
	struct rv_gpu_token token;
};

static void given_free(struct given *g)
{
	rv_gpu_rims_free(&g->rims);
	rv_gpu_revocation_free(&g->revocation);
	rv_gpu_files_free(&g->files);
	rv_gpu_files_free(&g->answers);
	rv_buf_free(&g->root);
	rv_buf_free(&g->rim_root);
	rv_buf_free(&g->vbios);
	rv_gpu_evidence_free(&g->e);
}

/* "96.00.9F.00.04,96.00.A5.00.01": split in place. */
static bool read_vbios(struct given *g, struct rv_err *err)
{
	char *p;

	if (!vbios)
		return true;
	if (!rv_buf_copy(rv_text(vbios), &g->vbios, err))
		return false;
	p = (char *)g->vbios.p;
	while (p) {
		char *comma = strchr(p, ',');

		if (comma)
			*comma = '\0';
		if (!*p || strspn(p, "0123456789ABCDEFabcdef.") != strlen(p) ||
		    g->o.n_vbios == VBIOS_MAX)
			return rv_fail(err, RV_USAGE,
				       "--vbios: '%s' is no version such as"
				       " 96.00.9F.00.04, or one too many",
				       p);
		for (char *c = p; *c; c++)
			if (*c >= 'a')
				*c = (char)(*c - 'a' + 'A');
		g->accepted[g->o.n_vbios++] = p;
		p = comma ? comma + 1 : NULL;
	}
	g->o.vbios = g->accepted;
	return true;
}

static bool read_rims(struct given *g, struct rv_err *err)
{
	if (!rv_gpu_files_read(&rims, &g->files, err) ||
	    !rv_gpu_rims_new(rv_buf_span(&g->rim_root), &g->rims, err))
		return false;
	for (size_t i = 0; i < g->files.n; i++)
		if (!rv_gpu_rims_add(g->rims, g->files.item[i].name,
				     g->files.item[i].file,
				     g->files.item[i].meant, err))
			return false;
	return true;
}

static bool read_answers(struct given *g, struct rv_err *err)
{
	const struct rv_gpu_files *f = &g->answers;

	if (!rv_gpu_answers_read(&answers, &g->answers, err) ||
	    !rv_gpu_revocation_new(&g->revocation, err))
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (!rv_gpu_revocation_add(g->revocation, f->item[i].name,
					   f->item[i].file, f->item[i].meant,
					   err))
			return false;
	g->o.revocation = g->revocation;
	return true;
}

static bool read_options(struct given *g, struct rv_err *err)
{
	const char *digits = nonce;

	g->o.at = rv_cmd_now();
	if (at && !rv_time_arg("at", at, &g->o.at, err))
		return false;
	if (nonce && strncmp(nonce, "0x", 2) == 0)
		digits += 2;
	if (nonce && !rv_unhex(rv_text(digits), g->nonce, RV_GPU_NONCE))
		return rv_fail(err, RV_USAGE, "--nonce: not 32 bytes in hex");
	g->o.nonce = nonce ? g->nonce : NULL;
	if (!rv_gpu_driver_arg("driver", driver, err))
		return false;
	g->o.min_driver = driver;
	if (root && !rv_gpu_root_load(root, &g->root, err))
		return false;
	g->o.root = rv_buf_span(&g->root);
	if (rim_root && !rv_gpu_root_load(rim_root, &g->rim_root, err))
		return false;
	if (rims.n && !read_rims(g, err))
		return false;
	if (answers.n && !read_answers(g, err))
		return false;
	g->o.rims = g->rims;
	return read_vbios(g, err);
}

static bool read_evidence(const char *path, struct given *g, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };

	if (!rv_buf_read(path, EVIDENCE_MAX, &file, err) ||
	    (chain && !rv_buf_read(chain, CHAIN_MAX, &pem, err)))
		return false;
	if (chain && !pem.n)
		return rv_fail(err, RV_INPUT, "%s: empty", chain);
	return rv_gpu_evidence_read(rv_buf_span(&file), rv_buf_span(&pem),
				    instance, &g->e, err) ||
	       rv_in(err, "%s", path);
}

static bool check_token(struct given *g, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf keys = { 0 };
	const uint8_t *want = g->o.nonce;

	if (!token)
		return true;
	if (!want && g->e.n && g->e.device[0].has_nonce)
		want = g->e.device[0].nonce;
	return rv_buf_read(token, RV_GPU_RIM_MAX, &text, err) &&
	       rv_buf_read(jwks, RV_GPU_RIM_MAX, &keys, err) &&
	       rv_gpu_token_verify(rv_buf_span(&text), rv_buf_span(&keys),
				   g->o.at, want, &g->token, err);
}

static bool print(const struct gpu_print *p, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	if (!json) {
		rv_gpu_print(p);
		return true;
	}
	rv_gpu_json(p, &w);
	return rv_out_document(&g, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_gpu_result_free) struct rv_gpu_result r = { 0 };
	RV_AUTO(given_free) struct given g = { .o = { .at = 0 } };
	const struct rv_gpu_row *why;
	char said[512];

	if (argc != 1)
		return rv_fail(err, RV_USAGE, "one file of evidence is needed");
	if (!read_options(&g, err) || !read_evidence(argv[0], &g, err) ||
	    !check_token(&g, err) || !rv_gpu_verify(&g.e, &g.o, &r, err))
		return false;
	*answer = rv_gpu_result_code(&r);
	/* A token that was given must hold; one that does adds nothing. */
	if (token && g.token.verdict == RV_DIFFERS)
		*answer = RV_NO;
	else if (token && g.token.verdict != RV_YES && *answer == RV_OK)
		*answer = RV_INPUT;
	if (!print(&(struct gpu_print){ &g.e, &r, g.o.at, root || rim_root,
					explain, token ? &g.token : NULL },
		   err))
		return false;
	why = rv_gpu_result_reason(&r);
	if (*answer != rv_gpu_result_code(&r)) {
		snprintf(said, sizeof said, "%s: %s", g.token.id,
			 g.token.reason);
		rv_out_error("refval-gpu", said);
	} else if (*answer != RV_OK && why) {
		snprintf(said, sizeof said, "%s: %s", why->id ? why->id : "GPU",
			 why->reason);
		rv_out_error("refval-gpu", said);
	}
	return true;
}

static const struct rv_rule rules[] = {
	{ "root rim-root", "test-pki", NULL, "it is not NVIDIA's" },
	{ "test-pki", "root rim-root", NULL, NULL },
	{ "rim-root", "rim", NULL, "it signs manifests" },
	{ "explain", NULL, "json", "each check is in it always" },
	{ "token", "jwks", NULL, "its signature is checked with them" },
	{ "jwks", "token", NULL, NULL },
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "What they should be", "rim driver vbios nonce" },
	{ "What goes with the evidence", "chain ocsp instance" },
	{ "NVIDIA's own answer", "token jwks" },
	{ "Policy", "at root rim-root test-pki" },
	{ "Output", "explain quiet color output json" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "gpu",
	.args = "[OPTIONS] EVIDENCE",
	.summary = "Are these genuine NVIDIA GPUs, and what runs on them",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "rim nonce at driver json",
	.example = "refval-gpu gpu.json --rim rims --nonce \"$NONCE\"",
	.reads = "rim ocsp chain token jwks root rim-root",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
