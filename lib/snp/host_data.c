/* SPDX-License-Identifier: Apache-2.0 */
/* host_data.c - how dstack binds its configuration to a guest's launch. */
#include "snp.h"
#include "json.h"

#include <stdlib.h>

bool rv_snp_host_data(struct rv_span document, struct rv_sha256 *out,
		      struct rv_err *err)
{
	static const char prefix[] = "dstack-mr-config-v3:"; /* with its NUL */
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(RV_SHA256, &d, err) &&
	       rv_digest_add(d, prefix, sizeof prefix, err) &&
	       rv_digest_add(d, document.p, document.n, err) &&
	       rv_digest_end(d, out->b, err);
}

/* ---- MrConfigV3 (dstack 0.6): these members, and no others ---- */

static const char *const member[] = {
	"version",	"app_id",	   "compose_hash", "gpu_policy_hash",
	"key_provider", "key_provider_id", "instance_id",  "init_script_hashes",
};

static bool check_members(const rv_json *j, struct rv_err *err)
{
	const rv_json *value;
	const char *key;
	void *iter = NULL;

	while (rv_json_next(j, &iter, &key, &value)) {
		size_t i = 0;

		while (i < RV_LEN(member) && strcmp(member[i], key) != 0)
			i++;
		if (i == RV_LEN(member))
			return rv_fail(err, RV_INPUT, "%.40s is not known",
				       key);
	}
	return true;
}

static bool read_provider(const rv_json *j, struct rv_snp_config *out,
			  struct rv_err *err)
{
	static const char *const kind[] = { "none", "local", "kms", "tpm" };
	RV_AUTO(rv_buf_free) struct rv_buf id = { 0 };
	struct rv_span name, hex = { 0 };

	if (!rv_json_need_text(j, "key_provider", &name, err) ||
	    !rv_json_opt_text(j, "key_provider_id", &hex, err))
		return false;
	for (size_t i = 0; i < RV_LEN(kind); i++)
		if (rv_same_text(name, kind[i]))
			memcpy(out->key_provider, kind[i], strlen(kind[i]) + 1);
	if (!*out->key_provider)
		return rv_fail(err, RV_INPUT, "key_provider: %.*s",
			       name.n < 40 ? (int)name.n : 40,
			       (const char *)name.p);
	if (hex.n > RV_SNP_PROVIDER_ID)
		return rv_fail(err, RV_INPUT,
			       "key_provider_id: %zu digits, at most %d", hex.n,
			       RV_SNP_PROVIDER_ID);
	if (!rv_unhex_buf(hex, "key_provider_id", &id, err))
		return false;
	rv_hex(rv_buf_span(&id), out->key_provider_id);
	return true;
}

static bool count_scripts(const rv_json *all, size_t *out, struct rv_err *err)
{
	struct rv_sha256 digest;

	if (!all || rv_json_is_null(all))
		return true;
	if (!rv_json_is_array(all) || rv_json_size(all) > RV_SNP_INIT_SCRIPTS)
		return rv_fail(err, RV_INPUT,
			       "init_script_hashes: not an array of at most %d",
			       RV_SNP_INIT_SCRIPTS);
	for (size_t i = 0; i < rv_json_size(all); i++)
		if (!rv_unhex(rv_json_text(rv_json_at(all, i)), digest.b, 32))
			return rv_fail(err, RV_INPUT,
				       "init_script_hashes: %zu is no digest",
				       i);
	*out = rv_json_size(all);
	return true;
}

static bool read_members(const rv_json *j, struct rv_snp_config *out,
			 struct rv_err *err)
{
	uint64_t version;

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "not an object");
	if (!check_members(j, err) ||
	    !rv_json_need_uint(j, "version", UINT32_MAX, &version, err))
		return false;
	if (version != 3)
		return rv_fail(err, RV_INPUT, "version %" PRIu64 ", not 3",
			       version);
	return rv_json_opt_hex(j, "app_id", &out->has_app_id, out->app_id, 20,
			       err) &&
	       rv_json_need_hex(j, "compose_hash", out->compose_hash.b, 32,
				err) &&
	       rv_json_opt_hex(j, "gpu_policy_hash", &out->has_gpu_policy,
			       out->gpu_policy.b, 32, err) &&
	       rv_json_opt_hex(j, "instance_id", &out->has_instance_id,
			       out->instance_id, 20, err) &&
	       read_provider(j, out, err) &&
	       count_scripts(rv_json_get(j, "init_script_hashes"),
			     &out->init_scripts, err);
}

bool rv_snp_config_read(struct rv_span document, struct rv_snp_config *out,
			struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_snp_config *c = calloc(1, sizeof *c);
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (!c)
		return rv_no_memory(err, "MrConfigV3");
	if (!rv_json_parse(document, "JSON", &j, err) ||
	    !read_members(j, c, err))
		return rv_in(err, "MrConfigV3");
	*out = *c;
	return true;
}
