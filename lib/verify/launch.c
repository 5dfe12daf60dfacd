/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.c - what the host stated of the app before it launched the machine:
 * dstack's MrConfigV3, where what is signed binds it.
 */
#include "verify.h"
#include "json.h"

/* The text is a member of vm_config, or came beside a report of AMD's. */
static bool text_of(const struct rv_verify_job *j, rv_json **config,
		    struct rv_span *out, struct rv_err *err)
{
	const struct rv_evidence *e = j->out->evidence;
	struct rv_err ignored = { 0 };

	*out = (struct rv_span){ 0 };
	if (e->attester == RV_ATTESTER_SNP) {
		*out = rv_buf_span(&e->snp.mr_config);
		return true;
	}
	if (!e->vm_config.n)
		return true;
	if (!rv_json_parse_nul(rv_buf_span(&e->vm_config), "vm_config", config,
			       &ignored))
		return ignored.code != RV_SYSTEM ||
		       rv_no_memory(err, "vm_config");
	*out = rv_json_text(rv_json_get(*config, "mr_config"));
	return true;
}

/* mr_config_id, 48 bytes; or HOST_DATA, the 32 of them behind the first. */
static struct rv_span bound(const struct rv_verify_job *j, const char **by)
{
	if (j->out->snp.decoded) {
		*by = "host_data";
		return j->out->snp.report.host_data;
	}
	*by = "quote_signature";
	return j->out->has_quote
		   ? rv_quote_field(&j->out->quote, "mr_config_id")
		   : (struct rv_span){ 0 };
}

bool rv_verify_launch_config(const struct rv_verify_job *j, rv_json **out,
			     const char **by, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *config = NULL;
	struct rv_span text, id = bound(j, by), value;
	struct rv_err ignored = { 0 };
	struct rv_sha384 want;

	*out = NULL;
	if (!text_of(j, &config, &text, err))
		return false;
	if (!text.n || !id.n)
		return true;
	if (!rv_mr_config_id_v3(text, &want, err))
		return false;
	value = id.n == 32 ? rv_span(want.b + 1, 32)
			   : rv_span(want.b, sizeof want.b);
	if (!rv_same(id, value))
		return true;
	return rv_json_parse_nul(text, "mr_config", out, &ignored) ||
	       ignored.code != RV_SYSTEM || rv_no_memory(err, "mr_config");
}
