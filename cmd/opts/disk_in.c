/* SPDX-License-Identifier: Apache-2.0 */
/* disk_in.c - a disk in a file, for the library to read in pieces. */
#include "disk_in.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_at(void *arg, uint64_t at, size_t n, uint8_t *out,
		    struct rv_err *err)
{
	int fd = *(const int *)arg;
	size_t done = 0;

	while (done < n) {
		ssize_t k = pread(fd, out + done, n - done, (off_t)(at + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return rv_fail(err, RV_SYSTEM, "%s", strerror(errno));
		if (k == 0)
			return rv_fail(err, RV_INPUT, "it ended early");
		done += (size_t)k;
	}
	return true;
}

bool rv_disk_open(const char *path, int *fd, struct rv_disk *out)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd >= 0 && (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		close(*fd);
		*fd = -1;
	}
	if (*fd < 0)
		return false;
	*out = (struct rv_disk){ .size = (uint64_t)st.st_size,
				 .arg = fd,
				 .read = read_at };
	return true;
}
