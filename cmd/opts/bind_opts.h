/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind_opts.h - the options that say what a quote's report_data must be bound
 * to: a value, a statement, a key and its signature, a certificate. The same
 * in every command that gives a verdict on evidence.
 */
#ifndef RV_BIND_OPTS_H
#define RV_BIND_OPTS_H

#include "cmd.h"
#include "names.h"

/* The arguments as they were given; NULL: not given. */
struct rv_bind_opts {
	const char *report_data, *address, *nonce;
	const char *statement, *hash, *prefix, *path;
	const char *key, *signature, *message;
	const char *certificate;
};

/* Those that name a file, for rules. */
#define RV_BIND_READS "statement public-key signature message tls-certificate"

/* Their part of a long --help. */
#define RV_BIND_GROUP                                                                  \
	"report-data address nonce statement hash prefix jq-path public-key signature" \
	" message tls-certificate"

/* Which of them need which. */
/* clang-format off */
#define RV_BIND_RULES							\
	{ "hash prefix jq-path", "statement", NULL, NULL },		\
	{ "signature", "public-key", NULL, "it is by that key" },	\
	{ "signature", "message", NULL, NULL },				\
	{ "message", "signature", NULL, NULL }
/* clang-format on */

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_BIND_OPTS(o)							\
	RV_OPT_TEXT("report-data", "HEX", &(o).report_data,		\
		    "what report_data must be"),			\
	RV_OPT_TEXT("address", "HEX", &(o).address,			\
		    "its first half is this key's address"),		\
	RV_OPT_TEXT("nonce", "HEX", &(o).nonce,				\
		    "its second half is this nonce"),			\
	RV_OPT_TEXT("statement", "FILE", &(o).statement,		\
		    "report_data is this one's digest"),		\
	RV_OPT_NAMES("hash", "NAME", &(o).hash, rv_name_hash,		\
		     "of the statement, default sha256"),		\
	RV_OPT_TEXT("prefix", "TEXT", &(o).prefix,			\
		    "digest of TEXT:statement"),			\
	RV_OPT_TEXT("jq-path", "PATH", &(o).path,			\
		    "the statement is this value of FILE"),		\
	RV_OPT_TEXT("public-key", "FILE", &(o).key,			\
		    "report_data carries this key"),			\
	RV_OPT_TEXT("signature", "FILE", &(o).signature,		\
		    "made by that key"),				\
	RV_OPT_TEXT("message", "FILE", &(o).message,			\
		    "what was signed"),					\
	RV_OPT_TEXT("tls-certificate", "FILE", &(o).certificate,	\
		    "in the statement or report_data")
/* clang-format on */

/* Whether any of them was given. */
bool rv_bind_opts_given(const struct rv_bind_opts *o);

/* The files that were named, read; rv_bind_files_free(). Never copied. */
struct rv_bind_files {
	struct rv_buf file[5]; /* owned */
	struct rv_statement statement;
	struct rv_bound_key key;
	struct rv_span certificate;
	struct rv_binding binding; /* borrows all of these */
};

/* RV_USAGE: no bytes in hex; RV_INPUT: no such file. */
RV_MUST bool rv_bind_opts_read(const struct rv_bind_opts *o,
			       struct rv_bind_files *out, struct rv_err *err);
void rv_bind_files_free(struct rv_bind_files *f);

#endif
