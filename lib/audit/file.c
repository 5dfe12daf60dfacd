/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - a docker-compose file: read, judged as a whole, by service. */
#include "audit.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- outside of services ---- */

static bool one(struct audit *x, const char *code, struct rv_span detail,
		size_t line, const char *says)
{
	return rv_audit_say(x, code, detail, line, "%s", says);
}

static bool is_external(const struct yn *v)
{
	const struct yn *e = rv_yn_get(v, "external");

	return e && (e->type == YN_MAP || rv_audit_maybe_true(e));
}

/* networks, volumes, secrets, configs: where their content comes from. */
static bool resource(struct audit *x, const char *kind, struct rv_span name,
		     const struct yn *v)
{
	bool secret = strcmp(kind, "secrets") == 0;
	const struct yn *env = rv_yn_get(v, "environment");
	const struct yn *file = rv_yn_get(v, "file");
	const struct yn *dev = rv_yn_get(rv_yn_get(v, "driver_opts"), "device");

	if (is_external(v) && !one(x, "C_EXTERNAL", name, v->line,
				   "made by something that is not in this"
				   " file"))
		return false;
	if (strcmp(kind, "volumes") == 0) {
		struct rv_span path = rv_yn_text(dev);

		if (!path.p ||
		    !(path.n && (path.p[0] == '/' || rv_audit_has_var(path))))
			return true;
		return one(x, "C_BIND_HOST", path, dev->line,
			   "a path of the machine");
	}
	if (rv_yn_text(env).p &&
	    !one(x, secret ? "C_SECRET_ENV" : "C_CONFIG_ENV", env->text,
		 env->line, "its value is not measured"))
		return false;
	if (rv_yn_text(file).p)
		return one(x, secret ? "C_SECRET_FILE" : "C_CONFIG_FILE",
			   file->text, file->line,
			   "a file that is not measured with this one");
	return true;
}

static bool resources(struct audit *x, const struct yn *root)
{
	static const char *const kinds[] = { "networks", "volumes", "secrets",
					     "configs" };

	for (size_t k = 0; k < RV_LEN(kinds); k++) {
		const struct yn *all = rv_yn_get(root, kinds[k]);

		/* Networks and volumes hold no files of their own. */
		for (size_t i = 0; all && all->type == YN_MAP && i < all->n;
		     i++)
			if (!resource(x, kinds[k], all->m[i].key,
				      all->m[i].value))
				return false;
	}
	return true;
}

static bool include_one(struct audit *x, const struct yn *v)
{
	struct rv_span path = rv_yn_text(v);

	if (v->type == YN_MAP) {
		const struct yn *p = rv_yn_get(v, "path");

		if (p && p->type == YN_LIST) {
			for (size_t i = 0; i < p->n; i++)
				if (!include_one(x, p->m[i].value))
					return false;
			return true;
		}
		path = rv_yn_text(p);
	}
	if (!one(x, "C_INCLUDE", path.p ? path : rv_text(""), v->line,
		 "services of a file that is not measured with this one"))
		return false;
	if (!path.p || !rv_audit_remote(path))
		return true;
	if (!one(x, "C_INCLUDE_REMOTE", path, v->line,
		 "and that comes from elsewhere"))
		return false;
	return !rv_audit_starts(path, "oci://") ||
	       rv_audit_artifact(x, "include", rv_span(path.p + 6, path.n - 6),
				 v->line);
}

static bool includes(struct audit *x, const struct yn *list)
{
	if (!list || list->type != YN_LIST)
		return !list || rv_yn_is_null(list) || include_one(x, list);
	for (size_t i = 0; i < list->n; i++)
		if (!include_one(x, list->m[i].value))
			return false;
	return true;
}

static bool models(struct audit *x, const struct yn *all)
{
	for (size_t i = 0; all && all->type == YN_MAP && i < all->n; i++) {
		const struct yn *m = rv_yn_get(all->m[i].value, "model");

		if (!one(x, "C_MODEL", all->m[i].key, all->m[i].line,
			 "a model that something in the machine fetches"))
			return false;
		if (rv_yn_text(m).p &&
		    !rv_audit_indirect(x, "model", m->text, m->line))
			return false;
	}
	return true;
}

/* ---- services ---- */

/* What @s is once everything it extends, in this file, lies under it. */
static bool extended(struct audit *x, const struct yn *services,
		     const struct yn *s, unsigned depth, const struct yn **out)
{
	const struct yn_member *e = rv_yn_find(s, "extends");
	const struct yn *from, *file, *base;
	struct rv_span name;

	*out = s;
	if (!e)
		return true;
	/* compose resolves it in each document, before tags take effect. */
	if (x->many)
		return rv_fault_line(
		    x->err, "E_YAML", e->line,
		    "extends, in a file of several"
		    " documents or with tags: cannot judge what it"
		    " means");
	from = e->value;
	file = rv_yn_get(from, "file");
	if (file && !rv_yn_is_null(file))
		return one(x, "C_EXTENDS_FILE",
			   rv_yn_text(file).p ? file->text : rv_text(""),
			   from->line,
			   "a file that is not measured with this one");
	name = from->type == YN_SCALAR ? from->text
				       : rv_yn_text(rv_yn_get(from, "service"));
	if (depth == AUDIT_EXTENDS)
		return rv_fault_line(x->err, "E_YAML_CYCLE", e->line,
				     "extends without end");
	for (size_t i = 0; name.p && i < services->n; i++) {
		if (!rv_same(services->m[i].key, name))
			continue;
		base = services->m[i].value;
		return rv_yn_spend(&x->spent, i, e->line, x->err) &&
		       extended(x, services, base, depth + 1, &base) &&
		       rv_yn_merge(base, s, x->a, &x->spent, out, x->err);
	}
	return rv_fault_line(x->err, "E_YAML", e->line,
			     "extends what is not there");
}

/* [a-zA-Z0-9._-]+ */
static bool is_name(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		      c == '-'))
			return false;
	}
	return s.n > 0;
}

/* Services, or jobs: whatever runs containers. */
static bool services(struct audit *x, const char *what, const struct yn *all)
{
	if (!all || rv_yn_is_null(all))
		return true;
	if (all->type != YN_MAP)
		return rv_audit_say(x, "E_YAML", rv_text(what), all->line,
				    "no map: cannot judge");
	for (size_t i = 0; i < all->n; i++) {
		const struct yn *s;

		x->service = all->m[i].key;
		if (!is_name(x->service))
			return rv_fault_line(x->err, "E_YAML", all->m[i].line,
					     "not the name of a"
					     " service");
		if (!extended(x, all, all->m[i].value, 0, &s) ||
		    !rv_audit_service(x, all->m[i].key, s, all->m[i].line))
			return false;
	}
	x->service = rv_span(NULL, 0);
	return true;
}

/* Whether @v names anything; what is no list and no map may. */
static bool names(const struct yn *v)
{
	return v && !rv_yn_is_null(v) && (v->type == YN_SCALAR || v->n);
}

/*
 * Of a file that runs nothing nothing can be found, and any text may be one.
 * A manifest with an empty map of services says that on purpose.
 */
static bool nothing_runs(struct audit *x, const struct yn *root)
{
	const struct yn *all = rv_yn_get(root, "services");

	if (names(all) || names(rv_yn_get(root, "jobs")) ||
	    names(rv_yn_get(root, "include")))
		return true;
	if (x->judged && all && all->type == YN_MAP)
		return one(x, "I_NO_SERVICES", rv_text(""), all->line,
			   "no service: only the scripts of this manifest"
			   " run");
	return one(x, "E_NO_SERVICES", rv_text(""), 0,
		   "no services: there is nothing to judge");
}

/* *stop: compose refuses the file, so the rest of it says nothing. */
static bool whole_file(struct audit *x, const struct yn_doc *doc, bool *stop)
{
	const struct yn_member *bad;
	const char *level = NULL;

	x->many = doc->documents > 1 || doc->tag_line;
	if (doc->documents > 1 &&
	    !one(x, "C_MULTIDOC", rv_text(""), doc->second_line,
		 "several documents in one file: later ones win"))
		return false;
	if (doc->tag_line &&
	    !one(x, "C_YAML_TAG", rv_text(""), doc->tag_line,
		 "!reset or !override: other readers see another file"))
		return false;
	bad = rv_audit_unknown_key(doc->root, &level);
	*stop = bad != NULL;
	if (!bad)
		return true;
	return rv_audit_say(x, "C_UNKNOWN_KEY", bad->key, bad->line,
			    "compose does not know this key of %s%s and refuses"
			    " the file; a later one may know it",
			    strcmp(level, "top level") == 0 ? "the " : "a ",
			    level);
}

/*
 * What cannot be read becomes a finding: the audit itself went well. A finding
 * has its line beside the sentence.
 */
static bool as_finding(struct audit *x, const struct rv_err *e)
{
	const char *says = rv_err_text(e);
	char line[32];
	int n = snprintf(line, sizeof line, "line %" PRIu32 ": ", e->line);

	if (e->line && strncmp(says, line, (size_t)n) == 0)
		says += n;
	return rv_audit_say(x, e->id ? e->id : "E_YAML", rv_text(""), e->line,
			    "%s", says);
}

static bool read_and_judge(struct audit *x, struct rv_span text)
{
	struct yn_doc doc = { 0 };
	bool stop = false;

	if (!rv_yn_read(text, x->a, &doc, x->err))
		return false;
	x->spent = doc.spent;
	if (!doc.root)
		return rv_fault(x->err, "E_YAML", "an empty compose file");
	if (!whole_file(x, &doc, &stop))
		return false;
	if (stop)
		return true;
	return nothing_runs(x, doc.root) && rv_audit_vars(x, doc.root) &&
	       services(x, "services", rv_yn_get(doc.root, "services")) &&
	       services(x, "jobs", rv_yn_get(doc.root, "jobs")) &&
	       resources(x, doc.root) &&
	       includes(x, rv_yn_get(doc.root, "include")) &&
	       models(x, rv_yn_get(doc.root, "models"));
}

bool rv_audit_compose_file(struct audit *x, struct rv_span text)
{
	struct rv_err *err = x->err;
	struct rv_err e = { 0 };
	bool ok;

	x->err = &e;
	ok = read_and_judge(x, text);
	x->err = err;
	x->service = rv_span(NULL, 0);
	if (ok)
		return true;
	if (e.code != RV_INPUT) {
		*err = e;
		return false;
	}
	return as_finding(x, &e);
}
