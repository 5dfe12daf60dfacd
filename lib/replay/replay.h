/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - what the files of the replay stage share. */
#ifndef RV_REPLAY_PRIVATE_H
#define RV_REPLAY_PRIVATE_H

#include "base.h"
#include <refval.h>

/* Is the digest of this type the hash of the event's own bytes? */
bool rv_replay_hashes_payload(uint32_t type);
/* Fill in every name. */
RV_MUST bool rv_replay_names(const struct rv_log *log, struct rv_replayed *out,
			     struct rv_err *err);
void rv_replay_claims(const struct rv_log *log, struct rv_claims *out);

#endif
