/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h - one request as a worker answers it: bytes in, bytes out. */
#ifndef RV_SERVE_ANSWER_H
#define RV_SERVE_ANSWER_H

#include "setup.h"
#include "wire.h"

/*
 * Answer @body as @request asks; @releases are all records that there are. The
 * bytes of the answer go to @to, and
 * @reply->n is not set. What is wrong with a request is its answer; false
 * (RV_SYSTEM): this process can give none.
 */
RV_MUST bool rv_serve_answer(const struct rv_fleet *f,
			     const struct rv_releases *releases,
			     const struct rv_serve_request *request,
			     struct rv_span body, struct rv_grow *to,
			     struct rv_serve_reply *reply, struct rv_err *err);

/* refval.error/1: why there is no other answer; @exit is an exit code. */
void rv_serve_error(enum rv_code exit, const char *why, struct rv_grow *to);

#endif
