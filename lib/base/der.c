/* SPDX-License-Identifier: Apache-2.0 */
/* der.c - DER, X.690. */
#include "der.h"

bool rv_der(struct rv_span *in, uint8_t tag, struct rv_span *out)
{
	size_t head = 2, n;

	if (in->n < 2 || in->p[0] != tag)
		return false;
	n = in->p[1];
	if (n >= 0x80) {
		size_t more = n & 0x7f;

		if (more < 1 || more > 2 || in->n < 2 + more)
			return false;
		n = (size_t)rv_num_be(rv_span(in->p + 2, more));
		head += more;
		if (n < (more == 1 ? 0x80u : 0x100u))
			return false;
	}
	if (!rv_sub(*in, head, n, out))
		return false;
	*in = rv_span(in->p + head + n, in->n - head - n);
	return true;
}
