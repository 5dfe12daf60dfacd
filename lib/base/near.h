/* SPDX-License-Identifier: Apache-2.0 */
/* near.h - what somebody meant who wrote another word. */
#ifndef RV_NEAR_H
#define RV_NEAR_H

#include "base.h"

/* Begin with { .typed = ... }; then try each word that there is. */
struct rv_near {
	struct rv_span typed; /* borrowed */
	const char *best;     /* borrowed from who tried it; NULL: none */
	size_t far;	      /* of @best: letters put in, taken out, changed
			       * or swapped with the next */
};

/* Letters put in, taken out, changed, or swapped with the next; SIZE_MAX where
 * a word is too long to be a name. */
size_t rv_near_distance(const char *a, const char *b);

void rv_near_try(struct rv_near *near, const char *word);

enum { RV_NEAR_TEXT = 64 };
/* ", did you mean DASHES WORD?" in one piece, or nothing. */
const char *rv_near_text(const struct rv_near *near, const char *dashes,
			 char out[RV_NEAR_TEXT]);

#endif
