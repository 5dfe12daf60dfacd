/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_audit.h - what a compose file leaves open: every place that names an
 * image, every value that is not measured, every way around the container.
 */
#ifndef REFVAL_HASH_AUDIT_H
#define REFVAL_HASH_AUDIT_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * An image reference, [domain/]path[:tag][@digest], by the grammar of
 * distribution/reference; only sha256, sha384 and sha512 digests, written in
 * lower case and in full.
 */
struct rv_image_ref {
	struct rv_span domain; /* "docker.io" when none is written */
	struct rv_span path;   /* without the "library/" that is added */
	bool library;	       /* "library/" belongs in front of the path */
	struct rv_span tag;    /* p NULL: none */
	struct rv_span digest; /* "sha256:..."; p NULL: none */
};

/* Spans borrow from @text. RV_INPUT: not a reference, and why. */
RV_API RV_MUST bool rv_image_ref_parse(struct rv_span text,
				       struct rv_image_ref *out,
				       struct rv_err *err);
/* The full name: with domain; with digest, else with tag ("latest"). */
RV_API RV_MUST bool rv_image_ref_name(const struct rv_image_ref *ref,
				      struct rv_buf *out, struct rv_err *err);

/* Where a compose file names an image. Spans borrow from the audit. */
struct rv_compose_image {
	struct rv_span service; /* empty: not of a service */
	const char *place;	/* "image", "volume", "pre_start"; of indirect
				   ones: "dockerfile", "context", "cache",
				   "model", "include", "script" */
	struct rv_span written; /* as it stands there */
	struct rv_span name;	/* in full; p NULL: variable or malformed */
	struct rv_span digest;	/* "sha256:..."; p NULL: none */
	bool pinned; /* what runs is what the digest says: not when built */
	bool built;  /* the service has a build section: the name is a label */
	size_t line;
};

/* A code of docs/FORMATS.md, "Findings". */
struct rv_finding {
	const char *code;	/* "C_PRIVILEGED" */
	struct rv_span detail;	/* "app"; empty where the code says it all */
	struct rv_span service; /* or empty */
	struct rv_span says;	/* a sentence */
	const char *where;	/* "compose", or the field of the app-compose */
	size_t line;		/* in it; 0: all of it */
};

struct rv_compose_var {
	struct rv_span name;
	size_t line;
	bool judged;  /* an app-compose says which names may be set */
	bool allowed; /* it is one of allowed_envs */
};

struct rv_audit {
	bool app_compose; /* else a docker-compose file on its own */
	/* RV_OK: nothing found. RV_NO: findings. RV_INPUT: cannot judge. */
	enum rv_code verdict;
	struct rv_finding *finding;
	size_t findings;
	/* Images that run, in the order of the file. Empty: cannot judge. */
	struct rv_compose_image *image;
	size_t images;
	/* Images that builds, scripts and the like pull. */
	struct rv_compose_image *indirect;
	size_t indirects;
	struct rv_compose_var *var;
	size_t vars;
	void *memory; /* everything above lives there */
};

/*
 * Audit an app-compose.json or a docker-compose file; @in is borrowed for the
 * call only. Fails for RV_SYSTEM, and for RV_INPUT when @in is neither.
 */
RV_API RV_MUST bool rv_audit_read(struct rv_span in, struct rv_audit *out,
				  struct rv_err *err);
RV_API void rv_audit_free(struct rv_audit *a);
/*
 * With this one no list of images is to be had: an E, or a key that compose
 * does not know, so that it refuses the file.
 */
RV_API bool rv_finding_unjudged(const struct rv_finding *f);
/*
 * The finding for which no image is listed; NULL: all are. Borrows from @a.
 */
RV_API const struct rv_finding *rv_audit_unjudged(const struct rv_audit *a);

#ifdef __cplusplus
}
#endif

#endif
