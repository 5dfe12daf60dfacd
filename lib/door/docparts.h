/* SPDX-License-Identifier: Apache-2.0 */
/* docparts.h - what several documents have: a list of inputs, a list of texts,
 * and no members but their own.
 */
#ifndef RV_DOCPARTS_H
#define RV_DOCPARTS_H

#include "json.h"

/* "inputs": role, name, size and sha256 of each file that went in. */
void rv_input_list_write(struct rv_jw *w, const struct rv_input *input,
			 size_t n);
/* At most @max of them, into @out. RV_INPUT: missing, or another thing. */
RV_MUST bool rv_input_list_read(const rv_json *doc, struct rv_input *out,
				size_t max, size_t *n, struct rv_err *err);

/* @key: @n texts that lie @room bytes apart, each with its NUL. */
void rv_texts_write(struct rv_jw *w, const char *key, const char *texts,
		    size_t room, size_t n);
/* At most @max of them, none of @room bytes or more. RV_INPUT likewise. */
RV_MUST bool rv_texts_read(const rv_json *doc, const char *key, char *out,
			   size_t room, size_t max, size_t *n,
			   struct rv_err *err);

/*
 * RV_INPUT: @j has another member than these. What a later version expects
 * besides, or was mistyped, may not be passed over. No object has none.
 */
RV_MUST bool rv_json_only(const rv_json *j, const char *const *name, size_t n,
			  struct rv_err *err);

#endif
