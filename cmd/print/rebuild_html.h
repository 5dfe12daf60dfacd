/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild_html.h - builds that should be one, as a page. */
#ifndef RV_REBUILD_HTML_H
#define RV_REBUILD_HTML_H

#include "base.h"

#include <refval/hash.h>

/* All borrowed. */
struct rv_rebuild_page {
	char *const *name; /* of each build */
	const struct rv_oci *build;
	size_t n;
	const struct rv_oci_rebuild *result;
	bool yes;
	enum rv_oci_kind want;
};

/*
 * The result with its causes; then each build beside the first: layers, and of
 * the first layer that differs the first file that does, its headers and its
 * content. Archives are read again for that. Bounded; every foreign byte is
 * escaped. False: memory or I/O.
 */
RV_MUST bool rv_rebuild_html(const struct rv_rebuild_page *p,
			     struct rv_grow *to, struct rv_err *err);

#endif
