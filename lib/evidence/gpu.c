/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu.c - evidence of NVIDIA GPUs and switches, in the containers that tools
 * and services use: NVIDIA's own list, the request of its service, the string
 * nvidia_payload, and what services put around them. Only the container is
 * read here; what is in it is the gpu stage's to judge.
 */
#include "parts.h"
#include "json.h"

#include "digest.h"

#include <stdio.h>
#include <stdlib.h>

/* One more device, all empty; NULL: @err is filled. */
struct rv_gpu_device *rv_ev_new_gpu(struct rv_gpu_evidence *e,
				    struct rv_err *err)
{
	struct rv_gpu_device *more;

	if (e->n == RV_GPU_LIST_MAX) {
		rv_err_set(err, RV_INPUT, "more than %d GPUs", RV_GPU_LIST_MAX);
		return NULL;
	}
	more = realloc(e->device, (e->n + 1) * sizeof *more);
	if (!more) {
		rv_err_no_memory(err, "GPU evidence");
		return NULL;
	}
	e->device = more;
	more[e->n] = (struct rv_gpu_device){ .has_nonce = false };
	return &more[e->n++];
}

/* 32 bytes in hex; NVIDIA's tools write some with 0x in front. */
static bool nonce_of(const rv_json *v, bool *has_nonce, uint8_t out[32],
		     struct rv_err *err)
{
	struct rv_span s = rv_json_text(v);

	if (!v || rv_json_is_null(v))
		return true;
	if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X'))
		s = rv_span(s.p + 2, s.n - 2);
	if (!rv_unhex(s, out, RV_GPU_NONCE))
		return rv_fail(err, RV_INPUT, "nonce: not 32 bytes in hex");
	*has_nonce = true;
	return true;
}

/* "HOPPER"; a number, as one client sends it, says nothing. */
static bool arch_of(const rv_json *v, struct rv_gpu_device *d,
		    struct rv_err *err)
{
	struct rv_span s = rv_json_text(v);

	if (!v || rv_json_is_null(v) || rv_json_is_int(v))
		return true;
	if (!rv_json_is_string(v) || s.n >= sizeof d->arch)
		return rv_fail(err, RV_INPUT, "arch: not the name of one");
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		if (c < 0x21 || c > 0x7e)
			return rv_fail(err, RV_INPUT,
				       "arch: not the name of one");
		d->arch[i] = (char)c;
	}
	return true;
}

static bool bytes_of(const rv_json *j, const char *key, size_t max,
		     struct rv_buf *out, struct rv_err *err)
{
	struct rv_span text;

	if (!rv_json_need_text(j, key, &text, err))
		return false;
	if (text.n > max / 3 * 4 + 4)
		return rv_fail(err, RV_INPUT,
			       "%s: %zu characters, at most %zu bytes are read",
			       key, text.n, max);
	return rv_unbase64(text, key, out, err);
}

/* { certificate, evidence, arch, nonce }, each in base64 but the last two. */
static bool read_device(const rv_json *j, const rv_json *outer,
			struct rv_gpu_evidence *out, struct rv_err *err)
{
	const rv_json *arch = rv_json_get(j, "arch");
	const rv_json *nonce = rv_json_get(j, "nonce");
	struct rv_gpu_device *d;

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "not an object");
	d = rv_ev_new_gpu(out, err);
	if (!d)
		return false;
	return bytes_of(j, "evidence", RV_GPU_REPORT_MAX, &d->report, err) &&
	       bytes_of(j, "certificate", RV_GPU_CHAIN_MAX, &d->chain, err) &&
	       arch_of(arch ? arch : rv_json_get(outer, "arch"), d, err) &&
	       nonce_of(nonce ? nonce : rv_json_get(outer, "nonce"),
			&d->has_nonce, d->nonce, err);
}

static bool read_list(const rv_json *list, const rv_json *outer,
		      const char *name, struct rv_gpu_evidence *out,
		      struct rv_err *err)
{
	if (!rv_json_is_array(list))
		return rv_fail(err, RV_INPUT, "%s: not an array", name);
	out->there = true;
	snprintf(out->format, sizeof out->format, "%s", name);
	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!read_device(rv_json_at(list, i), outer, out, err))
			return rv_in(err, "%s[%zu]", name, i);
	return true;
}

/* The request of NVIDIA's service, as an object or as text in text. */
static bool read_payload(const rv_json *v, struct rv_gpu_evidence *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;

	if (rv_json_is_string(v)) {
		if (!rv_json_parse(rv_json_text(v), "nvidia_payload", &inner,
				   err))
			return false;
		v = inner;
	}
	if (rv_json_is_array(v))
		return read_list(v, NULL, "nvidia_payload", out, err);
	if (!rv_ev_has(v, "evidence_list"))
		return rv_fail(err, RV_INPUT,
			       "nvidia_payload: no evidence_list in it");
	return read_list(rv_json_get(v, "evidence_list"), v, "nvidia_payload",
			 out, err);
}

/* What dstack's AttestGpu calls what NVIDIA's collector prints. */
#define COLLECTED "nvidia-nvattest-collect-evidence-json-v1"

/* One bundle: the exact bytes of a vendor's own document, in hex. */
static bool read_bundle(const rv_json *bundle, struct rv_gpu_evidence *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span text;

	if (!rv_json_need_text(bundle, "evidence", &text, err) ||
	    !rv_ev_hex(text, "evidence", &bytes, err) ||
	    !rv_json_parse(rv_buf_span(&bytes), "evidence", &j, err))
		return false;
	if (rv_json_is_array(j))
		return read_list(j, NULL, "bundles", out, err);
	return read_list(rv_json_get(j, rv_ev_has(j, "evidences")
					    ? "evidences"
					    : "evidence_list"),
			 j, "bundles", out, err);
}

/* { bundles: [{ vendor, format, evidence }] }: one of them is read. */
static bool read_bundles(const rv_json *all, struct rv_gpu_evidence *out,
			 struct rv_err *err)
{
	const rv_json *mine = NULL;

	for (size_t i = 0; i < rv_json_size(all); i++) {
		const rv_json *b = rv_json_at(all, i);

		if (!rv_same_text(rv_json_text(rv_json_get(b, "format")),
				  COLLECTED))
			continue;
		if (mine)
			return rv_fail(err, RV_INPUT,
				       "bundles: two of " COLLECTED);
		mine = b;
	}
	if (!mine)
		return rv_fail(err, RV_INPUT, "bundles: none of " COLLECTED);
	return read_bundle(mine, out, err) || rv_in(err, "bundles");
}

/* ---- what stands beside ---- */

/* A fixed number of bytes in hex, with or without 0x; anything else: none. */
static bool hex_of(const rv_json *j, const char *key, uint8_t out[32], size_t n)
{
	struct rv_span s = rv_json_text(rv_json_get(j, key));

	if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X'))
		s = rv_span(s.p + 2, s.n - 2);
	return s.p && rv_unhex(s, out, n);
}

/* Chutes: the nonce is SHA-256 of the outer nonce and the key, as text. */
static bool read_e2e(const rv_json *j, struct rv_gpu_hints *h,
		     struct rv_err *err)
{
	struct rv_span nonce = rv_json_text(rv_json_get(j, "nonce"));
	struct rv_span key = rv_json_text(rv_json_get(j, "e2e_pubkey"));
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!nonce.n || !key.n)
		return true;
	rv_grow_add(&g, nonce.p, nonce.n);
	rv_grow_add(&g, key.p, key.n);
	if (!rv_grow_take(&g, &text, err))
		return false;
	return rv_text_copy(rv_buf_span(&text), "e2e_pubkey", &h->e2e, err);
}

/* Tinfoil's v3: report_data is the digest of four parts, beside it. */
static bool read_parts(const rv_json *j, struct rv_gpu_hints *h,
		       struct rv_err *err)
{
	const rv_json *rd = rv_json_get(j, "report_data");
	const rv_json *gpu = rv_json_get(j, "gpu");
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_sha256 digest;

	if (!rv_json_is_object(rd))
		return true;
	h->has_tls_key = hex_of(rd, "tls_key_fp", h->tls_key, 32);
	h->has_hpke = hex_of(rd, "hpke_key", h->hpke, 32);
	h->has_hash = hex_of(rd, "gpu_evidence_hash", h->hash, 32);
	if (!gpu)
		return true;
	if (!rv_json_dump(gpu, &text, err) ||
	    !rv_sha256(rv_buf_span(&text), &digest, err))
		return false;
	memcpy(h->outer, digest.b, 32);
	h->has_outer = true;
	return true;
}

static bool read_hints(const rv_json *j, struct rv_gpu_hints *h,
		       struct rv_err *err)
{
	static const char *const tls[] = { "tls_cert_fingerprint",
					   "tls_fingerprint" };

	if (hex_of(j, "signing_address", h->address, 20))
		h->address_n = 20;
	else if (hex_of(j, "signing_address", h->address, 32))
		h->address_n = 32;
	for (size_t i = 0; i < RV_LEN(tls) && !h->has_tls; i++)
		h->has_tls = hex_of(j, tls[i], h->tls, 32);
	h->has_request = hex_of(j, "request_nonce", h->request, 32);
	return read_e2e(j, h, err) && read_parts(j, h, err);
}

bool rv_ev_has_gpu(const rv_json *j)
{
	return rv_ev_has(j, "nvidia_payload") || rv_ev_has(j, "gpu_evidence") ||
	       rv_ev_has(j, "bundles") ||
	       rv_ev_has(rv_json_get(j, "gpu"), "evidences") ||
	       rv_ev_has(j, "evidence_list") || rv_ev_has(j, "evidences") ||
	       (rv_ev_has(j, "evidence") && rv_ev_has(j, "certificate"));
}

/* What the object @j holds of GPUs; nothing when it holds none. */
bool rv_ev_json_gpu(const rv_json *j, struct rv_gpu_evidence *out,
		    struct rv_err *err)
{
	const rv_json *gpu = rv_json_get(j, "gpu");

	if (rv_ev_has(j, "nvidia_payload")) {
		if (!read_payload(rv_json_get(j, "nvidia_payload"), out, err))
			return false;
	} else if (rv_ev_has(j, "bundles")) {
		if (!read_bundles(rv_json_get(j, "bundles"), out, err))
			return false;
	} else if (rv_ev_has(j, "gpu_evidence")) {
		if (!read_list(rv_json_get(j, "gpu_evidence"), NULL,
			       "gpu_evidence", out, err))
			return false;
	} else if (rv_ev_has(gpu, "evidences")) {
		if (!read_list(rv_json_get(gpu, "evidences"), NULL,
			       "gpu.evidences", out, err))
			return false;
	} else if (rv_ev_has(j, "evidence_list") || rv_ev_has(j, "evidences")) {
		const char *name = rv_ev_has(j, "evidence_list")
				       ? "evidence_list"
				       : "evidences";

		if (!read_list(rv_json_get(j, name), j, name, out, err))
			return false;
	} else if (rv_ev_has(j, "evidence") && rv_ev_has(j, "certificate")) {
		out->there = true;
		snprintf(out->format, sizeof out->format, "evidence");
		if (!read_device(j, NULL, out, err))
			return false;
	} else {
		return true;
	}
	return read_hints(j, &out->hints, err);
}

/* NVIDIA's own tools give an array of devices. */
bool rv_ev_is_gpu_list(const rv_json *j)
{
	const rv_json *first = rv_json_at(j, 0);

	return rv_json_is_array(j) && rv_ev_has(first, "evidence") &&
	       rv_ev_has(first, "certificate");
}

bool rv_ev_json_gpu_list(const rv_json *j, struct rv_gpu_evidence *out,
			 struct rv_err *err)
{
	return read_list(j, NULL, "evidence list", out, err);
}
