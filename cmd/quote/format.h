/* SPDX-License-Identifier: Apache-2.0 */
/* format.h - a quote in the JSON that users of other tools parse. */
#ifndef RV_QUOTE_FORMAT_H
#define RV_QUOTE_FORMAT_H

#include "dcap_opts.h"

/*
 * --format dcap-qvl: what its "decode" prints for a quote that was only
 * decoded, what its "verify" prints for one that verified, and nothing for one
 * that did not. RV_INPUT: a body type that has no form there.
 */
RV_MUST bool rv_quote_dcap_qvl(const struct rv_proof *r, struct rv_err *err);

/*
 * --format dcap-qvl-pckinfo: what its "pckinfo" prints, of a quote that was
 * only decoded or that verified; nothing for another. RV_INPUT: the quote has
 * no PCK certificate.
 */
RV_MUST bool rv_quote_pckinfo(const struct rv_proof *r, struct rv_err *err);

#endif
