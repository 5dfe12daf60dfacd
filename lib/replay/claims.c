/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claims.c - what the runtime events claim (DSTACK.md 3.3). Events up to
 * system-ready are the guest's own; an application may add any it likes
 * behind it. So: the first of a name counts, and none after system-ready.
 *
 * That only holds while each event before is known for what it is. The log is
 * the host's: it can give an event another type, whose digest nobody can
 * recompute, or split "name:payload" of version 1 at a later colon. A claim
 * behind such an event may not be the first of its name, and counts for
 * nothing.
 */
#include "replay.h"

static const struct rv_claim_name names[] = {
	{ "app_id", "app-id", offsetof(struct rv_claims, app_id), false },
	{ "compose_hash", "compose-hash",
	  offsetof(struct rv_claims, compose_hash), false },
	{ "instance_id", "instance-id", offsetof(struct rv_claims, instance_id),
	  false },
	{ "key_provider", "key-provider",
	  offsetof(struct rv_claims, key_provider), true },
	{ "os_image_hash", "os-image-hash",
	  offsetof(struct rv_claims, os_image_hash), false },
	{ "rootfs_hash", "rootfs-hash", offsetof(struct rv_claims, rootfs_hash),
	  false },
	{ "mr_kms", "mr-kms", offsetof(struct rv_claims, mr_kms), false },
	{ "storage_fs", "storage-fs", offsetof(struct rv_claims, storage_fs),
	  true },
	{ "gpu_policy_hash", "gpu-policy-hash",
	  offsetof(struct rv_claims, gpu_policy_hash), false },
	{ "gpu_attestation", "gpu-attestation",
	  offsetof(struct rv_claims, gpu_attestation), true },
};

const struct rv_claim_name *rv_claim_names(size_t *n)
{
	*n = RV_LEN(names);
	return names;
}

static struct rv_claim *at(struct rv_claims *c, size_t offset)
{
	return (struct rv_claim *)(void *)((char *)c + offset);
}

const struct rv_claim *rv_claim(const struct rv_claims *c,
				const struct rv_claim_name *name)
{
	return (const struct rv_claim *)(const void *)((const char *)c +
						       name->offset);
}

static void claim(struct rv_claims *c, const struct rv_event *e, size_t i)
{
	for (size_t k = 0; k < RV_LEN(names); k++) {
		struct rv_claim *to = at(c, names[k].offset);

		if (strcmp(e->name, names[k].event) != 0)
			continue;
		if (to->found) {
			to->duplicate = true;
			return;
		}
		to->found = true;
		to->event = i;
		to->value = rv_buf_span(&e->payload);
		return;
	}
}

/* None of dstack's own names has a colon. */
static bool could_be_another(const struct rv_event *e)
{
	return e->type != RV_EV_DSTACK_RUNTIME ||
	       (e->version == 1 && strchr(e->name, ':'));
}

void rv_replay_claims(const struct rv_log *log, struct rv_claims *out)
{
	bool of_dstack = false;

	for (size_t i = 0; i < log->n && !out->system_ready; i++) {
		const struct rv_event *e = &log->event[i];

		if (e->imr != 3)
			continue;
		of_dstack = of_dstack || e->type == RV_EV_DSTACK_RUNTIME;
		if (!out->obscured && could_be_another(e)) {
			out->obscured = true;
			out->obscured_by = i;
		}
		if (out->obscured)
			continue;
		out->system_ready = strcmp(e->name, "system-ready") == 0;
		claim(out, e, i);
	}
	/* A log without any of dstack's events claims nothing to begin with. */
	out->obscured = out->obscured && of_dstack;
}
