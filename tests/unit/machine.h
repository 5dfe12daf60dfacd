/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - the captured machine, and what a verdict on it is asked with. */
#ifndef TEST_MACHINE_H
#define TEST_MACHINE_H

#include "base.h"
#include "said.h"
#include <refval.h>

#include <stdlib.h>

#define MACHINE "tests/vectors/real/near-058-dev-3e6394"

enum { MACHINE_AT = 1775001600 }; /* 2026-04-01 */

/* ---- images/releases, of which some records are enough ---- */

static bool record_names(void *arg, struct rv_names *out, struct rv_err *err)
{
	static const char *const name[] = { "dstack-0.5.7.json",
					    "dstack-0.5.8.json",
					    "dstack-dev-0.5.8.json" };

	(void)arg;
	for (size_t i = 0; i < RV_LEN(name); i++)
		if (!rv_names_add(out, name[i], err)) {
			rv_names_free(out);
			return false;
		}
	return true;
}

static bool record_read(void *arg, const char *name, size_t max,
			struct rv_buf *out, struct rv_err *err)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", (const char *)arg, name);
	return rv_buf_read(path, max, out, err);
}

static const struct rv_folder records = {
	.name = "records",
	.arg = (void *)(uintptr_t) "images/releases",
	.list = record_names,
	.read = record_read
};

/* ---- the machine ---- */

struct machine {
	struct rv_evidence evidence;
	struct rv_buf compose;
	struct rv_span compose_bytes;
	struct rv_shape shape;	   /* 8 vCPUs, 64 GiB, QEMU 8.2.2 */
	struct rv_verify_input in; /* borrows all of these */
};

static inline void machine_free(struct machine *m)
{
	rv_evidence_free(&m->evidence);
	rv_buf_free(&m->compose);
}

/* Verified against dstack-dev-0.5.8 and its own app-compose.json: a yes. */
static inline void machine_load(struct machine *m)
{
	struct rv_err err = { 0 };

	*m = (struct machine){ 0 };
	if (!rv_evidence_read_path(MACHINE, NULL, &m->evidence, &err) ||
	    !rv_buf_read(MACHINE "/app-compose.json", 1 << 20, &m->compose,
			 &err))
		fail_msg("%s", err.msg);
	m->compose_bytes = rv_buf_span(&m->compose);
	m->shape = rv_shape_default();
	m->shape.cpus = 8;
	m->shape.memory = (uint64_t)64 << 30;
	m->shape.qemu = (struct rv_qemu){ 8, 2, 2 };
	m->shape.given = RV_GIVEN_CPUS | RV_GIVEN_MEMORY | RV_GIVEN_QEMU;
	m->in = (struct rv_verify_input){ .evidence = &m->evidence,
					  .release = "dstack-dev-0.5.8",
					  .compose = &m->compose_bytes,
					  .shape = &m->shape,
					  .prove = true,
					  .proof.at = MACHINE_AT };
}

/* ---- a report as text ---- */

static inline const char *or_none(const char *s)
{
	return s ? s : "-";
}

static inline void say_report(struct said *s, const struct rv_report *r)
{
	say(s, "%s\n", rv_verdict_name(rv_report_verdict(r)));
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		say(s, "%d %s %s|%s|%s|%s|%s\n", (int)c->layer,
		    or_none(c->name), rv_verdict_name(c->verdict),
		    or_none(c->expected), or_none(c->from), or_none(c->actual),
		    or_none(c->reason));
	}
}

/* The check of this name, which must be there. */
static inline const struct rv_check *check_of(const struct rv_report *r,
					      const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->check[i].name, name) == 0)
			return &r->check[i];
	fail_msg("no check %s", name);
	return NULL;
}

/* The report on @in, as text after the verdict; its code. */
static inline enum rv_code answer(struct rv_verifier *v,
				  const struct rv_verify_input *in,
				  struct said *said)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };

	said->n = 0;
	said->text[0] = '\0';
	if (!rv_verify(v, in, &out, &err)) {
		assert_null(out.report.check);
		say(said, "%s", err.msg);
		return err.code;
	}
	assert_false(out.report.failed);
	say_report(said, &out.report);
	return rv_report_code(&out.report);
}

#endif
