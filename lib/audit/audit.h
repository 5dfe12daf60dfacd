/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h - what the parts of the audit share. */
#ifndef RV_AUDIT_H
#define RV_AUDIT_H

#include "yaml_tree.h"

enum { AUDIT_FINDINGS = 1000, AUDIT_EXTENDS = 32 };

struct audit {
	struct cj_arena *a;
	struct rv_err *err;
	const char *where;
	struct rv_span service; /* the one being looked at */
	const struct cj *envs;	/* allowed_envs; NULL: not known */
	bool judged;		/* there is an app-compose */
	bool many;		/* several documents in the file, or a tag */
	struct rv_grow finding, image, indirect, var;
};

/* One more finding. Its code decides the verdict: E_, C_ or I_. */
RV_MUST bool audit_say(struct audit *x, const char *code, struct rv_span detail,
		       size_t line, const char *fmt, ...) RV_PRINTF(5, 6);

/* ---- audit_image.c ---- */

/* A place that names an image; @built: the service is built anyway. */
RV_MUST bool audit_image(struct audit *x, const char *place,
			 struct rv_span text, size_t line, bool built);
/* One that is pulled on the way: by a build, a script. */
RV_MUST bool audit_indirect(struct audit *x, const char *place,
			    struct rv_span text, size_t line);
/* The same for a file that is an image's only content: no more findings. */
RV_MUST bool audit_artifact(struct audit *x, const char *place,
			    struct rv_span text, size_t line);
RV_MUST bool audit_build(struct audit *x, const struct yn *build, size_t line);
/* Commands of a shell script that pull or run an image. */
RV_MUST bool audit_script(struct audit *x, struct rv_span script);

/* ---- audit_vars.c ---- */

/* Every variable that the values of @v name, once each. */
RV_MUST bool audit_vars(struct audit *x, const struct yn *v);
bool audit_has_var(struct rv_span text);

/* ---- audit_schema.c ---- */

/* The first key that compose does not know, or NULL; *path: where. */
const struct yn_member *audit_unknown_key(const struct yn *root,
					  const char **level);

/* ---- audit_service.c ---- */

RV_MUST bool audit_service(struct audit *x, struct rv_span name,
			   const struct yn *service, size_t line);

/* ---- audit_file.c ---- */

RV_MUST bool audit_compose_file(struct audit *x, struct rv_span text);

/* Helpers of audit_file.c. */
bool audit_starts(struct rv_span s, const char *with);
/* true, yes, on, 1, y, t; or a variable, which may become that. */
bool audit_maybe_true(const struct yn *v);
bool audit_remote(struct rv_span s);

#endif
