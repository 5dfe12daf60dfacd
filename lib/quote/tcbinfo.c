/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcbinfo.c - TCB Info (versions 2 and 3) and enclave identities (version 2),
 * as Intel's Provisioning Certification Service answers. Read only once their
 * signature is good, and still nothing is taken for valid: ranges, counts,
 * names, dates, order. Members that are not known are left alone.
 */
#include "parse.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

static bool fail_in(struct rv_err *err, const char *what)
{
	return rv_fail(err, RV_INPUT, "%s", what);
}

static bool need_time(const rv_json *j, const char *key, int64_t *out,
		      struct rv_err *err)
{
	struct rv_span s;

	if (!rv_json_need_text(j, key, &s, err))
		return false;
	if (!rv_time_parse(s, out))
		return rv_fail(err, RV_INPUT,
			       "%s: not a time as in 2026-01-31T00:00:00Z",
			       key);
	return true;
}

static bool need_array(const rv_json *j, const char *key, size_t max,
		       const rv_json **out, struct rv_err *err)
{
	const rv_json *a = rv_json_get(j, key);

	if (!rv_json_is_array(a) || rv_json_size(a) < 1 ||
	    rv_json_size(a) > max)
		return rv_fail(err, RV_INPUT,
			       "%s: not an array of 1 to %zu elements", key,
			       max);
	*out = a;
	return true;
}

static bool printable(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return true;
}

/* tcbDate, tcbStatus and, where there are any, advisoryIDs. */
static bool read_level(const rv_json *j, struct level *out, struct rv_err *err)
{
	const rv_json *ids = rv_json_get(j, "advisoryIDs");
	struct rv_span status;

	if (!rv_json_is_object(j))
		return fail_in(err, "not an object");
	if (!need_time(j, "tcbDate", &out->date, err) ||
	    !rv_json_need_text(j, "tcbStatus", &status, err))
		return false;
	out->status = rv_tcb_status_read(status);
	if (out->status == RV_TCB_NONE || out->status == RV_TCB_RELAUNCH ||
	    out->status == RV_TCB_RELAUNCH_CONFIGURATION)
		return fail_in(err, "tcbStatus: not one that is known");
	if (!ids)
		return true;
	if (!rv_json_is_array(ids) || rv_json_size(ids) > ADVISORIES_MAX)
		return fail_in(err, "advisoryIDs: not an array, or too long");
	for (size_t i = 0; i < rv_json_size(ids); i++) {
		struct rv_span s = rv_json_text(rv_json_at(ids, i));

		if (s.n < 1 || s.n > ADVISORY_MAX || !printable(s))
			return fail_in(err, "advisoryIDs: not an identifier");
	}
	out->advisories = ids;
	return true;
}

/* ---- levels of an enclave or module ---- */

static int by_isvsvn(const void *a, const void *b)
{
	const struct isv_level *x = a, *y = b;

	return (x->isvsvn < y->isvsvn) - (x->isvsvn > y->isvsvn);
}

static void free_levels(struct isv_levels *l)
{
	free(l->level);
	*l = (struct isv_levels){ 0 };
}

static bool read_isv_level(const rv_json *j, struct isv_level *out,
			   struct rv_err *err)
{
	uint64_t svn;

	if (!rv_json_need_uint(rv_json_get(j, "tcb"), "isvsvn", 0xffff, &svn,
			       err))
		return false;
	out->isvsvn = (uint16_t)svn;
	return read_level(j, &out->level, err);
}

static bool read_isv_levels(const rv_json *j, struct isv_levels *out,
			    struct rv_err *err)
{
	RV_AUTO(free_levels) struct isv_levels l = { 0 };
	const rv_json *a;

	if (!need_array(j, "tcbLevels", LEVELS_MAX, &a, err))
		return false;
	l.level = calloc(rv_json_size(a), sizeof *l.level);
	if (!l.level)
		return rv_no_memory(err, "levels");
	for (; l.n < rv_json_size(a); l.n++)
		if (!read_isv_level(rv_json_at(a, l.n), &l.level[l.n], err))
			return rv_in(err, "tcbLevels[%zu]", l.n);
	qsort(l.level, l.n, sizeof *l.level, by_isvsvn);
	for (size_t i = 1; i < l.n; i++)
		if (l.level[i].isvsvn == l.level[i - 1].isvsvn)
			return rv_fail(err, RV_INPUT,
				       "tcbLevels: isvsvn %u twice",
				       l.level[i].isvsvn);
	*out = RV_TAKE(l);
	return true;
}

/* ---- TDX modules ---- */

static bool read_module(const rv_json *j, struct tdx_module *out,
			struct rv_err *err)
{
	if (!rv_json_is_object(j))
		return fail_in(err, "not an object");
	return rv_json_need_hex(j, "mrsigner", out->mrsigner,
				sizeof out->mrsigner, err) &&
	       rv_json_need_hex(j, "attributes", out->attributes,
				sizeof out->attributes, err) &&
	       rv_json_need_hex(j, "attributesMask", out->mask,
				sizeof out->mask, err);
}

/* "TDX_01", the number in hex of either case. */
static bool read_module_id(const rv_json *j, uint8_t *out, struct rv_err *err)
{
	struct rv_span s;

	if (!rv_json_need_text(j, "id", &s, err))
		return false;
	if (s.n != 6 || memcmp(s.p, "TDX_", 4) != 0 ||
	    !rv_unhex(rv_span(s.p + 4, 2), out, 1))
		return fail_in(err, "id: not TDX_ and two hex digits");
	return true;
}

static bool read_identities(const rv_json *j, struct tcb_info *t,
			    struct rv_err *err)
{
	const rv_json *a = rv_json_get(j, "tdxModuleIdentities");
	size_t n = rv_json_size(a);

	if (!a)
		return true;
	if (!rv_json_is_array(a) || n > MODULES_MAX)
		return fail_in(err,
			       "tdxModuleIdentities: no array, or too long");
	t->identity = calloc(n + 1, sizeof *t->identity);
	if (!t->identity)
		return rv_no_memory(err, "module identities");
	for (; t->identities < n; t->identities++) {
		struct tdx_module *m = &t->identity[t->identities];
		const rv_json *e = rv_json_at(a, t->identities);

		if (!read_module(e, m, err) ||
		    !read_module_id(e, &m->id, err) ||
		    !read_isv_levels(e, &m->levels, err))
			return rv_in(err, "tdxModuleIdentities[%zu]",
				     t->identities);
		for (size_t i = 0; i < t->identities; i++)
			if (t->identity[i].id == m->id) {
				free_levels(&m->levels);
				return rv_fail(err, RV_INPUT,
					       "tdxModuleIdentities: TDX_%02X"
					       " twice",
					       m->id);
			}
	}
	return true;
}

/* ---- platform levels ---- */

/* Version 3: sixteen { "svn": N, ... }. */
static bool read_components(const rv_json *tcb, const char *key,
			    uint8_t out[COMPONENTS], struct rv_err *err)
{
	const rv_json *a = rv_json_get(tcb, key);
	uint64_t svn;

	if (!rv_json_is_array(a) || rv_json_size(a) != COMPONENTS)
		return rv_fail(err, RV_INPUT, "%s: not an array of %d", key,
			       COMPONENTS);
	for (size_t i = 0; i < COMPONENTS; i++) {
		if (!rv_json_need_uint(rv_json_at(a, i), "svn", 255, &svn, err))
			return rv_in(err, "%s[%zu]", key, i);
		out[i] = (uint8_t)svn;
	}
	return true;
}

/* Version 2: sgxtcbcomp01svn to sgxtcbcomp16svn. */
static bool read_components_v2(const rv_json *tcb, uint8_t out[COMPONENTS],
			       struct rv_err *err)
{
	for (unsigned i = 0; i < COMPONENTS; i++) {
		char key[24];
		uint64_t svn;

		snprintf(key, sizeof key, "sgxtcbcomp%02usvn", i + 1);
		if (!rv_json_need_uint(tcb, key, 255, &svn, err))
			return false;
		out[i] = (uint8_t)svn;
	}
	return true;
}

static bool read_platform_level(const rv_json *j, const struct tcb_info *t,
				struct platform_level *out, struct rv_err *err)
{
	const rv_json *tcb = rv_json_get(j, "tcb");
	uint64_t pcesvn;

	if (!rv_json_is_object(tcb))
		return fail_in(err, "tcb: missing, or not an object");
	if (!rv_json_need_uint(tcb, "pcesvn", 0xffff, &pcesvn, err))
		return false;
	out->pcesvn = (uint16_t)pcesvn;
	out->tcb = tcb;
	if (t->version == 2
		? !read_components_v2(tcb, out->sgx, err)
		: !read_components(tcb, "sgxtcbcomponents", out->sgx, err))
		return false;
	if (t->tee == RV_TEE_TDX &&
	    !read_components(tcb, "tdxtcbcomponents", out->tdx, err))
		return false;
	return read_level(j, &out->level, err);
}

static int by_svns(const void *a, const void *b)
{
	const struct platform_level *x = a, *y = b;
	int c = memcmp(y->sgx, x->sgx, COMPONENTS);

	if (c == 0)
		c = (x->pcesvn < y->pcesvn) - (x->pcesvn > y->pcesvn);
	return c ? c : memcmp(y->tdx, x->tdx, COMPONENTS);
}

static bool read_platform_levels(const rv_json *j, struct tcb_info *t,
				 struct rv_err *err)
{
	const rv_json *a;

	if (!need_array(j, "tcbLevels", LEVELS_MAX, &a, err))
		return false;
	t->level = calloc(rv_json_size(a), sizeof *t->level);
	if (!t->level)
		return rv_no_memory(err, "levels");
	for (; t->levels < rv_json_size(a); t->levels++)
		if (!read_platform_level(rv_json_at(a, t->levels), t,
					 &t->level[t->levels], err))
			return rv_in(err, "tcbLevels[%zu]", t->levels);
	/* The order is ours to make: nothing promises it. */
	qsort(t->level, t->levels, sizeof *t->level, by_svns);
	for (size_t i = 1; i < t->levels; i++)
		if (by_svns(&t->level[i - 1], &t->level[i]) == 0)
			return fail_in(err, "tcbLevels: one level twice");
	return true;
}

/* ---- TCB Info ---- */

void rv_tcb_info_free(struct tcb_info **t)
{
	if (!*t)
		return;
	for (size_t i = 0; i < (*t)->identities; i++)
		free_levels(&(*t)->identity[i].levels);
	free((*t)->identity);
	free((*t)->level);
	rv_json_free(&(*t)->doc);
	free(*t);
	*t = NULL;
}

/* version, and id, which version 2 has for no TEE but SGX. */
static bool read_kind(struct tcb_info *t, struct rv_err *err)
{
	struct rv_span id = { 0 };
	uint64_t version;

	if (!rv_json_need_uint(t->doc, "version", 3, &version, err) ||
	    !rv_json_opt_text(t->doc, "id", &id, err))
		return false;
	if (version < 2)
		return fail_in(err, "version: not 2 or 3");
	t->version = (unsigned)version;
	if (version == 2 && !id.p)
		id = rv_text("SGX");
	if (rv_same_text(id, "SGX"))
		t->tee = RV_TEE_SGX;
	else if (rv_same_text(id, "TDX") && version == 3)
		t->tee = RV_TEE_TDX;
	else
		return fail_in(err, "id: not SGX or TDX");
	return true;
}

static bool read_modules(struct tcb_info *t, struct rv_err *err)
{
	const rv_json *m = rv_json_get(t->doc, "tdxModule");

	if (t->tee == RV_TEE_SGX) {
		if (m || rv_json_get(t->doc, "tdxModuleIdentities"))
			return fail_in(err, "tdxModule: not for SGX");
		return true;
	}
	if (!read_module(m, &t->module, err))
		return rv_in(err, "tdxModule");
	return read_identities(t->doc, t, err);
}

bool rv_tcb_info_read(struct rv_span json, struct tcb_info **out,
		      struct rv_err *err)
{
	RV_AUTO(rv_tcb_info_free)
	struct tcb_info *t = calloc(1, sizeof *t);
	uint64_t type;

	if (!t)
		return rv_no_memory(err, "TCB Info");
	if (!rv_json_parse(json, "TCB Info", &t->doc, err))
		return false;
	if (!rv_json_is_object(t->doc))
		return fail_in(err, "TCB Info: not an object");
	if (!read_kind(t, err) ||
	    !need_time(t->doc, "issueDate", &t->issued, err) ||
	    !need_time(t->doc, "nextUpdate", &t->next, err) ||
	    !rv_json_need_hex(t->doc, "fmspc", t->fmspc, sizeof t->fmspc,
			      err) ||
	    !rv_json_need_hex(t->doc, "pceId", t->pceid, sizeof t->pceid,
			      err) ||
	    !rv_json_need_uint(t->doc, "tcbType", 0, &type, err) ||
	    !rv_json_need_uint(t->doc, "tcbEvaluationDataNumber", UINT32_MAX,
			       &t->eval, err) ||
	    !read_modules(t, err) || !read_platform_levels(t->doc, t, err))
		return rv_in(err, "TCB Info");
	*out = RV_TAKE(t);
	return true;
}

/* ---- enclave identity ---- */

void rv_qe_identity_free(struct qe_identity **q)
{
	if (!*q)
		return;
	free_levels(&(*q)->levels);
	rv_json_free(&(*q)->doc);
	free(*q);
	*q = NULL;
}

static bool read_enclave(struct qe_identity *q, struct rv_err *err)
{
	struct rv_span id;
	uint64_t version;

	if (!rv_json_need_text(q->doc, "id", &id, err) ||
	    !rv_json_need_uint(q->doc, "version", 2, &version, err))
		return false;
	if (version != 2)
		return fail_in(err, "version: not 2");
	q->id = rv_same_text(id, "QE")	    ? ENCLAVE_QE
		: rv_same_text(id, "TD_QE") ? ENCLAVE_TD_QE
					    : ENCLAVE_OTHER;
	return true;
}

bool rv_qe_identity_read(struct rv_span json, struct qe_identity **out,
			 struct rv_err *err)
{
	RV_AUTO(rv_qe_identity_free)
	struct qe_identity *q = calloc(1, sizeof *q);
	uint64_t prodid = 0;

	if (!q)
		return rv_no_memory(err, "QE identity");
	if (!rv_json_parse(json, "QE identity", &q->doc, err))
		return false;
	if (!rv_json_is_object(q->doc))
		return fail_in(err, "QE identity: not an object");
	if (!read_enclave(q, err) ||
	    !need_time(q->doc, "issueDate", &q->issued, err) ||
	    !need_time(q->doc, "nextUpdate", &q->next, err) ||
	    !rv_json_need_uint(q->doc, "tcbEvaluationDataNumber", UINT32_MAX,
			       &q->eval, err) ||
	    !rv_json_need_hex(q->doc, "miscselect", q->miscselect, 4, err) ||
	    !rv_json_need_hex(q->doc, "miscselectMask", q->miscselect_mask, 4,
			      err) ||
	    !rv_json_need_hex(q->doc, "attributes", q->attributes, 16, err) ||
	    !rv_json_need_hex(q->doc, "attributesMask", q->attributes_mask, 16,
			      err) ||
	    !rv_json_need_hex(q->doc, "mrsigner", q->mrsigner, 32, err) ||
	    !rv_json_need_uint(q->doc, "isvprodid", 0xffff, &prodid, err) ||
	    !read_isv_levels(q->doc, &q->levels, err))
		return rv_in(err, "QE identity");
	q->isvprodid = (uint16_t)prodid;
	*out = RV_TAKE(q);
	return true;
}
