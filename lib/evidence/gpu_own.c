/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_own.c - GPU evidence in our own document, refval.evidence/1: the member
 * "gpus", with the list as NVIDIA's tools have it and what stood beside it.
 */
#include "json.h"
#include "parts.h"

#include <stdio.h>

/* The hints that are a number of bytes, and their keys. */
static const struct {
	const char *key;
	size_t at, has;
} hints[] = {
#define HINT(key, field)                                                       \
	{                                                                      \
		key, offsetof(struct rv_gpu_hints, field),                     \
		    offsetof(struct rv_gpu_hints, has_##field)                 \
	}
	HINT("tls_cert_fingerprint", tls), HINT("request_nonce", request),
	HINT("tls_key_fp", tls_key),	   HINT("hpke_key", hpke),
	HINT("gpu_evidence_hash", hash),   HINT("gpu_sha256", outer),
};

static uint8_t *bytes_at(struct rv_gpu_hints *h, size_t i)
{
	return (uint8_t *)h + hints[i].at;
}

static bool *has_at(struct rv_gpu_hints *h, size_t i)
{
	return (bool *)(void *)((uint8_t *)h + hints[i].has);
}

static void put_base64(struct rv_jw *w, const char *key, const struct rv_buf *b)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_err err;

	if (!rv_base64(rv_buf_span(b), &text, &err))
		w->to->failed = true;
	rv_jw_text(w, key, rv_buf_span(&text));
}

void rv_ev_write_gpus(const struct rv_gpu_evidence *e, struct rv_jw *w)
{
	struct rv_gpu_hints h = e->hints;

	if (!e->there)
		return;
	rv_jw_open(w, "gpus", '{');
	rv_jw_str(w, "format", e->format);
	rv_jw_open(w, "evidence_list", '[');
	for (size_t i = 0; i < e->n; i++) {
		const struct rv_gpu_device *d = &e->device[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "arch", d->arch[0] ? d->arch : NULL);
		if (d->has_nonce)
			rv_jw_hex(w, "nonce", rv_span(d->nonce, RV_GPU_NONCE));
		else
			rv_jw_null(w, "nonce");
		put_base64(w, "evidence", &d->report);
		put_base64(w, "certificate", &d->chain);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	if (h.address_n)
		rv_jw_hex(w, "signing_address",
			  rv_span(h.address, h.address_n));
	for (size_t i = 0; i < RV_LEN(hints); i++)
		if (*has_at(&h, i))
			rv_jw_hex(w, hints[i].key,
				  rv_span(bytes_at(&h, i), 32));
	if (h.e2e)
		rv_jw_str(w, "e2e", h.e2e);
	rv_jw_close(w);
}

bool rv_ev_own_gpus(const rv_json *j, struct rv_gpu_evidence *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
	struct rv_gpu_hints *h = &e.hints;
	struct rv_span address = { 0 }, e2e = { 0 };

	if (!j || rv_json_is_null(j))
		return true;
	if (!rv_json_is_object(j) || !rv_ev_has(j, "evidence_list"))
		return rv_fail(err, RV_INPUT, "gpus: no evidence_list in it");
	if (!rv_ev_json_gpu_list(rv_json_get(j, "evidence_list"), &e, err) ||
	    !rv_json_opt_chars(j, "format", e.format, sizeof e.format, err) ||
	    !rv_json_opt_text(j, "signing_address", &address, err) ||
	    !rv_json_opt_text(j, "e2e", &e2e, err))
		return rv_in(err, "gpus");
	if (address.n) {
		h->address_n = address.n / 2;
		if ((h->address_n != 20 && h->address_n != 32) ||
		    !rv_unhex(address, h->address, h->address_n))
			return rv_fail(err, RV_INPUT,
				       "gpus: signing_address: not 20 or 32"
				       " bytes in hex");
	}
	for (size_t i = 0; i < RV_LEN(hints); i++)
		if (!rv_json_opt_hex(j, hints[i].key, has_at(h, i),
				     bytes_at(h, i), 32, err))
			return rv_in(err, "gpus");
	if (e2e.n && !rv_text_copy(e2e, "e2e", &h->e2e, err))
		return rv_in(err, "gpus");
	rv_gpu_evidence_free(out);
	*out = RV_TAKE(e);
	return true;
}
