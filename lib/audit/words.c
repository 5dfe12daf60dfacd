/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - what a value of a compose file may mean. */
#include "audit.h"

bool rv_audit_starts(struct rv_span s, const char *with)
{
	struct rv_span head;

	return rv_sub(s, 0, strlen(with), &head) && rv_same_text(head, with);
}

bool rv_audit_maybe_true(const struct yn *v)
{
	static const char *const words[] = { "true", "True", "TRUE", "yes",
					     "Yes",  "YES",  "on",   "On",
					     "ON",   "1",    "y",    "Y",
					     "t",    "T" };
	struct rv_span s = rv_yn_text(v);

	for (size_t i = 0; i < RV_LEN(words); i++)
		if (rv_same_text(s, words[i]))
			return true;
	return rv_audit_has_var(s);
}

bool rv_audit_remote(struct rv_span s)
{
	static const char *const schemes[] = { "http://",    "https://",
					       "git://",     "ssh://",
					       "git@",	     "oci://",
					       "github.com/" };

	for (size_t i = 0; i < RV_LEN(schemes); i++)
		if (rv_audit_starts(s, schemes[i]))
			return true;
	return false;
}
