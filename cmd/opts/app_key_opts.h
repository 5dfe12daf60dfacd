/* SPDX-License-Identifier: Apache-2.0 */
/* app_key_opts.h - a key of the app, and the root of the KMS that issued it. */
#ifndef RV_APP_KEY_OPTS_H
#define RV_APP_KEY_OPTS_H

#include "cmd.h"

/* The arguments as they were given; NULL: not given. */
struct rv_app_key_opts {
	const char *key, *root;
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_APP_KEY_OPTS(o)						\
	RV_OPT_TEXT("app-key", "FILE", &(o).key,			\
		    "a key of the app, with its signature chain"),	\
	RV_OPT_TEXT("kms-root", "HEX|FILE", &(o).root,			\
		    "the KMS's root key that must have issued it")
#define RV_APP_KEY_RULES						\
	{ "app-key", "kms-root", NULL,					\
	  "a key says nothing without who must have issued it" },	\
	{ "kms-root", "app-key", NULL, NULL }
/* clang-format on */

struct rv_app_key_read {
	struct rv_app_key key;
	uint8_t root[RV_APP_KEY_POINT];
};

/* The file that the root is in; NULL: it is not in one. */
const char *rv_app_key_root_file(const struct rv_app_key_opts *o);
/* Read both, if they were given; @in then borrows @out. */
RV_MUST bool rv_app_key_opts_read(const struct rv_app_key_opts *o,
				  struct rv_app_key_read *out,
				  struct rv_verify_input *in,
				  struct rv_err *err);

#endif
