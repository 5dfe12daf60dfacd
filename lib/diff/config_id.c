/* SPDX-License-Identifier: Apache-2.0 */
/* config_id.c - mr_config_id: the host named the app before it was launched. */
#include "diff.h"
#include "digest.h"
#include "json.h"

#include <stdlib.h>

/* What the RTMR3 log says of the key provider: {"name":..., "id": hex}. */
struct provider {
	rv_json *json;
	char name[32];
	struct rv_buf id;
	bool has_id;
};

static void provider_free(struct provider *p)
{
	rv_json_free(&p->json);
	rv_buf_free(&p->id);
}

/* mr_config_id has dstack's kinds; the event has the provider's own name. */
static void read_provider(struct rv_span claim, struct provider *out)
{
	static const char *const kind[][2] = { { "kms", "kms" },
					       { "local-sgx", "local" },
					       { "tpm", "tpm" },
					       { "none", "none" } };
	struct rv_err ignored = { 0 };
	struct rv_span name, id;

	if (!rv_json_parse(claim, "key-provider", &out->json, &ignored))
		return;
	name = rv_json_text(rv_json_get(out->json, "name"));
	id = rv_json_text(rv_json_get(out->json, "id"));
	for (size_t i = 0; i < RV_LEN(kind); i++)
		if (rv_same_text(name, kind[i][0]))
			memcpy(out->name, kind[i][1], strlen(kind[i][1]) + 1);
	out->has_id =
	    id.p && rv_unhex_buf(id, "key-provider", &out->id, &ignored);
}

/* The document of version 3, where the host hands it on: the text itself is
 * hashed, so nothing else of vm_config is believed. */
static struct rv_span document(const struct rv_diff_input *in, rv_json **config)
{
	struct rv_span text = rv_buf_span(&in->evidence->vm_config);
	struct rv_err ignored = { 0 };

	if (!text.n || !rv_json_parse_nul(text, "vm_config", config, &ignored))
		return (struct rv_span){ 0 };
	text = rv_json_text(rv_json_get(*config, "mr_config"));
	return text.n ? text : (struct rv_span){ 0 };
}

/*
 * Judge mr_config_id against @compose_hash, with what the log says of app and
 * key provider. *has is false when the quote has no such field.
 */
bool rv_diff_config_id(const struct rv_diff_input *in,
		       const struct rv_sha256 *compose_hash, bool *has,
		       struct rv_config_id_check *out, struct rv_err *err)
{
	const struct rv_claims *said = in->replay ? &in->replay->claims : NULL;
	RV_AUTO(provider_free) struct provider p = { 0 };
	RV_AUTO(rv_json_free) rv_json *config = NULL;
	struct rv_config_id_claims claims = { .compose_hash = compose_hash };
	struct rv_sha384 id;

	*has = rv_diff_quoted(in, "mr_config_id", &id);
	if (!*has)
		return true;
	if (said && said->app_id.found && said->app_id.value.n == RV_APP_ID)
		claims.app_id = said->app_id.value.p;
	if (said && said->key_provider.found)
		read_provider(said->key_provider.value, &p);
	claims.key_provider = *p.name ? p.name : NULL;
	claims.provider_id = rv_buf_span(&p.id);
	claims.has_provider_id = p.has_id;
	claims.document = document(in, &config);
	return rv_config_id_check(id.b, &claims, out, err);
}

bool rv_diff_expected_hash(const struct rv_diff_input *in,
			   struct rv_sha256 *out, struct rv_err *err)
{
	if (in->compose)
		return rv_sha256(*in->compose, out, err);
	*out = *in->compose_hash;
	return true;
}
