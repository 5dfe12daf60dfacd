/* SPDX-License-Identifier: Apache-2.0 */
/* collateral.c - what the makers of a machine say of it, into its evidence. */
#include "collateral.h"
#include "base.h"
#include "cmd.h"

void rv_fetch_collateral_got_free(struct collateral_got *got)
{
	rv_buf_free(&got->intel.json);
}

/* Of a service that is not Intel's there is one set, and no cache. */
static bool check_plain(const struct collateral_ask *ask, struct rv_err *err)
{
	const char *extra = ask->root_crl_from ? "root-crl-from"
			    : ask->update      ? "update"
			    : ask->refresh && !ask->cache_of_gpus ? "refresh"
			    : ask->cache && !ask->cache_of_gpus	  ? "cache"
								  : NULL;

	return !extra ||
	       rv_fail(err, RV_USAGE,
		       "--%s is about Intel's collateral, not about what"
		       " --collateral-from %s has",
		       extra, ask->from);
}

bool rv_fetch_check_collateral(const struct collateral_ask *ask,
			       struct rv_err *err)
{
	enum rv_collateral_of of;

	if (!ask->from)
		return true;
	if (!rv_collateral_service(ask->from, &of))
		return rv_fail(err, RV_USAGE,
			       "--collateral-from %s: neither intel, phala,"
			       " amd, google nor a URL",
			       ask->from);
	return of == RV_COLLATERAL_INTEL || of == RV_COLLATERAL_ANY ||
	       check_plain(ask, err);
}

static bool intel(struct rv_evidence *e, const struct collateral_ask *o,
		  const char *base, const struct rv_fetch_net *net,
		  struct collateral_got *out, struct rv_err *err)
{
	const struct rv_collateral_ask ask = {
		.base = base,
		.root_crl = o->root_crl_from,
		.cache = o->cache,
		.early = o->update && strcmp(o->update, "early") == 0,
		.refresh = o->refresh,
		.now = rv_cmd_now(),
	};
	struct rv_platform *p = &out->platform;

	out->of = RV_COLLATERAL_INTEL;
	if (!e->quote.n)
		return rv_fail(err, RV_INPUT,
			       "%s: no quote, so no platform to ask"
			       " collateral for",
			       e->source.from);
	if (!rv_platform_of(rv_buf_span(&e->quote), p, err))
		return false;
	if (o->offline || !base) {
		if (!rv_fetch_cached(p, &ask, &out->intel, err))
			return rv_in(err, "no collateral for FMSPC %s",
				     p->fmspc);
	} else if (!rv_fetch_collateral(p, &ask, net, &out->intel, err)) {
		return false;
	}
	rv_buf_free(&e->collateral);
	return rv_buf_copy(rv_buf_span(&out->intel.json), &e->collateral, err);
}

static bool amd(struct rv_evidence *e, const struct collateral_ask *o,
		const char *base, const struct rv_fetch_net *net,
		struct collateral_got *out, struct rv_err *err)
{
	out->of = RV_COLLATERAL_AMD;
	return check_plain(o, err) &&
	       rv_fetch_amd(&e->snp, base, net, &out->amd, err);
}

static bool google(struct rv_evidence *e, const struct collateral_ask *o,
		   const char *base, const struct rv_fetch_net *net,
		   struct collateral_got *out, struct rv_err *err)
{
	out->of = RV_COLLATERAL_GOOGLE;
	return check_plain(o, err) &&
	       rv_fetch_google(e, base, net, &out->google, err);
}

/* Has @of anything to say of a machine of @attester's? */
static bool says(enum rv_collateral_of of, enum rv_attester attester)
{
	switch (of) {
	case RV_COLLATERAL_AMD:
		return attester == RV_ATTESTER_SNP;
	case RV_COLLATERAL_GOOGLE:
		return attester == RV_ATTESTER_GCP;
	case RV_COLLATERAL_INTEL:
	case RV_COLLATERAL_ANY:
		break;
	}
	return attester == RV_ATTESTER_TDX || attester == RV_ATTESTER_GCP;
}

/* The maker of this machine, who is to be asked. */
static enum rv_collateral_of maker(const struct rv_evidence *e,
				   enum rv_collateral_of of)
{
	if (of != RV_COLLATERAL_ANY)
		return of;
	return e->attester == RV_ATTESTER_SNP ? RV_COLLATERAL_AMD
					      : RV_COLLATERAL_INTEL;
}

bool rv_fetch_add_collateral(struct rv_evidence *e,
			     const struct collateral_ask *o,
			     const struct rv_fetch_net *net,
			     struct collateral_got *out, struct rv_err *err)
{
	enum rv_collateral_of of = RV_COLLATERAL_INTEL;
	const char *base = o->from ? rv_collateral_service(o->from, &of) : NULL;

	/* With GPUs only, the folder is theirs. */
	if (!o->from && (!o->cache || o->cache_of_gpus))
		return true;
	of = maker(e, of);
	if (!says(of, e->attester))
		return rv_fail(err, RV_USAGE, "--%s%s: the evidence is of %s",
			       o->from ? "collateral-from " : "cache",
			       o->from ? o->from : "",
			       rv_attester_name(e->attester));
	return of == RV_COLLATERAL_AMD	    ? amd(e, o, base, net, out, err)
	       : of == RV_COLLATERAL_GOOGLE ? google(e, o, base, net, out, err)
					    : intel(e, o, base, net, out, err);
}
