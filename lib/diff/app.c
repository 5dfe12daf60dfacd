/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app.c - the app layer: what the log of RTMR3 (of a NitroTPM's PCR14) says,
 * compose-hash, mr_config_id.
 */
#include "diff.h"
#include "digest.h"

static struct rv_span sha(const struct rv_sha256 *d)
{
	return rv_span(d->b, sizeof d->b);
}

static const char *log_check(bool nitro_tpm)
{
	return nitro_tpm ? "pcr14_log" : "rtmr3_log";
}

/* Where dstack's own events are recorded. */
static const char *place(const struct rv_diff_input *in)
{
	return in->tpm ? "PCR14" : "RTMR3";
}

void rv_diff_rests_on_log(struct rv_check *c, bool nitro_tpm)
{
	rv_report_rests(c, log_check(nitro_tpm));
	rv_report_rests(c, "event_contents");
}

/*
 * An event whose digest is not that of its own contents proves nothing, and
 * one whose contents do not follow from its digest could be any other.
 */
static void check_contents(const struct rv_diff_input *in, struct rv_report *r)
{
	const struct rv_replay *p = in->replay;
	const struct rv_event *e = in->evidence->log.event;
	struct rv_check *c;
	size_t recomputed = 0, own = 0;

	if (!rv_replay_events(p, "rtmr3"))
		return;
	c = rv_report_add(r, RV_LAYER_APP, "event_contents", RV_YES);
	rv_report_rests(c, log_check(in->tpm));
	for (size_t i = 0; i < p->n; i++) {
		if (p->event[i].state == RV_EVENT_CONTRADICTS) {
			c->verdict = RV_DIFFERS;
			rv_report_set(r, &c->reason,
				      "event %zu (%s): its digest is not that "
				      "of its contents",
				      i, p->event[i].name);
			return;
		}
		if (p->event[i].state != RV_EVENT_AS_RECORDED)
			recomputed++;
		own += e[i].type == RV_EV_DSTACK_RUNTIME;
	}
	rv_report_set(r, &c->reason,
		      "%zu digests recomputed from their contents", recomputed);
	if (!own || p->claims.obscured)
		c->verdict = RV_CANNOT_TELL;
	if (!own)
		rv_report_set(r, &c->reason,
			      "no event of %s is of dstack's own type: "
			      "nothing tells what they record",
			      place(in));
	else if (p->claims.obscured)
		rv_report_set(r, &c->reason,
			      "event %zu (%s), before system-ready, could be "
			      "any: its type or its name leave open what was "
			      "recorded, so what follows it claims nothing",
			      p->claims.obscured_by,
			      p->event[p->claims.obscured_by].name);
}

/* The text that came with the evidence is no reference; but say if it lies. */
static void note_own_compose(const struct rv_diff_input *in,
			     struct rv_span event, struct rv_report *r,
			     struct rv_check *c, struct rv_err *err, bool *ok)
{
	struct rv_sha256 own;

	*ok = true;
	if (!in->evidence->app_compose.n) {
		rv_report_set(r, &c->reason, "no app-compose.json was given");
		return;
	}
	*ok = rv_sha256(rv_buf_span(&in->evidence->app_compose), &own, err);
	rv_report_set(r, &c->reason,
		      "no app-compose.json was given; the one inside the "
		      "evidence %s",
		      rv_same(sha(&own), event)
			  ? "has this hash"
			  : "has another hash: it was edited");
}

/* The version of the expected image: stated, or that of a known RTMR2. */
static const char *image_version(const struct rv_diff_input *in)
{
	const struct rv_register *boot =
	    rv_values_register(in->values, "rtmr2");

	if (in->image_version)
		return in->image_version;
	for (size_t i = 0; boot && boot->known && i < in->n_known; i++) {
		const struct rv_recorded *k = &in->known[i].rtmr2;

		if (k->known &&
		    memcmp(k->value.b, boot->value.b, sizeof k->value.b) == 0)
			return in->known[i].version;
	}
	return NULL;
}

/*
 * The host may write anything into mr_config_id; it is the guest that refuses
 * another app, since 0.5.1. Of which guest this is, nothing is said here when
 * nothing of it is expected.
 */
static bool guest_checks_id(const struct rv_diff_input *in, struct rv_report *r,
			    struct rv_check *c)
{
	const char *version;

	if (!in->values)
		return true;
	version = image_version(in);
	if (version && rv_version_after_050(version) > 0)
		return true;
	rv_report_set(r, &c->reason,
		      "no compose-hash event; mr_config_id names this app, but "
		      "that is the host's word: guests check it since 0.5.1, "
		      "and %s%s",
		      version ? "this one is "
			      : "of this one the version is "
				"not known",
		      version ? version : "");
	return false;
}

/* Without an event log mr_config_id may still name the compose file. */
static bool compose_by_id(const struct rv_diff_input *in,
			  const struct rv_sha256 *want, struct rv_report *r,
			  struct rv_check *c, struct rv_err *err)
{
	static const char *const image_rows[] = { "mrtd", "rtmr0", "rtmr1",
						  "rtmr2" };
	struct rv_config_id_check id;
	bool has = true;

	c->verdict = RV_CANNOT_TELL;
	rv_report_set(r, &c->reason, "%s",
		      in->replay && in->replay->claims.obscured
			  ? "no compose-hash event that must be the first one"
			  : "the evidence has no compose-hash event");
	if (!(in->tpm ? rv_diff_pcr8(in, want, &id, err)
		      : rv_diff_config_id(in, want, &has, &id, err)))
		return false;
	if (!has || id.verdict == RV_INPUT ||
	    (id.verdict == RV_OK && !in->tpm && !guest_checks_id(in, r, c)))
		return true;
	c->verdict = id.verdict == RV_OK ? RV_YES : RV_DIFFERS;
	rv_report_rests(c, in->tpm ? "pcr8_config" : "mr_config_id");
	/* That the guest checks it is known of the expected image only. */
	for (size_t i = 0; in->values && i < RV_LEN(image_rows); i++)
		rv_report_rests(c, image_rows[i]);
	rv_report_set(r, &c->reason, "no compose-hash event; by %s: %s",
		      in->tpm ? "PCR8" : "mr_config_id", id.reason);
	return true;
}

static bool check_compose(const struct rv_diff_input *in, struct rv_report *r,
			  struct rv_err *err)
{
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_APP, "compose_hash", RV_UNCHECKED);
	const struct rv_claim *said =
	    in->replay ? &in->replay->claims.compose_hash : NULL;
	struct rv_sha256 want;
	bool ok = true;

	if (said && said->found)
		rv_report_set_hex(r, &c->actual, said->value);
	if (!in->compose && !in->compose_hash) {
		note_own_compose(
		    in, said && said->found ? said->value : rv_span(NULL, 0), r,
		    c, err, &ok);
		return ok;
	}
	if (!rv_diff_expected_hash(in, &want, err))
		return false;
	rv_report_set_hex(r, &c->expected, sha(&want));
	rv_report_set(r, &c->from, "%s",
		      in->compose ? "sha256 of the given app-compose.json"
		      : in->compose_hash_from ? in->compose_hash_from
					      : "the given compose-hash");
	if (!said || !said->found)
		return compose_by_id(in, &want, r, c, err);
	rv_diff_rests_on_log(c, in->tpm);
	c->verdict = rv_same(said->value, sha(&want)) ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason, "%s",
		      c->verdict != RV_YES && in->compose
			  ? "the machine runs another app-compose.json: the "
			    "given one was edited, or is of another app"
		      : c->verdict != RV_YES
			  ? "the machine runs another app-compose.json"
		      : in->tpm ? "recorded in PCR14"
				: "recorded in RTMR3");
	return true;
}

/*
 * The host put it into the quote at launch. Against the given compose file it
 * is a check of its own; without one it is only shown.
 */
static bool check_config_id(const struct rv_diff_input *in, struct rv_report *r,
			    struct rv_err *err)
{
	struct rv_config_id_check id;
	struct rv_sha256 want;
	struct rv_sha384 got;
	struct rv_check *c;
	bool has;

	if (!rv_diff_quoted(in, "mr_config_id", &got))
		return true;
	c = rv_report_add(r, RV_LAYER_APP, "mr_config_id", RV_UNCHECKED);
	rv_report_set_hex(r, &c->actual, rv_span(got.b, sizeof got.b));
	if (!in->compose && !in->compose_hash) {
		rv_report_set(r, &c->reason, "no app-compose.json was given");
		return true;
	}
	if (!rv_diff_expected_hash(in, &want, err) ||
	    !rv_diff_config_id(in, &want, &has, &id, err))
		return false;
	rv_report_set(r, &c->reason, "%s: %s", rv_config_id_name(id.form),
		      id.reason);
	if (id.form == RV_CONFIG_ID_ZERO || id.verdict == RV_INPUT)
		return true;
	c->verdict = id.verdict == RV_OK ? RV_YES : RV_DIFFERS;
	rv_report_set_hex(r, &c->expected, rv_span(id.expected, 48));
	rv_report_set(r, &c->from, "%s",
		      in->compose	      ? "the given app-compose.json"
		      : in->compose_hash_from ? in->compose_hash_from
					      : "the given compose-hash");
	return true;
}

/* Claims that no reference value speaks about: shown, and said unchecked. */
static void show_claim(const struct rv_diff_input *in, const char *name,
		       const struct rv_claim *claim, bool text,
		       struct rv_report *r)
{
	struct rv_check *c;

	if (!claim->found)
		return;
	c = rv_report_add(r, RV_LAYER_APP, name, RV_UNCHECKED);
	rv_diff_rests_on_log(c, in->tpm);
	if (text)
		rv_report_set(r, &c->actual, "%.*s", (int)claim->value.n,
			      (const char *)claim->value.p);
	else
		rv_report_set_hex(r, &c->actual, claim->value);
	rv_report_set(r, &c->reason, "recorded in %s%s", place(in),
		      claim->value.n ? "" : ", empty");
}

/*
 * app-id is the first 20 bytes of the first deployment's compose-hash, unless
 * a KMS gave it another: equality is worth saying, difference is no fault.
 */
static void show_app_id(const struct rv_diff_input *in, struct rv_report *r)
{
	const struct rv_claims *c = &in->replay->claims;
	struct rv_check *k;

	show_claim(in, "app_id", &c->app_id, false, r);
	if (!c->app_id.found || !c->compose_hash.found)
		return;
	k = &r->check[r->n - 1];
	if (c->app_id.value.n == 20 && c->compose_hash.value.n == 32)
		rv_report_set(
		    r, &k->reason, "recorded in %s; %s", place(in),
		    memcmp(c->app_id.value.p, c->compose_hash.value.p, 20) == 0
			? "the first 20 bytes of compose-hash"
			: "not of this compose-hash: upgraded, or "
			  "given by a KMS");
}

bool rv_diff_app(const struct rv_diff_input *in, struct rv_report *r,
		 struct rv_err *err)
{
	if (in->replay)
		check_contents(in, r);
	if (!check_compose(in, r, err) ||
	    (!in->tpm && !check_config_id(in, r, err)))
		return false;
	if (!in->replay)
		return true;
	if (!r->failed)
		show_app_id(in, r);
	show_claim(in, "instance_id", &in->replay->claims.instance_id, false,
		   r);
	show_claim(in, "key_provider", &in->replay->claims.key_provider, true,
		   r);
	return true;
}
