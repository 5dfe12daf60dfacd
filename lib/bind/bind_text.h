/* SPDX-License-Identifier: Apache-2.0 */
/* bind_text.h - what the files of this stage share. */
#ifndef RV_BIND_TEXT_H
#define RV_BIND_TEXT_H

#include "base.h"
#include "digest.h"
#include "json.h"
#include <refval/bind.h>

/* A digest by its name in the interface: "sha256" ... "keccak512". */
struct rv_hash_name {
	const char *name;
	size_t n; /* bytes of the digest */
};

/* The hash called @name (NULL: sha256); RV_USAGE when there is none such. */
RV_MUST bool rv_hash_find(const char *name, const struct rv_hash_name **out,
			  struct rv_err *err);
RV_MUST bool rv_hash_of(const struct rv_hash_name *h, struct rv_span s,
			uint8_t out[RV_DIGEST_MAX], struct rv_err *err);

/* The value at a path like ".a.b[0]" or ".[\"a b\"]". */
RV_MUST bool rv_path_get(const rv_json *doc, const char *path,
			 const rv_json **out, struct rv_err *err);
/* @j as ECMA-262's JSON.stringify writes it, object keys in their order. */
RV_MUST bool rv_stringify(const rv_json *j, struct rv_grow *to,
			  struct rv_err *err);
/*
 * The same of the value @at of the document @doc, which was read from @text.
 * RV_INPUT when a number of it stands there in another way than JSON.stringify
 * has it: what a program that wrote it had in hand is then not known.
 */
RV_MUST bool rv_stringify_from(const rv_json *doc, const rv_json *at,
			       struct rv_span text, struct rv_grow *to,
			       struct rv_err *err);

/* A new row, whose actual value is @report_data in hex. */
struct rv_bound *rv_bound_add(struct rv_bound_list *list, const char *name,
			      const uint8_t report_data[RV_REPORT_DATA]);
/* Does @report_data hold exactly @s, and zeros behind it? */
bool rv_bound_holds(const uint8_t report_data[RV_REPORT_DATA],
		    struct rv_span s);
/* Does it hold zeros, and exactly @s behind them? */
bool rv_bound_ends(const uint8_t report_data[RV_REPORT_DATA], struct rv_span s);

/*
 * Why @report_data is not made of @s, whose text is @text: another hash of its
 * own that the document tells, or another way to write the same content. Where
 * it is one of these, @row says so. Nothing of it makes the row good.
 */
RV_MUST bool rv_bind_cause(const uint8_t report_data[RV_REPORT_DATA],
			   const struct rv_statement *s, struct rv_span text,
			   struct rv_bound *row, struct rv_err *err);

RV_MUST bool rv_bind_statement(const uint8_t report_data[RV_REPORT_DATA],
			       const struct rv_statement *s,
			       struct rv_bound_list *out, struct rv_err *err);
RV_MUST bool rv_bind_key(const uint8_t report_data[RV_REPORT_DATA],
			 const struct rv_bound_key *k,
			 struct rv_bound_list *out, struct rv_err *err);
/* The key of a certificate in report_data, in any of its forms. */
RV_MUST bool rv_bind_spki(const uint8_t report_data[RV_REPORT_DATA],
			  struct rv_span spki, char how[96], bool *found,
			  struct rv_err *err);
RV_MUST bool rv_bind_certificate(const uint8_t report_data[RV_REPORT_DATA],
				 struct rv_span certificate,
				 const struct rv_statement *s,
				 struct rv_bound_list *out, struct rv_err *err);

#endif
