/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vtpm.c - the quote of a cloud's vTPM beside the one of the CPU: what it
 * signed, the values of the PCRs that it signed a digest of, the certificate of
 * its key, and a log of digests.
 */
#include "parts.h"
#include "json.h"

static const char sha256_name[] = "sha256";

void rv_ev_vtpm_free(struct rv_vtpm_evidence *e)
{
	rv_buf_free(&e->message);
	rv_buf_free(&e->signature);
	rv_buf_free(&e->certificate);
	rv_log_free(&e->log);
	for (size_t i = 0; i < e->files; i++)
		rv_buf_free(&e->file[i]);
	*e = (struct rv_vtpm_evidence){ 0 };
}

bool rv_ev_vtpm_quote(struct rv_span message, struct rv_span signature,
		      struct rv_span certificate, struct rv_evidence *out,
		      struct rv_err *err)
{
	const struct {
		const char *what;
		struct rv_span in;
		struct rv_buf *to;
	} part[] = {
		{ "quote", message, &out->vtpm.message },
		{ "signature", signature, &out->vtpm.signature },
		{ "certificate", certificate, &out->vtpm.certificate },
	};

	for (size_t i = 0; i < RV_LEN(part); i++) {
		if (!part[i].in.n || part[i].in.n > EV_VTPM_MAX)
			return rv_fail(err, RV_INPUT,
				       "%s of the vTPM: %zu bytes, not 1 to %d",
				       part[i].what, part[i].in.n, EV_VTPM_MAX);
		rv_buf_free(part[i].to);
		if (!rv_buf_copy(part[i].in, part[i].to, err))
			return false;
	}
	out->attester = RV_ATTESTER_GCP;
	return true;
}

bool rv_ev_vtpm_pcr(uint64_t index, struct rv_span algorithm,
		    struct rv_span value, struct rv_evidence *out,
		    struct rv_err *err)
{
	struct rv_vtpm_evidence *e = &out->vtpm;
	struct rv_vtpm_pcr *p = &e->pcr[e->pcrs];

	if (!rv_same_text(algorithm, sha256_name) ||
	    value.n != sizeof p->value.b)
		return rv_fail(err, RV_INPUT,
			       "PCR %" PRIu64 ": %zu bytes of %.*s, not 32 of"
			       " sha256",
			       index, value.n,
			       algorithm.n < 16 ? (int)algorithm.n : 16,
			       algorithm.n ? (const char *)algorithm.p : "");
	/* In the order in which their digest was made, so each once. */
	if (index >= RV_VTPM_PCRS || (e->pcrs && index <= p[-1].index))
		return rv_fail(err, RV_INPUT,
			       "PCR %" PRIu64 ": not 0 to %d in their order",
			       index, RV_VTPM_PCRS - 1);
	p->index = (unsigned)index;
	memcpy(p->value.b, value.p, value.n);
	e->pcrs++;
	return true;
}

bool rv_ev_vtpm_event(uint64_t pcr, struct rv_span digest,
		      struct rv_evidence *out, struct rv_err *err)
{
	struct ev_in in = { .imr = pcr, .version = 1, .digest = digest };
	struct rv_log *log = &out->vtpm.log;

	if (digest.n != sizeof(struct rv_sha256))
		return rv_fail(err, RV_INPUT,
			       "digest of %zu bytes, not 32 of sha256",
			       digest.n);
	log->bank = RV_BANK_TPM_SHA256;
	return rv_ev_push(log, &in, err);
}

bool rv_ev_vtpm_file(struct rv_span in, struct rv_evidence *out,
		     struct rv_err *err)
{
	struct rv_vtpm_evidence *e = &out->vtpm;

	if (in.n == 0 || in.n > EV_CERT_MAX)
		return rv_fail(err, RV_INPUT,
			       "what Google has beside the evidence: %zu bytes,"
			       " not 1 to %d",
			       in.n, EV_CERT_MAX);
	for (size_t i = 0; i < e->files; i++)
		if (rv_same(rv_buf_span(&e->file[i]), in))
			return true;
	if (e->files == RV_VTPM_FILES)
		return rv_fail(err, RV_INPUT,
			       "what Google has beside the evidence: more than"
			       " %d files",
			       RV_VTPM_FILES);
	return rv_buf_copy(in, &e->file[e->files++], err);
}

static bool same_pcrs(const struct rv_vtpm_evidence *a,
		      const struct rv_vtpm_evidence *b)
{
	if (a->pcrs != b->pcrs)
		return false;
	for (size_t i = 0; i < a->pcrs; i++)
		if (a->pcr[i].index != b->pcr[i].index ||
		    memcmp(a->pcr[i].value.b, b->pcr[i].value.b,
			   sizeof a->pcr[i].value.b) != 0)
			return false;
	return true;
}

static bool same_events(const struct rv_log *a, const struct rv_log *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->event[i].imr != b->event[i].imr ||
		    memcmp(a->event[i].digest.b, b->event[i].digest.b,
			   sizeof a->event[i].digest.b) != 0)
			return false;
	return true;
}

bool rv_ev_vtpm_same(const struct rv_vtpm_evidence *a,
		     const struct rv_vtpm_evidence *b)
{
	return rv_same(rv_buf_span(&a->message), rv_buf_span(&b->message)) &&
	       rv_same(rv_buf_span(&a->signature),
		       rv_buf_span(&b->signature)) &&
	       rv_same(rv_buf_span(&a->certificate),
		       rv_buf_span(&b->certificate)) &&
	       same_pcrs(a, b) && same_events(&a->log, &b->log);
}

/* ---- in our own document ---- */

static bool own_pcrs(const rv_json *all, struct rv_evidence *out,
		     struct rv_err *err)
{
	if (!rv_json_is_array(all))
		return rv_fail(err, RV_INPUT, "pcrs: not an array");
	for (size_t i = 0; i < rv_json_size(all); i++) {
		const rv_json *j = rv_json_at(all, i);
		struct rv_sha256 value;
		uint64_t index;

		if (!rv_json_need_uint(j, "index", RV_VTPM_PCRS - 1, &index,
				       err) ||
		    !rv_json_need_hex(j, "value", value.b, sizeof value.b,
				      err) ||
		    !rv_ev_vtpm_pcr(index, rv_text(sha256_name),
				    rv_span(value.b, sizeof value.b), out, err))
			return rv_in(err, "pcrs: %zu", i);
	}
	return true;
}

static bool own_events(const rv_json *all, struct rv_evidence *out,
		       struct rv_err *err)
{
	if (!rv_json_is_array(all))
		return rv_fail(err, RV_INPUT, "events: not an array");
	for (size_t i = 0; i < rv_json_size(all); i++) {
		const rv_json *j = rv_json_at(all, i);
		struct rv_sha256 d;
		uint64_t pcr;

		if (!rv_json_need_uint(j, "pcr", RV_VTPM_PCRS - 1, &pcr, err) ||
		    !rv_json_need_hex(j, "digest", d.b, sizeof d.b, err) ||
		    !rv_ev_vtpm_event(pcr, rv_span(d.b, sizeof d.b), out, err))
			return rv_in(err, "events: %zu", i);
	}
	return true;
}

static bool own_files(const rv_json *all, struct rv_evidence *out,
		      struct rv_err *err)
{
	if (!rv_json_is_array(all))
		return rv_fail(err, RV_INPUT, "files: not an array");
	for (size_t i = 0; i < rv_json_size(all); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		if (!rv_unbase64(rv_json_text(rv_json_at(all, i)), "files", &b,
				 err) ||
		    !rv_ev_vtpm_file(rv_buf_span(&b), out, err))
			return false;
	}
	return true;
}

bool rv_ev_own_vtpm(const rv_json *j, struct rv_evidence *out,
		    struct rv_err *err)
{
	static const char *const key[] = { "quote", "signature",
					   "certificate" };
	RV_AUTO(rv_buf_free) struct rv_buf a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf c = { 0 };
	struct rv_buf *const to[] = { &a, &b, &c };

	if (!j || rv_json_is_null(j))
		return true;
	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "vtpm: not an object");
	for (size_t i = 0; i < RV_LEN(key); i++) {
		struct rv_span text;

		if (!rv_json_need_text(j, key[i], &text, err) ||
		    !rv_unhex_buf(text, key[i], to[i], err))
			return rv_in(err, "vtpm");
	}
	return (rv_ev_vtpm_quote(rv_buf_span(&a), rv_buf_span(&b),
				 rv_buf_span(&c), out, err) &&
		own_pcrs(rv_json_get(j, "pcrs"), out, err) &&
		own_events(rv_json_get(j, "events"), out, err) &&
		own_files(rv_json_get(j, "files"), out, err)) ||
	       rv_in(err, "vtpm");
}

static void write_pcrs(const struct rv_vtpm_evidence *e, struct rv_jw *w)
{
	rv_jw_open(w, "pcrs", '[');
	for (size_t i = 0; i < e->pcrs; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "index", e->pcr[i].index);
		rv_jw_hex(w, "value",
			  rv_span(e->pcr[i].value.b, sizeof e->pcr[i].value.b));
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_open(w, "events", '[');
	for (size_t i = 0; i < e->log.n; i++) {
		const struct rv_event *v = &e->log.event[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "pcr", v->imr);
		rv_jw_hex(w, "digest",
			  rv_span(v->digest.b, sizeof(struct rv_sha256)));
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

void rv_ev_write_vtpm(const struct rv_evidence *all, struct rv_jw *w)
{
	const struct rv_vtpm_evidence *e = &all->vtpm;

	if (!e->message.n)
		return;
	rv_jw_open(w, "vtpm", '{');
	rv_jw_hex(w, "quote", rv_buf_span(&e->message));
	rv_jw_hex(w, "signature", rv_buf_span(&e->signature));
	rv_jw_hex(w, "certificate", rv_buf_span(&e->certificate));
	write_pcrs(e, w);
	rv_jw_open(w, "files", '[');
	for (size_t i = 0; i < e->files; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b64 = { 0 };
		struct rv_err err = { 0 };

		if (!rv_base64(rv_buf_span(&e->file[i]), &b64, &err))
			w->to->failed = true;
		rv_jw_text(w, NULL, rv_buf_span(&b64));
	}
	rv_jw_close(w);
	rv_jw_close(w);
}
