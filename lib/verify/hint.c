/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint.c - what to do where a quote cannot be verified for want of collateral,
 * or of collateral of this time: a command to paste, and the times that it is
 * of.
 */
#include "verify.h"

#include <stdio.h>

/* Windows that can narrow one after the other: chains, lists, two bodies. */
enum { WINDOWS = 12 };

void rv_shell_word(const char *name, char *out, size_t room)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:@%+,=-";
	bool quoted = !*name || name[strspn(name, plain)];
	size_t n = 0;

	/* What begins with a dash would be an option. */
	if (name[0] == '-' && name[1] && room > 2) {
		out[n++] = '.';
		out[n++] = '/';
	}
	if (quoted && n < room)
		out[n++] = '\'';
	for (; *name && n + 6 < room; name++) {
		if (*name != '\'')
			out[n++] = *name;
		else
			n += (size_t)snprintf(out + n, room - n, "'\\''");
	}
	if (quoted && n < room)
		out[n++] = '\'';
	if (*name || n >= room)
		n = 0;
	out[n] = '\0';
}

/* A name too long for a line is not cut: what stands for it is said. */
static void fetch(const char *verb, const struct rv_proof_input *in,
		  char out[RV_HINT])
{
	char evidence[RV_HINT / 2] = "", folder[RV_HINT / 4] = "";

	if (in->evidence_name)
		rv_shell_word(in->evidence_name, evidence, sizeof evidence);
	if (in->cache)
		rv_shell_word(in->cache, folder, sizeof folder);
	snprintf(out, RV_HINT,
		 "%s: refval-fetch %s --collateral-from intel%s%s -o"
		 " evidence.json",
		 verb, *evidence ? evidence : "EVIDENCE",
		 in->cache ? " --cache " : "",
		 !in->cache ? ""
		 : *folder  ? folder
			    : "FOLDER");
}

static bool early(enum rv_quote_code code)
{
	return code == RV_QUOTE_PCK_CHAIN_NOT_YET_VALID ||
	       code == RV_QUOTE_TCB_CHAIN_NOT_YET_VALID ||
	       code == RV_QUOTE_QEID_CHAIN_NOT_YET_VALID ||
	       code == RV_QUOTE_CRL_NOT_YET_VALID ||
	       code == RV_QUOTE_TCB_INFO_NOT_YET_VALID ||
	       code == RV_QUOTE_QE_IDENTITY_NOT_YET_VALID;
}

static bool late(enum rv_quote_code code)
{
	return code == RV_QUOTE_PCK_CHAIN_EXPIRED ||
	       code == RV_QUOTE_TCB_CHAIN_EXPIRED ||
	       code == RV_QUOTE_QEID_CHAIN_EXPIRED ||
	       code == RV_QUOTE_CRL_EXPIRED ||
	       code == RV_QUOTE_TCB_INFO_EXPIRED ||
	       code == RV_QUOTE_QE_IDENTITY_EXPIRED;
}

/*
 * Each failed try has narrowed the window by one more thing that was not of
 * that time; a try within it gets further. *found: one verified, and the
 * window is that of all of it.
 */
static bool window(struct rv_quote_verifier *v, struct rv_span quote,
		   const struct rv_collateral *c,
		   const struct rv_quote_verdict *first, bool *found,
		   int64_t *from, int64_t *to, struct rv_err *err)
{
	*found = false;
	*from = first->not_before;
	*to = first->not_after;
	for (int i = 0; i < WINDOWS && *from <= *to; i++) {
		RV_AUTO(rv_quote_verdict_free)
		struct rv_quote_verdict next = { 0 };

		if (!rv_quote_verify(v, quote, c, *to, &next, err))
			return false;
		if (!next.verified && !early(next.code) && !late(next.code))
			return true;
		*from = next.not_before;
		*to = next.not_after;
		*found = next.verified;
		if (*found)
			return true;
	}
	return true;
}

bool rv_proof_hint(struct rv_quote_verifier *v, const struct rv_proof_input *in,
		   struct rv_span quote, const struct rv_collateral *c,
		   const struct rv_quote_verdict *verdict, char out[RV_HINT],
		   struct rv_err *err)
{
	char again[RV_HINT] = "", first[32], last[32];
	bool is_late = late(verdict->code), found;
	int64_t from, to;

	out[0] = '\0';
	if (verdict->code == RV_QUOTE_COLLATERAL_MISSING)
		fetch(in->cache ? "fetch it"
				: "give it with --collateral, or fetch it",
		      in, out);
	if (!c || !verdict->has_window || (!is_late && !early(verdict->code)))
		return true;
	if (!window(v, quote, c, verdict, &found, &from, &to, err))
		return false;
	/* The quote's own chain does not come from a service. */
	if (is_late && verdict->code != RV_QUOTE_PCK_CHAIN_EXPIRED)
		fetch("fetch again", in, again);
	rv_time_text(from, first);
	rv_time_text(to, last);
	if (found)
		snprintf(out, RV_HINT, "%s%s--at a time in %s..%s", again,
			 *again ? ", or " : "", first, last);
	else
		memcpy(out, again, RV_HINT);
	return true;
}
