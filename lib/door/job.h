/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - threads: to hash a range of a file beside other work, and to share
 * work out.
 */
#ifndef RV_JOB_H
#define RV_JOB_H

#include "part.h"

/* A digest being computed beside other work. */
struct rv_job;

/* SHA-256 of bytes @off to @end of @fd; both are borrowed until the end. */
RV_MUST bool rv_job_start(int fd, const char *name, uint64_t off, uint64_t end,
			  struct rv_job **out, struct rv_err *err);
/* Wait for it. May be called once, and need not be: rv_job_free() waits. */
RV_MUST bool rv_job_end(struct rv_job *j, struct rv_sha256 *out,
			struct rv_err *err);
void rv_job_free(struct rv_job **j);

enum { RV_THREADS_MAX = 256 };

/*
 * Each part's sum, several at once. @fd, @name and @watch, which may be NULL,
 * are borrowed. The parts come back in another order, the longest first.
 */
RV_MUST bool rv_job_sums(int fd, const char *name, struct rv_part *part,
			 size_t n, struct rv_watch *watch, struct rv_err *err);

/*
 * Call @work with @arg in @threads threads, this one among them, and wait for
 * all. Where no more threads can be had, those that there are do the work.
 */
void rv_job_share(size_t threads, void (*work)(void *), void *arg);

#endif
