/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - a quote that is genuine may still not be good enough. Each rule
 * stands alone; nothing here makes a quote genuine that verify.c refused.
 */
#include "quote.h"

#include <stdarg.h>
#include <stdio.h>

enum { DAY = 86400 };

/* Attributes of a TD, Intel TDX Module 1.5 ABI, ATTRIBUTES. */
#define TUD	   0x00000000000000ffull /* debug and profiling */
#define ICSSD	   0x0000000000010000ull
#define LASS	   0x0000000008000000ull
#define SEPT_VE	   0x0000000010000000ull
#define MIGRATABLE 0x0000000020000000ull
#define PKS	   0x0000000040000000ull
#define KL	   0x0000000080000000ull
#define TPA	   0x4000000000000000ull
#define PERFMON	   0x8000000000000000ull
#define KNOWN_ATTRS                                                            \
	(TUD | ICSSD | LASS | SEPT_VE | MIGRATABLE | PKS | KL | TPA | PERFMON)
/* XFAM: x87 and SSE always, and nothing that the module does not know. */
#define XFAM_FIXED1 0x0000000000000003ull
#define XFAM_FIXED0 0x000000000006dbe7ull

static const char *const flag_name[RV_QUOTE_FLAGS] = {
	[RV_FLAG_TD_DEBUG] = "td_debug",
	[RV_FLAG_SGX_DEBUG] = "sgx_debug",
	[RV_FLAG_SERVICE_TD] = "service_td",
	[RV_FLAG_SEPT_VE] = "sept_ve_disable_clear",
	[RV_FLAG_MIGRATABLE] = "migratable",
	[RV_FLAG_RESERVED] = "td_attributes_reserved",
	[RV_FLAG_XFAM] = "xfam_fixed_bits",
	[RV_FLAG_TRAILING] = "trailing_nonzero",
};

static const char *const flag_text[RV_QUOTE_FLAGS] = {
	[RV_FLAG_TD_DEBUG] = "the host can look into this TD (td_attributes"
			     " bits 0 to 7)",
	[RV_FLAG_SGX_DEBUG] = "the host can look into this enclave",
	[RV_FLAG_SERVICE_TD] = "a service TD is bound to this TD, or was"
			       " (mr_servicetd, init_servtd or cur_servtd is"
			       " not zero)",
	[RV_FLAG_SEPT_VE] = "SEPT_VE_DISABLE is clear (td_attributes bit 28)",
	[RV_FLAG_MIGRATABLE] = "the TD can be moved to another machine"
			       " (td_attributes bit 29)",
	[RV_FLAG_RESERVED] = "td_attributes has bits that are not known",
	[RV_FLAG_XFAM] = "xfam lacks bits that are always set, or has bits"
			 " that are not known",
	[RV_FLAG_TRAILING] = "bytes behind the signature data are not zero",
};

const char *rv_quote_flag_name(enum rv_quote_flag f)
{
	return flag_name[f];
}

/* Intel TDX Module 1.5 ABI, TDREPORT: each field that tells of a service TD. */
static bool has_service_td(const struct rv_quote *q)
{
	static const char *const field[] = {
		"mr_servicetd",		  "init_servtd_hash",
		"init_servtd_attributes", "cur_servtd_hash",
		"cur_servtd_attributes",
	};

	for (size_t i = 0; i < RV_LEN(field); i++)
		if (!rv_all_zero(rv_quote_field(q, field[i])))
			return true;
	return false;
}

unsigned rv_quote_flags(const struct rv_quote *q)
{
	unsigned set = q->trailing_nonzero ? 1u << RV_FLAG_TRAILING : 0;
	uint64_t attr = rv_num(rv_quote_field(q, "td_attributes"));
	uint64_t xfam = rv_num(rv_quote_field(q, "xfam"));
	struct rv_span sgx = rv_quote_field(q, "attributes");

	if (q->tee == RV_TEE_SGX)
		return set |
		       (sgx.n && sgx.p[0] & 2 ? 1u << RV_FLAG_SGX_DEBUG : 0);
	if (attr & TUD)
		set |= 1u << RV_FLAG_TD_DEBUG;
	if (!(attr & SEPT_VE))
		set |= 1u << RV_FLAG_SEPT_VE;
	if (attr & MIGRATABLE)
		set |= 1u << RV_FLAG_MIGRATABLE;
	if (attr & ~KNOWN_ATTRS)
		set |= 1u << RV_FLAG_RESERVED;
	if ((xfam & XFAM_FIXED1) != XFAM_FIXED1 || xfam & ~XFAM_FIXED0)
		set |= 1u << RV_FLAG_XFAM;
	if (has_service_td(q))
		set |= 1u << RV_FLAG_SERVICE_TD;
	return set;
}

struct rv_quote_policy rv_quote_policy_default(void)
{
	return (struct rv_quote_policy){
		.accept = 1u << RV_TCB_UP_TO_DATE,
		.allow = 1u << RV_FLAG_TRAILING,
	};
}

struct findings {
	struct rv_quote_finding *out;
	size_t n;
};

static void RV_PRINTF(3, 4)
    add(struct findings *f, const char *rule, const char *fmt, ...)
{
	struct rv_quote_finding *one;
	va_list ap;

	if (f->n == RV_QUOTE_FINDINGS)
		return;
	one = &f->out[f->n++];
	snprintf(one->rule, sizeof one->rule, "%s", rule);
	va_start(ap, fmt);
	vsnprintf(one->detail, sizeof one->detail, fmt, ap);
	va_end(ap);
}

/* Of the two TCBs of a TD 1.5 the older one counts. */
static int64_t tcb_date(const struct rv_quote_verdict *v)
{
	return v->current.status != RV_TCB_NONE &&
		       v->current.date < v->launch.date
		   ? v->current.date
		   : v->launch.date;
}

/*
 * Intel's qal_script.rego: with a grace period, OutOfDate is accepted as long
 * as the date of the matched level is no older than that.
 */
static bool in_grace(const struct rv_quote_policy *p,
		     const struct rv_quote_verdict *v)
{
	return tcb_date(v) + (int64_t)p->grace_days * DAY >= v->at;
}

static void check_status(const struct rv_quote_policy *p,
			 const struct rv_quote_verdict *v, struct findings *f)
{
	bool old = v->status == RV_TCB_OUT_OF_DATE;
	char date[32];

	if (p->grace_days && old) {
		rv_time_text(tcb_date(v), date);
		if (!in_grace(p, v))
			add(f, "grace",
			    "OutOfDate since %.10s, more than %u days", date,
			    p->grace_days);
		return;
	}
	if (!(p->accept & 1u << v->status))
		add(f, "status", "%s is not an accepted status%s",
		    rv_tcb_status_name(v->status),
		    v->launch.status == RV_TCB_UP_TO_DATE &&
			    v->status != RV_TCB_UP_TO_DATE
			? " (as it is now)"
			: "");
}

static bool lists(const struct rv_advisories *a, const char *id)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->id[i], id) == 0)
			return true;
	return false;
}

static void check_advisory(const char *id, const struct rv_quote_verdict *v,
			   struct findings *f)
{
	if (lists(&v->launch.advisories, id))
		add(f, "advisory", "%s applies", id);
	else if (lists(&v->current.advisories, id))
		add(f, "advisory", "%s applies to the TCB as it is now", id);
}

static void check_tcb(const struct rv_quote_policy *p,
		      const struct rv_quote_verdict *v, struct findings *f)
{
	char have[32], want[32];

	if (v->eval_number < p->min_eval)
		add(f, "min_eval",
		    "TCB evaluation data number %" PRIu64 " is below %" PRIu64,
		    v->eval_number, p->min_eval);
	if (p->has_min_tcb_date && tcb_date(v) < p->min_tcb_date) {
		rv_time_text(tcb_date(v), have);
		rv_time_text(p->min_tcb_date, want);
		add(f, "min_tcb_date", "TCB of %s is older than %s", have,
		    want);
	}
	if (p->has_max_age &&
	    (!v->has_issued ||
	     v->issued + (int64_t)p->max_age_days * DAY < v->at)) {
		rv_time_text(v->issued, have);
		add(f, "max_age",
		    "collateral issued %.10s is more than %u days old", have,
		    p->max_age_days);
	}
	for (size_t i = 0; i < p->reject_advisories; i++)
		check_advisory(p->reject_advisory[i], v, f);
}

static void check_platform(const struct rv_quote_policy *p,
			   const struct rv_quote_verdict *v, struct findings *f)
{
	for (unsigned i = 0; i < RV_PCK_PROPERTIES; i++) {
		enum rv_pck_property one = (enum rv_pck_property)i;

		if (p->reject_platform & 1u << i &&
		    rv_pck_property(&v->pck, one))
			add(f, "platform",
			    "%s: so says the PCK certificate of this platform",
			    rv_pck_property_name(one));
	}
}

static void check_expected(const struct rv_quote_policy *p,
			   const struct rv_quote *q, struct findings *f)
{
	for (size_t i = 0; i < p->expects; i++) {
		const struct rv_quote_expect *e = &p->expect[i];

		if (!rv_same(rv_quote_field(q, e->field), e->want))
			add(f, "expect", "%s is not the expected value",
			    e->field);
	}
}

size_t rv_quote_policy_apply(const struct rv_quote_policy *p,
			     const struct rv_quote *q,
			     const struct rv_quote_verdict *v,
			     struct rv_quote_finding *out)
{
	struct findings f = { out, 0 };
	unsigned flags = rv_quote_flags(q) & ~p->allow;

	if (!v->verified) {
		add(&f, "verified", "the quote was not verified");
		return f.n;
	}
	check_status(p, v, &f);
	check_tcb(p, v, &f);
	check_platform(p, v, &f);
	for (int i = 0; i < RV_QUOTE_FLAGS; i++)
		if (flags & 1u << i)
			add(&f, flag_name[i], "%s", flag_text[i]);
	check_expected(p, q, &f);
	return f.n;
}
