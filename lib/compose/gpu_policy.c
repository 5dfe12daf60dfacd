/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_policy.c - requirements.gpu_policy of a manifest, and the hash of it that
 * guests since dstack 0.6.0 record in RTMR3 as gpu-policy-hash: SHA-256 of the
 * value as RFC 8785 (JCS) writes it, "{}" where the manifest has none.
 */
#include "compose.h"
#include "digest.h"

/* What the guest knows; it refuses any other member. */
static const struct {
	const char *key;
	bool text; /* a string or null; else a boolean */
} members[] = {
	{ "allow_debug", false },
	{ "allow_devtools", false },
	{ "allow_insecure_boot", false },
	{ "attest_gpu", false },
	{ "rego", true },
};

static const struct rv_jt *member(const struct rv_jt *object, const char *key)
{
	return object && object->type == RV_JT_OBJECT ? rv_jt_get(object, key)
						      : NULL;
}

static bool fits(size_t i, const struct rv_jt *v)
{
	if (members[i].text)
		return v->type == RV_JT_STRING || v->type == RV_JT_NULL;
	return v->type == RV_JT_TRUE || v->type == RV_JT_FALSE;
}

static bool check_members(const struct rv_jt *policy, struct rv_err *err)
{
	size_t known = 0;

	for (size_t i = 0; i < RV_LEN(members); i++) {
		const struct rv_jt *v = rv_jt_get(policy, members[i].key);

		if (v && !fits(i, v))
			return rv_fail(
			    err, RV_INPUT, "requirements.gpu_policy.%s: not %s",
			    members[i].key,
			    members[i].text ? "a text" : "true or false");
		known += v != NULL;
	}
	if (known != policy->n)
		return rv_fail(err, RV_INPUT,
			       "requirements.gpu_policy: a member that dstack"
			       " does not know");
	return true;
}

static void flag(const struct rv_jt *policy, const char *key, bool *out)
{
	const struct rv_jt *v = member(policy, key);

	if (v)
		*out = v->type == RV_JT_TRUE;
}

bool rv_compose_gpu_policy(struct rv_span manifest,
			   struct rv_compose_gpu_policy *out,
			   struct rv_err *err)
{
	static const struct json_form jcs = { .order = ORDER_UTF16,
					      .numbers = NUMBERS_JS };
	struct rv_compose_gpu_policy p = { .attest_gpu = true };
	RV_AUTO(rv_arena_free) struct rv_arena a = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct rv_jt *doc, *policy;

	if (!rv_jt_parse(manifest, &a, &doc, err))
		return rv_in(err, "app-compose.json");
	policy = member(member(doc, "requirements"), "gpu_policy");
	p.there = policy != NULL;
	/* A null is hashed as one, and goes by the defaults. */
	if (policy && policy->type != RV_JT_NULL &&
	    policy->type != RV_JT_OBJECT)
		return rv_fail(err, RV_INPUT,
			       "requirements.gpu_policy: not an object");
	if (policy && policy->type == RV_JT_OBJECT &&
	    !check_members(policy, err))
		return false;
	flag(policy, "attest_gpu", &p.attest_gpu);
	flag(policy, "allow_devtools", &p.allow_devtools);
	if (policy && !rv_jt_write(policy, &jcs, &g, err))
		return false;
	if (!policy)
		rv_grow_text(&g, "{}");
	if (g.failed)
		return rv_no_memory(err, "requirements.gpu_policy");
	if (!rv_sha256(rv_buf_span(&g.buf), &p.hash, err))
		return false;
	*out = p;
	return true;
}
