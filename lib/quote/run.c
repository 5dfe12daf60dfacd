/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - one verification on its way: its rows, its window, its cache. */
#include "run.h"
#include "digest.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const check_name[CHECKS] = {
	[CHECK_QUOTE] = "quote_format",
	[CHECK_COLLATERAL] = "collateral_format",
	[CHECK_PCK_CHAIN] = "pck_chain",
	[CHECK_TCB_CHAIN] = "tcb_info_chain",
	[CHECK_QEID_CHAIN] = "qe_identity_chain",
	[CHECK_ROOT_CRL] = "root_ca_crl",
	[CHECK_PCK_CRL] = "pck_crl",
	[CHECK_TCB_INFO_SIGNATURE] = "tcb_info_signature",
	[CHECK_QE_IDENTITY_SIGNATURE] = "qe_identity_signature",
	[CHECK_DATES] = "collateral_dates",
	[CHECK_MATCH] = "collateral_match",
	[CHECK_TDX_MODULE] = "tdx_module",
	[CHECK_QE_REPORT_SIGNATURE] = "qe_report_signature",
	[CHECK_QE_REPORT_DATA] = "qe_report_data",
	[CHECK_QE_IDENTITY] = "qe_identity_match",
	[CHECK_ATTESTATION_KEY] = "attestation_key",
	[CHECK_QUOTE_SIGNATURE] = "quote_signature",
	[CHECK_TCB] = "tcb_level",
};

void rv_run_begin(struct run *r, enum check check)
{
	r->check = check;
}

static void add_row(struct run *r, enum check check, enum rv_row_result result,
		    const char *fmt, va_list ap) RV_PRINTF(4, 0);

static void add_row(struct run *r, enum check check, enum rv_row_result result,
		    const char *fmt, va_list ap)
{
	struct rv_quote_row *row;

	if (!r->v->explain || r->out->rows == RV_QUOTE_ROWS)
		return;
	row = &r->out->row[r->out->rows++];
	row->check = check_name[check];
	row->result = result;
	vsnprintf(row->detail, sizeof row->detail, fmt, ap);
}

void rv_run_pass(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_row(r, r->check, RV_ROW_PASS, fmt, ap);
	va_end(ap);
}

void rv_run_skip(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_row(r, r->check, RV_ROW_SKIPPED, fmt, ap);
	va_end(ap);
}

bool rv_run_fail(struct run *r, enum rv_quote_code code, struct rv_err *err,
		 const char *fmt, ...)
{
	char msg[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	return rv_quote_fail(&r->code, code, err, "%s", msg);
}

bool rv_run_because(struct run *r, enum rv_quote_code code, struct rv_err *err)
{
	char why[sizeof err->msg];

	if (err->code == RV_SYSTEM) {
		r->code = RV_QUOTE_INTERNAL;
		return false;
	}
	memcpy(why, err->msg, sizeof why);
	return rv_quote_fail(&r->code, code, err, "%.400s", why);
}

bool rv_run_broken(struct run *r, struct rv_err *err)
{
	return rv_quote_fail(&r->code, RV_QUOTE_INTERNAL, err,
			     "out of memory, or OpenSSL failed, at %s",
			     check_name[r->check]);
}

void rv_run_issued(struct run *r, int64_t when)
{
	struct rv_quote_verdict *v = r->out;

	if (!v->has_issued || when < v->issued)
		v->issued = when;
	v->has_issued = true;
}

bool rv_run_window(struct run *r, int64_t from, int64_t to,
		   enum rv_quote_code early, enum rv_quote_code late,
		   const char *what, struct rv_err *err)
{
	struct rv_quote_verdict *v = r->out;
	char now[32], limit[32];

	if (!v->has_window || from > v->not_before)
		v->not_before = from;
	if (!v->has_window || to < v->not_after)
		v->not_after = to;
	v->has_window = true;
	if (r->at >= from && r->at <= to)
		return true;
	rv_time_text(r->at, now);
	if (r->at < from) {
		rv_time_text(from, limit);
		return rv_run_fail(r, early, err,
				   "'%s' is valid from %s, not yet at %s", what,
				   limit, now);
	}
	rv_time_text(to, limit);
	return rv_run_fail(r, late, err, "'%s' was valid until %s, not at %s",
			   what, limit, now);
}

static bool hold(struct run *r, struct rv_cache_entry *e)
{
	if (r->n_held == HELD_MAX) {
		rv_cache_release(r->v->cache, e);
		return false;
	}
	r->held[r->n_held++] = e;
	return true;
}

const void *rv_run_cached(struct run *r, const struct rv_cache_key *key)
{
	struct rv_cache_entry *e = rv_cache_find(r->v->cache, key);

	return e && hold(r, e) ? rv_cache_object(e) : NULL;
}

bool rv_run_keep(struct run *r, const struct rv_cache_key *key, void *object,
		 void (*free_object)(void *), const void **out,
		 struct rv_err *err)
{
	struct rv_cache_entry *e =
	    rv_cache_add(r->v->cache, key, object, free_object);

	if (!e || !hold(r, e))
		return rv_run_broken(r, err);
	*out = rv_cache_object(e);
	return true;
}

bool rv_run_key(struct run *r, struct rv_cache_key *key,
		const struct rv_sha256 *const *id, size_t n, struct rv_err *err)
{
	uint8_t all[4 * 32];

	for (size_t i = 0; i < n; i++)
		memcpy(all + 32 * i, id[i]->b, 32);
	return rv_sha256(rv_span(all, 32 * n), &key->id, err) ||
	       rv_run_broken(r, err);
}

bool rv_masked_same(const uint8_t *a, const uint8_t *b, const uint8_t *mask,
		    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((a[i] & mask[i]) != (b[i] & mask[i]))
			return false;
	return true;
}

void rv_run_close(struct run *r)
{
	char why[sizeof r->out->row[0].detail];

	if (!r->v->explain || r->out->rows == RV_QUOTE_ROWS)
		return;
	snprintf(why, sizeof why, "%.190s", r->out->message);
	r->out->row[r->out->rows] =
	    (struct rv_quote_row){ .check = check_name[r->check],
				   .result = RV_ROW_FAIL };
	memcpy(r->out->row[r->out->rows++].detail, why, sizeof why);
	for (int c = (int)r->check + 1; c < CHECKS; c++) {
		rv_run_begin(r, (enum check)c);
		rv_run_skip(r, "not reached");
	}
}
