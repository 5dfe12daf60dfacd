/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h - POST /verify: the request and the answer of dstack-verifier. */
#ifndef RV_SERVE_PEER_H
#define RV_SERVE_PEER_H

#include "setup.h"

/*
 * Answer @body as dstack-verifier's HTTP API does, docs/PEERS.md: the members
 * of its answer, each as strict as ours. @releases are the images that are
 * known. *answer is RV_OK only where is_valid is true. RV_SYSTEM only.
 */
RV_MUST bool rv_peer_answer(const struct rv_fleet *f,
			    const struct rv_releases *releases,
			    struct rv_span body, struct rv_grow *to,
			    enum rv_code *answer, struct rv_err *err);

#endif
