/* SPDX-License-Identifier: Apache-2.0 */
/* test_file.h - a file that a unit program reads. */
#ifndef TEST_FILE_H
#define TEST_FILE_H

#include "base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/*
 * @name behind @folder, which is "" or ends with a slash. Owned. The test fails
 * when it cannot be read.
 */
static inline struct rv_buf test_file(const char *folder, const char *name)
{
	struct rv_err err = { 0 };
	struct rv_buf b = { 0 };
	char path[256];

	snprintf(path, sizeof path, "%s%s", folder, name);
	if (!rv_buf_read(path, 16 << 20, &b, &err))
		fail_msg("%s", err.msg);
	return b;
}

#endif
