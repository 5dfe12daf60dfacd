/* SPDX-License-Identifier: Apache-2.0 */
/* html_page.h - what all pages have: their head, and how they look. */
#ifndef RV_HTML_PAGE_H
#define RV_HTML_PAGE_H

#include "base.h"

/*
 * Everything up to <body>: no script, nothing loaded from elsewhere. @title
 * stands behind "refval: ". The caller ends with </body></html>.
 */
void rv_html_begin(struct rv_grow *to, const char *title);
/* The answer in a box, in the colour of the class @colour; @why may be NULL. */
void rv_html_verdict(struct rv_grow *to, const char *colour, const char *words,
		     const char *why);

#endif
