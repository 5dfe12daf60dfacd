/* SPDX-License-Identifier: Apache-2.0 */
/* page.h - GET /: the page itself, its look, and its script. Static text. */
#ifndef RV_SERVE_PAGE_H
#define RV_SERVE_PAGE_H

extern const char rv_page_html[], rv_page_css[], rv_page_js[];
/* What a browser may do with the page, and with a report. */
extern const char rv_page_policy[], rv_report_policy[];

#endif
