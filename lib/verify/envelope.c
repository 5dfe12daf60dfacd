/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.c - one request of many: evidence with what it is to be compared
 * with. The evidence is handed on by its bytes, for some of them are signed.
 */
#include "json.h"
#include "jsonspan.h"
#include "verify.h"

enum member {
	EVIDENCE,
	ID,
	INSTANCE,
	RELEASE,
	VALUES,
	COMPOSE,
	COMPOSE_HASH,
	REPORT_DATA,
	AT,
	COLLATERAL,
	OTHER,
	MEMBERS
};

static const char *const key[MEMBERS] = {
	[EVIDENCE] = "evidence",
	[ID] = "id",
	[INSTANCE] = "instance",
	[RELEASE] = "release",
	[VALUES] = "values",
	[COMPOSE] = "compose",
	[COMPOSE_HASH] = "compose_hash",
	[REPORT_DATA] = "report_data",
	[AT] = "at",
	[COLLATERAL] = "collateral",
};

void rv_envelope_free(struct rv_envelope *e)
{
	rv_buf_free(&e->id);
	rv_buf_free(&e->instance);
	rv_buf_free(&e->release);
	rv_buf_free(&e->values);
	rv_buf_free(&e->compose);
	rv_collateral_free(&e->collateral);
	*e = (struct rv_envelope){ 0 };
}

static bool wrong(enum member m, const char *what, struct rv_err *err)
{
	return rv_fail(err, RV_INPUT, "%s: %s", key[m], what);
}

/* The string that @m is, if it is there. */
static bool take_text(const struct rv_json_member *all, enum member m,
		      struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (!all[m].found)
		return true;
	if (!rv_json_parse(all[m].value, key[m], &j, err))
		return false;
	if (!rv_json_is_string(j))
		return wrong(m, "not a string", err);
	return rv_buf_copy(rv_json_text(j), out, err);
}

/* A published document is an object, or any other in a string. */
static bool take_values(const struct rv_json_member *all,
			struct rv_envelope *out, struct rv_err *err)
{
	if (all[VALUES].found && all[VALUES].value.p[0] == '{')
		return rv_buf_copy(all[VALUES].value, &out->values, err);
	return take_text(all, VALUES, &out->values, err);
}

static bool take_hash(const struct rv_json_member *all, struct rv_envelope *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!take_text(all, COMPOSE_HASH, &text, err))
		return false;
	out->has_compose_hash = text.p != NULL;
	if (text.p && !rv_unhex(rv_buf_span(&text), out->compose_hash.b,
				sizeof out->compose_hash.b))
		return wrong(COMPOSE_HASH, "not 64 hex digits", err);
	if (text.p && out->compose.p)
		return wrong(COMPOSE_HASH, "beside compose, whose hash it is",
			     err);
	return true;
}

static bool take_report_data(const struct rv_json_member *all,
			     struct rv_envelope *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!take_text(all, REPORT_DATA, &text, err) || !text.p)
		return !all[REPORT_DATA].found;
	out->has_report_data = true;
	out->binding.report_data_n = text.n / 2;
	if (text.n == 0 || text.n > 2 * RV_REPORT_DATA || text.n % 2 ||
	    !rv_unhex(rv_buf_span(&text), out->binding.report_data, text.n / 2))
		return wrong(REPORT_DATA, "not 1 to 64 bytes in hex", err);
	return true;
}

static bool take_time(const struct rv_json_member *all, struct rv_envelope *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	uint64_t seconds;

	if (!all[AT].found)
		return true;
	if (!rv_json_parse(all[AT].value, key[AT], &j, err))
		return false;
	out->has_at = true;
	if (rv_json_is_string(j) && rv_time_parse(rv_json_text(j), &out->at))
		return true;
	if (!rv_json_uint(j, RV_TIME_MAX, &seconds))
		return wrong(AT,
			     "neither \"2026-01-31T00:00:00Z\" nor seconds "
			     "since 1970",
			     err);
	out->at = (int64_t)seconds;
	return true;
}

static bool take_collateral(const struct rv_json_member *all,
			    struct rv_envelope *out, struct rv_err *err)
{
	out->has_collateral = all[COLLATERAL].found;
	return !out->has_collateral ||
	       rv_collateral_read(all[COLLATERAL].value, &out->collateral, err);
}

static bool take_all(const struct rv_json_member *all, struct rv_envelope *out,
		     struct rv_err *err)
{
	if (!take_text(all, ID, &out->id, err))
		return false;
	for (int m = 0; m < OTHER; m++)
		if (all[m].found > 1)
			return wrong((enum member)m, "twice", err);
	if (all[RELEASE].found && all[VALUES].found)
		return wrong(VALUES, "beside release: one of the two", err);
	out->evidence = all[EVIDENCE].value;
	return take_text(all, INSTANCE, &out->instance, err) &&
	       take_text(all, RELEASE, &out->release, err) &&
	       take_values(all, out, err) &&
	       take_text(all, COMPOSE, &out->compose, err) &&
	       take_hash(all, out, err) && take_report_data(all, out, err) &&
	       take_time(all, out, err) && take_collateral(all, out, err);
}

bool rv_envelope_read(struct rv_span text, struct rv_envelope *out,
		      struct rv_err *err)
{
	struct rv_json_member all[MEMBERS] = { { 0 } };
	struct rv_err ignored = { 0 };

	for (int m = 0; m < MEMBERS; m++)
		all[m].key = key[m];
	*out = (struct rv_envelope){ .evidence = text };
	/* What is no object at all is for the readers of evidence to judge. */
	if (!rv_json_members(text, all, MEMBERS, &ignored) ||
	    !all[EVIDENCE].found)
		return true;
	if (!all[OTHER].found)
		return take_all(all, out, err) || rv_in(err, "envelope");
	/* Some documents have evidence in them, and no id. */
	if (!all[ID].found)
		return true;
	if (!take_text(all, ID, &out->id, err))
		return rv_in(err, "envelope");
	return rv_fail(err, RV_INPUT,
		       "envelope: no member of it is called %.*s",
		       (int)(all[OTHER].value.n < 64 ? all[OTHER].value.n : 64),
		       (const char *)all[OTHER].value.p);
}

void rv_envelope_apply(struct rv_envelope *e, struct rv_verify_input *in)
{
	in->evidence_bytes = e->evidence;
	if (e->instance.p)
		in->instance = (const char *)e->instance.p;
	if (e->release.p || e->values.p) {
		e->values_span = rv_buf_span(&e->values);
		in->release = (const char *)e->release.p;
		in->values = e->values.p ? &e->values_span : NULL;
		in->image = NULL;
		in->identify = false;
		in->values_name = "values";
	}
	if (e->compose.p || e->has_compose_hash) {
		e->compose_span = rv_buf_span(&e->compose);
		in->compose = e->compose.p ? &e->compose_span : NULL;
		in->compose_name = "compose";
		in->compose_hash =
		    e->has_compose_hash ? &e->compose_hash : NULL;
	}
	if (e->has_report_data) {
		struct rv_binding b =
		    in->binding ? *in->binding : (struct rv_binding){ 0 };

		b.has_report_data = true;
		memcpy(b.report_data, e->binding.report_data,
		       sizeof b.report_data);
		b.report_data_n = e->binding.report_data_n;
		b.report_data_from = "report_data";
		e->binding = b;
		in->binding = &e->binding;
	}
	if (e->has_at) {
		in->proof.has_at = true;
		in->proof.at = e->at;
	}
	if (e->has_collateral) {
		in->proof.collateral = &e->collateral;
		in->proof.collateral_err = NULL;
	}
}
