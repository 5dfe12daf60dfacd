/* SPDX-License-Identifier: Apache-2.0 */
/* upload.h - POST /report: a form in, the page of refval-verify --html out. */
#ifndef RV_SERVE_UPLOAD_H
#define RV_SERVE_UPLOAD_H

#include "setup.h"
#include "wire.h"

/* The page, or one that says why there is no report. RV_SYSTEM only. */
RV_MUST bool rv_upload_answer(const struct rv_fleet *f, const char *type,
			      struct rv_span body, struct rv_grow *to,
			      struct rv_serve_reply *reply, struct rv_err *err);

#endif
