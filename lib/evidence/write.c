/* SPDX-License-Identifier: Apache-2.0 */
/* write.c - evidence as our own document, refval.evidence/1 (FORMATS.md). */
#include "parts.h"

static void hex_or_null(struct rv_jw *w, const char *key, const void *p,
			size_t n, bool there)
{
	if (there)
		rv_jw_hex(w, key, rv_span(p, n));
	else
		rv_jw_null(w, key);
}

static void text_or_null(struct rv_jw *w, const char *key,
			 const struct rv_buf *b)
{
	if (b->n)
		rv_jw_text(w, key, rv_buf_span(b));
	else
		rv_jw_null(w, key);
}

/* dstack's own form of an event, so that its tools read the array as well. */
static void write_event(const struct rv_event *e, struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_u64(w, "imr", e->imr);
	rv_jw_u64(w, "event_type", e->type);
	rv_jw_hex(w, "digest", rv_span(e->digest.b, e->has_digest ? 48 : 0));
	rv_jw_str(w, "event", e->name);
	rv_jw_hex(w, "event_payload", rv_buf_span(&e->payload));
	if (e->version != 1)
		rv_jw_u64(w, "version", e->version);
	if (e->preimage.n)
		rv_jw_hex(w, "preimage", rv_buf_span(&e->preimage));
	rv_jw_close(w);
}

static void write_log(const struct rv_evidence *e, const char *key,
		      struct rv_jw *w)
{
	if (e->log_format == RV_LOG_NONE) {
		rv_jw_null(w, key);
		return;
	}
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < e->log.n; i++)
		write_event(&e->log.event[i], w);
	rv_jw_close(w);
}

static void write_tls(const struct rv_evidence_tls *t, struct rv_jw *w)
{
	RV_AUTO(rv_buf_free) struct rv_buf b64 = { 0 };
	struct rv_err err = { 0 };

	if (!t->host) {
		rv_jw_null(w, "tls");
		return;
	}
	if (!rv_base64(rv_buf_span(&t->certificate), &b64, &err))
		w->to->failed = true;
	rv_jw_open(w, "tls", '{');
	rv_jw_str(w, "host", t->host);
	rv_jw_u64(w, "port", t->port);
	rv_jw_hex(w, "sha256", rv_span(t->sha256.b, sizeof t->sha256.b));
	rv_jw_text(w, "certificate", rv_buf_span(&b64));
	rv_jw_bool(w, "trusted", t->trusted);
	rv_jw_str(w, "when", t->when);
	rv_jw_close(w);
}

/* A manifest that is no text, or holds a NUL, is written in hex. */
static void write_compose(const struct rv_buf *b, struct rv_jw *w)
{
	if (b->n && (!rv_utf8_ok(rv_buf_span(b)) || memchr(b->p, 0, b->n)))
		rv_jw_hex(w, "app_compose_hex", rv_buf_span(b));
	else
		text_or_null(w, "app_compose", b);
}

static void write_claimed(const struct rv_evidence *e, struct rv_jw *w)
{
	rv_jw_open(w, "claimed", '{');
	for (size_t i = 0; i < EV_REGISTERS; i++) {
		const struct rv_mr *mr =
		    rv_mrs_find(&e->claimed, rv_ev_register[i]);

		if (mr)
			rv_jw_hex(w, mr->name, rv_span(mr->b, mr->n));
		else
			rv_jw_null(w, rv_ev_register[i]);
	}
	hex_or_null(w, "compose_hash", e->compose_hash.b, 32,
		    e->has_claimed_compose_hash);
	hex_or_null(w, "os_image_hash", e->os_image_hash.b, 32,
		    e->has_claimed_os_image_hash);
	rv_jw_close(w);
}

static void put_evidence(const struct rv_evidence *e, struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "schema", "refval.evidence/1");
	rv_jw_str(w, "format", e->format);
	rv_jw_open(w, "source", '{');
	rv_jw_str(w, "from", e->source.from);
	rv_jw_str(w, "api", e->source.api);
	rv_jw_str(w, "when", e->source.when);
	hex_or_null(w, "asked", e->source.asked, sizeof e->source.asked,
		    e->source.has_asked);
	rv_jw_close(w);
	hex_or_null(w, "quote", e->quote.p, e->quote.n, e->quote.n);
	hex_or_null(w, "report_data", e->report_data, sizeof e->report_data,
		    e->has_report_data);
	write_log(e, "event_log", w);
	if (e->log.open)
		rv_jw_u64(w, "log_open", e->log.open);
	text_or_null(w, "vm_config", &e->vm_config);
	write_compose(&e->app_compose, w);
	write_claimed(e, w);
	if (e->collateral.n)
		rv_jw_raw(w, "collateral", rv_buf_span(&e->collateral));
	else
		rv_jw_null(w, "collateral");
	write_tls(&e->tls, w);
	rv_ev_write_snp(e, w);
	if (e->nitro.n)
		rv_jw_hex(w, "nitro", rv_buf_span(&e->nitro));
	rv_ev_write_vtpm(e, w);
	rv_ev_write_gpus(&e->gpu, w);
	rv_ev_write_gpu_boot(&e->gpu_boot, w);
	if (e->beside)
		rv_jw_str(w, "beside", e->beside);
	rv_jw_close(w);
}

bool rv_evidence_write(const struct rv_evidence *e, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	if (e->log.bank != RV_BANK_TDX)
		return rv_fail(err, RV_INPUT,
			       "refval.evidence/1 holds no log of a TPM");
	put_evidence(e, &w);
	return rv_grow_take(&g, out, err);
}

bool rv_evidence_write_log(const struct rv_evidence *e, struct rv_buf *out,
			   struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	write_log(e, NULL, &w);
	rv_grow_text(&g, "\n");
	return rv_grow_take(&g, out, err);
}
