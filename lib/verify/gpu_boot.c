/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_boot.c - what a guest of dstack 0.6 recorded of its GPUs in RTMR3 (of a
 * NitroTPM: PCR14): the policy it went by (gpu-policy-hash) and, if it attested
 * them before it went on, what that gave (gpu-attestation). The guest's own
 * word: worth as much as the OS that RTMR0-2 show, and made for a nonce that
 * nobody chose.
 */
#include "verify.h"
#include "json.h"

#include <stdarg.h>
#include <stdio.h>

enum { VERSION_MIN = 2, VERSION_MAX = 3 };

/* The payload of gpu-attestation. */
struct boot {
	uint64_t devices;
	bool cc, devtools;
	uint8_t evidence[32];
};

static struct rv_check *add(struct rv_verify_job *j, const char *name,
			    enum rv_verdict verdict)
{
	struct rv_check *c =
	    rv_report_add(&j->out->report, RV_LAYER_GPU, name, verdict);

	rv_verify_rests_on_log(j, c);
	return c;
}

static const struct rv_claims *claims(const struct rv_verify_job *j)
{
	return j->out->has_log ? &j->out->replay.claims : NULL;
}

/* ---- the policy ---- */

/* The manifest's policy, if there is a manifest that can be read. */
static bool read_policy(const struct rv_verify_job *j,
			struct rv_compose_gpu_policy *out, bool *known,
			struct rv_err *why, struct rv_err *err)
{
	*known = false;
	if (!j->out->compose && j->app.has_gpu_policy) {
		out->there = *known = true;
		out->hash = j->app.gpu_policy;
	}
	if (!j->out->compose)
		return true;
	*known = rv_compose_gpu_policy(*j->out->compose, out, why);
	return *known || why->code != RV_SYSTEM ||
	       rv_fail(err, RV_SYSTEM, "%s", why->msg);
}

static const char *policy_from(const struct rv_verify_job *j)
{
	return j->out->compose ? "the given app-compose.json"
			       : rv_verify_values_app;
}

static void policy(struct rv_verify_job *j,
		   const struct rv_compose_gpu_policy *p, bool known,
		   const struct rv_err *why)
{
	const struct rv_claims *said = claims(j);
	struct rv_report *r = &j->out->report;
	bool found = said && said->gpu_policy_hash.found;
	struct rv_check *c;

	/* A log that ends early, or that claims nothing, shows no absence. */
	if (!found && !(known && p->there && said && said->system_ready))
		return;
	c = add(j, "gpu_policy", RV_UNCHECKED);
	if (found)
		rv_report_set_hex(r, &c->actual, said->gpu_policy_hash.value);
	if (!j->out->compose && !known) {
		rv_report_set(r, &c->reason, "no app-compose.json was given");
		return;
	}
	if (!known) {
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "%s", why->msg);
		return;
	}
	rv_report_set_hex(r, &c->expected,
			  rv_span(p->hash.b, sizeof p->hash.b));
	rv_report_set(r, &c->from, "%s", policy_from(j));
	c->verdict = found && rv_same(said->gpu_policy_hash.value,
				      rv_span(p->hash.b, sizeof p->hash.b))
			 ? RV_YES
			 : RV_DIFFERS;
	rv_report_set(
	    r, &c->reason, "%s",
	    !found ? "gpu-policy-hash: the guest recorded none, so that it did"
		     " not go by requirements.gpu_policy: dstack does since"
		     " 0.6.0"
	    : c->verdict != RV_YES
		? "gpu-policy-hash: the guest went by another GPU policy"
	    : p->there ? "the guest went by requirements.gpu_policy"
		       : "the manifest has no GPU policy: the guest went by the"
			 " default one");
}

/* ---- what came of it ---- */

/* dstack's GpuAttestation, versions 2 and 3. */
static bool read_boot(struct rv_span payload, struct boot *out,
		      struct rv_err *err)
{
	static const char *const keys[] = { "version",	"provider",
					    "devices",	"cc_mode",
					    "devtools", "evidence_sha256",
					    "dbgstat",	"secboot" };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span provider, mode;
	size_t known = 0;
	uint64_t version;

	if (!rv_json_parse(payload, "gpu-attestation", &j, err) ||
	    !rv_json_need_uint(j, "version", UINT32_MAX, &version, err))
		return false;
	for (size_t i = 0; i < RV_LEN(keys); i++)
		known += rv_json_get(j, keys[i]) != NULL;
	if (version < VERSION_MIN || version > VERSION_MAX ||
	    known != rv_json_size(j))
		return rv_fail(err, RV_INPUT,
			       "version %llu, or a member of it, is not known",
			       (unsigned long long)version);
	if (!rv_json_need_text(j, "provider", &provider, err) ||
	    !rv_json_need_uint(j, "devices", RV_GPU_LIST_MAX, &out->devices,
			       err) ||
	    !rv_json_need_text(j, "cc_mode", &mode, err) ||
	    !rv_json_need_hex(j, "evidence_sha256", out->evidence, 32, err))
		return false;
	if (!rv_json_is_bool(rv_json_get(j, "devtools")))
		return rv_fail(err, RV_INPUT, "devtools: not true or false");
	if (!rv_same_text(provider, "nvidia"))
		return rv_fail(err, RV_INPUT, "the provider is not nvidia");
	out->cc = rv_same_text(mode, "on");
	out->devtools = rv_json_true(rv_json_get(j, "devtools"));
	return true;
}

/* The claims in nvattest's output, one of each device; false: not readable. */
static bool count_claims(struct rv_span text, size_t *n)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };
	const rv_json *list;

	*n = 0;
	if (!rv_json_parse_nul(text, "", &j, &ignored))
		return false;
	list = rv_json_get(j, "claims");
	for (size_t i = 0; i < rv_json_size(list); i++)
		*n += rv_same_text(
		    rv_json_text(rv_json_get(rv_json_at(list, i),
					     "x-nvidia-device-type")),
		    "gpu");
	return rv_json_is_array(list);
}

static void differs(struct rv_verify_job *j, struct rv_check *c,
		    const char *fmt, ...) RV_PRINTF(3, 4);

static void differs(struct rv_verify_job *j, struct rv_check *c,
		    const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	c->verdict = RV_DIFFERS;
	rv_report_set(&j->out->report, &c->reason, "gpu-attestation: %s", text);
}

/* *looked: the bytes were there, and were compared. */
static bool against_bytes(struct rv_verify_job *j, struct rv_check *c,
			  const struct boot *b, bool *looked,
			  struct rv_err *err)
{
	struct rv_span bytes = rv_buf_span(&j->out->evidence->gpu_boot);
	struct rv_sha256 found;
	char hex[65];
	size_t n;

	*looked = bytes.n != 0;
	if (!bytes.n)
		return true;
	if (!rv_sha256(bytes, &found, err))
		return false;
	rv_hex(rv_span(found.b, sizeof found.b), hex);
	if (memcmp(found.b, b->evidence, sizeof found.b) != 0)
		differs(j, c,
			"boottime_gpu_evidence has SHA-256 %s, the event has"
			" that of other bytes",
			hex);
	else if (count_claims(bytes, &n) && n != b->devices)
		differs(j, c,
			"the event counts %llu devices, boottime_gpu_evidence"
			" has claims of %zu",
			(unsigned long long)b->devices, n);
	return true;
}

static bool judge(struct rv_verify_job *j, struct rv_check *c,
		  const struct boot *b, const struct rv_compose_gpu_policy *p,
		  bool known, struct rv_err *err)
{
	const struct rv_gpu_evidence *e = &j->out->evidence->gpu;
	bool looked;

	if (!against_bytes(j, c, b, &looked, err))
		return false;
	if (c->verdict == RV_DIFFERS)
		return true;
	if (b->devices == 0)
		differs(j, c, "of no device");
	else if (!b->cc)
		differs(j, c, "confidential computing was not on");
	else if (known && b->devtools && !p->allow_devtools)
		differs(j, c,
			"developer tools were on, which requirements"
			".gpu_policy does not allow");
	else if (e->there && e->n && e->n < b->devices)
		differs(j, c,
			"%llu devices at boot, evidence of %zu came along",
			(unsigned long long)b->devices, e->n);
	if (c->verdict == RV_DIFFERS)
		return true;
	c->verdict = looked ? RV_YES : RV_UNCHECKED;
	rv_report_set(&j->out->report, &c->reason,
		      "the guest's word: %llu devices passed at boot, in"
		      " confidential mode, developer tools %s; %s",
		      (unsigned long long)b->devices,
		      b->devtools ? "on" : "off",
		      looked ? "boottime_gpu_evidence is what it got"
			     : "what it got is not in the evidence");
	return true;
}

static bool attestation(struct rv_verify_job *j,
			const struct rv_compose_gpu_policy *p, bool known,
			struct rv_err *err)
{
	const struct rv_claims *said = claims(j);
	struct rv_report *r = &j->out->report;
	struct rv_err why = { 0 };
	struct rv_check *c;
	struct boot b;

	if (!said || !said->gpu_attestation.found) {
		if (!j->out->evidence->gpu_boot.n)
			return true;
		c = add(j, "gpu_attestation", RV_UNCHECKED);
		rv_report_set(r, &c->reason,
			      "boottime_gpu_evidence came along, and no event"
			      " gpu-attestation holds its digest");
		return true;
	}
	c = add(j, "gpu_attestation", RV_UNCHECKED);
	rv_report_set(r, &c->actual, "%.*s", (int)said->gpu_attestation.value.n,
		      (const char *)said->gpu_attestation.value.p);
	if (!read_boot(said->gpu_attestation.value, &b, &why)) {
		if (why.code == RV_SYSTEM)
			return rv_fail(err, RV_SYSTEM, "%s", why.msg);
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "gpu-attestation: %s", why.msg);
		return true;
	}
	return judge(j, c, &b, p, known, err);
}

/* ---- what the host put into mr_config_id ---- */

static bool at_launch(struct rv_verify_job *j,
		      const struct rv_compose_gpu_policy *p, bool known,
		      struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	struct rv_report *r = &j->out->report;
	struct rv_err why = { 0 };
	uint8_t hash[32];
	struct rv_check *c;
	const char *by;

	if (!rv_verify_launch_config(j, &doc, &by, err))
		return false;
	if (!rv_json_get(doc, "gpu_policy_hash"))
		return true;
	c = rv_report_add(r, RV_LAYER_GPU, "gpu_policy_launch", RV_UNCHECKED);
	rv_report_rests(c, by);
	if (!rv_json_need_hex(doc, "gpu_policy_hash", hash, sizeof hash,
			      &why)) {
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "mr_config: %s", why.msg);
		return true;
	}
	rv_report_set_hex(r, &c->actual, rv_span(hash, sizeof hash));
	if (!known) {
		rv_report_set(r, &c->reason, "no app-compose.json was given");
		return true;
	}
	rv_report_set_hex(r, &c->expected,
			  rv_span(p->hash.b, sizeof p->hash.b));
	rv_report_set(r, &c->from, "%s", policy_from(j));
	c->verdict =
	    memcmp(hash, p->hash.b, sizeof hash) == 0 ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason,
		      c->verdict == RV_YES
			  ? "mr_config_id binds this GPU policy"
			  : "gpu-policy-hash: mr_config_id binds another GPU"
			    " policy");
	return true;
}

bool rv_verify_gpu_boot(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_compose_gpu_policy p = { 0 };
	struct rv_err why = { 0 };
	bool known;

	if (!read_policy(j, &p, &known, &why, err))
		return false;
	policy(j, &p, known, &why);
	return attestation(j, &p, known, err) && at_launch(j, &p, known, err);
}
