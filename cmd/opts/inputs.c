/* SPDX-License-Identifier: Apache-2.0 */
/* inputs.c - the files of a verdict: what refval-diff and -verify share. */
#include "inputs.h"
#include "base.h"
#include "image_opts.h"
#include "values_in.h"

enum { COMPOSE_MAX = 50 << 20 }; /* what a guest of 0.6 accepts */

/* How what is signed in the evidence is judged: by its maker's rules. */
static bool read_rules(struct rv_inputs *i, const struct rv_asked *a,
		       struct rv_verify_input *in, struct rv_err *err)
{
	struct rv_dcap_opts o = *a->dcap;

	if (!rv_snp_opts_fit(i->evidence.attester, &o, a->snp, err))
		return false;
	o.pcrs = i->evidence.attester == RV_ATTESTER_NITRO;
	if (i->evidence.attester == RV_ATTESTER_GCP) {
		bool all;

		if (!rv_gcp_opts_read(&o, &all, &i->gcp, err))
			return false;
		in->gcp = &i->gcp.rules;
		o.collateral = all ? NULL : o.collateral;
	}
	if (i->evidence.attester == RV_ATTESTER_SNP) {
		if (!rv_snp_opts_read(&o, a->snp, &i->snp, err))
			return false;
		in->snp = &i->snp.rules;
		o.collateral = NULL;
	}
	return in->prove ? rv_dcap_open(&o, &i->dcap, err)
			 : rv_dcap_read(&o, &i->dcap, err);
}

bool rv_inputs_rules(struct rv_inputs *i, const struct rv_asked *a,
		     struct rv_verify_input *in, struct rv_err *err)
{
	struct rv_dcap_opts o = *a->dcap;
	bool all;

	/* Standard input is read once: what it names for all is Intel's. */
	if (o.collateral && strcmp(o.collateral, "-") == 0)
		o.collateral = NULL;
	if (!rv_snp_opts_shared(&o, a->snp, &i->snp, err) ||
	    !rv_gcp_opts_read(&o, &all, &i->gcp, err) ||
	    !rv_dcap_open(a->dcap, &i->dcap, err))
		return false;
	in->gcp = &i->gcp.rules;
	in->snp = &i->snp.rules;
	in->prove = true;
	return true;
}

bool rv_inputs_evidence(struct rv_inputs *i, const struct rv_asked *a,
			struct rv_verify_input *in, struct rv_err *err)
{
	struct rv_evidence_options opts = { .instance = a->instance };
	const struct rv_dcap_opts *o = a->dcap;

	if (!rv_evidence_read_path(a->evidence, &opts, &i->evidence, err))
		return false;
	in->evidence = &i->evidence;
	in->evidence_name = a->evidence;
	/* Reading a root costs more than decoding a quote: when it is used. */
	in->prove = a->prove || o->collateral || o->at || o->root_ca ||
		    (o->allow_debug && !i->evidence.quote.n);
	if (!read_rules(i, a, in, err))
		return false;
	i->dcap.evidence_name = a->evidence;
	in->proof = rv_dcap_proof(&i->dcap);
	return true;
}

bool rv_inputs_compose(struct rv_inputs *i, const char *path,
		       struct rv_verify_input *in, struct rv_err *err)
{
	if (!rv_buf_read(path, COMPOSE_MAX, &i->compose, err))
		return false;
	i->compose_bytes = rv_buf_span(&i->compose);
	in->compose = &i->compose_bytes;
	in->compose_name = path;
	return true;
}

bool rv_inputs_values(struct rv_inputs *i, const char *path, const char *key,
		      struct rv_verify_input *in, struct rv_err *err)
{
	if (!rv_values_key(key, &i->key, err))
		return false;
	i->values_bytes = rv_buf_span(&i->values);
	i->key_bytes = rv_buf_span(&i->key);
	in->values = &i->values_bytes;
	in->values_name = path;
	in->values_key = key ? &i->key_bytes : NULL;
	return true;
}

static bool read_container(struct rv_inputs *i, const char *path,
			   struct rv_err *err)
{
	/* What TDX runs; the image for another machine proves nothing. */
	struct rv_oci_opts o = { .platform = "linux/amd64" };
	size_t k = i->containers;

	if (!rv_container_read(path, &o, &i->oci[k], err))
		return rv_in(err, "--image");
	i->container[k].name = path;
	i->container[k].image = &i->oci[k];
	i->containers++;
	return true;
}

bool rv_inputs_rest(struct rv_inputs *i, const struct rv_asked *a,
		    struct rv_verify_input *in, struct rv_err *err)
{
	if (a->containers->n && !in->compose && !in->manifests)
		return rv_fail(err, RV_USAGE,
			       "--image %s: an app-compose.json is needed to"
			       " say which images are pinned",
			       a->containers->item[0]);
	for (size_t k = 0; k < a->containers->n; k++)
		if (!read_container(i, a->containers->item[k], err))
			return false;
	if (!rv_bind_opts_read(a->bind, &i->bind, err))
		return false;
	in->container = i->container;
	in->containers = i->containers;
	in->binding = &i->bind.binding;
	in->skip = a->skip->item;
	in->skips = a->skip->n;
	in->threads = rv_cmd_processors();
	return true;
}

void rv_inputs_free(struct rv_inputs *i)
{
	rv_evidence_free(&i->evidence);
	rv_dcap_free(&i->dcap);
	rv_snp_read_free(&i->snp);
	rv_gcp_read_free(&i->gcp);
	rv_bind_files_free(&i->bind);
	rv_buf_free(&i->compose);
	rv_buf_free(&i->values);
	rv_buf_free(&i->key);
	rv_manifests_free(&i->manifests);
	rv_image_free(&i->image);
	for (size_t k = 0; k < i->containers; k++)
		rv_oci_free(&i->oci[k]);
	rv_gpu_files_free(&i->gpu);
	rv_gpu_files_free(&i->gpu_answers);
	rv_signatures_free(&i->signatures);
}
