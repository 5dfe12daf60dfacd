/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h - what the parts of the audit share. */
#ifndef RV_AUDIT_H
#define RV_AUDIT_H

#include "yaml_tree.h"

enum { AUDIT_FINDINGS = 1000, AUDIT_EXTENDS = 32 };

struct audit {
	struct rv_arena *a;
	struct rv_err *err;
	const char *where;
	struct rv_span service; /* the one being looked at */
	struct rv_span *envs;	/* allowed_envs, sorted; borrowed texts */
	size_t n_envs;
	bool judged;	       /* there is an app-compose */
	bool many;	       /* several documents in the file, or a tag */
	struct yn_spent spent; /* by merging, in this file */
	struct rv_grow finding, image, indirect, var;
};

/* One more finding. Its code decides the verdict: E_, C_ or I_. */
RV_MUST bool rv_audit_say(struct audit *x, const char *code,
			  struct rv_span detail, size_t line, const char *fmt,
			  ...) RV_PRINTF(5, 6);

/* ---- image.c ---- */

/* A place that names an image; @built: the service is built anyway. */
RV_MUST bool rv_audit_image(struct audit *x, const char *place,
			    struct rv_span text, size_t line, bool built);
/* One that is pulled on the way: by a build, a script. */
RV_MUST bool rv_audit_indirect(struct audit *x, const char *place,
			       struct rv_span text, size_t line);
/* The same for a file that is an image's only content: no more findings. */
RV_MUST bool rv_audit_artifact(struct audit *x, const char *place,
			       struct rv_span text, size_t line);
RV_MUST bool rv_audit_build(struct audit *x, const struct yn *build,
			    size_t line);
/* Commands of a shell script that pull or run an image. */
RV_MUST bool rv_audit_script(struct audit *x, struct rv_span script);

/* ---- vars.c ---- */

/* The texts of allowed_envs, for what follows to say which are allowed. */
RV_MUST bool rv_audit_envs(struct audit *x, const struct rv_jt *list);
/* Every variable that the values of @v name, once each. */
RV_MUST bool rv_audit_vars(struct audit *x, const struct yn *v);
bool rv_audit_has_var(struct rv_span text);

/* ---- schema.c ---- */

/* The first key that compose does not know, or NULL; *path: where. */
const struct yn_member *rv_audit_unknown_key(const struct yn *root,
					     const char **level);

/* ---- service.c ---- */

RV_MUST bool rv_audit_service(struct audit *x, struct rv_span name,
			      const struct yn *service, size_t line);

/* ---- file.c ---- */

RV_MUST bool rv_audit_compose_file(struct audit *x, struct rv_span text);

/* Helpers of file.c. */
bool rv_audit_starts(struct rv_span s, const char *with);
/* true, yes, on, 1, y, t; or a variable, which may become that. */
bool rv_audit_maybe_true(const struct yn *v);
bool rv_audit_remote(struct rv_span s);

#endif
