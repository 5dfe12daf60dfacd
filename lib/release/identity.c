/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c - what the name of a release says of it. */
#include "release.h"

#include <stdio.h>

static bool is_name(const char *s)
{
	static const char other[] = "._+-";

	if (*s == '.' || *s == '-' || !*s)
		return false;
	for (; *s; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= '0' && *s <= '9') && !strchr(other, *s))
			return false;
	return true;
}

static const char *flavour_of(const char *name)
{
	return strstr(name, "-nvidia-dev-") ? "nvidia-dev"
	       : strstr(name, "-nvidia-")   ? "nvidia"
	       : strstr(name, "-dev-")	    ? "dev"
					    : "prod";
}

bool rv_release_named(const char *name, struct rv_release *out,
		      struct rv_err *err)
{
	const char *at = name;

	if (!is_name(name) || strlen(name) >= sizeof out->name)
		return rv_fail(err, RV_USAGE, "%.60s: not a name of a release",
			       name);
	/* The version is behind the first hyphen that a digit follows. */
	while (*at && !(at > name && at[-1] == '-' && *at >= '0' && *at <= '9'))
		at++;
	if (strlen(at) >= sizeof out->version)
		return rv_fail(err, RV_USAGE, "%s: its version is too long",
			       name);
	snprintf(out->name, sizeof out->name, "%s", name);
	snprintf(out->version, sizeof out->version, "%s", at);
	snprintf(out->flavour, sizeof out->flavour, "%s", flavour_of(name));
	return true;
}
