/* SPDX-License-Identifier: Apache-2.0 */
/* hash_match.h - the two ways of refval-hash match. */
#ifndef RV_HASH_MATCH_H
#define RV_HASH_MATCH_H

#include <refval/hash.h>
#include <refval/types.h>

/* Which of @n archives are the images of @compose? Prints the answer. */
RV_MUST bool hash_match_compose(const char *compose, char **archive, size_t n,
				const struct rv_oci_opts *o, bool json,
				enum rv_code *answer, struct rv_err *err);

#endif
