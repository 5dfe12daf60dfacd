/* SPDX-License-Identifier: Apache-2.0 */
/* boot_document.c - refval.boot/1, written and read back. */
#include "digest.h"
#include "docparts.h"

#include <refval/boot.h>

#include <stdlib.h>

static const char schema[] = "refval.boot/1";

/* ---- writing ---- */

static void put_text(struct rv_jw *w, const char *key, const char *s)
{
	rv_jw_str(w, key, *s ? s : NULL);
}

static void put_digest(struct rv_jw *w, const char *key, bool known,
		       struct rv_span s)
{
	if (known)
		rv_jw_hex(w, key, s);
	else
		rv_jw_null(w, key);
}

static void put_register(struct rv_jw *w, const struct rv_boot_register *reg)
{
	size_t n = rv_alg_size(reg->alg);

	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "name", reg->name);
	rv_jw_str(w, "alg", rv_alg_name(reg->alg));
	put_digest(w, "value", reg->known, rv_span(reg->value, n));
	put_text(w, "why", reg->why);
	rv_jw_open(w, "events", '[');
	for (size_t i = 0; i < reg->n; i++) {
		const struct rv_boot_event *e = &reg->event[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "label", e->label);
		rv_jw_u64(w, "type", e->type);
		put_digest(w, "digest", e->known, rv_span(e->digest, n));
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_close(w);
}

bool rv_boot_write(const struct rv_boot_values *v, struct rv_buf *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	struct rv_jw w = { .to = &to };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", schema);
	rv_jw_str(&w, "platform", rv_boot_platform_name(v->platform));
	put_text(&w, "stub", v->stub);
	put_text(&w, "loader", v->loader);
	rv_input_list_write(&w, v->input, v->inputs);
	rv_jw_open(&w, "registers", '[');
	for (size_t i = 0; i < v->registers; i++)
		put_register(&w, &v->reg[i]);
	rv_jw_close(&w);
	put_digest(&w, "boot_pcr_digest", v->has_boot_pcr_digest,
		   rv_span(v->boot_pcr_digest.b, sizeof v->boot_pcr_digest.b));
	rv_texts_write(&w, "assumed", v->assumed[0], sizeof v->assumed[0],
		       v->assumptions);
	rv_jw_close(&w);
	rv_grow_text(&to, "\n");
	return rv_grow_take(&to, out, err);
}

/* ---- reading ---- */

static bool read_event(const rv_json *j, enum rv_alg alg,
		       struct rv_boot_event *e, struct rv_err *err)
{
	uint64_t type;

	if (!rv_json_opt_chars(j, "label", e->label, sizeof e->label, err) ||
	    !rv_json_need_uint(j, "type", UINT32_MAX, &type, err))
		return false;
	e->type = (uint32_t)type;
	return rv_json_opt_hex(j, "digest", &e->known, e->digest,
			       rv_alg_size(alg), err);
}

/* A register is what its events give, and not known where one is not. */
static bool agree(const struct rv_boot_register *reg, struct rv_err *err)
{
	struct rv_mr mr = { .alg = reg->alg,
			    .n = (uint8_t)rv_alg_size(reg->alg) };

	for (size_t i = 0; i < reg->n; i++) {
		const struct rv_boot_event *e = &reg->event[i];

		if (!e->known && reg->known)
			return rv_fail(err, RV_INPUT,
				       "a value, though the event %s has no "
				       "digest",
				       e->label);
		if (e->known &&
		    !rv_mr_extend(&mr, rv_span(e->digest, mr.n), err))
			return false;
	}
	return !reg->known || memcmp(mr.b, reg->value, mr.n) == 0 ||
	       rv_fail(err, RV_INPUT, "value is not what its %zu events give",
		       reg->n);
}

static bool read_register(const rv_json *j, struct rv_boot_register *reg,
			  struct rv_err *err)
{
	static const char *const member[] = { "name", "alg", "value", "why",
					      "events" };
	struct rv_span alg;
	const rv_json *list;

	if (!rv_json_only(j, member, RV_LEN(member), err) ||
	    !rv_json_opt_chars(j, "name", reg->name, sizeof reg->name, err) ||
	    !rv_json_need_text(j, "alg", &alg, err))
		return false;
	if (!rv_same_text(alg, "sha256") && !rv_same_text(alg, "sha384"))
		return rv_fail(err, RV_INPUT, "alg: neither sha256 nor sha384");
	reg->alg = rv_same_text(alg, "sha256") ? RV_SHA256 : RV_SHA384;
	if (!rv_json_opt_hex(j, "value", &reg->known, reg->value,
			     rv_alg_size(reg->alg), err) ||
	    !rv_json_opt_chars(j, "why", reg->why, sizeof reg->why, err) ||
	    !rv_json_need_list(j, "events", RV_BOOT_EVENTS_MAX, &list, err))
		return rv_in(err, "%s", reg->name);
	for (; reg->n < rv_json_size(list); reg->n++)
		if (!read_event(rv_json_at(list, reg->n), reg->alg,
				&reg->event[reg->n], err))
			return rv_in(err, "%s: event %zu", reg->name, reg->n);
	return agree(reg, err) || rv_in(err, "%s", reg->name);
}

static bool read_registers(const rv_json *doc, struct rv_boot_values *v,
			   struct rv_err *err)
{
	const rv_json *list;

	if (!rv_json_need_list(doc, "registers", RV_BOOT_REGISTERS_MAX, &list,
			       err))
		return false;
	for (size_t i = 0; i < rv_json_size(list); i++) {
		struct rv_boot_register *reg = &v->reg[i];

		if (!read_register(rv_json_at(list, i), reg, err))
			return rv_in(err, "registers: %zu", i);
		if (!*reg->name || rv_boot_register(v, reg->name))
			return rv_fail(err, RV_INPUT,
				       "registers: %zu: no name, or \"%s\" "
				       "twice",
				       i, reg->name);
		v->registers++;
	}
	return true;
}

/* boot_pcr_digest is over PCR4, PCR7 and PCR12. */
static bool over(const struct rv_boot_values *v, struct rv_err *err)
{
	static const char *const names[] = { "pcr4", "pcr7", "pcr12" };
	struct rv_sha256 got;
	bool has;

	if (!v->has_boot_pcr_digest)
		return true;
	if (!rv_boot_digest(v, names, &has, &got, err))
		return false;
	if (!has)
		return rv_fail(err, RV_INPUT,
			       "boot_pcr_digest without pcr4, pcr7 or pcr12");
	return memcmp(got.b, v->boot_pcr_digest.b, sizeof got.b) == 0 ||
	       rv_fail(err, RV_INPUT,
		       "boot_pcr_digest is not that of its registers");
}

static bool read_head(const rv_json *j, struct rv_boot_values *v,
		      struct rv_err *err)
{
	struct rv_span s;
	size_t i = 0;

	if (!rv_json_need_text(j, "schema", &s, err))
		return false;
	if (!rv_same_text(s, schema))
		return rv_fail(err, RV_INPUT, "schema: not %s", schema);
	if (!rv_json_need_text(j, "platform", &s, err))
		return false;
	while (
	    i < RV_BOOT_PLATFORMS &&
	    !rv_same_text(s, rv_boot_platform_name((enum rv_boot_platform)i)))
		i++;
	if (i == RV_BOOT_PLATFORMS)
		return rv_fail(err, RV_INPUT, "platform: %.*s is not known",
			       (int)(s.n < 40 ? s.n : 40), (const char *)s.p);
	v->platform = (enum rv_boot_platform)i;
	return rv_json_opt_chars(j, "stub", v->stub, sizeof v->stub, err) &&
	       rv_json_opt_chars(j, "loader", v->loader, sizeof v->loader, err);
}

static bool read_all(const rv_json *j, struct rv_boot_values *v,
		     struct rv_err *err)
{
	static const char *const member[] = { "schema",	 "platform",
					      "stub",	 "loader",
					      "inputs",	 "registers",
					      "assumed", "boot_pcr_digest" };

	return rv_json_only(j, member, RV_LEN(member), err) &&
	       read_head(j, v, err) &&
	       rv_input_list_read(j, v->input, RV_INPUTS_MAX, &v->inputs,
				  err) &&
	       read_registers(j, v, err) &&
	       rv_json_opt_hex(j, "boot_pcr_digest", &v->has_boot_pcr_digest,
			       v->boot_pcr_digest.b,
			       sizeof v->boot_pcr_digest.b, err) &&
	       rv_texts_read(j, "assumed", v->assumed[0], sizeof v->assumed[0],
			     RV_BOOT_ASSUMED_MAX, &v->assumptions, err) &&
	       over(v, err);
}

bool rv_boot_read(struct rv_span json, struct rv_boot_values *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_free) struct rv_boot_values *v = calloc(1, sizeof *v);

	if (!v)
		return rv_no_memory(err, "boot");
	if (json.n > RV_BOOT_DOCUMENT_MAX)
		return rv_fail(err, RV_INPUT, "%s: longer than %d bytes",
			       schema, RV_BOOT_DOCUMENT_MAX);
	if (!rv_json_parse(json, "JSON", &j, err) || !read_all(j, v, err))
		return rv_in(err, "%s", schema);
	*out = *v;
	return true;
}

bool rv_boot_is_document(struct rv_span json)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err = { 0 };

	return json.n <= RV_BOOT_DOCUMENT_MAX &&
	       rv_json_parse(json, "JSON", &j, &err) &&
	       rv_same_text(rv_json_text(rv_json_get(j, "schema")), schema);
}
