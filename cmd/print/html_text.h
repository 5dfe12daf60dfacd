/* SPDX-License-Identifier: Apache-2.0 */
/* html_text.h - foreign bytes as text of a page, whatever they are. */
#ifndef RV_HTML_TEXT_H
#define RV_HTML_TEXT_H

#include "base.h"

/* Markup is escaped, control characters and changes of direction are shown. */
void rv_html_text(struct rv_grow *to, struct rv_span s);
/* The same of a string; NULL is empty. */
void rv_html_str(struct rv_grow *to, const char *s);
/* At most @max letters of it; a longer one ends in an ellipsis. */
void rv_html_clipped(struct rv_grow *to, const char *s, size_t max);

#endif
