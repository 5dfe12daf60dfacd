/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_compose.h - app-compose.json: its hash, the ways tools write it, what
 * differs between two of them, and what mr_config_id says about it.
 *
 * compose-hash is the SHA-256 of the exact bytes the guest got. Everything
 * else here only explains: which tool writes these bytes, and what would have
 * to change for another hash to come out.
 */
#ifndef REFVAL_HASH_COMPOSE_H
#define REFVAL_HASH_COMPOSE_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	RV_APP_ID = 20,
	/* The largest app-compose.json a guest accepts (dstack 0.6). */
	RV_COMPOSE_MAX = 50 << 20,
};

/* What the guest measures: no parsing, no opinion. */
struct rv_compose_id {
	struct rv_sha256 compose_hash;
	/* The first 20 bytes: the app-id of a first deployment. */
	uint8_t app_id[RV_APP_ID];
};

RV_API RV_MUST bool rv_compose_hash(struct rv_span bytes,
				    struct rv_compose_id *out,
				    struct rv_err *err);

/* A manifest that was read; it keeps a copy of all it needs. */
struct rv_compose;

/*
 * Read an app-compose.json: one JSON object, no duplicate keys, UTF-8, no
 * byte order mark, nothing behind it. RV_INPUT else.
 */
RV_API RV_MUST bool rv_compose_read(struct rv_span bytes,
				    struct rv_compose **out,
				    struct rv_err *err);
RV_API void rv_compose_free(struct rv_compose **c);

/* A top-level string, borrowed from @c; p is NULL when absent or no string. */
RV_API struct rv_span rv_compose_text(const struct rv_compose *c,
				      const char *key);

/*
 * Does it have anything of a manifest, or is it another JSON object? (A guest
 * looks for more: this tells a file that was named by mistake.)
 */
RV_API bool rv_compose_is_manifest(const struct rv_compose *c);

/* One way of writing a manifest. */
struct rv_compose_style {
	const char *name; /* as --style takes it */
	const char *tool; /* who writes so */
};

/* The @i-th of them, in a fixed order; NULL behind the last. */
RV_API const struct rv_compose_style *rv_compose_style(size_t i);

/*
 * The bytes that the tool of @style writes for this content. RV_USAGE: no such
 * style. RV_INPUT: that tool refuses this content.
 */
RV_API RV_MUST bool rv_compose_write(const struct rv_compose *c,
				     const char *style, struct rv_buf *out,
				     struct rv_err *err);

/* A form of the content whose hash is the one that was looked for. */
struct rv_compose_form {
	const char *style; /* a style's name, or NULL: the bytes as they are */
	const char *content; /* what was changed in the content, or NULL */
	const char *bytes;   /* what was changed in the bytes, or NULL */
};

struct rv_compose_forms {
	struct rv_compose_form *form; /* owned; the smallest change first */
	size_t n;
	size_t tried; /* how many forms were hashed */
};

/*
 * Every known form of the manifest @c (read from @bytes) whose SHA-256 is
 * @want. @script: other pre-launch scripts to try in its place.
 */
RV_API RV_MUST bool
rv_compose_find(struct rv_span bytes, const struct rv_compose *c,
		const struct rv_sha256 *want, const struct rv_span *script,
		size_t n_scripts, struct rv_compose_forms *out,
		struct rv_err *err);
RV_API void rv_compose_forms_free(struct rv_compose_forms *f);

/* One place where the content of two manifests differs. */
struct rv_compose_delta {
	char *path;    /* owned; "requirements.platforms[1]" */
	char *ours;    /* owned; JSON text, shortened; NULL: not there */
	char *theirs;  /* owned; the same of the other manifest */
	size_t line;   /* of a text of several lines: the first that differs */
	bool reorders; /* the same members in another order */
};

struct rv_compose_diff {
	struct rv_compose_delta *delta; /* owned */
	size_t n;
	bool more; /* there were more than fit */
};

RV_API RV_MUST bool rv_compose_diff(const struct rv_compose *ours,
				    const struct rv_compose *theirs,
				    struct rv_compose_diff *out,
				    struct rv_err *err);
RV_API void rv_compose_diff_free(struct rv_compose_diff *d);

/* What a tool would make of a docker-compose.yaml. All borrowed. */
struct rv_compose_build {
	struct rv_span docker_compose_file;
	struct rv_span pre_launch_script; /* p NULL: none */
	const char *const *set;		  /* "key=value" */
	size_t n_set;
	const char *style;
};

RV_API RV_MUST bool rv_compose_build(const struct rv_compose_build *b,
				     struct rv_buf *out, struct rv_err *err);

/* A pre-launch script that somebody publishes, known by its hash alone. */
struct rv_prelaunch {
	const char *name;    /* "phala-cloud" */
	const char *version; /* "0.0.12", as the script itself says */
	const char *sha256;
};

/* The one that @script is, or NULL. */
RV_API RV_MUST bool rv_prelaunch_find(struct rv_span script,
				      const struct rv_prelaunch **out,
				      struct rv_err *err);

/* ---- requirements.gpu_policy (dstack 0.6.0) ---- */

struct rv_compose_gpu_policy {
	bool there; /* the manifest has one; else these are dstack's defaults */
	bool attest_gpu, allow_devtools;
	struct rv_sha256 hash; /* of its JCS (RFC 8785), or of "{}" */
};

/* RV_INPUT: not JSON, or a policy that a guest would refuse. */
RV_API RV_MUST bool rv_compose_gpu_policy(struct rv_span manifest,
					  struct rv_compose_gpu_policy *out,
					  struct rv_err *err);

/* Who gives an app its keys, as its manifest says. */
struct rv_compose_provider {
	const char *kind; /* "none", "local", "kms", "tpm"; static */
	struct rv_buf id; /* that it is pinned to; owned, empty: to none */
};

/* RV_INPUT: not JSON, or nothing that a guest would take. */
RV_API RV_MUST bool rv_compose_provider(struct rv_span manifest,
					struct rv_compose_provider *out,
					struct rv_err *err);
RV_API void rv_compose_provider_free(struct rv_compose_provider *p);

/* ---- mr_config_id (docs/FORMATS.md, "mr_config_id") ---- */

enum rv_config_id_form {
	RV_CONFIG_ID_ZERO,  /* not used: says nothing about the app */
	RV_CONFIG_ID_RAW,   /* dstack 0.5.1: the compose-hash itself */
	RV_CONFIG_ID_V1,    /* 01 compose-hash */
	RV_CONFIG_ID_V2,    /* 02 keccak256(compose-hash app-id kind id) */
	RV_CONFIG_ID_V3,    /* 03 sha256 of a document */
	RV_CONFIG_ID_OTHER, /* none of these */
};

/* "zero", "raw", "v1", "v2", "v3", "unknown". */
RV_API const char *rv_config_id_name(enum rv_config_id_form form);

/* What is known about the app; what is not known stays zero. Borrowed. */
struct rv_config_id_claims {
	const struct rv_sha256 *compose_hash;
	const uint8_t *app_id;	    /* 20 bytes; V2 */
	const char *key_provider;   /* V2: "none", "local", "kms", "tpm" */
	struct rv_span provider_id; /* V2: bytes, may be empty */
	bool has_provider_id;	    /* V2: false tries the empty one only */
	struct rv_span document;    /* V3: its exact bytes; p NULL: unknown */
};

struct rv_config_id_check {
	enum rv_config_id_form form;
	enum rv_code verdict; /* RV_OK agrees, RV_NO not, RV_INPUT cannot tell
			       */
	char reason[160];
	uint8_t expected[48]; /* what the claims give; valid unless RV_INPUT */
};

/*
 * Which form @config_id has and whether it agrees with @claims. Fails for
 * RV_SYSTEM only: what cannot be told is a verdict.
 */
RV_API RV_MUST bool rv_config_id_check(const uint8_t config_id[48],
				       const struct rv_config_id_claims *claims,
				       struct rv_config_id_check *out,
				       struct rv_err *err);

/* The value that a machine of these claims must report in this form. */
RV_API RV_MUST bool
rv_config_id_compute(enum rv_config_id_form form,
		     const struct rv_config_id_claims *claims, uint8_t out[48],
		     struct rv_err *err);

/* sha256("dstack-launch-token/v1:" token), as requirements name it. */
RV_API RV_MUST bool rv_launch_token_hash(struct rv_span token,
					 struct rv_sha256 *out,
					 struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
