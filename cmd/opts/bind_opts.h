/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind_opts.h - the options that say what a quote's report_data must be bound
 * to: a value, a statement, a key and its signature, a certificate. The same
 * in every command that gives a verdict on evidence.
 */
#ifndef RV_BIND_OPTS_H
#define RV_BIND_OPTS_H

#include "cmd.h"

/* The arguments as they were given; NULL: not given. */
struct rv_bind_opts {
	const char *report_data;
	const char *statement, *hash, *prefix, *path;
	const char *key, *signature, *message;
	const char *certificate;
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_BIND_OPTS(o)							\
	{ 0, "report-data", "HEX", "what report_data must be",		\
	  &(o).report_data, NULL, NULL },				\
	{ 0, "statement", "FILE", "report_data is this one's digest",	\
	  &(o).statement, NULL, NULL },					\
	{ 0, "hash", "NAME", "of the statement, default sha256",	\
	  &(o).hash, NULL, NULL },					\
	{ 0, "prefix", "TEXT", "digest of TEXT:statement",		\
	  &(o).prefix, NULL, NULL },					\
	{ 0, "jq-path", "PATH", "the statement is this value of FILE",	\
	  &(o).path, NULL, NULL },					\
	{ 0, "public-key", "FILE", "report_data carries this key",	\
	  &(o).key, NULL, NULL },					\
	{ 0, "signature", "FILE", "made by that key",			\
	  &(o).signature, NULL, NULL },					\
	{ 0, "message", "FILE", "what was signed",			\
	  &(o).message, NULL, NULL },					\
	{ 0, "tls-certificate", "FILE", "in the statement or report_data",\
	  &(o).certificate, NULL, NULL }
/* clang-format on */

/* Whether any of them was given. */
bool rv_bind_opts_given(const struct rv_bind_opts *o);

/*
 * Check what was asked for against @quote's report_data, NULL when the
 * evidence @e has none, and add a check to @report for each; and what @e binds
 * by itself: the key of its RA-TLS certificate, the certificate of a server
 * that was recorded beside it. RV_USAGE: options that do not go together;
 * RV_INPUT: a file that cannot be read.
 */
RV_MUST bool rv_bind_opts_check(const struct rv_bind_opts *o,
				const struct rv_evidence *e,
				const struct rv_quote *quote,
				struct rv_report *report, struct rv_err *err);

#endif
