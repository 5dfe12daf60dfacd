/* SPDX-License-Identifier: Apache-2.0 */
/*
 * style.c - the tools that write an app-compose.json, and what each
 * of them does to the content first (docs/FORMATS.md, "Serialisations").
 */
#include "compose.h"

/* What happens to the top-level object before it is written. */
enum change {
	CHANGE_NONE = 0,
	CHANGE_JS_NORMAL,     /* drop by runner; drop a falsy script */
	CHANGE_PHALA_NORMAL,  /* the same, but knows one runner less */
	CHANGE_PYTHON,	      /* what its class keeps of a dictionary */
	CHANGE_PYTHON_NORMAL, /* and normalised */
	CHANGE_GO,	      /* what its struct keeps */
	CHANGE_GO_NORMAL,
	CHANGE_RTMR3, /* "docker_config": {} */
};

struct rv_compose_tool {
	struct rv_compose_style style;
	enum change change;
	struct json_form form;
};

#define SORTED(o, e, n)                                                        \
	{                                                                      \
		.order = (o), .escape = (e), .numbers = (n)                    \
	}

/*
 * The first nine are those of the vectors, by their names there; the rest is
 * what the usual libraries do without being asked for anything special.
 */
static const struct rv_compose_tool tools[] = {
	{ { "js_sdk", "JavaScript SDK, getComposeHash" },
	  CHANGE_NONE,
	  SORTED(ORDER_JS, ESCAPE_UTF8, NUMBERS_JS) },
	{ { "js_sdk_normalize", "JavaScript SDK, getComposeHash normalised" },
	  CHANGE_JS_NORMAL,
	  SORTED(ORDER_JS, ESCAPE_UTF8, NUMBERS_JS) },
	{ { "python_sdk", "Python SDK, get_compose_hash" },
	  CHANGE_PYTHON,
	  SORTED(ORDER_BYTES, ESCAPE_UTF8, NUMBERS_PYTHON) },
	{ { "python_sdk_normalize", "Python SDK, get_compose_hash normalised" },
	  CHANGE_PYTHON_NORMAL,
	  SORTED(ORDER_BYTES, ESCAPE_UTF8, NUMBERS_PYTHON) },
	{ { "go_sdk_before_fix", "Go SDK, GetComposeHash up to 2026-08" },
	  CHANGE_GO,
	  SORTED(ORDER_BYTES, ESCAPE_GO, NUMBERS_GO) },
	{ { "go_sdk_before_fix_normalize",
	    "Go SDK, GetComposeHash up to 2026-08, normalised" },
	  CHANGE_GO_NORMAL,
	  SORTED(ORDER_BYTES, ESCAPE_GO, NUMBERS_GO) },
	{ { "vmm-cli.py", "vmm-cli.py compose: what is deployed" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN, .numbers = NUMBERS_PYTHON, .indent = 4 } },
	{ { "vmm-cli.py_ascii", "vmm-cli.py compose before 2025-05" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN,
	    .escape = ESCAPE_ASCII,
	    .numbers = NUMBERS_PYTHON,
	    .indent = 4 } },
	{ { "dstack_cli", "dstack CLI, serde_json pretty" },
	  CHANGE_NONE,
	  { .order = ORDER_BYTES, .numbers = NUMBERS_RUST, .indent = 2 } },
	{ { "tutorial_verify.py", "the tutorial's verify.py" },
	  CHANGE_NONE,
	  SORTED(ORDER_BYTES, ESCAPE_ASCII, NUMBERS_PYTHON) },
	{ { "phala_cloud_js", "phala-cloud get_compose_hash, nothing dropped" },
	  CHANGE_NONE,
	  { .order = ORDER_JS,
	    .numbers = NUMBERS_JS,
	    .indent = 4,
	    .colon_rewrite = true } },
	{ { "phala_cloud_js_normalize", "phala-cloud get_compose_hash" },
	  CHANGE_PHALA_NORMAL,
	  { .order = ORDER_JS,
	    .numbers = NUMBERS_JS,
	    .indent = 4,
	    .colon_rewrite = true } },
	{ { "rtmr3-calculator", "rtmr3-calculator" },
	  CHANGE_RTMR3,
	  { .order = ORDER_GIVEN,
	    .escape = ESCAPE_ASCII,
	    .numbers = NUMBERS_PYTHON } },
	{ { "compact", "as given, no blanks" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN } },
	{ { "compact_ascii", "as given, no blanks, \\u escapes" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN, .escape = ESCAPE_ASCII } },
	{ { "js_stringify", "JSON.stringify(x)" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN_JS, .numbers = NUMBERS_JS } },
	{ { "js_stringify_2", "JSON.stringify(x, null, 2)" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN_JS, .numbers = NUMBERS_JS, .indent = 2 } },
	{ { "js_stringify_4", "JSON.stringify(x, null, 4)" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN_JS, .numbers = NUMBERS_JS, .indent = 4 } },
	{ { "js_stringify_tab", "JSON.stringify(x, null, \"\\t\")" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN_JS, .numbers = NUMBERS_JS, .indent = -1 } },
	{ { "python_dumps", "json.dumps(x)" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN,
	    .escape = ESCAPE_ASCII,
	    .numbers = NUMBERS_PYTHON,
	    .blanks = true } },
	{ { "python_dumps_sorted", "json.dumps(x, sort_keys=True)" },
	  CHANGE_NONE,
	  { .order = ORDER_BYTES,
	    .escape = ESCAPE_ASCII,
	    .numbers = NUMBERS_PYTHON,
	    .blanks = true } },
	{ { "python_dumps_2", "json.dumps(x, indent=2)" },
	  CHANGE_NONE,
	  { .order = ORDER_GIVEN,
	    .escape = ESCAPE_ASCII,
	    .numbers = NUMBERS_PYTHON,
	    .indent = 2 } },
	{ { "python_dumps_2_sorted",
	    "json.dumps(x, indent=2, sort_keys=True)" },
	  CHANGE_NONE,
	  { .order = ORDER_BYTES,
	    .escape = ESCAPE_ASCII,
	    .numbers = NUMBERS_PYTHON,
	    .indent = 2 } },
	{ { "python_dumps_4_sorted",
	    "json.dumps(x, indent=4, sort_keys=True)" },
	  CHANGE_NONE,
	  { .order = ORDER_BYTES,
	    .escape = ESCAPE_ASCII,
	    .numbers = NUMBERS_PYTHON,
	    .indent = 4 } },
	{ { "go_marshal", "Go json.Marshal of a map" },
	  CHANGE_NONE,
	  SORTED(ORDER_BYTES, ESCAPE_GO, NUMBERS_GO) },
	{ { "go_marshal_indent", "Go json.MarshalIndent of a map, 2 blanks" },
	  CHANGE_NONE,
	  { .order = ORDER_BYTES,
	    .escape = ESCAPE_GO,
	    .numbers = NUMBERS_GO,
	    .indent = 2 } },
	{ { "sorted_indent4", "sorted, 4 blanks, UTF-8" },
	  CHANGE_NONE,
	  { .order = ORDER_BYTES, .indent = 4 } },
	{ { "jcs", "RFC 8785" },
	  CHANGE_NONE,
	  SORTED(ORDER_UTF16, ESCAPE_UTF8, NUMBERS_JS) },
};

const struct rv_compose_style *rv_compose_style(size_t i)
{
	return i < RV_LEN(tools) ? &tools[i].style : NULL;
}

const struct rv_compose_tool *rv_compose_tool(const char *style)
{
	for (size_t i = 0; i < RV_LEN(tools); i++)
		if (strcmp(tools[i].style.name, style) == 0)
			return &tools[i];
	return NULL;
}

/* ---- normalising ---- */

/* What JavaScript and Python take for false; they differ on [] and {}. */
static bool falsy(const struct rv_jt *v, bool python)
{
	switch (v->type) {
	case RV_JT_NULL:
	case RV_JT_FALSE:
		return true;
	case RV_JT_STRING:
		return v->text.n == 0;
	case RV_JT_NUMBER:
		for (size_t i = 0; i < v->text.n; i++) {
			uint8_t c = v->text.p[i];

			if (c >= '1' && c <= '9')
				return false;
			if (c == 'e' || c == 'E')
				break;
		}
		return true;
	default:
		return python && v->n == 0;
	}
}

static void drop_by_runner(struct rv_jt *o, bool nerdctl)
{
	const struct rv_jt *runner = rv_jt_get(o, "runner");

	if (rv_jt_is_text(runner, "bash"))
		rv_jt_drop(o, "docker_compose_file");
	else if (rv_jt_is_text(runner, "docker-compose") ||
		 (nerdctl && rv_jt_is_text(runner, "nerdctl-compose")))
		rv_jt_drop(o, "bash_script");
}

static void normalise(struct rv_jt *o, bool python, bool nerdctl)
{
	const struct rv_jt *script = rv_jt_get(o, "pre_launch_script");

	drop_by_runner(o, nerdctl);
	if (script && falsy(script, python))
		rv_jt_drop(o, "pre_launch_script");
}

/* ---- the Python SDK ---- */

static const char *const docker_config[] = { "registry", "username",
					     "token_key", NULL };
static const char *const requirements[] = { "os_version", "platforms",
					    "tdx_measure_acpi_tables",
					    "launch_token_hash", NULL };

static bool listed(struct rv_span key, const char *const *names)
{
	for (; *names; names++)
		if (rv_same_text(key, *names))
			return true;
	return false;
}

/* A class with fixed arguments: unknown ones raise, None is left out. */
static bool python_class(struct rv_jt *o, const char *key,
			 const char *const *names, struct rv_arena *a,
			 struct rv_err *err)
{
	const struct rv_jt *v = rv_jt_get(o, key);
	struct rv_jt *c;

	if (!v)
		return true;
	if (v->type != RV_JT_OBJECT)
		return rv_fail(err, RV_INPUT,
			       "the Python SDK raises on this %s", key);
	if (!rv_jt_clone(a, v, 0, &c, err))
		return false;
	c->n = 0;
	for (size_t i = 0; i < v->n; i++) {
		if (!listed(v->m[i].key, names))
			return rv_fail(err, RV_INPUT,
				       "the Python SDK raises on an unknown"
				       " member of %s",
				       key);
		if (v->m[i].value->type != RV_JT_NULL)
			c->m[c->n++] = v->m[i];
	}
	rv_jt_set(o, key, c);
	return true;
}

/*
 * AppCompose.from_dict and to_dict: attributes that are None, or whose name
 * begins with an underscore, are not seen again. A number beyond all doubles
 * is infinity, which becomes None.
 */
static bool python_object(struct rv_jt *o, struct rv_arena *a,
			  struct rv_err *err)
{
	size_t n = 0;

	if (!rv_jt_get(o, "runner") ||
	    rv_jt_get(o, "runner")->type != RV_JT_STRING)
		return rv_fail(err, RV_INPUT,
			       "the Python SDK needs a runner that is text");
	if (!python_class(o, "docker_config", docker_config, a, err) ||
	    !python_class(o, "requirements", requirements, a, err))
		return false;
	for (size_t i = 0; i < o->n; i++) {
		const struct rv_jt *v = o->m[i].value;
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_span first;

		if (rv_sub(o->m[i].key, 0, 1, &first) &&
		    rv_same_text(first, "_"))
			continue;
		if (v->type == RV_JT_NUMBER &&
		    !rv_jt_number(v->text, NUMBERS_PYTHON, &g, err))
			return false;
		if (v->type == RV_JT_NULL ||
		    rv_same_text(rv_buf_span(&g.buf), "null"))
			continue;
		o->m[n++] = o->m[i];
	}
	o->n = n;
	return true;
}

/* ---- the Go SDK ---- */

enum go_type {
	GO_ANY,
	GO_TEXT,
	GO_TEXT_KEPT,
	GO_TEXTS,
	GO_TEXTS_KEPT,
	GO_BOOL,
	GO_STRUCT
};

struct go_field {
	const char *name;
	enum go_type type;
	const struct go_field *of; /* GO_STRUCT */
};

static const struct go_field go_docker[] = { { "registry", GO_TEXT, NULL },
					     { "username", GO_TEXT, NULL },
					     { "token_key", GO_TEXT, NULL },
					     { NULL, GO_ANY, NULL } };
static const struct go_field go_needs[] = {
	{ "os_version", GO_TEXT, NULL },
	{ "platforms", GO_TEXTS_KEPT, NULL },
	{ "tdx_measure_acpi_tables", GO_BOOL, NULL },
	{ "launch_token_hash", GO_TEXT, NULL },
	{ NULL, GO_ANY, NULL }
};
static const struct go_field go_compose[] = {
	{ "manifest_version", GO_ANY, NULL },
	{ "name", GO_TEXT, NULL },
	{ "features", GO_TEXTS, NULL },
	{ "runner", GO_TEXT_KEPT, NULL },
	{ "snapshotter", GO_TEXT, NULL },
	{ "docker_compose_file", GO_TEXT, NULL },
	{ "docker_config", GO_STRUCT, go_docker },
	{ "public_logs", GO_BOOL, NULL },
	{ "public_sysinfo", GO_BOOL, NULL },
	{ "public_tcbinfo", GO_BOOL, NULL },
	{ "kms_enabled", GO_BOOL, NULL },
	{ "gateway_enabled", GO_BOOL, NULL },
	{ "tproxy_enabled", GO_BOOL, NULL },
	{ "local_key_provider_enabled", GO_BOOL, NULL },
	{ "key_provider", GO_TEXT, NULL },
	{ "key_provider_id", GO_TEXT, NULL },
	{ "allowed_envs", GO_TEXTS, NULL },
	{ "no_instance_id", GO_BOOL, NULL },
	{ "secure_time", GO_BOOL, NULL },
	{ "requirements", GO_STRUCT, go_needs },
	{ "bash_script", GO_TEXT, NULL },
	{ "pre_launch_script", GO_TEXT, NULL },
	{ NULL, GO_ANY, NULL }
};

static bool go_refuses(const char *name, struct rv_err *err)
{
	return rv_fail(err, RV_INPUT, "the Go SDK cannot hold this %s", name);
}

/* A nil list or an empty one is left out; null in a list is "". */
static bool go_texts(const struct go_field *f, const struct rv_jt *v,
		     struct rv_arena *a, const struct rv_jt **out,
		     struct rv_err *err)
{
	static const struct rv_jt nothing = {
		.type = RV_JT_STRING, .text = { (const uint8_t *)"", 0 }
	};
	struct rv_jt *c;

	if (v->type != RV_JT_ARRAY)
		return go_refuses(f->name, err);
	if (!rv_jt_clone(a, v, 0, &c, err))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		if (c->m[i].value->type == RV_JT_NULL)
			c->m[i].value = &nothing;
		else if (c->m[i].value->type != RV_JT_STRING)
			return go_refuses(f->name, err);
	}
	*out = c->n || f->type == GO_TEXTS_KEPT ? c : NULL;
	return true;
}

static bool go_object(const struct rv_jt *o, const struct go_field *fields,
		      struct rv_arena *a, const struct rv_jt **out,
		      struct rv_err *err);

/* What one field gives, or *out = NULL when it is left out. */
static bool go_field(const struct go_field *f, const struct rv_jt *v,
		     struct rv_arena *a, const struct rv_jt **out,
		     struct rv_err *err)
{
	*out = NULL;
	if (f->type == GO_TEXT_KEPT && (!v || v->type == RV_JT_NULL))
		return rv_jt_string(a, rv_text(""), out, err);
	if (!v || v->type == RV_JT_NULL)
		return true;
	if (f->type == GO_TEXTS || f->type == GO_TEXTS_KEPT)
		return go_texts(f, v, a, out, err);
	if (f->type == GO_STRUCT)
		return v->type == RV_JT_OBJECT
			   ? go_object(v, f->of, a, out, err)
			   : go_refuses(f->name, err);
	if ((f->type == GO_TEXT || f->type == GO_TEXT_KEPT) &&
	    v->type != RV_JT_STRING)
		return go_refuses(f->name, err);
	if (f->type == GO_BOOL && v->type != RV_JT_TRUE &&
	    v->type != RV_JT_FALSE)
		return go_refuses(f->name, err);
	if (f->type != GO_TEXT || v->text.n)
		*out = v;
	return true;
}

static bool go_object(const struct rv_jt *o, const struct go_field *fields,
		      struct rv_arena *a, const struct rv_jt **out,
		      struct rv_err *err)
{
	static const struct rv_jt empty = { .type = RV_JT_OBJECT };
	struct rv_jt *c;

	if (!rv_jt_clone(a, &empty, RV_LEN(go_compose), &c, err))
		return false;
	for (; fields->name; fields++) {
		const struct rv_jt *v = NULL;

		if (!go_field(fields, rv_jt_get(o, fields->name), a, &v, err))
			return false;
		if (v)
			rv_jt_set(c, fields->name, v);
	}
	*out = c;
	return true;
}

/* ---- all together ---- */

static bool change(enum change how, struct rv_jt *o, struct rv_arena *a,
		   const struct rv_jt **out, struct rv_err *err)
{
	static const struct rv_jt empty = { .type = RV_JT_OBJECT };

	*out = o;
	switch (how) {
	case CHANGE_JS_NORMAL:
	case CHANGE_PHALA_NORMAL:
		normalise(o, false, how == CHANGE_JS_NORMAL);
		return true;
	case CHANGE_PYTHON_NORMAL:
		if (!python_object(o, a, err))
			return false;
		normalise(o, true, true);
		return true;
	case CHANGE_PYTHON:
		return python_object(o, a, err);
	case CHANGE_GO_NORMAL:
		drop_by_runner(o, true);
		return go_object(o, go_compose, a, out, err);
	case CHANGE_GO:
		return go_object(o, go_compose, a, out, err);
	case CHANGE_RTMR3:
		rv_jt_set(o, "docker_config", &empty);
		return true;
	default:
		return true;
	}
}

bool rv_compose_tool_write(const struct rv_compose_tool *t,
			   const struct rv_jt *object, struct rv_arena *a,
			   struct rv_grow *to, struct rv_err *err)
{
	const struct rv_jt *changed;
	struct rv_jt *copy;

	return rv_jt_clone(a, object, 1, &copy, err) &&
	       change(t->change, copy, a, &changed, err) &&
	       rv_jt_write(changed, &t->form, to, err);
}

bool rv_compose_write(const struct rv_compose *c, const char *style,
		      struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_arena_free) struct rv_arena a = { 0 };
	const struct rv_compose_tool *t = rv_compose_tool(style);

	if (!t)
		return rv_fail(err, RV_USAGE, "unknown style %s", style);
	return rv_compose_tool_write(t, c->root, &a, &g, err) &&
	       rv_grow_take(&g, out, err);
}
