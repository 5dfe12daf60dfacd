/* SPDX-License-Identifier: Apache-2.0 */
/* worker.h - the process that answers, one request at a time. */
#ifndef RV_SERVE_WORKER_H
#define RV_SERVE_WORKER_H

#include "setup.h"

/* Answer what comes from @fd until its end, in the sandbox. The exit code. */
int rv_worker_run(const struct rv_serve *s, int fd);

#endif
