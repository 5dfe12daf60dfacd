/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values_in.h - reference values from any document that holds them, and who
 * stands behind it: the same in every command that takes one.
 */
#ifndef RV_VALUES_IN_H
#define RV_VALUES_IN_H

#include "cmd.h"

/* clang-format off */
#define RV_OPT_VERIFY_KEY(p)						\
	RV_OPT_TEXT("verify-key", "PEM", p,				\
		    "public key that must have signed the values")
/* clang-format on */

/* The key in the file @path, unless that is NULL; never empty. */
RV_MUST bool rv_values_key(const char *path, struct rv_buf *out,
			   struct rv_err *err);

/*
 * Read @bytes, which came from @path, and check their signature by the public
 * key in the file @key, unless that is NULL. With RV_SIGNED_BAD in *sig there
 * are no values: *out is empty. Owned, rv_values_list_free().
 */
RV_MUST bool rv_values_in(const char *path, struct rv_span bytes,
			  const char *key, struct rv_values_list *out,
			  struct rv_signature *sig, struct rv_err *err);

#endif
