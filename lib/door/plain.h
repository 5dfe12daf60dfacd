/* SPDX-License-Identifier: Apache-2.0 */
/* plain.h - a document as it was meant, of what editors and servers made it. */
#ifndef RV_PLAIN_H
#define RV_PLAIN_H

#include "base.h"

/*
 * Undo gzip (RFC 1952), UTF-16 with its byte order mark (Unicode, 23.8) and the
 * mark of UTF-8, each as often as it is there, at most @max bytes at any time.
 * *was: there was one, and @out is what was within; else @out is left alone.
 * RV_INPUT: damaged, longer than @max, or packed more often than anybody does.
 */
RV_MUST bool rv_plain(struct rv_span in, size_t max, bool *was,
		      struct rv_buf *out, struct rv_err *err);

#endif
