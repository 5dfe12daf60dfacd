/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form.h - a form that a browser sent: multipart/form-data (RFC 7578, RFC 2046
 * section 5.1.1), of which the fields of the page are taken.
 */
#ifndef RV_SERVE_FORM_H
#define RV_SERVE_FORM_H

#include "base.h"

enum { RV_FORM_TYPE = 160 }; /* bytes of a Content-Type, with its NUL */

/* Spans of the body; empty where a field is not there, or nothing is in it. */
struct rv_form {
	struct rv_span evidence, evidence_text, compose, compose_text, release;
};

/*
 * Read @body, whose Content-Type is @type. RV_INPUT: not a form, or one with
 * other fields than the page has, or with one twice.
 */
RV_MUST bool rv_form_read(const char *type, struct rv_span body,
			  struct rv_form *out, struct rv_err *err);

#endif
