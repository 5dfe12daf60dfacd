/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcb.c - TCB evaluation: levels of the platform, the TDX module and the QE,
 * converged into one status. The SVNs of the PCK certificate decide, never
 * the raw CPUSVN of the report.
 */
#include "tcb.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

void rv_advisories_free(struct rv_advisories *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->id[i]);
	free(a->id);
	*a = (struct rv_advisories){ 0 };
}

void rv_tcb_result_free(struct rv_tcb_result *r)
{
	rv_advisories_free(&r->advisories);
	rv_advisories_free(&r->of_platform);
	rv_advisories_free(&r->of_module);
	rv_advisories_free(&r->of_qe);
}

/* What @level lists, as it lists it. */
static bool listed(const struct level *level, struct rv_advisories *out,
		   struct rv_err *err)
{
	size_t n = rv_json_size(level->advisories);

	if (n == 0)
		return true;
	out->id = calloc(n, sizeof *out->id);
	if (!out->id)
		return rv_no_memory(err, "advisories");
	for (; out->n < n; out->n++)
		if (!rv_text_copy(
			rv_json_text(rv_json_at(level->advisories, out->n)),
			"advisory", &out->id[out->n], err))
			return false;
	return true;
}

/* Where @id is, or belongs. */
static size_t place(const struct rv_advisories *a, const char *id)
{
	size_t i = 0;

	while (i < a->n && strcmp(a->id[i], id) < 0)
		i++;
	return i;
}

bool rv_advisories_add(struct rv_advisories *a, const struct level *level,
		       struct rv_err *err)
{
	size_t n = rv_json_size(level->advisories);
	char **more;

	if (n == 0)
		return true;
	more = realloc(a->id, (a->n + n) * sizeof *more);
	if (!more)
		return rv_no_memory(err, "advisories");
	a->id = more;
	for (size_t i = 0; i < n; i++) {
		RV_AUTO(rv_free) char *id = NULL;
		size_t at;

		if (!rv_text_copy(
			rv_json_text(rv_json_at(level->advisories, i)),
			"advisory", &id, err))
			return false;
		at = place(a, id);
		if (at < a->n && strcmp(a->id[at], id) == 0)
			continue;
		memmove(&a->id[at + 1], &a->id[at],
			(a->n - at) * sizeof *a->id);
		a->id[at] = RV_TAKE(id);
		a->n++;
	}
	return true;
}

/*
 * With a module identity of its own, the first two TDX components are the
 * module's and judged there.
 */
static size_t first_tdx(const uint8_t *svn)
{
	return svn[1] > 0 ? 2 : 0;
}

static bool reaches(const struct tcb_input *in, const struct platform_level *l)
{
	for (size_t i = 0; i < COMPONENTS; i++)
		if (in->pck->comp[i] < l->sgx[i])
			return false;
	if (in->pck->pcesvn < l->pcesvn)
		return false;
	for (size_t i = in->tdx_svn ? first_tdx(in->tdx_svn) : COMPONENTS;
	     i < COMPONENTS; i++)
		if (in->tdx_svn[i] < l->tdx[i])
			return false;
	return true;
}

static const struct isv_level *isv_level(const struct isv_levels *l,
					 unsigned svn)
{
	for (size_t i = 0; i < l->n; i++)
		if (svn >= l->level[i].isvsvn)
			return &l->level[i];
	return NULL;
}

const struct tdx_module *rv_tdx_module_find(const struct tcb_info *info,
					    const uint8_t *svn)
{
	if (svn[1] == 0)
		return &info->module;
	for (size_t i = 0; i < info->identities; i++)
		if (info->identity[i].id == svn[1])
			return &info->identity[i];
	return NULL;
}

/* The newest level that the platform reaches; how many there are: none. */
static size_t platform_level(const struct tcb_input *in)
{
	size_t i = 0;

	while (i < in->info->levels && !reaches(in, &in->info->level[i]))
		i++;
	return i;
}

/* The level of the module that @in runs, if it has an identity of its own. */
static bool module_level(const struct tcb_input *in,
			 const struct isv_level **out)
{
	const struct tdx_module *m;

	*out = NULL;
	if (!in->tdx_svn || in->tdx_svn[1] == 0)
		return true;
	m = rv_tdx_module_find(in->info, in->tdx_svn);
	*out = m ? isv_level(&m->levels, in->tdx_svn[0]) : NULL;
	return *out != NULL;
}

/* Into the whole, and on its own to @alone. */
static bool merge(struct rv_tcb_result *r, const struct level *level,
		  struct rv_advisories *alone, struct rv_err *err)
{
	if (level->date < r->date)
		r->date = level->date;
	return rv_advisories_add(&r->advisories, level, err) &&
	       listed(level, alone, err);
}

bool rv_tcb_evaluate(const struct tcb_input *in, struct rv_tcb_result *out,
		     enum rv_quote_code *code, struct rv_err *err)
{
	size_t reached = platform_level(in);
	const struct platform_level *p = &in->info->level[reached];
	const struct isv_level *q = isv_level(&in->qe->levels, in->qe_isvsvn);
	const struct isv_level *m;

	if (reached == in->info->levels)
		return rv_quote_fail(code, RV_QUOTE_TCB_NOT_SUPPORTED, err,
				     "the platform is below every TCB level");
	if (!module_level(in, &m))
		return rv_quote_fail(code, RV_QUOTE_TCB_NOT_SUPPORTED, err,
				     "TDX module %u with SVN %u is below every"
				     " level",
				     in->tdx_svn[1], in->tdx_svn[0]);
	if (!q)
		return rv_quote_fail(code, RV_QUOTE_TCB_NOT_SUPPORTED, err,
				     "QE with ISVSVN %u is below every level",
				     in->qe_isvsvn);
	out->platform = p->level.status;
	out->tdx_module = m ? m->level.status : RV_TCB_NONE;
	out->qe = q->level.status;
	out->status = rv_tcb_converge(out->platform, out->tdx_module, out->qe);
	out->platform_and_module =
	    rv_tcb_converge(out->platform, out->tdx_module, RV_TCB_UP_TO_DATE);
	out->date = p->level.date;
	if (!merge(out, &p->level, &out->of_platform, err) ||
	    (m && !merge(out, &m->level, &out->of_module, err)) ||
	    !merge(out, &q->level, &out->of_qe, err)) {
		*code = RV_QUOTE_INTERNAL;
		return false;
	}
	return true;
}

/* ---- how much is missing ---- */

/* What TCB Info calls a component, for people: "BIOS, Early Microcode ...". */
static void category(const struct platform_level *l, const char *key, size_t i,
		     struct rv_shortfall *s)
{
	const rv_json *c = rv_json_at(rv_json_get(l->tcb, key), i);
	struct rv_span cat = rv_json_text(rv_json_get(c, "category"));
	struct rv_span type = rv_json_text(rv_json_get(c, "type"));

	snprintf(s->category, sizeof s->category, "%.*s%s%.*s", (int)cat.n,
		 cat.p ? (const char *)cat.p : "", cat.n && type.n ? ", " : "",
		 (int)type.n, type.p ? (const char *)type.p : "");
}

static struct rv_shortfall *add(struct rv_quote_verdict *v, unsigned have,
				unsigned need)
{
	struct rv_shortfall *s;

	if (have >= need || v->shortfalls == RV_SHORTFALLS)
		return NULL;
	s = &v->shortfall[v->shortfalls++];
	*s = (struct rv_shortfall){ .have = have, .need = need };
	return s;
}

static unsigned count_short(const struct tcb_input *in,
			    const struct platform_level *l)
{
	unsigned n = in->pck->pcesvn < l->pcesvn;

	for (size_t i = 0; i < COMPONENTS; i++)
		n += in->pck->comp[i] < l->sgx[i];
	for (size_t i = in->tdx_svn ? first_tdx(in->tdx_svn) : COMPONENTS;
	     i < COMPONENTS; i++)
		n += in->tdx_svn[i] < l->tdx[i];
	return n;
}

/*
 * The level to compare with: the newest; for a platform below every level, the
 * one that fewest components miss.
 */
static const struct platform_level *goal(const struct tcb_input *in)
{
	const struct platform_level *level = in->info->level;
	bool below_all = platform_level(in) == in->info->levels;
	size_t best = 0;

	for (size_t i = 1; below_all && i < in->info->levels; i++)
		if (count_short(in, &level[i]) < count_short(in, &level[best]))
			best = i;
	return &level[best];
}

static void isv_short(struct rv_quote_verdict *v, const char *name,
		      const struct isv_levels *l, unsigned have)
{
	struct rv_shortfall *s = l->n ? add(v, have, l->level[0].isvsvn) : NULL;

	if (s)
		snprintf(s->name, sizeof s->name, "%s", name);
}

void rv_tcb_shortfall(const struct tcb_input *in, struct rv_quote_verdict *v)
{
	const struct platform_level *l = goal(in);
	struct rv_shortfall *s;
	const struct tdx_module *m;

	v->shortfalls = 0;
	for (size_t i = 0; i < COMPONENTS; i++) {
		s = add(v, in->pck->comp[i], l->sgx[i]);
		if (!s)
			continue;
		snprintf(s->name, sizeof s->name, "sgx_tcb_comp_%02zu", i + 1);
		category(l, "sgxtcbcomponents", i, s);
	}
	s = add(v, in->pck->pcesvn, l->pcesvn);
	if (s)
		snprintf(s->name, sizeof s->name, "pce_svn");
	for (size_t i = in->tdx_svn ? first_tdx(in->tdx_svn) : COMPONENTS;
	     i < COMPONENTS; i++) {
		s = add(v, in->tdx_svn[i], l->tdx[i]);
		if (!s)
			continue;
		snprintf(s->name, sizeof s->name, "tdx_tcb_comp_%02zu", i + 1);
		category(l, "tdxtcbcomponents", i, s);
	}
	m = in->tdx_svn && in->tdx_svn[1]
		? rv_tdx_module_find(in->info, in->tdx_svn)
		: NULL;
	if (m)
		isv_short(v, "tdx_module_isv_svn", &m->levels, in->tdx_svn[0]);
	isv_short(v, "qe_isv_svn", &in->qe->levels, in->qe_isvsvn);
}
