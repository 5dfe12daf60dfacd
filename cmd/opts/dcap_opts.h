/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dcap_opts.h - the options of verifying a quote, the same in every command
 * that does: --collateral, --at, and what is accepted.
 */
#ifndef RV_DCAP_OPTS_H
#define RV_DCAP_OPTS_H

#include "base.h"
#include "cmd.h"

/* The arguments as they were given; NULL and false: not given. */
struct rv_dcap_opts {
	const char *collateral, *at, *root_ca, *accept;
	const char *min_eval, *min_tcb_date, *grace;
	struct rv_list reject_advisory, expect;
	bool test_pki, allow_debug, allow_service_td;
	bool allow_migratable, allow_sept_ve, explain;
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_DCAP_OPTS(o)							\
	{ 0, "collateral", "FILE|DIR", "Intel's collateral for the platform",\
	  &(o).collateral, NULL, NULL },				\
	{ 0, "at", "TIME", "verify for this time (default: now)",	\
	  &(o).at, NULL, NULL },					\
	{ 0, "accept", "STATUS,...", "TCB statuses to accept (default: UpToDate)",\
	  &(o).accept, NULL, NULL },					\
	{ 0, "min-eval", "N", "least TCB evaluation data number",	\
	  &(o).min_eval, NULL, NULL },					\
	{ 0, "min-tcb-date", "DATE", "oldest TCB to accept",		\
	  &(o).min_tcb_date, NULL, NULL },				\
	{ 0, "reject-advisory", "ID", "refuse where this applies; may be repeated",\
	  NULL, NULL, &(o).reject_advisory },				\
	{ 0, "grace", "DAYS", "accept OutOfDate for so long, no longer",\
	  &(o).grace, NULL, NULL },					\
	{ 0, "expect", "FIELD=HEX", "what a field must be; may be repeated",\
	  NULL, NULL, &(o).expect },					\
	{ 0, "allow-debug", NULL, "accept debug and profiling attributes",\
	  NULL, &(o).allow_debug, NULL },				\
	{ 0, "allow-service-td", NULL, "accept a bound service TD",	\
	  NULL, &(o).allow_service_td, NULL },				\
	{ 0, "allow-migratable", NULL, "accept a TD that can be moved",	\
	  NULL, &(o).allow_migratable, NULL },				\
	{ 0, "allow-sept-ve", NULL, "accept SEPT_VE_DISABLE being clear",\
	  NULL, &(o).allow_sept_ve, NULL },				\
	{ 0, "root-ca", "FILE", "trust this root instead of Intel's",	\
	  &(o).root_ca, NULL, NULL },					\
	{ 0, "test-pki", NULL, "with --root-ca: rules for test certificates",\
	  NULL, &(o).test_pki, NULL },					\
	{ 0, "explain", NULL, "show each check and what was compared",	\
	  NULL, &(o).explain, NULL }
/* clang-format on */

/* Their names, for rules: what looks at the quote itself, and all. */
#define RV_DCAP_POLICY                                                         \
	"accept min-eval min-tcb-date reject-advisory grace expect"            \
	" allow-service-td allow-migratable allow-sept-ve test-pki explain"
#define RV_DCAP_NAMES RV_DCAP_POLICY " allow-debug collateral at root-ca"

/* Which of them need or exclude which. */
#define RV_DCAP_RULES                                                          \
	{ "test-pki", "root-ca", NULL, "it is about that root" },              \
	{                                                                      \
		"grace", NULL, "min-eval", "both say how old a TCB may be"     \
	}

/* The options, read; rv_dcap_free(). It borrows from itself: never copied. */
struct rv_dcap {
	struct rv_quote_options quote;
	struct rv_buf root;
	const char *root_name;		  /* NULL: Intel's */
	struct rv_quote_verifier *quotes; /* under that root; or NULL */
	struct rv_quote_policy policy;
	struct rv_collateral collateral;
	bool has_collateral;
	struct rv_err collateral_err; /* else, why it cannot be read */
	bool has_at; /* else each quote is verified for the time it is read */
	int64_t at;
	const char *evidence_name; /* in the command of a hint; borrowed */
	/* What the policy borrows: */
	const char *reject[RV_LIST_MAX];
	struct rv_quote_expect expect[RV_LIST_MAX];
	struct rv_buf expect_name[RV_LIST_MAX], expect_value[RV_LIST_MAX];
};

/* The argument of --@name: RFC 3339, a date, or seconds since 1970. */
RV_MUST bool rv_time_arg(const char *name, const char *text, int64_t *out,
			 struct rv_err *err);
/* Only the time and the policy, each option's spelling checked. */
RV_MUST bool rv_dcap_read(const struct rv_dcap_opts *o, struct rv_dcap *out,
			  struct rv_err *err);
/* The root and the collateral as well. */
RV_MUST bool rv_dcap_open(const struct rv_dcap_opts *o, struct rv_dcap *out,
			  struct rv_err *err);
void rv_dcap_free(struct rv_dcap *d);

/* Make @d->quotes, after rv_dcap_open(). */
RV_MUST bool rv_dcap_quotes(struct rv_dcap *d, struct rv_err *err);
/* How a quote is judged that is read now; borrows from @d. */
struct rv_proof_input rv_dcap_proof(const struct rv_dcap *d);

#endif
