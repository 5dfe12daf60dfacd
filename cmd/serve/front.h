/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front.h - the process that speaks HTTP. It hands on what clients send as
 * bytes, and reads nothing of it.
 */
#ifndef RV_SERVE_FRONT_H
#define RV_SERVE_FRONT_H

#include "setup.h"

/* Serve until the keeper, at @control, says to drain. The exit code. */
int rv_front_run(const struct rv_serve *s, int control);

#endif
