/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.c - the app-compose.json that a tool makes of a
 * docker-compose.yaml, byte for byte.
 */
#include "compose.h"

/*
 * What each tool writes when it is told nothing. A null is left out unless it
 * is set; fields set that are not here go behind the last.
 */
static const struct {
	const char *style; /* NULL: all others */
	const char *fields;
	bool named; /* refuses to go without a name */
} templates[] = {
	{ "vmm-cli.py",
	  "{\"manifest_version\":2,\"name\":null,\"runner\":\"docker-compose\","
	  "\"docker_compose_file\":null,\"kms_enabled\":false,"
	  "\"gateway_enabled\":false,\"local_key_provider_enabled\":false,"
	  "\"key_provider_id\":\"\",\"public_logs\":false,"
	  "\"public_sysinfo\":false,\"allowed_envs\":[],"
	  "\"no_instance_id\":false,\"secure_time\":false,"
	  "\"key_provider\":null,\"pre_launch_script\":null,"
	  "\"swap_size\":null,\"event_log_version\":null}",
	  true },
	{ "vmm-cli.py_ascii",
	  "{\"manifest_version\":2,\"name\":null,\"runner\":\"docker-compose\","
	  "\"docker_compose_file\":null,\"kms_enabled\":false,"
	  "\"gateway_enabled\":false,\"local_key_provider_enabled\":false,"
	  "\"public_logs\":false,\"public_sysinfo\":false,"
	  "\"allowed_envs\":[],\"no_instance_id\":false,"
	  "\"pre_launch_script\":null}",
	  true },
	{ "dstack_cli",
	  "{\"manifest_version\":2,\"name\":null,\"runner\":\"docker-compose\","
	  "\"docker_compose_file\":null,\"kms_enabled\":false,"
	  "\"gateway_enabled\":false,\"local_key_provider_enabled\":false,"
	  "\"public_logs\":true,\"public_sysinfo\":true,"
	  "\"no_instance_id\":false,\"secure_time\":false,"
	  "\"pre_launch_script\":null}",
	  true },
	{ NULL,
	  "{\"manifest_version\":2,\"name\":null,\"runner\":\"docker-compose\","
	  "\"docker_compose_file\":null,\"pre_launch_script\":null}",
	  false },
};

/* Fields whose value is text: taken as it stands behind the '='. */
static const char *const texts[] = {
	"name",		"runner",	    "snapshotter",
	"key_provider", "key_provider_id",  "storage_fs",
	"bash_script",	"pre_launch_script"
};

static bool is_text_field(struct rv_span key)
{
	for (size_t i = 0; i < RV_LEN(texts); i++)
		if (rv_same_text(key, texts[i]))
			return true;
	return false;
}

static bool set_text(struct rv_jt *o, struct rv_arena *a, const char *key,
		     struct rv_span s, struct rv_err *err)
{
	const struct rv_jt *v;

	if (!rv_utf8_ok(s))
		return rv_fail(err, RV_INPUT, "%s: not UTF-8", key);
	if (!rv_jt_string(a, s, &v, err))
		return false;
	rv_jt_set(o, key, v);
	return true;
}

/* One --set key=value. Names go to the arena: members borrow them. */
static bool set_one(struct rv_jt *o, struct rv_arena *a, const char *arg,
		    struct rv_err *err)
{
	const char *eq = strchr(arg, '=');
	struct rv_span key = { 0 }, s;
	const struct rv_jt *v;
	char *name;

	if (!eq || eq == arg)
		return rv_fail(err, RV_USAGE, "--set %s: not key=value", arg);
	key = rv_span(arg, (size_t)(eq - arg));
	if (rv_same_text(key, "docker_compose_file"))
		return rv_fail(err, RV_USAGE,
			       "--set docker_compose_file: that is --from");
	name = rv_arena_alloc(a, key.n + 1, err);
	if (!name)
		return false;
	memcpy(name, key.p, key.n);
	s = rv_text(eq + 1);
	if (is_text_field(key))
		return set_text(o, a, name, s, err);
	if (!rv_jt_parse(s, a, &v, err)) {
		rv_err_in(err, "--set %s", name);
		err->code = err->code == RV_SYSTEM ? RV_SYSTEM : RV_USAGE;
		return false;
	}
	rv_jt_set(o, name, v);
	return true;
}

/* dstack CLI: the other runner came with manifest version "3". */
static bool late_defaults(struct rv_jt *o, struct rv_arena *a,
			  const char *style, const struct rv_jt *version,
			  struct rv_err *err)
{
	if (strcmp(style, "dstack_cli") != 0 ||
	    !rv_jt_is_text(rv_jt_get(o, "runner"), "nerdctl-compose") ||
	    rv_jt_get(o, "manifest_version") != version)
		return true;
	return set_text(o, a, "manifest_version", rv_text("3"), err);
}

/* Which of two is meant is not ours to say. */
static bool check_once(const struct rv_compose_build *b, size_t i,
		       struct rv_err *err)
{
	size_t n = strcspn(b->set[i], "=");

	if (b->pre_launch_script.p &&
	    strncmp(b->set[i], "pre_launch_script=", n + 1) == 0)
		return rv_fail(err, RV_USAGE,
			       "--set pre_launch_script beside"
			       " --pre-launch-script");
	for (size_t k = 0; k < i; k++)
		if (strncmp(b->set[k], b->set[i], n) == 0 &&
		    b->set[k][n] == '=')
			return rv_fail(err, RV_USAGE, "--set %.*s given twice",
				       (int)n, b->set[i]);
	return true;
}

static bool fill(struct rv_jt *o, struct rv_arena *a,
		 const struct rv_compose_build *b, struct rv_err *err)
{
	if (!set_text(o, a, "docker_compose_file", b->docker_compose_file, err))
		return false;
	if (b->pre_launch_script.p &&
	    !set_text(o, a, "pre_launch_script", b->pre_launch_script, err))
		return false;
	for (size_t i = 0; i < b->n_set; i++)
		if (!check_once(b, i, err) || !set_one(o, a, b->set[i], err))
			return false;
	return true;
}

/* Members that still are the template's own null were never set. */
static void drop_unset(struct rv_jt *o, const struct rv_jt *from)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		bool unset = i < from->n && o->m[i].value->type == RV_JT_NULL &&
			     o->m[i].value == from->m[i].value;

		if (!unset)
			o->m[n++] = o->m[i];
	}
	o->n = n;
}

bool rv_compose_build(const struct rv_compose_build *b, struct rv_buf *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_arena_free) struct rv_arena a = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct rv_compose_tool *tool = rv_compose_tool(b->style);
	const struct rv_jt *from;
	struct rv_jt *o;
	size_t t = 0;

	if (!tool)
		return rv_fail(err, RV_USAGE, "unknown style %s", b->style);
	while (templates[t].style && strcmp(templates[t].style, b->style) != 0)
		t++;
	if (!rv_jt_parse(rv_text(templates[t].fields), &a, &from, err) ||
	    !rv_jt_clone(&a, from, b->n_set + 2, &o, err) ||
	    !fill(o, &a, b, err) ||
	    !late_defaults(o, &a, b->style, from->m[0].value, err))
		return false;
	drop_unset(o, from);
	if (templates[t].named && !rv_jt_get(o, "name"))
		return rv_fail(err, RV_USAGE,
			       "%s does not go without --set name=NAME",
			       b->style);
	return rv_compose_tool_write(tool, o, &a, &g, err) &&
	       rv_grow_take(&g, out, err);
}
