/* SPDX-License-Identifier: Apache-2.0 */
/* dcap_opts.c - the options of verifying a quote, read. */
#include "dcap_opts.h"
#include "folder.h"
#include "digest.h"
#include "near.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
	ROOT_MAX = 64 * 1024,
	GRACE_MAX = 36500, /* days */
	EPOCH_DIGITS = 9,
	ADVISORY_DIGITS = 5,
};

/* ---- reading arguments ---- */

/*
 * RFC 3339 in UTC, or a date alone: its first second; or seconds since 1970, of
 * so many digits that nobody can have meant a year or a day.
 */
bool rv_time_arg(const char *name, const char *text, int64_t *out,
		 struct rv_err *err)
{
	uint64_t seconds;
	char full[32];

	if (strlen(text) >= EPOCH_DIGITS &&
	    rv_decimal(rv_text(text), RV_TIME_MAX, &seconds)) {
		*out = (int64_t)seconds;
		return true;
	}
	snprintf(full, sizeof full, "%.21s%s", text,
		 strlen(text) == 10 ? "T00:00:00Z" : "");
	if (!rv_time_parse(rv_text(full), out))
		return rv_fail(err, RV_USAGE,
			       "--%s %s: neither 2026-01-31 nor"
			       " 2026-01-31T00:00:00Z nor seconds since 1970",
			       name, text);
	return true;
}

static bool number_arg(const char *name, const char *text, uint64_t max,
		       uint64_t *out, struct rv_err *err)
{
	if (!rv_decimal(rv_text(text), max, out))
		return rv_fail(err, RV_USAGE,
			       "--%s %s: not a number from 0 to %" PRIu64, name,
			       text, max);
	return true;
}

static bool no_name(const char *option, struct rv_span typed, const char *what,
		    const char *(*name)(size_t), struct rv_err *err)
{
	struct rv_near near = { .typed = typed };
	char meant[RV_NEAR_TEXT];

	for (size_t i = 0; name(i); i++)
		rv_near_try(&near, name(i));
	return rv_fail(err, RV_USAGE, "--%s: '%.*s' is %s%s", option,
		       (int)typed.n, (const char *)typed.p, what,
		       rv_near_text(&near, "", meant));
}

static bool add_status(struct rv_span typed, unsigned *set, struct rv_err *err)
{
	enum rv_tcb_status s = rv_tcb_status_read(typed);

	if (s == RV_TCB_NONE)
		return no_name("accept", typed, "not a TCB status",
			       rv_name_status, err);
	if (s == RV_TCB_REVOKED)
		return rv_fail(err, RV_USAGE,
			       "--accept: Revoked is never accepted");
	*set |= 1u << s;
	return true;
}

static bool add_property(struct rv_span typed, unsigned *set,
			 struct rv_err *err)
{
	for (unsigned i = 0; i < RV_PCK_PROPERTIES; i++)
		if (rv_same(typed, rv_text(rv_name_platform(i)))) {
			*set |= 1u << i;
			return true;
		}
	return no_name("reject-platform", typed,
		       "nothing that a certificate says of a platform",
		       rv_name_platform, err);
}

/* Names with commas between them, each put into the set by @add. */
static bool set_arg(const char *text,
		    bool (*add)(struct rv_span, unsigned *, struct rv_err *),
		    unsigned *out, struct rv_err *err)
{
	unsigned set = 0;

	for (const char *p = text;;) {
		size_t n = strcspn(p, ",");

		if (!add(rv_span(p, n), &set, err))
			return false;
		if (!p[n])
			break;
		p += n + 1;
	}
	*out = set;
	return true;
}

/* Is there a quote whose body has this field, and how long is it? */
static size_t field_length(const char *name)
{
	static const enum rv_body type[] = { RV_BODY_TD15_EX, RV_BODY_SGX };

	for (size_t i = 0; i < RV_LEN(type); i++) {
		size_t n;
		const struct rv_quote_field *f = rv_quote_fields(type[i], &n);

		for (; n; n--, f++)
			if (strcmp(f->name, name) == 0)
				return f->length;
	}
	return 0;
}

/* pcr0 to pcr31, SHA-384. */
static size_t pcr_length(const char *name)
{
	uint64_t k;

	return strncmp(name, "pcr", 3) == 0 &&
		       rv_decimal(rv_text(name + 3), RV_NITRO_PCRS - 1, &k)
		   ? sizeof(struct rv_sha384)
		   : 0;
}

static bool expect_arg(struct rv_dcap *d, size_t i, const char *text, bool pcrs,
		       struct rv_err *err)
{
	size_t (*const length)(const char *) = pcrs ? pcr_length : field_length;
	const char *eq = strchr(text, '=');
	struct rv_buf *name = &d->expect_name[i];
	struct rv_buf *value = &d->expect_value[i];

	if (!eq)
		return rv_fail(err, RV_USAGE, "--expect %s: no FIELD=HEX",
			       text);
	if (!rv_buf_copy(rv_span(text, (size_t)(eq - text)), name, err))
		return false;
	if (!rv_unhex_buf(rv_text(eq + 1), "--expect", value, err)) {
		if (err->code == RV_INPUT)
			err->code = RV_USAGE;
		return false;
	}
	if (length((const char *)name->p) == 0)
		return rv_fail(err, RV_USAGE, "--expect: no %s %s",
			       pcrs ? "document of AWS's has a PCR"
				    : "quote has a field",
			       (const char *)name->p);
	if (length((const char *)name->p) != value->n)
		return rv_fail(err, RV_USAGE,
			       "--expect: %s has %zu bytes, not %zu",
			       (const char *)name->p,
			       length((const char *)name->p), value->n);
	d->expect[i].field = (const char *)name->p;
	d->expect[i].want = rv_buf_span(value);
	return true;
}

/*
 * "INTEL-SA-00837": letters, digits and case as Intel writes them. Another
 * spelling would match nothing, and so refuse nothing.
 */
static bool advisory_arg(const char *id, struct rv_err *err)
{
	static const char prefix[] = "INTEL-";
	const char *p = id + strlen(prefix);
	size_t letters, digits;

	if (strncmp(id, prefix, strlen(prefix)) == 0) {
		letters = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		digits = p[letters] == '-'
			     ? strspn(p + letters + 1, "0123456789")
			     : 0;
		if (letters && digits == ADVISORY_DIGITS &&
		    !p[letters + 1 + digits])
			return true;
	}
	return rv_fail(err, RV_USAGE,
		       "--reject-advisory %s: no advisory's id, as in"
		       " INTEL-SA-00837",
		       id);
}

static bool grace_arg(const struct rv_dcap_opts *o, struct rv_quote_policy *p,
		      struct rv_err *err)
{
	uint64_t days;

	if (!o->grace)
		return true;
	if (!number_arg("grace", o->grace, GRACE_MAX, &days, err))
		return false;
	if (!(p->accept & 1u << RV_TCB_UP_TO_DATE))
		return rv_fail(err, RV_USAGE,
			       "--grace needs UpToDate among --accept");
	p->grace_days = (unsigned)days;
	return true;
}

static bool max_age_arg(const struct rv_dcap_opts *o, struct rv_quote_policy *p,
			struct rv_err *err)
{
	uint64_t days = 0;

	p->has_max_age = o->max_age != NULL;
	if (o->max_age &&
	    !number_arg("max-age", o->max_age, GRACE_MAX, &days, err))
		return false;
	p->max_age_days = (unsigned)days;
	return true;
}

static bool read_policy(const struct rv_dcap_opts *o, struct rv_dcap *d,
			struct rv_err *err)
{
	struct rv_quote_policy *p = &d->policy;

	*p = rv_quote_policy_default();
	if (o->accept && !set_arg(o->accept, add_status, &p->accept, err))
		return false;
	if (o->reject_platform && !set_arg(o->reject_platform, add_property,
					   &p->reject_platform, err))
		return false;
	if (o->min_eval &&
	    !number_arg("min-eval", o->min_eval, UINT32_MAX, &p->min_eval, err))
		return false;
	p->has_min_tcb_date = o->min_tcb_date != NULL;
	if (o->min_tcb_date && !rv_time_arg("min-tcb-date", o->min_tcb_date,
					    &p->min_tcb_date, err))
		return false;
	if (!grace_arg(o, p, err) || !max_age_arg(o, p, err))
		return false;
	for (size_t i = 0; i < o->expect.n; i++)
		if (!expect_arg(d, i, o->expect.item[i], o->pcrs, err))
			return false;
	for (size_t i = 0; i < o->reject_advisory.n; i++) {
		if (!advisory_arg(o->reject_advisory.item[i], err))
			return false;
		d->reject[i] = o->reject_advisory.item[i];
	}
	p->reject_advisory = d->reject;
	p->reject_advisories = o->reject_advisory.n;
	p->expect = d->expect;
	p->expects = o->expect.n;
	p->allow |= o->allow_debug
			? 1u << RV_FLAG_TD_DEBUG | 1u << RV_FLAG_SGX_DEBUG
			: 0;
	p->allow |= o->allow_service_td ? 1u << RV_FLAG_SERVICE_TD : 0;
	p->allow |= o->allow_migratable ? 1u << RV_FLAG_MIGRATABLE : 0;
	p->allow |= o->allow_sept_ve ? 1u << RV_FLAG_SEPT_VE : 0;
	/* Simulators leave xfam at zero, which no TDX module does. */
	p->allow |= o->test_pki ? 1u << RV_FLAG_XFAM : 0;
	return true;
}

/* ---- opening ---- */

/* A document, or a folder of answers. */
static bool read_collateral(struct rv_dcap *d, const char *path,
			    struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_folder folder;

	if (rv_is_folder(path)) {
		folder = rv_folder_at(path);
		return rv_collateral_read_folder(&folder, &d->collateral, err);
	}
	if (!rv_buf_read(path, RV_COLLATERAL_MAX, &b, err))
		return false;
	return rv_collateral_read(rv_buf_span(&b), &d->collateral, err) ||
	       rv_in(err, "%s", path);
}

static bool read_root(const struct rv_dcap_opts *o, struct rv_dcap *d,
		      struct rv_err *err)
{
	d->quote.test_pki = o->test_pki;
	d->quote.explain = o->explain;
	if (!o->root_ca)
		return true;
	if (!rv_buf_read(o->root_ca, ROOT_MAX, &d->root, err))
		return false;
	if (!d->root.n)
		return rv_fail(err, RV_INPUT, "%s: empty", o->root_ca);
	d->quote.root = rv_buf_span(&d->root);
	d->root_name = o->root_ca;
	return true;
}

bool rv_dcap_read(const struct rv_dcap_opts *o, struct rv_dcap *out,
		  struct rv_err *err)
{
	*out = (struct rv_dcap){ .has_at = o->at != NULL };
	return (!o->at || rv_time_arg("at", o->at, &out->at, err)) &&
	       read_policy(o, out, err);
}

bool rv_dcap_open(const struct rv_dcap_opts *o, struct rv_dcap *out,
		  struct rv_err *err)
{
	struct stat st;

	if (!rv_dcap_read(o, out, err) || !read_root(o, out, err))
		return false;
	if (!o->collateral)
		return true;
	if (strcmp(o->collateral, "-") != 0 && stat(o->collateral, &st) != 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s",
			       o->collateral, strerror(errno));
	out->has_collateral =
	    read_collateral(out, o->collateral, &out->collateral_err);
	if (out->collateral_err.code == RV_SYSTEM) {
		*err = out->collateral_err;
		return false;
	}
	return true;
}

bool rv_dcap_quotes(struct rv_dcap *d, struct rv_err *err)
{
	if (rv_quote_verifier_new(&d->quote, &d->quotes, err))
		return true;
	return d->root_name ? rv_in(err, "%s", d->root_name) : false;
}

struct rv_proof_input rv_dcap_proof(const struct rv_dcap *d)
{
	return (struct rv_proof_input){
		.policy = &d->policy,
		.collateral = d->has_collateral ? &d->collateral : NULL,
		.collateral_err = &d->collateral_err,
		.has_at = d->has_at,
		.at = d->has_at ? d->at : rv_cmd_now(),
		.evidence_name = d->evidence_name,
	};
}

void rv_dcap_free(struct rv_dcap *d)
{
	rv_quote_verifier_free(&d->quotes);
	rv_buf_free(&d->root);
	rv_collateral_free(&d->collateral);
	for (size_t i = 0; i < RV_LIST_MAX; i++) {
		rv_buf_free(&d->expect_name[i]);
		rv_buf_free(&d->expect_value[i]);
	}
}
