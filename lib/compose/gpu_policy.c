/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_policy.c - requirements.gpu_policy of a manifest, and the hash of it that
 * guests since dstack 0.6.0 record in RTMR3 as gpu-policy-hash: SHA-256 of the
 * value as RFC 8785 (JCS) writes it, "{}" where the manifest has none.
 */
#include "compose.h"
#include "digest.h"
#include "json.h"

/* What the guest knows, in JCS's order; it refuses any other member. */
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

/* RFC 8785, 3.2.2.2. */
static void put_text(struct rv_span s, struct rv_grow *to)
{
	static const char letter[] = "btn?fr";

	rv_grow_u8(to, '"');
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '"' || c == '\\')
			rv_grow_printf(to, "\\%c", c);
		else if (c >= 8 && c <= 13 && c != 11)
			rv_grow_printf(to, "\\%c", letter[c - 8]);
		else if (c < 0x20)
			rv_grow_printf(to, "\\u%04x", c);
		else
			rv_grow_u8(to, c);
	}
	rv_grow_u8(to, '"');
}

static bool fits(size_t i, const rv_json *v)
{
	if (members[i].text)
		return rv_json_is_string(v) || rv_json_is_null(v);
	return rv_json_is_bool(v);
}

static bool put_policy(const rv_json *policy, struct rv_grow *to,
		       struct rv_err *err)
{
	size_t known = 0;

	rv_grow_u8(to, '{');
	for (size_t i = 0; i < RV_LEN(members); i++) {
		const rv_json *v = rv_json_get(policy, members[i].key);

		if (!v)
			continue;
		if (!fits(i, v))
			return rv_fail(
			    err, RV_INPUT, "requirements.gpu_policy.%s: not %s",
			    members[i].key,
			    members[i].text ? "a text" : "true or false");
		rv_grow_printf(to, "%s\"%s\":", known ? "," : "",
			       members[i].key);
		if (rv_json_is_string(v))
			put_text(rv_json_text(v), to);
		else
			rv_grow_text(to, rv_json_is_null(v) ? "null"
					 : rv_json_true(v)  ? "true"
							    : "false");
		known++;
	}
	rv_grow_u8(to, '}');
	if (known != rv_json_size(policy))
		return rv_fail(err, RV_INPUT,
			       "requirements.gpu_policy: a member that dstack"
			       " does not know");
	return true;
}

bool rv_compose_gpu_policy(struct rv_span manifest,
			   struct rv_compose_gpu_policy *out,
			   struct rv_err *err)
{
	struct rv_compose_gpu_policy p = { .attest_gpu = true };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const rv_json *policy;

	if (!rv_json_parse_nul(manifest, "app-compose.json", &j, err))
		return false;
	policy = rv_json_get(rv_json_get(j, "requirements"), "gpu_policy");
	p.there = policy != NULL;
	if (!policy) {
		rv_grow_text(&g, "{}");
	} else if (rv_json_is_null(policy)) {
		rv_grow_text(&g, "null");
	} else if (!rv_json_is_object(policy)) {
		return rv_fail(err, RV_INPUT,
			       "requirements.gpu_policy: not an object");
	} else if (!put_policy(policy, &g, err) ||
		   !rv_json_opt_bool(policy, "attest_gpu", &p.attest_gpu,
				     err) ||
		   !rv_json_opt_bool(policy, "allow_devtools",
				     &p.allow_devtools, err)) {
		return false;
	}
	if (g.failed)
		return rv_no_memory(err, "requirements.gpu_policy");
	if (!rv_sha256(rv_buf_span(&g.buf), &p.hash, err))
		return false;
	*out = p;
	return true;
}
