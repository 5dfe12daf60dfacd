/* SPDX-License-Identifier: Apache-2.0 */
/*
 * solve.h - stage "measure", backwards: which machine shape gives a quote's
 * registers? With an event log each digest is decided on its own; without one
 * RTMR0 alone decides.
 */
#ifndef REFVAL_SOLVE_H
#define REFVAL_SOLVE_H

#include <refval/evidence.h>
#include <refval/measure.h>
#include <refval/release.h>
#include <refval/shape.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is known. All pointers are borrowed. */
struct rv_solve_input {
	struct rv_mrs reg;	  /* of the quote: "mrtd", "rtmr0" to "rtmr2" */
	const struct rv_log *log; /* NULL: only the registers */
	/* The image, for MRTD, RTMR1, RTMR2 and the firmware's own events;
	 * NULL: dstack's firmware is taken, and those registers stay unchecked.
	 */
	const struct rv_measure_input *image;
	const struct rv_release *release; /* the same, from a record; or NULL */
	/* Facts that are certain: those in @given.given, edge when it is set,
	 * BARs, cpu_id, what SMBIOS says. The rest is searched. */
	struct rv_shape given;
	/* Of the quote's PCK certificate: names the processor's model. */
	bool has_fmspc;
	uint8_t fmspc[6];
	/* For the search without a log; 0 is 1. The solution is the same. */
	size_t threads;
};

enum { RV_SOLVED_MAX = 16 };

/* Shapes that give the same blobs: one of them, and what else it could be. */
struct rv_solved {
	struct rv_shape shape;
	char same[400]; /* facts that may differ without changing a byte */
};

/* How an event of the log stands to the shape found, or to the nearest. */
enum rv_explained {
	RV_EVENT_UNEXPLAINED, /* no shape that was tried gives this digest */
	RV_EVENT_EXPLAINED,
	RV_EVENT_NOT_CHECKED, /* cannot be computed: taken from the log */
};

struct rv_solve_event {
	char label[48];
	uint32_t type;
	struct rv_sha384 digest; /* the log's */
	enum rv_explained state;
	char by[160]; /* the facts that explain it, or why none do */
};

/* How a register of the quote stands to the first shape found. */
enum rv_solve_check {
	RV_NOT_CHECKED,
	RV_AGREES,
	RV_DISAGREES,
};

struct rv_solve_register {
	const char *name; /* static */
	enum rv_solve_check state;
};

struct rv_solution {
	bool by_log;
	char searched[400]; /* the space in words */
	uint64_t space;	    /* shapes that the search decided about */
	uint64_t digests;   /* blobs that were hashed for it */
	struct rv_solved found[RV_SOLVED_MAX];
	size_t n;
	bool more;	  /* there were more than RV_SOLVED_MAX */
	bool has_nearest; /* none found: this one explains the most */
	struct rv_shape nearest;
	struct rv_solve_event event[RV_EVENTS_MAX]; /* with a log */
	size_t events;
	/* "mrtd" and those of values: the image's against the quote's. */
	struct rv_solve_register reg[1 + RV_VALUES_REGISTERS];
	char why[240];	/* when nothing was found: what stands against it */
	bool other_log; /* the log does not give the quote's RTMR0 */
};

/*
 * Search. True also when no shape fits: then @out->n is 0. RV_INPUT when there
 * is nothing to search with (no log, and a firmware that measures what cannot
 * be computed).
 */
RV_API RV_MUST bool rv_solve(const struct rv_solve_input *in,
			     struct rv_solution *out, struct rv_err *err);

/*
 * Complete a shape that has CPUs, memory and a QEMU version by the processor
 * and product that give the SMBIOS event of @in->log, which is the host's word.
 * *@found is false, and @shape as it was, when the log has no such event, when
 * the shape already says the processor, or when none gives it.
 */
RV_API RV_MUST bool rv_solve_processor(const struct rv_solve_input *in,
				       struct rv_shape *shape, bool *found,
				       struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
