/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_app.c - the app of a SEV-SNP guest: only what stands in the document that
 * HOST_DATA binds. The events that a guest recorded are bound to nothing, and
 * nothing is read of them.
 */
#include "verify.h"

#include <stdlib.h>

/* What holds only as far as HOST_DATA, and a guest that heeds it, does. */
static struct rv_check *add(struct rv_verify_job *j, const char *name,
			    enum rv_verdict v)
{
	struct rv_check *c =
	    rv_report_add(&j->out->report, RV_LAYER_APP, name, v);

	rv_report_rests(c, "host_data");
	/* The host chooses HOST_DATA; it is the image that refuses another. */
	if (j->in->image || j->in->release || j->in->values)
		rv_report_rests(c, "measurement");
	return c;
}

static void show(struct rv_verify_job *j, const char *name, bool has,
		 struct rv_span value)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (!has)
		return;
	c = add(j, name, RV_UNCHECKED);
	rv_report_set_hex(r, &c->actual, value);
	rv_report_set(r, &c->reason, "in the document that HOST_DATA binds");
}

static void show_provider(struct rv_verify_job *j,
			  const struct rv_snp_config *config)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c = add(j, "key_provider", RV_UNCHECKED);

	rv_report_set(r, &c->actual, "%s%s%s", config->key_provider,
		      *config->key_provider_id ? " " : "",
		      config->key_provider_id);
	rv_report_set(r, &c->reason, "in the document that HOST_DATA binds");
}

/* The text that came with the evidence is no reference; but say if it lies. */
static bool own_compose(struct rv_verify_job *j, struct rv_span bound,
			struct rv_check *c, struct rv_err *err)
{
	struct rv_span text = rv_buf_span(&j->out->evidence->app_compose);
	struct rv_report *r = &j->out->report;
	struct rv_sha256 own;

	if (!text.n) {
		rv_report_set(r, &c->reason, "no app-compose.json was given");
		return true;
	}
	if (!rv_sha256(text, &own, err))
		return false;
	rv_report_set(r, &c->reason,
		      "no app-compose.json was given; the one inside the "
		      "evidence %s",
		      rv_same(rv_span(own.b, sizeof own.b), bound)
			  ? "has this hash"
			  : "has another hash: it was edited");
	return true;
}

/* @config is NULL where no document says it. */
static bool check_compose(struct rv_verify_job *j,
			  const struct rv_snp_config *config,
			  struct rv_err *err)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c = add(j, "compose_hash", RV_UNCHECKED);
	struct rv_span bound = { 0 };
	struct rv_sha256 want;
	const char *from;

	if (config) {
		bound = rv_span(config->compose_hash.b, 32);
		rv_report_set_hex(r, &c->actual, bound);
	}
	rv_verify_choose_compose(j, bound);
	if (!j->out->compose && !j->compose_hash)
		return own_compose(j, bound, c, err);
	if (!rv_verify_expected_app(j, &want, &from, err))
		return false;
	rv_report_set_hex(r, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(r, &c->from, "%s", from);
	if (!config) {
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(
		    r, &c->reason,
		    "there is no document of HOST_DATA that says which"
		    " app this is");
		return true;
	}
	c->verdict = rv_same(bound, rv_span(want.b, sizeof want.b))
			 ? RV_YES
			 : RV_DIFFERS;
	rv_report_set(r, &c->reason, "%s",
		      c->verdict == RV_YES
			  ? "in the document that HOST_DATA binds"
		      : j->out->compose
			  ? "the machine runs another app-compose.json: the "
			    "given one was edited, or is of another app"
			  : "the machine runs another app-compose.json");
	return true;
}

void rv_verify_unbound(struct rv_verify_job *j)
{
	const struct rv_evidence *e = j->out->evidence;
	struct rv_report *r = &j->out->report;
	size_t n = e->unbound + e->log.n;
	struct rv_check *c;

	if (!n)
		return;
	c = rv_report_add(r, RV_LAYER_APP, "runtime_events", RV_UNCHECKED);
	rv_report_set(r, &c->reason,
		      "%zu events came with the report; no register of it holds"
		      " them, so that they claim nothing",
		      n);
}

static bool check_document(struct rv_verify_job *j, struct rv_span document,
			   struct rv_err *err)
{
	RV_AUTO(rv_free)
	struct rv_snp_config *config = calloc(1, sizeof *config);
	struct rv_err why = { 0 };
	struct rv_check *c;

	if (!config)
		return rv_no_memory(err, "MrConfigV3");
	if (!document.n)
		return check_compose(j, NULL, err);
	if (!rv_snp_config_read(document, config, &why)) {
		if (why.code == RV_SYSTEM) {
			*err = why;
			return false;
		}
		c = add(j, "mr_config", RV_CANNOT_TELL);
		rv_report_set(&j->out->report, &c->reason, "%s", why.msg);
		return check_compose(j, NULL, err);
	}
	if (!check_compose(j, config, err))
		return false;
	show(j, "app_id", config->has_app_id,
	     rv_span(config->app_id, sizeof config->app_id));
	show(j, "instance_id", config->has_instance_id,
	     rv_span(config->instance_id, sizeof config->instance_id));
	show(j, "gpu_policy", config->has_gpu_policy,
	     rv_span(config->gpu_policy.b, 32));
	show_provider(j, config);
	return true;
}

bool rv_verify_snp_app(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_span document = rv_buf_span(&j->out->evidence->snp.mr_config);

	if (!rv_snp_config_report(&j->out->snp, document.n ? &document : NULL,
				  "mr_config of the evidence", &j->out->report,
				  err) ||
	    !check_document(j, document, err))
		return false;
	rv_verify_unbound(j);
	return true;
}
