/* SPDX-License-Identifier: Apache-2.0 */
/* chain_html.h - what a verdict stands on, as a picture. */
#ifndef RV_CHAIN_HTML_H
#define RV_CHAIN_HTML_H

#include "base.h"

#include <refval.h>

/*
 * From the maker's root over certificates and quote to what was measured, and
 * what each of it was held against: boxes with a word and a sign, whatever
 * their colour, each as its row of the report says. An SVG of 360 units of
 * width, without script or link. Failures stick in @to.
 */
void rv_chain_html(const struct rv_verified *c, struct rv_grow *to);

#endif
