/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - stage "replay": from an event log to registers and claims. */
#ifndef REFVAL_REPLAY_H
#define REFVAL_REPLAY_H

#include <refval/evidence.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How an event's digest stands to its contents. */
enum rv_event_state {
	RV_EVENT_AS_RECORDED, /* firmware event: the digest is the log's word */
	RV_EVENT_CONFIRMED,   /* recomputed from its contents, and equal */
	RV_EVENT_RECOMPUTED,  /* was stripped; recomputed from its contents */
	RV_EVENT_CONTRADICTS, /* recomputed from its contents, and different */
};

struct rv_replayed {
	struct rv_sha384 digest; /* the one that was extended */
	enum rv_event_state state;
	char name[80]; /* the log's own, else a name by type and payload */
};

/* A claim of the application log: first match before system-ready. */
struct rv_claim {
	bool found;
	size_t event;	      /* index into the log */
	struct rv_span value; /* borrows from the log */
	bool duplicate;	      /* a later one stands before system-ready too */
};

struct rv_claims {
	struct rv_claim app_id, compose_hash, instance_id, key_provider,
	    os_image_hash, rootfs_hash, mr_kms, storage_fs, gpu_policy_hash,
	    gpu_attestation;
	bool system_ready;  /* such an event was there: what follows is the
			     * application's and claims nothing */
	bool obscured;	    /* an event before it could be any other one: what
			     * follows that event claims nothing */
	size_t obscured_by; /* its index into the log, when obscured */
};

/* The claims by name, in the order reports list them. */
struct rv_claim_name {
	const char *name;  /* as in JSON: "app_id" */
	const char *event; /* as in the log: "app-id" */
	size_t offset;	   /* of the struct rv_claim in struct rv_claims */
	bool text;	   /* the value is text, not bytes */
};
RV_API const struct rv_claim_name *rv_claim_names(size_t *n);
RV_API const struct rv_claim *rv_claim(const struct rv_claims *c,
				       const struct rv_claim_name *name);

struct rv_replay {
	struct rv_replayed *event; /* owned; parallel to the log's events */
	size_t n;
	struct rv_mrs reg; /* after the whole log; in the order of its bank */
	size_t count[RV_MRS_MAX];    /* events of each */
	bool has_boot_rtmr3;	     /* a boot-mr-done event was there */
	struct rv_sha384 boot_rtmr3; /* RTMR3 up to and with boot-mr-done */
	bool contradicted;	     /* some event is RV_EVENT_CONTRADICTS */
	size_t first_contradiction;  /* its index, when contradicted */
	struct rv_claims claims;     /* borrows from the log */
};

/* Replay @log (borrowed; must outlive @out). RV_INPUT: a digest is missing
 * and cannot be recomputed, or the log breaks its own rules. */
RV_API RV_MUST bool rv_replay_run(const struct rv_log *log,
				  struct rv_replay *out, struct rv_err *err);
RV_API void rv_replay_free(struct rv_replay *r);

/*
 * What dstack's own events of a TD's log give once more, in SHA-256, as they
 * are extended into PCR 14 of a vTPM; *@n is how many there are.
 */
RV_API RV_MUST bool rv_replay_runtime(const struct rv_log *log, size_t *n,
				      struct rv_sha256 *out,
				      struct rv_err *err);

/* How a replayed register stands to the one of a quote. */
enum rv_match {
	RV_MATCH_EQUAL,
	RV_MATCH_DIFFERS,
	RV_MATCH_LEFT_OUT, /* the log is without this register's events, as
			    * the stripped logs of attestations are: no
			    * answer, neither yes nor no */
	RV_MATCH_PREFIX,   /* the log ends when the kernel runs, and this
			    * register was extended since, or the log is not
			    * of this quote: no answer either */
};
RV_API enum rv_match rv_replay_match(const struct rv_log *log,
				     const struct rv_replay *r,
				     const char *name, struct rv_span quoted);
/* The number of the register @name in the log's bank; RV_MRS_MAX: none. */
RV_API unsigned rv_replay_index(const struct rv_replay *r, const char *name);
/* How many events the register @name has; 0 also where there is none such. */
RV_API size_t rv_replay_events(const struct rv_replay *r, const char *name);

/* "EV_SEPARATOR" for 4; NULL for a type without a name. */
RV_API const char *rv_event_type_name(uint32_t type);
RV_API const char *rv_event_state_name(enum rv_event_state state);

#ifdef __cplusplus
}
#endif

#endif
