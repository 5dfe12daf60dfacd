/* SPDX-License-Identifier: Apache-2.0 */
/* dcap_opts.c - options of verification, and verifying with them. */
#include "dcap_opts.h"
#include "digest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
	DIR_FILES_MAX = 256,
	ROOT_MAX = 64 * 1024,
	GRACE_MAX = 36500, /* days */
	EPOCH_DIGITS = 9,
	ADVISORY_DIGITS = 5,
};

#define EPOCH_MAX UINT64_C(253402300799) /* the end of year 9999 */

/* ---- reading arguments ---- */

/*
 * RFC 3339 in UTC, or a date alone: its first second; or seconds since 1970, of
 * so many digits that nobody can have meant a year or a day.
 */
static bool time_arg(const char *name, const char *text, int64_t *out,
		     struct rv_err *err)
{
	uint64_t seconds;
	char full[32];

	if (strlen(text) >= EPOCH_DIGITS &&
	    rv_decimal(rv_text(text), EPOCH_MAX, &seconds)) {
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

static bool accept_arg(const char *text, unsigned *out, struct rv_err *err)
{
	unsigned set = 0;

	for (const char *p = text;;) {
		size_t n = strcspn(p, ",");
		enum rv_tcb_status s = rv_tcb_status_read(rv_span(p, n));

		if (s == RV_TCB_NONE)
			return rv_fail(err, RV_USAGE,
				       "--accept: '%.*s' is not a TCB status",
				       (int)n, p);
		if (s == RV_TCB_REVOKED)
			return rv_fail(err, RV_USAGE,
				       "--accept: Revoked is never accepted");
		set |= 1u << s;
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

static bool expect_arg(struct rv_dcap *d, size_t i, const char *text,
		       struct rv_err *err)
{
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
	if (field_length((const char *)name->p) == 0)
		return rv_fail(err, RV_USAGE,
			       "--expect: no quote has a field %s",
			       (const char *)name->p);
	if (field_length((const char *)name->p) != value->n)
		return rv_fail(err, RV_USAGE,
			       "--expect: %s has %zu bytes, not %zu",
			       (const char *)name->p,
			       field_length((const char *)name->p), value->n);
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
	if (o->min_eval)
		return rv_fail(err, RV_USAGE,
			       "--grace and --min-eval exclude each other");
	if (!(p->accept & 1u << RV_TCB_UP_TO_DATE))
		return rv_fail(err, RV_USAGE,
			       "--grace needs UpToDate among --accept");
	p->grace_days = (unsigned)days;
	return true;
}

static bool read_policy(const struct rv_dcap_opts *o, struct rv_dcap *d,
			struct rv_err *err)
{
	struct rv_quote_policy *p = &d->policy;

	*p = rv_quote_policy_default();
	if (o->accept && !accept_arg(o->accept, &p->accept, err))
		return false;
	if (o->min_eval &&
	    !number_arg("min-eval", o->min_eval, UINT32_MAX, &p->min_eval, err))
		return false;
	p->has_min_tcb_date = o->min_tcb_date != NULL;
	if (o->min_tcb_date &&
	    !time_arg("min-tcb-date", o->min_tcb_date, &p->min_tcb_date, err))
		return false;
	if (!grace_arg(o, p, err))
		return false;
	for (size_t i = 0; i < o->expect.n; i++)
		if (!expect_arg(d, i, o->expect.item[i], err))
			return false;
	for (size_t i = 0; i < o->reject_advisory.n; i++) {
		if (!advisory_arg(o->reject_advisory.item[i], err))
			return false;
		d->reject[i] = o->reject_advisory.item[i];
	}
	p->reject_advisories = o->reject_advisory.n;
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

/* ---- collateral: a document, or a folder of answers ---- */

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

struct names {
	struct dirent **entry;
	int n;
};

static void free_names(struct names *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->entry[i]);
	free(l->entry);
}

static bool add_file(struct rv_dcap *d, const char *dir, const char *name,
		     size_t *used, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char path[4096];
	struct stat st;
	bool known = false;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return rv_fail(err, RV_INPUT, "%s: a name too long", dir);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return true;
	if (!rv_buf_read(path, RV_COLLATERAL_MAX, &b, err))
		return false;
	if (!rv_collateral_add(&d->collateral, name, rv_buf_span(&b), &known,
			       err))
		return rv_in(err, "%s", path);
	*used += known;
	return true;
}

static bool read_dir(struct rv_dcap *d, const char *dir, struct rv_err *err)
{
	RV_AUTO(free_names) struct names l = { 0 };
	size_t used = 0;

	l.n = scandir(dir, &l.entry, visible, alphasort);
	if (l.n < 0) {
		l.n = 0;
		return rv_fail(err, RV_INPUT, "%s: %s", dir, strerror(errno));
	}
	if (l.n > DIR_FILES_MAX)
		return rv_fail(err, RV_INPUT, "%s: more than %d files", dir,
			       DIR_FILES_MAX);
	for (int i = 0; i < l.n; i++)
		if (!add_file(d, dir, l.entry[i]->d_name, &used, err))
			return false;
	if (!used)
		return rv_fail(err, RV_INPUT, "%s: no file of it is collateral",
			       dir);
	return true;
}

static bool read_collateral(struct rv_dcap *d, const char *path,
			    struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	    S_ISDIR(st.st_mode))
		return read_dir(d, path, err);
	if (!rv_buf_read(path, RV_COLLATERAL_MAX, &b, err))
		return false;
	return rv_collateral_read(rv_buf_span(&b), &d->collateral, err) ||
	       rv_in(err, "%s", path);
}

/* ---- opening ---- */

static bool read_verifier(const struct rv_dcap_opts *o, struct rv_dcap *d,
			  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf root = { 0 };
	struct rv_quote_options q = { .test_pki = o->test_pki,
				      .explain = o->explain };

	if (o->test_pki && !o->root_ca)
		return rv_fail(err, RV_USAGE, "--test-pki needs --root-ca");
	if (o->root_ca) {
		if (!rv_buf_read(o->root_ca, ROOT_MAX, &root, err))
			return false;
		if (!root.n)
			return rv_fail(err, RV_INPUT, "%s: empty", o->root_ca);
		q.root = rv_buf_span(&root);
	}
	if (!rv_quote_verifier_new(&q, &d->verifier, err))
		return o->root_ca ? rv_in(err, "%s", o->root_ca) : false;
	return true;
}

bool rv_dcap_read(const struct rv_dcap_opts *o, struct rv_dcap *out,
		  struct rv_err *err)
{
	*out = (struct rv_dcap){ .explain = o->explain };
	out->has_at = o->at != NULL;
	return (!o->at || time_arg("at", o->at, &out->at, err)) &&
	       read_policy(o, out, err);
}

bool rv_dcap_open(const struct rv_dcap_opts *o, struct rv_dcap *out,
		  struct rv_err *err)
{
	struct stat st;

	if (!rv_dcap_read(o, out, err) || !read_verifier(o, out, err))
		return false;
	if (!o->collateral)
		return true;
	if (strcmp(o->collateral, "-") != 0 && stat(o->collateral, &st) != 0)
		return rv_fail(err, RV_INPUT, "%s: %s", o->collateral,
			       strerror(errno));
	out->has_collateral =
	    read_collateral(out, o->collateral, &out->collateral_err);
	if (out->collateral_err.code == RV_SYSTEM) {
		*err = out->collateral_err;
		return false;
	}
	return true;
}

void rv_dcap_free(struct rv_dcap *d)
{
	rv_quote_verifier_free(&d->verifier);
	rv_collateral_free(&d->collateral);
	for (size_t i = 0; i < RV_LIST_MAX; i++) {
		rv_buf_free(&d->expect_name[i]);
		rv_buf_free(&d->expect_value[i]);
	}
}

/* ---- verifying ---- */

void rv_dcap_result_free(struct rv_dcap_result *r)
{
	rv_quote_verdict_free(&r->verdict);
}

static void decode(struct rv_span in, struct rv_dcap_result *out)
{
	struct rv_err err = { 0 };

	out->decoded = rv_quote_read(in, &out->quote, &err);
	if (!out->decoded) {
		out->answer = RV_INPUT;
		snprintf(out->message, sizeof out->message, "%s", err.msg);
	}
}

void rv_dcap_decode(const struct rv_evidence *e, struct rv_dcap_result *out)
{
	*out = (struct rv_dcap_result){ .answer = RV_OK };
	decode(rv_buf_span(&e->quote), out);
}

/* From the verdict and the policy to one answer and one sentence. */
static void conclude(struct rv_dcap *d, struct rv_dcap_result *r)
{
	struct rv_quote_policy p = d->policy;
	struct rv_quote_verdict *v = &r->verdict;

	p.reject_advisory = d->reject;
	p.expect = d->expect;
	if (!v->verified) {
		r->answer = rv_quote_code_exit(v->code);
		snprintf(r->message, sizeof r->message, "%s", v->message);
		return;
	}
	r->findings = rv_quote_policy_apply(&p, &r->quote, v, r->finding);
	if (r->findings) {
		r->answer = RV_NO;
		snprintf(r->message, sizeof r->message,
			 "refused by policy: %.31s: %.199s%s",
			 r->finding[0].rule, r->finding[0].detail,
			 r->findings > 1 ? " (and more)" : "");
	} else if (v->test_pki) {
		r->answer = RV_INPUT;
		snprintf(r->message, sizeof r->message,
			 "verified by the rules for test certificates, which"
			 " says nothing of the hardware");
	} else {
		r->answer = RV_OK;
	}
}

/* The collateral to use: what was asked for wins over what came along. */
static bool choose(struct rv_dcap *d, const struct rv_evidence *e,
		   struct rv_collateral *own, const struct rv_collateral **out,
		   struct rv_err *err)
{
	*out = d->has_collateral ? &d->collateral : NULL;
	if (d->collateral_err.code) {
		*err = d->collateral_err;
		return false;
	}
	if (*out || !e || !e->collateral.n)
		return true;
	*out = own;
	return rv_collateral_read(rv_buf_span(&e->collateral), own, err);
}

static bool verify(struct rv_dcap *d, struct rv_span quote,
		   const struct rv_evidence *e, struct rv_dcap_result *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral own = { 0 };
	const struct rv_collateral *c;
	int64_t at = d->has_at ? d->at : rv_cmd_now();
	struct rv_err why = { 0 };
	bool readable = choose(d, e, &own, &c, &why);

	if (!readable && why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	if (!rv_quote_verify(d->verifier, quote, readable ? c : NULL, at,
			     &out->verdict, err))
		return false;
	if (!readable && out->verdict.code == RV_QUOTE_COLLATERAL_MISSING) {
		out->verdict.code = RV_QUOTE_COLLATERAL_FORMAT;
		snprintf(out->verdict.message, sizeof out->verdict.message,
			 "COLLATERAL_FORMAT: %.400s", why.msg);
	}
	out->checked = true;
	conclude(d, out);
	return true;
}

bool rv_dcap_check(struct rv_dcap *d, const struct rv_evidence *e,
		   struct rv_dcap_result *out, struct rv_err *err)
{
	*out = (struct rv_dcap_result){ .answer = RV_INPUT };
	decode(rv_buf_span(&e->quote), out);
	if (!verify(d, rv_buf_span(&e->quote), e, out, err))
		return false;
	if (e->conflict) {
		out->answer = RV_NO;
		snprintf(out->message, sizeof out->message,
			 "the evidence contradicts itself: %.400s",
			 e->conflict);
	}
	return true;
}

/* What is no container at all may still be a quote, with a field broken. */
bool rv_dcap_unreadable(struct rv_dcap *d, struct rv_span in,
			const struct rv_err *why, struct rv_dcap_result *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	struct rv_span text = in, given = in;
	struct rv_err none;
	bool is_text = rv_utf8_ok(in) && in.n > 0;

	*out = (struct rv_dcap_result){ .answer = RV_INPUT };
	while (text.n &&
	       (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (rv_unhex_buf(text, "hex", &bytes, &none))
		in = rv_buf_span(&bytes);
	else if (is_text)
		in = rv_span(in.p, 0);
	if (!verify(d, in, NULL, out, err))
		return false;
	if (!rv_sha256(given, &out->verdict.quote_id, err))
		return false;
	/* Its format checks may say what; nothing further counts here. */
	if (in.n == 0 || out->verdict.verified ||
	    out->verdict.code > RV_QUOTE_CERT_TYPE) {
		out->verdict.code = RV_QUOTE_FORMAT;
		snprintf(out->verdict.message, sizeof out->verdict.message,
			 "QUOTE_FORMAT: %.400s", why->msg);
	}
	snprintf(out->message, sizeof out->message, "%s", out->verdict.message);
	out->verdict.verified = false;
	out->answer = RV_INPUT;
	return true;
}
