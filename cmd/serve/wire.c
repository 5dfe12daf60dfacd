/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - whole messages over a socket pair. */
#include "wire.h"

#include <errno.h>
#include <unistd.h>

bool rv_serve_read(int fd, void *to, size_t n)
{
	uint8_t *p = to;

	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool rv_serve_write(int fd, const void *from, size_t n)
{
	const uint8_t *p = from;

	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}
