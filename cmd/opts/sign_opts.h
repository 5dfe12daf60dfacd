/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_opts.h - signatures of an app's images, from files and folders, and by
 * whom they must be.
 */
#ifndef RV_SIGN_OPTS_H
#define RV_SIGN_OPTS_H

#include "cmd.h"

#include <refval.h>

/* The arguments as they were given. */
struct rv_sign_opts {
	struct rv_list files;
	const char *key; /* NULL: not given */
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_SIGN_OPTS(o)							\
	RV_OPT_LIST("image-signature", "FILE|DIR", &(o).files,		\
		    "signatures of container images; repeatable"),	\
	RV_OPT_TEXT("image-key", "PEM", &(o).key,			\
		    "public key that must have made one of each")
/* clang-format on */

#define RV_SIGN_RULES                                                          \
	{ "image-signature", "image-key", NULL,                                \
	  "a signature says nothing without who must have made it" },          \
	    { "image-signature", "compose compose-dir", NULL,                  \
	      "it says which images are pinned" },                             \
	{                                                                      \
		"image-key", "image-signature", NULL, NULL                     \
	}

/* Owned; rv_signatures_free(). It borrows from itself: not copied. */
struct rv_signatures {
	struct rv_stored_list stored;
	char **name;			   /* of each: its file */
	struct rv_image_signature *judged; /* of each */
	struct rv_given_signature *given;
	size_t n;
};

/* Read and judge; @in then borrows @out. */
RV_MUST bool rv_signatures_read(const struct rv_sign_opts *o,
				struct rv_signatures *out,
				struct rv_verify_input *in, struct rv_err *err);
void rv_signatures_free(struct rv_signatures *s);

#endif
