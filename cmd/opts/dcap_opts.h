/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dcap_opts.h - the options of verifying a quote, the same in every command
 * that does: --collateral, --at, and what is accepted. Then verifying with
 * them, and saying what came of it.
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

/* The options, read; rv_dcap_free(). May be used by several threads. */
struct rv_dcap {
	struct rv_quote_verifier *verifier;
	struct rv_quote_policy policy;
	struct rv_collateral collateral;
	bool has_collateral;
	struct rv_err collateral_err; /* else, why it cannot be read */
	bool has_at; /* else each quote is verified for the time it is read */
	int64_t at;
	bool explain;
	/* What the policy borrows: */
	const char *reject[RV_LIST_MAX];
	struct rv_quote_expect expect[RV_LIST_MAX];
	struct rv_buf expect_name[RV_LIST_MAX], expect_value[RV_LIST_MAX];
};

/* Only the time and the policy, each option's spelling checked. */
RV_MUST bool rv_dcap_read(const struct rv_dcap_opts *o, struct rv_dcap *out,
			  struct rv_err *err);
/* All that rv_dcap_check() needs: the root and the collateral as well. */
RV_MUST bool rv_dcap_open(const struct rv_dcap_opts *o, struct rv_dcap *out,
			  struct rv_err *err);
void rv_dcap_free(struct rv_dcap *d);

/* What came of one quote; rv_dcap_result_free(). */
struct rv_dcap_result {
	bool decoded; /* quote is there; it borrows from the evidence */
	struct rv_quote quote;
	bool checked; /* false: only decoded, as was asked for */
	struct rv_quote_verdict verdict;
	struct rv_quote_finding finding[RV_QUOTE_FINDINGS];
	size_t findings;
	enum rv_code answer;
	char message[512]; /* why the answer is not yes */
};

/*
 * Verify the quote of @e, with the collateral of the options, else with what
 * lies in @e. False: RV_SYSTEM. Any quote, however broken, is a result.
 */
RV_MUST bool rv_dcap_check(struct rv_dcap *d, const struct rv_evidence *e,
			   struct rv_dcap_result *out, struct rv_err *err);
/* Only decode. */
void rv_dcap_decode(const struct rv_evidence *e, struct rv_dcap_result *out);
/* The result of evidence that cannot be read: @why is in the message. */
RV_MUST bool rv_dcap_unreadable(struct rv_dcap *d, struct rv_span in,
				const struct rv_err *why,
				struct rv_dcap_result *out, struct rv_err *err);
void rv_dcap_result_free(struct rv_dcap_result *r);

/* The members "verification" and "policy" of an open object. */
void rv_dcap_json(const struct rv_dcap_result *r, struct rv_jw *w);
/* The same for people. */
void rv_dcap_print(const struct rv_dcap_result *r);
/* Into a report: the checks of the hardware layer. */
void rv_dcap_report(const struct rv_dcap_result *r, struct rv_report *report);

/* "genuine Intel hardware", or what else may be said, in a few words. */
const char *rv_dcap_headline(const struct rv_dcap_result *r);

#endif
