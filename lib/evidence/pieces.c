/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pieces.c - what several documents hold: a quote, an event log, vm_config,
 * report_data, tcb_info, collateral; each in all the forms it comes in.
 */
#include "parts.h"
#include "json.h"

#include <stdlib.h>

bool rv_ev_hex(struct rv_span text, const char *what, struct rv_buf *out,
	       struct rv_err *err)
{
	if (text.n >= 2 && text.p[0] == '0' &&
	    (text.p[1] == 'x' || text.p[1] == 'X'))
		text = rv_span(text.p + 2, text.n - 2);
	return rv_unhex_buf(text, what, out, err);
}

/* An array of numbers 0 to 255, as near writes a quote. */
static bool byte_array(const rv_json *a, const char *what, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (rv_json_size(a) > EV_QUOTE_MAX)
		return rv_fail(err, RV_INPUT, "%s: %zu bytes, at most %d", what,
			       rv_json_size(a), EV_QUOTE_MAX);
	for (size_t i = 0; i < rv_json_size(a); i++) {
		uint64_t v = 256;

		if (!rv_json_uint(rv_json_at(a, i), 255, &v))
			return rv_fail(err, RV_INPUT,
				       "%s: element %zu is no byte", what, i);
		rv_grow_u8(&g, (unsigned)v);
	}
	return rv_grow_take(&g, out, err);
}

/*
 * A quote as text: hex; or hex of hex, which an application writes that takes
 * the agent's hex for bytes; or base64.
 */
static bool text_quote(struct rv_span text, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf once = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf more = { 0 };
	struct rv_err why = { 0 }, ignored = { 0 };
	bool hex = rv_ev_hex(text, "quote", &once, &why);

	if ((!hex || !rv_ev_is_quote(rv_buf_span(&once))) &&
	    ((hex && once.n &&
	      rv_ev_hex(rv_buf_span(&once), "quote", &more, &ignored)) ||
	     (!hex && rv_unbase64_any(text, "quote", &more, &ignored))) &&
	    rv_ev_is_quote(rv_buf_span(&more))) {
		*out = RV_TAKE(more);
		return true;
	}
	if (!hex || ignored.code == RV_SYSTEM) {
		*err = ignored.code == RV_SYSTEM ? ignored : why;
		return false;
	}
	*out = RV_TAKE(once);
	return true;
}

bool rv_ev_has(const rv_json *j, const char *key)
{
	const rv_json *v = rv_json_get(j, key);

	return v && !rv_json_is_null(v);
}

bool rv_ev_json_quote(const rv_json *v, struct rv_evidence *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!v || rv_json_is_null(v))
		return true;
	if (rv_json_is_array(v)) {
		if (!byte_array(v, "quote", &b, err))
			return false;
	} else if (rv_json_is_string(v)) {
		if (!text_quote(rv_json_text(v), &b, err))
			return false;
	} else {
		return rv_fail(err, RV_INPUT,
			       "quote: neither text nor an array of bytes");
	}
	if (b.n == 0)
		return true;
	if (b.n > EV_QUOTE_MAX)
		return rv_fail(err, RV_INPUT, "quote: %zu bytes, at most %d",
			       b.n, EV_QUOTE_MAX);
	if (rv_ev_is_snp(rv_buf_span(&b)))
		return rv_ev_snp_report(rv_buf_span(&b), out, err);
	if (!rv_ev_is_quote(rv_buf_span(&b)))
		return rv_fail(err, RV_INPUT,
			       "quote: %zu bytes that are no SGX or TDX"
			       " quote",
			       b.n);
	rv_buf_free(&out->quote);
	out->quote = RV_TAKE(b);
	return true;
}

/*
 * A member as it is, or as text that holds it: *member is NULL where there is
 * none, or an empty text. @inner is what the text holds; owned by the caller.
 */
static bool open_member(const rv_json **member, const char *what,
			rv_json **inner, struct rv_err *err)
{
	const rv_json *v = *member;

	if (v && rv_json_is_string(v) && rv_json_text(v).n) {
		if (!rv_json_parse(rv_json_text(v), what, inner, err))
			return false;
		*member = *inner;
	} else if (v && (rv_json_is_null(v) || rv_json_is_string(v))) {
		*member = NULL;
	}
	return true;
}

/* The log as an array, or as text that holds the array. */
bool rv_ev_json_event_log(const rv_json *v, struct rv_evidence *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;

	if (!open_member(&v, "event_log", &inner, err))
		return false;
	if (!v)
		return true;
	if (!rv_ev_log_json(v, &out->log, err))
		return false;
	if (out->log.n)
		out->log_format = RV_LOG_JSON;
	return true;
}

/* JSON that may come as text or as the value itself. */
static bool text_or_value(const rv_json *v, const char *what,
			  struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (rv_json_is_string(v)) {
		if (rv_json_text(v).n == 0)
			return true;
		if (!rv_json_parse(rv_json_text(v), what, &inner, err) ||
		    !rv_buf_copy(rv_json_text(v), &b, err))
			return false;
	} else if (!rv_json_dump(v, &b, err)) {
		return false;
	}
	if (!rv_json_is_object(inner ? inner : v))
		return rv_fail(err, RV_INPUT, "%s: not an object", what);
	rv_buf_free(out);
	*out = RV_TAKE(b);
	return true;
}

bool rv_ev_json_vm_config(const rv_json *v, struct rv_evidence *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	const rv_json *inner;

	if (!v || rv_json_is_null(v))
		return true;
	if (!text_or_value(v, "vm_config", &b, err))
		return false;
	if (!b.n)
		return true;
	if (!rv_json_parse(rv_buf_span(&b), "vm_config", &j, err))
		return false;
	inner = rv_json_get(j, "vm_config");
	if (inner && !rv_json_is_null(inner))
		return text_or_value(inner, "vm_config", &out->vm_config, err);
	rv_buf_free(&out->vm_config);
	out->vm_config = RV_TAKE(b);
	return true;
}

bool rv_ev_vm_config(struct rv_span text, struct rv_evidence *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (text.n == 0)
		return true;
	rv_json_quote(&g, text);
	return rv_utf8_ok(text)
		   ? rv_grow_take(&g, &b, err) &&
			 rv_json_parse(rv_buf_span(&b), "vm_config", &j, err) &&
			 rv_ev_json_vm_config(j, out, err)
		   : rv_fail(err, RV_INPUT, "vm_config: not UTF-8");
}

bool rv_ev_json_report_data(const rv_json *j, const char *key,
			    struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span text = { 0 };

	if (!rv_json_opt_text(j, key, &text, err))
		return false;
	if (!text.n)
		return true;
	if (!rv_ev_hex(text, key, &b, err))
		return false;
	if (b.n > sizeof out->report_data)
		return rv_fail(err, RV_INPUT, "%s: %zu bytes, at most 64", key,
			       b.n);
	memset(out->report_data, 0, sizeof out->report_data);
	memcpy(out->report_data, b.p, b.n);
	out->has_report_data = true;
	return true;
}

/* A digest that old versions leave empty. */
static bool opt_digest(const rv_json *j, const char *key, bool *has_it,
		       uint8_t *out, size_t n, struct rv_err *err)
{
	struct rv_span text = { 0 };

	*has_it = false;
	if (!rv_json_opt_text(j, key, &text, err))
		return false;
	if (rv_starts(text, rv_text("0x")))
		return rv_unhex(rv_span(text.p + 2, text.n - 2), out, n)
			   ? (*has_it = true)
			   : rv_fail(err, RV_INPUT, "%s: not %zu hex digits",
				     key, 2 * n);
	return text.n == 0 || rv_json_opt_hex(j, key, has_it, out, n, err);
}

const char *const rv_ev_register[EV_REGISTERS] = { "mrtd", "rtmr0", "rtmr1",
						   "rtmr2", "rtmr3" };

bool rv_ev_json_claims(const rv_json *j, struct rv_evidence *out,
		       struct rv_err *err)
{
	for (size_t i = 0; i < EV_REGISTERS; i++) {
		const char *key = rv_ev_register[i];
		struct rv_sha384 said;
		bool there;

		if (!opt_digest(j, key, &there, said.b, sizeof said.b, err))
			return false;
		if (there && !rv_mrs_set(&out->claimed, key, RV_SHA384,
					 rv_span(said.b, sizeof said.b)))
			return rv_fail(err, RV_INPUT, "%s: no room", key);
	}
	return opt_digest(j, "compose_hash", &out->has_claimed_compose_hash,
			  out->compose_hash.b, sizeof out->compose_hash.b,
			  err) &&
	       opt_digest(j, "os_image_hash", &out->has_claimed_os_image_hash,
			  out->os_image_hash.b, sizeof out->os_image_hash.b,
			  err);
}

bool rv_ev_json_compose(const rv_json *j, struct rv_evidence *out,
			struct rv_err *err)
{
	struct rv_span text = { 0 }, hex = { 0 };

	if (!rv_json_opt_text(j, "app_compose", &text, err) ||
	    !rv_json_opt_text(j, "app_compose_hex", &hex, err))
		return false;
	if (text.p && hex.p)
		return rv_fail(err, RV_INPUT,
			       "app_compose and app_compose_hex: only one");
	rv_buf_free(&out->app_compose);
	if (hex.p)
		return rv_unhex_buf(hex, "app_compose_hex", &out->app_compose,
				    err);
	return !text.n || rv_buf_copy(text, &out->app_compose, err);
}

bool rv_ev_json_tcb_info(const rv_json *v, struct rv_evidence *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;

	if (!open_member(&v, "tcb_info", &inner, err))
		return false;
	if (!v)
		return true;
	if (!rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "tcb_info: not an object");
	return (rv_ev_json_claims(v, out, err) &&
		rv_ev_json_compose(v, out, err) &&
		rv_ev_json_event_log(rv_json_get(v, "event_log"), out, err)) ||
	       rv_in(err, "tcb_info");
}

/*
 * Collateral in one form: numbers as hex, certificates as text. Some writers
 * have byte arrays where others have hex, and a NUL behind the PCK chain.
 */
static bool collateral_member(const char *key, const rv_json *v,
			      struct rv_jw *w, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span s = rv_json_text(v);

	if (rv_json_is_array(v)) {
		if (!byte_array(v, key, &b, err))
			return false;
		rv_jw_hex(w, key, rv_buf_span(&b));
	} else if (rv_json_is_string(v)) {
		while (s.n && s.p[s.n - 1] == 0)
			s.n--;
		if (s.n && memchr(s.p, 0, s.n))
			return rv_fail(err, RV_INPUT, "%s: a NUL inside", key);
		rv_jw_text(w, key, s);
	} else {
		if (!rv_json_dump(v, &b, err))
			return false;
		rv_jw_raw(w, key, rv_buf_span(&b));
	}
	return true;
}

bool rv_ev_json_collateral(const rv_json *v, struct rv_evidence *out,
			   struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *inner = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	const rv_json *member;
	const char *key;
	void *iter = NULL;

	if (!v || rv_json_is_null(v))
		return true;
	if (rv_json_is_string(v)) {
		if (rv_json_text(v).n == 0)
			return true;
		if (!rv_json_parse_nul(rv_json_text(v), "collateral", &inner,
				       err))
			return false;
		v = inner;
	}
	if (!rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "collateral: not an object");
	rv_jw_open(&w, NULL, '{');
	while (rv_json_next(v, &iter, &key, &member))
		if (!collateral_member(key, member, &w, err))
			return rv_in(err, "collateral");
	rv_jw_close(&w);
	rv_buf_free(&out->collateral);
	return rv_grow_take(&g, &out->collateral, err);
}
