/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - the names of TCB statuses, and how several become one. */
#include "tcb.h"

bool rv_quote_verdict_moved(const struct rv_quote_verdict *v)
{
	const struct rv_tcb_result *was = &v->launch, *is = &v->current;
	bool same = was->status == is->status && was->date == is->date &&
		    was->advisories.n == is->advisories.n;

	for (size_t i = 0; same && i < was->advisories.n; i++)
		same = strcmp(was->advisories.id[i], is->advisories.id[i]) == 0;
	return !same;
}

static const char *const name[RV_TCB_STATUSES] = {
	[RV_TCB_UP_TO_DATE] = "UpToDate",
	[RV_TCB_SW_HARDENING] = "SWHardeningNeeded",
	[RV_TCB_CONFIGURATION] = "ConfigurationNeeded",
	[RV_TCB_CONFIGURATION_AND_SW_HARDENING] =
	    "ConfigurationAndSWHardeningNeeded",
	[RV_TCB_OUT_OF_DATE] = "OutOfDate",
	[RV_TCB_OUT_OF_DATE_CONFIGURATION] = "OutOfDateConfigurationNeeded",
	[RV_TCB_RELAUNCH] = "TDRelaunchAdvised",
	[RV_TCB_RELAUNCH_CONFIGURATION] =
	    "TDRelaunchAdvisedConfigurationNeeded",
	[RV_TCB_REVOKED] = "Revoked",
};

const char *rv_tcb_status_name(enum rv_tcb_status s)
{
	return name[s];
}

enum rv_tcb_status rv_tcb_status_read(struct rv_span text)
{
	for (int i = 1; i < RV_TCB_STATUSES; i++)
		if (rv_same_text(text, name[i]))
			return (enum rv_tcb_status)i;
	return RV_TCB_NONE;
}

/* An enclave or module is current, revoked, or else counts as out of date. */
static enum rv_tcb_status plain(enum rv_tcb_status s)
{
	if (s == RV_TCB_UP_TO_DATE || s == RV_TCB_REVOKED)
		return s;
	return RV_TCB_OUT_OF_DATE;
}

enum rv_tcb_status rv_tcb_converge(enum rv_tcb_status platform,
				   enum rv_tcb_status module,
				   enum rv_tcb_status qe)
{
	enum rv_tcb_status q = plain(qe);
	enum rv_tcb_status m =
	    module == RV_TCB_NONE ? RV_TCB_UP_TO_DATE : plain(module);

	if (platform == RV_TCB_REVOKED || m == RV_TCB_REVOKED ||
	    q == RV_TCB_REVOKED)
		return RV_TCB_REVOKED;
	if (m == RV_TCB_UP_TO_DATE && q == RV_TCB_UP_TO_DATE)
		return platform;
	switch (platform) {
	case RV_TCB_UP_TO_DATE:
	case RV_TCB_SW_HARDENING:
		return RV_TCB_OUT_OF_DATE;
	case RV_TCB_CONFIGURATION:
	case RV_TCB_CONFIGURATION_AND_SW_HARDENING:
		return RV_TCB_OUT_OF_DATE_CONFIGURATION;
	case RV_TCB_OUT_OF_DATE:
	case RV_TCB_OUT_OF_DATE_CONFIGURATION:
		return platform;
	case RV_TCB_NONE:
	case RV_TCB_RELAUNCH:
	case RV_TCB_RELAUNCH_CONFIGURATION:
	case RV_TCB_REVOKED:
	case RV_TCB_STATUSES:
		break;
	}
	/* No platform level has these: whatever it is, it is no yes. */
	return RV_TCB_REVOKED;
}

/* What is amiss with a platform, as a set: each status is the name of one. */
enum { HARDENING = 1, CONFIGURATION = 2, OLD = 4 };

static unsigned amiss(enum rv_tcb_status s)
{
	switch (s) {
	case RV_TCB_UP_TO_DATE:
		return 0;
	case RV_TCB_SW_HARDENING:
		return HARDENING;
	case RV_TCB_CONFIGURATION:
		return CONFIGURATION;
	case RV_TCB_CONFIGURATION_AND_SW_HARDENING:
		return CONFIGURATION | HARDENING;
	case RV_TCB_OUT_OF_DATE:
		return OLD;
	case RV_TCB_OUT_OF_DATE_CONFIGURATION:
	case RV_TCB_NONE:
	case RV_TCB_RELAUNCH:
	case RV_TCB_RELAUNCH_CONFIGURATION:
	case RV_TCB_REVOKED:
	case RV_TCB_STATUSES:
		break;
	}
	return OLD | CONFIGURATION;
}

static enum rv_tcb_status named(unsigned set)
{
	static const enum rv_tcb_status name_of[] = {
		RV_TCB_UP_TO_DATE,
		RV_TCB_SW_HARDENING,
		RV_TCB_CONFIGURATION,
		RV_TCB_CONFIGURATION_AND_SW_HARDENING,
	};

	if (set & OLD)
		return set & CONFIGURATION ? RV_TCB_OUT_OF_DATE_CONFIGURATION
					   : RV_TCB_OUT_OF_DATE;
	return name_of[set];
}

enum rv_tcb_status rv_tcb_both(enum rv_tcb_status launch,
			       enum rv_tcb_status current)
{
	unsigned was = amiss(launch), is = amiss(current);

	if (launch == RV_TCB_REVOKED || current == RV_TCB_REVOKED)
		return RV_TCB_REVOKED;
	if (!(was & OLD) || is & OLD)
		return named(was | is);
	return (was | is) & CONFIGURATION ? RV_TCB_RELAUNCH_CONFIGURATION
					  : RV_TCB_RELAUNCH;
}
