/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_key.c - the report's row about a key of the app: did the KMS whose root
 * is given issue it to the app-id that the machine's log has?
 */
#include "verify.h"

/* The app-id of the log (of RTMR3, or PCR14); NULL: none of that length. */
static const uint8_t *app_id(const struct rv_verify_job *j)
{
	const struct rv_claim *c = &j->out->replay.claims.app_id;

	return j->out->has_log && c->found && c->value.n == RV_APP_KEY_ID
		   ? c->value.p
		   : NULL;
}

static void say(struct rv_report *r, struct rv_check *c,
		const struct rv_app_key *k, const uint8_t *id, const char *end)
{
	char key[2 * RV_APP_KEY_POINT + 1], app[2 * RV_APP_KEY_ID + 1];

	rv_hex(rv_span(k->key, k->n), key);
	rv_hex(rv_span(id, RV_APP_KEY_ID), app);
	rv_report_set(r, &c->reason,
		      "the %s key %s, for the purpose \"%s\","
		      " %s app %s",
		      k->n == RV_APP_KEY_POINT ? "secp256k1" : "Ed25519", key,
		      k->purpose, end, app);
}

bool rv_verify_app_key(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_app_key *k = j->in->app_key;
	struct rv_report *r = &j->out->report;
	const uint8_t *id = app_id(j);
	uint8_t by[RV_APP_KEY_POINT];
	struct rv_check *c;
	bool found;

	if (!k)
		return true;
	if (id && !rv_app_key_issuer(k, id, &found, by, err))
		return false;
	c = rv_report_add(r, RV_LAYER_APP, "app_key", RV_CANNOT_TELL);
	rv_report_set_hex(r, &c->expected,
			  rv_span(j->in->kms_root, RV_APP_KEY_POINT));
	rv_report_set(r, &c->from, "the given root of the KMS");
	if (!id) {
		rv_report_set(r, &c->reason,
			      "the evidence has no log with an app-id of %d"
			      " bytes that a key could be issued to",
			      RV_APP_KEY_ID);
		return true;
	}
	rv_verify_rests_on_log(j, c);
	if (found)
		rv_report_set_hex(r, &c->actual, rv_span(by, sizeof by));
	c->verdict = found && memcmp(by, j->in->kms_root, sizeof by) == 0
			 ? RV_YES
			 : RV_DIFFERS;
	say(r, c, k, id,
	    c->verdict == RV_YES ? "was issued by this KMS to the"
				 : "was not issued by this KMS to the");
	return true;
}
