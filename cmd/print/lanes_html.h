/* SPDX-License-Identifier: Apache-2.0 */
/* lanes_html.h - an event log as a picture. */
#ifndef RV_LANES_HTML_H
#define RV_LANES_HTML_H

#include "base.h"

#include <refval.h>

/* Borrowed. */
struct rv_lanes {
	const struct rv_log *log;
	const struct rv_replay *replay;
	/* Of each register, by its number: does the quote have what the log
	 * gives? NULL: there is no quote. */
	const enum rv_match *match;
};

/*
 * A lane for each register that the log extends, and its events in their order
 * from the top; one whose digest contradicts its contents is crossed out, the
 * first of them said; below each lane, whether the quote has its end. An SVG of
 * 360 units of width, without script or link. Failures stick in @to.
 */
void rv_lanes_html(const struct rv_lanes *l, struct rv_grow *to);

/* A page of it: @verdict and @why, the picture, registers and events. */
void rv_lanes_page(const struct rv_lanes *l, const char *name,
		   const char *verdict, const char *why, struct rv_grow *to);

#endif
