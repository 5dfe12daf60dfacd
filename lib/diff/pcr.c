/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcr.c - the app of a machine with a NitroTPM. dstack's own events are
 * extended into PCR14 as into RTMR3 of a TD; and into PCR8, once, MrConfigV2 of
 * the app-compose that the guest was given (dstack 0.6, guest setup). Both are
 * the guest's word, worth as much as what PCR4, PCR7 and PCR12 show of it.
 */
#include "diff.h"
#include "digest.h"

#include <stdio.h>

static struct rv_span replayed(const struct rv_diff_input *in)
{
	const struct rv_mr *mr =
	    in->replay ? rv_mrs_find(&in->replay->reg, "rtmr3") : NULL;

	return mr ? rv_span(mr->b, mr->n) : rv_span(NULL, 0);
}

static size_t events(const struct rv_diff_input *in)
{
	return in->replay ? rv_replay_events(in->replay, "rtmr3") : 0;
}

/* The claims of a log that PCR14 confirms; NULL: there are none such. */
static const struct rv_claims *confirmed(const struct rv_diff_input *in)
{
	return events(in) && !in->replay->contradicted &&
		       rv_same(replayed(in), in->tpm->pcr14)
		   ? &in->replay->claims
		   : NULL;
}

/* What a document carries holds as far as its signature. */
static void carried(const struct rv_diff_input *in, struct rv_check *c)
{
	if (in->tpm->proven)
		rv_report_rests(c, "quote_signature");
}

void rv_diff_pcr14_log(const struct rv_diff_input *in, struct rv_report *r)
{
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_APP, "pcr14_log", RV_UNCHECKED);
	struct rv_span pcr14 = in->tpm->pcr14;
	size_t n = events(in);

	carried(in, c);
	if (!pcr14.n) {
		c->verdict = n ? RV_CANNOT_TELL : RV_UNCHECKED;
		rv_report_set(r, &c->reason, "the document has no PCR14");
		return;
	}
	rv_report_set_hex(r, &c->expected, pcr14);
	rv_report_set(r, &c->from, "the document");
	if (!n) {
		rv_report_set(r, &c->reason,
			      "the evidence has no event log: what PCR14"
			      " recorded is not known");
		return;
	}
	rv_report_set_hex(r, &c->actual, replayed(in));
	c->verdict = rv_same(replayed(in), pcr14) ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason,
		      c->verdict == RV_YES
			  ? "%zu events replay to it"
			  : "the %zu events that came do not give it: one was"
			    " left out, added or changed",
		      n);
}

/* ---- PCR8 ---- */

/* What is known of the app. */
struct known {
	struct rv_sha256 compose_hash;
	bool has_hash;
	const uint8_t *app_id; /* recorded in PCR14; NULL: not known */
	bool has_provider;
	struct rv_compose_provider provider; /* owned */
};

static void known_free(struct known *k)
{
	rv_compose_provider_free(&k->provider);
}

/* A manifest of just this hash: the given one, or the evidence's own. */
static bool read_manifest(const struct rv_diff_input *in, struct known *k,
			  char why[sizeof((struct rv_err *)0)->msg],
			  struct rv_err *err)
{
	struct rv_span text = in->compose
				  ? *in->compose
				  : rv_buf_span(&in->evidence->app_compose);
	struct rv_err bad = { 0 };
	struct rv_sha256 hash;

	snprintf(why, sizeof bad.msg,
		 "the key provider is in the app-compose.json, which is not"
		 " here");
	if (!text.n)
		return true;
	if (!rv_sha256(text, &hash, err))
		return false;
	if (memcmp(hash.b, k->compose_hash.b, sizeof hash.b) != 0)
		return true;
	k->has_provider = rv_compose_provider(text, &k->provider, &bad);
	if (k->has_provider)
		return true;
	if (bad.code == RV_SYSTEM) {
		*err = bad;
		return false;
	}
	snprintf(why, sizeof bad.msg, "%s", bad.msg);
	return true;
}

/* One value that PCR8 could be. */
static bool try_one(const struct rv_config_id_claims *c, struct rv_span pcr8,
		    struct rv_config_id_check *out, struct rv_err *err)
{
	struct rv_mr mr = { .alg = RV_SHA384, .n = sizeof out->expected };
	uint8_t id[sizeof out->expected];

	if (!rv_config_id_compute(RV_CONFIG_ID_V2, c, id, err) ||
	    !rv_mr_extend(&mr, rv_span(id, sizeof id), err))
		return false;
	memcpy(out->expected, mr.b, sizeof out->expected);
	out->verdict =
	    rv_same(pcr8, rv_span(mr.b, sizeof out->expected)) ? RV_OK : RV_NO;
	return true;
}

/* All that is not known is tried as it is most often; *all: nothing is so. */
static bool try_all(const struct known *k, struct rv_span pcr8, bool *all,
		    struct rv_config_id_check *out, struct rv_err *err)
{
	static const char *const kinds[] = { "none", "local", "kms", "tpm" };
	struct rv_config_id_claims c = {
		.compose_hash = &k->compose_hash,
		.app_id = k->app_id ? k->app_id : k->compose_hash.b,
		.provider_id = rv_buf_span(&k->provider.id),
		.has_provider_id = true,
	};
	size_t n = k->has_provider ? 1 : RV_LEN(kinds);

	*all = k->app_id && k->has_provider;
	for (size_t i = 0; i < n; i++) {
		c.key_provider = k->has_provider ? k->provider.kind : kinds[i];
		if (!try_one(&c, pcr8, out, err))
			return false;
		if (out->verdict == RV_OK)
			return true;
	}
	return true;
}

static void say(struct rv_config_id_check *out, enum rv_code verdict,
		const char *text)
{
	out->verdict = verdict;
	snprintf(out->reason, sizeof out->reason, "%.159s", text);
}

bool rv_diff_pcr8(const struct rv_diff_input *in, const struct rv_sha256 *want,
		  struct rv_config_id_check *out, struct rv_err *err)
{
	const struct rv_claims *said = confirmed(in);
	RV_AUTO(known_free) struct known k = { 0 };
	struct rv_span pcr8 = in->tpm->pcr8;
	char why[sizeof err->msg];
	bool all;

	*out = (struct rv_config_id_check){ .form = RV_CONFIG_ID_V2,
					    .verdict = RV_INPUT };
	if (!pcr8.n || rv_all_zero(pcr8)) {
		say(out, RV_INPUT,
		    pcr8.n ? "zero: the guest committed to no app there"
			   : "the document has no PCR8");
		return true;
	}
	if (want) {
		k.compose_hash = *want;
		k.has_hash = true;
	} else if (said && said->compose_hash.found &&
		   said->compose_hash.value.n == sizeof k.compose_hash.b) {
		memcpy(k.compose_hash.b, said->compose_hash.value.p,
		       sizeof k.compose_hash.b);
		k.has_hash = true;
	}
	if (!k.has_hash) {
		say(out, RV_INPUT,
		    "no app-compose.json was given, and PCR14's log names none");
		return true;
	}
	if (said && said->app_id.found && said->app_id.value.n == RV_APP_ID)
		k.app_id = said->app_id.value.p;
	if (!read_manifest(in, &k, why, err) ||
	    !try_all(&k, pcr8, &all, out, err))
		return false;
	if (out->verdict == RV_OK)
		say(out, RV_OK,
		    "MrConfigV2 of this app-compose.json, app-id and key"
		    " provider, extended once");
	else if (all)
		say(out, RV_NO,
		    "it is not MrConfigV2 of this app-compose.json, with the"
		    " app-id of PCR14's log");
	else if (!k.app_id)
		say(out, RV_INPUT,
		    "app-id is not known; the usual one does not give it");
	else
		say(out, RV_INPUT, why);
	return true;
}

bool rv_diff_pcr8_config(const struct rv_diff_input *in, struct rv_report *r,
			 struct rv_err *err)
{
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_APP, "pcr8_config", RV_UNCHECKED);
	bool asked = in->compose || in->compose_hash;
	struct rv_config_id_check k;
	struct rv_sha256 want;

	carried(in, c);
	if (in->tpm->pcr8.n)
		rv_report_set_hex(r, &c->actual, in->tpm->pcr8);
	if ((asked && !rv_diff_expected_hash(in, &want, err)) ||
	    !rv_diff_pcr8(in, asked ? &want : NULL, &k, err))
		return false;
	rv_report_set(r, &c->reason, "%s", k.reason);
	if (k.verdict == RV_INPUT)
		return true;
	c->verdict = k.verdict == RV_OK ? RV_YES : RV_DIFFERS;
	rv_report_set_hex(r, &c->expected,
			  rv_span(k.expected, sizeof k.expected));
	rv_report_set(r, &c->from, "%s",
		      in->compose	      ? "the given app-compose.json"
		      : in->compose_hash_from ? in->compose_hash_from
		      : asked		      ? "the given compose-hash"
					      : "PCR14's log");
	return true;
}
