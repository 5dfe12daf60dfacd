/* SPDX-License-Identifier: Apache-2.0 */
/* packed.c - which of zlib and libarchive unpacks a stream. */
#include "packed.h"

enum rv_packed rv_packed_as(struct rv_span head)
{
	if (rv_is_gzip(head))
		return RV_PACKED_GZIP;
	if (rv_starts(head, rv_span("\xfd"
				    "7zXZ\0",
				    6)))
		return RV_PACKED_XZ;
	if (rv_starts(head, rv_text("\x28\xb5\x2f\xfd")))
		return RV_PACKED_ZSTD;
	return RV_PACKED_NOT;
}

bool rv_unpacker_open(struct rv_unpacker *u, enum rv_packed as,
		      struct rv_stream in, struct rv_stream *out,
		      struct rv_err *err)
{
	if (as == RV_PACKED_NOT) {
		*out = in;
		return true;
	}
	if (as == RV_PACKED_GZIP) {
		if (!rv_gunzip_new(in, &u->gunzip, err))
			return false;
		*out = (struct rv_stream){ rv_gunzip_next, u->gunzip };
		return true;
	}
	if (!rv_unfilter_new(as == RV_PACKED_XZ ? RV_FILTER_XZ : RV_FILTER_ZSTD,
			     in, &u->unfilter, err))
		return false;
	*out = (struct rv_stream){ rv_unfilter_next, u->unfilter };
	return true;
}

void rv_unpacker_free(struct rv_unpacker *u)
{
	rv_gunzip_free(&u->gunzip);
	rv_unfilter_free(&u->unfilter);
}
