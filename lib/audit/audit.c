/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.c - an app-compose.json or a docker-compose file: what was found, and
 * what follows from it.
 */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- app-compose ---- */

/*
 * Names that change what measured programs do: app-compose.sh reads the first
 * ones itself, the rest is read by docker, bash, the loader and libraries
 * (dstack: os/common/rootfs/app-compose.sh takes its environment from the
 * file of encrypted variables). A '*' ends a prefix or begins a suffix.
 */
static const char *const powerful[] = {
	"APP_COMPOSE_FILE",
	"COMPOSE_*",
	"DOCKER_*",
	"BUILDX_*",
	"BUILDKIT_*",
	"NERDCTL_*",
	"CONTAINERD_*",
	"PCCS_URL",
	"PATH",
	"LD_*",
	"BASH_ENV",
	"BASH_FUNC_*",
	"ENV",
	"SHELLOPTS",
	"BASHOPTS",
	"IFS",
	"PS4",
	"HOME",
	"XDG_*",
	"*_PROXY",
	"*_proxy",
	"SSL_CERT_*",
	"GODEBUG",
	"GCONV_PATH",
	"LOCPATH",
	"TMPDIR",
	"PROMPT_COMMAND",
};

static bool matches(struct rv_span name, const char *pattern)
{
	size_t n = strlen(pattern);
	struct rv_span tail;

	if (pattern[0] == '*')
		return rv_cut(&name, n - 1, &tail) &&
		       rv_same_text(tail, pattern + 1);
	if (pattern[n - 1] != '*')
		return rv_same_text(name, pattern);
	return rv_sub(name, 0, n - 1, &tail) &&
	       memcmp(tail.p, pattern, n - 1) == 0;
}

static bool allowed_envs(struct audit *x, const struct rv_jt *list)
{
	x->where = "allowed_envs";
	if (list && list->type != RV_JT_ARRAY && list->type != RV_JT_NULL)
		return rv_audit_say(x, "E_MANIFEST", rv_text("allowed_envs"), 0,
				    "not a list");
	for (size_t i = 0; list && i < list->n; i++) {
		const struct rv_jt *v = list->m[i].value;

		if (v->type != RV_JT_STRING) {
			if (!rv_audit_say(x, "E_MANIFEST",
					  rv_text("allowed_envs"), 0,
					  "not a list of names"))
				return false;
			continue;
		}
		for (size_t k = 0; k < RV_LEN(powerful); k++) {
			if (!matches(v->text, powerful[k]))
				continue;
			if (!rv_audit_say(x, "C_ALLOWED_ENV", v->text, 0,
					  "whoever sets it replaces what is"
					  " measured (%s)",
					  powerful[k]))
				return false;
			break;
		}
	}
	return !list || rv_audit_envs(x, list);
}

static bool prelaunch(struct audit *x, struct rv_span script)
{
	const struct rv_prelaunch *known;

	x->where = "pre_launch_script";
	if (!rv_prelaunch_find(script, &known, x->err))
		return false;
	if (known)
		return rv_audit_say(
		    x, "I_PRE_LAUNCH_SCRIPT", rv_text(known->version), 0,
		    "%s's published pre-launch script", known->name);
	return rv_audit_say(
		   x, "C_PRE_LAUNCH_SCRIPT", rv_text(""), 0,
		   "runs as root before the containers, and is none that"
		   " is known here: read it") &&
	       rv_audit_script(x, script);
}

static bool prelaunch_member(struct audit *x, const struct rv_jt *pre)
{
	if (!pre || pre->type == RV_JT_NULL)
		return true;
	if (pre->type == RV_JT_STRING)
		return !pre->text.n || prelaunch(x, pre->text);
	/* The guest sources what jq prints of it, quotes and brackets too. */
	x->where = "pre_launch_script";
	return rv_audit_say(x, "E_MANIFEST", rv_text("pre_launch_script"), 0,
			    "no text: cannot judge what a shell makes of it");
}

/* Scripts: measured, but for the auditor to read. */
static bool scripts(struct audit *x, const struct rv_jt *root)
{
	static const char *const keys[] = { "init_script", "bash_script" };

	if (!prelaunch_member(x, rv_jt_get(root, "pre_launch_script")))
		return false;
	for (size_t k = 0; k < RV_LEN(keys); k++) {
		const struct rv_jt *v = rv_jt_get(root, keys[k]);

		/* A guest runs an init script of no bytes, too. */
		if (!v || v->type == RV_JT_NULL ||
		    (k != 0 && v->type == RV_JT_STRING && !v->text.n) ||
		    (v->type == RV_JT_ARRAY && !v->n))
			continue;
		x->where = keys[k];
		if (!rv_audit_say(x, "C_SCRIPT", rv_text(keys[k]), 0,
				  "runs as root in the machine: read it"))
			return false;
		if (v->type == RV_JT_STRING && !rv_audit_script(x, v->text))
			return false;
		for (size_t i = 0; v->type == RV_JT_ARRAY && i < v->n; i++)
			if (v->m[i].value->type == RV_JT_STRING &&
			    !rv_audit_script(x, v->m[i].value->text))
				return false;
	}
	return true;
}

/* The members of every version of dstack up to 0.6 (AppCompose, and what its
 * guest's scripts read). */
static const char *const members[] = {
	"allowed_envs",	       "bash_script",
	"docker_compose_file", "docker_config",
	"event_log_version",   "features",
	"gateway_enabled",     "init_script",
	"key_provider",	       "key_provider_id",
	"kms_enabled",	       "local_key_provider_enabled",
	"manifest_version",    "name",
	"no_instance_id",      "port_policy",
	"pre_launch_script",   "public_logs",
	"public_sysinfo",      "public_tcbinfo",
	"requirements",	       "runner",
	"secure_time",	       "snapshotter",
	"storage_fs",	       "swap_size",
	"tproxy_enabled",      "verity_volumes",
};

/* Guests pass over what they do not know, and the next one may run it. */
static bool unknown_members(struct audit *x, const struct rv_jt *root)
{
	for (size_t i = 0; i < root->n; i++) {
		struct rv_span key = root->m[i].key;
		size_t k = 0;

		while (k < RV_LEN(members) && !rv_same_text(key, members[k]))
			k++;
		x->where = "manifest";
		if (k == RV_LEN(members) &&
		    !rv_audit_say(x, "C_UNKNOWN_MEMBER", key, 0,
				  "no dstack up to 0.6 reads it: a later one"
				  " may do as it says"))
			return false;
	}
	return true;
}

static bool app_compose(struct audit *x, const struct rv_jt *root)
{
	const struct rv_jt *runner = rv_jt_get(root, "runner");
	const struct rv_jt *file = rv_jt_get(root, "docker_compose_file");
	const struct rv_jt *script = rv_jt_get(root, "bash_script");
	bool compose = rv_jt_is_text(runner, "docker-compose") ||
		       rv_jt_is_text(runner, "nerdctl-compose");

	x->judged = true;
	if (!unknown_members(x, root) ||
	    !allowed_envs(x, rv_jt_get(root, "allowed_envs")) ||
	    !scripts(x, root))
		return false;
	x->where = "manifest";
	if (!compose && !rv_jt_is_text(runner, "bash"))
		return rv_audit_say(x, "E_MANIFEST", rv_text("runner"), 0,
				    "not docker-compose, nerdctl-compose or"
				    " bash: cannot judge what runs");
	if (!compose && (!script || script->type != RV_JT_STRING))
		return rv_audit_say(
		    x, "E_MANIFEST", rv_text("bash_script"), 0,
		    "missing or no text: cannot judge what runs");
	if (!compose)
		return true;
	if (!file || file->type != RV_JT_STRING)
		return rv_audit_say(
		    x, "E_MANIFEST", rv_text("docker_compose_file"), 0,
		    "missing or no text: cannot judge what runs");
	x->where = "docker_compose_file";
	return rv_audit_compose_file(x, file->text);
}

/* ---- all of it ---- */

bool rv_finding_unjudged(const struct rv_finding *f)
{
	return f->code[0] == 'E' || strcmp(f->code, "C_UNKNOWN_KEY") == 0;
}

/* No list of images is better than one of a file that runs otherwise. */
const struct rv_finding *rv_audit_unjudged(const struct rv_audit *a)
{
	for (size_t i = 0; i < a->findings; i++)
		if (rv_finding_unjudged(&a->finding[i]))
			return &a->finding[i];
	return NULL;
}

/*
 * A file that compose refuses runs nothing, or what a later compose makes of
 * it: alone that is no answer. What was found beside it may be one.
 */
static enum rv_code verdict(const struct rv_audit *a)
{
	bool found = false;

	for (size_t i = 0; i < a->findings; i++) {
		if (a->finding[i].code[0] == 'E')
			return RV_INPUT;
		found = found || (a->finding[i].code[0] == 'C' &&
				  !rv_finding_unjudged(&a->finding[i]));
	}
	if (found)
		return RV_NO;
	return rv_audit_unjudged(a) ? RV_INPUT : RV_OK;
}

static bool keep(struct rv_arena *a, struct rv_grow *g, size_t size, void **out,
		 size_t *n, struct rv_err *err)
{
	struct rv_span s;

	if (g->failed)
		return rv_no_memory(err, "audit");
	if (!rv_arena_copy(a, rv_buf_span(&g->buf), &s, err))
		return false;
	*out = (void *)(uintptr_t)s.p;
	*n = s.n / size;
	return true;
}

static void audit_free(struct audit *x)
{
	rv_grow_free(&x->finding);
	rv_grow_free(&x->image);
	rv_grow_free(&x->indirect);
	rv_grow_free(&x->var);
}

/*
 * An object with a runner, or whose member names the compose file, is an
 * app-compose; any other text is taken for YAML, of which JSON is a part.
 */
static bool is_manifest(const struct rv_jt *root)
{
	return root->type == RV_JT_OBJECT &&
	       (rv_jt_get(root, "docker_compose_file") ||
		rv_jt_get(root, "manifest_version") ||
		(rv_jt_get(root, "runner") && !rv_jt_get(root, "services")));
}

/*
 * Whether @text, which is no JSON, was to be a manifest. Compose passes over a
 * byte order mark, and guests do not.
 */
static bool gone_wrong(struct audit *x, struct rv_span text, struct rv_err *e)
{
	const struct rv_jt *root = NULL;
	struct rv_err inner = { 0 };

	if (!rv_audit_starts(text, "\xef\xbb\xbf"))
		return text.n && text.p[0] == '{';
	text = rv_span(text.p + 3, text.n - 3);
	if (rv_jt_parse(text, x->a, &root, &inner))
		return is_manifest(root);
	if (inner.code == RV_SYSTEM)
		*e = inner;
	return inner.code == RV_SYSTEM || (text.n && text.p[0] == '{');
}

static bool run(struct audit *x, struct rv_span in, bool *manifest)
{
	const struct rv_jt *root = NULL;
	struct rv_err e = { 0 };
	struct rv_span text;

	if (in.n > RV_COMPOSE_MAX)
		return rv_fail(x->err, RV_INPUT, "longer than %d bytes",
			       RV_COMPOSE_MAX);
	if (!rv_arena_copy(x->a, in, &text, x->err))
		return false;
	*manifest = rv_jt_parse(text, x->a, &root, &e) && is_manifest(root);
	if (*manifest)
		return app_compose(x, root);
	/* What begins as JSON and is none: a manifest gone wrong. */
	if (e.code == RV_SYSTEM || (!root && gone_wrong(x, text, &e))) {
		*x->err = e;
		return false;
	}
	x->where = "compose";
	return rv_audit_compose_file(x, text);
}

bool rv_audit_read(struct rv_span in, struct rv_audit *out, struct rv_err *err)
{
	struct rv_arena *a = calloc(1, sizeof *a);
	RV_AUTO(audit_free) struct audit x = { .a = a, .err = err };
	RV_AUTO(rv_audit_free) struct rv_audit got = { .memory = a };
	void *p[4] = { NULL };

	if (!a)
		return rv_no_memory(err, "audit");
	if (!run(&x, in, &got.app_compose) ||
	    !keep(a, &x.finding, sizeof *got.finding, &p[0], &got.findings,
		  err) ||
	    !keep(a, &x.image, sizeof *got.image, &p[1], &got.images, err) ||
	    !keep(a, &x.indirect, sizeof *got.indirect, &p[2], &got.indirects,
		  err) ||
	    !keep(a, &x.var, sizeof *got.var, &p[3], &got.vars, err))
		return false;
	got.finding = p[0];
	got.image = p[1];
	got.indirect = p[2];
	got.var = p[3];
	got.verdict = verdict(&got);
	if (rv_audit_unjudged(&got))
		got.images = got.indirects = 0;
	*out = RV_TAKE(got);
	return true;
}

void rv_audit_free(struct rv_audit *a)
{
	if (a->memory)
		rv_arena_free(a->memory);
	free(a->memory);
	*a = (struct rv_audit){ 0 };
}
