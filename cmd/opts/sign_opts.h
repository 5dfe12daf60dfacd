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
	/* NULL: not given */
	const char *key, *identity, *issuer, *ca, *log_key;
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_SIGN_OPTS(o)							\
	RV_OPT_LIST("image-signature", "FILE|DIR", &(o).files,		\
		    "signatures of container images; repeatable"),	\
	RV_OPT_TEXT("image-key", "PEM", &(o).key,			\
		    "public key that must have made one of each"),	\
	RV_OPT_TEXT("image-identity", "TEXT", &(o).identity,		\
		    "or whose certificate: an e-mail or a URI"),	\
	RV_OPT_TEXT("image-issuer", "URL", &(o).issuer,			\
		    "who must have told the CA of that identity"),	\
	RV_OPT_TEXT("image-ca", "PEM", &(o).ca,				\
		    "the CA's certificates"),				\
	RV_OPT_TEXT("image-log-key", "PEM", &(o).log_key,		\
		    "public key of the log that says when it signed")
/* clang-format on */

/* clang-format off */
#define RV_SIGN_GROUP							\
	"image-signature image-key image-identity image-issuer image-ca"	\
	" image-log-key"
#define RV_SIGN_READS "image-signature image-key image-ca image-log-key"
#define RV_SIGN_RULES							\
	{ "image-signature", "image-key image-identity", NULL,		\
	  "a signature says nothing without who must have made it" },	\
	{ "image-signature", "compose compose-dir", NULL,		\
	  "it says which images are pinned" },				\
	{ "image-key image-identity", "image-signature", NULL, NULL },	\
	{ "image-key", NULL, "image-identity",				\
	  "one says who must have signed" },				\
	{ "image-identity", "image-issuer", NULL,			\
	  "an identity is one of who gave it" },			\
	{ "image-identity", "image-ca", NULL,				\
	  "its certificate is as good as who issued it" },		\
	{ "image-identity", "image-log-key", NULL,			\
	  "its certificate was valid for minutes" },			\
	{ "image-issuer image-ca image-log-key", "image-identity",	\
	  NULL, NULL }
/* clang-format on */

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
