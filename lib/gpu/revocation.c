/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation.c - were the certificates of a chain revoked, by OCSP answers (RFC
 * 6960) and CRLs (RFC 5280, 5) that were given? What is revoked stays so: a
 * list or answer past its time counts where it says so, and only there.
 */
#include "gpu.h"
#include "ocsp.h"
#include "pem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct answer {
	char *name;	      /* owned */
	struct rv_buf der;    /* owned */
	struct rv_ocsp *ocsp; /* owned; one of the two */
	struct rv_crl *crl;   /* owned */
	bool meant, used;
};

struct rv_gpu_revocation {
	struct answer *answer; /* owned */
	size_t n;
};

static void answer_free(struct answer *a)
{
	rv_free(&a->name);
	rv_buf_free(&a->der);
	rv_ocsp_free(&a->ocsp);
	rv_crl_free(&a->crl);
}

bool rv_gpu_revocation_new(struct rv_gpu_revocation **out, struct rv_err *err)
{
	struct rv_gpu_revocation *r = calloc(1, sizeof *r);

	if (!r)
		return rv_no_memory(err, "OCSP answers");
	*out = r;
	return true;
}

void rv_gpu_revocation_free(struct rv_gpu_revocation **set)
{
	struct rv_gpu_revocation *r = *set;

	*set = NULL;
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		answer_free(&r->answer[i]);
	free(r->answer);
	free(r);
}

/* The DER of either, whatever the file is called. */
static bool read_answer(struct rv_span file, struct answer *a,
			struct rv_err *err)
{
	struct rv_err not_ocsp = { 0 };

	if (rv_pem_has(file, "X509 CRL")) {
		if (!rv_pem_first(file, "X509 CRL", &a->der, err))
			return false;
		return rv_crl_read(rv_buf_span(&a->der), &a->crl, err);
	}
	if (!rv_buf_copy(file, &a->der, err))
		return false;
	if (rv_ocsp_read(file, &a->ocsp, &not_ocsp))
		return true;
	if (not_ocsp.code != RV_SYSTEM && rv_crl_read(file, &a->crl, err))
		return true;
	if (not_ocsp.code == RV_SYSTEM || err->code != RV_SYSTEM)
		*err = not_ocsp;
	return false;
}

bool rv_gpu_revocation_add(struct rv_gpu_revocation *r, const char *name,
			   struct rv_span file, bool meant, struct rv_err *err)
{
	RV_AUTO(answer_free) struct answer a = { .meant = meant };
	struct answer *more;

	if (r->n == RV_GPU_ANSWERS_MAX)
		return rv_fail(err, RV_INPUT,
			       "more than %d OCSP answers and CRLs",
			       RV_GPU_ANSWERS_MAX);
	if (!read_answer(file, &a, err))
		return rv_in(err, "%s", name);
	if (!rv_text_copy(rv_text(name), "name", &a.name, err))
		return false;
	more = realloc(r->answer, (r->n + 1) * sizeof *more);
	if (!more)
		return rv_no_memory(err, "OCSP answers");
	r->answer = more;
	more[r->n++] = RV_TAKE(a);
	return true;
}

const char *rv_gpu_revocation_unused(const struct rv_gpu_revocation *set,
				     size_t *at)
{
	for (; *at < set->n; ++*at)
		if (set->answer[*at].meant && !set->answer[*at].used)
			return set->answer[*at].name;
	return NULL;
}

/* ---- one certificate, one answer ---- */

/* What is asked, and the heaviest of what was found so far. */
struct question {
	const struct rv_cert *cert, *issuer;
	enum gpu_chain_kind kind;
	int64_t at;
	struct rv_gpu_cert *out;
	struct rv_err *err;
};

/* Of several answers no counts most, then yes: a current one is enough. */
static int weight(enum rv_verdict v)
{
	return v == RV_DIFFERS	     ? 3
	       : v == RV_YES	     ? 2
	       : v == RV_CANNOT_TELL ? 1
				     : 0;
}

static void say(struct question *q, enum rv_verdict verdict, const char *id,
		const char *fmt, ...) RV_PRINTF(4, 5);

static void say(struct question *q, enum rv_verdict verdict, const char *id,
		const char *fmt, ...)
{
	va_list ap;

	if (weight(verdict) <= weight(q->out->verdict))
		return;
	q->out->verdict = verdict;
	q->out->id = id;
	va_start(ap, fmt);
	vsnprintf(q->out->reason, sizeof q->out->reason, fmt, ap);
	va_end(ap);
}

static const char *subject(const struct question *q)
{
	return rv_cert_info(q->cert)->subject;
}

static void revoked(struct question *q, const struct answer *a,
		    const char *when)
{
	say(q, RV_DIFFERS,
	    q->kind == GPU_RIM_CHAIN ? "rim-chain-revoked"
				     : "device-chain-revoked",
	    "'%s' (serial %s) was revoked%s%s, says %s", subject(q),
	    rv_cert_info(q->cert)->serial, when[0] ? " at " : "", when,
	    a->name);
}

/* Not revoked, as long as the answer is of its time. */
static void good(struct question *q, const struct answer *a, int64_t from,
		 int64_t until)
{
	char when[32], limit[32];

	rv_time_text(q->at, when);
	rv_time_text(q->at > until ? until : from, limit);
	if (q->at < from || q->at > until) {
		say(q, RV_CANNOT_TELL,
		    q->at > until ? "revocation-expired" : "revocation-not-yet",
		    "%s: of '%s', valid %s %s, not at %s", a->name, subject(q),
		    q->at > until ? "until" : "from", limit, when);
		return;
	}
	if (q->out->verdict != RV_YES || until > q->out->until) {
		q->out->from = from;
		q->out->until = until;
	}
	rv_time_text(until, limit);
	say(q, RV_YES, NULL, "'%s' is not revoked, says %s until %s",
	    subject(q), a->name, limit);
}

/* *ok: @holds is good, and the answer may be believed. */
static bool believed(struct question *q, const struct answer *a,
		     enum rv_holds holds, bool *ok)
{
	*ok = holds == RV_CHECK_GOOD;
	if (holds == RV_CHECK_FAILED)
		return rv_fail(q->err, RV_SYSTEM,
			       "%s: OpenSSL or memory failed", a->name);
	if (!*ok)
		say(q, RV_DIFFERS, "revocation-signature",
		    "%s: about '%s', and not signed by '%s'%s", a->name,
		    subject(q), rv_cert_info(q->issuer)->subject,
		    a->ocsp ? " or a responder of its" : "");
	return true;
}

static bool ask_ocsp(struct question *q, struct answer *a)
{
	struct rv_span cert = rv_cert_info(q->cert)->der;
	struct rv_span issuer = rv_cert_info(q->issuer)->der;
	struct rv_err why = { 0 };
	struct rv_ocsp_said said;
	int64_t from, until;
	char when[32];
	bool ok;

	if (!rv_ocsp_find(a->ocsp, cert, issuer, &said, &why)) {
		if (why.code == RV_SYSTEM)
			return rv_fail(q->err, RV_SYSTEM, "%s", why.msg);
		say(q, RV_CANNOT_TELL, "revocation-malformed", "%s: %s",
		    a->name, why.msg);
		return true;
	}
	if (!said.found)
		return true;
	a->used = true;
	if (!believed(q, a, rv_ocsp_check(a->ocsp, issuer, &from, &until), &ok))
		return false;
	if (!ok)
		return true;
	rv_time_text(said.revoked, when);
	if (said.status == RV_OCSP_REVOKED)
		revoked(q, a, when);
	else if (said.status == RV_OCSP_UNKNOWN)
		say(q, RV_CANNOT_TELL, "revocation-unknown",
		    "%s: its responder does not know '%s'", a->name,
		    subject(q));
	else if (said.next_update == INT64_MIN)
		say(q, RV_CANNOT_TELL, "revocation-expired",
		    "%s: of '%s', and does not say until when it holds",
		    a->name, subject(q));
	else
		good(q, a, said.this_update > from ? said.this_update : from,
		     said.next_update < until ? said.next_update : until);
	return true;
}

static bool ask_crl(struct question *q, struct answer *a)
{
	const struct rv_cert_info *issuer = rv_cert_info(q->issuer);
	const struct rv_crl_info *list = rv_crl_info(a->crl);
	enum rv_holds holds = rv_crl_check(a->crl, q->issuer);
	bool ok;

	if (holds == RV_CHECK_OTHER)
		return true;
	a->used = true;
	if (holds == RV_CHECK_GOOD && !issuer->may_sign_crls)
		holds = RV_CHECK_BAD;
	if (!believed(q, a, holds, &ok))
		return false;
	if (!ok)
		return true;
	if (rv_crl_lists(a->crl, q->cert))
		revoked(q, a, "");
	else
		good(q, a, list->this_update, list->next_update);
	return true;
}

/* An answer about a certificate has its serial number in it. */
static bool has_serial(const struct question *q, const struct answer *a)
{
	uint8_t serial[RV_SERIAL_MAX];
	const char *hex = rv_cert_info(q->cert)->serial;
	size_t n = strlen(hex) / 2;

	if (!rv_unhex(rv_text(hex), serial, n))
		return false;
	for (size_t i = 0; i + n <= a->der.n; i++)
		if (memcmp(a->der.p + i, serial, n) == 0)
			return true;
	return false;
}

static bool ask_all(struct question *q, struct rv_gpu_revocation *set)
{
	for (size_t i = 0; set && i < set->n; i++) {
		struct answer *a = &set->answer[i];

		if (a->crl ? !ask_crl(q, a)
			   : has_serial(q, a) && !ask_ocsp(q, a))
			return false;
	}
	if (q->out->verdict == RV_UNCHECKED)
		snprintf(q->out->reason, sizeof q->out->reason,
			 "no OCSP answer or CRL of '%s'", subject(q));
	return true;
}

/* ---- a chain ---- */

static bool known(const struct rv_gpu_result *r, const struct rv_cert *c)
{
	for (size_t i = 0; i < r->certs; i++)
		if (memcmp(&r->cert[i].sha256, &rv_cert_info(c)->sha256, 32) ==
		    0)
			return true;
	return false;
}

static struct rv_gpu_cert *add_cert(struct rv_gpu_result *r, struct rv_err *err)
{
	struct rv_gpu_cert *more =
	    realloc(r->cert, (r->certs + 1) * sizeof *more);

	if (!more) {
		rv_err_set(err, RV_SYSTEM, "certificates: out of memory");
		return NULL;
	}
	r->cert = more;
	more[r->certs] = (struct rv_gpu_cert){ .verdict = RV_UNCHECKED };
	return &more[r->certs++];
}

bool rv_gpu_revoked(struct rv_gpu_revocation *set, const struct gpu_chain *c,
		    enum gpu_chain_kind kind, int64_t at,
		    struct rv_gpu_result *r, struct rv_err *err)
{
	for (size_t i = kind == GPU_DEVICE_CHAIN; i + 1 < c->n; i++) {
		const struct rv_cert_info *info = rv_cert_info(c->cert[i]);
		struct question q = { c->cert[i], c->cert[i + 1], kind,
				      at,	  NULL,		  err };

		if (known(r, c->cert[i]))
			continue;
		q.out = add_cert(r, err);
		if (!q.out)
			return false;
		q.out->rim = kind == GPU_RIM_CHAIN;
		q.out->sha256 = info->sha256;
		snprintf(q.out->subject, sizeof q.out->subject, "%s",
			 info->subject);
		snprintf(q.out->serial, sizeof q.out->serial, "%s",
			 info->serial);
		if (!rv_buf_copy(info->der, &q.out->der, err) ||
		    !rv_buf_copy(rv_cert_info(c->cert[i + 1])->der,
				 &q.out->issuer, err) ||
		    !ask_all(&q, set))
			return false;
	}
	return true;
}
