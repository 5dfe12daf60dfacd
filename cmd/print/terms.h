/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h - the words of the field, a sentence each: help, page, glossary. */
#ifndef RV_TERMS_H
#define RV_TERMS_H

#include "base.h"

/* By number, until false. Static texts. */
bool rv_term(size_t i, const char **name, const char **sentence);
/* The sentence of the term @name, whatever its case; NULL: it is none. */
const char *rv_term_find(const char *name);

/* All of them as text; or one, false when @name is none. */
void rv_terms_print(void);
bool rv_term_print(const char *name);

#endif
