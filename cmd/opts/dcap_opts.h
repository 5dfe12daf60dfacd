/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dcap_opts.h - the options of verifying a quote, the same in every command
 * that does: --collateral, --at, and what is accepted.
 */
#ifndef RV_DCAP_OPTS_H
#define RV_DCAP_OPTS_H

#include "base.h"
#include "cmd.h"
#include "names.h"

/* The arguments as they were given; NULL and false: not given. */
struct rv_dcap_opts {
	const char *collateral, *at, *root_ca, *accept;
	const char *min_eval, *min_tcb_date, *grace, *max_age;
	const char *reject_platform;
	struct rv_list reject_advisory, expect;
	bool test_pki, allow_debug, allow_service_td;
	bool allow_migratable, allow_sept_ve, explain;
	bool pcrs; /* no option: --expect names PCRs, not fields of a quote */
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_DCAP_OPTS(o)							\
	RV_OPT_TEXT("collateral", "FILE|DIR", &(o).collateral,		\
		    "Intel's collateral for the platform"),		\
	RV_DCAP_RULE_OPTS(o)
/* The same for whoever says in another way where collateral is. */
#define RV_DCAP_RULE_OPTS(o)						\
	RV_OPT_TEXT("at", "TIME", &(o).at,				\
		    "verify for this time (default: now)"),		\
	RV_OPT_OFFERS("accept", "STATUS,...", &(o).accept,		\
		      rv_name_status,					\
		      "TCB statuses to accept (default: UpToDate)"),	\
	RV_OPT_TEXT("min-eval", "N", &(o).min_eval,			\
		    "least TCB evaluation data number"),		\
	RV_OPT_TEXT("min-tcb-date", "DATE", &(o).min_tcb_date,		\
		    "oldest TCB to accept"),				\
	RV_OPT_LIST("reject-advisory", "ID", &(o).reject_advisory,	\
		    "refuse where this applies; may be repeated"),	\
	RV_OPT_OFFERS("reject-platform", "PROPERTY,...",		\
		      &(o).reject_platform, rv_name_platform,		\
		      "refuse dynamic, cached-keys or smt platforms"),	\
	RV_OPT_TEXT("max-age", "DAYS", &(o).max_age,			\
		    "oldest collateral to accept, by its issue dates"),	\
	RV_OPT_TEXT("grace", "DAYS", &(o).grace,			\
		    "accept OutOfDate for so long, no longer"),		\
	RV_OPT_LIST("expect", "FIELD=HEX", &(o).expect,			\
		    "what a field must be; may be repeated"),		\
	RV_OPT_FLAG("allow-debug", &(o).allow_debug,			\
		    "accept debug and profiling attributes"),		\
	RV_OPT_FLAG("allow-service-td", &(o).allow_service_td,		\
		    "accept a bound service TD"),			\
	RV_OPT_FLAG("allow-migratable", &(o).allow_migratable,		\
		    "accept a TD that can be moved"),			\
	RV_OPT_FLAG("allow-sept-ve", &(o).allow_sept_ve,		\
		    "accept SEPT_VE_DISABLE being clear"),		\
	RV_OPT_TEXT("root-ca", "FILE", &(o).root_ca,			\
		    "trust this root instead of Intel's"),		\
	RV_OPT_FLAG("test-pki", &(o).test_pki,				\
		    "with --root-ca: rules for test certificates"),	\
	RV_OPT_FLAG("explain", &(o).explain,				\
		    "show each check and what was compared")
/* clang-format on */

/* Their names, for rules: what looks at the quote itself, and all. */
#define RV_DCAP_POLICY                                                         \
	"accept min-eval min-tcb-date reject-advisory reject-platform grace"   \
	" expect max-age allow-service-td allow-migratable allow-sept-ve test-pki explain"
#define RV_DCAP_NAMES RV_DCAP_POLICY " allow-debug collateral at root-ca"

/* Their part of a long --help. */
#define RV_DCAP_GROUP                                                                         \
	"collateral at accept min-eval min-tcb-date reject-advisory"                          \
	" reject-platform max-age grace expect allow-debug allow-service-td allow-migratable" \
	" allow-sept-ve root-ca test-pki explain"

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
