/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer.c - POST /verify, for who asks dstack-verifier today: the order of its
 * steps (quote, OS image, event log), the members of its answer, and nothing
 * said of a step that a former one did not reach. What it would download is a
 * record here, found by the os_image_hash that the machine claims; that the
 * machine runs it, the registers of the quote say.
 */
#include "peer.h"
#include "digest.h"
#include "json.h"

#include <stdio.h>

struct steps {
	bool quote, image, log, acpi;
	char reason[600]; /* "": all of them */
};

/* What is said of the app, once the log is good. */
struct app {
	struct rv_sha256 device, system, aggregated;
	struct rv_span app_id, compose_hash, instance_id, key_provider;
};

/* ---- the steps ---- */

/* The first of a layer that is not as it should be; @layer RV_LAYERS: any. */
static void why_not(const struct rv_report *r, enum rv_layer layer,
		    const char *step, struct steps *s)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		if ((layer != RV_LAYERS && c->layer != layer) ||
		    (c->verdict != RV_DIFFERS && c->verdict != RV_CANNOT_TELL))
			continue;
		snprintf(s->reason, sizeof s->reason, "%s: %s: %s", step,
			 c->name, c->reason ? c->reason : "differs");
		return;
	}
	snprintf(s->reason, sizeof s->reason, "%s: nothing to check it by",
		 step);
}

/* RTMR0's ACPI events were computed from tables of our own making. */
static bool has_tables(const struct rv_verified *v)
{
	const struct rv_register *reg =
	    v->values ? rv_values_register(v->values, "rtmr0") : NULL;
	size_t n = 0;

	for (size_t i = 0; reg && i < reg->n; i++)
		n += strncmp(reg->event[i].label, "acpi-", 5) == 0 &&
		     reg->event[i].origin == RV_ORIGIN_COMPUTED;
	return n == 3;
}

static bool image_is_good(const struct rv_report *r)
{
	const struct rv_check *own = rv_report_find(r, "os_image_hash");

	return rv_report_is_yes(r, "mrtd") && rv_report_is_yes(r, "rtmr0") &&
	       rv_report_is_yes(r, "rtmr1") && rv_report_is_yes(r, "rtmr2") &&
	       (!own || own->verdict == RV_YES || own->verdict == RV_UNCHECKED);
}

static bool log_is_good(const struct rv_report *r)
{
	return rv_report_is_yes(r, "rtmr3_log") &&
	       rv_report_is_yes(r, "event_contents");
}

static void go(const struct rv_verified *v, const struct rv_release *image,
	       const char *why_no_image, struct steps *s)
{
	const struct rv_report *r = &v->report;

	if (v->evidence->attester != RV_ATTESTER_TDX) {
		snprintf(s->reason, sizeof s->reason,
			 "Quote verification failed: evidence of %s is answered"
			 " at /v1/verify",
			 rv_attester_name(v->evidence->attester));
		return;
	}
	s->quote = rv_report_verified(r) &&
		   rv_report_layer(r, RV_LAYER_HARDWARE) == RV_YES;
	if (!s->quote) {
		why_not(r, RV_LAYER_HARDWARE, "Quote verification failed", s);
		return;
	}
	s->image = image && image_is_good(r);
	if (!image)
		snprintf(s->reason, sizeof s->reason,
			 "OS image hash verification failed: %s", why_no_image);
	else if (!s->image)
		why_not(r, RV_LAYERS, "OS image hash verification failed", s);
	if (!s->image)
		return;
	s->acpi = has_tables(v);
	s->log = log_is_good(r) && !v->replay.claims.obscured;
	if (v->replay.claims.obscured)
		snprintf(s->reason, sizeof s->reason,
			 "Event log verification failed: event %zu could stand"
			 " for any other one",
			 v->replay.claims.obscured_by);
	else if (!s->log)
		why_not(r, RV_LAYER_APP, "Event log verification failed", s);
	/* What no step asks and still is not so, is no yes either. */
	else if (rv_report_code(r) != RV_OK)
		why_not(r, RV_LAYERS, "Verification failed", s);
}

/* ---- which image ---- */

/* The os_image_hash that vm_config claims, and the record of that image. */
static const struct rv_release *claimed(const struct rv_evidence *e,
					const struct rv_releases *all,
					char why[200])
{
	struct rv_shape c = { 0 };
	struct rv_err err = { 0 };
	char hex[65];

	if (!e->vm_config.n) {
		snprintf(why, 200, "no vm_config, which names the image");
		return NULL;
	}
	if (!rv_shape_read(rv_buf_span(&e->vm_config), &c, &err)) {
		snprintf(why, 200, "vm_config: %.150s", err.msg);
		return NULL;
	}
	if (!c.has_os_image_hash) {
		snprintf(why, 200, "vm_config has no os_image_hash");
		return NULL;
	}
	for (size_t i = 0; i < all->n; i++)
		if (all->item[i].has_os_image_hash &&
		    memcmp(all->item[i].os_image_hash.b, c.os_image_hash.b,
			   sizeof c.os_image_hash.b) == 0)
			return &all->item[i];
	rv_hex(rv_span(c.os_image_hash.b, 32), hex);
	snprintf(why, 200, "no record of an image of os_image_hash %s", hex);
	return NULL;
}

/* ---- what is told of the app ---- */

static struct rv_span claim(const struct rv_claim *c)
{
	return c->found ? c->value : rv_span("", 0);
}

static bool register_of(const struct rv_quote *q, const char *name,
			struct rv_sha384 *out)
{
	struct rv_span s = rv_quote_field(q, name);

	if (s.n != sizeof out->b)
		return false;
	memcpy(out->b, s.p, s.n);
	return true;
}

static bool read_app(const struct rv_verified *v, struct app *out,
		     struct rv_err *err)
{
	static const char *const config[] = { "mr_config_id", "mr_owner",
					      "mr_owner_config" };
	const struct rv_claims *c = &v->replay.claims;
	struct rv_sha384 mrtd, rtmr[4], rest[3];
	bool good = register_of(&v->quote, "mrtd", &mrtd);
	char name[8];

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "rtmr%d", i);
		good = good && register_of(&v->quote, name, &rtmr[i]);
	}
	for (size_t i = 0; i < RV_LEN(config); i++)
		good = good && register_of(&v->quote, config[i], &rest[i]);
	if (!good || !v->proof.verdict.has_pck)
		return rv_fail(err, RV_INPUT, "the quote lacks a register");
	out->app_id = claim(&c->app_id);
	out->compose_hash = claim(&c->compose_hash);
	out->instance_id = claim(&c->instance_id);
	out->key_provider = claim(&c->key_provider);
	return rv_sha256(rv_span(v->proof.verdict.pck.ppid, 16), &out->device,
			 err) &&
	       rv_mr_system(&mrtd, rtmr, out->key_provider, &out->system,
			    err) &&
	       rv_mr_aggregated(&mrtd, rtmr, rest, &out->aggregated, err);
}

static void put_scripts(const struct rv_verified *v, struct rv_jw *w)
{
	const struct rv_log *log = &v->evidence->log;
	const struct rv_claims *c = &v->replay.claims;
	size_t end = c->obscured ? c->obscured_by : log->n;

	rv_jw_open(w, "init_script_hashes", '[');
	for (size_t i = 0; i < end; i++) {
		const struct rv_event *e = &log->event[i];

		if (e->imr != 3 || e->type != RV_EV_DSTACK_RUNTIME)
			continue;
		if (strcmp(e->name, "system-ready") == 0)
			break;
		if (strcmp(e->name, "init-script-hash") == 0)
			rv_jw_hex(w, NULL, rv_buf_span(&e->payload));
	}
	rv_jw_close(w);
}

static void put_app(const struct rv_verified *v, const struct app *a,
		    const struct rv_release *image, struct rv_jw *w)
{
	rv_jw_open(w, "app_info", '{');
	rv_jw_hex(w, "app_id", a->app_id);
	rv_jw_hex(w, "compose_hash", a->compose_hash);
	rv_jw_hex(w, "instance_id", a->instance_id);
	rv_jw_hex(w, "device_id", rv_span(a->device.b, 32));
	rv_jw_hex(w, "mr_system", rv_span(a->system.b, 32));
	rv_jw_hex(w, "mr_aggregated", rv_span(a->aggregated.b, 32));
	rv_jw_hex(w, "os_image_hash", rv_span(image->os_image_hash.b, 32));
	rv_jw_hex(w, "key_provider_info", a->key_provider);
	put_scripts(v, w);
	rv_jw_close(w);
}

static void put_advisories(const char *key, const struct rv_quote_verdict *q,
			   struct rv_jw *w)
{
	const struct rv_advisories *a = &q->launch.advisories;

	rv_jw_open(w, key, '[');
	for (size_t i = 0; q->verified && i < a->n; i++)
		rv_jw_str(w, NULL, a->id[i]);
	rv_jw_close(w);
}

/* What KMS policies are asked with. */
static void put_boot(const struct rv_verified *v, const struct app *a,
		     const struct rv_release *image, struct rv_jw *w)
{
	const struct rv_quote_verdict *q = &v->proof.verdict;

	rv_jw_open(w, "boot_info", '{');
	rv_jw_str(w, "teeVariant", "dstack-tdx");
	rv_jw_hex(w, "mrAggregated", rv_span(a->aggregated.b, 32));
	rv_jw_hex(w, "osImageHash", rv_span(image->os_image_hash.b, 32));
	rv_jw_hex(w, "mrSystem", rv_span(a->system.b, 32));
	rv_jw_hex(w, "appId", a->app_id);
	rv_jw_hex(w, "composeHash", a->compose_hash);
	rv_jw_hex(w, "instanceId", a->instance_id);
	rv_jw_hex(w, "deviceId", rv_span(a->device.b, 32));
	rv_jw_hex(w, "keyProviderInfo", a->key_provider);
	rv_jw_str(w, "tcbStatus", rv_tcb_status_name(q->status));
	put_advisories("advisoryIds", q, w);
	rv_jw_close(w);
}

/* {"name": TEXT, "id": TEXT}, or null where it is not that. */
static void put_provider(struct rv_span json, struct rv_jw *w)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span name, id;
	struct rv_err ignored = { 0 };

	if (!json.n || !rv_json_parse(json, "key provider", &j, &ignored) ||
	    !rv_json_is_object(j) ||
	    !rv_json_need_text(j, "name", &name, &ignored) ||
	    !rv_json_need_text(j, "id", &id, &ignored)) {
		rv_jw_null(w, "key_provider");
		return;
	}
	rv_jw_open(w, "key_provider", '{');
	rv_jw_text(w, "name", name);
	rv_jw_text(w, "id", id);
	rv_jw_close(w);
}

static void put_image(const struct rv_release *image, struct rv_jw *w)
{
	if (image) {
		rv_jw_bool(w, "os_image_is_dev",
			   strstr(image->flavour, "dev") != NULL);
		rv_jw_str(w, "os_image_version", image->version);
	} else {
		rv_jw_null(w, "os_image_is_dev");
		rv_jw_null(w, "os_image_version");
	}
}

static void put_quote(const struct rv_verified *v, const struct steps *s,
		      struct rv_jw *w)
{
	const struct rv_quote_verdict *q = &v->proof.verdict;
	struct rv_span data = { 0 };

	rv_jw_str(w, "tee_variant", s->quote ? "dstack-tdx" : NULL);
	if (s->quote)
		data = rv_quote_field(&v->quote, "report_data");
	if (data.n)
		rv_jw_hex(w, "report_data", data);
	else
		rv_jw_null(w, "report_data");
	/* Why it was refused, too. */
	rv_jw_str(w, "tcb_status",
		  q->verified ? rv_tcb_status_name(q->status) : NULL);
	put_advisories("advisory_ids", q, w);
}

static void put_answer(const struct rv_verified *v, const struct steps *s,
		       const struct rv_release *image, const struct app *a,
		       struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_bool(w, "is_valid", a != NULL);
	rv_jw_open(w, "details", '{');
	rv_jw_bool(w, "quote_verified", s->quote);
	rv_jw_bool(w, "event_log_verified", s->log);
	rv_jw_bool(w, "os_image_hash_verified", s->image);
	rv_jw_bool(w, "acpi_tables_verified", s->acpi);
	put_image(s->image ? image : NULL, w);
	put_quote(v, s, w);
	if (a) {
		put_provider(a->key_provider, w);
		put_app(v, a, image, w);
		put_boot(v, a, image, w);
	} else {
		rv_jw_null(w, "key_provider");
		rv_jw_null(w, "app_info");
	}
	rv_jw_close(w);
	rv_jw_str(w, "reason", a ? NULL : s->reason);
	rv_jw_close(w);
}

/* Evidence, and what it claims to run; false: there is none to look at. */
static bool verify(const struct rv_fleet *f, const struct rv_releases *releases,
		   struct rv_span body, struct rv_evidence *e,
		   struct rv_verified *v, const struct rv_release **image,
		   char why[200], struct rv_err *err)
{
	struct rv_verify_input in = *f->in;

	if (!rv_evidence_read(body, NULL, e, err))
		return false;
	*image = claimed(e, releases, why);
	in.evidence_bytes = body;
	in.evidence = e;
	in.threads = 1;
	in.release = *image ? (*image)->name : NULL;
	in.identify = !*image;
	in.proof = rv_dcap_proof(f->dcap);
	if (f->add && !f->add(f->arg, &in, err))
		return false;
	return rv_verify(f->verifier, &in, v, err) &&
	       rv_snp_opts_fit(e->attester, f->asked->dcap, f->asked->snp, err);
}

bool rv_peer_answer(const struct rv_fleet *f,
		    const struct rv_releases *releases, struct rv_span body,
		    struct rv_grow *to, enum rv_code *answer,
		    struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_verified_free) struct rv_verified v = { 0 };
	struct rv_jw w = { .to = to, .compact = true };
	const struct rv_release *image = NULL;
	struct steps s = { 0 };
	struct app app = { 0 };
	struct rv_err why = { 0 };
	char no_image[200] = "";
	bool good = verify(f, releases, body, &e, &v, &image, no_image, &why);

	if (good)
		go(&v, image, no_image, &s);
	if (good && !s.reason[0] && !read_app(&v, &app, &why))
		good = false;
	if (!good && why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	if (!good)
		snprintf(s.reason, sizeof s.reason, "%s", why.msg);
	good = good && !s.reason[0];
	*answer = good						     ? RV_OK
		  : v.evidence && rv_report_code(&v.report) == RV_NO ? RV_NO
								     : RV_INPUT;
	put_answer(&v, &s, image, good ? &app : NULL, &w);
	return true;
}
