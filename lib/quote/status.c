/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - the names of TCB statuses, and how several become one. */
#include "tcb.h"

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

static bool configuration(enum rv_tcb_status s)
{
	return s == RV_TCB_CONFIGURATION ||
	       s == RV_TCB_CONFIGURATION_AND_SW_HARDENING ||
	       s == RV_TCB_OUT_OF_DATE_CONFIGURATION;
}

enum rv_tcb_status rv_tcb_relaunch(enum rv_tcb_status launch,
				   enum rv_tcb_status current)
{
	bool was_old = launch == RV_TCB_OUT_OF_DATE ||
		       launch == RV_TCB_OUT_OF_DATE_CONFIGURATION;
	bool is_new = current == RV_TCB_UP_TO_DATE ||
		      current == RV_TCB_SW_HARDENING ||
		      current == RV_TCB_CONFIGURATION ||
		      current == RV_TCB_CONFIGURATION_AND_SW_HARDENING;

	if (!was_old || !is_new)
		return launch;
	return configuration(launch) || configuration(current)
		   ? RV_TCB_RELAUNCH_CONFIGURATION
		   : RV_TCB_RELAUNCH;
}
