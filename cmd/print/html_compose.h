/* SPDX-License-Identifier: Apache-2.0 */
/* html_compose.h - what differs between two app-compose.json, for a page. */
#ifndef RV_HTML_COMPOSE_H
#define RV_HTML_COMPOSE_H

#include "base.h"

/*
 * Member by member, texts line by line; where one of the two is no manifest or
 * only the bytes differ, those. Bounded, whatever the sizes of @given and
 * @evidence. Failures stick in @to.
 */
void rv_html_compose(struct rv_grow *to, struct rv_span given,
		     struct rv_span evidence);

/* Two texts, where they differ, with a little around it; bounded. */
void rv_html_lines(struct rv_grow *to, struct rv_span a, struct rv_span b);

#endif
