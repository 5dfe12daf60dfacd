/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - one service: what it runs and how far it reaches out. */
#include "audit.h"

/* Every text in a value that may be one text or a list of them. */
typedef bool (*each_fn)(struct audit *x, struct rv_span text, size_t line);

static bool each(struct audit *x, const struct yn *v, each_fn fn)
{
	if (!v)
		return true;
	if (v->type == YN_SCALAR)
		return rv_yn_is_null(v) || fn(x, v->text, v->line);
	for (size_t i = 0; i < v->n; i++) {
		const struct yn *e = v->m[i].value;

		if (e->type == YN_SCALAR && !fn(x, e->text, e->line))
			return false;
	}
	return true;
}

static bool one(struct audit *x, const char *code, struct rv_span detail,
		size_t line, const char *says)
{
	return rv_audit_say(x, code, detail, line, "%s", says);
}

/* ---- volumes ---- */

static bool ends(struct rv_span s, const char *with)
{
	struct rv_span tail;

	return rv_cut(&s, strlen(with), &tail) && rv_same_text(tail, with);
}

/* A path of the machine that the container gets to see. */
static bool host_path(struct audit *x, struct rv_span path, size_t line)
{
	if (ends(path, "/docker.sock") || ends(path, "/containerd.sock"))
		return one(x, "C_DOCKER_SOCK", path, line,
			   "the container can start any other image");
	if (ends(path, "/dstack.sock") || ends(path, "/tappd.sock"))
		return one(x, "I_DSTACK_SOCK", path, line,
			   "the container can ask for quotes and keys");
	return one(x, "C_BIND_HOST", path, line,
		   "a path of the machine: its content is not measured with"
		   " this file");
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * compose-go, format/volume.go: what is a path and what a volume's name. A
 * single letter before a colon is a drive, on every system.
 */
static bool is_path(struct rv_span s)
{
	return s.n && (s.p[0] == '.' || s.p[0] == '/' || s.p[0] == '~' ||
		       s.p[0] == '\\' || rv_audit_has_var(s) ||
		       (s.n > 1 && is_letter(s.p[0]) && s.p[1] == ':'));
}

/*
 * The fields of a short volume, split at colons that neither stand inside of
 * ${...} nor behind a drive's letter. *n is 0 when compose refuses it.
 */
static struct rv_span short_volume(struct rv_span s, size_t *n)
{
	struct rv_span first = { 0 };
	size_t depth = 0, from = 0;

	*n = 0;
	for (size_t i = 0; i <= s.n; i++) {
		bool end = i == s.n;

		if (!end && s.p[i] == '{' && i && s.p[i - 1] == '$')
			depth++;
		if (!end && s.p[i] == '}' && depth)
			depth--;
		if (!end && (s.p[i] != ':' || depth ||
			     (i - from == 1 && is_letter(s.p[from]))))
			continue;
		if (i == from || *n == 3) {
			*n = 0;
			return s;
		}
		if ((*n)++ == 0)
			first = rv_span(s.p, i);
		from = i + 1;
	}
	return first;
}

static bool refused(struct audit *x, size_t line)
{
	return rv_audit_say(x, "E_YAML", rv_text(""), line,
			    "no volume that compose takes: cannot judge");
}

static bool volume(struct audit *x, const struct yn *v, size_t line)
{
	struct rv_span type, source = rv_yn_text(rv_yn_get(v, "source"));
	size_t n;

	if (v->type == YN_SCALAR) {
		source = short_volume(v->text, &n);
		if (!n)
			return refused(x, line);
		return n == 1 || !is_path(source) || host_path(x, source, line);
	}
	type = rv_yn_text(rv_yn_get(v, "type"));
	if (!type.p)
		return refused(x, line);
	if (rv_same_text(type, "image"))
		return rv_audit_image(
		    x, "volume", source.p ? source : rv_text(""), line, false);
	if (rv_same_text(type, "bind") || rv_same_text(type, "npipe") ||
	    rv_audit_has_var(type))
		return host_path(x, source.p ? source : rv_text("?"), line);
	return true;
}

static bool volumes(struct audit *x, const struct yn *list)
{
	for (size_t i = 0; list && list->type == YN_LIST && i < list->n; i++)
		if (!volume(x, list->m[i].value, list->m[i].value->line))
			return false;
	return true;
}

/* ---- environment ---- */

static bool environment(struct audit *x, const struct yn *v)
{
	for (size_t i = 0; v && i < v->n; i++) {
		const struct yn *e = v->m[i].value;
		struct rv_span name;

		if (v->type == YN_MAP) {
			if (!rv_yn_is_null(e))
				continue;
			name = v->m[i].key;
		} else {
			name = rv_yn_text(e);
			if (!name.p || memchr(name.p, '=', name.n))
				continue;
		}
		if (!one(x, "C_ENV_PASSTHROUGH", name, v->m[i].line,
			 "taken from the environment: not measured"))
			return false;
	}
	return true;
}

static bool env_path(struct audit *x, struct rv_span path, size_t line)
{
	return one(x, "C_ENV_FILE", path, line,
		   "a file that is not measured with this one");
}

static bool env_files(struct audit *x, const struct yn *v)
{
	if (!each(x, v, env_path))
		return false;
	for (size_t i = 0; v && v->type == YN_LIST && i < v->n; i++) {
		const struct yn *path = rv_yn_get(v->m[i].value, "path");

		if (rv_yn_text(path).p && !env_path(x, path->text, path->line))
			return false;
	}
	return true;
}

static bool label_file(struct audit *x, struct rv_span path, size_t line)
{
	return one(x, "C_LABEL_FILE", path, line,
		   "a file that is not measured with this one");
}

/* ---- reaching out ---- */

static bool cap(struct audit *x, struct rv_span name, size_t line)
{
	return one(x, "C_CAP", name, line, "a capability more than usual");
}

static bool device(struct audit *x, struct rv_span path, size_t line)
{
	return one(x, "C_DEVICE", path, line, "a device of the machine");
}

static bool devices(struct audit *x, const struct yn *s)
{
	static const char *const keys[] = { "devices", "device_cgroup_rules",
					    "gpus" };
	const struct yn *reserved =
	    rv_yn_get(rv_yn_get(rv_yn_get(rv_yn_get(s, "deploy"), "resources"),
				"reservations"),
		      "devices");

	for (size_t k = 0; k < RV_LEN(keys); k++) {
		const struct yn *v = rv_yn_get(s, keys[k]);

		if (!each(x, v, device))
			return false;
		for (size_t i = 0; v && v->type == YN_LIST && i < v->n; i++) {
			const struct yn *e = v->m[i].value;
			struct rv_span src = rv_yn_text(rv_yn_get(e, "source"));

			if (e->type == YN_MAP &&
			    !device(x, src.p ? src : rv_text(keys[k]), e->line))
				return false;
		}
	}
	if (reserved && reserved->n)
		return device(x, rv_text("deploy"), reserved->line);
	return true;
}

static bool namespaces(struct audit *x, const struct yn *s)
{
	static const char *const keys[] = { "network_mode", "pid",
					    "ipc",	    "uts",
					    "cgroup",	    "userns_mode" };

	for (size_t k = 0; k < RV_LEN(keys); k++) {
		const struct yn *v = rv_yn_get(s, keys[k]);
		struct rv_span t = rv_yn_text(v);

		if (!rv_same_text(t, "host") && !rv_audit_has_var(t))
			continue;
		if (!one(x, "C_HOST_NS", rv_text(keys[k]), v->line,
			 "shares it with the machine"))
			return false;
	}
	return true;
}

static bool security(struct audit *x, struct rv_span opt, size_t line)
{
	if (!ends(opt, "unconfined") && !ends(opt, "disable") &&
	    !rv_audit_has_var(opt))
		return true;
	return one(x, "C_SECURITY_OPT", opt, line,
		   "takes a protection of the container away");
}

static bool volumes_from(struct audit *x, struct rv_span name, size_t line)
{
	if (!rv_audit_starts(name, "container:") && !rv_audit_has_var(name))
		return true;
	return one(x, "C_VOLUMES_FROM", name, line,
		   "of a container that is not in this file");
}

/* ---- what runs ---- */

static bool pulls_always(struct rv_span policy)
{
	return rv_same_text(policy, "always") ||
	       rv_same_text(policy, "daily") ||
	       rv_same_text(policy, "weekly") ||
	       rv_audit_starts(policy, "every_") || rv_audit_has_var(policy);
}

static bool pull_policy(struct audit *x, const struct yn *s)
{
	const struct yn *pull = rv_yn_get(s, "pull_policy");

	return !pulls_always(rv_yn_text(pull)) ||
	       one(x, "C_PULL_ALWAYS", x->service, pull->line,
		   "looks for another image at every start");
}

static bool what_runs(struct audit *x, const struct yn *s)
{
	const struct yn *image = rv_yn_get(s, "image");
	const struct yn_member *build = rv_yn_find(s, "build");
	const struct yn *provider = rv_yn_get(s, "provider");
	bool built = build && !rv_yn_is_null(build->value);

	if (image && !rv_yn_is_text(image))
		return rv_audit_say(
		    x, "E_YAML", rv_text("image"), image->line,
		    "no text: compose refuses it, others may not:"
		    " cannot judge");
	if (image &&
	    !rv_audit_image(x, "image", image->text, image->line, built))
		return false;
	if (built && !rv_audit_build(x, build->value, build->line))
		return false;
	if (!pull_policy(x, s))
		return false;
	if (provider && !rv_yn_is_null(provider)) {
		struct rv_span type = rv_yn_text(rv_yn_get(provider, "type"));

		return one(x, "C_PROVIDER", type.p ? type : rv_text(""),
			   provider->line,
			   "a program of the machine runs the service");
	}
	return true;
}

static bool rights(struct audit *x, const struct yn *s)
{
	const struct yn *sock = rv_yn_get(s, "use_api_socket");
	const struct yn *parent = rv_yn_get(s, "cgroup_parent");

	if (rv_audit_maybe_true(sock) &&
	    !one(x, "C_DOCKER_SOCK", x->service, sock->line,
		 "the container can start any other image"))
		return false;
	if (rv_yn_text(parent).p && !rv_yn_is_null(parent) &&
	    !one(x, "C_CGROUP_PARENT", parent->text, parent->line,
		 "joins a group of the machine"))
		return false;
	return each(x, rv_yn_get(s, "cap_add"), cap) && devices(x, s) &&
	       namespaces(x, s) &&
	       each(x, rv_yn_get(s, "security_opt"), security) &&
	       each(x, rv_yn_get(s, "volumes_from"), volumes_from);
}

/* What whatever runs a container has: a service, a job, a hook before one. */
static bool container(struct audit *x, const struct yn *s)
{
	const struct yn *models = rv_yn_get(s, "models");

	return rights(x, s) && volumes(x, rv_yn_get(s, "volumes")) &&
	       environment(x, rv_yn_get(s, "environment")) &&
	       env_files(x, rv_yn_get(s, "env_file")) &&
	       each(x, rv_yn_get(s, "label_file"), label_file) &&
	       (!models || !models->n ||
		one(x, "C_MODEL", x->service, models->line,
		    "a model that something in the machine fetches"));
}

/* ---- hooks ---- */

static bool hook(struct audit *x, const struct yn *h, bool before)
{
	const struct yn *image = rv_yn_get(h, "image");

	if (rv_audit_maybe_true(rv_yn_get(h, "privileged")) &&
	    !one(x, "C_HOOK_PRIVILEGED", x->service, h->line,
		 "a command with all rights"))
		return false;
	if (!before)
		return environment(x, rv_yn_get(h, "environment"));
	if (rv_yn_text(image).p &&
	    !rv_audit_image(x, "pre_start", image->text, image->line, false))
		return false;
	return pull_policy(x, h) && container(x, h);
}

static bool hooks(struct audit *x, const struct yn *s)
{
	static const char *const keys[] = { "pre_start", "post_start",
					    "pre_stop" };

	for (size_t k = 0; k < RV_LEN(keys); k++) {
		const struct yn *list = rv_yn_get(s, keys[k]);

		for (size_t i = 0; list && i < list->n; i++)
			if (!hook(x, list->m[i].value, k == 0))
				return false;
	}
	return true;
}

bool rv_audit_service(struct audit *x, struct rv_span name, const struct yn *s,
		      size_t line)
{
	const struct yn *profiles = rv_yn_get(s, "profiles");

	x->service = name;
	if (s->type != YN_MAP) {
		x->service = rv_span(NULL, 0);
		return rv_audit_say(x, "E_YAML", name, line,
				    "the service is no map: cannot judge");
	}
	if (!what_runs(x, s))
		return false;
	if (rv_audit_maybe_true(rv_yn_get(s, "privileged")) &&
	    !one(x, "C_PRIVILEGED", name, rv_yn_get(s, "privileged")->line,
		 "all rights over the machine"))
		return false;
	if (profiles && profiles->n &&
	    !one(x, "C_PROFILE", name, profiles->line,
		 "started only when COMPOSE_PROFILES, which is not measured,"
		 " says so"))
		return false;
	if (!container(x, s) || !hooks(x, s))
		return false;
	x->service = rv_span(NULL, 0);
	return true;
}
